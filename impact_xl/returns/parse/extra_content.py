"""What people put beside the form's own cells: marks that miss their box, and text that belongs nowhere."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import chain

from impact_xl.form import layout
from impact_xl.form.layout import Kind, as_compared, parse_key
from impact_xl.form.plans import plan, whole_plans
from impact_xl.questionnaire import Questionnaire, normalise
from impact_xl.returns.formats.grid import CellError, Place, Value
from impact_xl.returns.parse.cell_marks import text_of, tick_of
from impact_xl.returns.parse.landmarks import NOWHERE, Row, Rows
from impact_xl.returns.submission import Tick

# Marks that are words of no sentence, so that they are marks also before or after a text.
_SIGNS = tuple(normalise(sign) for sign in ("[x]", "(x)", "x", *"✓✔☑☒🗹🗸✅√●◉■"))
_USUAL = (*layout.HEADERS, *layout.LAST_PRIORITIES, layout.NOTE_LABEL, layout.SEEN, layout.REFERENCE_LABEL)
_STATUSES, _LAST = frozenset(map(normalise, layout.STATUSES)), normalise(layout.LAST)
_BEGINNINGS = (layout.REFERENCE_MARK, *map(normalise, layout.beginnings(layout.TO_PUT_RIGHT)))
_OF_ANSWERS = (Kind.QUESTION, Kind.LEVEL, Kind.NOT_APPLICABLE)  # their texts are the form's own in their rows alone
SENTENCE = 40  # as long as a text of instructions is at least
CUT = 200  # some programs cut texts to 255 characters: from here on the beginning of a text is that text


@dataclass
class RowExtras:
    """What stands in a level's row and is neither its key nor its box."""

    own: dict[str, int] = field(default_factory=dict)  # its name and statement, normalised, and their columns
    tick: tuple[int, str] | None = None  # the column and text of a tick
    texts: list[tuple[int, str]] = field(default_factory=list)  # everything else

    def emptied(self, name: str, statement: str) -> Sequence[str]:
        """Which of the row's cells hold nothing any more, `label` or `statement`; a mark may stand over the name."""
        label = [] if name in self.own or self.tick else ["label"]
        return label if statement in self.own else [*label, "statement"]


def classify_extras(cells: Iterable[tuple[int, Value]], name: str, statement: str) -> RowExtras:
    """Sort out what stands beside a box.

    Args:
        cells: columns and values of the row, without its key and its box.
        name: the level's name, as it is compared.
        statement: its statement, as it is compared.
    """
    extras = RowExtras()
    for col, value in cells:
        text = as_compared(value) if isinstance(value, str) else ""
        own = text if text in (name, statement) else _without_sign(text)
        if own and own in (name, statement) and own not in extras.own:
            extras.own[own] = col
            if own == text:
                continue
            extras.tick = extras.tick or (col, text_of(value))
        elif _is_tick(value, text):
            extras.tick = extras.tick or (col, text_of(value))
        elif shown := _worth_telling(value, text):
            extras.texts.append((col, shown))
    return extras


def _is_tick(value: Value, text: str) -> bool:
    """Whether a value can only be a tick; a number may be a score or a count, and so it is none here."""
    if isinstance(value, bool | CellError) or (text and not text.isdigit()):
        return tick_of(value)[0] is Tick.TICKED
    return False


def _without_sign(text: str) -> str:
    """A text without the mark before or after it; empty where there is none."""
    for sign in _SIGNS:
        is_letter = sign.isascii()  # an x within a word is no mark
        if text.startswith(f"{sign} " if is_letter else sign):
            return text.removeprefix(sign).lstrip(" -:.")
        if text.endswith(f" {sign}" if is_letter else sign):
            return text.removesuffix(sign).rstrip(" -:")
    return ""


def _worth_telling(value: Value, text: str) -> str:
    """A value as people see it, where it may mean something; an empty box does not, nor does what the form says."""
    if text == _LAST or is_empty_box(value) or isinstance(value, CellError) or parse_key(text_of(value)):
        return ""
    return text_of(value)


_ACTION_HEADERS = frozenset(layout.ACTION_HEADER.format(number=number) for number in range(1, layout.MOST_ACTIONS + 1))
_OF_ACTIONS = (
    *layout.LAST_PRIORITIES,
    layout.ACTION_ANSWER,
    *_ACTION_HEADERS,
    *(label for _, label in layout.ACTION_FIELDS),
)


def is_empty_box(value: Value) -> bool:
    """Whether a cell holds nothing, or the sign of an empty box; a word or number such as No or 0 is none."""
    if not isinstance(value, str) or len(value) > SENTENCE or any(map(str.isalnum, value)):
        return False
    return tick_of(value)[0] is Tick.EMPTY


def is_status(value: Value) -> bool:
    """Whether a cell holds what the form says of a question, or what a program leaves in place of the formula.

    LibreOffice leaves 0 in an .xls where the file that it opened had no value.
    """
    if isinstance(value, str):
        return as_compared(value) in _STATUSES or value.startswith("=") or not normalise(value)
    return isinstance(value, CellError) or _is_zero(value)


def _is_zero(value: Value) -> bool:
    return isinstance(value, int | float) and not value


