"""The first page of a pack: what a team's meeting needs, on one printed page."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from impact_xl.feedback import then
from impact_xl.feedback.pack import ALL, PAGE, PackWriter, TeamView, cut
from impact_xl.feedback.sheets import LINE, with_line
from impact_xl.form import layout
from impact_xl.questionnaire import TEAM, Question
from impact_xl.results.sheet_writer import HEADER_ROW, QUIET, Column, span
from impact_xl.roster import NO_GROUP
from impact_xl.round.stored_workbook import PRIORITY_COLUMNS
from impact_xl.wording import plural
from impact_xl.xlsx import theme
from impact_xl.xlsx.cell_values import Cell
from impact_xl.xlsx.workbook_writer import DATED

_WIDTHS = (33.0, 15.0, 22.0, 66.0)
_PIXELS = sum(theme.column_pixels(width) for width in _WIDTHS)
_SMALL: dict[str, Any] = {"font_size": 9}
_READ: Sequence[dict[str, Any]] = ({"bold": True, **_SMALL}, _SMALL, _SMALL, _SMALL)
_ROOM_TO_WRITE: dict[str, Any] = {**_SMALL, "bg_color": theme.ENTRY, "locked": False}
_AGREED = (layout.PACK_QUESTION, layout.PACK_LEAD, layout.PACK_BY, layout.PACK_WHAT)
_SEND_BACK = "If you send this file back, what you typed here and on Next steps is added to the action plan."
_ROOM = 3  # lines to write on, by hand on paper or in the workbook
_LISTED = 5  # steps on the first page: with a chart and the priorities they fill it
_LONGEST = 240  # characters of a priority on the first page; the whole text stands on Next steps
_ALL_AT_TOP = "You chose the highest level wherever you answered: there is no next level to take a step from."


class _Page:
    """The first page from top to bottom; `row` is where the next block goes."""

    def __init__(self, pack: PackWriter) -> None:
        self.pack, self.sheet, self.row = pack, pack.sheets[PAGE], 3

    def write_cell(self, col: int, value: Cell, **look: Any) -> None:
        self.pack.write_cell(self.sheet, self.row, col, value, **{"text_wrap": False, "valign": "vcenter", **look})

    def next(self, height: float) -> None:
        self.sheet.set_row(self.row, height)
        self.row += 1

    def section(self, title: str) -> None:
        for col in range(len(_WIDTHS)):
            line = {"bottom": 2, "bottom_color": theme.BLUE}
            self.write_cell(col, title if col == 0 else "", bold=True, font_size=12, font_color=theme.DARK_BLUE, **line)
        self.next(22)

    def line(self, text: str) -> None:
        self.write_cell(0, text, **QUIET)
        self.next(16)

    def table(
        self,
        name: str,
        heads: Sequence[str],
        rows: Iterable[Sequence[Cell]],
        *,
        looks: Sequence[dict[str, Any]] = _READ,
        widths: Sequence[float] = _WIDTHS,
        height: float | None = None,
    ) -> None:
        columns = [Column(*each) for each in zip(heads, widths, looks, strict=True)]
        _, last = self.pack.table(self.sheet, name, columns, list(rows), top=self.row, row_height=height, filters=False)
        self.row = last + 1


def write(pack: PackWriter) -> None:
    """What a team's meeting needs on one printed page."""
    view = pack.view
    sheet = pack.write_title(PAGE, "Your answers next to all teams", _holds(pack), landscape=False)
    for col, width in enumerate(_WIDTHS):
        sheet.set_column(col, col, width)
    page = _Page(pack)
    page.row = 2
    group = f" · {view.team.group_name}" if view.team.group_name != NO_GROUP else ""
    page.write_cell(0, _fitting(view.team.name + group), bold=True, font_size=13)
    page.next(24)
    page.next(6)
    _cards(page)
    page.next(8)
    if not view.everybody:
        page.write_cell(0, f"{_FEW} This pack shows your own answers.", bold=True)
        page.next(22)
    _start(page)
    page.next(8)
    page.section("Your level and where the other teams are, question by question")
    _profile(page)
    if moved := then.in_a_line(view.then, view.then_title):
        page.line(moved)
    page.next(8)
    page.section("Your priorities to carry on")
    _priorities(page)
    page.next(8)
    page.section("What we agree today")
    rows = [with_line(f"agreed.{n}", _AGREED, [None] * len(_AGREED)) for n in range(1, _ROOM + 1)]
    looks = [_ROOM_TO_WRITE, _ROOM_TO_WRITE, {**_ROOM_TO_WRITE, **DATED}, _ROOM_TO_WRITE, LINE.look]
    page.table("Agreed", [*_AGREED, LINE.header], rows, looks=looks, widths=[*_WIDTHS, LINE.width], height=26)
    page.line(_SEND_BACK)
    pack.write_reference(sheet, page.row)
    page.next(15)
    sheet.print_area(0, 0, page.row - 1, len(_WIDTHS) - 1)
    sheet.fit_to_pages(1, 1)
    sheet.set_margins(left=0.4, right=0.4, top=0.4, bottom=0.6)
    sheet.center_horizontally()
    sheet.activate()
    sheet.set_first_sheet()


