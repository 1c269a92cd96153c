"""The command `remind`."""

from __future__ import annotations

from collections import Counter
from datetime import date as Date  # noqa: N812  `date` is the option
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from impact_xl.api.options import FormOptions, MailOptions, ReadOptions, TeamOptions
from impact_xl.cli import options
from impact_xl.cli.base import (
    REHEARSAL,
    Say,
    collation_totals,
    command,
    few_names,
    given_values,
    leave,
    list_paths,
    needed,
    print_json,
    reading_progress,
    say_how_it_stands,
    say_of_actions,
    say_of_bounces,
    say_of_losses,
    say_of_no_form,
    say_of_no_team,
    settled,
    start_reading,
    talk,
    with_last_round,
)
from impact_xl.files.dates import show_date
from impact_xl.wording import plural

if TYPE_CHECKING:
    from impact_xl.api.mail import Reminders
    from impact_xl.api.rounds import Settings
    from impact_xl.mail.reminders import Plan


@command()
@options.returns
@options.teams("The team list, CSV or XLSX: who was asked, and their addresses. Needed outside a round.")
@click.option(
    "--tracking",
    "tracking_file",
    type=options.FILE,
    metavar="FILE",
    help="The tracking file of impact-xl status. Who declined or has an extension is left out; drafts are noted.",
)
@options.only
@options.again("This team alone, even if it has a recent draft.")
@options.try_address
@click.option(
    "--within-days",
    type=click.IntRange(min=0),
    default=5,
    show_default=True,
    metavar="N",
    help="Leave out a team that was written to less than N days before.",
)
@click.option(
    "--ask-senders",
    is_flag=True,
    help="Write to senders of links, shortcuts, archives and files with a label, too. Without it you open these first.",
)
@options.addresses
@options.output(
    "The folder to write the messages into. If it holds an outbox, the new one goes next to it.",
    "outputs/reminders",
    "DIR",
    in_round="a new folder of outbox/",
)
@options.consolidated
@options.round_file
@options.deadline
@options.contact("Where the forms and questions go.")
@options.texts(
    "The subject of the reminders; may hold fields such as {team}.",
    "The text of the reminders: a text file with fields.",
)
@options.texts(
    "The subject of the requests to those with something to fix.",
    "Their text; {to_fix} is the list of what to fix.",
    "request-",
)
@options.questionnaire
@options.forms
@options.prefill("Last round's consolidated workbook, where the forms were sent out with it.")
@options.decisions
@options.date("on", "The day of the reminders. Default: today.")
@options.reading
@options.gather(read_options=ReadOptions, form_options=FormOptions, mail_options=MailOptions, team_options=TeamOptions)
def remind(
    read_options: ReadOptions,
    form_options: FormOptions,
    mail_options: MailOptions,
    team_options: TeamOptions,
    tracking_file: Path | None,
    within_days: int,
    addresses: bool,
    output: Path | None,
    consolidated: Path | None,
    on: Date | None,
    as_json: bool,
    strict: bool,
    quiet: bool,
) -> None:
    """Make an e-mail for each team that has not returned, or has something to fix.

    \b
    Examples:
      impact-xl remind
      impact-xl remind --only "Ward 7"
      impact-xl remind --try me@trust.example
      impact-xl remind returns --teams teams.csv
      impact-xl remind returns --teams teams.csv --tracking tracking.xlsx --round round.toml

    Nothing is sent. The folder holds a draft for each team, which opens in a mail program. It is a reminder with
    the team's form, or a request that lists what is to fix, with a short form for just that. Save a correction
    form that comes back with the returns: impact-xl collate reads it. What you decided, or corrected in the
    consolidated workbook, is not asked again.

    If a message held a link, a shortcut, an archive or a file that a label encrypts, its team gets no draft. Open
    it, save a copy in the returns and run the command again. You cannot open it? --ask-senders writes to the team.

    The fields of subjects and texts: {team} {group} {name} {title} {deadline} {contact} {where} {when} {file}
    {questions} {answered} {open} {subject} {opening} {to_fix} {please} {closing}.
    """
    start_reading(read_options)
    from impact_xl import api
    from impact_xl.mail import drafts

    say = talk(quiet)
    settings, found = settled(read_options, say, addressed=True, **given_values(form_options, mail_options))
    folder = settings.folder
    needed(folder or read_options.teams, "option '--teams'")
    on = on or Date.today()  # noqa: DTZ011  the day on the coordinator's own calendar
    with reading_progress(quiet) as progress:
        reminders = api.remind(
            found,
            output or (folder.new_outbox(on) if folder else _OUTPUT),
            tracking_file=tracking_file,
            form_options=with_last_round(form_options, settings, say),
            mail_options=mail_options,
            team_options=team_options,
            within_days=within_days,
            consolidated=consolidated or settings.consolidated,
            before=settings.outboxes,
            on=on,
            progress=progress,
        )
    collation, plan, place = reminders.collation, reminders.plan, reminders.folder
    if as_json:
        print_json({**collation_totals("remind", collation, reminders.paths), **_plan_object(plan)})
    elif addresses:
        click.echo(reminders.addresses)
    _say_standing(reminders, say)
    if plan.requests:
        list_paths(((path, "") for path in _written(place, tracking_file, team_options)), say, as_json=as_json)
        if team_options.try_address:
            say(REHEARSAL)
            leave(collation.to_fix, strict)
            return
        say_of_losses(reminders.losses, say)
        say(
            f"Next: open the drafts in {place / drafts.MESSAGES}, look at each and send it, or use "
            f"{drafts.DISTRIBUTION} for a mail merge. Save what comes back with the returns."
        )
    else:
        _say_nobody(plan, settings, say)
    leave(collation.to_fix, strict)


