"""Questions: how the teams moved on each, with a pair of bars then and now; and what the charts are drawn from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from impact_xl.comparison.moves import Moves
from impact_xl.comparison.pair_questions import QuestionPair
from impact_xl.comparison.workbook import figures
from impact_xl.comparison.workbook.writer import CLEAR, FOLLOWS, QUESTIONS, ComparisonWriter
from impact_xl.questionnaire import Component
from impact_xl.results import charts, formulas
from impact_xl.results.sheet_writer import CENTRE, FIRST_ROW, HEADER_ROW, PERCENT, QUIET, WHOLE, Column, span
from impact_xl.round.figures import FEWEST_FOR_WORDS, Distribution
from impact_xl.wording import plural
from impact_xl.xlsx import theme
from impact_xl.xlsx.a1 import column_name
from impact_xl.xlsx.cell_values import Cell, Formula
from impact_xl.xlsx.workbook_writer import clean

TABLE, BARS = "Questions", "Bars"
EVERYBODY = ("All answers then", "All at target then", "All answers now", "All at target now")
CLEAR_NO, LABEL = "Clear no", "Label"
SAME_WORDS = '"<>changed"'  # a criterion on Pairs[Words]
_GAP = 1  # an empty column between the table and what the charts are drawn from
_CHART_PIXELS = 1640
_PAGE_PIXELS = 1480  # of A3 across, between the margins; LibreOffice's columns come out 6% wider than Excel's
_PAGE_POINTS = 750  # and its height, below the margins
_ABOVE = 26 + 16 + 17 + 48  # the title's rows and the header
_LEAST_SHRUNK = 0.75  # of the scale at which it fits across: smaller letters are worse than a second page
_CHART_ROW = 20  # pixels
MOST_BARS = 24  # questions in a chart


def columns(writer: ComparisonWriter) -> list[Column]:
    """The columns of the table."""
    looks = (WHOLE, PERCENT, WHOLE, PERCENT)
    return [
        Column("Ref", 7, CENTRE),
        Column("Question", 36, {"bold": True}),
        Column("Component", 26),
        *figures.columns(writer),
        *(Column(head, 10, {**QUIET, **look}, {"font_size": 9}) for head, look in zip(EVERYBODY, looks, strict=True)),
        Column(CLEAR_NO, 8, {**QUIET, **CENTRE}, {"font_size": 9}),
        Column(LABEL, 40, QUIET),
    ]


def label_range(writer: ComparisonWriter) -> str:
    """The cells that hold the questions' labels."""
    last = FIRST_ROW + len(writer.comparison.questions.pairs) - 1
    return span(FIRST_ROW, len(columns(writer)) - 1, last, sheet=QUESTIONS)


class Bars:
    """Where the rows that the charts are drawn from stand: for each bar its name and the share of each level."""

    def __init__(self, writer: ComparisonWriter) -> None:
        self.left = len(columns(writer)) + _GAP
        self.shares = self.left + 2
        self.components = FIRST_ROW  # three rows for each: now, then, and an empty one
        self.questions = FIRST_ROW + 3 * len(shown_components(writer))


def shown_components(writer: ComparisonWriter) -> list[Component]:
    """The components with a question that is compared."""
    return [part for part in writer.questionnaire.components if any(writer.comparison.counted(part.questions))]


def write(writer: ComparisonWriter) -> None:
    """Write the sheet."""
    sheet = writer.write_title(
        QUESTIONS,
        "Questions",
        "Every question that is compared: how many teams moved up and down, and their levels then and now. The "
        f"pale columns on the right hold all who answered, compared or not. At target: {writer.at_target}.",
        empty=f"fewer than {FEWEST_FOR_WORDS} teams can be compared, or that there is nothing to say",
        paper=8,
    )
    compared = writer.comparison.questions.pairs
    bars = Bars(writer)
    _write_bars(writer, sheet, bars)
    rows = [[*_row(writer, row, pair)] for row, pair in enumerate(compared, FIRST_ROW)]
    height = figures.row_height(writer, columns(writer), rows)
    first, last = writer.table(sheet, TABLE, columns(writer), rows, row_height=height, header_height=48)
    writer.block_typing(sheet, first, figures.FIRST, last, len(columns(writer)) - 1, FOLLOWS)
    bottom = _write_charts(writer, sheet, bars, last + 2)
    sheet.set_column(bars.left - _GAP, bars.left - _GAP, 3)
    _set_up_page(writer, sheet, last, bottom, _ABOVE + height * len(rows))


