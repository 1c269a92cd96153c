"""The short way to read a sheet of questions says what the parser says, or leaves the sheet to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date

import edit_cases
import pytest
from edit_cases import LEDGER, VARIANTS, Case
from edits import Copy
from hostile import saved
from hypothesis import given, settings
from hypothesis import strategies as st
from rounds_in_memory import QUESTIONNAIRE, SMALL

from impact_xl.form import layout
from impact_xl.form import workbook as form
from impact_xl.form.form import Form
from impact_xl.form.layout import Action, Kind
from impact_xl.form.plans import plan
from impact_xl.questionnaire import Questionnaire
from impact_xl.returns.file_type import FileRejected
from impact_xl.returns.formats import xlsx
from impact_xl.returns.formats.grid import Addition, CellError, Grid, Look, Run, Value
from impact_xl.returns.parse import submissions
from impact_xl.returns.parse.parsed_sheet import ParsedSheet
from impact_xl.returns.parse.sheet import SheetParser
from impact_xl.returns.parse.usual_sheet import parse_usual
from impact_xl.returns.submission import QuestionMarks
from impact_xl.roster import Round

COMPONENTS = len(QUESTIONNAIRE.components)
PLAN = plan(QUESTIONNAIRE)[1]
LAST_ROW = len(PLAN.lines)
GRID = xlsx.read(
    form.build(Form(QUESTIONNAIRE, entries={"Q01.L2": True, "Q01.note": "We do this on most wards."}))
).grids[1]
LAST = xlsx.read(form.build(Form(QUESTIONNAIRE))).grids[-1]


def place(key: str, col: int) -> tuple[int, int]:
    return PLAN.row(key) - 1, col


BOX, NOTE = place("Q01.L3", layout.TICK), place("Q01.note", layout.STATEMENT)
NAME, STATEMENT = place("Q01.L3", layout.LEVEL), place("Q01.L3", layout.STATEMENT)
STATUS, TITLE = place("Q01", layout.STATUS), place("Q01", layout.LEVEL)


def questions_of(sheets: list[ParsedSheet], questionnaire: Questionnaire) -> list[tuple[str, QuestionMarks]]:
    return [*submissions._questions(sheets, questionnaire)]


def usual(grids: tuple[Grid, ...]) -> int:
    """How many sheets are read the short way; what they say is what the parser says."""
    count = 0
    for grid in grids:
        if (parsed := parse_usual(grid, QUESTIONNAIRE)) is not None:
            read = SheetParser(grid, QUESTIONNAIRE).read()
            assert parsed == read, grid.name
            assert questions_of([parsed], QUESTIONNAIRE) == questions_of([read], QUESTIONNAIRE), grid.name
            count += 1
    return count


@pytest.mark.parametrize(
    "wanted",
    [
        Form(QUESTIONNAIRE),
        Form(QUESTIONNAIRE, "list", entries={"Q01.L2": True, "Q09.note": "Two\nlines"}),
        Form(QUESTIONNAIRE, round=Round(not_applicable=True), entries={"Q01.NA": True}),
        Form(QUESTIONNAIRE, team_id="ward-7", last={"Q01.L2", "Q03.L5"}, last_priorities=[Action("Huddles")]),
    ],
    ids=["native", "list", "with “Not applicable”", "personal, with last time's levels"],
)
def test_our_own_forms_are_read_the_short_way(wanted: Form) -> None:
    """All but last time's priorities: the layout here is the one that form/sheet_writer writes."""
    assert usual(xlsx.read(form.build(wanted)).grids) == COMPONENTS + 1 + (not wanted.last_priorities)


@pytest.mark.parametrize("last", [frozenset(), frozenset({"Q01.L2"})], ids=["", "with last time's levels"])
@pytest.mark.parametrize("contact", ["", "improvement@trust.example"])
@pytest.mark.parametrize("seen_by", ["", "The improvement team."])
@pytest.mark.parametrize("between", ["", "Choose the lower one."])
def test_start_is_read_the_short_way_whatever_a_round_says(between: str, seen_by: str, contact: str, last: frozenset):
    round = Round(
        "autumn", "Autumn 2026", deadline=date(2026, 11, 30), contact=contact, between_levels=between, seen_by=seen_by
    )
    team = {"start.team": "Ash ward", "start.group": "Medicine"}
    wanted = Form(QUESTIONNAIRE, round=round, team_id="ash", entries=team, last=last)
    texts = start_of(wanted)
    assert usual((texts,)) == 1
    assert parse_usual(texts, QUESTIONNAIRE).texts["start.team"] == "Ash ward"


