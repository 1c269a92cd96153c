"""Copies that a sync program puts beside a file when two people, or two computers, changed it at once."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

from impact_xl.files.dates import show_date
from impact_xl.findings import ImpactError
from impact_xl.wording import join_and

# What follows the file's own name, before its ending. Our own dated copies (“consolidated 2026-11-23”) and copies that
# people name themselves (“round-old”, “round - Copy”) are none.
_MARKS = (
    r"\s?\(\d{1,3}\)",  # Google Drive, Teams and browsers: round (1)
    r"[-_ .]*[(\[]?\s*conflict\b.*",  # SharePoint and others: round - conflict 2026-11-28, round[Conflict]
    r"[-_ ]?\(?.*conflicted copy.*",  # Dropbox, Nextcloud: round (Jo Smith's conflicted copy 2026-11-28)
    r"\.sync-conflict-.*",  # Syncthing
    r"-(?:desktop|laptop|surface|pc)\b[\w-]*",  # OneDrive: the file's name and the computer's, which often begins so
    r"-.*(?:macbook|imac|mac mini|mac-mini).*",
)
_MARK = re.compile("|".join(f"(?:{mark})" for mark in _MARKS), re.IGNORECASE)
# Any other computer's name: capitals, digits and hyphens, at most 15 as Windows has them, with a digit among them.
_COMPUTER = re.compile(r"-(?=[A-Z0-9-]*\d)(?=[A-Z0-9-]*[A-Z])[A-Z0-9][A-Z0-9-]{3,14}(?:-\d{1,3})?")


def conflict_copies(path: Path) -> list[Path]:
    """The copies of a file that a sync program has put beside it, by name; whether the file itself exists or not."""
    if not path.parent.is_dir():
        return []
    stem, ending = path.stem.casefold(), path.suffix.casefold()
    return sorted(
        each
        for each in path.parent.iterdir()
        if each.suffix.casefold() == ending
        and each.stem.casefold().startswith(stem)
        and is_mark(each.stem[len(stem) :])
        and each.is_file()
    )


def is_mark(text: str) -> bool:
    """Whether what follows a file's own name is what a sync program puts there."""
    return bool(_MARK.fullmatch(text) or _COMPUTER.fullmatch(text))


def refuse_conflicts(path: Path) -> None:
    """Stop until one of a file and its copies is chosen.

    Raises:
        ImpactError: there are such copies; nothing was changed.
    """
    copies = conflict_copies(path)
    if not copies:
        return
    names = join_and([f"{each.name} (saved {_saved(each)})" for each in copies])
    own = f"; {path.name} was saved {_saved(path)}" if path.is_file() else ""
    raise ImpactError(
        f"A sync program put a second copy next to {path}: {names}{own}",
        f"Open them, keep the one that is right as {path.name}, and move the others out of the folder.",
    )


def _saved(path: Path) -> str:
    changed = datetime.fromtimestamp(path.stat().st_mtime, UTC).astimezone()
    return f"{show_date(changed.date())}, {changed:%H:%M}"
