"""What a team list may say beside who a team is: its own deadline, whether it takes part, when its form was sent."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from impact_xl.files import table_files
from impact_xl.files.dates import DoubtfulDateError, parse_date
from impact_xl.files.table_files import Row, Wrong, text_of
from impact_xl.questionnaire import normalise
from impact_xl.wording import first_few, join_and
from impact_xl.xlsx.cell_values import cell_value

# The columns, each with the header names that people give it, likeliest first.
MORE_COLUMNS: table_files.Columns = {
    "deadline": ("by when", "due", "due date", "return by", "own deadline", "extension", "extension until"),
    "status": ("standing", "takes part", "taking part"),
    "sent_on": ("sent on", "sent", "date sent", "form sent on", "form sent"),
    "overlay": ("wording", "wording file"),
    "remark": ("remarks", "note", "notes", "comment", "comments"),
}
DATES = ("deadline", "sent_on")

NOT_TAKING_PART, ANOTHER_WAY, MERGED = "Not taking part", "Answers came another way", "Merged into"
STATUSES = (NOT_TAKING_PART, ANOTHER_WAY, f"{MERGED} ...")  # as they are offered
_WORDS: Mapping[str, tuple[str, ...]] = {
    "": ("taking part", "takes part", "yes", "active", "-", "–", "none"),
    NOT_TAKING_PART: ("does not take part", "declined", "withdrawn", "withdrew", "opted out", "no", "left"),
    ANOTHER_WAY: ("another way", "came another way", "other way", "received elsewhere", "on paper", "by telephone"),
}
_KNOWN = {normalise(word): status for status, words in _WORDS.items() for word in (status, *words)}
_MERGED = re.compile(r"(?i)merge[sd]?\s+(?:in)?(?:to|with)\b\s*[“\"']?(.*?)[”\"']?\s*")


def read_status(text: str) -> str | None:
    """A team's status in our words, empty where it takes part; None where it is not understood.

    >>> read_status("declined"), read_status("merged with Ash ward")
    ('Not taking part', 'Merged into Ash ward')
    """
    if match := _MERGED.fullmatch(text):
        into = match[1].strip(" .…")
        return f"{MERGED} {into}" if into else None
    return _KNOWN.get(normalise(text))


def read_more(row: Row) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """The fields of a team that these columns give, and what is wrong: each a column and a sentence."""
    fields: dict[str, Any] = {"overlay": row.text("overlay"), "remark": row.text("remark")}
    faults: list[tuple[str, str]] = []
    for column in DATES:
        if row.text(column):
            try:
                fields[column] = parse_date(row.cells[column])
            except DoubtfulDateError as error:
                faults.append((column, str(error)))
    text = row.text("status")
    status = read_status(text)
    if status is None:
        merged = "type the other team's name after “Merged into”" if _MERGED.fullmatch(text) else _CHOICES
        faults.append(("status", f"“{text}” is not a status; {merged}"))
    fields["status"] = status or ""
    return fields, faults


_CHOICES = f"leave it empty, or type {NOT_TAKING_PART}, {ANOTHER_WAY}, or {MERGED} and the other team's name"


def read_own(row: Row) -> dict[str, Any]:
    """What stands in people's own columns beside a team, in their order; None where that is nothing."""
    return {head: _own_cell(value) if text_of(value) else None for head, value in row.own.items()}


def _own_cell(value: Any) -> Any:
    if isinstance(value, Wrong) and value.startswith("="):
        return None  # a formula whose result was not saved
    if isinstance(value, datetime) and (value.hour or value.minute):
        return f"{value:%Y-%m-%d %H:%M}"
    return cell_value(value)


def own_notes(rows: Sequence[Row]) -> Iterator[str]:
    """What whoever gave the list should know of cells in their own columns: those with no result, or crossed out."""
    empty: dict[str, list[str]] = {}
    for row in rows:
        for head, value in row.own.items():
            if isinstance(value, Wrong) and value.startswith("="):
                empty.setdefault(head, []).append(row.text("team"))
    for head, teams in empty.items():
        yield (
            f"The column {head} holds formulas whose results were not saved, so it is empty for {first_few(teams, 5)}. "
            "Open the list in Excel and save it."
        )
    for row in rows:
        if row.own_struck:
            what = join_and(list(row.own_struck))
            yield f"Row {row.number}, {row.text('team')}: {what} is crossed out in the list, and is kept as it is."
