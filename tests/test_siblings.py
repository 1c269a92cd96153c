"""Every sibling of what people do to a form comes out as it is owed: nothing silent, nothing untrue to a team."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice

import pytest
import siblings
from rounds_in_memory import QUESTIONNAIRE
from siblings import LEVELS, QUESTION, Sibling

from impact_xl.findings import SHOWN
from impact_xl.form import layout
from impact_xl.returns.formats.grid import Place
from impact_xl.round.answers import State
from impact_xl.xlsx.a1 import a1

_EACH = 7  # of how many siblings the quick run looks at one


@pytest.mark.parametrize("kind", siblings.GENERATORS, ids=lambda kind: kind.__name__)
def test_some_siblings_of_each_kind(kind: Callable[[], Iterator[Sibling]]) -> None:
    assert [fault for number, each in enumerate(kind()) if number % _EACH == 0 for fault in each.faults()] == []


@pytest.mark.long
@pytest.mark.parametrize("kind", siblings.GENERATORS, ids=lambda kind: kind.__name__)
def test_every_sibling_of_each_kind(kind: Callable[[], Iterator[Sibling]]) -> None:
    assert [fault for each in kind() for fault in each.faults()] == []


@pytest.mark.parametrize("move", siblings.MOVES, ids=lambda move: move.__name__)
@pytest.mark.parametrize("every", [23, pytest.param(1, marks=pytest.mark.long)])
def test_siblings_on_sheets_that_were_changed_too(move: Callable[[siblings.Copy], None], every: int) -> None:
    faults = []
    for kind in siblings.GENERATORS:
        if kind in siblings.NEED_KEYS:
            continue
        for each in islice(kind(), 0, None, every):
            move(each.copy)
            faults += each.faults()
    assert faults == []


@pytest.mark.parametrize("is_other_version", [False, True], ids=["", "of another version"])
@pytest.mark.parametrize(("copy", "shows"), [pytest.param(*parts, id=name) for name, *parts in siblings.whole_forms()])
def test_a_whole_form_without_a_tick_is_told_and_offered(
    copy: siblings.Copy, shows: bool, is_other_version: bool
) -> None:
    """None is called untouched, none is counted without a tick, each is offered as a decision."""
    if is_other_version:
        siblings.of_another_version(copy)
    judged = copy.judged()
    rules = {finding.rule.id for finding in judged.findings}
    assert "form-untouched" not in rules
    assert rules & {"form-no-ticks", "answer-unclear"}
    assert {answer.state for answer in judged.answers.values()} <= {State.BLANK, State.UNCLEAR}
    offered = {finding.question for finding in judged.findings if finding.facts.get(SHOWN) in LEVELS.values()}
    assert offered == ({question.id for question in QUESTIONNAIRE.questions} if shows else set())


def _rules(copy: siblings.Copy) -> set[str]:
    return {finding.rule.id for finding in copy.judged().findings}


def test_a_blank_form_of_another_version_is_untouched() -> None:
    """It has titles, points of good practice and a level's name of its own, each in its own place."""
    copy = siblings.Copy(ticked=False)
    siblings.of_another_version(copy)
    for component in QUESTIONNAIRE.components:
        copy.sheet = layout.component_sheet_name(component)
        copy.put((0, layout.REF), "How we lead, in other words")
        for place, value in list(copy.grid.cells.items()):
            if isinstance(value, str) and value.startswith(layout.BULLET):
                copy.put(place, f"{layout.BULLET}What they say of good practice, in a sentence of their own.")
            elif value == LEVELS[5]:
                copy.put(place, "Leading")
        for question in component.questions:
            row = copy.row(question.id)
            for col in (layout.LEVEL, layout.STATEMENT):
                if (row, col) in copy.grid.cells:
                    copy.put((row, col), f"{question.number}. Another title of theirs")
    assert _rules(copy) == {"form-other-version", "form-untouched"}


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ((5, layout.LEVEL), "We chose 4 throughout, please see our paper"),  # no points stand in this column
        ((3, layout.STATEMENT), "we are at 4"),  # in place of a heading
        ((1, layout.REF), "We are at 4 in all of this"),  # in place of what the sheet holds
        ((13, layout.LEVEL), "1. Board and executives setting the shared purpose and vision - Spreading"),
        ((13, layout.LEVEL), "1. Spreading"),
        ((12, layout.LEVEL), "N/A for our ward"),
        ((12, layout.STATEMENT), "See the e-mail"),
    ],
)
def test_other_words_in_other_places_of_another_version_are_told(place: Place, text: str) -> None:
    copy = siblings.Copy(ticked=False)
    siblings.of_another_version(copy)
    cell = copy.put(place, text)
    told = [finding.message for finding in copy.judged().findings if finding.rule.id == "form-no-ticks"]
    assert [cell in message for message in told] == [True]


