"""A questionnaire with help lines, sections, no practice points and questions that always apply: asked and collated."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from edits import Copy
from hostile import saved

from impact_xl import api
from impact_xl import questionnaire as questionnaires
from impact_xl.form import workbook as form
from impact_xl.form.layout import Kind, Sheet
from impact_xl.form.workbook import Form
from impact_xl.questionnaire import Questionnaire
from impact_xl.results import stored_round
from impact_xl.returns.read_file import read_content
from impact_xl.roster import Round
from impact_xl.roster.instrument import instrument
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


# -- other words for the same questionnaire, and a part of it -------------------------------------------

WARDS = """
id = "wards"
of = "odd"
version = "1"
for = "wards"
by = "the improvement team"

[component.C2]
in_practice = ["Write it on the board."]

[question.Q01]
title = "Is your whole ward there?"
section = "Your people"
help = "Think of last week."
statements = { 2 = "All of the ward is there." }
"""


@pytest.fixture(scope="module")
def both(odd: Questionnaire, tmp_path_factory: pytest.TempPathFactory) -> Questionnaire:
    """The questionnaire as a round has it that words it for wards, too."""
    folder = tmp_path_factory.mktemp("round")
    (folder / "wards.toml").write_text(WARDS, encoding="utf-8")
    return instrument(Round(overlay="wards.toml"), odd, folder)


def test_an_overlay_is_on_the_form_and_in_its_reference(both: Questionnaire):
    [wards] = both.overlays
    made = Form(wards, entries=TICKS)
    start, before, after, _ = made.plan()
    assert lines(before, Kind.SECTION, Kind.HELP) == ["Your people", "Think of last week.", "Things"]
    assert "All of the ward is there." in [line.text for line in before.lines]
    assert lines(after, Kind.POINT) == ["Write it on the board."]
    said = [line.text for line in start.lines if line.label == "Other words"]
    assert said == ["Some texts are worded for wards by the improvement team. The original: Made up"]
    parts = str(made.reference("C1")).split("|")
    assert (len(parts), parts[3], parts[4]) == (8, "1+wards", wards.fingerprint)
    assert wards.fingerprint != both.fingerprint


@pytest.mark.parametrize("wanted", [{}, {"tickbox": "list"}, {"round": Round(not_applicable=True)}, {"paper": True}])
def test_a_copy_in_other_words_is_read_without_a_word(both: Questionnaire, wanted: dict):
    content = form.build(Form(both.overlays[0], entries=TICKS, **wanted))
    assert rules(content, both) == []
    [submission] = read_content(content, "Ash ward.xlsx", both).submissions
    reference = submission.reference
    assert (reference.version, reference.version_alone, reference.overlay) == ("1+wards", "1", "wards")


def test_a_statement_is_known_in_either_wording_where_its_key_and_reference_are_gone(both: Questionnaire):
    for made in (both, both.overlays[0]):
        copy = Copy(form.build(Form(made, entries=TICKS)))
        copy.delete_column("1 Before", "A")
        file = read_content(saved(copy), "Ash ward.xlsx", both)
        [submission] = file.submissions
        assert [mark.level for mark in submission.questions["Q01"].ticked] == [2]


def test_a_copy_in_words_that_the_round_does_not_have_is_told(odd: Questionnaire, both: Questionnaire):
    content = form.build(Form(both.overlays[0], entries=TICKS))
    assert "form-other-version" in rules(content, odd)
    copy = Copy(content)
    shared = "xl/sharedStrings.xml"
    copy.parts[shared] = copy.parts[shared].replace(b"|1+wards|", b"|2+wards|")
    assert "form-other-version" in rules(saved(copy), both)


def test_answers_in_two_wordings_count_together_and_it_is_said(both: Questionnaire, tmp_path: Path):
    wards = both.overlays[0]
    form.write(Form(wards, entries=TICKS), tmp_path / "in" / "ash.xlsx")
    form.write(
        Form(both, entries={**TICKS, "start.team": "Birch", "Q01.L2": False, "Q01.L1": True}),
        tmp_path / "in" / "b.xlsx",
    )
    collation = api.collate(tmp_path / "in", questionnaire=both)
    assert {row[9] for row in collation.rows("returns")} == {"1+wards", "1"}
    assert {result.status.value for result in collation.results} == {"complete"}
    assert collation.tallies()["Q01"].distribution.counts == (1, 1)
    api.write(collation, tmp_path / "out.xlsx")
    book = openpyxl.load_workbook(tmp_path / "out.xlsx", data_only=True)
    heads, *rows = [list(row) for row in book["Teams"].iter_rows(min_row=4, max_row=6, values_only=True)]
    assert [row[heads.index("Wording")] for row in rows] == ["wards", "original"]
    about = [[cell for cell in row if cell is not None] for row in book["About"].iter_rows(values_only=True)]
    assert ["wards", "For wards", "the improvement team", 1] in about
    assert ["wards: Q01, High", "All of the ward is there.", "Original: Everybody is there."] in about


def test_a_part_of_the_questions_keeps_ids_numbers_and_fingerprint(odd: Questionnaire, tmp_path: Path):
    part = odd.only(("Q02", "Q04"))
    assert [(each.id, each.number) for each in part.questions] == [("Q02", 2), ("Q04", 4)]
    assert part.fingerprint == odd.fingerprint
    assert part.only(()) is odd
    assert odd.only(odd.by_id) is odd
    start, before, *_ = Form(part).plan()
    assert start.lines[1].text.startswith("2 of the 4 questions, with the numbers they have there, on 2 sheets")
    assert lines(before, Kind.QUESTION) == ["Q02"]
    content = form.build(Form(part, entries=TICKS))
    assert rules(content, part) == []
    form.write(Form(part, entries=TICKS), tmp_path / "in" / "ash.xlsx")
    collation = api.collate(tmp_path / "in", questionnaire=part)
    assert [result.status.value for result in collation.results] == ["complete"]
    api.write(collation, tmp_path / "out.xlsx")
    assert list(stored_round.read(tmp_path / "out.xlsx", [odd]).results[0].answers) == ["Q02", "Q04"]


def test_a_whole_form_counts_in_a_round_that_asks_a_part(odd: Questionnaire):
    part = odd.only(("Q02", "Q04"))
    content = form.build(Form(odd, entries=TICKS))
    assert rules(content, part) == ["form-more-questions"]
    [submission] = read_content(content, "Ash ward.xlsx", part).submissions
    assert list(submission.questions) == ["Q02", "Q04"]


def test_a_part_in_other_words(both: Questionnaire):
    part = both.only(("Q01",))
    content = form.build(Form(part.overlays[0], entries=TICKS))
    assert rules(content, part) == []
    assert rules(form.build(Form(both.overlays[0], entries=TICKS)), part) == ["form-more-questions"]