def _set_up_page(writer: ComparisonWriter, sheet: Any, last: int, bottom: int, tall: float) -> None:
    """The table on one page across, and where it is little too tall for that on the same one; then the charts.

    Excel ignores page breaks on sheets that fit to a page, so the scale is set.
    """
    printed = columns(writer)[: figures.PLACES["Remark"] + 1]
    wide = sum(theme.column_pixels(column.width) for column in printed)
    by_width, by_height = _PAGE_PIXELS / (wide * 1.06), _PAGE_POINTS / tall
    scale = min(by_width, by_height) if by_height > by_width * _LEAST_SHRUNK else by_width
    sheet.set_print_scale(max(10, min(100, int(100 * scale))))
    sheet.set_h_pagebreaks([last + 2])
    sheet.print_area(0, 0, bottom, len(printed) - 1)
    sheet.freeze_panes(FIRST_ROW, 2)


def _row(writer: ComparisonWriter, row: int, pair: QuestionPair) -> Iterator[Cell]:
    comparison, question = writer.comparison, pair.after
    moves, clear = comparison.moves[question.id], comparison.clear(question.id)
    component = writer.questionnaire.component_by_id[writer.questionnaire.by_id[question.id].component]
    yield question.id
    yield question.short
    yield component.short
    clear_cell = Formula(clear_formula(row), CLEAR[clear]) if pair.counts else Formula('""')
    yield from figures.cells(writer, row, f"Pairs[Ref],$A{row + 1}", moves, clear_cell, pair.remark)
    everybody = (comparison.everybody(comparison.before, pair.before.id),
                 comparison.everybody(comparison.after, question.id))  # fmt: skip
    for distribution in everybody:
        yield distribution.n
        yield _share(distribution, comparison.target)
    yield _clear_no(writer, row, question.id)
    yield writer.label(question.id)


def _share(distribution: Distribution, target: int) -> float | str:
    share = distribution.share_at_least(target)
    return share if share is not None and distribution.n >= FEWEST_FOR_WORDS else ""


def clear_formula(row: int) -> str:
    """Whether a row's teams clearly moved, as the table of whole numbers on About says."""
    up, down, pairs = (figures.cell_of(head, row) for head in ("Up", "Down", "Pairs"))
    least = "MIN(ClearMoves[Teams that moved])"
    needed = f"INDEX(ClearMoves[The same way],{up}+{down}-{least}+1)"
    return (
        f'IF(OR({pairs}<{FEWEST_FOR_WORDS},{up}+{down}<{least}),"",IF({up}>={needed},"Clear move up",'
        f'IF({down}>={needed},"Clear move down","")))'
    )


def _clear_no(writer: ComparisonWriter, row: int, question: str) -> Formula:
    """A clear move's number among them, in question order; nothing of the others."""
    own = figures.cell_of("Clear move", row)
    above = f"${column_name(figures.PLACES['Clear move'])}${FIRST_ROW + 1}:{own}"
    ids = [pair.after.id for pair in writer.comparison.questions.pairs]
    before = ids[: ids.index(question) + 1]
    number = sum(writer.comparison.clear(each) is not None for each in before)
    return Formula(f'IF({own}="","",COUNTIF({above},"Clear*"))', number if writer.comparison.clear(question) else "")


# -- charts -------------------------------------------------------------------------------------------


def _write_bars(writer: ComparisonWriter, sheet: Any, bars: Bars) -> None:
    heads = [
        Column("Bar", 44, {**QUIET, "text_wrap": False}),
        Column("Valid", 8, {**QUIET, **CENTRE}),
        *(Column(name, 10, {**QUIET, **PERCENT}, {"font_size": 9}) for name in writer.level_names),
    ]
    writer.table(sheet, BARS, heads, [list(row) for row in _bars(writer, bars)], left=bars.left, filters=False,
                 row_height=18, header_height=48)  # fmt: skip


