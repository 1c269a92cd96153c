"""Correction forms: the questions that are asked again, filled in by hand, sent back and taken in."""

from __future__ import annotations

import csv
import io
import shutil
import tempfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest
from edits import Copy, pasted, places
from libreoffice import needs_office, typed
from rounds_in_memory import QUESTIONNAIRE, SMALL, returned, submission
from test_validators import ooxml_validator, openxml_audit

from impact_xl import api, results
from impact_xl.findings import Severity
from impact_xl.form import layout
from impact_xl.form import workbook as form
from impact_xl.form.layout import Reference, level_key
from impact_xl.form.workbook import Form
from impact_xl.mail.team_words import OF_QUESTIONS, OF_STATES
from impact_xl.returns.read_file import read_content
from impact_xl.returns.submission import Submission
from impact_xl.roster import Round, Team, TeamList
from impact_xl.round.answers import DecidedBy, State, Status, judge
from impact_xl.round.collation import Collation, collate

ALL = {question.id: 3 for question in QUESTIONNAIRE.questions}
WRONG = {
    "Q01": "You ticked “Starting” and “Spreading”. Which one do you mean?",
    "Q07": "No box is ticked. Which level do you choose?",
    "Q08": "",
}
LIST = TeamList((Team("t1", "Ash ward", "North"), Team("t2", "Elm clinic")))
IDENTITY = {"start.team": "Ash ward", "start.team-id": "t1", "start.group": "North"}
VARIANTS = [("native", False), ("native", True), ("list", False), ("list", True)]


def asks(tickbox: str = "native", *, not_applicable: bool = False, seen: Mapping[str, str] = WRONG) -> Form:
    round = Round("r1", not_applicable=not_applicable)
    return Form(QUESTIONNAIRE, tickbox, round, "t1", IDENTITY, corrects=seen)


def filled(of: Form, levels: Mapping[str, int], notes: Mapping[str, str] | None = None) -> Copy:
    """A correction form in which hands have ticked one box a question."""
    copy, at = Copy(form.build(of)), places(of)
    for question, level in levels.items():
        box = at[level_key(question, level)]
        copy.tick(*box) if of.tickbox == "native" else copy.type(*box, "☑")
    for question, note in (notes or {}).items():
        copy.type(*at[layout.note_key(question)], note)
    return copy


def full_form(path: Path, *, tickbox: str = "native", not_applicable: bool = False) -> Path:
    """The form of the team that a correction was asked for: Q01 ticked twice, Q07 and Q08 blank."""
    entries = {level_key(question, level): True for question, level in ALL.items() if question not in WRONG}
    entries |= {"Q01.L1": True, "Q01.L4": True, "Q07.note": "As it was.", "Q08.note": "Kept.", **IDENTITY}
    made = Form(QUESTIONNAIRE, tickbox, Round("r1", not_applicable=not_applicable), "t1", entries)
    return form.write(made, path)


def rules(collation: Collation) -> list[str]:
    return [each.rule.id for each in collation.to_fix if each.rule.id != "round-few-returns"]


# -- the form itself ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("tickbox", "not_applicable"), VARIANTS)
def test_it_holds_those_questions_alone_as_the_form_has_them(tickbox: str, not_applicable: bool):
    made = asks(tickbox, not_applicable=not_applicable)
    book = openpyxl.load_workbook(io.BytesIO(form.build(made)))
    assert book.sheetnames == ["Start", *(layout.component_sheet_name(QUESTIONNAIRE.components[at]) for at in (0, 1))]
    levels = [*range(1, 6), *([0] if not_applicable else [])]
    keys = [row[0].value for sheet in book.worksheets[1:] for row in sheet.iter_rows() if row[0].value]
    of_questions = [key for key in keys if layout.parse_key(key)]
    assert of_questions == [
        key
        for question in WRONG
        for key in (question, *(level_key(question, level) for level in levels), layout.note_key(question))
    ]
    for sheet in book:
        reference = Reference.parse(sheet.cell(sheet.max_row, 4).value)
        assert (reference.kind, reference.round, reference.team_id) == ("correction", "r1", "t1")
        assert sheet.protection.sheet
        assert not sheet.merged_cells.ranges
    texts = [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value]
    assert WRONG["Q01"] in texts
    assert texts.count("What we saw") == 2  # nothing was seen of Q08, so nothing is said
    assert "0 of 3 done" in openpyxl_values(made)


