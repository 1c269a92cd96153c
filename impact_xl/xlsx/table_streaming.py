"""Long tables written row by row into a workbook that xlsxwriter has built round them.

xlsxwriter keeps every cell until the workbook is closed, in a call and an object each. That is right for a few
thousand cells that all look different, and too much for the record of a national round. So it builds the workbook with
one row for each look instead of such a table's rows, and here these rows give way to the real ones.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import islice
from operator import getitem

from impact_xl.xlsx.a1 import a1, column_name
from impact_xl.xlsx.cell_values import WOULD_BE_FORMULA, Cell, Formula, Rows
from impact_xl.xlsx.theme import POINTS_PER_PIXEL
from impact_xl.xlsx.zip_patch import AS_WRITTEN, Chunks, Package

_STRINGS, _PROPERTIES = "xl/sharedStrings.xml", "docProps/custom.xml"
_CHUNK = 1024  # rows that are packed at a time
_STRING = ' t="s"><v>'  # how a cell refers to a shared string


@dataclass(frozen=True, slots=True)
class Stream:
    """The rows of one table, and where they belong. Rows and columns are 0-based."""

    sheet: int  # its place in the workbook, from 1
    table: str  # the table's name
    top: int  # of the header
    left: int
    columns: int
    rows: Rows
    heights: Callable[[Sequence[Cell]], float]  # of a row, in points
    looks: int  # the first of the rows that show how its cells look, one for each field of Style


@dataclass(frozen=True, slots=True)
class Style:
    """The numbers of a column's formats: the usual one, that for text that looks like a formula, that for dates."""

    plain: str
    quoted: str
    dated: str


LOOKS = len(Style.__slots__)


class Strings:
    """The workbook's shared strings, to which the texts of long tables are added."""

    def __init__(self, part: bytes, clean: Callable[[str], str]) -> None:
        """Go on from the strings that are there.

        Args:
            part: the part of shared strings, as xlsxwriter wrote it.
            clean: what makes any text one that a cell can hold.
        """
        self._head, _, rest = part.partition(b"<sst ")
        self._strings = rest[rest.index(b">") + 1 : rest.rindex(b"</sst>")]
        self._clean = clean
        self._first = int(re.search(rb'uniqueCount="(\d+)"', rest)[1])  # type: ignore[index]  # it always has one
        self.uses = int(re.search(rb'count="(\d+)"', rest)[1])  # type: ignore[index]
        self._known: dict[str, tuple[int, bool]] = {}
        self._texts: dict[str, int] = {}

    def of(self, text: str) -> tuple[int, bool]:
        """The number of a text's string, -1 where nothing of it can be shown; and whether it looks like a formula."""
        if known := self._known.get(text):
            return known
        kept = self._clean(text)
        number = self._texts.setdefault(kept, self._first + len(self._texts)) if kept else -1
        self._known[text] = number, kept.startswith(WOULD_BE_FORMULA)
        return self._known[text]

    def part(self) -> Iterator[bytes]:
        """The part with everything that was added."""
        count, unique = self.uses, self._first + len(self._texts)
        yield self._head
        yield f'<sst xmlns="{_MAIN}" count="{count}" uniqueCount="{unique}">'.encode()
        yield self._strings
        texts = iter(self._texts)
        while some := [*islice(texts, _CHUNK)]:
            yield _in_strings(some).encode()
        yield b"</sst>"


def _in_strings(texts: Sequence[str]) -> str:
    """Texts as shared strings; nearly all at once, as each is short."""
    if [text.strip() for text in texts] != texts:  # one that begins or ends with a space says so
        return "".join(map(_string, texts))
    return f"<si><t>{in_xml(_BETWEEN.join(texts)).replace(_BETWEEN, '</t></si><si><t>')}</t></si>"


_BETWEEN = "\0"  # no cell can hold it


def _string(text: str) -> str:
    space = ' xml:space="preserve"' if text[0].isspace() or text[-1].isspace() else ""
    return f"<si><t{space}>{in_xml(text)}</t></si>"


