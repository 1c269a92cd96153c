"""What people typed into a consolidated workbook besides corrections, actions and comments.

Columns and sheets of their own are found, to be carried over. What was typed over a text of ours, beside a table or
onto a cell as a note has no place in a workbook that is written anew: it is found, so that it can be said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from impact_xl.questionnaire import Questionnaire, normalise
from impact_xl.results import actions, answers, comments, components, heatmap, questions, summary, teams, to_fix
from impact_xl.results.about import WAITING_TITLE
from impact_xl.results.edits.checksum import BESIDE, SheetChecksums, seals_in
from impact_xl.results.formulas import ALL_GROUPS
from impact_xl.results.report import (
    ABOUT,
    ACTIONS,
    ANSWERS,
    COMMENTS,
    COMPONENTS,
    HEATMAP,
    QUESTIONS,
    SHEETS,
    SUMMARY,
    TEAMS,
    TO_FIX,
    Column,
    sealed_as,
)
from impact_xl.round.stored_workbook import AS_READ, STATUS, Stored
from impact_xl.xlsx.a1 import a1
from impact_xl.xlsx.cell_values import cell_text, cell_value
from impact_xl.xlsx.package_inspect import Parts, Place

Row = Mapping[str, Any]  # by header


@dataclass(frozen=True, slots=True)
class Lost:
    """Something that cannot be carried over: where it stands, and what it is."""

    sheet: str
    what: str
    cells: tuple[str, ...] = ()


@dataclass
class Typed:
    """What people typed."""

    columns: dict[str, tuple[str, ...]] = field(default_factory=dict)  # headers of their own, by sheet
    rows: dict[str, list[Row]] = field(default_factory=dict)  # the rows of those sheets, by header
    sheets: dict[str, Sequence[Sequence[Any]]] = field(default_factory=dict)  # sheets of their own
    formulas: list[str] = field(default_factory=list)  # what became values
    uncalculated: set[tuple[str, str]] = field(default_factory=set)  # team id and question of a level without a value
    lost: list[Lost] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Kind:
    """What is known about a sheet's table."""

    columns: Callable[[Questionnaire], Iterable[Column]]
    needed: tuple[str, ...]  # headers that tell where it stands
    own: str  # the column in which every row of ours holds something
    free: tuple[str, ...] = ()  # the columns that people are meant to type into


def _fixed(columns: Sequence[Column]) -> Callable[[Questionnaire], Sequence[Column]]:
    return lambda _: columns


_TABLES: Mapping[str, _Kind] = {
    COMPONENTS: _Kind(components.columns, ("Ref", "Component", "Valid"), "Ref"),
    QUESTIONS: _Kind(questions.columns, ("Ref", "Question", "Agenda"), "Ref"),
    HEATMAP: _Kind(heatmap.columns, ("Team", "Group", "Team no"), "Team no"),
    TEAMS: _Kind(teams.columns, ("Team", "Team ID", "Copies"), "Team no"),
    TO_FIX: _Kind(_fixed(to_fix.COLUMNS), ("How serious", "What we saw", "Rule"), "Rule"),
    COMMENTS: _Kind(_fixed(comments.COLUMNS), ("Team", "Ref", comments.NOTE), AS_READ, (comments.NOTE, AS_READ)),
    ACTIONS: _Kind(_fixed(actions.COLUMNS), ("Team", "What", "Lead", STATUS), AS_READ, actions.HEADERS),
    ANSWERS: _Kind(_fixed(answers.COLUMNS), ("Team ID", "Ref", "Level as read", "Level"), "Ref", ("Level",)),
}
# What a row of each sheet holds, whatever the sheet is called by now.
_TOLD_BY: Mapping[str, Sequence[str]] = {
    **{sheet: kind.needed for sheet, kind in _TABLES.items()},
    SUMMARY: summary.HALVES,
    ABOUT: ("File", "SHA-256"),
}
_OPEN = (COMMENTS, ACTIONS)  # rows that people add there are carried over with these sheets


