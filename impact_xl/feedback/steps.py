"""The next steps of a pack: the priorities to carry on and a draft for every question, with room to write."""

from __future__ import annotations

from typing import Any

from impact_xl.feedback.sheets import STEPS, PackSheets
from impact_xl.results.sheet_writer import Column
from impact_xl.round.record import PRIORITY_COLUMNS, STATUS
from impact_xl.xlsx import theme
from impact_xl.xlsx.cell_values import Cell

_SMALL = {"font_size": 9}
_ENTRY = {"bg_color": theme.ENTRY, "locked": False}
_EMPTY_ROWS = 3  # for priorities to be added
_STEP_WIDTHS = (30.0, 16.0, 60.0, 34.0, 20.0, 17.0)


def write(pack: PackSheets) -> None:
    """The priorities to carry on and a draft step for every question, with room to write."""
    sheet = pack.write_title(
        STEPS,
        "Next steps",
        "Your priorities to carry on, then a draft step for each question, lowest first. Type into the pale cells.",
        empty="there is room to write",
    )
    what, question, lead, by, measure = PRIORITY_COLUMNS
    order = (question, STATUS, what, measure, lead, by)
    carried = [[row.get(head, "") for head in order] for row in pack.reader.reply.priorities]
    blank: list[list[Cell]] = [[None] * len(order) for _ in range(_EMPTY_ROWS)]
    looks: list[dict[str, Any]] = [{"bold": True}, *[_ENTRY] * 5]
    columns = [
        Column(head, width, look)
        for head, width, look in zip(
            (question, STATUS, "What we will do", measure, lead, by), _STEP_WIDTHS, looks, strict=True
        )
    ]
    columns[0] = Column(question, _STEP_WIDTHS[0], {"bold": True, **_ENTRY})
    _, last = pack.table(sheet, "Priorities", columns, [*carried, *blank], filters=False)
    for row in range(last - _EMPTY_ROWS + 1, last + 1):
        sheet.set_row(row, 34)
    notes = pack.reader.reply.notes
    heads = (
        "Step for",
        "Your level",
        "Draft step: what the next level says",
        "Your note",
        "Who leads",
        "By when it is done",
    )
    looks = [{"bold": True}, {}, _SMALL, {"font_color": theme.QUIET, **_SMALL}, _ENTRY, _ENTRY]
    columns = [Column(head, width, look) for head, width, look in zip(heads, _STEP_WIDTHS, looks, strict=True)]
    questions = [
        *pack.reader.answered,
        *(each for each in pack.questionnaire.questions if each.id not in pack.reader.reply.levels),
    ]
    rows = [
        [pack.label(each.id), pack.own(each), pack.next_level(each), notes.get(each.id, ""), None, None]
        for each in questions
    ]
    pack.table(sheet, "Steps", columns, rows, top=last + 3, filters=False)
    sheet.fit_to_pages(1, 0)
