"""The tracking file: who has returned, and what people typed beside them, carried over whatever they did to it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import openpyxl
import pytest
from libreoffice import convert, needs_office
from openpyxl.comments import Comment
from openpyxl.worksheet.worksheet import Worksheet
from rounds_in_memory import QUESTIONNAIRE, random_round, returned, submission
from test_typed_kept import PUBLIC, labelled, properties
from test_validators import ooxml_validator, openxml_audit

from impact_xl import demo, results
from impact_xl.findings import ImpactError
from impact_xl.form import workbook as form
from impact_xl.mail import tracking, tracking_columns
from impact_xl.mail.tracking import TrackingRow
from impact_xl.results.labels import STATUS_LABELS
from impact_xl.roster import Round, Team, TeamList
from impact_xl.round.collation import Collation, collate

ALL = {question.id: 3 for question in QUESTIONNAIRE.questions}
TEAMS = (
    Team("t1", "Ash ward", "North", "Matron", "ash@trust.example"),
    Team("t2", "Elm clinic", "North", "Lead", "elm@trust.example"),
    Team("t3", "Oak unit", "South"),
    Team("t4", "Yew team", "South", "", "yew@trust.example"),
)
HEADER = 4  # the header's row, counted from 1


def of(*answers_of_teams: Any, teams: tuple[Team, ...] = TEAMS, round: str = "") -> Collation:
    """A round: what each team says, in the order of the list; None for one that sent nothing."""
    files = [
        returned(submission(team.name, answers, modified=datetime(2026, 11, 3)), sha256=team.id)
        for team, answers in zip(teams, answers_of_teams, strict=False)
        if answers is not None
    ]
    return collate(files, QUESTIONNAIRE, Round(id=round, title="Autumn 2026", teams=TeamList(teams)))


ROUND = of(ALL, ALL | {"Q01": "multiple", "Q02": "blank"}, {})


def sheet(path: Path) -> Worksheet:
    return openpyxl.load_workbook(path).worksheets[0]


def cells(path: Path) -> dict[str, dict[str, Any]]:
    """Each team's cells by header."""
    rows = sheet(path).iter_rows(min_row=HEADER, values_only=True)
    heads = next(rows)
    return {row[0]: dict(zip(heads, row, strict=True)) for row in rows if any(row)}


def typed(path: Path, entries: Mapping[str, Mapping[str, Any]]) -> None:
    """Type into a tracking file and save it by another program, which openpyxl is."""
    book = openpyxl.load_workbook(path)
    xl = book.worksheets[0]
    cols = {cell.value: cell.column for cell in xl[HEADER]}
    for row in xl.iter_rows(min_row=HEADER + 1):
        for head, value in entries.get(str(row[0].value), {}).items():
            xl.cell(row[0].row, cols[head]).value = value
    book.save(path)


