"""Whose something is takes id and name together; where they lead to two teams nothing is carried over."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from rounds_in_memory import QUESTIONNAIRE, returned, submission
from test_carry_over import answer, edited, rows, several, typing

from impact_xl import results
from impact_xl.findings import ImpactError
from impact_xl.results import stored_round
from impact_xl.returns.submission import Priority
from impact_xl.roster import Round, Team, TeamList
from impact_xl.round.collation import Collation, collate

THREES = {question.id: 3 for question in QUESTIONNAIRE.questions}
NAMES = ("Ash ward", "Elm clinic", "Oak unit")
WISH = Priority(1, "Start huddles", "Q18", "Matron", "May 2027", "A run chart", "Priorities")


def round_of(*ids: str, names: tuple[str, ...] = NAMES) -> Collation:
    """A round in which each team sent a form that carries its name alone, and the list has these ids."""
    teams = TeamList(tuple(Team(id, name) for id, name in zip(ids, names, strict=True)))
    files = [returned(submission(name, THREES, notes={"Q03": f"{name}'s note"}, priorities=(WISH,))) for name in NAMES]
    if names != NAMES:
        files = [
            returned(submission(name, THREES, notes={"Q03": f"{old}'s note"}, priorities=(WISH,), file=f"{old}.xlsx"))
            for name, old in zip(names, NAMES, strict=True)
        ]
    return collate(files, QUESTIONNAIRE, Round(teams=teams))


EVERYTHING = several(
    typing("Answers", {"Team": "Elm clinic", "Ref": "Q02"}, "Level", "Spreading"),
    typing("Comments", {"Team": "Elm clinic", "Ref": "Q03"}, "Note", "Confidential to Elm"),
    typing("Actions", {"Team": "Elm clinic"}, "Status", "Done"),
    lambda book: book["Teams"].__setitem__(book["Teams"].cell(4, book["Teams"].max_column + 1).coordinate, "Visited"),
)


def typed(folder: Path, before: Collation) -> Path:
    results.write(before, folder / "before.xlsx")
    target = edited(folder / "before.xlsx", folder / "c.xlsx", EVERYTHING)
    edited(target, target, typing("Teams", {"Team": "Elm clinic"}, "Visited", "by Jo"))
    return target


def of_elm(path: Path, name: str = "Elm clinic") -> tuple[object, ...]:
    """What stands beside Elm clinic where something was typed."""
    [note] = [row["Note"] for row in rows(path, "Comments") if (row["Team"], row["Ref"]) == (name, "Q03")][:1]
    [action] = [row["Status"] for row in rows(path, "Actions") if row["Team"] == name][:1]
    [visited] = [row.get("Visited") for row in rows(path, "Teams") if row["Team"] == name]
    return answer(path, name, "Q02")["Level"], note, action, visited


CARRIED = ("Spreading", "Confidential to Elm", "Done", "by Jo")


@pytest.mark.parametrize(
    "ids", [("t1", "t2", "t3"), ("t1", "t9", "t3"), ("x", "y", "z")], ids=["the same", "one is new", "all are new"]
)
def test_ids_that_are_nobody_else_s_change_nothing(tmp_path: Path, ids: tuple[str, ...]) -> None:
    target = typed(tmp_path, round_of("t1", "t2", "t3"))
    results.write(round_of(*ids), target)
    assert of_elm(target) == CARRIED


def test_a_renamed_team_keeps_its_own(tmp_path: Path) -> None:
    target = typed(tmp_path, round_of("t1", "t2", "t3"))
    results.write(round_of("t1", "t2", "t3", names=("Ash ward", "Elm and Pine clinic", "Oak unit")), target)
    assert of_elm(target, "Elm and Pine clinic") == CARRIED


def test_where_ids_change_hands_nothing_is_carried_over_and_all_is_said(tmp_path: Path) -> None:
    target = typed(tmp_path, round_of("t1", "t2", "t3"))
    carried = results.write(round_of("t0", "t1", "t2"), target).collation
    for name in NAMES:
        assert of_elm(target, name) == ("Progressing", f"{name}'s note", None, None)
    finding = {(each.rule.id, each.where.sheet, each.where.cell): each.message for each in carried.to_fix}
    assert finding.keys() > {
        ("text-two-teams", "Comments", "E6"),
        ("text-two-teams", "Actions", "C6"),
        ("text-two-teams", "Teams", openpyxl_column(tmp_path / "before.xlsx", 1) + "6"),
    }
    [waits] = [each for each in carried.to_fix if each.rule.id == "answer-not-kept"]
    assert "the id “t2” is Oak unit's now, and the name is Elm clinic (Answers!G28)" in waits.message
    [waiting] = carried.carried.waiting
    assert (waiting.team_id, waiting.team, waiting.level) == ("t2", "Elm clinic", "Spreading")
    # It is not lost either: what was typed stands there without a team's id or number.
    [note] = [row for row in rows(target, "Comments") if row["Note"] == "Confidential to Elm"]
    assert note["Team no"] is None
    [action] = [row for row in rows(target, "Actions") if row["Status"] == "Done"]
    assert action["Team ID"] is None
    # And the next run says it of the correction again, and gives nothing to anybody.
    again = results.write(round_of("t0", "t1", "t2"), target).collation
    assert [each.team for each in again.carried.waiting] == ["Elm clinic"]
    assert answer(target, "Elm clinic", "Q02")["Level"] == answer(target, "Oak unit", "Q02")["Level"] == "Progressing"


def openpyxl_column(path: Path, beside: int) -> str:
    sheet = openpyxl.load_workbook(path)["Teams"]
    return openpyxl.utils.get_column_letter(sheet.max_column + beside)


def test_a_correction_that_waits_is_not_replaced_by_one_of_the_team_that_has_its_id_now(tmp_path: Path) -> None:
    target = typed(tmp_path, round_of("t1", "t2", "t3"))
    results.write(round_of("t0", "t1", "t2"), target)
    edited(target, target, typing("Answers", {"Team": "Oak unit", "Ref": "Q02"}, "Level", "Starting"))
    carried = results.write(round_of("t0", "t1", "t2"), target).collation
    assert answer(target, "Oak unit", "Q02")["Level"] == "Starting"
    assert [each.team for each in carried.carried.waiting] == ["Elm clinic"]


def test_an_id_typed_over_in_answers_moves_no_correction(tmp_path: Path) -> None:
    results.write(round_of("t1", "t2", "t3"), tmp_path / "before.xlsx")
    hands = several(
        typing("Answers", {"Team": "Oak unit", "Ref": "Q01"}, "Level", "Spreading"),
        typing("Answers", {"Team": "Oak unit", "Ref": "Q01"}, "Team ID", "t1"),
    )
    target = edited(tmp_path / "before.xlsx", tmp_path / "c.xlsx", hands)
    with pytest.raises(ImpactError, match=r"“t1” is Ash ward's, and the name is Oak unit \(Answers!G49"):
        stored_round.read(target, [QUESTIONNAIRE])
    carried = results.write(round_of("t1", "t2", "t3"), target).collation
    assert {answer(target, name, "Q01")["Level"] for name in NAMES} == {"Progressing"}
    assert [each.question for each in carried.to_fix if each.rule.id == "answer-not-kept"] == ["Q01"]


def test_a_comment_of_a_team_that_is_gone_is_not_given_to_the_one_that_has_its_number(tmp_path: Path) -> None:
    target = typed(tmp_path, round_of("t1", "t2", "t3"))
    teams = TeamList((Team("t1", "Ash ward"), Team("t3", "Oak unit")))
    kept = [returned(submission(name, THREES, notes={"Q03": f"{name}'s note"})) for name in ("Ash ward", "Oak unit")]
    for _ in range(2):
        results.write(collate(kept, QUESTIONNAIRE, Round(teams=teams)), target)
        notes = [(row["Team"], row["Note"]) for row in rows(target, "Comments") if row["Ref"] == "Q03"]
        assert notes == [
            ("Ash ward", "Ash ward's note"),
            ("Oak unit", "Oak unit's note"),
            ("Elm clinic", "Confidential to Elm"),
        ]
