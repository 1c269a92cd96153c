"""What a person decided stays decided until a person takes it back, and two people's words never pass each other by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from click.testing import Result
from rounds_in_memory import QUESTIONNAIRE, returned, submission
from test_carry_over import answer, edited, typing

from impact_xl import results
from impact_xl.findings import ImpactError
from impact_xl.form import layout
from impact_xl.form import workbook as form
from impact_xl.form.workbook import Form
from impact_xl.results import stored_round
from impact_xl.results.about import DECISIONS_TITLE
from impact_xl.returns.submission import Submission
from impact_xl.roster import Round, Team, TeamList
from impact_xl.round import decisions, stored_workbook
from impact_xl.round.answers import DecidedBy, State, Status
from impact_xl.round.collation import Collation, collate
from impact_xl.round.overrides import ANOTHER_WAY, Decision, Overrides, Placing

Run = Callable[..., Result]
ALL = {question.id: 3 for question in QUESTIONNAIRE.questions}
TEAMS = (Team("t1", "Ash ward"), Team("t2", "Elm – clinic"))
ASH = submission("Ash ward", ALL)
NAMELESS = submission("", dict.fromkeys(ALL, 4), file="North/000.xlsx")
MADE = Overrides(
    "list.csv",
    (
        Decision("Ash ward", "Q02", 4, "by telephone", 2, who="Jo", date=date(2026, 12, 2)),
        Decision("t1", "Q03", None, "", 3),
        Decision("Ash ward", "Q04", None, "asked twice", 4, left_open=True),
    ),
    (Placing("000.xlsx", "t2", 5, "the sender says so"),),
)


def of(
    *copies: Submission, overrides: Overrides = Overrides(), teams: tuple[Team, ...] = TEAMS, **more: object
) -> Collation:
    files = [returned(each) for each in copies or (ASH, NAMELESS)]
    return collate(files, QUESTIONNAIRE, Round(teams=TeamList(teams), **more), overrides=overrides)


def rules(collation: Collation) -> list[str]:
    return [each.rule.id for each in collation.to_fix if each.rule.id != "round-few-returns"]


def messages(collation: Collation, rule: str) -> list[str]:
    return [each.message for each in collation.to_fix if each.rule.id == rule]


def levels(collation: Collation, team: str = "Ash ward") -> list[tuple[int | None, str, str]]:
    [result] = [each for each in collation.results if each.team.name == team]
    return [
        (each.level, each.state.value, each.decided_by.value)
        for question, each in result.answers.items()
        if question in ("Q02", "Q03", "Q04")
    ]


DECIDED = [(4, "answered", "override"), (None, "not_applicable", "override"), (None, "blank", "override")]
AS_RETURNED = [(3, "answered", "copy")] * 3


class TestKept:
    def test_they_stand_where_no_list_is_given(self, tmp_path: Path) -> None:
        target = tmp_path / "c.xlsx"
        first = results.write(of(overrides=MADE), target).collation
        for _ in range(2):
            again = results.write(of(), target).collation
            assert levels(again) == DECIDED
            assert levels(again, "Elm – clinic") == [(4, "answered", "copy")] * 3
            assert rules(again) == rules(first) == ["answer-decided"] * 3
            assert messages(again, "answer-decided") == messages(first, "answer-decided")
        kept = decisions.kept_in(stored_workbook.read(target), QUESTIONNAIRE)
        assert [(each.team, each.team_id, each.reason, each.who, each.date) for each in kept.answers] == [
            ("Ash ward", "t1", "by telephone", "Jo", date(2026, 12, 2)),
            ("Ash ward", "t1", "", "", None),
            ("Ash ward", "t1", "asked twice", "", None),
        ]
        assert [(each.file, each.team_id, each.reason) for each in kept.copies] == [
            ("North/000.xlsx", "t2", "the sender says so")
        ]

    def test_a_run_without_the_list_writes_the_same_bytes(self, tmp_path: Path) -> None:
        one, other = tmp_path / "1.xlsx", tmp_path / "2.xlsx"
        for target in (one, other):
            results.write(of(overrides=MADE), target)
        results.write(of(overrides=MADE), one)
        results.write(of(), other)
        assert one.read_bytes() == other.read_bytes()

    def test_one_that_is_gone_from_a_list_that_was_read_has_ended(self, tmp_path: Path) -> None:
        target = tmp_path / "c.xlsx"
        results.write(of(overrides=MADE), target)
        left = Overrides("dir/list.csv", MADE.answers[1:2])
        ended = results.write(of(overrides=left), target).collation
        assert levels(ended) == [AS_RETURNED[0], DECIDED[1], AS_RETURNED[2]]
        said = messages(ended, "decision-ended")
        assert sorted(each.partition(" was taken back")[0] for each in said) == [
            "The decision that North/000.xlsx is the copy of Elm – clinic (the sender says so)",
            "The decision that Q02 of Ash ward is “Spreading” (by telephone)",
            "The decision that Q04 of Ash ward is left open on purpose (asked twice)",
        ]
        assert messages(results.write(of(overrides=left), target).collation, "decision-ended") == []

    def test_an_empty_list_ends_all(self, tmp_path: Path) -> None:
        target = tmp_path / "c.xlsx"
        results.write(of(overrides=MADE), target)
        ended = results.write(of(overrides=Overrides("round.xlsx")), target).collation
        assert levels(ended) == AS_RETURNED
        assert len(messages(ended, "decision-ended")) == 4

    def test_one_that_changed_has_not_ended(self, tmp_path: Path) -> None:
        target = tmp_path / "c.xlsx"
        results.write(of(overrides=Overrides("o.csv", MADE.answers[:1])), target)
        changed = Overrides("o.csv", (Decision("t1", "Q02", 5, "", 2),))
        again = results.write(of(overrides=changed), target).collation
        assert (levels(again)[0], messages(again, "decision-ended")) == ((5, "answered", "override"), [])

    def test_one_whose_row_on_about_was_cleared_has_ended(self, tmp_path: Path) -> None:
        def clear(book: openpyxl.Workbook) -> None:
            sheet = book["About"]
            top = next(row for row in range(1, sheet.max_row) if sheet.cell(row, 1).value == DECISIONS_TITLE)
            for col in range(1, 9):
                sheet.cell(top + 2, col).value = None

        results.write(of(overrides=MADE), tmp_path / "before.xlsx")
        target = edited(tmp_path / "before.xlsx", tmp_path / "c.xlsx", clear)
        again = results.write(of(), target).collation
        assert levels(again) == [AS_RETURNED[0], *DECIDED[1:]]
        assert rules(again) == ["decision-ended", "answer-decided", "answer-decided"]
        assert "is no longer on About" in messages(again, "decision-ended")[0]

    def test_one_that_cannot_be_applied_waits(self, tmp_path: Path) -> None:
        target = tmp_path / "c.xlsx"
        results.write(of(overrides=MADE), target)
        waits = results.write(of(ASH), target).collation
        assert rules(waits) == ["decision-waits", *["answer-decided"] * 3]
        assert "no file that was read is called “North/000.xlsx”" in messages(waits, "decision-waits")[0]
        back = results.write(of(), target).collation
        assert levels(back, "Elm – clinic") == [(4, "answered", "copy")] * 3

    def test_ids_that_change_hands_give_no_decision_to_another_team(self, tmp_path: Path) -> None:
        target = tmp_path / "c.xlsx"
        results.write(of(overrides=MADE), target)
        swapped = (Team("t2", "Ash ward"), Team("t1", "Elm – clinic"))
        elm = submission("Elm – clinic", ALL)
        now = results.write(of(ASH, elm, NAMELESS, teams=swapped), target).collation
        assert levels(now) == levels(now, "Elm – clinic") == AS_RETURNED
        waits = messages(now, "decision-waits")
        assert len(waits) == 4
        assert "the id “t1” is Elm – clinic's, and the name “Ash ward” is that of another team" in waits[0]
        assert levels(results.write(of(), target).collation) == DECIDED

    def test_a_renamed_team_keeps_its_own(self, tmp_path: Path) -> None:
        target = tmp_path / "c.xlsx"
        results.write(of(overrides=Overrides("o.csv", MADE.answers)), target)
        renamed = of(submission("Ash unit", ALL), teams=(Team("t1", "Ash unit"),))
        assert levels(results.write(renamed, target).collation, "Ash unit") == DECIDED

    def test_an_older_workbook_keeps_them_in_answers(self, tmp_path: Path) -> None:
        def no_table(book: openpyxl.Workbook) -> None:
            sheet = book["About"]
            top = next(row for row in range(1, sheet.max_row) if sheet.cell(row, 1).value == DECISIONS_TITLE)
            sheet.delete_rows(top, 20)

        results.write(of(ASH, overrides=Overrides("o.csv", MADE.answers)), tmp_path / "before.xlsx")
        target = edited(tmp_path / "before.xlsx", tmp_path / "c.xlsx", no_table)
        again = results.write(of(ASH), target).collation
        assert (levels(again), rules(again)) == (DECIDED, ["answer-decided"] * 3)

    def test_from_the_command_line(self, tmp_path: Path, run: Run) -> None:
        entries = {layout.level_key(question, 3): True for question in ALL} | {"start.team": "Ash ward"}
        form.write(Form(QUESTIONNAIRE, entries=entries), tmp_path / "in" / "Ash.xlsx")
        listed = tmp_path / "o.csv"
        listed.write_text("team,question,level\nAsh ward,Q2,Spreading\n", encoding="utf-8")
        collated = ("collate", tmp_path / "in", "-o", tmp_path / "c.xlsx", "--jobs", 1)
        assert run(*collated, "--overrides", listed).exit_code == 0
        assert run(*collated).exit_code == 0
        row = answer(tmp_path / "c.xlsx", "Ash ward", "Q02")
        assert (row["Level"], row["Decided by"]) == ("Spreading", "Override")


class TestContradictions:
    @pytest.mark.parametrize("other", [Decision("t1", "Q02", 5, "", 9), Decision("t1", "Q02", None, "", 9, True)])
    def test_two_rows_that_name_one_team_in_two_ways(self, other: Decision) -> None:
        with pytest.raises(ImpactError, match="rows 2 and 9: Q02 of Ash ward is both “Spreading” and "):
            of(overrides=Overrides("o.csv", (MADE.answers[0], other)))

    def test_two_cells_of_the_round_s_workbook(self) -> None:
        two = [
            Decision(name, "Q02", level, "", 2, cell=f"Decisions!A{level}")
            for name, level in (("t1", 1), ("Ash ward", 2))
        ]
        with pytest.raises(ImpactError, match="Decisions!A1 and Decisions!A2: Q02 of Ash ward is both"):
            of(overrides=Overrides("round.xlsx", tuple(two)))

    def test_one_file_named_in_two_ways(self) -> None:
        two = Placing("000.xlsx", "Ash ward", 2), Placing("./000.xlsx", "t2", 3)
        with pytest.raises(ImpactError, match=r"rows 2 and 3: North/000\.xlsx is given to two teams, Ash ward and Elm"):
            of(overrides=Overrides("o.csv", (), two))

    def test_two_rows_that_say_the_same_are_one(self) -> None:
        twice = Overrides("o.csv", (MADE.answers[0], Decision("t1", "Q02", 4, "", 9)))
        assert rules(of(ASH, overrides=twice)) == ["answer-decided"]

    @pytest.mark.parametrize("keep", [True, False], ids=["kept", "overwritten"])
    def test_a_level_typed_in_answers(self, tmp_path: Path, keep: bool) -> None:
        results.write(of(ASH), tmp_path / "before.xlsx")
        hands = typing("Answers", {"Team": "Ash ward", "Ref": "Q02"}, "Level", "Starting")
        target = edited(tmp_path / "before.xlsx", tmp_path / "c.xlsx", hands)
        before = target.read_bytes()
        with pytest.raises(ImpactError) as caught:
            results.write(of(ASH, overrides=Overrides("dir/o.csv", MADE.answers)), target, keep=keep)
        assert (
            "Answers!G6 says “Starting” for Q02 of Ash ward, and row 2 of o.csv says “Spreading”"
            in caught.value.message
        )
        assert target.read_bytes() == before
        same = Overrides("o.csv", (Decision("t1", "Q02", 1, "", 2),))
        assert levels(results.write(of(ASH, overrides=same), target).collation)[0] == (1, "answered", "override")

    def test_a_level_typed_over_a_decision_that_the_workbook_keeps(self, tmp_path: Path) -> None:
        results.write(of(ASH, overrides=Overrides("o.csv", MADE.answers)), tmp_path / "before.xlsx")
        hands = typing("Answers", {"Team": "Ash ward", "Ref": "Q02"}, "Level", "Starting")
        target = edited(tmp_path / "before.xlsx", tmp_path / "c.xlsx", hands)
        with pytest.raises(ImpactError, match=r"Answers!G6 says “Starting” .* and About!A\d+ says “Spreading”"):
            results.write(of(ASH), target)


class TestWithoutACopy:
    def test_decisions_answer_for_a_team_on_the_list(self, tmp_path: Path) -> None:
        made = Overrides("o.csv", tuple(Decision("t2", question, 2, "", 2) for question in ALL if question != "Q09"))
        collation = of(ASH, overrides=made)
        elm = next(each for each in collation.results if each.team.id == "t2")
        assert (elm.status, elm.copies, elm.answers["Q01"].level) == (Status.PARTIAL, 0, 2)
        assert (elm.answers["Q09"].state, elm.answers["Q09"].decided_by) == (State.BLANK, DecidedBy.COPY)
        [said] = messages(collation, "team-another-way")
        assert said == (
            "No form of Elm – clinic counts. 21 answers were given another way, by decisions; 1 question is still open."
        )
        target = tmp_path / "c.xlsx"
        results.write(collation, target)
        row = answer(target, "Elm – clinic", "Q01")
        assert (row["Level"], row["Decided by"], row["File"]) == ("Developing", "Override", ANOTHER_WAY)
        read = stored_round.read(target, [QUESTIONNAIRE])
        assert [each.status for each in read.results] == [Status.COMPLETE, Status.PARTIAL]
        assert levels(results.write(of(ASH), target).collation, "Elm – clinic")[0] == (2, "answered", "override")

    def test_all_questions_make_it_complete(self) -> None:
        made = Overrides("o.csv", tuple(Decision("t2", question, 2, "", 2) for question in ALL))
        assert of(ASH, overrides=made).statuses[Status.COMPLETE] == 2

    def test_a_form_that_came_back_empty_is_no_hindrance(self) -> None:
        made = Overrides("o.csv", (Decision("t2", "Q01", 2, "", 2),))
        collation = of(ASH, submission("Elm – clinic", {}), overrides=made)
        assert collation.statuses[Status.PARTIAL] == 1
        assert rules(collation) == ["form-untouched", "team-another-way", "answer-decided"]

    def test_copies_of_which_none_counts_have_to_be_settled_first(self) -> None:
        made = Overrides("o.csv", (Decision("t2", "Q01", 2, "", 2),))
        copies = [submission("Elm – clinic", dict.fromkeys(ALL, level), file=f"{level}.xlsx") for level in (1, 2)]
        waits = of(ASH, *copies, overrides=made)
        assert rules(waits) == ["team-undecided", "decision-waits"]
        says = "It cannot be applied now: “1.xlsx” and “2.xlsx” came from Elm – clinic, and none counts yet"
        assert says in messages(waits, "decision-waits")[0]
        assert messages(waits, "decision-waits")[0].startswith("The list of decisions holds the decision that Q01 of")
        assert [each.question for each in waits.decisions.answers] == ["Q01"]
        placed = replace(made, copies=(Placing("1.xlsx", "t2", 3),))
        assert rules(of(ASH, *copies, overrides=placed)) == ["answer-decided"]


class TestDidYouMean:
    @pytest.mark.parametrize("typed", ["Elm - clinic", "Elm — clinc"])
    def test_a_team(self, typed: str) -> None:
        with pytest.raises(ImpactError, match=r"row 2: no team is called “Elm . clini?c” \(did you mean “Elm – c"):
            of(overrides=Overrides("o.csv", (Decision(typed, "Q01", 2, "", 2),)))

    def test_a_file(self) -> None:
        copies = ASH, submission("", ALL, file="North/Elm – clinic.xlsx")
        with pytest.raises(ImpactError) as caught:
            of(*copies, overrides=Overrides("o.csv", (), (Placing("Elm - clinic.xlsx", "t2", 2),)))
        assert "called “Elm - clinic.xlsx” (did you mean “North/Elm – clinic.xlsx”?)" in caught.value.message

    def test_nothing_is_suggested_that_is_not_alike(self) -> None:
        with pytest.raises(ImpactError) as caught:
            of(overrides=Overrides("o.csv", (Decision("Pathology", "Q01", 2, "", 2),)))
        assert "did you mean" not in caught.value.message


def test_about_keeps_what_was_asked_and_of_which_round(tmp_path: Path) -> None:
    results.write(of(ASH, id="autumn"), tmp_path / "c.xlsx")
    stored = stored_workbook.read(tmp_path / "c.xlsx")
    assert stored.made_from["Round's id"] == "autumn"
    assert stored.levels == tuple(level.name for level in QUESTIONNAIRE.levels)
    assert [(each.id, each.title, each.short, each.fingerprint) for each in stored.questions] == [
        (each.id, each.title, each.short, each.fingerprint) for each in QUESTIONNAIRE.questions
    ]
    assert len({each.fingerprint for each in stored.questions}) == len(QUESTIONNAIRE.questions)
