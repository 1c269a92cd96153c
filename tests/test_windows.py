"""What Windows does to us, on every system: each of its answers has a stand-in here.

`make check-windows` runs the program itself with a Windows Python. What only a real Windows shows stands in
docs/unverified.md.
"""

from __future__ import annotations

import ctypes
import io
import itertools
import os
import signal
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import ANY

import pytest
from click.testing import Result
from file_faults import contents, open_in_excel

import impact_xl.cli
from impact_xl import questionnaire as questionnaires
from impact_xl import returns, wording
from impact_xl.files import managed_folder
from impact_xl.files.places import is_link, resolved
from impact_xl.files.safe_write import replace_file, write_file
from impact_xl.findings import ImpactError
from impact_xl.form import workbook as form
from impact_xl.returns import job_object, read_file
from impact_xl.returns.file_type import FileRejected
from impact_xl.returns.read_file import Source
from impact_xl.wording import reason_of

Run = Callable[..., Result]
QUESTIONNAIRE = questionnaires.load()
ONE_DRIVE = 130  # characters of a long one: C:\Users\firstname.surname\OneDrive - A Trust With a Long Name\...


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    """A folder with two returns."""
    for name in ("Ash", "Elm"):
        made = form.Form(QUESTIONNAIRE, entries={"start.team": name, "Q01.L1": True})
        form.write(made, tmp_path / "returns" / f"{name}.xlsx")
    return tmp_path / "returns"


# -- Ctrl-C -------------------------------------------------------------------------------------------


class Slow(Source):
    """A source over which its reader sits for some seconds."""

    def __reduce__(self) -> tuple[Any, ...]:
        return time.sleep, (8,)


def test_ctrl_c_is_heard_while_files_are_read(filled: Path, monkeypatch: pytest.MonkeyPatch):
    """Before Python 3.14, Windows tells a thread of Ctrl-C only when what it waits for has come or the time is over."""
    waiting = Future.result

    def deaf(self: Future[Any], timeout: float | None = None) -> Any:
        heard: list[int] = []
        before = signal.signal(signal.SIGINT, lambda number, _: heard.append(number))
        try:
            return waiting(self, timeout)
        finally:
            signal.signal(signal.SIGINT, before)
            if heard:
                raise KeyboardInterrupt

    monkeypatch.setattr(Future, "result", deaf)
    threading.Timer(1, lambda: signal.raise_signal(signal.SIGINT)).start()
    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        returns.read([Slow(filled / "Ash.xlsx", "Ash.xlsx")], QUESTIONNAIRE)
    assert time.monotonic() - begun < 5


def test_a_time_out_of_the_work_itself_is_no_wait(filled: Path):
    def refuse(*_: object) -> None:
        raise TimeoutError("the work's own")

    with pytest.raises(TimeoutError, match="the work's own"):
        returns.read([Source(filled / "Ash.xlsx", "Ash.xlsx")], QUESTIONNAIRE, progress=refuse)


# -- why a file cannot be opened ----------------------------------------------------------------------


@pytest.fixture
def windows_says(monkeypatch: pytest.MonkeyPatch) -> Callable[[int | None], None]:
    """Let Windows' own way to open a file fail with one of its numbers, or open the file after all."""

    def say(number: int | None) -> None:
        def create(*_: object) -> int:
            if number is None:
                return 4711
            error = OSError(13, "refused")
            error.winerror = number
            raise error

        stand_in = SimpleNamespace(CreateFile=create, CloseHandle=closed.append, GENERIC_READ=1 << 31, OPEN_EXISTING=3)
        monkeypatch.setitem(sys.modules, "_winapi", stand_in)
        monkeypatch.setattr(wording, "WINDOWS", True)

    closed: list[int] = []
    say.closed = closed
    return say


