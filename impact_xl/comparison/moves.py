"""How the same teams stand in two rounds, in numbers. Pure functions over the levels of each team then and now.

The levels are ordered but not measured, so a move has a direction and no size. Only teams with a valid answer in both
rounds are compared: what the others said would look like movement.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, lru_cache
from math import comb

from impact_xl.round.figures import FEWEST_FOR_WORDS, Distribution

FEWEST_MOVERS = 6  # five that all went one way could be chance: 2 / 2^5 is more than 5 %
_CHANCE = 20  # a clear move is what chance alone shows in at most one round of so many


class Move(StrEnum):
    """Which way a team went on a question, or a question over its teams."""

    UP = "up"
    SAME = "same"
    DOWN = "down"


def move(before: int, after: int) -> Move:
    """Which way it is from one level to another.

    >>> move(2, 4)
    <Move.UP: 'up'>
    """
    return Move.UP if after > before else Move.DOWN if after < before else Move.SAME


@dataclass(frozen=True)
class Moves:
    """From which level to which the teams went: `table[i][j]` were at level i + 1 then, and are at level j + 1 now.

    `levels` are those that the question has, where it lacks some, as `Distribution.levels`.
    """

    table: tuple[tuple[int, ...], ...]
    levels: tuple[int, ...] = ()

    @cached_property
    def before(self) -> Distribution:
        """Where these teams stood then."""
        return Distribution(tuple(map(sum, self.table)), self.levels)

    @cached_property
    def after(self) -> Distribution:
        """Where the same teams stand now."""
        return Distribution(tuple(map(sum, zip(*self.table, strict=True))), self.levels)

    @property
    def pairs(self) -> int:
        """How many pairs of answers there are: one team's to one question, then and now."""
        return self.before.n

    @cached_property
    def up(self) -> int:
        """How many went to a higher level."""
        return sum(count for before, row in enumerate(self.table) for count in row[before + 1 :])

    @cached_property
    def same(self) -> int:
        """How many stand where they stood."""
        return sum(row[level] for level, row in enumerate(self.table))

    @property
    def down(self) -> int:
        """How many went to a lower level."""
        return self.pairs - self.up - self.same

    @property
    def net(self) -> float | None:
        """(up - down) / pairs: 1 when all went up, -1 when all went down; None without a pair."""
        return (self.up - self.down) / self.pairs if self.pairs else None

    def reached(self, target: int) -> int:
        """How many were below a level (counted from 1) then, and are at it or above now."""
        return sum(sum(row[target - 1 :]) for row in self.table[: target - 1])

    def fell(self, target: int) -> int:
        """How many were at a level or above then, and are below it now."""
        return sum(sum(row[: target - 1]) for row in self.table[target - 1 :])

    def clear(self, questions: int) -> Move | None:
        """Which way these teams clearly moved, where so many questions are looked at; None where chance may do.

        See `least_one_way`.
        """
        return clear_move(self.up, self.down, self.pairs, questions)

    def __add__(self, other: Moves) -> Moves:
        rows = zip(self.table, other.table, strict=True)
        return Moves(tuple(tuple(a + b for a, b in zip(*row, strict=True)) for row in rows))


def moves(pairs: Iterable[tuple[int, int]], levels: int, own: tuple[int, ...] = ()) -> Moves:
    """Count pairs of levels, then and now, each from 1 to `levels`; `own` as `Moves.levels` has it."""
    counts = Counter(pairs)
    places = range(1, levels + 1)
    return Moves(tuple(tuple(counts[before, after] for after in places) for before in places), own)


@lru_cache(maxsize=4096)
def least_one_way(movers: int, questions: int = 1) -> int | None:
    """How many of those that moved have to move the same way for a clear move; None where no number is enough.

    The exact sign test (Arbuthnott 1710; Conover, Practical Nonparametric Statistics, 3.4), two-sided: if nothing has
    changed, each team that gives another answer goes up or down with equal chance. k or more of m movers then go one
    way with a chance of 2 * sum over i >= k of C(m, i) / 2^m. It asks only for the order of the levels, where the
    tests of Wilcoxon and t take the steps between them for equal. The 5 % are shared between all questions that are
    looked at (Bonferroni), so that chance alone shows any clear move in at most one round of twenty. All in whole
    numbers.

    Args:
        movers: how many teams gave another answer.
        questions: how many questions are looked at together.

    >>> [least_one_way(movers) for movers in (5, 6, 8, 9, 10, 12, 20, 40)]
    [None, 6, 8, 8, 9, 10, 15, 27]
    >>> [least_one_way(movers, 22) for movers in (9, 10, 12, 20, 30)]
    [None, 10, 12, 18, 24]
    """
    if movers < FEWEST_MOVERS:
        return None
    least, tail, room = None, 0, 2**movers
    for one_way in range(movers, movers // 2, -1):
        tail += comb(movers, one_way)
        if 2 * tail * _CHANCE * max(questions, 1) > room:
            break
        least = one_way
    return least


def clear_move(up: int, down: int, pairs: int, questions: int) -> Move | None:
    """Which way so many teams clearly moved; None where they did not.

    Args:
        up, down: how many moved each way.
        pairs: how many gave an answer in both rounds.
        questions: how many questions are looked at together.

    >>> clear_move(12, 0, 20, 22), clear_move(11, 1, 20, 22)
    (<Move.UP: 'up'>, None)
    """
    least = least_one_way(up + down, questions)
    if pairs < FEWEST_FOR_WORDS or least is None or max(up, down) < least:
        return None
    return Move.UP if up > down else Move.DOWN


def table_of_clear_moves(most: int, questions: int) -> list[tuple[int, int]]:
    """For each number of movers, up to so many, how many have to go one way; it begins where it is possible at all.

    It has one row at least.
    """
    rows: list[tuple[int, int]] = []
    for movers in _from(FEWEST_MOVERS):
        if rows and movers > most:
            return rows
        if least := least_one_way(movers, questions):
            rows.append((movers, least))
    raise AssertionError  # it counts without end


def _from(start: int) -> Iterator[int]:
    while True:
        yield start
        start += 1


@dataclass(frozen=True, slots=True)
class Balance:
    """How a team, or a team on one component, moved over several questions."""

    up: int
    same: int
    down: int

    @property
    def more(self) -> Move | None:
        """Whether it moved up on more questions than down, or down on more than up; None without a pair."""
        if not self.up + self.same + self.down:
            return None
        return move(self.down, self.up)


def balance(of: Iterable[Move]) -> Balance:
    """Count moves."""
    counts = Counter(of)
    return Balance(counts[Move.UP], counts[Move.SAME], counts[Move.DOWN])


def lead(balances: Iterable[Balance]) -> Balance:
    """How many teams moved up on more questions than down, how many as often, and how many the other way."""
    return balance(more for each in balances if (more := each.more))


def typical_text(levels: Sequence[int] | None) -> str:
    """A typical level as tables have it: `3`, or `2-3`.

    >>> typical_text((2, 3)), typical_text((3, 3)), typical_text(None)
    ('2-3', '3', '')
    """
    if not levels:
        return ""
    low, high = levels
    return str(low) if low == high else f"{low}-{high}"
