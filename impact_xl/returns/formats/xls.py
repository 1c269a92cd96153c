"""What python-calamine does not say of an .xls workbook: errors, merged cells, looks, and when it was saved.

And what would cost it gigabytes, as it makes a dense grid of each sheet: cells far away are taken out before.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from impact_xl.files.xls_records import GLOBALS, RECORD, records, records_of_sheets, short
from impact_xl.returns.file_type import FileRejected
from impact_xl.returns.formats import with_calamine
from impact_xl.returns.formats.anchors import SheetSizes
from impact_xl.returns.formats.grid import FAR_CELL, MOST_COLS, MOST_ROWS, CellError, Content, Grid, Place, Range
from impact_xl.returns.formats.xls_additions import SheetAdditions
from impact_xl.returns.formats.xls_looks import SheetLooks, Styles, runs_of

# Record types and error codes of [MS-XLS] 2.3 and 2.5.10.
_BOUNDSHEET, _BOOLERR, _FORMULA, _MERGED = 0x0085, 0x0205, 0x0006, 0x00E5
_NUMBER, _RK, _RKS, _TEXT, _LABEL, _RICH = 0x0203, 0x027E, 0x00BD, 0x00FD, 0x0204, 0x00D6
_CELLS = frozenset({_BOOLERR, _FORMULA, _NUMBER, _RK, _RKS, _TEXT, _LABEL, _RICH})  # those that hold something
_NOTHING = 0x0FFF  # a record type that no reader knows, and so passes over
_ERRORS = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A"}
_BIFF8 = 0x0600
_FILE_PASS, _FIRST_RECORDS = 0x2F, 20  # a locked workbook says so right behind its first record, [MS-XLS] 2.4.117
_CELL = struct.Struct("<HH")
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
        seen = by_name.get(grid.name, Grid(grid.name, {}))
        grids.append(replace(seen, cells={**grid.cells, **seen.cells}))
    return replace(records, grids=tuple(grids))


def _near_and_records(content: bytes) -> tuple[bytes, Content]:
    """The workbook without cells far away; and what its records say: errors, merged cells, when it was saved.

    Where it cannot be looked into, the other reader says what is wrong with it.

    Raises:
        FileRejected: it is locked with a password.
    """
    import olefile  # lazy: only old workbooks need it

    out = io.BytesIO(content)
    near, found, is_locked = content, Content(()), False
    try:
        with olefile.OleFileIO(out, write_mode=True) as ole:
            name = next((each for each in ("Workbook", "Book") if ole.exists(each)), "")
            stream = ole.openstream(name).read() if name else b""
            saved: Any = ole.get_metadata().last_saved_time
            is_locked = any(kind == _FILE_PASS for _, kind, _ in islice(records(stream), _FIRST_RECORDS))
            found = Content(grids_of(stream))
            without = _without_far(stream)
            if without is not None:
                ole.write_stream(name, without)
                near, found = out.getvalue(), replace(found, extras=(FAR_CELL,))
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001  olefile raises many unrelated types
        return near, found
    if is_locked:  # the other reader takes it for no workbook at all
        raise FileRejected("file-password")
    is_date = isinstance(saved, datetime) and saved.year > 1900
    return near, replace(found, modified=saved.replace(tzinfo=UTC) if is_date else None)


def _without_far(stream: bytes) -> bytes | None:
    """The stream with the cells beyond a form turned into nothing; None where there are none."""
    near = bytearray(stream)
    far = False
    for at, kind, data in records(stream):
        if kind in _CELLS and len(data) >= _CELL.size:
            row, col = _CELL.unpack_from(data)
            if row >= MOST_ROWS or col >= MOST_COLS:
                RECORD.pack_into(near, at, _NOTHING, len(data))
                far = True
    return bytes(near) if far else None


@dataclass
class _Sheet:
    """What the records say of a sheet: its cells with errors alone, what is merged, how it looks, what lies on it."""

    name: str
    hidden: bool
    errors: dict[Place, CellError] = field(default_factory=dict)
    merged: list[Range] = field(default_factory=list)
    looks: SheetLooks = field(default_factory=SheetLooks)
    additions: SheetAdditions = field(default_factory=SheetAdditions)

    def take(self, kind: int, data: bytes) -> None:
        """Take a record."""
        if error := _error(kind, data):
            self.errors[_CELL.unpack_from(data)] = CellError(error)
        if kind == _MERGED:
            ranges = _RANGE.iter_unpack(data[2 : len(data) - (len(data) - 2) % _RANGE.size])
            self.merged += [(top, left, bottom, right) for top, bottom, left, right in ranges]
        else:
            self.looks.take(kind, data)
            self.additions.take(kind, data)


def grids_of(stream: bytes) -> tuple[Grid, ...]:
    """What the records say of each sheet."""
    sheets = {
        int.from_bytes(data[:4], "little"): _Sheet(_name(data), hidden=bool(data[4] & 3))
        for _, kind, data in records(stream)
        if kind == _BOUNDSHEET and len(data) > 8
    }
    styles = Styles()
    for sheet, kind, data in records_of_sheets(stream, sheets):
        if sheet in sheets:
            sheets[sheet].take(kind, data)
        elif sheet == GLOBALS and short(stream, RECORD.size) == _BIFF8:  # before 1997 styles were written otherwise
            styles.take(kind, data)
    looks, strings = styles.looks(), styles.runs()
    return tuple(
        Grid(
            sheet.name,
            sheet.errors,
            tuple(sheet.merged),
            sheet.looks.styles,
            looks,
            runs_of(sheet.looks, looks, strings),
            frozenset(sheet.looks.hidden_rows),
            frozenset(sheet.looks.hidden_columns),
            sheet.additions.additions(SheetSizes(sheet.looks.heights, sheet.looks.widths)),
            sheet.hidden,
        )
        for sheet in sheets.values()
    )


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
