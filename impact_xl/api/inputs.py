"""What calls are given, loaded: a value, or the file or folder that holds it."""

from __future__ import annotations

from pathlib import Path

from impact_xl import authoring, roster
from impact_xl.api.options import AnyPath
from impact_xl.findings import ImpactError
from impact_xl.questionnaire import Questionnaire
from impact_xl.roster import Round, TeamList
from impact_xl.roster.folder import RoundFolder, find
from impact_xl.roster.instrument import instrument


def load_questionnaire(questionnaire: AnyPath | Questionnaire | None) -> Questionnaire:
    """The questionnaire that was given, or that of a file; the built-in one where there is none."""
    if isinstance(questionnaire, Questionnaire):
        return questionnaire
    return authoring.load(Path(questionnaire) if questionnaire else None)


def round_folder(round: AnyPath | Round | None) -> RoundFolder | None:
    """The round's folder that was given, by itself or by its round.xlsx; None where something else was.

    Raises:
        ImpactError: it is a folder, and no round's; or it is not there.
    """
    return None if round is None or round == "" or isinstance(round, Round) else find(Path(round), Path())


def load_round(round: AnyPath | Round | None, questionnaire: Questionnaire) -> Round:
    """The round that was given, or that of a folder or file; one with nothing in it where there is none."""
    if isinstance(round, Round):
        return round
    if folder := round_folder(round):
        return folder.read(questionnaire)
    return roster.read_round(Path(round), questionnaire) if round else Round()


def in_round(round: Round, questionnaire: Questionnaire, place: AnyPath | Round | None = None) -> Questionnaire:
    """What a round asks of a questionnaire, in every wording that it has.

    Args:
        round: the round, with its teams.
        questionnaire: what was given.
        place: the round's folder or file, from which its overlays are found; else from where one stands.

    Raises:
        ImpactError: an overlay cannot be used.
    """
    path = Path() if place is None or isinstance(place, Round) else Path(place)
    return instrument(round, questionnaire, path if path.is_dir() else path.parent)


def load_teams(teams: AnyPath | TeamList | None, *, addressed: bool = False) -> TeamList:
    """The team list that was given, or that of a file; an empty one where there is none.

    Args:
        teams: the team list, or its file.
        addressed: messages are to go to these addresses, so they are checked.
    """
    if isinstance(teams, TeamList):
        return teams
    return roster.read_teams(Path(teams), addressed=addressed) if teams else TeamList()


def level_of(wanted: int | str | None, questionnaire: Questionnaire) -> int | None:
    """The number of a level that was named by number or name."""
    if wanted is None:
        return None
    if number := questionnaire.level_number(str(wanted)):
        return number
    known = ", ".join(f"{level.number} {level.name}" for level in questionnaire.levels)
    raise ImpactError(f"There is no level “{wanted}” to be the target", f"The levels are: {known}.")
