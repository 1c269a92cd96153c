"""What came back about actions in small forms: the last word on each, by its team and what it is about.

They are no returns, and count for nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from impact_xl.form.layout import ACTIONS
from impact_xl.returns.submission import ActionReport, ReturnedFile
from impact_xl.roster import Round
from impact_xl.round.packs import came, no_copies, owner_of
from impact_xl.round.record import TeamResult
from impact_xl.xlsx.cell_values import mark

Key = tuple[str, str]  # a team's id, and the mark of what it means to do


def followed(files: Iterable[ReturnedFile], results: Sequence[TeamResult], round: Round) -> Mapping[Key, ActionReport]:
    """The last status that a team chose for each of its actions; one without a status says nothing.

    Args:
        files: everything that was read.
        results: the teams.
        round: the round, to which a form has to belong.
    """
    latest: dict[Key, ActionReport] = {}
    for form in sorted(no_copies(files, ACTIONS), key=came):
        owner = owner_of(form, results, round)
        if isinstance(owner, TeamResult):
            latest |= {
                (owner.team.id, mark(each.action.what)): replace(each, file=form.where.file)
                for each in form.actions
                if each.in_words
            }
    return latest
