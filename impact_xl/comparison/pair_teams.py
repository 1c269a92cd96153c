"""Which team of one round is which of another: by id and name together, or as somebody wrote down. Never by likeness.

Names that look alike are proposed, and a person says so in the team map.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from functools import cached_property
from pathlib import Path

from impact_xl.files import table_files
from impact_xl.files.table_files import Row
from impact_xl.findings import ImpactError
from impact_xl.questionnaire import normalise
from impact_xl.roster import Team

_ALIKE = 0.6  # from which share of the same letters on two names are proposed as one team's


class Relation(StrEnum):
    """What a team of one round is to a team of the other."""

    SAME = "same"
    RENAMED = "renamed"
    MERGED = "merged"
    SPLIT = "split"
    NEW = "new"
    CLOSED = "closed"

    @property
    def is_pair(self) -> bool:
        """Whether their answers can be compared; of merged and split teams there is no level that is one team's."""
        return self in (Relation.SAME, Relation.RENAMED)


@dataclass(frozen=True, slots=True)
class TeamPair:
    """One team in both rounds, as it was listed then and now."""

    before: Team
    after: Team

    @property
    def renamed(self) -> bool:
        """Whether it had another name then."""
        return normalise(self.before.name) != normalise(self.after.name)

    @property
    def changed_group(self) -> bool:
        """Whether it was in another group then."""
        return normalise(self.before.group_name) != normalise(self.after.group_name)


@dataclass(frozen=True, slots=True)
class Unpaired:
    """A team of one round that is paired with none, and why."""

    team: Team
    now: bool  # whether it is of the later round
    why: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """Two teams that may be one: for a person to look at."""

    before: Team
    after: Team


@dataclass(frozen=True)
class PairedTeams:
    """Every team of both rounds: paired, or not and why."""

    pairs: tuple[TeamPair, ...]  # in the order of the later round
    unpaired: tuple[Unpaired, ...]
    proposals: tuple[Proposal, ...]
    notes: tuple[str, ...] = ()


class _Names:
    """The teams of a round by id and by name; a name may be that of several."""

    def __init__(self, teams: Sequence[Team]) -> None:
        self.teams = teams
        self.by_id = {normalise(team.id): team for team in teams}
        self._by_name: defaultdict[str, list[Team]] = defaultdict(list)
        for team in teams:
            self._by_name[normalise(team.name)].append(team)

    def named(self, name: str) -> list[Team]:
        return self._by_name.get(normalise(name), [])

    def of(self, text: str) -> list[Team]:
        """The teams that a text may mean: the one with this id, else those of this name."""
        own = self.by_id.get(normalise(text))
        return [own] if own else self.named(text)


# -- the team map -------------------------------------------------------------------------------------

COLUMNS: table_files.Columns = {
    "before": ("then", "team before", "team then", "old", "old team", "old name", "last round", "was", "from"),
    "after": ("now", "team after", "team now", "new team", "new name", "this round", "is", "to"),
    "relation": ("what happened", "relationship", "what", "kind", "change", "type"),
}
_MAP = "The team map"
_HINT = (
    "Each row holds before, after and relation: same, renamed, merged, split, new (no team before) or closed (no team "
    "after). Teams are named by id or name. Correct what is listed."
)


@dataclass(frozen=True, slots=True)
class Mapped:
    """One row of the team map: two teams, or one that is new or closed."""

    before: Team | None
    after: Team | None
    relation: Relation


@dataclass(frozen=True)
class TeamsMap:
    """What somebody wrote down about teams of two rounds."""

    rows: tuple[Mapped, ...] = ()

    @cached_property
    def before(self) -> Mapping[str, Mapped]:
        """The rows by the id of the team then."""
        return {normalise(row.before.id): row for row in self.rows if row.before}

    @cached_property
    def after(self) -> Mapping[str, Mapped]:
        """The rows by the id of the team now."""
        return {normalise(row.after.id): row for row in self.rows if row.after}


NO_MAP = TeamsMap()


