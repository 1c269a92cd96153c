"""Questionnaires of one's own through a whole round: forms, copies with defects, corrections, results, packs.

The figures are those of the independent implementation, for 3 to 5 levels a question, gaps and all.
"""

from __future__ import annotations

import io
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from edits import Copy, places
from hostile import saved
from independent import Item
from python_calamine import CalamineWorkbook

from impact_xl import api, authoring, feedback, results
from impact_xl.authoring import writer
from impact_xl.findings import ImpactError
from impact_xl.form import workbook as form
from impact_xl.form.workbook import Form
from impact_xl.questionnaire import Questionnaire
from impact_xl.results import stored_round
from impact_xl.results.sheet_writer import FIRST_ROW
from impact_xl.returns.read_file import read_content
from impact_xl.roster import Round, Team, TeamList
from impact_xl.round.answers import judge
from impact_xl.round.collation import Collation
from impact_xl.round.figures import Distribution
from impact_xl.round.overrides import level_of

EXAMPLES = Path(__file__).parent.parent / "docs" / "examples"
NAMES = ("handover", "data_basics")
TEAMS = 23


@pytest.fixture(scope="module", params=NAMES)
def content(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Questionnaire:
    """An example as its author has it: in the workbook that the command made of its TOML file."""
    path = tmp_path_factory.mktemp("own") / f"{request.param}.xlsx"
    path.write_bytes(writer.build(authoring.load(EXAMPLES / f"{request.param}.toml")))
    return authoring.load(path)


LISTED = TeamList(tuple(Team(f"t{n}", f"Team {n}", f"Group {n % 2}") for n in range(TEAMS)))


@pytest.fixture(scope="module")
def collation(content: Questionnaire, tmp_path_factory: pytest.TempPathFactory) -> Collation:
    folder = tmp_path_factory.mktemp("returns")
    for number, team in enumerate(LISTED.teams[:-1]):
        (folder / f"{team.name}.xlsx").write_bytes(copy_of(content, team, number))
    first = content.questions[0]
    corrected = {"start.team": "Team 1", "start.team-id": "t1", f"{first.id}.L{first.top}": True}
    correction = Form(content, team_id="t1", entries=corrected, corrects={first.id: "Two are ticked."})
    (folder / "correction.xlsx").write_bytes(form.build(correction))
    return api.collate(folder, LISTED, questionnaire=content, jobs=1)


def levels_of(content: Questionnaire, number: int) -> dict[str, int]:
    """What a team chooses: some questions are answered alike, some in two separate groups, some in any way."""
    chance = random.Random(number)
    ways = (
        lambda own: own[0],
        lambda own: own[0] if number % 2 else own[-1],
        chance.choice,
        lambda own: own[-1],
    )
    return {each.id: ways[place % len(ways)](each.levels) for place, each in enumerate(content.questions)}


def copy_of(content: Questionnaire, team: Team, number: int) -> bytes:
    """The copy of a team: Team 1 ticks two, Team 2 none of one, Team 3 moved rows, Team 4 typed n/a, Team 5 an x."""
    ticks: dict[str, Any] = {f"{key}.L{level}": True for key, level in levels_of(content, number).items()}
    first, second = content.questions[:2]
    if number == 1:
        ticks |= {f"{first.id}.L{level}": True for level in first.levels[:2]}
    if number == 2:
        ticks = {key: value for key, value in ticks.items() if not key.startswith(second.id)}
    if number == 4:
        ticks |= {f"{second.id}.L{level}": False for level in second.levels}
        ticks[f"{second.id}.L{second.levels[0]}"] = "n/a"
    if number == 5:
        ticks = dict.fromkeys(ticks, "x")
    made = Form(content, team_id=team.id, entries={"start.team": team.name, "start.group": team.group, **ticks})
    copy = form.build(made)
    if number == 3:
        sheet = made.plan()[1].name
        return saved(Copy(copy).insert_rows(sheet, 18, 2))
    return copy


def test_every_defect_is_told_and_everything_else_counts(content: Questionnaire, collation: Collation):
    first, second = (question.id for question in content.questions[:2])
    told = {(each.rule.id, each.team, each.question) for each in collation.to_fix if each.rule.id != "answer-odd-mark"}
    assert told == {
        ("answer-corrected", "Team 1", first),
        ("answer-blank", "Team 2", second),
        ("form-moved", "Team 3", ""),
        ("answer-unclear", "Team 4", second),
    }
    for number, result in enumerate(sorted(collation.results, key=lambda each: int(each.team.id[1:]))):
        expected = levels_of(content, number) if number < TEAMS - 1 else {}
        if number == 1:
            expected[first] = content.questions[0].top
        if number in (2, 4):
            del expected[second]
        assert result.levels == expected


def test_the_figures_are_those_of_the_independent_implementation(content: Questionnaire, collation: Collation):
    assert_independent(content, results.build(collation), list(collation.rows("answers")), collation.target)


def assert_independent(content: Questionnaire, built: bytes, rows: Sequence[Sequence[Any]], target: int) -> None:
    names = [level.name for level in content.levels]
    book = CalamineWorkbook.from_filelike(io.BytesIO(built))
    for name, column, own in (
        ("Questions", 7, {question.id: question.levels for question in content.questions}),
        ("Components", 6, {component.id: () for component in content.components}),
    ):
        heads, *lines = book.get_sheet_by_name(name).to_python(skip_empty_area=False)[FIRST_ROW - 1 :]
        for key, line in zip(own, lines, strict=False):
            shown = dict(zip(heads, line, strict=True))
            item = Item([(row[10], row[8]) for row in rows if row[column] == key], names, target, own[key])
            compare(shown, item, names)


def compare(shown: Mapping[str, Any], item: Item, names: Sequence[str]) -> None:
    assert [shown[name] for name in names] == item.counts
    assert (shown["Typical level"], shown["At target"]) == (item.typical_words, near(item.at_target))
    if "Agreement" in shown:
        assert (shown["Agreement"], shown["In words"]) == (near(item.agreement), item.words)
        assert (shown["Agenda"], shown["From typical"]) == (item.agenda, near(item.distance))
        assert shown["Two separate groups"] == " and ".join(names[level] for level in item.furthest_groups)


def near(share: Any) -> Any:
    return "" if share is None else pytest.approx(float(share), abs=1e-12)


def test_own_ladders_over_all_counts():
    """Agreement and separate groups by a question's own levels, against the independent implementation."""
    names = ["a", "b", "c", "d", "e"]
    chance = random.Random(4)
    for own in ((1, 2, 3), (1, 3, 5), (2, 4, 5), (1, 2), (1, 2, 4, 5), (3, 4, 5)):
        for _ in range(150):
            counts = [chance.choice((0, 0, 1, 2, 5, 9)) if level in own else 0 for level in range(1, 6)]
            found = Distribution(tuple(counts), own)
            answers = [("answered", level) for level, number in enumerate(counts, 1) for _ in range(number)]
            item = Item(answers, names, 3, own)
            assert found.agreement == (None if item.agreement is None else pytest.approx(float(item.agreement)))
            assert (found.words, found.agenda(3).value) == (item.words, item.agenda)
            assert tuple(level - 1 for level in found.separate_groups or ()) == item.furthest_groups
            assert 0 <= (found.agreement or 0) <= 1


def test_the_workbook_is_read_back_and_a_level_that_a_question_lacks_is_told(
    content: Questionnaire, collation: Collation, tmp_path: Path
):
    path = tmp_path / "all.xlsx"
    api.write(collation, path)
    again = stored_round.read(path, [content])
    assert [each.levels for each in again.results] == [each.levels for each in collation.results]
    short = next((each for each in content.questions if len(each.levels) < len(content.levels)), None)
    if short is None:
        return
    lacking = next(level.number for level in content.levels if level.number not in short.levels)
    assert level_of(str(lacking), content, short.id) is None
    assert level_of(str(lacking), content) == lacking
    book = openpyxl.load_workbook(path)
    sheet = book["Answers"]
    heads = [cell.value for cell in sheet[4]]
    row = next(
        row
        for row in sheet.iter_rows(min_row=5)
        if row[heads.index("Ref")].value == short.id and row[0].value == "Team 0"
    )
    row[heads.index("Level")].value = content.level_name(lacking)
    book.save(tmp_path / "typed.xlsx")
    found = stored_round.read(tmp_path / "typed.xlsx", [content])
    assert [each.rule.id for each in found.to_fix] == ["answer-not-kept"]
    carried = api.carry(collation, tmp_path / "typed.xlsx")
    assert "answer-not-kept" in {each.rule.id for each in carried.to_fix}


def test_a_pack_offers_the_next_level_that_there_is(content: Questionnaire, collation: Collation):
    [pack] = [each for each in feedback.packs(collation) if each.team.name == "Team 0"]
    book = openpyxl.load_workbook(io.BytesIO(pack.content))
    texts = {str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value}
    for question in content.questions:
        level = next(each for each in collation.results if each.team.id == "t0").levels[question.id]
        following = next((own for own in question.levels if own > level), None)
        if following:
            step = f"{content.level_name(following)}: {question.statement(following)}"
            assert any(step in text for text in texts), step


def test_a_target_above_a_question_is_refused(content: Questionnaire, tmp_path: Path):
    top = len(content.levels)
    if content.without(top):
        with pytest.raises(ImpactError, match="cannot be the target"):
            api.collate(tmp_path, questionnaire=content, target=top)


@pytest.mark.parametrize("paper", [False, True])
def test_the_form_has_the_rows_that_there_are(content: Questionnaire, paper: bool):
    made = Form(content, round=Round(not_applicable=True), paper=paper)
    keys = {line.key for sheet in made.plan() for line in sheet.lines if line.level}
    assert keys == {f"{question.id}.L{level}" for question in content.questions for level in question.levels}


def test_a_statement_that_returns_is_told_by_its_key_alone():
    """Without the keys, statements that stand twice are missing, and never another question's."""
    basics = authoring.load(EXAMPLES / "data_basics.toml")
    ticks = {f"{question.id}.L{question.top}": True for question in basics.questions}
    made = Form(basics, entries={"start.team": "Ash", **ticks})
    copy = Copy(form.build(made))
    [submission] = read_content(saved(copy.delete_column(made.plan()[1].name, "A")), "a.xlsx", basics).submissions
    answers = judge(submission, basics).answers
    assert {key: answers[key].state.value for key in ("Q01", "Q02", "Q03", "Q04")} == {
        "Q01": "answered",
        "Q02": "missing",
        "Q03": "missing",
        "Q04": "answered",
    }
    with_keys = read_content(form.build(made), "a.xlsx", basics)
    assert not with_keys.findings
    assert [answer.level for answer in judge(with_keys.submissions[0], basics).answers.values()] == [
        question.top for question in basics.questions
    ]


def test_rows_of_questions_with_the_same_statements_may_be_moved():
    basics = authoring.load(EXAMPLES / "data_basics.toml")
    made = Form(basics, entries={"start.team": "Ash", "Q02.L1": True, "Q03.L3": True})
    sheet, cell = places(made)["Q03.L1"]
    copy = Copy(form.build(made)).insert_rows(sheet, int(cell.lstrip("ABCDE")) - 1, 3)
    [submission] = read_content(saved(copy), "a.xlsx", basics).submissions
    answers = judge(submission, basics).answers
    assert (answers["Q02"].level, answers["Q03"].level) == (1, 3)


def test_other_levels_change_nothing_of_a_question_that_has_all():
    whole = authoring.load(EXAMPLES / "handover.toml")
    assert whole.levels_of == {}
    one = whole.questions[0]
    cut = replace(one, statements=(*one.statements[:2], "", one.statements[3]))
    assert (cut.levels, cut.top, cut.next_level(2), cut.next_level(4)) == ((1, 2, 4), 4, 4, None)
