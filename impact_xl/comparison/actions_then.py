"""What the teams of the earlier round meant to work on, and what has come of it as far as the workbooks say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from impact_xl.comparison.pair_teams import PairedTeams
from impact_xl.comparison.read_round import ComparedRound
from impact_xl.form.layout import ACTION_STATUSES
from impact_xl.questionnaire import normalise
from impact_xl.results.actions import question_named
from impact_xl.returns.submission import ActionStatus, action_status
from impact_xl.round.stored_sheets import row_text, value_text
from impact_xl.round.stored_workbook import STATUS, is_last_priority


@dataclass(frozen=True, slots=True)
class ActionThen:
    """One action of the earlier round."""

    number: int  # of its team among those compared, counted from 1; 0 where it is not compared
    team: str
    group: str
    what: str
    named: str  # the question, as it stands there
    question: str  # its id in the later round; empty where it names none, or none that is compared
    lead: str
    by: str
    status_then: str  # as it stands in the earlier round's workbook
    status_now: str  # as the team chose it in the later round

    @property
    def status(self) -> str:
        """What was said last."""
        return self.status_now or self.status_then

    @property
    def done(self) -> bool:
        """Whether it was done."""
        return action_status(self.status) is ActionStatus.DONE


def actions_then(
    before: ComparedRound,
    after: ComparedRound,
    teams: PairedTeams,
    numbers: Mapping[str, int],
    questions: Mapping[str, str],
) -> Iterator[ActionThen]:
    """The actions of the earlier round, in the order of its workbook.

    Args:
        before, after: the rounds.
        teams: which team is which.
        numbers: the number of each team that is compared, by its id then.
        questions: each question's id in the later round by that in the earlier one.
    """
    ids_now = {normalise(pair.before.id): normalise(pair.after.id) for pair in teams.pairs}
    now = _statuses(after.actions)
    for row in before.actions:
        what = _shown(row, "What")
        if not what or is_last_priority(row):
            continue
        team = normalise(row_text(row, "Team ID"))
        named = _shown(row, "Question")
        yield ActionThen(
            numbers.get(team, 0),
            row_text(row, "Team"),
            row_text(row, "Group"),
            what,
            named,
            questions.get(question_named(named, before.collation.questionnaire), "") if named else "",
            _shown(row, "Lead"),
            _shown(row, "By when"),
            _status(row),
            now.get((ids_now.get(team, ""), normalise(what)), ""),
        )


def _statuses(rows: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], str]:
    """What the later round's workbook says of the actions of then, by the team's id and what it meant to do."""
    return {
        (normalise(row_text(row, "Team ID")), normalise(_shown(row, "What"))): _status(row)
        for row in rows
        if is_last_priority(row)
    }


def _status(row: Mapping[str, Any]) -> str:
    """A status in the form's own words where it is one of them, else as it was typed."""
    typed = _shown(row, STATUS)
    status = action_status(typed)
    return ACTION_STATUSES[list(ActionStatus).index(status)] if status else typed


def _shown(row: Mapping[str, Any], header: str) -> str:
    return " ".join(value_text(row.get(header, "")).split())
