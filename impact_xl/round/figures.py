"""The round in numbers. Pure functions over counts of answers.

The levels are ordered but not measured, so everything here works from counts alone: no mean. All
comparisons are of whole numbers, so no figure hangs on rounding. Sources: Leik (1966) for agreement,
1 - D; the median as real levels; two separate groups as docs/figures.md defines them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from itertools import accumulate, combinations

FEWEST_FOR_WORDS = 5  # below, chance alone looks like agreement (half of all pairs do)


class Agenda(StrEnum):
    """The one word that a question gets on the agenda."""

    DISCUSS = "Discuss differences"
    IMPROVE = "Improve first"
    SHARE = "Share good practice"
    UNCLEAR = "No clear pattern"
    NONE = ""


MOSTLY_AGREE, VARY, STRONGLY_DIFFER = "mostly agree", "vary", "strongly differ"


def separable(levels: int) -> list[tuple[int, int]]:
    """The pairs of levels (0-based) that two separate groups could stand at, furthest apart first."""
    pairs = [(low, high) for low, high in combinations(range(levels), 2) if high - low >= 2]
    return sorted(pairs, key=lambda pair: (pair[0] - pair[1], pair[0]))


@dataclass(frozen=True)
class Distribution:
    """How many valid answers there are at each level, from the first level up.

    A question may lack some of the levels: then `levels` are those that it has, counted from 1, and agreement and
    separate groups are told by these alone, as nobody could choose another.
    """

    counts: tuple[int, ...]
    levels: tuple[int, ...] = ()  # empty where it has all of them

    @cached_property
    def n(self) -> int:
        """The number of valid answers."""
        return sum(self.counts)

    @cached_property
    def _cumulative(self) -> tuple[int, ...]:
        return tuple(accumulate(self.counts))

    @cached_property
    def _own(self) -> tuple[int, ...]:
        """The levels that it has, counted from 0."""
        return tuple(level - 1 for level in self.levels) or tuple(range(len(self.counts)))

    @property
    def shares(self) -> tuple[float | None, ...]:
        """The share of valid answers at each level, 0 to 1; None where there is no valid answer."""
        return tuple(count / self.n if self.n else None for count in self.counts)

    @property
    def typical(self) -> tuple[int, int] | None:
        """The median as real levels: (low, high), mostly the same; None where there is no valid answer.

        low = min{k: 2 C_k >= n}, high = min{k: 2 C_k > n}.
        """
        if not self.n:
            return None
        low = next(k for k, below in enumerate(self._cumulative, 1) if 2 * below >= self.n)
        high = next(k for k, below in enumerate(self._cumulative, 1) if 2 * below > self.n)
        return low, high

    @property
    def middle_half(self) -> tuple[int, int] | None:
        """The levels between which the middle half of the answers lies; None where there is no valid answer.

        low = min{k: 4 C_k > n}, high = min{k: 4 C_k >= 3 n}: a quarter at most is below, and a quarter at most above.
        """
        if not self.n:
            return None
        low = next(k for k, below in enumerate(self._cumulative, 1) if 4 * below > self.n)
        high = next(k for k, below in enumerate(self._cumulative, 1) if 4 * below >= 3 * self.n)
        return low, high

    def at_least(self, level: int) -> int:
        """How many answers are at a level (counted from 1) or above."""
        return sum(self.counts[level - 1 :])

    def share_at_least(self, level: int) -> float | None:
        """The share of valid answers at a level or above; None where there is none."""
        return self.at_least(level) / self.n if self.n else None

    @property
    def spread(self) -> int:
        """The sum of distances from the typical level, in levels that it has: sum over k < K of min(C_k, n - C_k)."""
        below = (self._cumulative[level] for level in self._own[:-1])
        return sum(min(each, self.n - each) for each in below)

    @property
    def agreement(self) -> float | None:
        """1 when all answers are the same, 0 when half stand at each end: 1 - 2 S / ((K - 1) n) with its K levels.

        For five levels this is 1 - S / (2 n), that is 1 - Leik's D.
        """
        if not self.n:
            return None
        return 1 - 2 * self.spread / ((len(self._own) - 1) * self.n)

    @property
    def distance(self) -> float | None:
        """How far an answer stands from the typical level on average, in levels."""
        return self.spread / self.n if self.n else None

    @property
    def words(self) -> str:
        """Agreement in words, from five answers on: agreement >= 0.75, >= 0.50, or less."""
        if self.n < FEWEST_FOR_WORDS:
            return ""
        doubt, most = 2 * self.spread, (len(self._own) - 1) * self.n  # agreement = 1 - doubt / most
        if 4 * doubt <= most:
            return MOSTLY_AGREE
        return VARY if 2 * doubt <= most else STRONGLY_DIFFER

    @property
    def separate_groups(self) -> tuple[int, int] | None:
        """The two levels at which two separate groups of teams stand, furthest apart first; None where there are none.

        Two levels at least two apart, both with at least max(2, n/4) answers, and between them a level
        with at most half of the smaller count.
        """
        counts = [self.counts[level] for level in self._own]
        for low, high in separable(len(counts)):
            smaller = min(counts[low], counts[high])
            if smaller >= 2 and 4 * smaller >= self.n and 2 * min(counts[low + 1 : high]) <= smaller:
                return self._own[low] + 1, self._own[high] + 1
        return None

    def agenda(self, target: int) -> Agenda:
        """What a meeting should do with this question, for a target level counted from 1."""
        if not self.n or self.typical is None:
            return Agenda.NONE
        at_target = self.at_least(target)
        if self.n < FEWEST_FOR_WORDS:
            if at_target == 0:
                return Agenda.IMPROVE
            return Agenda.SHARE if at_target == self.n else Agenda.DISCUSS
        if self.separate_groups or self.words == STRONGLY_DIFFER:
            return Agenda.DISCUSS
        low, high = self.typical
        if self.words == MOSTLY_AGREE and high < target:
            return Agenda.IMPROVE
        if self.words == MOSTLY_AGREE and low >= target:
            return Agenda.SHARE
        return Agenda.UNCLEAR

    def __add__(self, other: Distribution) -> Distribution:
        return Distribution(tuple(a + b for a, b in zip(self.counts, other.counts, strict=True)))


def distribution(levels: Iterable[int | None], most: int, own: tuple[int, ...] = ()) -> Distribution:
    """Count levels, each from 1 to `most`; None is no answer. `own` as `Distribution.levels` has it."""
    counts = Counter(levels)
    return Distribution(tuple(counts[level] for level in range(1, most + 1)), own)


@dataclass(frozen=True, slots=True)
class Difference:
    """How some teams stand beside others: over every pair of one from each, how often the first is higher or lower."""

    higher: int
    lower: int
    pairs: int

    @property
    def delta(self) -> float:
        """The share of pairs in which the first is higher, less that in which it is lower (Cliff's delta), -1 to 1."""
        return (self.higher - self.lower) / self.pairs


def difference(some: Distribution, others: Distribution) -> Difference | None:
    """How some teams' answers differ from those of others; None where either are fewer than five."""
    if min(some.n, others.n) < FEWEST_FOR_WORDS:
        return None
    higher = sum(count * sum(others.counts[:level]) for level, count in enumerate(some.counts))
    lower = sum(count * sum(others.counts[level + 1 :]) for level, count in enumerate(some.counts))
    return Difference(higher, lower, some.n * others.n)


@dataclass(frozen=True)
class Tally:
    """The answers to one question, or pooled over several: the distribution and what does not enter it."""

    distribution: Distribution
    not_applicable: int = 0
    blank: int = 0
    multiple: int = 0
    unclear: int = 0
    missing: int = 0

    @property
    def valid(self) -> int:
        """The number of valid answers."""
        return self.distribution.n

    @property
    def not_counted(self) -> int:
        """Answers that somebody has to put right before they count."""
        return self.blank + self.multiple + self.unclear + self.missing

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.distribution + other.distribution,
            self.not_applicable + other.not_applicable,
            self.blank + other.blank,
            self.multiple + other.multiple,
            self.unclear + other.unclear,
            self.missing + other.missing,
        )


