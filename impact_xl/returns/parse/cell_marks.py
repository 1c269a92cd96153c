"""What one cell says: tick, no tick, or unclear; and text as people see it. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from itertools import islice

from impact_xl.form import layout
from impact_xl.questionnaire import normalise
from impact_xl.returns.formats.grid import CellError, Grid, Place, Value
from impact_xl.returns.parse import looks
from impact_xl.returns.parse.number_formats import shown_instead
from impact_xl.returns.parse.symbol_fonts import EMPTY_SIGNS, TICKED_SIGNS, as_shown
from impact_xl.returns.submission import Mark, Tick
from impact_xl.wording import quote, visible
from impact_xl.xlsx.a1 import a1

# Compared after `normalise`, which folds case, width and invisible characters.
TICKED = frozenset(
    normalise(text)
    for text in (
        *("true", "t", "yes", "y", "x", "1", "on", "tick", "ticked", "checked", "selected"),
        *layout.spellings(layout.TICKED_BOX),
        *("✓", "✔", "☑", "☒", "🗹", "🗸", "✅", "√", "●", "◉", "■", "[x]", "(x)"),
    )
)
EMPTY = frozenset(
    normalise(text)
    for text in (
        *("", "false", "f", "no", "n", "off", "0"),
        *layout.spellings(layout.BOX),
        *("☐", "□", "◻", "○", "[ ]", "[]", "( )", "()"),
    )
)
# What the form itself and the programs that save it write: not worth a word.
_USUAL = frozenset(normalise(text) for text in ("true", "1", *layout.spellings(layout.TICKED_BOX), "☑", "✓", "✔"))
_TICKED_FORMULA = re.compile(r"=\s*(?:true(?:\(\))?|1)\s*", re.IGNORECASE)
_FIRST_CELLS, _MOST_BEGINNING = 12, 60  # cells and letters of a sheet that are shown
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # Unicode's category Cc, without the tab and the end of a line
_EMPTY_FORMULA = re.compile(r"=\s*(?:false(?:\(\))?|0)\s*", re.IGNORECASE)


def mark_in(grid: Grid, place: Place, level: int, level_name: str) -> Mark:
    """The mark in a tickbox as a person sees it: with its font, and with what makes it hard to see or to mean.

    Args:
        grid: the sheet.
        place: the box.
        level: the level that it belongs to.
        level_name: the level's name, which counts as a tick when it is typed over the box.
    """
    value = grid.cells.get(place)
    tick, raw, odd = tick_of(value, level_name)
    font = ""
    if raw and not isinstance(value, bool | CellError):
        shown, font = signs_in(grid, place, raw)
        if font:
            tick, raw, odd = _sign(shown), shown, True
    doubt = looks.why_in_doubt(grid, place, value) if tick is not Tick.EMPTY else ""
    instead, instead_font = ("", "") if doubt else _words_of_format(grid, place, value)
    if instead and (_sign(instead) if instead_font else _text(instead, "", level_name)[0]) is not tick:
        seen = f"{quote(visible(instead))}{instead_font}"
        if tick is Tick.TICKED:
            doubt = f"is shown as {seen}"
        else:
            tick, doubt = Tick.UNCLEAR, f"shows {seen}, but holds {quote(visible(raw))}"
    return Mark(level, tick, a1(*place), raw, odd, font=font, doubt=doubt)


def _words_of_format(grid: Grid, place: Place, value: Value) -> tuple[str, str]:
    """What a person reads in a cell whose number format has words in the place of its value; empty for any other.

    As in `signs_in`, the second is the symbol font that makes signs of the letters.
    """
    look = grid.look(place)
    words = shown_instead(look.number_format, value) if isinstance(value, int | float | str) else None
    return as_shown(words, look.font) if words else ("", "")


def signs_in(grid: Grid, place: Place, text: str) -> tuple[str, str]:
    """What a cell's text shows, and the symbol font that makes signs of its letters; empty where there is none."""
    look, value = grid.look(place), grid.cells.get(place)
    if not isinstance(value, str) and shown_instead(look.number_format, value) is not None:
        return text, ""
    return as_shown(text, look.font, grid.runs.get(place, ()))


def _sign(shown: str) -> Tick:
    sign = normalise(shown)
    if sign in TICKED_SIGNS:
        return Tick.TICKED
    return Tick.EMPTY if sign in EMPTY_SIGNS or not sign else Tick.UNCLEAR


def tick_of(value: Value, level_name: str = "") -> tuple[Tick, str, bool]:
    """What a tickbox says, what it holds as a person would see it, and whether that is an unusual tick.

    Args:
        value: the cell's value; None for a cell that holds nothing.
        level_name: the row's own level name, which counts as a tick when it is typed over the box.
    """
    raw = text_of(value)
    match value:
        case None:
            return Tick.EMPTY, "", False
        case bool() | int() | float():  # True is 1, and so it says here
            return _NUMBERS.get(value, Tick.UNCLEAR), raw, False
        case CellError(text):
            return _formula(text), raw, False
        case str():
            return _text(value, raw, level_name)
    return Tick.UNCLEAR, raw, False  # dates, times and whatever else a library may give


_NUMBERS: Mapping[float, Tick] = {1: Tick.TICKED, 0: Tick.EMPTY}


def _text(value: str, raw: str, level_name: str) -> tuple[Tick, str, bool]:
    text = normalise(value).strip("'").strip()
    if text in EMPTY:
        return Tick.EMPTY, raw, False
    if text in TICKED:
        return Tick.TICKED, raw, text not in _USUAL
    if level_name and text == normalise(level_name):
        return Tick.TICKED, raw, True
    return _formula(text), raw, False


def _formula(text: str) -> Tick:
    """What a formula without its result can only mean; anything else is unclear."""
    if _TICKED_FORMULA.fullmatch(text):
        return Tick.TICKED
    return Tick.EMPTY if _EMPTY_FORMULA.fullmatch(text) else Tick.UNCLEAR


def is_box(value: Value) -> bool:
    """Whether a cell holds what our boxes hold, ticked or not, in whatever way a program keeps it."""
    return value in layout.spellings(layout.BOX, layout.TICKED_BOX) or (
        isinstance(value, bool | int | float | CellError) and tick_of(value)[0] is not Tick.UNCLEAR
    )


def text_of(value: Value) -> str:  # noqa: PLR0911  a case each
    """A cell's value as text: whole numbers without a point, dates as 2026-11-23, control characters left out."""
    if isinstance(value, str):  # nearly all of them; the match is slow
        text = value.replace("\r\n", "\n").replace("\r", "\n") if "\r" in value else value
        return _CONTROL.sub("", text).strip()
    match value:
        case None:
            return ""
        case bool():
            return str(value).upper()
        case float() if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        case datetime():
            return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "minutes")
        case date() | time():
            return value.isoformat()
        case timedelta():
            return str(value)
        case CellError(text):
            return text
    return text_of(str(value))


def beginning(grid: Grid) -> str:
    """The first words on a sheet, in quotation marks."""
    texts = (visible(text) for _, value in sorted(grid.cells.items()) if (text := text_of(value)))
    return quote(" ".join(" ".join(islice(texts, _FIRST_CELLS)).split()), _MOST_BEGINNING)
