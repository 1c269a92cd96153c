"""`new` makes the folder of a round, takes the last one along, and never touches what is there."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from click.testing import Result

from impact_xl import api
from impact_xl import questionnaire as questionnaires
from impact_xl.findings import ImpactError
from impact_xl.roster import Round, Team, TeamList, workbook
from impact_xl.roster.folder import RoundFolder
from impact_xl.roster.new_round import ABOUT, SEEN_BY, folder_name
from impact_xl.roster.workbook import DecisionRow
from impact_xl.round.overrides import read_overrides

Run = Callable[..., Result]
QUESTIONNAIRE = questionnaires.load()


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "teams.csv").write_text("team,group,email,Site\nAsh ward,North,ash@trust.example,A\nElm clinic,,,\n")
    return tmp_path


def test_the_folder_and_what_is_in_it(here: Path, run: Run) -> None:
    done = run(
        "new", "Autumn 2026", "--teams", "teams.csv", "--deadline", "30/11/2026", "--contact", "improve@trust.example"
    )
    assert done.exit_code == 0, done.output
    made = here / "autumn-2026"
    assert sorted(path.name for path in made.iterdir()) == ["outbox", "results", "returns", "round.xlsx"]
    assert not any(path for name in ("outbox", "results", "returns") for path in (made / name).iterdir())
    round = RoundFolder(made).read()
    assert (round.id, round.title, round.deadline) == ("autumn-2026", "Autumn 2026", date(2026, 11, 30))
    assert (round.contact, round.about, round.seen_by) == ("improve@trust.example", ABOUT, SEEN_BY)
    assert [(team.id, team.name, dict(team.own)) for team in round.teams.teams] == [
        ("ash-ward", "Ash ward", {"Site": "A"}), ("elm-clinic", "Elm clinic", {"Site": None}),
    ]  # fmt: skip
    assert [line.partition("  (")[0] for line in done.stdout.splitlines()] == [
        str(Path("autumn-2026", name)) for name in ("round.xlsx", "returns", "outbox", "results")
    ]
    for words in (ABOUT, SEEN_BY, "Site", "Next: check", 'impact-xl distribute --round "autumn-2026"'):
        assert words in done.stderr
    assert "No team list" not in done.stderr


def test_a_title_alone(here: Path, run: Run) -> None:
    done = run("new", "  Winter,  2026/27 ", "-o", "rounds/w")
    assert done.exit_code == 0, done.output
    round = RoundFolder(here / "rounds" / "w").read()
    assert (round.title, round.teams.teams) == ("Winter, 2026/27", ())
    for words in ("No team list was given", "No deadline was given", "No contact was given"):
        assert words in done.stderr


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["Autumn", "--deadline", "11/30/2026"], "there is no month 30"),
        (["Autumn", "--deadline", "next Friday"], "30 Nov 2026"),
        (["Autumn", "--contact", "the office"], "The contact is not an e-mail address"),
        (["Autumn", "--teams", "absent.csv"], "cannot be read"),
        (["Autumn", "--teams", "bad.csv"], "row 3: “ash at trust”"),
        (["Autumn", "--questionnaire", "absent.toml"], "absent.toml"),
        (["Autumn", "--after", "."], "not a round's folder"),
        (["Autumn", "--output", "teams.csv"], "is a file, not a folder"),
        ([" "], "A round needs a title"),
    ],
)
def test_what_cannot_be_used_changes_nothing(here: Path, run: Run, args: list[str], words: str) -> None:
    (here / "bad.csv").write_text("team,email\nElm,elm@trust.example\nAsh,ash at trust\n")
    before = sorted(here.iterdir())
    done = run("new", *args)
    assert done.exit_code == 2
    assert words in done.stderr
    assert sorted(here.iterdir()) == before


def test_a_folder_that_is_not_empty_is_left_alone(here: Path, run: Run) -> None:
    (here / "autumn").mkdir()
    assert run("new", "Autumn").exit_code == 0  # empty is well
    before = (here / "autumn" / "round.xlsx").read_bytes()
    done = run("new", "Autumn", "--deadline", "30/11/2026")
    assert done.exit_code == 2
    assert "autumn is a round's folder already" in done.stderr
    assert (here / "autumn" / "round.xlsx").read_bytes() == before
    (here / "winter").mkdir()
    (here / "winter" / "notes.txt").write_text("ours")
    assert "is there already, and is not empty" in run("new", "Winter").stderr
    assert [path.name for path in (here / "winter").iterdir()] == ["notes.txt"]


class TestAfter:
    @pytest.fixture
    def last(self, here: Path) -> RoundFolder:
        (here / "ours.toml").write_bytes((Path(__file__).parent / "small.toml").read_bytes())
        (here / "old").mkdir()
        teams = (
            Team("a1", "Ash ward", "North", "Jo", "ash@trust.example", "", date(2026, 5, 1), "", date(2026, 4, 1), "",
                 "asks by phone", {"Site": "A"}),
            Team("e1", "Elm clinic", status="Not taking part"),
            Team("o1", "Oak", status="Merged into Ash ward"),
            Team("", "Rowan"),
        )  # fmt: skip
        round = Round(
            id="spring", title="Spring", deadline=date(2026, 5, 31), contact="improve@trust.example", target=2,
            not_applicable=True, date=date(2026, 6, 1), teams=TeamList(teams), signatory="Jo", seen_by="Only us.",
            questionnaire="../ours.toml", remind_on=(date(2026, 5, 20),), closed_on=date(2026, 6, 2), minimum_group=7,
        )  # fmt: skip
        small = questionnaires.load(here / "ours.toml")
        workbook.write(here / "old" / "round.xlsx", round, small, [DecisionRow("Ash ward", "Q01", "2")])
        folder = RoundFolder(here / "old")
        (folder.outbox / "2026-04-01").mkdir(parents=True)
        (folder.outbox / "2026-04-01" / "teams.csv").write_text("team_id,team\nr1,Rowan\n")
        return folder

    def test_list_settings_and_folder_are_taken_along(self, last: RoundFolder, here: Path, run: Run) -> None:
        done = run("new", "Autumn", "--after", last.path, "-o", "rounds/autumn")
        assert done.exit_code == 0, done.output
        folder = RoundFolder(here / "rounds" / "autumn")
        round = folder.read()
        assert round.deadline is None
        assert (round.date, round.closed_on, round.remind_on) == (None, None, ())
        assert (round.id, round.title, round.contact, round.target) == ("autumn", "Autumn", "improve@trust.example", 2)
        assert (round.signatory, round.seen_by, round.minimum_group, round.not_applicable) == (
            "Jo",
            "Only us.",
            7,
            True,
        )
        assert (round.questionnaire, round.after) == ("../../ours.toml", "../../old")
        assert folder.questionnaire(round).id == last.questionnaire(last.read()).id
        before = {team.name: team for team in last.read().teams.teams}
        assert round.teams.teams == (
            replace(before["Ash ward"], deadline=None, sent_on=None),
            replace(before["Elm clinic"], status=""),
            Team("r1", "Rowan", own={"Site": None}),
        )
        previous = folder.last_round(round)
        assert previous is not None
        assert previous.read().title == "Spring"
        assert read_overrides(folder.workbook, folder.questionnaire(round)).answers == ()
        assert "Not copied, as merged into another team: Oak." in done.stderr
        assert "takes part again: Elm clinic" in done.stderr

    def test_a_new_list_has_the_ids_of_the_last_one(self, last: RoundFolder, here: Path) -> None:
        (here / "new.csv").write_text("team,group,team_id\nRowan,South,\nAsh ward,North,\nWillow,,w9\n")
        made = api.new("Autumn", teams="new.csv", after=last.path, contact="us@trust.example")
        assert [team.id for team in made.round.teams.teams] == ["r1", "a1", "w9"]
        assert made.round.contact == "us@trust.example"

    def test_the_same_title_again(self, last: RoundFolder, here: Path) -> None:
        with pytest.raises(ImpactError, match="The last round is called “Spring”, too"):
            api.new("spring", after=last.path)
        assert not (here / "spring").exists()


def test_the_questionnaire_is_named_from_the_round_s_folder(here: Path) -> None:
    (here / "ours.toml").write_bytes((Path(__file__).parent / "small.toml").read_bytes())
    made = api.new("Autumn", questionnaire="ours.toml")
    assert made.round.questionnaire == "../ours.toml"
    assert made.folder.questionnaire(made.folder.read()).id != QUESTIONNAIRE.id


@pytest.mark.parametrize("title", ["Autumn 2026", "Étage 2 / wards", "..", "a" * 200, "秋", "CON: a?b*c"])
def test_any_title_gives_a_name_that_every_computer_takes(title: str) -> None:
    name = folder_name(title)
    assert 0 < len(name) <= 60
    assert re.fullmatch(r"[\w-]+", name)
    assert name == name.casefold()


@pytest.mark.usefixtures("here")
def test_a_place_that_may_not_be_written(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path, *_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "mkdir", refuse)
    done = run("new", "Autumn")
    assert done.exit_code == 2
    assert "The round cannot be made" in done.stderr
    assert "Permission denied" in done.stderr
