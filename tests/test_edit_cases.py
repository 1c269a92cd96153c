"""Each case of the ledger comes out as it says; an unexpected success fails, too."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from itertools import permutations
from pathlib import Path

import edit_cases
import pytest
import survival_counts
from edit_cases import FIRST, FORM, IN_FIRST, LEDGER, SECOND, TRUTH, VARIANTS, Case, build, outcome
from edits import Copy, pasted, places
from hostile import saved
from rounds_in_memory import QUESTIONNAIRE

from impact_xl import api
from impact_xl.findings import Severity
from impact_xl.form import layout
from impact_xl.form import workbook as form
from impact_xl.form.layout import Action
from impact_xl.returns.formats import xlsx
from impact_xl.returns.read_file import read_content
from impact_xl.returns.submission import ReturnedFile
from impact_xl.roster import Round
from impact_xl.round.answers import State, judge
from impact_xl.xlsx.a1 import a1

PLACES_OF_FORM = edit_cases.PLACES
ANSWERED, BLANK = State.ANSWERED, State.BLANK


def read(content: bytes) -> ReturnedFile:
    return read_content(content, "form.xlsx", QUESTIONNAIRE)


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("case", LEDGER, ids=lambda case: case.name)
def test_the_ledger(case: Case, variant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    content, places = VARIANTS[variant]
    monkeypatch.setattr(edit_cases, "PLACES", places)
    copy = Copy(content)
    case.change(copy)
    assert outcome(read(saved(copy))) == (case.rules, case.states)


@pytest.mark.parametrize("variant", VARIANTS)
def test_what_survives_of_the_ledger(
    variant: str, monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config
) -> None:
    content, places = VARIANTS[variant]
    monkeypatch.setattr(edit_cases, "PLACES", places)
    states = {}
    for case in LEDGER:
        copy = Copy(content)
        case.change(copy)
        states[case.name] = outcome(read(saved(copy)))[1]
    row = edit_cases.survival(f"hands alone, {variant}", states)
    survival_counts.check(row, renew=pytestconfig.getoption("renew"))


@pytest.mark.parametrize("variant", VARIANTS)
def test_one_file_has_one_reading(variant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole ledger in one process, from its first case to its last and back, with the fast path and without it."""
    content, places = VARIANTS[variant]
    monkeypatch.setattr(edit_cases, "PLACES", places)
    copies = {}
    for case in LEDGER:
        copy = Copy(content)
        case.change(copy)
        copies[case.name] = saved(copy)
    forwards = {name: read(each) for name, each in copies.items()}
    for order, fast in ((reversed, True), (list, False), (reversed, False)):
        for name in order(list(copies)):
            again = read_content(copies[name], "form.xlsx", QUESTIONNAIRE, fast=fast)
            assert again == forwards[name], (name, order, fast)


def test_what_a_copy_says_is_its_own() -> None:
    """A box ticked and an x beside it; the x alone; and an x beside the box of another level than the ticked one."""
    question = "Q22"
    sheet, cell = PLACES_OF_FORM[layout.level_key(question, TRUTH[question])]
    aside = f"F{cell.lstrip('B')}"
    elsewhere = PLACES_OF_FORM[layout.level_key(question, edit_cases.other(question))][1]
    copies = [
        saved(Copy(FORM).write(sheet, aside, "x")),
        saved(Copy(FORM).tick(sheet, cell, ticked=False).write(sheet, aside, "x")),
        saved(Copy(FORM).tick(sheet, cell, ticked=False).tick(sheet, elsewhere).write(sheet, aside, "x")),
    ]
    readings = [{copy: read(copy) for copy in order} for order in permutations(copies)]
    assert all(reading == readings[0] for reading in readings)
    (first, second, third) = (judge(readings[0][copy].submissions[0], QUESTIONNAIRE) for copy in copies)
    assert (first.answers[question].level, first.findings) == (TRUTH[question], ())
    assert second.answers[question].level == TRUTH[question]
    for judged in (second, third):
        assert [finding.rule.id for finding in judged.findings] == ["answer-beside-box"]


# What moves everything on a sheet together, so that it changes nothing that was done before.
MOVES = (
    *("ref column deleted", "ref columns deleted on every sheet", "sheets reordered", "sheet renamed"),
    *("rows inserted", "rows inserted at the top", "row inserted in the header", "header row deleted"),
    *("box header retyped", "columns inserted", "column inserted beside the references"),
    *("boxes moved with their header", "rows sorted"),
)
# Where two hands together hide from a reader what each alone would not, and what comes of it: the name of the case that
# is moved, and what it is moved by. Merged cells and what is drawn stay where they were here, as nothing moves them.
# Without references a statement has to stand there whole, and where the references were wrong their loss heals.
_WITHOUT = {"statement deleted", "wording edited", "only level names sorted", "x before the statement", "boxes deleted"}
_WITHOUT |= {"statement of another question pasted over", "references filled down", "only columns BCD sorted"}
TOGETHER = {
    "ref column deleted": _WITHOUT,
    "ref columns deleted on every sheet": _WITHOUT,
    "boxes moved with their header": {"boxes deleted"},
    "column inserted beside the references": {"boxes deleted"},
}
# Hidden columns stay hidden where the columns beside them move into their place.
for move in ("ref column deleted", "ref columns deleted on every sheet"):
    TOGETHER[move] = TOGETHER[move] | {"ref column hidden"}
