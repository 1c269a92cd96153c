"""What version 0.1 wrote is read to the end: the forms, workbook, outbox and tracking file of tests/version_0_1.

Only what people use is used here: the commands, the public functions, and openpyxl to look into what was written.
"""

from __future__ import annotations

import csv
import email
import hashlib
import io
import json
import shutil
import socket
from collections.abc import Callable, Iterator
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from aiosmtpd.controller import Controller
from click.testing import Result

import impact_xl

Run = Callable[..., Result]
Answers = dict[tuple[str, str], str]
FOLDER = Path(__file__).parent / "version_0_1"
ALDER, BIRCH, CEDAR, DAMSON = "Alder ward", "Birch ward", "Cedar clinic", "Damson theatre"  # who was asked
ELDER, FIR = "Elder unit", "Fir community team"  # who sent a form without being on the list
FEW = "round-few-returns"  # true of every single file, and of no interest here

# What is said of each copy by itself.
RETURNED = {
    "Alder ward.xlsx": ["answer-blank Q12", "answer-multiple Q07"],
    "Birch ward.xlsx": ["answer-blank Q03"],
    "Cedar clinic.xlsx": [],
    "Elder unit.xlsx": ["answer-multiple Q09"],
    "Fir community team.xlsx": [],
    "Correction Alder.xlsx": ["form-correction-alone"],
    "Correction Birch.xlsx": ["form-correction-alone"],
}
# Every form as it was sent out, and whose it says it is.
UNTOUCHED = {
    "forms/blank.xlsx": "",
    "forms/blank list.xlsx": "",
    "forms/prefilled list.xlsx": BIRCH,
    "forms/correction list.xlsx": BIRCH,
    "outbox/forms/Self-assessment - Alder ward.xlsx": ALDER,
    "outbox/forms/Self-assessment - Birch ward.xlsx": BIRCH,
    "outbox/forms/Self-assessment - Cedar clinic.xlsx": CEDAR,
    "outbox/forms/Self-assessment - Damson theatre.xlsx": DAMSON,
    "outbox/messages/001 Alder ward.eml": ALDER,
    "reminders/forms/Correction - Alder ward.xlsx": ALDER,
    "reminders/messages/001 Alder ward.eml": ALDER,
}
# What is said of the whole round.
OF_THE_ROUND = [
    f"answer-corrected {ALDER} Q07",
    f"answer-corrected {ALDER} Q12",
    f"answer-corrected {BIRCH} Q03",
    f"answer-multiple {ELDER} Q09",
    "form-no-round",  # the forms of those who are not on the list were blank ones
    f"team-unknown {ELDER}",
    f"team-unknown {FIR}",
]
BY_HAND = {(CEDAR, "Q05"): "Progressing", (ELDER, "Q09"): "Progressing"}  # levels that were typed into Answers


@pytest.fixture
def old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the round, to be worked in."""
    shutil.copytree(FOLDER, tmp_path / "round")
    monkeypatch.chdir(tmp_path / "round")
    return tmp_path / "round"


ROUND = ("--teams", "outbox/teams.csv", "--round", "outbox/round.toml")


def answers_of(collation: impact_xl.Collation) -> Answers:
    """What each team says to each question: the level's name, else why there is none."""
    rows = collation.answers.itertuples()
    return {(row.team, row.question): row.level_name or row.state for row in rows if row.state != "missing"}


def notes_of(collation: impact_xl.Collation) -> Answers:
    return {(row.team, row.question): row.note for row in collation.answers.itertuples() if row.note}


def findings_of(collation: impact_xl.Collation, *columns: str) -> list[str]:
    rows = collation.findings.itertuples()
    lines = [" ".join(filter(None, [row.rule, *(getattr(row, name) for name in columns)])) for row in rows]
    return sorted(line for line in lines if line != FEW)


