"""What every command of a round by e-mail has in common: one object, its end, and consoles that know few characters."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter
from click.testing import Result
from rounds_in_memory import QUESTIONNAIRE
from test_send import Relay, served

import impact_xl
from impact_xl.form import workbook as form
from impact_xl.form.workbook import Form
from impact_xl.results import stored_round
from impact_xl.roster import read_round

Run = Callable[..., Result]
KEYS = ["command", "version", "files_read", "teams", "answers", "findings", "written"]
NAMES = ("Ward Ω – 🏥", "Ελληνικά", "Ash")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A round of three teams with names that few consoles have: one complete, one with something to fix, one silent."""
    monkeypatch.chdir(tmp_path)
    rows = "".join(f"{name},t{n}@trust.example\n" for n, name in enumerate(NAMES))
    Path("teams.csv").write_text(f"team,email\n{rows}", encoding="utf-8")
    whole = {f"{question.id}.L3": True for question in QUESTIONNAIRE.questions}
    form.write(Form(QUESTIONNAIRE, entries=whole | {"start.team": NAMES[0]}), "returns/a.xlsx")
    form.write(Form(QUESTIONNAIRE, entries=whole | {"start.team": NAMES[1], "Q04.L1": True}), "returns/b.xlsx")
    return tmp_path


def commands(relay: str = "127.0.0.1:1") -> list[list[str]]:
    return [
        ["distribute", "teams.csv", "--contact", "improve@trust.example"],
        ["send", "outputs/outbox", "--smtp", relay],
        ["send", "outputs/outbox", "--smtp", relay, "--really"],
        ["status", "returns", "--teams", "teams.csv", "-o", "tracking.xlsx"],
        ["remind", "returns", "--teams", "teams.csv", "--tracking", "tracking.xlsx"],
        ["check", "returns"],
        ["collate", "returns", "--teams", "teams.csv"],
        ["feedback", "outputs/consolidated.xlsx", "--teams", "teams.csv"],
    ]


@pytest.mark.usefixtures("place")
def test_every_command_prints_one_object_of_the_same_shape(run: Run) -> None:
    for _, relay in served(Relay()):
        for command in commands(relay):
            done = run(*command, "--json", "-q")
            assert done.exit_code == 0, done.output
            printed = json.loads(done.stdout)
            assert list(printed)[:7] == KEYS, command
            assert printed["command"] == command[0]
            assert list(printed["teams"]) == ["complete", "partial", "unusable", "unreadable", "withdrawn", "none"]
            assert list(printed["answers"]) == ["answered", "not_applicable", "blank", "multiple", "unclear", "missing"]
            assert list(printed["findings"]) == ["error", "warning", "note"]
            assert all(Path(path).is_file() for path in printed["written"]), command
            assert done.stderr == ""
            if command[0] in ("status", "remind", "collate", "feedback"):
                assert printed["teams"] == {
                    "complete": 1,
                    "partial": 1,
                    "unusable": 0,
                    "unreadable": 0,
                    "withdrawn": 0,
                    "none": 1,
                }, command
                assert (printed["answers"]["answered"], printed["answers"]["multiple"]) == (43, 1), command


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize("broken", ["teams.csv", "outputs/consolidated.xlsx"])
def test_an_error_is_an_object_too(run: Run, broken: str) -> None:
    Path("outputs").mkdir()
    Path(broken).write_text("nothing of use")
    for command in commands():
        if broken not in command:
            continue
        done = run(*command, "--json")
        assert done.exit_code == 2
        assert list(json.loads(done.stdout)) == ["command", "version", "error", "hint"]
        assert "Hint: " in done.stderr


