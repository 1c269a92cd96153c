"""Hostile files beside good ones: each costs itself, in time and memory that are bounded, and nothing else."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from edits import Copy, places
from hostile import files
from rounds_in_memory import QUESTIONNAIRE

import impact_xl
from impact_xl import returns
from impact_xl.form import layout
from impact_xl.form import workbook as form
from impact_xl.returns import worker_pool
from impact_xl.returns.sources import printable
from impact_xl.returns.submission import ReturnedFile
from impact_xl.round.answers import judge
from impact_xl.wording import visible

PLACES = places(form.Form(QUESTIONNAIRE))
FIRST = layout.component_sheet_name(QUESTIONNAIRE.components[0])
FORM = form.build(
    form.Form(QUESTIONNAIRE, entries={layout.level_key(question.id, 3): True for question in QUESTIONNAIRE.questions})
)
GOOD = 100
needs_posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such names")

# What may be read in spite of what it is: then its answers are the right ones.
READABLE = {
    "bomb under the limit.xlsx",
    "bomb string.xlsx",
    "bomb attribute.xlsx",
    "far cell.xlsx",
    "far column.xlsx",
    "far row.xlsx",
    "far cell, other quotes.xlsx",
    "far cell, counted.xlsx",
    "formatted rows.xlsx",
    "formatted to the edge.xlsx",
    "giant merge.xlsx",
    "giant link.xlsx",
    "giant validation.xlsx",
    "giant condition.xlsx",
    "100,000 merges.xlsx",
    "900 sheets.xlsx",
    "50,000 names.xlsx",
    "60,000 styles.xlsx",
    "impossible reference.xlsx",
    "lying big.xlsx",
    "lying count.xlsx",
    "wrong dimension.xlsx",
}
# These are honest although they look odd, so they have to be read.
MUST_BE_READ = {
    *("far cell.xlsx", "far column.xlsx", "far row.xlsx", "far cell, other quotes.xlsx", "far cell, counted.xlsx"),
    *("formatted rows.xlsx", "formatted to the edge.xlsx", "100,000 merges.xlsx", "900 sheets.xlsx"),
    *("giant merge.xlsx", "giant link.xlsx", "giant validation.xlsx", "giant condition.xlsx"),
    *("50,000 names.xlsx", "60,000 styles.xlsx"),
}
# And these are refused by a certain rule, not by chance.
REFUSED = {
    "entities late.xlsx": "file-unsafe",
    "entities elsewhere.xlsx": "file-unsafe",
    "entities utf-16, no mark.xlsx": "file-unsafe",
    "entities late.ods": "file-unsafe",
    "cell twice.xlsx": "file-damaged",
    "row twice.xlsx": "file-damaged",
    "text that is not there.xlsx": "file-damaged",
    "sheet name twice.xlsx": "file-damaged",
    "duplicate part.xlsx": "file-unsafe",
    "duplicate part by case.xlsx": "file-unsafe",
    "70,000 entries.xlsx": "file-unsafe",
    "bomb sheet.xlsx": "file-too-big",
    "bomb media.xlsx": "file-too-big",
    "locked.xlsx": "file-password",
    "truncated.xlsx": "file-damaged",
    "winmail.dat": "file-damaged",
}


def answers(file: ReturnedFile) -> list[dict[str, tuple[str, int | None]]]:
    return [
        {
            question: (answer.state.value, answer.level)
            for question, answer in judge(each, QUESTIONNAIRE).answers.items()
        }
        for each in file.submissions
    ]


Answers = dict[str, list[dict[str, tuple[str, int | None]]]]


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Answers]:
    """A folder of good copies, and the answers in them."""
    place = tmp_path_factory.mktemp("returns")
    for number in range(GOOD):
        copy = Copy(FORM).type(*PLACES["start.team"], f"Ward {number}")
        for question in ("Q01", "Q02"):
            for level in range(1, 6):
                copy.tick(*PLACES[layout.level_key(question, level)], ticked=level == 1 + number % 5)
        copy.save(place / f"good {number:03d}.xlsx")
    read = returns.read(returns.find([place])[0], QUESTIONNAIRE, jobs=2)
    answers_by_file = {file.file: answers(file) for file in read}
    assert len(answers_by_file) == GOOD
    assert all(len(each) == 1 for each in answers_by_file.values())
    return place, answers_by_file


@pytest.fixture(scope="module")
def folder(alone: tuple[Path, Answers]) -> Path:
    """The good copies with every hostile file beside them."""
    place, _ = alone
    for name, content in files(FORM, FIRST).items():
        (place / name).write_bytes(content)
    os.mkfifo(place / "pipe.xlsx")
    (place / "zero.xlsx").symlink_to("/dev/zero")
    (place / "loop.xlsx").symlink_to(place / "loop.xlsx")
    return place


@needs_posix
def test_good_copies_beside_hostile_files(alone: tuple[Path, Answers], folder: Path) -> None:
    sources, before = returns.find([folder])
    assert [finding.rule.id for finding in before] == ["file-unreadable"] * 3
    gone = folder / "gone.xlsx"
    gone.write_bytes(FORM)
    sources += returns.find([gone])[0]
    gone.unlink()

    took: dict[str, float] = {}
    read: list[ReturnedFile] = []
    reader = worker_pool.Worker(QUESTIONNAIRE, (), worker_pool.SECONDS, worker_pool.MEMORY, worker_pool.identity)
    try:
        for source in sources:
            started = time.perf_counter()
            read += reader.read(source)
            took[source.file] = time.perf_counter() - started
    finally:
        reader.close()
    assert {file.file: answers(file) for file in read if file.file.startswith("good ")} == alone[1]
    slow = {name: round(seconds, 1) for name, seconds in took.items() if seconds > worker_pool.SECONDS + 1}
    assert not slow
    _check_outcomes([file for file in read if not file.file.startswith("good ")])
    with_outcome = {file.file.partition("!/")[0] for file in read}
    assert {source.file for source in sources} == with_outcome, "every file has an outcome"


_COLLATE = """
import re, resource, sys
from impact_xl.cli import cli
try:
    cli(sys.argv[1:], prog_name="impact-xl")
