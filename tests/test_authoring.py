# ruff: noqa: E501  a broken workbook stands in one line with its message
"""Questionnaires of one's own: written in Excel, read back to the letter, and every fault named with its cell."""

from __future__ import annotations

import io
import random
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import libreoffice
import openpyxl
import pytest
from click.testing import CliRunner

from impact_xl import authoring
from impact_xl import questionnaire as questionnaires
from impact_xl.api import authoring as api
from impact_xl.authoring import difference, sheets, writer
from impact_xl.authoring.difference import Kind, word_by_word
from impact_xl.authoring.tables import as_toml, tables_of
from impact_xl.cli import cli
from impact_xl.findings import ImpactError
from impact_xl.form import workbook as form
from impact_xl.form.workbook import Form
from impact_xl.questionnaire import Component, Level, Question, Questionnaire
from impact_xl.questionnaire.checks import SHORT_COMPONENT, SHORT_QUESTION
from impact_xl.xlsx import theme

EXAMPLES = Path(__file__).parent.parent / "docs" / "examples"
NHS = questionnaires.load()
HANDOVER = questionnaires.load(EXAMPLES / "handover.toml")
BASICS = questionnaires.load(EXAMPLES / "data_basics.toml")
SHIPPED = [NHS, HANDOVER, BASICS, questionnaires.load(api.WORKED)]
ODD_TEXTS = (
    *(
        "plain words",
        "two\nlines",
        "  inner   spaces",
        "=1+1",
        "+44",
        "-",
        "@home",
        "'quoted'",
        "“curly” – dash…",
        "1.10",
    ),
    *(
        "007",
        "TRUE",
        "2026-01-01",
        "<r>&amp;</r>",
        "emoji 🗹 and ½",
        "tab\there",
        "NHS\u00a0England",
        "中文 テスト",
        "x" * 300,
    ),
    *("#REF!", "yes", "1e5", 'she said "no"', "back\\slash", "a; b, c", "{+braces+}", "_x0041_"),
)


def written(content: Questionnaire, folder: Path, name: str = "q.xlsx") -> Path:
    path = folder / name
    path.write_bytes(writer.build(content))
    return path


def same(one: Questionnaire, other: Questionnaire) -> bool:
    return tables_of(one) == tables_of(other) and one.fingerprint == other.fingerprint


def random_questionnaire(seed: int) -> Questionnaire:
    """Any questionnaire that can be used, with odd texts, gaps, sections and statements that return."""
    chance = random.Random(seed)

    def text(most: int = 400, prefix: str = "") -> str:
        return f"{prefix}{chance.choice(ODD_TEXTS)} {chance.randint(0, 999_999)}"[:most].strip()

    levels = tuple(
        Level(n, f"L{n} {seed}", text() if chance.random() < 0.3 else "") for n in range(1, chance.randint(3, 8))
    )
    target = chance.randint(1, len(levels))
    number, parts = 0, []
    for place in range(1, chance.randint(2, 5)):
        own = []
        for _ in range(chance.randint(1, 6)):
            number += 1
            top = chance.randint(max(target, 2), len(levels))
            there = {top, *chance.sample(range(1, top), chance.randint(1, top - 1))}
            statements = tuple(text(prefix=f"s{n} ") if n in there else "" for n in range(1, top + 1))
            own.append(
                Question(
                    f"Q{number + chance.randint(0, 1) * 100:02d}", number, f"C{place}", text(), text(34, "q"), statements,
                    *(text() if chance.random() < 0.4 else "" for _ in range(1)),
                    section=text(80) if chance.random() < 0.4 else "",
                    not_applicable=chance.choice([None, True, False]),
                    act=chance.choice(["", "team", "board"]),
                )
            )  # fmt: skip
        points = tuple(text() for _ in range(chance.randint(0, 3)))
        intro = text() if chance.random() < 0.3 else ""
        parts.append(
            Component(
                f"C{place}",
                place,
                text(),
                re.sub(r"[\[\]:*?/\\']", "", f"{place} {text(20)}")[:28].strip(),
                points,
                tuple(own),
                intro,
            )
        )
    intro = (f"Please choose {seed}.", *(text() for _ in range(chance.randint(0, 3))))
    return Questionnaire(
        f"random-{seed}", chance.choice(["1", "1.10", "2026-11", "v2"]), date(2026, 1, 1 + seed % 28), text(80), text(),
        text(), text(), intro, levels, target, tuple(parts),
        answering_rule=f"please choose {seed}" if chance.random() < 0.5 else "",
    )  # fmt: skip


