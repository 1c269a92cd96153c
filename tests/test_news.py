"""What is new since the last workbook that differed: nothing where nothing is, and the same from both sides."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from libreoffice import convert, needs_office
from rounds_in_memory import SMALL, random_round, returned, submission
from test_carry_over import edited, several, typing

from impact_xl import results
from impact_xl.form.layout import Reference
from impact_xl.results import news
from impact_xl.results.news import Item, Kind
from impact_xl.returns.submission import Sight, SightKind
from impact_xl.roster import Round, Team, TeamList
from impact_xl.round.collation import Collation, collate
from impact_xl.round.overrides import Decision, Overrides, Placing
from impact_xl.round.record import News

TEAMS = (Team("t1", "Ash ward", "North"), Team("t2", "Elm clinic", "South"), Team("t3", "Oak unit", "South"))
TWOS = {question.id: 2 for question in SMALL.questions}
Answers = dict[str, dict[str, object]]


def round_of(answers: Answers, teams: tuple[Team, ...] = TEAMS, day: int = 1, **more: object) -> Collation:
    """A round in which the named teams say twos, except where they say something else."""
    files = [returned(submission(team, TWOS | own, questionnaire=SMALL)) for team, own in answers.items()]
    return collate(files, SMALL, Round("r", teams=TeamList(teams), date=date(2026, 11, day)), **more)


def compared(before: Collation, after: Collation) -> list[Item]:
    return news.compare(news.of_collation(before), news.of_collation(after))


def written(collation: Collation, path: Path) -> News | None:
    return results.write(collation, path).collation.carried.news


def brief(what: News | None) -> list[str]:
    """The news without the row of numbers, each as `kind: team question before -> now`."""
    assert what
    return [f"{kind}: {team} {ref} {before} -> {now}" for kind, _, before, now, ref, team in what.rows[1:]]


# -- two rounds --------------------------------------------------------------------------------------


def test_each_kind_of_news_is_told() -> None:
    teams = (*TEAMS[:2], Team("t4", "Fir ward", "South"), Team("t5", "Yew ward"))
    before = round_of({"Ash ward": {"Q01": 1, "Q02": "multiple"}, "Elm clinic": {}})
    after = round_of({"Ash ward": {"Q01": 3}, "Elm clinic": {"Q03": "unclear"}, "Yew ward": {}}, teams)
    found = [(each.kind, each.team, each.question, each.before, each.now) for each in compared(before, after)]
    assert found == [
        (Kind.CAME, "Yew ward", "", "", "Complete"),
        (Kind.NEW_TEAM, "Fir ward", "", "", "Not returned"),
        (Kind.STATUS, "Ash ward", "", "Partial", "Complete"),
        (Kind.STATUS, "Elm clinic", "", "Complete", "Partial"),
        (Kind.GONE, "Oak unit", "", "Not returned", ""),
        (Kind.UNCLEAR, "Elm clinic", "Q03", compared_level(2), "Unclear"),
        (Kind.ANSWER, "Ash ward", "Q01", compared_level(1), compared_level(3)),
        (Kind.ANSWER, "Ash ward", "Q02", "Multiple", compared_level(2)),
        (Kind.NEW_FINDING, "Elm clinic", "Q03", "", ""),
        (Kind.SETTLED, "Ash ward", "Q02", "", ""),
    ]
    [unclear] = [each for each in compared(before, after) if each.kind is Kind.UNCLEAR]
    assert "neither a tick nor empty" in unclear.words


def test_an_answer_that_something_beside_it_makes_unclear_is_news_with_the_reason() -> None:
    """As after a run of an earlier version, which counted the tick and saw nothing of the word beside it."""
    before = round_of({"Elm clinic": {}})
    copy = submission("Elm clinic", TWOS, questionnaire=SMALL)
    word = Sight(SightKind.WORD, "“Fully”", "1 People", "F7", frozenset({3}))
    questions = {**copy.questions, "Q01": replace(copy.questions["Q01"], sights=(word,))}
    seen = [returned(replace(copy, questions=questions))]
    after = collate(seen, SMALL, Round("r", teams=TeamList(TEAMS), date=date(2026, 11, 2)))
    [unclear] = [each for each in compared(before, after) if each.kind is Kind.UNCLEAR]
    assert (unclear.question, unclear.before, unclear.now) == ("Q01", compared_level(2), "Unclear")
    assert "“Fully” is in F7" in unclear.words


@pytest.mark.parametrize(
    ("what", "reason"),
    [("sheet", "The sheet for “People” is not in this copy"), ("left open", "by a decision"), ("form", "but no form")],
)
def test_whatever_makes_an_answer_unclear_is_the_reason(what: str, reason: str) -> None:
    """Also where it is a whole sheet, a decision, or the form that is gone."""
    round, copy = Round("r", teams=TeamList(TEAMS)), submission("Elm clinic", TWOS, questionnaire=SMALL)
    before = collate([returned(copy)], SMALL, round)
    made = Overrides("d.csv", (Decision("t2", "Q01", None, "", 2, left_open=True),))
    if what == "sheet":
        first = SMALL.components[0]
        kept = {key: each for key, each in copy.questions.items() if SMALL.by_id[key] not in first.questions}
        copy = replace(copy, questions=kept, sheets_missing=(first.id,))
    elif what == "form":
        reference = Reference("correction", SMALL.id, SMALL.version)
        copy = replace(copy, reference=reference, questions={"Q02": copy.questions["Q02"]})
    after = collate([returned(copy)], SMALL, round, overrides=made if what == "left open" else Overrides())
    unclear = {each.question: each.words for each in compared(before, after) if each.kind is Kind.UNCLEAR}
    assert "Q01" in unclear
    assert all(reason in words for words in unclear.values())


def compared_level(number: int) -> str:
    return SMALL.level_name(number)


def test_decisions_that_are_new_and_ended_are_told() -> None:
    one = Decision("Ash ward", "Q01", 3, "by telephone", 2)
    other = Placing("Oak unit.xlsx", "Elm clinic", 3)
    before = round_of({"Ash ward": {}, "Oak unit": {}}, overrides=Overrides("list.csv", (one,)))
    after = round_of({"Ash ward": {}, "Oak unit": {}}, overrides=Overrides("list.csv", copies=(other,)))
    told = [each.words for each in compared(before, after) if each.kind in (Kind.NEW_DECISION, Kind.ENDED)]
    level = compared_level(3)
    assert told == [
        "Oak unit.xlsx is the copy of Elm clinic",
        f"Q01 of Ash ward is “{level}” (by telephone)",
    ]
    changed = round_of({"Ash ward": {}, "Oak unit": {}}, overrides=Overrides("", (replace(one, level=1),)))
    assert [each.kind for each in compared(before, changed)] == [Kind.ANSWER, Kind.NEW_DECISION, Kind.ENDED]


def test_a_renamed_team_is_the_same_team() -> None:
    before = round_of({"Ash ward": {"Q01": "blank"}})
    after = round_of(
        {"Ash and Birch ward": {"Q01": "blank"}}, (replace(TEAMS[0], name="Ash and Birch ward"), *TEAMS[1:])
    )
    assert [each for each in compared(before, after) if each.team] == []  # its file has another name, too


def test_teams_whose_ids_changed_hands_are_not_taken_for_each_other() -> None:
    swapped = (replace(TEAMS[0], name="Elm clinic"), replace(TEAMS[1], name="Ash ward"), TEAMS[2])
    kinds = {each.kind for each in compared(round_of({"Ash ward": {"Q01": 1}}), round_of({"Ash ward": {}}, swapped))}
    assert Kind.ANSWER not in kinds
    assert kinds >= {Kind.GONE, Kind.CAME}


def mirrored(items: list[Item]) -> list[tuple[str, ...]]:
    """The news as they are told from the other side."""
    other = {Kind.NEW_FINDING: Kind.SETTLED, Kind.NEW_DECISION: Kind.ENDED}
    other |= {value: key for key, value in other.items()}
    return sorted((other.get(each.kind, ""), each.now, each.before, each.question, each.team) for each in items)


def plain(items: list[Item]) -> list[tuple[str, ...]]:
    kept = (Kind.NEW_FINDING, Kind.SETTLED, Kind.NEW_DECISION, Kind.ENDED)
    return sorted(
        (each.kind if each.kind in kept else "", each.before, each.now, each.question, each.team) for each in items
    )


ROUNDS = st.builds(
    lambda seed, teams: random_round(seed, teams=teams, questionnaire=SMALL, defects=0.3),
    st.integers(0, 30),
    st.integers(2, 6),
)


@given(ROUNDS, ROUNDS)
@settings(deadline=None, max_examples=40)
def test_the_same_round_twice_has_no_news_and_swapped_ones_mirror_them(one: Collation, other: Collation) -> None:
    assert compared(one, one) == compared(other, other) == []
    assert mirrored(compared(one, other)) == plain(compared(other, one))


# -- a workbook that is replaced ----------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
def test_a_run_that_finds_nothing_changed_writes_the_same_bytes(seed: int, tmp_path: Path) -> None:
    path = tmp_path / "out.xlsx"
    first = random_round(seed, teams=6, questionnaire=SMALL, defects=0.3)
    second = random_round(seed + 100, teams=7, questionnaire=SMALL, defects=0.3, edition="second")
    assert results.write(first, path).collation.carried is None
    content = path.read_bytes()
    assert written(first, path) is None
    assert path.read_bytes() == content
    fresh = written(second, path)
    assert fresh
    assert fresh.fresh
    content = path.read_bytes()
    for _ in range(2):
        kept = written(second, path)
        assert kept == fresh
        assert not kept.fresh
        assert path.read_bytes() == content


def test_the_news_of_a_workbook_are_those_of_the_two_rounds(tmp_path: Path) -> None:
    path, before = tmp_path / "out.xlsx", random_round(3, teams=6, questionnaire=SMALL, defects=0.3)
    after = random_round(4, teams=6, questionnaire=SMALL, defects=0.3)
    results.write(before, path)
    assert written(after, path).rows == tuple(news.rows(compared(before, after)))


def test_the_order_of_files_does_not_matter(tmp_path: Path) -> None:
    answers = {"Ash ward": {"Q01": "unclear"}, "Elm clinic": {"Q02": 1}, "Oak unit": {"Q03": "blank"}}
    contents = set()
    for number in range(3):
        shuffled = random.Random(number).sample(sorted(answers), 3)
        path = tmp_path / f"{number}.xlsx"
        results.write(round_of({"Ash ward": {}, "Elm clinic": {}}), path)
        results.write(round_of({team: answers[team] for team in shuffled}), path)
        contents.add(path.read_bytes())
    assert len(contents) == 1


def test_about_names_the_date_and_holds_the_table(tmp_path: Path) -> None:
    path = tmp_path / "out.xlsx"
    results.write(round_of({"Ash ward": {}}, day=2), path)
    results.write(round_of({"Ash ward": {"Q01": 3}}, day=9), path)
    cells = [row[:6] for row in openpyxl.load_workbook(path)["About"].iter_rows(values_only=True)]
    at = next(i for i, row in enumerate(cells) if row[0] == "What is new since the workbook of 2 Nov 2026")
    assert cells[at + 1] == ("What is new", "In words", "Before", "Now", "Ref", "Team")
    assert cells[at + 2][:2] == ("In all", "1 answer changed")
    assert cells[at + 3] == ("Answer changed", None, compared_level(2), compared_level(3), "Q01", "Ash ward")
    assert written(round_of({"Ash ward": {"Q01": 3}}, day=9), path).since == "2 Nov 2026"


def test_a_level_typed_into_answers_is_news_once(tmp_path: Path) -> None:
    path, collation = tmp_path / "out.xlsx", round_of({"Ash ward": {"Q01": "multiple"}})
    results.write(collation, path)
    edited(path, path, typing("Answers", {"Team": "Ash ward", "Ref": "Q01"}, "Level", compared_level(3)))
    first = written(collation, path)
    assert f"Answer changed: Ash ward Q01 Multiple -> {compared_level(3)}" in brief(first)
    assert "Finding that is settled: Ash ward Q01  -> " in brief(first)
    content = path.read_bytes()
    assert written(collation, path) == first
    assert path.read_bytes() == content


def test_a_level_taken_back_in_answers_is_news_once(tmp_path: Path) -> None:
    path, collation = tmp_path / "out.xlsx", round_of({"Ash ward": {}})
    results.write(collation, path)
    edited(path, path, typing("Answers", {"Team": "Ash ward", "Ref": "Q01"}, "Level", compared_level(3)))
    results.write(collation, path)
    edited(path, path, typing("Answers", {"Team": "Ash ward", "Ref": "Q01"}, "Level", compared_level(2)))
    first = results.write(collation, path).collation.carried.news
    assert first.fresh
    assert brief(first) == [f"Answer changed: Ash ward Q01 by hand -> {compared_level(2)}"]
    content = path.read_bytes()
    assert written(collation, path) == first
    assert path.read_bytes() == content


def test_a_row_that_somebody_adds_to_answers_makes_no_team_that_is_gone(tmp_path: Path) -> None:
    path, collation = tmp_path / "out.xlsx", round_of({"Ash ward": {}})
    results.write(collation, path)

    def add(book: openpyxl.Workbook) -> None:
        sheet = book["Answers"]
        heads = {cell.value: cell.column for cell in sheet[4]}
        row = sheet.max_row + 1
        for head, text in (("Team", "Elm clinic"), ("Ref", "Q01"), ("Level", compared_level(3))):
            sheet.cell(row, heads[head]).value = text

    with_properties(path, add)
    assert not [line for line in brief(written(collation, path)) if "gone" in line]


def without_row(sheet: str, **found: str):
    def edit(book: openpyxl.Workbook) -> None:
        table = book[sheet]
        heads = {cell.value: cell.column for cell in table[4]}
        row = next(
            row
            for row in range(5, table.max_row + 1)
            if all(table.cell(row, heads[head]).value == text for head, text in found.items())
        )
        table.delete_rows(row)

    return edit


def test_a_row_of_to_fix_that_somebody_worked_off_is_not_new_again(tmp_path: Path) -> None:
    path, collation = tmp_path / "out.xlsx", round_of({"Ash ward": {"Q01": "multiple", "Q02": "blank"}})
    results.write(collation, path)
    with_properties(path, without_row("To fix", Rule="answer-multiple"))
    assert written(collation, path) is None


def with_properties(path: Path, edit) -> None:
    """Edit a workbook and keep the document's own properties, in which the digests stand, as Excel does."""
    book = openpyxl.load_workbook(path, data_only=True)
    edit(book)
    book.save(path)


