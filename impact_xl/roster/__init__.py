"""Who is asked and when: the team list and the round file."""

from __future__ import annotations

import hashlib
import json
import os
import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from impact_xl import authoring
from impact_xl.files import table_files
from impact_xl.files.table_files import Row, Table, header_key, text_of
from impact_xl.findings import ImpactError, unreadable
from impact_xl.questionnaire import Questionnaire, normalise
from impact_xl.roster import own_workbooks
from impact_xl.roster.columns import DATES as TEAM_DATES
from impact_xl.roster.columns import MERGED, MORE_COLUMNS, NOT_TAKING_PART, own_notes, read_more, read_own
from impact_xl.roster.settings import BY_KEY, SETTINGS, SettingError, settle
from impact_xl.wording import first_few, plural

NO_GROUP, NO_ROUND = "(no group)", "(no round)"
OWN_SERVICE = "our own service"

# The columns of a team list, each with the header names that people give it, likeliest first (“name” may be anybody's).
COLUMNS: table_files.Columns = {
    "team_id": ("team id", "teamid", "id", "team code", "code", "ref", "reference"),
    "team": (
        *("team name", "name of team", "teams", "ward", "ward name", "service", "service name", "unit", "unit name"),
        *("clinic", "department", "department name", "organisation", "organization", "name"),
    ),
    "group": ("group name", "division", "directorate", "care group", "site", "region", "area", "cluster"),
    "contact": ("contact name", "contact person", "lead", "team lead", "manager", "person", "respondent"),
    "email": ("e mail", "email address", "e mail address", "contact email", "contact e mail", "mail", "to", "address"),
    "cc": ("copy", "copy to", "carbon copy"),
}
ALL_COLUMNS: table_files.Columns = {**COLUMNS, **MORE_COLUMNS}
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
    deadline: date | None = None  # its own; None is the round's
    status: str = ""  # empty where it takes part; else as in `columns`
    sent_on: date | None = None  # the day its form was sent otherwise than by `send`
    overlay: str = ""
    remark: str = ""
    own: Mapping[str, Any] = field(
        default_factory=dict, hash=False
    )  # what stands in people's own columns, all of them in order

    @property
    def takes_part(self) -> bool:
        """Whether it is asked, and its answers count."""
        return self.status != NOT_TAKING_PART and not self.merged_into

    @property
    def merged_into(self) -> str:
        """The name or id of the team that it is a part of now; empty where it is its own."""
        return self.status.removeprefix(MERGED).strip() if self.status.startswith(MERGED) else ""

    @property
    def group_name(self) -> str:
        """The group as people see it: “(no group)” where none is known."""
        return self.group if self.group.strip() else NO_GROUP


@dataclass(frozen=True)
class TeamList:
    """Everybody who is asked, in the order of the list; empty where no list was given.

    `notes` is what whoever gave the list should know about how it was read.
    """

    teams: tuple[Team, ...] = ()
    notes: tuple[str, ...] = field(default=(), compare=False)

    @cached_property
    def by_id(self) -> dict[str, Team]:
        """Teams by normalised id."""
        return {normalise(team.id): team for team in self.teams}

    @cached_property
    def by_name(self) -> dict[str, Team]:
        """Teams by normalised name; a name that two teams have (in two groups) tells neither."""
        return {normalise(team.name): team for team in self.teams if normalise(team.name) not in self.namesakes}

    @cached_property
    def namesakes(self) -> dict[str, list[Team]]:
        """The teams of each normalised name that several teams have (in several groups)."""
        by_name: dict[str, list[Team]] = {}
        for team in self.teams:
            by_name.setdefault(normalise(team.name), []).append(team)
        return {name: teams for name, teams in by_name.items() if len(teams) > 1}

    def sharing(self, text: str) -> list[Team]:
        """The teams that a text may mean, where it is the name of several; an id, letter for letter, means its own."""
        own = self.by_id.get(normalise(text))
        return [] if own and own.id == text.strip() else self.namesakes.get(normalise(text), [])