def openpyxl_values(made: Form) -> list[str]:
    book = openpyxl.load_workbook(io.BytesIO(form.build(made)), data_only=True)
    return [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row]


@pytest.mark.parametrize("tickbox", form.TICKBOXES)
def test_no_box_is_ticked_and_the_first_of_each_question_says_where_one_is(tickbox: str):
    book = openpyxl.load_workbook(io.BytesIO(form.build(asks(tickbox))))
    boxes = [sheet[cell].value for key, (name, cell) in places(asks(tickbox)).items() if ".L" in key
             for sheet in [book[name]]]  # fmt: skip
    assert set(boxes) == {False if tickbox == "native" else "☐"}
    messages = [each.promptTitle for sheet in book.worksheets[1:] for each in sheet.data_validations.dataValidation]
    assert [title for title in messages if title] == [f"Question {number}: Starting" for number in (1, 7, 8)]


@pytest.mark.parametrize("validator", [ooxml_validator, openxml_audit])
@pytest.mark.parametrize("tickbox", form.TICKBOXES)
def test_it_is_valid(tmp_path: Path, tickbox: str, validator: Callable[[Path, str], list[str]]):
    assert validator(form.write(asks(tickbox), tmp_path / "c.xlsx"), "Microsoft365") == []


def test_the_same_correction_gives_the_same_bytes():
    assert form.build(asks()) == form.build(asks())
    assert form.build(asks()) != form.build(asks(seen={"Q01": ""}))


@pytest.mark.parametrize("of", [asks(), asks("list", not_applicable=True)], ids=["native", "list-na"])
def test_one_that_nobody_filled_in_is_read_as_untouched(of: Form):
    read = read_content(form.build(of), "c.xlsx", QUESTIONNAIRE)
    [only] = read.submissions
    assert read.findings == ()
    assert only.untouched
    assert only.sheets_missing == ()
    assert [each.rule.id for each in judge(only, QUESTIONNAIRE).findings] == ["form-untouched"]


def test_another_questionnaire_has_corrections_too():
    first = SMALL.questions[0].id
    made = Form(SMALL, entries={**IDENTITY, level_key(first, 2): True}, corrects={first: "No box is ticked."})
    read = read_content(form.build(made), "c.xlsx", SMALL)
    [only] = read.submissions
    assert {question for question, marks in only.questions.items() if marks.ticked} == {first}


# -- there and back ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("tickbox", "not_applicable"), VARIANTS)
def test_there_and_back(tmp_path: Path, tickbox: str, not_applicable: bool):
    folder = tmp_path / "returns"
    full_form(folder / "Ash ward.xlsx", tickbox=tickbox, not_applicable=not_applicable)
    levels = {"Q01": 4, "Q07": 0 if not_applicable else 2}
    made = asks(tickbox, not_applicable=not_applicable)
    filled(made, levels, {"Q07": "We talked about it."}).save(folder / "correction.xlsx")
    collation = api.collate(folder, LIST, jobs=1)
    ash = collation.results[0]
    assert (ash.copies, ash.answered) == (2, 21)
    one, seven, eight, nine = (ash.answers[question] for question in ("Q01", "Q07", "Q08", "Q09"))
    assert (one.level, one.level_read, one.decided_by) == (4, None, DecidedBy.CORRECTION)
    assert one.state_read is State.MULTIPLE
    assert (one.where.file, one.where.cell) == ("correction.xlsx", places(made)["Q01.L4"][1])
    assert seven.state is (State.NOT_APPLICABLE if not_applicable else State.ANSWERED)
    assert seven.note == "We talked about it."
    assert (eight.state, eight.note) == (State.BLANK, "Kept.")
    assert nine.decided_by is DecidedBy.COPY
    assert rules(collation) == ["answer-blank", "answer-corrected", "answer-corrected"]
    assert all(each.used for each in collation.files)
    written = api.write(collation, tmp_path / "out.xlsx", csv=tmp_path / "csv")
    assert written
    rows = csv.DictReader((tmp_path / "csv" / "answers.csv").read_text(encoding="utf-8").splitlines())
    decided = {row["question"]: row["decided_by"] for row in rows}
    assert {question for question, by in decided.items() if by == "correction"} == {"Q01", "Q07"}


