"""Whose copy it is: submissions are matched to teams by id, then by name; and what people decided about that.

The rules for a copy, in this order (`team_of`):

1. A file that a person gave to a team is this team's.
2. A copy that names several teams is nobody's. So is one whose typed id is not the id that its form was made for, and
   one whose id and name lead to two teams of the list.
3. Where id or name leads to a team of the list, the copy is this team's; if the other leads nowhere, that is reported.
   A name that several teams of the list have leads to the one whose group the copy names, else nowhere: the copy is
   nobody's, as none of them is guessed.
4. A copy with neither id nor name is nobody's.
5. Any other copy is from a team of its own that is on no list. Where one name came from several groups, these are
   several teams, and a copy that names no group is nobody's.

A form of another round is nobody's, unless a person gave it to a team.

Where another team has used the form and typed its own name, only this name is looked at.
"""

from __future__ import annotations

import difflib
import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from impact_xl.findings import Finding, Where, found
from impact_xl.questionnaire import normalise
from impact_xl.returns.submission import Submission
from impact_xl.roster import NO_GROUP, Round, Team, TeamList, make_id
from impact_xl.round.answers import Judged, JudgedFile
from impact_xl.round.record import Return
from impact_xl.round.round_id import of_another, other_round
from impact_xl.wording import join_and, plural

_LIKE_ENOUGH = 0.75  # how alike a name on the list must be to be suggested; nothing is ever matched by likeness


@dataclass(frozen=True)
class _Identity:
    """What a copy says about whose it is; what it does not say is empty."""

    name: str
    id: str = ""  # typed, else stamped
    stamped: str = ""  # the id of the team that the form was made for
    group: str = ""


def _identity_of(submission: Submission) -> _Identity:
    if submission.other_team:
        return _Identity(submission.other_team)
    return _Identity(submission.team, id_of(submission), submission.reference.team_id, submission.group)


def id_of(submission: Submission) -> str:
    """The team id that a copy carries: typed, else from its reference; empty where it has none."""
    return submission.team_id or submission.reference.team_id


def match_copies(
    files: Sequence[JudgedFile], round: Round, placed: Mapping[str, Team], findings: list[Finding]
) -> tuple[list[Return], dict[str, tuple[Team, list[int]]]]:
    """Every submission as a return, and for each team the indices of its copies.

    Args:
        files: everything that was read, in order.
        round: who was asked.
        placed: the team of each file that a person gave to one, by the file's display name.
        findings: takes what a person should know.
    """
    returns: list[Return] = []
    copies: dict[str, tuple[Team, list[int]]] = {}
    seen: dict[str, str] = {}
    sent = _last_sent(files)
    ours = [judged.submission for each in files for judged in each.judged if _may_count(each, judged, round, placed)]
    names = Names(ours, round.teams)
    findings += names.in_several_groups()
    for each in files:
        file, given = each.file, placed.get(each.file.file)
        findings += file.findings
        if file.sha256 and file.sha256 in seen and not given:
            findings.append(found("file-duplicate", Where(file.file), other=seen[file.sha256]))
            returns.append(Return(file))
            continue
        seen[file.sha256] = file.file
        if not each.judged:
            returns.append(Return(file))
        for judged in _sent_last(each, sent):
            submission = judged.submission
            team, doubt = (given, None) if given else team_of(submission, round.teams, names)
            if not _may_count(each, judged, round, placed):
                findings.append(other_round(submission, team, round))
                returns.append(Return(file, judged, team))
                continue
            if doubt:
                findings.append(doubt)
            if team:
                first, own = copies.setdefault(key_of(team), (team, []))
                own.append(len(returns))
                findings += () if given else _of_another_name(submission, first, round.teams)
            returns.append(Return(file, judged, team))
    return returns, copies


def _of_another_name(submission: Submission, team: Team, listed: TeamList) -> Iterator[Finding]:
    """A finding where an earlier copy gave the team, which is on no list, another name: only the id is the same."""
    name = submission.other_team or submission.team
    if normalise(team.id) not in listed.by_id and name and normalise(name) != normalise(team.name):
        why = f"it carries that team's id, but the name in it is “{name}”"
        yield found("team-guessed", submission.where, team_id=team.id, team=team.name, who=team.name, why=why)


