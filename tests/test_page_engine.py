"""The page ends a worker over a file and another goes on: every file is read once or named once, whatever the order."""

from __future__ import annotations

import itertools
import json
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from messages import zipped
from page_driver import ROOT, need

from impact_xl import page, returns
from impact_xl.questionnaire import Questionnaire
from impact_xl.returns import in_process, read_file
from impact_xl.returns.submission import ReturnedFile
from impact_xl.returns.worker_pool import identity

WORDS = {
    "HANGS": "reading it took longer than 20 seconds",
    "DIES": "the program that reads it stopped",
    "EATS": "reading it takes more memory than a form ever needs",
    "FAULT": "an unexpected fault in the reader (RuntimeError)",
}
KINDS = ("good", *WORDS)
# The page's own class, which is told what a worker reports, one line of JSON after the other.
DRIVER = """
globalThis.document = {documentElement: {dataset: {seconds: 20}}};
const Reading = (0, eval)(require('node:fs').readFileSync(process.argv[1], 'utf8') + '; Reading');
let reading;
require('node:readline').createInterface({input: process.stdin}).on('line', (line) => {
  const [name, ...content] = JSON.parse(line);
  if (name === 'new') reading = new Reading();
  else if (name === 'note') reading.note(...content);
  else console.log(JSON.stringify({lost: reading.lose(...content), journal: reading.journal}));
});
"""


class Ended(BaseException):
    """The worker is no more."""


class Pages:
    """The page's `Reading`; what was made of a file goes to it as a number."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process, self._made = process, list[Any]()

    def tell(self, *line: Any) -> None:
        self._process.stdin.write(json.dumps(line) + "\n")

    def report(self, kind: str, content: Any) -> None:
        if kind == "made":
            self._made.append(content)
        self.tell("note", kind, len(self._made) - 1 if kind == "made" else json.loads(content))

    def lose(self, **how: Any) -> list[list[Any]]:
        self.tell("lose", how)
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        assert answer["lost"]
        return [[i, kind, self._made[of] if kind == "made" else of] for i, kind, of in answer["journal"]]


@pytest.fixture(scope="module")
def pages() -> Iterator[Pages]:
    command = [need(shutil.which("node"), "node"), "-e", DRIVER, str(ROOT / "page/src/engine.js")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Pages(process)
        process.stdin.close()


@pytest.fixture(autouse=True)
def harm(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(_: bytes, file: str, *__: Any) -> ReturnedFile:
        name = file.rpartition("/")[2]
        if "EATS" in name:
            raise MemoryError
        if "FAULT" in name:
            raise RuntimeError
        if "HANGS" in name or "DIES" in name:
            raise Ended(name)
        return ReturnedFile(file)

    monkeypatch.setattr(read_file, "read_content", read)


def read_by_many(pages: Pages, folder: Path, questionnaire: Questionnaire, monkeypatch: pytest.MonkeyPatch) -> Counter:
    """Every file with what was found in it, as often as it comes; with as many workers as it takes."""
    sources, _ = returns.find([folder])
    pages.tell("new")
    journal: Sequence[Sequence[Any]] = ()
    while True:
        monkeypatch.setattr(in_process, "journal", page._Journal(pages.report, journal))
        try:
            files = in_process.read_then(identity, sources, questionnaire)
        except Ended as end:
            journal = pages.lose(late="HANGS" in str(end), message="")
        else:
            return Counter((file.file, *(finding.message for finding in file.findings)) for file in files)


def check(seen: Counter, names: Sequence[str]) -> None:
    assert sorted(file for file, *_ in seen.elements()) == sorted(names)
    for file, *messages in seen:
        kind = next(kind for kind in KINDS if kind in file.rpartition("/")[2])
        if kind == "good":
            assert messages == []
        else:
            assert len(messages) == 1
            assert WORDS[kind] in messages[0]


@pytest.mark.parametrize("first", KINDS)
def test_in_every_order_every_member_is_read_once_or_named_once(
    first: str, pages: Pages, tmp_path: Path, questionnaire: Questionnaire, monkeypatch: pytest.MonkeyPatch
) -> None:
    for kinds in itertools.product((first,), KINDS, KINDS, KINDS):
        a, b, c, d = (f"{number} {kind}.xlsx" for number, kind in enumerate(kinds))
        (tmp_path / "flat.zip").write_bytes(zipped({a: b"0", b: b"1", c: b"2", d: b"3"}))
        (tmp_path / "nested.zip").write_bytes(zipped({d: b"0", "in.zip": zipped({c: b"1", b: b"2"}), a: b"3"}))
        nested = [f"nested.zip!/{name}" for name in (d, f"in.zip!/{c}", f"in.zip!/{b}", a)]
        names = [*(f"flat.zip!/{name}" for name in (a, b, c, d)), *nested]
        check(read_by_many(pages, tmp_path, questionnaire, monkeypatch), names)


@pytest.mark.parametrize(("kind", "most"), [("HANGS", 5), ("DIES", 100)])
def test_what_is_left_out_at_last_is_named_as_well(
    kind: str, most: int, pages: Pages, tmp_path: Path, questionnaire: Questionnaire, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = {f"{number} {kind}.xlsx": b"" for number in range(most)}
    (tmp_path / "a.zip").write_bytes(zipped({"first good.xlsx": b"", **bad, "last good.xlsx": b""}))
    shutil.copy(ROOT / "templates/assessment_template.xlsx", tmp_path / "b good.xlsx")
    (tmp_path / "c.zip").write_bytes(zipped({f"again {kind}.xlsx": b"", "again good.xlsx": b""}))
    seen = read_by_many(pages, tmp_path, questionnaire, monkeypatch)
    (of_all,) = [each for each in seen if each[0] == "a.zip"]
    assert f"the reader stopped {most} times over it, so the rest was left out" in of_all[1]
    del seen[of_all]
    inside = [f"a.zip!/{name}" for name in ("first good.xlsx", *bad)]
    check(seen, [*inside, "b good.xlsx", f"c.zip!/again {kind}.xlsx", "c.zip!/again good.xlsx"])
