"""What is kept of a round: each file that came back, each team with its answers, and what people typed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from impact_xl.findings import Where
from impact_xl.returns.submission import ReturnedFile, Submission
from impact_xl.roster import Team
from impact_xl.round.answers import Answer, Judged, Status
from impact_xl.round.stored_workbook import StoredAnswer
from impact_xl.wording import plural


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
        """The answers of the copy that counts, by question; those of a team that does not take part are kept, too."""
        return self.used.answers if self.used else {}

    @property
    def counted(self) -> Mapping[str, Answer]:
        """The answers that enter the figures: none of a team that does not take part."""
        return {} if self.status is Status.WITHDRAWN else self.answers

    @cached_property
    def levels(self) -> Mapping[str, int]:
        """The level of each question with a valid answer, in question order."""
        return {question: answer.level for question, answer in self.counted.items() if answer.level}

    @property
    def answered(self) -> int:
        """How many questions count."""
        return sum(answer.state.counts for answer in self.counted.values())

    @property
    def by_decisions(self) -> bool:
        """Whether decisions alone answer for the team, and no form of it."""
        return bool(self.used and self.used.by_decisions)

    def place_of_note(self, answer: Answer) -> Where:
        """Where the note beside an answer stands: with the answer, unless a correction form gave one of the two."""
        places = self.used.places_of_notes if self.used else {}
        return places.get(answer.question, answer.where)

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
        known = self.levels
        levels = [(level, q) for q in questions if (level := known.get(q))]
        if not levels:
            return None
        level, question = min(levels, key=lambda pair: pair[0])
        return question, level


@dataclass(frozen=True)
class News:
    """What is new in a round: rows of texts as About has them, and the date of the workbook that they count from."""

    since: str  # empty where that workbook has no date
    rows: tuple[tuple[str, ...], ...]
    fresh: bool = field(default=True, compare=False)  # False where nothing has changed, so the old ones stand


@dataclass(frozen=True, slots=True)
class MeetingLine:
    """One thing that a meeting decided, as it was typed into the workbook for the meeting."""

    question: str  # the id of the question on whose page it is
    number: int  # of the line there, from 1
    what: Any
    lead: Any
    by: Any
    sheet: str = ""
    cell: str = ""


@dataclass(frozen=True)
class Meeting:
    """What people typed into the workbook for the meeting."""

    file: str
    lines: tuple[MeetingLine, ...] = ()
    pages: frozenset[str] = frozenset()  # the questions whose pages are in it: a line that is not there was cleared
    sheets: Mapping[str, Sequence[Sequence[Any]]] = field(default_factory=dict)  # sheets that people added
    labels: Mapping[str, str] = field(default_factory=dict)  # the properties of its sensitivity label


@dataclass(frozen=True)
class Carried:
    """What was carried over from the workbook that is replaced."""

    corrections: int = 0
    actions: tuple[Mapping[str, Any], ...] = field(default=())  # all rows of Actions, by header
    statuses: int = 0  # rows of the teams' own priorities that somebody has worked on
    added: int = 0  # rows that somebody added
    cleared: int = 0  # rows of a meeting that are gone, as their lines were cleared
    waiting: tuple[StoredAnswer, ...] = ()  # corrections that have no answer to stand at
    notes: Mapping[tuple[str, str], str] = field(default_factory=dict)  # marks of the notes that somebody edited
    comments: tuple[Mapping[str, Any], ...] = ()  # rows of Comments that are no team's note in this round, by header
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # headers that people added, by sheet
    # and what is in them: by sheet, by what tells the row from the others, by header
    cells: Mapping[str, Mapping[tuple[str, ...], Mapping[str, Any]]] = field(default_factory=dict)
    sheets: Mapping[str, Sequence[Sequence[Any]]] = field(default_factory=dict)  # sheets that people added
    labels: Mapping[str, str] = field(default_factory=dict)  # the properties of its sensitivity label
    lost: int = 0  # things that could not be carried over; each has a finding
    news: News | None = None  # what is new since; None where nothing ever was
    from_copies: tuple[str, ...] = field(default=(), compare=False)  # what came from second copies, a line for each

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
        return ", ".join(plural(*part) for part in parts if part[0])
