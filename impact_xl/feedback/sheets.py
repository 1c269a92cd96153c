"""The sheets behind the first page: the next steps, bars, and every figure of all teams and of the group."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from impact_xl.feedback.pack import ALL, BARS, CHART_ROW, STEPS, PackWriter
from impact_xl.questionnaire import Level, Question
from impact_xl.results import charts
from impact_xl.results.questions import WITHHELD
from impact_xl.results.sheet_writer import CENTRE, FIRST_ROW, HEADER_ROW, PERCENT, WHOLE, Column, row_height_of, span
from impact_xl.round.figures import Distribution
from impact_xl.round.stored_workbook import PRIORITY_COLUMNS, STATUS
from impact_xl.xlsx import theme
from impact_xl.xlsx.a1 import column_name
from impact_xl.xlsx.cell_values import Cell

# -- next steps -------------------------------------------------------------------------------------

_SMALL = {"font_size": 9}
_ENTRY = {"bg_color": theme.ENTRY, "locked": False}
_EMPTY_ROWS = 3  # for priorities to be added
_STEP_WIDTHS = (30.0, 16.0, 60.0, 34.0, 20.0, 17.0)


def write_steps(pack: PackWriter) -> None:
    """The priorities to carry on and a draft step for every question, with room to write."""
    sheet = pack.write_title(
        STEPS,
        "Next steps",
        "Your priorities to carry on, then a draft step for each question, lowest first. Type into the yellow cells.",
        empty="there is room to write",
    )
    last = _write_priorities(pack, sheet)
    _write_questions(pack, sheet, top=last + 3)
    sheet.fit_to_pages(1, 0)


def _write_priorities(pack: PackWriter, sheet: Any) -> int:
    """The team's priorities and empty rows for more; gives the last row."""
    what, question, lead, by, measure = PRIORITY_COLUMNS
    order = (question, STATUS, what, measure, lead, by)
    heads = (question, STATUS, "What we will do", measure, lead, by)
    looks: list[dict[str, Any]] = [{"bold": True, **_ENTRY}, *[_ENTRY] * 5]
    columns = [Column(head, width, look) for head, width, look in zip(heads, _STEP_WIDTHS, looks, strict=True)]
    rows = [[row[head] for head in order] for row in pack.view.priorities]
    blank: list[list[Cell]] = [[None] * len(order) for _ in range(_EMPTY_ROWS)]
    _, last = pack.table(sheet, "Priorities", columns, [*rows, *blank], filters=False)
    for row in range(last - _EMPTY_ROWS + 1, last + 1):
        sheet.set_row(row, 34)
    return last


def _write_questions(pack: PackWriter, sheet: Any, top: int) -> None:
    """A draft step for every question: those with a level first, lowest first."""
    heads = (
        "Step for",
        "Your level",
        "Draft step: what the next level says",
        "Your note",
        "Who leads",
        "By when it is done",
    )
    looks: list[dict[str, Any]] = [{"bold": True}, {}, _SMALL, {"font_color": theme.QUIET, **_SMALL}, _ENTRY, _ENTRY]
    columns = [Column(head, width, look) for head, width, look in zip(heads, _STEP_WIDTHS, looks, strict=True)]
    without = (each for each in pack.questionnaire.questions if each.id not in pack.view.levels)
    rows = [
        [pack.label(each.id), pack.own(each), pack.next_level(each), pack.view.note(each.id), None, None]
        for each in (*pack.view.answered, *without)
    ]
    pack.table(sheet, "Steps", columns, rows, top=top, filters=False)


# -- figures ----------------------------------------------------------------------------------------


def write_figures(
    pack: PackWriter, name: str, title: str, holds: str, figures: Mapping[str, Distribution]
) -> Sequence[float]:
    """A table of every question: the team's own answer beside how some teams answered; gives the rows' heights."""
    sheet = pack.write_title(
        name, title, holds, empty=f"the figure is hidden: fewer than {pack.view.least} other teams"
    )
    heads = [
        {"align": "center", "font_size": 9, "bg_color": fill, "font_color": theme.text_on(fill)} for fill in pack.fills
    ]
    levels = list(zip(pack.level_names, heads, strict=True))
    columns = [
        Column("Ref", 6, CENTRE),
        Column("Question", 33, {"bold": True}),
        Column("Your level", 24),
        Column("Beside typical", 13),
        Column("Teams", 7, {**WHOLE, "bold": True}),
        *(Column(level, 10.5, WHOLE, head) for level, head in levels),
        *(Column(f"{level} %", 10.5, PERCENT, head) for level, head in levels),
        Column("Typical level", 25),
        Column("At target", 8, {**PERCENT, "bold": True}),
        Column("In words", 15, {"indent": 1}, {"indent": 1}),
    ]
    rows = [list(_row(pack, question, figures)) for question in pack.questionnaire.questions]
    heights = [row_height_of(columns, row) for row in rows]
    _, last = pack.table(sheet, name.replace(" ", ""), columns, rows, header_height=32)
    sheet.print_area(0, 0, last, len(columns) - 1)
    pack.freeze_header(sheet, 2)
    return heights


