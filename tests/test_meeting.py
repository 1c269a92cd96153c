"""The workbook for the meeting: a page for each question, no team named, and nothing lost that people type into it."""

from __future__ import annotations

import io
import re
import shutil
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import libreoffice
import openpyxl
import pytest
from click.testing import Result
from rounds_in_memory import QUESTIONNAIRE, SMALL, random_round, returned, submission
from test_feedback import secret_round

from impact_xl import results
from impact_xl.api.workbooks import carry, check_places, write_results
from impact_xl.findings import ImpactError
from impact_xl.form import workbook as form
from impact_xl.form.form import Form
from impact_xl.results import actions, meeting
from impact_xl.results.meeting.lines import HEADS
from impact_xl.results.meeting.notes import Notes
from impact_xl.results.meeting.pages import MeetingWriter
from impact_xl.results.sheet_writer import FIRST_ROW
from impact_xl.roster import Round, Team, TeamList
from impact_xl.round.collation import Collation, collate
from impact_xl.round.figures import Agenda

K = 5
Edit = Callable[[openpyxl.Workbook], None]


def split_round(teams: int = 12, **more: object) -> Collation:
    """A round with one question of each agenda word: Q01 differs, Q02 is low, Q03 is high."""
    files = [
        returned(submission(f"Ward {n:02d}x", {"Q01": 1 if n % 2 else 5, "Q02": 2, "Q03": 4}, **more))
        for n in range(teams)
    ]
    return collate(files, QUESTIONNAIRE, Round(id="autumn", title="Autumn 2026", date=date(2026, 11, 30)))


def run_once(collation: Collation, folder: Path, **options: object) -> Collation:
    """One collate: what was typed is read, and both workbooks are written anew."""
    path, at = folder / "consolidated.xlsx", folder / "meeting.xlsx"
    carried = carry(collation, path, meeting=at, **options)
    return write_results(carried, path, meeting=at, earlier=folder / "earlier", same_round=True).collation


def edit(path: Path, *edits: Edit) -> None:
    book = openpyxl.load_workbook(path)
    for each in edits:
        each(book)
    book.save(path)


def line_row(sheet: object, number: int = 1) -> int:
    return next(row for row in range(1, 80) if sheet.cell(row, 1).value == HEADS[0]) + number


def decide(question: str, what: object, who: object = "", by: object = "", number: int = 1) -> Edit:
    def type_in(book: openpyxl.Workbook) -> None:
        sheet = book[question]
        for col, text in enumerate((what, who, by), 2):
            sheet.cell(line_row(sheet, number), col).value = text or None

    return type_in


def lines(path: Path, question: str) -> list[tuple[object, ...]]:
    sheet = openpyxl.load_workbook(path)[question]
    top = line_row(sheet, 0)
    every = (tuple(cell.value for cell in row[1:4]) for row in sheet.iter_rows(top + 1, top + 9))
    return [cells for cells in every if any(cells)]


def plan(path: Path) -> list[dict[str, object]]:
    """The rows of Actions that say anything."""
    heads, *rows = openpyxl.load_workbook(path)["Actions"].iter_rows(FIRST_ROW, values_only=True)
    return [dict(zip(heads, row, strict=True)) for row in rows if any(row)]


def set_action(what: str, column: str, text: str) -> Edit:
    def type_in(book: openpyxl.Workbook) -> None:
        sheet = book["Actions"]
        heads = [cell.value for cell in sheet[FIRST_ROW]]
        row = next(row for row in sheet.iter_rows(FIRST_ROW + 1) if row[heads.index("What")].value == what)
        row[heads.index(column)].value = text

    return type_in


def texts(content: bytes, sheet: str) -> list[str]:
    cells = (cell.value for row in openpyxl.load_workbook(io.BytesIO(content))[sheet] for cell in row)
    return [str(cell) for cell in cells if cell is not None]


# -- the pages ---------------------------------------------------------------------------------------


