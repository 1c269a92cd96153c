"""Grids by openpyxl: it tells errors and formulas without a value from empty cells, and takes twenty times as long."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from functools import partial
from operator import itemgetter
from typing import Any

from impact_xl.returns.file_type import FileRejected
from impact_xl.returns.formats.grid import MOST_COLS, MOST_ROWS, CellError, Grid, Place, Value
from impact_xl.returns.formats.package_reader import Package, reason_of, unescape_text

_STRICT = b"http://purl.oclc.org/ooxml/"
# The place of a row or cell within a form's box, as nearly all programs write it: up to 999, 4999 or 5000.
_NEAR = re.compile(rb' r="[^"0-9]*0*(?:[1-%d]?[0-9]{1,3}|%d) *"' % (MOST_ROWS // 1000 - 1, MOST_ROWS))
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
        return tuple(Grid(sheet.title, _in_order(_cells(sheet))) for sheet in reader.wb.worksheets)
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


def _in_order(cells: Iterable[tuple[Place, Value]]) -> dict[Place, Value]:
    """Cells row by row: findings list texts in this order."""
    return dict(sorted(cells, key=itemgetter(0)))


def _cells(sheet: Any) -> Iterator[tuple[Place, Value]]:
    """The cells of a sheet within a form's box, whatever the order of its rows.

    The library's own `iter_rows` passes over each row that stands behind a later one, or twice, and ends at the first
    that is far away.
    """
    from openpyxl.worksheet._reader import WorkSheetParser  # lazy: as above

    book = sheet.parent
    with sheet._get_source() as source:  # noqa: SLF001  the library offers no other way to the rows as they stand
        parser = WorkSheetParser(
            source,
            sheet._shared_strings,  # noqa: SLF001
            data_only=book.data_only,
            epoch=book.epoch,
            date_formats=book._date_formats,  # noqa: SLF001
            timedelta_formats=book._timedelta_formats,  # noqa: SLF001
        )
        is_certain = False
        for number, cells in parser.parse():
            if number > MOST_ROWS and not is_certain:
                if _has_only_far_rows(book._archive.read(sheet._worksheet_path), number):  # noqa: SLF001
                    return
                is_certain = True
            for cell in cells:
                place, value = (cell["row"] - 1, cell["column"] - 1), cell["value"]
                if value is None or value == "" or place[0] >= MOST_ROWS or place[1] >= MOST_COLS:
                    continue
                value = CellError(str(value)) if cell["data_type"] == "e" else value
                yield place, unescape_text(value) if isinstance(value, str) else value


def _has_only_far_rows(part: bytes, number: int) -> bool:
    """Whether it is certain that no cell of a form stands behind a row that is far below.

    Programs format whole sheets, a million rows of them, and it takes long to take each apart.
    """
    begin = part.find(b'<row r="%d"' % number)
    is_usual = all(part.count(name) == part.count(name + b'r="') for name in (b"<row ", b"<c "))
    return begin >= 0 and is_usual and b":row" not in part and not _NEAR.search(part, begin)


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
