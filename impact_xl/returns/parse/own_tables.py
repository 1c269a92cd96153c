"""Tables that lie among returns and are none: files of this program's own, lists of teams, answers as codes. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from impact_xl.files.table_files import header_key
from impact_xl.questionnaire import Questionnaire
from impact_xl.returns.formats.grid import Grid
from impact_xl.returns.other_kinds import TEXT, Kind
from impact_xl.returns.parse import survey
from impact_xl.returns.parse.cell_marks import text_of
from impact_xl.roster import COLUMNS

# Columns that only one of our own tables has together; a test holds them against the tables.
OWN: Mapping[str, frozenset[str]] = {
    "answers.csv": frozenset({"team_id", "level_read", "decided_by"}),
    "teams.csv": frozenset({"team_id", "used_file", "copies"}),
    "returns.csv": frozenset({"sha256", "team_id", "used"}),
    "priorities.csv": frozenset({"team_id", "priority", "measure"}),
    "last_actions.csv": frozenset({"team_id", "action", "typed"}),
    "findings.csv": frozenset({"rule", "severity", "what_to_do"}),
    "levels.csv": frozenset({"question", "level_name", "statement"}),
    "questions.csv": frozenset({"questionnaire", "component_title", "short"}),
    "snapshots.csv": frozenset({"round", "date", "team_id", "answered"}),
    "consolidated.xlsx": frozenset({"team_id", "ref", "level_as_read", "decided_by"}),
    "tracking.xlsx": frozenset({"team_id", "to_fix", "what_is_to_fix", "returned"}),
    "board.xlsx": frozenset({"ref", "question", "valid", "typical_level"}),
    "meeting.xlsx": frozenset({"page", "question", "on_the_agenda", "typical_level"}),
}
_TAKE_OUT = "Take it out of the folder of returns."
_LIST = Kind("a list of teams, and no return", f"{_TAKE_OUT} It is given with --teams, or kept in the round's folder.")
_CODES = (
    "Export it again with the full text of the answers, and not with their codes or numbers. To see the "
    "statements as they have to be there, run impact-xl questionnaire export."
)
_FIRST_ROWS = 8  # in which a header is looked for


def kind_of(grids: Iterable[Grid], questionnaire: Questionnaire) -> Kind:
    """What a table is that holds no return."""
    grids = list(grids)
    if own := _own(grids):
        return Kind(f"{own}, which this program writes, and no return", _TAKE_OUT)
    if what := survey.unlike(grids, questionnaire):
        return Kind(what, _CODES)
    return _LIST if any(_is_team_list(heads) for grid in grids for heads in _heads(grid)) else TEXT


def is_for_meeting(grids: Iterable[Grid]) -> bool:
    """Whether a workbook is that for the meeting, whose pages have the statements of a form."""
    return _own(grids) == "meeting.xlsx"


def _own(grids: Iterable[Grid]) -> str:
    """Which file of ours it is; empty for any other. Of two that have a table alike the first one counts."""
    rows = [{head.replace(" ", "_") for head in heads} for grid in grids for heads in _heads(grid)]
    return next((name for name, columns in OWN.items() if any(columns <= row for row in rows)), "")


def _heads(grid: Grid) -> Iterable[Sequence[str]]:
    """The first rows of a sheet, as headers are compared."""
    rows: dict[int, list[str]] = {}
    for (row, _), value in grid.cells.items():
        if row < _FIRST_ROWS:
            rows.setdefault(row, []).append(header_key(text_of(value)))
    return rows.values()


def _is_team_list(heads: Sequence[str]) -> bool:
    """Whether headers are those of a team list: a team, and how to reach it."""

    def has(column: str) -> bool:
        return any(header_key(name) in heads for name in (column, *COLUMNS[column]))

    return has("team") and has("email")
