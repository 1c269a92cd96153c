"""A round as its consolidated workbook holds it, to be compared with another: answers, questions and actions.

The questionnaire file is not needed: the workbook says what was asked. Corrections made in it count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from impact_xl import questionnaire as questionnaires
from impact_xl.comparison.pair_questions import AskedQuestion
from impact_xl.files.dates import show_date
from impact_xl.files.safe_write import digest_of
from impact_xl.findings import ImpactError
from impact_xl.questionnaire import Component, Level, Question, Questionnaire
from impact_xl.results import stored_round
from impact_xl.roster.folder import RoundFolder, is_round
from impact_xl.round import stored_workbook
from impact_xl.round.collation import Collation
from impact_xl.round.stored_sheets import row_text
from impact_xl.round.stored_workbook import Stored

_WHAT = "consolidated workbook"
HINT = "Give the folder of a round, or its consolidated workbook."


@dataclass(frozen=True)
class ComparedRound:
    """One of the rounds that are compared."""

    path: Path
    sha256: str
    collation: Collation
    questions: tuple[AskedQuestion, ...]
    corrections: int  # levels that were changed by hand in the workbook

    @property
    def title(self) -> str:
        """What the round is called."""
        return self.collation.title

    @property
    def dated(self) -> str:
        """The day of its results; empty where the workbook has none."""
        return show_date(self.collation.date) if self.collation.date else ""

    @property
    def name(self) -> str:
        """Its title and the day of its results."""
        return f"{self.title}, {self.dated}" if self.dated else self.title

    @property
    def level_names(self) -> list[str]:
        """The names of the levels, from the first one up."""
        return [level.name for level in self.collation.questionnaire.levels]

    @cached_property
    def actions(self) -> Sequence[Mapping[str, Any]]:
        """The rows of Actions, each with the id of its team."""
        return self.collation.carried.actions if self.collation.carried else ()


def workbook_of(path: Path) -> Path:
    """The consolidated workbook that was given, or that of a round's folder.

    Raises:
        ImpactError: the folder is no round's, or has no results yet.
    """
    if not path.is_dir():
        return path
    if not is_round(path):
        raise ImpactError(f"This is not a round's folder: {path}", HINT)
    book = RoundFolder(path).consolidated
    if not book.is_file():
        raise ImpactError(f"The round has no results yet: {book} is not there", "Combine its returns first.")
    return book


def read_round(path: Path, known: Iterable[Questionnaire] = ()) -> ComparedRound:
    """Read a round back.

    Args:
        path: the folder of a round, or a consolidated workbook.
        known: questionnaires that it may have been made from; the built-in one is always known.

    Raises:
        ImpactError: it cannot be read, or is no consolidated workbook.
    """
    source = workbook_of(Path(path))
    if not source.is_file():
        raise ImpactError(f"There is no such file: {source}", HINT)
    stored = stored_workbook.read(source, _WHAT, HINT)
    fingerprint = str(stored.made_from.get("Questionnaire's fingerprint", ""))
    of_file = next((each for each in (*known, questionnaires.load()) if each.fingerprint == fingerprint), None)
    if of_file:  # a round may have asked some of its questions
        of_file = of_file.only({each.id for each in stored.questions})
    questionnaire = of_file or _as_stored(source, stored)
    collation = stored_round.from_stored(source, stored, questionnaire)
    questions = _questions_of(of_file, stored, questionnaire)
    return ComparedRound(source, digest_of(source), collation, tuple(questions), len(stored.corrections))


def _questions_of(of_file: Questionnaire | None, stored: Stored, questionnaire: Questionnaire) -> list[AskedQuestion]:
    """The questions with their words as far as they are known; version 0.1 wrote no fingerprints."""
    if of_file:
        return [AskedQuestion(each.id, each.short, each.title, each.fingerprint) for each in of_file.questions]
    kept = {each.id: each for each in stored.questions}
    return [
        AskedQuestion(each.id, each.short, kept[each.id].title, kept[each.id].fingerprint)
        if each.id in kept
        else AskedQuestion(each.id, each.short)
        for each in questionnaire.questions
    ]


def _as_stored(source: Path, stored: Stored) -> Questionnaire:
    """The questionnaire as far as a workbook holds it: levels, components and questions, without the statements.

    Raises:
        ImpactError: it does not name its levels.
    """
    if len(stored.levels) < 2:
        raise ImpactError(f"The {_WHAT} does not name its levels on the sheet About: {source}", HINT)
    made_from = {name: str(value) for name, value in stored.made_from.items()}
    levels = tuple(Level(number, name) for number, name in enumerate(stored.levels, 1))
    target = next((level.number for level in levels if level.name == made_from.get("Target level")), len(levels))
    dated = stored.made_from.get("Dated")
    return Questionnaire(
        made_from.get("Questionnaire's id", ""),
        version="",
        issued=dated if isinstance(dated, date) else date(2000, 1, 1),
        title=made_from.get("Questionnaire", "Self-assessment").partition(", version ")[0],
        publisher="",
        source="",
        licence="",
        introduction=(),
        levels=levels,
        target=target,
        components=_components(stored),
    )


def _components(stored: Stored) -> tuple[Component, ...]:
    shorts = {each.id: each.short for each in stored.questions}
    titles = {each.id: each.title for each in stored.questions}
    of: dict[str, str] = {}  # each question's component
    for row in stored.table("Answers", ("Component", "Ref", "Level")):
        question = row_text(row, "Ref")
        shorts.setdefault(question, row_text(row, "Question"))
        of.setdefault(question, row_text(row, "Component"))
    components = stored.table("Components", ("Ref", "Component", "Valid"))
    names = {row_text(row, "Ref"): row_text(row, "Component") for row in components}
    numbers = {question: number for number, question in enumerate(shorts, 1)}
    return tuple(
        Component(
            id,
            place,
            names.get(id, id),
            names.get(id, id),
            (),
            tuple(
                Question(question, numbers[question], id, titles.get(question, short), short, ())
                for question, short in shorts.items()
                if of.get(question, "") == id
            ),
        )
        for place, id in enumerate(dict.fromkeys(of.values()), 1)
    )
