"""What there is to be read: files by their paths and names. The parent of the readers needs no more than this."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

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
# What Windows says of a file that another program has open, or that is kept in a cloud only (WinError.h).
_IN_USE, _IN_CLOUD = {32, 33}, {362, 389, 390, 395, 396}


@dataclass(frozen=True, slots=True)
class Source:
    """A file to be read: where it is, and the name that people know it by."""

    path: Path
    file: str


@dataclass(frozen=True, slots=True)
class FileStarted:
    """The reading of a file has begun: which of its source's members it is, and its name."""

    index: int
    file: str


def printable(name: str) -> str:
    """A file name without what would break a line or a cell: undecodable bytes and control characters become `?`."""
    return "".join(character if character.isprintable() else "?" for character in name)


def is_system_file(name: str) -> bool:
    """Whether a file of this name is left behind by a program and never a return."""
    return name.startswith(("~$", "._", ".~lock.")) or name.casefold() in _SYSTEM_FILES


def reason_of(error: OSError) -> str:
    """Why a file cannot be opened, in words that say what to do about it where we know."""
    number = getattr(error, "winerror", None)
    if number in _IN_USE:
        return "another program has it open; close it there"
    if number in _IN_CLOUD:
        return "it is kept in the cloud and was not downloaded; open it once, or choose “Always keep on this device”"
    return error.strerror or str(error)
