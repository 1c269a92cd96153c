"""The command `collate`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from impact_xl.cli.base import (
    Say,
    collation_totals,
    command,
    deciding_options,
    expect_form,
    leave,
    print_json,
    questionnaire_option,
    reading_options,
    reading_progress,
    report,
    round_option,
    talk,
)
from impact_xl.wording import plural

if TYPE_CHECKING:
    from impact_xl.round.collation import Collation


@command()
@click.argument("returns", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RETURNS...")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path("outputs/consolidated.xlsx"),
    show_default=True,
    metavar="PATH",
    help="Where to write the consolidated workbook.",
)
@click.option(
    "--teams", type=click.Path(path_type=Path), metavar="FILE", help="The team list, CSV or XLSX: who was asked."
)
@round_option
@questionnaire_option
@click.option("--csv", type=click.Path(path_type=Path), metavar="DIR", help="Write the tables as CSV files, too.")
@click.option(
    "--parquet",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the answers as a Parquet file, too; needs the extra impact-xl[parquet].",
)
@click.option(
    "--share",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="Write a copy for board papers, too: no team named, no free text, small numbers withheld.",
)
@click.option(
    "--minimum-group",
    type=click.IntRange(min=2),
    default=5,
    show_default=True,
    metavar="N",
    help="In the copy to share, withhold figures that fewer other teams than this stand behind.",
)
@click.option(
    "--target", metavar="LEVEL", help="The level that “at target” means, by name or number. Default: Progressing."
)
@click.option(
    "--date",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="What the results are dated, such as 2026-11-30. Default: the newest date in the returns.",
)
@deciding_options
@click.option(
    "--overwrite",
    is_flag=True,
    help="Keep no dated copy of the workbook that is replaced, even where it cannot be read back.",
)
@reading_options
def collate(
    returns: tuple[Path, ...],
    output: Path,
    teams: Path | None,
    round: Path | None,
    questionnaire: Path | None,
    csv: Path | None,
    parquet: Path | None,
    share: Path | None,
    minimum_group: int,
    target: str | None,
    date: datetime | None,
    overrides: Path | None,
    password_file: Path | None,
    overwrite: bool,
    jobs: int | None,
    as_json: bool,
    strict: bool,
    quiet: bool,
) -> None:
    """Read all returns and write the consolidated workbook.

    \b
    Examples:
      impact-xl collate returns
      impact-xl collate returns --teams teams.csv
      impact-xl collate returns late.xlsx -o results.xlsx --csv tables --target Spreading

    RETURNS are files, folders, zip archives, saved mails (.eml, .msg) and mailboxes, in any mix; all are
    searched deep. No returned file is ever moved, renamed or changed. A workbook that stands at the
    output is kept beside it as a dated copy.
    """
    from impact_xl import api

    api.check_places(output, csv=csv, parquet=parquet, share=share, keep=not overwrite)
    was_there = output.exists()
    with reading_progress(quiet) as progress:
        collation = api.collate(
            returns,
            teams,
            round=round,
            questionnaire=questionnaire,
            target=target,
            date=date.date() if date else None,
            overrides=overrides,
            password_file=password_file,
            jobs=jobs,
            progress=progress,
        )
    recognised = any(each.judged for each in collation.files)
    written: Sequence[Path] = ()
    if recognised:
        done = api.write_results(
            collation,
            output,
            csv=csv,
            parquet=parquet,
            share=share,
            minimum_group=minimum_group,
            keep=not overwrite,
        )
        collation, written = done.collation, done.paths
    say = talk(quiet)
    if as_json:
        print_json(collation_totals("collate", collation, written))
    report(collation, say)
    expect_form(recognised)
    say("\nWrote:")
    if not as_json:
        for path in written:
            click.echo(path)
    if was_there:
        _say_kept(collation, output, written, say)
    say(f"Next: open {output.name} in Excel, begin with its sheet To fix, and discuss what the Summary lists.")
    leave(collation.to_fix, strict)


def _say_kept(collation: Collation, output: Path, written: Sequence[Path], say: Say) -> None:
    carried = str(collation.carried or "") or "nothing, as nobody had typed anything into it"
    copies = [path for path in written[1:] if path.name.startswith(f"{output.stem} ")]
    kept = f" Your old file is kept as {copies[0].name}." if copies else ""
    say(f"Carried over from the workbook that was there: {carried}.{kept}")
    if collation.carried and collation.carried.lost:
        lost = plural(collation.carried.lost, "thing that was", "things that were")
        say(f"Not carried over: {lost} typed there; To fix says which (text-not-kept).")
