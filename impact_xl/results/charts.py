"""Native charts: one kind, the 100% stacked bar, as the levels are shares of a whole with one direction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any

from impact_xl.results.sheet_writer import SheetWriter
from impact_xl.xlsx import theme

_SLIVER = "[>=0.055]0%;;"  # a narrower segment has no room for its number, so it shows none


@dataclass(frozen=True, slots=True)
class Target:
    """How bars show a target level: a dark line where it begins, and the share of it behind the end of each bar."""

    level: int  # counted from 1
    line: str  # the range with the width of the line for each bar: `LINE`, or 0 where there is no bar
    share: str  # the range with the share for each bar, or `NO_SHARE`
    room: float  # for that number, in bars


_LINE_NAME = "Target"
LINE = 0.006  # the width of the line at the target, in bars
NO_SHARE = -0.001  # shows nothing, where 0 is shown as 0%


def stacked(
    report: SheetWriter,
    *,
    names: str,
    shares: list[tuple[str, str]],
    size: int = 9,
    gap: int = 45,
    marked: Sequence[Sequence[str]] = (),
    target: Target | None = None,
    beside: float = 0,
) -> Any:
    """A bar for each name, divided by level, first name on top.

    Args:
        names: the range with the bars' names, with its sheet.
        shares: for each level the cell with its name and the range with its shares.
        size: the font's size in points.
        gap: the space between bars, in percent of a bar.
        marked: for each level a text for each bar, in the place of its number; an empty one leaves the number.
        target: the level that is marked.
        beside: which part of the width is for the names; the chart then has no legend, as a key stands above it.
    """
    chart = report.book.chart(type="bar", subtype="stacked" if target else "percent_stacked")
    font = {"name": theme.FONT, "size": size, "color": theme.TEXT}
    bars = {"categories": f"={names}", "gap": gap}
    levels = zip(shares, report.fills, marked or repeat(()), strict=False)
    for level, ((name, values), fill, texts) in enumerate(levels, 1):
        if target and level == target.level:
            line = {"fill": {"color": theme.TEXT}, "border": {"none": True}}
            chart.add_series({**bars, "name": _LINE_NAME, "values": f"={target.line}", **line})
        ink = {
            **font,
            "color": theme.text_on(fill),
        }  # of each text of its own, too: Excel does not say that it inherits
        labels = {"custom": [{"value": text, "font": ink} if text else None for text in texts]} if any(texts) else {}
        chart.add_series(
            {
                **bars,
                "name": f"={name}",
                "values": f"={values}",
                "fill": {"color": fill},
                "border": {"color": theme.QUIET, "width": 0.5},  # neighbouring fills differ by less than 3:1
                "data_labels": {
                    "value": True,
                    "num_format": _SLIVER,
                    "position": "center",
                    "font": ink,
                    **labels,
                },
            }
        )
    if target:
        chart.add_series({**bars, **_share_behind(target, {**font, "bold": True})})
    _set_up(chart, report, font, target, beside)
    return chart


def _set_up(chart: Any, report: SheetWriter, font: dict[str, Any], target: Target | None, beside: float) -> None:
    """Axes, legend and ground of bars."""
    names_axis = {"reverse": True, "num_font": font, "line": {"color": theme.LINE}, "major_tick_mark": "none"}
    chart.set_y_axis({**names_axis, "interval_unit": 1})  # every bar has its name, however close they stand
    longest = 1 + LINE + target.room if target else 1
    chart.set_x_axis({"visible": False, "major_gridlines": {"visible": False}, "min": 0, "max": longest})
    plot: dict[str, Any] = {"fill": {"none": True}}
    if beside:
        chart.set_legend({"none": True})
        plot["layout"] = {"x": beside, "y": 0, "width": 0.99 - beside, "height": 1}
    else:
        entries = [*report.level_names, *([_LINE_NAME] if target else ())]
        chart.set_legend({"position": "top", "font": {**font, "size": _legend_size(entries, font["size"])}})
    chart.set_plotarea(plot)
    # No ground of its own: what the cells behind it say where there is nothing to draw shows through.
    chart.set_chartarea({"border": {"none": True}, "fill": {"none": True}})
    chart.set_title({"none": True})
    chart.show_hidden_data()  # a filter on the table that feeds it must not take bars away


def _share_behind(target: Target, font: dict[str, Any]) -> dict[str, Any]:
    """The series that writes the share behind each bar.

    It is an invisible bar as long as the share itself, cut off by the end of the axis: so the number is the value of
    the bar, and needs no text of its own, which LibreOffice would not take from a cell.
    """
    return {
        "name": " ",
        "values": f"={target.share}",
        "fill": {"none": True},
        "border": {"none": True},
        "data_labels": {"value": True, "num_format": "0%;;0%", "position": "inside_base", "font": font},
    }


def _legend_size(names: Sequence[str], size: int) -> int:
    """The size in points in which the names stand on one line; they wrap where a little smaller does not do."""

    def fits(points: int) -> bool:
        return sum(theme.text_pixels(name, points) + _KEY_PIXELS for name in names) <= _LEGEND_PIXELS

    return next((points for points in range(size, size - 3, -1) if fits(points)), size)


_LEGEND_PIXELS, _KEY_PIXELS = 640, 26
