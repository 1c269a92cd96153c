"""Outlook's package (winmail.dat) taken apart: what some mail servers make of a message with attachments."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from impact_xl.returns.file_type import TNEF

# Attributes of [MS-OXTNEF] 2.1.3.2, and properties of [MS-OXPROPS].
_RENDERING, _TITLE, _DATA, _PROPERTIES = 0x00069002, 0x00018010, 0x0006800F, 0x00069005
_LONG_NAME, _OBJECT = 0x3707, 0x3701
_ATTRIBUTE, _HEAD = struct.Struct("<BII"), 6  # level, attribute, length; before the first: signature and key
_CHECKSUM = 2
_SIZES = {0x0002: 4, 0x0003: 4, 0x0004: 4, 0x0005: 8, 0x0006: 8, 0x0007: 8, 0x000A: 4, 0x000B: 4, 0x0014: 8, 0x0040: 8}
_SIZES[0x0048] = 16
_WITH_LENGTH = (0x000D, 0x001E, 0x001F, 0x0102)  # an object, texts of both kinds, bytes
_INTERFACE = 16  # what stands before the content of an object


@dataclass
class _File:
    name: str = ""
    content: bytes = b""


def files(content: bytes) -> list[tuple[str, bytes]]:
    """The names and contents of everything attached; a message within is another such package.

    What has no content is given, too, so that somebody says so.

    Raises:
        ValueError: it is cut short or no such package.
    """
    attached: list[_File] = []
    for attribute, data in _attributes(content):
        if attribute == _RENDERING:
            attached.append(_File())
        elif attached and attribute == _TITLE:
            attached[-1].name = attached[-1].name or _text(data)
        elif attached and attribute == _DATA:
            attached[-1].content = data
        elif attached and attribute == _PROPERTIES:
            _take_properties(attached[-1], data)
    return [(file.name, file.content) for file in attached]


def _attributes(content: bytes) -> Iterator[tuple[int, bytes]]:
    if not content.startswith(TNEF) or len(content) < _HEAD + _ATTRIBUTE.size:
        raise ValueError("no such package")
    at = _HEAD
    while at < len(content):
        if at + _ATTRIBUTE.size > len(content):
            if not content[at:].strip(b"\r\n\0 \x1a"):  # what programs put behind a text
                return
            raise ValueError("cut short")
        _, attribute, length = _ATTRIBUTE.unpack_from(content, at)
        at += _ATTRIBUTE.size
        if at + length + _CHECKSUM > len(content):
            raise ValueError("cut short")
        yield attribute, content[at : at + length]
        at += length + _CHECKSUM


def _take_properties(file: _File, data: bytes) -> None:
    try:
        for number, kind, value in _properties(data):
            if number == _LONG_NAME:
                file.name = _text(value, wide=kind == 0x001F)
            elif number == _OBJECT and not file.content:
                file.content = value[_INTERFACE:]
    except struct.error:
        return  # a property that cannot be told ends the list; the attachment itself stands elsewhere


def _properties(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """The number, kind and last value of each property."""
    at = 4
    for _ in range(struct.unpack_from("<I", data)[0]):
        kind, number = struct.unpack_from("<HH", data, at)
        at += 4
        if number >= 0x8000:  # named: an id of its namespace, then a number or a text
            named, length = struct.unpack_from("<II", data, at + 16)
            at += 24 + (_padded(length) if named else 0)
        single = kind & ~0x1000
        counted = bool(kind & 0x1000) or single in _WITH_LENGTH
        count = struct.unpack_from("<I", data, at)[0] if counted else 1
        at += 4 * counted
        value = b""
        for _ in range(min(count, len(data))):
            if single in _WITH_LENGTH:
                size = struct.unpack_from("<I", data, at)[0]
                value, at = data[at + 4 : at + 4 + size], at + 4 + _padded(size)
            elif single in _SIZES:
                value, at = data[at : at + _SIZES[single]], at + _SIZES[single]
            else:
                raise struct.error
        yield number, single, value


def _padded(length: int) -> int:
    return (length + 3) // 4 * 4


def _text(data: bytes, *, wide: bool = False) -> str:
    return data.decode("utf-16-le" if wide else "cp1252", "replace").rstrip("\0")
