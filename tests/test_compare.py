"""Two rounds side by side: who and what is compared, what is said of the rest, and what is written."""

from __future__ import annotations

import csv
import io
import json
import random
import shutil
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import Result
from rounds_in_memory import QUESTIONNAIRE, SMALL, returned, submission
from test_carry_over import edited, typing

from impact_xl import api, results
from impact_xl.comparison import share as share_copy
from impact_xl.comparison.compare import Comparison
from impact_xl.comparison.moves import Balance, Move
from impact_xl.comparison.pair_questions import AskedQuestion, Words, pair_questions
from impact_xl.comparison.pair_teams import pair_teams
from impact_xl.findings import ImpactError
from impact_xl.questionnaire import Questionnaire
from impact_xl.returns.submission import Priority
from impact_xl.roster import Round, Team, TeamList
from impact_xl.round.collation import collate

Run = Callable[..., Result]
Levels = Mapping[str, Mapping[str, int | str]]  # of each team, by question
SPRING, AUTUMN = date(2026, 5, 20), date(2026, 11, 20)
WARDS = [f"Ward {letter}" for letter in "ABCDEFGHIJKLMNOPQRST"]


def write(
    path: Path,
    levels: Levels,
    *,
    questionnaire: Questionnaire = SMALL,
    on: date = SPRING,
    teams: Sequence[Team] | None = None,
    priorities: Mapping[str, Sequence[Priority]] | None = None,
    target: int | None = None,
) -> Path:
    """A consolidated workbook of a round in which teams gave these answers."""
    listed = teams if teams is not None else [Team(f"id-{name[-1].lower()}", name) for name in levels]
    files = [
        returned(
            submission(team, answers, questionnaire=questionnaire, priorities=tuple((priorities or {}).get(team, ())))
        )
        for team, answers in levels.items()
    ]
    title = "Spring 2026" if on == SPRING else "Autumn 2026"
    round = Round(title.lower().replace(" ", "-"), title=title, teams=TeamList(tuple(listed)), date=on, target=target)
    results.write(collate(files, questionnaire, round), path, keep=False)
    return path


def everywhere(level: int, questionnaire: Questionnaire = SMALL) -> dict[str, int]:
    return dict.fromkeys(questionnaire.by_id, level)


def compared(folder: Path, then: Levels, now: Levels, **more: Any) -> Comparison:
    """Two rounds compared; `then_` and `now_` begin what is for one of them."""
    sides = (("then", SPRING, then), ("now", AUTUMN, now))
    paths = [
        write(folder / f"{name}.xlsx", levels, on=on,
              **{key.removeprefix(f"{name}_"): value for key, value in more.items() if key.startswith(f"{name}_")})
        for name, on, levels in sides
    ]  # fmt: skip
    return api.compare(*paths)


def reworded(question: str, **words: Any) -> Questionnaire:
    """The small questionnaire with a question in other words."""
    return replace(
        SMALL,
        components=tuple(
            replace(part, questions=tuple(replace(q, **words) if q.id == question else q for q in part.questions))
            for part in SMALL.components
        ),
    )


# -- teams --------------------------------------------------------------------------------------------


def test_only_teams_of_both_rounds_are_compared(tmp_path: Path):
    """Five weak teams stay away and nobody moved: nothing rises."""
    then = {name: everywhere(1 if name in WARDS[:5] else 2) for name in WARDS}
    now = {name: everywhere(2) for name in WARDS[5:]}
    teams = [Team(f"id-{name[-1].lower()}", name) for name in WARDS]
    comparison = compared(tmp_path, then, now, now_teams=teams)
    assert len(comparison.compared) == 15
    assert comparison.lead == Balance(0, 15, 0)
    moves = comparison.moves["Q01"]
    assert (moves.before.share_at_least(2), moves.after.share_at_least(2)) == (1, 1)
    assert comparison.everybody(comparison.before, "Q01").share_at_least(2) == 0.75
    assert [each.why for each in comparison.not_compared] == ["It did not answer in Autumn 2026."] * 5


def paired(then: Sequence[Team], now: Sequence[Team]) -> dict[str, str]:
    return {each.after.name: each.before.name for each in pair_teams(then, now).pairs}


