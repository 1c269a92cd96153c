"""Every rule that docs/accessibility.md calls met, on each kind of workbook that we write."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from comparisons import random_comparison
from edge_rounds import ROUNDS
from openpyxl.utils import get_column_letter
from rounds_in_memory import QUESTIONNAIRE, random_round

from impact_xl import results
from impact_xl.comparison import share as comparison_share
from impact_xl.comparison import workbook as comparison_workbook
from impact_xl.form import workbook as form
from impact_xl.form.layout import Action
from impact_xl.results import share, summary
from impact_xl.xlsx import theme

ROOT = Path(__file__).parent.parent
SHOWN = ("strange names", "long names", "nobody at all", "one team", "seven levels, one component", "sixty questions")
KINDS = ("consolidated", "share")
CLOSED = "a closed round"
BESIDE = ("Workings", "Bars")  # tables that charts and lists are made from, beside another
SYMBOLS = "*†‡§¹²³⁴⁵"


class Made:
    """A workbook with its parts, and which cells its tables cover."""

    def __init__(self, content: bytes, of_data: bool, drawn: bool | None = None) -> None:
        self.book = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
        self.of_data = of_data
        self.drawn = of_data if drawn is None else drawn  # whether there are charts
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            self.parts = {name: package.read(name).decode("utf-8", "replace") for name in package.namelist()}

    @property
    def tables(self) -> Iterator[tuple[Any, Any, list[Any], list[list[Any]]]]:
        """Each table with its sheet, its headers and its rows of cells."""
        for sheet in self.book:
            for table in sheet.tables.values():
                heads, *rows = sheet[table.ref]
                yield sheet, table, [cell.value for cell in heads], [list(row) for row in rows]

    @property
    def texts(self) -> Iterator[Any]:
        """Every cell that holds a text."""
        for sheet in self.book:
            for row in sheet.iter_rows():
                yield from (cell for cell in row if isinstance(cell.value, str) and cell.value.strip())


@pytest.fixture(
    scope="module",
    params=[
        "form",
        "list form",
        "form on paper",
        "form about actions",
        "form of last time",
        "consolidated",
        "share",
        "comparison",
        "comparison to share",
        *(f"{name}, {kind}" for name in (*SHOWN, CLOSED) for kind in KINDS),
    ],
)
def made(request: pytest.FixtureRequest) -> Made:
    if "form" in request.param:
        actions = [
            Action("Huddles on every ward, each morning", "Q18 Staff attend huddles", "Sister Jones", "May 2027")
        ]
        more = {
            "list form": {"tickbox": "list"},
            "form on paper": {"paper": True},
            "form about actions": {"actions": actions},
            "form of last time": {"last_priorities": actions},
        }
        return Made(form.build(form.Form(QUESTIONNAIRE, **more.get(request.param, {}))), of_data=False)
    if request.param.startswith("comparison"):
        comparison = random_comparison(seed=11, teams=23)
        if request.param == "comparison":
            return Made(comparison_workbook.build(comparison), of_data=True)
        return Made(comparison_share.build(comparison, 5), of_data=True, drawn=False)
    name, _, kind = request.param.rpartition(", ")
    collation = ROUNDS[name]() if name in ROUNDS else random_round(seed=11, teams=23)
    if name == CLOSED:
        collation = replace(collation, round=replace(collation.round, closed_on=date(2026, 11, 30)))
    return Made(share.build(collation) if kind == "share" else results.build(collation), of_data=True)


def r1_tables(made: Made) -> None:
    covered = {sheet.title for sheet, *_ in made.tables}
    assert not made.of_data or covered - {"Summary"} == set(made.book.sheetnames) - {"Summary"}
    for _, table, heads, _ in made.tables:
        assert table.headerRowCount == 1
        assert all(isinstance(head, str) and head.strip() for head in heads)
        assert len({head.casefold() for head in heads}) == len(heads)


def r2_names(made: Made) -> None:
    for _, table, *_ in made.tables:
        assert not re.fullmatch(r"Table\d*", table.name)


def r3_merged(made: Made) -> None:
    assert not any(sheet.merged_cells.ranges for sheet in made.book)


def r4_gaps(made: Made) -> None:
    for sheet, table, _, rows in made.tables:
        empty = [row[0].row for row in rows if all(cell.value is None for cell in row)]
        if sheet.title == "Actions":
            assert empty == list(range(rows[-1][0].row - len(empty) + 1, rows[-1][0].row + 1)), "only at its end"
        else:
            assert not empty or len(rows) == 1, table.name


def r5_clipped(made: Made) -> None:
    for cell in made.texts:
        sheet, size = cell.parent, cell.font.sz
        width = _width(sheet, cell.column)
        height = sheet.row_dimensions[cell.row].height or 15
        if cell.alignment.wrap_text:
            need = theme.row_height(cell.value, width, size, bold=bool(cell.font.b), padding=0, least=0)
            assert need <= height + 0.5 or height >= theme.MOST_ROW_POINTS - 1, f"{sheet.title}!{cell.coordinate}"
        elif not cell.alignment.shrink_to_fit and not cell.alignment.textRotation:
            assert _room(cell, width) >= theme.text_pixels(cell.value, size, bold=bool(cell.font.b)) * 0.97, (
                f"{sheet.title}!{cell.coordinate}: {cell.value[:40]}"
            )


def _width(sheet: Any, column: int) -> float:
    for dimension in sheet.column_dimensions.values():
        if dimension.min and dimension.min <= column <= dimension.max:
            return round(float(dimension.width) - 5 / 7, 1)  # what the file says holds the padding
    return 8.43


def _room(cell: Any, width: float) -> float:
    """How many pixels a text may run over: its own cell and the empty ones beside it, on the side it is set to."""
    sheet, room, column = cell.parent, theme.column_pixels(width), cell.column
    if cell.alignment.horizontal in (None, "left", "general"):
        filled = {each.column for each in sheet[cell.row] if each.value not in (None, "")}
        while column < _FAR and column + 1 not in filled:
            column += 1
            room += theme.column_pixels(_width(sheet, column))
    return room


_FAR = 80  # columns: no sheet of ours is wider


def r6_empty(made: Made) -> None:
    for sheet, _, _, rows in made.tables:
        if any(cell.value in (None, "") for row in rows for cell in row):
            top = " ".join(str(sheet[f"A{row}"].value) for row in (2, 3))
            assert "An empty cell means" in top, sheet.title


def r7_hidden(made: Made) -> None:
    for sheet in made.book:
        assert sheet.sheet_state == "visible"
        for dimension in (*sheet.row_dimensions.values(), *sheet.column_dimensions.values()):
            assert not dimension.hidden


def r8_sheet_names(made: Made) -> None:
    for name in made.book.sheetnames:
        assert 3 < len(name) <= 31
        assert not re.fullmatch(r"Sheet ?\d*", name)


def r9_empty_sheets(made: Made) -> None:
    assert all(sheet.max_row > 3 for sheet in made.book)


def r10_titles(made: Made) -> None:
    for sheet in made.book:
        assert sheet["A1"].value
        size, page = sheet["A1"].font.sz, summary.COLUMNS * theme.column_pixels(_width(sheet, 1))
        too_long = sheet.title == "Summary" and theme.text_pixels(sheet["A1"].value, 16, bold=True) > page
        assert size >= 16 or (too_long and size >= 12)
        assert sheet["A1"].font.b
        assert len(sheet["A2"].value) > 20
        starts = [sheet[table.ref][0][0].column for table in sheet.tables.values() if table.name not in BESIDE]
        assert set(starts) <= {1}


def r11_colour(made: Made) -> None:
    """Every rule of colour is about what the cell, or a cell of its row, says in a number or word."""
    for sheet in made.book:
        for place in sheet.conditional_formatting:
            for rule in place.rules:
                assert rule.type in ("cellIs", "expression"), "no colour scale, data bar or icon speaks for itself"
                assert any(re.search(r'"|\d|TRUE', text) for text in rule.formula)


def r12_contrast(made: Made) -> None:
    for cell in made.texts:
        ink = cell.font.color.rgb if cell.font.color and isinstance(cell.font.color.rgb, str) else "FF000000"
        paper = cell.fill.fgColor.rgb if cell.fill.fill_type else "FFFFFFFF"
        assert theme.contrast(f"#{ink[2:]}", f"#{paper[2:]}") >= theme.READABLE, (
            f"{cell.parent.title}!{cell.coordinate}"
        )
    for sheet in made.book:
        for place in sheet.conditional_formatting:
            for rule in place.rules:
                if rule.dxf and rule.dxf.fill:
                    paper = rule.dxf.fill.bgColor.rgb
                    ink = rule.dxf.font.color.rgb if rule.dxf.font and rule.dxf.font.color else f"FF{theme.TEXT[1:]}"
                    assert theme.contrast(f"#{ink[2:]}", f"#{paper[2:]}") >= theme.READABLE


def r13_alternative_texts(made: Made) -> None:
    drawn = [text for name, text in made.parts.items() if name.startswith("xl/drawings/drawing")]
    for text in drawn:
        frames = re.findall(r"<xdr:cNvPr [^>]*>", text)
        assert frames
        for frame in frames:
            description = re.search(r'descr="([^"]*)"', frame)
            assert description
            assert len(description[1]) > 60
            assert re.search("The numbers (?:are|stand) on the sheet", description[1])
    assert bool(drawn) is made.drawn


def r14_headers_and_boxes(made: Made) -> None:
    for sheet in made.book:
        parts = (sheet.oddHeader.left, sheet.oddHeader.center, sheet.oddHeader.right)
        texts = [part.text for part in parts if part.text]
        assert all(re.fullmatch(r"Team: _+", text) for text in texts), "more than a line for the pen"
    for name, text in made.parts.items():
        if name.startswith("xl/drawings/"):
            assert "<xdr:sp>" not in text
            assert "<xdr:pic>" not in text


def r15_links(made: Made) -> None:
    for sheet in made.book:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.hyperlink or (cell.value and cell.font.u):  # a link that a formula makes is known by its line
                    assert isinstance(cell.value, str)
                    assert not re.search(r"://|!|^(?:link|here|click)", cell.value, re.IGNORECASE)


def r16_properties(made: Made) -> None:
    about = made.book.properties
    assert all((about.title, about.creator, about.subject))


def r17_cursor(made: Made) -> None:
    assert made.book.active.title == made.book.sheetnames[0]
    view = made.book.active.sheet_view
    assert {each.sqref for each in view.selection} == {"A1"}


def r19_macros(made: Made) -> None:
    assert not any("vba" in name.casefold() for name in made.parts)
    assert "macroEnabled" not in made.parts["[Content_Types].xml"]


def r21_symbols(made: Made) -> None:
    for cell in made.texts:
        assert cell.font.vertAlign is None
        assert len(cell.value) == 1 or not cell.value.rstrip().endswith(tuple(SYMBOLS)), cell.value  # a mark has a word


_IS_RULE = re.compile(r"r(\d+)_\w+")
RULES: dict[str, Callable[[Made], None]] = {
    f"R{found[1]}": check for name, check in list(globals().items()) if (found := _IS_RULE.fullmatch(name))
}


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_is_met(rule: str, made: Made) -> None:
    RULES[rule](made)


def test_the_page_calls_met_what_is_tested_and_gives_a_reason_for_the_rest() -> None:
    page = (ROOT / "docs" / "accessibility.md").read_text(encoding="utf-8")
    rows = [[part.strip() for part in line.split("|")[1:-1]] for line in page.splitlines() if line.startswith("| R")]
    assert [row[0] for row in rows] == [f"R{number}" for number in range(1, 24)]
    assert {row[3] for row in rows} == {"met", "declared"}
    assert {row[0] for row in rows if row[3] == "met"} == set(RULES)
    assert all(len(row[4]) > 20 for row in rows if row[3] == "declared")


def test_clipped_text_would_be_noticed() -> None:
    content = io.BytesIO(results.build(random_round(seed=11, teams=23)))
    book = openpyxl.load_workbook(content)
    book["Questions"].column_dimensions[get_column_letter(2)].width = 4
    changed = io.BytesIO()
    book.save(changed)
    with pytest.raises(AssertionError, match="Questions!B"):
        r5_clipped(Made(changed.getvalue(), of_data=True))
