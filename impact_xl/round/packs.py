"""Packs that came back: whose next steps they hold. They are no returns, and count for nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from impact_xl.findings import Finding, found
from impact_xl.form.layout import PACK
from impact_xl.questionnaire import normalise
from impact_xl.returns.submission import PackLine, ReturnedFile, Submission
from impact_xl.roster import Round
from impact_xl.round.record import TeamResult


@dataclass(frozen=True)
class Step:
    """A next step that a team typed into its pack."""

    result: TeamResult
    file: str
    line: PackLine


def steps(files: Iterable[ReturnedFile], results: Sequence[TeamResult], round: Round) -> Iterator[Step]:
    """The next steps of every team; where a team sent a row of its pack more than once, the last one.

    Args:
        files: everything that was read.
        results: the teams.
        round: the round, to which a pack has to belong.
    """
    latest: dict[tuple[str, str], Step] = {}
    for pack in sorted(no_copies(files, PACK), key=came):
        owner = owner_of(pack, results, round)
        if isinstance(owner, TeamResult):
            latest |= {(owner.team.id, line.key): Step(owner, pack.where.file, line) for line in pack.steps}
    order = {result.team.id: place for place, result in enumerate(results)}
    return iter(sorted(latest.values(), key=lambda step: order[step.result.team.id]))


def not_taken(files: Iterable[ReturnedFile], results: Sequence[TeamResult], round: Round) -> Iterator[Finding]:
    """A finding for each pack whose next steps are nobody's here."""
    for pack in no_copies(files, PACK):
        owner = owner_of(pack, results, round)
        if pack.steps and isinstance(owner, str):
            who = pack.team or pack.team_id or "no team named"
            yield found("form-pack-not-taken", pack.where, team=pack.team, who=who, why=owner)


def no_copies(files: Iterable[ReturnedFile], kind: str) -> Iterator[Submission]:
    """Every submission of a kind that is no copy, once; a file with several copies stands there for each of them."""
    every = {(each.file, number): other for each in files for number, other in enumerate(each.submissions)}
    return (other for other in every.values() if other.reference.kind == kind)


def came(pack: Submission) -> tuple[datetime, str]:
    """When it came, and in which file, by which the last of several is told."""
    return pack.message_date or pack.modified or datetime.min.replace(tzinfo=UTC), pack.where.file


def owner_of(pack: Submission, results: Sequence[TeamResult], round: Round) -> TeamResult | str:
    """The team that a pack, or a form about actions, belongs to, by id and name together; else why it is nobody's."""
    theirs = pack.reference.round
    if theirs and round.id and normalise(theirs) != normalise(round.id):
        return f"it is of another round, “{theirs}”"
    by_id = next((each for each in results if normalise(each.team.id) == normalise(pack.team_id)), None)
    named = [each for each in results if normalise(each.team.name) == normalise(pack.team)] if pack.team else []
    if by_id and named and by_id not in named:
        return f"its id is {by_id.team.name}'s, and its name is {pack.team}"
    owner = by_id or (named[0] if len(named) == 1 else None)
    return owner or "no team of this round has its id or name"
