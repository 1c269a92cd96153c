"""Marks become one answer a question, or the reason why not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rounds_in_memory import QUESTIONNAIRE, marks, submission

from impact_xl.findings import Severity
from impact_xl.form.layout import NOT_APPLICABLE_LABEL
from impact_xl.returns.submission import (
    Mark,
    Marks,
    Priority,
    QuestionMarks,
    Sight,
    SightKind,
    Submission,
    Tick,
    Wording,
)
from impact_xl.round.answers import Answer, Judged, State, Status, judge, status_of
from impact_xl.round.overrides import level_of

T, E, U = Tick.TICKED, Tick.EMPTY, Tick.UNCLEAR
ANSWERS = {question.id: 3 for question in QUESTIONNAIRE.questions}


def judged(ticks: list[Tick], damaged: dict[int, str] | None = None, **more: object) -> tuple[Answer, list[str]]:
    """The answer to Q02, and the rules found, where its boxes (“not applicable” first) stand so."""
    boxes = Marks(Mark(level, tick, f"B{level + 9}", raw="?" * (tick is U), **more) for level, tick in enumerate(ticks))
    copy = submission("Ash", ANSWERS)
    copy.questions["Q02"] = QuestionMarks("Q02", "1 Vision", boxes, damaged or {}, "a note", "D20")
    result = judge(copy, QUESTIONNAIRE)
    return result.answers["Q02"], [finding.rule.id for finding in result.findings]


@pytest.mark.parametrize(
    ("ticks", "damaged", "state", "level", "rules"),
    [
        ([E, E, T, E, E, E], {}, State.ANSWERED, 2, []),
        ([T, E, E, E, E, E], {}, State.NOT_APPLICABLE, None, []),
        ([E, E, E, E, E, E], {}, State.BLANK, None, ["answer-blank"]),
        ([E, T, T, E, E, E], {}, State.MULTIPLE, None, ["answer-multiple"]),
        ([T, E, E, E, E, T], {}, State.MULTIPLE, None, ["answer-multiple"]),
        ([E, E, U, E, E, E], {}, State.UNCLEAR, None, ["answer-unclear"]),
        ([E, T, U, E, E, E], {}, State.UNCLEAR, None, ["answer-unclear"]),
        ([E, T, T, U, E, E], {}, State.MULTIPLE, None, ["answer-multiple"]),
        ([E, T, E, E, E], {5: "is gone"}, State.MISSING, None, ["form-rows-missing"]),
        ([E, U, E, E, E], {5: "is gone"}, State.UNCLEAR, None, ["answer-unclear", "form-rows-missing"]),
        ([E, T, T, E, E], {5: "is gone"}, State.MULTIPLE, None, ["answer-multiple", "form-rows-missing"]),
        ([], {1: "is gone"}, State.MISSING, None, ["form-rows-missing"]),
    ],
)
def test_the_state_is_the_first_that_holds(ticks, damaged, state, level, rules):
    answer, found = judged(ticks, damaged)
    assert (answer.state, answer.level, answer.level_read, found) == (state, level, level, rules)
    assert (answer.component, answer.note, answer.where.sheet) == ("C1", "a note", "1 Vision")


@pytest.mark.parametrize(
    ("more", "rules"),
    [
        ({"odd": True}, ["answer-odd-mark"]),
        ({"wording": Wording.GONE}, ["answer-by-name-only"]),
        ({"wording": Wording.EDITED}, ["form-wording-changed"] * 6),
    ],
)
def test_what_counts_but_is_reported(more, rules):
    answer, found = judged([E, E, E, T, E, E], **more)
    assert (answer.level, found) == (3, rules)


def test_cells_are_those_of_all_ticks_or_of_the_first_box():
    assert judged([E, T, E, T, E, E])[0].where.cell == "B10 B12"
    assert judged([E] * 6)[0].where.cell == "B9"


any_answer = st.sampled_from([*range(1, 6), "not_applicable", "blank", "multiple", "unclear", "missing"])


@given(st.lists(any_answer, min_size=22, max_size=22))
def test_any_marks_give_the_same_answers_back(answers):
    by_question = {question.id: answer for question, answer in zip(QUESTIONNAIRE.questions, answers, strict=True)}
    result = judge(submission("Ash", by_question), QUESTIONNAIRE)
    assert [answer.level or answer.state.value for answer in result.answers.values()] == answers
    with_errors = {finding.question for finding in result.findings if finding.severity is Severity.ERROR}
    lost = {q for q, answer in by_question.items() if isinstance(answer, str) and answer != "not_applicable"}
    untouched = set(answers) <= {"blank"}
    assert with_errors == ({""} if untouched else lost)
    counts = [answer.state.counts for answer in result.answers.values()]
    assert result.status is (Status.COMPLETE if all(counts) else Status.PARTIAL if any(counts) else Status.UNUSABLE)
    assert result.answered == sum(counts)


def judge_(copy: Submission) -> tuple[Judged, list[str]]:
    result = judge(copy, QUESTIONNAIRE)
    return result, [finding.rule.id for finding in result.findings]


def test_a_copy_that_came_back_as_it_was_sent_gets_one_finding():
    result, rules = judge_(submission("Ash", {}))
    assert (result.status, rules) == (Status.UNUSABLE, ["form-untouched"])


def test_a_priority_makes_a_copy_touched():
    result, rules = judge_(submission("Ash", {}, priorities=(Priority(1, "Start huddles"),)))
    assert (result.status, rules) == (Status.UNUSABLE, ["form-no-ticks"])


def test_a_missing_sheet_is_reported_once_not_per_question():
    copy = submission("Ash", ANSWERS, sheets_missing=("C1",))
    for question in ("Q01", "Q02", "Q03", "Q04"):
        del copy.questions[question]
    result, rules = judge_(copy)
    assert rules == ["form-sheet-missing"]
    assert result.answers["Q01"].state is State.MISSING
    assert "4 questions" in result.findings[0].message


def test_a_question_gone_from_a_sheet_that_is_there():
    copy = submission("Ash", ANSWERS)
    del copy.questions["Q05"]
    assert judge_(copy)[1] == ["form-rows-missing"]


def test_a_long_mark_is_shown_shortened():
    copy = submission("Ash", ANSWERS)
    copy.questions["Q01"] = QuestionMarks("Q01", "1 V", Marks([Mark(1, U, "B9", raw="maybe " * 50)]))
    message = judge(copy, QUESTIONNAIRE).findings[0].message
    assert "…" in message
    assert len(message) < 140


def test_no_answers_are_unusable():
    assert status_of([]) is Status.UNUSABLE
    assert marks(QUESTIONNAIRE, "Q01", "unclear").marks[1].raw == "n/a"


@pytest.mark.parametrize(("text", "cut"), [("x" * 32_767, False), ("x" * 32_768, True), ("😀" * 16_384, True)])
def test_a_text_longer_than_a_cell_is_never_cut_in_silence(text: str, cut: bool) -> None:
    noted = submission("Ash", ANSWERS, notes={"Q03": text})
    wished = submission("Ash", ANSWERS, priorities=(Priority(1, "Huddles", measure=text, sheet="Priorities"),))
    for copy, question in ((noted, "Q03"), (wished, "")):
        found = [finding for finding in judge(copy, QUESTIONNAIRE).findings if finding.rule.id == "text-cut"]
        assert [finding.question for finding in found] == ([question] if cut else [])


@pytest.mark.parametrize("tick", [E, U])
def test_a_shown_level_is_offered_as_a_row_of_decisions(tick: Tick):
    """In the order of the columns of Decisions: team, question, level, file, reason."""
    boxes = Marks(Mark(level, tick if level == 4 else E, f"B{level + 9}", raw="?" * (tick is U)) for level in range(6))
    sight = Sight(SightKind.WORD, "“Spreading”", "1 Vision", "E14", frozenset({4}))
    copy = submission("Ash", ANSWERS)
    copy.questions["Q02"] = QuestionMarks("Q02", "1 Vision", boxes, sights=(sight,))
    finding = next(each for each in judge(copy, QUESTIONNAIRE).findings if each.question == "Q02")
    row = ("Ash", "Q02", "Spreading", copy.where.file, sight.clause)
    assert finding.mend.endswith(f"Ready for Decisions: {' | '.join(row)}")
    assert level_of("Spreading", QUESTIONNAIRE) == 4
    assert level_of(NOT_APPLICABLE_LABEL, QUESTIONNAIRE) == 0
