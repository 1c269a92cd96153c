"""The one contract between writing a form and reading it: what stands in which line, under which key.

`plan` lists every line of every sheet; `form` gives the lines their look, `returns` finds their keys
again wherever people have moved them. Pure arithmetic and text, no library. Rows and columns are
0-based here and nowhere else; people see A1 references, made by `a1`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from impact_xl.questionnaire import Component, Questionnaire

# Columns of the form. Keys are found by value, so these are used for writing only.
REF, TICK, LEVEL, STATEMENT, STATUS = range(5)
HEADERS = ("Ref", "Tick", "Level", "What it looks like", "Status")
REF_HEADER, TICK_HEADER, LEVEL_HEADER, STATEMENT_HEADER, STATUS_HEADER = HEADERS
BOX, TICKED_BOX = "☐", "☑"
STATUSES = ("To do", "Done", "Only one, please")  # what the form says of a question, live
TO_DO, DONE, ONLY_ONE = STATUSES
LAST = "Last time"  # what the form says of the level that was chosen in the round before
NOTE_LABEL, REFERENCE_LABEL = "Evidence or notes", "Form reference"
NOT_APPLICABLE_LABEL = "Not applicable"
BULLET = "•  "
TO_PUT_RIGHT = "To put right: "  # how a correction form's sheets begin to say what they hold
PRIORITIES = 3
PRIORITY_HEADERS = tuple(f"Priority {number}" for number in range(1, PRIORITIES + 1))

NOT_APPLICABLE = "Not applicable to us"
REFERENCE_MARK = "impact-xl"
FORM, CORRECTION = "form", "correction"
CORRECTION_TITLE, SEEN = "Correction: ", "What we saw"  # what a correction form says of itself to people
START, PRIORITIES_SHEET = "start", "priorities"

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


class Kind(StrEnum):
    """What a line of the form is for, and so how it looks."""

    TITLE = "title"
    ABOUT = "about"  # what the sheet holds, in A2
    HEADER = "header"
    HEADING = "heading"
    TEXT = "text"
    POINT = "point"
    QUESTION = "question"
    LEVEL = "level"
    NOT_APPLICABLE = "not-applicable"
    NOTE = "note"
    ENTRY = "entry"
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
class Reference:
    """The visible last row of every sheet, which says what form the sheet belongs to."""

    kind: str = FORM  # or CORRECTION
    questionnaire: str = ""
    version: str = ""
    fingerprint: str = ""
    round: str = ""
    team_id: str = ""
    sheet: str = ""

    def __str__(self) -> str:
        parts = (self.kind, self.questionnaire, self.version, self.fingerprint, self.round, self.team_id, self.sheet)
        return "|".join((REFERENCE_MARK, *map(self.in_reference, parts)))

    @staticmethod
    def in_reference(part: str) -> str:
        """A part as it stands between the bars."""
        return part.replace("|", "/")

    @classmethod
    def parse(cls, text: str) -> Reference | None:
        """The reference that a cell's text holds, or None."""
        mark, *parts = text.strip().split("|")
        if mark != REFERENCE_MARK or len(parts) != len(cls.__slots__):
            return None
        return cls(*(part.strip() for part in parts))


@dataclass(frozen=True, slots=True)
class Key:
    """A key taken apart. `field` is `L` (a level), `NA`, `note`, empty (the question's own row), or a field's name."""

    owner: str  # a question's id, "start", or "P1"
    field: str = ""
    level: int = 0


_KEY = re.compile(
    r"(?P<question>Q\d{2,3})(?:\.(?:L(?P<level>[1-9])|(?P<field>NA|note)))?"
    r"|(?P<start>start)\.(?P<entry>[a-z-]+)"
    r"|(?P<priority>P[1-9])\.(?P<part>[a-z]+)"
)


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


def component_sheet_name(component: Component) -> str:
    """The name of a component's sheet: `1 Shared purpose and vision`."""
    return f"{component.number} {component.short}"


