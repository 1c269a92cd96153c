"""What python-calamine does not say of an .xls workbook: cells with errors, merged cells, and when it was saved.

And what would cost it gigabytes, as it makes a dense grid of each sheet: cells far away are taken out before.
"""

from __future__ import annotations

import io
import struct
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from impact_xl.returns.file_type import FileRejected
from impact_xl.returns.formats import with_calamine
from impact_xl.returns.formats.grid import FAR_CELL, MOST_COLS, MOST_ROWS, CellError, Content, Grid, Place, Range

# Record types and error codes of [MS-XLS] 2.3 and 2.5.10.
_BOF, _BOUNDSHEET, _BOOLERR, _FORMULA, _MERGED = 0x0809, 0x0085, 0x0205, 0x0006, 0x00E5
_NUMBER, _RK, _RKS, _TEXT, _LABEL, _RICH = 0x0203, 0x027E, 0x00BD, 0x00FD, 0x0204, 0x00D6
_CELLS = frozenset({_BOOLERR, _FORMULA, _NUMBER, _RK, _RKS, _TEXT, _LABEL, _RICH})  # those that hold something
_NOTHING = 0x0FFF  # a record type that no reader knows, and so passes over
_ERRORS = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A"}
_FILE_PASS, _FIRST_RECORDS = 0x2F, 20  # a locked workbook says so right behind its first record, [MS-XLS] 2.4.117
_RECORD, _CELL = struct.Struct("<HH"), struct.Struct("<HH")
_RANGE = struct.Struct("<HHHH")  # first row, last row, first column, last column


def read(content: bytes) -> Content:
    """Read a workbook with python-calamine, and what it keeps to itself from the records.

    Raises:
        FileRejected: the workbook is damaged, or locked with a password.
    """
    near, records = _near_and_records(content)
    by_name = {grid.name: grid for grid in records.grids}
    grids = []
    for grid in with_calamine.grids(near):
        errors = by_name.get(grid.name, Grid(grid.name, {}))
        grids.append(Grid(grid.name, {**grid.cells, **errors.cells}, errors.merged))
    return replace(records, grids=tuple(grids))


def _near_and_records(content: bytes) -> tuple[bytes, Content]:
    """The workbook without cells far away; and what its records say: errors, merged cells, when it was saved.

    Where it cannot be looked into, the other reader says what is wrong with it.

    Raises:
        FileRejected: it is locked with a password.
    """
    import olefile  # lazy: only old workbooks need it

    out = io.BytesIO(content)
    near, records, is_locked = content, Content(()), False
    try:
        with olefile.OleFileIO(out, write_mode=True) as ole:
            name = next((each for each in ("Workbook", "Book") if ole.exists(each)), "")
            stream = ole.openstream(name).read() if name else b""
            saved: Any = ole.get_metadata().last_saved_time
            is_locked = any(kind == _FILE_PASS for _, kind, _ in islice(_records(stream), _FIRST_RECORDS))
            records = Content(_grids(stream))
            without = _without_far(stream)
            if without is not None:
                ole.write_stream(name, without)
                near, records = out.getvalue(), replace(records, extras=(FAR_CELL,))
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001  olefile raises many unrelated types
        return near, records
    if is_locked:  # the other reader takes it for no workbook at all
        raise FileRejected("file-password")
    is_date = isinstance(saved, datetime) and saved.year > 1900
    return near, replace(records, modified=saved.replace(tzinfo=UTC) if is_date else None)


def _records(stream: bytes) -> Iterator[tuple[int, int, bytes]]:
    """The place, type and data of each record."""
    at = 0
    while at + _RECORD.size <= len(stream):
        kind, size = _RECORD.unpack_from(stream, at)
        yield at, kind, stream[at + _RECORD.size : at + _RECORD.size + size]
        at += _RECORD.size + size


def _without_far(stream: bytes) -> bytes | None:
    """The stream with the cells beyond a form turned into nothing; None where there are none."""
    near = bytearray(stream)
    far = False
    for at, kind, data in _records(stream):
        if kind in _CELLS and len(data) >= _CELL.size:
            row, col = _CELL.unpack_from(data)
            if row >= MOST_ROWS or col >= MOST_COLS:
                _RECORD.pack_into(near, at, _NOTHING, len(data))
                far = True
    return bytes(near) if far else None


def _grids(stream: bytes) -> tuple[Grid, ...]:
    """What the records say of each sheet: its cells with errors alone, and what is merged."""
    names: dict[int, str] = {}
    errors: dict[int, dict[Place, CellError]] = defaultdict(dict)
    merged: dict[int, list[Range]] = defaultdict(list)
    sheet = 0
    for at, kind, data in _records(stream):
        if kind == _BOF:
            sheet = at
        elif kind == _BOUNDSHEET and len(data) > 8:
            names[int.from_bytes(data[:4], "little")] = _name(data)
        elif error := _error(kind, data):
            errors[sheet][_CELL.unpack_from(data)] = CellError(error)
        elif kind == _MERGED:
            ranges = _RANGE.iter_unpack(data[2 : len(data) - (len(data) - 2) % _RANGE.size])
            merged[sheet] += [(top, left, bottom, right) for top, bottom, left, right in ranges]
    return tuple(Grid(name, errors[sheet], tuple(merged[sheet])) for sheet, name in names.items())


def _error(kind: int, data: bytes) -> str:
    """The error that a record puts into its cell; empty for all others."""
    if kind == _BOOLERR and len(data) == 8 and data[7]:
        return _ERRORS.get(data[6], "an error")
    if kind == _FORMULA and len(data) >= 14 and data[12:14] == b"\xff\xff" and data[6] == 2:
        return _ERRORS.get(data[8], "an error")
    return ""


def _name(data: bytes) -> str:
    length, wide = data[6], data[7] & 1
    return data[8 : 8 + length * (1 + wide)].decode("utf-16-le" if wide else "latin-1", "replace")
