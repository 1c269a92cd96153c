"""Short tables that people keep: a CSV file or a sheet of a workbook, whose columns are found by their headers.

Team lists, decisions and round files come as Excel, hands and exports leave them. What cannot be told for certain in a
cell (an error, a date where a word is meant, a letter of another encoding) is a fault of its row, never a guess.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from impact_xl.files import struck
from impact_xl.findings import ImpactError, unreadable
from impact_xl.questionnaire import normalise
from impact_xl.wording import first_few, join_and
from impact_xl.xlsx.a1 import a1, column_name

Columns = Mapping[str, Sequence[str]]  # each of our columns, with the header names that people give it, likeliest first

_ABOVE = 20  # rows in which a header is looked for
_LONGEST_HEADER = 200  # characters; a table in Excel has headers of at most 255
_MOST_FAULTS = 40
_NO_DELIMITER = "\x1f"  # a list of one column is not parted at the commas in its names
SIGNS = (",", ";", "\t", "|")  # that part the cells of a CSV file
_DELIMITERS = (_NO_DELIMITER, *SIGNS)
_ZIP, _OLE = b"PK", b"\xd0\xcf\x11\xe0"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_SAVE = "Save it as an Excel workbook (.xlsx) or as “CSV UTF-8” and try again."
# What calamine shows as an empty cell, or not at all: an error, a formula without its result, a hidden row.
_DOUBT = re.compile(rb"""\bt=["']e["']|<(?:\w+:)?f[\s/>]|\bhidden=["'](?:1|true)["']""")


class Wrong(str):
    """What stands in a cell that holds no value: an error such as `#N/A`, or a formula without its result."""

    __slots__ = ()


@dataclass(frozen=True)
class Sheet:
    """A sheet of a workbook, or a CSV file parted in one of the ways it may be meant; rows as they stand."""

    name: str
    rows: Sequence[Sequence[Any]]
    hidden: Collection[int] = ()  # rows, counted from 0
    delimiter: str = ""  # of a CSV file
    fault: str = ""  # what is wrong with how it is written
    struck: Collection[tuple[int, int]] = ()  # cells that are crossed out, row and column counted from 0
    is_hidden: bool = False


@dataclass(frozen=True)
class Row:
    """One row under the header: its cells by our column, and its number as people count."""

    number: int
    cells: Mapping[str, Any]
    hidden: bool = False
    too_long: bool = False  # it has cells that stand under no header, as a comma in a name makes them
    own: Mapping[str, Any] = field(default_factory=dict)  # cells of columns that are not ours, by header
    dates: Collection[str] = ()  # columns in which a date is meant
    struck: Collection[str] = ()  # of our columns those whose cell is crossed out
    own_struck: Collection[str] = ()  # and of the others, by header

    def text(self, column: str) -> str:
        """A cell as text on one line; empty where there is none."""
        return text_of(self.cells.get(column, ""))

    @property
    def filled(self) -> bool:
        """Whether it holds anything."""
        return self.too_long or any(self.text(column) for column in self.cells)

    @property
    def faults(self) -> Iterator[str]:
        """What in it cannot be told for certain."""
        if self.too_long:
            yield f"row {self.number} has more cells than the header: a text with a comma in it needs quotation marks"
        yield from (f"row {self.number}: {doubt}" for _, doubt in self.doubts)

    @property
    def doubts(self) -> Iterator[tuple[str, str]]:
        """Each column whose cell cannot be told for certain, and why."""
        for column, value in self.cells.items():
            if isinstance(value, Wrong):
                what = "a formula whose result was not saved" if value.startswith("=") else f"the error {value}"
                yield column, f"the column {column} holds {what}"
            elif isinstance(value, date | time | timedelta) and column not in self.dates:
                made = f"Excel has made a date or time of what was typed in the column {column} ({text_of(value)})"
                yield column, f"{made}; format the cells as text and type it again"
            elif "\ufffd" in self.text(column):
                yield column, f"a letter of “{self.text(column)}” in the column {column} cannot be read"