def _may_count(file: JudgedFile, judged: Judged, round: Round, placed: Mapping[str, Team]) -> bool:
    """Whether a copy is none of another round, or a person gave it to a team all the same."""
    return file.file.file in placed or not of_another(judged.submission, round)


def _last_sent(files: Iterable[JudgedFile]) -> dict[str, datetime]:
    """When each file's bytes were last sent: who sends the first copy again means that one."""
    sent: dict[str, datetime] = {}
    for each in files:
        for judged in each.judged:
            if moment := judged.submission.message_date:
                sent[each.file.sha256] = max(moment, sent.get(each.file.sha256, moment))
    return sent


def _sent_last(each: JudgedFile, sent: Mapping[str, datetime]) -> Iterator[Judged]:
    last = sent.get(each.file.sha256)
    for judged in each.judged:
        if last and judged.submission.message_date != last:
            yield replace(judged, submission=replace(judged.submission, message_date=last))
        else:
            yield judged


_Key = tuple[str, str]  # a name and, where teams of this name are in several groups, the group; both normalised


class Names:
    """The names in copies: in which groups each stands, and the id of a team that is on no list."""

    def __init__(self, submissions: Sequence[Submission], listed: TeamList) -> None:
        """Gather them from everything that was read."""
        self._named = [each for each in map(_identity_of, submissions) if each.name]
        self._on_list = {normalise(team.name) for team in listed.teams}
        groups: defaultdict[str, dict[str, _Identity]] = defaultdict(dict)
        for identity in self._named:
            if identity.group and normalise(identity.id) not in listed.by_id:
                groups[normalise(identity.name)].setdefault(normalise(identity.group), identity)
        self._several = {
            name: sorted(some.values(), key=lambda each: normalise(each.group))
            for name, some in groups.items()
            if len(some) > 1 and name not in self._on_list
        }
        self._ids = self._made_ids(listed)

    def groups_of(self, name: str) -> list[str]:
        """The groups that copies with this name come from, where they are several; the name is on no list."""
        return [each.group for each in self._several.get(normalise(name), ())]

    def id_of(self, name: str, group: str) -> str:
        """The id of a team that is on no list: the one that all copies of it carry, or one made from its name."""
        return self._ids.get(self._key(name, group)) or make_id(name)

    def in_several_groups(self) -> Iterator[Finding]:
        """A finding for each name that is counted as a team in each of several groups."""
        for same in self._several.values():
            facts = {"name": same[0].name, "count": plural(len(same), "group"), "what": _groups(same)}
            yield found("team-in-groups", Where(), team=same[0].name, **facts)

    def _key(self, name: str, group: str) -> _Key:
        key = normalise(name)
        return key, normalise(group) if key in self._several else ""

    def _made_ids(self, listed: TeamList) -> dict[_Key, str]:
        """Ids that are made of two names never fall together, nor with an id that stands for another team."""
        names: dict[_Key, str] = {}
        carried: defaultdict[_Key, set[str]] = defaultdict(set)
        for identity in self._named:
            key = self._key(identity.name, identity.group)
            names.setdefault(key, f"{identity.name} {identity.group}" if key[1] else identity.name)
            if identity.id:
                carried[key].add(identity.id)
        ids = {key: next(iter(some)) for key, some in carried.items() if len(some) == 1}
        made = {key: make_id(name) for key, name in names.items() if key not in ids}
        times_made = Counter(made.values())
        owners = _owners(set().union(*carried.values()), listed)
        for key, made_id in made.items():
            unique = times_made[made_id] == 1 and owners.get(normalise(made_id), key[0]) == key[0]
            digest = hashlib.sha256(" ".join(key).strip().encode()).hexdigest()
            ids[key] = made_id if unique else f"{made_id}-{digest[:5]}"
        return ids


def _groups(identities: Iterable[_Identity | Team]) -> str:
    return join_and([each.group or NO_GROUP for each in identities])


def _owners(carried: Iterable[str], listed: TeamList) -> dict[str, str]:
    """Whose each id is: the name of the listed team, in normalised form; empty for an id that only copies carry."""
    return {normalise(each): "" for each in carried} | {key: normalise(team.name) for key, team in listed.by_id.items()}


