"""The commands in a round's folder: what may be left out, what an option beats, and what stops them."""

from __future__ import annotations

import csv
import errno
import json
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from importlib.resources import files
from itertools import product
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result
from file_faults import FailingCalls, contents

from impact_xl import demo
from impact_xl import questionnaire as questionnaires
from impact_xl.api.rounds import settle
from impact_xl.cli import cli
from impact_xl.roster import TeamList, read_teams, workbook
from impact_xl.roster.folder import RoundFolder
from impact_xl.roster.workbook import DecisionRow

Run = Callable[..., Result]
Bare = Mapping[str, tuple[Mapping[str, bytes | None], str]]
QUESTIONNAIRE = questionnaires.load()

TITLE = "Autumn 2026, a demonstration with fictional teams"
# Every command with all that it was given until now: what each says stands in the folder as well.
GIVEN: Mapping[str, Sequence[tuple[str, ...]]] = {
    "check": (("returns",), ("--round", "."), ("--questionnaire", "ours.toml")),
    "status": (
        ("returns",), ("--teams", "teams.csv"), ("--round", "."), ("--questionnaire", "ours.toml"),
        ("--overrides", "round.xlsx"), ("--output", "results/tracking.xlsx"), ("--date", "30/9/2026"),
    ),
    "collate": (
        ("returns",), ("--teams", "teams.csv"), ("--round", "round.xlsx"), ("--questionnaire", "ours.toml"),
        ("--overrides", "round.xlsx"), ("--output", "results/consolidated.xlsx"), ("--date", "2026-09-30"),
        ("--target", "Spreading"), ("--csv", "results/tables"), ("--share", "results/board.xlsx"),
        ("--minimum-group", "4"),
    ),
    "distribute": (
        ("teams.csv",), ("--round", "."), ("--deadline", "25/9/2026"), ("--contact", "improve@trust.example"),
        ("--about", "our ward, as we see it"), ("--tickbox", "list"), ("--not-applicable",), ("--title", TITLE),
        ("--prefill", "../spring/results/consolidated.xlsx"), ("--questionnaire", "ours.toml"),
    ),
    "remind": (
        ("returns",), ("--teams", "teams.csv"), ("--round", "."), ("--deadline", "25/9/2026"),
        ("--contact", "improve@trust.example"), ("--tickbox", "list"), ("--not-applicable",),
        ("--prefill", "../spring/results/consolidated.xlsx"), ("--questionnaire", "ours.toml"),
        ("--overrides", "round.xlsx"),
    ),
    "feedback": (
        ("results/consolidated.xlsx",), ("--teams", "teams.csv"), ("--round", "."), ("--questionnaire", "ours.toml"),
        ("--output", "results/packs"), ("--contact", "improve@trust.example"), ("--minimum-group", "4"),
    ),
}  # fmt: skip


def started(name: str) -> str:
    """The folder that a command is tried in: others want what was done before."""
    return {"remind": "sent", "feedback": "collated"}.get(name, "autumn")


@pytest.fixture(scope="module")
def rounds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A round of eight teams whose folder says something else than the program would without it, and what comes of it.

    `spring` is the round before; `sent` is the same round after its forms were sent, `collated` after its results.
    """
    above = tmp_path_factory.mktemp("rounds")
    demo.write(above / "spring", 3, titled="Spring 2026")
    place = demo.write(above / "autumn", 8).folder
    folder = RoundFolder(place)
    settled = replace(
        folder.read(), target=4, minimum_group=4, contact="improve@trust.example", deadline=date(2026, 9, 25),
        date=date(2026, 9, 30), questionnaire="ours.toml", after="../spring", about="our ward, as we see it",
        tickbox="list", not_applicable=True,
    )  # fmt: skip
    (place / "ours.toml").write_bytes(files("impact_xl").joinpath("questionnaires", "nhs_impact.toml").read_bytes())
    decision = DecisionRow("Aspen theatre", "Q03", "Progressing", "", "their e-mail", "JS", date(2026, 9, 20))
    workbook.write(folder.workbook, settled, folder.questionnaire(settled), [decision])
    shutil.rmtree(folder.results)
    (place / "demo.json").unlink()
    for name in ("sent", "collated"):
        shutil.copytree(place, above / name)
    assert CliRunner().invoke(cli, ["collate", "--round", str(above / "collated")]).exit_code == 0
    sent = RoundFolder(above / "sent")
    teams = [replace(team, sent_on=date(2026, 9, 1)) for team in settled.teams.teams]
    workbook.write(sent.workbook, replace(settled, teams=TeamList(tuple(teams))), QUESTIONNAIRE, [decision])
    heads, *lines = (sent.path / "teams.csv").read_text(encoding="utf-8").splitlines()
    listed = "".join(f"{line}\n" for line in (f"{heads},sent_on", *(f"{line},1 Sep 2026" for line in lines)))
    (sent.path / "teams.csv").write_text(listed, encoding="utf-8")
    return above


@pytest.fixture
def place(rounds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The round's folder, and the command is started in it."""
    shutil.copytree(rounds / "autumn", tmp_path / "autumn")
    monkeypatch.chdir(tmp_path / "autumn")
    return tmp_path / "autumn"


