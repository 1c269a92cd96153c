"""IronCalc with a workbook in it: an engine that shares no code with LibreOffice, nor with the program."""

from __future__ import annotations

import math
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import ironcalc
from python_calamine import CalamineWorkbook
from xlsxwriter.utility import xl_cell_to_rowcol

Cell = tuple[str, str]  # a sheet's name and a cell's
Results = Mapping[Cell, object]


class Engine:
    """A workbook whose cells can be typed into and calculated."""

    def __init__(self, path: Path) -> None:
        self.model = ironcalc.load_from_xlsx(str(path), "en", "UTC", "en")
        self.sheets = [each["name"] for each in self.model.get_worksheets_properties()]

    def type(self, sheet: str, cell: str, text: str) -> None:
        """Type as a keyboard does: “1” becomes a number; an apostrophe keeps “=South” a text."""
        row, col = xl_cell_to_rowcol(cell)
        self.model.set_user_input(self.sheets.index(sheet), row + 1, col + 1, f"'{text}" if text[:1] == "=" else text)

    def results(self, cells: Iterable[Cell]) -> dict[Cell, object]:
        """What it works out for some cells."""
        self.model.evaluate()
        found = {}
        for sheet, cell in cells:
            row, col = xl_cell_to_rowcol(cell)
            found[sheet, cell] = _plain(self.model.get_cell_value(self.sheets.index(sheet), row + 1, col + 1))
        return found


def stored(path: Path) -> dict[Cell, object]:
    """What is stored in each cell that holds a formula.

    Raises:
        AssertionError: there are formulas in a sheet that were not found this way.
    """
    book = CalamineWorkbook.from_path(str(path))
    found: dict[Cell, object] = {}
    with zipfile.ZipFile(path) as package:
        for number, sheet in enumerate(book.sheet_names, 1):
            part = package.read(f"xl/worksheets/sheet{number}.xml").decode()
            cells = re.findall(r'<c r="([A-Z]+\d+)"[^>]*><f>', part)
            assert len(cells) == len(re.findall(r"<f\b", part)), sheet
            rows = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
            found |= {(sheet, cell): value_in(rows, cell) for cell in cells}
    return found


def value_in(rows: Sequence[Sequence[object]], cell: str) -> object:
    """A cell's value among the rows of its sheet; beyond them there is nothing."""
    row, col = xl_cell_to_rowcol(cell)
    return _plain(rows[row][col] if row < len(rows) and col < len(rows[row]) else "")


def _plain(value: object) -> object:
    """A value as engines of every kind give it: nothing is an empty text, and a number a fraction."""
    if value is None:
        return ""
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def differing(expected: Results, found: Results) -> dict[Cell, tuple[object, object]]:
    """The cells whose values differ, with both values; numbers to the ninth digit, texts to the letter."""
    assert expected.keys() == found.keys()
    return {cell: (one, found[cell]) for cell, one in expected.items() if not _same(one, found[cell])}


def _same(one: object, other: object) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
    return type(one) is type(other) and one == other
