"""The cells of an authoring workbook: sheets and columns found by their names, and where each value stands."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

from impact_xl.authoring import sheets
from impact_xl.authoring.sheets import Column, Sheet
from impact_xl.files import table_files
from impact_xl.files.table_files import Wrong, header_key, text_of
from impact_xl.questionnaire import normalise
from impact_xl.questionnaire.checks import Fault
from impact_xl.wording import first_few, plural, quote
from impact_xl.xlsx.a1 import a1

Place = tuple[str, str, str]  # sheet, A1 reference, and what stands there
At = tuple[str, str, int | None]  # table, key, and place in a list, as faults have them
_ALIKE = 0.6


def plain(text: str) -> str:
    """A text on one line, as a message shows it."""
    return " ".join(text.split())


@dataclass
class Problems:
    """What is wrong with a workbook, what a person should know of it, and where each key of its tables stands."""

    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    at: dict[At, Place] = field(default_factory=dict)

    def fault(self, place: str, wrong: str) -> None:
        """Note a fault with its place."""
        self.faults.append(f"{place}: {wrong}")

    def described(self, fault: Fault) -> str:
        """A fault of the tables by its sheet and cell, with what stands there."""
        where = (fault.table, fault.key, fault.at), (fault.table, fault.key, None), (fault.table, "id", None)
        nowhere = (fault.table or sheets.QUESTIONNAIRE, "", "")
        sheet, cell, value = next((self.at[at] for at in where if at in self.at), nowhere)
        shown = plain(value)
        stands = f" (it holds {quote(shown, 60)})" if shown and shown[:60] not in fault.wrong else ""
        return f"{f'{sheet}!{cell}' if cell else sheet}, {fault.key.replace('_', ' ')}: {fault.wrong}{stands}"

    @staticmethod
    def nearest(name: str, known: Iterable[str]) -> str:
        """A question that names what was probably meant; what is known where nothing is like it."""
        options = list(known)
        close = difflib.get_close_matches(normalise(name), list(map(normalise, options)), 1, _ALIKE)
        if close:
            return f"; did you mean “{next(each for each in options if normalise(each) == close[0])}”?"
        return f"; known are {', '.join(options)}" if options else ""


@dataclass(frozen=True)
class Row:
    """One row below the header."""

    sheet: str
    number: int  # counted from 0
    values: Sequence[Any]
    places: Mapping[str, int]  # the columns of the keys

    def value(self, key: str) -> Any:
        """What stands in a column; an empty text where there is nothing, or no such column."""
        col = self.places.get(key)
        return self.values[col] if col is not None and col < len(self.values) else ""

    def text(self, key: str) -> str:
        """A cell as it was typed, line breaks and all; a number or date as it is shown."""
        value = self.value(key)
        return value.replace("\r\n", "\n").replace("\r", "\n") if isinstance(value, str) else text_of(value)

    def ref(self, key: str) -> str:
        """The A1 reference of a column's cell."""
        return a1(self.number, self.places.get(key, 0))

    def place(self, key: str) -> str:
        """Sheet and cell, as messages have them."""
        return f"{self.sheet}!{self.ref(key)}"

    def cell(self, key: str) -> Place:
        """Sheet, cell, and what stands there."""
        return self.sheet, self.ref(key), self.text(key)

    @property
    def is_empty(self) -> bool:
        """Whether nothing stands in it but formulas and blanks."""
        return not any(self.text(key).strip() for key in self.places)


@dataclass(frozen=True)
class Cells:
    """A sheet whose columns were found."""

    name: str
    rows: Sequence[Row]
    places: Mapping[str, int]
    levels: Mapping[int, str] = field(default_factory=dict)  # of each level's column its key, by the level's number

    def below(self, key: str) -> Place:
        """The cell in which a missing value would stand."""
        filled = [row.number for row in self.rows if not row.is_empty]
        return self.name, a1(max(filled, default=0) + 1, self.places.get(key, 0)), ""


def find_sheets(source: Path, what: str, problems: Problems) -> dict[str, Cells]:
    """The sheets of a workbook by our names, with their columns.

    Raises:
        ImpactError: it cannot be read.
    """
    there = table_files.read(source, what, "--questionnaire")
    by_name = {normalise(sheet.name): sheet for sheet in there}
    ours = {normalise(spec.name) for spec in sheets.SHEETS}
    spare = [sheet.name for name, sheet in by_name.items() if name not in ours]
    found: dict[str, Cells] = {}
    for spec in sheets.SHEETS:
        sheet = by_name.get(normalise(spec.name))
        if sheet is not None:
            if spec.needed and (cells := _cells(sheet, spec, problems)):
                found[spec.name] = cells
        elif spec.needed and spec is not sheets.POINT_LIST:
            close = Problems.nearest(spec.name, spare) if spare else "; it may be hidden or deleted"
            problems.faults.append(f"{spec.name}: there is no sheet “{spec.name}”{close}")
    if spare:
        problems.notes.append(f"Sheets that are not read: {first_few([quote(name) for name in spare], 4)}.")
    return found


