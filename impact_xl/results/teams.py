"""Teams: who has returned, how far they have come, and each team's profile."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import Any

from impact_xl.questionnaire import Component, Questionnaire
from impact_xl.results import formulas, heatmap, paper
from impact_xl.results.edits.checksum import OUTSIDE_TABLE
from impact_xl.results.edits.match_rows import BY_TEAM, Key, ListedColumns
from impact_xl.results.heatmap import FIRST_QUESTION, FIRST_TEAM, HEATMAP, NOT_LIVE, TOP
from impact_xl.results.labels import STATE_LABELS, STATUS_LABELS
from impact_xl.results.sheet_writer import (
    CENTRE,
    QUIET,
    WHOLE,
    Column,
    ReportWriter,
    RowHeights,
    SheetSpec,
    TableSpec,
    row_height_of,
    span,
)
from impact_xl.returns.submission import Submission
from impact_xl.round.answers import State, Status
from impact_xl.round.collation import Collation
from impact_xl.round.figures import tally
from impact_xl.round.record import TeamResult
from impact_xl.round.stored_workbook import TABLES
from impact_xl.round.tables import own_columns
from impact_xl.xlsx import theme
from impact_xl.xlsx.a1 import column_name
from impact_xl.xlsx.cell_values import Cell, Formula, Rows, cell_text, cell_value

TEAMS = "Teams"
WORDING, ORIGINAL = "Wording", "original"
_SMALL = {"font_size": 9}
_THIS = "Teams[[#This Row],[{}]]"
_NUMBER = _THIS.format("Team no")


def columns(questionnaire: Questionnaire) -> list[Column]:
    """The columns of the table."""
    return [
        Column("Team", 22, {"bold": True}),
        Column("Group", 15, {"font_size": 9}),
        Column("Status", 12, {"font_size": 9}),
        Column("Answered", 8.5, WHOLE, {"font_size": 9}),
        *(Column(component.short, 20.2, _SMALL, _SMALL) for component in questionnaire.components),
        Column("Questions", 10.5, WHOLE),
        Column("Copies", 8, WHOLE),
        Column("Date", 14),
        Column("Completed by", 27),
        *(Column(head, 36, _SMALL, _SMALL) for head in _lowest_heads(questionnaire)),
        Column("File", 30),
        *([Column(WORDING, 14)] if questionnaire.overlays else []),
        Column("On the team list", 10, CENTRE),
        Column("Team ID", 28, QUIET),
        Column("Team no", 9, {**QUIET, **CENTRE}),
        Column("Shown", 9, {**QUIET, **CENTRE}),
    ]


def _lowest_heads(questionnaire: Questionnaire) -> list[str]:
    return [f"Lowest in {component.short}" for component in questionnaire.components]


def _not_always(questionnaire: Questionnaire) -> list[str]:
    """Earlier versions called a component by its id here."""
    return [
        *_lowest_heads(questionnaire),
        *(f"Lowest in {component.id}" for component in questionnaire.components),
        WORDING,
    ]


def listed(collation: Collation) -> ListedColumns:
    """The columns that people added to the team list: by their headers here, what stands beside each team."""
    ours = [column.header for column in columns(collation.questionnaire)]
    # The checksums call all texts outside of tables “*”, so no column can have that name.
    taken = (*ours, *_not_always(collation.questionnaire), OUTSIDE_TABLE)
    results = collation.results
    return {
        name: {(each.team.id,): _as_kept(cell) for each in results if (cell := each.team.own.get(head)) is not None}
        for head, name in own_columns((each.team for each in results), taken).items()
    }


def _as_kept(cell: Any) -> Cell:
    """A cell as every program keeps it: LibreOffice keeps 15 digits of a number, and Excel shows no more."""
    value: Cell = cell_value(cell)
    return float(f"{value:.15g}") if isinstance(value, float) else value


_LEAST, _MOST, _MOST_LINES = 11.0, 36.0, 4  # widths of such a column in digits, and lines of a text that is shown whole
_FROM_LIST = (
    "This comes from the team list. Change it there: in a round that is the sheet Teams of round.xlsx.",
    "From the team list",
)


def _listed_column(header: str, cells: Collection[Cell]) -> Column:
    """As wide as its texts need; a column of long texts has them on one line, or the rows would fill the screen."""
    longest = max((theme.text_pixels(cell_text(cell), 10) / theme.DIGIT_PIXELS for cell in cells), default=0.0)
    look = {} if longest <= _MOST * _MOST_LINES else {"text_wrap": False}
    return Column(header, min(_MOST, max(_LEAST, longest + 3)), look)


def write(report: ReportWriter) -> None:
    """Write the sheet."""
    sheet = report.write_title(
        TEAMS,
        "Teams",
        "Every team: what came back, its typical level in each component and, to the right, the first question "
        "there with its lowest level."
        + ("" if report.teams_live else f" For profiles and lowest questions: {NOT_LIVE[:1].lower()}{NOT_LIVE[1:]}"),
        empty="nothing came, or that nothing in that component counts",
    )
    results, cells_of = report.collation.results, _row(report)
    ours = columns(report.questionnaire)
    heads = [column.header for column in ours]
    profile, questions = heads.index("Answered") + 1, heads.index("Questions")
    more = listed(report.collation)
    from_list = [_listed_column(header, cells.values()) for header, cells in more.items()]
    all_columns = [*ours, *from_list, *report.user_columns(TEAMS)]

    def row(result: TeamResult) -> list[Cell]:
        key = (result.team.id,)
        own = (*(cells.get(key) for cells in more.values()), *report.user_cells(TEAMS, key))
        return [*cells_of(result), *own]

    rows = Rows(results, row)
    height = _heights(report, all_columns, profile)
    first, last = report.table(sheet, "Teams", all_columns, rows, row_height=height, header_height=48)
    status, lowest, file = heads.index("Status"), heads.index("Completed by") + 1, heads.index("File")
    for each, (fill, ink) in _FILLS.items():
        rule = {"type": "cell", "criteria": "==", "value": formulas.text(STATUS_LABELS[each])}
        look = report.book.rule_format(bg_color=fill, font_color=ink)
        sheet.conditional_format(first, status, last, status, {**rule, "format": look})
    report.block_typing(sheet, first, status, last, questions - 1, report.follows)
    report.block_typing(sheet, first, lowest, last, file - 1, report.follows)
    if more:
        report.block_typing(sheet, first, len(ours), last, len(ours) + len(more) - 1, *_FROM_LIST)
    of_list = {header: partial(_listed_cell, cells) for header, cells in more.items()}
    report.add_checksums(TEAMS, results, {**_CHECKED, **of_list})
    sheet.print_area(0, 0, last, questions - 1)  # more would make it too small to read
    report.freeze_header(sheet, 1)
    paper.fit(sheet, ours[:questions], map(height, rows))


def _heights(report: ReportWriter, ours: Sequence[Column], profile: int) -> Callable[[Sequence[Cell]], float]:
    """How high each row is, so that it shows a profile whole where a correction makes it another."""
    pairs = pairwise(report.level_names)
    most = max(row_height_of([ours[profile]], [f"{low} to {high}"]) for low, high in pairs)
    answered, own = profile - 1, RowHeights(ours)

    def height(cells: Sequence[Cell]) -> float:
        number = cells[answered]
        return max(own(cells), most if isinstance(number, Formula) and number.value else 0)

    return height


def _listed_cell(cells: Mapping[Key, Cell], result: TeamResult) -> Cell:
    return cells.get((result.team.id,))


def _completed_by(result: TeamResult) -> str:
    return result.submission.completed_by if result.submission else ""


def _file(result: TeamResult) -> str:
    return result.submission.where.file if result.submission else ""


def _wording(result: TeamResult) -> str:
    """In whose words the copy that counts was answered; empty where none counts."""
    return wording_of(result.submission) if result.submission else ""


def wording_of(copy: Submission) -> str:
    """In whose words a copy was answered: an overlay's, by its id, or the questionnaire's own."""
    return copy.reference.overlay or ORIGINAL


def _listed(result: TeamResult) -> str:
    return "yes" if result.listed else "no"


_FILLS = {
    Status.PARTIAL: (theme.TODO_FILL, theme.TODO_TEXT),
    Status.UNUSABLE: (theme.STOP_FILL, theme.STOP_TEXT),
    Status.UNREADABLE: (theme.STOP_FILL, theme.STOP_TEXT),
    Status.WITHDRAWN: (theme.BAND, theme.QUIET),
    Status.NONE: (theme.BAND, theme.TEXT),
}
# What no correction in the workbook can change.
_FIXED = {status: formulas.text(STATUS_LABELS[status]) for status in (Status.UNREADABLE, Status.WITHDRAWN)}
_CHECKED: Mapping[str, Callable[[TeamResult], Any]] = {
    "Team": lambda result: result.team.name,
    "Group": lambda result: result.team.group_name,
    "Copies": lambda result: result.copies,
    "Date": lambda result: result.date,
    "Completed by": _completed_by,
    "File": _file,
    "On the team list": _listed,
    "Team ID": lambda result: result.team.id,
    "Team no": lambda result: result.number,
}


class _Texts:
    """The formulas of the table; each is the same in every row."""

    def __init__(self, report: ReportWriter) -> None:
        counted = "+".join(
            f'COUNTIFS(Answers[Team no],{_NUMBER},Answers[State],"{STATE_LABELS[state]}")'
            for state in (State.ANSWERED, State.NOT_APPLICABLE)
        )
        answered, questions = _THIS.format("Answered"), _THIS.format("Questions")
        self.status = (
            f'IF({_THIS.format("Copies")}=0,"{STATUS_LABELS[Status.NONE]}",IF({answered}=0,"{STATUS_LABELS[Status.UNUSABLE]}",'
            f'IF({answered}={questions},"{STATUS_LABELS[Status.COMPLETE]}","{STATUS_LABELS[Status.PARTIAL]}")))'
        )
        self.answered = counted
        self.shown = formulas.shown(_THIS.format("Group"))
        components, levels = report.questionnaire.components, _Levels(report)
        self.profile = {each.id: formulas.profile(levels.of(each)) for each in components}
        self.lowest = {each.id: formulas.lowest(levels.of(each), levels.heads(each)) for each in components}


class _Levels:
    """Where a team's levels stand on Heatmap, and the names of their questions above them."""

    def __init__(self, report: ReportWriter) -> None:
        self._last = FIRST_TEAM + max(len(heatmap.shown(report)), 1) - 1
        self._number = FIRST_QUESTION + len(report.questionnaire.questions)
        self._places = report.questionnaire.places

    def of(self, component: Component) -> str:
        """This team's levels in a component: part of its row, wherever sorting has put that row."""
        numbers = span(FIRST_TEAM, self._number, self._last, sheet=HEATMAP)
        return f"INDEX({self._block(component, FIRST_TEAM, self._last)},MATCH({_NUMBER},{numbers},0),0)"

    def heads(self, component: Component) -> str:
        """The names of a component's questions."""
        return self._block(component, TOP, TOP)

    def _block(self, component: Component, first: int, last: int) -> str:
        left, right = (
            column_name(FIRST_QUESTION + self._places[question.id])
            for question in (component.questions[0], component.questions[-1])
        )
        return f"{HEATMAP}!${left}${first + 1}:${right}${last + 1}"


