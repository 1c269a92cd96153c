"""Sending out: one personal form for every team, in a message that is ready to be sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from impact_xl import roster
from impact_xl.findings import ImpactError
from impact_xl.form.layout import PRIORITIES, level_key
from impact_xl.form.personalise import FormPersonaliser
from impact_xl.form.workbook import Form
from impact_xl.mail import drafts
from impact_xl.mail.drafts import Attachment, Draft, FileNames, Wording
from impact_xl.questionnaire import Questionnaire, normalise
from impact_xl.roster import Round, Team, TeamList
from impact_xl.round import stored_workbook
from impact_xl.round.overrides import level_of
from impact_xl.round.stored_workbook import AS_READ, Stored
from impact_xl.wording import first_few, plural

WHAT, TEAMS, ROUND = "outbox", "teams.csv", "round.toml"
FORM = "Self-assessment"  # how the file of a form begins


@dataclass(frozen=True)
class Earlier:
    """What one team said in the last round: the keys of the levels it chose, and what it meant to work on."""

    name: str = ""  # as the team was called then
    levels: frozenset[str] = frozenset()
    priorities: tuple[str, ...] = ()


@dataclass(frozen=True)
class LastRound:
    """What each team said in the last round, as its consolidated workbook holds it."""

    by_id: Mapping[str, Earlier]
    by_name: Mapping[str, Earlier]

    def of(self, team: Team, listed: TeamList) -> Earlier | None:
        """What a team said, found by its id, else by its name; None where there is nothing, or id and name disagree."""
        by_id, by_name = self._found(team)
        return None if self._another(team, listed) else by_id or by_name

    def _found(self, team: Team) -> tuple[Earlier | None, Earlier | None]:
        return self.by_id.get(normalise(team.id)), self.by_name.get(normalise(team.name))

    def _another(self, team: Team, listed: TeamList) -> str:
        """The name of the other team that had this one's id last time, where it is still there under its own name."""
        by_id, by_name = self._found(team)
        if by_id is None or by_id is by_name:
            return ""
        still_there = listed.by_name.get(normalise(by_id.name), team) != team
        return by_id.name if by_name or still_there else ""

    def told(self, listed: TeamList) -> Iterator[str]:
        """For how many teams there is something to show, and where a person should look."""
        shown = [team for team in listed.teams if self.of(team, listed)]
        without = [team.name for team in listed.teams if self._found(team) == (None, None)]
        named = f"; the last round has nothing of {first_few(without, 5)}" if without else ""
        yield f"What was said last time is shown to {len(shown)} of {plural(len(listed.teams), 'team')}{named}."
        for team in listed.teams:
            by_id, by_name = self._found(team)
            if another := self._another(team, listed):
                yield f"{team.name} has the id that {another} had last time, so its form shows nothing of it."
            elif by_id and not by_name:
                yield f"{team.name} was called {by_id.name} last time (it has the same id). Check that it is the same."


def read_last(path: Path, questionnaire: Questionnaire) -> LastRound:
    """Read the last round back from its consolidated workbook.

    Raises:
        ImpactError: it cannot be read, is no consolidated workbook, or is one of another questionnaire.
    """
    if not path.is_file():
        raise ImpactError(f"There is no such file: {path}", _NO_LAST_ROUND)
    stored = stored_workbook.read(path, "last round's workbook", _NO_LAST_ROUND)
    theirs = str(stored.made_from.get("Questionnaire's id", questionnaire.id))
    if normalise(theirs) != normalise(questionnaire.id):
        raise ImpactError(
            f"The last round was asked with another questionnaire: {path} holds “{theirs}”, not “{questionnaire.id}”",
            "Give the workbook of a round of this questionnaire with --prefill, or none.",
        )
    levels: dict[tuple[str, str], set[str]] = {}
    for answer in stored.answers:
        question = questionnaire.by_id.get(answer.question)
        if question is None or (answer.short and normalise(answer.short) != normalise(question.short)):
            continue  # it asks something else by now
        chosen = levels.setdefault((answer.team_id, answer.team), set())
        number = level_of(answer.level, questionnaire)
        if number is not None:
            chosen.add(level_key(answer.question, number))
    priorities = _priorities(stored)
    held = {
        key: Earlier(key[1], frozenset(levels.get(key, ())), tuple(priorities.get(key, ())[:PRIORITIES]))
        for key in {**levels, **priorities}
    }
    held = {key: earlier for key, earlier in held.items() if earlier.levels or earlier.priorities}
    return LastRound(
        {normalise(team_id): earlier for (team_id, _), earlier in held.items() if team_id},
        {normalise(name): earlier for (_, name), earlier in held.items()},
    )


