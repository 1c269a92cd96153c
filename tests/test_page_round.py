"""The page in browsers: what it gives is byte for byte what the commands give."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from page_driver import CHROMIUM, FIREFOX, Browser, built, need

from impact_xl import demo


@pytest.fixture(scope="session")
def page() -> Path:
    need(CHROMIUM, "Chromium")
    return built()


@pytest.fixture(scope="session")
def round_of_40(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A round's folder as it is after the forms came back, not combined yet."""
    return a_round(tmp_path_factory.mktemp("round") / "autumn-2026", 40)


def a_round(folder: Path, count: int) -> Path:
    demo.write(folder, count)
    shutil.rmtree(folder / "results")
    for place in ("results", "outbox"):
        (folder / place).mkdir()
    return folder


def command(page: Path, folder: Path, *arguments: object) -> None:
    """Run a command in a folder, with the very libraries that the page holds."""
    wheels = [str(each) for each in (page.parent / "page/wheels").glob("xlsxwriter-*.whl")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent.parent), *wheels])}
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


def test_a_whole_round_is_the_one_of_the_commands(page: Path, round_of_40: Path, tmp_path: Path) -> None:
    ours = tmp_path / "autumn-2026"
    shutil.copytree(round_of_40, ours)
    for each in ("collate", "distribute", "status", "remind", "feedback", "generate"):
        command(page, ours, each)
    with Browser("chromium", need(CHROMIUM, "Chromium"), tmp_path / "saved") as browser:
        browser.open(page)
        browser.give("returns-folder", round_of_40)
        browser("wait", code="() => document.getElementById('round-facts').textContent.includes('40 teams')")
        browser.click("combine")
        assert browser.download("save").read_bytes() == (ours / "results/consolidated.xlsx").read_bytes()
        browser("click", name="tab-forms")
        outbox = browser.download("make-forms")
        assert outbox.name == "outbox.zip"
        form = browser.download("blank-form")
        assert form.name == "assessment_template.xlsx"
        assert form.read_bytes() == (ours / "templates/assessment_template.xlsx").read_bytes()
        browser("click", name="tab-remind")
        browser.click("show-status")
        browser("click", name="tab-remind")
        browser.click("make-reminders")
        browser("click", name="tab-packs")
        browser.click("make-packs")
        saved = browser.download("save-round")
        assert browser("errors") == []
    theirs = unzipped(saved, tmp_path / "unzipped")
    shutil.rmtree(ours / "templates")  # saved by itself
    assert differences(theirs, tree(ours)) == []


def test_firefox_gives_the_same(page: Path, round_of_40: Path, tmp_path: Path) -> None:
    ours = tmp_path / "autumn-2026"
    shutil.copytree(round_of_40, ours)
    command(page, ours, "collate")
    packed = shutil.make_archive(str(tmp_path / "autumn-2026 2026-11-28"), "zip", round_of_40.parent, round_of_40.name)
    with Browser("firefox", need(FIREFOX, "Firefox"), tmp_path / "saved") as browser:
        browser.open(page)
        browser.give("returns", Path(packed))
        browser("wait", code="() => document.getElementById('round-facts').textContent.includes('40 teams')")
        browser.click("combine")
        saved = browser.download("save-round")
    assert differences(unzipped(saved, tmp_path / "unzipped"), tree(ours)) == []
