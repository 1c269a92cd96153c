"""What people typed into a consolidated workbook besides corrections, actions and comments.

Columns and sheets of their own are found, to be carried over. What was typed over a text of ours, beside a table or
onto a cell as a note has no place in a workbook that is written anew: it is found, so that it can be said.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

from impact_xl.findings import Finding, Where, found
from impact_xl.questionnaire import Questionnaire, normalise
from impact_xl.results.about import ABOUT, GROUP_HEADERS
from impact_xl.results.answers import ANSWERS
from impact_xl.results.edits import checksum, row_digests
from impact_xl.results.edits.checksum import MODULUS, OUTSIDE_TABLE, SheetChecksums
from impact_xl.results.edits.match_rows import StoredRow
from impact_xl.results.formulas import ALL_GROUPS
from impact_xl.results.sheet_writer import PageSpec, SheetSpec, TableSpec
from impact_xl.round.stored_sheets import REPLACED, TableRow, locked
from impact_xl.round.stored_workbook import Stored
from impact_xl.wording import first_few, plural, quote
from impact_xl.xlsx.a1 import a1
from impact_xl.xlsx.cell_values import cell_text
from impact_xl.xlsx.package_inspect import Formulas, Parts, Place

_MOST_QUOTED = 41  # characters of what was typed
_MOST_CELLS = 12  # that a finding names


@dataclass(frozen=True, slots=True)
class Loss:
    """Something that cannot be carried over: where it stands, and what it is."""

    sheet: str
    what: str
    cells: tuple[str, ...] = ()
    fate: str = "That is not in this one."


def rows_again(sheet: str, number: int) -> Loss:
    """Rows that somebody deleted, and that are written again as the round still has them."""
    rows = plural(number, "row was deleted and is", "rows were deleted and are")
    return Loss(sheet, f"{rows} there again", fate="Each run writes every row.")


def not_carried(loss: Loss, workbook: str, which: str = "the workbook that was replaced") -> Finding:
    """What is said of something that cannot be carried over.

    Args:
        loss: what it is.
        workbook: what the workbook is called.
        which: which workbook that is, in words.
    """
    cells = first_few(loss.cells, _MOST_CELLS, separator=" ", more=" ...")
    where = Where(workbook, loss.sheet, cells)
    return found("text-not-kept", where, what=loss.what, which=which, fate=loss.fate)


@dataclass
class Edits:
    """What people typed."""

    columns: dict[str, tuple[str, ...]] = field(default_factory=dict)  # headers of their own, by sheet
    rows: dict[str, list[StoredRow]] = field(default_factory=dict)  # the rows of those sheets
    sheets: dict[str, Sequence[Sequence[Any]]] = field(default_factory=dict)  # sheets of their own
    formulas: list[str] = field(default_factory=list)  # what became values
    uncalculated: set[tuple[str, str]] = field(default_factory=set)  # team id and question of a level without a value
    losses: list[Loss] = field(default_factory=list)
    labels: dict[str, str] = field(default_factory=dict)  # the properties of a sensitivity label
    digests: dict[str, frozenset[str]] = field(default_factory=dict)  # of the rows as they were written, by sheet


def read(
    path: Path, stored: Stored, questionnaire: Questionnaire, sheets: Sequence[SheetSpec], what: str = REPLACED
) -> Edits:
    """What people typed into a workbook, apart from what its record holds.

    Args:
        path: the workbook.
        stored: what was read from it.
        questionnaire: that of the round that replaces it.
        sheets: the sheets that we write.
        what: how messages call it.

    Raises:
        ImpactError: it has a sensitivity label that encrypts.
    """
    package = Parts(path)
    if package.encrypts:
        raise locked(path, what)
    edits = Edits(labels=package.labels)
    names = _names(stored.sheets, sheets)
    checksums = checksum.read(package.properties)
    edits.digests = {name: frozenset(each.digests) for name, each in checksums.items()}
    same = str(stored.made_from.get("Questionnaire's fingerprint", "")) == questionnaire.fingerprint
    questionnaire = _as_it_was(stored, questionnaire)
    groups = {*_groups(stored.sheets.get(names.get(ABOUT, ""), ()))}
    for spec in sheets:
        if spec.name not in names:
            continue
        name = names[spec.name]
        sheet = _StoredSheet(spec.name, name, stored.sheets[name], package, checksums.get(spec.name), edits)
        match spec.body:
            case TableSpec() as table:
                _Table(sheet, spec, table, questionnaire, same=same).find_edits()
            case PageSpec() as page:
                _inspect_page(sheet, spec, page, groups)
        sheet.find_notes_and_drawings(spec.body.charts(questionnaire))
    _find_user_sheets(stored.sheets, names, package, edits)
    return edits


def _as_it_was(stored: Stored, questionnaire: Questionnaire) -> Questionnaire:
    """The part of the questionnaire that was asked then: columns and charts of the others are ours, too."""
    whole = questionnaire.whole or questionnaire
    return whole.only(whole.by_id.keys() & {each.id for each in stored.questions})


def _names(stored: Mapping[str, Sequence[Sequence[Any]]], sheets: Sequence[SheetSpec]) -> dict[str, str]:
    """What our sheets are called there: their own names or, where one was renamed, the sheet that has its headers."""
    names = {spec.name: spec.name for spec in sheets if spec.name in stored and _may_be(spec, stored[spec.name])}
    for spec in sheets:
        if spec.name not in names or _header(stored[names[spec.name]], spec.headers) is None:
            free = (name for name in stored if name not in names.values())
            found = next((name for name in free if _header(stored[name], spec.headers) is not None), None)
            if found:
                names[spec.name] = found
    return names


def _may_be(spec: SheetSpec, rows: Sequence[Sequence[Any]]) -> bool:
    """Whether a sheet of that name is ours; one that not every workbook has may be somebody's own."""
    return not spec.optional or _header(rows, spec.headers) is not None