_OUTPUT = "outputs/reminders"  # outside a round


def _written(place: Path, tracking_file: Path | None, team_options: TeamOptions) -> list[Path]:
    """What was written; a rehearsal notes nothing in the tracking file."""
    return [place, tracking_file] if tracking_file and not team_options.try_address else [place]


def _say_standing(reminders: Reminders, say: Say) -> None:
    """How the round stands, what is due, and what messages are made."""
    collation = reminders.collation
    say_how_it_stands(collation, say)
    for line in reminders.due:
        say(line)
    _say_plan(reminders.plan, say)
    say_of_no_team(collation.to_fix, say)
    say_of_bounces(collation, say)
    say_of_actions(collation, say)
    say_of_no_form(collation, say)


def _say_nobody(plan: Plan, settings: Settings, say: Say) -> None:
    if closed_on := settings.round.closed_on:
        say(
            f"The round was closed on {show_date(closed_on)}, so nothing was written. To write to a team anyway, "
            "name it with --only; to open the round again, take the date Closed on away."
        )
        return
    nobody = "Nobody else is" if plan.left_out else "Everything is in: nobody is"
    say(f"{nobody} to be asked for anything. Nothing was written.")
    if not plan.left_out:
        same = "" if settings.folder else " with the same files"
        say(f"Next: run {settings.command('collate')}{same}.")


def _plan_object(plan: Plan) -> dict[str, Any]:
    return {
        "messages": [
            {
                "team_id": each.team.id,
                "team": each.team.name,
                "kind": each.kind.value,
                "to": each.team.email,
                "questions": [question for question, _ in each.questions],
            }
            for each in plan.requests
        ],
        "left_out": [{"team_id": team.id, "team": team.name, "why": why} for team, why in plan.left_out],
        "wrote": [team.id for team in plan.wrote],
        "unclear": [
            {"team_id": team.id, "team": team.name, "column": column, "text": text}
            for team, column, text in plan.unclear
        ],
    }


def _say_plan(plan: Plan, say: Say) -> None:
    from impact_xl.mail.reminders import Kind

    kinds = {
        Kind.REMINDER: ("reminder", "reminders"),
        Kind.CORRECTION: ("request with a correction form", "requests with a correction form"),
        Kind.AGAIN: ("request for the whole form again", "requests for the whole form again"),
        Kind.QUESTION: ("question to be answered by reply", "questions to be answered by reply"),
    }
    counts = [plural(len(requests), *kinds[kind]) for kind in Kind if (requests := plan.of(kind))]
    if counts:
        say(f"{plural(len(plan.requests), 'message')}: {', '.join(counts)}.")
    addressless = [each.team.name for each in plan.requests if not each.team.email]
    if addressless:
        say(f"{plural(len(addressless), 'message has', 'messages have')} no address: {few_names(addressless)}.")
    for why, number in sorted(Counter(why for _, why in plan.left_out).items()):
        teams = [team.name for team, reason in plan.left_out if reason == why]
        say(f"Left out, {why}: {plural(number, 'team')} ({few_names(teams)}).")
    if plan.wrote:
        say(
            f"Before you send: {plural(len(plan.wrote), 'team')} wrote and sent no form "
            f"({few_names([team.name for team in plan.wrote])}). Read what they wrote: they may have asked for more "
            "time, or may not take part."
        )
    for team, column, text in plan.unclear:
        say(f"Please look at {team.name} in the tracking file: “{text}” in {column} is not clear.")
