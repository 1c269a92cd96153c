"""Judge a submission: marks become one answer per question, or the reason why not. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import chain
from operator import attrgetter
from typing import Any

from impact_xl.findings import REASON, SHOWN, Finding, Severity, Where, found
from impact_xl.form.layout import ACTION_STATUSES, CORRECTION, NOT_APPLICABLE_LABEL
from impact_xl.questionnaire import Question, Questionnaire
from impact_xl.returns.submission import (
    Mark,
    QuestionMarks,
    ReturnedFile,
    Sight,
    SightKind,
    Submission,
    Tick,
    Wording,
)
from impact_xl.round import beside_boxes, sights, typed_texts
from impact_xl.round.no_copy import finding_of
from impact_xl.round.sights import label as _label
from impact_xl.wording import join_and, plural, quote, visible

_TOLD_BY_THEMSELVES = (SightKind.WORDING, SightKind.TYPED)
ANOTHER_WAY = "given another way"  # in the place of a file, where decisions alone answer for a team
_NAMED = 4  # a longer list of questions says no more than how many they are


class State(StrEnum):
    """How a question stands; the first of multiple, unclear, missing that holds wins."""

    ANSWERED = "answered"
    NOT_APPLICABLE = "not_applicable"
    BLANK = "blank"
    MULTIPLE = "multiple"
    UNCLEAR = "unclear"
    MISSING = "missing"

    @property
    def counts(self) -> bool:
        """Whether the team has said something that counts."""
        return self is _ANSWERED or self is _NOT_APPLICABLE


_ANSWERED, _NOT_APPLICABLE = State.ANSWERED, State.NOT_APPLICABLE  # it is looked at for every answer, again and again


class Status(StrEnum):
    """How far a team's return has come (AAPOR: final disposition)."""

    COMPLETE = "complete"  # every question answered or not applicable
    PARTIAL = "partial"  # some
    UNUSABLE = "unusable"  # its copy came, but nothing in it counts
    UNREADABLE = "unreadable"  # something came, and nothing of it can be read
    WITHDRAWN = "withdrawn"  # it does not take part, or is a part of another team now
    NONE = "none"  # nothing came

    @property
    def returned(self) -> bool:
        """Whether a form has come back in which something counts."""
        return self in (Status.COMPLETE, Status.PARTIAL)


class DecidedBy(StrEnum):
    """Whose word an answer is."""

    COPY = "copy"
    CORRECTION = "correction"
    OVERRIDE = "override"
    WORKBOOK = "workbook"


@dataclass(frozen=True, slots=True)
class Answer:
    """A team's level for one question, or its state, with the cells it was read from.

    `level` counts from 1 and is None unless the state is answered; `level_read` is as the copy had it.
    """

    question: str
    component: str
    state: State
    level: int | None = None
    level_read: int | None = None
    decided_by: DecidedBy = DecidedBy.COPY
    note: str = ""
    where: Where = Where()
    state_read: State | None = None  # the state as the copy had it, where a person decided otherwise

    def __reduce__(self) -> tuple[Any, ...]:
        return Answer, _FIELDS_OF_ANSWER(self)


_FIELDS_OF_ANSWER = attrgetter(*Answer.__slots__)


@dataclass(frozen=True)
class Judged:
    """A submission with one answer for every question of the questionnaire, in order."""

    submission: Submission  # without its marks: the answers say what became of them
    answers: Mapping[str, Answer]
    findings: tuple[Finding, ...]
    untouched: bool = False  # nothing was filled in but, perhaps, who it is from
    has_marks: bool = True  # something stands in at least one box
    # Where the note of a question stands, if not with its answer. It is no field of an answer, as there are so many.
    places_of_notes: Mapping[str, Where] = field(default_factory=dict)

    @property
    def status(self) -> Status:
        """How far this copy has come."""
        return status_of(self.answers.values())

    @property
    def answered(self) -> int:
        """How many questions count."""
        return sum(answer.state.counts for answer in self.answers.values())

    @property
    def by_decisions(self) -> bool:
        """Whether decisions alone answer for the team, and no copy."""
        return self.submission.where.file == ANOTHER_WAY

    def carries(self, question: str) -> bool:
        """Whether the question stands in this copy; a correction form carries only some."""
        return bool(self.answers[question].where.sheet)