# Names and statements sorted together, past the ticks, and then the references deleted: nothing tells any more that the
# ticks stood elsewhere.
HOPELESS = {
    ("only columns CD sorted", "ref column deleted"),
    ("only columns CD sorted", "ref columns deleted on every sheet"),
}


@pytest.mark.parametrize("move", MOVES)
def test_two_hands_one_after_the_other(move: str) -> None:
    """What comes of each case when everything is moved afterwards: the same, or less with a word."""
    by_name = {case.name: case for case in LEDGER}
    other = {}
    for case in LEDGER:
        stays = "merged" in case.name or "circle" in case.name
        if case.name in MOVES or stays or (case.name, move) in HOPELESS:
            continue
        copy = Copy(FORM)
        case.change(copy)
        try:
            by_name[move].change(copy)
        except AssertionError:  # such as a sheet that is no longer there
            continue
        _, states = outcome(read(saved(copy)))
        if states != case.states:
            other[case.name] = states
    assert other.keys() == TOGETHER.get(move, set()), other


def test_the_ledgers_names_are_its_own() -> None:
    assert len({case.name for case in LEDGER}) == len(LEDGER)


@pytest.mark.parametrize("names", [True, False])
def test_values_pasted_into_a_new_workbook(names: bool) -> None:
    assert outcome(read(pasted(FORM, names=names))) == (set() if names else {"form-moved"}, {})


def test_returned_untouched() -> None:
    rules, states = outcome(read(form.build(form.Form(QUESTIONNAIRE))))
    assert rules == {"form-untouched"}
    assert set(states.values()) == {BLANK}


def test_sheets_of_two_teams_mixed_in_one_file(tmp_path: Path) -> None:
    """Each sheet's reference says whose it is, and a finding says that they were mixed."""
    copy = Copy(build(team="One", team_id="t1"))
    grid = next(grid for grid in xlsx.read(FORM).grids if grid.name == SECOND)
    (place,) = (place for place, value in grid.cells.items() if str(value).startswith(layout.REFERENCE_MARK + "|"))
    theirs = form.Form(QUESTIONNAIRE, team_id="t2").reference(QUESTIONNAIRE.components[1].id)
    copy.type(SECOND, a1(*place), str(theirs))
    file = read(copy.save(tmp_path / "form.xlsx").read_bytes())
    assert [finding.rule.id for finding in file.findings] == ["form-mixed"]
    first, second = (judge(submission, QUESTIONNAIRE) for submission in file.submissions)
    assert (first.submission.team, second.submission.reference.team_id) == ("One", "t2")
    in_second = {question.id for question in QUESTIONNAIRE.components[1].questions}
    for judged, own in ((first, set(TRUTH) - in_second), (second, in_second)):
        assert {q for q, answer in judged.answers.items() if answer.state is ANSWERED} == own
        assert all(judged.answers[question].level == TRUTH[question] for question in own)
        assert "form-sheet-missing" in {finding.rule.id for finding in judged.findings}


def referred(**changes: str) -> bytes:
    """The form with another reference in the last row of every sheet."""
    own = form.Form(QUESTIONNAIRE).reference("")
    copy = Copy(FORM)
    strings = "xl/sharedStrings.xml"
    old, new = (f"|{each.questionnaire}|{each.version}|".encode() for each in (own, replace(own, **changes)))
    assert old in copy.parts[strings]
    copy.parts[strings] = copy.parts[strings].replace(old, new)
    return saved(copy)


def test_a_form_of_another_version_is_counted_where_its_statements_stand() -> None:
    assert outcome(read(referred(version="0.1"))) == ({"form-other-version"}, {})


def test_a_form_of_another_questionnaire_is_not_counted() -> None:
    file = read(referred(questionnaire="staff-survey"))
    assert [finding.rule.id for finding in file.findings] == ["form-other-questionnaire"]
    assert file.submissions == ()


