"""What is said about the use of the commands: how they end, and which word was probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

FOUND, FAILED, NO_FORM, INTERRUPTED = 1, 2, 3, 130  # and 0, done

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


def closest_match(typed: str, known: Iterable[str]) -> str:
    """A question that names the known word most like a typed one; empty where none is like it."""
    alike = difflib.get_close_matches(typed, list(known), n=1, cutoff=0.5)
    return f"Did you mean {alike[0]}?" if alike else ""
