"""The charts of Summary: how the answers are spread, by component and by question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from impact_xl.questionnaire import Component, Questionnaire
from impact_xl.results import charts, components, formulas
from impact_xl.results.components import COMPONENTS
from impact_xl.results.questions import QUESTIONS, Places, Workings
from impact_xl.results.sheet_writer import FIRST_ROW, HEADER_ROW, ReportWriter, span
from impact_xl.results.summary_page import PIXELS
from impact_xl.xlsx import theme
from impact_xl.xlsx.a1 import column_name

_MOST_BARS = 34  # in a chart, so that it fits a page
_ROOM = 0.1  # behind the bars, for the share at the target, in bars
_LEAST_NAMES, _MOST_NAMES = 0.25, 0.45  # of the width, for what stands beside the bars
_GAP = 16  # pixels beside it


@dataclass(frozen=True, slots=True)
class Block:
    """Questions of one component whose bars stand together, by their places among all questions."""

    component: Component
    places: range


def blocks(questionnaire: Questionnaire) -> list[Block]:
    """The charts of questions: one for each component, or several of one that has very many."""
    places = questionnaire.places
    return [
        Block(component, range(first, min(first + _MOST_BARS, end)))
        for component in questionnaire.components
        for end in [places[component.questions[-1].id] + 1]
        for first in range(places[component.questions[0].id], end, _MOST_BARS)
    ]


def count(questionnaire: Questionnaire) -> int:
    """How many charts stand on the sheet."""
    return 1 + len(blocks(questionnaire))


def height_by_component(report: ReportWriter) -> int:
    """The height of the components' chart in pixels."""
    number = len(report.questionnaire.components)
    return 12 + max(36 * number, min(280, 80 * number))


def by_component(report: ReportWriter) -> Any:
    """A bar for each component."""
    places = Places(len(report.level_names), components.BEFORE)
    last = FIRST_ROW + len(report.questionnaire.components) - 1
    label = components.label_column(report.questionnaire)
    names = [
        *(component.short for component in report.questionnaire.components),
        f"Typical: {max(report.level_names, key=len)}",
    ]
    return charts.stacked(
        report,
        names=span(FIRST_ROW, label, last, sheet=COMPONENTS),
        shares=_shares(report, places, FIRST_ROW, last, COMPONENTS),
        size=10,
        gap=40,
        target=_target(report, COMPONENTS, label + 1, FIRST_ROW, last),
        beside=_beside(names, 10),
    )


def by_question(report: ReportWriter, block: Block, size: int) -> Any:
    """A bar for each question of a block; `size` is that of the font in points."""
    at = Workings(report)
    first, last = FIRST_ROW + block.places[0], FIRST_ROW + block.places[-1]
    names = [report.label(question.id) for question in report.questionnaire.questions]
    return charts.stacked(
        report,
        names=span(first, at.bar, last, sheet=QUESTIONS),
        shares=_shares(report, at.places, first, last, QUESTIONS),
        size=size,
        target=_target(report, QUESTIONS, at.line, first, last),
        beside=_beside(names, size),
    )


def _beside(names: Sequence[str], size: int) -> float:
    """Which part of the width the names need; the same for all charts of a kind, so that their bars line up."""
    widest = max(theme.text_pixels(name, size) for name in names) + _GAP
    return min(_MOST_NAMES, max(_LEAST_NAMES, widest / PIXELS))


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


def describe_questions(report: ReportWriter, block: Block) -> str:
    """What a chart of questions shows, for people who do not see it."""
    shown = [report.questionnaire.questions[place] for place in block.places]
    shares = "; ".join(
        f"{question.id} {_at_target(report.tallies[question.id].distribution.share_at_least(report.collation.target))}"
        for question in shown
    )
    return (
        "100% stacked bars: the share of valid answers at each level, for each question of "
        f"{block.component.short}. At or above {report.target_name}, all groups: {shares}. The numbers are on the "
        "sheet Questions."
    )


def _at_target(share: float | None) -> str:
    return "no valid answer" if share is None else formulas.percent(share)
