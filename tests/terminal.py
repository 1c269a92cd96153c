"""Commands as a person runs them: in a process of their own, at a terminal."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path

import impact_xl


def command(*args: object) -> list[str]:
    """A command of ours, run by this Python."""
    return [sys.executable, "-m", "impact_xl", *map(str, args)]


def environment(**more: str) -> dict[str, str]:
    """This environment, in which our package is found from any folder."""
    return {**os.environ, "PYTHONPATH": str(Path(impact_xl.__file__).parent.parent), **more}


def shown(args: list[str], cwd: Path | None = None, code: int = 0) -> bytes:
    """What a command that ends with this exit code writes to a terminal as its standard error."""
    import pty  # not on Windows

    ours, theirs = pty.openpty()
    child = subprocess.Popen(args, cwd=cwd, stdout=subprocess.DEVNULL, stderr=theirs, env=environment(TERM="xterm"))
    os.close(theirs)
    output = b""
    with contextlib.suppress(OSError):  # how Linux says that the other end is closed
        while part := os.read(ours, 4096):
            output += part
    os.close(ours)
    assert child.wait() == code
    return output
