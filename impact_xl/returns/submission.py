"""What was read from a returned file: marks with their cells, nothing judged yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from impact_xl.findings import Finding, Where
from impact_xl.form.layout import Reference


class Tick(StrEnum):
    """What one tickbox says; unclear is never guessed."""

    TICKED = "ticked"
    EMPTY = "empty"
    UNCLEAR = "unclear"


class Wording(StrEnum):
    """What stands beside a tickbox where the statement should be."""

    WHOLE = "whole"  # its own statement, word for word after normalisation
    EDITED = "edited"  # some other text, but the level's own name beside it
    GONE = "gone"  # nothing but the level's name
    RENAMED = "renamed"  # its own statement, but another level's name


@dataclass(frozen=True, slots=True)
class Mark:
    """One tickbox as read. `level` counts from 1; 0 is “Not applicable to us”."""

    level: int
    tick: Tick
    cell: str
    raw: str = ""  # what the cell holds, as a person would see it
    odd: bool = False  # a tick, but not one that the form itself or a known program writes
    wording: Wording = Wording.WHOLE
    tick_outside_box: str = ""  # the cell of a tick that stands in the row, but not in the box; the box itself is empty
    aside_raw: str = ""


@dataclass(frozen=True, slots=True)
class QuestionMarks:
    """Everything that a copy says about one question.

    `damaged` names, for each level whose row cannot be used, what is wrong with it.
    """

    question: str
    sheet: str
    marks: tuple[Mark, ...] = ()
    damaged: Mapping[int, str] = field(default_factory=dict)
    note: str = ""
    note_cell: str = ""

    @property
    def ticked(self) -> tuple[Mark, ...]:
        """The marks that are ticks."""
        return tuple(mark for mark in self.marks if mark.tick is Tick.TICKED)


@dataclass(frozen=True, slots=True)
class Priority:
    """One of a team's priorities, as typed."""

    number: int
    what: str = ""
    question: str = ""
    lead: str = ""
    by: str = ""
    measure: str = ""
    sheet: str = ""

    @property
    def filled(self) -> bool:
        """Whether anything was typed."""
        return any((self.what, self.question, self.lead, self.by, self.measure))


@dataclass(frozen=True)
class Submission:
    """One completed form, or what is left of one; a file may hold several."""

    where: Where
    reference: Reference = Reference()
    team: str = ""
    team_id: str = ""
    group: str = ""
    other_team: str = ""
    completed_by: str = ""
    date: str = ""  # as typed
    claimed: tuple[str, ...] = ()  # the teams on several Start sheets, where it cannot be told whose the others are
    message_date: datetime | None = None  # UTC; of the mail that carried the file
    modified: datetime | None = None  # UTC; the workbook's own property, never the file's time
    questions: Mapping[str, QuestionMarks] = field(default_factory=dict)
    sheets_missing: tuple[str, ...] = ()  # ids of components
    priorities: tuple[Priority, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def untouched(self) -> bool:
        """Whether nothing at all was filled in but, perhaps, who it is from."""
        return (
            not self.sheets_missing
            and not any(priority.filled for priority in self.priorities)
            and not any(
                marks.note or marks.damaged or any(mark.tick is not Tick.EMPTY for mark in marks.marks)
                for marks in self.questions.values()
            )
        )


@dataclass(frozen=True, slots=True)
class Message:
    """The mail that carried a file; what it does not say is empty."""

    sender: str = ""
    subject: str = ""
    date: datetime | None = None  # UTC
    to: str = ""  # whom it was sent to
    automatic: bool = False  # a program answered in somebody's place
    unsent: bool = False  # a draft


@dataclass(frozen=True)
class ReturnedFile:
    """One file that came back, with every submission found in it and what was wrong with the file itself."""

    file: str  # relative to the input given; containers joined by `!/`
    sha256: str = ""
    kind: str = ""
    submissions: tuple[Submission, ...] = ()
    findings: tuple[Finding, ...] = ()
    message: Message | None = None  # the mail that it came in
    reference: Reference = Reference()  # what the file says it was made for, where no form in it can be read
