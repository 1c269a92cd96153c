"""Foreign files are read in child processes: a reader that aborts, panics, hangs or eats memory costs its own file.

A child is a fresh interpreter that speaks length-prefixed pickles over its standard input and output. It is
not made with multiprocessing, which would run the caller's script again on Windows. A child is used for
many files; one that dies or is too slow is replaced.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import pickle
import stat
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from impact_xl.findings import Where, found
from impact_xl.questionnaire import Questionnaire
from impact_xl.returns import engines
from impact_xl.returns.gate import MOST_FILE, Refusal, admit
from impact_xl.returns.keys import Reading, submissions_in
from impact_xl.returns.submission import ReturnedFile

SECONDS = 20.0
MEMORY = 1 << 30
_LENGTH = struct.Struct(">Q")
# The child gets the parent's own search path, and nothing from the folder it happens to be started in.
_BOOT = "import sys; sys.path[:] = sys.argv[1:]; from impact_xl.returns.worker import serve; serve()"


@dataclass(frozen=True, slots=True)
class Source:
    """A file to be read: where it is, and the name that people know it by."""

    path: Path
    file: str


# -- in the child -----------------------------------------------------------------------------------


def read_file(source: Source, questionnaire: Questionnaire) -> ReturnedFile:
    """Read one file, whatever is in it; what is wrong becomes findings."""
    where = Where(source.file)
    sha256 = kind = ""
    try:
        content = _bytes_of(source.path)
        sha256 = hashlib.sha256(content).hexdigest()
        kind = admit(content)
        reading = _read(content, questionnaire, source.file)
    except Refusal as refusal:
        return ReturnedFile(source.file, sha256, kind, findings=(found(refusal.rule, where, what=refusal.what),))
    except MemoryError:
        told = found("file-too-big", where, what="reading it takes more memory than a form ever needs")
        return ReturnedFile(source.file, sha256, kind, findings=(told,))
    return ReturnedFile(source.file, sha256, kind, reading.submissions, reading.findings)


def _read(content: bytes, questionnaire: Questionnaire, file: str) -> Reading:
    """Read fast; read again with care where the fast engine cannot tell, or something was not found."""
    first = engines.read(content)
    reading = submissions_in(first, questionnaire, file)
    if first.sure and reading.whole:
        return reading
    try:
        again = submissions_in(engines.read_carefully(content), questionnaire, file)
    except Refusal:
        if first.sure:
            return reading
        raise
    # Where nothing was uncertain, the second engine is only worth something if it found what the first did not.
    return again if not first.sure or again.whole else reading


def _bytes_of(path: Path) -> bytes:
    """The file's bytes, read once; nothing but a regular file is opened, as a pipe would block for ever."""
    try:
        before = path.stat()
        if not stat.S_ISREG(before.st_mode):
            raise Refusal("file-unreadable", "it is not an ordinary file")
        if before.st_size > MOST_FILE:
            raise Refusal(
                "file-too-big", f"it has {before.st_size / 1048576:,.0f} MB; at most {MOST_FILE // 1048576} MB are read"
            )
        with path.open("rb") as file:
            content = file.read(MOST_FILE + 1)
    except OSError as error:
        raise Refusal("file-unreadable", error.strerror or str(error)) from error
    if len(content) != before.st_size:
        raise Refusal("file-unreadable", "it changed while it was being read")
    return content


def serve() -> None:
    """The child's life: read the questionnaire once, then answer each source with its returned file."""
    ours, answers = os.dup(0), os.dup(1)
    with Path(os.devnull).open("r+b") as nothing:  # whatever a library prints must not get between the answers
        for descriptor in (0, 1, 2):
            os.dup2(nothing.fileno(), descriptor)
    with os.fdopen(ours, "rb") as incoming, os.fdopen(answers, "wb") as outgoing:
        questionnaire, memory = _receive(incoming)
        _limit(memory)
        while (source := _receive(incoming)) is not None:
            try:
                answer = read_file(source, questionnaire)
            except Exception as error:  # noqa: BLE001  a bug of ours must not take the other files with it
                what = f"an unexpected fault in the reader ({type(error).__name__})"
                answer = ReturnedFile(source.file, findings=(found("file-unreadable", Where(source.file), what=what),))
            _send(outgoing, answer)