@pytest.mark.parametrize("content", SHIPPED, ids=lambda each: each.id)
def test_a_shipped_one_comes_back_to_the_letter(content: Questionnaire, tmp_path: Path):
    path = written(content, tmp_path)
    assert same(authoring.load(path), content)
    text = as_toml(tables_of(content))
    (tmp_path / "q.toml").write_text(text, encoding="utf-8")
    assert same(authoring.load(tmp_path / "q.toml"), content)
    assert writer.build(content) == path.read_bytes()


def test_any_questionnaire_comes_back_to_the_letter(tmp_path: Path):
    for seed in range(40):
        content = random_questionnaire(seed)
        source = tmp_path / "q.toml"
        source.write_text(as_toml(tables_of(content)), encoding="utf-8")
        assert same(questionnaires.load(source), content), seed
        assert same(authoring.load(written(questionnaires.load(source), tmp_path)), content), seed


@libreoffice.needs_office
def test_they_come_back_through_libreoffice(tmp_path: Path):
    """Workbook, saved by LibreOffice: with the same fingerprint. Two hundred were tried by hand."""
    made = [*SHIPPED, *map(random_questionnaire, range(40, 52))]
    paths = [written(content, tmp_path, f"{number}.xlsx") for number, content in enumerate(made)]
    libreoffice.convert_all(paths, tmp_path / "saved", "xlsx:Calc MS Excel 2007 XML")
    for content, path in zip(made, paths, strict=True):
        assert same(authoring.load(tmp_path / "saved" / path.name), content), path.name


def test_a_workbook_is_taken_wherever_a_questionnaire_is(tmp_path: Path):
    path = written(BASICS, tmp_path, "no ending")
    runner = CliRunner()
    target = tmp_path / "form.xlsx"
    done = runner.invoke(cli, ["generate", "--questionnaire", str(path), "-o", str(target)])
    assert done.exit_code == 0, done.output
    assert target.read_bytes() == form.build(Form(BASICS, round=_own_service()))


def _own_service() -> Any:
    from impact_xl.roster import OWN_SERVICE, Round

    return Round(about=OWN_SERVICE)


# -- sixty broken workbooks --------------------------------------------------------------------------------

Hands = Callable[[Any], None]


def put(sheet: str, cell: str, value: object) -> Hands:
    def do(book: Any) -> None:
        book[sheet][cell] = value

    return do


def rename(old: str, new: str) -> Hands:
    def do(book: Any) -> None:
        book[old].title = new

    return do


def delete(sheet: str) -> Hands:
    return lambda book: book.remove(book[sheet])


def delete_row(sheet: str, row: int, count: int = 1) -> Hands:
    return lambda book: book[sheet].delete_rows(row, count)


def delete_column(sheet: str, col: int) -> Hands:
    return lambda book: book[sheet].delete_cols(col)


def hide(sheet: str) -> Hands:
    def do(book: Any) -> None:
        book[sheet].sheet_state = "hidden"

    return do


