"""Who is asked and when: the team list and the round file."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from email.errors import HeaderParseError
from email.headerregistry import Address
from functools import cached_property
from pathlib import Path
from typing import Any

from impact_xl.findings import ImpactError
from impact_xl.questionnaire import normalise

NO_GROUP = "(no group)"
OWN_SERVICE = "our own service"

# The columns of a team list, each with the header names that people give it (compared in normalised form).
COLUMNS = {
    "team_id": ("team id", "teamid", "id", "team code", "code", "ref", "reference"),
    "team": ("team name", "name", "service", "ward", "department", "organisation", "organization", "unit"),
    "group": ("division", "directorate", "care group", "site", "region", "area", "cluster"),
    "contact": ("contact name", "lead", "person", "respondent"),
    "email": ("e mail", "mail", "email address", "e mail address", "address", "contact email", "to"),
    "cc": ("copy", "copy to", "carbon copy"),
}
_SLUG = 40  # characters of a made id; longer names get a few digits of their hash instead of their tail


@dataclass(frozen=True, slots=True)
class Team:
    """The unit that answers."""

    id: str
    name: str
    group: str = ""
    contact: str = ""
    email: str = ""
    cc: str = ""

    @property
    def group_name(self) -> str:
        """The group as people see it: “(no group)” where none is known."""
        return self.group or NO_GROUP


@dataclass(frozen=True)
class TeamList:
    """Everybody who is asked, in the order of the list; empty where no list was given."""

    teams: tuple[Team, ...] = ()

    @cached_property
    def by_id(self) -> dict[str, Team]:
        """Teams by normalised id."""
        return {normalise(team.id): team for team in self.teams}

    @cached_property
    def by_name(self) -> dict[str, Team]:
        """Teams by normalised name."""
        return {normalise(team.name): team for team in self.teams}


@dataclass(frozen=True)
class Round:
    """One collection, from send-out to results."""

    id: str = ""
    title: str = ""
    about: str = OWN_SERVICE
    deadline: date | None = None
    contact: str = ""
    target: int | None = None  # the level that “at target” means; None is the questionnaire's own
    not_applicable: bool = False
    date: date | None = None  # what the results are dated; None takes the newest date in the returns
    teams: TeamList = field(default_factory=TeamList)


def addresses(text: str) -> tuple[str, ...]:
    """The e-mail addresses in a field, which people part with semicolons, commas or line ends.

    >>> addresses("Matron <matron@trust.example>; lead@trust.example")
    ('matron@trust.example', 'lead@trust.example')
    """
    parts = (re.sub(r".*<([^<>]*)>.*", r"\1", part).strip() for part in re.split(r"[;,\n]", text))
    return tuple(part for part in parts if part)


def is_address(text: str) -> bool:
    """Whether a text is an e-mail address that every mail server takes: ASCII, with a domain that has a dot."""
    try:
        parsed = Address(addr_spec=text)
    except (ValueError, IndexError, HeaderParseError):  # what the standard library raises for one that is none
        return False
    return text.isascii() and bool(parsed.username) and bool(re.fullmatch(r"[\w-]+(\.[\w-]+)+", parsed.domain))


def make_id(name: str) -> str:
    """An id made from a team's name alone, so that an inserted row changes no other team's id.

    >>> make_id("Ward 7, St Mary’s")
    'ward-7-st-marys'
    """
    plain = unicodedata.normalize("NFKD", normalise(name)).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", plain.replace("'", "")).strip("-")
    said_whole = all(ord(character) < 0x2100 for character in name) and len(slug) <= _SLUG and slug
    return slug if said_whole else f"{slug[: _SLUG - 6].rstrip('-')}-{_hash(name)}".lstrip("-")


def _hash(name: str) -> str:
    return hashlib.sha256(normalise(name).encode()).hexdigest()[:5]


def read_teams(path: str | Path, *, addressed: bool = False) -> TeamList:
    """Read a team list, CSV or XLSX, whose header names are matched kindly.

    Args:
        path: the list.
        addressed: messages are to be written, so every address has to be one.

    Raises:
        ImpactError: the file cannot be read, or its rows hold problems; all of them are named at once.
    """
    source = Path(path)
    rows = read_rows(source, "The team list", "--teams")
    header_at, columns = _header(source, rows)
    teams: list[Team] = []
    faults: list[str] = []
    for number, row in enumerate(rows[header_at + 1 :], header_at + 2):
        values = {
            name: _unescaped(" ".join(row[col].split())) if col < len(row) else "" for name, col in columns.items()
        }
        if not any(values.values()):
            continue
        if not values.get("team"):
            faults.append(f"row {number}: the team's name is empty")
            continue
        teams.append(_team(values))
        if addressed:
            faults += (f"row {number}: {fault}" for fault in _address_faults(teams[-1]))
    teams = _with_distinct_ids(teams)
    faults += _twice("id", (team.id for team in teams))
    faults += _twice("name", (team.name for team in teams))
    if not teams and not faults:
        faults.append("no teams stand under the header row")
    if faults:
        raise ImpactError(
            f"The team list cannot be used: {source}\n  " + "\n  ".join(faults),
            "Put right what is listed; every team needs a name, and no two may share a name or an id.",
        )
    return TeamList(tuple(teams))


def _team(values: dict[str, str]) -> Team:
    contact, email = values.get("contact", ""), values.get("email", "")
    if not email and "@" in contact:
        contact, email = "", contact
    return Team(
        id=values.get("team_id", ""),
        name=values["team"],
        group=values.get("group", ""),
        contact=contact,
        email=email,
        cc=values.get("cc", ""),
    )


def _unescaped(text: str) -> str:
    """A field without the quote that our own lists have before what a spreadsheet would run."""
    return text[1:] if re.match(r"'[=+\-@]", text) else text


def _address_faults(team: Team) -> Iterator[str]:
    if "|" in team.id:
        yield f"the id “{team.id}” holds a bar (|), which the form's reference has for its own"
    for column, text in (("email", team.email), ("cc", team.cc)):
        for address in addresses(text):
            if not is_address(address):
                yield f"“{address}” in the column {column} is not an e-mail address"


def _with_distinct_ids(teams: Sequence[Team]) -> list[Team]:
    """Ids for the teams that have none; two names that give one id are told apart by a hash of the name."""
    made = [team.id or make_id(team.name) for team in teams]
    return [
        team
        if team.id
        else Team(
            identity if made.count(identity) == 1 else f"{identity}-{_hash(team.name)}",
            team.name,
            team.group,
            team.contact,
            team.email,
            team.cc,
        )
        for team, identity in zip(teams, made, strict=True)
    ]


def _twice(what: str, values: Iterable[str]) -> Iterator[str]:
    seen: set[str] = set()
    for value in values:
        if (alike := normalise(value)) in seen:
            yield f"the {what} “{value}” stands there twice"
        seen.add(alike)


def _header(source: Path, rows: Sequence[Sequence[str]]) -> tuple[int, dict[str, int]]:
    """The header row's index and the column of each field we know; the first row that names a team column."""
    names = {_plain(alias): column for column, aliases in COLUMNS.items() for alias in (column, *aliases)}
    for index, row in enumerate(rows[:20]):
        columns: dict[str, int] = {}
        for col, cell in enumerate(row):
            if (column := names.get(_plain(cell))) and column not in columns:
                columns[column] = col
        if "team" in columns:
            return index, columns
    seen = ", ".join(cell for row in rows[:1] for cell in row if cell)[:120]
    raise ImpactError(
        f"The team list has no column “team”: {source}" + (f" (its first row reads: {seen})" if seen else ""),
        "Give it a header row with at least: team. Also known: " + ", ".join(c for c in COLUMNS if c != "team"),
    )


