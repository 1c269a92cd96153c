"""One sheet: answers found by their keys wherever people moved them, judged by the statement beside."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from impact_xl.form import layout
from impact_xl.form.layout import Key, Reference, as_compared, level_key, parse_key
from impact_xl.questionnaire import Questionnaire, normalise
from impact_xl.returns.formats.grid import CellError, Grid, Value, merged_rows
from impact_xl.returns.parse import extra_content
from impact_xl.returns.parse.cell_marks import text_of, tick_of
from impact_xl.returns.submission import Mark, Tick, Wording
from impact_xl.xlsx.a1 import a1

_HEADERS = frozenset(map(normalise, layout.HEADERS))
_TICK_HEADER, _STATEMENT_HEADER, _STATUS_HEADER = map(
    normalise, (layout.TICK_HEADER, layout.STATEMENT_HEADER, layout.STATUS_HEADER)
)
_NOT_APPLICABLE = normalise(layout.NOT_APPLICABLE)
_NOTE, _REFERENCE = normalise(layout.NOTE_LABEL), layout.REFERENCE_MARK
_SEEN, _CORRECTION_TITLES = layout.spellings(layout.SEEN), layout.beginnings(layout.CORRECTION_TITLE)
_SENTENCE = 40  # as long as a text of instructions is at least
_ALIKE = 0.6  # the share of words that an edited statement has in common with the one that it was
_SHORT = 12  # a text beside a tickbox shorter than this is no edited statement
_NOWHERE = -1  # the column of what is not there
_KEYS_BEGIN = ("Q", "P", "s")
_LONGER_THAN_A_KEY = 40  # texts from here on are neither keys nor headers, and need no closer look
_IDENTITY = frozenset(key for key, _ in layout.START_FIELDS)
LABELS = {
    **dict(layout.START_FIELDS),
    **{
        layout.priority_key(number, name): label
        for number in range(1, layout.PRIORITIES + 1)
        for name, label in layout.PRIORITY_FIELDS
    },
}

Row = Mapping[int, Value]


@dataclass
class LevelRow:
    """One level's row as found: its mark, or what is wrong with it."""

    sheet: str
    mark: Mark | None = None
    damage: str = ""


@dataclass
class ParsedSheet:
    """Everything found on one sheet that belongs to a form, and what stands there beside it."""

    name: str
    reference: Reference | None = None
    levels: dict[tuple[str, int], list[LevelRow]] = field(default_factory=lambda: defaultdict(list))
    notes: dict[str, tuple[str, str]] = field(default_factory=dict)  # text and cell
    texts: dict[str, str] = field(default_factory=dict)  # start.team, P1.what ...
    moved: list[str] = field(default_factory=list)
    strays: list[tuple[str, str]] = field(default_factory=list)  # cell and text
    corrects: bool = False  # it belongs to a correction form, by its reference or, failing that, by what it says

    @property
    def is_form(self) -> bool:
        """Whether anything of a form is on this sheet."""
        return bool(self.levels or self.texts or self.notes or self.reference)

    @property
    def is_start(self) -> bool:
        """Whether this is the sheet that says whose the form is."""
        return any(key in _IDENTITY for key in self.texts)