TYPED = {
    "Ash ward": {"Remarks": "- first\nsecond line", "Drafted": 2, "Last drafted": date(2026, 11, 9)},
    "Elm clinic": {"Extension until": datetime(2026, 12, 1), "Remarks": "Phoned."},
    "Oak unit": {"Declined": "yes"},
    "Yew team": {"Received elsewhere": "yes", "Extension until": "end of the month"},
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    tracking.write(ROUND, tmp_path / "tracking.xlsx")
    return tmp_path / "tracking.xlsx"


# -- what it says ------------------------------------------------------------------------------------


def test_a_row_a_team_with_how_it_stands(path: Path):
    rows = cells(path)
    assert [(row["Status"], row["Answered"], row["To fix"]) for row in rows.values()] == [
        ("Complete", 22, None),
        ("Partial", 20, 2),
        ("Unusable", 0, 1),
        ("Not returned", None, None),
    ]
    ash = rows["Ash ward"]
    assert (ash["Team ID"], ash["Group"], ash["Contact"], ash["E-mail"]) == (
        "t1",
        "North",
        "Matron",
        "ash@trust.example",
    )
    assert [row["What is to fix"] for row in rows.values()] == [
        None,
        "More than one box ticked: Q01\nNo box ticked: Q02",
        "Returned as it was sent",
        None,
    ]
    assert {row["Asked"] for row in rows.values()} == {"yes"}
    assert ash["Returned"] == datetime(2026, 11, 3)
    assert rows["Yew team"]["Returned"] is None
    assert list(ash) == list(tracking_columns.HEADERS)
    xl = sheet(path)
    assert xl["A1"].value == "Tracking: Autumn 2026"
    assert "Type into the yellow columns" in xl["A2"].value
    assert xl["A3"].value == "4 teams: 1 complete, 1 partial, 1 unusable, 1 not returned. 22 questions each."


def test_it_is_a_table_that_people_can_work_with(path: Path):
    xl = sheet(path)
    [table] = xl.tables.values()
    assert (table.displayName, table.ref) == ("Tracking", "A4:Q8")
    assert table.autoFilter is not None
    assert xl.freeze_panes == "B5"
    assert xl.print_title_rows == "$4:$4"
    assert not xl.protection.sheet
    lists = {str(each.sqref): each for each in xl.data_validations.dataValidation}
    assert {place: each.formula1 for place, each in lists.items()} == {
        "N5:N8": None,
        "O5:O8": '"yes"',
        "P5:P8": '"yes"',
    }
    assert not any(each.showErrorMessage for each in lists.values())


def test_the_same_round_gives_the_same_bytes():
    assert tracking.build(ROUND) == tracking.build(ROUND)


@pytest.mark.parametrize("validator", [ooxml_validator, openxml_audit])
def test_it_is_valid(path: Path, validator: Callable[[Path, str], list[str]]):
    typed(path, TYPED)
    tracking.write(ROUND, path)
    assert validator(path, "Office2016") == []


def test_names_that_look_like_formulas_stay_names(tmp_path: Path):
    strange = (Team("t1", "=HYPERLINK(1)", "+North", "@Matron", "-a@trust.example"),)
    tracking.write(of(None, teams=strange), tmp_path / "t.xlsx")
    [row] = sheet(tmp_path / "t.xlsx").iter_rows(min_row=5, max_row=5)
    assert [cell.data_type for cell in row[:5]] == ["s"] * 5
    assert tracking.read(tmp_path / "t.xlsx").of(strange[0]).row["Contact"] == "@Matron"


# -- carried over ------------------------------------------------------------------------------------


def kept(path: Path) -> dict[str, dict[str, Any]]:
    """What stands in the columns that people fill in."""
    return {
        team: {head: row[head] for head in tracking_columns.ENTRY_COLUMNS if row[head]}
        for team, row in cells(path).items()
    }


EXPECTED = {
    "Ash ward": {"Remarks": "- first\nsecond line", "Drafted": 2, "Last drafted": datetime(2026, 11, 9)},
    "Elm clinic": {"Extension until": datetime(2026, 12, 1), "Remarks": "Phoned."},
    "Oak unit": {"Declined": "yes"},
    "Yew team": {"Received elsewhere": "yes", "Extension until": "end of the month"},
}


def test_what_people_typed_is_carried_over_and_the_old_file_kept(path: Path):
    typed(path, TYPED)
    old = path.read_bytes()
    now = of(ALL, ALL, ALL)
    changed = datetime(2026, 11, 5, 12, tzinfo=UTC).timestamp()
    os.utime(path, (changed, changed))
    written, copy = tracking.write(now, path)
    assert (written, copy.name, copy.read_bytes()) == (path, "tracking 2026-11-05.xlsx", old)
    assert kept(path) == EXPECTED
    assert [row["Status"] for row in cells(path).values()] == ["Complete", "Complete", "Complete", "Not returned"]
    again = path.read_bytes()
    assert tracking.write(now, path) == [path]  # nothing changed, so there is no copy to keep
    assert path.read_bytes() == again


def sort_backwards(xl: Worksheet) -> None:
    rows = [[cell.value for cell in row] for row in xl.iter_rows(min_row=HEADER + 1)]
    for at, values in enumerate(reversed(rows), HEADER + 1):
        for col, value in enumerate(values, 1):
            xl.cell(at, col).value = value


def insert(xl: Worksheet) -> None:
    xl.insert_rows(2, 3)
    xl.insert_cols(1, 2)


def move_columns(xl: Worksheet) -> None:
    for row in xl.iter_rows(min_row=HEADER):
        values = [cell.value for cell in row]
        for cell, value in zip(row, reversed(values), strict=True):
            cell.value = value


def rename_sheet(xl: Worksheet) -> None:
    xl.title = "Who is in"


def rename_teams(xl: Worksheet) -> None:
    for row in xl.iter_rows(min_row=HEADER + 1, max_col=1):
        row[0].value = f"{row[0].value} (renamed)"


def hide(xl: Worksheet) -> None:
    xl.row_dimensions[6].hidden = True
    xl.column_dimensions["Q"].hidden = True


def drop_ids(xl: Worksheet) -> None:
    for row in xl.iter_rows(min_row=HEADER + 1, min_col=2, max_col=2):
        row[0].value = None


HANDS = [sort_backwards, insert, move_columns, rename_sheet, rename_teams, hide, drop_ids]


@pytest.mark.parametrize("hands", HANDS, ids=lambda hands: hands.__name__)
def test_whatever_hands_did_to_it(path: Path, hands: Callable[[Worksheet], None]):
    typed(path, TYPED)
    before = kept(path)
    book = openpyxl.load_workbook(path)
    hands(book.worksheets[0])
    book.save(path)
    tracking.write(ROUND, path)
    assert kept(path) == before == EXPECTED


@needs_office
@pytest.mark.parametrize("hands", [None, sort_backwards, insert], ids=["saved", "sorted", "inserted"])
def test_saved_by_libreoffice(path: Path, tmp_path: Path, hands: Callable[[Worksheet], None] | None):
    typed(path, {**TYPED, "Ash ward": {"Remarks": "Line one\nline two", "Drafted": 2}})
    before = kept(path)
    if hands:
        book = openpyxl.load_workbook(path)
        hands(book.worksheets[0])
        book.save(path)
    path.write_bytes(convert(path, tmp_path / "saved").read_bytes())
    tracking.write(ROUND, path)
    assert kept(path) == before


def test_rows_and_columns_that_people_added_stay(path: Path):
    book = openpyxl.load_workbook(path)
    xl = book.worksheets[0]
    xl.cell(HEADER, 18).value = "Visited"
    xl.cell(5, 18).value = date(2026, 11, 20)
    xl.cell(6, 20).value = "under no header"
    xl.append(["Pine team", None, "East", "Ms Pine"])
    xl.append([*[None] * 16, "a remark alone"])
    xl.append(["Ash ward", "t1", *[None] * 14, "again"])
    book.create_sheet("My notes")["A1"] = "call them"
    book.save(path)
    old = tracking.read(path)
    assert old.other_sheets == ("My notes",)
    assert len(old.extra_rows(TEAMS)) == 3
    for _ in range(2):  # and again the next time
        tracking.write(ROUND, path)
        xl = sheet(path)
        rows = [[cell.value for cell in row] for row in xl.iter_rows(min_row=5)]
        assert len(rows) == 7
        assert [cell.value for cell in xl[HEADER]][17:] == ["Visited", "Column 20"]
        assert (rows[0][17], rows[1][18]) == (datetime(2026, 11, 20), "under no header")
        assert rows[4][:4] == ["Pine team", None, "East", "Ms Pine"]
        assert (rows[5][16], rows[6][16]) == ("a remark alone", "again")
    now = of(None, teams=(*TEAMS, Team("p9", "Pine team", "East")))
    tracking.write(now, path)
    assert cells(path)["Pine team"]["Team ID"] == "p9"  # the row that somebody added has become the team's own
    assert len(tracking.read(path).rows) == 7


def test_what_is_to_fix_is_short_however_much_it_is(tmp_path: Path):
    files = [returned(submission("Pine team", dict.fromkeys(ALL, "blank") | {"Q01": 3}))]
    round = Round(teams=TeamList(TEAMS))
    tracking.write(collate(files, QUESTIONNAIRE, round), tmp_path / "t.xlsx")
    pine = cells(tmp_path / "t.xlsx")["Pine team"]
    assert pine["What is to fix"] == "No box ticked: Q02, Q03, Q04, Q05, Q06, Q07, Q08, Q09 and 13 more"
    assert (pine["Asked"], pine["To fix"]) == ("no", 21)


def test_a_team_that_left_the_list_keeps_its_row(path: Path):
    typed(path, TYPED)
    tracking.write(of(ALL, teams=TEAMS[:1]), path)
    assert list(cells(path)) == [team.name for team in TEAMS]
    assert cells(path)["Oak unit"]["Declined"] == "yes"


def test_a_round_in_size(tmp_path: Path):
    many = random_round(seed=2, teams=60)
    tracking.write(many, tmp_path / "t.xlsx")
    ids = [result.team.id for result in many.results]
    for day in (1, 2):
        tracking.write(many, tmp_path / "t.xlsx", drafted=ids[::3], on=date(2026, 11, day))
    old = tracking.read(tmp_path / "t.xlsx")
    often = {row["Team ID"]: row["Drafted"] for row in old.rows}
    assert often == {identity: 2 if at % 3 == 0 else "" for at, identity in enumerate(ids)}


# -- chased ------------------------------------------------------------------------------------------


def test_drafts_for_a_team_are_counted_once_a_day(path: Path):
    typed(path, {"Elm clinic": {"Drafted": "twice by phone"}, "Oak unit": {"Drafted": 4}})
    for day in (10, 10, 12):
        tracking.write(ROUND, path, drafted=["T3", "t2", "t4"], on=date(2026, 11, day))
    rows = cells(path)
    assert [(rows[team.name]["Drafted"], rows[team.name]["Last drafted"]) for team in TEAMS] == [
        (None, None),
        ("twice by phone", datetime(2026, 11, 12)),
        (6, datetime(2026, 11, 12)),
        (2, datetime(2026, 11, 12)),
    ]


@pytest.mark.parametrize(
    ("row", "why", "is_extended", "unclear"),
    [
        ({}, "", False, ""),
        ({"Declined": "yes"}, "declined", False, ""),
        ({"Declined": " YES "}, "declined", False, ""),
        ({"Declined": "no", "Received elsewhere": "x"}, "received elsewhere", False, ""),
        ({"Declined": "they think about it"}, "declined", False, "Declined"),
        ({"Declined": "FALSE"}, "", False, ""),
        ({"Extension until": date(2026, 11, 20)}, "", True, ""),
        ({"Extension until": datetime(2026, 11, 20, 17, 30)}, "", True, ""),
        ({"Extension until": date(2026, 11, 19)}, "", False, ""),
        ({"Extension until": "21/11/2026"}, "", True, ""),
        ({"Extension until": "19 November 2026"}, "", False, ""),
        ({"Extension until": "next week"}, "", True, "Extension until"),
        ({"Extension until": 20}, "", True, "Extension until"),
    ],
)
def test_what_is_typed_is_understood_or_reported_as_unclear(
    row: Mapping[str, Any], why: str, is_extended: bool, unclear: str
):
    kept = TrackingRow(row)
    assert (kept.why_not, kept.is_extended(date(2026, 11, 20)), kept.unclear[0]) == (why, is_extended, unclear)


# -- refused, and untouched ---------------------------------------------------------------------------


def _renamed_header(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    book.worksheets[0]["O4"].value = "Said no"
    book.save(path)


def _blank_form(path: Path) -> None:
    path.unlink()
    form.write(form.Form(QUESTIONNAIRE), path)


def _results(path: Path) -> None:
    path.unlink()
    results.write(ROUND, path)


def _garbage(path: Path) -> None:
    path.write_bytes(b"PK\x03\x04 not a workbook")


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:3000])


