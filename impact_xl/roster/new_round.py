"""A new round: its folder, and round.xlsx with what is known so far."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from impact_xl import authoring
from impact_xl.files.safe_write import write_file
from impact_xl.findings import ImpactError
from impact_xl.questionnaire import normalise
from impact_xl.roster import Round, Team, TeamList, addresses, is_address, make_id, read_teams, workbook
from impact_xl.roster.folder import RoundFolder, is_round, no_round
from impact_xl.roster.workbook.reader import with_ids
from impact_xl.wording import first_few, plural, reason_of

ABOUT = "our organisation, as our team sees it"
SEEN_BY = "The improvement team sees your team's answers. Reports to others show all teams together and name no team."
_LONGEST_NAME = 60  # characters of a folder's name
_ELSEWHERE = "Choose another folder with --output."


@dataclass(frozen=True)
class NewRound:
    """A round that was made: its folder, what round.xlsx holds, and what a person should know."""

    folder: RoundFolder
    round: Round
    notes: tuple[str, ...]


def create(
    title: str,
    *,
    teams: Path | None = None,
    deadline: date | None = None,
    contact: str = "",
    after: Path | None = None,
    output: Path | None = None,
    questionnaire: Path | None = None,
) -> NewRound:
    """Make the folder of a round, with round.xlsx and empty folders for what comes.

    Args:
        title: what the round is called; its id is made from it.
        teams: the team list; the sheet Teams stays empty without one, and without `after`.
        deadline, contact: as round.xlsx has them.
        after: the last round's folder: its teams (with their ids) and settings are taken along.
        output: the folder to make; the title in lower case with hyphens unless given.
        questionnaire: a file of one's own questions.

    Raises:
        ImpactError: something given cannot be used, or the folder is there and not empty; nothing was changed.
    """
    title = " ".join(title.split())
    if not title:
        raise ImpactError("A round needs a title", 'Such as: impact-xl new "Autumn 2026"')
    if contact and not all(map(is_address, addresses(contact) or ("",))):
        raise ImpactError(f"The contact is not an e-mail address: {contact}", "Give one that teams can write to.")
    folder = RoundFolder(output or Path(folder_name(title)))
    _check_place(folder.path)
    round = Round(id=make_id(title), title=title, about=ABOUT, seen_by=SEEN_BY)
    notes: list[str] = []
    if after:
        round = _after(round, after, folder.path, notes)
    round = replace(round, deadline=deadline, contact=contact.strip() or round.contact)
    if questionnaire:
        round = replace(round, questionnaire=_from(folder.path, questionnaire))
    if teams:
        listed = read_teams(teams, addressed=True)
        notes += listed.notes
        round = replace(round, teams=_with_known_ids(listed, round.teams))
    content = authoring.load(questionnaire or folder.resolve(round.questionnaire))
    _write(folder, workbook.build(round, content))
    return NewRound(folder, round, (*notes, *_missing(round)))


def folder_name(title: str) -> str:
    """The name of a round's folder: the title in lower case, with hyphens.

    >>> folder_name("Autumn 2026 (wards)")
    'autumn-2026-wards'
    """
    name = re.sub(r"[^\w]+", "-", title.casefold()).strip("-_")[:_LONGEST_NAME].strip("-_")
    return name or make_id(title)


def _check_place(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise ImpactError(f"The round cannot be made: {folder} is a file, not a folder", _ELSEWHERE)
    if folder.is_dir() and any(folder.iterdir()):
        what = "is a round's folder already" if is_round(folder) else "is there already, and is not empty"
        raise ImpactError(f"The round was not made: {folder} {what}", f"Give it another title. {_ELSEWHERE}")


def _write(folder: RoundFolder, content: bytes) -> None:
    try:
        for place in (folder.returns, folder.outbox, folder.results):
            place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ImpactError(
            f"The round cannot be made: {error.filename or folder.path} ({reason_of(error)})", _ELSEWHERE
        ) from error
    write_file(folder.workbook, content, what="round's workbook")


def _missing(round: Round) -> Iterator[str]:
    """What is still to be settled before anything is sent."""
    if not round.teams.teams:
        yield "No team list was given: type the teams into the sheet Teams."
    for label, value in (("deadline", round.deadline), ("contact", round.contact)):
        if not value:
            yield f"No {label} was given: type it into the sheet Round."


# -- what is taken along from the last round ----------------------------------------------------------


def _after(round: Round, after: Path, new: Path, notes: list[str]) -> Round:
    """The new round with the last one's teams and settings, and where it is kept."""
    if not after.exists():
        raise ImpactError(f"There is no such folder: {after}", "Check the path given with --after.")
    if not after.is_dir() or not is_round(after):
        raise no_round(after)
    before = RoundFolder(after)
    last = before.read()
    if normalise(last.id) == normalise(round.id) or normalise(last.title) == normalise(round.title):
        raise ImpactError(
            f"The last round is called “{last.title}”, too: {after}", "Give the new round a title of its own."
        )
    notes += (*last.teams.notes, *_changes(last.teams))
    teams = (_team(team, before, new) for team in last.teams.teams if not team.merged_into)
    return replace(
        last,
        id=round.id,
        title=round.title,
        about=last.about or round.about,
        seen_by=last.seen_by or round.seen_by,
        date=None,
        remind_on=(),
        closed_on=None,
        questionnaire=_moved(last.questionnaire, before, new),
        overlay=_moved(last.overlay, before, new),
        after=_from(new, after),
        teams=TeamList(tuple(teams)),
        notes=(),
    )


def _changes(last: TeamList) -> Iterator[str]:
    """Which teams begin the new round otherwise than they ended the last one."""
    merged = [team.name for team in last.teams if team.merged_into]
    absent = [team.name for team in last.teams if team.status and not team.merged_into]
    if merged:
        yield f"Not copied, as merged into another team: {first_few(merged, 5)}."
    if absent:
        take = "takes" if len(absent) == 1 else "take"
        number = plural(len(absent), "team")
        yield f"{number} did not answer on a form last time, and {take} part again: {first_few(absent, 5)}."


def _team(team: Team, before: RoundFolder, new: Path) -> Team:
    """A team of the last round as it begins the new one."""
    return replace(team, deadline=None, status="", sent_on=None, overlay=_moved(team.overlay, before, new))


def _with_known_ids(listed: TeamList, last: TeamList) -> TeamList:
    """A new list in which a team has the id of the last round, where the list itself gives it none."""
    made = (replace(team, id="" if team.id == make_id(team.name) else team.id) for team in listed.teams)
    round = Round(teams=TeamList(tuple(made), listed.notes))
    return with_ids(round, [last]).teams


def _moved(text: str, before: RoundFolder, new: Path) -> str:
    """A path that was typed in the last round's folder, from the new one."""
    place = before.resolve(text)
    return _from(new, place) if place else ""


def _from(folder: Path, place: Path) -> str:
    """A path as it is typed in round.xlsx: from the round's folder, with slashes; whole where that cannot be."""
    try:
        return Path(os.path.relpath(place.absolute(), folder.absolute())).as_posix()
    except ValueError:  # another drive of Windows
        return place.absolute().as_posix()
