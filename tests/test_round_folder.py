"""The folder of a round: what is where in it, how it is found, and what stops a command before anything is done."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from impact_xl import questionnaire as questionnaires
from impact_xl.findings import ImpactError
from impact_xl.roster import Round, Team, TeamList, make_id, workbook
from impact_xl.roster.conflicts import conflict_copies, is_mark, refuse_conflicts
from impact_xl.roster.folder import RoundFolder, find, is_round, need

QUESTIONNAIRE = questionnaires.load()
ROUND = Round(
    id="autumn", title="Autumn", deadline=date(2026, 11, 30),
    teams=TeamList((Team("", "Ash ward", "North"), Team("elm", "Elm clinic", deadline=date(2026, 12, 7)))),
)  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> RoundFolder:
    place = tmp_path / "autumn"
    place.mkdir()
    workbook.write(place / "round.xlsx", ROUND, QUESTIONNAIRE)
    return RoundFolder(place)


def listed(folder: RoundFolder, name: str, text: str) -> None:
    (folder.outbox / name).mkdir(parents=True)
    (folder.outbox / name / "teams.csv").write_text(text, encoding="utf-8")


def test_everything_has_its_place(folder: RoundFolder) -> None:
    places = {
        "round.xlsx": folder.workbook, "returns": folder.returns, "outbox": folder.outbox, "results": folder.results,
        "results/consolidated.xlsx": folder.consolidated, "results/board.xlsx": folder.board,
        "results/tracking.xlsx": folder.tracking, "results/packs": folder.packs, "results/tables": folder.tables,
        "results/earlier": folder.earlier,
    }  # fmt: skip
    for name, place in places.items():
        assert place == folder.path / name
    assert folder.team_list is None
    assert folder.decisions == folder.workbook


class TestRead:
    def test_a_target_is_a_level_of_the_questionnaire_that_round_toml_names(self, tmp_path: Path, root: Path) -> None:
        (tmp_path / "teams.csv").write_text("team\nAsh ward\n", encoding="utf-8")
        (tmp_path / "ours.toml").write_bytes((root / "tests" / "small.toml").read_bytes())
        settings = 'title = "Autumn"\nquestionnaire = "ours.toml"\n'
        (tmp_path / "round.toml").write_text(f'{settings}target = "Fully"\n', encoding="utf-8")
        assert RoundFolder(tmp_path).read().target == 3
        (tmp_path / "round.toml").write_text(f'{settings}target = "Progressing"\n', encoding="utf-8")
        with pytest.raises(ImpactError, match="1 Not yet, 2 Partly, 3 Fully"):
            RoundFolder(tmp_path).read()

    def test_the_round_with_its_teams(self, folder: RoundFolder) -> None:
        read = folder.read(today=date(2026, 11, 30))
        assert (read.id, read.title, read.deadline) == ("autumn", "Autumn", date(2026, 11, 30))
        assert [team.id for team in read.teams.teams] == ["ash-ward", "elm"]
        assert read.notes == ()

    def test_a_deadline_that_has_passed_is_a_note(self, folder: RoundFolder) -> None:
        assert folder.read(today=date(2026, 12, 1)).notes == (
            "The deadline, 30 Nov 2026, has passed. Is the year right?",
        )
        assert folder.read(today=date(2026, 12, 8)).notes[1].startswith("1 team has a deadline of their own")

    def test_an_id_that_was_sent_is_the_team_s_own_the_newest_first(self, folder: RoundFolder) -> None:
        listed(folder, "2026-11-02", "team_id,team,group\nold,Ash ward,North\n")
        listed(folder, "2026-11-09", "team_id,team,group\nsent,Ash ward,North\n")
        listed(folder, "2026-11-09 2", "team_id,team,group\nother,Oak ward,North\n")
        assert [team.id for team in folder.read().teams.teams] == ["sent", "elm"]

    def test_a_sent_id_of_another_group_is_not_taken_where_two_teams_have_the_name(self, folder: RoundFolder) -> None:
        teams = TeamList((Team("", "Ash ward", "North"), Team("", "Ash ward", "South")))
        workbook.write(folder.workbook, replace(ROUND, teams=teams), QUESTIONNAIRE)
        listed(folder, "2026-11-02", "team_id,team,group\nsent,Ash ward,North\n")
        assert [team.id for team in folder.read().teams.teams] == ["sent", make_id("Ash ward South")]

    def test_an_id_that_another_row_has_typed_is_not_given_twice(self, folder: RoundFolder) -> None:
        listed(folder, "2026-11-02", "team_id,team,group\nelm,Ash ward,North\n")
        assert [team.id for team in folder.read().teams.teams] == ["ash-ward", "elm"]

    @pytest.mark.parametrize(("lock", "program"), [("~$round.xlsx", "Excel"), (".~lock.round.xlsx#", "LibreOffice")])
    def test_a_workbook_that_is_open_is_read_as_it_was_saved(
        self, folder: RoundFolder, lock: str, program: str
    ) -> None:
        (folder.path / lock).write_bytes(b"\x05Jo")
        (note,) = folder.read().notes
        assert note.startswith(f"round.xlsx is open in {program}.")

    def test_files_of_one_s_own_instead(self, tmp_path: Path) -> None:
        (tmp_path / "round.toml").write_text('title = "Autumn"\nid = "autumn"\nremind_on = [2026-11-16]\n')
        (tmp_path / "teams.csv").write_text("team,deadline,status,Beds\nAsh ward,7/12/2026,declined,24\n")
        (tmp_path / "decisions.csv").write_text("team,question,level\nAsh ward,Q1,2\n")
        own = RoundFolder(tmp_path)
        read = own.read()
        assert (read.title, read.remind_on) == ("Autumn", (date(2026, 11, 16),))
        (team,) = read.teams.teams
        assert (team.id, team.deadline, team.takes_part, team.own) == (
            "ash-ward", date(2026, 12, 7), False, {"Beds": "24"},
        )  # fmt: skip
        assert (own.workbook.name, own.team_list, own.decisions) == (
            "round.toml", tmp_path / "teams.csv", tmp_path / "decisions.csv",
        )  # fmt: skip


class TestStops:
    def test_settled_in_two_places(self, folder: RoundFolder) -> None:
        (folder.path / "round.toml").write_text('title = "Autumn"')
        with pytest.raises(ImpactError, match=r"settled in two places: .*round\.xlsx and .*round\.toml"):
            folder.read()

    def test_settled_nowhere(self, folder: RoundFolder) -> None:
        folder.workbook.rename(folder.path / "Round autumn.xlsx")
        with pytest.raises(ImpactError, match="not a round's folder") as caught:
            folder.read()
        assert "There is Round autumn.xlsx" in caught.value.hint

    def test_damaged(self, folder: RoundFolder) -> None:
        folder.workbook.write_bytes(folder.workbook.read_bytes()[:900])
        assert find(None, folder.path) == folder  # never taken for no round
        with pytest.raises(ImpactError, match="not a workbook that can be read") as caught:
            folder.read()
        assert "\n" not in caught.value.message
        assert "Version history" in caught.value.hint

    def test_a_copy_of_a_sync_program(self, folder: RoundFolder) -> None:
        copy = folder.path / "round-DESKTOP-7.xlsx"
        copy.write_bytes(folder.workbook.read_bytes())
        with pytest.raises(ImpactError, match=r"round-DESKTOP-7\.xlsx \(saved .* 20\d\d, \d\d:\d\d\)") as caught:
            folder.read()
        assert "keep the one that is right as round.xlsx" in caught.value.hint
        copy.rename(folder.path / "round - Copy.xlsx")
        folder.read()


@pytest.mark.parametrize(
    "name",
    [
        "round-DESKTOP-7", "round-LAPTOP-AB12CD34", "round-desktop-1a2b", "round-NHSPC01234", "round-RX1-L12345",
        "round-Jo’s MacBook Pro", "round (1)", "round(2)", "Round (1)", "round - conflict 2026-11-28",
        "round[Conflict]",
        "round (Jo Smith's conflicted copy 2026-11-28)", "round-NAME's conflicted copy", "round (conflicted copy)",
        "round (conflicted copy 2026-11-28 101010)", "round.sync-conflict-20261128-101010-ABCDEFG", "round_conflict-2",
    ],
)  # fmt: skip
def test_what_sync_programs_put_beside_a_file(tmp_path: Path, name: str) -> None:
    copy = tmp_path / f"{name}.xlsx"
    copy.write_bytes(b"")
    assert conflict_copies(tmp_path / "round.xlsx") == [copy]
    with pytest.raises(ImpactError):
        refuse_conflicts(tmp_path / "round.xlsx")


@pytest.mark.parametrize(
    "name",
    [
        "round", "round 2026-11-28", "round 2026-11-28 (2)", "round-old", "round - Copy", "round-final", "round-V2",
        "rounds",
        "round-2026", "round2", "my round (1)", "around (1)", "round notes",
    ],
)  # fmt: skip
def test_what_people_and_we_put_there(tmp_path: Path, name: str) -> None:
    (tmp_path / f"{name}.xlsx").write_bytes(b"")
    assert conflict_copies(tmp_path / "round.xlsx") == []
    refuse_conflicts(tmp_path / "round.xlsx")


def test_another_kind_of_file_or_a_folder_is_no_copy(tmp_path: Path) -> None:
    (tmp_path / "round (1).csv").write_bytes(b"")
    (tmp_path / "round (2).xlsx").mkdir()
    assert conflict_copies(tmp_path / "round.xlsx") == []
    assert not is_mark("")


class TestOutboxes:
    def test_newest_first_and_none_that_is_not_dated(self, folder: RoundFolder) -> None:
        names = ["2026-11-28", "2026-11-28 2", "2026-11-28 10", "2026-12-01", "old", "2026-11", "2026-11-30.zip"]
        for name in names:
            (folder.outbox / name).mkdir(parents=True)
        (folder.outbox / "2026-12-02").write_text("a file")
        assert [path.name for path in folder.outboxes()] == [
            "2026-12-01",
            "2026-11-28 10",
            "2026-11-28 2",
            "2026-11-28",
        ]

    def test_a_new_one_takes_no_place_of_another(self, folder: RoundFolder) -> None:
        day = date(2026, 11, 28)
        assert folder.outboxes() == []
        for name in ("2026-11-28", "2026-11-28 2", "2026-11-28 3"):
            assert folder.new_outbox(day) == folder.outbox / name
            folder.new_outbox(day).mkdir(parents=True)
        assert folder.new_outbox(date(2026, 11, 29)).name == "2026-11-29"


class TestFind:
    def test_the_folder_that_was_given_or_the_one_it_is_started_in(self, folder: RoundFolder, tmp_path: Path) -> None:
        assert find(folder.path, tmp_path) == folder
        assert find(folder.workbook, tmp_path) == folder
        assert find(None, folder.path) == folder
        assert find(None, tmp_path) is None

    def test_a_round_file_of_one_s_own_is_no_folder(self, tmp_path: Path) -> None:
        (tmp_path / "round.toml").write_text('title = "Autumn"')
        assert find(tmp_path / "round.toml", tmp_path) is None
        assert find(None, tmp_path) is None

    def test_a_small_round_file_called_round_xlsx_is_none_either(self, tmp_path: Path) -> None:
        import xlsxwriter

        with xlsxwriter.Workbook(tmp_path / "round.xlsx") as book:
            book.add_worksheet().write_row(0, 0, ["title", "Autumn"])
        (tmp_path / "returns").mkdir()
        assert find(None, tmp_path) is None
        assert find(tmp_path / "round.xlsx", tmp_path) is None

    def test_an_outbox_is_no_round(self, tmp_path: Path) -> None:
        for name in ("round.toml", "teams.csv", "outbox.json"):
            (tmp_path / name).write_text("")
        assert not is_round(tmp_path)
        (tmp_path / "outbox.json").unlink()
        assert is_round(tmp_path)

    def test_what_is_not_there_or_no_round_is_refused(self, folder: RoundFolder, tmp_path: Path) -> None:
        with pytest.raises(ImpactError, match="There is no such round"):
            find(tmp_path / "spring", tmp_path)
        with pytest.raises(ImpactError, match="not a round's folder"):
            find(tmp_path, folder.path)
        folder.returns.mkdir()
        with pytest.raises(ImpactError, match="not a round's folder") as caught:
            need(None, folder.returns)
        assert f"--round {folder.path}" in caught.value.hint


def test_paths_typed_in_the_workbook_are_from_its_folder(folder: RoundFolder) -> None:
    assert folder.resolve("") is None
    assert folder.resolve("..\\ours.toml") == folder.path.parent / "ours.toml"
    last = folder.last_round(replace(ROUND, after="../spring"))
    assert last == RoundFolder(folder.path.parent / "spring")
    assert folder.last_round(ROUND) is None
    assert folder.questionnaire(ROUND).id == QUESTIONNAIRE.id


def test_an_overlay_that_is_not_there_is_said_with_its_path(tmp_path: Path):
    folder = RoundFolder(tmp_path)
    with pytest.raises(ImpactError, match=r"The overlay cannot be read: .*words\.toml"):
        folder.questionnaire(Round("r", "Autumn", overlay="words.toml"))
