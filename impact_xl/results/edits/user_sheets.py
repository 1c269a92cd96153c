"""Sheets that people added to the workbook: their texts and numbers, plainly, as they stood."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from impact_xl.results.sheet_writer import ReportWriter
from impact_xl.xlsx import theme
from impact_xl.xlsx.cell_values import cell_text, cell_value

_LEAST, _MOST = 8.0, 60.0  # widths of columns
_LONGEST_NAME = 31  # of a sheet, in UTF-16 units as Excel counts


def write(report: ReportWriter, sheets: Mapping[str, Sequence[Sequence[Any]]]) -> None:
    """Write sheets behind our own, under their own names.

    Args:
        report: the workbook.
        sheets: the rows of each, by its name.
    """
    names = {name.casefold() for name in report.specs}
    for name, rows in sheets.items():
        free = _free(name, names)
        names.add(free.casefold())
        sheet = report.book.sheet(free)
        widths: dict[int, float] = {}
        for row, cells in enumerate(rows):
            for col, cell in enumerate(cells):
                if cell_text(cell):
                    value = cell_value(cell)
                    report.write_cell(sheet, row, col, value, valign="top")
                    wide = theme.text_pixels(max(str(value).split("\n"), key=len), 10) / theme.DIGIT_PIXELS + 2
                    widths[col] = max(widths.get(col, _LEAST), min(_MOST, wide))
        for col, width in widths.items():
            sheet.set_column(col, col, width)
        sheet.fit_to_pages(1, 0)


def _free(name: str, taken: set[str]) -> str:
    number, free = 1, name
    while free.casefold() in taken:
        number += 1
        end = f" ({number})"
        free = name[: _LONGEST_NAME - len(end)] + end
    return free
