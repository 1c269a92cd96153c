"""One file, one reading: what is said of a copy never depends on which other copies were read before it."""

from __future__ import annotations

import functools
import gc
import random
import time
from itertools import islice

import edit_cases
import pytest
import siblings
from edit_cases import LEDGER, VARIANTS
from edits import Copy
from hostile import saved
from rounds_in_memory import QUESTIONNAIRE

from impact_xl.returns.read_file import read_content
from impact_xl.returns.submission import ReturnedFile

_SECONDS = 100  # for the long run; what comes after it is left out


def forget() -> None:
    """Empty everything that the program keeps from one file to the next."""
    for each in gc.get_objects():
        if isinstance(each, functools._lru_cache_wrapper) and each.__module__.startswith("impact_xl"):
            each.cache_clear()


def read(content: bytes) -> ReturnedFile:
    return read_content(content, "form.xlsx", QUESTIONNAIRE)


def copies(monkeypatch: pytest.MonkeyPatch, every: int) -> list[bytes]:
    made = []
    for content, places in VARIANTS.values():
        monkeypatch.setattr(edit_cases, "PLACES", places)
        for case in LEDGER[::every]:
            copy = Copy(content)
            case.change(copy)
            made.append(saved(copy))
    return made


@pytest.mark.parametrize(
    ("every", "pairs"), [(12, 60), pytest.param(2, 2_000, marks=pytest.mark.long)], ids=["some", "2,000 pairs"]
)
def test_a_copy_reads_the_same_after_any_other(every: int, pairs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    pool, fresh = copies(monkeypatch, every), {}
    for content in pool:
        forget()
        fresh[content] = read(content)
    chosen, end, compared = random.Random(14), time.monotonic() + _SECONDS, 0
    for _ in range(pairs):
        first, second = chosen.sample(pool, 2)
        assert (read(first), read(second)) == (fresh[first], fresh[second])
        compared += 1
        if time.monotonic() > end:
            break
    assert compared >= min(pairs, 500)


def test_siblings_read_the_same_in_any_order() -> None:
    made = [each.copy for kind in siblings.GENERATORS for each in islice(kind(), 0, None, 9)]
    first = [copy.judged() for copy in made]
    forget()
    again = [copy.judged() for copy in reversed(made)]
    assert again[::-1] == first
