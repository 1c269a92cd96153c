"""Long tables written row by row are, cell for cell, what xlsxwriter would have written."""

from __future__ import annotations

import io
import re
import sys
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from dump import dump
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook
from rounds_in_memory import SMALL

from impact_xl.results.sheet_writer import Column, SheetWriter
from impact_xl.xlsx.cell_values import Cell, Formula, Link, Rows
from impact_xl.xlsx.table_streaming import _in_strings, _string, in_xml
from impact_xl.xlsx.workbook_writer import WorkbookWriter

COLUMNS = (
    Column("One", 20, {"bold": True}),
    Column("Two", 30),
    Column("Three", 12, {"num_format": "0%", "align": "center"}),
    Column("Four", 14),
)
ROWS: list[list[Cell]] = [
    ["Ward 1", "a note\nin two lines", 0.25, date(2026, 11, 24)],
    ["=1+1", "-", 3, None],
    ["<r>x</r>", "<b>&amp;</b> \"quoted\" 'text'", 1 / 3, date(1999, 12, 31)],
    ["", " spaces at both ends ", -12, Formula('IF(A5<>"a&b",1,"")', 1)],
    ["_x0041_ and _x005F_", "naïve – ☑ 😀", 123456789012, Formula('"<"&B5', "<x>")],
    [None, "control \x07 character\r\nand a lone \ud800", 0, Formula("1/3", 1 / 3)],
    ["x" * 40_000, "\t tab first", 1e300, Formula('""', "")],
    ["\x00=2", "Ward 1", 1, "@sum"],
]


def book(rows: Rows | list[list[Cell]], *, top: int = 3, more: bool = False) -> bytes:
    sheets = SheetWriter(SMALL, "Title", WorkbookWriter("Title", "Subject", date(2026, 1, 1)), ["First", "Long"])
    sheet = sheets.write_title("Long", "A long table", "What it holds")
    _, last = sheets.table(sheet, "Long", COLUMNS, rows, top=top)
    if more:
        sheets.table(sheet, "After", COLUMNS[:2], [["behind", "it"]], top=last + 3)
    sheets.table(sheets.write_title("First", "Another", ""), "First", COLUMNS[:1], [["Ward 1"]])
    return sheets.book.content()


def made(rows: list[list[Cell]]) -> Rows:
    return Rows(rows, list)


@given(st.lists(st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"]), min_size=1), min_size=1))
def test_many_strings_at_once_are_as_each_by_itself(texts: list[str]):
    assert _in_strings(texts) == "".join(map(_string, texts))


@pytest.mark.parametrize("more", [False, True])
def test_cell_for_cell(more: bool):
    assert dump(book(made(ROWS), more=more)) == dump(book(ROWS, more=more))


@pytest.mark.parametrize("count", [0, 1, 2, 300])
def test_any_number_of_rows(count: int):
    rows = (ROWS * 40)[:count]
    assert dump(book(made(rows), more=True)) == dump(book(rows, more=True))


def test_texts_are_what_a_reader_of_the_format_sees():
    """openpyxl does not undo `_xHHHH_`; Excel and calamine do."""
    stored = CalamineWorkbook.from_filelike(io.BytesIO(book(made(ROWS)))).get_sheet_by_name("Long").to_python()
    usual = CalamineWorkbook.from_filelike(io.BytesIO(book(ROWS))).get_sheet_by_name("Long").to_python()
    assert stored == usual
    assert stored[8][0] == "_x0041_ and _x005F_"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(st.characters(codec=None), max_size=20), min_size=1, max_size=6))
def test_any_text(texts: list[str]):
    rows: list[list[Cell]] = [[text, text[::-1], None, ""] for text in texts]
    one, other = (
        CalamineWorkbook.from_filelike(io.BytesIO(book(table))).get_sheet_by_name("Long").to_python()
        for table in (made(rows), rows)
    )
    assert one == other


def test_the_same_rows_give_the_same_bytes():
    assert book(made(ROWS)) == book(made(ROWS))


def test_the_sheet_says_how_large_it_is():
    sheet = openpyxl.load_workbook(io.BytesIO(book(made(ROWS * 100))), read_only=True)["Long"]
    assert sheet.calculate_dimension() == f"A1:D{4 + 100 * len(ROWS)}"


def test_rows_are_made_when_they_are_written_and_only_then():
    questionnaire: list[int] = []

    def row(number: int) -> list[Cell]:
        questionnaire.append(number)
        return ["Ward", "", number, None]

    sheets = SheetWriter(SMALL, "Title", WorkbookWriter("Title", "Subject", date(2026, 1, 1)), ["Long"])
    sheets.table(sheets.write_title("Long", "A", "B"), "Long", COLUMNS, Rows(range(5), row))
    assert questionnaire == []
    sheets.book.content()
    assert questionnaire == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("value", [Link("'First'!A1", "there"), b"bytes", True])
def test_what_cannot_stand_there_is_a_bug_of_ours(value: Cell):
    with pytest.raises(TypeError, match="cannot hold"):
        book(made([["a", "b", 1, value]]))


def test_a_text_that_looks_like_the_librarys_own_xml_is_text(tmp_path: Path):
    kept = WorkbookWriter("T", "S", date(2026, 1, 1))
    text = "<r><t>no</t></r>"
    kept.write_text(kept.sheet("A"), 0, 0, text, bold=True)
    path = tmp_path / "a.xlsx"
    path.write_bytes(kept.content())
    assert openpyxl.load_workbook(path)["A"]["A1"].value == text
    assert CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python() == [[text]]


def test_each_character_stands_in_xml_as_itself_or_as_what_means_it():
    """All code points, and texts that look as if they were written in the way of `_xHHHH_`."""
    written = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\ufffe": "_xFFFE_", "\uffff": "_xFFFF_"}
    for code in range(sys.maxunicode + 1):
        letter = chr(code)
        assert in_xml(f"a{letter}b") == f"a{written.get(letter, letter)}b"
    for text in ("_x0041_", "_x004_", "__x00e9_", "_X0041_", "_x0041_x0041_", "x_x_x0041_\uffff"):
        marked = re.sub("_(?=x[0-9a-fA-F]{4}_)", "_x005F_", text)
        assert in_xml(text) == "".join(written.get(letter, letter) for letter in marked)
