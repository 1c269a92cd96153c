"""What counts as a tick: FORM's own tables, word for word."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impact_xl.returns.engines import Trouble
from impact_xl.returns.marks import text_of, tick_of
from impact_xl.returns.submission import Tick

TICKED = [
    *(True, 1, 1.0, "true", "t", "yes", "y", "x", "1", "on", "tick", "ticked", "checked", "selected"),
    *("✓", "✔", "☑", "☒", "🗹", "🗸", "✅", "√", "●", "◉", "■", "[x]", "(x)"),
]
EMPTY = [
    *(None, "", "  ", False, 0, 0.0, "false", "f", "no", "n", "off", "0"),
    *("☐", "□", "◻", "○", "[]", "()", "[ ]", "( )"),
]
UNCLEAR = [
    "✗",
    "✘",
    "-",
    "n/a",
    "maybe",
    "?",
    2,
    -1,
    0.5,
    date(1900, 1, 1),
    datetime(2026, 1, 1),
    Trouble("#REF!"),
    Trouble("=A1"),
]


@pytest.mark.parametrize("value", TICKED, ids=repr)
def test_ticked(value: object) -> None:
    assert tick_of(value)[0] is Tick.TICKED


@pytest.mark.parametrize("value", EMPTY, ids=repr)
def test_empty(value: object) -> None:
    assert tick_of(value)[0] is Tick.EMPTY


@pytest.mark.parametrize("value", UNCLEAR, ids=repr)
def test_unclear_is_never_guessed(value: object) -> None:
    assert tick_of(value)[0] is Tick.UNCLEAR


@pytest.mark.parametrize("text", ["=TRUE()", "=true()", "=TRUE", "=1", "= 1 "])
def test_a_formula_without_its_value_that_can_only_be_a_tick(text: str) -> None:
    assert tick_of(Trouble(text))[0] is Tick.TICKED


@pytest.mark.parametrize("text", ["=FALSE()", "=FALSE", "=0"])
def test_a_formula_without_its_value_that_can_only_be_no_tick(text: str) -> None:
    assert tick_of(Trouble(text))[0] is Tick.EMPTY


@pytest.mark.parametrize("text", [" X ", "ｘ", "TRUE ", "'TRUE", "✓\ufe0f", "x\u200b", "\u00a0yes\u00a0"])
def test_what_people_cannot_see_does_not_matter(text: str) -> None:
    assert tick_of(text)[0] is Tick.TICKED


def test_the_rows_own_level_name_is_a_tick_and_another_rows_is_not() -> None:
    assert tick_of("spreading", "Spreading") == (Tick.TICKED, "spreading", True)
    assert tick_of("Starting", "Spreading")[0] is Tick.UNCLEAR


@pytest.mark.parametrize(
    ("value", "odd"), [(True, False), (1, False), ("☑", False), ("x", True), ("yes", True), ("●", True)]
)
def test_only_unusual_ticks_are_worth_a_word(value: object, odd: bool) -> None:
    assert tick_of(value)[2] is odd


@given(st.one_of(st.text(), st.floats(), st.integers(), st.booleans(), st.dates(), st.times(), st.none()))
def test_any_value_gives_a_tick_and_a_printable_text(value: object) -> None:
    tick, raw, _ = tick_of(value, "Spreading")
    assert tick in Tick
    assert "\0" not in raw


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (7.0, "7"),
        (7.5, "7.5"),
        (datetime(2026, 11, 23), "2026-11-23"),
        (True, "TRUE"),
        ("a\r\nb\x07 ", "a\nb"),
        (Trouble("#REF!"), "#REF!"),
    ],
)
def test_text_of(value: object, text: str) -> None:
    assert text_of(value) == text
