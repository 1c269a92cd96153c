"""Personal forms by the thousand: one is built, and who the others are for is written into its package.

A form takes some thirty milliseconds to be built. Those of one round differ in a few texts, which stand in two parts of
the package, so these two are written anew and all others are taken over as they are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from impact_xl.form import layout
from impact_xl.form import workbook as form
from impact_xl.form.workbook import Form
from impact_xl.roster import Round, TeamList
from impact_xl.xlsx.cell_values import WOULD_BE_FORMULA
from impact_xl.xlsx.table_streaming import escaped
from impact_xl.xlsx.workbook_writer import MOST_PROPERTY, clean
from impact_xl.xlsx.zip_patch import Package

_PARTS = ("xl/sharedStrings.xml", "docProps/custom.xml")
_PERSONAL = ("start.team", "start.team-id", "start.group")
_REFERENCE = "reference"
_LOOKS_ESCAPED = re.compile(r"_x[0-9a-fA-F]{4}_")  # a file holds such a text otherwise than it was typed

_Shape = tuple[bool, ...]


class FormPersonaliser:
    """Builds forms. The first of each kind takes its time; those that differ in their team alone are made from it."""

    def __init__(self) -> None:
        self._blanks: dict[tuple[int, Round, str, object, _Shape], _Blank] = {}

    def build(self, wanted: Form) -> bytes:
        """The bytes that `form.build` gives."""
        if not _can_be_personalised(wanted):
            return form.build(wanted)
        shape = tuple(bool(wanted.entries.get(key)) for key in _PERSONAL)
        # A team's round is the round with its own deadline, and no form shows the other teams.
        round = replace(wanted.round, teams=TeamList())
        key = id(wanted.questionnaire), round, wanted.tickbox, wanted.created, shape
        if key not in self._blanks:
            self._blanks[key] = _Blank(wanted)
        return self._blanks[key].for_team(wanted)


def _can_be_personalised(wanted: Form) -> bool:
    """Whether a form differs in its team alone, and nothing about its names needs a look or a spelling of its own."""
    if wanted.kind != layout.FORM or wanted.last or wanted.last_priorities or wanted.paper:
        return False
    if wanted.entries.keys() - set(_PERSONAL):
        return False
    texts = [wanted.entries.get(key, "") for key in _PERSONAL]
    return (
        bool(wanted.team_id)
        and all(isinstance(text, str) and _stands_as_typed(text) for text in (*texts, wanted.team_id))
        and len(str(wanted.reference(""))) <= MOST_PROPERTY
    )


def _stands_as_typed(text: str) -> bool:
    """Whether a file holds a text as it is typed."""
    return (
        text == clean(text).strip()
        and not text.startswith((*WOULD_BE_FORMULA, "<r>"))
        and not _LOOKS_ESCAPED.search(text)
    )


class _Blank:
    """A form with marks where others have their team."""

    def __init__(self, like: Form) -> None:
        self.like = like  # kept, as blanks are known by the id of its questionnaire
        entries = {key: _mark(key) for key in _PERSONAL if like.entries.get(key)}
        self._package = Package(form.build(replace(like, team_id=_mark(_REFERENCE), entries=entries)))
        self._parts = {name: self._package.part(name).decode() for name in _PARTS}

    def for_team(self, wanted: Form) -> bytes:
        """The form for another team."""
        texts = {key: str(wanted.entries[key]) for key in _PERSONAL if wanted.entries.get(key)}
        texts[_REFERENCE] = layout.Reference.in_reference(wanted.team_id)
        return self._package.with_parts(
            {name: partial(_filled, part, texts) for name, part in self._parts.items()},
        )


def _mark(key: str) -> str:
    """A text that stands in no questionnaire."""
    return f"⟦{key}⟧"


def _filled(part: str, texts: Mapping[str, str]) -> list[bytes]:
    for key, text in texts.items():
        part = part.replace(_mark(key), escaped(text))
    return [part.encode()]
