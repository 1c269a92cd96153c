"""The stored record of a round: what is kept about each team and file, and the tables it is kept in.

The columns named here are an interface: people build on the CSV files and on the workbook's sheets.
`read` gives back what a consolidated workbook holds, with everything that people have typed into it.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time
from itertools import islice, takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from impact_xl.findings import Finding, ImpactError, Where
from impact_xl.questionnaire import Questionnaire, normalise
from impact_xl.returns.submission import ReturnedFile, Submission
from impact_xl.roster import Round, Team
from impact_xl.round.answers import Answer, Judged, Status
from impact_xl.wording import plural

if TYPE_CHECKING:
    import pandas as pd
    from python_calamine import CalamineWorkbook

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
    "findings": (
        "rule", "severity", "team_id", "team", "question", "file", "sheet", "cell", "message", "what_to_do",
    ),
    "questions": (
        "questionnaire", "version", "component", "component_title", "question", "title", "short", "level",
        "level_name", "statement",
    ),
}  # fmt: skip

_WOULD_RUN = ("=", "+", "-", "@", "\t", "\r", "\0")

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Return:
    """One submission in the round, or a file without one: whose it is, and whether it is the copy that counts."""

    file: ReturnedFile
    judged: Judged | None = None  # None where the file held no form
    team: Team | None = None
    used: bool = False

    @property
    def name(self) -> str:
        """The file's display name."""
        return self.file.file


@dataclass(frozen=True)
class TeamResult:
    """One team in the round: everybody asked, and everybody heard of."""

    number: int  # counted from 1 in the order of group and name; what the workbook's formulas match on
    team: Team
    status: Status
    listed: bool = True
    copies: int = 0
    used: Judged | None = None

    @property
    def answers(self) -> Mapping[str, Answer]:
        """The answers that count for this team, by question; empty where no copy counts."""
        return self.used.answers if self.used else {}

    @property
    def answered(self) -> int:
        """How many questions count."""
        return self.used.answered if self.used else 0

    @property
    def submission(self) -> Submission | None:
        """The copy that counts."""
        return self.used.submission if self.used else None

    @property
    def date(self) -> date | None:
        """When the copy that counts was sent or, failing that, last saved."""
        if self.submission and (moment := self.submission.message_date or self.submission.modified):
            return moment.date()
        return None

    def lowest(self, questions: Iterable[str]) -> tuple[str, int] | None:
        """This team's lowest question among some, with its level; the first of equals."""
        levels = [(answer.level, q) for q in questions if (answer := self.answers.get(q)) and answer.level]
        if not levels:
            return None
        level, question = min(levels, key=lambda pair: pair[0])
        return question, level


def answer_rows(questionnaire: Questionnaire, round: Round, results: Iterable[TeamResult]) -> Iterator[Row]:
    """One row per team and question of the used copies, in the columns of answers.csv."""
    for result in results:
        for answer in result.answers.values():
            yield (
                round.id,
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


def team_rows(questionnaire: Questionnaire, results: Iterable[TeamResult]) -> Iterator[Row]:
    """Everybody asked or heard of, in the columns of teams.csv."""
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
        )


def return_rows(questionnaire: Questionnaire, returns: Iterable[Return]) -> Iterator[Row]:
    """Every file read, a row per submission in it, in the columns of returns.csv."""
    for each in returns:
        reference = each.judged.submission.reference if each.judged else None
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


def question_rows(questionnaire: Questionnaire) -> Iterator[Row]:
    """The questionnaire itself, a row per statement, in the columns of questions.csv."""
    for component in questionnaire.components:
        for question in component.questions:
            for level in questionnaire.levels:
                yield (
                    questionnaire.id,
                    questionnaire.version,
                    component.id,
                    component.title,
                    question.id,
                    question.title,
                    question.short,
                    level.number,
                    level.name,
                    question.statement(level.number),
                )


