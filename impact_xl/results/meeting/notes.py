"""What teams wrote beside a question, without the teams' names, as everybody in a meeting may read it.

Whole names are taken out, in whatever case and spacing. Short forms, misspelt names and names of people stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from impact_xl.questionnaire import normalise
from impact_xl.round.collation import Collation
from impact_xl.xlsx.workbook_writer import clean

OWN, ANOTHER = "[our team]", "[another team]"
_SHORT = 3  # letters; so short a name is taken out as it is spelled alone: “ED” is no part of “we need”
_LOOSE = {
    **dict.fromkeys("-\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "[-\u2010-\u2015\u2212]"),
    **dict.fromkeys("'\u2018\u2019\u02bc", "['\u2018\u2019\u02bc]"),
    "&": "(?:&|and)",
}


class Notes:
    """The notes of a round by question, without names."""

    def __init__(self, collation: Collation) -> None:
        """Learn the names of the round's teams."""
        self._collation = collation
        names = dict.fromkeys(name for result in collation.results for name in _names(result.team.name))
        submissions = (result.submission for result in collation.results if result.submission)
        for submission in submissions:
            names |= dict.fromkeys(name for typed in (submission.team, submission.other_team) for name in _names(typed))
        longest_first = sorted(names, key=lambda name: (-len(name), name))
        pattern = "|".join(map(_pattern, longest_first))
        self._names = re.compile(rf"(?<!\w)(?:{pattern})(?!\w)") if pattern else None

    def of(self, question: str) -> list[str]:
        """What teams wrote beside a question, each note once; the order of the alphabet does not tell who wrote it."""
        notes = dict.fromkeys(self._all(question))
        return sorted(notes, key=lambda note: (note.casefold(), note))

    def _all(self, question: str) -> Iterator[str]:
        for result in self._collation.results:
            answer = result.counted.get(question)
            if note := " ".join(clean(answer.note).split()) if answer else "":
                yield self._without_names(note, result.team.name)

    def _without_names(self, note: str, team: str) -> str:
        if not self._names:
            return note
        own = re.compile("|".join(map(_pattern, _names(team))) or "(?!)")
        return self._names.sub(lambda name: OWN if own.fullmatch(name[0]) else ANOTHER, note)


def _names(name: str) -> Iterator[str]:
    """A name that can be looked for in a text; none where it is a number, or has no letter at all."""
    if any(character.isalnum() for character in normalise(name)) and not normalise(name).isdecimal():
        yield " ".join(name.split())


def _pattern(name: str) -> str:
    loose = r"\s+".join("".join(_LOOSE.get(each, re.escape(each)) for each in word) for word in name.split())
    return loose if len(name) <= _SHORT else f"(?i:{loose})"
