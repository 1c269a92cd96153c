"""What one team's pack is made from, and how its sheets are written.

The sheets take one team's own answers and what it may be shown of the others, never the round itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from impact_xl.comparison.compare import Pair
from impact_xl.form.layout import PACK, Reference
from impact_xl.questionnaire import Question, Questionnaire
from impact_xl.results.answers import NOT_APPLICABLE
from impact_xl.results.questions import WITHHELD
from impact_xl.results.sheet_writer import QUIET, SheetWriter
from impact_xl.roster import Team
from impact_xl.round.answers import State
from impact_xl.round.figures import Distribution
from impact_xl.round.record import TeamResult
from impact_xl.xlsx.workbook_writer import WorkbookWriter

SUBJECT = "Self-assessment feedback to one team"
PAGE, STEPS, ALL, GROUP, THEN = "Your answers", "Next steps", "All teams", "Your group", "Then and now"
_GAP = 1  # an empty column between a table and what its chart is drawn from


@dataclass(frozen=True)
class TeamView:
    """All that may stand in one team's pack."""

    result: TeamResult
    priorities: Sequence[Mapping[str, str]]  # the team's own, by the header of Actions
    questionnaire: Questionnaire
    title: str
    target: int
    dated: date | None
    everybody: Mapping[str, Distribution]  # by question; a question that is not in it is withheld
    group: Mapping[str, Distribution]  # the same of the team's group
    least: int  # how many other teams at least stand behind a figure
    grouped: bool  # whether the teams of this round are in several groups
    round_id: str = ""  # what a pack that comes back is told by
    then: Sequence[Pair] = ()  # the team's own answers in the last round, and now
    then_title: str = ""  # of the last round

    @property
    def team(self) -> Team:
        """Whose pack it is."""
        return self.result.team

    @property
    def levels(self) -> Mapping[str, int]:
        """The level of each question with a valid answer."""
        return self.result.levels

    @cached_property
    def not_applicable(self) -> frozenset[str]:
        """The questions that do not apply to the team."""
        answers = self.result.answers.items()
        return frozenset(question for question, answer in answers if answer.state is State.NOT_APPLICABLE)

    @property
    def answered(self) -> list[Question]:
        """The questions with a valid answer, lowest level first; of equals, those furthest below the other teams."""
        levels = self.levels

        def need(question: Question) -> tuple[int, int, int]:
            typical = self.typical(question.id)
            return levels[question.id], levels[question.id] - (typical[0] if typical else 0), question.number

        return sorted((question for question in self.questionnaire.questions if question.id in levels), key=need)

    @property
    def growing(self) -> list[Question]:
        """The answered questions that have a next level, lowest first."""
        return [each for each in self.answered if self.levels[each.id] < each.top]

    def note(self, question: str) -> str:
        """What the team wrote beside a question, in one line."""
        answer = self.result.answers.get(question)
        return " ".join(answer.note.split()) if answer else ""

    def typical(self, question: str) -> tuple[int, int] | None:
        """The typical level of all teams; None where it is withheld."""
        distribution = self.everybody.get(question)
        return distribution.typical if distribution else None

    def beside(self, question: str, figures: Mapping[str, Distribution]) -> int | None:
        """How many levels the team stands above (or, negative, below) the typical level; None where that is unknown."""
        level, distribution = self.levels.get(question), figures.get(question)
        if level is None or distribution is None or distribution.typical is None:
            return None
        low, high = distribution.typical
        return max(level - high, 0) + min(level - low, 0)


class PackWriter(SheetWriter):
    """The pack while it is being written: values only, as there is nothing behind them to be calculated."""

    live = False

    def __init__(self, view: TeamView) -> None:
        self.view = view
        names = [PAGE, STEPS, ALL, *([THEN] if view.then else [])]
        title = f"{view.title}: feedback to {view.team.name}"
        book = WorkbookWriter(title[:250], SUBJECT, view.dated or view.questionnaire.issued)
        super().__init__(view.questionnaire, cut(view.title, 90), book, names)

    @property
    def chart_from(self) -> int:
        """The first column of what the chart is drawn from."""
        return 5 + len(self.level_names) + 3 + _GAP

    def write_reference(self, sheet: Any, row: int, left: int = 0) -> None:
        """What a pack that comes back is recognised by: what it is, and whose."""
        whole, view = self.questionnaire, self.view
        about = Reference(
            PACK, whole.id, whole.version, whole.fingerprint, view.round_id, view.team.id, sheet.get_name()
        )
        for col, text in enumerate((str(about), view.team.name), left):
            self.write_cell(sheet, row, col, text, **QUIET, text_wrap=False)

    def own(self, question: Question) -> str:
        """The team's own answer in words."""
        if question.id in self.view.not_applicable:
            return NOT_APPLICABLE
        return self.questionnaire.level_name(self.view.levels.get(question.id)) or "no valid answer"

    def others(self, question: Question, figures: Mapping[str, Distribution]) -> str:
        """The typical level of the others in words."""
        distribution = figures.get(question.id)
        return self.typical(distribution.typical) if distribution else WITHHELD

    def next_level(self, question: Question) -> str:
        """The name and statement of the level above the team's own, or why there is none."""
        level = self.view.levels.get(question.id)
        if level is None:
            return "No step: the question has no level to start from."
        if not (follows := question.next_level(level)):
            return "You chose the highest level. Keep it up, and think about whom you could show how."
        return f"{self.questionnaire.level_name(follows)}: {question.statement(follows)}"


def cut(text: str, most: int) -> str:
    """A text that ends with … where it is longer than there is room for."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
