"""What all sheets of the comparison workbook share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from impact_xl.comparison.compare import Comparison
from impact_xl.comparison.moves import Move
from impact_xl.results.sheet_writer import Column, SheetWriter
from impact_xl.xlsx import theme
from impact_xl.xlsx.cell_values import Cell, Formula
from impact_xl.xlsx.workbook_writer import WorkbookWriter

SUMMARY, QUESTIONS, PAIRS, MOVES = "Summary", "Questions", "Pairs", "Moves"
TEAMS, GROUPS = "Teams", "Groups"
ACTIONS, NOT_COMPARED, ABOUT = "Last round's actions", "Not compared", "About"
SUBJECT = "Two self-assessment rounds compared"
MOST_LIVE = 300  # teams; above, what looks through all pairs once for each team holds values
CLEAR = {Move.UP: "Clear move up", Move.DOWN: "Clear move down", None: ""}
SIGNED = {"num_format": "+0;-0;0", "align": "center"}
SIGNED_SHARE = {"num_format": "+0.00;-0.00;0.00", "align": "center"}
INDEX = {"num_format": "0.00", "align": "center"}
FOLLOWS = "This is counted from the sheet Pairs, and follows it."


class ComparisonWriter(SheetWriter):
    """The comparison workbook while it is being written: every sheet's module gets this."""

    def __init__(self, comparison: Comparison, names: Sequence[str], subject: str = SUBJECT) -> None:
        self.comparison = comparison
        before, after = comparison.before, comparison.after
        title = f"{before.title} and {after.title}"
        collation = after.collation
        book = WorkbookWriter(f"{title}: compared"[:250], subject, collation.date or collation.questionnaire.issued)
        super().__init__(comparison.questionnaire, title, book, names)

    @property
    def target_name(self) -> str:
        """The name of the target level."""
        return self.questionnaire.level_name(self.comparison.target)

    @property
    def notes(self) -> Sequence[str]:
        """What to know before anything is compared."""
        return self.comparison.notes

    @property
    def at_target(self) -> str:
        """Where an answer is that is at the target: `at Progressing or above`."""
        is_highest = self.comparison.target == len(self.level_names)
        return f"at {self.target_name}" + ("" if is_highest else " or above")

    def if_few(self, cell: Formula) -> Cell:
        """A formula that looks through all pairs for one team, or its value where there are too many teams."""
        return cell if len(self.comparison.compared) <= MOST_LIVE else cell.value

    def level_heads(self, suffix: str) -> list[Column]:
        """A column of counts for each level, its header in the level's colour."""
        return [
            Column(
                f"{name} {suffix}",
                10.5,
                {"num_format": "0", "align": "center"},
                {"align": "center", "font_size": 9, "bg_color": fill, "font_color": theme.text_on(fill)},
            )
            for name, fill in zip(self.level_names, self.fills, strict=True)
        ]


class Stack:
    """A sheet of tables one below the other, each under a heading; `row` is where the next one goes."""

    def __init__(self, writer: ComparisonWriter, sheet: Any, widths: Sequence[float]) -> None:
        self.writer, self.sheet, self.row = writer, sheet, 3
        self._widths = widths

    def heading(self, text: str, under: str = "") -> None:
        """A heading, and what to know of the table below it."""
        look = {"bold": True, "font_size": 13, "font_color": theme.DARK_BLUE, "text_wrap": False, "valign": "vcenter"}
        self.writer.write_cell(self.sheet, self.row, 0, text, **look)
        self.sheet.set_row(self.row, 22)
        self.row += 1
        if under:
            self.writer.write_cell(self.sheet, self.row, 0, under, font_color=theme.QUIET, text_wrap=False)
            self.row += 1

    def table(
        self, name: str, heads: Sequence[str], rows: Sequence[Sequence[Cell]], looks: Sequence[dict[str, Any]] = ()
    ) -> tuple[int, int]:
        """A table in the sheet's own column widths; gives its first and last row."""
        styles = [*looks, *({} for _ in heads[len(looks) :])]
        columns = [Column(head, width, look) for head, width, look in zip(heads, self._widths, styles, strict=False)]
        first, last = self.writer.table(self.sheet, name, columns, rows, top=self.row, filters=False)
        self.row = last + 3
        return first, last