class SheetParser:
    """A sheet while it is read, from top to bottom."""

    def __init__(self, grid: Grid, questionnaire: Questionnaire) -> None:
        self.grid, self.questionnaire = grid, questionnaire
        self.found = ParsedSheet(grid.name)
        self.rows: dict[int, dict[int, Value]] = defaultdict(dict)
        self.seen: set[int] = set()  # rows that say what was seen in another copy
        short: list[tuple[int, int, str]] = []  # what may be a key or a header
        for (row, col), value in grid.cells.items():
            self.rows[row][col] = value
            if isinstance(value, str):
                if len(value) < _LONGER_THAN_A_KEY:
                    short.append((row, col, value))
                if _REFERENCE in value[:20]:
                    self.found.reference = Reference.parse(value) or self.found.reference
                elif value in _SEEN:
                    self.seen.add(row)
                elif value.startswith(_CORRECTION_TITLES):
                    self.found.corrects = True
        keys = _keys(short, questionnaire)
        self.key_col = Counter(col for _, col in keys).most_common(1)[0][0] if keys else _NOWHERE
        self.keys = {row: key for (row, col), key in keys.items() if col == self.key_col}
        levels = [row for row, key in self.keys.items() if key.field in ("L", "NA")]
        heads = _headers(short, min(levels, default=None))
        self.statement_col, self.status_col = heads.get(_STATEMENT_HEADER), heads.get(_STATUS_HEADER)
        self.tick_col = heads.get(_TICK_HEADER)
        if self.tick_col is None and levels:
            self.tick_col = _column_of_ticks(self.rows, levels, self.key_col)
        self.tick_column = self.key_col + 1 if self.tick_col is None else self.tick_col
        self.boxes = self._moved_boxes()
        self.taken: set[tuple[int, int]] = set()  # places whose content was read
        self.done: set[int] = set(self.seen)  # rows with nothing left to be read
        # What rows without a key belong to: the levels right above them, or the priority that was announced.
        self.question, self.run, self.priority = "", _NOWHERE, 0
        self.merged: dict[int, Mapping[int, str]] = {}

    def _moved_boxes(self) -> Mapping[str, int]:
        """The columns in which the boxes of a question stand, where nothing stands in the column of the others."""
        rows: dict[str, list[int]] = defaultdict(list)
        for row, key in self.keys.items():
            if key.level and self.rows[row].get(self.tick_column) is None:
                rows[key.owner].append(row)
        moved = {}
        for question, own in rows.items():
            if len(own) == len(self.questionnaire.levels):
                columns = [{c for c, v in self.rows[row].items() if tick_of(v)[0] is not Tick.UNCLEAR} for row in own]
                if len(shared := set.intersection(*columns) - {self.key_col}) == 1:
                    moved[question] = shared.pop()
        if moved:
            self.found.moved.append(f"boxes were moved on “{self.grid.name}”")
        return moved

    def read(self) -> ParsedSheet:
        """Read every row, and then what is left."""
        found = self.found
        for row in sorted(self.rows):
            if key := self.keys.get(row):
                self._keyed(row, key)
            else:
                self._unkeyed(row)
        self._expect_own_boxes()
        by_reference = bool(found.reference and found.reference.kind == layout.CORRECTION)
        found.corrects = by_reference if found.reference else found.corrects or bool(self.seen)
        # A correction form's questions stand closer together than the form's, as all the others are left out.
        if self.keys and not found.corrects:
            found.moved += _moved(self.grid.name, self.questionnaire, sorted(self.keys.items()), self.key_col)
        if found.is_form:
            self._left_over()
        return found

    def _expect_own_boxes(self) -> None:
        """Boxes that were shifted up or down, past the rows they belong to: below the gap each is another row's.

        A box stands on a question's own row or on that of its note then, where we write none, and a level has none.
        """
        col, levels = self.tick_column, self.done - self.seen
        others = [row for row, key in self.keys.items() if not key.level and key.field != "NA"] or self.rows.keys()
        strange = [(row, col) for row in others if row not in self.done and _is_box(self.rows[row].get(col))]
        if strange and any(self.rows[row].get(col) is None for row in levels):
            self.taken.update(strange)
            for held in self.found.levels.values():
                for level in held:
                    level.mark, level.damage = None, "may have the box of another row, as boxes were shifted up or down"

    # -- rows with a key -------------------------------------------------------------------------------

    def _keyed(self, row: int, key: Key) -> None:
        if key.field in ("L", "NA"):
            if key.level <= len(self.questionnaire.levels):
                gone = self.rows[row].get(self.tick_column) is None
                self._level(
                    row, key.owner, key.level, self.boxes.get(key.owner, self.tick_column) if gone else self.tick_column
                )
        elif key.field == "note":
            self._note(row, key.owner)
        elif key.field and (label := LABELS.get(f"{key.owner}.{key.field}")):
            self._text(row, f"{key.owner}.{key.field}", _entry(self.rows[row], self.key_col, None, normalise(label)))

    def _note(self, row: int, question: str) -> None:
        text, col = _entry(self.rows[row], self.key_col, self.statement_col, _NOTE) or ("", _NOWHERE)
        if self._is_first(self.found.notes.get(question, ("",))[0], text, row, col):
            self.found.notes[question] = text, a1(row, col) if text else ""

    def _text(self, row: int, key: str, entry: tuple[str, int] | None) -> None:
        text, col = entry or ("", _NOWHERE)
        if isinstance(self.rows[row].get(col), CellError) and key in _IDENTITY:
            text = ""  # an error, or a formula without its value, is nobody's name
        if self._is_first(self.found.texts.get(key, ""), text, row, col):
            self.found.texts[key] = text

    def _is_first(self, before: str, text: str, row: int, col: int) -> bool:
        """Whether a text is the first of its key; another one under the same key is told as left over."""
        if text and before in ("", text):
            self.taken.add((row, col))
        return not before

    def _level(self, row: int, question: str, level: int, col: int) -> None:
        """A level's row: its mark where its own statement (or, failing that, its name) stands there."""
        cells = self.rows[row]
        name, plain, statement = _words(self.questionnaire)[question, level]
        key_col = self.key_col if row in self.keys else _NOWHERE
        said = [as_compared(v) if isinstance(v, str) else v for c, v in cells.items() if c not in (key_col, col)]
        found = LevelRow(self.grid.name)
        if len(said) == 2 and plain in said and statement in said:  # as nearly every row is
            found.mark = self._mark(row, col, level, name)
        else:
            self._odd_level(found, row, question, level, col)
        self.found.levels[question, level].append(found)
        self.done.add(row)
        follows = question == self.question and (not level or level == self.run + 1)
        self.run = (level or self.run) if follows or level == 1 else _NOWHERE
        self.question = question

    def _odd_level(self, found: LevelRow, row: int, question: str, level: int, col: int) -> None:
        """A level's row that holds more or less than its box, its name and its statement."""
        cells = self.rows[row]
        name, plain, statement = _words(self.questionnaire)[question, level]
        key_col = self.key_col if row in self.keys else _NOWHERE
        rest = [(c, value) for c, value in cells.items() if c not in (key_col, col)]
        beside = extra_content.beside(rest, plain, statement)
        told = beside.texts
        wording = Wording.WHOLE
        if statement not in beside.own:
            edited = next((text for text in told if len(text[1]) >= _SHORT), None)
            wording = Wording.EDITED if edited else Wording.GONE
            found.damage = self._damage(beside, plain) or self._of_another_version(edited, statement)
            told = [text for text in told if text != edited]
        elif plain not in beside.own and not beside.tick and (renamed := self._in_place_of_name(row, statement, told)):
            wording = Wording.RENAMED
            if row not in self.keys and normalise(renamed[1]) in _names_of_levels(self.questionnaire):
                found.damage = f"has the name “{renamed[1]}” beside its statement, and no reference"
            told = [text for text in told if text != renamed]
        if not found.damage and plain not in beside.own and _is_name(cells.get(col), plain):
            found.damage = "has lost its box"
        if not found.damage:
            tick_outside_box = beside.tick if beside.tick and not _another_key(rest, question, level) else None
            found.mark = self._mark(row, col, level, name, wording, tick_outside_box)
            self.found.strays += [(a1(row, c), text) for c, text in told]

    def _damage(self, beside: extra_content.RowExtras, name: str) -> str:
        """Why a row without its own statement cannot be used; empty where the level's name still stands in it."""
        by_statement = self.questionnaire.by_statement
        if other := next((at for _, text in beside.texts if (at := by_statement.get(as_compared(text)))), None):
            return f"holds the statement of {other[0]}, “{self.questionnaire.level_name(other[1])}”"
        return "" if name in beside.own else "has lost its statement"

    def _in_place_of_name(self, row: int, statement: str, texts: Sequence[tuple[int, str]]) -> tuple[int, str] | None:
        """What stands left of a statement, where its level's name should be."""
        at = next(
            c for c, value in self.rows[row].items() if isinstance(value, str) and as_compared(value) == statement
        )
        left = [text for text in texts if text[0] < at]
        named = (text for text in left if normalise(text[1]) in _names_of_levels(self.questionnaire))
        return next(named, left[0] if left else None)

    def _of_another_version(self, edited: tuple[int, str] | None, statement: str) -> str:
        """Why a text in a form of another version is no edited statement of this one; empty where it may be."""
        reference = self.found.reference
        if not edited or not reference or reference.fingerprint in ("", self.questionnaire.fingerprint):
            return ""
        theirs, ours = Counter(normalise(edited[1]).split()), Counter(statement.split())
        alike = 2 * (theirs & ours).total() / (theirs.total() + ours.total())
        return "" if alike >= _ALIKE else f"reads otherwise in version {reference.version}"

    def _mark(
        self,
        row: int,
        col: int,
        level: int,
        name: str,
        wording: Wording = Wording.WHOLE,
        tick_outside_box: tuple[int, str] | None = None,
    ) -> Mark:
        tick, raw, odd = tick_of(self.rows[row].get(col), name)
        if (merged := self._merged(col).get(row)) and tick is not Tick.EMPTY:
            return Mark(level, Tick.UNCLEAR, a1(row, col), f"{raw}, merged over {merged}", wording=wording)
        held = (
            (a1(row, tick_outside_box[0]), tick_outside_box[1]) if tick_outside_box and tick is Tick.EMPTY else ("", "")
        )
        return Mark(level, tick, a1(row, col), raw, odd, wording, *held)

    def _merged(self, col: int) -> Mapping[int, str]:
        """The rows whose boxes in a column are merged with others, with the range."""
        if col not in self.merged:
            self.merged[col] = merged_rows(self.grid.merged, col)
        return self.merged[col]

    # -- rows without one ------------------------------------------------------------------------------

    def _unkeyed(self, row: int) -> None:
        """A row whose key is gone: a level still counts by its full statement, a text by its label."""
        cells = self.rows[row]
        for col, value in cells.items():
            if isinstance(value, str) and len(value) >= _SHORT:
                if at := self.questionnaire.by_statement.get(as_compared(value)):
                    self._level_by_statement(row, col, *at)
                    return
                if as_compared(value) == _NOT_APPLICABLE and self._follows_levels:
                    self._level_by_statement(row, col, self.question, 0)
                    return
        self._by_label(row, cells)

    @property
    def _follows_levels(self) -> bool:
        """Whether all levels of one question stand above, in order: then what follows is that question's."""
        return self.run == len(self.questionnaire.levels)

    def _level_by_statement(self, row: int, statement: int, question: str, level: int) -> None:
        cells = self.rows[row]
        col = self.tick_col
        if col is None or cells.get(col) is None:
            name = self.questionnaire.level_name(level) or layout.NOT_APPLICABLE_LABEL
            col = _box_beside(cells, statement, name, col)
        if other := _another_key(cells.items(), question, level):
            self.found.levels[question, level].append(LevelRow(self.grid.name, damage=f"holds the reference {other}"))
            self.done.add(row)
        elif col is None:
            mark = Mark(level, Tick.UNCLEAR, a1(row, statement), "no tickbox beside the statement")
            self.found.levels[question, level].append(LevelRow(self.grid.name, mark))
            self.done.add(row)
        else:
            self._level(row, question, level, col)
        if (gone := f"keys are gone on “{self.grid.name}”") not in self.found.moved:
            self.found.moved.append(gone)

    def _by_label(self, row: int, cells: Row) -> None:
        """A note, or on a sheet without any key another text, by the label beside it."""
        for col, value in cells.items():
            said = as_compared(value) if isinstance(value, str) and len(value) < _LONGER_THAN_A_KEY else ""
            if said == _NOTE and self._follows_levels:
                self._note(row, self.question)
            elif self.keys:
                continue
            elif (number := layout.priority_number(said)) is not None:
                self.priority = number
            elif key := _START_LABELS.get(said):
                self._text(row, key, _entry(cells, col, None, said))
            elif (part := _PRIORITY_LABELS.get(said)) and 1 <= self.priority <= layout.PRIORITIES:
                self._text(row, layout.priority_key(self.priority, part), _entry(cells, col, None, said))
            else:
                continue
            return

    # -- what is left ----------------------------------------------------------------------------------

    def _left_over(self) -> None:
        """What stands on the sheet and was read by nobody, unless the form itself says it."""
        questions = {row for row, key in self.keys.items() if not key.field}
        free = set() if self.found.levels or self.found.notes else self._ignorable_cells()
        for (row, col), value in self.grid.cells.items():
            if row in self.done or (row, col) in self.taken or (row, col) in free:
                continue
            # How a question stands, live: programs leave all sorts of things there, and in place of other formulas.
            live = col == self.status_col and (row in questions or not self.keys) and not _is_sentence(value)
            if not live and not extra_content.is_form_text(value, self.questionnaire):
                self.found.strays.append((a1(row, col), text_of(value)))

    def _ignorable_cells(self) -> set[tuple[int, int]]:
        """Where a sheet without questions says what differs from round to round: its title, how to fill it in."""
        rows = [row for row in sorted(self.rows) if row not in self.keys]
        cells = ((col, value) for row in rows for col, value in self.rows[row].items())
        long = Counter(col for col, value in cells if isinstance(value, str) and len(value) >= _SENTENCE)
        column = long.most_common(1)[0][0] if long else _NOWHERE
        free, block = set(), _ABOVE
        for row in rows:
            said = {as_compared(value) for value in self.rows[row].values() if isinstance(value, str)}
            block = next(iter(said & _BLOCKS), block)
            if block == _ABOVE:
                free |= {(row, col) for col in self.rows[row] if col == min(self.rows[row])}
            elif (block in _FREE_BLOCKS and not self._begins_block(row + 1)) or said & _names(self.questionnaire):
                free.add((row, column))
        return free

    def _begins_block(self, row: int) -> bool:
        """Whether a header stands in a row; the row above it is left empty by us."""
        return any(
            isinstance(value, str) and as_compared(value) in _BLOCKS for value in self.rows.get(row, {}).values()
        )


