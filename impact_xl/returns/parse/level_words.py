"""What the form writes in the rows of levels: their names and statements; and what somebody made of these. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from impact_xl.form import layout
from impact_xl.questionnaire import Questionnaire, normalise
from impact_xl.returns.formats.grid import Grid, Place
from impact_xl.returns.submission import Sight, SightKind
from impact_xl.wording import quote, visible
from impact_xl.xlsx.a1 import a1

_LONGEST = 60  # letters of a text that are shown


@dataclass(frozen=True, slots=True)
class LevelWords:
    """What stands in a level's row: its name and its statement, as they are and as they are compared."""

    name: str
    text: str
    compared_name: str
    statement: str

    def changed(self, grid: Grid, place: Place, text: str, level: int, *, is_name: bool) -> Sight:
        """What stands in place of the statement or the name; where words were put to it, these alone are shown."""
        own_words = self.name if is_name else self.text
        begin = text.casefold().find(own_words.casefold())  # the letters of few languages change their number
        own = text[begin : begin + len(own_words)] if begin >= 0 else ""
        before, after = (text[:begin], text[begin + len(own) :]) if own else (text, "")
        new = quote(visible(f"{before}…{after}" if own else text), _LONGEST)
        what = f"the {'name' if is_name else 'statement of'} “{self.name}” now reads {new}"
        group = "level names that read otherwise" if is_name else "statements that read otherwise"
        levels = frozenset({level}) if own else None
        return Sight(SightKind.WORDING, what, grid.name, a1(*place), levels, against=False, group=group)


@lru_cache(maxsize=4)
def level_names(questionnaire: Questionnaire) -> frozenset[str]:
    """The names of all levels, as they are compared."""
    return frozenset(normalise(level.name) for level in questionnaire.levels)


@lru_cache(maxsize=4)
def level_words(questionnaire: Questionnaire) -> Mapping[tuple[str, int], LevelWords]:
    """The words of each level of each question; level 0 is “Not applicable to us”."""
    words = {}
    for question in questionnaire.questions:
        for level in question.levels:
            words[question.id, level] = (questionnaire.level_name(level), question.statement(level))
        words[question.id, 0] = (layout.NOT_APPLICABLE_LABEL, layout.NOT_APPLICABLE)
    return {
        at: LevelWords(name, statement, normalise(name), normalise(statement))
        for at, (name, statement) in words.items()
    }