def _start(page: _Page) -> None:
    """The lowest questions with the next level's statement: those first that the team can act on itself."""
    pack, view = page.pack, page.pack.view
    page.section("Where to start: your lowest questions")
    own = [each for each in view.growing if each.act in ("", TEAM)]
    steps = (own or view.growing)[:_LISTED]
    if not steps:
        page.line(_ALL_AT_TOP)
        return
    page.table(
        "Start",
        ("Question", "Your level", "All teams, typical", "A draft next step: what the next level says"),
        [
            (pack.label(each.id), pack.own(each), pack.others(each, view.everybody), pack.next_level(each))
            for each in steps
        ],
    )
    if others := [each.id for each in view.growing if each not in own and own]:
        page.line(f"For others to act on, so on the sheet Next steps: {', '.join(others)}.")


def _holds(pack: PackWriter) -> str:
    dated = f", {pack.view.dated.day} {pack.view.dated:%B %Y}" if pack.view.dated else ""
    return f"{pack.title}{dated}. For discussion and planning. Teams are not ranked."


def _cards(page: _Page) -> None:
    """Three numbers with what they count."""
    view = page.pack.view
    levels, target = view.levels, page.pack.questionnaire.level_name(view.target)
    beside = [steps for question in levels if (steps := view.beside(question, view.everybody)) is not None]
    lower, higher = sum(steps < 0 for steps in beside), sum(steps > 0 for steps in beside)
    high = sum(level >= view.target for level in levels.values())
    cards = (
        (
            0,
            "Questions answered",
            f"{len(levels)} of {len(page.pack.questionnaire.questions)}",
            _without_level(page.pack),
        ),
        (1, f"At or above {target}", f"{high} of {len(levels)}", _together(view)),
        (
            3,
            "Against the typical level of all teams",
            f"{lower} lower · {len(beside) - lower - higher} the same · {higher} higher" if beside else "–",
            "Questions in which your level is lower than, the same as or higher than half the teams'."
            if beside
            else f"Hidden: fewer than {plural(view.least, 'other team')} answered the same questions.",
        ),
    )
    for part, (height, look) in enumerate(_CARD_ROWS):
        for col, *texts in cards:
            page.write_cell(col, texts[part], bg_color=theme.PALE, indent=1, left=5, left_color=theme.BLUE, **look)
        page.write_cell(2, "", bg_color=theme.PALE)
        page.next(height)


_CARD_ROWS: Sequence[tuple[float, dict[str, Any]]] = (
    (20, {"font_color": theme.QUIET, "bold": True}),
    (30, {"font_color": theme.DARK_BLUE, "bold": True, "font_size": 18}),
    (19, QUIET),
)


def _without_level(pack: PackWriter) -> str:
    """How many questions have no level, and why."""
    not_applicable = len(pack.view.not_applicable)
    without = len(pack.questionnaire.questions) - len(pack.view.levels) - not_applicable
    parts = ((not_applicable, "not applicable"), (without, "without a valid answer"))
    return ", ".join(f"{number} {words}" for number, words in parts if number) or "every one of them"


def _together(view: TeamView) -> str:
    """The share at target of all teams' answers to the questions that the team answered and that are shown."""
    shown = [distribution for question, distribution in view.everybody.items() if question in view.levels]
    if not shown:
        return "all teams: too few to show"
    first, *rest = shown
    return f"all teams: {sum(rest, first).share_at_least(view.target):.0%} of answers"


