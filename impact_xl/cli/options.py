"""Every option that several commands have, spelled once; and how a command gets its options as values of `api`.

A command lists its options in the order of its `--help`. What an option is for may differ, so its help is given there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from functools import wraps
from pathlib import Path
from typing import Any

import click

from impact_xl.cli.dates import DATE

Command = Callable[..., None]
Decorator = Callable[[Command], Command]

FILE = click.Path(path_type=Path)


def gather(**groups: type[Any]) -> Decorator:
    """Hand a command its options as values: `@gather(read_options=ReadOptions)` takes those that are fields of it.

    It stands below the options, next to the command. What no group has reaches the command as it is.
    """

    def decorate(command: Command) -> Command:
        @wraps(command)
        def with_values(**options: Any) -> None:
            for name, group in groups.items():
                own = {field.name: options.pop(field.name) for field in fields(group) if field.name in options}
                options[name] = group(**own)
            command(**options)

        return with_values

    return decorate


def in_order(*options: Decorator) -> Decorator:
    """Several options as one, in the order of `--help`."""

    def decorate(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


# -- what is read ------------------------------------------------------------------------------------

# What a round's folder holds may be left out there; `base.needed` says so where it is missing.
returns = click.argument("returns", nargs=-1, type=FILE, metavar="[RETURNS...]")
round_file = click.option(
    "--round",
    type=FILE,
    metavar="FOLDER",
    help="The round's folder. Default: the folder this is started in, where it is one. A round file, TOML or a "
    "workbook with title, id, deadline, contact and so on, is taken, too.",
)
questionnaire = click.option(
    "--questionnaire",
    type=FILE,
    metavar="FILE",
    help="What is asked: a workbook of “questionnaire”, or TOML. Default: the built-in NHS IMPACT self-assessment.",
)
decisions = in_order(
    click.option(
        "--overrides",
        type=FILE,
        metavar="FILE",
        help="What people decided, CSV or XLSX: team, question, level, reason; or file, team.",
    ),
    click.option(
        "--password-file",
        type=FILE,
        metavar="FILE",
        help="A text file with a password in each line, to be tried on locked workbooks.",
    ),
)
jobs = click.option(
    "--jobs",
    type=click.IntRange(min=1),
    metavar="N",
    help="Read up to N files at a time. Default: one a processor, at most 4.",
)


def teams(help: str, *, required: bool = False) -> Decorator:
    """The option --teams."""
    return click.option("--teams", required=required, type=FILE, metavar="FILE", help=help)


try_address = click.option(
    "--try", "try_address", default="", metavar="ADDRESS", help="A rehearsal: all to this address, as TEST."
)
only = click.option("--only", multiple=True, metavar="TEAM", help="This team alone; may be given more than once.")


def again(help: str, metavar: str = "TEAM") -> Decorator:
    """The option --again."""
    return click.option("--again", multiple=True, metavar=metavar, help=help)


def date(name: str, help: str) -> Decorator:
    """The option --date, as the argument `name`."""
    return click.option("--date", name, type=DATE, metavar="DATE", help=help)


# -- what is written ---------------------------------------------------------------------------------


def output(help: str, default: str | None = None, metavar: str = "PATH", *, in_round: str = "") -> Decorator:
    """The option --output; where a round has a place of its own for it, the command knows the default."""
    if in_round:
        help = f"{help} Default: {in_round} in a round{f', else {default}' if default else ''}."
        default = None
    return click.option(
        "-o",
        "--output",
        type=FILE,
        default=Path(default) if default else None,
        show_default=default is not None,
        metavar=metavar,
        help=help,
    )


def csv(help: str) -> Decorator:
    """The option --csv."""
    return click.option("--csv", type=FILE, metavar="DIR", help=help)


def share(help: str) -> Decorator:
    """The option --share."""
    return click.option("--share", type=FILE, metavar="PATH", help=help)


def minimum_group(help: str) -> Decorator:
    """The option --minimum-group."""
    return click.option(
        "--minimum-group",
        type=click.IntRange(min=2),
        metavar="N",
        help=f"{help} Default: what the round says, else 5.",
    )


forms = in_order(
    click.option(
        "--tickbox",
        type=click.Choice(["native", "list"]),
        help="native: Excel's own tickboxes (older versions show TRUE and FALSE). "
        "list: a drop-down, the same everywhere. Default: what the round says, else native.",
    ),
    click.option("--not-applicable", is_flag=True, help="Give every question a row “Not applicable to us”."),
)
addresses = click.option(
    "--addresses",
    is_flag=True,
    help="Print the addresses of the teams that sent nothing, as one line for the field Bcc.",
)
consolidated = click.option(
    "--consolidated",
    type=FILE,
    metavar="FILE",
    help="The consolidated workbook: what was corrected in it is not asked again. Default: the round's.",
)
about = click.option(
    "--about", default="", metavar="TEXT", help="What the answers are about. Default: our own service."
)


def prefill(help: str) -> Decorator:
    """The option --prefill."""
    return click.option("--prefill", type=FILE, metavar="CONSOLIDATED", help=help)


# -- what messages say -------------------------------------------------------------------------------

deadline = click.option("--deadline", type=DATE, metavar="DATE", help="By when, such as 2026-11-30.")


def contact(help: str) -> Decorator:
    """The option --contact."""
    return click.option("--contact", default="", metavar="ADDRESS", help=help)


def texts(subject: str, body: str, prefix: str = "") -> Decorator:
    """The options --subject and --body with these helps, or --request-subject and --request-body for a prefix."""
    return in_order(
        click.option(f"--{prefix}subject", default="", metavar="TEXT", help=subject),
        click.option(f"--{prefix}body", type=FILE, metavar="FILE", help=body),
    )


def overwrite(help: str) -> Decorator:
    """The option --overwrite."""
    return click.option("--overwrite", is_flag=True, help=help)


def source(name: str, help: str, metavar: str, default: str = "") -> Decorator:
    """The option --from, as the argument `name`."""
    return click.option("--from", name, default=default, metavar=metavar, help=help)


# -- how the command talks ---------------------------------------------------------------------------

as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
quiet = click.option("-q", "--quiet", is_flag=True, help="Print only results and errors.")
strict = click.option("--strict", is_flag=True, help="Exit with 1 where there are findings of severity error.")
reading = in_order(quiet, strict, as_json, jobs)
