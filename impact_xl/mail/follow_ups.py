"""The plan between rounds: who leads what by when, what is near or past, and a message to those who lead it.

The sheet Actions of the consolidated workbook is the plan. It is only read here: people keep it up.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from impact_xl.files.dates import DoubtfulDateError, parse_date, show_date
from impact_xl.form.form import Form
from impact_xl.form.layout import Action
from impact_xl.form.personalise import FormPersonaliser
from impact_xl.mail import drafts, letters
from impact_xl.mail.drafts import Attachment, Draft, FileNames
from impact_xl.mail.letter_facts import ActionDates, Actions, Facts
from impact_xl.questionnaire import Questionnaire, normalise
from impact_xl.returns.submission import ActionStatus, action_status
from impact_xl.roster import Round, Team, TeamList, is_address
from impact_xl.round.stored_sheets import row_text, value_text
from impact_xl.round.stored_workbook import STATUS

WHAT = "follow-ups"
FORM = "Actions"  # how the file of a form begins
WITHIN = 14  # days in which a date is near, unless somebody says otherwise
_ADDRESS = re.compile(r"[\w.+'-]+@[\w-]+(?:\.[\w-]+)+")


class Standing(StrEnum):
    """How an action stands on a day."""

    PAST = "past"
    NEAR = "near"
    LATER = "later"
    NO_DATE = "no date"
    DONE = "done"
    STOPPED = "stopped"

    @property
    def is_due(self) -> bool:
        """Whether somebody should be asked about it."""
        return self in (Standing.PAST, Standing.NEAR)


@dataclass(frozen=True, slots=True)
class PlannedAction:
    """One row of Actions."""

    team_id: str
    team: str
    what: str
    question: str
    lead: str
    by: str  # as people read it
    due: date | None  # None where no certain date stands there
    status: str  # as it stands there
    standing: Standing

    @property
    def action(self) -> Action:
        """What a form says of it."""
        return Action(self.what, self.question, self.lead, self.by)


def plan(rows: Iterable[Mapping[str, Any]], on: date, within: int = WITHIN) -> tuple[PlannedAction, ...]:
    """Every action of a workbook, as it stands on a day: by date, those without a certain one last.

    Args:
        rows: the rows of the sheet Actions, each with the id of its team.
        on: the day.
        within: a date that is so many days ahead or less is near.
    """
    actions = [_planned(row, on, within) for row in rows if row_text(row, "What")]
    return tuple(sorted(actions, key=lambda each: (each.due or date.max, each.team, each.what)))


def _planned(row: Mapping[str, Any], on: date, within: int) -> PlannedAction:
    due = _date(row.get("By when"))
    status = _text(row, STATUS)
    return PlannedAction(
        row_text(row, "Team ID"),
        row_text(row, "Team"),
        _text(row, "What"),
        _text(row, "Question"),
        _text(row, "Lead"),
        show_date(due) if due else _text(row, "By when"),
        due,
        status,
        _standing(action_status(status), due, on, within),
    )


def _text(row: Mapping[str, Any], header: str) -> str:
    return " ".join(value_text(row.get(header, "")).split())


def _date(value: Any) -> date | None:
    """The date that somebody typed; None where it is not certain: nothing is guessed from “in spring”."""
    if value in (None, ""):
        return None
    try:
        return parse_date(value)
    except DoubtfulDateError:
        return None


def _standing(status: ActionStatus | None, due: date | None, on: date, within: int) -> Standing:
    if status is ActionStatus.DONE:
        return Standing.DONE
    if status is ActionStatus.STOPPED:
        return Standing.STOPPED
    if due is None:
        return Standing.NO_DATE
    if due < on:
        return Standing.PAST
    return Standing.NEAR if due <= on + timedelta(days=within) else Standing.LATER


# -- who is asked -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FollowUp:
    """One message: to a lead whose address stands in the plan, else to a team's contact."""

    team: Team  # with the address and the name of whoever gets it
    actions: tuple[PlannedAction, ...]

    @property
    def facts(self) -> Facts:
        """What chooses the sentences of its letter."""
        standings = {each.standing for each in self.actions}
        dates = ActionDates.BOTH if len(standings) > 1 else ActionDates(_DATES[standings.pop()])
        return Facts(actions=Actions.ONE if len(self.actions) == 1 else Actions.SEVERAL, action_dates=dates)


