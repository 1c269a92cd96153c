"""The one contract between writing a form and reading it: what stands in which line, under which key.

Texts, keys and references are spelled here. `plans` puts them into lines, `sheet_writer` gives the lines their look,
and `returns` finds their keys again wherever people have moved them. Pure text, no library. Rows and columns are
0-based in the program; people see A1 references, made by `a1`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from operator import attrgetter
from typing import Any

from impact_xl.questionnaire import Component, normalise

# Columns of the form. Keys are found by value, so these are used for writing only.
REF, TICK, LEVEL, STATEMENT, STATUS = range(5)

# -- what is kept in the file for this program: never to be changed ---------------------------------

REFERENCE_MARK = "impact-xl"
FORM, CORRECTION, ACTIONS, PACK = "form", "correction", "actions", "pack"  # kinds
START, PRIORITIES_SHEET, ACTIONS_SHEET = "start", "priorities", "actions"
OVERLAY_MARK = "+"  # between a version and the overlay that words it otherwise
PRIORITIES = 3
IDENTITY = ("start.team", "start.team-id", "start.group")  # the keys that say whose form it is

# -- what people read: each text of the form once, here and nowhere else ----------------------------

HEADERS = ("Ref", "Tick", "Level", "What it looks like", "Status")
REF_HEADER, TICK_HEADER, LEVEL_HEADER, STATEMENT_HEADER, STATUS_HEADER = HEADERS
BOX, TICKED_BOX = "☐", "☑"
STATUSES = ("To do", "Done", "Only one, please")  # what the form says of a question, live
TO_DO, DONE, ONLY_ONE = STATUSES
DONE_OF, NAMED_OF = " of {most} done", " of {most} named"  # what follows the number, live
COUNT_DOTS = "●○"  # after these: one for each that is done, and for each that is not
LAST = "Last time"  # what the form says of the level that was chosen in the round before
NOTE_LABEL, REFERENCE_LABEL = "Evidence or notes", "Form reference"
NOT_APPLICABLE_LABEL, NOT_APPLICABLE = "Not applicable", "Not applicable to us"
BULLET = "•  "

START_NAME, PRIORITIES_NAME = "Start", "Priorities"  # of sheets
START_ABOUT = "{questions} questions on {components} sheets, one for each component, and a sheet for your priorities."
START_ABOUT_PART = (
    "{questions} of the {whole} questions, with the numbers they have there, on {components} sheets, and a sheet for "
    "your priorities."
)
COMPONENT_ABOUT = "Component {number} of {components}. For each question, {rule}. Notes are optional."
IN_PRACTICE = "What this looks like in practice"
PRIORITIES_TITLE = "Our priorities"
PRIORITIES_ABOUT = "The three things you will work on next, and how you will know that they worked."
TOTAL_LABEL = "In all"
# The headings of Start.
YOU, HOW_TO, GOOD_TO_KNOW = "Who you are", "How to fill it in", "Good to know"
PROGRESS, ABOUT = "How far you have come", "About the self-assessment"
# The first lines of Start: for whom it is, by when and to whom it goes back.
FOR_TEAM, FOR_WHOEVER = "For: {team}", "For: the team that is named below"
RETURN_BY_TO = "Please return by {deadline} to {contact}."
RETURN_BY = "Please return by {deadline}, as a reply to the e-mail that this form came with."
RETURN_TO = "Please return to {contact}."
RETURN_REPLY = "Please return this form as a reply to the e-mail that it came with."
# And on paper; where the round does not say it, there is room to write.
HAND_IN = "Please hand this form in by {deadline} to {contact}."
BY_HAND = "______________________"
# What stands beside the paragraphs of Start.
STEPS = ("Step 1", "Step 2", "Step 3")
WHY, BETWEEN_LEVELS, NOTES = "Why you get this", "Between two levels?", "Your notes"
CHANGED = "Changed your mind?"
LAST_ROUND = "Last round"
SUBJECT, SEEN_BY, NO_NAMES = "Your answers are about", "Who sees your answers", "No names of people"
EDITING, BOXES, NO_MACROS, HELP = "Nothing happens?", "The boxes", "No macros", "Do you need help?"
OTHER_WORDS = "Other words"
PARAGRAPH_LABELS = (
    *(*STEPS, WHY, BETWEEN_LEVELS, NOTES, CHANGED, LAST_ROUND, SUBJECT, SEEN_BY, NO_NAMES),
    *(EDITING, BOXES, NO_MACROS, HELP, OTHER_WORDS),
)
# Those of a form on the screen in their order, and which of them a round may do without.
HOW_TO_PARAGRAPHS = (*STEPS, BETWEEN_LEVELS, NOTES, LAST_ROUND)
GOOD_TO_KNOW_PARAGRAPHS = (SUBJECT, SEEN_BY, NO_NAMES, HELP, EDITING, BOXES, NO_MACROS)
OPTIONAL_PARAGRAPHS = (BETWEEN_LEVELS, LAST_ROUND, SEEN_BY, HELP)
MAIN_LINES = 2  # above them, in every form, so that what is typed stands in the same cells
# The header rows of Priorities: what stands in the level column, and beside it.
LAST_PRIORITIES = (LAST, "What you planned to work on, and how it is going")
CHOICES = ("Questions", "The questions to choose from")
PRIORITY_HEADER, PRIORITY_ANSWER = "Priority {number}", "Your answer"
START_FIELDS = (
    ("start.team", "Team"),
    ("start.team-id", "Team ID"),
    ("start.group", "Group or division"),
    ("start.other-team", "Not your team? Write its name here"),
    ("start.completed-by", "Completed by"),
    ("start.date", "Date completed"),
)
PRIORITY_FIELDS = (
    ("what", "What we will work on"),
    ("question", "Which question it serves"),
    ("lead", "Who leads"),
    ("by", "By when"),
    ("measure", "How we will know"),
)

# What was planned, and what has come of it: last round's priorities on the form, and all of an actions form.
ACTION_FIELDS = (
    ("what", "What you planned"),
    ("question", "Which question it serves"),
    ("lead", "Who leads"),
    ("by", "By when"),
    ("status", "How it is going"),
    ("remark", "Remark"),
)
ACTION_STATUSES = ("Not begun", "Under way", "Done", "Stopped")  # to choose from
ACTIONS_NAME = "Actions"  # of the sheet
ACTIONS_TITLE = "How your actions are going"
ACTIONS_ABOUT = "Please choose a status for {actions}. This is no self-assessment: it asks nothing else."
ACTION_HEADER, ACTION_ANSWER = "Action {number}", "What you planned, and how it is going"
MOST_ACTIONS = 99  # on one form; keys count to it

# The heads of the tables of a team's pack that people type into. Behind each row stands its key, and a mark of what was
# sent in it, so that a row that somebody typed into is known when the pack comes back.
PACK_QUESTION, PACK_WHAT, PACK_LEAD, PACK_BY, PACK_MEASURE, PACK_STATUS, PACK_LINE = PACK_HEADS = (
    *("Question", "What we will do", "Who leads", "By when", "How we will know", "Status", "Line"),
)

# What a correction form says of itself.
CORRECTION_TITLE = "Correction: {title}"
CORRECTION_ABOUT = "Please answer {questions} again, on {sheets}."
TO_PUT_RIGHT = "To answer again: {questions}. Tick one box for each."
SEEN = "What we saw"
ASKS = ("?", "ticked.")  # how what is said beside it ends, now and in earlier versions

# For each text that was changed since version 0.1, what the versions before wrote in its place, so that their forms
# are still read as forms: {"What we saw": ("We saw",)}.
EARLIER_TEXTS: Mapping[str, Sequence[str]] = {
    COMPONENT_ABOUT: (
        (
            "Component {number} of {components}. Tick one box for each question: the highest level you fully meet. "
            "Notes are optional."
        ),
    ),
    ABOUT: ("About", "What this is"),
    YOU: ("You",),
    HOW_TO: ("How to",),
    PROGRESS: ("Progress",),
    TO_PUT_RIGHT: ("To put right: {questions}. Tick one box for each.",),
    "How it is going": ("What has come of it",),
    "What you planned to work on, and how it is going": ("What you meant to work on: what has come of it?",),
    ACTIONS_TITLE: ("What has come of your actions",),
    ACTION_ANSWER: ("What you planned, and what has come of it",),
}


def spellings(*texts: str) -> tuple[str, ...]:
    """Texts of the form, each followed by what earlier versions wrote in its place."""
    return tuple(spelling for text in texts for spelling in (text, *EARLIER_TEXTS.get(text, ())))


def beginnings(template: str) -> tuple[str, ...]:
    """How a text begins that was made from a template of the form, in this version and in earlier ones."""
    return tuple(each.partition("{")[0] for each in spellings(template))


@lru_cache(maxsize=8192)  # as for `normalise`: most texts of a copy stand in every copy
def as_compared(text: str) -> str:
    """A text that was read as it is compared: normalised, and what an earlier version wrote in the words of today."""
    normalised = normalise(text)
    return _words_of_today().get(normalised, normalised)


def is_from_earlier_template(text: str) -> bool:
    """Whether a text, as it is compared, was made from a template that an earlier version had."""
    return any(pattern.fullmatch(text) for pattern in _earlier_patterns())


def ends_as(text: str, template: str) -> bool:
    """Whether a text, as it is compared, ends with what a template makes, in this version or in an earlier one."""
    return any(re.search(rf"{_pattern(each).pattern}\Z", text) for each in spellings(template))


def priority_number(text: str) -> int | None:
    """The number in the header of a priority, as it is compared; None for any other text."""
    found = (_pattern(template).fullmatch(text) for template in spellings(PRIORITY_HEADER))
    return next((int(match[1]) for match in found if match and match[1].isdecimal()), None)


@cache
def _words_of_today() -> Mapping[str, str]:
    pairs = [(old, today) for today, earlier in EARLIER_TEXTS.items() for old in earlier]
    numbers = range(1, PRIORITIES + 1)
    return {
        normalise(old.replace("{number}", str(number))): normalise(today.replace("{number}", str(number)))
        for old, today in pairs
        for number in (numbers if today in (PRIORITY_HEADER, ACTION_HEADER) else numbers[:1])
    }


@cache
def _earlier_patterns() -> tuple[re.Pattern[str], ...]:
    templates = (template for templates in EARLIER_TEXTS.values() for template in templates if "{" in template)
    return tuple(map(_pattern, templates))


@cache
def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{\w+\\}", "(.{1,200})", re.escape(normalise(template))))


class Kind(StrEnum):
    """What a line of the form is for, and so how it looks."""

    TITLE = "title"
    ABOUT = "about"  # what the sheet holds, in A2
    MAIN = "main"  # what matters most on Start: for whom it is, and when and where it goes back
    HEADER = "header"
    HEADING = "heading"
    TEXT = "text"
    POINT = "point"
    QUESTION = "question"
    LEVEL = "level"
    NOT_APPLICABLE = "not-applicable"
    NOTE = "note"
    RULE = "rule"  # a line to write on, on paper
    ENTRY = "entry"
    PLANNED = "planned"  # a part of an action, as it was planned
    HELP = "help"
    SECTION = "section"
    SEEN = "seen"  # what is to be put right about a question, on a correction form
    PROGRESS = "progress"
    TOTAL = "total"
    CHOICE = "choice"
    GAP = "gap"
    REFERENCE = "reference"


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a sheet. `label` stands in the level column, `text` in the statement column."""

    kind: Kind
    key: str = ""
    label: str = ""
    text: str = ""
    question: str = ""
    level: int = 0


