"""About: contents, keys, how to read each figure, what is new, and versions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from impact_xl.questionnaire import Question
from impact_xl.questionnaire.overlay import reworded
from impact_xl.results import formulas, level_key
from impact_xl.results.answers import NOT_APPLICABLE
from impact_xl.results.sections import BOLD, SectionPage
from impact_xl.results.sheet_writer import PageSpec, ReportWriter, SheetSpec, span
from impact_xl.results.teams import ORIGINAL, WORDING, wording_of
from impact_xl.round import decisions
from impact_xl.round.stored_workbook import (
    DECISION_COLUMNS,
    NEWS_COLUMNS,
    NEWS_SINCE,
    QUESTION_COLUMNS,
    WAITING,
    StoredAnswer,
    waiting_row,
)
from impact_xl.xlsx import theme
from impact_xl.xlsx.cell_values import Cell, Link

ABOUT = "About"
_WIDTHS = (30.0, 104.0, 26.0, 15.0, 8.0, 40.0, 34.0, 24.0)
GROUP_HEADERS = ("Group", "Teams")
DECISIONS_TITLE = "Decisions that count: each until it is taken out of the list, or its row here is cleared"
WAITING_TITLE = "Corrections by hand that wait for their answer"


def write(report: ReportWriter) -> None:
    """Write the sheet, and the names that formulas elsewhere use for its lists."""
    sheet = report.write_title(
        ABOUT,
        "About",
        "What is in this workbook, how to read it, and what it was made from.",
        empty="there is nothing to say",
        landscape=False,
    )
    page = SectionPage(report, ABOUT, sheet, _WIDTHS)
    page.section("What is where")
    page.table("Contents", ("Sheet", "What it holds"), _contents(report))
    page.section("Levels")
    _write_levels(page)
    page.section("How to read the figures")
    words = {"target": report.target_name, "lower": report.level_names[0], "upper": report.level_names[1]}
    figures = [("Level", level_key.note(report)), *((name, text.format(**words)) for name, text in _FIGURES)]
    page.table("Figures", ("Figure", "What it says"), figures, BOLD)
    sheet.print_area(0, 0, page.row - 2, 1)  # what follows is for the record
    page.section("Groups to choose from on Summary")
    _write_groups(page)
    _write_news(page)
    page.section("Made from")
    page.table("Versions", ("What", "Which"), _versions(report), BOLD)
    page.section("Questions asked")
    page.table("Asked", QUESTION_COLUMNS, [_question(each) for each in report.questionnaire.questions], BOLD)
    if report.questionnaire.overlays:
        _write_wordings(page)
    _write_decisions(page)
    if report.collation.carried and report.collation.carried.waiting:
        _write_waiting(page, report.collation.carried.waiting)
    sheet.fit_to_pages(1, 1)


def _contents(report: ReportWriter) -> list[tuple[Cell, ...]]:
    return [(Link(f"'{name}'!A1", name), spec.contents) for name, spec in report.specs.items() if spec.contents]


def _write_levels(page: SectionPage) -> None:
    """The levels in their colours, and the names of their lists: those that count, and those that can be chosen."""
    report = page.report
    first, last = page.table(
        "LevelKey",
        ("Level", "What it means here"),
        [
            *zip(report.level_names, level_key.meanings(report), strict=True),
            (NOT_APPLICABLE, "The team said that the question does not apply to it; it enters no share."),
        ],
        BOLD,
    )
    for row, (name, fill) in enumerate(zip(report.level_names, report.fills, strict=True), first):
        look = {"bold": True, "bg_color": fill, "font_color": theme.text_on(fill)}
        report.write_cell(page.sheet, row, 0, name, **look, valign="vcenter", align="left", indent=1)
    report.book.define("LevelNames", f"={span(first, 0, last - 1, sheet=ABOUT)}")
    report.book.define("LevelChoices", f"={span(first, 0, last, sheet=ABOUT)}")


_FIGURES = (
    (
        "Valid",
        (
            "The number of teams with exactly one level ticked. Every share is a share of these, and this "
            "number is always shown with it."
        ),
    ),
    (
        "Typical level",
        (
            "Half the teams are at or below it (the median, as a real level). “{lower} to {upper}” "
            "means that it falls between the two. There is no average: the levels are ordered, not measured."
        ),
    ),
    ("At target", "The share of valid answers at {target} or above."),
    (
        "Agreement",
        (
            "How alike the answers are: 1 means that all teams chose the same level, 0 that half chose the lowest "
            "and half the highest."
        ),
    ),
    ("From typical", "How far an answer is from the typical level on average: 0.7 is seven tenths of a level."),
    (
        "In words",
        (
            "From five valid answers on: teams mostly agree (0.75 and more), vary (0.50 to 0.75), strongly "
            "differ (below 0.50)."
        ),
    ),
    (
        "Two separate groups",
        (
            "Two levels at least two apart, each with at least two answers and a quarter of all. A level between them "
            "has at most half as many as the smaller."
        ),
    ),
    (
        "Against the others",
        (
            "For a group that you choose on Summary. Take one of its teams and one of the others: how often is its "
            "level the higher one, how often the lower? Shown if both sides have at least five valid answers."
        ),
    ),
    (
        "Agenda",
        (
            "Discuss differences: two separate groups, or teams strongly differ. Improve first: teams mostly "
            "agree, and the typical level is below {target}. Share good practice: they mostly agree, at "
            "{target} or above. Otherwise no clear pattern. With fewer than five answers: all below, all at "
            "or above, or differing."
        ),
    ),
    (
        "Order of the lists",
        (
            "Discuss and improve: the smallest share at target first. Good practice: the largest first. Then the "
            "lower agreement. Ties keep the order of the questions."
        ),
    ),
    (
        "Blank, Multiple, Unclear, Missing",
        (
            "Answers that do not count until somebody fixes them. No box is ticked, or more than one; a mark could "
            "mean anything; rows or sheets are missing. Two ticks are never turned into one."
        ),
    ),
    (
        "Status of a team",
        (
            "Complete: every question answered or not applicable. Partial: some. Unusable: a copy came, but nothing in "
            "it counts. Came, not readable: something came, and nothing of it could be read. Not taking part: the team "
            "list says so, and the team's answers are shown but not counted. Not returned: nothing came. Complete and "
            "partial teams have returned."
        ),
    ),
    (
        "Groups",
        (
            "The choice on Summary drives Summary, Components and Questions and their charts. Teams without a"
            " group are “(no group)”. Filters on any sheet change no number. Heatmap, Teams and Answers "
            "always hold all teams."
        ),
    ),
)


def _write_groups(page: SectionPage) -> None:
    """The groups with their numbers of teams, and the name of their list."""
    collation = page.report.collation
    teams = Counter(result.team.group_name for result in collation.results)
    rows = [(formulas.ALL_GROUPS, len(collation.results)), *((group, teams[group]) for group in collation.groups)]
    first, last = page.table("Groups", GROUP_HEADERS, rows, [{"bold": True}, {"align": "left"}])
    page.report.book.define("GroupNames", f"={span(first, 0, last, sheet=ABOUT)}")


def _write_news(page: SectionPage) -> None:
    """What is new since the last workbook that differed; nothing in the first workbook of a round."""
    news = page.report.collation.carried.news if page.report.collation.carried else None
    if news:
        dated = f" of {news.since}" if news.since else " before, which has no date"
        page.section(f"What is new since the workbook{dated}")
        page.table("News", NEWS_COLUMNS, news.rows, BOLD)


def _question(each: Question) -> tuple[Cell, ...]:
    """A question in `QUESTION_COLUMNS`."""
    return each.id, each.title, each.short, each.fingerprint


def _write_wordings(page: SectionPage) -> None:
    """In which words the copies were answered, and what those of the overlays are."""
    questionnaire, results = page.report.questionnaire, page.report.collation.results
    used = Counter(wording_of(result.submission) for result in results if result.submission)
    page.section("Other words for some texts: answers in every wording count together")
    others = filter(None, (worded.wording for worded in questionnaire.overlays))
    rows = [
        (ORIGINAL, questionnaire.title, questionnaire.publisher, used[ORIGINAL]),
        *((each.id, f"For {each.audience}", each.by, used[each.id]) for each in others),
    ]
    page.table("Wordings", (WORDING, "What it is", "By", "Copies that count"), rows, BOLD)
    texts = [
        (f"{worded.wording.id}: {what}", f"{theirs}", f"Original: {mine}")
        for worded in questionnaire.overlays
        if worded.wording
        for what, mine, theirs in reworded(questionnaire, worded)
    ]
    page.table("Reworded", ("Text", "As it is worded", "As the questionnaire has it"), texts, BOLD)


def _write_decisions(page: SectionPage) -> None:
    """What people decided, kept so that it stands where no list of decisions is given."""
    kept = [*decisions.rows(page.report.collation.decisions, page.report.questionnaire)]
    if kept:
        _write_open(page, "Decisions", DECISIONS_TITLE, DECISION_COLUMNS, kept)


def _write_waiting(page: SectionPage, waiting: Sequence[StoredAnswer]) -> None:
    """What somebody corrected for which there is no answer at present; it counts as soon as there is one."""
    _write_open(page, "Waiting", WAITING_TITLE, WAITING, [waiting_row(each) for each in waiting])


def _write_open(page: SectionPage, name: str, title: str, heads: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
    """A table that people may clear rows of, under its title."""
    page.open_section(title)
    page.open_table(name, heads, rows)


def _versions(report: ReportWriter) -> list[tuple[Cell, ...]]:
    questionnaire, collation = report.questionnaire, report.collation
    passed = [finding.message for finding in collation.to_fix if finding.rule.id == "file-skipped"]
    return [
        ("Questionnaire", questionnaire.imprint),
        ("Questionnaire's id", questionnaire.id),
        ("Questionnaire's fingerprint", questionnaire.fingerprint),
        ("Round", collation.round.title or collation.round.id or "not named"),
        ("Round's id", collation.round.id),
        ("Dated", collation.date or ""),
        ("Target level", report.target_name),
        ("Passed over", " ".join(passed) or "nothing"),
        ("Carried over from the workbook before", str(collation.carried or "") or "nothing"),
        ("Program", "impact-xl " + _version()),
        *([(NEWS_SINCE, collation.carried.news.since)] if collation.carried and collation.carried.news else []),
    ]


def _version() -> str:
    from impact_xl import __version__  # lazy: the package's own names are one lazy list

    return __version__


SHEET = SheetSpec(
    ABOUT,
    "",  # this is the sheet that lists the others
    write,
    headers=("Figure", "What it says"),
    body=PageSpec(ends_at=(DECISIONS_TITLE, WAITING_TITLE)),
    turn=0,  # the names of its lists stand in formulas of all others
)
