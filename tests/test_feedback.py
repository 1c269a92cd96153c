"""Feedback: what each team may be shown of the others, that nothing else comes out of it, and how the packs stand."""

from __future__ import annotations

import csv
import email
import email.policy
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, cached_property
from itertools import combinations
from pathlib import Path

import libreoffice
import openpyxl
import pytest
from click.testing import Result
from python_calamine import CalamineWorkbook
from rounds_in_memory import QUESTIONNAIRE, SMALL, random_round, returned, submission

from impact_xl import feedback, results
from impact_xl.feedback import Pack
from impact_xl.findings import ImpactError
from impact_xl.questionnaire import Questionnaire
from impact_xl.results import share, stored_round
from impact_xl.results.labels import STATE_LABELS
from impact_xl.results.sheet_writer import FIRST_ROW
from impact_xl.returns.submission import Priority
from impact_xl.roster import Round, Team, TeamList
from impact_xl.round.collation import Collation, collate
from impact_xl.round.figures import Distribution, distribution, tally
from impact_xl.xlsx import theme

K = 5


def stored(collation: Collation, folder: Path) -> Path:
    path = folder / "consolidated.xlsx"
    path.write_bytes(results.build(collation))
    return path


def read_back(collation: Collation, folder: Path) -> Collation:
    return stored_round.read(stored(collation, folder), [collation.questionnaire])


@dataclass(eq=False)
class Seen:
    """One pack as its reader sees it."""

    pack: Pack
    questionnaire: Questionnaire

    @cached_property
    def cells(self) -> dict[str, list[list[object]]]:
        """Every sheet's cells; an empty one is an empty text."""
        book = CalamineWorkbook.from_filelike(io.BytesIO(self.pack.content))
        return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}

    @cache  # noqa: B019
    def figures(self, sheet: str) -> dict[str, dict[str, object]]:
        """The rows of a table of figures, by question."""
        every = self.cells["All teams"]
        tops = [number for number, row in enumerate(every) if row[0] == "Ref"]
        if (place := ["All teams", "Your group"].index(sheet)) >= len(tops):
            return {}
        heads, *lines = every[tops[place] : tops[place] + len(self.questionnaire.questions) + 1]
        rows = [dict(zip(heads, line, strict=True)) for line in lines]
        return {str(row["Ref"]): row for row in rows}

    @cache  # noqa: B019
    def shown(self, sheet: str) -> dict[str, Distribution]:
        """The counts that a table shows, by question."""
        return {
            question: Distribution(tuple(int(row[level.name]) for level in self.questionnaire.levels))
            for question, row in self.figures(sheet).items()
            if row["Typical level"] != "withheld"
        }

    def texts(self, sheet: str) -> list[str]:
        return [cell for row in self.cells[sheet] for cell in row if isinstance(cell, str)]

    @cached_property
    def parts(self) -> str:
        """Everything in the package, all parts of it."""
        with zipfile.ZipFile(io.BytesIO(self.pack.content)) as package:
            return "\n".join(f"{name}\n{package.read(name).decode()}" for name in package.namelist())


def seen(collation: Collation, least: int = K) -> list[Seen]:
    return [Seen(pack, collation.questionnaire) for pack in feedback.packs(collation, minimum_group=least)]


def behind(collation: Collation, question: str) -> dict[str, str]:
    """Who gave a valid answer to a question: the group of each such team, by the team's id."""
    return {
        result.team.id: result.team.group_name
        for result in collation.results
        if (answer := result.answers.get(question)) and answer.level
    }


# -- small numbers ----------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(24))
def test_nothing_comes_out_by_subtraction(seed: int, tmp_path: Path) -> None:
    collation = random_round(seed, teams=3 + seed, groups=1 + seed % 6, defects=(0.05, 0.3, 0.6)[seed % 3])
    packs = seen(read_back(collation, tmp_path))
    groups = {each.pack.team.id: each.pack.team.group_name for each in packs}
    for question in QUESTIONNAIRE.by_id:
        valid = behind(collation, question)
        everybody = set(valid)
        shown_all = [each.pack.team.id for each in packs if question in each.shown("All teams")]
        assert shown_all in ([], [each.pack.team.id for each in packs]), "the same in every pack"
        shown_groups = {groups[each.pack.team.id] for each in packs if question in each.shown("Your group")}
        for each in packs:  # the same for all of a group
            assert (question in each.shown("Your group")) == (groups[each.pack.team.id] in shown_groups)
        assert not shown_groups or shown_all
        of = {group: {team for team, own in valid.items() if own == group} for group in shown_groups}
        for reader in groups:
            for some in (set(each) for n in range(len(of) + 1) for each in combinations(of, n)):
                together = set().union(*(of[group] for group in some))
                for left in ({*together}, everybody - together):
                    if left and shown_all and (some or left == everybody):
                        assert len(left - {reader}) >= K, (question, reader, some)


