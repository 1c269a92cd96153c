"""The command `collate`."""

from __future__ import annotations

from datetime import date
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
    settled,
    start_reading,
    talk,
)
from impact_xl.files.dates import show_date
from impact_xl.wording import plural

if TYPE_CHECKING:
    from impact_xl.api.rounds import Settings
    from impact_xl.api.workbooks import Consolidation
    from impact_xl.round.collation import Collation


@command()
@options.returns
@options.output(
    "Where to write the consolidated workbook.", "outputs/consolidated.xlsx", in_round="results/consolidated.xlsx"
)
@options.teams("The team list, CSV or XLSX: who was asked.")
@options.round_file
@options.questionnaire
@options.csv("Write the tables as CSV files, too. A round has results/tables.")
@click.option(
    "--parquet",
    type=options.FILE,
    metavar="FILE",
    help="Write the answers as a Parquet file, too; needs the extra impact-xl[parquet].",
)
@options.share(
    "Write a copy for board papers, too: no team named, no free text, small numbers hidden. "
    "A round has results/board.xlsx, once enough teams have answered."
)
@options.minimum_group("In the board copy, hide figures based on fewer than N other teams.")
@click.option(
    "--target",
    metavar="LEVEL",
    help="The level that “at target” means, by name or number. Default: what the round says, else Progressing.",
)
@options.date("date", "What the results are dated, such as 2026-11-30. Default: the newest date in the returns.")
@options.decisions
@options.overwrite("Keep no dated copy of the workbook that is replaced, even where it cannot be read back.")
@click.option(
    "--same-round",
    is_flag=True,
    help="The workbook that is replaced is this round's, although it carries no round's id or another one.",
)
@click.option(
    "--also",
    multiple=True,
    type=options.FILE,
    metavar="OTHER.xlsx",
    help="A second copy of the consolidated workbook, which somebody else typed into: levels in Answers, and rows of "
    "Actions and Comments are taken from it. May be given more than once. The copy is never changed.",
)
@options.reading
@options.gather(read_options=ReadOptions, write_options=WriteOptions)
def collate(
    read_options: ReadOptions,
    write_options: WriteOptions,
    output: Path | None,
    as_json: bool,
    strict: bool,
    quiet: bool,
) -> None:
    """Read all returns and write the consolidated workbook.

    \b
    Examples:
      impact-xl collate
      impact-xl collate returns
      impact-xl collate returns --teams teams.csv
      impact-xl collate returns late.xlsx -o results.xlsx --csv tables --target Spreading
      impact-xl collate --also "consolidated, Jo's copy.xlsx"

    RETURNS are files, folders, zip archives, saved mails (.eml, .msg) and mailboxes, in any mix; all are
    searched deep. No returned file is ever moved, renamed or changed. An existing output file is kept as a dated
    copy. In a round's folder RETURNS is the folder returns. Everything is written into results, and dated copies
    go to results/earlier. In results, meeting.xlsx has a page for each question to discuss.
    """
    start_reading(read_options)
    from impact_xl import api
    from impact_xl.api.rounds import settle_writing

    say = talk(quiet)
    settings, found = settled(read_options, say, minimum_group=write_options.minimum_group)
    place, places = settle_writing(settings, output, write_options)
    _say_elsewhere(settings, output, write_options, say)
    with reading_progress(quiet) as progress:
        consolidation = api.consolidate(found, place, places, progress=progress)
    collation = consolidation.collation
    if as_json:
        print_json(collation_totals("collate", collation, consolidation.paths))
    report(collation, say)
    expect_form(bool(consolidation.paths), found.returns, read=bool(collation.files))
    list_paths(((path, "") for path in consolidation.paths), say, as_json=as_json)
    for remark in consolidation.remarks:
        say(remark)
    if consolidation.too_few_to_share:
        _say_too_few(settings, say)
    _say_meeting(collation, say)
    if consolidation.replaced:
        _say_kept(consolidation, place, say)
        _say_new(consolidation, say)
    if settings.folder:
        _say_typed(collation, settings.folder.workbook.name, say)
    if collation.round.closed_on:
        _say_closed(collation.round.closed_on, settings, say)
    say(f"Next: open {place.name} in Excel, begin with its sheet To fix, and discuss what the Summary lists.")
    leave(collation.to_fix, strict)


