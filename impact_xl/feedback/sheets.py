"""The sheets behind the first page: the next steps to type into, and every figure of all teams and of the group."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from impact_xl.feedback.pack import ALL, GROUP, STEPS, PackWriter
from impact_xl.form import layout
from impact_xl.questionnaire import BOARD, DIVISION, TEAM, Question
from impact_xl.results.questions import WITHHELD
from impact_xl.results.sheet_writer import CENTRE, HEADER_ROW, PERCENT, QUIET, WHOLE, Column
from impact_xl.returns.parse.packs import mark_of_row
from impact_xl.round.figures import Distribution
from impact_xl.round.stored_workbook import PRIORITY_COLUMNS, STATUS
from impact_xl.xlsx import theme
from impact_xl.xlsx.cell_values import Cell
from impact_xl.xlsx.workbook_writer import DATED

# -- next steps -------------------------------------------------------------------------------------

_SMALL = {"font_size": 9}
_ENTRY: dict[str, Any] = {"bg_color": theme.ENTRY, "locked": False}
_ENTRY_OF_DATE = {**_ENTRY, **DATED}
LINE = Column(layout.PACK_LINE, 16, {**QUIET, "text_wrap": False})
_EMPTY_ROWS = 3  # for priorities to be added
_MOST_OF_NOTE = 110  # letters, in some five lines
_STEP_WIDTHS = (34.0, 15.0, 82.0, 19.0, 18.0, 14.0)
# What stands above the steps of each kind: who can act on them, where the questionnaire says so.
_WHO = {
    TEAM: "What your team can do itself",
    "": "Draft steps",
    DIVISION: "What needs your division: raise it there",
    BOARD: "What needs the board: raise it through your division",
}


def with_line(key: str, heads: Sequence[str], cells: Sequence[Cell]) -> list[Cell]:
    """The cells of a row that people type into, and behind them what tells it when the pack comes back."""
    return [*cells, f"{key} {mark_of_row(dict(zip(heads, cells, strict=True)))}"]


def write_steps(pack: PackWriter) -> None:
    """The priorities to carry on and a draft step for every question, with room to write."""
    sheet = pack.write_title(
        STEPS,
        "Next steps",
        "Your priorities to carry on, then a draft step for each question, lowest first. Type into the yellow cells. "
        "If you send this file back, what you typed is added to the action plan.",
        empty="there is room to write",
    )
    row = _write_priorities(pack, sheet) + 2
    for act, title in _WHO.items():
        if questions := [each for each in _in_order(pack) if each.act == act]:
            pack.write_cell(sheet, row, 0, title, bold=True, font_size=12, font_color=theme.DARK_BLUE, text_wrap=False)
            sheet.set_row(row, 22)
            row = _write_questions(pack, sheet, act, questions, top=row + 1) + 2
    pack.write_reference(sheet, row)
    sheet.print_area(0, 0, row, len(_STEP_WIDTHS) - 1)
    sheet.fit_to_pages(1, 2)


def _in_order(pack: PackWriter) -> Iterator[Question]:
    """The questions with a level, lowest first, then the others."""
    yield from pack.view.answered
    yield from (each for each in pack.questionnaire.questions if each.id not in pack.view.levels)


def _write_priorities(pack: PackWriter, sheet: Any) -> int:
    """The team's priorities and empty rows for more; gives the last row."""
    what, question, lead, by, measure = PRIORITY_COLUMNS
    order = (question, STATUS, what, measure, lead, by)
    heads = (
        layout.PACK_QUESTION,
        layout.PACK_STATUS,
        layout.PACK_WHAT,
        layout.PACK_MEASURE,
        layout.PACK_LEAD,
        layout.PACK_BY,
    )
    looks: list[dict[str, Any]] = [{"bold": True, **_ENTRY}, *[_ENTRY] * 4, _ENTRY_OF_DATE]
    columns = [Column(head, width, look) for head, width, look in zip(heads, _STEP_WIDTHS, looks, strict=True)]
    known: list[list[Cell]] = [[row[head] for head in order] for row in pack.view.priorities]
    blank: list[list[Cell]] = [[None] * len(order) for _ in range(_EMPTY_ROWS)]
    rows = [with_line(f"priorities.{n}", heads, cells) for n, cells in enumerate([*known, *blank], 1)]
    _, last = pack.table(sheet, "Priorities", [*columns, LINE], rows, filters=False)
    for row in range(last - _EMPTY_ROWS + 1, last + 1):
        sheet.set_row(row, 30)
    return last