finally:
    # Its own peak as the kernel keeps it for this program: getrusage would count what it was forked from.
    own = re.search(r"VmHWM:\\s*(\\d+)", open("/proc/self/status").read())[1]
    print(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)  # kilobytes; of the largest reader
"""


@pytest.mark.skipif(sys.platform != "linux", reason="measures memory as Linux counts it")
def test_the_command_stays_small_and_calm_beside_them(alone: tuple[Path, Answers], folder: Path) -> None:
    out = folder.parent / "out"
    done = subprocess.run(
        [sys.executable, "-c", _COLLATE, "collate", folder, "-o", out / "all.xlsx", "--csv", out / "csv"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(impact_xl.__file__).parent.parent)},
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    own, largest = map(int, done.stdout.splitlines()[-1].split())
    assert own < 300_000
    assert largest < 1 << 20
    with (out / "csv" / "answers.csv").open(encoding="utf-8", newline="") as table:
        rows = [row for row in csv.DictReader(table) if row["file"].startswith("good ")]
    assert {(row["file"], row["question"]): (row["state"], row["level"]) for row in rows} == {
        (file, question): (state, str(level or ""))
        for file, (submission,) in alone[1].items()
        for question, (state, level) in submission.items()
    }


def _check_outcomes(read: list[ReturnedFile]) -> None:
    right = answers_of_the_form()
    for file in read:
        assert all(character.isprintable() for character in file.file)
        assert file.findings or file.submissions, file.file
        for each in answers(file):
            assert file.file in READABLE, f"{file.file} was read"
            assert each == right, f"{file.file} was read wrongly"
    assert {file.file for file in read if file.submissions} >= MUST_BE_READ
    by_file = {file.file: file.findings[0].rule.id for file in read if file.file in REFUSED}
    assert by_file == REFUSED


def answers_of_the_form() -> dict[str, tuple[str, int | None]]:
    return {question.id: ("answered", 3) for question in QUESTIONNAIRE.questions}


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("z\u3164.xlsx", "z?.xlsx"),
        ("q\u2800.xlsx", "q?.xlsx"),
        ("v\ufe0f\u034f.xlsx", "v??.xlsx"),
        ("\ufe0f.xlsx", "?.xlsx"),
        ("a\U000e0101.xlsx", "a?.xlsx"),
        ("\u115f\u17b4\uffa0.xlsx", "???.xlsx"),
        ("a\u202eb\n\x1b.xlsx", "a?b??.xlsx"),
        ("❤\ufe0f 1\ufe0f\u20e3 é 部署.xlsx", "❤\ufe0f 1\ufe0f\u20e3 é 部署.xlsx"),
    ],
)
def test_a_letter_that_nobody_sees_does_not_hide_in_a_file_name(name: str, shown: str) -> None:
    assert printable(name) == shown
    assert (visible(name) == name) is (shown == name)
