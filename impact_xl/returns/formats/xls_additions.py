"""What lies on the sheets of an .xls workbook beside their cells: comments, pictures, drawn tickboxes, shapes."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from impact_xl.files.xls_records import CONTINUE, short, text_of
from impact_xl.returns.formats.anchors import Anchor, SheetSizes
from impact_xl.returns.formats.grid import (
    CHART,
    COMMENT,
    CONTROL,
    DRAWING,
    EMBEDDED,
    NOT_TICKED,
    OPTION,
    PICTURE,
    TEXT_BOX,
    TICKBOX,
    TICKED,
    Addition,
    Place,
)

_DRAWING, _OBJECT, _TEXT, _NOTE = 0x00EC, 0x005D, 0x01B6, 0x001C
# What objects are ([MS-XLS] 2.5.143); other numbers are shapes. A comment has a record of its own beside its object.
_GROUP, _COMMENT_BOX = 0x00, 0x19
_KINDS = {0x05: CHART, 0x06: TEXT_BOX, 0x08: PICTURE, 0x0B: TICKBOX, 0x0C: OPTION} | dict.fromkeys(
    (0x07, 0x0D, 0x0E, 0x10, 0x11, 0x12, 0x13, 0x14), CONTROL
)
_BY_THE_PROGRAM = 0x0100  # such as the arrow of a drop-down that a cell's validation has
# Parts of an object's record: its formula, where it is embedded; its state.
_PICTURE_FORMULA, _STATE, _OLD_STATE = 0x0009, 0x0012, 0x000A
_STATES = {0: NOT_TICKED, 1: TICKED}
_ANCHOR, _SHAPE_HEAD = 0xF010, struct.Struct("<HHI")
_CORNERS = struct.Struct("<8H")  # column, part of it (of 1,024), row, part of it (of 256), twice


@dataclass
class _Object:
    what: str
    number: int
    corners: tuple[int, ...] = ()
    state: str = ""
    text: str = ""
    length: int = 0  # of its text, as far as it has not come yet


@dataclass
class SheetAdditions:
    """What lies on a sheet, taken from its records."""

    _objects: list[_Object] = field(default_factory=list)
    _notes: list[tuple[Place, int, str]] = field(default_factory=list)  # the cell, the object's number, the author
    _corners: tuple[int, ...] = ()
    _last: int = 0

    def take(self, kind: int, data: bytes) -> None:
        """Take a record."""
        if kind == _DRAWING:
            self._corners = next(_anchors(data), self._corners)
        elif kind == _OBJECT and len(data) >= 10:
            self._objects.append(_object(data, self._corners))
        elif kind == _NOTE and len(data) >= 8:
            place = short(data, 0), short(data, 2)
            author = text_of(data, 11, short(data, 8), wide=bool(data[10] & 1)) if len(data) > 11 else ""
            self._notes.append((place, short(data, 6), author))
        elif kind == _TEXT and self._objects:
            self._objects[-1].length = short(data, 10)
        elif kind == CONTINUE and self._last in (_TEXT, CONTINUE) and self._objects and self._objects[-1].length:
            last = self._objects[-1]
            text = text_of(data, 1, last.length, wide=bool(data[:1] and data[0] & 1))
            last.text += text
            last.length -= len(text)
        self._last = kind

    def additions(self, sizes: SheetSizes) -> tuple[Addition, ...]:
        """All of it, each with the cell under it."""
        texts = {each.number: each.text for each in self._objects}
        comments = (
            Addition(COMMENT, place, texts.get(number, "").removeprefix(f"{author}:").strip())
            for place, number, author in self._notes
        )
        others = (
            Addition(each.what, _place(each.corners, sizes), each.state or _shown(each))
            for each in self._objects
            if each.what
        )
        return (*comments, *others)


def _shown(each: _Object) -> str:
    return each.text.replace("\r", "\n").strip() if each.what in (TEXT_BOX, DRAWING) else ""


def _object(data: bytes, corners: tuple[int, ...]) -> _Object:
    kind, number, flags = short(data, 4), short(data, 6), short(data, 8)
    if kind in (_GROUP, _COMMENT_BOX) or flags & _BY_THE_PROGRAM:
        return _Object("", number)
    parts = dict(_parts(data))
    what = _KINDS.get(kind, DRAWING)
    if what == PICTURE and _PICTURE_FORMULA in parts:
        what = EMBEDDED
    state = parts.get(_STATE, parts.get(_OLD_STATE, b""))
    return _Object(what, number, corners, _STATES.get(short(state, 0), "") if what in (TICKBOX, OPTION) else "")


def _parts(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The parts of an object's record, as far as they say how long they are."""
    at = 0
    while at + 4 <= len(data):
        kind, size = short(data, at), short(data, at + 2)
        yield kind, data[at + 4 : at + 4 + size]
        at += 4 + size


def _anchors(data: bytes) -> Iterator[tuple[int, ...]]:
    """The corners of the shapes in a piece of a drawing; containers may go on in the next piece."""
    at = 0
    while at + _SHAPE_HEAD.size <= len(data):
        head, kind, size = _SHAPE_HEAD.unpack_from(data, at)
        at += _SHAPE_HEAD.size
        if kind == _ANCHOR and at + 2 + _CORNERS.size <= len(data):
            yield _CORNERS.unpack_from(data, at + 2)
        if head & 0xF != 0xF:
            at += size


def _place(corners: tuple[int, ...], sizes: SheetSizes) -> Place | None:
    if not corners:
        return None
    left, across, top, down, right, across_last, bottom, down_last = corners
    first = sizes.height(top) * down / 256, sizes.width(left) * across / 1024
    last = sizes.height(bottom) * down_last / 256, sizes.width(right) * across_last / 1024
    return sizes.place(Anchor((top, left), (bottom, right), first, last))