def test_from_the_command_line_it_stands_in_to_fix(tmp_path: Path, run):
    full_form(tmp_path / "in" / "Ash ward.xlsx")
    filled(asks(), {"Q01": 4, "Q07": 2, "Q08": 1}).save(tmp_path / "in" / "Correction - Ash ward.xlsx")
    done = run("collate", tmp_path / "in", "-o", tmp_path / "out.xlsx", "--strict")
    assert done.exit_code == 0, done.output
    book = openpyxl.load_workbook(tmp_path / "out.xlsx")
    messages = [row[3].value for row in book["To fix"].iter_rows(min_row=5) if row[9].value == "answer-corrected"]
    assert "Q01: a correction form says “Spreading”; the copy said more than one box ticked." in messages
    assert len(messages) == 3


@needs_office
@pytest.mark.parametrize("ending", ["xlsx", "ods", "xls"])
def test_filled_in_and_saved_by_libreoffice(tmp_path: Path, ending: str):
    made = asks()
    blank = form.write(made, tmp_path / "blank.xlsx")
    sheet, cell = places(made)["Q01.L4"]
    (tmp_path / "in").mkdir()
    typed(blank, tmp_path / "in" / f"correction.{ending}", {sheet: {cell: "1"}})
    full_form(tmp_path / "in" / "Ash ward.xlsx")
    collation = api.collate(tmp_path / "in", LIST, jobs=1)
    one = collation.results[0].answers["Q01"]
    assert (one.level, one.decided_by) == (4, DecidedBy.CORRECTION)
    assert collation.results[0].answered == 20


@pytest.mark.parametrize(
    "hands",
    [
        lambda copy, sheet: copy.rename(sheet, "Sheet1"),
        lambda copy, sheet: copy.insert_rows(sheet, 5, 3),
        lambda copy, sheet: copy.insert_columns(sheet, 2),
        lambda copy, _: copy.reverse(),
        lambda copy, _: copy.delete("2 People and culture"),
    ],
    ids=["renamed", "rows", "columns", "reversed", "sheet-gone"],
)
def test_what_hands_do_to_it_changes_nothing(tmp_path: Path, hands):
    copy = filled(asks(), {"Q01": 4})
    hands(copy, layout.component_sheet_name(QUESTIONNAIRE.components[0]))
    full_form(tmp_path / "Ash ward.xlsx")
    copy.save(tmp_path / "correction.xlsx")
    ash = api.collate(tmp_path, LIST, jobs=1).results[0]
    assert (ash.answers["Q01"].level, ash.answered) == (4, 20)


def without_references(copy: Copy) -> Copy:
    """Somebody deletes the last row of every sheet."""
    book = openpyxl.load_workbook(io.BytesIO(bytes_of(copy)))
    for sheet in book:
        copy.delete_row(sheet.title, sheet.max_row)
    return copy


def bytes_of(copy: Copy) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        return copy.save(Path(folder, "copy.xlsx")).read_bytes()


@pytest.mark.parametrize(
    "hands",
    [
        lambda copy: bytes_of(without_references(copy)),
        lambda copy: pasted(bytes_of(copy)),
        lambda copy: pasted(bytes_of(without_references(copy))),
        lambda copy: pasted(bytes_of(without_references(copy)), names=True),
        lambda copy: bytes_of(copy.delete("Start")),
    ],
    ids=["references deleted", "pasted", "pasted without references", "and with names", "without Start"],
)
def test_one_that_hardly_says_what_it_is_never_takes_the_place_of_the_form(tmp_path: Path, hands):
    full_form(tmp_path / "Ash ward.xlsx")
    (tmp_path / "correction.xlsx").write_bytes(hands(filled(asks(), {"Q01": 4})))
    ash = api.collate(tmp_path, LIST, jobs=1).results[0]
    assert (ash.answers["Q01"].level, ash.answers["Q01"].decided_by) == (4, DecidedBy.CORRECTION)
    assert (ash.answers["Q09"].level, ash.answered) == (3, 20)


