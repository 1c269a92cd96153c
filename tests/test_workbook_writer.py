"""Text that stays text, and files that are whole or not there."""

from __future__ import annotations

import io
import os
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from impact_xl.findings import ImpactError
from impact_xl.files.safe_write import check_place, write_file
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


@pytest.mark.parametrize(
    ("error", "said"),
    [(PermissionError(13, "denied"), "open in another program"), (OSError(28, "No space left"), "No space left")],
)
def test_what_cannot_be_written_leaves_everything_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: OSError, said: str
):
    target = tmp_path / "out.xlsx"
    write_file(target, b"old")

    def refuse(*_: object) -> None:
        raise error

    for name in ("replace", "chmod"):
        with monkeypatch.context() as patched:
            patched.setattr(Path, name, refuse)
            with pytest.raises(ImpactError, match=said) as caught:
                write_file(target, b"new", what="workbook")
        assert caught.value.hint
        assert [path.name for path in tmp_path.iterdir()] == ["out.xlsx"]
        assert target.read_bytes() == b"old"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_a_new_file_may_be_read_by_whoever_may_read_others(tmp_path: Path):
    (tmp_path / "usual").write_text("")
    write_file(tmp_path / "deep" / "ours", b"x")
    assert (tmp_path / "deep" / "ours").stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_a_place_where_one_may_not_write_is_known_beforehand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    check_place(tmp_path / "new" / "deep" / "out.XLSX")
    assert not (tmp_path / "new").exists()
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(ImpactError, match="you may not write there"):
        check_place(tmp_path / "out.xlsx")
