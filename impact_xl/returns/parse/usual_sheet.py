"""Sheets of a form on which nobody did anything but tick and write, which is nearly every one.

What such a sheet says follows from the form's layout. The blank sheet is laid out and read once, by the parser that
reads every other sheet. A sheet that holds all of the form's own cells in their places, and beside them ticks, notes,
entries, statuses and the instructions of its round alone, says the same with what was ticked and written. Whatever else
is there (another cell, a text that may be a key or a header, a level that looks unlike its neighbours, anything hidden)
is for the parser. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate, chain, compress, groupby, product
from typing import NamedTuple

from impact_xl.form import layout
from impact_xl.form.layout import Kind, Line, Reference, as_compared
from impact_xl.form.plans import StartTexts, plan, title_column
from impact_xl.questionnaire import Questionnaire, normalise
from impact_xl.returns.formats.grid import NO_STYLE, PLAIN, CellError, Grid, KnownStyles, Look, Place, Value
from impact_xl.returns.parse.cell_marks import mark_in, text_of
from impact_xl.returns.parse.extra_content import (
    SENTENCE,
    is_count,
    is_form_text,
    is_opening,
    is_status,
    tells_block,
)
from impact_xl.returns.parse.landmarks import may_be_landmark
from impact_xl.returns.parse.looks import is_plainly_seen, is_unmarked, letters_of_key
from impact_xl.returns.parse.parsed_sheet import LevelRow, ParsedSheet
from impact_xl.returns.parse.sheet import SheetParser, tells_of_form
from impact_xl.returns.parse.words import level_named, title_question
from impact_xl.returns.submission import Mark, Marks, QuestionMarks, Tick
from impact_xl.xlsx.a1 import a1

_BOXES = (layout.BOX, layout.TICKED_BOX)  # what stands in the boxes of a form for old programs
_LEVELS = (Kind.LEVEL, Kind.NOT_APPLICABLE)
_ANY_WORDS = "All that a round may say, in a sentence of its own."  # stands where that is
_ANY_COUNT = f"0{layout.DONE_OF.format(most=1)}"
_KNOWN = 64  # kinds of sheets that a program saves of one blank sheet
Levels = dict[tuple[str, int], list[LevelRow]]


def parse_usual(grid: Grid, questionnaire: Questionnaire) -> ParsedSheet | None:
    """What a sheet says; None where there is anything on it but the form and what was ticked and written into it."""
    if grid.merged or grid.hidden or grid.hidden_rows or grid.hidden_columns or grid.additions:
        return None
    blanks = _blanks(questionnaire).get(grid.name, ())
    return next((parsed for blank in blanks if (parsed := blank.filled_in(grid)) and blank.is_read_alike), None)


@dataclass(frozen=True)
class _Boxes:
    """The tickboxes of a question of the blank sheet."""

    question: str
    places: Sequence[Place]
    levels: Sequence[int]  # of each

    def rows(self, sheet: str, marks: Sequence[Mark]) -> tuple[Levels, QuestionMarks]:
        """The rows of its levels with such marks, and what they say."""
        boxes = zip(self.places, self.levels, marks, strict=True)
        own = [Mark(level, mark.tick, a1(*place), mark.raw) for place, level, mark in boxes]
        levels = {(self.question, mark.level): [LevelRow(sheet, mark)] for mark in own}
        return levels, QuestionMarks(self.question, sheet, Marks(sorted(own, key=lambda mark: mark.level)))


class _RowsByValues(dict[tuple[tuple[Value, ...], tuple[type, ...]], tuple[Levels, QuestionMarks] | None]):
    """What the boxes of a question say where their cells look as they do in some copies, by what stands in them.

    None where one of them is unusual. Nobody changes the rest, so all copies share it.
    """

    def __init__(self, sheet: str, boxes: _Boxes, looks: Sequence[Look]) -> None:
        super().__init__()
        self._sheet, self._boxes, self._looks = sheet, boxes, looks

    def of(self, cells: Mapping[Place, Value]) -> tuple[Levels, QuestionMarks] | None:
        """What they say in a copy; TRUE and 1 are one to a dictionary, so their types are looked at as well."""
        values = tuple(map(cells.get, self._boxes.places))
        return self[values, tuple(map(type, values))]

    def __missing__(self, key: tuple[tuple[Value, ...], tuple[type, ...]]) -> tuple[Levels, QuestionMarks] | None:
        if len(self) >= _KNOWN:
            self.clear()
        marks = [
            _usual_mark(isinstance(value, bool), value, look) for value, look in zip(key[0], self._looks, strict=True)
        ]
        plain = [mark for mark in marks if mark]
        self[key] = known = self._boxes.rows(self._sheet, plain) if len(plain) == len(marks) else None
        return known


class _Looks(NamedTuple):
    """What the looks of a sheet's cells say."""

    levels_are_plain: bool  # no level looks otherwise than the others of its question
    all_is_seen: bool  # people would see whatever is typed in any cell
    boxes: Sequence[_RowsByValues]  # of each question


