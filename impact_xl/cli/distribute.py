"""The command `distribute`."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import click

from impact_xl.cli.base import command, print_json, questionnaire_option, say, talk


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
@click.option("--round", type=click.Path(path_type=Path), metavar="FILE", help="The round file, TOML or a workbook.")
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
@click.option(
    "--tickbox",
    type=click.Choice(["native", "list"]),
    default="native",
    show_default=True,
    help="How the boxes are ticked, as for impact-xl generate.",
)
@click.option("--not-applicable", is_flag=True, help="Give every question a row “Not applicable to us”.")
@click.option("--about", default="", metavar="TEXT", help="What the answers are about. Default: our own service.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
@click.option("-q", "--quiet", is_flag=True, help="No talk; errors are still said.")
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
    message, which a mail program opens ready to be sent, a list for a mail merge, and the team list with its
    ids. All problems of the list are said at once, before anything is written.

    The fields of --subject and --body: {team} {group} {name} {title} {deadline} {contact} {file} {questions}
    {about} {when} {closing}.
    """
    from impact_xl import __version__, distribution, post, rounds
    from impact_xl import questionnaire as questionnaires

    asked = questionnaires.load(questionnaire)
    read = rounds.read_round(round) if round else rounds.Round()
    listed = rounds.read_teams(teams, addressed=True)
    settled = replace(
        read,
        teams=listed,
        deadline=deadline.date() if deadline else read.deadline,
        contact=contact or read.contact,
        about=about.strip() or read.about,
        not_applicable=not_applicable or read.not_applicable,
    )
    words = post.wording("invitation", subject=subject or "", body=body)
    distribution.check_words(words, asked, settled)
    post.check_outbox(output, distribution.WHAT)
    last = distribution.read_last(prefill, asked) if prefill else None
    written = distribution.write(output, asked, settled, words, tickbox=tickbox, last=last)
    if as_json:
        print_json(
            {
                "command": "distribute",
                "version": __version__,
                "teams": len(listed.teams),
                "without_address": [team.name for team in listed.teams if not rounds.addresses(team.email)],
                "written": [str(path) for path in written],
            }
        )
    told = talk(quiet)
    told(distribution.summary(listed.teams))
    told("\nWrote:")
    for place, what in (
        (output / "forms", "the forms"),
        (output / post.MESSAGES, "a draft of each message, with its form"),
        (output / post.DISTRIBUTION, "the list for a mail merge"),
        (output / "teams.csv", "the team list with its ids: use this one from now on"),
    ):
        click.echo(f"{place}  ({what})", err=as_json)
    told(
        f"Next: open the drafts in {output / post.MESSAGES}, look at each and send it. Save what comes back "
        f'in one folder, and run: impact-xl status returns --teams "{output / "teams.csv"}"'
    )
    if not settled.contact and not quiet:
        say("No --contact was given, so the forms ask for a reply to the message.")
