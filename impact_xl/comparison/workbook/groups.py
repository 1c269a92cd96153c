"""Groups: how the teams of each group moved, by the group that they are in now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from impact_xl.comparison.compare import Comparison
from impact_xl.comparison.moves import Balance, Move, lead
from impact_xl.comparison.workbook.questions import shown_components
from impact_xl.comparison.workbook.teams import FIRST_COMPONENT, MORE, component_header
from impact_xl.comparison.workbook.writer import GROUPS, SIGNED, TEAMS, ComparisonWriter
from impact_xl.results.sheet_writer import FIRST_ROW, WHOLE, Column, cell, span
from impact_xl.round.figures import FEWEST_FOR_WORDS
from impact_xl.xlsx.cell_values import Cell, Formula

_OVER_ALL = FIRST_COMPONENT - 1
_GROUP = 1  # the column of Teams
_FOLLOWS = "This is counted from the sheet Teams, and follows it."


def has_groups(comparison: Comparison) -> bool:
    """Whether there are groups to be set side by side."""
    return len(_groups(comparison)) > 1


def _groups(comparison: Comparison) -> Sequence[str]:
    return list(dict.fromkeys(pair.after.group_name for pair in comparison.compared))


def columns(writer: ComparisonWriter) -> list[Column]:
    """The columns of the table."""
    ours = (
        Column("Group", 30, {"bold": True}),
        Column("Teams", 9, WHOLE),
        *(Column(MORE[move], 11, WHOLE) for move in (Move.UP, Move.SAME, Move.DOWN)),
    )
    last = Column("Came from another group", 44, {"font_size": 9})
    heads = [column.header for column in (*ours, last)]
    parts = (component_header(part, heads) for part in shown_components(writer))
    return [*ours, *(Column(head, 13, SIGNED, {"font_size": 9}) for head in parts), last]


def write(writer: ComparisonWriter) -> None:
    """Write the sheet."""
    sheet = writer.write_title(
        GROUPS,
        "Groups",
        "How many teams of each group moved up on more questions than down. Each component shows how many more of its "
        "teams went up than down.",
        empty=f"fewer than {FEWEST_FOR_WORDS} teams of the group are compared, or nothing on that component",
    )
    every = columns(writer)
    on_components = [list(writer.comparison.balances_on(part.questions)) for part in shown_components(writer)]
    rows = [
        [*_row(writer, FIRST_ROW + place, group, on_components)]
        for place, group in enumerate(_groups(writer.comparison))
    ]
    first, last = writer.table(sheet, "Groups", every, rows, header_height=48)
    writer.block_typing(sheet, first, 1, last, len(every) - 2, _FOLLOWS)
    sheet.print_area(0, 0, last, len(every) - 1)
    writer.freeze_header(sheet, 1)


def _row(writer: ComparisonWriter, row: int, group: str, on_components: Sequence[Sequence[Balance]]) -> Iterator[Cell]:
    comparison = writer.comparison
    places = [place for place, pair in enumerate(comparison.compared) if pair.after.group_name == group]
    in_teams = partial(span, FIRST_ROW, last_row=FIRST_ROW + len(comparison.compared) - 1, sheet=TEAMS)
    # Compared with =, as a condition of COUNTIF would take “*” or “>5” in a group's name for a rule.
    of_group = f"--({in_teams(_GROUP)}={cell(row, 0)})"
    few, is_shown = f"{cell(row, 1)}<{FEWEST_FOR_WORDS}", len(places) >= FEWEST_FOR_WORDS
    yield group
    yield Formula(f"SUMPRODUCT({of_group})", len(places))
    moved = lead(comparison.balances[place] for place in places)
    for move, number in ((Move.UP, moved.up), (Move.SAME, moved.same), (Move.DOWN, moved.down)):
        count = f'SUMPRODUCT({of_group},--({in_teams(_OVER_ALL)}="{MORE[move]}"))'
        yield Formula(f'IF({few},"",{count})', number if is_shown else "")
    for part, balances in enumerate(on_components):
        levels = in_teams(FIRST_COMPONENT + part)
        compared = f'{of_group},--({levels}<>"")'
        up, down = (f"SUMPRODUCT({compared},--({levels}{sign}0))" for sign in "><")
        on = lead(balances[place] for place in places)
        difference = on.up - on.down if is_shown and on.more is not None else ""
        yield Formula(f'IF(OR({few},SUMPRODUCT({compared})=0),"",{up}-{down})', difference)
    pairs = (comparison.compared[place] for place in places)
    yield ", ".join(f"{pair.after.name} (from {pair.before.group_name})" for pair in pairs if pair.changed_group)
