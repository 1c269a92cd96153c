"""Files that are whole or not there, wherever they are written."""

from __future__ import annotations

import ast
import errno
import os
import time
from pathlib import Path

import pytest
from file_faults import FailingCalls, contents, open_in_excel

import impact_xl
from impact_xl.files import safe_write
from impact_xl.files.safe_write import check_place, keep_copy, part_name, write_file
from impact_xl.findings import ImpactError


@pytest.mark.parametrize(
    ("error", "reason"),
    [(PermissionError(13, "denied"), "open in another program"), (OSError(28, "No space left"), "No space left")],
)
def test_what_cannot_be_written_leaves_everything_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: OSError, reason: str
):
    target = tmp_path / "out.xlsx"
    write_file(target, b"old")

    def refuse(*_: object) -> None:
        raise error

    for owner, name in ((Path, "replace"), (Path, "open"), (os, "fsync")):
        with monkeypatch.context() as patched:
            patched.setattr(owner, name, refuse)
            with pytest.raises(ImpactError, match=reason) as caught:
                write_file(target, b"new", what="workbook")
        assert caught.value.hint
        assert contents(tmp_path) == {"out.xlsx": b"old"}


def test_whichever_system_call_fails_the_file_is_the_old_or_the_new_one_and_alone(tmp_path: Path):
    seen = set()
    for number in range(1, 20):
        target = tmp_path / str(number) / "out.xlsx"
        write_file(target, b"old")
        calls = FailingCalls(number, OSError(errno.ENOSPC, "No space left"))
        with calls.at_work():
            failure = _failure(target)
        if not calls.met:
            break
        assert failure in ("", f"The output cannot be written: {target} (No space left)")
        assert contents(target.parent) == {"out.xlsx": b"old" if failure else b"new"}
        seen.add(failure)
    assert len(seen) > 1
    assert 3 < number < 19


def _failure(target: Path) -> str:
    try:
        write_file(target, b"new")
    except ImpactError as error:
        return str(error)
    return ""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_a_new_file_may_be_read_by_whoever_may_read_others(tmp_path: Path):
    (tmp_path / "usual").write_text("")
    write_file(tmp_path / "deep" / "ours", b"x")
    assert (tmp_path / "deep" / "ours").stat().st_mode == (tmp_path / "usual").stat().st_mode


@pytest.mark.parametrize("code", [errno.EACCES, errno.EPERM, errno.EROFS])
@pytest.mark.parametrize("name", ["out.xlsx", "new/deep/out.xlsx"])
def test_a_place_where_one_may_not_write_is_known_beforehand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, code: int
):
    check_place(tmp_path / "new" / "deep" / "out.XLSX")
    assert contents(tmp_path) == {}
    monkeypatch.setattr(os, "access", lambda *_: True)  # as Windows says of every folder

    def deny(path: Path, *_: object, **__: object) -> None:
        raise OSError(code, "denied", str(path))

    monkeypatch.setattr(Path, "open", deny)
    monkeypatch.setattr(Path, "mkdir", deny)
    for function in (check_place, lambda path: write_file(path, b"")):
        with pytest.raises(ImpactError, match="you may not write there"):
            function(tmp_path / name)
    assert contents(tmp_path) == {}


