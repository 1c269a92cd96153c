"""A consolidated workbook read back: its rows as they stand, with everything that people typed into them.

The columns named here are an interface: people build on the workbook's sheets.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from itertools import islice, takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from impact_xl.findings import ImpactError, Where
from impact_xl.questionnaire import normalise
from impact_xl.returns.formats.xml_texts import OtherwiseError
from impact_xl.round.long_sheets import LongSheets
from impact_xl.wording import reason_of
from impact_xl.xlsx.a1 import a1
from impact_xl.xlsx.cell_values import cell_value
from impact_xl.xlsx.package_inspect import Parts

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

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

Row = Mapping[str, Any]  # the cells of a stored row, by header


class TableRow(dict[str, Any]):
    """The cells of a stored row by header, which knows where it stands."""

    __slots__ = ("_columns", "_number", "_sheet")

    def __init__(self, cells: Sequence[Any], columns: Mapping[str, int], sheet: str, number: int) -> None:
        super().__init__((head, cell_value(cells[col]) if col < len(cells) else "") for head, col in columns.items())
        self._columns, self._sheet, self._number = columns, sheet, number

    def place(self, header: str) -> tuple[str, str]:
        """The sheet and the cell below a header; no cell where the header stands in another workbook alone."""
        col = self._columns.get(header)
        return self._sheet, "" if col is None else a1(self._number, col)

    def changed(self, values: Row, *, workbook: str = "") -> TableRow:
        """The row at its place with other values; as one of a workbook that is named where one is given."""
        sheet = f"[{workbook}]{self._sheet}" if workbook else self._sheet
        row = TableRow((), {}, sheet, self._number)
        row._columns = self._columns
        row.update(self)
        row.update(values)
        return row


def place_in(row: Row, header: str) -> tuple[str, str]:
    """The sheet and cell of a stored row's cell; empty where the row was not read from a workbook."""
    return row.place(header) if isinstance(row, TableRow) and header in row else ("", "")


Sheets = Mapping[str, Sequence[Sequence[Any]]]  # the rows of each sheet, as stored


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
    place: tuple[str, str] = field(default=("", ""), compare=False)  # sheet and cell of the level in the workbook

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
    sheets: Sheets = field(default_factory=dict, repr=False)  # all rows, as stored
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
        return _table(self.sheets, name, headers) or iter(())


TO_FIX_HEADERS = ("How serious", "What we saw", "Rule")
# The tables that a workbook is told by, and headers that tell each.
TABLES = {
    "Answers": ("Team ID", "Ref", "Level as read", "Level"),
    "Actions": ("Team", "What", "Lead", STATUS),
    "Teams": ("Team", "Team ID", STATUS, "Copies"),
}
_COMPOUND = bytes.fromhex("D0CF11E0A1B11AE1")  # how a workbook begins that is encrypted, or of Excel 97
REPLACED = "workbook that is there already"
_NOT_READ_BACK = (
    "It was left as it is, as what people typed into it would be lost. Choose another place with --output, "
    "or give --overwrite to replace it anyway."
)


