"""A round as its consolidated workbook tells it: who was asked, and which level each team chose.

Feedback and comparison work from what stands in the workbook, with every correction that people made there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path

from impact_xl.findings import ImpactError
from impact_xl.questionnaire import Questionnaire, load, normalise
from impact_xl.results.labels import NOT_COUNTED, STATE_LABELS, STATUS_LABELS
from impact_xl.roster import NO_GROUP
from impact_xl.round import record
from impact_xl.round.answers import State, Status
from impact_xl.round.figures import Distribution, distribution
from impact_xl.round.record import AS_READ, PRIORITY_COLUMNS, STATUS, Stored, StoredAnswer, StoredTeam

_WHAT = "consolidated workbook"
_HINT = "Give the workbook that “impact-xl collate” wrote; a form, a copy to share or a list of teams is none."
_NOT_APPLICABLE = normalise(STATE_LABELS[State.NOT_APPLICABLE])
_STATES = {normalise(STATE_LABELS[state]): state for state in NOT_COUNTED}


@dataclass(frozen=True)
class TeamAnswers:
    """One team and what it answered; everything is empty for a team that sent nothing that counts."""

    key: str  # what tells this team from the others of the round
    team: StoredTeam
    levels: Mapping[str, int]  # valid answers only: level by question id, in question order
    not_applicable: frozenset[str] = frozenset()
    notes: Mapping[str, str] = field(default_factory=dict)  # by question id
    uncounted: Mapping[str, State] = field(default_factory=dict)  # why a question has no valid answer, by question id
    priorities: tuple[Mapping[str, str], ...] = ()  # what the team itself named, by header, with its status

    @property
    def group(self) -> str:
        """The team's group; “(no group)” where none is known."""
        return self.team.group or NO_GROUP


@dataclass(frozen=True)
class StoredRound:
    """One round, read back from its consolidated workbook."""

    questionnaire: Questionnaire
    title: str
    target: int  # counted from 1
    dated: date | None
    replies: tuple[TeamAnswers, ...]  # in the order of the sheet Teams
    left_out: tuple[str, ...] = ()  # answers that are none of the levels, each said in a line

    @cached_property
    def answering(self) -> tuple[TeamAnswers, ...]:
        """The teams with at least one valid answer."""
        return tuple(reply for reply in self.replies if reply.levels)

    @cached_property
    def groups(self) -> tuple[str, ...]:
        """The groups of the teams with valid answers, in order; “(no group)” is one of them."""
        return tuple(sorted({reply.group for reply in self.answering}, key=lambda name: (name == NO_GROUP, name)))

    @cached_property
    def statuses(self) -> Counter[str]:
        """How many teams have each status."""
        words = {normalise(word): status.value for status, word in STATUS_LABELS.items()}
        return Counter(words.get(normalise(reply.team.status), Status.NONE.value) for reply in self.replies)

    @cached_property
    def states(self) -> Counter[str]:
        """How many answers have each state."""
        counts = Counter(state.value for reply in self.replies for state in reply.uncounted.values())
        counts[State.ANSWERED.value] = sum(len(reply.levels) for reply in self.replies)
        counts[State.NOT_APPLICABLE.value] = sum(len(reply.not_applicable) for reply in self.replies)
        return counts

    @property
    def target_name(self) -> str:
        """The name of the target level."""
        return self.questionnaire.level_name(self.target)

    def distribution(self, question: str, replies: Iterable[TeamAnswers]) -> Distribution:
        """How some teams answered a question."""
        return distribution((reply.levels.get(question) for reply in replies), len(self.questionnaire.levels))


def questionnaires(*given: Questionnaire) -> tuple[Questionnaire, ...]:
    """The questionnaires that a workbook may have been made from: those given, and the built-in one."""
    return (*given, load())


