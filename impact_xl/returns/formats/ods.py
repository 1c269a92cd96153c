"""OpenDocument spreadsheets, read by a small reader of our own within the box of rows and columns that no form leaves.

python-calamine stops at the white space that SheetJS and Gnumeric put between cells, and shows errors as empty.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from xml.parsers import expat

from impact_xl.returns.file_type import FileRejected
from impact_xl.returns.formats.xlsx_checks import Range

_ODF = "urn:oasis:names:tc:opendocument:xmlns:"
_TABLE, _OFFICE, _TEXT = f"{_ODF}table:1.0 ", f"{_ODF}office:1.0 ", f"{_ODF}text:1.0 "
_DRAW = f"{_ODF}drawing:1.0 "
_CELLS = (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell")
_VALUE_TYPE = f"{_OFFICE}value-type"
_CALC_TYPE = "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0 value-type"
_ERROR = re.compile(r"#(?:REF!|N/A|VALUE!|DIV/0!|NAME\?|NUM!|NULL!)|Err:\d+")
_MOST_CELLS = 500_000

Places = dict[tuple[int, int], Any]


@dataclass
class Sheet:
    """One sheet: its values, its troubles (errors, formulas without a value), and what is merged in it."""

    name: str
    values: Places = field(default_factory=dict)
    troubles: Places = field(default_factory=dict)
    merged: list[Range] = field(default_factory=list)


@dataclass
class Book:
    """Every sheet of a document, what else it holds, and whether cells are filled that no form has."""

    sheets: list[Sheet] = field(default_factory=list)
    extras: dict[str, None] = field(default_factory=dict)
    far: bool = False


def book(content: bytes, rows: int, cols: int) -> Book:
    """Read a document's content within a box of rows and columns.

    Raises:
        Refusal: the XML is damaged, or declares entities.
    """
    reader = _Reader(rows, cols)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = _refuse
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, ValueError) as error:
        raise FileRejected("file-damaged", "its content is no well-formed XML any more") from error
    return reader.book


def _refuse(*_: object) -> None:
    raise FileRejected("file-unsafe", "it declares entities of its own (a DOCTYPE)")


class _Reader:
    """What the parser calls: rows and columns are counted, repeated ones included."""

    def __init__(self, rows: int, cols: int) -> None:
        self.book = Book()
        self._rows, self._cols, self._count = rows, cols, 0
        self._row = self._col = 0
        self._row_repeat = 1
        self._row_cells: list[tuple[int, Any, str]] = []  # column, value, trouble
        self._cell: dict[str, str] | None = None
        self._said: list[str] = []
        self._paragraphs = 0
        self._depth = 0  # of a comment, a drawing, or a table inside a cell, whose text is not the cell's

    def start(self, name: str, attributes: dict[str, str]) -> None:
        beside = _beside(name)
        if self._depth or beside is not None or (name == f"{_TABLE}table" and self._cell is not None):
            if beside:
                self.book.extras[beside] = None
            self._depth += 1
        elif name == f"{_TABLE}table":
            self.book.sheets.append(Sheet(attributes.get(f"{_TABLE}name", "")))
            self._row = 0
        elif name == f"{_TABLE}table-row":
            self._col, self._row_cells = 0, []
            self._row_repeat = _repeat(attributes.get(f"{_TABLE}number-rows-repeated"))
        elif name in _CELLS:
            self._cell, self._said, self._paragraphs = attributes, [], 0
            self._note_merge(attributes)
        elif self._cell is not None:
            self._inline(name, attributes)

    def _note_merge(self, attributes: dict[str, str]) -> None:
        down = _repeat(attributes.get(f"{_TABLE}number-rows-spanned"))
        if down > 1 and self.book.sheets:
            right = self._col + _repeat(attributes.get(f"{_TABLE}number-columns-spanned")) - 1
            self.book.sheets[-1].merged.append((self._row, self._col, self._row + down - 1, right))

    def _inline(self, name: str, attributes: dict[str, str]) -> None:
        if name == f"{_TEXT}p":
            if self._paragraphs:
                self._said.append("\n")
            self._paragraphs += 1
        elif name == f"{_TEXT}s":
            self._said.append(" " * min(_repeat(attributes.get(f"{_TEXT}c")), 1000))
        elif name == f"{_TEXT}tab":
            self._said.append("\t")
        elif name == f"{_TEXT}line-break":
            self._said.append("\n")

    def text(self, text: str) -> None:
        if self._cell is not None and self._paragraphs and not self._depth:
            self._said.append(text)

    def end(self, name: str) -> None:
        if self._depth:
            self._depth -= 1
        elif name in _CELLS and self._cell is not None:
            value, trouble = _value(self._cell, "".join(self._said))
            repeat = _repeat(self._cell.get(f"{_TABLE}number-columns-repeated"))
            if value is not None or trouble:
                last = min(self._col + repeat, self._cols)
                self.book.far = self.book.far or self._col >= self._cols
                self._row_cells += [(col, value, trouble) for col in range(self._col, last)]
            self._col += repeat
            self._cell = None
        elif name == f"{_TABLE}table-row":
            self._end_row()

    def _end_row(self) -> None:
        if self.book.sheets and self._row_cells:
            sheet = self.book.sheets[-1]
            self.book.far = self.book.far or self._row >= self._rows
            for row in range(self._row, min(self._row + self._row_repeat, self._rows)):
                self._count += len(self._row_cells)
                if self._count > _MOST_CELLS:
                    raise FileRejected("file-too-big", f"more than {_MOST_CELLS:,} cells in it are filled")
                for col, value, trouble in self._row_cells:
                    if trouble:
                        sheet.troubles[row, col] = trouble
                    else:
                        sheet.values[row, col] = value
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


def _value(cell: dict[str, str], text: str) -> tuple[Any, str]:
    """A cell's value, or the text of what is wrong with it."""
    kind = cell.get(_VALUE_TYPE, "")
    formula = cell.get(f"{_TABLE}formula", "")
    if cell.get(_CALC_TYPE) == "error" or (formula and _ERROR.fullmatch(text.strip())):
        return None, text.strip() or "an error"
    match kind:
        case "boolean":
            return cell.get(f"{_OFFICE}boolean-value", text).strip().lower() == "true", ""
        case "float" | "percentage" | "currency":
            try:
                return float(cell.get(f"{_OFFICE}value", text)), ""
            except ValueError:
                return text, ""
        case "date":
            return _date(cell.get(f"{_OFFICE}date-value", text)), ""
        case "time" if text:
            return f"time {text}", ""  # never a tick
        case "string" if f"{_OFFICE}string-value" in cell:
            text = cell[f"{_OFFICE}string-value"]
    return text or None, "=" + formula.partition("=")[2] if formula and not kind and not text else ""


def _date(text: str) -> datetime | str:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        return text


def modified(meta: bytes) -> datetime | None:
    """When the document says it was last saved, in UTC."""
    found = re.search(rb"<(?:\w+:)?date>\s*([^<\s]+)\s*<", meta)
    try:
        moment = datetime.fromisoformat(found[1].decode()[:26].rstrip("Z")) if found else None
    except ValueError:
        return None
    return moment and moment.replace(tzinfo=moment.tzinfo or UTC)