@pytest.mark.parametrize(
    ("sizes", "shown"),
    [
        ({"A": 12, "B": 9}, "AB"),
        ({"A": 12, "B": 7, "C": 3}, "A"),
        ({"A": 12, "B": 7, "C": 5}, "A"),  # five with the reader's own team are four others
        ({"A": 6, "B": 6}, "AB"),
        ({"A": 20, "B": 15, "C": 2, "D": 1}, "A"),
        ({"A": 9, "B": 3}, ""),
        ({"A": 12, "": 3, "B": 8}, "A"),  # the teams without a group are a group that subtraction would show
        ({"A": 12, "": 8}, "A"),
        ({"A": 12}, ""),  # its own group is all teams: nothing to add
    ],
)
def test_a_small_group_is_withheld_and_the_next_smallest_with_it(
    sizes: Mapping[str, int], shown: str, tmp_path: Path
) -> None:
    names = [(group, f"{group or 'X'}{number}") for group, size in sizes.items() for number in range(size)]
    files = [returned(submission(team, {"Q01": 2, "Q02": 3}, group=group)) for group, team in names]
    packs = seen(read_back(collate(files, QUESTIONNAIRE), tmp_path))
    assert {each.pack.team.group for each in packs if each.shown("Your group")} == set(shown)
    for each in packs:
        assert bool(each.figures("Your group")) == (each.pack.team.group in shown and each.pack.team.group != "")


def test_the_same_group_goes_with_a_small_one_in_every_question(tmp_path: Path) -> None:
    sizes = {"A": 7, "B": 7, "C": 8, "D": 4}
    names = [(group, f"{group}{number}") for group, size in sizes.items() for number in range(size)]
    files = [
        returned(
            submission(team, {q.id: 2 for q in QUESTIONNAIRE.questions if team != "B0" or q.number % 2}, group=group)
        )
        for group, team in names
    ]
    packs = seen(read_back(collate(files, QUESTIONNAIRE), tmp_path))
    assert {each.pack.team.group for each in packs if each.shown("Your group")} == {"B", "C"}
    assert all(len(each.shown("Your group")) == 22 for each in packs if each.shown("Your group"))


def test_a_total_is_made_of_what_is_shown_alone(tmp_path: Path) -> None:
    """A total over all questions, less those that are shown, would be the ones that are withheld."""
    files = [
        returned(submission(f"T{number}", {"Q01": 4, "Q02": 1, **({"Q03": 5} if number < 4 else {})}))
        for number in range(8)
    ]
    first = seen(read_back(collate(files, QUESTIONNAIRE), tmp_path))[0]
    assert set(first.shown("All teams")) == {"Q01", "Q02"}
    assert "all teams: 50% of answers" in first.texts("Your answers"), "8 of 16, without the four that are withheld"
    assert "withheld" in first.figures("All teams")["Q03"].values()


@pytest.mark.parametrize("least", [2, 3, 10])
def test_the_smallest_number_can_be_chosen(least: int, tmp_path: Path) -> None:
    collation = read_back(random_round(3, teams=24, groups=3, defects=0.2), tmp_path)
    counts = [
        figure.n
        for each in seen(collation, least)
        for sheet in ("All teams", "Your group")
        for figure in each.shown(sheet).values()
    ]
    assert counts
    assert min(counts) > least
    assert f"at least {least} other teams" in " ".join(seen(collation, least)[0].texts("All teams"))


def test_one_team_alone_is_shown_its_own_answers_only(tmp_path: Path) -> None:
    collation = read_back(collate([returned(submission("Alone", {"Q01": 2, "Q02": 5}))], QUESTIONNAIRE), tmp_path)
    [only] = seen(collation)
    assert not only.shown("All teams")
    assert "Too few teams answered to show the others. This pack shows your own answers." in only.texts("Your answers")
    assert "Hidden: fewer than 5 other teams answered the same questions." in only.texts("Your answers")
    assert only.figures("All teams")["Q01"]["Your level"] == "Developing"
    assert "all teams: too few to show" in only.texts("Your answers")


