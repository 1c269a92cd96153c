"""How teams moved, in numbers: worked examples, and two hundred random pairs of rounds against another way to count."""

from __future__ import annotations

import random
from fractions import Fraction
from math import comb, isclose
from statistics import median_high, median_low

import pytest

from impact_xl.comparison import moves as figures
from impact_xl.comparison.moves import Balance, Move, Moves, clear_move, lead, least_one_way, moves
from impact_xl.round.figures import difference

ONE = Moves(((1, 2, 0, 0, 0), (0, 3, 3, 1, 0), (0, 1, 4, 2, 0), (0, 0, 1, 2, 0), (0,) * 5))
TWO = Moves(((2, 0, 0, 0, 0), (0, 3, 5, 0, 0), (0, 0, 6, 4, 0), (0,) * 5, (0,) * 5))
SAME_BARS = moves([*[(2, 5)] * 6, *[(3, 3)] * 8, *[(5, 2)] * 6], 5)
CONVERGE = moves([*[(1, 3)] * 3, *[(2, 3)] * 3, *[(3, 3)] * 4], 5)


def stricter() -> Moves:
    """Three go from 3 to 2, four from 4 to 3, two from 5 to 4; eleven stay so that 90 % were at 3 or above."""
    stay = [*[(1, 1)] * 1, *[(2, 2)] * 1, *[(3, 3)] * 5, *[(4, 4)] * 3, *[(5, 5)] * 1]
    return moves([*[(3, 2)] * 3, *[(4, 3)] * 4, *[(5, 4)] * 2, *stay], 5)


@pytest.mark.parametrize(
    ("example", "moved", "net", "typical", "shares", "agreement", "target"),
    [
        (ONE, (8, 10, 2), 0.30, ((2, 3), (3, 3)), (0.50, 0.65), (0.600, 0.675), (4, 1)),
        (TWO, (9, 11, 0), 0.45, ((2, 3), (3, 3)), (0.50, 0.75), (0.700, 0.725), (5, 0)),
        (SAME_BARS, (6, 8, 6), 0, ((3, 3), (3, 3)), (0.70, 0.70), (0.55, 0.55), (6, 6)),
        (CONVERGE, (6, 4, 0), 0.60, ((2, 2), (3, 3)), (0.40, 1.0), (0.65, 1.0), (6, 0)),
        (stricter(), (0, 11, 9), -0.45, ((3, 4), (3, 3)), (0.90, 0.75), (0.600, 0.675), (0, 3)),
    ],
    ids=["one", "two", "same bars", "converge", "stricter"],
)
def test_worked_examples(example, moved, net, typical, shares, agreement, target):
    assert (example.up, example.same, example.down) == moved
    assert isclose(example.net, net, abs_tol=1e-12)
    assert (example.before.typical, example.after.typical) == typical
    assert (example.before.share_at_least(3), example.after.share_at_least(3)) == shares
    assert (example.reached(3), example.fell(3)) == target
    assert isclose(example.before.agreement, agreement[0])
    assert isclose(example.after.agreement, agreement[1])


def test_equal_bars_hide_that_twelve_of_twenty_moved():
    assert SAME_BARS.before == SAME_BARS.after
    assert SAME_BARS.up + SAME_BARS.down == 12


def test_unpaired_teams_are_set_side_by_side_by_another_figure():
    beside = difference(ONE.after, ONE.before)
    assert (beside.higher, beside.lower, beside.pairs) == (183, 101, 400)


TEAMS = {
    "A": ((1, 2, 2, 3), (2, 2, 3, 3)),
    "B": ((2, 2, 3, 3), (2, 3, 3, 3)),
    "C": ((3, 3, 3, 4), (3, 2, 3, 4)),
    "D": ((1, 1, 2, 2), (2, 2, 2, 3)),
    "E": ((2, 3, 3, 5), (2, 3, 2, 5)),
}


def test_in_a_component_the_team_is_the_unit():
    pooled = moves([pair for then, now in TEAMS.values() for pair in zip(then, now, strict=True)], 5)
    assert (pooled.up, pooled.same, pooled.down) == (6, 12, 2)
    assert lead(figures.balance(map(figures.move, *levels)) for levels in TEAMS.values()) == Balance(3, 0, 2)


def test_a_team_without_a_pair_leads_no_way():
    assert Balance(0, 0, 0).more is None
    assert lead([Balance(0, 0, 0), Balance(1, 5, 1)]) == Balance(0, 1, 0)


def test_agreement_is_of_the_levels_that_a_question_has():
    """Half at each end of the three levels that there are: no agreement then, and all alike now."""
    of = moves([*[(1, 3)] * 4, *[(5, 3)] * 4], 5, (1, 3, 5))
    assert (of.before.agreement, of.after.agreement) == (0, 1)


# -- clear moves --------------------------------------------------------------------------------------


def chance(movers: int, one_way: int) -> Fraction:
    """How often chance alone sends so many or more the same way: every way in which the coins can fall."""
    falls = (fall.bit_count() for fall in range(2**movers))
    return Fraction(sum(max(heads, movers - heads) >= one_way for heads in falls), 2**movers)