def _header(rows: Sequence[Sequence[Any]], needed: Iterable[str]) -> int | None:
    wanted = set(needed)
    return next((row for row, cells in enumerate(rows) if wanted <= {cell_text(cell) for cell in cells}), None)


def _is_filled(value: Any) -> bool:
    """Whether a stored cell holds anything."""
    return value != "" and cell_text(value) != ""


# -- one sheet ---------------------------------------------------------------------------------------


@dataclass
class _StoredSheet:
    """One of our sheets as it stands there, and what is behind it."""

    sheet: str
    name: str  # what it is called there
    rows: Sequence[Sequence[Any]]
    package: Parts
    checksums: SheetChecksums | None  # of what was written
    edits: Edits

    def lose(self, what: str, cells: Iterable[Place | str] = ()) -> None:
        """Note something that cannot be carried over."""
        refs = tuple(cell if isinstance(cell, str) else a1(*cell) for cell in cells)
        self.edits.losses.append(Loss(self.sheet, what, refs))

    def lose_texts(self, what: str, texts: Mapping[Place, Any]) -> None:
        """Note texts that cannot be carried over, with the first of them."""
        if texts:
            first, more = next(iter(texts.values())), len(texts) - 1
            first = quote(cell_text(first), _MOST_QUOTED) if _is_filled(first) else "nothing"
            self.lose(f"{what}: {first}{f' and {more} more' if more else ''}", texts)

    def find_notes_and_drawings(self, charts: int) -> None:
        """Notes on cells, and pictures, shapes and charts beyond our own."""
        if notes := self.package.notes(self.name):
            self.lose("notes were attached to cells", notes)
        if self.package.drawn(self.name) > charts:
            self.lose("a picture, shape or chart was added")


