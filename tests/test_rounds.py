"""Team lists and round files as people really write them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from impact_xl.findings import ImpactError
from impact_xl.rounds import NO_GROUP, Team, make_id, read_round, read_teams


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
    ("content", "said"),
    [
        ("name of it,colour\nAsh,red\n", "no column “team”"),
        ("team\n", "no teams stand under the header row"),
        ("team,group\nAsh,North\n,North\n", "row 3: the team's name is empty"),
        ("team\nAsh\nash \n", "the name “ash” stands there twice"),
        ("team_id,team\n1,Ash\n1,Elm\n", "the id “1” stands there twice"),
    ],
)
def test_what_is_wrong_with_a_list(tmp_path: Path, content: str, said: str):
    with pytest.raises(ImpactError) as caught:
        teams(tmp_path, content)
    assert said in caught.value.message
    assert caught.value.hint


def test_a_list_that_is_not_there(tmp_path: Path):
    with pytest.raises(ImpactError, match="cannot be read"):
        read_teams(tmp_path / "none.csv")


def test_an_inserted_row_changes_no_other_id(tmp_path: Path):
    before = {name: identity for identity, name, _ in teams(tmp_path, "team\nAsh\nElm\n")}
    after = {name: identity for identity, name, _ in teams(tmp_path, "team\nOak\nAsh\nElm\n")}
    assert before.items() <= after.items()


def test_two_names_that_give_one_id_are_told_apart(tmp_path: Path):
    ids = [identity for identity, _, _ in teams(tmp_path, "team\nWard 7\nWard-7\n")]
    assert len(set(ids)) == 2
    assert all(identity.startswith("ward-7-") for identity in ids)


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
    ("content", "said"),
    [
        ("name = 'x'", "name: is not known"),
        ("target = 'high'", "target: must be a whole number"),
        ("target = true", "target: must be a whole number"),
        ("date = 'soon'", "date: must be a date"),
        ("title = ", "not valid TOML"),
        (None, "cannot be read"),
    ],
)
def test_what_is_wrong_with_a_round_file(tmp_path: Path, content: str | None, said: str):
    path = tmp_path / "round.toml"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ImpactError, match=said):
        read_round(path)
