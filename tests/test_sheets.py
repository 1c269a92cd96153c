"""A sheet of the results declares itself once, and everything that deals with sheets works from the declarations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import openpyxl
import pytest
from click.testing import Result
from rounds_in_memory import QUESTIONNAIRE, random_round

from impact_xl import results
from impact_xl.form import workbook as form
from impact_xl.form.workbook import Form
from impact_xl.results.edits import checksum
from impact_xl.results.edits.match_rows import RowKeys
from impact_xl.results.sheet_writer import Column, PageSpec, ReportWriter, SheetSpec, TableSpec
from impact_xl.results.sheets import SHEETS
from impact_xl.round import stored_workbook
from impact_xl.round.collation import Collation
from impact_xl.xlsx.cell_values import cell_text
from impact_xl.xlsx.package_inspect import Parts

RESPONSE = "Response"
COLUMNS = (Column("Group", 20), Column("Teams", 10), Column("Returned", 10), Column("Remark", 30))


def rows_of(collation: Collation) -> list[tuple[str, int, int]]:
    """How many teams of each group there are, and how many of them have returned; the largest number first."""
    rows = []
    for group in collation.groups:
        teams = [result for result in collation.results if result.team.group_name == group]
        rows.append((group, len(teams), sum(bool(result.used) for result in teams)))
    return sorted(rows, key=lambda row: -row[2])


def write_response(report: ReportWriter) -> None:
    sheet = report.write_title(RESPONSE, RESPONSE, "How many teams of each group have returned.")
    rows = rows_of(report.collation)
    report.table(
        sheet,
        RESPONSE,
        [*COLUMNS, *report.user_columns(RESPONSE)],
        [[*row, "", *report.user_cells(RESPONSE, [row[0]])] for row in rows],
    )
    report.add_checksums(RESPONSE, rows, {"Group": lambda row: row[0], "Teams": lambda row: row[1]})


EXTRA = SheetSpec(
    RESPONSE,
    "How many teams of each group have returned.",
    write_response,
    headers=("Group", "Teams", "Returned"),
    body=TableSpec(
        lambda _: COLUMNS,
        marker="Group",
        keys=RowKeys(
            lambda collation: ((row[0],) for row in rows_of(collation)),
            lambda rows, _: ((cell_text(row.get("Group")),) for row in rows),
        ),
        entries=("Remark",),
    ),
)
MORE_SHEETS = (*SHEETS[:5], EXTRA, *SHEETS[5:])


def headers(sheet: openpyxl.worksheet.worksheet.Worksheet, spec: SheetSpec) -> tuple[int, dict[str, int]]:
    """The row of a table's headers, and the column of each, counted from 1."""
    for row in sheet.iter_rows():
        if set(spec.headers) <= {cell.value for cell in row}:
            return row[0].row, {str(cell.value): cell.column for cell in row if cell.value}
    raise AssertionError(spec.name)


def type_into(path: Path, *specs: SheetSpec, other: Sequence[tuple[str, int, str, str]] = ()) -> None:
    """Add the column Owner to sheets, and type into its second row; `other` is sheet, row, header and text of more."""
    book = openpyxl.load_workbook(path, data_only=True)
    for spec in specs:
        sheet = book[spec.name]
        top, columns = headers(sheet, spec)
        table = [table for table in sheet.tables.values() if f"{sheet.cell(top, 1).coordinate}:" in table.ref]
        col = openpyxl.utils.range_boundaries(table[0].ref)[2] + 1
        sheet.insert_cols(col)
        sheet.cell(top, col).value = "Owner"
        sheet.cell(top + 2, col).value = "Ann"
    for name, row, head, text in other:
        sheet = book[name]
        [spec] = [spec for spec in MORE_SHEETS if spec.name == name]
        top, columns = headers(sheet, spec)
        sheet.cell(top + row, columns[head]).value = text
    book.save(path)


def stored_rows(path: Path, spec: SheetSpec) -> list[dict[str, object]]:
    sheet = openpyxl.load_workbook(path, data_only=True)[spec.name]
    top, columns = headers(sheet, spec)
    return [
        {head: sheet.cell(row, col).value for head, col in columns.items()} for row in range(top + 1, sheet.max_row + 1)
    ]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "consolidated.xlsx"
    results.write(random_round(5, 8), path, sheets=MORE_SHEETS)
    return path


