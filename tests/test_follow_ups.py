"""The plan between rounds: who leads what by when, and the messages about what is near or past."""

from __future__ import annotations

import email
import json
from collections.abc import Callable, Mapping
from datetime import date
from email.policy import SMTP
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from rounds_in_memory import QUESTIONNAIRE
from test_carry_over import edited, typing
from test_compare import WARDS, everywhere, write

from impact_xl.mail import outboxes
from impact_xl.mail.follow_ups import Standing, follow_ups, plan
from impact_xl.mail.letter_facts import ActionDates, Actions
from impact_xl.mail.outboxes import Kind
from impact_xl.returns.read_file import read_content
from impact_xl.returns.submission import Priority
from impact_xl.roster import Team, TeamList

Run = Callable[..., Result]
ON = date(2026, 11, 29)
ASH, BIRCH = Team("ash", "Ash"), Team("birch", "Birch")


def row(what: str, by: Any = "", status: str = "", team: Team = ASH, lead: str = "") -> Mapping[str, Any]:
    return {"Team": team.name, "Team ID": team.id, "What": what, "Lead": lead, "By when": by, "Status": status}


@pytest.mark.parametrize(
    ("by", "status", "standing"),
    [
        ("28/11/2026", "", Standing.PAST),
        (date(2026, 11, 29), "", Standing.NEAR),
        ("13 Dec 2026", "Under way", Standing.NEAR),
        ("14 Dec 2026", "", Standing.LATER),
        ("in spring", "", Standing.NO_DATE),
        ("", "", Standing.NO_DATE),
        ("1/1/2026", "Done", Standing.DONE),
        ("1/1/2026", "stopped", Standing.STOPPED),
        ("1/1/2026", "nearly done", Standing.PAST),
    ],
)
def test_how_an_action_stands(by: Any, status: str, standing: Standing):
    [action] = plan([row("Huddles", by, status)], ON)
    assert action.standing is standing


def test_the_plan_is_by_date():
    rows = [
        row("c", "1/3/2027"),
        row("", "1/1/2027"),
        row("d", "soon"),
        row("a", date(2026, 12, 1)),
        row("b", "2/12/2026"),
    ]
    assert [(each.what, each.by) for each in plan(rows, ON)] == [
        ("a", "1 Dec 2026"),
        ("b", "2 Dec 2026"),
        ("c", "1 Mar 2027"),
        ("d", "soon"),
    ]


def test_a_message_goes_to_the_lead_with_an_address_else_to_the_contact():
    rows = [
        row("one", "1/11/2026"),
        row("two", "1/12/2026"),
        row("three", "1/12/2026", lead="Jo Smith <jo@trust.example>"),
        row("four", "1/12/2026", team=BIRCH),
        row("of all", "1/12/2026", team=Team("", "All teams")),
        row("later", "1/12/2027"),
    ]
    listed = TeamList((Team("ash", "Ash", contact="Ann", email="ann@trust.example"), Team("x", "Birch")))
    messages, left = follow_ups(plan(rows, ON), listed, [ASH, BIRCH])
    assert [(each.team.email, each.team.contact, [a.what for a in each.actions]) for each in messages] == [
        ("ann@trust.example", "Ann", ["one", "two"]),
        ("jo@trust.example", "Jo Smith", ["three"]),
        ("", "", ["four"]),
    ]
    assert (messages[0].facts.actions, messages[0].facts.action_dates) == (Actions.SEVERAL, ActionDates.BOTH)
    assert (messages[1].facts.actions, messages[1].facts.action_dates) == (Actions.ONE, ActionDates.NEAR)
    assert [each.what for each in left] == ["of all"]


def test_where_id_and_name_lead_to_two_teams_nobody_is_written_to():
    listed = TeamList((Team("ash", "Elm", email="elm@t.example"), Team("e", "Ash", email="ash@t.example")))
    [message], _ = follow_ups(plan([row("one", "1/11/2026")], ON), listed, [ASH])
    assert message.team.email == ""


