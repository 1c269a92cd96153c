"""Which teams get a form now: those that have none yet, or the ones that were named."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from impact_xl.files.dates import show_date
from impact_xl.findings import ImpactError
from impact_xl.mail.outboxes import History, Kind
from impact_xl.questionnaire import normalise
from impact_xl.roster import Team, TeamList
from impact_xl.roster.columns import ANOTHER_WAY, MERGED, NOT_TAKING_PART
from impact_xl.wording import first_few, plural

_MOST = 5  # teams named in a line


@dataclass(frozen=True)
class Selection:
    """The teams that messages are made for, and what a person should know of the others."""

    teams: tuple[Team, ...] = ()
    again: tuple[Team, ...] = ()  # of these, the ones that had a message before
    have_one: tuple[Team, ...] = ()  # left out, as they have a message
    left_out: tuple[tuple[Team, str], ...] = ()  # never asked, with the reason
    notes: tuple[str, ...] = ()


def find_teams(names: Iterable[str], teams: TeamList, option: str) -> tuple[Team, ...]:
    """The teams that were named with an option, by id or name, in the order of the list.

    Raises:
        ImpactError: there is no such team, or two have the name.
    """
    found: set[str] = set()
    for name in names:
        team = teams.by_id.get(normalise(name)) or teams.by_name.get(normalise(name))
        if team is None or teams.sharing(name):
            raise _unknown(name, teams, option)
        found.add(team.id)
    return tuple(team for team in teams.teams if team.id in found)


def _unknown(name: str, teams: TeamList, option: str) -> ImpactError:
    namesakes = [team.id for team in teams.teams if normalise(team.name) == normalise(name)]
    if namesakes:
        return ImpactError(f"{option}: more than one team is called “{name}”", f"Give its id: {', '.join(namesakes)}.")
    known = {normalise(text): text for team in teams.teams for text in (team.id, team.name)}
    like = [known[each] for each in difflib.get_close_matches(normalise(name), known, 1)]
    hint = f"Did you mean “{like[0]}”?" if like else "Give a team's name or id as the team list has it."
    return ImpactError(f"{option}: no team is called “{name}”", hint)


def why_never(team: Team) -> str:
    """Why a team is not asked in this round; empty where it is."""
    if team.merged_into:
        return f"merged into {team.merged_into}"
    return {NOT_TAKING_PART: "not taking part", ANOTHER_WAY: "answers came another way"}.get(team.status, "")


def select(
    teams: TeamList, history: History, only: Sequence[str] = (), again: Sequence[str] = (), *, rehearsal: bool = False
) -> Selection:
    """Which teams get a form now.

    Args:
        teams: the team list.
        history: what was made in this round before.
        only: teams as they were named: no others get one.
        again: teams that get one although they have one; where `only` names none, no others get one.
        rehearsal: what was made before does not count.

    Raises:
        ImpactError: a team that was named is not on the list.
    """
    once_more = {team.id for team in find_teams(again, teams, "--again")}
    wanted = {team.id for team in find_teams(only, teams, "--only")} | once_more
    chosen, repeated, have_one, left_out = [], [], [], []
    for team in teams.teams:
        if why := why_never(team):
            left_out.append((team, why))
            continue
        if wanted and team.id not in wanted:
            continue
        has_one = not rehearsal and bool(history.of(team, Kind.INVITATION) or team.sent_on)
        if has_one and team.id not in once_more:
            have_one.append(team)
            continue
        chosen.append(team)
        repeated += [team] if has_one else []
    new = [team for team in chosen if team not in repeated]
    names = (*_other_names(teams, history), *_gone_names(teams, history, () if rehearsal else new))
    notes = (*_left_out(left_out), *_have_one(have_one, history), *names)
    return Selection(tuple(chosen), tuple(repeated), tuple(have_one), tuple(left_out), notes)


def _left_out(left_out: Iterable[tuple[Team, str]]) -> Iterator[str]:
    by_reason: defaultdict[str, list[str]] = defaultdict(list)
    for team, why in left_out:
        by_reason[MERGED.casefold() + " another team" if team.merged_into else why].append(team.name)
    for why, names in by_reason.items():
        yield f"Not asked, {why}: {plural(len(names), 'team')} ({first_few(names, _MOST)})."


def _have_one(teams: Sequence[Team], history: History) -> Iterator[str]:
    if not teams:
        return
    days = [day for team in teams if (day := history.form_drafted(team))]
    when = f", the last one made on {show_date(max(days))}" if days else ""
    have = plural(len(teams), "team has its message", "teams have their messages")
    yield f"{have} already{when}. --again TEAM makes one once more."


def _other_names(teams: TeamList, history: History) -> Iterator[str]:
    """Where an id or a name has changed hands since the form was made."""
    for team in teams.teams:
        for made in history.of(team, Kind.INVITATION)[-1:]:
            if normalise(made.team_id) != normalise(team.id):
                yield (
                    f"{team.name} has the id {team.id}, and its form was made with the id {made.team_id}. If it is the "
                    f"same team, type {made.team_id} as its id; if not, make its form with --again."
                )
            elif normalise(made.team) != normalise(team.name):
                yield f"{team.name} has the id of {made.team}, whose form was made before. Check that it is the same."


def _gone_names(teams: TeamList, history: History, new: Sequence[Team]) -> Iterator[str]:
    """Which teams have a form and stand no more on the list, where others are new: one may be the other, renamed."""
    known = {normalise(text) for team in teams.teams for text in (team.id, team.name)}
    made = {each.team_id: each.team for each in history.made if each.kind is Kind.INVITATION}
    for team_id, name in made.items():
        if new and not known & {normalise(team_id), normalise(name)}:
            yield (
                f"{name} has a form and is not on the team list any more. If it is called otherwise now "
                f"({first_few([team.name for team in new], _MOST)}), type {team_id} as the id in that row, and do not "
                "send the form that is made now."
            )
