"""Moves: from which level to which the teams went, on a question chosen from a list."""

from __future__ import annotations

from typing import Any

from impact_xl.comparison.workbook.questions import LABEL, TABLE, label_range
from impact_xl.comparison.workbook.writer import CLEAR, FOLLOWS, MOVES, QUESTIONS, SIGNED_SHARE, ComparisonWriter
from impact_xl.results.sheet_writer import WHOLE, Column
from impact_xl.round.figures import FEWEST_FOR_WORDS
from impact_xl.xlsx import theme
from impact_xl.xlsx.a1 import a1
from impact_xl.xlsx.cell_values import Cell, Formula

_SELECTOR = (3, 0)
_TOP = 6
_FIGURES = ("Pairs", "Up", "Same", "Down", "Net", "Reached", "Fell", "Clear move", "Remark")


def write(writer: ComparisonWriter) -> None:
    """Write the sheet."""
    sheet = writer.write_title(
        MOVES,
        "Moves",
        "How many teams went from which level (rows, then) to which (columns, now). Choose a question in the yellow "
        "cell. The framed cells stayed; right of them teams moved up, left of them down.",
        empty="there is nothing to say, or fewer than five teams can be compared",
    )
    first = writer.comparison.questions.pairs[0].after
    _selector(writer, sheet, writer.label(first.id))
    chosen = f"{_cell(*_SELECTOR)}"
    ref = f"INDEX({TABLE}[Ref],MATCH({chosen},{TABLE}[{LABEL}],0))"
    _from_to(writer, sheet, ref, first.id)
    _figures(writer, sheet, first.id, chosen, _TOP + len(writer.level_names) + 4)
    sheet.fit_to_pages(1, 0)


def _selector(writer: ComparisonWriter, sheet: Any, label: str) -> None:
    row, col = _SELECTOR
    look = {"bg_color": theme.ENTRY, "bold": True, "border": 1, "border_color": theme.LINE, "num_format": "@"}
    writer.write_cell(sheet, row, col, label, **look, valign="vcenter")
    sheet.set_row(row, 24)
    sheet.set_row(row + 1, 8)
    labels = label_range(writer)
    sheet.data_validation(
        row, col, row, col,
        {
            "validate": "list",
            "source": f"={labels}",
            "input_title": "Question",
            "input_message": "Choose a question from the list.",
            "error_title": "Not a question",
            "error_message": f"Choose one of the questions in the list. They are on the sheet {QUESTIONS}.",
        },
    )  # fmt: skip


def _cell(row: int, col: int) -> str:
    return f"${a1(row, col)[0]}${row + 1}"


def _from_to(writer: ComparisonWriter, sheet: Any, ref: str, question: str) -> None:
    names, moves = writer.level_names, writer.comparison.moves[question]
    heads = [
        {"align": "center", "font_size": 9, "bg_color": fill, "font_color": theme.text_on(fill)}
        for fill in writer.fills
    ]
    columns = [
        Column("Then", 44, {"bold": True}),
        *(Column(f"{name} now", 14, WHOLE, head) for name, head in zip(names, heads, strict=True)),
        Column("All then", 12, {**WHOLE, "bold": True}),
    ]
    rows: list[list[Cell]] = []
    for then, name in enumerate(names, 1):
        counts = [Formula(_count(ref, then, now), moves.table[then - 1][now - 1]) for now in range(1, len(names) + 1)]
        row = _TOP + then
        total = Formula(f"SUM({a1(row, 1)}:{a1(row, len(names))})", moves.before.counts[then - 1])
        rows.append([name, *counts, total])
    totals = [
        Formula(f"SUM({a1(_TOP + 1, col)}:{a1(_TOP + len(names), col)})", value)
        for col, value in enumerate((*moves.after.counts, moves.pairs), 1)
    ]
    rows.append(["All now", *totals])
    first, last = writer.table(sheet, "FromTo", columns, rows, top=_TOP, filters=False, row_height=24)
    for level in range(len(names)):
        row = first + level
        framed = {"border": 2, "border_color": theme.DARK_BLUE, "valign": "vcenter", "bold": True, **WHOLE}
        writer.write_cell(sheet, row, level + 1, rows[level][level + 1], **framed)
    writer.block_typing(sheet, first, 1, last, len(names) + 1, FOLLOWS)


def _count(ref: str, then: int, now: int) -> str:
    return f"IFERROR(COUNTIFS(Pairs[Ref],{ref},Pairs[Then],{then},Pairs[Now],{now}),0)"


def _figures(writer: ComparisonWriter, sheet: Any, question: str, chosen: str, top: int) -> None:
    """The figures of the question, as the sheet Questions has them."""
    comparison = writer.comparison
    moves, pair = comparison.moves[question], comparison.by_question[question]
    enough = moves.pairs >= FEWEST_FOR_WORDS
    values = (
        moves.pairs,
        moves.up,
        moves.same,
        moves.down,
        moves.net if enough and moves.net is not None else "",
        moves.reached(comparison.target),
        moves.fell(comparison.target),
        CLEAR[comparison.clear(question)],
        pair.remark,
    )
    writer.write_cell(sheet, top - 1, 0, "Figures of this question", bold=True, font_size=13,
                      font_color=theme.DARK_BLUE, text_wrap=False, valign="vcenter")  # fmt: skip
    sheet.set_row(top - 1, 22)
    rows: list[list[Cell]] = []
    for head, value in zip(_FIGURES, values, strict=True):
        found = f"INDEX({TABLE}[{head}],MATCH({chosen},{TABLE}[{LABEL}],0))"
        rows.append(
            [head, Formula(f'IFERROR({found}&"","")' if isinstance(value, str) else f'IFERROR({found},"")', value)]
        )
    columns = [Column("Figure", 44, {"bold": True}), Column("What it is", 14, {"align": "left", "indent": 1})]
    first, _ = writer.table(sheet, "FiguresOfQuestion", columns, rows, top=top, filters=False, row_height=18)
    net = first + _FIGURES.index("Net")
    writer.write_cell(sheet, net, 1, rows[_FIGURES.index("Net")][1], **{**SIGNED_SHARE, "align": "left"}, indent=1,
                      valign="vcenter", bottom=1, bottom_color=theme.FAINT_LINE)  # fmt: skip
