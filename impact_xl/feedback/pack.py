"""One team's pack: a page to talk about, the next steps with room to write, and every figure behind them.

The writing takes one team's own answers and what it may be shown of the others, never the round itself.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from impact_xl import __version__, theme
from impact_xl.book import Book
from impact_xl.cells import Cell
from impact_xl.figures import Distribution
from impact_xl.findings import plural
from impact_xl.layout import column_name
from impact_xl.outcome import Reply
from impact_xl.questionnaire import Level, Question, Questionnaire
from impact_xl.record import PRIORITY_COLUMNS, STATUS
from impact_xl.results import charts
from impact_xl.results.answers import NOT_APPLICABLE
from impact_xl.results.questions import WITHHELD
from impact_xl.results.report import CENTRE, FIRST_ROW, HEADER_ROW, PERCENT, QUIET, WHOLE, Column, Sheets, span
from impact_xl.rounds import NO_GROUP

SUBJECT = "Self-assessment feedback to one team"
PAGE, STEPS, BARS, ALL, GROUP, ABOUT = "Your answers", "Next steps", "Bars", "All teams", "Your group", "About"

_WIDTHS = (33.0, 15.0, 22.0, 66.0)  # of the first page
_PIXELS = sum(theme.column_pixels(width) for width in _WIDTHS)
_SMALL = {"font_size": 9}
_ENTRY = {"bg_color": theme.ENTRY, "locked": False}
_LISTED = 6  # steps on the first page: with a chart and the priorities they fill it
_LONGEST = 240  # characters of a priority on the first page; the whole text stands on Next steps
_EMPTY_ROWS = 3  # for priorities to be added
_CHART_ROW = 20  # pixels of each row under a chart
_GAP = 1  # an empty column between a table and what its chart is drawn from


@dataclass(frozen=True)
class Reader:
    """Whose pack it is, and all that may stand in it."""

    reply: Reply
    asked: Questionnaire
    title: str
    target: int
    dated: date | None
    everybody: Mapping[str, Distribution]
    group: Mapping[str, Distribution]
    least: int  # how many other teams at least stand behind a figure
    grouped: bool  # whether the teams of this round are in several groups

    @property
    def answered(self) -> list[Question]:
        """The questions with a valid answer, lowest level first; of equals, those furthest below the other teams."""
        levels = self.reply.levels

        def need(question: Question) -> tuple[int, int, int]:
            typical = self.typical(question.id)
            return levels[question.id], levels[question.id] - (typical[0] if typical else 0), question.number

        return sorted((question for question in self.asked.questions if question.id in levels), key=need)

    @property
    def growing(self) -> list[Question]:
        """The answered questions that have a next level, lowest first."""
        return [each for each in self.answered if self.reply.levels[each.id] < len(self.asked.levels)]

    def typical(self, question: str) -> tuple[int, int] | None:
        """The typical level of all teams; None where it is withheld."""
        held = self.everybody.get(question)
        return held.typical if held else None

    def beside(self, question: str, figures: Mapping[str, Distribution]) -> int | None:
        """How many levels the team stands above (or, negative, below) the typical level; None where that is unknown."""
        level, held = self.reply.levels.get(question), figures.get(question)
        if level is None or held is None or held.typical is None:
            return None
        low, high = held.typical
        return max(level - high, 0) + min(level - low, 0)


def build(reader: Reader) -> bytes:
    """The bytes of one team's pack; the same reader gives the same bytes."""
    pack = _Pack(reader)
    _figures(
        pack,
        ALL,
        "All teams",
        "How all teams answered each question, counted, with your own answer beside it.",
        reader.everybody,
    )
    _drawn(pack)
    _bars(pack)
    if reader.group:
        holds = f"How the teams of your group ({_cut(reader.reply.group, 80)}) answered, counted."
        _figures(pack, GROUP, "Your group", holds, reader.group)
    _steps(pack)
    _about(pack)
    _page(pack)
    return pack.book.content()


