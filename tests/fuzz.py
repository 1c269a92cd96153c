"""Seeded random mutations of a form: `python tests/fuzz.py [COUNT] [SEED]`, or `make fuzz`.

Each mutated file has to come to exactly one outcome, answers or findings, and none of them an exception or a dead
reader; and no answer may be wrong without a word, or gone without one. A failure prints its seed, which makes the same
file again.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from edits import Copy
from hostile import saved
from rounds_in_memory import QUESTIONNAIRE

from impact_xl.findings import Severity
from impact_xl.form import layout
from impact_xl.form import workbook as form
from impact_xl.returns import worker_pool
from impact_xl.returns.read_file import Source
from impact_xl.returns.submission import ReturnedFile, Submission
from impact_xl.round.answers import judge

TICKED = 3  # the level that is ticked everywhere
FORM = form.build(
    form.Form(
        QUESTIONNAIRE, entries={layout.level_key(question.id, TICKED): True for question in QUESTIONNAIRE.questions}
    )
)
_COPY = Copy(FORM)
_XML = [name for name in _COPY.parts if name.endswith((".xml", ".rels"))]
_ODD = (
    b"\xff",
    b"<",
    b"&",
    b"]]>",
    b'"',
    b"-1",
    b"99999999999999999999",
    b"\x00",
    b"",
    b"A1:XFD1048576",
    b"TRUE",
    b"r=",
)
# A reader that dies costs its own file, and says so; that is an outcome, but one to be counted.
_DIED = "file-unreadable"


def mutated(seed: int) -> bytes:
    """A form with a few random changes, half of the time in its bytes and half in the XML inside."""
    dice = random.Random(seed)
    if dice.random() < 0.5:
        return _changed(dice, FORM)
    copy = Copy(FORM)
    for _ in range(dice.randint(1, 3)):
        name = dice.choice(_XML)
        if dice.random() < 0.1:
            del copy.parts[name]
            break
        copy.parts[name] = _changed(dice, copy.parts[name])
    return saved(copy)


def _changed(dice: random.Random, content: bytes) -> bytes:
    changed = bytearray(content)
    for _ in range(dice.randint(1, 6)):
        at = dice.randrange(len(changed) or 1)
        match dice.randrange(5):
            case 0 if changed:
                changed[at] = dice.randrange(256)
            case 1:
                changed[at : at + dice.randrange(40)] = dice.choice(_ODD)
            case 2:
                start = dice.randrange(len(changed) or 1)
                changed[at:at] = changed[start : start + dice.randrange(200)]
            case 3:
                del changed[at : at + dice.randrange(100)]
            case _ if dice.random() < 0.1:
                del changed[at:]
    return bytes(changed)


def run(seeds: range) -> Counter[str]:
    """Read every mutation, and count the outcomes.

    Raises:
        AssertionError: a file came to no outcome, or to an exception of ours.
    """
    outcomes: Counter[str] = Counter()
    reader = worker_pool.Worker(QUESTIONNAIRE, (), worker_pool.SECONDS, worker_pool.MEMORY, worker_pool.identity)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "form.xlsx")
        try:
            for seed in seeds:
                path.write_bytes(mutated(seed))
                files = reader.read(Source(path, "form.xlsx"))
                rules = [finding.rule.id for file in files for finding in file.findings]
                whole = len(files) == 1 and bool(files[0].submissions or rules)
                faults = [f.message for file in files for f in file.findings if "unexpected fault" in f.message]
                assert whole, f"seed {seed}: {len(files)} outcomes"
                assert not faults, f"seed {seed}: {faults}"
                silent = [question for each in files[0].submissions for question in _silent(files[0], each)]
                assert not silent, f"seed {seed}: silently wrong or lost: {silent}"
                outcomes["read" if files[0].submissions else rules[0]] += 1
        finally:
            reader.close()
    return outcomes


def _silent(file: ReturnedFile, submission: Submission) -> Iterator[str]:
    """The questions that are not what they were before the mutation, and of which nothing is said."""
    judged = judge(submission, QUESTIONNAIRE)
    findings = [*file.findings, *judged.findings]
    with_finding = {finding.question for finding in findings if finding.severity is not Severity.NOTE}
    of_a_whole = any(finding.rule.id in ("form-sheet-missing", "form-untouched") for finding in findings)
    for question, answer in judged.answers.items():
        if answer.level != TICKED and question not in with_finding and not (of_a_whole and answer.level is None):
            yield question


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    outcomes = run(range(first, first + count))
    print(f"{count:,} mutations, each with one outcome:")
    for outcome, number in outcomes.most_common():
        print(f"  {number:>7,} {outcome}")


if __name__ == "__main__":
    main()
