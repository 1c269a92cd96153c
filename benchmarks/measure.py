"""Measure a command as a whole process: wall and CPU seconds, and the peak memory of its whole tree of processes."""

from __future__ import annotations

import os
import statistics
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path


@dataclass(frozen=True)
class Run:
    """One run of a command. Memory is the largest sum of resident sizes seen, in MB, sampled every 20 ms (Linux).

    It is 0 where nobody looked: looking takes a part of a processor from a command that has use for all of them.
    """

    wall: float
    cpu: float
    memory: float


def run(command: Sequence[str], cwd: Path | None = None, *, memory: bool = False) -> Run:
    """Run a command to its end; a workbook at its --output is taken away first, as it would be read back.

    What stands at `-o` stays there: that is how a command is measured which finds its own workbook.

    Args:
        command: the command.
        cwd: the folder that it is started in.
        memory: look at its memory; its times are not to be trusted then.

    Raises:
        RuntimeError: it ended with anything but 0; what it said is in the message.
    """
    if "--output" in command:
        Path(command[command.index("--output") + 1]).unlink(missing_ok=True)
    before, started = os.times(), time.perf_counter()
    process = subprocess.Popen(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    peak = [0]
    if memory:
        threading.Thread(target=_watch, args=(process, peak), daemon=True).start()
    said = process.communicate()[0]
    wall, after = time.perf_counter() - started, os.times()
    if process.returncode:
        raise RuntimeError(
            f"{' '.join(command)} ended with {process.returncode}: {said.decode(errors='replace')[-500:]}"
        )
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Run(wall, cpu, peak[0] / 1024)


def interleaved(commands: Mapping[str, Sequence[str]], runs: int) -> dict[str, list[Run]]:
    """Run several commands in turn, so that a machine that slows down slows all of them.

    In one round before these their memory is looked at, and the time is not counted.
    """
    memory = {name: run(command, memory=True).memory for name, command in commands.items()}
    measured: dict[str, list[Run]] = {name: [] for name in commands}
    for _ in range(runs):
        for name, command in commands.items():
            measured[name].append(replace(run(command), memory=memory[name]))
    return measured


def median(runs: Sequence[Run], what: str = "wall") -> float:
    """The median of one figure over runs."""
    return statistics.median(getattr(each, what) for each in runs)


def _watch(process: subprocess.Popen[bytes], peak: list[int]) -> None:
    while process.poll() is None:
        peak[0] = max(peak[0], sum(_resident(pid) for pid in _tree(process.pid)))
        time.sleep(0.02)


def _tree(root: int) -> list[int]:
    """A process and all that come from it."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir() if Path("/proc").exists() else ():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
    tree, grown = {root}, True
    while grown:
        more = {pid for pid, parent in parents.items() if parent in tree} - tree
        grown = bool(more)
        tree |= more
    return sorted(tree)


def _resident(pid: int) -> int:
    """A process's own memory in kB: shared pages are counted in parts, as they would be counted twice otherwise."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")), 0)
