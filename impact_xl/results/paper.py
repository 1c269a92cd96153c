"""How a table fits on A4: upright or across, on as few pages as stay legible."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from impact_xl.results.sheet_writer import Column
from impact_xl.xlsx import theme

# Of A4 between the margins of `write_title`, upright and across: its width in pixels, its height in points.
_UPRIGHT, _ACROSS = (726, 770), (1054, 523)
_WIDER = 1.06  # LibreOffice's columns are so much wider than Excel's
LEAST_SCALE, LEGIBLE = 0.59, 0.8  # smaller, a text of ten points is hard to read on paper; larger, it is easy
_MOST_ROWS = 400  # more fill so many pages that one fewer is no gain, and measuring them takes time
_REPEATED = 60  # points, of the header on every further page


def fit(sheet: Any, columns: Sequence[Column], heights: Iterable[float], head: float = 110) -> None:
    """Print a table in its whole width, on as few A4 pages as stay legible.

    Args:
        sheet: the sheet.
        columns: the columns that are printed.
        heights: how high each row is, in points.
        head: the height of everything above the first row, in points.
    """
    fit_width(sheet, sum(theme.column_pixels(column.width) for column in columns), heights, head)


def fit_width(sheet: Any, width: float, heights: Iterable[float], head: float) -> None:
    """The same of anything that is so many pixels wide."""
    rows = [*islice(heights, _MOST_ROWS + 1)]
    scales = [min(1.0, across / (width * _WIDER)) for across, _ in (_UPRIGHT, _ACROSS)]
    upright, across = (
        _pages(rows, head, down / min(scale, LEAST_SCALE))
        for scale, (_, down) in zip(scales, (_UPRIGHT, _ACROSS), strict=True)
    )
    is_upright = scales[0] >= LEAST_SCALE and upright < across + (scales[0] > LEGIBLE)
    if is_upright:
        sheet.set_portrait()
    else:
        sheet.set_landscape()
    pages = upright if is_upright else across
    sheet.fit_to_pages(1, 0 if len(rows) > _MOST_ROWS or max(scales) < LEAST_SCALE else pages)


def _pages(heights: Sequence[float], head: float, room: float) -> int:
    """How many pages rows need of which each has so much room, in points."""
    pages, used = 1, head
    for height in heights:
        if used + height > room:
            pages, used = pages + 1, _REPEATED
        used += height
    return pages
