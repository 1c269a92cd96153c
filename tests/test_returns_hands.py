"""Each case of the ledger comes out as it says; an unexpected success fails, too."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import ledger
import pytest
import survival
from hands import Copy, pasted, places
from hostile import saved
from ledger import FIRST, FORM, IN_FIRST, LEDGER, SECOND, TRUTH, VARIANTS, Case, build, outcome
from made import ASKED

from impact_xl import api, form, layout
from impact_xl.answers import State, judge
from impact_xl.findings import Severity
from impact_xl.returns import engines
from impact_xl.returns.reading import read_content
from impact_xl.returns.submission import ReturnedFile

ANSWERED, BLANK = State.ANSWERED, State.BLANK


def read(content: bytes) -> ReturnedFile:
    return read_content(content, "form.xlsx", ASKED)


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("case", LEDGER, ids=lambda case: case.name)
def test_the_ledger(case: Case, variant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    content, places = VARIANTS[variant]
    monkeypatch.setattr(ledger, "PLACES", places)
    copy = Copy(content)
    case.change(copy)
    assert outcome(read(saved(copy))) == (case.rules, case.states)


@pytest.mark.parametrize("variant", VARIANTS)
def test_what_survives_of_the_ledger(
    variant: str, monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config
) -> None:
    content, places = VARIANTS[variant]
    monkeypatch.setattr(ledger, "PLACES", places)
    states = {}
    for case in LEDGER:
        copy = Copy(content)
        case.change(copy)
        states[case.name] = outcome(read(saved(copy)))[1]
    row = ledger.survival(f"hands alone, {variant}", states)
    survival.check(row, renew=pytestconfig.getoption("renew"))


def test_the_ledgers_names_are_its_own() -> None:
    assert len({case.name for case in LEDGER}) == len(LEDGER)


@pytest.mark.parametrize("names", [True, False])
def test_values_pasted_into_a_new_workbook(names: bool) -> None:
    assert outcome(read(pasted(FORM, names=names))) == (set() if names else {"form-moved"}, {})


def test_returned_untouched() -> None:
    rules, states = outcome(read(form.build(form.Form(ASKED))))
    assert rules == {"form-untouched"}
    assert set(states.values()) == {BLANK}


def test_sheets_of_two_teams_mixed_in_one_file(tmp_path: Path) -> None:
    """Each sheet's reference says whose it is, and a finding says that they were mixed."""
    copy = Copy(build(team="One", team_id="t1"))
    grid = next(grid for grid in engines.read(FORM).grids if grid.name == SECOND)
    (place,) = (place for place, value in grid.cells.items() if str(value).startswith(layout.REFERENCE_MARK + "|"))
    theirs = form.Form(ASKED, team_id="t2").reference(ASKED.components[1].id)
    copy.type(SECOND, layout.a1(*place), str(theirs))
    file = read(copy.save(tmp_path / "form.xlsx").read_bytes())
    assert [finding.rule.id for finding in file.findings] == ["form-mixed"]
    first, second = (judge(submission, ASKED) for submission in file.submissions)
    assert (first.submission.team, second.submission.reference.team_id) == ("One", "t2")
    in_second = {question.id for question in ASKED.components[1].questions}
    for judged, own in ((first, set(TRUTH) - in_second), (second, in_second)):
        assert {q for q, answer in judged.answers.items() if answer.state is ANSWERED} == own
        assert all(judged.answers[question].level == TRUTH[question] for question in own)
        assert "form-sheet-missing" in {finding.rule.id for finding in judged.findings}


def referred(**changes: str) -> bytes:
    """The form with another reference in the last row of every sheet."""
    own = form.Form(ASKED).reference("")
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


# -- correction forms -------------------------------------------------------------------------------

ASKED_AGAIN = [question.id for component in ASKED.components[:2] for question in component.questions]
CORRECTION = form.Form(
    ASKED,
    corrects=dict.fromkeys(ASKED_AGAIN, "more than one box was ticked"),
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
        lambda copy: copy.type(FIRST, at("Q01", "D"), ASKED.by_id["Q09"].statement(2)),
        {"Q01"},
    ),
}


@pytest.mark.parametrize("name", CORRECTED)
def test_a_correction_form_in_peoples_hands(name: str, tmp_path: Path) -> None:
    change, lost = CORRECTED[name]
    copy, correction = Copy(FORM), Copy(form.build(CORRECTION))
    for question in ASKED_AGAIN:
        sheet, cell = ledger.PLACES[layout.level_key(question, ledger.other(question))]
        copy.tick(sheet, cell)
    copy.save(tmp_path / "form.xlsx")
    change(correction)
    correction.save(tmp_path / "correction.xlsx")
    collation = api.collate(tmp_path)
    (result,) = collation.results
    told = {finding.question for finding in collation.to_fix if finding.rule.severity is Severity.ERROR}
    for question, answer in result.answers.items():
        if question in lost:
            assert answer.state is State.MULTIPLE
            assert question in told
        else:
            assert (answer.level, question in told) == (TRUTH[question], False)
