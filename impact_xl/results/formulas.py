"""The figures of `figures` once more, as formulas that Excel 2016 and LibreOffice calculate.

Each function takes cell references and gives formula text without the leading `=`. Comparisons are of
whole numbers and of quotients written the same way, so the workbook and the program agree to the last
bit. Only plain functions: no dynamic arrays, no INDIRECT, nothing that a locale can break.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal

from impact_xl.round.figures import FEWEST_FOR_WORDS, MOSTLY_AGREE, STRONGLY_DIFFER, VARY, Agenda, separable

ALL_GROUPS = "All groups"


def text(value: str) -> str:
    """A text inside a formula."""
    return '"' + value.replace('"', '""') + '"'


def array(texts: Iterable[str]) -> str:
    """Texts as an array that stands in the formula itself: `{"Q01","Q02"}`."""
    return "{" + ",".join(map(text, texts)) + "}"


def percent(share: float) -> str:
    """A share as `TEXT(share,"0%")` says it: halves are rounded up, of the fifteen digits that spreadsheets keep."""
    return f"{(Decimal(f'{share:.15g}') * 100).quantize(Decimal(1), ROUND_HALF_UP)}%"


def shown(group: str) -> str:
    """1 where a row's group is the one chosen on Summary; an equality, so no name can act as a wildcard.

    Both are compared as texts, as a group may be called “1”, and what is typed may become a number.
    """
    return f'IF(OR(SelectedGroup={text(ALL_GROUPS)},{group}=SelectedGroup&""),1,0)'


def level_number(level: str) -> str:
    """The number of the level that a cell names; 0 where it names none. MATCH would take “Improv*” for a pattern."""
    return f"SUMPRODUCT((LevelNames={level})*(ROW(LevelNames)-MIN(ROW(LevelNames))+1))"


def text_at(column: str, place: str) -> str:
    """The text at a place of a column; a bare INDEX may be a range, so Excel 365 would show it with an @."""
    return f"T(INDEX({column},{place}))"


def number_at(column: str, place: str) -> str:
    """The number at a place of a column."""
    return f"N(INDEX({column},{place}))"


def count(column: str, of: str, level: int) -> str:
    """How many answers shown have a level, of one question or component."""
    return f"COUNTIFS(Answers[{column}],{of},Answers[Level no],{level},Answers[Shown],1)"


def count_of_group(group: str, level: int) -> str:
    """How many answers of a group have a level, whatever group is chosen; by equality, as names may hold wildcards."""
    return f"SUMPRODUCT((Answers[Group]={group})*(Answers[Level no]={level}))"


def share_of_group(group: str, column: str, of: str, target: int) -> str:
    """The share of a group's valid answers that are at the target, of one question or component."""
    answers = f"(Answers[Group]={group})*(Answers[{column}]={text(of)})"
    valid, reached = (f"SUMPRODUCT({answers}*(Answers[Level no]>={level}))" for level in (1, target))
    return share(reached, valid)


def count_state(column: str, of: str, state: str) -> str:
    """How many answers shown have a state, of one question or component."""
    return f"COUNTIFS(Answers[{column}],{of},Answers[State],{text(state)},Answers[Shown],1)"


def share(part: str, whole: str) -> str:
    """A share of the valid answers; nothing where there are none."""
    return f'IF({whole}=0,"",{part}/{whole})'


def typical_low(counts: Sequence[str], n: str) -> str:
    """The lower median as a level, min{k: 2 C_k >= n}; 0 where there is no valid answer."""
    return f"IF({n}=0,0,1+{_passed(counts, n, '<')})"


def typical_high(counts: Sequence[str], n: str) -> str:
    """The upper median as a level, min{k: 2 C_k > n}; 0 where there is no valid answer."""
    return f"IF({n}=0,0,1+{_passed(counts, n, '<=')})"


def _passed(counts: Sequence[str], n: str, sign: str) -> str:
    return "+".join(f"(2*{below}{sign}{n})" for below in _cumulative(counts))


def _cumulative(counts: Sequence[str]) -> list[str]:
    """C_1 to C_(K-1)."""
    return [f"SUM({counts[0]}:{last})" for last in counts[:-1]]


def typical(low: str, high: str, names: str = "LevelNames") -> str:
    """The typical level in words: `Developing`, or `Developing to Progressing`."""
    first, second = text_at(names, low), text_at(names, high)
    return f'IF({low}=0,"",IF({low}={high},{first},{first}&" to "&{second}))'


def spread(counts: Sequence[str], n: str) -> str:
    """The sum of distances from the typical level."""
    return "+".join(f"MIN({below},{n}-{below})" for below in _cumulative(counts))


def agreement(spread_cell: str, n: str, levels: int) -> str:
    """1 - 2 S / ((K - 1) n)."""
    return f'IF({n}=0,"",1-2*{spread_cell}/({levels - 1}*{n}))'


def words(spread_cell: str, n: str, levels: int) -> str:
    """Agreement in words, from five answers on."""
    most = f"{levels - 1}*{n}"
    return (
        f'IF({n}<{FEWEST_FOR_WORDS},"",IF(8*{spread_cell}<={most},{text(MOSTLY_AGREE)},'
        f"IF(4*{spread_cell}<={most},{text(VARY)},{text(STRONGLY_DIFFER)})))"
    )


