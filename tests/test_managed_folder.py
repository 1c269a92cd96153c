"""Folders of ours: written whole or not at all, whatever fails and whoever has a file of them open."""

from __future__ import annotations

import errno
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner, Result
from file_faults import FailingCalls, contents, open_in_excel
from rounds_in_memory import QUESTIONNAIRE
from test_typed_kept import LABEL_INFO, PUBLIC, labelled

from impact_xl.cli import cli
from impact_xl.files import managed_folder, safe_write
from impact_xl.findings import ImpactError
from impact_xl.form import workbook as form
from impact_xl.form.workbook import Form

Run = Callable[..., Result]
MANIFEST, WHAT = "ours.json", "outbox"
OLD = {"a.txt": b"old a", "sub/b.txt": b"old b", "gone/deep/c.txt": b"old c"}
NEW = {"a.txt": b"new a", "sub/b.txt": b"new b", "more/d.txt": b"new d"}
MINE = {"mine.txt": b"mine", "sub/notes.txt": b"mine, too"}


def write(folder: Path, files: dict[str, bytes]) -> None:
    managed_folder.write(folder, MANIFEST, files.items(), WHAT, {"contact": "lead@trust.example"})


def standing(folder: Path) -> dict[str, bytes | None]:
    """What stands in the folder, without what an earlier run that was broken off has left."""
    return {name: content for name, content in contents(folder).items() if ".part" not in name}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of ours, with files that a person put beside ours."""
    write(tmp_path / "out", OLD)
    for name, content in MINE.items():
        (tmp_path / "out" / name).write_bytes(content)
    return tmp_path / "out"


def complete(folder: Path, files: dict[str, bytes]) -> bool:
    """Whether these files stand there, with the manifest that lists them, and nothing else but the person's own."""
    there = {name: content for name, content in contents(folder).items() if content is not None}
    manifest = json.loads(there.pop(MANIFEST) or b"{}")
    mine = {name: there.pop(name) for name in MINE if name in there}
    return there == files and list(manifest["files"]) == list(files) and mine in ({}, MINE)


def test_new_files_take_the_place_of_old_ones_and_a_persons_own_stay(folder: Path):
    write(folder, NEW)
    assert complete(folder, NEW)
    assert (folder / "sub" / "notes.txt").exists()
    assert not (folder / "gone" / "deep").exists()


def test_the_manifest_has_the_same_bytes_on_every_system(folder: Path):
    content = (folder / MANIFEST).read_bytes()
    assert b"\r" not in content
    assert content.startswith(b'{\n  "program": "impact-xl",\n  "contact": "lead@trust.example",\n  "files": {\n')
    assert content.endswith(b"  }\n}\n")


# -- whatever fails ----------------------------------------------------------------------------------

ERRORS = {
    "locked": PermissionError(errno.EACCES, "Permission denied"),
    "full": OSError(errno.ENOSPC, "No space left on device"),
    "stopped": KeyboardInterrupt(),
}


@pytest.mark.parametrize("number", range(1, 60))
@pytest.mark.parametrize("error", ["locked", "stopped"])
def test_whichever_system_call_fails_the_folder_is_the_old_or_the_new_one(folder: Path, error: str, number: int):
    before = contents(folder)
    with FailingCalls(number, ERRORS[error]).at_work():
        outcome = _outcome(folder, NEW)
    if outcome == "refused":
        assert standing(folder) == before
    else:  # whoever stops the program does so before or after all new files stand there
        assert standing(folder) == before or _all_there(folder, NEW)
    write(folder, NEW)
    assert complete(folder, NEW)


@pytest.mark.parametrize("number", range(1, 60))
def test_a_run_that_is_killed_at_any_step_is_undone_by_the_next(folder: Path, number: int):
    before = contents(folder)
    with FailingCalls(number, ERRORS["full"], and_after=True).at_work():
        outcome = _outcome(folder, NEW)
    everything = list(contents(folder).values())
    files = OLD if outcome == "refused" else NEW
    assert all(content in everything for content in (*files.values(), *MINE.values()))
    managed_folder.check(folder, MANIFEST, WHAT)
    assert contents(folder) == before if outcome == "refused" else _all_there(folder, NEW)
    assert not [name for name in contents(folder) if ".part" in name]


