"""The page that Summary is: its columns, and what is written from its top to its bottom."""

from __future__ import annotations

from typing import Any

from impact_xl.results.sheet_writer import ReportWriter
from impact_xl.xlsx import theme
from impact_xl.xlsx.cell_values import Formula

# Six columns of one width: three panels of two. A text runs on over the empty cells behind it.
WIDTH, COLUMNS = 18.3, 6
PIXELS = COLUMNS * theme.column_pixels(WIDTH)


class Page:
    """The sheet from top to bottom; `row` is where the next block goes."""

    def __init__(self, report: ReportWriter, sheet: Any) -> None:
        self.report, self.sheet, self.row = report, sheet, 0
        self.points = 42.0  # so high is the head of every sheet

    def write_cell(self, col: int, value: Any, **look: Any) -> None:
        """One cell of the row; its text runs on over the empty ones behind it."""
        self.report.write_checked_text(
            self.sheet, self.row, col, value, **{"text_wrap": False, "valign": "vcenter", **look}
        )

    def line(self, col: int, value: Any, **look: Any) -> None:
        """One cell of a list, with a thin line under it."""
        self.write_cell(col, value, bottom=1, bottom_color=theme.FAINT_LINE, **look)

    def band(self, value: Any, **look: Any) -> None:
        """One text over the whole width."""
        for col in range(COLUMNS):
            self.write_cell(col, "" if col else value, **look)

    def next(self, height: float) -> None:
        """End the row, which is so many points high."""
        self.sheet.set_row(self.row, height)
        self.row += 1
        self.points += height

    def section(self, *titles: str, under: str = "") -> None:
        """A heading over the whole width, or one over each half or panel, with a blue line under it."""
        step = COLUMNS // len(titles)
        for col in range(COLUMNS):
            text = "" if col % step else titles[col // step]
            line = {"bottom": 2, "bottom_color": theme.BLUE}
            self.write_cell(col, text, bold=True, font_size=12, font_color=theme.DARK_BLUE, **line)
        self.next(22)
        if under:
            self.write_cell(0, under, font_size=9, font_color=theme.QUIET)
            self.next(15)

    def chart(self, chart: Any, height: int, description: str, instead: Formula) -> None:
        """A chart over the whole width, on rows that are as high together, and what stands there without an answer."""
        chart.set_size({"width": PIXELS, "height": height - 6})
        self.sheet.insert_chart(self.row, 0, chart, {"description": description, "object_position": 1, "y_offset": 3})
        rows = round(height / 20)
        for row in range(rows):
            if row == rows // 2:  # it shows through, as the chart has no ground of its own
                self.write_cell(2, instead, font_color=theme.QUIET)
            self.next(height * theme.POINTS_PER_PIXEL / rows)

    def key(self) -> None:
        """The levels in their colours, side by side: a chart's own legend breaks into lines as each program likes."""
        levels = [*zip(self.report.level_names, self.report.fills, strict=True)]
        rows = -(-len(levels) // COLUMNS)
        each = -(-len(levels) // rows)
        for first in range(0, len(levels), each):
            for col, (name, fill) in enumerate(levels[first : first + each]):
                fits = (size for size in _KEY_FONTS if theme.text_pixels(name, size) <= _KEY_ROOM)
                ink = {"font_color": theme.text_on(fill), "font_size": next(fits, _KEY_FONTS[-1])}
                self.write_cell(col, name, bg_color=fill, align="center", **ink, **_KEY_EDGE)
            self.next(15)
        self.next(4)


_KEY_EDGE = {"right": 5, "right_color": theme.WHITE, "bottom": 2, "bottom_color": theme.WHITE}
_KEY_FONTS, _KEY_ROOM = (9, 8.5, 8, 7.5, 7, 6.5), theme.column_pixels(WIDTH) - 8  # points, pixels
