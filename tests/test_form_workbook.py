"""The form: everything stands where it should, and people can work with it."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
from edits import places
from openpyxl.workbook import Workbook

from impact_xl import questionnaire as questionnaires
from impact_xl.findings import ImpactError
from impact_xl.form import instructions, layout
from impact_xl.form import workbook as form
from impact_xl.form.layout import DONE, ONLY_ONE, TO_DO, Kind, Reference, level_key
from impact_xl.form.workbook import Form
from impact_xl.questionnaire import Questionnaire
from impact_xl.roster import Round

VARIANTS = [("native", False), ("native", True), ("list", False), ("list", True)]


def opened(content: bytes, *, values: bool = False) -> Workbook:
    return openpyxl.load_workbook(io.BytesIO(content), data_only=values)


@pytest.fixture(params=VARIANTS, ids=lambda pair: f"{pair[0]}{'-na' * pair[1]}")
def variant(request: pytest.FixtureRequest, questionnaire: Questionnaire) -> Form:
    tickbox, not_applicable = request.param
    return Form(questionnaire, tickbox, Round(not_applicable=not_applicable))


def test_every_line_stands_in_its_row_and_one_cell_of_it_is_open(variant: Form):
    book = opened(form.build(variant))
    plan = variant.plan()
    assert book.sheetnames == [sheet.name for sheet in plan]
    for sheet in plan:
        xl = book[sheet.name]
        assert xl.max_row == len(sheet.lines)
        for row, line in enumerate(sheet.lines, 1):
            open_cells = [cell.column_letter for cell in xl[row] if not cell.protection.locked]
            if line.kind in (Kind.LEVEL, Kind.NOT_APPLICABLE):
                assert (xl.cell(row, 1).value, open_cells) == (line.key, ["B"])
                assert (xl.cell(row, 3).value, xl.cell(row, 4).value) == (line.label, line.text)
                assert xl.cell(row, 2).value == (False if variant.tickbox == "native" else "☐")
            elif line.kind in (Kind.NOTE, Kind.ENTRY):
                assert (xl.cell(row, 1).value, open_cells) == (line.key, ["D"])
            else:
                assert open_cells == []
                assert line.kind is Kind.QUESTION or not line.key
        assert Reference.parse(xl.cell(xl.max_row, 4).value) == variant.reference(sheet.kind)


def test_nothing_is_hidden_merged_or_clipped(variant: Form):
    content = form.build(variant)
    for sheet in opened(content):
        assert sheet.sheet_state == "visible"
        assert not sheet.merged_cells.ranges
        assert sheet.protection.sheet
        assert not sheet.protection.password
        assert not sheet.protection.formatRows  # False: people may make rows higher
        assert not any(
            dimension.hidden for dimension in [*sheet.row_dimensions.values(), *sheet.column_dimensions.values()]
        )
        # A row of just the default height is written without one; it must hold one short line.
        unset = [row for row in range(1, sheet.max_row + 1) if not sheet.row_dimensions[row].height]
        assert all(len(str(cell.value or "")) < 120 for row in unset for cell in sheet[row])
        assert sheet.page_setup.paperSize == 9  # how it prints: tests/test_form_pages.py
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        names = parts.namelist()
    assert not [name for name in names if re.search(r"vba|ctrlProp|comments|drawing|externalLink", name)]


def test_the_first_box_of_a_question_says_where_one_is_and_every_box_has_its_list(variant: Form):
    """A message on the others would lie over the statement that one is about to read."""
    book, plan = opened(form.build(variant)), variant.plan()
    for sheet in plan[1:-1]:
        boxes = {row: line for row, line in enumerate(sheet.lines, 1) if line.kind in (Kind.LEVEL, Kind.NOT_APPLICABLE)}
        listed, titles = set[int](), {}
        for validation in book[sheet.name].data_validations.dataValidation:
            assert validation.type == "list"
            assert not validation.showErrorMessage  # nothing typed is ever refused
            rows = {
                cell[0].row
                for area in validation.sqref.ranges
                for cell in book[sheet.name][f"B{area.min_row}:C{area.max_row}"]
            }
            assert not rows & listed
            listed |= rows
            if validation.promptTitle:
                titles[min(rows)] = validation.promptTitle
                assert len(rows) == 1
                assert validation.prompt == "Please select the option that best reflects your current situation."
        assert listed == set(boxes)
        assert titles == {
            row: f"Question {int(line.question[1:])}: Starting" for row, line in boxes.items() if line.level == 1
        }


def test_a_long_level_name_is_cut_to_what_a_message_holds(questionnaire: Questionnaire):
    levels = tuple(replace(level, name=f"{level.name} as far as anybody can tell") for level in questionnaire.levels)
    sheet = opened(form.build(Form(replace(questionnaire, levels=levels)))).worksheets[1]
    titles = [each.promptTitle for each in sheet.data_validations.dataValidation if each.promptTitle]
    assert titles[0] == "Question 1: Starting as far as a"


@pytest.mark.parametrize("tickbox", form.TICKBOXES)
def test_the_status_follows_the_ticks_in_words(questionnaire: Questionnaire, tickbox: str):
    entries = {"Q01.L2": True, "Q02.L1": True, "Q02.L2": True, "Q03.L4": "x", "P1.what": "Start huddles"}
    book = opened(form.build(Form(questionnaire, tickbox, entries=entries)), values=True)
    sheet = book.worksheets[1]
    status = {sheet.cell(row, 1).value: sheet.cell(row, 5).value for row in range(1, sheet.max_row + 1)}
    assert [status[question] for question in ("Q01", "Q02", "Q03", "Q04")] == [DONE, ONLY_ONE, DONE, TO_DO]
    progress = {row[2].value: row[3].value for row in book["Start"].iter_rows() if row[2].value}
    assert progress["In all"] == "2 of 22 done"
    assert progress["1 Shared purpose and vision"] == "2 of 4 done   ●●○○"
    assert progress["Priorities"] == "1 of 3 named   ●○○"


def test_every_formula_carries_a_value_and_none_breaks_in_another_language(variant: Form):
    with zipfile.ZipFile(io.BytesIO(form.build(variant))) as parts:
        sheets = [parts.read(name).decode() for name in parts.namelist() if name.startswith("xl/worksheets/sheet")]
    cells = [cell for sheet in sheets for cell in re.findall(r"<c [^>]*><f>.*?</c>", sheet)]
    assert len(cells) == 22 + 5 + 2
    assert all(re.search(r"<v>[^<]+</v>", cell) for cell in cells)
    assert not re.search(r"INDIRECT|VALUE\(|TEXT\(|_xlfn", "".join(cells))


def test_what_people_type_stays_what_they_typed(questionnaire: Questionnaire):
    typed = {"Q01.note": "=1+1", "start.team": "- Ash", "Q02.note": "a\r\nb\x07", "Q01.L1": "n/a", "Q01.L2": 1}
    sheets = opened(form.build(Form(questionnaire, entries=typed))).worksheets
    cells = {row[0].value: row for sheet in sheets for row in sheet.iter_rows() if row[0].value}
    assert (cells["Q01.note"][3].value, cells["Q01.note"][3].data_type) == ("=1+1", "s")
    assert cells["Q01.note"][3].quotePrefix
    assert cells["start.team"][3].value == "- Ash"
    assert cells["Q02.note"][3].value == "a\nb"
    assert [cells[key][1].value for key in ("Q01.L1", "Q01.L2", "Q01.L3")] == ["n/a", 1, False]


def start_of(made: Form) -> list[str]:
    """The texts of Start, row by row, keys left out."""
    rows = opened(form.build(made))["Start"].iter_rows(values_only=True)
    keys = {key for key, _ in layout.START_FIELDS}
    return [" | ".join(str(value) for value in row if value and value not in keys) for row in rows]


def test_start_says_first_for_whom_by_when_and_to_whom(questionnaire: Questionnaire):
    round = Round("r1", "Autumn 2026", deadline=date(2026, 11, 30), contact="improvement@trust.example")
    who = {"start.team": "Cedar clinic", "start.group": "Harbour"}
    assert start_of(Form(questionnaire, round=round, team_id="t7", entries=who))[:6] == [
        "NHS IMPACT self-assessment",
        "Autumn 2026. 22 questions on 5 sheets, one for each component, and a sheet for your priorities.",
        "For: Cedar clinic, Harbour",
        "Please return by 30 Nov 2026 to improvement@trust.example.",
        "",
        "Ref | Who you are",
    ]


@pytest.mark.parametrize(
    ("round", "sentence"),
    [
        (Round(), "Please return this form as a reply to the e-mail that it came with."),
        (Round(contact="a@trust.example"), "Please return to a@trust.example."),
        (
            Round(deadline=date(2026, 12, 1)),
            "Please return by 1 Dec 2026, as a reply to the e-mail that this form came with.",
        ),
    ],
)
def test_what_a_round_leaves_open_is_not_said(questionnaire: Questionnaire, round: Round, sentence: str):
    texts = start_of(Form(questionnaire, round=round))
    assert texts[2:5] == ["For: the team that is named below", sentence, ""]
    assert any(text.startswith("Do you need help?") for text in texts) == bool(round.contact)
    assert not any(text.startswith(("Who sees your answers", "Between two levels?")) for text in texts)


def test_an_answer_stands_in_the_same_cell_of_every_form(questionnaire: Questionnaire):
    """Some people fill forms in by a program of their own, and made it with the blank one."""
    round = Round(
        "r1", "Autumn", deadline=date(2026, 11, 30), contact="a@trust.example", between_levels="The lower one."
    )
    personal = Form(questionnaire, round=round, team_id="t7", entries={"start.team": "Ash"}, last=["Q01.L2"])
    blank = places(Form(questionnaire))
    assert places(personal) == places(Form(questionnaire, "list")) == blank


def test_a_correction_form_names_no_date(questionnaire: Questionnaire):
    """The round's own is over by then, more often than not."""
    round = Round(deadline=date(2026, 11, 30), contact="a@trust.example")
    texts = start_of(
        Form(questionnaire, round=round, team_id="t7", entries={"start.team": "Ash"}, corrects={"Q01": ""})
    )
    assert texts[2:4] == ["For: Ash", "Please return to a@trust.example."]
    assert not any("2026" in text for text in texts)


