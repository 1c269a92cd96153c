"""Teams: who has returned, how far they have come, and each team's profile."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from impact_xl.questionnaire import Component, Questionnaire
from impact_xl.results import formulas
from impact_xl.results.edits.match_rows import BY_TEAM
from impact_xl.results.heatmap import FIRST_QUESTION, FIRST_TEAM, HEATMAP, NOT_LIVE
from impact_xl.results.labels import STATE_LABELS, STATUS_LABELS
from impact_xl.results.sheet_writer import CENTRE, QUIET, WHOLE, Column, ReportWriter, SheetSpec, TableSpec, span
from impact_xl.returns.submission import Submission
from impact_xl.round.answers import State, Status
from impact_xl.round.figures import tally
from impact_xl.round.record import TeamResult
from impact_xl.round.stored_workbook import TABLES
from impact_xl.xlsx import theme
from impact_xl.xlsx.a1 import column_name
from impact_xl.xlsx.cell_values import Cell, Formula, Rows

TEAMS = "Teams"
WORDING, ORIGINAL = "Wording", "original"
_THIS = "Teams[[#This Row],[{}]]"
_NUMBER = _THIS.format("Team no")


def columns(questionnaire: Questionnaire) -> list[Column]:
    """The columns of the table."""
    return [
        Column("Team", 32, {"bold": True}),
        Column("Group", 21),
        Column("Status", 17),
        Column("Answered", 10, WHOLE),
        Column("Questions", 10.5, WHOLE),
        Column("Copies", 8, WHOLE),
        Column("Date", 14),
        Column("Completed by", 27),
        *(Column(component.short, 12.5, CENTRE, {"font_size": 9}) for component in questionnaire.components),
        *(Column(f"Lowest in {component.id}", 9.5, CENTRE, {"font_size": 9}) for component in questionnaire.components),
        Column("File", 30),
        *([Column(WORDING, 14)] if questionnaire.overlays else []),
        Column("On the team list", 10, CENTRE),
        Column("Team ID", 28, QUIET),
        Column("Team no", 9, {**QUIET, **CENTRE}),
        Column("Shown", 9, {**QUIET, **CENTRE}),
    ]


def write(report: ReportWriter) -> None:
    """Write the sheet."""
    sheet = report.write_title(
        TEAMS,
        "Teams",
        "Everybody asked or heard of: what came back, the team's typical level in each component, and its "
        f"lowest question there (with its level). Levels by number: {_key(report)}."
        + ("" if report.teams_live else f" For profiles and lowest questions: {NOT_LIVE[:1].lower()}{NOT_LIVE[1:]}"),
        empty="nothing came, or that nothing in that component counts",
        paper=8,
    )
    results, texts = report.collation.results, _Texts(report)
    heads = [column.header for column in columns(report.questionnaire)]
    first, last = report.table(
        sheet,
        "Teams",
        [*columns(report.questionnaire), *report.user_columns(TEAMS)],
        Rows(results, lambda result: [*_row(report, texts, result), *report.user_cells(TEAMS, [result.team.id])]),
        header_height=48,
    )
    status, completed, file = (heads.index(head) for head in ("Status", "Completed by", "File"))
    for each, (fill, ink) in _FILLS.items():
        rule = {"type": "cell", "criteria": "==", "value": formulas.text(STATUS_LABELS[each])}
        look = report.book.rule_format(bg_color=fill, font_color=ink)
        sheet.conditional_format(first, status, last, status, {**rule, "format": look})
    report.block_typing(sheet, first, status, last, status + 1, report.follows)
    report.block_typing(sheet, first, completed + 1, last, file - 1, report.follows)
    report.add_checksums(TEAMS, results, _CHECKED)
    sheet.print_area(0, 0, last, file - 1)
    report.freeze_header(sheet, 1)


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


def _key(report: ReportWriter) -> str:
    return ", ".join(f"{number} {name}" for number, name in enumerate(report.level_names, 1))


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
        levels, most = (
            {each.id: _levels(report, each) for each in report.questionnaire.components},
            len(report.level_names),
        )
        self.profile = {id: formulas.profile(row) for id, row in levels.items()}
        self.lowest = {
            each.id: formulas.lowest(levels[each.id], _ids(each), most) for each in report.questionnaire.components
        }


def _row(report: ReportWriter, texts: _Texts, result: TeamResult) -> Iterator[Cell]:
    yield result.team.name
    yield result.team.group_name
    yield Formula(_FIXED.get(result.status, texts.status), STATUS_LABELS[result.status])
    yield Formula(texts.answered, result.answered)
    yield len(report.questionnaire.questions)
    yield result.copies
    yield result.date
    yield _completed_by(result)
    for component in report.questionnaire.components:
        yield report.if_few(Formula(texts.profile[component.id], _profile(report, result, component)))
    for component in report.questionnaire.components:
        now = result.lowest(question.id for question in component.questions)
        yield report.if_few(Formula(texts.lowest[component.id], f"{now[0]} ({now[1]})" if now else ""))
    yield _file(result)
    if report.questionnaire.overlays:
        yield _wording(result)
    yield _listed(result)
    yield result.team.id
    yield result.number
    yield Formula(texts.shown, 1)


def _ids(component: Component) -> str:
    """The ids of a component's questions, in the order of Heatmap's columns."""
    return formulas.array(question.id for question in component.questions)


def _levels(report: ReportWriter, component: Component) -> str:
    """This team's levels in a component: part of its row on Heatmap, wherever sorting has put that row."""
    last = FIRST_TEAM + max(len(report.collation.results), 1) - 1
    places = report.questionnaire.places
    first_col = FIRST_QUESTION + places[component.questions[0].id]
    last_col = FIRST_QUESTION + places[component.questions[-1].id]
    block = f"{HEATMAP}!${column_name(first_col)}${FIRST_TEAM + 1}:${column_name(last_col)}${last + 1}"
    numbers = span(FIRST_TEAM, FIRST_QUESTION + len(report.questionnaire.questions), last, sheet=HEATMAP)
    return f"INDEX({block},MATCH({_NUMBER},{numbers},0),0)"


def _profile(report: ReportWriter, result: TeamResult, component: Component) -> str:
    levels = [
        (State.ANSWERED.value, answer.level)
        for q in component.questions
        if (answer := result.counted.get(q.id)) and answer.level
    ]
    typical = tally(levels, len(report.level_names)).distribution.typical
    if not typical:
        return ""
    low, high = typical
    return str(low) if low == high else f"{low} to {high}"


SHEET = SheetSpec(
    TEAMS,
    "Who has returned, how complete, and each team's profile and lowest questions.",
    write,
    headers=TABLES[TEAMS],
    body=TableSpec(columns, marker="Team no", keys=BY_TEAM, not_always=(WORDING,)),
)