def test_a_declared_sheet_stands_everywhere(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == [spec.name for spec in MORE_SHEETS if spec.when(random_round(5, 8))]
    contents = {row[0].value: row[1].value for row in book["About"].iter_rows()}
    assert contents[RESPONSE] == EXTRA.contents
    assert set(checksum.read(Parts(path).properties)[RESPONSE].sums) == {"*", "Group", "Teams"}


def test_what_people_add_to_a_declared_sheet_is_carried_over(path: Path) -> None:
    before = random_round(5, 8)
    first, second = (row[0] for row in rows_of(before)[:2])
    type_into(path, EXTRA)
    assert [row["Owner"] for row in stored_rows(path, EXTRA)[:2]] == [None, "Ann"]
    later = random_round(5, 9 + 4 * 3)  # other numbers in other orders
    for _ in range(2):
        carried = results.write(later, path, keep=False, sheets=MORE_SHEETS).collation
        assert [each for each in carried.to_fix if each.rule.id.startswith("text-")] == []
        by_group = {row["Group"]: row.get("Owner") for row in stored_rows(path, EXTRA)}
        assert by_group == {row[0]: "Ann" if row[0] == second else None for row in rows_of(later)}
        assert first in by_group
        assert str(carried.carried) == "1 added column"


def test_what_has_no_place_on_a_declared_sheet_is_reported(path: Path) -> None:
    type_into(path, other=[(RESPONSE, 1, "Teams", "99")])
    carried = results.carry(random_round(5, 8), path, sheets=MORE_SHEETS)
    assert [(each.where.sheet, each.facts["what"]) for each in carried.to_fix if each.rule.id == "text-not-kept"] == [
        (RESPONSE, "something was typed into the column Teams: “99”")
    ]


def test_a_row_of_a_declared_sheet_that_is_gone_is_reported(path: Path) -> None:
    type_into(path, EXTRA)
    carried = results.carry(random_round(5, 1, missing_teams=0), path, sheets=MORE_SHEETS)
    gone = rows_of(random_round(5, 8))[1][0]
    losses = [each.facts["what"] for each in carried.to_fix if each.where.sheet == RESPONSE]
    assert losses == [f"your own columns held something in 1 row that is gone: {gone}: Owner “Ann”"]


@pytest.mark.parametrize(
    "spec", [spec for spec in SHEETS if isinstance(spec.body, TableSpec) and spec.body.keys], ids=lambda spec: spec.name
)
def test_every_sheet_with_row_keys_writes_the_columns_that_people_added(spec: SheetSpec, tmp_path: Path) -> None:
    path = tmp_path / "consolidated.xlsx"
    results.write(random_round(5, 8), path)
    type_into(path, spec)
    [before] = [row for row in stored_rows(path, spec) if row["Owner"] == "Ann"]
    carried = results.write(random_round(5, 8), path, keep=False).collation
    assert [each for each in carried.to_fix if each.rule.id == "text-not-kept"] == []
    [after] = [row for row in stored_rows(path, spec) if row["Owner"] == "Ann"]
    assert all(after[head] == before[head] for head in spec.headers)


def test_declarations_are_sound() -> None:
    names = [spec.name for spec in SHEETS]
    assert len(set(names)) == len(names)
    for spec in SHEETS:
        assert bool(spec.contents) is (spec.name != "About")
        if isinstance(spec.body, PageSpec):
            continue
        heads = {column.header for column in spec.body.columns(QUESTIONNAIRE)}
        assert {*spec.headers, spec.body.marker, *spec.body.entries} <= heads, spec.name


def test_sheets_that_tell_a_workbook_are_declared() -> None:
    assert {
        name: spec.headers for name in stored_workbook.TABLES for spec in SHEETS if spec.name == name
    } == stored_workbook.TABLES


def test_the_workbook_that_is_there_is_read_once(
    run: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the returns are read it is looked at lightly, so that one that is open stops the command at once."""
    entries = {f"{question.id}.L3": True for question in QUESTIONNAIRE.questions}
    form.write(Form(QUESTIONNAIRE, entries=entries | {"start.team": "Ash ward"}), tmp_path / "in" / "a.xlsx")
    out = tmp_path / "out.xlsx"
    assert run("collate", tmp_path / "in", "-o", out).exit_code == 0
    calls = []
    read, check = stored_workbook.read, stored_workbook.check
    monkeypatch.setattr(stored_workbook, "read", lambda *options: (calls.append("read"), read(*options))[1])
    monkeypatch.setattr(stored_workbook, "check", lambda *options: (calls.append("check"), check(*options))[1])
    assert run("collate", tmp_path / "in", "-o", out).exit_code == 0
    assert calls == ["check", "read"]
