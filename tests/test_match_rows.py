"""Whatever people sort or filter in the workbook, every number, list, chart and link still speaks of what it names."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import openpyxl
import pytest
from libreoffice import needs_office, resorted
from openpyxl.utils import range_boundaries
from rounds_in_memory import QUESTIONNAIRE, random_round

from impact_xl import results
from impact_xl.round.collation import Collation

Row = dict[str, object]
# Each sheet's table, the column to sort it by, and what tells its rows apart.
TABLES = {
    "Components": ("Components", "At target", ("Ref",)),
    "Questions": ("Questions", "At target", ("Ref",)),
    "Heatmap": ("Heatmap", "Team", ("Team",)),
    "Teams": ("Teams", "Answered", ("Team",)),
    "To fix": ("ToFix", "What we saw", ("Team", "Question", "What we saw")),
    "Comments": ("Comments", "Team", ("Team", "Ref")),
    "Answers": ("Answers", "Sheet", ("Team", "Ref")),
}


@pytest.fixture(scope="module")
def collation() -> Collation:
    return random_round(seed=8, teams=20)


@pytest.fixture(scope="module")
def before(collation: Collation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sorted") / "before.xlsx"
    results.write(collation, path)
    return path


@pytest.fixture(scope="module")
def after(before: Path) -> Path:
    """The workbook with every table sorted by a column, the largest first."""
    book = openpyxl.load_workbook(before)
    orders = {}
    for sheet, (table, column, _) in TABLES.items():
        left, top, right, bottom = range_boundaries(book[sheet].tables[table].ref)
        heads = [cell.value for cell in book[sheet][top][left - 1 : right]]
        rows = book[sheet].cell(top + 1, left).coordinate, book[sheet].cell(bottom, right).coordinate
        orders[sheet] = (":".join(rows), heads.index(column))
    return resorted(before, before.with_name("after.xlsx"), orders)


def rows(path: Path, sheet: str, table: str) -> list[Row]:
    place = openpyxl.load_workbook(before_of(path))[sheet].tables[table].ref  # sorting moves no table
    heads, *lines = openpyxl.load_workbook(path, data_only=True)[sheet][place]
    names = [str(cell.value) for cell in heads]
    return [dict(zip(names, (cell.value for cell in line), strict=True)) for line in lines]


def before_of(path: Path) -> Path:
    return path.with_name("before.xlsx")


@needs_office
@pytest.mark.parametrize("sheet", TABLES)
def test_each_row_says_the_same_as_before(before: Path, after: Path, sheet: str) -> None:
    table, column, key = TABLES[sheet]
    was, now = rows(before, sheet, table), rows(after, sheet, table)
    assert [row[column] for row in was] != [row[column] for row in now], "nothing was sorted"
    by_key = {tuple(row[head] for head in key): row for row in was}
    assert len(by_key) == len(was)
    for row in now:
        same = by_key.pop(tuple(row[head] for head in key))
        assert {head: near(value) for head, value in row.items()} == {head: near(v) for head, v in same.items()}
    assert not by_key


def near(value: object) -> object:
    """A value as it is compared: numbers nearly, and an empty text as no value."""
    return pytest.approx(value, abs=1e-12) if isinstance(value, int | float) else value or None


@needs_office
def test_summary_says_the_same_as_before(before: Path, after: Path) -> None:
    was, now = (openpyxl.load_workbook(path, data_only=True)["Summary"] for path in (before, after))
    for one, other in zip(was.iter_rows(), now.iter_rows(), strict=False):
        assert [near(cell.value) for cell in one] == [near(cell.value) for cell in other][: len(one)]


@needs_office
def test_each_bar_of_the_chart_has_its_own_name(before: Path, after: Path) -> None:
    labels = [row["Label"] for row in rows(after, "Questions", "Workings")]
    refs = [row["Ref"] for row in rows(after, "Questions", "Questions")]
    assert labels == [f"{ref} {QUESTIONNAIRE.by_id[str(ref)].short}" for ref in refs]
    assert refs != [row["Ref"] for row in rows(before, "Questions", "Questions")]


def test_no_filter_takes_a_bar_out_of_a_chart(before: Path) -> None:
    with zipfile.ZipFile(before) as package:
        charts = [package.read(name).decode() for name in package.namelist() if name.startswith("xl/charts/chart")]
    assert len(charts) == 2 + len(QUESTIONNAIRE.components)  # of components and of groups, and each one's questions
    assert all('<c:plotVisOnly val="0"/>' in chart or "<c:plotVisOnly" not in chart for chart in charts)
    assert all('<c:plotVisOnly val="1"/>' not in chart for chart in charts)


def test_a_link_of_to_fix_finds_its_answer_wherever_it_stands(collation: Collation) -> None:
    book = openpyxl.load_workbook(io.BytesIO(results.build(collation)))
    heads, *lines = (list(row) for row in book["Answers"].iter_rows(4, values_only=True))
    answers = [dict(zip(heads, line, strict=True)) for line in lines]
    heads, *lines = (list(row) for row in book["To fix"].iter_rows(4, values_only=True))
    linked = 0
    for row in (dict(zip(heads, line, strict=True)) for line in lines):
        if not row["In Answers"]:
            continue
        number, ref = re.search(
            r"\(Answers\[Team no\]=(\d+)\)\*\(Answers\[Ref\]=\"(Q\d+)\"\)", row["In Answers"]
        ).groups()
        [answer] = [each for each in answers if (each["Team no"], each["Ref"]) == (int(number), ref)]
        assert (answer["Team"], answer["Ref"]) == (row["Team"], row["Question"])
        assert row["In Answers"].startswith(f'=HYPERLINK("#Answers!{"ABCDEFGHIJ"[list(answer).index("Level")]}"&')
        linked += 1
    assert linked > 5
