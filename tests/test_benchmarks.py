"""Copies to measure with are read the fast way, as every program spells them, and say what was put into them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from rounds_in_memory import QUESTIONNAIRE

from impact_xl.returns.read_file import read_content
from impact_xl.round.answers import State, judge

sys.path.append(str(Path(__file__).parent.parent / "benchmarks"))

import copies
from paths import CAREFUL, FAST, LIBRARY, paths_of


@pytest.mark.parametrize("program", [*copies.SHARES, copies.INDEPENDENT])
def test_what_a_program_writes_is_read_the_fast_way(program: str, tmp_path: Path) -> None:
    """A copy that takes a library is slow; docs/speed.md holds the shares of larger numbers."""
    folder = copies.make(tmp_path / "returns", 4, program)
    assert paths_of(folder) == {FAST: 4, LIBRARY: 0, CAREFUL: 0}
    for path in folder.iterdir():
        file = read_content(path.read_bytes(), path.name, QUESTIONNAIRE)
        assert [finding.rule.id for finding in file.findings] == []
        (submission,) = file.submissions
        judged = judge(submission, QUESTIONNAIRE)
        assert {answer.state for answer in judged.answers.values()} == {State.ANSWERED}
        assert (judged.findings, submission.team) == ((), path.name[:10])
        assert any("\n" in answer.note for answer in judged.answers.values())


def test_the_same_seed_gives_the_same_copies(tmp_path: Path) -> None:
    contents = [
        [path.read_bytes() for path in sorted(copies.make(tmp_path / name, 3, "mixed", seed=seed).iterdir())]
        for name, seed in (("one", 1), ("again", 1), ("other", 2))
    ]
    assert contents[0] == contents[1]
    assert not set(contents[0]) & set(contents[2])
