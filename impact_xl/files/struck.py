"""Which cells of a list are crossed out: people strike a row through on the screen as they do on paper.

Quick readers show values alone, so a workbook is looked at again where a line through letters is named in it.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from xml.parsers import expat

from impact_xl.files.xls_records import GLOBALS, RECORD, records, records_of_sheets, short

Cells = Mapping[str, frozenset[tuple[int, int]]]  # of each sheet by its name; row and column counted from 0

_XLSX = re.compile(rb"""<(?:\w+:)?strike(?!\s+val=["'](?:0|false)["'])[\s/>]""")
_ODS_PART = "content.xml"
_OLE = b"\xd0\xcf\x11\xe0"  # how an .xls begins
# Records of an .xls ([MS-XLS] 2.3): sheets, fonts, styles, and cells whose rows, columns and styles come first.
_SHEET, _FONT, _XF, _RKS = 0x0085, 0x0031, 0x00E0, 0x00BD
_CELLS = frozenset({0x00FD, 0x0204, 0x0203, 0x027E, 0x0006, 0x0205, 0x00D6})
_STRUCK, _MISSING_FONT = 0x0008, 4  # no font has the number 4
_MOST_REPEATED = 1_000  # cells or rows that are written once; longer runs fill a sheet up, and hold nothing


def cells(content: bytes) -> Cells:
    """The cells of a workbook (.xlsx, .xls or .ods) whose whole text is crossed out; none where it cannot be told."""
    try:
        if content.startswith(_OLE):
            return _of_xls(content)
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            names = package.namelist()
            if _ODS_PART in names:
                return _Ods(package.read(_ODS_PART)).cells
            parts = [name for name in names if name.startswith("xl/") and name.endswith(".xml")]
            if not any(_XLSX.search(package.read(name)) for name in parts):
                return {}
        return _of_xlsx(content)
    except Exception:  # noqa: BLE001  a broken package, or what the readers make of other programs' files: unrelated types
        return {}


def _of_xlsx(content: bytes) -> Cells:
    import openpyxl  # lazy: a quarter of a second that only such lists cost
    from openpyxl.cell.rich_text import CellRichText, TextBlock

    book = openpyxl.load_workbook(io.BytesIO(content), rich_text=True)
    struck: defaultdict[str, set[tuple[int, int]]] = defaultdict(set)
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                runs = cell.value if isinstance(cell.value, CellRichText) else ()
                own = [bool(isinstance(run, TextBlock) and run.font.strike) for run in runs if str(run).strip()]
                if cell.value is not None and (all(own) if own else cell.font and cell.font.strike):
                    struck[sheet.title].add((cell.row - 1, cell.column - 1))
    return {name: frozenset(places) for name, places in struck.items()}


def _of_xls(content: bytes) -> Cells:
    import olefile  # lazy: only old workbooks need it

    with olefile.OleFileIO(io.BytesIO(content)) as ole:
        stream = ole.openstream(next(name for name in ("Workbook", "Book") if ole.exists(name))).read()
    sheets = {int.from_bytes(data[:4], "little"): _name(data) for _, kind, data in records(stream) if kind == _SHEET}
    styles = _struck_styles(stream, sheets)
    struck: defaultdict[str, set[tuple[int, int]]] = defaultdict(set)
    for sheet, kind, data in records_of_sheets(stream, sheets):
        if sheet in sheets:
            struck[sheets[sheet]].update(place for place, style in _styled(kind, data) if styles[style])
    return {name: frozenset(places) for name, places in struck.items() if places}


def _struck_styles(stream: bytes, sheets: Collection[int]) -> list[bool]:
    """Whether each style of an .xls has a line through its letters."""
    of_book = [(kind, data) for sheet, kind, data in records_of_sheets(stream, sheets) if sheet == GLOBALS]
    fonts = [bool(short(data, 2) & _STRUCK) for kind, data in of_book if kind == _FONT]
    numbers = (short(data, 0) for kind, data in of_book if kind == _XF)
    return [fonts[number - (number > _MISSING_FONT)] for number in numbers]


def _styled(kind: int, data: bytes) -> Iterator[tuple[tuple[int, int], int]]:
    """The cells of a record that hold anything, each with the number of its style."""
    if kind in _CELLS or kind == _RKS:
        row, col = RECORD.unpack_from(data)
        for step, at in enumerate(range(4, len(data) - 6, 6) if kind == _RKS else (4,)):
            yield (row, col + step), short(data, at)


def _name(sheet: bytes) -> str:
    length, wide = sheet[6], sheet[7] & 1
    return sheet[8 : 8 + length * (1 + wide)].decode("utf-16-le" if wide else "latin-1", "replace")


class _Ods:
    """The crossed-out cells of an OpenDocument sheet, by the styles of cells, rows and pieces of text."""

    def __init__(self, content: bytes) -> None:
        self._styles: set[str] = set()  # the names of those with a line through letters
        self._style = self._sheet = self._row_style = ""
        self._row = self._col = self._rows = self._cols = 0
        self._cell_struck = False
        self._pieces: list[bool] = []  # of the cell's text, whether each is struck
        self._spans: list[bool] = []
        self._found: defaultdict[str, set[tuple[int, int]]] = defaultdict(set)
        parser = expat.ParserCreate()
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._text
        parser.Parse(content, True)

    @property
    def cells(self) -> Cells:
        return {name: frozenset(places) for name, places in self._found.items()}

    def _start(self, tag: str, values: Mapping[str, str]) -> None:
        match tag:
            case "style:style":
                self._style = values.get("style:name", "")
            case "style:text-properties":
                kinds = {values.get(f"style:text-line-through-{kind}", "none") for kind in ("style", "type")}
                self._styles |= {self._style} if kinds != {"none"} else set()
            case "table:table":
                self._sheet, self._row = values.get("table:name", ""), 0
            case "table:table-row":
                self._row_style, self._col = values.get("table:default-cell-style-name", ""), 0
                self._rows = int(values.get("table:number-rows-repeated", 1))
            case "table:table-cell" | "table:covered-table-cell":
                self._cell_struck = values.get("table:style-name", self._row_style) in self._styles
                self._cols, self._pieces = int(values.get("table:number-columns-repeated", 1)), []
            case "text:span":
                self._spans.append(values.get("text:style-name", "") in self._styles)

    def _text(self, text: str) -> None:
        if text.strip():
            self._pieces.append(self._cell_struck or any(self._spans))

    def _end(self, tag: str) -> None:
        match tag:
            case "text:span":
                self._spans.pop()
            case "table:table-cell" | "table:covered-table-cell":
                if self._pieces and all(self._pieces) and max(self._rows, self._cols) <= _MOST_REPEATED:
                    rows, cols = range(self._row, self._row + self._rows), range(self._col, self._col + self._cols)
                    self._found[self._sheet] |= {(row, col) for row in rows for col in cols}
                self._col, self._pieces = self._col + self._cols, []
            case "table:table-row":
                self._row += self._rows
