"""Hostile files beside good ones: each costs itself, in time and memory that are bounded, and nothing else."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest
from hands import Copy, places
from hostile import files
from made import ASKED

from impact_xl import form, layout, returns
from impact_xl.answers import judge
from impact_xl.returns import worker
from impact_xl.returns.submission import ReturnedFile

PLACES = places(ASKED)
FIRST = layout.component_sheet_name(ASKED.components[0])
FORM = form.build(form.Form(ASKED, entries={layout.level_key(question.id, 3): True for question in ASKED.questions}))
GOOD = 100

# What may be read in spite of what it is: then its answers are the right ones.
READABLE = {
    "bomb under the limit.xlsx",
    "bomb string.xlsx",
    "bomb attribute.xlsx",
    "far cell.xlsx",
    "far column.xlsx",
    "far row.xlsx",
    "formatted rows.xlsx",
    "giant merge.xlsx",
    "impossible reference.xlsx",
    "lying big.xlsx",
    "lying count.xlsx",
    "wrong dimension.xlsx",
}
# These are honest although they look odd, so they have to be read.
MUST_BE_READ = {"far cell.xlsx", "far column.xlsx", "far row.xlsx", "formatted rows.xlsx", "giant merge.xlsx"}


def answers(file: ReturnedFile) -> list[dict[str, tuple[str, int | None]]]:
    return [
        {question: (answer.state.value, answer.level) for question, answer in judge(each, ASKED).answers.items()}
        for each in file.submissions
    ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("returns")
    for number in range(GOOD):
        copy = Copy(FORM).type(*PLACES["start.team"], f"Ward {number}")
        for question in ("Q01", "Q02"):
            for level in range(1, 6):
                copy.tick(*PLACES[layout.level_key(question, level)], ticked=level == 1 + number % 5)
        copy.save(place / f"good {number:03d}.xlsx")
    return place


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such names")
def test_good_copies_beside_hostile_files(folder: Path) -> None:
    sources, _ = returns.find([folder])
    alone = {file.file: answers(file) for file in returns.read(sources, ASKED, jobs=2)}
    assert len(alone) == GOOD
    assert all(len(each) == 1 for each in alone.values())

    hostile = files(FORM, FIRST)
    for name, content in hostile.items():
        (folder / name).write_bytes(content)
    os.mkfifo(folder / "pipe.xlsx")
    (folder / "zero.xlsx").symlink_to("/dev/zero")
    (folder / "loop.xlsx").symlink_to(folder / "loop.xlsx")
    sources, before = returns.find([folder])
    assert [finding.rule.id for finding in before] == ["file-unreadable"] * 3
    gone = folder / "gone.xlsx"
    gone.write_bytes(FORM)
    sources += returns.find([gone])[0]
    gone.unlink()

    took: dict[str, float] = {}
    read: list[ReturnedFile] = []
    reader = worker.Reader(ASKED, (), worker.SECONDS, worker.MEMORY)
    try:
        for source in sources:
            started = time.perf_counter()
            read += reader.read(source)
            took[source.file] = time.perf_counter() - started
    finally:
        reader.close()
    assert {file.file: answers(file) for file in read if file.file.startswith("good ")} == alone
    slow = {name: round(seconds, 1) for name, seconds in took.items() if seconds > worker.SECONDS + 1}
    if os.environ.get("TOOK"):
        print(sorted(((round(v, 1), k) for k, v in took.items()), reverse=True)[:12])
        for f in read:
            if not f.file.startswith(("good ", "many members")):
                print(f.file, f.kind, [x.message for x in f.findings][:2], len(f.submissions))
    assert not slow
    _check_outcomes([file for file in read if not file.file.startswith("good ")])
    said = {file.file.partition("!/")[0] for file in read}
    assert {source.file for source in sources} == said, "every file has an outcome"


def _check_outcomes(read: list[ReturnedFile]) -> None:
    right = answers_of_the_form()
    for file in read:
        assert all(character.isprintable() for character in file.file)
        assert file.findings or file.submissions, file.file
        for each in answers(file):
            assert file.file in READABLE, f"{file.file} was read"
            assert each == right, f"{file.file} was read wrongly"
    assert {file.file for file in read if file.submissions} >= MUST_BE_READ


def answers_of_the_form() -> dict[str, tuple[str, int | None]]:
    return {question.id: ("answered", 3) for question in ASKED.questions}