_NO_LAST_ROUND = "Give the workbook that “impact-xl collate” wrote in the last round with --prefill, or none."


def _priorities(stored: Stored) -> dict[tuple[str, str], list[str]]:
    """Each team's own priorities in a line of text each; rows that the coordinator added are none."""
    held: dict[tuple[str, str], list[str]] = {}
    for row in stored.actions:
        if not row.get(AS_READ) or not row.get("What"):
            continue
        parts = [("", "What"), ("for ", "Question"), ("lead: ", "Lead"), ("by ", "By when")]
        text = "; ".join(f"{before}{_said(row[head])}" for before, head in parts if row.get(head))
        held.setdefault((str(row.get("Team ID", "")), str(row.get("Team", ""))), []).append(f"•  {text}")
    return held


def _said(value: object) -> str:
    return day(value) if isinstance(value, date) else " ".join(str(value).split())


def make_drafts(
    questionnaire: Questionnaire,
    round: Round,
    words: Wording,
    *,
    tickbox: str = "native",
    last: LastRound | None = None,
) -> Iterator[Draft]:
    """The message of every team on the round's list, with its form; one form is in memory at a time.

    Raises:
        ImpactError: the words have a field that is not known.
    """
    names, stamp = FileNames(), FormPersonaliser()
    for team in round.teams.teams:
        file = names.of(FORM, team)
        personal = personal_form(team, questionnaire, round, tickbox, last)
        subject, text = drafts.filled(words, fields_of(team, questionnaire, round, file))
        yield Draft(team, subject, text, (Attachment(file, stamp.build(personal)),), round.contact)


def personal_form(
    team: Team, questionnaire: Questionnaire, round: Round, tickbox: str = "native", last: LastRound | None = None
) -> Form:
    """The form of a team, with who it is, and beside each question what it said last time where that is known."""
    earlier = (last.of(team, round.teams) if last else None) or Earlier()
    entries = {"start.team": team.name, "start.team-id": team.id, "start.group": team.group}
    return Form(
        questionnaire, tickbox, round, team.id, entries, last=earlier.levels, last_priorities=earlier.priorities
    )


def fields_of(team: Team, questionnaire: Questionnaire, round: Round, file: str) -> dict[str, str]:
    """What the words of an invitation may name."""
    by = day(round.deadline) if round.deadline else ""
    return {
        "team": team.name,
        "group": team.group_name,
        "name": team.contact or "colleagues",
        "title": round.title or questionnaire.title,
        "deadline": by,
        "contact": round.contact,
        "file": file,
        "questions": str(len(questionnaire.questions)),
        "about": round.about,
        "where": drafts.where_to(round.contact),
        "when": f"Please send it back by {by}." if by else "",
        "closing": drafts.closing(round.contact),
    }


def check_words(words: Wording, questionnaire: Questionnaire, round: Round) -> None:
    """Find out before the work whether the words can be filled in, and teams can write to the contact.

    Raises:
        ImpactError: they name a field that is not known, or one that this round has no value for; or it is no address.
    """
    drafts.check(words, fields_of(Team("id", "name"), questionnaire, round, "form.xlsx"))
    drafts.check_contact(round.contact)


def write(
    folder: Path,
    questionnaire: Questionnaire,
    round: Round,
    words: Wording,
    *,
    tickbox: str = "native",
    last: LastRound | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[Path]:
    """Write the outbox: a form and a message for every team, the list of them, and what the later steps are given.

    These are the team list with its ids, and a round file with what was settled.

    Raises:
        ImpactError: the folder holds something else or was worked on, or cannot be written; then nothing was changed.
    """
    more = {
        TEAMS: drafts.csv_bytes(roster.COLUMNS, [_row(team) for team in round.teams.teams]),
        ROUND: roster.as_toml(round).encode(),
    }
    made = drafts.counted(
        make_drafts(questionnaire, round, words, tickbox=tickbox, last=last), len(round.teams.teams), progress
    )
    return drafts.write(made, folder, files="forms", what=WHAT, more=more, contact=round.contact)


def day(when: date) -> str:
    """A day as people write it: 30 November 2026."""
    return f"{when.day} {when:%B %Y}"


def _row(team: Team) -> tuple[str, ...]:
    return team.id, team.name, team.group, team.contact, team.email, team.cc


def summary(teams: Sequence[Team]) -> str:
    """How many teams get a form, and for how many the list has no address."""
    without = [team.name for team in teams if not roster.addresses(team.email)]
    said = f"{plural(len(teams), 'team')}, a form and a message each."
    return (
        f"{said} The list has no address for {plural(len(without), 'team')}: {first_few(without, 5)}."
        if without
        else said
    )
