"""A closed round: what came later is listed, kept and not counted, and everybody who speaks of it agrees."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from rounds_in_memory import QUESTIONNAIRE, returned, submission

from impact_xl import results
from impact_xl.form.layout import CORRECTION
from impact_xl.results.how_done import HOW_DONE
from impact_xl.returns.submission import Reference, Submission
from impact_xl.roster import Round, Team, TeamList
from impact_xl.round.answers import Status
from impact_xl.round.collation import Collation, collate
from impact_xl.round.overrides import Decision, Overrides, Placing

ASH, ELM = "Ash ward", "Elm clinic"
TEAMS = TeamList((Team("ash", ASH, "North"), Team("elm", ELM, "South")))
ROUND = Round(id="2026", title="Autumn 2026", teams=TEAMS, closed_on=date(2026, 11, 30))
ON_THE_DAY, LATER = datetime(2026, 11, 30, 23, 59, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)


def form(level: int = 2, team: str = ASH, **more: Any) -> Submission:
    return submission(team, {question.id: level for question in QUESTIONNAIRE.questions}, **more)


def closed(*forms: Submission, round: Round = ROUND, **options: Any) -> Collation:
    return collate([returned(each) for each in forms], QUESTIONNAIRE, round, **options)


def status(collation: Collation, team: str = ASH) -> tuple[Status, set[int]]:
    """A team's status, and the levels that count for it."""
    [result] = [result for result in collation.results if result.team.name == team]
    return result.status, set(result.levels.values())


def late(collation: Collation) -> list[str]:
    return [each.where.file for each in collation.to_fix if each.rule.id == "form-after-close"]


@pytest.mark.parametrize(
    ("dates", "counts"),
    [
        ({"message_date": ON_THE_DAY, "modified": LATER}, True),  # the first date that there is decides
        ({"message_date": LATER, "modified": ON_THE_DAY}, False),
        ({"modified": ON_THE_DAY}, True),
        ({"modified": LATER}, False),
        ({"date": "30 November 2026"}, True),
        ({"date": "1/12/2026"}, False),
    ],
)
def test_a_form_that_came_after_the_close_does_not_count(dates: dict[str, Any], counts: bool) -> None:
    collation = closed(form(**dates))
    assert status(collation) == ((Status.COMPLETE, {2}) if counts else (Status.UNUSABLE, set()))
    assert late(collation) == ([] if counts else ["Ash ward.xlsx"])
    assert [each.used for each in collation.files] == [counts]
    assert status(closed(form(**dates), round=replace(ROUND, closed_on=None))) == (Status.COMPLETE, {2})


def test_the_form_from_before_the_close_goes_on_counting() -> None:
    collation = closed(form(modified=ON_THE_DAY), form(4, file="later.xlsx", modified=LATER))
    assert status(collation) == (Status.COMPLETE, {2})
    assert late(collation) == ["later.xlsx"]
    assert "team-twice" not in {each.rule.id for each in collation.to_fix}


def test_a_correction_form_after_the_close_does_not_count_either() -> None:
    reference = Reference(questionnaire=QUESTIONNAIRE.id, version=QUESTIONNAIRE.version, kind=CORRECTION)
    correction = submission(ASH, {"Q01": 5}, file="correction.xlsx", reference=reference, modified=LATER)
    collation = closed(form(modified=ON_THE_DAY), correction)
    assert status(collation) == (Status.COMPLETE, {2})
    assert late(collation) == ["correction.xlsx"]


def test_what_a_person_decides_counts_after_the_close_too() -> None:
    level = Decision("ash", "Q01", 4, "telephone", 1)
    placing = Placing("Elm clinic.xlsx", ELM, 2)
    forms = form(modified=LATER), form(3, ELM, modified=LATER)
    collation = closed(*forms, overrides=Overrides("list", (level,), (placing,)))
    assert status(collation) == (Status.PARTIAL, {4})
    assert status(collation, ELM) == (Status.COMPLETE, {3})
    assert late(collation) == ["Ash ward.xlsx"]


