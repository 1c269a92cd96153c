"""The flat tables of a round: rows for CSV files and frames.

The columns named here are an interface: people build on the CSV files.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import count
from typing import TYPE_CHECKING, Any

from impact_xl.files.table_files import text_of
from impact_xl.findings import Finding
from impact_xl.questionnaire import Questionnaire, normalise
from impact_xl.roster import Round, Team
from impact_xl.round.record import Return, TeamResult

if TYPE_CHECKING:
    import pandas as pd

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "answers": (
        "round", "questionnaire", "version", "team_id", "team", "group", "component", "question", "level",
        "level_name", "state", "level_read", "decided_by", "note", "file", "sheet", "cell",
    ),
    "teams": ("team_id", "team", "group", "status", "answered", "questions", "copies", "used_file", "date"),
    "returns": (
        "file", "sha256", "kind", "team_id", "team", "status", "answered", "questions", "questionnaire",
        "version", "used",
    ),
    "priorities": (
        "team_id", "team", "group", "priority", "what", "question", "lead", "by", "measure", "file", "sheet",
    ),
    "last_actions": (
        "team_id", "team", "group", "action", "what", "question", "lead", "by", "status", "typed", "remark", "file",
        "sheet", "cell",
    ),
    "findings": (
        "rule", "severity", "team_id", "team", "question", "file", "sheet", "cell", "message", "what_to_do",
    ),
    "questions": (
        "questionnaire", "version", "component", "component_title", "question", "title", "short", "target",
    ),
    "levels": ("questionnaire", "version", "question", "level", "level_name", "statement"),
    "snapshots": ("round", "date", "team_id", "status", "answered"),
}  # fmt: skip

_WOULD_RUN = ("=", "+", "-", "@", "\t", "\r", "\0")

Row = tuple[Any, ...]


def answer_rows(questionnaire: Questionnaire, round: Round, results: Iterable[TeamResult]) -> Iterator[Row]:
    """One row per team and question that enters the figures, in the columns of answers.csv."""
    for result in results:
        for answer in result.counted.values():
            yield (
                round.key,
                questionnaire.id,
                questionnaire.version,
                result.team.id,
                result.team.name,
                result.team.group_name,
                answer.component,
                answer.question,
                answer.level,
                questionnaire.level_name(answer.level),
                answer.state.value,
                answer.level_read,
                answer.decided_by.value,
                answer.note,
                answer.where.file,
                answer.where.sheet,
                answer.where.cell,
            )


def columns(table: str, teams: Iterable[Team]) -> tuple[str, ...]:
    """The columns of a table; behind those of teams.csv are the columns that people added to the team list."""
    own = own_columns(teams) if table == "teams" else {}
    return (*COLUMNS[table], *own.values())


def own_columns(teams: Iterable[Team], ours: Iterable[str] = COLUMNS["teams"]) -> dict[str, str]:
    """The headers that people added to the team list, each with its name in a table of ours: no two share a name.

    Args:
        teams: the teams of the list.
        ours: the headers that the table has already; those of teams.csv unless given.
    """
    names: dict[str, str] = {}
    taken = {normalise(header) for header in ours}
    for head in dict.fromkeys(head for team in teams for head in team.own):
        names[head] = free_name(head, taken)
        taken.add(normalise(names[head]))
    return names


def free_name(name: str, taken: Collection[str]) -> str:
    """A name for a column, with a number where one of those that are taken, normalised, is alike: `Site (2)`."""
    numbered = (f"{name} ({number})" if number > 1 else name for number in count(1))
    return next(each for each in numbered if normalise(each) not in taken)


def team_rows(questionnaire: Questionnaire, results: Sequence[TeamResult]) -> Iterator[Row]:
    """Everybody on the team list and every other team that sent something, in the columns of teams.csv."""
    own = own_columns(result.team for result in results)
    for result in results:
        yield (
            result.team.id,
            result.team.name,
            result.team.group_name,
            result.status.value,
            result.answered,
            len(questionnaire.questions),
            result.copies,
            result.submission.where.file if result.submission else "",
            result.date.isoformat() if result.date else "",
            *("" if (cell := result.team.own.get(head)) is None else text_of(cell) for head in own),
        )


def snapshot_rows(round: Round, day: date | None, results: Iterable[TeamResult]) -> Iterator[Row]:
    """How each team stands in this run, in the columns of snapshots.csv."""
    for result in results:
        yield round.key, day.isoformat() if day else "", result.team.id, result.status.value, result.answered


def return_rows(questionnaire: Questionnaire, returns: Iterable[Return]) -> Iterator[Row]:
    """Every file read, a row per submission in it, in the columns of returns.csv."""
    for each in returns:
        read = [each.judged.submission] if each.judged else each.file.submissions
        reference = read[0].reference if read else None
        yield (
            each.name,
            each.file.sha256,
            each.file.kind,
            each.team.id if each.team else "",
            each.team.name if each.team else "",
            each.judged.status.value if each.judged else "",
            each.judged.answered if each.judged else 0,
            len(questionnaire.questions),
            reference.questionnaire if reference else "",
            reference.version if reference else "",
            "yes" if each.used else "no",
        )


def priority_rows(results: Iterable[TeamResult]) -> Iterator[Row]:
    """What the teams mean to work on, in the columns of priorities.csv."""
    for result in results:
        if not result.submission:
            continue
        for priority in result.submission.priorities:
            if priority.filled:
                yield (
                    result.team.id,
                    result.team.name,
                    result.team.group_name,
                    priority.number,
                    priority.what,
                    priority.question,
                    priority.lead,
                    priority.by,
                    priority.measure,
                    result.submission.where.file,
                    priority.sheet,
                )


def last_action_rows(results: Iterable[TeamResult]) -> Iterator[Row]:
    """What has come of what the teams planned in the round before, in the columns of last_actions.csv."""
    for result in results:
        for report in result.submission.actions if result.submission else ():
            action = report.action
            yield (
                result.team.id,
                result.team.name,
                result.team.group_name,
                report.number,
                action.what,
                action.question,
                action.lead,
                action.by,
                report.status.value if report.status else "",
                report.typed,
                report.remark,
                result.submission.where.file if result.submission else "",
                report.sheet,
                report.cell,
            )


def finding_rows(findings: Iterable[Finding]) -> Iterator[Row]:
    """Every finding, in the columns of findings.csv."""
    for each in findings:
        yield (
            each.rule.id,
            each.severity.value,
            each.team_id,
            each.team,
            each.question,
            each.where.file,
            each.where.sheet,
            each.where.cell,
            each.message,
            each.mend,
        )


def question_rows(questionnaire: Questionnaire, target: int) -> Iterator[Row]:
    """The questions, with the level (from 1) that “at target” begins with, in the columns of questions.csv."""
    for component in questionnaire.components:
        for question in component.questions:
            yield (
                questionnaire.id,
                questionnaire.version,
                component.id,
                component.title,
                question.id,
                question.title,
                question.short,
                target,
            )


def level_rows(questionnaire: Questionnaire) -> Iterator[Row]:
    """The levels of each question with their statements, in the columns of levels.csv."""
    for question in questionnaire.questions:
        for level in question.levels:
            name, statement = questionnaire.level_name(level), question.statement(level)
            yield questionnaire.id, questionnaire.version, question.id, level, name, statement


def csv_text(columns: Iterable[str], rows: Iterable[Row]) -> str:
    """A table as CSV text; what a spreadsheet would run as a formula gets a quote in front (OWASP ASVS 1.2.10)."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([escaped(column) for column in columns])
    writer.writerows([escaped(value) for value in row] for row in rows)
    return text.getvalue()


def escaped(value: Any) -> Any:
    """A value of a CSV file; text that a spreadsheet would run as a formula gets a quote in front."""
    if isinstance(value, str):
        value = value.encode("utf-8", "replace").decode()
        return f"'{value}" if value.startswith(_WOULD_RUN) else value
    return "" if value is None else value


def frame(columns: Iterable[str], rows: Iterable[Row]) -> pd.DataFrame:
    """A table as a pandas frame; levels are whole numbers that may be absent (Int64)."""
    import pandas as pd  # lazy: half a second that only people who ask for frames should wait for

    data = pd.DataFrame(list(rows), columns=list(columns))
    for column in ("level", "level_read", "answered", "questions", "copies", "priority", "action"):
        if column in data:
            data[column] = data[column].astype("Int64")
    return data