@dataclass(frozen=True)
class Table:
    """The rows under a header row that were found in a file."""

    sheet: str
    headers: Mapping[str, str]  # of each of our columns that it has, as it is typed there
    rows: Sequence[Row]
    others: Sequence[str] = field(default=())  # sheets further on that have such a header, too
    fault: str = ""
    places: Mapping[str, int] = field(default_factory=dict)  # of each of our columns, counted from 0
    own: Sequence[str] = ()  # the headers of columns that are not ours

    def cell(self, row: int, column: str) -> str:
        """The A1 reference of a column's cell in a row (counted from 1); column A where there is no such column."""
        return a1(row - 1, self.places.get(column, 0))

    @property
    def faults(self) -> Iterator[str]:
        """What in it cannot be told for certain."""
        if self.fault:
            yield self.fault
        for row in self.rows:
            yield from row.faults


def read(source: Path, what: str, option: str, *, hidden: bool = False) -> list[Sheet]:
    """Every sheet of a workbook, or a CSV file in each of the ways that it may be parted.

    Args:
        source: the file.
        what: how messages call it: “The team list”.
        option: the option that named it.
        hidden: give sheets that are hidden, too.

    Raises:
        ImpactError: it cannot be read.
    """
    try:
        content = source.read_bytes()
    except OSError as error:
        raise unreadable(what, source, error, f"Check the path given with {option}.") from error
    if is_workbook(content):
        return [sheet for sheet in _workbook(source, content, what) if hidden or not sheet.is_hidden]
    return _csv(source, content, what)


def is_workbook(content: bytes) -> bool:
    """Whether a file is a workbook by its content, whatever its ending says."""
    return content.startswith((_ZIP, _OLE))


def find(
    sheets: Iterable[Sheet], columns: Columns, fits: Callable[[Collection[str]], bool], dates: Collection[str] = ()
) -> Table | None:
    """The table whose header row has the columns that are needed; None where no sheet has one.

    Header names are matched kindly. Where several cells of the row could be a column, the likeliest name is taken.

    Args:
        sheets: what `read` gave.
        columns: the columns that are known.
        fits: whether some columns are enough.
        dates: the columns in which a date is meant.
    """
    found = [(sheet, *header) for sheet in sheets if (header := _header(sheet, columns, fits))]
    if not found:
        return None

    def claim(each: tuple[Sheet, int, Mapping[str, int]]) -> tuple[int, int]:
        """How many columns a way to part a CSV file finds, and makes; of the sheets of a workbook the first counts."""
        sheet, at, places = each
        return (len(places), len(sheet.rows[at])) if sheet.delimiter else (0, 0)

    sheet, at, places = max(found, key=claim)
    others = () if sheet.delimiter else tuple(other.name for other, *_ in found if other is not sheet)
    headers = {column: text_of(sheet.rows[at][col]) for column, col in places.items()}
    own = _own_columns(sheet, at, places)
    rows = tuple(_rows(sheet, at, places, own, dates))
    return Table(sheet.name, headers, rows, others, sheet.fault, places, tuple(own))


def check(source: Path | str, what: str, faults: Sequence[str], hint: str) -> None:
    """Report all problems of a file at once.

    Raises:
        ImpactError: there are any.
    """
    if not faults:
        return
    lines = first_few(faults, _MOST_FAULTS, separator="\n  ", more="\n  and {} more")
    raise ImpactError(f"{what} cannot be used: {source}\n  {lines}", hint)


def first_row(sheets: Sequence[Sheet]) -> str:
    """The first row that holds anything, for a message; empty where there is none."""
    for sheet in sheets[:1]:
        for row in sheet.rows[:_ABOVE]:
            if line := ", ".join(text for cell in row if (text := text_of(cell))):
                return line[:120]
    return ""


