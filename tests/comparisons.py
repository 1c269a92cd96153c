"""Two rounds compared in memory, without a file or a reader."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

from rounds_in_memory import QUESTIONNAIRE, random_round

from impact_xl.comparison.compare import Comparison, compare
from impact_xl.comparison.pair_questions import AskedQuestion
from impact_xl.comparison.read_round import ComparedRound
from impact_xl.questionnaire import Questionnaire
from impact_xl.results import actions
from impact_xl.round.collation import Collation
from impact_xl.round.record import Carried


def as_read(collation: Collation, title: str, on: date) -> ComparedRound:
    """A round as its workbook would give it back."""
    round = replace(collation.round, id=title.lower(), title=title, date=on)
    rows = tuple(actions.rows_of(collation))
    collation = replace(collation, round=round, carried=Carried(actions=rows), files=())
    questions = collation.questionnaire.questions
    asked = tuple(AskedQuestion(each.id, each.short, each.title, each.fingerprint) for each in questions)
    return ComparedRound(Path(f"{title}.xlsx"), title.encode().hex().ljust(64, "0")[:64], collation, asked, 0)


def random_comparison(
    seed: int, teams: int, *, questionnaire: Questionnaire = QUESTIONNAIRE, defects: float = 0.05
) -> Comparison:
    """Two rounds of the same teams, each with answers of its own."""
    then, now = (random_round(seed + place, teams, questionnaire=questionnaire, defects=defects) for place in (0, 1))
    return compare(as_read(then, "Spring 2026", date(2026, 5, 20)), as_read(now, "Autumn 2026", date(2026, 11, 20)))
