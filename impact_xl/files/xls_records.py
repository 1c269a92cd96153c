"""The records of an .xls workbook's stream, and the texts in them ([MS-XLS] 2.1.4 and 2.5)."""

from __future__ import annotations

import struct
from collections.abc import Collection, Iterator

RECORD, SHORTS = struct.Struct("<HH"), struct.Struct("<H")
BOF, EOF, CONTINUE = 0x0809, 0x000A, 0x003C
GLOBALS = 0  # the place of the part that speaks of the workbook as a whole


def records(stream: bytes) -> Iterator[tuple[int, int, bytes]]:
    """The place, type and data of each record."""
    at = 0
    while at + RECORD.size <= len(stream):
        kind, size = RECORD.unpack_from(stream, at)
        yield at, kind, stream[at + RECORD.size : at + RECORD.size + size]
        at += RECORD.size + size


def records_of_sheets(stream: bytes, sheets: Collection[int]) -> Iterator[tuple[int, int, bytes]]:
    """The sheet, type and data of each record that belongs to a sheet itself, and not to a chart on it.

    Args:
        stream: the workbook.
        sheets: the places where sheets begin.
    """
    inside: list[int] = []
    for at, kind, data in records(stream):
        if kind == BOF:
            inside = [at] if at in sheets or not inside else [*inside, at]
        elif kind == EOF:
            inside = inside[:-1]
        elif len(inside) == 1:
            yield inside[0], kind, data


def short(data: bytes, at: int) -> int:
    """The number in two bytes; 0 where the record ends before."""
    return int.from_bytes(data[at : at + 2], "little")


def text_of(data: bytes, at: int, length: int, *, wide: bool) -> str:
    """So many characters, of two bytes or of one."""
    return data[at : at + length * (1 + wide)].decode("utf-16-le" if wide else "latin-1", "replace")


class Strings:
    """The shared strings, read through records that go on in others."""

    def __init__(self, blocks: list[bytes]) -> None:
        self._blocks = blocks
        self._block, self._at = 0, 8  # the table begins with two counts

    def rich(self) -> dict[int, tuple[str, list[tuple[int, int]]]]:
        """The strings that have runs, by their numbers: the text, and where each run begins and its font's number."""
        most = int.from_bytes(self._blocks[0][4:8], "little") if self._blocks else 0
        found, number = {}, 0
        while number < most and self._has_more():
            head = self._take(3)
            length, flags = short(head, 0), head[2] if len(head) > 2 else 0
            runs = short(self._take(2), 0) if flags & 8 else 0
            extension = int.from_bytes(self._take(4), "little") if flags & 4 else 0
            text = self._text(length, wide=bool(flags & 1))
            begins = self._take(4 * runs)
            self._take(extension)
            if len(begins) >= RECORD.size:
                found[number] = (text, [RECORD.unpack_from(begins, at) for at in range(0, len(begins) - 3, 4)])
            number += 1
        return found

    def _has_more(self) -> bool:
        while self._block < len(self._blocks) and self._at >= len(self._blocks[self._block]):
            self._block, self._at = self._block + 1, 0
        return self._block < len(self._blocks)

    def _take(self, size: int) -> bytes:
        pieces = []
        while size > 0 and self._has_more():
            piece = self._blocks[self._block][self._at : self._at + size]
            self._at += len(piece)
            size -= len(piece)
            pieces.append(piece)
        return b"".join(pieces)

    def _text(self, length: int, *, wide: bool) -> str:
        text = ""
        while len(text) < length:
            if self._block < len(self._blocks) and self._at >= len(self._blocks[self._block]):
                if not self._has_more():
                    break
                wide = bool(self._take(1)[0] & 1)  # where a text goes on, its width is said anew
                continue
            if not self._has_more():
                break
            block = self._blocks[self._block]
            fits = min(length - len(text), (len(block) - self._at) // (1 + wide))
            if not fits:
                self._at = len(block)
                continue
            text += text_of(block, self._at, fits, wide=wide)
            self._at += fits * (1 + wide)
        return text
