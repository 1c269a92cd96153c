"""Trying hard to lose something that was typed into the workbook: it is carried over, or it is spoken of."""

from __future__ import annotations

import io
import re
import shutil
import zipfile
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
from click.testing import Result
from libreoffice import convert, needs_office, resorted, typed_many
from openpyxl.comments import Comment
from openpyxl.utils import get_column_letter
from rounds_in_memory import QUESTIONNAIRE, random_round, returned, submission

from impact_xl import results
from impact_xl.findings import ImpactError
from impact_xl.form import workbook as form
from impact_xl.form.workbook import Form
from impact_xl.results import heatmap
from impact_xl.results.edits import detect
from impact_xl.results.sheet_writer import FIRST_ROW
from impact_xl.results.sheets import SHEETS
from impact_xl.returns.submission import Priority
from impact_xl.roster import Round, Team, TeamList
from impact_xl.round import stored_workbook
from impact_xl.round.answers import DecidedBy, State
from impact_xl.round.collation import Collation, collate
from impact_xl.round.overrides import Decision, Overrides
from impact_xl.xlsx.package_inspect import Parts

NAMES = [sheet.name for sheet in SHEETS if sheet.name != "How this was done"]  # the rounds here have groups
ALL_THREE = {question.id: 3 for question in QUESTIONNAIRE.questions}
TEAMS = (Team("t1", "Ash ward", "North"), Team("t2", "Elm clinic", "South"), Team("t3", "Oak unit", "South"))
WISH = Priority(1, "Start huddles", "Q18", "Matron", "May 2027", "A run chart", "Priorities")
NOTE = "Nurse Jones said so.\nTwice."
TOP = {"Heatmap": heatmap.TOP + 1}  # where the header stands, counted from 1; FIRST_ROW elsewhere


def round_of(
    answers: Mapping[str, Mapping[str, object]] | None = None,
    notes: Mapping[str, str] | None = None,
    teams: tuple[Team, ...] = TEAMS,
    overrides: Overrides = Overrides(),
) -> Collation:
    """A round of three teams, of which the named ones have returned; Ash ward wrote a note and has a priority."""
    answers = {"Ash ward": {"Q05": "multiple"}, "Elm clinic": {}} if answers is None else answers
    notes = {"Q03": NOTE} if notes is None else notes
    files = [
        returned(
            submission(
                team,
                ALL_THREE | dict(more),
                notes=notes if team == "Ash ward" else {},
                priorities=(WISH,) if team == "Ash ward" else (),
            )
        )
        for team, more in answers.items()
    ]
    return collate(files, QUESTIONNAIRE, Round(teams=TeamList(teams)), overrides=overrides)


def heads(path: Path, sheet: str) -> dict[str, str]:
    """The letter of each column of a sheet's table."""
    top = openpyxl.load_workbook(path)[sheet][TOP.get(sheet, FIRST_ROW)]
    return {cell.value: cell.column_letter for cell in top if cell.value}


def rows(path: Path, sheet: str) -> list[dict[str, object]]:
    """The rows of a sheet's table that hold anything, as stored."""
    table = openpyxl.load_workbook(path, data_only=True)[sheet]
    names, *lines = list(table.iter_rows(TOP.get(sheet, FIRST_ROW), values_only=True))
    return [dict(zip(names, line, strict=True)) for line in lines if any(value is not None for value in line)]


def messages(collation: Collation, *rules: str) -> list[str]:
    return [f"{each.where.sheet}: {each.message}" for each in collation.to_fix if each.rule.id in rules]


def lost(collation: Collation) -> list[str]:
    return messages(collation, "text-not-kept")


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("first") / "consolidated.xlsx"
    results.write(round_of(), path)
    return path


def place(first: Path, sheet: str, column: str, row: int) -> str:
    """A cell of a table, its rows counted from 1."""
    return f"{heads(first, sheet)[column]}{TOP.get(sheet, FIRST_ROW) + row}"


def beside(first: Path, sheet: str, row: int, gap: int = 0) -> str:
    """A cell right of a table; row 0 is its header's."""
    last = max(openpyxl.utils.column_index_from_string(letter) for letter in heads(first, sheet).values())
    return f"{get_column_letter(last + 1 + gap)}{TOP.get(sheet, FIRST_ROW) + row}"


Entries = Mapping[str, Mapping[str, str]]
WITH_COLUMNS = ("Components", "Questions", "Heatmap", "Teams", "To fix", "Comments", "Actions", "Answers")