def _is_box(value: Value) -> bool:
    """Whether a cell holds what our boxes hold, ticked or not, in whatever way a program keeps it."""
    return value in layout.spellings(layout.BOX, layout.TICKED_BOX) or (
        isinstance(value, bool | int | float | CellError) and tick_of(value)[0] is not Tick.UNCLEAR
    )


def _is_sentence(value: Value) -> bool:
    """Whether somebody wrote to us, where a program leaves a word or an error."""
    return isinstance(value, str) and len(said := text_of(value)) >= _SHORT and " " in said


@lru_cache(maxsize=4)
def _names_of_levels(questionnaire: Questionnaire) -> frozenset[str]:
    return frozenset(normalise(level.name) for level in questionnaire.levels)


@lru_cache(maxsize=4)
def _words(questionnaire: Questionnaire) -> Mapping[tuple[str, int], tuple[str, str, str]]:
    """The name of each level of each question, the same normalised, and its statement normalised."""
    words = {}
    for question in questionnaire.questions:
        for level in questionnaire.levels:
            words[question.id, level.number] = (level.name, question.statement(level.number))
        words[question.id, 0] = (layout.NOT_APPLICABLE_LABEL, layout.NOT_APPLICABLE)
    return {key: (name, normalise(name), normalise(statement)) for key, (name, statement) in words.items()}


