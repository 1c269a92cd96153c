"""What the numbers in a workbook's cells are by their styles: numbers, days, or for the libraries to tell."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from html import unescape

PLAIN, DAY, UNSURE = "n", "d", "?"  # of a style: its numbers are numbers, days, or for the libraries to tell
_FORMAT_NUMBERS = frozenset({*range(12), *range(37, 41), 48, 49})  # built-in formats (ECMA-376 part 1, 18.8.30)
_FORMAT_DAYS = frozenset(range(14, 18))
_XF, _FORMAT_OF_XF = re.compile(rb"<xf\b([^>]*)>"), re.compile(rb'\bnumFmtId="(\d{1,9})"')
_FORMAT = re.compile(rb'<numFmt numFmtId="(\d{1,9})" formatCode="([^"]*)"')
_DAYS_ONLY = re.compile(r"(?:\[\$-[0-9A-Fa-f]{3,4}\])?(?:d{1,4}|m{1,4}|y{2,4}|[ /.\-,]|\\.)+(?:;@)?", re.IGNORECASE)
_NO_DIGITS = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.|General|@')
_DIGITS_ONLY = re.compile(r"[0#?,.%;() +/-]*")


@lru_cache(maxsize=32)
def kinds_of_numbers(styles: bytes) -> str:
    """For each style of cells a letter: what a number in it is."""
    begin, end = styles.find(b"<cellXfs"), styles.find(b"</cellXfs>")
    codes = {int(number): unescape(code.decode("utf-8", "replace")) for number, code in _FORMAT.findall(styles)}
    numbers = (_FORMAT_OF_XF.search(each) for each in _XF.findall(styles[begin:end]) if begin >= 0)
    return "".join(_kind_of_numbers(int(found[1]) if found else 0, codes) for found in numbers)


def _kind_of_numbers(number: int, codes: Mapping[int, str]) -> str:
    code = codes.get(number)
    if code is None:
        return PLAIN if number in _FORMAT_NUMBERS else DAY if number in _FORMAT_DAYS else UNSURE
    if _DIGITS_ONLY.fullmatch(_NO_DIGITS.sub("", code)):
        return PLAIN
    return DAY if _DAYS_ONLY.fullmatch(code) else UNSURE
