"""What people typed into a consolidated workbook, carried over into the one that replaces it.

Corrections made in Answers stand against whatever the returns say now, the rows of Actions keep what was typed
into them, and whatever cannot be carried over is said: nothing that somebody typed is lost without a word.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from impact_xl.answers import Answer, DecidedBy, State
from impact_xl.collation import Collation
from impact_xl.findings import Finding, ImpactError, Where, found, in_order
from impact_xl.questionnaire import Questionnaire, normalise
from impact_xl.record import AS_READ, PRIORITY_COLUMNS, STATUS, Carried, Stored, StoredAnswer, TeamResult, mark
from impact_xl.results import actions
from impact_xl.results.report import STATES

# What a correction puts right; the finding is then replaced by one that says who decided.
_SETTLED = ("answer-blank", "answer-multiple", "answer-unclear", "answer-by-name-only", "form-rows-missing")
_OTHER_PLACE = "Choose another place with --output, or give --overwrite to replace it without carrying anything over."


def carry(collation: Collation, stored: Stored) -> Collation:
    """The collation with everything that people typed into the workbook it will replace.

    Raises:
        ImpactError: that workbook holds another questionnaire or another round.
    """
    asked = collation.questionnaire
    for what, ours in (("Questionnaire's id", asked.id), ("Round's id", collation.round.id)):
        theirs = str(stored.made_from.get(what, ""))
        if theirs and ours and normalise(theirs) != normalise(ours):
            raise ImpactError(
                f"The workbook that is there already holds another {what.partition(chr(39))[0].lower()}: "
                f"“{theirs}”, not “{ours}”",
                _OTHER_PLACE,
            )
    owners = _Owners(collation)
    told: list[Finding] = []
    decided: dict[tuple[str, str], Answer] = {}
    for row in stored.corrections:
        answer = _corrected(row, owners.of(row.team_id, row.team, row.where.file), asked, told)
        if answer:
            decided[answer[0].team.id, answer[1].question] = answer[1]
    results = tuple(_with(result, decided) for result in collation.results)
    kept = [
        finding
        for finding in collation.to_fix
        if (finding.team_id, finding.question) not in decided or finding.rule.id not in _SETTLED
    ]
    settled = replace(collation, results=results)
    rows, worked_on, added = _actions(settled, stored.actions, told)
    return replace(
        settled,
        to_fix=tuple(in_order([*kept, *told])),
        carried=Carried(len(decided), tuple(rows), worked_on, added),
    )


class _Owners:
    """Whose a stored row is now: by id, else by name, else by the file that it was read from."""

    def __init__(self, collation: Collation) -> None:
        used = [(result.submission.where.file, result) for result in collation.results if result.submission]
        alone = Counter(file for file, _ in used)
        self._by_id = {normalise(result.team.id): result for result in collation.results}
        self._by_name = {normalise(result.team.name): result for result in collation.results}
        self._by_file = {file: result for file, result in used if alone[file] == 1}

    def of(self, team_id: str, name: str, file: str = "") -> TeamResult | None:
        """The team that a stored row belongs to, or None where it is gone."""
        return (
            self._by_id.get(normalise(team_id)) or self._by_name.get(normalise(name)) or self._by_file.get(file)
            if team_id or name
            else None
        )


# -- corrections ------------------------------------------------------------------------------------


def _corrected(
    row: StoredAnswer, owner: TeamResult | None, asked: Questionnaire, told: list[Finding]
) -> tuple[TeamResult, Answer] | None:
    """The answer that a correction makes, or None; what a person should know is told."""
    said = f"“{row.level}”" if row.level else "no level"
    answer, judged = owner.answers.get(row.question) if owner else None, _meant(row, asked)
    if owner is None or answer is None or judged is None or _asked_otherwise(row, asked):
        team = {"team_id": owner.team.id, "team": owner.team.name} if owner else {"team": row.team}
        facts = {"who": owner.team.name if owner else row.team, "what": said, "why": _why_lost(row, owner, asked)}
        told.append(found("answer-not-kept", row.where, **team, question=row.question, **facts))
        return None
    state, level = judged
    if (state, level) == (answer.state, answer.level):
        return None  # the copies say the same by now
    as_read = answer.state_read or answer.state
    now, before = asked.level_name(answer.level_read) or STATES[as_read], row.level_read or row.state_read
    facts = {"team_id": owner.team.id, "team": owner.team.name, "question": row.question, "what": said}
    if normalise(now) != normalise(before) or answer.decided_by is not DecidedBy.COPY:
        told.append(found("answer-kept", answer.where, **facts, copy=f"“{now}”", before=f"“{before}”"))
    else:
        told.append(found("answer-by-hand", answer.where, **facts, copy=f"“{now}”"))
    return owner, replace(answer, state=state, level=level, decided_by=DecidedBy.WORKBOOK, state_read=as_read)


def _asked_otherwise(row: StoredAnswer, asked: Questionnaire) -> bool:
    """Whether the question's id means another question now."""
    question = asked.by_id.get(row.question)
    return question is not None and row.short != "" and normalise(row.short) != normalise(question.short)


