"""What is asked, word for word, and a questionnaire file that is checked whole."""

from __future__ import annotations

import io
import re
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from impact_xl import questionnaire as questionnaires
from impact_xl.findings import ImpactError
from impact_xl.form import workbook as form
from impact_xl.form.workbook import Form
from impact_xl.questionnaire import Questionnaire, normalise

SOURCE = Path(__file__).parent / "source" / "nhs-impact-self-assessment.txt"


def lines(start: str) -> list[str]:
    """The source's lines that begin so, without their beginning; non-breaking spaces are spaces here."""
    text = SOURCE.read_text(encoding="utf-8").replace("\u00a0", " ")
    found = [re.match(start, line.strip()) for line in text.splitlines()]
    return [match.string[match.end() :].strip() for match in found if match]


POINTS, TITLES = lines(r"· ?"), [title.removesuffix(":") for title in lines(r"\d+\. ")]
STATEMENTS = lines(r"☐ ?[^:]+: ?")


def test_the_source_holds_what_everybody_says_it_holds():
    assert (len(POINTS), len(TITLES), len(STATEMENTS)) == (37, 22, 110)


def test_every_word_of_the_source_is_in_the_questionnaire(questionnaire: Questionnaire):
    assert [point for component in questionnaire.components for point in component.in_practice] == POINTS
    assert [question.title for question in questionnaire.questions] == TITLES
    assert [statement for question in questionnaire.questions for statement in question.statements] == STATEMENTS
    source = SOURCE.read_text(encoding="utf-8").replace("\u00a0", " ")
    assert all(paragraph in source for paragraph in questionnaire.introduction)
    assert all(component.title in source for component in questionnaire.components)


@pytest.mark.parametrize("tickbox", form.TICKBOXES)
def test_every_word_of_the_source_stands_in_the_form(questionnaire: Questionnaire, tickbox: str):
    book = openpyxl.load_workbook(io.BytesIO(form.build(Form(questionnaire, tickbox))))
    texts = [cell.value for sheet in book for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)]
    assert [text for text in texts if text in set(STATEMENTS)] == STATEMENTS
    assert [text.removeprefix("•  ") for text in texts if text.startswith("•  ")] == POINTS
    numbered = [f"{number}. {title}" for number, title in enumerate(TITLES, 1)]
    assert [text for text in texts if text in numbered] == numbered
    assert all(paragraph in texts for paragraph in questionnaire.introduction)


def test_the_built_in_questionnaire_keeps_its_promises(questionnaire: Questionnaire):
    assert [component.id for component in questionnaire.components] == ["C1", "C2", "C3", "C4", "C5"]
    assert [len(component.questions) for component in questionnaire.components] == [4, 4, 5, 5, 4]
    assert [question.id for question in questionnaire.questions] == [f"Q{number:02d}" for number in range(1, 23)]
    assert [level.name for level in questionnaire.levels][-1] == "Improving and sustaining"
    assert questionnaire.level_name(questionnaire.target) == "Progressing"
    assert "NHS England" in questionnaire.publisher
    assert "no licence" in questionnaire.licence
    assert len(questionnaire.by_statement) == 110


def test_the_fingerprint_follows_the_content_and_nothing_else(questionnaire: Questionnaire, tmp_path: Path):
    text = questionnaires.BUILT_IN.read_text(encoding="utf-8")
    path = tmp_path / "other.toml"
    for old, new, same in [
        ("issued = 2026-11-23", "issued = 2027-01-01", True),
        ("huddles", "stand-ups", False),
        ('"Starting",', '"Beginning",', False),
    ]:
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")
        assert (questionnaires.load(path).fingerprint == questionnaire.fingerprint) is same


SMALL = """
id = "small"
version = "1"
issued = 2026-01-01
title = "Small"
publisher = "Nobody"
source = "Made up"
licence = "None"
target = 2
levels = ["Low", "High"]
introduction = ["Hello."]

[[component]]
id = "C1"
title = "One"
short = "One"
in_practice = ["Do it."]

[[component.question]]
id = "Q01"
title = "Is it so?"
short = "So?"
statements = ["It is not so.", "It is so."]
"""


def load(tmp_path: Path, text: str) -> Questionnaire:
    path = tmp_path / "q.toml"
    path.write_text(text, encoding="utf-8")
    return questionnaires.load(path)


