"""round.xlsx: what is written is read back, wherever people moved it, and each fault names its sheet and cell."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from libreoffice import convert, needs_office
from test_accessibility import RULES, Made

from impact_xl import questionnaire as questionnaires
from impact_xl.findings import ImpactError
from impact_xl.roster import Round, Team, TeamList, as_toml, make_id, read_round, workbook
from impact_xl.roster.columns import ANOTHER_WAY, NOT_TAKING_PART
from impact_xl.roster.settings import SETTINGS, show
from impact_xl.roster.workbook import DecisionRow, sheets
from impact_xl.round.disclosure import MINIMUM_GROUP
from impact_xl.round.overrides import Decision, Placing, read_overrides
from impact_xl.xlsx import theme

QUESTIONNAIRE = questionnaires.load()
SMALL = questionnaires.load(Path(__file__).parent / "small.toml")
NO_OWN = {"Site": None, "Beds": None, "Opened": None}
TEAMS = (
    Team("alder", "Alder ward", "Foothill", "Ward manager", "alder@trust.example",
         own={"Site": "North", "Beds": 24, "Opened": None}),
    Team("ash", "Ash theatre", "Foothill", "", "ash@trust.example; b@trust.example", "lead@trust.example",
         deadline=date(2026, 12, 7), status="Merged into Alder ward", sent_on=date(2026, 11, 9), overlay="wards.toml",
         remark="moved in October", own=NO_OWN),
    Team("elm", "Elm clinic", status=NOT_TAKING_PART,
         own={"Site": "South", "Beds": None, "Opened": date(2025, 1, 31)}),
    Team("oak", "=Oak, 7-8", status=ANOTHER_WAY, own=NO_OWN),
)  # fmt: skip
FULL = Round(
    id="autumn-2026", title="Autumn 2026", about="our organisation, as our team sees it", deadline=date(2026, 11, 30),
    contact="improvement@trust.example", target=4, not_applicable=True, date=date(2026, 12, 7),
    teams=TeamList(TEAMS), signatory="Jo Smith", signatory_role="Head of Improvement",
    signatory_telephone="0113 496 0000", sponsor="Sam Lee, chief executive",
    seen_by="The improvement team sees them.", tickbox="list", minimum_group=7,
    questions=("Q01", "Q02", "Q09"), overlay="ours.toml", remind_on=(date(2026, 11, 16), date(2026, 11, 23)),
    closed_on=date(2026, 12, 20), after="../spring-2026",
)  # fmt: skip
BARE = Round(id="a", title="A", teams=TeamList((Team("alder", "Alder ward"),)))
DECISIONS = (
    DecisionRow("Alder ward", "Q07", "Progressing", reason="their e-mail", who="Jo", date=date(2026, 12, 2)),
    DecisionRow("alder", "Q08", "Left open", reason="not asked there"),
    DecisionRow("Elm clinic", file="scan.xlsx", who="Jo"),
)


def written(path: Path, round: Round = FULL, decisions: tuple[DecisionRow, ...] = DECISIONS) -> Path:
    return workbook.write(path / "round.xlsx", round, QUESTIONNAIRE, decisions)


def edited(path: Path, edit: Callable[[Any], None], round: Round = FULL, **more: Any) -> Path:
    """A round's workbook that somebody changed and another program saved."""
    book = openpyxl.load_workbook(written(path, round, **more))
    edit(book)
    book.save(path / "round.xlsx")
    return path / "round.xlsx"


def faults_of(path: Path) -> list[str]:
    with pytest.raises(ImpactError) as caught:
        workbook.read(path)
    return [line.strip() for line in caught.value.message.splitlines()[1:]]


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    read = workbook.read(written(tmp_path))
    for field in fields(Round):
        if field.name not in ("notes", "teams"):
            assert getattr(read, field.name) == getattr(FULL, field.name), field.name
    assert read.teams.teams == TEAMS
    assert [list(team.own) for team in read.teams.teams] == [["Site", "Beds", "Opened"]] * 4  # empty ones, too
    assert read.teams.notes == ("Your own columns on the sheet Teams, kept with the teams: Site, Beds, Opened.",)
    assert workbook.build(FULL) == workbook.build(FULL)