# -- what a pack says -------------------------------------------------------------------------------


def secret_round(teams: int = 14) -> Collation:
    """Every team wrote something that only it may read."""
    files = [
        returned(
            submission(
                f"Ward {number:02d}x",
                {q.id: 1 + (q.number * number) % 5 for q in QUESTIONNAIRE.questions},
                group=f"Division {'AB'[number % 2]}",
                file=f"file-{number:02d}x.xlsx",
                completed_by=f"person-{number:02d}x",
                notes={"Q01": f"note-{number:02d}x"},
                priorities=(
                    Priority(1, f"what-{number:02d}x", "Q03", f"lead-{number:02d}x", "May", f"how-{number:02d}x", "P"),
                ),
                modified=datetime(2026, 11, 1, tzinfo=UTC),
            )
        )
        for number in range(teams)
    ]
    listed = [
        Team(f"id-{number:02d}x", f"Ward {number:02d}x", f"Division {'AB'[number % 2]}") for number in range(teams)
    ]
    return collate(files, QUESTIONNAIRE, Round(title="Autumn 2026", teams=TeamList(tuple(listed))))


def test_nothing_of_another_team_is_in_a_pack(tmp_path: Path) -> None:
    packs = seen(read_back(secret_round(), tmp_path))
    assert len(packs) == 14
    for number, each in enumerate(sorted(packs, key=lambda each: each.pack.team.name)):
        own = f"{number:02d}x"
        marks = set(re.findall(r"(?:Ward |id-|file-|person-|note-|what-|lead-|how-)(\d\dx)", each.parts))
        assert marks == {own}
        assert f"note-{own}" in each.texts("Next steps"), "its own note is there"
        assert {f"what-{own}", f"lead-{own}", f"how-{own}"} <= set(each.texts("Next steps"))
        assert f"Division {'BA'[number % 2]}" not in each.parts


@pytest.mark.parametrize("questionnaire", [QUESTIONNAIRE, SMALL], ids=["built-in", "three levels"])
def test_every_figure_is_that_of_the_round(questionnaire: Questionnaire, tmp_path: Path) -> None:
    collation = random_round(5, teams=25, groups=2, questionnaire=questionnaire)
    target = questionnaire.level_name(questionnaire.target)
    everybody, compared = collation.tallies(), 0
    for each in seen(read_back(collation, tmp_path)):
        own = next(result for result in collation.results if result.team.id == each.pack.team.id)
        for sheet, figures in (("All teams", everybody), ("Your group", collation.tallies(own.team.group_name))):
            for question, row in each.figures(sheet).items():
                answer = own.answers[question]
                level = questionnaire.level_name(answer.level)
                assert row["Your level"] == level or not answer.level
                if row["Typical level"] == "withheld":
                    continue
                distribution = figures[question].distribution
                compared += 1
                assert row["Teams"] == distribution.n
                assert tuple(row[level.name] for level in questionnaire.levels) == distribution.counts
                low, high = (questionnaire.level_name(level) for level in distribution.typical)
                assert row["Typical level"] == (low if low == high else f"{low} to {high}")
                assert row["At target"] == pytest.approx(distribution.share_at_least(questionnaire.target))
                assert (row["In words"] or "") == distribution.words
                if answer.level:
                    low, high = distribution.typical
                    steps = answer.level - (high if answer.level > high else max(answer.level, low))
                    words = f"{abs(steps)} {'higher' if steps > 0 else 'lower'}" if steps else "the same"
                    assert row["Beside typical"] == words
        assert f"At or above {target}" in each.texts("Your answers")
    assert compared > 20 * len(questionnaire.questions)


def test_the_lowest_questions_come_first_with_the_next_levels_statement(tmp_path: Path) -> None:
    files = [returned(submission(f"T{n}", {"Q01": 5, "Q02": 3, "Q03": 2, "Q04": 2, "Q05": 1})) for n in range(6)]
    files.append(returned(submission("Mine", {"Q01": 5, "Q02": 3, "Q03": 2, "Q04": 1, "Q05": 1, "Q06": 2})))
    mine = seen(read_back(collate(files, QUESTIONNAIRE), tmp_path))[0]
    assert mine.pack.team.name == "Mine"
    rows = [row[:3] for row in mine.cells["Next steps"]]
    start = next(place for place, row in enumerate(rows) if row[1] == "Your level")
    steps = [row for row in rows[start + 1 :] if re.match(r"Q\d\d ", str(row[0]))]
    assert [str(row[0])[:3] for row in steps[:5]] == ["Q04", "Q05", "Q03", "Q06", "Q02"]
    assert len(steps) == 22
    assert steps[0][2] == f"Developing: {QUESTIONNAIRE.by_id['Q04'].statement(2)}"
    [first] = [row for row in steps if str(row[0]).startswith("Q01")]
    assert first[2].startswith("You chose the highest level.")
    assert sum(row[2].startswith("No step:") for row in steps) == 16
    listed = [text[:3] for text in mine.texts("Your answers") if re.match(r"Q\d\d ", text)]
    assert listed == ["Q04", "Q05", "Q03", "Q06", "Q02"], "lowest first; of equals, further below typical first"


