"""The command `status`."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from impact_xl.api.options import ReadOptions
from impact_xl.cli import options
from impact_xl.cli.base import (
    Say,
    collation_totals,
    command,
    leave,
    list_paths,
    needed,
    print_json,
    reading_progress,
    say_how_it_stands,
    say_of_actions,
    say_of_bounces,
    say_of_losses,
    say_of_no_form,
    say_of_no_team,
    settled,
    start_reading,
    talk,
)
from impact_xl.files.dates import show_date
from impact_xl.files.table_files import text_of

if TYPE_CHECKING:
    from impact_xl.api.mail import StatusReport
    from impact_xl.api.rounds import Settings
    from impact_xl.mail.tracking import Tracking
    from impact_xl.round.record import TeamResult

_MOST_LISTED = 20
_GAP = "  "
_NARROWEST = 8  # a column is cut no further, however narrow the window is
_WIDEST = 44  # a name longer than this is cut on the screen, never in the file


@command()
@options.returns
@options.teams("The team list, CSV or XLSX: who was asked. Needed outside a round.")
@options.output(
    "Write the tracking file, too: a workbook in which you note extensions and the like.",
    in_round="results/tracking.xlsx",
)
@options.addresses
@options.consolidated
@options.round_file
@options.questionnaire
@options.decisions
@options.date("date", "What the tracking file is dated. Default: the newest date in the returns.")
@options.reading
@options.gather(read_options=ReadOptions)
def status(
    read_options: ReadOptions,
    output: Path | None,
    addresses: bool,
    consolidated: Path | None,
    as_json: bool,
    strict: bool,
    quiet: bool,
) -> None:
    """Show who has returned, who has not, and how much is to fix.

    \b
    Examples:
      impact-xl status
      impact-xl status returns --teams teams.csv
      impact-xl status returns --teams teams.csv -o tracking.xlsx
      impact-xl status returns --teams teams.csv --json

    With nothing returned yet the folder may be empty. A tracking file that is already there is read
    first: what you typed into it is carried over, and the old one is kept as a dated copy (in a round in
    results/earlier).
    """
    start_reading(read_options)
    from impact_xl import api

    say = talk(quiet)
    settings, found = settled(read_options, say)
    needed(settings.folder or read_options.teams, "option '--teams'")
    place, earlier = _place(settings, output, say)
    with reading_progress(quiet) as progress:
        report = api.status(
            found,
            place,
            earlier=earlier,
            consolidated=consolidated or settings.consolidated,
            before=settings.outboxes,
            progress=progress,
        )
    collation = report.collation
    if as_json:
        print_json(_object(report))
    elif addresses:
        click.echo(report.addresses)
    else:
        for line in _table(report):
            click.echo(line)
    say_how_it_stands(collation, say, "\n")
    for line in report.due:
        say(line)
    say_of_no_form(collation, say)
    for line in _error_lines(report):
        say(line)
    say_of_no_team(collation.to_fix, say)
    say_of_bounces(collation, say)
    say_of_actions(collation, say)
    if report.paths:
        list_paths(((path, "") for path in report.paths), say, as_json=as_json)
        _say_carried_over(report, say, in_round=bool(settings.folder))
    _say_next(report, place, settings, say)
    leave(collation.to_fix, strict)


def _place(settings: Settings, output: Path | None, say: Say) -> tuple[Path | None, Path | None]:
    """Where the tracking file is written, and the folder for the copy of an old one."""
    from impact_xl.api.rounds import is_place

    folder = settings.folder
    if folder is None:
        return output, None
    if not is_place(output, folder.tracking):
        say(f"For this run {output} is written, and not {folder.tracking}.")
        return output, None
    return folder.tracking, folder.earlier


def _error_lines(report: StatusReport) -> Iterator[str]:
    """What is to fix, a line a team."""
    from impact_xl.mail import tracking

    teams = [result.team for result in report.collation.results if result.team.id in report.errors]
    for team in teams[:_MOST_LISTED]:
        yield f"  {team.name}: {'; '.join(tracking.summarise(report.errors[team.id]).splitlines())}"
    if len(teams) > _MOST_LISTED:
        yield f"  and {len(teams) - _MOST_LISTED} more teams with something to fix"


def _object(report: StatusReport) -> dict[str, Any]:
    collation = report.collation
    return {
        **collation_totals("status", collation, report.paths),
        "outstanding": [_outstanding(result) for result in collation.results if result.status == "none"],
        "by_team": [_by_team(result, report) for result in collation.results],
    }


def _outstanding(result: TeamResult) -> dict[str, str]:
    team = result.team
    return {
        "team_id": team.id,
        "team": team.name,
        "group": team.group_name,
        "contact": team.contact,
        "email": team.email,
    }


def _by_team(result: TeamResult, report: StatusReport) -> dict[str, Any]:
    errors = report.errors.get(result.team.id, ())
    return {
        "team_id": result.team.id,
        "team": result.team.name,
        "group": result.team.group_name,
        "status": result.status.value,
        "answered": result.answered,
        "questions": len(report.collation.questionnaire.questions),
        "to_fix": len(errors),
        "what_is_to_fix": [finding.message for finding in errors],
        "copies": result.copies,
        "returned": result.date.isoformat() if result.date else "",
        "file": result.submission.where.file if result.submission else "",
        "listed": result.listed,
        **_entries(result, report.old_tracking),
    }


def _entries(result: TeamResult, old_tracking: Tracking | None) -> dict[str, str]:
    """What people noted in the tracking file, where there is one."""
    from impact_xl.mail.tracking_columns import ENTRY_COLUMNS

    row = old_tracking.of(result.team).row if old_tracking else {}
    return {head.lower().replace(" ", "_"): text_of(row.get(head, "")) for head in ENTRY_COLUMNS}


def _table(report: StatusReport) -> Iterator[str]:
    """The lines of the table on the screen, those who sent nothing first."""
    from impact_xl.results.labels import STATUS_LABELS

    questions = len(report.collation.questionnaire.questions)
    order = ("none", "unreadable", "unusable", "partial", "complete", "withdrawn")
    tracking = report.old_tracking
    rows = [
        (
            result.team.name,
            result.team.group_name,
            STATUS_LABELS[result.status],
            f"{result.answered} of {questions}" if result.copies else "",
            str(len(report.errors[result.team.id])) if result.team.id in report.errors else "",
            show_date(result.date) if result.date else "",
            *([tracking.of(result.team).noted] if tracking else []),
        )
        for result in sorted(report.collation.results, key=lambda result: order.index(result.status))
    ]
    heads = ("Team", "Group", "Status", "Answered", "To fix", "Returned", *(["Noted"] if tracking else []))
    yield from _columns([heads, *rows])


def _columns(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """The rows in columns that fit the window; the widest columns give way first, and a long text ends in “…”."""
    widths = [min(_WIDEST, max(len(row[col]) for row in rows)) for col in range(len(rows[0]))]
    room = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    while room and sum(widths) + len(_GAP) * (len(widths) - 1) > room and max(widths) > _NARROWEST:
        widths[widths.index(max(widths))] -= 1
    for number, row in enumerate(rows):
        cells = zip(row, widths, strict=True)
        cut = (cell if len(cell) <= width else cell[: width - 1] + "…" for cell, width in cells)
        line = _GAP.join(cell.ljust(width) for cell, width in zip(cut, widths, strict=True)).rstrip()
        yield click.style(line, bold=True) if number == 0 else line


def _say_carried_over(report: StatusReport, say: Say, *, in_round: bool) -> None:
    """What has become of what people typed into the tracking file that was there."""
    tracking = report.old_tracking
    if tracking is None:
        return
    teams = [result.team for result in report.collation.results]
    carried = tracking.carried(teams)
    if carried or not in_round:
        say(f"Carried over from the old tracking file: {carried or 'nothing, as its yellow cells were empty'}.")
    say_of_losses(tracking.losses(teams), say)
    if tracking.other_sheets:
        say(f"Sheets that were added to it are in the old copy alone: {', '.join(tracking.other_sheets)}.")


def _say_next(report: StatusReport, output: Path | None, settings: Settings, say: Say) -> None:
    closed_on = report.collation.round.closed_on
    if closed_on:
        say(f"The round was closed on {show_date(closed_on)}, so nobody is to be asked any more.")
        return
    done = not report.collation.statuses["none"] and not report.errors
    if settings.folder:
        collate, remind = settings.command("collate"), settings.command("remind")
        say(
            f"Next: everything is in. Run: {collate}"
            if done
            else f"Next: make an e-mail for each team that is to be asked: {remind}"
        )
        return
    if done:
        say("Next: everything is in. Run impact-xl collate with the same files.")
        return
    tracking = f' and --tracking "{output}"' if output else ""
    say(f"Next: impact-xl remind, with the same files{tracking}, makes an e-mail for each team that is to be asked.")
