"""Files: every file that was read, whose it is, whether it counts, and the digits that tell it from any other."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any

from impact_xl.findings import Finding, Severity
from impact_xl.results.edits.match_rows import BY_FILE
from impact_xl.results.labels import STATUS_LABELS
from impact_xl.results.sheet_writer import CENTRE, NOT_FOR_PAPER, QUIET, Column, ReportWriter, SheetSpec, TableSpec
from impact_xl.returns.submission import Message
from impact_xl.round.record import Return
from impact_xl.xlsx.cell_values import Cell, Rows

FILES = "Files"
COLUMNS = (
    Column("File", 42, {"bold": True}),
    Column("Team", 30),
    Column("Status", 19),
    Column("Used", 8, CENTRE),
    Column("Why not", 52),
    Column("Came with", 44),
    Column("SHA-256", 68, {**QUIET, "text_wrap": False}),
)
_HEADS = [column.header for column in COLUMNS]
_CHECKED = ("File", "Team", "Used", "SHA-256")


def write(report: ReportWriter) -> None:
    """Write the sheet."""
    files = report.collation.files
    sheet = report.write_title(
        FILES,
        FILES,
        "Every file that was read, the team it belongs to, and whether it counts. Two files with the same SHA-256 are "
        "the same to the last letter."
        if files
        else "No file was read for this workbook.",
        empty=f"there is nothing to say, such as no team for a file that could not be read. {NOT_FOR_PAPER}",
    )
    counted = {result.team.id for result in report.collation.results if result.used and result.counted}
    row = partial(_row, _reasons(report), counted)
    report.table(
        sheet,
        FILES,
        [*COLUMNS, *report.user_columns(FILES)],
        Rows(files, lambda each: [*row(each), *report.user_cells(FILES, [each.name, each.file.sha256])]),
    )
    texts = [row(each) for each in files]
    report.add_checksums(FILES, texts, {head: _text_in(_HEADS.index(head)) for head in _CHECKED})
    report.freeze_header(sheet, 1)
    report.print_title_only(sheet, _HEADS.index("Why not") + 1)


def _text_in(col: int) -> Callable[[Sequence[Cell]], Any]:
    return lambda cells: cells[col]


def _reasons(report: ReportWriter) -> Mapping[str, Finding]:
    """The gravest of what keeps a file from being counted, by its name."""
    whole = (each for each in report.collation.to_fix if each.where.file and not each.question)
    why = [each for each in whole if each.severity is Severity.ERROR or each.rule.id == "file-duplicate"]
    return {finding.where.file: finding for finding in reversed(why)}


def _row(reasons: Mapping[str, Finding], counted: Collection[str], each: Return) -> Sequence[Cell]:
    reason, other = reasons.get(each.name), ""
    if each.judged and each.team:
        one = "Another copy of this team counts."
        other = one if each.team.id in counted else "None of this team's copies counts; To fix says why."
    none = "Duplicate" if reason and reason.rule.id == "file-duplicate" else "No form"
    return (
        each.name,
        each.team.name if each.team else "",
        STATUS_LABELS[each.judged.status] if each.judged else none,
        "yes" if each.used else "no",
        "" if each.used else reason.message if reason else other,
        _came_with(each.file.message),
        each.file.sha256,
    )


def _came_with(message: Message | None) -> str:
    """The mail that carried a file: from whom, when and with which subject."""
    if message is None:
        return ""
    when = f"{message.date.day} {message.date:%B %Y %H:%M} UTC" if message.date else ""
    parts = (message.sender, when, f"“{message.subject}”" if message.subject else "")
    return ", ".join(filter(None, parts))


SHEET = SheetSpec(
    FILES,
    "Every file that was read, with its SHA-256, its team, and whether it counts.",
    write,
    headers=("File", "SHA-256", "Used"),
    body=TableSpec(lambda _: COLUMNS, marker="File", keys=BY_FILE),
    newer=True,
)
