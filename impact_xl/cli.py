"""The commands: parse, one library call, print, exit code.

Data goes to stdout, talk and progress to stderr. The libraries are imported inside the commands, so
that --help and completion answer at once.
"""

from __future__ import annotations

import contextlib
import difflib
import io
import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from impact_xl import __version__
from impact_xl.findings import RULES, Finding, ImpactError, Severity, count, in_order, plural

if TYPE_CHECKING:
    from impact_xl.api import Check
    from impact_xl.collation import Collation

FOUND, FAILED, NO_FORM, INTERRUPTED = 1, 2, 3, 130  # and 0, done
_MOST_LISTED = 20
_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "blue"}

EXIT_CODES = """
\b
Exit codes:
    0  done
    1  done, and with --strict there were findings of severity error
    2  could not be done: wrong use, no such path, a bad team list, an output
       that is open in Excel
    3  no form was recognised among the files
  130  stopped with Ctrl-C
"""

Say = Callable[[str], None]


class Command(click.Command):
    """A command for which what the coordinator has to put right is a line, a hint and exit code 2."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        if os.environ.get("NO_COLOR"):
            ctx.color = False
        try:
            return super().invoke(ctx)
        except ImpactError as error:
            _fail(error.message, error.hint)
            if ctx.params.get("as_json"):
                _print_json({"command": self.name, "version": __version__, "error": error.message, "hint": error.hint})
            ctx.exit(FAILED)
        except KeyboardInterrupt:
            _say("\nStopped. Whatever was not finished is as it was before.")
            ctx.exit(INTERRUPTED)


class Commands(click.Group):
    """The commands, with a hint for a mistyped one."""

    command_class = Command

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order of the work."""
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or say which one was probably meant."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            if args[0].startswith("-"):
                raise
            hint = _meant(args[0], self.commands) or f"The commands are: {', '.join(self.commands)}."
            raise click.UsageError(f"There is no command “{args[0]}”. {hint}", ctx) from error