def read(path: str | Path, what: str = REPLACED, hint: str = _NOT_READ_BACK) -> Stored:
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
    tables = {name: _table(sheets, name, headers) for name, headers in TABLES.items()}
    _expect_tables((name for name, rows in tables.items() if rows is None), source, what, hint)
    answers, actions, teams = (rows or () for rows in tables.values())
    comments = tuple(_table(sheets, "Comments", ("Team", "Ref", NOTE)) or ())
    notes = {(row_text(row, "Team no"), row_text(row, "Ref")): row.get(NOTE, "") for row in comments}
    levels = [row_text(row, "Level") for row in _rows_on_about(sheets, ("Level", "What it means here"))]
    return Stored(
        answers=tuple(_stored_answer(row, notes, levels) for row in answers if row_text(row, "Ref")),
        teams=tuple(row for row in teams if row_text(row, "Team ID") or row_text(row, "Team no")),
        actions=tuple(filter(filled, actions)),
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
    return (row for row in _table(sheets, "To fix", TO_FIX_HEADERS) or () if row_text(row, "Rule"))


def sheets_of(source: Path, what: str = REPLACED, hint: str = _NOT_READ_BACK) -> dict[str, list[list[Any]]]:
    """Every sheet of a workbook as rows of stored values.

    Args:
        source: the workbook.
        what: how messages call it.
        hint: what to do where it is none that can be read.

    Raises:
        ImpactError: it cannot be read.
    """
    with _opened(source, what, hint) as book:
        return {name: list(_rows(book, name)) for name in _names(book)}


def check(path: str | Path) -> None:
    """Find out whether a consolidated workbook could be read back, in a part of the time that `read` takes.

    Raises:
        ImpactError: it could not.
    """
    source = Path(path)
    with _opened(source, REPLACED, _NOT_READ_BACK) as book:
        gone = []
        for name, needed in TABLES.items():
            sheets = sorted(_names(book), key=lambda each: each != name)  # where it should be is looked at first
            if not any(_headers(row, needed) for each in sheets for row in _rows(book, each)):
                gone.append(name)
        _expect_tables(gone, source, REPLACED, _NOT_READ_BACK)


@contextmanager
def _opened(source: Path, what: str, hint: str) -> Iterator[_Book]:
    from python_calamine import CalamineError, CalamineWorkbook  # lazy: only where there is a workbook to be read

    content = b""
    try:
        content = source.read_bytes()
        with CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
            yield _Book(book, LongSheets(Parts(io.BytesIO(content))))
    except OSError as error:
        raise ImpactError(
            f"The {what} cannot be read: {source} ({reason_of(error)})",
            "Close it in Excel and run the command again, or choose another place with --output.",
        ) from error
    except (CalamineError, ValueError, KeyError) as error:
        if content.startswith(_COMPOUND):
            raise locked(source, what) from error
        raise ImpactError(
            f"The {what} cannot be read back: {source} (it is damaged, or no workbook)",
            hint,
        ) from error


def locked(source: Path, what: str) -> ImpactError:
    """What to say of a workbook that is encrypted, by a password or a sensitivity label."""
    return ImpactError(
        f"The {what} cannot be read: {source} (it is locked by a password, or by a sensitivity label that encrypts)",
        "Open it in Excel, take the password off or choose a label that does not encrypt, save it, and run the "
        "command again. It was left as it is.",
    )


class _Book(NamedTuple):
    """A workbook that is read: by a library, and its long sheets row by row."""

    library: CalamineWorkbook
    long: LongSheets


def _names(book: _Book) -> list[str]:
    return [each.name for each in book.library.sheets_metadata if "WorkSheet" in str(each.typ)]


def _rows(book: _Book, name: str) -> Iterator[list[Any]]:
    """The rows of a sheet, one text kept once however often it stands there: most of a long table is repetition."""
    given = 0
    try:
        for given, row in enumerate(book.long.rows(name), 1):  # noqa: B007  it is looked at below
            yield row
    except OtherwiseError:
        yield from islice(_rows_by_library(book.library, name), given, None)


def _rows_by_library(book: CalamineWorkbook, name: str) -> Iterator[list[Any]]:
    texts: dict[str, str] = {}
    once = texts.setdefault
    sheet = book.get_sheet_by_name(name)
    before = [""] * (sheet.start[1] if sheet.start else 0)  # the rows begin at the first column that holds anything
    for row in sheet.iter_rows():
        yield before + [once(cell, cell) if type(cell) is str else cell for cell in row]


def _expect_tables(gone: Iterable[str], source: Path, what: str, hint: str) -> None:
    if named := " or ".join(gone):
        raise ImpactError(
            f"The {what} cannot be read back: {source} (nothing in it is the table {named} of a consolidated workbook)",
            hint,
        )


def _headers(row: Sequence[Any], needed: Sequence[str]) -> dict[str, int] | None:
    """The columns of a table by their headers, where this row holds all that tell the table."""
    if not any(isinstance(cell, str) and needed[0] in cell for cell in row):
        return None  # nearly all of them, and quickly told
    heads = [_text(cell) for cell in row]
    return {head: col for col, head in reversed(list(enumerate(heads))) if head} if set(needed) <= set(heads) else None


def _table(sheets: Sheets, name: str, needed: Sequence[str]) -> Iterator[Row] | None:
    """The rows below the row that holds these headers; None where there is none. A renamed sheet is found, too."""
    for sheet in (*([name] if name in sheets else ()), *sheets):
        rows = sheets[sheet]
        for index, row in enumerate(rows):
            if columns := _headers(row, needed):
                return _below(sheet, rows, index, columns)
    return None


def _below(sheet: str, rows: Sequence[Sequence[Any]], top: int, columns: Mapping[str, int]) -> Iterator[Row]:
    for number, cells in enumerate(islice(rows, top + 1, None), top + 1):
        yield TableRow(cells, columns, sheet, number)


def _rows_on_about(sheets: Sheets, needed: Sequence[str]) -> Iterator[Row]:
    """The rows of one of the tables on About, which end at an empty row."""
    return takewhile(filled, _table(sheets, "About", needed) or ())


def _is_level(name: str) -> bool:
    """Whether a row of the levels on About is one of them: below them stands “Not applicable”."""
    return normalise(name) != _NOT_APPLICABLE


def _decisions(sheets: Sheets) -> tuple[Row, ...] | None:
    if _table(sheets, "About", DECISION_COLUMNS) is None:
        return None
    return tuple(_open_rows(sheets, DECISION_COLUMNS))


def _open_rows(sheets: Sheets, columns: Sequence[str]) -> list[Row]:
    """The rows of a table on About that people may clear rows of; it ends where the next one begins."""
    table = _table(sheets, "About", columns[:3]) or ()
    heads = {WAITING[0], DECISION_COLUMNS[0]}
    rows = takewhile(lambda row: row_text(row, columns[0]) not in heads, table)
    return [row for row in rows if any(row_text(row, head) for head in columns[1:])]


def _pairs_on_about(sheets: Sheets, name: str, value: str) -> dict[str, Any]:
    """What stands in one column of a table on About, by the text in another."""
    return {row_text(row, name): row[value] for row in _rows_on_about(sheets, (name, value))}


def filled(row: Row) -> bool:
    """Whether any cell of a stored row holds anything."""
    return any(value != "" for value in row.values())


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


def row_text(row: Row, header: str) -> str:
    """The text of a stored cell, with single spaces; empty where there is none."""
    return _text(row.get(header))


def _text(cell: Any) -> str:
    return _on_one_line(cell if isinstance(cell, str) else "" if cell is None else str(cell_value(cell)))


@lru_cache(maxsize=16_384)  # the same texts stand in most rows, and so they are kept once
def _on_one_line(text: str) -> str:
    return " ".join(text.split())


def value_text(value: Any) -> str:
    """A stored value as text, for people to read: a date as `1 May 2027`."""
    return f"{value.day} {value:%B %Y}" if isinstance(value, date) else str(value)


def _stored_answer(row: Row, notes: Mapping[tuple[str, str], Any], levels: Sequence[str]) -> StoredAnswer:
    return StoredAnswer(
        team_id=row_text(row, "Team ID"),
        team=row_text(row, "Team"),
        group=row_text(row, "Group"),
        question=row_text(row, "Ref"),
        short=row_text(row, "Question"),
        level_read=row_text(row, "Level as read"),
        level=row_text(row, "Level"),
        state_read=row_text(row, "State as read"),
        decided_by=row_text(row, "Decided by"),
        note=str(notes.get((row_text(row, "Team no"), row_text(row, "Ref")), "")),
        where=Where(row_text(row, "File"), row_text(row, "Sheet"), row_text(row, "Cell")),
        written=_written(row, levels),
        place=place_in(row, "Level"),
    )


def _written(row: Row, levels: Sequence[str]) -> str:
    """The level that stood in a row of Answers when the workbook was last calculated."""
    number = cell_value(row.get("Level no"))
    if isinstance(number, int) and 0 < number <= len(levels):
        return levels[number - 1]
    state = row_text(row, "State")
    return state if normalise(state) == normalise(row_text(row, "Level")) else ""


def _waiting(row: Row) -> StoredAnswer:
    team, short, level, read, question, team_id, file = (row_text(row, head) for head in WAITING)
    where = Where(file)
    place = place_in(row, WAITING[2])
    return StoredAnswer(team_id, team, "", question, short, read, level, "", _DECIDED_HERE, "", where, place=place)


def _stored_question(row: Row) -> StoredQuestion:
    return StoredQuestion(*(row_text(row, head) for head in QUESTION_COLUMNS))


def waiting_row(answer: StoredAnswer) -> tuple[str, ...]:
    """A correction that waits for its answer, in the columns of `WAITING`."""
    read = answer.level_read or answer.state_read
    return (answer.team, answer.short, answer.level, read, answer.question, answer.team_id, answer.where.file)
