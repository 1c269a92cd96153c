"""The command `generate`."""

from __future__ import annotations

from pathlib import Path

import click

from impact_xl.cli import options
from impact_xl.cli.base import command, say


@command()
@options.output("Where to write the form.", "templates/assessment_template.xlsx")
@options.questionnaire
@options.forms
@options.about
@options.round_file
def generate(
    output: Path,
    questionnaire: Path | None,
    tickbox: str | None,
    not_applicable: bool,
    about: str,
    round: Path | None,
) -> None:
    """Write the blank form.

    \b
    Examples:
      impact-xl generate
      impact-xl generate --round autumn-2026
      impact-xl generate -o "Self-assessment autumn 2026.xlsx"
      impact-xl generate --tickbox list --about "the organisation as we see it"

    In a round's folder, or with --round, the form carries the round's title, deadline, contact and settings.
    A blank form that stands there already is replaced. Any other file is left alone.
    """
    from impact_xl import api
    from impact_xl.api.rounds import settle

    values = {"tickbox": tickbox, "not_applicable": not_applicable, "about": about}
    settings = settle(round, questionnaire=questionnaire, values=values)
    for line in settings.lines:
        say(line)
    written = api.generate(output, questionnaire=settings.questionnaire, tickbox=settings.tickbox, round=settings.round)
    say("Wrote the blank form:")
    click.echo(written)
    say(
        "Next: send it to the teams. When copies come back, save them all in one folder, called returns say, "
        "and run: impact-xl collate returns"
    )
