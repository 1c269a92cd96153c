"""Files read in this very process, where no other can be started: CPython in a browser.

What a child process is elsewhere, the browser's worker is there. The page that started it ends it where it is silent
for too long, starts another, and hands that one the journal of the first. So everything goes into the journal at once.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from impact_xl.questionnaire import Questionnaire
from impact_xl.returns.sources import FileStarted, Source
from impact_xl.returns.submission import ReturnedFile

T = TypeVar("T")

ALONE = sys.platform in ("emscripten", "wasi")  # neither processes nor threads can be started there


@dataclass(frozen=True)
class Earlier:
    """What is known of a source from an earlier worker, which was ended over it or over a later one."""

    results: Sequence[Any] = ()  # what was made of its files; a `ReturnedFile` where nothing was made of it yet
    skip: int = 0  # how many members to pass over
    done: bool = False  # nothing more is to be read of it


class Journal(Protocol):
    """Who has to know how far the reading is, as it may end at any moment. Sources are counted from 0."""

    def earlier(self, index: int) -> Earlier:
        """What is known of a source already."""

    def begun(self, index: int, file: str, member: int) -> None:
        """A file is read from now on: a member of its source, or the source itself, which is -1."""

    def made(self, index: int, result: Any) -> None:
        """Something was made of a file."""

    def done(self, index: int) -> None:
        """A source was read to its end."""


class _NoJournal:
    def earlier(self, index: int) -> Earlier:
        return Earlier()

    def begun(self, index: int, file: str, member: int) -> None:
        pass

    def made(self, index: int, result: Any) -> None:
        pass

    def done(self, index: int) -> None:
        pass


NO_JOURNAL: Journal = _NoJournal()
journal = NO_JOURNAL  # the page puts its own here for as long as it works


def read_then(
    transform: Callable[[ReturnedFile, Questionnaire], T],
    sources: Sequence[Source],
    questionnaire: Questionnaire,
    *,
    passwords: Sequence[str] = (),
    progress: Callable[[int, int, Sequence[T]], None] | None = None,
) -> list[T]:
    """As `worker_pool.read_then`, one file after the other and in this process."""
    from impact_xl.returns import read_file  # lazy: as in worker_pool

    files: list[T] = []
    for index, source in enumerate(sources):
        known = journal.earlier(index)
        results: list[T] = [
            transform(each, questionnaire) if isinstance(each, ReturnedFile) else each for each in known.results
        ]
        if not known.done:
            journal.begun(index, source.file, -1)
            for file in _read(index, source, questionnaire, passwords, known.skip):
                results.append(read_file.made_of(transform, file, questionnaire))
                journal.made(index, results[-1])
            journal.done(index)
        files += results
        if progress:
            progress(index + 1, len(sources), results)
    return files


def _read(
    index: int, source: Source, questionnaire: Questionnaire, passwords: Sequence[str], skip: int
) -> Iterator[ReturnedFile]:
    """Read one source; a fault in taking it apart, or memory that is used up, costs what is left of it."""
    from impact_xl.returns import read_file  # lazy: as in worker_pool

    try:
        for step in read_file.read_source(source, questionnaire, passwords, skip):
            if isinstance(step, FileStarted):
                journal.begun(index, step.file, step.index)
            else:
                yield step
    except Exception as error:  # noqa: BLE001  a bug of ours must not take the other files with it
        yield read_file.faulty(source.file, error)