def test_a_team_is_found_by_id_and_name_together():
    then = [Team("a", "Alder"), Team("b", "Birch"), Team("c", "Cedar"), Team("d", "Dogwood")]
    # unchanged; another id; renamed with its id; gone
    now = [Team("a", "ALDER"), Team("b2", "Birch"), Team("c", "Cedar and Fir"), Team("e", "Elm")]
    teams = pair_teams(then, now)
    assert {each.after.name: each.before.name for each in teams.pairs} == {
        "ALDER": "Alder",
        "Birch": "Birch",
        "Cedar and Fir": "Cedar",
    }
    assert teams.notes == ("Cedar and Fir was called Cedar then (it has the same id). Check that it is the same team.",)
    assert [(each.team.name, each.now) for each in teams.unpaired] == [("Dogwood", False), ("Elm", True)]


@pytest.mark.parametrize(
    ("then", "now"),
    [
        ([Team("1", "Alder"), Team("2", "Birch")], [Team("2", "Alder"), Team("1", "Birch")]),  # exchanged
        ([Team("1", "Alder"), Team("2", "Birch")], [Team("1", "Birch")]),  # an id went to another team of then
        ([Team("1", "Alder")], [Team("1", "Birch"), Team("2", "Alder")]),  # an id went to a new team
    ],
    ids=["exchanged", "another team of then", "a new team"],
)
def test_an_id_that_changed_hands_pairs_nobody(then: list[Team], now: list[Team]):
    teams = pair_teams(then, now)
    assert teams.pairs == ()
    assert any("Id and name lead to different teams" in each.why for each in teams.unpaired)
    assert {each.team.name for each in teams.unpaired if each.now} == {team.name for team in now}


def test_namesakes_are_told_by_their_ids_alone():
    then = [Team("n", "Ward 7", "North"), Team("s", "Ward 7", "South")]
    assert [(p.before.id, p.after.id) for p in pair_teams(then, then).pairs] == [("n", "n"), ("s", "s")]
    assert paired(then, [Team("x", "Ward 7")]) == {}


def test_likeness_is_proposed_and_never_decides(tmp_path: Path, run: Run):
    then = {name: everywhere(1) for name in ("Alder ward", "Birch ward", "Cedar clinic")}
    now = {name: everywhere(2) for name in ("Alder ward", "Birch ward (Elm)", "Cedar clinic")}
    teams = [Team(f"now-{n}", name) for n, name in enumerate(now)]
    comparison = compared(tmp_path, then, now, now_teams=teams, then_teams=[Team(name[:3], name) for name in then])
    assert [team.after.name for team in comparison.compared] == ["Alder ward", "Cedar clinic"]
    [proposal] = comparison.teams.proposals
    assert (proposal.before.name, proposal.after.name) == ("Birch ward", "Birch ward (Elm)")
    done = run("compare", tmp_path / "then.xlsx", tmp_path / "now.xlsx", "-o", tmp_path / "c.xlsx")
    line = next(line for line in done.stderr.splitlines() if line.endswith(",renamed"))
    (tmp_path / "map.csv").write_text(f"before,after,relation\n{line.strip()}\n", encoding="utf-8")
    again = api.compare(tmp_path / "then.xlsx", tmp_path / "now.xlsx", teams_map=tmp_path / "map.csv")
    assert len(again.compared) == 3
    assert again.teams.proposals == ()