@pytest.mark.parametrize("spoilt", [_renamed_header, _blank_form, _results, _garbage, _cut])
def test_what_cannot_be_read_back_is_refused_and_left_alone(tmp_path: Path, path: Path, run, spoilt):
    spoilt(path)
    before, beside = path.read_bytes(), sorted(tmp_path.iterdir())
    with pytest.raises(ImpactError, match="cannot be read back"):
        tracking.write(ROUND, path)
    (tmp_path / "in").mkdir()
    (tmp_path / "teams.csv").write_text("team\nAsh ward\n")
    done = run("status", tmp_path / "in", "--teams", tmp_path / "teams.csv", "-o", path)
    assert done.exit_code == 2
    assert "It was left as it is" in done.stderr
    assert path.read_bytes() == before
    assert sorted(tmp_path.iterdir()) == sorted([*beside, tmp_path / "in", tmp_path / "teams.csv"])


def test_the_file_of_another_round_is_refused(tmp_path: Path):
    path = tmp_path / "t.xlsx"
    tracking.write(of(ALL, round="spring"), path)
    assert sheet(path)["A3"].value.startswith("Round “spring”: 4 teams")
    assert tracking.read(path).round == "spring"
    tracking.write(of(ALL, round="Spring "), path)
    before = path.read_bytes()
    with pytest.raises(ImpactError, match="of another round"):
        tracking.write(of(ALL, round="autumn"), path)
    with pytest.raises(ImpactError, match="of another round"):
        tracking.check(path, "autumn")
    assert path.read_bytes() == before
    tracking.write(of(ALL), path)  # a round without an id says nothing against it


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="Windows")
def test_a_place_that_cannot_be_written(tmp_path: Path):
    with pytest.raises(ImpactError, match=r"does not end in \.xlsx"):
        tracking.check(tmp_path / "t.csv")
    (tmp_path / "file").write_text("")
    with pytest.raises(ImpactError, match="cannot be written"):
        tracking.write(ROUND, tmp_path / "file" / "t.xlsx")


