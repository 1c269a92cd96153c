"""How the form prints: no question is cut by the end of a page, and no column falls off its side."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from libreoffice import convert_all, needs_printing, printed_pages

from impact_xl import questionnaire as questionnaires
from impact_xl.form import layout, pages
from impact_xl.form import workbook as form
from impact_xl.form.workbook import Form
from impact_xl.questionnaire import Questionnaire
from impact_xl.roster import Round

BUILT_IN = questionnaires.load()
SMALL = questionnaires.load(Path(__file__).parent / "small.toml")
WIDTHS = (7, 6, 15, 85, 16)


def longer(questionnaire: Questionnaire, times: int) -> Questionnaire:
    """A questionnaire with statements so many times as long, each as different from the others as before."""
    components = []
    for component in questionnaire.components:
        questions = [
            replace(question, statements=tuple(" ".join([text] * times) for text in question.statements))
            for question in component.questions
        ]
        components.append(replace(component, questions=tuple(questions)))
    return replace(questionnaire, components=tuple(components))


FORMS = {
    "native": Form(BUILT_IN),
    "native not applicable": Form(BUILT_IN, round=Round(not_applicable=True)),
    "list": Form(BUILT_IN, "list"),
    "list not applicable": Form(BUILT_IN, "list", Round(not_applicable=True)),
    "personal": Form(
        BUILT_IN, round=Round(contact="a@trust.example"), team_id="t7", entries={"start.team": "Ash"}, last=["Q01.L2"]
    ),
    "correction": Form(BUILT_IN, corrects=dict.fromkeys(BUILT_IN.by_id, "Two are ticked.")),
    "small": Form(SMALL),
    "long statements": Form(longer(BUILT_IN, 2), round=Round(not_applicable=True)),
    "very long statements": Form(longer(SMALL, 60)),
}


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[set[str]]]:
    """For each form the words of every page."""
    folder = tmp_path_factory.mktemp("printed")
    made = [form.write(each, folder / f"{name}.xlsx") for name, each in FORMS.items()]
    convert_all(made, folder, "pdf")
    return {name: [set(page.split()) for page in printed_pages(folder / f"{name}.pdf")] for name in FORMS}


@needs_printing
@pytest.mark.parametrize("name", FORMS)
def test_each_question_stands_on_one_page_with_its_levels_and_notes(name: str, printed: dict[str, list[set[str]]]):
    for sheet in FORMS[name].plan():
        for question in {line.question for line in sheet.lines if line.question}:
            keys = {line.key for line in sheet.lines if line.question == question and line.key}
            # The id alone stands on Priorities, too, among the questions to choose from.
            found = [words & keys for words in printed[name] if words & keys - {question}]
            assert found == [keys], f"{question}: {found}"


@needs_printing
@pytest.mark.parametrize("name", FORMS)
def test_the_sheets_are_one_page_wide(name: str, printed: dict[str, list[set[str]]]):
    """The first column and the last stand on each page that holds a question."""
    of_questions = [words for words in printed[name] if any(word.endswith(".note") for word in words)]
    assert of_questions
    assert all({layout.REF_HEADER, layout.STATUS_HEADER} <= words for words in of_questions)


@needs_printing
@pytest.mark.parametrize("name", ["native", "list", "native not applicable"])
def test_the_first_question_begins_on_the_first_page_of_its_sheet(name: str, printed: dict[str, list[set[str]]]):
    first = [
        sheet.lines[-1] and next(each.key for each in sheet.lines if each.key) for sheet in FORMS[name].plan()[1:6]
    ]
    with_points = [words for words in printed[name] if "practice" in words and layout.REF_HEADER in words]
    assert [key for words in with_points for key in words & set(first)] == first


def test_excel_honours_the_breaks(tmp_path: Path):
    """It ignores them on a sheet that is fitted to pages."""
    book = openpyxl.load_workbook(form.write(FORMS["native"], tmp_path / "form.xlsx"))
    for sheet in book:
        fits = bool(sheet.sheet_properties.pageSetUpPr and sheet.sheet_properties.pageSetUpPr.fitToPage)
        assert fits == (sheet.title == layout.START_NAME)
        assert fits or 60 < sheet.page_setup.scale < 85
    for sheet in book.worksheets[1:-1]:
        for page_break in sheet.row_breaks.brk:
            assert sheet.cell(page_break.id + 1, 1).value in BUILT_IN.by_id  # the row below is a question's own


# -- the arithmetic ----------------------------------------------------------------------------------


def test_a_page_takes_as_many_blocks_as_it_can_hold():
    heights = [50, *[300] * 8]
    paged = pages.of_blocks(WIDTHS, heights, range(1, 9), 20)
    assert paged.breaks == (4, 7)  # three of 300 on a page of some 1,000 points
    assert pages.of_blocks(WIDTHS, heights[:4], range(1, 4), 20).breaks == ()


def test_what_stands_above_the_first_block_takes_room():
    assert pages.of_blocks(WIDTHS, [300, 300, 300, 300], [1, 2, 3], 20).breaks == (3,)
    assert pages.of_blocks(WIDTHS, [900, 300, 300], [1, 2], 20).breaks == (1,)


def test_a_block_that_is_taller_than_a_page_is_printed_smaller():
    usual = pages.of_blocks(WIDTHS, [50, 500], [1], 20)
    tall = pages.of_blocks(WIDTHS, [50, 1400], [1], 20)
    assert tall.scale < usual.scale
    assert 1420 * tall.scale / 100 < 11.69 * 72


def test_a_block_that_no_page_can_hold_is_printed_at_the_usual_scale():
    usual = pages.of_blocks(WIDTHS, [50, 500], [1], 20)
    assert pages.of_blocks(WIDTHS, [50, 9000], [1], 20).scale == usual.scale


def test_a_little_smaller_is_better_than_one_page_more():
    usual = pages.of_blocks(WIDTHS, [50, 400, 400], [1, 2], 20)
    room = 10.64 * 72 / usual.scale * 100
    closer = pages.of_blocks(WIDTHS, [50, room / 2, room / 2 - 60], [1, 2], 20)
    assert closer.breaks == ()
    assert 0.9 * usual.scale < closer.scale < usual.scale
