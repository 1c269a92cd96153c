"""What Summary says first: two sentences that are themselves formulas, so that they follow the group that is chosen.

There are five situations, and the first that fits decides: fewer than five teams answered; fewer than half of them;
on most questions more than half of the answers are at the target; on most more than half are below it; neither.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from impact_xl.questionnaire import Component, Question
from impact_xl.results import formulas
from impact_xl.results.expressions import choose, compare, join, minus, percent, plural_of, product
from impact_xl.results.sheet_writer import ReportWriter
from impact_xl.round.figures import FEWEST_FOR_WORDS, Tally
from impact_xl.xlsx.cell_values import Formula

_PARTS, _ENOUGH = 4, 3  # three quarters of the questions: where so many lead one way, the round does


def write_headline(report: ReportWriter, returned: Formula, listed: Formula) -> tuple[Formula, Formula]:
    """The two sentences.

    Args:
        report: the results.
        returned: how many teams answered, of those that are shown.
        listed: how many teams are shown.
    """
    questions = Shares(report, "Question", report.tallies, report.questionnaire.questions)
    components = Shares(report, "Component", report.component_tallies, report.questionnaire.components)
    few, nobody = compare(returned, "<", FEWEST_FOR_WORDS), compare(returned, "=", 0)
    early, nothing = compare(product(2, returned), "<", listed), compare(questions.number, "=", 0)
    strong, weak = (
        compare(product(_PARTS, number), ">=", product(_ENOUGH, questions.number))
        for number in (questions.over_half, questions.under_half)
    )
    teams = join(returned, " of ", listed, plural_of(listed, " team"))
    have = choose((compare(returned, "=", 1), " has answered."), otherwise=" have answered.")
    most = join(" of ", questions.number, plural_of(questions.number, " question"), " more than half are ")
    where, below = at_target(report), f"below {report.target_name}"
    first = choose(
        (nobody, "No team has answered yet."),
        (few, join(teams, have)),
        (early, join("Too early to say: ", teams, have)),
        (nothing, report.nothing),
        (strong, join("Teams are well on their way: on ", questions.over_half, most, f"{where}.")),
        (weak, join("Most teams are at an early stage: on ", questions.under_half, most, f"{below}.")),
        otherwise=_strongest(components, where),
    )
    second = choose(
        (nobody, ""),
        (few, "Counts only; no conclusions yet."),
        (early, "Use this page to see who is missing, not to decide."),
        (nothing, ""),
        (strong, _least_far(questions, where)),
        (weak, _furthest_on(questions, where)),
        otherwise=_furthest_behind(components, questions),
    )
    return first, second


def at_target(report: ReportWriter) -> str:
    """Where an answer is that is at the target: `at Progressing or above`."""
    is_highest = report.collation.target == len(report.level_names)
    return f"at {report.target_name}" + ("" if is_highest else " or above")


def _strongest(components: Shares, where: str) -> Formula:
    share = percent(components.highest.share)
    alike = choose((compare(components.number, ">", 1), ", in every component alike."), otherwise=".")
    return choose(
        (components.are_alike, join(share, f" of the answers are {where}", alike)),
        otherwise=join("Strongest: ", components.highest.name, ", ", share, f" of the answers {where}."),
    )


def _furthest_behind(components: Shares, questions: Shares) -> Formula:
    behind = join("Furthest behind: ", components.lowest.name, ", ", percent(components.lowest.share), "; on ")
    reached, valid = questions.lowest.reached, questions.lowest.valid
    there = choose(
        (compare(reached, "=", 0), join("none of ", valid, plural_of(valid, " team"), " is there yet.")),
        (compare(reached, "=", 1), join("1 of ", valid, plural_of(valid, " team"), " is there.")),
        otherwise=join(reached, " of ", valid, " teams are there."),
    )
    begin = choose((components.are_alike, "On "), otherwise=behind)
    return join(begin, questions.lowest.first_name, " ", there)


def _least_far(questions: Shares, where: str) -> Formula:
    return choose(
        (compare(questions.lowest.share, "=", 1), f"On every question all answers are {where}."),
        otherwise=join("Least far: ", questions.lowest.counted, "."),
    )


def _furthest_on(questions: Shares, where: str) -> Formula:
    return choose(
        (compare(questions.highest.share, "=", 0), f"On no question is any answer {where} yet."),
        otherwise=join("Furthest on: ", questions.highest.counted, "."),
    )


class Shares:
    """The shares at the target of all questions, or of all components; those without a valid answer have none."""

    def __init__(
        self, report: ReportWriter, noun: str, tallies: Mapping[str, Tally], items: Sequence[Question | Component]
    ) -> None:
        self._noun, self._column = noun, f"{noun}s[At target]"
        shown = [each for each in items if each.id not in report.withheld and tallies[each.id].valid]
        target = report.collation.target
        self._names = [each.short for each in shown]
        self._counts = [(tallies[each.id].distribution.at_least(target), tallies[each.id].valid) for each in shown]
        self._shares = [reached / valid for reached, valid in self._counts]
        self.number = Formula(f"COUNT({self._column})", len(shown))
        self.over_half, self.under_half = self._half(">"), self._half("<")
        self.highest, self.lowest = self._extreme("MAX"), self._extreme("MIN")
        self.are_alike = compare(self.highest.share, "=", self.lowest.share)

    def _half(self, sign: str) -> Formula:
        """On how many of them more or fewer than half of the answers are at the target."""
        number = sum(share > 1 / 2 if sign == ">" else share < 1 / 2 for share in self._shares)
        return Formula(f"SUMPRODUCT(ISNUMBER({self._column})*({self._column}{sign}0.5))", number)

    def _extreme(self, function: str) -> Extreme:
        share = (max if function == "MAX" else min)(self._shares, default=0)
        at = self._shares.index(share) if self._shares else 0
        reached, valid = self._counts[at] if self._counts else (0, 0)
        of_column = f"{function}({self._column})"
        place = f"MATCH({of_column},{self._column},0)"
        equals = f"SUMPRODUCT(ISNUMBER({self._column})*({self._column}={of_column}))"
        of = Formula(formulas.number_at(f"{self._noun}s[Valid]", place), valid)
        return Extreme(
            Formula(of_column, share),
            Formula(formulas.text_at(f"{self._noun}s[{self._noun}]", place), self._names[at] if self._names else ""),
            Formula(equals, self._shares.count(share)),
            Formula(f"ROUND({of_column}*{of.text},0)", reached),
            of,
        )


@dataclass(frozen=True, slots=True)
class Extreme:
    """The question or component with the highest or the lowest share; the first of several that are equal."""

    share: Formula
    first_name: Formula
    equals: Formula
    reached: Formula
    valid: Formula

    @property
    def name(self) -> Formula:
        """Its name, and how many others are equal."""
        return join(self.first_name, self._others)

    @property
    def counted(self) -> Formula:
        """Its name, how many teams are at the target of how many, and how many others are equal."""
        teams = join(" (", self.reached, " of ", self.valid, plural_of(self.valid, " team"), ")")
        return join(self.first_name, teams, self._others)

    @property
    def _others(self) -> Formula:
        return choose((compare(self.equals, ">", 1), join(" and ", minus(self.equals, 1), " more")), otherwise="")