Q, C, P, L, F = sheets.QUESTIONS, sheets.COMPONENTS, sheets.POINTS, sheets.LEVELS, sheets.QUESTIONNAIRE
BROKEN: Mapping[str, tuple[Hands, str]] = {
    "sheet misspelt": (rename(Q, "Question"), "Questions: there is no sheet “Questions”; did you mean “Question”?"),
    "sheet gone": (delete(C), "Components: there is no sheet “Components”; it may be hidden or deleted"),
    "sheet hidden": (hide(L), "Levels: there is no sheet “Levels”; it may be hidden or deleted"),
    "levels gone": (delete(L), "Levels: there is no sheet “Levels”"),
    "sheet in other words": (rename(F, "Cover"), "there is no sheet “Questionnaire”"),
    "header misspelt": (put(Q, "E1", "Titel"), "Questions!A1: there is no column “Title” in row 1, which reads “Id”"),
    "header meant": (put(Q, "E1", "Titel"), "is “Titel” in E1 meant?"),
    "header gone": (put(C, "C1", None), "Components!A1: there is no column “Short” in row 1"),
    "no component column": (delete_column(Q, 2), "Questions!A1: there is no column “Component”"),
    "no id column": (delete_column(Q, 1), "Questions!A1: there is no column “Id”"),
    "header row moved down": (lambda book: book[Q].insert_rows(1), "Questions!A1: there is no column “Id” in row 1, which reads nothing"),
    "no levels' columns": (lambda book: book[Q].delete_cols(11, 4), "Questions!A1: there is no column of a level, headed “1 Name”"),
    "level too many": (put(Q, "O1", "5 Extra"), "Questions!O1: there is no level 5; the sheet Levels has 4"),
    "id misspelt": (put(Q, "A2", "1"), "Questions!A2, id: “1” is not of the form Q01"),
    "id twice": (put(Q, "A3", "Q01"), "Questions!A3, id: “Q01” is there twice"),
    "component id twice": (put(C, "A3", "C1"), "Components!A3, id: “C1” is there twice"),
    "component id odd": (put(C, "A2", "Part 1"), "Components!A2, id: “Part 1” is not of the form C1"),
    "no such component": (put(Q, "B4", "C9"), "Questions!B4: there is no component “C9”; known are C1, C2"),
    "component of a far name": (put(Q, "B4", "the other"), "Questions!B4: there is no component “the other”; known are C1, C2"),
    "component empty": (put(Q, "B4", None), "Questions!B4: the component is missing; known are C1, C2"),
    "point of no component": (put(P, "A2", "C7"), "Practice points!A2: there is no component “C7”"),
    "point without a text": (put(P, "C2", None), "Practice points!C2: the text of this point is missing"),
    "component without questions": (put(C, "A4", "C3"), "Components!A4, question: no question on the sheet Questions belongs to this component"),
    "component without a title": (put(C, "B2", None), "Components!B2, title: is missing; a text is needed"),
    "component without a short title": (put(C, "C3", "  "), "Components!C3, short: is missing; a text is needed"),
    "short too long": (put(C, "C2", "A name that is much too long for it"), "Components!C2, short: has 35 characters; at most 28 fit, such as “A name that is much too"),
    "short with a slash": (put(C, "C2", "Before/after"), "Components!C2, short: becomes a sheet's name and may not hold / (it holds “Before/after”)"),
    "short with an apostrophe": (put(C, "C2", "Wards'"), "Components!C2, short: becomes a sheet's name and may not end with an apostrophe"),
    "short twice": (put(C, "C3", "The handover ITSELF"), "Components!C3, short: “The handover ITSELF” is there twice"),
    "short of the results": (put(C, "C3", "Agenda"), "Components!C3, short: “Agenda” is a word that the results use"),
    "question without a title": (put(Q, "E5", ""), "Questions!E5, title: is missing; a text is needed"),
    "question without a short title": (put(Q, "F5", None), "Questions!F5, short: is missing; a text is needed"),
    "question's short too long": (put(Q, "F2", "x" * 40), "Questions!F2, short: has 40 characters; at most 34 fit"),
    "section too long": (put(Q, "D2", "x" * 90), "Questions!D2, section: has 90 characters; at most 80 fit"),
    "who can act": (put(Q, "J2", "me"), "Questions!J2, act: must be"),
    "not applicable": (put(Q, "I2", "perhaps"), "Questions!I2: “perhaps” must be yes, no or empty"),
    "statement twice": (put(Q, "L2", HANDOVER.questions[0].statement(1)), "Questions!L2, statements: “It happens when and where there is room for it.” is there twice"),
    "one statement": (lambda book: [put(Q, f"{c}2", None)(book) for c in "LMN"], "Questions!K2, statements: has 1 texts; at least 2 are needed"),
    "no statement": (lambda book: [put(Q, f"{c}2", None)(book) for c in "KLMN"], "Questions!K2, statements: has 0 texts; at least 2 are needed"),
    "below the target": (lambda book: [put(Q, f"{c}2", None)(book) for c in "MN"], "Questions!K2, statements: end at level 2, below the target level 3"),
    "statement is an error": (put(Q, "L3", "=1/0"), "Questions!L3: holds a formula whose result was not saved; type the text itself"),
    "statement is a date": (put(Q, "L3", date(2026, 3, 4)), "Questions!L3: Excel has made a date of what was typed (2026-03-04)"),
    "title is a date": (put(Q, "E3", date(2026, 3, 4)), "Questions!E3: Excel has made a date"),
    "level's name twice": (put(L, "B3", "beginning"), "Levels!B3, levels: “beginning” is there twice"),
    "level's name reserved": (put(L, "B3", "Blank"), "Levels!B3, levels: “Blank” is a word that the results use"),
    "level without a name": (put(L, "B3", None), "Levels!B3, levels: holds something that is no text: an empty text"),
    "level's number wrong": (put(L, "A3", "3"), "Levels!A3: “3” is not the number of this level; 2 is"),
    "level's number missing": (put(L, "A3", None), "Levels!A3: “” is not the number of this level; 2 is"),
    "one level": (delete_row(L, 3, 3), "from 2 to 7 levels are possible, not 1"),
    "eight levels": (lambda book: [put(L, f"{c}{r}", str(r - 1) if c == "A" else f"x{r}")(book) for r in range(6, 10) for c in "AB"], "from 2 to 7 levels are possible, not 8"),
    "id of the whole": (put(F, "B2", "Ward handover"), "Questionnaire!B2, id: “Ward handover” is not of the form nhs-impact"),
    "version with a plus": (put(F, "B3", "1+2"), "Questionnaire!B3, version: may not hold +"),
    "version missing": (put(F, "B3", None), "Questionnaire!B3, version: is missing; a text is needed"),
    "issued is no date": (put(F, "B4", "soon"), "Questionnaire!B4, issued: must be a date such as 2026-04-01 (it holds “soon”)"),
    "title too long": (put(F, "B5", "x" * 81), "Questionnaire!B5, title: has 81 characters; at most 80 fit"),
    "publisher's row gone": (delete_row(F, 6), "publisher: is missing; a text is needed"),
    "target is no level": (put(F, "B9", "9"), "Questionnaire!B9, target: must be the number of a level, from 1 to 4 (it holds “9”)"),
    "target in words": (put(F, "B9", "high"), "Questionnaire!B9, target: must be the number of a level"),
    "rule in other words": (put(F, "B10", "please guess"), "Questionnaire!B10, answering rule: must be words of the introduction, letter for letter"),
    "no introduction": (lambda book: [put(F, f"B{r}", None)(book) for r in (11, 12)], "introduction: is missing; a row with Introduction and a paragraph is needed"),
    "a fact misspelt": (put(F, "A6", "Publischer"), "Questionnaire!A6: “Publischer” is not one of the things that are known; did you mean “Publisher”?"),
    "a fact twice": (put(F, "A6", "Title"), "Questionnaire!A6: “Title” is there twice, first in Questionnaire!A5"),
    "no id yet": (put(Q, "A3", None), "Questions!A3: this question has no id; impact-xl questionnaire import gives it one"),
    "no component id yet": (put(C, "A3", None), "Components!A3: this component has no id; impact-xl questionnaire import gives it one"),
}  # fmt: skip


