"""What a coordinator adds to the team list beside our columns stands on Teams, and follows the list."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet
from rounds_in_memory import QUESTIONNAIRE, returned, submission

from impact_xl import results
from impact_xl.results.sheet_writer import FIRST_ROW
from impact_xl.results.teams import TEAMS, listed
from impact_xl.roster import Round, Team, TeamList, read_teams
from impact_xl.round import stored_workbook
from impact_xl.round.collation import Collation, collate
from impact_xl.xlsx.package_inspect import Parts

NAMES = ("Ash ward", "Elm clinic", "Oak unit", "Rowan ward", "Willow ward", "Yew unit", "Zinnia ward")
OWN = {"Ash ward": {"Site": "North", "Beds": 24}, "Elm clinic": {"Site": "South", "Beds": None}}


def round_of(own: Mapping[str, Mapping[str, Any]] = OWN) -> Collation:
    """Seven teams that all answered, some of which have something in columns of the coordinator's own."""
    teams = tuple(Team(f"t{place}", name, own=own.get(name, {})) for place, name in enumerate(NAMES))
    files = [returned(submission(name, {each.id: 3 for each in QUESTIONNAIRE.questions})) for name in NAMES]
    return collate(files, QUESTIONNAIRE, Round("r1", "Autumn", teams=TeamList(teams)))


def table(path: Path) -> tuple[list[str], list[dict[str, Any]]]:
    """The headers of Teams, and its rows."""
    heads, *rows = openpyxl.load_workbook(path, data_only=True)[TEAMS].iter_rows(FIRST_ROW, values_only=True)
    return [*map(str, heads)], [dict(zip(map(str, heads), row, strict=True)) for row in rows]


def column(path: Path, head: str, rows: int = 3) -> list[Any]:
    return [row[head] for row in table(path)[1][:rows]]


def edit(path: Path, *changes: Callable[[Worksheet], None]) -> None:
    """Change the sheet Teams as somebody who saves it, with the values that were there."""
    book = openpyxl.load_workbook(path, data_only=True)
    for change in changes:
        change(book[TEAMS])
    book.save(path)


def typed(head: str, row: int, value: object) -> Callable[[Worksheet], None]:
    """Type into a column, counted from 1 below the headers; row 0 is the header."""

    def change(sheet: Worksheet) -> None:
        heads = [cell.value for cell in sheet[FIRST_ROW]]
        col = heads.index(head) if head in heads else len(heads)
        sheet.cell(FIRST_ROW + row, col + 1, value)

    return change


def added(head: str, *values: object) -> Callable[[Worksheet], None]:
    """A column of somebody's own at the right of the table."""

    def change(sheet: Worksheet) -> None:
        last = sheet.max_column + 1
        for row, value in enumerate((head, *values)):
            sheet.cell(FIRST_ROW + row, last, value)

    return change


def what(collation: Collation) -> list[str]:
    return [each.message for each in collation.to_fix if each.rule.id.startswith("text-")]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "consolidated.xlsx"
    results.write(round_of(), path)
    return path


# -- what stands there ---------------------------------------------------------------------------------


def test_they_stand_behind_our_columns_in_their_order(path: Path) -> None:
    heads, rows = table(path)
    assert heads[-3:] == ["Shown", "Site", "Beds"]
    assert [(row["Site"], row["Beds"]) for row in rows[:3]] == [("North", 24), ("South", None), (None, None)]


def test_a_column_that_the_first_team_leaves_empty_keeps_its_place(tmp_path: Path) -> None:
    teams = tmp_path / "teams.csv"
    teams.write_text("team,Wing,Beds,Phone\nAsh ward,,24,\nElm clinic,South,,\n")
    assert [list(team.own) for team in read_teams(teams).teams] == [["Wing", "Beds", "Phone"]] * 2
    collation = round_of({team.name: team.own for team in read_teams(teams).teams})
    assert [*listed(collation)] == ["Wing", "Beds", "Phone"]
    assert collation.columns("teams")[-3:] == ("Wing", "Beds", "Phone")


