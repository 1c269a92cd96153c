"""Answers from survey tools: every cell is counted right, or told with its row and column."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

import pytest
import xlsxwriter

from impact_xl import api
from impact_xl import questionnaire as questionnaires
from impact_xl.questionnaire import Question, Questionnaire
from impact_xl.returns.parse.own_tables import OWN
from impact_xl.returns.parse.survey_columns import date_of, find_columns
from impact_xl.returns.read_file import read_content
from impact_xl.returns.submission import ReturnedFile, Wording
from impact_xl.roster import Round, Team, TeamList
from impact_xl.round.answers import State, judge
from impact_xl.round.tables import COLUMNS
from impact_xl.xlsx.a1 import a1

NHS = questionnaires.load()
EXAMPLES = Path(__file__).parent.parent / "docs" / "examples"
BASICS = questionnaires.load(EXAMPLES / "data_basics.toml")
HEADS = ["ID", "Start time", "Completion time", "Email", "Name", "Team"]
Rows = Sequence[Sequence[object]]


def as_csv(rows: Rows, delimiter: str = ",", encoding: str = "utf-8-sig") -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue().encode(encoding, "replace")


def as_xlsx(rows: Rows) -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("Form1")
        day = book.add_format({"num_format": "dd/mm/yyyy hh:mm"})
        for row, cells in enumerate(rows):
            for col, value in enumerate(cells):
                if isinstance(value, datetime):
                    sheet.write_datetime(row, col, value, day)
                elif value != "":
                    sheet.write(row, col, value)
    return content.getvalue()


def read(content: bytes, questionnaire: Questionnaire = NHS, file: str = "survey.csv") -> ReturnedFile:
    return read_content(content, file, questionnaire)


def rules(file: ReturnedFile) -> list[str]:
    return [finding.rule.id for finding in file.findings]


def row_of(team: str, levels: Sequence[int], questionnaire: Questionnaire = NHS) -> list[object]:
    texts = [q.statement(level) for q, level in zip(questionnaire.questions, levels, strict=True)]
    return [1, "", "2026-11-20 10:00:00", "", "", team, *texts]


def head_of(questionnaire: Questionnaire = NHS) -> list[object]:
    return [*HEADS, *(question.title for question in questionnaire.questions)]


def answers(file: ReturnedFile, questionnaire: Questionnaire = NHS) -> list[dict[str, object]]:
    return [
        {key: each.level or each.state for key, each in judge(submission, questionnaire).answers.items()}
        for submission in file.submissions
    ]


# -- ways to write one answer, and whether it is counted ----------------------------------------------------

Way = Callable[[Question, int], str]
COUNTED: list[Way] = [
    lambda q, level: q.statement(level),
    lambda q, level: q.statement(level)[:255],
    lambda q, level: f"{NHS.level_name(level)}: {q.statement(level)}"[:255],
    lambda q, level: f"{level}. {q.statement(level)}",
    lambda q, level: f"Level {level} – {q.statement(level)}",
    lambda q, level: f"{q.statement(level).upper()} ",
    lambda q, level: f"{q.statement(level)};",
    lambda q, level: f"{q.statement(level)[:250]}…",
    lambda _, level: NHS.level_name(level),
]
TOLD = ("answer-blank", "answer-unclear", "answer-multiple")
NOT_COUNTED: list[Way] = [
    lambda _q, _level: "",
    lambda _q, _level: "Other: it depends",
    lambda _q, _level: "N/A",
    lambda _, level: str(level),
    lambda q, level: f"{q.statement(level)}; {q.statement(level % 5 + 1)}",
    lambda q, level: f"{NHS.level_name(level % 5 + 1)}: {q.statement(level)}",
]


@pytest.mark.parametrize(
    "write", [as_csv, as_xlsx, lambda rows: as_csv(rows, ";", "cp1252"), lambda rows: as_csv(rows, "\t", "utf-16")]
)
def test_two_hundred_rows_in_any_order_and_spelling(write: Callable[[Rows], bytes]):
    """Every answer is right, or told with its cell."""
    chance = random.Random(19)
    order = list(range(len(NHS.questions)))
    chance.shuffle(order)
    questions = [NHS.questions[place] for place in order]
    rows: list[list[object]] = [[*HEADS, *(question.title for question in questions)]]
    counted: list[dict[str, int]] = []
    for number in range(200):
        levels = {question.id: chance.randint(1, 5) for question in questions}
        ways = {q.id: chance.choice(COUNTED if chance.random() < 0.9 else NOT_COUNTED) for q in questions}
        texts = [ways[question.id](question, levels[question.id]) for question in questions]
        rows.append([number, "", "2026-11-20 10:00", "", "", f"Team {number}", *texts])
        counted.append({key: level for key, level in levels.items() if ways[key] in COUNTED})
    file = read(write(rows))
    assert rules(file) == ["form-survey"]
    assert len(file.submissions) == 200
    places = {question.id: place for place, question in enumerate(questions, len(HEADS))}
    for row, (submission, expected) in enumerate(zip(file.submissions, counted, strict=True), 1):
        judged = judge(submission, NHS)
        assert submission.team == f"Team {row - 1}"
        assert {key: each.level for key, each in judged.answers.items() if each.level} == expected
        told = {
            each.question
            for each in judged.findings
            if each.rule.id in ("answer-blank", "answer-unclear", "answer-multiple")
        }
        assert told == set(NHS.by_id) - set(expected)
        assert all(each.where.cell == a1(row, places[key]) for key, each in judged.answers.items())
        assert all(finding.where.cell for finding in judged.findings)


def test_cut_statements_count_only_where_one_begins_so():
    one = NHS.questions[0]
    both = max((one.statement(level) for level in one.levels), key=len)[:12]
    begins = [level for level in one.levels if one.statement(level).startswith(both)]
    row = row_of("Ash", [3] * 22)
    row[len(HEADS)] = both
    file = read(as_csv([head_of(), row_of("Birch", [2] * 22), row]))
    answer = judge(file.submissions[1], NHS).answers["Q01"]
    assert answer.state is (State.ANSWERED if len(begins) == 1 else State.UNCLEAR)
    doubtful = questionnaires.load(EXAMPLES / "handover.toml")
    rows = [head_of(doubtful), *(row_of(f"T{n}", [4] * 7, doubtful) for n in range(3))]
    rows[1][len(HEADS) + 1] = "All professions hand over together"
    file = read(as_csv(rows), doubtful)
    assert judge(file.submissions[0], doubtful).answers["Q02"].level == 4
    rows[1][len(HEADS)] = "Time and place are kept on"
    [unclear] = [
        each for each in judge(read(as_csv(rows), doubtful).submissions[0], doubtful).findings if each.question == "Q01"
    ]
    assert "how several of its statements begin" in unclear.message
    assert unclear.where.cell == "G2"


def test_a_level_by_its_name_alone_is_counted_with_a_warning():
    row = row_of("Ash", [3] * 22)
    row[len(HEADS)] = "Spreading"
    file = read(as_csv([head_of(), row_of("Birch", [2] * 22), row]))
    judged = judge(file.submissions[1], NHS)
    assert judged.answers["Q01"].level == 4
    assert [each.rule.id for each in judged.findings] == ["answer-by-name-only"]
    assert next(iter(file.submissions[1].questions["Q01"].ticked)).wording is Wording.GONE


def test_what_a_tool_leaves_out_is_missing_for_each_row():
    rows = [row[:-1] for row in (head_of(), row_of("Ash", [1] * 22), row_of("Birch", [2] * 22))]
    for submission in read(as_csv(rows)).submissions:
        judged = judge(submission, NHS)
        assert judged.answers["Q22"].state is State.MISSING
        [finding] = judged.findings
        assert finding.message.startswith("Q22: this table has no column for it")


def test_notes_stand_beside_their_question_or_name_it():
    head, row = head_of(), row_of("Ash", [1] * 22)
    head.insert(len(HEADS) + 1, "Evidence or notes")
    row.insert(len(HEADS) + 1, "On the wall.")
    head.append(f"{NHS.questions[4].title} [Comment]")
    row.append("See minutes.")
    [submission] = read(as_csv([head, row])).submissions
    assert submission.questions["Q01"].note == "On the wall."
    assert submission.questions["Q05"].note == "See minutes."


def test_statements_that_return_need_a_header():
    rows = [head_of(BASICS), *(row_of(f"T{n}", [1, 1 + n % 3, 3, 3, 1 + n % 3, 1, 1, 1], BASICS) for n in range(4))]
    file = read(as_csv(rows), BASICS)
    assert [each["Q02"] for each in answers(file, BASICS)] == [1, 2, 3, 1]
    assert [each["Q03"] for each in answers(file, BASICS)] == [3] * 4
    bare = [[*HEADS, *(f"Column {n}" for n in range(8))], *rows[1:]]
    file = read(as_csv(bare), BASICS)
    unclear = [finding for finding in file.findings if finding.rule.id == "survey-column"]
    assert [finding.where.cell for finding in unclear] == ["H1", "I1", "K1", "M1"]
    assert all(each["Q02"] is State.MISSING for each in answers(file, BASICS))
    assert [each["Q01"] for each in answers(file, BASICS)] == [1] * 4


def test_statements_of_an_overlay_are_known(tmp_path: Path):
    path = tmp_path / "wards.toml"
    path.write_text(
        'id = "wards"\nof = "nhs-impact"\nversion = "1"\nfor = "wards"\nby = "us"\n'
        '[question.Q01]\nstatements = { 2 = "Our senior leaders have begun." }\n',
        encoding="utf-8",
    )
    content = questionnaires.Questionnaire(**{**vars_of(NHS), "overlays": (questionnaires.load_overlay(path, NHS),)})
    rows = [head_of(), row_of("Ash", [2] * 22), row_of("Birch", [2] * 22)]
    rows[1][len(HEADS)] = "Starting again? No. Our senior leaders have begun."
    rows[2][len(HEADS)] = "2. Our senior leaders have begun."
    file = read(as_csv(rows), content)
    assert [each["Q01"] for each in answers(file, content)] == [State.UNCLEAR, 2]


def vars_of(content: Questionnaire) -> dict[str, object]:
    return {name: getattr(content, name) for name in content.__dataclass_fields__}


def test_the_later_row_of_a_team_counts(tmp_path: Path):
    first, second, other = row_of("Ash", [1] * 22), row_of("Ash", [4] * 22), row_of("Birch", [2] * 22)
    second[2] = "2026-11-21 09:00:00"
    (tmp_path / "survey.csv").write_bytes(as_csv([head_of(), second, first, other]))
    listed = TeamList((Team("a", "Ash"), Team("b", "Birch"), Team("c", "Cedar")))
    collation = api.collate(tmp_path, listed, round=Round(), jobs=1)
    assert {result.team.name: result.levels.get("Q01") for result in collation.results} == {
        "Ash": 4,
        "Birch": 2,
        "Cedar": None,
    }
    assert {each.rule.id for each in collation.to_fix} == {"form-survey", "team-twice", "round-few-returns"}
    answer = next(result for result in collation.results if result.team.name == "Ash").answers["Q01"]
    assert (answer.where.file, answer.where.sheet, answer.where.cell) == ("survey.csv", "survey", "G2")
    assert api.write(collation, tmp_path / "out.xlsx")


def test_a_row_without_a_team_is_told_with_its_place():
    rows = [head_of(), row_of("", [1] * 22), row_of("Ash", [2] * 22), ["", "", "", "", "", ""], ["", "", "Total"]]
    file = read(as_csv(rows))
    assert [submission.where.cell for submission in file.submissions] == ["F2", "F3"]


@pytest.mark.parametrize(
    ("rows", "what"),
    [
        *(
            ([list(heads), ["x"] * len(heads)], f"{name}.csv, which this program writes")
            for name, heads in COLUMNS.items()
        ),
        ([["team", "group", "email"], ["Ash", "A", "a@b.example"], ["Birch", "A", "b@b.example"]], "a list of teams"),
        ([head_of(), ["1"] * 28, ["2"] * 28], "with the questions as headers, and without any of their statements"),
        ([["a", "b", "c"], ["1", "2", "3"]], "a text file (such as CSV)"),
    ],
)
def test_tables_that_are_no_returns_are_named(rows: Rows, what: str):
    for content in (as_csv(rows), as_xlsx(rows)):
        file = read(content)
        assert not file.submissions
        [finding] = file.findings
        is_text = finding.rule.id == "file-not-workbook"
        assert what in finding.message or (not is_text and "text file" in what)
        assert finding.mend


@pytest.mark.parametrize(
    ("of_question", "what"),
    [
        (lambda q: q.statement(2), "and 22 statements, and without a row for each return"),
        (lambda _: "2", "below each other, and without any of their statements"),
    ],
    ids=["statements", "numbers"],
)
def test_a_list_of_questions_is_told_as_it_is(of_question: Callable[[Question], str], what: str):
    file = read(as_xlsx([[f"{q.number}. {q.title}", of_question(q)] for q in NHS.questions]))
    (finding,) = file.findings
    assert what in finding.message
    assert "as headers" not in finding.message


def test_our_own_tables_are_known_by_columns_that_they_have():
    ours = {f"{name}.csv": set(columns) for name, columns in COLUMNS.items()}
    assert all(OWN[name] <= columns for name, columns in ours.items() if name in OWN and name != "questions.csv")
    assert set(ours) <= set(OWN)


def test_a_broken_table_is_damaged_and_not_half_read():
    content = as_csv([head_of(), row_of("Ash", [1] * 22), row_of("Birch", [2] * 22)])
    file = read(content + b'\n"never closed, and, more')
    assert (rules(file), file.submissions) == (["file-damaged"], ())


def test_prose_is_no_table():
    file = read(b"Dear all,\nplease find, as promised, our answers.\nYours, Jo, and the team\n", file="a.txt")
    assert rules(file) == ["file-not-workbook"]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["11/20/2026 1:05:00 PM", "1/2/2026 9:00"], ["2026-11-20 13:05", "2026-01-02 09:00"]),
        (["20/11/2026 13:05", "1/2/2026"], ["2026-11-20 13:05", "2026-02-01 00:00"]),
        (["2026-11-20T12:00:00Z", "2026/11/20 12:00 AM"], ["2026-11-20 12:00", "2026-11-20 00:00"]),
        (["1/2/2026 9:00", "3/3/2026"], [None, "2026-03-03 00:00"]),
        (["soon", "45/45/2026"], [None, None]),
    ],
)
def test_dates_as_tools_write_them(texts: list[str], expected: list[str | None]):
    columns = find_columns({0: "Completion time"})
    rows = {row: {0: text} for row, text in enumerate(texts)}
    month_first = columns.month_first(rows, rows)
    dates = [date_of(text, month_first) for text in texts]
    assert [each and f"{each:%Y-%m-%d %H:%M}" for each in dates] == expected


@pytest.mark.parametrize(
    ("heads", "team"),
    [
        ({0: "Name", 1: "Team name"}, 1),
        ({0: "Which team do you work in?", 1: "Email"}, 0),
        ({0: "Your ward", 1: "What does your team do best?"}, 0),
        ({0: "Is your team big?", 1: "Does your ward meet?"}, None),
        ({0: "Name", 1: "Id"}, None),
    ],
)
def test_the_column_of_the_team(heads: dict[int, str], team: int | None):
    assert find_columns(heads).team == team
