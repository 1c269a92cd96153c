"""The sheets of a pack, and the words that several of them have in common."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from impact_xl.feedback.reader import Reader
from impact_xl.questionnaire import Question
from impact_xl.results.answers import NOT_APPLICABLE
from impact_xl.results.questions import WITHHELD
from impact_xl.results.sheet_writer import SheetWriter
from impact_xl.round.figures import Distribution
from impact_xl.xlsx.workbook_writer import WorkbookWriter

SUBJECT = "Self-assessment feedback to one team"
PAGE, STEPS, BARS, ALL, GROUP, ABOUT = "Your answers", "Next steps", "Bars", "All teams", "Your group", "About"
CHART_ROW = 20  # pixels of each row under a chart
_GAP = 1  # an empty column between a table and what its chart is drawn from


class PackSheets(SheetWriter):
    """The pack while it is being written: values only, as there is nothing behind them to be calculated."""

    live = False

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        names = [PAGE, STEPS, *([BARS] if reader.everybody else []), ALL, *([GROUP] if reader.group else []), ABOUT]
        title = f"{reader.title}: feedback to {reader.reply.team.name}"
        book = WorkbookWriter(title[:250], SUBJECT, reader.dated or reader.questionnaire.issued)
        super().__init__(reader.questionnaire, cut(reader.title, 90), book, names)

    @cached_property
    def counts_from(self) -> int:
        """The column of the first count in a table of figures."""
        return 5

    @property
    def shares_from(self) -> int:
        """The column of the first share."""
        return self.counts_from + len(self.level_names)

    @property
    def chart_from(self) -> int:
        """The first column of what the charts are drawn from."""
        return self.shares_from + len(self.level_names) + 3 + _GAP

    def own(self, question: Question) -> str:
        """The team's own answer in words."""
        if question.id in self.reader.reply.not_applicable:
            return NOT_APPLICABLE
        return self.questionnaire.level_name(self.reader.reply.levels.get(question.id)) or "no valid answer"

    def others(self, question: Question, figures: Mapping[str, Distribution]) -> str:
        """The typical level of the others in words."""
        held = figures.get(question.id)
        return self.typical(held.typical) if held else WITHHELD

    def next_level(self, question: Question) -> str:
        """The name and statement of the level above the team's own, or why there is none."""
        level = self.reader.reply.levels.get(question.id)
        if level is None:
            return "No step: the question has no level to start from."
        if level == len(self.level_names):
            return "You chose the highest level. Keep it up, and think about whom you could show how."
        return f"{self.questionnaire.level_name(level + 1)}: {question.statement(level + 1)}"


def cut(text: str, most: int) -> str:
    """A text that ends with … where it is longer than there is room for."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
