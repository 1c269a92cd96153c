"""Measure, and write the tables of docs/speed.md: `python benchmarks/run.py [--most 10000] [--runs 5]`.

It ends with 1 where something is not within its limit.
"""

from __future__ import annotations

import compileall
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import click
import copies
from inputs import hostile, make
from measure import Run, interleaved, median, run
from paths import FAST, paths_of

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "docs" / "speed.md"
_BEGIN, _END = "<!-- measured: begin -->", "<!-- measured: end -->"


@click.command(help=__doc__)
@click.option("--most", default=10_000, help="The largest number of returns to measure.")
@click.option("--runs", default=5, help="How often a command is run, after one run that is not counted.")
@click.option("--write/--no-write", default=True, help="Write docs/speed.md, or only print.")
def main(most: int, runs: int, write: bool) -> None:
    limits = Limits()
    compileall.compile_dir(HERE.parent / "impact_xl", quiet=1)  # as pip does where somebody installs it
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        sections = [_start(runs, limits), _forty(folder, runs, limits), _forms(runs, limits)]
        if most >= 1000:
            sections += [_paths(folder, limits), _thousand(folder, runs, limits), _stages(folder, runs)]
            sections += [_isolation(limits)]
        sections += [_hostile(folder, runs, limits), _sizes(folder, most, runs, limits)]
    text = "\n\n".join([_machine(), limits.table(), *sections])
    click.echo(text)
    if write:
        before, _, rest = PAGE.read_text(encoding="utf-8").partition(_BEGIN)
        PAGE.write_text(f"{before}{_BEGIN}\n\n{text}\n\n{_END}{rest.partition(_END)[2]}", encoding="utf-8")
    sys.exit(limits.missed)


@dataclass
class Limits:
    """What we hold ourselves to, and what was measured."""

    rows: list[str] = field(default_factory=list)
    missed: bool = False

    def hold(self, what: str, limit: float, measured: float, unit: str = "times", *, least: bool = False) -> None:
        """Put one figure beside the most, or the least, that it may be."""
        kept = measured >= limit if least else measured <= limit
        self.missed |= not kept
        bound = f"at {'least' if least else 'most'} {limit:g} {unit}"
        self.rows.append(f"| {what} | {bound} | {measured:.2f} | {'met' if kept else '**not met**'} |")

    def table(self) -> str:
        """All of them."""
        return "\n".join(["| | limit | measured | |", "|---|---|---|---|", *self.rows])


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
    rows = [
        f"| {name} | {median(runs):.2f} | {median(runs, 'cpu'):.2f} | {_peak(runs)} "
        f"| {_times(runs, measured[to], 'wall'):.2f} | {_times(runs, measured[to], 'cpu'):.2f} |"
        for name, runs in measured.items()
    ]
    head = f"| | wall, s | CPU, s | peak, MB | against {to}: wall | CPU |\n|---|---|---|---|---|---|"
    return "\n".join([f"**{title}**", "", head, *rows])


def _peak(runs: list[Run]) -> str:
    """The largest memory, where anybody looked."""
    peak = max(each.memory for each in runs)
    return f"{peak:.0f}" if peak else "-"


def _times(runs: list[Run], to: list[Run], what: str) -> float:
    """How many times as much of something a command takes: the median over pairs where the two took turns."""
    if len(runs) != len(to):
        return median(runs, what) / median(to, what)
    pairs = zip(runs, to, strict=True)
    return statistics.median(getattr(one, what) / getattr(other, what) for one, other in pairs)


def _start(runs: int, limits: Limits) -> str:
    commands = {
        "import click": [sys.executable, "-c", "import click"],
        "impact-xl --help": [sys.executable, "-m", "impact_xl", "--help"],
        "import pandas": [sys.executable, "-c", "import pandas"],
    }
    measured = interleaved(commands, max(runs, 15))
    help_, click_ = median(measured["impact-xl --help"]), median(measured["import click"])
    limits.hold("`--help` against `import click`", 1.6, help_ / click_)
    return _table("Starting", measured, "import click")


