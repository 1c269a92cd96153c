"""How far a form has come: formulas that follow the ticks, each with the value it has now.

They are for people only; reading never trusts them. None holds anything that a locale can break.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from impact_xl.form import layout
from impact_xl.form.form import Form
from impact_xl.form.layout import COUNT_DOTS, DONE, ONLY_ONE, STATEMENT, STATUS, TICK, TICKED_BOX, TO_DO, Kind, Sheet
from impact_xl.xlsx.a1 import a1, column_name


class Live(NamedTuple):
    """A formula, and what it gives for the form as it is written."""

    formula: str
    value: str


class LiveStatus:
    """The status of questions, sheets and the whole of one form."""

    def __init__(self, form: Form, plan: Sequence[Sheet]) -> None:
        self.form, self.plan = form, plan

    def of_question(self, sheet: Sheet, question: str) -> Live:
        """“To do”, “Done” or “Only one, please”."""
        rows = tick_rows(sheet, question)
        ticks = f"${column_name(TICK)}${rows[0] + 1}:${column_name(TICK)}${rows[-1] + 1}"
        # COUNTIF misses a 1 and an x; this counts what the most used programs write, whatever the locale.
        ticked = f'SUMPRODUCT(--((({ticks}=TRUE)+({ticks}=1)+({ticks}="x")+({ticks}="✓")+({ticks}="{TICKED_BOX}"))>0))'
        return Live(f'=IF({ticked}=1,"{DONE}",IF({ticked}=0,"{TO_DO}","{ONLY_ONE}"))', self._standing(question))

    def of_sheet(self, kind: str) -> Live:
        """How many questions of a sheet are done, or priorities named, with a dot for each."""
        sheet = next(sheet for sheet in self.plan if sheet.kind == kind)
        if sheet.kind == layout.PRIORITIES_SHEET:
            keys = [layout.priority_key(number, "what") for number in range(1, layout.PRIORITIES + 1)]
            cells = ",".join(f"'{quoted(sheet.name)}'!{a1(sheet.row(key), STATEMENT)}" for key in keys)
            named = sum(bool(self.form.entries.get(key)) for key in keys)
            return _with_dots(f"COUNTA({cells})", named, layout.PRIORITIES, layout.NAMED_OF)
        return _with_dots(_done_in(sheet), self._done([sheet]), len(_questions(sheet)), layout.DONE_OF)

    def of_all(self) -> Live:
        """How many questions are done in all."""
        sheets = [sheet for sheet in self.plan if _questions(sheet)]
        counted = "+".join(map(_done_in, sheets))
        of = layout.DONE_OF.format(most=len(self.form.questions))
        return Live(f'={counted}&"{of}"', f"{self._done(sheets)}{of}")

    def _standing(self, question: str) -> str:
        """What the status formula gives for the entries of this form."""
        levels = range(len(self.form.questionnaire.levels) + 1)
        ticked = sum(
            self.form.entries.get(layout.level_key(question, level), False) in (True, "x", "X", "✓", TICKED_BOX)
            for level in levels
        )
        return DONE if ticked == 1 else TO_DO if ticked == 0 else ONLY_ONE

    def _done(self, sheets: Sequence[Sheet]) -> int:
        return sum(self._standing(question) == DONE for sheet in sheets for question in _questions(sheet))


def tick_rows(sheet: Sheet, question: str) -> list[int]:
    """The rows of a question's boxes."""
    boxes = (Kind.LEVEL, Kind.NOT_APPLICABLE)
    return [row for row, line in enumerate(sheet.lines) if line.question == question and line.kind in boxes]


def is_ticked(row: int) -> str:
    """A condition for the cells of a row: its box is ticked."""
    box = f"${column_name(TICK)}{row + 1}"
    return f'=OR({box}=TRUE,{box}=1,{box}="x",{box}="✓",{box}="{TICKED_BOX}")'


def quoted(name: str) -> str:
    """The name of a sheet as it stands between quotation marks in a formula."""
    return name.replace("'", "''")


def _questions(sheet: Sheet) -> list[str]:
    return [line.question for line in sheet.lines if line.kind is Kind.QUESTION]


def _done_in(sheet: Sheet) -> str:
    col = column_name(STATUS)
    return f"COUNTIF('{quoted(sheet.name)}'!${col}$1:${col}${len(sheet.lines)},\"{DONE}\")"


def _with_dots(counted: str, number: int, most: int, template: str) -> Live:
    of = template.format(most=most)
    full, empty = tuple(COUNT_DOTS)
    dots = full * number + empty * (most - number)
    live = f'={counted}&"{of}   "&REPT("{full}",{counted})&REPT("{empty}",{most}-{counted})'
    return Live(live, f"{number}{of}   {dots}")
