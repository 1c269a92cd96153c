"""Each kind of finding has its case, and each case comes out as its page says."""

from __future__ import annotations

import sys
from pathlib import Path

import casebook
import pytest
from casebook import Case

from impact_xl.findings import RULES

CASES = casebook.cases()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.path.stem)
def test_a_case(case: Case, tmp_path: Path, pytestconfig: pytest.Config) -> None:
    if sys.platform == "win32" and case.rule == "file-unreadable":
        pytest.skip("links need rights there")
    found = casebook.findings(case, casebook.play(case, tmp_path))
    if pytestconfig.getoption("renew"):
        casebook.renew(case, found)
    else:
        assert found == case.expected
    assert case.rule in {row[0] for row in found}


def test_every_kind_of_finding_has_its_case() -> None:
    assert sorted({case.rule for case in CASES}) == sorted(RULES)
    assert all(case.path.stem.startswith(case.rule) for case in CASES)
