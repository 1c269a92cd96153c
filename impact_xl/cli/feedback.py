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
    from impact_xl.results.stored_round import StoredRound
    from impact_xl.roster import TeamList


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
    held = stored_round.read(
        consolidated, stored_round.questionnaires(*([asking.load(questionnaire)] if questionnaire else []))
    )
    packing.check_words(words, held, contact)
    if not held.answering:
        raise ImpactError(
            f"No team in it has a valid answer, so there is nothing to feed back: {consolidated}",
            "Combine returns first, with impact-xl collate.",
        )
    with counting_progress(quiet, "Writing") as progress:
        made = drafts.counted(packing.packs(held, minimum_group=minimum_group), len(held.answering), progress)
        if listed:
            messages = packing.make_drafts(made, held, listed, words, contact)
            written = drafts.write(messages, output, files=packing.FILES, what="feedback", contact=contact)
        else:
            written = packing.write(made, output)
    if as_json:
        print_json(_object(held, listed, written))
    say = talk(quiet)
    _report(held, listed, say)
    say("\nWrote:")
    if not as_json:
        click.echo(output)
    first = output / (drafts.MESSAGES if listed else packing.FILES)
    send = "and send each" if listed else "and give each team its own, and no other"
    say(f"Next: open some of them in {first}, look whether they say what you want to be said, {send}.")


def _object(held: StoredRound, listed: TeamList | None, written: Sequence[Path]) -> dict[str, object]:
    return {
        **totals("feedback", 1, held.statuses, held.states, [], written),
        "packs": len(held.answering),
        "without_answers": _silent(held),
        "without_address": _without_address(held, listed) if listed else [],
        "left_out": list(held.left_out),
    }


def _silent(held: StoredRound) -> list[str]:
    """The teams that get no pack."""
    return [reply.team.name for reply in held.replies if not reply.levels]


def _without_address(held: StoredRound, listed: TeamList) -> list[str]:
    from impact_xl import feedback as packing

    return [team.name for team in packing.addressed(held, listed).values() if not team.email]


def _report(held: StoredRound, listed: TeamList | None, say: Say) -> None:
    mails = ", a message with each" if listed else ""
    say(f"{plural(len(held.answering), 'pack')} written{mails}. {plural(len(held.replies), 'team')} in the round.")
    if silent := _silent(held):
        say(f"{plural(len(silent), 'team')} without a valid answer, so without a pack: {names(silent)}.")
    for line in held.left_out:
        say(f"Left out, as it is none of the levels: {line}.")
    if listed and (bare := _without_address(held, listed)):
        say(f"{plural(len(bare), 'message')} without an address: {names(bare)}.")