def _forty(folder: Path, runs: int, limits: Limits) -> str:
    returns = make(folder / "forty", 40, defects=0.05)
    commands = {
        "import pandas": [sys.executable, "-c", "import pandas"],
        "collate 40 returns": collate(returns, folder / "40.xlsx"),
    }
    measured = interleaved(commands, max(runs, 9))
    wall = median(measured["collate 40 returns"])
    limits.hold("40 returns, everything included", 1, wall, "s")
    limits.hold("40 returns against `import pandas`", 2, wall / median(measured["import pandas"]))
    return _table("40 returns", measured, "import pandas")


def _forms(runs: int, limits: Limits) -> str:
    script = [sys.executable, str(HERE / "forms.py")]
    measured = interleaved({"stamped": [*script, "stamped", "1000"]}, runs)
    built = measured["each built from scratch (one run)"] = [run([*script, "built", "1000"])]
    faster = median(built) / median(measured["stamped"])
    limits.hold("1,000 personal forms, faster than building each", 10, faster, least=True)
    return _table("1,000 personal forms", measured, "stamped")


def _paths(folder: Path, limits: Limits) -> str:
    """Which of the three readers the copies of each kind come to."""
    rows = []
    for kind in (*copies.SHARES, copies.INDEPENDENT):
        count = paths_of(copies.make(folder / f"paths {kind}", _FEW, kind, seed=3))
        rows.append(f"| {kind} | {' | '.join(str(number) for number in count.values())} |")
        limits.hold(f"copies as {kind}, read the fast way", 100, 100 * count[FAST] / _FEW, "%", least=True)
    head = f"| {_FEW} copies each | {' | '.join(count)} |\n|---|---|---|---|"
    return "\n".join(["**Which way copies are read**", "", head, *rows])


_FEW, _LOOPS = 100, 4
# How many times the floor 1,000 returns may take: on the wall, and in CPU seconds of all processes.
_MOST = {
    "alike": ("1,000 returns, all alike, 5% of them with a defect", 2.4, 3.6),
    "independent": ("1,000 independent returns, notes of several lines", 2.4, 3.6),
    "mixed": ("1,000 returns as different programs save them", 3.2, 4.5),
}


def thousand(folder: Path, kind: str) -> Path:
    """A corpus of 1,000 returns."""
    place = folder / f"thousand {kind}"
    return make(place, 1000, defects=0.05) if kind == "alike" else copies.make(place, 1000, kind)


def _thousand(folder: Path, runs: int, limits: Limits) -> str:
    """The three corpora with the floor of the same files, and with the loop that people write over a quarter."""
    tables = []
    for kind, (title, most_wall, most_cpu) in _MOST.items():
        returns = thousand(folder, kind)
        commands = {
            "the floor": [sys.executable, str(HERE / "floor.py"), str(returns)],
            "collate": collate(returns, folder / "1000.xlsx"),
        }
        if kind == "independent":
            commands["collate, one job"] = [*commands["collate"], "--jobs", "1"]
        measured = interleaved(commands, runs)
        ours, floor = measured["collate"], measured["the floor"]
        limits.hold(f"{title}, against the floor", most_wall, _times(ours, floor, "wall"))
        limits.hold(f"{title}, CPU against the floor", most_cpu, _times(ours, floor, "cpu"))
        limits.hold(f"{title}: peak of all processes", 180, max(each.memory for each in ours), "MB")
        if kind == "independent":
            together = _times(ours, measured["collate, one job"], "wall")
            limits.hold("in parallel against one after the other", 1, together)
        loop, beside = _loop(folder / f"for the loop, {kind}", returns, commands["collate"])
        measured["the openpyxl loop (250 copies, times four)"] = loop
        faster = _times(loop, beside, "wall")
        limits.hold(f"{title}, faster than the openpyxl loop", 15, faster, least=True)
        tables.append(_table(title, measured, "the floor"))
    return "\n\n".join(tables)


def _loop(some: Path, returns: Path, ours: list[str]) -> tuple[list[Run], list[Run]]:
    """What 1,000 returns take in the loop, from a quarter of them, as it goes on file by file; and in our command.

    The two take turns.
    """
    some.mkdir()
    for copy in sorted(returns.iterdir())[::4]:
        shutil.copy(copy, some)
    loop, beside = list[Run](), list[Run]()
    for _ in range(_LOOPS):
        one = run([sys.executable, str(HERE / "loop_openpyxl.py"), str(some), str(some.with_suffix(".xlsx"))])
        loop.append(Run(4 * one.wall, 4 * one.cpu, one.memory))
        beside.append(run(ours))
    return loop, beside


