"""Heatmap: what is typical above each question, and the teams without answers in one sentence below."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import openpyxl
import pytest
from libreoffice import needs_office, recalculated
from rounds_in_memory import QUESTIONNAIRE, random_round, returned, submission
from test_results import changed

from impact_xl import results
from impact_xl.findings import Where, found
from impact_xl.results.heatmap import FIRST_TEAM, HEATMAP, TOP
from impact_xl.returns.submission import ReturnedFile
from impact_xl.roster import Round, Team, TeamList
from impact_xl.round.collation import Collation, collate

TYPICAL, REACHED = TOP - 2, TOP - 1  # rows counted from 1


def of(levels: Mapping[str, Sequence[int | str]], teams: Sequence[Team] = (), damaged: Sequence[str] = ()) -> Collation:
    """A round in which each team answers the first questions so, and all others with level 3."""
    copies = []
    for team, answers in levels.items():
        given = zip([question.id for question in QUESTIONNAIRE.questions], answers, strict=False)
        copies.append(returned(submission(team, {**dict.fromkeys(QUESTIONNAIRE.by_id, 3), **dict(given)})))
    files = [ReturnedFile(name, findings=(found("file-damaged", Where(name), what="it is cut"),)) for name in damaged]
    return collate([*copies, *files], QUESTIONNAIRE, Round(teams=TeamList(tuple(teams))))


def sheet(collation: Collation) -> openpyxl.worksheet.worksheet.Worksheet:
    return openpyxl.load_workbook(io.BytesIO(results.build(collation)), data_only=True)[HEATMAP]


def below(collation: Collation) -> list[str]:
    """The lines below the table."""
    rows = sheet(collation).iter_rows(FIRST_TEAM + 1, values_only=True)
    return [row[0] for row in rows if row[0] and not any(row[1:])]


def test_typical_levels_and_how_many_teams_are_at_the_target():
    page = sheet(
        of({"A": [1, 2, "blank", 5], "B": [2, 2, "blank", 1], "C": [5, 4, "blank", 3], "D": [5, 3, "blank", 3]})
    )
    shown = [[page.cell(row, col).value for col in range(3, 7)] for row in (TYPICAL, REACHED)]
    assert shown == [["2–5", "2–3", None, 3], [2, 2, 0, 3]]
    assert [page.cell(row, 1).value for row in (TYPICAL, REACHED)] == ["Typical level", "Teams at Progressing or above"]


@needs_office
def test_both_follow_a_corrected_level(tmp_path: Path):
    results.write(of({"A": [1], "B": [2], "C": [2]}), tmp_path / "out.xlsx")
    changed(tmp_path / "out.xlsx", tmp_path / "corrected.xlsx", "Answers", "G27", "Spreading")  # B's first question
    page = openpyxl.load_workbook(recalculated(tmp_path / "corrected.xlsx", tmp_path), data_only=True)[HEATMAP]
    assert [page.cell(row, 3).value for row in (FIRST_TEAM + 2, TYPICAL, REACHED)] == [4, 2, 1]


@pytest.mark.parametrize("teams", [0, 1, 5, 40])
def test_nothing_stands_below_where_every_team_answered(teams: int):
    assert below(random_round(2, teams, missing_teams=0)) == []


def test_teams_without_answers_are_named_by_what_came_of_them():
    listed = (
        *(Team(name.casefold(), name) for name in ("Ash", "Birch", "Oak ward", "Yew")),
        *(Team("elm", "Elm", status="Not taking part"), Team("fir", "Fir")),
    )
    collation = of({"Ash": [], "Elm": [], "Fir": ["blank"] * 22}, listed, damaged=["Oak ward.xlsx"])
    [line] = below(collation)
    by_status = ("Not returned: Birch, Yew", "Not taking part: Elm", "Unusable: Fir", "Came, not readable: Oak ward")
    assert line == ". ".join(("No answers to show from 5 teams", *by_status)) + "."
    rows = [row[0] for row in sheet(collation).iter_rows(FIRST_TEAM + 1, values_only=True) if isinstance(row[-1], int)]
    assert rows == ["Ash"]
    assert below(of({}, listed[:1])) == ["No answers to show from 1 team. Not returned: Ash."]


def test_many_names_are_all_there_in_lines_that_fit_the_page():
    listed = tuple(Team(f"t{number}", f"A ward with a long name {number:03d}") for number in range(200))
    lines = below(of({}, listed))
    assert len(lines) > 5
    assert all(team.name in " ".join(lines) for team in listed)
    assert max(map(len, lines)) < 200


def test_a_team_beside_which_somebody_typed_keeps_its_row(tmp_path: Path):
    """Workbooks of before had a row for every team."""
    path, before, later = tmp_path / "out.xlsx", of({"Ash": [], "Elm": []}), of({"Ash": []}, (Team("elm", "Elm"),))
    results.write(before, path)
    book = openpyxl.load_workbook(path, data_only=True)
    page = book[HEATMAP]
    col = page.max_column + 1
    page.cell(TOP + 1, col).value = "Remark"
    page.cell(FIRST_TEAM + 2, col).value = "Ring them"
    book.save(path)
    collation = results.write(later, path, keep=False, same_round=True).collation
    rows = [row for row in sheet(collation).iter_rows(FIRST_TEAM + 1, values_only=True) if row[0]]
    assert [(row[0], row[-1]) for row in rows] == [("Ash", None), ("Elm", "Ring them")]
