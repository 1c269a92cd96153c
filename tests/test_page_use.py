"""The page in use: by keyboard, in every state, with and without a folder that it may write into, from week to week."""

from __future__ import annotations

import base64
import http.server
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from page_driver import CHROMIUM, Browser, command, differences, need, tree, unzipped

# What a browser without the File System Access API has not; Firefox has none of it, and a policy can forbid it.
NO_FOLDERS = """
delete window.showDirectoryPicker;
delete DataTransferItem.prototype.getAsFileSystemHandle;
"""
# A real folder of the browser's own, which is given where a person would choose one.
FOLDER = """async (files) => {
  const root = await navigator.storage.getDirectory();
  await root.removeEntry('autumn-2026', {recursive: true}).catch(() => {});
  const top = await root.getDirectoryHandle('autumn-2026', {create: true});
  for (const [path, content] of Object.entries(files)) await putInto(top, path, content);
  window.showDirectoryPicker = async () => top;
  window.theFolder = top;
}"""
HELPERS = """
window.putInto = async (top, path, content) => {
  const parts = path.split('/'), name = parts.pop();
  let folder = top;
  for (const part of parts) folder = await folder.getDirectoryHandle(part, {create: true});
  const stream = await (await folder.getFileHandle(name, {create: true})).createWritable();
  await stream.write(Uint8Array.from(atob(content), (each) => each.charCodeAt(0)));
  await stream.close();
};
window.takeFrom = async (folder, before = '', found = {}) => {
  for await (const each of folder.values()) {
    if (each.kind === 'directory') await takeFrom(each, `${before}${each.name}/`, found);
    else {
      const bytes = new Uint8Array(await (await each.getFile()).arrayBuffer());
      let text = '';
      for (const byte of bytes) text += String.fromCharCode(byte);
      found[before + each.name] = btoa(text);
    }
  }
  return found;
};
"""
READY = "() => document.getElementById('round-facts').textContent.includes('40 teams')"


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def served(page: Path) -> Iterator[str]:
    """The page as an intranet gives it."""
    handler = partial(_Quiet, directory=page.parent)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/{page.name}"
    finally:
        server.shutdown()
        server.server_close()


def encoded(files: dict[str, bytes]) -> dict[str, str]:
    return {name: base64.b64encode(content).decode() for name, content in files.items()}


def test_a_folder_is_read_and_written_in_place(page: Path, round_of_40: Path, tmp_path: Path) -> None:
    ours = shutil.copytree(round_of_40, tmp_path / "autumn-2026")
    late = ours / "returns/Alder ward.xlsx"
    content = late.read_bytes()
    late.unlink()
    before = tree(ours)
    command(page, ours, "collate")
    first = tree(ours)
    with served(page) as address, Browser("chromium", need(CHROMIUM, "Chromium"), tmp_path / "saved") as browser:
        browser.open(address, init=HELPERS)  # from a file:// page nobody reaches the browser's own folder
        browser.evaluate(FOLDER, encoded(before))
        browser("click", selector="#choose-folder")
        browser("wait", code=READY)
        browser.click("combine")
        assert browser.evaluate("() => files.unsaved")
        taken = "async () => takeFrom(theFolder)"
        assert browser.evaluate(taken) == encoded(before)  # nothing is written before a person says so
        browser("click", name="save-round")
        browser("wait", code="() => !files.unsaved")
        assert browser.evaluate(taken) == encoded(first)
        # What came into the folder meanwhile is read.
        browser.evaluate(
            "async (text) => putInto(theFolder, 'returns/Alder ward.xlsx', text)", base64.b64encode(content).decode()
        )
        browser.click("combine")
        assert "35 of 41" in browser.text("#tiles") or "34 of 41" in browser.text("#tiles")
        # A file that somebody changed since it was read is not written over.
        browser.evaluate("async () => putInto(theFolder, 'results/consolidated.xlsx', btoa('typed meanwhile'))")
        browser("click", name="save-round")
        browser("wait", code="() => document.getElementById('trouble').textContent")
        trouble = browser.text("#trouble")
        assert "Nothing was saved: somebody changed a file in the folder meanwhile." in trouble
        assert "results/consolidated.xlsx" in trouble
        assert base64.b64decode(browser.evaluate(taken)["results/consolidated.xlsx"]) == b"typed meanwhile"


def test_without_folders_one_zip_goes_in_and_one_comes_out(page: Path, round_of_40: Path, tmp_path: Path) -> None:
    """Two weeks of a round: the zip of the first is dropped in the second, with a form that came late."""
    ours = shutil.copytree(round_of_40, tmp_path / "autumn-2026")
    late = shutil.move(ours / "returns/Alder ward.xlsx", tmp_path / "Alder ward.xlsx")
    packed = Path(shutil.make_archive(str(tmp_path / "autumn-2026"), "zip", tmp_path, ours.name))
    with Browser("chromium", need(CHROMIUM, "Chromium"), tmp_path / "saved") as browser:
        browser.open(page, init=NO_FOLDERS)
        browser("drop", paths=[packed])
        browser("wait", code=READY)
        browser.click("combine")
        first = browser.download("save-round")
        assert first.stem.startswith("autumn-2026 20")
        browser.open(page, init=NO_FOLDERS)
        browser("drop", paths=[first])
        browser("wait", code=READY)
        facts, lines = browser.text("#round-facts"), browser.text("#round-lines")
        assert "last combined" in facts
        assert "round.xlsx" not in lines  # the results were made from it
        assert browser.evaluate("() => ages(null)") == []  # and of results that do not say it nothing is known
        assert "were made from another one. This may be an older copy." in browser.evaluate("() => ages(false)[0]")
        browser("drop", paths=[late])
        browser("wait", code="() => document.getElementById('notice').textContent.includes('1 file added to returns')")
        browser.click("combine")
        assert "Team that came: Alder ward" in browser.text("#combined-lines")
        # Dropping something else first asks, once.
        browser("click", selector="#leave")
        assert browser.evaluate("() => document.getElementById('ask').open")
        browser("click", selector="#ask-no")
        assert browser.evaluate("() => files.unsaved")
        second = browser.download("save-round")
        assert not browser.evaluate("() => files.unsaved")
    command(page, ours, "collate")
    shutil.copy2(late, ours / "returns")
    command(page, ours, "collate")
    assert differences(unzipped(second, tmp_path / "second"), tree(ours)) == []


