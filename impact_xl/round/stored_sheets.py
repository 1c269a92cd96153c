"""The sheets of a workbook read back: their rows as stored, and the tables in them, found by their headers."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from impact_xl.findings import ImpactError
from impact_xl.returns.formats.xml_texts import OtherwiseError
from impact_xl.round.long_sheets import LongSheets
from impact_xl.wording import reason_of
from impact_xl.xlsx.a1 import a1
from impact_xl.xlsx.cell_values import cell_value
from impact_xl.xlsx.package_inspect import Parts

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

Row = Mapping[str, Any]  # the cells of a stored row, by header


class TableRow(dict[str, Any]):
    """The cells of a stored row by header, which knows where it stands."""

    __slots__ = ("_columns", "_number", "_sheet")

    def __init__(self, cells: Sequence[Any], columns: Mapping[str, int], sheet: str, number: int) -> None:
        super().__init__((head, cell_value(cells[col]) if col < len(cells) else "") for head, col in columns.items())
        self._columns, self._sheet, self._number = columns, sheet, number

    def place(self, header: str) -> tuple[str, str]:
        """The sheet and the cell below a header; no cell where the header stands in another workbook alone."""
        col = self._columns.get(header)
        return self._sheet, "" if col is None else a1(self._number, col)

    def at(self, header: str) -> tuple[str, int, int]:
        """The sheet, row and column of the cell below a header.

        Raises:
            KeyError: the row has no such header.
        """
        return self._sheet, self._number, self._columns[header]

    def changed(self, values: Row, *, workbook: str = "") -> TableRow:
        """The row at its place with other values; as one of a workbook that is named where one is given."""
        sheet = f"[{workbook}]{self._sheet}" if workbook else self._sheet
        row = TableRow((), {}, sheet, self._number)
        row._columns = self._columns
        row.update(self)
        row.update(values)
        return row


def place_in(row: Row, header: str) -> tuple[str, str]:
    """The sheet and cell of a stored row's cell; empty where the row was not read from a workbook."""
    return row.place(header) if isinstance(row, TableRow) and header in row else ("", "")


class Table(NamedTuple):
    """A table of a sheet; rows and columns are 0-based."""

    sheet: str
    cells: Sequence[Sequence[Any]]  # of the sheet's rows
    top: int  # the row of its headers
    columns: Mapping[str, int]  # by their headers

    def below(self) -> Iterator[tuple[int, Sequence[Any]]]:
        """The numbers of the rows below its headers, with their cells."""
        return enumerate(islice(self.cells, self.top + 1, None), self.top + 1)

    def rows(self) -> Iterator[TableRow]:
        """The rows below its headers."""
        return (TableRow(cells, self.columns, self.sheet, number) for number, cells in self.below())


def headers_in(row: Sequence[Any], needed: Sequence[str]) -> dict[str, int] | None:
    """The columns of a table by their headers, where this row holds all that tell the table."""
    if not any(isinstance(cell, str) and needed[0] in cell for cell in row):
        return None  # nearly all of them, and quickly told
    heads = [text_of(cell) for cell in row]
    return {head: col for col, head in reversed(list(enumerate(heads))) if head} if set(needed) <= set(heads) else None


class Sheets(dict[str, Sequence[Sequence[Any]]]):
    """The rows of each sheet by its name, as stored."""

    def __init__(self, rows: Mapping[str, Sequence[Sequence[Any]]]) -> None:
        super().__init__(rows)
        self._short: dict[str, set[str]] = {}

    def table(self, name: str, needed: Sequence[str]) -> Table | None:
        """The table below the row that holds these headers, on a sheet of this name or else on any other."""
        for sheet in (*([name] if name in self else ()), *self):
            if needed[0] in self._short_texts(sheet):
                for top, row in enumerate(self[sheet]):
                    if columns := headers_in(row, needed):
                        return Table(sheet, self[sheet], top, columns)
        return None

    def _short_texts(self, sheet: str) -> set[str]:
        """All texts of a sheet that may be headers; to look for each header row by row takes far longer."""
        if sheet not in self._short:
            texts = {cell for cell in set().union(*self[sheet]) if isinstance(cell, str) and len(cell) < _LONG_HEAD}
            self._short[sheet] = set(map(text_of, texts))
        return self._short[sheet]


_LONG_HEAD = 80  # characters; no header of ours has so many, and texts of teams often have


# -- reading -----------------------------------------------------------------------------------------


