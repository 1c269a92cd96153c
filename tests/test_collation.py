"""Whose copy it is, and which copy counts."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rounds_in_memory import QUESTIONNAIRE, random_round, returned, submission

from impact_xl.files.dates import typed_date
from impact_xl.findings import found
from impact_xl.form.layout import Reference
from impact_xl.returns.submission import Priority, ReturnedFile, Submission
from impact_xl.roster import Round, Team, TeamList
from impact_xl.round.answers import Status
from impact_xl.round.collation import Collation, collate
from impact_xl.round.overrides import Overrides, Placing

ALL = {question.id: 3 for question in QUESTIONNAIRE.questions}
LIST = Round(teams=TeamList((Team("t1", "Ash ward", "North"), Team("t2", "Elm clinic"), Team("t3", "Oak unit"))))


SENT = datetime(2026, 11, 9, tzinfo=UTC)


def of(*submissions: Submission, round: Round = LIST) -> Collation:
    return collate(
        [returned(each, sha256=str(number)) for number, each in enumerate(submissions)], QUESTIONNAIRE, round
    )


def copy(team: str = "Ash ward", day: int = 0, *, file: str = "", **more: object) -> Submission:
    """A complete copy of level 3; `differ` answers of it are 4 instead."""
    levels = ALL | dict.fromkeys(list(ALL)[: more.pop("differ", 0)], 4)
    moment = datetime(2026, 11, day, tzinfo=UTC) if day else None
    return submission(team, levels, file=file or f"{team} {day}.xlsx", modified=moment, **more)


def statuses(collation: Collation) -> dict[str, str]:
    return {result.team.name: result.status.value for result in collation.results}


def rules(collation: Collation) -> list[str]:
    return [finding.rule.id for finding in collation.to_fix if finding.rule.id != "round-few-returns"]


def test_everybody_asked_is_in_the_round():
    collation = of(copy(), submission("Elm clinic", {"Q01": 2}))
    assert statuses(collation) == {"Ash ward": "complete", "Elm clinic": "partial", "Oak unit": "none"}
    assert [result.number for result in collation.results] == [1, 2, 3]
    assert collation.returned == 2
    assert collation.states["answered"] == 23
    assert collation.groups == ("North", "(no group)")


@pytest.mark.parametrize(
    ("identity", "team", "expected"),
    [
        ({"team": "Ash ward"}, "Ash ward", []),
        ({"team": " ASH  WARD"}, "Ash ward", []),
        ({"team": "ward of ash trees", "team_id": "T1"}, "Ash ward", ["team-guessed"]),
        ({"team": "", "reference": Reference(team_id="t2")}, "Elm clinic", []),
        ({"team": "Ash ward", "team_id": "t2"}, None, ["team-conflict"]),
        ({"team": "Ash ward", "team_id": "t1", "reference": Reference(team_id="t2")}, None, ["team-conflict"]),
        ({"team": "Ash ward", "team_id": "t1", "other_team": "Oak unit"}, "Oak unit", []),
        ({"team": ""}, None, ["team-missing"]),
        ({"team": "Ash wrad"}, "Ash wrad", ["team-unknown"]),
        ({"team": "Ash ward 1"}, "Ash ward 1", ["team-unknown"]),  # alike is not the same: Ward 3 is not Ward 31
    ],
)
def test_whose_copy_it_is(identity, team, expected):
    collation = of(submission(identity.pop("team"), ALL, file="a.xlsx", **identity))
    assert [result.team.name for result in collation.results if result.used] == ([team] if team else [])
    assert rules(collation) == expected
    assert collation.states["answered"] == (22 if team else 0)


def test_an_unknown_name_is_suggested_never_matched():
    [finding] = [each for each in of(submission("Ash wrad", ALL)).to_fix if each.rule.id == "team-unknown"]
    assert "Did they mean “Ash ward”?" in finding.mend
    assert finding.team == "Ash wrad"


def test_without_a_list_everybody_heard_of_is_a_team():
    collation = of(copy("Pine"), copy("Yew", group="East"), round=Round())
    assert statuses(collation) == {"Yew": "complete", "Pine": "complete"}
    assert collation.results[0].team.group == "East"
    assert rules(collation) == []


def test_copies_of_one_name_belong_together_although_only_one_carries_the_id():
    collation = of(copy("Pine", 1, team_id="p9"), copy("pine", 2), round=Round())
    assert [(result.team.id, result.copies) for result in collation.results] == [("p9", 2)]


@pytest.mark.parametrize(
    ("identity", "why"),
    [
        ({"team": "ward of ash trees", "team_id": "t1"}, "its name, “ward of ash trees”"),
        ({"team": "Ash ward", "reference": Reference(team_id="old-7")}, "its id, “old-7”"),
    ],
)
def test_a_team_told_by_half_of_what_a_copy_says_is_said(identity, why):
    [finding] = [
        each for each in of(submission(identity.pop("team"), ALL, **identity)).to_fix if each.rule.id == "team-guessed"
    ]
    assert (finding.team_id, finding.team) == ("t1", "Ash ward")
    assert why in finding.message


def test_an_id_that_a_team_typed_for_itself_is_no_reason_to_doubt_its_name():
    assert rules(of(submission("Ash ward", ALL, team_id="CC 1234"))) == []


def test_names_that_would_make_one_id_are_two_teams():
    collation = of(submission("A & E", ALL, file="1"), submission("A+E", ALL, file="2"), round=Round())
    assert statuses(collation) == {"A & E": "complete", "A+E": "complete"}
    assert len({result.team.id for result in collation.results}) == 2
    listed = of(submission("Ash-ward", ALL, file="1"), round=Round(teams=TeamList((Team("ash-ward", "Ash ward"),))))
    assert statuses(listed) == {"Ash ward": "none", "Ash-ward": "complete"}


def test_two_names_under_one_id_are_said_and_never_silently_one():
    one, other = copy("Pine", 1, team_id="p9"), copy("Yew", 2, team_id="p9", differ=1)
    collation = of(one, other, round=Round())
    assert set(rules(collation)) == {"team-guessed", "team-twice"}
    far = of(one, copy("Yew", 2, team_id="p9", differ=22), round=Round())
    assert "team-contested" in rules(far)
    assert [result.used for result in far.results] == [None]


def test_sheets_of_teams_that_cannot_be_told_apart_count_for_none_until_a_person_says_so():
    mixed = submission("", ALL, file="both.xlsx", claimed=("Ash ward", "Elm clinic"))
    collation = of(mixed)
    assert rules(collation) == ["team-mixed"]
    assert collation.states["answered"] == 0
    placed = Overrides("o.csv", (), (Placing("both.xlsx", "Elm clinic", 2),))
    decided = collate([returned(mixed, sha256="1")], QUESTIONNAIRE, LIST, overrides=placed)
    assert statuses(decided)["Elm clinic"] == "complete"
    assert rules(decided) == []


# -- several copies --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "used", "expected"),
    [
        (copy(day=1), copy(day=2), "Ash ward 2.xlsx", []),
        (copy(day=1), copy(day=2, differ=1), "Ash ward 2.xlsx", ["team-twice"]),
        (copy(day=2), copy(day=1, differ=1), "Ash ward 2.xlsx", ["team-twice"]),
        (copy(file="a"), copy(file="b"), "b", []),  # no dates, but the same answers
        (copy(file="a"), copy(file="b", differ=1), None, ["team-undecided"]),
        (copy(day=1, file="a"), copy(file="b", differ=1), None, ["team-undecided"]),  # no date that both have
        (copy(day=1, file="a"), copy(day=1, file="b", differ=1), None, ["team-undecided"]),  # a tie
        (
            copy(day=1, file="a", message_date=SENT),
            copy(day=5, file="b", message_date=SENT, differ=1),
            None,  # the first date that both have decides, and here it decides nothing
            ["team-undecided"],
        ),
        (copy(day=1, file="a", date="2/11/2026"), copy(file="b", date="1/11/2026", differ=1), "a", ["team-twice"]),
        (
            copy(day=1, file="a", message_date=datetime(2026, 11, 9, tzinfo=UTC)),
            copy(day=5, file="b", message_date=datetime(2026, 11, 8, tzinfo=UTC), differ=1),
            "a",  # the mail's date beats the workbook's
            ["team-twice"],
        ),
    ],
)
def test_the_latest_copy_counts(one, other, used, expected):
    collation = of(one, other)
    ash = collation.results[0]
    assert (ash.submission.where.file if ash.submission else None) == used
    assert ash.status is (Status.COMPLETE if used else Status.UNUSABLE)
    assert rules(collation) == expected
    assert [each.name for each in collation.files if each.used] == ([used] if used else [])


@pytest.mark.parametrize(
    ("differ", "first", "second", "contested"),
    [
        (6, "Matron", "Clinical lead", True),
        (5, "Matron", "Clinical lead", False),  # a quarter of 22 answers is 5.5
        (22, "Matron", "matron ", False),
        (22, "Matron", "", False),
    ],
)
def test_one_form_sent_on_to_another_team_is_contested(differ, first, second, contested):
    collation = of(
        copy(day=1, team_id="t1", completed_by=first), copy(day=2, team_id="t1", completed_by=second, differ=differ)
    )
    assert rules(collation) == (["team-contested"] if contested else ["team-twice"])
    assert (collation.results[0].used is None) is contested


def test_a_copy_that_came_back_untouched_never_replaces_one_that_was_filled_in():
    collation = of(copy(day=1), submission("Ash ward", {}, file="b", modified=datetime(2026, 11, 9, tzinfo=UTC)))
    assert statuses(collation)["Ash ward"] == "complete"
    assert rules(collation) == []
    alone = of(submission("Ash ward", {}))
    assert statuses(alone)["Ash ward"] == "unusable"
    assert rules(alone) == ["form-untouched"]


def test_what_only_an_earlier_copy_says_beside_its_levels_is_said():
    wish = (Priority(1, "Meet more"),)
    one = submission("Ash ward", ALL, file="1", modified=SENT, notes={"Q02": "since May"}, priorities=wish)
    later = submission("Ash ward", ALL, file="2", modified=datetime(2026, 11, 10, tzinfo=UTC), notes={"Q03": "new"})
    [finding] = [each for each in of(one, later).to_fix if each.rule.id == "team-texts-differ"]
    assert (finding.where.file, finding.facts["what"], finding.facts["used"]) == ("1", "Q02, priority 1", "2")


@pytest.mark.parametrize("differ", [6, 1])
def test_copies_of_which_none_counts_are_shown_answer_by_answer(differ):
    who = ("Matron", "Lead") if differ > 5 else ("", "")
    copies = (
        copy(file="a", team_id="t1", completed_by=who[0]),
        copy(file="b", team_id="t1", completed_by=who[1], differ=differ),
    )
    [finding] = [each for each in of(*copies).to_fix if each.rule.id in ("team-contested", "team-undecided")]
    three, four = (QUESTIONNAIRE.level_name(level) for level in (3, 4))
    assert f"a, b say, in this order: Q01 “{three}”, “{four}”" in finding.message


def test_the_same_bytes_count_once():
    one, two = returned(copy(file="a"), sha256="x"), returned(copy(file="b"), sha256="x")
    collation = collate([two, one], QUESTIONNAIRE, LIST)
    assert collation.results[0].copies == 1
    [duplicate] = [finding for finding in collation.to_fix if finding.rule.id == "file-duplicate"]
    assert (duplicate.where.file, duplicate.facts["other"]) == ("b", "a")


def test_a_file_without_a_form_enters_no_teams_total():
    broken = ReturnedFile("x.xlsx", "1", "xlsx", (), (found("file-damaged", what="it ends too early"),))
    collation = collate([broken], QUESTIONNAIRE, LIST)
    assert collation.returned == 0
    assert [each.judged for each in collation.files] == [None]
    assert rules(collation) == ["file-damaged"]


def test_findings_of_a_copy_carry_the_name_that_the_team_has_in_the_round():
    collation = of(submission("ash WARD", ALL | {"Q02": "multiple"}))
    [finding] = [each for each in collation.to_fix if each.rule.id == "answer-multiple"]
    assert (finding.team_id, finding.team) == ("t1", "Ash ward")
    assert finding.mend == "Ask Ash ward which one level they meant for Q02."


# -- the round as a whole ----------------------------------------------------------------------------

names = st.sampled_from(["Ash ward", "Elm clinic", "Nobody", ""])


def _drawn(team: str, differ: int, day: int, file: str, who: str) -> Submission:
    return copy(team, day, file=file, differ=differ, completed_by=who, team_id="t1" if who else "")


copies = st.builds(
    _drawn,
    names,
    st.integers(0, 22),
    st.integers(0, 3),
    st.uuids().map(str),
    st.sampled_from(["", "Matron", "Lead"]),
)


@settings(max_examples=50)
@given(st.lists(copies, max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_files_does_not_matter_and_nothing_is_lost(some, dice):
    files = [returned(each, sha256=each.where.file) for each in some]
    collation = collate(files, QUESTIONNAIRE, LIST)
    shuffled = list(files)
    dice.shuffle(shuffled)
    assert collate(shuffled, QUESTIONNAIRE, LIST) == collation
    assert sorted(each.name for each in collation.files) == sorted(file.file for file in files)
    assert sum(collation.statuses.values()) == len(collation.results)
    assert sum(collation.states.values()) == 22 * sum(result.used is not None for result in collation.results)
    assert all(result.copies for result in collation.results if result.status is not Status.NONE)


def test_tallies_add_up_over_groups_and_components():
    collation = random_round(seed=3, teams=30)
    whole = collation.tallies()
    for question in QUESTIONNAIRE.questions:
        parts = [collation.tallies(group)[question.id] for group in collation.groups]
        assert sum(parts[1:], parts[0]) == whole[question.id]
    pooled = collation.component_tallies()
    for component in QUESTIONNAIRE.components:
        assert pooled[component.id].valid == sum(whole[question.id].valid for question in component.questions)


def test_what_the_results_are_dated():
    assert of(copy(day=3), copy("Elm clinic", 7)).date == date(2026, 11, 7)
    assert of(copy(day=3), round=Round(date=date(2026, 12, 1))).date == date(2026, 12, 1)
    assert of(copy()).date is None


def test_few_returns_are_said_and_enough_are_not():
    assert "round-few-returns" in [finding.rule.id for finding in of(copy()).to_fix]
    assert "round-few-returns" not in [finding.rule.id for finding in random_round(seed=1, teams=5).to_fix]


def test_frames_for_people_who_work_in_python():
    collation = random_round(seed=5, teams=6)
    assert len(collation.answers) == 6 * 22
    assert str(collation.answers.level.dtype) == "Int64"
    assert list(collation.teams.status)[-1] in {"complete", "partial", "none"}
    assert set(collation.returns.used) == {"yes"}
    assert len(collation.findings) == len(collation.to_fix)
    assert {"what", "lead"} <= set(collation.priorities)
    with pytest.raises(KeyError):
        collation.rows("nothing")


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("3/11/2026", date(2026, 11, 3)),
        ("2026-11-03", date(2026, 11, 3)),
        ("3 November 2026", date(2026, 11, 3)),
        ("03.11.2026", date(2026, 11, 3)),
        ("soon", None),
        ("", None),
    ],
)
def test_dates_are_read_the_british_way(text, day):
    read = typed_date(text)
    assert (read.date() if read else None) == day


def test_groups_that_differ_in_case_or_spaces_alone_are_one() -> None:
    files = [
        returned(submission(f"Team {n}", {"Q01": 3}, group=group))
        for n, group in enumerate(["Acute", "acute ", "ACUTE"])
    ]
    assert collate(files, QUESTIONNAIRE).groups == ("ACUTE",)