@pytest.fixture
def workbook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workbook with a plan outside of a round's folder."""
    monkeypatch.chdir(tmp_path)
    plans = {
        "Ward A": [Priority(1, "Meet daily", "Q01", "Jones", "1/12/2026"), Priority(2, "Smile", by="1/5/2027")],
        "Ward B": [Priority(1, "=Listen", "Q02", "b@trust.example", "1/11/2026")],
    }
    levels = {name: everywhere(2, QUESTIONNAIRE) for name in WARDS[:2]}
    (tmp_path / "teams.csv").write_text(
        "team_id,team,contact,email\nid-a,Ward A,Ann,ann@trust.example\nid-b,Ward B,Ben,ben@trust.example\n"
    )
    return write(tmp_path / "c.xlsx", levels, questionnaire=QUESTIONNAIRE, priorities=plans)


def test_the_command_lists_and_drafts_and_changes_nothing(run: Run, workbook: Path):
    before = workbook.read_bytes()
    done = run("actions", workbook, "--teams", "teams.csv", "--contact", "us@trust.example", "--date", "29/11/2026",
               "-o", "out", "--json")  # fmt: skip
    assert done.exit_code == 0, done.output
    assert workbook.read_bytes() == before
    found = json.loads(done.stdout)
    assert [(each["what"], each["by"], each["standing"]) for each in found["actions"]] == [
        ("=Listen", "2026-11-01", "past"),
        ("Meet daily", "2026-12-01", "near"),
        ("Smile", "2027-05-01", "later"),
    ]
    assert [(each["team"], each["to"]) for each in found["messages"]] == [
        ("Ward B", "b@trust.example"),
        ("Ward A", "ann@trust.example"),
    ]
    assert "  1 Dec 2026: Ward A, Meet daily (led by Jones; no status)" in done.stderr
    drafts = sorted(Path("out/messages").iterdir())
    mail = email.message_from_bytes(drafts[1].read_bytes(), policy=SMTP)
    text = mail.get_body(("plain",)).get_content()
    assert "- Meet daily. Lead: Jones. By 1 Dec 2026." in text
    assert "Its date is near." in text
    assert mail["To"] == "ann@trust.example"
    [attached] = mail.iter_attachments()
    [submission] = read_content(attached.get_content(), "a.xlsx", QUESTIONNAIRE).submissions
    assert (submission.reference.kind, submission.reference.round, submission.team_id) == (
        "actions", "spring-2026", "id-a",
    )  # fmt: skip
    assert [report.action.what for report in submission.actions] == ["Meet daily"]
    assert outboxes.read([Path("out")]).made[0].kind is Kind.FOLLOW_UP
    again = run("actions", workbook, "--teams", "teams.csv", "--date", "29/11/2026", "--due-within", "0", "-o", "out")
    assert Path("out 2026-11-29").is_dir(), again.output  # what may have been sent is never replaced
    assert len(list(Path("out 2026-11-29/messages").iterdir())) == 1


def test_without_anything_due_nothing_is_written(run: Run, workbook: Path):
    edited(workbook, workbook, typing("Actions", {"What": "=Listen"}, "Status", "Done"))
    done = run("actions", workbook, "--date", "1/10/2026", "-o", "out")
    assert done.exit_code == 0, done.output
    assert "3 actions, 1 of them done or stopped." in done.stderr
    assert "There is no message to make, so nothing was written." in done.stderr
    assert not Path("out").exists()


@pytest.mark.usefixtures("workbook")
@pytest.mark.parametrize("wrong", ["nothing.xlsx", "teams.csv"])
def test_what_is_no_workbook_is_refused(run: Run, wrong: str):
    assert run("actions", wrong, "-o", "out").exit_code == 2
    assert run("actions", "-o", "out").exit_code == 2
    assert not Path("out").exists()
