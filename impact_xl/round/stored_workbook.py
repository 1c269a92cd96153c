"""A consolidated workbook read back: its rows as they stand, with everything that people typed into them.

The columns named here are an interface: people build on the workbook's sheets.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
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
STATUS, AS_READ = "Status", "As read"
# About keeps the corrections for which there is no answer at present: the team's copy may come back.
WAITING = ("Correction for", "Question", "Level by hand", "The copy said", "Ref", "Team ID", "Its file")
_DECIDED_ELSEWHERE, _DECIDED_HERE = ("correction", "override"), "workbook"


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """One row of Answers: the levels in words, as read and as they stand now."""

    team_id: str
    team: str
    group: str
    component: str
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


@dataclass(frozen=True, slots=True)
class StoredTeam:
    """One row of Teams."""

    id: str
    name: str
    group: str
    status: str
    copies: int
    completed_by: str
    file: str
    number: str = ""  # what the workbook's formulas match on


@dataclass(frozen=True)
class Stored:
    """A consolidated workbook as it stands: the record, with what people have typed into it."""

    answers: tuple[StoredAnswer, ...]
    teams: tuple[StoredTeam, ...]
    actions: tuple[Mapping[str, Any], ...]  # every row of Actions that holds anything, by header
    comments: tuple[Mapping[str, Any], ...]  # the same of Comments
    waiting: tuple[StoredAnswer, ...]  # corrections that had no answer to stand at when it was written
    files: Mapping[str, str]  # SHA-256 by name
    made_from: Mapping[str, Any]  # About's table of what it was made from: questionnaire, round, versions
    sheets: Mapping[str, Sequence[Sequence[Any]]] = field(default_factory=dict, repr=False)  # all rows, as stored

    @property
    def corrections(self) -> tuple[StoredAnswer, ...]:
        """The answers that somebody changed in the workbook."""
        return tuple(answer for answer in self.answers if answer.by_hand)


# The tables that a workbook is told by, and headers that tell each.
_TABLES = {
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
    held = {name: _found(sheets, name, needed) for name, needed in _TABLES.items()}
    _expect_tables((name for name, rows in held.items() if rows is None), source, what, hint)
    answers, actions, teams = (rows or () for rows in held.values())
    comments = tuple(_found(sheets, "Comments", ("Team", "Ref", "Note")) or ())
    notes = {(_text(row.get("Team no")), _text(row.get("Ref"))): _text(row.get("Note")) for row in comments}
    files = _found(sheets, "About", ("File", "SHA-256")) or ()
    versions = _found(sheets, "About", ("What", "Which")) or ()
    levels = _found(sheets, "About", ("Level", "What it means here")) or ()
    names = [_text(row["Level"]) for row in takewhile(filled, levels)]
    return Stored(
        tuple(_stored_answer(row, notes, names) for row in answers if _text(row.get("Ref"))),
        tuple(_stored_team(row) for row in teams if _text(row.get("Team ID")) or _text(row.get("Team no"))),
        tuple(filter(filled, actions)),
        tuple(filter(filled, comments)),
        tuple(map(_waiting, takewhile(filled, _found(sheets, "About", WAITING[:3]) or ()))),
        {_text(row["File"]): _text(row["SHA-256"]) for row in takewhile(filled, files)},
        {_text(row["What"]): row["Which"] for row in takewhile(filled, versions)},
        sheets,
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
        for name, needed in _TABLES.items():
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
    """The rows of a sheet, one text held once however often it stands there: most of a long table is repetition."""
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


def _found(
    sheets: Mapping[str, Sequence[Sequence[Any]]], name: str, needed: Sequence[str]
) -> Iterator[dict[str, Any]] | None:
    """The rows of the table with these headers, by header; None where there is none. A renamed sheet is found, too."""
    for rows in (*([sheets[name]] if name in sheets else ()), *sheets.values()):
        for index, row in enumerate(rows):
            if columns := _headers(row, needed):
                return _by_header(islice(rows, index + 1, None), columns)
    return None


def _by_header(rows: Iterable[Sequence[Any]], columns: Mapping[str, int]) -> Iterator[dict[str, Any]]:
    for row in rows:
        yield {head: cell_value(row[col]) for head, col in columns.items()}


def filled(row: Mapping[str, Any]) -> bool:
    """Whether any cell of a stored row holds anything."""
    return any(value != "" for value in row.values())


def _stored_answer(row: Mapping[str, Any], notes: Mapping[tuple[str, str], str], names: Sequence[str]) -> StoredAnswer:
    def text(head: str) -> str:
        return _text(row.get(head))

    return StoredAnswer(
        team_id=text("Team ID"),
        team=text("Team"),
        group=text("Group"),
        component=text("Component"),
        question=text("Ref"),
        short=text("Question"),
        level_read=text("Level as read"),
        level=text("Level"),
        state_read=text("State as read"),
        decided_by=text("Decided by"),
        note=notes.get((text("Team no"), text("Ref")), ""),
        where=Where(text("File"), text("Sheet"), text("Cell")),
        written=_written(row, names),
    )


def _written(row: Mapping[str, Any], names: Sequence[str]) -> str:
    """The level that stood in a row of Answers when the workbook was last calculated."""
    number = cell_value(row.get("Level no"))
    if isinstance(number, int) and 0 < number <= len(names):
        return names[number - 1]
    state = _text(row.get("State"))
    return state if normalise(state) == normalise(_text(row.get("Level"))) else ""


def _waiting(row: Mapping[str, Any]) -> StoredAnswer:
    team, short, level, read, question, team_id, file = (_text(row.get(head)) for head in WAITING)
    where = Where(file)
    return StoredAnswer(team_id, team, "", "", question, short, read, level, "", _DECIDED_HERE, "", where)


def waiting_row(answer: StoredAnswer) -> tuple[str, ...]:
    """A correction that waits for its answer, in the columns of `WAITING`."""
    read = answer.level_read or answer.state_read
    return (answer.team, answer.short, answer.level, read, answer.question, answer.team_id, answer.where.file)


def _stored_team(row: Mapping[str, Any]) -> StoredTeam:
    copies = row.get("Copies")
    return StoredTeam(
        id=_text(row.get("Team ID")),
        name=_text(row.get("Team")),
        group=_text(row.get("Group")),
        status=_text(row.get(STATUS)),
        copies=copies if isinstance(copies, int) else 0,
        completed_by=_text(row.get("Completed by")),
        file=_text(row.get("File")),
        number=_text(row.get("Team no")),
    )


def _text(cell: Any) -> str:
    said = cell if isinstance(cell, str) else "" if cell is None else str(cell_value(cell))
    return " ".join(said.split())
