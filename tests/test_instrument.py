"""What a round asks: which questions, and in whose words each team has them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from impact_xl import api
from impact_xl import questionnaire as questionnaires
from impact_xl.api.options import ReadOptions
from impact_xl.api.rounds import settle, settle_reading
from impact_xl.findings import ImpactError
from impact_xl.form import workbook as form
from impact_xl.mail.invitations import personal_form
from impact_xl.roster import Round, Team, TeamList, workbook
from impact_xl.roster.instrument import expect_target, instrument, wording
from impact_xl.roster.settings import BY_KEY, SettingError
from impact_xl.roster.settings import settle as setting

NHS = questionnaires.load()
WARDS = """
id = "wards"
of = "nhs-impact"
version = "1"
for = "wards"
by = "the improvement team"
[question.Q01]
statements = { 3 = "Our senior leaders and staff share this." }
"""
TEAMS = TeamList((Team("a", "Ash"), Team("b", "Birch", overlay="wards"), Team("c", "Cedar", overlay="original")))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "wards.toml").write_text(WARDS, encoding="utf-8")
    (tmp_path / "other.toml").write_text(WARDS.replace('"wards"', '"other"'), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("of_round", "expected"),
    [("", ["", "wards", ""]), ("wards.toml", ["wards", "wards", ""]), ("other", ["other", "wards", ""])],
)
def test_a_teams_own_wording_beats_the_rounds(folder: Path, of_round: str, expected: list[str]):
    round = Round(overlay=of_round, teams=TEAMS)
    content = instrument(round, NHS, folder)
    worded = [wording(content, round, team).wording for team in TEAMS.teams]
    assert [each.id if each else "" for each in worded] == expected


def test_it_is_the_same_twice(folder: Path):
    round = Round(overlay="wards", questions=("Q01", "Q03"), teams=TEAMS)
    once = instrument(round, NHS, folder)
    twice = instrument(round, once, folder / "nowhere")
    assert [each.id for each in twice.questions] == ["Q01", "Q03"]
    assert [each.fingerprint for each in twice.overlays] == [each.fingerprint for each in once.overlays]
    assert instrument(Round(), once, folder) is once


def test_two_files_may_not_have_one_id(folder: Path):
    (folder / "more").mkdir()
    (folder / "more" / "wards.toml").write_text(WARDS, encoding="utf-8")
    round = Round(overlay="wards.toml", teams=TeamList((Team("a", "Ash", overlay="more/wards.toml"),)))
    with pytest.raises(ImpactError, match="Two overlays have the id “wards”"):
        instrument(round, NHS, folder)


def test_a_target_that_no_team_could_reach_is_refused():
    low = replace(NHS.questions[0], statements=NHS.questions[0].statements[:3])
    one, *others = NHS.components
    content = replace(NHS, components=(replace(one, questions=(low, *one.questions[1:])), *others))
    expect_target(3, content)
    with pytest.raises(ImpactError, match="“Spreading” cannot be the target: no team can be there on Q01"):
        expect_target(4, content)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("Q02-Q04, q9", ["Q02", "Q03", "Q04", "Q09"]),
        ("9; 1 to 2", ["Q01", "Q02", "Q09"]),
        ("Q22", ["Q22"]),
    ],
)
def test_questions_are_named_by_id(typed: str, expected: list[str]):
    assert list(setting(BY_KEY["questions"], typed, NHS)) == expected
    assert list(setting(BY_KEY["questions"], typed, NHS.only(("Q01",)))) == expected


@pytest.mark.parametrize("typed", ["Q23", "Q04-Q02", "all", "Q01-"])
def test_questions_that_are_none(typed: str):
    with pytest.raises(SettingError):
        setting(BY_KEY["questions"], typed, NHS)


def test_a_number_that_is_another_questions_id_tells_neither():
    """Q05 was moved to the first place, so the form shows it as 1."""
    one, two, *others = NHS.components
    moved = [replace(each, number=number) for number, each in enumerate((two.questions[0], *one.questions), 1)]
    content = replace(NHS, components=(replace(one, questions=tuple(moved)), *others))
    assert content.question_named("Q5") is moved[0]
    assert content.question_named("Q1") is moved[1]
    assert content.question_named("5") is None
    assert content.question_named("Question 1") is None
    assert content.question_named("22") is content.by_id["Q22"]


def test_a_round_of_a_part_in_two_wordings(folder: Path):
    """Forms as `distribute` makes them, filled in; read in a round whose folder says what it asks."""
    place = folder / "round"
    place.mkdir()
    (folder / "wards.toml").rename(place / "wards.toml")
    listed = TeamList(
        tuple(Team(id, id.title(), overlay="wards" if number % 2 else "") for number, id in enumerate("abcdef"))
    )
    questions = tuple(f"Q{number:02d}" for number in range(1, 11))
    kept = Round("autumn", "Autumn", questions=questions, teams=listed, about="our ward", seen_by="all")
    workbook.write(place / "round.xlsx", kept, NHS)
    settings = settle(place)
    content, round = settings.questionnaire, settings.round
    assert len(content.questions) == 10
    for number, team in enumerate(round.teams.teams):
        made = personal_form(team, content, round)
        ticks = {f"{question}.L{1 + number % 3}": True for question in questions}
        form.write(replace(made, entries={**made.entries, **ticks}), place / "returns" / f"{team.id}.xlsx")
        texts = [line.text for sheet in made.plan() for line in sheet.lines]
        assert ("Our senior leaders and staff share this." in texts) is bool(number % 2)
    _, options = settle_reading(ReadOptions(returns=(), round=place))
    collation = api.collate(options.returns, round=options.round, questionnaire=options.questionnaire)
    assert {result.status.value for result in collation.results} == {"complete"}
    assert all(tally.distribution.counts == (2, 2, 2, 0, 0) for tally in collation.tallies().values())
    assert not [each.rule.id for each in collation.to_fix]
    api.write(collation, place / "results" / "consolidated.xlsx")
    book = openpyxl.load_workbook(place / "results" / "consolidated.xlsx", data_only=True)
    assert [cell for (cell,) in book["Questions"].iter_rows(5, 14, 1, 1, values_only=True)] == [*questions]
    assert "Wording" in {cell.value for row in book["Teams"].iter_rows() for cell in row}
