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
from functools import cache, lru_cache

from impact_xl.questionnaire import Component, Questionnaire, normalise
from impact_xl.wording import plural

# Columns of the form. Keys are found by value, so these are used for writing only.
REF, TICK, LEVEL, STATEMENT, STATUS = range(5)

# -- what is kept in the file for this program: never to be changed ---------------------------------

REFERENCE_MARK = "impact-xl"
FORM, CORRECTION = "form", "correction"
START, PRIORITIES_SHEET = "start", "priorities"
PRIORITIES = 3

# -- what people read: each text of the form once, here and nowhere else ----------------------------

HEADERS = ("Ref", "Tick", "Level", "What it looks like", "Status")
REF_HEADER, TICK_HEADER, LEVEL_HEADER, STATEMENT_HEADER, STATUS_HEADER = HEADERS
BOX, TICKED_BOX = "☐", "☑"
STATUSES = ("To do", "Done", "Only one, please")  # what the form says of a question, live
TO_DO, DONE, ONLY_ONE = STATUSES
DONE_OF, NAMED_OF = " of {most} done", " of {most} named"  # what follows the number, live
LAST = "Last time"  # what the form says of the level that was chosen in the round before
NOTE_LABEL, REFERENCE_LABEL = "Evidence or notes", "Form reference"
NOT_APPLICABLE_LABEL, NOT_APPLICABLE = "Not applicable", "Not applicable to us"
BULLET = "•  "

START_NAME, PRIORITIES_NAME = "Start", "Priorities"  # of sheets
START_ABOUT = "{questions} questions on {components} sheets, one for each component, and a sheet for your priorities."
COMPONENT_ABOUT = (
    "Component {number} of {components}. Tick one box for each question: the highest level you fully meet. "
    "Notes are optional."
)
IN_PRACTICE = "What this looks like in practice"
PRIORITIES_TITLE = "Our priorities"
PRIORITIES_ABOUT = "The three things you will work on next, and how you will know that they worked."
TOTAL_LABEL = "In all"
# The header rows on sheets without questions: what stands in the level column, and beside it.
ABOUT = ("About", "What this is")
YOU = ("You", "Who you are")
HOW_TO = ("How to", "How to fill it in")
PROGRESS = ("Progress", "How far you have come")
LAST_PRIORITIES = (LAST, "What you meant to work on: what has come of it?")
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

# What a correction form says of itself.
CORRECTION_TITLE = "Correction: {title}"
CORRECTION_ABOUT = "Please answer {questions} again, on {sheets}."
TO_PUT_RIGHT = "To put right: {questions}. Tick one box for each."
SEEN = "What we saw"

# For each text that was changed since version 0.1, what the versions before wrote in its place, so that their forms
# are still read as forms: {"What we saw": ("We saw",)}.
EARLIER_TEXTS: Mapping[str, Sequence[str]] = {}


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
    earlier = (template for templates in EARLIER_TEXTS.values() for template in templates if "{" in template)
    return any(_pattern(template).fullmatch(text) for template in earlier)


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
        for number in (numbers if today == PRIORITY_HEADER else numbers[:1])
    }


@cache
def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{\w+\\}", "(.{1,80})", re.escape(normalise(template))))


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
    components = [_component(questionnaire, component, not_applicable) for component in questionnaire.components]
    priorities = _priorities(questionnaire, last_priorities)
    about = START_ABOUT.format(questions=len(questionnaire.questions), components=len(components))
    progress = [*map(_progress, components), Line(Kind.TOTAL, label=TOTAL_LABEL), _progress(priorities)]
    start = _start(questionnaire.title, subtitle or about, questionnaire.introduction, instructions, progress)
    return (start, *components, priorities)