def test_not_applicable_and_open_questions_are_said(tmp_path: Path) -> None:
    answers = {"Q01": 2, "Q02": "not_applicable", "Q03": "multiple"}
    [only] = seen(read_back(collate([returned(submission("Alone", answers))], QUESTIONNAIRE), tmp_path))
    figures = only.figures("All teams")
    assert [figures[q]["Your level"] for q in ("Q01", "Q02", "Q03")] == [
        "Developing",
        STATE_LABELS["not_applicable"],
        "no valid answer",
    ]
    assert "1 not applicable, 20 without a valid answer" in only.texts("Your answers")


def test_all_at_the_highest_level(tmp_path: Path) -> None:
    files = [returned(submission(f"T{number}", {q.id: 5 for q in QUESTIONNAIRE.questions})) for number in range(8)]
    for each in seen(read_back(collate(files, QUESTIONNAIRE), tmp_path)):
        assert any("the highest level wherever you answered" in text for text in each.texts("Your answers"))


def test_corrections_made_in_the_workbook_count(tmp_path: Path) -> None:
    path = stored(secret_round(), tmp_path)
    book = openpyxl.load_workbook(path)
    sheet = book["Answers"]
    heads = [cell.value for cell in sheet[FIRST_ROW]]
    row = next(row for row in sheet.iter_rows(FIRST_ROW + 1) if row[0].value == "Ward 03x" and row[3].value == "Q02")
    row[heads.index("Level")].value = "Improving and sustaining"
    gone = next(row for row in sheet.iter_rows(FIRST_ROW + 1) if row[0].value == "Ward 03x" and row[3].value == "Q04")
    gone[heads.index("Level")].value = None
    odd = next(row for row in sheet.iter_rows(FIRST_ROW + 1) if row[0].value == "Ward 03x" and row[3].value == "Q05")
    odd[heads.index("Level")].value = "Progresing"
    book.save(path)
    collation = stored_round.read(path, [QUESTIONNAIRE])
    mine = next(each for each in seen(collation) if each.pack.team.name == "Ward 03x")
    figures = mine.figures("All teams")
    assert figures["Q02"]["Your level"] == "Improving and sustaining"
    assert figures["Q04"]["Your level"] == figures["Q05"]["Your level"] == "no valid answer"
    assert figures["Q04"]["Teams"] == figures["Q05"]["Teams"] == 13
    assert feedback.left_out(collation) == ["Ward 03x, Q05: “Progresing”"]


def test_actions_of_the_coordinator_stay_with_the_coordinator(tmp_path: Path) -> None:
    path = stored(secret_round(), tmp_path)
    book = openpyxl.load_workbook(path)
    sheet = book["Actions"]
    heads = [cell.value for cell in sheet[FIRST_ROW]]
    rows = list(sheet.iter_rows(FIRST_ROW + 1))
    rows[3][heads.index("Status")].value = "Under way"
    free = next(row for row in rows if not any(cell.value for cell in row))
    free[heads.index("Team")].value, free[heads.index("What")].value = "Ward 03x", "keep an eye on them"
    book.save(path)
    packs = seen(stored_round.read(path, [QUESTIONNAIRE]))
    assert not any("keep an eye" in each.parts for each in packs)
    worked = [each.pack.team.name for each in packs if "Under way" in each.texts("Next steps")]
    assert worked == [rows[3][heads.index("Team")].value]


def test_text_from_returns_stays_text(tmp_path: Path) -> None:
    wish = Priority(1, "=1+1", "@Q03", "+44", "-1", '=HYPERLINK("http://x")', "P")
    team = submission("=cmd|' /C calc'!A0", {"Q01": 2}, notes={"Q01": "=2+2"}, priorities=(wish,))
    [only] = seen(read_back(collate([returned(team)], QUESTIONNAIRE), tmp_path))
    assert "<f>" not in only.parts
    assert "<hyperlink " not in only.parts
    assert {"=1+1", "@Q03", "=2+2"} <= set(only.texts("Next steps"))