@dataclass(frozen=True)
class _Blank:
    """A sheet as the form has it."""

    name: str
    fixed: Mapping[Place, str]
    boxes: Sequence[_Boxes]
    notes: Mapping[Place, tuple[str, str]]  # their questions and their cells, as people see them
    entries: Mapping[Place, tuple[str, str, str]]  # their keys and cells, and the labels beside them as compared
    statuses: Sequence[Place]
    last_time: Sequence[Place]  # where the form may say which level was ticked last time
    reference: Place
    alike: Sequence[Sequence[Place]]  # a question's boxes, its levels' names, their statements
    beside: Sequence[Sequence[Place]]  # the keys of levels, and what is at the right of their statements
    free: Sequence[Place]  # what a round's form says in its own words
    live: Sequence[Place]  # what the form counts
    questionnaire: Questionnaire

    @cached_property
    def _last(self) -> tuple[Place, str]:
        """The last of the form's own cells: kinds of a sheet differ there if they differ anywhere above."""
        return max(self.fixed.items())

    @cached_property
    def _opening(self) -> Sequence[Place]:
        """Where a round's form says what it holds, for whom it is and where it goes back."""
        return [place for place in self.free if place[1] == layout.REF]

    @cached_property
    def _texts_of_form(self) -> list[str]:
        return [*self.fixed.values()]

    @cached_property
    def _least_cells(self) -> int:
        """How many cells every copy has."""
        return len(self.fixed) + len(self._box_places) + len(self.free) + len(self.live) + 1  # of the reference

    @cached_property
    def _typing_places(self) -> frozenset[Place]:
        """Where people type."""
        return frozenset((*self.notes, *self.entries))

    @cached_property
    def _box_places(self) -> list[Place]:
        return [place for boxes in self.boxes for place in boxes.places]

    @cached_property
    def _alike_places(self) -> list[tuple[Place, int]]:
        """The places of `alike` in a row, each with where in it the first begins that it is to look like."""
        begins = accumulate(map(len, self.alike), initial=0)
        return [(place, begin) for places, begin in zip(self.alike, begins, strict=False) for place in places]

    @cached_property
    def _long(self) -> Counter[int]:
        """How many of the form's own sentences stand in each column."""
        return Counter(col for (_, col), text in self.fixed.items() if _is_sentence(text))

    @cached_property
    def is_read_alike(self) -> bool:
        """Whether the parser says of the blank sheet what is said of it here; else all copies of it are for it."""
        questionnaire = self.questionnaire
        reference = Reference(layout.FORM, questionnaire.id, questionnaire.version, questionnaire.fingerprint)
        cells: dict[Place, Value] = {**self.fixed, self.reference: str(reference)}
        cells |= dict.fromkeys(self._box_places, False)
        cells |= {**dict.fromkeys(self.free, _ANY_WORDS), **dict.fromkeys(self.live, _ANY_COUNT)}
        cells |= dict.fromkeys(self._opening, layout.RETURN_REPLY)
        grid = Grid(self.name, dict(sorted(cells.items())))
        return self.filled_in(grid) == SheetParser(grid, questionnaire).read()

    def filled_in(self, grid: Grid) -> ParsedSheet | None:
        """What a copy of this sheet says; None where it is more than a copy with ticks and texts."""
        cells = grid.cells
        if not (self._has_own_texts(cells) and self._holds_nothing_else(cells) and self._has_own_words(cells)):
            return None
        rows, reference = self._rows(grid), self._reference(cells.get(self.reference))
        notes, texts = self._notes(cells), self._texts(cells)
        if rows is None or reference is None or notes is None or texts is None:
            return None
        levels: Levels = {}
        for of_question, _ in rows:
            levels.update(of_question)
        usual = {marks.question: marks for _, marks in rows}
        cells_of_texts = {key: cell if texts[key] else "" for key, cell, _ in self.entries.values()}
        return ParsedSheet(self.name, reference, levels, notes, texts, cells_of_texts, usual=usual)

    def _rows(self, grid: Grid) -> list[tuple[Levels, QuestionMarks]] | None:
        """What the boxes of each question say; None where any looks unusual, or something typed cannot be seen."""
        looks = self._looks(grid)
        all_is_seen = looks.all_is_seen or self._is_seen(grid)
        if not (looks.levels_are_plain and all_is_seen and self._has_plain_runs(grid)):
            return None
        rows = [boxes.of(grid.cells) for boxes in looks.boxes]
        known = [each for each in rows if each]
        return known if len(known) == len(rows) else None

    def _has_own_texts(self, cells: Mapping[Place, Value]) -> bool:
        """Whether all of the form's own texts are there."""
        place, text = self._last
        if cells.get(place) != text:
            return False
        texts = [*map(cells.get, self.fixed)]
        if texts != self._texts_of_form:
            return False
        self._texts_of_form[:] = texts  # the next copy has these very objects, which are quicker to compare
        return True

    def _holds_nothing_else(self, cells: Mapping[Place, Value]) -> bool:
        """Whether a copy with all of the form's cells has no others than it may have."""
        statuses = _values(cells, self.statuses)
        texts = len(cells.keys() & self._typing_places)
        left = len(cells) - self._least_cells - len(statuses) - texts
        last_time = _values(cells, self.last_time) if left else ()
        return (
            left == len(last_time)
            and all(value == layout.LAST for value in last_time)
            and all(map(_is_plain_status, statuses))
        )

    def _has_own_words(self, cells: Mapping[Place, Value]) -> bool:
        """Whether all that differs from round to round is there, and nothing in it is what the parser may go by.

        It takes the column in which most of the sentences stand for the one of the instructions.
        """
        if not self.free:
            return True
        free = _values(cells, self.free)
        live = [each for each in _values(cells, self.live) if not (isinstance(each, CellError) and each.is_formula)]
        long = self._long + Counter(col for (row, col) in self.free if _is_sentence(cells.get((row, col))))
        instructions = long.pop(layout.STATEMENT, 0)
        return (
            len(free) == len(self.free)
            and all(place in cells for place in self.live)
            and instructions > max(long.values(), default=0)
            and all(isinstance(each, str) and _is_plain(each, self.questionnaire) for each in (*free, *live))
            and all(map(is_count, live))
            and all(map(is_opening, _values(cells, self._opening)))
        )

    def _reference(self, value: Value) -> Reference | None:
        found = Reference.parse(value) if isinstance(value, str) and layout.REFERENCE_MARK in value[:20] else None
        is_ours = found and found.kind == layout.FORM and self.questionnaire.is_of(found.fingerprint)
        return found if is_ours else None

    def _notes(self, cells: Mapping[Place, Value]) -> dict[str, tuple[str, str]] | None:
        notes: dict[str, tuple[str, str]] = {}
        for place, (question, cell) in self.notes.items():
            value = cells.get(place)
            text = text_of(value)
            if value is not None and (not text or _is_landmark(value)):
                return None  # the parser may take it for something else
            notes[question] = (text, cell) if text else ("", "")
        return notes

    def _texts(self, cells: Mapping[Place, Value]) -> dict[str, str] | None:
        texts = {key: self._entry(cells.get(place), label) for place, (key, _, label) in self.entries.items()}
        known = {key: text for key, text in texts.items() if text is not None}
        return known if len(known) == len(texts) else None

    def _entry(self, value: Value, label: str) -> str | None:
        """A text that was asked for; None for one that the parser may take for something else."""
        if value is None:
            return ""
        text = text_of(value)
        if not text or isinstance(value, bool | CellError) or _is_landmark(value):
            return None
        return None if as_compared(text) == label or _is_of_form(value, self.questionnaire) else text

    def _looks(self, grid: Grid) -> _Looks:
        """What the looks of a copy's cells say."""
        if not isinstance(grid.styles, KnownStyles):
            return self._looks_of(grid, all_is_seen=False)
        if (known := self._known.get((id(grid.styles), id(grid.looks)))) is None:
            looks = self._looks_of(grid, all_is_seen=self._all_seen(grid, (*self.notes, *self.entries)))
            if len(self._known) >= _KNOWN:
                self._known.clear()
            # The two are kept, so that nothing else gets their ids.
            known = self._known[id(grid.styles), id(grid.looks)] = looks, grid.styles, grid.looks
        return known[0]

    def _looks_of(self, grid: Grid, *, all_is_seen: bool) -> _Looks:
        boxes = [_RowsByValues(self.name, each, [*map(grid.look, each.places)]) for each in self.boxes]
        return _Looks(self._levels_are_plain(grid), all_is_seen, boxes)

    @cached_property
    def _known(self) -> dict[tuple[int, int], tuple[_Looks, Mapping[Place, int], Sequence[Look]]]:
        """What `_looks` says of the styles and looks that many copies have."""
        return {}

    def _levels_are_plain(self, grid: Grid) -> bool:
        """Whether no level looks otherwise than the others of its question, and none is crossed out."""
        styles = [grid.styles.get(place, NO_STYLE) for place, _ in self._alike_places]
        if styles != [styles[first] for _, first in self._alike_places]:
            return False
        if any(grid.looks[style].struck for style in set(styles) if 0 <= style < len(grid.looks)):
            return False
        return self._is_plain_beside(grid)

    def _is_plain_beside(self, grid: Grid) -> bool:
        """Whether nobody coloured or framed the cells beside those of the levels, or gave some keys other letters."""
        columns = [{grid.styles.get(place, NO_STYLE) for place in places} for places in self.beside]
        keys = {letters_of_key(_look(grid, style)) for style in columns[0]}
        if len(keys) > 1 or any(is_struck for *_, is_struck in keys):
            return False
        return all(len(styles) == 1 or all(_is_unmarked(_look(grid, style)) for style in styles) for styles in columns)

    def _is_seen(self, grid: Grid) -> bool:
        """Whether people see all that was typed, and none of it is crossed out."""
        return self._all_seen(grid, (place for place in chain(self.notes, self.entries) if place in grid.cells))

    def _all_seen(self, grid: Grid, places: Iterable[Place]) -> bool:
        """Whether people see whatever stands in some cells."""
        styles = {grid.styles.get(each, NO_STYLE) for each in places}
        return all(_is_plainly_seen(_look(grid, style)) for style in styles)

    def _has_plain_runs(self, grid: Grid) -> bool:
        """Whether only texts that were typed have pieces of another look, and people see every piece."""
        return all(
            (place in self.notes or place in self.entries) and all(_is_plainly_seen(run.look) for run in runs)
            for place, runs in grid.runs.items()
        )


