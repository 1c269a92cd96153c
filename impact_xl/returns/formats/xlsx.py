"""Workbooks of today's kind (.xlsx, .xlsm, .xlsb) become grids.

There are three readers, because each lacks something. The fast one knows only texts and tickboxes, as nearly every
program writes them. python-calamine shows errors, and formulas without a value, as empty cells. openpyxl shows them,
and is slow. So each workbook goes to the first that cannot miss anything in it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from impact_xl.returns.file_type import FileRejected
from impact_xl.returns.formats import with_calamine, with_openpyxl, xlsx_checks, xlsx_fast
from impact_xl.returns.formats.grid import FAR_CELL, Content, Grid
from impact_xl.returns.formats.package_reader import Package, reference_in, utf8
from impact_xl.returns.formats.usual_xml import in_usual_xml

_MODIFIED = re.compile(rb"<(?:\w+:)?modified\b[^>]*>\s*([^<\s]+)\s*<")
# What a workbook holds beside its sheets where somebody added something; no form of ours has any of it.
_EXTRAS = (
    (r"xl/media/", "a picture"),
    (r"xl/(?:comments|threadedcomments/)", "a comment"),
    (r"xl/(?:ctrlprops|activex)/", "a button or tickbox drawn on a sheet"),
    (r"xl/ink/", "something drawn with a pen"),
    (r"xl/drawings/[^/]*\.xml", "a drawing"),
    (r"xl/charts/", "a chart"),
    (r"xl/embeddings/", "an embedded file"),
)
_EXTRA = re.compile("|".join(f"({pattern})" for pattern, _ in _EXTRAS))

Flags = Mapping[str, xlsx_checks.SheetFlags]  # of each sheet's part


def read(content: bytes, *, fast: bool = True) -> Content:
    """Read a workbook with the first reader that cannot miss anything in it.

    Args:
        content: the workbook.
        fast: whether to try the fast reader; what is read is the same without it, and takes longer.

    Raises:
        FileRejected: the workbook is damaged.
    """
    package = Package(content)
    if fast and (grids := xlsx_fast.grids(package)) is not None:
        return replace(_content(grids, package, {}), exhaustive=True)
    package = in_usual_xml(package)
    flags = _flags(package)
    if any(sheet.hides for sheet in flags.values()):
        return _content(with_openpyxl.grids(package.content, package), package, flags)
    far = any(sheet.far for sheet in flags.values())
    return _content((with_openpyxl.value_grids if far else with_calamine.grids)(package.content), package, flags)


def read_carefully(content: bytes) -> Content:
    """Read with openpyxl, values and formulas.

    Raises:
        FileRejected: the workbook is damaged, or openpyxl sees no sheets in it.
    """
    package = in_usual_xml(Package(content))
    flags = _flags(package)
    return _content(with_openpyxl.grids(package.content, package), package, flags)


def read_binary(content: bytes) -> Content:
    """Read an .xlsb workbook.

    Raises:
        FileRejected: the workbook is damaged, or locked with a password.
    """
    return _content(with_calamine.grids(content), Package(content), {})


def _flags(package: Package) -> Flags:
    return {name: xlsx_checks.inspect(package.read(name)) for name in package.sheets()}


def _content(grids: Sequence[Grid], package: Package, flags: Flags) -> Content:
    """What was read, with what the package says beside it."""
    return Content(
        _merged(grids, package, flags),
        _modified(package),
        _extras(package, flags),
        reference_in(package.read("docprops/custom.xml")),
    )


def _merged(grids: Sequence[Grid], package: Package, flags: Flags) -> tuple[Grid, ...]:
    """The grids with what is merged in them.

    Raises:
        FileRejected: two sheets have one name, and the readers take one of them twice.
    """
    if len({grid.name.casefold() for grid in grids}) < len(grids):
        raise FileRejected("file-damaged", "two of its sheets have the same name")
    if not any(sheet.merged for sheet in flags.values()):
        return tuple(grids)
    names = package.sheet_names()
    by_name = {names.get(part, ""): sheet.merged for part, sheet in flags.items()}
    return tuple(replace(grid, merged=by_name.get(grid.name, by_name.get("", ()))) for grid in grids)


def _modified(package: Package) -> datetime | None:
    """When the workbook says it was last saved, in UTC."""
    found = _MODIFIED.search(utf8(package.read("docprops/core.xml")))
    try:
        moment = datetime.fromisoformat(found[1].decode()) if found else None
    except ValueError:
        return None
    return moment and (moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC))


def _extras(package: Package, flags: Flags) -> tuple[str, ...]:
    """What a workbook holds that no form does, in words."""
    found = (_EXTRA.match(name) for name in package.entries)
    extras = (_EXTRAS[match.lastindex - 1][1] for match in found if match and match.lastindex)
    return tuple(dict.fromkeys((*extras, *(FAR_CELL for sheet in flags.values() if sheet.far_filled))))
