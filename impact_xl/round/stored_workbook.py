"""A consolidated workbook read back: its rows as they stand, with everything that people typed into them.

The columns named here are an interface: people build on the workbook's sheets.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat, takewhile
from operator import itemgetter
from pathlib import Path
from typing import Any

from impact_xl.findings import ImpactError, Where
from impact_xl.questionnaire import normalise
from impact_xl.round.stored_sheets import (
    NOT_READ_BACK,
    REPLACED,
    Row,
    Sheets,
    Table,
    TableRow,
    Texts,
    filled,
    headers_in,
    opened,
    row_text,
    sheets_of,
    text_of,
)
from impact_xl.xlsx.a1 import a1
from impact_xl.xlsx.cell_values import cell_value

# What people type into Actions beside a team's own priority. “As read” holds a mark for each of these, so that an
# edited cell is told from one that still says what the team's copy said. A priority of the round before has one more,
# for the status that the team chose. What was typed into another workbook of ours, at a meeting or in a team's pack,
# has one more again, which names the line there. So has a priority whose status came back in a form about actions.
# A row that a coordinator added has the mark of the last status alone that a team sent for it, behind a word of ours.
PRIORITY_COLUMNS = ("What", "Question", "Lead", "By when", "How we will know")
STATUS, AS_READ, NOTE = "Status", "As read", "Note"
AT_MEETING, IN_PACK, FOLLOWED = "meeting", "pack", "followed"  # where such a line was typed
ADDED = "added:"
# About keeps the corrections for which there is no answer at present: the team's copy may come back.
WAITING = ("Correction for", "Question", "Level by hand", "The copy said", "Ref", "Team ID", "Its file")
# About keeps the decisions that stand, with the teams' names and ids, so that none is lost where no list is given.
DECISION_COLUMNS = (
    *("Decided for", "Reason", "Decided level", "Decided on", "Ref", "Decided file", "Team ID", "Decided by whom"),
)
LEFT_OPEN = "Left open"
# And what was asked: of each question digits that tell its words from others, and its titles.
QUESTION_COLUMNS = ("Question asked", "Its title", "Its short title", "Its fingerprint")
# And what was new when it was written, for as long as nothing else is.
NEWS_COLUMNS = ("What is new", "In words", "Before", "Now", "Ref", "Team")
NEWS_SINCE = "News since the workbook dated"
_NOT_APPLICABLE = "not applicable"  # stands below the levels on About
_DECIDED_ELSEWHERE, _DECIDED_HERE = ("correction", "override"), "workbook"


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """One row of Answers: the levels in words, as read and as they stand now."""

    team_id: str
    team: str
    group: str
    question: str
    short: str
    level_read: str
    level: str
    state_read: str
    decided_by: str
    note: str
    where: Where
    written: str = ""  # the level when the workbook was last calculated
    sheet: str = field(default="", compare=False)  # where the level stands in the workbook
    row: int = field(default=0, compare=False)
    col: int = field(default=0, compare=False)

    @property
    def place(self) -> tuple[str, str]:
        """The sheet and the cell of the level in the workbook."""
        return self.sheet, a1(self.row, self.col)

    @property
    def by_hand(self) -> bool:
        """Whether somebody changed it in the workbook; a program that does not calculate leaves “Decided by” stale."""
        decided, level = normalise(self.decided_by), normalise(self.level)
        calculated = level == normalise(self.written)
        if decided in _DECIDED_ELSEWHERE:
            return not calculated
        return (decided == _DECIDED_HERE and calculated) or level != normalise(self.level_read)


@dataclass(frozen=True, slots=True)
class StoredQuestion:
    """One question as it was asked then."""

    id: str
    title: str
    short: str
    fingerprint: str  # as `Question.fingerprint`


@dataclass(frozen=True)
class Stored:
    """A consolidated workbook as it stands: its rows, with what people have typed into them."""

    answers: tuple[StoredAnswer, ...]
    teams: tuple[Row, ...]  # every row of Teams that is about a team
    actions: tuple[Row, ...]  # every row of Actions that holds anything
    comments: tuple[Row, ...]  # the same of Comments
    waiting: tuple[StoredAnswer, ...]  # corrections that had no answer to stand at when it was written
    files: Mapping[str, str]  # SHA-256 by name
    used: frozenset[str]  # the SHA-256 of those that counted
    made_from: Mapping[str, Any]  # About's table of what it was made from: questionnaire, round, versions
    sheets: Sheets = field(default_factory=lambda: Sheets({}), repr=False)  # all rows, as stored
    decisions: tuple[Row, ...] | None = None  # rows of `DECISION_COLUMNS`; None where it has no such table
    questions: tuple[StoredQuestion, ...] = ()  # empty where an older version wrote it
    levels: tuple[str, ...] = ()  # the names of the levels
    news: tuple[Row, ...] = ()  # what was new then, in `NEWS_COLUMNS`
    to_fix: tuple[Row, ...] = ()  # the findings that still stand on To fix

    @property
    def corrections(self) -> tuple[StoredAnswer, ...]:
        """The answers that somebody changed in the workbook."""
        return tuple(answer for answer in self.answers if answer.by_hand)

    def table(self, name: str, headers: Sequence[str]) -> Iterator[Row]:
        """The rows below the row of a sheet that holds these headers; a renamed sheet is found, too."""
        return _rows(self.sheets, name, headers)


TO_FIX_HEADERS = ("How serious", "What we saw", "Rule")
# The tables that a workbook is told by, and headers that tell each.
TABLES = {
    "Answers": ("Team ID", "Ref", "Level as read", "Level"),
    "Actions": ("Team", "What", "Lead", STATUS),
    "Teams": ("Team", "Team ID", STATUS, "Copies"),
}


def read(path: str | Path, what: str = REPLACED, hint: str = NOT_READ_BACK) -> Stored:
    """Read a consolidated workbook back, whatever was sorted, filtered, widened or saved by another program.

    Args:
        path: the workbook.
        what: how messages call it.
        hint: what to do where it is none that can be read back.

    Raises:
        ImpactError: it cannot be read, or it is no consolidated workbook of this program.
    """
    source = Path(path)
    sheets = sheets_of(source, what, hint)
    tables = {name: sheets.table(name, headers) for name, headers in TABLES.items()}
    _expect_tables((name for name, table in tables.items() if table is None), source, what, hint)
    answers, actions, teams = filter(None, tables.values())
    comments = tuple(_rows(sheets, "Comments", ("Team", "Ref", NOTE)))
    notes = {(row_text(row, "Team no"), row_text(row, "Ref")): row.get(NOTE, "") for row in comments}
    levels = [row_text(row, "Level") for row in _rows_on_about(sheets, ("Level", "What it means here"))]
    return Stored(
        answers=tuple(_stored_answers(answers, notes, levels)),
        teams=tuple(row for row in teams.rows() if row_text(row, "Team ID") or row_text(row, "Team no")),
        actions=tuple(filter(filled, actions.rows())),
        comments=tuple(filter(filled, comments)),
        waiting=tuple(map(_waiting, _open_rows(sheets, WAITING))),
        files=_pairs_on_about(sheets, "File", "SHA-256"),
        used=_used(sheets),
        made_from=_pairs_on_about(sheets, "What", "Which"),
        sheets=sheets,
        decisions=_decisions(sheets),
        questions=tuple(map(_stored_question, _rows_on_about(sheets, QUESTION_COLUMNS))),
        levels=tuple(filter(_is_level, levels)),
        news=tuple(_rows_on_about(sheets, NEWS_COLUMNS)),
        to_fix=tuple(_findings(sheets)),
    )


def _used(sheets: Sheets) -> frozenset[str]:
    """The SHA-256 of the files that counted."""
    files = _rows_on_about(sheets, ("File", "SHA-256", "Used"))
    return frozenset(row_text(row, "SHA-256") for row in files if normalise(row_text(row, "Used")) == "yes")


def _findings(sheets: Sheets) -> Iterator[Row]:
    """The rows of To fix that hold a finding."""
    return (row for row in _rows(sheets, "To fix", TO_FIX_HEADERS) if row_text(row, "Rule"))


def check(path: str | Path) -> None:
    """Find out whether a consolidated workbook could be read back, in a part of the time that `read` takes.

    Raises:
        ImpactError: it could not.
    """
    source = Path(path)
    with opened(source, REPLACED, NOT_READ_BACK) as book:
        gone = []
        for name, needed in TABLES.items():
            sheets = sorted(book.names(), key=lambda each: each != name)  # where it should be is looked at first
            if not any(headers_in(row, needed) for each in sheets for row in book.rows(each)):
                gone.append(name)
        _expect_tables(gone, source, REPLACED, NOT_READ_BACK)


def _expect_tables(gone: Iterable[str], source: Path, what: str, hint: str) -> None:
    if named := " or ".join(gone):
        raise ImpactError(
            f"The {what} cannot be read back: {source} (nothing in it is the table {named} of a consolidated workbook)",
            hint,
        )


def _rows(sheets: Sheets, name: str, needed: Sequence[str]) -> Iterator[TableRow]:
    """The rows of a table; none where there is no such table."""
    table = sheets.table(name, needed)
    return table.rows() if table else iter(())


def _rows_on_about(sheets: Sheets, needed: Sequence[str]) -> Iterator[Row]:
    """The rows of one of the tables on About, which end at an empty row."""
    return takewhile(filled, _rows(sheets, "About", needed))


def _is_level(name: str) -> bool:
    """Whether a row of the levels on About is one of them: below them stands “Not applicable”."""
    return normalise(name) != _NOT_APPLICABLE


def _decisions(sheets: Sheets) -> tuple[Row, ...] | None:
    return tuple(_open_rows(sheets, DECISION_COLUMNS)) if sheets.table("About", DECISION_COLUMNS) else None


def _open_rows(sheets: Sheets, columns: Sequence[str]) -> list[TableRow]:
    """The rows of a table on About that people may clear rows of; it ends where the next one begins."""
    table = _rows(sheets, "About", columns[:3])
    heads = {WAITING[0], DECISION_COLUMNS[0]}
    rows = takewhile(lambda row: row_text(row, columns[0]) not in heads, table)
    return [row for row in rows if any(row_text(row, head) for head in columns[1:])]


def _pairs_on_about(sheets: Sheets, name: str, value: str) -> dict[str, Any]:
    """What stands in one column of a table on About, by the text in another."""
    return {row_text(row, name): row[value] for row in _rows_on_about(sheets, (name, value))}


def marks_of(row: Row) -> list[str]:
    """The marks of a row that this program wrote; none of a row that somebody added."""
    text = row_text(row, AS_READ)
    return [] if text.startswith(ADDED) else text.split()


def is_own_priority(row: Row) -> bool:
    """Whether a row of Actions began as a team's priority of this round: no row of the coordinator's, none of last."""
    return 0 < len(marks_of(row)) <= len(PRIORITY_COLUMNS) or line_of(row) == FOLLOWED


def is_last_priority(row: Row) -> bool:
    """Whether a row of Actions began as a team's priority of the round before."""
    return len(marks_of(row)) == len(PRIORITY_COLUMNS) + 1