def _why_lost(row: StoredAnswer, owner: TeamResult | None, asked: Questionnaire) -> str:
    if owner is None:
        return "this team is neither on the team list nor among the returns"
    if row.question not in asked.by_id:
        return "it is asked no longer"
    if _asked_otherwise(row, asked):
        return f"it asked something else then: “{row.short}”"
    return "no copy of this team counts" if row.question not in owner.answers else "that is none of the levels"


def _meant(row: StoredAnswer, asked: Questionnaire) -> tuple[State, int | None] | None:
    """The state and level that a correction gives; None where its text is no level."""
    if not row.level:
        return State.BLANK, None
    if normalise(row.level) == normalise(STATES[State.NOT_APPLICABLE]):
        return State.NOT_APPLICABLE, None
    for level in asked.levels:
        if normalise(row.level) == normalise(level.name):
            return State.ANSWERED, level.number
    return None


def _with(result: TeamResult, decided: Mapping[tuple[str, str], Answer]) -> TeamResult:
    """A team's result with the answers that people decided."""
    if not result.used or not any((result.team.id, question) in decided for question in result.answers):
        return result
    answers = {question: decided.get((result.team.id, question), held) for question, held in result.answers.items()}
    judged = replace(result.used, answers=answers)
    return replace(result, used=judged, status=judged.status)


# -- actions ----------------------------------------------------------------------------------------


def _actions(
    collation: Collation, stored: Iterable[Mapping[str, Any]], told: list[Finding]
) -> tuple[list[Mapping[str, Any]], int, int]:
    """Every row of Actions: the teams' priorities with what was typed beside them, then the rows that were added."""
    owners = _Owners(collation)
    fresh = {(owner, mark(row["What"]), number): row for number, (owner, row) in enumerate(actions.planned(collation))}
    waiting, merged, own = list(fresh), {}, []
    worked_on = 0
    for row in stored:
        marks = str(row.get(AS_READ, "")).split()
        owner = owners.of(str(row.get("Team ID", "")), str(row.get("Team", "")), str(row.get("File", "")))
        match = next(
            (key for key in waiting if marks and owner and key[:2] == (owner.team.id, marks[0])),
            None,
        )
        if match:
            waiting.remove(match)
            merged[match] = dict(_merged(row, marks, fresh[match], told))
            worked_on += _typed(row, marks)
        elif not marks or _typed(row, marks):
            own.append(_own(collation, owner, row))
    rows = [merged.get(key, row) for key, row in fresh.items()]
    return [*rows, *own], worked_on, len(own)


def _typed(row: Mapping[str, Any], marks: list[str]) -> bool:
    """Whether somebody typed into a row that began as a team's priority."""
    return any(_edited(row, column, marks) for column in PRIORITY_COLUMNS) or any(
        row[column] != "" for column in (STATUS, *_more(row)) if column in row
    )


def _edited(row: Mapping[str, Any], column: str, marks: list[str]) -> bool:
    place = PRIORITY_COLUMNS.index(column)
    return place < len(marks) and mark(row.get(column, "")) != marks[place]


def _more(row: Mapping[str, Any]) -> list[str]:
    """The headers of columns that people have added."""
    return [head for head in row if head not in actions.HEADERS]


def _merged(
    row: Mapping[str, Any], marks: list[str], fresh: Mapping[str, Any], told: list[Finding]
) -> Iterator[tuple[str, Any]]:
    """A priority as the copy has it now, with the cells that somebody typed or edited."""
    now = str(fresh[AS_READ]).split()
    for head, value in fresh.items():
        if head == STATUS:
            yield head, row.get(STATUS, "")
        elif head in PRIORITY_COLUMNS and _edited(row, head, marks):
            place = PRIORITY_COLUMNS.index(head)
            if now[place] not in (marks[place], mark(row[head])):
                told.append(
                    found(
                        "text-kept",
                        Where(str(fresh["File"])),
                        team_id=str(fresh["Team ID"]),
                        team=str(fresh["Team"]),
                        column=head,
                        what=str(fresh["What"]),
                        copy=str(value),
                    )
                )
            yield head, row[head]
        else:
            yield head, value
    yield from ((head, row[head]) for head in _more(row))


def _own(collation: Collation, owner: TeamResult | None, row: Mapping[str, Any]) -> Mapping[str, Any]:
    """A row that somebody added, or that a team's copy no longer holds; its next level is that of today."""
    question = actions.question_named(str(row.get("Question", "")), collation.questionnaire)
    step = actions.next_level(collation.questionnaire, owner, question) if owner and question else ""
    return {**row, AS_READ: "", "Next level": step or row.get("Next level", "")}
