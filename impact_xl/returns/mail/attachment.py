"""What is taken out of containers: files with their names and the mails that carried them, within limits."""

from __future__ import annotations

from dataclasses import dataclass

from impact_xl.findings import Finding, Where, found
from impact_xl.returns.file_type import MIB, FileRejected
from impact_xl.returns.submission import Message

MOST_DEEP = 6  # a zip in a mail in a forwarded mail in a zip is four
MOST_CARRIED = 5_000
MOST_INSIDE = 1024 * MIB  # in all, however deep

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
class CarriedFile:
    """A file inside containers, or what has to be said about one; `file` is its name with the containers before it."""

    file: str
    content: bytes = b""
    message: Message | None = None
    finding: Finding | None = None


def printable(name: str) -> str:
    """A file name without what would break a line or a cell: undecodable bytes and control characters become `?`."""
    return "".join(character if character.isprintable() else "?" for character in name)


def is_system_file(name: str) -> bool:
    """Whether a file of this name is left behind by a program and never a return."""
    return name.startswith(("~$", "._", ".~lock.")) or name.casefold() in _SYSTEM_FILES


@dataclass
class Walk:
    """What one walk through a container has met so far."""

    count: int = 0
    inside: int = 0

    def take(self, size: int) -> None:
        """Count one file.

        Raises:
            FileRejected: there are too many, or they are too big.
        """
        self.count += 1
        self.inside += size
        if self.count > MOST_CARRIED:
            raise FileRejected(
                "file-too-big", f"more than {MOST_CARRIED:,} files are inside it, and the rest was not read"
            )
        if self.inside > MOST_INSIDE:
            raise FileRejected(
                "file-too-big", f"it unpacks to more than {MOST_INSIDE // MIB:,} MB, and the rest was not read"
            )


class Names:
    """Display names inside one container: printable, and no two alike."""

    def __init__(self, container: str) -> None:
        self._container, self._taken = container, set[str]()

    def name(self, raw: str, otherwise: str) -> str:
        """The display name of a file, with its container before it."""
        plain = printable(raw.replace("\\", "/").replace("!/", "!_")).strip("/ ") or otherwise
        name, number = plain, 1
        while name in self._taken:
            number += 1
            name = f"{plain} ({number})"
        self._taken.add(name)
        return f"{self._container}!/{name}"


def rejected(file: str, rejection: FileRejected) -> CarriedFile:
    """The file that was rejected, as a finding."""
    return CarriedFile(file, finding=found(rejection.rule, Where(file), what=rejection.what))
