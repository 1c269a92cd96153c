"""The command `distribute`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from impact_xl.api.options import FormOptions, MailOptions
from impact_xl.cli import options
from impact_xl.cli.base import command, counting_progress, list_paths, print_json, talk, totals

if TYPE_CHECKING:
    from impact_xl.api.mail import Invitations


@command()
@click.argument("teams", type=options.FILE, metavar="TEAMS")
@options.output("The folder to write forms and messages into.", "outputs/outbox", "DIR")
@options.round_file
@options.deadline
@options.contact("Where the forms and questions go. Default: a reply to the message.")
@options.texts("The messages' subject; may hold fields such as {team}.", "The messages' text: a text file with fields.")
@options.prefill("Last round's consolidated workbook: each form shows what its team said then, as a reminder.")
@options.questionnaire
@options.forms
@options.about
@options.as_json
@options.quiet
@options.gather(form_options=FormOptions, mail_options=MailOptions)
def distribute(
    teams: Path,
    output: Path,
    round: Path | None,
    questionnaire: Path | None,
    form_options: FormOptions,
    mail_options: MailOptions,
    as_json: bool,
    quiet: bool,
) -> None:
    """Make a form and an e-mail for every team on the list. Nothing is sent.

    \b
    Examples:
      impact-xl distribute teams.csv --deadline 2026-11-30 --contact improvement@trust.example
      impact-xl distribute teams.xlsx --prefill outputs/consolidated.xlsx -o outputs/next-round

    TEAMS is a CSV file or a workbook with the columns team, and where you have them team_id, group, contact,
    email and cc. Every team's form carries its name and id. The folder holds the forms, a draft for each
    message, which a mail program opens ready to be sent, a list for a mail merge, the team list with its ids,
    and a round file for the commands that come later. All problems of the list are said at once, before
    anything is written.

    The fields of --subject and --body: {team} {group} {name} {title} {deadline} {contact} {file} {questions}
    {about} {where} {when} {closing}.
    """
    from impact_xl import api
    from impact_xl.mail.drafts import MESSAGES
    from impact_xl.mail.invitations import ROUND, TEAMS

    with counting_progress(quiet, "Writing") as progress:
        invitations = api.distribute(
            teams,
            output,
            round=round,
            questionnaire=questionnaire,
            form_options=form_options,
            mail_options=mail_options,
            progress=progress,
        )
    if as_json:
        print_json(_object(invitations))
    say = talk(quiet)
    for line in _notes(invitations):
        say(line)
    list_paths(_places(output), say, as_json=as_json)
    later = f'--teams "{output / TEAMS}" --round "{output / ROUND}"'
    say(
        f"Next: open the drafts in {output / MESSAGES}, look at each and send it. Save what comes back in one "
        f"folder, called returns say, and run: impact-xl status returns {later}"
    )


def _object(invitations: Invitations) -> dict[str, Any]:
    from impact_xl.roster import addresses

    teams = invitations.round.teams.teams
    return {
        **totals("distribute", 1 + bool(invitations.last), {"none": len(teams)}, {}, [], invitations.paths),
        "messages": len(teams),
        "without_address": [team.name for team in teams if not addresses(team.email)],
    }


def _places(output: Path) -> Sequence[tuple[Path, str]]:
    from impact_xl.mail.drafts import DISTRIBUTION, MESSAGES
    from impact_xl.mail.invitations import ROUND, TEAMS

    return (
        (output / "forms", "the forms"),
        (output / MESSAGES, "a draft of each message, with its form"),
        (output / DISTRIBUTION, "the list for a mail merge"),
        (output / TEAMS, "the team list with its ids: use this one from now on"),
        (output / ROUND, "the round file: give it to the commands that come later"),
    )


def _notes(invitations: Invitations) -> Iterator[str]:
    """What was found on the way, and what a person should look at before anything is sent."""
    from impact_xl.mail.invitations import day, summary

    round = invitations.round
    yield from round.teams.notes
    yield summary(round.teams.teams)
    if invitations.last:
        yield from invitations.last.notes(round.teams)
    if round.deadline and round.deadline < date.today():  # noqa: DTZ011  the day on the coordinator's own calendar
        yield f"The deadline, {day(round.deadline)}, is over already: is the year right?"
    if not round.contact:
        yield "No --contact was given, so the forms ask for a reply to the message."
