"""The command `explain`."""

from __future__ import annotations

import click

from impact_xl.cli.base import command
from impact_xl.cli.usage import closest_match
from impact_xl.findings import RULES, ImpactError


@command()
@click.argument("rule", required=False)
def explain(rule: str | None) -> None:
    """Explain one kind of finding; without RULE, list them all.

    \b
    Examples:
      impact-xl explain
      impact-xl explain answer-multiple
    """
    if not rule:
        for each in RULES.values():
            click.echo(f"{each.id:<26} {each.severity.value:<8} {each.title}")
        return
    if not (known := RULES.get(rule)):
        hint = closest_match(rule, RULES)
        raise ImpactError(f"There is no finding called “{rule}”.", f"{hint} impact-xl explain lists them all.".strip())
    click.echo(f"{known.id} ({known.severity.value}): {known.title}\n\n{known.why}\n")
    click.echo(f"What we saw: {known.message}\nWhat to do:  {known.mend}")
    click.echo(f"Page:        docs/findings.md#{known.id}\nCase:        tests/cases/{known.id}.md")
