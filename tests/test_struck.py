"""Rows of a team list that are crossed out still count, and that is said; a row that adds the list up is no team."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import olefile
import openpyxl
import pytest
from click.testing import Result
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.styles import Font

from impact_xl import questionnaire, roster
from impact_xl.files import struck, xls_records
from impact_xl.roster import Round, Team, TeamList, workbook
from impact_xl.round.overrides import read_overrides

Run = Callable[..., Result]
STRUCK = Font(strike=True)
ROW = "Row 3, Cedar, is crossed out in the list, and still counts. To leave it out, set its status"
ADDRESS = "Row 3, Cedar: email is crossed out in the list, and still counts."


def xlsx(path: Path, cells: dict[str, object]) -> Path:
    """A list of three teams in which cells are struck through, or hold pieces of text some of which are."""
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (("team", "email"), ("Ash", "ash@t.example"), ("Cedar", "cedar@t.example"), ("Elm", "elm@t.example")):
        sheet.append(row)
    for place, look in cells.items():
        if isinstance(look, Font):
            sheet[place].font = look
        else:
            sheet[place] = look
    book.save(path)
    return path


def pieces(*texts: tuple[str, bool]) -> CellRichText:
    return CellRichText(*(TextBlock(InlineFont(strike=line), text) for text, line in texts))


@pytest.mark.parametrize(
    ("cells", "note"),
    [
        ({}, ""),
        ({"A3": Font(strike=False)}, ""),
        ({"A3": Font(bold=True)}, ""),
        ({"A3": STRUCK}, ROW),
        ({"A3": STRUCK, "B3": STRUCK}, ROW),
        ({"B3": STRUCK}, ADDRESS),
        ({"A3": pieces(("Ce", True), ("dar", True))}, ROW),
        ({"A3": pieces(("Ce", True), ("dar", False))}, ""),
        ({"D9": STRUCK}, ""),
    ],
)
def test_a_row_that_is_crossed_out_counts_and_is_told(tmp_path: Path, cells: dict[str, object], note: str):
    teams = roster.read_teams(xlsx(tmp_path / "teams.xlsx", cells), addressed=True)
    assert [team.name for team in teams.teams] == ["Ash", "Cedar", "Elm"]
    assert [each for each in teams.notes if "crossed out" in each] == [
        each for each in teams.notes if note and each.startswith(note)
    ]
    assert any("crossed out" in each for each in teams.notes) is bool(note)


_NAMES = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0"'
)

_MANIFEST = '<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'


def ods(path: Path, cedar: str, *, line: str = "solid") -> Path:
    """A list as LibreOffice writes it; `cedar` is the row of one team."""
    look = f'<style:text-properties style:text-line-through-style="{line}" style:text-line-through-type="{line}"/>'
    row = "<table:table-row>{}</table:table-row>".format
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'.format
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {_NAMES}><office:automatic-styles>'
        f'<style:style style:name="ce1" style:family="table-cell">{look}</style:style>'
        f'<style:style style:name="T1" style:family="text">{look}</style:style></office:automatic-styles>'
        f'<office:body><office:spreadsheet><table:table table:name="Teams">'
        f"{row(cell('team') + cell('email'))}{row(cell('Ash') + cell('ash@t.example'))}{cedar}"
        f'<table:table-row table:number-rows-repeated="1048573"><table:table-cell table:number-columns-repeated="2"/>'
        f"</table:table-row></table:table></office:spreadsheet></office:body></office:document-content>"
    )
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        package.writestr("META-INF/manifest.xml", _MANIFEST)
        package.writestr("content.xml", content)
    return path


_CELL = '<table:table-cell {} office:value-type="string"><text:p>{}</text:p></table:table-cell>'
_MAIL = _CELL.format("", "cedar@t.example")


@pytest.mark.parametrize(
    ("cells", "row", "line", "note"),
    [
        (_CELL.format('table:style-name="ce1"', "Cedar") + _MAIL, "", "solid", ROW),
        (_CELL.format("", '<text:span text:style-name="T1">Cedar</text:span>') + _MAIL, "", "solid", ROW),
        (_CELL.format("", 'Ce<text:span text:style-name="T1">dar</text:span>') + _MAIL, "", "solid", ""),
        (_CELL.format("", "Cedar") + _MAIL, 'table:default-cell-style-name="ce1"', "solid", ROW),
        (_CELL.format('table:style-name="ce1"', "Cedar") + _MAIL, "", "none", ""),
        (_CELL.format("", "Cedar") + _CELL.format('table:style-name="ce1"', "cedar@t.example"), "", "solid", ADDRESS),
    ],
)
def test_the_same_in_an_opendocument_sheet(tmp_path: Path, cells: str, row: str, line: str, note: str):
    path = ods(tmp_path / "teams.ods", f"<table:table-row {row}>{cells}</table:table-row>", line=line)
    notes = roster.read_teams(path).notes
    assert [each.startswith(note) for each in notes if "crossed out" in each] == ([True] if note else [])


def test_the_same_in_an_xls() -> None:
    """Every font of a real workbook is given a line, then its third alone, which is that of some cells."""
    content = (Path(__file__).parent / "real" / "gnumeric saved native.xls").read_bytes()
    with olefile.OleFileIO(io.BytesIO(content)) as ole:
        stream = ole.openstream("Workbook").read()
    begin = content.index(stream)
    fonts = [begin + at for at, kind, _ in xls_records.records(stream) if kind == struck._FONT]
    assert struck.cells(content) == {}

    def with_lines(places: list[int]) -> dict[str, int]:
        changed = bytearray(content)
        for at in places:
            changed[at + 4 + 2] |= struck._STRUCK
        return {name: len(cells) for name, cells in struck.cells(bytes(changed)).items()}

    every = with_lines(fonts)
    assert len(every) == 7
    assert min(every.values()) > 30
    each = [with_lines([font]) for font in fonts]
    assert any(each)
    assert sum(sum(counts.values()) for counts in each) == sum(every.values())


def test_decisions_that_are_crossed_out_still_count_and_are_told(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (("Team", "Question", "Level", "File"), ("Ash", "Q01", "Spreading", ""), ("Elm", "", "", "elm.xlsx")):
        book.active.append(row)
    book.active["C2"].font = STRUCK
    book.active["A3"].font = STRUCK
    book.save(tmp_path / "decisions.xlsx")
    read = read_overrides(tmp_path / "decisions.xlsx", questionnaire.load())
    assert (len(read.answers), len(read.copies)) == (1, 1)
    assert [note.partition(": ")[0] for note in read.notes] == ["row 2, Ash, Q01", "row 3, Elm, elm.xlsx"]
    assert all("still counts. To take it back, delete its row." in note for note in read.notes)


@pytest.mark.parametrize("content", [b"", b"PK", b"PK\x05\x06" + bytes(18), b"team\nAsh\n"])
def test_what_is_no_workbook_has_nothing_crossed_out(content: bytes):
    assert struck.cells(content) == {}


def test_the_sheet_teams_of_a_round_says_it_too(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    teams = TeamList((Team("ash", "Ash"), Team("cedar", "Cedar")))
    workbook.write(tmp_path / "round.xlsx", Round("r", "Autumn", teams=teams), questionnaire.load())
    book = openpyxl.load_workbook(tmp_path / "round.xlsx")
    sheet = book["Teams"]
    [cell] = [cell for row in sheet.iter_rows() for cell in row if cell.value == "Cedar"]
    cell.font = STRUCK
    sheet.cell(cell.row + 1, cell.column).value = "Total"
    decisions = book["Decisions"]
    [head] = [cell for row in decisions.iter_rows() for cell in row if cell.value == "Team"]
    for offset, text in enumerate(("Cedar", "Q01", "Spreading")):
        decisions.cell(head.row + 1, head.column + offset).value = text
        decisions.cell(head.row + 1, head.column + offset).font = STRUCK
    book.save(tmp_path / "round.xlsx")
    monkeypatch.chdir(tmp_path)
    done = run("distribute")
    assert done.exit_code == 0, done.output
    assert f"Row {cell.row}, Cedar, is crossed out in the list, and still counts." in done.stderr
    assert f"Row {cell.row + 1}, Total, is no team: it adds the list up." in done.stderr
    assert "2 teams, a form and a message each." in done.stderr
    (tmp_path / "returns").mkdir()
    done = run("collate")
    assert "Cedar, Q01: the decision is crossed out, and still counts." in done.stderr


@pytest.mark.parametrize(
    ("row", "team"),
    [
        ("Total,", False), ("TOTAL:,", False), ("Grand total,", False), ("Sub-total,", False),
        ("Total teams: 12,", False), ("Total (12),", False), ("Totals,", False),
        ("Total,total@t.example", True), ("Total Care team,", True), ("Totality,", True),
    ],
)  # fmt: skip
def test_a_row_that_adds_the_list_up_is_no_team(tmp_path: Path, row: str, team: bool):
    (tmp_path / "teams.csv").write_text(f"team,email\nAsh,ash@t.example\n{row}\n", encoding="utf-8")
    teams = roster.read_teams(tmp_path / "teams.csv")
    assert len(teams.teams) == 1 + team
    assert any("is no team: it adds the list up" in note for note in teams.notes) is not team