def test_the_first_question_begins_on_the_first_screen(questionnaire: Questionnaire):
    """A window of 680 pixels leaves some 420 below Excel's ribbon, or 315 points."""
    for sheet in opened(form.build(Form(questionnaire))).worksheets[1:-1]:
        first = next(row for row in range(1, 99) if sheet.cell(row, 1).value in questionnaire.by_id)
        assert sum(sheet.row_dimensions[row].height or 12.75 for row in range(1, first + 1)) < 315


def test_start_says_what_the_round_settles_before_the_introduction(questionnaire: Questionnaire):
    round = Round(
        about="the organisation as we see it",
        seen_by="The improvement team sees your answers.",
        between_levels="Take the lower one, and say why in your notes.",
        contact="improvement@trust.example",
    )
    texts = start_of(Form(questionnaire, round=round))
    introduction = texts.index(f"NHS England | {questionnaire.introduction[0]}")
    settled = [
        "Between two levels? | Take the lower one, and say why in your notes.",
        "Your answers are about | the organisation as we see it",
        "Who sees your answers | The improvement team sees your answers.",
        f"No names of people | {instructions.NO_NAMES}",
        "Do you need help? | Write to improvement@trust.example.",
    ]
    assert [text for text in texts[:introduction] if text in settled] == settled
    assert "Freedom of Information Act" in instructions.NO_NAMES
    assert texts[introduction + 1 :][:5] == list(questionnaire.introduction[1:])
    own, publishers = "improvement@trust.example", "england.improvementdelivery@nhs.net"
    mentions = [word for text in texts for word in (own, publishers) if word in text]
    assert mentions == [own, own, publishers]


