"""What Excel shows of each workbook that we write, and LibreOffice never does: tests of the files' XML.

Each rule is one that Excel is known to go by. The kinds of workbooks are all that the program writes.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from functools import cache

import pytest
from comparisons import random_comparison
from rounds_in_memory import QUESTIONNAIRE, random_round
from test_meeting import split_round

from impact_xl import feedback, results
from impact_xl.comparison import share as comparison_share
from impact_xl.comparison import workbook as comparison_workbook
from impact_xl.form import workbook as form
from impact_xl.form.layout import Action
from impact_xl.form.workbook import Form
from impact_xl.mail import tracking
from impact_xl.results import meeting, share
from impact_xl.roster import Round, Team, TeamList, workbook

LAPTOP = 1366, 728  # pixels of a small laptop's screen, without the bar of Windows
TWIPS = 15  # in a pixel

Parts = dict[str, str]
COLLATION = random_round(seed=11, teams=23)
ROUND = Round("r1", "Autumn 2026", contact="a@trust.example", teams=TeamList((Team("ash", "Ash ward"),)))
WHO = {"start.team": "Ash ward", "start.team-id": "ash"}

KINDS: dict[str, Callable[[], bytes]] = {
    "form": lambda: form.build(Form(QUESTIONNAIRE)),
    "list form": lambda: form.build(Form(QUESTIONNAIRE, "list", Round(not_applicable=True))),
    "prefilled form": lambda: form.build(
        Form(
            QUESTIONNAIRE,
            "native",
            ROUND,
            "ash",
            WHO,
            last=["Q01.L2", "Q05.L1"],
            last_priorities=[Action("Daily huddles")],
        )
    ),
    "correction form": lambda: form.build(
        Form(QUESTIONNAIRE, "native", ROUND, "ash", WHO, corrects={"Q01": "Which one do you mean?", "Q09": ""})
    ),
    "paper form": lambda: form.build(Form(QUESTIONNAIRE, paper=True)),
    "round": lambda: workbook.build(ROUND, QUESTIONNAIRE),
    "consolidated": lambda: results.build(COLLATION),
    "board copy": lambda: share.build(COLLATION),
    "meeting": lambda: meeting.build(split_round(), 5),
    "pack": lambda: next(feedback.packs(COLLATION)).content,
    "tracking": lambda: tracking.build(COLLATION),
    "comparison": lambda: comparison_workbook.build(random_comparison(seed=11, teams=23)),
    "comparison to share": lambda: comparison_share.build(random_comparison(seed=11, teams=23), 5),
}


@cache
def parts_of(kind: str) -> Parts:
    with zipfile.ZipFile(io.BytesIO(KINDS[kind]())) as package:
        names = [name for name in package.namelist() if name.endswith(".xml")]
        return {name: package.read(name).decode() for name in names}


def sheets_of(kind: str) -> Iterator[str]:
    return (content for name, content in parts_of(kind).items() if name.startswith("xl/worksheets/sheet"))


of_each_kind = pytest.mark.parametrize("kind", KINDS)


@of_each_kind
def test_the_window_fits_a_laptop(kind: str):
    [view] = re.findall(r"<workbookView [^>]*>", parts_of(kind)["xl/workbook.xml"])
    place = {name: int(value) / TWIPS for name, value in re.findall(r'(\w+)="(\d+)"', view)}
    assert place["xWindow"] + place["windowWidth"] <= LAPTOP[0]
    assert place["yWindow"] + place["windowHeight"] <= LAPTOP[1]


@of_each_kind
def test_nothing_is_worked_out_on_opening(kind: str):
    """Else Excel asks to save the changes on closing, although nobody changed anything."""
    [calculation] = re.findall(r"<calcPr [^>]*>", parts_of(kind)["xl/workbook.xml"])
    assert "fullCalcOnLoad" not in calculation
    assert int(re.search(r'calcId="(\d+)"', calculation)[1]) >= 191029  # Excel 2019; an older one's work is done again


@of_each_kind
def test_every_formula_carries_its_result_and_an_empty_one_is_a_text(kind: str):
    """An empty result without a type is a number without digits: Protected View may show it as 0."""
    formulas = [cell for sheet in sheets_of(kind) for cell in re.findall(r"<c [^>]*><f>.*?</c>", sheet)]
    assert all(re.search(r"</f><v>.*</v></c>", cell, re.DOTALL) for cell in formulas)
    empty = [cell for cell in formulas if "<v></v>" in cell]
    assert all(' t="str"' in cell for cell in empty)
    assert bool(empty) == (kind in ("consolidated", "comparison"))


@of_each_kind
def test_shared_strings_are_counted_as_they_are_used(kind: str):
    strings = parts_of(kind)["xl/sharedStrings.xml"]
    counts = {name: int(number) for name, number in re.findall(r'\b(\w*[cC]ount)="(\d+)"', strings[:500])}
    uses = sum(len(re.findall(r'<c [^>]*t="s"', sheet)) for sheet in sheets_of(kind))
    assert counts == {"count": uses, "uniqueCount": strings.count("<si>")}


@of_each_kind
def test_no_green_triangle_in_a_table_of_results(kind: str):
    """One element for all kinds, as Excel honours the last only of two that name the same cells."""
    for sheet in sheets_of(kind):
        ignored = re.findall(r'<ignoredError sqref="[^"]+"([^>]*)/>', sheet)
        assert len(ignored) <= 1
        if "<f>" in sheet and "<tableParts" in sheet:
            assert {"formula", "formulaRange", "listDataValidation"} <= set(re.findall(r'(\w+)="1"', ignored[0]))


@of_each_kind
def test_nothing_is_worked_out_all_the_time(kind: str):
    """Volatile functions ask to save what nobody changed, and slow every keystroke."""
    formulas = re.findall(r"<(?:f|formula1)>(.*?)</", " ".join(sheets_of(kind)))
    assert not [each for each in formulas if re.search(r"\b(OFFSET|INDIRECT|NOW|TODAY|RAND)\(", each)]


@of_each_kind
def test_a_label_with_a_text_of_its_own_has_its_own_look(kind: str):
    charts = [part for name, part in parts_of(kind).items() if name.startswith("xl/charts/chart")]
    labels = [label for chart in charts for label in re.findall(r"<c:dLbl>.*?</c:dLbl>", chart) if "<c:rich>" in label]
    assert all(re.search(r'<a:rPr[^>]* sz="\d+".*?<a:solidFill>', label) for label in labels)


def test_a_text_that_a_formula_picks_is_shown_without_an_at_sign():
    """Excel 365 shows `@INDEX(...)` where a range could come of it and a text is put together."""
    formulas = re.findall(r"<f>(.*?)</f>", " ".join(sheets_of("consolidated")))
    assert not [each for each in formulas if re.search(r"&amp;INDEX\(|^INDEX\(", each)]


@of_each_kind
def test_no_breaks_stand_where_excel_ignores_them(kind: str):
    assert not [sheet for sheet in sheets_of(kind) if 'fitToPage="1"' in sheet and "<rowBreaks" in sheet]
