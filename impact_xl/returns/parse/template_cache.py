"""Sheets that differ in nothing but their answers from one that was read before.

Nearly all copies of a round are the same form. The first is read with all that `sheet` knows of what hands do; where it
turns out that nobody did anything, the sheet becomes a pattern: the cells that are the same in every copy, and the
places where people answer. A sheet that has exactly these cells, and nothing but plain answers in these places, says
what its answers say. Everything else is read as the first was.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import lru_cache

from impact_xl.form import layout
from impact_xl.form.layout import Reference, parse_key
from impact_xl.questionnaire import Questionnaire, normalise
from impact_xl.returns.formats.xlsx import Grid, Value
from impact_xl.returns.parse.cell_marks import text_of, tick_of
from impact_xl.returns.parse.sheet import LABELS, LevelRow, ParsedSheet, SheetParser
from impact_xl.returns.submission import Mark, Wording
from impact_xl.xlsx.a1 import a1

_MOST, _MOST_NAMES = 8, 100  # patterns of one name, and names: rounds have few kinds of forms, and a folder few rounds
_HEADERS = frozenset(map(normalise, layout.HEADERS))
_PROGRESS = re.compile(r"\d+ of \d+ (?:done|named)(?:   [●○]*)?")
# What a program writes into a box that was clicked or left alone. Everything else that may mean a tick is looked at.
_PLAIN: tuple[Value, ...] = (True, False, 1, 0, 1.0, 0.0, layout.TICKED_BOX, layout.BOX, "x", "X", "✓")

Place = tuple[int, int]


def read_sheet(grid: Grid, questionnaire: Questionnaire) -> ParsedSheet:
    """Everything of a form that stands on a sheet."""
    known = _known(questionnaire)
    for pattern in known.get(grid.name, ()):
        if read := pattern.read(grid):
            return read
    reader = SheetParser(grid, questionnaire)
    found = reader.read()
    learned = _learned(reader)
    if learned and learned.read(grid) == found and len(known) < _MOST_NAMES:
        known[grid.name] = [learned, *known.get(grid.name, [])[: _MOST - 1]]
    return found


@lru_cache(maxsize=4)
def _known(questionnaire: Questionnaire) -> dict[str, list[_Pattern]]:  # noqa: ARG001  a dictionary for each
    """The patterns of a questionnaire's sheets, by the sheet's name, the latest first."""
    return {}


@dataclass
class _Pattern:
    """A sheet in which nothing was moved, changed or added."""

    name: str
    frame: dict[Place, Value]  # what is the same in every copy
    boxes: dict[Place, dict[tuple[type, Value], list[LevelRow]]]  # what each plain content of a box makes of its level
    levels: dict[tuple[str, int], list[LevelRow]]  # the same for boxes that hold nothing
    of_box: dict[Place, tuple[str, int]]
    notes: dict[Place, str]  # the question
    texts: dict[int, str]  # the key, by row
    live: frozenset[Place]  # how a question stands, or how far the form has come
    reference: Place
    _questions: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        self._questions = tuple(self.notes.values())

    def read(self, grid: Grid) -> ParsedSheet | None:
        """What the sheet says; None where it differs in more than plain answers."""
        if grid.merged or not self.frame.items() <= grid.cells.items():
            return None
        found = ParsedSheet(self.name)
        found.levels.update(self.levels)
        found.notes.update(dict.fromkeys(self._questions, ("", "")))
        found.texts.update(dict.fromkeys(self.texts.values(), ""))
        for place in grid.cells.keys() - self.frame.keys():
            value = grid.cells[place]
            if box := self.boxes.get(place):
                if (made := box.get((type(value), value))) is None:
                    return None
                found.levels[self.of_box[place]] = made
            elif place in self.live:
                if not _is_live(value):
                    return None
            elif place == self.reference:
                found.reference = Reference.parse(value) if isinstance(value, str) else None
            elif not _is_plain(value):
                return None
            elif question := self.notes.get(place):
                found.notes[question] = text_of(value), a1(*place)
            elif (key := self._key_at(place, value)) and not found.texts[key]:
                found.texts[key] = text_of(value)
            else:
                return None
        return found if found.reference else None

    def _key_at(self, place: Place, value: Value) -> str:
        """The key of the text that was typed there, right of its label; empty where it is none."""
        key = self.texts.get(place[0], "")
        return key if place[1] > layout.LEVEL and normalise(value) != normalise(LABELS.get(key, "")) else ""


def _is_live(value: Value) -> bool:
    return isinstance(value, str) and (
        value in layout.STATUSES or value == layout.LAST or _PROGRESS.fullmatch(value) is not None
    )


def _is_plain(value: Value) -> bool:
    """Whether a text is nothing but what somebody wrote: no key, header or other word that leads the reader."""
    return (
        isinstance(value, str)
        and bool(text_of(value))
        and layout.REFERENCE_MARK not in value
        and not value.startswith((layout.SEEN, layout.CORRECTION_TITLE))
        and not parse_key(value)
        and normalise(value) not in _HEADERS
    )


def _learned(reader: SheetParser) -> _Pattern | None:
    """The pattern of a sheet that was read, where nobody did anything to it."""
    found, cells = reader.found, reader.grid.cells
    references = [place for place, value in cells.items() if isinstance(value, str) and Reference.parse(value)]
    if found.moved or found.strays or found.corrects or len(references) != 1 or reader.key_col != layout.REF:
        return None
    boxes, of_box, levels, notes, texts = {}, {}, {}, {}, {}
    for row, key in reader.keys.items():
        if key.field in ("L", "NA"):
            [held] = found.levels[key.owner, key.level]
            if (
                held.mark is None
                or held.mark.wording is not Wording.WHOLE
                or held.mark.tick_outside_box
                or reader.tick_col is None
            ):
                return None
            place, name = (
                (row, reader.tick_col),
                reader.questionnaire.level_name(key.level) or layout.NOT_APPLICABLE_LABEL,
            )
            of_box[place] = key.owner, key.level
            boxes[place] = {(type(v), v): [LevelRow(found.name, _mark(held.mark, v, name))] for v in _PLAIN}
            levels[key.owner, key.level] = [LevelRow(found.name, _mark(held.mark, None, name))]
        elif key.field == "note" and reader.statement_col is not None:
            notes[row, reader.statement_col] = key.owner
        elif (name := f"{key.owner}.{key.field}") in LABELS:
            texts[row] = name
        elif key.field:
            return None
    live = {place for place, value in cells.items() if _is_live(value)}
    if reader.status_col is not None:  # “Last time” stands beside one level or another
        live |= {(row, reader.status_col) for row, _ in boxes}
    frame = {
        place: value
        for place, value in cells.items()
        if not (place in live or place in boxes or place in notes or place == references[0])
        and not (place[0] in texts and place[1] > layout.LEVEL)
    }
    return _Pattern(found.name, frame, boxes, levels, of_box, notes, texts, frozenset(live), references[0])


def _mark(like: Mark, value: Value, name: str) -> Mark:
    tick, raw, odd = tick_of(value, name)
    return replace(like, tick=tick, raw=raw, odd=odd)
