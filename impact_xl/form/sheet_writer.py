"""One sheet of the form: how its lines and cells look, and how it prints."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from impact_xl.form import layout, pages
from impact_xl.form.form import IDENTITY, Form
from impact_xl.form.layout import (
    BOX,
    DONE,
    LAST,
    LEVEL,
    ONLY_ONE,
    REF,
    STATEMENT,
    STATUS,
    TICK,
    TICKED_BOX,
    TO_DO,
    Kind,
    Line,
)
from impact_xl.form.live_status import Live, LiveStatus, is_ticked, quoted, tick_rows
from impact_xl.form.plans import COMPONENT_WIDTHS, TITLE_SIZE, title_column
from impact_xl.questionnaire import Question
from impact_xl.xlsx import theme
from impact_xl.xlsx.a1 import column_name
from impact_xl.xlsx.workbook_writer import WorkbookWriter, footer

# LibreOffice shows a boolean through its number format, Excel through its own checkbox or as TRUE and FALSE.
_TICK_FORMAT = f'[=1]"{TICKED_BOX}";[=0]"{BOX}";General'

_WIDTHS = {
    layout.START: (9.5, 1.5, 27.5, 91.5, 2.0),
    layout.PRIORITIES_SHEET: (9.5, 1.5, 27.5, 91.5, 2.0),
    layout.ACTIONS_SHEET: (9.5, 1.5, 27.5, 91.5, 2.0),
}
_NOTE_LINES = 4
_SMALL, _KEY_SIZE = 8.5, 7
_STATUS_LOOKS = (
    (DONE, theme.DONE_FILL, theme.DONE_TEXT),
    (TO_DO, theme.TODO_FILL, theme.TODO_TEXT),
    (ONLY_ONE, theme.STOP_FILL, theme.STOP_TEXT),
)
_MESSAGES = {
    "team": "Your team's name, as your coordinator knows it.",
    "other-team": "Only if this form was made for another team.",
    "completed-by": "Roles are enough. You need not give names.",
    "date": "For example 30 Nov 2026.",
    "question": "Choose a question from the list, or type its number.",
    "by": "A date or a month.",
    "status": "Choose a word from the list.",
}


class SheetWriter:
    """One sheet of the form while it is being written."""

    body = 10.5  # points of statements and paragraphs
    status_header = layout.STATUS_HEADER
    page_header = 0.0  # inches that the header of a page takes from it

    def __init__(self, book: WorkbookWriter, form: Form, sheet: layout.Sheet, plan: Sequence[layout.Sheet]) -> None:
        self.book, self.form, self.sheet = book, form, sheet
        self.status = LiveStatus(form, plan)
        self.of_questions = sheet.kind not in _WIDTHS
        self.widths = self._column_widths()
        self.breaks_pages = sheet.kind != layout.START  # Start is as wide as a page, and as long as it is
        self.xl = book.sheet(sheet.name)
        self.heights = [0.0] * len(sheet.lines)  # of the rows, in points

    def _column_widths(self) -> tuple[float, ...]:
        return _WIDTHS.get(self.sheet.kind, COMPONENT_WIDTHS)

    def write(self) -> None:
        """Write every line, and how the sheet prints."""
        for col, width in enumerate(self.widths):
            self.xl.set_column(col, col, width)
        for row, line in enumerate(self.sheet.lines):
            getattr(self, f"_{line.kind.value.replace('-', '_')}")(row, line)
        self._set_up()

    # -- lines, one method a kind ------------------------------------------------------------------

    def _title(self, row: int, line: Line) -> None:
        self._write_cell(row, REF, line.text, bold=True, font_size=18, font_color=theme.DARK_BLUE, text_wrap=False)
        self._set_height(row, 28)

    def _about(self, row: int, line: Line) -> None:
        self._write_cell(row, REF, line.text, font_color=theme.QUIET, text_wrap=False)
        self._set_height(row, 17)

    def _main(self, row: int, line: Line) -> None:
        self._write_cell(row, REF, line.text, bold=True, font_size=12, text_wrap=False, valign="vcenter")
        self._set_height(row, 21)

    def _header(self, row: int, line: Line) -> None:
        if not self.of_questions:
            self._headline(row, line)
            return
        look = {"bold": True, "font_color": theme.WHITE, "bg_color": theme.BLUE, "valign": "vcenter"}
        texts = (layout.REF_HEADER, layout.TICK_HEADER, line.label, line.text, self.status_header)
        for col, text in enumerate(texts):
            centred = {"align": "center"} if col in (TICK, STATUS) else {}
            self._write_cell(row, col, text, **look, **centred)
        self._set_height(row, 19)

    def _headline(self, row: int, line: Line) -> None:
        """A heading over a line, on sheets without questions; what stands below is no table."""
        look = {"font_color": theme.DARK_BLUE, "bottom": 2, "bottom_color": theme.BLUE, "valign": "vcenter"}
        for col in range(STATUS + 1):
            self._write_cell(row, col, "", **look)
        if self.sheet.lines[row + 1].key:
            self._write_cell(
                row, REF, layout.REF_HEADER, **{**look, "font_size": _KEY_SIZE, "font_color": theme.FAINT_TEXT}
            )
        self._write_cell(row, LEVEL, line.label, bold=True, font_size=12, text_wrap=False, **look)
        self._write_cell(row, STATEMENT, line.text, bold=True, **look)
        self._set_height(row, 22)

    def _heading(self, row: int, line: Line) -> None:
        look = {"bold": True, "font_size": _SMALL + 0.5, "font_color": theme.DARK_BLUE, "valign": "vcenter"}
        self._write_cell(row, STATEMENT, line.text, **look)
        self._set_height(row, 17)

    def _point(self, row: int, line: Line) -> None:
        text = f"{layout.BULLET}{line.text}"
        self._write_cell(row, STATEMENT, text, font_size=_SMALL)
        self._high(row, text, _SMALL, padding=1)

    def _text(self, row: int, line: Line) -> None:
        self._write_cell(row, LEVEL, line.label, bold=True, valign="vcenter")
        self._write_cell(row, STATEMENT, line.text, font_size=self.body, valign="vcenter")
        label = theme.row_height(line.label, self.widths[LEVEL], 10, bold=True, padding=6)
        self._high(row, line.text, self.body, padding=6, least=label)

    def _question(self, row: int, line: Line) -> None:
        look = {"bg_color": theme.BAND, "top": 2, "top_color": theme.BLUE, "valign": "vcenter"}
        self._key(row, line, **look)
        self._write_cell(row, TICK, "", **look)
        # The title begins in the level column and runs on over the statement's: long titles need the room.
        col = title_column(line.text)
        title = {**look, "bold": True, "font_size": TITLE_SIZE, "text_wrap": col == STATEMENT}
        self._write_cell(row, col, line.text, **title)
        self.xl.write_blank(row, LEVEL if col == STATEMENT else STATEMENT, None, self.book.cell_format(**look))
        self._write_status(row, line, look)
        self._write_choices(self.form.questionnaire.by_id[line.question])
        width = self.widths[STATEMENT]
        lines = theme.row_height(line.text, width, TITLE_SIZE, bold=True, padding=6) if col == STATEMENT else 0
        self._set_height(row, max(21, lines))

    def _help(self, row: int, line: Line) -> None:
        self._write_cell(row, STATEMENT, line.text, font_size=_SMALL, font_color=theme.QUIET, valign="vcenter")
        self._high(row, line.text, _SMALL, padding=5, least=16)

    def _section(self, row: int, line: Line) -> None:
        look = {"bold": True, "font_size": 12, "font_color": theme.DARK_BLUE, "valign": "vcenter", "text_wrap": False}
        self._write_cell(row, LEVEL, line.text, **look)
        self._set_height(row, 24)

    def _planned(self, row: int, line: Line) -> None:
        is_what = line.key.endswith(".what")
        size, padding = (self.body, 6.0) if is_what else (self.body - 1, 2.0)
        self._key(row, line, valign="vcenter")
        self._write_cell(row, LEVEL, line.label, font_color=theme.QUIET, font_size=size, valign="vcenter")
        self._write_cell(row, STATEMENT, line.text, bold=is_what, font_size=size, valign="vcenter")
        width = self.widths[STATEMENT]
        self._set_height(row, theme.row_height(line.text, width, size, bold=is_what, padding=padding, least=14))

    def _level(self, row: int, line: Line) -> None:
        edge = {"top": 1, "top_color": theme.FAINT_LINE, "valign": "vcenter"}
        self._key(row, line, **edge)
        self._tick(row, line)
        self._write_cell(row, LEVEL, line.label, bold=True, indent=1, **edge)
        self._write_cell(row, STATEMENT, line.text, font_size=self.body, **edge)
        if line.key in self.form.last:
            look = {"italic": True, "font_size": _SMALL, "font_color": theme.BLUE, "align": "center"}
            self._write_cell(row, STATUS, LAST, valign="vcenter", **look)
        height = theme.row_height(line.label, self.widths[LEVEL] - 1.5, 10, bold=True, padding=6)
        self._high(row, line.text, self.body, padding=6, least=max(24, height))

    _not_applicable = _level

    def _seen(self, row: int, line: Line) -> None:
        look = {"bg_color": theme.TODO_FILL, "font_color": theme.TODO_TEXT, "valign": "vcenter"}
        for col in (REF, TICK):
            self._write_cell(row, col, "", **look)
        self._write_cell(row, LEVEL, line.label, bold=True, indent=1, **look)
        self._write_cell(row, STATEMENT, line.text, font_size=self.body, **look)
        self._write_cell(row, STATUS, "", **look)
        self._high(row, line.text, self.body, padding=6, least=20)

    def _note(self, row: int, line: Line) -> None:
        edge = {"top": 1, "top_color": theme.FAINT_LINE}
        self._key(row, line, **edge)
        self._write_cell(row, TICK, "", **edge)
        self._write_cell(row, LEVEL, line.label, italic=True, font_color=theme.QUIET, indent=1, **edge)
        self._entry_cell(row, line.key)
        self._set_height(row, _NOTE_LINES * theme.line_height(10) + 5)

    def _entry(self, row: int, line: Line) -> None:
        self._key(row, line, valign="vcenter")
        self._write_cell(row, LEVEL, line.label, bold=True, valign="vcenter")
        self._entry_cell(row, line.key, valign="vcenter")
        label = theme.row_height(line.label, self.widths[LEVEL], 10, bold=True, padding=6)
        is_long = line.key.endswith((".what", ".measure", ".completed-by", ".remark"))
        self._set_height(row, max(label, 32 if is_long else 21))
        if message := _MESSAGES.get(line.key.partition(".")[2]):
            self.xl.data_validation(
                row,
                STATEMENT,
                row,
                STATEMENT,
                {**self._choices(line.key), "input_title": line.label[:32], "input_message": message},
            )

    def _progress(self, row: int, line: Line) -> None:
        link = self.book.cell_format(font_color=theme.BLUE, underline=1, valign="vcenter", text_wrap=False)
        self.xl.write_url(row, LEVEL, f"internal:'{quoted(line.label)}'!A1", link, line.label, f"Go to {line.label}")
        self._write_live(row, STATEMENT, self.status.of_sheet(line.text), valign="vcenter")
        self._set_height(row, 18)

    def _total(self, row: int, line: Line) -> None:
        look = {"bold": True, "valign": "vcenter", "top": 1, "top_color": theme.LINE}
        self._write_cell(row, LEVEL, line.label, **look)
        self._write_live(row, STATEMENT, self.status.of_all(), **look)
        self._set_height(row, 18)

    def _choice(self, row: int, line: Line) -> None:
        self._write_cell(row, STATEMENT, line.text, font_size=_SMALL)
        self._set_height(row, 13.5)

    def _gap(self, row: int, line: Line) -> None:
        self._set_height(row, 9)

    def _reference(self, row: int, line: Line) -> None:
        look = {"font_size": _KEY_SIZE, "font_color": theme.QUIET, "text_wrap": False}
        self._write_cell(row, LEVEL, layout.REFERENCE_LABEL, **look)
        self._write_cell(row, STATEMENT, str(self.form.reference(self.sheet.kind)), **look)
        self._set_height(row, 13.5)

    # -- cells -------------------------------------------------------------------------------------

    def _write_cell(self, row: int, col: int, text: str, **look: Any) -> None:
        self.book.write_text(self.xl, row, col, text, **look)

    def _write_live(self, row: int, col: int, live: Live, **look: Any) -> None:
        self.xl.write_formula(row, col, live.formula, self.book.cell_format(**look), live.value)

    def _key(self, row: int, line: Line, **look: Any) -> None:
        self._write_cell(
            row, REF, line.key, **{**look, "font_size": _KEY_SIZE, "font_color": theme.FAINT_TEXT, "text_wrap": False}
        )

    def _high(self, row: int, text: str, size: float, *, padding: float, least: float = 0) -> None:
        self._set_height(row, theme.row_height(text, self.widths[STATEMENT], size, padding=padding, least=least))

    def _set_height(self, row: int, points: float) -> None:
        self.heights[row] = points
        self.xl.set_row(row, points)

    def _tick(self, row: int, line: Line) -> None:
        native = self.form.tickbox == "native"
        entry = self.form.entries.get(line.key, False)
        look = {
            "align": "center",
            "valign": "vcenter",
            "font_size": 14,
            "border": 1,
            "border_color": theme.LINE,
            "locked": False,
        }
        if native:
            look |= {"checkbox": True, "num_format": _TICK_FORMAT}
        if isinstance(entry, bool) and native:
            self.xl.write_boolean(row, TICK, entry, self.book.cell_format(**look))
        elif isinstance(entry, int | float) and not isinstance(entry, bool):
            self.xl.write_number(row, TICK, entry, self.book.cell_format(**look))
        else:
            self._write_cell(row, TICK, (TICKED_BOX if entry else BOX) if isinstance(entry, bool) else entry, **look)

    def _write_choices(self, question: Question) -> None:
        """The drop-downs of a question's boxes; the first says where one is, and the others hide no statement."""
        choices = {
            "validate": "list",
            "source": ["TRUE", "FALSE"] if self.form.tickbox == "native" else [TICKED_BOX, BOX],
            "show_error": False,  # a drop-down that can never stand in the way of an x or a 1
        }
        rule = self.form.questionnaire.rule
        first, *others = tick_rows(self.sheet, question.id)
        message = {
            "input_title": f"Question {question.number}: {self.sheet.lines[first].label}"[:32],
            "input_message": f"{rule[:1].upper()}{rule[1:]}.",
        }
        self.xl.data_validation(first, TICK, first, TICK, {**choices, **message})
        self.xl.data_validation(others[0], TICK, others[-1], TICK, choices)

    def _entry_cell(self, row: int, key: str, **look: Any) -> None:
        # Who a personal form is for stands fast: copies are told apart by it.
        fast = bool(self.form.team_id) and key in IDENTITY and bool(self.form.entries.get(key))
        # Text format, so that a note beginning with - or = stays what was typed.
        self._write_cell(
            row,
            STATEMENT,
            str(self.form.entries.get(key, "")),
            **{
                "bg_color": theme.PALE if fast else theme.ENTRY,
                "border": 1,
                "border_color": theme.LINE,
                "num_format": "@",
                "align": "left",
                "indent": 1,
                "locked": fast,
                "font_size": self.body,
                **look,
            },
        )

    def _choices(self, key: str) -> dict[str, Any]:
        """The drop-down of a text entry, where there is something to choose; none ever blocks what is typed."""
        if key.endswith(".status"):
            return {"validate": "list", "source": list(layout.ACTION_STATUSES), "show_error": False}
        if not key.endswith(".question"):
            return {"validate": "any"}
        rows = [row for row, line in enumerate(self.sheet.lines) if line.kind is Kind.CHOICE]
        col = column_name(STATEMENT)
        return {"validate": "list", "source": f"=${col}${rows[0] + 1}:${col}${rows[-1] + 1}", "show_error": False}

    def _write_status(self, row: int, line: Line, look: dict[str, Any]) -> None:
        """How a question stands, in words and in colour; a ticked row is tinted."""
        self._write_live(
            row, STATUS, self.status.of_question(self.sheet, line.question), bold=True, align="center", **look
        )
        for text, fill, colour in _STATUS_LOOKS:
            standing = {"type": "formula", "criteria": f'=${column_name(STATUS)}${row + 1}="{text}"'}
            shown = self.book.rule_format(bg_color=fill, font_color=colour)
            self.xl.conditional_format(row, STATUS, row, STATUS, {**standing, "format": shown})
        rows = tick_rows(self.sheet, line.question)
        ticked = {
            "type": "formula",
            "criteria": is_ticked(rows[0]),
            "format": self.book.rule_format(bg_color=theme.TICKED),
        }
        self.xl.conditional_format(rows[0], TICK, rows[-1], STATEMENT, ticked)

    # -- the sheet as a whole ----------------------------------------------------------------------

    def _set_up(self) -> None:
        last = len(self.sheet.lines) - 1
        self.xl.protect("", {"format_rows": True})
        self.xl.set_portrait()
        self.xl.set_margins(**pages.MARGINS)
        self.xl.print_area(0, REF, last, STATUS)
        self.xl.set_footer(footer(self.form.questionnaire.title, self.sheet.name))
        repeated = 0.0
        if self.of_questions:
            header = next(row for row, line in enumerate(self.sheet.lines) if line.kind is Kind.HEADER)
            self.xl.freeze_panes(header + 1, 0)
            self.xl.repeat_rows(header)
            self.xl.set_tab_color(theme.BLUE)
            repeated = self.heights[header]
        if self.breaks_pages:
            paged = pages.of_blocks(self.widths, self.heights, self._blocks(), repeated, self.page_header)
            self.xl.set_print_scale(paged.scale)
            self.xl.set_h_pagebreaks(paged.breaks)
        else:
            self.xl.fit_to_pages(1, 0)
        self.xl.set_selection(0, 0, 0, 0)

    def _blocks(self) -> list[int]:
        """The rows with which the questions begin, each behind a gap; the form's reference belongs to the last."""
        lines = self.sheet.lines
        gaps = [row for row, line in enumerate(lines) if line.kind is Kind.GAP]
        return [row + 1 for row in gaps if lines[row + 1].kind is not Kind.REFERENCE]