def _cells(sheet: table_files.Sheet, spec: Sheet, problems: Problems) -> Cells | None:
    """A sheet of ours, with its columns; None where it lacks one that is needed."""
    heads = [text_of(head) for head in sheet.rows[0]] if sheet.rows else []
    places, levels, strange = _columns(spec, heads)
    for col, text in strange.items():
        problems.notes.append(f"{spec.name}!{a1(0, col)}: the column “{plain(text)}” is not one of ours, and not read.")
    rows = [Row(spec.name, number, values, places) for number, values in enumerate(sheet.rows[1:], 1)]
    for row in rows:
        _doubts(row, heads, problems)
    filled = [row for row in rows if not row.is_empty]
    _note_looks(filled, sheet, spec, problems)
    whole = _has_columns(spec, heads, places, strange, problems)
    return Cells(spec.name, filled, places, levels) if whole else None


def _has_columns(
    spec: Sheet, heads: Sequence[str], places: Mapping[str, int], strange: Mapping[int, str], problems: Problems
) -> bool:
    """Whether the columns are there that are needed; a fault for each that is not, with the one that may be meant."""
    row = first_few([quote(plain(head), 20) for head in heads if head], 6) or "nothing"
    missing = [each.header for each in spec.columns if each.key in spec.needed and each.key not in places]
    for header in missing:
        is_it = _is_meant(header, strange)
        problems.fault(f"{spec.name}!A1", f"there is no column “{header}” in row 1, which reads {row}{is_it}")
    if spec is sheets.QUESTION_LIST and not any(key.startswith(("level", "statement")) for key in places):
        problems.fault(f"{spec.name}!A1", "there is no column of a level, headed “1 Name”, “2 Name” and so on")
    return not missing


def _is_meant(header: str, strange: Mapping[int, str]) -> str:
    """A question after the column that was probably meant by a header; empty where none is like it."""
    close = difflib.get_close_matches(normalise(header), list(map(normalise, strange.values())), 1, _ALIKE)
    for col, text in strange.items():
        if close and normalise(text) == close[0]:
            return f"; is “{plain(text)}” in {a1(0, col)} meant?"
    return ""


_LONG = (Column("level", "Level", 0, names=("level number",)), Column("statement", "Statement", 0))


def _columns(spec: Sheet, heads: Sequence[str]) -> tuple[dict[str, int], dict[int, str], dict[int, str]]:
    """The place of each of our columns, the keys of those of levels, and the headers that are none of ours."""
    names, made = _names(spec), {column.key for column in spec.columns if column.made}
    places: dict[str, int] = {}
    levels: dict[int, str] = {}
    strange: dict[int, str] = {}
    for col, text in enumerate(heads):
        key = names.get(header_key(text), "")
        number = _level_of(text) if spec is sheets.QUESTION_LIST and not key else 0
        if number and number not in levels:
            levels[number] = key = f"level{number}"
        if key and key not in places:
            places[key] = col
        elif text:
            strange[col] = text
    return {key: col for key, col in places.items() if key not in made}, levels, strange


def _names(spec: Sheet) -> Mapping[str, str]:
    """The keys of a sheet's columns by the headers that they may have."""
    columns = (*spec.columns, *(_LONG if spec is sheets.QUESTION_LIST else ()))
    return {header_key(name): each.key for each in columns for name in (each.key, each.header, *each.names)}


def _level_of(header: str) -> int:
    """The level whose column a header is: `1 Starting`, `Level 1`; 0 where it is none."""
    first = header_key(header).removeprefix("level ").split(" ")[0]
    return int(first) if first.isdecimal() else 0


def _doubts(row: Row, heads: Sequence[str], problems: Problems) -> None:
    """What in a row cannot be told for certain, and what stands under no header."""
    ours = {col: key for key, col in row.places.items()}
    for col, value in enumerate(row.values):
        at = f"{row.sheet}!{a1(row.number, col)}"
        if col in ours:
            if wrong := _doubt(value, may_be_date=_may_be_date(row, ours[col])):
                problems.fault(at, wrong)
        elif text_of(value) and not (col < len(heads) and heads[col]):
            problems.notes.append(f"{at}: {quote(plain(text_of(value)))} is under no header, and is not read.")


def _doubt(value: Any, *, may_be_date: bool) -> str:
    """Why a value cannot be told for certain; empty where it can."""
    if isinstance(value, Wrong):
        what = "a formula whose result was not saved" if value.startswith("=") else f"the error {value}"
        return f"holds {what}; type the text itself"
    if isinstance(value, date | time | timedelta) and not may_be_date:
        made = f"Excel has made a date of what was typed ({text_of(value)})"
        return f"{made}; format the cell as text and type it again"
    return ""


def _note_looks(rows: Sequence[Row], sheet: table_files.Sheet, spec: Sheet, problems: Problems) -> None:
    if hidden := [row for row in rows if row.number in sheet.hidden]:
        are = plural(len(hidden), "row is", "rows are")
        problems.notes.append(f"{spec.name}: {are} hidden, and read anyway.")
    if struck := [a1(*place) for place in sorted(sheet.struck)]:
        problems.notes.append(f"{spec.name}: crossed out, and read anyway: {first_few(struck, 6)}.")


def _may_be_date(row: Row, key: str) -> bool:
    return key == "value" and header_key(row.text("what")) == "issued"
