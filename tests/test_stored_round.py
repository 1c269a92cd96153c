"""A round that is read back from its workbook is the round that was written, with what people corrected in it."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from rounds_in_memory import QUESTIONNAIRE, SMALL, random_round, returned, submission

from impact_xl import feedback, results
from impact_xl.form.layout import level_key
from impact_xl.mail import invitations
from impact_xl.questionnaire import Questionnaire
from impact_xl.results import actions, stored_round
from impact_xl.results.sheet_writer import FIRST_ROW
from impact_xl.returns.submission import Priority
from impact_xl.roster import Round
from impact_xl.round.answers import DecidedBy, State, Status
from impact_xl.round.collation import Collation, collate
from impact_xl.round.overrides import Decision, correct, decide

KEPT = ("id", "title", "target", "date")  # what a workbook holds of a round


def write_and_read(collation: Collation, folder: Path) -> Collation:
    path = folder / "consolidated.xlsx"
    path.write_bytes(results.build(collation))
    return stored_round.read(path, [collation.questionnaire])


def decided(collation: Collation, seed: int) -> Collation:
    """A round in which people, and correction forms, decided some of the answers."""
    dice, questionnaire = random.Random(seed), collation.questionnaire
    changed = []
    for result in collation.results:
        if result.used and dice.random() < 0.5:
            questions = dice.sample(sorted(questionnaire.by_id), 2)
            levels = (dice.randint(1, len(questionnaire.levels)), None)
            chosen = [Decision(result.team.id, *pair, "", 2) for pair in zip(questions, levels, strict=True)]
            other = next(each for each in collation.results if each.used and each is not result)
            carried = {
                question: replace(answer, state=State.BLANK, level=None) if dice.random() < 0.8 else answer
                for question, answer in other.answers.items()
            }
            used = correct(result.used, [replace(other.used, answers=carried)], questionnaire)
            used = decide(used, chosen, questionnaire)
            result = replace(result, used=used, status=used.status)  # noqa: PLW2901
        changed.append(result)
    return replace(collation, results=tuple(changed))


def typed(path: Path, sheet: str, column: str, value: object, **row: object) -> None:
    """Type into a cell of a workbook, in the first row that says these things."""
    book = openpyxl.load_workbook(path)
    heads = [cell.value for cell in book[sheet][FIRST_ROW]]
    for cells in book[sheet].iter_rows(FIRST_ROW + 1):
        if all(cells[heads.index(head)].value == text for head, text in row.items()):
            cells[heads.index(column)].value = value
            break
    else:
        raise AssertionError(row)
    book.save(path)


def without_where(priority: Priority, questionnaire: Questionnaire) -> tuple[str, ...]:
    """A priority without its number and sheet; Actions has the short title of a question that was named."""
    question = actions.question_named(priority.question, questionnaire)
    named = f"{question} {questionnaire.by_id[question].short}" if question else priority.question
    return priority.what, named, priority.lead, priority.by, priority.measure


ROUNDS = [
    *({"seed": seed, "teams": 3 + 4 * seed, "groups": 1 + seed % 5, "defects": 0.3} for seed in range(5)),
    {"seed": 7, "teams": 12, "questionnaire": SMALL, "defects": 0.1, "missing_teams": 0},
]


@pytest.mark.parametrize("options", ROUNDS, ids=lambda options: f"seed {options['seed']}")
@pytest.mark.parametrize("decisions", [False, True], ids=["as returned", "decided"])
def test_what_was_written_is_read_back(options: Mapping[str, object], decisions: bool, tmp_path: Path) -> None:
    wrote = random_round(**options)
    if decisions:
        wrote = decided(wrote, options["seed"])
        assert {answer.decided_by for answer in wrote.all_answers()} > {DecidedBy.COPY}
    read = write_and_read(wrote, tmp_path)
    assert (read.title, read.target, read.date) == (wrote.title, wrote.target, wrote.date)
    assert (read.groups, read.statuses, read.states) == (wrote.groups, wrote.statuses, wrote.states)
    assert read.tallies() == wrote.tallies()
    for one, other in zip(read.results, wrote.results, strict=True):
        assert one.team == replace(other.team, contact="", email="", cc="")
        assert (one.number, one.status, one.listed, one.copies, one.date) == (
            other.number,
            other.status,
            other.listed,
            other.copies,
            other.date,
        )
        assert one.answers == other.answers
        if other.submission:
            assert one.submission.where == other.submission.where
            assert one.submission.completed_by == other.submission.completed_by
            assert [without_where(each, read.questionnaire) for each in one.submission.priorities] == [
                without_where(each, read.questionnaire) for each in other.submission.priorities
            ]
    for table in ("answers", "teams"):
        assert list(read.rows(table)) == list(wrote.rows(table))
    assert read.to_fix == read.files == ()


@pytest.mark.parametrize("options", ROUNDS, ids=lambda options: f"seed {options['seed']}")
def test_packs_are_the_same_whichever_way_the_round_came(options: Mapping[str, object], tmp_path: Path) -> None:
    collation = decided(random_round(**options), options["seed"])
    packs = list(feedback.packs(collation, minimum_group=3))
    assert packs
    assert list(feedback.packs(write_and_read(collation, tmp_path), minimum_group=3)) == packs


def test_packs_show_what_was_carried_over_whichever_way_the_round_came(tmp_path: Path) -> None:
    collation, path = random_round(3, teams=9), tmp_path / "consolidated.xlsx"
    results.write(collation, path)
    first = next(result for result in collation.results if result.submission and result.submission.priorities)
    typed(path, "Actions", "Status", "Under way", Team=first.team.name)
    typed(path, "Actions", "Lead", "Sister", Team=first.team.name)
    typed(path, "Answers", "Level", "Spreading", Team=first.team.name, Ref="Q01")
    carried = results.carry(collation, path)
    packs = list(feedback.packs(carried, minimum_group=3))
    assert packs != list(feedback.packs(collation, minimum_group=3))
    assert list(feedback.packs(write_and_read(carried, tmp_path), minimum_group=3)) == packs


@pytest.mark.parametrize("round", [Round(), Round("autumn"), Round("autumn", "Autumn 2026"), Round(target=5)])
def test_the_round_is_read_back(round: Round, tmp_path: Path) -> None:
    wrote = collate([returned(submission("A", {"Q01": 2}))], QUESTIONNAIRE, round)
    read = write_and_read(wrote, tmp_path)
    assert [getattr(read.round, name) for name in KEPT[:2]] == [getattr(round, name) for name in KEPT[:2]]
    assert (read.title, read.target, read.date) == (wrote.title, wrote.target, None)


@pytest.mark.parametrize(
    ("text", "state", "level"),
    [
        ("Spreading", State.ANSWERED, 4),
        (4, State.ANSWERED, 4),
        ("4", State.ANSWERED, 4),
        ("Level 4", State.ANSWERED, 4),
        (" spreading ", State.ANSWERED, 4),
        ("n/a", State.NOT_APPLICABLE, None),
        ("Not applicable", State.NOT_APPLICABLE, None),
        (None, State.BLANK, None),
        ("Spreadin", State.BLANK, None),
        (6, State.BLANK, None),
        (0, State.BLANK, None),
        (4.5, State.BLANK, None),
    ],
)
def test_a_level_that_is_typed_counts_the_same_wherever_the_workbook_is_read(
    text: object, state: State, level: int | None, tmp_path: Path
) -> None:
    path = tmp_path / "consolidated.xlsx"
    collation = collate([returned(submission("A", {"Q01": 2, "Q02": 3}))], QUESTIONNAIRE)
    results.write(collation, path)
    typed(path, "Answers", "Level", text, Ref="Q01")
    for read in (stored_round.read(path, [QUESTIONNAIRE]), results.carry(collation, path)):
        answer = read.results[0].answers["Q01"]
        none_of_the_levels = state is State.BLANK and text is not None
        assert feedback.left_out(read) == ([f"A, Q01: “{text}”"] if none_of_the_levels else [])
        if not none_of_the_levels or not read.files:  # combined again, the copy's own level counts until it is mended
            assert (answer.state, answer.level) == (state, level)
            assert answer.decided_by is DecidedBy.WORKBOOK
        assert answer.level_read == 2
    last = invitations.read_last(path, QUESTIONNAIRE).by_name["a"]
    expected = set() if state is State.BLANK else {level_key("Q01", level or 0)}
    assert {key for key in last.levels if key.startswith("Q01")} == expected


def test_a_status_follows_from_the_answers(tmp_path: Path) -> None:
    """A program that does not calculate leaves the column Status as it was, or empty."""
    path = tmp_path / "consolidated.xlsx"
    levels = {question.id: 3 for question in QUESTIONNAIRE.questions}
    files = [returned(submission("A", levels | {"Q05": "multiple"})), returned(submission("B", {}))]
    results.write(collate(files, QUESTIONNAIRE), path)
    typed(path, "Answers", "Level", 3, Team="A", Ref="Q05")
    read = stored_round.read(path, [QUESTIONNAIRE])
    assert {result.team.name: result.status for result in read.results} == {
        "A": Status.COMPLETE,
        "B": Status.UNUSABLE,
    }


def test_a_row_that_was_deleted_is_a_missing_answer(tmp_path: Path) -> None:
    path = tmp_path / "consolidated.xlsx"
    results.write(collate([returned(submission("A", {"Q01": 2, "Q02": 3}))], QUESTIONNAIRE), path)
    book = openpyxl.load_workbook(path)
    book["Answers"].delete_rows(FIRST_ROW + 1)
    book.save(path)
    read = stored_round.read(path, [QUESTIONNAIRE])
    assert list(read.results[0].answers) == list(QUESTIONNAIRE.by_id)
    assert read.results[0].answers["Q01"].state is State.MISSING
    assert read.results[0].levels == {"Q02": 3}


def test_a_team_without_its_id_is_known_by_its_name(tmp_path: Path) -> None:
    path, wrote = tmp_path / "consolidated.xlsx", random_round(1, teams=4)
    results.write(wrote, path)
    place, result = next(
        pair for pair in enumerate(wrote.results) if pair[1].submission and pair[1].submission.priorities
    )
    book = openpyxl.load_workbook(path)
    for sheet in ("Teams", "Answers", "Actions"):
        column = [cell.value for cell in book[sheet][FIRST_ROW]].index("Team ID") + 1
        for row in range(FIRST_ROW + 1, book[sheet].max_row + 1):
            if book[sheet].cell(row, column).value == result.team.id:
                book[sheet].cell(row, column).value = None
    book.save(path)
    read = stored_round.read(path, [QUESTIONNAIRE])
    assert len(read.results) == len(wrote.results)
    known = read.results[place]
    assert known.team == replace(result.team, id=result.team.name.casefold())
    assert known.answers == result.answers
    assert len(known.submission.priorities) == len(result.submission.priorities)