@pytest.mark.parametrize("typed", [False, True], ids=["sent by another team", "their name typed in"])
def test_one_of_another_team_puts_nothing_right_here(tmp_path: Path, typed: bool):
    full_form(tmp_path / "Ash ward.xlsx")
    if typed:
        copy = filled(asks(), {"Q01": 4}).type(*places(asks())["start.other-team"], "Elm clinic")
    else:
        theirs = {"start.team": "Elm clinic", "start.team-id": "t2"}
        copy = filled(Form(QUESTIONNAIRE, round=Round("r1"), team_id="t2", entries=theirs, corrects=WRONG), {"Q01": 4})
    copy.save(tmp_path / "correction.xlsx")
    collation = api.collate(tmp_path, LIST, jobs=1)
    ash, elm = sorted(collation.results, key=lambda result: result.team.id)
    assert (ash.answers["Q01"].state, ash.answered) == (State.MULTIPLE, 19)
    assert (elm.answers["Q01"].level, elm.answered) == (4, 1)
    assert "form-correction-alone" in rules(collation)


# -- what stands beside what we saw ------------------------------------------------------------------


def told(
    cell: str, value: str | float, levels: Mapping[str, int] | None = None, *, q01: str = ""
) -> tuple[str, set[str]]:
    """How Q01 stands and what is told where somebody typed into a cell of the correction form's first sheet."""
    made = asks(seen={**WRONG, **({"Q01": q01} if q01 else {})})
    book = openpyxl.load_workbook(io.BytesIO(bytes_of(filled(made, levels or {}))))
    sheet = book[layout.component_sheet_name(QUESTIONNAIRE.components[0])]
    assert sheet["C6"].value == layout.SEEN
    sheet[cell].value = value
    out = io.BytesIO()
    book.save(out)
    [only] = read_content(out.getvalue(), "c.xlsx", QUESTIONNAIRE).submissions
    judged = judge(only, QUESTIONNAIRE)
    return judged.answers["Q01"].state, {f"{each.rule.id}: {each.message}" for each in judged.findings}


def is_told(findings: set[str], rule: str, *words: str) -> bool:
    return any(each.startswith(rule) and all(word in each for word in words) for each in findings)


@pytest.mark.parametrize("cell", ["A6", "B6", "C6", "D6", "E6", "F6"])
@pytest.mark.parametrize("text", ["Spreading", "Level 4", "“spreading”."])
def test_a_levels_name_in_the_row_of_what_we_saw_is_told_and_offered(cell: str, text: str):
    state, findings = told(cell, text)
    assert state is State.BLANK
    assert is_told(findings, "answer-blank: Q01", text, cell)
    assert not is_told(findings, "form-untouched")
    assert not is_told(findings, "", WRONG["Q01"][:20])
    state, findings = told(cell, text, {"Q01": 2})
    assert state is State.UNCLEAR
    assert is_told(findings, "answer-unclear: Q01", cell)


@pytest.mark.parametrize("cell", ["A6", "B6", "C6", "D6", "E6", "F6"])
@pytest.mark.parametrize("text", ["we mean level 4", "Sorry - we mean Spreading", "x", "see our e-mail", 4, 2.5])
@pytest.mark.parametrize("levels", [{}, {"Q01": 4, "Q07": 2}])
def test_whatever_else_is_typed_there_is_told(cell: str, text: str | float, levels: dict[str, int]):
    state, findings = told(cell, text, levels)
    assert state is (State.ANSWERED if levels else State.BLANK)
    assert is_told(findings, "form-extra-content", str(text), cell)
    assert not is_told(findings, "", WRONG["Q01"][:20])


@pytest.mark.parametrize(
    "text", [*(text.split("{")[-1] for text in OF_QUESTIONS.values()), *OF_STATES.values(), "word " * 50]
)
def test_what_we_saw_itself_is_nobodys_content(text: str):
    for levels in ({}, {"Q01": 4}):
        state, findings = told("D5", None, levels, q01=f"For {text}")
        assert state is (State.ANSWERED if levels else State.BLANK)
        assert not is_told(findings, "form-extra-content")


def test_everything_that_a_letter_says_of_a_question_asks_something():
    assert {text[-1] for text in (*OF_QUESTIONS.values(), *OF_STATES.values())} == {layout.ASKS[0]}


