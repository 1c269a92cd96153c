"""Summary: two A4 pages that a board can read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

from impact_xl.results import formulas, summary_charts
from impact_xl.results.answers import DECIDED_BY
from impact_xl.results.components import COMPONENTS
from impact_xl.results.labels import NOT_COUNTED, STATE_LABELS, STATUS_LABELS
from impact_xl.results.questions import AGAINST, AGENDA_WORDS, QUESTIONS
from impact_xl.results.sheet_writer import PageSpec, ReportWriter, SheetSpec
from impact_xl.round.answers import DecidedBy, State, Status
from impact_xl.round.figures import Agenda
from impact_xl.wording import plural
from impact_xl.xlsx import theme
from impact_xl.xlsx.a1 import column_name
from impact_xl.xlsx.cell_values import Formula

SUMMARY = "Summary"
# Six columns of one width: three panels of two, or halves of three. A text runs on over the empty cells behind it.
_WIDTH, COLUMNS = 18.3, 6
_PANELS, _HALVES = (0, 2, 4), (0, 3)
_LAST_COL = COLUMNS - 1
_PIXELS = COLUMNS * theme.column_pixels(_WIDTH)
# Percent. Excel ignores page breaks on sheets that fit to a page, so the scale is set: the panels on A4 portrait, with
# room for LibreOffice, whose columns come out 6% wider than Excel's.
_SCALE = 86
_PAGE_POINTS = 763  # of A4's height, between the margins
_PAGE_PIXELS = 1090  # what of a page is left for a chart under its heading
_TITLES = (18, 16, 14, 12)  # points; the largest in which a title fits the page

_SELECTOR = (2, 0)
_CALCULATED = "This page is calculated. Choose a group in A3; correct levels on the sheet Answers."
HALVES = ("Strongest questions", "Questions with most room to grow")
_LISTED = 5
_MEANT = {
    Agenda.DISCUSS: "Teams stand far apart. Hear why before acting.",
    Agenda.IMPROVE: "Teams agree: not yet at the target level.",
    Agenda.SHARE: "Teams agree: at the target level or above.",
}
_TEAMS_SHOWN = "Teams[Shown]"


class _Page:
    """The sheet from top to bottom; `row` is where the next block goes."""

    def __init__(self, report: ReportWriter, sheet: Any) -> None:
        self.report, self.sheet, self.row = report, sheet, 0
        self.points = 42.0  # so high is the head of every sheet

    def write_cell(self, col: int, value: Any, **look: Any) -> None:
        self.report.write_checked_text(
            self.sheet, self.row, col, value, **{"text_wrap": False, "valign": "vcenter", **look}
        )

    def line(self, col: int, value: Any, **look: Any) -> None:
        """One cell of a list, with a thin line under it."""
        self.write_cell(col, value, bottom=1, bottom_color=theme.FAINT_LINE, **look)

    def band(self, value: Any, **look: Any) -> None:
        """One text over the whole width."""
        for col in range(COLUMNS):
            self.write_cell(col, "" if col else value, **look)

    def next(self, height: float) -> None:
        self.sheet.set_row(self.row, height)
        self.row += 1
        self.points += height

    def section(self, *titles: str, under: str = "") -> None:
        """A heading over the whole width, or one over each half or panel, with a blue line under it."""
        step = COLUMNS // len(titles)
        for col in range(COLUMNS):
            text = "" if col % step else titles[col // step]
            line = {"bottom": 2, "bottom_color": theme.BLUE}
            self.write_cell(col, text, bold=True, font_size=12, font_color=theme.DARK_BLUE, **line)
        self.next(22)
        if under:
            self.write_cell(0, under, font_size=9, font_color=theme.QUIET)
            self.next(15)

    def chart(self, chart: Any, height: int, description: str, instead: Formula) -> None:
        """A chart over the whole width, on rows that are as high together, and what stands there without an answer."""
        chart.set_size({"width": _PIXELS, "height": height - 6})
        self.sheet.insert_chart(self.row, 0, chart, {"description": description, "object_position": 1, "y_offset": 3})
        rows = round(height / 20)
        for row in range(rows):
            if row == rows // 2:  # it shows through, as the chart has no ground of its own
                self.write_cell(2, instead, font_color=theme.QUIET)
            self.next(height * theme.POINTS_PER_PIXEL / rows)


def write(report: ReportWriter) -> None:
    """Write the sheet, and the name that formulas elsewhere use for the group chosen on it."""
    sheet = report.sheets[SUMMARY]
    sheet.set_column(0, _LAST_COL, _WIDTH)
    title, size = _title(report)
    report.write_title(SUMMARY, title, _holds(report), landscape=False)
    report.write_cell(sheet, 0, 0, title, bold=True, font_size=size, font_color=theme.DARK_BLUE, text_wrap=False)
    page = _Page(report, sheet)
    page.row = _SELECTOR[0]
    if report.live:
        _selector(page)
        _banner(page)
    else:
        _for_sharing(page)
    page.next(8)
    _cards(page)
    page.next(10)
    page.section("How the answers are spread, by component", under=_UNDER.format(COMPONENTS))
    page.chart(
        summary_charts.by_component(report),
        summary_charts.height_by_component(report),
        summary_charts.describe_components(report),
        _instead(report),
    )
    page.next(8)
    _strengths(page)
    page.next(12)
    _agenda(page)
    scale = min(_SCALE, int(100 * _PAGE_POINTS / page.points))
    breaks = _question_charts(page)
    sheet.set_h_pagebreaks(breaks)
    sheet.set_print_scale(scale)
    sheet.set_margins(left=0.3, right=0.3, top=0.5, bottom=0.6)
    sheet.center_horizontally()
    sheet.print_area(0, 0, page.row - 1, _LAST_COL)
    if report.live:
        report.block_typing(sheet, _SELECTOR[0] + 1, 0, page.row - 1, _LAST_COL, _CALCULATED)
    sheet.set_first_sheet()
    sheet.activate()


_UNDER = "Percent of the valid answers; parts under 6% carry no number. All numbers stand on the sheet {}."


def _title(report: ReportWriter) -> tuple[str, int]:
    """The title, with what the workbook holds where there is room for it, and the size in which it fits the page."""
    whole = f"{report.title}: consolidated results"
    for text in (whole, report.title):
        for size in _TITLES[:2] if text is whole else _TITLES:
            if theme.text_pixels(text, size, bold=True) <= _PIXELS:
                return text, size
    return report.title, _TITLES[-1]


def _question_charts(page: _Page) -> list[int]:
    """The questions' chart on a page of its own, or on several where there are very many; gives the rows they begin."""
    report = page.report
    pages = summary_charts.question_pages(report.questionnaire)
    pitch = min(48, (_PAGE_PIXELS - 60) // len(pages[0]))
    breaks = []
    for places in pages:
        breaks.append(page.row)
        page.section("How the answers are spread, by question", under=_UNDER.format(QUESTIONS))
        if places is pages[0] and report.live and len(report.collation.groups) > 1:
            _against(page)
        chart = summary_charts.by_question(report, places, size=10 if pitch > 24 else 8)
        page.chart(chart, pitch * len(places) + 60, summary_charts.describe_questions(report), _instead(report))
    return breaks


def _against(page: _Page) -> None:
    """Where the group that is chosen stands furthest above and below the others, in two lines."""
    known = "Workings[Difference]"
    everybody = f'SelectedGroup="{formulas.ALL_GROUPS}"'
    choose = "Choose a group in A3 to see where it stands above and below the others."
    lines = (
        ("above", "MAX", ">", choose, "Too few answers to compare this group with the others."),
        ("below", "MIN", "<", "", ""),
    )
    for side, furthest, sign, nobody, few in lines:
        place = f"MATCH({furthest}({known}),{known},0)"
        words = f'INDEX(Workings[Label],{place})&": "&INDEX(Questions[{AGAINST}],{place})'
        found = f'"Furthest {side} the others: "&{words}&"."'
        some = f'IF({furthest}({known}){sign}0,{found},"Nowhere {side} the others.")'
        text = f'IF({everybody},"{nobody}",IF(COUNT({known})=0,"{few}",{some}))'
        page.write_cell(0, Formula(text, nobody), font_size=9, font_color=theme.QUIET)
        page.next(15)


def _instead(report: ReportWriter) -> Formula:
    valid = report.overall.distribution.n
    return Formula(f'IF({_states(State.ANSWERED)}=0,"{report.nothing}","")', "" if valid else report.nothing)


def _holds(report: ReportWriter) -> str:
    collation = report.collation
    dated = f"{collation.date.day} {collation.date:%B %Y}. " if collation.date else ""
    return (
        f"{dated}{plural(len(report.questionnaire.components), 'component')}, "
        f"{plural(len(report.questionnaire.questions), 'question')}, "
        f"{len(report.level_names)} levels. For discussion and planning; not a league table."
    )


def _selector(page: _Page) -> None:
    row, col = _SELECTOR
    box = {"bg_color": theme.ENTRY, "valign": "vcenter", "text_wrap": False}
    for side in ("top", "bottom"):
        box |= {side: 2, f"{side}_color": theme.BLUE}
    begin, end = ({**box, side: 2, f"{side}_color": theme.BLUE} for side in ("left", "right"))
    chosen = {**begin, "bold": True, "font_size": 11, "align": "left", "indent": 1, "locked": False}
    chosen |= {"num_format": "@"}  # a group may be called “1”
    page.report.write_cell(page.sheet, row, col, formulas.ALL_GROUPS, **chosen)  # no checksum: people change it
    page.write_cell(col + 1, "", **box)
    page.write_cell(col + 2, "", **end)  # a long name runs on over these
    choice = (
        "Choose a group in A3: the whole sheet follows it."
        if len(page.report.collation.groups) > 1
        else "All teams are in one group: nothing to choose."
    )
    page.write_cell(3, choice, font_color=theme.QUIET, indent=1)
    page.report.book.define("SelectedGroup", f"={SUMMARY}!${column_name(col)}${row + 1}")
    page.sheet.data_validation(
        row,
        col,
        row,
        col,
        {
            "validate": "list",
            "source": "=GroupNames",
            "input_title": "Choose a group",
            "input_message": "Summary, Components and Questions then show this group only.",
            "error_title": "Not a group",
            "error_message": "Choose one of the groups in the list.",
        },
    )
    page.next(22)


_BANNER = {"bold": True, "font_size": 9, "bg_color": theme.DONE_FILL, "font_color": theme.DARK_BLUE, "indent": 1}
_MOST_OF_A_NAME = 34  # characters of a group's name in the banner; A3 holds it whole


def _for_sharing(page: _Page) -> None:
    """What stands in place of the selector in a copy that leaves the coordinator."""
    collation = page.report.collation
    text = "A copy to share: it names no team and holds no free text. Where all chose one level, each team's is known."
    page.write_cell(0, text + page.report.number, font_color=theme.QUIET)
    page.next(22)
    teams = len(collation.results)
    text = f"All teams: {collation.returned} of {teams} {'team' if teams == 1 else 'teams'} returned. "
    text += page.report.promise
    page.band(text, **_BANNER)
    page.next(20)


def _banner(page: _Page) -> None:
    """What is shown, in one line: whose answers, what was changed by hand and what is not counted."""
    collation = page.report.collation
    returned, teams = collation.returned, len(collation.results)
    left_out = sum(collation.states[state] for state in NOT_COUNTED)
    changed = sum(answer.decided_by is DecidedBy.WORKBOOK for answer in collation.all_answers())
    cut = f'LEFT(SelectedGroup,{_MOST_OF_A_NAME - 1})&"…"'
    group = f"IF(LEN(SelectedGroup)>{_MOST_OF_A_NAME},{cut},SelectedGroup)"
    shown = f'IF(SelectedGroup="{formulas.ALL_GROUPS}","all groups",{group}&" only")'
    text = (
        f'"Showing "&{shown}&": "&{_returned()}&" of "&{_teams_listed()}'
        f'&IF({_teams_listed()}=1," team"," teams")&" returned. "'
        f'&{_counted(DECIDED_BY_HAND)}&" changed by hand. "&{_counted(_left_out())}&" not counted, see To fix."'
    )
    now = (
        f"Showing all groups: {returned} of {teams} {'team' if teams == 1 else 'teams'} returned. "
        f"{_many(changed, 'answer')} changed by hand. {_many(left_out, 'answer')} not counted, see To fix."
    )
    page.band(Formula(text, now), **_BANNER)
    page.next(20)


def _counted(number: str) -> str:
    """A number of answers in words, for a formula: `no answer`, `1 answer`, `2 answers`."""
    return f'IF({number}=0,"No",{number})&IF({number}<2," answer"," answers")'


def _many(number: int, noun: str) -> str:
    """A number with its noun as the formulas say it, without a thousands separator."""
    return f"{number or 'No'} {noun}{'s' * (number > 1)}"


DECIDED_BY_HAND = f'COUNTIFS(Answers[Decided by],"{[*DECIDED_BY.values()][-1]}",Answers[Shown],1)'


def _teams_listed() -> str:
    return f"SUM({_TEAMS_SHOWN})"


def _returned() -> str:
    """The formula of `Collation.returned`."""
    return "+".join(_with_status(status) for status in Status if status.returned)


def _with_status(status: Status) -> str:
    return f'COUNTIFS({_TEAMS_SHOWN},1,Teams[Status],"{STATUS_LABELS[status]}")'


# What the two cards about teams say of the others: the words of a status, and whether it is said where it is nobody's.
_NOTHING_CAME = ((Status.NONE, "not returned", True), (Status.WITHDRAWN, "not taking part", False))
_SOMETHING_CAME = (
    (Status.PARTIAL, "partial", True),
    (Status.UNUSABLE, "unusable", True),
    (Status.UNREADABLE, "not readable", False),
)
_Standing = Sequence[tuple[Status, str, bool]]


def _where(standing: _Standing) -> str:
    """How many teams have each of some statuses in words, for a formula."""
    (first, words, _), *rest = standing
    text = f'{_with_status(first)}&" {words}"'
    for status, words, always in rest:
        part = f'", "&{_with_status(status)}&" {words}"'
        text += f"&{part}" if always else f'&IF({_with_status(status)}=0,"",{part})'
    return text


def _numbers(statuses: Mapping[str, int], standing: _Standing) -> str:
    return ", ".join(f"{statuses[status]} {words}" for status, words, always in standing if always or statuses[status])


def _states(*states: State) -> str:
    return "+".join(f'COUNTIFS(Answers[State],"{STATE_LABELS[state]}",Answers[Shown],1)' for state in states)


def _left_out() -> str:
    return f"({_states(*NOT_COUNTED)})"


def _cards(page: _Page) -> None:
    report = page.report
    collation, target = report.collation, report.collation.target
    statuses, states = collation.statuses, collation.states
    valid, left_out = states[State.ANSWERED], sum(states[state] for state in NOT_COUNTED)
    everything = sum(states.values())
    at_target = report.overall.distribution.share_at_least(target)
    see = "; see To fix" if report.live else ""
    high = f'COUNTIFS(Answers[Level no],">={target}",Answers[Shown],1)'
    discuss = len(report.ranked.agenda[Agenda.DISCUSS])
    shown = [question for question in report.questionnaire.questions if question.id not in report.withheld]
    number = f"{len(shown)}{' shown' if len(shown) < len(report.questionnaire.questions) else ''}"
    counted = _states(State.ANSWERED)
    cards = (
        (
            ("Teams returned", Formula(_returned(), collation.returned), "0",
             Formula(
                 f'"of "&{_teams_listed()}&" asked or heard of; "&{_where(_NOTHING_CAME)}',
                 f"of {len(collation.results)} asked or heard of; {_numbers(statuses, _NOTHING_CAME)}",
             )),
            ("Complete returns", Formula(_with_status(Status.COMPLETE), statuses[Status.COMPLETE]), "0",
             Formula(
                 _where(_SOMETHING_CAME), _numbers(statuses, _SOMETHING_CAME)
             )),
            (f"At or above {report.target_name}",
             Formula(f'IF({counted}=0,"–",{high}/{counted})', "–" if at_target is None else at_target), "0%",
             "of valid answers; the target of this report"),
        ),
        (
            ("Valid answers", Formula(counted, valid), "#,##0",
             Formula(
                 '"of "&TEXT(SUM(Answers[Shown]),"0")&" in the copies that count"',
                 f"of {everything} in the copies that count",
             )),
            ("Answers not counted", Formula(_left_out(), left_out), "#,##0",
             Formula(
                 f'"and "&{_states(State.NOT_APPLICABLE)}&" not applicable; see To fix"',
                 f"and {states[State.NOT_APPLICABLE]} not applicable{see}",
             )),
            ("Questions to discuss",
             Formula(f'COUNTIF(Questions[Agenda],"{Agenda.DISCUSS}")', discuss if shown else "–"), "0",
             f"of {number}: teams stand far apart"),
        ),
    )  # fmt: skip
    for line in cards:
        for part, (height, look) in enumerate(_CARD_ROWS):
            for panel, card in zip(_PANELS, line, strict=True):
                value = (card[0], card[1], card[3])[part]
                shape = {"num_format": card[2], "align": "left"} if part == 1 else {}
                page.write_cell(
                    panel, value, bg_color=theme.PALE, indent=1, left=5, left_color=theme.BLUE, **look, **shape
                )
                page.write_cell(panel + 1, "", bg_color=theme.PALE, right=5, right_color=theme.WHITE)
            page.next(height)
        page.next(6)
    page.row -= 1


_CARD_ROWS: Sequence[tuple[float, dict[str, Any]]] = (
    (20, {"font_color": theme.QUIET, "bold": True}),
    (33, {"font_color": theme.DARK_BLUE, "bold": True, "font_size": 24}),
    (19, {"font_color": theme.QUIET, "font_size": 9}),
)


def _strengths(page: _Page) -> None:
    report = page.report
    page.section(*HALVES)
    head = {"font_size": 9, "font_color": theme.QUIET}
    for half in _HALVES:
        page.write_cell(half, "Question", **head)
        page.write_cell(half + 2, "At target", align="right", indent=2, **head)
    page.next(15)
    lists = zip(_HALVES, ("Strongest", "Weakest"), (report.ranked.strongest, report.ranked.weakest), strict=True)
    for place, (half, column, order) in product(range(1, _LISTED + 1), list(lists)):
        question = order[place - 1] if place <= len(order) else ""
        nothing = "" if place > 1 else report.nothing
        found = f"MATCH({place},Workings[{column}],0)"
        share = report.tallies[question].distribution.share_at_least(report.collation.target) if question else None
        label = report.label(question) if question else nothing
        page.line(half, Formula(f'IFERROR(INDEX(Workings[Label],{found}),"{nothing}")', label))
        page.line(half + 1, "")
        at_target = Formula(f'IFERROR(INDEX(Questions[At target],{found}),"")', "" if share is None else share)
        page.line(half + 2, at_target, num_format="0%", align="right", indent=2, bold=True)
        if half == _HALVES[-1]:
            page.next(21)


def _agenda(page: _Page) -> None:
    """The agenda in plain lists: five questions under each word, and how many more there are."""
    report = page.report
    page.section(*map(str, AGENDA_WORDS))
    for panel, word in zip(_PANELS, AGENDA_WORDS, strict=True):
        page.write_cell(panel, _MEANT[word], font_size=9, font_color=theme.QUIET)
    page.next(15)
    for place in range(1, _LISTED + 1):
        for panel, word in zip(_PANELS, AGENDA_WORDS, strict=True):
            order = report.ranked.agenda[word]
            question = order[place - 1] if place <= len(order) else ""
            nothing = "No question at present." if place == 1 else ""
            found = f'MATCH("{word} {place}",Workings[Place on agenda],0)'
            label = report.label(question) if question else nothing
            page.write_cell(panel, Formula(f'IFERROR(INDEX(Workings[Label],{found}),"{nothing}")', label))
        page.next(20)
    for panel, word in zip(_PANELS, AGENDA_WORDS, strict=True):
        more = len(report.ranked.agenda[word]) - _LISTED
        number = f'COUNTIF(Questions[Agenda],"{word}")-{_LISTED}'
        page.write_cell(
            panel,
            Formula(
                f'IF({number}>0,"and "&({number})&" more, see Questions","")',
                f"and {more} more, see Questions" if more > 0 else "",
            ),
            font_size=9,
            font_color=theme.QUIET,
        )
    page.next(15)


SHEET = SheetSpec(
    SUMMARY,
    "Two pages for a board: who returned, the components, strongest and weakest questions, the agenda.",
    write,
    headers=HALVES,
    body=PageSpec(width=COLUMNS, calculated=True, charts=summary_charts.count),
    turn=3,  # it is made of all others
)
