"""What people typed into a consolidated workbook, carried over into the one that replaces it.

Corrections made in Answers stand against whatever the returns say now; actions, edited comments, and rows, columns
and sheets that people added go with it; whatever cannot be carried over is said: nothing that somebody typed is lost
without a word.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from impact_xl.findings import Finding, ImpactError, Where, found, in_order
from impact_xl.questionnaire import Questionnaire, normalise
from impact_xl.results import actions, comments, to_fix
from impact_xl.results.edits.detect import Lost, Row, Typed
from impact_xl.results.edits.match_rows import TeamLookup
from impact_xl.results.report import ANSWERS, COMMENTS, COMPONENTS, HEATMAP, QUESTIONS, STATE_LABELS, TEAMS, TO_FIX
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
_MOST_SAID = 3  # rows of somebody's own columns that a finding repeats

Key = tuple[str, ...]  # what tells a row of a sheet from the others
Decided = dict[tuple[str, str], Answer]  # by team id and question


def carry(collation: Collation, stored: Stored, typed: Typed, name: str) -> Collation:
    """The collation with everything that people typed into the workbook it will replace.

    Args:
        collation: the round as the returns tell it.
        stored: the record of that workbook.
        typed: what else people typed into it.
        name: what it is called.

    Raises:
        ImpactError: that workbook holds another questionnaire or another round.
    """
    _of_this_round(collation, stored)
    told: list[Finding] = []
    noted = comments.kept(stored.comments, TeamLookup(collation, stored), told)
    collation = replace(collation, results=tuple(_with_notes(result, noted.notes) for result in collation.results))
    owners = TeamLookup(collation, stored)
    decided, waiting = _corrections(collation.questionnaire, stored, typed, owners, told)
    collation = replace(collation, results=tuple(_with(result, decided) for result in collation.results))
    owners = TeamLookup(collation, stored)
    planned = actions.kept(collation, stored.actions, owners, told)
    told += (_not_kept(lost, name) for lost in typed.lost)
    told += (found("text-as-values", Where(name), what=what) for what in typed.formulas)
    settled = [
        finding
        for finding in collation.to_fix
        if (finding.team_id, finding.question) not in decided or finding.rule.id not in _SETTLED
    ]
    listed = in_order([*settled, *told])
    cells, homeless = _cells(collation, typed, owners, noted, listed)
    listed = in_order([*listed, *(_not_kept(lost, name) for lost in homeless)])
    return replace(
        collation,
        to_fix=tuple(listed),
        carried=Carried(
            corrections=len(decided),
            actions=planned.rows,
            statuses=planned.worked_on,
            added=planned.added,
            waiting=tuple(waiting),
            notes=noted.marks,
            comments=tuple(noted.rows),
            columns=typed.columns,
            cells=cells,
            sheets=typed.sheets,
            lost=len(typed.lost) + len(homeless),
        ),
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


def _not_kept(lost: Lost, name: str) -> Finding:
    cells = " ".join(lost.cells[:_MOST_CELLS]) + (" ..." if len(lost.cells) > _MOST_CELLS else "")
    return found("text-not-kept", Where(name, lost.sheet, cells), what=lost.what)


_MOST_CELLS = 12  # that a finding names


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
    questionnaire: Questionnaire, stored: Stored, typed: Typed, owners: TeamLookup, told: list[Finding]
) -> tuple[Decided, list[StoredAnswer]]:
    """The answers that corrections make, and the corrections for which there is no answer at present."""
    kept = (row for row in stored.corrections if (row.team_id, row.question) not in typed.uncalculated)
    decided: Decided = {}
    waiting: list[StoredAnswer] = []
    for rows in (_by_owner(stored.waiting, owners) | _by_owner(kept, owners)).values():  # the newer word counts
        row, owner = rows[0], _owner_of(rows[0], owners)
        if len({_parse_correction(each, questionnaire) or normalise(each.level) for each in rows}) > 1:
            _tell_not_kept(row, owner, f"the workbook says two things of it: {_levels(rows)}", told)
            waiting += rows
            continue
        answer, ended = _corrected(row, owner, questionnaire, told)
        if answer and owner:
            decided[owner.team.id, answer.question] = answer
        elif not ended:
            waiting.append(row)
    return decided, waiting


def _by_owner(rows: Iterable[StoredAnswer], owners: TeamLookup) -> dict[tuple[str, str], list[StoredAnswer]]:
    held: defaultdict[tuple[str, str], list[StoredAnswer]] = defaultdict(list)
    for row in rows:
        owner = _owner_of(row, owners)
        held[owner.team.id if owner else normalise(row.team_id or row.team), row.question].append(row)
    return held


def _owner_of(row: StoredAnswer, owners: TeamLookup) -> TeamResult | None:
    return owners.of(row.team_id, row.team, row.where.file)


def _levels(rows: Iterable[StoredAnswer]) -> str:
    return " and ".join(dict.fromkeys(_said(row) for row in rows))


def _said(row: StoredAnswer) -> str:
    return f"“{row.level}”" if row.level else "no level"


def _tell_not_kept(row: StoredAnswer, owner: TeamResult | None, why: str, told: list[Finding]) -> None:
    team = {"team_id": owner.team.id, "team": owner.team.name} if owner else {"team": row.team}
    who = owner.team.name if owner else row.team
    told.append(found("answer-not-kept", row.where, **team, question=row.question, who=who, what=_said(row), why=why))


def _corrected(
    row: StoredAnswer, owner: TeamResult | None, questionnaire: Questionnaire, told: list[Finding]
) -> tuple[Answer | None, bool]:
    """The answer that a correction makes, and whether it has come to its end; what a person should know is told."""
    answer, judged = owner.answers.get(row.question) if owner else None, _parse_correction(row, questionnaire)
    if owner is None or answer is None or judged is None or _asked_otherwise(row, questionnaire):
        _tell_not_kept(row, owner, _why_lost(row, owner, questionnaire), told)
        return None, False
    state, level = judged
    if (state, level) == (answer.state, answer.level):
        return None, True  # the copies say the same by now
    as_read = answer.state_read or answer.state
    now, before = questionnaire.level_name(answer.level_read) or STATE_LABELS[as_read], row.level_read or row.state_read
    facts = {"team_id": owner.team.id, "team": owner.team.name, "question": row.question, "what": _said(row)}
    if normalise(now) != normalise(before) or answer.decided_by is not DecidedBy.COPY:
        told.append(found("answer-kept", answer.where, **facts, copy=f"“{now}”", before=f"“{before}”"))
    else:
        told.append(found("answer-by-hand", answer.where, **facts, copy=f"“{now}”"))
    return replace(answer, state=state, level=level, decided_by=DecidedBy.WORKBOOK, state_read=as_read), True


def _asked_otherwise(row: StoredAnswer, questionnaire: Questionnaire) -> bool:
    """Whether the question's id means another question now."""
    question = questionnaire.by_id.get(row.question)
    return question is not None and row.short != "" and normalise(row.short) != normalise(question.short)