class _Table:
    """A sheet with one table of ours: its rows, the columns beside them, and everything around."""

    def __init__(
        self, sheet: _StoredSheet, spec: SheetSpec, table: TableSpec, questionnaire: Questionnaire, *, same: bool
    ) -> None:
        self._sheet, self._rows, self._table, self._same = sheet, sheet.rows, table, same
        self._top = _header(sheet.rows, spec.headers)
        columns = table.columns(questionnaire)
        self._fills = {normalise(column.header): column.look.get("bg_color", "").lstrip("#") for column in columns}
        ours = [*self._fills, *map(normalise, table.beside(questionnaire))]
        not_always = set(map(normalise, table.not_always(questionnaire)))
        written = sheet.checksums.columns if sheet.checksums and table.listed else ()
        self._listed = {head for head in written if normalise(head) not in {*ours, *not_always}}  # from the team list
        self._known = {*ours, *not_always, *map(normalise, self._listed)}
        self._expected = [head for head in ours if head not in not_always]
        self._entries = {normalise(head) for head in table.entries}
        self._heads: dict[int, str] = {}
        self._below = range(0)  # the rows of our own lines below the table

    def find_edits(self) -> None:
        """Find everything that somebody typed."""
        if self._top is None:
            self._sheet.lose("the headers of the table were changed, so what was typed into it is not known")
            return
        self._heads = dict(self._headers(self._rows[self._top]))
        written_rows = self._written_rows()
        self._below = self._own_lines(written_rows)
        added = {col: head for col, head in self._heads.items() if self._is_user_column(col, head, written_rows)}
        for col in self._renamed(added):
            self._sheet.lose_texts("a header of ours was changed", {(self._top, col): added.pop(col)})
        self._find_outside(written_rows)
        self._take_columns(added, written_rows)
        if not self._sheet.package.is_as_written:
            self._find_typed(added, written_rows)

    @cached_property
    def _formulas(self) -> Formulas:
        return self._sheet.package.formulas(self._sheet.name)

    def _find_typed(self, added: Mapping[int, str], written_rows: Sequence[int]) -> None:
        """Find what was typed, calculated and painted in our own columns."""
        self._find_formulas(added, written_rows)
        self._find_overwritten(written_rows)
        self._find_painted()
        if self._sheet.checksums:
            self._compare_checksums(self._sheet.checksums, written_rows)

    def _headers(self, cells: Sequence[Any]) -> Iterator[tuple[int, str]]:
        """The headers with their columns; one that is there twice is numbered."""
        seen: dict[str, int] = {}
        for col, cell in enumerate(cells):
            head = cell_text(cell)[:250]
            if head:
                times = seen[normalise(head)] = seen.get(normalise(head), 0) + 1
                yield col, f"{head} ({times})" if times > 1 else head

    def _written_rows(self) -> list[int]:
        """The rows that were written by us, each known by what stands in one column."""
        first = (self._top or 0) + 1
        cols = {normalise(head): col for col, head in self._heads.items()}
        col = cols.get(normalise(self._table.marker), cols.get("team no"))
        if col is None:
            return []
        cells = {row: self._value(row, col) for row in range(first, len(self._rows))}
        added = self._table.added
        return [
            row for row, cell in cells.items() if _is_filled(cell) and not (added and cell_text(cell).startswith(added))
        ]

    def _own_lines(self, written_rows: Sequence[int]) -> range:
        """The rows of our own lines below the table."""
        ours, rows = set(written_rows), range((self._top or 0) + 1, len(self._rows))
        begin = self._table.below.strip()
        found = (row for row in rows if row not in ours and cell_text(self._value(row, 0)).startswith(begin))
        first = next(found, None) if begin else None
        if first is None:
            return range(0)
        empty = (row for row in range(first, len(self._rows)) if not any(map(_is_filled, self._rows[row])))
        return range(first, next(empty, len(self._rows)))

    def _value(self, row: int, col: int) -> Any:
        cells = self._rows[row] if row < len(self._rows) else ()  # below the last value no row is read
        return cells[col] if col < len(cells) else ""

    def _is_user_column(self, col: int, head: str, written_rows: Sequence[int]) -> bool:
        if normalise(head) in self._known:
            return False
        # Another version of the questionnaire has other columns of ours; those are calculated.
        return self._same or not any((row, col) in self._formulas for row in written_rows)

    def _renamed(self, added: Mapping[int, str]) -> list[int]:
        """The columns that stand where one of ours should be, and it is nowhere else."""
        missing = set(self._expected) - {normalise(head) for head in self._heads.values()}
        after, before, found = dict(pairwise(self._expected)), "", []
        for col, head in sorted(self._heads.items()):
            if col not in added:
                before = normalise(head) if normalise(head) in after else before
            elif after.get(before) in missing:
                found.append(col)
                before = after[before]
        return found

    def _find_outside(self, written_rows: Sequence[int]) -> None:
        """What stands beside the table, or in rows that are none of ours."""
        ours, beside, below = set(written_rows), dict[Place, Any](), dict[Place, Any]()
        bare = [col for col in range(max(map(len, self._rows))) if col not in self._heads]
        for row in range((self._top or 0) + 1, len(self._rows)):
            if row not in self._below:
                beside |= {(row, col): value for col in bare if _is_filled(value := self._value(row, col))}
            if row not in ours and row not in self._below and not self._table.takes_rows:
                below |= {(row, col): value for col in self._heads if _is_filled(value := self._value(row, col))}
        self._sheet.lose_texts("something was typed outside the table", beside)
        self._sheet.lose_texts("something was typed below the table", below)

    def _take_columns(self, added: Mapping[int, str], written_rows: Sequence[int]) -> None:
        if not added or self._table.keys is None:
            return
        sheet, edits = self._sheet.sheet, self._sheet.edits
        edits.columns[sheet] = tuple(added.values())
        columns = {head: col for col, head in self._heads.items()}
        edits.rows[sheet] = [TableRow(self._rows[row], columns, self._sheet.name, row) for row in written_rows]

    def _find_formulas(self, added: Mapping[int, str], written_rows: Sequence[int]) -> None:
        """Formulas in columns that are not calculated by us are somebody's own."""
        edits = self._sheet.edits
        for col, head in self._heads.items():
            if col not in added and normalise(head) not in self._entries:
                continue
            own = [row for row in self._formulas.rows(col) if row > (self._top or 0)]
            empty = [(row, col) for row in own if not self._formulas.is_calculated(row, col)]
            if len(empty) < len(own):
                edits.formulas.append(f"The column {head} of the sheet {self._sheet.sheet}")
            if empty:
                self._sheet.lose(f"formulas in the column {head} have no value", empty)
                if self._sheet.sheet == ANSWERS:
                    edits.uncalculated |= {self._answer(row) for row, _ in empty if row in written_rows}

    def _answer(self, row: int) -> tuple[str, str]:
        cols = {head: col for col, head in self._heads.items()}
        return cell_text(self._value(row, cols["Team ID"])), cell_text(self._value(row, cols["Ref"]))

    def _find_overwritten(self, written_rows: Sequence[int]) -> None:
        """Values where all the others of their column are calculated."""
        over: dict[Place, Any] = {}
        for col, head in self._heads.items():
            calculated = self._formulas.count(col)
            if calculated and normalise(head) in self._known and normalise(head) not in self._entries:
                values = [
                    row
                    for row in written_rows
                    if (row, col) not in self._formulas and _is_filled(self._value(row, col))
                ]
                if len(values) < calculated:
                    over |= {(row, col): self._value(row, col) for row in values}
        self._sheet.lose_texts("a calculated figure was typed over", over)

    def _find_painted(self) -> None:
        """Rows that somebody painted or struck out, to tick them off."""
        rows: dict[int, Place] = {}
        fills = {col: self._fills.get(normalise(head), "") for col, head in self._heads.items()}
        for (row, col), (fill, struck) in self._sheet.package.painted(self._sheet.name):
            if (struck or fill not in ("", fills.get(col, ""))) and row > (self._top or 0):
                rows.setdefault(row, (row, col))
        if rows:
            what = plural(len(rows), "row was", "rows were")
            self._sheet.lose(
                f"{what} painted or struck out, and colours and strike-through are not kept", rows.values()
            )

    def _compare_checksums(self, written: SheetChecksums, written_rows: Sequence[int]) -> None:
        """Whether the columns that nobody is meant to type into say what was written."""
        cols = {head: col for col, head in self._heads.items()}
        outside = SheetChecksums()
        rows = (*range(self._top or 0), *self._below)
        cells = (((row, col), cell) for row in rows for col, cell in enumerate(self._rows[row]))
        outside.add(OUTSIDE_TABLE, (cell for place, cell in cells if not self._is_figure(place)))
        if (outside.sums[OUTSIDE_TABLE] - written.sums[OUTSIDE_TABLE]) % MODULUS:
            self._sheet.lose(f"a text above {'or below ' if self._below else ''}the table was changed")
        if set(written.columns) <= cols.keys() and (written.digests or not written.rows):
            self._compare_rows(written, [cols[head] for head in written.columns], written_rows)
        else:
            self._compare_columns(written, cols, written_rows)

    def _is_figure(self, place: Place) -> bool:
        """Whether a cell above the table is calculated; where all formulas became values, it is told by its place."""
        row, col = place
        return place in self._formulas or (not self._formulas and row in self._table.figures and col > 0)

    def _compare_rows(self, written: SheetChecksums, cols: Sequence[int], written_rows: Sequence[int]) -> None:
        """Row by row: whatever was deleted, added or sorted, what was typed over the others is known."""
        now = SheetChecksums()
        for row in written_rows:
            now.add_row(self._value(row, col) for col in cols)
        changes = row_digests.compare(written.digests, now.digests)
        typed: dict[int, dict[Place, Any]] = {}
        for index, changed in changes.changed.items():
            row = written_rows[index]
            for col in (cols[each] for each in changed):
                typed.setdefault(col, {})[row, col] = self._value(row, col)
            if not changed:
                self._sheet.lose("something was typed into a row", [(row, cols[0])])
        for col in sorted(typed, key=self._heads.__getitem__):
            self._sheet.lose_texts(f"something was typed into {self._column(self._heads[col])}", typed[col])
        if changes.copied:
            self._sheet.lose(
                "rows were copied into the table", [(written_rows[row], cols[0]) for row in changes.copied]
            )
        added = {(written_rows[row], cols[0]): self._row_text(written_rows[row]) for row in changes.added}
        self._sheet.lose_texts("rows were added to the table", added)
        if changes.gone and not (self._table.rows_may_go or self._table.keys is None):
            self._sheet.edits.losses.append(rows_again(self._sheet.sheet, changes.gone))

    def _row_text(self, row: int) -> str:
        return ", ".join(text for col in self._heads if (text := cell_text(self._value(row, col))))

    def _compare_columns(self, written: SheetChecksums, cols: Mapping[str, int], written_rows: Sequence[int]) -> None:
        """Column by column, where the rows have no digests: all that can be told as long as none is missing."""
        now = SheetChecksums(len(written_rows))
        heads = sorted(written.sums.keys() & cols.keys())
        for head in heads:
            now.add(head, (self._value(row, cols[head]) for row in written_rows))
        if now.rows > written.rows:
            self._sheet.lose("rows were copied into the table")
        elif now.rows < written.rows:
            self._sheet.lose("rows were deleted, so what was typed into the others is not known")
        else:
            for head in sorted(set(now.changed_since(written)) & set(heads)):
                self._sheet.lose(f"something was typed into {self._column(head)}")

    def _column(self, head: str) -> str:
        return f"the column {head}{', which follows the team list' if head in self._listed else ''}"