_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_LOOKS_ESCAPED = re.compile(r"_(?=x[0-9a-fA-F]{4}_)")
_NO_CHARACTERS = str.maketrans({"\ufffe": "_xFFFE_", "\uffff": "_xFFFF_"})


def in_xml(text: str) -> str:
    """A text as it stands in a shared string, where `_xHHHH_` means a character (ECMA-376 part 1, 22.9.2.19)."""
    if text.isalnum():  # marks and many names, which need nothing of this
        return text
    written = escaped(_LOOKS_ESCAPED.sub("_x005F_", text) if "_x" in text else text)
    # `translate` looks at every letter, and hardly any text has one of these two.
    return written.translate(_NO_CHARACTERS) if "\ufffe" in written or "\uffff" in written else written


_EPOCH = date(1899, 12, 30).toordinal()  # Excel's day 0, for dates from March 1900 on


def escaped(text: str) -> str:
    """A text as it stands between the tags of XML."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


class Writer:
    """Makes the XML of rows whose columns look alike from row to row."""

    def __init__(self, left: int, styles: Sequence[Style], strings: Strings) -> None:
        """A writer for the columns from `left` (0-based) on."""
        begin, *behind = (f'<c r="{column_name(col)}' for col in range(left, left + len(styles)))
        behind.append("</row>")
        self._heads = _Heads(begin)
        self._columns = [_Column(begin, style, strings) for begin, style in zip(behind, styles, strict=True)]

    def row(self, row: int, height: float, cells: Sequence[Cell]) -> str:
        """One row (0-based), its height in points, which Excel rounds to whole pixels."""
        if len(cells) != len(self._columns):
            raise ValueError(f"a row has {len(cells)} cells, and the table {len(self._columns)} columns")
        return str(row + 1).join(['<row r="', self._heads[height], *map(getitem, self._columns, cells)])


class _Heads(dict[float, str]):
    """What stands between the row's number at its beginning and that in its first cell, by its height in points."""

    def __init__(self, begin: str) -> None:
        super().__init__()
        self._begin = begin  # how the first cell begins

    def __missing__(self, height: float) -> str:
        pixels = round(height / POINTS_PER_PIXEL)
        self[height] = made = f'" ht="{pixels * POINTS_PER_PIXEL:g}" customHeight="1">{self._begin}'
        return made


class _Column(dict[Cell, str]):
    """What stands between the row's number in a column's cells and that in the next, by the cell's value.

    In a long table most values come many times.
    """

    def __init__(self, behind: str, style: Style, strings: Strings) -> None:
        super().__init__()
        self._behind = behind  # how the next cell begins, or how the row ends
        self._style, self._string = style, strings.of

    def __missing__(self, value: Cell) -> str:
        if isinstance(value, str) and len(value) > _NAME:  # a note, which hardly comes again
            return self._made(value) + self._behind
        if len(self) >= _REMEMBERED:
            self.clear()
        self[value] = made = self._made(value) + self._behind
        return made

    def _made(self, value: Cell) -> str:
        plain = self._style.plain
        match value:
            case str():
                number, quoted = self._string(value) if value else (-1, False)
                if number < 0:
                    return f'" s="{plain}"/>'
                return f'" s="{self._style.quoted if quoted else plain}" t="s"><v>{number}</v></c>'
            case Formula(text, str() as result):
                # Excel keeps an empty result as a text, too.
                return f'" s="{plain}" t="str"><f>{escaped(text)}</f><v>{escaped(result)}</v></c>'
            case Formula(text, result):
                return f'" s="{plain}"><f>{escaped(text)}</f><v>{result:.16G}</v></c>'
            case None:
                return f'" s="{plain}"/>'
            case date():
                return f'" s="{self._style.dated}"><v>{value.toordinal() - _EPOCH}</v></c>'
            case int() | float() if not isinstance(value, bool):
                return f'" s="{plain}"><v>{value:.16G}</v></c>'
        raise TypeError(f"a cell of a long table cannot hold a {type(value).__name__}")


