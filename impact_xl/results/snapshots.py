"""snapshots.csv: how the round stood after each run. It grows from run to run and never loses an earlier row."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from impact_xl.files.dates import parse_date
from impact_xl.round.answers import Status
from impact_xl.round.tables import COLUMNS, Row, csv_text, escaped
from impact_xl.wording import reason_of

_HEAD = list(COLUMNS["snapshots"])
_STATUSES = frozenset(status.value for status in Status)


class UnreadableError(ValueError):
    """The file of earlier runs holds something that no run has written; says where."""


def grown(path: Path, rows: Iterable[Row]) -> str:
    """The text of the file with the rows of this run.

    There is one set of rows for each round and date. A run that finds every team as the set before it has them adds
    nothing, whatever its date.

    Args:
        path: the file of earlier runs, which need not be there.
        rows: this run's, in the columns of snapshots.csv; all of one round and one date.

    Raises:
        UnreadableError: the file is not one that we can add to; it is to stay as it is.
    """
    text = _text(path)
    new: list[Row] = [tuple(str(escaped(value)) for value in row) for row in rows]
    if not new:
        return text or csv_text(_HEAD, ())
    sets: dict[tuple[str, str], list[Row]] = {}
    for row in _read(text):
        sets.setdefault((row[0], row[1]), []).append(row)
    round, day, *_ = new[0]
    before = max((date for each, date in sets if each == round and date <= day), default=None)
    if before is not None and _standing(sets[round, before]) == _standing(new):
        return text
    sets[round, day] = new
    return csv_text(_HEAD, (row for each in sets.values() for row in each))


def _standing(rows: Iterable[Row]) -> list[Row]:
    """How the teams stand in one set, without its round and date."""
    return sorted(row[2:] for row in rows)


def _text(path: Path) -> str:
    """What the file holds; empty where there is none."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise UnreadableError(f"it cannot be read ({reason_of(error)})") from error
    except UnicodeDecodeError as error:
        raise UnreadableError("it is not UTF-8 text") from error


def _read(text: str) -> Iterator[Row]:
    """The rows of earlier runs, also where Excel has saved the file again.

    Raises:
        UnreadableError: a line is not one of ours.
    """
    if not text:
        return
    delimiter = ";" if text.startswith(";".join(_HEAD)) else ","
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        if next(lines, []) != _HEAD:
            raise UnreadableError(f"its first line is not {','.join(_HEAD)}")
        for row in lines:
            if any(row):
                yield _checked(row, lines.line_num)
    except csv.Error as error:
        raise UnreadableError(f"line {lines.line_num} is not CSV ({error})") from error


def _checked(row: Sequence[str], line: int) -> Row:
    """A row of an earlier run, with its date as we write it."""
    if len(row) == len(_HEAD):
        round, day, team, status, answered = row
        with suppress(ValueError):
            day = parse_date(day).isoformat() if day else ""
            if round and team and status in _STATUSES and answered.isdecimal():
                return round, day, team, status, answered
    raise UnreadableError(f"line {line} is not a row of ours")
