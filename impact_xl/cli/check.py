"""The command `check`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from impact_xl.api.options import ReadOptions
from impact_xl.cli import options
from impact_xl.cli.base import (
    command,
    expect_form,
    files_read,
    found_words,
    leave,
    needed,
    print_json,
    reading_progress,
    start_reading,
    status_words,
    talk,
    totals,
)
from impact_xl.findings import Finding, Severity
from impact_xl.wording import plural

if TYPE_CHECKING:
    from impact_xl.api import Check, CheckReport

_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "blue"}


@command()
@click.argument("files", nargs=-1, type=options.FILE, metavar="[FILE...]")
@options.round_file
@options.questionnaire
@options.reading
def check(
    files: tuple[Path, ...],
    round: Path | None,
    questionnaire: Path | None,
    jobs: int | None,
    as_json: bool,
    strict: bool,
    quiet: bool,
) -> None:
    """Read returned files and print what is to fix in each. Writes nothing.

    \b
    Examples:
      impact-xl check
      impact-xl check "returns/Alder ward.xlsx"
      impact-xl check returns --json

    Give files, folders, zip archives, saved mails (.eml, .msg) and mailboxes, in any mix.
    No file is ever moved, renamed or changed. In a round's folder FILE is the folder returns.
    """
    start_reading(ReadOptions(files, round=round, jobs=jobs))
    from impact_xl import api
    from impact_xl.api.rounds import settle

    say = talk(quiet)
    settings = settle(round, questionnaire=questionnaire)
    for line in settings.lines:
        say(line)
    paths = files or ((settings.folder.returns,) if settings.folder else ())
    needed(paths, "argument 'FILE...'")
    with reading_progress(quiet) as progress:
        report = api.check(
            paths, questionnaire=settings.questionnaire, round=settings.round, jobs=jobs, progress=progress
        )
    if as_json:
        print_json(_object(report))
    else:
        _print(report)
    say(f"\n{files_read(report.files)}: {status_words(report.statuses)}. {found_words(report.findings)}")
    expect_form(bool(report.judged), paths, read=bool(report.files))
    collate = settings.command("collate") if settings.folder else "impact-xl collate with the same files"
    say(f"Next: ask the teams for what is listed, or run {collate}.")
    leave(report.findings, strict)


def _object(report: CheckReport) -> dict[str, Any]:
    return {
        **totals("check", len(report.files), report.statuses, report.states, report.findings, []),
        "files": [_check_object(each) for each in report.checks],
    }


def _print(report: CheckReport) -> None:
    for each in report.checks:
        click.echo(_check_line(each))
        for finding in each.findings:
            click.echo(_finding_lines(finding))
    for finding in report.before:
        click.echo(_finding_lines(finding))


def _check_object(each: Check) -> dict[str, Any]:
    return {
        "file": each.file.file,
        "team": _team_of(each),
        "status": each.judged.status.value if each.judged else None,
        "findings": [
            {
                "rule": finding.rule.id,
                "severity": finding.severity.value,
                "question": finding.question,
                "sheet": finding.where.sheet,
                "cell": finding.where.cell,
                "message": finding.message,
                "what_to_do": finding.mend,
            }
            for finding in each.findings
        ],
    }


def _check_line(each: Check) -> str:
    name = click.style(each.file.file, bold=True)
    if not each.judged:
        return f"{name}: not counted"
    questions = len(each.judged.answers)
    team = _team_of(each) or "no team named"
    answered = f"{each.judged.answered} of {plural(questions, 'question')} answered"
    return f"{name}: {team}, {each.judged.status.value}, {answered}"


def _team_of(each: Check) -> str:
    return (each.judged.submission.other_team or each.judged.submission.team) if each.judged else ""


def _finding_lines(finding: Finding) -> str:
    place = "!".join(part for part in (finding.where.sheet, finding.where.cell) if part)
    severity = click.style(f"{finding.severity.value:<8}", fg=_COLOURS[finding.severity])
    return f"  {severity} {place + ': ' if place else ''}{finding.message}\n           -> {finding.mend}"
