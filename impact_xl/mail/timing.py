"""When a team is written to: who is not reminded yet, and what is due today."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from impact_xl.files.dates import show_date
from impact_xl.mail.outboxes import History, Kind
from impact_xl.mail.reminders import Kind as Asks
from impact_xl.mail.reminders import Plan, Request
from impact_xl.mail.selection import why_never
from impact_xl.mail.tracking import Tracking
from impact_xl.roster import Round, Team, addresses, is_address
from impact_xl.round.answers import Status
from impact_xl.round.collation import Collation
from impact_xl.wording import first_few, plural

DAYS = 5  # between two reminders to a team
_MOST = 5  # teams named in a line


@dataclass(frozen=True)
class Pause:
    """What keeps a team from being written to on a day."""

    history: History
    on: date
    days: int = DAYS
    tracking: Tracking | None = None
    forms_known: bool = False  # every form of the round is in the history, or stands under “sent on”
    only: Collection[Team] = ()  # nobody else is written to
    again: Collection[Team] = ()  # nor than these, whatever was drafted before; everybody where both are empty

    def apply(self, plan: Plan, round: Round) -> Plan:
        """The plan without the teams that are not to be written to yet, each with the reason."""
        requests, left_out = [], list(plan.left_out)
        named = {team.id for team in (*self.only, *self.again)}
        for request in plan.requests:
            if named and request.team.id not in named:
                continue
            if why := self._why_not(request, round):
                left_out.append((request.team, why))
            else:
                requests.append(request)
        if named:
            left_out = [(team, why) for team, why in left_out if team.id in named]
        return replace(plan, requests=tuple(requests), left_out=tuple(left_out))

    def _why_not(self, request: Request, round: Round) -> str:
        team = request.team
        if why := why_never(team):
            return why
        if team.id in {each.id for each in self.again}:
            return ""
        if request.kind is Asks.REMINDER:
            if self.forms_known and not (self.history.of(team, Kind.INVITATION) or team.sent_on):
                return "no form was made for it yet"
            if team.deadline and round.deadline and max(self.on, round.deadline) < team.deadline:
                return f"its own deadline is {show_date(team.deadline)}"
        return self._too_soon(request)

    def _too_soon(self, request: Request) -> str:
        team, asks = request.team, {request.kind.value}
        drafted = self.history.reminder_drafted(team, asks)
        if request.kind is Asks.REMINDER:
            noted = self.tracking.of(team).last_drafted if self.tracking else None
            drafted = max((day for day in (drafted, noted) if day), default=None)
        sent = self.history.reminded(team, asks)
        last = max((day for day in (drafted, sent) if day), default=None)
        if last is None or (self.on - last).days >= self.days:
            return ""
        what = "reminded" if last == sent else "a message drafted"
        return f"{what} on {show_date(last)}, less than {plural(self.days, 'day')} before"


# -- what is due ------------------------------------------------------------------------------------


def outstanding(collation: Collation, tracking: Tracking | None = None) -> list[Team]:
    """The teams that have sent nothing and are still expected to, on whatever day."""
    return [
        result.team
        for result in collation.results
        if result.status is Status.NONE
        and not why_never(result.team)
        and not (tracking and tracking.of(result.team).why_not)
    ]


def address_line(teams: Iterable[Team]) -> str:
    """The addresses of teams as a mail program takes them in its field Bcc: each once, parted by semicolons."""
    found = (address for team in teams for address in addresses(team.email) if is_address(address))
    return "; ".join({address.casefold(): address for address in found}.values())


def due(round: Round, history: History, waiting: Sequence[Team], on: date) -> Iterator[str]:
    """What is due in a round on a day, a line each.

    Args:
        round: with its deadline, its days for reminders, and its teams.
        history: what was made and sent.
        waiting: the teams that have sent nothing.
        on: the day.
    """
    yield from _forms(waiting, history)
    if not waiting:
        return
    yield from _reminders(round, history, on)
    if round.deadline:
        yield _deadline(round.deadline, len(waiting), on)
    for team in waiting:
        if team.deadline and team.deadline != round.deadline:
            passed = "has passed" if team.deadline < on else "is today" if team.deadline == on else "is to come"
            yield f"{team.name} has a deadline of its own, {show_date(team.deadline)}, which {passed}."


def _forms(waiting: Sequence[Team], history: History) -> Iterator[str]:
    without = [team.name for team in waiting if not history.of(team, Kind.INVITATION) and not team.sent_on]
    if without:
        number = plural(len(without), "team has", "teams have")
        yield f"{number} no form yet: {first_few(without, _MOST)}. impact-xl distribute makes it."
    drafted = [team.name for team in waiting if team.name not in without and not history.form_sent(team)]
    if drafted:
        forms = plural(len(drafted), "form is", "forms are")
        yield (
            f"{forms} drafted and not known to be sent: {first_few(drafted, _MOST)}. Use impact-xl send, or type the "
            "day on which you sent a form under “sent on” in Teams."
        )


def _reminders(round: Round, history: History, on: date) -> Iterator[str]:
    past, to_come = (sorted(day for day in round.remind_on if test(day)) for test in (on.__ge__, on.__lt__))
    made = max((each.made_on for each in history.made if each.kind is Kind.REMINDER), default=None)
    if past and (made is None or made < past[-1]):
        yield "Reminders are due today." if past[-1] == on else f"Reminders were due on {show_date(past[-1])}."
    elif to_come:
        yield f"The next reminders are due on {show_date(to_come[0])}."


def _deadline(deadline: date, waiting: int, on: date) -> str:
    missing = plural(waiting, "team has", "teams have")
    days = (deadline - on).days
    if days < 0:
        return f"The deadline, {show_date(deadline)}, has passed, and {missing} sent nothing."
    return f"The deadline is in {plural(days, 'day')}, on {show_date(deadline)}." if days else "The deadline is today."
