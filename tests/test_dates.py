"""Dates as people write them, and the doubtful ones that are refused with an example."""

from __future__ import annotations

import contextlib
import locale
from datetime import UTC, date, datetime, time

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from impact_xl.cli.dates import DATE
from impact_xl.files.dates import DoubtfulDateError, parse_date, show_date

DAY = date(2026, 11, 30)


@pytest.mark.parametrize(
    "value",
    [
        "30/11/2026", "30 Nov 2026", "30.11.26", "30/11/26", "2026-11-30", "2026/11/30", "30-Nov-26", "30 November 26",
        "Monday, 30th November 2026", "Mon 30 Nov 2026", "30th of November 2026", "Nov 30, 2026", " 30\u00a0Nov 2026 ",
        "30–11–2026", "2026-11-30 00:00:00", "2026-11-30T00:00", DAY, datetime(2026, 11, 30, 9, 30, tzinfo=UTC),
    ],
)  # fmt: skip
def test_a_date_as_people_write_it(value: object) -> None:
    assert parse_date(value) == DAY


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("11/30/2026", "the day comes before the month, and there is no month 30"),
        ("2026-30-11", "the month comes before the day, and there is no month 30"),
        ("next Friday", "it does not name a day, a month and a year"),
        ("30/11", "it has no year"),
        ("30 Nov", "it has no year"),
        ("Nov 30", "it has no year"),
        ("31/11/2026", "Nov has 30 days"),
        ("31 November 2026", "Nov has 30 days"),
        ("29/2/2027", "Feb has 28 days"),
        ("0/2/2027", "Feb has 28 days"),
        ("30/11/202", "its year has to have two or four digits"),
        ("30/11/1926", "the year would be 1926"),
        ("Tuesday 30 Nov 2026", "30 Nov 2026 is a Monday"),
        ("", "it does not name"),
        (46356, "it is no date but a number"),
        (time(9, 30), "it is no date but a number or a time"),
    ],
)
def test_a_doubtful_date_is_refused_with_the_reason_and_an_example(value: object, reason: str) -> None:
    with pytest.raises(DoubtfulDateError) as caught:
        parse_date(value)
    assert caught.value.reason.startswith(reason)
    assert "30/11/2026 or 30 Nov 2026" in str(caught.value)


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_what_we_show_is_read_again(day: date) -> None:
    assert parse_date(show_date(day)) == parse_date(f"{day:%d/%m/%Y}") == day


@given(st.text(max_size=20) | st.from_regex(r"\d{1,4}[-/. ]\d{1,3}[-/. ]?\d{0,5}", fullmatch=True))
def test_any_text_is_a_date_or_is_refused(text: str) -> None:
    with contextlib.suppress(DoubtfulDateError):
        assert 2000 <= parse_date(text).year <= 2099


def test_no_language_of_the_computer_changes_a_date() -> None:
    before = locale.setlocale(locale.LC_TIME)
    try:
        for name in ("de_DE.UTF-8", "fr_FR.UTF-8", "C.UTF-8", ""):
            try:
                locale.setlocale(locale.LC_TIME, name)
            except locale.Error:
                continue
            assert show_date(date(2026, 5, 1)) == "1 May 2026"
    finally:
        locale.setlocale(locale.LC_TIME, before)


def test_an_option_takes_a_date_and_says_what_is_wrong_with_one() -> None:
    assert DATE.convert("30/11/2026", None, None) == DAY
    assert DATE.convert(DAY, None, None) == DAY
    with pytest.raises(click.BadParameter, match="there is no month 30"):
        DATE.convert("11/30/2026", None, None)
