"""Words that name a level: its name, “Level 4” or “not applicable”, where they are the whole text of a cell. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from impact_xl.form import layout
from impact_xl.questionnaire import Questionnaire, normalise
from impact_xl.returns.formats.grid import Value
from impact_xl.returns.parse.cell_marks import text_of

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


def _bare(text: str) -> str:
    """A text as it is compared, without its punctuation."""
    return " ".join(_PUNCTUATION.sub(" ", normalise(text)).split())


@lru_cache(maxsize=4)
def _names(questionnaire: Questionnaire) -> Mapping[str, int]:
    names = {_bare(level.name): level.number for level in questionnaire.levels}
    spellings = layout.spellings(layout.NOT_APPLICABLE_LABEL, layout.NOT_APPLICABLE)
    return {**dict.fromkeys(map(_bare, spellings), 0), **names}
