"""What is asked: components, questions, levels and statements.

Nothing else in the program knows how many components, questions or levels there are, nor any of
their words.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from functools import cached_property, lru_cache
from typing import Any

MOST_LEVELS = 7  # beyond that neither colours nor people tell levels apart
_NEUTRAL_RULE = "please select one option"
_LEVEL = re.compile(r"(?:level|l)?\s*(\d)", re.IGNORECASE)
_QUESTION = re.compile(r"(?:question|(?P<by_id>q))?\s*\.?\s*0*(?P<number>\d{1,3})\.?", re.IGNORECASE)
# What a question may have, and what stands for none of it.
_OPTIONAL: Mapping[str, Any] = {"help": "", "section": "", "not_applicable": None, "intro": "", "means": ""}
TEAM, DIVISION, BOARD = ACTORS = ("team", "division", "board")  # who can act on a question, where it says so
# What of a questionnaire is no part of what its fingerprint is made of.
_NOT_IN_FINGERPRINT = ("issued", "answering_rule", "wording", "whole", "overlays")


@dataclass(frozen=True, slots=True)
class Level:
    """One of the ordered response categories; `number` counts from 1."""

    number: int
    name: str
    means: str = ""  # in a few words, for whoever reads the results


@dataclass(frozen=True)
class Question:
    """One question: its statements stand in the order of the levels.

    A question may leave levels out: one in between has an empty statement, and those above the last statement have
    none. `help` is a line below its title, and `section` a heading in front of it, on the form. `not_applicable` says
    whether a team may answer that it does not apply; None leaves that to the round. `act` is one of `ACTORS`, or empty.
    """

    id: str
    number: int
    component: str
    title: str
    short: str
    statements: tuple[str, ...]
    help: str = ""
    section: str = ""
    not_applicable: bool | None = None
    act: str = ""

    @cached_property
    def levels(self) -> tuple[int, ...]:
        """The levels that it has, counted from 1."""
        return tuple(number for number, statement in enumerate(self.statements, 1) if statement)

    @property
    def top(self) -> int:
        """Its highest level."""
        return len(self.statements)

    def next_level(self, level: int) -> int | None:
        """The level that follows one; None after the highest. The level before the first is 0."""
        return next((number for number in self.levels if number > level), None)

    def statement(self, level: int) -> str:
        """The wording of a level, counted from 1; empty where the question has none there."""
        return self.statements[level - 1] if 1 <= level <= len(self.statements) else ""

    def offers_not_applicable(self, in_round: bool) -> bool:
        """Whether it has a row “Not applicable to us”, in a round that gives every question one or none."""
        return in_round if self.not_applicable is None else self.not_applicable

    @property
    def fingerprint(self) -> str:
        """Eight hexadecimal digits over its titles and statements, so that two rounds can be compared by them."""
        words = json.dumps([self.title, self.short, *self.statements])
        return hashlib.sha256(words.encode()).hexdigest()[:8]


@dataclass(frozen=True, slots=True)
class Component:
    """One section of the questionnaire, carried by one sheet of the form."""

    id: str
    number: int
    title: str
    short: str
    in_practice: tuple[str, ...]
    questions: tuple[Question, ...]
    intro: str = ""  # a line below its title, on the form


@dataclass(frozen=True, slots=True)
class Wording:
    """Whose other words a questionnaire is in, as an overlay says it."""

    id: str
    audience: str  # for whom: “wards”
    by: str  # who worded it so
    file: str  # its name, as people know it


@dataclass(frozen=True, eq=False)  # compared by identity: hashing all of its words would cost more than it tells
class Questionnaire:
    """The instrument: a data file with an id and a version."""

    id: str
    version: str
    issued: date
    title: str
    publisher: str
    source: str
    licence: str
    introduction: tuple[str, ...]
    levels: tuple[Level, ...]
    target: int
    components: tuple[Component, ...]
    answering_rule: str = ""  # words of the introduction that say how to choose an option
    wording: Wording | None = None  # None in its own words
    whole: Questionnaire | None = None  # what this is a part of, where a round asks some of the questions
    overlays: tuple[Questionnaire, ...] = ()  # the same questions in the other words that a round has them in

    @property
    def rule(self) -> str:
        """How to answer a question, in the questionnaire's own words where it has some; goes on a sentence."""
        return self.answering_rule or _NEUTRAL_RULE

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """All questions in the order they are asked."""
        return tuple(question for component in self.components for question in component.questions)

    @cached_property
    def by_id(self) -> Mapping[str, Question]:
        """Questions by their id."""
        return {question.id: question for question in self.questions}

    @cached_property
    def places(self) -> Mapping[str, int]:
        """The place of each question among those that are asked, from 0; its number is that in the whole."""
        return {question.id: place for place, question in enumerate(self.questions)}

    @cached_property
    def levels_of(self) -> Mapping[str, tuple[int, ...]]:
        """The levels of each question that has not all of them; one without any statement is not known so well."""
        return {each.id: each.levels for each in self.questions if 0 < len(each.levels) < len(self.levels)}

    @cached_property
    def component_by_id(self) -> Mapping[str, Component]:
        """Components by their id."""
        return {component.id: component for component in self.components}

    @cached_property
    def by_statement(self) -> Mapping[str, tuple[str, int]]:
        """Question id and level by normalised statement, of each that stands there once: of others the key decides."""
        places = list(self._statements())
        often = Counter(statement for statement, *_ in places)
        return {statement: (question, level) for statement, question, level in places if often[statement] == 1}

    @cached_property
    def statements(self) -> frozenset[str]:
        """Every statement, normalised."""
        return frozenset(statement for statement, *_ in self._statements())

    def _statements(self) -> Iterator[tuple[str, str, int]]:
        for question in self.questions:
            yield from ((normalise(question.statement(level)), question.id, level) for level in question.levels)

    @cached_property
    def fingerprint(self) -> str:
        """Twelve hexadecimal digits over everything that is asked, so that a form tells what it was made from.

        What a question may have and has not is left out, so that forms from before there was such a thing fit. A part
        of a questionnaire has the fingerprint of the whole: each question reads as it does there.
        """
        if self.whole:
            return self.whole.fingerprint
        content = asdict(replace(self, overlays=()))
        for key in _NOT_IN_FINGERPRINT:  # the rule stands in the introduction
            content.pop(key)
        parts = [*content["levels"], *content["components"]]
        parts += (question for component in content["components"] for question in component["questions"])
        for part in parts:
            part.pop("act", None)  # no form says it
            for key in [key for key, without in _OPTIONAL.items() if part.get(key, part) == without]:
                del part[key]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:12]

    @cached_property
    def fingerprints(self) -> Mapping[str, str]:
        """The fingerprint of each wording, by its id; that of its own words by an empty one."""
        others = {each.wording.id: each.fingerprint for each in self.overlays if each.wording}
        return {"": self.fingerprint, **others}

    def is_of(self, fingerprint: str) -> bool:
        """Whether a form with a fingerprint, or with none, has the words of today, in whatever wording."""
        return not fingerprint or fingerprint in self.fingerprints.values()

    @property
    def imprint(self) -> str:
        """Title, version, publisher and licence in one line."""
        return f"{self.title}, version {self.version}, published by {self.publisher}. {self.licence}"

    def level_name(self, number: int | None) -> str:
        """The name of a level counted from 1; empty for none."""
        return self.levels[number - 1].name if number else ""

    def level_number(self, text: str) -> int | None:
        """The number of a level that somebody named as “Progressing”, “3” or “level 3”; None where there is none."""
        for level in self.levels:
            if normalise(text) == normalise(level.name):
                return level.number
        match = _LEVEL.fullmatch(text.strip())
        number = int(match[1]) if match else 0
        return number if 1 <= number <= len(self.levels) else None

    def question_named(self, text: str) -> Question | None:
        """The question that somebody named as `Q7`, `q07`, `7` or `Question 7`; None where there is none.

        With Q it is the id, else the number that forms show; a number that is another question's id tells neither.
        """
        match = _QUESTION.fullmatch(text.strip())
        number = int(match["number"]) if match else 0
        by_id = next((each for each in self.questions if int(each.id[1:]) == number), None)
        if match and match["by_id"]:
            return by_id
        shown = next((each for each in self.questions if each.number == number), None)
        return shown if by_id in (None, shown) else None

    def without(self, level: int) -> list[str]:
        """The ids of the questions on which no team can be at a level or above."""
        return [question.id for question in self.questions if question.top < level]

    def only(self, ids: Collection[str]) -> Questionnaire:
        """Some of the questions, in every wording; all of them where no id is given.

        A component without any of them is left out. Ids, numbers, words and fingerprint stay.
        """
        whole = self.whole or self
        if not ids or set(ids) >= whole.by_id.keys():
            return whole
        overlays = tuple(each.only(ids) for each in self.overlays)
        return replace(whole, components=tuple(_some(whole, ids)), whole=whole, overlays=overlays)


def _some(whole: Questionnaire, ids: Collection[str]) -> Iterator[Component]:
    """The components that hold any of some questions, with these alone."""
    for component in whole.components:
        if questions := tuple(question for question in component.questions if question.id in ids):
            yield replace(component, questions=questions)


@lru_cache(maxsize=8192)  # the same few hundred texts stand in every copy of a form
def normalise(text: str) -> str:
    """Text as it is compared: compatibility forms, invisible characters, case and white space folded."""
    if not text.isascii():  # in ASCII there are no other forms, and nothing is invisible
        text = unicodedata.normalize("NFKC", text).translate(_INVISIBLE)
    return " ".join(text.casefold().split())


# What people cannot see: variation selectors, zero-width characters, marks of writing direction, soft hyphen, fillers,
# byte-order mark.
_INVISIBLE = dict.fromkeys(
    [
        *(0x00AD, 0x034F, 0x061C, 0x115F, 0x1160, 0x180E, 0xFEFF),
        *(*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070)),
        *(*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)),
    ]
)
