"""Copies of the form as many hands fill them in and several programs save them, each written cell by cell.

`inputs.py` changes a few cells of a form that this program wrote, so its copies are alike. Here only the texts, the
formats and the widths come from the form. Strings are numbered anew, dates are numbers in half of the copies, notes
have several lines, and rows, cells and strings are spelled as each program spells them: after saves by LibreOffice,
openpyxl and SheetJS, and after public workbooks by Excel and Google.
"""

from __future__ import annotations

import io
import random
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from html import escape, unescape
from pathlib import Path

from impact_xl import questionnaire as questionnaires
from impact_xl.form import layout
from impact_xl.form import workbook as form
from impact_xl.questionnaire import Questionnaire
from impact_xl.xlsx.a1 import a1, column_number

# The share of each program in the mixed corpus.
SHARES = {"Excel": 0.5, "LibreOffice": 0.2, "openpyxl": 0.1, "inline strings": 0.1, "Google": 0.1}
INDEPENDENT = "independent"  # one corpus of its own
_WORDS = tuple(
    re.findall(
        r"\w+",
        "we our ward team board staff patients improvement plan measure review monthly weekly huddle data "
        "training coach shared agreed started spreading evidence survey June spring executive clinical lead "
        "director service pathway because although where most some not yet already every other with without "
        "from and the of in to for on at ",
    )
)
_ODD_PIECES = ("R&D", "<5 days", "“PDSA”", "naïve – but honest", "café", "≥ 80%", "😀", "A&E", "it’s", "½", "Łódź")
_FORMAT_OF_DATES = 14  # Excel's built-in short date


@dataclass(frozen=True)
class _Cell:
    col: int
    style: str
    value: str | bool | float | None = None
    formula: str = ""
    rich: bool = False


@dataclass(frozen=True)
class _Row:
    number: int
    height: str
    cells: Mapping[int, _Cell]


@dataclass(frozen=True)
class _Sheet:
    name: str
    head: str  # what stands before the rows within the root element
    rows: Mapping[int, _Row]
    tail: str


@dataclass
class _Strings:
    """Shared strings, numbered in the order in which they are first used."""

    begin: str = "<t>"
    numbers: dict[str, int] = field(default_factory=dict)
    uses: int = 0

    def of(self, text: str, *, rich: bool = False) -> int:
        self.uses += 1
        begin = '<t xml:space="preserve">' if text != text.strip() or "\n" in text else self.begin
        inside = f"{begin}{escape(text, quote=False)}</t>"
        if rich and " " in text:
            first, _, rest = text.partition(" ")
            look = '<rPr><b/><sz val="10"/><color rgb="FF212B32"/><rFont val="Arial"/><family val="2"/></rPr>'
            inside = (
                f'<r>{look}<t xml:space="preserve">{escape(first, quote=False)} </t></r>'
                f'<r>{look.replace("<b/>", "")}<t xml:space="preserve">{escape(rest, quote=False)}</t></r>'
            )
        return self.numbers.setdefault(inside, len(self.numbers))

    def part(self, declaration: str) -> bytes:
        body = "".join(f"<si>{inside}</si>" for inside in self.numbers)
        counts = f'count="{self.uses}" uniqueCount="{len(self.numbers)}"'
        return f'{declaration}<sst xmlns="{_MAIN}" {counts}>{body}</sst>'.encode()


_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
CellWriter = Callable[[_Cell, int, _Strings], str]


@dataclass(frozen=True)
class _Program:
    """How a program spells a workbook."""

    row: str  # the attributes of a row, with `{row}` and `{height}`
    cell: CellWriter
    declaration: str = _DECLARATION
    closes_empty_rows: bool = True
    shares_strings: bool = True
    preserves: bool = False  # every string says that its spaces matter
    rows_to: int = 0  # empty rows are written as far as this
    root: str = ""  # further attributes of the worksheet
    level: int = 6
    draws: bool = False  # an empty drawing lies on every sheet


def make(folder: Path, count: int, kind: str, *, seed: int = 1) -> Path:
    """Write some copies into a folder, and give it; a folder that is already full is taken as it is.

    Args:
        folder: where the copies go; each is named after its program.
        count: how many.
        kind: `INDEPENDENT`, one of the programs, or `mixed` for all of them by their shares.
        seed: other seeds give other copies, such as those that a process is warmed up with.
    """
    if folder.exists() and sum(1 for _ in folder.iterdir()) == count:
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    questionnaire = questionnaires.load()
    blank = _Blank(questionnaire)
    dice = random.Random(f"{kind} {seed}")
    names = list(SHARES)
    for number in range(count):
        program = dice.choices(names, list(SHARES.values()))[0] if kind == "mixed" else kind
        content = blank.copy(_PROGRAMS[program], number, dice)
        (folder / f"Team {number:05d} {program}.xlsx").write_bytes(content)
    return folder