def test_there_are_fewer_system_calls_than_the_tests_let_fail(folder: Path):
    calls = FailingCalls(10_000, OSError())
    with calls.at_work():
        write(folder, NEW)
    assert 40 < calls.count < 59


@pytest.mark.parametrize("and_after", [False, True])
@pytest.mark.parametrize("number", range(1, 32))
def test_whichever_system_call_fails_a_new_folder_is_there_or_not(tmp_path: Path, number: int, and_after: bool):
    folder = tmp_path / "deep" / "out"
    calls = FailingCalls(number, ERRORS["full"], and_after=and_after)
    with calls.at_work():
        outcome = _outcome(folder, NEW)
    managed_folder.check(folder, MANIFEST, WHAT)
    if outcome == "refused":
        assert {name for name in contents(tmp_path) if ".part" not in name} <= ({"deep", "deep/out"})
    write(folder, NEW)
    assert complete(folder, NEW)


def _outcome(folder: Path, files: dict[str, bytes]) -> str:
    try:
        write(folder, files)
    except ImpactError as refused:
        hint, lines = refused.hint, str(refused).splitlines()
    except KeyboardInterrupt:
        return "stopped"
    else:
        return "written"
    assert (bool(hint), len(lines)) == (True, 1)
    return "refused"


def _all_there(folder: Path, files: dict[str, bytes]) -> bool:
    there = standing(folder)
    return all(there.get(name) == content for name, content in files.items())


def test_what_the_work_itself_raises_leaves_everything_as_it_was(folder: Path, tmp_path: Path):
    before = contents(tmp_path)

    def fail(place: Path, error: Exception) -> None:
        with managed_folder.replace(place, MANIFEST, WHAT) as new:
            new.add("a.txt", b"new")
            raise error

    for place in (folder, tmp_path / "x" / "y"):
        for error in (ImpactError("no such team"), KeyError("a bug")):
            with pytest.raises(type(error)):
                fail(place, error)
            assert contents(tmp_path) == before


def test_two_files_of_one_name_are_a_bug_of_ours(folder: Path):
    before = contents(folder)
    with pytest.raises(ValueError, match=r"two files are called a\.txt"):
        managed_folder.write(folder, MANIFEST, [("a.txt", b"1"), ("a.txt", b"2")], WHAT)
    assert contents(folder) == before


# -- what people have done since ---------------------------------------------------------------------


@pytest.mark.parametrize("name", ["more/d.txt", "more"])
def test_a_persons_file_with_the_name_of_a_new_one_is_never_replaced(folder: Path, name: str):
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_bytes(b"mine")
    before = contents(folder)
    with pytest.raises(ImpactError, match="cannot be written"):
        write(folder, NEW)
    assert contents(folder) == before


def test_what_was_changed_while_the_new_files_were_made_is_kept(folder: Path):
    def files() -> Iterator[tuple[str, bytes]]:
        yield "a.txt", b"new"
        (folder / "sub" / "b.txt").write_bytes(b"typed meanwhile")

    with pytest.raises(ImpactError, match=r"b\.txt was changed since"):
        managed_folder.write(folder, MANIFEST, files(), WHAT)
    assert standing(folder) == contents(folder)
    assert (folder / "sub" / "b.txt").read_bytes() == b"typed meanwhile"
    assert (folder / "a.txt").read_bytes() == b"old a"


def test_files_that_were_deleted_are_no_obstacle(folder: Path):
    (folder / "a.txt").unlink()
    write(folder, NEW)
    assert complete(folder, NEW)


