"""What the numbers in a workbook's cells are by their styles: numbers, days, or for the libraries to tell."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from impact_xl.returns.formats.package_reader import plain_text

PLAIN, DAY, UNSURE = "n", "d", "?"  # of a style: its numbers are numbers, days, or for the libraries to tell
_FORMAT_NUMBERS = frozenset({*range(12), *range(37, 41), 48, 49})  # built-in formats (ECMA-376 part 1, 18.8.30)
_FORMAT_DAYS = frozenset(range(14, 18))
# A style, and a format, as programs write them. Whatever is spelled in another way is for the libraries.
_XFS, _XF = re.compile(rb"<cellXfs(?:\s[^<>]*)?>\s*"), re.compile(rb"<xf(?=[\s/>])")
_INSIDE_XF = re.compile(rb'((?: [\w:]+="[^"<>&]*")*) ?(?:/>|>(?:(?!</xf>).)*</xf>)\s*', re.DOTALL)
_ATTRIBUTE = re.compile(rb' ([\w:]+)="([^"]*)"')
_FORMAT = re.compile(rb'<numFmt numFmtId="(\d{1,9})" formatCode="([^"<>]*)" ?/>')
_ANY_FORMAT = re.compile(rb"numFmt(?!\w)")
_LONGEST = 10  # digits of a format's number, and one
_DAYS_ONLY = re.compile(r"(?:\[\$-[0-9A-Fa-f]{3,4}\])?(?:d{1,4}|m{1,4}|y{2,4}|[ /.\-,]|\\.)+(?:;@)?", re.IGNORECASE)
_NO_DIGITS = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.|General|@')
_DIGITS_ONLY = re.compile(r"[0#?,.%;() +/-]*")


@lru_cache(maxsize=32)
def kinds_of_numbers(styles: bytes) -> str:
    """For each style of cells a letter: what a number in it is. Nothing where that is not certain of all of them."""
    xfs, formats = _section(styles, b"cellXfs"), _section(styles, b"numFmts")
    if xfs is None or formats is None or b"<!" in styles:
        return ""
    found = [(int(number), plain_text(code.decode("utf-8", "replace"))) for number, code in _FORMAT.findall(formats)]
    codes = dict(found)
    if not len(codes) == len(found) == len(_ANY_FORMAT.findall(formats)):
        return ""  # one of them is written in another way, or there are two of one number
    head, *pieces = _XF.split(xfs)
    own = [_INSIDE_XF.fullmatch(piece) for piece in pieces]
    if not _XFS.fullmatch(head) or None in own:  # then they cannot be counted
        return ""
    return "".join(_kind_of_style(each[1], codes) for each in own if each)


def _section(styles: bytes, name: bytes) -> bytes | None:
    """What stands in a list of the styles, its head included, where it stands there once; None where it is unusual."""
    begin, end = styles.find(b"<" + name), styles.find(b"</%b>" % name)
    mentions = styles.count(name)
    if not mentions:
        return b""
    return styles[begin:end] if mentions == 2 and 0 <= begin < end else None


def _kind_of_style(attributes: bytes, codes: Mapping[int, str]) -> str:
    number = dict(_ATTRIBUTE.findall(attributes)).get(b"numFmtId", b"")
    return _kind_of_numbers(int(number), codes) if number.isdigit() and len(number) < _LONGEST else UNSURE


def _kind_of_numbers(number: int, codes: Mapping[int, str]) -> str:
    code = codes.get(number)
    if code is None:
        return PLAIN if number in _FORMAT_NUMBERS else DAY if number in _FORMAT_DAYS else UNSURE
    if _DIGITS_ONLY.fullmatch(_NO_DIGITS.sub("", code)):
        return PLAIN
    return DAY if _DAYS_ONLY.fullmatch(code) else UNSURE
