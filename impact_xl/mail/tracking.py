"""Who has returned and who has not, as a workbook that people keep beside the round.

What they type into it is read back, by team id wherever a row stands, and carried over each time it is written again.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from impact_xl.files.dates import show_date, typed_date
from impact_xl.files.safe_write import check_place, replace_file
from impact_xl.findings import Finding, ImpactError, Severity
from impact_xl.mail import tracking_columns, tracking_edits
from impact_xl.mail.outboxes import History
from impact_xl.mail.tracking_columns import (
    DECLINED,
    DRAFTED,
    ELSEWHERE,
    ENTRY_COLUMNS,
    ENTRY_FORMAT,
    EXTENSION,
    FILLS,
    HEADERS,
    LAST_DRAFTED,
    ROUND_HEADERS,
    SHEET,
    STATUS,
    TEAM,
    TEAM_ID,
)
from impact_xl.mail.tracking_edits import NotKept
from impact_xl.questionnaire import normalise
from impact_xl.results.labels import STATUS_LABELS
from impact_xl.results.sheet_writer import Column, SheetWriter
from impact_xl.roster import Team
from impact_xl.round.answers import Status
from impact_xl.round.collation import Collation
from impact_xl.round.record import TeamResult
from impact_xl.round.stored_sheets import filled, sheets_of
from impact_xl.wording import first_few, plural
from impact_xl.xlsx import theme
from impact_xl.xlsx.cell_values import cell_value
from impact_xl.xlsx.workbook_writer import WorkbookWriter

_YES = ("yes", "y", "true", "1", "x", "✓", "☑")
_NO = ("", "no", "n", "none", "false", "0", "-", "–", "—", "☐")
_ROUND = re.compile(r"Round “(.*?)”: ")
_NOT_READ_BACK = (
    "It was left as it is, as what people typed into it would be lost. Give another file, or write a new one with "
    "impact-xl status --output."
)

_MOST_QUESTIONS = 8  # named in a cell

Row = Mapping[str, Any]


@dataclass(frozen=True)
class TrackingRow:
    """What stands beside one team: how often a message was drafted for it, and what people typed."""

    row: Row

    @property
    def extension(self) -> date | None:
        """The last day of the team's extension; None where there is none, or none that can be read."""
        return _date(self.row.get(EXTENSION, ""))

    @property
    def last_drafted(self) -> date | None:
        """The day on which a message was last drafted for the team; None where there is none that can be read."""
        return _date(self.row.get(LAST_DRAFTED, ""))

    @property
    def why_not(self) -> str:
        """Why the team is not to be reminded whatever the day is; empty where nothing says so."""
        for column, why in ((DECLINED, "declined"), (ELSEWHERE, "received elsewhere")):
            text = normalise(str(self.row.get(column, "")))
            if text not in _NO:
                return why
        return ""

    @property
    def unclear(self) -> tuple[str, str]:
        """The column, and what is in it, where somebody typed something with no certain meaning."""
        for column in (DECLINED, ELSEWHERE):
            if normalise(text := str(self.row.get(column, ""))) not in (*_YES, *_NO):
                return column, text
        text = str(self.row.get(EXTENSION, "")).strip()
        return (EXTENSION, text) if text and not self.extension else ("", "")

    @property
    def noted(self) -> str:
        """What people noted, in a few words for the screen."""
        text = str(self.row.get(EXTENSION, "")).strip()
        until = f"extension until {show_date(self.extension) if self.extension else text}" if text else ""
        return self.why_not or until

    def is_extended(self, on: date) -> bool:
        """Whether an extension runs on a day, its last day included; one that cannot be read never ends."""
        text = str(self.row.get(EXTENSION, "")).strip()
        return bool(text) and (self.extension is None or on <= self.extension)


