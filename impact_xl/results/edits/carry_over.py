"""What people typed into a consolidated workbook, carried over into the one that replaces it.

Corrections made in Answers stand against whatever the returns say now; actions, edited comments, and rows, columns
and sheets that people added go with it. What cannot be carried over becomes a finding, so that nothing that somebody
typed is lost without a word.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from impact_xl.findings import Finding, ImpactError, Where, found, in_order
from impact_xl.questionnaire import Questionnaire, normalise
from impact_xl.results import actions, comments
from impact_xl.results.edits.detect import Edits, Loss
from impact_xl.results.edits.match_rows import Key, StoredRow, TeamLookup
from impact_xl.results.labels import STATE_LABELS
from impact_xl.results.sheet_writer import SheetSpec, TableSpec
from impact_xl.round.answers import Answer, DecidedBy, State
from impact_xl.round.collation import Collation
from impact_xl.round.overrides import level_of
from impact_xl.round.record import Carried, TeamResult
from impact_xl.round.stored_workbook import Stored, StoredAnswer
from impact_xl.wording import first_few, plural
from impact_xl.xlsx.cell_values import cell_text

# What a correction puts right; the finding is then replaced by one that says who decided.
_SETTLED = ("answer-blank", "answer-multiple", "answer-unclear", "answer-by-name-only", "form-rows-missing")
_OTHER_PLACE = "Choose another place with --output, or give --overwrite to replace it without carrying anything over."
_MOST_ROWS, _MOST_CELLS = 3, 12  # rows of somebody's own columns, and cells, that a finding names

Decided = dict[tuple[str, str], Answer]  # by team id and question


def carry(collation: Collation, stored: Stored, edits: Edits, name: str, sheets: Sequence[SheetSpec]) -> Collation:
    """The collation with everything that people typed into the workbook it will replace.

    Args:
        collation: the round as the returns tell it.
        stored: the record of that workbook.
        edits: what else people typed into it.
        name: what it is called.
        sheets: the sheets that we write.

    Raises:
        ImpactError: that workbook holds another questionnaire or another round.
    """
    _of_this_round(collation, stored)
    findings: list[Finding] = []
    notes = comments.merge(stored.comments, TeamLookup(collation, stored), findings)
    collation = replace(collation, results=tuple(_with_notes(result, notes.notes) for result in collation.results))
    lookup = TeamLookup(collation, stored)
    decided, waiting = _corrections(collation.questionnaire, stored, edits, lookup, findings)
    collation = replace(collation, results=tuple(_with_decided(result, decided) for result in collation.results))
    lookup = TeamLookup(collation, stored)
    plan = actions.merge(collation, stored.actions, lookup, findings)
    findings += (_not_carried(loss, name) for loss in edits.losses)
    findings += (found("text-as-values", Where(name), what=what) for what in edits.formulas)
    open_findings = [
        finding
        for finding in collation.to_fix
        if (finding.team_id, finding.question) not in decided or finding.rule.id not in _SETTLED
    ]
    carried = Carried(
        corrections=len(decided),
        actions=plan.rows,
        statuses=plan.worked_on,
        added=plan.added,
        waiting=tuple(waiting),
        notes=notes.marks,
        comments=tuple(notes.rows),
        columns=edits.columns,
        sheets=edits.sheets,
    )
    collation = replace(collation, to_fix=tuple(in_order([*open_findings, *findings])), carried=carried)
    cells, losses = _cells(collation, edits, lookup, sheets)
    return replace(
        collation,
        to_fix=tuple(in_order([*collation.to_fix, *(_not_carried(loss, name) for loss in losses)])),
        carried=replace(carried, cells=cells, lost=len(edits.losses) + len(losses)),
    )


def _of_this_round(collation: Collation, stored: Stored) -> None:
    for what, ours in (("Questionnaire's id", collation.questionnaire.id), ("Round's id", collation.round.id)):
        theirs = str(stored.made_from.get(what, ""))
        if theirs and ours and normalise(theirs) != normalise(ours):
            raise ImpactError(
                f"The workbook that is there already holds another {what.partition(chr(39))[0].lower()}: "
                f"“{theirs}”, not “{ours}”",
                _OTHER_PLACE,
            )


def _not_carried(loss: Loss, name: str) -> Finding:
    cells = first_few(loss.cells, _MOST_CELLS, separator=" ", more=" ...")
    return found("text-not-kept", Where(name, loss.sheet, cells), what=loss.what)


def _with_notes(result: TeamResult, notes: Mapping[tuple[str, str], str]) -> TeamResult:
    """A team's result with the notes that people edited."""
    edited = {
        question: replace(answer, note=notes[result.team.id, question])
        for question, answer in result.answers.items()
        if (result.team.id, question) in notes
    }
    if not result.used or not edited:
        return result
    return replace(result, used=replace(result.used, answers={**result.answers, **edited}))


# -- corrections ------------------------------------------------------------------------------------


def _corrections(
    questionnaire: Questionnaire, stored: Stored, edits: Edits, lookup: TeamLookup, findings: list[Finding]
) -> tuple[Decided, list[StoredAnswer]]:
    """The answers that corrections make, and the corrections for which there is no answer at present."""
    calculated = (row for row in stored.corrections if (row.team_id, row.question) not in edits.uncalculated)
    decided: Decided = {}
    waiting: list[StoredAnswer] = []
    for rows in (_by_answer(stored.waiting, lookup) | _by_answer(calculated, lookup)).values():  # the newer word counts
        row, result = rows[0], _result_of(rows[0], lookup)
        if len({_parse_correction(each, questionnaire) or normalise(each.level) for each in rows}) > 1:
            findings.append(_not_corrected(row, result, f"the workbook says two things of it: {_levels(rows)}"))
            waiting += rows
            continue
        answer, ended = _corrected(row, result, questionnaire, findings)
        if answer and result:
            decided[result.team.id, answer.question] = answer
        elif not ended:
            waiting.append(row)
    return decided, waiting


