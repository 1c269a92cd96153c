"""Sending out: one personal form for every team, in a message that is ready to be sent."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from impact_xl import roster
from impact_xl.files.dates import show_date
from impact_xl.files.table_files import text_of
from impact_xl.findings import ImpactError
from impact_xl.form.layout import PRIORITIES, Action, level_key
from impact_xl.form.personalise import FormPersonaliser
from impact_xl.form.workbook import Form
from impact_xl.mail import drafts, letters
from impact_xl.mail.drafts import Attachment, Draft, FileNames, MessageTemplate
from impact_xl.mail.letter_facts import Facts, SeenBy, Sponsor, Teams, Telephone, due_on
from impact_xl.mail.letters import INVITATION
from impact_xl.mail.outboxes import ROUND, TEAMS
from impact_xl.questionnaire import Questionnaire, normalise
from impact_xl.roster import ALL_COLUMNS, Round, Team, TeamList
from impact_xl.roster.columns import MORE_COLUMNS
from impact_xl.roster.instrument import wording
from impact_xl.round import stored_workbook
from impact_xl.round.overrides import level_of
from impact_xl.round.stored_workbook import Stored, is_own_priority
from impact_xl.wording import first_few, plural

WHAT = "outbox"
FORM = "Self-assessment"  # how the file of a form begins


@dataclass(frozen=True)
class LastAnswers:
    """One team's answers of the last round: the keys of the levels it chose, and what it meant to work on."""

    name: str = ""  # as the team was called then
    levels: frozenset[str] = frozenset()
    priorities: tuple[Action, ...] = ()


@dataclass(frozen=True)
class LastRound:
    """Every team's answers of the last round, as its consolidated workbook has them."""

    by_id: Mapping[str, LastAnswers]
    by_name: Mapping[str, LastAnswers]

    def of(self, team: Team, listed: TeamList) -> LastAnswers | None:
        """A team's answers, found by its id, else by its name; None where there are none, or id and name disagree."""
        by_id, by_name = self._matches(team)
        return None if self._other_team(team, listed) else by_id or by_name

    def _matches(self, team: Team) -> tuple[LastAnswers | None, LastAnswers | None]:
        return self.by_id.get(normalise(team.id)), self.by_name.get(normalise(team.name))

    def _other_team(self, team: Team, listed: TeamList) -> str:
        """The name of the other team that had this one's id last time, where it is still there under its own name."""
        by_id, by_name = self._matches(team)
        if by_id is None or by_id is by_name:
            return ""
        still_there = listed.by_name.get(normalise(by_id.name), team) != team
        return by_id.name if by_name or still_there else ""

    def notes(self, listed: TeamList) -> Iterator[str]:
        """For how many teams there is something to show, and where a person should look."""
        shown = [team for team in listed.teams if self.of(team, listed)]
        unknown = [team.name for team in listed.teams if self._matches(team) == (None, None)]
        gap = f"; the last round has nothing of {first_few(unknown, 5)}" if unknown else ""
        yield f"Last time's answers are shown to {len(shown)} of {plural(len(listed.teams), 'team')}{gap}."
        for team in listed.teams:
            by_id, by_name = self._matches(team)
            if other_name := self._other_team(team, listed):
                yield f"{team.name} has the id that {other_name} had last time, so its form shows nothing of it."
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
    by_team = {
        key: LastAnswers(key[1], frozenset(levels.get(key, ())), tuple(priorities.get(key, ())[:PRIORITIES]))
        for key in {**levels, **priorities}
    }
    by_team = {key: answers for key, answers in by_team.items() if answers.levels or answers.priorities}
    return LastRound(
        {normalise(team_id): answers for (team_id, _), answers in by_team.items() if team_id},
        {normalise(name): answers for (_, name), answers in by_team.items()},
    )


_NO_LAST_ROUND = "Give the workbook that “impact-xl collate” wrote in the last round with --prefill, or none."


