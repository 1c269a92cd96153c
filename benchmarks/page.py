"""What the page costs beside the commands, in CPU and memory. Writes a table in docs/page.md.

`python benchmarks/page.py`, on a machine with Chromium, Node.js and npm that does nothing else; about five minutes.
CPU is that of all processes of the browser, without what an empty browser took to start.
"""

from __future__ import annotations

import os
import re
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "benchmarks")]

from measure import run  # noqa: E402  found by the line above
from page_driver import CHROMIUM, Browser, a_round, built, need  # noqa: E402

RUNS = int(os.environ.get("RUNS", "3"))  # of each; the median counts
PAGE = ROOT / "docs/page.md"
_MIB = 1 << 20


def main() -> None:
    """Measure, and write the table."""
    page = built()
    with tempfile.TemporaryDirectory() as name:
        rows = ["| | page, CPU | command, CPU | ratio | WebAssembly memory |", "|---|---|---|---|---|"]
        rows.append(f"| ready to work | {of_start(page, Path(name)):.1f} s | | | |")
        for count in (40, 300):
            given = a_round(Path(name) / f"round-{count}", count)
            rows += of_round(page, given, count, Path(name))
    size = f"The file has {page.stat().st_size / 1e6:.1f} MB."
    text = PAGE.read_text(encoding="utf-8")
    table = "\n".join(rows)
    new = re.sub(
        r"(<!-- measured: begin -->\n).*(<!-- measured: end -->)",
        rf"\1\n{table}\n\n{size}\n\n\2",
        text,
        flags=re.DOTALL,
    )
    PAGE.write_text(new, encoding="utf-8")
    print(table, size, sep="\n")


def of_start(page: Path, place: Path) -> float:
    """The median of the CPU until the page can work."""
    times = []
    for _ in range(RUNS):
        with Browser("chromium", need(CHROMIUM, "Chromium"), place / "saved") as browser:
            before = browser("costs")["cpu"]
            browser.open(page)
            times.append(browser("costs")["cpu"] - before)
    return statistics.median(times)


def of_round(page: Path, given: Path, count: int, place: Path) -> Iterator[str]:
    """A row for combining, and one for making forms."""
    commands = {name: of_command(given, name, place) for name in ("collate", "distribute")}
    combining, making = [], []
    for _ in range(RUNS):
        with Browser("chromium", need(CHROMIUM, "Chromium"), place / "saved") as browser:
            browser.open(page)
            browser.give("returns-folder", given)
            browser("wait", code=f"() => document.getElementById('round-facts').textContent.includes('{count} teams')")
            before = browser("costs")["cpu"]
            browser.click("combine")
            after = browser("costs")["cpu"]
            combining.append((after - before, browser.evaluate("() => engine.memory")))
            browser("click", name="tab-forms")
            browser.download("make-forms")
            making.append((browser("costs")["cpu"] - after, browser.evaluate("() => engine.memory")))
    for what, name, runs in (("combining", "collate", combining), ("forms for", "distribute", making)):
        own, memory = (statistics.median(values) for values in zip(*runs, strict=True))
        theirs = commands[name]
        yield f"| {what} {count} | {own:.1f} s | {theirs:.1f} s | {own / theirs:.1f} | {memory / _MIB:.0f} MiB |"


def of_command(given: Path, name: str, place: Path) -> float:
    """The median of the CPU of a command in a fresh copy of the round."""
    times = []
    for number in range(RUNS):
        copy = shutil.copytree(given, place / f"{given.name}-{name}-{number}")
        times.append(run([sys.executable, "-m", "impact_xl", name, "--quiet"], cwd=copy).cpu)
    return statistics.median(times)


if __name__ == "__main__":
    main()
