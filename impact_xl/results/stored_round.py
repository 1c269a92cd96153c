"""A consolidated workbook as the round that it holds, with every correction that people made in it.

What `results.write` wrote is read back as the same collation, as far as the workbook holds it: the teams with their
statuses and answers, their priorities, and the round. It does not hold what was read from each file: `files` is empty.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path

from impact_xl.findings import Finding, ImpactError, Where, found
from impact_xl.form.layout import Action
from impact_xl.questionnaire import Question, Questionnaire, load, normalise
from impact_xl.results.answers import DECIDED_BY
from impact_xl.results.labels import NOT_COUNTED, STATE_LABELS, STATUS_LABELS
from impact_xl.returns.submission import ActionReport, Priority, Submission, action_status
from impact_xl.roster import NO_GROUP, Round, Team
from impact_xl.round import stored_workbook
from impact_xl.round.answers import Answer, DecidedBy, Judged, State, Status, status_of
from impact_xl.round.collation import Collation
from impact_xl.round.overrides import level_of
from impact_xl.round.record import Carried, TeamResult
from impact_xl.round.stored_sheets import Row, row_text, value_text
from impact_xl.round.stored_workbook import (
    PRIORITY_COLUMNS,
    STATUS,
    Stored,
    StoredAnswer,
    is_last_priority,
    is_own_priority,
)

_WHAT = "consolidated workbook"
_HINT = "Give the workbook that “impact-xl collate” wrote; a form, a board copy or a list of teams is something else."
_STATES = {normalise(label): state for state, label in STATE_LABELS.items()}
_DECIDED_BY = {normalise(label): decided_by for decided_by, label in DECIDED_BY.items()}

AnswerRows = Mapping[tuple[str, str], StoredAnswer]  # by the team's key and the question
Levels = Mapping[tuple[str, str], int | None]  # of a question and a text; 0 “not applicable”, None none


def questionnaires(*given: Questionnaire) -> tuple[Questionnaire, ...]:
    """The questionnaires that a workbook may have been made from: those given, and the built-in one."""
    return (*given, load())


def read(path: str | Path, known: Collection[Questionnaire]) -> Collation:
    """Read a consolidated workbook back, with the corrections made in it.

    Args:
        path: the workbook.
        known: the questionnaires that it may have been made from.

    Returns:
        The teams in the order of the sheet Teams. `carried` has the rows of Actions, and `to_fix` a finding for each
        answer that is none of the levels; such an answer does not count.

    Raises:
        ImpactError: it cannot be read, it is none, it was made from another questionnaire, or it says two things
            of one team's answer.
    """
    source = Path(path)
    if not source.is_file():
        raise ImpactError(f"There is no such file: {source}", _HINT)
    stored = stored_workbook.read(source, _WHAT, _HINT)
    return from_stored(source, stored, _questionnaire(source, stored, known))


def from_stored(source: Path, stored: Stored, questionnaire: Questionnaire) -> Collation:
    """As `read`, of a workbook whose rows are read already, and whose questions are known.

    Raises:
        ImpactError: it says two things of one team's answer.
    """
    teams = _Teams(stored)
    rows = _answer_rows(source, stored, teams)
    levels = {
        (row.question, text): level_of(text, questionnaire, row.question)
        for row in stored.answers
        for text in (row.level, row.level_read)
    }
    actions = [{**row, "Team ID": teams.id_of(row) or row_text(row, "Team ID")} for row in stored.actions]
    priorities, reports = _priorities(actions), _reports(actions)
    return Collation(
        questionnaire,
        _round(stored, questionnaire),
        tuple(
            _result(
                number,
                row,
                _answers(key, rows, levels, questionnaire),
                priorities[row["Team ID"]],
                reports[row["Team ID"]],
            )
            for number, (key, row) in enumerate(teams.rows.items(), 1)
        ),
        files=(),
        to_fix=tuple(_not_counted(rows, levels, questionnaire)),
        carried=Carried(actions=tuple(actions)),
    )


def _questionnaire(source: Path, stored: Stored, known: Iterable[Questionnaire]) -> Questionnaire:
    made_from = str(stored.made_from.get("Questionnaire's fingerprint", ""))
    for each in known:
        if each.fingerprint == made_from:
            return each.only({question.id for question in stored.questions})
    name = stored.made_from.get("Questionnaire") or stored.made_from.get("Questionnaire's id") or "not named there"
    raise ImpactError(
        f"The consolidated workbook was made from another questionnaire: {source} ({name})",
        "Give the very questionnaire file that its returns were combined with: --questionnaire FILE.",
    )


def _round(stored: Stored, questionnaire: Questionnaire) -> Round:
    named, id = str(stored.made_from.get("Round", "")), str(stored.made_from.get("Round's id", ""))
    dated = stored.made_from.get("Dated")
    return Round(
        id,
        title="" if named in (id, "not named") else named,
        target=questionnaire.level_number(str(stored.made_from.get("Target level", ""))),
        date=dated if isinstance(dated, date) else None,
    )


class _Teams:
    """Every team of the workbook, by its id, or by its name where the id is gone."""

    def __init__(self, stored: Stored) -> None:
        self.rows: dict[str, Row] = {}  # by the team's key, in the order of the sheet Teams; each with an id
        self._by_name: defaultdict[str, list[str]] = defaultdict(list)  # keys; two groups may have a team of one name
        for row in stored.teams:
            self._add(row)
        for answer in stored.answers:
            self._expect_one_team(answer)
            if not self.key(answer.team_id, answer.team):
                self._add({"Team ID": answer.team_id, "Team": answer.team, "Group": answer.group})

    def _add(self, row: Row) -> None:
        id, name = row_text(row, "Team ID"), normalise(row_text(row, "Team"))
        key = normalise(id) or name
        if key not in self.rows:
            self.rows[key] = {**row, "Team ID": id or key}
            self._by_name[name].append(key)

    def _expect_one_team(self, answer: StoredAnswer) -> None:
        if not self._clash(answer.team_id, answer.team):
            return
        other = row_text(self.rows[normalise(answer.team_id)], "Team")
        raise ImpactError(
            f"A row of Answers has the id of one team and the name of another: “{answer.team_id}” is {other}'s, and "
            f"the name is {answer.team} ({'!'.join(answer.place)})",
            "Put the row's Team or Team ID right in the workbook, save it and run the command again.",
        )

    def _clash(self, team_id: str, name: str) -> bool:
        """Whether id and name lead to two teams."""
        key, named = normalise(team_id), self._by_name.get(normalise(name), [])
        return key in self.rows and bool(named) and key not in named

    def key(self, team_id: str, name: str) -> str:
        """The key of the team that a row names by id and name; empty where the workbook knows none, or they differ."""
        key, named = normalise(team_id), self._by_name.get(normalise(name), [])
        if key in self.rows:
            return "" if self._clash(team_id, name) else key
        return named[0] if len(named) == 1 else ""

    def id_of(self, row: Row) -> str:
        """The id of the team that a row of any sheet names; empty where the workbook knows none."""
        key = self.key(row_text(row, "Team ID"), row_text(row, "Team"))
        return str(self.rows[key]["Team ID"]) if key else ""


def _result(
    number: int,
    row: Row,
    answers: Mapping[str, Answer],
    priorities: Sequence[Priority],
    reports: Sequence[ActionReport],
) -> TeamResult:
    """A team's result. Its status is that of its answers: a program that does not calculate leaves “Status” stale."""
    name, group, sent = row_text(row, "Team"), row_text(row, "Group"), row.get("Date")
    copies = _number(row, "Copies")
    submission = Submission(
        Where(row_text(row, "File")),
        team=name,
        completed_by=row_text(row, "Completed by"),
        modified=datetime.combine(sent, time(), UTC) if isinstance(sent, date) else None,
        priorities=tuple(priorities),
        actions=tuple(reports),
    )
    return TeamResult(
        _number(row, "Team no") or number,
        Team(row["Team ID"], name, "" if group == NO_GROUP else group),
        _status(row, answers, copies),
        listed=normalise(row_text(row, "On the team list")) != "no",
        copies=copies,
        used=Judged(submission, answers, ()) if answers else None,
    )