def test_the_same_workbook_gives_the_same_bytes(tmp_path: Path) -> None:
    collation = read_back(secret_round(), tmp_path)
    assert [pack.content for pack in feedback.packs(collation)] == [pack.content for pack in feedback.packs(collation)]


def test_packs_come_one_at_a_time(tmp_path: Path) -> None:
    made = feedback.packs(read_back(secret_round(), tmp_path))
    assert isinstance(made, Iterator)
    assert next(made).content[:2] == b"PK"


def test_names_that_make_one_file_name_are_told_apart(tmp_path: Path) -> None:
    teams = TeamList(tuple(Team(f"id-{number}", name) for number, name in enumerate(("A/B", "A B", "a:b", "CON"))))
    files = [returned(submission(team.name, {"Q01": 2})) for team in teams.teams]
    names = [
        pack.name for pack in feedback.packs(read_back(collate(files, QUESTIONNAIRE, Round(teams=teams)), tmp_path))
    ]
    assert len({name.casefold() for name in names}) == 4
    assert all(re.fullmatch(r"Feedback - [^<>:\"/\\|?*]+\.xlsx", name) for name in names)


# -- how it looks -----------------------------------------------------------------------------------


def long_round() -> Collation:
    """Names, notes and priorities as long as people write them."""
    name = "Community neuro-rehabilitation and early supported stroke discharge team (north and west)"
    wishes = tuple(Priority(number, "We mean to do this. " * 60, name, name, name, name, "P") for number in range(1, 6))
    files = [
        returned(
            submission(
                f"{name} {number}",
                {q.id: 1 + (q.number + number) % 4 for q in QUESTIONNAIRE.questions},
                group="Division of surgery, anaesthetics, critical care and associated services",
                notes={"Q01": "We talked about this one for a long time. " * 30},
                priorities=wishes,
            )
        )
        for number in range(8)
    ]
    return collate(files, QUESTIONNAIRE, Round(title="Autumn 2026: all divisions of the University Hospitals group"))


@libreoffice.needs_printing
def test_the_first_sheet_is_one_page(tmp_path: Path) -> None:
    rounds = {
        "long": long_round(),
        "usual": random_round(2, teams=20),
        "small": random_round(2, teams=9, questionnaire=SMALL),
    }
    for name, collation in rounds.items():
        pack = next(feedback.packs(read_back(collation, tmp_path)))
        (tmp_path / f"{name}.xlsx").write_bytes(pack.content)
    libreoffice.convert_all([tmp_path / f"{name}.xlsx" for name in rounds], tmp_path, "pdf")
    for name in rounds:
        pages = libreoffice.printed_pages(tmp_path / f"{name}.pdf", "-layout")
        first = [page for page in pages if re.search(r"Your answers\s+Page \d+ of", page)]
        assert len(first) == 1, name
        assert "Your priorities to carry on" in first[0]
        assert len(pages) <= 4, name


def test_no_row_is_too_low_for_what_stands_in_it(tmp_path: Path) -> None:
    """Two tables side by side share their rows."""
    each = seen(read_back(random_round(2, teams=20), tmp_path))[0]
    book = openpyxl.load_workbook(io.BytesIO(each.pack.content))
    for sheet in (book["All teams"], book["Your answers"]):
        widths = {
            col: each_col.width
            for each_col in sheet.column_dimensions.values()
            for col in range(each_col.min, each_col.max + 1)
        }
        for row in sheet.iter_rows(FIRST_ROW + 1):
            for cell in row:
                if isinstance(cell.value, str) and cell.alignment.wrap_text:
                    size, bold = cell.font.size, bool(cell.font.bold)
                    needed = theme.row_height(cell.value, widths[cell.column], size, bold=bold)
                    assert sheet.row_dimensions[cell.row].height >= needed - 0.5, (sheet.title, cell.coordinate)


def test_there_is_room_to_write_on_the_first_page(tmp_path: Path) -> None:
    each = seen(read_back(random_round(2, teams=20), tmp_path))[0]
    rows = each.cells["Your answers"]
    at = next(number for number, row in enumerate(rows) if row[0] == "What we agree today")
    assert rows[at + 1][:4] == ["Question", "Who leads", "By when", "What we will do"]
    sheet = openpyxl.load_workbook(io.BytesIO(each.pack.content))["Your answers"]
    assert all(sheet.row_dimensions[at + 3 + line].height >= 24 for line in range(3))


