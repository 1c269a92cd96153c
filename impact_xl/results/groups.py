"""Groups: the groups side by side, by component and by question."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from impact_xl.questionnaire import Questionnaire
from impact_xl.results import charts, formulas
from impact_xl.results.edits.match_rows import BY_GROUP
from impact_xl.results.expressions import choose, compare, every, join, minus, percent, plural_of, product, quotient
from impact_xl.results.headline import at_target
from impact_xl.results.labels import STATUS_LABELS
from impact_xl.results.questions import (
    NOTHING,
    UPRIGHT,
    Places,
    figure_cells,
    figure_columns,
    target_cells,
    target_columns,
)
from impact_xl.results.sheet_writer import (
    CENTRE,
    FIRST_ROW,
    HEADER_ROW,
    PERCENT,
    QUIET,
    WHOLE,
    Column,
    ReportWriter,
    SheetSpec,
    TableSpec,
    span,
)
from impact_xl.round.answers import Status
from impact_xl.round.collation import Collation
from impact_xl.round.figures import FEWEST_FOR_WORDS, Tally
from impact_xl.xlsx import theme
from impact_xl.xlsx.a1 import column_name
from impact_xl.xlsx.cell_values import Cell, Formula
from impact_xl.xlsx.workbook_writer import clean

GROUPS = "Groups"
TABLE = "GroupFigures"  # the list of names on About is called Groups
FIRST_FIGURE = 3  # Group, Teams and Answered come before
_MUCH_LOWER = 15  # percentage points below the others, from which on the headline names a group
_MOST_COMPONENTS = (4, 5)  # and it is lowest in four of five components
BEHIND = "Far behind"
_MOST_OF_A_NAME = 30  # characters on Summary
_CHART_WIDTH, _CHART_FONT = 1180, 11  # pixels, points; the sheet is printed at about three quarters of its size


def exist(collation: Collation) -> bool:
    """Whether a round has groups to set side by side."""
    return len(collation.groups) > 1


def columns(questionnaire: Questionnaire) -> list[Column]:
    """The columns of the table: figures, shares at the target by component and by question, the chart's."""
    fills = [theme.DARK_BLUE, theme.BLUE]
    return [
        Column("Group", 27, {"bold": True}),
        Column("Teams", 6.5, WHOLE, UPRIGHT),
        Column("Answered", 6.5, WHOLE, UPRIGHT),
        *figure_columns(questionnaire),
        Column("Others", 6.5, WHOLE, UPRIGHT),
        Column("Others at target", 7, PERCENT, UPRIGHT),
        *(Column(component.short, 12, PERCENT, {"font_size": 9}) for component in questionnaire.components),
        *(
            Column(question.id, 6.5, PERCENT, {"font_size": 9, "bg_color": fills[place % 2]})
            for place, component in enumerate(questionnaire.components)
            for question in component.questions
        ),
        Column(BEHIND, 9, {**QUIET, **CENTRE}),
        Column("Bar", 38, QUIET),
        *target_columns(),
    ]


class Columns:
    """Which column holds what, 0-based."""

    def __init__(self, questionnaire: Questionnaire) -> None:
        self.heads = [column.header for column in columns(questionnaire)]
        self.figures = Places(len(questionnaire.levels), FIRST_FIGURE)
        self.others = self.figures.after
        self.components = self.others + 2
        self.questions = self.components + len(questionnaire.components)
        self.behind = self.questions + len(questionnaire.questions)
        self.bar, self.line = self.behind + 1, self.behind + 2


def write(report: ReportWriter) -> None:
    """Write the sheet."""
    sheet = report.write_title(
        GROUPS,
        GROUPS,
        f"Every group: its answers, how many are at or above {report.target_name}, and how many of the others'. "
        "The same follows by component and (on the right) by question. Services differ: ask why before you compare.",
        empty="there are too few answers",
    )
    at, groups = Columns(report.questionnaire), report.collation.groups
    first, last = FIRST_ROW, FIRST_ROW + len(groups) - 1
    report.table(
        sheet,
        TABLE,
        [*columns(report.questionnaire), *report.user_columns(GROUPS)],
        ([*_row(report, at, row, group, (first, last)), *report.user_cells(GROUPS, [group])]
         for row, group in enumerate(groups, first)),
    )  # fmt: skip
    report.block_typing(sheet, first, 1, last, len(at.heads) - 1, report.follows)
    report.add_checksums(GROUPS, groups, {"Group": str})
    _chart(report, sheet, at, (first, last))
    report.freeze_header(sheet, 1)


