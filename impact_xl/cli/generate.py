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
def generate(output: Path, questionnaire: Path | None, tickbox: str | None, not_applicable: bool, about: str) -> None:
    """Write the blank form.

    \b
    Examples:
      impact-xl generate
      impact-xl generate -o "Self-assessment autumn 2026.xlsx"
      impact-xl generate --tickbox list --about "the organisation as we see it"

    A blank form that stands there already is replaced. Any other file is left alone.
    """
    from impact_xl import api

    written = api.generate(
        output, questionnaire=questionnaire, tickbox=tickbox or "native", not_applicable=not_applicable, about=about
    )
    say("Wrote the blank form:")
    click.echo(written)
    say(
        "Next: send it to the teams. When copies come back, save them all in one folder, called returns say, "
        "and run: impact-xl collate returns"
    )
