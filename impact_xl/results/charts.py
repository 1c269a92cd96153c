"""Native charts: one kind, the 100% stacked bar, as the levels are shares of a whole with one direction."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import repeat
from typing import Any

from impact_xl.results.sheet_writer import SheetWriter
from impact_xl.xlsx import theme

_SLIVER = "[>=0.055]0%;;"  # a narrower segment has no room for its number, so it shows none


def stacked(
    report: SheetWriter,
    *,
    names: str,
    shares: list[tuple[str, str]],
    size: int = 9,
    gap: int = 45,
    marked: Sequence[Sequence[str]] = (),
) -> Any:
    """A bar for each name, divided by level, first name on top.

    Args:
        names: the range with the bars' names, with its sheet.
        shares: for each level the cell with its name and the range with its shares.
        size: the font's size in points.
        gap: the space between bars, in percent of a bar.
        marked: for each level a text for each bar, in the place of its number; an empty one leaves the number.
    """
    chart = report.book.chart(type="bar", subtype="percent_stacked")
    font = {"name": theme.FONT, "size": size, "color": theme.TEXT}
    for (name, values), fill, texts in zip(shares, report.fills, marked or repeat(()), strict=False):
        labels = {"custom": [{"value": text} if text else None for text in texts]} if any(texts) else {}
        chart.add_series(
            {
                "name": f"={name}",
                "categories": f"={names}",
                "values": f"={values}",
                "fill": {"color": fill},
                "border": {"color": theme.QUIET, "width": 0.5},  # neighbouring fills differ by less than 3:1
                "gap": gap,
                "data_labels": {
                    "value": True,
                    "num_format": _SLIVER,
                    "position": "center",
                    "font": {**font, "color": theme.text_on(fill)},
                    **labels,
                },
            }
        )
    names_axis = {"reverse": True, "num_font": font, "line": {"color": theme.LINE}, "major_tick_mark": "none"}
    chart.set_y_axis({**names_axis, "interval_unit": 1})  # every bar has its name, however close they stand
    chart.set_x_axis({"visible": False, "major_gridlines": {"visible": False}, "min": 0, "max": 1})
    chart.set_legend({"position": "top", "font": {**font, "size": _legend_size(report.level_names, size)}})
    # No ground of its own: what the cells behind it say where there is nothing to draw shows through.
    chart.set_chartarea({"border": {"none": True}, "fill": {"none": True}})
    chart.set_plotarea({"fill": {"none": True}})
    chart.set_title({"none": True})
    chart.show_hidden_data()  # a filter on the table that feeds it must not take bars away
    return chart


def _legend_size(names: Sequence[str], size: int) -> int:
    """The size in points in which the levels' names stand on one line; they wrap where a little smaller does not do."""
    smaller = size - 1
    wide = sum(theme.text_pixels(name, size) + _KEY_PIXELS for name in names)
    return smaller if _LEGEND_PIXELS < wide <= _LEGEND_PIXELS * size / smaller else size


_LEGEND_PIXELS, _KEY_PIXELS = 640, 26