@pytest.mark.parametrize(("at", "by"), [(6, -1), (6, 1), (7, 1)])
def test_boxes_that_were_shifted_past_the_row_of_what_we_saw(at: int, by: int):
    sheet = layout.component_sheet_name(QUESTIONNAIRE.components[0])
    copy = filled(asks(), {"Q01": 4}).shift(sheet, "B", at, by)
    [only] = read_content(bytes_of(copy), "c.xlsx", QUESTIONNAIRE).submissions
    assert judge(only, QUESTIONNAIRE).answers["Q01"].state is State.MISSING


# -- which correction counts -------------------------------------------------------------------------


def of(*submissions: Submission) -> Collation:
    files = [returned(each, sha256=str(number)) for number, each in enumerate(submissions)]
    return collate(files, QUESTIONNAIRE, Round(teams=LIST))


def copy(day: int = 0, **more: object) -> Submission:
    moment = datetime(2026, 11, day, tzinfo=UTC) if day else None
    return submission("Ash ward", more.pop("answers", ALL), file=f"form {day}.xlsx", modified=moment, **more)


def correction(answers: dict[str, int | str], day: int = 0, *, file: str = "", **more: object) -> Submission:
    moment = datetime(2026, 11, day, tzinfo=UTC) if day else None
    made = submission(
        "Ash ward",
        answers,
        file=file or f"correction {day}.xlsx",
        reference=Reference("correction", QUESTIONNAIRE.id, QUESTIONNAIRE.version),
        modified=moment,
        **more,
    )
    carried = {question: marks for question, marks in made.questions.items() if question in answers}
    return Submission(**{**made.__dict__, "questions": carried})


class TestWhichCounts:
    def test_the_same_file_twice_is_counted_once(self, tmp_path: Path):
        full_form(tmp_path / "a.xlsx")
        filled(asks(), {"Q01": 4}).save(tmp_path / "c.xlsx")
        shutil.copy(tmp_path / "c.xlsx", tmp_path / "c (1).xlsx")
        collation = api.collate(tmp_path, LIST, jobs=1)
        assert rules(collation).count("answer-corrected") == 1
        assert rules(collation).count("file-duplicate") == 1
        assert collation.results[0].copies == 2

    def test_the_same_answers_twice_are_one_correction(self):
        collation = of(copy(1), correction({"Q01": 5}, 2), correction({"Q01": 5}, 3))
        [finding] = [each for each in collation.to_fix if each.rule.id == "answer-corrected"]
        assert finding.message == "Q01: a correction form says “Improving and sustaining”; the copy said “Progressing”."
        assert collation.results[0].answers["Q01"].level_read == 3
        assert all(each.used for each in collation.files)

    def test_of_two_that_differ_the_latest_counts_and_the_earlier_is_named(self):
        collation = of(copy(1), correction({"Q01": 5, "Q02": 2}, 9), correction({"Q01": 4}, 10))
        answers = collation.results[0].answers
        assert (answers["Q01"].level, answers["Q02"].level) == (4, 2)
        [finding] = [each for each in collation.to_fix if each.question == "Q01"]
        assert "the copy said “Progressing”, and an earlier correction form “Improving and" in finding.message

    def test_one_that_is_older_than_a_newer_copy_counts_with_a_warning(self):
        collation = of(copy(20), correction({"Q01": 5, "Q02": 3, "Q03": 4}, 5), copy(1, answers=ALL | {"Q03": "blank"}))
        assert collation.results[0].answers["Q01"].level == 5
        older = {each.question: each for each in collation.to_fix if each.rule.id == "answer-correction-older"}
        assert set(older) == {"Q01", "Q03"}  # of Q02 both say the same
        assert older["Q01"].severity is Severity.WARNING
        assert older["Q01"].mend.startswith("Check with Ash ward which is right.")

    def test_a_newer_copy_that_is_no_clearer_changes_nothing(self):
        collation = of(copy(20, answers=ALL | {"Q01": "multiple"}), correction({"Q01": 5}, 5))
        assert rules(collation) == ["answer-corrected"]
        assert collation.results[0].status is Status.COMPLETE

    def test_one_that_is_wrong_again_is_reported_with_its_own_cells(self):
        collation = of(copy(1, answers=ALL | {"Q01": "multiple"}), correction({"Q01": "multiple"}, 2))
        [finding] = [each for each in collation.to_fix if each.rule.id == "answer-multiple"]
        assert finding.where.file == "correction 2.xlsx"
        assert collation.results[0].status is Status.PARTIAL

    def test_one_that_is_unclear_never_undoes_an_answer(self):
        collation = of(copy(1), correction({"Q01": "unclear"}, 2))
        assert collation.results[0].answers["Q01"].level == 3
        assert rules(collation) == ["answer-unclear"]

    def test_one_that_came_back_empty_is_reported_until_a_filled_one_comes(self):
        empty, full = correction({"Q01": "blank"}, 5), correction({"Q01": 5}, 4)
        with_empty = of(copy(1, answers=ALL | {"Q01": "blank"}), empty)
        assert sorted(rules(with_empty)) == ["answer-blank", "form-untouched"]
        assert rules(of(copy(1, answers=ALL | {"Q01": "blank"}), empty, full)) == ["answer-corrected"]
        assert rules(of(copy(1), empty)) == []  # what it asked for has come in a whole form by now

    def test_a_note_alone_is_kept(self):
        noted = correction({"Q01": "blank"}, 5, notes={"Q01": "We cannot agree."})
        one = of(copy(1, answers=ALL | {"Q01": "blank"}), noted).results[0].answers["Q01"]
        assert (one.state, one.note) == (State.BLANK, "We cannot agree.")

    def test_a_note_is_found_in_the_file_that_it_came_from(self, tmp_path: Path):
        """The answer beside it may be of another file."""
        noted = copy(1, answers=ALL | {"Q02": "blank"}, notes={"Q02": "We wait."})
        corrected = correction({"Q01": "blank", "Q02": 4}, 5, notes={"Q01": "We cannot agree."})
        results.write(of(noted, corrected), tmp_path / "c.xlsx")
        sheet = openpyxl.load_workbook(tmp_path / "c.xlsx")["Comments"]
        rows = [[cell.value for cell in row] for row in sheet.iter_rows(max_col=8)]
        places = {row[1]: (row[4], row[6]) for row in rows if row[1] in ("Q01", "Q02")}
        assert places == {
            "Q01": ("We cannot agree.", "correction 5.xlsx"),
            "Q02": ("We wait.", noted.where.file),
        }