def _priorities(stored: Stored) -> dict[tuple[str, str], list[Action]]:
    """Each team's own priorities; rows that the coordinator added are none, nor those of the round before that one."""
    by_team: dict[tuple[str, str], list[Action]] = {}
    for row in stored.actions:
        if is_own_priority(row) and row.get("What"):
            action = Action(*(_cell_words(row.get(head, "")) for head in ("What", "Question", "Lead", "By when")))
            by_team.setdefault((str(row.get("Team ID", "")), str(row.get("Team", ""))), []).append(action)
    return by_team


def _cell_words(value: object) -> str:
    return show_date(value) if isinstance(value, date) else " ".join(str(value).split())


def make_drafts(
    questionnaire: Questionnaire,
    round: Round,
    own: MessageTemplate = MessageTemplate(),
    *,
    on: date,
    tickbox: str = "native",
    last: LastRound | None = None,
    teams: Iterable[Team] | None = None,
) -> Iterator[Draft]:
    """The message of every team, with its form; one form is in memory at a time.

    Args:
        questionnaire, round, tickbox, last: what forms and messages are made from.
        own: a subject or text in the place of ours.
        on: the day, which decides what is said of the deadline.
        teams: those that get one; every team on the round's list unless given.

    Raises:
        ImpactError: the person's own text names a field that is not known.
    """
    names, personaliser = FileNames(round.teams.teams), FormPersonaliser()
    team_count = sum(team.takes_part for team in round.teams.teams)
    for team in round.teams.teams if teams is None else teams:
        file = names.of(FORM, team)
        personal = personal_form(team, questionnaire, round, tickbox, last)
        fields, facts = fields_of(team, questionnaire, round, file, team_count), facts_of(team, round, team_count, on)
        subject, text = letters.write(INVITATION, facts, fields, own)
        yield Draft(team, subject, text, (Attachment(file, personaliser.build(personal)),), round.contact)


def personal_form(
    team: Team, questionnaire: Questionnaire, round: Round, tickbox: str = "native", last: LastRound | None = None
) -> Form:
    """The form of a team, with its name and id, and beside each question its answer of last time where it has one."""
    round = for_team(round, team)
    answers = (last.of(team, round.teams) if last else None) or LastAnswers()
    entries = {"start.team": team.name, "start.team-id": team.id, "start.group": team.group}
    return Form(
        wording(questionnaire, round, team),
        tickbox,
        round,
        team.id,
        entries,
        last=answers.levels,
        last_priorities=answers.priorities,
    )


def for_team(round: Round, team: Team) -> Round:
    """The round as it is for one team, which may have a deadline of its own."""
    return replace(round, deadline=team.deadline or round.deadline)


def facts_of(team: Team, round: Round, team_count: int, on: date) -> Facts:
    """What chooses the sentences of a team's invitation on a day, where so many teams are asked."""
    return Facts(
        due=due_on(for_team(round, team).deadline, on),
        sponsor=Sponsor.NAMED if round.sponsor.strip() else Sponsor.NONE,
        teams=Teams.SEVERAL if team_count > 1 else Teams.ONE,
        seen_by=SeenBy.SETTLED if round.seen_by.strip() else SeenBy.OPEN,
        telephone=Telephone.GIVEN if round.signatory_telephone.strip() else Telephone.NONE,
    )


def fields_of(team: Team, questionnaire: Questionnaire, round: Round, file: str, team_count: int) -> dict[str, str]:
    """The fields that the text of an invitation may name, with their values for a team."""
    due = for_team(round, team).deadline
    by = show_date(due) if due else ""
    return {
        "team": team.name,
        "group": team.group_name,
        "name": team.contact or "colleagues",
        "title": round.title or questionnaire.title,
        "deadline": by,
        "contact": round.contact,
        "file": file,
        "questions": str(len(questionnaire.questions)),
        "rule": questionnaire.rule,
        "teams": str(team_count),
        "about": round.about,
        "sponsor": re.sub(r"^The\b", "the", " ".join(round.sponsor.split()).rstrip(".")),
        "seen_by": round.seen_by,
        "telephone": round.signatory_telephone,
        "where": drafts.where_to(round.contact),
        "when": f"Please send it back by {by}." if by else "",
        "to_fix": "",
        "closing": drafts.closing(round),
    }


