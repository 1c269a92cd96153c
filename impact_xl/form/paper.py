"""The form for teams without a computer: printed, ticked by pen, and handed in.

It has the texts, keys and references of the form. So a copy that somebody fills in on the screen all the same is read
like any other, and an empty one is told as not filled in.
"""

from __future__ import annotations

from typing import Any

from impact_xl.form import pages
from impact_xl.form.layout import BOX, LEVEL, REF, STATEMENT, STATUS, TICK, TICKED_BOX, Line
from impact_xl.form.sheet_writer import SheetWriter
from impact_xl.xlsx import theme

_COMPONENT_WIDTHS = (5.0, 5.0, 15.0, 68.0, 0.5)
_OTHER_WIDTHS = (9.5, 1.0, 22.0, 60.5, 0.5)
_BODY, _LARGEST_TITLE, _SMALLEST = 9.5, 16, 7
_BOX_SIZE = 22  # points: some six millimetres
_LINE = 22.0  # points from one written line to the next: some eight millimetres
_ANSWER = 28.0
_HEADER = 0.3  # inches that the line for the team's name takes on every page
_TEAM = "&L&10Team: ______________________________________"


class PaperWriter(SheetWriter):
    """One sheet of the paper form: nothing on it is live, and what is written on it is written on lines."""

    body = _BODY
    status_header = ""
    page_header = _HEADER

    def _column_widths(self) -> tuple[float, ...]:
        return _COMPONENT_WIDTHS if self.of_questions else _OTHER_WIDTHS

    # -- lines -----------------------------------------------------------------------------------------

    def _title(self, row: int, line: Line) -> None:
        look = {"bold": True, "font_color": theme.DARK_BLUE}
        self._across(row, line.text, _LARGEST_TITLE, **look)
        self._set_height(row, 26)

    def _about(self, row: int, line: Line) -> None:
        self._across(row, line.text, _BODY, font_color=theme.QUIET)
        self._set_height(row, 17)

    def _main(self, row: int, line: Line) -> None:
        self._across(row, line.text, 12, bold=True, valign="vcenter")
        self._set_height(row, 24)

    def _across(self, row: int, text: str, size: float, **look: Any) -> None:
        """A text over the width of the page, as large as it can be."""
        self._write_cell(
            row, REF, text, font_size=self._fitting(text, self.widths, size, **look), text_wrap=False, **look
        )

    def _fitting(self, text: str, widths: tuple[float, ...], size: float, *, bold: bool = False, **_: Any) -> float:
        room = sum(map(theme.column_pixels, widths))
        while size > _SMALLEST and theme.text_pixels(text, size, bold=bold) > room:
            size -= 0.5
        return size

    def _question(self, row: int, line: Line) -> None:
        look = {"bg_color": theme.BAND, "top": 2, "top_color": theme.BLUE, "valign": "vcenter"}
        self._key(row, line, **look)
        for col in (TICK, LEVEL, STATEMENT, STATUS):
            self._write_cell(row, col, "", **look)
        size = self._fitting(line.text, self.widths[LEVEL:STATUS], 11, bold=True)
        self._write_cell(row, LEVEL, line.text, bold=True, font_size=size, text_wrap=False, **look)
        self._set_height(row, 22)

    def _section(self, row: int, line: Line) -> None:
        look = {"bold": True, "font_color": theme.DARK_BLUE, "valign": "vcenter", "text_wrap": False}
        size = self._fitting(line.text, self.widths[LEVEL:STATUS], 12, bold=True)
        self._write_cell(row, LEVEL, line.text, font_size=size, **look)
        self._set_height(row, 24)

    def _level(self, row: int, line: Line) -> None:
        super()._level(row, line)
        self._set_height(row, max(self.heights[row], 1.2 * _BOX_SIZE))

    _not_applicable = _level

    def _note(self, row: int, line: Line) -> None:
        self._key(row, line)
        look = {"italic": True, "font_color": theme.QUIET, "font_size": 8.5, "indent": 1, "valign": "bottom"}
        self._write_cell(row, LEVEL, line.label, **look)
        self._ruled(row, line.key, _LINE)

    def _rule(self, row: int, line: Line) -> None:
        self._ruled(row, line.key, _LINE)

    def _entry(self, row: int, line: Line) -> None:
        self._key(row, line, valign="bottom")
        self._write_cell(row, LEVEL, line.label, bold=True, valign="bottom")
        self._ruled(row, line.key, _ANSWER)

    def _ruled(self, row: int, key: str, height: float) -> None:
        """A line to write on; what is typed there is text."""
        text = str(self.form.entries.get(key, ""))
        self._write_cell(
            row,
            STATEMENT,
            text,
            bottom=1,
            bottom_color=theme.LINE,
            num_format="@",
            locked=False,
            valign="bottom",
            font_size=_BODY,
        )
        self._set_height(row, theme.row_height(text, self.widths[STATEMENT], _BODY, least=height))

    def _tick(self, row: int, line: Line) -> None:
        entry = self.form.entries.get(line.key, False)
        box = (TICKED_BOX if entry else BOX) if isinstance(entry, bool) else str(entry)
        look = {"top": 1, "top_color": theme.FAINT_LINE, "align": "center", "valign": "vcenter", "locked": False}
        self._write_cell(row, TICK, box, font_size=_BOX_SIZE, **look)

    # -- the sheet as a whole --------------------------------------------------------------------------

    def _set_up(self) -> None:
        self.breaks_pages = True
        super()._set_up()
        self.xl.set_header(_TEAM, {"margin": pages.MARGINS["top"]})
        self.xl.set_margins(**{**pages.MARGINS, "top": pages.MARGINS["top"] + _HEADER})
