"""What every reader gives: the sheets of a workbook as grids of values, with absolute places."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from impact_xl.wording import quote, visible
from impact_xl.xlsx.a1 import a1, column_name

# No form leaves this box of rows and columns. What stands outside it is not read, and a finding says that it is there.
MOST_ROWS, MOST_COLS = 5_000, 200
FAR_CELL = "something in a cell far outside the form"
MOST_WORDS = 80  # letters of what an addition says, in a message
# A merge over more rows than a question has is a slip that says nothing about any one box.
_MOST_MERGED = 40

Place = tuple[int, int]  # row and column; 0-based
Range = tuple[int, int, int, int]  # first row and column, last row and column; 0-based


@dataclass(frozen=True, slots=True)
class CellError:
    """A cell that holds no plain value: an error such as `#REF!`, or a formula whose result was not stored."""

    text: str

    @property
    def is_formula(self) -> bool:
        """Whether it is a formula without its result."""
        return self.text.startswith("=")


Value = str | int | float | bool | datetime | CellError | Any  # dates and times come as the library has them
Cells = Mapping[Place, Value]


@dataclass(frozen=True, slots=True)
class Look:
    """How a cell or a run of its text looks, as far as looks can change what a person reads.

    Colours are six hexadecimal digits in capitals, as they are shown; empty where the program chooses them.
    """

    font: str = ""  # its name
    size: float = 0.0  # of its letters, in points; 0 where nothing says so
    bold: bool = False
    italic: bool = False
    underlined: bool = False
    struck: bool = False
    colour: str = ""  # of the letters
    fill: str = ""  # of the ground
    number_format: str = ""  # its code; empty for General
    frame: str = ""  # the colours of the lines at its left and right; `ACROSS` for a line through the cell


PLAIN, NO_STYLE = Look(), -1
ACROSS = "across"


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of a cell's text that has a look of its own."""

    text: str
    look: Look


class KnownStyles(dict[Place, int]):
    """The style numbers of a sheet's cells, which nobody changes: many copies have this very object."""

    __slots__ = ()


# What additions are, and what the text of a drawn tickbox or option button is.
COMMENT, TEXT_BOX, DRAWING, INK = "a comment", "a text box", "a drawing", "something drawn with a pen"
PICTURE, PICTURE_IN_HEADER, PICTURE_BEHIND = (
    "a picture",
    "a picture in the header or footer",
    "a picture behind the cells",
)
TICKBOX, OPTION, CONTROL = "a drawn tickbox", "a drawn option button", "a drawn button or list"
CHART, EMBEDDED = "a chart", "an embedded file"
TICKED, NOT_TICKED = "ticked", "not ticked"


@dataclass(frozen=True, slots=True)
class Addition:
    """Something that lies on a sheet beside its cells: a comment, a picture, a drawn tickbox."""

    what: str  # in words: “a comment”
    place: Place | None = None  # the cell that it belongs to or lies over; None where nothing says so
    text: str = ""  # what it says; of a tickbox “ticked” or “not ticked”

    def described(self, sheet: str = "") -> str:
        """It in words, with its cell and its first words: `a comment on B17 of “Start”: “Not us”`."""
        at = f" on {a1(*self.place)}" if self.place else ""
        of = f" of {quote(visible(sheet))}" if sheet else ""
        says = " ".join(visible(self.text).split())
        return f"{self.what}{at}{of}{says and ': ' + quote(says, MOST_WORDS)}"


@dataclass(frozen=True)
class Grid:
    """One sheet: its cells that hold anything, the ranges that are merged, and how all of it looks.

    `styles` says for each cell that has a style, filled or empty, which of `looks` is its look; a cell without one
    looks like `Look()`. Two cells of one file with the same number look alike, so looks seldom have to be compared.
    """

    name: str
    cells: Cells
    merged: tuple[Range, ...] = ()
    styles: Mapping[Place, int] = field(default_factory=dict)
    looks: Sequence[Look] = ()
    runs: Mapping[Place, tuple[Run, ...]] = field(default_factory=dict)  # of cells whose text has more than one look
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    additions: tuple[Addition, ...] = ()
    hidden: bool = False  # whether nobody sees the sheet

    def look(self, place: Place) -> Look:
        """How a cell looks."""
        style = self.styles.get(place, NO_STYLE)
        return self.looks[style] if 0 <= style < len(self.looks) else PLAIN


@dataclass(frozen=True)
class Content:
    """What was read from a workbook; `exhaustive` where that is all there is, so that no other reader can find more."""

    grids: tuple[Grid, ...]
    modified: datetime | None = None  # UTC; the workbook's own property
    extras: tuple[str, ...] = ()  # what it holds that no form does, in words
    reference: str = ""  # what the document's own properties say that it is
    exhaustive: bool = False


def is_covered(place: Place, ranges: Iterable[Range]) -> bool:
    """Whether a cell is under another one that it is merged with; merges that are a slip cover nothing."""
    row, col = place
    return any(
        top <= row <= bottom < top + _MOST_MERGED and left <= col <= right and place != (top, left)
        for top, left, bottom, right in ranges
    )


def merged_rows(ranges: Iterable[Range], column: int) -> dict[int, str]:
    """For each row whose cell in a column is merged with cells of other rows, the range, as people see it."""
    rows: dict[int, str] = {}
    for top, left, bottom, right in ranges:
        if left <= column <= right and top < bottom < top + _MOST_MERGED:
            name = f"{column_name(left)}{top + 1}:{column_name(right)}{bottom + 1}"
            rows.update(dict.fromkeys(range(top, bottom + 1), name))
    return rows