def test_charts_say_what_they_show_and_no_formula_is_in_a_pack(tmp_path: Path) -> None:
    for collation in (random_round(2, teams=20), long_round(), random_round(2, teams=9, questionnaire=SMALL)):
        each = seen(read_back(collation, tmp_path))[0]
        drawings = re.findall(r'<xdr:cNvPr [^>]*descr="([^"]+)"', each.parts)
        assert len(drawings) == 1
        assert all(len(text) > 100 for text in drawings)
        assert "<f>" not in each.parts
        assert "<mergeCell" not in each.parts


def test_a_title_that_is_very_long_still_makes_a_pack(tmp_path: Path) -> None:
    files = [returned(submission("W" * 300, {"Q01": 2}, group="G" * 300))]
    collation = read_back(collate(files, QUESTIONNAIRE, Round(title="T" * 150)), tmp_path)
    [only] = seen(collation)
    assert len(only.pack.name) < 150
    assert any(text.endswith("…") for text in only.texts("Your answers"))
    assert "W" * 300 in only.texts("All teams")


# -- the command ------------------------------------------------------------------------------------

Run = Callable[..., Result]


def test_packs_alone(run: Run, tmp_path: Path) -> None:
    collation = random_round(4, teams=12, missing_teams=2)
    done = run("feedback", stored(collation, tmp_path), "-o", tmp_path / "out")
    assert done.exit_code == 0, done.output
    assert "12 packs written" in done.stderr
    assert "2 teams without a valid answer, so without a pack: Missing team 0, Missing team 1" in done.stderr
    assert done.stdout.strip() == str(tmp_path / "out")
    assert len(list((tmp_path / "out" / "packs").glob("Feedback - Team *.xlsx"))) == 12
    assert not (tmp_path / "out" / "messages").exists()


