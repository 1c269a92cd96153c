"""Heights are the same whoever finds them: this process, a second one, or this one where the second is of no use."""

from __future__ import annotations

import os
import random
import subprocess
import time

import pytest

from impact_xl.results import cell_heights
from impact_xl.results.cell_heights import CellHeights
from impact_xl.returns import child_processes
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
    while not column._ahead.found and time.monotonic() < until:
        time.sleep(0.01)
    assert column._ahead.found


@pytest.fixture(autouse=True)
def cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)


def test_a_second_process_finds_the_same(monkeypatch: pytest.MonkeyPatch):
    notes, column = texts(cell_heights._FEWEST), heights()
    column.ahead(notes)
    assert column[notes[0]] == measured(notes[0])  # nobody waits
    wait(column)
    monkeypatch.setattr(column, "_measure", None)  # this process measures no more
    assert [column[each] for each in notes[1:]] == [*map(measured, notes[1:])]


def test_more_texts_than_it_takes():
    notes, column = texts(cell_heights._MOST + 50), heights()
    column.ahead(notes)
    wait(column)
    assert [column[each] for each in notes[-100:]] == [*map(measured, notes[-100:])]


@pytest.mark.parametrize("boot", ["import os; os._exit(3)", "print(1)", "import sys; sys.stdin.read(9); sys.exit()"])
def test_a_second_process_that_fails_is_not_missed(boot: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(cell_heights, "_BOOT", boot)
    notes, column = texts(cell_heights._FEWEST), heights()
    column.ahead(notes)
    assert [column[each] for each in notes] == [*map(measured, notes)]


def test_none_can_be_started(monkeypatch: pytest.MonkeyPatch):
    def refused(*_: str) -> subprocess.Popen[bytes]:
        raise OSError("no more processes")

    monkeypatch.setattr(child_processes, "start", refused)
    notes, column = texts(cell_heights._FEWEST), heights()
    column.ahead(notes)
    assert column[notes[9]] == measured(notes[9])


@pytest.mark.parametrize("few", [True, False])
def test_where_it_is_no_gain_none_is_started(few: bool, monkeypatch: pytest.MonkeyPatch):
    started = []
    monkeypatch.setattr(child_processes, "start", lambda *boot: started.append(boot))
    if not few:
        monkeypatch.setattr(os, "cpu_count", lambda: 1)
    heights().ahead(texts(cell_heights._FEWEST - few))
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
