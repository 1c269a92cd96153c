"""The command `new`."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from impact_xl.cli import options
from impact_xl.cli.base import command, list_paths, say
from impact_xl.wording import plural


@command()
@click.argument("title", metavar="TITLE")
@options.teams("The team list, CSV or XLSX. Default: none yet.")
@options.deadline
@options.contact("The e-mail address for forms and questions.")
@click.option(
    "--after",
    type=options.FILE,
    metavar="FOLDER",
    help="The last round's folder: its teams (with their ids) and settings are copied.",
)
@options.output("The folder to make. Default: the title in lower case, with hyphens.", metavar="DIR")
@options.questionnaire
def new(
    title: str,
    teams: Path | None,
    deadline: date | None,
    contact: str,
    after: Path | None,
    output: Path | None,
    questionnaire: Path | None,
) -> None:
    """Make the folder of a round.

    \b
    Examples:
      impact-xl new "Autumn 2026" --teams teams.csv --deadline 30/11/2026
      impact-xl new "Spring 2027" --after autumn-2026 --deadline 31/3/2027

    The folder holds round.xlsx, and empty folders for what is sent, what comes back, and the results. In
    round.xlsx you type into three sheets: Round (title, deadline, contact and so on), Teams and Decisions. No
    command changes it later. A folder that is not empty is never overwritten.
    """
    from impact_xl import api

    made = api.new(
        title,
        teams=teams,
        deadline=deadline,
        contact=contact,
        after=after,
        output=output,
        questionnaire=questionnaire,
    )
    folder, round = made.folder, made.round
    for line in made.notes:
        say(line)
    say(f"Round “{round.title}”, id {round.id}, {plural(len(round.teams.teams), 'team')}.")
    say("Please check two sentences in round.xlsx that are on every form:")
    say(f"  Answers are about: {round.about}")
    say(f"  Who sees the answers: {round.seen_by}")
    paths = (
        (folder.workbook, "settings, teams and decisions: open it in Excel and complete it"),
        (folder.returns, "save the forms that come back here"),
        (folder.outbox, "messages to be sent are put here"),
        (folder.results, "results are put here"),
    )
    list_paths(paths, say, as_json=False)
    say(f'Next: check {folder.workbook}, save it, and run: impact-xl distribute --round "{folder.path}"')
