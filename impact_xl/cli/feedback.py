"""The command `feedback`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from impact_xl.cli.base import Say, command, counting_progress, names, print_json, questionnaire_option, talk, totals
from impact_xl.findings import ImpactError
from impact_xl.wording import plural

if TYPE_CHECKING:
    from impact_xl.roster import TeamList
    from impact_xl.round.collation import Collation


@command()
@click.argument("consolidated", type=click.Path(path_type=Path), metavar="CONSOLIDATED")
@click.option(
    "--teams",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The team list, CSV or XLSX, with addresses: makes a ready e-mail for each team, too.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path("outputs/feedback"),
    show_default=True,
    metavar="DIR",
    help="The folder to write into.",
)
@click.option(
    "--minimum-group",
    type=click.IntRange(min=2),
    default=5,
    show_default=True,
    metavar="N",
    help="Withhold figures that fewer other teams than this stand behind.",
)
@click.option("--contact", default="", metavar="ADDRESS", help="Where questions go; stands in the messages.")
@click.option("--subject", default="", metavar="TEXT", help="The subject of the messages; may hold fields like {team}.")
@click.option(
    "--body", type=click.Path(path_type=Path), metavar="FILE", help="The text of the messages: a text file with fields."
)
@questionnaire_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
@click.option("-q", "--quiet", is_flag=True, help="No talk and no progress; errors are still said.")
def feedback(
    consolidated: Path,
    teams: Path | None,
    output: Path,
    minimum_group: int,
    contact: str,
    subject: str,
    body: Path | None,
    questionnaire: Path | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Write one workbook a team: its answers beside all teams and its group.

    \b
    Examples:
      impact-xl feedback outputs/consolidated.xlsx
      impact-xl feedback outputs/consolidated.xlsx --teams teams.csv --contact improvement@example.org

    CONSOLIDATED is the workbook that collate wrote; corrections made in it count. Each pack holds one
    team's own answers, how all teams and its group answered, a draft next step for each question and the
    team's priorities. It names no other team, and withholds small numbers. With --teams the folder is an
    outbox: one message a team with its pack, to be looked at and sent. Nothing is sent.

    The fields of --subject and --body: {team} {group} {name} {title} {contact} {file} {answered} {questions}
    {closing}.
    """
    from impact_xl import feedback as packing
    from impact_xl import questionnaire as asking
    from impact_xl import roster
    from impact_xl.mail import drafts
    from impact_xl.results import stored_round

    if teams is None and (contact or subject or body):
        raise ImpactError(
            "--contact, --subject and --body are for the messages, and no team list was given",
            "Give the team list with --teams FILE, or leave them out.",
        )
    drafts.check_outbox(output, "feedback")
    listed = roster.read_teams(teams, addressed=True) if teams else None
    words = drafts.wording("feedback", subject=subject, body=body)
    collation = stored_round.read(
        consolidated, stored_round.questionnaires(*([asking.load(questionnaire)] if questionnaire else []))
    )
    packing.check_words(words, collation, contact)
    if not collation.answering:
        raise ImpactError(
            f"No team in it has a valid answer, so there is nothing to feed back: {consolidated}",
            "Combine returns first, with impact-xl collate.",
        )
    with counting_progress(quiet, "Writing") as progress:
        made = drafts.counted(packing.packs(collation, minimum_group=minimum_group), len(collation.answering), progress)
        if listed:
            messages = packing.make_drafts(made, collation, listed, words, contact)
            written = drafts.write(messages, output, files=packing.FILES, what="feedback", contact=contact)
        else:
            written = packing.write(made, output)
    if as_json:
        print_json(_object(collation, listed, written))
    say = talk(quiet)
    _report(collation, listed, say)
    say("\nWrote:")
    if not as_json:
        click.echo(output)
    first = output / (drafts.MESSAGES if listed else packing.FILES)
    send = "and send each" if listed else "and give each team its own, and no other"
    say(f"Next: open some of them in {first}, look whether they say what you want to be said, {send}.")


def _object(collation: Collation, listed: TeamList | None, written: Sequence[Path]) -> dict[str, object]:
    from impact_xl import feedback as packing

    return {
        **totals("feedback", 1, collation.statuses, collation.states, [], written),
        "packs": len(collation.answering),
        "without_answers": _silent(collation),
        "without_address": _without_address(collation, listed) if listed else [],
        "left_out": packing.left_out(collation),
    }


def _silent(collation: Collation) -> list[str]:
    """The teams that get no pack."""
    return [result.team.name for result in collation.results if not result.levels]


def _without_address(collation: Collation, listed: TeamList) -> list[str]:
    from impact_xl import feedback as packing

    return [team.name for team in packing.addressed(collation, listed).values() if not team.email]


def _report(collation: Collation, listed: TeamList | None, say: Say) -> None:
    from impact_xl import feedback as packing

    mails = ", a message with each" if listed else ""
    teams = plural(len(collation.results), "team")
    say(f"{plural(len(collation.answering), 'pack')} written{mails}. {teams} in the round.")
    if silent := _silent(collation):
        say(f"{plural(len(silent), 'team')} without a valid answer, so without a pack: {names(silent)}.")
    for line in packing.left_out(collation):
        say(f"Left out, as it is none of the levels: {line}.")
    if listed and (bare := _without_address(collation, listed)):
        say(f"{plural(len(bare), 'message')} without an address: {names(bare)}.")
