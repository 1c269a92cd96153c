"""The command `actions`."""

from __future__ import annotations

from datetime import date as Date  # noqa: N812  `date` is the option
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from impact_xl.cli import options
from impact_xl.cli.base import Say, command, few_names, list_paths, needed, print_json, talk, totals
from impact_xl.wording import plural

if TYPE_CHECKING:
    from impact_xl.api.plan import ActionPlan
    from impact_xl.mail.follow_ups import PlannedAction

_OUTPUT = "outputs/follow-ups"  # outside a round


@command()
@click.argument("consolidated", required=False, type=options.FILE, metavar="[CONSOLIDATED]")
@options.teams("The team list, CSV or XLSX, with addresses. Default: the round's.")
@options.output("The folder to write the messages into.", _OUTPUT, "DIR", in_round="a new folder of outbox/")
@click.option(
    "--due-within",
    type=click.IntRange(min=0),
    default=14,
    show_default=True,
    metavar="DAYS",
    help="A date that is so many days ahead, or less, is near.",
)
@options.round_file
@options.contact("Where statuses and questions go. The messages name it.")
@options.questionnaire
@options.date("on", "The day. Default: today.")
@options.as_json
@options.quiet
def actions(
    consolidated: Path | None,
    teams: Path | None,
    output: Path | None,
    due_within: int,
    round: Path | None,
    contact: str,
    questionnaire: Path | None,
    on: Date | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Show who leads what by when, and make an e-mail about what is near or past.

    \b
    Examples:
      impact-xl actions
      impact-xl actions --due-within 30
      impact-xl actions outputs/consolidated.xlsx --teams teams.csv

    CONSOLIDATED is the consolidated workbook: its sheet Actions is the plan. The workbook is only read, so keep it
    up to date all year, also in a shared folder. Actions that are done or stopped need no message. Nothing is sent.
    A message goes to the lead where Lead holds an e-mail address, else to the team's contact. It has a small form
    for the status. Save the forms that come back with the returns: `impact-xl collate` adds them to Actions.
    """
    from impact_xl import api
    from impact_xl.api.rounds import settle
    from impact_xl.mail.drafts import MESSAGES

    say = talk(quiet)
    on = on or Date.today()  # noqa: DTZ011  the day on the coordinator's own calendar
    settings = settle(round, teams=teams, questionnaire=questionnaire, values={"contact": contact}, addressed=True)
    for line in settings.lines:
        say(line)
    folder = settings.folder
    if folder and not consolidated:
        folder.expect_consolidated()
    source = needed(consolidated or settings.consolidated, "argument 'CONSOLIDATED'")
    plan = api.actions(
        source,
        output or (folder.new_outbox(on) if folder else _OUTPUT),
        round=settings.round if folder or settings.round.teams.teams or contact else None,
        questionnaire=settings.questionnaire,
        within=due_within,
        on=on,
    )
    if as_json:
        print_json(_object(plan))
    _report(plan, due_within, say)
    if plan.paths:
        list_paths([(plan.folder, "")], say, as_json=as_json)
        say(f"Next: open the drafts in {plan.folder / MESSAGES}, look at each and send it.")
    else:
        say("There is no message to make, so nothing was written.")


def _report(plan: ActionPlan, within: int, say: Say) -> None:
    """The plan by how it stands, those first that are past."""
    from impact_xl.mail.follow_ups import Standing

    heads = {
        Standing.PAST: "Past",
        Standing.NEAR: f"In the next {plural(within, 'day')}",
        Standing.LATER: "Later",
        Standing.NO_DATE: "Without a certain date",
    }
    closed = [each for each in plan.actions if each.standing not in heads]
    say(f"{plural(len(plan.actions), 'action')}, {len(closed)} of them done or stopped.")
    for standing, head in heads.items():
        rows = [each for each in plan.actions if each.standing is standing]
        if rows:
            say(f"{head}:")
        for each in rows:
            say(f"  {_line(each)}")
    if plan.messages:
        say(f"{plural(len(plan.messages), 'message')} about what is near or past.")
    if addressless := plan.without_address:
        say(f"{plural(len(addressless), 'message has', 'messages have')} no address: {few_names(addressless)}.")
    if unasked := [each.what for each in plan.unasked]:
        say(f"They belong to no single team, so there is no message: {few_names(unasked)}.")


def _line(action: PlannedAction) -> str:
    """An action in a line: by when, whose, what, who leads it, and its status."""
    lead = f"led by {action.lead}" if action.lead else "nobody leads it"
    status = action.status or "no status"
    return f"{action.by or 'no date'}: {action.team or 'no team'}, {action.what} ({lead}; {status})"


def _object(plan: ActionPlan) -> dict[str, Any]:
    """What --json prints; its keys are an interface."""
    return {
        **totals("actions", 1, plan.collation.statuses, plan.collation.states, [], plan.paths),
        "actions": [
            {
                "team_id": each.team_id,
                "team": each.team,
                "what": each.what,
                "question": each.question,
                "lead": each.lead,
                "by": each.due.isoformat() if each.due else each.by,
                "status": each.status,
                "standing": each.standing.value,
            }
            for each in plan.actions
        ],
        "messages": [
            {
                "team_id": each.team.id,
                "team": each.team.name,
                "to": each.team.email,
                "actions": [action.what for action in each.actions],
            }
            for each in plan.messages
        ],
    }
