"""The statements of a questionnaire, ready to be pasted into a survey tool."""

from __future__ import annotations

from impact_xl.questionnaire import Questionnaire

_HOW = (
    "Each block is one question with its options, one on each line. In Microsoft Forms, Google Forms or LimeSurvey "
    "make a question of one choice, and paste the options together: each line becomes one. Paste the title as well: if "
    "two questions have the same options, it shows which is meant. Ask for the team in a question of its own, called "
    "“Team”. Do not change the statements, or the answers cannot be read."
)


def survey_text(questionnaire: Questionnaire) -> str:
    """The text: how to use it, then each question's title with its statements below, one a line."""
    blocks = [f"{questionnaire.title}, version {questionnaire.version}", _HOW, "Team"]
    for component in questionnaire.components:
        blocks.append(f"== {component.title} ==")
        for question in component.questions:
            options = (" ".join(question.statement(level).split()) for level in question.levels)
            blocks.append("\n".join([" ".join(question.title.split()), *options]))
    return "\n\n".join(blocks) + "\n"
