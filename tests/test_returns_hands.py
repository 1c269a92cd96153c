"""Each case of the ledger comes out as it says; an unexpected success fails, too."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import ledger
import pytest
from hands import Copy, pasted
from hostile import saved
from ledger import FORM, LEDGER, SECOND, TRUTH, VARIANTS, Case, build, outcome
from made import ASKED

from impact_xl import form, layout
from impact_xl.answers import State, judge
from impact_xl.returns import engines
from impact_xl.returns.reading import read_content
from impact_xl.returns.submission import ReturnedFile

ANSWERED, BLANK = State.ANSWERED, State.BLANK


def read(content: bytes) -> ReturnedFile:
    return read_content(content, "form.xlsx", ASKED)


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("case", LEDGER, ids=lambda case: case.name)
def test_the_ledger(case: Case, variant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    form, places = VARIANTS[variant]
    monkeypatch.setattr(ledger, "PLACES", places)
    copy = Copy(form)
    case.change(copy)
    assert outcome(read(saved(copy))) == (case.rules, case.states)


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
