"""Write the consolidated workbook: one module per sheet, every number a live formula that carries its value."""

from __future__ import annotations

from pathlib import Path

from impact_xl.findings import ImpactError
from impact_xl.results import (
    about,
    actions,
    answers,
    comments,
    components,
    heatmap,
    questions,
    share,
    summary,
    teams,
    to_fix,
)
from impact_xl.results.edits import carry_over, detect, user_sheets
from impact_xl.results.report import ReportWriter
from impact_xl.round import stored_workbook
from impact_xl.round.collation import Collation
from impact_xl.xlsx.workbook_writer import keep_copy, write_file

__all__ = ["build", "carry", "share", "write"]


def carry(collation: Collation, path: str | Path, *, overwrite: bool = False) -> Collation:
    """The collation with what people typed into the consolidated workbook that stands at a path, if there is one.

    Args:
        overwrite: a workbook that cannot be read back is taken for none.

    Raises:
        ImpactError: what stands there cannot be read back, or holds another round; it was left as it is.
    """
    target = Path(path)
    if collation.carried or not target.exists():
        return collation
    try:
        stored = stored_workbook.read(target)
        return carry_over.carry(collation, stored, detect.read(target, stored, collation.questionnaire), target.name)
    except ImpactError:
        if overwrite:
            return collation
        raise


def write(collation: Collation, path: str | Path, *, keep: bool = True) -> list[Path]:
    """Write the consolidated workbook. One that is there already is read first, carried over, and kept as a dated copy.

    Args:
        keep: False replaces an existing workbook without a copy, even where it cannot be read back.

    Returns:
        The paths written: the workbook, then the dated copy of the old one where there was one.

    Raises:
        ImpactError: the place cannot be written, or what stands there cannot be read back; it is untouched.
    """
    target = Path(path)
    content = build(carry(collation, target, overwrite=not keep))
    copies = [keep_copy(target)] if keep and target.exists() else []
    write_file(target, content, what="consolidated workbook")
    return [target, *copies]


def build(collation: Collation) -> bytes:
    """The bytes of the consolidated workbook; the same collation gives the same bytes."""
    report = ReportWriter(collation)
    for sheet in (about, answers, components, questions, heatmap, teams, to_fix, comments, actions, summary):
        sheet.write(report)
    user_sheets.write(report)
    return report.content()
