"""Make the files of this folder again: `python tests/real/make.py [NODE_MODULES]`.

Needs LibreOffice, Gnumeric (ssconvert) and Node.js with the packages exceljs and xlsx (SheetJS) in NODE_MODULES.
Every file is the same form with the same answers, which `truth.json` holds, so that a test can compare them.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

import openpyxl  # noqa: E402
from edits import places  # noqa: E402
from libreoffice import convert, typed_many  # noqa: E402

from impact_xl import questionnaire as questionnaires  # noqa: E402
from impact_xl.form import layout  # noqa: E402
from impact_xl.form import workbook as form  # noqa: E402

QUESTIONNAIRE = questionnaires.load()
TEXTS = {
    "start.team": "Ward 7 & Co",
    "start.completed-by": "Ward lead",
    "Q01.note": "Two lines\nof evidence",
    "P1.what": "Huddles",
}


def main() -> None:
    dice = random.Random(3)
    truth = {question.id: dice.randint(1, len(QUESTIONNAIRE.levels)) for question in QUESTIONNAIRE.questions}
    (HERE / "truth.json").write_text(json.dumps({"levels": truth, "texts": TEXTS}, indent=1) + "\n")
    where = places(form.Form(QUESTIONNAIRE))
    ticks = [where[layout.level_key(question, level)] for question, level in truth.items()]
    texts = [(*where[key], text) for key, text in TEXTS.items()]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for tickbox in form.TICKBOXES:
            blank = form.write(form.Form(QUESTIONNAIRE, tickbox=tickbox), folder / f"blank {tickbox}.xlsx")
            boxes = [(*box, True if tickbox == "native" else "☑") for box in ticks]
            entries = {**{layout.level_key(q, level): True for q, level in truth.items()}, **TEXTS}
            filled = form.write(
                form.Form(QUESTIONNAIRE, tickbox=tickbox, entries=entries), folder / f"filled {tickbox}.xlsx"
            )
            _typed(tickbox, blank, [*boxes, *texts])
            if tickbox != "native":
                continue  # the text boxes are the same in every program; one that types them is enough
            _saved(tickbox, filled, folder)
            _gnumeric(tickbox, filled)
            _openpyxl(tickbox, blank, [*boxes, *texts])
            if len(sys.argv) > 1:
                _javascript(tickbox, blank, [*boxes, *texts], folder)


def _name(program: str, tickbox: str, ending: str) -> Path:
    return HERE / f"{program} {tickbox}.{ending}"


def _typed(tickbox: str, blank: Path, entries: list[tuple[str, str, object]]) -> None:
    typed: dict[str, dict[str, str]] = {}
    for sheet, cell, value in entries:
        typed.setdefault(sheet, {})[cell] = "TRUE" if value is True else str(value)
    endings = ("xlsx", "ods", "xls")
    typed_many({_name("libreoffice typed", tickbox, ending): (blank, typed) for ending in endings})


def _saved(tickbox: str, filled: Path, folder: Path) -> None:
    for ending, filter_ in (("xlsx", "Calc MS Excel 2007 XML"), ("ods", "calc8"), ("xls", "MS Excel 97")):
        saved = convert(filled, folder / "saved", f"{ending}:{filter_}")
        saved.replace(_name("libreoffice saved", tickbox, ending))
    book = openpyxl.load_workbook(_name("libreoffice saved", tickbox, "xlsx"))
    book.save(_name("libreoffice then openpyxl", tickbox, "xlsx"))


def _gnumeric(tickbox: str, filled: Path) -> None:
    kinds = (("xlsx", "Gnumeric_Excel:xlsx"), ("ods", "Gnumeric_OpenCalc:odf"), ("xls", "Gnumeric_Excel:excel_biff8"))
    for ending, kind in kinds:
        target = _name("gnumeric saved", tickbox, ending)
        subprocess.run(["ssconvert", "-T", kind, filled, target], check=True, capture_output=True)
    old = _name("libreoffice saved", tickbox, "ods")
    target = _name("libreoffice then gnumeric", tickbox, "xls")
    subprocess.run(["ssconvert", "-T", "Gnumeric_Excel:excel_biff8", old, target], check=True, capture_output=True)


def _openpyxl(tickbox: str, blank: Path, entries: list[tuple[str, str, object]]) -> None:
    book = openpyxl.load_workbook(blank)
    for sheet, cell, value in entries:
        book[sheet][cell] = value
    book.save(_name("openpyxl", tickbox, "xlsx"))


def _javascript(tickbox: str, blank: Path, entries: list[tuple[str, str, object]], folder: Path) -> None:
    list_file = folder / "entries.json"
    list_file.write_text(json.dumps(entries))
    environment = {**os.environ, "NODE_PATH": str(Path(sys.argv[1]).resolve())}
    subprocess.run(["node", HERE / "make.js", blank, list_file, HERE, tickbox], check=True, env=environment)


if __name__ == "__main__":
    main()
