"""The plan between rounds: the call that lists it, and writes follow-ups to those who lead what is near or past."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date as Date  # noqa: N812  as in the other rooms
from pathlib import Path

from impact_xl.api.options import AnyPath
from impact_xl.comparison.read_round import read_round
from impact_xl.mail import drafts, follow_ups, outboxes
from impact_xl.mail.follow_ups import WITHIN, FollowUp, PlannedAction
from impact_xl.mail.outboxes import Kind
from impact_xl.questionnaire import Questionnaire
from impact_xl.roster import Round
from impact_xl.round.collation import Collation


@dataclass(frozen=True)
class ActionPlan:
    """The plan of a workbook as it stands on a day, and the messages that were written."""

    collation: Collation  # the round, as its workbook holds it
    actions: tuple[PlannedAction, ...]  # by date
    messages: Sequence[FollowUp]
    unasked: Sequence[PlannedAction]  # near or past, and of no single team
    paths: Sequence[Path]
    folder: Path  # where they were written

    @property
    def without_address(self) -> list[str]:
        """The teams whose message has no address."""
        return [each.team.name for each in self.messages if not each.team.email]


def actions(
    consolidated: AnyPath,
    folder: AnyPath,
    *,
    round: Round | None = None,
    questionnaire: Questionnaire | None = None,
    within: int = WITHIN,
    on: Date | None = None,
) -> ActionPlan:
    """List who leads what by when, and write a message about what is near or past. The workbook is only read.

    Args:
        consolidated: the consolidated workbook, or the folder of its round.
        folder: where the messages go; where it holds an outbox already, a dated folder beside it.
        round: the round: its teams with addresses, its contact and who signs; what the workbook says unless given.
        questionnaire: what was asked, where it is not the built-in one.
        within: a date that is so many days ahead or less is near.
        on: the day; today unless given.

    Raises:
        ImpactError: the workbook cannot be read, or the messages cannot be written.
    """
    on = on or Date.today()  # noqa: DTZ011  the day on the coordinator's own calendar
    place = outboxes.new_place(Path(folder), on)
    drafts.check_outbox(place, follow_ups.WHAT)
    read = read_round(Path(consolidated), (questionnaire,) if questionnaire else ())
    own = read.collation.round
    round = replace(round or own, id=own.id, title=own.title or (round or own).title)  # the plan's, whoever asks
    drafts.check_contact(round.contact)
    plan = follow_ups.plan(read.actions, on, within)
    known = [result.team for result in read.collation.results]
    messages, unasked = follow_ups.follow_ups(plan, round.teams, known)
    paths: list[Path] = []
    if messages:
        made = follow_ups.make_drafts(messages, read.collation.questionnaire, round, round.tickbox or "native")
        about = outboxes.about(Kind.FOLLOW_UP, on, round)
        paths = drafts.write(made, place, files="forms", what=follow_ups.WHAT, contact=round.contact, about=about)
    return ActionPlan(read.collation, plan, messages, unasked, paths, place)
