"""A folder of our own: it is written whole or not at all, and made again only where nobody has touched it since.

A manifest in the folder lists what was written there, with its hashes. So what people put beside it is never taken
away, and what they changed is never replaced.

New files are made in a folder `.1b2c3d4e.part` inside it, which holds

    new/    what is to take its place
    old/    what stood there before, from the moment when the first old file is moved away
    done    a mark, from the moment when all new files are in their places

so that what was broken off can be put back at every step, by the same run or by the next.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import re
import shutil
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from impact_xl.files.safe_write import is_locked, move, nearest_folder, part_name, try_folder
from impact_xl.findings import ImpactError
from impact_xl.wording import reason_of

_ELSEWHERE = "Choose another folder with --output."
_NEW, _OLD, _DONE = "new", "old", "done"
_PART = re.compile(r"\.[0-9a-f]{8}\.part")


@dataclass
class NewFiles:
    """The files that are to stand in the folder; until then they are in a folder of their own."""

    folder: Path
    digests: dict[str, str] = field(default_factory=dict)  # by name, in the order in which they came
    parts: dict[str, str] = field(default_factory=dict)  # the same of what is in the workbooks among them

    def add(self, name: str, content: bytes) -> None:
        """Write one more file.

        Args:
            name: its name within the folder, with `/` between folders.
            content: its bytes.

        Raises:
            OSError: it cannot be written.
            ValueError: there is one of this name already; a bug of the caller, as one would take the other's place.
        """
        if name in self.digests:
            raise ValueError(f"two files are called {name}")
        (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / name).write_bytes(content)
        self._list(name, content)

    def take(self, path: Path) -> None:
        """List a file that something else wrote into the folder."""
        self._list(path.relative_to(self.folder).as_posix(), path.read_bytes())

    def _list(self, name: str, content: bytes) -> None:
        self.digests[name] = hashlib.sha256(content).hexdigest()
        if digest := _digest_of_parts(content):
            self.parts[name] = digest


def check(folder: Path, manifest: str, what: str) -> None:
    """Find out before the work whether the folder could be written. A run that was broken off is undone first.

    Args:
        folder: where to.
        manifest: the manifest's file name.
        what: how messages call the contents: “demonstration”.

    Raises:
        ImpactError: something else stands there, something in it was changed since or is open in another program, or
            the folder may not be written; nothing was touched.
    """
    with _plain_errors(folder, what):
        if folder.exists() and not folder.is_dir():
            raise ImpactError(f"The {what} cannot be written: {folder} is a file, not a folder", _ELSEWHERE)
        _try(folder, what)
        for part in _parts(folder):
            _undo(folder, part, manifest, what)
        _untouched(folder, manifest, what)


def write(
    folder: Path, manifest: str, files: Iterable[tuple[str, bytes]], what: str, about: Mapping[str, Any] | None = None
) -> list[Path]:
    """Write files into the folder in place of those that were written there before; gives their paths.

    Args:
        folder: where to.
        manifest: the manifest's file name.
        files: each file's name within the folder and its bytes; taken one by one, so that there may be very many.
        what: how messages call the contents.
        about: what else the manifest says.

    Raises:
        ImpactError: as `replace`.
        ValueError: two files have one name; a bug of the caller.
    """
    with replace(folder, manifest, what, about) as new:
        for name, content in files:
            new.add(name, content)
    return [folder / name for name in new.digests]


@contextlib.contextmanager
def replace(folder: Path, manifest: str, what: str, about: Mapping[str, Any] | None = None) -> Iterator[NewFiles]:
    """Take new files; at the end of the block they take the place of those that were written there before.

    Args:
        folder: where to.
        manifest: the manifest's file name.
        what: how messages call the contents.
        about: what else the manifest says.

    Raises:
        ImpactError: as `check`; a file cannot be written; or somebody else's file has the name of a new one. What
            stood there before is untouched, also where the block raises anything.
    """
    check(folder, manifest, what)
    part = folder / part_name()
    with _plain_errors(folder, what, part):
        missing = [each for each in (folder, *folder.parents) if not each.exists()]
        try:
            (part / _NEW).mkdir(parents=True)
            new = NewFiles(part / _NEW)
            yield new
            (part / _NEW / manifest).write_bytes(_manifest(new, about))
            emptied = _swap(folder, part, manifest, new, what)
        except BaseException:
            _undo(folder, part, manifest, what)
            _remove_empty(missing)
            raise
    _sweep(part)
    _remove_empty(emptied)


@dataclass(frozen=True)
class Renewed:
    """What came of writing a folder again."""

    paths: list[Path]  # of its files
    changed: bool  # False where all of them stood there already
    kept: Path | None = None  # where the old folder is now


def check_renewable(folder: Path, manifest: str, what: str, within: str) -> None:
    """Find out before the work whether a folder could be written again with `renew`.

    Args:
        folder, manifest, what: as `check` has them.
        within: the folder in it that tells its kind: `packs`.

    Raises:
        ImpactError: something else stands there, or nothing may be written there; nothing was touched.
    """
    with _plain_errors(folder, what):
        listed = _listed(folder / manifest) if folder.is_dir() else None
        if listed is None or not any(name.startswith(f"{within}/") for name in listed):
            if listed is not None:
                raise ImpactError(f"The {what} cannot be written: {folder} holds other messages", _ELSEWHERE)
            check(folder, manifest, what)
            return
        for part in _parts(folder):
            _undo(folder, part, manifest, what)
        _try(folder.parent / "new", what)


def _try(folder: Path, what: str) -> None:
    try:
        try_folder(folder)
    except OSError as error:
        if is_locked(error) or isinstance(error, NotADirectoryError):
            refused = f"The {what} cannot be written: you may not write into {nearest_folder(folder)}"
            raise ImpactError(refused, _ELSEWHERE) from error
        raise


def renew(folder: Path, manifest: str, what: str, write: Callable[[Path], object], keep: Path) -> Renewed:
    """Write a folder of ours again; the old one goes whole, with all that people did in it, to a dated place.

    It stays where all its files are there as they would be written.

    Args:
        folder: where to.
        manifest: the manifest's file name.
        what: how messages call the contents.
        write: writes into the folder that it is given.
        keep: the folder for the old one.

    Raises:
        ImpactError: the old folder cannot be moved, as something in it is open; or as `write`. Nothing was changed.
    """
    with _plain_errors(folder, what):
        if _listed(folder / manifest) is None:
            write(folder)
            return Renewed([folder / name for name in digests(folder, manifest)], changed=True)
        beside = folder.with_name(part_name(folder.name))
        try:
            write(beside)
            paths = [folder / name for name in digests(beside, manifest)]
            if _stands_there(folder, beside, manifest, what):
                return Renewed(paths, changed=False)
            kept = _dated(folder, manifest, keep)
            kept.parent.mkdir(parents=True, exist_ok=True)
            move(folder, kept)
            try:
                move(beside, folder)
            except OSError:
                move(kept, folder)
                raise
            return Renewed(paths, changed=True, kept=kept)
        finally:
            shutil.rmtree(beside, ignore_errors=True)


def _stands_there(folder: Path, beside: Path, manifest: str, what: str) -> bool:
    """Whether a folder holds what would be written, untouched."""
    if (folder / manifest).read_bytes() != (beside / manifest).read_bytes():
        return False
    try:
        return len(_untouched(folder, manifest, what)) == len(digests(folder, manifest)) + 1
    except ImpactError:  # somebody changed a file
        return False


def _dated(folder: Path, manifest: str, keep: Path) -> Path:
    """A place for a folder that nothing has, named for the day on which it was written: `packs 2026-11-28`."""
    day = datetime.fromtimestamp((folder / manifest).stat().st_mtime, UTC).date()
    number, place = 1, keep / f"{folder.name} {day.isoformat()}"
    while os.path.lexists(place):
        number += 1
        place = keep / f"{folder.name} {day.isoformat()} ({number})"
    return place


def digests(folder: Path, manifest: str) -> dict[str, str]:
    """The files that were written into a folder of ours, each name with the hash that it had then.

    There are none where the manifest cannot be read.
    """
    try:
        return _listed(folder / manifest) or {}
    except OSError:
        return {}


def _swap(folder: Path, part: Path, manifest: str, new: NewFiles, what: str) -> list[Path]:
    """Move the old files away and the new ones in; gives the folders that the old ones stood in.

    Raises:
        ImpactError, OSError: it is to be undone.
    """
    old = _untouched(folder, manifest, what)
    (part / _OLD).mkdir()
    for name in old:
        _move(folder / name, part / _OLD / name)
    for name in (manifest, *new.digests):  # the manifest first: it says that the rest is ours
        if os.path.lexists(folder / name):
            raise ImpactError(
                f"The {what} cannot be written: {folder / name} is there already, and this program did not write it",
                "Move that file away to keep it, or choose another folder with --output.",
            )
        _move(part / _NEW / name, folder / name)
    (part / _DONE).open("xb").close()
    return sorted({(folder / name).parent for name in old} - {folder}, reverse=True)


def _undo(folder: Path, part: Path, manifest: str, what: str) -> None:
    """Put back what was moved away, in this run or in an earlier one, and take the unfinished files away.

    Raises:
        ImpactError: not everything can be put back now; it stays where it is, and the next run tries again.
    """
    try:
        if (part / _OLD).is_dir() and not (part / _DONE).exists():
            _put_back(folder, part, manifest)
    except OSError as error:
        place = _place(error, folder, part)
        raise ImpactError(
            f"The {what} was not written again, and not everything could be put back: {place} "
            f"({reason_of(error)}). What was there is in {part / _OLD}",
            "Close what is open in another program and run the command again: it puts these files back first.",
        ) from error
    _sweep(part)


def _put_back(folder: Path, part: Path, manifest: str) -> None:
    new, old = part / _NEW, part / _OLD
    if not (new / manifest).exists():  # it is moved in first: so new files may stand in the folder
        for name, digest in (_listed(folder / manifest) or {}).items():
            if (new / name).exists() or not (folder / name).is_file():
                continue
            if _digest(folder / name) != digest:
                raise FileExistsError(0, "it was changed since; move it away to keep it", str(folder / name))
            _move(folder / name, new / name)
        _move(folder / manifest, new / manifest)
    for path in _files(old):
        target = folder / path.relative_to(old)
        if os.path.lexists(target):
            raise FileExistsError(0, "it has come since; move it away to keep it", str(target))
        _move(path, target)
    made = {folder / path.parent.relative_to(new) for path in _files(new)} - {folder}
    _remove_empty(sorted(made, reverse=True))


def _untouched(folder: Path, manifest: str, what: str) -> list[str]:
    """The names of the files that were written here before and stand here still, the manifest last.

    Raises:
        ImpactError: the files are somebody else's, or one was changed since.
        OSError: one is open in another program.
    """
    if not folder.is_dir() or all(_is_part(each) for each in folder.iterdir()):
        return []
    listed = _listed(folder / manifest)
    if listed is None:
        raise ImpactError(f"The {what} cannot be written: {folder} already holds files of something else", _ELSEWHERE)
    there, parts = [name for name in listed if (folder / name).is_file()], _listed(folder / manifest, "workbooks") or {}
    for name in there:
        if _digest(folder / name) != listed[name] and not _says_the_same(folder / name, parts.get(name, "")):
            raise ImpactError(
                f"The {what} was not written again: {folder / name} was changed since",
                "Move that file away to keep it, or choose another folder with --output.",
            )
    (folder / manifest).open("r+b").close()
    return [*there, manifest]


def _says_the_same(path: Path, digest: str) -> bool:
    """Whether a workbook holds what was written: SharePoint adds properties and labels, which changes its bytes."""
    return bool(digest) and _digest_of_parts(path.read_bytes()) == digest


def _digest_of_parts(content: bytes) -> str:
    """The hash of what a workbook holds, apart from its properties; empty where it is no workbook."""
    if not content.startswith(b"PK"):
        return ""
    digest = hashlib.sha256()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            names = [name for name in package.namelist() if name.startswith("xl/") and not name.endswith(".rels")]
            for name in sorted(names):
                digest.update(f"{name}\0{package.getinfo(name).file_size}\0".encode() + package.read(name))
    except (zipfile.BadZipFile, OSError, NotImplementedError, zlib.error):
        return ""
    return digest.hexdigest() if names else ""


def _listed(path: Path, kind: str = "files") -> dict[str, str] | None:
    """What a manifest lists, each name with its hash; None where it is none of ours.

    Raises:
        OSError: it is open in another program.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        files = {str(name): str(digest) for name, digest in content[kind].items()}
    except (FileNotFoundError, IsADirectoryError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return files if content.get("program") == "impact-xl" else None


def _manifest(new: NewFiles, about: Mapping[str, Any] | None) -> bytes:
    workbooks = {"workbooks": new.parts} if new.parts else {}
    content = {"program": "impact-xl", **(about or {}), "files": new.digests, **workbooks}
    return (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()


def _digest(path: Path) -> str:
    """The hash of a file that is to be moved away, so it is opened for writing: Excel on Windows refuses that."""
    with path.open("r+b") as file:
        return hashlib.sha256(file.read()).hexdigest()


def _parts(folder: Path) -> list[Path]:
    return [each for each in folder.iterdir() if _is_part(each)] if folder.is_dir() else []


def _is_part(path: Path) -> bool:
    """Whether this is a folder of unfinished files, of this run or of one that was broken off."""
    if not _PART.fullmatch(path.name) or path.is_symlink() or not path.is_dir():
        return False
    return {each.name for each in path.iterdir()} <= {_NEW, _OLD, _DONE}


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if not path.is_dir() or path.is_symlink())


def _move(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    move(source, target)


def _sweep(part: Path) -> None:
    """Take the unfinished files away. The old ones go first: as long as one is there, the mark `done` has to stay."""
    shutil.rmtree(part / _OLD, ignore_errors=True)
    if not (part / _OLD).exists():
        shutil.rmtree(part, ignore_errors=True)


def _remove_empty(folders: Iterable[Path]) -> None:
    """Remove those of some folders that are empty; what lies inside another comes before it."""
    for folder in folders:
        with contextlib.suppress(OSError):
            folder.rmdir()


@contextlib.contextmanager
def _plain_errors(folder: Path, what: str, part: Path | None = None) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        place = _place(error, folder, part)
        if is_locked(error):
            raise ImpactError(
                f"The {what} cannot be written: {place} is open in another program, or you may not write there",
                "Close it and run the command again, or choose another folder with --output.",
            ) from error
        raise ImpactError(
            f"The {what} cannot be written: {place} ({reason_of(error)})",
            "Close what is open in another program, make room, or choose another folder with --output.",
        ) from error


def _place(error: OSError, folder: Path, part: Path | None) -> Path:
    """The file that an error is about, by the name that it has in the folder."""
    path = Path(error.filename) if isinstance(error.filename, str) else folder
    if part and path.is_relative_to(part):
        return folder.joinpath(*path.relative_to(part).parts[1:])
    return path
