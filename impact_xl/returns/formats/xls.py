"""What python-calamine does not say of an .xls workbook: cells with errors, merged cells, and when it was saved.

And what would cost it gigabytes, as it makes a dense grid of each sheet: cells far away are taken out before.
"""

from __future__ import annotations

import io
import struct
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from impact_xl.returns.formats.xlsx_checks import Range

# Record types and error codes of [MS-XLS] 2.3 and 2.5.10.
_BOF, _BOUNDSHEET, _BOOLERR, _FORMULA, _MERGED = 0x0809, 0x0085, 0x0205, 0x0006, 0x00E5
_NUMBER, _RK, _RKS, _TEXT, _LABEL, _RICH = 0x0203, 0x027E, 0x00BD, 0x00FD, 0x0204, 0x00D6
_CELLS = frozenset({_BOOLERR, _FORMULA, _NUMBER, _RK, _RKS, _TEXT, _LABEL, _RICH})  # those that hold something
_NOTHING = 0x0FFF  # a record type that no reader knows, and so passes over
_ERRORS = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A"}
_RECORD, _CELL = struct.Struct("<HH"), struct.Struct("<HH")
_RANGE = struct.Struct("<HHHH")  # first row, last row, first column, last column


@dataclass
class Sheet:
    """What one sheet holds beside its values."""

    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    merged: list[Range] = field(default_factory=list)


@dataclass
class Book:
    """What a workbook holds beside its values; `near` is its content without the cells that stand far away."""

    near: bytes
    sheets: dict[str, Sheet] = field(default_factory=dict)
    saved: datetime | None = None  # UTC
    far: bool = False


def inspect(content: bytes, rows: int, cols: int) -> Book:
    """Look through a workbook; nothing is said where it cannot be told.

    Args:
        content: the workbook.
        rows: how many rows a form may have; what stands below is far away.
        cols: the same for columns.
    """
    import olefile  # lazy: only old workbooks need it

    held = io.BytesIO(content)
    book = Book(content)
    try:
        with olefile.OleFileIO(held, write_mode=True) as ole:
            name = next((each for each in ("Workbook", "Book") if ole.exists(each)), "")
            stream = ole.openstream(name).read() if name else b""
            saved: Any = ole.get_metadata().last_saved_time
            book.sheets = _sheets(stream)
            near = _without_far(stream, rows, cols)
            if near is not None:
                ole.write_stream(name, near)
                book.near, book.far = held.getvalue(), True
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001  olefile raises many unrelated types; the other reader has its say
        return book
    book.saved = saved.replace(tzinfo=UTC) if isinstance(saved, datetime) and saved.year > 1900 else None
    return book


def _records(stream: bytes) -> Iterator[tuple[int, int, bytes]]:
    """The place, type and data of each record."""
    at = 0
    while at + _RECORD.size <= len(stream):
        kind, size = _RECORD.unpack_from(stream, at)
        yield at, kind, stream[at + _RECORD.size : at + _RECORD.size + size]
        at += _RECORD.size + size


def _without_far(stream: bytes, rows: int, cols: int) -> bytes | None:
    """The stream with the cells beyond a form turned into nothing; None where there are none."""
    near = bytearray(stream)
    far = False
    for at, kind, data in _records(stream):
        if kind in _CELLS and len(data) >= _CELL.size:
            row, col = _CELL.unpack_from(data)
            if row >= rows or col >= cols:
                _RECORD.pack_into(near, at, _NOTHING, len(data))
                far = True
    return bytes(near) if far else None


def _sheets(stream: bytes) -> dict[str, Sheet]:
    sheets: dict[int, Sheet] = defaultdict(Sheet)
    names: dict[int, str] = {}
    sheet = 0
    for at, kind, data in _records(stream):
        if kind == _BOF:
            sheet = at
        elif kind == _BOUNDSHEET and len(data) > 8:
            names[int.from_bytes(data[:4], "little")] = _name(data)
        elif kind == _BOOLERR and len(data) == 8 and data[7]:
            sheets[sheet].errors[_CELL.unpack_from(data)] = _ERRORS.get(data[6], "an error")
        elif kind == _FORMULA and len(data) >= 14 and data[12:14] == b"\xff\xff" and data[6] == 2:
            sheets[sheet].errors[_CELL.unpack_from(data)] = _ERRORS.get(data[8], "an error")
        elif kind == _MERGED:
            ranges = _RANGE.iter_unpack(data[2 : len(data) - (len(data) - 2) % _RANGE.size])
            sheets[sheet].merged += [(top, left, bottom, right) for top, bottom, left, right in ranges]
    return {names[place]: held for place, held in sheets.items() if place in names}


def _name(data: bytes) -> str:
    length, wide = data[6], data[7] & 1
    return data[8 : 8 + length * (1 + wide)].decode("utf-16-le" if wide else "latin-1", "replace")
