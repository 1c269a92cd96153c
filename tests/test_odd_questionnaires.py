"""A questionnaire with help lines, sections, no practice points and questions that always apply: asked and collated."""

from __future__ import annotations

from pathlib import Path

import pytest
from edits import Copy
from hostile import saved

from impact_xl import api
from impact_xl import questionnaire as questionnaires
from impact_xl.form import workbook as form
from impact_xl.form.layout import Kind, Sheet
from impact_xl.form.workbook import Form
from impact_xl.questionnaire import Questionnaire
from impact_xl.returns.read_file import read_content
from impact_xl.roster import Round
from impact_xl.round.answers import judge

HELP = "Think of the last ten rounds, on working days and at weekends."
ODD = f"""
id = "odd"
version = "1"
issued = 2026-01-01
title = "Ward rounds"
publisher = "Nobody"
source = "Made up"
licence = "None"
target = 2
levels = ["Low", "High"]
introduction = ["Hello."]

[[component]]
id = "C1"
title = "Before the round"
short = "Before"

[[component.question]]
id = "Q01"
section = "People"
help = "{HELP}"
title = "Is everybody there?"
short = "Everybody there"
statements = ["Hardly anybody is there.", "Everybody is there."]
not_applicable = false

[[component.question]]
id = "Q02"
section = "People"
title = "Do patients know?"
short = "Patients know"
statements = ["They hardly ever know.", "They always know."]

[[component.question]]
id = "Q03"
section = "Things"
title = "Is all at hand?"
short = "All at hand"
statements = ["Nothing is at hand.", "All of it is at hand."]
not_applicable = true

[[component]]
id = "C2"
title = "After the round"
short = "After"
in_practice = ["Write it down."]

[[component.question]]
id = "Q04"
title = "Is it written down?"
short = "Written"
statements = ["It is never written down.", "It is always written down."]
"""
TICKS = {"start.team": "Ash ward", "Q01.L2": True, "Q02.L1": True, "Q03.NA": True, "Q04.L2": True}


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Questionnaire:
    path = tmp_path_factory.mktemp("odd") / "odd.toml"
    path.write_text(ODD, encoding="utf-8")
    return questionnaires.load(path)


def lines(sheet: Sheet, *kinds: Kind) -> list[str]:
    return [line.key or line.text for line in sheet.lines if line.kind in kinds]


def rules(content: bytes, questionnaire: Questionnaire) -> list[str]:
    file = read_content(content, "Ash ward.xlsx", questionnaire)
    [submission] = file.submissions
    return [finding.rule.id for finding in (*file.findings, *judge(submission, questionnaire).findings)]


def test_help_sections_and_points_stand_on_the_form_where_there_are_any(odd: Questionnaire):
    _, before, after, _ = Form(odd).plan()
    assert lines(before, Kind.SECTION, Kind.QUESTION, Kind.HELP) == ["People", "Q01", HELP, "Q02", "Things", "Q03"]
    assert lines(before, Kind.POINT) == []
    assert lines(after, Kind.POINT) == ["Write it down."]


@pytest.mark.parametrize(("in_round", "expected"), [(False, ["Q03.NA"]), (True, ["Q02.NA", "Q03.NA"])])
def test_a_question_beats_the_round(odd: Questionnaire, in_round: bool, expected: list[str]):
    _, before, _, _ = Form(odd, round=Round(not_applicable=in_round)).plan()
    assert lines(before, Kind.NOT_APPLICABLE) == expected


def test_a_correction_form_helps_as_well(odd: Questionnaire):
    _, before = Form(odd, corrects={"Q01": "Two are ticked."}).plan()
    assert lines(before, Kind.QUESTION, Kind.HELP) == ["Q01", HELP]


@pytest.mark.parametrize("wanted", [{}, {"tickbox": "list"}, {"round": Round(not_applicable=True)}, {"paper": True}])
def test_a_filled_copy_is_read_without_a_word(odd: Questionnaire, wanted: dict):
    assert rules(form.build(Form(odd, entries=TICKS, **wanted)), odd) == []


def test_moved_rows_are_still_found(odd: Questionnaire):
    copy = Copy(form.build(Form(odd, entries=TICKS)))
    assert rules(saved(copy.insert_rows("1 Before", 12, 2)), odd) == ["form-moved"]


def test_a_round_of_it(odd: Questionnaire, tmp_path: Path):
    form.write(Form(odd, entries=TICKS), tmp_path / "in" / "ash.xlsx")
    collation = api.collate(tmp_path / "in", questionnaire=odd)
    [ash] = collation.results
    assert {question: answer.state.value for question, answer in ash.answers.items()} == {
        "Q01": "answered",
        "Q02": "answered",
        "Q03": "not_applicable",
        "Q04": "answered",
    }
    assert api.write(collation, tmp_path / "out.xlsx")


# -- other words for the same questionnaire ------------------------------------------------------------


def test_an_overlay_stands_in_the_version_and_changes_nothing_else(odd: Questionnaire, tmp_path: Path):
    made = Form(odd, entries=TICKS, overlay="wards")
    parts = str(made.reference("C1")).split("|")
    assert (len(parts), parts[3]) == (8, "1+wards")
    content = form.build(made)
    assert rules(content, odd) == []
    [submission] = read_content(content, "Ash ward.xlsx", odd).submissions
    reference = submission.reference
    assert (reference.version, reference.version_alone, reference.overlay) == ("1+wards", "1", "wards")

    form.write(made, tmp_path / "in" / "ash.xlsx")
    form.write(Form(odd, entries={**TICKS, "start.team": "Birch"}), tmp_path / "in" / "birch.xlsx")
    collation = api.collate(tmp_path / "in", questionnaire=odd)
    assert {row[9] for row in collation.rows("returns")} == {"1+wards", "1"}
    assert {result.status.value for result in collation.results} == {"complete"}


def test_an_overlay_of_another_version_is_another_version(odd: Questionnaire):
    copy = Copy(form.build(Form(odd, entries=TICKS, overlay="wards")))
    shared = "xl/sharedStrings.xml"
    copy.parts[shared] = copy.parts[shared].replace(b"|1+wards|", b"|2+wards|")
    assert rules(saved(copy), odd) == ["form-other-version"]
