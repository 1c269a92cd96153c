"""OpenDocument spreadsheets, read by a small reader of our own within the box of rows and columns that no form leaves.

python-calamine stops at the white space that SheetJS and Gnumeric put between cells, and shows errors as empty.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple
from xml.parsers import expat

from impact_xl.returns.file_type import FileRejected
from impact_xl.returns.formats.anchors import LOWEST, NARROWEST, SheetSizes
from impact_xl.returns.formats.grid import (
    FAR_CELL,
    MOST_COLS,
    MOST_ROWS,
    Addition,
    CellError,
    Content,
    Grid,
    Place,
    Range,
    Run,
    Value,
)
from impact_xl.returns.formats.ods_additions import FORM, Beside, control_of, is_beside
from impact_xl.returns.formats.ods_looks import COLUMN, NUMBER, ODF, OFFICE, ROW, SPAN, STYLE, TABLE, Styles
from impact_xl.returns.formats.package_reader import Package, reference_in
from impact_xl.returns.other_kinds import OTHER_OPENDOCUMENT

_TEXT = f"{ODF}text:1.0 "
_STYLE_NAME, _DEFAULT_STYLE = f"{TABLE}style-name", f"{TABLE}default-cell-style-name"
_USUAL_STYLES = ("", "Default")  # of cells that nobody gave a look
_CELLS = (f"{TABLE}table-cell", f"{TABLE}covered-table-cell")
_GROUPS = (f"{TABLE}table-row-group", f"{TABLE}table-column-group")
_VALUE_TYPE = f"{OFFICE}value-type"
_CALC_TYPE = "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0 value-type"
_ERROR = re.compile(r"#(?:REF!|N/A|VALUE!|DIV/0!|NAME\?|NUM!|NULL!)|Err:\d+")
_MOST_CELLS = 500_000
_FEW = 100  # empty rows and cells that are repeated more often are the rest of a sheet or row
_SPREADSHEET = b"application/vnd.oasis.opendocument.spreadsheet"


def read(content: bytes) -> Content:
    """Read a document.

    Raises:
        FileRejected: it is damaged, locked with a password, or no spreadsheet; or its XML declares entities.
    """
    package = Package(content)
    if b"encryption-data" in package.read("meta-inf/manifest.xml"):
        raise FileRejected("file-password")
    if "mimetype" in package and not package.read("mimetype").strip().startswith(_SPREADSHEET):
        raise FileRejected.other(OTHER_OPENDOCUMENT)
    styles = Styles()
    _take_styles(package.read("styles.xml"), styles)
    reader = _Reader(styles, _charts(package))
    try:
        _parse(package.read("content.xml"), reader.start, reader.end, reader.text)
    except (expat.ExpatError, ValueError) as error:
        raise FileRejected("file-damaged", "its content is no well-formed XML any more") from error
    meta = package.read("meta.xml")
    extras = (FAR_CELL,) if reader.far else ()
    return Content(tuple(reader.grids), _modified(meta), extras, reference_in(meta))


def _parse(part: bytes, start: Callable[..., None], end: Callable[..., None], text: Callable[..., None]) -> None:
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
    parser.StartDoctypeDeclHandler = _refuse
    parser.Parse(part, True)


def _take_styles(part: bytes, styles: Styles) -> None:
    """Take the named styles of a document; where they are damaged, as far as they can be read."""
    with suppress(expat.ExpatError, ValueError):
        _parse(part, styles.start, styles.end, styles.text)


def _charts(package: Package) -> dict[str, bool]:
    """For each object that is embedded whether it is a chart."""
    within = (name for name in package.entries if name.count("/") == 1 and name.endswith("/content.xml"))
    return {name.partition("/")[0]: b"office:chart" in package.read(name) for name in within}


def _refuse(*_: object) -> None:
    raise FileRejected("file-unsafe", "it declares entities of its own (a DOCTYPE)")


class _Reader:
    """What the parser calls: rows and columns are counted, repeated ones included."""

    def __init__(self, styles: Styles, charts: Mapping[str, bool]) -> None:
        self.grids: list[Grid] = []
        self.far = False  # whether cells are filled that no form has
        self._styles, self._charts = styles, charts
        self._controls: dict[str, Addition] = {}
        self._sheet = _Sheet("")
        self._count = 0
        self._row = self._col = 0
        self._row_repeat = 1
        self._row_style = ""
        self._row_cells: list[_Cell] = []
        self._cell: dict[str, str] | None = None
        self._pieces: list[tuple[tuple[str, ...], str]] = []  # of the cell's text, with the styles round each
        self._spans: list[str] = []
        self._paragraphs = 0
        self._beside: Beside | None = None  # a comment or drawing, whose text is not the cell's
        self._depth = 0  # of a table inside a cell, whose text is not the cell's, either

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if self._beside is not None:
            self._beside.start(name, attributes)
        elif self._depth or (name == f"{TABLE}table" and self._cell is not None):
            self._depth += 1
        elif is_beside(name):
            self._beside = Beside(name, attributes, (self._row, self._col) if self._cell is not None else None)
        elif name.startswith((STYLE, NUMBER)):
            self._styles.start(name, attributes)
        elif name.startswith(FORM):
            if control := control_of(name, attributes):
                self._controls[control[0]] = control[1]
        elif name.startswith(TABLE):
            self._start_of_table(name, attributes)
        elif self._cell is not None:
            self._inline(name, attributes)

    def _start_of_table(self, name: str, attributes: dict[str, str]) -> None:
        if name == f"{TABLE}table":
            hidden = not self._styles.is_shown(attributes.get(_STYLE_NAME, ""))
            self._sheet, self._row = _Sheet(attributes.get(f"{TABLE}name", ""), hidden), 0
        elif name in _GROUPS:
            self._sheet.folded.append(attributes.get(f"{TABLE}display") == "false")
        elif name == f"{TABLE}table-column":
            self._sheet.add_columns(attributes, self._styles)
        elif name == f"{TABLE}table-row":
            self._col, self._row_cells = 0, []
            self._row_repeat = _repeat(attributes.get(f"{TABLE}number-rows-repeated"))
            self._row_style = attributes.get(_DEFAULT_STYLE, "")
            self._sheet.add_rows(self._row, self._row_repeat, attributes, self._styles)
        elif name in _CELLS:
            self._cell, self._pieces, self._paragraphs = attributes, [], 0
            self._note_merge(attributes)

    def _note_merge(self, attributes: dict[str, str]) -> None:
        down, across = (_repeat(attributes.get(f"{TABLE}number-{way}-spanned")) for way in ("rows", "columns"))
        if down > 1 or across > 1:
            self._sheet.merged.append((self._row, self._col, self._row + down - 1, self._col + across - 1))

    def _inline(self, name: str, attributes: dict[str, str]) -> None:
        if name == f"{_TEXT}p":
            if self._paragraphs:
                self._add("\n")
            self._paragraphs += 1
            self._spans = []
        elif name == f"{_TEXT}span":
            self._spans.append(attributes.get(f"{_TEXT}style-name", ""))
        elif name == f"{_TEXT}s":
            self._add(" " * min(_repeat(attributes.get(f"{_TEXT}c")), 1000))
        elif name == f"{_TEXT}tab":
            self._add("\t")
        elif name == f"{_TEXT}line-break":
            self._add("\n")

    def _add(self, text: str) -> None:
        self._pieces.append((tuple(self._spans), text))

    def text(self, text: str) -> None:
        if self._beside is not None:
            self._beside.text(text)
        elif self._cell is None:
            self._styles.text(text)
        elif self._paragraphs and not self._depth:
            self._add(text)

    def end(self, name: str) -> None:
        if self._beside is not None:
            if self._beside.end():
                self._sheet.beside.append(self._beside)
                self._beside = None
        elif self._depth:
            self._depth -= 1
        elif name in _CELLS and self._cell is not None:
            self._end_cell(self._cell)
        elif name == f"{_TEXT}span" and self._spans:
            self._spans.pop()
        elif name in _GROUPS:
            self._sheet.folded = self._sheet.folded[:-1]
        elif name == f"{TABLE}table-row":
            self._end_row()
        elif name == f"{TABLE}table":
            self.grids.append(self._sheet.grid(self._styles, self._controls, self._charts))
        elif name.startswith((STYLE, NUMBER)):
            self._styles.end(name)

    def _end_cell(self, cell: dict[str, str]) -> None:
        text = "".join(piece for _, piece in self._pieces)
        value = _value(cell, text)
        repeat = _repeat(cell.get(f"{TABLE}number-columns-repeated"))
        last = min(self._col + repeat, MOST_COLS)
        named = cell.get(_STYLE_NAME) or self._row_style
        self.far = self.far or (value is not None and self._col >= MOST_COLS)
        has_runs = value == text and any(spans for spans, _ in self._pieces)
        for col in range(self._col, last):
            style = named or self._sheet.column_style(col)
            if value is not None or (repeat < _FEW and style not in _USUAL_STYLES):
                number = self._styles.number(style)
                runs = _runs(self._pieces, self._styles, number) if has_runs else ()
                self._row_cells.append(_Cell(col, value, number, runs))
        self._col += repeat
        self._cell = None

    def _end_row(self) -> None:
        filled = sum(cell.value is not None for cell in self._row_cells)
        self.far = self.far or (filled > 0 and self._row >= MOST_ROWS)
        if filled or self._row_repeat < _FEW:
            for row in range(self._row, min(self._row + self._row_repeat, MOST_ROWS)):
                self._count += filled
                if self._count > _MOST_CELLS:
                    raise FileRejected("file-too-big", f"more than {_MOST_CELLS:,} cells in it are filled")
                self._sheet.add_cells(row, self._row_cells)
        self._row += self._row_repeat


class _Cell(NamedTuple):
    """A cell of the row that is read: its column, what it holds, and how it looks."""

    col: int
    value: Value
    style: int
    runs: tuple[Run, ...] = ()


@dataclass
class _Sheet:
    """What is known so far of the sheet that is read."""

    name: str
    hidden: bool = False
    cells: dict[Place, Value] = field(default_factory=dict)
    merged: list[Range] = field(default_factory=list)
    beside: list[Beside] = field(default_factory=list)
    styles: dict[Place, int] = field(default_factory=dict)
    runs: dict[Place, tuple[Run, ...]] = field(default_factory=dict)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    heights: dict[int, float] = field(default_factory=dict)
    widths: dict[int, float] = field(default_factory=dict)
    column_styles: list[str] = field(default_factory=list)
    folded: list[bool] = field(default_factory=list)  # of each group of rows or columns that is open

    def column_style(self, col: int) -> str:
        """The style of a column's cells that have none of their own."""
        return self.column_styles[col] if col < len(self.column_styles) else ""

    def add_columns(self, attributes: Mapping[str, str], styles: Styles) -> None:
        first = len(self.column_styles)
        last = min(first + _repeat(attributes.get(f"{TABLE}number-columns-repeated")), MOST_COLS)
        self.column_styles += [attributes.get(_DEFAULT_STYLE, "")] * (last - first)
        width = styles.points(COLUMN, attributes.get(_STYLE_NAME, ""), "column-width")
        self._add(range(first, last), attributes, width, self.hidden_columns, self.widths)
        if width is not None and width < NARROWEST:
            self.hidden_columns.update(range(first, last))

    def add_rows(self, row: int, repeat: int, attributes: Mapping[str, str], styles: Styles) -> None:
        rows = range(row, min(row + repeat, MOST_ROWS))
        height = styles.points(ROW, attributes.get(_STYLE_NAME, ""), "row-height")
        self._add(rows, attributes, height, self.hidden_rows, self.heights)
        if height is not None and height < LOWEST:
            self.hidden_rows.update(rows)

    def _add(
        self,
        places: range,
        attributes: Mapping[str, str],
        size: float | None,
        hidden: set[int],
        sizes: dict[int, float],
    ) -> None:
        is_hidden = any(self.folded) or attributes.get(f"{TABLE}visibility", "visible") != "visible"
        if is_hidden:
            hidden.update(places)
        if size is not None or is_hidden:
            sizes.update(dict.fromkeys(places, 0.0 if is_hidden else size or 0.0))

    def add_cells(self, row: int, cells: Iterable[_Cell]) -> None:
        for cell in cells:
            place = row, cell.col
            if cell.value is not None:
                self.cells[place] = cell.value
            if len(self.styles) < _MOST_CELLS:
                self.styles[place] = cell.style
            if cell.runs:
                self.runs[place] = cell.runs

    def grid(self, styles: Styles, controls: Mapping[str, Addition], charts: Mapping[str, bool]) -> Grid:
        sizes = SheetSizes(self.heights, self.widths)
        return Grid(
            self.name,
            self.cells,
            tuple(self.merged),
            self.styles,
            styles.looks,
            self.runs,
            frozenset(self.hidden_rows),
            frozenset(self.hidden_columns),
            tuple(each.addition(controls, charts, sizes) for each in self.beside),
            self.hidden,
        )


