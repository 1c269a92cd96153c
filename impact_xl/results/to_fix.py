"""To fix: every finding, what we saw and what to do, the gravest first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from impact_xl.findings import Finding, Severity
from impact_xl.questionnaire import normalise
from impact_xl.results import answers, formulas, paper
from impact_xl.results.answers import ANSWERS
from impact_xl.results.edits.checksum import SheetChecksums
from impact_xl.results.edits.match_rows import Key, RowKeys, StoredRow, TeamLookup
from impact_xl.results.sheet_writer import (
    CENTRE,
    LINK,
    QUIET,
    Column,
    ReportWriter,
    RowHeights,
    SheetSpec,
    TableSpec,
)
from impact_xl.round.stored_workbook import TO_FIX_HEADERS
from impact_xl.xlsx.a1 import column_name
from impact_xl.xlsx.cell_values import Cell, Formula, cell_text

TO_FIX = "To fix"
_GO = "Go to answer"

SERIOUS = {Severity.ERROR: "Not counted", Severity.WARNING: "Please look", Severity.NOTE: "No action"}
_FILLS = {Severity.ERROR: ("#F8CACA", "#7C2855"), Severity.WARNING: ("#FFF3C4", "#212B32")}


COLUMNS = (
    Column("How serious", 14, {"bold": True}),
    Column("Team", 25),
    Column("Question", 9.5, CENTRE),
    Column("What we saw", 47),
    Column("What to do", 45),
    Column("File", 27),
    Column("Sheet", 19),
    Column("Cell", 9),
    Column("In Answers", 14, LINK),
    Column("Rule", 21, QUIET),
)
_PRINTED = 8  # a link is of no use on paper


def keys(found: Iterable[Finding]) -> Iterator[Key]:
    """What tells each finding from the others when the workbook is read back."""
    return _distinct((each.rule.id, each.team_id or each.team, each.question, *_place(each)) for each in found)


def _stored_keys(rows: Sequence[StoredRow], lookup: TeamLookup) -> Iterator[Key]:
    """The same of the rows that were read back."""
    heads = ("Question", "File", "Sheet", "Cell")
    return _distinct(
        (
            cell_text(row.get("Rule")),
            lookup.id_of_row(row) or cell_text(row.get("Team")),
            *(cell_text(row.get(head)) for head in heads),
        )
        for row in rows
    )


def _distinct(parts: Iterable[Sequence[str]]) -> Iterator[Key]:
    """The parts as they are compared; those that are alike are counted."""
    seen: Counter[tuple[str, ...]] = Counter()
    for each in parts:
        rule, team, question, file, sheet, cell = map(normalise, each)
        alike = (rule, team, question, file, sheet, cell)
        seen[alike] += 1
        yield (*alike, str(seen[alike]))


def _place(finding: Finding) -> tuple[str, str, str]:
    return finding.where.file, finding.where.sheet, finding.where.cell


def write(report: ReportWriter) -> None:
    """Write the sheet."""
    found = report.collation.to_fix
    sheet = report.write_title(
        TO_FIX,
        "To fix",
        "Problems in the returns, most serious first. Names of files and cells are text: open the returned file to "
        "look."
        if found
        else "Nothing to fix: every file was read, and every question of every copy has exactly one answer.",
        empty="the finding is about a whole file, copy or team" if found else "nothing was found",
    )
    lines = list(zip(found, _places(report, found), keys(found), strict=True))
    columns = [*COLUMNS, *report.user_columns(TO_FIX)]
    rows = [[*_row(finding, place), *report.user_cells(TO_FIX, key)] for finding, place, key in lines]
    first, last = report.table(sheet, "ToFix", columns, rows)
    for severity, (fill, colour) in _FILLS.items():
        sheet.conditional_format(
            first,
            0,
            last,
            0,
            {
                "type": "cell",
                "criteria": "==",
                "value": f'"{SERIOUS[severity]}"',
                "format": report.book.rule_format(bg_color=fill, font_color=colour),
            },
        )
    report.add_checksums(TO_FIX, found, _TEXTS)
    sheet.print_area(0, 0, last, _PRINTED - 1)
    report.freeze_header(sheet, 1)
    paper.fit(sheet, COLUMNS[:_PRINTED], map(RowHeights(columns), rows))


_TEXTS: Mapping[str, Callable[[Finding], str]] = {
    "How serious": lambda finding: SERIOUS[finding.severity],
    "Team": lambda finding: finding.team,
    "Question": lambda finding: finding.question,
    "What we saw": lambda finding: finding.message,
    "What to do": lambda finding: finding.mend,
    "File": lambda finding: finding.where.file,
    "Sheet": lambda finding: finding.where.sheet,
    "Cell": lambda finding: finding.where.cell,
    "Rule": lambda finding: finding.rule.id,
}


def digest(finding: Finding) -> str:
    """The digest of a finding's row, by which it is known again where somebody has deleted it."""
    row = SheetChecksums()
    row.add_row(text(finding) for text in _TEXTS.values())
    return row.digests[0]


def _places(report: ReportWriter, found: Iterable[Finding]) -> Iterator[Cell]:
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
            question = formulas.text(finding.question)
            row = f"SUMPRODUCT((Answers[Team no]={number})*(Answers[Ref]={question})*ROW(Answers[Ref]))"
            place = f'"#{ANSWERS}!{column_name(answers.LEVEL)}"&{row}'
            yield Formula(f"HYPERLINK({place},{formulas.text(_GO)})", _GO)


def _row(finding: Finding, place: Cell) -> Iterator[Cell]:
    for column in COLUMNS:
        yield _TEXTS[column.header](finding) if column.header in _TEXTS else place


SHEET = SheetSpec(
    TO_FIX,
    "What was wrong or odd in the returned files, with what to do about it.",
    write,
    headers=TO_FIX_HEADERS,
    body=TableSpec(
        lambda _: COLUMNS,
        marker="Rule",
        keys=RowKeys(lambda each: keys(each.to_fix), _stored_keys),
        rows_may_go=True,
    ),
)