def line_of(row: Row) -> str:
    """The line of another workbook of ours that a row of Actions began as, as `meeting:Q07:1`; empty where it did not.

    Its parts are where it was typed, what it is about, and its number there.
    """
    return "".join(marks_of(row)[len(PRIORITY_COLUMNS) + 1 :])


_ANSWER_COLUMNS = (
    *("Team ID", "Team", "Group", "Ref", "Question", "Level as read", "Level", "State as read", "Decided by"),
    *("File", "Sheet", "Cell", "Team no", "State"),
)


def _stored_answers(
    table: Table, notes: Mapping[tuple[str, str], Any], levels: Sequence[str]
) -> Iterator[StoredAnswer]:
    """The rows of Answers, without a stop at `TableRow`: of all tables this one is the longest by far."""
    nothing = max(table.columns.values()) + 1  # a column behind all others, for what has none
    pick = itemgetter(*(table.columns.get(head, nothing) for head in (*_ANSWER_COLUMNS, "Level no")))
    level_col, texts = table.columns["Level"], Texts()
    for number, cells in table.below():
        *picked, level_no = pick([*cells, *repeat("", nothing + 1 - len(cells))])
        id, team, group, ref, short, read, level, state_read, decided_by, file, sheet, cell, team_no, state = (
            texts[each] if type(each) is str else text_of(each) for each in picked
        )
        if ref:
            note = str(notes.get((team_no, ref), ""))
            written = _written(level_no, state, level, levels)
            where, at = Where(file, sheet, cell), (table.sheet, number, level_col)
            yield StoredAnswer(
                id, team, group, ref, short, read, level, state_read, decided_by, note, where, written, *at
            )


def _written(level_no: Any, state: str, level: str, levels: Sequence[str]) -> str:
    """The level that stood in a row of Answers when the workbook was last calculated."""
    number = cell_value(level_no)
    if isinstance(number, int) and 0 < number <= len(levels):
        return levels[number - 1]
    return state if normalise(state) == normalise(level) else ""


def _waiting(row: TableRow) -> StoredAnswer:
    team, short, level, read, question, team_id, file = (row_text(row, head) for head in WAITING)
    where, at = Where(file), row.at(WAITING[2])
    return StoredAnswer(team_id, team, "", question, short, read, level, "", _DECIDED_HERE, "", where, "", *at)


def _stored_question(row: Row) -> StoredQuestion:
    return StoredQuestion(*(row_text(row, head) for head in QUESTION_COLUMNS))


def waiting_row(answer: StoredAnswer) -> tuple[str, ...]:
    """A correction that waits for its answer, in the columns of `WAITING`."""
    read = answer.level_read or answer.state_read
    return (answer.team, answer.short, answer.level, read, answer.question, answer.team_id, answer.where.file)
