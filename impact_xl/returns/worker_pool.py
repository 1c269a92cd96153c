"""Foreign files are read in child processes: a reader that aborts, panics, hangs or eats memory costs its own file.

A child is a fresh interpreter that speaks length-prefixed pickles over its standard input and output. It is
not made with multiprocessing, which would run the caller's script again on Windows. A child is used for
many files; one that dies or is too slow is replaced.
"""

from __future__ import annotations

import contextlib
import gc
import math
import os
import pickle
import struct
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import IO, TYPE_CHECKING, Any, Generic, TypeVar

from impact_xl.questionnaire import Questionnaire
from impact_xl.returns import child_processes, in_process
from impact_xl.returns.sources import FileStarted, Source
from impact_xl.returns.submission import ReturnedFile

if TYPE_CHECKING:
    import subprocess
    from concurrent.futures import Future, ThreadPoolExecutor

    from impact_xl.returns.job_object import Job

SECONDS = 20.0
MEMORY = 1 << 30
# Of readers over one container: each that is late takes its full time, and the others are waiting.
_MOST_LATE, _MOST_DEATHS = 5, 100
_GLANCE = 0.25  # seconds between two looks at the clock
_NO_MEMORY = 77  # what a child that has no memory left ends with
_LENGTH = struct.Struct(">Q")


def _reader() -> ModuleType:
    from impact_xl.returns import read_file  # lazy: the parent of the readers reads nothing, and need not know how

    return read_file


# -- in the child -----------------------------------------------------------------------------------


def serve() -> None:
    """The child's life: take the setting once, then answer each source with its files one by one, and a None."""
    read_file = _reader()
    ours, answers = os.dup(0), os.dup(1)
    with Path(os.devnull).open("r+b") as nothing:  # whatever a library prints must not get between the answers
        for descriptor in (0, 1, 2):
            os.dup2(nothing.fileno(), descriptor)
    with os.fdopen(ours, "rb") as incoming, os.fdopen(answers, "wb") as outgoing:
        if (setting := _receive(incoming)) is None:  # nothing was to be read
            return
        questionnaire, passwords, memory, transform = setting
        _limit(memory)
        gc.set_threshold(100_000, 20, 20)  # hardly an object is in a circle; but a child reads many files
        while (request := _receive(incoming)) is not None:
            source, skip = request
            try:
                for step in read_file.read_source(source, questionnaire, passwords, skip):
                    started = isinstance(step, FileStarted)
                    _send(outgoing, step if started else _Result(read_file.made_of(transform, step, questionnaire)))
            except MemoryError:
                os._exit(_NO_MEMORY)
            except Exception as error:  # noqa: BLE001  a bug of ours must not take the other files with it
                _send(outgoing, _Result(transform(read_file.faulty(source.file, error), questionnaire)))
            _send(outgoing, None)


def _limit(memory: int) -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):  # Windows has a job object instead
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _send(stream: IO[bytes], value: Any) -> None:
    content = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    stream.write(_LENGTH.pack(len(content)) + content)
    if not isinstance(value, _Result):  # a file goes with what is said next: its end, or that another begins
        stream.flush()


