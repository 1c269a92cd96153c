"""The quick reading of usual XML says what the thorough reading says."""

from __future__ import annotations

import io
import random
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, time
from pathlib import Path

import pytest
from edit_cases import FORM, LEDGER
from edits import Copy
from hostile import saved as edit_saved
from hypothesis import given, settings
from hypothesis import strategies as st
from rounds_in_memory import QUESTIONNAIRE

from impact_xl.form import layout
from impact_xl.form import workbook as form
from impact_xl.form.layout import Action
from impact_xl.form.workbook import Form
from impact_xl.returns.file_type import FileRejected
from impact_xl.returns.formats import xlsx, xlsx_fast
from impact_xl.returns.formats.grid import Content, Grid
from impact_xl.returns.formats.package_reader import Package
from impact_xl.returns.parse import submissions
from impact_xl.roster import Round

FILLED = {"Q01.L2": True, "Q02.L3": "x", "start.team": "A & B", "Q01.note": "Two\nlines", "P1.what": "<huddles>"}
NATIVE = form.build(Form(QUESTIONNAIRE, entries=FILLED))
SHEET = "xl/worksheets/sheet2.xml"
REAL = Path(__file__).parent / "real"
Sheet = tuple[str, dict, Grid]


def parts_of(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        return {name: package.read(name) for name in package.namelist()}


def saved(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return out.getvalue()


PARTS = parts_of(NATIVE)


def with_xml(was: bytes, now: bytes, part: str = SHEET) -> bytes:
    assert was in PARTS[part]
    return saved({**PARTS, part: PARTS[part].replace(was, now, 1)})


def quick(content: bytes) -> list[Sheet] | None:
    return list(map(sheet, xlsx.read(content).grids)) if xlsx_fast.sheets(Package(content)) is not None else None


def thorough(content: bytes) -> list[Sheet]:
    return list(map(sheet, xlsx.read(content, fast=False).grids))


def sheet(grid: Grid) -> Sheet:
    """A sheet with its values and their types; a day is a day, whether a library adds midnight to it or not."""
    values = {place: _day(value) for place, value in grid.cells.items()}
    return grid.name, {place: (type(value), value) for place, value in values.items()}, replace(grid, cells={})


def _day(value: object) -> object:
    return value.date() if isinstance(value, datetime) and value.time() == time() else value


# -- usual XML --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wanted",
    [
        Form(QUESTIONNAIRE),
        Form(QUESTIONNAIRE, entries=FILLED),
        Form(QUESTIONNAIRE, "list", entries=FILLED),
        Form(QUESTIONNAIRE, round=Round(not_applicable=True)),
        Form(QUESTIONNAIRE, team_id="ward-7", last={"Q01.L2", "Q03.L5"}, last_priorities=[Action("Huddles")]),
        Form(QUESTIONNAIRE, corrects={"Q01": "No box is ticked.", "Q19": ""}),
        Form(QUESTIONNAIRE, actions=[Action("Huddles", "Q07 Coaching", "Sister Jones", "May 2027")]),
    ],
)
def test_our_own_forms_are_usual(wanted: Form):
    content = form.build(wanted)
    assert quick(content) == thorough(content)


TICK = b' t="b"><v>1</v></c>'
USUAL = {
    "a number": (TICK, b"><v>7</v></c>"),
    "a number that says so": (TICK, b' t="n"><v>-1.5E2</v></c>'),
    "a number with a formula": (TICK, b' t="n"><f aca="false">TRUE()</f><v>1</v></c>'),
    "LibreOffice's box that is not ticked": (TICK, b' t="n"><f aca="false">FALSE()</f><v>0</v></c>'),
    "the same without its value": (TICK, b' t="n"><f aca="false">FALSE()</f></c>'),
    "the same whose value is nothing": (TICK, b' t="n"><f aca="false">FALSE()</f><v></v></c>'),
    "the same with another value": (TICK, b' t="n"><f aca="false">FALSE()</f><v>1</v></c>'),
    "an error": (TICK, b' t="e"><v>#REF!</v></c>'),
    "a formula without its value": (TICK, b"><f>TRUE()</f></c>"),
    "a formula whose value is nothing": (TICK, b' t="str"><f>A1</f><v></v></c>'),
    "the same, shorter": (TICK, b' t="str"><f>A1</f><v/></c>'),
    "a text in its cell": (TICK, b' t="inlineStr"><is><t>x &#8226; &lt;</t></is></c>'),
    "a text in pieces in its cell": (
        TICK, b' t="inlineStr"><is><r><rPr><b/></rPr><t xml:space="preserve">a </t></r><r><t>b</t></r></is></c>'
    ),
    "an empty text in its cell": (TICK, b' t="inlineStr"><is><t/></is></c>'),
    "merged cells": (b"</sheetData>", b'</sheetData><mergeCells count="1"><mergeCell ref="B15:B16"/></mergeCells>'),
    "breaks of pages": (b"</worksheet>", b'<rowBreaks><brk id="9" max="16383" man="1"/></rowBreaks></worksheet>'),
    "a row without cells": (b"</sheetData>", b'<row r="900" ht="9"></row><row r="901"/></sheetData>'),
    "a high row": (b"</sheetData>", b'<row r="900" ht="123.45"><c r="A900" t="b"><v>1</v></c></row></sheetData>'),
    "a row that nobody sees": (b"</sheetData>", b'<row r="99" ht="1"><c r="A99" t="b"><v>1</v></c></row></sheetData>'),
    "a hidden row": (b'<row r="15"', b'<row hidden="true" r="15"'),
    "a row of Excel's": (b'<row r="15"', b'<row x14ac:dyDescent="0.2" r="15"'),
    "a prefix that nothing has": (b"<worksheet ", b'<worksheet xmlns:x="http://x" '),
    "no declaration": (PARTS[SHEET][: PARTS[SHEET].index(b"<worksheet")], b""),
    "a declaration with its own line": (b"?>", b"?>\r\n"),
    "a note in Japanese": (
        b"<si><t>Ref</t></si>", b'<si><t>Ref</t><rPh sb="0" eb="1"><t>x</t></rPh><phoneticPr fontId="1"/></si>'
    ),
    "a text in pieces": (
        b"<si><t>Ref</t></si>", b'<si><r><t>Re</t></r><r><rPr><b/></rPr><t xml:space="preserve"> f</t></r></si>'
    ),
    "an empty text": (b"<si><t>Ref</t></si>", b"<si><t/></si>"),
}  # fmt: skip


@pytest.mark.parametrize("what", USUAL)
def test_what_programs_write_is_read_as_the_libraries_read_it(what: str):
    was, now = USUAL[what]
    content = with_xml(was, now, "xl/sharedStrings.xml" if b"<si>" in was else SHEET)
    assert quick(content) == thorough(content)


def test_a_sheet_without_rows():
    rows = PARTS[SHEET][PARTS[SHEET].index(b"<sheetData>") : PARTS[SHEET].index(b"</sheetData>") + 12]
    content = with_xml(rows, b"<sheetData/>")
    assert quick(content) == thorough(content)
    assert quick(content)[1][1] == {}


OTHERWISE = {
    "a tick that is neither": (TICK, b' t="b"><v>2</v></c>'),
    "a tick in words": (TICK, b' t="b"><v>true</v></c>'),
    "a date as text": (TICK, b' t="d"><v>2026-11-24</v></c>'),
    "a kind without a name": (TICK, b' t=""><v>1</v></c>'),
    "a sign in the place of a value": (TICK, b' t="b">#</c>'),
    "a sign in the place of a text": (TICK, b' t="inlineStr">@</c>'),
    "a sign in the place of a text that is no text": (TICK, b' t="b"><is><t>x</t></is></c>'),
    "a text and a value": (TICK, b' t="inlineStr"><is><t>x</t></is><v>1</v></c>'),
    "a value and a text": (TICK, b' t="inlineStr"><v>1</v><is><t>x</t></is></c>'),
    "a text with a formula": (TICK, b' t="inlineStr"><f>A1</f><is><t>x</t></is></c>'),
    "two texts in a cell": (TICK, b' t="inlineStr"><is><t>x</t></is><is><t>y</t></is></c>'),
    "a text that does not begin": (TICK, b' t="inlineStr"><t>x</t></is></c>'),
    "a text that does not end": (TICK, b' t="inlineStr"><is><t>x</t></c>'),
    "a text with a comment": (TICK, b' t="inlineStr"><is><t>x<!-- --></t></is></c>'),
    "a marked section in a text": (TICK, b' t="inlineStr"><is><t><![CDATA[x]]></t></is></c>'),
    "a row with two heights": (b'<row r="15"', b'<row ht="20" ht="30" r="15"'),
    "a value with an attribute": (TICK, b' t="b"><v a="1">1</v></c>'),
    "a number that is none": (TICK, b"><v>1,5</v></c>"),
    "a new kind of error": (TICK, b' t="e"><v>#SPILL!</v></c>'),
    "an error without its name": (TICK, b' t="e"><v></v></c>'),
    "a letter as its number": (TICK, b' t="b"><v>&#49;</v></c>'),
    "a comment in a value": (TICK, b' t="b"><v><!-- -->1</v></c>'),
    "an instruction in a value": (TICK, b' t="b"><v><?x?>1</v></c>'),
    "a marked section": (TICK, b' t="str"><v><![CDATA[x]]></v></c>'),
    "two values": (TICK, b' t="b"><v>0</v><v>1</v></c>'),
    "a formula behind its value": (TICK, b' t="b"><v>1</v><f>TRUE()</f></c>'),
    "more in a cell": (TICK, b' t="b"><v>1</v><extLst/></c>'),
    "a comment between cells": (TICK, TICK + b"<!-- -->"),
    "a shared formula without its value": (TICK, b'><f t="shared" si="0"/></c>'),
    "a picture in its cell": (b'<c r="B15"', b'<c vm="1" r="B15"'),
    "another space": (b'<c r="B15"', b'<c  r="B15"'),
    "other quotes": (b'<c r="B15"', b"<c r='B15'"),
    "a cell far to the right": (b'<c r="B15"', b'<c r="XFD15"'),
    "a cell far below": (b'<c r="B15"', b'<c r="B99999"'),
    "a cell in another row": (b'<c r="B15"', b'<c r="B16"'),
    "a cell there twice": (b'<c r="B15"', b'<c r="B15"/><c r="B15"'),
    "cells out of order": (b'<c r="B15"', b'<c r="C15"/><c r="B15"'),
    "a cell without its place": (b'<c r="B15"', b"<c"),
    "an attribute twice": (b'<c r="B15"', b'<c r="B15" s="1"'),
    "rows out of order": (b'<row r="15"', b'<row r="12"'),
    "a row without its number": (b'<row r="15" ', b"<row "),
    "a row with two numbers": (b'<row r="15"', b'<row r="16" r="15"'),
    "rows that are hidden by themselves": (b"<sheetFormatPr ", b'<sheetFormatPr zeroHeight="1" '),
    "rows of another sheet": (b"<sheetData>", b"<sheetData></sheetData><sheetData>"),
    "a comment before the rows": (b"<sheetData>", b"<!-- a comment --><sheetData>"),
    "another encoding": (b'encoding="UTF-8"', b'encoding="ISO-8859-1"'),
    "no end": (b"</worksheet>", b""),
    "a row without an end": (b"</row>", b""),
    "a row with two ends": (b"</row>", b"</row></row>"),
    "the letter that stands for a string": (b' t="s"><v>', b"#<v>"),
    "an ampersand in a formula": (TICK, b' t="b"><f>A1&B1</f><v>1</v></c>'),
    "an ampersand in a note in Japanese": (
        b"<si><t>Ref</t></si>", b'<si><t>Ref</t><rPh sb="0" eb="1"><t>a & b</t></rPh></si>'
    ),
    "an unknown entity": (b"<si><t>Ref</t></si>", b"<si><t>R&ent;f</t></si>"),
    "no letter": (b"<si><t>Ref</t></si>", b"<si><t>R&#xD800;f</t></si>"),
    "a text that is no UTF-8": (b"<si><t>Ref</t></si>", b"<si><t>R\xffef</t></si>"),
    "a string less": (b"<si><t>Ref</t></si>", b""),
    "a string that is nothing": (b"<si><t>Ref</t></si>", b"<si/>"),
    "spaces between pieces": (b"<si><t>Ref</t></si>", b"<si><r><t>Re </t></r><r><t>f</t></r></si>"),
    "an escape in pieces": (b"<si><t>Ref</t></si>", b"<si><r><t>_x00</t></r><r><t>41_</t></r></si>"),
    "strings without an end": (b"</sst>", b""),
}  # fmt: skip


@pytest.mark.parametrize("what", OTHERWISE)
def test_whatever_is_written_otherwise_is_left_to_the_others(what: str):
    was, now = OTHERWISE[what]
    strings = was.startswith((b"<si>", b"</sst>"))
    assert quick(with_xml(was, now, "xl/sharedStrings.xml" if strings else SHEET)) is None


@pytest.mark.parametrize("was", [b"<workbookPr ", b"<fileVersion "])
def test_days_that_count_from_1904_are_left_to_the_others(was: bytes):
    assert quick(with_xml(was, was + b'date1904="1" ', "xl/workbook.xml")) is None
    assert quick(with_xml(was, was + b'date1904="false" ', "xl/workbook.xml")) is not None


@pytest.mark.parametrize(
    ("code", "is_read"),
    [
        ("General", True), ("0.00", True), ("@", True), ("#,##0 ;(#,##0)", True), ('[=1]"☑";[=0]"☐";;General', True),
        ('"day "0', True), ("dd/mm/yyyy", True), ("d mmm yyyy", True), ("[$-809]dd\\ mmmm\\ yyyy;@", True),
        ("yy-mm", True),
        ("hh:mm", False), ("d/m/yyyy h:mm", False), ("[h]:mm", False), ("ge.m.d", False), ("mm:ss.0", False),
    ],
)  # fmt: skip
def test_a_number_is_what_its_format_makes_of_it(code: str, is_read: bool):
    styles = PARTS["xl/styles.xml"].decode()
    escaped = code.replace('"', "&quot;")
    styles = re.sub(r'(<numFmt numFmtId="165" formatCode=")[^"]*', lambda found: found[1] + escaped, styles)
    box = re.search(rb'<c r="B15" s="(\d+)"', PARTS[SHEET])[0]
    parts = {**PARTS, "xl/styles.xml": styles.encode()}
    parts[SHEET] = re.sub(re.escape(box) + rb' t="b"><v>.</v>', box + b"><v>46350</v>", PARTS[SHEET])
    assert parts[SHEET] != PARTS[SHEET]
    assert 'numFmtId="165" fontId' in styles
    if is_read:
        assert quick(saved(parts)) == thorough(saved(parts))
    else:
        assert quick(saved(parts)) is None


@pytest.mark.parametrize(
    "text",
    [
        b"a &amp; b &lt;c&gt; &quot;d&quot; &#65;&#x2713;",
        "naïve ☑ 😀".encode(),
        b"_x0041_ _x005F_x0041_",
        b"_x000A_",
        b"&#65;_x0020_",
        b"a\r\nb",
        b" ",
    ],
)
@pytest.mark.parametrize("space", [b"", b' xml:space="preserve"'])
def test_texts_are_what_they_say(text: bytes, space: bytes):
    content = with_xml(b"<si><t>Two\nlines</t></si>", b"<si><t%b>%b</t></si>" % (space, text), "xl/sharedStrings.xml")
    assert quick(content) == thorough(content)


# Ways to hide a column, or to merge cells, that XML takes for one and the same.
AROUND = {
    "columns on lines of their own": ("head", b'<cols\n><col min="2" max="2" width="9" hidden="1"/></cols\n>'),
    "a space in the tag": ("head", b'<cols ><col min="2" max="2" width="9" hidden="1"/></cols>'),
    "columns with a prefix": ("head", b'<x:cols xmlns:x="%b"><x:col min="2" max="2" width="9" hidden="1"/></x:cols>'),
    "columns with an odd prefix": (
        "head",
        b'<x-1:cols xmlns:x-1="%b"><x-1:col min="2" max="2" hidden="1"/></x-1:cols>',
    ),
    "a column with a prefix": ("head", b'<cols xmlns:x="%b"><x:col min="2" max="2" width="9" hidden="1"/></cols>'),
    "other quotes": ("head", b"<cols><col min='2' max='2' hidden='true'/></cols>"),
    "a column on two lines": ("head", b'<cols><col min="2" max="2"\nwidth="9" hidden="1"></col></cols>'),
    "a letter as its number": ("head", b'<cols><col min="&#50;" max="2" hidden="&#49;"/></cols>'),
    "a comment among columns": ("head", b'<cols><!-- </cols> --><col min="2" max="2" hidden="1"/></cols>'),
    "merged cells with a prefix": ("tail", b'<x:mergeCells xmlns:x="%b"><x:mergeCell ref="B15:B16"/></x:mergeCells>'),
    "a merged range with a prefix": ("tail", b'<mergeCells xmlns:x="%b"><x:mergeCell ref="B15:B16"/></mergeCells>'),
    "merged cells on lines of their own": ("tail", b"<mergeCells\n><mergeCell\nref='B15:B16'\n/></mergeCells>"),
    "merged cells in small letters": ("tail", b'<mergeCells><mergeCell ref="b15:b16"/></mergeCells>'),
    "a place with a letter as its number": ("tail", b'<mergeCells><mergeCell ref="B15&#58;B16"/></mergeCells>'),
}
MAIN = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"


@pytest.mark.parametrize("what", AROUND)
def test_hidden_columns_and_merged_cells_are_seen_however_they_are_spelled(what: str):
    where, xml = AROUND[what]
    xml = xml.replace(b"%b", MAIN)
    plain = re.sub(rb"<cols>.*?</cols>", b"", PARTS[SHEET])
    part = plain.replace(
        *((b"<sheetData>", xml + b"<sheetData>") if where == "head" else (b"</sheetData>", b"</sheetData>" + xml))
    )
    content = saved({**PARTS, SHEET: part})
    read = xlsx.read(content).grids[1]
    assert read.hidden_columns == ({1} if where == "head" else set())
    assert read.merged == (() if where == "head" else ((14, 1, 15, 1),))
    assert list(map(sheet, xlsx.read(content).grids)) == thorough(content)


def test_a_merged_range_that_says_no_cells_is_told():
    for place in (b"", b' ref="B:C"', b' ref="B15:"', b' ref="x"', b' ref="B15:B16 C1:C2"'):
        content = with_xml(b"</sheetData>", b"</sheetData><mergeCells><mergeCell%b/></mergeCells>" % place)
        for fast in (True, False):
            with pytest.raises(FileRejected, match="merged"):
                xlsx.read(content, fast=fast)


# Ways to say that a style shows days, or times.
_USUAL_XF = '<xf numFmtId="{}" fontId="0" fillId="0" borderId="0"/>'
DAYS = {
    "as usual": _USUAL_XF.format(14),
    "other quotes": "<xf numFmtId='14' fontId='0' fillId='0' borderId='0'/>",
    "spaces": '<xf numFmtId = "14" fontId="0" fillId="0" borderId="0"/>',
    "a line of its own": '<xf\nnumFmtId="14"\nfontId="0" fillId="0" borderId="0"/>',
    "a space in the value": '<xf numFmtId=" 14" fontId="0" fillId="0" borderId="0"/>',
    "a letter as its number": '<xf numFmtId="&#49;4" fontId="0" fillId="0" borderId="0"/>',
    "a time": "<xf numFmtId='20' fontId='0' fillId='0' borderId='0'/>",
    "a comment before it": "<!-- " + _USUAL_XF.format(0) + " -->" + _USUAL_XF.format(14),
    "a prefix": f'<x:xf xmlns:x="{MAIN.decode()}" numFmtId="14" fontId="0" fillId="0" borderId="0"/>',
    "an attribute that holds another": '<xf a=\' numFmtId="0" \' numFmtId="14" fontId="0" fillId="0" borderId="0"/>',
    "a prefix before another number": '<xf xmlns:x="y" x:numFmtId="0" numFmtId="14" fontId="0" borderId="0"/>',
    "more inside": '<xf numFmtId="14" fontId="0"><extLst><ext><xf numFmtId="0"/></ext></extLst></xf>',
}


def with_style(xf: str, styles: bytes = PARTS["xl/styles.xml"]) -> bytes:
    """The form with the number 1 in a box that has another style, one of which numbers are days."""
    more = f"{xf}{_USUAL_XF.format(0)}".encode()
    styles = styles.replace(b"</cellXfs>", more + b"</cellXfs>")
    number = len(re.findall(rb"<xf ", PARTS["xl/styles.xml"].partition(b"<cellXfs")[2].partition(b"</cellXfs>")[0]))
    box = re.sub(rb'<c r="B15"[^>]*>.*?</c>', b'<c r="B15" s="%d"><v>1</v></c>' % number, PARTS[SHEET])
    return saved({**PARTS, "xl/styles.xml": styles, SHEET: box})


@pytest.mark.parametrize("how", DAYS)
def test_a_number_that_shows_a_day_is_no_number_however_its_style_is_spelled(how: str):
    assert quick(with_style(DAYS[how])) is None


def a_format(number: int, code: str) -> str:
    return f'<numFmt numFmtId="{number}" formatCode="{code}"/>'


TWO = a_format(1, "dd/mm/yyyy"), a_format(1, "0")


@pytest.mark.parametrize(
    "formats",
    [
        '<numFmt formatCode="dd/mm/yyyy" numFmtId="1"/>',
        "".join(TWO),
        "".join(reversed(TWO)),
        TWO[0].replace('"', "'"),
        TWO[0].replace("<numFmt ", "<numFmt\n"),
        TWO[0].replace("<numFmt ", f'<x:numFmt xmlns:x="{MAIN.decode()}" '),
    ],
)
def test_a_format_that_is_spelled_otherwise_is_left_to_the_others(formats: str):
    """It gives the number of a built-in format another meaning, or two."""
    styles = re.sub(rb"<numFmts[^>]*>", lambda head: head[0] + formats.encode(), PARTS["xl/styles.xml"], count=1)
    assert styles != PARTS["xl/styles.xml"]
    assert quick(with_style(_USUAL_XF.format(1), styles)) is None


def test_a_format_of_a_condition_says_nothing_of_a_cell():
    dated, plain = a_format(190, "h:mm").encode(), a_format(190, "0").encode()
    styles = re.sub(rb"<numFmts[^>]*>", lambda head: head[0] + dated, PARTS["xl/styles.xml"], count=1)
    styles = styles.replace(b"</styleSheet>", b"<dxfs><dxf>%b</dxf></dxfs></styleSheet>" % plain)
    assert quick(with_style(_USUAL_XF.format(190), styles)) is None


_PIECES = (
    *(b"<", b">", b"/", b'"', b" ", b"<v>", b"</v>", b'<c r="B15">', b"</c>", b't="b"', b't="s"', b"<f>", b"</f>"),
    *(b"&amp;", b"&", b"1", b"0", b"-", b"<!--", b"-->", b'<row r="3">', b"</row>", b'<row r="9"/>', b"\xff", b"<v/>"),
    *(b't="e"', b's="1"', b"<si>", b"</si>", b"<t>", b"</t>", b"&#65;", b"_x0041_", b"\r\n", b"   ", b'spans="1:5"'),
    b'<c r="B15" t="b"><v>1</v></c>',
    *(b"<is>", b"</is>", b"<is><t>x</t></is>", b"@", b"#", b't="inlineStr"', b' ht="1"', b' ht="15"', b"<v>0</v>"),
)


def _as_others(part: bytes) -> bytes:
    """A sheet with its texts in their cells, as openpyxl may have them, and boxes as LibreOffice has them."""
    texts = [b"<is>%b</is>" % each for each in re.findall(rb"<si>(.*?)</si>", PARTS["xl/sharedStrings.xml"], re.DOTALL)]
    part = re.sub(rb' t="s"><v>([0-9]+)</v>', lambda cell: b' t="inlineStr">' + texts[int(cell[1])], part)
    return re.sub(
        rb' t="b"><v>([01])</v>',
        lambda cell: b' t="n"><f aca="false">%b()</f><v>%b</v>' % (b"TRUE" if cell[1] == b"1" else b"FALSE", cell[1]),
        part,
    )


def test_texts_in_cells_and_boxes_of_another_program():
    content = saved({**PARTS, SHEET: _as_others(PARTS[SHEET])})
    read = quick(content)
    assert read == thorough(content)
    assert b"<is>" in _as_others(PARTS[SHEET])
    assert [each[1].keys() for each in read] == [each[1].keys() for each in quick(saved(PARTS))]


@pytest.mark.parametrize("spelling", [bytes, _as_others], ids=["ours", "others"])
def test_random_changes_are_read_alike_or_left_to_the_others(spelling: Callable[[bytes], bytes]):
    """Of each hundred some twelve are still usual; what these say has to be what the thorough reading says."""
    taken = 0
    for seed in range(1_500):
        dice = random.Random(seed)
        part = dice.choice(["xl/sharedStrings.xml", "xl/workbook.xml", "xl/worksheets/sheet1.xml", SHEET, SHEET])
        changed = bytearray(spelling(PARTS[part]) if part == SHEET else PARTS[part])
        for _ in range(dice.randint(1, 3)):
            at = (
                changed.find(b"<", dice.randrange(len(changed)))
                if dice.random() < 0.5
                else dice.randrange(len(changed))
            )
            if dice.random() < 0.4:
                changed[at:at] = dice.choice(_PIECES)
            else:
                changed[at : at + dice.randint(1, 12)] = dice.choice((b"", dice.choice(_PIECES)))
        content = saved({**PARTS, part: bytes(changed)})
        if (read := quick(content)) is not None:
            taken += 1
            assert read == thorough(content), seed
    assert taken > 100


def test_a_day_before_march_1900_is_left_to_the_others():
    """Programs count these days differently; and a part of a day is a time."""
    dated = PARTS["xl/styles.xml"].replace(
        b"</cellXfs>", b'<xf numFmtId="14" fontId="0" fillId="0" borderId="0"/></cellXfs>'
    )
    style = len(re.findall(rb"<xf ", dated[dated.index(b"<cellXfs") : dated.index(b"</cellXfs>")])) - 1
    read = {}
    for value in (b"60", b"61", b"46350", b"46350.5", b"-1", b"2958466"):
        cell = b'<c r="B15" s="%d"><v>%b</v></c>' % (style, value)
        sheet = re.sub(rb'<c r="B15" s="\d+" t="b"><v>.</v></c>', cell, PARTS[SHEET])
        read[value] = quick(saved({**PARTS, "xl/styles.xml": dated, SHEET: sheet})) is not None
    assert read == {b"60": False, b"61": True, b"46350": True, b"46350.5": False, b"-1": False, b"2958466": False}


def test_cells_come_row_by_row():
    """Findings list texts in this order."""
    for grid in xlsx.read(NATIVE).grids:
        assert list(grid.cells) == sorted(grid.cells)


# -- the switch ---------------------------------------------------------------------------------------


_BOXES = [
    layout.level_key(question.id, level.number)
    for question in QUESTIONNAIRE.questions
    for level in QUESTIONNAIRE.levels
]
_TYPED = st.sampled_from(
    [True, False, "x", "X", "✓", "1", "yes", "maybe", "n/a", "-", 1, 0, 7, "Progressing", "TRUE", " "]
)
_WRITTEN = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        ["Tick", "Q01.L1", "Status", "What we saw", "Correction: x", "impact-xl|form", "To do", "Team", "3 of 4 done",
         "Evidence or notes", QUESTIONNAIRE.questions[0].statements[0], QUESTIONNAIRE.levels[0].name, "Priority 1",
         "Last time"]
    ),
)  # fmt: skip
_TEXTS = ["start.team", "start.other-team", "start.date", "Q01.note", "Q09.note", "P1.what", "P2.question", "P3.by"]


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(st.sampled_from(_BOXES), _TYPED, max_size=30),
    st.dictionaries(st.sampled_from(_TEXTS), _WRITTEN, max_size=5),
)
def test_any_filled_form_reads_alike_with_the_fast_path_and_without(boxes: dict[str, object], texts: dict[str, str]):
    content = form.build(Form(QUESTIONNAIRE, entries={**boxes, **texts}))
    assert list(map(sheet, xlsx.read(content).grids)) == thorough(content)


