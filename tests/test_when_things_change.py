"""What docs/when-things-change.md says to type is what works, change by change."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import Result
from test_carry_over import edited, several, typing
from test_two_rounds import (
    LISTED_FROM,
    drafts,
    fill,
    findings,
    levels,
    list_of_teams,
    ok,
    rounds_of,
    throughout,
    type_into,
)

import impact_xl
from impact_xl import results
from impact_xl.cli import cli
from impact_xl.files.dates import show_date
from impact_xl.results.sheet_writer import FIRST_ROW
from impact_xl.roster.folder import RoundFolder
from impact_xl.roster.workbook import DecisionRow

Run = Callable[..., Result]
PAGE = (Path(__file__).parent.parent / "docs" / "when-things-change.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A round that was sent out, with two forms returned."""
    from click.testing import CliRunner

    above = tmp_path_factory.mktemp("changes")
    list_of_teams(above / "teams.csv")
    new = ["new", "Autumn 2026", "--teams", str(above / "teams.csv"), "--deadline", "30/11/2026", "-o"]
    for command in ([*new, str(above / "autumn-2026")], ["distribute", "--round", str(above / "autumn-2026")]):
        ok(CliRunner().invoke(cli, command))
    [sent] = RoundFolder(above / "autumn-2026").outboxes()
    for team, level in (("Gorse", 1), ("Hazel", 2)):
        fill(sent, team, above / "autumn-2026" / "returns" / f"{team}.xlsx", level, season="autumn")
    return above / "autumn-2026"


