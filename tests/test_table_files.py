"""Short tables as Excel, hands and exports leave them: every way of parting, writing and spoiling one."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st
from libreoffice import convert, needs_office

from impact_xl import roster
from impact_xl.files import table_files
from impact_xl.files.dates import typed_date
from impact_xl.findings import ImpactError
from impact_xl.mail import drafts
from impact_xl.roster import Team, addresses, is_address, read_teams

ROWS = [
    ["Team ID", "Team", "Division", "Contact", "E-mail", "CC"],
    ["t1", "Ash, “Möwe” 🏥", "North & South", "Zoë", "ash@trust.example", ""],
    ["t2", 'Elm "the" clinic', "", "", "elm@trust.example; b@trust.example", "lead@trust.example"],
    ["t3", "Two\nlines", "South", "", "", ""],
]
TEAMS = (
    Team("t1", "Ash, “Möwe” 🏥", "North & South", "Zoë", "ash@trust.example"),
    Team("t2", 'Elm "the" clinic', "", "", "elm@trust.example; b@trust.example", "lead@trust.example"),
    Team("t3", "Two lines", "South"),
)


def as_csv(delimiter: str, end: str = "\r\n", rows: list[list[str]] = ROWS) -> str:
    def quoted(cell: str) -> str:
        return '"' + cell.replace('"', '""') + '"' if set(cell) & {'"', delimiter, "\n"} else cell

    return end.join(delimiter.join(map(quoted, row)) for row in rows) + end


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_every_way_to_write_a_csv_file(tmp_path: Path, delimiter: str, encoding: str, end: str) -> None:
    path = tmp_path / "teams.txt"
    path.write_bytes(as_csv(delimiter, end).encode(encoding))
    assert read_teams(path, addressed=True).teams == TEAMS


@pytest.mark.parametrize(
    ("text", "teams"),
    [
        ("team\nWard 7, St Mary’s\nA;B\tC\n", ["Ward 7, St Mary’s", "A;B C"]),  # one column is parted at nothing
        ("Teams of the trust, 2026; final\n\nTeam;Group\nAsh, ward;North\n", ["Ash, ward"]),
        ("sep=;\r\nTeam;Group\r\nAsh, ward;North\r\n", ["Ash, ward"]),  # what Excel writes for itself
        ("team,,\nAsh,,\nElm,,\n", ["Ash", "Elm"]),
        ("Name,Ward,E-mail\nJo Smith,Ash ward,jo@trust.example\n", ["Ash ward"]),  # “name” may be anybody's
        ("Organisation,Team name\nTrust,Ash\nTrust,Elm\n", ["Ash", "Elm"]),
        ("team\n'=Ash\n'-Elm\n'Oak\n", ["=Ash", "-Elm", "'Oak"]),  # as our own lists quote what would be run
        ("\n\n\nteam\n\n\nAsh\n\n", ["Ash"]),
        ("team\nA\u200bsh\u00a0ward\u202e\n👩\u200d⚕️ team\n", ["Ash ward", "👩\u200d⚕️ team"]),
    ],
)
def test_lists_as_hands_write_them(tmp_path: Path, text: str, teams: list[str]) -> None:
    path = tmp_path / "teams.csv"
    path.write_text(text, encoding="utf-8", newline="")
    assert [team.name for team in read_teams(path).teams] == teams


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"team,group\nAsh,North,,\nElm,South,x\n", "row 3 has more cells than the header"),
        (b"team,group\nWard 7, St Mary's,North\n", "row 2 has more cells than the header"),
        (b'team,group\n"Ash,North\nElm,South\n', "a quotation mark is opened and never closed"),
        (b'team,group\n"Ash" ward,North\n', "near line 2: a quotation mark"),
        ("team\nCafé\n".encode().replace(b"\xc3\xa9", b"\x81"), "a letter of “Caf�” in the column team cannot be read"),
        ("team\nCaf\ufffd\n".encode(), "a letter of “Caf�”"),
        (b"%PDF-1.4\n%\xe2\xe3\n", "neither a CSV file nor a workbook"),
        (b"team\n\x01\x02\x03\n", "neither a CSV file nor a workbook"),
        (b"PK\x03\x04 nothing", "not a workbook that can be read"),
        (b"\xd0\xcf\x11\xe0 nothing", "not a workbook that can be read"),
        (b"", "has no column “team”"),
        (b"<html><table><tr><td>team</td></tr></table>", "its first row reads: <html>"),
        (b"team,team_id\nAsh,a\nElm,ash\nash,\n", "rows 3 and 4: the id “ash” is there twice (in row 4 made"),
        (b"team,team_id\nAsh,A1\nash  ,a1 \n", "rows 2 and 3: the name “ash” is there twice"),
        (b"team,email\nAsh,ash@trust\nElm,\xe9lm@trust.example\n", "row 2: “ash@trust” in the column email"),
        (b"team,cc\nAsh,a b@trust.example\n", "“a b@trust.example” in the column cc is not an e-mail address"),
    ],
)
def test_what_is_wrong_is_reported_with_its_row_and_all_at_once(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "teams.csv"
    path.write_bytes(content)
    with pytest.raises(ImpactError) as caught:
        read_teams(path, addressed=True)
    assert message in caught.value.message
    assert caught.value.hint


def test_one_report_of_all_problems_in_the_order_of_the_list(tmp_path: Path) -> None:
    path = tmp_path / "teams.csv"
    path.write_text(
        "team,team_id,email\nAsh,1,a@\n,2,\nElm,1,elm@trust.example\nash,4,x y\nOak,5|6,\n", encoding="utf-8"
    )
    with pytest.raises(ImpactError) as caught:
        read_teams(path, addressed=True)
    assert [line.strip().partition(":")[0] for line in caught.value.message.splitlines()[1:]] == [
        "row 2", "rows 2 and 4", "rows 2 and 5", "row 3", "row 5", "row 6",
    ]  # fmt: skip


def test_a_report_of_very_many_problems_ends(tmp_path: Path) -> None:
    path = tmp_path / "teams.csv"
    path.write_text("team,email\n" + "".join(f"Ward {n},none\n" for n in range(5_000)), encoding="utf-8")
    with pytest.raises(ImpactError, match="and 4960 more"):
        read_teams(path, addressed=True)


def test_thousands_of_teams(tmp_path: Path) -> None:
    path = tmp_path / "teams.csv"
    path.write_text("team,email\n" + "".join(f"Ward {n},w{n}@t.example\n" for n in range(5_000)), encoding="utf-8")
    teams = read_teams(path, addressed=True).teams
    assert (len({team.id for team in teams}), teams[4_999].id) == (5_000, "ward-4999")


# -- workbooks --------------------------------------------------------------------------------------


def workbook(path: Path, fill: Callable[[Any, Any], None], *more: tuple[str, Callable[[Any, Any], None]]) -> Path:
    with xlsxwriter.Workbook(path) as book:
        fill(book, book.add_worksheet("Teams"))
        for name, other in more:
            other(book, book.add_worksheet(name))
    return path


def rows(*lines: list[Any]) -> Callable[[Any, Any], None]:
    def write(_: Any, sheet: Any) -> None:
        for number, line in enumerate(lines):
            sheet.write_row(number, 0, line)

    return write


def test_a_workbook_as_people_keep_it(tmp_path: Path) -> None:
    path = workbook(tmp_path / "t.xlsx", rows(["List of teams"], [], *ROWS))
    listed = read_teams(path, addressed=True)
    assert listed.teams == TEAMS
    assert listed.notes == ()


@needs_office
@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods"])
def test_a_list_saved_by_libreoffice(tmp_path: Path, kind: str) -> None:
    path = workbook(tmp_path / "t.xlsx", rows(["List of teams"], [], *ROWS))
    assert read_teams(convert(path, tmp_path / "saved", kind), addressed=True).teams == TEAMS


def test_the_list_may_stand_on_another_sheet(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "t.xlsx",
        rows(["How to use this"]),
        ("2026", rows(["team"], ["Ash"])),
        ("2025", rows(["team"], ["Elm"])),
    )
    listed = read_teams(path)
    assert [team.name for team in listed.teams] == ["Ash"]
    assert listed.notes == ("The team list is the sheet “2026”; not read: 2025.",)


def test_a_hidden_sheet_is_no_list(tmp_path: Path) -> None:
    def hidden(_: Any, sheet: Any) -> None:
        sheet.write_column(0, 0, ["team", "Old"])
        sheet.hide()

    path = workbook(tmp_path / "t.xlsx", rows(["team"], ["Ash"]), ("Old", hidden))
    assert read_teams(path).notes == ()


def test_rows_that_a_filter_hides_are_counted_with_a_note(tmp_path: Path) -> None:
    def fill(_: Any, sheet: Any) -> None:
        sheet.write_column(0, 0, ["team", "Ash", "Elm", "Oak"])
        sheet.set_row(2, options={"hidden": True})

    listed = read_teams(workbook(tmp_path / "t.xlsx", fill))
    assert len(listed.teams) == 3
    assert listed.notes == ("1 row is hidden in the list, and counted anyway: Elm.",)


def test_a_note_names_the_columns_that_were_taken_for_ours(tmp_path: Path) -> None:
    path = workbook(tmp_path / "t.xlsx", rows(["Service", "Region", "e-mail address"], ["Ash", "North", "a@t.example"]))
    assert read_teams(path).notes == (
        "Read from the team list: team from “Service”, group from “Region”, email from “e-mail address”.",
    )


def test_numbers_and_truths_are_what_people_see(tmp_path: Path) -> None:
    path = workbook(tmp_path / "t.xlsx", rows(["team", "id"], [7, 7.0], ["Ash", 7.5], ["Elm", "007"], [True, 12345678]))
    assert [(team.name, team.id) for team in read_teams(path).teams] == [
        ("7", "7"), ("Ash", "7.5"), ("Elm", "007"), ("TRUE", "12345678"),
    ]  # fmt: skip


def test_dates_errors_and_formulas_without_a_result_are_faults(tmp_path: Path) -> None:
    def fill(book: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, ["team", "id", "email"])
        sheet.write_row(1, 0, ["Ash"])
        sheet.write_datetime(1, 1, datetime(2026, 2, 1), book.add_format({"num_format": "d-mmm"}))
        sheet.write_row(2, 0, ["Elm", "2"])
        sheet.write_formula(2, 2, "=VLOOKUP(A3,X1:Y2,2,0)", None, "#N/A")
        sheet.write_formula(3, 0, '="Oak"&" unit"', None, "Oak unit")
        sheet.write_row(4, 0, ["Yew"])
        sheet.write_datetime(4, 1, time(10, 30), book.add_format({"num_format": "hh:mm"}))

    path = workbook(tmp_path / "t.xlsx", fill)
    book = openpyxl.load_workbook(path)
    book.worksheets[0]["A6"] = '="Fir"&" ward"'  # openpyxl saves no results
    book.worksheets[0]["A4"] = "Oak unit"
    book.worksheets[0]["C3"] = "#N/A"
    book.worksheets[0]["C3"].data_type = "e"
    book.save(path)
    with pytest.raises(ImpactError) as caught:
        read_teams(path)
    faults = [line.strip() for line in caught.value.message.splitlines()[1:]]
    assert [fault.partition(":")[0] for fault in faults] == ["row 2", "row 3", "row 5", "row 6"]
    assert "Excel has made a date or time of what was typed in the column team_id (2026-02-01)" in faults[0]
    assert faults[1] == "row 3: the column email holds the error #N/A"
    assert faults[3] == "row 6: the column team holds a formula whose result was not saved"


def test_a_formula_with_its_result_is_its_result(tmp_path: Path) -> None:
    def fill(_: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, ["team"])
        sheet.write_formula(1, 0, '="Oak"&" unit"', None, "Oak unit")

    assert [team.name for team in read_teams(workbook(tmp_path / "t.xlsx", fill)).teams] == ["Oak unit"]


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml"])
def test_a_workbook_that_is_broken(tmp_path: Path, part: str) -> None:
    path = workbook(tmp_path / "t.xlsx", rows(["team"], ["Ash"]))
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    with zipfile.ZipFile(path, "w") as package:
        for name, content in parts.items():
            package.writestr(name, content[: len(content) // 2] if name == part else content)
    with pytest.raises(ImpactError):
        read_teams(path)


def test_a_workbook_locked_with_a_password(tmp_path: Path) -> None:
    import msoffcrypto

    path = workbook(tmp_path / "t.xlsx", rows(["team"], ["Ash"]))
    with path.open("rb") as plain, (tmp_path / "locked.xlsx").open("wb") as locked:
        msoffcrypto.OfficeFile(plain).encrypt("secret", locked)
    with pytest.raises(ImpactError, match="it is locked with a password"):
        read_teams(tmp_path / "locked.xlsx")


# -- addresses --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "a@x.example; b@x.example,c@x.example\nd@x.example",
            ["a@x.example", "b@x.example", "c@x.example", "d@x.example"],
        ),
        ("Smith, Jo (Matron) <jo@x.example>; Doe, Ann <ann@x.example>", ["jo@x.example", "ann@x.example"]),
        ('"Smith, Jo" <jo@x.example>, "Doe, Ann" <ann@x.example>', ["jo@x.example", "ann@x.example"]),
        ("Jo <jo@x.example> Ann <ann@x.example>", ["jo@x.example", "ann@x.example"]),
        ("<jo@x.example><ann@x.example>", ["jo@x.example", "ann@x.example"]),
        ("<jo@x.example> ann@x.example", ["jo@x.example", "ann@x.example"]),
        ("Jo <jo@x.example> (Matron)", ["jo@x.example"]),
        ("mailto:jo@x.example; <ann@x.example>", ["jo@x.example", "ann@x.example"]),
        ('"jo@x.example"', ["jo@x.example"]),
        ("none; jo@x.example", ["none", "jo@x.example"]),  # reported, never dropped
        ("tbc, jo@x.example", ["tbc", "jo@x.example"]),
        ("", []),
        (" ; ,", []),
    ],
)
def test_addresses_as_outlook_and_people_write_them(text: str, found: list[str]) -> None:
    assert list(addresses(text)) == found


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("jo.o'neil+x@sub.trust.example", True),
        ("A_B-1@X.EXAMPLE", True),
        *((text, False) for text in ("jo", "jo@", "@x.example", "jo@x", "jo@x..example", "jo..b@x.example",
                                     ".jo@x.example", "jo@x.example.", "jo b@x.example", "jo@x@y.example",
                                     "(c)jo@x.example",
                                     '"jo b"@x.example', "jö@x.example", "jo@[1.2.3.4]", "jo@x_y.example",
                                     "jo@x.example\nBcc: a@b.example", "jo@x.example>")),
    ],
)  # fmt: skip
def test_what_is_an_address(text: str, good: bool) -> None:
    assert is_address(text) is good


def test_who_is_greeted_is_never_an_address(tmp_path: Path) -> None:
    path = tmp_path / "teams.csv"
    path.write_text(
        "team,contact,email\nAsh,jo@x.example,\nElm,Jo Smith <jo@x.example>,\nOak,jo@x.example,oak@x.example\n"
    )
    assert [(team.contact, addresses(team.email)) for team in read_teams(path, addressed=True).teams] == [
        ("", ("jo@x.example",)), ("Jo Smith", ("jo@x.example",)), ("", ("oak@x.example",)),
    ]  # fmt: skip


# -- there and back ----------------------------------------------------------------------------------


@given(st.lists(st.text(min_size=1), min_size=1, max_size=6))
def test_a_list_that_we_write_is_read_back_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, names: list[str]
) -> None:
    """Names that a list can hold at all: what is read of one is written and read again."""
    known: dict[str, Team] = {}
    for name in names:
        text = table_files.text_of(name.encode("utf-8", "ignore").decode())
        text = text.lstrip("' ")  # a quote in front of = + - @ is what our own lists have
        if text and "\ufffd" not in text and roster.normalise(text) and text not in ("team", "Team"):
            known.setdefault(roster.normalise(text), Team(roster.make_id(text), text))
    if not known:
        return
    path = tmp_path_factory.mktemp("lists") / "teams.csv"
    path.write_bytes(
        drafts.csv_bytes(roster.COLUMNS, [(each.id, each.name, "", "", "", "") for each in known.values()])
    )
    assert list(read_teams(path).teams) == list(known.values())


# -- dates ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "30/11/2026", "30/11/26", "30.11.2026", "30.11.26", "30-11-2026", "2026-11-30", "2026/11/30",
        "30 November 2026",
        "30 Nov 2026", "30 Nov 26", "30-Nov-26", "30-Nov-2026", "30th November 2026", "Monday 30 November 2026",
        "Mon, 30th of November 2026", "November 30, 2026", "Nov 30 2026", " 30/11/2026 ", "30 november 2026",
    ],
)  # fmt: skip
def test_a_day_however_it_is_typed(text: str) -> None:
    read = typed_date(text)
    assert read is not None
    assert read.date() == date(2026, 11, 30)


@pytest.mark.parametrize("text", ["", "soon", "30 November", "11/30/2026", "30/11", "46356", "end of Nov", "32/1/2026"])
def test_what_is_no_certain_day(text: str) -> None:
    assert typed_date(text) is None


def test_september_and_the_british_order() -> None:
    assert typed_date("3 Sept 2026") == typed_date("3/9/2026") == typed_date("3 September 2026")