class _Pack(Sheets):
    """The pack while it is being written: values only, as there is nothing behind them to be calculated."""

    live = False

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        names = [PAGE, STEPS, BARS, ALL, *([GROUP] if reader.group else []), ABOUT]
        title = f"{reader.title}: feedback to {reader.reply.team.name}"
        book = Book(title[:250], SUBJECT, reader.dated or reader.asked.issued)
        super().__init__(reader.asked, _cut(reader.title, 90), book, names)

    @cached_property
    def counts_from(self) -> int:
        """The column of the first count in a table of figures."""
        return 5

    @property
    def shares_from(self) -> int:
        """The column of the first share."""
        return self.counts_from + len(self.level_names)

    @property
    def chart_from(self) -> int:
        """The first column of what the charts are drawn from."""
        return self.shares_from + len(self.level_names) + 3 + _GAP

    def own(self, question: Question) -> str:
        """The team's own answer in words."""
        if question.id in self.reader.reply.not_applicable:
            return NOT_APPLICABLE
        return self.asked.level_name(self.reader.reply.levels.get(question.id)) or "no valid answer"

    def others(self, question: Question, figures: Mapping[str, Distribution]) -> str:
        """The typical level of the others in words."""
        held = figures.get(question.id)
        return self.typical(held.typical) if held else WITHHELD

    def next_level(self, question: Question) -> str:
        """The name and statement of the level above the team's own, or why there is none."""
        level = self.reader.reply.levels.get(question.id)
        if level is None:
            return "No step: the question has no level to start from."
        if level == len(self.level_names):
            return "You chose the highest level. Keep it up, and think about whom you could show how."
        return f"{self.asked.level_name(level + 1)}: {question.statement(level + 1)}"


# -- all teams, your group --------------------------------------------------------------------------


def _figures(pack: _Pack, name: str, title: str, holds: str, figures: Mapping[str, Distribution]) -> None:
    """A table of every question: the team's own answer beside how some teams answered."""
    sheet = pack.head(name, title, holds, empty=f"the figure is withheld: fewer than {pack.reader.least} other teams")
    heads = [
        {"align": "center", "font_size": 9, "bg_color": fill, "font_color": theme.text_on(fill)} for fill in pack.fills
    ]
    levels = list(zip(pack.level_names, heads, strict=True))
    columns = [
        Column("Ref", 6, CENTRE),
        Column("Question", 33, {"bold": True}),
        Column("Your level", 14),
        Column("Beside typical", 13),
        Column("Teams", 7, {**WHOLE, "bold": True}),
        *(Column(level, 10.5, WHOLE, head) for level, head in levels),
        *(Column(f"{level} %", 10.5, PERCENT, head) for level, head in levels),
        Column("Typical level", 18),
        Column("At target", 8, {**PERCENT, "bold": True}),
        Column("In words", 15, {"indent": 1}, {"indent": 1}),
    ]
    rows = [list(_row(pack, question, figures)) for question in pack.asked.questions]
    _, last = pack.table(sheet, name.replace(" ", ""), columns, rows, header_height=32)
    sheet.print_area(0, 0, last, len(columns) - 1)
    pack.frozen(sheet, 2)


def _row(pack: _Pack, question: Question, figures: Mapping[str, Distribution]) -> Iterator[Cell]:
    held = figures.get(question.id)
    yield question.id
    yield question.short
    yield pack.own(question)
    yield _beside(pack.reader.beside(question.id, figures))
    if held is None:
        yield from ("", *[""] * (2 * len(pack.level_names)), WITHHELD, "", "")
        return
    yield held.n
    yield from held.counts
    yield from held.shares
    yield pack.typical(held.typical)
    yield held.share_at_least(pack.reader.target)
    yield held.words


def _beside(steps: int | None) -> str:
    if steps is None:
        return "–"
    return "the same" if not steps else f"{abs(steps)} {'higher' if steps > 0 else 'lower'}"


def _drawn(pack: _Pack) -> None:
    """What the charts are drawn from, right of the table of all teams."""
    rows = []
    for question in pack.asked.questions:
        low, high = pack.reader.typical(question.id) or (None, None)
        rows.append([pack.label(question.id), pack.reader.reply.levels.get(question.id), low, high])
    columns = [Column("Label", 34, {"text_wrap": False}), *(Column(head, 11, WHOLE) for head in _DRAWN)]
    pack.table(pack.sheets[ALL], "Drawn", columns, rows, left=pack.chart_from, header_height=32, filters=False)


_DRAWN = ("Your level as a number", "Typical, from", "Typical, to")


# -- bars -------------------------------------------------------------------------------------------

