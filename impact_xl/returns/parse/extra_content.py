"""What people put beside the form's own cells: marks that miss their box, and text that belongs nowhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from impact_xl.form import layout
from impact_xl.form.layout import Kind, as_compared, parse_key
from impact_xl.questionnaire import Questionnaire, normalise
from impact_xl.returns.formats.grid import CellError, Value
from impact_xl.returns.parse.cell_marks import text_of, tick_of
from impact_xl.returns.submission import Tick

# Marks that are words of no sentence, so that they are marks also before or after a text.
_SIGNS = tuple(normalise(sign) for sign in ("[x]", "(x)", "x", *"✓✔☑☒🗹🗸✅√●◉■"))
_USUAL = (
    *(*layout.STATUSES, *layout.HEADERS, layout.LAST),
    *(layout.NOTE_LABEL, layout.SEEN, layout.REFERENCE_LABEL),
)
_BEGINNINGS = (layout.REFERENCE_MARK, *map(normalise, layout.beginnings(layout.TO_PUT_RIGHT)))
_CUT = 200  # some programs cut texts to 255 characters: from here on the beginning of a text is that text


@dataclass
class RowExtras:
    """What stands in a level's row and is neither its key nor its box."""

    own: set[str] = field(default_factory=set)  # its name and statement, normalised, where they stand there
    tick: tuple[int, str] | None = None  # the column and text of a tick
    texts: list[tuple[int, str]] = field(default_factory=list)  # everything else


def beside(cells: Iterable[tuple[int, Value]], name: str, statement: str) -> RowExtras:
    """Sort out what stands beside a box.

    Args:
        cells: columns and values of the row, without its key and its box.
        name: the level's name, normalised.
        statement: its statement, normalised.
    """
    held = RowExtras()
    for col, value in cells:
        said = as_compared(value) if isinstance(value, str) else ""
        if said and said in (name, statement):
            held.own.add(said)
        elif said and (rest := _without_sign(said)) in (name, statement):
            held.own.add(rest)
            held.tick = held.tick or (col, text_of(value))
        elif _is_tick(value, said):
            held.tick = held.tick or (col, text_of(value))
        elif text := _worth_telling(value, said):
            held.texts.append((col, text))
    return held


def _is_tick(value: Value, said: str) -> bool:
    """Whether a value can only be a tick; a number may be a score or a count, and so it is none here."""
    if isinstance(value, bool | CellError) or (said and not said.isdigit()):
        return tick_of(value)[0] is Tick.TICKED
    return False


def _without_sign(said: str) -> str:
    """A text without the mark before or after it; empty where there is none."""
    for sign in _SIGNS:
        is_letter = sign.isascii()  # an x within a word is no mark
        if said.startswith(f"{sign} " if is_letter else sign):
            return said.removeprefix(sign).lstrip(" -:.")
        if said.endswith(f" {sign}" if is_letter else sign):
            return said.removesuffix(sign).rstrip(" -:")
    return ""


def _worth_telling(value: Value, said: str) -> str:
    """A value as people see it, where it may mean something; an empty box does not, nor does what the form says."""
    if said in _usual() or (tick_of(value)[0] is Tick.EMPTY and not said.isalpha()):
        return ""
    if isinstance(value, CellError) or parse_key(text_of(value)):
        return ""
    return text_of(value)


@lru_cache(maxsize=1)
def _usual() -> frozenset[str]:
    return frozenset(map(normalise, _USUAL))


@lru_cache(maxsize=4)
def form_texts(questionnaire: Questionnaire) -> frozenset[str]:
    """Every text of a form that is nobody's answer, as it stands there and as it is compared."""
    texts, bullets = set(_USUAL), layout.spellings(layout.BULLET)
    for not_applicable in (False, True):
        for sheet in layout.plan(questionnaire, not_applicable=not_applicable):
            texts.add(sheet.name)
            for line in sheet.lines:
                texts |= {line.key, line.label, line.text}
                texts |= {f"{bullet}{line.text}" for bullet in bullets if line.kind is Kind.POINT}
    return frozenset(texts | set(map(normalise, texts)) - {""})


def is_form_text(value: Value, questionnaire: Questionnaire) -> bool:
    """Whether a form of this questionnaire holds a text somewhere by itself."""
    known = form_texts(questionnaire)
    if not isinstance(value, str):
        return tick_of(value)[0] is Tick.EMPTY or (isinstance(value, CellError) and value.is_formula)
    text = as_compared(value)
    if value in known or text in known or text.startswith(_BEGINNINGS) or layout.is_from_earlier_template(text):
        return True
    return not text or (len(text) >= _CUT and any(whole.startswith(text) for whole in known))