class TestWithoutTheForm:
    def test_its_answers_count_and_a_finding_asks_for_the_form(self):
        collation = of(correction({"Q01": 5, "Q02": 2}, 2))
        ash = collation.results[0]
        assert (ash.status, ash.answered) == (Status.PARTIAL, 2)
        assert ash.answers["Q01"].decided_by is DecidedBy.CORRECTION
        [finding] = [each for each in collation.to_fix if each.rule.id == "form-correction-alone"]
        assert finding.message.startswith("A correction form came, but no form that it could correct. 2 answers were")
        assert finding.mend == "Ask Ash ward for the whole form."
        assert rules(collation) == ["form-correction-alone"]

    def test_two_of_them_are_taken_together(self):
        ash = of(correction({"Q01": 5}, 2), correction({"Q02": 2}, 3)).results[0]
        assert (ash.answers["Q01"].level, ash.answers["Q02"].level, ash.answered) == (5, 2, 2)

    def test_an_empty_one_counts_for_nothing(self):
        collation = of(correction({"Q01": "blank"}, 2))
        assert collation.results[0].status is Status.UNUSABLE
        assert rules(collation) == ["form-untouched"]

    def test_beside_a_form_that_came_back_untouched(self):
        collation = of(copy(1, answers={}), correction({"Q01": 5}, 2))
        assert collation.results[0].answers["Q01"].level == 5
        assert rules(collation) == ["form-correction-alone", "form-untouched"]

    def test_where_copies_are_contested_it_waits(self):
        copies = [
            copy(day, answers=dict.fromkeys(ALL, day), team_id="t1", completed_by=who)
            for day, who in ((1, "Matron"), (2, "Lead"))
        ]
        collation = of(*copies, correction({"Q01": 5}, 3))
        assert collation.results[0].status is Status.UNUSABLE
        assert [each.used for each in collation.files] == [False] * 3
        assert rules(collation) == ["team-contested"]


def test_the_order_of_files_does_not_matter():
    some = [copy(1), copy(20), correction({"Q01": 5}, 5), correction({"Q01": 4, "Q02": 1}, 6)]
    assert of(*some).results == of(*reversed(some)).results
