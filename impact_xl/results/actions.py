"""Actions: what the teams mean to work on, and rows for the coordinator's own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from impact_xl import theme
from impact_xl.cells import Rows
from impact_xl.collation import Collation
from impact_xl.questionnaire import Questionnaire, normalise
from impact_xl.record import AS_READ, PRIORITY_COLUMNS, STATUS, TeamResult, mark
from impact_xl.results.report import ACTIONS, QUIET, Column, Report
from impact_xl.returns.submission import Priority

_OWN_ROWS = 20  # empty rows for the coordinator's own actions
_STATUSES = ("To start", "Under way", "Done", "Stopped")
_COLUMNS = (
    Column("Team", 22, {"bold": True}),
    Column("Group", 16),
    Column("What", 34),
    Column("Question", 26),
    Column("Lead", 18),
    Column("By when", 16),
    Column("How we will know", 30),
    Column(STATUS, 12, {"bg_color": theme.ENTRY}),
    Column("Next level", 64, {"font_size": 9}),
    Column("File", 24, QUIET),
    Column("Team ID", 18, QUIET),
    Column(AS_READ, 34, {**QUIET, "text_wrap": False}),
)
HEADERS = tuple(column.header for column in _COLUMNS)
_PRINTED = HEADERS.index("File")


def write(report: Report) -> None:
    """Write the sheet."""
    sheet = report.head(
        ACTIONS,
        "Actions",
        "The teams' priorities, each with the statement of the next level up, and empty rows to add your own."
        " Keep the column Status up to date here. What you type is carried over when returns are combined again.",
        empty="nothing was typed there",
    )
    carried = report.collation.carried
    held = carried.actions if carried else [row for _, row in planned(report.collation)]
    added = dict.fromkeys(head for row in held for head in row if head not in HEADERS)
    columns = [*_COLUMNS, *(Column(head, 20) for head in added)]
    own: list[Mapping[str, Any]] = [{}] * _OWN_ROWS
    rows = Rows([*held, *own], lambda row: [row.get(column.header) for column in columns])
    first, last = report.table(sheet, "Actions", columns, rows)
    status = HEADERS.index(STATUS)
    sheet.data_validation(
        first,
        status,
        last,
        status,
        {
            "validate": "list",
            "source": list(_STATUSES),
            "show_error": False,
            "input_title": STATUS,
            "input_message": ", ".join(_STATUSES),
        },
    )
    sheet.print_area(0, 0, last, _PRINTED - 1)
    report.frozen(sheet, 1)


def planned(collation: Collation) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """What the copies that count say the teams will work on: each team's id and the cells of a row, by header."""
    for result in collation.results:
        for priority in result.submission.priorities if result.submission else ():
            if priority.filled:
                yield result.team.id, _row(collation.questionnaire, result, priority)


def _row(asked: Questionnaire, result: TeamResult, priority: Priority) -> Mapping[str, Any]:
    question = question_named(priority.question, asked)
    named = f"{question} {asked.by_id[question].short}" if question else priority.question
    typed = (priority.what, named, priority.lead, priority.by, priority.measure)
    return {
        "Team": result.team.name,
        "Group": result.team.group_name,
        **dict(zip(PRIORITY_COLUMNS, typed, strict=True)),
        STATUS: "",
        "Next level": next_level(asked, result, question) if question else "",
        "File": result.submission.where.file if result.submission else "",
        "Team ID": result.team.id,
        AS_READ: " ".join(map(mark, typed)),
    }


def question_named(text: str, questionnaire: Questionnaire) -> str:
    """The id of the question that somebody named: `Q07 Coaching...`, `Q7`, `7` or a title; empty where none is.

    >>> from impact_xl import questionnaire
    >>> question_named("q7", questionnaire.load())
    'Q07'
    """
    said = normalise(text)
    numbered = re.fullmatch(r"(?:q|question)?\s*0*(\d{1,3})(?:[\s.:].*)?", said)
    for question in questionnaire.questions:
        if said in (normalise(question.title), normalise(question.short)):
            return question.id
        if numbered and int(numbered[1]) == question.number:
            return question.id
    return ""


def next_level(questionnaire: Questionnaire, result: TeamResult, question: str) -> str:
    """The name and statement of the level above a team's own; empty at the top, or without an answer."""
    answer = result.answers.get(question)
    if not answer or not answer.level or answer.level == len(questionnaire.levels):
        return ""
    level = answer.level + 1
    return f"{questionnaire.level_name(level)}: {questionnaire.by_id[question].statement(level)}"