@pytest.mark.usefixtures("place")
def test_every_command_ends_with_what_it_wrote_found_and_what_comes_next(run: Run) -> None:
    for _, relay in served(Relay()):
        for command in commands(relay):
            done = run(*command)
            assert done.exit_code == 0, done.output
            assert "Next: " in done.stderr or "add --really" in done.stderr, command
            if command[0] not in ("send", "check"):
                assert "Wrote:" in done.stderr, command
                assert all(Path(line.split("  (")[0]).exists() for line in done.stdout.splitlines()
                           if line.startswith(("outputs", "tracking"))), command  # fmt: skip


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_a_console_that_knows_few_characters_ends_no_work(encoding: str) -> None:
    environment = {
        **os.environ, "PYTHONIOENCODING": encoding, "NO_COLOR": "1",
        "PYTHONPATH": str(Path(impact_xl.__file__).parent.parent),
    }  # fmt: skip
    for _, relay in served(Relay()):
        for command in commands(relay):
            done = subprocess.run(
                [sys.executable, "-W", "error", "-m", "impact_xl", *command],
                env=environment, capture_output=True, check=False,
            )  # fmt: skip
            assert done.returncode == 0, done.stderr.decode(encoding, "replace")
            assert b"\x1b[" not in done.stdout + done.stderr
    assert len(list(Path("outputs/outbox/messages").iterdir())) == 3


@pytest.mark.usefixtures("place")
def test_a_round_workbook_serves_every_command(run: Run) -> None:
    with xlsxwriter.Workbook("round.xlsx") as book:
        rows = [("Title", "Autumn 2026"), ("Target level", "Spreading"), ("Contact", "improve@trust.example")]
        sheet = book.add_worksheet()
        for row, pair in enumerate(rows):
            sheet.write_row(row, 0, pair)
    for command in commands()[0], *commands()[3:5], commands()[6]:
        done = run(*command, "--round", "round.xlsx")
        assert done.exit_code == 0, done.stderr
    assert read_round("outputs/outbox/round.toml").target == 4
    collation = stored_round.read("outputs/consolidated.xlsx", [QUESTIONNAIRE])
    assert (collation.title, QUESTIONNAIRE.level_name(collation.target)) == ("Autumn 2026", "Spreading")
    assert "Autumn 2026" in Path("outputs/reminders/messages/001 Ash.eml").read_text(encoding="ascii")


@pytest.mark.usefixtures("place")
def test_commands_that_need_no_tables_load_no_pandas() -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(impact_xl.__file__).parent.parent)}
    code = "import sys, impact_xl.cli as c\ntry: c.main()\nfinally: print('pandas' in sys.modules, file=sys.stderr)"
    for command in [commands()[at] for at in (0, 1, 3, 4, 5)]:
        done = subprocess.run(
            [sys.executable, "-c", code, *command], env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0
        assert done.stderr.splitlines()[-1] == "False", command


def test_what_a_command_did_not_write_it_never_overwrites(run: Run, place: Path) -> None:
    for _, relay in served(Relay()):
        for command in commands(relay):
            run(*command)
    Path("mine").mkdir()
    Path("mine", "holiday.txt").write_text("mine")
    Path("mine.xlsx").write_bytes(Path("teams.csv").read_bytes())
    before = {path: path.read_bytes() for path in place.rglob("*") if path.is_file()}
    given = ("--teams", "teams.csv")
    for command in (
        ("distribute", "teams.csv", "-o", "mine"),
        ("distribute", "teams.csv", "-o", "outputs/outbox"),  # it has been sent
        ("status", "returns", *given, "-o", "mine.xlsx"),
        ("status", "returns", *given, "-o", "outputs/consolidated.xlsx"),
        ("status", "returns", *given, "-o", "outputs/outbox/forms/Self-assessment - Ash.xlsx"),
        ("remind", "returns", *given, "-o", "mine"),
        ("remind", "returns", *given, "--tracking", "mine.xlsx", "-o", "new"),
        ("feedback", "outputs/consolidated.xlsx", *given, "-o", "mine"),
        ("feedback", "outputs/consolidated.xlsx", *given, "-o", "outputs/outbox"),
    ):
        assert run(*command).exit_code == 2, command
        assert {path: path.read_bytes() for path in place.rglob("*") if path.is_file()} == before, command
