"""The columns of a survey tool's table that are no questions: whose a row is, when it was sent, its notes. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from impact_xl.files.table_files import header_key
from impact_xl.form import layout
from impact_xl.questionnaire import normalise
from impact_xl.returns.formats.grid import Value
from impact_xl.returns.parse.cell_marks import text_of
from impact_xl.roster import COLUMNS

# What tools and people call them; in an export “name” and “id” are the respondent's and the row's own.
_NOT_HERE = {"name", "id", "code", "ref", "reference", "to", "mail", "address"}
_TEAM = tuple(name for name in ("team", *COLUMNS["team"]) if name not in _NOT_HERE)
_NAMES: Mapping[str, Sequence[str]] = {
    "team": (*_TEAM, "your team", "which team", "which ward", "your ward", "team or ward", "team or service"),
    "team_id": ("team_id", *(name for name in COLUMNS["team_id"] if name not in _NOT_HERE)),
    "group": ("group", layout.START_FIELDS[2][1], *COLUMNS["group"]),
    "completed_by": ("completed by", "your name", "name", "respondent", "email", "email address", "username"),
    "date": (
        *("completion time", "timestamp", "date submitted", "submitdate", "submitted", "completed", "modified"),
        *("last modified", "created", "date completed", "time completed", "datestamp", "start time"),
    ),
}
_BY_NAME = {key: {header_key(name): rank for rank, name in enumerate(names)} for key, names in _NAMES.items()}
_LONGEST = 12  # words of a header that asks for the team
_ASKS_TEAM = re.compile(r"\b(?:team|ward)\b")
_NOTE = re.compile(r"\b(?:notes?|comments?|evidence|remarks?|explain)\b")
_TIME = re.compile(
    r"(\d{1,4})[/.-](\d{1,2})[/.-](\d{1,4})"
    r"(?:[ T,]+(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?\s*([ap]m)?)?",
    re.IGNORECASE,
)
_THOUSAND = 1000


@dataclass(frozen=True)
class Columns:
    """Where what stands; None where there is no such column."""

    team: int | None = None
    team_id: int | None = None
    group: int | None = None
    completed_by: int | None = None
    date: int | None = None

    @cached_property
    def who(self) -> tuple[int, ...]:
        """The columns that say whose a row is."""
        return tuple(col for col in (self.team, self.team_id) if col is not None)

    @cached_property
    def all(self) -> tuple[int, ...]:
        """Every column that is read."""
        more = (col for col in (self.group, self.completed_by, self.date) if col is not None)
        return (*self.who, *more)

    def month_first(self, rows: Mapping[int, Mapping[int, Value]], data: Iterable[int]) -> bool | None:
        """Whether the dates of a table have the month first; None where none of them tells."""
        found = [match for row in data if (match := _TIME.match(text_of(rows[row].get(self.date or 0))))]
        pairs = [(int(match[1]), int(match[2])) for match in found if int(match[1]) < _THOUSAND]
        day_first, month_first = any(a > 12 for a, _ in pairs), any(b > 12 for _, b in pairs)
        return None if day_first == month_first else month_first


def find_columns(heads: Mapping[int, str]) -> Columns:
    """The columns that headers name; of several the likeliest, and a question for the team where no name is exact."""
    places: dict[str, int] = {}
    for key, ranks in _BY_NAME.items():
        named = sorted((ranks[name], col) for col, head in heads.items() if (name := header_key(head)) in ranks)
        if named:
            places[key] = named[0][1]
    if "team" not in places:
        asking = [
            col
            for col, head in sorted(heads.items())
            if _ASKS_TEAM.search(normalise(head)) and len(head.split()) <= _LONGEST and col not in places.values()
        ]
        if len(asking) == 1:  # of several, none is guessed
            places["team"] = asking[0]
    return Columns(**places)


def is_note(header: str) -> bool:
    """Whether a header, normalised, asks for notes."""
    return bool(_NOTE.search(header))


def date_of(value: Value, month_first: bool | None) -> datetime | None:
    """When a row was sent; None where that cannot be told, as where day and month may be either way round."""
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    match = _TIME.match(text_of(value))
    if not match:
        return None
    first, second, third = (int(match[number]) for number in (1, 2, 3))
    if first >= _THOUSAND:
        year, month, day = first, second, third
    elif month_first is None and first != second:
        return None
    else:
        month, day = (first, second) if month_first else (second, first)
        year = third if third >= _THOUSAND else 2000 + third
    hour = int(match[4] or 0) % 12 + 12 * (match[7].lower() == "pm") if match[7] else int(match[4] or 0)
    with suppress(ValueError):
        return datetime(year, month, day, hour, int(match[5] or 0), int(match[6] or 0), tzinfo=UTC)
    return None
