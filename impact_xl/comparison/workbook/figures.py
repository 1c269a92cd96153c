"""The columns that say how teams moved, for questions and components: live formulas with the values they have now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

from impact_xl.comparison.moves import Moves
from impact_xl.comparison.workbook.writer import INDEX, SIGNED_SHARE, ComparisonWriter
from impact_xl.results import formulas
from impact_xl.results.sheet_writer import PERCENT, WHOLE, Column, row_height_of
from impact_xl.round.figures import FEWEST_FOR_WORDS
from impact_xl.xlsx.a1 import column_name
from impact_xl.xlsx.cell_values import Cell, Formula

FIRST = 3  # Ref, Question and Component come before
HEADS = (
    *("Pairs", "Up", "Same", "Down", "Net", "Clear move", "Typical then", "Typical now"),
    *("At target then", "At target now", "Reached", "Fell", "Agreement then", "Agreement now", "Remark"),
)
PLACES = {head: FIRST + place for place, head in enumerate(HEADS)}
COUNTS = FIRST + len(HEADS)  # of each level then; those of now follow


def columns(writer: ComparisonWriter) -> list[Column]:
    """From Pairs to the counts of each level, then and now."""
    looks: dict[str, tuple[float, dict[str, Any]]] = {
        "Pairs": (7, {**WHOLE, "bold": True}),
        "Net": (8, SIGNED_SHARE),
        "Clear move": (16, {"bold": True}),
        "Typical then": (17, {}),
        "Typical now": (17, {}),
        "At target then": (9, PERCENT),
        "At target now": (9, PERCENT),
        "Agreement then": (11.5, INDEX),
        "Agreement now": (11.5, INDEX),
        "Remark": (22, {"font_size": 9}),
    }
    return [
        *(Column(head, *looks.get(head, (8.5, WHOLE))) for head in HEADS),
        *writer.level_heads("then"),
        *writer.level_heads("now"),
    ]


def row_height(writer: ComparisonWriter, columns: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> float:
    """The height of every row, in points, that shows all words whole, whatever typical level comes out."""
    typical = [column for column in columns if column.header.startswith("Typical")]
    names = [f"{low} to {high}" for low, high in combinations(writer.level_names, 2)]
    words = [row_height_of([column], [name]) for column in typical for name in names]
    return max([30, *words, *(row_height_of(columns, row) for row in rows)])


def cell_of(head: str, row: int) -> str:
    """The cell of one of the columns in a row, its column fixed."""
    return f"${column_name(PLACES[head])}{row + 1}"


def count_cells(levels: int, row: int, *, now: bool) -> list[str]:
    """The cells with the counts of each level."""
    first = COUNTS + (levels if now else 0)
    return [f"${column_name(first + level)}{row + 1}" for level in range(levels)]


def cells(
    writer: ComparisonWriter, row: int, of: str, moves: Moves, clear: Formula, remark: str
) -> Iterator[Formula | str]:
    """The cells of `columns` for one row.

    Args:
        writer: the workbook.
        row: the row, 0-based.
        of: criteria for COUNTIFS that choose the pairs: `Pairs[Ref],$A5`.
        moves: what these pairs come to now.
        clear: whether it is a clear move.
        remark: what to know before comparing.
    """
    levels, target = len(writer.level_names), writer.comparison.target
    then, now = (count_cells(levels, row, now=is_now) for is_now in (False, True))
    pairs = cell_of("Pairs", row)
    yield Formula(f"SUM({then[0]}:{then[-1]})", moves.pairs)
    for direction in ("up", "same", "down"):
        yield Formula(f'COUNTIFS({of},Pairs[Moved],"{direction}")', getattr(moves, direction))
    yield _if_enough(pairs, f"({cell_of('Up', row)}-{cell_of('Down', row)})/{pairs}", moves, moves.net)
    yield clear
    for counts, distribution in ((then, moves.before), (now, moves.after)):
        low, high = formulas.typical_low(counts, pairs), formulas.typical_high(counts, pairs)
        yield Formula(formulas.typical(f"({low})", f"({high})"), writer.typical(distribution.typical))
    for counts, distribution in ((then, moves.before), (now, moves.after)):
        share = f"SUM({counts[target - 1]}:{counts[-1]})/{pairs}"
        yield _if_enough(pairs, share, moves, distribution.share_at_least(target))
    below, at_least = f'"<{target}"', f'">={target}"'
    yield Formula(f"COUNTIFS({of},Pairs[Then],{below},Pairs[Now],{at_least})", moves.reached(target))
    yield Formula(f"COUNTIFS({of},Pairs[Then],{at_least},Pairs[Now],{below})", moves.fell(target))
    for counts, distribution in ((then, moves.before), (now, moves.after)):
        own = [counts[level - 1] for level in moves.levels] or counts
        agreement = f"1-2*({formulas.spread(own, pairs)})/({len(own) - 1}*{pairs})"
        yield _if_enough(pairs, agreement, moves, distribution.agreement)
    yield remark
    for column, other, distribution in (("Then", "Now", moves.before), ("Now", "Then", moves.after)):
        for level, number in enumerate(distribution.counts, 1):
            yield Formula(f'COUNTIFS({of},Pairs[{column}],{level},Pairs[{other}],">0")', number)


def _if_enough(pairs: str, formula: str, moves: Moves, value: float | None) -> Formula:
    """A figure from five pairs on; nothing of fewer."""
    shown = value if value is not None and moves.pairs >= FEWEST_FOR_WORDS else ""
    return Formula(f'IF({pairs}<{FEWEST_FOR_WORDS},"",{formula})', shown)
