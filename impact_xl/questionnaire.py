"""What is asked: components, questions, levels and statements, read from one TOML file.

Nothing else in the program knows how many components, questions or levels there are, nor any of
their words.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from impact_xl.findings import ImpactError

BUILT_IN = Path(__file__).parent / "questionnaires" / "nhs_impact.toml"

# A component's sheet is named "1 Short title"; Excel allows 31 UTF-16 units and none of []:*?/\.
SHORT_COMPONENT = 31 - len("10 ")
SHORT_QUESTION = 34  # what a chart's axis shows of a question without cutting it
MOST_RULE = 120  # it stands in a line of its own on every sheet
MOST_TITLE = 80  # of the whole, and of a section: what stands on one line of a page
MOST_LEVELS = 7  # beyond that neither colours nor people tell levels apart
_NEUTRAL_RULE = "please select one option"
_LEVEL = re.compile(r"(?:level|l)?\s*(\d)", re.IGNORECASE)
FORBIDDEN_IN_SHEET_NAMES = "[]:*?/\\"
# Levels and components become column headers in the results, beside these; no table may have a header twice.
RESERVED = frozenset(
    {
        *("ref", "question", "questions", "component", "components", "valid", "typical level", "at target"),
        *("agreement", "in words", "agenda", "blank", "multiple", "unclear", "missing", "not applicable"),
        *("team", "group", "status", "answered", "copies", "date", "completed by", "file", "on the team list"),
        *("team id", "team no", "shown"),
    }
)


# What a question may have, and what stands for none of it.
_OPTIONAL: Mapping[str, Any] = {"help": "", "section": "", "not_applicable": None}


@dataclass(frozen=True, slots=True)
class Level:
    """One of the ordered response categories; `number` counts from 1."""

    number: int
    name: str


@dataclass(frozen=True, slots=True)
class Question:
    """One question: its statements stand in the order of the levels.

    `help` is a line below its title, and `section` a heading in front of it, on the form. `not_applicable` says whether
    a team may answer that it does not apply; None leaves that to the round.
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

    def statement(self, level: int) -> str:
        """The wording of a level, counted from 1."""
        return self.statements[level - 1]

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
    def component_by_id(self) -> Mapping[str, Component]:
        """Components by their id."""
        return {component.id: component for component in self.components}

    @cached_property
    def by_statement(self) -> Mapping[str, tuple[str, int]]:
        """Question id and level by normalised statement; no two statements are alike."""
        return {
            normalise(statement): (question.id, number)
            for question in self.questions
            for number, statement in enumerate(question.statements, 1)
        }

    @cached_property
    def fingerprint(self) -> str:
        """Twelve hexadecimal digits over everything that is asked, so that a form tells what it was made from.

        What a question may have and has not is left out, so that forms from before there was such a thing fit.
        """
        content = asdict(self)
        content.pop("issued")
        content.pop("answering_rule")  # it stands in the introduction
        for component in content["components"]:
            for question in component["questions"]:
                for key in [key for key, without in _OPTIONAL.items() if question[key] == without]:
                    del question[key]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:12]

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


@lru_cache(maxsize=8192)  # the same few hundred texts stand in every copy of a form
def normalise(text: str) -> str:
    """Text as it is compared: compatibility forms, invisible characters, case and white space folded."""
    folded = unicodedata.normalize("NFKC", text).translate(_INVISIBLE).casefold()
    return " ".join(folded.split())


# What people cannot see: variation selectors, zero-width characters, marks of writing direction, soft hyphen, fillers,
# byte-order mark.
_INVISIBLE = dict.fromkeys(
    [
        *(0x00AD, 0x034F, 0x061C, 0x115F, 0x1160, 0x180E, 0xFEFF),
        *(*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070)),
        *(*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)),
    ]
)


