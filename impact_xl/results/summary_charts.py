"""The charts of Summary: how the answers are spread, by component and by question."""

from __future__ import annotations

from typing import Any

from impact_xl.questionnaire import Questionnaire
from impact_xl.results import charts, components, formulas
from impact_xl.results.components import COMPONENTS
from impact_xl.results.questions import QUESTIONS, Places, Workings
from impact_xl.results.sheet_writer import FIRST_ROW, HEADER_ROW, ReportWriter, span
from impact_xl.xlsx.a1 import column_name

_MOST_BARS = 36  # on a page
_ROOM = 0.1  # behind the bars, for the share at the target, in bars


def count(questionnaire: Questionnaire) -> int:
    """How many charts stand on the sheet."""
    return 1 + len(question_pages(questionnaire))


def question_pages(questionnaire: Questionnaire) -> list[range]:
    """The places of the questions that share a page."""
    number = len(questionnaire.questions)
    most = -(-number // -(-number // _MOST_BARS))
    return [range(first, min(first + most, number)) for first in range(0, number, most)]


def height_by_component(report: ReportWriter) -> int:
    """The height of the components' chart in pixels."""
    number = len(report.questionnaire.components)
    return 60 + max(36 * number, min(280, 80 * number))


def by_component(report: ReportWriter) -> Any:
    """A bar for each component."""
    places = Places(len(report.level_names), components.BEFORE)
    last = FIRST_ROW + len(report.questionnaire.components) - 1
    label = components.label_column(report.questionnaire)
    return charts.stacked(
        report,
        names=span(FIRST_ROW, label, last, sheet=COMPONENTS),
        shares=_shares(report, places, FIRST_ROW, last, COMPONENTS),
        size=10,
        gap=40,
        target=_target(report, COMPONENTS, label + 1, FIRST_ROW, last),
    )


def by_question(report: ReportWriter, places: range, size: int) -> Any:
    """A bar for each question of a page; `size` is that of the font in points."""
    at = Workings(report)
    first, last = FIRST_ROW + places[0], FIRST_ROW + places[-1]
    return charts.stacked(
        report,
        names=span(first, at.bar, last, sheet=QUESTIONS),
        shares=_shares(report, at.places, first, last, QUESTIONS),
        size=size,
        target=_target(report, QUESTIONS, at.line, first, last),
    )


def _target(report: ReportWriter, sheet: str, left: int, first: int, last: int) -> charts.Target:
    """What marks the target level; `left` is the first of the two columns that say it."""
    line, share = (span(first, left + col, last, sheet=sheet) for col in range(2))
    return charts.Target(report.collation.target, line, share, room=_ROOM)


def _shares(report: ReportWriter, places: Places, first: int, last: int, sheet: str) -> list[tuple[str, str]]:
    """For each level the header that names it and its column of shares."""
    return [
        (
            f"'{sheet}'!${column_name(places.counts + level)}${HEADER_ROW + 1}",
            span(first, places.shares + level, last, sheet=sheet),
        )
        for level in range(len(report.level_names))
    ]


def describe_components(report: ReportWriter) -> str:
    """What the components' chart shows, for people who do not see it."""
    shares = "; ".join(
        f"{component.short}: {_at_target(tally.distribution.share_at_least(report.collation.target))}"
        for component, tally in zip(report.questionnaire.components, report.component_tallies.values(), strict=True)
    )
    return (
        "100% stacked bars: the share of valid answers at each level, for each component. At or above "
        f"{report.target_name}, "
        f"all groups: {shares}. The numbers are on the sheet Components."
    )


def describe_questions(report: ReportWriter) -> str:
    """What the questions' chart shows, for people who do not see it."""
    strong, weak = report.ranked.strongest[:1], report.ranked.weakest[:1]
    ends = (
        f" Highest share at or above {report.target_name}, all groups: {report.label(strong[0])}; lowest: "
        f"{report.label(weak[0])}."
        if strong
        else ""
    )
    return (
        f"100% stacked bars: the share of valid answers at each level, for each question.{ends} The numbers are "
        "on the sheet Questions."
    )


def _at_target(share: float | None) -> str:
    return "no valid answer" if share is None else formulas.percent(share)
