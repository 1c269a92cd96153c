"""The look, once: colours, fonts, number formats, and how high a text stands in its cell.

Colours are the measured sequence of docs/accessibility: luminance falls strictly, so the levels stay
apart in grey print and for colour-blind readers, and a number or word always stands beside a colour.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache

FONT = "Arial"
# Arial 10 has digits 7 pixels wide, as Calibri 11 has, so column widths mean what they mean in Excel's own default.
DIGIT_PIXELS = 7
CELL_PADDING_PIXELS = 5
POINTS_PER_PIXEL = 0.75
MOST_ROW_POINTS = 409.0  # Excel's own limit on a row's height

TEXT = "#212B32"
QUIET = "#4C6272"  # 6.4:1 on white
FAINT_TEXT = "#5D6C77"  # as quiet as text may be on BAND
BLUE = "#005EB8"
DARK_BLUE = "#003087"
WHITE = "#FFFFFF"
BLACK = "#000000"  # always readable where white is not
LINE = "#AEB7BD"
FAINT_LINE = "#D8DDE0"
PALE = "#F0F4F5"
BAND = "#E8EDEE"
ENTRY = "#FFFBE8"  # where people type
TICKED = "#D6E8F7"  # a ticked row: blue, as green would say "good answer"
DONE_FILL, DONE_TEXT = "#DDE9F5", DARK_BLUE
TODO_FILL, TODO_TEXT = "#FFF3C4", TEXT
STOP_FILL, STOP_TEXT = "#F8CACA", "#7C2855"

READABLE = 4.5  # contrast that WCAG 2, level AA, asks of text of ordinary size

_SEQUENCE = ("#FFF3C4", "#A6D9C0", "#3FA9C9", "#005EB8", "#1B1F5E")


def level_fills(levels: int) -> list[str]:
    """A fill for each level: the measured five, or as many interpolated along them.

    Args:
        levels: how many levels the questionnaire has, 2 or more.
    """
    if levels == len(_SEQUENCE):
        return list(_SEQUENCE)
    steps = [position * (len(_SEQUENCE) - 1) / (levels - 1) for position in range(levels)]
    return [_between(step) for step in steps]


def _between(step: float) -> str:
    low = min(int(step), len(_SEQUENCE) - 2)
    share = step - low
    mixed = (
        round(a + (b - a) * share)
        for a, b in zip(_channels(_SEQUENCE[low]), _channels(_SEQUENCE[low + 1]), strict=True)
    )
    return "#" + "".join(f"{channel:02X}" for channel in mixed)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def luminance(colour: str) -> float:
    """Relative luminance, 0 (black) to 1 (white), as WCAG 2 defines it."""
    red, green, blue = (
        channel / 255 / 12.92 if channel / 255 <= 0.04045 else ((channel / 255 + 0.055) / 1.055) ** 2.4
        for channel in _channels(colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21, as WCAG 2 defines it."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def text_on(fill: str) -> str:
    """A text colour that is readable on a fill: dark or white, and black on a fill between the two."""
    return next((colour for colour in (TEXT, WHITE) if contrast(colour, fill) >= READABLE), BLACK)


# Advance widths of Arial in thousandths of an em, from the font's published metrics (the same as Helvetica's).
_ADVANCE: Mapping[str, int] = {
    **dict.fromkeys("ijl'‘’", 222),
    **dict.fromkeys(" !,./:;It[]\\fI|", 278),
    **dict.fromkeys("()-r`•·", 340),
    **dict.fromkeys('"*', 380),
    **dict.fromkeys("ckszvxyJ“”", 500),
    **dict.fromkeys("abdeghnopqu0123456789#$?_L–+<=>", 567),
    **dict.fromkeys("FTZ", 611),
    **dict.fromkeys("ABEKPSVXY&", 667),
    **dict.fromkeys("CDHNRUw", 722),
    **dict.fromkeys("GOQ", 778),
    **dict.fromkeys("mM", 833),
    **dict.fromkeys("%W@—…", 950),
}
_WIDEST = 1000  # letters of other scripts
_BOLD = 1.07  # Arial Bold runs about this much wider
_MARGIN = 1.04  # programs differ in hinting: a text that just fits in one may wrap in another


class _Widths(dict[str, int]):
    """Each letter's width in thousandths of an em; one that is not listed is as wide as those of its script."""

    def __missing__(self, character: str) -> int:
        self[character] = wide = 600 if ord(character) < 0x2000 else _WIDEST
        return wide


