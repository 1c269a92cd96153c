"""How a round stands, collated just now or read back from its workbook: its teams, answers, findings and decisions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial

from impact_xl.findings import RULES, Finding, Severity
from impact_xl.questionnaire import Questionnaire, normalise
from impact_xl.results import to_fix
from impact_xl.results.edits.detect import Edits
from impact_xl.results.labels import NOT_COUNTED, STATE_LABELS, STATUS_LABELS
from impact_xl.round import decisions
from impact_xl.round.answers import Answer, DecidedBy, State, Status
from impact_xl.round.collation import Collation
from impact_xl.round.overrides import Overrides, level_of
from impact_xl.round.stored_sheets import Row, row_text
from impact_xl.round.stored_workbook import Stored, StoredAnswer
from impact_xl.xlsx.cell_values import cell_text

# Findings of one run: about what was typed into the workbook that it replaced.
_OF_THE_RUN = ("text-not-kept", "text-as-values", "text-two-teams", "decision-ended")
_BY_HAND = ("answer-by-hand", "answer-kept")
BY_HAND = "by hand"  # what an answer was that somebody had corrected


@dataclass(frozen=True, slots=True)
class TeamLine:
    """A team; its status is None where the workbook does not say it."""

    id: str
    name: str
    status: Status | None
    form: bool = True  # whether what is known of it came in a form, and not by decisions alone


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """An answer in words, with the reason why it is that; an answer that does not count is unclear."""

    text: str
    counts: bool = True
    why: str = ""


@dataclass(frozen=True, slots=True)
class FindingLine:
    """A finding as To fix has it, with the digest of its row where it is known."""

    rule: str
    team: str
    question: str
    file: str
    place: str
    message: str
    digest: str = ""

    def key(self, names: Mapping[str, str]) -> tuple[str, ...]:
        """What it is about: the same question of a team, or the same place of a file."""
        name = normalise(self.team)
        place = self.message if self.team and not self.file else self.place
        return tuple(
            map(
                normalise,
                (
                    self.rule,
                    names.get(name, name),
                    self.question,
                    "" if self.question else self.file,
                    "" if self.question else place,
                ),
            )
        )


@dataclass(frozen=True, slots=True)
class DecisionLine:
    """A decision about a question or a file of a team."""

    team_id: str
    team: str
    about: str
    level: str
    words: str


@dataclass(frozen=True)
class Snapshot:
    """How a round stands: its teams by key, their answers by key and question, findings and decisions."""

    teams: Mapping[str, TeamLine]
    answers: Mapping[tuple[str, str], AnswerLine]
    findings: Sequence[FindingLine] = ()
    decisions: Sequence[DecisionLine] = ()
    digests: frozenset[str] = field(default=frozenset())  # of the rows of To fix, those that people deleted among them

    def whose(self, team_id: str, name: str) -> str:
        """The key of the team with an id, or a name that one team alone has."""
        if (key := normalise(team_id)) in self.teams:
            return key
        named = [key for key, team in self.teams.items() if normalise(team.name) == normalise(name)]
        return named[0] if len(named) == 1 else key or normalise(name)


@lru_cache(maxsize=16_384)  # each team's again for every question
def _key(team_id: str, name: str) -> str:
    return normalise(cell_text(team_id)) or normalise(cell_text(name))


def of_collation(collation: Collation) -> Snapshot:
    """How a round stands that was collated."""
    why = _why(collation)
    counts = {state: state.counts for state in State}
    line = lru_cache(maxsize=_DIFFERENT)(partial(_line, collation.questionnaire))
    return Snapshot(
        {
            _key(result.team.id, result.team.name): TeamLine(
                result.team.id, result.team.name, result.status, not result.by_decisions
            )
            for result in collation.results
        },
        {
            (_key(result.team.id, result.team.name), question): line(
                answer.state,
                answer.level,
                _WHOSE[answer.decided_by] or ("" if counts[answer.state] else why(result.team.id, answer)),
            )
            for result in collation.results
            for question, answer in result.answers.items()
        },
        [_finding(each) for each in collation.to_fix if _is_news(each.rule.id)],
        [*_decisions(collation.decisions, collation.questionnaire)],
        frozenset(map(to_fix.digest, collation.to_fix)),
    )


def _why(collation: Collation) -> Callable[[str, Answer], str]:
    """What tells why an answer of a team does not count: its own finding, else its sheet's, else that of the copy."""
    component_called = {f"“{each.title}”": each.id for each in collation.questionnaire.components}
    why: dict[tuple[str, str], str] = {}
    for each in collation.to_fix:
        if each.severity is Severity.ERROR:
            sheet = component_called.get(each.facts.get("component", ""), "")
            why.setdefault((each.team_id, each.question or sheet), each.message)

    def of(team_id: str, answer: Answer) -> str:
        keys = ((team_id, about) for about in (answer.question, answer.component, ""))
        return next((why[key] for key in keys if key in why), "")

    return of


_WHOSE = {
    DecidedBy.COPY: "",
    DecidedBy.CORRECTION: "by a correction form",
    DecidedBy.OVERRIDE: "by a decision",
    DecidedBy.WORKBOOK: "by hand in the workbook",
}


_DIFFERENT = 4096  # lines of answers that are kept; most say the same


def _line(questionnaire: Questionnaire, state: State, level: int | None, why: str) -> AnswerLine:
    return AnswerLine(questionnaire.level_name(level) or STATE_LABELS[state], state.counts, why)