@pytest.mark.parametrize(
    ("windows", "runtime", "reason"),
    [
        (32, 13, "another program has it open; close it there"),
        (33, 13, "another program has it open; close it there"),
        (5, 13, "another program has it open, or you may not read it"),
        (None, 13, "another program has it open, or you may not read it"),  # it was open for a moment
        (362, 22, "it is kept in the cloud and was not downloaded; open it once"),
        (395, 22, "it is kept in the cloud and was not downloaded; open it once"),
        (None, 22, "Windows cannot open it; most likely it is kept in the cloud"),
        (64, 22, "the network folder cannot be reached"),
        (206, 2, "its path is longer than the 259 characters"),
        (225, 22, "the virus scanner does not let it be opened"),
        (2, 2, "No such file"),
        (None, 28, "No space left"),
    ],
)
def test_a_file_that_cannot_be_opened_is_told_in_windows_own_sense(
    filled: Path,
    monkeypatch: pytest.MonkeyPatch,
    windows_says: Any,
    windows: int | None,
    runtime: int,
    reason: str,
):
    """`open` there loses Windows' number; a return, a team list and every other file are told alike."""
    windows_says(windows)

    def refuse(path: Path, *_: object, **__: object) -> None:
        raise OSError(runtime, os.strerror(runtime), str(path))

    monkeypatch.setattr(Path, "open", refuse)
    monkeypatch.setattr(read_file, "_PAUSE", 0)
    with pytest.raises(FileRejected) as caught:
        read_file.bytes_of(filled / "Ash.xlsx")
    assert caught.value.what.startswith(reason)
    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(ImpactError, match=reason) as refused:
        impact_xl.collate(filled, teams=filled / "teams.csv")
    there = runtime != 2
    assert refused.value.hint.startswith("Close it where it is open" if there else "Check the path")
    assert set(windows_says.closed) == ({4711} if windows is None else set())


def test_a_path_that_is_too_long_for_windows_is_told_as_that(monkeypatch: pytest.MonkeyPatch):
    """Windows says of it that there is no such file."""
    top = str(Path("/").absolute())
    for length, words in ((259, "No such file"), (260, "longer than the 259 characters that Windows allows")):
        error = FileNotFoundError(2, "No such file or directory", top + "x" * (length - len(top)))
        for windows in (False, True):
            monkeypatch.setattr(wording, "WINDOWS", windows)
            assert (words if windows else "No such file") in reason_of(error)


# -- paths and links ----------------------------------------------------------------------------------