def _write_questions(pack: PackWriter, sheet: Any, act: str, questions: Sequence[Question], top: int) -> int:
    """A draft step for each question, with room for who leads and by when; gives the last row."""
    heads = (layout.PACK_QUESTION, "Your level", layout.PACK_WHAT, "Your note", layout.PACK_LEAD, layout.PACK_BY)
    looks: list[dict[str, Any]] = [
        {"bold": True},
        {},
        _SMALL,
        {"font_color": theme.QUIET, **_SMALL},
        _ENTRY,
        _ENTRY_OF_DATE,
    ]
    columns = [Column(head, width, look) for head, width, look in zip(heads, _STEP_WIDTHS, looks, strict=True)]
    rows: list[list[Cell]] = [
        with_line(f"steps.{each.id}", heads, cells)
        for each in questions
        for cells in [[pack.label(each.id), pack.own(each), pack.next_level(each), _brief(pack, each), None, None]]
    ]
    _, last = pack.table(sheet, f"Steps{act.capitalize()}", [*columns, LINE], rows, top=top, filters=False)
    return last


def _brief(pack: PackWriter, question: Question) -> str:
    """The team's note as far as the row of a step holds it: the whole of it is in the team's own form."""
    note = pack.view.note(question.id)
    return note if len(note) <= _MOST_OF_NOTE else note[: _MOST_OF_NOTE - 1].rstrip() + "…"


# -- figures ----------------------------------------------------------------------------------------


def write_figures(pack: PackWriter, name: str, figures: Mapping[str, Distribution], top: int) -> int:
    """A table of every question: the team's own answer beside how some teams answered; gives its last row."""
    sheet = pack.sheets[ALL]
    levels = [
        Column(
            level, 11, WHOLE, {"align": "center", "font_size": 9, "bg_color": fill, "font_color": theme.text_on(fill)}
        )
        for level, fill in zip(pack.level_names, pack.fills, strict=True)
    ]
    columns = [
        Column("Ref", 6, CENTRE),
        Column("Question", 36, {"bold": True}),
        Column("Your level", 24),
        Column("Beside typical", 13),
        Column("Teams", 8, {**WHOLE, "bold": True}),
        *levels,
        Column("Typical level", 25),
        Column("At target", 9, {**PERCENT, "bold": True}),
        Column("In words", 15, {"indent": 1}, {"indent": 1}),
    ]
    rows = [list(_row(pack, question, figures)) for question in pack.questionnaire.questions]
    _, last = pack.table(sheet, name.replace(" ", ""), columns, rows, top=top, header_height=32, filters=False)
    return last


def write_group(pack: PackWriter, top: int) -> int:
    """The figures of the team's group below those of all teams; gives the last row."""
    sheet = pack.sheets[ALL]
    pack.write_cell(sheet, top, 0, GROUP, bold=True, font_size=12, font_color=theme.DARK_BLUE, text_wrap=False)
    holds = f"How the teams of your group ({pack.view.team.group_name[:80]}) answered, counted."
    pack.write_cell(sheet, top + 1, 0, holds, font_color=theme.QUIET, text_wrap=False)
    return write_figures(pack, GROUP, pack.view.group, top + 2)


def _row(pack: PackWriter, question: Question, figures: Mapping[str, Distribution]) -> Iterator[Cell]:
    distribution = figures.get(question.id)
    yield question.id
    yield question.short
    yield pack.own(question)
    yield _beside(pack.view.beside(question.id, figures))
    if distribution is None:
        yield from ("", *[""] * len(pack.level_names), WITHHELD, "", "")
        return
    yield distribution.n
    yield from distribution.counts
    yield pack.typical(distribution.typical)
    yield distribution.share_at_least(pack.view.target)
    yield distribution.words


def _beside(steps: int | None) -> str:
    if steps is None:
        return "–"
    return "the same" if not steps else f"{abs(steps)} {'higher' if steps > 0 else 'lower'}"


def write_chart_source(pack: PackWriter) -> None:
    """What the chart is drawn from, right of the table of all teams: a part of a bar for each question and level."""
    rows: list[list[Cell]] = [["", *[1] * len(pack.level_names)]]
    rows += [[pack.label(each.id), *[1] * len(pack.level_names)] for each in pack.questionnaire.questions]
    columns = [
        Column("Label", 34, {"text_wrap": False}),
        *(Column(f"Part {n}", 8, WHOLE) for n in range(1, len(rows[0]))),
    ]
    pack.table(
        pack.sheets[ALL],
        "Drawn",
        columns,
        rows,
        top=HEADER_ROW - 1,
        left=pack.chart_from,
        row_height=18,
        header_height=22,
        filters=False,
    )