def _is_news(rule: str) -> bool:
    """Whether findings of a rule are news: those that a person should look at, and that stay until they are settled."""
    return rule in RULES and RULES[rule].severity is not Severity.NOTE and rule not in _OF_THE_RUN


def _finding(each: Finding) -> FindingLine:
    return FindingLine(
        each.rule.id,
        cell_text(each.team),
        cell_text(each.question),
        cell_text(each.where.file),
        cell_text(_place(each.where.sheet, each.where.cell)),
        cell_text(each.message),
        to_fix.digest(each),
    )


def _place(sheet: str, cell: str) -> str:
    return f"{sheet}!{cell}" if sheet or cell else ""


def _decisions(standing: Overrides, questionnaire: Questionnaire) -> Iterator[DecisionLine]:
    for each in standing.answers:
        words, level = decisions.in_words(each, questionnaire), decisions.level_in_words(each, questionnaire)
        yield DecisionLine(each.team_id, each.team, each.question, cell_text(level), cell_text(words))
    for copy in standing.copies:
        words = decisions.in_words(copy, questionnaire)
        yield DecisionLine(copy.team_id, copy.team, copy.file.replace("\\", "/"), "", cell_text(words))


def of_stored(stored: Stored, edits: Edits, collation: Collation) -> Snapshot:
    """How the round stood in the workbook that is replaced.

    A level that somebody has typed since it was written is news, so what stood there before is told.

    Args:
        stored: the workbook.
        edits: what else people typed into it.
        collation: the round that replaces it, with what was carried over.
    """
    digests = edits.digests.get(to_fix.TO_FIX, frozenset())
    rows = [row for row in stored.to_fix if row_text(row, "Rule") in RULES]
    known = {
        (row_text(row, "Team"), row_text(row, "Question")) for row in rows if row_text(row, "Rule") in _BY_HAND
    } | {
        (each.team, each.question)
        for each in collation.to_fix
        if each.rule.id in _BY_HAND and to_fix.digest(each) in digests
    }
    by_hand = {(normalise(cell_text(team)), question) for team, question in known}

    def as_written(row: StoredAnswer) -> bool:
        typed = row.by_hand and (normalise(row.team), row.question) not in by_hand
        return typed or (row.team_id, row.question) in edits.uncalculated

    questionnaire = collation.questionnaire
    line = lru_cache(maxsize=_DIFFERENT)(partial(_stored_line, questionnaire))
    answers = {
        _about(row): line(row.question, row.level, row.level_read, row.state_read, as_written(row))
        for row in stored.answers
    }
    answers |= {_about(row): AnswerLine(BY_HAND) for row in _taken_back(stored, by_hand)}
    return Snapshot(
        _stored_teams(stored),
        answers,
        sorted(filter(lambda each: _is_news(each.rule), map(_stored_finding, rows)), key=_in_order),
        [*_decisions(decisions.kept_in(stored, questionnaire), questionnaire)],
        digests,
    )


def _about(row: StoredAnswer) -> tuple[str, str]:
    return _key(row.team_id, row.team), row.question


_STATUSES = {normalise(label): status for status, label in STATUS_LABELS.items()}
_UNCLEAR = {normalise(STATE_LABELS[state]) for state in NOT_COUNTED}


def _stored_teams(stored: Stored) -> dict[str, TeamLine]:
    """The teams of a workbook; where somebody deleted a row of Teams, its answers tell that the team was there."""
    listed = {normalise(row_text(row, "Team")) for row in stored.teams}
    rows = (row for row in stored.answers if row.team_id or normalise(row.team) not in listed)  # others were added
    teams = {_key(row.team_id, row.team): TeamLine(row.team_id, row.team, None) for row in rows}
    for row in stored.teams:
        id, name = row_text(row, "Team ID"), row_text(row, "Team")
        teams[_key(id, name)] = TeamLine(id, name, _STATUSES.get(normalise(row_text(row, "Status"))))
    return teams


def _taken_back(stored: Stored, by_hand: Collection[tuple[str, str]]) -> Iterator[StoredAnswer]:
    """The answers that To fix calls corrected by hand, and that say again what the copy said.

    To fix has no ids, so of teams of one name nothing is said.
    """
    often = Counter((normalise(row.team), row.question) for row in stored.answers)
    alone = {about for about in by_hand if often[about] == 1}
    return (row for row in stored.answers if (normalise(row.team), row.question) in alone and not row.by_hand)


def _stored_line(
    questionnaire: Questionnaire,
    question: str,
    level: str,
    level_read: str,
    state_read: str,
    as_written: bool,
) -> AnswerLine:
    number = level_of(level, questionnaire, question) if level else None
    if as_written or (level and number is None):
        text = level_read or state_read
    elif number is None:
        text = state_read if normalise(state_read) in _UNCLEAR else STATE_LABELS[State.BLANK]
    else:
        text = questionnaire.level_name(number or None) or STATE_LABELS[State.NOT_APPLICABLE]
    return AnswerLine(text, normalise(text) not in _UNCLEAR)


def _stored_finding(row: Row) -> FindingLine:
    return FindingLine(
        row_text(row, "Rule"),
        cell_text(row.get("Team")),
        cell_text(row.get("Question")),
        cell_text(row.get("File")),
        cell_text(_place(row_text(row, "Sheet"), row_text(row, "Cell"))),
        cell_text(row.get("What we saw")),
    )


def _in_order(each: FindingLine) -> tuple[str, ...]:
    return each.team.casefold(), each.file, each.question, each.rule, each.place, each.message
