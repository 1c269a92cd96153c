"""Which cell something lies over that is fastened to a sheet by the corners of its frame."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from impact_xl.returns.formats.grid import Place

# Points: in a row lower than that, or a column as narrow, nobody can read anything. The form's lowest rows have 9.
LOWEST, NARROWEST = 6.0, 2.0
_MOST_PASSED = 5_000  # rows or columns; no form has as many


@dataclass(frozen=True, slots=True)
class Anchor:
    """A frame: the cells (row and column, 0-based) of its first and last corner; offsets in points."""

    first: Place
    last: Place
    first_offset: tuple[float, float] = (0.0, 0.0)  # down, and to the right
    last_offset: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True, slots=True)
class SheetSizes:
    """How high the rows of a sheet are and how wide its columns, in points."""

    heights: Mapping[int, float] = field(default_factory=dict)
    widths: Mapping[int, float] = field(default_factory=dict)
    usual_height: float = 15.0
    usual_width: float = 48.0

    def height(self, row: int) -> float:
        """How high a row is."""
        return self.heights.get(row, self.usual_height)

    def width(self, col: int) -> float:
        """How wide a column is."""
        return self.widths.get(col, self.usual_width)

    def place(self, anchor: Anchor) -> Place:
        """The cell under the middle of a frame."""
        down, across = zip(anchor.first, anchor.last, anchor.first_offset, anchor.last_offset, strict=True)
        return _middle(*down, self.height), _middle(*across, self.width)


def _middle(first: int, last: int, offset: float, last_offset: float, size: Callable[[int], float]) -> int:
    if last - first > _MOST_PASSED:
        return (first + last) // 2
    rest = (offset + sum(map(size, range(first, last))) + last_offset) / 2
    for at in range(first, first + _MOST_PASSED):
        rest -= size(at)
        if rest < 0:
            return at
    return first
