"""A consolidated workbook read back: its rows as they stand, with everything that people typed into them.

The columns named here are an interface: people build on the workbook's sheets.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from itertools import islice, takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from impact_xl.findings import ImpactError, Where
from impact_xl.questionnaire import normalise
from impact_xl.xlsx.cell_values import cell_value

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

# What people type into Actions beside a team's own priority. “As read” holds a mark for each of these, so that an
# edited cell is told from one that still says what the team's copy said.
PRIORITY_COLUMNS = ("What", "Question", "Lead", "By when", "How we will know")
STATUS, AS_READ, NOTE = "Status", "As read", "Note"
# About keeps the corrections for which there is no answer at present: the team's copy may come back.
WAITING = ("Correction for", "Question", "Level by hand", "The copy said", "Ref", "Team ID", "Its file")
_DECIDED_ELSEWHERE, _DECIDED_HERE = ("correction", "override"), "workbook"

Row = Mapping[str, Any]  # the cells of a stored row, by header
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

    @property
    def by_hand(self) -> bool:
        """Whether somebody changed it in the workbook; a program that does not calculate leaves “Decided by” stale."""
        decided, level = normalise(self.decided_by), normalise(self.level)
        calculated = level == normalise(self.written)
        if decided in _DECIDED_ELSEWHERE:
            return not calculated
        return (decided == _DECIDED_HERE and calculated) or level != normalise(self.level_read)


@dataclass(frozen=True)
class Stored:
    """A consolidated workbook as it stands: its rows, with what people have typed into them."""

    answers: tuple[StoredAnswer, ...]
    teams: tuple[Row, ...]  # every row of Teams that is about a team
    actions: tuple[Row, ...]  # every row of Actions that holds anything
    comments: tuple[Row, ...]  # the same of Comments
    waiting: tuple[StoredAnswer, ...]  # corrections that had no answer to stand at when it was written
    files: Mapping[str, str]  # SHA-256 by name
    made_from: Mapping[str, Any]  # About's table of what it was made from: questionnaire, round, versions
    sheets: Sheets = field(default_factory=dict, repr=False)  # all rows, as stored

    @property
    def corrections(self) -> tuple[StoredAnswer, ...]:
        """The answers that somebody changed in the workbook."""
        return tuple(answer for answer in self.answers if answer.by_hand)


# The tables that a workbook is told by, and headers that tell each.
TABLES = {
    "Answers": ("Team ID", "Ref", "Level as read", "Level"),
    "Actions": ("Team", "What", "Lead", STATUS),
    "Teams": ("Team", "Team ID", STATUS, "Copies"),
}
_REPLACED = "workbook that is there already"
_NOT_READ_BACK = (
    "It was left as it is, as what people typed into it would be lost. Choose another place with --output, "
    "or give --overwrite to replace it all the same."
)


def read(path: str | Path, what: str = _REPLACED, hint: str = _NOT_READ_BACK) -> Stored:
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
        waiting=tuple(map(_waiting, _rows_on_about(sheets, WAITING[:3]))),
        files=_pairs_on_about(sheets, "File", "SHA-256"),
        made_from=_pairs_on_about(sheets, "What", "Which"),
        sheets=sheets,
    )


def sheets_of(source: Path, what: str = _REPLACED, hint: str = _NOT_READ_BACK) -> dict[str, list[list[Any]]]:
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
    with _opened(source, _REPLACED, _NOT_READ_BACK) as book:
        gone = []
        for name, needed in TABLES.items():
            sheets = sorted(_names(book), key=lambda each: each != name)  # where it should be is looked at first
            if not any(_headers(row, needed) for each in sheets for row in _rows(book, each)):
                gone.append(name)
        _expect_tables(gone, source, _REPLACED, _NOT_READ_BACK)


@contextmanager
def _opened(source: Path, what: str, hint: str) -> Iterator[CalamineWorkbook]:
    from python_calamine import CalamineError, CalamineWorkbook  # lazy: only where there is a workbook to be read

    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(source.read_bytes())) as book:
            yield book
    except OSError as error:
        raise ImpactError(
            f"The {what} cannot be read: {source} ({error.strerror or error})",
            "Close it in Excel and run the command again, or choose another place with --output.",
        ) from error
    except (CalamineError, ValueError, KeyError) as error:
        raise ImpactError(
            f"The {what} cannot be read back: {source} (it is damaged, or no workbook)",
            hint,
        ) from error


def _names(book: CalamineWorkbook) -> list[str]:
    return [each.name for each in book.sheets_metadata if "WorkSheet" in str(each.typ)]


def _rows(book: CalamineWorkbook, name: str) -> Iterator[list[Any]]:
    """The rows of a sheet, one text kept once however often it stands there: most of a long table is repetition."""
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
    for rows in (*([sheets[name]] if name in sheets else ()), *sheets.values()):
        for index, row in enumerate(rows):
            if columns := _headers(row, needed):
                return _by_header(islice(rows, index + 1, None), columns)
    return None


def _by_header(rows: Iterable[Sequence[Any]], columns: Mapping[str, int]) -> Iterator[Row]:
    for cells in rows:
        yield {head: cell_value(cells[col]) for head, col in columns.items()}


def _rows_on_about(sheets: Sheets, needed: Sequence[str]) -> Iterator[Row]:
    """The rows of one of the tables on About, which end at an empty row."""
    return takewhile(filled, _table(sheets, "About", needed) or ())


def _pairs_on_about(sheets: Sheets, name: str, value: str) -> dict[str, Any]:
    """What stands in one column of a table on About, by the text in another."""
    return {row_text(row, name): row[value] for row in _rows_on_about(sheets, (name, value))}


def filled(row: Row) -> bool:
    """Whether any cell of a stored row holds anything."""
    return any(value != "" for value in row.values())


def row_text(row: Row, header: str) -> str:
    """The text of a stored cell, with single spaces; empty where there is none."""
    return _text(row.get(header))


def _text(cell: Any) -> str:
    text = cell if isinstance(cell, str) else "" if cell is None else str(cell_value(cell))
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
    return StoredAnswer(team_id, team, "", question, short, read, level, "", _DECIDED_HERE, "", where)


def waiting_row(answer: StoredAnswer) -> tuple[str, ...]:
    """A correction that waits for its answer, in the columns of `WAITING`."""
    read = answer.level_read or answer.state_read
    return (answer.team, answer.short, answer.level, read, answer.question, answer.team_id, answer.where.file)