@pytest.fixture
def lost(filled: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One of two returns, of which Windows cannot say where it is: a network that is away, a path that is too long."""
    path, resolving = filled / "Ash.xlsx", Path.resolve

    def refuse(self: Path, *args: object, **more: object) -> Path:
        if self.name == path.name:
            raise OSError(22, "More data is available", str(self))
        return resolving(self, *args, **more)

    monkeypatch.setattr(Path, "resolve", refuse)
    return path


def test_a_path_that_cannot_be_resolved_is_its_own_end(lost: Path, run: Run):
    assert resolved(lost) == lost
    for given in ([lost.parent], [lost, lost], [lost, lost.parent / "Elm.xlsx"]):
        sources, findings = returns.find(given)
        assert "Ash.xlsx" in {source.file for source in sources}
        assert not findings
    done = run("check", lost.parent)
    assert (done.exit_code, done.stdout.count(": no box is ticked.")) == (0, 42)


def test_an_error_of_the_system_about_a_file_is_a_line_and_no_traceback(run: Run, monkeypatch: pytest.MonkeyPatch):
    def refuse(path: Path) -> bool:
        raise OSError(59, "An unexpected network error occurred", str(path))

    monkeypatch.setattr(Path, "is_file", refuse)
    done = run("status", "--round", ".")
    assert done.exit_code == 2
    assert isinstance(done.exception, SystemExit)
    assert "An unexpected network error occurred" in done.stderr
    assert "Hint: See that the place can be reached" in done.stderr


def test_an_error_about_no_file_is_a_fault_of_ours(run: Run, monkeypatch: pytest.MonkeyPatch):
    def refuse(_: Path) -> bool:
        raise OSError("nothing about a file")

    monkeypatch.setattr(Path, "is_file", refuse)
    assert isinstance(run("status", "--round", ".").exception, OSError)


@pytest.fixture
def junction(filled: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A junction within the folder of the returns, as Python 3.11 sees one: a folder with a tag, and no link."""
    place, looking = filled / "round about", os.lstat
    place.mkdir()
    (place / "Oak.xlsx").write_bytes((filled / "Ash.xlsx").read_bytes())

    class Tagged:
        def __init__(self, path: Any, real: os.stat_result) -> None:
            self.real = real
            self.st_reparse_tag = 0xA0000003 if Path(path) == place else 0

        def __getattr__(self, name: str) -> Any:
            return getattr(self.real, name)

    monkeypatch.setattr(os, "lstat", lambda path, **more: Tagged(path, looking(path, **more)))
    return place


def test_a_junction_is_told_and_not_followed(junction: Path):
    assert is_link(junction)
    assert not is_link(junction / "Oak.xlsx")
    assert not is_link(junction / "gone")
    sources, findings = returns.find([junction.parent])
    assert [source.file for source in sources] == ["Ash.xlsx", "Elm.xlsx"]
    assert [(str(each.where), each.rule.id) for each in findings] == [(junction.name, "file-unreadable")]
    assert "links are not followed" in findings[0].message
    assert [source.file for source in returns.find([junction])[0]] == ["Oak.xlsx"]  # where a person gives it


# -- the same bytes -----------------------------------------------------------------------------------


@pytest.fixture
def as_on_windows(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """What Windows makes of files: zips say so, text has its line ends and, where none are named, its letters."""

    def set_up() -> None:
        opening, beginning = io.open, zipfile.ZipInfo.__init__

        def begin(self: zipfile.ZipInfo, *args: Any, **more: Any) -> None:
            beginning(self, *args, **more)
            self.create_system = 0

        def opened(file: Any, mode: str = "r", buffering: int = -1, *rest: Any, **more: Any) -> Any:
            if "b" not in mode:
                names = ("encoding", "errors", "newline")
                more = {**dict(zip(names, rest, strict=False)), **more}
                more["encoding"] = more.get("encoding") if more.get("encoding") not in (None, "locale") else "cp1252"
                if set(mode) & set("wax+") and more.get("newline") is None:
                    more["newline"] = "\r\n"
                rest = ()
            return opening(file, mode, buffering, *rest, **more)

        monkeypatch.setattr(io, "open", opened)
        monkeypatch.setattr("builtins.open", opened)
        monkeypatch.setattr(zipfile.ZipInfo, "__init__", begin)

    return set_up


def played(run: Run, folder: Path) -> dict[str, bytes | None]:
    """Everything that the commands of a round write."""
    assert run("demo", "--count", 3, "-o", folder).exit_code == 0
    for command in ("distribute", "status", "remind", "collate", "feedback --few-teams"):
        done = run(*command.split(), "--round", folder)
        assert done.exit_code == 0, done.stderr
    return contents(folder)


def test_every_system_writes_the_same_bytes(run: Run, tmp_path: Path, as_on_windows: Callable[[], None]):
    here = played(run, tmp_path / "here" / "demo")
    as_on_windows()
    there = played(run, tmp_path / "there" / "demo")
    assert there.keys() == here.keys()
    assert [name for name in here if here[name] != there[name]] == []
    kinds = {name.rpartition(".")[2] for name, content in here.items() if content}
    assert kinds >= {"xlsx", "eml", "csv", "json", "toml"}


# -- output -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("terminal", "chosen", "expected"), [(False, "", "utf-8"), (False, "cp1252", "cp1252"), (True, "", "cp1252")]
)
def test_what_is_redirected_is_utf_8(monkeypatch: pytest.MonkeyPatch, terminal: bool, chosen: str, expected: str):
    """Windows redirects in cp1252, which has no ☑. A terminal, and what somebody has chosen, stay as they are."""
    into = io.BytesIO()

    class Terminal(io.TextIOWrapper):
        def isatty(self) -> bool:
            return terminal

    stream = Terminal(into, encoding="cp1252")
    monkeypatch.setenv("PYTHONIOENCODING", chosen)
    monkeypatch.setattr(sys, "stdout", stream)
    monkeypatch.setattr(sys, "argv", ["impact-xl", "explain", "answer-multiple"])
    monkeypatch.setattr(impact_xl.cli.gc, "set_threshold", lambda *_: None)
    monkeypatch.setattr(impact_xl.cli, "cli", lambda **_: print("“Ash” ☑ 病房", end="", flush=True))
    impact_xl.cli.main()
    assert into.getvalue() == "“Ash” ☑ 病房".encode(expected, "replace")


# -- places and readers -------------------------------------------------------------------------------


def test_every_path_of_a_round_fits_into_a_long_one_drive(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Also where it is first written: in a folder of unfinished files. Beyond 259 characters Windows opens no file."""
    names = [letter * 150 for letter in "abcde"]
    lines = [f"{name},North,{name[0]}@trust.example" for name in names]
    (tmp_path / "teams.csv").write_text("\n".join(["team,group,email", *lines]))
    lengths: dict[str, int] = {}

    def note(path: Path) -> None:
        inside = path.absolute().relative_to(tmp_path).as_posix()
        lengths[inside] = ONE_DRIVE + 1 + len(inside)

    adding, moving = managed_folder.NewFiles.add, Path.replace

    def add(self: Any, name: str, content: bytes) -> None:
        note(self.folder / name)
        adding(self, name, content)

    def move(self: Path, target: Path) -> Path:
        note(Path(target))
        return moving(self, target)

    monkeypatch.setattr(managed_folder.NewFiles, "add", add)
    monkeypatch.setattr(Path, "replace", move)
    monkeypatch.chdir(tmp_path)
    assert run("new", "Autumn 2026", "--teams", "teams.csv", "--deadline", "2099-11-30").exit_code == 0
    for name in names:
        made = form.Form(QUESTIONNAIRE, entries={"start.team": name, "Q01.L1": True})
        form.write(made, tmp_path / "autumn-2026" / "returns" / f"{name[0]}.xlsx")
    monkeypatch.chdir(tmp_path / "autumn-2026")
    for command in (
        "distribute",
        "distribute --again " + names[0],
        "status",
        "remind",
        "collate",
        "feedback --few-teams",
    ):
        done = run(*command.split())
        assert done.exit_code == 0, done.stderr
    for part in (".part/new/messages/", "2/messages/", "/forms/", "/packs/"):
        assert any(part in name for name in lengths), part
    assert max(lengths.values()) <= 259, max(lengths, key=lengths.get)


def test_no_copy_is_left_of_a_workbook_that_could_not_be_replaced(tmp_path: Path):
    target, earlier = tmp_path / "consolidated.xlsx", tmp_path / "earlier"
    write_file(target, b"old")
    with open_in_excel(target), pytest.raises(ImpactError, match="open in another program"):
        replace_file(target, b"new", "workbook", earlier=earlier)
    assert contents(tmp_path) == {"consolidated.xlsx": b"old", "earlier": None}
    assert [path.name for path in replace_file(target, b"new", "workbook", keep=False)] == [target.name]
    paths = replace_file(target, b"newer", "workbook", earlier=earlier)
    assert [path.read_bytes() for path in paths] == [b"newer", b"new"]
    write_file(target, b"new")
    with open_in_excel(target), pytest.raises(ImpactError):  # a copy that was there before stays
        replace_file(target, b"newest", "workbook", earlier=earlier)
    assert paths[1].read_bytes() == b"new"


class Kernel:
    """The part of Windows that makes job objects."""

    def __init__(self, refuses: str = "") -> None:
        self.refuses, self.calls, self.numbers = refuses, [], itertools.count(10)
        self.CreateJobObjectW = self.function("CreateJobObjectW")
        self.SetInformationJobObject = self.function("SetInformationJobObject")
        self.AssignProcessToJobObject = self.function("AssignProcessToJobObject")
        self.CloseHandle = self.function("CloseHandle")

    def function(self, name: str) -> Any:
        def call(*args: Any) -> int:
            if name == "SetInformationJobObject":
                _, kind, limits, size = args
                given = limits._obj
                flags = given.BasicLimitInformation.LimitFlags
                args = (kind, size, flags, given.ProcessMemoryLimit)
            self.calls.append((name, *(getattr(arg, "value", arg) for arg in args)))
            return 0 if name == self.refuses else 77

        return call


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Kernel]]:
    def set_up(refuses: str = "") -> Kernel:
        made = Kernel(refuses)
        monkeypatch.setattr(ctypes, "WinDLL", lambda *_, **__: made, raising=False)
        monkeypatch.setattr(ctypes, "get_last_error", lambda: 5, raising=False)
        monkeypatch.setattr(subprocess.Popen, "_handle", 4711, raising=False)
        return made

    return set_up


def test_a_reader_has_a_job_that_bounds_its_memory_and_ends_with_us(filled: Path, kernel: Callable[..., Kernel]):
    windows = kernel()
    [file] = returns.read([Source(filled / "Ash.xlsx", "Ash.xlsx")], QUESTIONNAIRE, memory=123 << 20)
    assert file.submissions
    assert ctypes.sizeof(job_object._Limits) == 144  # as winnt.h has it, for 64 bits
    assert windows.calls == [
        ("CreateJobObjectW", None, None),
        ("SetInformationJobObject", 9, 144, 0x100 | 0x400 | 0x2000, 123 << 20),
        ("AssignProcessToJobObject", 77, ANY if os.name == "nt" else 4711),  # there the reader has a handle of its own
        ("CloseHandle", 77),
    ]


@pytest.mark.parametrize("refuses", ["CreateJobObjectW", "SetInformationJobObject", "AssignProcessToJobObject"])
def test_a_reader_without_a_job_reads_all_the_same(filled: Path, kernel: Callable[..., Kernel], refuses: str):
    windows = kernel(refuses)
    [file] = returns.read([Source(filled / "Ash.xlsx", "Ash.xlsx")], QUESTIONNAIRE)
    assert file.submissions
    assert [call[0] for call in windows.calls][-2:] == [refuses, "CloseHandle"]


def test_another_system_has_no_jobs(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delattr(ctypes, "WinDLL", raising=False)
    with pytest.raises(OSError, match="no job objects"):
        job_object.Job(SimpleNamespace(), 1)
