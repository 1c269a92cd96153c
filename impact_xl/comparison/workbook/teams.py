"""Teams: how each team moved over all questions, and on each component."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from impact_xl.comparison.moves import Balance, Move
from impact_xl.comparison.workbook.questions import SAME_WORDS, shown_components
from impact_xl.comparison.workbook.writer import FOLLOWS, SIGNED, TEAMS, ComparisonWriter
from impact_xl.questionnaire import Component, normalise
from impact_xl.results import formulas
from impact_xl.results.sheet_writer import CENTRE, FIRST_ROW, QUIET, WHOLE, Column
from impact_xl.xlsx.a1 import column_name
from impact_xl.xlsx.cell_values import Cell, Formula

MORE = {Move.UP: "More up", Move.SAME: "Equally", Move.DOWN: "More down", None: ""}
_HEADS = ("Team", "Group", "Questions", "Up", "Same", "Down", "Over all")
FIRST_COMPONENT = len(_HEADS)
_LAST = ("Called then", "Group then", "Team ID", "Team no")


def columns(writer: ComparisonWriter) -> list[Column]:
    """The columns of the table."""
    return [
        Column("Team", 30, {"bold": True}),
        Column("Group", 22),
        Column("Questions", 11, WHOLE),
        *(Column(head, 8, WHOLE) for head in ("Up", "Same", "Down")),
        Column("Over all", 13, {"bold": True}),
        *(Column(component_header(component), 13, SIGNED, {"font_size": 9}) for component in shown_components(writer)),
        Column("Called then", 24),
        Column("Group then", 20),
        Column("Team ID", 24, QUIET),
        Column("Team no", 9, {**QUIET, **CENTRE}),
    ]


def component_header(component: Component, ours: Iterable[str] = (*_HEADS, *_LAST)) -> str:
    """A component's short title; with its id where a column of ours has that name."""
    taken = set(map(normalise, ours))
    return f"{component.short} ({component.id})" if normalise(component.short) in taken else component.short


def write(writer: ComparisonWriter) -> None:
    """Write the sheet."""
    sheet = writer.write_title(
        TEAMS,
        "Teams",
        "Every team that is compared: on how many questions it moved up and down. Each component shows how many "
        "more of its questions went up than down.",
        empty="the name or group was the same then, or that nothing can be compared there",
    )
    compared = writer.comparison.compared
    parts = shown_components(writer)
    by_component = [list(writer.comparison.balances_on(part.questions)) for part in parts]
    rows = (
        [*_row(writer, FIRST_ROW + place, place, [each[place] for each in by_component])]
        for place in range(len(compared))
    )
    first, last = writer.table(sheet, "Teams", columns(writer), rows, header_height=48)
    writer.block_typing(sheet, first, 2, last, FIRST_COMPONENT + len(parts) - 1, FOLLOWS)
    sheet.print_area(0, 0, last, FIRST_COMPONENT + len(parts) + 1)
    writer.freeze_header(sheet, 1)


def _row(writer: ComparisonWriter, row: int, place: int, on_components: list[Balance]) -> Iterator[Cell]:
    comparison = writer.comparison
    pair, balance = comparison.compared[place], comparison.balances[place]
    number = f"${column_name(len(columns(writer)) - 1)}{row + 1}"
    of = f"Pairs[Team no],{number},Pairs[Words],{SAME_WORDS}"
    yield pair.after.name
    yield pair.after.group_name
    yield Formula(f"SUM($D{row + 1}:$F{row + 1})", balance.up + balance.same + balance.down)
    for move in ("up", "same", "down"):
        yield writer.if_few(Formula(f'COUNTIFS({of},Pairs[Moved],"{move}")', getattr(balance, move)))
    up, down = f"$D{row + 1}", f"$F{row + 1}"
    words = f'IF({up}>{down},"{MORE[Move.UP]}",IF({up}<{down},"{MORE[Move.DOWN]}","{MORE[Move.SAME]}"))'
    yield Formula(f'IF($C{row + 1}=0,"",{words})', MORE[balance.more])
    for component, on in zip(shown_components(writer), on_components, strict=True):
        own = f"{of},Pairs[Component],{formulas.text(component.id)}"
        up, down = (f'COUNTIFS({own},Pairs[Moved],"{move}")' for move in ("up", "down"))
        any_pair = f'COUNTIFS({own},Pairs[Then],">0")'
        difference = "" if on.more is None else on.up - on.down
        yield writer.if_few(Formula(f'IF({any_pair}=0,"",{up}-{down})', difference))
    yield pair.before.name if pair.renamed else ""
    yield pair.before.group_name if pair.changed_group else ""
    yield pair.after.id
    yield place + 1


def count_of(word: Move, number: int) -> Formula:
    """How many teams moved so over all questions."""
    return Formula(f'COUNTIF(Teams[Over all],"{MORE[word]}")', number)
