"""Whose copy it is: submissions are matched to teams by id, then by name; and what people decided about that."""

from __future__ import annotations

import difflib
import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
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


def identified(
    files: Sequence[JudgedFile], round: Round, placed: Mapping[str, Team], told: list[Finding]
) -> tuple[list[Return], dict[str, tuple[Team, list[int]]]]:
    """Every submission as a return, and for each team the indices of its copies."""
    returns: list[Return] = []
    copies: dict[str, tuple[Team, list[int]]] = {}
    seen: dict[str, str] = {}
    sent = _last_sent(files)
    ids_by_name = _ids_by_name([judged.submission for each in files for judged in each.judged], round.teams)
    for each in files:
        file, given = each.file, placed.get(each.file.file)
        told += file.findings
        if file.sha256 and file.sha256 in seen and not given:
            told.append(found("file-duplicate", Where(file.file), other=seen[file.sha256]))
            returns.append(Return(file))
            continue
        seen[file.sha256] = file.file
        if not each.judged:
            returns.append(Return(file))
        for judged in _sent_last(each, sent):
            submission = judged.submission
            team, finding = (given, None) if given else team_of(submission, round.teams, ids_by_name)
            if finding:
                told.append(finding)
            told += _of_another_round(submission, team, round)
            if team:
                first, own = copies.setdefault(key_of(team), (team, []))
                own.append(len(returns))
                told += () if given else _of_another_name(submission, first, round.teams)
            returns.append(Return(file, judged, team))
    return returns, copies


def _of_another_name(submission: Submission, team: Team, listed: TeamList) -> Iterator[Finding]:
    """Said where a copy counts by its id alone, and another copy gave that team, which is on no list, another name."""
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
    """The id of each name that is on no list: the one that copies of this name carry, or one made from the name.

    Ids that are made of two names never fall together, nor with an id that stands for another team.
    """
    carried: defaultdict[str, set[str]] = defaultdict(set)
    names: dict[str, str] = {}
    for each in submissions:
        name = each.other_team or each.team
        names.setdefault(normalise(name), name)
        if name and not each.other_team and (identity := id_of(each)):
            carried[normalise(name)].add(identity)
    ids = {name: next(iter(held)) for name, held in carried.items() if len(held) == 1}
    others = {normalise(identity): "" for held in carried.values() for identity in held}
    others |= {identity: normalise(team.name) for identity, team in listed.by_id.items()}
    made = {plain: make_id(name) for plain, name in names.items() if name and plain not in ids}
    shared = Counter(made.values())
    for plain, identity in made.items():
        alone = shared[identity] == 1 and others.get(normalise(identity), plain) == plain
        ids[plain] = identity if alone else f"{identity}-{hashlib.sha256(plain.encode()).hexdigest()[:5]}"
    return ids


def id_of(submission: Submission) -> str:
    """The team id that a copy carries: typed, else from its reference; empty where it has none."""
    return submission.team_id or submission.reference.team_id


def team_of(
    submission: Submission, listed: TeamList, ids_by_name: dict[str, str]
) -> tuple[Team | None, Finding | None]:
    """The team a submission belongs to, by id, then by name; and what has to be said about it."""
    name = submission.other_team or submission.team
    identity = "" if submission.other_team else id_of(submission)
    where = submission.where
    stamped = "" if submission.other_team else submission.reference.team_id
    if submission.claimed:
        return None, found("team-mixed", where, what=" and ".join(f"“{team}”" for team in submission.claimed))
    by_id = listed.by_id.get(normalise(identity)) if identity else None
    by_name = listed.by_name.get(normalise(name)) if name else None
    if stamped and identity and normalise(stamped) != normalise(identity):
        return None, found(
            "team-conflict", where, team=name, by_id=f"“{identity}” and “{stamped}”", by_name=f"“{name}”"
        )
    if by_id and by_name and by_id != by_name:
        return None, found("team-conflict", where, team=name, by_id=f"“{by_id.name}”", by_name=f"“{by_name.name}”")
    if known := by_id or by_name:
        return known, _guessed(where, known, name, stamped, by_id=by_id, by_name=by_name)
    if not name and not identity:
        return None, found("team-missing", where)
    shown = name or identity
    team = Team(
        id=identity or ids_by_name.get(normalise(name)) or make_id(name),
        name=shown,
        group="" if submission.other_team else submission.group,
    )
    if not listed.teams:
        return team, None
    return team, found("team-unknown", where, team_id=team.id, team=shown, name=shown, hint=_hint(shown, listed))


def _guessed(
    where: Where, known: Team, name: str, stamped: str, *, by_id: Team | None, by_name: Team | None
) -> Finding | None:
    """What has to be said where only one of id and name leads to the team, and the other leads nowhere."""
    if not by_name and name:
        why = f"its id is that team's, but the name in it is “{name}”, which is not on the team list"
    elif not by_id and stamped:
        why = f"its name is that team's, but the id in it, “{stamped}”, is not on the team list"
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
        named = _named(each.file, files)
        if len(named) != 1:
            what = f"{len(named)} files are" if named else "no file that was read is"
            faults.append(f"{places([each])}: {what} called “{each.file}”")
        elif len(named[0].judged) != 1:
            faults.append(f"{places([each])}: {each.file} holds {plural(len(named[0].judged), 'form')}, not one")
        else:
            placed[named[0].file.file] = team or Team(make_id(each.team), each.team)
    return placed


def _named(said: str, files: Sequence[JudgedFile]) -> list[JudgedFile]:
    """The files that somebody means: by the whole name, else by its last part, however slashes and case are written."""
    wanted = _path(said)
    return next(
        (
            held
            for fits in (
                lambda name: name == said,
                lambda name: _path(name) == wanted,
                lambda name: _path(name).endswith(f"/{wanted}") or wanted.endswith(f"/{_path(name)}"),
            )
            if (held := [each for each in files if fits(each.file.file)])
        ),
        [],
    )


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


def _listed(said: str, listed: TeamList) -> Team | None:
    return listed.by_id.get(normalise(said)) or listed.by_name.get(normalise(said))