# The headers on sheets without questions; below some of them stands what differs from round to round.
_ABOVE = ""
_PRIORITY_HEADERS = (layout.PRIORITY_HEADER.format(number=number) for number in range(1, layout.PRIORITIES + 1))
_OTHER_BLOCKS = (layout.YOU, layout.PROGRESS, layout.CHOICES)
_FREE_BLOCKS = frozenset(normalise(name) for name, _ in (layout.ABOUT, layout.HOW_TO, layout.LAST_PRIORITIES))
_BLOCKS = _FREE_BLOCKS | {normalise(name) for name, _ in _OTHER_BLOCKS} | set(map(normalise, _PRIORITY_HEADERS))


@lru_cache(maxsize=4)
def _names(questionnaire: Questionnaire) -> frozenset[str]:
    """What stands beside the counts of progress: the names of the sheets."""
    return frozenset(map(normalise, (*(sheet.name for sheet in layout.plan(questionnaire)), layout.TOTAL_LABEL)))


_START_LABELS = {normalise(label): key for key, label in layout.START_FIELDS}
_PRIORITY_LABELS = {normalise(label): name for name, label in layout.PRIORITY_FIELDS}


def _keys(texts: Iterable[tuple[int, int, str]], questionnaire: Questionnaire) -> dict[tuple[int, int], Key]:
    keys = {}
    for row, col, text in texts:
        if text.lstrip()[:1] in _KEYS_BEGIN:
            key = parse_key(text)
            if key and (not key.owner.startswith("Q") or key.owner in questionnaire.by_id):
                keys[row, col] = key
    return keys


