"""What stands in a cell of the workbooks we write, and the rows of long tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from dataclasses import dataclass
from datetime import date
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
