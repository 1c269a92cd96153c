"""What has come of what teams planned: a status beside last round's priorities, and a form that asks nothing else.

The status goes from a list on the form to the sheet Actions and last_actions.csv. A form about actions is no return.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import Result
from edits import Copy
from hostile import saved
from rounds_in_memory import QUESTIONNAIRE
from test_carry_over import edited, typing

from impact_xl import api, results
from impact_xl.form import layout
from impact_xl.form import workbook as form
from impact_xl.form.layout import Action
from impact_xl.form.workbook import Form
from impact_xl.mail.invitations import read_last
from impact_xl.results import stored_round
from impact_xl.results.sheet_writer import FIRST_ROW
from impact_xl.returns.read_file import read_content
from impact_xl.returns.submission import ActionStatus, Submission
from impact_xl.roster import Round
from impact_xl.round.answers import judge_file

Run = Callable[..., Result]
HUDDLES = Action("Huddles every morning", "Q18 Staff attend huddles", "Sister Jones", "1 May 2027")
BOARD = Action("A board in theatres")
ASH = {"start.team": "Ash ward", "Q01.L3": True}


def read(wanted: Form) -> Submission:
    [submission] = read_content(form.build(wanted), "Ash ward.xlsx", QUESTIONNAIRE).submissions
    return submission


def rules(wanted: Form) -> set[str]:
    """What is found in a form, without what is said of each answer."""
    judged = judge_file(read_content(form.build(wanted), "Ash ward.xlsx", QUESTIONNAIRE), QUESTIONNAIRE)
    findings = (*judged.file.findings, *(finding for each in judged.judged for finding in each.findings))
    return {finding.rule.id for finding in findings} - {"answer-blank"}


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def rows(path: Path, sheet: str) -> list[dict[str, object]]:
    """The rows of a table of the workbook, by header."""
    lines = list(openpyxl.load_workbook(path, data_only=True)[sheet].iter_rows(values_only=True))
    top = next(number for number, line in enumerate(lines) if "Team" in line)
    return [dict(zip(lines[top], line, strict=True)) for line in lines[top + 1 :] if line[0]]


# -- on the form --------------------------------------------------------------------------------------


def test_a_form_without_last_priorities_asks_for_no_status():
    keys = [line.key for sheet in Form(QUESTIONNAIRE).plan() for line in sheet.lines]
    assert not [key for key in keys if key.startswith("action")]
    assert read(Form(QUESTIONNAIRE, entries=ASH)).actions == ()


@pytest.mark.parametrize(("word", "status"), [*zip(layout.ACTION_STATUSES, ActionStatus, strict=True)])
def test_a_status_is_read_with_what_it_is_about(word: str, status: ActionStatus):
    entries = {**ASH, "action2.status": word}
    wanted = Form(QUESTIONNAIRE, team_id="ash", entries=entries, last_priorities=[HUDDLES, BOARD])
    first, second = read(wanted).actions
    assert (first.action, first.status, first.typed) == (HUDDLES, None, "")
    assert (second.number, second.action, second.status, second.in_words) == (2, BOARD, status, word)
    assert second.sheet == "Priorities"
    assert rules(wanted) == set()


def test_a_word_of_ones_own_is_shown_as_it_stands():
    entries = {**ASH, "action1.status": "two wards of three"}
    wanted = Form(QUESTIONNAIRE, team_id="ash", entries=entries, last_priorities=[HUDDLES])
    [report] = read(wanted).actions
    assert (report.status, report.in_words) == (None, "two wards of three")
    assert rules(wanted) == {"text-odd-status"}


def test_a_status_alone_is_something_that_was_filled_in():
    entries = {"start.team": "Ash ward", "action1.status": "Done"}
    assert "form-untouched" in rules(Form(QUESTIONNAIRE, last_priorities=[HUDDLES], entries={"start.team": "Ash ward"}))
    assert "form-untouched" not in rules(Form(QUESTIONNAIRE, last_priorities=[HUDDLES], entries=entries))


def test_the_drop_down_offers_the_four_words_and_blocks_none(tmp_path: Path):
    form.write(Form(QUESTIONNAIRE, last_priorities=[HUDDLES]), tmp_path / "form.xlsx")
    rules = openpyxl.load_workbook(tmp_path / "form.xlsx")["Priorities"].data_validations.dataValidation
    [rule] = [each for each in rules if "Under way" in str(each.formula1)]
    assert rule.formula1 == '"Not begun,Under way,Done,Stopped"'
    assert not rule.showErrorMessage


def test_statuses_are_found_without_the_keys():
    entries = {**ASH, "action1.status": "Done", "action2.status": "Stopped", "P1.what": "More huddles"}
    copy = Copy(form.build(Form(QUESTIONNAIRE, entries=entries, last_priorities=[HUDDLES, BOARD])))
    copy.delete_column("Priorities", "A")
    [submission] = read_content(saved(copy), "Ash ward.xlsx", QUESTIONNAIRE).submissions
    assert [(each.action, each.status) for each in submission.actions] == [
        (HUDDLES, ActionStatus.DONE),
        (BOARD, ActionStatus.STOPPED),
    ]
    assert submission.priorities[0].what == "More huddles"


def test_last_priorities_as_version_0_1_wrote_them_are_nobodys_answer():
    """It wrote each as a line of text under the same header, with no key."""
    copy = Copy(form.build(Form(QUESTIONNAIRE, entries=ASH, last_priorities=[HUDDLES])))
    copy.type("Priorities", "D4", "•  Huddles every morning; for Q18 Staff attend huddles; lead: Sister Jones")
    for row in range(4, 9):
        for column in "ACD":
            if (row, column) != (4, "D"):
                copy.type("Priorities", f"{column}{row}", "")
    file = judge_file(read_content(saved(copy), "Ash ward.xlsx", QUESTIONNAIRE), QUESTIONNAIRE)
    [judged] = file.judged
    assert judged.submission.actions == ()
    assert {finding.rule.id for finding in judged.findings} == {"answer-blank"}


def test_a_status_in_a_copy_that_does_not_count_is_mentioned(tmp_path: Path):
    """Two copies of one team with the same answers: the later counts, and the other's status is no answer to lose."""
    for name, status, day in (("one.xlsx", "Done", 1), ("two.xlsx", "Stopped", 2)):
        entries = {**ASH, "action1.status": status}
        made = Form(QUESTIONNAIRE, entries=entries, last_priorities=[HUDDLES], created=datetime(2026, 11, day))
        form.write(made, tmp_path / name)
    collation = api.collate(tmp_path)
    [finding] = [finding for finding in collation.to_fix if finding.rule.id == "team-texts-differ"]
    assert "the status of “Huddles every morning”" in finding.message
    assert [row[8] for row in collation.rows("last_actions")] == ["stopped"]