def test_a_page_for_each_question_of_the_agenda_differences_first() -> None:
    collation = random_round(7, teams=20)
    report = MeetingWriter(collation, (), K)
    words = list(report.agenda.values())
    order = [Agenda.DISCUSS, Agenda.IMPROVE, Agenda.SHARE]
    assert words == sorted(words, key=order.index)
    book = openpyxl.load_workbook(io.BytesIO(meeting.build(collation, K)))
    assert book.sheetnames == ["Agenda", *report.agenda]
    for question, word in report.agenda.items():
        distribution = collation.tallies()[question].distribution
        assert distribution.agenda(collation.target) is word
        sheet = book[question]
        page = texts(meeting.build(collation, K), question) if question == next(iter(report.agenda)) else None
        known = QUESTIONNAIRE.by_id[question]
        top = next(row for row in range(1, 9) if sheet.cell(row, 1).value == "Level") + 1
        for place, count in enumerate(distribution.counts):
            *words, _, number = sheet[top + place][:4]
            assert [cell.value for cell in words] == [*_level(known, place + 1)]
            assert (number.value, number.number_format) == (count, f'0" of {distribution.n}"')
        assert sum(text.endswith("?") for text in page or ()) >= 2 or page is None
        assert [sheet.cell(line_row(sheet, n), 1).value for n in (1, 2, 3)] == [1, 2, 3]
        assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage


def _level(question: object, level: int) -> tuple[str, str]:
    return QUESTIONNAIRE.level_name(level), question.statement(level)


def test_what_is_asked_follows_the_agenda_word() -> None:
    content = meeting.build(split_round(), K)
    assert (
        "What does a usual week look like in a team at Starting, and in a team at Improving and sustaining?"
        in texts(content, "Q01")
    )
    assert "What keeps us from Progressing?" in texts(content, "Q02")
    assert "What do teams at Spreading do that others could take over?" in texts(content, "Q03")


@pytest.mark.parametrize("teams", [0, 1, 5])
def test_too_few_teams_are_not_shown(teams: int) -> None:
    content = meeting.build(split_round(teams, notes={"Q01": "A note."}), K)
    assert openpyxl.load_workbook(io.BytesIO(content)).sheetnames == ["Agenda"]
    agenda = texts(content, "Agenda")
    assert "Too few teams to show." in agenda
    assert "22 questions are not listed: too few teams answered to show them." in agenda
    assert not any(word in " ".join(agenda) for word in ("Discuss", "Improve first", "Progressing"))


def test_a_question_that_few_answered_is_left_out() -> None:
    files = [
        returned(submission(f"T{n}", {"Q01": 2, **({"Q02": 2} if n < 5 else {})}, notes={"Q02": "only of few"}))
        for n in range(8)
    ]
    content = meeting.build(collate(files, QUESTIONNAIRE), K)
    assert openpyxl.load_workbook(io.BytesIO(content)).sheetnames == ["Agenda", "Q01"]
    assert b"only of few" not in zipfile.ZipFile(io.BytesIO(content)).read("xl/sharedStrings.xml")


