"""The round as plain files: every table as CSV, what made it as run.json, the answers as Parquet.

Names and columns are stable, so that people can build on them; docs/files.md describes them.
"""

from __future__ import annotations

import hashlib
import importlib
import io
import json
from dataclasses import dataclass, fields
from pathlib import Path
from types import ModuleType
from typing import Any

from impact_xl import __version__
from impact_xl.files.safe_write import check_place, write_file
from impact_xl.findings import ImpactError, count
from impact_xl.results import snapshots
from impact_xl.roster import Round
from impact_xl.round import tables
from impact_xl.round.collation import Collation
from impact_xl.round.overrides import Overrides

RUN, SNAPSHOTS = "run.json", "snapshots.csv"
NAMES = (*(f"{table}.csv" for table in tables.COLUMNS), RUN)


def check_folder(folder: Path) -> None:
    """Find out before the work whether the files could be written there.

    Raises:
        ImpactError: the place is no folder, or holds files of these names that this program did not write.
    """
    if folder.exists() and not folder.is_dir():
        raise ImpactError(f"The CSV files cannot be written: {folder} is a file, not a folder", _ELSEWHERE)
    there = [name for name in NAMES if (folder / name).exists()]
    if there and not _ours(folder):
        raise ImpactError(
            f"The CSV files were not written: {folder} already holds {there[0]}, which this program did not write",
            _ELSEWHERE,
        )


_ELSEWHERE = "Choose another folder with --csv."
_BEGIN_AGAIN = "To begin a new one, move it out of the folder and run the command again."


def _ours(folder: Path) -> bool:
    try:
        run = json.loads((folder / RUN).read_text(encoding="utf-8"))
        return isinstance(run, dict) and run.get("program") == "impact-xl"
    except (OSError, ValueError):
        return False


@dataclass(frozen=True)
class Exported:
    """The files that were written, and what whoever asked for them should know."""

    paths: tuple[Path, ...]
    remarks: tuple[str, ...] = ()


def write(collation: Collation, folder: str | Path) -> Exported:
    """Write every table and run.json into a folder, each file whole or not at all.

    The rows of snapshots.csv are added to those of earlier runs; one that cannot be read stays as it is.

    Raises:
        ImpactError: a file cannot be written.
    """
    place = Path(folder)
    check_folder(place)
    # run.json first: it tells the next run that the tables beside it are ours.
    contents = {RUN: json.dumps(run(collation), indent=2, ensure_ascii=False) + "\n"} | {
        f"{table}.csv": tables.csv_text(collation.columns(table), collation.rows(table)) for table in tables.COLUMNS
    }
    remarks: tuple[str, ...] = ()
    try:
        contents[SNAPSHOTS] = snapshots.grown(place / SNAPSHOTS, collation.rows("snapshots"))
    except snapshots.UnreadableError as error:
        del contents[SNAPSHOTS]
        remarks = (f"{place / SNAPSHOTS} was left as it is, and this run is not in it: {error}. {_BEGIN_AGAIN}",)
    for name, content in contents.items():
        write_file(place / name, content.encode("utf-8", "replace"), what="CSV file")
    return Exported(tuple(place / name for name in NAMES if name in contents), remarks)


def run(collation: Collation) -> dict[str, Any]:
    """What the tables were made from. No clock and no absolute path: the same inputs give the same bytes."""
    questionnaire, round = collation.questionnaire, collation.round
    return {
        "program": "impact-xl",
        "version": __version__,
        "questionnaire": {
            "id": questionnaire.id,
            "version": questionnaire.version,
            "fingerprint": questionnaire.fingerprint,
        },
        "options": {
            "round": round.id,
            "title": round.title,
            "about": round.about,
            "deadline": round.deadline.isoformat() if round.deadline else None,
            "date": collation.date.isoformat() if collation.date else None,
            "target": {"level": collation.target, "name": questionnaire.level_name(collation.target)},
            "not_applicable": round.not_applicable,
            "teams_listed": len(round.teams.teams),
        },
        "settled": settled(round, collation.inputs.overrides if collation.inputs else Overrides()),
        "inputs": [
            {"file": name, "sha256": digest}
            for name, digest in dict.fromkeys((each.name, each.file.sha256) for each in collation.files)
        ],
        "counts": {
            "files_read": len({each.name for each in collation.files}),
            "teams": collation.statuses,
            "answers": collation.states,
            "findings": count(collation.to_fix),
        },
    }


# What a run takes from elsewhere or makes itself: its date and level, and what a day that has come changes.
_NOT_SETTLED = ("date", "target", "closed_on", "notes")


def settled(round: Round, overrides: Overrides) -> str:
    """Digits that tell what is settled of a round, teams and decisions included, from anything else.

    Args:
        round: the round.
        overrides: what people decided, as it was read.
    """
    values = [getattr(round, each.name) for each in fields(round) if each.name not in _NOT_SETTLED]
    text = repr((values, overrides.answers, overrides.copies))
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]


# -- Parquet ----------------------------------------------------------------------------------------

_MADE_BY = {b"made by": b"impact-xl"}


def check_parquet(path: Path) -> None:
    """Find out before the work whether the answers could be written there as Parquet.

    Raises:
        ImpactError: the library is not installed, the place cannot be written, or somebody else's file stands there.
    """
    parquet = _parquet()
    check_place(path, "Parquet file", ".parquet")
    if not path.exists():
        return
    try:
        made_by = parquet.read_schema(path).metadata or {}
    except (OSError, ValueError):  # pyarrow's own errors are kinds of these
        made_by = {}
    if not _MADE_BY.items() <= made_by.items():
        raise ImpactError(
            f"The Parquet file was not written: {path} is already there, and this program did not write it",
            "Choose another place with --parquet.",
        )


def write_parquet(collation: Collation, path: str | Path) -> Path:
    """Write the answers, in the columns of answers.csv, as a Parquet file; text stands as typed, unescaped.

    Raises:
        ImpactError: the library is not installed, or the file cannot be written.
    """
    target = Path(path)
    parquet = _parquet()
    import pyarrow as pa

    table = pa.Table.from_pandas(collation.answers, preserve_index=False)
    content = io.BytesIO()
    parquet.write_table(table.replace_schema_metadata({**(table.schema.metadata or {}), **_MADE_BY}), content)
    write_file(target, content.getvalue(), what="Parquet file")
    return target


def _parquet() -> ModuleType:
    """The library, which is big and which most people can do without.

    Raises:
        ImpactError: it is not installed.
    """
    try:
        return importlib.import_module("pyarrow.parquet")
    except ImportError as error:
        raise ImpactError(
            "Parquet files need the package pyarrow, which is not installed",
            'Install it with: pip install "impact-xl[parquet]"; or use --csv, which needs nothing more.',
        ) from error