class _Blank:
    """The form that everybody got."""

    def __init__(self, questionnaire: Questionnaire) -> None:
        self._questionnaire = questionnaire
        wanted = form.Form(questionnaire)
        self._places = {
            line.key: (sheet.name, row)
            for sheet in wanted.plan()
            for row, line in enumerate(sheet.lines, 1)
            if line.key
        }
        with zipfile.ZipFile(io.BytesIO(form.build(wanted))) as package:
            self._parts = {name: package.read(name).decode() for name in package.namelist()}
        strings = [
            unescape(text) for text in re.findall(r"<si><t[^>]*>([^<]*)</t></si>", self._parts["xl/sharedStrings.xml"])
        ]
        self._sheets = [
            _sheet(name, self._parts[f"xl/worksheets/sheet{number}.xml"], strings)
            for number, name in enumerate((sheet.name for sheet in wanted.plan()), 1)
        ]
        styles = self._parts["xl/styles.xml"]
        count = int(re.search(r'<cellXfs count="(\d+)"', styles)[1])  # type: ignore[index]  # we wrote it
        dates = f'<xf numFmtId="{_FORMAT_OF_DATES}" fontId="0" fillId="3" borderId="1" xfId="0" applyNumberFormat="1"/>'
        self._styles = styles.replace("</cellXfs>", f"{dates}</cellXfs>").replace(
            f'<cellXfs count="{count}"', f'<cellXfs count="{count + 1}"'
        )
        self._dated = str(count)

    def copy(self, program: _Program, number: int, dice: random.Random) -> bytes:
        """One copy, filled in at random and saved by a program."""
        strings = _Strings('<t xml:space="preserve">' if program.preserves else "<t>")
        filled = self._filled(number, dice)
        parts = dict(self._parts)
        for place, sheet in enumerate(self._sheets, 1):
            rows = {**sheet.rows, **filled.get(sheet.name, {})}
            parts[f"xl/worksheets/sheet{place}.xml"] = _worksheet(program, sheet, rows, strings, dice)
        del parts["xl/sharedStrings.xml"]
        if program.shares_strings:
            parts["xl/sharedStrings.xml"] = strings.part(program.declaration).decode()
        parts["xl/styles.xml"] = self._styles
        parts["xl/workbook.xml"] = self._workbook(program, number)
        saved = f"2026-10-{1 + number % 28:02d}T09:{number // 28 % 60:02d}:00Z"
        core = parts["docProps/core.xml"]
        parts["docProps/core.xml"] = re.sub(r"(<dcterms:modified[^>]*>)[^<]*", rf"\g<1>{saved}", core)
        if not program.shares_strings:
            for name in ("[Content_Types].xml", "xl/_rels/workbook.xml.rels"):
                parts[name] = re.sub(r"<(?:Override|Relationship) [^>]*sharedStrings[^>]*/>", "", parts[name])
        if program.draws:
            for place in range(1, len(self._sheets) + 1):
                parts[f"xl/drawings/drawing{place}.xml"] = _DRAWING
        return _zipped(parts, program.level)

    def _workbook(self, program: _Program, number: int) -> str:
        """What is another in every copy: the tab that was open last, and where Excel found the file."""
        path = f'<x15ac:absPath url="C:\\Users\\user{number}\\" xmlns:x15ac="http://schemas.microsoft.com/x15ac"/>'
        text = self._parts["xl/workbook.xml"].replace("<bookViews>", f"{path * (program.level == 1)}<bookViews>")
        return text.replace("<workbookView ", f'<workbookView activeTab="{number % len(self._sheets)}" ')

    def _filled(self, number: int, dice: random.Random) -> dict[str, dict[int, _Row]]:
        """The rows that somebody filled in, by sheet."""
        rows: dict[str, dict[int, _Row]] = {}
        sheets = {sheet.name: sheet for sheet in self._sheets}

        def put(key: str, col: int, value: str | bool | float, style: str = "", *, rich: bool = False) -> None:
            name, row = self._places[key]
            was = rows.setdefault(name, {}).get(row) or sheets[name].rows[row]
            old = was.cells.get(col) or _Cell(col, "0")
            cell = replace(old, value=value, style=style or old.style, rich=rich)
            rows[name][row] = replace(was, cells={**was.cells, col: cell})

        put("start.team", layout.STATEMENT, f"Team {number:05d}")
        put("start.group", layout.STATEMENT, f"Division {number % 12 + 1}")
        put("start.completed-by", layout.STATEMENT, dice.choice(("A. Smith", "Dr B. Jones & team", "C. O’Neill")))
        if dice.random() < 0.5:
            put("start.date", layout.STATEMENT, float(46_300 + dice.randrange(60)), self._dated)
        else:
            put("start.date", layout.STATEMENT, f"{dice.randint(1, 28)} November 2026")
        for question in self._questionnaire.questions:
            level = dice.randint(1, len(self._questionnaire.levels))
            put(layout.level_key(question.id, level), layout.TICK, True)
            if text := note(dice):
                put(layout.note_key(question.id), layout.STATEMENT, text, rich=dice.random() < 0.02)
        for priority in range(1, dice.randint(1, layout.PRIORITIES + 1)):
            for name, _ in layout.PRIORITY_FIELDS:
                put(layout.priority_key(priority, name), layout.STATEMENT, _sentence(dice, dice.randint(10, 90)))
        return rows


