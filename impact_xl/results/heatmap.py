"""Heatmap: teams by questions, the level's number always in the cell."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import accumulate, chain, repeat
from typing import Any

from impact_xl.questionnaire import Questionnaire
from impact_xl.results.edits.match_rows import BY_TEAM
from impact_xl.results.sheet_writer import (
    CENTRE,
    HEADER_ROW,
    MOST_LIVE,
    QUIET,
    Column,
    ReportWriter,
    SheetSpec,
    TableSpec,
)
from impact_xl.round.record import TeamResult
from impact_xl.xlsx import theme
from impact_xl.xlsx.a1 import column_name
from impact_xl.xlsx.cell_values import Cell, Formula, Rows

HEATMAP = "Heatmap"
FIRST_QUESTION = 2  # Team and Group come before
TOP = HEADER_ROW + 1  # of the header: the components' names stand above it
FIRST_TEAM = TOP + 1
NOT_LIVE = f"With more than {MOST_LIVE} teams these are values: corrections show here when returns are combined again."
_LATER = "Correct the level on the sheet Answers. It shows here when returns are combined again."
_MOST_HEADER = 190.0  # points
_DEFAULT_PIXELS = 64  # of a column that is given no width
_KEY_ROW, _COMPONENT_ROW = HEADER_ROW - 1, HEADER_ROW
_TEAM, _GROUP, _LEVEL = 31.0, 21.0, 5.1  # widths

# What fits across A3 between its margins, in pixels; LibreOffice's columns come out 6% wider than Excel's.
_ACROSS_PORTRAIT, _ACROSS_LANDSCAPE = 990, 1430
_LEAST_SCALE = 0.72  # smaller, the numbers are hard to read


def columns(questionnaire: Questionnaire) -> list[Column]:
    """The columns of the table; the headers of every other component are lighter, so that one sees where each ends."""
    fills = [theme.DARK_BLUE, theme.BLUE]
    upright = {"rotation": 90, "valign": "bottom", "align": "center", "font_size": 9, "text_wrap": False}
    level = {"align": "center", "num_format": '[=0]"–";0', "border": 1, "border_color": theme.WHITE}
    return [
        Column("Team", _TEAM),
        Column("Group", _GROUP, QUIET),
        *(
            Column(
                f"{question.id} {question.short}",
                _LEVEL,
                {**level, "bottom_color": theme.WHITE},
                {**upright, "bg_color": fills[place % 2]},
            )
            for place, component in enumerate(questionnaire.components)
            for question in component.questions
        ),
        Column("Team no", 9, {**QUIET, **CENTRE}),
    ]


def write(report: ReportWriter) -> None:
    """Write the sheet."""
    holds = (
        "Each number is a team's level for a question. A dash means no valid answer: blank, more than one, unclear, "
        "missing or not applicable." + ("" if report.teams_live else f" {NOT_LIVE}")
    )
    if not report.collation.results:
        holds += " An empty cell means that nobody was asked or heard of."
    sheet = report.write_title(HEATMAP, "Heatmap", holds, landscape=False, paper=8)
    first, last = report.table(
        sheet,
        HEATMAP,
        [*columns(report.questionnaire), *report.user_columns(HEATMAP)],
        Rows(
            report.collation.results,
            lambda result: [*_row(report, result), *report.user_cells(HEATMAP, [result.team.id])],
        ),
        top=TOP,
        header_height=_header_height(report),
    )
    last_question = FIRST_QUESTION + len(report.questionnaire.questions) - 1
    report.colour_levels(sheet, first, FIRST_QUESTION, last, last_question)
    report.block_typing(
        sheet, first, FIRST_QUESTION, last, last_question, report.follows if report.teams_live else _LATER
    )
    report.add_checksums(
        HEATMAP,
        report.collation.results,
        {
            "Team": lambda result: result.team.name,
            "Group": lambda result: result.team.group_name,
            "Team no": lambda result: result.number,
        },
    )
    _key(report, sheet)
    _component_names(report, sheet)
    sheet.print_area(0, 0, last, max(last_question, _covered(report, holds)))
    report.freeze_header(sheet, 1, top=TOP)
    _pages(report, sheet)


def _header_height(report: ReportWriter) -> float:
    longest = max(theme.text_pixels(report.label(each.id), 9, bold=True) for each in report.questionnaire.questions)
    return min(_MOST_HEADER, longest * theme.POINTS_PER_PIXEL + 14)


def _covered(report: ReportWriter, text: str) -> int:
    """The column up to which the text under the title runs."""
    widths = [theme.column_pixels(column.width) for column in columns(report.questionnaire)]
    room = list(accumulate(chain(widths, repeat(_DEFAULT_PIXELS, 20))))
    wide = theme.text_pixels(text, 10)
    return next((col for col, pixels in enumerate(room) if pixels >= wide), len(room) - 1)


def _row(report: ReportWriter, result: TeamResult) -> Iterator[Cell]:
    row = FIRST_TEAM + result.number - 1  # teams are numbered in the order that they are written in
    number = f"${column_name(FIRST_QUESTION + len(report.questionnaire.questions))}{row + 1}"
    yield result.team.name
    yield result.team.group_name
    for question in report.questionnaire.questions:
        answer = result.counted.get(question.id)
        # The team's number and the question's id: neither can be taken for a wildcard or a comparison.
        yield report.if_few(
            Formula(
                f'SUMIFS(Answers[Level no],Answers[Team no],{number},Answers[Ref],"{question.id}")',
                (answer.level or 0) if answer else 0,
            )
        )
    yield result.number


def _key(report: ReportWriter, sheet: Any) -> None:
    """The levels' colours and names; in words alone where the questions are too few to hold them side by side."""
    sheet.set_row(_KEY_ROW, 17)
    levels = list(enumerate(zip(report.level_names, report.fills, strict=True), 1))
    pixels = theme.column_pixels(_LEVEL)
    wide = [1 + math.ceil((theme.text_pixels(name, 9) + 16) / pixels) for name in report.level_names]
    if sum(wide) > len(report.questionnaire.questions):
        key = f"Key: {', '.join(f'{number} {name}' for number, (name, _) in levels)}"
        report.write_checked_text(sheet, _KEY_ROW, 0, key, text_wrap=False, font_size=9, valign="vcenter")
        return
    report.write_checked_text(
        sheet, _KEY_ROW, 1, "Key", bold=True, font_size=9, align="right", indent=1, valign="vcenter"
    )
    for col, (number, (name, fill)) in zip(_starts(wide), levels, strict=True):
        look = {"valign": "vcenter", "font_size": 9}
        ink = theme.text_on(fill)
        report.write_checked_text(sheet, _KEY_ROW, col, number, bg_color=fill, font_color=ink, align="center", **look)
        report.write_checked_text(sheet, _KEY_ROW, col + 1, name, text_wrap=False, align="left", indent=1, **look)


