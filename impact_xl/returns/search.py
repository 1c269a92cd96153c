"""Find the files that came back: those that were given, and those in the folders that were given."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from impact_xl.files.places import is_link, resolved
from impact_xl.findings import Finding, ImpactError, Where, found
from impact_xl.returns.sources import Source, is_system_file, printable
from impact_xl.wording import first_few, plural, reason_of


def find(paths: Sequence[str | os.PathLike[str]]) -> tuple[list[Source], list[Finding]]:
    """The files to read, from any mix of files and folders (searched deep), and what was passed over.

    Every file counts, whatever its name: a PDF in the folder may be somebody's return.

    Raises:
        ImpactError: a path does not exist.
    """
    sources: list[Source] = []
    skipped: list[str] = []
    findings: list[Finding] = []
    seen: set[Path] = set()
    taken: set[str] = set()
    folders: dict[Path, Path] = {}
    for given in map(Path, paths):
        if not os.path.lexists(given):
            raise ImpactError(
                f"There is no such file or folder: {given}", "Check the path; put quotes round one that holds spaces."
            )
        inside = os.path.isdir(given)  # noqa: PTH112  Path's own raises what a link to a forbidden place makes
        for path in _files_in(given, findings) if inside else [given]:
            name = path.relative_to(given).as_posix() if inside else path.name
            if is_system_file(path.name):
                skipped.append(name)
            elif wrong := _not_a_file(path, given if inside else None):
                findings.append(found("file-unreadable", Where(printable(name)), what=wrong))
            elif (end := _end_of(path, folders)) not in seen:
                seen.add(end)
                sources.append(Source(path, _unused(printable(name), given, taken)))
    if skipped:
        shown = first_few(skipped, 4)
        findings.append(
            found("file-skipped", count=f"{plural(len(skipped), 'file was', 'files were')}", what=printable(shown))
        )
    return sources, findings


def _files_in(folder: Path, findings: list[Finding]) -> Iterator[Path]:
    """Every entry below a folder that is no folder, in a stable order; links to folders are entries, and not followed.

    A folder that cannot be looked into is a finding, as there may be returns in it.
    """

    def fail(error: OSError) -> None:
        where = Where(printable(_below(folder, Path(error.filename or folder))))
        findings.append(found("file-unreadable", where, what=f"the folder cannot be opened: {reason_of(error)}"))

    for parent, folders, names in os.walk(folder, onerror=fail):
        links = [name for name in folders if is_link(Path(parent, name))]
        folders[:] = sorted(
            set(folders) - set(links)
        )  # before Python 3.12 `os.walk` follows junctions, even in circles
        for name in sorted((*names, *links)):
            yield Path(parent, name)


def _below(folder: Path, path: Path) -> str:
    return path.relative_to(folder).as_posix() if path != folder else folder.name


def _not_a_file(path: Path, folder: Path | None) -> str:
    """Why an entry is not opened: only regular files are, and no link that leads out of the folder."""
    try:
        if folder and is_link(path) and not resolved(path).is_relative_to(resolved(folder)):
            return "it is a link to a place outside the folder"
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            return "it is a link to a folder, and such links are not followed"
        if not stat.S_ISREG(mode):
            return "it is not an ordinary file"
    except OSError as error:
        return reason_of(error)
    except RuntimeError:  # what Python before 3.13 says of a link that leads back to itself
        return "it is a link that leads to itself"
    return ""


def _end_of(path: Path, folders: dict[Path, Path]) -> Path:
    """Where a path leads. Only a link leads elsewhere than its folder does, so each folder is looked up once."""
    if is_link(path):
        return resolved(path)
    if path.parent not in folders:
        folders[path.parent] = resolved(path.parent)
    return folders[path.parent] / path.name


def _unused(name: str, given: Path, taken: set[str]) -> str:
    """A display name that no other source has: the folder it was given in stands in front where two would be alike."""
    candidate, number = name, 1
    while candidate in taken:
        folder = resolved(given) if os.path.isdir(given) else resolved(given).parent  # noqa: PTH112  as in `find`
        candidate = f"{printable(folder.name)}/{name}" + (f" ({number})" if number > 1 else "")
        number += 1
    taken.add(candidate)
    return candidate
