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
        return {question: held for (group, question), held in self.groups.items() if group == name}


def decide(respondents: Iterable[Respondent], questions: Collection[str], levels: int, least: int) -> Shown:
    """Decide what may be shown.

    Args:
        respondents: the teams with valid answers.
        questions: what was asked, by id.
        levels: how many levels there are.
        least: how many other teams have to stand behind a figure.
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
        everybody[question] = distribution((team.levels[question] for team in valid), levels)
        parts = {name: [team for team in valid if team.group == name] for name in order}
        # The teams without a group are a part like any other: all less every named group would show them.
        hidden = withheld(
            {name: frozenset(team.key for team in part) for name, part in parts.items()}, least + 1, order
        )
        if sum(bool(part) for part in parts.values()) > 1:
            groups |= {
                (name, question): distribution((team.levels[question] for team in part), levels)
                for name, part in parts.items()
                if part and name not in hidden
            }
    return Shown(least, everybody, groups)


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
