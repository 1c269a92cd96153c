"""The commands: parse, one library call, print, exit code. One module a command.

Commands are imported by name, and the libraries inside them, so that --help and completion answer at once.
"""

from __future__ import annotations

import contextlib
import gc
import io
import os
import sys

import click

from impact_xl import __version__
from impact_xl.cli.group import Commands
from impact_xl.cli.usage import EXIT_CODES

# In the order of the work, which is the order of --help; a test holds the words against the commands' own.
COMMANDS = {
    "new": "Make the folder of a round.",
    "generate": "Write the blank form.",
    "distribute": "Make a form and an e-mail for every team that has none yet.",
    "send": "Send the messages of an outbox through a mail relay.",
    "check": "Read returned files and print what is to fix in each.",
    "collate": "Read all returns and write the consolidated workbook.",
    "status": "Show who has returned, who has not, and how much is to fix.",
    "remind": "Make an e-mail for each team that has not returned, or has something to fix.",
    "feedback": "Write a feedback workbook for each team.",
    "actions": "Show who leads what by when, and make an e-mail about what is near or past.",
    "compare": "Set two rounds side by side: how the same teams moved.",
    "questionnaire": "Make questionnaires of your own, in Excel.",
    "explain": "Explain one kind of finding; without RULE, list them all.",
    "demo": "Play through a round of fictional teams, from blank form to results.",
}


def program() -> None:
    """The entry point of `impact-xl`, in a process of its own, which ends with it.

    It ends at once: to take everything apart that a large round has left, object by object, takes longer than to find
    the returns, and nobody needs it.
    """
    try:
        main()
    except SystemExit as ended:
        if not (ended.code is None or isinstance(ended.code, int)):
            raise
        with contextlib.suppress(OSError, ValueError):  # who listened has gone; Python's own way of ending tells that
            for stream in filter(None, (sys.stdout, sys.stderr)):  # a program without a window has none
                stream.flush()
            os._exit(ended.code or 0)
        raise


def main() -> None:
    """Do what the command line says, and raise SystemExit with the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A console of few characters has no ☑, and must not end the work for it. What is sent into a file or to
            # another program is UTF-8 on every system, unless somebody has chosen; Windows' own choice has no ☑ either.
            chosen = stream.isatty() or os.environ.get("PYTHONIOENCODING")
            stream.reconfigure(encoding=None if chosen else "utf-8", errors="replace")
    # A command makes millions of small objects, nearly none of them in a circle: to look for circles while it works,
    # and once more as it ends, takes a tenth of the time.
    gc.set_threshold(0)
    try:
        cli(prog_name="impact-xl")
    finally:
        gc.freeze()


@click.group(
    cls=Commands,
    named=COMMANDS,
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
