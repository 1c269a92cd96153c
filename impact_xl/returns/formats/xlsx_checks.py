"""What the XML of a sheet says that a library keeps to itself.

Errors and formulas without a value (python-calamine shows both as empty), cells far away, cells that stand there twice,
merged cells. Counting tells for nearly all sheets; only where it does not are the elements looked at one by one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from impact_xl.returns.file_type import MIB, FileRejected
from impact_xl.returns.formats.grid import Range
from impact_xl.returns.formats.package_reader import utf8
from impact_xl.xlsx.a1 import column_name, column_number

# A cell that stands so far away would make python-calamine's dense grid cost gigabytes:
# such sheets are read within a box.
_FAR = re.compile(rb"\b(?:[A-Za-z]{3}|[A-Za-z]+\d{5})")
_NEAR = 4  # as many characters as the places have in which a form's cells stand: B7, D123
# Cells as nearly every program writes them: `<c r="B17" s="3" t="b"><v>1</v></c>`, or `<c r="B17" s="3"/>`.
_CELL = re.compile(rb'<c r="([A-Za-z]+\d+)"')
_FILLED = re.compile(rb'<c r="([A-Za-z]+\d+)"(?:>|[^>]*[^>/]>)')
_BIG = 8 * MIB  # of such a part only the filled cells are listed: programs format whole sheets
_ELEMENT = re.compile(rb"<(?:\w+:)?(row|c)(\s[^>]*|/)?>")
_NAMESPACES = (b"openxmlformats.org/spreadsheetml/2006/main", b"ooxml/spreadsheetml/main")
_REFERENCE = re.compile(rb"""\sr\s*=\s*["']\s*([A-Za-z]*)(\d+)""")
# The number of a shared text that is none. A library takes the first text for it, or one counted from the end.
_NO_INDEX = re.compile(
    rb"""\bt\s*=\s*["']\s*s\s*["'][^<>]*(?<!/)>\s*(?:<(?:\w+:)?f\b[^<>]*(?:/>|>[^<]*</(?:\w+:)?f\s*>)\s*)?"""
    rb"<(?:\w+:)?v(?:\s[^<>]*)?(?<!/)>(?!\s*(?:0*[0-9]{1,9}\s*)?<)"
)
_ZEROS = re.compile(rb"(?<![0-9])0+(?=[0-9])")
_SPELLED_OTHERWISE = re.compile(rb"[a-z]|(?<![0-9])0")  # of places: small letters, or zeros before the number
_ERROR = re.compile(rb"""<(?:\w+:)?c\b[^>]*\bt\s*=\s*["']e["']""")
_UNCACHED = re.compile(
    rb"<(?:\w+:)?f\b[^>]*(?:/>|>[^<]*</(?:\w+:)?f>)\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>|</(?:\w+:)?c>)"
)
# A second value in a cell, something that is no text within a value, a value where there should be a text: each library
# takes something else of it, and Excel says that the file is damaged.
_ODD_VALUE = re.compile(
    rb"(?:</(?:\w+:)?(?:v|is)\s*>|<(?:\w+:)?(?:v|is)(?:\s[^<>]*)?/>)\s*<(?:\w+:)?(?:v|is|f)[\s/>]"
    rb"|<(?:\w+:)?v(?:\s[^<>]*)?(?<!/)>[^<]*<(?![/!?])"
    rb"""|\bt\s*=\s*["']inlineStr["'][^<>]*>\s*<(?:\w+:)?v(?:\s[^<>]*)?>\s*[^<\s]"""
)
_PLACE = re.compile(rb"""<(?:\w+:)?c\s[^<>]*?\br\s*=\s*["']\s*([A-Za-z]{1,3}\d{1,7})""")
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell(?=[\s/>])[^<>]*>")
_MERGE = re.compile(
    rb"""\sref\s*=\s*["']\s*\$?([A-Za-z]{1,3})\$?(\d{1,7})(?:\s*:\s*\$?([A-Za-z]{1,3})\$?(\d{1,7}))?\s*["']"""
)


@dataclass(frozen=True, slots=True)
class SheetFlags:
    """What was seen in a sheet's part."""

    hides: bool = False  # an error, a formula without its value, or a value that is marked as character data
    far: bool = False  # a cell stands beyond every form
    far_filled: bool = False  # and holds something
    merged: tuple[Range, ...] = ()


