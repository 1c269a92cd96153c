"""Files that other programs really made: nothing in them is silently wrong, and nothing silently lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import survival_counts
from rounds_in_memory import QUESTIONNAIRE

from impact_xl import returns
from impact_xl.returns.submission import ReturnedFile
from impact_xl.round.answers import judge

FOLDER = Path(__file__).parent / "real"
TRUTH = json.loads((FOLDER / "truth.json").read_text())
FILES = sorted(path for path in FOLDER.iterdir() if path.suffix in (".xlsx", ".xls", ".ods", ".xlsb"))

# What is said of a file beside its answers; a file that is not named here is read without a word.
EXPECTED = {
    "sheetjs native.xls": {"form-wording-changed"},  # cuts every text to 255 characters
    "sheetjs native.xlsb": {"file-format"},  # the boxes read as empty, so none of it is believed
}


@pytest.fixture(scope="module")
def files() -> dict[str, ReturnedFile]:
    sources, _ = returns.find(FILES)
    return {file.file: file for file in returns.read(sources, QUESTIONNAIRE, jobs=2)}


def test_every_file_is_there() -> None:
    assert len(FILES) == 20
    assert set(EXPECTED) < {path.name for path in FILES}


@pytest.mark.parametrize("name", [path.name for path in FILES])
def test_a_real_file(files: dict[str, ReturnedFile], name: str) -> None:
    file = files[name]
    rules = {finding.rule.id for finding in file.findings}
    for submission in file.submissions:
        judged = judge(submission, QUESTIONNAIRE)
        rules |= {finding.rule.id for finding in judged.findings}
        assert {question: answer.level for question, answer in judged.answers.items()} == TRUTH["levels"]
        assert submission.team == TRUTH["texts"]["start.team"]
        assert submission.completed_by == TRUTH["texts"]["start.completed-by"]
        assert submission.questions["Q01"].note == TRUTH["texts"]["Q01.note"]
        assert submission.priorities[0].what == TRUTH["texts"]["P1.what"]
    assert rules == EXPECTED.get(name, set())
    assert bool(file.submissions) is not name.endswith(".xlsb")


def test_what_survives_in_real_files(files: dict[str, ReturnedFile], pytestconfig: pytest.Config) -> None:
    answers = [judge(submission, QUESTIONNAIRE).answers for file in files.values() for submission in file.submissions]
    right = sum(
        each.level == TRUTH["levels"][question] for each_answers in answers for question, each in each_answers.items()
    )
    whole = len(FILES) * len(TRUTH["levels"])
    row = survival_counts.Row("tests/real", len(FILES), whole, right, whole - right)
    survival_counts.check(row, renew=pytestconfig.getoption("renew"))
