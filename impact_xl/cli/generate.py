"""The command `generate`."""

from __future__ import annotations

from pathlib import Path

import click

from impact_xl.cli import options
from impact_xl.cli.base import command, say


@command()
@options.output(
    "Where to write the form. Default: templates/assessment_template.xlsx, with --paper "
    "templates/assessment_paper.xlsx; in the round's folder, where there is one."
)
@click.option("--paper", is_flag=True, help="The form to be printed and ticked by pen, for teams without a computer.")
@options.round_file
@options.questionnaire
@options.forms
@options.about
def generate(
    output: Path | None,
    paper: bool,
    round: Path | None,
    questionnaire: Path | None,
    tickbox: str | None,
    not_applicable: bool,
    about: str,
) -> None:
    """Write the blank form, or with --paper the form to be ticked by pen.

    \b
    Examples:
      impact-xl generate
      impact-xl generate --round autumn-2026
      impact-xl generate -o "Self-assessment autumn 2026.xlsx"
      impact-xl generate --tickbox list --about "the organisation as we see it"
      impact-xl generate --paper --round autumn-2026

    In a round's folder, or with --round, the form carries the round's title, deadline, contact and settings.
    A blank form that is already there is replaced. Any other file is left alone.
    """
    from impact_xl import api
    from impact_xl.api.rounds import settle
    from impact_xl.api.workbooks import PAPER, TEMPLATE

    values = {"tickbox": tickbox, "not_applicable": not_applicable, "about": about}
    settings = settle(round, questionnaire=questionnaire, values=values)
    for line in settings.lines:
        say(line)
    folder = settings.folder.path if settings.folder else Path()
    written = api.generate(
        output or folder / (PAPER if paper else TEMPLATE),
        questionnaire=settings.questionnaire,
        tickbox=(tickbox or "") if paper else settings.tickbox,
        round=settings.round,
        paper=paper,
    )
    say("Wrote the form to be printed:" if paper else "Wrote the blank form:")
    click.echo(written)
    say(_NEXT_ON_PAPER if paper else _NEXT)


_NEXT = (
    "Next: send it to the teams. When copies come back, save them all in one folder, for example returns, "
    "and run: impact-xl collate returns"
)
_NEXT_ON_PAPER = (
    "Next: print it on A4 and give it to the teams that have no computer. When it comes back, type the ticks into a "
    "form of that team, and save that among the returns."
)