def test_every_setting_is_a_field_of_the_round_and_has_a_row() -> None:
    named = {field.name for field in fields(Round)} - {"teams", "notes"}
    assert {setting.key for setting in SETTINGS} == named
    means = next(setting.means for setting in SETTINGS if setting.key == "minimum_group")
    assert means.endswith(f"Empty: {MINIMUM_GROUP}.")
    for setting in SETTINGS:
        assert show(setting, getattr(FULL, setting.key), QUESTIONNAIRE) not in (None, ()), setting.key


@pytest.mark.parametrize("program", ["openpyxl", pytest.param("LibreOffice", marks=needs_office)])
def test_what_another_program_saved_reads_alike(tmp_path: Path, program: str) -> None:
    resave = {
        "openpyxl": lambda: edited(tmp_path, str),
        "LibreOffice": lambda: convert(written(tmp_path), tmp_path / "s"),
    }
    path = resave[program]()
    read, decided = workbook.read(path), read_overrides(path, QUESTIONNAIRE)
    assert replace(read, notes=()) == FULL
    assert decided.answers[0] == Decision(
        "Alder ward", "Q07", 3, "their e-mail", 5, who="Jo", date=date(2026, 12, 2), cell="Decisions!A5"
    )
    assert decided.answers[1] == Decision("alder", "Q08", None, "not asked there", 6, True, cell="Decisions!A6")
    assert decided.copies == (Placing("scan.xlsx", "Elm clinic", 7, who="Jo", cell="Decisions!A7"),)


def test_moved_rows_columns_and_sheets_are_found(tmp_path: Path) -> None:
    def move(book: Any) -> None:
        book.move_sheet("Decisions", -2)
        book["Teams"].title = "Team list"
        book["Round"].title = "Settings"
        for name in ("Team list", "Settings"):
            book[name].insert_rows(1, 3)
            book[name].insert_cols(1)
        book["Settings"]["C7"].value, book["Settings"]["D7"].value = "Values", "Meaning"
        sheet = book["Team list"]
        head = {cell.value: cell.column for cell in sheet[7]}
        for row in range(7, 12):  # team and group change places
            one, other = sheet.cell(row, head["Team"]), sheet.cell(row, head["Group"])
            kinds = one.data_type, other.data_type
            one.value, other.value = other.value, one.value
            other.data_type, one.data_type = kinds  # “=Oak” is a text, and stays one
        book.create_sheet("Our notes")["A1"] = "team"

    path = edited(tmp_path, move)
    assert replace(workbook.read(path), notes=()) == FULL
    assert len(read_overrides(path, QUESTIONNAIRE).answers) == 2


def test_all_faults_are_told_at_once_with_their_cells(tmp_path: Path) -> None:
    def spoil(book: Any) -> None:
        sheet = book["Round"]
        rows = {cell.value: cell.row for cell in sheet["A"]}
        sheet.cell(rows["Deadline"], 2).value = "11/30/2026"
        sheet.cell(rows["Contact"], 2).value = "the office"
        sheet.cell(rows["Target level"], 2).value = "high"
        sheet.cell(rows["Not applicable"], 2).value = "perhaps"
        sheet.cell(rows["Questions"], 2).value = "Q01, Q77"
        sheet.cell(rows["Sponsor"], 1).value = "Sponser"
        sheet.cell(rows["Round ID"], 2).value = None
        teams = book["Teams"]
        teams["E5"], teams["G5"], teams["H5"], teams["B6"] = "alder at trust", "soon", "prehaps", None
        teams["A8"] = "alder"

    faults = faults_of(edited(tmp_path, spoil))
    assert [fault.partition(": ")[0] for fault in faults] == [
        "Round", "Round!B7", "Round!B8", "Round!A12", "Round!B16", "Round!B17", "Round!B21",
        "Teams!E5", "Teams!G5", "Teams!H5", "Teams!B6", "Teams!A8",
    ]  # fmt: skip
    text = "\n".join(faults)
    for words in (
        "“Sponser” is not a setting; did you mean “Sponsor”?", "there is no month 30", "“the office” is not an e-mail",
        "1 Starting", "yes or no", "“Q77”: they run from Q01 to Q22", "a round needs a Round ID",
        "“prehaps” is not a status",
        "the team's name is empty", "“alder” is in A5 as well",
    ):  # fmt: skip
        assert words in text


@pytest.mark.parametrize("column", ["Setting", "Value"])
def test_a_setting_without_a_value_or_a_name_is_nothing_or_a_fault(tmp_path: Path, column: str) -> None:
    path = edited(tmp_path, lambda book: book["Round"].append(["", "lonely"] if column == "Value" else ["Lonely", ""]))
    if column == "Value":
        assert len(faults_of(path)) == 1
    else:
        workbook.read(path)