def _receive(stream: IO[bytes], otherwise: Any = None) -> Any:
    """The next value; at the end of the stream what was given for that."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return otherwise
    size = _LENGTH.unpack(head)[0]
    content = stream.read(size)
    return pickle.loads(content) if len(content) == size else otherwise  # noqa: S301  both ends are ours


# -- in the parent ----------------------------------------------------------------------------------


_ENDED = "ended"  # what is received from a child that is no more

T = TypeVar("T")
Transform = Callable[[ReturnedFile, Questionnaire], T]


@dataclass(frozen=True, slots=True)
class _Result:
    """What was made of a file that was read."""

    made: Any


@dataclass
class _Attempt(Generic[T]):
    """What one child said about one source, as far as it came."""

    files: list[T] = field(default_factory=list)
    begun: FileStarted | None = None
    done: bool = False
    late: bool = False


class Worker(Generic[T]):
    """One child process, started when it is first needed and again after it died."""

    def __init__(
        self,
        questionnaire: Questionnaire,
        passwords: Sequence[str],
        seconds: float,
        memory: int,
        transform: Transform[T],
    ) -> None:
        self._setting, self._seconds = (questionnaire, tuple(passwords), memory, transform), seconds
        self._questionnaire, self._transform, self._memory = questionnaire, transform, memory
        self._child: subprocess.Popen[bytes] | None = None
        self._watch: _Watch | None = None
        self._job: Job | None = None
        self._ahead: Source | None = None  # what the child has been asked for already
        self.ended = False

    def read(self, source: Source, ahead: Source | None = None) -> list[T]:
        """Have one source read; a child that dies or takes too long gives a finding for the file it was reading.

        Args:
            source: what to read.
            ahead: what will be asked for next; the child goes on with that while its answer is taken in.
        """
        files: list[T] = []
        skip = deaths = late = 0
        while deaths < _MOST_DEATHS and late < _MOST_LATE:
            attempt = self._attempt(source, skip, ahead)
            files += attempt.files
            if attempt.done:
                return files
            last = attempt.begun.file if attempt.begun else source.file
            if attempt.late:
                files.append(self._lost(last, f"reading it took longer than {self._seconds:g} seconds"))
            elif self._exit_code() == _NO_MEMORY:
                too_big = _reader().rejected(last, _reader().TOO_MUCH_MEMORY)
                files.append(self._transform(too_big, self._questionnaire))
            else:
                files.append(self._lost(last, "the program that reads it stopped"))
            self.close()
            if not attempt.begun or attempt.begun.file == source.file:
                return files
            skip, deaths, late = attempt.begun.index + 1, deaths + 1, late + attempt.late
        files.append(self._lost(source.file, f"the reader stopped {deaths} times over it, so the rest was left out"))
        return files

    def _lost(self, file: str, what: str) -> T:
        return self._transform(_reader().unread(file, what), self._questionnaire)

    def _attempt(self, source: Source, skip: int, ahead: Source | None) -> _Attempt[T]:
        attempt = _Attempt[T]()
        watch: _Watch | None = None
        try:
            child, watch = self._running()
            watch.arm()
            if self._ahead is not source:
                _send(_pipe(child.stdin), (source, skip))
            if ahead:
                _send(_pipe(child.stdin), (ahead, 0))
            self._ahead = ahead
            while not attempt.done:
                answer = _receive(_pipe(child.stdout), _ENDED)
                watch.arm()
                match answer:
                    case FileStarted():
                        attempt.begun = answer
                    case _Result():
                        attempt.files.append(answer.made)
                        attempt.begun = None
                    case None:
                        attempt.done = True
                    case _:
                        break
            watch.disarm()
        except (OSError, pickle.UnpicklingError, EOFError):
            pass
        attempt.late = watch is not None and watch.late
        return attempt

    def _exit_code(self) -> int | None:
        """How the child ended; None where it did not end by itself."""
        import subprocess  # lazy, as in `_started`

        with contextlib.suppress(subprocess.TimeoutExpired):
            return self._child.wait(_GLANCE) if self._child else None
        return None

    def _running(self) -> tuple[subprocess.Popen[bytes], _Watch]:
        if self.ended:
            raise OSError("the reader was ended")
        if self._child is None or self._watch is None:
            self._child = child_processes.started_ahead() or child_processes.start()
            with contextlib.suppress(OSError, ImportError):  # another system; there the child sets itself a limit
                from impact_xl.returns.job_object import Job  # lazy: it takes a library that only Windows needs

                self._job = Job(self._child, self._memory)
            self._watch = _Watch(self._child, self._seconds)
            _send(_pipe(self._child.stdin), self._setting)
        return self._child, self._watch

    def end(self) -> None:
        """Read no more, whatever is going on in another thread."""
        self.ended = True
        self.close()

    def close(self) -> None:
        """End the child; nothing of it stays behind."""
        child, self._child = self._child, None
        watch, self._watch, self._ahead = self._watch, None, None
        job, self._job = self._job, None
        if child is None:
            return
        if watch:
            watch.stop()
        child_processes.end(child)
        if job:
            job.close()


class _Watch:
    """Ends a child that says nothing for too long. One thread for all it reads: a timer for each file costs more."""

    def __init__(self, child: subprocess.Popen[bytes], seconds: float) -> None:
        self.late = False
        self._child, self._seconds = child, seconds
        self._due = math.inf
        self._stopped = threading.Event()
        threading.Thread(target=self._watch, daemon=True).start()

    def arm(self) -> None:
        """From now on the child has its full time."""
        self._due = time.monotonic() + self._seconds

    def disarm(self) -> None:
        """Nothing is asked of the child."""
        self._due = math.inf

    def stop(self) -> None:
        """End the watch."""
        self._stopped.set()

    def _watch(self) -> None:
        while not self._stopped.wait(min(_GLANCE, self._seconds / 4)):
            if time.monotonic() > self._due:
                self.late = True
                self._child.kill()
                return


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise OSError("the child has no such pipe")
    return stream


def _threads(number: int) -> ThreadPoolExecutor:
    from concurrent.futures import ThreadPoolExecutor  # lazy: the children have one thread

    return ThreadPoolExecutor(number)


def _wait(work: Future[None]) -> None:
    """Wait for work in short pieces: before Python 3.14, Ctrl-C on Windows interrupts no wait that has no end."""
    while not work.done():
        with contextlib.suppress(TimeoutError):
            work.result(timeout=_GLANCE)
    work.result(timeout=0)


def read(sources: Sequence[Source], questionnaire: Questionnaire, **how: Any) -> list[ReturnedFile]:
    """Read files in child processes, in the order of the sources; a container gives every file in it.

    Args:
        sources: what to read.
        questionnaire: what was asked.
        how: as `read_then` has it.
    """
    return read_then(identity, sources, questionnaire, **how)


def identity(file: ReturnedFile, _: Questionnaire) -> ReturnedFile:
    """The file, of which nothing is made."""
    return file


def read_then(
    transform: Transform[T],
    sources: Sequence[Source],
    questionnaire: Questionnaire,
    *,
    passwords: Sequence[str] = (),
    jobs: int = 1,
    seconds: float = SECONDS,
    memory: int = MEMORY,
    progress: Callable[[int, int, Sequence[T]], None] | None = None,
) -> list[T]:
    """Read files in child processes, and have the children make something of each; in the order of the sources.

    Args:
        transform: what is made of a file: a function that can be imported by its name.
        sources: what to read.
        questionnaire: what was asked.
        passwords: what to try on workbooks that are locked.
        jobs: how many children read at once, at most.
        seconds: how long one file may take.
        memory: how many bytes a child may use, where the system has such a limit.
        progress: told how many sources are done, of how many, and what was made of the last one.
    """
    if in_process.ALONE:
        return in_process.read_then(transform, sources, questionnaire, passwords=passwords, progress=progress)
    jobs = max(1, min(jobs, len(sources)))
    workers = [Worker(questionnaire, passwords, seconds, memory, transform) for _ in range(jobs)]
    waiting: Iterator[tuple[int, Source]] = enumerate(sources)
    lock, no_more = threading.Lock(), threading.Event()
    files: dict[int, list[T]] = {}
    nothing: tuple[int, Source | None] = (-1, None)

    def work(number: int, worker: Worker[T]) -> None:
        if no_more.wait(child_processes.joins_after(number, len(sources))):
            return
        with lock:
            index, source = next(waiting, nothing)
        while source and not worker.ended:
            with lock:
                next_index, ahead = next(waiting, nothing)
            made = worker.read(source, ahead)
            if worker.ended:  # somebody stopped the work, and the source was not read to its end
                return
            with lock:
                files[index] = made
                if progress:
                    progress(len(files), len(sources), made)
            index, source = next_index, ahead
        no_more.set()

    pool = _threads(jobs)
    try:
        for done in [pool.submit(work, number, worker) for number, worker in enumerate(workers)]:
            _wait(done)
    finally:
        no_more.set()
        for worker in workers:
            worker.end()
        pool.shutdown()
    return [file for index in sorted(files) for file in files[index]]