def test_there_is_one_rule_and_it_is_the_questionnaires_own(questionnaire: Questionnaire):
    """Of two rules people take one or the other, and then their answers cannot be compared."""
    rule = "please select the option that best reflects your current situation"
    for made in (Form(questionnaire), Form(questionnaire, "list", corrects={"Q01": "", "Q09": ""})):
        book = opened(form.build(made))
        texts = [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value]
        texts += [each.prompt or "" for sheet in book for each in sheet.data_validations.dataValidation]
        ours = [text for text in texts if text not in questionnaire.by_statement]
        assert not [text for text in ours if re.search(r"highest|fully meet|describes|best fit|lower", text)]
        assert sum(rule in text.casefold() for text in ours) > len(book.worksheets) - 2


def test_no_file_of_the_program_holds_a_second_rule(root: Path):
    """What earlier forms said is kept in the layout, for reading; and the decision tells of it."""
    files = [*(root / "impact_xl").rglob("*.*"), *(root / "docs").glob("*.md"), root / "README.md"]
    texts = {file: file.read_text("utf-8") for file in files if file.suffix in (".py", ".txt", ".toml", ".md")}
    second = re.compile(r"fully meet|describes (?:you|us|your team)\b|best describes", re.IGNORECASE)
    found = {file.name: second.findall(text) for file, text in texts.items() if second.search(text)}
    assert found == {"layout.py": ["fully meet"], "decisions.md": ["fully meet"]}


