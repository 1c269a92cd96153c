"""One sheet as its parser reads it, from a grid in memory: the guards that no other test may have to hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

import pytest
from rounds_in_memory import QUESTIONNAIRE

from impact_xl.form import layout
from impact_xl.form import workbook as form
from impact_xl.form.workbook import Form
from impact_xl.returns.formats import xlsx
from impact_xl.returns.formats.grid import CellError, Grid, Place, Value
from impact_xl.returns.parse.extra_content import is_count
from impact_xl.returns.parse.landmarks import column_of_ticks
from impact_xl.returns.parse.parsed_sheet import LevelRow
from impact_xl.returns.parse.sheet import SheetParser
from impact_xl.returns.submission import Tick, Wording

QUESTION = QUESTIONNAIRE.questions[0]
TICKED = 2
GRID = xlsx.read(form.build(Form(QUESTIONNAIRE, entries={layout.level_key(QUESTION.id, TICKED): True}))).grids[1]
ROWS = {value: row for (row, col), value in GRID.cells.items() if col == layout.REF}
LEVELS = range(1, len(QUESTIONNAIRE.levels) + 1)


def row_of(level: int) -> int:
    return ROWS[layout.level_key(QUESTION.id, level)]


def parsed(cells: Mapping[Place, Value | None] | None = None, **more: object) -> dict[int, LevelRow]:
    """The levels of the first question on a sheet where some cells are changed, or emptied by None."""
    changed = {place: value for place, value in {**GRID.cells, **(cells or {})}.items() if value is not None}
    sheet = SheetParser(replace(GRID, cells=changed, **more), QUESTIONNAIRE).read()
    return {level: sheet.levels[QUESTION.id, level][0] for level in LEVELS}


def test_a_box_is_read_by_its_statement():
    assert [parsed()[level].mark.tick is Tick.TICKED for level in LEVELS] == [level == TICKED for level in LEVELS]


# -- merged boxes -----------------------------------------------------------------------------------


def test_a_ticked_box_that_is_merged_with_others_is_unclear():
    merged = ((row_of(1), layout.TICK, row_of(3), layout.TICK),)
    levels = parsed(merged=merged)
    assert (levels[TICKED].mark.tick, levels[1].mark.tick) == (Tick.UNCLEAR, Tick.EMPTY)
    assert f"merged over B{row_of(1) + 1}:B{row_of(3) + 1}" in levels[TICKED].mark.raw


@pytest.mark.parametrize(
    "merged",
    [
        (row_of(TICKED), layout.TICK, row_of(TICKED), layout.LEVEL),  # within its row
        (row_of(1), layout.STATEMENT, row_of(3), layout.STATEMENT),  # in another column
        (0, 0, 4_000, 4),  # the whole sheet, which says nothing of one box
    ],
)
def test_a_merge_that_says_nothing_about_a_box_leaves_its_tick(merged: tuple[int, int, int, int]):
    assert parsed(merged=(merged,))[TICKED].mark.tick is Tick.TICKED


# -- statements of another version ------------------------------------------------------------------


def of_another_version(share: float) -> LevelRow:
    """The ticked level where a share of the statement's words is the same, in a form of another version."""
    words = QUESTION.statement(TICKED).split()
    same = round(share * len(words))
    statement = " ".join([*words[:same], *(f"other{number}" for number in range(len(words) - same))])
    reference = next(value for value in GRID.cells.values() if str(value).startswith(layout.REFERENCE_MARK))
    theirs = str(replace(layout.Reference.parse(reference), version="0.9", fingerprint="another"))
    places = {place: theirs for place, value in GRID.cells.items() if value == reference}
    return parsed({**places, (row_of(TICKED), layout.STATEMENT): statement})[TICKED]


def test_a_statement_of_another_version_counts_where_most_of_its_words_are_ours():
    level = of_another_version(0.7)
    assert (level.mark.wording, level.mark.tick, level.damage) == (Wording.EDITED, Tick.TICKED, "")


def test_a_statement_of_another_version_does_not_count_where_half_of_its_words_are_ours():
    level = of_another_version(0.5)
    assert (level.mark, level.damage) == (None, "reads otherwise in version 0.9")


# -- the column of the boxes ------------------------------------------------------------------------

NO_HEADERS = {(row, col): None for (row, col), value in GRID.cells.items() if value in layout.HEADERS}
NO_BOXES = {(row, col): None for (row, col) in GRID.cells if col == layout.TICK}


def test_a_few_marks_are_no_column_of_boxes():
    """Without header and boxes, an x on the right stands beside a box that is gone."""
    level = parsed({**NO_HEADERS, **NO_BOXES, (row_of(TICKED), 6): "x"})[TICKED]
    assert (level.mark.cell[0], level.mark.tick_outside_box) == ("B", f"G{row_of(TICKED) + 1}")


def test_a_column_of_boxes_is_found_without_its_header():
    boxes = {(row, 6): value for (row, col), value in GRID.cells.items() if col == layout.TICK}
    level = parsed({**boxes, **NO_HEADERS, **NO_BOXES})[TICKED]
    assert (level.mark.cell, level.mark.tick) == (f"G{row_of(TICKED) + 1}", Tick.TICKED)


@pytest.mark.parametrize(("marks", "column"), [(0, 1), (1, 1), (2, 1), (3, 4), (5, 4)])
def test_at_least_half_of_the_levels_have_a_box_in_its_column(marks: int, column: int):
    rows = {row: {0: f"Q01.L{row + 1}", 2: "a statement", **({4: "x"} if row < marks else {})} for row in range(5)}
    assert column_of_ticks(rows, range(5), 0) == column


def test_grids_are_left_as_they_are():
    cells = dict(GRID.cells)
    SheetParser(Grid(GRID.name, cells), QUESTIONNAIRE).read()
    assert cells == GRID.cells


def test_words_over_the_count_of_progress_are_no_count() -> None:
    assert not is_count("mostly Spreading")


@pytest.mark.parametrize(
    "value",
    [
        *("2 of 4 done", "22 of 22 done", "0 of 3 named   ○○○", "1 of 3 named ●○○", "3 of 4 done   ●●●○ "),
        *("", " ", "=A1", "=COUNTA(A1)", 0, 0.0, CellError("#NAME?"), CellError("=COUNTA(A1)")),
    ],
)
def test_what_the_form_counts_and_what_programs_leave_of_it_is_nobodys(value: object) -> None:
    assert is_count(value)


@pytest.mark.parametrize(
    "value",
    [
        *(3, 3.0, -1, 0.5, True, "3", "4.", "Level 4", "we are between 3 and 4", "2 of 4 wards", "about 2 of 4 done"),
        *("4 of 5", "2 of 4 done - level 4", "4 done", "2 / 4", "x", "✓", "●●○○", datetime(2026, 11, 30)),
    ],
)
def test_any_other_number_or_text_over_a_count_was_typed(value: object) -> None:
    assert not is_count(value)
