"""A workbook being written: the house's defaults around xlsxwriter.

xlsxwriter guesses what a text means (a formula, a link); here text is text. Formats are made once per
look. The bytes are built in memory.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from impact_xl.xlsx import table_streaming, theme, zip_patch
from impact_xl.xlsx.a1 import MOST_CELL_UNITS, a1
from impact_xl.xlsx.cell_values import WOULD_BE_FORMULA, Cell, Rows
from impact_xl.xlsx.table_streaming import Stream

_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "default_column_width": 64,
    "default_row_height": 17,
}
_WINDOW = (1280, 680)  # pixels: sheet tabs and status bar stay in sight on a small laptop
_CALCULATION = 191029  # the engine of Excel 2019 and later: it works out anew what an older one left
MOST_PROPERTY = 255  # characters of a custom document property, Excel's own limit
DATED = {"num_format": "d mmm yyyy", "align": "left"}
_QUOTED = {"quote_prefix": True}
# No font scheme: Excel would show the theme's own font instead of the one that is named.
_FONT = {"font_name": theme.FONT, "font_size": 10, "font_scheme": "none"}


class _Sheet(Worksheet):  # type: ignore[misc]  # the library has no types
    """A worksheet that takes a formula as it stands, and an empty result as Excel keeps it.

    The library looks through each formula for some sixty functions of newer Excels, to mark them for the file. Ours
    use none of them (a test sees to it), and with 300 teams that search was four fifths of the writing. An empty result
    it writes as a number without digits, which Excel may show as 0 in Protected View. Should the library rename one of
    these methods, its own works again; a test looks at the results.
    """

    def __init__(self) -> None:
        super().__init__()
        self.unmarked: list[str] = []  # ranges in which Excel shows no green triangles

    def _write_ignored_errors(self) -> None:
        """One element for all kinds: of two that name the same cells Excel honours the last alone."""
        if self.unmarked:
            kinds = [(kind, "1") for kind in _MARKS]
            self._xml_start_tag("ignoredErrors")
            self._xml_empty_tag("ignoredError", [("sqref", " ".join(self.unmarked)), *kinds])
            self._xml_end_tag("ignoredErrors")

    def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:
        return formula.removeprefix("=")

    def _xml_formula_element(self, formula: str, result: Any, attributes: Sequence[tuple[str, Any]] = ()) -> None:
        kind = [("t", "str")] if isinstance(result, str) and not result else []
        super()._xml_formula_element(formula, result, [*attributes, *kind])

    @property
    def uses_of_strings(self) -> int:
        """How many cells refer to a shared string; the library counts those twice that were written over."""
        return sum(type(cell).__name__ in _OF_STRINGS for cells in self.table.values() for cell in cells.values())


# What Excel marks with a green triangle and is meant here: a text such as “12” or “1/5/26”, a formula that leaves out
# the numbers beside its range or differs from its neighbours, and a figure that refuses typing.
_MARKS = (
    *("twoDigitTextYear", "numberStoredAsText", "formula", "formulaRange"),
    *("listDataValidation", "calculatedColumn"),
)
_OF_STRINGS = frozenset({"String", "RichString"})


class WorkbookWriter:
    """One workbook to be written; `sheet` adds worksheets, `look` gives formats, `content` closes it."""

    def __init__(self, title: str, subject: str, created: date | datetime, **properties: str) -> None:
        """Start a workbook.

        Args:
            title, subject: what the document's properties say.
            created: the date that the document carries; never the clock's, so that the same inputs give the same bytes.
            properties: custom document properties.
        """
        self._bytes = io.BytesIO()
        self._book = xlsxwriter.Workbook(self._bytes, {**_OPTIONS, "default_format_properties": dict(_FONT)})
        self._looks: dict[tuple[tuple[str, Any], ...], Any] = {}
        self._streams: list[tuple[Any, Stream, Sequence[Mapping[str, Any]]]] = []
        stamp = created if isinstance(created, datetime) else datetime.combine(created, time())
        self._book.set_properties({"title": title, "subject": subject, "author": "impact-xl", "created": stamp})
        self.describe(properties)
        self._book.set_size(*_WINDOW)
        # Every formula carries its value: Excel need not work it out on opening, nor ask to save on closing.
        self._book.set_calc_mode("auto", _CALCULATION)
        self._book.calc_on_load = False

    def sheet(self, name: str) -> Any:
        """Add a worksheet, without gridlines, on A4 with the house's margins and footer."""
        sheet = self._book.add_worksheet(name, worksheet_class=_Sheet)
        sheet.hide_gridlines(2)
        sheet.set_paper(9)
        sheet.set_margins(left=0.45, right=0.45, top=0.5, bottom=0.6)
        return sheet

    def cell_format(self, **properties: Any) -> Any:
        """The format with these properties, made once; dark text at the top, wrapped, Arial 10 unless they differ."""
        key = tuple(sorted(properties.items()))
        if key not in self._looks:
            self._looks[key] = self._book.add_format(
                {"font_color": theme.TEXT, "valign": "top", "text_wrap": True, **properties}
            )
        return self._looks[key]

    def rule_format(self, **properties: Any) -> Any:
        """A format for a conditional rule: only what it changes."""
        key = (("conditional", True), *sorted(properties.items()))
        if key not in self._looks:
            self._looks[key] = self._book.add_format(properties)
        return self._looks[key]

    def write_text(self, sheet: Any, row: int, col: int, text: str, **properties: Any) -> None:
        """Write text as text: cleaned, cut to what a cell holds, and safe to edit when it looks like a formula."""
        kept = clean(text)
        look = self.cell_format(**properties, **_QUOTED if kept.startswith(WOULD_BE_FORMULA) else {})
        if kept.startswith("<r>") and kept.endswith("</r>"):
            # xlsxwriter would take it for a piece of its own XML; given in two pieces it is text.
            sheet.write_rich_string(row, col, look, kept[:1], look, kept[1:], look)
        elif kept:
            sheet.write_string(row, col, kept, look)
        else:
            sheet.write_blank(row, col, None, look)

    def leave_unmarked(self, sheet: Any, first_row: int, first_col: int, last_row: int, last_col: int) -> None:
        """Have Excel show no green triangles in a range."""
        sheet.unmarked.append(f"{a1(first_row, first_col)}:{a1(last_row, last_col)}")

    def describe(self, properties: Mapping[str, str]) -> None:
        """Give the document properties of its own."""
        for name, value in properties.items():
            self._book.set_custom_property(name, value[:MOST_PROPERTY])

    def stream(
        self,
        sheet: Any,
        table: str,
        place: tuple[int, int],
        looks: Sequence[Mapping[str, Any]],
        rows: Rows,
        heights: Callable[[Sequence[Cell]], float],
    ) -> None:
        """Give a table its rows; they are made and written one by one when the workbook is closed.

        Args:
            sheet: the sheet, which takes no second table like this.
            table: the table's name; the table stands there with its header and one row.
            place: the row and column of its first header.
            looks: how the cells of each column look.
            rows: the rows.
            heights: how high each is, in points.
        """
        top, left = place
        self._streams.append((sheet, Stream(sheet.index + 1, table, top, left, len(looks), rows, heights, 0), looks))

    def chart(self, **options: Any) -> Any:
        """A chart to be inserted into one of the sheets."""
        return self._book.add_chart(options)

    def define(self, name: str, formula: str) -> None:
        """Give a range or formula a name."""
        self._book.define_name(name, formula)

    def content(self, *, sealed: bool = False) -> bytes:
        """Close the workbook and give its bytes.

        Args:
            sealed: whether a property of the document tells if anything is changed later (`Parts.is_as_written`); for
                workbooks with long tables.
        """
        if sealed:
            self.describe({zip_patch.AS_WRITTEN: "-"})
        streams = [self._shown(sheet, stream, looks) for sheet, stream, looks in self._streams]
        self._book.str_table.count = sum(sheet.uses_of_strings for sheet in self._book.worksheets())
        self._book.close()
        content = zip_patch.alike_on_every_system(self._bytes.getvalue())
        return table_streaming.with_rows(content, streams, clean, sealed=sealed) if streams else content

    def _shown(self, sheet: Any, stream: Stream, looks: Sequence[Mapping[str, Any]]) -> Stream:
        """The stream with the rows, below all others, that show how its cells look."""
        below = sheet.dim_rowmax + 1
        variants: Sequence[Mapping[str, Any]] = ({}, _QUOTED, DATED)  # as the fields of streaming.Style
        for row, variant in enumerate(variants, below):
            for col, look in enumerate(looks, stream.left):
                sheet.write_blank(row, col, None, self.cell_format(**{**variant, **look}))
        return replace(stream, looks=below)


