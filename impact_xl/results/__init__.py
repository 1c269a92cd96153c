"""Write the consolidated workbook: one module per sheet, every number a live formula that carries its value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from impact_xl.files.safe_write import digest_of, replace_file
from impact_xl.findings import ImpactError, in_order
from impact_xl.results import meeting, news, share
from impact_xl.results.edits import carry_over, detect, second_copy, user_sheets
from impact_xl.results.edits.second_copy import Merged
from impact_xl.results.sheet_writer import ReportWriter, SheetSpec
from impact_xl.results.sheets import SHEETS
from impact_xl.round import stored_workbook
from impact_xl.round.collation import Collation
from impact_xl.round.record import Carried, News

__all__ = ["Written", "build", "carry", "expect_unchanged", "meeting", "share", "write"]


@dataclass(frozen=True)
class Written:
    """What was written: the collation with what people had typed, and every path, the consolidated workbook first."""

    collation: Collation
    paths: tuple[Path, ...]
    remarks: tuple[str, ...] = ()  # what whoever asked for it should know


def carry(
    collation: Collation,
    path: str | Path,
    *,
    overwrite: bool = False,
    same_round: bool = False,
    also: Sequence[Path] = (),
    meeting_at: Path | None = None,
    sheets: Sequence[SheetSpec] = SHEETS,
) -> Collation:
    """The collation with what people typed into the consolidated workbook that stands at a path, if there is one.

    Args:
        collation: the round; one that has been through here already is given back as it is.
        path: where that workbook stands.
        overwrite: a workbook that cannot be read back is taken for none.
        same_round: that workbook is this round's, although it carries no id or another one.
        also: second copies of that workbook that other people typed into; they are only read.
        meeting_at: where the workbook for the meeting stands, which goes with it.
        sheets: the sheets of the consolidated workbook.

    Raises:
        ImpactError: what stands there cannot be read back, or holds another round; or a second copy is none, or
            contradicts it. It was left as it is.
    """
    target = Path(path)
    if collation.carried:
        return collation
    take = partial(meeting.take, path=meeting_at, overwrite=overwrite, same_round=same_round)
    if not (also or target.exists()):
        return take(collation)
    try:
        second_copy.expect_workbook(target, also)
        stored = stored_workbook.read(target)
        collation = carry_over.of_round(collation, stored, target.name, same_round=same_round)
        carry_over.check_questionnaire(collation, stored)
        collation = carry_over.with_counted(collation, stored)
        collation, findings = carry_over.with_decisions(collation, stored)
        collation = take(collation)
        edits = detect.read(target, stored, collation.questionnaire, sheets)
        copies = [second_copy.read(each, target, collation, sheets, same_round=same_round) for each in also]
        merged = second_copy.merge(collation, stored, edits, target.name, copies, sheets)
        stored.sheets.clear()  # at 10,000 teams a quarter of all memory, and what follows looks at the record alone
        carried = carry_over.carry(collation, merged.stored, edits, target.name, sheets)
        carried = replace(carried, to_fix=tuple(in_order([*carried.to_fix, *findings, *merged.findings])))
        return _with(carried, merged, news.since(stored, edits, carried))
    except (carry_over.OtherRoundError, carry_over.TwoWordsError):
        raise
    except ImpactError:
        if overwrite and not also:
            return take(collation)
        raise


def _with(collation: Collation, merged: Merged, what: News | None) -> Collation:
    """The collation with what came of second copies, and with what is new since the workbook that it replaces."""
    carried = collation.carried or Carried()
    return replace(
        collation,
        carried=replace(carried, news=what, lost=carried.lost + merged.lost, from_copies=tuple(merged.lines)),
    )


def write(
    collation: Collation,
    path: str | Path,
    *,
    keep: bool = True,
    same_round: bool = False,
    earlier: Path | None = None,
    read_as: str | None = None,
    sheets: Sequence[SheetSpec] = SHEETS,
) -> Written:
    """Write the consolidated workbook. One that is there already is read first, carried over, and kept as a dated copy.

    Args:
        collation: the round.
        path: where to.
        keep: False replaces an existing workbook without a copy, even where it cannot be read back.
        same_round: the existing workbook is this round's, although it carries no id or another one.
        earlier: the folder for the dated copy; beside the workbook unless given.
        read_as: the SHA-256 of the existing workbook when it was read, empty where there was none; not looked at unless
            given.
        sheets: the sheets to write, in the order of their tabs.

    Returns:
        The collation with what was carried over, and the paths: the workbook, then the dated copy of the old one where
        there was one.

    Raises:
        ImpactError: the place cannot be written, or what stands there cannot be read back; it is untouched.
    """
    target = Path(path)
    carried = carry(collation, target, overwrite=not keep, same_round=same_round, sheets=sheets)
    content = build(carried, sheets)
    if read_as is not None:
        expect_unchanged(target, read_as)
    return Written(carried, tuple(replace_file(target, content, "consolidated workbook", keep=keep, earlier=earlier)))


def expect_unchanged(path: Path, read_as: str) -> None:
    """Find out whether a file is still what was read.

    Args:
        path: the file.
        read_as: its SHA-256 when it was read; empty where there was none.

    Raises:
        ImpactError: it is not.
    """
    if digest_of(path) != read_as:
        raise ImpactError(
            f"{path} was changed while this command worked, by another command or by somebody who saved it. It was "
            "left as it is",
            "Run the command again.",
        )


def build(collation: Collation, sheets: Sequence[SheetSpec] = SHEETS) -> bytes:
    """The bytes of the consolidated workbook; the same collation gives the same bytes."""
    report = ReportWriter(collation, sheets)
    report.write_sheets()
    user_sheets.write(report, collation.carried.sheets if collation.carried else {})
    return report.content()
