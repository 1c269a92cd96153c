"""What gate and isolation cost: the same copies read and judged by a child process, and in this process without a gate.

`python benchmarks/isolation.py [COPIES] [RUNS]`. Both do what `collate` and `check` have done for every file: read it,
find its answers, judge them. Each run reads copies that no run before it has read: this process would know their rows.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from copies import INDEPENDENT, make

from impact_xl import questionnaire as questionnaires
from impact_xl import returns
from impact_xl.questionnaire import Questionnaire
from impact_xl.returns.formats import xlsx
from impact_xl.returns.parse.submissions import submissions_in
from impact_xl.returns.read_file import Source
from impact_xl.returns.submission import ReturnedFile
from impact_xl.round.answers import judge_file


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
    runs = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    questionnaire = questionnaires.load()
    with tempfile.TemporaryDirectory() as place:
        taken: dict[str, list[float]] = {"in this process": [], "gate and isolation": []}
        for number in range(runs + 1):  # they take turns, as a machine has its moods; the first run only warms up
            folder = make(Path(place, str(number)), count, INDEPENDENT, seed=number)
            sources, _ = returns.find([folder])
            alone, isolated = partial(_alone, sources, questionnaire), partial(_isolated, sources, questionnaire)
            for name, work in zip(taken, (alone, isolated), strict=True):
                seconds = _seconds(work)
                if number:
                    taken[name].append(seconds)
    plain, whole = (sum(each) for each in taken.values())
    print(
        f"{count * runs:,} clean copies read and judged, one at a time: {plain:.2f} s in the same process without a "
        f"gate, {whole:.2f} s through the gate and in a child process ({100 * (whole / plain - 1):+.0f}%)."
    )


def _alone(sources: Sequence[Source], questionnaire: Questionnaire) -> None:
    for source in sources:
        reading = submissions_in(xlsx.read(source.path.read_bytes()), questionnaire, source.file)
        judge_file(ReturnedFile(source.file, submissions=reading.submissions), questionnaire)


def _isolated(sources: Sequence[Source], questionnaire: Questionnaire) -> None:
    returns.read_then(judge_file, sources, questionnaire, jobs=1)


def _seconds(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
