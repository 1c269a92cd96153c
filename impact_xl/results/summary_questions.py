"""The second page of Summary: the bars of all questions under their components, on more pages where there are many."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from impact_xl.results import formulas, summary_charts
from impact_xl.results.headline import at_target
from impact_xl.results.labels import STATE_LABELS
from impact_xl.results.questions import AGAINST, QUESTIONS
from impact_xl.results.sheet_writer import ReportWriter
from impact_xl.results.summary_charts import Block
from impact_xl.results.summary_page import Page
from impact_xl.round.answers import State
from impact_xl.xlsx import theme
from impact_xl.xlsx.cell_values import Formula

_HEAD, _HEADING = 110, 28  # pixels: what stands above the first component, and a component's name
_MOST_PITCH, _LEAST_PITCH = 46, 26  # pixels from bar to bar
_FONTS = ((36, 10), (30, 9), (0, 8))  # the least pitch for a size in points


def write(page: Page, room: float) -> list[int]:
    """Write the page, or the pages; gives the rows that they begin in.

    Args:
        page: the sheet.
        room: what a printed page holds, in pixels.
    """
    report = page.report
    blocks = summary_charts.blocks(report.questionnaire)
    bars = sum(len(block.places) for block in blocks)
    pitch = max(_LEAST_PITCH, min(_MOST_PITCH, int((room - _HEAD - _HEADING * len(blocks)) / bars)))
    breaks = []
    for together in _pages(blocks, pitch, room):
        breaks.append(page.row)
        page.section("How the answers are spread, by question", under=under(report, QUESTIONS))
        if len(breaks) == 1 and report.live and len(report.collation.groups) > 1:
            _against(page)
        page.key()
        for block in together:
            _write_block(page, block, pitch)
    return breaks


def _pages(blocks: Sequence[Block], pitch: int, room: float) -> Iterator[list[Block]]:
    """The blocks that share a page."""
    together: list[Block] = []
    used = float(_HEAD)
    for block in blocks:
        high = _HEADING + pitch * len(block.places)
        if together and used + high > room:
            yield together
            together, used = [], _HEAD
        together.append(block)
        used += high
    yield together


def _write_block(page: Page, block: Block, pitch: int) -> None:
    """A component's name, and a bar for each of its questions."""
    page.write_cell(0, block.component.short, bold=True, font_size=10.5, font_color=theme.DARK_BLUE, valign="bottom")
    page.next(_HEADING * theme.POINTS_PER_PIXEL)
    size = next(size for least, size in _FONTS if pitch >= least)
    chart = summary_charts.by_question(page.report, block, size=size)
    description = summary_charts.describe_questions(page.report, block)
    page.chart(chart, pitch * len(block.places), description, instead(page.report))


def under(report: ReportWriter, sheet: str) -> str:
    """What stands under a chart's heading: how to read it."""
    return (
        f"The dark line is the target: right of it answers are {at_target(report)}, and their share is at the end. "
        f"All numbers: {sheet}."
    )


def instead(report: ReportWriter) -> Formula:
    """What stands in the place of a chart that has nothing to show."""
    valid = report.overall.distribution.n
    answered = f'COUNTIFS(Answers[State],"{STATE_LABELS[State.ANSWERED]}",Answers[Shown],1)'
    return Formula(f'IF({answered}=0,"{report.nothing}","")', "" if valid else report.nothing)


def _against(page: Page) -> None:
    """Where the group that is chosen stands furthest above and below the others, in two lines."""
    known = "Workings[Difference]"
    everybody = f'SelectedGroup="{formulas.ALL_GROUPS}"'
    choose = "Choose a group in A3 to see where it is above and below the others."
    lines = (
        ("above", "MAX", ">", choose, "Too few answers to compare this group with the others."),
        ("below", "MIN", "<", "", ""),
    )
    for side, furthest, sign, nobody, few in lines:
        place = f"MATCH({furthest}({known}),{known},0)"
        label, against = (formulas.text_at(column, place) for column in ("Workings[Label]", f"Questions[{AGAINST}]"))
        words = f'{label}&": "&{against}'
        found = f'"Furthest {side} the others: "&{words}&"."'
        some = f'IF({furthest}({known}){sign}0,{found},"Nowhere {side} the others.")'
        text = f'IF({everybody},"{nobody}",IF(COUNT({known})=0,"{few}",{some}))'
        page.write_cell(0, Formula(text, nobody), font_size=9, font_color=theme.QUIET)
        page.next(15)
