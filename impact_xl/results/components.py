"""Components: the answers of each component's questions, pooled."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import repeat
from operator import attrgetter

from impact_xl.questionnaire import Component, Questionnaire
from impact_xl.results import formulas, paper
from impact_xl.results.edits.match_rows import BY_COMPONENT
from impact_xl.results.expressions import choose, compare, join
from impact_xl.results.questions import (
    FEWEST_FOR_PERCENT,
    NOTHING,
    TARGET_HEADERS,
    UPRIGHT,
    WITHHELD,
    Places,
    figure_cells,
    figure_columns,
    figures_height,
    left_out_cells,
    left_out_columns,
    share_in_words,
    target_cells,
    target_columns,
)
from impact_xl.results.sheet_writer import CENTRE, FIRST_ROW, QUIET, WHOLE, Column, ReportWriter, SheetSpec, TableSpec
from impact_xl.round.figures import Tally
from impact_xl.xlsx.a1 import column_name
from impact_xl.xlsx.cell_values import Cell, Formula

COMPONENTS = "Components"

BEFORE = 3  # columns before Valid
LABEL = "Label"


def columns(questionnaire: Questionnaire) -> list[Column]:
    """The columns of the table; the last ones feed the chart on Summary."""
    return [
        Column("Ref", 6, CENTRE),
        Column("Component", 29, {"bold": True}),
        Column("Questions", 6.5, WHOLE, UPRIGHT),
        *figure_columns(questionnaire),
        *left_out_columns(),
        Column(LABEL, 44, QUIET),
        *target_columns(),
    ]


def write(report: ReportWriter) -> None:
    """Write the sheet."""
    sheet = report.write_title(
        COMPONENTS,
        "Components",
        "Every component: the answers to its questions, pooled. Agreement is given per question only, as "
        "pooling would mix "
        "differences between questions with differences between teams.",
        empty="there are too few answers",
    )
    parts = report.questionnaire.components
    ours = columns(report.questionnaire)
    height = figures_height(ours, report.questionnaire)
    first, last = report.table(
        sheet,
        "Components",
        [*ours, *report.user_columns(COMPONENTS)],
        (
            [*_row(report, row, component), *report.user_cells(COMPONENTS, [component.id])]
            for row, component in enumerate(parts, FIRST_ROW)
        ),
        row_height=height,
    )
    label = label_column(report.questionnaire)
    report.block_typing(sheet, first, BEFORE, last, label + len(target_columns()), report.follows)
    report.add_checksums(
        COMPONENTS,
        parts,
        {
            "Ref": attrgetter("id"),
            "Component": attrgetter("short"),
            "Questions": lambda component: len(component.questions),
        },
    )
    sheet.print_area(0, 0, last, label - 1)
    report.freeze_header(sheet, 2)
    paper.fit(sheet, ours[:label], repeat(height, len(parts)), head=200)


def _row(report: ReportWriter, row: int, component: Component) -> Iterator[Cell]:
    tally = report.component_tallies[component.id]
    of = ("Component", f"$A{row + 1}")
    places = Places(len(report.level_names), BEFORE)
    counts, n = places.count_cells(row), f"SUM({places.count_cells(row)[0]}:{places.count_cells(row)[-1]})"
    yield component.id
    yield component.short
    yield len(component.questions)
    low, high = formulas.typical_low(counts, n), formulas.typical_high(counts, n)
    hidden = component.id in report.withheld
    count = partial(formulas.count, *of)
    yield from figure_cells(report, places, row, count, tally, f"({low})", f"({high})", hidden=hidden)
    yield from left_out_cells(of, tally, hidden=hidden)
    yield _label(report, places, row, component, tally)
    yield from target_cells(places, row, tally, report.collation.target, hidden=hidden)


def label_column(questionnaire: Questionnaire) -> int:
    """The column with the names of the bars."""
    return [column.header for column in columns(questionnaire)].index(LABEL)


def _label(report: ReportWriter, places: Places, row: int, component: Component, tally: Tally) -> Formula:
    """What stands beside the component's bar: its name, and under it what is typical, with the count of few."""
    name = Formula(f"$B{row + 1}", component.short)
    if component.id in report.withheld:
        return join(name, "\n", WITHHELD)
    distribution, questions = tally.distribution, len(component.questions)
    valid, typical, at_target = (
        f"${column_name(col)}{row + 1}" for col in (places.valid, places.typical, places.at_target)
    )
    number = Formula(valid, distribution.n)
    share = share_in_words(valid, at_target, distribution, report.collation.target, questions)
    figures = choose(
        (compare(number, "=", 0), NOTHING),
        (
            compare(number, "<", FEWEST_FOR_PERCENT * questions),
            join(Formula(typical, report.typical(distribution.typical)), "; ", share),
        ),
        otherwise=join("Typical: ", Formula(typical, report.typical(distribution.typical))),
    )
    return join(name, "\n", figures)


SHEET = SheetSpec(
    COMPONENTS,
    "The figures of each component.",
    write,
    headers=("Ref", "Component", "Valid"),
    body=TableSpec(columns, marker="Ref", keys=BY_COMPONENT, not_always=lambda _: TARGET_HEADERS),
)
