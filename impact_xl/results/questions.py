"""Questions: the figures of every question, and the workings that order them for Summary.

Components has the same columns as far as they make sense for pooled answers, so both are built here
from the same pieces.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import combinations, islice, repeat
from operator import attrgetter

from impact_xl.questionnaire import Question, Questionnaire
from impact_xl.results import charts, formulas, paper
from impact_xl.results.edits.match_rows import BY_QUESTION
from impact_xl.results.expressions import choose, compare, join
from impact_xl.results.labels import NOT_COUNTED, STATE_LABELS
from impact_xl.results.sheet_writer import (
    CENTRE,
    FIRST_ROW,
    PERCENT,
    QUIET,
    WHOLE,
    Column,
    ReportWriter,
    SheetSpec,
    TableSpec,
    row_height_of,
    span,
)
from impact_xl.round.answers import State
from impact_xl.round.figures import Agenda, Distribution, Tally
from impact_xl.xlsx import theme
from impact_xl.xlsx.a1 import column_name
from impact_xl.xlsx.cell_values import Cell, Formula

QUESTIONS = "Questions"
_LEFT_OUT = (*NOT_COUNTED, State.NOT_APPLICABLE)
WITHHELD = "withheld"
NOTHING = "no valid answer yet"
_BESIDE = {
    True: "The workings on the right order the lists on Summary.",
    False: "The labels on the right are those of the chart on Summary.",
}
AGAINST = "Against the others"
UPRIGHT = {"rotation": 90, "valign": "bottom", "align": "center", "font_size": 9}  # of headers
FIRST_FIGURE = 3  # Ref, Question and Component come before
TARGET_HEADERS = ("Line at target", "Share behind")  # of the columns that mark the target in a chart
FEWEST_FOR_PERCENT = 20  # teams; of fewer a share is given as a count
_NAMES = ("Label", "Bar")  # of questions
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


def figure_columns(questionnaire: Questionnaire) -> list[Column]:
    """The columns from Valid to At target: the distribution and what it says."""
    heads = [
        {**UPRIGHT, "bg_color": fill, "font_color": theme.text_on(fill)}
        for fill in theme.level_fills(len(questionnaire.levels))
    ]
    levels = [(level.name, head) for level, head in zip(questionnaire.levels, heads, strict=True)]
    return [
        Column("Valid", 6.5, {**WHOLE, "bold": True}, UPRIGHT),
        *(Column(name, 5.6, WHOLE, head) for name, head in levels),
        *(Column(f"{name} %", 6.2, PERCENT, head) for name, head in levels),
        Column("Typical level", 24),
        Column("At target", 7, {**PERCENT, "bold": True}, UPRIGHT),
    ]


def figure_cells(
    report: ReportWriter,
    places: Places,
    row: int,
    count: Callable[[int], str],
    tally: Tally,
    low: str,
    high: str,
    *,
    hidden: bool = False,
) -> Iterator[Cell]:
    """The cells of `figure_columns` for one row.

    Args:
        count: gives the formula for the number of answers at a level.
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
    for level, number in enumerate(distribution.counts, 1):
        yield Formula(count(level), number)
    for cell, share in zip(counts, distribution.shares, strict=True):
        yield Formula(formulas.share(cell, n), "" if share is None else share)
    yield Formula(formulas.typical(low, high), report.typical(distribution.typical))
    target = report.collation.target
    at_target = distribution.share_at_least(target)
    yield Formula(formulas.share(f"SUM({counts[target - 1]}:{counts[-1]})", n), "" if at_target is None else at_target)


def share_in_words(valid: str, at_target: str, distribution: Distribution, target: int, questions: int = 1) -> Formula:
    """The share at the target: `79%`, and of few teams `5 of 8`.

    Args:
        valid, at_target: references to the number of valid answers, and to the share.
        distribution: the valid answers as they are now.
        target: the target level, counted from 1.
        questions: how many questions are pooled.
    """
    number = Formula(valid, distribution.n)
    reached = distribution.at_least(target)
    count = join(Formula(f"ROUND({at_target}*{valid},0)", reached), " of ", number)
    percent = Formula(f'TEXT({at_target},"0%")', formulas.percent(reached / distribution.n) if distribution.n else "")
    return choose((compare(number, "<", FEWEST_FOR_PERCENT * questions), count), otherwise=percent)


