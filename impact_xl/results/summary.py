"""Summary: two A4 pages that a board can read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from impact_xl.results import formulas, groups, summary_charts, summary_questions
from impact_xl.results.answers import DECIDED_BY
from impact_xl.results.components import COMPONENTS
from impact_xl.results.expressions import choose, compare, join, minus
from impact_xl.results.groups import GROUPS
from impact_xl.results.headline import Shares, at_target, write_headline
from impact_xl.results.labels import NOT_COUNTED, STATE_LABELS, STATUS_LABELS
from impact_xl.results.questions import AGENDA_WORDS, share_in_words
from impact_xl.results.sheet_writer import FIRST_ROW, PageSpec, ReportWriter, SheetSpec
from impact_xl.results.summary_page import COLUMNS, PIXELS, WIDTH, Page
from impact_xl.round.answers import DecidedBy, State, Status
from impact_xl.round.figures import Agenda, Distribution
from impact_xl.wording import plural
from impact_xl.xlsx import theme
from impact_xl.xlsx.a1 import column_name
from impact_xl.xlsx.cell_values import Formula

SUMMARY = "Summary"
_PANELS = (0, 2, 4)
_LAST_COL = COLUMNS - 1
# Percent. Excel ignores page breaks on sheets that fit to a page, so the scale is set: the panels on A4 portrait, with
# room for LibreOffice, whose columns come out 6% wider than Excel's.
_SCALE = 86
_PAGE_POINTS = 763  # of A4's height, between the margins
_SLACK = 60  # pixels, as programs round the heights of rows
_TITLES = (18, 16, 14, 12)  # points; the largest in which a title fits the page

_SELECTOR = (2, 0)
_CALCULATED = "This page is calculated. Choose a group in A3; correct levels on the sheet Answers."
_LISTED = 5
_MEANT = {
    Agenda.DISCUSS: "Teams are far apart. Hear why before you act.",
    Agenda.IMPROVE: "Teams agree: not at the target level yet.",
    Agenda.SHARE: "Teams agree: at the target level or above.",
}
_TEAMS_SHOWN = "Teams[Shown]"


def write(report: ReportWriter) -> None:
    """Write the sheet, and the name that formulas elsewhere use for the group chosen on it."""
    sheet = report.sheets[SUMMARY]
    sheet.set_column(0, _LAST_COL, WIDTH)
    title, size = _title(report)
    report.write_title(SUMMARY, title, _holds(report), landscape=False)
    report.write_cell(sheet, 0, 0, title, bold=True, font_size=size, font_color=theme.DARK_BLUE, text_wrap=False)
    page = Page(report, sheet)
    page.row = _SELECTOR[0]
    if report.live:
        _selector(page)
        _banner(page)
    else:
        _for_sharing(page)
    page.next(8)
    _headline(page)
    _cards(page)
    page.next(10)
    page.section("How the answers are spread, by component", under=summary_questions.under(report, COMPONENTS))
    page.key()
    page.chart(
        summary_charts.by_component(report),
        summary_charts.height_by_component(report),
        summary_charts.describe_components(report),
        summary_questions.instead(report),
    )
    page.next(8)
    if report.live and groups.exist(report.collation):
        _side_by_side(page)
        page.next(8)
    _agenda(page)
    scale = min(_SCALE, int(100 * _PAGE_POINTS / page.points))
    breaks = summary_questions.write(page, 100 * _PAGE_POINTS / scale / theme.POINTS_PER_PIXEL - _SLACK)
    sheet.set_h_pagebreaks(breaks)
    sheet.set_print_scale(scale)
    sheet.set_margins(left=0.3, right=0.3, top=0.5, bottom=0.6)
    sheet.center_horizontally()
    sheet.print_area(0, 0, page.row - 1, _LAST_COL)
    if report.live:
        report.block_typing(sheet, _SELECTOR[0] + 1, 0, page.row - 1, _LAST_COL, _CALCULATED)
    sheet.set_first_sheet()
    sheet.activate()


def _title(report: ReportWriter) -> tuple[str, int]:
    """The title, with what the workbook holds where there is room for it, and the size in which it fits the page."""
    whole = f"{report.title}: consolidated results"
    for text in (whole, report.title):
        for size in _TITLES[:2] if text is whole else _TITLES:
            if theme.text_pixels(text, size, bold=True) <= PIXELS:
                return text, size
    return report.title, _TITLES[-1]


def _holds(report: ReportWriter) -> str:
    collation = report.collation
    dated = f"{collation.date.day} {collation.date:%B %Y}. " if collation.date else ""
    return (
        f"{dated}{plural(len(report.questionnaire.components), 'component')}, "
        f"{plural(len(report.questionnaire.questions), 'question')}, "
        f"{len(report.level_names)} levels. For discussion and planning; not a league table."
    )


def _selector(page: Page) -> None:
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


def _for_sharing(page: Page) -> None:
    """What stands in place of the selector in a copy that leaves the coordinator."""
    collation = page.report.collation
    text = "Board copy: no team is named. If all teams chose the same level, each team's answer can be seen from that."
    page.write_cell(0, text + page.report.number, font_color=theme.QUIET)
    page.next(22)
    teams = len(collation.results)
    text = f"All teams: {collation.returned} of {teams} {'team' if teams == 1 else 'teams'} returned. "
    text += page.report.promise
    page.band(text, **_BANNER)
    page.next(20)


def _banner(page: Page) -> None:
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


# What the card about teams says in two lines: the words of a status, and whether it is said where it is nobody's.
_Standing = Sequence[tuple[Status, str, bool]]
_ANSWERED: _Standing = ((Status.COMPLETE, "complete", True), (Status.PARTIAL, "partial", True))
_OTHERS: _Standing = (
    (Status.NONE, "not returned", True),
    (Status.UNUSABLE, "unusable", False),
    (Status.UNREADABLE, "not readable", False),
    (Status.WITHDRAWN, "not taking part", False),
)


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


def _headline(page: Page) -> None:
    """What the page says, in two sentences, as large as they fit."""
    report = page.report
    collation = report.collation
    returned = Formula(f"({_returned()})", collation.returned)
    sentences = write_headline(report, returned, Formula(_teams_listed(), len(collation.results)))
    for text in sentences:
        sizes = (size for size in _HEADLINE_SIZES if theme.text_pixels(str(text.value), size, bold=True) <= PIXELS)
        page.write_cell(0, text, bold=True, font_size=next(sizes, _HEADLINE_SIZES[-1]), font_color=theme.DARK_BLUE)
        page.next(20)
    if report.live and groups.exist(collation):
        page.write_cell(0, groups.far_behind(report), font_size=9.5, font_color=theme.DARK_BLUE)
        page.next(16)
    page.next(4)


_HEADLINE_SIZES = (12, 11, 10, 9)  # points


def _cards(page: Page) -> None:
    """Three counts: who answered, on how many questions most are at the target, how many to discuss."""
    report = page.report
    collation = report.collation
    statuses, shares = collation.statuses, Shares(report, "Question", report.tallies, report.questionnaire.questions)
    returned = Formula(f"({_returned()})", collation.returned)
    of_questions = join(" of ", shares.number)
    discuss = len(report.ranked.agenda[Agenda.DISCUSS])
    nothing = compare(shares.number, "=", 0)
    number = Formula(f'COUNTIF(Questions[Agenda],"{Agenda.DISCUSS}")', discuss)
    cards = (
        (
            "Teams that answered",
            join(returned, " of ", Formula(_teams_listed(), len(collation.results))),
            Formula(_where(_ANSWERED), _numbers(statuses, _ANSWERED)),
            Formula(_where(_OTHERS), _numbers(statuses, _OTHERS)),
        ),
        (
            f"Mostly {at_target(report)}",
            choose((nothing, "–"), otherwise=join(shares.over_half, of_questions)),
            "questions where more than half of the teams",
            f"are {at_target(report)}",
        ),
        (
            "To discuss",
            choose((nothing, "–"), otherwise=join(number, of_questions)),
            "questions where teams are far apart",
            "",
        ),
    )
    for part, (height, look) in enumerate(_CARD_ROWS):
        for panel, card in zip(_PANELS, cards, strict=True):
            page.write_cell(panel, card[part], bg_color=theme.PALE, indent=1, left=5, left_color=theme.BLUE, **look)
            page.write_cell(panel + 1, "", bg_color=theme.PALE, right=5, right_color=theme.WHITE)
        page.next(height)


_CARD_ROWS: Sequence[tuple[float, dict[str, Any]]] = (
    (20, {"font_color": theme.QUIET, "bold": True}),
    (33, {"font_color": theme.DARK_BLUE, "bold": True, "font_size": 24}),
    (13, {"font_color": theme.QUIET, "font_size": 8}),
    (14, {"font_color": theme.QUIET, "font_size": 8}),
)


def _agenda(page: Page) -> None:
    """The agenda in plain lists: five questions under each word with their figures, and how many more there are."""
    report = page.report
    page.section(*map(str, AGENDA_WORDS))
    for panel, word in zip(_PANELS, AGENDA_WORDS, strict=True):
        page.write_cell(panel, _MEANT[word], font_size=9, font_color=theme.QUIET)
    page.next(17)
    for place in range(1, _LISTED + 1):
        items = [_item(report, word, place) for word in AGENDA_WORDS]
        for part, (height, look) in enumerate(_ITEM_ROWS):
            for panel, item in zip(_PANELS, items, strict=True):
                page.write_cell(panel, item[part], **look)
            page.next(height)
    for panel, word in zip(_PANELS, AGENDA_WORDS, strict=True):
        number = Formula(f'COUNTIF(Questions[Agenda],"{word}")', len(report.ranked.agenda[word]))
        more = join("and ", minus(number, _LISTED), " more, see Questions")
        page.write_cell(
            panel,
            choose((compare(number, ">", _LISTED), more), otherwise=""),
            font_size=9,
            font_color=theme.QUIET,
        )
    page.next(15)


_ITEM_ROWS: Sequence[tuple[float, dict[str, Any]]] = (
    (16, {"bold": True, "font_size": 9.5}),
    (15, {"font_size": 8.5, "font_color": theme.QUIET, "valign": "top"}),
)


def _item(report: ReportWriter, word: Agenda, place: int) -> tuple[Formula, Formula]:
    """A question on the agenda, and its typical level with how many are at the target."""
    order = report.ranked.agenda[word]
    question = order[place - 1] if place <= len(order) else ""
    nothing = report.no_question if place == 1 else ""
    found = f'MATCH("{word} {place}",Workings[Place on agenda],0)'
    label = Formula(
        f'IFERROR({formulas.text_at("Workings[Label]", found)},"{nothing}")',
        report.label(question) if question else nothing,
    )
    distribution = report.tallies[question].distribution if question else Distribution(())
    share = share_in_words(
        formulas.number_at("Questions[Valid]", found),
        formulas.number_at("Questions[At target]", found),
        distribution,
        report.collation.target,
    )
    figures = join(
        Formula(formulas.text_at("Questions[Typical level]", found), report.typical(distribution.typical)), "; ", share
    )
    return label, Formula(f'IFERROR({figures.text},"")', figures.value if question else "")


def _side_by_side(page: Page) -> None:
    """The groups in a few lines; of many nothing but where they stand."""
    report = page.report
    names = report.collation.groups
    page.section(
        "Groups side by side", under=f"Services differ: ask why before you compare. More on the sheet {GROUPS}."
    )
    if len(names) > _MOST_GROUPS:
        page.write_cell(0, f"{len(names)} groups: see the sheet {GROUPS}.")
        page.next(18)
        return
    for row, group in enumerate(names, FIRST_ROW):
        for col, value in zip(_GROUP_COLUMNS, groups.line(report, row, group), strict=True):
            page.line(col, value, bold=col == 0)
        for col in set(range(COLUMNS)) - set(_GROUP_COLUMNS):
            page.line(col, "")
        page.next(18)


_MOST_GROUPS = 8  # on the page
_GROUP_COLUMNS = (0, 2, 3, 4)


SHEET = SheetSpec(
    SUMMARY,
    "Two pages for a board: what the answers say, who answered, the components, the agenda, all questions.",
    write,
    headers=tuple(map(str, AGENDA_WORDS)),
    body=PageSpec(width=COLUMNS, calculated=True, charts=summary_charts.count),
    turn=3,  # it is made of all others
)
