"""Every case of the ledger, opened and saved by every program that we can run: nothing silently wrong, nothing lost.

What a program cannot keep, it loses before we see the file. Each such loss is named here; another one fails, and so
does one that no longer happens.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import edit_cases
import openpyxl
import pytest
import survival_counts
from edit_cases import BLANK, FORM, LEDGER, MISSING, TRUTH, UNCLEAR, VARIANTS, outcome
from edits import Copy
from libreoffice import convert_all
from rounds_in_memory import QUESTIONNAIRE

from impact_xl import returns
from impact_xl.returns.submission import ReturnedFile
from impact_xl.round.answers import State, judge

HERE = Path(__file__).parent


def libreoffice(filter_name: str) -> Callable[[Path, Path, str], None]:
    def save(source: Path, target: Path, ending: str) -> None:
        convert_all(sorted(source.iterdir()), target, f"{ending}:{filter_name}")

    return save


def gnumeric(kind: str) -> Callable[[Path, Path, str], None]:
    def save(source: Path, target: Path, ending: str) -> None:
        for file in source.iterdir():
            saved = target / f"{file.stem}.{ending}"
            subprocess.run(["ssconvert", "-T", f"Gnumeric_{kind}", file, saved], check=True, capture_output=True)

    return save


def script(program: str) -> Callable[[Path, Path, str], None]:
    def save(source: Path, target: Path, ending: str) -> None:
        subprocess.run(["node", HERE / "resave.js", program, ending, source, target], check=True)

    return save


def through_openpyxl(source: Path, target: Path, _: str) -> None:
    for file in source.iterdir():
        openpyxl.load_workbook(file).save(target / file.name)


def after(program: str, save: Callable[[Path, Path, str], None]) -> Callable[[Path, Path, str], None]:
    """What a second program makes of the files that a first one saved."""

    def save_again(source: Path, target: Path, ending: str) -> None:
        first = source.parent / program
        if not first.exists():
            first.mkdir()
            PROGRAMS[program](source, first, program.rpartition(".")[2])
        save(first, target, ending)

    return save_again


PROGRAMS = {
    "openpyxl.xlsx": through_openpyxl,
    "libreoffice.xlsx": libreoffice("Calc MS Excel 2007 XML"),
    "libreoffice.ods": libreoffice("calc8"),
    "libreoffice.xls": libreoffice("MS Excel 97"),
    "libreoffice, then openpyxl.xlsx": after("libreoffice.xlsx", through_openpyxl),
    "gnumeric.xlsx": gnumeric("Excel:xlsx"),
    "gnumeric.ods": gnumeric("OpenCalc:odf"),
    "gnumeric.xls": gnumeric("Excel:excel_biff8"),
    "exceljs.xlsx": script("exceljs"),
    "sheetjs.xlsx": script("sheetjs"),
    "sheetjs.ods": script("sheetjs"),
    "sheetjs.xls": script("sheetjs"),
}
NEEDED = {"libreoffice": "soffice", "gnumeric": "ssconvert", "exceljs": "node", "sheetjs": "node"}

# Forms of the other kinds, which hands have only filled in.
AGAIN = ("Q01", "Q09")
KINDS = {
    "list": edit_cases.build(tickbox="list"),
    "not applicable": edit_cases.build(round=edit_cases.WITH_ROW),
    "personal": edit_cases.build(team_id="t7", last=edit_cases.LAST_TIME),
    "correction": edit_cases.build(corrects=dict.fromkeys(AGAIN, "You ticked two boxes.")),
}

_UNCUT = {"Q04", "Q09", "Q11", "Q13", "Q17", "Q18"}  # all of their statements fit into 255 characters
# The cases whose questions come out otherwise once a program has saved them, and how.
_SHOWN = {"sheet hidden": {}, "sheet hidden so that only macros show it": {}}
_CIRCLE = {"a circle drawn round another level": {}}
LOST: dict[str, dict[str, dict[str, State]]] = {
    "openpyxl.xlsx": _CIRCLE,
    "exceljs.xlsx": _CIRCLE,
    # A statement half of which is in bold is in bold as a whole afterwards.
    "libreoffice, then openpyxl.xlsx": {**_CIRCLE, "rich text": {"Q01": UNCLEAR}},
    # It shows what was hidden.
    "gnumeric.xlsx": _SHOWN,
    # It gives the box a number format that reads like a date, and a date in a box is never guessed at.
    "gnumeric.xls": {"ticked with the number 1": dict.fromkeys(TRUTH, UNCLEAR)},
    # It writes nothing for an error or for a formula without a value, so that an empty box is an empty box again.
    "sheetjs.xlsx": {**_CIRCLE, "a new error in a box": {}},
    "sheetjs.ods": {
        **_CIRCLE,
        **_SHOWN,
        "rows hidden": {},
        "an error in a box": {},
        "a new error in a box": {},
        "a formula without a value in a box": {},
        "an array formula without a value in a box": {},
        "ticked with =TRUE(), saved without a value": dict.fromkeys(TRUTH, BLANK),
    },
    "sheetjs.xls": {
        **_CIRCLE,
        "rows hidden": {},
        "a new error in a box": {},
        "a formula without a value in a box": {},
        "an array formula without a value in a box": {},
        "ticked with =TRUE(), saved without a value": dict.fromkeys(TRUTH, BLANK),
        # It cuts every text to 255 characters: without the references only whole statements are found again, and
        # without its own name a level whose statement is cut is none.
        "ref column deleted": dict.fromkeys(TRUTH.keys() - _UNCUT, MISSING),
        "ref columns deleted on every sheet": dict.fromkeys(TRUTH.keys() - _UNCUT, MISSING),
        "references overwritten": {"Q01": MISSING},
        "only level names sorted": {"Q01": MISSING},
    },
}


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], dict[str, ReturnedFile]]:
    """What is read of the ledger's copies after a program has saved them, by the case's name."""
    folder = tmp_path_factory.mktemp("ledger")
    source = folder / "source"
    source.mkdir()
    for number, case in enumerate(LEDGER):
        copy = Copy(FORM)
        case.change(copy)
        copy.save(source / f"{number:03d}.xlsx")
    for name, content in KINDS.items():
        (source / f"{name}.xlsx").write_bytes(content)

    def read(program: str) -> dict[str, ReturnedFile]:
        target = folder / program
        if not target.exists():
            target.mkdir()
            PROGRAMS[program](source, target, program.rpartition(".")[2])
        files = returns.read(returns.find([target])[0], QUESTIONNAIRE, jobs=2)
        names = {file.file: Path(file.file).stem for file in files}
        return {
            LEDGER[int(name)].name if name.isdigit() else name: file for file in files for name in [names[file.file]]
        }

    return read


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_saves_the_ledger(
    program: str, saved: Callable[[str], dict[str, ReturnedFile]], pytestconfig: pytest.Config
) -> None:
    for name, command in NEEDED.items():
        if name in program and not _can_run(command):
            pytest.skip(f"{command} is not installed")
    files = saved(program)
    assert len(files) == len(LEDGER) + len(KINDS)
    for name in KINDS:
        answers = judge(files[name].submissions[0], QUESTIONNAIRE).answers
        assert {q: a.level for q, a in answers.items() if q in AGAIN or name != "correction"} == {
            q: level for q, level in TRUTH.items() if q in AGAIN or name != "correction"
        }, f"a {name} form"
        assert files[name].submissions[0].reference.kind == ("correction" if name == "correction" else "form")
    states = {case.name: outcome(files[case.name])[1] for case in LEDGER}
    lost = {case.name: states[case.name] for case in LEDGER if states[case.name] != case.states}
    assert lost == LOST.get(program, {})
    survival_counts.check(edit_cases.survival(_title(program), states), renew=pytestconfig.getoption("renew"))


def test_at_least_99_of_100_readable_answers_are_recovered() -> None:
    """Over every row of the page: the tests that open the files check that each says what came of them."""
    by_name = {row.name: row for row in survival_counts.rows()}
    whole = by_name.pop("in all")
    assert by_name.keys() == {
        *map(_title, PROGRAMS),
        *(f"hands alone, {variant}" for variant in VARIANTS),
        "tests/real",
    }
    assert whole == survival_counts.total(by_name.values())
    assert (whole.wrong, whole.lost) == (0, 0)
    assert whole.right + whole.reported == whole.answers
    assert 100 * whole.right >= 99 * whole.answers


_NAMES = {"libreoffice": "LibreOffice", "gnumeric": "Gnumeric", "exceljs": "ExcelJS", "sheetjs": "SheetJS"}


def _title(program: str) -> str:
    """A program as people write it, with the ending of what it saves."""
    name, _, ending = program.rpartition(".")
    for plain, proper in _NAMES.items():
        name = name.replace(plain, proper)
    return f"{name} (.{ending})"


def _can_run(command: str) -> bool:
    """Whether a program is here; in CI every one of them has to be."""
    if os.environ.get("CI"):
        return True
    if command == "node":
        return bool(os.environ.get("NODE_PATH")) and shutil.which("node") is not None
    return shutil.which(command) is not None
