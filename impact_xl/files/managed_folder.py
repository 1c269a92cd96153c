"""A folder of our own: it is written whole or not at all, and made again only where nobody has touched it since.

A manifest in the folder lists what was written there, with its hashes. So what people put beside it is never taken
away, and what they changed is never replaced.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from impact_xl.findings import ImpactError
from impact_xl.xlsx.workbook_writer import write_file

_ELSEWHERE = "Choose another folder with --output."


def check(folder: Path, manifest: str, what: str) -> None:
    """Find out before the work whether the folder could be written.

    Args:
        folder: where to.
        manifest: the manifest's file name.
        what: how messages call the contents: “demonstration”.

    Raises:
        ImpactError: something else stands there, or something in it was changed since; nothing was touched.
    """
    if folder.exists() and not folder.is_dir():
        raise ImpactError(f"The {what} cannot be written: {folder} is a file, not a folder", _ELSEWHERE)
    parent = next(each for each in folder.absolute().parents if each.exists())
    if not parent.is_dir() or not os.access(parent, os.W_OK):
        raise ImpactError(f"The {what} cannot be written: you may not write into {parent}", _ELSEWHERE)
    if folder.is_dir() and any(folder.iterdir()):
        written = _written(folder, manifest, what)
        changed = [
            name for name, digest in written.items() if (folder / name).is_file() and _of(folder / name) != digest
        ]
        if changed:
            raise ImpactError(
                f"The {what} was not written again: {folder / changed[0]} was changed since",
                "Move that file away to keep it, or choose another folder with --output.",
            )


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
        ImpactError: as `check`, or a file cannot be written; what stood there before is untouched.
        ValueError: two files have one name; a bug of the caller.
    """
    check(folder, manifest, what)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name[:40]}.", suffix=".part"))
    except OSError as error:
        raise _failed(what, error) from error
    try:
        digests = {}
        for name, content in files:
            if name in digests:
                raise ValueError(
                    f"two files are called {name}"
                )  # a bug of the caller: one would take the other's place
            (beside / name).parent.mkdir(parents=True, exist_ok=True)
            (beside / name).write_bytes(content)
            digests[name] = hashlib.sha256(content).hexdigest()
        (beside / manifest).write_text(_listed(digests, about), encoding="utf-8")
        clear(folder, manifest, what)
        for name in (manifest, *digests):  # the manifest first: it says that the rest is ours
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (beside / name).replace(folder / name)
    except OSError as error:
        raise _failed(what, error) from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return [folder / name for name in digests]


def _written(folder: Path, manifest: str, what: str) -> dict[str, str]:
    """What the manifest lists.

    Raises:
        ImpactError: there is none, so the files are somebody else's.
    """
    try:
        content = json.loads((folder / manifest).read_text(encoding="utf-8"))
        ours = content["program"] == "impact-xl"
        files = {str(name): str(digest) for name, digest in content["files"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        ours, files = False, {}
    if not ours:
        raise ImpactError(f"The {what} cannot be written: {folder} already holds files of something else", _ELSEWHERE)
    return files


def clear(folder: Path, manifest: str, what: str) -> None:
    """Take away what was written there before, and nothing else.

    Raises:
        ImpactError: something else stands there, or a file is open in another program.
    """
    if not folder.is_dir() or not any(folder.iterdir()):
        return
    for name in _written(folder, manifest, what):
        path = folder / name
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise ImpactError(
                f"The {what} was not written again: {path} is open in another program",
                "Close it and run the command again.",
            ) from error
        if path.parent != folder and path.parent.is_dir() and not any(path.parent.iterdir()):
            path.parent.rmdir()


def remember(
    folder: Path, manifest: str, names: Iterable[str], what: str, about: Mapping[str, Any] | None = None
) -> None:
    """Write the manifest for files that stand in the folder already.

    Raises:
        ImpactError: it cannot be written.
    """
    write_file(folder / manifest, _listed({name: _of(folder / name) for name in names}, about).encode(), what)


def _listed(digests: Mapping[str, str], about: Mapping[str, Any] | None) -> str:
    content = {"program": "impact-xl", **(about or {}), "files": digests}
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _failed(what: str, error: OSError) -> ImpactError:
    return ImpactError(
        f"The {what} cannot be written: {error.filename or 'the folder'} ({error.strerror or error})",
        "Close what is open in another program, make room, or choose another folder with --output.",
    )


def _of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
