"""Pairs: one row for each team and question with a valid answer in both rounds; every figure counts these rows."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache, partial

from impact_xl.comparison.compare import Pair
from impact_xl.comparison.workbook.writer import MOST_LIVE, PAIRS, ComparisonWriter
from impact_xl.results.sheet_writer import CENTRE, LEAST_ROW, QUIET, WHOLE, Column, row_height_of
from impact_xl.xlsx.cell_values import Cell, Formula, Rows

NAMED, BESIDE = "named", "same level, none"
HEADS = (
    *("Team", "Group", "Component", "Ref", "Question", "Then", "Now", "Moved", "Words", "Action"),
    *("Team ID", "Team no"),
)
COLUMNS = (
    Column("Team", 30, {"bold": True}),
    Column("Group", 20),
    Column("Component", 12.5, CENTRE),
    Column("Ref", 8, CENTRE),
    Column("Question", 36, {"text_wrap": False}),
    Column("Then", 8, WHOLE),
    Column("Now", 8, WHOLE),
    Column("Moved", 9, CENTRE),
    Column("Words", 12, QUIET),
    Column("Action", 16, QUIET),
    Column("Team ID", 24, QUIET),
    Column("Team no", 9, {**QUIET, **CENTRE}),
)
_THEN, _NOW, _REF, _NUMBER = (f"Pairs[[#This Row],[{head}]]" for head in ("Then", "Now", "Ref", "Team no"))
_MOVED = f'IF({_NOW}>{_THEN},"up",IF({_NOW}<{_THEN},"down","same"))'
_ACTION = (
    f"IF(COUNTIFS(LastActions[Team no],{_NUMBER},LastActions[Ref],{_REF})>0,"
    f'"{NAMED}",IF(COUNTIFS(LastActions[Ref],{_REF},LastActions[Then],{_THEN})>0,"{BESIDE}",""))'
)
_ROW_HEIGHT = 16
_LONG = [HEADS.index(head) for head in ("Team", "Group", "Team ID")]  # what may be long in a row


def write(writer: ComparisonWriter) -> None:
    """Write the sheet."""
    sheet = writer.write_title(
        PAIRS,
        "Pairs",
        "Every team and question with a valid answer in both rounds, as levels from 1 up. All other sheets count these "
        "rows. Filter by a question to see which teams moved.",
        empty="no action of then is about it",
    )
    pairs = writer.comparison.pairs
    first, last = writer.table(sheet, "Pairs", COLUMNS, Rows(pairs, partial(_row, writer)), row_height=_height)
    then, now, moved = (HEADS.index(head) for head in ("Then", "Now", "Moved"))
    writer.colour_levels(sheet, first, then, last, now)
    for word, sign in (("up", "▲"), ("down", "▼")):
        look = writer.book.rule_format(num_format=f'"{sign} "@', bold=True)
        rule = {"type": "cell", "criteria": "==", "value": f'"{word}"', "format": look}
        sheet.conditional_format(first, moved, last, moved, rule)
    writer.block_typing(sheet, first, moved, last, moved, "This follows the levels on its left.")
    sheet.print_area(0, 0, 1, HEADS.index("Words"))  # a record, not for paper
    writer.freeze_header(sheet, 1)


def _height(cells: Sequence[Cell]) -> float:
    """The height of a row; what may be long in it is the same for all of a team, so it is measured once."""
    return _height_of(tuple(cells[col] for col in _LONG))


@lru_cache(maxsize=256)
def _height_of(texts: Sequence[Cell]) -> float:
    lines = row_height_of([COLUMNS[col] for col in _LONG], texts)
    return lines if lines > LEAST_ROW else _ROW_HEIGHT


def _row(writer: ComparisonWriter, pair: Pair) -> Sequence[Cell]:
    comparison, question = writer.comparison, pair.question.after
    key = (pair.number, question.id)
    action = NAMED if key in comparison.acted_on else BESIDE if key in comparison.beside else ""
    is_live = comparison.actions and len(comparison.compared) <= MOST_LIVE
    return (
        pair.team.after.name,
        pair.team.after.group_name,
        writer.questionnaire.by_id[question.id].component,
        question.id,
        question.short,
        pair.before,
        pair.after,
        Formula(_MOVED, pair.move.value),
        pair.question.words.value,
        Formula(_ACTION, action) if is_live else action,
        pair.team.after.id,
        pair.number,
    )
