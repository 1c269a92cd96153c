"""Forms of earlier programs, which may still come in: the same answers, and no word about our own texts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from edits import Copy
from hostile import saved

from impact_xl import questionnaire as questionnaires
from impact_xl.form.layout import LEVEL, STATEMENT, TICK, level_key, note_key, parse_key
from impact_xl.returns.formats import xlsx
from impact_xl.returns.read_file import read_content
from impact_xl.round.answers import judge
from impact_xl.xlsx.a1 import a1

FOLDER = Path(__file__).parent
OF_4C80C51, OF_0_1 = FOLDER / "form_4c80c51", FOLDER / "version_0_1" / "forms"
QUESTIONNAIRE = questionnaires.load()
FORMS = [path for folder in (OF_4C80C51, OF_0_1) for path in sorted(folder.glob("*.xlsx"))]
PLAIN = [path for path in FORMS if "correction" not in path.name]


def places(content: bytes) -> Mapping[str, tuple[str, int]]:
    """The sheet and 0-based row of each key."""
    return {
        value: (grid.name, row)
        for grid in xlsx.read(content).grids
        for (row, _), value in grid.cells.items()
        if isinstance(value, str) and parse_key(value)
    }


def filled(path: Path) -> tuple[bytes, dict[str, int]]:
    """A form with every question answered, every note written and every text of Start and Priorities typed in."""
    copy, found = Copy(path), places(path.read_bytes())
    levels = {question.id: 1 + question.number % 5 for question in QUESTIONNAIRE.questions if question.id in found}
    for question, level in levels.items():
        sheet, row = found[level_key(question, level)]
        if "list" in path.name:
            copy.type(sheet, a1(row, TICK), "☑")
        else:
            copy.tick(sheet, a1(row, TICK))
    for key, (sheet, row) in found.items():
        if not re.fullmatch(r"Q\d+(\.(L\d|NA))?", key):
            copy.type(sheet, a1(row, STATEMENT), f"Something about {key}, in a line that is not short.")
    return saved(copy), levels


def outcome(content: bytes) -> tuple[dict[str, int | None], list[str]]:
    """The levels that are read, and the rules of everything that is said."""
    file = read_content(content, "form.xlsx", QUESTIONNAIRE)
    (submission,) = file.submissions
    judged = judge(submission, QUESTIONNAIRE)
    levels = {question: judged.answers[question].level for question in submission.questions}
    return levels, [finding.rule.id for finding in (*file.findings, *judged.findings)]


@pytest.mark.parametrize("path", FORMS, ids=lambda path: f"{path.parent.name} {path.stem}")
def test_a_filled_form_is_read_without_a_word(path: Path) -> None:
    content, levels = filled(path)
    assert outcome(content) == (levels, [])
    file = read_content(content, "form.xlsx", QUESTIONNAIRE)
    notes = {question: marks.note for question, marks in file.submissions[0].questions.items()}
    assert notes == {key: f"Something about {note_key(key)}, in a line that is not short." for key in levels}


@pytest.mark.parametrize("path", PLAIN, ids=lambda path: f"{path.parent.name} {path.stem}")
def test_a_filled_form_without_its_keys_has_lost_nothing_else(path: Path) -> None:
    """Without keys a form is read by its texts alone, which are those of its own time."""
    content, levels = filled(path)
    copy = Copy(content)
    for name in copy.names:
        copy.delete_column(name, "A")
    assert outcome(saved(copy)) == (levels, ["form-moved"])


@pytest.mark.parametrize("path", FORMS, ids=lambda path: f"{path.parent.name} {path.stem}")
def test_what_somebody_types_between_is_told(path: Path) -> None:
    """The free texts of Start are ours; a line that somebody adds to a sheet with questions is not."""
    content, levels = filled(path)
    sheet, row = next(place for key, place in places(content).items() if key.endswith(".note"))
    changed = saved(Copy(content).write(sheet, a1(row + 1, LEVEL), "We were not sure here, please call us."))
    assert outcome(changed) == (levels, ["form-extra-content"])
