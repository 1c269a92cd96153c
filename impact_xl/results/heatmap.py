"""Heatmap: teams by questions, the level's number always in the cell; what is typical stands above each question."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import accumulate, chain, repeat
from typing import Any

from impact_xl.questionnaire import Questionnaire
from impact_xl.results import formulas
from impact_xl.results.edits.match_rows import BY_TEAM
from impact_xl.results.headline import at_target
from impact_xl.results.labels import STATUS_LABELS
from impact_xl.results.sheet_writer import (
    CENTRE,
    HEADER_ROW,
    MOST_LIVE,
    QUIET,
    Column,
    ReportWriter,
    SheetSpec,
    TableSpec,
    span,
)
from impact_xl.round.collation import Collation
from impact_xl.round.record import TeamResult
from impact_xl.wording import plural
from impact_xl.xlsx import theme
from impact_xl.xlsx.a1 import column_name
from impact_xl.xlsx.cell_values import Cell, Formula, Rows
from impact_xl.xlsx.workbook_writer import clean

HEATMAP = "Heatmap"
FIRST_QUESTION = 2  # Team and Group come before
_KEY_ROW, _TYPICAL_ROW, _REACHED_ROW, _COMPONENT_ROW = range(HEADER_ROW - 1, HEADER_ROW + 3)
TOP = _COMPONENT_ROW + 1  # of the header
FIRST_TEAM = TOP + 1
NOT_LIVE = f"With more than {MOST_LIVE} teams these are values: corrections show here when returns are combined again."
_LATER = "Correct the level on the sheet Answers. It shows here when returns are combined again."
NO_ANSWERS = "No answers to show from "  # how the lines below the table begin
_HEADER_FONT = 8
_DEFAULT_PIXELS = 64  # of a column that is given no width
_TEAM, _GROUP, _LEVEL = 25.5, 16.5, 4.3  # widths

# What fits across A4 between its margins, in pixels; LibreOffice's columns come out 6% wider than Excel's.
_ACROSS_PORTRAIT, _ACROSS_LANDSCAPE = 685, 994
_LEAST_SCALE = 0.63  # smaller, the numbers are hard to read


def columns(questionnaire: Questionnaire) -> list[Column]:
    """The columns of the table; the headers of every other component are lighter, so that one sees where each ends."""
    fills = [theme.DARK_BLUE, theme.BLUE]
    # At the left of the column, as Excel's button for the filter stands at the right.
    upright = {"rotation": 90, "valign": "bottom", "align": "left", "font_size": _HEADER_FONT, "text_wrap": False}
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
    results = shown(report)
    if not results:
        holds += " An empty cell means that no team has answered."
    sheet = report.write_title(HEATMAP, "Heatmap", holds, landscape=False)
    rows = [*enumerate(results, FIRST_TEAM)]
    first, last = report.table(
        sheet,
        HEATMAP,
        [*columns(report.questionnaire), *report.user_columns(HEATMAP)],
        Rows(rows, lambda each: [*_row(report, *each), *report.user_cells(HEATMAP, [each[1].team.id])]),
        top=TOP,
    )
    last_question = FIRST_QUESTION + len(report.questionnaire.questions) - 1
    report.colour_levels(sheet, first, FIRST_QUESTION, last, last_question)
    report.block_typing(
        sheet, first, FIRST_QUESTION, last, last_question, report.follows if report.teams_live else _LATER
    )
    report.add_checksums(
        HEATMAP,
        results,
        {
            "Team": lambda result: result.team.name,
            "Group": lambda result: result.team.group_name,
            "Team no": lambda result: result.number,
        },
    )
    _key(report, sheet)
    _figures(report, sheet, (first, last))
    _component_names(report, sheet)
    right = max(last_question, _covered(report, holds))
    sheet.print_area(0, 0, _without_answers(report, sheet, last + 2), right)
    report.freeze_header(sheet, 1, top=TOP)
    _pages(report, sheet)


def shown(report: ReportWriter) -> list[TeamResult]:
    """The teams that have a row: those with answers, and those beside which somebody has typed something."""
    carried = report.collation.carried
    typed = carried.cells.get(HEATMAP, {}) if carried else {}
    return [each for each in report.collation.results if each.counted or typed.get((each.team.id,))]


def _covered(report: ReportWriter, text: str) -> int:
    """The column up to which the text under the title runs."""
    widths = [theme.column_pixels(column.width) for column in columns(report.questionnaire)]
    room = list(accumulate(chain(widths, repeat(_DEFAULT_PIXELS, 20))))
    wide = theme.text_pixels(text, 10)
    return next((col for col, pixels in enumerate(room) if pixels >= wide), len(room) - 1)


def _row(report: ReportWriter, row: int, result: TeamResult) -> Iterator[Cell]:
    number = f"${column_name(FIRST_QUESTION + len(report.questionnaire.questions))}{row + 1}"
    is_live = report.teams_live
    yield result.team.name
    yield result.team.group_name
    for question in report.questionnaire.questions:
        answer = result.counted.get(question.id)
        level = (answer.level or 0) if answer else 0
        if is_live:
            # The team's number and the question's id: neither can be taken for a wildcard or a comparison.
            live = f'SUMIFS(Answers[Level no],Answers[Team no],{number},Answers[Ref],"{question.id}")'
            yield Formula(live, level)
        else:
            yield level
    yield result.number


def _figures(report: ReportWriter, sheet: Any, rows: tuple[int, int]) -> None:
    """Above each question what is typical of it and how many teams are at the target, whatever group is chosen."""
    label = {"bold": True, "font_size": 9, "text_wrap": False, "valign": "vcenter"}
    target = report.collation.target
    for row, text in ((_TYPICAL_ROW, "Typical level"), (_REACHED_ROW, f"Teams {at_target(report)}")):
        sheet.set_row(row, 18)
        report.write_checked_text(sheet, row, 0, text, **label)
    look = {"align": "center", "valign": "vcenter", "font_size": 9, "border": 1, "border_color": theme.WHITE}
    tallies = report.collation.tallies()
    for col, question in enumerate(report.questionnaire.questions, FIRST_QUESTION):
        levels, distribution = span(rows[0], col, rows[1]), tallies[question.id].distribution
        low, high = distribution.typical or (0, 0)
        typical = low if low == high else f"{low}–{high}"
        cell = Formula(formulas.typical_number(levels), typical if low else "")
        report.write_cell(sheet, _TYPICAL_ROW, col, cell, bold=True, bg_color=theme.BAND, **look)
        reached = Formula(f'COUNTIF({levels},">={target}")', distribution.at_least(target))
        report.write_cell(sheet, _REACHED_ROW, col, reached, bg_color=theme.BAND, **look)
    last_question = FIRST_QUESTION + len(tallies) - 1
    report.colour_levels(sheet, _TYPICAL_ROW, FIRST_QUESTION, _TYPICAL_ROW, last_question)
    report.block_typing(sheet, _TYPICAL_ROW, FIRST_QUESTION, _REACHED_ROW, last_question, report.follows)


def _without_answers(report: ReportWriter, sheet: Any, row: int) -> int:
    """The teams that have no row, in as many lines below the table as their names need; gives the last row."""
    widths = sum(theme.column_pixels(column.width) for column in columns(report.questionnaire)[:-1])
    lines = theme.wrapped(without_answers(report.collation, shown(report)), max(widths, _LEAST_LINE), _LINE_FONT)
    for line in lines:
        report.write_checked_text(sheet, row, 0, line, font_size=_LINE_FONT, font_color=theme.QUIET, text_wrap=False)
        sheet.set_row(row, 14)
        row += 1
    return row - 1 if lines else row - 2


_LEAST_LINE, _LINE_FONT = 640, 9  # pixels, where there are few questions; points


def without_answers(collation: Collation, rows: Sequence[TeamResult]) -> str:
    """The sentence that names the teams without a row, by what came of them; nothing where there are none."""
    left = {each.number for each in collation.results} - {each.number for each in rows}
    names: defaultdict[str, list[str]] = defaultdict(list)
    for each in collation.results:
        if each.number in left:
            names[STATUS_LABELS[each.status]].append(" ".join(clean(each.team.name).split()))
    if not names:
        return ""
    return f"{NO_ANSWERS}{plural(len(left), 'team')}. " + " ".join(
        f"{status}: {', '.join(teams)}." for status, teams in names.items()
    )


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


_NAME_FONTS = (8.5, 8, 7.5)  # points


def _component_names(report: ReportWriter, sheet: Any) -> None:
    """Each component's name over its questions; its id where they are too few for the name."""
    sheet.set_row(_COMPONENT_ROW, 18)
    pixels = theme.column_pixels(_LEVEL)
    for component in report.questionnaire.components:
        room = len(component.questions) * pixels - 4
        fits = (size for size in _NAME_FONTS if theme.text_pixels(component.short, size, bold=True) <= room)
        size = next(fits, 0)
        col = FIRST_QUESTION + report.questionnaire.places[component.questions[0].id]
        look = {"bold": True, "font_size": size or _NAME_FONTS[0], "font_color": theme.DARK_BLUE}
        name = component.short if size else component.id
        report.write_checked_text(sheet, _COMPONENT_ROW, col, name, text_wrap=False, valign="vcenter", **look)


def _pages(report: ReportWriter, sheet: Any) -> None:
    """A4 upright or across, whichever keeps the numbers legible; else as many components on a page as stay legible."""
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
    "Every team's level for every question, and what is typical of each question.",
    write,
    headers=("Team", "Group", "Team no"),
    body=TableSpec(
        columns,
        marker="Team no",
        keys=BY_TEAM,
        figures=range(_TYPICAL_ROW, _REACHED_ROW + 1),
        below=NO_ANSWERS,
    ),
)
