"""Long sheets of a stored workbook say row by row what the library says, or are left to it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from rounds_in_memory import random_round

from impact_xl import results
from impact_xl.findings import ImpactError
from impact_xl.returns.formats.xml_texts import OtherwiseError
from impact_xl.round import long_sheets, stored_sheets
from impact_xl.xlsx.cell_values import cell_value

CONTENT = results.build(random_round(seed=3, teams=12))


@pytest.fixture(autouse=True)
def _every_sheet_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(long_sheets, "LONG", 0)


def shown(rows: list[list[Any]]) -> list[list[Any]]:
    """The rows without what is empty behind and below them, as their values are compared."""
    lines = [[cell_value(cell) for cell in row] for row in rows]
    for line in lines:
        while line and line[-1] == "":
            line.pop()
    while lines and not lines[-1]:
        lines.pop()
    return lines


def both(path: Path) -> dict[str, bool]:
    """For each sheet whether it is read here; where it is, the library says the same."""
    read = {}
    with stored_sheets.opened(path, "a", "b") as book:
        for name in book.names():
            library = shown(list(stored_sheets._rows_by_library(book.library, name)))
            try:
                own = shown(list(book.long.rows(name)))
            except OtherwiseError:
                own = None
            read[name] = own is not None
            assert own in (None, library), name
            assert shown(list(book.rows(name))) == library, name
    return read


def test_our_own_workbook(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(CONTENT)
    assert all(both(path).values())


def test_one_that_another_program_saved_is_for_the_library(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(CONTENT)
    book = openpyxl.load_workbook(path)
    book["Answers"]["Z1"] = datetime(2026, 11, 29, 12, 30)
    book["Answers"]["Z2"] = date(2026, 11, 29)
    book.save(path)
    assert both(path)


Change = Callable[[bytes], bytes]


def below(row: bytes) -> Change:
    """One more row."""
    return lambda xml: xml.replace(b"</sheetData>", row + b"</sheetData>")


def cell(attributes: bytes, inside: bytes) -> Change:
    """One more row of one cell."""
    return below(b'<row r="5000"><c r="A5000"%b>%b</c></row>' % (attributes, inside))


def instead(old: bytes, new: bytes) -> Change:
    """Something else where something stands first."""
    return lambda xml: xml.replace(old, new, 1)


def without_first_row(xml: bytes) -> bytes:
    begin = xml.index(b"<row r=")
    return xml[:begin] + xml[xml.index(b"</row>", begin) + len(b"</row>") :]


CHANGES: dict[str, tuple[Change, bool]] = {
    "nothing": (lambda xml: xml, True),
    "a cell twice": (instead(b'<c r="B6"', b'<c r="A6"'), False),
    "a cell of another row": (instead(b'<c r="B6"', b'<c r="B7"'), False),
    "a row twice": (instead(b'<row r="7"', b'<row r="6"'), False),
    "a gap": (cell(b"", b"<v>7</v>"), True),
    "an empty row": (below(b'<row r="5000" spans="1:3"/>'), True),
    "a row without a number": (below(b"<row><c><v>7</v></c></row>"), False),
    "a cell without a place": (below(b'<row r="5000"><c><v>7</v></c></row>'), False),
    "no title": (without_first_row, False),
    "a text in its cell": (cell(b' t="inlineStr"', b"<is><t>x</t></is>"), False),
    "an error": (cell(b' t="e"', b"<v>#REF!</v>"), False),
    "a text that is not there": (instead(b' t="s"><v>', b' t="s"><v>99999'), False),
    "a text with signs": (cell(b' t="str"', b"<f>A1</f><v>a &amp; &lt;b&gt; &#233;</v>"), True),
    "an empty text": (cell(b' t="str"', b"<f>A1</f><v></v>"), True),
    "a text with white space": (cell(b' t="str"', b"<f>A1</f><v> a </v>"), False),
    "an escape": (cell(b' t="str"', b"<f>A1</f><v>a_x000D_b</v>"), False),
    "a tick": (cell(b' t="b"', b"<v>1</v>"), True),
    "another tick": (cell(b' t="b"', b"<v>true</v>"), False),
    "a comment": (cell(b"", b"<!-- x --><v>1</v>"), False),
    "a number that is none": (cell(b"", b"<v>one</v>"), False),
    "a style that is not there": (cell(b' s="9999"', b"<v>1</v>"), False),
}


@pytest.mark.parametrize("what", CHANGES)
def test_changes(what: str, tmp_path: Path) -> None:
    change, is_usual = CHANGES[what]
    path = tmp_path / "a.xlsx"
    name = changed(path, change)
    try:
        assert both(path)[name] is is_usual
    except ImpactError:  # the library reads nothing of it
        assert not is_usual


def changed(path: Path, change: Callable[[bytes], bytes]) -> str:
    """Write our workbook with another sheet Answers; gives the sheet's name."""
    with zipfile.ZipFile(io.BytesIO(CONTENT)) as package, zipfile.ZipFile(path, "w") as out:
        number = 1 + [sheet.name for sheet in results.SHEETS].index("Answers")
        for part in package.namelist():
            xml = package.read(part)
            is_changed = part == f"xl/worksheets/sheet{number}.xml"
            assert not is_changed or b"Answers[[#This Row]" in xml
            out.writestr(part, change(xml) if is_changed else xml)
    return "Answers"
