"""How many answers survive: counted where files are really read, and held in docs/returns.md row by row."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import astuple, dataclass
from pathlib import Path

PAGE = Path(__file__).parent.parent / "docs" / "returns.md"
_BEGIN, _END = "<!-- survival: begin -->\n", "<!-- survival: end -->\n"
_HEADS = ("filled in or saved by", "copies", "answers in them", "read rightly", "reported instead", "wrong", "lost")


@dataclass(frozen=True)
class Row:
    """What came of some copies: of the answers that can still be read from them, how many are right, and the others."""

    name: str
    copies: int
    answers: int
    right: int
    reported: int  # not read, and said so with file, question and cell
    wrong: int = 0
    lost: int = 0


def rows() -> list[Row]:
    """The rows that stand on the page."""
    text = PAGE.read_text(encoding="utf-8").partition(_BEGIN)[2].partition(_END)[0]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()[2:]]
    return [Row(name, *(int(number.replace(",", "")) for number in numbers)) for name, *numbers in cells]


def total(some: Iterable[Row]) -> Row:
    """All rows in one."""
    return Row("in all", *map(sum, zip(*(astuple(row)[1:] for row in some), strict=True)))


def check(row: Row, *, renew: bool) -> None:
    """Compare what was counted with the page's row of this name, or write it there.

    Raises:
        AssertionError: the page says otherwise.
    """
    on_page = {each.name: each for each in rows()}
    if not renew:
        assert on_page.get(row.name) == row, "read the difference, then renew the page: pytest --renew"
        return
    on_page.pop("in all", None)
    on_page[row.name] = row
    ordered = [*on_page.values(), total(on_page.values())]
    lines = [_line(_HEADS), _line(("---", *["---:"] * 6)), *(_line(_cells(each)) for each in ordered)]
    text = PAGE.read_text(encoding="utf-8")
    made = f"{_BEGIN}{''.join(lines)}{_END}"
    PAGE.write_text(re.sub(f"{_BEGIN}.*{_END}", lambda _: made, text, flags=re.DOTALL), encoding="utf-8")


def _cells(row: Row) -> tuple[str, ...]:
    return row.name, *(f"{number:,}" for number in astuple(row)[1:])


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |\n"
