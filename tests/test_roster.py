"""Team lists and round files as people really write them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime, time
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st
from libreoffice import convert, needs_office
from rounds_in_memory import SMALL

from impact_xl.files.table_files import text_of
from impact_xl.findings import ImpactError
from impact_xl.questionnaire import normalise
from impact_xl.roster import NO_GROUP, Round, Team, as_toml, make_id, read_round, read_teams


def teams(tmp_path: Path, content: str | bytes) -> list[tuple[str, str, str]]:
    path = tmp_path / "teams.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return [(team.id, team.name, team.group) for team in read_teams(path).teams]


@pytest.mark.parametrize(
    "content",
    [
        "team_id,team,group\nt1,Ash,North\n",
        "Team ID;Team name;Division\r\nt1;Ash;North\r\n",
        "﻿id\tWard\tSite\nt1\tAsh\tNorth\n".encode(),
        "Team ID,Team,Group\nt1,Ash,North\n".encode("utf-16"),
        "Teams of the trust,,\n,,\nID,Service,Care group\n t1 , Ash ,North\n,,\n",
    ],
    ids=["our own", "semicolons", "tabs with a mark", "utf-16", "a title above"],
)
def test_a_list_is_read_kindly(tmp_path: Path, content: str | bytes):
    assert teams(tmp_path, content) == [("t1", "Ash", "North")]


def test_a_list_from_excel_on_windows(tmp_path: Path):
    assert teams(tmp_path, "team\nCafé – night\n".encode("cp1252"))[0][1] == "Café – night"


def test_a_list_as_a_workbook(tmp_path: Path):
    path = tmp_path / "teams.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(2, 1, ["Code", "Ward", "E-mail address"])
        sheet.write_row(3, 1, [7, "Ash", "ash@demonstration.example"])
    assert read_teams(path).teams == (Team("7", "Ash", email="ash@demonstration.example"),)


def test_contact_may_hold_the_address(tmp_path: Path):
    path = tmp_path / "teams.csv"
    path.write_text("team,contact\nAsh,ash@demonstration.example\nElm,Matron\n")
    ash, elm = read_teams(path).teams
    assert (ash.contact, ash.email) == ("", "ash@demonstration.example")
    assert (elm.contact, elm.email) == ("Matron", "")
    assert elm.group_name == NO_GROUP


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("name of it,colour\nAsh,red\n", "no column “team”"),
        ("team\n", "there are no teams under the header row"),
        ("team,group\nAsh,North\n,North\n", "row 3: the team's name is empty"),
        ("team\nAsh\nash \n", "the name “ash” is there twice"),
        ("team_id,team\n1,Ash\n1,Elm\n", "the id “1” is there twice"),
    ],
)
def test_what_is_wrong_with_a_list(tmp_path: Path, content: str, message: str):
    with pytest.raises(ImpactError) as caught:
        teams(tmp_path, content)
    assert message in caught.value.message
    assert caught.value.hint


def test_a_list_that_is_not_there(tmp_path: Path):
    with pytest.raises(ImpactError, match="cannot be read"):
        read_teams(tmp_path / "none.csv")


def test_an_inserted_row_changes_no_other_id(tmp_path: Path):
    before = {name: identity for identity, name, _ in teams(tmp_path, "team\nAsh\nElm\n")}
    after = {name: identity for identity, name, _ in teams(tmp_path, "team\nOak\nAsh\nElm\n")}
    assert before.items() <= after.items()


def test_names_that_read_alike_get_different_ids_without_changing_each_other(tmp_path: Path):
    """An id is made from the name alone: whoever else is on the list, or comes onto it, makes no difference."""
    names = ["Ward 7", "Ward-7", "Ward 7+", "Wärd 7", "St Marys", "St Mary’s"]
    alone = {name: teams(tmp_path, f"team\n{name}\n")[0][0] for name in names}
    together = {name: identity for identity, name, _ in teams(tmp_path, "\n".join(["team", *names]))}
    assert alone == together
    assert len(set(together.values())) == len(names)
    assert (alone["Ward 7"], alone["St Marys"]) == ("ward-7", "st-marys")
    assert all(identity.startswith(("ward-7-", "st-marys-")) for name, identity in alone.items()
               if name not in ("Ward 7", "St Marys"))  # fmt: skip


@given(st.lists(st.text(alphabet="aAéß -–'’&/_7.", min_size=1), min_size=2, max_size=8))
def test_no_two_names_give_one_id(names: list[str]):
    different = {normalise(name) for name in names}
    assert len({make_id(name) for name in different}) == len(different)


@given(st.text(min_size=1, max_size=80).filter(str.strip))
def test_any_name_gives_an_id_that_a_file_name_can_hold(name: str):
    identity = make_id(name)
    assert identity
    assert set(identity) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert len(identity) <= 46
    assert make_id(f"  {name} ") == identity


def test_a_round_file(tmp_path: Path):
    path = tmp_path / "round.toml"
    path.write_text('id = "2026"\ntitle = "Autumn"\ntarget = 4\ndate = 2026-11-30\nnot_applicable = true\n')
    round = read_round(path)
    assert (round.id, round.title, round.target, round.date, round.not_applicable) == (
        "2026", "Autumn", 4, date(2026, 11, 30), True,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("nmae = 'x'", "nmae: is not known"),
        ("target = 'high'", "target: must be a whole number or the name of a level"),
        ("target = 9", "target: must be a whole number"),
        ("id = 'a|b'", r"id: must be without a bar"),
        ("not_applicable = 'perhaps'", "not_applicable: must be true or false"),
        ("title = 2026-11-30", "title: must be text"),
        ("target = true", "target: must be a whole number"),
        ("date = 'soon'", "date: must be a date"),
        ("title = ", "not valid TOML"),
        (None, "cannot be read"),
    ],
)
def test_what_is_wrong_with_a_round_file(tmp_path: Path, content: str | None, message: str):
    path = tmp_path / "round.toml"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ImpactError, match=message):
        read_round(path)


ROUND = Round(
    "2026-autumn", "Autumn 2026", "the organisation as we see it", date(2026, 11, 30), "improve@trust.example", 4, True,
    date(2026, 12, 7),
)  # fmt: skip


def small_workbook(path: Path, rows: list[list[object]]) -> Path:
    with xlsxwriter.Workbook(path) as book:
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            for col, value in enumerate(row):
                if isinstance(value, date):
                    sheet.write_datetime(number, col, datetime.combine(value, time()), day)
                else:
                    sheet.write(number, col, value)
    return path


ROWS: list[list[object]] = [
    ["Our autumn round"], [], ["Key", "Value", "Remarks"], ["id", "2026-autumn"], ["Title", "Autumn 2026"],
    ["About", "the organisation as we see it", "or: our own service"], ["Deadline", date(2026, 11, 30)],
    ["Contact", "improve@trust.example"], ["Target level", "spreading"], ["Not applicable", "yes"],
    ["date", "7th December 2026"],
]  # fmt: skip


def test_a_round_file_as_a_small_workbook(tmp_path: Path):
    assert read_round(small_workbook(tmp_path / "round.xlsx", ROWS)) == ROUND


@needs_office
@pytest.mark.parametrize("kind", ["xlsx", "ods", "xls"])
def test_a_round_file_saved_by_libreoffice_under_a_name_that_lies(tmp_path: Path, kind: str):
    path = convert(small_workbook(tmp_path / "round.xlsx", ROWS), tmp_path / "saved", kind)
    assert read_round(path.rename(tmp_path / "round.toml")) == ROUND


@pytest.mark.parametrize(
    ("word", "yes"),
    [(True, True), ("TRUE", True), ("Yes", True), ("x", True), (1, True), (False, False), ("no", False), (0, False)],
)
def test_yes_and_no_however_they_are_typed(tmp_path: Path, word: object, yes: bool):
    assert read_round(small_workbook(tmp_path / "r.xlsx", [["not_applicable", word]])).not_applicable is yes


@pytest.mark.parametrize(("word", "level"), [("Spreading", 4), (" spreading ", 4), (4, 4), ("4", 4), ("level 4", 4)])
def test_the_target_by_name_or_number(tmp_path: Path, word: object, level: int):
    assert read_round(small_workbook(tmp_path / "r.xlsx", [["target", word]])).target == level
    (tmp_path / "r.toml").write_text(f"target = {json.dumps(word)}")
    assert read_round(tmp_path / "r.toml").target == level


def test_the_target_of_another_questionnaire(tmp_path: Path):
    (tmp_path / "r.toml").write_text("target = 'spreading'")
    with pytest.raises(ImpactError, match="target: must be"):
        read_round(tmp_path / "r.toml", SMALL)
    (tmp_path / "r.toml").write_text(f"target = '{SMALL.levels[-1].name}'")
    assert read_round(tmp_path / "r.toml", SMALL).target == len(SMALL.levels)


def test_what_is_wrong_with_a_round_workbook_is_reported_all_at_once(tmp_path: Path):
    rows: list[list[object]] = [
        ["id", date(2026, 11, 1)], ["deadlin", "soon"], ["deadline", "soon"], ["target", "high"],
        ["not applicable", "perhaps"], ["title", "A"], ["Title", "B"], ["date", 46356],
    ]  # fmt: skip
    with pytest.raises(ImpactError) as caught:
        read_round(small_workbook(tmp_path / "round.xlsx", rows))
    faults = caught.value.message.splitlines()[1:]
    assert [fault.split(":")[0].strip() for fault in faults] == [f"row {row}" for row in (1, 2, 3, 4, 5, 7, 8)]
    assert "title is there twice, first in row 6" in faults[5]
    assert "id: must be text (Excel makes a date of some texts" in faults[0]


@pytest.mark.parametrize("content", [b"PK\x03\x04 nothing", b"\xd0\xcf\x11\xe0", b"\xff\xfe\x00", b"title"])
def test_a_round_file_that_is_neither(tmp_path: Path, content: bytes):
    (tmp_path / "round.xlsx").write_bytes(content)
    with pytest.raises(ImpactError) as caught:
        read_round(tmp_path / "round.xlsx")
    assert caught.value.hint


@given(
    st.builds(
        Round, id=st.text("abc-1 é", max_size=9), title=st.text(max_size=30).map(text_of), about=st.just("our service"),
        deadline=st.none() | st.dates(), contact=st.just("a@b.example") | st.just(""),
        target=st.none() | st.integers(1, 5), not_applicable=st.booleans(), date=st.none() | st.dates(),
    )
)  # fmt: skip
def test_a_round_file_that_we_write_is_read_back(tmp_path_factory: pytest.TempPathFactory, round: Round):
    round = replace(round, id=text_of(round.id))
    path = tmp_path_factory.mktemp("round") / "round.toml"
    path.write_text(as_toml(round), encoding="utf-8")
    assert read_round(path) == round


def test_one_name_in_two_groups_is_two_teams_with_an_id_of_each(tmp_path: Path):
    path = tmp_path / "teams.csv"
    path.write_text("team,group\nWard 7,North\nWard 7,South\nAsh ward,North\n", encoding="utf-8")
    listed = read_teams(path)
    assert [team.id for team in listed.teams] == ["ward-7-north", "ward-7-south", "ash-ward"]
    assert (list(listed.by_name), [team.group for team in listed.namesakes["ward 7"]]) == (
        ["ash ward"],
        ["North", "South"],
    )
    path.write_text("team,group\nWard 7,North\nWard 7,north\n", encoding="utf-8")
    with pytest.raises(ImpactError, match="rows 2 and 3: the name “Ward 7” is there twice"):
        read_teams(path)
