"""Heights are the same whoever finds them: this process, a second one, or this one where the second is of no use."""

from __future__ import annotations

import os
import random
import subprocess
import time
from collections.abc import Callable
from functools import partial
from types import SimpleNamespace

import pytest
from rounds_in_memory import SMALL, returned, submission

from impact_xl import results
from impact_xl.results import cell_heights
from impact_xl.results.cell_heights import CellHeights
from impact_xl.returns import child_processes
from impact_xl.round.collation import collate
from impact_xl.xlsx import theme
from impact_xl.xlsx.cell_values import Formula, Link

WORDS = ("we", "meet", "weekly", "about improvement", "naïve – ½", "a\nnew line", "\ud800", "word" * 40)


def texts(many: int) -> list[str]:
    chance = random.Random(7)
    return [f"{number} " + " ".join(chance.choices(WORDS, k=chance.randint(1, 60))) for number in range(many)]


def heights() -> CellHeights:
    return CellHeights(40, 9, padding=5)


def measured(text: str) -> float:
    return theme.long_text_height(text, 40, 9, padding=5)


def wait(column: CellHeights) -> None:
    until = time.monotonic() + 60
    while not column._elsewhere.heights and time.monotonic() < until:
        time.sleep(0.01)
    assert column._elsewhere.heights


@pytest.fixture(autouse=True)
def cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)


def test_a_second_process_finds_the_same(monkeypatch: pytest.MonkeyPatch):
    notes, column = texts(cell_heights._FEWEST), heights()
    column.measure_ahead(notes)
    assert column[notes[0]] == measured(notes[0])  # nobody waits
    wait(column)
    monkeypatch.setattr(column, "_measure", None)  # this process measures no more
    assert [column[each] for each in notes[1:]] == [*map(measured, notes[1:])]


def test_more_texts_than_it_takes():
    notes, column = texts(cell_heights._MOST + 50), heights()
    column.measure_ahead(notes)
    wait(column)
    assert [column[each] for each in notes[-100:]] == [*map(measured, notes[-100:])]


@pytest.mark.parametrize("code", ["import os; os._exit(3)", "print(1)", "import sys; sys.stdin.read(9); sys.exit()"])
def test_a_second_process_that_fails_is_not_missed(code: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(cell_heights, "_CODE", code)
    notes, column = texts(cell_heights._FEWEST), heights()
    column.measure_ahead(notes)
    assert [column[each] for each in notes] == [*map(measured, notes)]


def test_none_can_be_started(monkeypatch: pytest.MonkeyPatch):
    def refused(*_: str) -> subprocess.Popen[bytes]:
        raise OSError("no more processes")

    monkeypatch.setattr(child_processes, "start", refused)
    notes, column = texts(cell_heights._FEWEST), heights()
    column.measure_ahead(notes)
    assert column[notes[9]] == measured(notes[9])


@pytest.mark.parametrize("few", [True, False])
def test_where_it_is_no_gain_none_is_started(few: bool, monkeypatch: pytest.MonkeyPatch):
    started = []
    monkeypatch.setattr(child_processes, "start", lambda *boot: started.append(boot))
    if not few:
        monkeypatch.setattr(os, "cpu_count", lambda: 1)
    heights().measure_ahead(texts(cell_heights._FEWEST - few))
    time.sleep(0.05)
    assert started == []


def test_each_kind_of_cell():
    """Numbers, days and short texts need no height; a formula and a link need that of what they show."""
    column, long = heights(), "about improvement " * 9
    assert [column[each] for each in (None, 3, True, "Ash", Formula("1+1", 2))] == [0] * 5
    assert {column[long], column[Formula('"x"', long)], column[Link("A1", long)]} == {
        theme.row_height(long, 40, 9, padding=5)
    }
    assert column["a\nb"] == theme.row_height("a\nb", 40, 9, padding=5)


class AtOnce:
    """A thread that is waited for."""

    def __init__(self, target: Callable[..., None], args: tuple[object, ...], daemon: bool) -> None:
        self._work = partial(target, *args)

    def start(self) -> None:
        self._work()


def test_the_workbook_is_the_same_whoever_measures(monkeypatch: pytest.MonkeyPatch):
    """Short notes, long ones and several lines; here the second process is waited for, so it measures all of them."""
    questions = [question.id for question in SMALL.questions]
    notes = ["short", "two\nlines", *(each.replace("\ud800", "") for each in texts(40))]
    files = [
        returned(
            submission(f"Team {number}", dict.fromkeys(questions, 2), questionnaire=SMALL, notes={questions[0]: note})
        )
        for number, note in enumerate(notes)
    ]
    round = collate(files, SMALL)
    alone, here = results.build(round), list[str]()
    height = theme.row_height

    def row_height(text: str, *args: float, **how: float) -> float:
        here.append(text)
        return height(text, *args, **how)

    monkeypatch.setattr(cell_heights, "_FEWEST", 1)
    monkeypatch.setattr(cell_heights, "threading", SimpleNamespace(Thread=AtOnce))
    monkeypatch.setattr(theme, "row_height", row_height)
    assert results.build(round) == alone
    assert here
    assert not {*notes} & {*here}
