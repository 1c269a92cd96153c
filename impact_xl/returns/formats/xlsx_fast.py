"""Sheets read from their XML, row by row, as the programs write it that people fill in forms with.

The values of all cells are taken out first: ticks, results, and the numbers of shared strings, which every copy numbers
anew. What is left of a sheet is the same in most copies of a round, and so is what is left of its rows; so each is
looked at once. A row has to be one that is known here from its first letter to its last: texts, ticks, numbers, days,
errors, formulas with and without their values. What differs in anything (cells out of order, other prefixes, comments,
a day that the libraries see differently) is left to the libraries, which know the whole format.

What is remembered is a function of the bytes that it was made from, and of nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from itertools import chain, compress
from operator import lt
from typing import NamedTuple
from xml.parsers import expat

from impact_xl.returns.formats.grid import CellError, Cells, KnownStyles, Place, Range, Value
from impact_xl.returns.formats.number_kinds import DAY, PLAIN, UNSURE, kinds_of_numbers
from impact_xl.returns.formats.package_reader import Package, unescape_text, utf8
from impact_xl.returns.formats.xlsx_checks import merges
from impact_xl.returns.formats.xlsx_looks import SheetLooks, hidden_columns
from impact_xl.returns.formats.xlsx_row import MAY_BE_EMPTY, ROWS, TAKEN_OUT, TEXT_OUT, RowStyles, Slot, without_result
from impact_xl.returns.formats.xml_texts import END_OF_STRING, PIECES, OtherwiseError, text_in, text_of_xml

_WORKBOOK, _RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
# The beginning of a part in UTF-8, which is what XML without a declaration is in, with no prefix for its own elements.
_ROOT = re.compile(
    rb"""(?:<\?xml version=["']1\.0["'] encoding=["'](?i:utf-8)["'][^<>]*\?>\s*)?"""
    rb'<(?:worksheet|sst)(?: [\w:]+="[^"<>]*")*? xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
)
_DAYS_FROM_1904 = re.compile(rb"""\bdate1904\s*=\s*(?!["'](?:0|false)["'])""")
_BEGIN, _END, _NO_ROWS = b"<sheetData>", b"</sheetData>", b"<sheetData/>"
# Cells before the rows or behind them: whatever prefix they have, as XML separates a name by one of these.
_CELLS_ELSEWHERE = (
    b"sheetData",
    *(begin + name + end for begin in (b"<", b":") for name in (b"c", b"row") for end in (b" ", b">", b"/")),
)
# What says which cell somebody left selected: it is another one in every copy.
_SELECTION = re.compile(
    rb'<selection(?: pane="[a-zA-Z]*")?(?: activeCell="[A-Z0-9]*")?(?: activeCellId="[0-9]*")?'
    rb'(?: sqref="[A-Z0-9: ]*")?/>'
)
_ROWS_HIDE = re.compile(rb"""\bzeroHeight\s*=\s*(?!["'](?:0|false)["'])""")  # without being listed

# Columns and merged cells as nearly all programs write them.
_COLUMNS = re.compile(rb'<cols>(?:<col(?: [\w:]+="[^"<>&]*")* ?/>)*</cols>')
_MERGES = re.compile(
    rb'<mergeCells(?: count="[0-9]*")?>'
    rb'(?:<mergeCell ref="[A-Z]{1,3}[1-9][0-9]{0,6}:[A-Z]{1,3}[1-9][0-9]{0,6}" ?/>)+</mergeCells>'
)

# Round a cell's value, and round a text that stands in its cell.
_VALUE = re.compile(rb"<v>([^<]*)</v></c>")
_INLINE, _INLINE_END = b"<is>", b"</is></c>"
# LibreOffice's box that is not ticked, as a ticked one begins: where there is a value, nobody looks at the formula.
_UNTICKED, _AS_TICKED = (b'<f aca="false">%s()</f><v>0</v>' % formula for formula in (b"FALSE", b"TRUE"))
# How high a row is says nothing unless it is so low that nobody sees it.
_ROW_HEIGHT = re.compile(rb'(<row [^<>]*?) ht="[1-9][0-9]{1,2}(?:\.[0-9]{1,17})?"(?![^<>]* ht=)')
_NUMBER = re.compile(rb"-?[0-9]{1,15}(?:\.[0-9]{1,17})?(?:[eE][-+]?[0-9]{1,2})?")
_ERRORS = frozenset({b"#NULL!", b"#DIV/0!", b"#VALUE!", b"#REF!", b"#NAME?", b"#NUM!", b"#N/A"})
_TICKS = {b"1": True, b"0": False}
_EPOCH, _FIRST_SURE_DAY, _LAST_DAY = date(1899, 12, 30), 61, 2_958_465  # from March 1900 on all count alike
_LONG = 1_000_000  # bytes of a part; a form's have 50,000
_MOST_TEXTS, _LONGEST = 20_000, 2_500  # what is remembered, and bytes of each: no typed text


@lru_cache(maxsize=256)
def _styles_of(rows: tuple[RowStyles, ...]) -> KnownStyles:
    """The style numbers of a sheet's cells; what people tick and write changes none of them."""
    return KnownStyles(chain.from_iterable(row.items() for row in rows))


class _Places(NamedTuple):
    """The slots of one kind."""

    among: bytes  # of all slots of the sheet, a 1 for each that is of this kind
    places: Sequence[Place]

    def texts(self, values: Sequence[bytes]) -> Iterator[bytes]:
        """The values of these slots among those of all."""
        return compress(values, self.among)


@dataclass(frozen=True, slots=True)
class _Shape:
    """What the XML of all rows says without the values."""

    cells: dict[Place, Value]
    styles: KnownStyles
    many: int  # slots
    strings: _Places
    ticks: _Places
    others: Mapping[int, Slot]  # by their places among all slots
    texts: Sequence[Place]  # of cells whose text was taken out
    hidden: frozenset[int]


@dataclass(frozen=True, slots=True)
class _Strings:
    """The shared strings by their numbers, as cells give these; and those among them that are in pieces."""

    texts: Mapping[bytes, str] = field(default_factory=dict)
    rich: Mapping[bytes, bytes] = field(default_factory=dict)  # the XML of each
    some_empty: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet as it was read."""

    name: str
    cells: Cells
    looks: SheetLooks
    merged: tuple[Range, ...] = ()


def sheets(package: Package) -> dict[str, Sheet] | None:
    """Every sheet of a workbook by its part; None where anything in it is written otherwise than it usually is.

    Raises:
        FileRejected: a part is damaged.
    """
    names, workbook, relations = package.sheet_names(), package.read(_WORKBOOK), package.read(_RELATIONS)
    is_usual = len(names) == workbook.count(b"<sheet ") and _is_well_formed(workbook) and _is_well_formed(relations)
    if not is_usual or _DAYS_FROM_1904.search(workbook):
        return None
    try:
        book = _Book(_strings(package.read(package.strings)), package)
        return {part: book.sheet(name, package.read(part)) for part, name in names.items()}
    except (OtherwiseError, KeyError):  # a string that is not there
        return None


class _Book:
    """Reads the sheets of one workbook."""

    def __init__(self, strings: _Strings, package: Package) -> None:
        self._strings, self._package = strings, package
        self._kinds: str | None = None  # what numbers are by their styles; few workbooks have to know

    def sheet(self, name: str, part: bytes) -> Sheet:
        head, body, tail = _parted(part)
        body, texts = _without_texts(body) if _INLINE in body else (body, [])
        # What stands before the first value, the value, what stands before the next one, and so on.
        pieces = _VALUE.split(body.replace(_UNTICKED, _AS_TICKED))
        shape, values = _shape(TAKEN_OUT.join(pieces[::2])), pieces[1::2]
        if len(values) != shape.many or len(texts) != len(shape.texts):
            raise OtherwiseError
        cells, rich = shape.cells.copy(), dict[Place, bytes]()
        self._put_strings(shape.strings, values, cells, rich)
        cells.update(zip(shape.ticks.places, map(_TICKS.__getitem__, shape.ticks.texts(values)), strict=True))
        for place, text in zip(shape.texts, texts, strict=True):
            _put_text(place, text, cells, rich)
        for at, slot in shape.others.items():
            self._put(slot, values[at], cells)
        looks = SheetLooks(shape.styles, rich, shape.hidden, _hidden_columns(head))
        return Sheet(name, cells, looks, _merged(tail) if b"mergeCell" in tail else ())

    def _put_strings(
        self, slots: _Places, values: Sequence[bytes], cells: dict[Place, Value], rich: dict[Place, bytes]
    ) -> None:
        """Put the shared strings into the cells that were kept free for them."""
        texts = map(self._strings.texts.__getitem__, slots.texts(values))
        cells.update(zip(slots.places, texts, strict=True))
        if self._strings.some_empty:
            for place in slots.places:
                if not cells[place]:
                    del cells[place]
        if known := self._strings.rich:
            strings = zip(slots.places, slots.texts(values), strict=True)
            rich.update((place, known[number]) for place, number in strings if number in known)

    def _put(self, slot: Slot, value: bytes, cells: dict[Place, Value]) -> None:
        """Put another value into its cell; the results of formulas are there, and a formula without one is told."""
        place, style, kind, formula = slot
        if not value and formula is not None:
            cells[place] = without_result(formula)
        elif not value and kind in MAY_BE_EMPTY:
            del cells[place]
        elif kind == b"str":
            cells[place] = _result(value)
        elif kind == b"e" and value in _ERRORS:
            cells[place] = CellError(value.decode())
        elif kind == b"n" and _NUMBER.fullmatch(value):
            cells[place] = self._meant(style, float(value))
        else:
            raise OtherwiseError

    def _meant(self, style: int, value: float) -> Value:
        """A number as its style shows it: a number, or a day."""
        if self._kinds is None:
            self._kinds = kinds_of_numbers(self._package.read(self._package.styles))
        kind = self._kinds[style] if style < len(self._kinds) else UNSURE
        if kind == PLAIN:
            return value
        if kind == DAY and value.is_integer() and _FIRST_SURE_DAY <= value <= _LAST_DAY:
            return _EPOCH + timedelta(value)
        raise OtherwiseError


def _without_texts(body: bytes) -> tuple[bytes, list[bytes]]:
    """The rows without the texts that stand in their cells, and these as XML."""
    *pieces, end = body.split(_INLINE_END)
    parted = [piece.rpartition(_INLINE) for piece in pieces]
    if not all(sign for _, sign, _ in parted):
        raise OtherwiseError
    return TEXT_OUT.join([*(before for before, _, _ in parted), end]), [text for _, _, text in parted]


def _put_text(place: Place, inside: bytes, cells: dict[Place, Value], rich: dict[Place, bytes]) -> None:
    """Put a text that stood in its cell back there; an empty one is nothing."""
    if text := _TEXTS[inside]:
        cells[place] = text
    else:
        del cells[place]
    if inside.startswith(PIECES):
        rich[place] = inside


def _parted(part: bytes) -> tuple[bytes, bytes, bytes]:
    """What stands before a sheet's rows, the rows, and what stands behind them."""
    if len(part) > _LONG:
        raise OtherwiseError
    begin, end = part.find(_BEGIN), part.rfind(_END)
    if begin < 0 <= (begin := part.find(_NO_ROWS)):
        head, body, tail = part[:begin], b"", part[begin + len(_NO_ROWS) :]
    else:
        head, body, tail = part[:begin], part[begin + len(_BEGIN) : end], part[end + len(_END) :]
    # The two ends are looked at apart, as the second is the same in most copies.
    root = _ROOT.match(head)
    if begin < 0 or not root:
        raise OtherwiseError
    if not (_is_well_formed(_SELECTION.sub(b"", head) + b"</worksheet>") and _is_well_formed(b"<worksheet>" + tail)):
        raise OtherwiseError
    return head, body, tail


def _is_well_formed(part: bytes) -> bool:
    """Whether a part that holds no cells is XML without comments and marked sections."""
    return len(part) < _LONG and _parses(part)


@lru_cache(maxsize=128)  # what stands round the cells is the same in every copy
def _parses(part: bytes) -> bool:
    if b"encoding" in part and utf8(part) is not part:
        return False
    try:
        expat.ParserCreate().Parse(part, True)
    except (expat.ExpatError, ValueError, LookupError):  # the latter of an encoding that it does not know
        return False
    if b"<!" in part or any(sign in part for sign in _CELLS_ELSEWHERE):
        return False
    return b"zeroHeight" not in part or not _ROWS_HIDE.search(part)


def _hidden_columns(head: bytes) -> frozenset[int]:
    begin, end = head.find(b"<cols>"), head.rfind(b"</cols>")
    if head.count(b"cols") != (_TAGS if 0 <= begin < end else 0):  # the list is spelled in another way
        raise OtherwiseError
    return _hidden_in(head[begin : end + len(b"</cols>")]) if begin >= 0 else _NONE_HIDDEN


_TAGS, _NONE_HIDDEN = 2, frozenset[int]()  # the list begins, and ends


@lru_cache(maxsize=64)
def _hidden_in(columns: bytes) -> frozenset[int]:
    if not _COLUMNS.fullmatch(columns):
        raise OtherwiseError
    return frozenset(hidden_columns(columns))


@lru_cache(maxsize=64)
def _merged(tail: bytes) -> tuple[Range, ...]:
    """The merged cells in what stands behind the rows."""
    begin, end = tail.find(b"<mergeCells"), tail.find(b"</mergeCells>")
    listed = _MERGES.fullmatch(tail, begin, end + len(b"</mergeCells>")) if 0 <= begin < end else None
    if not listed or tail.count(b"mergeCell") != listed[0].count(b"mergeCell"):
        raise OtherwiseError
    return merges(listed[0])


# -- a sheet ------------------------------------------------------------------------------------------


@lru_cache(maxsize=512)
def _shape(xml: bytes) -> _Shape:
    """What all rows say without their values."""
    return _shape_of(_ROW_HEIGHT.sub(rb"\1", xml))  # LibreOffice makes each row as high as what was written into it


@lru_cache(maxsize=512)
def _shape_of(xml: bytes) -> _Shape:
    first, *pieces = xml.split(b"<row ")
    rows = [ROWS[piece] for piece in pieces]
    numbers = [row.number for row in rows]
    if first or not all(map(lt, numbers, numbers[1:])):
        raise OtherwiseError
    cells: dict[Place, Value] = {}
    for row in rows:
        cells.update(row.cells)
    slots = list(chain.from_iterable([row.slots for row in rows]))
    return _Shape(
        cells,
        _styles_of(tuple([row.styles for row in rows])),
        len(slots),
        _places(slots, b"s"),
        _places(slots, b"b"),
        {at: slot for at, slot in enumerate(slots) if slot.kind not in (b"s", b"b")},
        list(chain.from_iterable([row.texts for row in rows])),
        frozenset([row.number - 1 for row in rows if row.is_hidden]),
    )


def _places(slots: Sequence[Slot], kind: bytes) -> _Places:
    """The slots of one kind."""
    return _Places(bytes([slot.kind == kind for slot in slots]), [slot.place for slot in slots if slot.kind == kind])


@lru_cache(maxsize=256)
def _result(value: bytes) -> str:
    """The text that a formula has given."""
    if b"<" in value:
        raise OtherwiseError
    return unescape_text(text_of_xml(value))


# -- texts --------------------------------------------------------------------------------------------


def _strings(part: bytes) -> _Strings:
    """The shared strings of a workbook."""
    if not part:
        return _Strings()
    begin, end = part.find(_STRING), part.rfind(END_OF_STRING)
    around = part[:begin] + part[end + len(END_OF_STRING) :] if 0 <= begin < end else part
    if not _ROOT.match(around) or not _is_well_formed(around) or b"<si" in around:
        raise OtherwiseError
    if begin < 0:
        return _Strings()
    pieces = part[begin + len(_STRING) : end].split(END_OF_STRING + _STRING)
    numbers = _numbers(-(-len(pieces) // _MANY) * _MANY)
    _TEXTS.some_rich = False
    texts = dict(zip(numbers, [_TEXTS[piece] for piece in pieces], strict=False))
    some_empty = "" in texts.values()
    if not _TEXTS.some_rich:
        return _Strings(texts, some_empty=some_empty)
    in_pieces = ((at, piece) for at, piece in zip(numbers, pieces, strict=False) if piece.startswith(PIECES))
    return _Strings(texts, dict(in_pieces), some_empty)


_STRING, _MANY = b"<si>", 512  # how a string begins, and how many are counted at a time; a form has fewer


@lru_cache(maxsize=2)
def _numbers(many: int) -> Sequence[bytes]:
    """The numbers from 0 on, as they stand in cells."""
    return [b"%d" % number for number in range(many)]


class _Texts(dict[bytes, str]):
    """The text of each piece of the shared strings. One of several looks is not kept, so that it is always noticed."""

    some_rich = False  # whether such a one was met

    def __missing__(self, piece: bytes) -> str:
        text = text_in(piece)
        if len(self) >= _MOST_TEXTS:
            self.clear()
        if piece.startswith(PIECES):
            self.some_rich = True
        elif len(piece) < _LONGEST:
            self[piece] = text
        return text


_TEXTS = _Texts()
