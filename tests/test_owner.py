"""Whose a file is that nobody could read, and how the teams stand that the list says more of than a name."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from messages import mail
from rounds_in_memory import QUESTIONNAIRE, returned, submission

from impact_xl import api, results
from impact_xl.findings import Finding, Where, found
from impact_xl.form import workbook as form
from impact_xl.form.layout import Reference
from impact_xl.form.workbook import Form
from impact_xl.mail import reminders, tracking
from impact_xl.mail.reminders import Kind
from impact_xl.results import stored_round
from impact_xl.returns.reference_property import reference_in
from impact_xl.returns.submission import Message, ReturnedFile, Submission
from impact_xl.roster import Round, Team, TeamList
from impact_xl.round.answers import Status
from impact_xl.round.collation import Collation, collate
from impact_xl.round.overrides import Overrides, Placing

ALL = {question.id: 3 for question in QUESTIONNAIRE.questions}
ASH = Team("t1", "Ash ward", "North", email="ash@trust.example", cc="lead@trust.example")
ELM = Team("t2", "Elm clinic", email="elm@trust.example", cc="lead@trust.example; matron@trust.example")
OAK = Team("t3", "Oak unit", contact="oak@trust.example")
TEAMS = (ASH, ELM, OAK)


def of(*what: Submission | ReturnedFile, teams: tuple[Team, ...] = TEAMS, overrides: Overrides = Overrides()):
    files = [
        each if isinstance(each, ReturnedFile) else returned(each, sha256=str(number))
        for number, each in enumerate(what)
    ]
    return collate(files, QUESTIONNAIRE, Round(teams=TeamList(teams)), overrides=overrides)


def broken(file: str, sender: str = "", *, made_for: str = "", rule: str = "file-damaged") -> ReturnedFile:
    finding = found(rule, Where(file), what="it is cut short")
    message = Message(sender) if sender else None
    return ReturnedFile(file, file, "xlsx", (), (finding,), message, Reference(team_id=made_for))


def statuses(collation: Collation) -> dict[str, str]:
    return {result.team.id: result.status.value for result in collation.results}


def the(rule: str, collation: Collation) -> Finding:
    [finding] = [each for each in collation.to_fix if each.rule.id == rule]
    return finding


def rules(collation: Collation) -> list[str]:
    return [each.rule.id for each in collation.to_fix if each.rule.id != "round-few-returns"]


# -- whose file it is ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "owner"),
    [
        (broken("Elm clinic.xlsx", "elm@trust.example", made_for="T1"), "t1"),  # what stands inside comes first
        (broken("Elm clinic.xlsx", "Ash <ASH@trust.example>"), "t1"),  # then who sent it
        (broken("scan.pdf", "matron@trust.example"), "t2"),
        (broken("scan.pdf", "oak@trust.example"), "t3"),
        (broken("scan.pdf", "lead@trust.example"), ""),  # in copy of two teams
        (broken("scan.pdf", made_for="t9"), ""),
        (broken("in/ELM  clinic (1).pdf"), "t2"),
        (broken("Elm clinic and Ash ward.pdf"), ""),
        (broken("scan.pdf"), ""),
    ],
)
def test_one_rule_finds_the_owner_of_a_file_that_cannot_be_read(file: ReturnedFile, owner: str):
    collation = of(file)
    finding = the("file-damaged", collation)
    assert finding.team_id == owner
    assert finding.team == {"": "", "t1": "Ash ward", "t2": "Elm clinic", "t3": "Oak unit"}[owner]
    assert statuses(collation) == {"t1": "none", "t2": "none", "t3": "none"} | ({owner: "unreadable"} if owner else {})
    # tracking and reminders know what To fix knows
    assert list(tracking.errors_by_team(collation)) == ([owner] if owner else [])
    plan = reminders.make_plan(collation, on=date(2026, 11, 28))
    assert [each.team.id for each in plan.of(Kind.AGAIN)] == ([owner] if owner else [])
    assert owner not in [each.team.id for each in plan.of(Kind.REMINDER)]


def test_what_a_files_name_tells_is_marked_as_probable():
    assert the("file-damaged", of(broken("Elm clinic.xlsx"))).message.endswith(
        " It is probably from Elm clinic: the file's name says so."
    )
    assert "probably" not in the("file-damaged", of(broken("Elm clinic.xlsx", "elm@trust.example"))).message
    assert "probably" not in the("file-damaged", of(broken("a.xlsx", made_for="t2"))).message


def test_a_copy_that_is_nobodys_has_a_probable_sender_and_counts_for_nobody():
    nameless = ReturnedFile(
        "f.xlsx", "1", "xlsx", (submission("", ALL, file="f.xlsx"),), (), Message("elm@trust.example")
    )
    collation = of(nameless)
    assert the("team-missing", collation).team_id == "t2"
    assert statuses(collation)["t2"] == "none"  # it was read, so it is not “not readable”; and it counts for nobody
    assert collation.states["answered"] == 0


def test_whoever_sent_a_form_is_complete_whatever_else_came():
    collation = of(submission("Ash ward", ALL), broken("Ash ward.pdf"))
    assert statuses(collation)["t1"] == "complete"
    assert the("file-settled", collation).team_id == "t1"
    assert "t1" not in [each.team.id for each in reminders.make_plan(collation, on=date(2026, 11, 28)).requests]


@pytest.mark.parametrize(("day", "settled"), [(1, True), (3, False)])
def test_a_file_that_cannot_be_read_is_settled_unless_it_came_later(day: int, settled: bool):
    when = datetime(2026, 12, day, tzinfo=UTC)
    file = replace(broken("reply.xlsx"), message=Message("ash@trust.example", date=when))
    collation = of(submission("Ash ward", ALL, message_date=datetime(2026, 12, 2, tzinfo=UTC)), file)
    finding = the("file-settled" if settled else "file-damaged", collation)
    assert (finding.team_id, finding.where.file) == ("t1", "reply.xlsx")
    assert not settled or finding.message.startswith("Nothing in this file could be read (the file is damaged). A form")


def test_every_list_of_files_names_the_team_of_one_that_cannot_be_read(tmp_path: Path):
    collation = of(submission("Elm clinic", ALL), broken("a.xlsx", "oak@trust.example"), broken("b.xlsx"))
    assert dict(zip(collation.returns["file"], collation.returns["team"], strict=True)) == {
        "Elm clinic.xlsx": "Elm clinic",
        "a.xlsx": "Oak unit",
        "b.xlsx": "",
    }
    results.write(collation, tmp_path / "consolidated.xlsx")
    rows = openpyxl.load_workbook(tmp_path / "consolidated.xlsx")["Files"].iter_rows(values_only=True)
    assert {row[0]: row[1] for row in rows if str(row[0]).endswith(".xlsx")}["a.xlsx"] == "Oak unit"


def test_the_form_of_a_team_that_was_merged_is_something_to_do():
    merged = Team("t1", "Ash ward", status="Merged into Elm clinic")
    finding = the("team-withdrawn", of(submission("Ash ward", ALL), teams=(merged, ELM)))
    assert finding.mend.startswith("If this is the form that Elm clinic fills in together, say so with a decision")


def test_an_untouched_form_beside_a_file_that_cannot_be_read_is_unusable():
    assert statuses(of(submission("Ash ward", {}), broken("Ash ward.pdf")))["t1"] == "unusable"


def personal(team_id: str = "t2") -> bytes:
    return form.build(Form(QUESTIONNAIRE, team_id=team_id))


@pytest.mark.parametrize("part", [0.8, 0.95, 1.0])
def test_the_id_is_seen_in_a_form_that_is_cut_short(part: float):
    content = personal("st mary's & co")
    assert reference_in(content[: int(len(content) * part)]).team_id == "st mary's & co"


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", b"docProps/custom.xml", b"x" * 30 + b"docProps/custom.xml"])
def test_where_no_id_can_be_seen_none_is_known(content: bytes):
    assert reference_in(content) == Reference()


def test_harm_inside_the_property_is_no_harm():
    content = personal()
    at = content.find(b"docProps/custom.xml")
    assert reference_in(content[: at + 25] + b"\xff" * 200 + content[at + 225 :]).team_id == "t2"  # the sheets say so
    assert reference_in(content[at - 30 : at + 25] + b"\xff" * 200) == Reference()
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("docProps/custom.xml", b"x" * 50_000_000)
    assert reference_in(bomb.getvalue()) == Reference()


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "returns").mkdir()
    (tmp_path / "returns" / "download.xlsx").write_bytes(personal()[:30_000])
    pdf = mail("Our form", "Here it is.", {"scan.pdf": b"%PDF-1.7 " + b"x" * 900}, sender="ash@trust.example")
    (tmp_path / "returns" / "1.eml").write_bytes(bytes(pdf))
    (tmp_path / "teams.csv").write_text(
        "team_id,team,email\nt1,Ash ward,ash@trust.example\nt2,Elm clinic,elm@trust.example\nt3,Oak unit,\n"
        "t4,Yew ward,\n",
        encoding="utf-8",
    )
    return tmp_path


def test_the_commands_agree_on_whose_files_came(run: Any, place: Path):
    given = (place / "returns", "--teams", place / "teams.csv")
    done = run("status", *given, "-o", place / "tracking.xlsx")
    assert "could not be matched to a team" not in done.output
    assert done.output.count("Came, not readable") == 2
    assert "0 of 4 teams returned: none; 2 came, not readable; 2 teams sent nothing." in done.output
    printed = json.loads(run("status", *given, "--json", "-q").stdout)
    assert printed["teams"] == {
        "complete": 0, "partial": 0, "unusable": 0, "unreadable": 2, "withdrawn": 0, "none": 2,
    }  # fmt: skip
    assert [each["team_id"] for each in printed["outstanding"]] == ["t3", "t4"]
    done = run("remind", *given, "-o", place / "out", "--contact", "lead@trust.example")
    assert done.exit_code == 0, done.output
    assert "could not be matched to a team" not in done.output


# -- not taking part, and one team now ----------------------------------------------------------------


def test_the_answers_of_a_team_that_does_not_take_part_are_kept_and_not_counted(tmp_path: Path):
    gone = replace(ELM, status="Not taking part")
    collation = of(submission("Ash ward", ALL), submission("Elm clinic", ALL | {"Q01": "blank"}), teams=(ASH, gone))
    assert statuses(collation) == {"t1": "complete", "t2": "withdrawn"}
    assert (collation.returned, collation.states["answered"], len(collation.answering)) == (1, 22, 1)
    assert sum(tally.distribution.n for tally in collation.tallies().values()) == 22
    assert rules(collation) == ["team-withdrawn"]  # nobody is asked about its blank
    [result] = [each for each in collation.results if each.team.id == "t2"]
    assert (len(result.answers), result.answered, result.copies) == (22, 0, 1)
    assert len(list(collation.rows("answers"))) == 22  # the table that people count with
    plan = reminders.make_plan(collation, on=date(2026, 11, 28))
    assert [(team.id, why) for team, why in plan.left_out] == [("t2", "not taking part")]

    api.write(collation, tmp_path / "c.xlsx")
    again = stored_round.read(tmp_path / "c.xlsx", [QUESTIONNAIRE])
    assert statuses(again) == statuses(collation)
    assert again.states == collation.states
    carried = api.carry(collation, tmp_path / "c.xlsx")
    assert statuses(carried) == statuses(collation)


def test_an_outstanding_team_that_does_not_take_part_is_not_outstanding():
    collation = of(teams=(ASH, replace(ELM, status="Not taking part")))
    assert statuses(collation) == {"t1": "none", "t2": "withdrawn"}
    assert rules(collation) == []


MERGED = (replace(ASH, status="Merged into Elm clinic"), ELM)


def test_two_teams_that_are_one_now_are_neither_counted_nor_averaged():
    collation = of(submission("Ash ward", ALL), submission("Elm clinic", ALL), teams=MERGED)
    assert statuses(collation) == {"t1": "withdrawn", "t2": "unusable"}
    assert collation.states["answered"] == 0
    assert rules(collation) == ["team-merged", "team-withdrawn"]
    assert "is a part of Elm clinic now" in the("team-withdrawn", collation).message
    [request] = reminders.make_plan(collation, on=date(2026, 11, 28)).requests
    assert (request.team.id, request.kind) == ("t2", Kind.AGAIN)
    assert "one team now" in request.points[0]


def test_a_decision_says_which_form_is_that_of_the_team_that_they_are_now():
    placed = Overrides(copies=(Placing("Elm clinic.xlsx", "Elm clinic", 2),))
    copies = submission("Ash ward", ALL), submission("Elm clinic", ALL)
    collation = of(*copies, teams=MERGED, overrides=placed)
    assert statuses(collation) == {"t1": "withdrawn", "t2": "complete"}


def test_what_came_from_one_of_them_alone():
    assert statuses(of(submission("Ash ward", ALL), teams=MERGED)) == {"t1": "withdrawn", "t2": "none"}
    assert statuses(of(submission("Elm clinic", ALL), teams=MERGED)) == {"t1": "withdrawn", "t2": "complete"}


# -- one name in two groups ---------------------------------------------------------------------------

NORTH, SOUTH = Team("n7", "Ward 7", "North"), Team("s7", "Ward 7", "South")


def ward(group: str = "", file: str = "", **more: Any) -> Submission:
    return submission("Ward 7", ALL, group=group, file=file or f"{group}.xlsx", **more)


@pytest.mark.parametrize(
    ("identity", "whose"),
    [
        ({"group": " NORTH"}, "n7"),
        ({"group": "South"}, "s7"),
        ({"team_id": "s7"}, "s7"),
        ({"team_id": "s7", "group": "South"}, "s7"),
        ({}, None),
        ({"group": "East"}, None),
    ],
)
def test_two_teams_of_one_name_on_the_list_are_not_guessed(identity: Mapping[str, Any], whose: str | None):
    collation = of(ward(file="a.xlsx", **identity), teams=(NORTH, SOUTH))
    assert [result.team.id for result in collation.results if result.used] == ([whose] if whose else [])
    assert rules(collation) == ([] if whose else ["team-group-missing"])
    if not whose:
        assert "“Ward 7” is the name of 2 teams (North and South)" in the("team-group-missing", collation).message


def test_the_id_of_a_third_team_stands_against_a_name_that_two_have():
    assert rules(of(ward(team_id="t1"), teams=(NORTH, SOUTH, ASH))) == ["team-conflict"]


def test_without_a_list_one_name_in_two_groups_is_two_teams():
    collation = of(ward("North"), ward("South"), ward(file="a.xlsx"), teams=())
    assert statuses(collation) == {"ward-7-north": "complete", "ward-7-south": "complete"}
    assert rules(collation) == ["team-group-missing", "team-in-groups"]
    assert statuses(of(ward("North"), ward(file="a.xlsx"), teams=())) == {"ward-7": "complete"}


def test_a_decision_names_one_of_two_teams_by_its_id():
    by_id = Overrides(copies=(Placing("a.xlsx", "s7", 2),))
    assert statuses(of(ward(file="a.xlsx"), teams=(NORTH, SOUTH), overrides=by_id))["s7"] == "complete"
    with pytest.raises(Exception, match=r"name of 2 teams; give the id of one of them: n7 \(North\), s7 \(South\)"):
        of(ward(file="a.xlsx"), teams=(NORTH, SOUTH), overrides=Overrides(copies=(Placing("a.xlsx", "Ward 7", 2),)))


# -- copies that a sync program made ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "is_copy"),
    [
        ("in/Ash ward-DESKTOP-7.xlsx", True),
        ("in/Ash ward (1).xlsx", True),
        ("in/Ash ward - conflict 2026-11-28.XLSX", True),
        ("in/Ash ward new.xlsx", False),
        ("other/Ash ward (1).xlsx", False),
        ("in/Ash ward (1).ods", False),
    ],
)
def test_a_copy_that_a_sync_program_made_is_called_that(name: str, *, is_copy: bool):
    times = {"modified": datetime(2026, 11, 27, 9, 30, tzinfo=UTC)}
    collation = of(
        submission("Ash ward", ALL, file="in/Ash ward.xlsx", **times),
        submission("Ash ward", ALL, file=name, modified=datetime(2026, 11, 28, 14, 5, tzinfo=UTC)),
    )
    assert rules(collation) == (["file-sync-copy"] if is_copy else [])
    if is_copy:
        assert the("file-sync-copy", collation).message.endswith(
            "of in/Ash ward.xlsx. It was last saved on 28 Nov 2026, 14:05 UTC, and in/Ash ward.xlsx on 27 Nov 2026, "
            "09:30 UTC."
        )


def test_two_teams_files_with_such_names_are_no_copies():
    collation = of(submission("Ash ward", ALL, file="f.xlsx"), submission("Elm clinic", ALL, file="f (1).xlsx"))
    assert rules(collation) == []


def test_every_status_has_its_words():
    assert [status.value for status in Status] == [
        "complete", "partial", "unusable", "unreadable", "withdrawn", "none",
    ]  # fmt: skip
    assert [status.value for status in Status if status.returned] == ["complete", "partial"]
