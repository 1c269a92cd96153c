"""Words that name a level or a question where they are the whole text of a cell: “Level 4”, a title. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from impact_xl.form import layout
from impact_xl.form.plans import plan
from impact_xl.questionnaire import Questionnaire, normalise
from impact_xl.returns.formats.grid import Value
from impact_xl.returns.parse.cell_marks import text_of

_SHORTEST = 4  # letters of a title, with its number
LONGEST = 80  # letters; a longer text is a sentence
_PUNCTUATION = re.compile(r"[^\w]|_")
_NUMBERED = re.compile(r"(?:level )?(\d)(?: (.+))?")


def level_named(value: Value, questionnaire: Questionnaire, *, number_alone: bool = False) -> int | None:
    """The level that a cell's whole text names, 0 for “not applicable”; None where it names none.

    Args:
        value: what the cell holds.
        questionnaire: whose levels.
        number_alone: whether a number names a level, as it does over a status.
    """
    if isinstance(value, bool) or (not isinstance(value, str) and not number_alone):
        return None
    text = text_of(value)
    if not text or len(text) > LONGEST:
        return None
    bare, names = _bare(text), _names(questionnaire)
    if bare in names:
        return names[bare]
    if match := _NUMBERED.fullmatch(bare):
        level, name = int(match[1]), match[2] or ""
        if 1 <= level <= len(questionnaire.levels):
            agrees = names.get(name) == level if name else number_alone or bare.startswith("level")
            return level if agrees else None
    return None


def title_question(value: Value, questionnaire: Questionnaire) -> str:
    """The question whose title a cell holds; empty for any other."""
    by_title = _questions_by_title(questionnaire)
    if not isinstance(value, str) or len(value) < _SHORTEST:
        return ""
    return by_title.get(value) or by_title.get(normalise(value), "")


@lru_cache(maxsize=4)
def _questions_by_title(questionnaire: Questionnaire) -> Mapping[str, str]:
    lines = (line for sheet in plan(questionnaire) for line in sheet.lines)
    titles = [(line.text, line.question) for line in lines if line.kind is layout.Kind.QUESTION]
    return {spelling: question for title, question in titles for spelling in (title, normalise(title))}


def _bare(text: str) -> str:
    """A text as it is compared, without its punctuation."""
    return " ".join(_PUNCTUATION.sub(" ", normalise(text).replace("&", " and ")).split())


@lru_cache(maxsize=4)
def _names(questionnaire: Questionnaire) -> Mapping[str, int]:
    names = {_bare(level.name): level.number for level in questionnaire.levels}
    spellings = layout.spellings(layout.NOT_APPLICABLE_LABEL, layout.NOT_APPLICABLE)
    return {**dict.fromkeys(map(_bare, spellings), 0), **names}