def test_the_map_comes_first(tmp_path: Path):
    then = {name: everywhere(1) for name in WARDS[:6]}
    now = {name: everywhere(2) for name in [*WARDS[:4], "Ward X", "Ward Y"]}
    write(tmp_path / "then.xlsx", then)
    write(tmp_path / "now.xlsx", now, on=AUTUMN)
    rows = (
        "old name,new name,what happened", "Ward A,Ward X,merged", "Ward B,Ward X,merged", "Ward C,Ward C,split",
        "Ward C,Ward Y,split", "Ward E,,closed", "id-d,id-d,same", ",Ward A,new", "",
    )  # fmt: skip
    (tmp_path / "map.csv").write_text("\n".join(rows), encoding="utf-8")
    comparison = api.compare(tmp_path / "then.xlsx", tmp_path / "now.xlsx", teams_map=tmp_path / "map.csv")
    assert [team.after.name for team in comparison.compared] == ["Ward D"]
    why = {(each.team.name, each.now): each.why for each in comparison.not_compared}
    assert why["Ward A", False] == ("Merged, as the team map says: into Ward X. There is no level that is one team's.")
    assert why["Ward Y", True] == "Split, as the team map says: from Ward C. There is no level that is one team's."
    assert (why["Ward E", False], why["Ward A", True]) == (
        "Closed, as the team map says.",
        "New, as the team map says.",
    )
    assert why["Ward F", False] == "It is not in the later round, by id or name."


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("Ward A,Ward Z,renamed", "row 2: no team “Ward Z” is in the later round"),
        (
            "Ward A,Ward B,cousin",
            "row 2: the relation “cousin” is not one of same, renamed, merged, split, new, closed",
        ),
        ("Ward A,,renamed", "row 2: “renamed” needs a team in the column after"),
        ("Ward A,Ward B,closed", "row 2: “closed” has no team in the column after"),
        ("Ward A,Ward B,renamed\nWard A,Ward A,same", "several rows are about Ward A (then)"),
        ("", "there are no teams under the header row"),
    ],
)
def test_a_faulty_map_is_refused_with_its_rows(tmp_path: Path, rows: str, said: str):
    both = {name: everywhere(1) for name in WARDS[:2]}
    paths = write(tmp_path / "then.xlsx", both), write(tmp_path / "now.xlsx", both, on=AUTUMN)
    (tmp_path / "map.csv").write_text(f"before,after,relation\n{rows}\n", encoding="utf-8")
    with pytest.raises(ImpactError) as caught:
        api.compare(*paths, teams_map=tmp_path / "map.csv")
    assert said in caught.value.message
    (tmp_path / "map.csv").write_text("who,what\nA,B\n", encoding="utf-8")
    with pytest.raises(ImpactError, match="no header row with before, after and relation"):
        api.compare(*paths, teams_map=tmp_path / "map.csv")


# -- questions ----------------------------------------------------------------------------------------


def asked(id: str, short: str, words: str = "", title: str = "") -> AskedQuestion:
    return AskedQuestion(id, short, title or f"Do we {short}?", words or short)


def test_questions_are_found_by_their_words():
    then = [asked(f"Q{number}", word) for number, word in enumerate(("meet", "listen", "plan", "learn", "rest"), 1)]
    now = [
        asked("Q1", "meet"),
        asked("Q2", "listen", "other words"),  # reworded
        asked("Q4", "plan"),  # renumbered
        asked("Q3", "sing", "something else"),  # an id that asks something else
        asked("Q9", "learn", "other words"),  # renumbered and reworded: its title tells it
    ]
    questions = pair_questions(then, now)
    assert [(each.before.id, each.after.id, each.words) for each in questions.pairs] == [
        ("Q1", "Q1", Words.SAME),
        ("Q2", "Q2", Words.CHANGED),
        ("Q3", "Q4", Words.SAME),
        ("Q4", "Q9", Words.CHANGED),
    ]
    assert [each.remark for each in questions.pairs] == [
        "",
        "Words changed",
        "asked as Q3 then",
        "Words changed; asked as Q4 then",
    ]
    assert [each.id for each in questions.dropped] == ["Q5"]
    assert [each.id for each in questions.new] == ["Q3"]


def test_an_id_that_stands_for_another_question_is_not_compared():
    questions = pair_questions([asked("Q1", "meet"), asked("Q2", "plan")], [asked("Q1", "sing"), asked("Q2", "plan")])
    assert [each.after.id for each in questions.pairs] == ["Q2"]
    assert questions.reused == {"Q1"}


def test_without_words_number_and_short_title_have_to_agree():
    then = [AskedQuestion("Q1", "meet"), AskedQuestion("Q2", "plan")]
    questions = pair_questions(then, [asked("Q1", "meet"), asked("Q2", "sing")])
    assert [(each.after.id, each.words, each.remark) for each in questions.pairs] == [
        ("Q1", Words.UNKNOWN, "Words of then not known")
    ]


def test_a_reworded_question_is_shown_and_not_counted(tmp_path: Path):
    then = {name: everywhere(1) for name in WARDS[:12]}
    now = {name: {**everywhere(1), "Q02": 3} for name in WARDS[:12]}
    comparison = compared(
        tmp_path, then, now, now_questionnaire=reworded("Q02", statements=("Never.", "At times.", "Always."))
    )
    assert comparison.moves["Q02"].up == 12
    assert comparison.clear("Q02") is None
    assert comparison.lead == Balance(0, 12, 0)
    assert comparison.component_moves(comparison.questionnaire.components[0]).pairs == 12  # of Q01 alone
    assert any("The words of 1 question changed (Q02)" in note for note in comparison.notes)
    same = compared(tmp_path, then, now)
    assert same.clear("Q02") is Move.UP
    assert same.lead == Balance(12, 0, 0)


