"""A sheet of sections one below the other, each with a heading and a table in the sheet's own column widths."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from impact_xl.results.sheet_writer import Column, ReportWriter
from impact_xl.xlsx import theme
from impact_xl.xlsx.cell_values import Cell, Link, Rows

BOLD: Sequence[dict[str, Any]] = ({"bold": True},)  # the first column of a table
_HEADING = {"bold": True, "font_size": 13, "font_color": theme.DARK_BLUE, "text_wrap": False, "valign": "vcenter"}


class SectionPage:
    """The sheet from top to bottom; `row` is where the next section goes."""

    def __init__(self, report: ReportWriter, name: str, sheet: Any, widths: Sequence[float]) -> None:
        self.report, self.sheet, self.row = report, sheet, 3
        self._name, self._widths = name, widths

    def section(self, title: str) -> None:
        """A heading with a line of air above."""
        self.report.write_checked_text(self.sheet, self.row, 0, title, **_HEADING)
        self._next()

    def open_section(self, title: str) -> None:
        """The heading of a table that people may type into."""
        self.report.write_cell(self.sheet, self.row, 0, title, **_HEADING)
        self._next()

    def _next(self) -> None:
        self.sheet.set_row(self.row, 22)
        self.row += 1

    def table(
        self,
        name: str,
        heads: Sequence[str],
        rows: Sequence[Sequence[Cell]] | Rows,
        looks: Sequence[dict[str, Any]] = (),
    ) -> tuple[int, int]:
        """A table of our own; gives its first and last row."""
        checksums = self.report.checksums[self._name]
        checksum = self.report.specs[self._name].checksum_of(0)
        for cells in (heads, *rows):
            checksums.add(checksum, (value.text if isinstance(value, Link) else value for value in cells))
        return self.open_table(name, heads, rows, looks)

    def open_table(
        self,
        name: str,
        heads: Sequence[str],
        rows: Sequence[Sequence[Cell]] | Rows,
        looks: Sequence[dict[str, Any]] = (),
    ) -> tuple[int, int]:
        """A table that people may type into."""
        styles = [*looks, *({} for _ in heads[len(looks) :])]
        columns = [Column(head, width, look) for head, width, look in zip(heads, self._widths, styles, strict=False)]
        first, last = self.report.table(self.sheet, name, columns, rows, top=self.row, filters=False)
        self.row = last + 3
        return first, last