def _why_lost(row: StoredAnswer, owner: TeamResult | None, questionnaire: Questionnaire) -> str:
    if owner is None:
        return "this team is neither on the team list nor among the returns"
    if row.question not in questionnaire.by_id:
        return "it is asked no longer"
    if _asked_otherwise(row, questionnaire):
        return f"it asked something else then: “{row.short}”"
    return "no copy of this team counts" if row.question not in owner.answers else "that is none of the levels"


def _parse_correction(row: StoredAnswer, questionnaire: Questionnaire) -> tuple[State, int | None] | None:
    """The state and level that a correction gives, by a level's name or number; None where its text is no level."""
    if not row.level:
        return State.BLANK, None
    level = level_of(row.level, questionnaire)
    if level is None:
        return None
    return (State.ANSWERED, level) if level else (State.NOT_APPLICABLE, None)


def _with(result: TeamResult, decided: Decided) -> TeamResult:
    """A team's result with the answers that people decided."""
    if not result.used or not any((result.team.id, question) in decided for question in result.answers):
        return result
    answers = {question: decided.get((result.team.id, question), held) for question, held in result.answers.items()}
    judged = replace(result.used, answers=answers)
    return replace(result, used=judged, status=judged.status)


# -- columns of their own ----------------------------------------------------------------------------


