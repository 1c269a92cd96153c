"""One row of a sheet taken apart, as the programs write it that people fill in forms with.

The values are not in it: they were taken out before, so that many copies have the same row.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from impact_xl.returns.formats.grid import CellError, Place, Value
from impact_xl.returns.formats.xlsx_looks import hidden_rows
from impact_xl.returns.formats.xml_texts import OtherwiseError, text_of_xml
from impact_xl.xlsx.a1 import column_number

# What stands in the place of a value, and of a text that stood in its cell: letters that no XML has between two cells.
TAKEN_OUT, TEXT_OUT = b"#", b"@"
_ROW_END = b"</row>"
_ATTRIBUTES = rb'(?: [\w:]+="[^"<>&]*")*'
_ROW = re.compile(rb'((?:[\w:]+="[^"<>&]*" )*?)r="([1-9][0-9]{0,6})"(' + _ATTRIBUTES + rb")(/?)>")
_CELL = re.compile(
    rb'<c r="([A-Z]{1,2})([1-9][0-9]{0,3})"((?: (?:s|t|cm)="[A-Za-z0-9]{0,9}")*)'
    rb"(?:/>|>(?:<f(" + _ATTRIBUTES + rb")(?:/>|>([^<]*)</f>))?"
    rb"(?:([#@])|(?:<v/>)?</c>))",
)
_ATTRIBUTE = re.compile(rb' ?([\w:]+)="([^"]*)"')
_KINDS = frozenset({b"s", b"b", b"n", b"str", b"e", b"inlineStr"})
_OF_VALUES = _KINDS - {b"inlineStr"}
MAY_BE_EMPTY = _KINDS - {b"inlineStr", b"e"}  # such a cell without a value is an empty cell
_PLAIN_FORMULAS = frozenset({b"", b' aca="false"'})
_MOST, _LONGEST = 8_000, 2_500  # rows that are remembered, and bytes of each


class Slot(NamedTuple):
    """A cell whose value was taken out."""

    place: Place
    style: int
    kind: bytes
    formula: str | None  # None where it is no formula


class RowStyles(dict[Place, int]):
    """The style numbers of a row's cells; each row with the same ones has this very object."""

    __slots__ = ()
    __hash__ = object.__hash__  # type: ignore[assignment]
    __eq__ = object.__eq__


@lru_cache(maxsize=4096)
def _row_styles(styles: tuple[tuple[Place, int], ...]) -> RowStyles:
    return RowStyles(styles)


@dataclass(frozen=True, slots=True)
class Row:
    """What one row's XML says without the values: its cells in order, and those among them whose value is missing."""

    number: int
    cells: Mapping[Place, Value]
    styles: RowStyles
    slots: tuple[Slot, ...] = ()
    texts: tuple[Place, ...] = ()  # of cells whose text was taken out
    is_hidden: bool = False


class _RowMaker:
    """Takes one row apart, cell by cell."""

    def __init__(self) -> None:
        self.cells: dict[Place, Value] = {}
        self.slots: list[Slot] = []
        self.styles: dict[Place, int] = {}
        self.texts: list[Place] = []

    def row(self, piece: bytes) -> Row:
        """The row of a piece of XML, from its first attribute to its end."""
        begin = _ROW.match(piece)
        if not begin:
            raise OtherwiseError
        text_of_xml(piece)  # all of it has to be text, formulas that nobody looks at as well
        attributes = _ATTRIBUTE.findall(begin[1] + begin[3])
        names = [name for name, _ in attributes]
        if len(set(names)) < len(names) or b"r" in names:
            raise OtherwiseError
        number, at, end, before = int(begin[2]), begin.end(), len(piece), -1
        if not begin[4]:
            end -= len(_ROW_END)
            if not piece.endswith(_ROW_END):
                raise OtherwiseError
        while at < end:
            cell = _CELL.match(piece, at, end)
            if not cell:
                raise OtherwiseError
            col = column_number(cell[1].decode())
            if int(cell[2]) != number or col <= before:  # out of place, or there twice
                raise OtherwiseError
            self._put((number - 1, col), cell)
            before, at = col, cell.end()
        if at != end:
            raise OtherwiseError
        is_hidden = bool(list(hidden_rows(b"<row " + begin[0])))
        styles = _row_styles(tuple(self.styles.items()))
        return Row(number, self.cells, styles, tuple(self.slots), tuple(self.texts), is_hidden)

    def _put(self, place: Place, cell: re.Match[bytes]) -> None:
        """Put one cell where it belongs."""
        _, _, attributes, formula_kind, formula, taken = cell.groups()
        style, kind = _style_and_kind(attributes)
        self.styles[place] = style
        if taken == TAKEN_OUT:
            self._keep_free(place, style, kind, formula_kind, formula)
        elif taken:
            if kind != b"inlineStr" or formula_kind is not None:
                raise OtherwiseError
            self.cells[place] = None  # so that the cells stay in order
            self.texts.append(place)
        elif formula_kind is not None:
            self.cells[place] = without_result(_text_of_formula(formula_kind, formula))
        elif kind not in MAY_BE_EMPTY:
            raise OtherwiseError

    def _keep_free(
        self, place: Place, style: int, kind: bytes, formula_kind: bytes | None, formula: bytes | None
    ) -> None:
        """Keep a cell's place for its value, so that the cells stay in order."""
        if kind not in _OF_VALUES or (kind == b"s" and formula_kind is not None):
            raise OtherwiseError
        self.cells[place] = None
        text = None if formula_kind is None else _text_of_formula(formula_kind, formula)
        self.slots.append(Slot(place, style, kind, text))


def _text_of_formula(kind: bytes, formula: bytes | None) -> str:
    """A formula that stands in its cell by itself; empty for one that is told elsewhere, or in another way."""
    return text_of_xml(formula) if formula and kind in _PLAIN_FORMULAS else ""


def without_result(formula: str) -> CellError:
    """A formula without its value, which is not nothing."""
    if not formula:
        raise OtherwiseError
    return CellError(f"={formula}")


@lru_cache(maxsize=512)
def _style_and_kind(attributes: bytes) -> tuple[int, bytes]:
    """What a cell's attributes say: its style and its kind."""
    found = _ATTRIBUTE.findall(attributes)
    by_name = dict(found)
    style, kind = by_name.get(b"s", b"0"), by_name.get(b"t", b"n")
    if len(by_name) < len(found) or kind not in _KINDS or not style.isdigit():
        raise OtherwiseError
    return int(style), kind


class _Rows(dict[bytes, Row]):
    """The row of each piece of XML, without the numbers of its shared strings."""

    def __missing__(self, piece: bytes) -> Row:
        row = _RowMaker().row(piece)
        if len(self) >= _MOST:
            self.clear()
        if len(piece) < _LONGEST:
            self[piece] = row
        return row


ROWS = _Rows()
