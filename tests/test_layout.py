"""The contract between writing and reading."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from itertools import chain
from pathlib import Path

import pytest
import renamed_texts
from hypothesis import given
from hypothesis import strategies as st

from impact_xl.form import layout
from impact_xl.form.layout import Key, Kind, Reference, level_key, note_key, parse_key, priority_key
from impact_xl.form.plans import plan, plan_correction
from impact_xl.questionnaire import Questionnaire, normalise
from impact_xl.returns.formats import xlsx
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


VERSION_0_1 = Path(__file__).parent / "version_0_1" / "forms"
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


# -- the reader knows the form's texts from here ----------------------------------------------------


@pytest.fixture(scope="module")
def ours() -> dict[str, bytes]:
    """Forms of every kind in the words of today."""
    return renamed_texts.forms()


@pytest.fixture(scope="module")
def in_other_words(ours: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> dict:
    """What comes of forms where every text is another; in an interpreter of its own, before anything else is loaded."""
    folder = tmp_path_factory.mktemp("forms")
    for name, content in ours.items():
        (folder / f"{name}.xlsx").write_bytes(content)
    script = Path(renamed_texts.__file__)
    path = os.pathsep.join([str(script.parent), str(script.parent.parent)])
    result = subprocess.run(
        [sys.executable, script, folder],
        env={**os.environ, "PYTHONPATH": path},
        check=True,
        stdout=subprocess.PIPE,
    )
    return json.loads(result.stdout)


KINDS = ("native", "list", "correction", "correction list", "correction unexplained")
CHANGES = ("", " without keys", " without references")
FORMS = [f"{age} {kind}{change}" for age in ("new", "old") for kind in KINDS for change in CHANGES]
DAMAGED = [
    f"{age} {kind} with {damage}" for age in ("new", "old") for kind in KINDS for damage in ("strays", "boxes shifted")
]


def test_every_text_of_the_form_comes_from_the_layouts_names(in_other_words: dict):
    assert in_other_words["same"] == []
    assert set(in_other_words["outcomes"]) == {*FORMS, *DAMAGED}


@pytest.mark.parametrize("name", FORMS)
def test_a_form_in_other_words_is_read_like_one_in_ours(name: str, in_other_words: dict):
    """A new form is built and read in the new words; an old one is in words that are an earlier version's then."""
    outcome = in_other_words["outcomes"][name]
    corrects, without_keys = "correction" in name, "without keys" in name
    assert (outcome["rules"], outcome["strays"]) == (["form-moved"] * without_keys, [])
    questions = renamed_texts.AGAIN if corrects else renamed_texts.TRUTH
    answers = {question: renamed_texts.TRUTH[question] for question in questions}
    if not corrects:
        answers[renamed_texts.NOT_APPLICABLE] = 0
    assert outcome["answers"] == answers
    assert outcome["notes"] == sorted(questions)
    assert outcome["kind"] == ("correction" if corrects else "form")
    assert outcome["team"] == "Something about start.team, in a line that is not short."
    assert outcome["completed by"] == "Something about start.completed-by, in a line that is not short."
    measures = [f"Something about P{number}.measure, in a line that is not short." for number in (1, 2, 3)]
    assert outcome["measures"] == ([""] * 3 if corrects else measures)


@pytest.mark.parametrize("name", DAMAGED)
def test_damage_is_found_in_other_words_as_in_ours(name: str, in_other_words: dict, ours: dict[str, bytes]):
    expected = renamed_texts.read(ours[name.partition(" ")[2]])
    assert len(expected["strays"]) > 2 or "form-rows-missing" in expected["rules"]
    assert in_other_words["outcomes"][name] == expected


def test_what_earlier_versions_wrote_is_listed_under_a_text_of_today():
    today = {text for value in renamed_texts.texts_of_layout().values() for text in renamed_texts.flat(value)}
    assert set(layout.EARLIER_TEXTS) <= today


@pytest.mark.parametrize("path", sorted(VERSION_0_1.iterdir()), ids=lambda path: path.stem)
def test_what_version_0_1_wrote_is_known(path: Path, questionnaire: Questionnaire):
    """A label or header that is changed has to be listed in EARLIER_TEXTS, as such forms are still about."""
    kinds = Kind.HEADER, Kind.NOTE, Kind.ENTRY, Kind.TOTAL, Kind.NOT_APPLICABLE, Kind.SEEN, Kind.PROGRESS
    sheets = (
        *plan(questionnaire, not_applicable=True, last_priorities=[layout.Action("Huddles")]),
        *plan_correction(questionnaire, {"Q01": "seen"}),
    )
    known = {normalise(line.label) for sheet in sheets for line in sheet.lines if line.kind in kinds}
    known |= {normalise(level.name) for level in questionnaire.levels} | {normalise(layout.REFERENCE_LABEL)}
    for grid in xlsx.read(path.read_bytes()).grids:
        questions = {row for (row, _), value in grid.cells.items() if value in questionnaire.by_id}
        for (row, col), value in grid.cells.items():
            if col == layout.LEVEL and row not in questions:
                assert layout.as_compared(value) in known, f"{grid.name}: {value}"
