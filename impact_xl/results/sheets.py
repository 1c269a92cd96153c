"""The sheets of the consolidated workbook, in the order of its tabs. A new sheet is its own module and a line here."""

from __future__ import annotations

from impact_xl.results import (
    about,
    actions,
    answers,
    comments,
    components,
    files_read,
    groups,
    heatmap,
    how_done,
    questions,
    summary,
    teams,
    to_fix,
)
from impact_xl.results.sheet_writer import SheetSpec

SHEETS: tuple[SheetSpec, ...] = (
    summary.SHEET,
    components.SHEET,
    questions.SHEET,
    groups.SHEET,
    heatmap.SHEET,
    teams.SHEET,
    to_fix.SHEET,
    comments.SHEET,
    actions.SHEET,
    answers.SHEET,
    about.SHEET,
    how_done.SHEET,
    files_read.SHEET,
)