def test_a_small_questionnaire_is_a_questionnaire(tmp_path: Path):
    small = load(tmp_path, SMALL)
    assert [question.statements for question in small.questions] == [("It is not so.", "It is so.")]
    assert form.build(Form(small))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('id = "small"', 'id = "Small one"', "id: “Small one” is not of the form nhs-impact"),
        ('version = "1"', "version = 1", "version: must be a text"),
        ("issued = 2026-01-01", 'issued = "today"', "issued: must be a date"),
        ("target = 2", "target = 3", "target: must be the number of a level, from 1 to 2"),
        ('levels = ["Low", "High"]', 'levels = ["Low", "low "]', "levels: “low” is there twice"),
        ('levels = ["Low", "High"]', 'levels = ["Low"]', "levels: from 2 to 7 levels"),
        ('introduction = ["Hello."]', "introduction = []", "introduction: must be a list of texts"),
        ('id = "C1"', 'id = "X"', "[component 1] id: “X” is not of the form C1"),
        ('short = "One"', 'short = "One: two"', "[component 1] short: becomes a sheet's name and may not hold :"),
        ('short = "One"', f'short = "{"x" * 29}"', "[component 1] short: has 29 characters; at most 28 fit"),
        ('short = "So?"', f'short = "{"x" * 35}"', "[component.question 1] short: has 35 characters"),
        ('"It is not so.", "It is so."', '"It is so."', "[component.question 1] statements: has 1 texts"),
        ('"It is not so."', '"IT IS  SO."', "[component.question 1] statements: “It is so.” is there twice"),
        ('id = "Q01"', 'id = "Q1"', "[component.question 1] id: “Q1” is not of the form Q01"),
        ('title = "Is it so?"', 'titel = "Is it so?"', "[component.question 1] titel: is not a key of this table"),
        (
            'introduction = ["Hello."]',
            'introduction = ["Please choose well."]\nanswering_rule = "please guess"',
            "answering_rule: must be words of the introduction",
        ),
        ('version = "1"', 'version = "1"\nanswering_rule = ""', "answering_rule: must be a text, not empty"),
        ('version = "1"', 'version = "1+wards"', "version: may not hold +"),
        ('id = "Q01"', 'id = "Q01"\nhelp = 3', "[component.question 1] help: must be a text, not empty"),
        ('id = "Q01"', 'id = "Q01"\nsection = ""', "[component.question 1] section: must be a text, not empty"),
        ('id = "Q01"', f'id = "Q01"\nsection = "{"x" * 81}"', "[component.question 1] section: has 81 characters"),
        ('id = "Q01"', 'id = "Q01"\nnot_applicable = "no"', "[component.question 1] not_applicable: must be true or"),
        ('in_practice = ["Do it."]', 'in_practice = "Do it."', "[component 1] in_practice: must be a list of texts"),
        ("[[component.question]]", "[[component.questions]]", "[component 1] question: at least one [[component 1."),
        ('levels = ["Low", "High"]', 'levels = ["Blank", "High"]', "levels: “Blank” is a word"),
        ('short = "One"', 'short = "Team"', "short: “Team” is a word"),
        ('short = "One"', 'short = "Teams\'"', "apostrophe"),
    ],
)
def test_what_is_wrong_is_named_by_table_and_key(tmp_path: Path, old: str, new: str, message: str):
    assert old in SMALL
    with pytest.raises(ImpactError, match=re.escape(message)):
        load(tmp_path, SMALL.replace(old, new, 1))


def test_what_a_question_may_have_changes_no_fingerprint_where_it_has_none(
    questionnaire: Questionnaire, tmp_path: Path
):
    """Forms in inboxes carry these digits."""
    assert questionnaire.fingerprint == "bb1f3075bb0a"
    small = load(tmp_path, SMALL)
    assert small.fingerprint == "836a6e348c12"
    for more in ('help = "Think of it."', 'section = "People"', "not_applicable = false", "not_applicable = true"):
        assert load(tmp_path, f"{SMALL}{more}\n").fingerprint != small.fingerprint


def test_the_rule_for_answering_is_the_introductions_or_a_neutral_one(tmp_path: Path):
    assert load(tmp_path, SMALL).rule == "please select one option"
    own = SMALL.replace('["Hello."]', '["Hello.", "Then,  Please choose well."]\nanswering_rule = "please choose well"')
    assert load(tmp_path, own).rule == "please choose well"
    assert load(tmp_path, own).fingerprint == load(tmp_path, own.replace("answering_rule", "#")).fingerprint


def test_practice_points_may_be_left_out(tmp_path: Path):
    for without in ("", "in_practice = []\n"):
        small = load(tmp_path, SMALL.replace('in_practice = ["Do it."]\n', without))
        assert [component.in_practice for component in small.components] == [()]


@pytest.mark.parametrize(
    ("more", "in_round", "offered"),
    [
        ("", False, False),
        ("", True, True),
        ("not_applicable = false", True, False),
        ("not_applicable = true", False, True),
    ],
)
def test_a_question_decides_before_the_round_whether_it_may_not_apply(
    tmp_path: Path, more: str, in_round: bool, offered: bool
):
    [question] = load(tmp_path, f"{SMALL}{more}\n").questions
    assert question.offers_not_applicable(in_round) is offered


def test_all_faults_are_named_at_once(tmp_path: Path):
    with pytest.raises(ImpactError) as caught:
        load(tmp_path, SMALL.replace('"1"', "1").replace("Q01", "1").replace('"Nobody"', '""'))
    assert all(key in caught.value.message for key in ("version:", "id:", "publisher:"))


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "cannot be read"), (b"levels = [", "not valid TOML"), (b"title = '\xff'", "not saved as UTF-8")],
)
def test_a_file_that_is_none(tmp_path: Path, content: bytes | None, message: str):
    path = tmp_path / "q.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ImpactError, match=message) as caught:
        questionnaires.load(path)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("one", "other"),
    [("Café\u00a0 bar", "cafe\u0301 BAR"), ("\ufeffa\u200bb", "ab"), ("\u2611\ufe0f", "\u2611"), ("ﬁve ½", "five 1⁄2")],
)
def test_normalise_folds_what_people_cannot_see(one: str, other: str):
    assert normalise(one) == normalise(other)


@given(st.text(st.characters(max_codepoint=127)))
def test_normalise_takes_no_short_way_that_is_another(text: str):
    """ASCII has neither other forms nor anything invisible; one letter beyond it makes a text go the long way."""
    assert normalise(text) == normalise(f"{text} é").removesuffix("é").rstrip()
