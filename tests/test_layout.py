"""The contract between writing and reading."""

from __future__ import annotations

from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impact_xl.form import layout
from impact_xl.form.layout import Key, Kind, Reference, level_key, note_key, parse_key, plan, priority_key
from impact_xl.questionnaire import Questionnaire
from impact_xl.xlsx.a1 import a1


@pytest.mark.parametrize("not_applicable", [False, True])
def test_every_answer_has_one_key_and_every_key_is_understood(questionnaire: Questionnaire, not_applicable: bool):
    sheets = plan(questionnaire, not_applicable=not_applicable)
    keys = list(chain.from_iterable(sheet.keys() for sheet in sheets))
    assert len(keys) == len(set(keys))
    expected = {key for key, _ in layout.START_FIELDS}
    for question in questionnaire.questions:
        expected |= {question.id, note_key(question.id)}
        expected |= {level_key(question.id, level) for level in range(0 if not_applicable else 1, 6)}
    expected |= {priority_key(number, field) for number in (1, 2, 3) for field, _ in layout.PRIORITY_FIELDS}
    assert set(keys) == expected
    assert all(parse_key(key) for key in keys)


def test_every_sheet_begins_with_its_title_and_ends_with_its_reference(questionnaire: Questionnaire):
    sheets = plan(questionnaire)
    assert [sheet.kind for sheet in sheets] == ["start", "C1", "C2", "C3", "C4", "C5", "priorities"]
    for sheet in sheets:
        assert [line.kind for line in sheet.lines[:2]] == [Kind.TITLE, Kind.ABOUT]
        assert sheet.lines[-1].kind is Kind.REFERENCE
        assert len(sheet.name.encode("utf-16-le")) <= 2 * 31
        assert sheet.lines[sheet.row(next(sheet.keys()))].key == next(sheet.keys())
    with pytest.raises(KeyError):
        sheets[0].row("Q01")


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Q01", Key("Q01")),
        (" Q01.L5 ", Key("Q01", "L", 5)),
        ("Q22.NA", Key("Q22", "NA")),
        ("Q22.note", Key("Q22", "note")),
        ("start.other-team", Key("start", "other-team")),
        ("P3.by", Key("P3", "by")),
        ("see Q01.L1", None),
        ("Q01.L0", None),
        ("Q1.L1", None),
        ("Q01 Board", None),
        ("", None),
    ],
)
def test_a_key_is_a_whole_cell(text: str, key: Key | None):
    assert parse_key(text) == key


@pytest.mark.parametrize(
    ("row", "col", "ref"), [(0, 0, "A1"), (8, 25, "Z9"), (9, 26, "AA10"), (0, 701, "ZZ1"), (0, 702, "AAA1")]
)
def test_a1(row: int, col: int, ref: str):
    assert a1(row, col) == ref


part = st.text(st.characters(exclude_characters="|", exclude_categories=["C", "Z"]), max_size=12)


@given(st.builds(Reference, *[part] * 7))
def test_a_reference_reads_back(reference: Reference):
    assert Reference.parse(f"  {reference} ") == reference


@pytest.mark.parametrize(
    "text", ["", "impact-xl", "impact-xl|form", "other|form|a|1|f|r|t|s", "impact-xl|1|2|3|4|5|6|7|8"]
)
def test_what_is_no_reference(text: str):
    assert Reference.parse(text) is None


def test_a_bar_in_a_part_does_not_shift_the_others():
    assert Reference.parse(str(Reference(round="a|b", team_id="t"))).team_id == "t"
