"""How the sheets with questions are printed: the scale, and before which rows a page ends. Pure arithmetic.

Excel ignores breaks on a sheet that is fitted to a page's width, so the scale is computed here instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from impact_xl.xlsx import theme

MARGINS = {"left": 0.35, "right": 0.35, "top": 0.45, "bottom": 0.6}  # inches
_A4_WIDTH, _A4_HEIGHT = 8.27, 11.69  # inches
_POINTS_PER_INCH = 72
_WIDTH = (_A4_WIDTH - MARGINS["left"] - MARGINS["right"]) * _POINTS_PER_INCH
_HEIGHT = (_A4_HEIGHT - MARGINS["top"] - MARGINS["bottom"]) * _POINTS_PER_INCH
_SURE = 0.98  # programs and printers differ by a hair: a column that does not fit would print on pages of its own
# A digit of Arial 10 in points. Excel rounds it to whole pixels of the screen, up at some zooms; LibreOffice does not.
_DIGIT, _PADDING = 5.562, theme.CELL_PADDING_PIXELS * theme.POINTS_PER_PIXEL
_SMALLER = 0.92  # a scale this much smaller is worth a page less
_LEAST_SCALE = 40  # per cent; what is printed smaller nobody reads


class Pages(NamedTuple):
    """A scale in per cent, and the 0-based rows that begin a page of their own."""

    scale: int
    breaks: tuple[int, ...]


def of_blocks(
    widths: Sequence[float], heights: Sequence[float], blocks: Sequence[int], repeated: float, page_header: float = 0
) -> Pages:
    """Pages that cut no block in two, as long as a page can hold the tallest of them; as few and as large as may be.

    Args:
        widths: of the columns, in digits.
        heights: of the rows, in points.
        blocks: the row with which each block begins, in order; what stands above the first stays in front of it.
        repeated: the height of the rows that are printed again on every page, in points.
        page_header: what the header of a page takes from it, in inches.
    """
    high = _HEIGHT - page_header * _POINTS_PER_INCH
    tallest = max(sum(heights[begin:end]) for begin, end in _spans(blocks, heights)) + repeated
    wide = 100 * _SURE * _WIDTH / sum(width * _DIGIT + _PADDING for width in widths)
    whole = min(wide, 100 * _SURE * high / tallest)
    most = int(whole if whole >= _LEAST_SCALE else wide)  # what no page can hold is cut where the page ends
    scales = range(most, int(most * _SMALLER), -1)
    pages = [Pages(scale, _breaks(heights, blocks, repeated, 100 * _SURE * high / scale)) for scale in scales]
    return min(pages, key=lambda each: len(each.breaks))


def _spans(blocks: Sequence[int], heights: Sequence[float]) -> list[tuple[int, int]]:
    return list(zip(blocks, [*blocks[1:], len(heights)], strict=True))


def _breaks(heights: Sequence[float], blocks: Sequence[int], repeated: float, room: float) -> tuple[int, ...]:
    """The blocks that begin a page where each page takes as many of them as it has room for, in points."""
    breaks, used = list[int](), sum(heights[: blocks[0]])
    for begin, end in _spans(blocks, heights):
        height = sum(heights[begin:end])
        if used + height > room and used > repeated:
            breaks.append(begin)
            used = repeated
        used += height
    return tuple(breaks)
