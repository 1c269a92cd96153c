"""The figures once more, from the answers one by one and with fractions; shares no code with the program."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from statistics import median_high, median_low

StateAndLevel = tuple[str, int | None]  # a state and, where it is “answered”, a level
NOT_COUNTED = ("blank", "multiple", "unclear", "missing")
DISCUSS, IMPROVE, SHARE, UNCLEAR = "Discuss differences", "Improve first", "Share good practice", "No clear pattern"


@dataclass(frozen=True)
class Item:
    """One question, or one component pooled over its questions."""

    answers: Sequence[StateAndLevel]
    names: Sequence[str]  # of the levels
    target: int
    own: Sequence[int] = ()  # the levels that the question has, where it has not all of them

    @cached_property
    def steps(self) -> list[int]:
        """Each answer as a step of the question's own ladder, counted from 0."""
        ladder = list(self.own or range(1, len(self.names) + 1))
        return [ladder.index(level) for level in self.levels]

    @property
    def rungs(self) -> int:
        return len(self.own or self.names)

    @cached_property
    def levels(self) -> list[int]:
        return sorted(level for state, level in self.answers if state == "answered" and level)

    @cached_property
    def states(self) -> Counter[str]:
        return Counter(state for state, _ in self.answers)

    @cached_property
    def counts(self) -> list[int]:
        return [self.levels.count(level) for level in range(1, len(self.names) + 1)]

    @property
    def shares(self) -> list[Fraction | None]:
        return [Fraction(count, len(self.levels)) if self.levels else None for count in self.counts]

    @property
    def at_target(self) -> Fraction | None:
        reached = sum(level >= self.target for level in self.levels)
        return Fraction(reached, len(self.levels)) if self.levels else None

    @property
    def typical(self) -> tuple[int, int]:
        return median_low(self.levels), median_high(self.levels)

    @property
    def typical_words(self) -> str:
        if not self.levels:
            return ""
        low, high = (self.names[level - 1] for level in self.typical)
        return low if low == high else f"{low} to {high}"

    @cached_property
    def agreement(self) -> Fraction | None:
        """One less twice the mean distance from the median, in parts of the widest distance there can be."""
        if not self.levels:
            return None
        away = Fraction(sum(abs(step - median_low(self.steps)) for step in self.steps), len(self.steps))
        return 1 - 2 * away / (self.rungs - 1)

    @property
    def distance(self) -> Fraction | None:
        """How far an answer is from the median on average."""
        if not self.levels:
            return None
        return Fraction(sum(abs(step - median_high(self.steps)) for step in self.steps), len(self.steps))

    @property
    def words(self) -> str:
        if self.agreement is None or len(self.levels) < 5:
            return ""
        if self.agreement >= Fraction(3, 4):
            return "mostly agree"
        return "vary" if self.agreement >= Fraction(1, 2) else "strongly differ"

    @property
    def two_groups(self) -> list[tuple[int, int, int]]:
        """Every pair of levels, counted from 0, at which two separate groups stand, and how many steps lie between."""
        ladder = list(self.own or range(1, len(self.names) + 1))
        counts, n, found = [self.counts[level - 1] for level in ladder], len(self.levels), []
        for low, at_low in enumerate(counts):
            for high in range(low + 2, len(counts)):
                smaller = min(at_low, counts[high])
                valley = min(counts[low + 1 : high])
                if smaller >= 2 and smaller >= Fraction(n, 4) and valley <= Fraction(smaller, 2):
                    found.append((ladder[low] - 1, ladder[high] - 1, high - low))
        return found

    @property
    def furthest_groups(self) -> tuple[int, ...]:
        """The pair that is furthest apart, the lower of equals; nothing where there is none."""
        return min(self.two_groups, key=lambda pair: (-pair[2], pair[0]), default=())[:2]

    @cached_property
    def agenda(self) -> str:
        if not self.levels:
            return ""
        if len(self.levels) < 5:
            sides = {level >= self.target for level in self.levels}
            return DISCUSS if len(sides) == 2 else SHARE if sides == {True} else IMPROVE
        if self.two_groups or self.words == "strongly differ":
            return DISCUSS
        if self.words == "mostly agree" and self.typical[1] < self.target:
            return IMPROVE
        return SHARE if self.words == "mostly agree" and self.typical[0] >= self.target else UNCLEAR


def against(some: Item, everybody: Item) -> tuple[Fraction, Fraction] | None:
    """Over every pair of one answer among some and one of the rest: how often the first is higher, and how often lower.

    None where either are fewer than five.
    """
    rest = Counter(everybody.levels) - Counter(some.levels)
    others = [level for level, count in rest.items() for _ in range(count)]
    if min(len(some.levels), len(others)) < 5:
        return None
    pairs = [(one, other) for one in some.levels for other in others]
    higher, lower = sum(one > other for one, other in pairs), sum(one < other for one, other in pairs)
    return Fraction(higher, len(pairs)), Fraction(lower, len(pairs))


