"""Reading without child processes gives what child processes give, and goes on where an ended reader stopped."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from messages import zipped

from impact_xl import returns
from impact_xl.questionnaire import Questionnaire
from impact_xl.returns import in_process, read_file
from impact_xl.returns.in_process import Earlier
from impact_xl.returns.mail import containers
from impact_xl.returns.submission import ReturnedFile
from impact_xl.returns.worker_pool import identity


@dataclass
class Journal:
    """Notes everything, and knows what it is given."""

    known: dict[int, Earlier] = field(default_factory=dict)
    notes: list[tuple[Any, ...]] = field(default_factory=list)

    def earlier(self, index: int) -> Earlier:
        return self.known.get(index, Earlier())

    def begun(self, index: int, file: str, member: int) -> None:
        self.notes.append(("begun", index, file, member))

    def made(self, index: int, result: Any) -> None:
        self.notes.append(("made", index, result.file))

    def done(self, index: int) -> None:
        self.notes.append(("done", index))


@pytest.fixture
def journal(monkeypatch: pytest.MonkeyPatch) -> Journal:
    one = Journal()
    monkeypatch.setattr(in_process, "journal", one)
    return one


@pytest.fixture
def folder(tmp_path: Path, root: Path) -> Path:
    form = (root / "templates/assessment_template.xlsx").read_bytes()
    (tmp_path / "a form.xlsx").write_bytes(form)
    (tmp_path / "broken.xlsx").write_bytes(form[:999])
    (tmp_path / "many.zip").write_bytes(zipped({"one.xlsx": form, "two.txt": b"text", "three.xlsx": form}))
    return tmp_path


def test_it_gives_what_child_processes_give(
    folder: Path, questionnaire: Questionnaire, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources, _ = returns.find([folder])
    seen: list[tuple[int, int, int]] = []
    by_children = returns.read(sources, questionnaire)
    monkeypatch.setattr(in_process, "ALONE", True)
    here = returns.read_then(
        identity, sources, questionnaire, progress=lambda done, total, made: seen.append((done, total, len(made)))
    )
    assert here == by_children
    assert seen == [(1, 3, 1), (2, 3, 1), (3, 3, 3)]


def test_everything_goes_into_the_journal_at_once(folder: Path, questionnaire: Questionnaire, journal: Journal) -> None:
    sources, _ = returns.find([folder])
    in_process.read_then(identity, sources, questionnaire)
    inside = [each for each in journal.notes if each[1] == 2]
    assert inside[0] == ("begun", 2, "many.zip", -1)
    assert inside[1:3] == [("begun", 2, "many.zip!/one.xlsx", 0), ("made", 2, "many.zip!/one.xlsx")]
    assert inside[-1] == ("done", 2)
    assert [each[0] for each in journal.notes if each[1] == 0] == ["begun", "made", "done"]


def test_a_later_reader_goes_on_where_an_earlier_one_was_ended(
    folder: Path, questionnaire: Questionnaire, journal: Journal
) -> None:
    sources, _ = returns.find([folder])
    whole = in_process.read_then(identity, sources, questionnaire)
    lost = read_file.unread("many.zip!/two.txt", "it took too long")
    journal.known = {0: Earlier(["from before"], done=True), 2: Earlier([whole[2], lost], skip=2)}
    journal.notes.clear()
    again = in_process.read_then(identity, sources, questionnaire)
    assert again == ["from before", whole[1], whole[2], lost, whole[4]]
    assert 0 not in {each[1] for each in journal.notes}


@pytest.mark.parametrize("file", ["a form.xlsx", "many.zip!/one.xlsx"])
@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (MemoryError, "more memory than a form ever needs"),
        (RuntimeError, "an unexpected fault in the reader (RuntimeError)"),
    ],
)
@pytest.mark.parametrize("where", ["read", "transform"])
def test_a_fault_costs_the_file_that_was_being_read(
    where: str,
    fault: type[Exception],
    words: str,
    file: str,
    folder: Path,
    questionnaire: Questionnaire,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sources, _ = returns.find([folder])
    whole = in_process.read_then(identity, sources, questionnaire)
    read = read_file.read_content

    def harmed(content: bytes, name: str, *more: Any, **how: Any) -> ReturnedFile:
        if name == file:
            raise fault
        return read(content, name, *more, **how)

    def transform(made: ReturnedFile, questionnaire: Questionnaire) -> ReturnedFile:
        if made.file == file and made.submissions:
            raise fault
        return identity(made, questionnaire)

    if where == "read":
        monkeypatch.setattr(read_file, "read_content", harmed)
        transform = identity
    files = in_process.read_then(transform, sources, questionnaire)
    (lost,) = [each for each in files if each not in whole]
    assert lost.file == file
    assert words in lost.findings[0].message
    assert [each.file for each in files] == [each.file for each in whole]


def test_a_fault_in_taking_a_container_apart_is_said_of_it(
    folder: Path, questionnaire: Questionnaire, monkeypatch: pytest.MonkeyPatch
) -> None:
    unpacked = containers.unpacked

    def harmed(package: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
        if entry.filename == "two.txt":
            raise RuntimeError
        return unpacked(package, entry)

    monkeypatch.setattr(containers, "unpacked", harmed)
    files = in_process.read_then(identity, returns.find([folder])[0], questionnaire)
    assert [each.file for each in files] == ["a form.xlsx", "broken.xlsx", "many.zip!/one.xlsx", "many.zip"]
    assert "an unexpected fault in the reader (RuntimeError)" in files[-1].findings[0].message
