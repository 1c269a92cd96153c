"""Questions: the figures of every question, and the workings that order them for Summary.

Components has the same columns as far as they make sense for pooled answers, so both are built here
from the same pieces.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from impact_xl import theme
from impact_xl.answers import State
from impact_xl.cells import Cell, Formula
from impact_xl.figures import Agenda, Tally
from impact_xl.layout import column_name
from impact_xl.results import formulas
from impact_xl.results.report import (
    CENTRE,
    FIRST_ROW,
    NOT_COUNTED,
    PERCENT,
    QUESTIONS,
    QUIET,
    STATES,
    WHOLE,
    Column,
    Report,
    span,
)

_LEFT_OUT = (*NOT_COUNTED, State.NOT_APPLICABLE)
WITHHELD = "withheld"
_BESIDE = {
    True: "The workings on the right order the lists on Summary.",
    False: "The labels on the right are those of the chart on Summary.",
}
_ROW_HEIGHT = 29
_GAP = 1  # an empty column between the table and its workings


class Places:
    """Which column holds what in a table of figures, 0-based; the same arithmetic for writing and referring."""

    def __init__(self, levels: int, before: int) -> None:
        self.levels = levels
        self.valid = before
        self.counts = before + 1
        self.shares = self.counts + levels
        self.typical = self.shares + levels
        self.at_target = self.typical + 1
        self.after = self.at_target + 1

    def count_cells(self, row: int) -> list[str]:
        """The cells that hold the counts of one row."""
        return [f"${column_name(self.counts + level)}{row + 1}" for level in range(self.levels)]


def figure_columns(report: Report, valid_header: str = "Valid") -> list[Column]:
    """The columns from Valid to At target: the distribution and what it says."""
    heads = [
        {"align": "center", "font_size": 9, "bg_color": fill, "font_color": theme.text_on(fill)}
        for fill in report.fills
    ]
    levels = list(zip(report.level_names, heads, strict=True))
    return [
        Column(valid_header, 8, {**WHOLE, "bold": True}),
        *(Column(name, 11, WHOLE, head) for name, head in levels),
        *(Column(f"{name} %", 11, PERCENT, head) for name, head in levels),
        Column("Typical level", 19),
        Column("At target", 8.5, {**PERCENT, "bold": True}),
    ]


def figure_cells(
    report: Report,
    places: Places,
    row: int,
    of: tuple[str, str],
    tally: Tally,
    low: str,
    high: str,
    *,
    hidden: bool = False,
) -> Iterator[Cell]:
    """The cells of `figure_columns` for one row.

    Args:
        of: the column of Answers to count in, and the cell that holds what to count.
        low, high: cells or expressions that give the typical levels as numbers.
        hidden: nothing but the word “withheld” is shown.
    """
    if hidden:
        yield from ("", *[""] * (2 * len(report.level_names)), WITHHELD, "")
        return
    distribution = tally.distribution
    counts = places.count_cells(row)
    n = f"${column_name(places.valid)}{row + 1}"
    yield Formula(f"SUM({counts[0]}:{counts[-1]})", distribution.n)
    for level, count in enumerate(distribution.counts, 1):
        yield Formula(formulas.count(*of, level), count)
    for cell, share in zip(counts, distribution.shares, strict=True):
        yield Formula(formulas.share(cell, n), "" if share is None else share)
    yield Formula(formulas.typical(low, high), report.typical(distribution.typical))
    target = report.collation.target
    at_target = distribution.share_at_least(target)
    yield Formula(formulas.share(f"SUM({counts[target - 1]}:{counts[-1]})", n), "" if at_target is None else at_target)


def left_out_columns() -> list[Column]:
    """The columns Blank, Multiple, Unclear, Missing and Not applicable."""
    return [Column(STATES[state], 9.5, WHOLE, {"font_size": 9}) for state in _LEFT_OUT]


def left_out_cells(of: tuple[str, str], tally: Tally, *, hidden: bool = False) -> Iterator[Cell]:
    """The cells of `left_out_columns` for one row."""
    for state in _LEFT_OUT:
        yield "" if hidden else Formula(formulas.count_state(*of, STATES[state]), getattr(tally, state.value))


class Workings:
    """The table beside Questions: numbers that the words come from, and the places on Summary's lists."""

    HEADERS = (
        "Label",
        "Low",
        "High",
        "Spread",
        "Separate groups",
        "Order",
        "Place on agenda",
        "Strongest",
        "Weakest",
    )

    def __init__(self, report: Report) -> None:
        self.places = Places(len(report.level_names), before=3)
        self.agreement = self.places.after
        self.words = self.agreement + 1
        self.agenda = self.words + 1
        self.left = self.agenda + 1 + len(_LEFT_OUT) + _GAP
        self.label, self.low, self.high, self.spread, self.groups, self.order, self.place, self.strong, self.weak = (
            range(self.left, self.left + len(self.HEADERS))
        )

    @staticmethod
    def cell(row: int, col: int) -> str:
        """A cell of this sheet with its column held."""
        return f"${column_name(col)}{row + 1}"