Day = date  # the field `Round.date` hides the type's name


@dataclass(frozen=True)
class Round:
    """One collection, from send-out to results."""

    id: str = ""
    title: str = ""
    about: str = OWN_SERVICE
    deadline: Day | None = None
    contact: str = ""
    target: int | None = None  # the level that “at target” means; None is the questionnaire's own
    not_applicable: bool = False
    date: Day | None = None  # what the results are dated; None takes the newest date in the returns
    teams: TeamList = field(default_factory=TeamList)
    signatory: str = ""  # who signs the messages
    signatory_role: str = ""
    signatory_telephone: str = ""
    sponsor: str = ""
    seen_by: str = ""  # who sees the answers, in a sentence for those who give them
    between_levels: str = ""  # a hint for teams that hesitate between two levels
    tickbox: str = ""  # empty is native
    minimum_group: int | None = None  # None is the program's own
    questionnaire: str = ""  # a path as it was typed; empty is the built-in one
    questions: tuple[str, ...] = ()  # the ids of those that are asked; empty is all
    overlay: str = ""  # a path as it was typed
    remind_on: tuple[Day, ...] = ()
    closed_on: Day | None = None
    after: str = ""  # the last round's folder as it was typed
    notes: tuple[str, ...] = field(default=(), compare=False)  # what a person should know about how it was read

    @property
    def key(self) -> str:
        """What tells its rows in a table from those of another round: never empty."""
        return self.id or (make_id(self.title) if self.title.strip() else NO_ROUND)


# What may stand before the @ as every mail server takes it (RFC 5322's dot-atom), and a domain that has a dot.
_ADDRESS = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")


def addresses(text: str) -> tuple[str, ...]:
    """The e-mail addresses in a field, which people part with semicolons, commas or line ends, and give names to.

    What is no address is given as it stands, so that it can be reported.

    >>> addresses("Smith, Jo (Matron) <jo.smith@trust.example>; lead@trust.example")
    ('jo.smith@trust.example', 'lead@trust.example')
    """
    found: list[str] = []
    for part in re.split(r"[;\n]|(?<=>)(?=[^,;<>\n]*[<@])", text):  # behind brackets nothing need part two addresses
        named: list[str] = []  # pieces that are the name of an address in angle brackets further on
        for piece in re.sub(r'"[^"]*"(?=\s*<)', " ", part).split(","):
            if match := re.search(r"<([^<>]*)>", piece):
                found.append(_bare(match[1]))
                named = []
            elif "@" in piece:
                found += [*named, _bare(piece)]
                named = []
            elif piece.strip():
                named.append(piece.strip())
        found += named
    return tuple(address for address in found if address)


def _bare(address: str) -> str:
    return re.sub(r"(?i)^mailto:", "", address.strip(' \t"')).strip()


def is_address(text: str) -> bool:
    """Whether a text is an e-mail address that every mail server takes: ASCII, with a domain that has a dot."""
    return text.isascii() and bool(_ADDRESS.fullmatch(text))


def make_id(name: str) -> str:
    """An id made from a team's name alone, so that an inserted row changes no other team's id.

    No two names give one id: where the readable part does not tell the whole name, a few digits of its hash do.

    >>> make_id("Ward 7")
    'ward-7'
    >>> make_id("Ward 7, St Mary’s")
    'ward-7-st-marys-5badf'
    """
    slug = re.sub(r"[^a-z0-9]+", "-", _ascii(name).replace("'", "")).strip("-")
    if slug.replace("-", " ") == normalise(name) and len(slug) <= _SLUG:
        return slug
    return f"{slug[:_SLUG].rstrip('-')}-{_hash(name)}".lstrip("-")


def _ascii(name: str) -> str:
    return unicodedata.normalize("NFKD", normalise(name).replace("’", "'")).encode("ascii", "ignore").decode()


