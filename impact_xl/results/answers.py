"""Answers: the record, one row per team and question, where a correction flows into every number."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache, partial
from operator import itemgetter
from typing import Any

from impact_xl.results import formulas
from impact_xl.results.edits.match_rows import BY_ANSWER
from impact_xl.results.labels import STATE_LABELS, STATUS_LABELS
from impact_xl.results.sheet_writer import (
    CENTRE,
    LEAST_ROW,
    NOT_FOR_PAPER,
    QUIET,
    Column,
    ReportWriter,
    RowHeights,
    SheetSpec,
    TableSpec,
)
from impact_xl.round.answers import Answer, DecidedBy, State, Status
from impact_xl.round.record import TeamResult
from impact_xl.round.stored_workbook import TABLES
from impact_xl.xlsx import theme
from impact_xl.xlsx.a1 import column_name
from impact_xl.xlsx.cell_values import Cell, Formula, Rows

ANSWERS = "Answers"
NOT_APPLICABLE = STATE_LABELS[State.NOT_APPLICABLE]
DECIDED_BY = {
    DecidedBy.COPY: "Copy",
    DecidedBy.CORRECTION: "Correction",
    DecidedBy.OVERRIDE: "Override",
    DecidedBy.WORKBOOK: "Workbook",
}
COLUMNS = (
    Column("Team", 30),
    Column("Group", 20),
    Column("Component", 12.5, CENTRE),
    Column("Ref", 8, CENTRE),
    Column("Question", 36, {"text_wrap": False}),
    Column("Level as read", 25, {"text_wrap": False}),
    Column("Level", 25, {"bg_color": theme.ENTRY, "text_wrap": False}),
    Column("State", 16),
    Column("Decided by", 14),
    Column("File", 32),
    Column("Sheet", 29, {"text_wrap": False}),
    Column("Cell", 13, {"text_wrap": False}),
    Column("Team ID", 28, QUIET),
    Column("Team no", 10, {**QUIET, **CENTRE}),
    Column("Level no", 10, {**QUIET, **CENTRE}),
    Column("Shown", 10, {**QUIET, **CENTRE}),
    Column("State as read", 15, QUIET),
)
_HEADS = [column.header for column in COLUMNS]
LEVEL = _HEADS.index("Level")
_LEVEL, _READ, _NUMBER, _STATE_READ, _GROUP = (
    f"Answers[[#This Row],[{name}]]" for name in ("Level", "Level as read", "Level no", "State as read", "Group")
)


def write(report: ReportWriter) -> None:
    """Write the sheet."""
    sheet = report.write_title(
        ANSWERS,
        "Answers",
        "Every answer of the copies that count, with the file, sheet and cell it was read from. "
        "Choose another level in the column Level to correct one: every number and chart follows.",
        empty=f"no level counts; the column State says why. {NOT_FOR_PAPER}",
    )
    pairs = [(result, answer) for result in report.collation.results for answer in result.answers.values()]
    added = report.user_columns(ANSWERS)
    row = partial(_row_with_user_cells if added else _row, report)
    first, last = report.table(sheet, "Answers", [*COLUMNS, *added], Rows(pairs, row), row_height=_height)
    sheet.data_validation(
        first,
        LEVEL,
        last,
        LEVEL,
        {
            "validate": "list",
            "source": "=LevelChoices",
            "input_title": "Correct this answer",
            "input_message": "Choose another level. Empty it to leave the answer out. What was read is kept.",
            "error_title": "Not a level",
            "error_message": "Choose one of the levels in the list, or empty the cell.",
        },
    )
    by = _HEADS.index("Decided by")
    sheet.conditional_format(
        first,
        0,
        last,
        len(COLUMNS) - 1,
        {
            "type": "formula",
            "criteria": f'=${column_name(by)}{first + 1}="{DECIDED_BY[DecidedBy.WORKBOOK]}"',
            "format": report.book.rule_format(bold=True, bg_color=theme.TICKED),
        },
    )
    _guard(report, sheet, first, last)
    _add_checksums(report)
    report.freeze_header(sheet, 1)
    report.print_title_only(sheet, LEVEL + 1)


def _guard(report: ReportWriter, sheet: Any, first: int, last: int) -> None:
    """Figures are not typed over, and neither is what was read: a correction stands beside it."""
    for head in ("Level as read", "State", "Decided by", "Level no", "Shown"):
        col = _HEADS.index(head)
        report.block_typing(sheet, first, col, last, col, "Correct an answer in the column Level; this follows it.")


def _add_checksums(report: ReportWriter) -> None:
    checksums = report.checksums[ANSWERS]
    checksums.rows += sum(len(result.answers) for result in report.collation.results)
    for result in report.collation.results:
        answers = result.answers.values()
        team = (result.team.name, result.team.group_name, result.team.id)
        for head, text in zip(("Team", "Group", "Team ID"), team, strict=True):
            checksums.add(head, [text], times=len(answers))
        of_answers = [(answer.where.file, answer.where.cell, _as_read(report, answer)) for answer in answers]
        for place, head in enumerate(("File", "Cell", "Level as read")):
            checksums.add(head, (texts[place] for texts in of_answers))
        for texts in of_answers if checksums.has_digests else ():
            checksums.add_row((*team, *texts))


_ROW_HEIGHT = 16
_LONG = [col for col, column in enumerate(COLUMNS) if column.header in ("Team", "Group", "File", "Team ID")]
_long_of = itemgetter(*_LONG)
_HEIGHTS = RowHeights([COLUMNS[col] for col in _LONG])


def _height(cells: Sequence[Cell]) -> float:
    """The height of a row; what may be long in it is the same for all of a team, so it is measured once."""
    return _height_of(_long_of(cells))


@lru_cache(maxsize=256)
def _height_of(texts: Sequence[Cell]) -> float:
    lines = _HEIGHTS(texts)
    return lines if lines > LEAST_ROW else _ROW_HEIGHT


def _row(report: ReportWriter, pair: tuple[TeamResult, Answer]) -> Sequence[Cell]:
    result, answer = pair
    level = _in_words(report, answer.level, answer.state)
    as_read = answer.state_read or answer.state
    read = _as_read(report, answer)
    counts = result.status is not Status.WITHDRAWN
    return (
        result.team.name,
        result.team.group_name,
        answer.component,
        answer.question,
        report.questionnaire.by_id[answer.question].short,
        read,
        level,
        _STATE[answer.state] if counts else _NOT_COUNTED,
        _decided(answer.decided_by, level),
        answer.where.file,
        answer.where.sheet,
        answer.where.cell,
        result.team.id,
        result.number,
        Formula(_LEVEL_NUMBER, answer.level or 0) if counts else _NOTHING,
        _SHOWN if counts else _NOTHING,
        STATE_LABELS[as_read],
    )


def _row_with_user_cells(report: ReportWriter, pair: tuple[TeamResult, Answer]) -> Sequence[Cell]:
    result, answer = pair
    return (*_row(report, pair), *report.user_cells(ANSWERS, (result.team.id, answer.question)))


def _as_read(report: ReportWriter, answer: Answer) -> str:
    return _in_words(report, answer.level_read, answer.state_read or answer.state)


_STATE_NOW = (
    f'IF({_NUMBER}>0,"{STATE_LABELS[State.ANSWERED]}",IF({_LEVEL}="{NOT_APPLICABLE}","{NOT_APPLICABLE}",'
    f'IF({_LEVEL}<>"","{STATE_LABELS[State.UNCLEAR]}",IF({_READ}="",{_STATE_READ},"{STATE_LABELS[State.BLANK]}"))))'
)
_STATE = {state: Formula(_STATE_NOW, label) for state, label in STATE_LABELS.items()}
_LEVEL_NUMBER = formulas.level_number(_LEVEL)
_SHOWN = Formula(formulas.shown(_GROUP), 1)
# The answers of a team that does not take part are shown, and no formula counts them.
_NOT_COUNTED = Formula(formulas.text(STATUS_LABELS[Status.WITHDRAWN]), STATUS_LABELS[Status.WITHDRAWN])
_NOTHING = Formula("0", 0)


@lru_cache(maxsize=256)  # the same few in every row
def _decided(decided_by: DecidedBy, level: str) -> Formula:
    """Whose word a level is; one that was corrected by hand is the copy's again where somebody takes that back."""
    by_hand, now = formulas.text(DECIDED_BY[DecidedBy.WORKBOOK]), DECIDED_BY[decided_by]
    if decided_by in (DecidedBy.WORKBOOK, DecidedBy.COPY):  # so that nearly the whole column has one formula
        return Formula(f"IF({_LEVEL}={_READ},{formulas.text(DECIDED_BY[DecidedBy.COPY])},{by_hand})", now)
    return Formula(f"IF({_LEVEL}={formulas.text(level)},{formulas.text(now)},{by_hand})", now)


def _in_words(report: ReportWriter, level: int | None, state: State) -> str:
    """What the columns of levels say: a level's name, “Not applicable”, or nothing."""
    return NOT_APPLICABLE if state is State.NOT_APPLICABLE else report.questionnaire.level_name(level)


SHEET = SheetSpec(
    ANSWERS,
    "The record: every answer with its file, sheet and cell. Correct an answer there and everything follows.",
    write,
    headers=TABLES[ANSWERS],
    body=TableSpec(lambda _: COLUMNS, marker="Ref", keys=BY_ANSWER, entries=("Level",)),
    turn=1,  # the figures count in it
)
