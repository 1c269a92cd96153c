"""Bytes become grids: what stands in which cell of which sheet, with absolute coordinates.

Two engines, because each is silent about something. python-calamine is fast, but shows a formula
without a stored value, and an error, as an empty cell. openpyxl tells them apart, twenty times slower. So
`read` uses the first where neither is in the workbook; `read_carefully` uses the second.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from html import unescape
from typing import Any

from impact_xl.form.layout import REFERENCE_MARK
from impact_xl.returns.file_type import FileRejected
from impact_xl.returns.formats import ods, xls, xlsx_checks, xlsx_fast
from impact_xl.returns.formats.package_reader import Package, unescape_text, utf8

MOST_ROWS, MOST_COLS = 5_000, 200
_MODIFIED = re.compile(rb"<(?:\w+:)?modified\b[^>]*>\s*([^<\s]+)\s*<")
_REFERENCE = re.compile(REFERENCE_MARK.encode() + rb"\|[^<]*")
_SPREADSHEET = b"application/vnd.oasis.opendocument.spreadsheet"
_STRICT = b"http://purl.oclc.org/ooxml/"
_NAMESPACES = {
    _STRICT + b"spreadsheetml/main": b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    _STRICT + b"officeDocument/": b"http://schemas.openxmlformats.org/officeDocument/2006/",
    _STRICT + b"drawingml/": b"http://schemas.openxmlformats.org/drawingml/2006/",
}
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
_FAR = "something in a cell far outside the form"


@dataclass(frozen=True, slots=True)
class CellError:
    """A cell that holds no plain value: an error such as `#REF!`, or a formula whose result was not stored."""

    text: str

    @property
    def is_formula(self) -> bool:
        """Whether it is a formula without its result."""
        return self.text.startswith("=")


Value = str | int | float | bool | datetime | CellError | Any  # dates and times come as the engine has them
Cells = Mapping[tuple[int, int], Value]


@dataclass(frozen=True)
class Grid:
    """One sheet: its cells that hold anything, by 0-based row and column."""

    name: str
    cells: Cells
    merged: tuple[xlsx_checks.Range, ...] = ()


@dataclass(frozen=True)
class Content:
    """What an engine read from a workbook; `whole` where all there is was read, so that another could find no more."""

    grids: tuple[Grid, ...]
    modified: datetime | None = None
    extras: tuple[str, ...] = field(default=())
    reference: str = ""  # what the document's own properties say that it is
    whole: bool = False


def read(content: bytes, *, fast: bool = True) -> Content:
    """Read a workbook that holds texts and tickboxes alone in one pass, and any other with python-calamine.

    Carefully where that would show something as empty that is not.

    Args:
        content: the workbook.
        fast: whether to try the one pass first; what is read is the same without it, and takes longer.

    Raises:
        FileRejected: the workbook is damaged.
    """
    package = Package(content)
    if fast and (sheets := xlsx_fast.sheets(package)) is not None:
        return replace(_content([Grid(name, cells) for name, cells in sheets], package, {}), whole=True)
    looks = {name: xlsx_checks.inspect(package.read(name)) for name in package.sheets()}
    if any(look.hides for look in looks.values()):
        return _carefully(content, package, looks)
    far = any(look.far for look in looks.values())
    grids = _box(content, formulas=False) if far else _calamine(content)
    return _content(grids, package, looks)


def _content(grids: Sequence[Grid], package: Package, looks: Mapping[str, xlsx_checks.SheetFlags]) -> Content:
    """What was read, with what the package says beside it."""
    said = _REFERENCE.search(package.read("docprops/custom.xml"))
    return Content(
        _merged(grids, package, looks),
        _modified(package),
        _extras(package, looks),
        unescape(said[0].decode("utf-8", "replace")) if said else "",
    )


def _merged(grids: Sequence[Grid], package: Package, looks: Mapping[str, xlsx_checks.SheetFlags]) -> tuple[Grid, ...]:
    """The grids with what is merged in them.

    Raises:
        Refusal: two sheets have one name, and the engines read one of them twice.
    """
    if len({grid.name.casefold() for grid in grids}) < len(grids):
        raise FileRejected("file-damaged", "two of its sheets have the same name")
    if not any(look.merged for look in looks.values()):
        return tuple(grids)
    names = package.sheet_names()
    by_name = {names.get(part, ""): look.merged for part, look in looks.items()}
    return tuple(replace(grid, merged=by_name.get(grid.name, by_name.get("", ()))) for grid in grids)


def read_carefully(content: bytes) -> Content:
    """Read with openpyxl, values and formulas, within a box of rows and columns that no form leaves.

    Raises:
        Refusal: the workbook is damaged, or openpyxl sees no sheets in it.
    """
    package = Package(content)
    return _carefully(content, package, {name: xlsx_checks.inspect(package.read(name)) for name in package.sheets()})


def _carefully(content: bytes, package: Package, looks: Mapping[str, xlsx_checks.SheetFlags]) -> Content:
    content = _transitional(content, package)
    values = _box(content, formulas=False)
    formulas = _box(content, formulas=True)
    grids = []
    for valued, formal in zip(values, formulas, strict=True):
        cells = dict(valued.cells)
        for place, formula in formal.cells.items():
            text = formula if isinstance(formula, str) else _of_array(formula)
            if place not in cells and text.startswith("="):
                cells[place] = CellError(text)
        grids.append(Grid(valued.name, cells))
    if not grids:
        raise FileRejected("file-unreadable", "no sheet in it could be read")
    return _content(grids, package, looks)


def _of_array(formula: object) -> str:
    """The text of a formula that fills several cells, which openpyxl gives as an object; empty for a plain value."""
    kind = getattr(formula, "t", None)  # “array”, “dataTable”
    return f"={(getattr(formula, 'text', None) or kind).lstrip('=')}" if kind else ""


def read_other(content: bytes, kind: str) -> Content:
    """Read an .xls, .ods or .xlsb workbook.

    Raises:
        Refusal: the workbook is damaged, or locked with a password.
    """
    if kind == "ods":
        return _read_ods(content)
    if kind != "xls":
        return _content(_calamine(content), Package(content), {})
    book = xls.inspect(content, MOST_ROWS, MOST_COLS)
    beside = [(grid, book.sheets.get(grid.name, xls.Sheet())) for grid in _calamine(book.near)]
    grids = (replace(_with(grid, held.errors), merged=tuple(held.merged)) for grid, held in beside)
    return Content(tuple(grids), modified=book.saved, extras=(_FAR,) * book.far)


def _with(grid: Grid, troubles: Mapping[tuple[int, int], str]) -> Grid:
    """The grid with its cells in trouble, which the engine shows as empty."""
    return replace(grid, cells={**grid.cells, **{place: CellError(text) for place, text in troubles.items()}})


def _read_ods(content: bytes) -> Content:
    package = Package(content)
    if b"encryption-data" in package.read("meta-inf/manifest.xml"):
        raise FileRejected("file-password")
    if "mimetype" in package and not package.read("mimetype").strip().startswith(_SPREADSHEET):
        raise FileRejected("file-not-workbook", "an OpenDocument file that is no spreadsheet")
    book = ods.book(package.read("content.xml"), MOST_ROWS, MOST_COLS)
    meta = package.read("meta.xml")
    said = _REFERENCE.search(meta)
    grids = (_with(Grid(each.name, each.values, tuple(each.merged)), each.troubles) for each in book.sheets)
    extras = dict.fromkeys((*book.extras, *([_FAR] * book.far)))
    reference = unescape(said[0].decode("utf-8", "replace")) if said else ""
    return Content(tuple(grids), ods.modified(meta), tuple(extras), reference)


def _transitional(content: bytes, package: Package) -> bytes:
    """The workbook in the usual namespaces where it is ISO Strict, in which openpyxl sees no sheets."""
    if _STRICT not in package.read("xl/workbook.xml"):
        return content
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as written:
        for name, entry in package.entries.items():
            part = package.read(name)
            for strict, other in _NAMESPACES.items():
                part = part.replace(strict, other)
            written.writestr(entry.filename, part)
    return held.getvalue()


def _calamine(content: bytes) -> tuple[Grid, ...]:
    from python_calamine import CalamineWorkbook, SheetTypeEnum

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        return tuple(_grid(book, sheet.name) for sheet in book.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # its panics derive from BaseException
        if type(error).__name__ == "PasswordError":
            raise FileRejected("file-password") from error
        raise FileRejected("file-damaged", _reason_of(error)) from error


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
    from openpyxl.reader.excel import ExcelReader  # lazy: a quarter of a second that only odd files cost

    try:
        reader = ExcelReader(io.BytesIO(content), read_only=True, data_only=not formulas, keep_links=False)
        reader.read_strings = partial(_read_strings, reader)
        reader.read()
        return tuple(Grid(sheet.title, dict(_cells(sheet))) for sheet in reader.wb.worksheets)
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except Exception as error:  # openpyxl raises eight unrelated types for damaged files
        raise FileRejected("file-damaged", _reason_of(error)) from error


def _read_strings(reader: Any) -> None:
    """Give openpyxl's reader the shared strings as they stand in the file.

    It would take every `x005F_` out of them. Then what somebody typed as `_x0042_`, which is stored as `_x005F_x0042_`,
    would look like the stored form of a B.
    """
    from openpyxl.cell.text import Text
    from openpyxl.xml.constants import SHARED_STRINGS, SHEET_MAIN_NS
    from openpyxl.xml.functions import iterparse

    part = reader.package.find(SHARED_STRINGS)
    if part is None:
        return
    with reader.archive.open(part.PartName.lstrip("/")) as source:
        for _, element in iterparse(source):
            if element.tag == f"{{{SHEET_MAIN_NS}}}si":
                reader.shared_strings.append(Text.from_tree(element).content)
                element.clear()


def _cells(sheet: Any) -> Iterator[tuple[tuple[int, int], Value]]:
    sheet.reset_dimensions()  # a wrong <dimension> would hide rows without a word
    for cells in sheet.iter_rows(max_row=MOST_ROWS, max_col=MOST_COLS):
        for cell in cells:
            if cell.value is not None and cell.value != "":
                value = CellError(str(cell.value)) if cell.data_type == "e" else cell.value
                yield (cell.row - 1, cell.column - 1), unescape_text(value) if isinstance(value, str) else value


def _modified(package: Package) -> datetime | None:
    """When the workbook says it was last saved, in UTC."""
    found = _MODIFIED.search(utf8(package.read("docprops/core.xml")))
    try:
        moment = datetime.fromisoformat(found[1].decode()) if found else None
    except ValueError:
        return None
    return moment and (moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC))


def _extras(package: Package, looks: Mapping[str, xlsx_checks.SheetFlags]) -> tuple[str, ...]:
    """What a workbook holds that no form does, in words."""
    held = (_EXTRAS[said.lastindex - 1][1] for said in map(_EXTRA.match, package.entries) if said and said.lastindex)
    return tuple(dict.fromkeys((*held, *(_FAR for look in looks.values() if look.far_filled))))


def _reason_of(error: BaseException) -> str:
    """What an engine says of a damaged file, short enough for one line."""
    first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return f"the reader says “{first[:90]}”"