_BARS_PIXELS = 860


def _bars(pack: _Pack) -> None:
    """How all teams answered, as bars, with a dot where the team itself stands."""
    sheet = pack.head(
        BARS,
        "How all teams answered",
        "Each bar is a question, divided by how many teams chose each level. ● stands at your own level.",
        landscape=False,
    )
    last = FIRST_ROW + len(pack.asked.questions) - 1
    chart = charts.stacked(
        pack,
        names=span(FIRST_ROW, pack.chart_from, last, sheet=ALL),
        shares=[
            (
                f"'{ALL}'!${column_name(pack.counts_from + level)}${HEADER_ROW + 1}",
                span(FIRST_ROW, pack.shares_from + level, last, sheet=ALL),
            )
            for level in range(len(pack.level_names))
        ],
        marked=[[_mark(pack, question, level) for question in pack.asked.questions] for level in pack.asked.levels],
    )
    height = 42 * len(pack.asked.questions) + 110
    chart.set_size({"width": _BARS_PIXELS, "height": height})
    says = (
        "100% stacked bars: the share of all teams' valid answers at each level, for each question, and a dot at your "
        "own level. The numbers stand on the sheet All teams; a question without a bar is withheld."
    )
    sheet.insert_chart(HEADER_ROW, 0, chart, {"description": says, "object_position": 1})
    for row in range(HEADER_ROW, HEADER_ROW + math.ceil(height / _CHART_ROW)):
        sheet.set_row(row, _CHART_ROW * theme.POINTS_PER_PIXEL)
    sheet.set_column(0, 0, _BARS_PIXELS / theme.DIGIT_PIXELS)
    sheet.set_column(1, 1, 6)  # LibreOffice draws the chart a little wider than the column it stands on
    sheet.print_area(0, 0, HEADER_ROW + math.ceil(height / _CHART_ROW), 1)
    sheet.fit_to_pages(1, 1)


def _mark(pack: _Pack, question: Question, level: Level) -> str:
    """A dot, with the share where there is room for it, at the team's own level."""
    held = pack.reader.everybody.get(question.id)
    if held is None or pack.reader.reply.levels.get(question.id) != level.number:
        return ""
    share = held.counts[level.number - 1] / held.n
    return f"● {share:.0%}" if share >= _ROOM_FOR_BOTH else "●"


_ROOM_FOR_BOTH = 0.09


# -- next steps -------------------------------------------------------------------------------------

_STEP_WIDTHS = (30.0, 16.0, 60.0, 34.0, 20.0, 17.0)


def _steps(pack: _Pack) -> None:
    """The priorities to carry on and a draft step for every question, with room to write."""
    sheet = pack.head(
        STEPS,
        "Next steps",
        "Your priorities to carry on, then a draft step for each question, lowest first. Type into the pale cells.",
        empty="there is room to write",
    )
    what, question, lead, by, measure = PRIORITY_COLUMNS
    order = (question, STATUS, what, measure, lead, by)
    carried = [[row.get(head, "") for head in order] for row in pack.reader.reply.priorities]
    blank: list[list[Cell]] = [[None] * len(order) for _ in range(_EMPTY_ROWS)]
    looks: list[dict[str, Any]] = [{"bold": True}, *[_ENTRY] * 5]
    columns = [
        Column(head, width, look)
        for head, width, look in zip(
            (question, STATUS, "What we will do", measure, lead, by), _STEP_WIDTHS, looks, strict=True
        )
    ]
    columns[0] = Column(question, _STEP_WIDTHS[0], {"bold": True, **_ENTRY})
    _, last = pack.table(sheet, "Priorities", columns, [*carried, *blank], filters=False)
    for row in range(last - _EMPTY_ROWS + 1, last + 1):
        sheet.set_row(row, 34)
    notes = pack.reader.reply.notes
    heads = (
        "Step for",
        "Your level",
        "Draft step: what the next level says",
        "Your note",
        "Who leads",
        "By when it is done",
    )
    looks = [{"bold": True}, {}, _SMALL, {"font_color": theme.QUIET, **_SMALL}, _ENTRY, _ENTRY]
    columns = [Column(head, width, look) for head, width, look in zip(heads, _STEP_WIDTHS, looks, strict=True)]
    asked = [*pack.reader.answered, *(each for each in pack.asked.questions if each.id not in pack.reader.reply.levels)]
    rows = [
        [pack.label(each.id), pack.own(each), pack.next_level(each), notes.get(each.id, ""), None, None]
        for each in asked
    ]
    pack.table(sheet, "Steps", columns, rows, top=last + 3, filters=False)
    sheet.fit_to_pages(1, 0)


