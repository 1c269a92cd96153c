"""What a round is called: every round has an id and a title, whether somebody gave them or not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path

from impact_xl.files.dates import show_date
from impact_xl.findings import ImpactError
from impact_xl.mail import outboxes
from impact_xl.questionnaire import Questionnaire, normalise
from impact_xl.roster import Round, make_id

# Our own, so that no computer's language changes a round's name.
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December")  # fmt: skip


def name(round: Round, questionnaire: Questionnaire, on: date) -> Round:
    """The round with an id and a title: the title is made from the questionnaire's and the month of the deadline.

    >>> from impact_xl.questionnaire import load
    >>> name(Round(deadline=date(2026, 11, 30)), load(), date(2026, 11, 2)).title
    'NHS IMPACT self-assessment, November 2026'
    """
    day = round.deadline or on
    title = round.title or f"{questionnaire.title}, {_MONTHS[day.month - 1]} {day.year}"
    return replace(round, title=title, id=round.id or make_id(title))


def continue_round(round: Round, folders: Iterable[Path], *, deadline: date | None) -> tuple[Round, list[str]]:
    """The round that the newest outbox there was made for, where this one has no name of its own; and what to say.

    Deadline, contact and what the answers are about are taken from it where they are not given.

    Args:
        round: the round as it was given.
        folders: the outboxes that are there, the newest first.
        deadline: the deadline that was given for this run.

    Raises:
        ImpactError: nobody can tell whether it is the same round.
    """
    newest = next(iter(folders), None)
    if newest is None:
        return round, []
    there = outboxes.round_of(newest)
    if round.id or round.title:
        if normalise(round.id or make_id(round.title)) != normalise(there.id):
            return round, []
    else:
        _check_same(newest, there, deadline)
    found = replace(
        round,
        id=round.id or there.id,
        title=round.title or there.title,
        deadline=round.deadline or there.deadline,
        contact=round.contact or there.contact,
        about=there.about if round.about == Round().about else round.about,
        not_applicable=round.not_applicable or there.not_applicable,
    )
    called = f"“{found.title}”" if found.title else "the one whose messages are there"
    return found, [f"The round is {called}, as in {newest}. For another round give --title or another --output."]


def _check_same(newest: Path, there: Round, deadline: date | None) -> None:
    """Find out whether messages of this day are of the round of an outbox, where only the deadline can tell.

    Raises:
        ImpactError: it is another one than was given.
    """
    if deadline and there.deadline and not there.id and deadline != there.deadline:
        raise ImpactError(
            f"{newest} holds messages of a round without an id, due on {show_date(there.deadline)}. Whether these are "
            "of the same round is not known",
            "For a new round give another folder with --output, or a --title. For the same one give its --deadline.",
        )
