"""The CSV folder and the Parquet file: an interface that people build on."""

from __future__ import annotations

import csv
import hashlib
import json
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from click.testing import Result
from pyarrow import parquet
from rounds_in_memory import QUESTIONNAIRE, random_round, returned, submission

from impact_xl.findings import ImpactError
from impact_xl.form import workbook as form
from impact_xl.results import exports
from impact_xl.returns.submission import Priority
from impact_xl.roster import NO_GROUP, Round, Team, TeamList
from impact_xl.round import tables
from impact_xl.round.collation import collate

# The columns are promised in docs/files.md: a change here breaks what people have built.
PROMISED = {
    "answers": "round questionnaire version team_id team group component question level level_name state level_read"
    " decided_by note file sheet cell",
    "teams": "team_id team group status answered questions copies used_file date",
    "returns": "file sha256 kind team_id team status answered questions questionnaire version used",
    "priorities": "team_id team group priority what question lead by measure file sheet",
    "last_actions": "team_id team group action what question lead by status typed remark file sheet cell",
    "findings": "rule severity team_id team question file sheet cell message what_to_do",
    "questions": "questionnaire version component component_title question title short target",
    "levels": "questionnaire version question level level_name statement",
    "snapshots": "round date team_id status answered",
}


def read(folder: Path, table: str) -> list[dict[str, str]]:
    with (folder / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_columns_are_those_promised():
    assert {table: " ".join(columns) for table, columns in tables.COLUMNS.items()} == PROMISED


def test_every_table_is_written_and_counts_agree(tmp_path: Path):
    collation = random_round(seed=2, teams=12)
    written = exports.write(collation, tmp_path / "tables")
    assert sorted(path.name for path in written.paths) == sorted(path.name for path in (tmp_path / "tables").iterdir())
    answers, teams, run = (
        read(tmp_path / "tables", "answers"),
        read(tmp_path / "tables", "teams"),
        run_of(tmp_path / "tables"),
    )
    assert len(answers) == 12 * 22
    assert len(teams) == 14
    assert {row["group"] for row in answers} == {"Group A", "Group B", "Group C", NO_GROUP}
    for state, number in run["counts"]["answers"].items():
        assert sum(row["state"] == state for row in answers) == number
    for status, number in run["counts"]["teams"].items():
        assert sum(row["status"] == status for row in teams) == number
    assert len(read(tmp_path / "tables", "questions")) == 22
    assert {row["target"] for row in read(tmp_path / "tables", "questions")} == {"3"}
    assert len(read(tmp_path / "tables", "levels")) == 110
    assert len(read(tmp_path / "tables", "snapshots")) == 14
    assert {row["round"] for row in answers} == {"autumn-2026"}
    assert len(run["inputs"]) == len(read(tmp_path / "tables", "returns")) == 12


def run_of(folder: Path) -> dict:
    return json.loads((folder / "run.json").read_text(encoding="utf-8"))


def test_the_same_round_gives_the_same_bytes_and_no_mark_in_front(tmp_path: Path):
    for folder in ("a", "b", "b"):
        exports.write(random_round(seed=2, teams=5), tmp_path / folder)
    for name in exports.NAMES:
        one, other = ((tmp_path / folder / name).read_bytes() for folder in "ab")
        assert hashlib.sha256(one).digest() == hashlib.sha256(other).digest()
        assert not one.startswith(b"\xef\xbb\xbf")
        assert str(tmp_path).encode() not in one


def test_nobody_who_completed_a_form_is_named(tmp_path: Path):
    exports.write(random_round(seed=2, teams=5), tmp_path)  # completed by “Ward lead”
    assert not [path.name for path in tmp_path.iterdir() if b"Ward lead" in path.read_bytes()]


@pytest.mark.parametrize("typed", ["=1+1", "+44", "-5", "@SUM(A1)", "\tx", "\rx"])
def test_what_a_spreadsheet_would_run_is_escaped(tmp_path: Path, typed: str):
    copy = submission("=cmd", {"Q01": 2}, notes={"Q01": typed}, priorities=(Priority(1, typed),))
    exports.write(collate([returned(copy)], QUESTIONNAIRE), tmp_path)
    [note] = [row["note"] for row in read(tmp_path, "answers") if row["note"]]
    assert note == f"'{typed}"
    assert read(tmp_path, "priorities")[0]["what"] == f"'{typed}"
    assert read(tmp_path, "teams")[0]["team"] == "'=cmd"


def test_odd_text_survives(tmp_path: Path):
    note = 'Two\nlines, "quoted"; ☑ – \U0001f600'
    exports.write(collate([returned(submission("Ash", {"Q01": 2}, notes={"Q01": note}))], QUESTIONNAIRE), tmp_path)
    assert [row["note"] for row in read(tmp_path, "answers") if row["note"]] == [note]


def test_a_round_in_which_nothing_came_back(tmp_path: Path):
    exports.write(collate([], QUESTIONNAIRE, Round(teams=TeamList((Team("a", "Ash"),)))), tmp_path)
    assert [row["status"] for row in read(tmp_path, "teams")] == ["none"]
    assert read(tmp_path, "answers") == []


@pytest.mark.parametrize(
    ("round", "name"),
    [(Round("r1", "Autumn"), "r1"), (Round(title="Autumn 2026"), "autumn-2026"), (Round(title=" "), "(no round)")],
)
def test_the_round_of_a_row_is_never_empty(tmp_path: Path, round: Round, name: str):
    exports.write(collate([returned(submission("Ash", {"Q01": 2}))], QUESTIONNAIRE, round), tmp_path)
    for table in ("answers", "snapshots"):
        assert {row["round"] for row in read(tmp_path, table)} == {name}


def test_columns_that_people_added_to_the_team_list_are_the_last_of_the_teams(tmp_path: Path):
    own = {"Site": "North = main", "Date": date(2026, 11, 3), "=Beds": 12.0, "date (2)": None}
    teams = TeamList((Team("a", "Ash", own=own), Team("e", "Elm", own={"Site": "=1+1"})))
    collation = collate([returned(submission("Oak", {"Q01": 2}))], QUESTIONNAIRE, Round(teams=teams))
    exports.write(collation, tmp_path)
    ash, elm, oak = read(tmp_path, "teams")
    heads = ["Site", "Date (2)", "'=Beds", "date (2) (2)"]
    assert list(ash) == [*PROMISED["teams"].split(), *heads]
    assert [ash[head] for head in heads] == ["North = main", "2026-11-03", "12", ""]
    assert [elm[head] for head in heads] == ["'=1+1", "", "", ""]
    assert {oak[head] for head in heads} == {""}
    assert list(collation.teams.columns[-4:]) == ["Site", "Date (2)", "=Beds", "date (2) (2)"]


def test_files_of_somebody_else_are_left_alone(tmp_path: Path):
    (tmp_path / "teams.csv").write_text("mine")
    with pytest.raises(ImpactError, match=r"already holds teams\.csv"):
        exports.write(random_round(seed=2, teams=2), tmp_path)
    assert (tmp_path / "teams.csv").read_text() == "mine"
    with pytest.raises(ImpactError, match="is a file, not a folder"):
        exports.check_folder(tmp_path / "teams.csv")


class TestParquet:
    """Its extra is installed wherever the tests run."""

    def test_it_holds_the_answers_as_typed(self, tmp_path: Path) -> None:
        note = "=1+1\nfür dich"
        collation = collate([returned(submission("Ash ward", {"Q01": 3}, notes={"Q01": note}))], QUESTIONNAIRE)
        table = parquet.read_table(exports.write_parquet(collation, tmp_path / "answers.parquet"))
        assert table.column_names == PROMISED["answers"].split()
        first = table.to_pylist()[0]
        assert (first["team"], first["level"], first["note"]) == ("Ash ward", 3, note)
        assert str(table.schema.field("level").type) == "int64"
        assert table.to_pylist()[1]["level"] is None

    def test_the_same_answers_give_the_same_bytes_and_replace_their_own_file(self, tmp_path: Path) -> None:
        one, other = tmp_path / "one.parquet", tmp_path / "other.parquet"
        for path in (one, other):
            exports.write_parquet(random_round(seed=2, teams=5), path)
            exports.check_parquet(path)
        assert one.read_bytes() == other.read_bytes()

    @pytest.mark.parametrize("content", [b"", b"mine", b"PAR1"])
    def test_a_file_of_somebody_else_is_left_alone(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "mine.parquet").write_bytes(content)
        with pytest.raises(ImpactError, match="this program did not write it"):
            exports.check_parquet(tmp_path / "mine.parquet")

    def test_a_frame_of_somebody_else_is_left_alone(self, tmp_path: Path) -> None:
        random_round(seed=2, teams=5).teams.to_parquet(tmp_path / "mine.parquet")
        with pytest.raises(ImpactError, match="this program did not write it"):
            exports.check_parquet(tmp_path / "mine.parquet")

    def test_another_ending(self, tmp_path: Path) -> None:
        with pytest.raises(ImpactError, match=r"does not end in \.parquet"):
            exports.check_parquet(tmp_path / "answers.csv")

    def test_without_the_library(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
        with pytest.raises(ImpactError, match="not installed") as raised:
            exports.check_parquet(tmp_path / "answers.parquet")
        assert 'pip install "impact-xl[parquet]"' in raised.value.hint

    def test_from_the_command_line(self, run: Callable[..., Result], tmp_path: Path) -> None:
        form.write(
            form.Form(QUESTIONNAIRE, entries={"start.team": "Ash ward", "Q01.L3": True}), tmp_path / "in" / "ash.xlsx"
        )
        out = tmp_path / "answers.parquet"
        args = ("collate", tmp_path / "in", "-o", tmp_path / "out.xlsx", "--parquet", out)
        assert str(out) in run(*args).stdout
        assert parquet.read_table(out).num_rows == len(QUESTIONNAIRE.questions)
        out.write_bytes(b"mine")
        refused = run(*args)
        assert (refused.exit_code, out.read_bytes()) == (2, b"mine")