def truth(column: str = "answer") -> dict[str, Answers]:
    """What was typed into each returned file."""
    files: dict[str, Answers] = {name: {} for name in RETURNED}
    with (FOLDER / "answers.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row[column]:
                files[row["file"].removeprefix("returns/")][row["team"], row["question"]] = row[column]
    return files


def whole_truth(column: str = "answer") -> Answers:
    """What the teams say in the end: the corrections stand last in the list, and beat the copies."""
    files = truth(column)
    return {key: value for name in RETURNED for key, value in files[name].items()}


def rows(path: Path, sheet: str, column: str = "Team") -> list[dict[str, Any]]:
    """The rows of a sheet's table that hold anything, by header; the header's row is the first that has this column."""
    lines = iter(list(openpyxl.load_workbook(path, data_only=True)[sheet].iter_rows(values_only=True)))
    heads = next(line for line in lines if column in line)
    return [dict(zip(heads, line, strict=True)) for line in lines if any(value is not None for value in line)]


def row(path: Path, sheet: str, **found: object) -> dict[str, Any]:
    [only] = [each for each in rows(path, sheet) if all(each[head] == value for head, value in found.items())]
    return only


def texts(workbook: Path | bytes) -> str:
    book = openpyxl.load_workbook(io.BytesIO(workbook) if isinstance(workbook, bytes) else workbook, data_only=True)
    return "\n".join(str(value) for sheet in book for line in sheet.values for value in line if value is not None)


def contents(folder: Path) -> dict[Path, bytes]:
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def letters(folder: Path) -> dict[str, EmailMessage]:
    """The drafts of an outbox, by their address."""
    drafts = [email.message_from_bytes(path.read_bytes(), policy=SMTP) for path in (folder / "messages").iterdir()]
    return {str(draft["To"] or ""): draft for draft in drafts}


def attachment(letter: EmailMessage) -> bytes:
    [part] = letter.iter_attachments()
    return part.get_content()


# -- the folder itself -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["outbox", "reminders"])
def test_the_folder_is_as_it_was_written(name: str) -> None:
    """A checkout that changes the ends of lines, or somebody who makes a file anew, would spoil what is shown here."""
    listed = json.loads((FOLDER / name / "outbox.json").read_text(encoding="utf-8"))["files"]
    for path, digest in listed.items():
        assert hashlib.sha256((FOLDER / name / path).read_bytes()).hexdigest() == digest, path
    there = {path.relative_to(FOLDER / name).as_posix() for path in (FOLDER / name).rglob("*") if path.is_file()}
    assert there - {"outbox.json", "sent.csv"} == set(listed)


# -- forms -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", RETURNED)
def test_a_filled_form_is_read_as_it_was_meant(name: str) -> None:
    collation = impact_xl.collate(FOLDER / "returns" / name, jobs=1)
    assert answers_of(collation) == truth()[name]
    assert notes_of(collation) == truth("note")[name]
    assert findings_of(collation, "question") == RETURNED[name]


@pytest.mark.parametrize("name", UNTOUCHED)
def test_a_form_as_it_was_sent_out_is_nothing_but_untouched(run: Run, name: str) -> None:
    done = run("check", FOLDER / name, "--json", "--jobs", 1)
    [file] = json.loads(done.stdout)["files"]
    if name.endswith(".eml"):  # a draft of our own is nobody's return
        assert [each["rule"] for each in file["findings"]] == ["mail-own-invitation"]
        return
    assert done.exit_code == 0, done.output
    team = UNTOUCHED[name]
    assert (file["team"], file["status"]) == (team, "unusable")
    expected = ["form-untouched"] if team else ["form-untouched", "team-missing"]
    assert [each["rule"] for each in file["findings"]] == expected


def test_the_list_says_everything_about_every_kind() -> None:
    """Nobody takes a form away unseen."""
    forms = {path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.xlsx") if "forms" in path.parts}
    assert forms == {name for name in UNTOUCHED if name.endswith(".xlsx")}
    assert {path.name for path in (FOLDER / "returns").iterdir()} == set(RETURNED)
    assert {name: len(answers) for name, answers in truth().items()} == {
        **dict.fromkeys(RETURNED, 22),
        "Correction Alder.xlsx": 2,
        "Correction Birch.xlsx": 1,
    }


def test_the_round_as_a_whole() -> None:
    collation = impact_xl.collate(
        FOLDER / "returns", FOLDER / "outbox" / "teams.csv", round=FOLDER / "outbox" / "round.toml", jobs=1
    )
    assert answers_of(collation) == whole_truth()
    assert notes_of(collation) == whole_truth("note")
    assert findings_of(collation, "team", "question") == OF_THE_ROUND
    teams = {each.team: (each.status, each.answered, each.copies) for each in collation.teams.itertuples()}
    assert teams == {
        ALDER: ("complete", 22, 2),
        BIRCH: ("complete", 22, 2),
        CEDAR: ("complete", 22, 1),
        DAMSON: ("none", 0, 0),
        ELDER: ("partial", 21, 1),
        FIR: ("complete", 22, 1),
    }
    wishes = [(each.team, each.what, each.question, each.by) for each in collation.priorities.itertuples()]
    assert wishes == [
        (ALDER, "Hold a short huddle every week", "Q18", "End of March 2027"),
        (CEDAR, "Train two coaches", "Q05", "June 2027"),
        (CEDAR, "Put our measures on one board", "Q14", ""),
    ]


# -- the consolidated workbook -----------------------------------------------------------------------


def combine(run: Run, *more: str) -> Result:
    done = run("collate", "returns", *ROUND, "-o", "consolidated.xlsx", "--csv", "tables", "--jobs", 1, *more)
    assert done.exit_code == 0, done.output
    return done


def findings_in_tables() -> list[tuple[str, str, str]]:
    with Path("tables/findings.csv").open(encoding="utf-8", newline="") as file:
        return [(each["rule"], each["team"], each["question"]) for each in csv.DictReader(file)]


def of_hands(path: Path) -> dict[str, Any]:
    """Everything that was typed into the workbook, as a workbook has it."""
    plan = openpyxl.load_workbook(path, data_only=True)["Our plan"]
    cost = {each["What"]: each["Cost"] for each in rows(path, "Actions") if each["Cost"]}
    checked = {(each["Team"], each["Ref"]): each["Checked by"] for each in rows(path, "Answers") if each["Checked by"]}
    links = {each["Team"]: each["Link person"] for each in rows(path, "Teams") if each["Link person"]}
    visit = row(path, "Actions", What="Visit Cedar clinic")
    return {
        "status": row(path, "Actions", What="Train two coaches")["Status"],
        "action": [visit[head] for head in ("Team", "Question", "Lead", "By when", "Status")],
        "cost": cost,
        "comment": row(path, "Comments", Team=CEDAR, Ref="Q05")["Note"],
        "own comment": row(path, "Comments", Team=DAMSON, Ref="Q02")["Note"],
        "checked": checked,
        "links": links,
        "plan": [value for line in plan.values for value in line if value is not None],
    }


TYPED = {
    "status": "Under way",
    "action": [BIRCH, "Q04", "Sister", datetime(2027, 3, 31), "To start"],
    "cost": {"Train two coaches": 250},
    "comment": "The night shift sees it differently.",
    "own comment": "Rang: they will discuss it in January.",
    "checked": {(ALDER, "Q02"): "Ann", (CEDAR, "Q05"): "Ben"},
    "links": {ALDER: "Ann", CEDAR: "Ben"},
    "plan": [
        "Board meeting",
        datetime(2026, 12, 16),
        "Places",
        12,
        "Places twice",
        24,
        "- invite the chief nurse\n- book a room",
    ],
}


def test_the_old_workbook_holds_what_is_looked_for() -> None:
    path = FOLDER / "consolidated.xlsx"
    assert of_hands(path) == TYPED
    assert row(path, "Answers", Team=CEDAR, Ref="Q05")["Level"] == "Progressing"
    assert row(path, "Answers", Team=ELDER, Ref="Q09")["Level"] == 3


@pytest.mark.parametrize(("sheet", "column"), [("Components", "Component"), ("Questions", "Question")])
def test_a_column_where_we_have_more_of_our_own_today_is_carried_over(
    run: Run, old: Path, sheet: str, column: str
) -> None:
    book = openpyxl.load_workbook(old / "consolidated.xlsx", data_only=True)
    page = book[sheet]
    top = next(row[0].row for row in page.iter_rows() if column in [cell.value for cell in row])
    page.insert_cols(page.max_column + 1)
    page.cell(top, page.max_column + 1).value = "Owner"
    page.cell(top + 1, page.max_column).value = "Ann"
    book.save(old / "consolidated.xlsx")
    combine(run)
    assert rows(old / "consolidated.xlsx", sheet, column)[0]["Owner"] == "Ann"


def test_combining_again_carries_over_everything_that_was_typed(run: Run, old: Path) -> None:
    before = (old / "consolidated.xlsx").read_bytes()
    done = combine(run)
    assert (
        "Carried over from the workbook that was there: 2 corrections, 1 action that was worked on, 1 added row, "
        "1 edited comment, 1 added comment, 2 added columns, 1 added sheet." in done.stderr
    )
    assert "Not carried over: 1 change made there; To fix says which (text-not-kept)." in done.stderr
    [kept] = old.glob("consolidated *.xlsx")
    assert kept.read_bytes() == before

    out = old / "consolidated.xlsx"
    assert of_hands(out) == TYPED
    answers = {(each["Team"], each["Ref"]): each for each in rows(out, "Answers")}
    levels = {key: each["Level"] for key, each in answers.items() if each["Level"]}
    assert levels == {
        key: {"not_applicable": "Not applicable"}.get(level, level) for key, level in (whole_truth() | BY_HAND).items()
    }
    assert {key for key, each in answers.items() if each["Decided by"] == "Workbook"} == set(BY_HAND)
    assert answers[CEDAR, "Q05"]["Level as read"] == "Spreading"
    assert answers[ELDER, "Q09"]["State as read"] == "Multiple"

    assert sorted(findings_in_tables()) == sorted(
        [
            ("answer-corrected", ALDER, "Q07"),
            ("answer-corrected", ALDER, "Q12"),
            ("answer-corrected", BIRCH, "Q03"),
            ("answer-by-hand", CEDAR, "Q05"),
            ("answer-by-hand", ELDER, "Q09"),
            ("text-edited", CEDAR, "Q05"),
            ("text-as-values", "", ""),  # the formula in Our plan
            ("text-not-kept", "", ""),  # what was typed over a text of To fix
            ("form-no-round", "", ""),
            ("team-unknown", ELDER, ""),
            ("team-unknown", FIR, ""),
        ]
    )
    to_fix = {each["Rule"]: each["What we saw"] for each in rows(out, "To fix")}
    assert "On the sheet To fix" in to_fix["text-not-kept"]
    assert "into the column What to do" in to_fix["text-not-kept"]
    assert "Our plan" in to_fix["text-as-values"]


def test_nothing_more_is_lost_by_combining_once_more(run: Run, old: Path) -> None:
    combine(run)
    done = combine(run)
    assert "Not carried over" not in done.stderr
    assert of_hands(old / "consolidated.xlsx") == TYPED
    assert {rule for rule, _, _ in findings_in_tables()} == {
        "answer-corrected", "answer-by-hand", "text-edited", "team-unknown",
        "form-no-round",
    }  # fmt: skip
    assert len(list(old.glob("consolidated *.xlsx"))) == 2


def test_a_correction_waits_for_a_copy_that_is_missing(run: Run, old: Path) -> None:
    away = (old / "returns" / "Cedar clinic.xlsx").rename(old / "Cedar clinic.xlsx")
    done = combine(run)
    assert "1 correction, 1 correction that waits" in done.stderr
    away.rename(old / "returns" / "Cedar clinic.xlsx")
    combine(run)
    assert row(old / "consolidated.xlsx", "Answers", Team=CEDAR, Ref="Q05")["Level"] == "Progressing"


def test_the_same_from_python(old: Path) -> None:
    collation = impact_xl.collate("returns", "outbox/teams.csv", round="outbox/round.toml", jobs=1)
    out, kept = impact_xl.write(collation, "consolidated.xlsx")
    assert kept.read_bytes() == (FOLDER / "consolidated.xlsx").read_bytes()
    assert of_hands(old / out) == TYPED


def test_another_round_leaves_the_old_workbook_alone(run: Run, old: Path) -> None:
    Path("spring.toml").write_text('id = "2027-spring"\n')
    before = contents(old)
    done = run("collate", "returns", "--round", "spring.toml", "-o", "consolidated.xlsx", "--jobs", 1)
    assert done.exit_code == 2
    assert "another round: “2026-autumn”, not “2027-spring”" in done.stderr
    assert contents(old) == before


def test_feedback_from_the_old_workbook(run: Run, old: Path) -> None:
    done = run("feedback", "consolidated.xlsx", "--teams", "outbox/teams.csv", "--few-teams", "-o", "packs")
    assert done.exit_code == 0, done.output
    assert "5 packs written, a message with each. 6 teams in the round." in done.stderr
    drafts = letters(old / "packs")
    assert set(drafts) == {"alder@trust.example", "birch@trust.example", "cedar@trust.example", ""}
    pack = attachment(drafts["cedar@trust.example"])
    step = next(
        [value for value in line if value is not None]
        for line in openpyxl.load_workbook(io.BytesIO(pack), data_only=True)["Next steps"].values
        if TYPED["comment"] in line
    )
    assert step[:2] == ["Q05 Culture of improvement", "Progressing"]  # the level that was typed, not the copy's
    said = texts(pack)
    assert CEDAR in said
    assert "Under way" in said
    assert "Nurse Jones" not in said
    assert not [other for other in (ALDER, BIRCH, DAMSON, ELDER, FIR) if other in said]


# -- the outbox --------------------------------------------------------------------------------------


class Relay:
    """A mail server that takes everything, and notes to whom it went."""

    def __init__(self) -> None:
        self.to: list[str] = []
        self.forms: dict[str, bytes] = {}

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.to += envelope.rcpt_tos
        letter = email.message_from_bytes(envelope.content, policy=SMTP)
        self.forms |= {address: attachment(letter) for address in envelope.rcpt_tos}
        return "250 OK"


@pytest.fixture
def relay() -> Iterator[tuple[Relay, str]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    handler = Relay()
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield handler, f"127.0.0.1:{port}"
    finally:
        controller.stop()


@pytest.mark.usefixtures("old")
def test_without_really_the_rest_is_listed_and_nothing_is_sent(run: Run, relay: tuple[Relay, str]) -> None:
    server, address = relay
    before = contents(Path("outbox"))
    done = run("send", "outbox", "--smtp", address)
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines() == [
        "004 Damson theatre.eml: to damson@trust.example: Autumn 2026: the form for Damson theatre"
    ]
    assert "may or may not have gone out: 003 Birch ward.eml" in done.stderr
    assert "2 messages had gone out before" in done.stderr
    assert "1 message would be sent" in done.stderr
    assert server.to == []
    assert contents(Path("outbox")) == before


@pytest.mark.usefixtures("old")
def test_no_message_goes_out_twice(run: Run, relay: tuple[Relay, str]) -> None:
    server, address = relay
    done = run("send", "outbox", "--smtp", address, "--really")
    assert done.exit_code == 2  # somebody has to ask Birch ward
    assert "may or may not have gone out: 003 Birch ward.eml" in done.stderr
    assert server.to == ["damson@trust.example"]
    sent = (FOLDER / "outbox" / "forms" / "Self-assessment - Damson theatre.xlsx").read_bytes()
    assert server.forms["damson@trust.example"] == sent
    assert run("send", "outbox", "--smtp", address, "--really").exit_code == 2
    assert server.to == ["damson@trust.example"]
    done = run("send", "outbox", "--smtp", address, "--really", "--again", "003 Birch ward.eml")
    assert done.exit_code == 0, done.output
    assert server.to == ["damson@trust.example", "birch@trust.example"]
    done = run("send", "outbox", "--smtp", address, "--really")
    assert (done.exit_code, len(server.to)) == (0, 2)
    record = Path("outbox/sent.csv").read_bytes()
    assert record.startswith((FOLDER / "outbox" / "sent.csv").read_bytes())


@pytest.mark.usefixtures("old")
def test_what_may_have_been_sent_is_not_made_again(run: Run, relay: tuple[Relay, str]) -> None:
    """Version 0.1 refused to write there at all; a team that joins now gets its message, beside the old outbox."""
    before = contents(Path("outbox"))
    done = run("distribute", "teams.csv", "--round", "round.toml", "-o", "outbox")
    assert done.exit_code == 0, done.output
    assert "4 teams have their messages already" in done.stderr
    assert "There is no message to make. Nothing was written." in done.stderr
    with Path("teams.csv").open("a", encoding="utf-8") as file:
        file.write("\nRowan team,,,,rowan@trust.example,\n")
    done = run("distribute", "teams.csv", "--round", "round.toml", "-o", "outbox", "--json")
    [message] = [path for path in json.loads(done.stdout)["written"] if path.endswith(".eml")]
    assert Path(message).name == "001 Rowan team.eml"
    assert contents(Path("outbox")) == before
    server, address = relay
    done = run("send", Path(message).parent.parent, "--smtp", address, "--really")
    assert done.exit_code == 0, done.output + done.stderr
    assert server.to == ["rowan@trust.example"]


@pytest.mark.usefixtures("old")
def test_the_next_round_shows_what_was_said_in_the_old_workbook(run: Run) -> None:
    """What people corrected in it counts, and so does a team's list that an outbox holds."""
    done = run("distribute", "outbox/teams.csv", "--prefill", "consolidated.xlsx", "-o", "next", "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["messages"] == 4
    for team in (ALDER, BIRCH, CEDAR):
        book = openpyxl.load_workbook(Path("next/forms", f"Self-assessment - {team}.xlsx"))
        last = {
            str(line[0]).partition(".")[0]: line[2]
            for sheet in book
            for line in sheet.values
            if line[4:] and line[4] == "Last time"
        }
        assert last == {
            question: level for (name, question), level in (whole_truth() | BY_HAND).items() if name == team
        }


# -- who has returned, and who is asked --------------------------------------------------------------

NOTED = ("Drafted", "Last drafted", "Extension until", "Declined", "Received elsewhere", "Remarks", "Visit")
NOTES = {
    ALDER: (
        1,
        datetime(2026, 12, 1),
        None,
        None,
        None,
        "Rang the ward manager:\nwill send it on Friday.",
        "14 Jan, Ann",
    ),
    BIRCH: (None, None, datetime(2026, 12, 7), None, None, "Gets the list form: Excel 2016.", None),
    CEDAR: (None, None, None, None, "yes", None, 7),
    DAMSON: (None, None, datetime(2026, 12, 4), None, None, None, None),
    "Gorse ward": (None, None, None, "yes", None, "Closed since October", None),
}


def noted(path: Path) -> dict[str, tuple[Any, ...]]:
    """What people, and `remind`, noted beside each team."""
    old_names = {"Drafted": "Chased", "Last drafted": "Last chased"}  # a message that is made is not sent yet
    told = {
        each["Team"]: tuple(each[head] if head in each else each[old_names[head]] for head in NOTED)
        for each in rows(path, "Tracking")
    }
    return {team: notes for team, notes in told.items() if any(note is not None for note in notes)}


def test_a_tracking_file_that_is_written_again_keeps_what_was_typed(run: Run, old: Path) -> None:
    path = old / "tracking.xlsx"
    before = path.read_bytes()
    assert noted(path) == NOTES
    done = run("status", "returns", *ROUND, "-o", "tracking.xlsx", "--jobs", 1)
    assert done.exit_code == 0, done.output
    assert (
        "Carried over from the old tracking file: the yellow cells of 4 teams, 1 column of your own, "
        "1 row of no team of this round." in done.stderr
    )
    assert "a file of version 0.1 does not show that" in done.stderr  # what was typed over our own columns
    assert noted(path) == NOTES
    assert {each["Team"]: each["Status"] for each in rows(path, "Tracking")} == {
        ALDER: "Complete", BIRCH: "Complete", CEDAR: "Complete", DAMSON: "Not returned", ELDER: "Partial",
        FIR: "Complete", "Gorse ward": None,
    }  # fmt: skip
    [kept] = old.glob("tracking *.xlsx")
    assert kept.read_bytes() == before


@pytest.mark.parametrize(
    ("day", "asked"),
    [
        ("2026-12-04", {"": "Correction - Elder unit"}),  # the extension of Damson theatre is not over
        ("2026-12-08", {"": "Correction - Elder unit", "damson@trust.example": "Self-assessment - Damson theatre"}),
    ],
)
def test_reminders_from_the_old_outbox_and_tracking_file(run: Run, old: Path, day: str, asked: dict[str, str]) -> None:
    tracking = ("--tracking", "tracking.xlsx", "--date", day)
    done = run("remind", "returns", *ROUND, *tracking, "-o", "more", "--jobs", 1)
    assert done.exit_code == 0, done.output
    drafts = letters(old / "more")
    attached = {to: next(letter.iter_attachments()).get_filename() for to, letter in drafts.items()}
    assert attached == {to: f"{name}.xlsx" for to, name in asked.items()}
    assert {letter["Reply-To"] for letter in drafts.values()} == {"improvement@trust.example"}
    drafted = {team: notes[:2] for team, notes in noted(old / "tracking.xlsx").items() if notes[0]}
    on = (1, datetime.fromisoformat(day))
    assert drafted == {ALDER: NOTES[ALDER][:2], ELDER: on} | ({DAMSON: on} if len(asked) > 1 else {})
    kept = {team: notes[2:] for team, notes in noted(old / "tracking.xlsx").items() if team in NOTES}
    assert kept == {team: notes[2:] for team, notes in NOTES.items()}