def test_formulas_are_read_by_their_values_and_errors_are_faults(tmp_path: Path) -> None:
    path = edited(tmp_path, lambda book: book["Teams"].__setitem__("B5", "=1/0"))
    assert faults_of(path) == ["Teams!B5: the column team holds a formula whose result was not saved"]


@needs_office
def test_a_formula_with_its_value(tmp_path: Path) -> None:
    path = edited(tmp_path, lambda book: book["Teams"].__setitem__("C5", '="Foot"&"hill"'))
    assert workbook.read(convert(path, tmp_path / "saved")).teams.teams[0].group == "Foothill"


def test_hidden_rows_are_read_and_said(tmp_path: Path) -> None:
    def hide(book: Any) -> None:
        book["Teams"].row_dimensions[5].hidden = True

    read = workbook.read(edited(tmp_path, hide))
    assert len(read.teams.teams) == 4
    assert read.notes == ("1 row is hidden on the sheet Teams, and read anyway: Alder ward.",)


@pytest.mark.parametrize(
    ("typed", "status"),
    [
        ("declined", NOT_TAKING_PART), ("No", NOT_TAKING_PART), ("on paper", ANOTHER_WAY), ("", ""),
        ("taking part", ""),
        ("merged with “Elm clinic”", "Merged into Elm clinic"), ("MERGED INTO elm", "Merged into elm"),
    ],
)  # fmt: skip
def test_a_status_is_understood_kindly(tmp_path: Path, typed: str, status: str) -> None:
    path = edited(tmp_path, lambda book: book["Teams"].__setitem__("H5", typed))
    team = workbook.read(path).teams.teams[0]
    assert team.status == status
    assert team.takes_part is (status in ("", ANOTHER_WAY))


def test_merged_into_a_team_that_is_not_there(tmp_path: Path) -> None:
    for text in ("Merged into Willow", "merged with Alder ward"):
        assert faults_of(edited(tmp_path, lambda book, text=text: book["Teams"].__setitem__("H5", text)))[0].startswith(
            "Teams!H5: merged into “"
        )


def test_merged_into_the_dots_of_the_drop_down(tmp_path: Path) -> None:
    assert "type the other team's name" in faults_of(
        edited(tmp_path, lambda book: book["Teams"].__setitem__("H5", "Merged into ..."))
    )[0]  # fmt: skip


class TestIds:
    def test_two_teams_of_one_name_in_two_groups(self, tmp_path: Path) -> None:
        listed = TeamList((Team("", "Pharmacy", "North"), Team("", "Pharmacy", "South"), Team("", "Ward 7")))
        read = workbook.read(written(tmp_path, replace(BARE, teams=listed)))
        ids = {(team.name, team.group): team.id for team in read.teams.teams}
        assert ids == {
            ("Pharmacy", "North"): make_id("Pharmacy North"),
            ("Pharmacy", "South"): make_id("Pharmacy South"),
            ("Ward 7", ""): "ward-7",
        }
        assert "pharmacy" not in read.teams.by_name  # a name alone tells neither

    def test_one_name_twice_in_one_group_is_a_fault(self, tmp_path: Path) -> None:
        listed = TeamList((Team("a", "Pharmacy", "North"), Team("b", "pharmacy", "north")))
        assert faults_of(written(tmp_path, replace(BARE, teams=listed))) == [
            "Teams!B6: the team “pharmacy” is in B5 as well"
        ]

    def test_a_made_id_is_no_typed_one(self, tmp_path: Path) -> None:
        listed = TeamList((Team("", "Ward 7"), Team("ward-7", "Ward 9")))
        ids = [team.id for team in workbook.read(written(tmp_path, replace(BARE, teams=listed))).teams.teams]
        assert ids[1] == "ward-7"
        assert len(set(ids)) == 2


