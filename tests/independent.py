"""The figures once more, from the answers one by one and with fractions; shares no code with the program."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
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
        away = Fraction(sum(abs(level - median_low(self.levels)) for level in self.levels), len(self.levels))
        return 1 - 2 * away / (len(self.names) - 1)

    @property
    def distance(self) -> Fraction | None:
        """How far an answer is from the median on average."""
        if not self.levels:
            return None
        return Fraction(sum(abs(level - median_high(self.levels)) for level in self.levels), len(self.levels))

    @property
    def words(self) -> str:
        if self.agreement is None or len(self.levels) < 5:
            return ""
        if self.agreement >= Fraction(3, 4):
            return "mostly agree"
        return "vary" if self.agreement >= Fraction(1, 2) else "strongly differ"

    @property
    def two_groups(self) -> list[tuple[int, int]]:
        """Every pair of levels, counted from 0, at which two separate groups stand."""
        counts, n, found = self.counts, len(self.levels), []
        for low, at_low in enumerate(counts):
            for high in range(low + 2, len(counts)):
                smaller = min(at_low, counts[high])
                valley = min(counts[low + 1 : high])
                if smaller >= 2 and smaller >= Fraction(n, 4) and valley <= Fraction(smaller, 2):
                    found.append((low, high))
        return found

    @property
    def furthest_groups(self) -> tuple[int, ...]:
        """The pair that is furthest apart, the lower of equals; nothing where there is none."""
        return min(self.two_groups, key=lambda pair: (pair[0] - pair[1], pair[0]), default=())

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


def strongest(items: Mapping[str, Item]) -> list[str]:
    """The questions with answers, the strongest first; equals in the order of the questions."""
    names = [name for name, item in items.items() if item.levels]
    return sorted(names, key=lambda name: (items[name].at_target, sum(items[name].typical)), reverse=True)


def weakest(items: Mapping[str, Item]) -> list[str]:
    """The other way round; equals in the order of the questions here, too."""
    names = [name for name, item in items.items() if item.levels]
    return sorted(names, key=lambda name: (items[name].at_target, sum(items[name].typical)))


def on_agenda(items: Mapping[str, Item], word: str) -> list[str]:
    """The questions that get a word, the largest share below the target first, then the lower agreement."""
    names = [name for name, item in items.items() if item.agenda == word]
    return sorted(names, key=lambda name: (items[name].at_target, items[name].agreement))