def test_with_a_team_list_every_pack_has_its_message(run: Run, tmp_path: Path) -> None:
    teams = tmp_path / "teams.csv"
    teams.write_text(
        "team_id,team,contact,email,cc\nid-00x,Ward 00x,Matron,ward00@example.org,boss@example.org\n,Ward 01x,,,\n"
    )
    path = stored(secret_round(), tmp_path)
    done = run("feedback", path, "--teams", teams, "-o", tmp_path / "out", "--contact", "team@example.org", "--json")
    assert done.exit_code == 0, done.output
    printed = json.loads(done.stdout)
    assert (printed["packs"], len(printed["without_address"]), printed["without_answers"]) == (14, 13, [])
    assert len(printed["written"]) == 2 * 14 + 1
    assert "13 messages without an address" in done.stderr
    mails = sorted((tmp_path / "out" / "messages").glob("*.eml"))
    assert len(mails) == 14
    for number, mail in enumerate(mails):
        message = email.message_from_bytes(mail.read_bytes(), policy=email.policy.default)
        [attached] = message.iter_attachments()
        assert attached.get_filename() == f"Feedback - Ward {2 * number % 14 + number // 7:02d}x.xlsx"
        assert attached.get_content() == (tmp_path / "out" / "packs" / attached.get_filename()).read_bytes()
        assert (message["To"] is None) == (number != 0)
    first = email.message_from_bytes(mails[0].read_bytes(), policy=email.policy.default)
    assert (first["To"], first["Cc"]) == ("ward00@example.org", "boss@example.org")
    text = first.get_body(("plain",)).get_content()
    assert text.startswith("Dear Matron,")
    assert "Write to team@example.org." in text
    rows = list(csv.DictReader((tmp_path / "out" / "distribution.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert [bool(row["to"]) for row in rows] == [True, *[False] * 13]


def test_no_pack_goes_to_a_team_that_its_name_or_id_denies(run: Run, tmp_path: Path) -> None:
    """The list has been numbered anew since: ids and names point to different teams."""
    teams = tmp_path / "teams.csv"
    teams.write_text(
        "team_id,team,email\nid-00x,Ward 01x,one@example.org\nid-01x,Ward 02x,two@example.org\n"
        "id-03x,A new name,three@example.org\nnew,Ward 04x,four@example.org\n"
    )
    path = stored(secret_round(), tmp_path)
    assert run("feedback", path, "--teams", teams, "-o", tmp_path / "out").exit_code == 0
    to = {}
    for mail in (tmp_path / "out" / "messages").glob("*.eml"):
        message = email.message_from_bytes(mail.read_bytes(), policy=email.policy.default)
        [attached] = message.iter_attachments()
        to[attached.get_filename()[len("Feedback - ") : -len(".xlsx")]] = message["To"]
    assert {team: address for team, address in to.items() if address} == {
        "Ward 03x": "three@example.org",  # renamed, with its id
        "Ward 04x": "four@example.org",  # by its name alone
    }


def everything(folder: Path) -> dict[str, bytes]:
    return {str(each.relative_to(folder)): each.read_bytes() for each in folder.rglob("*") if each.is_file()}


def test_packs_that_stand_there_already_are_left_alone(run: Run, tmp_path: Path) -> None:
    path, out = stored(secret_round(), tmp_path), tmp_path / "out"
    assert run("feedback", path, "-o", out).exit_code == 0
    (out / "sent.csv").write_text("when,message\n", encoding="utf-8")
    before = everything(tmp_path)
    done = run("feedback", path, "-o", out)
    assert "They are in" in done.stderr
    assert everything(tmp_path) == before


@pytest.mark.parametrize(
    "what", ["a pack was edited", "a pack was deleted", "the answers changed", "messages were sent"]
)
def test_packs_that_may_have_been_sent_are_never_replaced(run: Run, tmp_path: Path, what: str) -> None:
    path, out = stored(secret_round(), tmp_path), tmp_path / "out"
    teams = tmp_path / "teams.csv"
    teams.write_text("team,email\nWard 00x,one@example.org\n", encoding="utf-8")
    given = [path, "--teams", teams] if what == "messages were sent" else [path]
    assert run("feedback", *given, "-o", out).exit_code == 0
    first = min((out / "packs").iterdir())
    if what == "a pack was edited":
        first.write_bytes(b"mine")
    elif what == "a pack was deleted":
        first.unlink()
    else:
        (out / "sent.csv").write_text("when,message\n2026-11-29,001 Ward 00x.eml\n", encoding="utf-8")
        book = openpyxl.load_workbook(path)
        book["Answers"].cell(FIRST_ROW + 1, 7).value = "Spreading"
        book.save(path)
    before = everything(out)
    done = run("feedback", *given, "-o", out)
    assert done.exit_code == 0, done.output
    [kept] = tmp_path.glob("out 20*")
    assert f"The packs that were there are kept in {kept}" in done.stderr
    assert everything(kept) == before
    assert len(list((out / "packs").iterdir())) == 14
    assert not (out / "sent.csv").exists()


def test_an_outbox_of_other_messages_is_left_alone(run: Run, tmp_path: Path) -> None:
    (tmp_path / "teams.csv").write_text("team,email\nWard 00x,one@example.org\n", encoding="utf-8")
    out = tmp_path / "out"
    assert run("distribute", tmp_path / "teams.csv", "-o", out).exit_code == 0
    before = everything(out)
    done = run("feedback", stored(secret_round(), tmp_path), "-o", out)
    assert done.exit_code == 2
    assert f"{out} holds other messages" in done.stderr
    assert everything(out) == before


def test_packs_that_cannot_be_moved_stay_whole(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, out = stored(secret_round(), tmp_path), tmp_path / "out"
    assert run("feedback", path, "-o", out).exit_code == 0
    min((out / "packs").iterdir()).write_bytes(b"mine")
    before = everything(tmp_path)

    def refused(self: Path, _: Path) -> None:  # as Windows refuses while something in the folder is open
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "replace", refused)
    done = run("feedback", path, "-o", out)
    assert done.exit_code == 2
    assert "is open in another program, or you may not write there" in done.stderr
    assert everything(tmp_path) == before


def _usual(folder: Path) -> str:
    return str(stored(secret_round(), folder))


def _not_ours(folder: Path) -> list[str]:
    (folder / "out").mkdir()
    (folder / "out" / "holiday.txt").write_text("mine")
    return [str(stored(secret_round(), folder)), "-o", str(folder / "out")]


def _other_questionnaire(folder: Path) -> list[str]:
    return [str(stored(random_round(1, teams=3, questionnaire=SMALL), folder))]


def _share(folder: Path) -> list[str]:
    return [str(share.write(secret_round(), folder / "share.xlsx"))]


def _text(folder: Path) -> list[str]:
    (folder / "a.xlsx").write_text("hello")
    return [str(folder / "a.xlsx")]


def _two_answers(folder: Path) -> list[str]:
    path = stored(secret_round(), folder)
    book = openpyxl.load_workbook(path)
    sheet = book["Answers"]
    for cell in list(sheet[FIRST_ROW + 1]):
        sheet.cell(sheet.max_row + (cell.column == 1), cell.column, cell.value)
    sheet.cell(sheet.max_row, 7, "Spreading")
    book.save(path)
    return [str(path)]


def _words(folder: Path) -> list[str]:
    (folder / "teams.csv").write_text("team\nWard 00x\n")
    (folder / "body.txt").write_text("Dear {nmae}")
    return [
        str(stored(secret_round(), folder)),
        "--teams",
        str(folder / "teams.csv"),
        "--body",
        str(folder / "body.txt"),
    ]


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        (lambda folder: [str(folder / "none.xlsx")], "There is no such file", "impact-xl collate"),
        (lambda folder: [str(folder)], "There is no such file", "impact-xl collate"),
        (_text, "it is damaged, or no workbook", "impact-xl collate"),
        (_share, "nothing in it is the table Answers", "a board copy"),
        (_other_questionnaire, "made from another questionnaire", "--questionnaire FILE"),
        (_two_answers, "two things of one answer: Ward 00x, Q01", "Delete the row"),
        (lambda folder: [str(stored(collate([], QUESTIONNAIRE), folder))], "nothing to feed back", "Combine returns"),
        (_not_ours, "already holds files of something else", "Choose another folder"),
        (_words, "{nmae}", "{name}"),
        (lambda folder: [_usual(folder), "--contact", "x@y.z"], "no team list was given", "--teams"),
        (lambda folder: [_usual(folder), "--teams", str(folder / "no.csv")], "cannot be read", "--teams"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_said_and_nothing_is_written(
    run: Run, tmp_path: Path, arguments: Callable[[Path], list[str]], message: str, hint: str
) -> None:
    given = arguments(tmp_path)
    place = [] if "-o" in given else ["-o", str(tmp_path / "new")]
    before = {each: each.read_bytes() for each in tmp_path.rglob("*") if each.is_file()}
    done = run("feedback", *given, *place)
    assert done.exit_code == 2, done.output
    assert message in done.stderr
    assert hint in done.stderr.partition("Hint:")[2]
    assert {each: each.read_bytes() for each in tmp_path.rglob("*") if each.is_file()} == before
    assert not (tmp_path / "new").exists()


def test_a_questionnaire_of_ones_own(run: Run, tmp_path: Path, root: Path) -> None:
    path = stored(random_round(1, teams=9, questionnaire=SMALL), tmp_path)
    done = run("feedback", path, "--questionnaire", root / "tests" / "small.toml", "-o", tmp_path / "out")
    assert done.exit_code == 0, done.output
    assert len(list((tmp_path / "out" / "packs").iterdir())) == 9


def test_distribution_counts_what_there_is() -> None:
    levels = [1, 2, 2, None, 5]
    answers = [("answered", level) if level else ("blank", None) for level in levels]
    assert distribution(levels, 5) == tally(answers, 5).distribution


def test_a_row_of_an_unknown_team_is_taken_in(tmp_path: Path) -> None:
    path = stored(secret_round(), tmp_path)
    book = openpyxl.load_workbook(path)
    book["Teams"].delete_rows(FIRST_ROW + 1)
    book.save(path)
    assert len(stored_round.read(path, [QUESTIONNAIRE]).answering) == 14


def test_a_level_that_is_the_target_is_read_back(tmp_path: Path) -> None:
    collation = collate([returned(submission("A", {"Q01": 2}))], QUESTIONNAIRE, Round(target=4))
    assert read_back(collation, tmp_path).target == 4


def test_errors_are_ours(tmp_path: Path) -> None:
    with pytest.raises(ImpactError, match="no such file"):
        stored_round.read(tmp_path / "none.xlsx", [QUESTIONNAIRE])


def test_a_note_stays_within_its_cell(tmp_path: Path) -> None:
    """What ran over the cells beside it was cut by the edge of the page."""
    pack = next(feedback.packs(read_back(long_round(), tmp_path)))
    sheet = openpyxl.load_workbook(io.BytesIO(pack.content))["Next steps"]
    [note] = [cell for row in sheet.iter_rows() for cell in row if str(cell.value).startswith("We talked")]
    needed = theme.row_height(note.value, sheet.column_dimensions[note.column_letter].width, note.font.size)
    assert note.alignment.wrap_text
    assert note.value.endswith("…")
    assert sheet.row_dimensions[note.row].height >= needed - 0.5
