"""Answers: the record, one row per team and question, where a correction flows into every number."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import repeat

from impact_xl import layout
from impact_xl.answers import Answer, DecidedBy, State
from impact_xl.record import TeamResult
from impact_xl.results import formulas
from impact_xl.results.report import (
    ANSWERS,
    CENTRE,
    FIRST_ROW,
    LEAST_ROW,
    QUIET,
    STATES,
    Cell,
    Column,
    Formula,
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

Rows = dict[tuple[str, str], int]


def rows_of(report: Report) -> Rows:
    """The 0-based row of every answer, by team id and question."""
    pairs = ((result.team.id, question) for result in report.collation.results for question in result.answers)
    return {pair: row for row, pair in enumerate(pairs, FIRST_ROW)}


def write(report: Report) -> None:
    """Write the sheet."""
    sheet = report.head(
        ANSWERS,
        "Answers",
        "Every answer of the copies that count, with the file, sheet and cell it was read from. "
        "Choose another level in the column Level to correct one: every number and chart follows.",
        empty="no level counts; the column State says why",
    )
    first, last = report.table(
        sheet,
        "Answers",
        COLUMNS,
        (
            list(_row(report, result, answer))
            for result in report.collation.results
            for answer in result.answers.values()
        ),
        row_height=list(_heights(report)),
    )
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
_LONG = [column for column in COLUMNS if column.header in ("Team", "Group", "File", "Team ID")]


def _heights(report: Report) -> Iterator[float]:
    """The height of every row; what may be long in it is the same for all of a team, so it is measured once."""
    for result in report.collation.results:
        file = max((answer.where.file for answer in result.answers.values()), key=len, default="")
        texts = (result.team.name, result.team.group_name, file, result.team.id)
        lines = row_height_of(_LONG, texts)
        yield from repeat(lines if lines > LEAST_ROW else _ROW_HEIGHT, len(result.answers))


def _row(report: Report, result: TeamResult, answer: Answer) -> Iterator[Cell]:
    level = _in_words(report, answer.level, answer.state)
    as_read = answer.state_read or answer.state
    read = _in_words(report, answer.level_read, as_read)
    decided = DECIDED_BY[answer.decided_by]
    yield result.team.name
    yield result.team.group_name
    yield answer.component
    yield answer.question
    yield report.asked.by_id[answer.question].short
    yield read
    yield level
    yield Formula(
        f'IF({_NUMBER}>0,"{STATES[State.ANSWERED]}",IF({_LEVEL}="{NOT_APPLICABLE}","{NOT_APPLICABLE}",'
        f'IF({_LEVEL}<>"","{STATES[State.UNCLEAR]}",IF({_READ}="",{_STATE_READ},"{STATES[State.BLANK]}"))))',
        STATES[answer.state],
    )
    yield Formula(_decided(answer, level), decided)
    yield answer.where.file
    yield answer.where.sheet
    yield answer.where.cell
    yield result.team.id
    yield result.number
    yield Formula(f"IFERROR(MATCH({_LEVEL},LevelNames,0),0)", answer.level or 0)
    yield Formula(formulas.shown(_GROUP), 1)
    yield STATES[as_read]


def _decided(answer: Answer, level: str) -> str:
    """Whose word a level is; one that was corrected by hand is the copy's again where somebody takes that back."""
    by_hand = formulas.text(DECIDED_BY[DecidedBy.WORKBOOK])
    if answer.decided_by is DecidedBy.WORKBOOK:
        return f"IF({_LEVEL}={_READ},{formulas.text(DECIDED_BY[DecidedBy.COPY])},{by_hand})"
    return f"IF({_LEVEL}={formulas.text(level)},{formulas.text(DECIDED_BY[answer.decided_by])},{by_hand})"


def _in_words(report: Report, level: int | None, state: State) -> str:
    """What the columns of levels say: a level's name, “Not applicable”, or nothing."""
    return NOT_APPLICABLE if state is State.NOT_APPLICABLE else report.asked.level_name(level)