def csv_text(table: str, rows: Iterable[Row]) -> str:
    """A table as CSV text; what a spreadsheet would run as a formula gets a quote in front (OWASP ASVS 1.2.10)."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS[table])
    writer.writerows([escaped(value) for value in row] for row in rows)
    return text.getvalue()


def escaped(value: Any) -> Any:
    """A value of a CSV file; text that a spreadsheet would run as a formula gets a quote in front."""
    if isinstance(value, str):
        value = value.encode("utf-8", "replace").decode()
        return f"'{value}" if value.startswith(_WOULD_RUN) else value
    return "" if value is None else value


def frame(table: str, rows: Iterable[Row]) -> pd.DataFrame:
    """A table as a pandas frame; levels are whole numbers that may be absent (Int64)."""
    import pandas as pd  # lazy: half a second that only people who ask for frames should wait for

    data = pd.DataFrame(list(rows), columns=list(COLUMNS[table]))
    for column in ("level", "level_read", "answered", "questions", "copies", "priority"):
        if column in data:
            data[column] = data[column].astype("Int64")
    return data


# -- the workbook, read back ------------------------------------------------------------------------

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


@dataclass(frozen=True)
class Carried:
    """What was carried over from the workbook that is replaced."""

    corrections: int = 0
    actions: tuple[Mapping[str, Any], ...] = field(default=())  # all rows of Actions, by header
    statuses: int = 0  # rows of the teams' own priorities that somebody has worked on
    added: int = 0  # rows that somebody added
    waiting: tuple[StoredAnswer, ...] = ()  # corrections that have no answer to stand at
    notes: Mapping[tuple[str, str], str] = field(default_factory=dict)  # marks of the notes that somebody edited
    comments: tuple[Mapping[str, Any], ...] = ()  # rows of Comments that are no team's note in this round, by header
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # headers that people added, by sheet
    # and what is in them: by sheet, by what tells the row from the others, by header
    cells: Mapping[str, Mapping[tuple[str, ...], Mapping[str, Any]]] = field(default_factory=dict)
    sheets: Mapping[str, Sequence[Sequence[Any]]] = field(default_factory=dict)  # sheets that people added
    lost: int = 0  # things that could not be carried over; each has a finding

    def __str__(self) -> str:
        parts = (
            (self.corrections, "correction"),
            (len(self.waiting), "correction that waits", "corrections that wait"),
            (self.statuses, "action that was worked on", "actions that were worked on"),
            (self.added, "added row"),
            (len(self.notes), "edited comment"),
            (len(self.comments), "added comment"),
            (sum(map(len, self.columns.values())), "added column"),
            (len(self.sheets), "added sheet"),
        )
        said = [plural(*part) for part in parts if part[0]]
        return ", ".join(said)


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
    held = {name: _found(sheets, name, needed) for name, needed in TABLES.items()}
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


def waiting_row(answer: StoredAnswer) -> Row:
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


def cell_value(cell: Any) -> Any:
    """A stored value as it can be written again."""
    if isinstance(cell, str):
        return cell  # nearly all of them; the match is slow
    match cell:
        case bool():
            return str(cell).upper()
        case float() if cell.is_integer():
            return int(cell)
        case datetime():
            return cell.date() if cell.time() == time() else str(cell)
        case int() | float() | date():
            return cell
    return str(cell)


def _text(cell: Any) -> str:
    said = cell if isinstance(cell, str) else "" if cell is None else str(cell_value(cell))
    return " ".join(said.split())


# Control characters, halves of surrogate pairs and the sign for what was unreadable: cells do not keep them.
_NOT_KEPT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffd]")


def cell_text(value: Any) -> str:
    """What a cell says, told alike before it is written and after it was read; how it is spaced does not matter."""
    return " ".join(_NOT_KEPT.sub("", str(cell_value(value))).split()) if value is not None else ""


def mark(value: Any) -> str:
    """Six digits that tell whether a text was edited."""
    return hashlib.sha256(cell_text(value).encode("utf-8", "replace")).hexdigest()[:6]