def read(path: Path, stored: Stored, questionnaire: Questionnaire) -> Typed:
    """What people typed into a workbook, apart from what its record holds.

    Args:
        path: the workbook.
        stored: what was read from it.
        asked: what is asked in the round that replaces it.
    """
    package = Parts(path)
    typed = Typed()
    names = _names(stored.sheets)
    seals = seals_in(package.properties)
    same = str(stored.made_from.get("Questionnaire's fingerprint", "")) == questionnaire.fingerprint
    for sheet, name in names.items():
        around = _Around(sheet, name, package, seals.get(sheet), typed)
        if kind := _TABLES.get(sheet):
            _Table(around, stored.sheets[name], kind, questionnaire, same=same).look()
        else:
            _look_at_page(around, stored.sheets[name], stored.sheets.get(names.get(ABOUT, ""), ()))
        around.look_for_notes_and_drawings(summary.chart_count(questionnaire) if sheet == SUMMARY else 0)
    _look_for_sheets(stored.sheets, names, package, typed)
    return typed


def _names(sheets: Mapping[str, Sequence[Sequence[Any]]]) -> dict[str, str]:
    """What our sheets are called there: their own names or, where one was renamed, the sheet that has its headers."""
    names = {sheet: sheet for sheet in SHEETS if sheet in sheets}
    for sheet, needed in _TOLD_BY.items():
        if sheet not in names or _header(sheets[names[sheet]], needed) is None:
            free = (name for name in sheets if name not in names.values())
            found = next((name for name in free if _header(sheets[name], needed) is not None), None)
            if found:
                names[sheet] = found
    return names


def _header(rows: Sequence[Sequence[Any]], needed: Iterable[str]) -> int | None:
    wanted = set(needed)
    return next((row for row, cells in enumerate(rows) if wanted <= {cell_text(cell) for cell in cells}), None)


def _says(value: Any) -> bool:
    """Whether a stored cell says anything."""
    return value != "" and cell_text(value) != ""


def _shown(value: Any) -> str:
    text = cell_text(value)
    return f"“{text[:40]}…”" if len(text) > 41 else f"“{text}”"


# -- one sheet ---------------------------------------------------------------------------------------


@dataclass
class _Around:
    """One of our sheets, and what is behind it."""

    sheet: str
    name: str  # what it is called there
    package: Parts
    seal: SheetChecksums | None
    typed: Typed

    def lose(self, what: str, cells: Iterable[Place | str] = ()) -> None:
        """Note something that cannot be carried over."""
        refs = tuple(cell if isinstance(cell, str) else a1(*cell) for cell in cells)
        self.typed.lost.append(Lost(self.sheet, what, refs))

    def lose_texts(self, what: str, held: Mapping[Place, Any]) -> None:
        """Note texts that cannot be carried over, with the first of them."""
        if held:
            first, more = next(iter(held.values())), len(held) - 1
            said = f"{what}: {_shown(first)}{f' and {more} more' if more else ''}"
            self.lose(said, held)

    def look_for_notes_and_drawings(self, charts: int) -> None:
        """Notes on cells, and pictures, shapes and charts beyond our own."""
        if notes := self.package.notes(self.name):
            self.lose("notes were attached to cells", notes)
        if self.package.drawn(self.name) > charts:
            self.lose("a picture, shape or chart was added")


