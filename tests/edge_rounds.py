"""Rounds of every awkward kind: nobody, one team, no groups, strange names, other questionnaires, worked on before."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
from rounds_in_memory import QUESTIONNAIRE, SMALL, STATES, random_round, returned, submission

from impact_xl import results
from impact_xl.questionnaire import Component, Level, Question, Questionnaire
from impact_xl.results.sheet_writer import FIRST_ROW
from impact_xl.returns.submission import Priority
from impact_xl.roster import Round, Team, TeamList
from impact_xl.round.collation import Collation, collate

STRANGE = (
    '=1+1 "team"', "*", "?~<>", "a*b?c~d", "<b>bold</b> & co", "<r>xml</r>", "Équipe \U0001f3e5\U0001fa7a santé",
    "فريق الجراحة العامة", "קבוצה א", "x" * 200, "Ward " + "with a very long name " * 9, "'quoted'", '"double"',
    "tab\tname", "line\nbreak", "日本語のチーム名", "-minus", "@at", "{=1}", "#REF!", "TRUE", "007", "1e5", "_x0041_",
)  # fmt: skip
LONG_TEAM = "Community neuro-rehabilitation and early supported stroke discharge team (north and west)"
LONG_GROUP = "Division of surgery, anaesthetics, critical care and associated services"


def questionnaire_of(levels: Sequence[str], components: int, each: int, target: int) -> Questionnaire:
    """A questionnaire of another shape, with titles as long as they may be."""
    made, number = [], 0
    for place in range(1, components + 1):
        questions = []
        for _ in range(each):
            number += 1
            identity = f"Q{number:02d}"
            statements = tuple(f"Statement {number} at {level}." for level in range(1, len(levels) + 1))
            short = f"Question {number} of many, as long as".ljust(34, "s")[:34]
            questions.append(Question(identity, number, f"C{place}", f"Is {identity} answered?", short, statements))
        short = f"Component {place} of all there are"[:28]
        made.append(Component(f"C{place}", place, short, short, ("We do.",), tuple(questions)))
    named = tuple(Level(place, name) for place, name in enumerate(levels, 1))
    return Questionnaire(
        "other", "1", date(2026, 1, 1), "Another check", "Nobody", "", "", ("Hello.",), named, target, tuple(made)
    )


def strange_names() -> Collation:
    """Every strange text as a team, a group, a note, a person, a file and an action."""
    dice = random.Random(3)
    files = [
        returned(
            submission(
                name,
                {
                    question.id: dice.randint(1, 5) if dice.random() > 0.1 else dice.choice(STATES[1:])
                    for question in QUESTIONNAIRE.questions
                },
                group=STRANGE[number - number % 3],
                notes={"Q01": name, "Q02": "word " * 900 if number == 2 else ""},
                completed_by=name,
                file=f"{name} \udc80.xlsx",
                modified=datetime(2026, 11, 1, tzinfo=UTC),
                priorities=(Priority(1, name, "Q05", name, name, name, "Priorities"),),
            )
        )
        for number, name in enumerate(STRANGE)
    ]
    return collate(files, QUESTIONNAIRE, Round(title='Round "=1" <&> * of 2026'))


def long_names(teams: int = 40) -> Collation:
    """Teams and groups with the names that large organisations give them."""
    dice = random.Random(5)
    groups = [*(f"{LONG_GROUP} {number}" for number in range(19)), ""]
    files, listed = [], []
    for number in range(teams):
        name, group = f"{LONG_TEAM} {number:03d}", groups[number % len(groups)]
        listed.append(Team(f"t{number}", name, group))
        if number % 13 == 0:
            continue
        levels = {question.id: max(1, min(5, round(dice.gauss(3, 1)))) for question in QUESTIONNAIRE.questions}
        note = {"Q03": "We talked about this for a long time and came to no agreement. " * 20} if number % 3 else {}
        files.append(returned(submission(name, levels, group=group, notes=note, completed_by=name)))
    title = "Autumn 2026: all divisions of the University Hospitals of the North and West Foundation Group"
    return collate(files, QUESTIONNAIRE, Round(title=title, teams=TeamList(tuple(listed))))


def worked_on() -> Collation:
    """A round whose workbook people had worked in: corrections, columns, sheets and comments of their own."""
    before = random_round(11, 9)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "consolidated.xlsx")
        results.write(before, path)
        book = openpyxl.load_workbook(path, data_only=True)
        for sheet in ("Components", "Questions", "Teams", "To fix", "Comments", "Actions", "Answers"):
            for number, head in enumerate(("Own [1] #'@\"", "own [1] #'@\"", "status", "=2+2"), 1):
                col = book[sheet].max_column + number
                book[sheet].cell(FIRST_ROW, col).value = head
                book[sheet].cell(FIRST_ROW + 1, col).value = (12.5, "text", date(2027, 5, 1), "=1+1 \u2013 a text")[
                    number - 1
                ]
                book[sheet].cell(FIRST_ROW + 1, col).data_type = ("n", "s", "d", "s")[number - 1]
        answers = book["Answers"]
        heads = [cell.value for cell in answers[FIRST_ROW]]
        for row in (FIRST_ROW + 1, FIRST_ROW + 30):
            answers.cell(row, heads.index("Level") + 1).value = "Spreading"
        answers.cell(FIRST_ROW + 2, heads.index("Level") + 1).value = "perhaps"
        book["Comments"].cell(FIRST_ROW + 1, 6).value = "Edited"
        book["Teams"]["A60"].value = "typed below"
        own = book.create_sheet("Our notes [on it]"[:9])
        own["B2"] = "Agreed in May"
        book.save(path)
        return results.carry(before, path)


SEVEN = (
    "Not started at all",
    "Beginning to develop",
    "Developing",
    "Progressing",
    "Spreading",
    "Improving",
    "Sustaining",
)
ROUNDS: Mapping[str, Callable[[], Collation]] = {
    "nobody at all": lambda: collate([], QUESTIONNAIRE, Round()),
    "nobody returned": lambda: random_round(1, 0, missing_teams=3),
    "no valid answer": lambda: collate([returned(submission("Ash ward", {}))], QUESTIONNAIRE, Round()),
    "one team": lambda: random_round(1, 1, missing_teams=0),
    "no team list, no groups": lambda: collate(
        [
            returned(submission(f"Ward {n}", {q.id: 1 + (n + q.number) % 5 for q in QUESTIONNAIRE.questions}))
            for n in range(5)
        ],
        QUESTIONNAIRE,
    ),
    "strange names": strange_names,
    "long names": long_names,
    "three levels": lambda: random_round(2, 9, questionnaire=SMALL),
    "two levels": lambda: random_round(2, 12, questionnaire=questionnaire_of(("No", "Yes"), 2, 3, 2)),
    "seven levels, one component": lambda: random_round(2, 12, questionnaire=questionnaire_of(SEVEN, 1, 5, 4)),
    "sixty questions": lambda: random_round(2, 12, questionnaire=questionnaire_of(SEVEN[:5], 10, 6, 3)),
    "worked on": worked_on,
    "more teams than are live": lambda: random_round(4, 301),
}


def dated(collation: Collation, day: date) -> Collation:
    """The round with another date."""
    return replace(collation, round=replace(collation.round, date=day))
