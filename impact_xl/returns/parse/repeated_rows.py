"""The rows of a question's levels: which mark each has, and what rows show that stand there once more. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from impact_xl.form import layout
from impact_xl.questionnaire import Questionnaire
from impact_xl.returns.parse.looks import IN_HIDING
from impact_xl.returns.parse.parsed_sheet import LevelRow
from impact_xl.returns.submission import Mark, Sight, SightKind, Tick
from impact_xl.wording import join_and, quote, visible

_GONE = "is gone"
_TIMES = {2: "twice", 3: "three times"}
_ROWS = "other rows for a level"

Rows = Mapping[int, Sequence[LevelRow]]  # by level


@dataclass(frozen=True)
class RowsRead:
    """What the rows of a question say."""

    marks: Sequence[Mark]
    damaged: Mapping[int, str]  # what is wrong with the levels that have no row of use
    lost_boxes: tuple[Mark, ...]  # what stands in the boxes of these
    sights: tuple[Sight, ...]  # what rows show that stand there once more


def read_rows(rows: Rows, questionnaire: Questionnaire) -> RowsRead:
    """What all rows of one question say, on whatever sheets they stand."""
    marks, damaged, lost = [], {}, list[Mark]()
    for level, own in rows.items():
        if len(own) == 1 and own[0].mark:  # as nearly always
            marks.append(own[0].mark)
        elif usable := _with_box([row for row in own if row.mark]):
            marks.append(_one(usable))
        elif own:
            damaged[level] = _damage(own[0])
            lost += [row.box for row in own if row.box]
        elif level:  # “Not applicable” is no row of every form
            damaged[level] = _GONE
    is_once = all(len(own) <= 1 for own in rows.values())
    sights = () if is_once else tuple(_more(rows, questionnaire, is_damaged=bool(damaged)))
    return RowsRead(marks, damaged, tuple(lost), sights)


def _with_box(rows: Sequence[LevelRow]) -> Sequence[LevelRow]:
    """The rows with more than a statement; all of them where there is none, as then something else is amiss."""
    return [row for row in rows if not row.quote] or rows


def _damage(row: LevelRow) -> str:
    """What is wrong with a row; a tick in its box is told, as people see it."""
    if row.box is None or row.box.tick is Tick.EMPTY:
        return row.damage
    what = "is ticked" if row.box.tick is Tick.TICKED else f"holds {quote(visible(row.box.raw))}{row.box.font}"
    return f"{row.damage} ({row.box.cell} {what})"


def _one(rows: Sequence[LevelRow]) -> Mark:
    """One mark of a row that may stand there twice; where the two differ, which one is meant cannot be told."""
    # A tick in a hidden row takes nothing from the same tick in a copy that people see.
    marks = sorted(((row.mark, row.sheet) for row in rows if row.mark), key=lambda each: each[0].doubt in IN_HIDING)
    first, _ = marks[0]
    if len({(mark.tick, "" if mark.doubt in IN_HIDING else mark.doubt) for mark, _ in marks}) == 1:
        outside = sorted((mark for mark, _ in marks if mark.tick_outside_box), key=lambda mark: not mark.aside_doubt)
        return outside[0] if outside else first
    cells = " ".join(dict.fromkeys(mark.cell for mark, sheet in marks if sheet == marks[0][1]))
    on_one = len({sheet for _, sheet in marks}) == 1
    where = join_and(_place(mark, "" if on_one else sheet) for mark, sheet in marks)
    times = _TIMES.get(len(marks), "often")
    return Mark(first.level, Tick.UNCLEAR, cells, doubt=f"is there {times}, with different marks: {where}")


def _place(mark: Mark, sheet: str) -> str:
    """Where a mark is, and what speaks against it."""
    return f"{mark.cell}{sheet and f' of “{sheet}”'}{mark.doubt and f', which {mark.doubt}'}"


def _more(rows: Rows, questionnaire: Questionnaire, *, is_damaged: bool) -> Iterator[Sight]:
    """What is seen of rows that stand there once more.

    A copy of all rows of a question shows nothing by itself. Where some levels stand there more often than others,
    somebody chose these, as if their names stood there.
    """
    times = min(max(len(own), 1) for level, own in rows.items() if level)
    chosen = frozenset(level for level, own in rows.items() if len(own) > times)
    main = Counter(row.sheet for own in rows.values() for row in own).most_common(1)[0][0]
    for level, own in rows.items():
        name = questionnaire.level_name(level) or layout.NOT_APPLICABLE
        in_order = sorted((row for row in own if row.mark), key=lambda row: row.sheet != main)
        yield from _undamaged(in_order, name, times, chosen if level in chosen else None)
        if in_order and not is_damaged:
            yield from _of_damaged(own, name)


def _undamaged(rows: Sequence[LevelRow], name: str, times: int, levels: frozenset[int] | None) -> Iterator[Sight]:
    """What rows of one level show that stand there more often than those of others; statements alone, at any time."""
    boxed = _with_box(rows)
    quotes = [row for row in rows if row not in boxed]
    yield from (_sight(row, f"the statement of “{name}”", levels) for row in quotes)
    if levels is not None and not quotes:
        yield from (_sight(row, f"another row for “{name}”", levels) for row in boxed[times:])


def _sight(row: LevelRow, what: str, levels: frozenset[int] | None) -> Sight:
    cell = row.quote or (row.mark.cell if row.mark else "")
    return Sight(SightKind.WORD, what, row.sheet, cell, levels, group=_ROWS)


def _of_damaged(rows: Sequence[LevelRow], name: str) -> Iterator[Sight]:
    """Damaged rows for a level beside a whole one: a copy of the question's rows that somebody worked on."""
    for row in rows:
        if not row.mark:
            ticked = row.box is not None and row.box.tick is not Tick.EMPTY
            what = f"another row for “{name}” {row.damage}{' and is ticked' if ticked else ''}"
            # What its tick means cannot be told, so it stands against every other.
            levels = frozenset[int]() if ticked else None
            yield Sight(SightKind.ROW, what, row.sheet, row.box.cell if row.box else "", levels, group=_ROWS)