class _Table:
    """A sheet with one table of ours: its rows, the columns beside them, and everything around."""

    def __init__(
        self, around: _Around, rows: Sequence[Sequence[Any]], kind: _Kind, questionnaire: Questionnaire, *, same: bool
    ) -> None:
        self._around, self._rows, self._kind, self._same = around, rows, kind, same
        self._top = _header(rows, kind.needed)
        self._formulas = around.package.formulas(around.name)
        self._known = [normalise(column.header) for column in kind.columns(questionnaire)]
        if around.sheet == QUESTIONS:
            self._known += map(normalise, questions.workings(questionnaire))
        self._heads: dict[int, str] = {}

    def look(self) -> None:
        """Find everything that somebody typed."""
        if self._top is None:
            self._around.lose("the headers of the table were changed, so it cannot be told what was typed into it")
            return
        self._heads = dict(self._headers(self._rows[self._top]))
        mine = self._own_rows()
        added = {col: head for col, head in self._heads.items() if self._is_added(col, head, mine)}
        for col in self._renamed(added):
            self._around.lose_texts("a header of ours was changed", {(self._top, col): added.pop(col)})
        self._strays(mine)
        self._take_columns(added, mine)
        self._formulas_typed(added, mine)
        self._typed_over(mine)
        if self._around.seal:
            self._check_seal(self._around.seal, mine)

    def _headers(self, cells: Sequence[Any]) -> Iterator[tuple[int, str]]:
        """The headers with their columns; one that is there twice is numbered."""
        seen: dict[str, int] = {}
        for col, cell in enumerate(cells):
            head = cell_text(cell)[:250]
            if head:
                times = seen[normalise(head)] = seen.get(normalise(head), 0) + 1
                yield col, f"{head} ({times})" if times > 1 else head

    def _own_rows(self) -> list[int]:
        """The rows that were written by us, each known by what stands in one column."""
        first = (self._top or 0) + 1
        cols = {normalise(head): col for col, head in self._heads.items()}
        col = cols.get(normalise(self._kind.own), cols.get("team no"))
        if col is None:
            return []
        return [row for row in range(first, len(self._rows)) if _says(self._value(row, col))]

    def _value(self, row: int, col: int) -> Any:
        cells = self._rows[row]
        return cells[col] if col < len(cells) else ""

    def _is_added(self, col: int, head: str, mine: Sequence[int]) -> bool:
        if normalise(head) in self._known:
            return False
        # Another version of the questionnaire has other columns of ours; those are calculated.
        return self._same or not any((row, col) in self._formulas for row in mine)

    def _renamed(self, added: Mapping[int, str]) -> list[int]:
        """The columns that stand where one of ours should be, and it is nowhere else."""
        missing = set(self._known) - {normalise(head) for head in self._heads.values()}
        after, before, found = dict(pairwise(self._known)), "", []
        for col, head in sorted(self._heads.items()):
            if col not in added:
                before = normalise(head)
            elif after.get(before) in missing:
                found.append(col)
                before = after[before]
        return found

    def _strays(self, mine: Sequence[int]) -> None:
        """What stands beside the table, or in rows that are none of ours."""
        ours, beside, below = set(mine), dict[Place, Any](), dict[Place, Any]()
        bare = [col for col in range(max(map(len, self._rows))) if col not in self._heads]
        for row in range((self._top or 0) + 1, len(self._rows)):
            beside |= {(row, col): value for col in bare if _says(value := self._value(row, col))}
            if row not in ours and self._around.sheet not in _OPEN:
                below |= {(row, col): value for col in self._heads if _says(value := self._value(row, col))}
        self._around.lose_texts("something was typed beside the table", beside)
        self._around.lose_texts("something was typed below the table", below)

    def _take_columns(self, added: Mapping[int, str], mine: Sequence[int]) -> None:
        if not added or self._around.sheet == ACTIONS:  # which reads its columns itself
            return
        sheet, typed = self._around.sheet, self._around.typed
        typed.columns[sheet] = tuple(added.values())
        typed.rows[sheet] = [
            {head: cell_value(self._value(row, col)) for col, head in self._heads.items()} for row in mine
        ]

    def _formulas_typed(self, added: Mapping[int, str], mine: Sequence[int]) -> None:
        """Formulas in columns that are not calculated by us are somebody's own."""
        free = {normalise(head) for head in self._kind.free}
        typed = self._around.typed
        for col, head in self._heads.items():
            if col not in added and normalise(head) not in free:
                continue
            own = [row for row in self._formulas.rows(col) if row > (self._top or 0)]
            empty = [(row, col) for row in own if not cell_text(self._value(row, col))]
            if len(empty) < len(own):
                typed.formulas.append(f"The column {head} of the sheet {self._around.sheet}")
            if empty:
                self._around.lose(f"formulas in the column {head} have no value", empty)
                if self._around.sheet == ANSWERS:
                    typed.uncalculated |= {self._answer(row) for row, _ in empty if row in mine}

    def _answer(self, row: int) -> tuple[str, str]:
        cols = {head: col for col, head in self._heads.items()}
        return cell_text(self._value(row, cols["Team ID"])), cell_text(self._value(row, cols["Ref"]))

    def _typed_over(self, mine: Sequence[int]) -> None:
        """Values where all the others of their column are calculated."""
        free = {normalise(head) for head in self._kind.free}
        over: dict[Place, Any] = {}
        for col, head in self._heads.items():
            calculated = self._formulas.count(col)
            if calculated and normalise(head) in self._known and normalise(head) not in free:
                values = [row for row in mine if (row, col) not in self._formulas and _says(self._value(row, col))]
                if len(values) < calculated:
                    over |= {(row, col): self._value(row, col) for row in values}
        self._around.lose_texts("a calculated figure was typed over", over)

    def _check_seal(self, written: SheetChecksums, mine: Sequence[int]) -> None:
        """Whether the columns that nobody is meant to type into say what was written."""
        now = SheetChecksums(len(mine))
        cols = {head: col for col, head in self._heads.items()}
        for head in written.sums.keys() & cols.keys():
            now.add(head, (self._value(row, cols[head]) for row in mine))
        now.add(BESIDE, (cell for row in range(self._top or 0) for cell in self._rows[row]))
        broken = set(now.broken(written))
        if BESIDE in broken:
            self._around.lose("a text above the table was changed")
        if now.rows > written.rows:
            self._around.lose("rows were copied into the table")
        elif now.rows == written.rows:  # with rows deleted nothing can be told
            for head in sorted(broken & cols.keys()):
                self._around.lose(f"something was typed into the column {head}")


