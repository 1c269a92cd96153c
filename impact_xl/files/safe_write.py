"""Files that are whole or not there: each is written beside its place first, then moved into it.

Whether a place can be written is found out by writing there and undoing it. To ask for permissions is not enough:
Windows says yes, and refuses later.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

from impact_xl.findings import ImpactError, unreadable
from impact_xl.wording import WINDOWS, reason_of

PAUSES = (0.05, 0.15, 0.3, 0.7, 0.8)  # seconds between the tries, 2 in all
_ELSEWHERE = "Choose another place with --output."
_LOCKED = (errno.EACCES, errno.EPERM, errno.EROFS)  # a read-only disk is no PermissionError


def check_place(path: Path, what: str = "output", ending: str = ".xlsx") -> None:
    """Find out before the work whether a file could be written there, as far as that can be known.

    Raises:
        ImpactError: it cannot; nothing was changed.
    """
    try:
        if path.is_dir():
            raise ImpactError(f"The {what} cannot be written: {path} is a folder", "Name a file in it with --output.")
        if path.suffix.casefold() != ending:
            raise ImpactError(
                f"The {what} cannot be written: {path} does not end in {ending}", f"Call it {path.stem}{ending}, say."
            )
        target = _end_of_link(path)
        folder = nearest_folder(target.parent)
        if not folder.is_dir():
            raise ImpactError(f"The {what} cannot be written: {folder} is a file, not a folder", _ELSEWHERE)
        if target.exists():
            target.open("r+b").close()  # Excel on Windows refuses this while it holds the file
        _try_file(target.parent)
    except OSError as error:
        raise _refused(path, what, error) from error


def write_file(path: Path, content: bytes | Path, what: str = "output") -> None:
    """Write a file whole or not at all. Through a link it is written to where the link points, and the link stays.

    Args:
        path: where to.
        content: what, or the file that holds it.
        what: how messages call it.

    Raises:
        ImpactError: the place cannot be written; what stood there before is untouched.
    """
    try:
        target = _end_of_link(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = target.parent / part_name(target.name)
        file = beside.open("xb")
        try:
            with file:
                if isinstance(content, Path):
                    with content.open("rb") as source:
                        shutil.copyfileobj(source, file)
                else:
                    file.write(content)
                file.flush()
                os.fsync(file.fileno())
            move(beside, target)
        except BaseException:
            with contextlib.suppress(OSError):
                _in_several_tries(beside.unlink)
            raise
    except OSError as error:
        raise _refused(path, what, error) from error


def replace_file(
    path: Path, content: bytes, what: str = "output", *, keep: bool = True, earlier: Path | None = None
) -> list[Path]:
    """Write a file; where another stood there, a dated copy of it is kept first.

    Args:
        path: where to.
        content: what.
        what: how messages call it.
        keep: False keeps no copy.
        earlier: the folder for the copy; beside the file unless given.

    Returns:
        The file's path, then that of the copy where there is one.

    Raises:
        ImpactError: the place cannot be written, or the copy not be made; what stood there before is untouched, and
            no copy of it is left.
    """
    if not (keep and path.exists() and not _holds(path, content)):
        write_file(path, content, what)
        return [path]
    folder = earlier or path.parent
    before = set(folder.iterdir()) if folder.is_dir() else set()
    copy = keep_copy(path, earlier)
    try:
        write_file(path, content, what)
    except BaseException:
        if copy not in before:
            with contextlib.suppress(OSError):
                _in_several_tries(copy.unlink)
        raise
    return [path, copy]


def digest_of(path: Path) -> str:
    """The SHA-256 of a file; empty where there is none.

    Raises:
        ImpactError: it cannot be read.
    """
    try:
        return _sha256(path) if path.exists() else ""
    except OSError as error:
        raise unreadable("The file", path, error, "Run the command again.") from error


def _sha256(path: Path) -> str:
    with path.open("rb") as file:  # piece by piece: a large round's workbook has 30 MB
        return hashlib.file_digest(file, "sha256").hexdigest()


def _holds(path: Path, content: bytes) -> bool:
    """Whether a file has this content."""
    return path.stat().st_size == len(content) and _sha256(path) == hashlib.sha256(content).hexdigest()


def keep_copy(target: Path, folder: Path | None = None) -> Path:
    """A copy of the old workbook, named for the day it was last changed: `consolidated 2026-11-23.xlsx`.

    Args:
        target: the workbook that is to be replaced.
        folder: where to; beside it unless given.

    Raises:
        ImpactError: the old workbook cannot be read, or the copy cannot be written.
    """
    try:
        digest = _sha256(target)
        changed: date = datetime.fromtimestamp(target.stat().st_mtime, UTC).date()
    except OSError as error:
        raise ImpactError(
            f"The old workbook cannot be read, so it cannot be kept: {target} ({reason_of(error)})",
            "Close it in Excel, or choose another place with --output. Nothing was changed.",
        ) from error
    for number in range(1, 1000):
        more = f" ({number})" if number > 1 else ""
        copy = (folder or target.parent) / f"{target.stem} {changed.isoformat()}{more}{target.suffix}"
        if not os.path.lexists(copy):
            write_file(copy, target, what="copy of the old workbook")
            return copy
        with contextlib.suppress(OSError):  # one that cannot be read is another file
            if _sha256(copy) == digest:
                return copy
    raise ImpactError(
        f"There are too many old copies of {target.name} in {folder or target.parent}", "Move some of them elsewhere."
    )


def part_name(name: str = "") -> str:
    """A name for what is not finished yet, which nothing else has: `.tracking.xlsx.1b2c3d4e.part`.

    It is not made by `tempfile`, which on Windows tries two thousand million names where one may not write.
    """
    return f".{name[:40]}{'.' if name else ''}{os.urandom(4).hex()}.part"


def nearest_folder(folder: Path) -> Path:
    """The folder itself where it exists, else the nearest one above it that does."""
    return next(each for each in (folder, *folder.absolute().parents) if each.exists())


def try_folder(folder: Path) -> None:
    """Find out whether a folder can be made in a folder, or in the nearest one that exists; it is removed again.

    Raises:
        OSError: it cannot.
    """
    part = nearest_folder(folder) / part_name()
    part.mkdir()
    _in_several_tries(part.rmdir)


def _try_file(folder: Path) -> None:
    """Find out whether a file can be made in a folder, or the folder itself be made; nothing is left behind.

    Raises:
        OSError: it cannot.
    """
    if not folder.is_dir():  # on Windows there are places where one may make folders and no files
        try_folder(folder)
        return
    part = folder / part_name()
    part.open("xb").close()
    _in_several_tries(part.unlink)


def move(source: Path, target: Path) -> None:
    """Move a file to a place on the same disk; what stands there is replaced.

    Raises:
        OSError: it cannot be moved.
    """
    _in_several_tries(lambda: source.replace(target))


def _in_several_tries(action: Callable[[], object]) -> None:
    """Do something to a file that was just written.

    On Windows a virus scanner, the search index or a sync program opens every new file for a moment, and an open file
    can be neither moved nor deleted there.
    """
    for pause in PAUSES if WINDOWS else ():
        try:
            action()
        except PermissionError:
            time.sleep(pause)
        else:
            return
    action()


def _end_of_link(path: Path) -> Path:
    """The file that a symbolic link leads to, whether it exists or not; any other path is its own end."""
    if not path.is_symlink():
        return path
    target = Path(os.path.realpath(path))
    if target.is_symlink():
        raise OSError(errno.ELOOP, "it is a link that leads to itself", str(path))
    return target


def is_locked(error: OSError) -> bool:
    """Whether a file or folder is open in another program, or may not be written."""
    return isinstance(error, PermissionError) or error.errno in _LOCKED


def _refused(path: Path, what: str, error: OSError) -> ImpactError:
    if is_locked(error):
        return ImpactError(
            f"The {what} cannot be written: {path} is open in another program, or you may not write there",
            "Close it in Excel and run the command again, or choose another place with --output.",
        )
    return ImpactError(
        f"The {what} cannot be written: {path} ({reason_of(error)})",
        "Choose another place with --output, or make room on the disk. Nothing was changed.",
    )
