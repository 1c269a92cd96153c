"""Long sheets of a stored workbook, read row by row from their XML.

A library keeps all of a sheet at once, each cell by itself: at 10,000 teams half a gigabyte. Here a value that stands
in many cells is looked at and kept once. Only what Excel and this program write is read so; whatever is spelled
otherwise is for the library.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import cached_property
from itertools import zip_longest
from typing import Any

from impact_xl.returns.formats.number_kinds import DAY, PLAIN, UNSURE, kinds_of_numbers
from impact_xl.returns.formats.xml_texts import END_OF_STRING, OtherwiseError, text_in, text_of_xml
from impact_xl.xlsx.a1 import column_number
from impact_xl.xlsx.package_inspect import Parts

LONG = 2_000_000  # bytes of a sheet's XML from which on it counts as long
_STRINGS, _STYLES, _WORKBOOK = "xl/sharedStrings.xml", "xl/styles.xml", "xl/workbook.xml"
_ROW, _ROW_END = re.compile(rb'<row r="([1-9][0-9]{0,6})"[^<>]*>'), b"</row>"
_CELL = b'<c r="'  # its column and row follow
_INSIDE = re.compile(
    rb'(?: s="([0-9]{1,5})")?(?: t="([a-z]{1,3})")?'
    rb"(?:/>|>(?:<f(?: [^<>]*)?(?:/>|>[^<>]*</f>))?(?:<v>([^<>]*)</v>|<v/>)?</c>)"
)
_LETTERS = re.compile(rb"[A-Z]{1,3}")
_NUMBER = re.compile(rb"-?[0-9]{1,17}(?:\.[0-9]{1,20})?(?:[eE][-+]?[0-9]{1,2})?")
_DAYS_FROM_1904 = re.compile(rb"""\bdate1904\s*=\s*(?!["'](?:0|false)["'])""")
_EPOCH, _FIRST_SURE_DAY, _LAST_DAY = date(1899, 12, 30), 61, 2_958_465  # from March 1900 on all count alike
_TICKS = {b"1": True, b"0": False}
_NOTHING = ""  # what an empty cell holds

Cells = list[Any]
_MOST_KNOWN = 400_000  # cells


class LongSheets:
    """The long sheets of a workbook."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._known: dict[bytes, Any] = {}  # what a cell holds, by its XML without its place
        self._columns: dict[bytes, int] = {}

    def rows(self, sheet: str) -> Iterator[Cells]:
        """The rows of a long sheet from the first on, each as far as it is filled.

        Raises:
            OtherwiseError: the sheet is short, or something in it is for the library.
        """
        if self._parts.size(sheet) < LONG or _DAYS_FROM_1904.search(self._parts.read(_WORKBOOK)):
            raise OtherwiseError
        before = 0
        for piece in self._parts.pieces(sheet):
            heads = [*_ROW.finditer(piece)]
            if len(heads) != piece.count(b"<row ") or b"<row>" in piece:
                raise OtherwiseError
            for head, after in zip_longest(heads, heads[1:]):
                end = after.start() if after else len(piece)
                number, cells = int(head[1]), self._cells(head, piece[head.end() : end])
                # The library leaves out what is empty above the first cell; our sheets begin with their title.
                if number <= before or not (before or (number == 1 and cells)):
                    raise OtherwiseError
                yield from ([] for _ in range(before + 1, number))
                yield cells
                before = number

    def _cells(self, head: re.Match[bytes], content: bytes) -> Cells:
        cells: Cells = []
        if head[0].endswith(b"/>"):
            return cells
        row, _, _ = content.partition(_ROW_END)
        first, *found = row.split(_CELL)
        if first:
            raise OtherwiseError
        end, columns, known = head[1] + b'"', self._columns, self._known
        for cell in found:
            letters, _, inside = cell.partition(end)
            col = columns.get(letters)
            if col is None:
                col = self._column(letters)
            value = known.get(inside)
            if value is None:
                value = self._value(inside)
            if col < len(cells):
                raise OtherwiseError
            if value != _NOTHING:
                if col > len(cells):
                    cells += [_NOTHING] * (col - len(cells))
                cells.append(value)
        return cells[:]  # a list that grew has room to spare

    def _column(self, letters: bytes) -> int:
        if not _LETTERS.fullmatch(letters):
            raise OtherwiseError
        self._columns[letters] = column_number(letters.decode())
        return self._columns[letters]

    def _value(self, inside: bytes) -> Any:
        """What a cell holds, by its XML behind its place."""
        cell = _INSIDE.fullmatch(inside)
        if not cell:
            raise OtherwiseError
        style, kind, raw = cell.groups(b"")
        if kind == b"s" and raw not in self._strings:
            raise OtherwiseError
        if len(self._known) > _MOST_KNOWN:
            self._known.clear()
        self._known[inside] = value = self._strings[raw] if kind == b"s" else self._meant(style, kind, raw)
        return value

    def _meant(self, style: bytes, kind: bytes, raw: bytes) -> Any:
        """What a value means that stands in its cell."""
        if not raw:
            return _NOTHING
        if kind == b"str" and b"_x" not in raw and b"\r" not in raw and raw == raw.strip():
            return text_of_xml(raw)
        if kind == b"b" and raw in _TICKS:
            return _TICKS[raw]
        if kind in (b"", b"n") and _NUMBER.fullmatch(raw):
            return self._number(int(style or 0), float(raw))
        raise OtherwiseError

    def _number(self, style: int, value: float) -> Any:
        """A number as its style shows it: a number, or a day."""
        kinds = self._kinds_of_numbers
        kind = kinds[style] if style < len(kinds) else UNSURE
        if kind == PLAIN:
            return value
        if kind == DAY and value.is_integer() and _FIRST_SURE_DAY <= value <= _LAST_DAY:
            return _EPOCH + timedelta(value)
        raise OtherwiseError

    @cached_property
    def _kinds_of_numbers(self) -> str:
        return kinds_of_numbers(self._parts.read(_STYLES))

    @cached_property
    def _strings(self) -> Mapping[bytes, str]:
        """The shared strings by their numbers, as cells give these."""
        part = self._parts.read(_STRINGS)
        begin, end = part.find(b"<si>"), part.rfind(b"</sst>")
        if begin < 0 or end < 0 or b"\r" in part:
            raise OtherwiseError
        strings: dict[bytes, str] = {}
        while begin < end:
            after = part.find(END_OF_STRING, begin)
            if not part.startswith(b"<si>", begin) or after < 0:
                raise OtherwiseError
            strings[b"%d" % len(strings)] = text_in(part[begin + 4 : after])
            begin = after + len(END_OF_STRING)
        return strings
