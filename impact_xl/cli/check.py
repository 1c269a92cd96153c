"""The command `check`."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from impact_xl.cli.base import (
    command,
    expect_form,
    files_read,
    found_words,
    leave,
    print_json,
    questionnaire_option,
    reading_options,
    reading_progress,
    status_words,
    talk,
    totals,
)
from impact_xl.findings import Finding, Severity
from impact_xl.wording import plural

if TYPE_CHECKING:
    from impact_xl.api import Check

_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "blue"}


@command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@questionnaire_option
@reading_options
def check(
    files: tuple[Path, ...], questionnaire: Path | None, jobs: int | None, as_json: bool, strict: bool, quiet: bool
) -> None:
    """Read returned files and print what is to fix in each. Writes nothing.

    \b
    Examples:
      impact-xl check "returns/Alder ward.xlsx"
      impact-xl check returns --json

    Give files, folders, zip archives, saved mails (.eml, .msg) and mailboxes, in any mix.
    No file is ever moved, renamed or changed.
    """
    from impact_xl import api

    with reading_progress(quiet) as progress:
        checks, before = api.check(files, questionnaire=questionnaire, jobs=jobs, progress=progress)
    findings = [*before, *(finding for each in checks for finding in each.findings)]
    statuses = Counter(each.judged.status.value for each in checks if each.judged)
    if as_json:
        print_json(
            {
                **totals(
                    "check",
                    len({each.file.file for each in checks}),
                    statuses,
                    Counter(a.state.value for each in checks if each.judged for a in each.judged.answers.values()),
                    findings,
                    [],
                ),
                "files": [_check_object(each) for each in checks],
            }
        )
    else:
        for each in checks:
            click.echo(_check_line(each))
            for finding in each.findings:
                click.echo(_finding_lines(finding))
        for finding in before:
            click.echo(_finding_lines(finding))
    say = talk(quiet)
    say(f"\n{files_read(each.file.file for each in checks)}: {status_words(statuses)}. {found_words(findings)}")
    expect_form(any(each.judged for each in checks))
    say("Next: ask the teams for what is listed, or run impact-xl collate with the same files.")
    leave(findings, strict)


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
