"""Actions: what the teams mean to work on, and rows for the coordinator's own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from operator import itemgetter
from typing import Any

from impact_xl.files.dates import DoubtfulDateError, parse_date
from impact_xl.findings import Finding, Where, found
from impact_xl.form.layout import ACTION_STATUSES
from impact_xl.questionnaire import Questionnaire, normalise
from impact_xl.results import paper, statuses
from impact_xl.results.edits.match_rows import StoredRow, TeamLookup, two_teams
from impact_xl.results.labels import unlike
from impact_xl.results.sheet_writer import QUIET, Column, ReportWriter, RowHeights, SheetSpec, TableSpec
from impact_xl.returns.submission import ActionReport, Priority
from impact_xl.round.collation import Collation
from impact_xl.round.packs import Step
from impact_xl.round.record import MeetingLine, TeamResult
from impact_xl.round.stored_sheets import place_in, row_text
from impact_xl.round.stored_workbook import (
    ADDED,
    AS_READ,
    AT_MEETING,
    FOLLOWED,
    IN_PACK,
    PRIORITY_COLUMNS,
    STATUS,
    TABLES,
    is_last_priority,
    line_of,
    marks_of,
)
from impact_xl.wording import quote
from impact_xl.xlsx import theme
from impact_xl.xlsx.cell_values import Rows, cell_text, mark

ACTIONS = "Actions"
NEXT = "Next level"
_LEAST_ROW = 15.75  # points
_OWN_ROWS = 20  # empty rows for the coordinator's own actions
PLANNED_IN, THIS_ROUND, LAST_ROUND = "Planned in", "This round", "Last round"
MEETING, IN_TEAMS_PACK = "Meeting", "Pack"
ALL_TEAMS = "All teams"  # who has what a meeting decided
COLUMNS = (
    Column("Team", 20, {"bold": True, "font_size": 9}),
    Column("Group", 15.5, {"font_size": 9}),
    Column("What", 38, {"font_size": 9}),
    Column("Question", 20, {"font_size": 9}),
    Column("Lead", 17, {"font_size": 9}),
    Column("By when", 14, {"font_size": 9}),
    Column("How we will know", 22, {"font_size": 9}),
    Column(STATUS, 10, {"bg_color": theme.ENTRY, "font_size": 9}),
    Column(PLANNED_IN, 12),
    Column("File", 34, QUIET),
    Column("Sheet", 16, QUIET),
    Column("Cell", 8, QUIET),
    Column("Team ID", 28, QUIET),
    Column(AS_READ, 52, {**QUIET, "text_wrap": False}),
    Column(NEXT, 60, {"font_size": 9, "text_wrap": False}),  # last, so that its text goes on over empty cells
)
HEADERS = tuple(column.header for column in COLUMNS)
_PRINTED = HEADERS.index("File")
_CHECKED = _OF_TEAM = ("Team", "Group", "File", "Team ID")  # of the teams' own priorities


def write(report: ReportWriter) -> None:
    """Write the sheet."""
    sheet = report.write_title(
        ACTIONS,
        "Actions",
        "What the meeting decided and what teams plan, with empty rows for your own. Keep Status up to date here. "
        "What you type is carried over when returns are combined again.",
        empty=(
            "nothing was typed there. To read by question or by date, press the arrow at Question or By when and "
            "choose Sort: no row loses what belongs to it"
        ),
    )
    actions = rows_of(report.collation)
    more = dict.fromkeys(head for row in actions for head in row if head not in HEADERS)
    columns = [*COLUMNS, *(Column(head, 20) for head in unlike(more, HEADERS))]
    own: list[Mapping[str, Any]] = [{}] * _OWN_ROWS
    rows = Rows([*actions, *own], lambda row: [row.get(head) for head in (*HEADERS, *more)])
    height = RowHeights(columns, _LEAST_ROW)
    first, last = report.table(sheet, "Actions", columns, rows, row_height=height)
    fresh = [row for row in actions if marks_of(row)]
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


def rows_of(collation: Collation) -> Sequence[Mapping[str, Any]]:
    """The rows of the sheet, by header: what people made of them in the workbook before, else the teams' priorities."""
    return collation.carried.actions if collation.carried else [row for _, row in priorities(collation)]


def priorities(collation: Collation) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """What the meeting decided, what the copies that count say the teams will work on, and what has come of their last.

    Each comes with the team's id, as the cells of a row by header.
    """
    followed = collation.followed
    for team_id, row in _as_planned(collation):
        yield team_id, _with_report(row, followed.get((team_id, mark(row["What"]))) if followed else None)


