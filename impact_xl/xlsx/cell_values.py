"""What stands in a cell of the workbooks we write and read back, and the rows of long tables."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, NamedTuple


class Formula(NamedTuple):
    """A live formula, without its `=`, and the value it has now; a tuple, as long tables look many of them up."""

    text: str
    value: str | int | float = ""


@dataclass(frozen=True, slots=True)
class Link:
    """A link to a place in this workbook, with the words that say where it leads."""

    place: str
    text: str


Cell = str | int | float | date | Formula | Link | None

WOULD_BE_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # how a text begins that editing would turn into a formula


class Rows(Sized, Iterable[Sequence[Cell]]):
    """The rows of a long table, each made when it is written."""

    def __init__(self, of: Sequence[Any], row: Callable[[Any], Sequence[Cell]]) -> None:
        """Rows to be made.

        Args:
            of: what the rows are about, one a row.
            row: makes the cells of one; no links, as these are kept elsewhere in a sheet.
        """
        self._of, self._row = of, row

    def __len__(self) -> int:
        return len(self._of)

    def __iter__(self) -> Iterator[Sequence[Cell]]:
        return map(self._row, self._of)


# -- read back ---------------------------------------------------------------------------------------


def cell_value(cell: Any) -> Any:
    """A stored value as it can be written again."""
    if isinstance(cell, str):
        return cell  # nearly all of them; the match is slow
    match cell:
        case bool():
            return str(cell).upper()
        case float() if cell.is_integer():
            return int(cell)
        case datetime():
            return cell.date() if cell.time() == time() else str(cell)
        case int() | float() | date():
            return cell
    return str(cell)


# Control characters, halves of surrogate pairs and the sign for what was unreadable: cells do not keep them.
_NOT_KEPT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffd]")


def cell_text(value: Any) -> str:
    """What a cell says, told alike before it is written and after it was read; how it is spaced does not matter."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else str(cell_value(value))
    line = text.replace("\n", " ")
    if line.isprintable() and "  " not in line and "\ufffd" not in line:  # nearly every text: the rest takes longer
        return line.strip()
    return " ".join(_NOT_KEPT.sub("", text).split())


def mark(value: Any) -> str:
    """Six digits that tell whether a text was edited."""
    return hashlib.sha256(cell_text(value).encode("utf-8", "replace")).digest()[:3].hex()
