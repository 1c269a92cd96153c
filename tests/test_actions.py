"""Actions: dates are dates, rows are no higher than what is printed, and every row says where it was typed."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import openpyxl
import pytest
from rounds_in_memory import QUESTIONNAIRE, returned, submission
from test_meeting import edit, plan

from impact_xl import results
from impact_xl.results.actions import by_when
from impact_xl.results.sheet_writer import FIRST_ROW
from impact_xl.returns.submission import Priority
from impact_xl.round.collation import Collation, collate
from impact_xl.xlsx.cell_values import mark


def round_of(*by: str) -> Collation:
    wishes = tuple(
        Priority(n, f"Step {n}", "Q18", "Jo", text, "A chart", "Priorities", "D9") for n, text in enumerate(by, 1)
    )
    return collate([returned(submission("Ash", {"Q18": 2}, priorities=wishes))], QUESTIONNAIRE)


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("31/1/2027", date(2027, 1, 31)),
        ("1 March 2027", date(2027, 3, 1)),
        (date(2027, 3, 1), date(2027, 3, 1)),
        ("Spring 2027", "Spring 2027"),
        ("31/1", "31/1"),
        ("13/13/2027", "13/13/2027"),
        ("", ""),
        (None, None),
    ],
)
def test_a_date_that_is_certain_becomes_a_date(typed: object, shown: object) -> None:
    assert by_when(typed) == shown


def test_rows_sort_by_their_dates_and_say_where_they_were_typed(tmp_path: Path) -> None:
    results.write(round_of("31/1/2027", "Spring 2027", "1 Dec 2026"), tmp_path / "c.xlsx")
    rows = plan(tmp_path / "c.xlsx")
    assert [row["By when"] for row in rows if not isinstance(row["By when"], str)] == [
        openpyxl.utils.datetime.from_ISO8601(day) for day in ("2027-01-31T00:00:00", "2026-12-01T00:00:00")
    ]
    assert {(row["File"], row["Sheet"], row["Cell"]) for row in rows} == {("Ash.xlsx", "Priorities", "D9")}


def test_a_date_that_an_earlier_version_wrote_as_text_was_edited_by_nobody(tmp_path: Path) -> None:
    path = tmp_path / "c.xlsx"
    results.write(round_of("31/1/2027"), path)

    def as_before(book: openpyxl.Workbook) -> None:
        sheet = book["Actions"]
        heads = [cell.value for cell in sheet[FIRST_ROW]]
        cells = {head: sheet.cell(FIRST_ROW + 1, place) for place, head in enumerate(heads, 1)}
        cells["By when"].value = "31/1/2027"
        cells["As read"].value = cells["As read"].value.replace(mark(date(2027, 1, 31)), mark("31/1/2027"))
        for head in ("Cell", "Sheet"):
            sheet.delete_cols(heads.index(head) + 1)

    edit(path, as_before)
    collation = results.write(round_of("31/1/2027"), path).collation
    assert str(collation.carried) == ""
    assert not [finding for finding in collation.to_fix if finding.rule.id.startswith("text-")]
    assert plan(path)[0]["By when"].date() == date(2027, 1, 31)


@pytest.mark.parametrize("how", ["deleted", "emptied"])
def test_a_priority_that_somebody_deleted_is_there_again_and_that_is_told(tmp_path: Path, how: str) -> None:
    path, collation = tmp_path / "c.xlsx", round_of("31/1/2027", "Spring 2027")
    results.write(collation, path)

    def take_out(book: openpyxl.Workbook) -> None:
        sheet = book["Actions"]
        if how == "deleted":
            sheet.delete_rows(FIRST_ROW + 1)
        for cell in sheet[FIRST_ROW + 1] if how == "emptied" else ():
            cell.value = None

    edit(path, take_out)
    carried = results.write(collation, path).collation
    [message] = [each.message for each in carried.to_fix if each.rule.id == "text-not-kept"]
    assert message.endswith("replaced 1 row was deleted and is there again. Each run writes every row.")
    assert len(plan(path)) == 2
    assert results.write(collation, path).collation.carried.lost == 0


def test_a_priority_of_a_copy_that_is_new_was_deleted_by_nobody(tmp_path: Path) -> None:
    path = tmp_path / "c.xlsx"
    results.write(collate([], QUESTIONNAIRE), path)
    assert results.write(round_of("31/1/2027"), path).collation.carried.lost == 0


def test_the_next_level_is_neither_printed_nor_makes_rows_high(tmp_path: Path) -> None:
    results.write(round_of("May"), tmp_path / "c.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "c.xlsx")["Actions"]
    heads = [cell.value for cell in sheet[FIRST_ROW]]
    last = openpyxl.utils.get_column_letter(heads.index("Status") + 1)
    assert str(sheet.print_area).split(":")[1].startswith(f"${last}$")
    assert heads[-1] == "Next level"
    assert sheet.cell(FIRST_ROW + 1, heads.index("Next level") + 1).value.startswith("Progressing: ")
    assert sheet.row_dimensions[FIRST_ROW + 1].height <= 33


def test_a_form_says_in_which_cell_a_priority_was_typed(tmp_path: Path) -> None:
    from impact_xl.form import workbook as form
    from impact_xl.form.form import Form
    from impact_xl.returns.read_file import read_content

    path = form.write(Form(QUESTIONNAIRE, entries={"P2.what": "Huddles", "P3.lead": "Jo"}), tmp_path / "a.xlsx")
    [copy] = read_content(path.read_bytes(), "a.xlsx", QUESTIONNAIRE).submissions
    sheet = openpyxl.load_workbook(path)["Priorities"]
    _, second, third = copy.priorities
    assert (sheet[second.cell].value, sheet[third.cell].value) == ("Huddles", "Jo")