_NAME, _REMEMBERED = 100, 4096  # letters of a text that may come again, and values of a column


# -- into the workbook ------------------------------------------------------------------------------


# Tables are long, and packing them harder makes a large round's workbook a quarter smaller for a tenth of all the time.
_LEVEL = 2


def with_rows(content: bytes, streams: Sequence[Stream], clean: Callable[[str], str], *, sealed: bool = False) -> bytes:
    """The workbook with the rows of its long tables in their places.

    Args:
        content: the workbook as xlsxwriter built it.
        streams: the tables' rows; one table a sheet.
        clean: what makes any text one that a cell can hold.
        sealed: whether the document has a property for the fingerprint of its parts, which is put there.
    """
    package = Package(content)
    strings = Strings(package.part(_STRINGS), clean)
    changed: dict[str, Callable[[], Chunks]] = {}
    for stream in streams:
        sheet = f"xl/worksheets/sheet{stream.sheet}.xml"
        changed[sheet] = partial(_sheet, package.part(sheet).decode(), stream, strings)
        table, part = next(
            (name, part) for name in package.names("xl/tables/") if _named(stream.table) in (part := package.part(name))
        )
        changed[table] = partial(_table, part, stream)
    if sealed:
        changed[_PROPERTIES] = partial(_with_fingerprint, package)  # the package holds it behind the sheets, too
    changed[_STRINGS] = strings.part  # the package holds it behind all sheets, so by then their texts are known
    return package.with_parts(changed, _LEVEL)


def _with_fingerprint(package: Package) -> Chunks:
    """The document's properties with the fingerprint of all parts."""
    before, name, after = package.part(_PROPERTIES).decode().partition(f' name="{AS_WRITTEN}"><vt:lpwstr>')
    yield f"{before}{name}{package.fingerprint()}{after[after.index('<') :]}".encode()


def _named(table: str) -> bytes:
    return f' displayName="{table}"'.encode()


def _table(part: bytes, stream: Stream) -> Chunks:
    """The table over all of its rows instead of the one that it was made with."""
    return [part.replace(_span(stream, 1).encode(), _span(stream, len(stream.rows)).encode())]


def _span(stream: Stream, rows: int) -> str:
    last = a1(stream.top + rows, stream.left + stream.columns - 1)
    return f'ref="{a1(stream.top, stream.left)}:{last}"'


def _sheet(xml: str, stream: Stream, strings: Strings) -> Chunks:
    """The sheet with the real rows instead of those that show how they look."""
    first = stream.looks + 1
    xml, styles = _without_looks(xml, range(first, first + LOOKS))
    last = max(stream.top + len(stream.rows) + 1, *(int(row[1]) for row in _ROW.finditer(xml)))
    xml = _DIMENSION.sub(rf"\g<1>{last}", xml, count=1)
    split = next((m.start() for m in _ROW.finditer(xml) if int(m[1]) > stream.top + 1), xml.index("</sheetData>"))
    writer = Writer(stream.left, styles, strings)
    yield xml[:split].encode()
    rows = enumerate(stream.rows, stream.top + 1)
    while lines := "".join(writer.row(row, stream.heights(cells), cells) for row, cells in islice(rows, _CHUNK)):
        strings.uses += lines.count(_STRING)
        yield lines.encode()
    yield xml[split:].encode()


_ROW = re.compile(r'<row r="(\d+)"')
_DIMENSION = re.compile(r'(<dimension ref="[A-Z]+\d+:[A-Z]+)\d+')


def _without_looks(xml: str, rows: range) -> tuple[str, list[Style]]:
    """The sheet without the rows that show how cells look, and the numbers of their formats, column by column."""
    looks = []
    for row in rows:
        begin = xml.index(f'<row r="{row}"')
        end = xml.index("</row>", begin) + len("</row>")
        looks.append(re.findall(rf'<c r="[A-Z]+{row}" s="(\d+)"', xml[begin:end]))
        xml = xml[:begin] + xml[end:]
    return xml, [Style(*numbers) for numbers in zip(*looks, strict=True)]