# -- the command -------------------------------------------------------------------------------------


def test_ids_that_changed_hands_give_no_team_what_stands_beside_another(path: Path):
    """The list was numbered anew: the ids moved by one team, the names stayed."""
    typed(path, TYPED)
    ids = [team.id for team in TEAMS]
    moved = tuple(replace(team, id=id) for team, id in zip(TEAMS, ids[1:] + ids[:1], strict=True))
    before = tracking.read(path)
    assert all(tracking.TrackingRow({}) == before.of(team) for team in moved)
    assert [line for line in before.losses(moved) if "its ID and its name lead to two rows" in line]
    tracking.write(of(ALL, teams=moved), path)
    rows = tracking.read(path).rows
    assert [row["Declined"] for row in rows if row["Team"] == "Oak unit"] == ["", "yes"]  # the old row stands below
    assert [row["Remarks"] for row in rows if row["Team"] == "Ash ward"] == ["", "- first\nsecond line"]


def test_a_team_that_was_renamed_keeps_its_row(path: Path):
    typed(path, TYPED)
    renamed = (replace(TEAMS[0], name="Ash and Alder ward"), *TEAMS[1:])
    assert tracking.read(path).of(renamed[0]).row["Drafted"] == 2


@pytest.mark.parametrize("room", [60, 80, 107])
def test_the_table_on_the_screen_fits_the_window(monkeypatch: pytest.MonkeyPatch, room: int):
    names = ("Team", "A ward with a name that is longer than most people would like")
    rows = [(name, "Foothill division of the trust", "Not returned", "21 of 22", "3", "30 Nov 2026") for name in names]
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setattr("shutil.get_terminal_size", lambda **_: os.terminal_size((room, 24)))
    lines = [click.unstyle(line) for line in import_module("impact_xl.cli.status")._columns(rows)]
    assert max(map(len, lines)) <= room
    assert all("30 Nov 2026" in line for line in lines)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return demo.write(tmp_path_factory.mktemp("demo"), 12)


