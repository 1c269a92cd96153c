"""Whose copy it is: submissions are matched to teams by id, then by name; and what people decided about that.

The rules for a copy, in this order (`team_of`):

1. A file that a person gave to a team is this team's.
2. A copy that names several teams is nobody's. So is one whose typed id is not the id that its form was made for, and
   one whose id and name lead to two teams of the list.
3. Where id or name leads to a team of the list, the copy is this team's; if the other leads nowhere, that is reported.
4. A copy with neither id nor name is nobody's.
5. Any other copy is from a team of its own that is on no list.

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
from impact_xl.roster import Round, Team, TeamList, make_id
from impact_xl.round.answers import Judged, JudgedFile
from impact_xl.round.overrides import Decision, Overrides, places
from impact_xl.round.record import Return
from impact_xl.wording import plural

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
    ids_by_name = _ids_by_name([judged.submission for each in files for judged in each.judged], round.teams)
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
            team, doubt = (given, None) if given else team_of(submission, round.teams, ids_by_name)
            if doubt:
                findings.append(doubt)
            findings += _of_another_round(submission, team, round)
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


def _of_another_round(submission: Submission, team: Team | None, round: Round) -> Iterator[Finding]:
    theirs = submission.reference.round
    if theirs and round.id and normalise(theirs) != normalise(round.id):
        named = {"team_id": team.id, "team": team.name} if team else {}
        yield found("form-other-round", submission.where, **named, theirs=theirs, ours=round.id)


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


def _ids_by_name(submissions: Sequence[Submission], listed: TeamList) -> dict[str, str]:
    """The id of each name, in normalised form: the one that all copies of this name carry, or one made from the name.

    Ids that are made of two names never fall together, nor with an id that stands for another team.
    """
    names: dict[str, str] = {}
    carried: defaultdict[str, set[str]] = defaultdict(set)
    for identity in map(_identity_of, submissions):
        key = normalise(identity.name)
        names.setdefault(key, identity.name)
        if identity.name and identity.id:
            carried[key].add(identity.id)
    ids = {key: next(iter(some)) for key, some in carried.items() if len(some) == 1}
    made = {key: make_id(name) for key, name in names.items() if name and key not in ids}
    times_made = Counter(made.values())
    owners = _owners(set().union(*carried.values()), listed)
    for key, made_id in made.items():
        unique = times_made[made_id] == 1 and owners.get(normalise(made_id), key) == key
        ids[key] = made_id if unique else f"{made_id}-{hashlib.sha256(key.encode()).hexdigest()[:5]}"
    return ids


def _owners(carried: Iterable[str], listed: TeamList) -> dict[str, str]:
    """Whose each id is: the name of the listed team, in normalised form; empty for an id that only copies carry."""
    return {normalise(each): "" for each in carried} | {key: normalise(team.name) for key, team in listed.by_id.items()}


def team_of(
    submission: Submission, listed: TeamList, ids_by_name: Mapping[str, str]
) -> tuple[Team | None, Finding | None]:
    """The team a submission belongs to, None where that is not certain; and what a person should know about it.

    Args:
        submission: the copy.
        listed: the team list; empty where none was given.
        ids_by_name: the ids of names that are on no list, by normalised name; a name without one gets one made of it.
    """
    identity = _identity_of(submission)
    by_id = listed.by_id.get(normalise(identity.id)) if identity.id else None
    by_name = listed.by_name.get(normalise(identity.name)) if identity.name else None
    if conflict := _conflict(submission, identity, by_id, by_name):
        return None, conflict
    if known := by_id or by_name:
        return known, _guessed(submission.where, known, identity, by_id=by_id, by_name=by_name)
    if not identity.name and not identity.id:
        return None, found("team-missing", submission.where)
    name = identity.name or identity.id
    made_id = identity.id or ids_by_name.get(normalise(name)) or make_id(name)
    team = Team(made_id, name, identity.group)
    if not listed.teams:
        return team, None
    hint = _hint(name, listed)
    return team, found("team-unknown", submission.where, team_id=team.id, team=name, name=name, hint=hint)


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
        why = f"its id is that team's, but the name in it is “{identity.name}”, which is not on the team list"
    elif identity.stamped and not by_id:
        why = f"its name is that team's, but the id in it, “{identity.stamped}”, is not on the team list"
    else:
        return None
    return found("team-guessed", where, team_id=known.id, team=known.name, who=known.name, why=why)


def _hint(name: str, listed: TeamList) -> str:
    alike = difflib.get_close_matches(normalise(name), listed.by_name, n=2, cutoff=_LIKE_ENOUGH)
    names = " or ".join(f"“{listed.by_name[key].name}”" for key in alike)
    return f" Did they mean {names}?" if names else ""


# -- what people decided ----------------------------------------------------------------------------


def placed_by(
    overrides: Overrides, files: Sequence[JudgedFile], listed: TeamList, faults: list[str]
) -> dict[str, Team]:
    """The team that each file named in the overrides was given to, by the file's display name."""
    placed: dict[str, Team] = {}
    for each in overrides.copies:
        team = _listed(each.team, listed)
        if not team and listed.teams:
            faults.append(f"{places([each])}: “{each.team}” is not on the team list")
            continue
        named = _files_called(each.file, files)
        if len(named) != 1:
            what = f"{len(named)} files are" if named else "no file that was read is"
            faults.append(f"{places([each])}: {what} called “{each.file}”")
        elif len(named[0].judged) != 1:
            faults.append(f"{places([each])}: {each.file} holds {plural(len(named[0].judged), 'form')}, not one")
        else:
            placed[named[0].file.file] = team or Team(make_id(each.team), each.team)
    return placed


def _files_called(name: str, files: Sequence[JudgedFile]) -> list[JudgedFile]:
    """The files that somebody means: by the whole name, else by its last part, however slashes and case are written."""
    wanted = _path(name)
    for fits in (
        lambda file: file == name,
        lambda file: _path(file) == wanted,
        lambda file: _path(file).endswith(f"/{wanted}") or wanted.endswith(f"/{_path(file)}"),
    ):
        if matching := [each for each in files if fits(each.file.file)]:
            return matching
    return []


def _path(name: str) -> str:
    return normalise(name.replace("\\", "/").removeprefix("./"))


def decisions_of(
    overrides: Overrides, listed: TeamList, copies: Mapping[str, tuple[Team, list[int]]], faults: list[str]
) -> dict[str, list[Decision]]:
    """The decided answers of each team, by the team's key."""
    heard_of = {normalise(team.name): team for team, _ in copies.values()}
    decisions: defaultdict[str, list[Decision]] = defaultdict(list)
    for each in overrides.answers:
        known = copies.get(normalise(each.team))
        team = _listed(each.team, listed) or (known[0] if known else heard_of.get(normalise(each.team)))
        if team:
            decisions[key_of(team)].append(each)
        else:
            faults.append(f"{places([each])}: no team is called “{each.team}”")
    return decisions


def key_of(team: Team) -> str:
    """What a team's copies are gathered under."""
    return normalise(team.id)


def _listed(id_or_name: str, listed: TeamList) -> Team | None:
    key = normalise(id_or_name)
    return listed.by_id.get(key) or listed.by_name.get(key)
