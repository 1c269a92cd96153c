"""What is wrong with a questionnaire: its tables are read whole, so that one report names everything there is to mend.

The tables are those of the TOML file. Whoever reads them from elsewhere says for each fault where it stands there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from impact_xl.questionnaire.content import (
    ACTORS,
    MOST_LEVELS,
    Component,
    Level,
    Question,
    Questionnaire,
    normalise,
)
from impact_xl.wording import first_few, quote

# A component's sheet is named "1 Short title"; Excel allows 31 UTF-16 units and none of []:*?/\.
SHORT_COMPONENT = 31 - len("10 ")
SHORT_QUESTION = 34  # what a chart's axis shows of a question without cutting it
MOST_RULE = 120  # it stands in a line of its own on every sheet
MOST_TITLE = 80  # of the whole, and of a section: what stands on one line of a page
MOST_VERSION = 20
LONG_STATEMENT = 2_000  # from about 2,340 letters on Excel's highest row, 409 points, cuts what is shown
FEWEST_LEVELS = 2
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
KEYS = (
    *("id", "version", "issued", "title", "publisher", "source", "licence", "target", "levels", "introduction"),
    *("level_meanings", "answering_rule", "component"),
)
COMPONENT_KEYS = ("id", "title", "short", "intro", "in_practice", "question")
QUESTION_KEYS = ("id", "title", "short", "statements", "help", "section", "not_applicable", "act")


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is wrong: in which table under which key, in a list also in which place of it (from 0)."""

    table: str
    key: str
    wrong: str
    at: int | None = None

    def __str__(self) -> str:
        return f"{f'[{self.table}] ' if self.table else ''}{self.key}: {self.wrong}"


