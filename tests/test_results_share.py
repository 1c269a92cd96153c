"""The copy to share: what may leave the coordinator, and that nothing else comes out of it."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import combinations
from pathlib import Path

import openpyxl
import pytest
from click.testing import Result
from rounds_in_memory import QUESTIONNAIRE, random_round, returned, submission

from impact_xl import api, results
from impact_xl.form import workbook as form
from impact_xl.form.workbook import Form
from impact_xl.results import share
from impact_xl.returns.submission import Priority
from impact_xl.roster import Round, Team, TeamList
from impact_xl.round import disclosure
from impact_xl.round.collation import Collation, collate
from impact_xl.round.overrides import Decision, Overrides
from impact_xl.round.record import Carried

Book = openpyxl.Workbook


def book_of(collation: Collation, **options: int) -> Book:
    return openpyxl.load_workbook(io.BytesIO(share.build(collation, **options)))


def table(book: Book, name: str) -> list[dict[str, object]]:
    """The rows of a table, wherever it is; none where there is no such table."""
    found = (sheet[sheet.tables[name].ref] for sheet in book if name in sheet.tables)
    heads, *lines = next(found, [()])
    return [{head.value: cell.value for head, cell in zip(heads, line, strict=True)} for line in lines]


def texts(content: bytes) -> Iterator[str]:
    """Everything readable in a workbook, all parts of it."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        yield from (package.read(name).decode() for name in package.namelist())


def in_groups(**sizes: int) -> Collation:
    """A round in which each group has so many teams, all saying level 2, or 4 in group A."""
    names = [(group, f"{group}{number}") for group, size in sizes.items() for number in range(size)]
    files = [
        returned(submission(team, {q.id: 4 if group == "A" else 2 for q in QUESTIONNAIRE.questions}, group=group))
        for group, team in names
    ]
    return collate(files, QUESTIONNAIRE)


@pytest.mark.parametrize(
    ("sizes", "hidden"),
    [
        ({"A": 12, "B": 9}, ""),
        ({"A": 12, "B": 7, "C": 3}, "BC"),
        ({"A": 12, "B": 4, "C": 3}, "BC"),
        ({"A": 9, "B": 3}, "AB"),
        ({"A": 20, "B": 15, "C": 2, "D": 1}, "BCD"),
        ({"A": 5, "B": 5}, ""),
        ({"A": 5, "B": 4, "C": 0}, "AB"),
        ({"A": 3}, "A"),
        ({"A": 0}, ""),
        ({}, ""),
    ],
)
def test_the_next_smallest_goes_with_a_small_one(sizes: dict[str, int], hidden: str) -> None:
    teams = {name: frozenset(f"{name}{number}" for number in range(size)) for name, size in sizes.items()}
    assert disclosure.withheld(teams, 5) == set(hidden)


def test_teams_that_stand_behind_two_figures_count_once() -> None:
    few, all_of_them = frozenset("abcd"), frozenset("abcdefgh")
    assert disclosure.withheld({"C1": few, "C2": few, "C3": all_of_them, "C4": all_of_them}, 5) == {"C1", "C2", "C3"}


@pytest.mark.parametrize("seed", range(20))
def test_what_is_withheld_is_enough_teams_however_one_subtracts(seed: int) -> None:
    """Whoever reads it and takes off their own answers still sees five teams behind every figure, or none."""
    collation = random_round(seed, teams=3 + seed, groups=1 + seed % 6, defects=0.5)
    book = book_of(collation)
    counts = {row["Ref"]: [row[level.name] for level in QUESTIONNAIRE.levels] for row in table(book, "Questions")}
    shown = {row["Ref"] for row in table(book, "Questions") if row["Typical level"] != "withheld"}

    def behind(question: str, group: str = "") -> int:
        return sum(
            bool(result.answers[question].level) and group in ("", result.team.group_name)
            for result in collation.results
            if result.answers
        )

    for question in shown:
        assert not behind(question) or behind(question) - 1 >= 5
    for component in QUESTIONNAIRE.components:
        ids = [question.id for question in component.questions]
        [whole] = [row for row in table(book, "Components") if row["Ref"] == component.id]
        total = [sum(counts[q][at] for q in ids if q in shown) for at in range(len(QUESTIONNAIRE.levels))]
        if shown & set(ids):  # a total tells nothing of what it leaves out
            assert [whole[level.name] for level in QUESTIONNAIRE.levels] == total
        else:
            assert whole["Typical level"] == "withheld"
    for row in table(book, "Groups"):
        ids = [question.id for question in QUESTIONNAIRE.component_by_id[str(row["Ref"])].questions]
        numbers = [behind(question, str(row["Group"])) for question in ids]
        assert row["Valid"] in {sum(some) for n in range(1, len(ids) + 1) for some in combinations(numbers, n)
                                if min(some) - 1 >= 5}  # fmt: skip