@pytest.fixture
def done(rounds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the collated round, and the command is started in it."""
    shutil.copytree(rounds / "collated", tmp_path / "autumn")
    monkeypatch.chdir(tmp_path / "autumn")
    return tmp_path / "autumn"


@pytest.fixture(scope="module")
def bare(rounds: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[dict[str, bytes | None], str]]:
    """What each command writes and prints with nothing given at all."""
    results = {}
    for name in GIVEN:
        above = tmp_path_factory.mktemp(name) / "x"
        shutil.copytree(rounds, above)
        with pytest.MonkeyPatch.context() as patched:
            patched.chdir(above / started(name))
            ran = CliRunner().invoke(cli, [name])
        assert ran.exit_code == 0, ran.output
        results[name] = contents(above / started(name)), ran.stdout
    return results


LEFT_OUT = [(name, left) for name, given in GIVEN.items() for left in (None, *range(len(given)))]


@pytest.mark.parametrize(
    ("name", "left"), LEFT_OUT, ids=lambda value: str(value) if value is not None else "nothing left out"
)
def test_what_is_left_out_is_found_in_the_folder(
    run: Run, rounds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bare: Bare, name: str, left: int | None
) -> None:
    shutil.copytree(rounds, tmp_path / "x")
    folder = tmp_path / "x" / started(name)
    monkeypatch.chdir(folder)
    result = run(name, *(part for index, parts in enumerate(GIVEN[name]) if index != left for part in parts))
    assert result.exit_code == 0, result.output
    assert result.stdout == bare[name][1]
    assert contents(folder) == bare[name][0]
    assert contents(tmp_path / "x" / "spring") == contents(rounds / "spring")


def test_what_the_folder_says_counts(bare: Bare) -> None:
    """Else the test above would compare nothing with nothing."""
    written = bare["collate"][0]
    assert b"2026-09-30" in (written["results/tables/run.json"] or b"")
    answers = list(csv.DictReader((written["results/tables/answers.csv"] or b"").decode().splitlines()))
    [decided] = [row for row in answers if row["team"] == "Aspen theatre" and row["question"] == "Q03"]
    assert decided["level_name"] == "Progressing"
    assert {"results/consolidated.xlsx", "results/board.xlsx"} <= set(written)
    for name in ("distribute", "remind"):
        messages = [text or b"" for path, text in bare[name][0].items() if path.endswith(".eml")]
        assert messages
        assert all(b"Reply-To: improve@trust.example" in text for text in messages)


def test_it_works_from_elsewhere_with_the_folder_given(
    run: Run, place: Path, monkeypatch: pytest.MonkeyPatch, bare: Bare
) -> None:
    monkeypatch.chdir(place.parent)
    assert "Using the round in autumn:" in run("collate", "--round", "autumn").stderr
    assert contents(place) == bare["collate"][0]
    assert [path.name for path in place.parent.iterdir()] == ["autumn"]
    status = run("status", "--round", "autumn")
    assert 'impact-xl remind --round "autumn"' in status.stderr


def test_paths_are_relative_to_where_one_stands(run: Run, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place.parent)
    (place / "returns").rename(place.parent / "late")
    result = run("collate", "late", "--round", "autumn", "-o", "here.xlsx", "--csv", "tables")
    assert result.exit_code == 0, result.output
    assert Path("here.xlsx").exists()
    assert Path("tables", "answers.csv").exists()
    assert not (place / "results").exists()


# -- an option beats the folder -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "line"),
    [
        (("collate", "--target", "Improving & Sustaining"), None),
        (("collate", "--target", "2"), "Target level is Developing; round.xlsx says Spreading."),
        (("collate", "--minimum-group", "3"), "Smallest group shown is 3; round.xlsx says 4."),
        (("collate", "--date", "1/10/2026"), "Date of the results is 1 Oct 2026; round.xlsx says 30 Sep 2026."),
        (("status", "--teams", "short.csv"), "--teams short.csv is used, and not the sheet Teams of round.xlsx."),
        (("status", "--overrides", "none.csv"), "--overrides none.csv is used, and not the sheet Decisions of"),
        (("status", "--questionnaire", "copy.toml"), "--questionnaire copy.toml is used, and not ours.toml."),
        (("collate", "-o", "x.xlsx"), "x.xlsx is written, and not results/consolidated.xlsx: what was typed"),
        (("collate", "--csv", "t"), "--csv t is written, and not results/tables."),
        (("collate", "--share", "b.xlsx"), "--share b.xlsx is written, and not results/board.xlsx."),
        (("status", "-o", "t.xlsx"), "t.xlsx is written, and not results/tracking.xlsx."),
        (("feedback", "-o", "packs"), "packs is written, and not results/packs."),
        (("feedback", "--contact", "me@trust.example"), "Contact is me@trust.example; round.xlsx says improve@"),
    ],
)
@pytest.mark.usefixtures("done")
def test_an_option_counts_for_this_run_and_that_is_said(run: Run, command: tuple[str, ...], line: str | None) -> None:
    Path("short.csv").write_text("team\nAlder ward\n", encoding="utf-8")
    Path("none.csv").write_text("team,question,level\nAlder ward,Q01,Spreading\n", encoding="utf-8")
    shutil.copy("ours.toml", "copy.toml")
    before = Path("round.xlsx").read_bytes()
    result = run(*command)
    if line is None:
        assert result.exit_code == 2
        assert "There is no level “Improving & Sustaining”" in result.stderr
        return
    assert result.exit_code == 0, result.output
    assert f"For this run {line}" in result.stderr
    assert result.stderr.count("For this run") == 1
    assert "For this run" not in run(command[0]).stderr
    assert Path("round.xlsx").read_bytes() == before


@pytest.mark.usefixtures("place")
def test_a_list_of_decisions_counts_in_the_place_of_the_sheet(run: Run) -> None:
    Path("none.csv").write_text("team,question,level\nAlder ward,Q01,Spreading\n", encoding="utf-8")
    assert run("collate", "--overrides", "none.csv", "--csv", "t").exit_code == 0
    rows = list(csv.DictReader(Path("t/answers.csv").read_text(encoding="utf-8-sig").splitlines()))
    levels = {(row["team"], row["question"]): row["level_name"] for row in rows}
    assert levels["Alder ward", "Q01"] == "Spreading"
    assert levels["Aspen theatre", "Q03"] == ""


def test_a_workbook_of_before_is_told_of(run: Run, place: Path) -> None:
    (place / "outputs").mkdir()
    (place / "outputs" / "consolidated.xlsx").write_bytes(b"with what somebody typed")
    assert "move it to results/consolidated.xlsx and run the command again" in run("collate").stderr
    assert "outputs/consolidated.xlsx" not in run("collate").stderr
    assert (place / "outputs" / "consolidated.xlsx").read_bytes() == b"with what somebody typed"


@pytest.mark.usefixtures("done")
def test_quiet_says_none_of_it(run: Run) -> None:
    for name in GIVEN:
        assert run(name, "--quiet").stderr == ""


# -- results and what was there before ----------------------------------------------------------------


def test_what_is_replaced_is_kept_in_earlier(run: Run, done: Path) -> None:
    results = done / "results"
    old = {name: (results / name).read_bytes() for name in ("consolidated.xlsx", "board.xlsx", "meeting.xlsx")}
    assert run("collate").exit_code == 0
    assert not (results / "earlier").exists()  # nothing changed, so there is nothing to keep
    assert run("status").exit_code == 0
    old["tracking.xlsx"] = (results / "tracking.xlsx").read_bytes()
    next((done / "returns").glob("Ash*.xlsx")).unlink()
    again = run("collate")
    assert again.exit_code == 0
    assert "Your old file is kept as earlier/consolidated " in again.stderr
    assert run("status").exit_code == 0
    kept = sorted((results / "earlier").iterdir())
    assert [path.name.split(" ")[0] for path in kept] == ["board", "consolidated", "meeting", "tracking"]
    assert [path.read_bytes() for path in kept] == [old[f"{path.name.split(' ')[0]}.xlsx"] for path in kept]
    assert sorted(path.name for path in results.iterdir()) == [
        "board.xlsx", "consolidated.xlsx", "earlier", "meeting.xlsx", "tables", "tracking.xlsx",
    ]  # fmt: skip


def test_the_board_copy_waits_until_enough_teams_have_answered(run: Run, place: Path) -> None:
    copies = sorted((place / "returns").glob("*.xlsx"))
    for path in copies[4:]:
        path.rename(place / path.name)
    few = run("collate")
    assert few.exit_code == 0
    assert not (place / "results" / "board.xlsx").exists()
    assert "results/board.xlsx was not written: too few teams have answered." in few.stderr
    assert "more than 4 teams" in few.stderr
    for path in copies[4:]:
        (place / path.name).rename(path)
    assert "was not written" not in run("collate").stderr
    assert (place / "results" / "board.xlsx").exists()
    for path in copies[4:]:
        path.unlink()
    assert "The one that is there is of an earlier run." in run("collate").stderr


def test_nothing_returned_yet(run: Run, place: Path) -> None:
    shutil.rmtree(place / "returns")
    (place / "returns").mkdir()
    folder = RoundFolder(place)
    workbook.write(folder.workbook, folder.read(), QUESTIONNAIRE)  # without the decision
    status = run("status")
    assert status.exit_code == 0, status.output
    assert openpyxl.load_workbook("results/tracking.xlsx").sheetnames
    assert run("collate").exit_code == run("check").exit_code == 3
    assert not (place / "results" / "consolidated.xlsx").exists()


def test_an_empty_folder_is_said_to_be_empty(run: Run, place: Path) -> None:
    shutil.rmtree(place / "returns")
    (place / "returns").mkdir()
    for command in ("collate", "check"):
        assert "There is no file yet in returns." in run(command).stderr


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize("command", ["feedback", "actions"])
def test_what_needs_results_says_how_they_are_made(run: Run, command: str) -> None:
    ran = run(command)
    assert ran.exit_code == 2
    assert "There is no results/consolidated.xlsx in this round" in ran.stderr
    assert "impact-xl collate" in ran.stderr


def test_a_round_that_names_no_last_one_cannot_be_compared_with_it(run: Run, done: Path) -> None:
    folder = RoundFolder(done)
    workbook.write(folder.workbook, replace(folder.read(), after=""), QUESTIONNAIRE)
    ran = run("compare")
    assert ran.exit_code == 2
    assert "This round names no last one." in ran.stderr
    assert "not a round's folder" not in ran.stderr


# -- the workbook that people type into, and where it is ----------------------------------------------


def says(run: Run, *args: str) -> str:
    ran = run(*args)
    assert ran.exit_code == 0, ran.output
    return ran.stderr


def test_a_workbook_that_was_moved_or_put_back_is_spoken_of(run: Run, done: Path) -> None:
    mine, gone = done / "results" / "consolidated.xlsx", "results/consolidated.xlsx is not there any more"
    book = openpyxl.load_workbook(mine)
    book["Actions"]["C30"] = "Ring them"
    book.save(mine)
    assert gone not in says(run, "collate")
    [copy] = (done / "results" / "earlier").glob("consolidated *")
    mine.rename(done / "consolidated final.xlsx")
    for command in ("status", "collate"):
        line = next(line for line in says(run, command).splitlines() if gone in line)
        assert f"The newest copy in earlier is {copy.name}." in line
    assert gone not in says(run, "collate")
    shutil.copy(copy, mine)
    back = f"results/consolidated.xlsx is an older one, put back: it is the same as earlier/{copy.name}."
    assert back in says(run, "status")
    assert back in says(run, "collate")
    assert back not in says(run, "collate")


@pytest.mark.parametrize("lock", ["~$consolidated.xlsx", ".~lock.meeting.xlsx#"])
def test_a_result_that_is_open_elsewhere_is_spoken_of(run: Run, done: Path, lock: str) -> None:
    assert "is open in" not in says(run, "status")
    (done / "results" / lock).write_bytes(b"Jo Smith")
    assert "What was last saved is read, so save it there first. Then close it there" in says(run, "collate")


@pytest.mark.usefixtures("done")
def test_a_deadline_of_an_option_that_is_over_is_spoken_of(run: Run) -> None:
    assert "1 Jan 2020, is over already: is the year right?" in says(run, "distribute", "--deadline", "1/1/2020")


def test_a_last_round_that_is_not_there_is_spoken_of(run: Run, done: Path) -> None:
    told, folder = "Nothing of last time is shown: there is no", RoundFolder(done)
    workbook.write(folder.workbook, replace(folder.read(), after=""), QUESTIONNAIRE)
    assert told not in says(run, "distribute", "--again", "aspen-theatre")
    workbook.write(folder.workbook, replace(folder.read(), after="../gone"), QUESTIONNAIRE)
    for command in (("distribute", "--again", "aspen-theatre"), ("remind",), ("feedback",)):
        assert told in says(run, *command)


@pytest.mark.usefixtures("done")
def test_packs_go_into_no_file(run: Run) -> None:
    ran = run("feedback", "--output", "round.xlsx")
    assert ran.exit_code == 2
    assert "round.xlsx is a file, not a folder" in ran.stderr


@pytest.mark.usefixtures("done")
def test_a_round_that_may_not_be_read_is_not_called_broken(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    read = Path.read_bytes

    def refuse(path: Path) -> bytes:
        if path.name == "round.xlsx":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    ran = run("status")
    assert ran.exit_code == 2
    assert "that you may read it" in ran.stderr
    assert "Version history" not in ran.stderr


def test_our_own_workbooks_among_the_returns_are_named(run: Run, done: Path) -> None:
    says(run, "status")
    names = ("consolidated.xlsx", "board.xlsx", "meeting.xlsx", "tracking.xlsx")
    for name in names:
        shutil.copy(done / "results" / name, done / "returns" / f"from {name}")
    told = run("check", "returns").stdout
    for name in names:
        assert f"it is {name}, which this program writes, and no return" in told


def test_a_folder_that_was_copied_for_the_next_round_begins_anew(run: Run, done: Path) -> None:
    folder = RoundFolder(done)
    says(run, "distribute")
    assert "There is no message to make" in says(run, "distribute")
    before = {path.name for path in folder.outboxes()}
    workbook.write(folder.workbook, replace(folder.read(), id="spring-2027", title="Spring 2027"), QUESTIONNAIRE)
    told = says(run, "distribute")
    assert "outbox has messages of another round:" in told
    assert "8 teams, a form and a message each." in told
    [fresh] = {path.name for path in folder.outboxes()} - before
    assert f"is {Path('outbox', fresh)}." in run("send", "--smtp", "localhost").stderr
    ran = run("feedback")
    assert ran.exit_code == 2
    assert "The workbook holds another round" in ran.stderr


# -- where there is no round, or none that can be used ------------------------------------------------


@pytest.mark.parametrize(
    ("command", "missing"),
    [
        ("check", "FILE..."),
        ("distribute", "TEAMS"),
        ("remind", "RETURNS..."),
        ("collate", "RETURNS..."),
        ("status", "RETURNS..."),
        ("feedback", "CONSOLIDATED"),
    ],
)
def test_outside_a_round_what_is_missing_is_said_and_where_it_was_looked_for(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, missing: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run(command)
    assert result.exit_code == 2
    assert f"Missing argument '{missing}'." in result.stderr
    assert str(tmp_path) in result.stderr
    Path("round.toml").write_text('title = "Autumn"\n', encoding="utf-8")
    if command != "feedback":
        assert "This is a file, not a round's folder: round.toml" in run(command, "--round", "round.toml").stderr
    assert [path.name for path in tmp_path.iterdir()] == ["round.toml"]


def test_status_outside_a_round_needs_a_list(run: Run, tmp_path: Path) -> None:
    result = run("status", tmp_path)
    assert result.exit_code == 2
    assert "Missing option '--teams'." in result.stderr


def without_workbook(folder: Path) -> str:
    (folder / "round.xlsx").unlink()
    return "This is not a round's folder"


def damaged(folder: Path) -> str:
    content = (folder / "round.xlsx").read_bytes()
    (folder / "round.xlsx").write_bytes(content[: len(content) // 2])
    (folder / "results").mkdir(exist_ok=True)
    return "round.xlsx"


def settled_twice(folder: Path) -> str:
    (folder / "round.toml").write_text('title = "Autumn"\n', encoding="utf-8")
    return "is settled in two places"


def second_copy(folder: Path) -> str:
    shutil.copy(folder / "round.xlsx", folder / "round (1).xlsx")
    return "A sync program put a second copy next to"


def second_result(folder: Path) -> str:
    (folder / "results").mkdir(exist_ok=True)
    (folder / "results" / "consolidated-DESKTOP-7ABC.xlsx").write_bytes(b"PK")
    return "A sync program put a second copy next to"


def wrong_date(folder: Path) -> str:
    book = openpyxl.load_workbook(folder / "round.xlsx")
    for row in book["Round"].iter_rows():
        if row[0].value == "Deadline":
            row[1].value = "11/30/2026"
    book.save(folder / "round.xlsx")
    return "Round!B"


def group_of_one(folder: Path) -> str:
    book = openpyxl.load_workbook(folder / "round.xlsx")
    for row in book["Round"].iter_rows():
        if row[0].value == "Smallest group shown":
            row[1].value = 1  # the option takes 2 or more as well
    book.save(folder / "round.xlsx")
    return "a whole number, 2 or more"


SPOILED = (without_workbook, damaged, settled_twice, second_copy, second_result, wrong_date, group_of_one)
READ_NO_RESULTS = ("check", "distribute")


@pytest.mark.parametrize(
    ("name", "spoil"),
    [
        pytest.param(name, spoil, id=f"{spoil.__name__}-{name}")
        for name, spoil in product(GIVEN, SPOILED)
        if not (spoil is second_result and name in READ_NO_RESULTS)
    ],
)
def test_a_round_that_cannot_be_used_stops_every_command(
    run: Run, place: Path, name: str, spoil: Callable[[Path], str]
) -> None:
    message = spoil(place)
    before = contents(place)
    result = run(name, "--round", ".")
    assert result.exit_code == 2, result.output
    assert message in result.stderr
    lines = [line.partition(":")[0] for line in result.stderr.splitlines()]
    assert [line for line in lines if not line.startswith("  ")] == ["Error", "Hint"]  # faults have a line each
    assert contents(place) == before
    assert json.loads(run(name, "--round", ".", "--json").stdout)["error"]


@pytest.mark.parametrize("name", ["distribute", "collate", "status", "feedback"])
@pytest.mark.parametrize("error", [errno.EROFS, errno.EACCES])
def test_a_share_on_which_one_may_only_read(run: Run, done: Path, name: str, error: int) -> None:
    before = contents(done)
    with FailingCalls(1, OSError(error, os.strerror(error)), and_after=True).at_work():
        result = run(name, "--jobs", "1") if name in ("collate", "status") else run(name)
    assert result.exit_code == 2, result.output
    assert [line.partition(":")[0] for line in result.stderr.splitlines()][-2:] == ["Error", "Hint"]
    assert "you may not write" in result.stderr
    assert contents(done) == before


# -- from Python --------------------------------------------------------------------------------------


def test_settle_outside_and_inside(place: Path, tmp_path: Path) -> None:
    outside = settle(start=tmp_path, teams=place / "teams.csv", values={"target": "Spreading", "contact": " a@b.cd "})
    assert outside.folder is None
    assert (outside.round.target, outside.round.contact, len(outside.round.teams.teams)) == (4, "a@b.cd", 8)
    assert (outside.lines, outside.decisions, outside.minimum_group, outside.tickbox) == ((), None, 5, "native")
    assert outside.last_consolidated is None
    inside = settle(start=place)
    assert inside.folder == RoundFolder(place)
    assert inside.round.teams == read_teams(place / "teams.csv")
    assert (inside.minimum_group, inside.decisions) == (4, place / "round.xlsx")
    assert settle(place, today=date(2026, 9, 26)).lines[1] == (
        "The deadline, 25 Sep 2026, has passed. Is the year right?"
    )
