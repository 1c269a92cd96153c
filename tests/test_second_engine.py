"""Formulas give what is stored, in engines that share no code: IronCalc and LibreOffice.

Ticks in the form are included; and in the consolidated workbook the selector, corrections, and what is misspelt. Every
formula is compared: IronCalc knows all that ours use, tables and names included, so no cell is left out.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from edits import places
from ironcalc_engine import Engine, Results, differing, stored, value_in
from libreoffice import needs_office, recalculated, shown
from python_calamine import CalamineWorkbook
from rounds_in_memory import random_round

from impact_xl import questionnaire as questionnaires
from impact_xl import results
from impact_xl.form import workbook as form
from impact_xl.form.layout import DONE, ONLY_ONE, TO_DO
from impact_xl.form.workbook import Form
from impact_xl.results.formulas import ALL_GROUPS
from impact_xl.results.sheet_writer import FIRST_ROW
from impact_xl.roster import NO_GROUP, Round
from impact_xl.round.collation import Collation
from impact_xl.xlsx.a1 import a1

BUILT_IN = questionnaires.load()
TICKS = {"Q01.L2": True, "Q02.L1": True, "Q02.L2": True, "Q03.L4": "x", "Q05.L5": 1, "P1.what": "Start huddles"}
STATUSES = {"Q01": DONE, "Q02": ONLY_ONE, "Q03": DONE, "Q04": TO_DO, "Q05": DONE}
FORMS = {
    "native": Form(BUILT_IN),
    "list": Form(BUILT_IN, "list"),
    "native filled": Form(BUILT_IN, entries=TICKS),
    "list filled": Form(BUILT_IN, "list", entries=TICKS),
    "not applicable": Form(BUILT_IN, round=Round(not_applicable=True), entries={"Q01.NA": True}),
    "correction": Form(BUILT_IN, corrects={"Q01": "Two are ticked.", "Q09": ""}, entries={"Q09.L3": True}),
    "small": Form(questionnaires.load(Path(__file__).parent / "small.toml"), entries={"Q03.L1": True}),
}
AWKWARD = ("1", "TRUE", "=South", "*Star?")  # names of groups


@pytest.fixture(params=FORMS)
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return form.write(FORMS[request.param], tmp_path / "form.xlsx")


def test_ironcalc_gives_what_is_stored(made: Path):
    expected = stored(made)
    assert len(expected) > 2
    assert differing(expected, Engine(made).results(expected)) == {}


@needs_office
@pytest.mark.parametrize("name", ["native filled", "list filled", "not applicable"])
def test_libreoffice_gives_what_is_stored(name: str, tmp_path: Path):
    path = form.write(FORMS[name], tmp_path / "form.xlsx")
    book = CalamineWorkbook.from_path(str(recalculated(path, tmp_path)))
    again = {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}
    expected = stored(path)
    assert differing(expected, values_of(again, expected)) == {}


def values_of(sheets: Mapping[str, Sequence[Sequence[object]]], cells: Results) -> Results:
    """Some cells' values among the rows of their sheets."""
    return {(sheet, cell): value_in(sheets[sheet], cell) for sheet, cell in cells}


@pytest.mark.parametrize("tickbox", form.TICKBOXES)
def test_the_status_follows_what_is_typed(tickbox: str, tmp_path: Path):
    """A box may take TRUE, the form's own sign, an x or a 1; each makes what the program writes for a filled form."""
    blank = Form(BUILT_IN, tickbox)
    engine = Engine(form.write(blank, tmp_path / "blank.xlsx"))
    sign = "TRUE" if tickbox == "native" else "☑"
    for key, entry in TICKS.items():
        engine.type(*places(blank)[key], sign if entry is True else str(entry))
    filled = stored(form.write(Form(BUILT_IN, tickbox, entries=TICKS), tmp_path / "filled.xlsx"))
    assert differing(filled, engine.results(filled)) == {}
    for sheet in blank.plan():
        for row, line in enumerate(sheet.lines):
            if line.key in STATUSES:
                assert filled[sheet.name, a1(row, 4)] == STATUSES[line.key]


@pytest.fixture(scope="module")
def round_of_40() -> Collation:
    return random_round(seed=3, teams=38, groups=AWKWARD)


