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
_SURE = 0.97  # programs and printers differ by a hair: a column that does not fit would print on pages of its own
LEAST_SCALE = 40  # per cent; what is printed smaller nobody reads


class Pages(NamedTuple):
    """A scale in per cent, and the 0-based rows that begin a page of their own."""

    scale: int
    breaks: tuple[int, ...]


def of_blocks(widths: Sequence[float], heights: Sequence[float], blocks: Sequence[int], repeated: float) -> Pages:
    """Pages that cut no block in two, as long as a page can hold the tallest of them.

    Args:
        widths: of the columns, in digits.
        heights: of the rows, in points.
        blocks: the row with which each block begins, in order; what stands above the first stays in front of it.
        repeated: the height of the rows that are printed again on every page, in points.
    """
    ends = [*blocks[1:], len(heights)]
    tall = [sum(heights[begin:end]) for begin, end in zip(blocks, ends, strict=True)]
    wide = sum(map(theme.column_pixels, widths)) * theme.POINTS_PER_PIXEL
    scale = 100 * _SURE * min(_WIDTH / wide, _HEIGHT / (max(tall) + repeated))
    if scale < LEAST_SCALE:  # no page can hold it: then it is cut where the page ends
        scale = 100 * _SURE * _WIDTH / wide
    room = _HEIGHT * _SURE / int(scale) * 100
    breaks, used = list[int](), sum(heights[: blocks[0]])
    for begin, height in zip(blocks, tall, strict=True):
        if used + height > room and used > repeated:
            breaks.append(begin)
            used = repeated
        used += height
    return Pages(int(scale), tuple(breaks))
