"""Nothing typed in one round counts in another: forms, workbooks and decisions are known by their round's id."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from click.testing import Result
from rounds_in_memory import QUESTIONNAIRE, returned, submission

from impact_xl import results
from impact_xl.findings import ImpactError, Severity
from impact_xl.form import layout
from impact_xl.form import workbook as form
from impact_xl.form.layout import CORRECTION, FORM, Reference
from impact_xl.form.workbook import Form
from impact_xl.mail import reminders
from impact_xl.returns.submission import Submission
from impact_xl.roster import Round, Team, TeamList
from impact_xl.round import stored_workbook
from impact_xl.round.answers import Status
from impact_xl.round.collation import Collation, collate
from impact_xl.round.overrides import Overrides, Placing

Run = Callable[..., Result]
THREES = {question.id: 3 for question in QUESTIONNAIRE.questions}
TEAMS = TeamList((Team("t1", "Ash ward"), Team("t2", "Elm clinic")))
AUTUMN = Round(id="autumn", teams=TEAMS)


def copy(team: str, level: int = 3, round: str = "", file: str = "", kind: str = FORM, **more: object) -> Submission:
    reference = Reference(kind, QUESTIONNAIRE.id, QUESTIONNAIRE.version, round=round)
    answers = {question: level for question in THREES if level}
    return submission(team, answers, file=file or f"{team} {round}.xlsx", reference=reference, **more)


def of(*copies: Submission, round: Round = AUTUMN, overrides: Overrides = Overrides()) -> Collation:
    return collate([returned(each) for each in copies], QUESTIONNAIRE, round, overrides=overrides)


def rules(collation: Collation) -> list[tuple[str, str]]:
    return [(each.rule.id, each.team) for each in collation.to_fix if each.rule.id != "round-few-returns"]


def level(collation: Collation, team: str) -> int | None:
    [result] = [each for each in collation.results if each.team.name == team]
    return result.answers["Q01"].level if result.used else None


class TestForms:
    def test_one_of_another_round_does_not_count(self) -> None:
        collation = of(copy("Ash ward", 5, "spring"), copy("Ash ward", 3, "autumn"), copy("Elm clinic", 5, "spring"))
        assert (level(collation, "Ash ward"), level(collation, "Elm clinic")) == (3, None)
        assert rules(collation) == [("form-other-round", "Ash ward"), ("form-other-round", "Elm clinic")]
        assert {each.severity for each in collation.to_fix if each.team} == {Severity.ERROR}
        assert [each.status for each in collation.results] == [Status.COMPLETE, Status.NONE]
        assert [(each.name, each.used) for each in collation.files] == [
            ("Ash ward autumn.xlsx", True),
            ("Ash ward spring.xlsx", False),
            ("Elm clinic spring.xlsx", False),
        ]

    def test_nobody_is_made_a_team_by_one_of_another_round(self) -> None:
        collation = of(copy("Gone ward", 5, "spring"), copy("Ash ward", 3, "autumn"))
        assert [each.team.name for each in collation.results] == ["Ash ward", "Elm clinic"]
        assert rules(collation) == [("form-other-round", "Gone ward")]

    def test_one_of_another_round_counts_where_a_person_says_whose_it_is(self) -> None:
        placed = Overrides("o.csv", (), (Placing("Ash ward spring.xlsx", "Ash ward", 2),))
        collation = of(copy("Ash ward", 5, "spring"), overrides=placed)
        assert (level(collation, "Ash ward"), rules(collation)) == (5, [])

    @pytest.mark.parametrize("round", ["Autumn ", "AUTUMN"])
    def test_an_id_is_the_same_however_it_is_written(self, round: str) -> None:
        assert rules(of(copy("Ash ward", 3, round))) == []

    def test_those_without_an_id_count_with_one_warning(self) -> None:
        collation = of(copy("Ash ward"), copy("Elm clinic"))
        assert rules(collation) == [("form-no-round", "")]
        [finding] = [each for each in collation.to_fix if each.rule.id == "form-no-round"]
        assert "2 forms carry no round's id, and this round is “autumn”: Ash ward .xlsx, Elm" in finding.message
        assert collation.statuses[Status.COMPLETE] == 2

    def test_one_without_an_id_gives_way_to_one_of_this_round(self) -> None:
        collation = of(copy("Ash ward", 5), copy("Ash ward", 3, "autumn"))
        assert level(collation, "Ash ward") == 3
        assert rules(collation) == [("form-set-aside", "Ash ward")]

    def test_but_not_to_one_that_came_back_empty(self) -> None:
        collation = of(copy("Ash ward", 5), copy("Ash ward", 0, "autumn"))
        assert level(collation, "Ash ward") == 5
        assert rules(collation) == [("form-no-round", "")]

    def test_nor_to_a_correction_form(self) -> None:
        collation = of(copy("Ash ward", 5), copy("Ash ward", 3, "autumn", kind=CORRECTION))
        assert level(collation, "Ash ward") == 3
        assert ("form-set-aside", "Ash ward") not in rules(collation)
        assert collation.results[0].answers["Q01"].level_read == 5

    def test_nor_where_a_person_gave_it_to_the_team(self) -> None:
        placed = Overrides("o.csv", (), (Placing("Ash ward .xlsx", "t1", 2),))
        collation = of(copy("Ash ward", 5), copy("Ash ward", 3, "autumn"), overrides=placed)
        assert level(collation, "Ash ward") == 5

    def test_a_round_without_an_id_takes_that_of_its_forms(self) -> None:
        collation = of(copy("Ash ward", 3, "autumn"), copy("Elm clinic"), round=Round(teams=TEAMS))
        assert collation.round.id == "autumn"
        assert rules(collation) == [("form-no-round", "")]
        assert of(copy("Ash ward"), round=Round(teams=TEAMS)).round.id == ""

    def test_forms_of_two_rounds_stop_where_nobody_says_which_is_meant(self) -> None:
        copies = copy("Ash ward", 3, "autumn"), copy("Elm clinic", 3, "spring"), copy("Elm clinic", 3, "Spring", "b")
        with pytest.raises(ImpactError) as caught:
            of(*copies, round=Round(teams=TEAMS))
        assert caught.value.message == (
            "The forms are of 2 rounds: “autumn” (1 form, such as Ash ward autumn.xlsx) and "
            "“spring” (2 forms, such as Elm clinic spring.xlsx)"
        )
        assert "--round" in caught.value.hint
        placed = Overrides("o.csv", (), (Placing("Ash ward autumn.xlsx", "t1", 2),))
        assert of(*copies, round=Round(teams=TEAMS), overrides=placed).round.id == "spring"

    def test_reminders_ask_for_the_form_of_this_round_where_none_came(self) -> None:
        collation = of(copy("Ash ward", 5, "spring"), copy("Ash ward", 3, "autumn"), copy("Elm clinic", 5, "spring"))
        [request] = reminders.make_plan(collation, on=date(2026, 12, 1)).requests
        assert (request.team.name, request.kind) == ("Elm clinic", reminders.Kind.AGAIN)
        assert request.points == (
            "“Elm clinic spring.xlsx” is the form of another round, “spring”. Please fill in the form for this round.",
        )


class TestWorkbooks:
    @pytest.mark.parametrize(
        ("theirs", "ours", "message"),
        [
            ("spring", "autumn", "holds another round: “spring”, not “autumn”"),
            ("", "autumn", "does not say which round it holds, and this is “autumn”"),
            ("spring", "", "holds the round “spring”, and nothing says that this is it"),
        ],
    )
    @pytest.mark.parametrize("keep", [True, False], ids=["kept", "overwritten"])
    def test_that_of_another_round_is_left_alone(
        self, tmp_path: Path, theirs: str, ours: str, message: str, keep: bool
    ) -> None:
        target = tmp_path / "c.xlsx"
        results.write(of(copy("Ash ward"), round=Round(theirs, teams=TEAMS)), target)
        before = target.read_bytes()
        now = of(copy("Ash ward"), round=Round(ours, teams=TEAMS))
        with pytest.raises(ImpactError, match=message) as caught:
            results.write(now, target, keep=keep)
        assert "--same-round" in caught.value.hint
        assert (target.read_bytes(), list(tmp_path.iterdir())) == (before, [target])
        written = results.write(now, target, same_round=True).collation
        assert stored_workbook.read(target).made_from["Round's id"] == written.round.id == (ours or theirs)

    @pytest.mark.parametrize("id", ["", "autumn"])
    def test_that_of_this_round_is_carried_over(self, tmp_path: Path, id: str) -> None:
        target = tmp_path / "c.xlsx"
        results.write(of(copy("Ash ward"), round=Round(id, teams=TEAMS)), target)
        results.write(of(copy("Ash ward"), round=Round(id.upper(), teams=TEAMS)), target)


def test_from_the_command_line(tmp_path: Path, run: Run) -> None:
    entries = {layout.level_key(question, 3): True for question in THREES} | {"start.team": "Ash ward"}
    for round in ("autumn", "spring"):
        form.write(Form(QUESTIONNAIRE, round=Round(id=round), entries=entries), tmp_path / round / "Ash ward.xlsx")
    out = tmp_path / "c.xlsx"
    done = run("collate", tmp_path / "autumn", tmp_path / "spring", "-o", out, "--jobs", 1)
    assert done.exit_code == 2, done.output
    assert "The forms are of 2 rounds: “autumn” (1 form" in done.stderr
    assert run("collate", tmp_path / "autumn", "-o", out, "--jobs", 1).exit_code == 0
    before = out.read_bytes()
    done = run("collate", tmp_path / "spring", "-o", out, "--jobs", 1)
    assert (done.exit_code, out.read_bytes()) == (2, before)
    assert "another round: “autumn”, not “spring”" in done.stderr
    assert run("collate", tmp_path / "spring", "-o", out, "--same-round", "--jobs", 1).exit_code == 0