def test_names_like_ours_get_a_number(tmp_path: Path) -> None:
    short = QUESTIONNAIRE.components[0].short
    heads = ["Date", "copies", "TEAM NO", "*", f"Lowest in {short}", "Site", "site", "=Beds", "a;b=c%3B", "X" * 200]
    names = ["Date (2)", "copies (2)", "TEAM NO (2)", "* (2)", f"Lowest in {short} (2)", "Site", "site (2)", *heads[7:]]
    path = tmp_path / "consolidated.xlsx"
    own = {"Ash ward": {head: f"in {head}" for head in heads}}
    results.write(round_of(own), path)
    assert table(path)[0][-len(heads) :] == names
    assert [table(path)[1][0][name] for name in names] == [f"in {head}" for head in heads]
    assert stored_workbook.read(path).teams[0]["Team no"] == 1
    again = results.write(round_of(own), path, keep=False)
    assert (what(again.collation), str(again.collation.carried)) == ([], "")


def test_every_kind_of_cell_is_kept_and_read_back_as_the_same(tmp_path: Path) -> None:
    kinds = {
        "Day": date(2026, 11, 30), "Moment": datetime(2026, 11, 30, 14, 30), "Clock": time(9, 5), "Yes": True,
        "Sum": 0.1 + 0.2, "Long": "word " * 400, "Lines": "a\nb", "Code": "007", "Formula": "=1+1", "Wrong": "#N/A",
    }  # fmt: skip
    path = tmp_path / "consolidated.xlsx"
    for _ in range(2):
        carried = results.write(round_of({"Ash ward": kinds}), path, keep=False).collation
        assert what(carried) == []
    row = table(path)[1][0]
    assert (row["Day"], row["Yes"], row["Sum"], row["Code"]) == (datetime(2026, 11, 30), "TRUE", 0.3, "007")
    assert (row["Moment"], row["Clock"], row["Lines"]) == ("2026-11-30 14:30:00", "09:05:00", "a\nb")
    assert (row["Formula"], row["Wrong"], row["Long"]) == ("=1+1", "#N/A", "word " * 400)
    sheet = openpyxl.load_workbook(path)[TEAMS]
    assert sheet.row_dimensions[FIRST_ROW + 1].height < 100  # the long text does not fill the screen
    assert sheet.cell(FIRST_ROW + 1, table(path)[0].index("Formula") + 1).data_type == "s"


def test_forty_columns_and_three_hundred(tmp_path: Path) -> None:
    for many in (40, 300):
        path = tmp_path / f"{many}.xlsx"
        own = {"Ash ward": {f"Column number {number}": number for number in range(many)}}
        results.write(round_of(own), path)
        assert max(map(len, Parts(path).properties.values())) <= 255
        edit(path, typed("Column number 7", 1, 99))
        [message] = what(results.carry(round_of(own), path))
        assert "something was typed into the column Column number 7, which follows the team list" in message


def test_nobody_but_the_coordinator_sees_them(tmp_path: Path) -> None:
    secret = {name: {"Secret head": "SECRET CELL"} for name in NAMES}
    collation = results.write(round_of(secret), tmp_path / "consolidated.xlsx").collation
    results.share.write(collation, tmp_path / "board.xlsx")
    (tmp_path / "meeting.xlsx").write_bytes(results.meeting.build(collation, 5))
    for name in ("board.xlsx", "meeting.xlsx"):
        with zipfile.ZipFile(tmp_path / name) as package:
            assert not any(b"secret" in package.read(part).lower() for part in package.namelist()), name
    with zipfile.ZipFile(tmp_path / "consolidated.xlsx") as package:
        assert any(b"SECRET CELL" in package.read(part) for part in package.namelist())


# -- what somebody does there --------------------------------------------------------------------------


def test_what_is_typed_over_them_is_told_and_the_list_holds(path: Path) -> None:
    edit(path, typed("Site", 1, "East"), typed("Beds", 3, 12))
    for message in what(carried := results.write(round_of(), path, keep=False).collation):
        assert "which follows the team list" in message
    assert len(what(carried)) == 2
    assert [each.where.cell for each in carried.to_fix if each.rule.id == "text-not-kept"] != [""]
    assert column(path, "Site") == ["North", "South", None]
    assert what(results.carry(round_of(), path)) == []  # once is enough


