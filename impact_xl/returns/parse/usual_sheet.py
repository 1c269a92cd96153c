"""Sheets of questions and priorities on which nobody did anything but tick and write, which is nearly every one.

What such a sheet says follows from the form's layout. The blank sheet is laid out and read once, by the parser that
reads every other sheet. A sheet that holds all of the form's own cells in their places, and beside them ticks, notes,
entries and statuses alone, says the same with what was ticked and written. Whatever else is there (another cell, a text
that may be a key or a header, a level that looks unlike its neighbours, anything hidden) is for the parser. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from impact_xl.form import layout
from impact_xl.form.layout import Kind, Line, Reference, as_compared
from impact_xl.form.plans import plan, title_column
from impact_xl.questionnaire import Questionnaire, normalise
from impact_xl.returns.formats.grid import CellError, Grid, Place, Value
from impact_xl.returns.parse.cell_marks import mark_in, text_of
from impact_xl.returns.parse.extra_content import is_form_text, is_status
from impact_xl.returns.parse.landmarks import may_be_landmark
from impact_xl.returns.parse.left_over import title_question
from impact_xl.returns.parse.sheet import LevelRow, ParsedSheet, SheetParser, tells_of_form
from impact_xl.returns.submission import Mark, Tick
from impact_xl.xlsx.a1 import a1

_BOXES = (layout.BOX, layout.TICKED_BOX)  # what stands in the boxes of a form for old programs
_LEVELS = (Kind.LEVEL, Kind.NOT_APPLICABLE)
Levels = dict[tuple[str, int], list[LevelRow]]


def parse_usual(grid: Grid, questionnaire: Questionnaire) -> ParsedSheet | None:
    """What a sheet says; None where there is anything on it but the form and what was ticked and written into it."""
    if grid.runs or grid.merged or grid.hidden or grid.hidden_rows or grid.hidden_columns or grid.additions:
        return None
    blanks = _blanks(questionnaire).get(grid.name, ())
    return next((parsed for blank in blanks if (parsed := blank.filled_in(grid))), None)


@dataclass(frozen=True)
class _Box:
    """A tickbox of the blank sheet."""

    place: Place
    question: str
    level: int
    rows: dict[tuple[Tick, str], list[LevelRow]] = field(default_factory=dict)  # by what the box says

    def level_rows(self, sheet: str, tick: Tick, raw: str) -> list[LevelRow]:
        """The level's row with a mark in its box; nobody changes it, so all copies have the same one."""
        made = self.rows[tick, raw] = [LevelRow(sheet, Mark(self.level, tick, a1(*self.place), raw))]
        return made