def _look(grid: Grid, style: int) -> Look:
    return grid.looks[style] if 0 <= style < len(grid.looks) else PLAIN


def _values(cells: Mapping[Place, Value], places: Iterable[Place]) -> list[Value]:
    """What stands in some places, where anything does."""
    return [cells[place] for place in places if place in cells]


def _is_of_form(value: Value, questionnaire: Questionnaire) -> bool:
    """Whether a text is one that the form has elsewhere."""
    if not isinstance(value, str):
        return False
    return _is_of_question(value, questionnaire) or is_form_text(value, questionnaire)


def _is_of_question(text: str, questionnaire: Questionnaire) -> bool:
    return bool(title_question(text, questionnaire)) or normalise(text) in questionnaire.statements


def _is_sentence(value: Value) -> bool:
    return isinstance(value, str) and len(value) >= SENTENCE


@lru_cache(maxsize=1024)  # a round says the same in all of its forms
def _is_plain(text: str, questionnaire: Questionnaire) -> bool:
    """Whether the parser goes by nothing in a text, wherever it stands."""
    tells = _is_landmark(text) or _is_of_question(text, questionnaire) or tells_block(text, questionnaire)
    return not tells and level_named(text, questionnaire) is None


@lru_cache(maxsize=256)  # the boxes of all copies look alike
def _usual_mark(is_bool: bool, value: Value, look: Look) -> Mark | None:
    """The mark in a box somewhere; None for an unusual sign, or one that is hard to see. To a cache TRUE is a 1."""
    if not (is_bool or isinstance(value, float)) and value not in _BOXES:
        return None
    place = 0, layout.TICK
    mark = mark_in(Grid("", {place: value}, styles={place: 0}, looks=(look,)), place, 0, "")
    return mark if mark.tick is not Tick.UNCLEAR and mark == Mark(0, mark.tick, mark.cell, mark.raw) else None


