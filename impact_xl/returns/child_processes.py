"""The processes that work for this one: how one is started, also ahead of the work, and how it is ended.

A command has those that read files start before it loads what it needs itself. So this module loads next to nothing.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from impact_xl.files.places import resolved

if TYPE_CHECKING:
    import subprocess

# A child takes as long to start as it takes to read so many forms. Others join where the first ones find it hard.
_WORTH_A_CHILD, _OTHERS_JOIN = 40, 1.0  # files, seconds
_MOST_JOBS = 4  # reading is quick: more children cost more to start than they save
# The child gets the parent's own search path, and nothing from the folder it happens to be started in.
_SEARCH_PATH = "import sys; sys.path[:] = sys.argv[1:]; "
_READER = "from impact_xl.returns.worker_pool import serve; serve()"

_ahead: list[subprocess.Popen[bytes]] = []  # children that nobody has taken yet


def default_jobs() -> int:
    """How many files are read at a time unless somebody says otherwise."""
    return min(_MOST_JOBS, os.cpu_count() or 1)


def joins_after(number: int, files: int) -> float:
    """How many seconds a child, counted from 0, waits before it begins, where so many files are to be read."""
    return 0.0 if number * _WORTH_A_CHILD < max(files, 1) else _OTHERS_JOIN


@contextlib.contextmanager
def children_ahead(files: int, jobs: int) -> Iterator[None]:
    """Have the children start while this process still loads what it needs itself; whoever reads takes them.

    Args:
        files: how many files there are to read, roughly.
        jobs: how many children may read at once.
    """
    number = sum(not joins_after(each, files) for each in range(jobs))
    try:
        with contextlib.suppress(OSError):  # who reads will say so
            _ahead.extend(start() for _ in range(number))
        yield
    finally:
        while _ahead:
            end(_ahead.pop())


def started_ahead() -> subprocess.Popen[bytes] | None:
    """A child that was started ahead, which is the caller's from now on; None where none is left."""
    with contextlib.suppress(IndexError):  # another thread may take the last one
        while child := _ahead.pop():
            if child.poll() is None:
                return child
            end(child)
    return None


def start(code: str = "") -> subprocess.Popen[bytes]:
    """A child that speaks over its standard input and output.

    Args:
        code: what it does; unless given, it loads what it reads with, and then waits for its setting.

    Raises:
        OSError: the system starts none.
    """
    import subprocess  # lazy: the children start none

    return subprocess.Popen(  # noqa: S603  ourselves
        [sys.executable, "-c", _SEARCH_PATH + (code or _READER), *_search_path()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )


def end(child: subprocess.Popen[bytes]) -> None:
    """End a child; nothing of it stays behind."""
    child.kill()
    for pipe in (child.stdin, child.stdout):
        with contextlib.suppress(OSError):
            if pipe:
                pipe.close()
    child.wait()


def _search_path() -> list[str]:
    """Where the child finds what the parent has; the package's own folder stands first."""
    home = str(resolved(Path(__file__)).parents[2])
    return list(dict.fromkeys([home, *(str(resolved(Path(place))) for place in sys.path if place)]))
