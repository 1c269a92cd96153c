"""What Excel asks of a workbook, on rounds of every awkward kind; and the same round gives the same bytes anywhere."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import openpyxl
import pytest
from edge_rounds import ROUNDS
from libreoffice import convert_all, needs_office
from openpyxl.utils import range_boundaries
from test_results import differing

from impact_xl import results
from impact_xl.results import share
from impact_xl.results.sheet_writer import always
from impact_xl.results.sheets import SHEETS
from impact_xl.xlsx import theme

NAMES = [sheet.name for sheet in SHEETS if sheet.when is always]
MOST_FORMULA, MOST_TEXT_IN_FORMULA, MOST_LINKS = 8192, 255, 65_530  # “Excel specifications and limits”
FUNCTIONS_OF_2016 = {
    "AND", "CHAR", "COUNT", "COUNTIF", "COUNTIFS", "HYPERLINK", "IF", "IFERROR", "INDEX", "INT",
    "ISNUMBER", "LEFT", "LEN",
    "MATCH", "MAX", "MIN", "OR", "ROUND", "ROW", "SMALL", "SUM", "SUMIFS", "SUMPRODUCT", "TEXT",
}  # fmt: skip


@dataclass(frozen=True)
class Made:
    """A workbook with its parts."""

    content: bytes
    shared: bool

    @cached_property
    def book(self) -> openpyxl.Workbook:
        return openpyxl.load_workbook(io.BytesIO(self.content))

    @cached_property
    def parts(self) -> dict[str, str]:
        with zipfile.ZipFile(io.BytesIO(self.content)) as package:
            return {name: package.read(name).decode() for name in package.namelist()}

    @property
    def formulas(self) -> Iterator[str]:
        """Every formula in a cell, a condition or a validation."""
        for name, part in self.parts.items():
            if name.startswith("xl/worksheets/sheet"):
                yield from map(_unescaped, re.findall(r"<f>(.*?)</f>", part, re.DOTALL))
                yield from map(_unescaped, re.findall(r"<formula\d?>(.*?)</formula\d?>", part, re.DOTALL))


def _unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&amp;", "&")


@pytest.fixture(scope="module", params=[(name, shared) for name in ROUNDS for shared in (False, True)], ids=str)
def made(request: pytest.FixtureRequest) -> Made:
    name, shared = request.param
    collation = ROUNDS[name]()
    return Made(share.build(collation) if shared else results.build(collation), shared)


def test_tables_have_names_and_headers_of_their_own(made: Made) -> None:
    names = []
    for sheet in made.book:
        taken: list[tuple[int, int, int, int]] = []
        for table in sheet.tables.values():
            names.append(table.name.casefold())
            assert re.fullmatch(r"[A-Za-z_][A-Za-z0-9_.]*", table.name)
            heads = [column.name for column in table.tableColumns]
            cells = [cell.value for cell in sheet[table.ref][0]]
            assert heads == [str(cell).replace("\n", "_x000a_") for cell in cells]
            assert len({head.casefold() for head in heads}) == len(heads)
            assert all(len(head) <= 255 for head in heads)
            place = range_boundaries(table.ref)
            assert place[3] > place[1], "a table has a row"
            assert not any(_meet(place, other) for other in taken)
            taken.append(place)
    assert len(set(names)) == len(names)


def _meet(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> bool:
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]


def test_formulas_are_such_as_excel_2016_reads(made: Made) -> None:
    text = "".join(part for name, part in made.parts.items() if name.startswith("xl/worksheets/"))
    assert "[@" not in text
    assert text.count("#This Row") == len(re.findall(r"\b[A-Z]\w*\[\[#This Row\],\[[^\[\]]+\]\]", text))
    for formula in made.formulas:
        bare = re.sub(r'"(?:[^"]|"")*"', '""', formula)
        assert len(formula) <= MOST_FORMULA
        assert all(len(text) <= MOST_TEXT_IN_FORMULA for text in re.findall(r'"((?:[^"]|"")*)"', formula))
        assert set(re.findall(r"([A-Z][A-Z0-9.]+)\(", bare)) <= FUNCTIONS_OF_2016
        assert not re.search(r"[A-Z]+\d*#|\b_xl|INDIRECT|\bLET\b", bare)
        assert _depth(bare) <= 64
    assert not made.shared or not list(re.findall(r"<f>", text))


def _depth(formula: str) -> int:
    deep = deepest = 0
    for character in formula:
        deep += (character == "(") - (character == ")")
        deepest = max(deepest, deep)
    return deepest


def test_references_in_formulas_lead_to_what_is_there(made: Made) -> None:
    tables = {
        table.name: {c.name for c in table.tableColumns} for sheet in made.book for table in sheet.tables.values()
    }
    names = set(made.book.defined_names)
    for formula in set(made.formulas):
        bare = re.sub(r'"(?:[^"]|"")*"', '""', formula)
        for table, column in re.findall(r"\b([A-Z]\w*)\[(?:\[#This Row\],)?\[?([^\[\]]+)\]", bare):
            assert column in tables[table], (table, column)
        for sheet in re.findall(r"(?:'([^']+)'|\b(\w+))!", bare):
            assert "".join(sheet) in made.book.sheetnames
        for name in re.findall(r"\b(SelectedGroup|LevelNames|LevelChoices|GroupNames)\b", bare):
            assert name in names
    for name, place in made.book.defined_names.items():
        assert re.fullmatch(r"'?[A-Za-z ]+'?!\$[A-Z]+\$\d+(?::\$[A-Z]+\$\d+)?", place.attr_text), name


def test_validations_links_and_pages_keep_to_the_limits(made: Made) -> None:
    links = sum(part.count("<hyperlink ") for part in made.parts.values()) + sum(
        "HYPERLINK" in f for f in made.formulas
    )
    assert links < MOST_LINKS
    for sheet in made.book:
        assert len(sheet.title) <= 31
        assert not re.search(r"[\[\]:*?/\\]", sheet.title)
        rules = sheet.data_validations.dataValidation
        for number, rule in enumerate(rules):
            assert all(len(text or "") <= 255 for text in (rule.formula1, rule.prompt, rule.error))
            assert all(len(text or "") <= 32 for text in (rule.promptTitle, rule.errorTitle))
            for other in rules[number + 1 :]:
                assert not any(_meet(a.bounds, b.bounds) for a in rule.sqref.ranges for b in other.sqref.ranges)
        for row in sheet.iter_rows():
            assert all(not isinstance(cell.value, str) or len(cell.value) <= 32_767 for cell in row)
    ours = [sheet for sheet in made.book if sheet.title in NAMES or made.shared]
    for sheet in ours:
        assert sheet.page_setup.paperSize in (8, 9, "8", "9")
        assert sheet.oddFooter.right.text
        fitted = sheet.sheet_properties.pageSetUpPr and sheet.sheet_properties.pageSetUpPr.fitToPage
        assert fitted or sheet.title in ("Summary", "Heatmap")
        if sheet.title not in ("Summary", "About"):
            assert sheet.print_title_rows
            assert sheet.freeze_panes


def test_summary_fits_its_pages(made: Made) -> None:
    """The columns across A4 and every part between two breaks down it, and the title within its columns."""
    sheet = made.book["Summary"]
    scale = int(sheet.page_setup.scale) / 100
    across = 6 * theme.column_pixels(18.3) * theme.POINTS_PER_PIXEL * 1.06 * scale  # LibreOffice's columns are wider
    assert across <= (8.27 - 0.6) * 72
    breaks = [0, *(each.id for each in sheet.row_breaks.brk), sheet.max_row]
    heights = {row: sheet.row_dimensions[row].height or 12.75 for row in range(1, _last_row(sheet) + 1)}
    for first, last in zip(breaks, [*breaks[1:-1], _last_row(sheet)], strict=False):
        high = sum(heights[row] for row in range(first + 1, last + 1)) * scale
        assert high <= (11.69 - 1.1) * 72, (first, last)
    title = sheet["A1"]
    assert theme.text_pixels(title.value, title.font.sz, bold=True) <= 6 * theme.column_pixels(18.3)


def _last_row(sheet: object) -> int:
    return int(re.findall(r"\d+", sheet.print_area)[-1])


def test_charts_have_points_names_and_a_text(made: Made) -> None:
    charts = {name: part for name, part in made.parts.items() if name.startswith("xl/charts/chart")}
    drawings = "".join(part for name, part in made.parts.items() if name.startswith("xl/drawings/drawing"))
    assert len(charts) == len(re.findall(r'descr="100% stacked bars[^"]{60,}"', drawings)) >= 2
    for chart in charts.values():
        assert "stacked" in chart
        assert '<c:plotVisOnly val="1"/>' not in chart
        assert chart.count("<c:cat>") == chart.count("<c:val>") == chart.count("<c:ser>") > 1
        counts = set(
            re.findall(r'<c:ptCount val="(\d+)"/>', "".join(re.findall(r"<c:(?:cat|val)>.*?</c:(?:cat|val)>", chart)))
        )
        assert len(counts) == 1
        printed = int(made.book["Summary"].page_setup.scale) / 100
        smallest = min(int(size) for size in re.findall(r'\bsz="(\d+)"', chart)) / 100 * printed
        assert smallest >= (7.7 if made.book["Questions"].max_row <= 26 else 6.5), "points, on paper"


@pytest.mark.parametrize("name", [name for name in ROUNDS if name != "worked on"])
def test_combining_again_where_nobody_typed_gives_the_same_bytes(tmp_path: Path, name: str) -> None:
    collation = ROUNDS[name]()
    results.write(collation, tmp_path / "out.xlsx")
    assert results.build(results.carry(collation, tmp_path / "out.xlsx")) == (tmp_path / "out.xlsx").read_bytes()


@needs_office
def test_recalculation_changes_nothing_whatever_the_round(tmp_path: Path) -> None:
    paths = {name: tmp_path / f"{number}.xlsx" for number, name in enumerate(ROUNDS)}
    for name, path in paths.items():
        path.write_bytes(results.build(ROUNDS[name]()))
    convert_all(list(paths.values()), tmp_path / "again", "xlsx:Calc MS Excel 2007 XML")
    for name, path in paths.items():
        assert differing(path, tmp_path / "again" / path.name) == [], name


_BUILD = """
import hashlib, sys
sys.path[:0] = sys.argv[1:3]
from edge_rounds import ROUNDS
from impact_xl import results
from impact_xl.results import exports, share
from impact_xl.round import tables
for name in ("strange names", "worked on", "one team"):
    collation = ROUNDS[name]()
    texts = "".join(tables.csv_text(collation.columns(table), collation.rows(table)) for table in tables.COLUMNS)
    run = str(exports.run(collation))
    for made in (results.build(collation), share.build(collation), (texts + run).encode("utf-8", "replace")):
        print(name, hashlib.sha256(made).hexdigest())
"""


def test_the_same_round_gives_the_same_bytes_in_any_time_zone_and_process() -> None:
    tests = Path(__file__).parent
    outputs = set()
    for zone, seed in (("UTC", "0"), ("Pacific/Kiritimati", "1"), ("America/Los_Angeles", "4711")):
        done = subprocess.run(
            [sys.executable, "-c", _BUILD, str(tests), str(tests.parent)],
            env={**os.environ, "TZ": zone, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
            timeout=300,
        )
        outputs.add(done.stdout)
    assert len(outputs) == 1
    assert len(outputs.pop().splitlines()) == 9