def target_columns() -> list[Column]:
    """The columns that mark the target in a chart: the width of its line, and the share behind the bar."""
    return [Column(header, 12, {**QUIET, **CENTRE}) for header in TARGET_HEADERS]


def target_cells(places: Places, row: int, tally: Tally, target: int, *, hidden: bool = False) -> Iterator[Cell]:
    """The cells of `target_columns` for one row; `hidden` where its figures are withheld."""
    valid, at_target = (f"${column_name(col)}{row + 1}" for col in (places.valid, places.at_target))
    distribution = Distribution(()) if hidden else tally.distribution
    share = Formula(at_target, distribution.share_at_least(target) or 0)
    is_empty = compare(Formula(f"SUM({valid})", distribution.n), "=", 0)
    yield choose((is_empty, 0), otherwise=charts.LINE)
    yield choose((is_empty, charts.NO_SHARE), otherwise=share)


def figures_height(columns: Sequence[Column], questionnaire: Questionnaire) -> float:
    """The height of every row, in points, that shows all words whole, whatever a choice of a group makes of them."""
    pairs = [(low.name, high.name) for low, high in combinations(questionnaire.levels, 2)]
    words = {
        "Typical level": [
            *(level.name for level in questionnaire.levels),
            *(f"{low} to {high}" for low, high in pairs),
        ],
        "Two separate groups": [f"{low} and {high}" for low, high in pairs],
        AGAINST: ["higher in 100% of pairs, lower in 100%"],
        "Question": [question.short for question in questionnaire.questions],
        "Component": [component.short for component in questionnaire.components],
    }
    shown = [(column, text) for column in columns for text in words.get(column.header, ())]
    return max(29, *(row_height_of([column], [text]) for column, text in shown))


def left_out_columns() -> list[Column]:
    """The columns Blank, Multiple, Unclear, Missing and Not applicable."""
    return [Column(STATE_LABELS[state], 5.6, WHOLE, UPRIGHT) for state in _LEFT_OUT]


def left_out_cells(of: tuple[str, str], tally: Tally, *, hidden: bool = False) -> Iterator[Cell]:
    """The cells of `left_out_columns` for one row."""
    for state in _LEFT_OUT:
        yield "" if hidden else Formula(formulas.count_state(*of, STATE_LABELS[state]), getattr(tally, state.value))


class Workings:
    """The table beside Questions: numbers that the words come from, and the places on Summary's lists."""

    HEADERS = (
        "Label",
        "Bar",
        *TARGET_HEADERS,
        "Low",
        "High",
        "Spread",
        "Order",
        "Place on agenda",
        "Above",
        "Below",
        "Others",
        "Difference",
    )

    def __init__(self, report: ReportWriter) -> None:
        self.places = Places(len(report.level_names), FIRST_FIGURE)
        self.agreement = self.places.after
        self.words = self.agreement + 1
        self.agenda = self.words + 1
        self.groups = self.agenda + 2 + len(_LEFT_OUT)
        self.last = self.groups + report.live  # the last column of the table that is ours
        self.left = self.last + 1 + len(report.user_columns(QUESTIONS)) + _GAP
        places = iter(range(self.left, self.left + len(self.HEADERS)))
        self.label, self.bar, self.line, self.share = islice(places, 4)
        self.low, self.high, self.spread, self.order = islice(places, 4)
        self.place, self.above, self.below, self.others, self.difference = places
        self.all = self.left + len(self.HEADERS)  # all teams' answers at each level, whatever group is chosen

    @staticmethod
    def cell(row: int, col: int) -> str:
        """A cell of this sheet with its column held."""
        return f"${column_name(col)}{row + 1}"


def columns(questionnaire: Questionnaire, *, live: bool = True) -> list[Column]:
    """The columns of the table; only where a group can be chosen is there one that sets it against the others."""
    return [
        Column("Ref", 6, CENTRE),
        Column("Question", 34, {"bold": True}),
        Column("Component", 25, {"font_size": 9}),
        *figure_columns(questionnaire),
        Column("Agreement", 7, {"num_format": "0.00", "align": "center"}, UPRIGHT),
        Column("In words", 15),
        Column("Agenda", 20, {"bold": True}),
        *left_out_columns(),
        Column("From typical", 7, {"num_format": "0.0", "align": "center"}, UPRIGHT),
        Column("Two separate groups", 30, {"font_size": 9}),
        *([Column(AGAINST, 30, {"font_size": 9})] if live else ()),
    ]