@pytest.mark.parametrize(
    "manifest", [None, b"", b"[]", b'{"program": "other", "files": {}}', b'{"program": "impact-xl"}']
)
def test_a_folder_of_something_else_is_left_alone(tmp_path: Path, manifest: bytes | None):
    (tmp_path / "theirs.txt").write_bytes(b"theirs")
    if manifest is not None:
        (tmp_path / MANIFEST).write_bytes(manifest)
    before = contents(tmp_path)
    with pytest.raises(ImpactError, match="already holds files of something else"):
        write(tmp_path, NEW)
    assert contents(tmp_path) == before
    assert managed_folder.digests(tmp_path, MANIFEST) == {}


def test_what_was_typed_into_half_a_new_folder_is_not_replaced_by_an_old_file(folder: Path):
    calls = FailingCalls(1, OSError(errno.ENOSPC, "No space left on device"), and_after=True)
    while not (folder / "more").exists():  # the first step at which a new file stands in its place
        write(folder, OLD)
        calls = FailingCalls(calls.number + 1, calls.error, and_after=True)
        with calls.at_work():
            _outcome(folder, NEW)
    (folder / "a.txt").write_bytes(b"typed since")
    with pytest.raises(ImpactError, match=r"a\.txt \(it was changed since") as caught:
        managed_folder.check(folder, MANIFEST, WHAT)
    assert "What was there is in" in str(caught.value)
    assert (folder / "a.txt").read_bytes() == b"typed since"
    (folder / "a.txt").rename(folder / "kept.txt")
    managed_folder.check(folder, MANIFEST, WHAT)
    assert {name: standing(folder)[name] for name in OLD} == OLD
    assert (folder / "kept.txt").read_bytes() == b"typed since"


def test_a_file_that_has_come_in_the_place_of_one_that_was_moved_away_is_kept(folder: Path):
    number = 0
    while (folder / "a.txt").exists():  # the first step at which an old file was moved away
        number += 1
        with FailingCalls(number, ERRORS["full"], and_after=True).at_work():
            _outcome(folder, NEW)
    (folder / "a.txt").write_bytes(b"typed since")
    with pytest.raises(ImpactError, match=r"a\.txt \(it has come since"):
        managed_folder.check(folder, MANIFEST, WHAT)
    assert (folder / "a.txt").read_bytes() == b"typed since"
    (folder / "a.txt").unlink()
    managed_folder.check(folder, MANIFEST, WHAT)
    assert {name: standing(folder)[name] for name in OLD} == OLD


@pytest.mark.parametrize("name", ["a.txt", "c.txt", "done", MANIFEST])
def test_an_old_file_that_cannot_be_deleted_does_not_bring_the_others_back(
    folder: Path, monkeypatch: pytest.MonkeyPatch, name: str
):
    def unlink(path: Any, **more: Any) -> None:
        if Path(path).name == name:
            raise PermissionError(13, "Permission denied", str(path))
        real(path, **more)

    real = os.unlink
    with monkeypatch.context() as patched:
        patched.setattr(os, "unlink", unlink)
        write(folder, NEW)
    assert _all_there(folder, NEW)
    managed_folder.check(folder, MANIFEST, WHAT)
    assert complete(folder, NEW)


def test_a_folder_of_a_persons_own_with_such_a_name_is_not_taken_for_unfinished_files(folder: Path):
    (folder / ".0123abcd.part").mkdir()
    (folder / ".0123abcd.part" / "photo.jpg").write_bytes(b"mine")
    write(folder, NEW)
    assert (folder / ".0123abcd.part" / "photo.jpg").read_bytes() == b"mine"


# -- where one may not write, and what is open elsewhere ----------------------------------------------


@pytest.mark.parametrize("code", [errno.EACCES, errno.EROFS])
@pytest.mark.parametrize("name", [".", "new/out"])
def test_where_one_may_not_write_is_known_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, code: int
):
    monkeypatch.setattr(os, "access", lambda *_: True)  # as Windows says of every folder

    def deny(path: Path, *_: object, **__: object) -> None:
        raise OSError(code, "denied", str(path))

    monkeypatch.setattr(Path, "open", deny)
    monkeypatch.setattr(Path, "mkdir", deny)
    with pytest.raises(ImpactError) as caught:
        managed_folder.check(tmp_path / name, MANIFEST, WHAT)
    assert str(caught.value) == f"The outbox cannot be written: you may not write into {tmp_path}"