@dataclass(frozen=True)
class _Blank:
    """A sheet as the form has it."""

    name: str
    fixed: Mapping[Place, str]
    boxes: Sequence[_Box]
    notes: Mapping[Place, str]  # their questions
    entries: Mapping[Place, tuple[str, str]]  # their keys, and the labels beside them as they are compared
    statuses: Sequence[Place]
    last_time: Sequence[Place]  # where the form may say which level was ticked last time
    reference: Place
    alike: Sequence[Sequence[Place]]  # a question's boxes, its levels' names, their statements
    questionnaire: Questionnaire

    def filled_in(self, grid: Grid) -> ParsedSheet | None:
        """What a copy of this sheet says; None where it is more than a copy with ticks and texts."""
        cells = grid.cells
        if not self.fixed.items() <= cells.items() or not self._holds_nothing_else(cells):
            return None
        reference, levels = self._reference(cells.get(self.reference)), self._levels(grid)
        notes, texts = self._notes(cells), self._texts(cells)
        if reference is None or levels is None or notes is None or texts is None or not self._looks_alike(grid):
            return None
        places = {key: a1(*place) if texts[key] else "" for place, (key, _) in self.entries.items()}
        return ParsedSheet(self.name, reference, levels, notes, texts, places)

    def _holds_nothing_else(self, cells: Mapping[Place, Value]) -> bool:
        """Whether a copy with all of the form's cells has no others than it may have."""
        statuses = _values(cells, self.statuses)
        last_time = _values(cells, self.last_time)
        written = (*statuses, *last_time, *_values(cells, self.notes), *_values(cells, self.entries))
        return (
            len(self.fixed) + len(self.boxes) + len(written) + 1 == len(cells)
            and all(value == layout.LAST for value in last_time)
            and all(is_status(value) and not _is_landmark(value) for value in statuses)
        )

    def _is_of_question(self, text: str) -> bool:
        is_title = bool(title_question(text, self.questionnaire))
        return is_title or normalise(text) in self.questionnaire.statements

    def _is_of_form(self, value: Value) -> bool:
        """Whether a text is one that the form has elsewhere."""
        return isinstance(value, str) and (is_form_text(value, self.questionnaire) or self._is_of_question(value))

    def _reference(self, value: Value) -> Reference | None:
        found = Reference.parse(value) if isinstance(value, str) and layout.REFERENCE_MARK in value[:20] else None
        is_ours = found and found.kind == layout.FORM and self.questionnaire.is_of(found.fingerprint)
        return found if is_ours else None

    def _levels(self, grid: Grid) -> Levels | None:
        """The rows of all levels with the marks in their boxes, where each is a plain tick or none."""
        levels: Levels = {}
        known: dict[tuple[int | None, type, Value], tuple[Tick, str]] = {}
        for box in self.boxes:
            value = grid.cells.get(box.place)
            if not isinstance(value, bool | float) and value not in _BOXES:
                return None
            kind = (grid.styles.get(box.place), type(value), value)  # all that its mark depends on
            if (seen := known.get(kind)) is None:
                mark = mark_in(grid, box.place, box.level, "")
                if mark.tick is Tick.UNCLEAR or mark != Mark(box.level, mark.tick, mark.cell, mark.raw):
                    return None  # an unusual sign, or one that is hard to see
                seen = known[kind] = mark.tick, mark.raw
            levels[box.question, box.level] = box.rows.get(seen) or box.level_rows(self.name, *seen)
        return levels

    def _notes(self, cells: Mapping[Place, Value]) -> dict[str, tuple[str, str]] | None:
        notes = {question: note for place, question in self.notes.items() if (note := self._note(place, cells))}
        return notes if len(notes) == len(self.notes) else None

    def _texts(self, cells: Mapping[Place, Value]) -> dict[str, str] | None:
        entries = ((key, self._entry(place, label, cells)) for place, (key, label) in self.entries.items())
        texts = {key: text for key, text in entries if text is not None}
        return texts if len(texts) == len(self.entries) else None

    def _note(self, place: Place, cells: Mapping[Place, Value]) -> tuple[str, str] | None:
        """A note and its cell; None for one that the parser may take for something else."""
        value = cells.get(place)
        text = text_of(value)
        if value is not None and (not text or _is_landmark(value)):
            return None
        return (text, a1(*place)) if text else ("", "")

    def _entry(self, place: Place, label: str, cells: Mapping[Place, Value]) -> str | None:
        """A text that was asked for; None for one that the parser may take for something else."""
        value = cells.get(place)
        text = text_of(value)
        if value is None:
            return ""
        if not text or isinstance(value, bool | CellError) or _is_landmark(value):
            return None
        return None if as_compared(text) == label or self._is_of_form(value) else text

    def _looks_alike(self, grid: Grid) -> bool:
        """Whether no level looks otherwise than the others of its question, and none is crossed out."""
        return all(
            len(set(map(grid.styles.get, places))) == 1 and not grid.look(places[0]).struck for places in self.alike
        )


def _values(cells: Mapping[Place, Value], places: Iterable[Place]) -> list[Value]:
    """What stands in some places, where anything does."""
    return [cells[place] for place in places if place in cells]


def _is_landmark(value: Value) -> bool:
    """Whether the parser may go by a text, wherever it stands."""
    return isinstance(value, str) and (may_be_landmark(value) or tells_of_form(value))


# -- the blank sheets -----------------------------------------------------------------------------------


@lru_cache(maxsize=4)
def _blanks(questionnaire: Questionnaire) -> Mapping[str, Sequence[_Blank]]:
    """The blank sheets by their names, without and with rows for “Not applicable to us”."""
    plans = (plan(questionnaire, not_applicable=not_applicable) for not_applicable in (False, True))
    kinds = {*questionnaire.component_by_id, layout.PRIORITIES_SHEET}
    sheets = [sheet for sheets in plans for sheet in sheets if sheet.kind in kinds]
    blanks: dict[str, list[_Blank]] = {}
    for sheet in sheets:
        blank = _blank(sheet, questionnaire)
        others = blanks.setdefault(sheet.name, [])
        if blank not in others and _is_read_alike(blank, questionnaire):
            others.append(blank)
    return blanks


