"""Two leads, two copies of one workbook: what the other lead typed is taken once, and nothing is chosen between."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import Result
from test_carry_over import answer, edited, several, typing
from test_detect import NOTE, TEAMS, round_of
from test_detect import rows as filled

from impact_xl import results
from impact_xl.findings import ImpactError
from impact_xl.results.sheet_writer import FIRST_ROW
from impact_xl.roster import Round, TeamList
from impact_xl.round.collation import Collation, collate

Edit = Callable[[openpyxl.Workbook], None]
OLD = Path(__file__).parent / "version_0_1"


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("first") / "consolidated.xlsx"
    results.write(round_of(), path)
    return path


@pytest.fixture
def path(first: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(first, tmp_path / "consolidated.xlsx"))


def together(path: Path, here: Edit | None, *there: Edit, **options: Any) -> Collation:
    """What two leads and more typed into copies of one workbook, put together and written."""
    copies = [edited(path, path.with_name(f"copy {number}.xlsx"), edit) for number, edit in enumerate(there, 1)]
    if here:
        edited(path, path, here)
    before = [copy.read_bytes() for copy in copies]
    written = results.write(results.carry(round_of(), path, also=copies, **options), path)
    assert [copy.read_bytes() for copy in copies] == before
    return written.collation


def level(team: str, question: str, text: str) -> Edit:
    return typing("Answers", {"Team": team, "Ref": question}, "Level", text)


def add_action(team: str, **cells: str) -> Edit:
    def edit(book: openpyxl.Workbook) -> None:
        table = book["Actions"]
        heads = {cell.value: cell.column for cell in table[FIRST_ROW]}
        row = next(row for row in range(FIRST_ROW + 1, 99) if not table.cell(row, 1).value)
        for head, text in {"Team": team, **cells}.items():
            table.cell(row, heads[head]).value = text

    return edit


def rules(collation: Collation) -> list[str]:
    return [each.rule.id for each in collation.to_fix]


def messages(collation: Collation, rule: str) -> list[str]:
    return [each.message for each in collation.to_fix if each.rule.id == rule]


def status_of_huddles(text: str, column: str = "Status") -> Edit:
    return typing("Actions", {"Team": "Ash ward", "What": "Start huddles"}, column, text)


def test_levels_are_taken_and_equal_ones_count_once(path: Path) -> None:
    here = level("Ash ward", "Q01", "Spreading")
    there = several(level("Ash ward", "Q01", "Spreading"), level("Elm clinic", "Q02", "Starting"))
    collation = together(path, here, there)
    assert answer(path, "Ash ward", "Q01")["Level"] == "Spreading"
    assert answer(path, "Elm clinic", "Q02")["Level"] == "Starting"
    assert collation.carried
    assert (collation.carried.corrections, collation.carried.lost) == (2, 0)
    assert collation.carried.from_copies == ("Taken from copy 1.xlsx: 1 level.",)


@pytest.mark.parametrize("here", [True, False])
def test_two_levels_stop_the_run_and_both_cells_are_named(path: Path, here: bool) -> None:
    edits = [level("Ash ward", "Q01", "Spreading"), level("Ash ward", "Q01", "Starting")]
    before = path.read_bytes()
    with pytest.raises(ImpactError) as stopped:
        together(path, edits[0] if here else None, *(edits[1:] if here else edits))
    copies = ("[consolidated.xlsx]", "[copy 1.xlsx]") if here else ("[copy 1.xlsx]", "[copy 2.xlsx]")
    for place, text in zip(copies, ("Spreading", "Starting"), strict=True):
        assert f"{place}Answers!G5 says “{text}”" in stopped.value.message
    assert "Q01 of Ash ward" in stopped.value.message
    assert here or path.read_bytes() == before


def test_actions_and_comments_are_taken(path: Path) -> None:
    there = several(
        status_of_huddles("Done"),
        add_action("Elm clinic", What="Ring the teams", Lead="Jo"),
        typing("Comments", {"Team": "Ash ward", "Ref": "Q03"}, "Note", "A nurse said so."),
    )
    collation = together(path, status_of_huddles("Sam", "Lead"), there)
    [huddles, ring] = [row for row in filled(path, "Actions") if row["What"]]
    assert (huddles["Status"], huddles["Lead"]) == ("Done", "Sam")
    assert (ring["Team"], ring["What"], ring["Lead"]) == ("Elm clinic", "Ring the teams", "Jo")
    assert [row["Note"] for row in filled(path, "Comments")] == ["A nurse said so."]
    assert collation.carried
    assert collation.carried.from_copies == ("Taken from copy 1.xlsx: 2 rows of Actions, 1 row of Comments.",)


def test_the_same_copy_given_again_changes_nothing(path: Path) -> None:
    there = several(
        level("Ash ward", "Q01", "Spreading"),
        status_of_huddles("Done"),
        add_action("Elm clinic", What="Ring the teams"),
        typing("Comments", {"Team": "Ash ward", "Ref": "Q03"}, "Note", "A nurse said so."),
    )
    here = several(status_of_huddles("Under way"), add_action("Elm clinic", What="Ring the teams", Lead="Jo"))
    copy = edited(path, path.with_name("copy.xlsx"), there)
    edited(path, path, here)
    results.write(results.carry(round_of(), path, also=[copy]), path)
    once = {sheet: filled(path, sheet) for sheet in ("Actions", "Comments", "Answers")}
    assert len([row for row in once["Actions"] if row["What"]]) == 3
    again = results.write(results.carry(round_of(), path, also=[copy, copy]), path).collation
    assert {sheet: filled(path, sheet) for sheet in once} == once
    assert again.carried
    assert again.carried.from_copies == ("Taken from copy.xlsx: nothing that was not there already.",) * 2


def test_two_words_for_one_cell_are_both_kept_and_named(path: Path) -> None:
    def note(text: str) -> Edit:
        return typing("Comments", {"Team": "Ash ward", "Ref": "Q03"}, "Note", text)

    here = several(status_of_huddles("Under way"), note("One"))
    collation = together(path, here, several(status_of_huddles("Done"), note("Two")))
    assert [row["Status"] for row in filled(path, "Actions") if row["What"]] == ["Under way", "Done"]
    assert [row["Note"] for row in filled(path, "Comments")] == ["One", "Two"]
    cells = (
        ("The action “Start huddles”", "Actions!H5", "Under way", "Done"),
        ("The note on Q03", "Comments!E5", "One", "Two"),
    )
    assert messages(collation, "text-two-leads") == [
        f"{what}: [consolidated.xlsx]{cell} says “{one}”, and [copy 1.xlsx]{cell} says “{other}”. Both rows are in "
        "this workbook now."
        for what, cell, one, other in cells
    ]


def test_everything_else_is_named_and_not_taken(path: Path) -> None:
    def there(book: openpyxl.Workbook) -> None:
        typing("Teams", {"Team": "Ash ward"}, "Group", "West")(book)
        col = book["Teams"].max_column + 1
        book["Teams"].cell(FIRST_ROW, col).value, book["Teams"].cell(FIRST_ROW + 1, col).value = "Mine", "ring them"
        book.create_sheet("My list")["A1"] = "Milk"

    collation = together(path, None, there)
    told = messages(collation, "text-not-kept")
    assert len(told) == 3
    assert all("of that copy" in text for text in told)
    assert any("the column Group: “West”" in text for text in told)
    assert any("a column of your own, Mine, holds “ring them”" in text for text in told)
    assert {each.where.file for each in collation.to_fix if each.rule.id == "text-not-kept"} == {"copy 1.xlsx"}
    assert "Mine" not in filled(path, "Teams")[0]
    assert "My list" not in openpyxl.load_workbook(path).sheetnames


def test_what_stands_in_both_is_not_lost(path: Path) -> None:
    def both(book: openpyxl.Workbook) -> None:
        col = book["Teams"].max_column + 1
        book["Teams"].cell(FIRST_ROW, col).value, book["Teams"].cell(FIRST_ROW + 1, col).value = "Ours", "ring them"
        book.create_sheet("Our list")["A1"] = "Milk"

    assert "text-not-kept" not in rules(together(path, both, both))


@pytest.mark.parametrize(
    ("ours", "theirs", "told"),
    [
        ("2026", "2025", "The second copy holds another round: “2025”, not “2026”"),
        ("2026", "", "The second copy does not say which round it holds, and this is “2026”"),
    ],
)
def test_a_copy_of_another_round_is_refused(path: Path, ours: str, theirs: str, told: str) -> None:
    other = path.with_name("other.xlsx")
    results.write(of_round(theirs), other)
    path.unlink()
    results.write(of_round(ours), path)
    before = path.read_bytes()
    with pytest.raises(ImpactError, match=told):
        results.carry(of_round(ours), path, also=[other])
    assert path.read_bytes() == before
    if theirs:
        with pytest.raises(ImpactError, match=told):
            results.carry(of_round(ours), path, also=[other], same_round=True)
    else:
        assert results.carry(of_round(ours), path, also=[other], same_round=True).carried


def of_round(id: str) -> Collation:
    return collate([], round_of().questionnaire, Round(id=id, teams=TeamList(TEAMS)))


@pytest.mark.parametrize("what", ["nothing", "itself", "a form", "no workbook", "no workbook here"])
def test_what_is_no_copy_is_refused_in_a_line(path: Path, what: str) -> None:
    other = path.with_name("other.xlsx")
    if what == "itself":
        other = path
    elif what == "a form":
        shutil.copy(next((OLD / "forms").iterdir()), other)
    elif what == "no workbook":
        other.write_text("hello", encoding="utf-8")
    elif what == "no workbook here":
        path.rename(other)
    with pytest.raises(ImpactError) as stopped:
        results.carry(round_of(), path, also=[other], overwrite=True)
    assert str(other) in stopped.value.message
    assert stopped.value.hint


def test_a_workbook_of_version_0_1_is_taken(tmp_path: Path, run: Callable[..., Result]) -> None:
    for name in ("returns", "teams.csv", "round.toml", "consolidated.xlsx"):
        (shutil.copytree if (OLD / name).is_dir() else shutil.copy)(OLD / name, tmp_path / name)
    out = tmp_path / "consolidated.xlsx"
    team = filled(out, "Answers")[0]["Team"]
    copy = edited(out, tmp_path / "copy.xlsx", level(team, "Q02", "Starting"))
    command = ["collate", tmp_path / "returns", "--teams", tmp_path / "teams.csv", "--round", tmp_path / "round.toml"]
    result = run(*command, "-o", out, "--also", copy)
    assert result.exit_code == 0, result.output
    assert "Taken from copy.xlsx: 1 level." in result.output
    assert answer(out, team, "Q02")["Level"] == "Starting"


def test_the_note_that_a_team_wrote_is_no_edit(path: Path) -> None:
    collation = together(path, None, level("Ash ward", "Q01", "Spreading"))
    assert [row["Note"] for row in filled(path, "Comments")] == [NOTE]
    assert collation.carried
    assert collation.carried.lost == 0