_MOST_LEFT = 48  # characters


def footer(left: str, centre: str) -> str:
    """A page footer of two texts and the page number; a space keeps “&8” and a text's first digit apart.

    The left one is shortened, as in a portrait page it would run into the other.
    """
    left = left if len(left) <= _MOST_LEFT else f"{left[: _MOST_LEFT - 1].rstrip()}…"
    left, centre = left.replace("&", "&&"), centre.replace("&", "&&")
    return f"&L&8 {left}&C&8 {centre}&R&8 Page &P of &N"


# Unicode's category Cc without the tab and the end of a line, and Cs; both are closed lists.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_SURROGATES = re.compile("[\ud800-\udfff]")


_SURELY_FITS = MOST_CELL_UNITS // 2  # characters, whatever they are


def clean(text: str) -> str:
    """Text as a cell can hold it: no control characters or lone surrogates, at most what fits."""
    if text.replace("\n", " ").isprintable():  # nearly all of them, and quickly told
        return text if len(text) < _SURELY_FITS else cut(text)
    text = _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return cut(_SURROGATES.sub("\ufffd", text))


def cut(text: str) -> str:
    """Text cut to what a cell holds, counted in UTF-16 units as Excel counts."""
    if len(text) <= _SURELY_FITS:
        return text
    units = text.encode("utf-16-le", "surrogatepass")
    return units[: 2 * MOST_CELL_UNITS].decode("utf-16-le", "ignore") if len(units) > 2 * MOST_CELL_UNITS else text


def written_as(path: Path, subject: str) -> bool:
    """Whether a file is a workbook whose properties say that it was written here, as this kind of workbook."""
    try:
        with zipfile.ZipFile(path) as package:
            return f"<dc:subject>{subject}</dc:subject>" in package.read("docProps/core.xml").decode("utf-8", "replace")
    except (OSError, KeyError, zipfile.BadZipFile):
        return False