def test_a_form_without_a_date_counts_where_it_counted_before(tmp_path: Path) -> None:
    path = tmp_path / "consolidated.xlsx"
    results.write(closed(form(), round=replace(ROUND, closed_on=None)), path)
    fresh = closed(form(), form(3, ELM))
    assert sorted(late(fresh)) == ["Ash ward.xlsx", "Elm clinic.xlsx"]
    for _ in range(2):  # and goes on counting
        carried = results.write(fresh, path).collation
        assert status(carried) == (Status.COMPLETE, {2})
        assert late(carried) == ["Elm clinic.xlsx"]
    [finding] = [each for each in carried.to_fix if each.rule.id == "form-after-close"]
    assert finding.message == (
        "This form of Elm clinic carries no date and did not count before, and the round was closed on 30 Nov 2026. "
        "It was not counted."
    )


def test_the_results_carry_no_date_from_after_the_close() -> None:
    assert closed(form(modified=ON_THE_DAY), form(2, ELM, modified=LATER)).date == date(2026, 11, 30)


# -- how this was done --------------------------------------------------------------------------------


def page(path: Path) -> dict[str, list[Any]]:
    """The rows of the sheet by what stands first in them."""
    rows = openpyxl.load_workbook(path, data_only=True)[HOW_DONE].iter_rows(values_only=True)
    return {str(row[0]): [cell for cell in row[1:] if cell not in (None, "")] for row in rows if row[0]}


def test_how_this_was_done_says_what_happened(tmp_path: Path) -> None:
    path = tmp_path / "consolidated.xlsx"
    decision = Decision("ash", "Q01", 4, "telephone", 1, who="Jo", date=date(2026, 12, 2))
    collation = closed(
        form(modified=ON_THE_DAY), form(3, ELM, modified=LATER), overrides=Overrides("list", (decision,))
    )
    results.write(collation, path)
    told = page(path)
    assert told["Teams asked"] == ["2 teams in 2 groups."]
    assert told["Round closed on"] == ["30 Nov 2026. What came later was not counted."]
    assert told["Forms that count are from"] == ["30 Nov 2026"]
    assert told["Complete"][-1] == 1
    assert told["Unusable"][-1] == 1
    assert told["Answered"][-1] == 22
    assert told[ASH] == [
        "Q01 is “Spreading” (telephone; Jo)",
        datetime(2026, 12, 2),
    ]
    assert told["A form that came after the round was closed"] == [ELM, 1]
    results.write(replace(collation, round=replace(ROUND, closed_on=None)), path)
    assert HOW_DONE not in openpyxl.load_workbook(path).sheetnames


def test_the_copy_to_share_says_it_without_naming_anybody(tmp_path: Path) -> None:
    placing = Placing("Elm clinic.xlsx", ELM, 2, "she rang", "Jo")
    forms = form(modified=ON_THE_DAY), form(3, ELM, modified=LATER), form(1, "Oak unit", modified=LATER)
    collation = closed(*forms, overrides=Overrides("list", (), (placing,)))
    told = page(results.share.write(collation, tmp_path / "board.xlsx"))
    assert told["Decisions"] == ["People decided about 1 file. The coordinator has each with its reason."]
    assert told["A form that came after the round was closed"] == ["1"]
    texts = str(told)
    assert [name for name in (ASH, ELM, "Oak unit", "Jo", "she rang", ".xlsx") if name in texts] == []


def test_a_sheet_of_that_name_in_an_open_round_is_somebodys_own(tmp_path: Path) -> None:
    path = tmp_path / "consolidated.xlsx"
    open_round = closed(form(), round=replace(ROUND, closed_on=None))
    results.write(open_round, path)
    book = openpyxl.load_workbook(path, data_only=True)
    book.create_sheet(HOW_DONE)["A1"] = "Our own words"
    book.save(path)
    carried = results.carry(open_round, path).carried
    assert carried
    assert list(carried.sheets) == [HOW_DONE]


def test_what_is_typed_over_the_page_is_told(tmp_path: Path) -> None:
    path = tmp_path / "consolidated.xlsx"
    collation = closed(form(modified=ON_THE_DAY))
    results.write(collation, path)
    book = openpyxl.load_workbook(path, data_only=True)
    book[HOW_DONE]["B7"] = "Something else"
    book.save(path)
    lost = [each.where.sheet for each in results.carry(collation, path).to_fix if each.rule.id == "text-not-kept"]
    assert lost == [HOW_DONE]
