"""The comparison workbook: two rounds side by side, every figure counted live from one table of pairs."""

from __future__ import annotations

from collections.abc import Callable

from impact_xl.comparison.compare import Comparison
from impact_xl.comparison.workbook import about, actions, groups, moves, not_compared, pairs, questions, summary, teams
from impact_xl.comparison.workbook.writer import (
    ABOUT,
    ACTIONS,
    GROUPS,
    MOVES,
    NOT_COMPARED,
    PAIRS,
    QUESTIONS,
    SUBJECT,
    SUMMARY,
    TEAMS,
    ComparisonWriter,
)

__all__ = ["SUBJECT", "build"]

# In the order of the tabs: each sheet's name, what it holds, and what writes it.
_SHEETS: tuple[tuple[str, str, Callable[[ComparisonWriter], None]], ...] = (
    (SUMMARY, "Who is compared, which way teams moved, and what moved clearly.", summary.write),
    (
        QUESTIONS,
        "Every question: up, same and down, and the levels of the same teams, then and now.",
        questions.write,
    ),
    (PAIRS, "Every team and question with an answer in both rounds: what all figures are counted from.", pairs.write),
    (MOVES, "From which level to which the teams went, on a question of your choice.", moves.write),
    (TEAMS, "Every team that is compared: on how many questions it went up and down.", teams.write),
    (GROUPS, "The groups side by side: how many of their teams went up and down.", groups.write),
    (ACTIONS, "What teams meant to work on then, with the level on that question then and now.", actions.write),
    (NOT_COMPARED, "Teams and questions that are in one round alone, and why.", not_compared.write),
)


def build(comparison: Comparison) -> bytes:
    """The bytes of the comparison workbook; the same comparison gives the same bytes."""
    sheets = [each for each in _SHEETS if each[0] != GROUPS or groups.has_groups(comparison)]
    writer = ComparisonWriter(comparison, [*(name for name, _, _ in sheets), ABOUT])
    about.write(writer, [(name, holds) for name, holds, _ in sheets])
    for _, _, write in sheets:
        write(writer)
    return writer.book.content()
