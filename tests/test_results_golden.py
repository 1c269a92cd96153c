"""Every sheet of a small workbook, as text, against the files in tests/golden: what changes there is meant to change.

`pytest tests/test_results_golden.py --renew` writes them anew; read the difference before it is committed.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from dump import dump
from rounds_in_memory import SMALL, returned, submission

from impact_xl import results
from impact_xl.results.how_done import HOW_DONE
from impact_xl.results.sheets import SHEETS
from impact_xl.returns.submission import Priority
from impact_xl.roster import Round, Team, TeamList
from impact_xl.round.collation import Collation, collate

NAMES = [sheet.name for sheet in SHEETS]
GOLDEN = Path(__file__).parent / "golden"


def small_round() -> Collation:
    """Four teams in two groups and one that did not return, with a defect of each kind among them."""
    returned_by = (
        ("Ash ward", "North", {"Q01": 1, "Q02": 3, "Q03": 2, "Q04": "multiple"}),
        ("Birch ward", "North", {"Q01": 1, "Q02": 2, "Q03": 3, "Q04": "not_applicable"}),
        ("Cedar ward", "South", {"Q01": 1, "Q02": 1, "Q03": "unclear", "Q04": 2}),
        ("Elm ward", "", {"Q01": "blank", "Q02": 3, "Q03": "missing", "Q04": 2}),
    )
    wish = Priority(1, "Start huddles", "Q02", "Matron", "May 2027", "A run chart", "Priorities")
    files = [
        returned(
            submission(
                team,
                answers,
                questionnaire=SMALL,
                group=group,
                notes={"Q02": "= our own words\nin two lines"} if team == "Ash ward" else {},
                completed_by="Ward lead",
                modified=datetime(2026, 11, 1 + number, tzinfo=UTC),
                priorities=(wish,) if group == "North" else (),
            ),
            sha256=f"{number:064x}",
        )
        for number, (team, group, answers) in enumerate(returned_by)
    ]
    teams = [Team(f"t{number}", team, group) for number, (team, group, _) in enumerate(returned_by)]
    listed = TeamList((*teams, Team("t9", "Fir ward", "South")))
    return collate(files, SMALL, Round("2026", "Autumn 2026", teams=listed))


@pytest.mark.parametrize("sheet", NAMES)
def test_a_sheet_is_as_it_was(sheet: str, request: pytest.FixtureRequest) -> None:
    collation = small_round()
    if sheet == HOW_DONE:
        collation = replace(collation, round=replace(collation.round, closed_on=date(2026, 11, 30)))
    text = dump(results.build(collation))[sheet]
    golden = GOLDEN / f"{sheet.casefold().replace(' ', '-')}.txt"
    if request.config.getoption("--renew"):
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")
