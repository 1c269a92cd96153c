"""round.xlsx: the one place where people type what is settled of a round. Written once, then read and never touched."""

from __future__ import annotations

from impact_xl.roster.workbook.reader import is_one, read
from impact_xl.roster.workbook.sheets import DECISIONS, ROUND, TEAMS, DecisionRow
from impact_xl.roster.workbook.writer import build, write

__all__ = ["DECISIONS", "ROUND", "TEAMS", "DecisionRow", "build", "is_one", "read", "write"]