@dataclass(frozen=True)
class Sheet:
    """One sheet of the form: its kind (`start`, `C1`, ..., `priorities`), its name and its lines."""

    kind: str
    name: str
    lines: tuple[Line, ...]

    def row(self, key: str) -> int:
        """The 0-based row that carries a key.

        Raises:
            KeyError: no line of this sheet carries it.
        """
        for row, line in enumerate(self.lines):
            if line.key == key:
                return row
        raise KeyError(key)

    def keys(self) -> Iterator[str]:
        """Every key of this sheet, from top to bottom."""
        return (line.key for line in self.lines if line.key)


@dataclass(frozen=True, slots=True)
class Action:
    """What a team meant to do, as it or its coordinator typed it."""

    what: str
    question: str = ""
    lead: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Reference:
    """The visible last row of every sheet, which says what form the sheet belongs to."""

    kind: str = FORM  # or CORRECTION, ACTIONS or PACK
    questionnaire: str = ""
    version: str = ""
    fingerprint: str = ""
    round: str = ""
    team_id: str = ""
    sheet: str = ""

    @property
    def version_alone(self) -> str:
        """The version of the questionnaire, without the overlay: `1` of `1+wards`."""
        return self.version.partition(OVERLAY_MARK)[0]

    @property
    def overlay(self) -> str:
        """The overlay that words the questionnaire otherwise: `wards` of `1+wards`; empty for its own words."""
        return self.version.partition(OVERLAY_MARK)[2]

    def __str__(self) -> str:
        parts = (self.kind, self.questionnaire, self.version, self.fingerprint, self.round, self.team_id, self.sheet)
        return "|".join((REFERENCE_MARK, *map(self.in_reference, parts)))

    @staticmethod
    def in_reference(part: str) -> str:
        """A part as it stands between the bars."""
        return part.replace("|", "/")

    @staticmethod
    @lru_cache(maxsize=256)  # in all forms that were not made for one team it is the same
    def parse(text: str) -> Reference | None:
        """The reference that a cell's text holds, or None."""
        mark, *parts = text.strip().split("|")
        if mark != REFERENCE_MARK or len(parts) != len(Reference.__slots__):
            return None
        return Reference(*(part.strip() for part in parts))

    def __reduce__(self) -> tuple[Any, ...]:
        return Reference, _FIELDS_OF_REFERENCE(self)


