"""What hands do to a form: a workbook taken apart, changed at the level of its XML, and put together again."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from xml.sax.saxutils import escape

import xlsxwriter

from impact_xl.form import layout
from impact_xl.form.workbook import Form
from impact_xl.returns.formats import xlsx
from impact_xl.returns.formats.grid import Grid
from impact_xl.xlsx.a1 import a1, column_name

_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


class Copy:
    """A copy of a form in somebody's hands; every change is one that a person or program makes."""

    def __init__(self, source: Path | bytes) -> None:
        with zipfile.ZipFile(io.BytesIO(source) if isinstance(source, bytes) else source) as package:
            self.parts = {name: package.read(name) for name in package.namelist()}

    def save(self, path: Path) -> Path:
        """Write the copy."""
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
            for name, content in self.parts.items():
                package.writestr(name, content)
        return path

    # -- sheets ------------------------------------------------------------------------------------

    @property
    def names(self) -> list[str]:
        """The sheets' names, in order."""
        return re.findall(r'<sheet name="([^"]+)"', self._workbook)

    def rename(self, old: str, new: str) -> Copy:
        """Give a sheet another name."""
        assert f'<sheet name="{old}"' in self._workbook
        self._workbook = self._workbook.replace(f'<sheet name="{old}"', f'<sheet name="{new}"')
        return self

    def delete(self, name: str) -> Copy:
        """Delete a sheet: no more of it than its place in the list of sheets, as readers go by that."""
        self._workbook, count = re.subn(rf'<sheet name="{re.escape(name)}"[^>]*/>', "", self._workbook)
        assert count == 1
        self._workbook = re.sub(r"<definedNames>.*?</definedNames>", "", self._workbook, flags=re.DOTALL)
        return self

    def reverse(self) -> Copy:
        """Put the sheets into the opposite order."""
        sheets = re.findall(r"<sheet [^>]*/>", self._workbook)
        start, end = self._workbook.index(sheets[0]), self._workbook.index(sheets[-1]) + len(sheets[-1])
        self._workbook = self._workbook[:start] + "".join(reversed(sheets)) + self._workbook[end:]
        return self

    # -- cells -------------------------------------------------------------------------------------

    def set(self, sheet: str, cell: str, xml: str, kind: str = "") -> Copy:
        """Put raw XML into a cell: `<v>1</v>` with kind `b`, or `<f>1=1</f>`; the cell keeps its look."""
        kind_xml = f' t="{kind}"' if kind else ""

        def put(content: str) -> str:
            pattern = rf'<c r="{cell}"((?: s="\d+")?)[^>]*?(?:/>|>.*?</c>)'
            changed, count = re.subn(
                pattern, lambda match: f'<c r="{cell}"{match[1]}{kind_xml}>{xml}</c>', content, count=1, flags=re.DOTALL
            )
            assert count == 1, f"no cell {cell} on {sheet}"
            return changed

        return self.change(sheet, put)

    def write(self, sheet: str, cell: str, text: str) -> Copy:
        """Type a text into a cell that may hold nothing yet, and so may not be there."""
        row, col = int(re.sub(r"\D", "", cell)), _col(re.sub(r"\d", "", cell))
        made = f'<c r="{cell}" t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>'

        def put(found: re.Match[str]) -> str:
            cells = dict(_cells(found[2]))
            cells[col] = made
            return f"{found[1]}{''.join(xml for _, xml in sorted(cells.items()))}</row>"

        pattern = rf'(<row r="{row}"[^>]*>)(.*?)</row>'
        return self.change(sheet, lambda content: _undimensioned(_replaced(pattern, put, _with_row(content, row))))

    def type(self, sheet: str, cell: str, text: str) -> Copy:
        """Type a text."""
        return self.set(sheet, cell, f'<is><t xml:space="preserve">{escape(text)}</t></is>', "inlineStr")

    def tick(self, sheet: str, cell: str, *, ticked: bool = True) -> Copy:
        """Click a tickbox."""
        return self.set(sheet, cell, f"<v>{int(ticked)}</v>", "b")

    def clear(self, sheet: str, cell: str) -> Copy:
        """Press Delete on a cell."""
        return self.set(sheet, cell, "")

    # -- rows and columns --------------------------------------------------------------------------

    def insert_rows(self, sheet: str, at: int, count: int = 1) -> Copy:
        """Insert empty rows above a row, counted from 1."""
        return self._renumber(sheet, lambda col, row: (col, row + count if row >= at else row))

    def delete_row(self, sheet: str, at: int) -> Copy:
        """Delete a row, counted from 1."""
        self.change(sheet, lambda content: re.sub(rf'<row r="{at}"[^>]*>.*?</row>', "", content, flags=re.DOTALL))
        return self._renumber(sheet, lambda col, row: (col, row - 1 if row > at else row))

    def insert_columns(self, sheet: str, count: int = 1) -> Copy:
        """Insert empty columns on the left."""
        return self._renumber(sheet, lambda col, row: (col + count, row))

    def _renumber(self, sheet: str, move: Callable[[int, int], tuple[int, int]]) -> Copy:
        def moved(content: str) -> str:
            data = re.search(r"<sheetData>.*</sheetData>", content, re.DOTALL)
            assert data
            rows = re.sub(r'<row r="(\d+)"', lambda m: f'<row r="{move(0, int(m[1]))[1]}"', data[0])
            rows = re.sub(r' spans="[^"]*"', "", rows)
            cells = re.sub(
                r'<c r="([A-Z]+)(\d+)"',
                lambda m: f'<c r="{_a1(*move(_col(m[1]), int(m[2])))}"',
                rows,
            )
            # What refers to the old places is of no use any more, and readers do not look at it.
            rest = re.sub(
                r"<(conditionalFormatting|dataValidations|hyperlinks)\b.*?</\1>", "", content, flags=re.DOTALL
            )
            return _undimensioned(re.sub(r"<sheetData>.*</sheetData>", lambda _: cells, rest, flags=re.DOTALL))

        return self.change(sheet, moved)

    def sort(self, sheet: str, first: int, last: int) -> Copy:
        """Sort rows, first to last, into the opposite order."""

        def turned(content: str) -> str:
            rows = re.findall(r"<row [^>]*?/>|<row .*?</row>", content, re.DOTALL)
            moved = {}
            for row in rows:
                number = int(row.split('"')[1])
                number = first + last - number if first <= number <= last else number
                moved[number] = _at_row(row, number)
            data = f"<sheetData>{''.join(moved[number] for number in sorted(moved))}</sheetData>"
            return re.sub(r"<sheetData>.*</sheetData>", lambda _: data, content, flags=re.DOTALL)

        return self.change(sheet, turned)

    def delete_column(self, sheet: str, letter: str) -> Copy:
        """Delete a column; those on its right move to the left."""
        gone = _col(letter)
        pattern = rf'<c r="{letter}\d+"[^>]*?(?:/>|>.*?</c>)'
        self.change(sheet, lambda content: re.sub(pattern, "", content, flags=re.DOTALL))
        return self._renumber(sheet, lambda col, row: (col - 1 if col > gone else col, row))

    def move_columns(self, sheet: str, where: dict[str, str], first: int = 1, last: int = 10_000) -> Copy:
        """Cut columns and paste them elsewhere, over what is there; in some rows only where these are given."""
        places = {_col(old): new for old, new in where.items()}

        def moved(found: re.Match[str]) -> str:
            if not first <= int(found[2]) <= last:
                return found[0]
            before = dict(_cells(found[3]))
            cells = {col: xml for col, xml in before.items() if col not in places}
            for col, new in places.items():
                if col in before:
                    cells[_col(new)] = re.sub(r'r="[A-Z]+', f'r="{new}', before[col], count=1)
            return f"{found[1]}{''.join(xml for _, xml in sorted(cells.items()))}</row>"

        pattern = r'(<row r="(\d+)"[^>]*[^/>]>)(.*?)</row>'
        return self.change(sheet, lambda content: _undimensioned(re.sub(pattern, moved, content, flags=re.DOTALL)))

    def shift(self, sheet: str, column: str, at: int, by: int) -> Copy:
        """Delete one cell of a column (-1) or insert one (1), so that all cells below it move up or down."""
        col, rows = _col(column), r'(<row r="(\d+)"[^>]*?)(?:/>|>(.*?)</row>)'

        def shifted(content: str) -> str:
            before = {int(row): dict(_cells(cells)) for _, row, cells in re.findall(rows, content, re.DOTALL)}

            def put(found: re.Match[str]) -> str:
                row, cells = int(found[2]), dict(_cells(found[3] or ""))
                if row >= at:
                    cells.pop(col, None)
                    if row - by >= at and (other := before.get(row - by, {}).get(col)):
                        cells[col] = _at_row(other, row)
                return f"{found[1]}>{''.join(xml for _, xml in sorted(cells.items()))}</row>"

            return re.sub(rows, put, content, flags=re.DOTALL)

        return self.change(sheet, shifted)

    def sort_columns(self, sheet: str, columns: str, first: int, last: int) -> Copy:
        """Sort some columns of some rows into the opposite order; the other columns stay as they are."""
        rows, before = range(first, last + 1), dict[int, dict[str, str]]()

        def turned(content: str) -> str:
            for row in rows:
                found = re.search(rf'<row r="{row}"[^>]*>(.*?)</row>', content, re.DOTALL)
                assert found
                before[row] = {column_name(col): xml for col, xml in _cells(found[1])}
            for row in rows:
                other = before[first + last - row]
                new = {**before[row], **{c: _at_row(other[c], row) for c in columns if c in other}}
                cells = "".join(xml for _, xml in sorted(new.items()))
                pattern = rf'(<row r="{row}"[^>]*>).*?</row>'
                content = _replaced(pattern, lambda found, cells=cells: f"{found[1]}{cells}</row>", content)
            return content

        return self.change(sheet, turned)

    def add_sheet(self, name: str, text: str) -> Copy:
        """Add a sheet that holds a text."""
        number = 90 + len(self.names)
        main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
        cell = f'<c r="A1" t="inlineStr"><is><t>{escape(text)}</t></is></c>'
        self.parts[f"xl/worksheets/sheet{number}.xml"] = (
            f'<?xml version="1.0"?><worksheet xmlns="{main}"><sheetData><row r="1">{cell}</row></sheetData></worksheet>'
        ).encode()
        return self._listed(name, number)

    def copy_sheet(self, name: str, new: str) -> Copy:
        """Copy a sheet inside the workbook."""
        number = 90 + len(self.names)
        self.parts[f"xl/worksheets/sheet{number}.xml"] = self.parts[self._part(name)]
        return self._listed(new, number)

    def _listed(self, name: str, number: int) -> Copy:
        rels, types = "xl/_rels/workbook.xml.rels", "[Content_Types].xml"
        kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"
        relation = f'<Relationship Id="rId{number}" Type="{kind}" Target="worksheets/sheet{number}.xml"/>'
        self.parts[rels] = self.parts[rels].replace(b"</Relationships>", f"{relation}</Relationships>".encode())
        sheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
        override = f'<Override PartName="/xl/worksheets/sheet{number}.xml" ContentType="{sheet}"/></Types>'
        self.parts[types] = self.parts[types].replace(b"</Types>", override.encode())
        entry = f'<sheet name="{escape(name)}" sheetId="{number}" r:id="rId{number}"/></sheets>'
        self._workbook = _once(self._workbook, "</sheets>", entry)
        return self

    def hide_column(self, sheet: str, number: int) -> Copy:
        """Hide a column, counted from 1."""
        mark = f'<col min="{number}" max="{number}"'
        return self.change(sheet, lambda content: _once(content, mark, f'{mark} hidden="1"'))

    def merge(self, sheet: str, first: str, last: str, *emptied: str) -> Copy:
        """Merge cells; Excel keeps the first one's value and empties the others."""
        for cell in emptied:
            self.clear(sheet, cell)
        merged = f'</sheetData><mergeCells count="1"><mergeCell ref="{first}:{last}"/></mergeCells>'
        return self.change(sheet, lambda content: _once(_unprotected(content), "</sheetData>", merged))

    def unprotect(self, sheet: str) -> Copy:
        """Take the sheet's protection off."""
        return self.change(sheet, _unprotected)

    def hide(self, name: str, how: str = "hidden") -> Copy:
        """Hide a sheet: `hidden`, or `veryHidden` as macros do it."""
        self._workbook = _once(self._workbook, f'<sheet name="{name}"', f'<sheet name="{name}" state="{how}"')
        return self

    def hide_rows(self, sheet: str, first: int, last: int) -> Copy:
        """Hide rows, counted from 1."""
        for row in range(first, last + 1):
            mark = f'<row r="{row}"'
            self.change(sheet, lambda content, mark=mark: _once(content, mark, f'{mark} hidden="1"'))
        return self

    # -- what lies on a sheet ------------------------------------------------------------------------

    def comment(self, sheet: str, cell: str, text: str) -> Copy:
        """Write a comment on a cell."""
        body = f'<comment ref="{cell}" authorId="0"><text><t>{escape(text)}</t></text></comment>'
        part = f"<comments {_MAIN}><authors><author/></authors><commentList>{body}</commentList></comments>"
        return self._lay_on(sheet, "comments", "xl/comments{}.xml", part)

    def draw(self, sheet: str, cell: str, text: str = "") -> Copy:
        """Draw a circle over a cell, or a box with a text."""
        col, row = _col(re.sub(r"\d", "", cell)), int(re.sub(r"\D", "", cell)) - 1
        ends = (
            f"<xdr:{end}><xdr:col>{col + at}</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>{row + at}</xdr:row>"
            f"<xdr:rowOff>0</xdr:rowOff></xdr:{end}>"
            for at, end in enumerate(("from", "to"))
        )
        words = f"<xdr:txBody><a:bodyPr/><a:p><a:r><a:t>{escape(text)}</a:t></a:r></a:p></xdr:txBody>" if text else ""
        shape = (
            '<xdr:sp macro="" textlink=""><xdr:nvSpPr><xdr:cNvPr id="2" name="Oval 1"/><xdr:cNvSpPr/></xdr:nvSpPr>'
            '<xdr:spPr><a:prstGeom prst="ellipse"><a:avLst/></a:prstGeom></xdr:spPr>' + words + "</xdr:sp>"
        )
        space = "http://schemas.openxmlformats.org/drawingml/2006/"
        part = (
            f'<xdr:wsDr xmlns:xdr="{space}spreadsheetDrawing" xmlns:a="{space}main"><xdr:twoCellAnchor>{"".join(ends)}'
            f"{shape}<xdr:clientData/></xdr:twoCellAnchor></xdr:wsDr>"
        )
        return self._lay_on(sheet, "drawing", "xl/drawings/drawing{}.xml", part)

    def _lay_on(self, sheet: str, kind: str, name: str, part: str) -> Copy:
        """Add a part that a sheet points to."""
        folder, _, file = self._part(sheet).rpartition("/")
        relations, number = f"{folder}/_rels/{file}.rels", 1 + sum("rels" in each for each in self.parts)
        path = name.format(number)
        self.parts[path] = f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>{part}'.encode()
        kinds = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
        package = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"'
        own = self.parts.get(relations, f"<Relationships {package}></Relationships>".encode())
        target = f"../{path.removeprefix('xl/')}"
        relation = f'<Relationship Id="laid{number}" Type="{kinds}/{kind}" Target="{target}"/></Relationships>'
        self.parts[relations] = own.replace(b"</Relationships>", relation.encode())
        main = "application/vnd.openxmlformats-officedocument"
        content_type = f"{main}.spreadsheetml.comments+xml" if kind == "comments" else f"{main}.drawing+xml"
        types = "[Content_Types].xml"
        override = f'<Override PartName="/{path}" ContentType="{content_type}"/></Types>'
        self.parts[types] = self.parts[types].replace(b"</Types>", override.encode())
        if kind == "drawing":
            pointer = f'<drawing xmlns:r="{kinds}" r:id="laid{number}"/></worksheet>'
            self.change(sheet, lambda content: _once(content, "</worksheet>", pointer))
        return self

    # -- parts -------------------------------------------------------------------------------------

    def change(self, sheet: str, how: Callable[[str], str]) -> Copy:
        """Change the XML of a sheet."""
        part = self._part(sheet)
        self.parts[part] = how(self.parts[part].decode()).encode()
        return self

    def _part(self, sheet: str) -> str:
        rid = re.search(rf'<sheet name="{re.escape(escape(sheet))}"[^>]*r:id="(\w+)"', self._workbook)
        assert rid, f"no sheet {sheet}"
        relations = self.parts["xl/_rels/workbook.xml.rels"].decode()
        target = re.search(rf'Id="{rid[1]}"[^>]*Target="([^"]+)"', relations)
        assert target
        return f"xl/{target[1]}"

    @property
    def _workbook(self) -> str:
        return self.parts["xl/workbook.xml"].decode()

    @_workbook.setter
    def _workbook(self, text: str) -> None:
        self.parts["xl/workbook.xml"] = text.encode()


