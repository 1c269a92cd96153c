"""The list of what a zip package holds, as it stands at the package's end (APPNOTE 4.3.12 and 4.3.16).

The standard library takes longer for the list than it takes to unpack what is needed. A list of the plain kind, as all
programs write it that save workbooks, is read here; whatever is odd about one is left to the library.
"""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Iterator, Sequence
from typing import NamedTuple

_END, _END_MARK, _FAR_END_MARK, _FAR_END = struct.Struct("<4s4H2LH"), b"PK\5\6", b"PK\6\7", 20
_ENTRY, _ENTRY_MARK = struct.Struct("<4s6H3L5H2L"), b"PK\1\2"
_FILE_MARK = b"PK\3\4"
_MOST = 2_000  # entries of such a list; a workbook has about 20
_ELSEWHERE = 0xFFFFFFFF  # in the place of a number that has no room
_NEWEST = 63  # the version of the format that the library knows


class PlainEntry(NamedTuple):
    """One part, with the names that the library has for what is known of it."""

    filename: str
    flag_bits: int
    compress_type: int
    CRC: int
    compress_size: int
    file_size: int
    header_offset: int


Entry = PlainEntry | zipfile.ZipInfo


class MoreThanListedError(zipfile.BadZipFile):
    """Files stand before the package or behind it that its list does not know."""


class _OddError(Exception):
    """Something in the list is for the library."""


def directory(content: bytes) -> list[Entry]:
    """The entries of a zip package.

    Raises:
        zipfile.BadZipFile: it is damaged; the library raises other types, too.
        MoreThanListedError: it has files that are not in its list.
    """
    try:
        return [*_plain(content)]
    except (_OddError, struct.error, UnicodeDecodeError):
        entries = zipfile.ZipFile(io.BytesIO(content)).infolist()
        _refuse_more(content, entries)
        return [*entries]


def _refuse_more(content: bytes, entries: Sequence[Entry]) -> None:
    """The library passes over what stands round a package: in an archive that was cut short, that is whole forms."""
    before = min((entry.header_offset for entry in entries), default=0)
    end = content.rfind(_END_MARK)
    (*_, comment) = _END.unpack_from(content, end)
    if content.find(_FILE_MARK, 0, before) >= 0 or content.find(_FILE_MARK, end + _END.size + comment) >= 0:
        raise MoreThanListedError("files that are not in its list")


class _Last(NamedTuple):
    content: bytes
    entries: tuple[PlainEntry, ...]


_last = _Last(b"", ())  # a package is first looked at and then read, so its list would be made twice


def _plain(content: bytes) -> tuple[PlainEntry, ...]:
    """The entries of a list of the plain kind."""
    global _last  # noqa: PLW0603  a function of the very bytes that it is kept with
    last = _last
    if last.content is not content:
        entries = tuple(_plain_entries(content))
        if entries and entries[0].header_offset:  # something may stand before the package
            raise _OddError
        last = _last = _Last(content, entries)
    return last.entries


def _plain_entries(content: bytes) -> Iterator[PlainEntry]:
    at, end, count = _place_of_list(content)
    for _ in range(count):
        (mark, _, needs, flags, kind, _, _, crc, packed, whole, name, extra, remark, disk, _, _, offset) = (
            _ENTRY.unpack_from(content, at)
        )
        filename = content[at + _ENTRY.size : at + _ENTRY.size + name].decode("ascii")
        is_plain = mark == _ENTRY_MARK and not (extra or disk or needs & 0xFF > _NEWEST or "\0" in filename)
        if not is_plain or _ELSEWHERE in (packed, whole, offset):
            raise _OddError
        at += _ENTRY.size + name + remark
        yield PlainEntry(filename, flags, kind, crc, packed, whole, offset)
    if at != end:
        raise _OddError


def _place_of_list(content: bytes) -> tuple[int, int, int]:
    """Where the list begins and ends, and how many entries it has."""
    end = len(content) - _END.size
    if end < 0:
        raise _OddError
    mark, *disks, here, count, size, begin, comment = _END.unpack_from(content, end)
    is_far = content[max(end - _FAR_END, 0) : end].startswith(_FAR_END_MARK)
    if mark != _END_MARK or any(disks) or comment or is_far or not here == count <= _MOST or begin + size != end:
        raise _OddError
    return begin, end, count