@pytest.mark.parametrize("teams", [3, 14])
@pytest.mark.parametrize("closed", [None, date(2026, 11, 30)])
def test_no_part_of_it_names_a_team_a_person_or_a_file_or_repeats_a_text(closed: date | None, teams: int) -> None:
    """Whatever was typed anywhere, and whether or not enough teams answered: every part, properties included."""
    wish = Priority(1, "SECRETWISH", "Q18", "SECRETLEAD", "SECRETBY", "SECRETMEASURE", "Priorities")
    files = [
        returned(
            submission(
                f"SECRETTEAM{number}", dict.fromkeys(QUESTIONNAIRE.by_id, 1 + number % 5), group=f"Group {number % 2}",
                notes={"Q01": "SECRETNOTE"}, completed_by="SECRETNAME", priorities=(wish,), file=f"SECRETFILE{number}",
                modified=datetime(2026, 11, 2, tzinfo=UTC),
            ),
            sha256=f"SECRETSHA{number}",
        )
        for number in range(teams)
    ]  # fmt: skip
    listed = TeamList((Team("SECRETID", "SECRETONE", email="SECRETMAIL@trust.example"),))
    whole = Round("r1", "Autumn", contact="SECRETCONTACT@trust.example", teams=listed, closed_on=closed)
    decided = Overrides(answers=(Decision("SECRETTEAM1", "Q01", 5, "SECRETREASON", 2, who="SECRETWHO"),))
    typed = Carried(
        columns={"Questions": ("SECRETCOLUMN",)},
        cells={"Questions": {("Q01",): {"SECRETCOLUMN": "SECRETCELL"}}},
        sheets={"SECRETSHEET": [["SECRETTEXT"]]},
        actions=({"Team": "SECRETTEAM1", "What": "SECRETACTION"},),
        notes={("SECRETTEAM1", "Q01"): "SECRETEDIT"},
    )
    content = share.build(replace(collate(files, QUESTIONNAIRE, whole, overrides=decided), carried=typed), number=3)
    everything = "".join(texts(content))
    assert not re.findall("SECRET[A-Z]*", everything)
    assert ("Group 1" in everything) is (teams == 14)
    assert "<f>" not in everything  # a chart's references are <c:f>


def test_what_is_withheld_is_never_called_nothing() -> None:
    """Every list that too few teams stand behind says so; one that is empty for another reason does not."""
    few = texts_on(book_of(in_groups(A=4, B=2, C=2))["Summary"])
    assert few.count("Too few teams to show.") == 0  # eight teams are enough
    for sizes in ({"A": 4}, {"A": 2, "B": 2}, {"A": 5}):
        collation = in_groups(**sizes)
        shown = texts_on(book_of(collation)["Summary"])
        assert shown.count("Too few teams to show.") >= 3 + 2  # three lists, and in the place of the charts
        assert not {"No question at present.", "No valid answer to show yet."} & set(shown)
    [line] = [text for text in texts_on(book_of(in_groups(A=4, B=2, C=2))["Components"]) if "Too few" in text]
    assert line == "Too few teams to show. 3 groups cannot be shown, so that no team can be recognised."


def texts_on(sheet: openpyxl.worksheet.worksheet.Worksheet) -> list[str]:
    return [cell.value for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)]


def test_the_copy_says_what_each_level_means() -> None:
    shown = " ".join(texts_on(book_of(random_round(seed=5, teams=30))["Components"]))
    for number, statement in enumerate(QUESTIONNAIRE.questions[0].statements, 1):
        assert f"Level {number} of 5" in shown
        assert " ".join(statement.split()) in shown
    assert "Progressing is a level chosen for this report, not an NHS England target." in shown


def test_a_group_that_is_withheld_is_not_named_either() -> None:
    assert book_of(in_groups(A=6, Lonely=1)).sheetnames == ["Summary", "Components", "Questions"]
    content = share.build(in_groups(A=9, B=6, C=6, Lonely=1))
    assert "Lonely" not in "".join(texts(content))
    assert {row["Group"] for row in table(openpyxl.load_workbook(io.BytesIO(content)), "Groups")} == {"A", "C"}