def _chart(report: ReportWriter, sheet: Any, at: Columns, rows: tuple[int, int]) -> None:
    """A bar for each group, below the table."""
    first, last = rows
    places = at.figures
    shares = [
        (f"'{GROUPS}'!${column_name(places.counts + level)}${HEADER_ROW + 1}",
         span(first, places.shares + level, last, sheet=GROUPS))
        for level in range(len(report.level_names))
    ]  # fmt: skip
    line, share = (span(first, at.line + col, last, sheet=GROUPS) for col in range(2))
    chart = charts.stacked(
        report,
        names=span(first, at.bar, last, sheet=GROUPS),
        shares=shares,
        size=_CHART_FONT,
        target=charts.Target(report.collation.target, line, share, room=0.1),
    )
    height = 90 + 60 * (last - first + 1)
    chart.set_size({"width": _CHART_WIDTH, "height": height})
    words = "; ".join(f"{group}: {_at_target(report, group)}" for group in report.collation.groups[:8])
    description = (
        "100% stacked bars: the share of valid answers at each level, for each group. At or above "
        f"{report.target_name}: {words}. The numbers are on the sheet Groups."
    )
    sheet.insert_chart(last + 2, 0, chart, {"description": clean(description), "object_position": 1})
    sheet.print_area(0, 0, last + 2 + -(-height // 16), at.questions - 1)


def _at_target(report: ReportWriter, group: str) -> str:
    share = figures_of(report, group).distribution.share_at_least(report.collation.target)
    return NOTHING if share is None else formulas.percent(share)


def figures_of(report: ReportWriter, group: str) -> Tally:
    """All answers of a group together."""
    first, *rest = report.collation.component_tallies(group).values()
    return sum(rest, first)


def _row(report: ReportWriter, at: Columns, row: int, group: str, rows: tuple[int, int]) -> Iterator[Cell]:
    yield group
    for figure in _figures(report, at, row, group, rows):
        yield report.if_few(figure) if isinstance(figure, Formula) else figure


def _figures(report: ReportWriter, at: Columns, row: int, group: str, rows: tuple[int, int]) -> Iterator[Cell]:
    collation, own = report.collation, f"$A{row + 1}"
    target = collation.target
    teams = len(collation.by_group.get(group, ()))
    yield Formula(f"SUMPRODUCT(--(Teams[Group]={own}))", teams)
    is_returned = "+".join(f'(Teams[Status]="{STATUS_LABELS[each]}")' for each in Status if each.returned)
    yield Formula(f"SUMPRODUCT((Teams[Group]={own})*({is_returned}))", _answered(report, group))
    tally = figures_of(report, group)
    counts, n = at.figures.count_cells(row), f"${column_name(at.figures.valid)}{row + 1}"
    low, high = formulas.typical_low(counts, n), formulas.typical_high(counts, n)
    count = partial(formulas.count_of_group, own)
    yield from figure_cells(report, at.figures, row, count, tally, f"({low})", f"({high})")
    others = _Others(report, at, row, group, rows)
    yield others.teams
    yield others.share
    for column, tallies in (
        ("Component", collation.component_tallies(group)),
        ("Ref", collation.tallies(group)),
    ):
        for item, each in tallies.items():
            share = each.distribution.share_at_least(target)
            yield Formula(formulas.share_of_group(own, column, item, target), "" if share is None else share)
    yield others.far_behind
    yield _bar(report, row, group)
    yield from target_cells(at.figures, row, tally, target)


class _Others:
    """How a group stands beside all other teams, whatever group is chosen on Summary."""

    def __init__(self, report: ReportWriter, at: Columns, row: int, group: str, rows: tuple[int, int]) -> None:
        collation, target = report.collation, report.collation.target
        own, overall = figures_of(report, group).distribution, report.overall.distribution
        answered = Formula(f"$C{row + 1}", _answered(report, group))
        total = Formula(f"SUM({span(rows[0], 2, rows[1])})", collation.returned)
        self.teams = minus(total, answered)
        counts = [column_name(at.figures.counts + level) for level in range(len(report.level_names))]

        def number(first: int, of_group: int, of_all: int) -> tuple[Formula, Formula]:
            """How many answers are at a level or above, in the group and among the others."""
            left, right = counts[first - 1], counts[-1]
            here = Formula(f"SUM(${left}{row + 1}:${right}{row + 1})", of_group)
            everywhere = Formula(f"SUM(${left}${rows[0] + 1}:${right}${rows[1] + 1})", of_all)
            return here, minus(everywhere, here)

        valid, valid_others = number(1, own.n, overall.n)
        reached, reached_others = number(target, own.at_least(target), overall.at_least(target))
        self.share = choose((compare(valid_others, "=", 0), ""), otherwise=quotient(reached_others, valid_others))
        enough = (compare(answered, ">=", FEWEST_FOR_WORDS), compare(self.teams, ">=", FEWEST_FOR_WORDS))
        # The difference of the two shares, in whole numbers: no rounding decides.
        gap = minus(product(reached_others, valid), product(reached, valid_others))
        lower = compare(product(100, gap), ">=", product(_MUCH_LOWER, product(valid, valid_others)))
        most = compare(product(_MOST_COMPONENTS[1], _lowest_in(report, at, row, group, rows)), ">=",
                       _MOST_COMPONENTS[0] * len(report.questionnaire.components))  # fmt: skip
        self.far_behind = choose((every(*enough, lower, most), 1), otherwise=0)


def _lowest_in(report: ReportWriter, at: Columns, row: int, group: str, rows: tuple[int, int]) -> Formula:
    """In how many components no other group has a smaller share at the target."""
    target, parts = report.collation.target, report.questionnaire.components
    shares = {
        each: [tally.distribution.share_at_least(target) for tally in report.collation.component_tallies(each).values()]
        for each in report.collation.groups
    }
    number = 0
    tests = []
    for place in range(len(parts)):
        own = shares[group][place]
        known = [share for each in shares.values() if (share := each[place]) is not None]
        number += own is not None and own == min(known)
        cell = f"${column_name(at.components + place)}{row + 1}"
        tests.append(f"IF(ISNUMBER({cell}),IF({cell}=MIN({span(rows[0], at.components + place, rows[1])}),1,0),0)")
    return Formula(f"({'+'.join(tests)})", number)


def _answered(report: ReportWriter, group: str) -> int:
    return sum(each.status.returned for each in report.collation.by_group.get(group, ()))


def _bar(report: ReportWriter, row: int, group: str) -> Formula:
    """What stands beside a group's bar: its name, and under it how many of its teams answered."""
    teams = len(report.collation.by_group.get(group, ()))
    listed = Formula(f"$B{row + 1}", teams)
    answered = Formula(f"$C{row + 1}", _answered(report, group))
    return join(Formula(f"$A{row + 1}", clean(group)), "\n", answered, " of ", listed, plural_of(listed, " team"))


def line(report: ReportWriter, row: int, group: str) -> tuple[Formula, ...]:
    """What Summary says of a group: its name, how many of its teams answered, how many are at target, what is typical.

    Args:
        report: the results.
        row: the group's row on this sheet, 0-based.
        group: its name.
    """
    at = Columns(report.questionnaire).figures
    distribution = figures_of(report, group).distribution
    listed = Formula(_cell(row, 1), len(report.collation.by_group.get(group, ())))
    answered = Formula(_cell(row, 2), _answered(report, group))
    valid = Formula(_cell(row, at.valid), distribution.n)
    share = formulas.percent(distribution.share_at_least(report.collation.target) or 0)
    at_target = join(Formula(f'TEXT({_cell(row, at.at_target)},"0%")', share), " at target")
    return (
        _short(Formula(_cell(row, 0), clean(group))),
        join(answered, " of ", listed, " answered"),
        choose((compare(valid, "=", 0), NOTHING), otherwise=at_target),
        Formula(f'{_cell(row, at.typical)}&""', report.typical(distribution.typical)),
    )


def _short(name: Formula) -> Formula:
    """A group's name as long as there is room for it."""
    is_long = Formula(f"LEN({name.text})>{_MOST_OF_A_NAME}", len(str(name.value)) > _MOST_OF_A_NAME)
    cut = Formula(f'LEFT({name.text},{_MOST_OF_A_NAME - 1})&"…"', f"{str(name.value)[: _MOST_OF_A_NAME - 1]}…")
    return choose((is_long, cut), otherwise=name)


def _cell(row: int, col: int) -> str:
    return f"{GROUPS}!${column_name(col)}${row + 1}"


def far_behind(report: ReportWriter) -> Formula:
    """The sentence about the group that is far behind the others; nothing where there is none, or one is chosen."""
    rows = (FIRST_ROW, FIRST_ROW + len(report.collation.groups) - 1)
    at = Columns(report.questionnaire)
    behind = [_Others(report, at, row, group, rows) for row, group in enumerate(report.collation.groups, FIRST_ROW)]
    place = next((place for place, each in enumerate(behind) if each.far_behind.value), None)
    group = report.collation.groups[place] if place is not None else ""
    found = f"MATCH(1,{TABLE}[{BEHIND}],0)"

    def of(column: str, value: str | float) -> Formula:
        at = formulas.text_at if isinstance(value, str) else formulas.number_at
        return Formula(at(f"{TABLE}[{column}]", found), value)

    share = figures_of(report, group).distribution.share_at_least(report.collation.target) if group else 0
    others = behind[place] if place is not None else None
    sentence = join(
        _short(of("Group", clean(group))),
        ": ",
        of("Answered", _answered(report, group)),
        " teams answered lower than the other ",
        of("Others", others.teams.value if others else 0),
        ", with ",
        percent(of("At target", share or 0)),
        f" of the answers {at_target(report)}, against ",
        percent(of("Others at target", others.share.value if others else 0)),
        ". Ask why before you compare.",
    )
    text = f'IF(SelectedGroup={formulas.text(formulas.ALL_GROUPS)},IFERROR({sentence.text},""),"")'
    return Formula(text, sentence.value if group else "")


SHEET = SheetSpec(
    GROUPS,
    "The groups side by side: their answers, by component and by question.",
    write,
    headers=("Group", "Others at target"),
    body=TableSpec(columns, marker="Group", keys=BY_GROUP, charts=lambda _: 1),
    when=exist,
)
