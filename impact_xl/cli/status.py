"""The command `status`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from impact_xl.cli.base import (
    Say,
    collation_totals,
    command,
    deciding_options,
    files_read,
    leave,
    print_json,
    questionnaire_option,
    reading_options,
    reading_progress,
    round_option,
    say_of_bounces,
    say_of_no_form,
    say_of_no_team,
    status_words,
    talk,
)
from impact_xl.files.table_files import text_of
from impact_xl.wording import plural

if TYPE_CHECKING:
    from impact_xl.findings import Finding
    from impact_xl.mail.tracking import Tracking
    from impact_xl.round.collation import Collation
    from impact_xl.round.record import TeamResult

_MOST_LISTED = 20
_WIDEST = 44  # a name longer than this is cut on the screen, never in the file


@command()
@click.argument("returns", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RETURNS...")
@click.option(
    "--teams",
    required=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The team list, CSV or XLSX: who was asked.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="Write the tracking file, too: a workbook in which you note extensions and the like.",
)
@round_option
@questionnaire_option
@deciding_options
@click.option(
    "--date",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="What the tracking file is dated. Default: the newest date in the returns.",
)
@reading_options
def status(
    returns: tuple[Path, ...],
    teams: Path,
    output: Path | None,
    round: Path | None,
    questionnaire: Path | None,
    overrides: Path | None,
    password_file: Path | None,
    date: datetime | None,
    jobs: int | None,
    as_json: bool,
    strict: bool,
    quiet: bool,
) -> None:
    """Show who has returned, who is outstanding, and how much is to fix.

    \b
    Examples:
      impact-xl status returns --teams teams.csv
      impact-xl status returns --teams teams.csv -o tracking.xlsx
      impact-xl status returns --teams teams.csv --json

    With nothing returned yet the folder may be empty. A tracking file that stands there already is read
    first: what was typed into it is carried over, and the old one is kept beside it as a dated copy.
    """
    from impact_xl import api
    from impact_xl.mail import tracking

    if output:
        tracking.check(output)
    with reading_progress(quiet) as progress:
        collation = api.collate(
            returns,
            teams,
            round=round,
            questionnaire=questionnaire,
            date=date.date() if date else None,
            overrides=overrides,
            password_file=password_file,
            jobs=jobs,
            progress=progress,
        )
    wanting = tracking.to_fix(collation)
    before = tracking.read(output) if output and output.exists() else None
    written = tracking.write(collation, output) if output else []
    say = talk(quiet)
    if as_json:
        print_json(
            {
                **collation_totals("status", collation, written),
                "outstanding": [_outstanding(result) for result in _of_status(collation, "none")],
                "by_team": [
                    _by_team(result, wanting.get(result.team.id, ()), before, collation) for result in collation.results
                ],
            }
        )
    else:
        for line in _table(collation, wanting, before):
            click.echo(line)
    say(
        f"\n{files_read(each.name for each in collation.files)}. {collation.returned} of "
        f"{plural(len(collation.results), 'team')} returned: {status_words(collation.statuses)}."
    )
    say_of_no_form(collation, say)
    for line in _wanting_lines(collation, wanting):
        say(line)
    say_of_no_team(collation.to_fix, say)
    say_of_bounces(collation, say)
    if written:
        _say_written(written, before, collation, say, as_json=as_json)
    _say_next(collation, wanting, output, say)
    leave(collation.to_fix, strict)


def _wanting_lines(collation: Collation, wanting: Mapping[str, Sequence[Finding]]) -> Iterator[str]:
    """What is to fix, a line a team."""
    from impact_xl.mail import tracking

    held = [result.team for result in collation.results if result.team.id in wanting]
    for team in held[:_MOST_LISTED]:
        yield f"  {team.name}: {'; '.join(tracking.in_short(wanting[team.id]).splitlines())}"
    if len(held) > _MOST_LISTED:
        yield f"  and {len(held) - _MOST_LISTED} more teams with something to fix"


def _of_status(collation: Collation, status: str) -> Iterator[TeamResult]:
    return (result for result in collation.results if result.status == status)


def _outstanding(result: TeamResult) -> dict[str, str]:
    team = result.team
    return {
        "team_id": team.id,
        "team": team.name,
        "group": team.group_name,
        "contact": team.contact,
        "email": team.email,
    }


def _by_team(
    result: TeamResult, wanting: Sequence[Finding], before: Tracking | None, collation: Collation
) -> dict[str, Any]:
    return {
        "team_id": result.team.id,
        "team": result.team.name,
        "group": result.team.group_name,
        "status": result.status.value,
        "answered": result.answered,
        "questions": len(collation.questionnaire.questions),
        "to_fix": len(wanting),
        "what_is_to_fix": [finding.message for finding in wanting],
        "copies": result.copies,
        "returned": result.date.isoformat() if result.date else "",
        "file": result.submission.where.file if result.submission else "",
        "listed": result.listed,
        **_kept(result, before),
    }


def _kept(result: TeamResult, before: Tracking | None) -> dict[str, str]:
    """What people noted in the tracking file, where there is one."""
    from impact_xl.mail import tracking

    row = before.of(result.team).row if before else {}
    return {head.lower().replace(" ", "_"): text_of(row.get(head, "")) for head in tracking.KEPT}


def _table(collation: Collation, wanting: Mapping[str, Sequence[Finding]], before: Tracking | None) -> Iterator[str]:
    """The lines of the table on the screen, those who sent nothing first."""
    from impact_xl.results.labels import STATUS_LABELS

    questions = len(collation.questionnaire.questions)
    order = list(reversed(STATUS_LABELS))
    rows = [
        (
            result.team.name,
            result.team.group_name,
            STATUS_LABELS[result.status],
            f"{result.answered} of {questions}" if result.copies else "",
            str(len(wanting[result.team.id])) if result.team.id in wanting else "",
            result.date.isoformat() if result.date else "",
            *([before.of(result.team).noted] if before else []),
        )
        for result in sorted(collation.results, key=lambda result: order.index(result.status))
    ]
    heads = ("Team", "Group", "Status", "Answered", "To fix", "Returned", *(["Noted"] if before else []))
    yield from _columns([heads, *rows])


def _columns(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    cut = [[cell if len(cell) <= _WIDEST else cell[: _WIDEST - 1] + "…" for cell in row] for row in rows]
    widths = [max(len(row[col]) for row in cut) for col in range(len(rows[0]))]
    for number, row in enumerate(cut):
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        yield click.style(line, bold=True) if number == 0 else line


def _say_written(
    written: Sequence[Path], before: Tracking | None, collation: Collation, say: Say, *, as_json: bool
) -> None:
    say("\nWrote:")
    if not as_json:
        for path in written:
            click.echo(path)
    if before is None:
        return
    added = len(before.added([result.team for result in collation.results]))
    rows = f", with {plural(added, 'row')} of no team of this round" if added else ""
    say(f"What was typed into the old tracking file was carried over{rows}.")
    if before.other_sheets:
        say(f"Sheets that were added to it are in the old copy alone: {', '.join(before.other_sheets)}.")


def _say_next(collation: Collation, wanting: Mapping[str, object], output: Path | None, say: Say) -> None:
    if not collation.statuses["none"] and not wanting:
        say("Next: everything is in. Run impact-xl collate with the same files.")
        return
    tracking = f' and --tracking "{output}"' if output else ""
    say(f"Next: impact-xl remind, with the same files{tracking}, makes an e-mail for each team that is to be asked.")