def _by_answer(rows: Iterable[StoredAnswer], lookup: TeamLookup) -> dict[tuple[str, str], list[StoredAnswer]]:
    """The rows by the team, as it is called now, and the question that they correct."""
    by_answer: defaultdict[tuple[str, str], list[StoredAnswer]] = defaultdict(list)
    for row in rows:
        result = _result_of(row, lookup)
        by_answer[result.team.id if result else normalise(row.team_id or row.team), row.question].append(row)
    return by_answer


def _result_of(row: StoredAnswer, lookup: TeamLookup) -> TeamResult | None:
    return lookup.of(row.team_id, row.team, row.where.file)


def _levels(rows: Iterable[StoredAnswer]) -> str:
    return " and ".join(dict.fromkeys(_level(row) for row in rows))


def _level(row: StoredAnswer) -> str:
    return f"“{row.level}”" if row.level else "no level"


def _not_corrected(row: StoredAnswer, result: TeamResult | None, why: str) -> Finding:
    team = {"team_id": result.team.id, "team": result.team.name} if result else {"team": row.team}
    who = result.team.name if result else row.team
    return found("answer-not-kept", row.where, **team, question=row.question, who=who, what=_level(row), why=why)


def _corrected(
    row: StoredAnswer, result: TeamResult | None, questionnaire: Questionnaire, findings: list[Finding]
) -> tuple[Answer | None, bool]:
    """The answer that a correction makes, and whether it has come to its end; adds what a person should know."""
    answer, judged = result.answers.get(row.question) if result else None, _parse_correction(row, questionnaire)
    if result is None or answer is None or judged is None or _is_another_question(row, questionnaire):
        findings.append(_not_corrected(row, result, _why_not(row, result, questionnaire)))
        return None, False
    state, level = judged
    if (state, level) == (answer.state, answer.level):
        return None, True  # the copies say the same by now
    as_read = answer.state_read or answer.state
    now, before = questionnaire.level_name(answer.level_read) or STATE_LABELS[as_read], row.level_read or row.state_read
    facts = {"team_id": result.team.id, "team": result.team.name, "question": row.question, "what": _level(row)}
    if normalise(now) != normalise(before) or answer.decided_by is not DecidedBy.COPY:
        findings.append(found("answer-kept", answer.where, **facts, copy=f"“{now}”", before=f"“{before}”"))
    else:
        findings.append(found("answer-by-hand", answer.where, **facts, copy=f"“{now}”"))
    return replace(answer, state=state, level=level, decided_by=DecidedBy.WORKBOOK, state_read=as_read), True


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
    return "no copy of this team counts" if row.question not in result.answers else "that is none of the levels"


def _parse_correction(row: StoredAnswer, questionnaire: Questionnaire) -> tuple[State, int | None] | None:
    """The state and level that a correction gives, by a level's name or number; None where its text is no level."""
    if not row.level:
        return State.BLANK, None
    level = level_of(row.level, questionnaire)
    if level is None:
        return None
    return (State.ANSWERED, level) if level else (State.NOT_APPLICABLE, None)


def _with_decided(result: TeamResult, decided: Decided) -> TeamResult:
    """A team's result with the answers that people decided."""
    if not result.used or not any((result.team.id, question) in decided for question in result.answers):
        return result
    answers = {question: decided.get((result.team.id, question), answer) for question, answer in result.answers.items()}
    judged = replace(result.used, answers=answers)
    return replace(result, used=judged, status=judged.status)


# -- columns of their own ----------------------------------------------------------------------------


def _cells(
    collation: Collation, edits: Edits, lookup: TeamLookup, sheets: Sequence[SheetSpec]
) -> tuple[dict[str, dict[Key, StoredRow]], list[Loss]]:
    """What stands in people's own columns, by sheet and row; and what stood beside rows that are gone."""
    by_sheet: dict[str, dict[Key, StoredRow]] = {}
    losses: list[Loss] = []
    for spec in sheets:
        heads = edits.columns.get(spec.name)
        if not heads or not isinstance(spec.body, TableSpec) or not spec.body.keys:
            continue
        rows = edits.rows[spec.name]
        there = set(spec.body.keys.of_round(collation))
        cells: dict[Key, StoredRow] = {}
        gone: list[StoredRow] = []
        for key, row in zip(spec.body.keys.of_stored(rows, lookup), rows, strict=True):
            own = {head: row[head] for head in heads if cell_text(row[head])}
            if own and key in there and key not in cells:
                cells[key] = own
            elif own:
                gone.append(row)
        by_sheet[spec.name] = cells
        if gone:
            losses.append(Loss(spec.name, _what_is_gone(gone, heads, spec.body.marker)))
    return by_sheet, losses


def _what_is_gone(rows: Sequence[StoredRow], heads: Sequence[str], marker: str) -> str:
    words = first_few([_in_words(row, heads, marker) for row in rows], _MOST_ROWS, separator="; ", more="; and {} more")
    beside = plural(len(rows), "row that is", "rows that are")
    return f"your own columns held something beside {beside} gone: {words}"


def _in_words(row: StoredRow, heads: Sequence[str], marker: str) -> str:
    names = [cell_text(row[head]) for head in ("Team", "Ref", "Rule") if cell_text(row.get(head))]
    about = ", ".join(names) or cell_text(row.get(marker))
    return f"{about}: " + ", ".join(f"{head} “{cell_text(row[head])}”" for head in heads if cell_text(row[head]))