class TestCommand:
    def test_the_table_begins_with_those_who_sent_nothing(self, played, run):
        done = run("status", played.returns, "--teams", played.teams)
        assert done.exit_code == 0, done.output
        head, *lines = done.stdout.splitlines()
        assert head.split() == ["Team", "Group", "Status", "Answered", "To", "fix", "Returned"]
        words = [next(word for word in STATUS_LABELS.values() if word in line) for line in lines]
        assert words == ["Not returned", "Came, not readable"] + ["Partial"] * 3 + ["Complete"] * 7
        assert (
            "10 of 12 teams returned: 7 complete, 3 partial; 1 came, not readable; 1 team sent nothing." in done.stderr
        )
        assert "could not be matched to a team" not in done.stderr
        assert "  Elm community team: The file is damaged\n" in done.stderr
        assert "Next: impact-xl remind" in done.stderr
        assert "  Aspen theatre: More than one box ticked: Q03\n" in done.stderr

    def test_what_people_noted_is_on_the_screen_and_in_the_json(self, played, run, tmp_path: Path):
        out = tmp_path / "tracking.xlsx"
        run("status", played.returns, "--teams", played.teams, "-o", out)
        typed(out, {"Elm community team": {"Declined": "yes"}, "Aspen theatre": {"Extension until": "1/12/2026"}})
        done = run("status", played.returns, "--teams", played.teams, "-o", out)
        lines = {line.split("  ")[0]: line for line in done.stdout.splitlines()}
        assert lines["Elm community team"].endswith("declined")
        assert lines["Aspen theatre"].endswith("extension until 1 Dec 2026")
        printed = json.loads(run("status", played.returns, "--teams", played.teams, "-o", out, "--json").stdout)
        by_team = {each["team"]: each for each in printed["by_team"]}
        assert by_team["Elm community team"]["declined"] == "yes"
        assert by_team["Aspen theatre"]["extension_until"] == "1/12/2026"
        [seen] = by_team["Aspen theatre"]["what_is_to_fix"]
        assert "more than one box ticked" in seen

    def test_a_folder_without_a_form_is_reported(self, played, run, tmp_path: Path):
        (tmp_path / "in").mkdir()
        (tmp_path / "in" / "holiday.xlsx").write_bytes(Path(played.workbook).read_bytes())
        for command in ("status", "remind"):
            more = ("-o", tmp_path / "out") if command == "remind" else ()
            done = run(command, tmp_path / "in", "--teams", played.teams, *more)
            assert done.exit_code == 0
            assert "There is no form among what was read (1 file). Is it the right folder?" in done.stderr

    def test_json(self, played, run, tmp_path: Path):
        out = tmp_path / "tracking.xlsx"
        done = run("status", played.returns, "--teams", played.teams, "-o", out, "--json", "-q")
        printed = json.loads(done.stdout)
        assert (printed["command"], printed["teams"]["none"], printed["written"]) == ("status", 1, [str(out)])
        assert {each["team"] for each in printed["outstanding"]} == {
            each["team"] for each in printed["by_team"] if each["status"] == "none"
        }
        assert len(printed["by_team"]) == 12
        assert sum(each["to_fix"] for each in printed["by_team"]) == 4
        [alder] = [each for each in printed["by_team"] if each["team"] == "Alder ward"]
        assert (alder["answered"], alder["questions"], alder["file"]) == (22, 22, "Alder ward.xlsx")
        assert done.stderr == ""

    def test_written_again_it_says_what_was_carried_over(self, played, run, tmp_path: Path):
        out = tmp_path / "tracking.xlsx"
        run("status", played.returns, "--teams", played.teams, "-o", out)
        typed(out, {"Elm community team": {"Declined": "yes"}})
        book = openpyxl.load_workbook(out)
        book.worksheets[0].append(["Somebody else"])
        book.save(out)
        done = run("status", played.returns, "--teams", played.teams, "-o", out)
        assert done.exit_code == 0, done.output
        assert "1 row of no team of this round." in done.stderr
        assert cells(out)["Elm community team"]["Declined"] == "yes"
        assert len(list(tmp_path.glob("tracking 20*.xlsx"))) == 1

    def test_what_is_lost_is_on_the_screen_of_status_and_remind(self, played, run, tmp_path: Path):
        out = tmp_path / "tracking.xlsx"
        run("status", played.returns, "--teams", played.teams, "-o", out)
        typed(out, {"Elm community team": {"Status": "promised for Friday"}})
        book = openpyxl.load_workbook(out)
        book.worksheets[0]["A5"].comment = Comment("On leave", "Ann")
        book.save(out)
        kept = out.read_bytes()
        remind = ("remind", played.returns, "--teams", played.teams, "--tracking", out, "-o", tmp_path / "out")
        for command in (("status", played.returns, "--teams", played.teams, "-o", out), remind):
            out.write_bytes(kept)
            done = run(*command)
            assert done.exit_code == 0, done.output
            lines = [each for each in done.stderr.splitlines() if "Not carried over" in each]
            assert len(lines) == 2
            assert "in the column Status: “promised for Friday”." in lines[0]
            assert lines[1].endswith("notes on A5.")
        run("status", played.returns, "--teams", played.teams, "-o", out)
        again = run("status", played.returns, "--teams", played.teams, "-o", out)
        assert "Not carried over" not in again.stderr

    def test_with_nothing_returned_yet(self, played, run, tmp_path: Path):
        (tmp_path / "in").mkdir()
        done = run("status", tmp_path / "in", "--teams", played.teams, "-o", tmp_path / "tracking.xlsx")
        assert done.exit_code == 0, done.output
        assert "0 of 12 teams returned: none; 12 teams sent nothing." in done.stderr
        assert len(cells(tmp_path / "tracking.xlsx")) == 12

    def test_strict_and_wrong_use(self, played, run, tmp_path: Path):
        assert run("status", played.returns, "--teams", played.teams, "--strict").exit_code == 1
        assert run("status", played.returns).exit_code == 2
        assert run("status", tmp_path / "nothing", "--teams", played.teams).exit_code == 2
        assert run("status", played.returns, "--teams", tmp_path / "none.csv").exit_code == 2

    def test_over_mails_and_zips_as_collate(self, played, run, tmp_path: Path):
        from messages import mail, zipped

        files = {path.name: path.read_bytes() for path in sorted(played.returns.iterdir())}
        half = dict(list(files.items())[:6])
        (tmp_path / "in").mkdir()
        (tmp_path / "in" / "returns.zip").write_bytes(zipped(half))
        for name in files.keys() - half.keys():
            (tmp_path / "in" / f"{name}.eml").write_bytes(mail(files={name: files[name]}).as_bytes())
        plain = json.loads(run("status", played.returns, "--teams", played.teams, "--json").stdout)
        packed = json.loads(run("status", tmp_path / "in", "--teams", played.teams, "--json").stdout)
        assert packed["teams"] == plain["teams"]
        assert packed["outstanding"] == plain["outstanding"]

    def test_what_could_not_be_delivered_is_reported(self, played, run, tmp_path: Path):
        from messages import mail
        from test_containers import report

        (tmp_path / "in").mkdir()
        notice = report("delivery-status", "failed", mail("Your form")).replace(
            b"ward7@trust.example", b"elm-community-team@demonstration.example"
        )
        (tmp_path / "in" / "notice.eml").write_bytes(notice)
        line = (
            "A message could not be delivered to elm-community-team@demonstration.example (Elm community team): "
            "correct the address."
        )
        assert line in run("status", tmp_path / "in", "--teams", played.teams).stderr
        done = run("remind", tmp_path / "in", "--teams", played.teams, "-o", tmp_path / "out", "--json")
        assert line in done.stderr
        assert {each["kind"] for each in json.loads(done.stdout)["messages"]} == {"reminder"}