def main() -> None:
    """The entry point of `impact-xl`."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a cp1252 console has no ☑, and must not end the work for it
    cli(prog_name="impact-xl")


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=EXIT_CODES,
)
@click.version_option(__version__, prog_name="impact-xl")
def cli() -> None:
    """Turns “please fill in this spreadsheet and e-mail it back” into one consolidated workbook.

    \b
    Examples:
      impact-xl demo                      see the whole thing at work, with fictional teams
      impact-xl generate                  write the blank form, ready to be sent out
      impact-xl collate returns           read the copies that came back, write the results
      impact-xl collate -h                everything about one command
    """


def _questionnaire_option(command: Callable[..., None]) -> Callable[..., None]:
    return click.option(
        "--questionnaire",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="What is asked: a TOML file. Default: the built-in NHS IMPACT self-assessment.",
    )(command)


def _reading_options(command: Callable[..., None]) -> Callable[..., None]:
    """What every command that reads returns can be told."""
    for option in (
        click.option(
            "--jobs",
            type=click.IntRange(min=1),
            metavar="N",
            help="Read N files at a time. Default: one a processor, at most 4.",
        ),
        click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout."),
        click.option("--strict", is_flag=True, help="Exit with 1 where there are findings of severity error."),
        click.option("-q", "--quiet", is_flag=True, help="No talk and no progress; errors are still said."),
    ):
        command = option(command)
    return command


# -- generate ---------------------------------------------------------------------------------------


@cli.command(epilog=EXIT_CODES)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path("templates/assessment_template.xlsx"),
    show_default=True,
    metavar="PATH",
    help="Where to write the form.",
)
@_questionnaire_option
@click.option(
    "--tickbox",
    type=click.Choice(["native", "list"]),
    default="native",
    show_default=True,
    help="native: Excel's own tickboxes (older versions show TRUE and FALSE). list: a drop-down, the same everywhere.",
)
@click.option("--not-applicable", is_flag=True, help="Give every question a row “Not applicable to us”.")
@click.option("--about", default="", metavar="TEXT", help="What the answers are about. Default: our own service.")
def generate(output: Path, questionnaire: Path | None, tickbox: str, not_applicable: bool, about: str) -> None:
    """Write the blank form.

    \b
    Examples:
      impact-xl generate
      impact-xl generate -o "Self-assessment autumn 2026.xlsx"
      impact-xl generate --tickbox list --about "the organisation as we see it"

    A blank form that stands there already is replaced. Any other file is left alone.
    """
    from impact_xl import api

    written = api.generate(
        output, questionnaire=questionnaire, tickbox=tickbox, not_applicable=not_applicable, about=about
    )
    _say("Wrote the blank form:")
    click.echo(written)
    _say(
        "Next: send it to the teams. When copies come back, save them all in one folder, called returns say, "
        "and run: impact-xl collate returns"
    )


# -- check ------------------------------------------------------------------------------------------


@cli.command(epilog=EXIT_CODES)
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@_questionnaire_option
@_reading_options
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

    with _progress(quiet) as progress:
        checks, before = api.check(files, questionnaire=questionnaire, jobs=jobs, progress=progress)
    findings = [*before, *(finding for each in checks for finding in each.findings)]
    statuses = Counter(each.judged.status.value for each in checks if each.judged)
    if as_json:
        _print_json(
            {
                **_totals(
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
    say = _talk(quiet)
    say(f"\n{_files_read(each.file.file for each in checks)}: {_status_words(statuses)}. {_found_words(findings)}")
    _expect_form(any(each.judged for each in checks))
    say("Next: ask the teams for what is listed, or run impact-xl collate with the same files.")
    _leave(findings, strict)


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
    asked = len(each.judged.answers)
    team = _team_of(each) or "no team named"
    return f"{name}: {team}, {each.judged.status.value}, {each.judged.answered} of {plural(asked, 'question')} answered"


def _team_of(each: Check) -> str:
    return (each.judged.submission.other_team or each.judged.submission.team) if each.judged else ""


def _finding_lines(finding: Finding) -> str:
    place = "!".join(part for part in (finding.where.sheet, finding.where.cell) if part)
    severity = click.style(f"{finding.severity.value:<8}", fg=_COLOURS[finding.severity])
    return f"  {severity} {place + ': ' if place else ''}{finding.message}\n           -> {finding.mend}"


# -- collate ----------------------------------------------------------------------------------------


@cli.command(epilog=EXIT_CODES)
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
@click.option("--round", type=click.Path(path_type=Path), metavar="FILE", help="The round file, TOML.")
@_questionnaire_option
@click.option("--csv", type=click.Path(path_type=Path), metavar="DIR", help="Write the tables as CSV files, too.")
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
    help="Withhold figures of fewer teams than this in the copy to share.",
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
@click.option(
    "--overrides",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="What people decided, CSV or XLSX: team, question, level, reason; or file, team.",
)
@click.option(
    "--password-file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A text file with a password in each line, to be tried on locked workbooks.",
)
@click.option(
    "--overwrite",
    is_flag=True,
    help="Keep no dated copy of the workbook that is replaced, even where it cannot be read back.",
)
@_reading_options
def collate(
    returns: tuple[Path, ...],
    output: Path,
    teams: Path | None,
    round: Path | None,
    questionnaire: Path | None,
    csv: Path | None,
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

    api.check_places(output, csv, share, keep=not overwrite)
    was_there = output.exists()
    with _progress(quiet) as progress:
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
    if recognised:
        collation = api.carry(collation, output, keep=not overwrite)
    written = (
        api.write(collation, output, csv=csv, share=share, minimum_group=minimum_group, keep=not overwrite)
        if recognised
        else []
    )
    say = _talk(quiet)
    if as_json:
        _print_json(_collation_totals("collate", collation, written))
    _report(collation, say)
    _expect_form(recognised)
    say("\nWrote:")
    if not as_json:
        for path in written:
            click.echo(path)
    if was_there:
        _say_kept(collation, output, written, say)
    say(f"Next: open {output.name} in Excel, begin with its sheet To fix, and discuss what the Summary lists.")
    _leave(collation.to_fix, strict)


def _say_kept(collation: Collation, output: Path, written: Sequence[Path], say: Say) -> None:
    carried = str(collation.carried or "") or "nothing, as nobody had typed anything into it"
    copies = [path for path in written[1:] if path.name.startswith(f"{output.stem} ")]
    kept = f" Your old file is kept as {copies[0].name}." if copies else ""
    say(f"Carried over from the workbook that was there: {carried}.{kept}")


# -- explain ----------------------------------------------------------------------------------------


@cli.command(epilog=EXIT_CODES)
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
        hint = _meant(rule, RULES)
        raise ImpactError(f"There is no finding called “{rule}”.", f"{hint} impact-xl explain lists them all.".strip())
    click.echo(f"{known.id} ({known.severity.value}): {known.title}\n\n{known.why}\n")
    click.echo(f"What we saw: {known.message}\nWhat to do:  {known.mend}")


# -- demo -------------------------------------------------------------------------------------------


@cli.command(epilog=EXIT_CODES)
@click.option("--count", type=click.IntRange(min=1, max=2000), default=40, show_default=True, help="How many teams.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path("outputs/demo"),
    show_default=True,
    metavar="DIR",
    help="The folder to write everything into.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Another number gives other answers.")
def demo(count: int, output: Path, seed: int) -> None:
    """Play through a round of fictional teams, from blank form to results.

    \b
    Examples:
      impact-xl demo
      impact-xl demo --count 12 -o try-it

    Writes a blank form, a team list and returned copies with the usual mishaps among them, then reads
    the copies back and collates them. Everything in it is made up.
    """
    from impact_xl import demo as fictional

    with _progress(quiet=False) as progress:
        round = fictional.write(output, count, seed, progress=progress)
    _report(round.collation, _say)
    _say("\nWrote (everything in it is made up):")
    for path, what in round.places:
        click.echo(f"{path}  ({what})")
    _say(
        f"Next: open {round.workbook}, and look into the copies it was made of. "
        f"Fill in the form yourself, save it in {round.returns} and run: "
        f'impact-xl collate "{round.returns}" --teams "{round.teams}"'
    )


# -- what the commands say ---------------------------------------------------------------------------


def _say(text: str) -> None:
    click.echo(text, err=True)


def _fail(message: str, hint: str) -> None:
    _say(click.style("Error: ", fg="red", bold=True) + message)
    if hint:
        _say(click.style("Hint: ", bold=True) + hint)


def _talk(quiet: bool) -> Say:
    return (lambda _: None) if quiet else _say


def _print_json(content: Mapping[str, Any]) -> None:
    click.echo(json.dumps(content, indent=2))  # ASCII only: the same on every console


def _meant(typed: str, known: Iterable[str]) -> str:
    alike = difflib.get_close_matches(typed, list(known), n=1, cutoff=0.5)
    return f"Did you mean {alike[0]}?" if alike else ""


@contextlib.contextmanager
def _progress(quiet: bool) -> Iterator[Callable[[int, int], None] | None]:
    """A progress bar on a terminal, nothing anywhere else."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    with click.progressbar(length=1, label="Reading", file=sys.stderr) as bar:

        def step(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        yield step


def _expect_form(recognised: bool) -> None:
    """Leave with exit code 3 where there was no form among the files."""
    if not recognised:
        _fail(
            "No form was recognised among the files. Nothing was written.",
            "Give the files or the folder that the teams' completed forms are in.",
        )
        click.get_current_context().exit(NO_FORM)


def _leave(findings: Iterable[Finding], strict: bool) -> None:
    """Leave with exit code 1 where --strict asks for it."""
    if strict and any(finding.severity is Severity.ERROR for finding in findings):
        click.get_current_context().exit(FOUND)


def _report(collation: Collation, say: Say) -> None:
    """What was read and what was found, the errors one by one."""
    status, state = collation.statuses, collation.states
    listed = bool(collation.round.teams.teams)
    teams = f"{collation.returned} of {len(collation.results)} teams" if listed else plural(collation.returned, "team")
    say(f"{_files_read(each.name for each in collation.files)}. {teams} returned: {_status_words(status)}.")
    lost = sum(state[each] for each in ("blank", "multiple", "unclear", "missing"))
    say(
        f"{plural(state['answered'], 'answer')} counted, {state['not_applicable']} not applicable; "
        f"{lost} not counted: {state['blank']} blank, {state['multiple']} with more than one box ticked, "
        f"{state['unclear']} unclear, {state['missing']} missing."
    )
    say(_found_words(collation.to_fix))
    errors = [finding for finding in in_order(collation.to_fix) if finding.severity is Severity.ERROR]
    for finding in errors[:_MOST_LISTED]:
        place = f"{finding.where}: " if str(finding.where) else ""
        say(f"  {place}{finding.message} -> {finding.mend}")
    if len(errors) > _MOST_LISTED:
        say(f"  and {len(errors) - _MOST_LISTED} more in To fix")


def _files_read(names: Iterable[str]) -> str:
    return f"{plural(len(set(names)), 'file')} read"


def _status_words(statuses: Mapping[str, int]) -> str:
    words = ", ".join(
        f"{number} {status}" for status in ("complete", "partial", "unusable") if (number := statuses.get(status, 0))
    )
    nothing = statuses.get("none", 0)
    return (words or "none") + (f"; {plural(nothing, 'team')} sent nothing" if nothing else "")


def _found_words(findings: Iterable[Finding]) -> str:
    counts = count(findings)
    if not any(counts.values()):
        return "Nothing to fix."
    return "Found " + ", ".join(plural(number, severity) for severity, number in counts.items()) + "."


def _collation_totals(command: str, collation: Collation, written: Sequence[Path]) -> dict[str, Any]:
    read = len({each.name for each in collation.files})
    return _totals(command, read, collation.statuses, collation.states, collation.to_fix, written)


def _totals(
    command: str,
    files_read: int,
    teams: Mapping[str, int],
    answers: Mapping[str, int],
    findings: Iterable[Finding],
    written: Sequence[Path],
) -> dict[str, Any]:
    """The object that --json prints; its keys are an interface."""
    states = ("answered", "not_applicable", "blank", "multiple", "unclear", "missing")
    return {
        "command": command,
        "version": __version__,
        "files_read": files_read,
        "teams": {status: teams.get(status, 0) for status in ("complete", "partial", "unusable", "none")},
        "answers": {state: answers.get(state, 0) for state in states},
        "findings": count(findings),
        "written": [str(path) for path in written],
    }