def test_the_ledger_has_the_same_grids_with_the_fast_path_and_without():
    for case in LEDGER:
        copy = Copy(FORM)
        case.change(copy)
        content = edit_saved(copy)
        try:
            read = list(map(sheet, xlsx.read(content).grids))
        except FileRejected as rejection:
            with pytest.raises(FileRejected, match=re.escape(rejection.rule)):
                xlsx.read(content, fast=False)
        else:
            assert read == thorough(content), case.name


@pytest.mark.parametrize("path", sorted(REAL.glob("*.xlsx")), ids=lambda path: path.stem)
def test_what_other_programs_saved_has_the_same_grids(path: Path):
    content = path.read_bytes()
    try:
        read = list(map(sheet, xlsx.read(content).grids))
    except FileRejected:
        with pytest.raises(FileRejected):
            xlsx.read(content, fast=False)
    else:
        assert read == thorough(content)


def test_a_whole_workbook_is_not_read_a_second_time(monkeypatch: pytest.MonkeyPatch):
    from impact_xl.returns import read_file

    without = parts_of(NATIVE)
    name = layout.component_sheet_name(QUESTIONNAIRE.components[1]).encode()
    begin = without["xl/workbook.xml"].index(b'<sheet name="' + name)
    end = without["xl/workbook.xml"].index(b"/>", begin) + 2
    without["xl/workbook.xml"] = without["xl/workbook.xml"][:begin] + without["xl/workbook.xml"][end:]
    monkeypatch.setattr(xlsx, "read_carefully", lambda _: pytest.fail("nothing more can be found"))
    read = read_file.read_content(saved(without), "f.xlsx", QUESTIONNAIRE)
    assert read.submissions[0].sheets_missing == (QUESTIONNAIRE.components[1].id,)


def test_what_is_refused_stays_refused():
    damaged = saved({**PARTS, SHEET: PARTS[SHEET][:-200]})
    assert quick(damaged) is None
    with pytest.raises(FileRejected):
        xlsx.read(damaged)
    assert submissions.submissions_in(Content(()), QUESTIONNAIRE, "f").submissions == ()