def test_no_team_is_named_in_any_part() -> None:
    def told(number: int) -> str:
        return (
            f"At ward {number:02d}X we talk of note {number}; WARD  {(number + 1) % 14:02d}x does not. "
            f"See Self-assessment - Ward {number:02d}x.xlsx."
        )

    files = [
        returned(
            submission(
                f"Ward {n:02d}x",
                {q.id: 1 + (q.number + n // 7) % 5 for q in QUESTIONNAIRE.questions},
                group=f"Division {'AB'[n % 2]}",
                file=f"file-{n:02d}x.xlsx",
                completed_by=f"person-{n:02d}x",
                notes={q.id: told(n) for q in QUESTIONNAIRE.questions},
            )
        )
        for n in range(14)
    ]
    listed = [Team(f"id-{n:02d}x", f"Ward {n:02d}x", email=f"mail-{n:02d}x@trust.example") for n in range(14)]
    collation = collate(files, QUESTIONNAIRE, Round(title="Autumn", teams=TeamList(tuple(listed))))
    content = meeting.build(collation, K)
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        parts = "\n".join(package.read(name).decode() for name in package.namelist())
    assert "[our team] we talk of note" in parts
    assert "[another team] does not" in parts
    assert not re.findall(r"(?i)\b\d\dx\b", parts)
    assert len(openpyxl.load_workbook(io.BytesIO(content)).sheetnames) > 3


@pytest.mark.parametrize(
    ("name", "note", "shown"),
    [
        ("Day-surgery", "In day\u2011surgery it works", "In [our team] it works"),
        ("St Mary's & co", "st  mary\u2019s and CO: yes", "[our team]: yes"),
        ("ED", "We need help in ED.", "We need help in [our team]."),
        ("Ward 1", "Ward 11 helps ward 1", "Ward 11 helps [our team]"),
        ("A+B (north)", "ask a+b (NORTH)!", "ask [our team]!"),
        ("7", "7 of 9 do", "7 of 9 do"),
    ],
)
def test_a_teams_own_name_is_taken_out_of_its_notes(name: str, note: str, shown: str) -> None:
    collation = collate([returned(submission(name, {"Q01": 2}, notes={"Q01": note}))], QUESTIONNAIRE)
    assert Notes(collation).of("Q01") == [shown]


def test_notes_come_in_no_order_of_teams_and_long_ones_are_cut() -> None:
    notes = ["short", "b " * 400, *(f"{letter} note number {letter}" for letter in "zyxwvut")]
    files = [returned(submission(f"T{n:02d}", {"Q01": 2}, notes={"Q01": note})) for n, note in enumerate(notes)]
    page = texts(meeting.build(collate(files, QUESTIONNAIRE), K), "Q01")
    shown = [text for text in page if text.startswith("•")]
    assert shown == sorted(shown)
    assert len(shown) == 6
    assert max(map(len, shown)) <= 240
    assert "And 3 more notes: see Comments in the consolidated workbook." in page


def test_the_same_round_gives_the_same_bytes(tmp_path: Path) -> None:
    run_once(split_round(), tmp_path)
    first = (tmp_path / "meeting.xlsx").read_bytes()
    run_once(split_round(), tmp_path)
    assert (tmp_path / "meeting.xlsx").read_bytes() == first
    assert not (tmp_path / "earlier").exists()


@libreoffice.needs_printing
def test_each_page_is_one_sheet_of_paper(tmp_path: Path) -> None:
    rounds = {
        "usual": random_round(3, teams=40),
        "small": random_round(2, teams=12, questionnaire=SMALL),
        "long": split_round(
            notes={q.id: "We talked about this for a long time. " * 30 for q in QUESTIONNAIRE.questions}
        ),
    }
    for name, collation in rounds.items():
        (tmp_path / f"{name}.xlsx").write_bytes(meeting.build(collation, K))
    libreoffice.convert_all([tmp_path / f"{name}.xlsx" for name in rounds], tmp_path, "pdf")
    for name, collation in rounds.items():
        pages = libreoffice.printed_pages(tmp_path / f"{name}.pdf", "-layout")
        assert len(pages) == 1 + len(MeetingWriter(collation, (), K).pages), name


# -- what people type --------------------------------------------------------------------------------


def test_what_was_decided_becomes_a_row_of_actions_once(tmp_path: Path) -> None:
    run_once(split_round(), tmp_path)
    at, path = tmp_path / "meeting.xlsx", tmp_path / "consolidated.xlsx"
    edit(at, decide("Q02", "Train coaches", "Jo", date(2027, 3, 1)), decide("Q01", "Visit each other", number=2))
    for _ in range(3):
        collation = run_once(split_round(), tmp_path)
        rows = plan(path)
        assert [row["What"] for row in rows] == ["Visit each other", "Train coaches"]
        train = rows[1]
        assert (train["Team"], train["Question"][:3], train["Lead"]) == ("All teams", "Q02", "Jo")
        assert train["By when"].date() == date(2027, 3, 1)
        assert (train["Planned in"], train["File"], train["Sheet"]) == ("Meeting", "meeting.xlsx", "Q02")
        assert openpyxl.load_workbook(at)["Q02"][train["Cell"]].value == "Train coaches"
        assert [cells[:2] for cells in lines(at, "Q02")] == [("Train coaches", "Jo")]
        assert lines(at, "Q01") == [("Visit each other", None, None)]
        assert [f.rule.id for f in collation.to_fix if f.rule.id.startswith("text-")] == []
    assert len(list((tmp_path / "earlier").glob("meeting *.xlsx"))) == 1


def test_lines_come_in_without_a_consolidated_workbook(tmp_path: Path) -> None:
    run_once(split_round(), tmp_path)
    edit(tmp_path / "meeting.xlsx", decide("Q02", "Train coaches"))
    (tmp_path / "consolidated.xlsx").unlink()
    run_once(split_round(), tmp_path)
    assert [row["What"] for row in plan(tmp_path / "consolidated.xlsx")] == ["Train coaches"]
    assert lines(tmp_path / "meeting.xlsx", "Q02") == [("Train coaches", None, None)]


def test_more_lines_than_three_and_a_row_put_in_between(tmp_path: Path) -> None:
    run_once(split_round(), tmp_path)
    at, path = tmp_path / "meeting.xlsx", tmp_path / "consolidated.xlsx"
    edit(at, *(decide("Q02", f"Step {n}", number=n) for n in range(1, 6)))
    run_once(split_round(), tmp_path)
    edit(path, set_action("Step 1", "Status", "Done"))

    def put_first(book: openpyxl.Workbook) -> None:
        sheet = book["Q02"]
        sheet.insert_rows(line_row(sheet))
        sheet.cell(line_row(sheet), 2).value = "Before all else"

    edit(at, put_first)
    run_once(split_round(), tmp_path)
    assert [(row["What"], row["Status"]) for row in plan(path)] == [
        ("Before all else", None), ("Step 1", "Done"), *((f"Step {n}", None) for n in range(2, 6))
    ]  # fmt: skip
    assert [cells[0] for cells in lines(at, "Q02")] == ["Before all else", *(f"Step {n}" for n in range(1, 6))]


def test_a_line_and_its_row_follow_each_other(tmp_path: Path) -> None:
    run_once(split_round(), tmp_path)
    at, path = tmp_path / "meeting.xlsx", tmp_path / "consolidated.xlsx"
    edit(at, decide("Q02", "Train coaches", "Jo"))
    run_once(split_round(), tmp_path)
    edit(path, set_action("Train coaches", "Lead", "Sam"), set_action("Train coaches", "Status", "Under way"))
    run_once(split_round(), tmp_path)
    assert lines(at, "Q02") == [("Train coaches", "Sam", None)]
    edit(at, decide("Q02", "Train ten coaches", "Sam"))
    collation = run_once(split_round(), tmp_path)
    [row] = plan(path)
    assert (row["What"], row["Lead"], row["Status"]) == ("Train ten coaches", "Sam", "Under way")
    assert "text-two-leads" not in [f.rule.id for f in collation.to_fix]


def test_two_texts_for_one_line_are_both_kept(tmp_path: Path) -> None:
    run_once(split_round(), tmp_path)
    at, path = tmp_path / "meeting.xlsx", tmp_path / "consolidated.xlsx"
    edit(at, decide("Q02", "Train coaches", "Jo"))
    run_once(split_round(), tmp_path)
    edit(path, set_action("Train coaches", "Lead", "Sam"))
    edit(at, decide("Q02", "Train coaches", "Alex"))
    collation = run_once(split_round(), tmp_path)
    assert sorted(row["Lead"] for row in plan(path)) == ["Alex", "Sam"]
    [finding] = [f for f in collation.to_fix if f.rule.id == "text-two-leads"]
    assert "Actions!E" in finding.message
    assert "“Sam”" in finding.message
    assert "[meeting.xlsx]Q02!B" in finding.message
    run_once(split_round(), tmp_path)
    assert sorted(row["Lead"] for row in plan(path)) == ["Alex", "Sam"]


def test_a_cleared_line_goes_unless_it_was_worked_on(tmp_path: Path) -> None:
    run_once(split_round(), tmp_path)
    at, path = tmp_path / "meeting.xlsx", tmp_path / "consolidated.xlsx"
    edit(at, decide("Q02", "A slip"), decide("Q03", "In hand"))
    run_once(split_round(), tmp_path)
    edit(path, set_action("In hand", "Status", "Under way"))
    edit(at, decide("Q02", ""), decide("Q03", ""))
    collation = run_once(split_round(), tmp_path)
    assert [(row["What"], row["Status"]) for row in plan(path)] == [("In hand", "Under way")]
    assert collation.carried.cleared == 1
    assert (lines(at, "Q02"), lines(at, "Q03")) == ([], [])


@pytest.mark.parametrize("gone", ["the workbook", "the page"])
def test_lines_come_back_where_the_workbook_or_a_page_is_gone(tmp_path: Path, gone: str) -> None:
    run_once(split_round(), tmp_path)
    at = tmp_path / "meeting.xlsx"
    edit(at, decide("Q02", "Train coaches", "Jo"))
    run_once(split_round(), tmp_path)
    if gone == "the workbook":
        at.unlink()
    else:
        edit(at, lambda book: book.remove(book["Q02"]))
    run_once(split_round(), tmp_path)
    assert [row["What"] for row in plan(tmp_path / "consolidated.xlsx")] == ["Train coaches"]
    assert lines(at, "Q02") == [("Train coaches", "Jo", None)]


def test_lines_stay_when_the_question_leaves_the_agenda(tmp_path: Path) -> None:
    run_once(split_round(), tmp_path)
    at = tmp_path / "meeting.xlsx"
    edit(at, decide("Q02", "Train coaches"))
    for now in (split_round(2), collate([], QUESTIONNAIRE, Round(id="autumn"))):  # too few, and none at all
        run_once(now, tmp_path)
        assert openpyxl.load_workbook(at).sheetnames == ["Agenda", "Q02"]
        assert lines(at, "Q02") == [("Train coaches", None, None)]
        page = texts(at.read_bytes(), "Q02")
        assert "Too few teams to show." in page
        assert "Not on the agenda now" in page
        assert [row["What"] for row in plan(tmp_path / "consolidated.xlsx")] == ["Train coaches"]


def test_other_things_that_were_typed_are_kept_or_named(tmp_path: Path) -> None:
    run_once(split_round(), tmp_path)
    at = tmp_path / "meeting.xlsx"

    def type_around(book: openpyxl.Workbook) -> None:
        sheet = book["Q02"]
        sheet["F3"] = "beside the page"
        sheet.cell(line_row(sheet, 2), 6).value = "beside the lines"
        book["Q03"]["B2"] = "over our text"
        book["Agenda"]["B30"] = "below the agenda"
        book.create_sheet("Flipchart")["A1"] = "our own sheet"

    edit(at, type_around)
    collation = run_once(split_round(), tmp_path)
    lost = {f.where.sheet: f.message for f in collation.to_fix if f.rule.id == "text-not-kept"}
    assert set(lost) == {"Q02", "Q03", "Agenda"}
    assert {f.where.cell for f in collation.to_fix if f.rule.id == "text-not-kept" and f.where.sheet == "Q02"} == {
        "F3", f"F{line_row(openpyxl.load_workbook(at)['Q02'], 2)}"
    }  # fmt: skip
    assert texts(at.read_bytes(), "Flipchart") == ["our own sheet"]
    assert not [f for f in run_once(split_round(), tmp_path).to_fix if f.rule.id == "text-not-kept"]
    assert "Flipchart" in openpyxl.load_workbook(at).sheetnames


def test_sheets_that_were_renamed_and_moved_are_still_read(tmp_path: Path) -> None:
    run_once(split_round(), tmp_path)
    at = tmp_path / "meeting.xlsx"

    def tidy(book: openpyxl.Workbook) -> None:
        book["Q02"].title = "Coaching"
        book.move_sheet("Coaching", -2)

    edit(at, decide("Q02", "Train coaches"), tidy)
    collation = run_once(split_round(), tmp_path)
    assert [row["What"] for row in plan(tmp_path / "consolidated.xlsx")] == ["Train coaches"]
    assert not [f for f in collation.to_fix if f.rule.id.startswith("text-")]


@libreoffice.needs_office
def test_lines_typed_and_saved_by_libreoffice(tmp_path: Path) -> None:
    run_once(split_round(), tmp_path)
    at = tmp_path / "meeting.xlsx"
    row = line_row(openpyxl.load_workbook(at)["Q02"])
    entries = {"Q02": {f"B{row}": "Train coaches", f"D{row}": "2027-03-01"}}
    libreoffice.typed(at, tmp_path / "typed.xlsx", entries).replace(at)
    collation = run_once(split_round(), tmp_path)
    [decided] = plan(tmp_path / "consolidated.xlsx")
    assert (decided["What"], decided["By when"].date()) == ("Train coaches", date(2027, 3, 1))
    assert not [f for f in collation.to_fix if f.rule.id.startswith("text-")]


def _lose_heads(book: openpyxl.Workbook) -> None:
    sheet = book["Q02"]
    sheet.cell(line_row(sheet, 0), 2).value = "Anything"


def _lose_agenda(book: openpyxl.Workbook) -> None:
    book.remove(book["Agenda"])


def _two_pages(book: openpyxl.Workbook) -> None:
    book.copy_worksheet(book["Q02"])


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda at: edit(at, _lose_heads), "the sheet “Q02” has lost the row"),
        (lambda at: edit(at, _two_pages), "are both about Q02"),
        (lambda at: edit(at, _lose_agenda), "no round's id, and this is “autumn”"),
        (lambda at: at.write_bytes(b"nothing of use"), "it is damaged, or no workbook"),
        (lambda at: shutil.copy(at.with_name("consolidated.xlsx"), at), "it is no workbook for the meeting"),
        (lambda at: run_once(split_round_of("spring"), at.parent / "other"), ""),
    ],
)
def test_what_cannot_be_read_back_stops_and_nothing_is_changed(
    tmp_path: Path, spoil: Callable[[Path], object], message: str
) -> None:
    run_once(split_round(), tmp_path)
    at = tmp_path / "meeting.xlsx"
    (tmp_path / "other").mkdir()
    spoil(at)
    if not message:
        shutil.copy(tmp_path / "other" / "meeting.xlsx", at)
        message = "another round: “spring”, not “autumn”"
    before = at.read_bytes(), (tmp_path / "consolidated.xlsx").read_bytes()
    with pytest.raises(ImpactError, match=message):
        run_once(split_round(), tmp_path)
    assert (at.read_bytes(), (tmp_path / "consolidated.xlsx").read_bytes()) == before


