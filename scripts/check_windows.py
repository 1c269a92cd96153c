"""Run the program with a Windows Python under Wine: the tests that take little time, and a whole round.

Run by `make check-windows`; it takes up to eight minutes on two cores, less where `build/windows` is made already. What
the round writes is compared with what this system writes, byte for byte. It shows what the code does on Windows; what
Windows itself does (Excel's locks, OneDrive, virus scanners) it does not show: docs/unverified.md.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import windows_python
from windows_python import ROOT, Windows

KIT = ROOT / "build" / "windows"
TEAMS = 12
# A round as its coordinator plays it, each command in the round's folder.
ROUND = ("distribute", "status", "remind", "collate", "feedback")
TESTS = (
    "windows", "safe_write", "zip_patch", "workbook_writer", "questionnaire", "figures", "dates", "overrides",
    "findings", "disclosure", "cell_marks", "table_files", "drafts", "answers", "collation",
)  # fmt: skip  # outbox and send copy folders by CopyFile2, which Wine 8 lacks: it ends Python without a word
# What shows nothing of Windows here, and why; a test of pytest's name that holds one of these is left out.
LEFT_OUT = {
    "link": "Wine 8 makes no symbolic links, and Windows makes them for administrators only",
    "test_what_is_no_matter": "Windows says of a folder what it says of an open file, so there it is waited for",
    "test_every_system_writes_the_same_bytes": "the round below shows it without a stand-in",
    "test_every_path_of_a_round": "it counts letters, as many on every system, and plays a second round for it",
}
_LONGEST = 900  # seconds, for each half of the work on a machine that does something else, too


def main() -> None:
    """Do it, and say how much was tested and compared.

    Raises:
        SystemExit: a test failed, or a file differs.
    """
    begun = time.monotonic()
    windows = windows_python.made(KIT)
    try:
        with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(2) as both:
            testing = both.submit(tested, windows)
            playing = both.submit(compared, windows, Path(folder))
            passed, (files, parts) = testing.result(), playing.result()
    finally:
        windows.end()
    seconds = time.monotonic() - begun
    print(
        f"Windows: {passed} tests passed; {files} files of a round, with {parts} parts, are the same: {seconds:.0f} s"
    )


def tested(windows: Windows) -> int:
    """Run the tests; gives how many passed.

    Raises:
        SystemExit: one failed.
    """
    left_out = " or ".join(LEFT_OUT)
    files = [f"tests/test_{name}.py" for name in TESTS]
    options = ("-n", "0", "-q", "-p", "no:cacheprovider", "-m", "not long", "-k", f"not ({left_out})")
    done = windows.run("-m", "pytest", *options, *files, cwd=ROOT, seconds=_LONGEST)
    summary = re.search(r"(\d+) passed", done.stdout)
    if done.returncode or not summary:  # Wine may end Python with 0 where it lacks a function
        raise SystemExit(f"With a Windows Python:\n{done.stdout[-20_000:]}")
    return int(summary[1])


def compared(windows: Windows, folder: Path) -> tuple[int, int]:
    """Play a round on both systems; gives how many files were compared, and how many parts are in them.

    Raises:
        SystemExit: a command failed, or a file is not the same.
    """
    here, there = folder / "here", folder / "there"
    for place, program in ((here, [sys.executable]), (there, None)):
        place.mkdir()
        _play(place, program, windows)
    names = [
        sorted(each.relative_to(place).as_posix() for each in place.rglob("*") if each.is_file())
        for place in (here, there)
    ]
    if differing := set(names[0]) ^ set(names[1]):
        raise SystemExit(f"Only one of the two systems wrote: {sorted(differing)}")
    for name in names[0]:
        if (here / name).read_bytes() != (there / name).read_bytes():
            kept = KIT / "differing"
            shutil.copytree(folder, kept, dirs_exist_ok=True)
            raise SystemExit(f"{name} is not the same on both systems; both are in {kept}")
    return len(names[0]), sum(_parts(here / name) for name in names[0])


def _play(place: Path, program: list[str] | None, windows: Windows) -> None:
    for arguments in _commands():
        words = ["-m", "impact_xl", *arguments]
        if program:
            done = subprocess.run([*program, *words], cwd=place, check=False, capture_output=True, timeout=_LONGEST)
        else:
            done = windows.run(*words, cwd=place, seconds=_LONGEST)
        if done.returncode:
            raise SystemExit(f"impact-xl {' '.join(arguments)}: exit code {done.returncode}\n{done.stdout!s:.4000}")


def _commands() -> Iterator[list[str]]:
    yield ["demo", "--count", str(TEAMS), "--output", "round"]
    for name in ROUND:
        yield [name, "--round", "round"]


def _parts(path: Path) -> int:
    """How many parts a workbook has; any other file is one."""
    if not zipfile.is_zipfile(path):
        return 1
    with zipfile.ZipFile(path) as package:
        return len(package.namelist())


if __name__ == "__main__":
    main()
