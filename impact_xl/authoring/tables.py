"""A questionnaire as the tables of its TOML file, and as that file's text."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from impact_xl.questionnaire import Component, Question, Questionnaire

Tables = dict[str, Any]


def tables_of(questionnaire: Questionnaire) -> Tables:
    """The tables from which the same questionnaire is built; what is not given is left out."""
    facts: Tables = {
        key: getattr(questionnaire, key)
        for key in ("id", "version", "issued", "title", "publisher", "source", "licence", "target")
    }
    facts["levels"] = [level.name for level in questionnaire.levels]
    if any(level.means for level in questionnaire.levels):
        facts["level_meanings"] = [level.means for level in questionnaire.levels]
    facts["introduction"] = list(questionnaire.introduction)
    if questionnaire.answering_rule:
        facts["answering_rule"] = questionnaire.answering_rule
    return {**facts, "component": list(map(_component, questionnaire.components))}


def _component(component: Component) -> Tables:
    table: Tables = {"id": component.id, "title": component.title, "short": component.short}
    if component.intro:
        table["intro"] = component.intro
    if component.in_practice:
        table["in_practice"] = list(component.in_practice)
    return {**table, "question": list(map(_question, component.questions))}


def _question(question: Question) -> Tables:
    table: Tables = {"id": question.id, "title": question.title, "short": question.short}
    for key in ("section", "help", "act"):
        if text := getattr(question, key):
            table[key] = text
    if question.not_applicable is not None:
        table["not_applicable"] = question.not_applicable
    return {**table, "statements": list(question.statements)}


def as_toml(tables: Mapping[str, Any]) -> str:
    """The text of the TOML file that says what some tables do."""
    lines = [*_lines(tables, "component")]
    for component in tables["component"]:
        lines += ["", "[[component]]", *_lines(component, "question")]
        for question in component["question"]:
            lines += ["", "[[component.question]]", *_lines(question)]
    return "\n".join(lines) + "\n"


def _lines(table: Mapping[str, Any], besides: str = "") -> Iterator[str]:
    for key, value in table.items():
        if key == besides:
            continue
        if isinstance(value, list):
            yield f"{key} = ["
            yield from (f"    {_value(item)}," for item in value)
            yield "]"
        else:
            yield f"{key} = {_value(value)}"


def _value(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    text = json.dumps(value, ensure_ascii=False)  # a JSON text is a basic string of TOML 1.0, but for one letter
    return text.replace("\x7f", "\\u007f")