class Check:
    """Reads keys out of tables and notes every fault instead of stopping at the first."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def fault(self, table: str, key: str, wrong: str, at: int | None = None) -> None:
        """Note a fault."""
        self.faults.append(Fault(table, key, wrong, at))

    def text(self, data: Mapping[str, Any], table: str, key: str, most: int = 0) -> str:
        """A text that has to be there, with at most so many characters where a number is given."""
        value = data.get(key)
        if not isinstance(value, str) or not value.strip():
            self.fault(table, key, "is missing; a text is needed" if value is None else "must be a text, not empty")
            return ""
        if most and len(value) > most:
            offer = shortened(value, most)
            wrong = f"has {len(value)} characters; at most {most} fit, such as {quote(offer, most)}"
            self.fault(table, key, wrong)
        return value.strip()

    def optional_text(self, data: Mapping[str, Any], table: str, key: str, most: int = 0) -> str:
        """A text that may be left out, but not empty."""
        return self.text(data, table, key, most) if key in data else ""

    def yes_or_no(self, data: Mapping[str, Any], table: str, key: str) -> bool | None:
        """True, False, or None where it is left out."""
        value = data.get(key)
        if value is None or isinstance(value, bool):
            return value
        self.fault(table, key, "must be true or false, without quotation marks")
        return None

    def one_of(self, data: Mapping[str, Any], table: str, key: str, words: Sequence[str]) -> str:
        """One of some words; empty where it is left out."""
        value = data.get(key, "")
        if value in ("", *words):
            return str(value)
        self.fault(table, key, f"must be one of {', '.join(words)}, and not {quote(str(value))}")
        return ""

    def texts(
        self, data: Mapping[str, Any], table: str, key: str, *, may_be_empty: bool = False, gaps: bool = False
    ) -> tuple[str, ...]:
        """A list of texts; with `gaps` an empty text stands for none at its place."""
        value = data.get(key, [] if may_be_empty else None)
        if value == [] and may_be_empty:
            return ()
        if not isinstance(value, list) or not value:
            self.fault(table, key, "must be a list of texts, not empty")
            return ()
        wrong = [
            (at, item) for at, item in enumerate(value) if not isinstance(item, str) or (not gaps and not item.strip())
        ]
        if wrong:
            shown = ", ".join(str(item) for _, item in wrong)[:60] or "an empty text"
            self.fault(table, key, f"holds something that is no text: {shown}", wrong[0][0])
            return ()
        return tuple(item.strip() for item in value)

    def tables(self, data: Mapping[str, Any], table: str, key: str) -> list[Mapping[str, Any]]:
        """The tables of a kind, of which at least one is needed."""
        value = data.get(key)
        if not isinstance(value, list) or not value or not all(isinstance(item, dict) for item in value):
            self.fault(table, key, f"at least one [[{f'{table}.' if table else ''}{key}]] is needed")
            return []
        return value

    def identifier(self, data: Mapping[str, Any], table: str, pattern: str, example: str) -> str:
        """An id of a form."""
        value = self.text(data, table, "id")
        if value and not re.fullmatch(pattern, value):
            self.fault(table, "id", f"“{value}” is not of the form {example}")
        return value

    def known(self, data: Mapping[str, Any], table: str, keys: Sequence[str]) -> None:
        """That a table has no other keys."""
        for key in sorted(set(data) - set(keys)):
            self.fault(table, key, "is not a key of this table; is it misspelt?")

    def all_different(self, key: str, texts: Iterable[tuple[str, int | None, str]]) -> None:
        """That no two texts read alike; each comes with its table and its place in a list."""
        seen: set[str] = set()
        for table, at, text in texts:
            if text and (alike := normalise(text)) in seen:
                self.fault(table, key, f"“{text[:60]}” is there twice", at)
            elif text:
                seen.add(alike)

    def none_reserved(self, key: str, texts: Iterable[tuple[str, int | None, str]]) -> None:
        """That no text is a word of the results."""
        for table, at, text in texts:
            if normalise(text) in RESERVED:
                wrong = f"“{text}” is a word that the results use for something else; choose another"
                self.fault(table, key, wrong, at)


def build(data: Mapping[str, Any], check: Check) -> Questionnaire:
    """A questionnaire from its tables; what is wrong is noted in `check`, and then it is not to be used."""
    check.known(data, "", KEYS)
    levels = _levels(data, check)
    target = _target(data, len(levels), check)
    issued = data.get("issued")
    if type(issued) is not date:
        check.fault("", "issued", "must be a date such as 2026-04-01")
        issued = date(2000, 1, 1)
    components = _components(data, len(levels), check)
    _expect_target_reached(components, target, check)
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


def _version(data: Mapping[str, Any], check: Check) -> str:
    version = check.text(data, "", "version", most=MOST_VERSION)
    if "+" in version:
        check.fault("", "version", "may not hold +, which forms put between a version and other wording of it")
    return version


def _answering_rule(data: Mapping[str, Any], check: Check) -> str:
    """The words of the introduction that say how to choose an option: quoted, so that no second rule comes up."""
    if "answering_rule" not in data:
        return ""
    rule = check.text(data, "", "answering_rule", most=MOST_RULE)
    introduction = " ".join(map(str, data["introduction"])) if isinstance(data.get("introduction"), list) else ""
    if rule and normalise(rule) not in normalise(introduction):
        check.fault("", "answering_rule", "must be words of the introduction, letter for letter")
    return rule


def _levels(data: Mapping[str, Any], check: Check) -> tuple[Level, ...]:
    names = check.texts(data, "", "levels")
    if names and not FEWEST_LEVELS <= len(names) <= MOST_LEVELS:
        check.fault("", "levels", f"from {FEWEST_LEVELS} to {MOST_LEVELS} levels are possible, not {len(names)}")
    placed = [("", at, name) for at, name in enumerate(names)]
    check.all_different("levels", placed)
    check.none_reserved("levels", placed)
    meanings = check.texts(data, "", "level_meanings", may_be_empty=True, gaps=True)
    if len(meanings) > len(names):
        check.fault("", "level_meanings", f"has {len(meanings)} texts, and there are {len(names)} levels", len(names))
    means = (*meanings, *[""] * len(names))
    return tuple(Level(number, name, means[number - 1]) for number, name in enumerate(names, 1))


def _target(data: Mapping[str, Any], levels: int, check: Check) -> int:
    target = data.get("target")
    if type(target) is int and 1 <= target <= max(levels, 1):
        return target
    check.fault("", "target", f"must be the number of a level, from 1 to {levels}")
    return 1


def _components(data: Mapping[str, Any], levels: int, check: Check) -> tuple[Component, ...]:
    components: list[Component] = []
    before = 0  # questions of the components before
    for number, table in enumerate(check.tables(data, "", "component"), 1):
        component = _component(table, number, before, levels, check)
        before += len(component.questions)
        components.append(component)
    questions = [question for component in components for question in component.questions]
    shorts = [(place_of(component), None, component.short) for component in components]
    check.all_different("id", [(place_of(component), None, component.id) for component in components])
    check.all_different("short", shorts)
    check.none_reserved("short", shorts)
    check.all_different("id", [(place_of(question), None, question.id) for question in questions])
    for question in questions:  # another question may have the same statement: there the key decides
        check.all_different(
            "statements", [(place_of(question), at, text) for at, text in enumerate(question.statements)]
        )
    return tuple(components)


def _expect_target_reached(components: Iterable[Component], target: int, check: Check) -> None:
    for question in (question for component in components for question in component.questions):
        if 0 < question.top < target:
            wrong = f"end at level {question.top}, below the target level {target}, so no team could reach it"
            check.fault(place_of(question), "statements", wrong)


def place_of(part: Component | Question) -> str:
    """The table that a component or question stands in."""
    return f"{'component' if isinstance(part, Component) else 'component.question'} {part.number}"


def _component(table: Mapping[str, Any], number: int, before: int, levels: int, check: Check) -> Component:
    place = f"component {number}"
    check.known(table, place, COMPONENT_KEYS)
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
        intro=check.optional_text(table, place, "intro"),
        questions=tuple(
            _question(item, before + position, identity, levels, check)
            for position, item in enumerate(check.tables(table, place, "question"), 1)
        ),
    )


def _question(table: Mapping[str, Any], number: int, component: str, levels: int, check: Check) -> Question:
    place = f"component.question {number}"
    check.known(table, place, QUESTION_KEYS)
    return Question(
        id=check.identifier(table, place, r"Q\d{2,3}", "Q01"),
        number=number,
        component=component,
        title=check.text(table, place, "title"),
        short=check.text(table, place, "short", most=SHORT_QUESTION),
        statements=_statements(table, place, levels, check),
        help=check.optional_text(table, place, "help"),
        section=check.optional_text(table, place, "section", most=MOST_TITLE),
        not_applicable=check.yes_or_no(table, place, "not_applicable"),
        act=check.one_of(table, place, "act", ACTORS),
    )


def _statements(table: Mapping[str, Any], place: str, levels: int, check: Check) -> tuple[str, ...]:
    """The statements up to the last; an empty text leaves a level out."""
    statements = list(check.texts(table, place, "statements", gaps=True))
    if levels and len(statements) > levels:
        check.fault(place, "statements", f"has {len(statements)} texts, and there are {levels} levels", levels)
    while statements and not statements[-1]:
        statements.pop()
    there = sum(map(bool, statements))
    if isinstance(table.get("statements"), list) and table["statements"] and there < FEWEST_LEVELS:
        check.fault(place, "statements", f"has {there} texts; at least {FEWEST_LEVELS} are needed")
    return tuple(statements)


def shortened(text: str, most: int) -> str:
    """A text of at most so many characters, cut at the end of a word where there is one."""
    text = " ".join(text.split())
    if len(text) <= most:
        return text
    cut = text[: most + 1].rpartition(" ")[0] or text[:most]
    return cut.rstrip(" ,;:.-–—(&'")


def warnings(questionnaire: Questionnaire) -> Iterator[str]:
    """What works, and what its author should know of it."""
    for question in questionnaire.questions:
        for level in question.levels:
            if (length := len(question.statement(level))) > LONG_STATEMENT:
                yield (
                    f"The statement of {question.id} for “{questionnaire.level_name(level)}” has {length:,} letters: "
                    f"from {LONG_STATEMENT:,} on Excel may not show all of it in one row."
                )
    places: dict[str, list[str]] = {}
    for question in questionnaire.questions:
        for level in question.levels:
            places.setdefault(normalise(question.statement(level)), []).append(f"{question.id} level {level}")
    if again := [where for where in places.values() if len(where) > 1]:
        shown = first_few([" and ".join(where) for where in again], 3)
        yield f"The same statement is in {shown}. Only the key in the column Ref shows which answer is meant."