def cases(first: Path) -> dict[str, Entries]:
    """What is typed, case by case, as a keyboard would."""
    own = {sheet: {beside(first, sheet, 0): "Owner", beside(first, sheet, 1): "Ann"} for sheet in WITH_COLUMNS}
    return {
        "nothing": {},
        "a group chosen": {"Summary": {"A3": "South"}},
        "columns": own,
        "number": {"Answers": {place(first, "Answers", "Level", 5): "4"}},
        "spelling": {"Answers": {place(first, "Answers", "Level", 5): " SPREADING "}},
        "not applicable": {"Answers": {place(first, "Answers", "Level", 5): "n/a"}},
        "formula": {"Answers": {place(first, "Answers", "Level", 5): '="Spread"&"ing"'}},
        "own formulas": {"Teams": {beside(first, "Teams", 0): "Double", beside(first, "Teams", 1): "=2*21"}},
        "note edited": {"Comments": {place(first, "Comments", "Note", 1): "A nurse said so."}},
        "note taken out": {"Comments": {place(first, "Comments", "Note", 1): ""}},
        "note added": {"Comments": {"A8": "Elm clinic", place(first, "Comments", "Note", 4): "By telephone: agreed."}},
        "below": {"Teams": {"A30": "Ring them all on Monday"}},
        "below answers": {"Answers": {"A400": "checked by me"}},
        "beside": {"Questions": {beside(first, "Questions", 3, gap=2): "For the June board"}},
        "over a text": {"Teams": {place(first, "Teams", "Group", 1): "East"}},
        "over a title": {"Summary": {"A1": "Our own title"}},
        "over a heading": {"Heatmap": {"A1": "Our own title"}},
        "beside the summary": {"Summary": {"J9": "Agreed on 3 May"}},
        "between the summary": {"Summary": {"D5": "x"}},
        "over a figure": {"Heatmap": {place(first, "Heatmap", "Q05 Culture of improvement", 1): "4"}},
        "over what is typical": {"Heatmap": {f"C{heatmap.TOP - 2}": "5"}},
        "over the missing": {"Heatmap": {f"A{heatmap.TOP + 5}": "No answers to show from anybody"}},
        "below the missing": {"Heatmap": {f"A{heatmap.TOP + 8}": "Ring them"}},
        "over a card": {"Summary": {"A7": "99"}},
        "about": {"About": {"C16": "Ask Ann"}},
        "what to do": {"To fix": {place(first, "To fix", "What to do", 1): "Rang them"}},
        "header": {"Questions": {place(first, "Questions", "In words", 0): "How far they agree"}},
        "headers": {"Questions": {place(first, "Questions", "Agenda", 0): "Talk about"}},
        "next level": {"Actions": {place(first, "Actions", "Next level", 1): "Our own words"}},
        "action's group": {"Actions": {place(first, "Actions", "Group", 1): "East"}},
    }