def _profile(page: _Page) -> None:
    """A row for each question, a part for each level: the team's own is dark, the middle half of all teams is blue.

    The chart has a row more than there are questions, which names the levels.
    """
    pack = page.pack
    questions, levels = pack.questionnaire.questions, pack.questionnaire.levels
    chart = pack.book.chart(type="bar", subtype="stacked")
    font = {"name": theme.FONT, "size": 8, "color": theme.TEXT}
    first, last = HEADER_ROW, HEADER_ROW + len(questions)
    for level in levels:
        shown = [_part(page.pack.view, each, level.number) for each in questions]
        names = {"value": level.name, "font": {**font, "bold": True}}
        chart.add_series(
            {
                "name": level.name,
                "categories": f"={span(first, pack.chart_from, last, sheet=ALL)}",
                "values": f"={span(first, pack.chart_from + level.number, last, sheet=ALL)}",
                "gap": 12,
                "fill": {"color": theme.PALE},
                "points": [_NAMES, *(_PARTS[each] for each in shown)],
                "data_labels": {
                    "value": True,
                    "font": font,
                    "custom": [names, *[{"delete": True}] * len(shown)],
                },
            }
        )
    axis = {"num_font": font, "line": {"none": True}, "major_tick_mark": "none"}
    chart.set_y_axis({**axis, "reverse": True, "interval_unit": 1})
    chart.set_x_axis({"visible": False, "min": 0, "max": len(levels), "major_gridlines": {"visible": False}})
    chart.set_chartarea({"border": {"none": True}, "fill": {"none": True}})
    chart.set_legend({"none": True})
    chart.set_title({"none": True})
    chart.show_hidden_data()
    height = _CHART_ROW * (len(questions) + 1) + 14
    chart.set_size({"width": _PIXELS, "height": height})
    place = {"description": _profile_in_words(pack), "object_position": 1, "y_offset": 3}
    page.sheet.insert_chart(page.row, 0, chart, place)
    for _ in range(math.ceil((height + 6) / _CHART_ROW)):
        page.next(_CHART_ROW * theme.POINTS_PER_PIXEL)
    page.line(
        "Dark: your level. Blue: where the middle half of all teams is; a quarter at most is lower, a quarter at most "
        "higher."
        if pack.view.everybody
        else f"Dark: your level. {_FEW}"
    )


_CHART_ROW = 19  # pixels
_OWN, _RANGE, _OTHER = "own", "range", "other"
_NAMES = {"fill": {"none": True}, "border": {"none": True}}
_EDGE = {"color": theme.WHITE, "width": 1}
_PARTS = {
    _OWN: {"fill": {"color": theme.DARK_BLUE}, "border": _EDGE},
    _RANGE: {"fill": {"color": "#8FBBE5"}, "border": _EDGE},
    _OTHER: {"fill": {"color": theme.BAND}, "border": _EDGE},
}
_FEW = "Too few teams answered to show the others."


def _part(view: TeamView, question: Question, level: int) -> str:
    """What a level of a question is to the team."""
    if view.levels.get(question.id) == level:
        return _OWN
    distribution = view.everybody.get(question.id)
    low, high = (distribution.middle_half if distribution else None) or (0, -1)
    return _RANGE if low <= level <= high else _OTHER


def _profile_in_words(pack: PackWriter) -> str:
    levels = (
        f"{each.id}: {pack.own(each)}, typical {pack.others(each, pack.view.everybody)}"
        for each in pack.questionnaire.questions
    )
    text = f"A row for each question: your level, and the middle half of all teams. {'; '.join(levels)}."
    return text if len(text) <= 2000 else text[:1900] + "... The numbers are on the sheet All teams."


def _priorities(page: _Page) -> None:
    what, question, lead, by, _ = PRIORITY_COLUMNS
    priorities = page.pack.view.priorities
    if not priorities:
        page.line("None was named in your form. The sheet Next steps has room for them.")
        return
    rows = [
        [cut(row[head], most) for head, most in ((question, 60), (lead, 40), (by, 40), (what, _LONGEST))]
        for row in priorities[:_MOST_PRIORITIES]
    ]
    page.table("Carried", (question, lead, by, "What you set out to do"), rows)
    more = len(priorities) - len(rows)
    page.line(("" if more < 1 else f"And {more} more. ") + "The sheet Next steps has them whole, with room to write.")


_MOST_PRIORITIES = 4


def _fitting(text: str) -> str:
    """A heading cut to the width of the page."""
    most = len(text)
    while theme.text_pixels(cut(text, most), 13, bold=True) > _PIXELS:
        most -= 1
    return cut(text, most)
