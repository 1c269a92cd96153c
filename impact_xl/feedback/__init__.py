"""Feedback: one workbook for each team, its own answers beside those of all teams and of its group."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from impact_xl import folder as folders
from impact_xl import post
from impact_xl.feedback.pack import Reader, build
from impact_xl.feedback.peers import Peers, peers
from impact_xl.findings import ImpactError
from impact_xl.outcome import Outcome, Reply
from impact_xl.post import Attachment, Draft, Wording
from impact_xl.questionnaire import normalise
from impact_xl.results.share import MINIMUM_GROUP
from impact_xl.rounds import NO_GROUP, Team, TeamList

__all__ = ["FILES", "MINIMUM_GROUP", "Pack", "build", "check_words", "drafts", "packs", "reader", "write"]

FILES = "packs"  # the folder of the workbooks in an outbox
_WHAT = "feedback"


@dataclass(frozen=True)
class Pack:
    """One team's workbook."""

    team: Team
    answered: int
    name: str  # of its file
    content: bytes


def packs(outcome: Outcome, *, minimum_group: int = MINIMUM_GROUP) -> Iterator[Pack]:
    """A pack for each team with a valid answer, one at a time, in the order of the sheet Teams.

    Args:
        outcome: the round.
        minimum_group: how many other teams have to stand behind every figure.
    """
    shown = peers(outcome, minimum_group)
    names = _file_names(outcome.answering)
    for reply in outcome.answering:
        yield Pack(team_of(reply), len(reply.levels), names[reply.key], build(reader(outcome, reply, shown)))


def reader(outcome: Outcome, reply: Reply, shown: Peers) -> Reader:
    """What one team's pack is made from: its own answers, and what it may be shown of the others."""
    return Reader(
        reply,
        outcome.asked,
        outcome.title,
        outcome.target,
        outcome.dated,
        shown.everybody,
        shown.group(reply.group),
        shown.least,
        grouped=len(outcome.groups) > 1,
    )


def team_of(reply: Reply, teams: TeamList | None = None) -> Team:
    """The team as the team list has it, found by its id or else by its name; else as the workbook names it."""
    stored = reply.team
    own = Team(stored.id or reply.key, stored.name, "" if stored.group == NO_GROUP else stored.group)
    listed = teams and (teams.by_id.get(normalise(stored.id)) or teams.by_name.get(normalise(stored.name)))
    return replace(own, contact=listed.contact, email=listed.email, cc=listed.cc) if listed else own


def _file_names(replies: Iterable[Reply]) -> dict[str, str]:
    """The name of each team's workbook, by key: one that people recognise, and no two alike on any system."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for reply in replies:
        stem = post.safe_name(f"Feedback – {reply.team.name}")
        number, name = 1, stem
        while name.casefold() in taken:
            number += 1
            name = f"{stem} ({number})"
        taken.add(name.casefold())
        names[reply.key] = f"{name}.xlsx"
    return names


# -- where they go ----------------------------------------------------------------------------------


def drafts(
    made: Iterable[Pack], outcome: Outcome, teams: TeamList, words: Wording, contact: str = ""
) -> Iterator[Draft]:
    """A message for each pack, one at a time, to the team's address in the team list.

    Args:
        made: the packs.
        outcome: the round that they were made from.
        teams: who has which address; a team that is not on the list gets a message without one.
        words: the subject and text, with fields.
        contact: where questions go.

    Raises:
        ImpactError: the words name a field that is not known.
    """
    addressed = {team_of(reply).id: team_of(reply, teams) for reply in outcome.answering}
    for pack in made:
        team = addressed[pack.team.id]
        fields = _fields(replace(pack, team=team), outcome, contact)
        subject, text = (post.fill(template, fields, words.source).strip() for template in (words.subject, words.body))
        yield Draft(team, subject, text + "\n", (Attachment(pack.name, pack.content),))


def check_words(words: Wording, outcome: Outcome, contact: str = "") -> None:
    """Find out before the work whether the words can be filled in.

    Raises:
        ImpactError: they name a field that is not known, or the contact where there is none.
    """
    example = _fields(Pack(Team("id", "name"), 1, "feedback.xlsx", b""), outcome, contact)
    for template in (words.subject, words.body):
        post.fill(template, example, words.source)
        if "{contact}" in template and not contact:
            raise ImpactError(
                f"The field {{contact}} in {words.source} has no value", "Give one with --contact, or take it out."
            )


def _fields(pack: Pack, outcome: Outcome, contact: str) -> Mapping[str, str]:
    return {
        "team": pack.team.name,
        "group": pack.team.group_name,
        "name": pack.team.contact or "colleagues",
        "title": outcome.title,
        "contact": contact,
        "file": pack.name,
        "answered": str(pack.answered),
        "questions": str(len(outcome.asked.questions)),
        "closing": f"Questions? Write to {contact}." if contact else "Questions? Reply to this e-mail.",
    }


def write(made: Iterable[Pack], folder: Path) -> list[Path]:
    """Write the packs alone, without messages, in the place of those that were written there before.

    Raises:
        ImpactError: something else stands there, or a pack there was changed since; nothing was touched.
    """
    post.check_outbox(folder, _WHAT)
    return folders.write(folder, post.MANIFEST, ((f"{FILES}/{pack.name}", pack.content) for pack in made), _WHAT)