def start_of(wanted: Form) -> Grid:
    """The first sheet of a form; laid out here as the form's writer lays it out, as building each takes long."""
    (sheet, *_), cells = wanted.plan(), dict[tuple[int, int], Value]()
    for row, line in enumerate(sheet.lines):
        kind, texts = line.kind, (line.key, "", line.label, line.text)
        match kind:
            case Kind.TITLE | Kind.ABOUT | Kind.MAIN:
                texts = (line.text,)
            case Kind.HEADER if sheet.lines[row + 1].key:
                texts = (layout.REF_HEADER, "", line.label, line.text)
            case Kind.ENTRY:
                texts = (line.key, "", line.label, str(wanted.entries.get(line.key, "")))
            case Kind.PROGRESS | Kind.TOTAL:
                texts = ("", "", line.label, "0 of 5 done   ○○○○○")
            case Kind.REFERENCE:
                texts = ("", "", layout.REFERENCE_LABEL, str(wanted.reference(sheet.kind)))
        cells |= {(row, col): text for col, text in enumerate(texts) if text}
    return Grid(sheet.name, cells)


def test_a_questionnaire_of_another_shape() -> None:
    grids = xlsx.read(form.build(Form(SMALL, entries={"Q01.L2": True}))).grids
    read = {grid.name: parse_usual(grid, SMALL) for grid in grids}
    assert all(read.values())
    parsed = {grid.name: SheetParser(grid, SMALL).read() for grid in grids}
    assert read == parsed
    assert questions_of([*read.values()], SMALL) == questions_of([*parsed.values()], SMALL)


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_ledger_reads_alike(variant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    content, places = VARIANTS[variant]
    monkeypatch.setattr(edit_cases, "PLACES", places)
    counts = [usual(_edited(content, case)) for case in LEDGER]
    assert sum(counts) > len(LEDGER)


def _edited(content: bytes, case: Case) -> tuple[Grid, ...]:
    copy = Copy(content)
    case.change(copy)
    try:
        return xlsx.read(saved(copy)).grids
    except FileRejected:
        return ()


# -- what is left to the parser -------------------------------------------------------------------------


def with_cells(changes: Mapping[tuple[int, int], Value]) -> Grid:
    cells = {**GRID.cells, **changes}
    return replace(GRID, cells={at: value for at, value in sorted(cells.items()) if value is not None})


def with_look(at: tuple[int, int], **look: object) -> Grid:
    """The sheet with another look in one cell."""
    looks = (*GRID.looks, replace(GRID.look(at), **look))
    return replace(GRID, styles={**GRID.styles, at: len(looks) - 1}, looks=looks)


LEFT: dict[str, Callable[[], Grid]] = {
    "a box without anything": lambda: with_cells({BOX: None}),
    "a typed mark": lambda: with_cells({BOX: "x"}),
    "a number that is no tick": lambda: with_cells({BOX: 7.0}),
    "an error in a box": lambda: with_cells({BOX: CellError("#REF!")}),
    "another statement": lambda: with_cells({STATEMENT: "We do."}),
    "no name": lambda: with_cells({NAME: None}),
    "another title": lambda: with_cells({TITLE: "1. Something else"}),
    "a text over a status": lambda: with_cells({STATUS: "Level 3"}),
    "a header over a status": lambda: with_cells({STATUS: "Status"}),
    "a text beside a box": lambda: with_cells({(BOX[0], layout.STATUS): "this one"}),
    "a text below the form": lambda: with_cells({(LAST_ROW + 3, 1): "hello"}),
    "a key as a note": lambda: with_cells({NOTE: "Q02.L3"}),
    "a header as a note": lambda: with_cells({NOTE: " TICK "}),
    "a reference as a note": lambda: with_cells({NOTE: str(Form(QUESTIONNAIRE).reference("C2"))}),
    "what says that it is a correction, as a note": lambda: with_cells({NOTE: "Correction: this and that, please"}),
    "an empty note": lambda: with_cells({NOTE: "  "}),
    "another reference": lambda: with_cells({(LAST_ROW - 1, layout.STATEMENT): "impact-xl|form|x"}),
    "a form of another version": lambda: with_cells(
        {(LAST_ROW - 1, layout.STATEMENT): str(layout.Reference("form", QUESTIONNAIRE.id, "0.1", "abcdef"))}
    ),
    "another name of the sheet": lambda: replace(GRID, name="Sheet1"),
    "merged cells": lambda: replace(GRID, merged=((14, 1, 15, 1),)),
    "a hidden row": lambda: replace(GRID, hidden_rows=frozenset({3})),
    "a hidden column": lambda: replace(GRID, hidden_columns=frozenset({3})),
    "a hidden sheet": lambda: replace(GRID, hidden=True),
    "a comment": lambda: replace(GRID, additions=(Addition("a comment", BOX, "why?"),)),
    "a text in pieces": lambda: replace(GRID, runs={NOTE: (Run("We", Look(bold=True)),)}),
    "a statement that is filled": lambda: with_look(STATEMENT, fill="FFFF00"),
    "a name that is crossed out": lambda: with_look(NAME, struck=True),
    "a box in bold": lambda: with_look(BOX, bold=True),
    "a tick that nobody sees": lambda: with_look(place("Q01.L2", layout.TICK), colour="FFFFFF", fill="FFFFFF"),
    "a tick that is crossed out": lambda: with_look(place("Q01.L2", layout.TICK), struck=True),
}  # fmt: skip


@pytest.mark.parametrize("what", LEFT)
def test_whatever_else_is_there_is_for_the_parser(what: str) -> None:
    assert parse_usual(GRID, QUESTIONNAIRE) is not None
    assert parse_usual(LEFT[what](), QUESTIONNAIRE) is None


def test_a_look_that_all_levels_share_is_nothing_to_look_at() -> None:
    looks = tuple(replace(look, fill="FFFF00", bold=True) for look in GRID.looks)
    grid = replace(GRID, looks=looks)
    assert parse_usual(grid, QUESTIONNAIRE) == SheetParser(grid, QUESTIONNAIRE).read()


_NOTES = st.one_of(
    st.text(max_size=60),
    st.floats(allow_nan=False),
    st.booleans(),
    st.sampled_from(
        ["Spreading", "Not applicable", "Level 3", "x", "Done", "Evidence or notes", "Q01", "P1.what", "start.team",
         "impact-xl|form", "What we saw", CellError("#REF!"), CellError("=A1"), QUESTIONNAIRE.questions[0].title]
    ),
)  # fmt: skip
_TICKS = st.sampled_from([True, False, 1.0, 0.0, layout.BOX, layout.TICKED_BOX, None, "x", 2.0, CellError("=TRUE()")])
_PLACES = [(row, col) for row, line in enumerate(PLAN.lines) for col in range(6) if line.question]


@settings(max_examples=300, deadline=None)
@given(
    st.dictionaries(st.sampled_from([at for at in _PLACES if at[1] == layout.TICK]), _TICKS, max_size=4),
    st.dictionaries(st.sampled_from([at for at in _PLACES if at[1] == layout.STATEMENT]), _NOTES, max_size=1),
    st.dictionaries(st.sampled_from(_PLACES), _NOTES, max_size=1),
)
def test_any_change_reads_alike(ticks: dict, notes: dict, elsewhere: dict) -> None:
    usual((with_cells({**ticks, **notes}), with_cells({**notes, **elsewhere})))


PRIORITIES = plan(QUESTIONNAIRE)[-1]
_ENTRIES = [(row, layout.STATEMENT) for row, line in enumerate(PRIORITIES.lines) if line.key]
_ENTERED = st.one_of(
    _NOTES,
    st.sampled_from(
        [*(label for _, label in layout.PRIORITY_FIELDS), "Priority 2", "Your answer", layout.CHOICES[0],
         QUESTIONNAIRE.questions[0].statement(2), "Q01 " + QUESTIONNAIRE.questions[0].short]
    ),
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(st.sampled_from(_ENTRIES), _ENTERED, max_size=3),
    st.dictionaries(
        st.tuples(st.integers(0, len(PRIORITIES.lines)), st.integers(0, 5)), st.one_of(st.none(), _ENTERED), max_size=1
    ),
)
def test_any_change_of_the_priorities_reads_alike(entries: dict, elsewhere: dict) -> None:
    for changes in (entries, {**entries, **elsewhere}):
        cells = {at: value for at, value in sorted({**LAST.cells, **changes}.items()) if value is not None}
        usual((replace(LAST, cells=cells),))


START = xlsx.read(form.build(Form(QUESTIONNAIRE, round=Round(seen_by="The improvement team.")))).grids[0]
_TYPED = st.one_of(
    _ENTERED,
    st.sampled_from(
        [layout.YOU, layout.HOW_TO, layout.GOOD_TO_KNOW, layout.PROGRESS, layout.ABOUT, layout.CHOICES[0], "Priority 1",
         layout.REFERENCE_LABEL, layout.TOTAL_LABEL, PLAN.name, QUESTIONNAIRE.title, "Not applicable to us",
         "Spreading.", "A sentence of the round, which is longer than any key or header.", "Action 1",
         *layout.STEPS, True, 3.0]
    ),
)  # fmt: skip


@settings(max_examples=500, deadline=None)
@given(
    st.dictionaries(st.sampled_from(sorted(START.cells)), st.one_of(st.none(), _TYPED), max_size=2),
    st.dictionaries(st.tuples(st.integers(0, 45), st.integers(0, 5)), _TYPED, max_size=1),
)
def test_any_change_of_start_reads_alike(there: dict, elsewhere: dict) -> None:
    for changes in (there, {**there, **elsewhere}):
        cells = {at: value for at, value in sorted({**START.cells, **changes}.items()) if value is not None}
        usual((replace(START, cells=cells),))


def test_priorities_are_read_the_short_way() -> None:
    content = form.build(Form(QUESTIONNAIRE, entries={"P1.what": "Daily huddles on every ward", "P1.question": "Q4"}))
    parsed = parse_usual(xlsx.read(content).grids[-1], QUESTIONNAIRE)
    assert parsed is not None
    assert (parsed.texts["P1.what"], parsed.texts["P2.what"]) == ("Daily huddles on every ward", "")