@pytest.mark.parametrize("tickbox", form.TICKBOXES)
@pytest.mark.parametrize(
    "corrects", [{}, {"Q01": "Which one do you mean?", "Q09": "Which level?"}], ids=["form", "correction"]
)
def test_a_form_with_everything_in_it_is_read_without_a_word(tickbox: str, corrects: dict[str, str]) -> None:
    """What differs from round to round, and what teams write where they are asked to, is nobody's stray text."""
    round = Round(
        id="r1",
        title="Autumn 2026",
        about="the organisation as we see it",
        deadline=date(2026, 11, 30),
        contact="improvement@trust.example",
        not_applicable=True,
    )
    texts = {key: f"Something about {key}, in a line that is not short." for key in PLACES_AGAIN if ".L" not in key}
    ticks = {layout.level_key(question, level): True for question, level in TRUTH.items()}
    made = form.Form(
        QUESTIONNAIRE,
        tickbox,
        round,
        "t7",
        entries={**ticks, **texts, "start.other-team": ""},
        corrects=corrects,
        last=() if corrects else ["Q01.L2"],
        last_priorities=() if corrects else [Action("Huddles on every ward, each morning")],
    )
    file = read(form.build(made))
    judged = judge(file.submissions[0], QUESTIONNAIRE)
    assert [finding.rule.id for finding in (*file.findings, *judged.findings)] == []
    answers = corrects or TRUTH
    assert {question: judged.answers[question].level for question in answers} == {q: TRUTH[q] for q in answers}


# -- correction forms -------------------------------------------------------------------------------

ASKED_AGAIN = [question.id for component in QUESTIONNAIRE.components[:2] for question in component.questions]
CORRECTION = form.Form(
    QUESTIONNAIRE,
    corrects=dict.fromkeys(ASKED_AGAIN, "more than one box was ticked. Which one do you mean?"),
    entries={**{layout.level_key(question, TRUTH[question]): True for question in ASKED_AGAIN}, "start.team": "Ward 7"},
)
PLACES_AGAIN = places(CORRECTION)


def without_references(copy: Copy) -> Copy:
    """The last row of every sheet deleted; the properties of the document still say what it is."""
    for name in copy.names:
        rows = re.findall(r'<row r="(\d+)"', copy.parts[copy._part(name)].decode())
        copy.delete_row(name, int(rows[-1]))
    return copy


def without_properties(copy: Copy) -> Copy:
    del copy.parts["docProps/custom.xml"]
    return without_references(copy)


def at(question: str, column: str) -> str:
    return column + PLACES_AGAIN[layout.level_key(question, TRUTH[question])][1].lstrip("B")


# What was done to the correction form, and the questions that it no longer answers: those stay as the copy had them.
CORRECTED: dict[str, tuple[Callable[[Copy], object], set[str]]] = {
    "as sent back": (lambda copy: copy, set()),
    "sheet renamed": (lambda copy: copy.rename(FIRST, "x"), set()),
    "rows inserted": (lambda copy: copy.insert_rows(FIRST, 5, 2), set()),
    "columns inserted": (lambda copy: copy.insert_columns(FIRST, 2), set()),
    "ref column deleted": (lambda copy: copy.delete_column(FIRST, "A"), set()),
    "references deleted": (without_references, set()),
    "references and properties gone": (without_properties, set()),
    "sheet deleted": (lambda copy: copy.delete(FIRST), set(IN_FIRST)),
    "x over the level's name": (
        lambda copy: copy.tick(FIRST, at("Q01", "B"), ticked=False).type(FIRST, at("Q01", "C"), "x"),
        set(),
    ),
    "tick cleared": (lambda copy: copy.clear(FIRST, at("Q01", "B")), {"Q01"}),
    "an error in a box": (lambda copy: copy.set(FIRST, at("Q01", "B"), "<v>#REF!</v>", "e"), {"Q01"}),
    "a row deleted": (lambda copy: copy.delete_row(FIRST, int(at("Q01", ""))), {"Q01"}),
    "another statement pasted over": (
        lambda copy: copy.type(FIRST, at("Q01", "D"), QUESTIONNAIRE.by_id["Q09"].statement(2)),
        {"Q01"},
    ),
}


@pytest.mark.parametrize("name", CORRECTED)
def test_a_correction_form_in_peoples_hands(name: str, tmp_path: Path) -> None:
    change, lost = CORRECTED[name]
    copy, correction = Copy(FORM), Copy(form.build(CORRECTION))
    for question in ASKED_AGAIN:
        sheet, cell = edit_cases.PLACES[layout.level_key(question, edit_cases.other(question))]
        copy.tick(sheet, cell)
    copy.save(tmp_path / "form.xlsx")
    change(correction)
    correction.save(tmp_path / "correction.xlsx")
    collation = api.collate(tmp_path)
    (result,) = collation.results
    with_error = {finding.question for finding in collation.to_fix if finding.rule.severity is Severity.ERROR}
    for question, answer in result.answers.items():
        if question in lost:
            assert answer.state is State.MULTIPLE
            assert question in with_error
        else:
            assert (answer.level, question in with_error) == (TRUTH[question], False)