def _once(content: str, old: str, new: str) -> str:
    assert old in content, old
    return content.replace(old, new, 1)


def _replaced(pattern: str, how: Callable[[re.Match[str]], str], content: str) -> str:
    changed, count = re.subn(pattern, how, content, count=1, flags=re.DOTALL)
    assert count == 1, pattern
    return changed


def _cells(row: str) -> list[tuple[int, str]]:
    """The cells of a row with their columns."""
    found = re.finditer(r'<c r="([A-Z]+)\d+"[^>]*?(?:/>|>.*?</c>)', row, re.DOTALL)
    return [(_col(cell[1]), cell[0]) for cell in found]


def _undimensioned(content: str) -> str:
    """A sheet without the size that it had; programs write it anew, and some believe it."""
    return re.sub(r'<dimension ref="[^"]*"/>', "", content)


def _unprotected(content: str) -> str:
    return re.sub(r"<sheetProtection[^>]*/>", "", content)


def _with_row(content: str, row: int) -> str:
    """The XML of a sheet in which a row is there, to be written into."""
    if re.search(rf'<row r="{row}"[^>]*[^/]>', content):
        return content
    content = re.sub(rf'<row r="{row}"[^>]*/>', "", content)
    below = next((at.start() for at in re.finditer(r'<row r="(\d+)"', content) if int(at[1]) > row), None)
    at = content.index("</sheetData>") if below is None else below
    return f'{content[:at]}<row r="{row}"></row>{content[at:]}'


