"""By what a sheet is read: the rows of its keys, the columns of its headers, and the column of its boxes. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from impact_xl.form import layout
from impact_xl.form.layout import Key, as_compared, level_key, parse_key
from impact_xl.form.plans import whole_plans
from impact_xl.questionnaire import Questionnaire, normalise
from impact_xl.returns.formats.grid import Place, Value
from impact_xl.returns.parse.cell_marks import text_of, tick_of
from impact_xl.returns.submission import Tick

LONGER_THAN_A_KEY = 40  # texts from here on are neither keys nor headers, and need no closer look
NOWHERE = -1  # the row or column of what is not there
_HEADERS = frozenset(map(normalise, layout.HEADERS))
_TICK_HEADER, _STATEMENT_HEADER, _STATUS_HEADER = map(
    normalise, (layout.TICK_HEADER, layout.STATEMENT_HEADER, layout.STATUS_HEADER)
)
_LEAST_KEYS = 3  # of Start or Priorities, on a sheet that is one
_KEYS_BEGIN = ("Q", "P", "s", "a")

Row = Mapping[int, Value]
Rows = Mapping[int, Row]


@dataclass(frozen=True)
class Landmarks:
    """The keys by their rows, and the columns of keys, boxes, statements and statuses; None where none is known."""

    keys: Mapping[int, Key]
    key_col: int
    tick_col: int | None
    statement_col: int | None
    status_col: int | None

    @property
    def tick_column(self) -> int:
        """The column of the boxes; beside the keys where nothing tells."""
        return self.key_col + 1 if self.tick_col is None else self.tick_col


def find_landmarks(rows: Rows, short_texts: Sequence[tuple[Place, str]], questionnaire: Questionnaire) -> Landmarks:
    """Find the landmarks of a sheet.

    Args:
        rows: every cell, by row and column.
        short_texts: the texts among them that may be keys or headers, with their places.
        questionnaire: what the sheet may ask.
    """
    keys = _keys(short_texts, questionnaire)
    key_col = _key_column(keys)
    by_row = {row: key for (row, col), key in keys.items() if col == key_col}
    levels = [row for row, key in by_row.items() if is_level(key)]
    columns = _header_columns(short_texts, min(levels, default=None))
    tick_col = columns.get(_TICK_HEADER)
    if tick_col is None and levels:
        tick_col = column_of_ticks(rows, levels, key_col)
    return Landmarks(by_row, key_col, tick_col, columns.get(_STATEMENT_HEADER), columns.get(_STATUS_HEADER))


def _key_column(keys: Mapping[Place, Key]) -> int:
    """The column that holds most keys.

    Those of Start and Priorities come first, as nobody writes them, while people write lists of questions there; then
    those of levels and notes, as a number of a question alone is soon written.
    """
    if not keys:
        return NOWHERE
    of_sheet = Counter(col for (_, col), key in keys.items() if not key.owner.startswith("Q"))
    for col, number in of_sheet.most_common(1):
        if number >= _LEAST_KEYS:
            return col
    rows = Counter(col for (_, col), key in keys.items() if key.field)
    return (rows or Counter(col for _, col in keys)).most_common(1)[0][0]


def may_be_landmark(text: str) -> bool:
    """Whether a text may be a key or a header, wherever it stands."""
    return len(text) < LONGER_THAN_A_KEY and (parse_key(text) is not None or as_compared(text) in _HEADERS)


def is_level(key: Key) -> bool:
    """Whether a key is that of a level, or of “Not applicable to us”."""
    return key.field in ("L", "NA")


def _keys(texts: Iterable[tuple[Place, str]], questionnaire: Questionnaire) -> dict[Place, Key]:
    keys = {}
    for place, text in texts:
        if text.lstrip()[:1] in _KEYS_BEGIN:
            key = parse_key(text)
            if key and (not key.owner.startswith("Q") or key.owner in questionnaire.by_id):
                keys[place] = key
    return keys


def _header_columns(texts: Iterable[tuple[Place, str]], first_level: int | None) -> dict[str, int]:
    """The columns of the headers, by normalised header; the topmost counts.

    A single word is a header only above the levels: below them people type “tick” into boxes.
    """
    rows: dict[int, dict[str, int]] = defaultdict(dict)
    for (row, col), text in texts:
        if (header := as_compared(text)) in _HEADERS:
            rows[row].setdefault(header, col)
    columns: dict[str, int] = {}
    for row, headers in sorted(rows.items()):
        if len(headers) > 1 or first_level is None or row < first_level:
            columns = {**headers, **columns}
    return columns


def column_of_ticks(rows: Rows, levels: Sequence[int], key_col: int) -> int:
    """The column of the boxes where no header names it: the one that holds most ticks and empty boxes.

    At least half of the levels have to have one there: a few marks in another column are no boxes.
    """
    counts = Counter(
        col
        for row in levels
        for col, value in rows[row].items()
        if col != key_col and tick_of(value)[0] is not Tick.UNCLEAR
    )
    for col, number in counts.most_common(1):
        if 2 * number >= len(levels):
            return col
    return key_col + 1


def moved_boxes(rows: Rows, landmarks: Landmarks, questionnaire: Questionnaire) -> dict[str, int]:
    """By question, the column that its boxes were moved to, where nothing stands in the column of the others."""
    without: dict[str, list[int]] = defaultdict(list)
    for row, key in landmarks.keys.items():
        if key.level and rows[row].get(landmarks.tick_column) is None:
            without[key.owner].append(row)
    moved = {}
    for question, own in without.items():
        if len(own) == len(questionnaire.by_id[question].levels):
            columns = [
                {col for col, value in rows[row].items() if tick_of(value)[0] is not Tick.UNCLEAR} for row in own
            ]
            if len(shared := set.intersection(*columns) - {landmarks.key_col}) == 1:
                moved[question] = shared.pop()
    return moved


def box_beside(cells: Row, statement: int, name: str, otherwise: int | None) -> int | None:
    """The column of the box left of a statement where no header leads to it: the one cell beside the level's name."""
    left = [
        col
        for col, value in cells.items()
        if col < statement and not (isinstance(value, str) and (as_compared(value) == name or parse_key(value)))
    ]
    return left[0] if len(left) == 1 else otherwise


