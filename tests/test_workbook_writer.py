"""Text that stays text."""

from __future__ import annotations

import io
import sys
import unicodedata
from datetime import date

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from impact_xl.xlsx.workbook_writer import MOST_CELL_UNITS, WorkbookWriter, clean, footer


@pytest.mark.parametrize(
    "text", ["=1+1", "+44", "-", "@x", "\tx", "{=1}", "https://nhs.uk", "mailto:a@b.c", "007", "TRUE"]
)
def test_text_is_text(text: str):
    book = WorkbookWriter("T", "S", date(2026, 1, 1))
    book.write_text(book.sheet("A"), 0, 0, text)
    cell = openpyxl.load_workbook(io.BytesIO(book.content()))["A"]["A1"]
    assert (cell.value, cell.data_type, cell.hyperlink) == (text, "s", None)
    assert cell.quotePrefix is text.startswith(("=", "+", "-", "@", "\t"))


@given(st.text(st.characters(codec=None), max_size=60))
def test_any_text_becomes_one_that_a_cell_can_hold(text: str):
    kept = clean(text)
    kept.encode()  # no lone surrogates
    assert clean(kept) == kept
    assert not any(ord(character) < 32 and character not in "\n\t" for character in kept)


def test_each_character_is_kept_left_out_or_marked_by_its_category():
    """All code points: controls go, halves of surrogate pairs show that something was there, all else stays."""
    for code in range(sys.maxunicode + 1):
        letter = chr(code)
        kept = {"Cc": "", "Cs": "\ufffd"}.get(unicodedata.category(letter), letter)
        kept = {"\t": "\t", "\n": "\n", "\r": "\n"}.get(letter, kept)
        assert clean(f"a{letter}b") == f"a{kept}b"
    assert clean("a\r\nb\rc") == "a\nb\nc"


@pytest.mark.parametrize("character", ["a", "é", "\U0001f600"])
def test_a_text_is_cut_where_the_cell_ends_and_never_inside_a_character(character: str):
    kept = clean(character * 40_000)
    assert MOST_CELL_UNITS - 1 <= len(kept.encode("utf-16-le")) // 2 <= MOST_CELL_UNITS
    assert set(kept) == {character}


def test_a_footer_keeps_its_texts():
    assert footer("A & B", "1 Vision") == "&L&8 A && B&C&8 1 Vision&R&8 Page &P of &N"


def test_a_long_text_of_a_footer_ends_before_the_other():
    assert footer("A round of 2026 " + 6 * "for all of us ", "Summary") == (
        "&L&8 A round of 2026 for all of us for all of us for…&C&8 Summary&R&8 Page &P of &N"
    )
