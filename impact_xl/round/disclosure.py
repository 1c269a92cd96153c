"""What may be shown of a round to people who took part in it: which figures stand, and which are withheld.

It is decided once for a round and is the same in every team's pack and in the copy to share, so that all of them side
by side say no more than one. Every reader knows their own answer, so a set is shown only where enough *other* teams
stand behind it. A total over several questions is made of what is shown of each: it cannot tell what was withheld in
one of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from impact_xl.round.figures import Distribution, distribution

MINIMUM_GROUP = 5  # other teams behind every figure that leaves the coordinator


@dataclass(frozen=True)
class Respondent:
    """One team with valid answers: its group, and its level by question."""

    key: str
    group: str
    levels: Mapping[str, int]


@dataclass(frozen=True)
class Shown:
    """The counts that may be shown, by question; a question or group that is not in them is withheld."""

    least: int  # how many other teams at least stand behind a figure
    everybody: Mapping[str, Distribution]
    groups: Mapping[tuple[str, str], Distribution]  # by group and question

    def group(self, name: str) -> dict[str, Distribution]:
        """What may be shown of a group, by question."""
        return {question: distribution for (group, question), distribution in self.groups.items() if group == name}


def decide(
    respondents: Iterable[Respondent],
    questions: Collection[str],
    levels: int,
    least: int,
    own: Mapping[str, tuple[int, ...]] = MappingProxyType({}),
) -> Shown:
    """Decide what may be shown.

    Args:
        respondents: the teams with valid answers.
        questions: the ids of the questions.
        levels: how many levels there are.
        least: how many other teams have to stand behind a figure.
        own: the levels of each question that has not all of them.
    """
    teams = list(respondents)
    sizes = Counter(team.group for team in teams)
    # One order for all questions: the same group goes with a small one everywhere, not now this and now that.
    order = sorted(sorted(sizes), key=lambda name: sizes[name])
    everybody: dict[str, Distribution] = {}
    groups: dict[tuple[str, str], Distribution] = {}
    for question in questions:
        valid = [team for team in teams if question in team.levels]
        if len(valid) <= least:
            continue
        everybody[question] = _distribution(valid, question, levels, own)
        for name, part in _shown_parts(valid, least, order).items():
            groups[name, question] = _distribution(part, question, levels, own)
    return Shown(least, everybody, groups)


def _distribution(
    teams: Iterable[Respondent], question: str, levels: int, own: Mapping[str, tuple[int, ...]]
) -> Distribution:
    return distribution((team.levels[question] for team in teams), levels, own.get(question, ()))


def _shown_parts(valid: Sequence[Respondent], least: int, order: Sequence[str]) -> dict[str, list[Respondent]]:
    """The groups that may be shown of the teams with a valid answer; none where all of them are in one group.

    The teams without a group are a part like any other: all less every named group would show them.
    """
    parts: dict[str, list[Respondent]] = {name: [] for name in order}
    for team in valid:
        parts[team.group].append(team)
    if sum(bool(part) for part in parts.values()) < 2:
        return {}
    keys = {name: frozenset(team.key for team in part) for name, part in parts.items()}
    hidden = withheld(keys, least + 1, order)
    return {name: part for name, part in parts.items() if part and name not in hidden}


def withheld(teams: Mapping[str, frozenset[str]], least: int, order: Sequence[str] = ()) -> frozenset[str]:
    """What must not be shown: every set of fewer teams than `least`, and the next smallest with it.

    Goes on until more than one is withheld and the teams behind them together reach `least`, so that none comes out by
    subtraction. A set without any team has nothing to hide.

    Args:
        teams: who stands behind each set.
        least: how many teams a set that is shown has.
        order: the sets in the order in which they go with a small one; the smallest first unless given.

    >>> sizes = {"A": 12, "B": 7, "C": 3}
    >>> sorted(withheld({name: frozenset(f"{name}{n}" for n in range(size)) for name, size in sizes.items()}, 5))
    ['B', 'C']
    """
    waiting = [name for name in order or sorted(teams, key=lambda name: len(teams[name])) if teams[name]]
    hidden = [name for name in waiting if len(teams[name]) < least]
    for name in [name for name in waiting if name not in hidden] if hidden else ():
        together = frozenset[str]().union(*(teams[each] for each in hidden))
        if len(hidden) > 1 and len(together) >= least:
            break
        hidden.append(name)
    return frozenset(hidden)
