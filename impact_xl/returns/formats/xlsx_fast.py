"""Sheets of texts and tickboxes, read from their XML as nearly every program writes it.

A returned form holds nothing else. The XML is cut at the beginning of each cell, and every piece has to be, from its
first letter to its last, one that is known here: a cell, and perhaps the end of its row and the beginning of others.
What differs in anything (a number, a date, an error, a formula without its value, merged cells, another prefix) is left
to the libraries, which know the whole format. Most pieces are the same in every copy of a round, so each is looked at
once.
"""

from __future__ import annotations

import re
from functools import lru_cache
from html import unescape
from typing import NamedTuple, TypeVar
from xml.parsers import expat

from impact_xl.returns.formats.grid import Grid, Place
from impact_xl.returns.formats.package_reader import Package, unescape_text
from impact_xl.xlsx.a1 import column_number

_WORKBOOK, _STRINGS = "xl/workbook.xml", "xl/sharedstrings.xml"
_MAIN = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_UTF8 = re.compile(rb"""<\?xml version=["']1\.0["'] encoding=["']utf-8["']""", re.IGNORECASE)
_BEGIN, _END = b"<sheetData>", b"</sheetData>"
_ATTRIBUTES = rb'(?: [\w:]+="[^"<>&]*")*'
_ROW = rb'<row r="[1-9][0-9]{0,6}"' + _ATTRIBUTES
_NEXT = rb"(?:" + _ROW + rb"/>)*" + _ROW + rb">"  # rows without cells, and the beginning of one with some
_END_OF_ROWS = rb"(?:" + _ROW + rb"/>)*"
_CELL = (
    rb'([A-Z]{1,2})([1-9][0-9]{0,3})"(?: s="[0-9]+")?'
    rb'(?:/>| t="(s|b|str)">(<f' + _ATTRIBUTES + rb">[^<]+</f>)?<v>([^<]*)</v></c>)"
)
_FIRST, _EMPTY = re.compile(_NEXT), re.compile(_END_OF_ROWS)
_INNER = re.compile(_CELL + rb"(?:</row>" + _NEXT + rb")?")
_LAST = re.compile(_CELL + rb"</row>" + _END_OF_ROWS)
_STRING = re.compile(rb'<t( xml:space="preserve")?>([^<]*)</t></si>')
_UNKNOWN_ENTITY = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos|#[0-9]{1,7}|#x[0-9a-fA-F]{1,6});)")
_SPACE = " \t\n\r"
_TICKS = {b"1": True, b"0": False}
_LONG = 1_000_000  # bytes of a part; a form's have 50,000
_MOST, _LONGEST = 50_000, 2_000  # pieces that are remembered, and bytes of each: a note is not worth it

Made = TypeVar("Made")


class _OtherwiseError(Exception):
    """Something is written otherwise than it usually is."""


class _Cell(NamedTuple):
    """One cell: its row and column, 0-based, and what it holds, or the number of the shared string that it holds."""

    place: Place
    value: str | bool = ""
    string: int = -1


def grids(package: Package) -> list[Grid] | None:
    """Every sheet of a workbook; None where there is more in it than texts and tickboxes.

    Raises:
        FileRejected: a part is damaged.
    """
    names, workbook = package.sheet_names(), package.read(_WORKBOOK)
    if len(names) != workbook.count(b"<sheet ") or not _is_well_formed(workbook):
        return None
    try:
        strings = _strings(package.read(_STRINGS))
        return [Grid(name, _cells(package.read(part), strings)) for part, name in names.items()]
    except (_OtherwiseError, IndexError):  # a string that is not there
        return None


def _strings(part: bytes) -> list[str]:
    if not part:
        return []
    begin, end = part.find(b"<si>"), part.rfind(b"</sst>")
    _expect_plain(part[:begin], part[end:])
    return [_TEXTS[piece] for piece in part[begin:end].split(b"<si>")[1:]]


def _cells(part: bytes, strings: list[str]) -> dict[Place, str | bool]:
    if len(part) > _LONG:
        raise _OtherwiseError
    begin, end = part.find(_BEGIN), part.rfind(_END)
    _expect_plain(part[: begin + len(_BEGIN)], part[end:])
    first, *pieces = part[begin + len(_BEGIN) : end].split(b'<c r="')
    if not (_FIRST if pieces else _EMPTY).fullmatch(first):
        raise _OtherwiseError
    cells = [_INNER_CELLS[piece] for piece in pieces[:-1]] + [_LAST_CELLS[piece] for piece in pieces[-1:]]
    if len({place for place, _, _ in cells}) != len(cells):
        raise _OtherwiseError  # a cell stands there twice
    values = ((place, value if string < 0 else strings[string]) for place, value, string in cells)
    return {place: value for place, value in values if value != ""}


def _expect_plain(head: bytes, tail: bytes) -> None:
    """Expect XML in UTF-8 without prefixes before and behind what is read, with no cells merged or out of place."""
    odd = b"<mergeCell" in tail or b"<c " in tail
    if odd or not _UTF8.match(head) or _MAIN not in head or not _is_well_formed(head + tail):
        raise _OtherwiseError


def _is_well_formed(part: bytes) -> bool:
    return len(part) < _LONG and _parses(part)


@lru_cache(maxsize=128)  # what stands round the cells is the same in every copy
def _parses(part: bytes) -> bool:
    try:
        expat.ParserCreate().Parse(part, True)
    except expat.ExpatError:
        return False
    return b"<!" not in part


class _Texts(dict[bytes, str]):
    """The text of each piece of the shared strings."""

    def __missing__(self, piece: bytes) -> str:
        match = _STRING.fullmatch(piece)
        if not match:
            raise _OtherwiseError
        text = _text(match[2])
        return _remembered(self, piece, unescape_text(text if match[1] else text.strip(_SPACE)))


class _Cells(dict[bytes, _Cell]):
    """The cell of each piece of a sheet."""

    def __init__(self, pattern: re.Pattern[bytes]) -> None:
        super().__init__()
        self._pattern = pattern

    def __missing__(self, piece: bytes) -> _Cell:
        match = self._pattern.fullmatch(piece)
        if not match:
            raise _OtherwiseError
        _text(piece)  # all of it has to be text
        letters, row, kind, formula, raw = match.groups()
        place = int(row) - 1, column_number(letters.decode())
        if kind == b"s" and raw.isdigit():
            return _remembered(self, piece, _Cell(place, string=int(raw)))
        if kind == b"b" and raw in _TICKS:
            return _remembered(self, piece, _Cell(place, _TICKS[raw]))
        if kind is None or (kind == b"str" and (raw or not formula)):  # a formula without its value is not nothing
            return _remembered(self, piece, _Cell(place, unescape_text(_text(raw or b""))))
        raise _OtherwiseError


def _remembered(memory: dict[bytes, Made], piece: bytes, made: Made) -> Made:
    if len(memory) >= _MOST:
        memory.clear()
    if len(piece) < _LONGEST:
        memory[piece] = made
    return made


def _text(raw: bytes) -> str:
    """The text that a piece of XML stands for."""
    if b"&" in raw and _UNKNOWN_ENTITY.search(raw):
        raise _OtherwiseError
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise _OtherwiseError from error
    if "&" in text:
        text = unescape(text)
    if "\r" in text:  # ends of lines as XML has them
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text


_TEXTS, _INNER_CELLS, _LAST_CELLS = _Texts(), _Cells(_INNER), _Cells(_LAST)