_ALL_AT_TOP = "You chose the highest level wherever you answered: there is no next level to take a step from."


# -- the first page ---------------------------------------------------------------------------------


class _Page:
    """The first page from top to bottom; `row` is where the next block goes."""

    def __init__(self, pack: _Pack) -> None:
        self.pack, self.sheet, self.row = pack, pack.sheets[PAGE], 3

    def put(self, col: int, value: Cell, **look: Any) -> None:
        self.pack.put(self.sheet, self.row, col, value, **{"text_wrap": False, "valign": "vcenter", **look})

    def next(self, height: float) -> None:
        self.sheet.set_row(self.row, height)
        self.row += 1

    def section(self, title: str) -> None:
        for col in range(len(_WIDTHS)):
            line = {"bottom": 2, "bottom_color": theme.BLUE}
            self.put(col, title if col == 0 else "", bold=True, font_size=12, font_color=theme.DARK_BLUE, **line)
        self.next(22)

    def line(self, text: str) -> None:
        self.put(0, text, **QUIET)
        self.next(16)

    def table(self, name: str, heads: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
        looks: list[dict[str, Any]] = [{"bold": True, **_SMALL}, _SMALL, _SMALL, _SMALL]
        columns = [Column(*each) for each in zip(heads, _WIDTHS, looks, strict=True)]
        _, last = self.pack.table(self.sheet, name, columns, list(rows), top=self.row, filters=False)
        self.row = last + 1


def _page(pack: _Pack) -> None:
    """What a team's meeting needs on one printed page."""
    reader = pack.reader
    sheet = pack.head(PAGE, "Your answers beside all teams", _holds(pack), landscape=False)
    for col, width in enumerate(_WIDTHS):
        sheet.set_column(col, col, width)
    page = _Page(pack)
    page.row = 2
    group = f" · {reader.reply.group}" if reader.reply.group != NO_GROUP else ""
    page.put(0, _fitting(reader.reply.team.name + group), bold=True, font_size=13)
    page.next(24)
    page.next(6)
    _cards(page)
    page.next(10)
    page.section("Your level and the typical level, question by question")
    _profile(page)
    page.next(8)
    page.section("Where to start: your lowest questions")
    if steps := reader.growing[:_LISTED]:
        page.table(
            "Start",
            ("Question", "Your level", "All teams, typical", "A draft next step: what the next level says"),
            [
                (pack.label(each.id), pack.own(each), pack.others(each, reader.everybody), pack.next_level(each))
                for each in steps
            ],
        )
    else:
        page.line(_ALL_AT_TOP)
    page.next(10)
    page.section("Your priorities to carry on")
    _priorities(page)
    sheet.print_area(0, 0, page.row - 1, len(_WIDTHS) - 1)
    sheet.fit_to_pages(1, 1)
    sheet.set_margins(left=0.4, right=0.4, top=0.4, bottom=0.6)
    sheet.center_horizontally()
    sheet.activate()
    sheet.set_first_sheet()


def _holds(pack: _Pack) -> str:
    dated = f", {pack.reader.dated.day} {pack.reader.dated:%B %Y}" if pack.reader.dated else ""
    return f"{pack.title}{dated}. To talk about and to plan with; it ranks nobody."


def _cards(page: _Page) -> None:
    """Three numbers with what they count."""
    reader = page.pack.reader
    levels, target = reader.reply.levels, page.pack.asked.level_name(reader.target)
    beside = [steps for question in levels if (steps := reader.beside(question, reader.everybody)) is not None]
    lower, higher = sum(steps < 0 for steps in beside), sum(steps > 0 for steps in beside)
    high = sum(level >= reader.target for level in levels.values())
    cards = (
        (
            0,
            "Questions answered",
            f"{len(levels)} of {len(page.pack.asked.questions)}",
            _spare(page.pack),
        ),
        (1, f"At or above {target}", f"{high} of {len(levels)}", _together(reader)),
        (
            3,
            "Beside the typical level of all teams",
            f"{lower} lower · {len(beside) - lower - higher} the same · {higher} higher" if beside else "–",
            "Questions in which your level is lower than, the same as or higher than half the teams'.",
        ),
    )
    for part, (height, look) in enumerate(_CARD_ROWS):
        for col, *texts in cards:
            page.put(col, texts[part], bg_color=theme.PALE, indent=1, left=5, left_color=theme.BLUE, **look)
        page.put(2, "", bg_color=theme.PALE)
        page.next(height)


_CARD_ROWS: Sequence[tuple[float, dict[str, Any]]] = (
    (20, {"font_color": theme.QUIET, "bold": True}),
    (30, {"font_color": theme.DARK_BLUE, "bold": True, "font_size": 18}),
    (19, QUIET),
)


def _spare(pack: _Pack) -> str:
    """What is said of the questions without a level."""
    apart = len(pack.reader.reply.not_applicable)
    open_ = len(pack.asked.questions) - len(pack.reader.reply.levels) - apart
    said = [f"{apart} not applicable"] * bool(apart) + [f"{open_} without a valid answer"] * bool(open_)
    return ", ".join(said) or "every one of them"


def _together(reader: Reader) -> str:
    """The share at target of all teams' answers to the questions that the team answered and that are shown."""
    shown = [held for question, held in reader.everybody.items() if question in reader.reply.levels]
    if not shown:
        return "all teams: withheld"
    first, *rest = shown
    return f"all teams: {sum(rest, first).share_at_least(reader.target):.0%} of answers"


def _profile(page: _Page) -> None:
    """A dot for the team's own level and a square for the typical one, for each question."""
    pack = page.pack
    count = len(pack.asked.questions)
    chart = pack.book.chart(type="line")
    font = {"name": theme.FONT, "size": 9, "color": theme.TEXT}
    square = {"type": "square", "size": 13, "border": {"color": _SQUARE}, "fill": {"color": _SQUARE}}
    dot = {"type": "circle", "size": 8, "border": {"color": theme.DARK_BLUE}, "fill": {"color": theme.DARK_BLUE}}
    drawn = (("All teams: typical level", 2, square), ("to", 3, square), ("Your level", 1, dot))
    last = FIRST_ROW + count - 1
    for name, column, marker in drawn:
        chart.add_series(
            {
                "name": name,
                "categories": f"={span(FIRST_ROW, 0, last, sheet=ALL)}",
                "values": f"={span(FIRST_ROW, pack.chart_from + column, last, sheet=ALL)}",
                "line": {"none": True},
                "marker": marker,
            }
        )
    chart.set_x_axis({"num_font": font, "line": {"color": theme.LINE}, "major_tick_mark": "none"})
    chart.set_y_axis(
        {
            "min": 0,
            "max": len(pack.level_names) + 0.5,
            "major_unit": 1,
            "num_format": "0;;",
            "num_font": font,
            "line": {"none": True},
            "major_tick_mark": "none",
            "major_gridlines": {"visible": True, "line": {"color": theme.FAINT_LINE}},
        }
    )
    chart.set_legend({"position": "top", "font": font, "delete_series": [1]})
    chart.set_chartarea({"border": {"none": True}, "fill": {"color": theme.WHITE}})
    chart.set_title({"none": True})
    height = 300
    chart.set_size({"width": _PIXELS, "height": height})
    page.sheet.insert_chart(page.row, 0, chart, {"description": _profile_says(pack), "object_position": 1})
    for _ in range(height // _CHART_ROW):
        page.next(_CHART_ROW * theme.POINTS_PER_PIXEL)
    names = ", ".join(f"{number} {name}" for number, name in enumerate(pack.level_names, 1))
    page.line(
        f"{names}. A dot in its square: your level is the typical one. Two squares: the middle lies between two levels."
    )


_SQUARE = "#768692"  # 3.8:1 on white, and the dot 3.3:1 on it


def _profile_says(pack: _Pack) -> str:
    said = (
        f"{each.id}: {pack.own(each)}, typical {pack.others(each, pack.reader.everybody)}"
        for each in pack.asked.questions
    )
    whole = f"Dots: your level for each question; squares: the typical level of all teams. {'; '.join(said)}."
    return whole if len(whole) <= 2000 else whole[:1900] + "... The numbers stand on the sheet All teams."


def _priorities(page: _Page) -> None:
    what, question, lead, by, _ = PRIORITY_COLUMNS
    held = page.pack.reader.reply.priorities
    if not held:
        page.line("None was named in your form. The sheet Next steps has room for them.")
        return
    rows = [
        [_cut(row.get(head, ""), most) for head, most in ((question, 60), (lead, 40), (by, 40), (what, _LONGEST))]
        for row in held[:_MOST_PRIORITIES]
    ]
    page.table("Carried", (question, lead, by, "What you set out to do"), rows)
    more = len(held) - len(rows)
    page.line(("" if more < 1 else f"And {more} more. ") + "The sheet Next steps has them whole, with room to write.")


_MOST_PRIORITIES = 4


# -- about ------------------------------------------------------------------------------------------


def _about(pack: _Pack) -> None:
    sheet = pack.head(
        ABOUT,
        "About",
        "How to read this workbook, what is left out of it and why, and what it was made from.",
        landscape=False,
    )
    row = HEADER_ROW
    for name, heads, rows in (
        ("Figures", ("Figure", "What it says"), _reading(pack)),
        ("Small numbers", ("Small numbers", "What is done about them"), _care(pack)),
        ("Made from", ("What", "Which"), _versions(pack)),
    ):
        columns = [Column(heads[0], 30, {"bold": True}), Column(heads[1], 105)]
        _, last = pack.table(sheet, name.replace(" ", ""), columns, rows, top=row, filters=False)
        row = last + 3
    sheet.fit_to_pages(1, 0)


def _reading(pack: _Pack) -> list[tuple[str, str]]:
    target = pack.asked.level_name(pack.reader.target)
    return [
        ("Your level", "The level that counts for your team, with any correction agreed since your form came in."),
        (
            "Typical level",
            (
                "Half the teams are at or below it (the median, as a real level). There is no average: the levels are "
                "ordered, not measured. All teams and your group include your own answer."
            ),
        ),
        (
            "Beside typical",
            "How many levels your own stands below or above the typical level; “the same” at or within it.",
        ),
        ("Teams", "How many teams gave exactly one level. Every share is a share of these."),
        (
            "At target",
            f"The share of answers at {target} or above: a level chosen for this report, not an NHS England target.",
        ),
        (
            "In words",
            "Whether teams mostly agree, vary or strongly differ, by how far answers stand from the typical one.",
        ),
        (
            "Draft step",
            (
                "The next level's own statement, as something to start from. Which steps to take, and whether a higher "
                "level is worth it now, is your team's to decide."
            ),
        ),
    ]


def _care(pack: _Pack) -> list[tuple[str, str]]:
    least = pack.reader.least
    whole = (
        ""
        if pack.reader.group or pack.reader.reply.group == NO_GROUP or not pack.reader.grouped
        else (" No question of your group can be shown, so there is no sheet Your group.")
    )
    return [
        (
            "What is withheld",
            (
                f"A figure is shown only where at least {plural(least, 'other team')} stand behind it. Where a group "
                f"is too small, the next smallest is withheld with it, so that neither comes out by subtraction.{whole}"
            ),
        ),
        (
            "No names",
            "No other team is named, and nothing that another team wrote is in this workbook. Nobody is ranked.",
        ),
        (
            "What this cannot do",
            (
                "Where all teams gave the same answer, that answer is known of each of them. Teams that put their "
                "workbooks together know one another's answers and can take those off the counts; so can whoever "
                "compares this round with another one in which fewer or more teams took part."
            ),
        ),
    ]


def _versions(pack: _Pack) -> list[tuple[str, Cell]]:
    asked, reader = pack.asked, pack.reader
    return [
        ("Team", reader.reply.team.name),
        ("Group", reader.reply.group),
        ("Round", reader.title),
        ("Dated", reader.dated or "not dated"),
        ("Questionnaire", f"{asked.title}, version {asked.version}, published by {asked.publisher}. {asked.licence}"),
        ("Program", f"impact-xl {__version__}"),
    ]


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _fitting(text: str) -> str:
    """A heading cut to the width of the page."""
    most = len(text)
    while theme.text_pixels(_cut(text, most), 13, bold=True) > _PIXELS:
        most -= 1
    return _cut(text, most)