def read(path: str | Path, known: Collection[Questionnaire]) -> StoredRound:
    """Read a consolidated workbook back, with the corrections made in it.

    Args:
        path: the workbook.
        known: the questionnaires that it may have been made from.

    Raises:
        ImpactError: it cannot be read, it is none, it was made from another questionnaire, or it says two things
            of one team's answer.
    """
    source = Path(path)
    if not source.is_file():
        raise ImpactError(f"There is no such file: {source}", _HINT)
    stored = record.read(source, _WHAT, _HINT)
    questionnaire = _questionnaire(source, stored, known)
    owners = _Owners(stored)
    rows: dict[tuple[str, str], StoredAnswer] = {}
    for row in stored.answers:
        place = owners.key(row.team_id, row.team), row.question
        if place in rows and normalise(rows[place].level) != normalise(row.level):
            raise ImpactError(
                f"The sheet Answers says two things of one answer: {row.team}, {row.question} "
                f"(“{rows[place].level}” and “{row.level}”): {source}",
                "Delete the row that is not right, save the workbook and run the command again.",
            )
        rows.setdefault(place, row)
    levels = {normalise(level.name): level.number for level in questionnaire.levels}
    wrong = [row for row in rows.values() if row.level and _unknown(row, questionnaire, levels)]
    dated = stored.made_from.get("Dated")
    return StoredRound(
        questionnaire,
        title=_title(stored, questionnaire),
        target=levels.get(normalise(str(stored.made_from.get("Target level", ""))), questionnaire.target),
        dated=dated if isinstance(dated, date) else None,
        replies=tuple(
            _reply(key, team, rows, owners.actions.get(key, ()), questionnaire, levels) for key, team in owners
        ),
        left_out=tuple(f"{row.team}, {row.question}: “{row.level}”" for row in wrong),
    )


def _questionnaire(source: Path, stored: Stored, known: Iterable[Questionnaire]) -> Questionnaire:
    made_from = str(stored.made_from.get("Questionnaire's fingerprint", ""))
    for each in known:
        if each.fingerprint == made_from:
            return each
    name = stored.made_from.get("Questionnaire") or stored.made_from.get("Questionnaire's id") or "not named there"
    raise ImpactError(
        f"The consolidated workbook was made from another questionnaire: {source} ({name})",
        "Give the very questionnaire file that its returns were combined with: --questionnaire FILE.",
    )


def _title(stored: Stored, questionnaire: Questionnaire) -> str:
    named = str(stored.made_from.get("Round", ""))
    return questionnaire.title if named in ("", "not named") else named


class _Owners:
    """Every team of the workbook with a key of its own: by id, or by name where the id is gone."""

    def __init__(self, stored: Stored) -> None:
        self._teams: dict[str, StoredTeam] = {}
        self._by_name: dict[str, str] = {}
        for team in stored.teams:
            self._add(team)
        for row in stored.answers:
            if not self.key(row.team_id, row.team):
                self._add(StoredTeam(row.team_id, row.team, row.group, "", 0, "", ""))
        self.actions: dict[str, list[Mapping[str, str]]] = {}
        for action in stored.actions:
            if str(action.get(AS_READ, "")).strip():  # a row that the coordinator added is the coordinator's
                held = {head: _said(action.get(head, "")) for head in (*PRIORITY_COLUMNS, STATUS)}
                owner = self.key(str(action.get("Team ID", "")), str(action.get("Team", "")))
                self.actions.setdefault(owner, []).append(held)

    def _add(self, team: StoredTeam) -> None:
        key = normalise(team.id) or normalise(team.name)
        self._teams.setdefault(key, team)
        self._by_name.setdefault(normalise(team.name), key)

    def key(self, team_id: str, name: str) -> str:
        """The key of the team that a row names; empty where the workbook knows none."""
        wanted = normalise(team_id)
        return wanted if wanted in self._teams else self._by_name.get(normalise(name), "")

    def __iter__(self) -> Iterator[tuple[str, StoredTeam]]:
        yield from self._teams.items()


def _said(value: object) -> str:
    return f"{value.day} {value:%B %Y}" if isinstance(value, date) else str(value)


def _unknown(row: StoredAnswer, questionnaire: Questionnaire, levels: Mapping[str, int]) -> bool:
    said = normalise(row.level)
    return row.question not in questionnaire.by_id or (said not in levels and said != _NOT_APPLICABLE)


def _reply(
    key: str,
    team: StoredTeam,
    rows: Mapping[tuple[str, str], StoredAnswer],
    priorities: Iterable[Mapping[str, str]],
    questionnaire: Questionnaire,
    levels: Mapping[str, int],
) -> TeamAnswers:
    held = {question.id: rows[key, question.id] for question in questionnaire.questions if (key, question.id) in rows}
    said = {question: normalise(row.level) for question, row in held.items()}
    return TeamAnswers(
        key,
        team,
        {question: levels[word] for question, word in said.items() if word in levels},
        frozenset(question for question, word in said.items() if word == _NOT_APPLICABLE),
        {question: row.note for question, row in held.items() if row.note},
        {
            question: _STATES.get(normalise(held[question].state_read), State.BLANK)
            for question, word in said.items()
            if word not in levels and word != _NOT_APPLICABLE
        },
        tuple(priorities),
    )
