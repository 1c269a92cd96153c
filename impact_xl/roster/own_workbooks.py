"""The workbooks that this program writes: none of them is a team list, though most hold teams."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from impact_xl.files.table_files import Sheet, text_of
from impact_xl.findings import ImpactError

# What each is called, and sheets that it alone has together; as later and earlier versions have them. The room of the
# results stands above this one.
_BY_SHEETS: tuple[tuple[str, frozenset[str]], ...] = (
    ("a consolidated workbook", frozenset({"Answers", "To fix"})),
    ("a team's pack", frozenset({"Your answers", "Next steps"})),
    ("a copy for the board", frozenset({"Summary", "Components", "Questions"})),
)
_FORM_CELLS = frozenset({"start.team", "start.team-id"})  # in its first column
_TRACKING_CELLS = frozenset({"Team ID", "Extension until", "Declined", "Received elsewhere"})  # in one row
_TRACKING, _FIRST_ROWS = "Tracking", 40


def refuse(source: Path, sheets: Iterable[Sheet]) -> None:
    """Find out whether a file that was given as a team list is a workbook of ours.

    Raises:
        ImpactError: it is.
    """
    if what := _what(list(sheets)):
        raise ImpactError(
            f"This is {what}, not a team list: {source}",
            "Give the list of the teams with their addresses, such as teams.csv, or the teams.csv of an outbox.",
        )


def _what(sheets: list[Sheet]) -> str:
    names = {sheet.name for sheet in sheets}
    if what := next((what for what, own in _BY_SHEETS if own <= names), ""):
        return what
    if any({text_of(row[0]) for row in sheet.rows[:_FIRST_ROWS] if row} >= _FORM_CELLS for sheet in sheets):
        return "a form"
    tracking = (row for sheet in sheets if sheet.name == _TRACKING for row in sheet.rows[:_FIRST_ROWS])
    return "a tracking file" if any(set(map(text_of, row)) >= _TRACKING_CELLS for row in tracking) else ""
