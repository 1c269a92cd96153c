"""The form's formulas give what is stored, in engines that share no code: IronCalc and LibreOffice; ticks included."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import ironcalc
import openpyxl
import pytest
from edits import places
from libreoffice import needs_office, recalculated

from impact_xl import questionnaire as questionnaires
from impact_xl.form import workbook as form
from impact_xl.form.layout import DONE, ONLY_ONE, TO_DO
from impact_xl.form.workbook import Form
from impact_xl.roster import Round
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

Results = dict[tuple[str, str], object]


def stored(path: Path) -> Results:
    """What is stored in each cell that holds a formula."""
    book, values = openpyxl.load_workbook(path), openpyxl.load_workbook(path, data_only=True)
    formulas = (cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "f")
    return {(each.parent.title, each.coordinate): values[each.parent.title][each.coordinate].value for each in formulas}


class Engine:
    """IronCalc with a workbook in it."""

    def __init__(self, path: Path) -> None:
        self.model = ironcalc.load_from_xlsx(str(path), "en", "UTC", "en")
        self.sheets = [each["name"] for each in self.model.get_worksheets_properties()]

    def type(self, sheet: str, cell: str, text: str) -> None:
        self.model.set_user_input(self.sheets.index(sheet), *_row_and_column(cell), text)

    def results(self, cells: Mapping[tuple[str, str], object]) -> Results:
        """What it works out for some cells."""
        self.model.evaluate()
        return {
            (sheet, cell): self.model.get_cell_value(self.sheets.index(sheet), *_row_and_column(cell))
            for sheet, cell in cells
        }


def _row_and_column(cell: str) -> tuple[int, int]:
    letters, digits = re.fullmatch(r"([A-Z])(\d+)", cell).groups()  # no form is wider than Z
    return int(digits), ord(letters) - ord("A") + 1


@pytest.fixture(params=FORMS)
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return form.write(FORMS[request.param], tmp_path / "form.xlsx")


def test_ironcalc_gives_what_is_stored(made: Path):
    expected = stored(made)
    assert len(expected) > 2
    assert Engine(made).results(expected) == expected


@needs_office
@pytest.mark.parametrize("name", ["native filled", "list filled", "not applicable"])
def test_libreoffice_gives_what_is_stored(name: str, tmp_path: Path):
    path = form.write(FORMS[name], tmp_path / "form.xlsx")
    again = openpyxl.load_workbook(recalculated(path, tmp_path), data_only=True)
    expected = stored(path)
    assert {(sheet, cell): again[sheet][cell].value for sheet, cell in expected} == expected


@pytest.mark.parametrize("tickbox", form.TICKBOXES)
def test_the_status_follows_what_is_typed(tickbox: str, tmp_path: Path):
    """A box may take TRUE, the form's own sign, an x or a 1; each makes what the program writes for a filled form."""
    blank = Form(BUILT_IN, tickbox)
    engine = Engine(form.write(blank, tmp_path / "blank.xlsx"))
    sign = "TRUE" if tickbox == "native" else "☑"
    for key, entry in TICKS.items():
        engine.type(*places(blank)[key], sign if entry is True else str(entry))
    filled = stored(form.write(Form(BUILT_IN, tickbox, entries=TICKS), tmp_path / "filled.xlsx"))
    assert engine.results(filled) == filled
    for sheet in blank.plan():
        for row, line in enumerate(sheet.lines):
            if line.key in STATUSES:
                assert filled[sheet.name, a1(row, 4)] == STATUSES[line.key]
