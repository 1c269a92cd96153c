"""What was read from a returned file: marks with their cells, nothing judged yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from operator import attrgetter
from typing import Any

from impact_xl.findings import Finding, Where
from impact_xl.form.layout import ACTION_STATUSES, ACTIONS, BOX, PACK, Action, Reference, as_compared, spellings
from impact_xl.questionnaire import normalise

CROSSED_OUT = "is crossed out"  # a mark's doubt
_LEFT_BY_PROGRAMS = frozenset(map(normalise, ("", "false", "0", *spellings(BOX))))  # in boxes that nobody touched


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


class SightKind(StrEnum):
    """What it is that a person sees beside the marks."""

    WORD = "word"  # a cell that names a level
    TEXT = "text"  # any other text that the form does not write there
    NOTE = "note"  # a note that is nothing but a level's name
    WORDING = "wording"  # a statement or a level's name that somebody changed
    TYPED = "typed"  # a note or entry that is crossed out, or that nobody can see
    LOOK = "look"  # a level that looks different from the others
    COMMENT = "comment"
    DRAWING = "drawing"  # a picture, a drawn tickbox, a shape
    ROW = "row"  # another row for a level, which is damaged


@dataclass(frozen=True, slots=True)
class Sight:
    """Something that a person sees on a form, and that is no mark in a box. It never counts as an answer.

    `levels` are those that it shows, None where it shows nothing of the kind. `against` says whether it takes away a
    tick at another level.
    """

    kind: SightKind
    what: str  # in words: “Progressing”, the statement of “Starting” is crossed out
    sheet: str
    cell: str  # or several, separated by spaces
    levels: frozenset[int] | None = None
    against: bool = True
    group: str = ""  # what many of its kind are called

    @property
    def clause(self) -> str:
        """It as a part of a sentence, with its cell."""
        if self.kind in (SightKind.WORD, SightKind.TEXT):
            return f"{self.what} is in {self.cell.replace(' ', ', ')}" if self.cell else self.what
        if self.kind in (SightKind.COMMENT, SightKind.DRAWING):
            return f"there is {self.what}"
        return f"{self.what} ({self.cell})" if self.cell else self.what

    def clause_from(self, sheet: str) -> str:
        """It as a part of a sentence about a sheet; what stands on another one names that."""
        if self.sheet in ("", sheet):
            return self.clause
        is_in_cell = self.cell and self.kind in (SightKind.WORD, SightKind.TEXT)
        return f"{self.clause} {'of' if is_in_cell else 'on'} “{self.sheet}”"


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
    aside_doubt: str = ""  # why that tick may not be seen or meant
    font: str = ""  # of a sign in a symbol font: “ in Wingdings”
    doubt: str = ""  # why a mark may not be seen or meant, or what is wrong with its box: “is crossed out”
    names: int | None = None  # the level that a text in its box names, which is no tick

    @property
    def is_crossed_out(self) -> bool:
        """Whether somebody crossed it out."""
        return self.doubt == CROSSED_OUT

    @property
    def is_denied(self) -> bool:
        """Whether somebody typed into the box that it is not ticked: No, ○; no program does."""
        text = normalise(self.raw).strip("'").strip()
        return self.tick is Tick.EMPTY and text not in _LEFT_BY_PROGRAMS and not text.startswith("=")


class Marks(tuple[Mark, ...]):  # noqa: SLOT001  what is found once is kept in it
    """The marks of one question. Many copies share them, so what follows from them is found once."""

    @cached_property
    def ticked(self) -> Sequence[Mark]:
        """Those that are ticks."""
        return [mark for mark in self if mark.tick is Tick.TICKED]

    @cached_property
    def cells(self) -> str:
        """The cells of the ticks; that of the first box where there are none."""
        return " ".join(dict.fromkeys(mark.cell for mark in self.ticked or self[:1]))

    @cached_property
    def some_unclear(self) -> bool:
        """Whether it is not certain of some what they mean."""
        return any(mark.tick is Tick.UNCLEAR or mark.doubt for mark in self)

    @cached_property
    def are_plain(self) -> bool:
        """Whether none is odd or stands outside of its box."""
        return not any(mark.odd or mark.tick_outside_box for mark in self)

    @cached_property
    def are_whole(self) -> bool:
        """Whether each box stands beside its own level's name and statement."""
        return all(mark.wording is Wording.WHOLE for mark in self)