@pytest.fixture(scope="module")
def typed_into(first: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A workbook for each case, typed into and saved by LibreOffice."""
    folder = tmp_path_factory.mktemp("typed")
    jobs = {}
    for number, (name, entries) in enumerate(cases(first).items()):
        (folder / str(number)).mkdir()
        jobs[name] = (folder / str(number) / "consolidated.xlsx", (first, entries))
    typed_many(dict(jobs.values()))
    return {name: target for name, (target, _) in jobs.items()}


@needs_office
class TestTyped:
    def again(self, path: Path, now: Collation | None = None) -> tuple[Path, Collation]:
        """Combine onto a copy of a workbook; gives the new workbook and its collation."""
        now = now or round_of()
        target = path.with_name(f"{path.stem} again.xlsx")
        shutil.copy(path, target)
        carried = results.carry(now, target)
        results.write(now, target, keep=False)
        return target, carried

    @pytest.mark.parametrize("case", ["nothing", "a group chosen"])
    def test_nothing_is_reported_where_nothing_was_typed(self, typed_into: dict[str, Path], case: str) -> None:
        _, carried = self.again(typed_into[case])
        assert (str(carried.carried), carried.to_fix) == ("", round_of().to_fix)

    def test_columns_stay_beside_their_rows_for_good(self, typed_into: dict[str, Path]) -> None:
        path = typed_into["columns"]
        late = round_of({"Ash ward": {"Q05": "multiple"}, "Elm clinic": {}, "Oak unit": {}})
        for _ in range(3):
            path, carried = self.again(path, late)
            assert lost(carried) == []
            assert [row["Owner"] for row in rows(path, "Answers")[:2]] == ["Ann", None]
            assert [row["Owner"] for row in rows(path, "Teams")] == ["Ann", None, None]
            assert [row["Owner"] for row in rows(path, "Heatmap")] == ["Ann", None, None]
            assert [row["Owner"] for row in rows(path, "Questions")[:2]] == ["Ann", None]
            assert [row["Owner"] for row in rows(path, "Components")[:2]] == ["Ann", None]
            assert rows(path, "To fix")[0]["Owner"] == "Ann"
            assert [row["Owner"] for row in rows(path, "Comments")] == ["Ann"]
            assert rows(path, "Actions")[0]["Owner"] == "Ann"
            assert "7 added columns" in str(carried.carried)  # and that of Actions with its rows

    def test_what_stood_beside_a_row_that_is_gone_is_reported(self, typed_into: dict[str, Path]) -> None:
        now = round_of({"Elm clinic": {}}, teams=TEAMS[1:])
        _, carried = self.again(typed_into["columns"], now)
        lines = lost(carried)
        assert [line.partition(":")[0] for line in lines] == ["Answers", "Comments", "Heatmap", "Teams", "To fix"]
        assert "your own columns held something in 1 row that is gone: Ash ward, Q01: Owner “Ann”" in lines[0]

    def test_columns_follow_a_team_that_is_renamed(self, typed_into: dict[str, Path]) -> None:
        renamed = (Team("t1", "Ash and Rowan ward", "North"), *TEAMS[1:])
        files = [
            returned(
                submission(name, ALL_THREE | {"Q05": "multiple"}, team_id=identity, notes={"Q03": NOTE}, file=file)
            )
            for name, identity, file in (("Ash and Rowan ward", "t1", "Ash ward.xlsx"),)
        ]
        out, carried = self.again(typed_into["columns"], collate(files, QUESTIONNAIRE, Round(teams=TeamList(renamed))))
        assert lost(carried) == []
        for sheet in ("Heatmap", "Teams", "Comments", "Answers", "To fix"):
            first_row = rows(out, sheet)[0]
            assert (first_row["Team"], first_row["Owner"]) == ("Ash and Rowan ward", "Ann"), sheet

    @pytest.mark.parametrize("case", ["number", "spelling", "formula"])
    def test_a_correction_may_be_typed_otherwise(self, typed_into: dict[str, Path], case: str) -> None:
        out, carried = self.again(typed_into[case])
        answer = carried.results[0].answers["Q05"]
        assert (answer.level, answer.decided_by, answer.state_read) == (4, DecidedBy.WORKBOOK, State.MULTIPLE)
        assert rows(out, "Answers")[4]["Level"] == "Spreading"
        assert ("text-as-values" in {each.rule.id for each in carried.to_fix}) is (case == "formula")

    def test_not_applicable_may_be_typed_otherwise(self, typed_into: dict[str, Path]) -> None:
        out, carried = self.again(typed_into["not applicable"])
        assert carried.results[0].answers["Q05"].state is State.NOT_APPLICABLE
        assert rows(out, "Answers")[4]["Level"] == "Not applicable"

    def test_formulas_of_ones_own_become_values_and_that_is_reported(self, typed_into: dict[str, Path]) -> None:
        out, carried = self.again(typed_into["own formulas"])
        assert rows(out, "Teams")[0]["Double"] == 42
        [message] = messages(carried, "text-as-values")
        assert "The column Double of the sheet Teams held formulas of your own." in message

    def test_an_edited_note_stands_everywhere_and_stays(self, typed_into: dict[str, Path]) -> None:
        path = typed_into["note edited"]
        for _ in range(3):
            path, carried = self.again(path)
            assert [row["Note"] for row in rows(path, "Comments")] == ["A nurse said so."]
            assert [row[13] for row in carried.rows("answers") if row[13]] == ["A nurse said so."]
            assert str(carried.carried) == "1 edited comment"
            assert [each.question for each in carried.to_fix if each.rule.id == "text-edited"] == ["Q03"]
            assert [each.note for each in stored_workbook.read(path).answers if each.note] == ["A nurse said so."]
        _, carried = self.again(path, round_of(notes={"Q03": "Sister Smith thinks otherwise."}))
        assert carried.results[0].answers["Q03"].note == "A nurse said so."
        assert "to “Sister Smith thinks otherwise.”. The edited text was kept." in messages(carried, "text-kept")[0]
        _, carried = self.again(path, round_of(notes={"Q03": "A nurse said so."}))
        assert (str(carried.carried), messages(carried, "text-edited", "text-kept")) == ("", [])

    def test_a_note_taken_out_does_not_come_back(self, typed_into: dict[str, Path]) -> None:
        path = typed_into["note taken out"]
        for now in (round_of(), round_of({"Elm clinic": {}}), round_of()):  # once without the team's return
            path, carried = self.again(path, now)
            assert "Jones" not in "".join(parts(path))
            assert not [row for row in carried.rows("answers") if row[13]]
        assert [(row["Team"], row["Ref"], row["Note"]) for row in rows(path, "Comments")] == [("Ash ward", "Q03", None)]

    def test_a_note_of_ones_own_stays(self, typed_into: dict[str, Path]) -> None:
        path = typed_into["note added"]
        for _ in range(2):
            path, carried = self.again(path)
            assert [(row["Team"], row["Note"]) for row in rows(path, "Comments")] == [
                ("Ash ward", NOTE),
                ("Elm clinic", "By telephone: agreed."),
            ]
            assert str(carried.carried) == "1 added comment"

    @pytest.mark.parametrize(
        ("case", "message"),
        [
            ("below", "Teams: .* typed below the table: “Ring them all on Monday”"),
            ("below answers", "Answers: .* typed below the table: “checked by me”"),
            ("beside", "Questions: .* typed outside the table: “For the June board”"),
            ("over a text", "Teams: .* something was typed into the column Group"),
            ("over a title", "Summary: .* typed over our own texts, or between them in column A"),
            ("over a heading", "Heatmap: .* a text above or below the table was changed"),
            ("over what is typical", "Heatmap: .* a text above or below the table was changed"),
            ("over the missing", "Heatmap: .* a text above or below the table was changed"),
            ("below the missing", "Heatmap: .* typed below the table: “Ring them”"),
            ("beside the summary", "Summary: .* typed outside the page: “Agreed on 3 May”"),
            ("between the summary", "Summary: .* typed over our own texts, or between them in column D"),
            ("over a card", "Summary: .* typed over our own texts, or between them in column A"),
            ("over a figure", "Heatmap: .* a calculated figure was typed over: “4”"),
            ("about", "About: .* typed over our own texts, or between them"),
            ("what to do", "To fix: .* something was typed into the column What to do"),
            ("header", "Questions: .* a header of ours was changed: “How far they agree”"),
            ("headers", "Questions: .* the headers of the table were changed"),
            ("action's group", "Actions: .* something was typed into the column Group"),
        ],
    )
    def test_what_has_no_place_is_reported(self, typed_into: dict[str, Path], case: str, message: str) -> None:
        _, carried = self.again(typed_into[case])
        [line] = lost(carried)
        assert re.match(message, line), line
        assert carried.carried
        assert carried.carried.lost == 1

    def test_ones_own_next_level_stays(self, typed_into: dict[str, Path]) -> None:
        path = typed_into["next level"]
        for _ in range(2):
            path, carried = self.again(path)
            assert rows(path, "Actions")[0]["Next level"] == "Our own words"
            assert lost(carried) == []


def parts(path: Path) -> list[str]:
    """Everything readable in a workbook."""
    with zipfile.ZipFile(path) as package:
        return [package.read(name).decode("utf-8", "replace") for name in package.namelist()]


def keep_and_combine(path: Path, now: Collation) -> Collation:
    carried = results.carry(now, path)
    results.write(now, path)
    return carried


class TestOverSeveralRuns:
    """A correction, over rounds in which its team's return comes and goes."""

    def correct(self, path: Path, level: str, question: str = "Q05", team: str = "Ash ward") -> None:
        """Type a level; the workbook is saved with the values alone, by a program that does not calculate."""
        book = openpyxl.load_workbook(path, data_only=True)
        at = heads(path, "Answers")
        row = next(
            row
            for row in range(FIRST_ROW + 1, book["Answers"].max_row + 1)
            if (book["Answers"][f"{at['Team']}{row}"].value, book["Answers"][f"{at['Ref']}{row}"].value)
            == (team, question)
        )
        book["Answers"][f"{at['Level']}{row}"].value = level
        book.save(path)

    @pytest.fixture
    def path(self, first: Path, tmp_path: Path) -> Path:
        return Path(shutil.copy(first, tmp_path / "out.xlsx"))

    def test_it_waits_while_the_return_is_missing(self, path: Path) -> None:
        self.correct(path, "Spreading")
        for _ in range(2):
            carried = keep_and_combine(path, round_of({"Elm clinic": {}}))
            assert "no copy of this team counts" in messages(carried, "answer-not-kept")[0]
            assert str(carried.carried).startswith("1 correction that waits")
            assert [each.level for each in stored_workbook.read(path).waiting] == ["Spreading"]
        carried = keep_and_combine(path, round_of())
        assert carried.results[0].answers["Q05"].level == 4
        assert messages(carried, "answer-not-kept") == []
        assert stored_workbook.read(path).waiting == ()

    def test_its_row_cleared_on_about_it_is_forgotten(self, path: Path) -> None:
        self.correct(path, "Spreading")
        keep_and_combine(path, round_of({"Elm clinic": {}}))
        book = openpyxl.load_workbook(path, data_only=True)
        [row] = [cell.row for cell in book["About"]["C"] if cell.value == "Spreading"]
        for cell in book["About"][row]:
            cell.value = None
        book.save(path)
        assert str(keep_and_combine(path, round_of()).carried) == ""

    def test_two_in_a_row_and_one_taken_back(self, path: Path) -> None:
        self.correct(path, "Spreading")
        assert str(keep_and_combine(path, round_of()).carried) == "1 correction"
        self.correct(path, "Starting")
        carried = keep_and_combine(path, round_of())
        assert carried.results[0].answers["Q05"].level == 1
        self.correct(path, "Starting", "Q02", "Elm clinic")
        assert str(keep_and_combine(path, round_of()).carried) == "2 corrections"
        self.correct(path, "", "Q05")
        carried = keep_and_combine(path, round_of())
        assert str(carried.carried) == "1 correction"
        assert carried.results[0].answers["Q05"].state is State.MULTIPLE
        assert carried.results[1].answers["Q02"].level == 1
        assert len(list(path.parent.glob("out *.xlsx"))) == 4

    def test_a_newer_correction_beats_one_that_waited(self, path: Path) -> None:
        self.correct(path, "Spreading")
        keep_and_combine(path, round_of({"Elm clinic": {}}))
        keep_and_combine(path, round_of({"Elm clinic": {}, "Oak unit": {}}))
        self.correct(path, "Starting", "Q05", "Elm clinic")  # another team's stands beside it
        carried = keep_and_combine(path, round_of())
        assert [result.answers["Q05"].level for result in carried.results[:2]] == [4, 1]

    def test_two_that_disagree_count_for_nothing(self, path: Path) -> None:
        self.correct(path, "Spreading")
        book = openpyxl.load_workbook(path, data_only=True)
        sheet = book["Answers"]
        at = {cell.value: cell.column for cell in sheet[FIRST_ROW]}
        sheet.append([cell.value for cell in sheet[FIRST_ROW + 5]])
        sheet.cell(sheet.max_row, at["Level"]).value = "Starting"
        book.save(path)
        carried = keep_and_combine(path, round_of())
        assert carried.results[0].answers["Q05"].state is State.MULTIPLE
        assert (
            "the workbook says two things of it: “Spreading” and “Starting”" in messages(carried, "answer-not-kept")[0]
        )
        assert len(stored_workbook.read(path).waiting) == 2

    def test_a_file_of_the_same_name_is_not_enough(self, path: Path) -> None:
        self.correct(path, "Spreading")
        other = returned(submission("Birch ward", ALL_THREE, file="Ash ward.xlsx"), sha256="f" * 64)
        carried = keep_and_combine(
            path, collate([other], QUESTIONNAIRE, Round(teams=TeamList((Team("t9", "Birch ward"),))))
        )
        assert carried.results[0].answers["Q05"].level == 3
        assert messages(carried, "answer-not-kept")

    def test_an_override_against_a_level_typed_in_the_workbook_stops_the_run(self, path: Path) -> None:
        """Two words of people: neither wins, and both places are named."""
        decided = round_of(overrides=Overrides("x", (Decision("Elm clinic", "Q02", 5, "", 2),)))
        keep_and_combine(path, decided)
        assert decided.results[1].answers["Q02"].level == 5
        self.correct(path, "Progressing", "Q02", "Elm clinic")  # as the copy has it; “Decided by” still says Override
        before = path.read_bytes()
        with pytest.raises(ImpactError, match=r"Answers!\w+ says “Progressing” for Q02 of Elm clinic, and row 2 of x"):
            keep_and_combine(path, decided)
        assert path.read_bytes() == before


class TestBesideTheCells:
    """What is no text in a cell: notes on cells, pictures, sheets."""

    @pytest.fixture
    def path(self, first: Path, tmp_path: Path) -> Path:
        return Path(shutil.copy(first, tmp_path / "out.xlsx"))

    def test_notes_on_cells_are_reported(self, path: Path) -> None:
        book = openpyxl.load_workbook(path)
        book["Answers"]["G9"].comment = Comment("They told me on the telephone", "Ann")
        book.save(path)
        [finding] = [each for each in results.carry(round_of(), path).to_fix if each.rule.id == "text-not-kept"]
        assert (finding.where.sheet, finding.where.cell) == ("Answers", "G9")
        assert "notes were attached to cells" in finding.message

    def test_a_chart_of_ones_own_is_reported(self, path: Path) -> None:
        book = openpyxl.load_workbook(path)
        book["Teams"].add_chart(openpyxl.chart.BarChart(), "K20")
        book.save(path)
        [line] = lost(results.carry(round_of(), path))
        assert line.startswith("Teams: On the sheet Teams of the workbook that was replaced a picture, shape or chart")

    def test_a_sheet_of_ones_own_goes_with_it(self, path: Path) -> None:
        book = openpyxl.load_workbook(path)
        own = book.create_sheet("Notes of the meeting", 1)
        own["B2"], own["B3"], own["C3"] = "Agreed", "=1+1 is text", 12.5
        own["B3"].data_type = "s"
        book.create_sheet("Empty")
        book.save(path)
        for _ in range(2):
            carried = keep_and_combine(path, round_of())
            assert str(carried.carried) == "1 added sheet"
            now = openpyxl.load_workbook(path)
            assert now.sheetnames == [*NAMES, "Notes of the meeting"]
            sheet = now["Notes of the meeting"]
            assert [sheet[cell].value for cell in ("B2", "B3", "C3")] == ["Agreed", "=1+1 is text", 12.5]
            assert sheet["B3"].data_type == "s"

    def test_a_renamed_sheet_is_found_and_its_name_is_free_for_another(self, path: Path) -> None:
        book = openpyxl.load_workbook(path, data_only=True)
        book["Teams"].title = "Wards"
        book["Wards"].cell(FIRST_ROW, 40).value = "Owner"
        book["Wards"].cell(FIRST_ROW + 1, 40).value = "Ann"
        book.create_sheet("Teams")["A1"] = "Mine"
        book.save(path)
        keep_and_combine(path, round_of())
        assert rows(path, "Teams")[0]["Owner"] == "Ann"
        assert openpyxl.load_workbook(path)["Teams (2)"]["A1"].value == "Mine"

    def test_a_renamed_summary_is_no_sheet_of_ones_own(self, path: Path) -> None:
        book = openpyxl.load_workbook(path, data_only=True)
        book["Summary"].title, book["About"].title = "For the board", "Sources"
        book.save(path)
        carried = keep_and_combine(path, round_of())
        assert (str(carried.carried), openpyxl.load_workbook(path).sheetnames) == ("", list(NAMES))

    def test_a_formula_without_a_value_is_no_correction(self, path: Path) -> None:
        book = openpyxl.load_workbook(path)  # which saves formulas without their values
        book["Answers"][place(path, "Answers", "Level", 6)] = '="Spread"&"ing"'
        book.save(path)
        carried = results.carry(round_of(), path)
        assert carried.results[0].answers["Q06"].level == 3
        [line] = lost(carried)
        assert "formulas in the column Level have no value" in line

    def test_a_time_of_day_stays(self, path: Path) -> None:
        book = openpyxl.load_workbook(path)
        cell = book["Actions"][place(path, "Actions", "By when", 4)]
        cell.value = datetime(2027, 5, 1, 14, 30)
        book.save(path)
        keep_and_combine(path, round_of())
        assert rows(path, "Actions")[1]["By when"] == "2027-05-01 14:30:00"

    def test_wards_of_one_name_are_kept_apart(self, tmp_path: Path) -> None:
        teams = (Team("n1", "Ward 1", "North"), Team("s1", "Ward 1", "South"))  # told by the ids on their forms
        files = [
            returned(
                submission("Ward 1", ALL_THREE, group=team.group, team_id=team.id, notes={"Q01": team.group},
                           file=f"{team.id}.xlsx")
            )
            for team in teams
        ]  # fmt: skip
        collation = collate(files, QUESTIONNAIRE)
        path = tmp_path / "out.xlsx"
        results.write(collation, path)
        book = openpyxl.load_workbook(path, data_only=True)
        for sheet, top in (("Comments", FIRST_ROW), ("Heatmap", TOP["Heatmap"])):
            col = book[sheet].max_column + 1
            book[sheet].cell(top, col).value = "Owner"
            book[sheet].cell(top + 2, col).value = "Ann of the South"
        book["Comments"][place(path, "Comments", "Note", 2)].value = "Edited in the South"
        book.save(path)
        keep_and_combine(path, collation)
        assert [row["Note"] for row in rows(path, "Comments")] == ["North", "Edited in the South"]
        for sheet in ("Comments", "Heatmap"):
            assert [(row["Group"], row["Owner"]) for row in rows(path, sheet)] == [
                ("North", None),
                ("South", "Ann of the South"),
            ]

    @needs_office
    def test_sorting_saving_and_widening_are_no_typing(self, path: Path, tmp_path: Path) -> None:
        sorted_one = resorted(path, tmp_path / "sorted.xlsx", {"Answers": ("A5:Q48", 5), "Teams": ("A5:W7", 2)})
        again = convert(sorted_one, tmp_path / "again")
        assert (str(results.carry(round_of(), again).carried), lost(results.carry(round_of(), again))) == ("", [])

    def test_a_random_round_untouched_has_nothing_typed(self, tmp_path: Path) -> None:
        for seed, teams in ((1, 0), (2, 1), (3, 23)):
            collation = random_round(seed, teams)
            path = tmp_path / f"{seed}.xlsx"
            results.write(collation, path)
            carried = results.carry(collation, path)
            assert (str(carried.carried), carried.to_fix) == ("", collation.to_fix)
            assert results.build(carried).count(b"") >= 0

    def test_odd_texts_untouched_are_not_taken_for_typed(self, tmp_path: Path) -> None:
        odd = [
            "a\x0bb\x01c",
            "tab\there",
            "two  spaces",
            "line\r\nbreak",
            "_x000D_",
            "=1",
            "\u2028",
            "😀",
        ]
        files = [
            returned(
                submission(f"{text} {number}", ALL_THREE, group=text, notes={"Q01": text}, completed_by=text,
                           file=f"{text}\udc80.xlsx", priorities=(Priority(1, text, text, text, text, text, text),))
            )
            for number, text in enumerate(odd)
        ]  # fmt: skip
        collation = collate(files, QUESTIONNAIRE)
        results.write(collation, tmp_path / "out.xlsx")
        carried = results.carry(collation, tmp_path / "out.xlsx")
        assert (str(carried.carried), carried.to_fix) == ("", collation.to_fix)


@pytest.mark.parametrize("with_own", [False, True])
def test_a_workbook_as_it_was_written_holds_nothing_new(first: Path, tmp_path: Path, with_own: bool) -> None:
    """Nobody changed anything since, so nothing is looked for; and where it is, nothing is found. Own columns stay."""
    path = Path(shutil.copy(first, tmp_path / "consolidated.xlsx"))
    if with_own:
        book = openpyxl.load_workbook(path)
        column = get_column_letter(book["Teams"].max_column + 1)
        book["Teams"][f"{column}{FIRST_ROW}"], book["Teams"][f"{column}{FIRST_ROW + 1}"] = "Ward manager", "Sister Ali"
        book.create_sheet("Our own")["B2"] = "kept"
        book.save(path)
        assert not Parts(path).is_as_written
        keep_and_combine(path, round_of())
    unsealed = tmp_path / "unsealed.xlsx"
    repacked(path, unsealed, "docProps/custom.xml", lambda part: part.replace(b'name="Seal"', b'name="Other"'))
    assert Parts(path).is_as_written
    assert not Parts(unsealed).is_as_written
    stored = stored_workbook.read(path)
    edits = detect.read(path, stored, QUESTIONNAIRE, SHEETS)
    assert edits == detect.read(unsealed, stored, QUESTIONNAIRE, SHEETS)
    assert (edits.columns, [*edits.sheets]) == (({"Teams": ("Ward manager",)}, ["Our own"]) if with_own else ({}, []))
    assert not edits.losses


def test_whatever_is_changed_a_workbook_is_not_as_it_was_written(first: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(first) as package:
        names = [name for name in package.namelist() if name.startswith("xl/")]
    for name in names:
        repacked(first, tmp_path / "changed.xlsx", name, lambda part: part + b" ")
        assert not Parts(tmp_path / "changed.xlsx").is_as_written, name
    repacked(first, tmp_path / "changed.xlsx", "docProps/core.xml", lambda part: part + b" ")
    assert Parts(tmp_path / "changed.xlsx").is_as_written


def repacked(path: Path, to: Path, name: str, change: Callable[[bytes], bytes]) -> None:
    """A workbook with another content in one of its parts."""
    with zipfile.ZipFile(path) as package, zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as made:
        for each in package.namelist():
            part = package.read(each)
            made.writestr(each, change(part) if each == name else part)


def test_a_workbook_of_before_the_checksums_is_read_without_complaint(first: Path, tmp_path: Path) -> None:
    path = tmp_path / "old.xlsx"
    with zipfile.ZipFile(first) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "docProps/custom.xml":
                content = re.sub(rb"<property .*</property>", b"", content, flags=re.DOTALL)
            new.writestr(name, content)
    assert str(results.carry(round_of(), path).carried) == ""


def test_checksums_fit_into_a_property(first: Path) -> None:
    with zipfile.ZipFile(first) as package:
        properties = re.findall(
            r'name="Seal of ([^"]+)"><vt:lpwstr>([^<]*)<', package.read("docProps/custom.xml").decode()
        )
    assert {name for name, _ in properties} == set(NAMES)
    assert all(len(text) <= 255 for _, text in properties)


def test_figures_refuse_typing_and_say_where_to_type(first: Path) -> None:
    book = openpyxl.load_workbook(first)
    figures = {
        "Heatmap": ("Q01 Board and executives set vision",),
        "Teams": ("Status", "Lowest in Management systems"),
        "Questions": ("Valid", "Agenda", "Two separate groups"),
        "Components": ("Valid",),
        "Answers": ("State", "Level as read"),
    }
    for sheet, column in ((sheet, column) for sheet, columns in figures.items() for column in columns):
        cell = place(first, sheet, column, 1)
        [rule] = [each for each in book[sheet].data_validations.dataValidation if cell in each.sqref]
        assert (rule.type, rule.formula1, rule.errorStyle or "stop") == ("custom", "FALSE", "stop")
        assert "Level" in rule.error or "sheet Answers" in rule.error
    for cell in ("A7", "A40", "F20"):
        assert [rule for rule in book["Summary"].data_validations.dataValidation if cell in rule.sqref]
    for sheet in book:
        for rule in sheet.data_validations.dataValidation:
            texts = (rule.formula1, rule.prompt, rule.error)
            assert all(len(text or "") <= 255 for text in texts)
            assert all(len(text or "") <= 32 for text in (rule.promptTitle, rule.errorTitle))


def test_the_command_says_what_it_could_not_carry(run: Callable[..., Result], tmp_path: Path) -> None:
    entries = {f"{question.id}.L3": True for question in QUESTIONNAIRE.questions}
    form.write(Form(QUESTIONNAIRE, entries=entries | {"start.team": "Ash ward"}), tmp_path / "in" / "a.xlsx")
    out = tmp_path / "out.xlsx"
    assert run("collate", tmp_path / "in", "-o", out).exit_code == 0
    book = openpyxl.load_workbook(out)
    book["Teams"]["A30"] = "Ring them"
    book.save(out)
    done = run("collate", tmp_path / "in", "-o", out)
    assert "Not carried over: 1 change made there; To fix says which (text-not-kept)." in done.stderr
    assert "as nobody had typed anything" not in done.stderr
    [copy] = tmp_path.glob("out *.xlsx")
    assert openpyxl.load_workbook(copy)["Teams"]["A30"].value == "Ring them"


def test_what_is_no_workbook_of_ours_is_refused_untouched(tmp_path: Path) -> None:
    path = tmp_path / "out.xlsx"
    path.write_bytes(io.BytesIO(b"PK nothing").getvalue())
    with pytest.raises(ImpactError, match="cannot be read back"):
        results.write(round_of(), path)
    assert path.read_bytes() == b"PK nothing"


# -- a round that asks other questions now ------------------------------------------------------------


@pytest.mark.parametrize("values", [False, True], ids=["with formulas", "values alone"])
@pytest.mark.parametrize(("then", "now"), [((), ("Q01", "Q02", "Q18")), (("Q01", "Q18"), ())], ids=["fewer", "more"])
def test_columns_of_questions_that_are_not_asked_are_nobody_s_own(
    tmp_path: Path, then: tuple[str, ...], now: tuple[str, ...], *, values: bool
) -> None:
    wish = Priority(1, "Start huddles", "Q03", "Matron", "May 2027", "A run chart", "Priorities")
    path = tmp_path / "c.xlsx"

    def of(questions: tuple[str, ...]) -> Collation:
        part = QUESTIONNAIRE.only(questions)
        more = {"questionnaire": part, "priorities": (wish,)}
        files = [returned(submission(team.name, ALL_THREE, **more)) for team in TEAMS]
        return collate(files, part, Round(teams=TeamList(TEAMS)))

    results.write(of(then), path)
    book = openpyxl.load_workbook(path, data_only=values)
    for name in ("Teams", "Groups", "Questions"):
        col = book[name].max_column + 1
        book[name].cell(FIRST_ROW, col).value, book[name].cell(FIRST_ROW + 1, col).value = "Visit", "3 Dec"
    book.save(path)
    carried = results.write(of(now), path).collation
    assert carried.carried.columns == dict.fromkeys(("Teams", "Groups", "Questions"), ("Visit",))
    assert str(carried.carried) == "3 added columns"
    assert [each.message for each in carried.to_fix if each.rule.id.startswith("text-")] == []
