"""A seal on what this program wrote, so that whatever is typed over it later is noticed when the workbook is read back.

For each column of a sheet's table, and for all other texts of that sheet together, a seal holds a few digits that hang
on the texts and not on their order: sorting, filtering, moving and saving by another program leave it whole. Formulas
and what people are meant to type into are not part of it. Seals stand among the document's own properties.
"""

from __future__ import annotations

import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from impact_xl.xlsx.cell_values import cell_text
from impact_xl.xlsx.workbook_writer import MOST_PROPERTY

BESIDE = "*"  # the name under which the texts outside a sheet's table are summed
_FORM = "1"  # what a seal is changes with this number; an older one says nothing
_PROPERTY = "Seal of "


@dataclass
class SheetChecksums:
    """One sheet's seal: how many rows its table has, and digits for each of its columns."""

    rows: int = 0
    sums: Counter[str] = field(default_factory=Counter)

    def add(self, column: str, values: Iterable[Any], times: int = 1) -> None:
        """Take in what stands in a column, each so many times; nothing counts as nothing."""
        self.sums[column] += times * sum(map(_digits, values))

    def __str__(self) -> str:
        columns = (f"{name}={total % _MOST:06x}" for name, total in self.sums.items())
        return ";".join((_FORM, str(self.rows), *columns))

    def broken(self, written: SheetChecksums) -> list[str]:
        """The columns that do not say any more what was written, or say something where nothing was."""
        return [name for name in {**written.sums, **self.sums} if (written.sums[name] - self.sums[name]) % _MOST]


_MOST = 1 << 24


@lru_cache(maxsize=65_536)  # the same few texts stand in every row of a table
def _digits(value: Any) -> int:
    text = cell_text(value)
    return zlib.crc32(text.encode("utf-8", "replace")) if text else 0


def parse(text: str) -> SheetChecksums | None:
    """The seal that a property holds; None where it is none of this kind."""
    form, *rest = text.split(";")
    if form != _FORM or not rest or not rest[0].isdecimal():
        return None
    try:
        sums = Counter({name: int(total, 16) for name, _, total in (part.rpartition("=") for part in rest[1:])})
    except ValueError:
        return None
    return SheetChecksums(int(rest[0]), sums)


class ColumnChecksums:
    """The seals of a workbook that is being written."""

    def __init__(self) -> None:
        self._of: defaultdict[str, SheetChecksums] = defaultdict(SheetChecksums)

    def __getitem__(self, sheet: str) -> SheetChecksums:
        return self._of[sheet]

    def properties(self) -> Mapping[str, str]:
        """The document's properties that hold the seals; one that is too long for a property is left out."""
        held = {f"{_PROPERTY}{sheet}": str(seal) for sheet, seal in self._of.items()}
        return {name: text for name, text in held.items() if len(text) <= MOST_PROPERTY}


def seals_in(properties: Mapping[str, str]) -> dict[str, SheetChecksums]:
    """The seals that a workbook's properties hold, by sheet."""
    held = {name.removeprefix(_PROPERTY): parse(text) for name, text in properties.items() if _PROPERTY in name}
    return {sheet: seal for sheet, seal in held.items() if seal}
