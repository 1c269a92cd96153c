"""Names of cells and columns, as people see them, and how much a cell takes."""

from __future__ import annotations

from functools import lru_cache

MOST_CELL_UNITS = 32_767  # UTF-16 units in one cell, Excel's own limit (“Excel specifications and limits”)


def a1(row: int, col: int) -> str:
    """The A1 reference of a 0-based row and column."""
    return f"{column_name(col)}{row + 1}"


def column_name(col: int) -> str:
    """The letters of a 0-based column: 0 is A, 26 is AA."""
    letters = ""
    while col >= 0:
        col, rest = divmod(col, 26)
        letters = chr(ord("A") + rest) + letters
        col -= 1
    return letters


@lru_cache(maxsize=1024)  # asked for every cell of a sheet
def column_number(letters: str) -> int:
    """The 0-based column of its letters, capital or small: A is 0, AA is 26."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def cell_units(text: str) -> int:
    """How long a text is as Excel counts it, in UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