def plan(
    questionnaire: Questionnaire,
    *,
    not_applicable: bool = False,
    instructions: Sequence[str] = (),
    subtitle: str = "",
    last_priorities: Sequence[str] = (),
) -> tuple[Sheet, ...]:
    """Every sheet of a form, line by line.

    Args:
        not_applicable: give every question a row “Not applicable to us”.
        instructions: how to fill the form in, one paragraph each.
        subtitle: what the Start sheet says under its title; a default says what the workbook holds.
        last_priorities: what the team meant to work on in the last round, as a reminder.
    """
    return (
        _start(questionnaire, instructions, subtitle),
        *(_component(questionnaire, component, not_applicable) for component in questionnaire.components),
        _priorities(questionnaire, last_priorities),
    )


def _start(questionnaire: Questionnaire, instructions: Sequence[str], subtitle: str) -> Sheet:
    lines = [
        Line(Kind.TITLE, text=questionnaire.title),
        Line(
            Kind.ABOUT,
            text=subtitle
            or f"{len(questionnaire.questions)} questions on {len(questionnaire.components)} sheets, "
            "one for each component, and a sheet for your priorities.",
        ),
        Line(Kind.HEADER, label="About", text="What this is"),
        *(Line(Kind.TEXT, text=paragraph) for paragraph in questionnaire.introduction),
        Line(Kind.GAP),
        Line(Kind.HEADER, label="You", text="Who you are"),
        *(Line(Kind.ENTRY, key=key, label=label) for key, label in START_FIELDS),
        Line(Kind.GAP),
        Line(Kind.HEADER, label="How to", text="How to fill it in"),
        *(Line(Kind.TEXT, text=paragraph) for paragraph in instructions),
        Line(Kind.GAP),
        Line(Kind.HEADER, label="Progress", text="How far you have come"),
        *(
            Line(Kind.PROGRESS, label=component_sheet_name(component), text=component.id)
            for component in questionnaire.components
        ),
        Line(Kind.TOTAL, label="In all"),
        Line(Kind.PROGRESS, label="Priorities", text=PRIORITIES_SHEET),
        Line(Kind.GAP),
        Line(Kind.REFERENCE),
    ]
    return Sheet(START, "Start", tuple(lines))


def _component(questionnaire: Questionnaire, component: Component, not_applicable: bool) -> Sheet:
    lines = [
        Line(Kind.TITLE, text=component.title),
        Line(
            Kind.ABOUT,
            text=f"Component {component.number} of {len(questionnaire.components)}. "
            "Tick one box for each question: the highest level you fully meet. Notes are optional.",
        ),
        Line(Kind.HEADER, label=LEVEL_HEADER, text=STATEMENT_HEADER),
        Line(Kind.HEADING, text="What this looks like in practice"),
        *(Line(Kind.POINT, text=point) for point in component.in_practice),
    ]
    for question in component.questions:
        lines += [
            Line(Kind.GAP),
            Line(Kind.QUESTION, key=question.id, text=f"{question.number}. {question.title}", question=question.id),
            *(
                Line(
                    Kind.LEVEL,
                    key=level_key(question.id, level.number),
                    label=level.name,
                    text=question.statement(level.number),
                    question=question.id,
                    level=level.number,
                )
                for level in questionnaire.levels
            ),
        ]
        if not_applicable:
            lines.append(
                Line(
                    Kind.NOT_APPLICABLE,
                    key=level_key(question.id, 0),
                    label=NOT_APPLICABLE_LABEL,
                    text=NOT_APPLICABLE,
                    question=question.id,
                )
            )
        lines.append(Line(Kind.NOTE, key=note_key(question.id), label=NOTE_LABEL, question=question.id))
    lines += [Line(Kind.GAP), Line(Kind.REFERENCE)]
    return Sheet(component.id, component_sheet_name(component), tuple(lines))


def _priorities(questionnaire: Questionnaire, last: Sequence[str]) -> Sheet:
    lines = [
        Line(Kind.TITLE, text="Our priorities"),
        Line(Kind.ABOUT, text="The three things you will work on next, and how you will know that they worked."),
    ]
    if last:
        lines += [
            Line(Kind.HEADER, label="Last time", text="What you meant to work on: what has come of it?"),
            *(Line(Kind.TEXT, text=text) for text in last),
            Line(Kind.GAP),
        ]
    for number in range(1, PRIORITIES + 1):
        lines += [
            Line(Kind.HEADER, label=PRIORITY_HEADERS[number - 1], text="Your answer"),
            *(Line(Kind.ENTRY, key=priority_key(number, field), label=label) for field, label in PRIORITY_FIELDS),
            Line(Kind.GAP),
        ]
    lines += [
        Line(Kind.HEADER, label="Questions", text="The questions to choose from"),
        *(
            Line(Kind.CHOICE, label=question.id, text=f"{question.id} {question.short}")
            for question in questionnaire.questions
        ),
        Line(Kind.GAP),
        Line(Kind.REFERENCE),
    ]
    return Sheet(PRIORITIES_SHEET, "Priorities", tuple(lines))


