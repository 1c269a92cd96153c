"""What the page in a browser asks for: one call a button, JSON in and JSON out.

The page (page/ in the repository) lays the files of a round into a folder before each call. The answer names what the
call wrote or took away, and the page takes it from there. Nothing else is kept between two calls.
"""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from impact_xl.findings import ImpactError
from impact_xl.page.works import WORKS, Report
from impact_xl.returns import in_process
from impact_xl.returns.in_process import Earlier
from impact_xl.returns.read_file import TOO_MUCH_MEMORY, rejected, unread

ROOT = "/work"
_NEVER_WRITTEN = ("returns", "given")  # folders of what came from others


def answer(request: str, report: Report, journal: Iterable[Sequence[Any]] = (), root: str = ROOT) -> str:
    """Do what a button of the page asks for.

    Args:
        request: JSON; `do` names the work, `folder` the folder in which it is done, and the rest is the work's own.
        report: told how far the work is.
        journal: what earlier workers reported of this very work before they were ended, in order: the number of a
            source, the kind of the event, and what belongs to it.
        root: where the files are.

    Returns:
        JSON. `ok`; with it `changed` and `removed`, the paths of files in the folder. What a person has to put right
        is a `message` and a `hint`, and then nothing was written.
    """
    given = json.loads(request)
    folder = Path(root, given.get("folder", ""))
    folder.mkdir(parents=True, exist_ok=True)
    os.chdir(folder)
    before = _digests()
    in_process.journal = _Journal(report, journal)
    try:
        content = WORKS[given["do"]](given, report)
    except ImpactError as error:
        return json.dumps({"ok": False, "message": error.message, "hint": for_page(error.hint)})
    finally:
        in_process.journal = in_process.NO_JOURNAL
    content = {**content, "lines": [line for each in content.get("lines", ()) if (line := for_page(each))]}
    after = _digests()
    changed = [path for path, digest in after.items() if before.get(path) != digest]
    return json.dumps({"ok": True, "changed": changed, "removed": [*(before.keys() - after.keys())], **content})


_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_COMMANDS = {"Use impact-xl send, or type": "Type", "; if not, make its form with --again": ""}


def for_page(text: str) -> str:
    """A text without what it says of commands and their options, which the page has not."""
    for words, instead in _COMMANDS.items():
        text = text.replace(words, instead)
    return " ".join(each for each in _SENTENCE.split(text) if "--" not in each and "impact-xl " not in each)


def _digests() -> dict[str, bytes]:
    """Every file in the folder that may be written, with a hash that tells whether its content is another."""
    return {
        path.as_posix(): hashlib.sha256(path.read_bytes()).digest()
        for path in sorted(Path().rglob("*"))
        if path.is_file() and path.parts[0] not in _NEVER_WRITTEN
    }


class _Journal:
    """Reports to the page how far the reading is, and knows what earlier workers reported."""

    def __init__(self, report: Report, entries: Iterable[Sequence[Any]]) -> None:
        self._report, self._entries = report, [*entries]

    def earlier(self, index: int) -> Earlier:
        results: list[Any] = []
        skip, done = 0, False
        for source, kind, content in self._entries:
            if source != index:
                continue
            if kind == "made":
                results.append(pickle.loads(content.to_bytes() if hasattr(content, "to_bytes") else content))  # noqa: S301  made by this module, and kept by the page
            elif kind == "lost":  # the page ended a worker over this file
                file, what = content["file"], content["why"]
                results.append(unread(file, what) if what else rejected(file, TOO_MUCH_MEMORY))
                skip, done = content["member"] + 1, content["member"] < 0
            else:
                done = done or kind == "done"
        return Earlier(results, skip, done)

    def begun(self, index: int, file: str, member: int) -> None:
        self._report("begun", json.dumps({"source": index, "file": file, "member": member}))

    def made(self, index: int, result: Any) -> None:
        del index  # it is the source that was begun last
        self._report("made", pickle.dumps(result, pickle.HIGHEST_PROTOCOL))

    def done(self, index: int) -> None:
        self._report("done", json.dumps({"source": index}))
