"""Not compared: the teams, questions and answers that are in one round alone, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from impact_xl.comparison.compare import Comparison
from impact_xl.comparison.pair_teams import Relation
from impact_xl.comparison.workbook.writer import NOT_COMPARED, ComparisonWriter, Stack
from impact_xl.wording import plural
from impact_xl.xlsx.cell_values import Cell

_WIDTHS = (34.0, 34.0, 22.0, 80.0)


def write(writer: ComparisonWriter) -> None:
    """Write the sheet."""
    sheet = writer.write_title(
        NOT_COMPARED,
        "Not compared",
        "Teams and questions that are in one round alone, and why. A comparison of different teams would show who "
        "answered, not what changed.",
        empty="it was not in that round",
    )
    comparison = writer.comparison
    page = Stack(writer, sheet, _WIDTHS)
    teams = [*_teams(comparison)]
    page.heading(_number(len(teams), "team"))
    page.table("TeamsNotCompared", ("Team", "Group", "Round", "Why"), teams or [["None", "", "", ""]])
    if proposals := comparison.teams.proposals:
        page.heading(
            "Perhaps one team under two names",
            "Where that is so, save these rows as a list and give it with --teams-map; the program never decides it.",
        )
        page.table(
            "Proposals",
            ("before", "after", "relation", "Why"),
            [
                [each.before.name, each.after.name, Relation.RENAMED.value, "The names look alike."]
                for each in proposals
            ],
        )
    questions = [*_questions(comparison)]
    page.heading(_number(len(questions), "question"))
    page.table("QuestionsNotCompared", ("Question then", "Question now", "Ref", "Why"),
               questions or [["None", "", "", ""]])  # fmt: skip
    page.heading("Answers without a partner", "Answers of the teams that are compared, to questions that are compared.")
    page.table("AnswersNotCompared", ("What", "Why", "How many"), [*_answers(comparison)],
               ({}, {}, {"align": "left", "indent": 1}))  # fmt: skip
    sheet.fit_to_pages(1, 0)


def _number(number: int, noun: str) -> str:
    return plural(number, noun) if number else f"No {noun}"


def _teams(comparison: Comparison) -> Iterator[Sequence[Cell]]:
    for each in comparison.not_compared:
        round = comparison.after if each.now else comparison.before
        yield each.team.name, each.team.group_name, round.title, each.why


def _questions(comparison: Comparison) -> Iterator[Sequence[Cell]]:
    reused = comparison.questions.reused
    for each in comparison.questions.dropped:
        why = "Its number is that of another question now." if each.id in reused else "It is not asked any more."
        yield each.short, "", each.id, why
    for each in comparison.questions.new:
        why = "Its number was that of another question then." if each.id in reused else "It was not asked then."
        yield "", each.short, each.id, why


def _answers(comparison: Comparison) -> Iterator[Sequence[Cell]]:
    """How many valid answers of the compared teams have no partner, for each of the rounds."""
    paired = len(comparison.pairs)
    for round, side, when, other in (
        (comparison.before, "before", "then", "now"), (comparison.after, "after", "now", "then")
    ):  # fmt: skip
        ids = {getattr(pair, side).id for pair in comparison.compared}
        questions = {getattr(pair, side).id for pair in comparison.questions.pairs}
        results = (result for result in round.collation.results if result.team.id in ids)
        valid = sum(question in questions for result in results for question in result.levels)
        yield (
            f"Valid answers {when} alone",
            f"No valid answer {other}",
            valid - paired,
        )