def _say_elsewhere(settings: Settings, output: Path | None, given: WriteOptions, say: Say) -> None:
    """What is written elsewhere than the round has its place for, and what follows from it."""
    from impact_xl.api.rounds import CONSOLIDATED, is_place

    folder = settings.folder
    if folder is None:
        return
    if Path(CONSOLIDATED).exists() and not folder.consolidated.exists():
        say(
            f"{CONSOLIDATED} is there as well, and what was typed into it is not carried over. If it is of this round, "
            f"move it to {folder.consolidated} and run the command again."
        )
    if not is_place(output, folder.consolidated):
        say(
            f"For this run {output} is written, and not {folder.consolidated}: what was typed into that is not carried "
            "over. Tables and the board copy are written only where --csv and --share say."
        )
        return
    for option, path, own in (("csv", given.csv, folder.tables), ("share", given.share, folder.board)):
        if not is_place(path, own):
            say(f"For this run --{option} {path} is written, and not {own}.")


def _say_too_few(settings: Settings, say: Say) -> None:
    """Why there is no copy for board papers."""
    board = settings.folder.board if settings.folder else Path()
    least = settings.minimum_group
    old = " The one that is there is of an earlier run." if board.exists() else ""
    say(
        f"{board} was not written: too few teams have answered. A figure is shown where more than {least} teams have a "
        f"valid answer to a question.{old}"
    )


def _say_meeting(collation: Collation, say: Say) -> None:
    """What came of what was typed into the workbook for the meeting."""
    if collation.meeting and collation.meeting.lines:
        say(f"Taken into Actions from {collation.meeting.file}: {plural(len(collation.meeting.lines), 'line')}.")
    if cleared := collation.carried.cleared if collation.carried else 0:
        say(f"Taken out of Actions, as cleared in the workbook for the meeting: {plural(cleared, 'line')}.")


def _say_kept(consolidation: Consolidation, output: Path, say: Say) -> None:
    """What has become of what people typed into the workbook that was there, and into second copies of it."""
    from impact_xl.roster.folder import EARLIER

    carried = consolidation.collation.carried
    copies = [path for path in consolidation.paths[1:] if path.name.startswith(f"{output.stem} ")]
    beside = f"{EARLIER}/" if copies and copies[0].parent != output.parent else ""
    copy = f" Your old file is kept as {beside}{copies[0].name}." if copies else ""
    nothing = "nothing" if carried and carried.lost else "nothing, as nobody had typed anything into it"
    entries = str(carried or "") or nothing
    say(f"Carried over from the workbook that was there: {entries}.{copy}")
    for line in carried.from_copies if carried else ():
        say(line)
    if carried and carried.lost:
        lost = plural(carried.lost, "change")
        say(f"Not carried over: {lost} made there; To fix says which (text-not-kept).")
    _say_decisions(consolidation.collation, say)


def _say_decisions(collation: Collation, say: Say) -> None:
    """Which decisions stand although no list was given, and how many have ended."""
    if collation.decisions.kept:
        kept = plural(len(collation.decisions.answers) + len(collation.decisions.copies), "decision")
        say(f"No list of decisions was given, so those in the workbook still count: {kept}.")
    if ended := sum(each.rule.id == "decision-ended" for each in collation.to_fix):
        say(f"{plural(ended, 'decision has', 'decisions have')} ended; To fix says which (decision-ended).")


_MOST_TYPED = 20  # levels that have a line


def _say_typed(collation: Collation, workbook: str, say: Say) -> None:
    """The levels that were typed into Answers, as lines that can be pasted into the sheet Decisions."""
    from impact_xl.round.decisions import of_typed_levels

    typed = [*of_typed_levels(collation.results, collation.questionnaire)]
    if not typed:
        return
    levels = plural(len(typed), "level was", "levels were")
    lines = "it as a decision, paste this line" if len(typed) == 1 else "them as decisions, paste these lines"
    say(f"{levels} typed into Answers. To keep {lines} into Decisions of {workbook}:")
    for row in typed[:_MOST_TYPED]:
        say("\t".join("" if cell is None else str(cell) for cell in row))
    if len(typed) > _MOST_TYPED:
        say(f"  and {len(typed) - _MOST_TYPED} more")


def _say_closed(closed_on: date, settings: Settings, say: Say) -> None:
    """That the round is closed, and what may be deleted now; nothing is deleted by us."""
    from impact_xl.results.how_done import HOW_DONE

    say(f"The round was closed on {show_date(closed_on)}. The sheet {HOW_DONE} says how its results came about.")
    gone = settings.folder.to_delete() if settings.folder else []
    if gone:
        say("When the results are agreed, you may delete (docs/information-governance.md says why and when):")
    for path, holds in gone:
        say(f"  {path}  ({holds})")
    say(
        "Keep the consolidated workbook and the team list: the next round begins with them. Nothing is deleted for you."
    )


def _say_new(consolidation: Consolidation, say: Say) -> None:
    """What is new since the workbook before."""
    from impact_xl.results.news import lines

    carried = consolidation.collation.carried
    for line in lines(carried.news) if carried and carried.news else ():
        say(line)