def _row(pack: PackWriter, question: Question, figures: Mapping[str, Distribution]) -> Iterator[Cell]:
    distribution = figures.get(question.id)
    yield question.id
    yield question.short
    yield pack.own(question)
    yield _beside(pack.view.beside(question.id, figures))
    if distribution is None:
        yield from ("", *[""] * (2 * len(pack.level_names)), WITHHELD, "", "")
        return
    yield distribution.n
    yield from distribution.counts
    yield from distribution.shares
    yield pack.typical(distribution.typical)
    yield distribution.share_at_least(pack.view.target)
    yield distribution.words


def _beside(steps: int | None) -> str:
    if steps is None:
        return "–"
    return "the same" if not steps else f"{abs(steps)} {'higher' if steps > 0 else 'lower'}"


def write_chart_source(pack: PackWriter, heights: Sequence[float]) -> None:
    """What the charts are drawn from, right of the table of all teams and in rows of its heights."""
    rows = []
    for question in pack.questionnaire.questions:
        low, high = pack.view.typical(question.id) or (None, None)
        rows.append([pack.label(question.id), pack.view.levels.get(question.id), low, high])
    columns = [Column("Label", 34, {"text_wrap": False}), *(Column(head, 11, WHOLE) for head in _DRAWN)]
    rows_high = iter(heights)
    pack.table(
        pack.sheets[ALL],
        "Drawn",
        columns,
        rows,
        left=pack.chart_from,
        row_height=lambda _: next(rows_high),
        header_height=32,
        filters=False,
    )


_DRAWN = ("Your level as a number", "Typical, from", "Typical, to")


# -- bars -------------------------------------------------------------------------------------------

_BARS_PIXELS = 860


def write_bars(pack: PackWriter) -> None:
    """How all teams answered, as bars, with a dot where the team itself stands."""
    sheet = pack.write_title(
        BARS,
        "How all teams answered",
        "Each bar is a question, divided by how many teams chose each level. ● is at your own level.",
        landscape=False,
    )
    last = FIRST_ROW + len(pack.questionnaire.questions) - 1
    chart = charts.stacked(
        pack,
        names=span(FIRST_ROW, pack.chart_from, last, sheet=ALL),
        shares=[
            (
                f"'{ALL}'!${column_name(pack.counts_from + level)}${HEADER_ROW + 1}",
                span(FIRST_ROW, pack.shares_from + level, last, sheet=ALL),
            )
            for level in range(len(pack.level_names))
        ],
        marked=[
            [_mark(pack, question, level) for question in pack.questionnaire.questions]
            for level in pack.questionnaire.levels
        ],
    )
    height = 42 * len(pack.questionnaire.questions) + 110
    chart.set_size({"width": _BARS_PIXELS, "height": height})
    description = (
        "100% stacked bars: the share of all teams' valid answers at each level, for each question, and a dot at your "
        "own level. The numbers are on the sheet All teams. A question without a bar has too few teams to show."
    )
    sheet.insert_chart(HEADER_ROW, 0, chart, {"description": description, "object_position": 1})
    for row in range(HEADER_ROW, HEADER_ROW + math.ceil(height / CHART_ROW)):
        sheet.set_row(row, CHART_ROW * theme.POINTS_PER_PIXEL)
    sheet.set_column(0, 0, _BARS_PIXELS / theme.DIGIT_PIXELS)
    sheet.set_column(1, 1, 6)  # LibreOffice draws the chart a little wider than the column it stands on
    sheet.print_area(0, 0, HEADER_ROW + math.ceil(height / CHART_ROW), 1)
    sheet.fit_to_pages(1, 1)


def _mark(pack: PackWriter, question: Question, level: Level) -> str:
    """A dot, with the share where there is room for it, at the team's own level."""
    distribution = pack.view.everybody.get(question.id)
    if distribution is None or pack.view.levels.get(question.id) != level.number:
        return ""
    share = distribution.counts[level.number - 1] / distribution.n
    return f"● {share:.0%}" if share >= _ROOM_FOR_BOTH else "●"


_ROOM_FOR_BOTH = 0.09
