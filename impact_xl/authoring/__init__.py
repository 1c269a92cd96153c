"""Questionnaires of one's own, kept as TOML or as a workbook that people write in Excel."""

from __future__ import annotations

from pathlib import Path

from impact_xl import questionnaire as questionnaires
from impact_xl.authoring import reader
from impact_xl.files import table_files
from impact_xl.questionnaire import Questionnaire

__all__ = ["is_workbook", "load"]


def load(path: str | Path | None = None) -> Questionnaire:
    """Read a questionnaire from TOML or from its workbook, whatever its name says; the built-in one unless given.

    Raises:
        ImpactError: it cannot be read, or something in it is wrong: every fault with its table and key, or its sheet
            and cell; or a component or question of the workbook has no id.
    """
    if path is None:
        return questionnaires.load()
    source = Path(path)
    return reader.load(source) if is_workbook(source) else questionnaires.load(source)


def is_workbook(source: Path) -> bool:
    """Whether a file is a workbook by its content; one that cannot be read is none."""
    try:
        with source.open("rb") as file:
            return table_files.is_workbook(file.read(8))
    except OSError:
        return False
