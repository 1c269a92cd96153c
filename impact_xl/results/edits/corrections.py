"""Corrections: the levels that people typed into Answers, held against what the copies say now."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import replace
from pathlib import PurePath

from impact_xl.findings import Finding, found
from impact_xl.questionnaire import Questionnaire, normalise
from impact_xl.results.edits.match_rows import TeamLookup
from impact_xl.results.labels import STATE_LABELS
from impact_xl.round import decisions
from impact_xl.round.answers import Answer, DecidedBy, State
from impact_xl.round.collation import Collation
from impact_xl.round.overrides import level_of, places
from impact_xl.round.record import TeamResult
from impact_xl.round.stored_sheets import row_text
from impact_xl.round.stored_workbook import Stored, StoredAnswer

Decided = dict[tuple[str, str], Answer]  # by team id and question


def settle(
    collation: Collation,
    stored: Stored,
    uncalculated: Collection[tuple[str, str]],
    lookup: TeamLookup,
    findings: list[Finding],
    contradictions: list[str],
) -> tuple[Decided, list[StoredAnswer]]:
    """The answers that corrections make, and the corrections for which there is no answer at present.

    Args:
        collation: the round.
        stored: the workbook that they were typed into.
        uncalculated: team id and question of a level whose formula has no value.
        lookup: whose its rows are now.
        findings: takes what a person should know.
        contradictions: takes the corrections that say something else than a decision.
    """
    questionnaire = collation.questionnaire
    decided: Decided = {}
    copies_then = _copies_then(stored)
    waiting: list[StoredAnswer] = []
    for rows in effective(stored, uncalculated, lookup).values():
        row, result = rows[0], _result_of(rows[0], lookup)
        if len({parse(each, questionnaire) or normalise(each.level) for each in rows}) > 1:
            findings.append(_not_corrected(row, result, f"the workbook says two things of it: {_levels(rows)}"))
            waiting += rows
            continue
        if clash := lookup.clash(row.team_id, row.team):
            why = f"it is in a row with one team's id and another team's name: {clash} ({'!'.join(row.place)})"
            findings.append(_not_corrected(row, None, why))
            waiting.append(row)
            continue
        if against := _decision_against(row, result, collation):
            contradictions.append(against)
            continue
        then = copies_then.get((normalise(row.team), row.question), "")
        answer, ended = _corrected(row, result, questionnaire, findings, then)
        if answer and result:
            decided[result.team.id, answer.question] = answer
        elif not ended:
            waiting.append(row)
    return decided, waiting


def effective(
    stored: Stored, uncalculated: Collection[tuple[str, str]], lookup: TeamLookup
) -> dict[tuple[str, str], list[StoredAnswer]]:
    """The corrections in a workbook, by team and question: those that wait, and those in Answers, the newer word.

    Args:
        stored: the workbook.
        uncalculated: team id and question of a level whose formula has no value.
        lookup: whose its rows are now.
    """
    calculated = (row for row in stored.corrections if (row.team_id, row.question) not in uncalculated)
    return _by_answer(stored.waiting, lookup) | _by_answer(calculated, lookup)


def _by_answer(rows: Iterable[StoredAnswer], lookup: TeamLookup) -> dict[tuple[str, str], list[StoredAnswer]]:
    """The rows by the team, as it is called now, and the question that they correct."""
    by_answer: defaultdict[tuple[str, str], list[StoredAnswer]] = defaultdict(list)
    for row in rows:
        result = _result_of(row, lookup)
        whose = result.team.id if result else f"{normalise(row.team_id)}|{normalise(row.team)}"
        by_answer[whose, row.question].append(row)
    return by_answer


def _result_of(row: StoredAnswer, lookup: TeamLookup) -> TeamResult | None:
    return lookup.of(row.team_id, row.team, row.where.file)


def _levels(rows: Iterable[StoredAnswer]) -> str:
    return " and ".join(dict.fromkeys(level_in_words(row) for row in rows))


def level_in_words(row: StoredAnswer) -> str:
    """The level that was typed, in quotation marks."""
    return f"“{row.level}”" if row.level else "no level"


def _not_corrected(row: StoredAnswer, result: TeamResult | None, why: str) -> Finding:
    team = {"team_id": result.team.id, "team": result.team.name} if result else {"team": row.team}
    who = result.team.name if result else row.team
    return found(
        "answer-not-kept", row.where, **team, question=row.question, who=who, what=level_in_words(row), why=why
    )


def _copies_then(stored: Stored) -> dict[tuple[str, str], str]:
    """What copies said when somebody corrected them, by team and question, where a newer copy says something else.

    To fix keeps that until somebody deletes its row. The next run would not know it: Answers has the newer copy's word.
    """
    rows = (row for row in stored.to_fix if row_text(row, "Rule") == "answer-kept")
    found_in = ((row, _WHEN_CORRECTED.search(row_text(row, "What we saw"))) for row in rows)
    return {(normalise(row_text(row, "Team")), row_text(row, "Question")): match[1] for row, match in found_in if match}


_WHEN_CORRECTED = re.compile("when the copy said “(.*?)”")


def _corrected(
    row: StoredAnswer,
    result: TeamResult | None,
    questionnaire: Questionnaire,
    findings: list[Finding],
    then: str,
) -> tuple[Answer | None, bool]:
    """The answer that a correction makes, and whether it has come to its end; adds what a person should know."""
    answer, judged = result.answers.get(row.question) if result else None, parse(row, questionnaire)
    if result is None or answer is None or judged is None or _is_another_question(row, questionnaire):
        findings.append(_not_corrected(row, result, _why_not(row, result, questionnaire)))
        return None, False
    state, level = judged
    if (state, level) == (answer.state, answer.level):
        return None, True  # the copies say the same by now
    as_read = answer.state_read or answer.state
    now = questionnaire.level_name(answer.level_read) or STATE_LABELS[as_read]
    before = then or row.level_read or row.state_read
    facts = {"team_id": result.team.id, "team": result.team.name, "question": row.question, "what": level_in_words(row)}
    if normalise(now) != normalise(before) or answer.decided_by is not DecidedBy.COPY:
        findings.append(found("answer-kept", answer.where, **facts, copy=f"“{now}”", before=f"“{before}”"))
    else:
        findings.append(found("answer-by-hand", answer.where, **facts, copy=f"“{now}”"))
    return replace(answer, state=state, level=level, decided_by=DecidedBy.WORKBOOK, state_read=as_read), True


def _decision_against(row: StoredAnswer, result: TeamResult | None, collation: Collation) -> str:
    """Where a decision says something else than a level that was typed, with both cells; empty where none does."""
    answer, typed = (
        result.answers.get(row.question) if result else None,
        parse(row, collation.questionnaire),
    )
    if not result or not answer or answer.decided_by is not DecidedBy.OVERRIDE or typed is None:
        return ""
    if typed == (answer.state, answer.level) or _is_another_question(row, collation.questionnaire):
        return ""
    about = (result.team.id, row.question)
    made = next((each for each in collation.decisions.answers if (each.team_id, each.question) == about), None)
    if made is None:
        return ""
    source = f" of {PurePath(collation.decisions.source).name}" if collation.decisions.source else ""
    level = decisions.level_in_words(made, collation.questionnaire)
    return (
        f"{'!'.join(row.place)} says {level_in_words(row)} for {row.question} of {result.team.name}, and "
        f"{places([made])}{source} says {level}"
    )


def _is_another_question(row: StoredAnswer, questionnaire: Questionnaire) -> bool:
    """Whether the question's id means another question now."""
    question = questionnaire.by_id.get(row.question)
    return question is not None and row.short != "" and normalise(row.short) != normalise(question.short)


def _why_not(row: StoredAnswer, result: TeamResult | None, questionnaire: Questionnaire) -> str:
    if result is None:
        return "this team is neither on the team list nor among the returns"
    if row.question not in questionnaire.by_id:
        return "it is asked no longer"
    if _is_another_question(row, questionnaire):
        return f"it asked something else then: “{row.short}”"
    return "no copy of this team counts" if row.question not in result.answers else "that is not one of the levels"


def parse(row: StoredAnswer, questionnaire: Questionnaire) -> tuple[State, int | None] | None:
    """The state and level that a correction gives, by a level's name or number; None where its text is no level."""
    if not row.level:
        return State.BLANK, None
    level = level_of(row.level, questionnaire, row.question)
    if level is None:
        return None
    return (State.ANSWERED, level) if level else (State.NOT_APPLICABLE, None)
