"""Bytes become grids: what stands in which cell of which sheet, with absolute coordinates.

Two engines, because each is silent about something. python-calamine is fast, but shows a formula
without a stored value, and an error, as an empty cell. openpyxl tells them apart, twenty times slower. So
`read` uses the first and says whether it can be sure; `read_carefully` uses the second.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from impact_xl.returns import ods, xls
from impact_xl.returns.gate import Refusal

# A cell that stands so far away would make an engine's dense grid cost gigabytes: such sheets are read within a box.
_FAR = re.compile(rb' r="(?:[A-Z]{3}|[A-Z]+\d{5})')
MOST_ROWS, MOST_COLS = 5_000, 200
_ERROR = re.compile(rb"""<(?:\w+:)?c\b[^>]*\bt=["']e["']""")
_UNCACHED = re.compile(
    rb"<(?:\w+:)?f\b[^>]*(?:/>|>[^<]*</(?:\w+:)?f>)\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>|</(?:\w+:)?c>)"
)
_MODIFIED = re.compile(rb"<(?:\w+:)?modified\b[^>]*>\s*([^<\s]+)\s*<")
_SPREADSHEET = b"application/vnd.oasis.opendocument.spreadsheet"
_STRICT = b"http://purl.oclc.org/ooxml/"
_NAMESPACES = {
    _STRICT + b"spreadsheetml/main": b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    _STRICT + b"officeDocument/": b"http://schemas.openxmlformats.org/officeDocument/2006/",
    _STRICT + b"drawingml/": b"http://schemas.openxmlformats.org/drawingml/2006/",
}
_EXTRAS = (("xl/media/", "a picture"), ("xl/comments", "a comment"), ("xl/threadedcomments/", "a comment"))


@dataclass(frozen=True, slots=True)
class Trouble:
    """A cell that holds no plain value: an error such as `#REF!`, or a formula whose result was not stored."""

    text: str

    @property
    def is_formula(self) -> bool:
        """Whether it is a formula without its result."""
        return self.text.startswith("=")


Value = str | int | float | bool | datetime | Trouble | Any  # dates and times come as the engine has them
Cells = Mapping[tuple[int, int], Value]


@dataclass(frozen=True)
class Grid:
    """One sheet: its cells that hold anything, by 0-based row and column."""

    name: str
    cells: Cells


@dataclass(frozen=True)
class Content:
    """What an engine read from a workbook. `sure` is False where empty cells may not be empty."""

    grids: tuple[Grid, ...]
    sure: bool = True
    modified: datetime | None = None
    extras: tuple[str, ...] = field(default=())


def read(content: bytes) -> Content:
    """Read with python-calamine.

    Raises:
        Refusal: the workbook is damaged.
    """
    package = zipfile.ZipFile(io.BytesIO(content))
    sure, far = True, False
    for entry in package.infolist():
        if re.fullmatch(r"/?xl[/\\]worksheets[/\\][^/\\]+\.xml", entry.filename, re.IGNORECASE):
            part = _unpacked(package, entry)
            far = far or bool(_FAR.search(part))
            sure = sure and not _hides_something(part)
    grids = _box(content, formulas=False) if far else _calamine(content)
    return Content(grids, sure, _modified(package), _extras(package))


def read_carefully(content: bytes) -> Content:
    """Read with openpyxl, values and formulas, within a box of rows and columns that no form leaves.

    Raises:
        Refusal: the workbook is damaged, or openpyxl sees no sheets in it.
    """
    package = zipfile.ZipFile(io.BytesIO(content))
    content = _transitional(content, package)
    values = _box(content, formulas=False)
    formulas = _box(content, formulas=True)
    grids = []
    for valued, formal in zip(values, formulas, strict=True):
        cells = dict(valued.cells)
        for place, formula in formal.cells.items():
            if place not in cells and isinstance(formula, str) and formula.startswith("="):
                cells[place] = Trouble(formula)
        grids.append(Grid(valued.name, cells))
    if not grids:
        raise Refusal("file-unreadable", "no sheet in it could be read")
    return Content(tuple(grids), True, _modified(package), _extras(package))


def read_other(content: bytes, kind: str) -> Content:
    """Read an .xls, .ods or .xlsb workbook.

    Raises:
        Refusal: the workbook is damaged, or locked with a password.
    """
    if kind == "ods":
        return _read_ods(content)
    grids = _calamine(content)
    if kind != "xls":
        package = zipfile.ZipFile(io.BytesIO(content))
        return Content(grids, modified=_modified(package), extras=_extras(package))
    errors, modified = xls.errors_in(content)
    return Content(tuple(_with(grid, errors.get(grid.name, {})) for grid in grids), modified=modified)


def _with(grid: Grid, troubles: Mapping[tuple[int, int], str]) -> Grid:
    """The grid with its cells in trouble, which the engine shows as empty."""
    return Grid(grid.name, {**grid.cells, **{place: Trouble(text) for place, text in troubles.items()}})


def _read_ods(content: bytes) -> Content:
    package = zipfile.ZipFile(io.BytesIO(content))
    parts = {entry.filename.replace("\\", "/").lstrip("/").casefold(): entry for entry in package.infolist()}
    if b"encryption-data" in _unpacked(package, parts["meta-inf/manifest.xml"]):
        raise Refusal("file-password")
    if not _unpacked(package, parts["mimetype"]).strip().startswith(_SPREADSHEET) if "mimetype" in parts else False:
        raise Refusal("file-not-workbook", "an OpenDocument file that is no spreadsheet")
    sheets, commented = ods.sheets(_unpacked(package, parts["content.xml"]), MOST_ROWS, MOST_COLS)
    extras = ("a picture",) * any(name.startswith("pictures/") for name in parts) + ("a comment",) * commented
    modified = ods.modified(_unpacked(package, parts["meta.xml"])) if "meta.xml" in parts else None
    return Content(tuple(_with(Grid(name, values), wrong) for name, values, wrong in sheets), True, modified, extras)


def _hides_something(part: bytes) -> bool:
    """Whether a sheet holds an error, or a formula without its value: calamine shows both as empty cells.

    Counting tells for nearly all sheets; only where it does not are the elements looked at one by one.
    """
    if (b't="e"' in part or b"t='e'" in part) and _ERROR.search(part):
        return True
    closed = part.count(b"</f>")
    opened = part.count(b"<f>") + part.count(b"<f ")
    valued = part.count(b"</f><v>") - part.count(b"</f><v></v>")
    if opened == closed == valued and b":f>" not in part and b":f " not in part:
        return False
    return bool(_UNCACHED.search(part))


def _transitional(content: bytes, package: zipfile.ZipFile) -> bytes:
    """The workbook in the usual namespaces where it is ISO Strict, in which openpyxl sees no sheets."""
    if not any(_STRICT in _unpacked(package, entry) for entry in package.infolist() if _is_workbook_part(entry)):
        return content
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as usual:
        for entry in package.infolist():
            part = _unpacked(package, entry)
            for strict, other in _NAMESPACES.items():
                part = part.replace(strict, other)
            usual.writestr(entry.filename, part)
    return held.getvalue()


def _is_workbook_part(entry: zipfile.ZipInfo) -> bool:
    return entry.filename.replace("\\", "/").lstrip("/").casefold() == "xl/workbook.xml"


def _calamine(content: bytes) -> tuple[Grid, ...]:
    from python_calamine import CalamineWorkbook, SheetTypeEnum

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        return tuple(_grid(book, sheet.name) for sheet in book.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # its panics derive from BaseException
        if type(error).__name__ == "PasswordError":
            raise Refusal("file-password") from error
        raise Refusal("file-damaged", _said(error)) from error


def _grid(book: Any, name: str) -> Grid:
    sheet = book.get_sheet_by_name(name)
    # The grid begins at the first cell that is used, so everything is moved by where that is.
    top, left = sheet.start or (0, 0)
    rows = sheet.to_python(skip_empty_area=True)
    return Grid(
        name,
        {
            (top + row, left + col): value
            for row, values in enumerate(rows)
            for col, value in enumerate(values)
            if value != ""
        },
    )


def _box(content: bytes, *, formulas: bool) -> tuple[Grid, ...]:
    import openpyxl  # lazy: a quarter of a second that only odd files cost

    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=not formulas, keep_links=False)
        return tuple(Grid(sheet.title, dict(_cells(sheet))) for sheet in book.worksheets)
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except Exception as error:  # openpyxl raises eight unrelated types for damaged files
        raise Refusal("file-damaged", _said(error)) from error


def _cells(sheet: Any) -> Iterator[tuple[tuple[int, int], Value]]:
    sheet.reset_dimensions()  # a wrong <dimension> would hide rows without a word
    for cells in sheet.iter_rows(max_row=MOST_ROWS, max_col=MOST_COLS):
        for cell in cells:
            if cell.value is not None and cell.value != "":
                value = Trouble(str(cell.value)) if cell.data_type == "e" else cell.value
                yield (cell.row - 1, cell.column - 1), value


def _unpacked(package: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    try:
        with package.open(entry) as part:
            return part.read(entry.file_size + 1)  # no more than it says it has, whatever is in it
    except MemoryError:
        raise
    except Exception as error:  # zlib, zipfile and struct raise unrelated types for what is broken
        raise Refusal("file-damaged", f"its part {entry.filename[:60]} cannot be unpacked") from error


def _modified(package: zipfile.ZipFile) -> datetime | None:
    """When the workbook says it was last saved, in UTC."""
    for entry in package.infolist():
        if entry.filename.replace("\\", "/").casefold() == "docprops/core.xml":
            found = _MODIFIED.search(_unpacked(package, entry))
            try:
                moment = datetime.fromisoformat(found[1].decode()) if found else None
            except ValueError:
                return None
            return moment and (moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC))
    return None


def _extras(package: zipfile.ZipFile) -> tuple[str, ...]:
    names = [entry.filename.replace("\\", "/").casefold() for entry in package.infolist()]
    return tuple(dict.fromkeys(what for start, what in _EXTRAS if any(name.startswith(start) for name in names)))


def _said(error: BaseException) -> str:
    """What an engine says of a damaged file, short enough for one line."""
    first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return f"the reader says “{first[:90]}”"
