"""Reads round.xlsx as people left it, wherever they moved rows and columns; each fault names its sheet and cell."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, count
from pathlib import Path
from typing import Any

from impact_xl import authoring
from impact_xl import questionnaire as questionnaires
from impact_xl.files import table_files
from impact_xl.files.table_files import Row, Sheet, Table, text_of
from impact_xl.findings import ImpactError
from impact_xl.questionnaire import Questionnaire, normalise
from impact_xl.roster import (
    ALL_COLUMNS,
    Round,
    Team,
    TeamList,
    addresses,
    is_address,
    is_total,
    make_id,
    read_team,
    total_notes,
)
from impact_xl.roster.columns import DATES, own_notes
from impact_xl.roster.settings import BY_KEY, Kind, Setting, SettingError, alike, setting_named, settle
from impact_xl.roster.workbook.sheets import DECISIONS, ROUND, SETTING_COLUMNS, SUBJECT, TEAMS, named
from impact_xl.wording import first_few, join_and, plural
from impact_xl.xlsx.a1 import column_number
from impact_xl.xlsx.workbook_writer import written_as

_WHAT = "The round's workbook"
_HINT = "Open it, correct what is listed, save it, and run the command again."
_NO_ROUND = (
    "Take the last good version back (in SharePoint or OneDrive: Version history), or make the round's folder again "
    "with impact-xl new."
)


_REFUSED = (
    "See that it is on this computer (in OneDrive: Always keep on this device), and that you may read it. Then run the "
    "command again."
)


def read(path: str | Path, questionnaire: Questionnaire | None = None) -> Round:
    """Read what is settled of a round, with its teams.

    A team without an id keeps an empty one where `RoundFolder` may still find it; here it is made from the name.

    Args:
        path: round.xlsx.
        questionnaire: what is asked; the one that the sheet Round names unless given, else the built-in one.

    Raises:
        ImpactError: it cannot be read, or holds faults; all of them are named at once, each with its sheet and cell.
    """
    return with_ids(read_without_ids(path, questionnaire), ())


def read_without_ids(path: str | Path, questionnaire: Questionnaire | None = None) -> Round:
    """As `read`; a team whose row has no id keeps an empty one."""
    source = Path(path)
    sheets = sheets_of(source)
    faults: list[str] = []
    settings, teams = _settings_table(source, sheets), _teams_table(source, sheets)
    values = _settled(source, settings, questionnaire, faults)
    listed = _teams(teams, faults)
    table_files.check(source, _WHAT, sorted(faults, key=_cell_of), _HINT)
    hidden = [
        f"{plural(len(rows), 'row is', 'rows are')} hidden on the sheet {table.sheet}, and read anyway: "
        f"{first_few([text_of(each.cells[column]) for each in rows], 5)}."
        for table, column in ((settings, "setting"), (teams, "team"))
        if (rows := [row for row in table.rows if row.hidden and row.filled])
    ]
    return Round(**values, teams=TeamList(listed, tuple(_team_notes(teams))), notes=tuple(hidden))


def is_one(path: Path) -> bool:
    """Whether a file is the workbook of a round and not a small round file; one that cannot be read counts as one."""
    if written_as(path, SUBJECT):
        return True
    try:
        sheets = table_files.read(path, _WHAT, "--round", hidden=True)
    except ImpactError:
        return True
    return named(sheets, TEAMS) is not None and named(sheets, ROUND) is not None


def sheets_of(source: Path) -> list[Sheet]:
    """The sheets of round.xlsx, those that somebody has hidden among them.

    Raises:
        ImpactError: it cannot be read.
    """
    try:
        return table_files.read(source, _WHAT, "--round", hidden=True)
    except ImpactError as error:
        raise ImpactError(error.message, _REFUSED if isinstance(error.__cause__, OSError) else _NO_ROUND) from error


def _cell_of(fault: str) -> tuple[str, int, int]:
    """Where a fault is, so that each sheet is put right from top to bottom; Round stands before Teams."""
    place = re.match(r"(.*?)!([A-Z]+)(\d+)", fault)
    return (place[1], int(place[3]), column_number(place[2])) if place else (fault.partition(":")[0], 0, 0)


# -- the sheet Round ----------------------------------------------------------------------------------


def _settings_table(source: Path, sheets: Sequence[Sheet]) -> Table:
    chosen = named(sheets, ROUND)
    table = table_files.find([chosen] if chosen else sheets, SETTING_COLUMNS, {"setting", "value"}.issubset)
    if table:
        return table
    raise _absent(source, sheets, ROUND, "Setting and Value")


def _settled(source: Path, table: Table, questionnaire: Questionnaire | None, faults: list[str]) -> dict[str, Any]:
    """The value of each setting that has one, by its field."""
    cells: dict[str, tuple[str, Any]] = {}
    for row in table.rows:
        name, value = row.text("setting"), row.cells.get("value", "")
        where = f"{table.sheet}!{table.cell(row.number, 'value')}"
        if not text_of(value):
            continue
        setting = setting_named(name)
        if setting is None:
            place = f"{table.sheet}!{table.cell(row.number, 'setting')}"
            faults.append(f"{place}: “{name}” is not a setting; {alike(name)}" if name else f"{place}: is empty")
        elif setting.key in cells:
            faults.append(f"{where}: {setting.label} is there twice, first in {cells[setting.key][0]}")
        else:
            cells[setting.key] = where, value
    content = questionnaire or _questionnaire(source, cells.get("questionnaire"), faults)
    values: dict[str, Any] = {}
    for key, (where, value) in cells.items():
        if content is None and BY_KEY[key].kind in (Kind.LEVEL, Kind.QUESTIONS):
            continue  # what it means hangs on a questionnaire that cannot be used
        try:
            values[key] = settle(BY_KEY[key], value, content)
        except SettingError as error:
            faults.append(f"{where}: {BY_KEY[key].label} must be {_friendly(BY_KEY[key], error)}")
    faults += (f"{table.sheet}: a round needs a {BY_KEY[key].label}" for key in ("title", "id") if key not in cells)
    if (contact := values.get("contact", "")) and not all(map(is_address, addresses(contact))):
        faults.append(f"{cells['contact'][0]}: “{contact}” is not an e-mail address")
    return values


def _friendly(setting: Setting, error: SettingError) -> str:
    return "yes or no" if setting.kind is Kind.YES_NO and str(error) == "true or false" else str(error)


def _questionnaire(source: Path, cell: tuple[str, Any] | None, faults: list[str]) -> Questionnaire | None:
    """The questionnaire that the sheet names, found from its folder; None where that cannot be used."""
    if cell is None:
        return questionnaires.load()
    where, value = cell
    try:
        return authoring.load(Path(os.path.normpath(source.parent / text_of(value).replace("\\", "/"))))
    except ImpactError as error:
        faults.append(f"{where}: {error.message}")
        return None


# -- the sheet Teams ----------------------------------------------------------------------------------


def _teams_table(source: Path, sheets: Sequence[Sheet]) -> Table:
    chosen = named(sheets, TEAMS)
    others = [sheet for sheet in sheets if sheet not in (named(sheets, ROUND), named(sheets, DECISIONS))]
    candidates = [chosen] if chosen else others
    # A title that reads “Teams” alone is no header row where a fuller one follows.
    table = table_files.find(candidates, ALL_COLUMNS, lambda columns: "team" in columns and len(columns) > 1, DATES)
    table = table or table_files.find(candidates, ALL_COLUMNS, lambda columns: "team" in columns, DATES)
    if table:
        return table
    raise _absent(source, sheets, TEAMS, "Team")


def _teams(table: Table, faults: list[str]) -> tuple[Team, ...]:
    """The teams in the order of the sheet; who has no id yet has an empty one."""
    teams: list[tuple[Row, Team]] = []
    uncertain = False  # a name that cannot be told may be the one that another row means
    for row in table.rows:
        if (row.filled or any(map(text_of, row.own.values()))) and not is_total(row):
            team, more = read_team(row)
            wrong = [*row.doubts, *more, *_wrong(team)]
            faults += (f"{_place(table, row, column)}: {fault}" for column, fault in wrong)
            uncertain |= "team" in dict(wrong)
            teams += [(row, team)] if team.name else []
    faults += _twice(table, "team_id", "ID", [(row, team.id, (team.id,)) for row, team in teams if team.id])
    faults += _twice(table, "team", "team", [(row, team.name, (team.name, team.group)) for row, team in teams])
    faults += () if uncertain else _merged_nowhere(table, teams)
    return tuple(team for _, team in teams)


def _wrong(team: Team) -> Iterator[tuple[str, str]]:
    """What is wrong with who a team is: each a column and a sentence."""
    if not team.name:
        yield "team", "the team's name is empty"
    if "|" in team.id:
        yield "team_id", "an id may not hold a bar (|)"
    for column, text in (("email", team.email), ("cc", team.cc)):
        yield from ((column, f"“{each}” is not an e-mail address") for each in addresses(text) if not is_address(each))


def _place(table: Table, row: Row, column: str) -> str:
    return f"{table.sheet}!{table.cell(row.number, column)}"


def _twice(table: Table, column: str, what: str, values: Iterable[tuple[Row, str, tuple[str, ...]]]) -> Iterator[str]:
    seen: dict[tuple[str, ...], Row] = {}
    for row, shown, value in values:
        first = seen.setdefault(tuple(map(normalise, value)), row)
        if first is not row:
            before = table.cell(first.number, column)
            yield f"{_place(table, row, column)}: the {what} “{shown}” is in {before} as well"


def _merged_nowhere(table: Table, teams: Sequence[tuple[Row, Team]]) -> Iterator[str]:
    known = {normalise(text) for _, team in teams for text in (team.name, team.id) if text}
    for row, team in teams:
        into = normalise(team.merged_into)
        if into and (into not in known or into in (normalise(team.name), normalise(team.id))):
            yield f"{_place(table, row, 'status')}: merged into “{team.merged_into}”, which is not another team here"


def _team_notes(table: Table) -> Iterator[str]:
    if table.own:
        yield f"Your own columns on the sheet {table.sheet}, kept with the teams: {', '.join(table.own)}."
    yield from table_files.struck_rows(table.rows, "team")
    yield from own_notes(table.rows)
    yield from total_notes(table.rows)


def with_ids(round: Round, sent: Iterable[TeamList]) -> Round:
    """A round in which every team has an id.

    Args:
        round: the round.
        sent: the lists of what was sent, newest first: a team that stands in one of them has the id it has there.
    """
    teams = round.teams.teams
    taken = {normalise(team.id) for team in teams if team.id}
    often = Counter(normalise(team.name) for team in teams)
    before: dict[tuple[str, ...], str] = {}
    for team in (team for listed in sent for team in listed.teams):
        name, group = normalise(team.name), normalise(team.group)
        before.setdefault((name, group), team.id)
        if often[name] == 1:  # its group may have been changed since
            before.setdefault((name,), team.id)
    settled: list[Team] = []
    for team in teams:
        identity = team.id or _id(team, often, before, taken)
        taken.add(normalise(identity))
        settled.append(replace(team, id=identity))
    return replace(round, teams=replace(round.teams, teams=tuple(settled)))


def _id(team: Team, often: Counter[str], before: dict[tuple[str, ...], str], taken: Collection[str]) -> str:
    """The id that a team was sent, else one made from its name; from name and group where others have that name."""
    name, group = normalise(team.name), normalise(team.group)
    own = team.name if often[name] == 1 else f"{team.name} {team.group}".strip()
    made = (make_id(own if number == 1 else f"{own} ({number})") for number in count(1))
    sent = (before.get((name, group), ""), before.get((name,), ""))
    return next(each for each in chain(sent, made) if each and normalise(each) not in taken)


def _absent(source: Path, sheets: Sequence[Sheet], name: str, columns: str) -> ImpactError:
    found = join_and([f"“{sheet.name}”" for sheet in sheets]) if sheets else "none"
    return ImpactError(
        f"{_WHAT} has no sheet {name} with a header row of {columns}: {source} (its sheets: {found})", _NO_ROUND
    )
