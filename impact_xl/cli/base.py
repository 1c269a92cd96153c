"""What the commands share: how they end, and how they talk.

Data goes to stdout, talk and progress to stderr.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import click

from impact_xl import __version__
from impact_xl.cli.usage import EXIT_CODES, FAILED, FOUND, INTERRUPTED, NO_FORM
from impact_xl.findings import Finding, ImpactError, Severity, count, in_order
from impact_xl.wording import first_few, plural, reason_of

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar

    from impact_xl.api.options import AnyPath, FormOptions, MailOptions, ReadOptions
    from impact_xl.api.rounds import Settings
    from impact_xl.round.collation import Collation

_MOST_LISTED = 20
_RETURNS = "returns"  # as roster/folder has it, which takes as long to load as a child does

Say = Callable[[str], None]
Given = TypeVar("Given")


class Command(click.Command):
    """A command for which what the coordinator has to put right is a line, a hint and exit code 2."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        if os.environ.get("NO_COLOR"):
            ctx.color = False
        try:
            return super().invoke(ctx)
        except (ImpactError, OSError) as error:
            problem = error if isinstance(error, ImpactError) else _of_a_file(error)
            fail(problem.message, problem.hint)
            if ctx.params.get("as_json"):
                words = {"error": problem.message, "hint": problem.hint}
                print_json({"command": self.name, "version": __version__, **words})
            ctx.exit(FAILED)
        except KeyboardInterrupt:
            say("Stopped. What was not finished is as it was before.")
            ctx.exit(INTERRUPTED)


def _of_a_file(error: OSError) -> ImpactError:
    """What to say of an error of the system about a file; one about anything else is a fault of ours."""
    if error.filename is None:
        raise error
    return ImpactError(
        f"The system refuses {error.filename}: {reason_of(error)}",
        "See that the place can be reached and that you may read and write there, and run the command again.",
    )


command = partial(click.command, cls=Command, epilog=EXIT_CODES)


def few_names(names: Sequence[str], most: int = 6) -> str:
    """Some names in a line, and how many more there are."""
    return first_few(names, most, more=" and {} more")


# -- what the commands say ---------------------------------------------------------------------------


def say(text: str) -> None:
    """Talk to the person at the screen, on stderr."""
    click.echo(text, err=True)


def fail(message: str, hint: str) -> None:
    """Say what could not be done, and what to do about it."""
    say(click.style("Error: ", fg="red", bold=True) + message)
    if hint:
        say(click.style("Hint: ", bold=True) + hint)


def talk(quiet: bool) -> Say:
    """How a command talks: not at all with --quiet."""
    return (lambda _: None) if quiet else say


def print_json(content: Mapping[str, Any]) -> None:
    """Print one JSON object on stdout."""
    click.echo(json.dumps(content, indent=2))  # ASCII only: the same on every console


def start_reading(read_options: ReadOptions) -> None:
    """Have the processes start that will read the returns; it comes first, as they load while the command itself does.

    Whatever is wrong with the options is said by those that use them.
    """
    from impact_xl.returns import child_processes  # before all else that the command needs

    given, folder = read_options.returns, read_options.round
    place = Path(folder) if isinstance(folder, str | os.PathLike) else Path()
    paths = [given] if isinstance(given, str | os.PathLike) else [*given]
    with contextlib.suppress(OSError):
        paths = paths or [(place if place.is_dir() else place.parent) / _RETURNS]
        if files := sum(len([*each.iterdir()]) if each.is_dir() else each.is_file() for each in map(Path, paths)):
            children = child_processes.children_ahead(files, read_options.jobs or child_processes.default_jobs())
            click.get_current_context().with_resource(children)


def settled(
    read_options: ReadOptions, say: Say, *, addressed: bool = False, **values: Any
) -> tuple[Settings, ReadOptions]:
    """What a command that reads returns works with; what a person should know of it is said."""
    from impact_xl.api.rounds import settle_reading

    settings, found = settle_reading(read_options, values=values, addressed=addressed)
    for line in settings.lines:
        say(line)
    needed(found.returns, "argument 'RETURNS...'")
    return settings, found


def given_values(form_options: FormOptions, mail_options: MailOptions) -> dict[str, Any]:
    """What options about forms and messages say in the place of what is settled, by the fields of `Round`."""
    return {
        "deadline": mail_options.deadline,
        "contact": mail_options.contact,
        "about": form_options.about,
        "not_applicable": form_options.not_applicable,
        "tickbox": form_options.tickbox,
    }


def with_last_round(form_options: FormOptions, settings: Settings, say: Say) -> FormOptions:
    """The options, where the forms show what teams said in the last round, as round.xlsx names it."""
    last = settings.last_consolidated
    if settings.without_last and not form_options.prefill:
        say(settings.without_last)
    if form_options.prefill or not last or not last.is_file():
        return form_options
    return replace(form_options, prefill=last)


