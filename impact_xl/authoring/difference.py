"""What is different between two versions of a questionnaire, question by question."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from impact_xl.questionnaire import Component, Question, Questionnaire, normalise


class Kind(StrEnum):
    """What became of a question."""

    SAME = "same"
    REWORDED = "reworded"
    MOVED = "moved"
    NEW = "new"
    DROPPED = "dropped"
    OTHER = "another question"  # its id is used for something else


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one question: its id, what that is, and in which words."""

    id: str
    title: str
    kinds: tuple[Kind, ...]
    lines: tuple[str, ...] = ()


def changes(old: Questionnaire, new: Questionnaire) -> list[Change]:
    """What became of each question, in the order of the new version, dropped ones last."""
    moved = _moved(old, new)
    found = [_change(old, new, question, moved=question.id in moved) for question in new.questions]
    gone = [question for question in old.questions if question.id not in new.by_id]
    return [*found, *(Change(each.id, each.title, (Kind.DROPPED,)) for each in gone)]


def _change(old: Questionnaire, new: Questionnaire, question: Question, *, moved: bool) -> Change:
    before = old.by_id.get(question.id)
    if before is None:
        return Change(question.id, question.title, (Kind.NEW,))
    if is_another(before, question):
        was = f"was: {before.title}"
        return Change(question.id, question.title, (Kind.OTHER,), (was,))
    lines = list(_reworded(before, question, new))
    if moved:
        lines.append(f"moved from {_place(before)} to {_place(question)}")
    kinds = [*([Kind.REWORDED] if len(lines) > moved else []), *([Kind.MOVED] if moved else [])]
    return Change(question.id, question.title, tuple(kinds) or (Kind.SAME,), tuple(lines))


def is_another(before: Question, now: Question) -> bool:
    """Whether an id is used for another question: its title and all of its statements are new."""
    theirs = {normalise(text) for text in before.statements if text}
    return normalise(before.title) != normalise(now.title) and not any(
        normalise(text) in theirs for text in now.statements if text
    )


def _place(question: Question) -> str:
    return f"{question.component}, number {question.number}"


def _moved(old: Questionnaire, new: Questionnaire) -> set[str]:
    """The questions that stand in another component, or that others have passed: the fewest that explain the order."""
    before = [each.id for each in old.questions if each.id in new.by_id]
    now = [each.id for each in new.questions if each.id in old.by_id]
    kept: set[str] = set()
    for block in difflib.SequenceMatcher(None, before, now, autojunk=False).get_matching_blocks():
        kept.update(before[block.a : block.a + block.size])
    other = {id for id in now if old.by_id[id].component != new.by_id[id].component}
    return (set(now) - kept) | other


def _reworded(before: Question, now: Question, questionnaire: Questionnaire) -> Iterator[str]:
    """Each text of a question that reads otherwise, word by word."""
    for key in ("title", "short", "section", "help"):
        yield from _line(key, getattr(before, key), getattr(now, key))
    for level in range(1, max(before.top, now.top) + 1):
        name = questionnaire.level_name(level) if level <= len(questionnaire.levels) else f"level {level}"
        yield from _line(name, before.statement(level), now.statement(level))
    yield from _line("who can act", before.act, now.act)
    if before.not_applicable is not now.not_applicable:
        words = {True: "yes", False: "no", None: "as the round says"}
        yield f"not applicable: {words[before.not_applicable]} -> {words[now.not_applicable]}"


def _line(name: str, before: str, now: str) -> Iterator[str]:
    if before != now:
        yield f"{name}: {word_by_word(before, now)}"


def word_by_word(before: str, now: str) -> str:
    """Two texts in one: [-what went-] and {+what came+}.

    >>> word_by_word("Our board knows it.", "Our senior leaders know it.")
    'Our [-board knows-] {+senior leaders know+} it.'
    """
    old, new = before.split(), now.split()
    parts: list[str] = []
    for tag, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            parts += old[a:b]
        else:
            parts += [f"[-{' '.join(old[a:b])}-]"] if b > a else []
            parts += [f"{{+{' '.join(new[c:d])}+}}"] if d > c else []
    return " ".join(parts) if parts and old != new else "spaces or line breaks alone"


def of_the_whole(old: Questionnaire, new: Questionnaire) -> Iterator[str]:
    """What is different outside the questions, a line each."""
    for key in ("id", "version", "issued", "title", "publisher", "source", "licence", "target", "answering_rule"):
        yield from _line(key.replace("_", " "), str(getattr(old, key)), str(getattr(new, key)))
    yield from _line("levels", "; ".join(each.name for each in old.levels), "; ".join(each.name for each in new.levels))
    yield from _line("introduction", " ".join(old.introduction), " ".join(new.introduction))
    for component in new.components:
        if (before := old.component_by_id.get(component.id)) is None:
            yield f"{component.id}, a new component: {component.title}"
        else:
            yield from _of_component(before, component)
    gone = [each for each in old.components if each.id not in new.component_by_id]
    yield from (f"{each.id}, a component that is gone: {each.title}" for each in gone)


def _of_component(before: Component, now: Component) -> Iterator[str]:
    for key in ("title", "short", "intro"):
        yield from _line(f"{now.id}, {key}", getattr(before, key), getattr(now, key))
    yield from _line(f"{now.id}, practice points", " ".join(before.in_practice), " ".join(now.in_practice))


def needs_version(old: Questionnaire, new: Questionnaire) -> bool:
    """Whether words that teams answer by changed under the same version."""
    return (old.id, old.version) == (new.id, new.version) and old.fingerprint != new.fingerprint