def read_map(path: Path, before: Sequence[Team], after: Sequence[Team]) -> TeamsMap:
    """Read a team map, CSV or XLSX; header names are matched kindly.

    Args:
        path: the file.
        before, after: the teams of both rounds, which its rows name by id or name.

    Raises:
        ImpactError: the file cannot be read, or its rows hold problems; all of them are named at once.
    """
    table = table_files.find(
        table_files.read(path, _MAP, "--teams-map"), COLUMNS, lambda columns: {"before", "after"} <= set(columns)
    )
    if table is None:
        raise ImpactError(f"{_MAP} has no header row with before, after and relation: {path}", _HINT)
    names = _Names(before), _Names(after)
    faults, rows = [*table.faults], []
    for row in filter(lambda row: row.filled, table.rows):
        mapped = _mapped(row, names, faults)
        rows += [mapped] if mapped else []
    faults += _contradictions(rows)
    if not (rows or faults):
        faults.append("there are no teams under the header row")
    table_files.check(path, _MAP, faults, _HINT)
    return TeamsMap(tuple(rows))


def _mapped(row: Row, names: tuple[_Names, _Names], faults: list[str]) -> Mapped | None:
    """What a row says; None where it says nothing that can be used, and why is added to the faults."""
    wrong: list[str] = []
    before, after = (
        _named(row, column, of_round, when, wrong)
        for column, of_round, when in zip(("before", "after"), names, ("earlier", "later"), strict=True)
    )
    word = normalise(row.text("relation"))
    if not word and before and after:
        word = Relation.RENAMED if normalise(before.name) != normalise(after.name) else Relation.SAME
    relation = next((each for each in Relation if each.value == word), None)
    if relation is None:
        wrong.append(f"row {row.number}: the relation “{row.text('relation')}” is not one of {', '.join(Relation)}")
    elif not wrong:
        wrong += _misfit(row, relation)
    faults += wrong
    return Mapped(before, after, relation) if relation and not wrong else None


def _named(row: Row, column: str, of_round: _Names, when: str, wrong: list[str]) -> Team | None:
    """The team that a cell names; None where it names none, or it cannot be told which."""
    text = row.text(column)
    found = of_round.of(text) if text else []
    if text and not found:
        wrong.append(f"row {row.number}: no team “{text}” is in the {when} round")
    if len(found) > 1:
        ids = ", ".join(team.id for team in found)
        wrong.append(f"row {row.number}: “{text}” is the name of several teams; give the id ({ids})")
    return found[0] if len(found) == 1 else None


def _misfit(row: Row, relation: Relation) -> Iterator[str]:
    """What a row lacks, or has too much, for its relation."""
    wanted = {"before": relation is not Relation.NEW, "after": relation is not Relation.CLOSED}
    for column, is_wanted in wanted.items():
        if bool(row.text(column)) is not is_wanted:
            yield f"row {row.number}: “{relation}” {'needs a' if is_wanted else 'has no'} team in the column {column}"


def _contradictions(rows: Iterable[Mapped]) -> Iterator[str]:
    """Teams of which two rows say what cannot both be."""
    sides: dict[tuple[str, str], list[Mapped]] = defaultdict(list)
    for row in rows:
        for side, team in (("then", row.before), ("now", row.after)):
            if team:
                sides[side, team.id].append(row)
    several = {"then": Relation.SPLIT, "now": Relation.MERGED}  # of these a team may have several rows
    for (side, _), own in sides.items():
        if len(own) > 1 and {row.relation for row in own} != {several[side]}:
            team = own[0].before if side == "then" else own[0].after
            name = team.name if team else ""
            yield f"several rows are about {name} ({side}), and only “{several[side]}” may be in several"


# -- pairing ------------------------------------------------------------------------------------------


def pair_teams(before: Sequence[Team], after: Sequence[Team], known: TeamsMap = NO_MAP) -> PairedTeams:
    """Pair the teams of two rounds.

    A team has the same id and the same name in both; or its id is known and its name is nobody else's; or its name is
    known and its id is nobody else's. Where the two lead to different teams it is paired with neither.

    Args:
        before, after: the teams of each round.
        known: what somebody wrote down, which comes first.
    """
    then, now = _Names(before), _Names(after)
    partners, reasons, notes = _partners(after, then, now, known)
    pairs = tuple(TeamPair(partners[team.id], team) for team in after if team.id in partners)
    left_then = _without(before, [pair.before for pair in pairs])
    left_now = _without(after, [pair.after for pair in pairs])
    unpaired = (
        *(Unpaired(team, now=False, why=_why_gone(team, now, known)) for team in left_then),
        *(Unpaired(team, now=True, why=_why_new(team, known, reasons)) for team in left_now),
    )
    in_map = [team for row in known.rows for team in (row.before, row.after) if team]
    proposals = _alike(_without(left_then, in_map), _without(left_now, in_map))
    return PairedTeams(pairs, unpaired, tuple(proposals), tuple(notes))