@dataclass(frozen=True)
class JudgedFile:
    """A returned file whose submissions are judged. Their marks, five for every answer, are no longer kept."""

    file: ReturnedFile
    judged: tuple[Judged, ...]

    @property
    def to_fix(self) -> bool:
        """Whether something in it is not counted."""
        findings = chain(self.file.findings, *(each.findings for each in self.judged))
        return any(finding.severity is Severity.ERROR for finding in findings)


def status_of(answers: Iterable[Answer]) -> Status:
    """The status that a copy's answers give."""
    counts = [answer.state.counts for answer in answers]
    if counts and all(counts):
        return Status.COMPLETE
    return Status.PARTIAL if any(counts) else Status.UNUSABLE


def judge_file(file: ReturnedFile, questionnaire: Questionnaire) -> JudgedFile:
    """Judge every copy in a file. An actions form or a pack is none: it stays as read, with a finding that says so."""
    judged = tuple(judge(submission, questionnaire) for submission in file.submissions if submission.is_copy)
    others = tuple(submission for submission in file.submissions if not submission.is_copy)
    findings = [finding for each in others for finding in (finding_of(each), *each.findings, *_odd_statuses(each))]
    return JudgedFile(replace(file, submissions=others, findings=(*file.findings, *findings)), judged)


def judge(submission: Submission, questionnaire: Questionnaire) -> Judged:
    """One answer per question, and a finding for everything a person should know about them.

    A correction form carries only some questions, and the others are not missing from it.
    """
    answers = {
        question.id: _answer(question, submission.questions.get(question.id), submission.where)
        for question in questionnaire.questions
    }
    untouched, has_marks = submission.untouched, submission.has_marks
    findings = _untouched(submission) if untouched else _all_findings(submission, questionnaire, answers)
    judged = replace(submission, questions={}, sights=())
    return Judged(judged, answers, (*submission.findings, *findings), untouched, has_marks)


def _untouched(submission: Submission) -> Iterable[Finding]:
    yield found("form-untouched", submission.where, team=submission.team, who=_sender(submission))


def _all_findings(
    submission: Submission, questionnaire: Questionnaire, answers: Mapping[str, Answer]
) -> Iterable[Finding]:
    is_correction = submission.reference.kind == CORRECTION
    if not is_correction:
        yield from _missing_sheets(submission, questionnaire)
    if is_blank := not submission.has_marks and not submission.sheets_missing:
        facts = {"what": sights.in_short(submission) or "the form was changed", "who": _sender(submission)}
        yield found("form-no-ticks", submission.where, team=submission.team, **facts)
    for question in questionnaire.questions:
        marks = submission.questions.get(question.id)
        if is_blank and marks and not marks.sights and not marks.damaged:
            continue  # the copy as a whole is asked about
        if question.component not in submission.sheets_missing and (marks or not is_correction):
            yield from _about_question(submission, questionnaire, marks, answers[question.id])
    yield from _extra_content(submission, questionnaire, answers)
    yield from _unusual_marks(submission, questionnaire, answers)
    yield from _odd_statuses(submission)
    yield from typed_texts.findings(submission)


def _answer(question: Question, marks: QuestionMarks | None, file: Where) -> Answer:
    if marks is None:
        return Answer(question.id, question.component, State.MISSING, where=file)
    state, level = _state(marks)
    where = Where(file.file, marks.sheet, marks.marks.cells)
    return Answer(question.id, question.component, state, level, level, note=marks.note, where=where)


def _state(marks: QuestionMarks) -> tuple[State, int | None]:
    """The state, first that holds, and the level where there is exactly one tick."""
    ticked = marks.marks.ticked
    if len(ticked) > 1:
        return State.MULTIPLE, None
    if marks.lost:
        return State.MISSING, None
    if marks.marks.some_unclear or sights.against_tick(marks):
        return State.UNCLEAR, None
    if marks.damaged:
        return State.MISSING, None
    if not ticked:
        return State.BLANK, None
    return (State.ANSWERED, ticked[0].level) if ticked[0].level else (State.NOT_APPLICABLE, None)