@lru_cache(maxsize=4)
def form_texts(questionnaire: Questionnaire) -> frozenset[str]:
    """Every text that a form has outside its questions' rows, as it stands there and as it is compared."""
    texts, bullets = {*_USUAL, *layout.PARAGRAPH_LABELS, *_OF_ACTIONS}, layout.spellings(layout.BULLET)
    for sheet in chain.from_iterable(whole_plans(questionnaire)):
        texts.add(sheet.name)
        for line in sheet.lines:
            if line.kind not in _OF_ANSWERS:
                texts |= {line.label, line.text}
            texts.add(line.key)
            texts |= {f"{bullet}{line.text}" for bullet in bullets if line.kind is Kind.POINT}
    return frozenset(texts | set(map(normalise, texts)) - {""})


def is_form_text(value: Value, questionnaire: Questionnaire) -> bool:
    """Whether a form of this questionnaire holds a text somewhere by itself."""
    known = form_texts(questionnaire)
    if not isinstance(value, str):
        return isinstance(value, CellError) and value.is_formula
    if value in known:
        return True
    text = as_compared(value)
    if text in known or text.startswith(_BEGINNINGS) or layout.is_from_earlier_template(text):
        return True
    return not text or (len(text) >= CUT and any(whole.startswith(text) for whole in known))


# -- sheets without questions -----------------------------------------------------------------------

# Their headers; below some of them stands what differs from round to round.
_PRIORITY_HEADERS = (layout.PRIORITY_HEADER.format(number=number) for number in range(1, layout.PRIORITIES + 1))
_FREE_BLOCKS = frozenset(map(normalise, (layout.ABOUT, layout.HOW_TO, layout.GOOD_TO_KNOW, layout.LAST_PRIORITIES[0])))
_OTHER_BLOCKS = (layout.YOU, layout.PROGRESS, layout.CHOICES[0], *_PRIORITY_HEADERS, *_ACTION_HEADERS)
_BLOCKS = _FREE_BLOCKS | set(map(normalise, _OTHER_BLOCKS))
_ABOVE = ""  # the first header
_TITLES = 2  # rows: what the sheet is, and what it holds
_REFERENCE = normalise(layout.REFERENCE_LABEL)


def ignorable_cells(rows: Rows, keys: Container[int], questionnaire: Questionnaire) -> set[Place]:
    """Where a sheet without questions says what differs from round to round: its title, how to fill it in.

    Args:
        rows: every cell, by row and column.
        keys: the rows that have a key.
        questionnaire: what the form asks.
    """
    unkeyed = [row for row in sorted(rows) if row not in keys]
    column = _column_of_sentences(rows, unkeyed)
    free, block = set[Place](), _ABOVE
    for place, row in enumerate(unkeyed):
        texts = _compared_texts(rows[row])
        if _REFERENCE in texts:
            break  # the last row of the form: what stands below it is somebody's
        block = next(iter(texts & _BLOCKS), block)
        is_gap = bool(_compared_texts(rows.get(row + 1, {})) & _BLOCKS)  # we leave the row above a heading empty
        if block == _ABOVE:
            if place < _TITLES or not is_gap:  # version 0.1 had none below the titles
                free.add((row, min(rows[row])))
        elif texts & _progress_names(questionnaire):
            if is_count(rows[row].get(column)):
                free.add((row, column))
        elif block in _FREE_BLOCKS and not is_gap:
            free.add((row, column))
    return free


def is_count(value: Value) -> bool:
    """Whether a cell holds a count of how far a team has come, or what a program leaves in place of its formula.

    `2 of 4 done   ●●○○` is one. Whatever else stands there somebody typed: `4 of 5` may well be a level.
    """
    if isinstance(value, str):
        return _is_count(value)
    return isinstance(value, CellError) or _is_zero(value)


@lru_cache(maxsize=256)  # there are few
def _is_count(text: str) -> bool:
    return text.startswith("=") or not normalise(text) or any(each.fullmatch(text) for each in _counts())


@cache
def _counts() -> Sequence[re.Pattern[str]]:
    """How the form counts: two numbers with its words, and dots where there are not too many."""
    number, dots = r"\d{1,3}", rf"\s*[{''.join(layout.spellings(layout.COUNT_DOTS))}]*\s*"
    ends = layout.spellings(layout.DONE_OF, layout.NAMED_OF)
    patterns = (re.escape(end).replace(re.escape("{most}"), number) for end in ends)
    return [re.compile(rf"\s*{number}{each}{dots}") for each in patterns]


def tells_block(text: str, questionnaire: Questionnaire) -> bool:
    """Whether a text is one that tells on a sheet without questions what stands around it."""
    compared = as_compared(text)
    return compared in _BLOCKS or compared == _REFERENCE or compared in _progress_names(questionnaire)


def _column_of_sentences(rows: Rows, unkeyed: Iterable[int]) -> int:
    cells = ((col, value) for row in unkeyed for col, value in rows[row].items())
    sentences = Counter(col for col, value in cells if isinstance(value, str) and len(value) >= SENTENCE)
    return sentences.most_common(1)[0][0] if sentences else NOWHERE


def _compared_texts(cells: Row) -> set[str]:
    return {as_compared(value) for value in cells.values() if isinstance(value, str)}


@lru_cache(maxsize=4)
def _progress_names(questionnaire: Questionnaire) -> frozenset[str]:
    """What stands beside the counts of progress: the names of the sheets."""
    return frozenset(map(normalise, (*(sheet.name for sheet in plan(questionnaire)), layout.TOTAL_LABEL)))
