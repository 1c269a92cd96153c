"""The examples in docstrings and in docs/analysing.md are true."""

from __future__ import annotations

import doctest
import importlib
import re
from pathlib import Path

import pytest
from rounds_in_memory import random_round
from test_docs import query

import impact_xl
from impact_xl.results import exports
from impact_xl.round.collation import Collation
from impact_xl.round.tables import COLUMNS

PACKAGE = Path(impact_xl.__file__).parent
WITH_EXAMPLES = [path for path in sorted(PACKAGE.rglob("*.py")) if ">>> " in path.read_text(encoding="utf-8")]


@pytest.mark.parametrize("path", WITH_EXAMPLES, ids=lambda path: path.stem)
def test_examples(path: Path):
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    tried = doctest.testmod(importlib.import_module(".".join(parts).removesuffix(".__init__")))
    assert (tried.failed, tried.attempted > 0) == (0, True)


# -- docs/analysing.md: what it says to count is what the workbook counts ----------------------------

PAGE = (PACKAGE.parent / "docs" / "analysing.md").read_text(encoding="utf-8")
NAMES = {f"{table}[{column}]" for table, columns in COLUMNS.items() for column in columns}


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Collation, Path]:
    """A round of 23 teams, and its tables."""
    folder = tmp_path_factory.mktemp("tables")
    collation = random_round(seed=7, teams=23)
    exports.write(collation, folder)
    return collation, folder


def test_each_measure_in_sql_is_the_workbooks_figure(exported: tuple[Collation, Path]):
    collation, folder = exported
    spread, shares, typical, progress, to_fix = (query(folder, statement) for statement in blocks("sql run"))
    answers = {question: tally.distribution for question, tally in collation.tallies().items()}
    counts = {question: [number for number in each.counts if number] for question, each in answers.items()}
    assert {key: [row[-1] for row in spread if row[0] == key] for key in answers} == counts
    at_target = {key: (each.n, each.share_at_least(collation.target)) for key, each in answers.items()}
    assert {row[0]: (row[2], row[4]) for row in shares} == at_target
    assert [row[4] for row in shares] == sorted(row[4] for row in shares)
    assert dict(typical) == {key: each.typical[0] for key, each in answers.items()}
    assert [row[1:] for row in progress] == [(collation.returned, len(collation.results))]
    assert len(to_fix) == sum(finding.severity == "error" for finding in collation.to_fix)


def test_the_relations_of_power_bi_are_many_to_one(exported: tuple[Collation, Path]):
    _, folder = exported
    relations = re.findall(r"^\| (\w+)\[(\w+)\] \| (\w+)\[(\w+)\] \|$", PAGE, re.MULTILINE)
    assert len(relations) == 4
    for many, key, one, other in relations:
        there = {row[0] for row in query(folder, f"select {other} from {one}")}
        [(rows,)] = query(folder, f"select count(*) from {one}")
        assert len(there) == rows, f"{one}[{other}] tells no row from another"
        assert {row[0] for row in query(folder, f"select {key} from {many}")} <= there


def test_dax_names_columns_and_measures_that_are_there():
    measures = blocks("dax")
    names = [measure.partition(" =")[0] for measure in measures]
    assert len(set(names)) == len(names) >= 5
    for measure in measures:
        made = {f"[{name}]" for name in (*names, "each")}
        assert set(re.findall(r"\w+\[\w+\]", measure)) <= NAMES
        assert set(re.findall(r"(?<!\w)\[[^\]]+\]", measure)) <= made
        assert measure.count("(") == measure.count(")")
        assert set(re.findall(r'state\] = "(\w+)"', measure)) <= {"answered"}
    assert set(re.findall(r"`(\w+\[\w+\])`", PAGE)) <= NAMES


def test_power_query_and_r_name_files_and_columns_that_are_there():
    [query_text], [script] = blocks("powerquery"), blocks("r")
    steps = re.findall(r"^ {4}(\w+) = ", query_text, re.MULTILINE)
    assert query_text.rstrip().endswith(steps[-1])
    assert all(f"({step}," in query_text for step in steps[:-1])
    named = {each for pair in re.findall(r'"(level\w*)"|\{"(\w+)"', query_text) for each in pair if each}
    found = re.findall(r'(\w+) = "i"|filter\((\w+) ==|count\((\w+), (\w+)\)|names_from = (\w+)', script)
    named |= {name for each in found for name in each if name}
    assert {"level", "level_read", "state", "question"} <= named <= set(COLUMNS["answers"])
    for text in (query_text, script):
        assert text.count("(") == text.count(")")
    files = set(re.findall(r"(?:tables/|\\)(\w+)\.csv", PAGE))
    assert "answers" in files
    assert files <= set(COLUMNS)