def _look_at_page(around: _Around, rows: Sequence[Sequence[Any]], about: Sequence[Sequence[Any]]) -> None:
    """A sheet that is no table: Summary, or About."""
    formulas = around.package.formulas(around.name)
    if around.seal is None or (around.sheet == SUMMARY and not formulas):  # saved as values, so nothing can be told
        return
    now = SheetChecksums()
    on_summary = around.sheet == SUMMARY
    groups = {normalise(ALL_GROUPS), *_groups(about)} if on_summary else set()
    beside: dict[Place, Any] = {}
    for row, cells in enumerate(rows):
        if cells and cell_text(cells[0]) == WAITING_TITLE:
            break
        for col, cell in enumerate(cells):
            if on_summary and col >= summary.COLUMNS and cell_text(cell):
                beside[row, col] = cell
            elif (row, col) not in formulas and not (on_summary and normalise(cell_text(cell)) in groups):
                now.add(sealed_as(around.sheet, col), [cell])
    around.lose_texts("something was typed beside the page", beside)
    if broken := now.broken(around.seal):
        where = f" in column {' and '.join(sorted(broken))}" if on_summary else ""
        around.lose(f"something was typed over our own texts, or between them{where}")


def _groups(about: Sequence[Sequence[Any]]) -> Iterator[str]:
    """The groups that can be chosen on Summary: what stands there is a choice and no text."""
    top = _header(about, ("Group", "Teams"))
    for cells in about[top + 1 :] if top is not None else ():
        if not cell_text(cells[0]):
            return
        yield normalise(cell_text(cells[0]))


def _look_for_sheets(
    sheets: Mapping[str, Sequence[Sequence[Any]]], names: Mapping[str, str], package: Parts, typed: Typed
) -> None:
    """Sheets that people added."""
    ours = set(names.values())
    for name, rows in sheets.items():
        if name in ours:
            continue
        if any(cell_text(cell) for cells in rows for cell in cells):
            typed.sheets[name] = rows
            if package.formulas(name):
                typed.formulas.append(f"Your own sheet {name}")
        if package.notes(name) or package.drawn(name):
            typed.lost.append(
                Lost(name, "your own sheet has notes, pictures or charts, of which only the texts were kept")
            )
    for name in package.sheet_names - sheets.keys():
        typed.lost.append(Lost(name, "a sheet of your own holds a chart"))
