"""Workbooks of today's kind (.xlsx, .xlsm, .xlsb) become grids.

There are three readers, because each lacks something. The fast one knows only what programs write for forms that people
fill in. python-calamine shows errors, and formulas without a value, as empty cells. openpyxl shows them,
and is slow. So each workbook goes to the first that cannot miss anything in it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

from impact_xl.returns.file_type import FileRejected
from impact_xl.returns.formats import with_calamine, with_openpyxl, xlsx_additions, xlsx_checks, xlsx_fast, xlsx_looks
from impact_xl.returns.formats.grid import FAR_CELL, Content, Grid, Range
from impact_xl.returns.formats.package_reader import Package, reference_in, utf8
from impact_xl.returns.formats.usual_xml import in_usual_xml

LOOKS_OF_BINARY = "how its cells look, as it is a binary workbook (.xlsb)"  # fonts, colours, hidden rows
_MODIFIED = re.compile(rb"<(?:\w+:)?modified\b[^>]*>\s*([^<\s]+)\s*<")


def read(content: bytes, *, fast: bool = True) -> Content:
    """Read a workbook with the first reader that cannot miss anything in it.

    Args:
        content: the workbook.
        fast: whether to try the fast reader; what is read is the same without it, and takes longer.

    Raises:
        FileRejected: the workbook is damaged.
    """
    package = Package(content)
    if fast and (sheets := xlsx_fast.sheets(package)) is not None:
        grids = [Grid(sheet.name, sheet.cells) for sheet in sheets.values()]
        seen = {part: _Seen(_flags(sheet.merged), sheet.looks) for part, sheet in sheets.items()}
        return _content(grids, package, seen, exhaustive=True)
    package = in_usual_xml(package)
    seen = _seen(package)
    if any(sheet.flags.hides for sheet in seen.values()):
        return _content(with_openpyxl.grids(package.content, package), package, seen)
    far = any(sheet.flags.far for sheet in seen.values())
    return _content((with_openpyxl.value_grids if far else with_calamine.grids)(package.content), package, seen)


def read_carefully(content: bytes) -> Content:
    """Read with openpyxl, values and formulas.

    Raises:
        FileRejected: the workbook is damaged, or openpyxl sees no sheets in it.
    """
    package = in_usual_xml(Package(content))
    seen = _seen(package)
    return _content(with_openpyxl.grids(package.content, package), package, seen)


def read_binary(content: bytes) -> Content:
    """Read an .xlsb workbook; how its cells look is not read, and its content says so.

    Raises:
        FileRejected: the workbook is damaged, or locked with a password.
    """
    read = _content(with_calamine.grids(content), Package(content), {})
    return replace(read, extras=(LOOKS_OF_BINARY, *read.extras))


class _Seen(NamedTuple):
    """What was seen in a sheet's part."""

    flags: xlsx_checks.SheetFlags = xlsx_checks.SheetFlags()
    looks: xlsx_looks.SheetLooks = xlsx_looks.SheetLooks()


@lru_cache(maxsize=64)  # most sheets have no merged cells
def _flags(merged: tuple[Range, ...]) -> xlsx_checks.SheetFlags:
    return xlsx_checks.SheetFlags(merged=merged)


def _seen(package: Package) -> dict[str, _Seen]:
    """What the parts of all sheets say beside their values."""
    rich = xlsx_looks.rich_strings(package)
    seen = {}
    for name in package.sheets():
        part = package.read(name)
        seen[name] = _Seen(xlsx_checks.inspect(part), xlsx_looks.sheet_looks(part, rich))
    return seen


def _content(
    grids: Sequence[Grid], package: Package, seen: Mapping[str, _Seen], *, exhaustive: bool = False
) -> Content:
    """What was read, with what the package says beside it.

    Raises:
        FileRejected: two sheets have one name, and the readers take one of them twice.
    """
    if len({grid.name.casefold() for grid in grids}) < len(grids):
        raise FileRejected("file-damaged", "two of its sheets have the same name")
    listed = _listed(grids, package) if seen else [("", "")] * len(grids)
    additions, elsewhere = xlsx_additions.additions_in(package)
    hidden, styles = xlsx_looks.hidden_sheets(package.read(xlsx_looks.WORKBOOK)), xlsx_looks.styles_in(package)
    complete = []
    for grid, (name, part) in zip(grids, listed, strict=True):
        flags, looks = seen.get(part, _Seen())
        complete.append(
            Grid(
                grid.name,
                grid.cells,
                flags.merged,
                looks.styles,
                styles.looks,
                xlsx_looks.runs_of(looks, styles),
                looks.hidden_rows,
                looks.hidden_columns,
                additions.get(part, ()),
                not hidden.isdisjoint((grid.name, name)),
            )
        )
    far = [FAR_CELL] if any(sheet.flags.far_filled for sheet in seen.values()) else []
    reference = reference_in(package.read("docprops/custom.xml"))
    extras = tuple(dict.fromkeys((*elsewhere, *far)))
    return Content(tuple(complete), _modified(package), extras, reference, exhaustive)


def _listed(grids: Sequence[Grid], package: Package) -> list[tuple[str, str]]:
    """The name and part of each grid's sheet as the workbook lists it; a library may spell a name in another way.

    Raises:
        FileRejected: nobody can tell which part is which sheet, and so what is hidden or crossed out on it.
    """
    listed, names = package.listed_sheets(), {grid.name for grid in grids}
    parts = dict(listed)
    others = [each for each in listed if each[0] not in names]
    missing = [grid.name for grid in grids if grid.name not in parts]
    if missing and len(missing) != len(others):
        raise FileRejected("file-damaged", "it is not certain which of its parts is which sheet")
    known = {**{name: (name, part) for name, part in listed}, **dict(zip(missing, others, strict=False))}
    return [known[grid.name] for grid in grids]


def _modified(package: Package) -> datetime | None:
    """When the workbook says it was last saved, in UTC."""
    found = _MODIFIED.search(utf8(package.read("docprops/core.xml")))
    try:
        moment = datetime.fromisoformat(found[1].decode()) if found else None
    except ValueError:
        return None
    return moment and (moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC))
