"""Where the time of one command goes: `python benchmarks/stages.py FOLDER OUTPUT` prints a line a stage."""

from __future__ import annotations

import sys
import time
from pathlib import Path


def main() -> None:
    folder, output = Path(sys.argv[1]), Path(sys.argv[2])
    began = time.perf_counter()
    stages: dict[str, float] = {}

    def until(stage: str) -> None:
        nonlocal began
        now = time.perf_counter()
        stages[stage], began = now - began, now

    from impact_xl import api, results, returns
    from impact_xl import questionnaire as questionnaires
    from impact_xl.files.safe_write import write_file
    from impact_xl.round import answers, collation

    questionnaire = questionnaires.load()
    until("libraries and questionnaire")
    sources, findings = returns.find([folder])
    until("looking for files")
    files = returns.read_then(answers.judge_file, sources, questionnaire, jobs=api.default_jobs())
    until("reading and judging, in child processes")
    made = collation.collate(files, questionnaire, findings=findings)
    until("matching to teams, settling copies")
    content = results.build(made)
    until("the workbook")
    write_file(output, content)
    until("writing it to the disk")
    for stage, seconds in stages.items():
        print(f"{stage}\t{seconds:.4f}")


if __name__ == "__main__":
    main()
