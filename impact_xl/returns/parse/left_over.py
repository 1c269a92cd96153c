"""What stands on a sheet that was read by nobody: words that name a level, other texts, comments and pictures. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from impact_xl.form import layout
from impact_xl.form.layout import Reference, as_compared
from impact_xl.questionnaire import Questionnaire, normalise
from impact_xl.returns.formats.grid import Addition, Grid, Place, Value
from impact_xl.returns.parse import extra_content, looks
from impact_xl.returns.parse.cell_marks import is_box, signs_in, text_of
from impact_xl.returns.parse.landmarks import NOWHERE, Landmarks, Rows
from impact_xl.returns.parse.other_versions import own_columns, places_of_theirs
from impact_xl.returns.parse.words import level_named, title_question
from impact_xl.returns.submission import Sight, SightKind
from impact_xl.wording import quote, visible
from impact_xl.xlsx.a1 import a1

LEVEL_NAMES, MANY_TEXTS, MANY_COMMENTS, MANY_DRAWINGS = "level names", "texts", "comments", "pictures or drawings"
_LONGEST = 60  # letters of a text that are shown
_COMMENT = "a comment"  # what readers of files call one
_NOTE_LABEL, _LAST = normalise(layout.NOTE_LABEL), normalise(layout.LAST)

Found = Iterator[tuple[str, Sight]]  # the question that it belongs to, empty for none; and what it is


@dataclass(frozen=True)
class ReadRows:
    """What the rows of a sheet were read as."""

    owners: Mapping[int, str]  # the question of each row that belongs to one
    titles: Mapping[int, str]  # the rows of the questions themselves, and which these are
    seen: Collection[int]  # those that say what was seen of a question in another copy
    levels: Mapping[int, int]  # the level of each row that belongs to one
    labels: Collection[int]  # the column in which names of levels stand
    statements: Collection[int]  # the column in which statements stand
    done: Collection[int]  # rows with nothing left to be read
    taken: Collection[Place]  # places whose content was read

    @property
    def asking(self) -> Collection[int]:
        """The rows above the levels of a question that speak of it."""
        return {*self.titles, *self.seen}

    def question(self, row: int) -> str:
        """The question that a row belongs to: its own, or that of the rows above and below it."""
        if row not in self.owners:
            above = max((other for other in self.owners if other < row), default=NOWHERE)
            below = min((other for other in self.owners if other > row), default=NOWHERE)
            before, after = self.owners.get(above, ""), self.owners.get(below, "")
            return before if before == after else ""
        return self.owners[row]


def text_beside(grid: Grid, place: Place, questionnaire: Questionnaire, *, number_alone: bool = False) -> Sight:
    """A text beside the form's own cells: the level that it names, or just the text.

    One that is crossed out, or that nobody can see, names no level: nobody can have meant it to be read.
    """
    value = grid.cells[place]
    shown, font = signs_in(grid, place, text_of(value))
    what, cell = f"{quote(visible(shown), _LONGEST)}{font}", a1(*place)
    if why := looks.why_text_in_doubt(grid, place, value):
        return Sight(SightKind.TEXT, f"{what}, which {why},", grid.name, cell, group=MANY_TEXTS)
    if (level := level_named(value, questionnaire, number_alone=number_alone)) is not None:
        return Sight(SightKind.WORD, what, grid.name, cell, frozenset({level}), group=LEVEL_NAMES)
    return Sight(SightKind.TEXT, what, grid.name, cell, group=MANY_TEXTS)


class LeftOver:
    """One sheet of a form after its answers were read."""

    def __init__(
        self,
        grid: Grid,
        rows: Rows,
        landmarks: Landmarks,
        read: ReadRows,
        questionnaire: Questionnaire,
        reference: Reference | None,
    ) -> None:
        self.grid, self.rows, self.landmarks, self.read = grid, rows, landmarks, read
        self.questionnaire = questionnaire
        # A question that somebody copied to Start or Priorities makes no sheet of questions of it.
        self.has_questions = bool(read.levels) and all(key.owner[:1] == "Q" for key in landmarks.keys.values())
        # Without the headers a question's status is looked for where we write it, beside the statements.
        beside = next((col + layout.STATUS - layout.STATEMENT for col in read.statements), None)
        self.status_col = beside if landmarks.status_col is None else landmarks.status_col
        fingerprint = reference.fingerprint if reference else ""
        self.is_other_version = not questionnaire.is_of(fingerprint)
        self.free = set[Place]()
        if not self.has_questions:
            self.free = extra_content.ignorable_cells(
                rows, landmarks.keys, questionnaire, is_other_version=self.is_other_version
            )

    def sights(self) -> Found:
        """Everything that was read by nobody, unless the form itself says it there."""
        read = self.read
        for place, value in self.grid.cells.items():
            if place[0] not in read.done and place not in read.taken and not self._is_free(place, value):
                yield from self._text(place, value)
        for addition in self.grid.additions:
            yield self._addition(addition)

    def _is_free(self, place: Place, value: Value) -> bool:
        """Whether a cell says what differs from round to round; a level's name does not."""
        return place in self.free and level_named(value, self.questionnaire) is None

    def _text(self, place: Place, value: Value) -> Found:
        row, col = place
        if self._is_status(row, col):
            if not extra_content.is_status(value):
                yield self.read.question(row), text_beside(self.grid, place, self.questionnaire, number_alone=True)
            return
        if self._is_own(place, value) or extra_content.is_unseen(value):
            return
        question = self.read.question(row)
        sight = text_beside(self.grid, place, self.questionnaire)
        if row in self.read.asking and (level := self._number(place, value)) is not None:
            sight = replace(sight, levels=frozenset({level}), against=False)
        yield question, sight if question else replace(sight, kind=SightKind.TEXT, levels=None)

    def _is_status(self, row: int, col: int) -> bool:
        """Whether the form says there how a question stands: on the question's own row, under the header."""
        if self.landmarks.status_col is None and row in self.read.titles:
            return col == self.status_col or extra_content.is_status(self.grid.cells[row, col])
        return col == self.status_col and (row in self.read.titles or not self.read.titles)

    def _number(self, place: Place, value: Value) -> int | None:
        """The level that a number stands for where nothing but numbers is typed; None for a text, or one in doubt."""
        if isinstance(value, str) or looks.why_text_in_doubt(self.grid, place, value):
            return None
        return level_named(value, self.questionnaire, number_alone=True)

    def _is_own(self, place: Place, value: Value) -> bool:
        """Whether the form writes a text there by itself."""
        row, col = place
        if col == self.landmarks.key_col and row in self.landmarks.keys:
            return True
        if row in self.read.titles and self.has_questions:
            return title_question(value, self.questionnaire) == self.read.titles[row] or place in self._theirs
        if row in self.read.owners:
            return isinstance(value, str) and as_compared(value) == _NOTE_LABEL
        if extra_content.is_form_text(value, self.questionnaire) or place in self._theirs:
            return True
        if isinstance(value, str) and as_compared(value) == _LAST:
            return extra_content.is_head_of_last(self.rows[row].values())
        return col in self.read.labels and row not in self.read.seen and self._has_lost_statement(row, value)

    def _has_lost_statement(self, row: int, value: Value) -> bool:
        """Whether a name belongs to a row of a level that has nothing else left but its box; it is told as gone."""
        level = level_named(value, self.questionnaire)
        question = self.read.question(row)
        if level is None or not question or not any(map(is_box, self.rows[row].values())):
            return False
        return all(self.read.owners[other] != question for other, each in self.read.levels.items() if each == level)

    @cached_property
    def _theirs(self) -> Collection[Place]:
        """Where the form of another version writes what ours does not."""
        if not self.is_other_version or not self.has_questions:
            return ()
        columns = own_columns(self.read.labels, self.read.statements, self.landmarks)
        return places_of_theirs(self.rows, self.read.titles, self.read.levels, columns, self.questionnaire)

    def _addition(self, addition: Addition) -> tuple[str, Sight]:
        row = addition.place[0] if addition.place else -1
        question = self.read.question(row) if addition.place else ""
        level = self.read.levels.get(row)
        is_comment = addition.what.startswith(_COMMENT)
        if is_comment and question:
            named = level_named(addition.text, self.questionnaire)
            level = level if named is None else named
        shows = level is not None and bool(question) and addition.text != "not ticked"
        return question, Sight(
            SightKind.COMMENT if is_comment else SightKind.DRAWING,
            addition.described(),
            self.grid.name,
            a1(*addition.place) if addition.place else "",
            frozenset({level}) if shows and level is not None else None,
            against=not is_comment,
            group=MANY_COMMENTS if is_comment else MANY_DRAWINGS,
        )


def usual_column(columns: Iterable[int | None]) -> Collection[int]:
    """The column in which something stands on most rows, if it stands in any."""
    return {col for col, _ in Counter(col for col in columns if col is not None).most_common(1)}
