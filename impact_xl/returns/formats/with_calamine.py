"""Grids by python-calamine: fast, but a formula without a stored value, and an error, are shown as an empty cell."""

from __future__ import annotations

import io
from typing import Any

from impact_xl.returns.file_type import FileRejected
from impact_xl.returns.formats.grid import Grid
from impact_xl.returns.formats.package_reader import reason_of


def grids(content: bytes) -> tuple[Grid, ...]:
    """Every sheet of an .xlsx, .xlsb or .xls workbook.

    Raises:
        FileRejected: the workbook is damaged, or locked with a password.
    """
    from python_calamine import CalamineWorkbook, SheetTypeEnum

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        return tuple(_grid(book, sheet.name) for sheet in book.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # its panics derive from BaseException
        if type(error).__name__ == "PasswordError":
            raise FileRejected("file-password") from error
        raise FileRejected("file-damaged", reason_of(error)) from error


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
