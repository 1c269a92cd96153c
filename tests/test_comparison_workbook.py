"""The comparison workbook: every formula gives what is stored, in two engines, and follows what is typed into Pairs."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import ironcalc
import openpyxl
import pytest
from comparisons import as_read, random_comparison
from edge_rounds import ROUNDS
from libreoffice import needs_office, recalculated, shown
from openpyxl.utils.cell import column_index_from_string, coordinate_from_string
from rounds_in_memory import QUESTIONNAIRE, SMALL, returned, submission
from test_accessibility import RULES, Made

from impact_xl import questionnaire as questionnaires
from impact_xl.comparison import share, workbook
from impact_xl.comparison.compare import Comparison, compare
from impact_xl.comparison.read_round import ComparedRound
from impact_xl.results.sheet_writer import FIRST_ROW
from impact_xl.roster import Round, Team, TeamList
from impact_xl.round.collation import collate

ALL = [question.id for question in QUESTIONNAIRE.questions]
BASICS = questionnaires.load(Path(__file__).parent.parent / "docs" / "examples" / "data_basics.toml")
COMPARISONS: dict[str, Any] = {
    "twenty teams": {"seed": 3, "teams": 20},
    "four teams": {"seed": 5, "teams": 4},
    "levels of their own": {"seed": 9, "teams": 12, "questionnaire": BASICS, "defects": 0.2},
    "three levels": {"seed": 7, "teams": 40, "questionnaire": SMALL, "defects": 0.2},
}


@cache
def comparison_of(name: str) -> Comparison:
    return random_comparison(**COMPARISONS[name])


@pytest.fixture(params=COMPARISONS)
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "comparison.xlsx"
    path.write_bytes(workbook.build(comparison_of(request.param)))
    return path


def stored(path: Path) -> dict[tuple[str, str], Any]:
    """What is stored in each cell that holds a formula."""
    book, values = openpyxl.load_workbook(path), openpyxl.load_workbook(path, data_only=True)
    formulas = (cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "f")
    return {(each.parent.title, each.coordinate): values[each.parent.title][each.coordinate].value for each in formulas}


def as_compared(value: Any) -> Any:
    return round(value, 9) if isinstance(value, int | float) else value or ""


def test_ironcalc_gives_what_is_stored(made: Path):
    expected = stored(made)
    assert len(expected) > 200
    model = ironcalc.load_from_xlsx(str(made), "en", "UTC", "en")
    sheets = [each["name"] for each in model.get_worksheets_properties()]
    model.evaluate()
    for (sheet, cell), value in expected.items():
        letters, row = coordinate_from_string(cell)
        found = model.get_cell_value(sheets.index(sheet), row, column_index_from_string(letters))
        assert as_compared(found) == as_compared(value), f"{sheet}!{cell}"


@needs_office
def test_libreoffice_gives_what_is_stored(made: Path, tmp_path: Path):
    again = openpyxl.load_workbook(recalculated(made, tmp_path), data_only=True)
    for (sheet, cell), value in stored(made).items():
        assert as_compared(again[sheet][cell].value) == as_compared(value), f"{sheet}!{cell}"


def test_everything_follows_a_level_typed_into_pairs(tmp_path: Path):
    """A pair goes to one above then's level, and to one below."""
    comparison = comparison_of("twenty teams")
    pair = next(pair for pair in comparison.pairs if 1 < pair.before < 5)
    path = tmp_path / "comparison.xlsx"
    path.write_bytes(workbook.build(comparison))
    model = ironcalc.load_from_xlsx(str(path), "en", "UTC", "en")
    sheets = [each["name"] for each in model.get_worksheets_properties()]
    question = 5 + [each.after.id for each in comparison.questions.pairs].index(pair.question.after.id)
    row = 5 + comparison.pairs.index(pair)

    def typed(level: int) -> list[Any]:
        """The move; up and down of the question; up and down of the team."""
        model.set_user_input(sheets.index("Pairs"), row, 7, str(level))
        model.evaluate()
        places = (
            ("Pairs", row, 8),
            ("Questions", question, 5),
            ("Questions", question, 7),
            ("Teams", 4 + pair.number, 4),
        )
        return [model.get_cell_value(sheets.index(sheet), *place) for sheet, *place in places]

    (moved, up, down, of_team), *rest = (typed(level) for level in (pair.before + 1, pair.before - 1, pair.before))
    assert [moved, *(each[0] for each in rest)] == ["up", "down", "same"]
    assert rest[0][1:] == [up - 1, down + 1, of_team - 1]
    assert rest[1][1:] == [up - 1, down, of_team - 1]


@needs_office
def test_moves_follow_the_question_that_is_chosen(tmp_path: Path):
    comparison = comparison_of("twenty teams")
    path = tmp_path / "comparison.xlsx"
    path.write_bytes(workbook.build(comparison))
    labels = [f"{id} {comparison.questionnaire.by_id[id].short}" for id in ("Q07", "Q22")]
    for id, sheets in zip(("Q07", "Q22"), shown(path, "Moves", "A4", labels, ["Moves"]), strict=True):
        rows = sheets["Moves"]
        table = tuple(tuple(int(cell) for cell in row[1:6]) for row in rows[7:12])
        assert table == comparison.moves[id].table
        figures = {row[0]: row[1] for row in rows[15:]}
        assert (figures["Up"], figures["Down"]) == (comparison.moves[id].up, comparison.moves[id].down)


