"""Phrases that several rooms build alike: numbers with nouns, quotations, and lists that are cut."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

_UNSEEN = frozenset({"Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp"})  # of Unicode's categories; no font shows their letters


def plural(number: int, noun: str, nouns: str = "") -> str:
    """A number with its noun: `1 question`, `3 questions`, `2 copies`."""
    return f"{number:,} {noun if number == 1 else nouns or noun + 's'}"


def quote(text: str, most: int = 40) -> str:
    """A text in quotation marks, cut to `most` characters where it is longer."""
    return f"“{text if len(text) <= most else text[: most - 1] + '…'}”"


def presentable(name: str, most: int = 60) -> str:
    """A name as it can stand in a sentence: cut to `most` characters, and with no letter that nobody can see."""
    shown = visible(name)
    return shown if len(shown) <= most else shown[: most - 1] + "…"


def visible(text: str) -> str:
    """A text with each letter that nobody can see as its code, such as `(U+200F)`; tabs and ends of lines stay."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        f"(U+{ord(each):04X})" if each not in "\t\n\r" and unicodedata.category(each) in _UNSEEN else each
        for each in text
    )


def join_and(parts: Iterable[str]) -> str:
    """The parts of a sentence: `a`, `a and b`, `a, b and c`; at least one."""
    *first, last = parts
    return f"{', '.join(first)} and {last}" if first else last


def first_few(parts: Sequence[str], most: int, *, separator: str = ", ", more: str = " and more") -> str:
    """The first of some parts; where there are others, `more` says so, with their number in place of `{}`."""
    return separator.join(parts[:most]) + (more.format(len(parts) - most) if len(parts) > most else "")
