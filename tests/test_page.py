"""What the page asks impact_xl for: JSON in, JSON out, and files in a folder."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from impact_xl import demo, page
from impact_xl.returns import in_process, read_file

Ask = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A round of eight teams, as forms have come back."""
    folder = tmp_path_factory.mktemp("small") / "autumn"
    demo.write(folder, 8)
    shutil.rmtree(folder / "results")
    (folder / "results").mkdir()
    (folder / "outbox").mkdir()
    return folder


@pytest.fixture
def ask(tmp_path: Path, small: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ask]:
    """Asks as the page does, with the files of a round below its folder."""
    shutil.copytree(small, tmp_path / "autumn")
    before = Path.cwd()
    monkeypatch.setattr(in_process, "ALONE", True)
    events: list[tuple[str, Any]] = []

    def one(do: str, folder: str = "autumn", journal: Any = (), **more: Any) -> dict[str, Any]:
        events.clear()
        request = json.dumps({"do": do, "folder": folder, **more})
        given = json.loads(page.answer(request, lambda *event: events.append(event), journal, str(tmp_path)))
        return {**given, "events": list(events)}

    yield one
    os.chdir(before)


def test_it_says_what_a_folder_is(ask: Ask) -> None:
    given = ask("look")
    assert (given["round"], given["teams"], given["changed"], given["removed"]) == (True, 8, [], [])
    assert given["title"].startswith("Autumn 2026")
    assert ask("look", "elsewhere")["round"] is False
    assert ask("hello")["version"]


def test_it_combines_a_round(ask: Ask) -> None:
    given = ask("combine")
    assert given["ok"]
    assert given["recognised"]
    assert given["consolidated"] == "results/consolidated.xlsx"
    assert {"results/consolidated.xlsx", "results/tables/teams.csv"} <= set(given["changed"])
    assert given["listed"]
    assert len(given["teams"]) == 8
    assert {each["label"] for each in given["teams"]} >= {"Complete", "Partial", "Not returned"}
    assert [each["label"] for each in given["findings"]].count("Not counted") == given["counts"]["error"] > 0
    kinds = {kind for kind, _ in given["events"]}
    assert kinds == {"begun", "made", "done", "progress"}
    # A second time nothing changed: the same bytes are no change.
    assert ask("combine")["changed"] == []


def test_it_knows_whether_the_results_were_made_from_this_round_file(ask: Ask, tmp_path: Path) -> None:
    book, run = tmp_path / "autumn/round.xlsx", tmp_path / "autumn/results/tables/run.json"
    assert ask("look")["follow"] is None  # there are no results
    ask("combine")
    assert ask("look")["follow"] is True

    def saved(sheet: str, cell: str = "A1", value: object = None) -> bool | None:
        workbook = openpyxl.load_workbook(book)
        if value:
            workbook[sheet][cell] = value
        workbook.save(book)
        follow: bool | None = ask("look")["follow"]
        return follow

    assert saved("Round") is True  # other bytes, and the same words
    free = ask("look")["teams"] + 5
    before = book.read_bytes()
    assert saved("Teams", f"B{free}", "Yew ward") is False
    book.write_bytes(before)
    workbook = openpyxl.load_workbook(book)
    for cell, value in zip(workbook["Decisions"][5], ("Alder ward", "Q01", "Progressing"), strict=False):
        cell.value = value
    workbook.save(book)
    assert ask("look")["follow"] is False
    ask("combine")
    assert ask("look")["follow"] is True
    run.write_text(run.read_text().replace('"version": "', '"version": "0.', 1))
    assert ask("look")["follow"] is None


def test_it_combines_loose_files_and_takes_what_was_typed(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "teams").mkdir()
    shutil.copy(tmp_path / "autumn/teams.csv", tmp_path / "teams/teams.csv")
    shutil.copytree(tmp_path / "autumn/returns", tmp_path / "given/1/returns")
    given = ask("combine", "", returns=["given/1/returns"], teams="teams/teams.csv")
    assert given["consolidated"] == "outputs/consolidated.xlsx"
    (tmp_path / "last").mkdir()
    shutil.move(tmp_path / "outputs/consolidated.xlsx", tmp_path / "last/mine.xlsx")
    shutil.rmtree(tmp_path / "outputs")
    again = ask("combine", "", returns=["given/1/returns"], last="last/mine.xlsx")
    workbooks = [path for path in again["changed"] if path.endswith(".xlsx")]
    assert workbooks == ["outputs/board.xlsx", "outputs/consolidated.xlsx"]  # and no copy of the last one
    none = ask("combine", "", returns=["teams"])
    assert none["ok"]
    assert not none["recognised"]


