"""Collating onto a workbook that people have worked in: what they typed stands, or is spoken of."""

from __future__ import annotations

import io
import random
import shutil
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from click.testing import Result
from libreoffice import convert, needs_office, typed
from rounds_in_memory import QUESTIONNAIRE, random_round, returned, submission

from impact_xl import results
from impact_xl.findings import ImpactError
from impact_xl.form import workbook as form
from impact_xl.form.workbook import Form
from impact_xl.results.sheet_writer import FIRST_ROW
from impact_xl.returns.submission import Priority
from impact_xl.roster import Round, Team, TeamList
from impact_xl.round import stored_workbook
from impact_xl.round.answers import DecidedBy, State
from impact_xl.round.collation import Collation, collate

ALL_THREE = {question.id: 3 for question in QUESTIONNAIRE.questions}
TEAMS = (Team("t1", "Ash ward", "North"), Team("t2", "Elm clinic", "South"), Team("t3", "Oak unit", "South"))
WISH = Priority(1, "Start huddles", "Q18", "Matron", "May 2027", "A run chart", "Priorities")


def round_of(
    answers: Mapping[str, Mapping[str, object]],
    teams: tuple[Team, ...] = TEAMS,
    wishes: Mapping[str, tuple[Priority, ...]] | None = None,
    **options: object,
) -> Collation:
    """A round in which the named teams say threes except where they say something else."""
    wishes = wishes or {"Ash ward": (WISH,)}
    files = [
        returned(submission(team, ALL_THREE | dict(more), priorities=wishes.get(team, ())))
        for team, more in answers.items()
    ]
    return collate(files, QUESTIONNAIRE, Round(teams=TeamList(teams), **options))


BEFORE = {"Ash ward": {"Q05": "multiple"}, "Elm clinic": {"Q02": 1}}


def rows(path: Path, sheet: str) -> list[dict[str, object]]:
    heads, *lines = list(openpyxl.load_workbook(path, data_only=True)[sheet].iter_rows(FIRST_ROW, values_only=True))
    return [dict(zip(heads, line, strict=True)) for line in lines]


def answer(path: Path, team: str, question: str) -> dict[str, object]:
    [row] = [row for row in rows(path, "Answers") if (row["Team"], row["Ref"]) == (team, question)]
    return row


def edited(source: Path, target: Path, edit: Callable[[openpyxl.Workbook], None]) -> Path:
    """A copy in which somebody typed, with stored values as they were: as a program saves it that does not calculate.

    Saving formulas through openpyxl loses their values, so values alone are kept, which is the harder case.
    """
    book = openpyxl.load_workbook(source, data_only=True)
    edit(book)
    book.save(target)
    return target


def typing(sheet: str, found: Mapping[str, object], column: str, text: object) -> Callable[[openpyxl.Workbook], None]:
    """Type into a column of the first row in which these columns hold these values."""

    def edit(book: openpyxl.Workbook) -> None:
        table = book[sheet]
        heads = {cell.value: cell.column for cell in table[FIRST_ROW]}
        row = next(
            row
            for row in range(FIRST_ROW + 1, table.max_row + 1)
            if all(table.cell(row, heads[head]).value == value for head, value in found.items())
        )
        table.cell(row, heads[column]).value = text

    return edit


def several(*edits: Callable[[openpyxl.Workbook], None]) -> Callable[[openpyxl.Workbook], None]:
    def edit(book: openpyxl.Workbook) -> None:
        for each in edits:
            each(book)

    return edit


def sort_rows(sheet: str, column: str) -> Callable[[openpyxl.Workbook], None]:
    """Sort a sheet's table by a column, widen columns, filter and hide rows, put a row above."""

    def edit(book: openpyxl.Workbook) -> None:
        table = book[sheet]
        heads = [cell.value for cell in table[FIRST_ROW]]
        values = [[cell.value for cell in row] for row in table.iter_rows(FIRST_ROW + 1)]
        values.sort(key=lambda row: str(row[heads.index(column)] or "~"))
        for number, row in enumerate(values, FIRST_ROW + 1):
            for col, value in enumerate(row, 1):
                table.cell(number, col).value = value
            table.row_dimensions[number].hidden = number % 2 == 0
        table.column_dimensions["A"].width = 99
        for each in list(table.tables):
            del table.tables[each]
        table.insert_rows(1)

    return edit