def test_the_workbook_gives_them_back(tmp_path: Path):
    entries = {**ASH, "action1.status": "Done", "action2.status": "nearly", "P1.what": "More huddles"}
    form.write(Form(QUESTIONNAIRE, entries=entries, last_priorities=[HUDDLES, BOARD]), tmp_path / "in" / "ash.xlsx")
    collation = api.collate(tmp_path / "in")
    api.write(collation, tmp_path / "out.xlsx")
    [ash] = stored_round.read(tmp_path / "out.xlsx", (QUESTIONNAIRE,)).results
    assert ash.submission is not None
    assert [(each.action, each.status, each.typed) for each in ash.submission.actions] == [
        (HUDDLES, ActionStatus.DONE, "Done"),
        (BOARD, None, "nearly"),
    ]
    assert [each.what for each in ash.submission.priorities] == ["More huddles"]


# -- through the commands -----------------------------------------------------------------------------


def filled(path: Path, place: Path, **entries: str | bool) -> None:
    """A form of an outbox, with texts typed and boxes ticked by their keys."""
    book = openpyxl.load_workbook(path)
    at = {row[0].value: (sheet.title, row[0].row) for sheet in book for row in sheet.iter_rows() if row}
    copy = Copy(path)
    for key, value in entries.items():
        sheet, row = at[key.replace("_", ".")]
        if value is True:
            copy.tick(sheet, f"B{row}")
        else:
            copy.type(sheet, f"D{row}", str(value))
    copy.save(place)