def test_levels_of_another_number_are_refused(tmp_path: Path, run: Run):
    paths = (
        write(tmp_path / "then.xlsx", {name: everywhere(1) for name in WARDS[:3]}),
        write(tmp_path / "now.xlsx", {name: everywhere(1, QUESTIONNAIRE) for name in WARDS[:3]}, on=AUTUMN,
              questionnaire=QUESTIONNAIRE),
    )  # fmt: skip
    done = run("compare", *paths, "-o", tmp_path / "c.xlsx", "--json")
    assert done.exit_code == 2
    assert "These rounds have different levels" in json.loads(done.stdout)["error"]
    assert not (tmp_path / "c.xlsx").exists()


def test_what_is_odd_about_two_rounds_is_noted(tmp_path: Path):
    levels = {name: everywhere(2) for name in WARDS[:6]}
    early = write(tmp_path / "early.xlsx", levels, target=3)
    renamed_levels = replace(SMALL, levels=tuple(replace(each, name=f"{each.name}!") for each in SMALL.levels))
    late = write(tmp_path / "late.xlsx", levels, on=AUTUMN, questionnaire=renamed_levels)
    notes = " ".join(api.compare(late, early).notes)
    assert "The rounds seem to be the wrong way round: the first is dated 20 Nov 2026, the second 20 May 2026" in notes
    assert "The target was Partly! then and is Fully now. Fully is used for both." in notes
    assert "The levels had other names then: Not yet!, Partly!, Fully!." in notes
    twice = api.compare(early, early)
    assert twice.notes[0] == "The same workbook was given twice, so nothing can have moved."
    assert twice.lead == Balance(0, 6, 0)
    assert not any(moves.up or moves.down for moves in twice.moves.values())


def test_nothing_in_common_is_said(tmp_path: Path):
    with pytest.raises(ImpactError, match="no team with valid answers is in both rounds"):
        compared(tmp_path, {"Ward A": everywhere(1)}, {"Ward B": everywhere(1)})


# -- both sides, corrections, older workbooks ----------------------------------------------------------


def two_rounds(folder: Path, seed: int = 1, teams: int = 20) -> tuple[Path, Path]:
    """Two rounds with gaps, groups and actions in which most teams moved, some a little down."""
    dice = random.Random(seed)
    names = [f"Ward {number:03d}" for number in range(teams)]
    listed = [Team(f"t{n}", name, ("North", "South", "")[n % 3]) for n, name in enumerate(names)]
    then = {
        name: {q: dice.choice(["blank", "not_applicable", 1, 2, 2, 3, 3, 4, 5]) for q in QUESTIONNAIRE.by_id}
        for name in names
    }
    now = {
        name: {
            q: min(5, max(1, level + dice.choice((-1, 0, 0, 1, 1)))) if isinstance(level, int) else dice.randint(1, 5)
            for q, level in answers.items()
        }
        for name, answers in then.items()
    }
    for answers in now.values():
        answers["Q07"] = 5
    plan = (Priority(1, "Huddles", "Q18", "Sister Jones", "May 2027", "", "Priorities"), Priority(2, "A board", "Q03"))
    made: dict[str, Any] = {"questionnaire": QUESTIONNAIRE, "teams": listed}
    return (
        write(folder / "spring.xlsx", then, **made, priorities=dict.fromkeys(names[::3], plan)),
        write(folder / "autumn.xlsx", now, **made, on=AUTUMN),
    )


def test_swapped_rounds_mirror_every_figure(tmp_path: Path):
    before, after = two_rounds(tmp_path)
    there, back = api.compare(before, after), api.compare(after, before)
    for question, moves in there.moves.items():
        mirrored = back.moves[question]
        assert (mirrored.up, mirrored.same, mirrored.down) == (moves.down, moves.same, moves.up)
        assert (mirrored.before, mirrored.after) == (moves.after, moves.before)
        assert (mirrored.reached(3), mirrored.fell(3)) == (moves.fell(3), moves.reached(3))
    assert there.lead == Balance(back.lead.down, back.lead.same, back.lead.up)
    assert [there.clear(q) for q in there.moves if there.clear(q)] == [Move.UP]
    assert [back.clear(q) for q in back.moves if back.clear(q)] == [Move.DOWN]