def _with_report(row: Mapping[str, Any], report: ActionReport | None) -> Mapping[str, Any]:
    """A row with the status that came back in a form about actions, and its mark, so that a person's own is known."""
    if report is None:
        return row
    marks, most = marks_of(row), len(PRIORITY_COLUMNS)
    line = marks[most + 1 :] or ([] if is_last_priority(row) else [FOLLOWED])
    return {**row, STATUS: report.in_words, AS_READ: " ".join((*marks[:most], mark(report.in_words), *line))}


def _as_planned(collation: Collation) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The same as the copies, the meeting and the packs have it."""
    for line in collation.meeting.lines if collation.meeting else ():
        yield "", _row_of_line(collation.questionnaire, line, collation.meeting.file if collation.meeting else "")
    for result in collation.results:
        for priority in result.submission.priorities if result.submission else ():
            if priority.filled:
                yield result.team.id, _row(collation.questionnaire, result, priority)
        for report in result.submission.actions if result.submission else ():
            if report.action.what:
                yield result.team.id, _row_of_last(result, report)
        for step in collation.steps:
            if step.result is result:
                yield result.team.id, _row_of_step(collation.questionnaire, step)


def _row(questionnaire: Questionnaire, result: TeamResult, priority: Priority) -> Mapping[str, Any]:
    question = question_named(priority.question, questionnaire)
    named = f"{question} {questionnaire.by_id[question].short}" if question else priority.question
    typed = (priority.what, named, priority.lead, by_when(priority.by), priority.measure)
    return {
        "Team": result.team.name,
        "Group": result.team.group_name,
        **dict(zip(PRIORITY_COLUMNS, typed, strict=True)),
        STATUS: "",
        PLANNED_IN: THIS_ROUND,
        NEXT: next_level(questionnaire, result, question) if question else "",
        "File": result.submission.where.file if result.submission else "",
        "Sheet": priority.sheet,
        "Cell": priority.cell,
        "Team ID": result.team.id,
        AS_READ: " ".join(map(mark, typed)),
    }


def _row_of_line(questionnaire: Questionnaire, line: MeetingLine, file: str) -> Mapping[str, Any]:
    """The row of something that a meeting decided."""
    known = questionnaire.by_id.get(line.question)
    typed = (line.what, f"{line.question} {known.short}" if known else line.question, line.lead, by_when(line.by), "")
    return {
        "Team": ALL_TEAMS,
        "Group": "",
        **dict(zip(PRIORITY_COLUMNS, typed, strict=True)),
        STATUS: "",
        PLANNED_IN: MEETING,
        NEXT: "",
        "File": file,
        "Sheet": line.sheet,
        "Cell": line.cell,
        "Team ID": "",
        AS_READ: " ".join((*map(mark, (*typed, "")), f"{AT_MEETING}:{line.question}:{line.number}")),
    }


def _row_of_step(questionnaire: Questionnaire, step: Step) -> Mapping[str, Any]:
    """The row of a next step that a team typed into its pack."""
    line, team = step.line, step.result.team
    question = question_named(line.question, questionnaire)
    named = f"{question} {questionnaire.by_id[question].short}" if question else line.question
    typed = (line.what, named, line.lead, by_when(line.by), line.measure)
    return {
        "Team": team.name,
        "Group": team.group_name,
        **dict(zip(PRIORITY_COLUMNS, typed, strict=True)),
        STATUS: line.status,
        PLANNED_IN: IN_TEAMS_PACK,
        NEXT: "",
        "File": step.file,
        "Sheet": line.sheet,
        "Cell": line.cell,
        "Team ID": team.id,
        AS_READ: " ".join((*map(mark, (*typed, line.status)), f"{IN_PACK}:{line.key}")),
    }


def _row_of_last(result: TeamResult, report: ActionReport) -> Mapping[str, Any]:
    """The row of a priority of the round before, with the status that the team chose or typed."""
    action = report.action
    texts = (action.what, action.question, action.lead, by_when(action.by), "")
    return {
        "Team": result.team.name,
        "Group": result.team.group_name,
        **dict(zip(PRIORITY_COLUMNS, texts, strict=True)),
        STATUS: report.in_words,
        PLANNED_IN: LAST_ROUND,
        NEXT: "",
        "File": result.submission.where.file if result.submission else "",
        "Sheet": report.sheet,
        "Cell": report.cell,
        "Team ID": result.team.id,
        AS_READ: " ".join(map(mark, (*texts, report.in_words))),
    }


@lru_cache(maxsize=4096, typed=True)  # many teams plan for the same days
def by_when(typed: Any) -> Any:
    """A date where one was typed that is certain, so that rows sort by it; else what was typed.

    >>> by_when("31/1/2027"), by_when("Spring 2027")
    (datetime.date(2027, 1, 31), 'Spring 2027')
    """
    try:
        return parse_date(typed)
    except DoubtfulDateError:
        return typed


@lru_cache(maxsize=1024)  # most choose one from the form's list
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
    following = questionnaire.by_id[question].next_level(answer.level) if answer and answer.level else None
    return _step(questionnaire, question, following) if following else ""


def _step(questionnaire: Questionnaire, question: str, level: int) -> str:
    return f"{questionnaire.level_name(level)}: {questionnaire.by_id[question].statement(level)}"


# -- carried over ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class MergedActions:
    """Every row of the sheet, with what people typed into it."""

    rows: tuple[Mapping[str, Any], ...]
    worked_on: int  # rows of the teams' own priorities, and of the meeting
    added: int
    cleared: int  # rows of the meeting whose lines were cleared
    again: int  # the teams' own priorities that somebody deleted, and that are there again


def merge(
    collation: Collation, stored: Iterable[StoredRow], lookup: TeamLookup, findings: list[Finding]
) -> MergedActions:
    """The meeting's lines and the teams' priorities with what was typed beside them, then the rows that were added.

    Args:
        collation: the round.
        stored: the rows of the sheet that is replaced, by header.
        lookup: whose they are now.
        findings: takes what a person should know.
    """
    fresh, questionnaire, rows = [*priorities(collation)], collation.questionnaire, [*stored]
    pairs = _pairs(rows, fresh, lookup)
    merged: dict[int, Mapping[str, Any]] = {}
    waiting, own = list[Mapping[str, Any]](), list[Mapping[str, Any]]()
    worked_on = cleared = 0
    for place, row in enumerate(rows):
        is_typed = bool(typed_in(row, questionnaire))
        if place in pairs:
            owner, now = fresh[pairs[place]]
            report = collation.followed.get((owner, mark(row.get("What", ""))))
            now, beside = _with_report(now, report), row
            worked_on += is_typed
            if clash := _line_against(row, now):
                own.append({**row, AS_READ: ""})
                findings.append(_two_words(row, now, clash))
                beside = {**row, **{head: now[head] for head in PRIORITY_COLUMNS}, AS_READ: now[AS_READ]}
            findings += statuses.newer(row, now, report, ACTIONS)
            merged[pairs[place]] = dict(_merged(beside, marks_of(beside), now, questionnaire, findings))
        elif _waits(row, collation):
            waiting.append(row)
        elif is_typed or not marks_of(row):
            if two := lookup.clash_in(row):
                findings.append(two_teams(row, "What", two, f"the action “{cell_text(row.get('What'))}”"))
            owner_of_row = lookup.of_row(row)
            now, report = _own(collation, owner_of_row, {**row, "Team ID": ""} if two else row)
            findings += statuses.newer(row, now, report, ACTIONS)
            own.append(now)
        else:
            cleared += line_of(row).startswith(AT_MEETING)
    lines = [merged.get(place, row) for place, (_, row) in enumerate(fresh)]
    again = sum(place not in merged and _was_there(now, own, lookup) for place, (_, now) in enumerate(fresh))
    return MergedActions((*waiting, *lines, *own), worked_on, len(own), cleared, again)


def _was_there(now: Mapping[str, Any], own: Iterable[StoredRow], lookup: TeamLookup) -> bool:
    """Whether the workbook had a row of a priority, which no row is about any more: its file counted there, too.

    A row that somebody gave to another team still names its file and cell.
    """
    place = (row_text(now, "File"), row_text(now, "Cell"))
    if now[PLANNED_IN] != THIS_ROUND or any((row_text(row, "File"), row_text(row, "Cell")) == place for row in own):
        return False
    return lookup.has_counted(str(now["Team ID"]))


def _pairs(
    rows: Sequence[StoredRow], fresh: Sequence[tuple[str, Mapping[str, Any]]], lookup: TeamLookup
) -> dict[int, int]:
    """Which stored row is about which fresh one, each by its place.

    A line of another workbook is known by its words, where they still stand on its page, else by its number there.
    """
    waiting = dict(enumerate(fresh))
    pairs: dict[int, int] = {}
    for tell in (_words_of, line_of):
        for place, row in enumerate(rows):
            about = tell(row)
            if place in pairs or not about:
                continue
            result = lookup.of_row(row)
            team = result.team.id if result else ""
            match = next((n for n, (owner, now) in waiting.items() if (owner, tell(now)) == (team, about)), None)
            if match is not None:
                del waiting[match]
                pairs[place] = match
    return pairs


def _words_of(row: Mapping[str, Any]) -> tuple[str, ...]:
    """What tells an action from others by its words: their mark as they were read, and where they stand."""
    marks = marks_of(row)
    return (marks[0], str(is_last_priority(row)), line_of(row).rpartition(":")[0]) if marks else ()


def _waits(row: StoredRow, collation: Collation) -> bool:
    """Whether a row began at the meeting, and its page was not read: nobody can have cleared its line."""
    where, _, place = line_of(row).partition(":")
    pages = collation.meeting.pages if collation.meeting else frozenset()
    return where == AT_MEETING and place.partition(":")[0] not in pages


def _line_against(row: StoredRow, now: Mapping[str, Any]) -> str:
    """The first column in which a row and the line that it began as were both edited, each to another text."""
    marks, fresh = marks_of(row), marks_of(now)
    heads = PRIORITY_COLUMNS if line_of(now).startswith(AT_MEETING) else ()
    edited = (head for place, head in enumerate(heads) if _edited(row, head, marks) and fresh[place] != marks[place])
    return next((head for head in edited if mark(row.get(head, "")) != mark(now[head])), "")


def _two_words(row: StoredRow, now: Mapping[str, Any], head: str) -> Finding:
    sheet, cell = place_in(row, head)
    facts = {
        "what": f"The action “{cell_text(now['What'])}”",
        "one": f"{sheet}!{cell}",
        "own": quote(cell_text(row[head])),
    }
    facts |= {"other": f"[{now['File']}]{now['Sheet']}!{now['Cell']}", "theirs": quote(cell_text(now[head]))}
    where = Where(str(now["File"]), str(now["Sheet"]), str(now["Cell"]))
    return found("text-two-leads", where, team_id=str(now["Team ID"]), team=str(now["Team"]), **facts)


def typed_in(row: StoredRow, questionnaire: Questionnaire) -> dict[str, Any]:
    """The cells of a row that somebody typed, by header: of a row that somebody added all that say anything."""
    marks = marks_of(row)
    not_typed = (*_OF_TEAM, PLANNED_IN, NEXT, AS_READ, *([] if statuses.is_by_hand(row) else [STATUS]))
    free = _more(row) if marks else [head for head in row if head not in not_typed]
    heads = [column for column in PRIORITY_COLUMNS if marks and _edited(row, column, marks)]
    heads += [head for head in free if row.get(head, "") != ""]
    if marks and statuses.is_by_hand(row):
        heads.append(STATUS)
    if not _is_step(row.get(NEXT, ""), questionnaire):
        heads.append(NEXT)
    return {head: row.get(head, "") for head in heads}


def _edited(row: Mapping[str, Any], column: str, marks: list[str]) -> bool:
    place = PRIORITY_COLUMNS.index(column)
    return place < len(marks) and mark(row.get(column, "")) != marks[place]


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
        if head == AS_READ:
            yield head, statuses.as_read(row, now)
        elif head == STATUS:
            yield head, row[STATUS] if statuses.is_by_hand(row) else value
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


def _own(
    collation: Collation, result: TeamResult | None, row: Mapping[str, Any]
) -> tuple[Mapping[str, Any], ActionReport | None]:
    """A row that somebody added, or that a team's copy no longer holds, and what the team last said of it.

    Its next level is that of today.
    """
    questionnaire, typed = collation.questionnaire, row.get(NEXT, "")
    question = question_named(str(row.get("Question", "")), questionnaire)
    step = next_level(questionnaire, result, question) if result and question else ""
    report = collation.followed.get((result.team.id, mark(row.get("What", "")))) if result else None
    step = step or typed if _is_step(typed, questionnaire) else typed
    return {**row, **statuses.of_added_row(row, report), NEXT: step}, report


def _is_step(text: Any, questionnaire: Questionnaire) -> bool:
    """Whether the column Next level says nothing, or what this program puts there."""
    name, _, statement = cell_text(text).partition(": ")
    level = normalise(name) in {normalise(level.name) for level in questionnaire.levels}
    statements = (questionnaire.whole or questionnaire).by_statement  # the round may have asked more when it was put
    return not cell_text(text) or (level and normalise(statement) in statements)


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
        added=ADDED,
        not_always=lambda _: (PLANNED_IN, "Sheet", "Cell"),
    ),
)