def _hash(name: str) -> str:
    return hashlib.sha256(normalise(name).encode()).hexdigest()[:5]


# -- the team list ------------------------------------------------------------------------------------


def read_teams(path: str | Path, *, addressed: bool = False) -> TeamList:
    """Read a team list, CSV or XLSX, whose header names are matched kindly.

    Args:
        path: the list.
        addressed: messages are to be written, so every address has to be one.

    Raises:
        ImpactError: the file cannot be read, or its rows hold problems; all of them are named at once.
    """
    source = Path(path)
    table = _team_table(source)
    filled = [row for row in table.rows if row.too_long or any(map(row.text, COLUMNS))]
    rows = [row for row in filled if not is_total(row)]
    faults = sorted(_faults(table, rows, addressed=addressed), key=_row_of)
    hint = "Correct what is listed; every team needs a name, and no two may share an id, or a name in one group."
    table_files.check(source, "The team list", faults, hint)
    teams = [team for team, _ in map(read_team, rows)]
    named = [replace(team, id=id) for team, id in zip(teams, _ids_of(teams), strict=True)]
    return TeamList(tuple(named), (*_notes(table, rows), *total_notes(filled), *_other_meanings(table, rows)))


_TOTAL = re.compile(r"(?:grand |sub-?|overall )?totals?(?: teams)?:?(?: ?\(?\d+\)?)?")


def is_total(row: Row) -> bool:
    """Whether a row adds the list up: it is called a total, and has neither an id nor an address."""
    known = any(map(row.text, ("team_id", "contact", "email", "cc")))
    return not known and bool(_TOTAL.fullmatch(normalise(row.text("team"))))


def total_notes(rows: Iterable[Row]) -> Iterator[str]:
    """A line for each row that adds the list up, and so is no team."""
    for row in rows:
        if is_total(row):
            yield f"Row {row.number}, {row.text('team')}, is no team: it adds the list up."


def _faults(table: Table, rows: Sequence[Row], *, addressed: bool) -> Iterator[str]:
    """Everything that is wrong with a team list."""
    if table.fault:
        yield table.fault
    if not rows and not table.fault:
        yield "there are no teams under the header row"
    teams: list[tuple[int, Team]] = []
    for row in rows:
        yield from row.faults
        team, faults = read_team(row)
        yield from (f"row {row.number}: {fault}" for column, fault in faults if column not in _MAY_MEAN_ELSE)
        if team.name:
            teams.append((row.number, team))
        else:
            yield f"row {row.number}: the team's name is empty"
    for number, team in teams:
        if addressed:
            yield from (f"row {number}: {fault}" for fault in _address_faults(team))
        if "|" in team.id:
            yield f"row {number}: the id “{team.id}” holds a bar (|), which the form's reference has for its own"
    yield from _twins(teams)


_MAY_MEAN_ELSE = ("status", "sent_on")  # in a list of one's own


def _other_meanings(table: Table, rows: Sequence[Row]) -> Iterator[str]:
    """Which columns hold something else than ours of that name do."""
    wrong = [(row, {column for column, _ in read_team(row)[1]}) for row in rows]
    for column in _MAY_MEAN_ELSE:
        if texts := dict.fromkeys(row.text(column) for row, columns in wrong if column in columns):
            shown = first_few([f"“{text}”" for text in texts], 3)
            yield f"The column “{table.headers[column]}” of the team list says {shown}: that changes nothing here."


def _team_table(source: Path) -> Table:
    sheets = table_files.read(source, "The team list", "--teams")
    own_workbooks.refuse(source, sheets)
    table = table_files.find(sheets, ALL_COLUMNS, lambda columns: "team" in columns, TEAM_DATES)
    if table:
        return table
    seen = table_files.first_row(sheets)
    raise ImpactError(
        f"The team list has no column “team”: {source}" + (f" (its first row reads: {seen})" if seen else ""),
        "Give it a header row with at least: team. Also known: " + ", ".join(c for c in COLUMNS if c != "team"),
    )


