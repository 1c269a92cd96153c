"""Phrases that several rooms build alike: numbers with nouns, quotations, lists that are cut, errors of the system."""

from __future__ import annotations

import errno
import os
import unicodedata
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

_UNSEEN = frozenset({"Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp"})  # of Unicode's categories; no font shows their letters
# Letters or marks by their category, and nothing to be seen.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
# They choose how the sign before them looks, and have no look of their own; pictures (emoji) are full of them.
_SELECTORS = frozenset(map(chr, (*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
_WITH_SELECTOR = frozenset("0123456789#*")  # of ASCII, as the signs of keys


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
    pairs = zip(text, f" {text}", strict=False)
    return "".join(
        f"(U+{ord(each):04X})" if each not in "\t\n\r" and is_unseen(each, before) else each for each, before in pairs
    )


def is_unseen(letter: str, before: str) -> bool:
    """Whether nobody can see a letter behind another one."""
    if letter in _SELECTORS:
        return before.isascii() and before not in _WITH_SELECTOR
    return letter in _BLANK or unicodedata.category(letter) in _UNSEEN


def join_and(parts: Iterable[str]) -> str:
    """The parts of a sentence: `a`, `a and b`, `a, b and c`; at least one."""
    *first, last = parts
    return f"{', '.join(first)} and {last}" if first else last


def first_few(parts: Sequence[str], most: int, *, separator: str = ", ", more: str = " and more") -> str:
    """The first of some parts; where there are others, `more` says so, with their number in place of `{}`."""
    return separator.join(parts[:most]) + (more.format(len(parts) - most) if len(parts) > most else "")


# -- why a file cannot be had -------------------------------------------------------------------------

WINDOWS = os.name == "nt"
_LONGEST_PATH = (
    259  # characters, where a computer is not told to allow more: MAX_PATH less its end (learn.microsoft.com)
)
_IN_USE = "another program has it open; close it there"
_IN_CLOUD = "it is kept in the cloud and was not downloaded; open it once, or choose “Always keep on this device”"
_NO_NETWORK = "the network folder cannot be reached; connect to it, and try again"
_TOO_LONG = "its path is longer than the {most} characters that Windows allows; move the folder nearer to the top"
# By what Windows says: WinError.h.
_REASONS = (
    ({32, 33}, _IN_USE),
    ({5}, "another program has it open, or you may not read it"),
    ({362, *range(386, 392), 393, 395, 396, 398, 404, 426}, _IN_CLOUD),
    ({51, 53, 54, 59, 64, 67, 121, 1231, 1232}, _NO_NETWORK),
    ({111, 206}, _TOO_LONG.format(most=_LONGEST_PATH)),
    ({225, 226}, "the virus scanner does not let it be opened; ask your IT department"),
)
# What the C runtime makes of the most of them, where Windows' own number is lost.
_RUNTIME_REASONS = {errno.EACCES: _REASONS[1][1], errno.EINVAL: f"Windows cannot open it; most likely {_IN_CLOUD}"}


def reason_of(error: OSError) -> str:
    """Why a file cannot be opened, in words that say what to do about it where we know."""
    number = getattr(error, "winerror", None) or _windows_number(error.filename)
    if known := [reason for numbers, reason in _REASONS if number in numbers]:
        return known[0]
    if (
        WINDOWS
        and isinstance(error, FileNotFoundError)
        and len(str(Path(str(error.filename)).absolute())) > _LONGEST_PATH
    ):
        return _TOO_LONG.format(most=_LONGEST_PATH)
    if WINDOWS and error.errno in _RUNTIME_REASONS:
        return _RUNTIME_REASONS[error.errno]
    return error.strerror or str(error)


def _windows_number(path: object) -> int | None:
    """What Windows says itself of a file that cannot be opened: `open` goes through the C runtime, which says less."""
    try:
        import _winapi
    except ImportError:  # another system
        return None
    windows: Any = _winapi
    try:
        handle = windows.CreateFile(str(path), windows.GENERIC_READ, 7, 0, windows.OPEN_EXISTING, 0, 0)  # 7: all shared
    except OSError as error:
        return getattr(error, "winerror", None)
    with suppress(OSError):
        windows.CloseHandle(handle)
    return None
