"""Checksums of what this program wrote, so that whatever is typed over it later is noticed when it is read back.

Each column of a sheet's table has one, and all other texts of that sheet have one together: a few digits that depend
on the texts and not on their order, so that sorting, filtering, moving and saving by another program do not change
them. Formulas and what people are meant to type into do not enter them. They stand among the document's properties.
"""

from __future__ import annotations

import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from impact_xl.results.edits import row_digests
from impact_xl.xlsx.cell_values import cell_text
from impact_xl.xlsx.workbook_writer import MOST_PROPERTY

OUTSIDE_TABLE = "*"  # the name of the checksum of all texts that stand in no table
_VERSION = "1"  # changes with how checksums are made; those of another version say nothing
_PROPERTY = "Seal of "
_GOES_ON = "+"  # behind the name of a property in which another goes on


@dataclass
class SheetChecksums:
    """One sheet's checksums: how many rows its table has, digits for each of its columns, and each row's digest."""

    rows: int = 0
    sums: Counter[str] = field(default_factory=Counter)
    digests: list[str] = field(default_factory=list)  # none of a sheet with too many rows, or read from version 0.1

    def add(self, column: str, values: Iterable[Any], times: int = 1) -> None:
        """Take in what stands in a column, each so many times; nothing counts as nothing."""
        self.sums[column] += times * sum(map(_digits, values))

    @property
    def has_digests(self) -> bool:
        """Whether each row has a digest: not where rows are many."""
        return max(self.rows, len(self.digests)) <= row_digests.MOST_ROWS

    def add_row(self, values: Iterable[Any]) -> None:
        """Take in what a row holds in the columns that have checksums, in their order; where rows are many, nothing."""
        if self.has_digests:
            self.digests.append(row_digests.digest([*map(_digits, values)]))

    @property
    def columns(self) -> list[str]:
        """The headers of the columns that have checksums."""
        return [name for name in self.sums if name != OUTSIDE_TABLE]

    def __str__(self) -> str:
        columns = (f"{_escaped(name)}={total % MODULUS:06x}" for name, total in self.sums.items())
        return ";".join((_VERSION, str(self.rows), *columns))

    def changed_since(self, written: SheetChecksums) -> list[str]:
        """The columns that do not say any more what was written, or say something where nothing was."""
        return [name for name in {**written.sums, **self.sums} if (written.sums[name] - self.sums[name]) % MODULUS]


MODULUS = 1 << 24


def _escaped(name: str) -> str:
    """A header without the sign that parts the columns; people's own may hold it."""
    return name.replace("%", "%25").replace(";", "%3B")


def _unescaped(name: str) -> str:
    return name.replace("%3B", ";").replace("%25", "%")


@lru_cache(maxsize=65_536)  # the same few texts stand in every row of a table
def _digits(value: Any) -> int:
    text = cell_text(value)
    return zlib.crc32(text.encode("utf-8", "replace")) if text else 0


def parse(text: str) -> SheetChecksums | None:
    """The checksums that a property holds; None where they are none of this version."""
    version, *rest = text.split(";")
    if version != _VERSION or not rest or not rest[0].isdecimal():
        return None
    try:
        parts = (part.rpartition("=") for part in rest[1:])
        sums = Counter({_unescaped(name): int(total, 16) for name, _, total in parts})
    except ValueError:
        return None
    return SheetChecksums(int(rest[0]), sums)


class ColumnChecksums:
    """The checksums of a workbook that is being written, by sheet."""

    def __init__(self) -> None:
        self._of: defaultdict[str, SheetChecksums] = defaultdict(SheetChecksums)

    def __getitem__(self, sheet: str) -> SheetChecksums:
        return self._of[sheet]

    def properties(self) -> Mapping[str, str]:
        """The document's properties that hold them; what is too long for one goes on in the next."""
        kept = {}
        for sheet, checksums in self._of.items():
            text = str(checksums)
            for number, first in enumerate(range(0, len(text), MOST_PROPERTY)):
                kept[f"{_PROPERTY}{sheet}{_GOES_ON * number}"] = text[first : first + MOST_PROPERTY]
            kept |= row_digests.properties(sheet, checksums.digests)
        return kept


def _whole(name: str, texts: Mapping[str, str]) -> str:
    """The text of a property with those in which it goes on."""
    number, text = 1, texts[name]
    while more := texts.get(f"{name}{_GOES_ON * number}"):
        number, text = number + 1, text + more
    return text


def read(properties: Mapping[str, str]) -> dict[str, SheetChecksums]:
    """The checksums that a workbook's properties hold, by sheet."""
    texts = {name.removeprefix(_PROPERTY): text for name, text in properties.items() if _PROPERTY in name}
    by_sheet = {name: parse(_whole(name, texts)) for name in texts if not name.endswith(_GOES_ON)}
    found = {sheet: checksums for sheet, checksums in by_sheet.items() if checksums}
    for sheet, checksums in found.items():
        digests = row_digests.read(properties, sheet, len(checksums.columns))
        checksums.digests = digests if len(digests) == checksums.rows else []
    return found
