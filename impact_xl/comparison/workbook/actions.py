"""Last round's actions: what teams meant to work on then, and how they stand on these questions now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from impact_xl.comparison.actions_then import ActionThen
from impact_xl.comparison.compare import Comparison, Pair
from impact_xl.comparison.moves import Move
from impact_xl.comparison.workbook.pairs import BESIDE
from impact_xl.comparison.workbook.writer import ACTIONS, FOLLOWS, ComparisonWriter
from impact_xl.form.layout import ACTION_STATUSES
from impact_xl.results.expressions import choose, compare, join, plural_of
from impact_xl.results.sheet_writer import CENTRE, FIRST_ROW, QUIET, WHOLE, Column
from impact_xl.xlsx import theme
from impact_xl.xlsx.a1 import column_name
from impact_xl.xlsx.cell_values import Cell, Formula

TABLE = "LastActions"
DONE = ACTION_STATUSES[2]
_COLUMNS = (
    Column("Team", 24, {"bold": True}),
    Column("Group", 18),
    Column("What", 38),
    Column("Question", 28),
    Column("Lead", 18),
    Column("By when", 14),
    Column("Status then", 13),
    Column("Status now", 13, {"bg_color": theme.ENTRY}),
    Column("Then", 7, WHOLE),
    Column("Now", 7, WHOLE),
    Column("Moved", 9, CENTRE),
    Column("Carry on?", 16, {"bg_color": theme.ENTRY}),
    Column("Done", 7, {**QUIET, **CENTRE}),
    Column("Ref", 8, {**QUIET, **CENTRE}),
    Column("Team no", 9, {**QUIET, **CENTRE}),
)
_HEADS = [column.header for column in _COLUMNS]


def write(writer: ComparisonWriter) -> None:
    """Write the sheet."""
    sheet = writer.write_title(
        ACTIONS,
        "Last round's actions",
        "What teams planned in the earlier round, with their status, and the level on that question then and now. "
        "The yellow columns are for you to type into. Nothing is carried over from here.",
        empty="nothing was typed, no question is named, or the team or question cannot be compared",
    )
    by_key = {(pair.number, pair.question.after.id): pair for pair in writer.comparison.pairs}
    rows = [
        [*_row(FIRST_ROW + place, action, by_key.get((action.number, action.question)))]
        for place, action in enumerate(writer.comparison.actions)
    ]
    first, last = writer.table(sheet, TABLE, _COLUMNS, rows)
    then, moved, status = (_HEADS.index(head) for head in ("Then", "Moved", "Status now"))
    writer.block_typing(sheet, first, then, last, moved, FOLLOWS)
    sheet.data_validation(
        first, status, last, status,
        {"validate": "list", "source": list(ACTION_STATUSES), "show_error": False,
         "input_title": "Status", "input_message": ", ".join(ACTION_STATUSES)},
    )  # fmt: skip
    sheet.print_area(0, 0, last, _HEADS.index("Carry on?"))
    writer.freeze_header(sheet, 1)


def _row(row: int, action: ActionThen, pair: Pair | None) -> Iterator[Cell]:
    yield action.team
    yield action.group
    yield action.what
    yield action.named
    yield action.lead
    yield action.by
    yield action.status_then
    yield action.status_now
    ref, number = (f"${column_name(_HEADS.index(head))}{row + 1}" for head in ("Ref", "Team no"))
    for head, level in (("Then", pair and pair.before), ("Now", pair and pair.after)):
        looked_up = f"SUMIFS(Pairs[{head}],Pairs[Team no],{number},Pairs[Ref],{ref})"
        yield Formula(f'IF({looked_up}=0,"",{looked_up})', level or "")
    then, now = (f"${column_name(_HEADS.index(head))}{row + 1}" for head in ("Then", "Now"))
    moved = f'IF(OR({then}="",{now}=""),"",IF({now}>{then},"up",IF({now}<{then},"down","same")))'
    yield Formula(moved, pair.move.value if pair else "")
    yield None
    status, earlier = (f"${column_name(_HEADS.index(head))}{row + 1}" for head in ("Status now", "Status then"))
    yield Formula(f'IF(IF({status}="",{earlier},{status})="{DONE}",1,0)', int(action.done))
    yield action.question
    yield action.number


@dataclass(frozen=True, slots=True)
class Counts:
    """How many moved up, of how many."""

    up: int
    of: int


def counts(comparison: Comparison) -> tuple[Counts, Counts, Counts]:
    """Where an action was done, where not, and where teams stood at the same level and named none."""
    moves = {(pair.number, pair.question.after.id): pair.move for pair in comparison.pairs}
    by_done: dict[bool, list[Move]] = {True: [], False: []}
    for action in comparison.actions:
        if (action.number, action.question) in moves:
            by_done[action.done].append(moves[action.number, action.question])
    beside = [moves[key] for key in comparison.beside]
    done, open_still, none = (
        Counts(each.count(Move.UP), len(each)) for each in (by_done[True], by_done[False], beside)
    )
    return done, open_still, none


def sentences(comparison: Comparison) -> list[Formula]:
    """What Summary says of the actions; nothing where none is about a question that is compared."""
    done, open_still, none = counts(comparison)
    if not done.of + open_still.of:
        return []
    number = {
        f"{name}{' up' if moved else ''}": _count(is_done, moved, counts.up if moved else counts.of)
        for name, is_done, counts in (("done", 1, done), ("open", 0, open_still))
        for moved in (("up",), ())
    } | {
        "none": Formula(f'COUNTIF(Pairs[Action],"{BESIDE}")', none.of),
        "none up": Formula(f'COUNTIFS(Pairs[Action],"{BESIDE}",Pairs[Moved],"up")', none.up),
    }
    total = Formula(f"({number['done'].text}+{number['open'].text})", done.of + open_still.of)
    return [
        join(total, plural_of(total, " action"), " of the round before can be followed: ", number["done"], " done, ",
             number["open"], " not done or without a status."),
        join("Moved up on that question where the action was done: ", _where(number["done up"], number["done"]),
             "; where it was not: ", _where(number["open up"], number["open"]), "."),
        join("At the same level then, without an action: ", number["none up"], " of ", number["none"], " moved up."),
    ]  # fmt: skip


def _count(is_done: int, moved: Sequence[str], value: int) -> Formula:
    """How many actions that are done, or are not, moved so; in any direction where none is given."""
    parts = (f'COUNTIFS({TABLE}[Done],{is_done},{TABLE}[Moved],"{each}")' for each in moved or Move)
    return Formula(f"({'+'.join(parts)})", value)


def _where(up: Formula, of: Formula) -> Formula:
    return choose((compare(of, "=", 0), "no action to count"), otherwise=join(up, " of ", of))