def write(report: Report) -> None:
    """Write the sheet."""
    sheet = report.head(
        QUESTIONS,
        "Questions",
        "Every question: how many teams are at each level, where half of them are at or below, how many are "
        "at or above "
        f"{report.target_name}, and how far they agree. {_BESIDE[report.live]}",
        empty="there are too few valid answers to say it",
        paper=8,
    )
    at = Workings(report)
    questions = report.asked.questions
    rows = range(FIRST_ROW, FIRST_ROW + len(questions))
    columns = [
        Column("Ref", 7, CENTRE),
        Column("Question", 34, {"bold": True}),
        Column("Component", 23),
        *figure_columns(report),
        Column("Agreement", 11, {"num_format": "0.00", "align": "center"}),
        Column("In words", 13.5),
        Column("Agenda", 19, {"bold": True}),
        *left_out_columns(),
    ]
    first, last = report.table(
        sheet,
        "Questions",
        columns,
        (list(_row(report, at, row, index)) for index, row in enumerate(rows)),
        row_height=_ROW_HEIGHT,
        header_height=48,
    )
    sheet.set_column(at.left - _GAP, at.left - _GAP, 3)
    shown = len(Workings.HEADERS) if report.live else 1  # a chart needs the labels; the rest is for formulas
    report.table(
        sheet,
        "Workings",
        [
            Column(
                header,
                34 if header == "Label" else 18 if header == "Separate groups" else 12,
                {**QUIET, **({} if header in ("Label", "Separate groups") else CENTRE)},
            )
            for header in Workings.HEADERS[:shown]
        ],
        (list(_workings(report, at, row, index, (first, last)))[:shown] for index, row in enumerate(rows)),
        left=at.left,
        filters=False,
        row_height=_ROW_HEIGHT,  # the same rows once more
        header_height=48,
    )
    sheet.print_area(0, 0, last, at.left - _GAP - 1)
    report.frozen(sheet, 2)


def _row(report: Report, at: Workings, row: int, index: int) -> Iterator[Cell]:
    question = report.asked.questions[index]
    tally = report.tallies[question.id]
    distribution = tally.distribution
    of = ("Ref", f"$A{row + 1}")
    n, low, high, spread = (at.cell(row, col) for col in (at.places.valid, at.low, at.high, at.spread))
    counts = at.places.count_cells(row)
    levels, target = len(counts), report.collation.target
    yield question.id
    yield question.short
    yield report.asked.component_by_id[question.component].short
    hidden = question.id in report.withheld
    yield from figure_cells(report, at.places, row, of, tally, low, high, hidden=hidden)
    agreement = distribution.agreement
    yield Formula(formulas.agreement(spread, n, levels), "" if agreement is None else agreement)
    yield Formula(formulas.words(spread, n, levels), distribution.words)
    yield Formula(
        formulas.agenda(
            n=n,
            at_target=f"SUM({counts[target - 1]}:{counts[-1]})",
            groups=at.cell(row, at.groups),
            in_words=at.cell(row, at.words),
            low=low,
            high=high,
            target=target,
        ),
        distribution.agenda(target).value,
    )
    yield from left_out_cells(of, tally, hidden=hidden)


def _workings(report: Report, at: Workings, row: int, index: int, rows: tuple[int, int]) -> Iterator[Cell]:
    question = report.asked.questions[index]
    distribution = report.tallies[question.id].distribution
    n, counts = at.cell(row, at.places.valid), at.places.count_cells(row)
    low, high = distribution.typical or (0, 0)
    separate = distribution.separate_groups
    # Whoever sorts the table beside this one moves its rows only: what stands here follows the row it stands in.
    yield Formula(f'{at.cell(row, 0)}&" "&{at.cell(row, 1)}', report.label(question.id))
    yield Formula(formulas.typical_low(counts, n), low)
    yield Formula(formulas.typical_high(counts, n), high)
    yield Formula(formulas.spread(counts, n), distribution.spread)
    yield Formula(
        formulas.separate_groups(counts, n, report.level_names),
        " and ".join(report.asked.level_name(level) for level in separate) if separate else "",
    )
    yield Formula(f"MATCH({at.cell(row, 0)},{formulas.array(each.id for each in report.asked.questions)},0)", index + 1)
    agenda = distribution.agenda(report.collation.target)
    yield Formula(
        _agenda_place(at, row, rows), _place_now(report.ranked.agenda.get(agenda, ()), question.id, f"{agenda} ")
    )
    yield Formula(_strength_place(at, row, rows, ">"), _place_now(report.ranked.strongest, question.id))
    yield Formula(_strength_place(at, row, rows, "<"), _place_now(report.ranked.weakest, question.id))


def _place_now(order: Sequence[str], question: str, before: str = "") -> str | int:
    if question not in order:
        return ""
    place = order.index(question) + 1
    return f"{before}{place}" if before else place


def _agenda_place(at: Workings, row: int, rows: tuple[int, int]) -> str:
    """The word and the place among the questions with the same word: `Improve first 2`."""
    word = at.cell(row, at.agenda)
    place = formulas.place(
        f"{span(rows[0], at.agenda, rows[1])}={word}",
        (span(rows[0], at.places.at_target, rows[1]), at.cell(row, at.places.at_target), "<"),
        (span(rows[0], at.agreement, rows[1]), at.cell(row, at.agreement), "<"),
        (span(rows[0], at.order, rows[1]), at.cell(row, at.order), "<"),
    )
    return f'IF({word}="","",{word}&" "&({place}))'


def _strength_place(at: Workings, row: int, rows: tuple[int, int], sign: str) -> str:
    """The place from strongest (`>`) or from weakest (`<`) among the questions that have valid answers."""
    low, high = span(rows[0], at.low, rows[1]), span(rows[0], at.high, rows[1])
    valid = span(rows[0], at.places.valid, rows[1])
    typical = (f"({low}+{high})", f"({at.cell(row, at.low)}+{at.cell(row, at.high)})", sign)
    place = formulas.place(
        f"{valid}>0",
        (span(rows[0], at.places.at_target, rows[1]), at.cell(row, at.places.at_target), sign),
        typical,
        (span(rows[0], at.order, rows[1]), at.cell(row, at.order), "<"),
    )
    return f'IF({at.cell(row, at.places.valid)}=0,"",{place})'


AGENDA_WORDS = (Agenda.DISCUSS, Agenda.IMPROVE, Agenda.SHARE)