def needed(given: Given | None, name: str, in_round: str = "") -> Given:
    """Leave with the usual error where something was not given, and there is no round's folder that holds it.

    Args:
        given: what was given, or found.
        name: what click calls it.
        in_round: what to do about it in a round's folder, where one need not hold it.
    """
    from impact_xl.roster.folder import find, no_round

    if given:
        return given
    if in_round and find(click.get_current_context().params.get("round"), Path()):
        raise click.UsageError(f"Missing {name}. {in_round}")
    looked = no_round(Path.cwd())
    where = f"{looked.message}. {looked.hint}"
    if file := click.get_current_context().params.get("round"):
        where = f"This is a file, not a round's folder: {file}"
    raise click.UsageError(f"Missing {name}. It may be left out in a round only. {where}")


def reading_progress(quiet: bool) -> contextlib.AbstractContextManager[Progress]:
    """A progress bar for reading."""
    return counting_progress(quiet, "Reading")


class Progress(Protocol):
    """How the work reports its progress: how many are done, of how many, and how many of them have something to fix."""

    def __call__(self, done: int, total: int, to_fix: int = 0, /) -> None:
        """Go on."""


@contextlib.contextmanager
def counting_progress(quiet: bool, label: str) -> Iterator[Progress]:
    """A progress bar on a terminal, nothing anywhere else; where somebody stops the work, how far it got.

    The bar begins with the first count, so that an error before the work stands alone.
    """
    reached: tuple[int, int] | None = None
    bar: ProgressBar[str] | None = None
    shown = not quiet and sys.stderr.isatty()

    def count(done: int, total: int, to_fix: int = 0, /) -> None:
        nonlocal reached, bar
        reached = done, total
        if shown:
            bar = bar or stack.enter_context(_bar(label))
            bar.length = total
            bar.update(done - bar.pos, f"{to_fix:,} with something to fix" if to_fix else "")

    with contextlib.ExitStack() as stack:
        try:
            yield count
        except KeyboardInterrupt:
            stack.close()  # the bar ends before something else is said
            if reached:
                say(f"\n{label}: stopped at {reached[0]:,} of {reached[1]:,}.")
            raise


def _bar(label: str) -> ProgressBar[str]:
    """A bar that shows how many are done, the time left, and how many have something to fix."""
    return click.progressbar(length=1, label=label, show_pos=True, item_show_func=lambda text: text, file=sys.stderr)


def expect_form(recognised: bool, returns: AnyPath | Iterable[AnyPath], *, read: bool) -> None:
    """Leave with exit code 3 where there was no form among the files.

    Args:
        recognised: there was one.
        returns: where it was looked for.
        read: there was any file.
    """
    if recognised:
        return
    if read:
        message = "No form was recognised among the files. Nothing was written."
        hint = "Give the files or the folder that the teams' completed forms are in."
    else:
        places = [returns] if isinstance(returns, str | os.PathLike) else returns
        message = f"There is no file yet in {few_names([*map(str, places)])}. Nothing was written."
        hint = "Save what the teams send back there, and run the command again."
    fail(message, hint)
    click.get_current_context().exit(NO_FORM)


def leave(findings: Iterable[Finding], strict: bool) -> None:
    """Leave with exit code 1 where --strict asks for it."""
    if strict and any(finding.severity is Severity.ERROR for finding in findings):
        click.get_current_context().exit(FOUND)


def report(collation: Collation, say: Say) -> None:
    """What was read and what was found, the errors one by one."""
    status, state = collation.statuses, collation.states
    listed = bool(collation.round.teams.teams)
    teams = f"{collation.returned} of {len(collation.results)} teams" if listed else plural(collation.returned, "team")
    say(f"{files_read(each.name for each in collation.files)}. {teams} returned: {status_words(status)}.")
    say(f"{plural(state['answered'], 'answer')} counted{_not_counted(state)}.")
    for line in collation.decisions.notes:
        say(line)
    say(found_words(collation.to_fix))
    list_errors(collation.to_fix, say)
    say_of_actions(collation, say)


def _not_counted(states: Mapping[str, int]) -> str:
    """The answers that do not count, by their states; a state that no answer has is not mentioned."""
    lost = {state: number for state in _NOT_COUNTED if (number := states[state])}
    parts = ", ".join(f"{number} {_NOT_COUNTED[state]}" for state, number in lost.items())
    applicable = f", {number} not applicable" if (number := states["not_applicable"]) else ""
    return applicable + (f"; {sum(lost.values())} not counted ({parts})" if lost else "")


_NOT_COUNTED = {
    "blank": "blank",
    "multiple": "with more than one box ticked",
    "unclear": "unclear",
    "missing": "missing",
}


REHEARSAL = "This is a rehearsal: what is in this folder does not count. Delete it when you have seen it."


def list_errors(findings: Iterable[Finding], say: Say) -> None:
    """The errors among some findings one by one, up to a number that a screen holds."""
    errors = [finding for finding in in_order(findings) if finding.severity is Severity.ERROR]
    for finding in errors[:_MOST_LISTED]:
        place = f"{finding.where}: " if str(finding.where) else ""
        say(f"  {place}{finding.message} -> {finding.mend}")
    if len(errors) > _MOST_LISTED:
        say(f"  and {len(errors) - _MOST_LISTED} more in To fix")