def note(dice: random.Random) -> str:
    """A note as people write it: a third none, a tenth over 1,000 letters, a third with lines and odd letters."""
    if dice.random() < 1 / 3:
        return ""
    letters = dice.randint(1_000, 2_000) if dice.random() < 0.1 else dice.randint(40, 300)
    if dice.random() >= 1 / 3:
        return _sentence(dice, letters)
    lines = [_sentence(dice, max(20, letters // 3)) + " " + dice.choice(_ODD_PIECES) for _ in range(3)]
    return "\n".join(lines)


def _sentence(dice: random.Random, letters: int) -> str:
    words: list[str] = []
    size = 0
    while size < letters:
        words.append(dice.choice(_WORDS))
        size += len(words[-1]) + 1
    return f"{' '.join(words).capitalize()}."


_ROW = re.compile(r'<row r="(\d+)"(?: spans="[^"]*")?(?: ht="([\d.]+)")?[^>]*?(?:/>|>(.*?)</row>)', re.DOTALL)
_CELL = re.compile(
    r'<c r="([A-Z]+)\d+"(?: s="(\d+)")?(?: t="(\w+)")?(?:/>|>(?:<f>([^<]*)</f>)?<v>([^<]*)</v></c>)', re.DOTALL
)


def _sheet(name: str, xml: str, strings: Sequence[str]) -> _Sheet:
    """A sheet of the form, taken apart."""
    head, _, rest = xml.partition("<sheetData>")
    body, _, tail = rest.partition("</sheetData>")
    rows = {}
    for number, height, cells in _ROW.findall(body):
        found = (_cell(*groups, strings) for groups in _CELL.findall(cells))
        rows[int(number)] = _Row(int(number), height or "12.75", {cell.col: cell for cell in found})
    return _Sheet(name, head[head.index(">", head.index("<worksheet")) + 1 :], rows, tail)


def _cell(letters: str, style: str, kind: str, formula: str, raw: str, strings: Sequence[str]) -> _Cell:
    value: str | bool | float | None = None
    if kind == "s":
        value = strings[int(raw)]
    elif kind == "b":
        value = raw == "1"
    elif raw:
        value = unescape(raw) if kind == "str" else float(raw)
    return _Cell(column_number(letters), style or "0", value, unescape(formula))


def _worksheet(
    program: _Program, sheet: _Sheet, rows: Mapping[int, _Row], strings: _Strings, dice: random.Random
) -> str:
    lines = []
    for number in range(1, max(*rows, program.rows_to) + 1):
        row = rows.get(number)
        attributes = program.row.format(row=number, height=row.height if row else "12.75")
        cells = "".join(program.cell(cell, number, strings) for _, cell in sorted(row.cells.items())) if row else ""
        empty = "/>" if program.closes_empty_rows else "></row>"
        lines.append(f"<row {attributes}{f'>{cells}</row>' if cells else empty}")
    place = a1(dice.randrange(3, 40), dice.randrange(1, 5))
    head = sheet.head.replace("</sheetView>", f'<selection activeCell="{place}" sqref="{place}"/></sheetView>', 1)
    root = f'<worksheet xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"{program.root}>'
    return f"{program.declaration}{root}{head}<sheetData>{''.join(lines)}</sheetData>{sheet.tail}"


_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_X14 = "http://schemas.microsoft.com/office/spreadsheetml/2009/9/ac"
_DRAWING = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<xdr:wsDr xmlns:xdr="http://schemas.openxmlformats.org/'
    'drawingml/2006/spreadsheetDrawing" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"/>'
)


# -- how each program spells a cell --------------------------------------------------------------------


def _shared(cell: _Cell, row: int, strings: _Strings, *, decimals: bool = False) -> str:
    """As Excel does: shared strings, booleans, numbers without a kind."""
    begin = f'<c r="{a1(row - 1, cell.col)}" s="{cell.style}"'
    formula = f"<f>{escape(cell.formula)}</f>" if cell.formula else ""
    match cell.value:
        case None:
            return f"{begin}/>"
        case bool():
            return f'{begin} t="b">{formula}<v>{cell.value:d}</v></c>'
        case float():
            return f"{begin}>{formula}<v>{cell.value if decimals else f'{cell.value:g}'}</v></c>"
        case str() if formula:
            return f'{begin} t="str">{formula}<v>{escape(cell.value, quote=False)}</v></c>'
        case text:
            return f'{begin} t="s"><v>{strings.of(text, rich=cell.rich)}</v></c>'


def _by_google(cell: _Cell, row: int, strings: _Strings) -> str:
    return _shared(cell, row, strings, decimals=True)


def _by_libreoffice(cell: _Cell, row: int, strings: _Strings) -> str:
    """Ticks are formulas, and numbers say that they are numbers."""
    if isinstance(cell.value, bool):
        name = "TRUE" if cell.value else "FALSE"
        value = f'<f aca="false">{name}()</f><v>{cell.value:d}</v>'
        return f'<c r="{a1(row - 1, cell.col)}" s="{cell.style}" t="n">{value}</c>'
    written = _shared(cell, row, strings).replace("<f>", '<f aca="false">')
    return written.replace("><v>", ' t="n"><v>', 1) if isinstance(cell.value, float) else written


def _inline(cell: _Cell, row: int, strings: _Strings) -> str:
    if not isinstance(cell.value, str) or cell.formula:
        return _shared(cell, row, strings)
    space = ' xml:space="preserve"' if "\n" in cell.value or cell.value != cell.value.strip() else ""
    text = escape(cell.value, quote=False)
    return f'<c r="{a1(row - 1, cell.col)}" s="{cell.style}" t="inlineStr"><is><t{space}>{text}</t></is></c>'


def _by_openpyxl(cell: _Cell, row: int, strings: _Strings) -> str:
    """Every text in its cell, in ASCII; formulas without their results."""
    if cell.formula:
        return f'<c r="{a1(row - 1, cell.col)}" s="{cell.style}"><f>{escape(cell.formula)}</f><v></v></c>'
    return _inline(cell, row, strings).encode("ascii", "xmlcharrefreplace").decode()


_OF_EXCEL = f' xmlns:x14ac="{_X14}"'
_HEIGHT = 'r="{row}" ht="{height}" customHeight="1"'
_PROGRAMS = {
    INDEPENDENT: _Program(_HEIGHT, _shared),
    "Excel": _Program(
        'r="{row}" spans="1:5" ht="{height}" customHeight="1" x14ac:dyDescent="0.2"',
        _shared,
        declaration=_DECLARATION.replace("\n", "\r\n"),
        root=_OF_EXCEL,
        level=1,
    ),
    "LibreOffice": _Program(
        'r="{row}" customFormat="false" ht="{height}" hidden="false" customHeight="true" outlineLevel="0" '
        'collapsed="false"',
        _by_libreoffice,
        closes_empty_rows=False,
        preserves=True,
    ),
    "openpyxl": _Program(_HEIGHT, _by_openpyxl, declaration="", closes_empty_rows=False, shares_strings=False),
    "inline strings": _Program('r="{row}" spans="1:5"', _inline, shares_strings=False),
    "Google": _Program(_HEIGHT, _by_google, declaration=_DECLARATION.replace("\n", "\r"), rows_to=1000, draws=True),
}  # fmt: skip


def _zipped(parts: Mapping[str, str], level: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as package:
        for name, text in parts.items():
            package.writestr(zipfile.ZipInfo(name), text.encode(), zipfile.ZIP_DEFLATED, level)
    return out.getvalue()