def workings(questionnaire: Questionnaire) -> list[str]:
    """The headers of the table beside it."""
    return [*Workings.HEADERS, *(f"All {level.name}" for level in questionnaire.levels)]


def write(report: ReportWriter) -> None:
    """Write the sheet."""
    sheet = report.write_title(
        QUESTIONS,
        "Questions",
        "Every question: how many teams are at each level, their typical level, how many are at or above "
        f"{report.target_name}, and how far they agree. {_BESIDE[report.live]}",
        empty="there are too few answers" + (", or that no group is chosen" if report.live else ""),
    )
    at = Workings(report)
    questions = report.questionnaire.questions
    rows = range(FIRST_ROW, FIRST_ROW + len(questions))
    ours = columns(report.questionnaire, live=report.live)
    height = figures_height(ours, report.questionnaire)
    first, last = report.table(
        sheet,
        "Questions",
        [*ours, *report.user_columns(QUESTIONS)],
        ([*_row(report, at, row, index), *_user_cells(report, index)] for index, row in enumerate(rows)),
        row_height=height,
    )
    report.block_typing(sheet, first, FIRST_FIGURE, last, at.last, report.follows)
    report.add_checksums(
        QUESTIONS,
        questions,
        {
            "Ref": attrgetter("id"),
            "Question": attrgetter("short"),
            "Component": lambda each: report.questionnaire.component_by_id[each.component].short,
        },
    )
    sheet.set_column(at.left - _GAP, at.left - _GAP, 3)
    heads = workings(report.questionnaire)
    shown = len(heads) if report.live else 2 + len(TARGET_HEADERS)  # a chart needs these; the rest is for formulas
    report.table(
        sheet,
        "Workings",
        [
            Column(
                header,
                38 if header in _NAMES else 12,
                {**QUIET, **({} if header in _NAMES else CENTRE)},
            )
            for header in heads[:shown]
        ],
        (list(_workings(report, at, row, index, (first, last)))[:shown] for index, row in enumerate(rows)),
        left=at.left,
        filters=False,
        row_height=height,  # the same rows once more
    )
    sheet.print_area(0, 0, last, at.agenda)
    report.freeze_header(sheet, 2)
    paper.fit(sheet, ours[: at.agenda + 1], repeat(height, len(questions)), head=200)


def _row(report: ReportWriter, at: Workings, row: int, index: int) -> Iterator[Cell]:
    question = report.questionnaire.questions[index]
    tally = report.tallies[question.id]
    distribution = tally.distribution
    of = ("Ref", f"$A{row + 1}")
    n, low, high, spread = (at.cell(row, col) for col in (at.places.valid, at.low, at.high, at.spread))
    counts = at.places.count_cells(row)
    own, target = [counts[level - 1] for level in question.levels], report.collation.target
    levels, names = len(own), [report.questionnaire.level_name(level) for level in question.levels]
    yield question.id
    yield question.short
    yield report.questionnaire.component_by_id[question.component].short
    hidden = question.id in report.withheld
    yield from figure_cells(report, at.places, row, partial(formulas.count, *of), tally, low, high, hidden=hidden)
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
    distance, separate = distribution.distance, distribution.separate_groups
    yield Formula(formulas.share(spread, n), "" if distance is None else distance)
    yield Formula(
        formulas.separate_groups(own, n, names, gaps=levels < len(counts)),
        " and ".join(report.questionnaire.level_name(level) for level in separate) if separate else "",
    )
    if report.live:
        above, below, others, known = (at.cell(row, col) for col in (at.above, at.below, at.others, at.difference))
        yield Formula(formulas.against(known, above, below, f"{n}*{others}"))


def _user_cells(report: ReportWriter, index: int) -> list[Cell]:
    return report.user_cells(QUESTIONS, [report.questionnaire.questions[index].id])


