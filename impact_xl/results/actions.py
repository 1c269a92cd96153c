"""Actions: what the teams mean to work on, and rows for the coordinator's own."""

from __future__ import annotations

import re
from collections.abc import Iterator

from impact_xl.questionnaire import Questionnaire, normalise
from impact_xl.record import TeamResult
from impact_xl.results.report import ACTIONS, QUIET, Cell, Column, Report

_OWN_ROWS = 20  # empty rows for the coordinator's own actions
_STATUSES = ("To start", "Under way", "Done", "Stopped")


def write(report: Report) -> None:
    """Write the sheet."""
    sheet = report.head(
        ACTIONS,
        "Actions",
        "The teams' priorities, each with the statement of the next level up, and empty rows to add your own."
        " Keep the column Status up to date here.",
    )
    columns = [
        Column("Team", 22, {"bold": True}),
        Column("Group", 16),
        Column("What", 34),
        Column("Question", 26),
        Column("Lead", 18),
        Column("By when", 13),
        Column("How we will know", 30),
        Column("Status", 12, {"bg_color": "#FFFBE8"}),
        Column("Next level", 64, {"font_size": 9}),
        Column("File", 24, QUIET),
    ]
    status = next(col for col, column in enumerate(columns) if column.header == "Status")
    rows = [list(row) for result in report.collation.results for row in _actions(report, result)]
    rows += [[None] * len(columns) for _ in range(_OWN_ROWS)]
    first, last = report.table(sheet, "Actions", columns, rows)
    sheet.data_validation(
        first,
        status,
        last,
        status,
        {
            "validate": "list",
            "source": list(_STATUSES),
            "show_error": False,
            "input_title": "Status",
            "input_message": ", ".join(_STATUSES),
        },
    )
    sheet.print_area(0, 0, last, len(columns) - 2)
    report.frozen(sheet, 1)


def _actions(report: Report, result: TeamResult) -> Iterator[Iterator[Cell]]:
    for priority in result.submission.priorities if result.submission else ():
        if priority.filled:
            question = question_named(priority.question, report.asked)
            yield iter(
                (
                    result.team.name,
                    result.team.group_name,
                    priority.what,
                    report.label(question) if question else priority.question,
                    priority.lead,
                    priority.by,
                    priority.measure,
                    "",
                    next_level(report.asked, result, question) if question else "",
                    result.submission.where.file if result.submission else "",
                )
            )


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