def _runs(pieces: Iterable[tuple[tuple[str, ...], str]], styles: Styles, style: int) -> tuple[Run, ...]:
    """The runs of a text, where one of them looks otherwise than its cell."""
    base = styles.looks[style]
    runs = []
    for spans, same in groupby(pieces, key=itemgetter(0)):
        look = base
        for span in spans:
            look = styles.over(look, SPAN, span)
        runs.append(Run("".join(text for _, text in same), look))
    return tuple(runs) if any(run.look != base for run in runs) else ()


def _repeat(text: str | None) -> int:
    return max(1, int(text)) if text and text.isascii() and text.isdigit() and len(text) < 10 else 1


def _value(cell: dict[str, str], text: str) -> Value:
    """What a cell holds; None for nothing."""
    kind = cell.get(_VALUE_TYPE, "")
    formula = cell.get(f"{TABLE}formula", "")
    if cell.get(_CALC_TYPE) == "error" or (formula and _ERROR.fullmatch(text.strip())):
        return CellError(text.strip() or "an error")
    match kind:
        case "boolean":
            return cell.get(f"{OFFICE}boolean-value", text).strip().lower() == "true"
        case "float" | "percentage" | "currency":
            try:
                return float(cell.get(f"{OFFICE}value", text))
            except ValueError:
                return text
        case "date":
            return _date(cell.get(f"{OFFICE}date-value", text))
        case "time" if text:
            return f"time {text}"  # never a tick
        case "string" if f"{OFFICE}string-value" in cell:
            text = cell[f"{OFFICE}string-value"]
    return text or (CellError("=" + formula.partition("=")[2]) if formula and not kind else None)


def _date(text: str) -> datetime | str:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        return text


def _modified(meta: bytes) -> datetime | None:
    """When the document says it was last saved, in UTC."""
    found = re.search(rb"<(?:\w+:)?date>\s*([^<\s]+)\s*<", meta)
    try:
        moment = datetime.fromisoformat(found[1].decode()[:26].rstrip("Z")) if found else None
    except ValueError:
        return None
    return moment and moment.replace(tzinfo=moment.tzinfo or UTC)