@pytest.mark.parametrize("side", ["then", "now"])
def test_corrections_by_hand_count_on_both_sides(tmp_path: Path, side: str):
    levels = {name: everywhere(2) for name in WARDS[:5]}
    comparison = compared(tmp_path, levels, levels)
    assert comparison.lead == Balance(0, 5, 0)
    path = tmp_path / f"{side}.xlsx"
    edited(path, path, typing("Answers", {"Team": "Ward A", "Ref": "Q03"}, "Level", "Fully"))
    again = api.compare(tmp_path / "then.xlsx", tmp_path / "now.xlsx")
    assert (again.lead.up, again.lead.down) == ((0, 1) if side == "then" else (1, 0))
    assert f"1 answer of {side} was changed by hand in the workbook, and counts." in again.notes


def test_a_workbook_of_version_0_1_is_compared(tmp_path: Path, root: Path):
    old = root / "tests" / "version_0_1" / "consolidated.xlsx"
    names = [result.team.name for result in api.compare(old, old).before.collation.answering]
    now = write(tmp_path / "now.xlsx", {name: everywhere(5, QUESTIONNAIRE) for name in names}, on=AUTUMN,
                questionnaire=QUESTIONNAIRE, teams=[Team(name.lower(), name) for name in names])  # fmt: skip
    comparison = api.compare(old, now)
    assert len(comparison.compared) == len(names)
    assert len(comparison.questions.pairs) == 22
    assert {each.words for each in comparison.questions.pairs} == {Words.SAME}
    assert comparison.lead.up == len(names)


def test_what_is_no_round_is_refused(tmp_path: Path, run: Run):
    (tmp_path / "folder").mkdir()
    book = write(tmp_path / "then.xlsx", {name: everywhere(2) for name in WARDS[:6]})
    for wrong, said in (
        (tmp_path / "nothing.xlsx", "There is no such file"),
        (tmp_path / "folder", "This is not a round's folder"),
        (shutil.copy(__file__, tmp_path / "text.xlsx"), "cannot be read back"),
    ):
        done = run("compare", book, wrong, "-o", tmp_path / "c.xlsx")
        assert (done.exit_code, said in done.stderr) == (2, True), done.stderr
    assert run("compare", book).exit_code == 2


# -- actions ------------------------------------------------------------------------------------------


def test_actions_of_then_stand_beside_the_levels(tmp_path: Path):
    """Four teams stood at 1 on Q01; one named an action and rose, one named one and did not; of the others one rose."""
    then = {name: {"Q01": 1, "Q02": 2, "Q03": 2, "Q04": 2} for name in WARDS[:4]} | {"Ward E": everywhere(3)}
    now = {name: {**levels, "Q01": 2 if name in ("Ward A", "Ward C") else 1} for name, levels in then.items()}
    now["Ward E"] = everywhere(3)
    plan = {
        "Ward A": [Priority(1, "Meet daily", "Q01 Meeting", "Jones", "May 2026")],
        "Ward B": [Priority(1, "Meet weekly", "1"), Priority(2, "Smile more")],
    }
    comparison = compared(tmp_path, then, now, then_priorities=plan)
    path = tmp_path / "then.xlsx"
    edited(path, path, typing("Actions", {"What": "Meet daily"}, "Status", "done"))
    comparison = api.compare(path, tmp_path / "now.xlsx")
    assert [(each.team, each.what, each.question, each.status, each.done) for each in comparison.actions] == [
        ("Ward A", "Meet daily", "Q01", "Done", True),
        ("Ward B", "Meet weekly", "Q01", "", False),
        ("Ward B", "Smile more", "", "", False),
    ]
    assert {comparison.compared[number - 1].after.name for number, _ in comparison.beside} == {"Ward C", "Ward D"}
    api.compare_and_write(path, tmp_path / "now.xlsx", tmp_path / "c.xlsx")
    texts = [cell.value for cell in openpyxl.load_workbook(tmp_path / "c.xlsx", data_only=True)["Summary"]["A"]]
    assert "2 actions of the round before can be followed: 1 done, 1 not done or without a status." in texts
    assert "Moved up on that question where the action was done: 1 of 1; where it was not: 0 of 1." in texts
    assert "At the same level then, without an action: 1 of 2 moved up." in texts


