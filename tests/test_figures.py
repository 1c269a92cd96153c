"""Every figure against worked numbers, and against a second way to compute it."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations
from statistics import median_high, median_low

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impact_xl.round.figures import (
    FEWEST_FOR_WORDS,
    MOSTLY_AGREE,
    STRONGLY_DIFFER,
    VARY,
    Agenda,
    Distribution,
    Tally,
    difference,
    rank,
    tally,
)

TARGET = 3
AGREE, MIXED, DIVIDED = MOSTLY_AGREE, VARY, STRONGLY_DIFFER
# counts, typical level, spread, agreement, in words, two separate groups, share at or above level 3
WORKED = [
    ([0, 0, 10, 0, 0], (3, 3), 0, "1", AGREE, None, "1"),
    ([0, 2, 6, 2, 0], (3, 3), 4, "4/5", AGREE, None, "4/5"),
    ([2, 2, 2, 2, 2], (3, 3), 12, "2/5", DIVIDED, None, "3/5"),
    ([5, 0, 0, 0, 5], (1, 5), 20, "0", DIVIDED, (1, 5), "1/2"),
    ([4, 0, 2, 0, 4], (3, 3), 16, "1/5", DIVIDED, (1, 5), "3/5"),
    ([1, 0, 8, 0, 1], (3, 3), 4, "4/5", AGREE, None, "9/10"),
    ([0, 5, 0, 5, 0], (2, 4), 10, "1/2", MIXED, (2, 4), "1/2"),
    ([0, 5, 5, 0, 0], (2, 3), 5, "3/4", AGREE, None, "1/2"),
    ([3, 4, 2, 1, 0], (2, 2), 7, "13/20", MIXED, None, "3/10"),
    ([9, 0, 0, 0, 1], (1, 1), 4, "4/5", AGREE, None, "1/10"),
    ([0, 0, 4, 5, 3], (4, 4), 7, "17/24", MIXED, None, "1"),
    ([2, 7, 8, 4, 1], (3, 3), 17, "27/44", MIXED, None, "13/22"),
    ([0, 1, 2, 9, 8], (4, 4), 12, "7/10", MIXED, None, "19/20"),
    ([6, 1, 0, 1, 6], (2, 4), 26, "1/14", DIVIDED, (1, 5), "1/2"),
    ([1, 2, 3, 4, 5], (4, 4), 15, "1/2", MIXED, None, "4/5"),
    ([0, 3, 1, 3, 0], (3, 3), 6, "4/7", MIXED, (2, 4), "4/7"),
    ([0, 3, 2, 3, 0], (3, 3), 6, "5/8", MIXED, None, "5/8"),
    ([0, 2, 1, 2, 0], (3, 3), 4, "3/5", MIXED, (2, 4), "3/5"),
    ([1, 1, 1, 1, 1], (3, 3), 6, "2/5", DIVIDED, None, "3/5"),
    ([10, 0, 0, 0, 0], (1, 1), 0, "1", AGREE, None, "0"),
    ([0, 0, 0, 0, 10], (5, 5), 0, "1", AGREE, None, "1"),
    ([1, 0, 0, 0, 1], (1, 5), 4, "0", "", None, "1/2"),  # under five answers nothing is put into words
    ([1, 0, 0, 0, 0], (1, 1), 0, "1", "", None, "0"),
    ([3, 6, 8, 3, 0], (3, 3), 15, "5/8", MIXED, None, "11/20"),  # pooling is not averaging
    ([10, 0, 0, 0, 10], (1, 5), 40, "0", DIVIDED, (1, 5), "1/2"),
]


@pytest.mark.parametrize(("counts", "typical", "spread", "agreement", "words", "groups", "share"), WORKED)
def test_worked_numbers(counts, typical, spread, agreement, words, groups, share):
    it = Distribution(tuple(counts))
    assert it.typical == typical
    assert it.spread == spread
    assert it.agreement == pytest.approx(float(Fraction(agreement)), abs=1e-12)
    assert it.distance == pytest.approx(2 * (1 - float(Fraction(agreement))), abs=1e-12)
    assert it.words == words
    assert it.separate_groups == groups
    assert it.share_at_least(TARGET) == pytest.approx(float(Fraction(share)))


@pytest.mark.parametrize(
    ("counts", "word"),
    [
        ([0, 0, 0, 0, 0], Agenda.NONE),
        ([5, 5, 0, 0, 0], Agenda.IMPROVE),
        ([0, 5, 5, 0, 0], Agenda.UNCLEAR),  # typical level is neither below the target nor at it
        ([0, 0, 5, 5, 0], Agenda.SHARE),
        ([3, 4, 2, 1, 0], Agenda.UNCLEAR),  # low, but teams vary
        ([0, 5, 0, 5, 0], Agenda.DISCUSS),  # two groups win over everything else
        ([2, 2, 2, 2, 2], Agenda.DISCUSS),
        ([2, 2, 0, 0, 0], Agenda.IMPROVE),  # fewer than five: all below
        ([0, 0, 1, 0, 3], Agenda.SHARE),  # fewer than five: all at or above
        ([0, 1, 1, 0, 0], Agenda.DISCUSS),
    ],
)
def test_agenda(counts, word):
    assert Distribution(tuple(counts)).agenda(TARGET) is word


@pytest.mark.parametrize(
    ("some", "others", "higher", "lower", "delta"),
    [
        ((0, 1, 2, 2, 1), (2, 3, 3, 1, 1), 37, 11, "13/30"),
        ((0, 0, 1, 2, 2), (1, 1, 2, 2, 0), 22, 2, "2/3"),
        ((0, 5, 0, 0, 0), (0, 5, 0, 0, 0), 0, 0, "0"),
        ((5, 0, 0, 0, 0), (0, 0, 0, 0, 5), 0, 25, "-1"),
    ],
)
def test_how_some_stand_beside_others(some, others, higher, lower, delta):
    found = difference(Distribution(some), Distribution(others))
    assert (found.higher, found.lower, found.pairs) == (higher, lower, sum(some) * sum(others))
    assert found.delta == pytest.approx(float(Fraction(delta)))
    back = difference(Distribution(others), Distribution(some))
    assert (back.higher, back.lower) == (lower, higher)


@pytest.mark.parametrize("few", [(0, 0, 0, 0, 0), (1, 1, 1, 1, 0)])
def test_fewer_than_five_are_not_compared(few):
    many = Distribution((1, 1, 1, 1, 1))
    assert difference(Distribution(few), many) is None
    assert difference(many, Distribution(few)) is None
    assert difference(many, many) is not None


answers = st.integers(2, 7).flatmap(
    lambda levels: st.tuples(st.just(levels), st.lists(st.integers(1, levels), max_size=40), st.integers(1, levels))
)


@given(answers)
def test_every_figure_computed_from_the_answers_themselves(drawn):
    levels, answers, target = drawn
    it = tally([("answered", level) for level in answers], levels).distribution
    n = len(answers)
    assert it.n == n
    if not n:
        assert (it.typical, it.agreement, it.words, it.agenda(target)) == (None, None, "", Agenda.NONE)
        return
    low, high = median_low(answers), median_high(answers)
    away = Fraction(sum(abs(level - low) for level in answers), n)
    agreement = 1 - 2 * away / (levels - 1)
    words = MOSTLY_AGREE if agreement >= Fraction(3, 4) else VARY if agreement >= Fraction(1, 2) else STRONGLY_DIFFER
    two = [
        (i, j)
        for i, j in combinations(range(1, levels + 1), 2)
        if j - i >= 2
        and min(answers.count(i), answers.count(j)) >= max(2, Fraction(n, 4))
        and any(answers.count(k) <= Fraction(min(answers.count(i), answers.count(j)), 2) for k in range(i + 1, j))
    ]
    assert it.typical == (low, high)
    assert it.agreement == pytest.approx(float(agreement))
    assert it.distance == pytest.approx(float(away))
    assert it.words == (words if n >= FEWEST_FOR_WORDS else "")
    assert bool(it.separate_groups) == bool(two)
    assert it.separate_groups is None or it.separate_groups in two
    assert it.agenda(target) == _agenda(answers, target, words, (low, high), bool(two))


def _agenda(answers, target, words, typical, two):
    below, reached = all(level < target for level in answers), all(level >= target for level in answers)
    if len(answers) < 5:
        return Agenda.IMPROVE if below else Agenda.SHARE if reached else Agenda.DISCUSS
    if two or words == STRONGLY_DIFFER:
        return Agenda.DISCUSS
    if words == MOSTLY_AGREE and typical[1] < target:
        return Agenda.IMPROVE
    return Agenda.SHARE if words == MOSTLY_AGREE and typical[0] >= target else Agenda.UNCLEAR


counts = st.lists(st.integers(0, 12), min_size=5, max_size=5).filter(any).map(tuple)


@given(counts, st.integers(2, 9))
def test_what_cannot_change_agreement(drawn, times):
    it = Distribution(drawn)
    mirrored = Distribution(drawn[::-1])
    assert mirrored.spread == it.spread
    assert mirrored.typical == (6 - it.typical[1], 6 - it.typical[0])
    many = Distribution(tuple(times * count for count in drawn))
    assert many.agreement == pytest.approx(it.agreement)
    assert 0 <= it.agreement <= 1
    joined = list(drawn)
    joined[it.typical[0] - 1] += 1  # one more answer at the typical level
    assert Distribution(tuple(joined)).agreement >= it.agreement - 1e-12


@given(st.lists(st.sampled_from([("answered", 2), ("blank", None), ("multiple", None), ("not_applicable", None)])))
def test_a_tally_loses_nothing_and_pools_by_adding(answers):
    whole = tally(answers, 5)
    assert whole.valid + whole.not_applicable + whole.not_counted == len(answers)
    assert tally(answers[::2], 5) + tally(answers[1::2], 5) == whole


def test_rankings_follow_need_and_break_ties_by_question_order():
    def of(*counts):
        return Tally(Distribution(counts))

    tallies = {
        "Q01": of(0, 0, 8, 0, 0),
        "Q02": of(6, 2, 0, 0, 0),
        "Q03": of(0, 8, 0, 0, 0),  # as far below the target as Q02, more agreed
        "Q04": of(0, 0, 0, 0, 8),
        "Q05": of(0, 0, 0, 0, 0),  # nobody answered: in no ranking
        "Q06": of(0, 0, 8, 0, 0),
        "Q07": of(4, 0, 0, 0, 4),
    }
    ranked = rank(tallies, TARGET)
    assert ranked.agenda[Agenda.IMPROVE] == ["Q02", "Q03"]
    assert ranked.agenda[Agenda.SHARE] == ["Q01", "Q04", "Q06"]
    assert ranked.agenda[Agenda.DISCUSS] == ["Q07"]
    assert list(ranked.strongest) == ["Q04", "Q01", "Q06", "Q07", "Q03", "Q02"]
    assert list(ranked.weakest) == ["Q02", "Q03", "Q07", "Q01", "Q06", "Q04"]