_COMPOUND = bytes.fromhex("D0CF11E0A1B11AE1")  # how a workbook begins that is encrypted, or of Excel 97
REPLACED = "workbook that is there already"
NOT_READ_BACK = (
    "It was left as it is, as what people typed into it would be lost. Choose another place with --output, "
    "or give --overwrite to replace it anyway."
)


def sheets_of(source: Path, what: str = REPLACED, hint: str = NOT_READ_BACK) -> Sheets:
    """Every sheet of a workbook as rows of stored values.

    Args:
        source: the workbook.
        what: how messages call it.
        hint: what to do where it is none that can be read.

    Raises:
        ImpactError: it cannot be read.
    """
    with opened(source, what, hint) as book:
        return Sheets({name: list(book.rows(name)) for name in book.names()})


@contextmanager
def opened(source: Path, what: str, hint: str) -> Iterator[Book]:
    """A workbook to be read, closed at the end.

    Args:
        source, what, hint: as `sheets_of` has them.

    Raises:
        ImpactError: it cannot be read.
    """
    from python_calamine import CalamineError, CalamineWorkbook  # lazy: only where there is a workbook to be read

    content = b""
    try:
        content = source.read_bytes()
        with CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
            yield Book(book, LongSheets(Parts(io.BytesIO(content))))
    except OSError as error:
        raise ImpactError(
            f"The {what} cannot be read: {source} ({reason_of(error)})",
            "Close it in Excel and run the command again, or choose another place with --output.",
        ) from error
    except (CalamineError, ValueError, KeyError) as error:
        if content.startswith(_COMPOUND):
            raise locked(source, what) from error
        raise ImpactError(
            f"The {what} cannot be read back: {source} (it is damaged, or no workbook)",
            hint,
        ) from error


def locked(source: Path, what: str) -> ImpactError:
    """What to say of a workbook that is encrypted, by a password or a sensitivity label."""
    return ImpactError(
        f"The {what} cannot be read: {source} (it is locked by a password, or by a sensitivity label that encrypts)",
        "Open it in Excel, take the password off or choose a label that does not encrypt, save it, and run the "
        "command again. It was left as it is.",
    )


class Book(NamedTuple):
    """A workbook that is read: by a library, and its long sheets row by row."""

    library: CalamineWorkbook
    long: LongSheets

    def names(self) -> list[str]:
        """The names of its worksheets."""
        return [each.name for each in self.library.sheets_metadata if "WorkSheet" in str(each.typ)]

    def rows(self, name: str) -> Iterator[list[Any]]:
        """The rows of a sheet, one text kept once however often it stands there: most of a long table is repetition."""
        given = 0
        try:
            for given, row in enumerate(self.long.rows(name), 1):  # noqa: B007  it is looked at below
                yield row
        except OtherwiseError:
            yield from islice(_rows_by_library(self.library, name), given, None)


def _rows_by_library(book: CalamineWorkbook, name: str) -> Iterator[list[Any]]:
    texts: dict[str, str] = {}
    once = texts.setdefault
    sheet = book.get_sheet_by_name(name)
    before = [""] * (sheet.start[1] if sheet.start else 0)  # the rows begin at the first column that holds anything
    for row in sheet.iter_rows():
        yield before + [once(cell, cell) if type(cell) is str else cell for cell in row]


# -- cells --------------------------------------------------------------------------------------------


def filled(row: Row) -> bool:
    """Whether any cell of a stored row holds anything."""
    return any(value != "" for value in row.values())


def row_text(row: Row, header: str) -> str:
    """The text of a stored cell, with single spaces; empty where there is none."""
    return text_of(row.get(header))


def text_of(cell: Any) -> str:
    """As `row_text`, of a cell as it is stored."""
    return _on_one_line(cell if isinstance(cell, str) else "" if cell is None else str(cell_value(cell)))


class Texts(dict[str, str]):
    """What `text_of` gives for each text, for the long way through a table in which most come many times."""

    def __missing__(self, text: str) -> str:
        self[text] = kept = _on_one_line(text)
        return kept


@lru_cache(maxsize=16_384)  # the same texts stand in most rows, and so they are kept once
def _on_one_line(text: str) -> str:
    return " ".join(text.split())


def value_text(value: Any) -> str:
    """A stored value as text, for people to read: a date as `1 May 2027`."""
    return f"{value.day} {value:%B %Y}" if isinstance(value, date) else str(value)