_FIELDS_OF_REFERENCE = attrgetter(*Reference.__slots__)


@dataclass(frozen=True, slots=True)
class Key:
    """A key taken apart. `field` is `L` (a level), `NA`, `note`, empty (the question's own row), or a field's name."""

    owner: str  # a question's id, "start", "P1" or "action1"
    field: str = ""
    level: int = 0


_KEY = re.compile(
    r"(?P<question>Q\d{2,3})(?:\.(?:L(?P<level>[1-9])|(?P<field>NA|note)))?"
    r"|(?P<start>start)\.(?P<entry>[a-z-]+)"
    r"|(?P<priority>P[1-9]|action[1-9]\d?)\.(?P<part>[a-z]+)"
)
_ACTION_OWNER = re.compile(r"action(\d+)")


@lru_cache(maxsize=4096)  # a form's keys are in every copy
def parse_key(text: str) -> Key | None:
    """The key that a cell's text is, or None where it is none (a note that mentions one is no key)."""
    match = _KEY.fullmatch(text.strip())
    if not match:
        return None
    if match["question"]:
        if match["level"]:
            return Key(match["question"], "L", int(match["level"]))
        return Key(match["question"], match["field"] or "")
    return Key(match["start"] or match["priority"], match["entry"] or match["part"])


def level_key(question: str, level: int) -> str:
    """The key of a level's row; level 0 is the row “Not applicable to us”."""
    return f"{question}.L{level}" if level else f"{question}.NA"


def note_key(question: str) -> str:
    """The key of a question's notes row."""
    return f"{question}.note"


def priority_key(number: int, field: str) -> str:
    """The key of one field of one priority, counted from 1."""
    return f"P{number}.{field}"


def action_key(number: int, field: str) -> str:
    """The key of one field of one action, counted from 1."""
    return f"action{number}.{field}"


def action_number(owner: str) -> int | None:
    """The number of the action that owns a key; None where it is none."""
    match = _ACTION_OWNER.fullmatch(owner)
    return int(match[1]) if match else None


def component_sheet_name(component: Component) -> str:
    """The name of a component's sheet: `1 Shared purpose and vision`."""
    return f"{component.number} {component.short}"