@pytest.mark.parametrize("sheet", [layout.START_NAME, layout.PRIORITIES_NAME])
@pytest.mark.parametrize("col", [layout.LEVEL, layout.STATUS + 1])
@pytest.mark.parametrize("pattern", ["{}", "{}.L4"], ids=["questions", "levels"])
def test_a_list_of_questions_leaves_a_sheet_what_it_is(sheet: str, col: int, pattern: str) -> None:
    """Whose it is and what is planned are read, and the form's own words are nobody's."""
    copy = siblings.Copy()
    copy.sheet = sheet
    what = copy.row(layout.priority_key(1, "what")) if sheet == layout.PRIORITIES_NAME else None
    if what is not None:
        copy.put((what, layout.STATEMENT), "Huddles")
    below, cells = copy.below(), set()
    for number, question in enumerate(QUESTIONNAIRE.questions):
        cells |= {copy.put((below + number, col), pattern.format(question.id))}
        cells |= {copy.put((below + number, col + 1), "as agreed")}
    judged = copy.judged()
    assert judged.submission.team == "Alder ward"
    assert what is None or judged.submission.priorities[0].what == "Huddles"
    (extra,) = judged.findings
    assert set(re.findall(r"!([A-Z]+[0-9]+)", extra.message)) <= cells


def test_a_title_on_start_leaves_its_own_words_alone() -> None:
    copy = siblings.Copy()
    copy.sheet = layout.START_NAME
    title = f"{QUESTION.number}. {QUESTION.title}"
    cell = copy.put((copy.below(), layout.STATEMENT), title)
    (extra,) = copy.judged().findings
    assert (extra.rule.id, extra.where.cell) == ("form-extra-content", cell)


def test_what_is_on_another_sheet_is_said_to_be_there() -> None:
    copy = siblings.Copy()
    again = replace(copy.grid, name="Again", cells=dict(copy.grid.cells))
    copy.grids["Again"] = again
    again.cells[copy.row(QUESTION.id), layout.STATUS] = LEVELS[4]  # type: ignore[index]
    (unclear,) = [finding for finding in copy.judged().findings if finding.rule.id == "answer-unclear"]
    assert unclear.where.sheet == copy.sheet
    assert unclear.where.cell == a1(*copy.at(siblings.TICK, layout.TICK))
    assert f"is in {a1(copy.row(QUESTION.id), layout.STATUS)} of “Again”" in unclear.message


def _without_words(copy: siblings.Copy) -> None:
    for row, col in list(copy.grid.cells):
        if col in (layout.LEVEL, layout.STATEMENT) and (row, layout.TICK) in copy.grid.cells:
            del copy.grid.cells[row, col]  # type: ignore[attr-defined]


def _in_other_words(copy: siblings.Copy) -> None:
    for row, col in list(copy.grid.cells):
        if col in (layout.LEVEL, layout.STATEMENT) and isinstance(copy.grid.cells.get((row, layout.TICK)), bool):
            copy.put((row, col), "Datganiad yn Gymraeg, yn ddigon hir i fod yn un")


def _moved_down(copy: siblings.Copy) -> None:
    boxes = {row: value for (row, col), value in copy.grid.cells.items() if col == layout.TICK and row > 5}
    for row in boxes:
        del copy.grid.cells[row, layout.TICK]  # type: ignore[attr-defined]
    for row, value in boxes.items():
        copy.put((row + 1, layout.TICK), value)


@pytest.mark.parametrize("change", [_without_words, _in_other_words, _moved_down])
@pytest.mark.parametrize("level", [1, 2, 5])
def test_ticks_in_rows_that_cannot_be_used_are_no_lack_of_ticks(
    change: Callable[[siblings.Copy], None], level: int
) -> None:
    copy = siblings.Copy(ticked=False)
    for component in QUESTIONNAIRE.components:
        copy.sheet = layout.component_sheet_name(component)
        for question in component.questions:
            copy.put((copy.row(layout.level_key(question.id, level)), layout.TICK), True)
        change(copy)
    judged = copy.judged()
    assert not {"form-no-ticks", "form-untouched"} & {finding.rule.id for finding in judged.findings}
    missing = [finding for finding in judged.findings if finding.rule.id == "form-rows-missing"]
    assert [finding.message.count("is ticked") for finding in missing] == [1] * len(QUESTIONNAIRE.questions)


@pytest.mark.parametrize("hidden", ["Again", ""])
@pytest.mark.parametrize("level", [siblings.TICK, 4])
def test_a_hidden_copy_takes_nothing_from_the_same_tick(hidden: str, level: int) -> None:
    copy = siblings.Copy()
    own, cells = copy.sheet, dict(copy.grid.cells)
    if level != siblings.TICK:
        cells[copy.at(level, layout.TICK)], cells[copy.at(siblings.TICK, layout.TICK)] = True, False
    copy.grids["Again"] = replace(copy.grid, name="Again", cells=cells)
    copy.sheet = hidden or own
    copy.change(hidden=True)
    answer = copy.judged().answers[QUESTION.id]
    assert (answer.state, answer.level) == (
        (State.ANSWERED, level) if level == siblings.TICK else (State.UNCLEAR, None)
    )


def test_a_note_that_names_a_level_is_said_to_be_on_its_sheet() -> None:
    copy = siblings.Copy()
    again = replace(copy.grid, name="Again", cells=dict(copy.grid.cells))
    copy.grids["Again"] = again
    again.cells[copy.row(layout.note_key(QUESTION.id)), layout.STATEMENT] = LEVELS[4]  # type: ignore[index]
    (beside,) = [finding for finding in copy.judged().findings if finding.rule.id == "answer-beside-box"]
    assert beside.where.sheet == "Again"