def _sender(submission: Submission) -> str:
    """Whom a mend speaks of."""
    return submission.team or "the sender"


# -- findings about the copy ------------------------------------------------------------------------


def _missing_sheets(submission: Submission, questionnaire: Questionnaire) -> Iterable[Finding]:
    for identity in submission.sheets_missing:
        component = questionnaire.component_by_id[identity]
        yield found(
            "form-sheet-missing",
            submission.where,
            team=submission.team,
            component=f"“{component.title}”",
            count=plural(len(component.questions), "question"),
            who=_sender(submission),
        )


def _unusual_marks(
    submission: Submission, questionnaire: Questionnaire, answers: Mapping[str, Answer]
) -> Iterable[Finding]:
    if not all(marks.marks.are_plain for marks in submission.questions.values()):
        yield from _odd_marks(submission)
        counted = {question for question, answer in answers.items() if answer.state.counts}
        yield from beside_boxes.findings(submission, questionnaire, counted)


def _odd_marks(submission: Submission) -> Iterable[Finding]:
    """One note for each unusual mark that was taken as a tick, however many boxes of a copy have it."""
    boxes_by_mark: dict[str, list[tuple[QuestionMarks, Mark]]] = {}
    for marks in submission.questions.values():
        for mark in marks.marks:
            if mark.odd and mark.tick is Tick.TICKED and not mark.doubt:
                boxes_by_mark.setdefault(f"{quote(visible(mark.raw))}{mark.font}", []).append((marks, mark))
    for raw, boxes in boxes_by_mark.items():
        marks, mark = boxes[0]
        questions = [each.question for each, _ in boxes]
        place = (
            f"in {join_and(questions)}"
            if len(boxes) <= _NAMED
            else f"in {len(boxes)} boxes, from {questions[0]} to {questions[-1]},"
        )
        yield found(
            "answer-odd-mark",
            Where(submission.where.file, marks.sheet, mark.cell) if len(boxes) == 1 else submission.where,
            team=submission.team,
            question=marks.question if len(boxes) == 1 else "",
            what=f"{raw} {place}",
        )


def _extra_content(
    submission: Submission, questionnaire: Questionnaire, answers: Mapping[str, Answer]
) -> Iterable[Finding]:
    """What stands on a copy beside its answers, where no other finding says it; and notes that name another level."""
    extras = [sight for sight in submission.sights if sight.kind is not SightKind.TYPED]
    for marks in submission.questions.values():
        if not marks.sights and marks.marks.are_plain:
            continue  # as nearly always
        answer = answers[marks.question]
        extras += _left_for_the_copy(questionnaire, marks, answer)
        for sight in marks.sights:
            is_note = sight.kind is SightKind.NOTE and answer.state.counts
            if is_note and (answer.level or 0) not in (sight.levels or ()):
                yield _note_beside(submission, marks, sight)
    if extras:
        first = extras[0]
        at = Where(submission.where.file, first.sheet, first.cell) if len(extras) == 1 else submission.where
        yield found("form-extra-content", at, team=submission.team, what=sights.in_list(extras))


def _left_for_the_copy(questionnaire: Questionnaire, marks: QuestionMarks, answer: Answer) -> Iterable[Sight]:
    """What is seen of a question, and that no finding about it says."""
    if not (marks.marks.are_plain or answer.state.counts):
        yield from beside_boxes.untold(questionnaire, marks, is_missing=answer.state is State.MISSING)
    with_question = answer.state in (State.BLANK, State.MULTIPLE, State.UNCLEAR)
    for sight in marks.sights:
        is_elsewhere = sight.kind is SightKind.NOTE or sight.kind in _TOLD_BY_THEMSELVES
        if not is_elsewhere and (not with_question or sight.kind is SightKind.TEXT):
            yield sight