def split_round_of(name: str) -> Collation:
    files = [returned(submission(f"T{n}", {"Q01": 2})) for n in range(8)]
    return collate(files, QUESTIONNAIRE, Round(id=name))


def test_what_is_no_workbook_is_known_before_the_work(tmp_path: Path) -> None:
    (tmp_path / "meeting.xlsx").write_bytes(b"nothing of use")
    with pytest.raises(ImpactError, match="workbook for the meeting cannot be read back"):
        check_places(tmp_path / "consolidated.xlsx", meeting=tmp_path / "meeting.xlsx")
    check_places(tmp_path / "consolidated.xlsx", meeting=tmp_path / "meeting.xlsx", keep=False)


def test_rows_of_the_meeting_are_no_teams_own(tmp_path: Path) -> None:
    run_once(split_round(), tmp_path)
    edit(tmp_path / "meeting.xlsx", decide("Q02", "Train coaches", "Jo", "May"))
    collation = run_once(secret_round_of_id(), tmp_path, same_round=True)
    [row] = [row for row in actions.rows_of(collation) if row["Team"] == "All teams"]
    assert row["What"] == "Train coaches"
    read = results.stored_round.read(tmp_path / "consolidated.xlsx", [QUESTIONNAIRE])
    assert not any("Train" in p.what for each in read.results if each.submission for p in each.submission.priorities)