# -- what is written anew ----------------------------------------------------------------------------


def _losses(path: Path) -> list[str]:
    return tracking.read(path).losses([result.team for result in ROUND.results])


def test_what_was_typed_over_our_own_texts_is_told(path: Path):
    typed(path, {"Ash ward": {"E-mail": "new@trust.example"}, "Yew team": {"Status": "promised for Friday"}})
    assert _losses(path) == [
        "E5 in the column E-mail: “new@trust.example”",
        "G8 in the column Status: “promised for Friday”",
    ]


def test_notes_pictures_and_texts_above_the_table_are_told(path: Path):
    book = openpyxl.load_workbook(path)
    book.worksheets[0]["A6"].comment = Comment("On leave", "Ann")
    book.worksheets[0]["F3"] = "Ring them all"
    book.save(path)
    assert _losses(path) == ["notes on A6", "a text above the table was changed or added"]


def test_what_was_typed_is_told_where_rows_were_deleted_sorted_or_added(path: Path):
    book = openpyxl.load_workbook(path)
    xl = book.worksheets[0]
    xl["G8"] = "promised for Friday"
    xl.delete_rows(5)
    xl["A12"], xl["B12"], xl["G12"] = "Another team", "t99", "asked by me"
    book.save(path)
    assert _losses(path) == ["G7 in the column Status: “promised for Friday”"]