def _note_beside(submission: Submission, marks: QuestionMarks, note: Sight) -> Finding:
    where = Where(submission.where.file, note.sheet, marks.note_cell)
    what = f"{marks.question}: {note.what}, but the ticked box, another level, was counted"
    facts = {"what": what, "who": _sender(submission)}
    return found("answer-beside-box", where, team=submission.team, question=marks.question, **facts)


def _odd_statuses(submission: Submission) -> Iterable[Finding]:
    """A finding for each status that is none of the words to choose from."""
    for report in submission.actions:
        if report.typed and not report.status:
            where = Where(submission.where.file, report.sheet, report.cell)
            facts = {"what": quote(report.action.what), "typed": quote(report.typed)}
            words = ", ".join(ACTION_STATUSES)
            yield found("text-odd-status", where, team=submission.team, words=words, **facts)


# -- findings about one question --------------------------------------------------------------------

_BOX_OR_TICK = {Tick.TICKED: "tick", Tick.UNCLEAR: "box", Tick.EMPTY: "box"}
_Remark = tuple[str, str, dict[str, str]]  # a rule, the cells that it is about, and what the finding says of them


def _about_question(
    submission: Submission, questionnaire: Questionnaire, marks: QuestionMarks | None, answer: Answer
) -> Iterable[Finding]:
    """Every finding about one question."""
    if marks and answer.state.counts and marks.is_whole:
        return  # nothing is to be said of nearly all
    for rule, cells, facts in _remarks(questionnaire, marks, answer):
        where = Where(submission.where.file, marks.sheet if marks else "", cells)
        yield found(rule, where, team=submission.team, question=answer.question, who=_sender(submission), **facts)


def _remarks(questionnaire: Questionnaire, marks: QuestionMarks | None, answer: Answer) -> Iterable[_Remark]:
    if marks is None or marks.lost:
        yield "form-rows-missing", "", {"what": marks.lost if marks else "none of its rows is in this copy"}
        return
    yield from _about_state(questionnaire, marks, answer)
    yield from _about_rows(questionnaire, marks)
    yield from _about_wording(questionnaire, marks, answer)


def _about_state(questionnaire: Questionnaire, marks: QuestionMarks, answer: Answer) -> Iterable[_Remark]:
    """Why the question has no answer."""
    if answer.state is State.BLANK:
        yield "answer-blank", answer.where.cell, _blank(questionnaire, marks)
    elif answer.state is State.MULTIPLE:
        levels = join_and(_label(questionnaire, mark.level) for mark in marks.ticked)
        doubts = (f"{_label(questionnaire, mark.level)} {mark.doubt}" for mark in marks.ticked if mark.doubt)
        beside = sights.in_clauses(_telling(marks), marks.sheet)
        yield "answer-multiple", answer.where.cell, {"what": "; ".join(filter(None, (levels, *doubts, beside)))}
    elif answer.state is State.UNCLEAR:
        doubtful = (mark.cell for mark in marks.marks if mark.tick is Tick.UNCLEAR or mark.doubt)
        against = (each.cell for each in sights.against_tick(marks) if each.sheet == marks.sheet)
        cells = dict.fromkeys(cell for cells in chain(doubtful, against) for cell in cells.split())
        what = "; ".join(_unclear(questionnaire, marks))
        yield "answer-unclear", " ".join(cells) or answer.where.cell, {"what": what, **_offer(questionnaire, marks)}


def _blank(questionnaire: Questionnaire, marks: QuestionMarks) -> dict[str, str]:
    """What is said of a question without a tick: what is seen beside it, and what to ask the team."""
    seen = sights.in_clauses((*marks.sights, *sights.in_boxes(marks)), marks.sheet)
    level = sights.shown_level(marks)
    ask = "Which level do you choose" if level is None else f"Is {_label(questionnaire, level)} your answer"
    return {"seen": seen and f", but {seen}", "ask": ask, **_offer(questionnaire, marks)}