def _without(teams: Sequence[Team], others: Collection[Team]) -> list[Team]:
    return [team for team in teams if team not in others]


def _partners(
    after: Sequence[Team], then: _Names, now: _Names, known: TeamsMap
) -> tuple[dict[str, Team], dict[str, str], list[str]]:
    """By the id of each team now: the team then, or why there is none; and what to say of those that are paired."""
    partners: dict[str, Team] = {}
    reasons: dict[str, str] = {}
    notes: list[str] = []
    for team in after:
        if row := known.after.get(normalise(team.id)):
            if row.before and row.relation.is_pair:
                partners[team.id] = row.before
            continue
        partner, why = _partner(team, then, now)
        if partner is None:
            reasons[team.id] = why
        elif normalise(partner.id) not in known.before:  # else the map says what became of it
            partners[team.id] = partner
            notes += [why] if why else []
    return partners, reasons, notes


def _partner(team: Team, then: _Names, now: _Names) -> tuple[Team | None, str]:
    """The team of the earlier round that this one is, with what to say of it; or None, and why it is none of them."""
    by_id, named = then.by_id.get(normalise(team.id)), then.named(team.name)
    if by_id and by_id in named:
        return by_id, ""
    if by_id and (named or now.named(by_id.name)):
        return None, f"Its id, {team.id}, was that of {by_id.name} then. Id and name lead to different teams."
    if by_id:
        return by_id, f"{team.name} was called {by_id.name} then (it has the same id). Check that it is the same team."
    if len(named) > 1 or len(now.named(team.name)) > 1:
        return None, "Several teams have this name, and none of them this id." if named else ""
    if named and normalise(named[0].id) in now.by_id:
        other = now.by_id[normalise(named[0].id)]
        return None, f"The id that it had then, {named[0].id}, is that of {other.name} now."
    return (named[0] if named else None), ""


_OF_MAP = {
    Relation.MERGED: "Merged, as the team map says: {}. There is no level that is one team's.",
    Relation.SPLIT: "Split, as the team map says: {}. There is no level that is one team's.",
    Relation.NEW: "New, as the team map says.",
    Relation.CLOSED: "Closed, as the team map says.",
}


def _why_gone(team: Team, now: _Names, known: TeamsMap) -> str:
    if row := known.before.get(normalise(team.id)):
        others = [each.after.name for each in known.rows if each.before == team and each.after]
        return _OF_MAP[row.relation].format(f"into {', '.join(others)}")
    if holder := now.by_id.get(normalise(team.id)):
        return f"Its id, {team.id}, is that of {holder.name} now. Id and name lead to different teams."
    if now.named(team.name):
        return "A team of its name is there now, and nothing shows whether it is the same."
    return "It is not in the later round, by id or name."


def _why_new(team: Team, known: TeamsMap, reasons: Mapping[str, str]) -> str:
    if row := known.after.get(normalise(team.id)):
        others = [each.before.name for each in known.rows if each.after == team and each.before]
        return _OF_MAP[row.relation].format(f"from {', '.join(others)}")
    return reasons.get(team.id) or "It was not in the earlier round, by id or name."


def _alike(then: Sequence[Team], now: Collection[Team]) -> Iterator[Proposal]:
    """Teams whose names look alike, each once, the most alike first."""
    pairs = [
        (_likeness(before.name, after.name), place, before, after) for place, before in enumerate(then) for after in now
    ]
    used: set[tuple[str, str]] = set()
    for likeness, _, before, after in sorted(pairs, key=lambda each: (-each[0], each[1], each[3].id)):
        if likeness < _ALIKE:
            return
        sides = {("then", before.id), ("now", after.id)}
        if not used & sides:
            used |= sides
            yield Proposal(before, after)


def _likeness(one: str, other: str) -> float:
    """How alike two names are, 0 to 1; one that is part of the other is much alike."""
    one, other = normalise(one), normalise(other)
    short, long = sorted((one, other), key=len)
    if short and f" {short} " in f" {long} ":
        return 0.9
    return SequenceMatcher(None, one, other).ratio()
