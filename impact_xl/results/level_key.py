"""What each level means: its place, where the target is, and what it says of one question."""

from __future__ import annotations

from collections.abc import Iterator

from impact_xl.questionnaire import Question
from impact_xl.results.sheet_writer import ReportWriter


def meanings(report: ReportWriter) -> Iterator[str]:
    """What each level means, from the first up. Every question has statements of its own, so one stands for all."""
    example, last = _example(report), len(report.level_names)
    for number in range(1, last + 1):
        target = ", the target of this report" if number == report.collation.target else ""
        statement = f" For example, {report.label(example.id)}: “{text}”" if (text := _says(example, number)) else ""
        means = report.questionnaire.levels[number - 1].means
        yield f"Level {number} of {last}{target}.{f' {means}' if means else statement}"


def note(report: ReportWriter) -> str:
    """What a reader should know about levels and the target."""
    return (
        "Each question has its own statement for each level; the form has them all. "
        f"{report.target_name} is a level chosen for this report, not an NHS England target."
    )


def _example(report: ReportWriter) -> Question:
    """The first question that has the most statements."""
    return max(report.questionnaire.questions, key=lambda each: sum(map(bool, each.statements)))


def _says(question: Question, level: int) -> str:
    return question.statements[level - 1] if level <= len(question.statements) else ""
