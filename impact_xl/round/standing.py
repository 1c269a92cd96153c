"""What is said of teams as the list has them: that they take no part, or are one now; and of copies beside others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from impact_xl.files.dates import show_date
from impact_xl.findings import Finding, Where, found
from impact_xl.questionnaire import normalise
from impact_xl.roster import Team, TeamList
from impact_xl.roster.conflicts import is_mark
from impact_xl.round.match_teams import key_of
from impact_xl.round.record import Return
from impact_xl.round.resolve_copies import Choice
from impact_xl.wording import join_and

Copies = Mapping[str, tuple[Team, list[int]]]


class Standing:
    """How teams stand by the list, and what that does to the copy that counts."""

    def __init__(self, listed: TeamList, copies: Copies) -> None:
        """Find the teams that are a part of another now and sent a form, by the other's key."""
        self._parts: defaultdict[str, list[Team]] = defaultdict(list)
        for team in listed.teams:
            name = normalise(team.merged_into)
            whole = listed.by_id.get(name) or listed.by_name.get(name)
            if whole and key_of(team) in copies:
                self._parts[key_of(whole)].append(team)

    def applied(self, team: Team, choice: Choice, own: Sequence[Return], placed: Collection[str]) -> Choice:
        """What counts for a team, and what is said of it.

        Args:
            team: the team.
            choice: what counts by the rules for copies.
            own: everything that came from it.
            placed: the names of the files that a person gave to teams.
        """
        copies = tuple(_sync_copies(team, own))
        parts = self._parts.get(key_of(team), ())
        if own and not team.takes_part:
            return Choice(choice.judged, (), (_withdrawn(team, own), *copies))
        if own and parts and not any(each.name in placed for each in own):
            return Choice(None, (), (_merged(team, own, parts), *copies))
        return replace(choice, findings=(*choice.findings, *copies)) if copies else choice


def _merged(team: Team, own: Sequence[Return], parts: Sequence[Team]) -> Finding:
    """The finding for a team that others are a part of now, where all sent forms."""
    return found(
        "team-merged",
        Where(own[0].name),
        team_id=team.id,
        team=team.name,
        who=team.name,
        others=join_and([each.name for each in parts]),
        are="is" if len(parts) == 1 else "are",
        both="both" if len(parts) == 1 else "all of them",
    )


def _withdrawn(team: Team, own: Sequence[Return]) -> Finding:
    """The finding for a team that does not take part, and sent a form."""
    why = f"is a part of {team.merged_into} now" if team.merged_into else "does not take part"
    todo = "Nothing to do. If its answers should count, empty its status in the team list."
    if team.merged_into:
        todo = (
            f"If this is the form that {team.merged_into} fills in together, say so with a decision (columns file and "
            f"team). Else see that a form of {team.merged_into} comes; this one stays as it is."
        )
    facts = {"who": team.name, "why": why, "todo": todo}
    return found("team-withdrawn", Where(own[0].name), team_id=team.id, team=team.name, **facts)


# -- copies that a sync program made ----------------------------------------------------------------


def _sync_copies(team: Team, own: Sequence[Return]) -> Iterator[Finding]:
    """A note for each of a team's files whose name is that of another beside it, with a sync program's mark behind."""
    for each in own:
        original = next((other for other in own if _is_sync_copy(each.name, other.name)), None)
        if original:
            facts = {"other": original.name, "own": _saved(each), "theirs": _saved(original)}
            yield found("file-sync-copy", Where(each.name), team_id=team.id, team=team.name, **facts)


def _is_sync_copy(name: str, other: str) -> bool:
    (stem, _, ending), (other_stem, _, other_ending) = name.rpartition("."), other.rpartition(".")
    if ending.casefold() != other_ending.casefold() or not stem.casefold().startswith(other_stem.casefold()):
        return False
    return bool(other_stem) and is_mark(stem[len(other_stem) :])


def _saved(each: Return) -> str:
    """When a file was last saved, by its own word; else when it was sent."""
    submission = each.judged.submission if each.judged else None
    moment = (submission.modified or submission.message_date) if submission else None
    return f"on {_show(moment)}" if moment else "at a time that it does not say"


def _show(moment: datetime) -> str:
    return f"{show_date(moment.date())}, {moment:%H:%M} UTC"