def test_what_is_said_of_one_run_is_no_news(tmp_path: Path) -> None:
    path, collation = tmp_path / "out.xlsx", round_of({"Ash ward": {}}, day=1)
    results.write(collation, path)
    with_properties(path, several(typing("Teams", {"Team": "Ash ward"}, "Group", "Somewhere else")))
    after = results.write(collation, path)
    assert "text-not-kept" in {each.rule.id for each in after.collation.to_fix}
    assert after.collation.carried.news is None
    assert written(collation, path) is None


def test_long_lists_are_cut_and_say_how_many_more(tmp_path: Path) -> None:
    teams = tuple(Team(f"t{number:03}", f"Ward {number:03}") for number in range(300))
    path = tmp_path / "out.xlsx"
    results.write(round_of({"Ward 000": {}}, teams), path)
    fresh = written(round_of({team.name: {"Q01": 3 if team.id == "t000" else 2} for team in teams}, teams), path)
    assert len(fresh.rows) <= news.MOST + 10
    assert fresh.rows[0][1].startswith("299 teams came, 1 answer changed")
    [more] = [row for row in fresh.rows if row[1].endswith(" more")]
    came = sum(row[0] == Kind.CAME for row in fresh.rows) - 1
    assert more[:2] == (Kind.CAME, f"and {299 - came} more")
    assert any(row[0] == Kind.ANSWER for row in fresh.rows)
    lines = [*news.lines(fresh)]
    assert lines[1] == "  Team that came: Ward 001; Ward 002; Ward 003; and more"
    assert max(map(len, lines)) < 250


