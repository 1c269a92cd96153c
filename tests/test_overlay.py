"""An overlay words some texts otherwise; what is wrong with one is named by table and key, all at once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from impact_xl import questionnaire as questionnaires
from impact_xl.findings import ImpactError
from impact_xl.questionnaire import Questionnaire, load_overlay
from impact_xl.questionnaire.overlay import reworded

WARDS = """
id = "wards"
of = "nhs-impact"
version = "1"
for = "wards"
by = "the improvement team"

[component.C1]
title = "What we are here for"

[question.Q01]
title = "A purpose that the ward shares"
short = "The ward's purpose"
statements = { 1 = "Ours: one.", 3 = "Ours: three." }
"""
NHS = questionnaires.load()


def load(tmp_path: Path, text: str, of: Questionnaire = NHS) -> Questionnaire:
    path = tmp_path / "wards.toml"
    path.write_text(text, encoding="utf-8")
    return load_overlay(path, of)


def test_it_changes_what_it_names_and_nothing_else(tmp_path: Path):
    worded = load(tmp_path, WARDS)
    assert [(what, new) for what, _, new in reworded(NHS, worded)] == [
        ("C1, title", "What we are here for"),
        ("Q01, title", "A purpose that the ward shares"),
        ("Q01, short", "The ward's purpose"),
        ("Q01, Starting", "Ours: one."),
        ("Q01, Progressing", "Ours: three."),
    ]
    assert worded.wording is not None
    assert (worded.wording.id, worded.wording.audience, worded.wording.file) == ("wards", "wards", "wards.toml")
    assert worded.fingerprint != NHS.fingerprint
    assert (worded.id, worded.version, worded.levels) == (NHS.id, NHS.version, NHS.levels)
    assert load(tmp_path, WARDS, NHS.only(("Q01",))).questions == worded.questions


FIRST = NHS.questions[0].statement(2)
TEXTS = WARDS[WARDS.index("[component") :]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('of = "nhs-impact"', 'of = "other"', "of: says “other”, and the questionnaire is “nhs-impact”"),
        ('version = "1"', 'version = "2"', "version: says “2”, and its version is “1”"),
        ('id = "wards"', 'id = "The wards"', "id: “The wards” is not of the form wards"),
        ('for = "wards"', "", "for: is missing"),
        ('for = "wards"', 'for = "x"\nintroduction = ["Hello."]', "introduction: has 1 texts; the questionnaire has"),
        (
            "[component.C1]",
            "[component.C9]",
            "[component.C9] id: the questionnaire has no component “C9”; they are C1, C2",
        ),
        ("[question.Q01]", "[question.Q1]", "[question.Q1] id: the questionnaire has no question “Q1”; did you mean"),
        ('title = "A purpose', 'titel = "A purpose', "[question.Q01] titel: is not a key of this table"),
        ("1 = ", "7 = ", "[question.Q01] statements: there is no level “7”; the question has 1, 2, 3, 4, 5"),
        (
            '{ 1 = "Ours: one.", 3 = "Ours: three." }',
            '["x"]',
            "[question.Q01] statements: they are given by their level",
        ),
        ('"Ours: one."', '" "', "[question.Q01.statements] 1: must be a text, not empty"),
        ('short = "The', 'help = "The', "[question.Q01] help: the question has no help that could be worded otherwise"),
        ('short = "The', 'section = "The', "[question.Q01] section: the question has no section"),
        ('short = "The', f'short = "{"x" * 35}', "[question.Q01] short: has"),
        ("Ours: three.", "Ours: ONE.", "Q01, Progressing and Q01, Starting would read alike"),
        ("Ours: three.", FIRST, "Q01, Progressing would read as Q01, Developing does in the questionnaire"),
        ("[component.C1]", "[component]", "[component.title] id: the questionnaire has no component “title”"),
        (TEXTS, "", "nothing is worded otherwise"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, old: str, new: str, message: str):
    assert old in WARDS
    with pytest.raises(ImpactError, match=re.escape(message)):
        load(tmp_path, WARDS.replace(old, new, 1))


def test_a_file_that_is_none(tmp_path: Path):
    with pytest.raises(ImpactError, match="The overlay cannot be read"):
        load_overlay(tmp_path / "none.toml", NHS)
    with pytest.raises(ImpactError, match="is not valid TOML"):
        load(tmp_path, "id = ")


def test_statements_may_not_change_places(tmp_path: Path):
    """A statement that reads as another's does would be taken for that one."""
    one, two = (NHS.questions[0].statement(level) for level in (1, 2))
    swapped = WARDS.replace("Ours: one.", two).replace('3 = "Ours: three."', f'2 = "{one}"')
    with pytest.raises(ImpactError, match="would read as"):
        load(tmp_path, swapped)