class TestDecisions:
    def test_an_empty_sheet_decides_nothing(self, tmp_path: Path) -> None:
        overrides = read_overrides(written(tmp_path, decisions=()), QUESTIONNAIRE)
        assert (overrides.answers, overrides.copies) == ((), ())

    def test_faults_name_their_cells(self, tmp_path: Path) -> None:
        rows = (
            DecisionRow("", "Q01", "2"), DecisionRow("Ash", "Q99", "2"), DecisionRow("Ash", "Q01", "high"),
            DecisionRow(file="a.xlsx"), DecisionRow("Elm", "Q01", "2"), DecisionRow("elm", "Q01", "Left open"),
        )  # fmt: skip

        def spoil(book: Any) -> None:
            book["Decisions"]["G9"] = "soon"

        path = edited(tmp_path, spoil, decisions=rows)
        with pytest.raises(ImpactError) as caught:
            read_overrides(path, QUESTIONNAIRE)
        assert [line.strip().partition(":")[0] for line in caught.value.message.splitlines()[1:]] == [
            "Decisions!A5", "Decisions!B6", "Decisions!C7", "Decisions!D8", "Decisions!G9",
            "Decisions!A9 and Decisions!A10",
        ]  # fmt: skip

    def test_what_is_empty_is_said_to_be_empty(self, tmp_path: Path) -> None:
        path = written(tmp_path, decisions=(DecisionRow("Ash", "", "2"), DecisionRow("Ash", "Q01", "")))
        with pytest.raises(ImpactError) as caught:
            read_overrides(path, QUESTIONNAIRE)
        assert "Decisions!B5: the question is empty" in caught.value.message
        assert "Decisions!C6: the level is empty; for a blank on purpose type “left open”" in caught.value.message

    @pytest.mark.parametrize("column", ["Question", "Level"])
    def test_a_header_with_another_name_is_told_and_not_its_rows(self, tmp_path: Path, column: str) -> None:
        def rename(book: Any) -> None:
            [cell] = [cell for cell in book["Decisions"][4] if cell.value == column]
            cell.value = "Ours"

        with pytest.raises(ImpactError) as caught:
            read_overrides(edited(tmp_path, rename), QUESTIONNAIRE)
        [_, line] = caught.value.message.splitlines()
        assert line.strip() == f"Decisions: there is no column “{column}”, and there is “Ours”; correct it"

    @pytest.mark.parametrize("sheet", ["Round", "Teams", "Decisions"])
    def test_a_sheet_that_somebody_hid_is_read(self, tmp_path: Path, sheet: str) -> None:
        whole = edited(tmp_path, str)
        seen = workbook.read(whole), read_overrides(whole, QUESTIONNAIRE)
        path = edited(tmp_path, lambda book: setattr(book[sheet], "sheet_state", "hidden"))
        assert (workbook.read(path), read_overrides(path, QUESTIONNAIRE)) == seen
        assert workbook.is_one(path)

    def test_a_question_may_be_named_by_its_title(self, tmp_path: Path) -> None:
        rows = tuple(DecisionRow("Ash", text, "2") for text in (QUESTIONNAIRE.by_id["Q07"].short.upper(), "q8"))
        decided = read_overrides(written(tmp_path, decisions=rows), QUESTIONNAIRE).answers
        assert [each.question for each in decided] == ["Q07", "Q08"]

    def test_the_drop_downs_hold_what_is_understood(self, tmp_path: Path) -> None:
        book = openpyxl.load_workbook(written(tmp_path))
        rules = {str(rule.sqref).partition(":")[0]: rule for rule in book["Decisions"].data_validations.dataValidation}
        levels = rules["C5"].formula1.strip('"').split(",")
        assert levels[-2:] == ["Not applicable", "Left open"]
        rows = tuple(DecisionRow("Alder ward", f"Q{number:02d}", level) for number, level in enumerate(levels, 1))
        decided = read_overrides(written(tmp_path, decisions=rows), QUESTIONNAIRE).answers
        assert [(each.level, each.left_open) for each in decided] == [
            (1, False), (2, False), (3, False), (4, False), (5, False), (None, False), (None, True),
        ]  # fmt: skip
        assert rules["A5"].formula1 == (
            "INDEX(Teams!$B$4:$B$1004,2):INDEX(Teams!$B$4:$B$1004,1+MAX(1,COUNTA(Teams!$B$5:$B$1004)))"
        )
        assert (book["Teams"]["B4"].value, book["Teams"]["B5"].value) == ("Team", "Alder ward")
        assert rules["B5"].formula1.startswith('"Q01,Q02')

    def test_more_questions_than_a_drop_down_holds(self, tmp_path: Path) -> None:
        many = replace_questions(SMALL, 80)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            workbook.write(tmp_path / "round.xlsx", BARE, many)
        assert workbook.read(tmp_path / "round.xlsx", many).teams == BARE.teams