def test_returns_of_one_name_and_in_folders_below_are_all_read(page: Path, round_of_40: Path, tmp_path: Path) -> None:
    forms = sorted((round_of_40 / "returns").glob("*.xlsx"))
    for place, form in (("a", forms[0]), ("b", forms[1])):
        (tmp_path / place / "below").mkdir(parents=True)
        shutil.copy(form, tmp_path / place / "form.xlsx")
        shutil.copy(forms[6], tmp_path / place / "below/same.xlsx")
    with Browser("chromium", need(CHROMIUM, "Chromium"), tmp_path / "saved") as browser:
        browser.open(page)
        browser.give("returns", tmp_path / "a/form.xlsx", tmp_path / "b/form.xlsx")
        browser("wait", code="() => document.getElementById('notice').textContent.includes('2 files')")
        browser.give("returns", tmp_path / "a/form.xlsx")
        browser("wait", code="() => document.getElementById('notice').textContent.includes('1 file was there already')")
        browser.give("returns-folder", tmp_path / "b")
        browser("wait", code="() => document.getElementById('notice').textContent.startsWith('1 file added')")
        assert "1 file was there already: b/form.xlsx" in browser.text("#notice")
        browser.click("combine")
        counted = {row[4] for row in browser.rows("teams")}
        assert len(counted) == 3
        assert "below/same.xlsx" in counted


def test_a_whole_round_by_keyboard_with_nothing_for_axe_to_find(page: Path, round_of_40: Path, tmp_path: Path) -> None:
    packed = Path(shutil.make_archive(str(tmp_path / "autumn-2026"), "zip", round_of_40.parent, round_of_40.name))
    with Browser("chromium", need(CHROMIUM, "Chromium"), tmp_path / "saved") as browser:

        def axe(state: str) -> None:
            assert browser("axe") == [], state

        def to(target: str, key: str = "Tab") -> None:
            """Press a key until a thing has the focus, as who cannot see or use a mouse does."""
            for _ in range(60):
                if browser.evaluate("(at) => document.activeElement?.matches(at)", target):
                    return
                browser("press", key=key)
            raise AssertionError(f"the keyboard does not reach {target}")

        def finish(name: str, key: str = "Enter") -> None:
            done = int(browser.data("done") or 0)
            to(f"[name={name}]")
            browser("press", key=key)
            browser("wait", code=f"() => document.documentElement.dataset.done > {done}")

        for dark, width in ((False, 1180), (True, 400)):
            browser.open(page, dark=dark, width=width)
            axe("first screen")
            assert browser.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
        browser.open(page, dark=True, width=590)  # 1180 at 200 %
        browser.give("returns", packed)  # the system's own dialogue is not ours to test
        browser("wait", code=READY)
        axe("a round")
        finish("combine")
        assert browser.evaluate("() => document.activeElement.id") == "combined"
        axe("combined")
        assert browser.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
        for tab, button, result in (
            ("forms", "make-forms", "forms-done"),
            ("remind", "make-reminders", "remind-done"),
            ("packs", "make-packs", "packs-done"),
        ):
            to("[role=tab][aria-selected=true]", "Shift+Tab")
            browser("press", key="ArrowRight")
            assert browser.evaluate("() => document.activeElement.name") == f"tab-{tab}"
            finish(button)
            assert browser.evaluate("() => document.activeElement.id") == result
            axe(tab)
        to("[role=tab][aria-selected=true]", "Shift+Tab")
        browser("press", key="End")
        axe("about")
        to("[name=save-round]", "Shift+Tab")
        assert Path(browser("download", key="Enter")).suffix == ".zip"
        assert browser("errors") == []


@pytest.mark.parametrize("what", ["nothing", "no form", "no round"])
def test_what_cannot_be_done_is_said_in_one_sentence(page: Path, tmp_path: Path, what: str) -> None:
    (tmp_path / "returns").mkdir()
    (tmp_path / "returns/notes.txt").write_text("nothing here")
    (tmp_path / "round").mkdir()
    (tmp_path / "round/round.xlsx").write_bytes(b"no workbook")
    with Browser("chromium", need(CHROMIUM, "Chromium"), tmp_path / "saved") as browser:
        browser.open(page)
        if what == "nothing":
            assert browser.evaluate("() => document.querySelector('[name=combine]').disabled")
            assert "Drop the folder of your round" in browser.text("#drop")
        elif what == "no form":
            browser.give("returns-folder", tmp_path / "returns")
            browser.click("combine")
            assert "No form was recognised among the files" in browser.text("#failed")
        else:
            browser.give("returns-folder", tmp_path / "round")
            browser("wait", code="() => document.getElementById('trouble').textContent")
            assert "round.xlsx" in browser.text("#trouble")
            assert "--" not in browser.text("#trouble")