def _status(row: Row, answers: Mapping[str, Answer], copies: int) -> Status:
    """A team's status: its answers', unless the round's list or its files said another."""
    shown = normalise(row_text(row, "Status"))
    if shown == normalise(STATUS_LABELS[Status.WITHDRAWN]):
        return Status.WITHDRAWN
    if answers:
        return status_of(answers.values())
    if copies:
        return Status.UNUSABLE
    return Status.UNREADABLE if shown == normalise(STATUS_LABELS[Status.UNREADABLE]) else Status.NONE


def _number(row: Row, header: str) -> int:
    number = row.get(header)
    return number if isinstance(number, int) else 0


# -- answers ----------------------------------------------------------------------------------------


def _answer_rows(source: Path, stored: Stored, teams: _Teams) -> AnswerRows:
    rows: dict[tuple[str, str], StoredAnswer] = {}
    for row in stored.answers:
        first = rows.setdefault((teams.key(row.team_id, row.team), row.question), row)
        if normalise(first.level) != normalise(row.level):
            raise ImpactError(
                f"The sheet Answers says two things of one answer: {row.team}, {row.question} "
                f"(“{first.level}” and “{row.level}”): {source}",
                "Delete the row that is not right, save the workbook and run the command again.",
            )
    return rows


def _answers(key: str, rows: AnswerRows, levels: Levels, questionnaire: Questionnaire) -> dict[str, Answer]:
    """A team's answers, by question; empty where the workbook has none of them."""
    if not any((key, question) in rows for question in questionnaire.by_id):
        return {}
    return {each.id: _answer(each, rows.get((key, each.id)), levels) for each in questionnaire.questions}


