"""Copies in other words, and copies that ask more than their round does: read as what the round asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from impact_xl.findings import Finding, found
from impact_xl.form import layout
from impact_xl.form.layout import Line, parse_key
from impact_xl.form.plans import plan
from impact_xl.questionnaire import Questionnaire, normalise
from impact_xl.returns.formats.grid import Content, Grid
from impact_xl.returns.submission import Submission
from impact_xl.wording import first_few, plural

_SHOWN = 6  # questions that a message names


def in_own_words(content: Content, questionnaire: Questionnaire) -> Content:
    """What was read, with each text of an overlay as the questionnaire itself words it."""
    if not questionnaire.overlays:
        return content
    own = _own_words(questionnaire)
    return replace(content, grids=tuple(_translated(grid, own) for grid in content.grids))


def _translated(grid: Grid, own: Mapping[str, str]) -> Grid:
    cells = {
        place: own.get(normalise(value), value) if isinstance(value, str) else value
        for place, value in grid.cells.items()
    }
    return replace(grid, cells=cells)


@lru_cache(maxsize=4)
def _own_words(questionnaire: Questionnaire) -> Mapping[str, str]:
    """The questionnaire's own text for each text of the form that an overlay words otherwise, as it is compared."""
    return {
        normalise(theirs): mine
        for worded in questionnaire.overlays
        for ours, others in zip(plan(questionnaire), plan(worded), strict=True)
        for one, other in zip(ours.lines, others.lines, strict=True)
        for mine, theirs in zip(_texts(one), _texts(other), strict=True)
        if mine != theirs
    }


def _texts(line: Line) -> tuple[str, str]:
    """The text of a line as it may stand on the form."""
    return line.text, f"{layout.BULLET}{line.text}"


def to_read(content: Content, questionnaire: Questionnaire) -> Questionnaire:
    """What the copies in a file ask: the whole questionnaire where they hold a question that the round does not ask."""
    whole = questionnaire.whole
    if whole and any(_is_of_another(value, whole, questionnaire) for g in content.grids for value in g.cells.values()):
        return whole
    return questionnaire


def _is_of_another(value: object, whole: Questionnaire, part: Questionnaire) -> bool:
    if not isinstance(value, str):
        return False
    key = parse_key(value)
    owner = key.owner if key else whole.by_statement.get(normalise(value), ("",))[0]
    return owner in whole.by_id and owner not in part.by_id


def part_of(submission: Submission, questionnaire: Questionnaire) -> Submission:
    """A copy without what the round does not ask; a note says what that is."""
    others = [question for question in submission.questions if question not in questionnaire.by_id]
    if not others:
        return submission
    return replace(
        submission,
        questions={key: marks for key, marks in submission.questions.items() if key in questionnaire.by_id},
        sheets_missing=tuple(each for each in submission.sheets_missing if each in questionnaire.component_by_id),
        findings=(*submission.findings, _more(submission, others)),
    )


def _more(submission: Submission, others: list[str]) -> Finding:
    what = f"{plural(len(others), 'question')} ({first_few(others, _SHOWN)})"
    return found("form-more-questions", submission.where, team=submission.team, what=what)
