"""Rounds made in memory: submissions with known answers, seeded, without a file or a reader."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from impact_xl import questionnaire as questionnaires
from impact_xl.findings import Where
from impact_xl.form.layout import Reference
from impact_xl.questionnaire import Questionnaire
from impact_xl.returns.submission import Mark, Marks, Priority, QuestionMarks, ReturnedFile, Submission, Tick
from impact_xl.roster import Round, Team, TeamList
from impact_xl.round.collation import Collation, collate

QUESTIONNAIRE = questionnaires.load()
SMALL = questionnaires.load(Path(__file__).parent / "small.toml")  # two components, four questions, three levels
STATES = ("answered", "not_applicable", "blank", "multiple", "unclear", "missing")

LevelOrState = int | str  # a level, or one of the other states


def marks(questionnaire: Questionnaire, question: str, answer: LevelOrState) -> QuestionMarks:
    """The marks that make a question come out as this answer."""
    component = questionnaire.by_id[question].component
    row = 10 * questionnaire.by_id[question].number
    ticked = {
        "not_applicable": {0},
        "multiple": {1, len(questionnaire.levels)},
    }.get(answer, {answer} if isinstance(answer, int) else set())
    read = Marks(
        Mark(
            level,
            Tick.UNCLEAR if answer == "unclear" and level == 1 else Tick.TICKED if level in ticked else Tick.EMPTY,
            f"B{row + level}",
            "n/a" if answer == "unclear" and level == 1 else "",
        )
        for level in range(len(questionnaire.levels) + 1)
    )
    return QuestionMarks(question, f"Sheet of {component}", read, damaged={1: "is gone"} if answer == "missing" else {})


def submission(
    team: str,
    answers: Mapping[str, LevelOrState],
    *,
    questionnaire: Questionnaire = QUESTIONNAIRE,
    file: str = "",
    group: str = "",
    notes: Mapping[str, str] | None = None,
    **more: object,
) -> Submission:
    """A submission with these answers, blank elsewhere."""
    questions = {
        each.id: marks(questionnaire, each.id, answers.get(each.id, "blank")) for each in questionnaire.questions
    }
    for question, note in (notes or {}).items():
        read = questions[question]
        questions[question] = QuestionMarks(question, read.sheet, read.marks, read.damaged, note, "D9")
    return Submission(
        Where(file or f"{team}.xlsx"),
        more.pop("reference", Reference(questionnaire=questionnaire.id, version=questionnaire.version)),
        team=team,
        group=group,
        questions=questions,
        **more,
    )


def returned(*submissions: Submission, sha256: str = "") -> ReturnedFile:
    """A file that holds submissions."""
    name = submissions[0].where.file
    return ReturnedFile(
        name, sha256 or hashlib.sha256(name.encode("utf-8", "replace")).hexdigest(), "xlsx", submissions
    )


def random_round(
    seed: int,
    teams: int,
    *,
    groups: int | Sequence[str] = 4,
    defects: float = 0.05,
    missing_teams: int = 2,
    questionnaire: Questionnaire = QUESTIONNAIRE,
    edition: str = "",
) -> Collation:
    """A round of teams in groups, the last group without a name; a share of the answers has a defect.

    Args:
        groups: how many, or the names of all but the last.
        edition: tells files of one name and other contents apart by their bytes.
    """
    dice = random.Random(seed)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    names = [*([f"Group {letter}" for letter in letters[: groups - 1]] if isinstance(groups, int) else groups), ""]
    files, listed = [], []
    for number in range(teams):
        team, group = f"Team {number:03d}", names[number % len(names)]
        lean = dice.uniform(-1, 1)
        answers = {
            question.id: dice.choice(STATES[1:])
            if dice.random() < defects
            else max(1, min(len(questionnaire.levels), round(dice.gauss(3 + lean + (place * 5 % 7 - 3) / 3, 0.8))))
            for place, question in enumerate(questionnaire.questions)
        }
        notes = {"Q03": "A note\nin two lines."} if dice.random() < 0.3 else {}
        wish = Priority(1, "Start huddles", "Q18", "Matron", "May 2027", "A run chart", "Priorities")
        files.append(
            returned(
                submission(
                    team,
                    answers,
                    questionnaire=questionnaire,
                    group=group,
                    notes=notes,
                    completed_by="Ward lead",
                    modified=datetime(2026, 11, 1 + number % 20, tzinfo=UTC),
                    priorities=(wish,) if dice.random() < 0.5 else (),
                ),
                sha256=edition and f"{edition} {number}",
            )
        )
        listed.append(Team(f"t{number}", team, group))
    listed += [Team(f"m{number}", f"Missing team {number}", names[0]) for number in range(missing_teams)]
    return collate(files, questionnaire, Round(title="Autumn 2026", teams=TeamList(tuple(listed))))
