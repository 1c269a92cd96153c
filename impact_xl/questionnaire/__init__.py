"""What is asked: components, questions, levels and statements, and the same in other words."""

from __future__ import annotations

from impact_xl.questionnaire.checks import warnings
from impact_xl.questionnaire.content import (
    BOARD,
    DIVISION,
    TEAM,
    Component,
    Level,
    Question,
    Questionnaire,
    Wording,
    normalise,
)
from impact_xl.questionnaire.overlay import load_overlay
from impact_xl.questionnaire.toml_file import BUILT_IN, load

__all__ = [
    "BOARD",
    "BUILT_IN",
    "DIVISION",
    "TEAM",
    "Component",
    "Level",
    "Question",
    "Questionnaire",
    "Wording",
    "load",
    "load_overlay",
    "normalise",
    "warnings",
]
