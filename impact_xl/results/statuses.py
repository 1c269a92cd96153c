"""The status of an action: the team's word, or that of whoever typed one, and which of the two a row holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from impact_xl.findings import Finding, Where, found
from impact_xl.questionnaire import normalise
from impact_xl.returns.submission import ActionReport, action_status
from impact_xl.round.stored_sheets import Row, row_text
from impact_xl.round.stored_workbook import ADDED, AS_READ, PRIORITY_COLUMNS, STATUS, marks_of
from impact_xl.xlsx.cell_values import cell_text, mark

_PLACE = len(PRIORITY_COLUMNS)  # of a status among the marks
_BY_HAND = "*"  # behind the mark of what the team sent, where the cell holds what somebody typed


def is_by_hand(row: Row) -> bool:
    """Whether somebody typed a row's status; the same that the team sends later is a person's word all the same."""
    kept, status = _kept(row), row.get(STATUS, "")
    return kept.endswith(_BY_HAND) or mark(status) != kept if kept else status != ""


def _kept(row: Row) -> str:
    """The mark of the last status that the team sent for a row; empty where it sent none."""
    marks = marks_of(row)
    if marks:
        return marks[_PLACE] if len(marks) > _PLACE else ""
    return row_text(row, AS_READ).removeprefix(ADDED)


def as_read(row: Row, marks: Sequence[str]) -> str:
    """The marks of a team's own row as they are now, with whose word its status is.

    Args:
        row: the row as it was read back.
        marks: those of what the team says now.
    """
    by_hand = _BY_HAND if is_by_hand(row) else ""
    return " ".join(each + by_hand if place == _PLACE else each for place, each in enumerate(marks))


def of_added_row(row: Row, report: ActionReport | None) -> Mapping[str, Any]:
    """The status of a row that is no team's own, and what tells whose word that is.

    It is what the team last sent, unless somebody typed one; an empty cell is nobody's word.

    Args:
        row: the row.
        report: what the team last sent.
    """
    status, sent = row.get(STATUS, ""), _kept(row).removesuffix(_BY_HAND)
    by_hand = cell_text(status) != "" and is_by_hand(row)
    if report:
        status, sent = status if by_hand else report.in_words, mark(report.in_words)
    return {STATUS: status, AS_READ: f"{ADDED}{sent}{_BY_HAND if by_hand else ''}" if sent else ""}


def newer(row: Row, now: Row, report: ActionReport | None, sheet: str) -> Iterator[Finding]:
    """What is said where somebody typed a status, and the team has sent another one since.

    Args:
        row: the row as it was read back.
        now: the row as it is written.
        report: what the team sent in a form about actions.
        sheet: where the status is.
    """
    typed = cell_text(row.get(STATUS))
    in_copy = cell_text(now[STATUS]) if marks_of(now) else ""
    sent = report.in_words if report else in_copy
    if (
        not (typed and sent)
        or _is_alike(typed, sent)
        or mark(sent) == _kept(row).removesuffix(_BY_HAND)
        or not is_by_hand(row)
    ):
        return
    place = (
        (report.file, report.sheet, report.cell) if report else [str(now[head]) for head in ("File", "Sheet", "Cell")]
    )
    facts = {"column": STATUS, "what": f"the action “{cell_text(row.get('What'))}”", "copy": sent, "place": sheet}
    yield found("text-kept", Where(*place), team_id=str(now["Team ID"]), team=str(now["Team"]), **facts)


def _is_alike(one: str, other: str) -> bool:
    known = action_status(one)
    return normalise(one) == normalise(other) or (known is not None and known is action_status(other))