def test_a_fault_of_a_person_is_a_message_and_a_hint_without_options(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "autumn/round.xlsx").write_bytes(b"no workbook")
    given = ask("look")
    assert not given["ok"]
    assert "round.xlsx" in given["message"]
    assert "changed" not in given
    assert "--" not in given["hint"]
    assert page.for_page("Do this. Or give --round FILE. Then that.") == "Do this. Then that."
    assert page.for_page("Run: impact-xl collate") == ""
    assert ask("forms", "elsewhere")["hint"] == "Drop the folder of a round, or give a team list."
    assert ask("packs", "elsewhere")["message"] == "There is no consolidated workbook yet"
    assert "certain date" in ask("new", "", title="Spring", values={"deadline": "soon"})["message"]


def test_it_makes_forms_reminders_and_packs(ask: Ask) -> None:
    forms = ask("forms")
    assert len(forms["messages"]) == 8
    assert forms["place"].startswith("outbox/20")
    assert sum(path.startswith(f"{forms['place']}/messages/") for path in forms["changed"]) == 8
    again = ask("forms")
    assert (again["place"], again["messages"]) == ("", [])
    status = ask("status")
    assert "results/tracking.xlsx" in status["changed"]
    assert "@" in status["addresses"]
    reminders = ask("remind")
    assert {each["what"] for each in reminders["messages"]} >= {
        "Reminder, with the form",
        "Request, with a correction form",
    }
    assert any(each["questions"] == ["Q03"] for each in reminders["messages"])
    ask("combine")
    packs = ask("packs")
    assert packs["packs"] == 7
    assert packs["messages"]
    assert ask("packs")["lines"][0] == "The packs are as they were, so nothing was written."
    blank = ask("form")
    assert blank["changed"] == [blank["form"]] == ["templates/assessment_template.xlsx"]


def test_it_makes_a_round(ask: Ask) -> None:
    values = {"deadline": "2030-11-30", "contact": "improvement@trust.example"}
    given = ask("new", "", title="Spring 2030", teams="autumn/teams.csv", values=values)
    assert given["name"] == "spring-2030"
    assert given["changed"] == ["spring-2030/round.xlsx"]
    assert ask("look", "spring-2030")["deadline"] == "30 Nov 2030"


def test_a_zip_of_a_round_is_told_from_a_zip_of_returns(ask: Ask, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "round.zip", "w") as packed:
        for name in ("autumn/round.xlsx", "autumn/returns/a.xlsx", "../../elsewhere.txt"):
            packed.writestr(zipfile.ZipInfo(name, (2026, 11, 28, 9, 30, 0)), name)
    given = ask("unpack", "", zip="round.zip", into="unpacked")
    assert (given["round"], given["name"]) == (True, "autumn")
    assert given["stamps"] == {
        f"unpacked/{name}": [2026, 11, 28, 9, 30, 0] for name in ("round.xlsx", "returns/a.xlsx")
    }
    with zipfile.ZipFile(tmp_path / "returns.zip", "w") as packed:
        packed.writestr("a.xlsx", "")
    assert ask("unpack", "", zip="returns.zip", into="unpacked")["round"] is False
    (tmp_path / "cut.zip").write_bytes((tmp_path / "round.zip").read_bytes()[:-30])
    assert "cannot be taken apart" in ask("unpack", "", zip="cut.zip", into="unpacked")["message"]


def test_it_goes_on_with_the_journal_of_an_ended_worker(ask: Ask) -> None:
    whole = ask("combine")
    made = [content for kind, content in whole["events"] if kind == "made"]
    names = [json.loads(content)["file"] for kind, content in whole["events"] if kind == "begun"]
    lost = {"file": names[1], "member": -1, "why": "reading it took longer than 20 seconds"}
    eaten = {"file": names[2], "member": -1, "why": ""}
    journal = [[0, "made", made[0]], [0, "done", None], [1, "lost", lost], [2, "lost", eaten]]
    again = ask("combine", journal=journal)
    begun = [json.loads(content)["file"] for kind, content in again["events"] if kind == "begun"]
    assert begun == names[3:]
    seen = {each["file"]: each["message"] for each in again["findings"] if each["rule"].startswith("file-")}
    assert "reading it took longer than 20 seconds" in seen[names[1]]
    assert "more memory than a form ever needs" in seen[names[2]]
    assert isinstance(pickle.loads(made[0]).file, read_file.ReturnedFile)


def test_packs_of_too_few_teams_are_made_when_a_person_says_so(ask: Ask, tmp_path: Path) -> None:
    for path in sorted((tmp_path / "autumn/returns").iterdir())[3:]:
        path.unlink()
    assert "There is no board copy: too few teams have answered." in " ".join(ask("combine")["lines"])
    assert ask("packs")["too_few"] == 5
    made = ask("packs", few_teams=True)
    assert "too_few" not in made
    assert made["packs"] == 3
