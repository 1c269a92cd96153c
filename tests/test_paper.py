"""The form on paper: printed whole, ticked by pen, and read like any other where somebody types into it."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from click.testing import Result
from edits import Copy, places
from hostile import saved
from libreoffice import convert_all, needs_printing, printed_pages
from rounds_in_memory import QUESTIONNAIRE, SMALL

from impact_xl import api
from impact_xl.findings import ImpactError
from impact_xl.form import layout
from impact_xl.form import workbook as form
from impact_xl.form.layout import Kind
from impact_xl.form.workbook import Form
from impact_xl.returns.read_file import read_content
from impact_xl.roster import Round
from impact_xl.round.answers import judge

Run = Callable[..., Result]
ROUND = Round("autumn", "Autumn 2026", deadline=date(2026, 11, 30), contact="us@trust.example", not_applicable=True)
FORMS = {
    "plain": Form(QUESTIONNAIRE, paper=True),
    "of a round": Form(QUESTIONNAIRE, round=ROUND, paper=True),
    "small": Form(SMALL, paper=True),
}


def texts(content: bytes) -> list[str]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    return [cell.value for sheet in book for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)]


# -- what stands on it --------------------------------------------------------------------------------


def test_it_asks_what_the_form_asks_word_for_word():
    paper, screen = texts(form.build(Form(QUESTIONNAIRE, paper=True))), set(texts(form.build(Form(QUESTIONNAIRE))))
    statements = [text for question in QUESTIONNAIRE.questions for text in question.statements]
    assert [text for text in paper if text in set(statements)] == statements
    assert all(text in paper for text in QUESTIONNAIRE.introduction)
    keys = {line.key for sheet in Form(QUESTIONNAIRE, paper=True).plan() for line in sheet.lines if line.question}
    assert keys - {""} <= screen


def test_it_says_where_to_hand_it_in_or_leaves_room_to_write_it():
    assert "Please hand this form in by 30 Nov 2026 to us@trust.example." in texts(form.build(FORMS["of a round"]))
    assert any("hand this form in by ____" in text for text in texts(form.build(FORMS["plain"])))
    assert any(QUESTIONNAIRE.rule in text for text in texts(form.build(FORMS["plain"])))


def test_nothing_on_it_is_for_the_screen_only():
    content = form.build(FORMS["plain"])
    book = openpyxl.load_workbook(io.BytesIO(content))
    for sheet in book:
        assert not sheet.data_validations.dataValidation
        assert not sheet.conditional_formatting
        assert not [cell for row in sheet.iter_rows() for cell in row if str(cell.value).startswith("=")]
    boxes = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value == layout.BOX]
    assert len(boxes) == 110
    assert {cell.font.size for cell in boxes} == {22}
    assert not re.search("click|workbook|Excel|[Ss]ave", " ".join(texts(content)))


def test_each_question_has_lines_to_write_on():
    for sheet in FORMS["plain"].plan()[1:6]:
        questions = [line.question for line in sheet.lines if line.kind is Kind.QUESTION]
        rules = [line.question for line in sheet.lines if line.kind is Kind.RULE]
        assert rules == [question for question in questions for _ in range(2)]


# -- how it prints -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """For each form the text of every page."""
    folder = tmp_path_factory.mktemp("printed")
    made = [form.write(each, folder / f"{name}.xlsx") for name, each in FORMS.items()]
    convert_all(made, folder, "pdf")
    return {name: printed_pages(folder / f"{name}.pdf") for name in FORMS}


def words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text))


@needs_printing
@pytest.mark.parametrize("name", FORMS)
def test_no_question_is_cut_and_no_text_is_lost(name: str, printed: dict[str, list[str]]):
    pages = [" ".join(page.split()) for page in printed[name]]
    made = FORMS[name]
    for question in made.questionnaire.questions:
        [page] = [page for page in pages if f"{question.id}.note" in page]
        assert f"{question.number}. {question.title}" in page
        for statement in question.statements:
            assert words(statement) <= words(page)
        assert page.count(f"{question.id}.L") == len(question.statements)
    assert all("Team: ____" in page for page in pages)
    assert all(words(text) <= words(" ".join(pages)) for text in made.questionnaire.introduction)


@needs_printing
def test_two_questions_share_a_page_where_they_can(printed: dict[str, list[str]]):
    assert len(printed["plain"]) <= 20


# -- where it comes back as a file ---------------------------------------------------------------------


def test_a_copy_that_was_typed_into_is_read_like_any_other():
    made = FORMS["of a round"]
    at, copy = places(made), Copy(form.build(made))
    copy.type(*at["start.team"], "Ash ward").type(*at["Q05.note"], "We do").type(*at["P1.what"], "Huddles")
    for question in QUESTIONNAIRE.questions:
        sheet, cell = at[layout.level_key(question.id, 3)]
        copy.type(sheet, f"B{cell[1:]}", "x" if question.number % 2 else layout.TICKED_BOX)
    file = read_content(saved(copy), "Ash ward.xlsx", QUESTIONNAIRE)
    [submission] = file.submissions
    judged = judge(submission, QUESTIONNAIRE)
    assert {answer.level for answer in judged.answers.values()} == {3}
    assert (submission.team, submission.priorities[0].what) == ("Ash ward", "Huddles")
    assert judged.answers["Q05"].note == "We do"
    assert {finding.rule.id for finding in (*file.findings, *judged.findings)} == {"answer-odd-mark"}


def test_an_empty_one_among_the_returns_counts_for_nobody(tmp_path: Path):
    form.write(replace(FORMS["plain"], entries={"start.team": "Ash ward"}), tmp_path / "paper.xlsx")
    collation = api.collate(tmp_path)
    assert not collation.states["answered"]
    assert "form-untouched" in {finding.rule.id for finding in collation.to_fix}


# -- the command ---------------------------------------------------------------------------------------


def test_it_stands_beside_the_blank_form(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = run("generate", "--paper")
    assert (done.exit_code, done.stdout.strip()) == (0, str(Path("templates/assessment_paper.xlsx")))
    assert run("generate", "--paper").exit_code == 0  # our own form is replaced
    assert "print it on A4" in done.stderr


def test_in_a_round_it_has_its_title_deadline_and_contact(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("teams.csv").write_text("team,email\nAsh,ash@t.example\n", encoding="utf-8")
    new = ("new", "Autumn 2026", "--teams", "teams.csv", "--deadline", "30/11/2026", "--contact", "us@t.example")
    assert run(*new).exit_code == 0
    by_option = run("generate", "--paper", "--round", "autumn-2026")
    assert by_option.exit_code == 0, by_option.output
    path = Path("autumn-2026/templates/assessment_paper.xlsx")
    before = path.read_bytes()
    for text in ("Please hand this form in by 30 Nov 2026 to us@t.example.", "Autumn 2026. 22 questions on 5 sheets"):
        assert any(text in each for each in texts(before))
    monkeypatch.chdir("autumn-2026")
    assert run("generate", "--paper").exit_code == 0
    assert Path("templates/assessment_paper.xlsx").read_bytes() == before
    assert run("generate").exit_code == 0  # and so has the form to be filled in on a screen
    assert any("Autumn 2026" in text for text in texts(Path("templates/assessment_template.xlsx").read_bytes()))


def test_tickboxes_on_paper_are_refused_in_one_line(run: Run, tmp_path: Path) -> None:
    done = run("generate", "--paper", "--tickbox", "list", "-o", tmp_path / "form.xlsx")
    assert done.exit_code == 2
    assert done.stderr.startswith("Error: --paper and --tickbox do not go together")
    assert not (tmp_path / "form.xlsx").exists()
    with pytest.raises(ImpactError):
        api.generate(tmp_path / "form.xlsx", paper=True, tickbox="native")
