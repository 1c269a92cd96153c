"""The page in browsers: what it gives is byte for byte what the commands give."""

from __future__ import annotations

import shutil
from pathlib import Path

from page_driver import CHROMIUM, FIREFOX, Browser, command, differences, need, tree, unzipped


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
        assert browser.download("make-reminders").name == "reminders.zip"
        browser("click", name="tab-packs")
        assert browser.download("make-packs").name == "packs.zip"
        saved = browser.download("save-round")
        assert browser("errors") == []
    theirs = unzipped(saved, tmp_path / "unzipped")
    shutil.rmtree(ours / "templates")  # saved by itself
    assert differences(theirs, tree(ours)) == []


def test_firefox_gives_the_same(page: Path, round_of_40: Path, tmp_path: Path) -> None:
    ours = shutil.copytree(round_of_40, tmp_path / "autumn-2026")
    for each in ("collate", "distribute", "feedback", "generate"):
        command(page, ours, each)
    packed = shutil.make_archive(str(tmp_path / "autumn-2026 2026-11-28"), "zip", round_of_40.parent, round_of_40.name)
    with Browser("firefox", need(FIREFOX, "Firefox"), tmp_path / "saved") as browser:
        browser.open(page)
        browser.give("returns", Path(packed))
        browser("wait", code="() => document.getElementById('round-facts').textContent.includes('40 teams')")
        browser.click("combine")
        browser("click", name="tab-forms")
        assert browser.download("make-forms").name == "outbox.zip"
        form = browser.download("blank-form").read_bytes()
        browser("click", name="tab-packs")
        browser.download("make-packs")
        saved = browser.download("save-round")
    assert form == (ours / "templates/assessment_template.xlsx").read_bytes()
    shutil.rmtree(ours / "templates")  # saved by itself
    assert differences(unzipped(saved, tmp_path / "unzipped"), tree(ours)) == []


def test_forms_of_a_list_and_a_new_round_are_those_of_the_commands(
    page: Path, round_of_40: Path, tmp_path: Path
) -> None:
    shutil.copy(round_of_40 / "teams.csv", tmp_path)
    settings = ("--deadline", "2030-11-30", "--contact", "improvement@trust.example")
    command(page, tmp_path, "distribute", "teams.csv", *settings, "--title", "Autumn 2030")
    command(page, tmp_path, "new", "Spring 2031", "--teams", "teams.csv", *settings)
    with Browser("chromium", need(CHROMIUM, "Chromium"), tmp_path / "saved") as browser:
        browser.open(page)
        browser("click", name="tab-forms")
        browser.give("teams", tmp_path / "teams.csv")
        for field, text in (("title", "Autumn 2030"), ("deadline", "2030-11-30"), ("contact", settings[3])):
            browser("fill", selector=f"#f-{field}", text=text)
        forms = browser.download("make-forms")
        browser.give("returns-folder", round_of_40 / "returns")
        browser("click", selector="#fresh summary")
        browser("give", selector="#n-teams", paths=[str(tmp_path / "teams.csv")])
        for field, text in (("title", "Spring 2031"), ("deadline", "2030-11-30"), ("contact", settings[3])):
            browser("fill", selector=f"#n-{field}", text=text)
        browser("click", name="new-round")
        browser("wait", code="() => document.getElementById('round-facts').textContent.includes('40 teams')")
        fresh = browser.download("save-round")
    assert differences(unzipped(forms, tmp_path / "forms"), tree(tmp_path / "outputs/outbox")) == []
    assert fresh.name.startswith("spring-2031 20")
    assert differences(unzipped(fresh, tmp_path / "fresh"), tree(tmp_path / "spring-2031")) == []
    assert {path.name for path in (tmp_path / "fresh/spring-2031").iterdir() if path.is_dir()} == {
        "outbox",
        "results",
        "returns",
    }
