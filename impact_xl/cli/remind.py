"""The command `remind`."""

from __future__ import annotations

from collections import Counter
from datetime import date as Date  # noqa: N812  `date` is the option
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from impact_xl.cli.base import (
    Say,
    collation_totals,
    command,
    deciding_options,
    files_read,
    form_options,
    leave,
    names,
    print_json,
    questionnaire_option,
    reading_options,
    reading_progress,
    round_option,
    say_of_bounces,
    say_of_no_form,
    say_of_no_team,
    settled_round,
    status_words,
    talk,
)
from impact_xl.findings import ImpactError
from impact_xl.wording import plural

if TYPE_CHECKING:
    from impact_xl.mail.drafts import Wording
    from impact_xl.mail.reminders import Plan
    from impact_xl.mail.tracking import Tracking
    from impact_xl.roster import Round

_DAY = click.DateTime(["%Y-%m-%d"])


@command()
@click.argument("returns", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RETURNS...")
@click.option(
    "--teams",
    required=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The team list, CSV or XLSX: who was asked, and their addresses.",
)
@click.option(
    "--tracking",
    "tracking_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The tracking file of impact-xl status. Who declined or has an extension is left out; who is chased is noted.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path("outputs/reminders"),
    show_default=True,
    metavar="DIR",
    help="The folder to write the messages into.",
)
@round_option
@click.option("--deadline", type=_DAY, metavar="DATE", help="By when, such as 2026-11-30.")
@click.option("--contact", metavar="ADDRESS", help="Where the forms and questions go.")
@click.option("--subject", metavar="TEXT", help="The subject of the reminders; may hold fields such as {team}.")
@click.option(
    "--body",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The text of the reminders: a text file with fields.",
)
@click.option("--request-subject", metavar="TEXT", help="The subject of the requests to those with something to fix.")
@click.option(
    "--request-body",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Their text; {to_fix} stands for what it is.",
)
@questionnaire_option
@form_options
@click.option(
    "--prefill",
    type=click.Path(path_type=Path),
    metavar="CONSOLIDATED",
    help="Last round's consolidated workbook, where the forms were sent out with it.",
)
@deciding_options
@click.option("--date", type=_DAY, metavar="DATE", help="The day of the reminders. Default: today.")
@reading_options
def remind(
    returns: tuple[Path, ...],
    teams: Path,
    tracking_file: Path | None,
    output: Path,
    round: Path | None,
    deadline: datetime | None,
    contact: str | None,
    subject: str | None,
    body: Path | None,
    request_subject: str | None,
    request_body: Path | None,
    questionnaire: Path | None,
    tickbox: str,
    not_applicable: bool,
    prefill: Path | None,
    overrides: Path | None,
    password_file: Path | None,
    date: datetime | None,
    jobs: int | None,
    as_json: bool,
    strict: bool,
    quiet: bool,
) -> None:
    """Make an e-mail for each team that is outstanding, or has something to put right.

    \b
    Examples:
      impact-xl remind returns --teams teams.csv
      impact-xl remind returns --teams teams.csv --tracking tracking.xlsx --round round.toml

    Nothing is sent. The folder holds one draft a team, which opens in a mail program: a reminder with the
    team's form, or a request that lists what is to fix, with a short form for just that. A correction form
    that comes back is put among the returns, and collate takes its answers in.

    The fields of subjects and texts: {team} {group} {name} {title} {deadline} {contact} {where} {when}
    {opening} {to_fix} {please} {closing}.
    """
    from impact_xl import api, roster
    from impact_xl import questionnaire as questionnaires
    from impact_xl.mail import drafts, invitations, reminders, tracking

    on = date.date() if date else Date.today()  # noqa: DTZ011  the day on the coordinator's own calendar
    content = questionnaires.load(questionnaire)
    settled = settled_round(round, content, deadline=deadline, contact=contact, not_applicable=not_applicable)
    reminder = _wording("reminder", subject, body, settled)
    request = _wording("correction", request_subject, request_body, settled)
    listed = roster.read_teams(teams, addressed=True)
    held = _tracking(tracking_file, settled)
    last = invitations.read_last(prefill, content) if prefill else None
    drafts.check_outbox(output, "reminders")
    with reading_progress(quiet) as progress:
        collation = api.collate(
            returns,
            listed,
            round=settled,
            questionnaire=content,
            overrides=overrides,
            password_file=password_file,
            jobs=jobs,
            progress=progress,
        )
    made = reminders.plan(collation, held, on=on)
    messages = reminders.make_drafts(
        made, collation, on=on, tickbox=tickbox, last=last, reminder=reminder, request=request
    )
    written: list[Path] = []
    if made.requests:
        written += drafts.write(messages, output, files="forms", what="reminders", contact=settled.contact)
        if tracking_file:
            chased = [each.team.id for each in made.requests]
            written += tracking.write(collation, tracking_file, chased=chased, on=on)
    if as_json:
        print_json({**collation_totals("remind", collation, written), **_plan_object(made)})
    say = talk(quiet)
    say(
        f"{files_read(each.name for each in collation.files)}. {collation.returned} of "
        f"{plural(len(collation.results), 'team')} returned: {status_words(collation.statuses)}."
    )
    _say_plan(made, say)
    say_of_no_team(collation.to_fix, say)
    say_of_bounces(collation, say)
    say_of_no_form(collation, say)
    if made.requests:
        say("\nWrote:")
        for path in [output, *([tracking_file] if tracking_file else [])] if not as_json else ():
            click.echo(path)
        say(
            f"Next: open the drafts in {output / drafts.MESSAGES}, look at each and send it, or use "
            f"{drafts.DISTRIBUTION} for a mail merge. Put what comes back among the returns."
        )
    else:
        nobody = "Nobody else is" if made.left_out else "Everything is in: nobody is"
        stale = f" The drafts in {output} are those of an earlier run." if output.exists() else ""
        say(f"{nobody} to be asked for anything. Nothing was written.{stale}")
        if not made.left_out:
            say("Next: run impact-xl collate with the same files.")
    leave(collation.to_fix, strict)


def _wording(name: str, subject: str | None, body: Path | None, round: Round) -> Wording:
    from impact_xl.mail import drafts, reminders

    words = drafts.wording(name, subject=subject or "", body=body)
    reminders.check_wording(words, round)
    return words


def _tracking(path: Path | None, round: Round) -> Tracking | None:
    from impact_xl.mail import tracking

    if not path:
        return None
    if not path.exists():
        raise ImpactError(
            f"There is no such tracking file: {path}",
            f'Check the path given with --tracking, or make one: impact-xl status ... --output "{path}"',
        )
    tracking.check(path, round.id)
    return tracking.read(path)


def _plan_object(made: Plan) -> dict[str, Any]:
    return {
        "messages": [
            {
                "team_id": each.team.id,
                "team": each.team.name,
                "kind": each.kind.value,
                "to": each.team.email,
                "questions": [question for question, _ in each.questions],
            }
            for each in made.requests
        ],
        "left_out": [{"team_id": team.id, "team": team.name, "why": why} for team, why in made.left_out],
        "unclear": [
            {"team_id": team.id, "team": team.name, "column": column, "text": text}
            for team, column, text in made.unclear
        ],
    }


def _say_plan(made: Plan, say: Say) -> None:
    from impact_xl.mail.reminders import Kind

    kinds = {
        Kind.REMINDER: ("reminder", "reminders"),
        Kind.CORRECTION: ("request with a correction form", "requests with a correction form"),
        Kind.AGAIN: ("request for the whole form again", "requests for the whole form again"),
        Kind.QUESTION: ("question to be answered by reply", "questions to be answered by reply"),
    }
    said = [plural(len(held), *kinds[kind]) for kind in Kind if (held := made.of(kind))]
    if said:
        say(f"{plural(len(made.requests), 'message')}: {', '.join(said)}.")
    addressless = [each.team.name for each in made.requests if not each.team.email]
    if addressless:
        say(f"{plural(len(addressless), 'message has', 'messages have')} no address: {names(addressless)}.")
    for why, number in sorted(Counter(why for _, why in made.left_out).items()):
        teams = [team.name for team, reason in made.left_out if reason == why]
        say(f"Left out, {why}: {plural(number, 'team')} ({names(teams)}).")
    for team, column, text in made.unclear:
        say(f"Please look at {team.name} in the tracking file: “{text}” in {column} cannot be told for certain.")