def _cells(
    collation: Collation, typed: Typed, owners: TeamLookup, noted: comments.MergedComments, findings: Sequence[Finding]
) -> tuple[dict[str, dict[Key, Row]], list[Lost]]:
    """What stands in people's own columns, by sheet and row; and what spoke of rows that are gone."""
    cells: dict[str, dict[Key, Row]] = {}
    homeless: list[Lost] = []
    for sheet, heads in typed.columns.items():
        rows = typed.rows[sheet]
        keys = _KEYS[sheet](rows, owners)
        there = _there(collation, sheet, noted, findings)
        held: dict[Key, Row] = {}
        gone: list[Row] = []
        for key, row in zip(keys, rows, strict=True):
            own = {head: row[head] for head in heads if cell_text(row[head])}
            if own and key in there and key not in held:
                held[key] = own
            elif own:
                gone.append(row)
        cells[sheet] = held
        if gone:
            homeless.append(Lost(sheet, _what_is_gone(gone, heads)))
    return cells, homeless


def _what_is_gone(rows: Sequence[Row], heads: Sequence[str]) -> str:
    words = first_few([_in_words(row, heads) for row in rows], _MOST_SAID, separator="; ", more="; and {} more")
    beside = plural(len(rows), "row that is", "rows that are")
    return f"your own columns held something beside {beside} gone: {words}"


def _in_words(row: Row, heads: Sequence[str]) -> str:
    about = ", ".join(cell_text(row[head]) for head in ("Team", "Ref", "Rule") if cell_text(row.get(head)))
    return f"{about}: " + ", ".join(f"{head} “{cell_text(row[head])}”" for head in heads if cell_text(row[head]))


def _there(collation: Collation, sheet: str, noted: comments.MergedComments, findings: Sequence[Finding]) -> set[Key]:
    """The rows that a sheet will have."""
    questionnaire, results = collation.questionnaire, collation.results
    match sheet:
        case "Components":
            return {(component.id,) for component in questionnaire.components}
        case "Questions":
            return {(question.id,) for question in questionnaire.questions}
        case "Teams" | "Heatmap":
            return {(result.team.id,) for result in results}
        case "To fix":
            return set(to_fix.keys(findings))
    return {
        (result.team.id, question)
        for result in results
        for question, answer in result.answers.items()
        if sheet != COMMENTS or answer.note or (result.team.id, question) in noted.marks
    }


def _by_team(rows: Sequence[Row], owners: TeamLookup) -> Iterator[Key]:
    for row in rows:
        yield (_owner(row, owners),)


def _by_answer(rows: Sequence[Row], owners: TeamLookup) -> Iterator[Key]:
    for row in rows:
        yield _owner(row, owners), cell_text(row.get("Ref"))


def _by_ref(rows: Sequence[Row], _: TeamLookup) -> Iterator[Key]:
    for row in rows:
        yield (cell_text(row.get("Ref")),)


def _by_finding(rows: Sequence[Row], owners: TeamLookup) -> Iterator[Key]:
    heads = ("Question", "File", "Sheet", "Cell")
    return to_fix.distinct(
        (
            cell_text(row.get("Rule")),
            _owner(row, owners) or cell_text(row.get("Team")),
            *(cell_text(row.get(head)) for head in heads),
        )
        for row in rows
    )


def _owner(row: Row, owners: TeamLookup) -> str:
    owner = owners.of_row(row)
    return owner.team.id if owner else ""


_KEYS: Mapping[str, Callable[[Sequence[Row], TeamLookup], Iterator[Key]]] = {
    COMPONENTS: _by_ref,
    QUESTIONS: _by_ref,
    HEATMAP: _by_team,
    TEAMS: _by_team,
    TO_FIX: _by_finding,
    COMMENTS: _by_answer,
    ANSWERS: _by_answer,
}
