"""What counts as a tick: FORM's own tables, word for word."""

from __future__ import annotations

import sys
import unicodedata
from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rounds_in_memory import SMALL

from impact_xl.form import layout
from impact_xl.form import workbook as form
from impact_xl.returns.formats.grid import CellError
from impact_xl.returns.parse.cell_marks import text_of, tick_of
from impact_xl.returns.read_file import read_content
from impact_xl.returns.submission import Tick
from impact_xl.roster import Round
from impact_xl.round.answers import judge

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
    CellError("#REF!"),
    CellError("=A1"),
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
    assert tick_of(CellError(text))[0] is Tick.TICKED


@pytest.mark.parametrize("text", ["=FALSE()", "=FALSE", "=0"])
def test_a_formula_without_its_value_that_can_only_be_no_tick(text: str) -> None:
    assert tick_of(CellError(text))[0] is Tick.EMPTY


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
        (CellError("#REF!"), "#REF!"),
    ],
)
def test_text_of(value: object, text: str) -> None:
    assert text_of(value) == text


# -- through the whole reader ------------------------------------------------------------------------

BOXES = {
    "ticked": [True, 1, "x", "X ", "✓", "☑", "☒", "yes", "TRUE", "[x]"],
    "empty": [False, 0, "", "no", "☐", "FALSE", "( )"],
    "unclear": ["n/a", "-", "✗", "maybe", 2, 0.5],
}
value = st.sampled_from(sorted(BOXES)).flatmap(lambda kind: st.tuples(st.just(kind), st.sampled_from(BOXES[kind])))
question = st.lists(value, min_size=4, max_size=4)  # “Not applicable”, and the three levels


def expected(boxes: list[tuple[str, object]]) -> tuple[str, int | None]:
    """FORM's order of states, written once more and on its own."""
    kinds = [kind for kind, _ in boxes]
    if kinds.count("ticked") > 1:
        return "multiple", None
    if "unclear" in kinds:
        return "unclear", None
    if "ticked" not in kinds:
        return "blank", None
    level = kinds.index("ticked")
    return ("answered", level) if level else ("not_applicable", None)


@settings(max_examples=60, deadline=None)
@given(st.lists(question, min_size=4, max_size=4), st.sampled_from(form.TICKBOXES))
def test_whatever_is_typed_into_the_boxes_of_a_form(typed: list[list[tuple[str, object]]], tickbox: str) -> None:
    entries = {
        layout.level_key(each.id, level): value
        for each, boxes in zip(SMALL.questions, typed, strict=True)
        for level, (_, value) in enumerate(boxes)
    }
    made = form.Form(SMALL, tickbox, Round(not_applicable=True), entries={**entries, "start.team": "Ash"})
    (submission,) = read_content(form.build(made), "form.xlsx", SMALL).submissions
    answers = judge(submission, SMALL).answers
    assert [(a.state.value, a.level) for a in answers.values()] == [expected(boxes) for boxes in typed]


def test_each_character_of_a_text_is_kept_unless_it_is_a_control() -> None:
    """All code points; a line ends as `\\n`, however it was written."""
    for code in range(sys.maxunicode + 1):
        letter = chr(code)
        kept = "\n" if letter == "\r" else letter
        gone = letter not in "\n\r\t" and unicodedata.category(letter) == "Cc"
        assert text_of(f"a{letter}b") == f"a{'' if gone else kept}b"
