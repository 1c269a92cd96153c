"""The look is measured, not felt."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impact_xl.xlsx import theme


@pytest.mark.parametrize("levels", range(2, 8))
def test_levels_get_darker_step_by_step_and_their_numbers_stay_readable(levels: int):
    fills = theme.level_fills(levels)
    light = [theme.luminance(fill) for fill in fills]
    assert len(fills) == levels
    assert light == sorted(light, reverse=True)
    assert all(theme.contrast(theme.text_on(fill), fill) >= theme.READABLE for fill in fills)


def test_the_five_measured_colours():
    assert theme.level_fills(5) == ["#FFF3C4", "#A6D9C0", "#3FA9C9", "#005EB8", "#1B1F5E"]
    assert [theme.text_on(fill) for fill in theme.level_fills(5)] == [theme.TEXT] * 3 + [theme.WHITE] * 2


@pytest.mark.parametrize(
    ("text", "ground"),
    [
        (theme.QUIET, theme.WHITE),
        (theme.QUIET, theme.BAND),
        (theme.DARK_BLUE, theme.WHITE),
        (theme.WHITE, theme.BLUE),
        (theme.TEXT, theme.ENTRY),
        (theme.TEXT, theme.TICKED),
        (theme.DONE_TEXT, theme.DONE_FILL),
        (theme.TODO_TEXT, theme.TODO_FILL),
        (theme.STOP_TEXT, theme.STOP_FILL),
    ],
)
def test_text_is_readable_on_its_ground(text: str, ground: str):
    assert theme.contrast(text, ground) >= theme.READABLE


def test_contrast_at_its_ends():
    assert theme.contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert theme.contrast("#777777", "#777777") == pytest.approx(1)


@given(st.text(st.sampled_from("abc defgh\n"), max_size=300), st.sampled_from([20.0, 40.0, 88.0]))
def test_rows_are_high_enough_for_their_words(text: str, width: float):
    lines = theme.lines_of(text, width, 10)
    assert lines >= text.count("\n") + 1
    assert lines >= theme.text_pixels(text.replace("\n", ""), 10) // theme.column_pixels(width)
    assert theme.lines_of(text, width * 2, 10) <= lines <= theme.lines_of(text + " more words", width, 10)
    assert theme.row_height(text, width, 10) <= theme.MOST_ROW_POINTS


@given(
    st.text(st.sampled_from("W@%—病 abc\n"), max_size=40),
    st.floats(1, 90),
    st.sampled_from([7.5, 9, 10, 12, 18]),
    st.booleans(),
)
def test_what_surely_stands_on_one_line_does(text: str, width: float, size: float, bold: bool):
    if len(text) <= theme.surely_fit(width, size) and "\n" not in text:
        assert theme.lines_of(text, width, size, bold=bold) == 1


def test_a_text_is_as_wide_as_its_letters():
    """All code points: letters that no table lists are 600 thousandths wide, those of far scripts 1,000."""
    em = theme.text_pixels("病", 1)
    listed = {letter for letter in map(chr, range(0x3000)) if theme.text_pixels(letter, 1) not in (em, 0.6 * em)}
    assert {"i", "W", " ", "’", "—"} <= listed
    assert len(listed) < 110
    for start in range(0, sys.maxunicode, 4096):
        letters = [chr(code) for code in range(start, start + 4096)]
        wide = sum(theme.text_pixels(letter, 1) for letter in letters)
        assert theme.text_pixels("".join(letters), 1) == pytest.approx(wide)
        if start >= 0x3000:
            assert wide == pytest.approx(4096 * em)