def _starts(widths: list[int]) -> Iterator[int]:
    col = FIRST_QUESTION
    for width in widths:
        yield col
        col += width


def _component_names(report: ReportWriter, sheet: Any) -> None:
    """Each component's name over its questions; its id where they are too few for the name."""
    sheet.set_row(_COMPONENT_ROW, 18)
    pixels = theme.column_pixels(_LEVEL)
    for component in report.questionnaire.components:
        room = len(component.questions) * pixels - 6
        name = component.short if theme.text_pixels(component.short, 8.5, bold=True) <= room else component.id
        col = FIRST_QUESTION + report.questionnaire.places[component.questions[0].id]
        look = {"bold": True, "font_size": 8.5, "font_color": theme.DARK_BLUE, "text_wrap": False, "valign": "vcenter"}
        report.write_checked_text(sheet, _COMPONENT_ROW, col, name, **look)


def _pages(report: ReportWriter, sheet: Any) -> None:
    """A3 upright or across, whichever keeps the numbers legible; else as many components on a page as stay legible."""
    fixed = theme.column_pixels(_TEAM) + theme.column_pixels(_GROUP)
    level = theme.column_pixels(_LEVEL)
    wide = fixed + level * len(report.questionnaire.questions)
    if wide * _LEAST_SCALE <= _ACROSS_PORTRAIT:
        return
    sheet.set_landscape()
    if wide * _LEAST_SCALE <= _ACROSS_LANDSCAPE:
        return
    sheet.set_print_scale(round(100 * _LEAST_SCALE))  # Excel takes no notice of breaks on pages that are fitted
    sheet.repeat_columns(0, FIRST_QUESTION - 1)
    breaks, used = [], fixed
    for component in report.questionnaire.components:
        own = level * len(component.questions)
        if used > fixed and (used + own) * _LEAST_SCALE > _ACROSS_LANDSCAPE:
            breaks.append(FIRST_QUESTION + report.questionnaire.places[component.questions[0].id])
            used = fixed
        used += own
    sheet.set_v_pagebreaks(breaks)


SHEET = SheetSpec(
    HEATMAP,
    "Every team's level for every question.",
    write,
    headers=("Team", "Group", "Team no"),
    body=TableSpec(columns, marker="Team no", keys=BY_TEAM),
)