def check_template(own: MessageTemplate, questionnaire: Questionnaire, round: Round) -> None:
    """Find out before the work whether a person's own text can be filled in, and teams can write to the contact.

    Raises:
        ImpactError: it names a field that is not known, or one without a value in this round; or the contact is no
            address.
    """
    fields = fields_of(Team("id", "name"), questionnaire, round, "form.xlsx", 1)
    drafts.check_template(own, {**fields, **letters.fill_parts(INVITATION, Facts(), fields)})
    drafts.check_contact(round.contact)


def write(
    folder: Path,
    questionnaire: Questionnaire,
    round: Round,
    own: MessageTemplate = MessageTemplate(),
    *,
    on: date,
    tickbox: str = "native",
    last: LastRound | None = None,
    teams: Sequence[Team] | None = None,
    about: Mapping[str, Any] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[Path]:
    """Write the outbox: forms and messages, the list of them, and files for the later commands.

    These are the whole team list with its ids, and a round file with what the forms and messages are made for.

    Args:
        folder: where to.
        questionnaire, round, own, on, tickbox, last, teams: as `make_drafts` has them.
        about: what the outbox's manifest says of all its messages.
        progress: called with how many messages are done, and how many there are.

    Raises:
        ImpactError: the folder holds something else or was worked on, or cannot be written; then nothing was changed.
    """
    teams = round.teams.teams if teams is None else teams
    more = {TEAMS: list_bytes(round.teams.teams), ROUND: roster.as_toml(round).encode()}
    messages = drafts.with_progress(
        make_drafts(questionnaire, round, own, on=on, tickbox=tickbox, last=last, teams=teams), len(teams), progress
    )
    return drafts.write(messages, folder, files="forms", what=WHAT, more=more, contact=round.contact, about=about)


def rehearse(
    own: MessageTemplate, round: Round, teams: Iterable[Team], address: str
) -> tuple[MessageTemplate, Round, tuple[Team, ...]]:
    """What a rehearsal is made from: all goes to one address as TEST, and a form that comes back does not count."""
    test = replace(own, subject=f"TEST: {own.subject or '{subject}'}")
    return test, rehearsed(round), tuple(replace(team, email=address, cc="") for team in teams)


def rehearsed(round: Round) -> Round:
    """The round under the id that the forms of a rehearsal carry."""
    return replace(round, id=f"{round.id}-test")


def list_bytes(teams: Iterable[Team]) -> bytes:
    """A team list as CSV: with every column that a team has something in, people's own included."""
    rows = [_row(team) for team in teams]
    more = [column for column in MORE_COLUMNS if any(row.get(column) for row in rows)]
    filled = {head for row in rows for head in row}
    own = [
        head for head in dict.fromkeys(head for team in teams for head in team.own) if head in filled - {*ALL_COLUMNS}
    ]
    columns = [*roster.COLUMNS, *more, *own]
    return drafts.csv_bytes(columns, [[text_of(row.get(column, "")) for column in columns] for row in rows])


def _row(team: Team) -> Mapping[str, Any]:
    """The cells of a team, by their columns."""
    names = {"team_id": "id", "team": "name"}
    own = {head: value for head, value in team.own.items() if value not in ("", None)}
    known = {column: getattr(team, names.get(column, column)) for column in ALL_COLUMNS}
    return {**own, **{column: value for column, value in known.items() if value}}


def summary(teams: Sequence[Team]) -> str:
    """How many teams get a form, and for how many the list has no address."""
    addressless = [team.name for team in teams if not roster.addresses(team.email)]
    line = f"{plural(len(teams), 'team')}, a form and a message each."
    if not addressless:
        return line
    return f"{line} The list has no address for {plural(len(addressless), 'team')}: {first_few(addressless, 5)}."