def test_where_packs_may_not_be_renewed_the_folder_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = tmp_path / "packs"
    folder.mkdir()
    monkeypatch.setattr(managed_folder, "_listed", lambda _: {"packs/a.xlsx": ""})

    def deny(path: Path, *_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "denied", str(path))

    monkeypatch.setattr(managed_folder, "try_folder", deny)
    with pytest.raises(ImpactError) as caught:
        managed_folder.check_renewable(folder, MANIFEST, WHAT, "packs")
    assert str(caught.value) == f"The outbox cannot be written: you may not write into {tmp_path}"


def test_a_file_in_the_way(tmp_path: Path):
    (tmp_path / "file").write_text("")
    for name, reason in (("file", "is a file, not a folder"), ("file/out", "you may not write into")):
        with pytest.raises(ImpactError, match=reason):
            managed_folder.check(tmp_path / name, MANIFEST, WHAT)


@pytest.mark.parametrize("writable", [False, True])
@pytest.mark.parametrize("name", [*OLD, MANIFEST])
def test_a_file_that_is_open_elsewhere_is_named_and_everything_stays(folder: Path, name: str, writable: bool):
    before = contents(folder)
    with open_in_excel(folder / name, writable=writable), pytest.raises(ImpactError) as caught:
        write(folder, NEW)
    assert str(caught.value) == (
        f"The outbox cannot be written: {folder / name} is open in another program, or you may not write there"
    )
    assert contents(folder) == before
    write(folder, NEW)
    assert complete(folder, NEW)


@pytest.mark.parametrize("name", [*OLD, MANIFEST])
def test_a_file_that_is_open_elsewhere_is_known_before_the_work(folder: Path, name: str):
    with open_in_excel(folder / name), pytest.raises(ImpactError, match="is open in another program"):
        managed_folder.check(folder, MANIFEST, WHAT)


@pytest.mark.parametrize("tries", [1, 5])
def test_on_windows_a_new_file_that_a_scanner_holds_is_waited_for(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tries: int
):
    pauses, count = [], dict[str, int]()
    real = os.replace

    def replace(source: Any, target: Any) -> None:
        count[str(source)] = count.get(str(source), 0) + 1
        if count[str(source)] <= tries:
            raise PermissionError(13, "Permission denied", str(source))
        real(source, target)

    monkeypatch.setattr(os, "replace", replace)
    monkeypatch.setattr(time, "sleep", pauses.append)
    monkeypatch.setattr(safe_write, "WINDOWS", True)
    write(folder, NEW)
    assert complete(folder, NEW)
    assert pauses == list(safe_write.PAUSES[:tries]) * (2 * len(NEW) + 2)


# -- the commands --------------------------------------------------------------------------------------