@pytest.mark.parametrize("name", ["strange names", "long names", "seven levels, one component", "one team"])
def test_awkward_rounds_are_shown_whole(name: str):
    collation = ROUNDS[name]()
    sides = as_read(collation, "Spring", date(2026, 5, 1)), as_read(collation, "Autumn", date(2026, 11, 1))
    comparison = compare(*sides)
    for made in (Made(workbook.build(comparison), True), Made(share.build(comparison, 5), True, drawn=False)):
        for rule in ("R1", "R4", "R5", "R6", "R9"):
            RULES[rule](made)


def test_where_every_question_has_other_words_nothing_is_added_up():
    then, now = comparison_of("three levels").rounds
    changed = tuple(replace(each, fingerprint=f"{each.fingerprint}!") for each in now.questions)
    comparison = compare(then, replace(now, questions=changed))
    assert (comparison.counting, comparison.lead.up) == (0, 0)
    assert comparison.moves["Q01"] == comparison_of("three levels").moves["Q01"]
    book = openpyxl.load_workbook(io.BytesIO(workbook.build(comparison)), data_only=True)
    texts = [cell.value for cell in book["Summary"]["A"]]
    assert "No question has the words of then, so nothing is added up over the questions." in texts
    assert not [text for text in texts if text and "moved up on more questions" in str(text)]


def test_groups_stand_side_by_side_where_enough_teams_are_compared(tmp_path: Path) -> None:
    def answering(names: str, levels: dict[str, int], groups: dict[str, str]) -> ComparedRound:
        teams = tuple(Team(f"t{name}", f"Ward {name}", groups.get(name, "North")) for name in names)
        files = [returned(submission(each.name, dict.fromkeys(ALL, levels.get(each.name[-1], 2)))) for each in teams]
        round = collate(files, QUESTIONNAIRE, Round("r", teams=TeamList(teams)))
        return as_read(round, f"Round of {len(groups)}", date(2026, 5, len(groups)))

    then = answering("ABCDEFGH", {}, {"G": ">5"})
    now = answering("ABCDEFGH", {"A": 3, "B": 4, "C": 1, "G": 5}, {"G": ">5", "H": ">5"})
    path = tmp_path / "c.xlsx"
    path.write_bytes(workbook.build(compare(then, now)))
    sheet = openpyxl.load_workbook(path, data_only=True)["Groups"]
    heads, few, north = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=4)]
    assert heads[:5] == ["Group", "Teams", "More up", "Equally", "More down"]
    assert (few[0], few[1], set(few[2:-1]), few[-1]) == (">5", 2, {None}, "Ward H (from North)")
    assert (north[:5], north[5:-1], north[-1]) == (["North", 6, 2, 3, 1], [1] * (len(heads) - 6), None)
    assert "Groups" not in openpyxl.load_workbook(io.BytesIO(workbook.build(compare(*[
        answering("ABC", {}, dict.fromkeys(groups, "South")) for groups in ("ABC", "CBA")
    ])))).sheetnames  # fmt: skip


def test_nothing_says_why_or_how_likely(made: Path):
    """No verb of cause, no p-value, and no percentage of fewer than five pairs."""
    book = openpyxl.load_workbook(made, data_only=True)
    texts = [cell.value for sheet in book for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)]
    assert not [text for text in texts if re.search(r"\b(?:because of|led to|caused|thanks to|p ?[<=] ?0)", text)]
    if "four" not in made.parent.name:
        return
    for row in book["Questions"].iter_rows(min_row=5):
        assert not [cell for cell in row if cell.number_format == "0%" and cell.value and cell.column < 40]


def test_red_and_green_say_nothing(made: Path):
    book = openpyxl.load_workbook(made)
    colours = {
        color.rgb
        for sheet in book
        for place in sheet.conditional_formatting
        for rule in place.rules
        if rule.dxf
        for color in (rule.dxf.font.color if rule.dxf.font else None, rule.dxf.fill.bgColor if rule.dxf.fill else None)
        if color is not None
    }
    fills = {f"FF{fill[1:]}" for fill in ("#FFF3C4", "#A6D9C0", "#3FA9C9", "#005EB8", "#1B1F5E", "#FFFFFF", "#212B32")}
    assert colours <= fills


def test_the_usual_questions_stand_on_one_page(made: Path):
    sheet = openpyxl.load_workbook(made)["Questions"]
    last = next(row for row in range(FIRST_ROW + 1, sheet.max_row + 2) if not sheet.cell(row, 1).value) - 1
    tall = sum(sheet.row_dimensions[row].height or 15 for row in range(1, last + 1))
    if last - FIRST_ROW <= len(QUESTIONNAIRE.questions):
        assert tall * sheet.page_setup.scale / 100 <= 760
