"""Stand-ins for what a file system does to us: a file that Excel on Windows holds, and system calls that fail."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

_CALLS = ("replace", "mkdir", "unlink", "rmdir")


@contextlib.contextmanager
def open_in_excel(*paths: Path, writable: bool = False) -> Iterator[None]:
    """Let some files be open in another program as on Windows: they can be read, and neither moved nor deleted.

    Args:
        paths: the files.
        writable: they may be opened for writing, as by programs that share that, but not deletion.
    """
    locked = {os.path.realpath(path) for path in paths}

    def refuse(*places: Any) -> None:
        for place in places:
            if isinstance(place, (str, Path)) and os.path.realpath(place) in locked:
                raise PermissionError(13, "Permission denied", str(place))

    def opening(file: Any, mode: str = "r", *rest: Any, **more: Any) -> Any:
        if not writable and set(mode) & set("wax+"):
            refuse(file)
        return real_open(file, mode, *rest, **more)

    def moving(source: Any, target: Any, **more: Any) -> None:
        refuse(source, target)
        real_replace(source, target, **more)

    def unlinking(path: Any, **more: Any) -> None:
        refuse(path)
        real_unlink(path, **more)

    real_open, real_replace, real_unlink = io.open, os.replace, os.unlink
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(io, "open", opening)
        patched.setattr(os, "replace", moving)
        patched.setattr(os, "unlink", unlinking)
        yield


class FailingCalls:
    """Let one system call that changes something fail, and if wanted all that come after it."""

    def __init__(self, number: int, error: BaseException, *, and_after: bool = False) -> None:
        self.number, self.error, self.and_after = number, error, and_after
        self.count = 0

    @property
    def met(self) -> bool:
        """Whether there were as many calls."""
        return self.count >= self.number

    def _next(self) -> None:
        self.count += 1
        if self.count == self.number or (self.and_after and self.count > self.number):
            raise self.error

    @contextlib.contextmanager
    def at_work(self) -> Iterator[None]:
        """The calls fail within this block."""

        def failing(real: Callable[..., Any]) -> Callable[..., Any]:
            def call(*args: Any, **more: Any) -> Any:
                self._next()
                return real(*args, **more)

            return call

        def opening(file: Any, mode: str = "r", *rest: Any, **more: Any) -> Any:
            if set(mode) & set("wax+"):
                self._next()
            return real_open(file, mode, *rest, **more)

        real_open = io.open
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(io, "open", opening)
            for name in _CALLS:
                patched.setattr(os, name, failing(getattr(os, name)))
            yield


def contents(folder: Path) -> dict[str, bytes | None]:
    """Every file and folder below a folder; nothing where there is none."""
    return {
        path.relative_to(folder).as_posix(): None if path.is_dir() else path.read_bytes()
        for path in sorted(folder.rglob("*"))
    }
