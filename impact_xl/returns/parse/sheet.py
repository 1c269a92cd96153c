"""One sheet: answers found by their keys wherever people moved them, judged by the statement beside."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from impact_xl.form import layout
from impact_xl.form.layout import Key, Reference, as_compared
from impact_xl.questionnaire import Questionnaire, normalise
from impact_xl.returns.formats.grid import CellError, Grid, Place, Value, merged_rows
from impact_xl.returns.parse import extra_content, looks
from impact_xl.returns.parse.cell_marks import is_box, mark_in, signs_in
from impact_xl.returns.parse.extra_content import RowExtras
from impact_xl.returns.parse.landmarks import (
    LONGER_THAN_A_KEY,
    NOWHERE,
    Row,
    another_key,
    box_beside,
    describe_moves,
    find_landmarks,
    is_level,
    moved_boxes,
    typed_text,
)
from impact_xl.returns.parse.left_over import LeftOver, ReadRows, text_beside, usual_column
from impact_xl.returns.parse.level_words import LevelWords, level_names, level_words
from impact_xl.returns.parse.looks import LevelCells
from impact_xl.returns.parse.parsed_sheet import IDENTITY, LevelRow, OtherName, ParsedSheet
from impact_xl.returns.parse.words import level_named, title_question
from impact_xl.returns.submission import Mark, Sight, SightKind, Tick, Wording
from impact_xl.wording import quote, visible
from impact_xl.xlsx.a1 import a1

_NOT_APPLICABLE, _NOTE = normalise(layout.NOT_APPLICABLE), normalise(layout.NOTE_LABEL)
_SEEN, _CORRECTION_TITLES = layout.spellings(layout.SEEN), layout.beginnings(layout.CORRECTION_TITLE)
_ALIKE = 0.6  # the share of words that an edited statement has in common with the one that it was
_SHORT = 12  # a text beside a tickbox shorter than this is no edited statement
_LABELS = {
    **dict(layout.START_FIELDS),
    **{
        layout.priority_key(number, name): label
        for number in range(1, layout.PRIORITIES + 1)
        for name, label in layout.PRIORITY_FIELDS
    },
}
_ACTION_LABELS = dict(layout.ACTION_FIELDS)
_ACTION_FIELDS = {normalise(label): name for name, label in layout.ACTION_FIELDS}
_START_KEYS = {normalise(label): key for key, label in layout.START_FIELDS}
_PRIORITY_FIELDS = {normalise(label): name for name, label in layout.PRIORITY_FIELDS}


class SheetParser:
    """A sheet while it is read, from top to bottom."""

    def __init__(self, grid: Grid, questionnaire: Questionnaire) -> None:
        self.grid, self.questionnaire = grid, questionnaire
        self.parsed = ParsedSheet(grid.name)
        self.rows: dict[int, dict[int, Value]] = defaultdict(dict)
        self.seen_rows: set[int] = set()  # rows that say what was seen in another copy
        self.landmarks = find_landmarks(self.rows, self._short_texts(), questionnaire)
        self.keys, self.key_col = self.landmarks.keys, self.landmarks.key_col
        self.tick_column = self.landmarks.tick_column
        beside = self.tick_column + layout.STATUS - layout.TICK  # where we write it
        self.status_col = beside if self.landmarks.status_col is None else self.landmarks.status_col
        self.boxes = moved_boxes(self.rows, self.landmarks, questionnaire)
        if self.boxes:
            self.parsed.moved.append(f"boxes were moved on “{grid.name}”")
        self.taken: set[Place] = set()  # places whose content was read
        self.done: set[int] = set()  # rows with nothing left to be read
        self.titles = {row: key.owner for row, key in self.keys.items() if not key.field}
        self.notes: dict[int, str] = {}  # the questions of the rows of notes
        self.level_cells: dict[int, tuple[str, LevelCells]] = {}  # by row: the question, and where its parts stand
        # What rows without a key belong to: the levels above them, the priority that was announced, or the action.
        self.question, self.last_level_seen, self.priority, self.action = "", NOWHERE, 0, 0
        self.merged: dict[int, Mapping[int, str]] = {}

    def _short_texts(self) -> list[tuple[Place, str]]:
        """Put the cells into rows, look for what says which form this is, and give what may be a key or a header."""
        short: list[tuple[Place, str]] = []
        for (row, col), value in self.grid.cells.items():
            self.rows[row][col] = value
            if not isinstance(value, str):
                continue
            if len(value) < LONGER_THAN_A_KEY:
                short.append(((row, col), value))
            if layout.REFERENCE_MARK in value[:20]:
                self.parsed.reference = Reference.parse(value) or self.parsed.reference
            elif value in _SEEN:
                self.seen_rows.add(row)
            elif value.startswith(_CORRECTION_TITLES):
                self.parsed.corrects = True
        return short

    def read(self) -> ParsedSheet:
        """Read every row, and then what is left."""
        parsed = self.parsed
        for row in sorted(self.rows):
            if key := self.keys.get(row):
                self._read_keyed_row(row, key)
            else:
                self._read_unkeyed_row(row)
        self._expect_own_boxes()
        if parsed.reference:
            parsed.corrects = parsed.reference.kind == layout.CORRECTION
        else:
            parsed.corrects = parsed.corrects or bool(self.seen_rows)
        # A correction form's questions stand closer together than the form's, as all the others are left out.
        if self.keys and not parsed.corrects:
            parsed.moved += describe_moves(self.grid.name, self.questionnaire, self.landmarks)
        if parsed.corrects:
            self._take_what_was_seen()
        if parsed.is_form:
            parsed.sights += self._looks()
            parsed.sights += self._left_over()
        return parsed

    def _expect_own_boxes(self) -> None:
        """Boxes that were shifted up or down, past the rows they belong to: below the gap each is another row's.

        A box stands then where we write none, on the row of a question, of its note or of what was seen of it, and a
        level has none. Where the last question's boxes moved up, there is no other row; but its last box has no frame.
        """
        col, levels = self.tick_column, self.done
        others = self.seen_rows | ({row for row, key in self.keys.items() if not is_level(key)} or self.rows.keys())
        strange = [(row, col) for row in others if row not in self.done and is_box(self.rows[row].get(col))]
        is_one_gone = bool(strange) and any(self.rows[row].get(col) is None for row in levels)
        if is_one_gone or looks.is_last_box_gone(self.grid, self._own_boxes(col)):
            self.taken.update(strange)
            for level_rows in self.parsed.levels.values():
                for level in level_rows:
                    level.mark, level.box = None, level.mark or level.box
                    level.damage = "may have the box of another row, as boxes were shifted up or down"
            self._keep_strange(strange)

    def _own_boxes(self, col: int) -> list[Place]:
        """The box of each level. A row that stands there once more is somebody's copy, and may have none."""
        own = {(question, each.level): row for row, (question, each) in sorted(self.level_cells.items())[::-1]}
        return [(row, col) for row in own.values()]

    def _keep_strange(self, boxes: Iterable[Place]) -> None:
        """Keep the ticks that left the levels' rows with the level above them, where its own box holds none."""
        for row, col in boxes:
            if (above := max((each for each in self.level_cells if each < row), default=None)) is not None:
                question, cells = self.level_cells[above]
                level = self.parsed.levels[question, cells.level][-1]
                if not level.box or level.box.tick is Tick.EMPTY:
                    level.box = mark_in(self.grid, (row, col), cells.level, "")

    # -- rows with a key -------------------------------------------------------------------------------

    def _read_keyed_row(self, row: int, key: Key) -> None:
        if is_level(key):
            if not key.level or key.level in self.questionnaire.by_id[key.owner].levels:
                is_gone = self.rows[row].get(self.tick_column) is None
                moved_to = self.boxes.get(key.owner, self.tick_column)
                self._read_level(row, key.owner, key.level, moved_to if is_gone else self.tick_column)
        elif key.field == "note":
            self._read_note(row, key.owner)
        elif key.field and (label := _label_of(key)):
            entry = typed_text(self.rows[row], self.key_col, None, normalise(label))
            self._read_text(row, f"{key.owner}.{key.field}", entry)

    def _read_note(self, row: int, question: str) -> None:
        self.notes[row] = question
        entry = typed_text(self.rows[row], self.key_col, self.landmarks.statement_col, _NOTE)
        text, col = entry or ("", NOWHERE)
        if text and not self._is_notes_column(col) and level_named(text, self.questionnaire) is not None:
            text, col = "", NOWHERE  # a level's name beside the note's own cell is no note
        self.last_level_seen = NOWHERE  # nothing of a question follows its note
        if self._is_first(self.parsed.notes.get(question, ("",))[0], text, row, col):
            self.parsed.notes[question] = text, a1(row, col) if text else ""
            self._tell_unseen(row, col, text, "the note", question)

    def _is_notes_column(self, col: int) -> bool:
        """Whether notes stand in a column: under the header of the statements, or under these themselves."""
        statements = (each.statement for _, each in self.level_cells.values())
        return col == self.landmarks.statement_col or col in usual_column(statements)

    def _read_text(self, row: int, key: str, entry: tuple[str, int] | None) -> None:
        text, col = entry or ("", NOWHERE)
        if isinstance(self.rows[row].get(col), CellError) and key in IDENTITY:
            text = ""  # an error, or a formula without its value, is nobody's name
        if self._is_first(self.parsed.texts.get(key, ""), text, row, col):
            self.parsed.texts[key] = text
            self.parsed.text_cells[key] = a1(row, col) if text else ""
            if not (self._is_of_team(key) and looks.why_hidden(self.grid, (row, col))):
                self._tell_unseen(row, col, text, quote(visible(text)))

    def _is_of_team(self, key: str) -> bool:
        """Whether a text is in the form already when it goes out, as the form was made for a team."""
        return key in layout.IDENTITY and self.parsed.reference is not None and bool(self.parsed.reference.team_id)

    def _tell_unseen(self, row: int, col: int, text: str, what: str, question: str = "") -> None:
        """Tell that a text is crossed out, or that nobody can see it; it is kept as it was typed."""
        value = self.rows[row].get(col)
        if text and (why := looks.why_text_in_doubt(self.grid, (row, col), value)):
            group = "notes or entries that are crossed out or cannot be seen"
            sight = Sight(SightKind.TYPED, f"{what} {why}", self.grid.name, a1(row, col), against=False, group=group)
            self.parsed.sights.append((question, sight))

    def _is_first(self, before: str, text: str, row: int, col: int) -> bool:
        """Whether a text is the first of its key; another one under the same key is a stray text."""
        if text and before in ("", text):
            self.taken.add((row, col))
        return not before

    def _read_level(self, row: int, question: str, level: int, col: int) -> None:
        """A level's row: its mark where its own statement (or, failing that, its name) stands there."""
        words = level_words(self.questionnaire)[question, level]
        key_col = self.key_col if row in self.keys else NOWHERE
        rest = [(c, value) for c, value in self.rows[row].items() if c not in (key_col, col)]
        texts = [as_compared(value) if isinstance(value, str) else value for _, value in rest]
        label, statement = (_first(rest, texts, text) for text in (words.compared_name, words.statement))
        gone: Sequence[str] = ()
        if len(texts) == 2 and label is not None and statement is not None:  # as nearly every row is
            level_row = LevelRow(self.grid.name, self._mark(row, col, level, words.name))
        else:
            level_row, gone = self._odd_level(row, question, level, col, rest)
        self.parsed.levels[question, level].append(level_row)
        box = col if level_row.is_empty else None  # the look of a mark is the mark's own
        key = None if key_col == NOWHERE else key_col
        cells = LevelCells(level, words.name, row, box, label, statement, key, gone, bool(level_row.damage))
        self.level_cells[row] = question, cells
        self.done.add(row)
        self._keep_order(question, level)

    def _keep_order(self, question: str, level: int) -> None:
        """Keep up whether the levels of one question stand below each other, in order."""
        own = self.questionnaire.by_id[question]
        follows = question == self.question and (not level or level == own.next_level(self.last_level_seen))
        self.last_level_seen = (level or self.last_level_seen) if follows or level == own.levels[0] else NOWHERE
        self.question = question

    def _odd_level(
        self, row: int, question: str, level: int, col: int, rest: Sequence[tuple[int, Value]]
    ) -> tuple[LevelRow, Sequence[str]]:
        """A level's row that holds more or less than its box, its name and its statement; and what was emptied."""
        words = level_words(self.questionnaire)[question, level]
        extras = extra_content.classify_extras(
            [(c, self._shown(row, c, value)) for c, value in rest],
            words.compared_name,
            words.statement,
            self.status_col,
        )
        if words.statement not in extras.own:
            wording, damage, explained = self._without_statement(extras, words)
        elif words.compared_name not in extras.own and not extras.tick:
            wording, damage, explained = self._without_name(row, extras, words)
        else:
            wording, damage, explained = Wording.WHOLE, "", None
        if not damage and words.compared_name not in extras.own:
            value = self.rows[row].get(col)
            if isinstance(value, str) and as_compared(value) == words.compared_name:
                damage = "has lost its box"
        self._tell_beside(row, question, (each for each in extras.texts if each != explained), is_damaged=bool(damage))
        if damage:
            return LevelRow(self.grid.name, damage=damage, box=self._mark(row, col, level, words.name)), ()
        if explained:
            self._tell_wording(question, level, (row, explained[0]), explained[1], is_name=wording is Wording.RENAMED)
        outside = None if another_key(rest, question, level) else extras.tick
        emptied = () if explained else extras.emptied(words.compared_name, words.statement)
        return LevelRow(self.grid.name, self._mark(row, col, level, words.name, wording, outside)), emptied

    def _tell_wording(self, question: str, level: int, place: Place, text: str, *, is_name: bool) -> None:
        """Tell that a statement or a level's name reads otherwise; a form of another version has words of its own."""
        reference, words = self.parsed.reference, level_words(self.questionnaire)[question, level]
        is_other = reference is not None and not self.questionnaire.is_of(reference.fingerprint)
        sight = words.changed(self.grid, place, text, level, is_name=is_name)
        if not is_other or (words.compared_name if is_name else words.statement) in normalise(text):
            self.parsed.sights.append((question, sight))
        elif is_name:
            self.parsed.other_names.append(OtherName(question, level, normalise(text), sight))

    def _tell_beside(self, row: int, question: str, texts: Iterable[tuple[int, str]], *, is_damaged: bool) -> None:
        """Tell what stands beside a box; in a damaged row another row's name and statement are the damage."""
        for col, text in texts:
            known = (self.questionnaire.statements, level_names(self.questionnaire))
            if not (is_damaged and any(normalise(text) in texts_of_rows for texts_of_rows in known)):
                self.parsed.sights.append((question, text_beside(self.grid, (row, col), self.questionnaire)))

    def _shown(self, row: int, col: int, value: Value) -> Value:
        """A value as a person sees it: a letter in a symbol font is a sign."""
        shown, font = signs_in(self.grid, (row, col), value) if isinstance(value, str) else ("", "")
        return shown if font else value

    def _without_statement(self, extras: RowExtras, words: LevelWords) -> tuple[Wording, str, tuple[int, str] | None]:
        """How a row without its own statement is worded, why it cannot be used, and the text that stands instead."""
        by_statement = self.questionnaire.by_statement
        edited = next((text for text in extras.texts if len(text[1]) >= _SHORT), None)
        other = next((at for _, text in extras.texts if (at := by_statement.get(normalise(text)))), None)
        if other:
            damage = f"holds the statement of {other[0]}, “{self.questionnaire.level_name(other[1])}”"
        elif words.compared_name not in extras.own:
            damage = "has lost its statement"
        else:
            damage = self._of_another_version(edited, words.statement)
        return Wording.EDITED if edited else Wording.GONE, damage, edited

    def _of_another_version(self, edited: tuple[int, str] | None, statement: str) -> str:
        """Why a text in a form of another version is no edited statement of this one; empty where it may be."""
        reference = self.parsed.reference
        if not edited or not reference or self.questionnaire.is_of(reference.fingerprint):
            return ""
        theirs, ours = Counter(normalise(edited[1]).split()), Counter(statement.split())
        alike = 2 * (theirs & ours).total() / (theirs.total() + ours.total())
        return "" if alike >= _ALIKE else f"reads otherwise in version {reference.version}"

    def _without_name(
        self, row: int, extras: RowExtras, words: LevelWords
    ) -> tuple[Wording, str, tuple[int, str] | None]:
        """The same for a row with its statement and without its name."""
        renamed = self._in_place_of_name(row, words.statement, extras.texts)
        if not renamed:
            return Wording.WHOLE, "", None
        damage = ""
        if row not in self.keys and normalise(renamed[1]) in level_names(self.questionnaire):
            damage = f"has the name “{renamed[1]}” next to its statement, and no reference"
        return Wording.RENAMED, damage, renamed

    def _in_place_of_name(self, row: int, statement: str, texts: Sequence[tuple[int, str]]) -> tuple[int, str] | None:
        """What stands left of a statement, where its level's name should be."""
        at = next(
            c for c, value in self.rows[row].items() if isinstance(value, str) and as_compared(value) == statement
        )
        left = [text for text in texts if text[0] < at]
        named = (text for text in left if normalise(text[1]) in level_names(self.questionnaire))
        return next(named, left[0] if left else None)

    def _mark(
        self,
        row: int,
        col: int,
        level: int,
        name: str,
        wording: Wording = Wording.WHOLE,
        outside: tuple[int, str] | None = None,
    ) -> Mark:
        """The mark in a box; `outside` is the column and text of a tick that stands elsewhere in its row."""
        mark = mark_in(self.grid, (row, col), level, name)
        if mark.tick is Tick.UNCLEAR:
            value = self.rows[row].get(col)
            named = level_named(value, self.questionnaire)
            by_number = level_named(value, self.questionnaire, number_alone=True) == level  # else it may be a count
            mark = replace(mark, names=level if by_number else named)
        if wording is not Wording.WHOLE:
            mark = replace(mark, wording=wording)
        if (merged := self._merged(col).get(row)) and mark.tick is not Tick.EMPTY:
            return replace(mark, tick=Tick.UNCLEAR, raw=f"{mark.raw}, merged over {merged}", odd=False)
        if outside and mark.tick is Tick.EMPTY:
            place, raw = (row, outside[0]), outside[1]
            doubt = mark_in(self.grid, place, level, name).doubt
            return replace(mark, tick_outside_box=a1(*place), aside_raw=raw, aside_doubt=doubt)
        return mark

    def _merged(self, col: int) -> Mapping[int, str]:
        """The rows whose boxes in a column are merged with others, with the range."""
        if col not in self.merged:
            self.merged[col] = merged_rows(self.grid.merged, col)
        return self.merged[col]

    # -- rows without one ------------------------------------------------------------------------------

    def _read_unkeyed_row(self, row: int) -> None:
        """A row whose key is gone: a level still counts by its full statement, a text by its label."""
        cells = self.rows[row]
        for col, value in cells.items():
            if isinstance(value, str) and len(value) >= _SHORT:
                if question := title_question(value, self.questionnaire):
                    self.titles[row] = question
                    return
                if at := self.questionnaire.by_statement.get(normalise(value)):
                    self._level_by_statement(row, col, *at)
                    return
                if as_compared(value) == _NOT_APPLICABLE and self._follows_levels and not _has_note(cells):
                    self._level_by_statement(row, col, self.question, 0)
                    return
        self._read_by_label(row, cells)

    @property
    def _follows_levels(self) -> bool:
        """Whether all levels of one question stand above, in order: then what follows is that question's."""
        question = self.questionnaire.by_id.get(self.question)
        return question is not None and self.last_level_seen == question.top

    def _level_by_statement(self, row: int, statement: int, question: str, level: int) -> None:
        cells = self.rows[row]
        col = self.landmarks.tick_col
        if col is None or cells.get(col) is None:
            col = box_beside(cells, statement, level_words(self.questionnaire)[question, level].compared_name, col)
        is_quote = col is None or self._is_quote(row, col, level_words(self.questionnaire)[question, level])
        if other := another_key(cells.items(), question, level):
            self.parsed.levels[question, level].append(LevelRow(self.grid.name, damage=f"holds the reference {other}"))
            self.done.add(row)
        elif col is None or is_quote:
            mark = Mark(level, Tick.UNCLEAR, a1(row, statement), doubt="is not next to its statement")
            self.parsed.levels[question, level].append(LevelRow(self.grid.name, mark, quote=mark.cell))
            self.done.add(row)
        else:
            self._read_level(row, question, level, col)
            if len(cells) == 1:
                self._keep_quote(row, statement, self.parsed.levels[question, level])
        if not is_quote and (gone := f"keys are gone on “{self.grid.name}”") not in self.parsed.moved:
            self.parsed.moved.append(gone)

    def _keep_quote(self, row: int, statement: int, rows: Sequence[LevelRow]) -> None:
        """A statement alone in its row is a quote beside a row of the form, and its looks are compared with none."""
        rows[-1].quote = a1(row, statement)
        if len(rows) > 1:
            del self.level_cells[row]

    def _is_quote(self, row: int, col: int, words: LevelWords) -> bool:
        """Whether what stands before a statement is no box: on a sheet of somebody's own it is a number in a list."""
        if self.keys or self.landmarks.tick_col is not None:
            return False
        texts = (as_compared(value) for value in self.rows[row].values() if isinstance(value, str))
        value = self.rows[row].get(col)
        return words.compared_name not in texts and not (is_box(value) and isinstance(value, bool | str))

    def _read_by_label(self, row: int, cells: Row) -> None:
        """A note, or on a sheet without any key another text, by the label beside it."""
        for col, value in cells.items():
            label = as_compared(value) if isinstance(value, str) and len(value) < LONGER_THAN_A_KEY else ""
            if label == _NOTE and self._follows_levels:
                self._read_note(row, self.question)
            elif self.keys:
                continue
            elif (number := layout.priority_number(label)) is not None:
                self.priority = number
            elif key := _START_KEYS.get(label):
                self._read_text(row, key, typed_text(cells, col, None, label))
            elif not self.priority and (name := _ACTION_FIELDS.get(label)) and (self.action or name == "what"):
                self.action += name == "what"
                self._read_text(row, layout.action_key(self.action, name), typed_text(cells, col, None, label))
            elif (name := _PRIORITY_FIELDS.get(label)) and 1 <= self.priority <= layout.PRIORITIES:
                self._read_text(row, layout.priority_key(self.priority, name), typed_text(cells, col, None, label))
            else:
                continue
            return

    # -- what is left ----------------------------------------------------------------------------------

    def _looks(self) -> Iterator[tuple[str, Sight]]:
        """What a person sees of questions where some levels look different from the others."""
        if not (self.grid.styles or self.grid.runs or self.grid.hidden_rows):
            return
        cells: dict[str, list[LevelCells]] = defaultdict(list)
        for question, each in self.level_cells.values():
            cells[question].append(each)
        for question, rows in cells.items():
            for sight in looks.unlike_neighbours(self.grid, rows):
                yield question, sight

    def _take_what_was_seen(self) -> None:
        """Take what a correction form says of each question, below its own row; somebody typed what else is there."""
        columns = {self.landmarks.statement_col, *usual_column(each.statement for _, each in self.level_cells.values())}
        below = {min((row for row in self.rows if row > title), default=NOWHERE) for title in self.titles}
        self.seen_rows |= below - self.keys.keys() - self.done
        for row in self.seen_rows:
            for col, value in self.rows[row].items():
                if value in _SEEN or (col in columns and extra_content.is_what_was_seen(value, self.questionnaire)):
                    self.taken.add((row, col))

    def _left_over(self) -> Iterator[tuple[str, Sight]]:
        levels = {row: each.level for row, (_, each) in self.level_cells.items()}
        read = ReadRows(
            owners={**self.notes, **{row: question for row, (question, _) in self.level_cells.items()}, **self.titles},
            titles=self.titles,
            seen=self.seen_rows,
            levels=levels,
            labels=usual_column(each.label for _, each in self.level_cells.values()),
            statements=usual_column(each.statement for _, each in self.level_cells.values()),
            done=self.done,
            taken=self.taken,
        )
        return LeftOver(self.grid, self.rows, self.landmarks, read, self.questionnaire, self.parsed.reference).sights()


def tells_of_form(text: str) -> bool:
    """Whether a text says which form a sheet belongs to, wherever it stands."""
    return layout.REFERENCE_MARK in text[:20] or text in _SEEN or text.startswith(_CORRECTION_TITLES)


def _first(cells: Sequence[tuple[int, Value]], texts: Sequence[Value], text: str) -> int | None:
    """The first column in which a text stands."""
    return cells[texts.index(text)][0] if text in texts else None


def _has_note(cells: Row) -> bool:
    """Whether a row is that of a note."""
    return any(isinstance(value, str) and as_compared(value) == _NOTE for value in cells.values())


def _label_of(key: Key) -> str | None:
    """What stands beside the text that a key is for."""
    if layout.action_number(key.owner):
        return _ACTION_LABELS.get(key.field)
    return _LABELS.get(f"{key.owner}.{key.field}")