def _headers(texts: Iterable[tuple[int, int, str]], first_level: int | None) -> dict[str, int]:
    """The columns of the headers, by normalised header; the topmost counts.

    A single word is a header only above the levels: below them people type “tick” into boxes.
    """
    rows: dict[int, dict[str, int]] = defaultdict(dict)
    for row, col, text in texts:
        if (name := as_compared(text)) in _HEADERS:
            rows[row].setdefault(name, col)
    heads: dict[str, int] = {}
    for row, held in sorted(rows.items()):
        if len(held) > 1 or first_level is None or row < first_level:
            heads = {**held, **heads}
    return heads


def _column_of_ticks(rows: Mapping[int, Row], levels: Sequence[int], key_col: int) -> int:
    """The column of the boxes where no header names it: the one that holds most ticks and empty boxes."""
    counts = Counter(
        col
        for row in levels
        for col, value in rows[row].items()
        if col != key_col and tick_of(value)[0] is not Tick.UNCLEAR
    )
    for col, number in counts.most_common(1):
        if 2 * number >= len(levels):
            return col
    return key_col + 1


def _entry(cells: Row, key_col: int, col: int | None, label: str) -> tuple[str, int] | None:
    """What was typed into a row's text cell, and its column: under its header, else right of the label.

    Where the label was changed it cannot be told from what was typed but by its place.
    """
    if col is not None and (text := text_of(cells.get(col))):
        return text, col
    after = next((c for c, value in cells.items() if isinstance(value, str) and as_compared(value) == label), None)
    begin = key_col + layout.LEVEL if after is None else after
    for c in sorted(cells):
        if c > begin and (text := text_of(cells[c])) and as_compared(text) != label:
            return text, c
    return None