@dataclass(frozen=True)
class Tracking:
    """A tracking file as it stands."""

    rows: tuple[Row, ...] = ()  # every row that holds anything, by header
    round: str = ""  # the round's id, where the file says it
    other_sheets: tuple[str, ...] = ()  # sheets that people added; they are not carried over
    not_kept: NotKept = field(default_factory=NotKept)  # what was typed where the file is written anew

    @cached_property
    def _row_indexes(self) -> tuple[Mapping[str, int], Mapping[str, int]]:
        """The first row of each id, and the first row of each name."""
        by_id: dict[str, int] = {}
        by_name: dict[str, int] = {}
        for index, row in enumerate(self.rows):
            by_id.setdefault(normalise(str(row[TEAM_ID])), index)
            by_name.setdefault(normalise(str(row[TEAM])), index)
        by_id.pop("", None)
        by_name.pop("", None)
        return by_id, by_name

    def index(self, team: Team) -> int | None:
        """The index of a team's row: by its id, else by its name where the row has no id.

        None where there is none, or where id and name lead to two rows (`clashes`).
        """
        by_id, by_name = self._row_indexes
        index, named = by_id.get(normalise(team.id)), by_name.get(normalise(team.name))
        if index is not None:
            return None if self.clashes(team) else index
        return named if named is not None and not str(self.rows[named][TEAM_ID]).strip() else None

    def clashes(self, team: Team) -> bool:
        """Whether a team's id stands beside another name, and its name in another row: ids that changed hands."""
        by_id, by_name = self._row_indexes
        index, named = by_id.get(normalise(team.id)), by_name.get(normalise(team.name))
        if index is None or named is None or index == named:
            return False
        return normalise(str(self.rows[index][TEAM])) != normalise(team.name)

    def of(self, team: Team) -> TrackingRow:
        """What stands beside a team."""
        index = self.index(team)
        return TrackingRow({} if index is None else self.rows[index])

    def losses(self, teams: Collection[Team]) -> list[str]:
        """What was typed and is not carried over, each in a few words with its cell."""
        clashing = (
            f"what was typed for {team.name}: its ID and its name lead to two rows, which are at the end"
            for team in teams
            if self.clashes(team)
        )
        rows = {index for team in teams if (index := self.index(team)) is not None}
        return [*clashing, *self.not_kept.of_rows(rows)]

    def carried(self, teams: Collection[Team]) -> str:
        """What is carried over, in words; empty where nothing is."""
        noted = sum(any(self.of(team).row.get(head, "") != "" for head in ENTRY_COLUMNS) for team in teams)
        own = sum(
            head not in (*HEADERS, *ROUND_HEADERS) for head in dict.fromkeys(head for row in self.rows for head in row)
        )
        extra = plural(len(self.extra_rows(teams)), "row")
        parts = (
            (noted, f"the yellow cells of {plural(noted, 'team')}"),
            (own, plural(own, "column of your own", "columns of your own")),
            (len(self.extra_rows(teams)), f"{extra} of no team of this round"),
        )
        return ", ".join(words for number, words in parts if number)

    def extra_rows(self, teams: Collection[Team]) -> list[Row]:
        """The rows of no team of this round."""
        with_team = {self.index(team) for team in teams}
        return [row for index, row in enumerate(self.rows) if index not in with_team]