@pytest.mark.parametrize("questions", [1, 4, 22])
def test_a_clear_move_is_one_that_chance_hardly_makes(questions: int):
    for movers in range(15):
        enough = [k for k in range(movers // 2 + 1, movers + 1) if chance(movers, k) * questions <= Fraction(1, 20)]
        assert least_one_way(movers, questions) == (min(enough) if enough and movers >= 6 else None)


def test_the_table_of_whole_numbers():
    """As the exact sign test has it, for one question and for twenty-two."""
    movers = (8, 9, 10, 12, 14, 16, 20, 25, 30, 40)
    assert [least_one_way(each) for each in movers] == [8, 8, 9, 10, 12, 13, 15, 18, 21, 27]
    assert [least_one_way(each, 22) for each in (12, 20, 30)] == [12, 18, 24]
    assert figures.table_of_clear_moves(12, 22) == [(10, 10), (11, 11), (12, 12)]
    assert figures.table_of_clear_moves(3, 22) == [(10, 10)]
    assert figures.table_of_clear_moves(8, 1) == [(6, 6), (7, 7), (8, 8)]


def test_too_few_never_move_clearly():
    assert clear_move(6, 0, 6, 1) is Move.UP
    assert clear_move(0, 6, 6, 1) is Move.DOWN
    assert clear_move(5, 0, 20, 1) is None
    assert clear_move(6, 0, 4, 1) is None
    assert ONE.clear(1) is None
    assert TWO.clear(1) is Move.UP
    assert TWO.clear(22) is None


# -- two hundred random pairs of rounds ----------------------------------------------------------------


def counted(pairs: list[tuple[int, int]], levels: int, target: int) -> dict[str, object]:
    """The same figures, each straight from the list of pairs."""
    n, then, now = len(pairs), [a for a, _ in pairs], [b for _, b in pairs]

    def agreement(answers: list[int]) -> float:
        middle = median_low(answers)
        return 1 - 2 * sum(abs(level - middle) for level in answers) / ((levels - 1) * n)

    up, down = sum(b > a for a, b in pairs), sum(b < a for a, b in pairs)
    return {
        "pairs": n,
        "up": up,
        "down": down,
        "same": sum(a == b for a, b in pairs),
        "net": (up - down) / n,
        "typical": tuple((median_low(side), median_high(side)) for side in (then, now)),
        "shares": tuple(sum(level >= target for level in side) / n for side in (then, now)),
        "agreement": (agreement(then), agreement(now)),
        "target": (sum(a < target <= b for a, b in pairs), sum(b < target <= a for a, b in pairs)),
    }


@pytest.mark.parametrize("seed", range(200))
def test_random_rounds_come_out_as_counted_another_way(seed: int):
    dice = random.Random(seed)
    levels = dice.randint(2, 7)
    target = dice.randint(1, levels)
    pairs = [(dice.randint(1, levels), dice.randint(1, levels)) for _ in range(dice.randint(1, 60))]
    of, expected = moves(pairs, levels), counted(pairs, levels, target)
    assert {
        "pairs": of.pairs,
        "up": of.up,
        "down": of.down,
        "same": of.same,
        "net": of.net,
        "typical": (of.before.typical, of.after.typical),
        "shares": (of.before.share_at_least(target), of.after.share_at_least(target)),
        "agreement": pytest.approx((of.before.agreement, of.after.agreement)),
        "target": (of.reached(target), of.fell(target)),
    } == expected
    back = moves([(b, a) for a, b in pairs], levels)  # the rounds the other way round mirror every figure
    assert (back.up, back.same, back.down, back.net) == (of.down, of.same, of.up, -of.net)
    assert (back.before, back.after) == (of.after, of.before)
    assert (back.reached(target), back.fell(target)) == (of.fell(target), of.reached(target))
    opposite = {Move.UP: Move.DOWN, Move.DOWN: Move.UP, None: None}
    assert back.clear(5) is opposite[of.clear(5)]
    assert of + back == moves([*pairs, *((b, a) for a, b in pairs)], levels)


def test_the_chance_of_the_table_is_the_binomial_one():
    for movers in (20, 40, 300):
        least = least_one_way(movers, 22)
        tail = 2 * sum(comb(movers, k) for k in range(least, movers + 1))
        assert tail * 22 * 20 <= 2**movers < (tail + 2 * comb(movers, least - 1)) * 22 * 20


# -- where nothing changed ----------------------------------------------------------------------------


@pytest.mark.long
@pytest.mark.parametrize("noise", [0.4, 0.8], ids=["two fifths of the answers move", "two thirds do"])
def test_where_nothing_changed_hardly_any_round_shows_a_clear_move(noise: float):
    """Twelve teams, 22 questions, 1,000 pairs of rounds: each answer is the team's own level with noise, both times."""
    dice = random.Random(f"nothing changed {noise}")
    rounds = with_clear = moved = answers = 0
    for _ in range(1000):
        any_clear = False
        for _ in range(22):
            own = [dice.gauss(2.8, 0.9) for _ in range(12)]
            pairs = [tuple(max(1, min(5, round(level + dice.gauss(0, noise)))) for _ in range(2)) for level in own]
            of = moves(pairs, 5)
            moved, answers = moved + of.up + of.down, answers + 12
            any_clear = any_clear or of.clear(22) is not None
        rounds, with_clear = rounds + 1, with_clear + any_clear
    print(f"\nnoise {noise}: {moved / answers:.0%} of answers move, {with_clear} of {rounds} rounds show a clear move")
    assert with_clear < rounds / 20
