"""An action from a team's priorities of spring, over the year, to a status in autumn, through the commands."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from click.testing import Result
from edits import Copy
from test_carry_over import edited, typing
from test_last_actions import filled, rows

Run = Callable[..., Result]
WORKBOOK = Path("results/consolidated.xlsx")


def statuses(*heads: str) -> dict[str, object]:
    """The status of each action on the sheet Actions, of those that were planned in a round where one is named."""
    found = (row for row in rows(WORKBOOK, "Actions") if not heads or row["Planned in"] in heads)
    return {str(row["What"]): row["Status"] for row in found if row["What"]}


def answered(outbox: Path, team: str, place: str, **typed: str) -> None:
    """A form about actions as a team sends it back; `day` dates the file."""
    filled(outbox / "forms" / f"Actions - {team}.xlsx", Path("returns") / place, **typed)


def saved_on(path: Path, day: str) -> None:
    """Give a workbook the day on which it was last saved."""
    copy = Copy(path)
    part = "docProps/core.xml"
    text = copy.parts[part].decode()
    head, _, rest = text.partition("<dcterms:modified")
    start, end = rest.index(">") + 1, rest.index("</dcterms")
    copy.parts[part] = f"{head}<dcterms:modified{rest[:start]}{day}T10:00:00Z{rest[end:]}".encode()
    copy.save(path)


def test_an_action_from_spring_to_autumn(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    teams = "\n".join(f"{team},{team.lower()}@t.example" for team in ("Ash", "Birch", "Cedar"))
    Path("teams.csv").write_text(f"team,email\n{teams}\n", encoding="utf-8")
    assert run("new", "Spring 2027", "--teams", "teams.csv", "--deadline", "30/4/2027").exit_code == 0
    monkeypatch.chdir("spring-2027")
    assert run("distribute").exit_code == 0
    [sent] = Path("outbox").iterdir()
    plan = {"P1_what": "Huddles", "P1_question": "Q01", "P1_by": "1/6/2027", "P2_what": "A board", "P2_by": "1/7/2027"}
    filled(sent / "forms" / "Self-assessment - Ash.xlsx", Path("returns/Ash.xlsx"), Q01_L2=True, **plan)
    for team in ("Birch", "Cedar"):
        filled(sent / "forms" / f"Self-assessment - {team}.xlsx", Path(f"returns/{team}.xlsx"), Q01_L2=True)
    assert run("collate", "-q").exit_code == 0
    assert statuses() == {"Huddles": None, "A board": None}

    # In June the first is past and the second near: one message asks about both, and a status comes back.
    before = WORKBOOK.read_bytes()
    done = run("actions", "--date", "20/6/2027")
    assert done.exit_code == 0, done.output
    assert WORKBOOK.read_bytes() == before
    asked = Path("outbox/2027-06-20")
    answered(asked, "Ash", "june.xlsx", action1_status="Under way", action2_status="Not begun")
    saved_on(Path("returns/june.xlsx"), "2027-06-21")
    assert run("collate", "-q").exit_code == 0
    assert statuses() == {"Huddles": "Under way", "A board": "Not begun"}
    [ash] = [row for row in rows(WORKBOOK, "Teams") if row["Team"] == "Ash"]
    assert ash["Copies"] == 1  # the form about actions is no copy

    # In July another one: the last word counts, but what a person typed beside the row stays.
    edited(WORKBOOK, WORKBOOK, typing("Actions", {"What": "A board"}, "Status", "Stopped"))
    answered(asked, "Ash", "july.xlsx", action1_status="Done", action2_status="Under way")
    saved_on(Path("returns/july.xlsx"), "2027-07-21")
    assert run("collate", "-q").exit_code == 0
    assert statuses() == {"Huddles": "Done", "A board": "Stopped"}
    assert run("actions", "--date", "1/8/2027").exit_code == 0
    assert not Path("outbox/2027-08-01").exists(), "done and stopped need no message"

    # In autumn the form shows both, and asks for a status.
    monkeypatch.chdir(tmp_path)
    assert run("new", "Autumn 2027", "--after", "spring-2027", "--deadline", "30/11/2027").exit_code == 0
    monkeypatch.chdir("autumn-2027")
    assert run("distribute").exit_code == 0
    [sent] = Path("outbox").iterdir()
    said = {"action1_status": "Done", "action2_status": "Under way"}
    filled(sent / "forms" / "Self-assessment - Ash.xlsx", Path("returns/Ash.xlsx"), Q01_L3=True, **said)
    for team in ("Birch", "Cedar"):
        filled(sent / "forms" / f"Self-assessment - {team}.xlsx", Path(f"returns/{team}.xlsx"), Q01_L2=True)
    assert run("collate", "-q").exit_code == 0
    assert statuses("Last round") == {"Huddles": "Done", "A board": "Under way"}

    # Side by side: what came of it, beside those that stood at the same level and planned nothing.
    done = run("compare")
    assert done.exit_code == 0, done.output
    found = {
        row["What"]: (row["Status then"], row["Status now"], row["Then"], row["Now"], row["Moved"])
        for row in rows(Path("results/comparison.xlsx"), "Last round's actions")
    }
    assert found == {"Huddles": ("Done", "Done", 2, 3, "up"), "A board": ("Stopped", "Under way", None, None, None)}
    summary = openpyxl.load_workbook("results/comparison.xlsx", data_only=True)["Summary"]
    texts = [cell.value for cell in summary["A"]]
    assert "1 action of the round before can be followed: 1 done, 0 not done or without a status." in texts
    assert "At the same level then, without an action: 0 of 2 moved up." in texts


def test_a_status_reaches_a_row_that_somebody_added_or_edited(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("teams.csv").write_text("team,email\nAsh,ash@t.example\nBirch,b@t.example\n", encoding="utf-8")
    assert run("new", "Spring 2027", "--teams", "teams.csv", "--deadline", "30/4/2027").exit_code == 0
    monkeypatch.chdir("spring-2027")
    assert run("distribute").exit_code == 0
    [sent] = Path("outbox").iterdir()
    plan = {"P1_what": "Huddles", "P1_by": "1/6/2027"}
    filled(sent / "forms" / "Self-assessment - Ash.xlsx", Path("returns/Ash.xlsx"), Q01_L2=True, **plan)
    assert run("collate", "-q").exit_code == 0

    def by_hand(book: openpyxl.Workbook) -> None:
        typing("Actions", {"What": "Huddles"}, "What", "Huddles each morning")(book)
        sheet = book["Actions"]
        heads = {cell.value: cell.column for cell in sheet[4]}
        [ash] = [row for row in range(5, 8) if sheet.cell(row, heads["What"]).value == "Huddles each morning"]
        for head, text in (("Team", "Ash"), ("What", "Visit theatres"), ("By when", "2/6/2027")):
            sheet.cell(ash + 1, heads[head]).value = text

    edited(WORKBOOK, WORKBOOK, by_hand)
    done = run("actions", "--date", "20/6/2027")
    assert done.exit_code == 0, done.output
    answered(Path("outbox/2027-06-20"), "Ash", "june.xlsx", action1_status="Done", action2_status="Under way")
    assert run("collate", "-q").exit_code == 0
    assert statuses() == {"Huddles each morning": "Done", "Visit theatres": "Under way"}
    assert run("collate", "-q").exit_code == 0
    assert statuses() == {"Huddles each morning": "Done", "Visit theatres": "Under way"}
