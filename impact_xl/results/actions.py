"""Actions: what the teams mean to work on, and rows for the coordinator's own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from operator import itemgetter
from typing import Any

from impact_xl.findings import Finding, Where, found
from impact_xl.form.layout import ACTION_STATUSES
from impact_xl.questionnaire import Questionnaire, normalise
from impact_xl.results import paper
from impact_xl.results.edits.match_rows import StoredRow, TeamLookup, two_teams
from impact_xl.results.sheet_writer import QUIET, Column, ReportWriter, SheetSpec, TableSpec, row_height_of
from impact_xl.returns.submission import ActionReport, Priority
from impact_xl.round.collation import Collation
from impact_xl.round.record import TeamResult
from impact_xl.round.stored_workbook import AS_READ, PRIORITY_COLUMNS, STATUS, TABLES, is_last_priority
from impact_xl.xlsx import theme
from impact_xl.xlsx.cell_values import Rows, cell_text, mark

ACTIONS = "Actions"
NEXT = "Next level"
_LEAST_ROW = 15.75  # points
_OWN_ROWS = 20  # empty rows for the coordinator's own actions
PLANNED_IN, THIS_ROUND, LAST_ROUND = "Planned in", "This round", "Last round"
COLUMNS = (
    Column("Team", 20, {"bold": True, "font_size": 9}),
    Column("Group", 15.5, {"font_size": 9}),
    Column("What", 38, {"font_size": 9}),
    Column("Question", 20, {"font_size": 9}),
    Column("Lead", 17, {"font_size": 9}),
    Column("By when", 14, {"font_size": 9}),
    Column("How we will know", 22, {"font_size": 9}),
    Column(STATUS, 10, {"bg_color": theme.ENTRY, "font_size": 9}),
    Column(PLANNED_IN, 14),
    Column(NEXT, 60, {"font_size": 9, "text_wrap": False}),  # no row is high for it, as it is not printed
    Column("File", 24, QUIET),
    Column("Team ID", 18, QUIET),
    Column(AS_READ, 36, {**QUIET, "text_wrap": False}),
)
HEADERS = tuple(column.header for column in COLUMNS)
_PRINTED = HEADERS.index(NEXT)
_CHECKED = _OF_TEAM = ("Team", "Group", "File", "Team ID")  # of the teams' own priorities


def write(report: ReportWriter) -> None:
    """Write the sheet."""
    sheet = report.write_title(
        ACTIONS,
        "Actions",
        "The teams' priorities, each with the statement of the next level up, and empty rows to add your own."
        " Keep the column Status up to date here; priorities of last round have the status that the team chose."
        " What you type is carried over when returns are combined again.",
        empty="nothing was typed there",
    )
    actions = rows_of(report.collation)
    more = dict.fromkeys(head for row in actions for head in row if head not in HEADERS)
    columns = [*COLUMNS, *(Column(head, 20) for head in _unlike(more, HEADERS))]
    own: list[Mapping[str, Any]] = [{}] * _OWN_ROWS
    rows = Rows([*actions, *own], lambda row: [row.get(head) for head in (*HEADERS, *more)])
    height = partial(row_height_of, columns, least=_LEAST_ROW)
    first, last = report.table(sheet, "Actions", columns, rows, row_height=height)
    fresh = [row for row in actions if row.get(AS_READ)]
    report.add_checksums(ACTIONS, fresh, {head: itemgetter(head) for head in _CHECKED})
    status = HEADERS.index(STATUS)
    sheet.data_validation(
        first,
        status,
        last,
        status,
        {
            "validate": "list",
            "source": list(ACTION_STATUSES),
            "show_error": False,
            "input_title": STATUS,
            "input_message": ", ".join(ACTION_STATUSES),
        },
    )
    report.freeze_header(sheet, 1)
    printed = _PRINTED - 1  # without the round that it was planned in
    shown = len(actions) or len(own)  # the empty rows are printed where there are no others
    sheet.print_area(0, 0, first + shown - 1, printed - 1)
    paper.fit(sheet, COLUMNS[:printed], islice(map(height, rows), shown))


def _unlike(heads: Iterable[str], taken: Iterable[str]) -> Iterator[str]:
    """Headers as a table can have them, which takes `status` for the same as `Status`."""
    used = {normalise(head) for head in taken}
    for head in heads:
        number, free = 1, head
        while normalise(free) in used:
            number += 1
            free = f"{head} ({number})"
        used.add(normalise(free))
        yield free


def rows_of(collation: Collation) -> Sequence[Mapping[str, Any]]:
    """The rows of the sheet, by header: what people made of them in the workbook before, else the teams' priorities."""
    return collation.carried.actions if collation.carried else [row for _, row in priorities(collation)]