def _another_key(cells: Iterable[tuple[int, Value]], question: str, level: int) -> str:
    """The key of another row that a row holds: then its marks may be none of its own. Empty where there is none."""
    own = level_key(question, level)
    texts = (value.strip() for _, value in cells if isinstance(value, str) and len(value) < _LONGER_THAN_A_KEY)
    return next((text for text in texts if text != own and parse_key(text)), "")


def _is_name(value: Value, name: str) -> bool:
    return isinstance(value, str) and as_compared(value) == name


def _box_beside(cells: Row, statement: int, name: str, otherwise: int | None) -> int | None:
    """The column of the box left of a statement where no header leads to it: the one cell beside the level's name."""
    left = [
        col
        for col, value in cells.items()
        if col < statement
        and not (isinstance(value, str) and (as_compared(value) == normalise(name) or parse_key(value)))
    ]
    return left[0] if len(left) == 1 else otherwise


def _moved(name: str, questionnaire: Questionnaire, keyed: Sequence[tuple[int, Key]], key_col: int) -> Iterator[str]:
    """What was moved on one sheet, told by the steps between its keys."""
    if key_col != layout.REF:
        yield f"columns were inserted on “{name}”"
    levels = [
        (row, level_key(key.owner, key.level) if key.field in ("L", "NA") else key.owner)
        for row, key in keyed
        if key.owner in questionnaire.by_id and key.field in ("L", "NA")
    ]
    if not levels:
        return
    names = [key for _, key in levels]
    for rows in _expected(questionnaire):
        held = {key: row for key, row in rows.items() if key in names}
        if [key for key, _ in sorted(held.items(), key=lambda pair: pair[1])] == names:
            shift = {row - held[key] for row, key in levels}
            if len(shift) == 1:
                return
    yield f"rows were inserted, deleted or sorted on “{name}”"


@lru_cache(maxsize=4)
def _rows(questionnaire: Questionnaire, not_applicable: bool) -> dict[str, int]:
    plan = layout.plan(questionnaire, not_applicable=not_applicable)
    return {line.key: row for sheet in plan for row, line in enumerate(sheet.lines) if line.key and line.question}


def _expected(questionnaire: Questionnaire) -> Iterator[dict[str, int]]:
    for not_applicable in (False, True):
        yield _rows(questionnaire, not_applicable)
