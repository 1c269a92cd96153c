"""The consolidated workbook: its numbers, its formulas, its safety."""

from __future__ import annotations

import io
import math
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest
from libreoffice import needs_office, recalculated
from python_calamine import CalamineWorkbook
from rounds_in_memory import QUESTIONNAIRE, random_round, returned, submission
from xlsxwriter.utility import xl_cell_to_rowcol
from xlsxwriter.worksheet import Worksheet

from impact_xl import results
from impact_xl.findings import ImpactError, Where, found
from impact_xl.results.heatmap import TOP
from impact_xl.results.sheet_writer import FIRST_ROW, always
from impact_xl.results.sheets import SHEETS
from impact_xl.returns.submission import Message, ReturnedFile
from impact_xl.roster import NO_GROUP, Round, Team, TeamList
from impact_xl.round.collation import Collation, collate

NAMES = [sheet.name for sheet in SHEETS if sheet.when is always]
LEVELS = [level.name for level in QUESTIONNAIRE.levels]


@pytest.fixture(scope="module")
def round_of_40() -> Collation:
    return random_round(seed=7, teams=40)


@pytest.fixture(scope="module")
def written(round_of_40: Collation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("results") / "consolidated.xlsx"
    results.write(round_of_40, path)
    return path


@pytest.fixture(scope="module")
def rows(round_of_40: Collation) -> list[dict[str, object]]:
    return round_of_40.answers.to_dict("records")


def table(book: openpyxl.Workbook, sheet: str) -> list[dict[str, object]]:
    """A sheet's main table as a dictionary a row, of stored values."""
    rows = list(book[sheet].iter_rows(min_row=FIRST_ROW, values_only=True))
    heads = list(rows[0])
    return [
        {head: value for head, value in zip(heads, row, strict=True) if head} for row in rows[1:] if row[0] is not None
    ]


def formulas_of(content: bytes) -> Iterator[str]:
    """The text of every formula in a workbook."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        for name in package.namelist():
            if name.startswith("xl/worksheets/sheet"):
                yield from re.findall(r"<f>(.*?)</f>", package.read(name).decode(), re.DOTALL)


def differing(one: Path, other: Path) -> list[tuple[str, str, object, object]]:
    """Cells whose stored values differ between two workbooks, among the cells that hold a formula in the first."""
    found = []
    for sheet, cells in formula_cells(one).items():
        before, after = (values_of(path, sheet) for path in (one, other))
        for cell in cells:
            a, b = before(cell), after(cell)
            near = isinstance(a, float) and isinstance(b, float) and math.isclose(a, b, abs_tol=1e-9)
            if a != b and not near:
                found.append((sheet, cell, a, b))
    return found


def formula_cells(path: Path) -> dict[str, list[str]]:
    """The cells that hold a formula, by sheet."""
    with zipfile.ZipFile(path) as package:
        return {
            sheet: re.findall(r'<c r="([A-Z]+\d+)"[^>]*><f>', package.read(f"xl/worksheets/sheet{number}.xml").decode())
            for number, sheet in enumerate(openpyxl.load_workbook(path, read_only=True).sheetnames, 1)
        }


def values_of(path: Path, sheet: str) -> Callable[[str], object]:
    """The stored value of each cell of a sheet; nothing is an empty text."""
    rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_name(sheet).to_python(skip_empty_area=False)

    def value(cell: str) -> object:
        row, col = xl_cell_to_rowcol(cell)
        cell_value = rows[row][col] if row < len(rows) and col < len(rows[row]) else ""
        return float(cell_value) if isinstance(cell_value, int) else cell_value

    return value


class TestNumbers:
    """Every number of Summary, Components and Questions, against an independent count over answers.csv."""

    @pytest.mark.parametrize(("sheet", "column"), [("Questions", "question"), ("Components", "component")])
    def test_counts(self, written: Path, rows: list[dict[str, object]], sheet: str, column: str) -> None:
        for line in table(openpyxl.load_workbook(written, data_only=True), sheet):
            own = [row for row in rows if row[column] == line["Ref"]]
            levels = Counter(row["level_name"] for row in own if row["state"] == "answered")
            states = Counter(row["state"] for row in own)
            valid = states["answered"]
            assert line["Valid"] == valid
            assert [line[name] for name in LEVELS] == [levels[name] for name in LEVELS]
            assert [line[f"{name} %"] for name in LEVELS] == pytest.approx([levels[name] / valid for name in LEVELS])
            assert line["At target"] == pytest.approx(sum(levels[name] for name in LEVELS[2:]) / valid)
            for head in ("Blank", "Multiple", "Unclear", "Missing", "Not applicable"):
                assert line[head] == states[head.lower().replace(" ", "_")]
            ordered = sorted(LEVELS.index(row["level_name"]) for row in own if row["state"] == "answered")
            low, high = LEVELS[ordered[(valid - 1) // 2]], LEVELS[ordered[valid // 2]]
            assert line["Typical level"] == (low if low == high else f"{low} to {high}")

    def test_agreement_is_the_mean_distance_from_the_median(self, written: Path, rows: list[dict[str, object]]) -> None:
        for line in table(openpyxl.load_workbook(written, data_only=True), "Questions"):
            levels = sorted(
                int(row["level"]) for row in rows if row["question"] == line["Ref"] and row["state"] == "answered"
            )
            median = levels[len(levels) // 2]
            away = sum(abs(level - median) for level in levels) / len(levels)
            assert line["Agreement"] == pytest.approx(1 - away / 2)
            words = "mostly agree" if away <= 0.5 else "vary" if away <= 1 else "strongly differ"
            assert line["In words"] == words

    def test_summary(self, written: Path, rows: list[dict[str, object]], round_of_40: Collation) -> None:
        book = openpyxl.load_workbook(written, data_only=True)
        below = {cell.value: cell.offset(1).value for row in book["Summary"].iter_rows() for cell in row if cell.value}
        standing = {
            cell.value: cell.offset(2).value for row in book["Summary"].iter_rows() for cell in row if cell.value
        }
        complete = Counter(row["team"] for row in rows if row["state"] in ("answered", "not_applicable"))
        shares = [line["At target"] for line in table(book, "Questions")]
        assert below["Teams that answered"] == "40 of 42"
        assert standing["Teams that answered"].startswith(
            f"{sum(count == 22 for count in complete.values())} complete, "
        )
        assert below["Mostly at Progressing or above"] == f"{sum(share > 0.5 for share in shares)} of 22"
        assert below["To discuss"] == f"{len(round_of_40_discuss(written))} of 22"
        assert book["Summary"]["A6"].value.startswith(("Strongest: ", "Teams are ", "Most teams "))
        not_counted = Counter(row["state"] for row in rows)
        left_out = sum(not_counted[state] for state in ("blank", "multiple", "unclear", "missing"))
        assert f" {left_out} answers not counted, see To fix." in book["Summary"]["A4"].value


def round_of_40_discuss(written: Path) -> list[object]:
    return [
        line["Ref"]
        for line in table(openpyxl.load_workbook(written, data_only=True), "Questions")
        if line["Agenda"] == "Discuss differences"
    ]


@needs_office
class TestLive:
    """Formulas carry the values that a program gives them, and follow what people change."""

    def test_recalculation_changes_nothing(self, written: Path, tmp_path: Path) -> None:
        assert differing(written, recalculated(written, tmp_path)) == []
        assert sum(map(len, formula_cells(written).values())) > 5_000

    def test_recalculation_changes_nothing_where_teams_stand_in_every_way(self, tmp_path: Path) -> None:
        levels = {question.id: 3 for question in QUESTIONNAIRE.questions}
        copies = [
            submission("Ash", levels, group="A"),
            submission("Birch", {"Q01": 2, "Q02": "multiple"}, group="B"),
            submission("Cedar", {}, group="A"),
            submission("Elm", {**levels, "Q03": 5, "Q04": "unclear"}, group="B"),
        ]
        damaged = ReturnedFile("Oak.xlsx", findings=(found("file-damaged", Where("Oak.xlsx"), what="it is cut short"),))
        teams = (
            *(Team("ash", "Ash", "A"), Team("birch", "Birch", "B"), Team("cedar", "Cedar", "A")),
            *(Team("oak", "Oak", "B"), Team("yew", "Yew", "A"), Team("elm", "Elm", "B", status="Not taking part")),
        )
        collation = collate([*map(returned, copies), damaged], QUESTIONNAIRE, Round(teams=TeamList(teams)))
        assert collation.statuses == dict.fromkeys(collation.statuses, 1)
        path = tmp_path / "c.xlsx"
        results.write(collation, path)
        assert differing(path, recalculated(path, tmp_path)) == []
        book = openpyxl.load_workbook(path, data_only=True)
        texts = [str(cell) for row in book["Summary"].iter_rows(values_only=True) for cell in row if cell]
        assert any(text.startswith("Showing all groups: 2 of 6 teams returned.") for text in texts)
        assert "1 complete, 1 partial" in texts
        assert "1 not returned, 1 unusable, 1 not readable, 1 not taking part" in texts
        states = [row[7] for row in book["Answers"].iter_rows(values_only=True) if row[0] == "Elm"]
        assert states == ["Not taking part"] * 22

    def test_recalculation_changes_nothing_among_300_teams(self, tmp_path: Path) -> None:
        many = tmp_path / "many.xlsx"
        results.write(random_round(seed=3, teams=298, groups=20), many)
        assert differing(many, recalculated(many, tmp_path)) == []
        assert sum(map(len, formula_cells(many).values())) > 30_000

    @pytest.mark.parametrize("group", ["Group A", NO_GROUP])
    def test_the_selector_drives_summary_components_and_questions(
        self, round_of_40: Collation, written: Path, tmp_path: Path, group: str
    ) -> None:
        chosen = tmp_path / "chosen.xlsx"
        changed(written, chosen, "Summary", "A3", group)
        after = recalculated(chosen, tmp_path / "after")
        sheets = {sheet for sheet, *_ in differing(written, after)}
        assert sheets == {"Summary", "Components", "Questions", "Teams", "Answers"}  # Groups stays
        book = openpyxl.load_workbook(after, data_only=True)
        tallies = round_of_40.tallies(group)
        for line in table(book, "Questions"):
            tally = tallies[str(line["Ref"])]
            assert [line[name] for name in LEVELS] == list(tally.distribution.counts)
            assert line["Agenda"] == (tally.distribution.agenda(3).value or None)
        assert group in str(book["Summary"]["A4"].value)

    def test_a_corrected_level_moves_summary_and_is_shown_as_made_by_hand(self, written: Path, tmp_path: Path) -> None:
        answers = openpyxl.load_workbook(written, data_only=True)["Answers"]
        heads = {cell.value: cell.column_letter for cell in answers[FIRST_ROW]}
        row = next(
            row
            for row in range(FIRST_ROW + 1, answers.max_row)
            if answers[f"{heads['State']}{row}"].value == "Multiple"
        )
        corrected = tmp_path / "corrected.xlsx"
        changed(written, corrected, "Answers", f"{heads['Level']}{row}", "Spreading")
        book = openpyxl.load_workbook(recalculated(corrected, tmp_path / "after"), data_only=True)
        before = openpyxl.load_workbook(written, data_only=True)
        assert valid_answers(book) == valid_answers(before) + 1
        assert "1 answer changed by hand" in book["Summary"]["A4"].value
        assert book["Answers"][f"{heads['Decided by']}{row}"].value == "Workbook"
        assert book["Answers"][f"{heads['State']}{row}"].value == "Answered"


def valid_answers(book: openpyxl.Workbook) -> int:
    return sum(line["Valid"] for line in table(book, "Components"))


def changed(source: Path, target: Path, sheet: str, cell: str, text: str) -> None:
    """A copy of a workbook with one text cell changed in its XML and every stored value left as it was."""
    number = openpyxl.load_workbook(source, read_only=True).sheetnames.index(sheet) + 1
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == f"xl/worksheets/sheet{number}.xml":
                pattern = rf'<c r="{cell}"( s="\d+")?(?: t="s")?(?:/>|>.*?</c>)'
                content, count = re.subn(
                    pattern, rf'<c r="{cell}"\1 t="inlineStr"><is><t>{text}</t></is></c>', content.decode(), count=1
                )
                assert count == 1
                content = content.encode()
            new.writestr(name, content)


class TestSafety:
    def test_same_collation_same_bytes(self, round_of_40: Collation, written: Path) -> None:
        assert results.build(round_of_40) == written.read_bytes()

    def test_no_text_from_a_return_becomes_a_formula_or_a_link(self) -> None:
        evil = [
            "=1+1",
            "+1",
            "-1",
            "@SUM(A1)",
            "\t=1",
            "http://example.org",
            "mailto:a@b.c",
            "{=1}",
            "external:x",
            "\x01\x0b",
        ]
        files = [
            returned(submission(f"{text} team{n}", {"Q01": 3}, group=text, notes={"Q01": text}, file=f"{text}.xlsx"))
            for n, text in enumerate(evil)
        ]
        content = results.build(collate(files, QUESTIONNAIRE))
        ours = list(formulas_of(content))
        assert ours
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            links = [name for name in package.namelist() if "rels" in name and b"hyperlink" in package.read(name)]
        assert links == []
        book = openpyxl.load_workbook(io.BytesIO(content))
        notes = [row[4].value for row in book["Comments"].iter_rows(min_row=FIRST_ROW + 1) if row[0].value]
        assert all(row[4].data_type == "s" for row in book["Comments"].iter_rows(min_row=FIRST_ROW + 1) if row[4].value)
        assert set(evil[:-1]) <= set(notes)

    def test_references_are_written_the_way_excel_reads_them(self, written: Path) -> None:
        with zipfile.ZipFile(written) as package:
            parts = [package.read(name).decode() for name in package.namelist() if name.endswith(".xml")]
        text = "".join(parts)
        assert "[@" not in text
        # Without its table's name, or without brackets round the column, Excel calls the file damaged.
        assert text.count("#This Row") == len(re.findall(r"\b[A-Z]\w*\[\[#This Row\],\[[^\[\]]+\]\]", text)) > 0

    def test_no_formula_needs_more_than_excel_2016(self, written: Path) -> None:
        used = {
            name for formula in formulas_of(written.read_bytes()) for name in re.findall(r"([A-Z][A-Z.]+)\(", formula)
        }
        assert used <= {
            "AND", "CHAR", "COUNT", "COUNTIF", "COUNTIFS", "HYPERLINK", "IF", "IFERROR", "INDEX", "INT",
            "ISNUMBER", "ROUND", "LEFT", "LEN",
            "MATCH", "MAX", "MIN", "OR", "ROW", "SMALL", "SUM", "SUMIFS", "SUMPRODUCT", "TEXT",
        }  # fmt: skip

    def test_a_place_that_cannot_be_written_leaves_the_old_one(self, round_of_40: Collation, tmp_path: Path) -> None:
        blocked = tmp_path / "a file"
        blocked.write_text("old")
        with pytest.raises(ImpactError):
            results.write(round_of_40, blocked / "out.xlsx")
        assert blocked.read_text() == "old"


def test_the_library_would_not_change_a_formula_of_ours(written: Path, root: Path) -> None:
    own = Worksheet()
    for path in (written, root / "templates" / "assessment_template.xlsx"):
        for formula in formulas_of(path.read_bytes()):
            assert own._prepare_formula("=" + formula) == formula


class TestManyTeams:
    """Up to 300 teams everything is live; above, what would take minutes to calculate holds values and says so."""

    def test_300_teams_are_live_and_written_without_a_search_through_each_formula(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        searched: list[str] = []
        monkeypatch.setattr(Worksheet, "_prepare_formula", lambda _, formula, *__: searched.append(formula) or formula)
        content = results.build(random_round(seed=4, teams=298))
        assert not searched  # eight times the seconds
        assert sum("SUMIFS(" in formula for formula in formulas_of(content)) >= 300 * 22
        assert len(content) < 2_000_000

    def test_above_heatmap_and_profiles_hold_values(self) -> None:
        content = results.build(random_round(seed=4, teams=299))
        book = openpyxl.load_workbook(io.BytesIO(content))
        assert not any(cell.data_type == "f" for row in book["Heatmap"].iter_rows(TOP + 2) for cell in row)
        for sheet in ("Heatmap", "Teams"):
            assert "more than 300 teams" in book[sheet]["A2"].value
        assert isinstance(book["Heatmap"].cell(TOP + 2, 3).value, int)
        statuses = [row[2] for row in book["Teams"].iter_rows(min_row=FIRST_ROW + 1)]
        assert all(cell.data_type == "f" for cell in statuses)
        linked = [row[5].value for row in book["To fix"].iter_rows(min_row=FIRST_ROW + 1) if row[8].value]
        assert len(linked) == len(set(linked)) > 100


class TestShape:
    def test_every_sheet_has_a_title_and_says_what_it_holds(self, written: Path) -> None:
        book = openpyxl.load_workbook(written)
        assert book.sheetnames == [*NAMES[:3], "Groups", *NAMES[3:]]
        for sheet in book:
            assert sheet["A1"].value
            assert sheet["A2"].value
            assert sheet.sheet_state == "visible"
            assert not sheet.merged_cells.ranges
            assert not any(
                dimension.hidden for dimension in (*sheet.row_dimensions.values(), *sheet.column_dimensions.values())
            )

    def test_charts_are_native_with_points_and_alternative_text(self, written: Path) -> None:
        with zipfile.ZipFile(written) as package:
            charts = [package.read(name).decode() for name in package.namelist() if name.startswith("xl/charts/chart")]
            drawing = package.read("xl/drawings/drawing1.xml").decode()
        assert len(charts) == 1 + 5 + 1  # by component, by question under each, by group
        for chart in charts:
            assert '<c:grouping val="stacked"/>' in chart
            assert chart.count("<c:ser>") == len(LEVELS) + 2  # the line at the target, and the share behind the bar
            assert chart.count("<c:pt ") > 5 * len(LEVELS)
        assert len(re.findall(r'descr="100% stacked bars[^"]{80,}"', drawing)) == 6

    @pytest.mark.parametrize("teams", [0, 1, 3])
    def test_few_teams_give_a_workbook_too(self, teams: int) -> None:
        collation = random_round(seed=1, teams=teams, missing_teams=1)
        book = openpyxl.load_workbook(io.BytesIO(results.build(collation)), data_only=True)
        assert len(table(book, "Answers")) == 22 * teams
        for line in table(book, "Questions"):
            assert line["In words"] is None  # below five answers, agreement is not put into words


def test_about_says_why_a_file_does_not_count(tmp_path: Path) -> None:
    """And never that another copy counts where none does, nor for a reason that is none."""
    picture = found("form-extra-content", Where("Ash 1"), what="a picture")
    carried = Message("Ward lead <ward@trust.example>", "Ours", datetime(2026, 11, 2, 9, 30, tzinfo=UTC))

    def file(team: str, name: str, level: int, day: int = 0) -> ReturnedFile:
        moment = datetime(2026, 11, day, tzinfo=UTC) if day else None
        levels = dict.fromkeys((question.id for question in QUESTIONNAIRE.questions), level)
        one = returned(submission(team, levels, file=name, modified=moment))
        return replace(one, message=carried) if name == "Ash 2" else one

    files = [file("Ash", "Ash 1", 1, 1), file("Ash", "Ash 2", 2, 2), file("Elm", "Elm 1", 1), file("Elm", "Elm 2", 2)]
    files[0] = replace(files[0], findings=(picture,))
    path = tmp_path / "out.xlsx"
    results.write(collate(files, QUESTIONNAIRE), path)
    cells = [[cell.value for cell in row] for row in openpyxl.load_workbook(path)["Files"].iter_rows()]
    head = next(row for row in cells if row[0] == "File" and "Came with" in row)
    rows = {row[0]: dict(zip(head, row, strict=True)) for row in cells}
    why = {name: rows[name]["Why not"] for name in ("Ash 1", "Ash 2", "Elm 1", "Elm 2")}
    assert why["Ash 1"] == "Another copy of this team counts."
    assert why["Ash 2"] is None
    assert why["Elm 1"].startswith("2 copies of this team disagree")
    assert why["Elm 2"] == "None of this team's copies counts; To fix says why."
    assert rows["Ash 2"]["Came with"] == "Ward lead <ward@trust.example>, 2 November 2026 09:30 UTC, “Ours”"
    about = openpyxl.load_workbook(path)["About"]
    assert [cell.value for cell in about["A"]].count("Passed over") == 1