_DATES = {Standing.PAST: ActionDates.PAST, Standing.NEAR: ActionDates.NEAR}


def follow_ups(
    actions: Iterable[PlannedAction], teams: TeamList, known: Collection[Team]
) -> tuple[list[FollowUp], list[PlannedAction]]:
    """The messages about what is near or past, and the actions that no message can be written about.

    Args:
        actions: the plan.
        teams: the team list, which has the addresses.
        known: the teams of the workbook.
    """
    by_reader: defaultdict[tuple[str, str], list[PlannedAction]] = defaultdict(list)
    readers: dict[tuple[str, str], Team] = {}
    left: list[PlannedAction] = []
    own = {normalise(team.id): team for team in known}
    for each in actions:
        if not each.standing.is_due:
            continue
        team = own.get(normalise(each.team_id)) if each.team_id else None
        if team is None:  # of no single team: nobody could send a form back for it
            left.append(each)
            continue
        reader = _reader(each, _addressed(team, teams))
        key = normalise(team.id), reader.email.casefold()
        readers.setdefault(key, reader)
        by_reader[key].append(each)
    return [FollowUp(readers[key], tuple(due)) for key, due in by_reader.items()], left


def _addressed(team: Team, teams: TeamList) -> Team:
    """A team as the list addresses it; without an address where id and name lead to two teams of it."""
    by_id, by_name = teams.by_id.get(normalise(team.id)), teams.by_name.get(normalise(team.name))
    listed = by_id or by_name
    if listed is None or (by_id and by_name and by_id != by_name):
        return team
    return replace(team, contact=listed.contact, email=listed.email, cc=listed.cc)


def _reader(action: PlannedAction, team: Team) -> Team:
    """Who is asked: the lead where an address stands in Lead, else the team's contact."""
    address = next((found for found in _ADDRESS.findall(action.lead) if is_address(found)), "")
    if not address:
        return team
    name = _ADDRESS.sub("", action.lead).strip(" <>(),;")
    return replace(team, contact=name, email=address, cc="")


def make_drafts(
    messages: Sequence[FollowUp], questionnaire: Questionnaire, round: Round, tickbox: str = "native"
) -> Iterator[Draft]:
    """The messages, each with a small form that asks what has come of the actions; one form is in memory at a time."""
    names, personaliser = FileNames(each.team for each in messages), FormPersonaliser()
    for each in messages:
        team = each.team
        entries = {"start.team": team.name, "start.team-id": team.id, "start.group": team.group}
        form = Form(
            questionnaire,
            tickbox,
            replace(round, deadline=None),  # the round's own is for its answers
            team.id,
            entries,
            actions=[action.action for action in each.actions],
        )
        subject, text = letters.write(letters.FOLLOW_UP, each.facts, _fields(each, round))
        attachment = Attachment(names.of(FORM, team), personaliser.build(form))
        yield Draft(team, subject, text, (attachment,), round.contact)


def _fields(each: FollowUp, round: Round) -> dict[str, str]:
    return {
        "team": each.team.name,
        "group": each.team.group_name,
        "name": each.team.contact or "colleagues",
        "title": round.title or "Self-assessment",
        "contact": round.contact,
        "where": drafts.where_to(round.contact),
        "to_fix": "\n".join(f"- {_point(action)}" for action in each.actions),
        "closing": drafts.closing(round),
    }


def _point(action: PlannedAction) -> str:
    """An action in a line: what, who leads it, by when."""
    lead = f" Lead: {action.lead}." if action.lead else ""
    end = "" if action.what.endswith((".", "!", "?")) else "."
    return f"{action.what}{end}{lead} By {action.by}."