def read_team(row: Row) -> tuple[Team, list[tuple[str, str]]]:
    """The team of a row, and what is wrong in it: each a column and a sentence. The id may be empty."""
    values = {column: _unescaped(row.text(column)) for column in COLUMNS}
    contact, email = values["contact"], values["email"]
    if "@" in contact:
        email = email or contact
        # Who is greeted is a person or a role, never an address.
        contact = re.sub(r"<[^<>]*>|\S*@\S*", " ", contact)
        contact = " ".join(contact.replace('"', " ").strip(" ;,").split())
    more, faults = read_more(row)
    own = {**{column: row.text(column) for column, _ in faults}, **read_own(row)}
    identity, name, group = values["team_id"], values["team"], values["group"]
    return Team(identity, name, group, contact, email, values["cc"], **more, own=own), faults


def _ids_of(teams: Sequence[Team]) -> list[str]:
    """The ids typed in the list, else made from the name; from name and group where teams in other groups have it."""
    often = Counter(normalise(team.name) for team in teams)
    whole = (team.name if often[normalise(team.name)] == 1 else f"{team.name} {team.group}".strip() for team in teams)
    return [team.id or make_id(name) for team, name in zip(teams, whole, strict=True)]


def _unescaped(text: str) -> str:
    """A field without the quote that our own lists have before what a spreadsheet would run."""
    return text[1:] if re.match(r"'[=+\-@]", text) else text


def _address_faults(team: Team) -> Iterator[str]:
    for column, text in (("email", team.email), ("cc", team.cc)):
        for address in addresses(text):
            if not is_address(address):
                yield f"“{address}” in the column {column} is not an e-mail address"


def _twins(teams: Sequence[tuple[int, Team]]) -> Iterator[str]:
    """Which ids stand in two rows, and which names in two rows of one group."""
    ids = _ids_of([team for _, team in teams])
    yield from _twice("id", [(number, id, id, not team.id) for (number, team), id in zip(teams, ids, strict=True)])
    yield from _twice("name", [(number, team.name, f"{team.name}|{team.group}", False) for number, team in teams])


def _twice(what: str, values: Iterable[tuple[int, str, str, bool]]) -> Iterator[str]:
    """What is there twice, by its row, text and key, and in which rows; a made id is said to be."""
    seen: dict[str, tuple[int, bool]] = {}
    for number, value, key, made in values:
        first, was_made = seen.setdefault(normalise(key), (number, made))
        if first != number:
            by_name = f" (in row {first if was_made else number} made from the name)" if made or was_made else ""
            yield f"rows {first} and {number}: the {what} “{value}” is there twice{by_name}"


def _row_of(fault: str) -> int:
    """Where a fault is, so that a list is put right from top to bottom."""
    number = re.match(r"rows? (\d+)", fault)
    return int(number[1]) if number else 0


def _notes(table: Table, rows: Sequence[Row]) -> Iterator[str]:
    """What whoever gave the list should know of how it was read."""
    taken = [
        f"{column} from “{header}”"
        for column, header in table.headers.items()
        if header_key(header) not in (header_key(column), *map(header_key, ALL_COLUMNS[column][:2]))
    ]
    if taken:
        yield f"Read from the team list: {', '.join(taken)}."
    if dated := [row for row in rows if row.text("deadline")]:
        yield f"{plural(len(dated), 'team has', 'teams have')} a deadline of their own in the list."
    if table.own:
        yield f"Your own columns, kept with the teams: {', '.join(table.own)}."
    if table.others:
        yield f"The team list is the sheet “{table.sheet}”; not read: {', '.join(table.others)}."
    if hidden := [row.text("team") for row in rows if row.hidden]:
        named = first_few(hidden, 5)
        yield f"{plural(len(hidden), 'row is', 'rows are')} hidden in the list, and counted anyway: {named}."
    yield from table_files.struck_rows(rows, "team")
    yield from own_notes(rows)


