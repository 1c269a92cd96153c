"""Dates as people here write them (30/11/2026, 30 Nov 2026, 2026-11-30), and as this program shows them.

The day stands before the month. Month names are our own, so that no computer's language changes them.
"""

from __future__ import annotations

import calendar
import re
from contextlib import suppress
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
EXAMPLE = "30 Nov 2026"
_FIRST_YEAR, _LAST_YEAR = 2000, 2099  # of a date that is typed: any other is a slip of the hand

# By the sign between their parts: the library compiles a pattern anew for each of more than a few.
_TYPED = {
    "/": ("%d/%m/%Y", "%d/%m/%y", "%Y/%m/%d"),
    ".": ("%d.%m.%Y", "%d.%m.%y"),
    "-": ("%Y-%m-%d", "%d-%m-%Y", "%d-%m-%y", "%d-%b-%Y", "%d-%b-%y"),
    " ": ("%d %B %Y", "%d %b %Y", "%d %b %y", "%B %d %Y", "%b %d %Y"),
}
_LONGEST = len("30 September 2026")
_AROUND = re.compile(
    r"(?i)\b(?:mon|tue|tues|wed|wednes|thu|thur|thurs|fri|sat|satur|sun)(?:day)?\b\.?"  # the day of the week
    r"|(?<=\d)(?:st|nd|rd|th)\b|,|\bof\b"
)
_DASHES = re.compile(r"\s*[\u2010-\u2015\u2212]\s*")  # what word processors make of a hyphen
_MIDNIGHT = re.compile(r"(?<=\d)[T ]0?0:00(?::00(?:\.0+)?)?Z?$")  # exports write it behind a day
_SHORT_YEAR = re.compile(r"(\d(?:st|nd|rd|th)?[\s-]+[A-Za-z]{3,}[\s,-]+)(\d\d)$")  # 30 November 26
_NUMBERS = re.compile(r"(\d{1,4})\s*[/.-]\s*(\d{1,2})(?:\s*[/.-]\s*(\d{1,4}))?")
_WEEKDAY = re.compile(r"(?i)\b(mon|tue|wed|thu|fri|sat|sun)[a-z]*\b")
_DAY_AND_MONTH = re.compile(
    rf"(?i)^(\d{{1,2}})[\s-]+({'|'.join(MONTHS)})[a-z]*\b|^({'|'.join(MONTHS)})[a-z]*\s+(\d{{1,2}})\b"
)


class DoubtfulDateError(ValueError):
    """A date that cannot be told for certain; `reason` says why in a few words, str() is a whole sentence."""

    def __init__(self, text: str, reason: str) -> None:
        """What was typed, and why it is doubtful."""
        super().__init__(f"“{text}” is not a certain date: {reason}. Type it like 30/11/2026 or {EXAMPLE}.")
        self.reason = reason


@lru_cache(maxsize=1024)
def typed_date(text: str) -> datetime | None:
    """The date that somebody typed, read the British way; None where it cannot be told.

    >>> typed_date("3/11/2026").date().isoformat()
    '2026-11-03'
    >>> typed_date("Monday, 30th November 2026").date().isoformat()
    '2026-11-30'
    """
    bare = " ".join(_AROUND.sub(" ", text).split()).replace("Sept ", "Sep ")
    between = next((sign for sign in _TYPED if sign in bare), "")
    for pattern in _TYPED[between] if between and len(bare) <= _LONGEST else ():
        with suppress(ValueError):
            return datetime.strptime(bare, pattern).replace(tzinfo=UTC)
    return None


def parse_date(value: Any) -> date:
    """The date in a cell or an option: a real date, or one typed the British way.

    Args:
        value: a date or datetime as a workbook holds it, or a text.

    Raises:
        DoubtfulDateError: it cannot be told for certain; says why, with an example.

    >>> parse_date("30.11.26").isoformat()
    '2026-11-30'
    """
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = " ".join(str(value).split())
    if not isinstance(value, str):
        raise DoubtfulDateError(text, "it is no date but a number or a time; format the cell as a date")
    plain = _SHORT_YEAR.sub(r"\g<1>20\2", _MIDNIGHT.sub("", _DASHES.sub("-", text)))
    read = typed_date(plain)
    if read is None:
        raise DoubtfulDateError(text, _doubt(plain))
    day = read.date()
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise DoubtfulDateError(text, f"the year would be {day.year}")
    if (named := _WEEKDAY.search(plain)) and not DAYS[day.weekday()].casefold().startswith(named[1].casefold()):
        raise DoubtfulDateError(text, f"{show_date(day)} is a {DAYS[day.weekday()]}")
    return day


def show_date(day: date) -> str:
    """A date as people read it.

    >>> show_date(date(2026, 11, 30))
    '30 Nov 2026'
    """
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def _doubt(text: str) -> str:
    """Why a text that is read as no date is none, in a few words."""
    bare = " ".join(_AROUND.sub(" ", text).split())
    if numbers := _NUMBERS.fullmatch(bare):
        first, second, third = numbers.groups()
        if third is None:
            return "it has no year"
        if len(first) == 4:
            return _numbers_doubt(int(first), int(second), int(third), "the month comes before the day")
        return _numbers_doubt(int(third), int(second), int(first))
    if named := _DAY_AND_MONTH.match(bare):
        if len(re.findall(r"\d+", bare)) == 1:
            return "it has no year"
        return _numbers_doubt(int(bare[-2:]) + 2000, _month(named[2] or named[3]), int(named[1] or named[4]))
    return "it does not name a day, a month and a year"


def _numbers_doubt(year: int, month: int, day: int, order: str = "the day comes before the month") -> str:
    if not 1 <= month <= 12:
        return f"{order}, and there is no month {month}"
    most = calendar.monthrange(2000 + year % 100, month)[1]
    if not 1 <= day <= most:
        return f"{MONTHS[month - 1]} has {most} days"
    return "its year has to have two or four digits"


def _month(name: str) -> int:
    return MONTHS.index(name.capitalize()) + 1