_WIDTHS = _Widths(_ADVANCE)


def text_pixels(text: str, size: float, *, bold: bool = False) -> float:
    """How wide a text stands on one line, in pixels at 96 dpi, for Arial of a size in points."""
    thousandths = sum(map(_WIDTHS.__getitem__, text))
    return thousandths / 1000 * size / POINTS_PER_PIXEL * (_BOLD if bold else 1) * _MARGIN


class _Words(dict[str, float]):
    """How wide each word stands with a space behind it, in letters of one size; most words come again and again."""

    def __init__(self, size: float, *, bold: bool) -> None:
        super().__init__()
        self._size, self._bold = size, bold
        self.space = text_pixels(" ", size, bold=bold)

    def __missing__(self, word: str) -> float:
        wide = text_pixels(word, self._size, bold=self._bold) + self.space
        if len(self) < _MOST_WORDS and len(word) < _LONG_WORD:
            self[word] = wide
        return wide


_MOST_WORDS, _LONG_WORD = 16_384, 40
_words = lru_cache(maxsize=16)(_Words)


def column_pixels(width: float) -> int:
    """A column's width in pixels, from Excel's width in digits."""
    return int(width * DIGIT_PIXELS + CELL_PADDING_PIXELS)


@lru_cache(maxsize=256)
def surely_fit(width: float, size: float) -> int:
    """How many characters stand on one line of a column whatever they are: enough for most cells to be told by it.

    Args:
        width: the column's width in digits.
        size: the font's size in points.
    """
    widest = _WIDEST / 1000 * size / POINTS_PER_PIXEL * _BOLD * _MARGIN
    return int((column_pixels(width) - CELL_PADDING_PIXELS) / widest)


def lines_of(text: str, width: float, size: float, *, bold: bool = False) -> int:
    """How many lines a text needs in a wrapped cell of a column width (in digits)."""
    room = column_pixels(width) - CELL_PADDING_PIXELS
    words = _words(size, bold=bold)
    width_of, space = words.__getitem__, words.space
    most = room + space
    lines = 0
    for paragraph in text.split("\n"):
        lines += 1
        used = 0.0
        for wide in map(width_of, paragraph.split(" ")):
            used += wide
            if used > most:
                lines += used > wide  # nothing stands before the first word
                used = wide
                if wide > most:  # a word longer than the line is broken
                    lines += math.ceil((wide - space) / room) - 1
                    used = (wide - space) % room + space
    return lines


def narrowest(text: str, lines: int, size: float, *, bold: bool = False) -> float:
    """How wide a text is at least that stands on so many lines, in pixels."""
    words = text.split()
    runs = {
        text_pixels(" ".join(words[first:last]), size, bold=bold)
        for first in range(len(words))
        for last in range(first + 1, len(words) + 1)
    }
    return next(wide for wide in sorted(runs) if len(wrapped(text, wide, size, bold=bold)) <= max(lines, 1))


def wrapped(text: str, pixels: float, size: float, *, bold: bool = False) -> list[str]:
    """A text in lines that are at most so wide, but for a word that is wider itself."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_pixels(longer, size, bold=bold) <= pixels:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def row_height(
    text: str, width: float, size: float, *, bold: bool = False, padding: float = 4, least: float = 0
) -> float:
    """The height in points that shows a wrapped text whole.

    Args:
        width: the column's width in digits.
        size: the font's size in points.
        padding: points above and below together.
        least: the height is never less than this many points.
    """
    height = lines_of(text, width, size, bold=bold) * line_height(size) + padding
    return min(MOST_ROW_POINTS, max(least, math.ceil(height * 4) / 4))


def long_text_height(text: str, width: float, size: float, *, bold: bool = False, padding: float = 4) -> float:
    """As `row_height`, but 0 for a text that surely stands on one line: for most it is enough to look at its length."""
    if len(text) <= surely_fit(width, size) and "\n" not in text:
        return 0
    return row_height(text, width, size, bold=bold, padding=padding)


def line_height(size: float) -> float:
    """The height of one line of Arial in points; 1.15 em is the font's own, the rest is what Excel rounds up."""
    return size * 1.15 + 0.85
