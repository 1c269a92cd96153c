"""To fix: every finding, what we saw and what to do, the gravest first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from impact_xl.cells import Cell, Formula
from impact_xl.findings import Finding, Severity
from impact_xl.layout import column_name
from impact_xl.results import answers, formulas
from impact_xl.results.report import ANSWERS, LINK, QUIET, TO_FIX, Column, Report

_GO = "Go to answer"

_SERIOUS = {Severity.ERROR: "Not counted", Severity.WARNING: "Please look", Severity.NOTE: "No action"}
_FILLS = {Severity.ERROR: ("#F8CACA", "#7C2855"), Severity.WARNING: ("#FFF3C4", "#212B32")}


def write(report: Report) -> None:
    """Write the sheet."""
    found = report.collation.to_fix
    sheet = report.head(
        TO_FIX,
        "To fix",
        "Everything a person should know about what came back, the gravest first. Names of files and cells "
        "are text: open the returned file to look."
        if found
        else "Nothing to fix: every file was read, and every question of every copy has exactly one answer.",
        empty="the finding is about a whole file, copy or team" if found else "",
    )
    columns = [
        Column("How serious", 14, {"bold": True}),
        Column("Team", 24),
        Column("Question", 10, {"align": "center"}),
        Column("What we saw", 48),
        Column("What to do", 48),
        Column("File", 30),
        Column("Sheet", 20),
        Column("Cell", 10),
        Column("In Answers", 13, LINK),
        Column("Rule", 19, QUIET),
    ]
    places = list(_places(report, found))
    first, last = report.table(
        sheet, "ToFix", columns, (list(_row(finding, place)) for finding, place in zip(found, places, strict=True))
    )
    for severity, (fill, colour) in _FILLS.items():
        sheet.conditional_format(
            first,
            0,
            last,
            0,
            {
                "type": "cell",
                "criteria": "==",
                "value": f'"{_SERIOUS[severity]}"',
                "format": report.book.condition(bg_color=fill, font_color=colour),
            },
        )
    report.frozen(sheet, 1)


def _places(report: Report, found: Iterable[Finding]) -> Iterator[Cell]:
    """For each finding the link to its row in Answers; with very many teams for the first of each file alone.

    A formula finds the row, as a link that names a cell would lead to another answer once somebody sorts Answers.
    """
    numbers = {
        (result.team.id, question): result.number for result in report.collation.results for question in result.answers
    }
    linked: set[str] = set()
    for finding in found:
        number = numbers.get((finding.team_id, finding.question))
        if number is None or (not report.teams_live and finding.where.file in linked):
            yield ""
        else:
            linked.add(finding.where.file)
            asked = formulas.text(finding.question)
            row = f"SUMPRODUCT((Answers[Team no]={number})*(Answers[Ref]={asked})*ROW(Answers[Ref]))"
            place = f'"#{ANSWERS}!{column_name(answers.LEVEL)}"&{row}'
            yield Formula(f"HYPERLINK({place},{formulas.text(_GO)})", _GO)


def _row(finding: Finding, place: Cell) -> Iterator[Cell]:
    yield _SERIOUS[finding.severity]
    yield finding.team
    yield finding.question
    yield finding.message
    yield finding.mend
    yield finding.where.file
    yield finding.where.sheet
    yield finding.where.cell
    yield place
    yield finding.rule.id
