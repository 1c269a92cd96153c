"""The folder of a round, made."""

from __future__ import annotations

from datetime import date as Date  # noqa: N812  as in the other rooms
from pathlib import Path

from impact_xl.api.options import AnyPath
from impact_xl.roster import new_round
from impact_xl.roster.new_round import NewRound


def new(
    title: str,
    *,
    teams: AnyPath | None = None,
    deadline: Date | None = None,
    contact: str = "",
    after: AnyPath | None = None,
    output: AnyPath | None = None,
    questionnaire: AnyPath | None = None,
) -> NewRound:
    """Make the folder of a round: round.xlsx with what is known so far, and folders for what comes.

    Args:
        title: what the round is called; its id is made from it.
        teams: the team list.
        deadline: the day by which forms are to be returned.
        contact: the e-mail address that forms and questions go to.
        after: the last round's folder, whose teams (with their ids) and settings are taken along.
        output: the folder to make; the title in lower case, with hyphens, unless given.
        questionnaire: a file of one's own questions.

    Raises:
        ImpactError: something given cannot be used, or the folder is there and not empty; nothing was changed.
    """
    paths = {"teams": teams, "after": after, "output": output, "questionnaire": questionnaire}
    given = {name: Path(path) for name, path in paths.items() if path}
    return new_round.create(title, deadline=deadline, contact=contact, **given)