def _header(
    sheet: Sheet, columns: Columns, fits: Callable[[Collection[str]], bool]
) -> tuple[int, dict[str, int]] | None:
    """The header row's index and the place of each of our columns."""
    ranks = {
        header_key(name): (column, rank) for column in columns for rank, name in enumerate((column, *columns[column]))
    }
    for index, row in enumerate(sheet.rows[:_ABOVE]):
        places: dict[str, tuple[int, int]] = {}
        for col, cell in enumerate(row):
            if match := ranks.get(header_key(text_of(cell))):
                column, rank = match
                places[column] = min(places.get(column, (rank, col)), (rank, col))
        if fits(places):
            return index, {column: places[column][1] for column in columns if column in places}
    return None


def _rows(
    sheet: Sheet, header: int, places: Mapping[str, int], own: Mapping[str, int], dates: Collection[str]
) -> Iterator[Row]:
    width = len(sheet.rows[header])
    for index, row in enumerate(sheet.rows[header + 1 :], header + 1):
        cells, more = (
            {column: row[col] if col < len(row) else "" for column, col in where.items()} for where in (places, own)
        )
        too_long = bool(sheet.delimiter) and any(text_of(cell) for cell in row[width:])
        crossed_out = ([each for each, col in of.items() if (index, col) in sheet.struck] for of in (places, own))
        yield Row(index + 1, cells, index in sheet.hidden, too_long, more, dates, *crossed_out)


def _own_columns(sheet: Sheet, header: int, places: Mapping[str, int]) -> dict[str, int]:
    """The columns that are not ours by header, each with its place; one that holds cells without a header gets one."""
    own: dict[str, int] = {}
    taken = set(places.values())
    for col, cell in enumerate(sheet.rows[header]):
        name = text_of(cell)
        if col in taken or not (name or any(text_of(row[col]) for row in sheet.rows[header + 1 :] if col < len(row))):
            continue
        name = name[:_LONGEST_HEADER].strip().replace("\ufffd", "?") or f"Column {column_name(col)}"
        own[name if name not in own else f"{name} ({column_name(col)})"] = col
    return own


def header_key(header: str) -> str:
    """A header as it is compared: letters and digits."""
    return re.sub(r"[^a-z0-9]+", " ", normalise(header)).strip()


def text_of(value: Any) -> str:
    """A cell as people see it, on one line; whole numbers lose their point, dates their time."""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime | date):
        return value.isoformat()[:10]
    text = str(value)
    return " ".join((text if text.isprintable() else "".join(map(_visible, text))).split())


def _visible(character: str) -> str:
    """A character as people see it: nothing of those without a width but the joiners in words and pictures."""
    if character.isprintable() or character in "\u200c\u200d":
        return character
    return "" if unicodedata.category(character) == "Cf" else " "


def struck_rows(rows: Iterable[Row], column: str) -> Iterator[str]:
    """What to say of rows that are crossed out, a line each, by the column that names what they are of.

    Nothing is guessed from a line through letters: what it crosses out still counts until a person takes it away.
    """
    for row in rows:
        if column in row.struck:
            yield (
                f"Row {row.number}, {row.text(column)}, is crossed out in the list, and still counts. To leave it out, "
                "set its status to “not taking part”, or delete the row if it has no form yet."
            )
        elif row.struck:
            what = join_and(row.struck)
            yield f"Row {row.number}, {row.text(column)}: {what} is crossed out in the list, and still counts."


# -- workbooks --------------------------------------------------------------------------------------


