"""The commands `questionnaire new`, `check`, `export`, `import` and `diff`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click

from impact_xl.authoring.difference import Change, Kind
from impact_xl.cli import options
from impact_xl.cli.base import Command, say
from impact_xl.cli.usage import EXIT_CODES
from impact_xl.wording import plural

_FILE = click.argument("file", type=options.FILE, metavar="FILE")
_MOST_GIVEN = 12  # ids, each in a line


@click.group(epilog=EXIT_CODES)
def questionnaire() -> None:
    """Make questionnaires of your own, in Excel.

    \b
    Examples:
      impact-xl questionnaire new handover.xlsx
      impact-xl questionnaire check handover.xlsx
      impact-xl questionnaire import handover.xlsx handover-1.xlsx
      impact-xl generate --questionnaire handover-1.xlsx

    Write your questions into the workbook that “new” makes, check it, and have “import” give each new row its id. Then
    every command takes the workbook with --questionnaire. docs/own-questionnaires.md tells more.
    """


@questionnaire.command("new", cls=Command, epilog=EXIT_CODES)
@_FILE
@options.source(
    "source", "A questionnaire to begin from: nhs-impact, or a file. Default: two worked rows.", "QUESTIONNAIRE"
)
def new(file: Path, source: str) -> None:
    """Write a workbook to write a questionnaire in.

    \b
    Examples:
      impact-xl questionnaire new handover.xlsx
      impact-xl questionnaire new wards.xlsx --from nhs-impact
    """
    from impact_xl.api import authoring

    click.echo(authoring.new(file, source))
    say("Next: write your questions into it in Excel, save it, and run: impact-xl questionnaire check " + _quoted(file))


@questionnaire.command("check", cls=Command, epilog=EXIT_CODES)
@_FILE
def check(file: Path) -> None:
    """Name everything that is wrong with a questionnaire, each with its sheet and cell.

    \b
    Examples:
      impact-xl questionnaire check handover.xlsx
      impact-xl questionnaire check handover.toml
    """
    from impact_xl.api import authoring

    report = authoring.check(file)
    content = report.questionnaire
    for note in report.notes:
        say(f"Note: {note}")
    questions, parts = plural(len(content.questions), "question"), plural(len(content.components), "component")
    click.echo(f"{content.title}, version {content.version}: {questions} in {parts}. Nothing is wrong.")
    if report.given:
        say(f"{plural(len(report.given), 'row has', 'rows have')} no id yet.")
        say(f"Next: impact-xl questionnaire import {_quoted(file)} NEW.xlsx")


@questionnaire.command("export", cls=Command, epilog=EXIT_CODES)
@_FILE
@click.argument("target", type=options.FILE, metavar="TARGET")
def export(file: Path, target: Path) -> None:
    """Write a questionnaire as a workbook, as TOML, or as text for a survey tool.

    \b
    Examples:
      impact-xl questionnaire export handover.toml handover.xlsx
      impact-xl questionnaire export nhs-impact statements.txt

    The ending of TARGET says which: .xlsx, .toml or .txt. The text has the statements of each question, ready to be
    pasted into Microsoft Forms, Google Forms or LimeSurvey; what these export is read like any returned form. FILE may
    be nhs-impact, the built-in questionnaire.
    """
    from impact_xl.api import authoring

    click.echo(authoring.export(file, target))


@questionnaire.command("import", cls=Command, epilog=EXIT_CODES)
@_FILE
@click.argument("target", type=options.FILE, metavar="TARGET")
@click.option("--replace", multiple=True, metavar="ID", help="This id is used for another question on purpose.")
@options.overwrite("Replace the questionnaire at TARGET; its ids stay taken.")
def import_(file: Path, target: Path, replace: tuple[str, ...], overwrite: bool) -> None:
    """Give new rows their ids, and write the questionnaire as a new file.

    \b
    Examples:
      impact-xl questionnaire import handover.xlsx handover-1.xlsx
      impact-xl questionnaire import handover.xlsx handover.toml

    FILE stays as it is. Ids are given once and never change: the place of a question may.
    """
    from impact_xl.api import authoring

    report = authoring.import_(file, target, replace=replace, overwrite=overwrite)
    for note in report.notes:
        say(f"Note: {note}")
    _say_given(report.given)
    click.echo(target)
    say(f"Next: impact-xl generate --questionnaire {_quoted(target)}")


def _say_given(given: Iterable[str]) -> None:
    lines = list(given)
    if lines:
        say(f"{plural(len(lines), 'id was', 'ids were')} given:")
    for line in lines[:_MOST_GIVEN]:
        say(f"  {line}")
    if len(lines) > _MOST_GIVEN:
        say(f"  and {len(lines) - _MOST_GIVEN} more")


@questionnaire.command("diff", cls=Command, epilog=EXIT_CODES)
@click.argument("old", type=options.FILE, metavar="OLD")
@click.argument("new", type=options.FILE, metavar="NEW")
def diff(old: Path, new: Path) -> None:
    """Tell what is different between two versions, question by question.

    \b
    Example:
      impact-xl questionnaire diff handover-1.xlsx handover-2.xlsx

    What went stands in [-brackets-], what came in {+braces+}.
    """
    from impact_xl.api import authoring

    found = authoring.compare(old, new)
    for line in found.lines:
        click.echo(line)
    for change in found.changes:
        _print(change)
    same = sum(change.kinds == (Kind.SAME,) for change in found.changes)
    click.echo(f"{plural(same, 'question')} the same, {len(found.changes) - same} not.")
    if found.needs_version:
        say(f"Words have changed, and the version is {found.new.version} in both: give the new one another version.")


def _print(change: Change) -> None:
    if change.kinds == (Kind.SAME,):
        return
    click.echo(f"{change.id} {' and '.join(change.kinds)}: {change.title}")
    for line in change.lines:
        click.echo(f"  {line}")


def _quoted(path: Path) -> str:
    return f'"{path}"' if " " in str(path) else str(path)