def _limit(memory: int) -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):  # no such limit on Windows
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _send(stream: IO[bytes], value: Any) -> None:
    content = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    stream.write(_LENGTH.pack(len(content)) + content)
    stream.flush()


def _receive(stream: IO[bytes]) -> Any:
    """The next value, or None at the end of the stream."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    size = _LENGTH.unpack(head)[0]
    content = stream.read(size)
    return pickle.loads(content) if len(content) == size else None  # noqa: S301  both ends are ours


# -- in the parent ----------------------------------------------------------------------------------


class Reader:
    """One child process, started when it is first needed and again after it died."""

    def __init__(self, questionnaire: Questionnaire, seconds: float, memory: int) -> None:
        self._setting, self._seconds = (questionnaire, memory), seconds
        self._child: subprocess.Popen[bytes] | None = None

    def read(self, source: Source) -> ReturnedFile:
        """Have one file read; a child that dies or takes too long gives a finding instead."""
        late = threading.Event()
        try:
            child = self._running()
            timer = threading.Timer(self._seconds, _end, (child, late))
            timer.start()
            try:
                _send(_pipe(child.stdin), source)
                answer = _receive(_pipe(child.stdout))
            finally:
                timer.cancel()
        except (OSError, pickle.UnpicklingError, EOFError):
            answer = None
        if isinstance(answer, ReturnedFile):
            return answer
        self.close()
        what = (
            f"reading it took longer than {self._seconds:g} seconds"
            if late.is_set()
            else "the program that reads it stopped"
        )
        return ReturnedFile(source.file, findings=(found("file-unreadable", Where(source.file), what=what),))

    def _running(self) -> subprocess.Popen[bytes]:
        if self._child is None:
            self._child = subprocess.Popen(  # noqa: S603  ourselves
                [sys.executable, "-c", _BOOT, *_search_path()],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
            _send(_pipe(self._child.stdin), self._setting)
        return self._child

    def close(self) -> None:
        """End the child; nothing of it stays behind."""
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        for pipe in (child.stdin, child.stdout):
            with contextlib.suppress(OSError):
                _pipe(pipe).close()
        child.wait()


def _end(child: subprocess.Popen[bytes], late: threading.Event) -> None:
    late.set()
    child.kill()


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise OSError("the child has no such pipe")
    return stream


def _search_path() -> list[str]:
    """Where the child finds what the parent has; the package's own folder stands first."""
    home = str(Path(__file__).resolve().parents[2])
    return list(dict.fromkeys([home, *(str(Path(place).resolve()) for place in sys.path if place)]))


def read(
    sources: Sequence[Source],
    questionnaire: Questionnaire,
    *,
    jobs: int = 1,
    seconds: float = SECONDS,
    memory: int = MEMORY,
    progress: Callable[[int, int], None] | None = None,
) -> list[ReturnedFile]:
    """Read files in child processes; each answer stands in the place of its source.

    Args:
        sources: what to read.
        questionnaire: what was asked.
        jobs: how many children read at once.
        seconds: how long one file may take.
        memory: how many bytes a child may use, where the system has such a limit.
        progress: told how many files are done, and of how many.
    """
    jobs = max(1, min(jobs, len(sources)))
    readers = [Reader(questionnaire, seconds, memory) for _ in range(jobs)]
    idle = list(readers)
    lock, done = threading.Lock(), [0]

    def one(source: Source) -> ReturnedFile:
        with lock:
            reader = idle.pop()
        try:
            return reader.read(source)
        finally:
            with lock:
                idle.append(reader)
                done[0] += 1
                if progress:
                    progress(done[0], len(sources))

    pool = ThreadPoolExecutor(jobs)
    try:
        return list(pool.map(one, sources))
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    finally:
        for reader in readers:
            reader.close()
        pool.shutdown()
