"""The fictional round: every kind of mishap, the same every time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from impact_xl import api, demo
from impact_xl.demo import Demo
from impact_xl.findings import ImpactError
from impact_xl.round.figures import Agenda, rank


@pytest.fixture(scope="module")
def forty(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    return demo.write(tmp_path_factory.mktemp("demo") / "forty")


def content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_every_kind_of_mishap_is_met(forty: Demo):
    rules = {finding.rule.id for finding in forty.collation.to_fix}
    assert {
        "answer-multiple", "answer-blank", "answer-unclear", "answer-odd-mark", "file-damaged", "file-not-workbook",
        "file-duplicate", "team-twice", "team-unknown", "form-untouched",
    } <= rules  # fmt: skip
    assert {status for status, number in forty.collation.statuses.items() if not number} == {"withdrawn"}


def test_the_agenda_shows_every_word(forty: Demo):
    agenda = rank(forty.collation.tallies(), forty.collation.target).agenda
    assert {word for word, questions in agenda.items() if questions} == set(Agenda) - {Agenda.NONE}


def test_everything_that_was_answered_is_read_back(forty: Demo):
    story = demo._Story(forty.collation.questionnaire, 40, 1)
    sent = {team.name: story._filled(number, team).entries for number, team in enumerate(story.teams)}
    careful = [result for result in forty.collation.results if result.status == "complete" and result.copies == 1]
    assert len(careful) >= 25
    for result in careful:
        entries = sent[
            result.team.name if result.listed else next(name for name in sent if name[:-1] == result.team.name)
        ]
        read = {f"{question}.L{answer.level}" for question, answer in result.answers.items()}
        assert read == {key for key, entry in entries.items() if entry is True}
        notes = {question: answer.note for question, answer in result.answers.items() if answer.note}
        assert notes == {key[:3]: note for key, note in entries.items() if key.endswith(".note")}


def test_two_runs_agree_byte_for_byte_and_another_seed_does_not(tmp_path: Path):
    for name, seed in [("a", 3), ("b", 3), ("c", 4)]:
        demo.write(tmp_path / name, 12, seed)
    assert content(tmp_path / "a") == content(tmp_path / "b") != content(tmp_path / "c")


@pytest.mark.parametrize("count", [1, 2, 3, 6])
def test_a_round_of_any_size(tmp_path: Path, count: int):
    round = demo.write(tmp_path, count)
    assert len(round.collation.round.teams.teams) == count
    results = {path.name for path in (tmp_path / "results").iterdir()}
    assert results == {"consolidated.xlsx", "meeting.xlsx", "tables"}  # too few for a board copy
    assert {path.name for path, _ in round.places} >= results


def test_no_two_teams_share_a_name_or_an_id():
    teams = [demo._team(number) for number in range(2000)]
    assert len({team.name for team in teams}) == len({team.id for team in teams}) == 2000


def test_it_cleans_up_after_itself_and_touches_nothing_of_anybody_else(tmp_path: Path):
    demo.write(tmp_path / "x", 8)
    (tmp_path / "x" / "mine.txt").write_text("mine")
    again = demo.write(tmp_path / "x", 3)
    assert len(list(again.returns.iterdir())) == 3
    assert (tmp_path / "x" / "mine.txt").read_text() == "mine"
    again.workbook.write_bytes(b"typed into")
    with pytest.raises(ImpactError, match=r"consolidated\.xlsx was changed since"):
        demo.write(tmp_path / "x", 3)
    assert again.workbook.read_bytes() == b"typed into"


@pytest.mark.parametrize("error", [ImpactError("a team list that is none"), KeyboardInterrupt()])
def test_work_that_ends_early_leaves_the_demonstration_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
):
    def stop(*_: object, **__: object) -> None:
        raise error

    demo.write(tmp_path / "x", 4)
    before = content(tmp_path)
    monkeypatch.setattr(api, "collate", stop)
    for folder in ("x", "new"):
        with pytest.raises(type(error)):
            demo.write(tmp_path / folder, 3)
        assert content(tmp_path) == before
    assert not (tmp_path / "new").exists()


def test_the_command_says_where_everything_is(run: Callable[..., Result], tmp_path: Path):
    done = run("demo", "--count", 6, "-o", tmp_path / "d")
    assert done.exit_code == 0
    assert [line.split("  (")[1] for line in done.stdout.splitlines()] == [
        "the blank form)", "the round: settings, teams and decisions)", "the list that its teams were taken from)",
        "the copies that came back)", "the consolidated workbook)",
        "a page for each question to discuss at the meeting)", "the same as CSV files, for other programs)",
    ]  # fmt: skip
    assert all(Path(line.split("  (")[0]).exists() for line in done.stdout.splitlines())
    assert "Next: open" in done.stderr


def test_it_is_a_round_in_which_the_commands_work(
    run: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    made = demo.write(tmp_path / "d", 12)
    before = content(tmp_path / "d" / "results")
    assert {"consolidated.xlsx", "board.xlsx", "meeting.xlsx", "tables/answers.csv"} <= before.keys()
    monkeypatch.chdir(tmp_path / "d")
    for name in ("check", "status", "collate", "feedback"):
        done = run(name)
        assert done.exit_code == 0, done.output
        assert "Using the round in d: Autumn 2026, a demonstration with fictional teams, 12 teams." in done.stderr
    after = content(made.folder / "results")
    assert before == {name: after[name] for name in before}  # the demonstration is what collate makes of it
    demo.write(tmp_path / "d", 3)
    assert (tmp_path / "d" / "results" / "tracking.xlsx").exists()


def test_round_toml_beside_it_stops_the_commands(run: Callable[..., Result], tmp_path: Path):
    demo.write(tmp_path / "d", 2)
    (tmp_path / "d" / "round.toml").write_text('title = "Another"\n')
    assert "is settled in two places" in run("status", "--round", tmp_path / "d").stderr