def _workings(report: ReportWriter, at: Workings, row: int, index: int, rows: tuple[int, int]) -> Iterator[Cell]:
    question = report.questionnaire.questions[index]
    distribution = report.tallies[question.id].distribution
    n, counts = at.cell(row, at.places.valid), at.places.count_cells(row)
    low, high = distribution.typical or (0, 0)
    # Whoever sorts the table beside this one moves its rows only: what stands here follows the row it stands in.
    yield Formula(f'{at.cell(row, 0)}&" "&{at.cell(row, 1)}', report.label(question.id))
    hidden = question.id in report.withheld
    yield _bar(report, at, row, question, hidden=hidden)
    yield from target_cells(at.places, row, report.tallies[question.id], report.collation.target, hidden=hidden)
    yield Formula(formulas.typical_low(counts, n), low)
    yield Formula(formulas.typical_high(counts, n), high)
    yield Formula(formulas.spread([counts[level - 1] for level in question.levels], n), distribution.spread)
    yield Formula(
        f"MATCH({at.cell(row, 0)},{formulas.array(each.id for each in report.questionnaire.questions)},0)", index + 1
    )
    agenda = distribution.agenda(report.collation.target)
    yield Formula(_agenda_place(at, row, rows), _place_now(report.ranked.agenda.get(agenda, ()), question.id, agenda))
    # All groups have nobody to stand against: the workbook is opened with zeros here.
    all_counts = [at.cell(row, at.all + level) for level in range(len(counts))]
    yield Formula(formulas.pairs_above(counts, all_counts), 0)
    yield Formula(formulas.pairs_below(counts, all_counts), 0)
    yield Formula(f"SUM({all_counts[0]}:{all_counts[-1]})-{n}", 0)
    above, below, others = (at.cell(row, col) for col in (at.above, at.below, at.others))
    yield Formula(formulas.difference(above, below, n, others))
    for level, number in enumerate(distribution.counts, 1):
        yield Formula(formulas.count_all("Ref", at.cell(row, 0), level), number)


def _bar(report: ReportWriter, at: Workings, row: int, question: Question, *, hidden: bool) -> Formula:
    """What stands beside a question's bar: its name, and under it its word on the agenda, with the count of few."""
    distribution = report.tallies[question.id].distribution
    target = report.collation.target
    label = Formula(f'{at.cell(row, 0)}&" "&{at.cell(row, 1)}', report.label(question.id))
    if hidden:
        return join(label, "\n", WITHHELD)
    valid = at.cell(row, at.places.valid)
    number = Formula(valid, distribution.n)
    word = Formula(at.cell(row, at.agenda), distribution.agenda(target).value)
    count = share_in_words(valid, at.cell(row, at.places.at_target), distribution, target)
    figures = choose(
        (compare(number, "=", 0), join("\n", NOTHING)),
        (compare(number, "<", FEWEST_FOR_PERCENT), join("\n", word, ": ", count)),
        (compare(word, "=", Agenda.UNCLEAR.value), ""),
        otherwise=join("\n", word),
    )
    return join(label, figures)


def _place_now(order: Sequence[str], question: str, word: str) -> str:
    return f"{word} {order.index(question) + 1}" if question in order else ""


def _agenda_place(at: Workings, row: int, rows: tuple[int, int]) -> str:
    """The word and the place among the questions with the same word: `Improve first 2`.

    Good practice begins with the strongest question, the other lists with the weakest.
    """
    word = at.cell(row, at.agenda)
    best_first, weakest_first = (
        formulas.place(
            f"{span(rows[0], at.agenda, rows[1])}={word}",
            (span(rows[0], at.places.at_target, rows[1]), at.cell(row, at.places.at_target), sign),
            (span(rows[0], at.agreement, rows[1]), at.cell(row, at.agreement), "<"),
            (span(rows[0], at.order, rows[1]), at.cell(row, at.order), "<"),
        )
        for sign in (">", "<")
    )
    place = f"IF({word}={formulas.text(Agenda.SHARE)},{best_first},{weakest_first})"
    return f'IF({word}="","",{word}&" "&({place}))'


AGENDA_WORDS = (Agenda.DISCUSS, Agenda.IMPROVE, Agenda.SHARE)


SHEET = SheetSpec(
    QUESTIONS,
    "The figures of each question, and the workings behind the lists on Summary.",
    write,
    headers=("Ref", "Question", "Agenda"),
    body=TableSpec(
        columns,
        marker="Ref",
        keys=BY_QUESTION,
        beside=workings,
        not_always=lambda _: ("Bar", *TARGET_HEADERS, "Strongest", "Weakest"),
    ),
)
