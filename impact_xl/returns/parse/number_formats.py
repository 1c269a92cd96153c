"""What a number format shows in the place of a value: words of its own, nothing, or the value itself. Pure.

A format has up to four sections: for numbers above, below and at zero, and for texts. A condition in brackets, such as
`[=1]`, takes the place of the sign (ECMA-376 part 1, 18.8.31).
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from functools import lru_cache

from impact_xl.returns.formats.grid import Value
from impact_xl.returns.formats.style_numbers import PALETTE

_SECTION = re.compile(r'((?:"[^"]*"|\\.|[_*].|[^;"\\])*)(;|$)', re.DOTALL)
_BRACKETS = re.compile(r"\[([^\]]*)\]")
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?[0-9.]{1,20})")
_PIECE = re.compile(r'"([^"]*)"|\\(.)|_(.)|\*(.)|(.)', re.DOTALL)
_OPERATORS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    "<>": operator.ne,
    ">=": operator.ge,
    ">": operator.gt,
}
_SIGNS = {1: (), 2: ("[>=0]",), 3: ("[>0]", "[<0]"), 4: ("[>0]", "[<0]")}  # of the first sections, by their number
_TEXTS = 3  # which section is that of texts
_AS_THEY_STAND = frozenset("$-+/():!^&'~{}<>= ")  # signs that need no quotation marks
_COLOURS = dict(zip(("black", "white", "red", "green", "blue", "yellow", "magenta", "cyan"), PALETTE, strict=False))
_NUMBERED_COLOUR = re.compile(r"color\s?([0-9]{1,2})")
_FIRST_COLOUR = 7  # of the palette; [Color1] is the one after it


def shown_instead(code: str, value: Value) -> str | None:
    """What a format shows in the place of a value, where none of it is the value; None where the value is shown.

    Args:
        code: the format; empty for General.
        value: a number or a text. Formats leave TRUE and FALSE alone, unless they show nothing of anything.
    """
    section = _section(code, value)
    return None if section is None else _letters_alone(section, value if isinstance(value, str) else None)


def colour_given(code: str, value: Value) -> str:
    """The colour of letters that a format gives to a value; empty where it gives none."""
    for bracket in _BRACKETS.findall(_section(code, value) or ""):
        name = bracket.strip().casefold()
        if name in _COLOURS:
            return _COLOURS[name]
        if (number := _NUMBERED_COLOUR.fullmatch(name)) and int(number[1]) + _FIRST_COLOUR < len(PALETTE):
            return PALETTE[int(number[1]) + _FIRST_COLOUR]
    return ""


@lru_cache(maxsize=64)
def may_hide(code: str) -> bool:
    """Whether a format shows words of its own, or nothing, in the place of some values."""
    return bool(code) and any(_letters_alone(section, "") is not None for section in _sections(code))


def _section(code: str, value: Value) -> str | None:
    """The section of a format that a value is shown by; None where it is shown as it is."""
    if not code:
        return None
    sections = _sections(code)
    if isinstance(value, str):
        return sections[_TEXTS] if len(sections) > _TEXTS else sections[-1] if "@" in sections[-1] else None
    if isinstance(value, bool):
        is_hidden = all(_letters_alone(each, None) == "" for each in sections)
        return sections[_TEXTS] if len(sections) > _TEXTS else "" if is_hidden else None
    return _of_number(sections, value) if isinstance(value, int | float) else sections[0]


@lru_cache(maxsize=64)
def _sections(code: str) -> Sequence[str]:
    """The sections of a format; a semicolon in quotation marks parts nothing."""
    found = []
    for section, end in _SECTION.findall(code):
        found.append(section)
        if not end:
            break
    return found[:4]


def _of_number(sections: Sequence[str], number: float) -> str | None:
    conditions = [_condition(section) for section in sections]
    if any(conditions):
        # The section without a condition shows all that is left.
        for section, condition in zip(sections[:_TEXTS], conditions, strict=False):
            if condition is None or _holds(condition, number):
                return section
        return None
    signs = [_condition(sign) for sign in _SIGNS[len(sections)]]
    fitting = (section for section, sign in zip(sections, signs, strict=False) if sign and _holds(sign, number))
    return next(fitting, sections[min(len(signs), len(sections) - 1)])


def _condition(section: str) -> tuple[str, float] | None:
    for bracket in _BRACKETS.findall(section):
        if found := _CONDITION.fullmatch(bracket.strip()):
            try:
                return found[1], float(found[2])
            except ValueError:
                return None
    return None


def _holds(condition: tuple[str, float], number: float) -> bool:
    sign, limit = condition
    return _OPERATORS[sign](number, limit)


def _letters_alone(section: str, text: str | None) -> str | None:
    """What a section shows; None where the value, or a part of it, is in what it shows."""
    shown = []
    for quoted, escaped, blank, filling, other in _PIECE.findall(_BRACKETS.sub("", section)):
        if other == "@" and text is not None:
            return None
        if other and other.isascii() and other not in _AS_THEY_STAND:
            return None  # a digit, General, a part of a date
        shown.append(quoted or escaped or (" " if blank else filling or other))
    return "".join(shown).strip()
