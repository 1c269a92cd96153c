"""What gate and isolation cost: the same copies read and judged by a child process, and in this process without a gate.

`python benchmarks/isolation.py [COPIES] [RUNS]`. Both do what `collate` and `check` have done for every file: read it,
find its answers, judge them.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from inputs import make

from impact_xl import questionnaire as questionnaires
from impact_xl import returns
from impact_xl.returns.formats import xlsx
from impact_xl.returns.parse.submissions import submissions_in
from impact_xl.returns.submission import ReturnedFile
from impact_xl.round.answers import judge_file


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
    runs = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    questionnaire = questionnaires.load()
    with tempfile.TemporaryDirectory() as place:
        sources, _ = returns.find([make(Path(place, "returns"), count)])

        def alone() -> None:
            for source in sources:
                reading = submissions_in(xlsx.read(source.path.read_bytes()), questionnaire, source.file)
                judge_file(ReturnedFile(source.file, submissions=reading.submissions), questionnaire)

        def isolated() -> None:
            returns.read_then(judge_file, sources, questionnaire, jobs=1)

        taken: dict[str, list[float]] = {"in this process": [], "gate and isolation": []}
        for _ in range(runs):  # they take turns, as a machine has its moods
            taken["in this process"].append(_seconds(alone))
            taken["gate and isolation"].append(_seconds(isolated))
    plain, whole = (statistics.median(each) for each in taken.values())
    print(
        f"{count:,} clean copies read and judged, one at a time: {plain:.2f} s in the same process without a gate, "
        f"{whole:.2f} s through the gate and in a child process ({100 * (whole / plain - 1):+.0f}%)."
    )


def _seconds(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
