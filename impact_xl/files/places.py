"""Where a path leads, on systems that answer such questions with errors of their own."""

from __future__ import annotations

import os
from pathlib import Path

_JUNCTION = 0xA0000003  # IO_REPARSE_TAG_MOUNT_POINT of winnt.h, which Python's `stat` knows on Windows alone


def resolved(path: Path) -> Path:
    """The absolute path, with links followed as far as can be found out.

    `Path.resolve` lets some of Windows' errors through: a network that is away, a path that is too long, a file in the
    cloud. Such a path is its own end; whether it can be read is found out by reading it.
    """
    try:
        return path.resolve()
    except (OSError, RuntimeError):
        return path.absolute()


def is_link(path: Path) -> bool:
    """Whether a path is a link: a symbolic one, or Windows' own kind of link to a folder, a junction.

    Python 3.11 has no name for a junction, and takes it for a folder.
    """
    try:
        return path.is_symlink() or getattr(os.lstat(path), "st_reparse_tag", 0) == _JUNCTION
    except OSError:
        return False
