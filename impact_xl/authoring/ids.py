"""Ids are given once, to new rows alone, and are never given anew."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from impact_xl.authoring.tables import Tables


@dataclass(frozen=True, slots=True)
class Missing:
    """A component or question without an id: what it is, where its id would stand, and its table."""

    kind: str  # component or question
    place: str
    table: Tables

    @property
    def letter(self) -> str:
        """How its ids begin."""
        return self.kind[0].upper()


def give(missing: Iterable[Missing], tables: Tables, used: Iterable[str] = ()) -> list[str]:
    """Give each of them the next free id; what was given, a line each.

    Args:
        missing: what has no id.
        tables: all tables; no id in them is given again.
        used: ids of an earlier version, which stay taken.
    """
    taken = {*_ids(tables), *used}
    lines: list[str] = []
    for each in missing:
        numbers = [int(id[1:]) for id in taken if re.fullmatch(rf"{each.letter}\d+", id)]
        number = max(numbers, default=0) + 1
        identity = f"C{number}" if each.kind == "component" else f"Q{number:02d}"
        each.table["id"] = identity
        taken.add(identity)
        lines.append(f"{each.place}: {identity}, {each.table.get('title') or 'without a title'}")
    return lines


def _ids(tables: Tables) -> Iterator[str]:
    for component in tables.get("component", ()):
        yield str(component.get("id", ""))
        yield from (str(question.get("id", "")) for question in component.get("question", ()))