# -- what is written ----------------------------------------------------------------------------------


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_csv_files_are_to_the_letter(tmp_path: Path, run: Run):
    before, after = two_rounds(tmp_path)
    done = run("compare", before, after, "-o", tmp_path / "c.xlsx", "--csv", tmp_path / "tables", "--json")
    assert done.exit_code == 0, done.stderr
    comparison = api.compare(before, after)
    pairs, moves = (table(tmp_path / "tables" / f"{name}.csv") for name in ("pairs", "moves"))
    assert list(pairs[0]) == [
        "team_id",
        "team",
        "group",
        "component",
        "question",
        "level_before",
        "level_after",
        "moved",
    ]
    assert list(moves[0]) == [
        *("question", "pairs", "up", "same", "down", "net", "typical_before", "typical_after"),
        *("at_target_before", "at_target_after", "reached", "fell", "clear_move"),
    ]
    assert len(pairs) == len(comparison.pairs)
    assert [row["question"] for row in moves] == list(QUESTIONNAIRE.by_id)
    for row in moves:
        mine = [(int(p["level_before"]), int(p["level_after"])) for p in pairs if p["question"] == row["question"]]
        assert int(row["pairs"]) == len(mine)
        assert (
            int(row["up"])
            == sum(b > a for a, b in mine)
            == sum(p["moved"] == "up" for p in pairs if p["question"] == row["question"])
        )
        assert float(row["net"]) == (int(row["up"]) - int(row["down"])) / len(mine)
        assert float(row["at_target_after"]) == sum(b >= 3 for _, b in mine) / len(mine)
        assert row["typical_before"].replace("-", "").isdigit()
    assert [row["question"] for row in moves if row["clear_move"] == "yes"] == ["Q07"]
    found = json.loads(done.stdout)
    assert (found["command"], found["clear_moves"], found["compared"]["pairs"]) == (
        "compare",
        {"Q07": "up"},
        len(pairs),
    )
    assert (found["files_read"], set(found["moved"])) == (2, {"up", "same", "down"})
    assert set(found["teams"]) == {"complete", "partial", "unusable", "unreadable", "withdrawn", "none"}
    assert [Path(path).name for path in found["written"]] == ["c.xlsx", "pairs.csv", "moves.csv"]


def test_what_we_did_not_write_stays(tmp_path: Path, run: Run):
    before, after = two_rounds(tmp_path, teams=8)
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "moves.csv").write_text("mine\n")
    shutil.copy(before, tmp_path / "mine.xlsx")
    for options in (
        ("-o", tmp_path / "mine.xlsx"),
        ("-o", tmp_path / "c.xlsx", "--csv", tmp_path / "tables"),
        ("-o", tmp_path / "c.xlsx", "--share", tmp_path / "mine.xlsx"),
        ("-o", tmp_path / "c.xlsx", "--share", tmp_path / "c.xlsx"),
        ("-o", before),
    ):
        assert run("compare", before, after, *options).exit_code == 2
    assert not (tmp_path / "c.xlsx").exists()
    assert (tmp_path / "mine.xlsx").read_bytes() == before.read_bytes()


def test_the_same_rounds_give_the_same_bytes(tmp_path: Path):
    before, after = two_rounds(tmp_path, teams=8)
    contents = set()
    for _ in range(2):
        api.compare_and_write(before, after, tmp_path / "c.xlsx")
        contents.add((tmp_path / "c.xlsx").read_bytes())
    assert len(contents) == 1


