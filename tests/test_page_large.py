"""A round of 300 teams in the page: the same bytes as the commands, and no more memory than a browser gives easily."""

from __future__ import annotations

import shutil
from pathlib import Path

from page_driver import CHROMIUM, FIREFOX, Browser, a_round, command, differences, need, tree, unzipped

MIB = 1 << 20


def test_300_teams_are_the_same_as_by_the_commands(page: Path, tmp_path: Path) -> None:
    given = a_round(tmp_path / "given", 300)
    ours = shutil.copytree(given, tmp_path / "ours" / "given")
    for each in ("collate", "distribute", "feedback"):
        command(page, ours, each)
    with Browser("chromium", need(CHROMIUM, "Chromium"), tmp_path / "saved") as browser:
        browser.open(page)
        browser.give("returns-folder", given)
        browser("wait", code="() => document.getElementById('round-facts').textContent.includes('300 teams')")
        browser.click("combine")
        assert browser.evaluate("() => engine.memory") <= 128 * MIB
        browser("click", name="tab-forms")
        browser.download("make-forms")
        browser("click", name="tab-packs")
        browser.download("make-packs")
        assert browser.evaluate("() => engine.memory") <= 192 * MIB
        saved = browser.download("save-round")
    assert differences(unzipped(saved, tmp_path / "unzipped"), tree(ours)) == []
    with Browser("firefox", need(FIREFOX, "Firefox"), tmp_path / "by firefox") as browser:
        browser.open(page)
        browser.give("returns", *sorted((given / "returns").iterdir()))
        browser.give("round", given / "round.xlsx")
        browser("wait", code="() => document.getElementById('chosen').textContent")
        browser.click("combine")
        assert browser.download("save").read_bytes() == (ours / "results/consolidated.xlsx").read_bytes()
