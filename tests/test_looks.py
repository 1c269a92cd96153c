"""How cells look, what is hidden, and what lies on a sheet: each format's reader says the same."""

from __future__ import annotations

import io
import posixpath
import random
import struct
from dataclasses import asdict
from functools import cache
from pathlib import Path
from types import ModuleType

import libreoffice
import olefile
import pytest
import xlsxwriter
from looks import (
    CELLS,
    HIDDEN_COLUMN,
    HIDDEN_ROW,
    LOW_ROW,
    RICH,
    SHEET,
    TICK_FORMAT,
    VML,
    changed,
    relations,
    workbook,
)
from openpyxl import Workbook, load_workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.comments import Comment
from openpyxl.styles import Color, Font, GradientFill, PatternFill

from impact_xl.files.xls_records import Strings
from impact_xl.returns.formats import ods, xls, xlsx
from impact_xl.returns.formats.anchors import SheetSizes
from impact_xl.returns.formats.grid import Addition, CellError, Content, Grid, Look
from impact_xl.returns.formats.xls_additions import SheetAdditions

STYLES, RELATIONS = "xl/styles.xml", "xl/worksheets/_rels/sheet1.xml.rels"
A1 = (0, 0)


def grid_of(content: bytes) -> Grid:
    return xlsx.read(content).grids[0]


def facts(look: Look) -> dict[str, object]:
    """A look without what differs between programs: black may be the program's own, signs may be quoted in two ways."""
    code = look.number_format.replace("\\☑", '"☑"').replace("\\☐", '"☐"')
    return asdict(look) | {"colour": look.colour or "000000", "number_format": code}