_is_unmarked = lru_cache(maxsize=256)(is_unmarked)
_is_plainly_seen = lru_cache(maxsize=256)(is_plainly_seen)


@lru_cache(maxsize=64)
def _is_plain_status(value: Value) -> bool:
    return is_status(value) and not _is_landmark(value)


def _is_landmark(value: Value) -> bool:
    """Whether the parser may go by a text, wherever it stands."""
    return isinstance(value, str) and (may_be_landmark(value) or tells_of_form(value))


# -- the blank sheets -----------------------------------------------------------------------------------


@lru_cache(maxsize=4)
def _blanks(questionnaire: Questionnaire) -> Mapping[str, Sequence[_Blank]]:
    """The blank sheets by their names: without and with rows for “Not applicable to us”, and each kind of Start."""
    plans = (plan(questionnaire, not_applicable=not_applicable) for not_applicable in (False, True))
    kinds = {*questionnaire.component_by_id, layout.PRIORITIES_SHEET}
    sheets = [sheet for sheets in plans for sheet in sheets if sheet.kind in kinds]
    blanks: dict[str, list[_Blank]] = {}
    for sheet in (*sheets, *_starts(questionnaire)):
        others, blank = blanks.setdefault(sheet.name, []), _blank(sheet, questionnaire)
        others += [] if blank in others else [blank]
    return blanks