CORRECTED = typing("Answers", {"Team": "Ash ward", "Ref": "Q05"}, "Level", "Spreading")
DONE = typing("Actions", {"What": "Start huddles"}, "Status", "Done")
OWN = several(
    typing("Actions", {"What": None}, "What", "Train coaches"),
    typing("Actions", {"What": "Train coaches"}, "Team", "Elm clinic"),
    typing("Actions", {"What": "Train coaches"}, "By when", date(2027, 5, 1)),
    typing("Actions", {"What": "Train coaches"}, "Question", "Q02"),
)


def rules(collation: Collation) -> list[str]:
    return [finding.rule.id for finding in collation.to_fix]


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("first") / "consolidated.xlsx"
    results.write(round_of(BEFORE), path)
    return path


class TestReadBack:
    def test_what_was_written_is_what_is_read(self, tmp_path: Path) -> None:
        collation = random_round(seed=3, teams=9)
        results.write(collation, tmp_path / "a.xlsx")
        stored = stored_workbook.read(tmp_path / "a.xlsx")
        wrote = list(collation.rows("answers"))
        assert [(each.team_id, each.team, each.group, each.question) for each in stored.answers] == [
            (row[3], row[4], row[5], row[7]) for row in wrote
        ]
        assert [each.level for each in stored.answers] == [
            row[9] or ("Not applicable" if row[10] == "not_applicable" else "") for row in wrote
        ]
        assert [each.note for each in stored.answers] == [row[13] for row in wrote]
        assert [(each.where.file, each.where.sheet, each.where.cell) for each in stored.answers] == [
            row[14:] for row in wrote
        ]
        assert [(row["Team ID"], row["Team"], row["Copies"]) for row in stored.teams] == [
            (each.team.id, each.team.name, each.copies) for each in collation.results
        ]
        assert stored.files == {each.name: each.file.sha256 for each in collation.files}
        assert stored.made_from["Questionnaire's fingerprint"] == QUESTIONNAIRE.fingerprint
        assert stored.corrections == ()
        assert len(stored.actions) == sum(1 for _ in collation.rows("priorities"))

    @pytest.mark.parametrize("content", [b"", b"no workbook", "no answers", "cut"])
    def test_what_cannot_be_read_back_is_left_alone(self, first: Path, tmp_path: Path, content: bytes | str) -> None:
        target = tmp_path / "out.xlsx"
        if content == "no answers":
            edited(first, target, lambda book: book.remove(book["Answers"]))
        else:
            target.write_bytes(first.read_bytes()[:20_000] if content == "cut" else content)
        before = target.read_bytes()
        with pytest.raises(ImpactError, match="cannot be read back"):
            results.write(round_of(BEFORE), target)
        assert (target.read_bytes(), list(tmp_path.iterdir())) == (before, [target])
        assert results.write(round_of(BEFORE), target, keep=False).paths == (target,)
        assert stored_workbook.read(target).answers

    def test_another_round_or_questionnaire_is_left_alone(self, tmp_path: Path) -> None:
        target = tmp_path / "out.xlsx"
        results.write(round_of(BEFORE, id="autumn"), target)
        with pytest.raises(ImpactError, match="another round: “autumn”, not “spring”"):
            results.write(round_of(BEFORE, id="spring"), target)
        assert list(tmp_path.iterdir()) == [target]


