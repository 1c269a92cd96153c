"""Packs that come back: the next steps in them become rows of Actions, and nothing in them is ever an answer."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import libreoffice
import openpyxl
import pytest
from click.testing import Result
from rounds_in_memory import QUESTIONNAIRE, returned, submission
from test_meeting import edit, plan, set_action

from impact_xl import api, feedback, questionnaire, results
from impact_xl.findings import ImpactError
from impact_xl.form import workbook as form
from impact_xl.form.form import Form
from impact_xl.questionnaire import Questionnaire
from impact_xl.results import stored_round
from impact_xl.returns.read_file import read_content
from impact_xl.returns.submission import Priority, ReturnedFile
from impact_xl.roster import Round, Team, TeamList
from impact_xl.round.collation import Collation, collate

NAMES = [f"Ward {number}" for number in range(7)]
TEAMS = TeamList(tuple(Team(f"t{number}", name, "North") for number, name in enumerate(NAMES)))
ROUND = Round(id="autumn", title="Autumn 2026", teams=TEAMS)
WISH = Priority(1, "Start huddles", "Q18", "Matron", "1 May 2027", "A run chart", "Priorities")
Edit = Callable[[openpyxl.Workbook], None]


def files(whole: Questionnaire = QUESTIONNAIRE) -> list[ReturnedFile]:
    """A form of each team; the first has a priority."""
    answers = {question.id: 2 for question in whole.questions}
    return [
        returned(submission(name, answers, questionnaire=whole, team_id=f"t{n}", priorities=() if n else (WISH,)))
        for n, name in enumerate(NAMES)
    ]


def collated(*packs: ReturnedFile, round: Round = ROUND) -> Collation:
    return collate([*files(), *packs], QUESTIONNAIRE, round)


def pack_of(number: int = 0, collation: Collation | None = None) -> bytes:
    return [*feedback.packs(collation or collated())][number].content


def type_into(content: bytes, *edits: Edit) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(content))
    for each in edits:
        each(book)
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue()


def cell(sheet: str, line: str, head: str, value: object) -> Edit:
    """Type a value under a head into the row with a key."""

    def type_in(book: openpyxl.Workbook) -> None:
        heads: dict[object, int] = {}
        for row in book[sheet].iter_rows():
            texts = [each.value for each in row]
            if "Line" in texts:
                heads = {text: place for place, text in enumerate(texts) if text}
            elif heads and str(texts[heads["Line"]]).split(" ")[0] == line:
                row[heads[head]].value = value
                return
        raise LookupError(line)

    return type_in


def came_back(content: bytes, file: str = "Feedback - Ward 0.xlsx", sent: datetime | None = None) -> ReturnedFile:
    read = read_content(content, file, QUESTIONNAIRE)
    return replace(read, submissions=tuple(replace(each, message_date=sent) for each in read.submissions))


def steps(collation: Collation) -> list[tuple[object, ...]]:
    rows = results.actions.rows_of(collation)
    return [
        tuple(row[head] for head in ("Team", "What", "Question", "Lead", "By when", "Status"))
        for row in rows
        if row["Planned in"] == "Pack"
    ]


# -- what is taken -----------------------------------------------------------------------------------


def test_a_pack_that_nobody_typed_into_holds_nothing_and_is_no_return() -> None:
    collation = collated(came_back(pack_of()))
    assert steps(collation) == []
    [finding] = [each for each in collation.to_fix if each.where.file == "Feedback - Ward 0.xlsx"]
    assert finding.rule.id == "form-pack"
    assert finding.message.endswith("Nothing was typed into it.")
    assert (collation.returned, collation.results[0].copies) == (7, 1)
    assert collation.tallies() == collated().tallies()


def test_what_was_typed_becomes_rows_with_team_file_and_cell() -> None:
    content = type_into(
        pack_of(),
        cell("Your answers", "agreed.1", "What we will do", "Visit Ward 5"),
        cell("Your answers", "agreed.1", "Question", "Q7"),
        cell("Next steps", "steps.Q02", "Who leads", "Jo"),
        cell("Next steps", "steps.Q02", "By when", date(2027, 3, 1)),
        cell("Next steps", "priorities.1", "Status", "Under way"),
        cell("Next steps", "priorities.3", "What we will do", "A board"),
    )
    collation = collated(came_back(content))
    draft = f"Progressing: {QUESTIONNAIRE.by_id['Q02'].statement(3)}"
    assert steps(collation) == [
        ("Ward 0", "Visit Ward 5", "Q07 Coaching style of leadership", "", "", ""),
        ("Ward 0", "Start huddles", "Q18 Staff attend huddles", "Matron", date(2027, 5, 1), "Under way"),
        ("Ward 0", "A board", "", "", "", ""),
        ("Ward 0", draft, "Q02 Work aligned to priorities", "Jo", date(2027, 3, 1), ""),
    ]
    book = openpyxl.load_workbook(io.BytesIO(content))
    for row in results.actions.rows_of(collation):
        if row["Planned in"] == "Pack":
            assert (row["File"], row["Team ID"]) == ("Feedback - Ward 0.xlsx", "t0")
            assert book[row["Sheet"]][row["Cell"]].value == row["What"]
    assert collation.tallies() == collated().tallies()
    assert [each.status for each in collation.results] == [each.status for each in collated().results]


def test_rows_that_a_team_added_are_taken_too() -> None:
    def add(book: openpyxl.Workbook) -> None:
        sheet = book["Your answers"]
        row = next(row for row in range(1, 200) if str(sheet.cell(row, 5).value).startswith("agreed.2"))
        sheet.insert_rows(row)
        sheet.cell(row, 4).value = "One in between"

    assert [row[1] for row in steps(collated(came_back(type_into(pack_of(), add))))] == ["One in between"]


def test_of_a_row_that_was_sent_twice_the_last_one_counts() -> None:
    first = type_into(
        pack_of(),
        cell("Your answers", "agreed.1", "What we will do", "Three coaches"),
        cell("Your answers", "agreed.2", "What we will do", "A board"),
    )
    second = type_into(pack_of(), cell("Your answers", "agreed.1", "What we will do", "Five coaches"))
    early, late = datetime(2026, 12, 1, tzinfo=UTC), datetime(2026, 12, 8, tzinfo=UTC)
    for packs in (
        (came_back(first, "b.xlsx", early), came_back(second, "a.xlsx", late)),
        (came_back(second, "a.xlsx", late), came_back(first, "b.xlsx", early)),
    ):
        assert sorted(row[1] for row in steps(collated(*packs))) == ["A board", "Five coaches"]


def test_a_sheet_of_a_pack_in_a_form_changes_no_answer(tmp_path: Path) -> None:
    marks = {f"{question.id}.L3": True for question in QUESTIONNAIRE.questions}
    form.write(Form(QUESTIONNAIRE, entries=marks | {"start.team": "Ward 0"}), tmp_path / "a.xlsx")
    pack = openpyxl.load_workbook(io.BytesIO(type_into(pack_of(), cell("Next steps", "steps.Q02", "Who leads", "Jo"))))
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    sheet = book.create_sheet("Next steps")
    for row in pack["Next steps"].iter_rows():
        for each in row:
            sheet.cell(each.row, each.column).value = each.value
    book.save(tmp_path / "a.xlsx")
    read = read_content((tmp_path / "a.xlsx").read_bytes(), "a.xlsx", QUESTIONNAIRE)
    assert [each.reference.kind for each in read.submissions] == ["form", "pack"]
    assert all(len(marks.ticked) == 1 for marks in read.submissions[0].questions.values())
    assert [line.lead for line in read.submissions[1].steps] == ["Jo"]


@pytest.mark.parametrize(
    ("round", "why"),
    [
        (replace(ROUND, id="spring"), "it is of another round, “autumn”"),
        (replace(ROUND, teams=TeamList((Team("t0", "Other"), Team("x", "Ward 0")))), "its id is Other's"),
        (replace(ROUND, teams=TeamList((Team("z", "Other"),))), ""),  # the form that came names the team
    ],
)
def test_what_is_typed_for_one_team_or_round_goes_to_no_other(round: Round, why: str) -> None:
    content = type_into(pack_of(), cell("Your answers", "agreed.1", "What we will do", "Visit"))
    answers = {question.id: 2 for question in QUESTIONNAIRE.questions}
    forms = [returned(submission("Ward 0", answers))] if not why else []
    collation = collate([*forms, came_back(content)], QUESTIONNAIRE, round)
    assert len(steps(collation)) == (not why)
    found = [finding.message for finding in collation.to_fix if finding.rule.id == "form-pack-not-taken"]
    assert len(found) == bool(why)
    assert all(why in message for message in found)


# -- what stays --------------------------------------------------------------------------------------


def test_rows_are_carried_over_once_and_edits_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "consolidated.xlsx"
    pack = came_back(type_into(pack_of(), cell("Your answers", "agreed.1", "What we will do", "Visit")))
    results.write(collated(pack), path)
    edit(path, set_action("Visit", "Status", "Done"), set_action("Visit", "Lead", "Sam"))
    for _ in range(2):
        results.write(collated(pack), path)
        rows = [(row["What"], row["Lead"], row["Status"]) for row in plan(path) if row["Planned in"] == "Pack"]
        assert rows == [("Visit", "Sam", "Done")]
    results.write(collated(), path)  # the pack was taken away: what was typed beside it stays
    assert [(row["What"], row["Lead"]) for row in plan(path) if row["What"] == "Visit"] == [("Visit", "Sam")]


def test_the_next_pack_shows_what_the_team_sent(tmp_path: Path) -> None:
    path = tmp_path / "consolidated.xlsx"
    pack = came_back(type_into(pack_of(), cell("Your answers", "agreed.1", "What we will do", "Visit")))
    results.write(collated(pack), path)
    first, second, *_ = feedback.views(stored_round.read(path, [QUESTIONNAIRE]))
    assert [row["What"] for row in first.priorities] == ["Start huddles", "Visit"]
    assert [row["What"] for row in second.priorities] == []
    again = came_back(next(feedback.packs(stored_round.read(path, [QUESTIONNAIRE]))).content)
    assert again.submissions[0].steps == ()


@libreoffice.needs_office
def test_a_pack_typed_into_and_saved_by_libreoffice(tmp_path: Path) -> None:
    path = tmp_path / "pack.xlsx"
    path.write_bytes(pack_of())
    book = openpyxl.load_workbook(path)
    row = next(each[0].row for each in book["Your answers"].iter_rows() if str(each[4].value).startswith("agreed.1"))
    untouched = libreoffice.convert(path, tmp_path / "saved")
    assert came_back(untouched.read_bytes()).submissions[0].steps == ()
    entries = {"Your answers": {f"D{row}": "Visit", f"C{row}": "2027-03-01"}}
    typed = libreoffice.typed(path, tmp_path / "typed.xlsx", entries)
    [step] = steps(collated(came_back(typed.read_bytes())))
    assert (step[1], step[4]) == ("Visit", date(2027, 3, 1))


# -- who can act -------------------------------------------------------------------------------------


def test_steps_are_parted_by_who_can_act(tmp_path: Path) -> None:
    text = questionnaire.BUILT_IN.read_text(encoding="utf-8")
    path = tmp_path / "own.toml"
    path.write_text(
        text.replace('id = "Q02"\n', 'id = "Q02"\nact = "team"\n').replace(
            'id = "Q03"\n', 'id = "Q03"\nact = "division"\n'
        )
    )
    whole = questionnaire.load(path)
    assert whole.fingerprint == QUESTIONNAIRE.fingerprint, "it is no part of what is asked"
    made = collate(files(whole), whole, ROUND)
    book = openpyxl.load_workbook(io.BytesIO(next(feedback.packs(made)).content))
    column = [str(row[0].value) for row in book["Next steps"].iter_rows() if row[0].value]
    places = [column.index(title) for title in (
        "What your team can do itself", "Draft steps", "What needs your division: raise it there",
        "What needs the board: raise it through your division",
    )]  # fmt: skip
    assert places == sorted(places)
    assert column[places[0] + 2].startswith("Q02")
    assert column[places[1] + 2].startswith("Q04")
    assert column[places[2] + 2].startswith("Q03")
    assert [text[:3] for text in column[places[3] + 2 : -1]] == ["Q01", "Q10", "Q11", "Q12"]
    page = [str(row[0].value) for row in book["Your answers"].iter_rows() if row[0].value]
    start = page.index("Where to start: your lowest questions")
    assert [text[:3] for text in page[start + 2 : start + 7]] == ["Q02", "Q04", "Q05", "Q06", "Q07"]
    assert "For others to act on, so on the sheet Next steps: Q01, Q03, Q10, Q11, Q12." in page


def test_another_word_for_who_can_act_is_a_fault(tmp_path: Path) -> None:
    text = questionnaire.BUILT_IN.read_text(encoding="utf-8")
    (tmp_path / "own.toml").write_text(text.replace('act = "board"', 'act = "ward"', 1), encoding="utf-8")
    with pytest.raises(ImpactError, match="act: must be one of team, division, board, and not “ward”"):
        questionnaire.load(tmp_path / "own.toml")


# -- the commands ------------------------------------------------------------------------------------


def test_few_teams_get_packs_on_demand_alone(run: Callable[..., Result], tmp_path: Path) -> None:
    path = tmp_path / "consolidated.xlsx"
    results.write(collate(files()[:3], QUESTIONNAIRE), path)
    done = run("feedback", path, "-o", tmp_path / "out", "--json")
    assert done.exit_code == 0
    assert "Too few teams answered" in done.stderr
    assert not (tmp_path / "out").exists()
    done = run("feedback", path, "-o", tmp_path / "out", "--few-teams")
    assert done.exit_code == 0, done.output
    [first, *_] = sorted((tmp_path / "out" / "packs").iterdir())
    page = [row[0].value for row in openpyxl.load_workbook(first)["Your answers"].iter_rows()]
    assert "Too few teams answered to show the others. This pack shows your own answers." in page


def test_check_says_what_a_pack_is(tmp_path: Path) -> None:
    (tmp_path / "pack.xlsx").write_bytes(type_into(pack_of(), cell("Next steps", "steps.Q02", "Who leads", "Jo")))
    report = api.check(tmp_path / "pack.xlsx", jobs=1)
    assert [finding.rule.id for finding in report.findings] == ["form-pack"]
    assert report.judged == []
