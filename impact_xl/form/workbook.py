"""Write the form: the workbook that a team fills in."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from impact_xl.files.safe_write import write_file
from impact_xl.form import layout
from impact_xl.form.form import TICKBOXES, Form
from impact_xl.form.paper import PaperWriter
from impact_xl.form.sheet_writer import SheetWriter
from impact_xl.xlsx.workbook_writer import WorkbookWriter

_SUBJECTS = {
    layout.FORM: "Self-assessment form",
    layout.CORRECTION: "Correction form",
    layout.ACTIONS: "Form about actions",
}
__all__ = ["TICKBOXES", "Form", "build", "write", "written_here"]


def write(form: Form, path: str | Path) -> Path:
    """Write a form to a file, whole or not at all.

    Raises:
        ImpactError: the file cannot be written.
        ValueError: the tickbox style is unknown; a bug of the caller.
    """
    target = Path(path)
    write_file(target, build(form), what="form")
    return target


def written_here(path: Path) -> bool:
    """Whether a file is a form as this program wrote it, and nobody has saved it since.

    Every program that saves a workbook sets the date modified; ours is the date created.
    """
    try:
        with zipfile.ZipFile(path) as parts:
            core, custom = (parts.read(f"docProps/{name}.xml").decode() for name in ("core", "custom"))
    except (OSError, KeyError, ValueError, zipfile.BadZipFile):
        return False
    dates = re.findall(r"<dcterms:(?:created|modified)[^>]*>([^<]*)<", core)
    return f"{layout.REFERENCE_MARK}|{layout.FORM}|" in custom and len(dates) == 2 and len(set(dates)) == 1


def build(form: Form) -> bytes:
    """The bytes of a form; the same form gives the same bytes."""
    if form.tickbox not in TICKBOXES:
        raise ValueError(f"unknown tickbox style: {form.tickbox}")
    questionnaire = form.questionnaire
    book = WorkbookWriter(
        questionnaire.title,
        form.round.title or _SUBJECTS[form.kind],
        form.created or questionnaire.issued,
        Form_reference=str(form.reference("")),
    )
    plan = form.plan()
    writer = PaperWriter if form.paper else SheetWriter
    for sheet in plan:
        writer(book, form, sheet, plan).write()
    return book.content()