def typed_text(cells: Row, key_col: int, col: int | None, label: str) -> tuple[str, int] | None:
    """What was typed into a row's text cell, and its column: under its header, else right of the label.

    Where the label was changed it cannot be told from what was typed but by its place.
    """
    if col is not None and (text := text_of(cells.get(col))):
        return text, col
    after = next((c for c, value in cells.items() if isinstance(value, str) and as_compared(value) == label), None)
    begin = key_col + layout.LEVEL if after is None else after
    for c in sorted(cells):
        if c > begin and (text := text_of(cells[c])) and as_compared(text) != label:
            return text, c
    return None


def another_key(cells: Iterable[tuple[int, Value]], question: str, level: int) -> str:
    """The key of another row that a row holds: then its marks may be none of its own. Empty where there is none."""
    own = level_key(question, level)
    texts = (value.strip() for _, value in cells if isinstance(value, str) and len(value) < LONGER_THAN_A_KEY)
    return next((text for text in texts if text != own and parse_key(text)), "")


def describe_moves(name: str, questionnaire: Questionnaire, landmarks: Landmarks) -> Iterator[str]:
    """What was moved on one sheet, as the steps between its keys show."""
    if landmarks.key_col != layout.REF:
        yield f"columns were inserted on “{name}”"
    levels = [
        (row, level_key(key.owner, key.level))
        for row, key in sorted(landmarks.keys.items())
        if key.owner in questionnaire.by_id and is_level(key)
    ]
    if levels and not any(_has_order_of(rows, levels) for rows in _expected_rows(questionnaire)):
        yield f"rows were inserted, deleted or sorted on “{name}”"


def _has_order_of(rows: Mapping[str, int], levels: Sequence[tuple[int, str]]) -> bool:
    """Whether levels stand as they do in a form: in its order, and all moved by the same number of rows."""
    keys = {key for _, key in levels}
    in_order = sorted((row, key) for key, row in rows.items() if key in keys)
    if [key for _, key in in_order] != [key for _, key in levels]:
        return False
    return len({row - rows[key] for row, key in levels}) == 1


@lru_cache(maxsize=4)
def _expected_rows(questionnaire: Questionnaire) -> list[dict[str, int]]:
    """The rows of the keys of questions in each form that asks them all."""
    return [
        {line.key: row for sheet in form for row, line in enumerate(sheet.lines) if line.key and line.question}
        for form in whole_plans(questionnaire)
    ]