def _starts(questionnaire: Questionnaire) -> Iterator[layout.Sheet]:
    """The first sheet with each choice of paragraphs that a round may have; their words are the round's."""
    for left_out in product((False, True), repeat=len(layout.OPTIONAL_PARAGRAPHS)):
        without = set(compress(layout.OPTIONAL_PARAGRAPHS, left_out))
        how_to, good_to_know = (
            [(label, _ANY_WORDS) for label in labels if label not in without]
            for labels in (layout.HOW_TO_PARAGRAPHS, layout.GOOD_TO_KNOW_PARAGRAPHS)
        )
        main = [_ANY_WORDS] * layout.MAIN_LINES
        yield plan(questionnaire, start=StartTexts(_ANY_WORDS, main, how_to, good_to_know))[0]


def _blank(sheet: layout.Sheet, questionnaire: Questionnaire) -> _Blank:
    lines = list(enumerate(sheet.lines))
    levels = [(row, line) for row, line in lines if line.kind in _LEVELS]
    of_questions = sheet.kind in questionnaire.component_by_id
    own = dict(cell for row, _ in lines for cell in _own_cells(sheet, row, of_questions=of_questions))
    notes, entries = _places(sheet, Kind.NOTE, layout.STATEMENT), _places(sheet, Kind.ENTRY, layout.STATEMENT)
    (reference,) = _places(sheet, Kind.REFERENCE, layout.STATEMENT)
    free = [place for place, text in own.items() if _ANY_WORDS in text]
    return _Blank(
        sheet.name,
        {place: text for place, text in own.items() if _ANY_WORDS not in text},
        [*_boxes(levels)],
        {place: (line.question, a1(*place)) for place, line in notes.items()},
        {place: (line.key, a1(*place), as_compared(line.label)) for place, line in entries.items()},
        list(_places(sheet, Kind.QUESTION, layout.STATUS)),
        [(row, layout.STATUS) for row, _ in levels],
        reference,
        list(_alike(levels)),
        list(_beside(levels)),
        free,
        [place for kind in (Kind.PROGRESS, Kind.TOTAL) for place in _places(sheet, kind, layout.STATEMENT)],
        questionnaire,
    )


