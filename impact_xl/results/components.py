"""Components: the answers of each component's questions, pooled."""

from __future__ import annotations

from collections.abc import Iterator

from impact_xl.cells import Cell
from impact_xl.questionnaire import Component
from impact_xl.results import formulas
from impact_xl.results.questions import Places, figure_cells, figure_columns, left_out_cells, left_out_columns
from impact_xl.results.report import CENTRE, COMPONENTS, FIRST_ROW, WHOLE, Column, Report

BEFORE = 3  # columns before Valid


def write(report: Report) -> None:
    """Write the sheet."""
    sheet = report.head(
        COMPONENTS,
        "Components",
        "Every component: the answers to its questions, pooled. Agreement is given per question only, as "
        "pooling would mix "
        "differences between questions with differences between teams.",
        empty="there are too few valid answers to say it",
    )
    columns = [
        Column("Ref", 7, CENTRE),
        Column("Component", 27, {"bold": True}),
        Column("Questions", 10, WHOLE, {"font_size": 9}),
        *figure_columns(report),
        *left_out_columns(),
    ]
    report.table(
        sheet,
        "Components",
        columns,
        (list(_row(report, row, component)) for row, component in enumerate(report.asked.components, FIRST_ROW)),
        row_height=29,
        header_height=48,
    )
    report.frozen(sheet, 2)


def _row(report: Report, row: int, component: Component) -> Iterator[Cell]:
    tally = report.component_tallies[component.id]
    of = ("Component", f"$A{row + 1}")
    places = Places(len(report.level_names), BEFORE)
    counts, n = places.count_cells(row), f"SUM({places.count_cells(row)[0]}:{places.count_cells(row)[-1]})"
    yield component.id
    yield component.short
    yield len(component.questions)
    low, high = formulas.typical_low(counts, n), formulas.typical_high(counts, n)
    hidden = component.id in report.withheld
    yield from figure_cells(report, places, row, of, tally, f"({low})", f"({high})", hidden=hidden)
    yield from left_out_cells(of, tally, hidden=hidden)