def test_figures_are_those_of_the_consolidated_workbook(tmp_path: Path) -> None:
    collation = random_round(seed=5, teams=30)
    results.write(collation, tmp_path / "all.xlsx")
    whole = openpyxl.load_workbook(tmp_path / "all.xlsx", data_only=True)
    shared = book_of(collation)
    heads = ["Ref", "Valid", *(level.name for level in QUESTIONNAIRE.levels), "Typical level"]
    for sheet in ("Components", "Questions"):
        for one, other in zip(table(whole, sheet), table(shared, sheet), strict=True):
            assert [one[head] for head in heads] == [other[head] for head in heads]
            assert one["At target"] == pytest.approx(other["At target"])
    live_rows = list(whole["Summary"].iter_rows(5))
    [against] = [at for at, row in enumerate(live_rows) if str(row[0].value).startswith("Choose a group in A3 to see")]
    del live_rows[against : against + 2]  # where a group stands beside the others: nothing to choose in this copy
    [beside] = [at for at, row in enumerate(live_rows) if row[0].value == "Groups side by side"]
    del live_rows[
        beside : beside + 3 + len(collation.groups)
    ]  # they have a sheet of their own, where they may be shown
    [cards] = [at for at, row in enumerate(live_rows) if row[0].value == "Teams that answered"]
    del live_rows[cards - 2]  # the sentence about a group that is far behind
    for one, other in zip(live_rows, shared["Summary"].iter_rows(5), strict=True):
        for live, still in zip(one, other, strict=True):
            shown = live.value
            assert still.value == (pytest.approx(shown) if isinstance(shown, float) else None if shown == "" else shown)
    everybody = random_round(seed=5, teams=30, defects=0)  # where all have answered everything, nothing is left out
    for row in table(book_of(everybody), "Groups"):
        tally = everybody.component_tallies(str(row["Group"]))[str(row["Ref"])]
        assert [row[level.name] for level in QUESTIONNAIRE.levels] == list(tally.distribution.counts)


def test_few_teams_show_nothing() -> None:
    book = book_of(random_round(seed=2, teams=4, defects=0))
    assert {row["Typical level"] for row in table(book, "Questions")} == {"withheld"}
    assert {row["Valid"] for row in table(book, "Components")} == {None}
    cells = {cell.value: cell.offset(1).value for row in book["Summary"].iter_rows() for cell in row if cell.value}
    assert cells["Mostly at Progressing or above"] == "–"
    assert "4 of 6 teams have answered." in cells
    assert book_of(random_round(seed=2, teams=0)).sheetnames[0] == "Summary"


def test_same_collation_same_bytes() -> None:
    assert share.build(random_round(seed=5, teams=9)) == share.build(random_round(seed=5, teams=9))


def test_the_command(run: Callable[..., Result], tmp_path: Path) -> None:
    entries = {f"{question.id}.L3": True for question in QUESTIONNAIRE.questions}
    for number in range(4):
        form.write(
            Form(QUESTIONNAIRE, entries=entries | {"start.team": f"Ward {number}"}), tmp_path / "in" / f"{number}.xlsx"
        )
    args = ("collate", tmp_path / "in", "-o", tmp_path / "out.xlsx", "--share", tmp_path / "board.xlsx")
    assert str(tmp_path / "board.xlsx") in run(*args, "--minimum-group", 2).stdout
    book = openpyxl.load_workbook(tmp_path / "board.xlsx")
    assert {row["Valid"] for row in table(book, "Questions")} == {4}
    assert run(*args).exit_code == 0
    (tmp_path / "board.xlsx").write_bytes(b"mine")
    refused = run(*args)
    assert (refused.exit_code, (tmp_path / "board.xlsx").read_bytes()) == (2, b"mine")
    assert "it is not a board copy of this program" in refused.stderr
    assert run(*args[:-1], tmp_path / "out.xlsx").exit_code == 2


def copy_number(path: Path) -> str:
    [number] = re.findall(r"Copy \d+", " ".join(texts(path.read_bytes())))
    return number


def test_the_copys_number_goes_up_only_where_its_content_changes(tmp_path: Path) -> None:
    path, consolidated = tmp_path / "board.xlsx", tmp_path / "out.xlsx"
    first, second = in_groups(A=9, B=6), in_groups(A=9, B=7)
    numbers = []
    for collation in (first, first, second, second, first):
        before = path.read_bytes() if path.exists() else b""
        api.write(collation, consolidated, share=path)
        numbers.append(copy_number(path))
        assert (path.read_bytes() == before) == (numbers[-1] in numbers[:-1])
    assert numbers == ["Copy 1", "Copy 1", "Copy 2", "Copy 2", "Copy 3"]


def test_a_copy_that_a_program_saved_again_keeps_its_number_and_one_without_becomes_the_second(tmp_path: Path) -> None:
    path, collation = tmp_path / "board.xlsx", in_groups(A=9, B=6)
    path.write_bytes(share.build(collation))
    assert "Copy" not in " ".join(texts(path.read_bytes()))
    share.write(collation, path)
    assert copy_number(path) == "Copy 2"
    with zipfile.ZipFile(path, "a") as package:
        package.writestr("docMetadata/more.xml", "<more/>")
    share.write(collation, path)
    assert copy_number(path) == "Copy 2"