def test_from_priorities_of_spring_to_a_status_in_autumn(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("teams.csv").write_text("team,email\nAsh,ash@t.example\nBirch,birch@t.example\n", encoding="utf-8")
    assert run("new", "Spring 2027", "--teams", "teams.csv", "--deadline", "30/4/2027").exit_code == 0
    monkeypatch.chdir("spring-2027")
    assert run("distribute").exit_code == 0
    [sent] = Path("outbox").iterdir()
    typed = {"P1_what": "Huddles", "P1_lead": "Sister Jones", "P1_by": "May", "P2_what": "A board in theatres"}
    filled(sent / "forms" / "Self-assessment - Ash.xlsx", Path("returns/Ash.xlsx"), Q01_L2=True, **typed)
    filled(sent / "forms" / "Self-assessment - Birch.xlsx", Path("returns/Birch.xlsx"), Q01_L2=True)
    assert run("collate", "-q").exit_code == 0

    monkeypatch.chdir(tmp_path)
    assert run("new", "Autumn 2027", "--after", "spring-2027", "--deadline", "30/11/2027").exit_code == 0
    monkeypatch.chdir("autumn-2027")
    assert run("distribute").exit_code == 0
    [sent] = Path("outbox").iterdir()
    said = {"action1_status": "Done", "action2_status": "nearly", "P1_what": "Huddles"}
    filled(sent / "forms" / "Self-assessment - Ash.xlsx", Path("returns/Ash.xlsx"), Q01_L3=True, **said)
    filled(sent / "forms" / "Self-assessment - Birch.xlsx", Path("returns/Birch.xlsx"), Q01_L3=True)
    assert run("collate", "-q").exit_code == 0

    workbook = Path("results/consolidated.xlsx")
    actions = {(row["What"], row["Planned in"]): row["Status"] for row in rows(workbook, "Actions")}
    assert actions == {
        ("Huddles", "This round"): None,
        ("Huddles", "Last round"): "Done",
        ("A board in theatres", "Last round"): "nearly",
    }
    shown = [
        (row["team"], row["what"], row["lead"], row["by"], row["status"], row["typed"])
        for row in table(Path("results/tables/last_actions.csv"))
    ]
    assert shown == [
        ("Ash", "Huddles", "Sister Jones", "May", "done", "Done"),
        ("Ash", "A board in theatres", "", "", "", "nearly"),
    ]
    assert [row["what"] for row in table(Path("results/tables/priorities.csv"))] == ["Huddles"]
    assert [row["rule"] for row in table(Path("results/tables/findings.csv")) if "status" in row["rule"]] == [
        "text-odd-status"
    ]

    # What the lead types stands against the team's word, and a new word of the team's is taken where nobody typed.
    find = {"What": "A board in theatres"}
    edited(workbook, workbook, typing("Actions", find, "Status", "Under way"))
    again = {"action1_status": "Stopped", "action2_status": "Done", "P1_what": "Huddles"}
    filled(sent / "forms" / "Self-assessment - Ash.xlsx", Path("returns/Ash.xlsx"), Q01_L3=True, **again)
    assert run("collate", "-q").exit_code == 0
    actions = {(row["What"], row["Planned in"]): row["Status"] for row in rows(workbook, "Actions")}
    assert actions[("Huddles", "Last round")] == "Stopped"
    assert actions[("A board in theatres", "Last round")] == "Under way"
    # The next round asks about this round's priorities, not about those of the round before.
    answers = read_last(workbook, QUESTIONNAIRE).by_name["ash"]
    assert [action.what for action in answers.priorities] == ["Huddles"]


# -- the form about actions ---------------------------------------------------------------------------


def about_actions(**entries: str) -> Form:
    keys = {key.replace("_", "."): text for key, text in entries.items()}
    team = {"start.team": "Ash ward", "start.team-id": "ash-ward"}
    return Form(
        QUESTIONNAIRE, round=Round("spring"), team_id="ash-ward", entries={**team, **keys}, actions=[HUDDLES, BOARD]
    )


def test_a_form_about_actions_is_one_sheet_that_asks_no_question():
    wanted = about_actions()
    [sheet] = wanted.plan()
    assert str(wanted.reference(sheet.kind)).split("|")[1] == "actions"
    assert not [line for line in sheet.lines if line.question]
    statuses = [line.key for line in sheet.lines if line.key.endswith((".status", ".remark"))]
    assert statuses == ["action1.status", "action1.remark", "action2.status", "action2.remark"]


@pytest.mark.parametrize("damage", ["", "no keys", "no reference", "renamed"])
def test_it_is_recognised_and_read(damage: str):
    copy = Copy(form.build(about_actions(action1_status="Done", action2_remark="No money")))
    if damage == "no keys":
        copy.delete_column("Actions", "A")
    elif damage == "no reference":
        [sheet] = about_actions().plan()
        copy.delete_row("Actions", len(sheet.lines))
        del copy.parts["docProps/custom.xml"]
    elif damage == "renamed":
        copy.rename("Actions", "Sheet1")
    [submission] = read_content(saved(copy), "a.xlsx", QUESTIONNAIRE).submissions
    assert (submission.reference.kind, submission.team, submission.questions) == ("actions", "Ash ward", {})
    first, second = submission.actions
    assert (first.action, first.status) == (HUDDLES, ActionStatus.DONE)
    assert (second.action, second.status, second.remark) == (BOARD, None, "No money")
    assert submission.sheets_missing == ()


@pytest.fixture
def asked(tmp_path: Path) -> Path:
    """Two teams that were asked, of which one sent a form about actions and nothing else."""
    (tmp_path / "teams.csv").write_text("team_id,team,email\nash-ward,Ash ward,a@t.example\nbirch,Birch,b@t.example\n")
    (tmp_path / "in").mkdir()
    form.write(about_actions(action1_status="Done", action2_status="nearly"), tmp_path / "in" / "actions.xlsx")
    birch = {"start.team": "Birch", "start.team-id": "birch", "Q01.L2": True}
    form.write(Form(QUESTIONNAIRE, team_id="birch", entries=birch), tmp_path / "in" / "birch.xlsx")
    return tmp_path


def test_it_is_never_a_return(run: Run, asked: Path) -> None:
    collation = api.collate(asked / "in", asked / "teams.csv")
    by_team = {result.team.name: result for result in collation.results}
    assert (by_team["Ash ward"].status.value, by_team["Ash ward"].copies) == ("none", 0)
    assert (by_team["Birch"].status.value, by_team["Birch"].copies) == ("partial", 1)
    [finding] = [finding for finding in collation.to_fix if finding.rule.id == "form-actions"]
    assert (finding.team, finding.team_id, finding.severity.value) == ("Ash ward", "ash-ward", "note")
    assert "“Huddles every morning”: Done; “A board in theatres”: nearly" in finding.message
    assert not [row for row in collation.rows("answers") if row[3] == "ash-ward"]
    assert not list(collation.rows("last_actions"))

    line = "Ash ward, actions.xlsx: This is no self-assessment. It says how 2 actions went: “Huddles"
    status = run("status", asked / "in", "--teams", asked / "teams.csv", "--json")
    assert line in status.stderr
    assert line in run("collate", asked / "in", "--teams", asked / "teams.csv", "-o", asked / "c.xlsx").stderr
    assert json.loads(status.stdout)["teams"]["none"] == 1
    done = run("remind", asked / "in", "--teams", asked / "teams.csv", "-o", asked / "out", "--json")
    assert done.exit_code == 0, done.output
    assert line in done.stderr
    assert "a@t.example" in "".join(path.read_text() for path in (asked / "out" / "messages").iterdir())


def test_it_does_not_stand_beside_a_form_as_another_copy(asked: Path) -> None:
    form.write(Form(QUESTIONNAIRE, team_id="ash-ward", entries=ASH), asked / "in" / "ash.xlsx")
    collation = api.collate(asked / "in", asked / "teams.csv")
    [ash] = [result for result in collation.results if result.team.id == "ash-ward"]
    assert (ash.copies, ash.answered) == (1, 1)
    assert not {"team-twice", "team-undecided", "form-untouched"} & {finding.rule.id for finding in collation.to_fix}


def test_check_says_what_came(run: Run, asked: Path) -> None:
    said = run("check", asked / "in" / "actions.xlsx")
    assert "This is no self-assessment. It says how 2 actions went" in said.output
    found = json.loads(run("check", asked / "in" / "actions.xlsx", "--json").stdout)
    assert [finding["rule"] for finding in found["files"][0]["findings"]] == ["form-actions", "text-odd-status"]


def test_alone_it_is_no_form(run: Run, asked: Path) -> None:
    (asked / "in" / "birch.xlsx").unlink()
    assert run("collate", asked / "in", "-o", asked / "out.xlsx").exit_code == 3


# -- its status in a row that a coordinator added -----------------------------------------------------


def with_rows(path: Path, *added: Mapping[str, str], changes: Mapping[str, str] | None = None) -> None:
    """Add rows to Actions, or change the first row that somebody added, as somebody who saves the workbook."""
    book = openpyxl.load_workbook(path, data_only=True)
    sheet = book["Actions"]
    cols = {cell.value: cell.column for cell in sheet[FIRST_ROW]}
    free = next(row for row in range(FIRST_ROW + 1, 99) if not sheet.cell(row, cols["What"]).value)
    for row, cells in enumerate(added, free):
        for head, text in cells.items():
            sheet.cell(row, cols[head], text)
    for head, text in (changes or {}).items():
        sheet.cell(free - 1, cols[head], text)
    book.save(path)


def test_the_status_of_an_added_row_follows_the_team_until_somebody_types_one(asked: Path) -> None:
    path, sent = asked / "c.xlsx", iter(range(1, 9))

    def again(status: str = "") -> tuple[Any, list[str]]:
        """Combine again, after a form with a status came; gives the row's status, and what is said of it."""
        if status:
            form.write(about_actions(action1_status=status), asked / "in" / f"later {next(sent)}.xlsx")
        carried = results.write(api.collate(asked / "in", asked / "teams.csv"), path, keep=False).collation
        [row] = [row for row in rows(path, "Actions") if row["What"] == HUDDLES.what]
        return row["Status"], [
            f"{each.where.file}!{each.where.cell} {each.message}"
            for each in carried.to_fix
            if each.rule.id.startswith("text-") and each.rule.id != "text-odd-status"
        ]

    results.write(api.collate(asked / "in", asked / "teams.csv"), path)
    with_rows(path, {"Team": "Ash ward", "What": HUDDLES.what})
    assert again() == ("Done", [])
    assert again("Stopped") == ("Stopped", [])
    with_rows(path, changes={"Team ID": "ash-ward", "Lead": "Jo"})  # it is still the coordinator's row
    assert again() == ("Stopped", [])
    with_rows(path, changes={"Status": "Under way"})
    assert again() == ("Under way", [])
    status, [told] = again("done")
    assert (status, told.partition("!")[0]) == ("Under way", "later 2.xlsx")
    assert "Status of the action “Huddles every morning” was edited" in told
    assert "the team has changed it since, to “Done”. The edited text was kept." in told
    assert again() == ("Under way", [])  # said once, as of every text that was edited
    with_rows(path, changes={"Status": "Done"})  # the same as the team's, and a person's word all the same
    assert again() == ("Done", [])
    status, [told] = again("Not started")
    assert (status, "to “Not started”" in told) == ("Done", True)
    with_rows(path, changes={"Status": ""})
    assert again() == ("Not started", [])
    assert again("Done") == ("Done", [])


def test_a_status_that_somebody_typed_first_stays_and_the_teams_is_told(asked: Path) -> None:
    path = asked / "c.xlsx"
    collation = api.collate(asked / "in", asked / "teams.csv")
    results.write(collation, path)
    with_rows(path, {"Team": "Ash ward", "What": HUDDLES.what, "Status": "Under way"})
    for told in (1, 0):
        carried = results.write(api.collate(asked / "in", asked / "teams.csv"), path, keep=False).collation
        assert [row["Status"] for row in rows(path, "Actions") if row["What"] == HUDDLES.what] == ["Under way"]
        assert [each.rule.id for each in carried.to_fix].count("text-kept") == told
        assert str(carried.carried) == "1 added row"


def test_a_newer_status_of_a_teams_own_priority_is_told_where_somebody_typed_one(asked: Path) -> None:
    path, mine = asked / "c.xlsx", {"P1.what": HUDDLES.what}
    form.write(Form(QUESTIONNAIRE, team_id="ash-ward", entries={**ASH, **mine}), asked / "in" / "ash.xlsx")
    (asked / "in" / "actions.xlsx").unlink()
    results.write(api.collate(asked / "in", asked / "teams.csv"), path)
    edited(path, path, typing("Actions", {"What": HUDDLES.what}, "Status", "Under way"))
    for status, told in (("under way", 0), ("Done", 1), ("Done", 0)):
        form.write(about_actions(action1_status=status), asked / "in" / "actions.xlsx")
        carried = results.write(api.collate(asked / "in", asked / "teams.csv"), path, keep=False).collation
        assert [row["Status"] for row in rows(path, "Actions") if row["What"] == HUDDLES.what] == ["Under way"]
        assert [each.rule.id for each in carried.to_fix].count("text-kept") == told, status
