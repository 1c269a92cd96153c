"""Measure, and write the tables of docs/speed.md: `python benchmarks/run.py [--most 10000] [--runs 3]`."""

from __future__ import annotations

import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import click
from inputs import hostile, make
from measure import Run, interleaved, median, run

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "docs" / "speed.md"
_BEGIN, _END = "<!-- measured: begin -->", "<!-- measured: end -->"


@click.command(help=__doc__)
@click.option("--most", default=10_000, help="The largest number of returns to measure.")
@click.option("--runs", default=5, help="How often a command is run, after one run that is not counted.")
@click.option("--write/--no-write", default=True, help="Write docs/speed.md, or only print.")
def main(most: int, runs: int, write: bool) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        sections = [_machine(), _start(runs), _forty(folder, runs), _forms(runs)]
        if most >= 1000:
            sections += [_thousand(folder, runs), _stages(folder, runs)]
        sections += [_hostile(folder, runs), _sizes(folder, most, runs)]
    text = "\n\n".join(sections)
    click.echo(text)
    if write:
        before, _, rest = PAGE.read_text(encoding="utf-8").partition(_BEGIN)
        PAGE.write_text(f"{before}{_BEGIN}\n\n{text}\n\n{_END}{rest.partition(_END)[2]}", encoding="utf-8")


def collate(folder: Path, output: Path) -> list[str]:
    """The whole command, as a person types it."""
    return [sys.executable, "-m", "impact_xl", "collate", str(folder), "--output", str(output), "--quiet"]


def once_more(folder: Path, output: Path) -> list[str]:
    """The same onto a workbook that stays where it is (`-o`), and is read back first."""
    return [sys.executable, "-m", "impact_xl", "collate", str(folder), "-o", str(output), "--quiet"]


def _machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30 if hasattr(os, "sysconf") else 0
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GB, {platform.system()}, Python {platform.python_version()}. "
        "Each figure is the median of runs that took turns; a ratio is within one measurement."
    )


def _table(title: str, measured: dict[str, list[Run]], to: str) -> str:
    """A table of medians, with the ratio of each to one of them."""
    base = median(measured[to])
    rows = [
        f"| {name} | {median(runs):.2f} | {median(runs, 'cpu'):.2f} | {max(each.memory for each in runs):.0f} "
        f"| {median(runs) / base:.2f} |"
        for name, runs in measured.items()
    ]
    head = f"| | wall, s | CPU, s | peak, MB | against {to} |\n|---|---|---|---|---|"
    return "\n".join([f"**{title}**", "", head, *rows])


def _start(runs: int) -> str:
    commands = {
        "import click": [sys.executable, "-c", "import click"],
        "impact-xl --help": [sys.executable, "-m", "impact_xl", "--help"],
        "import pandas": [sys.executable, "-c", "import pandas"],
    }
    return _table("Starting", interleaved(commands, max(runs, 15)), "import click")


def _forty(folder: Path, runs: int) -> str:
    copies = make(folder / "forty", 40, defects=0.05)
    commands = {
        "import pandas": [sys.executable, "-c", "import pandas"],
        "collate 40 returns": collate(copies, folder / "40.xlsx"),
    }
    return _table("40 returns", interleaved(commands, max(runs, 9)), "import pandas")


def _forms(runs: int) -> str:
    script = [sys.executable, str(HERE / "forms.py")]
    measured = interleaved({"stamped": [*script, "stamped", "1000"]}, runs)
    measured["each built from scratch (one run)"] = [run([*script, "built", "1000"])]
    return _table("1,000 personal forms", measured, "stamped")


def _thousand(folder: Path, runs: int) -> str:
    copies = make(folder / "thousand", 1000, defects=0.05)
    out = str(folder / "loop.xlsx")
    commands = {
        "the floor": [sys.executable, str(HERE / "floor.py"), str(copies)],
        "collate, one job": [*collate(copies, folder / "1000.xlsx"), "--jobs", "1"],
        "collate": collate(copies, folder / "1000.xlsx"),
    }
    measured = interleaved(commands, runs)
    for name in ("openpyxl", "pandas"):
        measured[f"the {name} loop (one run)"] = [
            run([sys.executable, str(HERE / f"loop_{name}.py"), str(copies), out])
        ]
    return _table("1,000 returns, 5% of them with a defect", measured, "the floor")


def _stages(folder: Path, runs: int) -> str:
    """The medians of the stages of one process, as shares of their sum."""
    copies = make(folder / "thousand", 1000, defects=0.05)
    taken: dict[str, list[float]] = {}
    for _ in range(runs):
        said = subprocess.run(
            [sys.executable, str(HERE / "stages.py"), str(copies), str(folder / "stages.xlsx")],
            capture_output=True,
            text=True,
            check=True,
        )
        for line in said.stdout.splitlines():
            stage, seconds = line.split("\t")
            taken.setdefault(stage, []).append(float(seconds))
    medians = {stage: statistics.median(seconds) for stage, seconds in taken.items()}
    rows = [f"| {stage} | {took:.2f} | {took / sum(medians.values()):.0%} |" for stage, took in medians.items()]
    return "\n".join(["**Where the time of 1,000 returns goes**", "", "| | wall, s | share |", "|---|---|---|", *rows])


def _hostile(folder: Path, runs: int) -> str:
    alone = make(folder / "forty", 40, defects=0.05)
    commands = {"40 returns": collate(alone, folder / "alone.xlsx")}
    for number, (what, content) in enumerate(hostile().items()):
        copies = folder / f"with hostile {number}"
        shutil.copytree(alone, copies)
        (copies / "hostile.xlsx").write_bytes(content)
        commands[f"and one file: {what}"] = collate(copies, folder / f"hostile {number}.xlsx")
    return _table("One hostile file", interleaved(commands, runs), "40 returns")


def _sizes(folder: Path, most: int, runs: int) -> str:
    """Sizes one after the other; what one more file costs is told between two of them."""
    rows, before = [], (0, 0.0)
    for count in (100, 500, 1000, 5000, 10_000):
        if count <= most:
            copies, output = make(folder / f"of {count}", count, defects=0.05), folder / f"{count}.xlsx"
            measured = [run(collate(copies, output)) for _ in range(3 if count > 1000 else 2 * runs)]
            again = run(once_more(copies, output))
            wall = median(measured)
            more = 1000 * (wall - before[1]) / (count - before[0])
            peak = max(each.memory for each in measured)
            rows.append(f"| {count:,} | {wall:.2f} | {more:.2f} | {peak:.0f} | {again.wall:.2f} | {again.memory:.0f} |")
            before = count, wall
    return "\n".join(
        [
            "**By size** (one more file: against the size above; once more: onto the workbook that is there)",
            "",
            "| returns | wall, s | one more file, ms | peak, MB | once more, s | peak, MB |",
            "|---|---|---|---|---|---|",
            *rows,
        ]
    )


if __name__ == "__main__":
    main()