def test_the_screen_says_that_nothing_has_changed() -> None:
    rows = tuple(news.rows([Item(Kind.CAME, team="Ash ward")]))
    assert [*news.lines(News("2 Nov 2026", rows))] == [
        "New since the workbook of 2 Nov 2026: 1 team came. About has the list.",
        "  Team that came: Ash ward",
    ]
    [line] = news.lines(News("", rows, fresh=False))
    assert line.startswith("Nothing has changed since the last run.")


@pytest.mark.parametrize(
    "text", ["= 1 + 1", "two\nlines  and   spaces", "bell \x07 and �", "_x0041_", "x" * 999, "<r>a</r>"]
)
def test_texts_come_back_from_about_as_they_were(text: str, tmp_path: Path) -> None:
    path = tmp_path / "out.xlsx"
    teams = (Team("t1", text), TEAMS[1])
    results.write(round_of({}, (TEAMS[1],)), path)
    fresh = written(round_of({}, teams), path)
    assert fresh.rows[1][0] == Kind.NEW_TEAM
    assert written(round_of({}, teams), path) == fresh


def namesakes(day: int = 1) -> Collation:
    """Two teams of one name in two groups, a team that takes no part, decisions of each kind, and no form of two."""
    teams = (
        Team("n", "Ash ward", "North"),
        Team("s", "Ash ward", "South"),
        Team("w", "Elm clinic", "South", status="not taking part"),
        Team("t3", "Oak unit", "South"),
    )
    files = [
        returned(
            submission(name, TWOS | own, questionnaire=SMALL, group=group, file=f"{number}.xlsx"),
            sha256=f"{number:064}",
        )
        for number, (name, group, own) in enumerate(
            (
                ("Ash ward", "North", {"Q01": "multiple"}),
                ("Ash ward", "South", {"Q01": "multiple", "Q02": "blank"}),
                ("Elm clinic", "South", {"Q01": "unclear"}),
                ("Nobody", "", {}),
            )
        )
    ]
    overrides = Overrides(
        "list.csv",
        (
            Decision("s", "Q03", 3, "by telephone", 2),
            Decision("n", "Q04", None, "", 3),
            Decision("t3", "Q01", None, "later", 4, left_open=True),
        ),
        (Placing("3.xlsx", "t3", 5),),
    )
    round = Round("r", teams=TeamList(teams), date=date(2026, 11, day))
    return collate(files, SMALL, round, overrides=overrides)