def _date(value: Any) -> date | None:
    """The date in a cell, real or typed the British way."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    read = typed_date(str(value))
    return read.date() if read else None


def errors_by_team(collation: Collation) -> Mapping[str, list[Finding]]:
    """The findings of severity error of each team, by its id; teams without any are not in it."""
    by_team: dict[str, list[Finding]] = {}
    for finding in collation.to_fix:
        if finding.severity is Severity.ERROR and finding.team_id:
            by_team.setdefault(finding.team_id, []).append(finding)
    return by_team


def summarise(findings: Iterable[Finding]) -> str:
    """What is to fix in a line for each kind: “No box ticked: Q05, Q07”."""
    questions: dict[str, list[str]] = {}
    for finding in findings:
        questions.setdefault(finding.rule.title, []).extend([finding.question] if finding.question else [])
    return "\n".join(
        title + (": " + first_few(ids, _MOST_QUESTIONS, more=" and {} more") if ids else "")
        for title, ids in questions.items()
    )


# -- read back --------------------------------------------------------------------------------------


def read(path: str | Path) -> Tracking:
    """Read a tracking file back, whatever was sorted, filtered, inserted or saved by another program.

    Raises:
        ImpactError: it cannot be read, or it is no tracking file of this program.
    """
    source = Path(path)
    sheets = sheets_of(source, "tracking file", _NOT_READ_BACK)
    tables = {name: header for name, rows in sheets.items() if (header := _header(rows)) is not None}
    if not tables:
        raise ImpactError(
            f"The tracking file cannot be read back: {source} (no sheet of it has a table with the columns "
            f"{', '.join((TEAM, TEAM_ID, *ENTRY_COLUMNS))})",
            _NOT_READ_BACK,
        )
    name = SHEET if SHEET in tables else next(iter(tables))
    rows, header = sheets[name], tables[name]
    return Tracking(
        tuple(_table(rows, header)),
        next((match[1] for row in rows[:header] for cell in row if (match := _ROUND.match(str(cell)))), ""),
        tuple(other for other, cells in sheets.items() if other != name and any(map(any, cells))),
        tracking_edits.find(source, SHEET, name, rows, header),
    )


def read_existing(path: Path, round_id: str = "") -> Tracking:
    """Read a tracking file that is there to be worked with, and check that it is one of the round.

    Raises:
        ImpactError: there is none, it is of another round, or as `check` and `read`.
    """
    if not path.exists():
        raise ImpactError(
            f"There is no such tracking file: {path}",
            f'Check the path given with --tracking, or make one: impact-xl status ... --output "{path}"',
        )
    check(path, round_id)
    return read(path)


def check(path: Path, round_id: str = "") -> None:
    """Find out before the work whether a tracking file could be written, and what is there be read back.

    Raises:
        ImpactError: it could not; nothing was changed.
    """
    check_place(path, "tracking file")
    if path.exists():
        check_round(path, read(path), round_id)


def check_round(path: Path, tracking: Tracking, round_id: str) -> None:
    """Check that a tracking file is one of the round; where either names none, it may be.

    Raises:
        ImpactError: it is of another round.
    """
    if tracking.round and round_id and normalise(tracking.round) != normalise(round_id):
        raise ImpactError(
            f"The tracking file is of another round: {path} says “{tracking.round}”, and this round is “{round_id}”",
            "Give each round a tracking file of its own. It was left as it is.",
        )


def _header(rows: Sequence[Sequence[Any]]) -> int | None:
    tables = {TEAM, TEAM_ID, *ENTRY_COLUMNS}, set(ROUND_HEADERS)
    return next((index for index, row in enumerate(rows) if any(each <= set(_heads(row)) for each in tables)), None)


def _head(cell: Any) -> str:
    return " ".join(str(cell).split())


_OLD_NAMES = {"Chased": DRAFTED, "Last chased": LAST_DRAFTED}  # in version 0.1


def _heads(row: Sequence[Any]) -> list[str]:
    """The headers of a row, each by its name of now; where somebody has a column of that name, the old one stays."""
    heads = [_head(cell) for cell in row]
    return [new if (new := _OLD_NAMES.get(head, head)) not in heads else head for head in heads]


def _table(rows: Sequence[Sequence[Any]], header: int) -> Iterator[Row]:
    """Every row under the header that holds anything; what stands under no header of its own is given one."""
    below = rows[header + 1 :]
    names: list[str] = []
    for col, head in enumerate(_heads(rows[header])):
        name = head or f"Column {col + 1}"
        names.append(f"{name} ({col + 1})" if name in names else name)
    used = [col for col, name in enumerate(names) if _head(rows[header][col]) or any(row[col] != "" for row in below)]
    for row in below:
        cells = {names[col]: cell_value(row[col]) for col in used}
        if filled(cells):
            yield cells


# -- write ------------------------------------------------------------------------------------------


def write(
    collation: Collation,
    path: str | Path,
    *,
    drafted: Collection[str] = (),
    on: date | None = None,
    earlier: Path | None = None,
    history: History | None = None,
) -> list[Path]:
    """Write the tracking file. One that is there already is read first, carried over, and kept as a dated copy.

    Args:
        collation: the round as it stands.
        path: where to.
        drafted: the ids of the teams that a message was made for.
        on: the day of these messages; they count once a day.
        earlier: the folder for the dated copy; beside the file unless given.
        history: what was made and sent in a round, whose tracking file has it in the place of columns to type into.

    Returns:
        The paths written: the tracking file, then the dated copy of the old one where there was one.

    Raises:
        ImpactError: the place cannot be written, or what stands there cannot be read back; it is untouched.
    """
    target = Path(path)
    tracking = Tracking()
    if target.exists():
        tracking = read(target)
        check_round(target, tracking, collation.round.id)
    content = build(collation, tracking, drafted=drafted, on=on, history=history)
    return replace_file(target, content, "tracking file", earlier=earlier)


def build(
    collation: Collation,
    tracking: Tracking = Tracking(),
    *,
    drafted: Collection[str] = (),
    on: date | None = None,
    history: History | None = None,
) -> bytes:
    """The bytes of the tracking file; the same collation and the same old file give the same bytes."""
    questionnaire = collation.questionnaire
    title = collation.round.title or questionnaire.title
    book = WorkbookWriter(
        f"{title}: tracking", "Who has returned and who has not", collation.date or questionnaire.issued
    )
    report = SheetWriter(questionnaire, title, book, [SHEET])
    rows = list(_rows(collation, tracking, frozenset(map(normalise, drafted)), on, history))
    layout = tracking_columns.OUTSIDE if history is None else tracking_columns.IN_ROUND
    heads = [column.header for column in layout.columns]
    extra_columns = dict.fromkeys(head for row in rows for head in row if head not in heads)
    columns = [*layout.columns, *(Column(head, 20, ENTRY_FORMAT) for head in extra_columns)]
    above = f"Tracking: {report.title}", layout.above, _summary_line(collation)
    sheet = report.write_title(SHEET, above[0], above[1], paper=8)
    report.book.write_text(sheet, 2, 0, above[2], text_wrap=False, font_color=theme.TEXT)
    report.book.describe(tracking_edits.properties(SHEET, layout.sealed, rows, above))
    report.book.describe(tracking.not_kept.labels)
    cells = ([row.get(column.header, "") for column in columns] for row in rows)
    sheet.set_row(2, 22)
    first, last = report.table(sheet, SHEET, columns, cells, header_height=32)
    _colours(report, sheet, first, last)
    _choices(sheet, first, last, layout.hints)
    sheet.print_area(0, 0, last, len(columns) - 1)
    report.freeze_header(sheet, 1)
    return report.book.content()


def _summary_line(collation: Collation) -> str:
    """How the round stands in one line, which also says the round that the file belongs to."""
    parts = ", ".join(
        f"{collation.statuses[status]} {STATUS_LABELS[status].casefold()}"
        for status in Status
        if collation.statuses[status]
    )
    named = f"Round “{collation.round.id}”: " if collation.round.id else ""
    questions = len(collation.questionnaire.questions)
    return f"{named}{plural(len(collation.results), 'team')}: {parts or 'none'}. {plural(questions, 'question')} each."


def _rows(
    collation: Collation, tracking: Tracking, drafted: Collection[str], on: date | None, history: History | None
) -> Iterator[Row]:
    errors = errors_by_team(collation)
    anew = {*HEADERS, *ROUND_HEADERS} - {*ENTRY_COLUMNS}
    for result in collation.results:
        old_row = tracking.of(result.team).row
        entries = {head: cell for head, cell in old_row.items() if head not in anew and (history is None or cell != "")}
        if on and normalise(result.team.id) in drafted:
            entries |= _drafted(old_row, on)
        in_round = _made(result.team, history) if history is not None else {}
        yield {**_now(result, errors.get(result.team.id, ())), **in_round, **entries}
    yield from tracking.extra_rows([result.team for result in collation.results])


def _now(result: TeamResult, errors: Sequence[Finding]) -> Row:
    team = result.team
    return {
        TEAM: team.name,
        TEAM_ID: team.id,
        "Group": team.group_name,
        "Contact": team.contact,
        "E-mail": team.email,
        "Asked": "yes" if result.listed else "no",
        STATUS: STATUS_LABELS[result.status],
        "Answered": result.answered if result.copies or result.used else None,
        "To fix": len(errors) or None,
        "What is to fix": summarise(errors),
        "Returned": result.date,
    }


def _made(team: Team, history: History) -> Row:
    """What was made and sent for a team of a round, and what its row of Teams says."""
    return {
        "Form drafted": history.form_drafted(team),
        "Form sent": history.form_sent(team),
        "Reminder drafted": history.reminder_drafted(team),
        "Reminded": history.reminded(team),
        "Deadline": team.deadline,
        "Status in Teams": team.status,
        "Remark": team.remark,
    }


def _drafted(old_row: Row, on: date) -> Row:
    """The cells of a team that a message is made for on a day; somebody's own words for how often stay."""
    often = old_row.get(DRAFTED, "")
    if _date(old_row.get(LAST_DRAFTED, "")) == on:
        return {}
    if often == "" or str(often).strip().isdecimal():
        often = int(often or 0) + 1
    return {DRAFTED: often, LAST_DRAFTED: on}


def _colours(report: SheetWriter, sheet: Any, first: int, last: int) -> None:
    col = HEADERS.index(STATUS)
    for status, (fill, colour) in FILLS.items():
        rule = {
            "type": "cell",
            "criteria": "==",
            "value": f'"{STATUS_LABELS[status]}"',
            "format": report.book.rule_format(bg_color=fill, font_color=colour),
        }
        sheet.conditional_format(first, col, last, col, rule)


def _choices(sheet: Any, first: int, last: int, hints: Mapping[str, str]) -> None:
    """Drop-downs and hints that never stand in the way of what somebody types."""
    for column, message in hints.items():
        col = HEADERS.index(column)
        choice = {"validate": "any"} if column == EXTENSION else {"validate": "list", "source": ["yes"]}
        sheet.data_validation(
            first, col, last, col, {**choice, "show_error": False, "input_title": column, "input_message": message}
        )