def on_agenda(items: Mapping[str, Item], word: str) -> list[str]:
    """The questions that get a word: good practice with the largest share at the target first, others with the least.

    Of equals the one with the lower agreement comes first.
    """
    names = [name for name, item in items.items() if item.agenda == word]
    side = -1 if word == SHARE else 1
    return sorted(names, key=lambda name: (side * items[name].at_target, items[name].agreement))


def headline(
    answered: int, listed: int, questions: Mapping[str, Item], components: Mapping[str, Item]
) -> tuple[str, str]:
    """The two sentences that Summary begins with; the mappings go by the names that people read."""
    valid_of = {name: item for name, item in questions.items() if item.levels}
    parts = {name: item for name, item in components.items() if item.levels}
    if early := _early(answered, listed):
        return early
    if not valid_of:
        return "No valid answer to show yet.", ""
    some = next(iter(valid_of.values()))
    target = some.names[some.target - 1]
    where = f"at {target}" + (" or above" if some.target < len(some.names) else "")
    over = [name for name, item in valid_of.items() if item.at_target > Fraction(1, 2)]
    under = [name for name, item in valid_of.items() if item.at_target < Fraction(1, 2)]
    of_all = f"of {len(valid_of)} question{'s' * (len(valid_of) != 1)} more than half are"
    low, low_share = _furthest(valid_of, min)
    high, high_share = _furthest(valid_of, max)
    if Fraction(len(over), len(valid_of)) >= Fraction(3, 4):
        first = f"Teams are well on their way: on {len(over)} {of_all} {where}."
        if low_share == 1:
            return first, f"On every question all answers are {where}."
        return first, f"Least far: {low[0]} ({_count(valid_of[low[0]])}){_others(low)}."
    if Fraction(len(under), len(valid_of)) >= Fraction(3, 4):
        first = f"Most teams are at an early stage: on {len(under)} {of_all} below {target}."
        if high_share == 0:
            return first, f"On no question is any answer {where} yet."
        return first, f"Furthest on: {high[0]} ({_count(valid_of[high[0]])}){_others(high)}."
    return _mixed(parts, valid_of, low[0], where)


def _early(answered: int, listed: int) -> tuple[str, str] | None:
    """What is said before enough teams have answered."""
    teams = f"{answered} of {listed} team{'s' * (listed != 1)} {'has' if answered == 1 else 'have'} answered."
    if answered == 0:
        return "No team has answered yet.", ""
    if answered < 5:
        return teams, "Counts only; no conclusions yet."
    if Fraction(answered, listed) < Fraction(1, 2):
        return f"Too early to say: {teams}", "Use this page to see who is missing, not to decide."
    return None


def _mixed(parts: Mapping[str, Item], questions: Mapping[str, Item], low: str, where: str) -> tuple[str, str]:
    """What is said where the questions do not lead one way."""
    best, best_share = _furthest(parts, max)
    worst, worst_share = _furthest(parts, min)
    reached = sum(level >= questions[low].target for level in questions[low].levels)
    valid = len(questions[low].levels)
    teams = f"of {valid} team{'s' * (valid != 1)}"
    there = {0: f"none {teams} is there yet.", 1: f"1 {teams} is there."}.get(reached, f"{reached} {teams} are there.")
    if best_share == worst_share:
        alike = ", in every component alike" if len(parts) > 1 else ""
        return f"{percent(best_share)} of the answers are {where}{alike}.", f"On {low} {there}"
    return (
        f"Strongest: {best[0]}{_others(best)}, {percent(best_share)} of the answers {where}.",
        f"Furthest behind: {worst[0]}{_others(worst)}, {percent(worst_share)}; on {low} {there}",
    )


def percent(share: Fraction) -> str:
    """A share as spreadsheets show it: halves are rounded up."""
    return f"{math.floor(share * 100 + Fraction(1, 2))}%"


def _furthest(items: Mapping[str, Item], end: Callable[..., Fraction]) -> tuple[list[str], Fraction]:
    share = end(item.at_target for item in items.values())
    return [name for name, item in items.items() if item.at_target == share], share


def _count(item: Item) -> str:
    valid = len(item.levels)
    return f"{sum(level >= item.target for level in item.levels)} of {valid} team{'s' * (valid != 1)}"


def _others(names: Sequence[str]) -> str:
    return f" and {len(names) - 1} more" if len(names) > 1 else ""
