"""The three sheets of round.xlsx: what they are called, and which columns they have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple

from impact_xl.files import table_files
from impact_xl.files.table_files import Sheet, header_key

ROUND, TEAMS, DECISIONS = "Round", "Teams", "Decisions"
SUBJECT = "What is settled of a round: settings, teams and decisions"
NOT_APPLICABLE, LEFT_OPEN = "Not applicable", "Left open"  # beside the levels, in Decisions

# Other names that people give the sheets.
NAMES: Mapping[str, tuple[str, ...]] = {
    ROUND: ("the round", "settings", "round settings"),
    TEAMS: ("team", "team list", "the teams", "list of teams"),
    DECISIONS: ("decision", "decided", "overrides", "our decisions"),
}
SETTING_COLUMNS: table_files.Columns = {
    "setting": ("settings", "key", "what"),
    "value": ("values", "entry"),
    "means": ("what it means", "meaning", "explanation"),
}
# The headers of the sheet Teams: people's words for the columns of a team list.
TEAM_HEADERS: Mapping[str, str] = {
    "team_id": "Team ID",
    "team": "Team",
    "group": "Group",
    "contact": "Contact",
    "email": "E-mail",
    "cc": "Cc",
    "deadline": "Deadline",
    "status": "Status",
    "sent_on": "Sent on",
    "overlay": "Overlay",
    "remark": "Remark",
}


class DecisionRow(NamedTuple):
    """One row of the sheet Decisions, as it is typed there."""

    team: str = ""
    question: str = ""
    level: str = ""  # a level's name, NOT_APPLICABLE or LEFT_OPEN
    file: str = ""
    reason: str = ""
    who: str = ""
    date: date | None = None


DECISION_HEADERS = tuple(name.capitalize() for name in DecisionRow._fields)


def named(sheets: Iterable[Sheet], name: str) -> Sheet | None:
    """The sheet of a name, or of one of the other names that people give it."""
    by_name = {header_key(sheet.name): sheet for sheet in reversed(list(sheets))}
    return next((by_name[key] for each in (name, *NAMES[name]) if (key := header_key(each)) in by_name), None)
