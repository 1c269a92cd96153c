"""What a team list may say beside who a team is: its own deadline, whether it takes part, when its form was sent."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from impact_xl.files import table_files
from impact_xl.files.dates import DoubtfulDateError, parse_date
from impact_xl.files.table_files import Row, text_of
from impact_xl.questionnaire import normalise

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
    """What stands in people's own columns beside a team, in their order; empty cells are left out."""
    return dict(_cells(row.own))


def _cells(own: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for head, value in own.items():
        if not text_of(value):
            continue
        if isinstance(value, datetime):
            yield head, value.date() if not (value.hour or value.minute) else text_of(value)
        elif isinstance(value, float) and value.is_integer():
            yield head, int(value)
        else:
            yield head, value if isinstance(value, int | float | date) and not isinstance(value, bool) else str(value)
