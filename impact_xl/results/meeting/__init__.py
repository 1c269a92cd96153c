"""The workbook for the meeting (results/meeting.xlsx): read before it is written anew, so that nothing typed is lost.

What a meeting decides is typed there, and becomes rows of Actions. From then on a line and its row are one thing in two
places: what was edited in one of them is carried into the other.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from impact_xl.findings import ImpactError, in_order
from impact_xl.results import actions
from impact_xl.results.edits.carry_over import OtherRoundError
from impact_xl.results.meeting import pages
from impact_xl.results.meeting.lines import NAME, check, read
from impact_xl.round.collation import Collation

__all__ = ["NAME", "build", "check", "take"]


def take(collation: Collation, path: Path | None, *, overwrite: bool = False, same_round: bool = False) -> Collation:
    """The collation with what people typed into the workbook for the meeting at a path, if there is one.

    Args:
        collation: the round; one that has been through here already is given back as it is.
        path: where that workbook stands; None where there is none.
        overwrite: a workbook that cannot be read back is taken for none.
        same_round: that workbook is this round's, although it carries no id or another one.

    Raises:
        ImpactError: it cannot be read back, or is another round's. It was left as it is.
    """
    if collation.meeting or not path or not path.exists():
        return collation
    try:
        typed, findings = read(path, collation.round.id, collation.questionnaire, same_round=same_round)
    except OtherRoundError:
        raise
    except ImpactError:
        if overwrite:
            return collation
        raise
    return replace(collation, meeting=typed, to_fix=tuple(in_order([*collation.to_fix, *findings])))


def build(collation: Collation, minimum_group: int) -> bytes:
    """The bytes of the workbook for the meeting; the same collation gives the same.

    Args:
        collation: the round, with what people typed.
        minimum_group: a question is shown where more teams than this answered it.
    """
    typed = collation.meeting
    return pages.build(
        collation,
        actions.rows_of(collation),
        minimum_group,
        sheets=typed.sheets if typed else {},
        labels=typed.labels if typed else {},
    )
