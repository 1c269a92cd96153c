"""The page in a browser, for its tests: built once in a run of the tests, and driven through tests/page_driver.mjs."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path
from typing import Any, Self

import pytest

from impact_xl import __version__, demo

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "page"
MODULES = PAGE / "node_modules"
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")  # or Edge
FIREFOX = os.environ.get("FIREFOX") or shutil.which("firefox-esr") or shutil.which("firefox")
_LONGEST_BUILD = 900  # seconds; a lock that is older was left behind


def need(browser: str | None, name: str) -> str:
    """The browser's program. Without it, or without npm, there is nothing to test; CI on Linux has both."""
    if browser and shutil.which("npm"):
        return browser
    if os.environ.get("CI") and sys.platform == "linux":
        pytest.fail(f"{name} or npm is missing; .ci/run installs them")
    pytest.skip(f"{name} or npm is missing")


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """While one process is in here, the others wait. A folder is made by one of them alone, on every system."""
    while True:
        try:
            lock.mkdir()
            break
        except FileExistsError:
            with suppress(OSError):
                if time.time() - lock.stat().st_mtime > _LONGEST_BUILD:
                    lock.rmdir()
            time.sleep(0.2)
    try:
        yield
    finally:
        lock.rmdir()


def built() -> Path:
    """The page, built from the sources as they stand; by one of several processes, while the others wait."""
    folder = ROOT / "dist"
    folder.mkdir(exist_ok=True)
    with _alone(folder / "page.lock"):
        subprocess.run([sys.executable, PAGE / "build.py", "--output", folder], check=True, stdout=subprocess.PIPE)
    return folder / f"impact-xl-{__version__}.html"


def variant(page: Path, to: Path, *, files: Mapping[str, str]) -> Path:
    """The page with other sources among its libraries, for tests alone: a source goes before what is compiled."""
    text = page.read_text(encoding="utf-8")
    head, _, rest = text.partition('id="site.zip">')
    packed, _, tail = rest.partition("</script>")
    content = BytesIO(base64.b64decode(packed))
    with zipfile.ZipFile(content, "a") as site:
        for name, source in files.items():
            site.writestr(name, source)
    text = f'{head}id="site.zip">{base64.b64encode(content.getvalue()).decode()}</script>{tail}'
    to.write_text(text, encoding="utf-8")
    return to


# -- what a test compares ---------------------------------------------------------------------------


def a_round(folder: Path, count: int) -> Path:
    demo.write(folder, count)
    shutil.rmtree(folder / "results")
    for place in ("results", "outbox"):
        (folder / place).mkdir()
    return folder


def command(page: Path, folder: Path, *arguments: object) -> None:
    """Run a command in a folder, with the very libraries that the page holds."""
    wheels = [str(each) for each in (page.parent / "page/wheels").glob("xlsxwriter-*.whl")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *wheels])}
    done = subprocess.run(
        [sys.executable, "-m", "impact_xl", *map(str, arguments)],
        cwd=folder,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def tree(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def unzipped(path: Path, to: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as packed:
        packed.extractall(to)
    (top,) = to.iterdir()
    return tree(top)


def differences(one: dict[str, bytes], other: dict[str, bytes]) -> list[str]:
    return sorted(name for name in {*one, *other} if one.get(name) != other.get(name))


class Browser:
    """A browser with the page in it."""

    def __init__(self, kind: str, program: str, folder: Path, *arguments: str) -> None:
        command = ["node", ROOT / "tests/page_driver.mjs", kind, program, folder, MODULES, *arguments]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._answer()

    def _answer(self) -> Any:
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the driver of the browser ended")
        answer = json.loads(line)
        if "error" in answer:
            raise AssertionError(answer["error"])
        return answer.get("result")

    def __call__(self, do: str, **more: Any) -> Any:
        """Have the driver do something; its methods are in page_driver.mjs."""
        self._process.stdin.write(json.dumps({"do": do, **more}, default=str) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self("close")
        except (OSError, RuntimeError):
            self._process.kill()
        self._process.wait(20)
        self._process.stdin.close()
        self._process.stdout.close()

    # -- what a person does ------------------------------------------------------------------------

    def open(self, page: Path | str, **more: Any) -> None:
        """Open the page and wait until it can work."""
        self("open", html=str(page), **more)
        self("wait", code="() => document.documentElement.dataset.ready")

    def give(self, name: str, *paths: Path) -> None:
        """Choose files, or a folder, in an input."""
        self("give", name=name, paths=[str(path) for path in paths])

    def click(self, name: str, *, finish: bool = True) -> None:
        """Press a button and wait until what it began is finished."""
        done = self.data("done")
        self("click", name=name)
        if finish:
            self("wait", code=f"() => document.documentElement.dataset.done > {int(done or 0)}", seconds=400)

    def download(self, name: str) -> Path:
        """Press a button, and get the file that it saves; after work, when the work is finished.

        A press that saves a file belongs here and not in `click`: else the next download gets this file.
        """
        works = name.startswith("make-") or name == "blank-form"
        done = self.data("done")
        saved = Path(self("download", name=name))
        if works:
            self("wait", code=f"() => document.documentElement.dataset.done > {int(done or 0)}")
        return saved

    def data(self, name: str) -> str | None:
        return self("evaluate", code="(name) => document.documentElement.dataset[name] ?? null", argument=name)

    def text(self, selector: str) -> str:
        return self("evaluate", code="(at) => document.querySelector(at).innerText", argument=selector)

    def evaluate(self, code: str, argument: Any = None) -> Any:
        return self("evaluate", code=code, argument=argument)

    def rows(self, table: str) -> list[list[str]]:
        """The cells of a table's rows."""
        rows = "[...document.getElementById(id).tBodies[0].rows]"
        return self.evaluate(f"(id) => {rows}.map((row) => [...row.cells].map((each) => each.textContent))", table)