@pytest.fixture
def place(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(made, tmp_path / "autumn-2026")
    monkeypatch.chdir(tmp_path / "autumn-2026")
    return tmp_path / "autumn-2026"


def teams(place: Path, *rows: tuple[str, dict[str, str]]) -> None:
    type_into(place / "round.xlsx", "Teams", rows)


def decide(place: Path, **values: str) -> None:
    type_into(place / "round.xlsx", "Decisions", [("", values)])


def newest(place: Path) -> Path:
    return RoundFolder(place).outboxes()[0]


def tables(place: Path) -> Path:
    return place / "results" / "tables"


def test_a_team_has_another_name(run: Run, place: Path) -> None:
    decide(place, Team="Gorse", Question="Q01", Level="Progressing")
    teams(place, ("Gorse", {"Team": "Furze"}))
    ok(run("collate"))  # by its id, which the old name is
    teams(place, ("Furze", {"Team": "Furze ward"}))
    type_into(place / "round.xlsx", "Decisions", [("Gorse", {"Team": "Furze"})])
    stopped = run("collate")
    assert stopped.exit_code == 2
    assert "Decisions!A5: no team is called “Furze” (did you mean “Furze ward”?)" in stopped.output
    teams(place, ("Furze ward", {"Team": "Furze"}))
    ok(run("collate"))
    assert levels(tables(place))["Furze"] == throughout(1, Q01=3)
    assert ("team-guessed", "Furze", "Gorse.xlsx") in findings(tables(place))
    ok(run("distribute"), "Nothing was written.")
    teams(place, ("Elm", {"Team": "Oak", "Team ID": ""}))
    ok(run("distribute"), "Elm has a form and is not on the team list any more.", "type elm as the id in that row")


def test_a_team_joins(run: Run, place: Path) -> None:
    teams(place, ("", {"Team": "Juniper", "E-mail": "juniper@trust.example"}))
    ok(run("distribute"))
    assert drafts(newest(place)) == {"juniper@trust.example": ["Self-assessment - Juniper.xlsx"]}


def test_a_team_does_not_take_part(run: Run, place: Path) -> None:
    teams(place, ("Gorse", {"Status": "Not taking part"}), ("Elm", {"Status": "Not taking part"}))
    ok(run("collate"))
    assert set(levels(tables(place))) == {"Hazel"}
    ok(run("remind", "--again", "Elm"), "Left out, not taking part: 1 team (Elm).")
    teams(place, ("Gorse", {"Status": ""}))
    ok(run("collate"))
    assert set(levels(tables(place))) == {"Gorse", "Hazel"}


def test_two_teams_become_a_new_one(run: Run, place: Path) -> None:
    teams(place, ("", {"Team": "Theatres", "E-mail": "theatres@trust.example"}))
    teams(place, *((team, {"Status": "Merged into Theatres"}) for team in ("Gorse", "Hazel")))
    ok(run("distribute"))
    assert set(drafts(newest(place))) == {"theatres@trust.example"}
    assert run("collate").exit_code == 0
    assert levels(tables(place)) == {}
    decide(place, File="Hazel.xlsx", Team="Theatres")
    ok(run("collate"))
    assert levels(tables(place)) == {"Theatres": throughout(2)}


def test_a_team_becomes_part_of_another(run: Run, place: Path) -> None:
    teams(place, ("Gorse", {"Status": "Merged into Hazel"}))
    assert run("collate").exit_code == 0
    assert levels(tables(place)).get("Hazel", {}) == {}
    assert "team-merged" in {rule for rule, _, _ in findings(tables(place))}
    ok(run("remind"))
    assert "hazel@trust.example" in drafts(newest(place))
    decide(place, File="Hazel.xlsx", Team="Hazel")
    ok(run("collate"))
    assert levels(tables(place)) == {"Hazel": throughout(2)}


def test_one_team_becomes_two(run: Run, place: Path) -> None:
    for name in ("Gorse day", "Gorse night"):
        teams(place, ("", {"Team": name, "E-mail": f"{name[6:]}@trust.example"}))
    teams(place, ("Gorse", {"Status": "Not taking part"}))
    ok(run("distribute"))
    assert set(drafts(newest(place))) == {"day@trust.example", "night@trust.example"}
    ok(run("collate"))
    assert set(levels(tables(place))) == {"Hazel"}


def test_two_teams_have_the_same_name(run: Run, place: Path) -> None:
    teams(place, ("", {"Team": "Hazel", "Group": "North", "E-mail": "hazel2@trust.example"}))
    ok(run("distribute"))
    assert set(drafts(newest(place))) == {"hazel2@trust.example"}
    decide(place, Team="Hazel", Question="Q01", Level="Progressing")
    stopped = run("collate")
    assert stopped.exit_code == 2
    assert (
        "“Hazel” is the name of 2 teams; give the id of one of them: hazel (South), hazel-north (North)"
        in stopped.output
    )
    type_into(place / "round.xlsx", "Decisions", [("Hazel", {"Team": "hazel"})])
    ok(run("collate"))
    assert levels(tables(place))["Hazel"] == throughout(2, Q01=3)
    again = run("distribute", "--again", "Hazel")
    assert again.exit_code == 2
    assert "Give its id: hazel, hazel-north." in again.output
    teams(place, ("", {"Team": "Elm", "Group": "South"}))
    assert run("status").exit_code == 2


def test_a_team_gets_more_time(run: Run, place: Path) -> None:
    teams(place, ("Elm", {"Deadline": "15/12/2026"}))
    ok(
        run("remind", "--date", "5/12/2026", "--only", "Elm"),
        "Left out, its own deadline is 15 Dec 2026: 1 team (Elm).",
    )
    ok(run("distribute", "--again", "Elm"))
    assert drafts(newest(place)) == {"elm@trust.example": ["Self-assessment - Elm.xlsx"]}
    [form] = (newest(place) / "forms").iterdir()
    cells = (str(cell.value) for sheet in openpyxl.load_workbook(form) for row in sheet.iter_rows() for cell in row)
    assert any("15 Dec" in text for text in cells)


def test_an_answer_comes_by_telephone(run: Run, place: Path) -> None:
    rows = (
        ("Gorse", "Q07", "Progressing"),
        ("Elm", "Q01", "4"),
        ("Elm", "Q02", "not applicable"),
        ("Elm", "Q03", "left open"),
    )
    for team, question, level in rows:
        decide(place, Team=team, Question=question, Level=level, Reason="telephone, 2 December")
    teams(place, ("Elm", {"Status": "Answers came another way"}))
    ok(run("collate"))
    assert levels(tables(place))["Gorse"] == throughout(1, Q07=3)
    assert levels(tables(place))["Elm"] == {"Q01": 4}
    ok(run("remind", "--again", "Elm"), "Left out, answers came another way: 1 team (Elm).")
    book = openpyxl.load_workbook(place / "round.xlsx")
    for cell in book["Decisions"][LISTED_FROM]:
        cell.value = None
    book.save(place / "round.xlsx")
    ok(run("collate"), "1 decision has ended; To fix says which (decision-ended).")
    assert levels(tables(place))["Gorse"] == throughout(1)


@pytest.mark.parametrize("name", ["round-DESKTOP-7.xlsx", "round (1).xlsx", "results/consolidated (1).xlsx"])
def test_copies_of_a_sync_program_stop_the_run(run: Run, place: Path, name: str) -> None:
    shutil.copy(place / "round.xlsx", place / name)
    stopped = run("collate")
    assert stopped.exit_code == 2
    assert "A sync program put a second copy next to" in stopped.output


def test_two_people_lead_the_round(run: Run, place: Path) -> None:
    assert 'impact-xl collate --also "consolidated, Jo\'s copy.xlsx"' in PAGE
    ok(run("collate"))
    out, copy = place / "results" / "consolidated.xlsx", place / "consolidated, Jo's copy.xlsx"
    typed = several(level("Gorse", "Starting", "Spreading"), typing("Teams", {"Team": "Elm"}, "Group", "West"))
    edited(out, copy, typed)
    edited(out, out, level("Hazel", "Developing", "Spreading"))
    sent = copy.read_bytes()
    for line in ("Taken from consolidated, Jo's copy.xlsx: 1 level.", "nothing that was not there already."):
        ok(run("collate", "--also", copy), line, "Not carried over: 1 change made there")
        assert levels(tables(place))["Gorse"] == throughout(1, Q01=4)
        assert levels(tables(place))["Hazel"] == throughout(2, Q01=4)
        assert ("text-not-kept", "", copy.name) in findings(tables(place))
    edited(out, out, level("Gorse", "Spreading", "Progressing"))
    stopped = run("collate", "--also", copy)
    assert stopped.exit_code == 2
    for said in ("[consolidated.xlsx]Answers!G", "[consolidated, Jo's copy.xlsx]Answers!G", "Q01 of Gorse"):
        assert said in stopped.output
    assert copy.read_bytes() == sent


def test_levels_typed_into_answers_are_shown_as_lines_for_decisions(run: Run, place: Path) -> None:
    ok(run("collate"))
    out = place / "results" / "consolidated.xlsx"
    edited(out, out, level("Gorse", "Starting", "Spreading"))
    result = ok(run("collate"), "1 level was typed into Answers.")
    [line] = [line for line in result.output.splitlines() if line.startswith("Gorse\tQ01\t")]
    decide(place, **dict(zip((head.capitalize() for head in DecisionRow._fields), line.split("\t"), strict=True)))
    ok(run("collate"))
    assert levels(tables(place))["Gorse"] == throughout(1, Q01=4)


def test_a_workbook_that_changes_while_the_command_works_is_left_as_it_is(
    run: Run, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ok(run("collate"))
    out = place / "results" / "consolidated.xlsx"
    build = results.build

    def slowly(*options: Any) -> bytes:  # somebody saves the workbook meanwhile
        edited(out, out, level("Gorse", "Starting", "Spreading"))
        return build(*options)

    decide(place, Team="Hazel", Question="Q01", Level="Progressing")
    monkeypatch.setattr(results, "build", slowly)
    stopped = run("collate")
    assert stopped.exit_code == 2
    assert f"{Path('results') / 'consolidated.xlsx'} was changed while this command worked" in stopped.output
    monkeypatch.undo()
    monkeypatch.chdir(place)
    ok(run("collate"))
    assert levels(tables(place))["Gorse"] == throughout(1, Q01=4)


def test_from_python_a_folder_is_a_round(run: Run, place: Path, tmp_path: Path) -> None:
    decide(place, Team="Hazel", Question="Q01", Level="Progressing")
    close(place, "")
    collation = impact_xl.collate(round=place)
    assert (collation.round.title, len(collation.results), collation.returned) == ("Autumn 2026", 8, 2)
    assert [each.level for each in collation.decisions.answers] == [3]
    blank = ok(run("generate", "--round", place, "-o", tmp_path / "blank.xlsx"), "Using the round in")
    assert "blank.xlsx" in blank.output
    cells = [
        str(cell.value) for sheet in openpyxl.load_workbook(tmp_path / "blank.xlsx") for row in sheet for cell in row
    ]
    assert any("Autumn 2026" in text for text in cells)
    assert any("30 November 2026" in text or "30 Nov 2026" in text for text in cells)
    assert rounds_of(tmp_path / "blank.xlsx") == {"autumn-2026"}


def level(team: str, before: str, now: str) -> Callable[[openpyxl.Workbook], None]:
    return typing("Answers", {"Team": team, "Ref": "Q01", "Level": before}, "Level", now)


def close(place: Path, day: str) -> None:
    book = openpyxl.load_workbook(place / "round.xlsx")
    [row] = [row for row in book["Round"].iter_rows() if row[0].value == "Closed on"]
    row[1].value = day
    book.save(place / "round.xlsx")


def test_the_round_is_over(run: Run, place: Path) -> None:
    """Forms that this program filled in carry the questionnaire's date, so a round closed before has them all late."""
    ok(run("collate"))
    before = levels(tables(place))
    close(place, "1 Jan 2001")
    result = ok(run("collate"), "The round was closed on 1 Jan 2001.", "you may delete", "Nothing is deleted for you.")
    assert f"{Path('returns')}  (the forms and messages as they came)" in result.output
    assert levels(tables(place)) == {}
    assert {("form-after-close", team, f"{team}.xlsx") for team in before} <= set(findings(tables(place)))
    assert "How this was done" in openpyxl.load_workbook(place / "results" / "consolidated.xlsx").sheetnames
    decide(place, Team="Gorse", Question="Q01", Level="Progressing")
    decide(place, File="Hazel.xlsx", Team="Hazel")
    ok(run("collate"))
    assert levels(tables(place)) == {"Gorse": {"Q01": 3}, "Hazel": throughout(2)}
    ok(run("status"), "The round was closed on 1 Jan 2001, so nobody is to be asked any more.")
    boxes = len(RoundFolder(place).outboxes())
    ok(run("remind"), "The round was closed on 1 Jan 2001, so nothing was written.")
    teams(place, ("", {"Team": "Juniper", "E-mail": "juniper@trust.example"}))
    ok(run("distribute"), "so nobody gets a form any more", "Nothing was written.")
    assert len(RoundFolder(place).outboxes()) == boxes
    ok(run("remind", "--only", "Elm"))
    ok(run("distribute", "--only", "Juniper"))
    assert len(RoundFolder(place).outboxes()) == boxes + 2
    close(place, "")
    ok(run("collate"))
    assert levels(tables(place)) == {**before, "Gorse": throughout(1, Q01=3)}


def test_a_closing_date_that_is_to_come_or_no_date(run: Run, place: Path) -> None:
    to_come = show_date(datetime.now(UTC).date() + timedelta(days=30))
    close(place, to_come)
    ok(run("collate"), f"Closed on is {to_come}, and that day has not come. Until then the round is open.")
    assert set(levels(tables(place))) == {"Gorse", "Hazel"}
    close(place, "soon")
    stopped = run("collate")
    assert stopped.exit_code == 2
    assert "Round!B" in stopped.output
    assert "“soon”" in stopped.output


@pytest.mark.parametrize("column", ["Group", "Asked", "Answered", "To fix", "What is to fix"])
def test_what_is_typed_over_the_tracking_file_is_told(run: Run, place: Path, column: str) -> None:
    ok(run("status"))
    book = openpyxl.load_workbook(place / "results" / "tracking.xlsx")
    [sheet] = book.worksheets
    [cell] = [cell for cell in sheet[FIRST_ROW] if cell.value == column]
    sheet.cell(FIRST_ROW + 1, cell.column).value = "ours"
    book.save(place / "results" / "tracking.xlsx")
    ok(run("status"), f"in the column {column}: “ours”.")