def test_a_questionnaire_without_a_rule_gets_a_neutral_one(root: Path):
    small = questionnaires.load(root / "tests" / "small.toml")
    texts = start_of(Form(small))
    assert (
        "Step 2 | On each sheet, read the statements. For each question, please select one option, and tick its box."
        in texts
    )


def test_the_same_form_gives_the_same_bytes(questionnaire: Questionnaire):
    assert form.build(Form(questionnaire)) == form.build(Form(questionnaire))
    assert form.build(Form(questionnaire)) != form.build(Form(questionnaire, created=datetime(2026, 1, 1)))


def test_the_committed_form_is_what_generate_writes(questionnaire: Questionnaire, root: Path):
    committed = (root / "templates" / "assessment_template.xlsx").read_bytes()
    with (
        zipfile.ZipFile(io.BytesIO(committed)) as old,
        zipfile.ZipFile(io.BytesIO(form.build(Form(questionnaire)))) as new,
    ):
        assert old.namelist() == new.namelist()
        stale = [name for name in old.namelist() if old.read(name) != new.read(name)]
    assert not stale, "run `make form`"


def test_a_form_is_known_for_ours_until_somebody_saves_it(questionnaire: Questionnaire, tmp_path: Path):
    ours = form.write(Form(questionnaire), tmp_path / "form.xlsx")
    assert form.written_here(ours)
    saved = tmp_path / "saved.xlsx"
    openpyxl.load_workbook(ours).save(saved)
    assert not form.written_here(saved)
    (tmp_path / "text.xlsx").write_text("no workbook")
    assert not form.written_here(tmp_path / "text.xlsx")
    assert not form.written_here(tmp_path / "none.xlsx")


def test_an_unknown_tickbox_is_a_bug_and_a_place_that_is_none_an_error(questionnaire: Questionnaire, tmp_path: Path):
    with pytest.raises(ValueError, match="tickbox"):
        form.build(Form(questionnaire, "radio"))
    (tmp_path / "file").write_text("")
    with pytest.raises(ImpactError, match="cannot be written"):
        form.write(Form(questionnaire), tmp_path / "file" / "form.xlsx")


def test_the_priorities_offer_the_questions(questionnaire: Questionnaire):
    sheet = opened(form.build(Form(questionnaire)))["Priorities"]
    lists = [each for each in sheet.data_validations.dataValidation if each.type == "list"]
    assert len(lists) == layout.PRIORITIES
    first, last = re.findall(r"\d+", lists[0].formula1)
    offered = [sheet.cell(row, 4).value for row in range(int(first), int(last) + 1)]
    assert offered == [f"{question.id} {question.short}" for question in questionnaire.questions]
    assert level_key("Q01", 0) == "Q01.NA"