@pytest.fixture(scope="module")
def written(round_of_40: Collation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("results") / "consolidated.xlsx"
    results.write(round_of_40, path)
    return path


def test_ironcalc_gives_what_is_stored_of_40_teams(written: Path):
    expected = stored(written)
    assert len(expected) > 5_000
    assert {sheet for sheet, _ in expected} >= {"Summary", "Components", "Questions", "Groups", "Heatmap", "Answers"}
    assert differing(expected, Engine(written).results(expected)) == {}


def test_ironcalc_gives_what_is_stored_of_300_teams(tmp_path: Path):
    groups = (*AWKWARD, *(f"Group {number}" for number in range(15)))
    results.write(random_round(seed=3, teams=298, groups=groups), tmp_path / "many.xlsx")
    expected = stored(tmp_path / "many.xlsx")
    assert len(expected) > 30_000
    assert differing(expected, Engine(tmp_path / "many.xlsx").results(expected)) == {}


@pytest.mark.parametrize(("kind", "value"), [(float, "99"), (str, "Sometimes")])
def test_a_stored_value_that_is_wrong_is_found(tmp_path: Path, kind: type, value: str):
    right, wrong = tmp_path / "right.xlsx", tmp_path / "wrong.xlsx"
    results.write(random_round(seed=3, teams=6), right)
    sheet, cell = next(cell for cell, result in stored(right).items() if result and isinstance(result, kind))
    with_stored(right, wrong, sheet, cell, value)
    expected = stored(wrong)
    found = differing(expected, Engine(wrong).results(expected))
    assert list(found) == [(sheet, cell)]
    assert found[sheet, cell][0] == kind(value)


def with_stored(source: Path, target: Path, sheet: str, cell: str, value: str) -> None:
    """A copy of a workbook in which another value is stored beside a formula."""
    number = CalamineWorkbook.from_path(str(source)).sheet_names.index(sheet) + 1
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == f"xl/worksheets/sheet{number}.xml":
                pattern = rf'(<c r="{cell}"[^>]*><f>[^<]*</f><v>)[^<]*'
                text, count = re.subn(pattern, rf"\g<1>{value}", content.decode())
                assert count == 1
                content = text.encode()
            new.writestr(name, content)


@needs_office
def test_both_engines_show_the_same_for_every_group(round_of_40: Collation, written: Path):
    """The last choice is as the first, so nothing of a group sticks; a group by hand and by the list are one."""
    chosen = [ALL_GROUPS, *round_of_40.groups, "Nobody's", ALL_GROUPS]
    assert {*AWKWARD, NO_GROUP} <= set(chosen)
    by_choice = both(written, "Summary", "A3", chosen)
    assert by_choice[0] == by_choice[-1] == stored(written)
    for number, before in enumerate(by_choice[:-1]):
        assert sum(before[cell] != by_choice[number + 1][cell] for cell in before) > 100, chosen[number + 1]


@needs_office
def test_both_engines_show_the_same_for_a_corrected_and_a_misspelt_level(written: Path):
    rows = CalamineWorkbook.from_path(str(written)).get_sheet_by_name("Answers").to_python(skip_empty_area=False)
    heads = rows[FIRST_ROW - 1]
    blank = next(at for at, row in enumerate(rows) if row[heads.index("State")] == "Blank")
    level = a1(blank, heads.index("Level"))
    corrected, misspelt, exempt, emptied = both(
        written, "Answers", level, ["Spreading", "Spredding", "Not applicable", ""]
    )
    state = ("Answers", a1(blank, heads.index("State")))
    assert [each[state] for each in (corrected, misspelt, exempt, emptied)] == [
        "Answered",
        "Unclear",
        "Not applicable",
        "Blank",
    ]
    assert emptied == stored(written)
    assert sum(corrected[cell] != misspelt[cell] for cell in corrected) > 10


def both(path: Path, sheet: str, cell: str, texts: Sequence[str]) -> list[Results]:
    """What the formulas of a workbook give after each of several texts was typed, in two engines that agree."""
    engine, cells = Engine(path), stored(path)
    found = []
    for text, sheets in zip(texts, shown(path, sheet, cell, texts, engine.sheets), strict=True):
        engine.type(sheet, cell, text)
        found.append(engine.results(cells))
        assert differing(values_of(sheets, cells), found[-1]) == {}, text
    return found
