"""Every sibling of what people do to a form comes out as it is owed: nothing silent, nothing untrue to a team."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

import pytest
import siblings
from rounds_in_memory import QUESTIONNAIRE
from siblings import LEVELS, Sibling

from impact_xl.findings import SHOWN
from impact_xl.round.answers import State

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


@pytest.mark.parametrize(("copy", "shows"), [pytest.param(*parts, id=name) for name, *parts in siblings.whole_forms()])
def test_a_whole_form_without_a_tick_is_told_and_offered(copy: siblings.Copy, shows: bool) -> None:
    """None is called untouched, none is counted without a tick, each is offered as a decision."""
    judged = copy.judged()
    rules = {finding.rule.id for finding in judged.findings}
    assert "form-untouched" not in rules
    assert rules & {"form-no-ticks", "answer-unclear"}
    assert {answer.state for answer in judged.answers.values()} <= {State.BLANK, State.UNCLEAR}
    offered = {finding.question for finding in judged.findings if finding.facts.get(SHOWN) in LEVELS.values()}
    assert offered == ({question.id for question in QUESTIONNAIRE.questions} if shows else set())