def secret_round_of_id() -> Collation:
    return secret_round()


# -- the command -------------------------------------------------------------------------------------


def test_collate_writes_it_in_a_round(
    run: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("teams.csv").write_text("team\n" + "".join(f"Ward {n}\n" for n in range(7)), encoding="utf-8")
    assert run("new", "Autumn 2026", "--teams", "teams.csv", "--deadline", "30/11/2026").exit_code == 0
    monkeypatch.chdir(tmp_path / "autumn-2026")
    marks = {f"{question.id}.L2": True for question in QUESTIONNAIRE.questions}
    for n in range(7):
        form.write(Form(QUESTIONNAIRE, entries=marks | {"start.team": f"Ward {n}"}), f"returns/{n}.xlsx")
    done = run("collate")
    assert done.exit_code == 0, done.output
    assert "results/meeting.xlsx" in done.stdout.replace("\\", "/")
    edit(Path("results/meeting.xlsx"), decide("Q02", "Train coaches"))
    done = run("collate")
    assert "Taken into Actions from meeting.xlsx: 1 line." in done.stderr
    assert "Carried over from the workbook that was there: nothing" in done.stderr
    edit(Path("results/meeting.xlsx"), decide("Q02", ""))
    assert "Taken out of Actions, as cleared in the workbook for the meeting: 1 line." in run("collate").stderr
    Path("results/meeting.xlsx").write_bytes(b"nothing of use")
    before = Path("results/consolidated.xlsx").read_bytes()
    done = run("collate")
    assert done.exit_code == 2
    assert "workbook for the meeting" in done.stderr
    assert Path("results/consolidated.xlsx").read_bytes() == before
    assert run("collate", "--overwrite").exit_code == 0
    Path("results/meeting (1).xlsx").write_bytes(Path("results/meeting.xlsx").read_bytes())
    assert run("collate").exit_code == 2