# -- a correction form: the sheets of the form, with nothing on them but what is to be put right --------------------


def plan_correction(
    questionnaire: Questionnaire,
    seen: Mapping[str, str],
    *,
    not_applicable: bool = False,
    introduction: Sequence[str] = (),
    instructions: Sequence[str] = (),
    subtitle: str = "",
) -> tuple[Sheet, ...]:
    """Every sheet of a correction form, line by line: names, keys and columns are those of the form.

    Args:
        seen: for each question that is asked again, what was seen in the team's copy.
        not_applicable: give every question a row “Not applicable to us”.
        introduction: what this is, one paragraph each.
        instructions: how to fill it in, one paragraph each.
        subtitle: what the Start sheet says under its title, before what the workbook holds.
    """
    whole = _by_question(questionnaire, not_applicable)
    again = [
        (component, [question.id for question in component.questions if question.id in seen])
        for component in questionnaire.components
    ]
    again = [(component, questions) for component, questions in again if questions]
    sheets = [_corrected(component, questions, seen, whole) for component, questions in again]
    holds = f"Please answer {_number(len(seen), 'question')} again, on {_number(len(sheets), 'sheet')}."
    start = [
        Line(Kind.TITLE, text=f"{CORRECTION_TITLE}{questionnaire.title}"),
        Line(Kind.ABOUT, text=f"{subtitle}. {holds}" if subtitle else holds),
        Line(Kind.HEADER, label="About", text="What this is"),
        *(Line(Kind.TEXT, text=paragraph) for paragraph in introduction),
        Line(Kind.GAP),
        Line(Kind.HEADER, label="You", text="Who you are"),
        *(Line(Kind.ENTRY, key=key, label=label) for key, label in START_FIELDS),
        Line(Kind.GAP),
        Line(Kind.HEADER, label="How to", text="How to fill it in"),
        *(Line(Kind.TEXT, text=paragraph) for paragraph in instructions),
        Line(Kind.GAP),
        Line(Kind.HEADER, label="Progress", text="How far you have come"),
        *(Line(Kind.PROGRESS, label=sheet.name, text=sheet.kind) for sheet in sheets),
        Line(Kind.TOTAL, label="In all"),
        Line(Kind.GAP),
        Line(Kind.REFERENCE),
    ]
    return (Sheet(START, "Start", tuple(start)), *sheets)


def _number(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"


def _by_question(questionnaire: Questionnaire, not_applicable: bool) -> dict[str, list[Line]]:
    """The lines of each question as the form has them."""
    lines: dict[str, list[Line]] = {question.id: [] for question in questionnaire.questions}
    for component in questionnaire.components:
        for line in _component(questionnaire, component, not_applicable).lines:
            if line.question:
                lines[line.question].append(line)
    return lines


def _corrected(
    component: Component, questions: Sequence[str], seen: Mapping[str, str], whole: Mapping[str, Sequence[Line]]
) -> Sheet:
    lines = [
        Line(Kind.TITLE, text=component.title),
        Line(Kind.ABOUT, text=f"{TO_PUT_RIGHT}{_number(len(questions), 'question')}. Tick one box for each."),
        Line(Kind.HEADER, label=LEVEL_HEADER, text=STATEMENT_HEADER),
    ]
    for question in questions:
        title, *rest = whole[question]
        lines += [Line(Kind.GAP), title]
        if seen[question]:
            lines.append(Line(Kind.SEEN, label=SEEN, text=seen[question], question=question))
        lines += rest
    lines += [Line(Kind.GAP), Line(Kind.REFERENCE)]
    return Sheet(component.id, component_sheet_name(component), tuple(lines))
