"""The comparison as CSV files: pairs.csv and moves.csv, whose names and columns are stable."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from impact_xl.comparison.compare import Comparison
from impact_xl.comparison.moves import typical_text
from impact_xl.files.safe_write import write_file
from impact_xl.findings import ImpactError
from impact_xl.round.tables import escaped

COLUMNS: Mapping[str, Sequence[str]] = {
    "pairs": ("team_id", "team", "group", "component", "question", "level_before", "level_after", "moved"),
    "moves": (
        *("question", "pairs", "up", "same", "down", "net", "typical_before", "typical_after"),
        *("at_target_before", "at_target_after", "reached", "fell", "clear_move"),
    ),
}
_ELSEWHERE = "Choose another folder with --csv."
Row = Sequence[Any]


def rows(comparison: Comparison, table: str) -> Iterator[Row]:
    """The rows of one of the tables in `COLUMNS`."""
    return _pairs(comparison) if table == "pairs" else _moves(comparison)


def _pairs(comparison: Comparison) -> Iterator[Row]:
    """One for each team and question with a valid answer in both rounds."""
    for pair in comparison.pairs:
        team, question = pair.team.after, pair.question.after.id
        component = comparison.questionnaire.by_id[question].component
        yield team.id, team.name, team.group, component, question, pair.before, pair.after, pair.move.value


def _moves(comparison: Comparison) -> Iterator[Row]:
    """One for each question that is compared."""
    target = comparison.target
    for question, moves in comparison.moves.items():
        yield (
            question,
            moves.pairs,
            moves.up,
            moves.same,
            moves.down,
            moves.net,
            typical_text(moves.before.typical),
            typical_text(moves.after.typical),
            moves.before.share_at_least(target),
            moves.after.share_at_least(target),
            moves.reached(target),
            moves.fell(target),
            "yes" if comparison.clear(question) else "",
        )


def check_folder(folder: Path) -> None:
    """Find out before the work whether the files could be written there.

    Raises:
        ImpactError: the place is no folder, or holds files of these names that this program did not write.
    """
    if folder.exists() and not folder.is_dir():
        raise ImpactError(f"The CSV files cannot be written: {folder} is a file, not a folder", _ELSEWHERE)
    for table in COLUMNS:
        path = folder / f"{table}.csv"
        if path.exists() and not _is_ours(path, table):
            raise ImpactError(
                f"The CSV files were not written: {path} is already there, and this program did not write it",
                _ELSEWHERE,
            )


def _is_ours(path: Path, table: str) -> bool:
    """Whether a file begins with the header that this program gives it."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return tuple(next(csv.reader(file), ())) == tuple(COLUMNS[table])
    except (OSError, ValueError):
        return False


def write(comparison: Comparison, folder: Path) -> list[Path]:
    """Write both tables into a folder, each file whole or not at all.

    Raises:
        ImpactError: a file cannot be written.
    """
    check_folder(folder)
    paths = []
    for table, columns in COLUMNS.items():
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow(columns)
        writer.writerows([escaped(value) for value in row] for row in rows(comparison, table))
        paths.append(folder / f"{table}.csv")
        write_file(paths[-1], text.getvalue().encode("utf-8", "replace"), what="CSV file")
    return paths
