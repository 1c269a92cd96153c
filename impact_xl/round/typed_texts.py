"""What is to be said of notes, priorities and other texts that people typed; none of it changes an answer. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from impact_xl.findings import Finding, Where, found
from impact_xl.returns.submission import SightKind, Submission
from impact_xl.xlsx.a1 import MOST_CELL_UNITS, cell_units


def findings(submission: Submission) -> Iterable[Finding]:
    """What a person should know about the texts of a copy."""
    yield from _in_doubt(submission)
    yield from _long(submission)


def _in_doubt(submission: Submission) -> Iterable[Finding]:
    """A finding for each note or entry that is crossed out, or that nobody can see."""
    of_questions = [(marks.question, sight) for marks in submission.questions.values() for sight in marks.sights]
    for question, sight in (*of_questions, *(("", sight) for sight in submission.sights)):
        if sight.kind is SightKind.TYPED:
            where, what = Where(submission.where.file, sight.sheet, sight.cell), sight.what
            facts = {"what": f"{question}: {what}" if question else what, "who": submission.team or "the sender"}
            yield found("text-in-doubt", where, team=submission.team, question=question, **facts)


def _long(submission: Submission) -> Iterable[Finding]:
    """A finding for each text that is longer than a cell of the workbook can be; other programs allow more."""
    texts = [(marks.sheet, marks.note_cell, marks.question, marks.note) for marks in submission.questions.values()]
    for report in submission.actions:
        texts += ((report.sheet, report.cell, "", text) for text in (report.typed, report.remark))
    for each in submission.priorities:
        typed = (each.what, each.question, each.lead, each.by, each.measure)
        texts += ((each.sheet, "", "", text) for text in typed)
    for sheet, cell, question, text in texts:
        if len(text) > MOST_CELL_UNITS // 2 and (length := cell_units(text)) > MOST_CELL_UNITS:
            where = Where(submission.where.file, sheet, cell)
            facts = {"length": f"{length:,}", "kept": f"{MOST_CELL_UNITS:,}"}
            yield found("text-cut", where, team=submission.team, question=question, **facts)