def _stages(folder: Path, runs: int) -> str:
    """The medians of the stages of one process, as shares of their sum."""
    returns = thousand(folder, "mixed")
    taken: dict[str, list[float]] = {}
    for _ in range(runs):
        said = subprocess.run(
            [sys.executable, str(HERE / "stages.py"), str(returns), str(folder / "stages.xlsx")],
            capture_output=True,
            text=True,
            check=True,
        )
        for line in said.stdout.splitlines():
            stage, seconds = line.split("\t")
            taken.setdefault(stage, []).append(float(seconds))
    medians = {stage: statistics.median(seconds) for stage, seconds in taken.items()}
    rows = [f"| {stage} | {took:.2f} | {took / sum(medians.values()):.0%} |" for stage, took in medians.items()]
    return "\n".join(
        [
            "**Where the time of 1,000 returns as different programs save them goes**",
            "",
            "| | wall, s | share |",
            "|---|---|---|",
            *rows,
        ]
    )


def _isolation(limits: Limits) -> str:
    said = subprocess.run(
        [sys.executable, str(HERE / "isolation.py"), "1000", "3"], capture_output=True, text=True, check=True
    )
    on_top = int(said.stdout.partition("(")[2].partition("%")[0])
    limits.hold("gate and isolation on top of reading in the same process", 30, on_top, "%")
    return f"**Gate and isolation**\n\n{said.stdout.strip()}"


def _hostile(folder: Path, runs: int, limits: Limits) -> str:
    alone = make(folder / "forty", 40, defects=0.05)
    commands = {"40 returns": collate(alone, folder / "alone.xlsx")}
    for number, (what, content) in enumerate(hostile().items()):
        returns = folder / f"with hostile {number}"
        shutil.copytree(alone, returns)
        (returns / "hostile.xlsx").write_bytes(content)
        commands[f"and one file: {what}"] = collate(returns, folder / f"hostile {number}.xlsx")
    measured = interleaved(commands, runs)
    slowest = max(median(each) for each in measured.values())
    limits.hold("what one hostile file adds", 1, slowest - median(measured["40 returns"]), "s")
    return _table("One hostile file", measured, "40 returns")


def _sizes(folder: Path, most: int, runs: int, limits: Limits) -> str:
    """Sizes one after the other; what one more file costs is told between two of them."""
    rows, before, one_more = [], (0, 0.0), {}
    for count in (100, 500, 1000, 5000, 10_000):
        if count <= most:
            returns, output = make(folder / f"of {count}", count, defects=0.05), folder / f"{count}.xlsx"
            peak, peak_again = (run(each(returns, output), memory=True).memory for each in (collate, once_more))
            few = 2 if count > 1000 else 2 * runs
            pairs = [(run(collate(returns, output)), run(once_more(returns, output))) for _ in range(few)]
            first, again = ([pair[at] for pair in pairs] for at in (0, 1))
            wall = median(first)
            more = one_more[count] = 1000 * (wall - before[1]) / (count - before[0])
            rows.append(
                f"| {count:,} | {wall:.2f} | {more:.2f} | {peak:.0f} | {median(again):.2f} | {peak_again:.0f} |"
            )
            before = count, wall
            if count == most:
                limits.hold("combining once more against the first time", 1.5, _times(again, first, "wall"))
            if count == 10_000:
                limits.hold("one more file at 10,000 against one more at 1,000", 1.1, more / one_more[1000])
                limits.hold("peak of all processes, 10,000 returns", 350, peak, "MB")
                limits.hold("peak of all processes, 10,000 returns once more", 350, peak_again, "MB")
    return "\n".join(
        [
            "**By size**, alike (one more file: against the size above; once more: onto the workbook that is there)",
            "",
            "| returns | wall, s | one more file, ms | peak, MB | once more, s | peak, MB |",
            "|---|---|---|---|---|---|",
            *rows,
        ]
    )


if __name__ == "__main__":
    main()
