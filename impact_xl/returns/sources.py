"""What there is to be read: files by their paths and names. The parent of the readers needs no more than this."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from impact_xl.wording import is_unseen

_SYSTEM_FILES = {
    ".ds_store",
    "thumbs.db",
    "ehthumbs.db",
    "desktop.ini",
    ".directory",
    ".localized",
    "icon\r",
    ".gitkeep",
}


@dataclass(frozen=True, slots=True)
class Source:
    """A file to be read: where it is, and the name that people know it by."""

    path: Path
    file: str

    def __reduce__(self) -> tuple[Any, ...]:
        return _source, (str(self.path), self.file)


def _source(path: str, file: str) -> Source:
    """A source in another process; paths are slow to take apart and to put together."""
    return Source(Path(path), file)


@dataclass(frozen=True, slots=True)
class FileStarted:
    """The reading of a file has begun: which of its source's members it is, and its name."""

    index: int
    file: str


def printable(name: str) -> str:
    """A file name without what would break a line or a cell, or hide: what nobody can see becomes `?`."""
    if name.isascii() and name.isprintable():
        return name
    pairs = zip(name, f" {name}", strict=False)
    return "".join(
        "?" if not character.isprintable() or is_unseen(character, before) else character for character, before in pairs
    )


def is_system_file(name: str) -> bool:
    """Whether a file of this name is left behind by a program and never a return."""
    return name.startswith(("~$", "._", ".~lock.")) or name.casefold() in _SYSTEM_FILES