def _unclear(questionnaire: Questionnaire, marks: QuestionMarks) -> Iterable[str]:
    """What makes a question unclear, each a clause."""
    if marks.doubt:
        yield marks.doubt
        return
    plain, doubtful = [], []
    for mark in marks.marks:
        if mark.doubt:
            doubtful.append(mark)
        elif mark.tick is Tick.UNCLEAR:
            plain.append(mark)
    yield from _contents(questionnaire, marks, plain)
    for mark in doubtful:
        yield f"the {_BOX_OR_TICK[mark.tick]} for {_label(questionnaire, mark.level)} {mark.doubt}"
    yield from _beside_ticks(questionnaire, marks, [*plain, *doubtful])


def _beside_ticks(questionnaire: Questionnaire, marks: QuestionMarks, unclear: Sequence[Mark]) -> Iterable[str]:
    """What else is seen of a question; where all of its marks are plain, as what speaks against its tick."""
    in_boxes = {mark.cell for mark in unclear if mark.tick is Tick.UNCLEAR}
    if seen := sights.in_clauses([each for each in _telling(marks) if each.cell not in in_boxes], marks.sheet):
        ticked = [] if unclear else [_as_ticked(questionnaire, mark) for mark in marks.ticked]
        yield f"{ticked[0]}, but {seen}" if ticked else seen


def _as_ticked(questionnaire: Questionnaire, mark: Mark) -> str:
    """How a tick stands at its level."""
    return (
        beside_boxes.in_words(questionnaire, mark)
        if mark.tick_outside_box
        else f"{_label(questionnaire, mark.level)} is ticked"
    )


def _contents(questionnaire: Questionnaire, marks: QuestionMarks, unclear: Iterable[Mark]) -> Iterable[str]:
    """What boxes hold that is neither a tick nor empty."""
    pictures = {each.cell for each in marks.sights if each.kind is SightKind.DRAWING}
    by_content: dict[str, list[str]] = {}
    for mark in unclear:
        content = "a picture" if mark.cell in pictures else f"{quote(visible(mark.raw))}{mark.font}"
        by_content.setdefault(content, []).append(_label(questionnaire, mark.level))
    for content, labels in by_content.items():
        box_holds = "box for {} holds" if len(labels) == 1 else "boxes for {} hold"
        yield f"the {box_holds.format(join_and(labels))} {content}, which is neither a tick nor empty"


def _telling(marks: QuestionMarks) -> list[Sight]:
    """What is told with a question that is not counted; texts that name no level are told of the copy."""
    return [each for each in marks.sights if each.kind not in (SightKind.NOTE, SightKind.TEXT, *_TOLD_BY_THEMSELVES)]


def _offer(questionnaire: Questionnaire, marks: QuestionMarks) -> dict[str, str]:
    """The level that a finding offers as a line for the decisions, where exactly one is shown."""
    level = sights.shown_level(marks)
    if level is None:
        return {}
    seen = sights.in_clauses(marks.sights, marks.sheet) or "; ".join(_unclear(questionnaire, marks))
    return {SHOWN: questionnaire.level_name(level) or NOT_APPLICABLE_LABEL, REASON: seen}


def _about_rows(questionnaire: Questionnaire, marks: QuestionMarks) -> Iterable[_Remark]:
    """The rows that cannot be used."""
    if marks.damaged:
        damage = (f"the row for {_label(questionnaire, level)} {what}" for level, what in sorted(marks.damaged.items()))
        yield "form-rows-missing", "", {"what": join_and(damage)}


def _about_wording(questionnaire: Questionnaire, marks: QuestionMarks, answer: Answer) -> Iterable[_Remark]:
    """The boxes beside which not the statement of their level stands."""
    changed = [each for each in marks.sights if each.kind is SightKind.WORDING]
    if answer.state is not State.BLANK:  # which says what is seen itself
        yield from (("form-wording-changed", each.cell, {"what": each.what}) for each in changed)
    for mark in marks.marks:
        label = _label(questionnaire, mark.level)
        if mark.wording is Wording.GONE and mark.tick is Tick.TICKED:
            yield "answer-by-name-only", mark.cell, {"what": label}
        elif mark.wording in (Wording.EDITED, Wording.RENAMED) and not changed:
            yield "form-wording-changed", mark.cell, {"what": f"the wording of {label} was edited in this copy"}
