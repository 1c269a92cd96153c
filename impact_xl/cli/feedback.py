"""The command `feedback`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from impact_xl.api.options import MailOptions
from impact_xl.cli import options
from impact_xl.cli.base import (
    REHEARSAL,
    Say,
    command,
    counting_progress,
    few_names,
    list_paths,
    needed,
    print_json,
    talk,
    totals,
)
from impact_xl.wording import plural

if TYPE_CHECKING:
    from impact_xl.api.packs import FeedbackPacks
    from impact_xl.api.rounds import Settings


@command()
@click.argument("consolidated", required=False, type=options.FILE, metavar="[CONSOLIDATED]")
@options.teams("The team list, CSV or XLSX, with addresses: makes a ready e-mail for each team, too.")
@options.output("The folder to write into.", "outputs/feedback", "DIR", in_round="results/packs")
@options.round_file
@options.minimum_group("Hide figures based on fewer than N other teams.")
@click.option(
    "--few-teams",
    is_flag=True,
    help="Write packs even if too few teams answered to show the others; each says so on its first page.",
)
@options.contact("Where questions go; the messages name it.")
@options.try_address
@options.texts(
    "The subject of the messages; may hold fields like {team}.", "The text of the messages: a text file with fields."
)
@options.questionnaire
@options.as_json
@options.quiet
@options.gather(mail_options=MailOptions)
def feedback(
    consolidated: Path | None,
    teams: Path | None,
    output: Path | None,
    round: Path | None,
    minimum_group: int | None,
    few_teams: bool,
    mail_options: MailOptions,
    try_address: str,
    questionnaire: Path | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Write a feedback workbook for each team.

    \b
    Examples:
      impact-xl feedback
      impact-xl feedback --try me@trust.example
      impact-xl feedback outputs/consolidated.xlsx
      impact-xl feedback outputs/consolidated.xlsx --teams teams.csv --contact improvement@example.org

    CONSOLIDATED is the workbook that impact-xl collate wrote; corrections made in it count. Each pack holds one
    team's own answers, how all teams and its group answered, a next step for each question and the team's
    priorities. It names no other team, and hides small numbers. If too few teams answered for any figure to be
    shown, packs are written only with --few-teams. What a team types into its pack and sends back is added to
    Actions by impact-xl collate.

    With --teams the folder is an outbox: a message for each team with its pack, for you to look at and send.
    Nothing is sent. In a round's folder the workbook is results/consolidated.xlsx, and the team list is the
    sheet Teams.

    The fields of --subject and --body: {team} {group} {name} {title} {contact} {file} {answered} {questions}
    {teams} {subject} {opening} {please} {closing}.
    """
    from impact_xl import api
    from impact_xl.api.rounds import settle, settle_packs
    from impact_xl.feedback import FILES
    from impact_xl.mail.drafts import MESSAGES

    say = talk(quiet)
    values = {"contact": mail_options.contact, "minimum_group": minimum_group}
    settings = settle(round, teams=teams, questionnaire=questionnaire, values=values, addressed=True)
    source, folder, mail_options = settle_packs(settings, consolidated, output, mail_options)
    for line in (*settings.lines, *filter(None, [settings.without_last])):
        say(line)
    source = needed(source, "argument 'CONSOLIDATED'")
    _say_elsewhere(settings, source, folder, say)
    with counting_progress(quiet, "Writing") as progress:
        packs = api.feedback(
            source,
            folder,
            teams=settings.round.teams if settings.round.teams.teams else None,
            questionnaire=settings.questionnaire,
            minimum_group=settings.minimum_group,
            few_teams=few_teams,
            last=_last(settings),
            earlier=settings.folder.earlier if settings.folder and folder == settings.folder.packs else None,
            mail_options=mail_options,
            try_address=try_address,
            round=settings.round,
            progress=progress,
        )
    if as_json:
        print_json(_object(packs))
    if packs.too_few:
        _say_too_few(settings, say)
        return
    folder = packs.folder
    _report(packs, say)
    if packs.note:
        say(packs.note)
    if not packs.changed:
        say(f"They are in {folder} already, so nothing was written.")
    else:
        list_paths([(folder, "")], say, as_json=as_json)
    if packs.kept:
        say(f"The packs that were there are kept in {packs.kept}, with all that was done in them.")
    if try_address:
        say(REHEARSAL)
        return
    first = folder / (MESSAGES if packs.messages else FILES)
    send = "and send each" if packs.messages else "and give each team its own, and no other"
    say(f"Next: open some of them in {first}, check that you are happy with them, {send}.")


def _last(settings: Settings) -> Path | None:
    """Last round's workbook, where there is one."""
    last = settings.last_consolidated
    return last if last and last.is_file() else None


def _say_elsewhere(settings: Settings, source: Path, output: Path, say: Say) -> None:
    """What is read or written in the place of what the round has."""
    from impact_xl.api.rounds import is_place

    if settings.folder and not is_place(source, settings.folder.consolidated):
        say(f"For this run {source} is read, and not {settings.folder.consolidated}.")
    if settings.folder and not is_place(output, settings.folder.packs):
        say(f"For this run {output} is written, and not {settings.folder.packs}.")


def _say_too_few(settings: Settings, say: Say) -> None:
    """Why no pack was written, and how to have them all the same."""
    least = settings.minimum_group
    say(
        f"Wrote: nothing. Too few teams answered to show the others: more than {least} teams have to answer a "
        "question. A pack would show a team nothing but its own answers."
    )
    say("Next: wait for more returns, or write the packs anyway with --few-teams.")


def _object(packs: FeedbackPacks) -> dict[str, Any]:
    collation = packs.collation
    return {
        **totals("feedback", 1, collation.statuses, collation.states, [], packs.paths),
        "packs": len(collation.answering),
        "without_answers": packs.without_answers,
        "without_address": packs.without_address,
        "left_out": packs.left_out,
    }


def _report(packs: FeedbackPacks, say: Say) -> None:
    collation = packs.collation
    mails = ", a message with each" if packs.messages else ""
    teams = plural(len(collation.results), "team")
    written = " written" if packs.changed else ", as before"
    say(f"{plural(len(collation.answering), 'pack')}{written}{mails}. {teams} in the round.")
    if silent := packs.without_answers:
        say(f"{plural(len(silent), 'team')} without a valid answer, so without a pack: {few_names(silent)}.")
    for line in packs.left_out:
        say(f"Left out, as it is not one of the levels: {line}.")
    if addressless := packs.without_address:
        say(f"{plural(len(addressless), 'message')} without an address: {few_names(addressless)}.")