def tally(answers: Iterable[tuple[str, int | None]], levels: int, own: tuple[int, ...] = ()) -> Tally:
    """Count answers, each a state and (where answered) a level counted from 1; `own` as `Distribution.levels`."""
    counts = [0] * levels
    others = dict.fromkeys(("not_applicable", "blank", "multiple", "unclear", "missing"), 0)
    for state, level in answers:
        if level:
            counts[level - 1] += 1
        else:
            others[state] += 1
    return Tally(Distribution(tuple(counts), own), **others)


@dataclass(frozen=True)
class Ranked:
    """The questions in the orders that the Summary needs; each is a list of question ids."""

    agenda: Mapping[Agenda, Sequence[str]]
    strongest: Sequence[str]
    weakest: Sequence[str]


def rank(tallies: Mapping[str, Tally], target: int) -> Ranked:
    """Order questions (given in question order) for the agenda, and from strongest and from weakest.

    Agenda: share below the target, largest first, and for good practice share at or above it, largest first; then lower
    agreement first, then question order.
    Strongest and weakest: share at or above the target, then typical level, then question order.
    """
    order = {question: position for position, question in enumerate(tallies)}
    valid = {question: each.distribution for question, each in tallies.items() if each.valid}

    def on_agenda(question: str) -> tuple[float, float, int]:
        distribution = valid[question]
        share = distribution.share_at_least(target) or 0
        is_strength = distribution.agenda(target) is Agenda.SHARE
        return -share if is_strength else share, distribution.agreement or 0, order[question]

    def by_strength(question: str) -> tuple[float, int]:
        distribution = valid[question]
        return distribution.share_at_least(target) or 0, sum(distribution.typical or ())

    agenda: dict[Agenda, Sequence[str]] = {
        word: sorted((q for q in valid if valid[q].agenda(target) is word), key=on_agenda)
        for word in Agenda
        if word is not Agenda.NONE
    }
    weakest = sorted(valid, key=lambda q: (*by_strength(q), order[q]))
    strongest = sorted(valid, key=lambda q: (*(-part for part in by_strength(q)), order[q]))
    return Ranked(agenda, strongest, weakest)
