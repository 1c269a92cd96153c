"""What is taken out of containers: files with their names and the mails that carried them, within limits."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass

from impact_xl.findings import Finding
from impact_xl.returns.file_type import MIB, MOST_CONTAINER, FileRejected
from impact_xl.returns.sources import printable
from impact_xl.returns.submission import Message

MOST_DEEP = 6  # a zip in a mail in a forwarded mail in a zip is four
MOST_CARRIED = 5_000
MOST_INSIDE = 1024 * MIB  # in all, however deep


@dataclass(frozen=True, slots=True)
class CarriedFile:
    """A file inside containers, or what has to be said about one; `file` is its name with the containers before it."""

    file: str
    content: bytes = b""
    message: Message | None = None
    finding: Finding | None = None
    unless_form: bool = False  # the finding stands only where nothing in the message turns out to be a form
    sent_out: bool = False  # it came back with a notice: a return only if somebody filled it in


@dataclass
class Walk:
    """What one walk through a container has met so far."""

    levels: Sequence[str] = ()  # their names, which a message's text may hold
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
    return CarriedFile(file, finding=rejection.as_finding(file))


def around(inner: Message | None, outer: Message | None) -> Message | None:
    """The message that speaks for a file: the one that carried it, or the one around that where it has no date."""
    return inner if inner and (inner.date or not outer) else outer


def unpacked(package: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """What a file of an archive holds.

    Raises:
        FileRejected: it is locked, too big or damaged.
    """
    if entry.flag_bits & 0x1:
        raise FileRejected("file-password")
    if entry.file_size > MOST_CONTAINER:
        raise FileRejected("file-too-big", f"it unpacks to {entry.file_size / MIB:,.0f} MB")
    try:
        with package.open(entry) as part:
            return part.read(entry.file_size + 1)
    except MemoryError:
        raise
    except NotImplementedError as error:
        raise FileRejected("file-format", "packed in a way that cannot be unpacked here") from error
    except Exception as error:  # zlib, zipfile and struct raise unrelated types for what is broken
        raise FileRejected("file-damaged", "it cannot be unpacked") from error