def _at_row(row: str, number: int) -> str:
    row = re.sub(r'<row r="\d+"', f'<row r="{number}"', row)
    return re.sub(r'<c r="([A-Z]+)\d+"', rf'<c r="\g<1>{number}"', row)


def pasted(source: bytes, *, names: bool = False) -> bytes:
    """The values of every sheet pasted into a new workbook, without a format or a formula."""
    return written((grid.name if names else None, grid) for grid in xlsx.read(source).grids)


def written(grids: Iterable[tuple[str | None, Grid]]) -> bytes:
    """A new workbook with the values of some sheets, each under a name or the program's own."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        for name, grid in grids:
            sheet = book.add_worksheet(name)
            for (row, col), value in grid.cells.items():
                if isinstance(value, str):
                    sheet.write_string(row, col, value)
                else:
                    sheet.write(row, col, value)
    return out.getvalue()


def _a1(col: int, row: int) -> str:
    return f"{column_name(col)}{row}"


def _col(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def places(form: Form) -> dict[str, tuple[str, str]]:
    """The sheet and cell in which a fresh form takes the answer of each key."""
    found = {}
    for sheet in form.plan():
        for row, line in enumerate(sheet.lines):
            if line.key and line.kind is not layout.Kind.QUESTION:
                in_box = line.kind in (layout.Kind.LEVEL, layout.Kind.NOT_APPLICABLE)
                found[line.key] = sheet.name, a1(row, layout.TICK if in_box else layout.STATEMENT)
    return found