def _bars(writer: ComparisonWriter, bars: Bars) -> Iterator[Iterator[Cell]]:
    comparison = writer.comparison
    row = FIRST_ROW
    for component in shown_components(writer):
        of = f"Pairs[Component],{formulas.text(component.id)},Pairs[Words],{SAME_WORDS}"
        yield from _pair_of_bars(writer, bars, row, component.short, of, comparison.component_moves(component))
        row += 3
    for pair in comparison.questions.pairs:
        of = f"Pairs[Ref],{formulas.text(pair.after.id)}"
        name = writer.label(pair.after.id)
        yield from _pair_of_bars(writer, bars, row, name, of, comparison.moves[pair.after.id])
        row += 3


def _pair_of_bars(
    writer: ComparisonWriter, bars: Bars, row: int, name: str, of: str, moves: Moves
) -> Iterator[Iterator[Cell]]:
    """Now above then, and an empty bar that parts them from the next pair."""
    levels = len(writer.level_names)
    sides = (("now", "Now", "Then", moves.after), ("then", "Then", "Now", moves.before))
    for place, (when, column, other, distribution) in enumerate(sides):
        n = f"${column_name(bars.left + 1)}{row + place + 1}"
        count = [f'COUNTIFS({of},Pairs[{column}],{level},Pairs[{other}],">0")' for level in range(1, levels + 1)]
        shown = distribution.n >= FEWEST_FOR_WORDS
        label = f"{name}  now" if when == "now" else "then"
        yield iter([
            label,
            Formula(f'COUNTIFS({of},Pairs[Then],">0",Pairs[Now],">0")', distribution.n),
            *(Formula(f"IF({n}<{FEWEST_FOR_WORDS},0,{each}/{n})", number / distribution.n if shown else 0)
              for each, number in zip(count, distribution.counts, strict=True)),
        ])  # fmt: skip
    yield iter([" ", 0, *[0] * levels])


def pairs_of_bars(writer: ComparisonWriter, first: int, number: int, size: int) -> Any:
    """A chart of pairs of bars, then and now.

    Args:
        writer: the workbook.
        first: the row of the first bar, 0-based.
        number: how many pairs there are.
        size: the font's size in points.
    """
    bars = Bars(writer)
    last = first + 3 * number - 2  # without the empty one behind the last
    return charts.stacked(
        writer,
        names=span(first, bars.left, last, sheet=QUESTIONS),
        shares=[
            (f"'{QUESTIONS}'!${column_name(bars.shares + level)}${HEADER_ROW + 1}",
             span(first, bars.shares + level, last, sheet=QUESTIONS))
            for level in range(len(writer.level_names))
        ],
        size=size,
        gap=8,
    )  # fmt: skip


def height_of(number: int, pitch: int = 54) -> int:
    """The height in pixels of a chart of so many pairs."""
    return 70 + pitch * number


def pages(number: int) -> list[range]:
    """The places of the questions that share a chart."""
    charts_wanted = -(-number // MOST_BARS)
    most = -(-number // charts_wanted)
    return [range(first, min(first + most, number)) for first in range(0, number, most)]


def _write_charts(writer: ComparisonWriter, sheet: Any, bars: Bars, row: int) -> int:
    """The charts below the table; gives the last row under them."""
    compared = writer.comparison.questions.pairs
    look = {"bold": True, "font_size": 13, "font_color": theme.DARK_BLUE, "text_wrap": False}
    writer.write_cell(sheet, row, 0, "The same teams, then and now", **look)
    row += 1
    for places in pages(len(compared)):
        chart = pairs_of_bars(writer, bars.questions + 3 * places[0], len(places), 10)
        height = height_of(len(places))
        chart.set_size({"width": _CHART_PIXELS, "height": height})
        sheet.insert_chart(row, 0, chart, {"description": _description(writer, compared, places), "object_position": 1})
        for _ in range(-(-height // _CHART_ROW) + 1):
            sheet.set_row(row, _CHART_ROW * theme.POINTS_PER_PIXEL)
            row += 1
    return row


def _description(writer: ComparisonWriter, compared: Sequence[QuestionPair], places: range) -> str:
    moved = [(pair, writer.comparison.moves[pair.after.id]) for pair in (compared[place] for place in places)]
    most = max(moved, key=lambda each: each[1].up - each[1].down)
    return clean(
        f"Pairs of 100% stacked bars for {plural(len(places), 'question')}: the share of the same teams at each level, "
        f"now above then. The most went up on {writer.label(most[0].after.id)}: {most[1].up} up, {most[1].down} down. "
        "The numbers are on the sheet Questions."
    )
