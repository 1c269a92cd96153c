"""Tables as text (CSV): told from prose, and read as rows."""

from __future__ import annotations

from collections import Counter

from impact_xl.files import table_files
from impact_xl.files.table_files import Sheet

_LEAST_COLUMNS = 3


def is_table(content: bytes) -> bool:
    """Whether a text is a table: two rows at least, most of which have the same columns, three at least."""
    if not any(sign.encode() in content for sign in table_files.SIGNS):
        return False  # nothing parts its cells, and to read a long text in four ways takes time
    widths = Counter(len(row) for row in rows_of(content).rows if any(row))
    width, number = max(widths.items(), key=lambda each: (each[1], each[0]), default=(0, 0))
    return width >= _LEAST_COLUMNS and number > 1 and 2 * number >= widths.total()


def rows_of(content: bytes) -> Sheet:
    """The rows of a table, parted by whichever sign makes most columns; `fault` says what is wrong with its quotes."""
    text = table_files.decoded(content)
    parted = [table_files.parted(text, delimiter) for delimiter in table_files.SIGNS]
    return max(parted, key=lambda sheet: (not sheet.fault, _columns(sheet)))


def _columns(sheet: Sheet) -> int:
    """The number of columns that most rows have."""
    widths = sorted(len(row) for row in sheet.rows if any(row))
    return widths[len(widths) // 2] if widths else 0
