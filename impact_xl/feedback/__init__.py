"""Feedback: one workbook for each team, its own answers beside those of all teams and of its group."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from impact_xl.feedback.pack import Reader, build
from impact_xl.files import managed_folder as folders
from impact_xl.mail import drafts
from impact_xl.mail.drafts import Attachment, Draft, FileNames, MessageTemplate
from impact_xl.questionnaire import normalise
from impact_xl.results.stored_round import StoredRound, TeamAnswers
from impact_xl.roster import NO_GROUP, Team, TeamList
from impact_xl.round.disclosure import MINIMUM_GROUP, Respondent, Shown, decide

__all__ = [
    "FILES",
    "MINIMUM_GROUP",
    "Pack",
    "addressed",
    "build",
    "check_words",
    "make_drafts",
    "packs",
    "reader",
    "write",
]

FILES = "packs"  # the folder of the workbooks in an outbox
_WHAT = "feedback"


@dataclass(frozen=True)
class Pack:
    """One team's workbook."""

    team: Team
    answered: int
    name: str  # of its file
    content: bytes
    key: str = ""  # what tells its team from the others of the round


def packs(outcome: StoredRound, *, minimum_group: int = MINIMUM_GROUP) -> Iterator[Pack]:
    """A pack for each team with a valid answer, one at a time, in the order of the sheet Teams.

    Args:
        outcome: the round.
        minimum_group: how many other teams have to stand behind every figure.
    """
    respondents = (Respondent(reply.key, reply.group, reply.levels) for reply in outcome.answering)
    shown = decide(respondents, outcome.questionnaire.by_id, len(outcome.questionnaire.levels), minimum_group)
    names = FileNames()
    for reply in outcome.answering:
        team = team_of(reply)
        yield Pack(team, len(reply.levels), names.of("Feedback", team), build(reader(outcome, reply, shown)), reply.key)


def reader(outcome: StoredRound, reply: TeamAnswers, shown: Shown) -> Reader:
    """What one team's pack is made from: its own answers, and what it may be shown of the others."""
    return Reader(
        reply,
        outcome.questionnaire,
        outcome.title,
        outcome.target,
        outcome.dated,
        shown.everybody,
        {} if reply.group == NO_GROUP else shown.group(reply.group),
        shown.least,
        grouped=len(outcome.groups) > 1,
    )


def team_of(reply: TeamAnswers) -> Team:
    """The team as the workbook names it."""
    stored = reply.team
    return Team(stored.id or reply.key, stored.name, "" if stored.group == NO_GROUP else stored.group)


def addressed(outcome: StoredRound, teams: TeamList) -> dict[str, Team]:
    """Every team with a valid answer as the team list addresses it, by its key; found by its id or else by its name.

    Where id and name point to different teams, on the list or in the workbook, nobody's address is taken: a pack goes
    to its own team or to none.
    """
    ids = {normalise(reply.team.id): reply for reply in outcome.replies if reply.team.id}
    names = {normalise(reply.team.name): reply for reply in outcome.replies}

    def of(reply: TeamAnswers) -> Team:
        own = team_of(reply)
        by_id, by_name = teams.by_id.get(normalise(own.id)), teams.by_name.get(normalise(own.name))
        listed = by_id or by_name
        if listed is None or (by_id and by_name and by_id != by_name):
            return own
        if names.get(normalise(listed.name), reply) is not reply or ids.get(normalise(listed.id), reply) is not reply:
            return own
        return replace(own, contact=listed.contact, email=listed.email, cc=listed.cc)

    return {reply.key: of(reply) for reply in outcome.answering}


# -- where they go ----------------------------------------------------------------------------------


def make_drafts(
    made: Iterable[Pack], outcome: StoredRound, teams: TeamList, template: MessageTemplate, contact: str = ""
) -> Iterator[Draft]:
    """A message for each pack, one at a time, to the team's address in the team list.

    Args:
        made: the packs.
        outcome: the round that they were made from.
        teams: who has which address; a team that is not on the list gets a message without one.
        template: the subject and text, with fields.
        contact: where questions go.

    Raises:
        ImpactError: the template names a field that is not known.
    """
    of = addressed(outcome, teams)
    for pack in made:
        team = of[pack.key]
        subject, text = drafts.render(template, _fields(replace(pack, team=team), outcome, contact))
        yield Draft(team, subject, text, (Attachment(pack.name, pack.content),), contact)


def check_template(template: MessageTemplate, outcome: StoredRound, contact: str = "") -> None:
    """Find out before the work whether the template can be filled in, and teams can write to the contact.

    Raises:
        ImpactError: it names a field that is not known, or the contact where there is none; or that is no address.
    """
    drafts.check_template(template, _fields(Pack(Team("id", "name"), 1, "feedback.xlsx", b""), outcome, contact))
    drafts.check_contact(contact)


def _fields(pack: Pack, outcome: StoredRound, contact: str) -> Mapping[str, str]:
    return {
        "team": pack.team.name,
        "group": pack.team.group_name,
        "name": pack.team.contact or "colleagues",
        "title": outcome.title,
        "contact": contact,
        "file": pack.name,
        "answered": str(pack.answered),
        "questions": str(len(outcome.questionnaire.questions)),
        "closing": drafts.closing(contact),
    }


def write(made: Iterable[Pack], folder: Path) -> list[Path]:
    """Write the packs alone, without messages, in the place of those that were written there before.

    Raises:
        ImpactError: something else stands there, or a pack there was changed since; nothing was touched.
    """
    drafts.check_outbox(folder, _WHAT)
    return folders.write(folder, drafts.MANIFEST, ((f"{FILES}/{pack.name}", pack.content) for pack in made), _WHAT)
