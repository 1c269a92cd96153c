"""A team's pack that came back: the next steps that were typed into it. It holds no answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from impact_xl.files.dates import show_date
from impact_xl.findings import Where
from impact_xl.form.layout import (
    PACK,
    PACK_BY,
    PACK_HEADS,
    PACK_LEAD,
    PACK_LINE,
    PACK_MEASURE,
    PACK_QUESTION,
    PACK_STATUS,
    PACK_WHAT,
    REFERENCE_MARK,
    Reference,
)
from impact_xl.questionnaire import normalise
from impact_xl.returns.formats.grid import CellError, Content, Grid
from impact_xl.returns.submission import PackLine, Submission
from impact_xl.xlsx.a1 import a1
from impact_xl.xlsx.cell_values import cell_text, cell_value, mark

_FIELDS = {
    "what": PACK_WHAT,
    "question": PACK_QUESTION,
    "lead": PACK_LEAD,
    "by": PACK_BY,
    "measure": PACK_MEASURE,
    "status": PACK_STATUS,
}
_BEGINS = f"{REFERENCE_MARK}|{PACK}|"
_HEADS = {normalise(head): head for head in PACK_HEADS}


def mark_of_row(values: Mapping[str, Any]) -> str:
    """A mark of what stands in a row, by the heads of the columns that people type into."""
    return mark(" | ".join(cell_text(values.get(head)) for head in _FIELDS.values()))


def pack_in(content: Content, file: str) -> Submission:
    """What was typed into a pack.

    Args:
        content: a workbook in which at least one sheet is of a pack.
        file: the name that people know it by.
    """
    reference, team = next(found for grid in content.grids for found in _references(grid))
    lines = tuple(line for grid in content.grids for line in _lines(grid))
    where = Where(file)
    return Submission(where, reference, team=team, team_id=reference.team_id, modified=content.modified, steps=lines)


def is_of_pack(grid: Grid) -> bool:
    """Whether a sheet carries the reference of a pack."""
    return next(_references(grid), None) is not None


def _references(grid: Grid) -> Iterator[tuple[Reference, str]]:
    """The references of a pack on a sheet, each with the team's name that stands behind it."""
    for (row, col), value in grid.cells.items():
        if isinstance(value, str) and _BEGINS in value and (reference := Reference.parse(value)):
            yield reference, cell_text(grid.cells.get((row, col + 1)))


def _lines(grid: Grid) -> Iterator[PackLine]:
    """The rows of a sheet's tables that differ from what was sent, and those that people added."""
    rows: defaultdict[int, dict[int, Any]] = defaultdict(dict)
    for (row, col), value in grid.cells.items():
        rows[row][col] = value
    columns: dict[str, int] = {}
    for row in sorted(rows):
        cells = rows[row]
        if heads := _heads(cells):
            columns = heads
        elif columns:
            values = {head: "" if _is_error(cells.get(col)) else cells.get(col, "") for head, col in columns.items()}
            key, _, sent = cell_text(values.pop(PACK_LINE)).partition(" ")
            added = not sent and bool(cell_text(values.get(PACK_WHAT)))
            if added or (sent and mark_of_row(values) != sent):
                texts = {field: _text(values.get(head, "")) for field, head in _FIELDS.items()}
                place = {"sheet": grid.name, "cell": a1(row, columns[PACK_WHAT])}
                yield PackLine(key or f"row.{row + 1}", **texts, **place)


def _heads(cells: Mapping[int, Any]) -> dict[str, int]:
    """The columns of a table's heads, where a row has them."""
    columns = {_HEADS[text]: col for col, cell in cells.items() if (text := normalise(cell_text(cell))) in _HEADS}
    return columns if PACK_LINE in columns and PACK_WHAT in columns else {}


def _is_error(value: Any) -> bool:
    return isinstance(value, CellError)


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return show_date(value.date())
    return " ".join(str(cell_value(value)).split())
