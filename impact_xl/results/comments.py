"""Comments: what teams wrote beside their answers, word for word."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from impact_xl.answers import Answer
from impact_xl.cells import Cell, Formula, Rows
from impact_xl.record import TeamResult
from impact_xl.results.report import CENTRE, COMMENTS, QUIET, Column, Report


def write(report: Report) -> None:
    """Write the sheet."""
    noted = [
        (result, answer) for result in report.collation.results for answer in result.answers.values() if answer.note
    ]
    sheet = report.head(
        COMMENTS,
        "Comments",
        "What teams wrote beside their answers, word for word. Filter by question or group to prepare a discussion."
        if noted
        else "No team wrote anything beside its answers.",
        empty="no level counts for that question" if noted else "",
    )
    columns = [
        Column("Team", 26, {"bold": True}),
        Column("Group", 18),
        Column("Ref", 7, CENTRE),
        Column("Question", 36),
        Column("Level", 22),
        Column("Note", 80),
        Column("File", 28, QUIET),
        Column("Sheet", 22, QUIET),
        Column("Team no", 9, {**QUIET, **CENTRE}),
    ]
    _, last = report.table(sheet, "Comments", columns, Rows(noted, partial(_row, report)))
    sheet.print_area(0, 0, last, 5)
    report.frozen(sheet, 1)


def _row(report: Report, pair: tuple[TeamResult, Answer]) -> Sequence[Cell]:
    result, answer = pair
    return (
        result.team.name,
        result.team.group_name,
        answer.question,
        report.asked.by_id[answer.question].short,
        Formula(_LEVEL, report.asked.level_name(answer.level)),
        answer.note,
        answer.where.file,
        answer.where.sheet,
        result.number,
    )


_THIS = "Comments[[#This Row],[{}]]"
_LEVEL_NUMBER = (
    f"SUMIFS(Answers[Level no],Answers[Team no],{_THIS.format('Team no')},Answers[Ref],{_THIS.format('Ref')})"
)
_LEVEL = f'IF({_LEVEL_NUMBER}=0,"",INDEX(LevelNames,{_LEVEL_NUMBER}))'