def load(path: str | Path | None = None) -> Questionnaire:
    """Read a questionnaire file, or the built-in NHS IMPACT self-assessment.

    The file is checked whole, so that one report names everything there is to mend.

    Raises:
        ImpactError: there is no such file, or something in it is wrong; the message names table and key.
    """
    source = Path(path) if path else BUILT_IN
    try:
        data = tomllib.loads(source.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ImpactError(
            f"The questionnaire file cannot be read: {source} ({error.strerror})",
            "Check the path given with --questionnaire.",
        ) from error
    except UnicodeDecodeError as error:
        raise ImpactError(
            f"The questionnaire file is not saved as UTF-8: {source}",
            "Save it again from a text editor with the encoding UTF-8.",
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise ImpactError(
            f"The questionnaire file is not valid TOML: {source}: {error}",
            "Compare the line named above with the built-in questionnaire.",
        ) from error
    check = _Check()
    questionnaire = _build(data, check)
    if check.faults:
        raise ImpactError(
            f"The questionnaire file cannot be used: {source}\n  " + "\n  ".join(check.faults),
            "Correct what is listed and run the command again.",
        )
    return questionnaire


class _Check:
    """Reads keys out of TOML tables and notes every fault instead of stopping at the first."""

    def __init__(self) -> None:
        self.faults: list[str] = []

    def fault(self, table: str, key: str, wrong: str) -> None:
        self.faults.append(f"{f'[{table}] ' if table else ''}{key}: {wrong}")

    def text(self, data: Mapping[str, Any], table: str, key: str, most: int = 0) -> str:
        value = data.get(key)
        if not isinstance(value, str) or not value.strip():
            self.fault(table, key, "is missing; a text is needed" if value is None else "must be a text, not empty")
            return ""
        if most and len(value) > most:
            self.fault(table, key, f"has {len(value)} characters; at most {most} fit")
        return value.strip()

    def optional_text(self, data: Mapping[str, Any], table: str, key: str, most: int = 0) -> str:
        return self.text(data, table, key, most) if key in data else ""

    def yes_or_no(self, data: Mapping[str, Any], table: str, key: str) -> bool | None:
        value = data.get(key)
        if value is None or isinstance(value, bool):
            return value
        self.fault(table, key, "must be true or false, without quotation marks")
        return None

    def texts(self, data: Mapping[str, Any], table: str, key: str, *, may_be_empty: bool = False) -> tuple[str, ...]:
        value = data.get(key, [] if may_be_empty else None)
        if value == [] and may_be_empty:
            return ()
        if not isinstance(value, list) or not value:
            self.fault(table, key, "must be a list of texts, not empty")
            return ()
        if wrong := [str(item) for item in value if not isinstance(item, str) or not item.strip()]:
            self.fault(table, key, f"holds something that is no text: {', '.join(wrong)[:60] or 'an empty text'}")
            return ()
        return tuple(item.strip() for item in value)

    def tables(self, data: Mapping[str, Any], table: str, key: str) -> list[Mapping[str, Any]]:
        value = data.get(key)
        if not isinstance(value, list) or not value or not all(isinstance(item, dict) for item in value):
            self.fault(table, key, f"at least one [[{f'{table}.' if table else ''}{key}]] is needed")
            return []
        return value

    def identifier(self, data: Mapping[str, Any], table: str, pattern: str, example: str) -> str:
        value = self.text(data, table, "id")
        if value and not re.fullmatch(pattern, value):
            self.fault(table, "id", f"“{value}” is not of the form {example}")
        return value

    def known(self, data: Mapping[str, Any], table: str, keys: str) -> None:
        for key in sorted(set(data) - set(keys.split())):
            self.fault(table, key, "is not a key of this table; is it misspelt?")


def _build(data: Mapping[str, Any], check: _Check) -> Questionnaire:
    keys = "id version issued title publisher source licence target levels introduction answering_rule component"
    check.known(data, "", keys)
    levels = _levels(data, check)
    target = _target(data, len(levels), check)
    issued = data.get("issued")
    if type(issued) is not date:
        check.fault("", "issued", "must be a date such as 2026-04-01")
        issued = date(2000, 1, 1)
    components = _components(data, len(levels), check)
    return Questionnaire(
        id=check.identifier(data, "", r"[a-z0-9][a-z0-9-]{0,39}", "nhs-impact (lower case, digits, hyphens)"),
        version=_version(data, check),
        issued=issued,
        title=check.text(data, "", "title", most=MOST_TITLE),
        publisher=check.text(data, "", "publisher"),
        source=check.text(data, "", "source"),
        licence=check.text(data, "", "licence"),
        introduction=check.texts(data, "", "introduction"),
        levels=levels,
        target=target,
        components=components,
        answering_rule=_answering_rule(data, check),
    )


def _version(data: Mapping[str, Any], check: _Check) -> str:
    version = check.text(data, "", "version", most=20)
    if "+" in version:
        check.fault("", "version", "may not hold +, which forms put between a version and other wording of it")
    return version


def _answering_rule(data: Mapping[str, Any], check: _Check) -> str:
    """The words of the introduction that say how to choose an option: quoted, so that no second rule comes up."""
    if "answering_rule" not in data:
        return ""
    rule = check.text(data, "", "answering_rule", most=MOST_RULE)
    introduction = " ".join(map(str, data["introduction"])) if isinstance(data.get("introduction"), list) else ""
    if rule and normalise(rule) not in normalise(introduction):
        check.fault("", "answering_rule", "must be words of the introduction, letter for letter")
    return rule


def _levels(data: Mapping[str, Any], check: _Check) -> tuple[Level, ...]:
    names = check.texts(data, "", "levels")
    if names and not 2 <= len(names) <= MOST_LEVELS:
        check.fault("", "levels", f"from 2 to {MOST_LEVELS} levels are possible, not {len(names)}")
    _all_different(check, "", "levels", names)
    _none_reserved(check, "", "levels", names)
    return tuple(Level(number, name) for number, name in enumerate(names, 1))


def _target(data: Mapping[str, Any], levels: int, check: _Check) -> int:
    target = data.get("target")
    if type(target) is int and 1 <= target <= max(levels, 1):
        return target
    check.fault("", "target", f"must be the number of a level, from 1 to {levels}")
    return 1


def _components(data: Mapping[str, Any], levels: int, check: _Check) -> tuple[Component, ...]:
    components: list[Component] = []
    before = 0  # questions of the components before
    for number, table in enumerate(check.tables(data, "", "component"), 1):
        component = _component(table, number, before, levels, check)
        before += len(component.questions)
        components.append(component)
    questions = [question for component in components for question in component.questions]
    shorts = [component.short for component in components]
    statements = [text for question in questions for text in question.statements]
    _all_different(check, "component", "id", [component.id for component in components])
    _all_different(check, "component", "short", shorts)
    _none_reserved(check, "component", "short", shorts)
    _all_different(check, "component.question", "id", [question.id for question in questions])
    _all_different(check, "component.question", "statements", statements)
    return tuple(components)


def _component(table: Mapping[str, Any], number: int, before: int, levels: int, check: _Check) -> Component:
    place = f"component {number}"
    check.known(table, place, "id title short in_practice question")
    identity = check.identifier(table, place, r"C[1-9]\d?", "C1")
    short = check.text(table, place, "short", most=SHORT_COMPONENT)
    if wrong := [character for character in short if character in FORBIDDEN_IN_SHEET_NAMES]:
        check.fault(place, "short", f"becomes a sheet's name and may not hold {' '.join(wrong)}")
    if short.endswith("'"):
        check.fault(place, "short", "becomes a sheet's name and may not end with an apostrophe")
    return Component(
        id=identity,
        number=number,
        title=check.text(table, place, "title"),
        short=short,
        in_practice=check.texts(table, place, "in_practice", may_be_empty=True),
        questions=tuple(
            _question(item, before + position, identity, levels, check)
            for position, item in enumerate(check.tables(table, place, "question"), 1)
        ),
    )


def _question(table: Mapping[str, Any], number: int, component: str, levels: int, check: _Check) -> Question:
    place = f"component.question {number}"
    check.known(table, place, "id title short statements help section not_applicable")
    statements = check.texts(table, place, "statements")
    if statements and levels and len(statements) != levels:
        check.fault(place, "statements", f"has {len(statements)} texts; one for each of the {levels} levels is needed")
    return Question(
        id=check.identifier(table, place, r"Q\d{2,3}", "Q01"),
        number=number,
        component=component,
        title=check.text(table, place, "title"),
        short=check.text(table, place, "short", most=SHORT_QUESTION),
        statements=statements,
        help=check.optional_text(table, place, "help"),
        section=check.optional_text(table, place, "section", most=MOST_TITLE),
        not_applicable=check.yes_or_no(table, place, "not_applicable"),
    )


def _all_different(check: _Check, table: str, key: str, texts: list[str] | tuple[str, ...]) -> None:
    """Ids and statements are what answers are found by, so no two may read alike."""
    seen: set[str] = set()
    for text in texts:
        if text and (alike := normalise(text)) in seen:
            check.fault(table, key, f"“{text[:60]}” is there twice")
        elif text:
            seen.add(alike)


def _none_reserved(check: _Check, table: str, key: str, texts: Iterable[str]) -> None:
    for text in texts:
        if normalise(text) in RESERVED:
            check.fault(table, key, f"“{text}” is a word that the results use for something else; choose another")