def _inspect_page(sheet: _StoredSheet, spec: SheetSpec, page: PageSpec, groups: Collection[str]) -> None:
    """A sheet that is no table."""
    formulas = sheet.package.formulas(sheet.name)
    if sheet.checksums is None or (page.calculated and not formulas):  # saved as values, so nothing can be told
        return
    now = SheetChecksums()
    beside: dict[Place, Any] = {}
    for (row, col), cell in _page_cells(sheet.rows, page.ends_at):
        if page.width and col >= page.width and cell_text(cell):
            beside[row, col] = cell
        elif (row, col) not in formulas and not (page.calculated and normalise(cell_text(cell)) in groups):
            now.add(spec.checksum_of(col), [cell])
    sheet.lose_texts("something was typed outside the page", beside)
    if changed := now.changed_since(sheet.checksums):
        where = f" in column {' and '.join(sorted(changed))}" if page.width else ""
        sheet.lose(f"something was typed over our own texts, or between them{where}")


def _page_cells(rows: Sequence[Sequence[Any]], ends_at: Sequence[str]) -> Iterator[tuple[Place, Any]]:
    """The cells of a page down to where people may type."""
    for row, cells in enumerate(rows):
        if ends_at and cells and cell_text(cells[0]) in ends_at:
            return
        for col, cell in enumerate(cells):
            yield (row, col), cell


def _groups(about: Sequence[Sequence[Any]]) -> Iterator[str]:
    """The groups that can be chosen on a page: what stands there is a choice and no text."""
    yield normalise(ALL_GROUPS)
    top = _header(about, GROUP_HEADERS)
    for cells in about[top + 1 :] if top is not None else ():
        if not cell_text(cells[0]):
            return
        yield normalise(cell_text(cells[0]))


def _find_user_sheets(
    sheets: Mapping[str, Sequence[Sequence[Any]]], names: Mapping[str, str], package: Parts, edits: Edits
) -> None:
    """Sheets that people added."""
    ours = set(names.values())
    for name, rows in sheets.items():
        if name in ours:
            continue
        if any(cell_text(cell) for cells in rows for cell in cells):
            edits.sheets[name] = rows
            if package.formulas(name):
                edits.formulas.append(f"Your own sheet {name}")
        if package.notes(name) or package.drawn(name):
            edits.losses.append(
                Loss(name, "your own sheet has notes, pictures or charts, of which only the texts were kept")
            )
    for name in package.sheet_names - sheets.keys():
        edits.losses.append(Loss(name, "a sheet of your own holds a chart"))