RETURNS = ("returns", "--teams", "teams.csv")
COMMANDS = {
    "outputs/outbox": ["distribute", "teams.csv", "--contact", "lead@trust.example"],
    "tracking.xlsx": ["status", *RETURNS, "-o", "tracking.xlsx"],
    "outputs/reminders": [
        "remind",
        "returns",
        "--teams",
        "teams.csv",
        "--tracking",
        "tracking.xlsx",
        "--date",
        "2026-11-30",
    ],
    "outputs/feedback": ["feedback", "outputs/consolidated.xlsx", "--teams", "teams.csv", "--few-teams"],
    "outputs/packs": ["feedback", "outputs/consolidated.xlsx", "--few-teams", "-o", "outputs/packs"],
    "outputs/demo": ["demo", "--count", "3", "-o", "outputs/demo"],
}


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A round of two teams, one of which has returned, with everything that the commands write."""
    folder = tmp_path_factory.mktemp("round")
    (folder / "teams.csv").write_text("team,email\nAsh,ash@trust.example\nBeech,beech@trust.example\n")
    answers = {f"{question.id}.L3": True for question in QUESTIONNAIRE.questions}
    form.write(Form(QUESTIONNAIRE, entries=answers | {"start.team": "Ash"}), folder / "returns" / "a.xlsx")
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(folder)
        for command in (["collate", *RETURNS], *COMMANDS.values()):
            done = CliRunner().invoke(cli, command)
            assert done.exit_code == 0, done.output
    return folder


STAY = ("outputs/outbox", "outputs/reminders")  # a later run never writes there
SAME = ("outputs/feedback", "outputs/packs")  # nor here, where the same would be written; see tests/test_feedback.py


@pytest.fixture
def place(played: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """That round, and the current folder."""
    folder = shutil.copytree(played, tmp_path / "round")
    monkeypatch.chdir(folder)
    return folder


def files_of(output: str) -> list[Path]:
    return [Path(output)] if Path(output).is_file() else sorted(p for p in Path(output).rglob("*") if p.is_file())


def test_every_file_that_a_command_writes_may_be_open_in_excel(place: Path, run: Run):
    assert [len(files_of(output)) for output in COMMANDS] == [8, 1, 4, 4, 2, 19]
    for output, command in COMMANDS.items():
        files = files_of(output)
        before = contents(place)
        for file in files:
            with open_in_excel(file):
                done = run(*command)
            if output in STAY and done.exit_code == 0:  # nothing was to be made, and nothing is replaced
                assert "Nothing was written." in done.stderr
            else:
                assert done.exit_code == 2, (file, done.output)
                _is_one_plain_line(done.stderr, file)
            assert contents(place) == before, file


@pytest.mark.parametrize("output", [output for output in COMMANDS if output not in (*STAY, *SAME)])
def test_a_file_that_can_be_opened_but_not_moved_stays_with_all_others(place: Path, run: Run, output: str):
    files = files_of(output)
    before = contents(Path(output)) or {output: Path(output).read_bytes()}
    file = files[len(files) // 2]
    command = [*COMMANDS[output], *(["--date", "2026-12-01"] if output == "tracking.xlsx" else [])]
    with open_in_excel(file, writable=True):
        done = run(*command)
    assert done.exit_code == 2, done.output
    _is_one_plain_line(done.stderr, file)
    assert (contents(Path(output)) or {output: Path(output).read_bytes()}) == before
    assert not [name for name in contents(place) if ".part" in name]


def _is_one_plain_line(text: str, file: Path) -> None:
    error, hint = text.strip().splitlines()[-2:]
    assert error.startswith("Error: The ")
    assert f"cannot be written: {file} is open in another program" in error
    assert hint.startswith("Hint: Close it")


def test_remind_leaves_the_reminders_where_the_tracking_file_is_open(place: Path, run: Run):
    before = contents(place)
    with open_in_excel(Path("tracking.xlsx")):
        done = run(*COMMANDS["outputs/reminders"])
    assert done.exit_code == 2
    _is_one_plain_line(done.stderr, Path("tracking.xlsx"))
    assert contents(place) == before


def test_a_workbook_that_sharepoint_put_properties_into_was_not_changed(tmp_path: Path, root: Path):
    folder = tmp_path / "outbox"
    write(folder, {"form.xlsx": (root / "templates/assessment_template.xlsx").read_bytes(), "a.txt": b"a"})
    labelled(folder / "form.xlsx", PUBLIC, {"customXml/item1.xml": "<x/>", "docMetadata/LabelInfo.xml": LABEL_INFO % 0})
    managed_folder.check(folder, MANIFEST, WHAT)
    write(folder, {"form.xlsx": b"PK, no workbook", "a.txt": b"b"})
    assert (folder / "form.xlsx").read_bytes() == b"PK, no workbook"


def test_a_workbook_in_which_a_cell_was_changed_was_changed(tmp_path: Path, root: Path):
    folder = tmp_path / "outbox"
    write(folder, {"form.xlsx": (root / "templates/assessment_template.xlsx").read_bytes()})
    book = openpyxl.load_workbook(folder / "form.xlsx")
    book.worksheets[0]["A1"] = "Typed"
    book.save(folder / "form.xlsx")
    with pytest.raises(ImpactError, match="was changed since"):
        managed_folder.check(folder, MANIFEST, WHAT)