def _answer(question: Question, row: StoredAnswer | None, levels: Levels) -> Answer:
    if row is None:  # somebody deleted it
        return Answer(question.id, question.component, State.MISSING)
    level, state_read = levels[row.question, row.level], _STATES.get(normalise(row.state_read))
    decided_by = DecidedBy.WORKBOOK if row.by_hand else _DECIDED_BY.get(normalise(row.decided_by), DecidedBy.COPY)
    if level is None:
        state = state_read if state_read in NOT_COUNTED else State.BLANK
    else:
        state = State.ANSWERED if level else State.NOT_APPLICABLE
    return Answer(
        question.id,
        question.component,
        state,
        level or None,
        levels[row.question, row.level_read] or None,
        decided_by,
        row.note,
        row.where,
        None if decided_by is DecidedBy.COPY else state_read,
    )


def _not_counted(rows: AnswerRows, levels: Levels, questionnaire: Questionnaire) -> Iterator[Finding]:
    """A finding for each answer that is none of the levels."""
    for row in rows.values():
        known = row.question in questionnaire.by_id
        if row.level and (levels[row.question, row.level] is None or not known):
            why = "that is not one of the levels" if known else "it is asked no longer"
            facts = {"team": row.team, "question": row.question, "who": row.team, "what": f"“{row.level}”", "why": why}
            yield found("answer-not-kept", row.where, team_id=row.team_id, **facts)


# -- priorities -------------------------------------------------------------------------------------


def _priorities(actions: Iterable[Row]) -> Mapping[str, list[Priority]]:
    """The teams' own priorities, by the team's id; a row that the coordinator added is none."""
    priorities: defaultdict[str, list[Priority]] = defaultdict(list)
    for row in actions:
        if is_own_priority(row):
            own = priorities[str(row["Team ID"])]
            own.append(Priority(len(own) + 1, *(value_text(row.get(column, "")) for column in PRIORITY_COLUMNS)))
    return priorities


def _reports(actions: Iterable[Row]) -> Mapping[str, list[ActionReport]]:
    """What has come of the priorities of the round before, by the team's id, with the status that stands there now."""
    reports: defaultdict[str, list[ActionReport]] = defaultdict(list)
    for row in actions:
        if is_last_priority(row):
            own = reports[str(row["Team ID"])]
            action = Action(*(value_text(row.get(column, "")) for column in PRIORITY_COLUMNS[:4]))
            typed = value_text(row.get(STATUS, ""))
            own.append(ActionReport(len(own) + 1, action, action_status(typed), typed))
    return reports
