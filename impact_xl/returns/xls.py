"""What python-calamine does not say of an .xls workbook: cells with errors, merged cells, and when it was saved."""

from __future__ import annotations

import io
import struct
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from impact_xl.returns.parts import Range

# Record types and error codes of [MS-XLS] 2.3 and 2.5.10.
_BOF, _BOUNDSHEET, _BOOLERR, _FORMULA, _MERGED = 0x0809, 0x0085, 0x0205, 0x0006, 0x00E5
_ERRORS = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A"}
_RECORD, _CELL = struct.Struct("<HH"), struct.Struct("<HH")
_RANGE = struct.Struct("<HHHH")  # first row, last row, first column, last column


@dataclass
class Sheet:
    """What one sheet holds beside its values."""

    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    merged: list[Range] = field(default_factory=list)


def look(content: bytes) -> tuple[dict[str, Sheet], datetime | None]:
    """The sheets by name, and the date of the last save in UTC; nothing where they cannot be told."""
    import olefile  # lazy: only old workbooks need it

    try:
        with olefile.OleFileIO(io.BytesIO(content)) as ole:
            name = next((each for each in ("Workbook", "Book") if ole.exists(each)), "")
            stream = ole.openstream(name).read() if name else b""
            saved: Any = ole.get_metadata().last_saved_time
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001  olefile raises many unrelated types, and the other reader has had its say
        return {}, None
    return _sheets(stream), saved.replace(tzinfo=UTC) if isinstance(saved, datetime) and saved.year > 1900 else None


def _sheets(stream: bytes) -> dict[str, Sheet]:
    sheets: dict[int, Sheet] = defaultdict(Sheet)
    names: dict[int, str] = {}
    at, sheet = 0, 0
    while at + _RECORD.size <= len(stream):
        kind, size = _RECORD.unpack_from(stream, at)
        data = stream[at + _RECORD.size : at + _RECORD.size + size]
        if kind == _BOF:
            sheet = at
        elif kind == _BOUNDSHEET and size > 8:
            names[int.from_bytes(data[:4], "little")] = _name(data)
        elif kind == _BOOLERR and size == 8 and data[7]:
            sheets[sheet].errors[_CELL.unpack_from(data)] = _ERRORS.get(data[6], "an error")
        elif kind == _FORMULA and size >= 14 and data[12:14] == b"\xff\xff" and data[6] == 2:
            sheets[sheet].errors[_CELL.unpack_from(data)] = _ERRORS.get(data[8], "an error")
        elif kind == _MERGED:
            whole = data[2 : len(data) - (len(data) - 2) % _RANGE.size]
            ranges = _RANGE.iter_unpack(whole)
            sheets[sheet].merged += [(top, left, bottom, right) for top, bottom, left, right in ranges]
        at += _RECORD.size + size
    return {names[place]: held for place, held in sheets.items() if place in names}


def _name(data: bytes) -> str:
    length, wide = data[6], data[7] & 1
    return data[8 : 8 + length * (1 + wide)].decode("utf-16-le" if wide else "latin-1", "replace")
