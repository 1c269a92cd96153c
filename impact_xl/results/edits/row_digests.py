"""Digests of the rows that this program wrote, so that it can be told row by row what was typed over them.

Each row has a few characters for all of it and one for each column that nobody is meant to type into. So a row is known
again wherever it was sorted to, and whichever others were deleted; in one that was changed the column is known.
They stand among the document's properties, as many rows in each as it has room for.
"""

from __future__ import annotations

import base64
import struct
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from impact_xl.xlsx.workbook_writer import MOST_PROPERTY

MOST_ROWS = 10_000  # of a sheet; a longer one has none, as that would be thousands of properties
_PROPERTY = "Rows of "
_WHOLE = 4  # characters for all of a row
_MOST_PAIRS = 1_000_000  # changed rows times rows that are missing, compared each with each
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_EMPTY = _LETTERS[0]


def digest(digits: Sequence[int]) -> str:
    """The digest of a row, from the digits of its cells; 0 is an empty one."""
    whole = zlib.crc32(struct.pack(f">{len(digits)}L", *digits)) & 0xFFFFFF
    cells = "".join(_LETTERS[each % 63 + 1] if each else _EMPTY for each in digits)
    return base64.b64encode(whole.to_bytes(3, "big")).decode() + cells


def properties(sheet: str, digests: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The document's properties that hold the digests of a sheet's rows."""
    each = MOST_PROPERTY // len(digests[0]) if digests else 0
    if not each or len(digests) > MOST_ROWS:  # one of so many columns has no room in a property
        return
    for number, first in enumerate(range(0, len(digests), each), 1):
        yield f"{_PROPERTY}{sheet} {number}", "".join(digests[first : first + each])


def read(properties: Mapping[str, str], sheet: str, columns: int) -> list[str]:
    """The digests that a workbook's properties hold for a sheet; none where there are none that fit."""
    size, number, digests = _WHOLE + columns, 1, list[str]()
    while text := properties.get(f"{_PROPERTY}{sheet} {number}"):
        if len(text) % size:
            return []
        digests += (text[at : at + size] for at in range(0, len(text), size))
        number += 1
    return digests


@dataclass
class RowChanges:
    """What became of the rows that were written; those that stand there now are named by their place among them."""

    changed: dict[int, tuple[int, ...]] = field(default_factory=dict)  # with the columns that changed, where known
    copied: list[int] = field(default_factory=list)  # once more what is there already
    added: list[int] = field(default_factory=list)  # like none that was written
    gone: int = 0


def compare(written: Sequence[str], now: Sequence[str]) -> RowChanges:
    """What became of the rows that were written."""
    changes, left = RowChanges(), Counter(written)
    unlike: list[int] = []
    for row, each in enumerate(now):
        if left[each]:
            left[each] -= 1
        elif each in left:
            changes.copied.append(row)
        else:
            unlike.append(row)
    missing = [*left.elements()]
    _pair(changes, now, _by_one_column(unlike, now, missing), missing)
    return changes


def _by_one_column(rows: Iterable[int], now: Sequence[str], missing: list[str]) -> Iterator[tuple[int, str]]:
    """Each changed row with the missing row that it was; most differ in one column, and are quickly found."""
    like: defaultdict[tuple[int, str], list[str]] = defaultdict(list)
    for each in dict.fromkeys(missing):
        for key in _without_one(each):
            like[key].append(each)
    left, others = Counter(missing), list[int]()
    for row in rows:
        found = next((each for key in _without_one(now[row]) for each in like.get(key, ()) if left[each]), "")
        if found:
            left[found] -= 1
            yield row, found
        else:
            others.append(row)
    rest = [*left.elements()]
    for row in others:
        likest = max(rest, key=lambda each: _likeness(each, now[row]), default="") if _few(others, rest) else ""
        if likest and 2 * _likeness(likest, now[row]) >= sum(cell != _EMPTY for cell in likest[_WHOLE:]):
            rest.remove(likest)
            yield row, likest
        else:
            yield row, ""


def _few(rows: Sequence[int], rest: Sequence[str]) -> bool:
    return len(rows) * len(rest) <= _MOST_PAIRS


def _without_one(each: str) -> Iterator[tuple[int, str]]:
    cells = each[_WHOLE:]
    return ((col, cells[:col] + cells[col + 1 :]) for col in range(len(cells)))


def _likeness(one: str, other: str) -> int:
    return sum(a == b != _EMPTY for a, b in zip(one[_WHOLE:], other[_WHOLE:], strict=True))


def _pair(changes: RowChanges, now: Sequence[str], pairs: Iterable[tuple[int, str]], missing: Sequence[str]) -> None:
    changes.gone = len(missing)
    for row, was in pairs:
        if not was:
            changes.added.append(row)
            continue
        cells = zip(was[_WHOLE:], now[row][_WHOLE:], strict=True)
        changes.changed[row] = tuple(col for col, (before, after) in enumerate(cells) if before != after)
        changes.gone -= 1
