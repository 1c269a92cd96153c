"""The command `demo`."""

from __future__ import annotations

from pathlib import Path

import click

from impact_xl.cli import options
from impact_xl.cli.base import command, reading_progress, report, say


@command()
@click.option("--count", type=click.IntRange(min=1, max=2000), default=40, show_default=True, help="How many teams.")
@options.output("The folder to write everything into.", "outputs/demo", "DIR")
@click.option("--seed", type=int, default=1, show_default=True, help="Another number gives other answers.")
def demo(count: int, output: Path, seed: int) -> None:
    """Play through a round of fictional teams, from blank form to results.

    \b
    Examples:
      impact-xl demo
      impact-xl demo --count 12 -o try-it

    Writes a round's folder with a blank form and returned copies, with the usual mishaps among them, then
    reads the copies back and combines them. The folder results has all that a round gives. Everything in it
    is made up. The other commands work in it.
    """
    from impact_xl import demo as fictional

    with reading_progress(quiet=False) as progress:
        round = fictional.write(output, count, seed, progress=progress)
    report(round.collation, say)
    say("\nWrote (everything in it is made up):")
    for path, what in round.places:
        click.echo(f"{path}  ({what})")
    say(
        f"Next: open {round.workbook}, and look into the copies it was made of. "
        f'Then go into the folder (cd "{round.folder}") and try: impact-xl status; impact-xl feedback makes the packs. '
        f"Or fill in the form yourself, save it in {round.returns.name} there, and run: impact-xl collate"
    )