def _places(sheet: layout.Sheet, kind: Kind, col: int) -> dict[Place, Line]:
    """The cells of one column in the lines of one kind."""
    return {(row, col): line for row, line in enumerate(sheet.lines) if line.kind is kind}


def _boxes(levels: Sequence[tuple[int, Line]]) -> Iterator[_Boxes]:
    for question, lines in groupby(levels, lambda each: each[1].question):
        rows, of_levels = zip(*((row, line.level) for row, line in lines), strict=True)
        yield _Boxes(question, [(row, layout.TICK) for row in rows], of_levels)


def _alike(levels: Sequence[tuple[int, Line]]) -> Iterator[Sequence[Place]]:
    rows: dict[str, list[int]] = {}
    for row, line in levels:
        rows.setdefault(line.question, []).append(row)
    for own in rows.values():
        for col in (layout.TICK, layout.LEVEL, layout.STATEMENT):
            yield [(row, col) for row in own]


def _beside(levels: Sequence[tuple[int, Line]]) -> Iterator[Sequence[Place]]:
    for col in (layout.REF, layout.STATUS, layout.STATUS + 1):
        yield [(row, col) for row, _ in levels]


def _own_cells(sheet: layout.Sheet, row: int, *, of_questions: bool) -> Iterable[tuple[Place, str]]:
    """The cells of a line that are the same in every copy, as form/sheet_writer writes them."""
    by_column: dict[int, str] = {}
    line = sheet.lines[row]
    match line.kind:
        case Kind.TITLE | Kind.ABOUT | Kind.MAIN:
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
        case Kind.LEVEL | Kind.NOT_APPLICABLE | Kind.TEXT:
            by_column = {layout.REF: line.key, layout.LEVEL: line.label, layout.STATEMENT: line.text}
        case Kind.NOTE | Kind.ENTRY | Kind.PROGRESS | Kind.TOTAL:
            by_column = {layout.REF: line.key, layout.LEVEL: line.label}
        case Kind.REFERENCE:
            by_column = {layout.LEVEL: layout.REFERENCE_LABEL}
    return [((row, col), text) for col, text in by_column.items() if text]
