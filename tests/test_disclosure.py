"""What leaves the coordinator: all packs and the copy to share side by side, and everything that one can subtract."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from itertools import combinations
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rounds_in_memory import QUESTIONNAIRE, random_round
from test_feedback import Seen, behind, read_back, seen

from impact_xl.results import share
from impact_xl.round.disclosure import Respondent, decide

K = 5
LEVELS = [level.name for level in QUESTIONNAIRE.levels]


def rows(content: bytes, name: str) -> Iterator[dict[str, object]]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    heads, *lines = next((sheet[sheet.tables[name].ref] for sheet in book if name in sheet.tables), [()])
    return ({head.value: cell.value for head, cell in zip(heads, line, strict=True)} for line in lines)


@pytest.mark.parametrize("seed", range(12))
def test_packs_and_the_copy_to_share_side_by_side_say_no_more_than_each(seed: int, tmp_path: Path) -> None:
    collation = random_round(seed, teams=4 + 2 * seed, groups=1 + seed % 5, defects=(0.05, 0.3, 0.6)[seed % 3])
    packs = seen(read_back(collation, tmp_path))
    shared = share.build(collation)
    everybody = {question: distribution.counts for question, distribution in packs[0].shown("All teams").items()}
    of_groups = {
        (each.pack.team.group_name, question): distribution.counts
        for each in packs
        for question, distribution in each.shown("Your group").items()
    }
    counts = {row["Ref"]: tuple(row[level] for level in LEVELS) for row in rows(shared, "Questions") if row["Valid"]}
    assert counts == everybody
    for row in rows(shared, "Components"):
        own = [everybody[q.id] for q in QUESTIONNAIRE.component_by_id[str(row["Ref"])].questions if q.id in everybody]
        assert not row["Valid"] or [row[level] for level in LEVELS] == [sum(at) for at in zip(*own, strict=True)]
    for row in rows(shared, "Groups"):
        group, questions = str(row["Group"]), QUESTIONNAIRE.component_by_id[str(row["Ref"])].questions
        own = [of_groups[group, q.id] for q in questions if (group, q.id) in of_groups]
        if group != "(no group)":  # whose teams see no figures of a group that they are not
            assert [row[level] for level in LEVELS] == [sum(at) for at in zip(*own, strict=True)]


@pytest.mark.parametrize("seed", range(8))
def test_everything_in_the_packages_of_all_packs_is_what_may_be_shown(seed: int, tmp_path: Path) -> None:
    """Also what no sheet shows: the caches of charts, shared strings, properties, alternative texts."""
    collation = random_round(seed, teams=5 + seed, groups=2 + seed % 3, defects=0.3)
    for each in seen(read_back(collation, tmp_path)):
        others = [
            result.team for result in collation.results if result.team.id != each.pack.team.id and result.answered
        ]
        assert not [team.name for team in others if f">{team.name}<" in each.parts or f" {team.name}." in each.parts]
        assert "Team 0" not in each.parts.replace(each.pack.team.name, "")
        [chart] = [part for part in each.parts.split("xl/charts/chart")[1:] if "<c:barChart>" in part]
        assert {*_cached(chart)} == {1.0}, "it is drawn from ones"
        others = re.findall(r'<c:dPt><c:idx val="(\d+)"/><c:spPr><a:solidFill><a:srgbClr val="8FBBE5"/>', chart)
        charted = {[*QUESTIONNAIRE.by_id][int(point) - 1] for point in others}
        assert charted <= each.shown("All teams").keys()


def _cached(part: str) -> Iterator[float]:
    for series in re.findall(r"<c:val>(.*?)</c:val>", part, re.DOTALL):
        yield from (float(value) for value in re.findall(r"<c:v>([\d.]+)</c:v>", series))


def sets_shown(packs: list[Seen], question: str) -> tuple[bool, set[str]]:
    shown = any(question in each.shown("All teams") for each in packs)
    groups = {each.pack.team.group_name for each in packs if question in each.shown("Your group")}
    return shown, groups


@pytest.mark.parametrize(
    "sizes", [(6, 6), (6, 5, 1), (7, 6, 6), (11, 1), (6, 6, 1), (12, 6, 5, 1), (6, 0, 6), (3,), (6,)]
)
def test_small_rounds_by_hand(sizes: tuple[int, ...], tmp_path: Path) -> None:
    """Every union of shown sets, every rest, every reader: five others stand behind it, or nobody."""
    from rounds_in_memory import returned, submission

    from impact_xl.round.collation import collate

    teams = [(f"G{group}", f"G{group}T{number}") for group, size in enumerate(sizes) for number in range(size)]
    answers = {"Q01": 3, "Q02": 2}
    files = [returned(submission(team, answers, group=group)) for group, team in teams]
    collation = collate(files, QUESTIONNAIRE)
    packs = seen(read_back(collation, tmp_path))
    for question in answers:
        valid = behind(collation, question)
        everybody, groups = sets_shown(packs, question)
        assert everybody is (sum(sizes) > K)
        for reader in valid:
            for number in range(1, len(groups) + 1):
                for some in combinations(groups, number):
                    together = {team for team, group in valid.items() if group in some}
                    for left in (together, set(valid) - together):
                        assert not left or len(left - {reader}) >= K, (question, reader, some)


@given(
    st.lists(st.tuples(st.sampled_from("ABCD"), st.sets(st.sampled_from(["Q1", "Q2", "Q3"]))), max_size=40),
    st.integers(2, 6),
)
def test_no_union_of_groups_and_no_rest_falls_under_the_minimum(teams: list[tuple[str, set[str]]], least: int) -> None:
    respondents = [
        Respondent(f"t{number}", group, dict.fromkeys(answered, 1 + number % 3))
        for number, (group, answered) in enumerate(teams)
        if answered
    ]
    shown = decide(respondents, ["Q1", "Q2", "Q3"], 3, least)
    for question in ("Q1", "Q2", "Q3"):
        of = _teams_of(respondents, question)
        valid = set().union(*of.values()) if of else set()
        if question not in shown.everybody:
            assert len(valid) <= least
            assert not any(key[1] == question for key in shown.groups)
            continue
        assert shown.everybody[question].n == len(valid) > least
        groups = [group for group, shown_of in shown.groups if shown_of == question]
        for number in range(1, len(groups) + 1):
            for some in combinations(groups, number):
                together = set().union(*(of[group] for group in some))
                for left in (together, valid - together):
                    assert not left or len(left) > least


def _teams_of(respondents: list[Respondent], question: str) -> Mapping[str, set[str]]:
    teams: dict[str, set[str]] = {}
    for each in respondents:
        if question in each.levels:
            teams.setdefault(each.group, set()).add(each.key)
    return teams
