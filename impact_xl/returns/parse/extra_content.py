"""What people put beside the form's own cells: marks that miss their box, and text that belongs nowhere."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import chain

from impact_xl.form import layout
from impact_xl.form.layout import Kind, as_compared
from impact_xl.form.plans import plan, whole_plans
from impact_xl.questionnaire import Questionnaire, normalise
from impact_xl.returns.formats.grid import CellError, Place, Value
from impact_xl.returns.parse.cell_marks import text_of, tick_of
from impact_xl.returns.parse.landmarks import NOWHERE, Row, Rows
from impact_xl.returns.parse.words import level_named
from impact_xl.returns.submission import Tick

# Marks that are words of no sentence, so that they are marks also before or after a text.
_SIGNS = tuple(normalise(sign) for sign in ("[x]", "(x)", "x", *"✓✔☑☒🗹🗸✅√●◉■"))
_USUAL = (*layout.HEADERS, layout.LAST_PRIORITIES[1], layout.NOTE_LABEL, layout.SEEN, layout.REFERENCE_LABEL)
_STATUSES = frozenset(map(normalise, layout.STATUSES))
_LAST, _PLANNED = map(normalise, layout.LAST_PRIORITIES)
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


def classify_extras(
    cells: Iterable[tuple[int, Value]], name: str, statement: str, status_col: int | None = None
) -> RowExtras:
    """Sort out what stands beside a box.

    Args:
        cells: columns and values of the row, without its key and its box.
        name: the level's name, as it is compared.
        statement: its statement, as it is compared.
        status_col: the column in which the form says what was ticked last time.
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
        elif (col != status_col or text != _LAST) and (shown := _worth_telling(value)):
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


def _worth_telling(value: Value) -> str:
    """A value as people see it, where they see any."""
    return "" if isinstance(value, CellError) or is_unseen(value) else text_of(value)


_ACTION_HEADERS = frozenset(layout.ACTION_HEADER.format(number=number) for number in range(1, layout.MOST_ACTIONS + 1))
_OF_ACTIONS = (
    layout.ACTION_ANSWER,
    *_ACTION_HEADERS,
    *(label for _, label in layout.ACTION_FIELDS),
)


def is_unseen(value: Value) -> bool:
    """Whether a cell holds a text in which there is nothing to see, or the apostrophe that begins a text in Excel."""
    return isinstance(value, str) and not normalise(value).strip("'").strip()


def is_head_of_last(texts: Iterable[Value]) -> bool:
    """Whether a row is the header above what a team planned last time; elsewhere its words are nobody's."""
    return any(isinstance(each, str) and as_compared(each) == _PLANNED for each in texts)


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
            if line.kind is Kind.CHOICE:
                texts.add(line.text)  # its label is a key, which no cell holds
            elif line.kind not in _OF_ANSWERS:
                texts |= {line.label, line.text}
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
_REFERENCE = normalise(layout.REFERENCE_LABEL)
_ENDS = _BLOCKS | {_REFERENCE}
_ABOUT, _YOU = normalise(layout.ABOUT), normalise(layout.YOU)
_LABELS = frozenset(map(normalise, (*layout.PARAGRAPH_LABELS, layout.ACTION_FIELDS[0][1])))
_TITLES = tuple(map(normalise, (*layout.beginnings(layout.CORRECTION_TITLE), layout.ACTIONS_TITLE)))
_FOR_WHOM = (layout.FOR_TEAM, layout.FOR_WHOEVER)
_BACK = (layout.RETURN_BY_TO, layout.RETURN_BY, layout.RETURN_TO, layout.RETURN_REPLY, layout.HAND_IN)
_MAIN = tuple(normalise(each) for template in (*_FOR_WHOM, *_BACK) for each in layout.beginnings(template))
_ABOUTS = (layout.START_ABOUT, layout.START_ABOUT_PART, layout.CORRECTION_ABOUT, layout.ACTIONS_ABOUT)


def ignorable_cells(
    rows: Rows, keys: Container[int], questionnaire: Questionnaire, *, is_other_version: bool = False
) -> set[Place]:
    """Where a sheet without questions says what differs from round to round: its title, how to fill it in.

    Args:
        rows: every cell, by row and column.
        keys: the rows that have a key.
        questionnaire: what the form asks.
        is_other_version: whether it is the form of another version, which has an introduction of its own.
    """
    unkeyed = [row for row in sorted(rows) if row not in keys]
    column, progress = _column_of_sentences(rows, unkeyed), _progress_names(questionnaire)
    # Version 0.1 had no labels beside paragraphs and plans, and the round's own words in its introduction.
    known = set[str]().union(*map(_compared_texts, rows.values()))
    has_labels = not _LABELS.isdisjoint(known)
    is_free = {_ABOUT: is_other_version or not has_labels}
    has_own_title = is_other_version and _YOU in known
    free, block = set[Place](), _ABOVE
    for number, row in enumerate(unkeyed):
        texts = _compared_texts(rows[row])
        if _REFERENCE in texts:
            break  # the last row of the form: what stands below it is somebody's
        block = next(iter(texts & _BLOCKS), block)
        below = _compared_texts(rows.get(row + 1, {}))
        if block == _ABOVE:
            if _is_above(rows[row], number, below, has_own_title=has_own_title):
                free.add((row, min(rows[row])))
        elif texts & progress:
            if is_count(rows[row].get(column)):
                free.add((row, column))
        elif _is_in_block(texts, below, block) and (texts & _LABELS or is_free.get(block, not has_labels)):
            free.add((row, column))
    return free


def _is_in_block(texts: set[str], below: set[str], block: str) -> bool:
    """Whether a row may say what differs from round to round.

    A heading says nothing of a round, and we leave the row above one empty.
    """
    return block in _FREE_BLOCKS and not (texts & _BLOCKS or below & _ENDS)


def _is_above(cells: Row, number: int, below: Container[str], *, has_own_title: bool) -> bool:
    """Whether the first cell of a row above all headings says there what differs from form to form."""
    value = cells[min(cells)]
    if not isinstance(value, str):
        return False
    if not number:
        return has_own_title or normalise(value).startswith(_TITLES)
    # Version 0.1 had nothing but the round's name between the title and the first header.
    return is_opening(value) or (number == 1 and _ABOUT in below)


@lru_cache(maxsize=256)  # a round says the same in all of its forms
def is_opening(text: str) -> bool:
    """Whether a text says what a workbook holds, for whom it is, or when and where it goes back."""
    compared = normalise(text)
    return compared.startswith(_MAIN) or any(layout.ends_as(compared, about) for about in _ABOUTS)


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


def is_what_was_seen(value: Value, questionnaire: Questionnaire) -> bool:
    """Whether a text may be what a correction form says of a question: it asks something, and names no level alone."""
    if not isinstance(value, str) or level_named(value, questionnaire) is not None:
        return False
    return value.rstrip().endswith(layout.ASKS) or len(value) >= CUT