def test_teams_of_one_name_and_decisions_are_no_news_twice(tmp_path: Path) -> None:
    path, collation = tmp_path / "out.xlsx", namesakes()
    assert len(collation.to_fix) > 3
    assert compared(collation, collation) == []
    results.write(collation, path)
    content = path.read_bytes()
    assert written(collation, path) is None
    assert path.read_bytes() == content
    assert written(replace(collation, decisions=Overrides()), path) is None  # no list was given: decisions stand


def test_a_row_of_teams_that_somebody_deleted_is_no_news(tmp_path: Path) -> None:
    path, collation = tmp_path / "out.xlsx", round_of({"Ash ward": {}})
    results.write(collation, path)
    with_properties(path, without_row("Teams", Team="Ash ward"))
    assert written(collation, path) is None


def test_a_level_typed_by_its_number_is_the_same_level(tmp_path: Path) -> None:
    path, collation = tmp_path / "out.xlsx", round_of({"Ash ward": {}})
    results.write(collation, path)
    edited(path, path, typing("Answers", {"Team": "Ash ward", "Ref": "Q01"}, "Level", "3"))
    first = written(collation, path)
    assert [row for row in first.rows if row[0] == Kind.ANSWER] == [
        (Kind.ANSWER, "by hand in the workbook", compared_level(2), compared_level(3), "Q01", "Ash ward")
    ]
    edited(path, path, typing("Answers", {"Team": "Ash ward", "Ref": "Q01"}, "Level", "3"))
    assert written(collation, path) == first


@needs_office
def test_a_workbook_that_libreoffice_saved_has_no_news(tmp_path: Path) -> None:
    first, second = round_of({"Ash ward": {}}), namesakes()
    path = tmp_path / "out.xlsx"
    results.write(first, path)
    fresh = written(second, path)
    content = path.read_bytes()
    path.write_bytes(convert(path, tmp_path / "saved").read_bytes())
    assert written(second, path) == fresh
    assert path.read_bytes() == content
