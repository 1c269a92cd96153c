"""The facts that choose what a letter says: one sort for each thing that a team's letter may depend on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Fact(StrEnum):
    """One fact of a sort; its text says when it holds."""


class Due(Fact):
    """How the team's date stands on the day of the message."""

    NONE = "no date is set"
    AHEAD = "the date has not passed"
    PASSED = "the date has passed"


class Sponsor(Fact):
    """Whether the round names who supports it."""

    NAMED = "the round names a sponsor"
    NONE = "the round names no sponsor"


class Teams(Fact):
    """How many teams are asked."""

    SEVERAL = "several teams are asked"
    ONE = "one team is asked"


class SeenBy(Fact):
    """Whether the round says who sees the answers."""

    SETTLED = "the round says who sees the answers"
    OPEN = "the round does not say who sees the answers"


class Telephone(Fact):
    """Whether the round gives a telephone number."""

    GIVEN = "the round gives a telephone number"
    NONE = "the round gives no telephone number"


class Sent(Fact):
    """Whether it is known that the team has its form."""

    BEFORE = "the form was sent to the team before"
    UNKNOWN = "nobody knows whether the form was sent before"


class Sender(Fact):
    """How the team was told that something came from."""

    KNOWN = "the team is known"
    GUESSED = "the team was guessed from the name of a file"


class Ask(Fact):
    """How much a message asks about."""

    ONE = "one question is asked again"
    SEVERAL = "several questions are asked again"


class Doubt(Fact):
    """What is open in the questions that are asked again."""

    BLANK = "all of them are blank"
    MARKS = "none of them is blank"
    BOTH = "some of them are blank"


class Counted(Fact):
    """How much of the team's form counts."""

    NONE = "no answer counts yet"
    SOME = "some answers count"
    ALL = "every answer counts"


class Fresh(Fact):
    """Whether a blank form goes with the message."""

    ATTACHED = "a blank form is attached"
    NONE = "no blank form is attached"


class Figures(Fact):
    """What the pack shows of the other teams."""

    SHOWN = "the pack shows figures of all teams for every answer of this team"
    SOME = "the pack hides some figures"
    HIDDEN = "the pack hides all figures of other teams"


class Steps(Fact):
    """Whether the pack has a next step to offer."""

    SOME = "the pack offers a next step"
    NONE = "the team chose the highest level throughout"


class Priorities(Fact):
    """Whether the team named priorities."""

    NAMED = "the team named priorities"
    NONE = "the team named no priorities"


class Actions(Fact):
    """How many actions a message asks about."""

    ONE = "one action is asked about"
    SEVERAL = "several actions are asked about"


class ActionDates(Fact):
    """How the dates of these actions stand."""

    PAST = "the date of every action has passed"
    NEAR = "the date of every action is near"
    BOTH = "some dates have passed, and some are near"


@dataclass(frozen=True)
class Facts:
    """What is known of a team when its letter is written; a letter looks at those that its sentences name."""

    due: Due = Due.NONE
    sponsor: Sponsor = Sponsor.NONE
    teams: Teams = Teams.SEVERAL
    seen_by: SeenBy = SeenBy.OPEN
    telephone: Telephone = Telephone.NONE
    sent: Sent = Sent.UNKNOWN
    sender: Sender = Sender.KNOWN
    ask: Ask = Ask.ONE
    doubt: Doubt = Doubt.BLANK
    counted: Counted = Counted.SOME
    fresh: Fresh = Fresh.NONE
    figures: Figures = Figures.HIDDEN
    steps: Steps = Steps.SOME
    priorities: Priorities = Priorities.NONE
    actions: Actions = Actions.ONE
    action_dates: ActionDates = ActionDates.NEAR

    @property
    def holding(self) -> frozenset[Fact]:
        """Every fact that holds."""
        return frozenset(vars(self).values())


def due_on(deadline: date | None, on: date) -> Due:
    """How a date stands on a day."""
    return Due.NONE if deadline is None else Due.AHEAD if on <= deadline else Due.PASSED
