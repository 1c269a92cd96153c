"""Formulas with the values that they have now, put together from parts, so that each is thought through once.

An expression is a `Formula`; a plain text or number is one that never changes.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from impact_xl.results import formulas
from impact_xl.xlsx.cell_values import Formula

Part = Formula | str | int | float
_SIGNS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<": operator.lt,
    ">": operator.gt,
    ">=": operator.ge,
}


def compare(left: Part, sign: str, right: Part) -> Formula:
    """Whether two expressions stand to each other as a sign says: `=`, `<`, `>` or `>=`."""
    return Formula(f"{_text(left)}{sign}{_text(right)}", _SIGNS[sign](_value(left), _value(right)))


def minus(left: Part, right: Part) -> Formula:
    """The difference of two expressions, in brackets."""
    return Formula(f"({_text(left)}-{_text(right)})", _value(left) - _value(right))


def product(left: Part, right: Part) -> Formula:
    """The product of two expressions."""
    return Formula(f"{_text(left)}*{_text(right)}", _value(left) * _value(right))


def quotient(left: Part, right: Part) -> Formula:
    """The quotient of two expressions; its value is 0 where the divisor is, and its formula an error."""
    return Formula(f"{_text(left)}/{_text(right)}", _value(left) / _value(right) if _value(right) else 0)


def every(*conditions: Formula) -> Formula:
    """Whether all of some conditions hold."""
    text = ",".join(condition.text for condition in conditions)
    return Formula(f"AND({text})", all(condition.value for condition in conditions))


def join(*parts: Part) -> Formula:
    """One text of several parts; a number stands there as it is."""
    return Formula("&".join(map(_text, parts)), "".join(str(_value(part)) for part in parts))


def percent(share: Formula) -> Formula:
    """A share in percent; nothing where there is none."""
    text = f'IF(ISNUMBER({share.text}),TEXT({share.text},"0%"),"")'
    return Formula(text, formulas.percent(float(share.value)) if share.value != "" else "")


def plural_of(number: Formula, noun: str) -> Formula:
    """A noun as it stands behind a number."""
    return choose((compare(number, "=", 1), noun), otherwise=f"{noun}s")


def choose(*cases: tuple[Formula, Part], otherwise: Part) -> Formula:
    """What stands beside the first condition that holds."""
    text, value = _text(otherwise), _value(otherwise)
    for condition, part in reversed(cases):
        text = f"IF({condition.text},{_text(part)},{text})"
        value = _value(part) if condition.value else value
    return Formula(text, value)


def _text(part: Part) -> str:
    if isinstance(part, Formula):
        return part.text
    if part == "\n":
        return "CHAR(10)"
    return formulas.text(part) if isinstance(part, str) else str(part)


def _value(part: Part) -> Any:
    return part.value if isinstance(part, Formula) else part
