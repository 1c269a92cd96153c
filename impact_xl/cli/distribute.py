"""The command `distribute`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from impact_xl.cli.base import (
    command,
    counting_progress,
    form_options,
    print_json,
    questionnaire_option,
    round_option,
    settled_round,
    talk,
    totals,
)

if TYPE_CHECKING:
    from impact_xl.mail.invitations import LastRound
    from impact_xl.roster import Round


@command()
@click.argument("teams", type=click.Path(path_type=Path), metavar="TEAMS")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path("outputs/outbox"),
    show_default=True,
    metavar="DIR",
    help="The folder to write forms and messages into.",
)
@round_option
@click.option("--deadline", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="By when, such as 2026-11-30.")
@click.option("--contact", metavar="ADDRESS", help="Where the forms and questions go. Default: a reply to the message.")
@click.option("--subject", metavar="TEXT", help="The messages' subject; may hold fields such as {team}.")
@click.option(
    "--body", type=click.Path(path_type=Path), metavar="FILE", help="The messages' text: a text file with fields."
)
@click.option(
    "--prefill",
    type=click.Path(path_type=Path),
    metavar="CONSOLIDATED",
    help="Last round's consolidated workbook: each form shows what its team said then, as a reminder.",
)
@questionnaire_option
@form_options
@click.option("--about", default="", metavar="TEXT", help="What the answers are about. Default: our own service.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
@click.option("-q", "--quiet", is_flag=True, help="No talk and no progress; errors are still said.")
def distribute(
    teams: Path,
    output: Path,
    round: Path | None,
    deadline: datetime | None,
    contact: str | None,
    subject: str | None,
    body: Path | None,
    prefill: Path | None,
    questionnaire: Path | None,
    tickbox: str,
    not_applicable: bool,
    about: str,
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
    from impact_xl import questionnaire as questionnaires
    from impact_xl import roster
    from impact_xl.mail import drafts, invitations

    content = questionnaires.load(questionnaire)
    settled = settled_round(
        round, content, deadline=deadline, contact=contact, not_applicable=not_applicable, about=about
    )
    words = drafts.wording("invitation", subject=subject or "", body=body)
    invitations.check_words(words, content, settled)
    listed = roster.read_teams(teams, addressed=True)
    settled = replace(settled, teams=listed)
    drafts.check_outbox(output, invitations.WHAT)
    last = invitations.read_last(prefill, content) if prefill else None
    with counting_progress(quiet, "Writing") as progress:
        written = invitations.write(output, content, settled, words, tickbox=tickbox, last=last, progress=progress)
    if as_json:
        print_json(
            {
                **totals("distribute", 1 + bool(prefill), {"none": len(listed.teams)}, {}, [], written),
                "messages": len(listed.teams),
                "without_address": [team.name for team in listed.teams if not roster.addresses(team.email)],
            }
        )
    say = talk(quiet)
    for line in _told(settled, last):
        say(line)
    say("\nWrote:")
    for place, what in _places(output) if not as_json else ():
        click.echo(f"{place}  ({what})")
    given = f'--teams "{output / invitations.TEAMS}" --round "{output / invitations.ROUND}"'
    say(
        f"Next: open the drafts in {output / drafts.MESSAGES}, look at each and send it. Save what comes back in one "
        f"folder, called returns say, and run: impact-xl status returns {given}"
    )


def _places(output: Path) -> Sequence[tuple[Path, str]]:
    from impact_xl.mail import drafts, invitations

    return (
        (output / "forms", "the forms"),
        (output / drafts.MESSAGES, "a draft of each message, with its form"),
        (output / drafts.DISTRIBUTION, "the list for a mail merge"),
        (output / invitations.TEAMS, "the team list with its ids: use this one from now on"),
        (output / invitations.ROUND, "the round file: give it to the commands that come later"),
    )


def _told(settled: Round, last: LastRound | None) -> Iterator[str]:
    """What was found on the way, and what a person should look at before anything is sent."""
    from impact_xl.mail import invitations

    yield from settled.teams.notes
    yield invitations.summary(settled.teams.teams)
    if last:
        yield from last.told(settled.teams)
    if settled.deadline and settled.deadline < date.today():  # noqa: DTZ011  the day on the coordinator's own calendar
        yield f"The deadline, {invitations.day(settled.deadline)}, is over already: is the year right?"
    if not settled.contact:
        yield "No --contact was given, so the forms ask for a reply to the message."
