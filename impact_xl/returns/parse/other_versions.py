"""What the form of another version writes in its own places, which ours does not: titles and introductions. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from impact_xl.form import layout
from impact_xl.form.layout import as_compared
from impact_xl.questionnaire import Questionnaire, normalise
from impact_xl.returns.formats.grid import Place, Value
from impact_xl.returns.parse.extra_content import SENTENCE
from impact_xl.returns.parse.landmarks import NOWHERE, Landmarks, Row, Rows
from impact_xl.returns.parse.parsed_sheet import ParsedSheet
from impact_xl.returns.parse.words import level_named, title_question

_HEADER = normalise(layout.STATEMENT_HEADER)
_TITLE = re.compile(r"\d+\. *\D")  # the title of a question begins with its number
_PARTS = re.compile(r"\d+\.|[-–—:;,(|/]")
_TITLES = 2  # rows: what the sheet is, and what it holds
_BULLETS = tuple(each.strip() for each in layout.spellings(layout.BULLET))


@dataclass(frozen=True)
class OwnColumns:
    """In which columns a sheet has what the form writes there."""

    label: int
    statement: int


def own_columns(labels: Collection[int], statements: Collection[int], landmarks: Landmarks) -> OwnColumns:
    """The columns of a sheet, by what was read there; its headers tell where nothing was."""
    statement = landmarks.statement_col if landmarks.statement_col is not None else next(iter(statements), NOWHERE)
    return OwnColumns(next(iter(labels), statement - 1), statement)


def places_of_theirs(
    rows: Rows,
    titles: Mapping[int, str],
    levels: Collection[int],
    columns: OwnColumns,
    questionnaire: Questionnaire,
) -> set[Place]:
    """Where a sheet with questions has words of another version, in the places that the form has for such words.

    Args:
        rows: every cell, by row and column.
        titles: the rows of the questions themselves, and which these are.
        levels: the rows of levels.
        columns: where names of levels and statements stand.
        questionnaire: what we ask.
    """
    first = min((*titles, *levels), default=0)
    found = {*_opening([row for row in sorted(rows) if row < first], rows, columns)}
    for row, question in titles.items():
        if (col := _title_column(rows[row], columns, questionnaire)) is not None:
            found.add((row, col))
        own = questionnaire.by_id.get(question)
        if own and own.help and row + 1 not in levels:
            found.add((row + 1, columns.statement))
        if own and own.section and row - 1 not in levels:
            found.add((row - 1, columns.label))
    return {(row, col) for row, col in found if _may_be_theirs(rows.get(row, {}).get(col), questionnaire)}


def tell_names(sheets: Sequence[ParsedSheet]) -> None:
    """Tell what stands in place of a level's name, unless all questions of a copy have it there, as a version would."""
    having: dict[tuple[int, str], set[str]] = defaultdict(set)
    for sheet in sheets:
        for each in sheet.other_names:
            having[each.level, each.name].add(each.question)
    keys = [key for sheet in sheets for key in sheet.levels] if having else []
    for sheet in sheets:
        for each in sheet.other_names:
            whole = {question for question, level in keys if level == each.level}
            if len(whole) == 1 or having[each.level, each.name] != whole:
                sheet.sights.append((each.question, each.sight))


def _may_be_theirs(value: Value, questionnaire: Questionnaire) -> bool:
    """Whether a value is words, and neither they nor a part of them that is set off name a level."""
    if not isinstance(value, str) or not any(map(str.isalpha, value)):
        return False
    return all(level_named(part, questionnaire) is None for part in (value, *_PARTS.split(value)))


def _title_column(cells: Row, columns: OwnColumns, questionnaire: Questionnaire) -> int | None:
    """Where a question's own row has a title of another version; None where it has ours, or none."""
    if any(title_question(value, questionnaire) for value in cells.values()):
        return None
    first = next((col for col in (columns.label, columns.statement) if cells.get(col) is not None), None)
    value = None if first is None else cells[first]
    return first if isinstance(value, str) and _TITLE.match(value.strip()) else None


def _opening(above: list[int], rows: Rows, columns: OwnColumns) -> Iterator[Place]:
    """What may stand above the first question: what the sheet is and holds, and what good practice looks like."""
    header = next((row for row in above if _HEADER in map(_compared, rows[row].values())), NOWHERE)
    for number, row in enumerate(above):
        col = min(rows[row])
        text = rows[row].get(columns.statement)
        if number < _TITLES and col < columns.label:
            about = layout.ends_as(_compared(rows[row][col]), layout.COMPONENT_ABOUT)
            yield from ((row, col) for _ in range(not number or about))
        elif isinstance(text, str) and header < row:
            is_first = row == header + 1 and len(text) >= SENTENCE
            if is_first or text.strip().startswith(_BULLETS):
                yield row, columns.statement


def _compared(value: Value) -> str:
    return as_compared(value) if isinstance(value, str) else ""