def priorities(collation: Collation) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """What the copies that count say the teams will work on, and what has come of what they planned last round.

    Each comes with the team's id, as the cells of a row by header.
    """
    for result in collation.results:
        for priority in result.submission.priorities if result.submission else ():
            if priority.filled:
                yield result.team.id, _row(collation.questionnaire, result, priority)
        for report in result.submission.actions if result.submission else ():
            if report.action.what:
                yield result.team.id, _row_of_last(result, report)


def _row(questionnaire: Questionnaire, result: TeamResult, priority: Priority) -> Mapping[str, Any]:
    question = question_named(priority.question, questionnaire)
    named = f"{question} {questionnaire.by_id[question].short}" if question else priority.question
    typed = (priority.what, named, priority.lead, priority.by, priority.measure)
    return {
        "Team": result.team.name,
        "Group": result.team.group_name,
        **dict(zip(PRIORITY_COLUMNS, typed, strict=True)),
        STATUS: "",
        PLANNED_IN: THIS_ROUND,
        NEXT: next_level(questionnaire, result, question) if question else "",
        "File": result.submission.where.file if result.submission else "",
        "Team ID": result.team.id,
        AS_READ: " ".join(map(mark, typed)),
    }


def _row_of_last(result: TeamResult, report: ActionReport) -> Mapping[str, Any]:
    """The row of a priority of the round before, with the status that the team chose or typed."""
    action = report.action
    texts = (action.what, action.question, action.lead, action.by, "")
    return {
        "Team": result.team.name,
        "Group": result.team.group_name,
        **dict(zip(PRIORITY_COLUMNS, texts, strict=True)),
        STATUS: report.in_words,
        PLANNED_IN: LAST_ROUND,
        NEXT: "",
        "File": result.submission.where.file if result.submission else "",
        "Team ID": result.team.id,
        AS_READ: " ".join(map(mark, (*texts, report.in_words))),
    }


def question_named(text: str, questionnaire: Questionnaire) -> str:
    """The id of the question that somebody named: `Q07 Coaching...`, `Q7`, `7` or a title; empty where none is.

    >>> from impact_xl import questionnaire
    >>> question_named("q7", questionnaire.load())
    'Q07'
    """
    wanted = normalise(text)
    for question in questionnaire.questions:
        if wanted in (normalise(question.title), normalise(question.short)):
            return question.id
    numbered = re.match(r"((?:q|question)?\s*\d{1,3})(?:[\s.:]|$)", wanted)
    named = questionnaire.question_named(numbered[1]) if numbered else None
    return named.id if named else ""


def next_level(questionnaire: Questionnaire, result: TeamResult, question: str) -> str:
    """The name and statement of the level above a team's own; empty at the top, or without an answer."""
    answer = result.answers.get(question)
    if not answer or not answer.level or answer.level == len(questionnaire.levels):
        return ""
    return _step(questionnaire, question, answer.level + 1)


def _step(questionnaire: Questionnaire, question: str, level: int) -> str:
    return f"{questionnaire.level_name(level)}: {questionnaire.by_id[question].statement(level)}"


# -- carried over ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class MergedActions:
    """Every row of the sheet, with what people typed into it."""

    rows: tuple[Mapping[str, Any], ...]
    worked_on: int  # rows of the teams' own priorities
    added: int


def merge(
    collation: Collation, stored: Iterable[StoredRow], lookup: TeamLookup, findings: list[Finding]
) -> MergedActions:
    """The teams' priorities with what was typed beside them, then the rows that were added.

    Args:
        collation: the round.
        stored: the rows of the sheet that is replaced, by header.
        lookup: whose they are now.
        findings: takes what a person should know.
    """
    fresh = {
        (team_id, mark(row["What"]), is_last_priority(row), number): row
        for number, (team_id, row) in enumerate(priorities(collation))
    }
    questionnaire, waiting, merged, own = collation.questionnaire, list(fresh), {}, []
    worked_on = 0
    for row in stored:
        marks = str(row.get(AS_READ, "")).split()
        result = lookup.of_row(row)
        match = next(
            (
                key
                for key in waiting
                if marks and result and key[:3] == (result.team.id, marks[0], is_last_priority(row))
            ),
            None,
        )
        if match:
            waiting.remove(match)
            merged[match] = dict(_merged(row, marks, fresh[match], questionnaire, findings))
            worked_on += bool(typed_in(row, questionnaire))
        elif not marks or typed_in(row, questionnaire):
            if clash := lookup.clash_in(row):
                findings.append(two_teams(row, "What", clash, f"the action “{cell_text(row.get('What'))}”"))
            own.append(_own(collation, result, {**row, "Team ID": ""} if clash else row))
    rows = [merged.get(key, row) for key, row in fresh.items()]
    return MergedActions((*rows, *own), worked_on, len(own))