@dataclass(frozen=True)
class QuestionMarks:
    """Everything that a copy says about one question.

    `damaged` names, for each level whose row cannot be used, what is wrong with it.
    """

    question: str
    sheet: str
    marks: Marks = field(default_factory=Marks)
    damaged: Mapping[int, str] = field(default_factory=dict)
    note: str = ""
    note_cell: str = ""
    sights: tuple[Sight, ...] = ()  # what else a person sees of the question
    doubt: str = ""  # why the answer of a survey tool cannot be told
    lost: str = ""  # why there is none of a survey tool
    lost_boxes: tuple[Mark, ...] = ()  # what stands in the boxes of damaged rows

    @property
    def ticked(self) -> Sequence[Mark]:
        """The marks that are ticks."""
        return self.marks.ticked

    @property
    def is_whole(self) -> bool:
        """Whether every row can be used, and each box stands beside its own level's name and statement."""
        return not self.damaged and self.marks.are_whole


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
    cell: str = ""  # of what it is

    @property
    def filled(self) -> bool:
        """Whether anything was typed."""
        return any((self.what, self.question, self.lead, self.by, self.measure))

    def __reduce__(self) -> tuple[Any, ...]:
        return Priority, _FIELDS_OF_PRIORITY(self)


_FIELDS_OF_PRIORITY = attrgetter(*Priority.__slots__)


class ActionStatus(StrEnum):
    """What has come of an action, in the order in which the form has its words."""

    NOT_BEGUN = "not begun"
    UNDER_WAY = "under way"
    DONE = "done"
    STOPPED = "stopped"


def action_status(text: str) -> ActionStatus | None:
    """The status that a text names in the form's words, of this version or an earlier one; None for any other."""
    return _ACTION_STATUSES.get(as_compared(text))


_ACTION_STATUSES = dict(zip(map(normalise, ACTION_STATUSES), ActionStatus, strict=True))


@dataclass(frozen=True, slots=True)
class ActionReport:
    """What a team says has come of an action that the form names; `status` is None for a word that is none of ours."""

    number: int  # as the form counts them, from 1
    action: Action
    status: ActionStatus | None = None
    typed: str = ""  # the status as it stands there
    remark: str = ""
    sheet: str = ""
    cell: str = ""  # of the status; empty where there is none
    file: str = ""  # where it came back in a form about actions

    @property
    def in_words(self) -> str:
        """The status as people read it: the form's own word where it is one, else what was typed."""
        return ACTION_STATUSES[list(ActionStatus).index(self.status)] if self.status else self.typed


@dataclass(frozen=True, slots=True)
class PackLine:
    """A row of a team's pack that the team typed into: a next step of its own."""

    key: str  # which row of the pack it is
    what: str = ""
    question: str = ""
    lead: str = ""
    by: str = ""
    measure: str = ""
    status: str = ""
    sheet: str = ""
    cell: str = ""  # of what it is


def _says_something(marks: QuestionMarks) -> bool:
    """Whether anything stands in a question's rows that is no tick."""
    return bool(marks.note or marks.damaged or marks.sights) or any(mark.is_denied for mark in marks.marks)


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
    actions: tuple[ActionReport, ...] = ()  # last round's priorities, or what an actions form asks about
    steps: tuple[PackLine, ...] = ()  # what was typed into a pack
    findings: tuple[Finding, ...] = ()
    sights: tuple[Sight, ...] = ()  # what stands on it and belongs to no question
    extras: tuple[str, ...] = ()  # what its file holds beside, in words; that is told of the file

    @property
    def has_marks(self) -> bool:
        """Whether anything stands in any box, in rows that cannot be used as well."""
        boxes = ((*marks.marks, *marks.lost_boxes) for marks in self.questions.values())
        return any(mark.tick is not Tick.EMPTY for marks in boxes for mark in marks)

    @property
    def is_copy(self) -> bool:
        """Whether it is a copy of the form, or of a part of it; an actions form or pack is none, and never counted."""
        return self.reference.kind not in (ACTIONS, PACK)

    @property
    def untouched(self) -> bool:
        """Whether the copy is as it was sent out: no value, word, look or thing but the form's and the team's own."""
        return not (
            self.has_marks
            or self.sheets_missing
            or self.sights
            or self.extras
            or any((self.other_team, self.completed_by, self.date))
            or any(priority.filled for priority in self.priorities)
            or any(report.typed or report.remark for report in self.actions)
            or self.steps
            or any(map(_says_something, self.questions.values()))
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
