"""Answers: the record, one row per team and question, where a correction flows into every number."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache, partial

from impact_xl import layout
from impact_xl.answers import Answer, DecidedBy, State
from impact_xl.cells import Cell, Formula, Rows
from impact_xl.record import TeamResult
from impact_xl.results import formulas
from impact_xl.results.report import (
    ANSWERS,
    CENTRE,
    LEAST_ROW,
    QUIET,
    STATES,
    Column,
    Report,
    row_height_of,
)

NOT_APPLICABLE = STATES[State.NOT_APPLICABLE]
DECIDED_BY = {
    DecidedBy.COPY: "Copy",
    DecidedBy.CORRECTION: "Correction",
    DecidedBy.OVERRIDE: "Override",
    DecidedBy.WORKBOOK: "Workbook",
}
COLUMNS = (
    Column("Team", 26),
    Column("Group", 18),
    Column("Component", 12, CENTRE),
    Column("Ref", 8, CENTRE),
    Column("Question", 34, {"text_wrap": False}),
    Column("Level as read", 23, {"text_wrap": False}),
    Column("Level", 23, {"bg_color": "#FFFBE8", "text_wrap": False}),
    Column("State", 15),
    Column("Decided by", 13),
    Column("File", 32),
    Column("Sheet", 27, {"text_wrap": False}),
    Column("Cell", 12, {"text_wrap": False}),
    Column("Team ID", 20, QUIET),
    Column("Team no", 10, {**QUIET, **CENTRE}),
    Column("Level no", 10, {**QUIET, **CENTRE}),
    Column("Shown", 10, {**QUIET, **CENTRE}),
    Column("State as read", 15, QUIET),
)
LEVEL = next(col for col, column in enumerate(COLUMNS) if column.header == "Level")
_LEVEL, _READ, _NUMBER, _STATE_READ, _GROUP = (
    f"Answers[[#This Row],[{name}]]" for name in ("Level", "Level as read", "Level no", "State as read", "Group")
)


def write(report: Report) -> None:
    """Write the sheet."""
    sheet = report.head(
        ANSWERS,
        "Answers",
        "Every answer of the copies that count, with the file, sheet and cell it was read from. "
        "Choose another level in the column Level to correct one: every number and chart follows.",
        empty="no level counts; the column State says why",
    )
    pairs = [(result, answer) for result in report.collation.results for answer in result.answers.values()]
    first, last = report.table(sheet, "Answers", COLUMNS, Rows(pairs, partial(_row, report)), row_height=_height)
    sheet.data_validation(
        first,
        LEVEL,
        last,
        LEVEL,
        {
            "validate": "list",
            "source": "=LevelChoices",
            "input_title": "Correct this answer",
            "input_message": "Choose another level. Empty it to leave the answer out. What was read stays beside it.",
            "error_title": "Not a level",
            "error_message": "Choose one of the levels in the list, or empty the cell.",
        },
    )
    by = next(col for col, column in enumerate(COLUMNS) if column.header == "Decided by")
    sheet.conditional_format(
        first,
        0,
        last,
        len(COLUMNS) - 1,
        {
            "type": "formula",
            "criteria": f'=${layout.column_name(by)}{first + 1}="{DECIDED_BY[DecidedBy.WORKBOOK]}"',
            "format": report.book.condition(bold=True, bg_color="#D6E8F7"),
        },
    )
    report.frozen(sheet, 1)


_ROW_HEIGHT = 16
_LONG = [col for col, column in enumerate(COLUMNS) if column.header in ("Team", "Group", "File", "Team ID")]


def _height(cells: Sequence[Cell]) -> float:
    """The height of a row; what may be long in it is the same for all of a team, so it is measured once."""
    return _height_of(tuple(cells[col] for col in _LONG))


@lru_cache(maxsize=256)
def _height_of(texts: Sequence[Cell]) -> float:
    lines = row_height_of([COLUMNS[col] for col in _LONG], texts)
    return lines if lines > LEAST_ROW else _ROW_HEIGHT


def _row(report: Report, pair: tuple[TeamResult, Answer]) -> Sequence[Cell]:
    result, answer = pair
    level = _in_words(report, answer.level, answer.state)
    as_read = answer.state_read or answer.state
    read = _in_words(report, answer.level_read, as_read)
    return (
        result.team.name,
        result.team.group_name,
        answer.component,
        answer.question,
        report.asked.by_id[answer.question].short,
        read,
        level,
        Formula(_STATE, STATES[answer.state]),
        Formula(_decided(answer.decided_by, level), DECIDED_BY[answer.decided_by]),
        answer.where.file,
        answer.where.sheet,
        answer.where.cell,
        result.team.id,
        result.number,
        Formula(_LEVEL_NUMBER, answer.level or 0),
        Formula(_SHOWN, 1),
        STATES[as_read],
    )


_STATE = (
    f'IF({_NUMBER}>0,"{STATES[State.ANSWERED]}",IF({_LEVEL}="{NOT_APPLICABLE}","{NOT_APPLICABLE}",'
    f'IF({_LEVEL}<>"","{STATES[State.UNCLEAR]}",IF({_READ}="",{_STATE_READ},"{STATES[State.BLANK]}"))))'
)
_LEVEL_NUMBER = f"IFERROR(MATCH({_LEVEL},LevelNames,0),0)"
_SHOWN = formulas.shown(_GROUP)


@lru_cache(maxsize=256)  # the same few in every row
def _decided(decided_by: DecidedBy, level: str) -> str:
    """Whose word a level is; one that was corrected by hand is the copy's again where somebody takes that back."""
    by_hand = formulas.text(DECIDED_BY[DecidedBy.WORKBOOK])
    if decided_by is DecidedBy.WORKBOOK:
        return f"IF({_LEVEL}={_READ},{formulas.text(DECIDED_BY[DecidedBy.COPY])},{by_hand})"
    return f"IF({_LEVEL}={formulas.text(level)},{formulas.text(DECIDED_BY[decided_by])},{by_hand})"


def _in_words(report: Report, level: int | None, state: State) -> str:
    """What the columns of levels say: a level's name, “Not applicable”, or nothing."""
    return NOT_APPLICABLE if state is State.NOT_APPLICABLE else report.asked.level_name(level)