def team_of(submission: Submission, listed: TeamList, names: Names) -> tuple[Team | None, Finding | None]:
    """The team a submission belongs to, None where that is not certain; and what a person should know about it.

    Args:
        submission: the copy.
        listed: the team list; empty where none was given.
        names: the names in all copies.
    """
    identity = _identity_of(submission)
    by_id = listed.by_id.get(normalise(identity.id)) if identity.id else None
    namesakes = _namesakes(identity.name, listed)
    by_name = _by_name(identity, namesakes, by_id)
    if conflict := _conflict(submission, identity, by_id, by_name):
        return None, conflict
    if known := by_id or by_name:
        return known, _guessed(submission.where, known, identity, by_id=by_id, by_name=by_name)
    if not identity.name and not identity.id:
        return None, found("team-missing", submission.where)
    if namesakes:
        return None, _of_several(submission.where, identity, _groups(namesakes), len(namesakes))
    return _of_no_list(submission, identity, listed, names)


def _of_no_list(
    submission: Submission, identity: _Identity, listed: TeamList, names: Names
) -> tuple[Team | None, Finding | None]:
    """A team of its own that is on no list."""
    groups = names.groups_of(identity.name)
    if groups and not identity.group and not identity.id:
        return None, _of_several(submission.where, identity, join_and(groups), len(groups))
    name = identity.name or identity.id
    team = Team(identity.id or names.id_of(name, identity.group), name, identity.group)
    if not listed.teams:
        return team, None
    hint = _hint(name, listed)
    return team, found("team-unknown", submission.where, team_id=team.id, team=name, name=name, hint=hint)


def _namesakes(name: str, listed: TeamList) -> list[Team]:
    """The teams of the list that have a name."""
    key = normalise(name)
    if not key:
        return []
    if known := listed.by_name.get(key):
        return [known]
    return listed.namesakes.get(key, [])


def _by_name(identity: _Identity, namesakes: Sequence[Team], by_id: Team | None) -> Team | None:
    """The team that a copy's name leads to: of several of this name the one with its id, else the one of its group."""
    if len(namesakes) < 2:
        return namesakes[0] if namesakes else None
    if by_id:  # a name that several have stands against the id where it is none of theirs
        return by_id if by_id in namesakes else namesakes[0]
    of_group = [team for team in namesakes if identity.group and normalise(team.group) == normalise(identity.group)]
    return of_group[0] if len(of_group) == 1 else None


def _of_several(where: Where, identity: _Identity, groups: str, count: int) -> Finding:
    """That a copy's name is that of several teams, and nothing in it tells which."""
    which = f"which: its group is “{identity.group}”" if identity.group else "which"
    facts = {"name": identity.name, "count": plural(count, "team"), "what": groups, "which": which}
    return found("team-group-missing", where, team=identity.name, **facts)


def _conflict(submission: Submission, identity: _Identity, by_id: Team | None, by_name: Team | None) -> Finding | None:
    """Why the copy is nobody's, as it points to more than one team; None where it does not."""
    where, name = submission.where, identity.name
    if submission.claimed:
        return found("team-mixed", where, what=" and ".join(f"“{team}”" for team in submission.claimed))
    if identity.stamped and normalise(identity.stamped) != normalise(identity.id):
        ids = f"“{identity.id}” and “{identity.stamped}”"
        return found("team-conflict", where, team=name, by_id=ids, by_name=f"“{name}”")
    if by_id and by_name and by_id != by_name:
        return found("team-conflict", where, team=name, by_id=f"“{by_id.name}”", by_name=f"“{by_name.name}”")
    return None


def _guessed(
    where: Where, known: Team, identity: _Identity, *, by_id: Team | None, by_name: Team | None
) -> Finding | None:
    """What a person should know where only one of id and name leads to the team, and the other leads nowhere."""
    if identity.name and not by_name:
        why = f"its id is that team's, but its name, “{identity.name}”, is not on the team list"
    elif identity.stamped and not by_id:
        why = f"its name is that team's, but its id, “{identity.stamped}”, is not on the team list"
    else:
        return None
    return found("team-guessed", where, team_id=known.id, team=known.name, who=known.name, why=why)


def _hint(name: str, listed: TeamList) -> str:
    alike = difflib.get_close_matches(normalise(name), listed.by_name, n=2, cutoff=_LIKE_ENOUGH)
    names = " or ".join(f"“{listed.by_name[key].name}”" for key in alike)
    return f" Did they mean {names}?" if names else ""


def key_of(team: Team) -> str:
    """What a team's copies are gathered under."""
    return normalise(team.id)
