"""Summary: two A4 pages that a board can read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from impact_xl import theme
from impact_xl.answers import DecidedBy, State, Status
from impact_xl.cells import Formula
from impact_xl.figures import Agenda
from impact_xl.findings import plural
from impact_xl.layout import column_name
from impact_xl.results import charts, components, formulas
from impact_xl.results.answers import DECIDED_BY
from impact_xl.results.questions import AGENDA_WORDS, Places, Workings
from impact_xl.results.report import (
    COMPONENTS,
    FIRST_ROW,
    HEADER_ROW,
    NOT_COUNTED,
    QUESTIONS,
    STATES,
    STATUSES,
    SUMMARY,
    Report,
    span,
)

# Three panels, each a wide column for words and a narrow one for numbers.
_WIDE, _NARROW = 32.5, 8.5
_PANELS = (0, 2, 4)
_LAST_COL = 5
_PIXELS = 3 * (theme.column_pixels(_WIDE) + theme.column_pixels(_NARROW))
# Percent. Excel ignores page breaks on sheets that fit to a page, so the scale is set: the panels on A4 portrait, with
# room for LibreOffice, whose columns come out 6% wider than Excel's.
_SCALE = 77

_SELECTOR = (2, 0)
_LISTED = 5
_MEANT = {
    Agenda.DISCUSS: "Teams stand far apart. Hear why before acting.",
    Agenda.IMPROVE: "Teams agree: not yet at the target level.",
    Agenda.SHARE: "Teams agree: at the target level or above.",
}
_LISTS = {"font_size": 9.5}  # the longest label of a question then fits its panel
_STATUS_ORDER = (Status.COMPLETE, Status.PARTIAL, Status.UNUSABLE, Status.NONE)

_TEAMS_SHOWN = "Teams[Shown]"


class _Page:
    """The sheet from top to bottom; `row` is where the next block goes."""

    def __init__(self, report: Report, sheet: Any) -> None:
        self.report, self.sheet, self.row = report, sheet, 0

    def put(self, col: int, value: Any, **look: Any) -> None:
        self.report.put(self.sheet, self.row, col, value, **{"text_wrap": False, "valign": "vcenter", **look})

    def next(self, height: float) -> None:
        self.sheet.set_row(self.row, height)
        self.row += 1

    def section(self, title: str, panels: Sequence[int] = (0,), titles: Sequence[str] = ()) -> None:
        """A heading over the whole width, or one over each panel, with a blue line under it."""
        texts = dict(zip(panels, titles or [title], strict=False))
        for col in range(_LAST_COL + 1):
            self.put(
                col,
                texts.get(col, ""),
                bold=True,
                font_size=12,
                font_color=theme.DARK_BLUE,
                bottom=2,
                bottom_color=theme.BLUE,
            )
        self.next(22)

    def chart(self, chart: Any, height: int, says: str) -> None:
        """A chart over the whole width, on rows that are exactly as high."""
        chart.set_size({"width": _PIXELS, "height": height})
        self.sheet.insert_chart(self.row, 0, chart, {"description": says, "object_position": 1})
        rows = round(height / 20)
        for _ in range(rows):
            self.next(height * theme.POINTS_PER_PIXEL / rows)


def write(report: Report) -> None:
    """Write the sheet, and the name that formulas elsewhere use for the group chosen on it."""
    sheet = report.sheets[SUMMARY]
    for panel in _PANELS:
        sheet.set_column(panel, panel, _WIDE)
        sheet.set_column(panel + 1, panel + 1, _NARROW)
    report.head(SUMMARY, f"{report.title}: consolidated results", _holds(report), landscape=False)
    page = _Page(report, sheet)
    page.row = _SELECTOR[0]
    if report.live:
        _selector(page)
        _banner(page)
    else:
        _for_sharing(page)
    page.next(10)
    _cards(page)
    page.next(14)
    page.section("How the answers are spread, by component")
    page.chart(_component_chart(report), 380, _component_says(report))
    page.next(10)
    _strengths(page)
    page.next(16)
    _agenda(page)
    page_one = page.row
    page.section("How the answers are spread, by question")
    page.chart(_question_chart(report), 50 * len(report.asked.questions) + 120, _question_says(report))
    sheet.set_h_pagebreaks([page_one])
    sheet.set_print_scale(_SCALE)
    sheet.set_margins(left=0.3, right=0.3, top=0.5, bottom=0.6)
    sheet.center_horizontally()
    sheet.print_area(0, 0, page.row - 1, _LAST_COL)
    sheet.set_first_sheet()
    sheet.activate()


def _holds(report: Report) -> str:
    collation = report.collation
    dated = f"{collation.date.day} {collation.date:%B %Y}. " if collation.date else ""
    return (
        f"{dated}{plural(len(report.asked.components), 'component')}, "
        f"{plural(len(report.asked.questions), 'question')}, "
        f"{len(report.level_names)} levels. For discussion and planning; not a league table."
    )


def _selector(page: _Page) -> None:
    row, col = _SELECTOR
    page.put(
        col,
        formulas.ALL_GROUPS,
        bold=True,
        font_size=11,
        border=2,
        border_color=theme.BLUE,
        bg_color=theme.ENTRY,
        align="center",
        locked=False,
        shrink=True,
    )
    page.put(
        1, "Choose a group in A3: every number and chart on this sheet follows it.", font_color=theme.QUIET, indent=1
    )
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


def _for_sharing(page: _Page) -> None:
    """What stands in place of the selector in a copy that leaves the coordinator."""
    collation = page.report.collation
    page.put(0, "A copy to share: no team is named, and no free text is in it.", font_color=theme.QUIET)
    page.next(22)
    text = f"All teams: {collation.returned} of {_many(len(collation.results), 'team')} returned. {page.report.promise}"
    for col in range(_LAST_COL + 1):
        page.put(col, text if col == 0 else "", bold=True, bg_color="#DDE9F5", font_color=theme.DARK_BLUE)
    page.next(21)


def _banner(page: _Page) -> None:
    collation = page.report.collation
    returned, asked = collation.returned, len(collation.results)
    left_out = sum(collation.states[state] for state in NOT_COUNTED)
    changed = sum(answer.decided_by is DecidedBy.WORKBOOK for answer in collation.all_answers())
    by_hand = DECIDED_BY_HAND
    shown = f'IF(SelectedGroup="{formulas.ALL_GROUPS}","all groups",SelectedGroup&" only")'
    text = (
        f'"Showing "&{shown}&": "&{_returned()}&" of "&{_asked()}&IF({_asked()}=1," team"," teams")&" returned. "'
        f'&{by_hand}&IF({by_hand}=1," answer"," answers")&" changed by hand. "'
        f'&{_left_out()}&IF({_left_out()}=1," answer"," answers")&" not counted, see To fix."'
    )
    now = (
        f"Showing all groups: {returned} of {_many(asked, 'team')} returned. "
        f"{_many(changed, 'answer')} changed by hand. {_many(left_out, 'answer')} not counted, see To fix."
    )
    for col in range(_LAST_COL + 1):
        page.put(col, Formula(text, now) if col == 0 else "", bold=True, bg_color="#DDE9F5", font_color=theme.DARK_BLUE)
    page.next(21)


def _many(number: int, noun: str) -> str:
    """A number with its noun as the formulas say it, without a thousands separator."""
    return f"{number} {noun}{'s' * (number != 1)}"


DECIDED_BY_HAND = f'COUNTIFS(Answers[Decided by],"{[*DECIDED_BY.values()][-1]}",Answers[Shown],1)'


def _asked() -> str:
    return f"SUM({_TEAMS_SHOWN})"


def _returned() -> str:
    return f'COUNTIFS({_TEAMS_SHOWN},1,Teams[Status],"<>{STATUSES[Status.NONE]}")'


def _with_status(status: Status) -> str:
    return f'COUNTIFS({_TEAMS_SHOWN},1,Teams[Status],"{STATUSES[status]}")'


def _states(*states: State) -> str:
    return "+".join(f'COUNTIFS(Answers[State],"{STATES[state]}",Answers[Shown],1)' for state in states)


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
    asked = len(report.asked.questions)
    counted = _states(State.ANSWERED)
    partial, unusable = _with_status(Status.PARTIAL), _with_status(Status.UNUSABLE)
    cards = (
        (
            ("Teams returned", Formula(_returned(), collation.returned), "0",
             Formula(f'"of "&{_asked()}&" asked or heard of"', f"of {len(collation.results)} asked or heard of")),
            ("Complete returns", Formula(_with_status(Status.COMPLETE), statuses[Status.COMPLETE]), "0",
             Formula(
                 f'{partial}&" partial, "&{unusable}&" unusable"',
                 f"{statuses[Status.PARTIAL]} partial, {statuses[Status.UNUSABLE]} unusable",
             )),
            (f"At or above {report.target_name}",
             Formula(f'IF({counted}=0,"–",{high}/{counted})', "–" if at_target is None else at_target), "0%",
             "of valid answers: the target of this report"),
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
            ("Questions to discuss", Formula(f'COUNTIF(Questions[Agenda],"{Agenda.DISCUSS}")', discuss), "0",
             f"of {asked}: teams stand far apart"),
        ),
    )  # fmt: skip
    for line in cards:
        for part, (height, look) in enumerate(_CARD_ROWS):
            for panel, card in zip(_PANELS, line, strict=True):
                value = (card[0], card[1], card[3])[part]
                shape = {"num_format": card[2], "align": "left"} if part == 1 else {}
                page.put(panel, value, bg_color=theme.PALE, indent=1, left=5, left_color=theme.BLUE, **look, **shape)
                page.put(panel + 1, "", bg_color=theme.PALE, right=5, right_color=theme.WHITE)
            page.next(height)
        page.next(6)
    page.row -= 1


_CARD_ROWS: Sequence[tuple[float, dict[str, Any]]] = (
    (20, {"font_color": theme.QUIET, "bold": True}),
    (33, {"font_color": theme.DARK_BLUE, "bold": True, "font_size": 24}),
    (19, {"font_color": theme.QUIET, "font_size": 9}),
)


def _component_chart(report: Report) -> Any:
    places = Places(len(report.level_names), components.BEFORE)
    last = FIRST_ROW + len(report.asked.components) - 1
    return charts.stacked(
        report,
        names=span(FIRST_ROW, 1, last, sheet=COMPONENTS),
        shares=_shares(report, places, last, COMPONENTS),
        gap=35,
    )


def _question_chart(report: Report) -> Any:
    at = Workings(report)
    last = FIRST_ROW + len(report.asked.questions) - 1
    return charts.stacked(
        report,
        names=span(FIRST_ROW, at.label, last, sheet=QUESTIONS),
        shares=_shares(report, at.places, last, QUESTIONS),
    )


def _shares(report: Report, places: Places, last: int, sheet: str) -> list[tuple[str, str]]:
    """For each level the header that names it and its column of shares."""
    return [
        (
            f"'{sheet}'!${column_name(places.counts + level)}${HEADER_ROW + 1}",
            span(FIRST_ROW, places.shares + level, last, sheet=sheet),
        )
        for level in range(len(report.level_names))
    ]


def _component_says(report: Report) -> str:
    shares = "; ".join(
        f"{component.short}: {_at_target(tally.distribution.share_at_least(report.collation.target))}"
        for component, tally in zip(report.asked.components, report.component_tallies.values(), strict=True)
    )
    return (
        "100% stacked bars: the share of valid answers at each level, for each component. At or above "
        f"{report.target_name}, "
        f"all groups: {shares}. The numbers stand on the sheet Components."
    )


def _question_says(report: Report) -> str:
    strong, weak = report.ranked.strongest[:1], report.ranked.weakest[:1]
    ends = (
        f" Highest share at or above {report.target_name}, all groups: {report.label(strong[0])}; lowest: "
        f"{report.label(weak[0])}."
        if strong
        else ""
    )
    return (
        f"100% stacked bars: the share of valid answers at each level, for each question.{ends} The numbers stand "
        "on the sheet Questions."
    )


def _at_target(share: float | None) -> str:
    return "no valid answer" if share is None else f"{share:.0%}"


def _strengths(page: _Page) -> None:
    report = page.report
    page.section("", _PANELS, ("Strongest questions", "Questions with most room to grow", "Who has returned"))
    head = {"font_size": 9, "font_color": theme.QUIET}
    for panel in _PANELS[:2]:
        page.put(panel, "Question", **head)
        page.put(panel + 1, "At target", align="right", indent=1, **head)
    page.put(4, "Status", **head)
    page.put(5, "Teams", align="right", **head)
    page.next(15)
    lists = ((0, "Strongest", report.ranked.strongest), (2, "Weakest", report.ranked.weakest))
    for place in range(1, _LISTED + 1):
        for panel, column, order in lists:
            question = order[place - 1] if place <= len(order) else ""
            found = f"MATCH({place},Workings[{column}],0)"
            share = report.tallies[question].distribution.share_at_least(report.collation.target) if question else None
            _line(
                page,
                panel,
                Formula(f'IFERROR(INDEX(Workings[Label],{found}),"")', report.label(question) if question else ""),
            )
            _line(
                page,
                panel + 1,
                Formula(f'IFERROR(INDEX(Questions[At target],{found}),"")', "" if share is None else share),
                num_format="0%",
                align="right",
                indent=1,
                bold=True,
            )
        if place <= len(_STATUS_ORDER):
            status = _STATUS_ORDER[place - 1]
            _line(page, 4, STATUSES[status])
            _line(page, 5, Formula(_with_status(status), report.collation.statuses[status]), align="right", bold=True)
        elif place == len(_STATUS_ORDER) + 1:
            _line(page, 4, "In all", bold=True)
            _line(page, 5, Formula(_asked(), len(report.collation.results)), align="right", bold=True)
        page.next(22)


def _line(page: _Page, col: int, value: Any, **look: Any) -> None:
    page.put(col, value, bottom=1, bottom_color=theme.FAINT_LINE, **{**_LISTS, **look})


def _agenda(page: _Page) -> None:
    """The agenda in plain lists: five questions under each word, and how many more there are."""
    report = page.report
    page.section("", _PANELS, [str(word) for word in AGENDA_WORDS])
    for panel, word in zip(_PANELS, AGENDA_WORDS, strict=True):
        page.put(panel, _MEANT[word], font_size=9, font_color=theme.QUIET)
    page.next(15)
    for place in range(1, _LISTED + 1):
        for panel, word in zip(_PANELS, AGENDA_WORDS, strict=True):
            order = report.ranked.agenda[word]
            question = order[place - 1] if place <= len(order) else ""
            nothing = "No question at present." if place == 1 else ""
            found = f'MATCH("{word} {place}",Workings[Place on agenda],0)'
            page.put(
                panel,
                Formula(
                    f'IFERROR(INDEX(Workings[Label],{found}),"{nothing}")',
                    report.label(question) if question else nothing,
                ),
                **_LISTS,
            )
        page.next(21)
    for panel, word in zip(_PANELS, AGENDA_WORDS, strict=True):
        more = len(report.ranked.agenda[word]) - _LISTED
        number = f'COUNTIF(Questions[Agenda],"{word}")-{_LISTED}'
        page.put(
            panel,
            Formula(
                f'IF({number}>0,"and "&({number})&" more, see Questions","")',
                f"and {more} more, see Questions" if more > 0 else "",
            ),
            font_size=9,
            font_color=theme.QUIET,
        )
    page.next(15)