def small(**sheet: str) -> bytes:
    """A workbook of one sheet, whose cells are `A1="text"`."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        page = book.add_worksheet()
        for cell, text in sheet.items():
            page.write(cell, text)
    return out.getvalue()


def saved(book: Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


# -- every format -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def converted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Content]:
    folder = tmp_path_factory.mktemp("looks")
    source = folder / "looks.xlsx"
    source.write_bytes(workbook())
    readers: dict[str, ModuleType] = {"ods": ods, "xls": xls}
    return {to: reader.read(_converted(source, folder, to)) for to, reader in readers.items()}


def _converted(source: Path, folder: Path, to: str) -> bytes:
    return libreoffice.convert(source, folder, to).read_bytes()


@cache
def as_xlsx() -> Content:
    return xlsx.read(workbook())


FORMATS = [
    pytest.param("xlsx"),
    *(pytest.param(to, marks=libreoffice.needs_office) for to in ("ods", "xls")),
]


@pytest.fixture(params=FORMATS)
def content(request: pytest.FixtureRequest) -> Content:
    return as_xlsx() if request.param == "xlsx" else request.getfixturevalue("converted")[request.param]


@pytest.mark.parametrize("row", range(len(CELLS)))
def test_every_kind_of_look(content: Content, row: int) -> None:
    usual = facts(Look(font="Calibri", size=11))
    look = facts(content.grids[0].look((row, 0)))
    assert look == usual | CELLS[row][2]


def test_runs(content: Content) -> None:
    grid = content.grids[0]
    assert grid.cells[RICH, 0] == "no yesþ"
    assert [(run.text, run.look.struck, run.look.font) for run in grid.runs[RICH, 0]] == [
        ("no ", False, "Calibri"),
        ("yes", True, "Calibri"),
        ("þ", False, "Wingdings"),
    ]
    assert list(grid.runs) == [(RICH, 0)]


def test_what_is_hidden(content: Content) -> None:
    looks, out_of_sight = content.grids
    assert {HIDDEN_ROW, LOW_ROW} <= looks.hidden_rows
    assert not looks.hidden_rows & set(range(HIDDEN_ROW))
    assert looks.hidden_columns == {HIDDEN_COLUMN}
    assert (looks.hidden, out_of_sight.hidden) == (False, True)


def test_what_lies_on_a_sheet_is_told_with_its_cell_and_words(content: Content) -> None:
    described = [each.described("Looks").replace("a text box", "a drawing") for each in content.grids[0].additions]
    chart = next(each for each in described if "chart" in each)
    assert sorted(set(described) - {chart}) == [
        "a comment on B2 of “Looks”: “Please read as Spreading”",
        "a drawing on C20 of “Looks”: “Look here”",
        "a drawn button or list on C25 of “Looks”",
        "a drawn option button on B33 of “Looks”: “not ticked”",
        "a drawn tickbox on B31 of “Looks”: “ticked”",
        "a picture on C17 of “Looks”",
    ]
    assert not content.extras
    assert not content.grids[1].additions


@pytest.mark.parametrize(
    ("height", "is_hidden"),
    [
        *((low, True) for low in ("0", "0.75", "1", "2", "2.5", "5", "5.99", "05")),
        ("6", False),
        ("9", False),
        ("15.5", False),
    ],
)
@pytest.mark.parametrize("fast", [False, True])
def test_in_a_row_that_is_very_low_nobody_can_read_anything(height: str, *, is_hidden: bool, fast: bool) -> None:
    low = changed(
        small(A2="x"), {SHEET: lambda xml: xml.replace(b'<row r="2"', b'<row r="2" ht="%s"' % height.encode())}
    )
    assert xlsx.read(low, fast=fast).grids[0].hidden_rows == ({1} if is_hidden else set())


# -- .xlsx: styles ----------------------------------------------------------------------------------


@pytest.mark.parametrize("read", [xlsx.read, lambda content: xlsx.read(content, fast=False), xlsx.read_carefully])
def test_looks_are_the_same_whatever_reader_reads_the_values(read) -> None:
    grid = read(workbook()).grids[0]
    usual = grid_of(workbook())
    assert dict(grid.styles) == dict(usual.styles)
    assert (grid.looks, grid.runs, grid.additions) == (usual.looks, usual.runs, usual.additions)
    assert (grid.hidden_rows, grid.hidden_columns) == (usual.hidden_rows, usual.hidden_columns)


@pytest.mark.parametrize(
    ("colour", "shown"),
    [
        (Color(rgb="00ABCDEF"), "ABCDEF"),
        (Color(theme=0), "FFFFFF"),
        (Color(theme=4), "4F81BD"),
        (Color(theme=0, tint=-0.5), "808080"),
        (Color(theme=1, tint=0.5), "808080"),
        (Color(indexed=10), "FF0000"),
        (Color(indexed=64), ""),
        (Color(auto=True), ""),
        (Color(theme=99), ""),
    ],
)
def test_colours_of_letters_and_grounds(colour: Color, shown: str) -> None:
    book = Workbook()
    book.active["A1"] = "x"
    book.active["A1"].font = Font(color=colour)
    book.active["B1"].fill = PatternFill("solid", fgColor=colour)
    grid = grid_of(saved(book))
    assert grid.look(A1).colour == shown
    assert grid.look((0, 1)).fill == (shown or "000000")


@pytest.mark.parametrize(("pattern", "fill"), [("none", ""), ("solid", "FF0000"), ("gray125", "FFDFDF")])
def test_patterns_are_seen_from_afar(pattern: str, fill: str) -> None:
    book = Workbook()
    book.active["A1"].fill = PatternFill(pattern, fgColor="FF0000", bgColor="FFFFFF")
    book.active["A2"] = "x"
    assert grid_of(saved(book)).look(A1).fill == fill


@pytest.mark.parametrize(
    ("stops", "kind", "fill"),
    [
        (("FFFFFF", "FFFF00"), "linear", "FFFF80"),
        (("FFFF00", "FFFFFF"), "linear", "FFFF80"),
        (("FFFFFF", "FF0000"), "path", "FF8080"),
        (("FFFFFF", "FFFF00", "FFFFFF"), "linear", "FFFFAA"),
        (("FF0000", "FF0000"), "linear", "FF0000"),
        (("FFFFFF", "FFFFFF"), "linear", "FFFFFF"),
    ],
)
def test_a_gradient_is_seen_from_afar_wherever_it_begins(stops: tuple[str, ...], kind: str, fill: str) -> None:
    book = Workbook()
    book.active["A1"].fill = GradientFill(kind, stop=stops)
    book.active["A2"] = "x"
    assert grid_of(saved(book)).look(A1).fill == fill


def test_a_cells_own_style_beats_its_named_one_whatever_is_flagged() -> None:
    unflagged = changed(workbook(), {STYLES: lambda part: part.replace(b' applyFont="1"', b' applyFont="0"')})
    assert grid_of(unflagged).looks == grid_of(workbook()).looks


def test_what_a_style_leaves_open_comes_from_its_named_one() -> None:
    def put(part: bytes) -> bytes:
        head, _, tail = part.partition(b"<cellXfs")
        before, _, after = tail.partition(b' fontId="2"')
        return head.replace(b'fontId="0"', b'fontId="2"', 1) + b"<cellXfs" + before + after

    (struck,) = [row for row, cell in enumerate(CELLS) if cell[2] == {"struck": True}]
    assert grid_of(changed(workbook(), {STYLES: put})).look((struck, 0)).struck


def test_runs_of_inline_strings() -> None:
    book = Workbook()
    book.active["A1"] = CellRichText("as ", TextBlock(InlineFont(strike=True, rFont="Arial"), "this"))
    book.active["A2"] = "plain"
    grid = grid_of(saved(book))
    assert grid.cells[A1] == "as this"
    assert [(run.text, run.look.struck) for run in grid.runs[A1]] == [("as ", False), ("this", True)]
    assert list(grid.runs) == [A1]


UNUSUAL = {
    "prefixes": lambda xml: (
        xml.replace(b"<", b"<x:").replace(b"<x:/", b"</x:").replace(b"<x:?", b"<?").replace(b"xmlns=", b"xmlns:x=")
    ),
    "other quotes": lambda xml: xml.replace(b"'", b"&apos;").replace(b'"', b"'"),
    "other order": lambda xml: xml.replace(b'<c r="A2" s="1" t="s">', b'<c t="s" s="1" r="A2">'),
    "no places of rows": lambda xml: xml.replace(b'<row r="', b'<row n="'),
    "no places of cells": lambda xml: xml.replace(b'<c r="A', b'<c R="A').replace(b'<c R="A1"', b"<c"),
    "line breaks": lambda xml: xml.replace(b'" s="', b'"\n s="'),
}


@pytest.mark.parametrize("how", UNUSUAL)
def test_unusual_xml_says_the_same(how: str) -> None:
    usual, other = grid_of(workbook()), grid_of(changed(workbook(), {SHEET: UNUSUAL[how]}))
    assert [other.look((row, 0)) for row in range(len(CELLS))] == [usual.look((row, 0)) for row in range(len(CELLS))]
    assert (other.hidden_rows, other.hidden_columns) == (usual.hidden_rows, usual.hidden_columns)


@pytest.mark.parametrize(
    "styles",
    [b"", b"<styleSheet", b"<styleSheet/>", b"<!DOCTYPE x><styleSheet/>", b'<?xml version="1.0" encoding="no"?><a/>'],
)
def test_styles_that_cannot_be_read_cost_no_value(styles: bytes) -> None:
    grid = xlsx.read_carefully(small(A1="x")).grids[0]
    content = changed(small(A1="x"), {STYLES: styles})
    try:
        other = grid_of(content)
    except Exception as error:  # noqa: BLE001  the readers of values may refuse such a file, and then say so
        assert type(error).__name__ == "FileRejected"  # noqa: PT017
    else:
        assert (other.cells, other.look(A1)) == (grid.cells, Look())


@pytest.mark.parametrize("number", [b"999", b"999999"])
def test_a_style_that_is_not_there(number: bytes) -> None:
    content = changed(workbook(), {SHEET: lambda xml: xml.replace(b'r="A2" s="1"', b'r="A2" s="%s"' % number)})
    grid = grid_of(content)
    assert grid.look((1, 0)) == Look()
    assert grid.cells[1, 0] == "þ"


def test_what_was_read_before_never_changes_what_is_read() -> None:
    yellow = changed(workbook(), {STYLES: lambda part: part.replace(b"FFFFFF00", b"FF00FFFF")})
    alone = [asdict(grid_of(content)) for content in (workbook(), yellow)]
    assert [asdict(grid_of(content)) for content in (yellow, workbook())] == alone[::-1]
    assert alone[0]["looks"] != alone[1]["looks"]


def test_very_hidden_sheets() -> None:
    book = load_workbook(io.BytesIO(small(A1="x")))
    book.create_sheet("Deep").sheet_state = "veryHidden"
    assert [grid.hidden for grid in xlsx.read(saved(book)).grids] == [False, True]


# -- .xlsx: what lies on a sheet --------------------------------------------------------------------


def additions(parts: dict[str, bytes], *targets: tuple[str, str], sheet: bytes = b"") -> tuple[Addition, ...]:
    """What lies on a small sheet to which some parts were added."""
    content = changed(
        small(A1="x"),
        parts
        | {SHEET: lambda xml: xml.replace(b"</worksheet>", sheet + b"</worksheet>")}
        | {RELATIONS: relations(*targets)},
    )
    read = xlsx.read(content)
    assert not read.extras
    return read.grids[0].additions


def comments(*of: tuple[str, str], author: str = "Ann") -> bytes:
    inside = "".join(
        f'<comment ref="{cell}" authorId="0"><text><r><t>{text}</t></r></text></comment>' for cell, text in of
    )
    return (
        '<comments xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f"<authors><author>{author}</author></authors><commentList>{inside}</commentList></comments>"
    ).encode()


def thread(*of: tuple[str, str]) -> bytes:
    inside = "".join(f'<threadedComment ref="{cell}"><text>{text}</text></threadedComment>' for cell, text in of)
    return f'<ThreadedComments xmlns="urn:any">{inside}</ThreadedComments>'.encode()


def test_a_comment_says_what_it_says_without_its_author() -> None:
    part = comments(("B2", "Ann:&#10;We mean Spreading"), ("C3", "Ann is away"))
    assert additions({"xl/comments1.xml": part}, ("comments", "../comments1.xml")) == (
        Addition("a comment", (1, 1), "We mean Spreading"),
        Addition("a comment", (2, 2), "Ann is away"),
    )


def test_a_comment_from_google_says_what_it_says_without_its_author() -> None:
    text = "======&#10;ID#AAAA1&#10;Ann    (2026-11-20 10:04:05)&#10;Level 4?&#10;------&#10;ID#AAAA2&#10;"
    part = comments(("B2", f"{text}Bob    (2026-11-20 11:00:00)&#10;Yes, 4"), author="")
    found = additions({"xl/comments1.xml": part}, ("comments", "../comments1.xml"))
    assert found == (Addition("a comment", (1, 1), "Level 4?\nYes, 4"),)


def test_a_thread_takes_the_place_of_what_excel_writes_for_older_programs() -> None:
    parts = {
        "xl/comments1.xml": comments(("B2", "[Threaded comment] Your version of Excel ..."), ("C3", "an old note")),
        "xl/threadedComments/threadedComment1.xml": thread(("B2", "Level 4?"), ("B2", "Yes, 4")),
        "xl/persons/person.xml": b"<personList/>",
    }
    found = additions(
        parts,
        ("comments", "../comments1.xml"),
        ("threadedComment", "../threadedComments/threadedComment1.xml"),
    )
    assert found == (Addition("a comment", (1, 1), "Level 4?\nYes, 4"), Addition("a comment", (2, 2), "an old note"))


def test_a_comment_that_no_sheet_points_to_is_told_with_its_cell() -> None:
    content = changed(small(A1="x"), {"xl/threadedComments/threadedComment1.xml": thread(("B17", "Spreading"))})
    assert xlsx.read(content).extras == ("a comment on B17: “Spreading”",)


def test_a_comment_that_openpyxl_wrote() -> None:
    book = Workbook()
    book.active["B2"].comment = Comment("Ann:\nWe mean 4", "Ann")
    assert grid_of(saved(book)).additions == (Addition("a comment", (1, 1), "We mean 4"),)


@pytest.mark.parametrize(
    ("name", "kind", "what"),
    [
        ("comments1.xml", "comments", "a comment"),
        ("drawings/drawing1.xml", "drawing", "a drawing"),
        ("embeddings/oleObject1.bin", "oleObject", "an embedded file"),
        ("embeddings/form.docx", "package", "an embedded file"),
        ("ctrlProps/ctrlProp1.xml", "ctrlProp", "a drawn button or list"),
    ],
)
@pytest.mark.parametrize("is_linked", [False, True])
def test_parts_that_nobody_can_read_are_told(name: str, kind: str, what: str, *, is_linked: bool) -> None:
    links = {RELATIONS: relations((kind, f"../{name}"))} if is_linked else {}
    read = xlsx.read(changed(small(A1="x"), {f"xl/{name}": b"<damaged", **links}))
    assert [*read.extras, *(each.what for each in read.grids[0].additions)] == [what]


@pytest.mark.parametrize(
    ("kind", "what"),
    [
        ("comments", "a comment"),
        ("threadedComment", "a comment"),
        ("drawing", "a drawing"),
        ("oleObject", "an embedded file"),
        ("package", "an embedded file"),
        ("ctrlProp", "a drawn button or list"),
        ("control", "a drawn button or list"),
        ("image", "a picture behind the cells"),
    ],
)
@pytest.mark.parametrize("target", ["/notes1.xml", "d.xml", "/my/parts/1.bin", "../Other/x.xml", "drawings/d1.xml"])
@pytest.mark.parametrize("read", [xlsx.read, lambda content: xlsx.read(content, fast=False)], ids=["fast", "slow"])
def test_what_counts_is_the_relation_whatever_name_a_part_has(kind: str, what: str, target: str, read) -> None:
    name = posixpath.normpath(posixpath.join("/xl/worksheets", target)).lstrip("/")
    content = changed(small(A1="x"), {name: b"<damaged", RELATIONS: relations((kind, target))})
    assert [each.what for each in read(content).grids[0].additions] == [what]


@pytest.mark.parametrize("target", ["/comments1.xml", "notes1.xml", "../notes/n.xml"])
def test_a_comment_under_another_name_is_told_with_its_cell_and_words(target: str) -> None:
    name = posixpath.normpath(posixpath.join("/xl/worksheets", target)).lstrip("/")
    found = additions({name: comments(("D18", "we mean this"))}, ("comments", target))
    assert found == (Addition("a comment", (17, 3), "we mean this"),)


def test_settings_of_a_printer_and_links_are_no_additions() -> None:
    targets = (("printerSettings", "../printerSettings/printerSettings1.bin"), ("hyperlink", "other.xml"))
    assert additions({"xl/printerSettings/printerSettings1.bin": b"\0"}, *targets) == ()


def test_a_picture_in_a_cell_whose_parts_have_other_names() -> None:
    def put(xml: bytes) -> bytes:
        return xml.replace(b"<sheetData>", b'<sheetData><row r="1"><c r="B1" t="e" vm="1"><v>#VALUE!</v></c></row>', 1)

    def link(part: bytes) -> bytes:
        kind = b"http://schemas.microsoft.com/office/2017/06/relationships/rdRichValue"
        return part.replace(
            b"</Relationships>", b'<Relationship Id="rId90" Type="%s" Target="values.xml"/></Relationships>' % kind
        )

    content = changed(small(), {SHEET: lambda xml: xml.replace(b"<sheetData/>", b"<sheetData></sheetData>")})
    content = changed(content, {SHEET: put, "xl/_rels/workbook.xml.rels": link, "xl/values.xml": b"<rvData/>"})
    assert grid_of(content).additions == (Addition("a picture", (0, 1)),)


VML_HEAD = '<xml xmlns:v="urn:v" xmlns:o="urn:o" xmlns:x="urn:x">'


def control(kind: str, rest: str = "", number: int = 1025) -> str:
    return (
        f'<v:shape id="_x0000_s{number}"><x:ClientData ObjectType="{kind}"><x:Anchor>1,1,16,1,1,20,17,1</x:Anchor>'
        f"{rest}</x:ClientData></v:shape>"
    )


@pytest.mark.parametrize(
    ("vml", "expected"),
    [
        (control("Checkbox", "<x:Checked>1</x:Checked>"), [("a drawn tickbox", (16, 1), "ticked")]),
        (control("Checkbox"), [("a drawn tickbox", (16, 1), "not ticked")]),
        (control("Checkbox", "<x:Checked>2</x:Checked>"), [("a drawn tickbox", (16, 1), "")]),
        (control("Radio", "<x:Checked>1</x:Checked>"), [("a drawn option button", (16, 1), "ticked")]),
        (control("Drop"), [("a drawn button or list", (16, 1), "")]),
        (control("Checkbox") + "<br>", [("a drawn tickbox", (16, 1), "not ticked")]),  # no sound XML
        (control("Note"), []),
        (control("Pict"), []),
        ("", []),
    ],
)
def test_controls_of_the_old_kind(vml: str, expected: list[tuple]) -> None:
    found = additions({VML: f"{VML_HEAD}{vml}</xml>".encode()}, ("vmlDrawing", "../drawings/vmlDrawing1.vml"))
    assert [(each.what, each.place, each.text) for each in found] == expected


DRAWING_HEAD = (
    '<xdr:wsDr xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:mc="urn:mc" xmlns:a14="urn:a14">'
)


def corner(name: str, row: int, col: int, down: int = 0) -> str:
    return (
        f"<xdr:{name}><xdr:col>{col}</xdr:col><xdr:colOff>9525</xdr:colOff>"
        f"<xdr:row>{row}</xdr:row><xdr:rowOff>{down}</xdr:rowOff></xdr:{name}>"
    )


def anchored(inside: str, first: str = corner("from", 16, 1), last: str = corner("to", 16, 1, 95250)) -> bytes:
    return f"{DRAWING_HEAD}<xdr:twoCellAnchor>{first}{last}{inside}</xdr:twoCellAnchor></xdr:wsDr>".encode()


DRAWN = {
    "a picture": '<xdr:pic><xdr:nvPicPr><xdr:cNvPr id="2" name="Picture 1"/></xdr:nvPicPr></xdr:pic>',
    "a drawing": '<xdr:sp><xdr:nvSpPr><xdr:cNvPr id="2" name="Oval"/></xdr:nvSpPr></xdr:sp>',
    "a text box": (
        '<xdr:sp><xdr:nvSpPr><xdr:cNvSpPr txBox="1"/></xdr:nvSpPr>'
        "<xdr:txBody><a:p><a:r><a:t>ours</a:t></a:r></a:p></xdr:txBody></xdr:sp>"
    ),
    "something drawn with a pen": "<xdr:contentPart/>",
    "a chart": '<xdr:graphicFrame><a:graphic><a:graphicData uri="urn:drawingml/chart"/></a:graphic></xdr:graphicFrame>',
}


@pytest.mark.parametrize("what", DRAWN)
def test_drawings(what: str) -> None:
    found = additions({"xl/drawings/drawing1.xml": anchored(DRAWN[what])}, ("drawing", "../drawings/drawing1.xml"))
    assert found == (Addition(what, (16, 1), "ours" if what == "a text box" else ""),)


@pytest.mark.parametrize(
    ("first", "last", "place"),
    [
        (corner("from", 15, 1, 180000), corner("to", 16, 1, 170000), (16, 1)),  # begins just above its cell
        (corner("from", 16, 1, 10000), corner("to", 17, 1, 9000), (16, 1)),  # ends just below it
        (corner("from", 10, 1), corner("to", 20, 1), (15, 1)),
        (corner("from", 16, 1), '<xdr:ext cx="95250" cy="95250"/>', (16, 1)),
        ('<xdr:pos x="0" y="400000"/>', '<xdr:ext cx="95250" cy="1000"/>', (2, 0)),
    ],
)
def test_a_shape_lies_over_the_cell_under_its_middle(first: str, last: str, place: tuple[int, int]) -> None:
    part = anchored(DRAWN["a picture"], first, last)
    (found,) = additions({"xl/drawings/drawing1.xml": part}, ("drawing", "../drawings/drawing1.xml"))
    assert found.place == place


@pytest.mark.parametrize(
    ("columns", "place"),
    [
        ("", (16, 3)),
        ('<col min="1" max="2" width="8.7109375"/><col min="3" max="3" width="88.7109375"/>', (16, 2)),
        ('<col min="1" max="2" width="8.7109375"/><col min="3" max="3" width="88.7109375" hidden="1"/>', (16, 3)),
        ('<col min="4" max="4" width="88.71093750000000"/>', (16, 3)),
    ],
)
def test_the_middle_is_found_with_the_widths_of_the_columns(columns: str, place: tuple[int, int]) -> None:
    part = anchored(DRAWN["a picture"], corner("from", 16, 2), corner("to", 16, 4, 95250))
    content = changed(
        small(A1="x"),
        {
            "xl/drawings/drawing1.xml": part,
            RELATIONS: relations(("drawing", "../drawings/drawing1.xml")),
            SHEET: lambda xml: xml.replace(b"<sheetData", f"<cols>{columns}</cols><sheetData".encode(), 1),
        },
    )
    assert [each.place for each in grid_of(content).additions] == [place]


CONTROLS = (
    b'<mc:AlternateContent xmlns:mc="urn:mc"><mc:Choice><controls><mc:AlternateContent><mc:Choice Requires="x14">'
    b'<control shapeId="1025" r:id="rId1" name="Box"><controlPr><anchor>'
    b"<from><xdr:col>1</xdr:col><xdr:colOff>9525</xdr:colOff><xdr:row>16</xdr:row><xdr:rowOff>0</xdr:rowOff></from>"
    b"<to><xdr:col>1</xdr:col><xdr:colOff>19525</xdr:colOff><xdr:row>17</xdr:row><xdr:rowOff>0</xdr:rowOff></to>"
    b"</anchor></controlPr></control></mc:Choice></mc:AlternateContent></controls></mc:Choice></mc:AlternateContent>"
)
NAMESPACES = b'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" xmlns:xdr="urn:xdr" '
CONTROLS = CONTROLS.replace(b"<controls>", b"<controls " + NAMESPACES + b">")
ACTIVE_X_BOX = "{8BD21D40-EC42-11CE-9E0D-00AA006002F3}"
MAIN = 'xmlns="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"'


@pytest.mark.parametrize(
    ("kind", "part", "expected"),
    [
        ("ctrlProp", f'<formControlPr {MAIN} objectType="CheckBox" checked="Checked"/>', ("a drawn tickbox", "ticked")),
        ("ctrlProp", f'<formControlPr {MAIN} objectType="CheckBox"/>', ("a drawn tickbox", "not ticked")),
        ("ctrlProp", f'<formControlPr {MAIN} objectType="Drop"/>', ("a drawn button or list", "")),
        (
            "control",
            f'<ax:ocx xmlns:ax="urn:ax" ax:classid="{ACTIVE_X_BOX}"><ax:ocxPr ax:name="Value" ax:value="1"/></ax:ocx>',
            ("a drawn tickbox", "ticked"),
        ),
        ("control", "<damaged", ("a drawn button or list", "")),
    ],
)
@pytest.mark.parametrize("with_vml", [False, True])
def test_controls_of_today_are_told_once(kind: str, part: str, expected: tuple[str, str], *, with_vml: bool) -> None:
    parts, targets = {"xl/ctrlProps/ctrlProp1.xml": part.encode()}, [(kind, "../ctrlProps/ctrlProp1.xml")]
    if with_vml and "CheckBox" in part:
        checked = "<x:Checked>1</x:Checked>" if "Checked" in part else ""
        parts[VML] = f"{VML_HEAD}{control('Checkbox', checked)}</xml>".encode()
        targets.append(("vmlDrawing", "../drawings/vmlDrawing1.vml"))
    found = additions(parts, *targets, sheet=CONTROLS)
    assert [(each.what, each.text, each.place) for each in found] == [(*expected, (16, 1))]


def test_controls_of_libreoffice_are_told_once_with_their_place_and_state() -> None:
    """Its shapes have no numbers and no states, its list has no places, and its drawing holds shadows of no size."""
    nowhere = CONTROLS.replace(b"<xdr:col>1<", b"<xdr:col>0<").replace(b"<xdr:row>16<", b"<xdr:row>0<")
    nowhere = nowhere.replace(b"<xdr:row>17<", b"<xdr:row>0<").replace(b">9525<", b">0<").replace(b">19525<", b">0<")
    shape = control("Checkbox").replace("_x0000_s1025", "shape_0")
    corners = corner("from", 0, 0), corner("to", 0, 0)
    shadow = anchored('<xdr:sp><xdr:nvSpPr><xdr:cNvPr id="9" hidden="0"/></xdr:nvSpPr></xdr:sp>', *corners)
    parts = {
        VML: f"{VML_HEAD}{shape}</xml>".encode(),
        "xl/ctrlProps/ctrlProp1.xml": f'<formControlPr {MAIN} objectType="CheckBox" checked="Checked"/>'.encode(),
        "xl/drawings/drawing1.xml": shadow,
    }
    targets = (("ctrlProp", "../ctrlProps/ctrlProp1.xml"), ("vmlDrawing", "../drawings/vmlDrawing1.vml"))
    found = additions(parts, *targets, ("drawing", "../drawings/drawing1.xml"), sheet=nowhere)
    assert found == (Addition("a drawn tickbox", (16, 1), "ticked"),)


@pytest.mark.parametrize("code", [";;;", '"";"";""', '"";"";"";""'])
def test_a_format_that_shows_nothing(code: str) -> None:
    book = Workbook()
    book.active["A1"] = 1
    book.active["A1"].number_format = code
    assert grid_of(saved(book)).look(A1).number_format == code.replace('"', "")


def with_error(vm: str) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        book.add_worksheet().write_formula("B17", "=NA()", None, "#N/A")
    formula = b'<c r="B17" t="e"><f>NA()</f><v>#N/A</v></c>'
    cell = f'<c r="B17" t="e" {vm}><v>#VALUE!</v></c>'.encode()

    def put(xml: bytes) -> bytes:
        assert formula in xml
        return xml.replace(formula, cell)

    return changed(out.getvalue(), {SHEET: put})


@pytest.mark.parametrize(
    ("structure", "is_picture"),
    [(b"", True), (b'<s t="_localImage"/>', True), (b'<s t="_webimage"/>', True), (b'<s t="_linkedentity"/>', False)],
)
def test_a_picture_placed_in_a_cell(structure: bytes, *, is_picture: bool) -> None:
    parts = {"xl/richData/rdrichvalue.xml": b"<rvData/>", "xl/richData/rdrichvaluestructure.xml": structure}
    parts |= {"xl/media/image1.png": b"PNG"} if is_picture else {}
    read = xlsx.read(changed(with_error('vm="1"'), parts))
    assert read.grids[0].additions == ((Addition("a picture", (16, 1)),) if is_picture else ())
    assert read.grids[0].cells[16, 1] == CellError("#VALUE!")
    assert not read.extras


def test_a_picture_that_wps_placed_in_a_cell() -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        book.add_worksheet().write_formula("B17", '=_xlfn.DISPIMG("ID_1",1)', None, '=DISPIMG("ID_1",1)')
    content = changed(out.getvalue(), {"xl/cellimages.xml": b"<cellImages/>", "xl/media/image1.png": b"PNG"})
    assert xlsx.read(content).grids[0].additions == (Addition("a picture", (16, 1)),)


def test_pictures_in_headers_and_behind_cells_are_told() -> None:
    header = {VML: f'{VML_HEAD}<v:shape id="LH"><v:imagedata/></v:shape></xml>'.encode()}
    header |= {"xl/drawings/_rels/vmlDrawing1.vml.rels": relations(("image", "../media/image1.png"))}
    found = additions(
        header | {"xl/media/image1.png": b"", "xl/media/image2.png": b""},
        ("vmlDrawing", "../drawings/vmlDrawing1.vml"),
        ("image", "../media/image2.png"),
    )
    assert [each.what for each in found] == ["a picture in the header or footer", "a picture behind the cells"]


def test_parts_that_programs_add_by_themselves_are_no_content() -> None:
    empty = {
        "xl/drawings/drawing1.xml": f"{DRAWING_HEAD}</xdr:wsDr>".encode(),
        "xl/drawings/drawing2.xml": b'<?xml version="1.0"?>\r<xdr:wsDr xmlns:xdr="urn:xdr"/>',
        "xl/comments1.xml": comments(),
        "xl/threadedComments/threadedComment1.xml": thread(),
        "xl/persons/person.xml": b"<personList/>",
        VML: f"{VML_HEAD}</xml>".encode(),
        "docMetadata/LabelInfo.xml": b"<labels/>",
        "customXml/item1.xml": b"<item/>",
        "xl/printerSettings/printerSettings1.bin": b"\0",
        "xl/webextensions/taskpanes.xml": b"<t/>",
    }
    targets = (("drawing", "../drawings/drawing1.xml"), ("comments", "../comments1.xml"))
    assert additions(empty, *targets, ("threadedComment", "../threadedComments/threadedComment1.xml")) == ()


@pytest.mark.parametrize("shadow", ["<a14:compatExt spid='_x0000_s1025'/>", '<xdr:cNvPr id="1" hidden="1"/>'])
def test_shadows_of_controls_in_drawings_are_no_content(shadow: str) -> None:
    part = anchored(f"<xdr:sp>{shadow}</xdr:sp>")
    assert additions({"xl/drawings/drawing1.xml": part}, ("drawing", "../drawings/drawing1.xml")) == ()


def test_no_message_shows_an_invisible_letter_bare() -> None:
    described = Addition("a comment", (0, 0), "\u200fno\u0007 \uf0fe").described("A\u200b")
    assert described == "a comment on A1 of “A(U+200B)”: “(U+200F)no(U+0007) (U+F0FE)”"


def test_a_binary_workbook_says_that_its_looks_are_not_read() -> None:
    content = (Path(__file__).parent / "real" / "sheetjs native.xlsb").read_bytes()
    assert xlsx.read_binary(content).extras == (xlsx.LOOKS_OF_BINARY,)


# -- large and odd files ----------------------------------------------------------------------------


def test_looks_of_sheets_that_are_formatted_as_a_whole_cost_little() -> None:
    rows = b"".join(
        b'<row r="%d">%s</row>' % (row, b"".join(b'<c r="%s%d" s="1"/>' % (col, row) for col in (b"A", b"B", b"C")))
        for row in range(100, 40_000)
    )
    content = changed(workbook(), {SHEET: lambda xml: xml.replace(b"</sheetData>", rows + b"</sheetData>")})
    grid = grid_of(content)
    assert grid.look((1, 0)).font == "Wingdings"
    assert len(grid.styles) < 130_000


def test_one_rich_text_in_many_cells_is_looked_at_once() -> None:
    book = Workbook()
    for row in range(1, 100):
        text = CellRichText(*(TextBlock(InlineFont(b=bool(at % 2)), "x") for at in range(200)))
        book.active.cell(row, 1, text)
    grid = grid_of(saved(book))
    assert len({id(runs) for runs in grid.runs.values()}) == 1
    assert len(grid.runs) == 99


def test_a_tick_format_is_the_forms_own() -> None:
    from impact_xl.form import sheet_writer

    assert sheet_writer._TICK_FORMAT == TICK_FORMAT


# -- .ods -------------------------------------------------------------------------------------------


def test_a_comment_of_an_ods_says_what_it_says_without_its_author() -> None:
    note = (
        "<office:annotation><dc:creator>Ann</dc:creator><dc:date>2026-11-20T10:00:00</dc:date>"
        "<text:p>Ann:</text:p><text:p>We <text:span>mean</text:span><text:s/>4</text:p></office:annotation>"
    )
    content = (Path(__file__).parent / "real" / "libreoffice saved native.ods").read_bytes()
    cell = b"<text:p>Q01.L1</text:p>"
    part = {"content.xml": lambda xml: xml.replace(cell, note.encode() + cell, 1)}
    (addition,) = [each for grid in ods.read(changed(content, part)).grids for each in grid.additions]
    assert (addition.what, addition.text) == ("a comment", "We mean 4")


def test_rows_of_an_ods_that_are_folded_away_are_hidden() -> None:
    def fold(xml: bytes) -> bytes:
        before, row, after = xml.partition(b"<table:table-row ")
        first, end, rest = (row + after).partition(b"</table:table-row>")
        group = b'<table:table-row-group table:display="false">'
        return before + group + first + end + b"</table:table-row-group>" + rest

    content = (Path(__file__).parent / "real" / "libreoffice saved native.ods").read_bytes()
    assert ods.read(changed(content, {"content.xml": fold})).grids[0].hidden_rows == {0}


# -- .xls: records ----------------------------------------------------------------------------------


def note(row: int, col: int, number: int, author: str) -> bytes:
    return struct.pack("<4HHB", row, col, 0, number, len(author), 0) + author.encode("latin-1")


def drawn(kind: int, number: int, flags: int = 0x11) -> bytes:
    return struct.pack("<5H", 0x15, 0x12, kind, number, flags) + bytes(12)


def shown_text(length: int) -> bytes:
    return struct.pack("<5HH", 0, 0, 0, 0, 0, length) + bytes(6)


def test_a_comment_of_an_xls_whose_text_goes_on_in_other_records() -> None:
    sheet = SheetAdditions()
    for kind, data in (
        (0x5D, drawn(0x19, 7)),
        (0x1B6, shown_text(15)),
        (0x3C, b"\x00Ann:\nWe "),
        (0x3C, b"\x01" + "mean 4…".encode("utf-16-le")),
        (0x3C, bytes(16)),  # how it looks
        (0x5D, drawn(0x14, 8, 0x2101)),  # the arrow of a drop-down
        (0x1C, note(1, 1, 7, "Ann")),
    ):
        sheet.take(kind, data)
    assert sheet.additions(SheetSizes()) == (Addition("a comment", (1, 1), "We mean 4…"),)


def test_runs_of_an_xls_whose_strings_go_on_in_other_records() -> None:
    head = struct.pack("<II", 2, 2) + struct.pack("<HB", 5, 0) + b"plain" + struct.pack("<HBH", 6, 8, 2) + b"no"
    more = b"\x01" + " yes".encode("utf-16-le") + struct.pack("<HH", 3, 5)
    assert Strings([head, more, struct.pack("<HH", 5, 6)]).rich() == {1: ("no yes", [(3, 5), (5, 6)])}


def test_damaged_records_of_an_xls_never_raise() -> None:
    with olefile.OleFileIO(Path(__file__).parent / "real" / "libreoffice saved native.xls") as ole:
        stream = ole.openstream("Workbook").read()
    chance = random.Random(29)
    for _ in range(150):
        damaged = bytearray(stream)
        for _ in range(chance.choice((1, 5, 50))):
            at = chance.randrange(len(damaged))
            if chance.random() < 0.7:
                damaged[at] = chance.randrange(256)
            else:
                del damaged[at : at + chance.randrange(1, 9)]
        for grid in xls.grids_of(bytes(damaged)):
            assert all(isinstance(grid.look(place), Look) for place in grid.styles)