class TestCarriedOver:
    def again(self, first: Path, tmp_path: Path, edit: Callable[..., None], now: Collation) -> tuple[Path, Collation]:
        target = edited(first, tmp_path / "out.xlsx", edit)
        before = target.read_bytes()
        carried = results.carry(now, target)
        _, copy = results.write(now, target).paths
        assert copy.read_bytes() == before
        assert results.build(carried) == target.read_bytes()
        return target, carried

    def test_a_correction_stands_and_is_shown_as_made_by_hand(self, first: Path, tmp_path: Path) -> None:
        out, carried = self.again(first, tmp_path, CORRECTED, round_of(BEFORE))
        row = answer(out, "Ash ward", "Q05")
        assert (row["Level"], row["Level as read"], row["State"], row["State as read"], row["Decided by"]) == (
            "Spreading", None, "Answered", "Multiple", "Workbook",
        )  # fmt: skip
        assert "1 answer changed by hand" in openpyxl.load_workbook(out, data_only=True)["Summary"]["A4"].value
        assert [rule for rule in rules(carried) if rule.startswith("answer-")] == ["answer-by-hand"]
        assert carried.states["multiple"] == 0
        [ash] = [result for result in carried.results if result.team.id == "t1"]
        assert (ash.status.value, ash.answers["Q05"].decided_by) == ("complete", DecidedBy.WORKBOOK)
        assert [row[12] for row in carried.rows("answers") if row[12] != "copy"] == ["workbook"]
        # and once more, onto what was written
        (tmp_path / "more").mkdir()
        third, _ = self.again(out, tmp_path / "more", several(), round_of(BEFORE))
        assert answer(third, "Ash ward", "Q05") == row

    @pytest.mark.parametrize(
        ("level", "state"), [(None, State.BLANK), ("Not applicable", State.NOT_APPLICABLE), ("spreading ", None)]
    )
    def test_an_emptied_level_and_not_applicable_are_corrections_too(
        self, first: Path, tmp_path: Path, level: str | None, state: State | None
    ) -> None:
        edit = typing("Answers", {"Team": "Elm clinic", "Ref": "Q02"}, "Level", level)
        _, carried = self.again(first, tmp_path, edit, round_of(BEFORE))
        [elm] = [result for result in carried.results if result.team.id == "t2"]
        now = elm.answers["Q02"]
        assert (now.state, now.level, now.level_read, now.state_read) == (
            state or State.ANSWERED, None if state else 4, 1, State.ANSWERED,
        )  # fmt: skip

    def test_a_late_return_that_says_otherwise_does_not_undo_it(self, first: Path, tmp_path: Path) -> None:
        _, carried = self.again(first, tmp_path, CORRECTED, round_of(BEFORE | {"Ash ward": {"Q05": 2}, "Oak unit": {}}))
        [finding] = [finding for finding in carried.to_fix if finding.rule.id == "answer-kept"]
        assert "when the copy said “Multiple”. It says “Developing” now. The correction was kept." in finding.message
        [ash] = [result for result in carried.results if result.team.id == "t1"]
        assert (ash.answers["Q05"].level, ash.answers["Q05"].level_read) == (4, 2)

    def test_the_warning_stays_until_somebody_deletes_its_row(self, first: Path, tmp_path: Path) -> None:
        now = round_of(BEFORE | {"Ash ward": {"Q05": 2}})
        out, carried = self.again(first, tmp_path, CORRECTED, now)
        target = tmp_path / "again.xlsx"
        shutil.copy(out, target)
        written = results.write(now, target)
        kept = [each.message for each in carried.to_fix if each.rule.id == "answer-kept"]
        assert [each.message for each in written.collation.to_fix if each.rule.id == "answer-kept"] == kept
        assert target.read_bytes() == out.read_bytes()
        sheet = openpyxl.load_workbook(out)["To fix"]
        [row] = [row for row in range(1, sheet.max_row + 1) if sheet.cell(row, 10).value == "answer-kept"]
        deleted = edited(out, tmp_path / "deleted.xlsx", lambda book: book["To fix"].delete_rows(row))
        after = rules(results.write(now, deleted).collation)
        assert "answer-by-hand" in after
        assert "answer-kept" not in after

    def test_a_late_return_that_says_the_same_needs_no_correction(self, first: Path, tmp_path: Path) -> None:
        out, carried = self.again(first, tmp_path, CORRECTED, round_of(BEFORE | {"Ash ward": {"Q05": 4}}))
        assert answer(out, "Ash ward", "Q05")["Decided by"] == "Copy"
        assert carried.carried
        assert carried.carried.corrections == 0

    def test_teams_renamed_or_given_other_ids(self, first: Path, tmp_path: Path) -> None:
        files = [returned(submission("Ash and Rowan ward", ALL_THREE | {"Q05": "multiple"}, file="new name.xlsx"))]
        for team in (Team("t1", "Ash and Rowan ward"), Team("other", "Ash and Rowan ward")):
            now = collate(files, QUESTIONNAIRE, Round(teams=TeamList((team,))))
            _, carried = self.again(first, tmp_path, CORRECTED, now)
            kept = carried.results[0].answers["Q05"].level == 4
            assert kept is (team.id == "t1")
            assert ("answer-not-kept" in rules(carried)) is not kept
        same_file = [returned(submission("Rowan", ALL_THREE | {"Q05": "multiple"}, file="Ash ward.xlsx"))]
        _, carried = self.again(first, tmp_path, CORRECTED, collate(same_file, QUESTIONNAIRE))
        assert carried.results[0].answers["Q05"].level == 4

    def test_a_team_that_left_is_spoken_of(self, first: Path, tmp_path: Path) -> None:
        _, carried = self.again(first, tmp_path, CORRECTED, round_of({"Elm clinic": {}}, TEAMS[1:]))
        [finding] = [finding for finding in carried.to_fix if finding.rule.id == "answer-not-kept"]
        assert "Q05 of Ash ward was set to “Spreading” by hand" in finding.message
        _, carried = self.again(first, tmp_path, CORRECTED, round_of({"Elm clinic": {}}))
        assert "no copy of this team counts" in next(
            finding.message for finding in carried.to_fix if finding.rule.id == "answer-not-kept"
        )

    def test_what_is_no_level_is_spoken_of(self, first: Path, tmp_path: Path) -> None:
        edit = typing("Answers", {"Team": "Ash ward", "Ref": "Q05"}, "Level", "quite good")
        _, carried = self.again(first, tmp_path, edit, round_of(BEFORE))
        assert (
            "“quite good” by hand in the consolidated workbook. That is not counted, because that is not one of"
            in next(finding.message for finding in carried.to_fix if finding.rule.id == "answer-not-kept")
        )

    def test_actions_keep_their_status_and_added_rows(self, first: Path, tmp_path: Path) -> None:
        out, carried = self.again(first, tmp_path, several(DONE, OWN), round_of(BEFORE))
        huddles, coaches, *rest = rows(out, "Actions")
        assert (huddles["What"], huddles["Status"], huddles["Lead"]) == ("Start huddles", "Done", "Matron")
        assert (coaches["Team"], coaches["What"], coaches["By when"].date()) == (
            "Elm clinic", "Train coaches", date(2027, 5, 1),
        )  # fmt: skip
        assert str(coaches["Next level"]).startswith("Developing: ")
        assert not any(value for row in rest for value in row.values())
        assert str(carried.carried) == "1 action that was worked on, 1 added row"

    def test_an_edited_action_stands_against_the_copy(self, first: Path, tmp_path: Path) -> None:
        edit = typing("Actions", {"What": "Start huddles"}, "Lead", "Sister Oak")
        newer = Priority(1, "Start huddles", "Q18", "The matron", "June 2027", "A run chart", "Priorities")
        out, carried = self.again(first, tmp_path, edit, round_of(BEFORE, wishes={"Ash ward": (newer,)}))
        row = rows(out, "Actions")[0]
        assert (row["Lead"], row["By when"]) == ("Sister Oak", "June 2027")
        assert "Lead of the action “Start huddles” was edited" in next(
            finding.message for finding in carried.to_fix if finding.rule.id == "text-kept"
        )

    def test_a_status_never_moves_to_another_action(self, first: Path, tmp_path: Path) -> None:
        other = Priority(1, "Buy whiteboards", "Q03", "", "", "", "Priorities")
        out, _ = self.again(first, tmp_path, DONE, round_of(BEFORE, wishes={"Ash ward": (other,)}))
        assert [(row["What"], row["Status"]) for row in rows(out, "Actions")[:2]] == [
            ("Buy whiteboards", None),
            ("Start huddles", "Done"),
        ]

    def test_an_added_column_stays(self, first: Path, tmp_path: Path) -> None:
        def add(book: openpyxl.Workbook) -> None:
            sheet = book["Actions"]
            col = sheet.max_column + 1
            sheet.cell(FIRST_ROW, col).value = "Cost"
            sheet.cell(FIRST_ROW + 1, col).value = 250

        out, _ = self.again(first, tmp_path, add, round_of(BEFORE))
        assert rows(out, "Actions")[0]["Cost"] == 250

    @pytest.mark.parametrize("column", ["Question", "Level", "Ref"])
    def test_rows_sorted_filtered_and_moved(self, first: Path, tmp_path: Path, column: str) -> None:
        edit = several(CORRECTED, DONE, OWN, sort_rows("Answers", column), sort_rows("Actions", "Lead"))
        _, carried = self.again(first, tmp_path, edit, round_of(BEFORE))
        assert str(carried.carried) == "1 correction, 1 action that was worked on, 1 added row"

    def test_text_typed_there_stays_text(self, first: Path, tmp_path: Path) -> None:
        edit = typing("Actions", {"What": "Start huddles"}, "Lead", "=1+1")
        target = tmp_path / "out.xlsx"
        edited(first, target, edit)
        book = openpyxl.load_workbook(target)
        cell = next(cell for row in book["Actions"].iter_rows() for cell in row if cell.value == "=1+1")
        cell.data_type = "s"
        book.save(target)
        results.write(round_of(BEFORE), target)
        cell = openpyxl.load_workbook(io.BytesIO(target.read_bytes()))["Actions"][cell.coordinate]
        assert (cell.value, cell.data_type) == ("=1+1", "s")