def _start(
    title: str, about: str, introduction: Sequence[str], instructions: Sequence[str], progress: Sequence[Line]
) -> Sheet:
    """The first sheet of a form or a correction form; `progress` says of each other sheet how far it has come."""
    lines = [
        Line(Kind.TITLE, text=title),
        Line(Kind.ABOUT, text=about),
        _header(ABOUT),
        *(Line(Kind.TEXT, text=paragraph) for paragraph in introduction),
        Line(Kind.GAP),
        _header(YOU),
        *(Line(Kind.ENTRY, key=key, label=label) for key, label in START_FIELDS),
        Line(Kind.GAP),
        _header(HOW_TO),
        *(Line(Kind.TEXT, text=paragraph) for paragraph in instructions),
        Line(Kind.GAP),
        _header(PROGRESS),
        *progress,
        Line(Kind.GAP),
        Line(Kind.REFERENCE),
    ]
    return Sheet(START, START_NAME, tuple(lines))


def _header(texts: tuple[str, str]) -> Line:
    return Line(Kind.HEADER, label=texts[0], text=texts[1])


def _progress(sheet: Sheet) -> Line:
    return Line(Kind.PROGRESS, label=sheet.name, text=sheet.kind)


def _component(questionnaire: Questionnaire, component: Component, not_applicable: bool) -> Sheet:
    lines = [
        Line(Kind.TITLE, text=component.title),
        Line(
            Kind.ABOUT,
            text=COMPONENT_ABOUT.format(number=component.number, components=len(questionnaire.components)),
        ),
        _header((LEVEL_HEADER, STATEMENT_HEADER)),
        Line(Kind.HEADING, text=IN_PRACTICE),
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
        Line(Kind.TITLE, text=PRIORITIES_TITLE),
        Line(Kind.ABOUT, text=PRIORITIES_ABOUT),
    ]
    if last:
        lines += [
            _header(LAST_PRIORITIES),
            *(Line(Kind.TEXT, text=text) for text in last),
            Line(Kind.GAP),
        ]
    for number in range(1, PRIORITIES + 1):
        lines += [
            _header((PRIORITY_HEADER.format(number=number), PRIORITY_ANSWER)),
            *(Line(Kind.ENTRY, key=priority_key(number, field), label=label) for field, label in PRIORITY_FIELDS),
            Line(Kind.GAP),
        ]
    lines += [
        _header(CHOICES),
        *(
            Line(Kind.CHOICE, label=question.id, text=f"{question.id} {question.short}")
            for question in questionnaire.questions
        ),
        Line(Kind.GAP),
        Line(Kind.REFERENCE),
    ]
    return Sheet(PRIORITIES_SHEET, PRIORITIES_NAME, tuple(lines))


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
    lines = _by_question(questionnaire, not_applicable)
    again = [
        (component, [question.id for question in component.questions if question.id in seen])
        for component in questionnaire.components
    ]
    sheets = [_corrected(component, questions, seen, lines) for component, questions in again if questions]
    about = CORRECTION_ABOUT.format(questions=plural(len(seen), "question"), sheets=plural(len(sheets), "sheet"))
    start = _start(
        CORRECTION_TITLE.format(title=questionnaire.title),
        f"{subtitle}. {about}" if subtitle else about,
        introduction,
        instructions,
        [*map(_progress, sheets), Line(Kind.TOTAL, label=TOTAL_LABEL)],
    )
    return (start, *sheets)


def _by_question(questionnaire: Questionnaire, not_applicable: bool) -> dict[str, list[Line]]:
    """The lines of each question as the form has them."""
    lines: dict[str, list[Line]] = {question.id: [] for question in questionnaire.questions}
    for component in questionnaire.components:
        for line in _component(questionnaire, component, not_applicable).lines:
            if line.question:
                lines[line.question].append(line)
    return lines


def _corrected(
    component: Component, questions: Sequence[str], seen: Mapping[str, str], lines_of: Mapping[str, Sequence[Line]]
) -> Sheet:
    lines = [
        Line(Kind.TITLE, text=component.title),
        Line(Kind.ABOUT, text=TO_PUT_RIGHT.format(questions=plural(len(questions), "question"))),
        _header((LEVEL_HEADER, STATEMENT_HEADER)),
    ]
    for question in questions:
        title, *rest = lines_of[question]
        lines += [Line(Kind.GAP), title]
        if seen[question]:
            lines.append(Line(Kind.SEEN, label=SEEN, text=seen[question], question=question))
        lines += rest
    lines += [Line(Kind.GAP), Line(Kind.REFERENCE)]
    return Sheet(component.id, component_sheet_name(component), tuple(lines))