def inspect(part: bytes) -> SheetFlags:
    """Look through the XML of a sheet.

    Raises:
        FileRejected: a cell is there twice, has two values, or points to no text: then nobody can tell what it
            holds.
    """
    part = utf8(part)
    begin, end = part.find(b"<sheetData"), part.rfind(b"</sheetData>")
    places, is_usual = _places(part, begin, end)
    _refuse_twins(places)
    if odd := _ODD_VALUE.search(part, max(begin, 0)):
        cells = _PLACE.findall(part, max(begin, 0), odd.end())
        where = f"the cell {cells[-1].decode()}" if cells else "a cell"
        raise FileRejected(
            "file-damaged", f"{where} in one of its sheets has more than one value, or none that is whole"
        )
    if part.find(b"AlternateContent", max(begin, 0), max(end, 0)) > 0:
        raise FileRejected("file-damaged", "some of its cells hold one value for some programs, and another for others")
    if _NO_INDEX.search(part):
        raise FileRejected("file-damaged", "a cell in it points to a text that is not there")
    far = max(map(len, places), default=0) > _NEAR and bool(_FAR.search(b" ".join(places)))
    hides = _hides_usually(part, begin, end) if is_usual else bool(_ERROR.search(part) or _UNCACHED.search(part))
    return SheetFlags(
        hides or b"<![CDATA[" in part,
        far,
        far and (not is_usual or bool(_FAR.search(b" ".join(_FILLED.findall(part))))),
        merges(part) if b"mergeCell" in part[max(end, 0) :] else (),
    )


def _places(part: bytes, begin: int, end: int) -> tuple[list[bytes], bool]:
    """The places of a sheet's cells, and whether all are written as nearly every program does."""
    listed = _FILLED if len(part) > _BIG else _CELL
    places = listed.findall(part)
    cells = len(places) if listed is _CELL else part.count(b'<c r="')
    # With a second name for the namespace, cells may be written in two ways.
    is_usual = (
        0 <= begin < end
        and part.count(b"<c", begin, end) == cells
        and sum(part.count(name, 0, begin) for name in _NAMESPACES) == 1
    )
    return (places, True) if is_usual else (list(_counted(part)), False)


def _refuse_twins(places: list[bytes]) -> None:
    if _SPELLED_OTHERWISE.search(b" ".join(places)):
        places = [_ZEROS.sub(b"", place.upper()) for place in places]
    if len(set(places)) < len(places):
        ordered = sorted(places)
        twin = next(place for place, before in zip(ordered[1:], ordered, strict=False) if place == before)
        raise FileRejected("file-damaged", f"the cell {twin.decode()} appears twice in one of its sheets")


def _hides_usually(part: bytes, begin: int, end: int) -> bool:
    """Whether a sheet whose cells are written as usual hides something; what looks odd is looked at more closely."""
    if (part.find(b't="e"', begin, end) > 0 or part.find(b"t='e'", begin, end) > 0) and _ERROR.search(part):
        return True
    opened, closed = part.count(b"<f", begin, end), part.count(b"</f>", begin, end)
    valued = part.count(b"</f><v>", begin, end) - part.count(b"</f><v></v>", begin, end)
    return not opened == closed == valued and bool(_UNCACHED.search(part))


def _counted(part: bytes) -> Iterator[bytes]:
    """The places of filled cells in unusual XML: prefixes, other quotes, cells whose places have to be counted."""
    row = col = -1
    for element in _ELEMENT.finditer(part):
        kind, attributes = element[1], element[2] or b""
        at = _REFERENCE.search(attributes)
        if kind == b"row":
            row, col = (int(at[2][:12]) - 1 if at else row + 1), -1
            continue
        if at and at[1]:
            place = at[1].upper() + at[2]
            col = column_number(at[1][:4].decode())
        else:
            col += 1
            place = f"{column_name(col)}{row + 1}".encode()
        if not attributes.endswith(b"/"):
            yield place


def merges(part: bytes) -> tuple[Range, ...]:
    """Every merged range of a sheet.

    Raises:
        FileRejected: nobody can tell which cells one of them has.
    """
    found = [_MERGE.search(element) for element in _MERGED.findall(part)]
    if None in found:
        raise FileRejected("file-damaged", "nobody can tell which cells of one of its sheets are merged")
    return tuple(_range(*each.groups()) for each in found if each)


def _range(left: bytes, top: bytes, right: bytes | None, bottom: bytes | None) -> Range:
    return (
        int(top) - 1,
        column_number(left.decode()),
        int(bottom or top) - 1,
        column_number((right or left).decode()),
    )
