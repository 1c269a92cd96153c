"""Heatmap: teams by questions, the level's number always in the cell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from impact_xl import theme
from impact_xl.cells import Cell, Formula, Rows
from impact_xl.layout import column_name
from impact_xl.record import TeamResult
from impact_xl.results.report import CENTRE, FIRST_ROW, HEATMAP, MOST_LIVE, QUIET, Column, Report

FIRST_QUESTION = 2  # Team and Group come before
NOT_LIVE = f"With more than {MOST_LIVE} teams these are values: corrections show here when returns are combined again."
_HEADER_HEIGHT = 190
_KEY_ROW = 2  # the line of air above the table


def write(report: Report) -> None:
    """Write the sheet."""
    sheet = report.head(
        HEATMAP,
        "Heatmap",
        "Each number is a team's level for a question. A dash means no valid answer: blank, more than one, "
        "unclear, missing or not applicable." + ("" if report.teams_live else f" {NOT_LIVE}"),
        landscape=False,
        paper=8,
    )
    questions = report.asked.questions
    columns = [
        Column("Team", 28),
        Column("Group", 20, QUIET),
        *(
            Column(
                report.label(question.id),
                4.6,
                {
                    "align": "center",
                    "num_format": '[=0]"–";0',
                    "border": 1,
                    "border_color": "#FFFFFF",
                    "bottom_color": "#FFFFFF",
                },
                {"rotation": 90, "valign": "bottom", "align": "center", "font_size": 9, "text_wrap": False},
            )
            for question in questions
        ),
        Column("Team no", 9, {**QUIET, **CENTRE}),
    ]
    first, last = report.table(
        sheet,
        "Heatmap",
        columns,
        Rows(report.collation.results, lambda result: list(_row(report, result))),
        header_height=_HEADER_HEIGHT,
    )
    report.colour_levels(sheet, first, FIRST_QUESTION, last, FIRST_QUESTION + len(questions) - 1)
    _key(report, sheet)
    sheet.print_area(0, 0, last, FIRST_QUESTION + len(questions) - 1)
    report.frozen(sheet, 1)


def _row(report: Report, result: TeamResult) -> Iterator[Cell]:
    row = FIRST_ROW + result.number - 1  # teams are numbered in the order that they are written in
    number = f"${column_name(FIRST_QUESTION + len(report.asked.questions))}{row + 1}"
    yield result.team.name
    yield result.team.group_name
    for question in report.asked.questions:
        answer = result.answers.get(question.id)
        # The team's number and the question's id: neither can be taken for a wildcard or a comparison.
        yield report.if_few(
            Formula(
                f'SUMIFS(Answers[Level no],Answers[Team no],{number},Answers[Ref],"{question.id}")',
                (answer.level or 0) if answer else 0,
            )
        )
    yield result.number


def _key(report: Report, sheet: Any) -> None:
    """The levels' colours and names, each name running on over the empty cells behind its number."""
    report.put(sheet, _KEY_ROW, 0, "Key", bold=True, align="right")
    step = max(1, len(report.asked.questions) // len(report.level_names))
    for index, (name, fill) in enumerate(zip(report.level_names, report.fills, strict=True)):
        col = FIRST_QUESTION + index * step
        report.put(sheet, _KEY_ROW, col, index + 1, bg_color=fill, font_color=theme.text_on(fill), align="center")
        report.put(sheet, _KEY_ROW, col + 1, name, text_wrap=False, font_size=9)
