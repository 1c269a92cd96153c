"""snapshots.csv grows with each run of a round, and never loses what earlier runs wrote."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from rounds_in_memory import QUESTIONNAIRE, returned, submission

from impact_xl.results import exports
from impact_xl.results.snapshots import UnreadableError, grown
from impact_xl.roster import Round, Team, TeamList
from impact_xl.round.collation import Collation, collate
from impact_xl.round.tables import csv_text

HEAD = ("round", "date", "team_id", "status", "answered")
FIRST = [("r1", "2026-11-20", "a", "complete", 22), ("r1", "2026-11-20", "b", "none", 0)]
LATER = [("r1", "2026-11-27", "a", "complete", 22), ("r1", "2026-11-27", "b", "partial", 3)]


def add(path: Path, *runs: list[tuple[object, ...]]) -> list[tuple[str, ...]]:
    """The rows of the file after some runs."""
    for rows in runs:
        path.write_bytes(grown(path, rows).encode())
    head, *lines = path.read_bytes().decode().splitlines()
    assert head == ",".join(HEAD)
    return [tuple(line.split(",")) for line in lines]


def as_text(*runs: list[tuple[object, ...]]) -> list[tuple[str, ...]]:
    return [tuple(map(str, row)) for rows in runs for row in rows]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "snapshots.csv"


def test_a_run_adds_its_rows_behind_those_of_earlier_ones(path: Path):
    assert add(path, FIRST) == as_text(FIRST)
    assert add(path, LATER) == as_text(FIRST, LATER)


def test_a_run_that_finds_nothing_changed_adds_nothing_whatever_its_date(path: Path):
    add(path, FIRST)
    before = path.read_bytes()
    same = [(round, "2026-12-04", *rest) for round, _, *rest in reversed(FIRST)]
    add(path, FIRST, same)
    assert path.read_bytes() == before


def test_a_date_has_one_set_of_rows_the_latest(path: Path):
    again = [("r1", "2026-11-20", "a", "partial", 21)]
    assert add(path, FIRST, LATER, again) == as_text(again, LATER)


def test_what_changes_and_changes_back_is_there_three_times(path: Path):
    back = [(round, "2026-12-04", *rest) for round, _, *rest in FIRST]
    assert add(path, FIRST, LATER, back) == as_text(FIRST, LATER, back)


def test_each_round_has_its_own_rows(path: Path):
    other = [("r2", *rest) for _, *rest in FIRST]
    assert add(path, FIRST, other, LATER) == as_text(FIRST, other, LATER)


def test_rows_without_a_date_are_one_set(path: Path):
    undated = [(round, "", *rest) for round, _, *rest in FIRST]
    assert add(path, undated, undated, LATER) == as_text(undated, LATER)


def test_a_round_without_teams_loses_nothing(path: Path):
    assert add(path, []) == []
    assert add(path, FIRST, []) == as_text(FIRST)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: "\ufeff" + text,
        lambda text: text.replace(",", ";"),
        lambda text: text.replace("2026-11-20", "20/11/2026"),
        lambda text: text.replace("\r\n", "\n"),
        lambda text: text + ",,,,\r\n\r\n",
    ],
)
def test_a_file_that_excel_has_saved_again_is_read(path: Path, change):
    path.write_bytes(change(csv_text(HEAD, FIRST)).encode())
    assert add(path, LATER) == as_text(FIRST, LATER)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"mine", "its first line is not round,date"),
        (b"\xff\xfe\x00", "it is not UTF-8"),
        (b"round,date,team_id,status,answered\r\nr1,2026-11-20,a,complete\r\n", "line 2 "),
        (b"round,date,team_id,status,answered\r\nr1,soon,a,complete,22\r\n", "line 2 "),
        (b"round,date,team_id,status,answered\r\nr1,2026-11-20,a,fine,22\r\n", "line 2 "),
        (b"round,date,team_id,status,answered\r\nr1,2026-11-20,a,none,-1\r\n", "line 2 "),
        (b"round,date,team_id,status,answered\r\n,2026-11-20,a,none,0\r\n", "line 2 "),
        (b"round,date,team_id,status,answered\r\nr1,2026-11-20,,none,0\r\n", "line 2 "),
        (b'round,date,team_id,status,answered\r\nr1,"2026-11-20,a,none,0\r\n', "is not CSV"),
    ],
)
def test_what_cannot_be_read_stays_and_is_reported(tmp_path: Path, content: bytes, why: str):
    collation = a_round(date(2026, 11, 20))
    written = exports.write(collation, tmp_path)
    path = tmp_path / "snapshots.csv"
    path.write_bytes(content)
    again = exports.write(collation, tmp_path)
    assert path.read_bytes() == content
    assert set(written.paths) - set(again.paths) == {path}
    [remark] = again.remarks
    assert why in remark
    assert str(path) in remark
    with pytest.raises(UnreadableError):
        grown(path, FIRST)


def test_a_folder_in_its_place_is_reported_as_well(path: Path):
    path.mkdir()
    with pytest.raises(UnreadableError, match="cannot be read"):
        grown(path, FIRST)


def a_round(day: date, *teams: str, title: str = "Autumn 2026") -> Collation:
    files = [returned(submission(team, {"Q01": 2})) for team in teams]
    listed = TeamList((Team("=a", "Ash"), Team("e", "Elm")))
    return collate(files, QUESTIONNAIRE, Round(title=title, teams=listed, date=day))


def test_two_runs_of_a_round(tmp_path: Path):
    runs = (a_round(date(2026, 11, 20), "Elm"), a_round(date(2026, 11, 27), "Ash", "Elm"))
    for collation in runs * 2:
        exports.write(collation, tmp_path)
    lines = (tmp_path / "snapshots.csv").read_text(encoding="utf-8").splitlines()
    day = "autumn-2026,2026-11-"
    rows = [f"{day}20,'=a,none,0", f"{day}20,e,partial,1", f"{day}27,'=a,partial,1", f"{day}27,e,partial,1"]
    assert lines == [",".join(HEAD), *rows]
