"""Whose pack it is, and all that may stand in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from impact_xl.questionnaire import Question, Questionnaire
from impact_xl.results.stored_round import TeamAnswers
from impact_xl.round.figures import Distribution


@dataclass(frozen=True)
class Reader:
    """Whose pack it is, and all that may stand in it."""

    reply: TeamAnswers
    questionnaire: Questionnaire
    title: str
    target: int
    dated: date | None
    everybody: Mapping[str, Distribution]
    group: Mapping[str, Distribution]
    least: int  # how many other teams at least stand behind a figure
    grouped: bool  # whether the teams of this round are in several groups

    @property
    def answered(self) -> list[Question]:
        """The questions with a valid answer, lowest level first; of equals, those furthest below the other teams."""
        levels = self.reply.levels

        def need(question: Question) -> tuple[int, int, int]:
            typical = self.typical(question.id)
            return levels[question.id], levels[question.id] - (typical[0] if typical else 0), question.number

        return sorted((question for question in self.questionnaire.questions if question.id in levels), key=need)

    @property
    def growing(self) -> list[Question]:
        """The answered questions that have a next level, lowest first."""
        return [each for each in self.answered if self.reply.levels[each.id] < len(self.questionnaire.levels)]

    def typical(self, question: str) -> tuple[int, int] | None:
        """The typical level of all teams; None where it is withheld."""
        held = self.everybody.get(question)
        return held.typical if held else None

    def beside(self, question: str, figures: Mapping[str, Distribution]) -> int | None:
        """How many levels the team stands above (or, negative, below) the typical level; None where that is unknown."""
        level, held = self.reply.levels.get(question), figures.get(question)
        if level is None or held is None or held.typical is None:
            return None
        low, high = held.typical
        return max(level - high, 0) + min(level - low, 0)
