"""The commands: parse, one library call, print, exit code. One module a command.

The libraries are imported inside the commands, so that --help and completion answer at once.
"""

from __future__ import annotations

import io
import sys

import click

from impact_xl import __version__
from impact_xl.cli import check, collate, demo, distribute, explain, feedback, generate, remind, send, status
from impact_xl.cli.base import EXIT_CODES, Commands


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


# In the order of the work, which is the order of --help.
for _command in (
    generate.generate,
    distribute.distribute,
    send.send,
    check.check,
    collate.collate,
    status.status,
    remind.remind,
    feedback.feedback,
    explain.explain,
    demo.demo,
):
    cli.add_command(_command)
