"""Sending out: one personal form for every team, in a message that is ready to be sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from impact_xl import post, record, rounds
from impact_xl.findings import ImpactError, plural
from impact_xl.form import Form
from impact_xl.layout import PRIORITIES, level_key
from impact_xl.post import Attachment, Draft, Wording
from impact_xl.questionnaire import Questionnaire, normalise
from impact_xl.record import AS_READ, Stored
from impact_xl.results.answers import NOT_APPLICABLE
from impact_xl.rounds import Round, Team
from impact_xl.stamp import Stamp

WHAT = "outbox"


@dataclass(frozen=True)
class LastRound:
    """What each team said in the last round, as its consolidated workbook holds it."""

    levels: Mapping[str, frozenset[str]]  # the keys of the levels chosen, by normalised team id and by name
    priorities: Mapping[str, tuple[str, ...]]

    def of(self, team: Team) -> tuple[frozenset[str], tuple[str, ...]]:
        """The keys of the levels that a team chose, and what it meant to work on; it is found by id, else by name."""
        key = next((key for key in _keys(team.id, team.name) if key in self.levels), "")
        return self.levels.get(key, frozenset()), self.priorities.get(key, ())


def read_last(path: Path, asked: Questionnaire) -> LastRound:
    """Read the last round back from its consolidated workbook.

    Raises:
        ImpactError: it cannot be read, is no consolidated workbook, or is one of another questionnaire.
    """
    stored = record.read(path)
    theirs = str(stored.made_from.get("Questionnaire's id", asked.id))
    if normalise(theirs) != normalise(asked.id):
        raise ImpactError(
            f"The last round was asked with another questionnaire: {path} holds “{theirs}”, not “{asked.id}”",
            "Give the workbook of a round of this questionnaire with --prefill, or none.",
        )
    levels: dict[str, set[str]] = {}
    for answer in stored.answers:
        question = asked.by_id.get(answer.question)
        if question is None or (answer.short and normalise(answer.short) != normalise(question.short)):
            continue  # it asks something else by now
        for key in _keys(answer.team_id, answer.team):
            levels.setdefault(key, set()).update(_chosen(answer.question, answer.level, asked))
    return LastRound({key: frozenset(held) for key, held in levels.items()}, _priorities(stored))


def _chosen(question: str, level: str, asked: Questionnaire) -> Iterator[str]:
    if normalise(level) == normalise(NOT_APPLICABLE):
        yield level_key(question, 0)
    yield from (level_key(question, each.number) for each in asked.levels if normalise(each.name) == normalise(level))


def _priorities(stored: Stored) -> dict[str, tuple[str, ...]]:
    """Each team's own priorities in a line of text each; rows that the coordinator added are none."""
    held: dict[str, list[str]] = {}
    for row in stored.actions:
        if not row.get(AS_READ) or not row.get("What"):
            continue
        parts = [("", "What"), ("for ", "Question"), ("lead: ", "Lead"), ("by ", "By when")]
        text = "; ".join(f"{before}{row[head]}" for before, head in parts if row.get(head))
        for key in _keys(str(row.get("Team ID", "")), str(row.get("Team", ""))):
            held.setdefault(key, []).append(f"•  {text}")
    return {key: tuple(texts[:PRIORITIES]) for key, texts in held.items()}


def _keys(team_id: str, name: str) -> tuple[str, ...]:
    return tuple(key for key in (f"id {normalise(team_id)}" if team_id else "", f"name {normalise(name)}") if key)


def drafts(
    asked: Questionnaire,
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
    names, stamp = file_names(round.teams.teams), Stamp()
    for team in round.teams.teams:
        levels, priorities = last.of(team) if last else (frozenset[str](), ())
        entries = {"start.team": team.name, "start.team-id": team.id, "start.group": team.group}
        personal = Form(asked, tickbox, round, team.id, entries, last=levels, last_priorities=priorities)
        fields = fields_of(team, asked, round, names[team.id])
        subject, text = (post.fill(template, fields, words.source).strip() for template in (words.subject, words.body))
        yield Draft(team, subject, text + "\n", (Attachment(names[team.id], stamp.build(personal)),))


def file_names(teams: Sequence[Team]) -> dict[str, str]:
    """The name of each team's form, by team id: one that people recognise, and no two alike on any system."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for team in teams:
        name = post.safe_name(f"Self-assessment – {team.name}")
        if name.casefold() in taken:
            name = post.safe_name(f"{name} ({team.id})")
        taken.add(name.casefold())
        names[team.id] = f"{name}.xlsx"
    return names


def fields_of(team: Team, asked: Questionnaire, round: Round, file: str) -> dict[str, str]:
    """What the words of an invitation may name."""
    day = f"{round.deadline.day} {round.deadline:%B %Y}" if round.deadline else ""
    return {
        "team": team.name,
        "group": team.group_name,
        "name": team.contact or "colleagues",
        "title": round.title or asked.title,
        "deadline": day,
        "contact": round.contact,
        "file": file,
        "questions": str(len(asked.questions)),
        "about": round.about,
        "when": f"Please send it by {day}." if day else "",
        "closing": f"Questions? Write to {round.contact}." if round.contact else "Questions? Reply to this e-mail.",
    }


def check_words(words: Wording, asked: Questionnaire, round: Round) -> None:
    """Find out before the work whether the words can be filled in.

    Raises:
        ImpactError: they name a field that is not known, or one that this round has no value for.
    """
    example = fields_of(Team("id", "name"), asked, round, "form.xlsx")
    for template in (words.subject, words.body):
        post.fill(template, example, words.source)
        for field in ("deadline", "contact"):
            if f"{{{field}}}" in template and not example[field]:
                raise ImpactError(
                    f"The field {{{field}}} in {words.source} has no value", f"Give one with --{field}, or take it out."
                )


def write(
    folder: Path,
    asked: Questionnaire,
    round: Round,
    words: Wording,
    *,
    tickbox: str = "native",
    last: LastRound | None = None,
) -> list[Path]:
    """Write the outbox: a form and a message for every team, the list of them, and the team list with its ids.

    Raises:
        ImpactError: the folder holds something else or was worked on, or cannot be written; then nothing was changed.
    """
    listed = post.csv_bytes(rounds.COLUMNS, [_row(team) for team in round.teams.teams])
    made = drafts(asked, round, words, tickbox=tickbox, last=last)
    return post.write(made, folder, files="forms", what=WHAT, more={"teams.csv": listed})


def _row(team: Team) -> tuple[str, ...]:
    return team.id, team.name, team.group, team.contact, team.email, team.cc


def summary(teams: Sequence[Team]) -> str:
    """How many teams get a form, and for how many the list has no address."""
    without = [team.name for team in teams if not rounds.addresses(team.email)]
    named = ", ".join(without[:5]) + (" and more" if len(without) > 5 else "")
    said = f"{plural(len(teams), 'team')}, a form and a message each."
    return f"{said} The list has no address for {plural(len(without), 'team')}: {named}." if without else said