@cache
def values_of(content: Questionnaire) -> Mapping[str, list[list[object]]]:
    """What stands on each sheet of the workbook, without its looks."""
    book = openpyxl.load_workbook(io.BytesIO(writer.build(content)), data_only=True)
    return {sheet.title: [list(row) for row in sheet.iter_rows(values_only=True)] for sheet in book}


def broken(content: Questionnaire, hands: Hands, path: Path) -> Path:
    """The workbook as hands leave it."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in values_of(content).items():
        sheet = book.create_sheet(name)
        while rows and not any(rows[-1]):
            rows.pop()
        for row in rows:
            sheet.append(row)
    hands(book)
    book.save(path)
    return path


def test_there_are_sixty():
    assert len(BROKEN) >= 60


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_workbook_gets_its_message(name: str, tmp_path: Path):
    hands, message = BROKEN[name]
    with pytest.raises(ImpactError) as caught:
        authoring.load(broken(HANDOVER, hands, tmp_path / "q.xlsx"))
    assert message in caught.value.message
    assert caught.value.hint
    lines = caught.value.message.splitlines()[1:]
    assert len(lines) == len(set(lines))


def test_all_faults_are_named_at_once(tmp_path: Path):
    every = [
        BROKEN[name] for name in ("id misspelt", "short with a slash", "version with a plus", "level's name twice")
    ]
    path = broken(HANDOVER, lambda book: [hands(book) for hands, _ in every], tmp_path / "q.xlsx")
    with pytest.raises(ImpactError) as caught:
        authoring.load(path)
    assert all(message in caught.value.message for _, message in every)


@pytest.mark.parametrize("content", [b"PK\x03\x04 broken", b"PK"])
def test_a_workbook_that_is_none(content: bytes, tmp_path: Path):
    path = tmp_path / "q.xlsx"
    path.write_bytes(content)
    with pytest.raises(ImpactError, match="is not a workbook that can be read"):
        authoring.load(path)
    path.write_bytes(form.build(Form(NHS)))
    with pytest.raises(ImpactError, match="neither a sheet Questionnaire nor a sheet Questions"):
        authoring.load(path)


@pytest.mark.parametrize(
    ("hands", "note"),
    [
        (put(Q, "O1", "Remarks"), "Questions!O1: the column “Remarks” is not one of ours, and not read."),
        (put(Q, "P4", "by the way"), "Questions!P4: “by the way” is under no header, and is not read."),
        (lambda book: book.create_sheet("Drafts").append(["x"]), "Sheets that are not read: “Drafts”."),
        (lambda book: setattr(book[Q].row_dimensions[3], "hidden", True), "Questions: 1 row is hidden, and read anyway."),
        (put(Q, "A12", "  "), None),
        (put(F, "B3", 1), None),
        (put(F, "B4", date(2026, 11, 29)), None),
        (put(L, "A2", 1.0), None),
        (put(F, "B9", "Settled"), None),
        (put(Q, "B3", "the handover itself"), None),
        (delete(P), None),
        (put(C, "B1", "TITLE "), None),
        (lambda book: book.move_sheet(Q, -3), None),
        (lambda book: book[Q].delete_cols(7), None),
    ],
)  # fmt: skip
def test_what_hands_do_is_taken_kindly(hands: Hands, note: str | None, tmp_path: Path):
    report = api.check(broken(HANDOVER, hands, tmp_path / "q.xlsx"))
    assert [question.id for question in report.questionnaire.questions] == [each.id for each in HANDOVER.questions]
    assert not note or note in report.notes


def test_rows_of_statements_are_read_as_well(tmp_path: Path):
    def long(book: Any) -> None:
        sheet = book[Q]
        sheet.delete_rows(1, 40)
        sheet.append(["Id", "Component", "Title", "Short", "Level", "Statement"])
        for question in BASICS.questions:
            for level in question.levels:
                sheet.append(
                    [question.id, question.component, question.title, question.short, level, question.statement(level)]
                )

    path = broken(BASICS, long, tmp_path / "q.xlsx")
    assert same(authoring.load(path), BASICS)


# -- ids ---------------------------------------------------------------------------------------------------


def with_new_rows(book: Any) -> None:
    sheet = book[Q]
    sheet.insert_rows(3)
    for col, value in enumerate(
        [None, "C1", None, None, "A new one?", "New one", None, None, None, None, "a", "b", "c", "d"], 1
    ):
        sheet.cell(3, col).value = value
    book[C]["B4"], book[C]["C4"] = "A new part", "New part"
    book[Q].append([None, "A new part", None, None, "Another?", "Another", None, None, None, None, "e", "f", "g", "h"])


def test_ids_are_given_once_and_never_anew(tmp_path: Path):
    path = broken(HANDOVER, with_new_rows, tmp_path / "q.xlsx")
    before = path.read_bytes()
    with pytest.raises(ImpactError, match="has no id"):
        authoring.load(path)
    assert len(api.check(path).given) == 3
    for name in ("new.xlsx", "new.toml"):
        report = api.import_(path, tmp_path / name)
        assert [line.partition(", ")[0] for line in report.given] == [
            "Components!A4: C3",
            "Questions!A3: Q08",
            "Questions!A10: Q09",
        ]
        content = authoring.load(tmp_path / name)
        assert [each.id for each in content.questions] == ["Q01", "Q08", *(f"Q0{n}" for n in range(2, 8)), "Q09"]
        assert same(content, report.questionnaire)
    assert path.read_bytes() == before
    again = api.import_(tmp_path / "new.xlsx", tmp_path / "again.xlsx")
    assert (again.given, same(again.questionnaire, content)) == ((), True)


def test_an_id_is_not_used_for_another_question(tmp_path: Path):
    one, *others = HANDOVER.components
    other = replace(one.questions[0], title="Another?", statements=("w", "x", "y", "z"))
    path = written(
        replace(HANDOVER, components=(replace(one, questions=(other, *one.questions[1:])), *others)), tmp_path
    )
    target = written(HANDOVER, tmp_path, "old.xlsx")
    with pytest.raises(ImpactError, match="is already there"):
        api.import_(path, target)
    with pytest.raises(ImpactError, match="Another question has the id of an earlier one: Q01"):
        api.import_(path, target, overwrite=True)
    assert same(authoring.load(target), HANDOVER)
    api.import_(path, target, overwrite=True, replace=["Q01"])
    assert authoring.load(target).by_id["Q01"].title == "Another?"


def test_ids_of_the_version_that_is_replaced_stay_taken(tmp_path: Path):
    target = written(HANDOVER, tmp_path, "old.xlsx")
    *parts, last = HANDOVER.components
    shorter = replace(HANDOVER, components=(*parts, replace(last, questions=last.questions[:-1])))
    path = broken(shorter, with_new_rows, tmp_path / "q.xlsx")
    report = api.import_(path, target, overwrite=True)
    assert {each.id for each in report.questionnaire.questions} == {*(f"Q0{n}" for n in range(1, 7)), "Q08", "Q09"}


# -- differences -------------------------------------------------------------------------------------------


def test_what_became_of_each_question():
    one, two = HANDOVER.components
    first, second, third, fourth = one.questions
    new = Question("Q08", 0, "C1", "New?", "New", ("a", "b", "c", "d"))
    changed = replace(second, title="Are all the right people there?")
    other = replace(third, title="Something else?", statements=("k", "l", "m", "n"))
    both = replace(fourth, component="C2", help="Think of it.")
    own = tuple(replace(each, number=n) for n, each in enumerate((first, changed, other, new), 1))
    rest = tuple(replace(each, number=n) for n, each in enumerate((*two.questions[1:], both), 5))
    later = replace(HANDOVER, components=(replace(one, questions=own), replace(two, questions=rest)))
    found = {each.id: each.kinds for each in difference.changes(HANDOVER, later)}
    assert found == {
        "Q01": (Kind.SAME,),
        "Q02": (Kind.REWORDED,),
        "Q03": (Kind.OTHER,),
        "Q08": (Kind.NEW,),
        "Q06": (Kind.SAME,),
        "Q07": (Kind.SAME,),
        "Q04": (Kind.REWORDED, Kind.MOVED),
        "Q05": (Kind.DROPPED,),
    }
    assert difference.needs_version(HANDOVER, later)
    assert not difference.needs_version(HANDOVER, replace(later, version="2"))
    assert {each.kinds for each in difference.changes(NHS, NHS)} == {(Kind.SAME,)}
    assert list(difference.of_the_whole(HANDOVER, replace(HANDOVER, target=2))) == ["target: [-3-] {+2+}"]


def test_words_are_compared_one_by_one():
    assert word_by_word("one two three", "one 2 three four") == "one [-two-] {+2+} three {+four+}"
    assert word_by_word("one  two", "one two") == "spaces or line breaks alone"


# -- commands ----------------------------------------------------------------------------------------------


def run(*arguments: object, code: int = 0) -> str:
    done = CliRunner().invoke(cli, ["questionnaire", *map(str, arguments)])
    assert done.exit_code == code, done.output
    return done.output


def test_the_commands(tmp_path: Path):
    made = tmp_path / "mine.xlsx"
    assert "mine.xlsx" in run("new", made)
    assert "is already there" in run("new", made, code=2)
    assert "Nothing is wrong" in run("check", made)
    assert run("import", made, tmp_path / "mine.toml").splitlines()[0].endswith("mine.toml")
    run("new", tmp_path / "nhs.xlsx", "--from", "nhs-impact")
    assert same(authoring.load(tmp_path / "nhs.xlsx"), NHS)
    run("export", tmp_path / "mine.toml", tmp_path / "back.xlsx")
    assert "2 questions the same, 0 not." in run("diff", made, tmp_path / "back.xlsx")
    text = run("diff", EXAMPLES / "handover.toml", made)
    assert "Q01 another question: Is there a question that you want to ask?" in text
    assert "ending of the name" in run("export", made, tmp_path / "x.docx", code=2)
    assert "ending of the name" in run("new", tmp_path / "x", code=2)
    assert "cannot be read" in run("check", tmp_path / "none.xlsx", code=2)


def test_statements_can_be_pasted_into_a_survey_tool(tmp_path: Path):
    run("export", EXAMPLES / "data_basics.toml", tmp_path / "s.txt")
    text = (tmp_path / "s.txt").read_text(encoding="utf-8-sig")
    blocks = [block.splitlines() for block in text.split("\n\n")]
    for question in BASICS.questions:
        assert [question.title, *(question.statement(level) for level in question.levels)] in blocks


# -- the workbook itself -----------------------------------------------------------------------------------


def test_row_one_is_the_header_and_the_workbook_says_what_fits():
    book = openpyxl.load_workbook(io.BytesIO(writer.build(HANDOVER)), data_only=True)
    assert book.sheetnames == [F, L, C, P, Q, sheets.NOTES]
    heads = [cell.value for cell in book[Q][1]]
    assert heads[:2] == ["Id", "Component"]
    assert heads[-4:] == ["1 Beginning", "2 Growing", "3 Settled", "4 Leading"]
    assert [cell.value for cell in book[Q][2]][:7] == [
        "Q01", "C1", "Before and during the handover", "Time and place",
        "Does the handover have a fixed time and a quiet place?", "Fixed time, quiet place", "fits",
    ]  # fmt: skip
    for most in (SHORT_COMPONENT, SHORT_QUESTION):
        assert writer.fits("C2", "x" * (most + 3), most).value == "too long by 3"
        assert writer.fits("C2", "x" * most, most).value == "fits"
    assert book[Q].freeze_panes == "F2"


@libreoffice.needs_office
def test_what_fits_follows_what_is_typed(tmp_path: Path):
    source = tmp_path / "q.xlsx"
    source.write_bytes(writer.build(HANDOVER))
    typed = libreoffice.typed(source, tmp_path / "typed.xlsx", {C: {"C2": "x" * 31}, Q: {"F9": "y" * 34, "B9": "C2"}})
    book = openpyxl.load_workbook(typed, data_only=True)
    assert book[C]["D2"].value == "too long by 3"
    assert (book[Q]["G9"].value, book[Q]["C9"].value) == ("fits", "After the handover")


def test_nothing_is_clipped_and_every_colour_is_readable():
    """The rules of docs/accessibility.md that hold for a sheet whose first row is its header."""
    import test_accessibility as accessible

    for content in (NHS, BASICS):
        made = accessible.Made(writer.build(content), of_data=False)
        for name, rule in accessible.RULES.items():
            if name not in ("R4", "R6", "R10"):
                # Rows to type into wait at the end; the sheet Notes says what an empty cell means; row 1 is the header.
                rule(made)
        for _, table, _, rows in made.tables:
            empty = [n for n, row in enumerate(rows) if not any(cell.value for cell in row)]
            assert empty == list(range(len(rows) - len(empty), len(rows))), table.name
        for sheet in made.book:
            assert sheet["A1"].font.b
            assert theme.contrast(theme.WHITE, theme.DARK_BLUE) > theme.READABLE
            assert len(sheet.tables) == 1
        notes = [cell.value for cell in made.book[sheets.NOTES]["A"]]
        assert any("An empty cell means" in str(note) for note in notes)
