"""The three ways to read a workbook of today's kind give the same texts."""

from __future__ import annotations

import pytest
from edit_cases import FIRST, FORM, PLACES
from edits import Copy
from hostile import saved
from rounds_in_memory import QUESTIONNAIRE

from impact_xl.form import workbook as form
from impact_xl.form.workbook import Form
from impact_xl.returns.formats import xlsx
from impact_xl.returns.formats.grid import Content
from impact_xl.returns.read_file import read_content

NOTE = PLACES["Q01.note"][1]
STORED = {"shared": "<v>%d</v>", "inlineStr": "<is><t>%s</t></is>", "str": "<v>%s</v>"}


def with_note(stored: str, kind: str) -> Copy:
    """The form with a note as a file stores it: among the shared strings, or in its cell in two ways."""
    copy = Copy(FORM)
    if kind != "shared":
        return copy.set(FIRST, NOTE, STORED[kind] % stored, kind)
    strings = copy.parts["xl/sharedStrings.xml"].decode()
    number = strings.count("<si>")
    copy.parts["xl/sharedStrings.xml"] = strings.replace("</sst>", f"<si><t>{stored}</t></si></sst>").encode()
    return copy.set(FIRST, NOTE, STORED[kind] % number, "s")


def fast(content: bytes) -> Content:
    read = xlsx.read(content)
    assert read.exhaustive
    return read


def calamine(content: bytes) -> Content:
    read = xlsx.read(content, fast=False)
    assert not read.exhaustive
    return read


WAYS = [(read, kind) for read in (fast, calamine, xlsx.read_carefully) for kind in STORED]
WAYS.remove((fast, "inlineStr"))  # such cells are left to the others


@pytest.mark.parametrize(("read", "kind"), WAYS)
@pytest.mark.parametrize(
    ("stored", "text"),
    [
        ("_x0042_", "B"),
        ("a_x000A_b", "a\nb"),
        ("_x005F_x0042_", "_x0042_"),  # as a program stores what somebody typed
        ("a_x005F_x000A_b", "a_x000A_b"),
        ("_x005F_x005F_x0042_", "_x005FB"),
        ("see x005F_ there", "see x005F_ there"),
        ("_x00e9_t_x00E9_", "été"),
        ("_x0042", "_x0042"),
        ("_xD83D__xde00_", "_xD83D__xde00_"),  # halves of a pair
    ],
)
def test_an_escape_is_undone_once(read, kind: str, stored: str, text: str) -> None:
    (grid,) = (grid for grid in read(saved(with_note(stored, kind))).grids if grid.name == FIRST)
    row, col = int(NOTE[1:]) - 1, ord(NOTE[0]) - ord("A")
    assert grid.cells[row, col] == text


@pytest.mark.parametrize("note", ["_x0042_", "_x000A_", "x005F_", "_x005F_"])
@pytest.mark.parametrize("careful", [False, True])
def test_a_note_is_read_as_it_was_typed(note: str, careful: bool) -> None:
    """Written by our own writer; an error in another cell sends the copy the careful way."""
    copy = Copy(form.build(Form(QUESTIONNAIRE, entries={"Q01.note": note})))
    if careful:
        copy.set(FIRST, PLACES["Q02.L1"][1], "<v>#REF!</v>", "e")
    (submission,) = read_content(saved(copy), "form.xlsx", QUESTIONNAIRE).submissions
    assert submission.questions["Q01"].note == note
