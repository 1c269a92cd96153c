"""What was typed into the tracking file where it is written anew each time: found, so that it can be told."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from impact_xl.results.edits import checksum, row_digests
from impact_xl.results.edits.checksum import MODULUS, OUTSIDE_TABLE, ColumnChecksums, SheetChecksums
from impact_xl.wording import first_few, quote
from impact_xl.xlsx.a1 import a1
from impact_xl.xlsx.cell_values import cell_text
from impact_xl.xlsx.package_inspect import Parts

_MOST_CELLS = 12  # named in a line
_NAMED = 2  # the columns of the team's name and id, by which its row is found


@dataclass(frozen=True)
class NotKept:
    """What is lost when the file is written anew, each in a few words with its cell."""

    over: Mapping[int, Sequence[str]] = field(default_factory=dict)  # over our own texts, by the row's place
    others: Sequence[str] = ()
    labels: Mapping[str, str] = field(default_factory=dict)  # the properties of a sensitivity label, which are kept

    def of_rows(self, rows: Collection[int]) -> list[str]:
        """All that is lost where these rows are written anew; a row that is kept as it is loses nothing."""
        return [*(each for row, cells in self.over.items() if row in rows for each in cells), *self.others]


def properties(
    sheet: str, columns: Sequence[str], rows: Iterable[Mapping[str, Any]], above: Iterable[str]
) -> Mapping[str, str]:
    """The document's properties that tell later what was typed over the columns that are ours, and above the table."""
    checksums = ColumnChecksums()
    of_sheet = checksums[sheet]
    of_sheet.add(OUTSIDE_TABLE, above)
    for column in columns:
        of_sheet.add(column, ())
    for row in rows:
        of_sheet.rows += 1
        of_sheet.add_row(row.get(column, "") for column in columns)
    return checksums.properties()


def find(path: Path, sheet: str, named: str, rows: Sequence[Sequence[Any]], header: int) -> NotKept:
    """What was typed where the file is written anew.

    Args:
        path: the tracking file.
        sheet: what its sheet was called when it was written.
        named: what it is called there.
        rows: the rows of that sheet.
        header: the place of the header among them.
    """
    package = Parts(path)
    others = []
    if notes := package.notes(named):
        others.append(f"notes on {first_few(notes, _MOST_CELLS)}")
    if package.drawn(named):
        others.append("a picture, shape or chart")
    written = checksum.read(package.properties).get(sheet)
    if not written:
        others.append("what may have been typed over our own columns; a file of version 0.1 does not show that")
        return NotKept({}, others, package.labels)
    above = SheetChecksums()
    above.add(OUTSIDE_TABLE, (cell for cells in rows[:header] for cell in cells))
    if (above.sums[OUTSIDE_TABLE] - written.sums[OUTSIDE_TABLE]) % MODULUS:
        others.append("a text above the table was changed or added")
    heads = {" ".join(str(cell).split()): col for col, cell in reversed([*enumerate(rows[header])])}
    if set(written.columns) <= heads.keys() and (written.digests or not written.rows):
        return NotKept(_typed_over(written, rows, header, heads), others, package.labels)
    others.append("what may have been typed over our own columns; this is not known, as a header was changed")
    return NotKept({}, others, package.labels)


def _typed_over(
    written: SheetChecksums, rows: Sequence[Sequence[Any]], header: int, heads: Mapping[str, int]
) -> dict[int, list[str]]:
    cols = [heads[head] for head in written.columns]
    there = [row for row in range(header + 1, len(rows)) if any(cell != "" for cell in rows[row])]
    now = SheetChecksums()
    for row in there:
        now.add_row(rows[row][col] for col in cols)
    over: dict[int, list[str]] = {}
    changes = row_digests.compare(written.digests, now.digests)
    for place, changed in changes.changed.items():
        row = there[place]
        over[place] = [_in_words(rows[row][cols[each]], row, cols[each], written.columns[each]) for each in changed]
        over[place] = over[place] or [f"something in row {row + 1}"]
    for place in changes.added:  # it keeps all it holds until its team is one of the round: then ours stands there
        row, ours = there[place], list(zip(cols, written.columns, strict=True))[_NAMED:]
        over[place] = [_in_words(value, row, col, head) for col, head in ours if (value := rows[row][col]) != ""]
    return over


def _in_words(value: Any, row: int, col: int, head: str) -> str:
    return f"{a1(row, col)} in the column {head}: {quote(text) if (text := cell_text(value)) else 'nothing'}"