def _plain(header: str) -> str:
    return re.sub(r"[^a-z0-9]+", " ", normalise(header)).strip()


def read_rows(source: Path, what: str, option: str) -> list[list[str]]:
    """Every row of a CSV file or of a workbook's first sheet, as text.

    Args:
        source: the file.
        what: how messages call it: “The team list”.
        option: the option that named it.

    Raises:
        ImpactError: it cannot be read.
    """
    try:
        content = source.read_bytes()
    except OSError as error:
        raise ImpactError(
            f"{what} cannot be read: {source} ({error.strerror})", f"Check the path given with {option}."
        ) from error
    if content.startswith((b"PK", b"\xd0\xcf\x11\xe0")):
        return _workbook_rows(source, content, what)
    return _csv_rows(content)


def _workbook_rows(source: Path, content: bytes, what: str) -> list[list[str]]:
    from python_calamine import CalamineWorkbook  # lazy: lists as CSV need no reader

    try:
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
        rows = sheet.to_python(skip_empty_area=False)
    except Exception as error:  # calamine raises several unrelated types
        raise ImpactError(
            f"{what} is not a workbook that can be read: {source} ({error})",
            "Save it as an Excel workbook (.xlsx) or as CSV and try again.",
        ) from error
    return [[_text(cell) for cell in row] for row in rows]


def _csv_rows(content: bytes) -> list[list[str]]:
    for encoding in ("utf-8-sig", "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        text = content.decode("cp1252", errors="replace")  # what Excel's “CSV” means on Windows
    lines = [line for line in text.splitlines() if line.strip()]
    first = lines[0] if lines else ""
    delimiter = max(",;\t", key=first.count)
    return [list(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)]


def _text(value: Any) -> str:
    """A cell of the team list as people see it; whole numbers lose their point, dates their time."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime | date):
        return value.isoformat()[:10]
    return str(value)


def read_round(path: str | Path) -> Round:
    """Read a round file (TOML): id, title, about, deadline, contact, target, not_applicable, date.

    Raises:
        ImpactError: the file cannot be read, or a key is unknown or of the wrong kind.
    """
    source = Path(path)
    try:
        data = tomllib.loads(source.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ImpactError(
            f"The round file cannot be read: {source} ({error.strerror})", "Check the path given with --round."
        ) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ImpactError(
            f"The round file is not valid TOML: {source}: {error}", 'Its lines read like: title = "Autumn 2026"'
        ) from error
    kinds: dict[str, type] = {
        "id": str,
        "title": str,
        "about": str,
        "deadline": date,
        "contact": str,
        "target": int,
        "not_applicable": bool,
        "date": date,
    }
    faults = [f"{key}: is not known; known are {', '.join(kinds)}" for key in data if key not in kinds]
    faults += [
        f"{key}: must be a {_KIND_NAMES[kind]}"
        for key, kind in kinds.items()
        if key in data and type(data[key]) is not kind
    ]
    if faults:
        raise ImpactError(
            f"The round file cannot be used: {source}\n  " + "\n  ".join(faults), "Put right what is listed."
        )
    return Round(**data)


_KIND_NAMES = {str: "text in quotes", date: "date such as 2026-11-30", int: "whole number", bool: "true or false"}
