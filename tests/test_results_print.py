"""How the workbook of results prints: on A4, on few pages, and each of them legible."""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from pathlib import Path

import pytest
from libreoffice import convert_all, needs_printing, printed_pages
from xlsxwriter import Workbook

from impact_xl import demo, results
from impact_xl.results import paper, share
from impact_xl.results.sheet_writer import Column, always
from impact_xl.results.sheets import SHEETS


@pytest.fixture(scope="module")
def workbooks(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The demonstration's workbook and its copy to share, printed."""
    folder = tmp_path_factory.mktemp("printed")
    collation = demo.write(folder / "demo").collation
    paths = [folder / "consolidated.xlsx", folder / "board.xlsx"]
    results.write(collation, paths[0])
    share.write(collation, paths[1])
    return paths


@needs_printing
def test_printed_whole_it_is_what_a_meeting_wants(workbooks: list[Path]):
    convert_all(workbooks, workbooks[0].parent, "pdf")
    consolidated, board = (printed_pages(path.with_suffix(".pdf"), "-layout") for path in workbooks)
    assert len(consolidated) <= 15
    assert 2 <= len(board) <= 4
    footers = [page.rstrip().rpartition("\n")[2] for page in consolidated]
    pages = Counter(re.split(r"\s{2,}", footer.strip())[-2] for footer in footers)
    assert all(pages[spec.name] for spec in SHEETS if spec.when is always)
    assert all(pages[name] == 1 for name in ("Answers", "Files", "Heatmap", "Teams"))
    for name in ("Answers", "Files"):
        [page] = [page for page in consolidated if "This sheet is a record, not for paper" in page and name in page]
        assert len(" ".join(page.split())) < 500
        assert page.count("set the print area to print it.") == 1


def test_every_sheet_is_on_a4(workbooks: list[Path]):
    for path in workbooks:
        with zipfile.ZipFile(path) as package:
            sheets = [package.read(name).decode() for name in package.namelist() if "worksheets/sheet" in name]
        assert all('paperSize="9"' in sheet for sheet in sheets if "<sheetData>" in sheet)


@pytest.mark.parametrize(
    ("width", "rows", "upright", "pages"),
    [
        (60, 10, True, 1),  # fits either way, and is easy to read upright
        (130, 10, False, 1),  # small upright
        (130, 60, True, 1),  # and yet one page instead of two
        (200, 40, False, 1),  # not legible upright
        (200, 400, False, 9),
        (400, 10, False, 0),  # nor across: as many pages as it takes
        (60, 4_000, True, 0),
    ],
)
def test_a_table_is_printed_on_as_few_pages_as_stay_legible(width: int, rows: int, upright: bool, pages: int):
    sheet = Workbook().add_worksheet()
    paper.fit(sheet, [Column("A", width)], [18.0] * rows)
    assert (bool(sheet.orientation), sheet.fit_width, sheet.fit_height) == (upright, 1, pages)