def test_nothing_of_the_program_asks_tempfile_for_a_name():
    """Where one may not write, Windows lets it try two thousand million names."""
    for path in Path(impact_xl.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                imported = [alias.name for alias in node.names] + [getattr(node, "module", "") or ""]
                assert "tempfile" not in imported, path


def test_places_that_are_none(tmp_path: Path):
    (tmp_path / "file").write_text("")
    (tmp_path / "folder.xlsx").mkdir()
    for path, reason in (
        (tmp_path / "folder.xlsx", "is a folder"),
        (tmp_path / "out.txt", r"does not end in \.xlsx"),
        (tmp_path / "file" / "out.xlsx", "is a file, not a folder"),
    ):
        with pytest.raises(ImpactError, match=reason):
            check_place(path)


def test_a_file_that_is_open_in_excel_is_known_beforehand(tmp_path: Path):
    target = tmp_path / "out.xlsx"
    write_file(target, b"old")
    with open_in_excel(target):
        for function in (check_place, lambda path: write_file(path, b"new")):
            with pytest.raises(ImpactError, match=r"out\.xlsx is open in another program"):
                function(target)
    assert contents(tmp_path) == {"out.xlsx": b"old"}


# -- Windows, where others open every new file for a moment ------------------------------------------


class Busy:
    """A file that is open elsewhere for some tries, with the pauses between them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, tries: int, *, windows: bool = True) -> None:
        self.left, self.pauses = tries, list[float]()
        self._replace = os.replace
        monkeypatch.setattr(os, "replace", self.replace)
        monkeypatch.setattr(time, "sleep", self.pauses.append)
        monkeypatch.setattr(safe_write, "WINDOWS", windows)

    def replace(self, source: Path, target: Path) -> None:
        self.left -= 1
        if self.left >= 0:
            raise PermissionError(13, "Permission denied", str(target))
        self._replace(source, target)


@pytest.mark.parametrize("tries", range(7))
def test_a_move_is_tried_for_two_seconds_on_windows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tries: int):
    target = tmp_path / "out.xlsx"
    write_file(target, b"old")
    busy = Busy(monkeypatch, tries)
    if tries <= 5:
        write_file(target, b"new")
        assert busy.pauses == list(safe_write.PAUSES[:tries])
    else:
        with pytest.raises(ImpactError, match="is open in another program"):
            write_file(target, b"new")
        assert sum(busy.pauses) == pytest.approx(2)
    assert contents(tmp_path) == {"out.xlsx": b"new" if tries <= 5 else b"old"}


def test_elsewhere_a_move_is_tried_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    busy = Busy(monkeypatch, 1, windows=False)
    with pytest.raises(ImpactError):
        write_file(tmp_path / "out.xlsx", b"new")
    assert (busy.left, busy.pauses) == (0, [])


def test_what_is_no_matter_of_waiting_is_not_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    busy = Busy(monkeypatch, 0)
    (tmp_path / "out.xlsx").mkdir()
    with pytest.raises(ImpactError):
        write_file(tmp_path / "out.xlsx", b"new")
    assert busy.pauses == []


# -- links -------------------------------------------------------------------------------------------


def link(path: Path, target: str | Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        path.symlink_to(target)
    except OSError:
        pytest.skip("this user may not make links")
    return path


@pytest.mark.parametrize("there", [True, False])
def test_a_link_stays_and_what_it_points_to_is_written(tmp_path: Path, there: bool):
    real = tmp_path / "share" / "real.xlsx"
    if there:
        write_file(real, b"old")
    first = link(tmp_path / "a" / "first.xlsx", "../b/second.xlsx")
    second = link(tmp_path / "b" / "second.xlsx", real)
    check_place(first)
    write_file(first, b"new")
    assert real.read_bytes() == b"new"
    assert first.is_symlink()
    assert second.is_symlink()
    assert [path.name for path in (tmp_path / "share").iterdir()] == ["real.xlsx"]
    assert len(contents(tmp_path)) == 6


def test_a_file_behind_a_link_that_is_open_in_excel(tmp_path: Path):
    write_file(tmp_path / "real.xlsx", b"old")
    path = link(tmp_path / "link.xlsx", "real.xlsx")
    with open_in_excel(tmp_path / "real.xlsx"), pytest.raises(ImpactError, match="is open in another program"):
        check_place(path)


def test_a_link_that_leads_to_itself_is_told(tmp_path: Path):
    path = link(tmp_path / "out.xlsx", "out.xlsx")
    for function in (check_place, lambda path: write_file(path, b"")):
        with pytest.raises(ImpactError, match="leads to itself"):
            function(path)
    assert path.is_symlink()


# -- copies of what is replaced ----------------------------------------------------------------------


def test_a_copy_is_kept_once_for_each_content(tmp_path: Path):
    target = tmp_path / "out.xlsx"
    names = []
    for content in (b"one", b"one", b"two"):
        write_file(target, content)
        os.utime(target, (0, 0))
        names.append(keep_copy(target).name)
    assert names == ["out 1970-01-01.xlsx", "out 1970-01-01.xlsx", "out 1970-01-01 (2).xlsx"]
    assert len(contents(tmp_path)) == 3


def test_a_copy_that_cannot_be_read_is_left_alone(tmp_path: Path):
    target = tmp_path / "out.xlsx"
    write_file(target, b"one")
    os.utime(target, (0, 0))
    (tmp_path / "out 1970-01-01.xlsx").mkdir()
    assert keep_copy(target).name == "out 1970-01-01 (2).xlsx"


def test_unfinished_files_have_names_that_every_system_takes():
    names = {part_name("ä" * 300 + ".xlsx") for _ in range(50)}
    assert len(names) == 50
    assert all(len(name.encode()) < 255 and name.startswith(".") and name.endswith(".part") for name in names)
