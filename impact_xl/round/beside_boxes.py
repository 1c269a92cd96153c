"""Ticks that stand beside their boxes: over a level's name, before a statement, in another column. Pure."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence

from impact_xl.findings import Finding, Where, found
from impact_xl.questionnaire import Questionnaire
from impact_xl.returns.submission import Mark, QuestionMarks, Sight, SightKind, Submission, Tick
from impact_xl.round.sights import label
from impact_xl.wording import quote, visible

_MOST = 4  # findings of a copy; more are one


def findings(submission: Submission, questionnaire: Questionnaire, counted: Container[str]) -> Iterable[Finding]:
    """Findings for ticks beside their boxes: those that were counted, and those where a box is ticked.

    Args:
        submission: the copy.
        questionnaire: what was asked.
        counted: the questions that have an answer.
    """
    of_counted = (marks for marks in submission.questions.values() if marks.question in counted)
    outside = [(marks, mark) for marks in of_counted for mark in marks.marks if mark.tick_outside_box]
    yield from _outside(
        submission,
        questionnaire,
        [(marks, mark) for marks, mark in outside if mark.tick is Tick.TICKED],
        one="and was counted, as no box is ticked",
        many="no box is ticked but a mark such as {} is next to one level, and this level was counted",
    )
    yield from _outside(
        submission,
        questionnaire,
        [(marks, mark) for marks, mark in outside if mark.tick is Tick.EMPTY],
        one="but the ticked box, {}, was counted",
        many="a mark such as {} is next to another level than the ticked one, which was counted",
    )


def _outside(
    submission: Submission,
    questionnaire: Questionnaire,
    ticks: Sequence[tuple[QuestionMarks, Mark]],
    *,
    one: str,
    many: str,
) -> Iterable[Finding]:
    """A finding for each tick, or one for all of them where they are many.

    Args:
        submission: the copy.
        questionnaire: what was asked.
        ticks: the marks whose ticks stand beside their boxes.
        one: how a finding for one tick ends; `{}` is the level that was counted.
        many: what a finding for all of them says; `{}` is the first tick.
    """
    rule, who = "answer-beside-box", submission.team or "the sender"
    if len(ticks) > _MOST:
        (first, mark), (last, _) = ticks[0], ticks[-1]
        places = f"In {len(ticks)} places, from {first.question} to {last.question}"
        what = f"{places}, {many.format(quote(mark.aside_raw))}"
        yield found(rule, submission.where, team=submission.team, who=who, what=what)
        return
    for marks, mark in ticks:
        where = Where(submission.where.file, marks.sheet, mark.tick_outside_box)
        seen = f"{marks.question}: {in_words(questionnaire, mark)}"
        what = f"{seen}, {one.format(label(questionnaire, marks.ticked[0].level))}"
        yield found(rule, where, team=submission.team, question=marks.question, who=who, what=what)


def in_words(questionnaire: Questionnaire, mark: Mark) -> str:
    """A tick that stands beside a box, as a part of a sentence."""
    why = f", which {mark.aside_doubt}," if mark.aside_doubt else ""
    return f"{quote(visible(mark.aside_raw))}{why} is next to {label(questionnaire, mark.level)}"


def untold(questionnaire: Questionnaire, marks: QuestionMarks, *, is_missing: bool) -> Iterable[Sight]:
    """Ticks beside boxes of a question that is not counted, where what is said of the question says nothing of them."""
    for mark in marks.marks:
        if mark.tick_outside_box and (mark.tick is Tick.EMPTY or is_missing):
            what = f"{quote(visible(mark.aside_raw))} next to {label(questionnaire, mark.level)}"
            yield Sight(SightKind.TEXT, what, marks.sheet, mark.tick_outside_box)