def _workbook(source: Path, content: bytes, what: str) -> list[Sheet]:
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum  # lazy: CSV files need no reader

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheets = [
            Sheet(
                each.name,
                book.get_sheet_by_name(each.name).to_python(skip_empty_area=False),
                is_hidden=each.visible != SheetVisibleEnum.Visible,
            )
            for each in book.sheets_metadata
            if each.typ == SheetTypeEnum.WorkSheet
        ]
    except Exception as error:  # calamine raises several unrelated types
        locked = type(error).__name__ == "PasswordError" or _ENCRYPTED in content
        raise ImpactError(
            f"{what} is not a workbook that can be read: {source} "
            f"({'it is locked with a password' if locked else text_of(error)})",
            "Save it without a password and try again." if locked else _SAVE,
        ) from error
    if _doubtful(content):
        sheets = _looked_at_again(sheets, content)
    crossed_out = struck.cells(content)
    return [replace(sheet, struck=crossed_out.get(sheet.name, ())) for sheet in sheets] if crossed_out else sheets


def _doubtful(content: bytes) -> bool:
    """Whether there is something in a workbook that the quick reader does not show."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            return any(
                _DOUBT.search(package.read(name))
                for name in package.namelist()
                if name.casefold().startswith("xl/worksheets/sheet")
            )
    except Exception:  # noqa: BLE001  no package at all, or a broken one: the quick reader has read what there is
        return False


def _looked_at_again(sheets: list[Sheet], content: bytes) -> list[Sheet]:
    """Sheets with their errors, formulas without a result, and hidden rows, as the slower reader sees them."""
    import openpyxl  # lazy: a quarter of a second that only such lists cost

    try:
        books = [openpyxl.load_workbook(io.BytesIO(content), data_only=valued) for valued in (True, False)]
        return [_with_doubts(sheet, *(book[sheet.name] for book in books)) for sheet in sheets]
    except Exception:  # noqa: BLE001  it raises unrelated types for what other programs write
        return sheets


def _with_doubts(sheet: Sheet, values: Any, formulas: Any) -> Sheet:
    """A sheet with what the slower reader sees: its values, and its formulas."""
    rows = [list(row) for row in sheet.rows]
    for row in formulas.iter_rows():
        for cell in row:
            value = values.cell(cell.row, cell.column)
            if value.data_type == "e":
                _set_cell(rows, cell.row - 1, cell.column - 1, Wrong(value.value))
            elif cell.data_type == "f" and value.value is None:
                _set_cell(rows, cell.row - 1, cell.column - 1, Wrong("=..."))
    return replace(sheet, rows=rows, hidden={row - 1 for row, look in values.row_dimensions.items() if look.hidden})


def _set_cell(rows: list[list[Any]], row: int, col: int, value: Wrong) -> None:
    rows += ([] for _ in range(row + 1 - len(rows)))
    rows[row] += [""] * (col + 1 - len(rows[row]))
    rows[row][col] = value


# -- CSV files --------------------------------------------------------------------------------------


def _csv(source: Path, content: bytes, what: str) -> list[Sheet]:
    text = decoded(content)
    if re.search(r"[\x00-\x08\x0e-\x1a]", text) or content.startswith(b"%PDF"):
        raise ImpactError(f"{what} is neither a CSV file nor a workbook: {source}", _SAVE)
    return [parted(text, delimiter) for delimiter in _DELIMITERS]


def parted(text: str, delimiter: str) -> Sheet:
    """The rows of a CSV file; where quotation marks do not match, as much of them as can be made out, and a fault."""
    strict = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        return Sheet("", list(strict), delimiter=delimiter)
    except csv.Error:
        fault = f"near line {strict.line_num}: a quotation mark is opened and never closed, or is inside a text"
    rows: list[list[str]] = []
    with suppress(csv.Error):  # a text of more than 131,072 characters
        rows.extend(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    return Sheet("", rows, delimiter=delimiter, fault=fault)


def decoded(content: bytes) -> str:
    """The text of a CSV file in whichever encoding Excel or an export has left it."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    if b"\0" in content[:200]:  # UTF-16 without its mark
        return content.decode("utf-16-be" if content.startswith(b"\0") else "utf-16-le", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")  # what Excel's “CSV” means on Windows