def _blank(sheet: layout.Sheet, questionnaire: Questionnaire) -> _Blank:
    lines = list(enumerate(sheet.lines))
    levels = [(row, line) for row, line in lines if line.kind in _LEVELS]
    of_questions = sheet.kind in questionnaire.component_by_id
    own = dict(cell for row, _ in lines for cell in _own_cells(sheet, row, of_questions=of_questions))
    notes, entries = _places(sheet, Kind.NOTE, layout.STATEMENT), _places(sheet, Kind.ENTRY, layout.STATEMENT)
    (reference,) = _places(sheet, Kind.REFERENCE, layout.STATEMENT)
    return _Blank(
        sheet.name,
        own,
        [_Box((row, layout.TICK), line.question, line.level) for row, line in levels],
        {place: line.question for place, line in notes.items()},
        {place: (line.key, as_compared(line.label)) for place, line in entries.items()},
        list(_places(sheet, Kind.QUESTION, layout.STATUS)),
        [(row, layout.STATUS) for row, _ in levels],
        reference,
        list(_alike(levels)),
        questionnaire,
    )


def _places(sheet: layout.Sheet, kind: Kind, col: int) -> dict[Place, Line]:
    """The cells of one column in the lines of one kind."""
    return {(row, col): line for row, line in enumerate(sheet.lines) if line.kind is kind}


def _alike(levels: Sequence[tuple[int, Line]]) -> Iterator[Sequence[Place]]:
    rows: dict[str, list[int]] = {}
    for row, line in levels:
        rows.setdefault(line.question, []).append(row)
    for own in rows.values():
        for col in (layout.TICK, layout.LEVEL, layout.STATEMENT):
            yield [(row, col) for row in own]


def _own_cells(sheet: layout.Sheet, row: int, *, of_questions: bool) -> Iterable[tuple[Place, str]]:
    """The cells of a line that are the same in every copy, as form/sheet_writer writes them."""
    by_column: dict[int, str] = {}
    line = sheet.lines[row]
    match line.kind:
        case Kind.TITLE | Kind.ABOUT:
            by_column = {layout.REF: line.text}
        case Kind.HEADER if of_questions:
            texts = (layout.REF_HEADER, layout.TICK_HEADER, line.label, line.text, layout.STATUS_HEADER)
            by_column = dict(enumerate(texts))
        case Kind.HEADER:
            ref = layout.REF_HEADER if sheet.lines[row + 1].key else ""
            by_column = {layout.REF: ref, layout.LEVEL: line.label, layout.STATEMENT: line.text}
        case Kind.HEADING | Kind.CHOICE | Kind.HELP:
            by_column = {layout.STATEMENT: line.text}
        case Kind.SECTION:
            by_column = {layout.LEVEL: line.text}
        case Kind.POINT:
            by_column = {layout.STATEMENT: f"{layout.BULLET}{line.text}"}
        case Kind.QUESTION:
            by_column = {layout.REF: line.key, title_column(line.text): line.text}
        case Kind.LEVEL | Kind.NOT_APPLICABLE:
            by_column = {layout.REF: line.key, layout.LEVEL: line.label, layout.STATEMENT: line.text}
        case Kind.NOTE | Kind.ENTRY:
            by_column = {layout.REF: line.key, layout.LEVEL: line.label}
        case Kind.REFERENCE:
            by_column = {layout.LEVEL: layout.REFERENCE_LABEL}
    return [((row, col), text) for col, text in by_column.items() if text]


def _is_read_alike(blank: _Blank, questionnaire: Questionnaire) -> bool:
    """Whether the parser says of the blank sheet what is said of it here; else its copies are left to the parser."""
    reference = Reference(layout.FORM, questionnaire.id, questionnaire.version, questionnaire.fingerprint)
    cells: dict[Place, Value] = {**blank.fixed, blank.reference: str(reference)}
    cells |= {box.place: False for box in blank.boxes}
    grid = Grid(blank.name, dict(sorted(cells.items())))
    return blank.filled_in(grid) == SheetParser(grid, questionnaire).read()