def replace_questions(questionnaire: questionnaires.Questionnaire, number: int) -> questionnaires.Questionnaire:
    """A questionnaire with many questions."""
    component = questionnaire.components[0]
    questions = tuple(replace(component.questions[0], id=f"Q{n:02d}", number=n) for n in range(1, number + 1))
    return replace(questionnaire, components=(replace(component, questions=questions),))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 nothing", b"team\nAsh\n"])
def test_a_damaged_workbook_is_one_error_with_what_to_do(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "round.xlsx"
    path.write_bytes(content)
    with pytest.raises(ImpactError) as caught:
        workbook.read(path)
    assert "Version history" in caught.value.hint
    assert str(path) in caught.value.message


@pytest.mark.parametrize("sheet", ["Round", "Teams"])
def test_a_sheet_that_is_gone(tmp_path: Path, sheet: str) -> None:
    path = edited(tmp_path, lambda book: book.remove(book[sheet]))
    with pytest.raises(ImpactError, match=f"has no sheet {sheet} with a header row of"):
        workbook.read(path)


def test_the_questionnaire_that_the_round_names(tmp_path: Path) -> None:
    (tmp_path / "small.toml").write_bytes((Path(__file__).parent / "small.toml").read_bytes())
    last = SMALL.levels[-1]
    round = replace(BARE, questionnaire="small.toml", target=last.number)
    path = workbook.write(tmp_path / "round.xlsx", round, SMALL)
    assert workbook.read(path).target == last.number
    (tmp_path / "small.toml").unlink()
    assert faults_of(path)[0].startswith("Round!B20: ")


def test_own_columns_with_names_of_ours(tmp_path: Path) -> None:
    listed = TeamList((Team("a", "A", own={"status": "Active", "Site": "N", "SITE": "n"}),))
    read = workbook.read(written(tmp_path, replace(BARE, teams=listed)))
    assert read.teams.teams[0].own == {"status (2)": "Active", "Site": "N", "SITE (2)": "n"}
    assert read.teams.teams[0].status == ""


# -- how it looks -------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=["full", "bare", "nobody"])
def made(request: pytest.FixtureRequest) -> Made:
    round = {"full": FULL, "bare": BARE, "nobody": replace(BARE, teams=TeamList())}[request.param]
    return Made(workbook.build(round, QUESTIONNAIRE, DECISIONS if round is FULL else ()), of_data=False)


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule != "R4"])
def test_a_rule_of_accessibility_is_met(rule: str, made: Made) -> None:
    RULES[rule](made)


def test_each_sheet_is_a_table_with_empty_rows_at_its_end_alone(made: Made) -> None:
    assert [sheet.title for sheet, *_ in made.tables] == [sheets.ROUND, sheets.TEAMS, sheets.DECISIONS]
    for sheet, _, _, rows in made.tables:
        empty = [row[0].row for row in rows if all(cell.value is None for cell in row)]
        assert empty == list(range(rows[-1][0].row - len(empty) + 1, rows[-1][0].row + 1))
        assert bool(empty) is (sheet.title != sheets.ROUND)


def test_it_is_set_up_to_be_typed_into_and_printed() -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook.build(FULL, QUESTIONNAIRE, DECISIONS)))
    for sheet in book:
        assert sheet.freeze_panes.endswith("5")
        assert sheet.print_title_rows == "$4:$4"
        assert sheet.print_area
        width = sum(theme.column_pixels(sheet.column_dimensions[cell.column_letter].width) for cell in sheet[4])
        for row in (2, 3):
            assert theme.text_pixels(sheet.cell(row, 1).value, sheet.cell(row, 1).font.sz) < width, sheet.title
    assert book["Round"]["B7"].number_format == "d mmm yyyy"
    assert book["Round"]["B5"].number_format == book["Teams"]["A5"].number_format == "@"
    fill = theme.ENTRY.replace("#", "FF")
    assert {book["Teams"].cell(row, 2).fill.fgColor.rgb for row in (5, 20)} == {fill}


def test_a_round_file_may_say_all_of_it_as_well(tmp_path: Path) -> None:
    path = tmp_path / "round.toml"
    path.write_text(as_toml(FULL), encoding="utf-8")
    assert read_round(path) == replace(FULL, teams=TeamList())
