"""The command `distribute`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from impact_xl.api.options import FormOptions, MailOptions, TeamOptions
from impact_xl.cli import options
from impact_xl.cli.base import (
    REHEARSAL,
    Say,
    command,
    counting_progress,
    given_values,
    list_paths,
    needed,
    print_json,
    talk,
    totals,
    with_last_round,
)
from impact_xl.files.dates import show_date

if TYPE_CHECKING:
    from impact_xl.api.mail import Invitations
    from impact_xl.api.rounds import Settings


@command()
@click.argument("teams", required=False, type=options.FILE, metavar="[TEAMS]")
@options.output(
    "The folder to write forms and messages into. If it holds an outbox, the new one goes next to it.",
    "outputs/outbox",
    "DIR",
    in_round="a new folder of outbox/",
)
@options.round_file
@click.option("--title", default="", metavar="TEXT", help="What the round is called. Default: made from the deadline.")
@options.deadline
@options.contact("Where the forms and questions go. Default: a reply to the message.")
@options.only
@options.again("This team alone, although it has its message.")
@options.try_address
@options.texts("The messages' subject; may hold fields such as {team}.", "The messages' text: a text file with fields.")
@options.prefill("Last round's consolidated workbook: each form shows what its team said then, as a reminder.")
@options.questionnaire
@options.forms
@options.about
@options.as_json
@options.quiet
@options.gather(form_options=FormOptions, mail_options=MailOptions, team_options=TeamOptions)
def distribute(
    teams: Path | None,
    output: Path | None,
    round: Path | None,
    title: str,
    questionnaire: Path | None,
    form_options: FormOptions,
    mail_options: MailOptions,
    team_options: TeamOptions,
    as_json: bool,
    quiet: bool,
) -> None:
    """Make a form and an e-mail for every team that has none yet. Nothing is sent, and nothing is replaced.

    \b
    Examples:
      impact-xl distribute
      impact-xl distribute --try me@trust.example
      impact-xl distribute teams.csv --deadline 30/11/2026 --contact improvement@trust.example
      impact-xl distribute teams.xlsx --prefill outputs/consolidated.xlsx -o outputs/next-round

    TEAMS is a CSV file or a workbook with the column team. It may also have team_id, group, contact, email and
    cc. In a round it is the sheet Teams. Every team's form carries its name and id.

    The folder holds the forms and a draft for each message, which a mail program opens ready to be sent. It also
    holds a list for a mail merge, the team list with its ids, and a round file. All problems of the list are
    shown at once, before anything is written. When a team joins later, run the same command again: it makes a
    message for that team alone.

    The fields of --subject and --body: {team} {group} {name} {title} {deadline} {contact} {file} {questions}
    {teams} {about} {sponsor} {seen_by} {telephone} {where} {when} {subject} {opening} {please} {closing}.
    """
    from impact_xl import api
    from impact_xl.api.rounds import settle

    say = talk(quiet)
    on = date.today()  # noqa: DTZ011  the day on the coordinator's own calendar
    settings = settle(
        round,
        teams=teams,
        questionnaire=questionnaire,
        values={**given_values(form_options, mail_options), "title": title},
        addressed=True,
        today=on,
    )
    for line in settings.lines:
        say(line)
    folder = settings.folder
    needed(folder or teams, "argument 'TEAMS'")
    with counting_progress(quiet, "Writing") as progress:
        invitations = api.distribute(
            settings.round.teams,
            output or (folder.new_outbox(on) if folder else Path(_OUTPUT)),
            round=settings.round,
            questionnaire=settings.questionnaire,
            form_options=with_last_round(form_options, settings, say),
            mail_options=mail_options,
            team_options=team_options,
            before=settings.outboxes,
            on=on,
            progress=progress,
        )
    if as_json:
        print_json(_object(invitations))
    for line in _notes(invitations, in_round=bool(folder), deadline=mail_options.deadline):
        say(line)
    if not invitations.paths:
        say("There is no message to make. Nothing was written.")
        return
    _say_places(invitations, settings, say, as_json=as_json, rehearsal=bool(team_options.try_address))


_OUTPUT = "outputs/outbox"  # outside a round


def _object(invitations: Invitations) -> dict[str, Any]:
    from impact_xl.roster import addresses

    teams = invitations.selection.teams
    return {
        **totals("distribute", 1 + bool(invitations.last), {"none": len(teams)}, {}, [], invitations.paths),
        "messages": len(teams),
        "without_address": [team.name for team in teams if not addresses(team.email)],
        "have_one": [team.name for team in invitations.selection.have_one],
        "left_out": [
            {"team_id": team.id, "team": team.name, "why": why} for team, why in invitations.selection.left_out
        ],
    }


def _say_places(invitations: Invitations, settings: Settings, say: Say, *, as_json: bool, rehearsal: bool) -> None:
    """What was written, and what comes next."""
    from impact_xl.mail.drafts import DISTRIBUTION, MESSAGES
    from impact_xl.mail.outboxes import ROUND, TEAMS

    output, folder = invitations.folder, settings.folder
    places = [
        (output / "forms", "the forms"),
        (output / MESSAGES, "a draft of each message, with its form"),
        (output / DISTRIBUTION, "the list for a mail merge"),
    ]
    if not folder and not rehearsal:
        places += [
            (output / TEAMS, "the team list with its ids: use this one from now on"),
            (output / ROUND, "the round file: give it to the commands that come later"),
        ]
    list_paths(places, say, as_json=as_json)
    if rehearsal:
        say(REHEARSAL)
        return
    drafts = f"Next: open the drafts in {output / MESSAGES}, look at each and send it."
    if folder:
        say(f"{drafts} Save what comes back in {folder.returns}, and run: {settings.command('status')}")
        return
    later = f'--teams "{output / TEAMS}" --round "{output / ROUND}"'
    say(f"{drafts} Save what comes back in one folder, for example returns, and run: impact-xl status returns {later}")


def _notes(invitations: Invitations, *, in_round: bool, deadline: date | None) -> Iterator[str]:
    """What was found on the way, and what a person should look at before anything is sent.

    `deadline` is that of the option: what round.xlsx says of it was looked at where it was read.
    """
    from impact_xl.mail.invitations import summary

    round, teams = invitations.round, invitations.selection.teams
    yield from invitations.notes[len(round.teams.notes) if in_round else 0 :]
    if not teams:
        return
    if not in_round:
        yield f"The round is “{round.title}” (id {round.id})."
    yield summary(teams)
    if invitations.last:
        yield from invitations.last.notes(round.teams)
    if (deadline or not in_round) and round.deadline and round.deadline < date.today():  # noqa: DTZ011  as above
        yield f"The deadline, {show_date(round.deadline)}, is over already: is the year right?"
    if not round.signatory:
        where = "Type a name, a role and a telephone number under “Signed by” of the sheet Round"
        yield f"Nobody signs the messages. {where if in_round else 'Give a round file with signatory'}."
    if not round.contact:
        yield "No --contact was given, so the forms ask for a reply to the message."
