"""The command `collate`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from impact_xl.api.options import ReadOptions, WriteOptions
from impact_xl.cli import options
from impact_xl.cli.base import (
    Say,
    collation_totals,
    command,
    expect_form,
    leave,
    list_paths,
    print_json,
    reading_progress,
    report,
    talk,
)
from impact_xl.wording import plural

if TYPE_CHECKING:
    from impact_xl.api.workbooks import Consolidation


@command()
@options.returns
@options.output("Where to write the consolidated workbook.", "outputs/consolidated.xlsx")
@options.teams("The team list, CSV or XLSX: who was asked.")
@options.round_file
@options.questionnaire
@click.option("--csv", type=options.FILE, metavar="DIR", help="Write the tables as CSV files, too.")
@click.option(
    "--parquet",
    type=options.FILE,
    metavar="FILE",
    help="Write the answers as a Parquet file, too; needs the extra impact-xl[parquet].",
)
@click.option(
    "--share",
    type=options.FILE,
    metavar="PATH",
    help="Write a copy for board papers, too: no team named, no free text, small numbers withheld.",
)
@options.minimum_group("In the copy to share, withhold figures that fewer other teams than this stand behind.")
@click.option(
    "--target", metavar="LEVEL", help="The level that “at target” means, by name or number. Default: Progressing."
)
@options.date("date", "What the results are dated, such as 2026-11-30. Default: the newest date in the returns.")
@options.decisions
@click.option(
    "--overwrite",
    is_flag=True,
    help="Keep no dated copy of the workbook that is replaced, even where it cannot be read back.",
)
@options.reading
@options.gather(read_options=ReadOptions, write_options=WriteOptions)
def collate(
    read_options: ReadOptions, write_options: WriteOptions, output: Path, as_json: bool, strict: bool, quiet: bool
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

    with reading_progress(quiet) as progress:
        consolidation = api.consolidate(read_options, output, write_options, progress=progress)
    collation = consolidation.collation
    say = talk(quiet)
    if as_json:
        print_json(collation_totals("collate", collation, consolidation.paths))
    report(collation, say)
    expect_form(bool(consolidation.paths))
    list_paths(((path, "") for path in consolidation.paths), say, as_json=as_json)
    if consolidation.replaced:
        _say_kept(consolidation, output, say)
    say(f"Next: open {output.name} in Excel, begin with its sheet To fix, and discuss what the Summary lists.")
    leave(collation.to_fix, strict)


def _say_kept(consolidation: Consolidation, output: Path, say: Say) -> None:
    carried = consolidation.collation.carried
    copies = [path for path in consolidation.paths[1:] if path.name.startswith(f"{output.stem} ")]
    copy = f" Your old file is kept as {copies[0].name}." if copies else ""
    entries = str(carried or "") or "nothing, as nobody had typed anything into it"
    say(f"Carried over from the workbook that was there: {entries}.{copy}")
    if carried and carried.lost:
        lost = plural(carried.lost, "thing that was", "things that were")
        say(f"Not carried over: {lost} typed there; To fix says which (text-not-kept).")