def _row(report: ReportWriter) -> Callable[[TeamResult], list[Cell]]:
    """What makes a team's cells, but for those in columns that people added."""
    texts, is_live, profile = _Texts(report), report.teams_live, _Profiles(report)
    components = [
        (tuple(question.id for question in each.questions), texts.profile[each.id], texts.lowest[each.id])
        for each in report.questionnaire.components
    ]
    questions_of_form = len(report.questionnaire.questions)
    has_overlays = bool(report.questionnaire.overlays)
    shown = Formula(texts.shown, 1)

    def row(result: TeamResult) -> list[Cell]:
        known = result.levels
        profiles, lowest = list[Cell](), list[Cell]()
        for questions, profile_text, lowest_text in components:
            typical = profile[tuple(sorted(level for question in questions if (level := known.get(question))))]
            now = result.lowest(questions)
            words = f"{report.label(now[0])}: {report.questionnaire.level_name(now[1])}" if now else ""
            profiles.append(Formula(profile_text, typical) if is_live else typical)
            lowest.append(Formula(lowest_text, words) if is_live else words)
        return [
            result.team.name,
            result.team.group_name,
            Formula(_FIXED.get(result.status, texts.status), STATUS_LABELS[result.status]),
            Formula(texts.answered, result.answered),
            *profiles,
            questions_of_form,
            result.copies,
            result.date,
            _completed_by(result),
            *lowest,
            _file(result),
            *([_wording(result)] if has_overlays else ()),
            _listed(result),
            result.team.id,
            result.number,
            shown,
        ]

    return row


class _Profiles(dict[tuple[int, ...], str]):
    """A typical level in words, by all levels from the lowest on; most teams have the profile of another one."""

    def __init__(self, report: ReportWriter) -> None:
        super().__init__()
        self._report = report

    def __missing__(self, levels: tuple[int, ...]) -> str:
        counts = tally(((State.ANSWERED.value, level) for level in levels), len(self._report.level_names))
        self[levels] = words = self._report.typical(counts.distribution.typical)
        return words


SHEET = SheetSpec(
    TEAMS,
    "Who has returned, how complete, and each team's profile and lowest questions.",
    write,
    headers=TABLES[TEAMS],
    body=TableSpec(columns, marker="Team no", keys=BY_TEAM, not_always=_not_always, listed=listed),
)