def say_of_no_team(findings: Iterable[Finding], say: Say) -> None:
    """The errors in files and copies that could be given to no team, and so stand beside none."""
    of_none = [finding for finding in findings if not finding.team_id and finding.severity is Severity.ERROR]
    if of_none:
        say(f"{plural(len(of_none), 'problem')} that could not be matched to a team:")
        list_errors(of_none, say)


def say_of_actions(collation: Collation, say: Say) -> None:
    """What came in forms about actions, which are no returns."""
    for finding in collation.to_fix:
        if finding.rule.id == "form-actions":
            say(f"{finding.team or 'No team named'}, {finding.where.file}: {finding.message}")


def say_how_it_stands(collation: Collation, say: Say, before: str = "") -> None:
    """How many teams of the list have returned, with their statuses."""
    say(
        f"{before}{files_read(each.name for each in collation.files)}. {collation.returned} of "
        f"{plural(len(collation.results), 'team')} returned: {status_words(collation.statuses)}."
    )


def list_paths(paths: Iterable[tuple[object, str]], say: Say, *, as_json: bool) -> None:
    """The paths written, each with a note on what it is; nothing but the title where the JSON object has them."""
    say("\nWrote:")
    for path, note in paths if not as_json else ():
        click.echo(f"{path}{note and f'  ({note})'}")


def say_of_no_form(collation: Collation, say: Say) -> None:
    """That none of the files is a form, which is most often a wrong folder."""
    read = {each.name for each in collation.files}
    if read and not any(each.judged for each in collation.files):
        say(f"There is no form among what was read ({plural(len(read), 'file')}). Is it the right folder?")


_MOST_LOSSES = 10  # each has a line


def say_of_losses(losses: Sequence[str], say: Say) -> None:
    """What was typed into the old tracking file and is not in the new one."""
    for line in losses[:_MOST_LOSSES]:
        say(f"Not carried over from the old tracking file: {line}.")
    if len(losses) > _MOST_LOSSES:
        say(f"And {len(losses) - _MOST_LOSSES} more. They are in the old copy, which is kept in the same folder.")


def say_of_bounces(collation: Collation, say: Say) -> None:
    """Which messages could not be delivered, and whose addresses these are."""
    from impact_xl.roster import addresses

    owners = {
        address.casefold(): result.team.name
        for result in collation.results
        for address in addresses(f"{result.team.email}; {result.team.cc}")
    }
    bounced = [finding for finding in collation.to_fix if finding.rule.id == "mail-bounced"]
    for address in dict.fromkeys(address for each in bounced for address in addresses(each.facts["address"])):
        team = owners.get(address.casefold(), "")
        say(f"A message could not be delivered to {address}{f' ({team})' if team else ''}: correct the address.")


def files_read(names: Iterable[str]) -> str:
    """How many files these names are."""
    return f"{plural(len(set(names)), 'file')} read"


def status_words(statuses: Mapping[str, int]) -> str:
    """How many teams are complete and partial; then those that stand beside them."""
    counts = [f"{number} {status}" for status in ("complete", "partial") if (number := statuses.get(status, 0))]
    beside = [
        words.format(number if status != "none" else plural(number, "team"))
        for status, words in _BESIDE.items()
        if (number := statuses.get(status, 0))
    ]
    first = [", ".join(counts)] if counts else [] if statuses.get("unusable", 0) else ["none"]
    return "; ".join([*first, *beside])


_BESIDE = {
    "unusable": "{} unusable",
    "unreadable": "{} came, not readable",
    "withdrawn": "{} not taking part",
    "none": "{} sent nothing",
}


def found_words(findings: Iterable[Finding]) -> str:
    """How many findings of each severity there are."""
    counts = count(findings)
    if not any(counts.values()):
        return "Nothing to fix."
    parts = [words.format(number) for severity, words in _FOUND.items() if (number := counts[severity])]
    return f"Found: {', '.join(parts)}."


# The words of the sheet To fix, for each severity.
_FOUND = {"error": "{} not counted", "warning": "{} to look at", "note": "{} with no action"}


def collation_totals(command: str, collation: Collation, written: Sequence[Path]) -> dict[str, Any]:
    """The object that --json prints of a collation."""
    read = len({each.name for each in collation.files})
    return totals(command, read, collation.statuses, collation.states, collation.to_fix, written)


def totals(
    command: str,
    files_read: int,
    teams: Mapping[str, int],
    answers: Mapping[str, int],
    findings: Iterable[Finding],
    written: Sequence[Path],
) -> dict[str, Any]:
    """The object that --json prints; its keys are an interface."""
    statuses = ("complete", "partial", "unusable", "unreadable", "withdrawn", "none")
    states = ("answered", "not_applicable", "blank", "multiple", "unclear", "missing")
    return {
        "command": command,
        "version": __version__,
        "files_read": files_read,
        "teams": {status: teams.get(status, 0) for status in statuses},
        "answers": {state: answers.get(state, 0) for state in states},
        "findings": count(findings),
        "written": [str(path) for path in written],
    }
