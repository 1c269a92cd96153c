"""Measure, and write the tables of docs/speed.md: `python benchmarks/run.py [--most 10000] [--runs 3]`."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from pathlib import Path

import click
from inputs import make
from measure import Run, interleaved, median, run

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "docs" / "speed.md"
_BEGIN, _END = "<!-- measured: begin -->", "<!-- measured: end -->"


@click.command(help=__doc__)
@click.option("--most", default=10_000, help="The largest number of returns to measure.")
@click.option("--runs", default=3, help="How often a command is run, after one run that is not counted.")
@click.option("--write/--no-write", default=True, help="Write docs/speed.md, or only print.")
def main(most: int, runs: int, write: bool) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        sections = [_machine(), _start(runs), _forty(folder, runs)]
        if most >= 1000:
            sections += [_thousand(folder, runs), _hostile(folder, runs)]
        sections.append(_sizes(folder, most))
    text = "\n\n".join(sections)
    click.echo(text)
    if write:
        before, _, rest = PAGE.read_text(encoding="utf-8").partition(_BEGIN)
        PAGE.write_text(f"{before}{_BEGIN}\n\n{text}\n\n{_END}{rest.partition(_END)[2]}", encoding="utf-8")


def collate(folder: Path, output: Path) -> list[str]:
    """The whole command, as a person types it."""
    return [
        *(sys.executable, "-m", "impact_xl", "collate", str(folder), "--output", str(output)),
        *("--overwrite", "--quiet"),
    ]


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
    return _table("Starting", interleaved(commands, max(runs, 7)), "import click")


def _forty(folder: Path, runs: int) -> str:
    copies = make(folder / "forty", 40, defects=0.05)
    commands = {
        "import pandas": [sys.executable, "-c", "import pandas"],
        "collate 40 returns": collate(copies, folder / "40.xlsx"),
    }
    return _table("40 returns", interleaved(commands, max(runs, 5)), "import pandas")


def _thousand(folder: Path, runs: int) -> str:
    copies = make(folder / "thousand", 1000, defects=0.05)
    out = str(folder / "loop.xlsx")
    commands = {
        "the floor": [sys.executable, str(HERE / "floor.py"), str(copies)],
        "collate, one job": [*collate(copies, folder / "1000.xlsx"), "--jobs", "1"],
        "collate": collate(copies, folder / "1000.xlsx"),
    }
    measured = interleaved(commands, runs)
    measured["the openpyxl loop"] = [run([sys.executable, str(HERE / "loop_openpyxl.py"), str(copies), out])]
    measured["the pandas loop"] = [run([sys.executable, str(HERE / "loop_pandas.py"), str(copies), out])]
    return _table("1,000 returns, 5% with a defect (the loops were run once)", measured, "the floor")


def _hostile(folder: Path, runs: int) -> str:
    copies = make(folder / "with one", 40, defects=0.05)
    alone = make(folder / "forty", 40, defects=0.05)
    (copies / "hostile.xlsx").write_bytes((copies / "Team 00000.xlsx").read_bytes()[:-30] + b"\0" * 20_000_000)
    commands = {
        "40 returns": collate(alone, folder / "a.xlsx"),
        "and a hostile one": collate(copies, folder / "b.xlsx"),
    }
    return _table("One hostile file", interleaved(commands, runs), "40 returns")


def _sizes(folder: Path, most: int) -> str:
    rows = []
    for count in (100, 1000, 10_000):
        if count <= most:
            one = run(collate(make(folder / f"of {count}", count, defects=0.05), folder / f"{count}.xlsx"))
            rows.append(f"| {count:,} | {one.wall:.1f} | {1000 * one.wall / count:.1f} | {one.memory:.0f} |")
    return "\n".join(
        ["**By size (one run each)**", "", "| returns | wall, s | ms each | peak, MB |", "|---|---|---|---|", *rows]
    )


if __name__ == "__main__":
    main()