def test_the_copy_to_share_names_no_team_and_shows_no_small_number(tmp_path: Path):
    before, after = two_rounds(tmp_path)
    share = tmp_path / "share.xlsx"
    options = api.ComparisonOptions(share=share)
    done = api.compare_and_write(before, after, tmp_path / "c.xlsx", options)
    book = openpyxl.load_workbook(share)
    assert book.sheetnames == ["Summary", "Questions", "About"]
    texts = [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert not [text for text in texts if "Ward" in text or text.startswith("=")]
    heads, *rows = ([cell.value for cell in row] for row in book["Questions"].iter_rows(min_row=4) if row[0].value)
    for row in rows:
        shown = dict(zip(heads, row, strict=True))
        moves = done.comparison.moves[shown["Ref"]]
        assert shown["Pairs"] == moves.pairs > 5
        pair = done.comparison.by_question[shown["Ref"]]
        left = [done.comparison.everybody(side, pair.before.id).n - moves.pairs
                for side in (done.comparison.before, done.comparison.after)]  # fmt: skip
        assert (shown.get("At target then") is not None) is all(n == 0 or n > 5 for n in left)
    small = api.compare_and_write(*two_rounds(tmp_path, teams=5), tmp_path / "c.xlsx", options)
    assert small.too_few_to_share


def test_the_copy_to_share_names_no_team_that_was_renamed_and_no_file(tmp_path: Path):
    levels = {name: everywhere(2) for name in WARDS[:8]}
    renamed = {("Secret ward" if name == "Ward C" else name): everywhere(2) for name in levels}
    ids = [f"id-{name[-1].lower()}" for name in levels]
    teams = [Team(id, name) for id, name in zip(ids, renamed, strict=True)]
    comparison = compared(tmp_path, levels, renamed, now_teams=teams)
    assert any("Secret ward was called Ward C" in note for note in comparison.notes)
    package = zipfile.ZipFile(io.BytesIO(share_copy.build(comparison, 5)))
    parts = " ".join(package.read(name).decode("utf-8", "replace") for name in package.namelist())
    for secret in ("Secret", "Ward", "then.xlsx", comparison.before.sha256, "id-c"):
        assert secret not in parts
    heads = {cell.value for cell in openpyxl.load_workbook(io.BytesIO(share_copy.build(comparison, 5)))["Questions"][4]}
    assert "Typical then" in heads  # nobody is left over


def test_in_a_round_the_round_before_is_known(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "teams.csv").write_text("team\n" + "\n".join(WARDS[:6]), encoding="utf-8")
    assert run("new", "Spring 2026", "--teams", "teams.csv").exit_code == 0
    assert run("new", "Autumn 2026", "--after", "spring-2026").exit_code == 0
    monkeypatch.chdir("autumn-2026")
    done = run("compare")
    assert (done.exit_code, "The round has no results yet" in done.stderr) == (2, True)
    ids = [Team(name.lower().replace(" ", "-"), name) for name in WARDS[:6]]
    for folder, level, on in (("spring-2026", 1, SPRING), ("autumn-2026", 2, AUTUMN)):
        write(tmp_path / folder / "results" / "consolidated.xlsx",
              {name: everywhere(level) for name in WARDS[:6]}, on=on, teams=ids)  # fmt: skip
    done = run("compare")
    assert done.exit_code == 0, done.stderr
    assert "6 teams moved up on more questions than down, 0 the other way, 0 equally." in done.stderr
    assert (tmp_path / "autumn-2026" / "results" / "comparison.xlsx").is_file()
    monkeypatch.chdir(tmp_path)
    done = run("compare", "autumn-2026", "spring-2026")
    assert "The rounds seem to be the wrong way round" in done.stderr
    assert (tmp_path / "comparison.xlsx").is_file()


# -- packs --------------------------------------------------------------------------------------------


def test_packs_show_a_teams_own_then_and_now(tmp_path: Path):
    before, after = two_rounds(tmp_path, teams=8)
    done = api.feedback(after, tmp_path / "packs", few_teams=True, last=before)
    assert done.note == ""
    comparison = api.compare(before, after)
    book = openpyxl.load_workbook(tmp_path / "packs" / "packs" / "Feedback - Ward 003.xlsx")
    rows = [[cell.value for cell in row[:5]] for row in book["Then and now"].iter_rows(min_row=5) if row[0].value]
    names = comparison.questionnaire.level_name
    assert rows == [
        [p.question.after.id, p.question.after.short, names(p.before), names(p.after), p.move.value]
        for p in comparison.pairs
        if p.team.after.name == "Ward 003"
    ]
    texts = [str(cell.value) for cell in book["Your answers"]["A"]]
    moved = [row[4] for row in rows]
    said = f"Since Spring 2026: up on {moved.count('up')} questions, the same on {moved.count('same')}, down on"
    assert any(text.startswith(said) for text in texts)


def test_packs_say_where_last_time_cannot_be_shown(tmp_path: Path):
    _, after = two_rounds(tmp_path, teams=8)
    other = write(tmp_path / "small.xlsx", {name: everywhere(1) for name in WARDS[:3]})
    done = api.feedback(after, tmp_path / "packs", few_teams=True, last=other)
    assert done.note.startswith("The packs do not show what teams said last time. These rounds have different levels")
    book = openpyxl.load_workbook(tmp_path / "packs" / "packs" / "Feedback - Ward 003.xlsx")
    assert "Then and now" not in book.sheetnames
