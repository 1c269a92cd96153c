"""An overlay: a small TOML file that words some texts of a questionnaire otherwise, by their ids.

It keeps ids, levels, short titles of components and the version, so that answers in either wording can be pooled.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from impact_xl.questionnaire.checks import MOST_TITLE, SHORT_QUESTION, Check, Fault
from impact_xl.questionnaire.content import Component, Question, Questionnaire, Wording, normalise
from impact_xl.questionnaire.toml_file import refuse, tables_of

_WHAT = "The overlay"
_KEYS = ("id", "of", "version", "for", "by", "introduction", "component", "question")
_OF_COMPONENT = ("title", "in_practice")
_OF_QUESTION = ("title", "short", "help", "section", "statements")
_BY_ID = ", short"  # such a text stands behind its id wherever it stands
_PATTERN = r"[a-z0-9][a-z0-9-]{0,19}"


def load_overlay(path: str | Path, of: Questionnaire) -> Questionnaire:
    """A questionnaire in the other words of an overlay file, which is checked whole.

    Args:
        path: the overlay.
        of: the questionnaire in its own words.

    Raises:
        ImpactError: there is no such file, or something in it is wrong; the message names table and key.
    """
    source = Path(path)
    data = tables_of(source, _WHAT, "the round's setting Overlay")
    whole, check = of.whole or of, Check()
    check.known(data, "", _KEYS)
    _expect_same(data, whole, check)
    identity = check.identifier(data, "", _PATTERN, "wards (lower case, digits, hyphens; at most 20)")
    wording = Wording(
        identity,
        check.text(data, "", "for", most=MOST_TITLE),
        check.text(data, "", "by", most=MOST_TITLE),
        source.name,
    )
    components = _named(data, "component", whole.component_by_id, check)
    questions = _named(data, "question", whole.by_id, check)
    worded = replace(
        whole,
        introduction=_same_number(data, "", "introduction", whole.introduction, check),
        components=tuple(_component(each, components, questions, check) for each in whole.components),
        wording=wording,
        overlays=(),
    )
    check.faults += _mistakable(whole, worded)
    if not check.faults and not any(reworded(whole, worded)):
        check.fault("", "question", "nothing is worded otherwise than in the questionnaire")
    refuse(source, _WHAT, map(str, check.faults))
    return worded


def differences(one: Questionnaire, other: Questionnaire) -> Iterator[tuple[str, str, str]]:
    """Each text that two wordings of one questionnaire have otherwise: what it is, and both texts."""
    for a, b in zip(one.introduction, other.introduction, strict=True):
        yield "Introduction", a, b
    for mine, theirs in zip(one.components, other.components, strict=True):
        yield f"{mine.id}, title", mine.title, theirs.title
        yield from (
            (f"{mine.id}, in practice", *pair) for pair in zip(mine.in_practice, theirs.in_practice, strict=True)
        )
        for question, worded in zip(mine.questions, theirs.questions, strict=True):
            for key in ("section", "title", "short", "help"):
                yield f"{question.id}, {key}", getattr(question, key), getattr(worded, key)
            for level in question.levels:
                name = one.level_name(level)
                yield f"{question.id}, {name}", question.statement(level), worded.statement(level)


def reworded(one: Questionnaire, other: Questionnaire) -> Iterator[tuple[str, str, str]]:
    """`differences` without what reads the same."""
    return (each for each in differences(one, other) if each[1] != each[2])


def _expect_same(data: Mapping[str, Any], whole: Questionnaire, check: Check) -> None:
    """That it is made for this questionnaire in this version."""
    for key, own in (("of", whole.id), ("version", whole.version)):
        if (value := check.text(data, "", key)) and value != own:
            what = "the questionnaire" if key == "of" else "its version"
            check.fault("", key, f"says “{value}”, and {what} is “{own}”")


def _named(
    data: Mapping[str, Any], kind: str, known: Mapping[str, Any], check: Check
) -> Mapping[str, Mapping[str, Any]]:
    """The tables of a kind by the ids of what they word otherwise."""
    tables = data.get(kind, {})
    if not isinstance(tables, dict):
        check.fault("", kind, f"its tables are headed by an id, such as [{kind}.{next(iter(known))}]")
        return {}
    found = {}
    for identity, table in tables.items():
        if identity not in known:
            close = get_close_matches(identity, known, 1)
            hint = f"; did you mean {close[0]}?" if close else f"; they are {', '.join(known)}"
            check.fault(f"{kind}.{identity}", "id", f"the questionnaire has no {kind} “{identity}”{hint}")
        elif not isinstance(table, dict):
            check.fault("", f"{kind}.{identity}", f"its texts belong under [{kind}.{identity}]")
        else:
            check.known(table, f"{kind}.{identity}", _OF_COMPONENT if kind == "component" else _OF_QUESTION)
            found[identity] = table
    return found


def _component(
    own: Component,
    components: Mapping[str, Mapping[str, Any]],
    questions: Mapping[str, Mapping[str, Any]],
    check: Check,
) -> Component:
    table, place = components.get(own.id, {}), f"component.{own.id}"
    sections = _sections(own, questions, check)
    return replace(
        own,
        title=check.optional_text(table, place, "title") or own.title,
        in_practice=_same_number(table, place, "in_practice", own.in_practice, check),
        questions=tuple(_question(each, questions.get(each.id, {}), sections, check) for each in own.questions),
    )


def _sections(own: Component, questions: Mapping[str, Mapping[str, Any]], check: Check) -> Mapping[str, str]:
    """The sections that are worded otherwise: a section is one heading for all of its questions."""
    sections: dict[str, str] = {}
    for question in own.questions:
        table, place = questions.get(question.id, {}), f"question.{question.id}"
        text = check.optional_text(table, place, "section", most=MOST_TITLE)
        if text and question.section and sections.setdefault(question.section, text) != text:
            check.fault(place, "section", f"“{question.section}” is worded in two ways, and it is one heading")
    return sections


def _question(own: Question, table: Mapping[str, Any], sections: Mapping[str, str], check: Check) -> Question:
    place = f"question.{own.id}"
    for key in ("help", "section"):
        if key in table and not getattr(own, key):
            check.fault(place, key, f"the question has no {key} that could be worded otherwise")
    return replace(
        own,
        title=check.optional_text(table, place, "title") or own.title,
        short=check.optional_text(table, place, "short", most=SHORT_QUESTION) or own.short,
        help=check.optional_text(table, place, "help") or own.help,
        section=sections.get(own.section, own.section),
        statements=_statements(own, table, place, check),
    )


def _statements(own: Question, table: Mapping[str, Any], place: str, check: Check) -> tuple[str, ...]:
    """The question's statements with those that are given by their level: `statements = { 3 = "..." }`."""
    given = table.get("statements", {})
    if not isinstance(given, dict):
        check.fault(place, "statements", 'they are given by their level, such as { 3 = "..." }')
        return own.statements
    statements = list(own.statements)
    for level in given:
        number = int(level) if level.isdecimal() else 0
        if number not in own.levels:
            levels = ", ".join(map(str, own.levels))
            check.fault(place, "statements", f"there is no level “{level}”; the question has {levels}")
        elif worded := check.text(given, f"{place}.statements", level):
            statements[number - 1] = worded
    return tuple(statements)


def _same_number(table: Mapping[str, Any], place: str, key: str, own: tuple[str, ...], check: Check) -> tuple[str, ...]:
    """A list of texts in other words, as long as the questionnaire's own, which stands where none is given."""
    if key not in table:
        return own
    texts = check.texts(table, place, key)
    if texts and len(texts) != len(own):
        check.fault(place, key, f"has {len(texts)} texts; the questionnaire has {len(own)}, and each has its place")
        return own
    return texts or own


def _mistakable(whole: Questionnaire, worded: Questionnaire) -> Iterator[Fault]:
    """Statements that could be taken for another one, in either wording."""
    own = {normalise(text): what for what, text, _ in differences(whole, worded) if not what.endswith(_BY_ID)}
    seen: dict[str, tuple[str, str]] = {}
    for what, before, text in reworded(whole, worded):
        if what.endswith(_BY_ID):
            continue
        alike = normalise(text)
        if alike in own and normalise(before) != alike:
            yield Fault("", "question", f"{what} would read as {own[alike]} does in the questionnaire: “{text[:60]}”")
        first, first_before = seen.setdefault(alike, (what, normalise(before)))
        if first_before != normalise(before):
            yield Fault("", "question", f"{what} and {first} would read alike: “{text[:60]}”")