@needs_office
def test_a_workbook_worked_on_and_saved_by_libreoffice(first: Path, tmp_path: Path) -> None:
    heads = [cell.value for cell in openpyxl.load_workbook(first)["Answers"][FIRST_ROW]]
    level = openpyxl.utils.get_column_letter(heads.index("Level") + 1)
    entries = {
        "Answers": {f"{level}{FIRST_ROW + 5}": "Spreading"},  # Ash ward, Q05
        "Actions": {"H5": "Under way", "C6": "Train coaches", "F6": "2027-05-01"},
    }
    target = typed(first, tmp_path / "consolidated.xlsx", entries)
    carried = results.carry(round_of(BEFORE), target)
    assert str(carried.carried) == "1 correction, 1 action that was worked on, 1 added row"
    results.write(round_of(BEFORE), target)
    assert answer(target, "Ash ward", "Q05")["Decided by"] == "Workbook"
    untouched = convert(first, tmp_path / "untouched")
    assert str(results.carry(round_of(BEFORE), untouched).carried) == ""


def test_any_sorting_of_any_round_carries_the_same(tmp_path: Path) -> None:
    collation = random_round(seed=11, teams=7)
    results.write(collation, tmp_path / "a.xlsx")

    def shuffle(book: openpyxl.Workbook) -> None:
        sheet = book["Answers"]
        values = [[cell.value for cell in row] for row in sheet.iter_rows(FIRST_ROW + 1)]
        col = [cell.value for cell in sheet[FIRST_ROW]].index("Level")
        for row in values[::10]:
            row[col] = "Starting" if row[col] != "Starting" else "Spreading"
        random.Random(5).shuffle(values)
        for number, row in enumerate(values, FIRST_ROW + 1):
            for place, value in enumerate(row, 1):
                sheet.cell(number, place).value = value

    stored = edited(tmp_path / "a.xlsx", tmp_path / "b.xlsx", shuffle)
    carried = results.carry(collation, stored)
    assert carried.carried
    assert carried.carried.corrections == len(range(0, 7 * 22, 10))


def test_the_command_says_what_it_carried(run: Callable[..., Result], tmp_path: Path) -> None:
    entries = {f"{question.id}.L3": True for question in QUESTIONNAIRE.questions}
    form.write(
        Form(QUESTIONNAIRE, entries=entries | {"start.team": "Ash ward", "Q05.L4": True}), tmp_path / "in" / "a.xlsx"
    )
    out = tmp_path / "out.xlsx"
    assert run("collate", tmp_path / "in", "-o", out).exit_code == 0
    edited(out, out, CORRECTED)
    done = run("collate", tmp_path / "in", "-o", out, "--csv", tmp_path / "tables")
    assert "Carried over from the workbook that was there: 1 correction. Your old file is kept as out " in done.stderr
    assert ",workbook," in (tmp_path / "tables" / "answers.csv").read_text(encoding="utf-8")
    out.write_bytes(b"damaged")
    refused = run("collate", tmp_path / "in", "-o", out)
    assert (refused.exit_code, out.read_bytes()) == (2, b"damaged")
    assert "cannot be read back" in refused.stderr
    assert "--overwrite" in refused.stderr
    assert run("collate", tmp_path / "in", "-o", out, "--overwrite").exit_code == 0
