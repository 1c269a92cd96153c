"""OpenDocument spreadsheets, read by a small reader of our own within the box of rows and columns that no form leaves.

python-calamine stops at the white space that SheetJS and Gnumeric put between cells, and shows errors as empty.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from xml.parsers import expat

from impact_xl.returns.file_type import FileRejected
from impact_xl.returns.formats.grid import FAR_CELL, MOST_COLS, MOST_ROWS, CellError, Content, Grid, Place, Range, Value
from impact_xl.returns.formats.package_reader import Package, reference_in
from impact_xl.returns.other_kinds import OTHER_OPENDOCUMENT

_ODF = "urn:oasis:names:tc:opendocument:xmlns:"
_TABLE, _OFFICE, _TEXT = f"{_ODF}table:1.0 ", f"{_ODF}office:1.0 ", f"{_ODF}text:1.0 "
_DRAW = f"{_ODF}drawing:1.0 "
_CELLS = (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell")
_VALUE_TYPE = f"{_OFFICE}value-type"
_CALC_TYPE = "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0 value-type"
_ERROR = re.compile(r"#(?:REF!|N/A|VALUE!|DIV/0!|NAME\?|NUM!|NULL!)|Err:\d+")
_MOST_CELLS = 500_000
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
    reader = _Reader()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = _refuse
    try:
        parser.Parse(package.read("content.xml"), True)
    except (expat.ExpatError, ValueError) as error:
        raise FileRejected("file-damaged", "its content is no well-formed XML any more") from error
    meta = package.read("meta.xml")
    extras = dict.fromkeys((*reader.extras, *([FAR_CELL] * reader.far)))
    return Content(tuple(reader.grids), _modified(meta), tuple(extras), reference_in(meta))


def _refuse(*_: object) -> None:
    raise FileRejected("file-unsafe", "it declares entities of its own (a DOCTYPE)")


class _Reader:
    """What the parser calls: rows and columns are counted, repeated ones included."""

    def __init__(self) -> None:
        self.grids: list[Grid] = []
        self.extras: dict[str, None] = {}
        self.far = False  # whether cells are filled that no form has
        self._name = ""
        self._cells: dict[Place, Value] = {}
        self._merged: list[Range] = []
        self._count = 0
        self._row = self._col = 0
        self._row_repeat = 1
        self._row_cells: list[tuple[int, Value]] = []
        self._cell: dict[str, str] | None = None
        self._text: list[str] = []
        self._paragraphs = 0
        self._depth = 0  # of a comment, a drawing, or a table inside a cell, whose text is not the cell's

    def start(self, name: str, attributes: dict[str, str]) -> None:
        beside = _beside(name)
        if self._depth or beside is not None or (name == f"{_TABLE}table" and self._cell is not None):
            if beside:
                self.extras[beside] = None
            self._depth += 1
        elif name == f"{_TABLE}table":
            self._name, self._cells, self._merged, self._row = attributes.get(f"{_TABLE}name", ""), {}, [], 0
        elif name == f"{_TABLE}table-row":
            self._col, self._row_cells = 0, []
            self._row_repeat = _repeat(attributes.get(f"{_TABLE}number-rows-repeated"))
        elif name in _CELLS:
            self._cell, self._text, self._paragraphs = attributes, [], 0
            self._note_merge(attributes)
        elif self._cell is not None:
            self._inline(name, attributes)

    def _note_merge(self, attributes: dict[str, str]) -> None:
        down = _repeat(attributes.get(f"{_TABLE}number-rows-spanned"))
        if down > 1:
            right = self._col + _repeat(attributes.get(f"{_TABLE}number-columns-spanned")) - 1
            self._merged.append((self._row, self._col, self._row + down - 1, right))

    def _inline(self, name: str, attributes: dict[str, str]) -> None:
        if name == f"{_TEXT}p":
            if self._paragraphs:
                self._text.append("\n")
            self._paragraphs += 1
        elif name == f"{_TEXT}s":
            self._text.append(" " * min(_repeat(attributes.get(f"{_TEXT}c")), 1000))
        elif name == f"{_TEXT}tab":
            self._text.append("\t")
        elif name == f"{_TEXT}line-break":
            self._text.append("\n")

    def text(self, text: str) -> None:
        if self._cell is not None and self._paragraphs and not self._depth:
            self._text.append(text)

    def end(self, name: str) -> None:
        if self._depth:
            self._depth -= 1
        elif name in _CELLS and self._cell is not None:
            value = _value(self._cell, "".join(self._text))
            repeat = _repeat(self._cell.get(f"{_TABLE}number-columns-repeated"))
            if value is not None:
                last = min(self._col + repeat, MOST_COLS)
                self.far = self.far or self._col >= MOST_COLS
                self._row_cells += [(col, value) for col in range(self._col, last)]
            self._col += repeat
            self._cell = None
        elif name == f"{_TABLE}table-row":
            self._end_row()
        elif name == f"{_TABLE}table":
            self.grids.append(Grid(self._name, self._cells, tuple(self._merged)))

    def _end_row(self) -> None:
        if self._row_cells:
            self.far = self.far or self._row >= MOST_ROWS
            for row in range(self._row, min(self._row + self._row_repeat, MOST_ROWS)):
                self._count += len(self._row_cells)
                if self._count > _MOST_CELLS:
                    raise FileRejected("file-too-big", f"more than {_MOST_CELLS:,} cells in it are filled")
                self._cells.update(((row, col), value) for col, value in self._row_cells)
        self._row += self._row_repeat


def _beside(name: str) -> str | None:
    """What an element is that is no part of the cell it stands in, in words; None for all others."""
    if name == f"{_OFFICE}annotation":
        return "a comment"
    if not name.startswith(_DRAW):
        return None
    return {"frame": "", "image": "a picture", "object": "an embedded file"}.get(name.removeprefix(_DRAW), "a drawing")


def _repeat(text: str | None) -> int:
    return max(1, int(text)) if text and text.isascii() and text.isdigit() and len(text) < 10 else 1


def _value(cell: dict[str, str], text: str) -> Value:
    """What a cell holds; None for nothing."""
    kind = cell.get(_VALUE_TYPE, "")
    formula = cell.get(f"{_TABLE}formula", "")
    if cell.get(_CALC_TYPE) == "error" or (formula and _ERROR.fullmatch(text.strip())):
        return CellError(text.strip() or "an error")
    match kind:
        case "boolean":
            return cell.get(f"{_OFFICE}boolean-value", text).strip().lower() == "true"
        case "float" | "percentage" | "currency":
            try:
                return float(cell.get(f"{_OFFICE}value", text))
            except ValueError:
                return text
        case "date":
            return _date(cell.get(f"{_OFFICE}date-value", text))
        case "time" if text:
            return f"time {text}"  # never a tick
        case "string" if f"{_OFFICE}string-value" in cell:
            text = cell[f"{_OFFICE}string-value"]
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