def test_they_follow_the_list(path: Path) -> None:
    changed = {"Ash ward": {"Site": "West", "Wing": 2}, "Oak unit": {"Site": "North"}}
    carried = results.write(round_of(changed), path, keep=False).collation
    assert (what(carried), str(carried.carried)) == ([], "")
    assert table(path)[0][-3:] == ["Shown", "Site", "Wing"]
    assert column(path, "Site") == ["West", None, "North"]
    results.write(round_of({}), path, keep=False)
    assert table(path)[0][-1] == "Shown"


def test_columns_that_somebody_adds_there_stay_behind_them(path: Path) -> None:
    edit(path, added("Owner", "Ann", None, "Bob"))
    for _ in range(2):
        carried = results.write(round_of(), path, keep=False).collation
        assert (what(carried), str(carried.carried)) == ([], "1 added column")
    assert table(path)[0][-3:] == ["Site", "Beds", "Owner"]
    assert column(path, "Owner") == ["Ann", None, "Bob"]


def test_a_column_that_the_list_has_by_now_is_one_where_it_says_the_same(tmp_path: Path) -> None:
    path = tmp_path / "consolidated.xlsx"
    results.write(round_of({}), path)
    edit(path, added("site", "North", None), added("Beds", "24", "30"))
    for _ in range(2):
        carried = results.write(round_of(), path, keep=False).collation
        assert what(carried) == []
    assert table(path)[0][-4:] == ["Shown", "Site", "Beds", "Beds (2)"]
    assert (column(path, "Beds"), column(path, "Beds (2)")) == ([24, None, None], ["24", "30", None])


def test_one_that_was_renamed_or_deleted_there_loses_nothing(path: Path) -> None:
    edit(path, typed("Site", 0, "Where"), added("Owner", "Ann"))
    carried = results.write(round_of(), path, keep=False).collation
    assert what(carried) == []
    assert table(path)[0][-4:] == ["Site", "Beds", "Where", "Owner"]
    assert column(path, "Where") == ["North", "South", None]
    edit(path, lambda sheet: sheet.delete_cols(table(path)[0].index("Site") + 1))
    assert what(results.write(round_of(), path, keep=False).collation) == []
    assert table(path)[0][-4:] == ["Site", "Beds", "Where", "Owner"]


def test_a_workbook_whose_properties_are_gone_loses_nothing(path: Path) -> None:
    book = openpyxl.load_workbook(path, data_only=True)
    for name in [*book.custom_doc_props.names]:
        del book.custom_doc_props[name]
    typed("Site", 1, "East")(book[TEAMS])
    book.save(path)
    results.write(round_of(), path, keep=False)
    assert table(path)[0][-3:] == ["Site", "Beds", "Site (2)"]
    assert (column(path, "Site"), column(path, "Site (2)")) == (["North", "South", None], ["East", "South", None])


def test_a_second_copy_says_what_was_typed_over_them(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.xlsx"
    other.write_bytes(path.read_bytes())
    edit(other, typed("Site", 1, "East"))
    [message] = what(results.carry(round_of(), path, also=[other]))
    assert "which follows the team list: “East”" in message


# -- the list ------------------------------------------------------------------------------------------


def test_formulas_without_results_and_crossed_out_cells_are_told(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["team", "Beds", "Wing"])
    book.active.append(["Ash ward", "=12*2", "North"])
    book.active.append(["Elm clinic", 3, "South"])
    book.active["C3"].font = Font(strike=True)
    book.save(tmp_path / "teams.xlsx")
    listed = read_teams(tmp_path / "teams.xlsx")
    assert [dict(team.own) for team in listed.teams] == [
        {"Beds": None, "Wing": "North"}, {"Beds": 3, "Wing": "South"},
    ]  # fmt: skip
    notes = " ".join(listed.notes)
    assert "The column Beds holds formulas whose results were not saved, so it is empty for Ash ward." in notes
    assert "Row 3, Elm clinic: Wing is crossed out in the list, and is kept as it is." in notes