def typed_in(row: StoredRow, questionnaire: Questionnaire) -> dict[str, Any]:
    """The cells of a row that somebody typed, by header: of a row that somebody added all that say anything."""
    marks = str(row.get(AS_READ, "")).split()
    free = _more(row) if marks else [head for head in row if head not in (*_OF_TEAM, PLANNED_IN, NEXT, AS_READ)]
    heads = [column for column in PRIORITY_COLUMNS if marks and _edited(row, column, marks)]
    heads += [head for head in free if row.get(head, "") != ""]
    if marks and _has_own_status(row, marks):
        heads.append(STATUS)
    if not _is_step(row.get(NEXT, ""), questionnaire):
        heads.append(NEXT)
    return {head: row.get(head, "") for head in heads}


def _edited(row: Mapping[str, Any], column: str, marks: list[str]) -> bool:
    place = PRIORITY_COLUMNS.index(column)
    return place < len(marks) and mark(row.get(column, "")) != marks[place]


def _has_own_status(row: Mapping[str, Any], marks: list[str]) -> bool:
    """Whether somebody typed a status, or another one than the team chose."""
    status = row.get(STATUS, "")
    place = len(PRIORITY_COLUMNS)
    return mark(status) != marks[place] if place < len(marks) else status != ""


def _more(row: Mapping[str, Any]) -> list[str]:
    """The headers of columns that people have added."""
    return [head for head in row if head not in HEADERS]


def _merged(
    row: Mapping[str, Any],
    marks: list[str],
    fresh: Mapping[str, Any],
    questionnaire: Questionnaire,
    findings: list[Finding],
) -> Iterator[tuple[str, Any]]:
    """A priority as the copy has it now, with the cells that somebody typed or edited."""
    now = str(fresh[AS_READ]).split()
    for head, value in fresh.items():
        if head == STATUS:
            yield head, row[STATUS] if _has_own_status(row, marks) else value
        elif head == NEXT and not _is_step(row.get(NEXT, ""), questionnaire):
            yield head, row[NEXT]
        elif head in PRIORITY_COLUMNS and _edited(row, head, marks):
            place = PRIORITY_COLUMNS.index(head)
            if now[place] not in (marks[place], mark(row[head])):
                findings.append(
                    found(
                        "text-kept",
                        Where(str(fresh["File"])),
                        team_id=str(fresh["Team ID"]),
                        team=str(fresh["Team"]),
                        column=head,
                        what=f"the action “{fresh['What']}”",
                        copy=str(value),
                        place=ACTIONS,
                    )
                )
            yield head, row[head]
        else:
            yield head, value
    yield from ((head, row[head]) for head in _more(row))


def _own(collation: Collation, result: TeamResult | None, row: Mapping[str, Any]) -> Mapping[str, Any]:
    """A row that somebody added, or that a team's copy no longer holds; its next level is that of today."""
    questionnaire, typed = collation.questionnaire, row.get(NEXT, "")
    question = question_named(str(row.get("Question", "")), questionnaire)
    step = next_level(questionnaire, result, question) if result and question else ""
    return {**row, AS_READ: "", NEXT: step or typed if _is_step(typed, questionnaire) else typed}


def _is_step(text: Any, questionnaire: Questionnaire) -> bool:
    """Whether the column Next level says nothing, or what this program puts there."""
    name, _, statement = cell_text(text).partition(": ")
    level = normalise(name) in {normalise(level.name) for level in questionnaire.levels}
    return not cell_text(text) or (level and normalise(statement) in questionnaire.by_statement)


SHEET = SheetSpec(
    ACTIONS,
    "The teams' priorities as an action plan, with rows for your own.",
    write,
    headers=TABLES[ACTIONS],
    body=TableSpec(
        lambda _: COLUMNS,
        marker=AS_READ,
        keys=None,
        entries=HEADERS,
        takes_rows=True,
        not_always=lambda _: (PLANNED_IN,),
    ),
)