def test_what_was_typed_into_yellow_cells_and_columns_of_ones_own_is_no_loss(path: Path):
    typed(path, TYPED)
    book = openpyxl.load_workbook(path)
    book.worksheets[0]["R4"], book.worksheets[0]["R5"] = "Mine", "x"
    book.save(path)
    teams = [result.team for result in ROUND.results]
    assert tracking.read(path).losses(teams) == []
    assert tracking.read(path).carried(teams) == "the yellow cells of 4 teams, 1 column of your own"
    tracking.write(ROUND, path)
    assert _losses(path) == []


def test_what_was_typed_is_told_once_the_file_was_written_again(path: Path):
    typed(path, {"Yew team": {"Status": "promised for Friday"}})
    tracking.write(ROUND, path)
    assert _losses(path) == []


def test_a_header_of_ours_that_was_changed_is_told(path: Path):
    book = openpyxl.load_workbook(path)
    book.worksheets[0]["E4"] = "Mail"
    book.save(path)
    assert "as a header was changed" in _losses(path)[0]


def test_a_row_that_somebody_added_loses_cells_once_its_team_is_in_the_round(path: Path):
    book = openpyxl.load_workbook(path)
    xl = book.worksheets[0]
    xl["A9"], xl["D9"], xl["Q9"] = "New team", "Sister Smith", "asked by me"
    book.save(path)
    stored = tracking.read(path)
    assert stored.losses(list(TEAMS)) == []
    assert stored.losses([*TEAMS, Team("t5", "New team")]) == ["D9 in the column Contact: “Sister Smith”"]


@needs_office
def test_another_program_that_saves_it_loses_nothing(path: Path, tmp_path: Path):
    assert _losses(convert(path, tmp_path / "out")) == []


def test_a_sensitivity_label_stays_on_it(path: Path):
    labelled(path, PUBLIC)
    assert _losses(path) == []
    tracking.write(ROUND, path)
    assert PUBLIC.items() <= properties(path).items()