def separate_groups(counts: Sequence[str], n: str, names: Sequence[str], *, gaps: bool = False) -> str:
    """The two levels of two separate groups, in words; empty where there are none.

    Args:
        counts: the cells with the counts of the question's own levels.
        n: the cell with the number of valid answers.
        names: the names of these levels.
        gaps: whether cells of other levels stand between them.
    """
    formula = '""'
    for low, high in reversed(separable(len(counts))):
        smaller = f"MIN({counts[low]},{counts[high]})"
        inner = counts[low + 1 : high]
        between = f"MIN({','.join(inner) if gaps else f'{inner[0]}:{inner[-1]}'})"
        formula = (
            f"IF(AND({smaller}>=2,4*{smaller}>={n},2*{between}<={smaller}),"
            f"{text(f'{names[low]} and {names[high]}')},{formula})"
        )
    return formula


def count_all(column: str, of: str, level: int) -> str:
    """How many answers of all teams have a level, whatever group is chosen."""
    return f"COUNTIFS(Answers[{column}],{of},Answers[Level no],{level})"


def pairs_above(counts: Sequence[str], all_counts: Sequence[str]) -> str:
    """Over every pair of a team shown and one that is not, in how many the one shown is higher."""
    return "+".join(
        f"{counts[level]}*(SUM({all_counts[0]}:{all_counts[level - 1]})-SUM({counts[0]}:{counts[level - 1]}))"
        for level in range(1, len(counts))
    )


def pairs_below(counts: Sequence[str], all_counts: Sequence[str]) -> str:
    """The same, in how many it is lower."""
    return "+".join(
        f"{counts[level]}*(SUM({all_counts[level + 1]}:{all_counts[-1]})-SUM({counts[level + 1]}:{counts[-1]}))"
        for level in range(len(counts) - 1)
    )


def difference(above: str, below: str, n: str, others: str) -> str:
    """The share of pairs in which a team shown is higher, less that in which it is lower; nothing of too few teams."""
    few = FEWEST_FOR_WORDS
    return f'IF(OR({n}<{few},{others}<{few}),"",(({above})-({below}))/({n}*{others}))'


def against(known: str, above: str, below: str, pairs: str) -> str:
    """The difference in words, where it is known."""
    higher, lower = f'TEXT(({above})/({pairs}),"0%")', f'TEXT(({below})/({pairs}),"0%")'
    return f'IF({known}="","","higher in "&{higher}&" of pairs, lower in "&{lower})'


def agenda(*, n: str, at_target: str, groups: str, in_words: str, low: str, high: str, target: int) -> str:
    """The one word that a question gets on the agenda; `at_target` is a number of answers."""
    return (
        f'IF({n}=0,"",IF({n}<{FEWEST_FOR_WORDS},'
        f"IF({at_target}=0,{text(Agenda.IMPROVE)},IF({at_target}={n},{text(Agenda.SHARE)},{text(Agenda.DISCUSS)})),"
        f'IF(OR({groups}<>"",{in_words}={text(STRONGLY_DIFFER)}),{text(Agenda.DISCUSS)},'
        f"IF(AND({in_words}={text(MOSTLY_AGREE)},{high}<{target}),{text(Agenda.IMPROVE)},"
        f"IF(AND({in_words}={text(MOSTLY_AGREE)},{low}>={target}),{text(Agenda.SHARE)},{text(Agenda.UNCLEAR)})))))"
    )


def place(condition: str, *keys: tuple[str, str, str]) -> str:
    """A row's place, counted from 1, among the rows that meet a condition; ties go to the next key.

    Args:
        condition: an array expression, such as `Questions[Agenda]=U5`.
        keys: (column, this row's cell, sign), where rows with `column sign cell` come before.
    """
    before = "0"
    for column, cell, sign in reversed(keys):
        here = f"({column}{sign}{cell})"
        before = here if before == "0" else f"({here}+({column}={cell})*{before})"
    return f"1+SUMPRODUCT(({condition})*{before})"


def lowest(levels: str, heads: str, names: str = "LevelNames") -> str:
    """The first question with a row's lowest level, as `Q03 Lived experience: Starting`; nothing of a row without one.

    Args:
        levels: the row's levels, in which 0 is no answer.
        heads: the questions' names, in the same order.
        names: the levels' names.
    """
    level = f"SMALL({levels},COUNTIF({levels},0)+1)"
    question = f"MATCH({level},{levels},0)"
    return f'IFERROR({text_at(heads, question)}&": "&{text_at(names, level)},"")'


def _middle(levels: str) -> tuple[str, str, str]:
    """How many levels a row or column holds, and the lower and the upper of the two in the middle; 0 is no answer.

    Zeros come first in order of size, so behind them stand the two. The reference is long: counting up to each level,
    seven levels would take more characters than Excel has for a formula.
    """
    n, nothing = f'COUNTIF({levels},">0")', f"COUNTIF({levels},0)"
    return n, f"SMALL({levels},{nothing}+INT(({n}+1)/2))", f"SMALL({levels},{nothing}+INT({n}/2)+1)"


def profile(levels: str, names: str = "LevelNames") -> str:
    """The typical level of a row of levels in words, as `Developing to Progressing`; nothing of a row without any."""
    n, low, high = _middle(levels)
    first, second = (text_at(names, level) for level in (low, high))
    return f'IFERROR(IF({n}=0,"",IF({low}={high},{first},{first}&" to "&{second})),"")'


def typical_number(levels: str) -> str:
    """The typical level of a column of levels as a number, or as `2–3`; nothing of one without any."""
    n, low, high = _middle(levels)
    return f'IF({n}=0,"",IF({low}={high},{low},{low}&"–"&{high}))'