# -- the round file -----------------------------------------------------------------------------------

# What a round file may say, each with the names that people give it.
KEYS: Mapping[str, tuple[str, ...]] = {
    key: (BY_KEY[key].label, *BY_KEY[key].names)
    for key in ("id", "title", "about", "deadline", "contact", "target", "not_applicable", "date")
} | {setting.key: (setting.label, *setting.names) for setting in SETTINGS}


def read_round(path: str | Path, questionnaire: Questionnaire | None = None, folder: Path | None = None) -> Round:
    """Read a round file: TOML, or a workbook with the keys in its first column and their values in the second.

    The keys are those of `settings.SETTINGS`. Which of the two it is is told from its content.

    Args:
        path: the file.
        questionnaire: whose levels the target may be named by; the built-in one unless given.
        folder: where a questionnaire that the file names is looked for, which is meant then where none is given.

    Raises:
        ImpactError: the file cannot be read, or a key is unknown or of the wrong kind; all problems are named at once.
    """
    source = Path(path)
    try:
        content = source.read_bytes()
    except OSError as error:
        raise unreadable("The round file", source, error, "Check the path given with --round.") from error
    faults: list[str] = []
    read = _of_workbook(source, faults) if table_files.is_workbook(content) else _of_toml(source, content, faults)
    if folder and questionnaire is None and (named := text_of(read.get("questionnaire", ("", ""))[1])):
        questionnaire = authoring.load(Path(os.path.normpath(folder / named.replace("\\", "/"))))
    values: dict[str, Any] = {}
    for key, (where, value) in read.items():
        try:
            values[key] = settle(BY_KEY[key], value, questionnaire)
        except SettingError as error:
            faults.append(f"{where}{key}: must be {error}")
    table_files.check(source, "The round file", sorted(faults, key=_row_of), "Correct what is listed.")
    return Round(**values)


def as_toml(round: Round) -> str:
    """A round as a round file that `read_round` reads back; what is not known is left out."""
    values = ((key, getattr(round, key)) for key in KEYS)
    return "".join(f"{key} = {_toml(value)}\n" for key, value in values if value not in ("", None, ()))


def _toml(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return f"[{', '.join(map(_toml, value))}]"
    return json.dumps(value, ensure_ascii=False)


def _of_toml(source: Path, content: bytes, faults: list[str]) -> dict[str, tuple[str, Any]]:
    try:
        data = tomllib.loads(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ImpactError(
            f"The round file is not valid TOML, and no workbook: {source}: {error}",
            'Its lines read like: title = "Autumn 2026"',
        ) from error
    faults += (f"{key}: is not known; known are {', '.join(KEYS)}" for key in data if key not in KEYS)
    return {key: ("", value) for key, value in data.items() if key in KEYS}


def _of_workbook(source: Path, faults: list[str]) -> dict[str, tuple[str, Any]]:
    """What a workbook says: of each key where it stands, and its value."""
    names = {header_key(alias): key for key, aliases in KEYS.items() for alias in (key, *aliases)}
    values: dict[str, tuple[str, Any]] = {}
    for sheet in table_files.read(source, "The round file", "--round")[:1]:
        for number, row in enumerate(sheet.rows, 1):
            first, value = ([*row, "", ""])[:2]
            name, where = text_of(first), f"row {number}: "
            key = names.get(header_key(name))
            if not text_of(value) or (header_key(name) in ("key", "setting", "what") and not values):
                continue  # nothing is said there, or it is a header row
            if key is None:
                faults.append(f"{where}“{name}” is not known; known are {', '.join(KEYS)}")
            elif key in values:
                faults.append(f"{where}{key} is there twice, first in {values[key][0].rstrip(': ')}")
            else:
                values[key] = where, value
    return values
