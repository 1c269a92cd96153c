"""Somebody who reads the copy to share, and can add and subtract, tries to find a set of few teams."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, combinations

import numpy as np
import openpyxl
import pytest
from rounds_in_memory import QUESTIONNAIRE, random_round
from test_results_share import table

from impact_xl.results import share
from impact_xl.results.sheet_writer import FIRST_ROW
from impact_xl.round import disclosure
from impact_xl.round.collation import Collation

LEAST = 5  # teams besides the reader's own
Cell = tuple[str, str]  # a question and a group: the smallest sets that any figure is made of
Set = frozenset[Cell]
PARTS = {component.id: [question.id for question in component.questions] for component in QUESTIONNAIRE.components}


@dataclass
class Published:
    """The sets of answers whose levels the copy tells, as sums over questions and groups."""

    collation: Collation
    sets: list[Set]

    def of(self, questions: Iterable[str], groups: Iterable[str] | None = None) -> Set:
        wanted = list(self.collation.groups if groups is None else groups)
        return frozenset((question, group) for question in questions for group in wanted)

    def teams(self, some: Set) -> set[str]:
        """Who gave a valid answer in a set."""
        return {
            result.team.id
            for result in self.collation.results
            for question, answer in result.answers.items()
            if answer.level and (question, result.team.group_name) in some
        }

    def singled_out(self) -> Iterator[Set]:
        """Every set of few teams that comes out by adding and subtracting what is published."""
        cells = sorted(set(chain.from_iterable([*self.sets, self.of(QUESTIONNAIRE.by_id)])))
        place = {cell: number for number, cell in enumerate(cells)}

        def vector(some: Set) -> np.ndarray:
            made = np.zeros(len(cells))
            made[[place[cell] for cell in some]] = 1
            return made

        if not self.sets:
            return
        left, sizes, _ = np.linalg.svd(np.array([vector(some) for some in self.sets]).T, full_matrices=False)
        basis = left[:, sizes > 1e-9]
        for some in self.wanted():
            sought = vector(some)
            if 0 < len(self.teams(some)) <= LEAST and np.linalg.norm(sought - basis @ (basis.T @ sought)) < 1e-7:
                yield some

    def wanted(self) -> Iterator[Set]:
        """What somebody could want to know: some questions of a component, whole components, in some groups."""
        groups = [None, *map(list, some_of(self.collation.groups, 3))]
        sets = [*chain.from_iterable(some_of(ids, len(ids)) for ids in PARTS.values())]
        sets += [list(chain.from_iterable(PARTS[part] for part in parts)) for parts in some_of(list(PARTS), 5)]
        for questions in sets:
            for some in groups:
                yield self.of(questions, some)


def some_of(things: Sequence[str], most: int) -> Iterator[tuple[str, ...]]:
    return chain.from_iterable(combinations(things, number) for number in range(1, min(most, len(things)) + 1))


def published(collation: Collation) -> Published:
    """What the copy tells; its components are over the questions that are shown, of all teams or of the group."""
    book = openpyxl.load_workbook(io.BytesIO(share.build(collation, minimum_group=LEAST)))
    copy = Published(collation, [])
    rows = table(book, "Questions")
    questions = {str(row["Ref"]) for row in rows if row["Typical level"] != "withheld"}
    copy.sets += [copy.of([str(row["Ref"])]) for row in rows if row["Ref"] in questions and row["Valid"]]
    for row in table(book, "Components"):
        if row["Typical level"] != "withheld" and row["Valid"]:
            copy.sets.append(copy.of(questions & set(PARTS[str(row["Ref"])])))
    shown = disclosure.decide(share._respondents(collation), QUESTIONNAIRE.by_id, len(QUESTIONNAIRE.levels), LEAST)
    for row in table(book, "Groups"):
        group = str(row["Group"])
        ids = [question for question in PARTS[str(row["Ref"])] if question in shown.group(group)]
        assert row["Valid"] == sum(shown.group(group)[question].n for question in ids)
        copy.sets.append(copy.of(ids, [group]))
    return copy


@pytest.mark.parametrize("seed", range(24))
def test_nothing_about_few_teams_comes_out(seed: int) -> None:
    collation = random_round(seed, teams=4 + 2 * seed, groups=1 + seed % 7, defects=(0.1, 0.5, 0.8, 0.9)[seed % 4])
    copy = published(collation)
    assert [(sorted(some), sorted(copy.teams(some))) for some in copy.singled_out()] == []
    for some in copy.sets:
        assert len(copy.teams(some)) > LEAST


def test_something_is_published_at_all() -> None:
    sizes = [len(published(random_round(seed, teams=30, groups=4, defects=0.4)).sets) for seed in range(4)]
    assert min(sizes) > 20


def test_the_attack_finds_what_is_not_withheld_well_enough() -> None:
    """With one question more told than there should be, and one group alone withheld, sets of few teams come out."""
    copy = published(random_round(2, teams=16, groups=4, defects=0.8))
    hidden = [
        q for q in QUESTIONNAIRE.by_id if copy.of([q]) not in copy.sets and 0 < len(copy.teams(copy.of([q]))) <= LEAST
    ]
    assert hidden
    copy.sets.append(copy.of(hidden[:1]))
    assert copy.of(hidden[:1]) in list(copy.singled_out())
    few = Published(random_round(3, teams=12, groups=4, defects=0), [])
    few.sets = [few.of(PARTS["C1"]), *(few.of(PARTS["C1"], [group]) for group in few.collation.groups[1:])]
    assert few.of(PARTS["C1"], few.collation.groups[:1]) in list(few.singled_out())


def test_nothing_is_left_behind_the_cells() -> None:
    collation = random_round(5, teams=16, groups=4, defects=0.8)
    content = share.build(collation, minimum_group=LEAST)
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert not book.defined_names
    assert all(
        not cell.hyperlink and cell.data_type != "f" for sheet in book for row in sheet.iter_rows() for cell in row
    )
    withheld = {"Questions": 0, "Components": 0}
    for sheet in withheld:
        for number, row in enumerate(table(book, sheet)):
            if row["Typical level"] == "withheld":
                withheld[sheet] += 1
                assert {row[level.name] for level in QUESTIONNAIRE.levels} == {None}
                assert {row[head] for head in ("Valid", "At target", "Blank", "Multiple")} == {None}
                assert number not in charted(content, sheet)
            elif row["Valid"]:
                assert number in charted(content, sheet)
    assert withheld["Questions"] > 3
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        properties = "".join(package.read(name).decode() for name in package.namelist() if name.startswith("docProps/"))
        strings = package.read("xl/sharedStrings.xml").decode()
    assert "Seal of" not in properties
    for result in collation.results:
        assert result.team.name not in properties + strings


def charted(content: bytes, sheet: str) -> set[int]:
    """The places of the rows of a sheet for which a chart holds anything."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        charts = [package.read(name).decode() for name in package.namelist() if name.startswith("xl/charts/chart")]
    values = chain.from_iterable(re.findall(r"<c:val>.*?</c:val>", chart, re.DOTALL) for chart in charts)
    found: set[int] = set()
    for part in values:
        if first := re.search(rf"<c:f>'?{sheet}'?!\$[A-Z]+\$(\d+)", part):
            points = re.findall(r'<c:pt idx="(\d+)"><c:v>([^<]+)<', part)
            found |= {int(first[1]) - FIRST_ROW - 1 + int(place) for place, value in points if float(value) > 0}
    return found
