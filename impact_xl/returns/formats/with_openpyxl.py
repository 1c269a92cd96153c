"""Grids by openpyxl: it tells errors and formulas without a value from empty cells, and takes twenty times as long."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from functools import partial
from typing import Any

from impact_xl.returns.file_type import FileRejected
from impact_xl.returns.formats.grid import MOST_COLS, MOST_ROWS, CellError, Grid, Place, Value
from impact_xl.returns.formats.package_reader import Package, reason_of, unescape_text

_STRICT = b"http://purl.oclc.org/ooxml/"
_NAMESPACES = {
    _STRICT + b"spreadsheetml/main": b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    _STRICT + b"officeDocument/": b"http://schemas.openxmlformats.org/officeDocument/2006/",
    _STRICT + b"drawingml/": b"http://schemas.openxmlformats.org/drawingml/2006/",
}


def grids(content: bytes, package: Package) -> tuple[Grid, ...]:
    """Every sheet of an .xlsx workbook; a formula without its value is a `CellError`.

    Raises:
        FileRejected: the workbook is damaged, or openpyxl sees no sheets in it.
    """
    content = _transitional(content, package)
    sheets = []
    for values, formulas in zip(value_grids(content), _grids(content, formulas=True), strict=True):
        cells = dict(values.cells)
        for place, formula in formulas.cells.items():
            text = formula if isinstance(formula, str) else _of_array(formula)
            if place not in cells and text.startswith("="):
                cells[place] = CellError(text)
        sheets.append(Grid(values.name, cells))
    if not sheets:
        raise FileRejected("file-unreadable", "no sheet in it could be read")
    return tuple(sheets)


def value_grids(content: bytes) -> tuple[Grid, ...]:
    """Every sheet; a formula without its value is an empty cell.

    Raises:
        FileRejected: the workbook is damaged.
    """
    return _grids(content, formulas=False)


def _of_array(formula: object) -> str:
    """The text of a formula that fills several cells, which openpyxl gives as an object; empty for a plain value."""
    kind = getattr(formula, "t", None)  # “array”, “dataTable”
    return f"={(getattr(formula, 'text', None) or kind).lstrip('=')}" if kind else ""


def _grids(content: bytes, *, formulas: bool) -> tuple[Grid, ...]:
    from openpyxl.reader.excel import ExcelReader  # lazy: a quarter of a second that only odd files cost

    try:
        reader = ExcelReader(io.BytesIO(content), read_only=True, data_only=not formulas, keep_links=False)
        reader.read_strings = partial(_read_strings, reader)
        reader.read()
        return tuple(Grid(sheet.title, dict(_cells(sheet))) for sheet in reader.wb.worksheets)
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except Exception as error:  # openpyxl raises eight unrelated types for damaged files
        raise FileRejected("file-damaged", reason_of(error)) from error


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


def _cells(sheet: Any) -> Iterator[tuple[Place, Value]]:
    sheet.reset_dimensions()  # a wrong <dimension> would hide rows without a word
    for cells in sheet.iter_rows(max_row=MOST_ROWS, max_col=MOST_COLS):
        for cell in cells:
            if cell.value is not None and cell.value != "":
                value = CellError(str(cell.value)) if cell.data_type == "e" else cell.value
                yield (cell.row - 1, cell.column - 1), unescape_text(value) if isinstance(value, str) else value


def _transitional(content: bytes, package: Package) -> bytes:
    """The workbook in the usual namespaces where it is ISO Strict, in which openpyxl sees no sheets."""
    if _STRICT not in package.read("xl/workbook.xml"):
        return content
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as written:
        for name, entry in package.entries.items():
            part = package.read(name)
            for strict, other in _NAMESPACES.items():
                part = part.replace(strict, other)
            written.writestr(entry.filename, part)
    return out.getvalue()
