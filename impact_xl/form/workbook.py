"""Write the form: the workbook that a team fills in."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from impact_xl.files.safe_write import write_file
from impact_xl.form import instructions, layout
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
from impact_xl.questionnaire import Questionnaire
from impact_xl.roster import Round
from impact_xl.xlsx import theme
from impact_xl.xlsx.a1 import a1, column_name
from impact_xl.xlsx.workbook_writer import WorkbookWriter, footer

TICKBOXES = ("native", "list")
# LibreOffice shows a boolean through its number format, Excel through its own checkbox or as TRUE and FALSE.
_TICK_FORMAT = f'[=1]"{TICKED_BOX}";[=0]"{BOX}";General'

_WIDTHS = {
    layout.START: (13.5, 1.5, 34.0, 84.0, 2.0),
    layout.PRIORITIES_SHEET: (9.5, 1.5, 24.0, 88.0, 2.0),
}
_COMPONENT_WIDTHS = (8.5, 6.0, 15.0, 88.0, 15.0)
_NOTE_LINES = 4
_BODY, _SMALL, _KEY_SIZE = 10.5, 9, 7.5

Entry = bool | int | float | str


@dataclass(frozen=True)
class Form:
    """What a form is to be like.

    `entries` fills it in: key -> True, False or whatever somebody typed. `created` is the date that the
    document carries, the questionnaire's own unless given. `corrects` makes it a correction form: the questions that
    it asks again, each with what was seen in the team's copy. `last` holds the keys of the levels that the team chose
    in the last round, and `last_priorities` what it meant to work on: both are reminders, never ticks.
    """

    questionnaire: Questionnaire
    tickbox: str = "native"
    round: Round = field(default_factory=Round)
    team_id: str = ""
    entries: Mapping[str, Entry] = field(default_factory=dict)
    created: date | datetime | None = None
    corrects: Mapping[str, str] = field(default_factory=dict)
    last: Collection[str] = frozenset()
    last_priorities: Sequence[str] = ()

    @property
    def kind(self) -> str:
        """What its references say it is: a form or a correction form."""
        return layout.CORRECTION if self.corrects else layout.FORM

    @property
    def questions(self) -> Sequence[str]:
        """The ids of the questions that it asks, in order."""
        return [each.id for each in self.questionnaire.questions if not self.corrects or each.id in self.corrects]

    def reference(self, sheet: str) -> layout.Reference:
        """What the last row of a sheet says."""
        questionnaire = self.questionnaire
        return layout.Reference(
            self.kind,
            questionnaire.id,
            questionnaire.version,
            questionnaire.fingerprint,
            self.round.id,
            self.team_id,
            sheet,
        )

    def plan(self) -> tuple[layout.Sheet, ...]:
        """Every line of this form."""
        if self.corrects:
            return layout.plan_correction(
                self.questionnaire,
                self.corrects,
                not_applicable=self.round.not_applicable,
                introduction=instructions.CORRECTION,
                instructions=instructions.for_correction(self.questionnaire, self.round, self.tickbox),
                subtitle=self.round.title,
            )
        return layout.plan(
            self.questionnaire,
            not_applicable=self.round.not_applicable,
            instructions=[
                *instructions.for_form(self.questionnaire, self.round, self.tickbox),
                *([instructions.LAST_TIME] if self.last else ()),
            ],
            subtitle=self.round.title,
            last_priorities=self.last_priorities,
        )


def write(form: Form, path: str | Path) -> Path:
    """Write a form to a file, whole or not at all.

    Raises:
        ImpactError: the file cannot be written.
        ValueError: the tickbox style is unknown; a bug of the caller.
    """
    target = Path(path)
    write_file(target, build(form), what="form")
    return target


def written_here(path: Path) -> bool:
    """Whether a file is a form as this program wrote it, and nobody has saved it since.

    Every program that saves a workbook sets the date modified; ours is the date created.
    """
    try:
        with zipfile.ZipFile(path) as parts:
            core, custom = (parts.read(f"docProps/{name}.xml").decode() for name in ("core", "custom"))
    except (OSError, KeyError, ValueError, zipfile.BadZipFile):
        return False
    dates = re.findall(r"<dcterms:(?:created|modified)[^>]*>([^<]*)<", core)
    return f"{layout.REFERENCE_MARK}|{layout.FORM}|" in custom and len(dates) == 2 and len(set(dates)) == 1


def build(form: Form) -> bytes:
    """The bytes of a form; the same form gives the same bytes."""
    if form.tickbox not in TICKBOXES:
        raise ValueError(f"unknown tickbox style: {form.tickbox}")
    questionnaire = form.questionnaire
    book = WorkbookWriter(
        questionnaire.title,
        form.round.title or ("Correction form" if form.corrects else "Self-assessment form"),
        form.created or questionnaire.issued,
        Form_reference=str(form.reference("")),
    )
    plan = form.plan()
    for sheet in plan:
        _Sheet(book, form, sheet, plan).write()
    return book.content()


class _Sheet:
    """One sheet of the form while it is being written."""

    def __init__(self, book: WorkbookWriter, form: Form, sheet: layout.Sheet, plan: Sequence[layout.Sheet]) -> None:
        self.book, self.form, self.sheet, self.plan = book, form, sheet, plan
        self.widths = _WIDTHS.get(sheet.kind, _COMPONENT_WIDTHS)
        self.of_questions = sheet.kind not in _WIDTHS
        self.xl = book.sheet(sheet.name)

    def write(self) -> None:
        for col, width in enumerate(self.widths):
            self.xl.set_column(col, col, width)
        for row, line in enumerate(self.sheet.lines):
            getattr(self, f"_{line.kind.value.replace('-', '_')}")(row, line)
        self._set_up()

    # -- lines, one method a kind ------------------------------------------------------------------

    def _title(self, row: int, line: Line) -> None:
        self._write_cell(row, REF, line.text, bold=True, font_size=18, font_color=theme.DARK_BLUE, text_wrap=False)
        self.xl.set_row(row, 28)

    def _about(self, row: int, line: Line) -> None:
        self._write_cell(row, REF, line.text, font_color=theme.QUIET, text_wrap=False)
        self.xl.set_row(row, 17)

    def _header(self, row: int, line: Line) -> None:
        look = {"bold": True, "font_color": theme.WHITE, "bg_color": theme.BLUE, "valign": "vcenter"}
        texts = (layout.REF_HEADER, layout.TICK_HEADER if self.of_questions else "", line.label, line.text)
        for col, text in enumerate(texts):
            centred = {"align": "center"} if col == TICK else {}
            self._write_cell(row, col, text, **look, **centred)
        self._write_cell(row, STATUS, layout.STATUS_HEADER if self.of_questions else "", align="center", **look)
        self.xl.set_row(row, 19)

    def _heading(self, row: int, line: Line) -> None:
        self._write_cell(row, STATEMENT, line.text, bold=True, font_color=theme.DARK_BLUE)
        self.xl.set_row(row, 18)

    def _point(self, row: int, line: Line) -> None:
        text = f"{layout.BULLET}{line.text}"
        self._write_cell(row, STATEMENT, text, font_size=_SMALL)
        self._high(row, text, _SMALL, padding=1.5)

    def _text(self, row: int, line: Line) -> None:
        self._write_cell(row, STATEMENT, line.text, font_size=_BODY)
        self._high(row, line.text, _BODY, padding=5)

    def _question(self, row: int, line: Line) -> None:
        look = {"bg_color": theme.BAND, "top": 2, "top_color": theme.BLUE, "valign": "vcenter"}
        self._key(row, line, **look)
        self._write_cell(row, TICK, "", **look)
        # The title begins in the level column and runs on over the statement's: long titles need the room.
        self._write_cell(row, LEVEL, line.text, bold=True, font_size=11, text_wrap=False, **look)
        self.xl.write_blank(row, STATEMENT, None, self.book.cell_format(**look))
        self._status(row, line, look)
        self.xl.set_row(row, 21)

    def _level(self, row: int, line: Line) -> None:
        edge = {"top": 1, "top_color": theme.FAINT_LINE, "valign": "vcenter"}
        self._key(row, line, **edge)
        self._tick(row, line)
        self._write_cell(row, LEVEL, line.label, bold=True, indent=1, **edge)
        self._write_cell(row, STATEMENT, line.text, font_size=_BODY, **edge)
        if line.key in self.form.last:
            self._write_cell(
                row, STATUS, LAST, italic=True, font_size=_SMALL, font_color=theme.BLUE, align="center", **edge
            )
        height = theme.row_height(line.label, self.widths[LEVEL] - 1.5, 10, bold=True, padding=6)
        self._high(row, line.text, _BODY, padding=6, least=max(24, height))

    _not_applicable = _level

    def _seen(self, row: int, line: Line) -> None:
        look = {"bg_color": theme.TODO_FILL, "font_color": theme.TODO_TEXT, "valign": "vcenter"}
        for col in (REF, TICK):
            self._write_cell(row, col, "", **look)
        self._write_cell(row, LEVEL, line.label, bold=True, indent=1, **look)
        self._write_cell(row, STATEMENT, line.text, font_size=_BODY, **look)
        self._write_cell(row, STATUS, "", **look)
        self._high(row, line.text, _BODY, padding=6, least=20)

    def _note(self, row: int, line: Line) -> None:
        edge = {"top": 1, "top_color": theme.FAINT_LINE}
        self._key(row, line, **edge)
        self._write_cell(row, TICK, "", **edge)
        self._write_cell(row, LEVEL, line.label, italic=True, font_color=theme.QUIET, indent=1, **edge)
        self._entry_cell(row, line.key)
        self.xl.set_row(row, _NOTE_LINES * theme.line_height(10) + 5)

    def _entry(self, row: int, line: Line) -> None:
        self._key(row, line, valign="vcenter")
        self._write_cell(row, LEVEL, line.label, bold=True, valign="vcenter")
        self._entry_cell(row, line.key, valign="vcenter")
        self.xl.set_row(row, 32 if line.key.endswith((".what", ".measure", ".completed-by")) else 21)
        if message := _MESSAGES.get(line.key.partition(".")[2]):
            self.xl.data_validation(
                row,
                STATEMENT,
                row,
                STATEMENT,
                {**self._choices(line.key), "input_title": line.label[:32], "input_message": message},
            )

    def _progress(self, row: int, line: Line) -> None:
        sheet = next(sheet for sheet in self.plan if sheet.kind == line.text)
        link = self.book.cell_format(font_color=theme.BLUE, underline=1, valign="vcenter", text_wrap=False)
        self.xl.write_url(row, LEVEL, f"internal:'{_quoted(sheet.name)}'!A1", link, line.label, f"Go to {sheet.name}")
        if sheet.kind == layout.PRIORITIES_SHEET:
            keys = [layout.priority_key(number, "what") for number in range(1, layout.PRIORITIES + 1)]
            cells = ",".join(f"'{_quoted(sheet.name)}'!{a1(sheet.row(key), STATEMENT)}" for key in keys)
            named = sum(bool(self.form.entries.get(key)) for key in keys)
            self._count(row, f"COUNTA({cells})", named, layout.PRIORITIES, layout.NAMED_OF)
        else:
            self._count(row, _done_in(sheet), self._done([sheet]), len(_questions(sheet)), layout.DONE_OF)
        self.xl.set_row(row, 18)

    def _total(self, row: int, line: Line) -> None:
        sheets = [sheet for sheet in self.plan if sheet.kind not in _WIDTHS]
        self._write_cell(row, LEVEL, line.label, bold=True, valign="vcenter", top=1, top_color=theme.LINE)
        counted = "+".join(_done_in(sheet) for sheet in sheets)
        of = layout.DONE_OF.format(most=len(self.form.questions))
        look = self.book.cell_format(bold=True, valign="vcenter", top=1, top_color=theme.LINE)
        self.xl.write_formula(row, STATEMENT, f'={counted}&"{of}"', look, f"{self._done(sheets)}{of}")
        self.xl.set_row(row, 18)

    def _choice(self, row: int, line: Line) -> None:
        self._write_cell(row, STATEMENT, line.text, font_size=_SMALL)
        self.xl.set_row(row, 13.5)

    def _gap(self, row: int, line: Line) -> None:
        self.xl.set_row(row, 9)

    def _reference(self, row: int, line: Line) -> None:
        look = {"font_size": _KEY_SIZE, "font_color": theme.QUIET, "text_wrap": False}
        self._write_cell(row, LEVEL, layout.REFERENCE_LABEL, **look)
        self._write_cell(row, STATEMENT, str(self.form.reference(self.sheet.kind)), **look)
        self.xl.set_row(row, 13.5)

    # -- cells -------------------------------------------------------------------------------------

    def _write_cell(self, row: int, col: int, text: str, **look: Any) -> None:
        self.book.write_text(self.xl, row, col, text, **look)

    def _key(self, row: int, line: Line, **look: Any) -> None:
        self._write_cell(
            row, REF, line.key, **{**look, "font_size": _KEY_SIZE, "font_color": theme.QUIET, "text_wrap": False}
        )

    def _high(self, row: int, text: str, size: float, *, padding: float, least: float = 0) -> None:
        self.xl.set_row(row, theme.row_height(text, self.widths[STATEMENT], size, padding=padding, least=least))

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
        question = self.form.questionnaire.by_id[line.question]
        self.xl.data_validation(
            row,
            TICK,
            row,
            TICK,
            {
                "validate": "list",
                "source": ["TRUE", "FALSE"] if native else [TICKED_BOX, BOX],
                "show_error": False,  # a drop-down that can never stand in the way of an x or a 1
                "input_title": f"Question {question.number}: {line.label}"[:32],
                "input_message": "Tick the one level that describes you best.",
            },
        )

    def _entry_cell(self, row: int, key: str, **look: Any) -> None:
        # Who a personal form is for stands fast: copies are told apart by it.
        fast = bool(self.form.team_id) and key in _IDENTITY and bool(self.form.entries.get(key))
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
                "locked": fast,
                "font_size": _BODY,
                **look,
            },
        )

    def _choices(self, key: str) -> dict[str, Any]:
        """The drop-down of a text entry: the questions where one is asked for, nothing otherwise; neither blocks."""
        if not key.endswith(".question"):
            return {"validate": "any"}
        rows = [row for row, line in enumerate(self.sheet.lines) if line.kind is Kind.CHOICE]
        col = column_name(STATEMENT)
        return {"validate": "list", "source": f"=${col}${rows[0] + 1}:${col}${rows[-1] + 1}", "show_error": False}

    # -- live status: for people only; reading never trusts it ------------------------------------

    def _status(self, row: int, line: Line, look: dict[str, Any]) -> None:
        rows = self._tick_rows(line.question)
        ticks = f"${column_name(TICK)}${rows[0] + 1}:${column_name(TICK)}${rows[-1] + 1}"
        # COUNTIF misses a 1 and an x; this counts what the most used programs write, whatever the locale.
        ticked = f'SUMPRODUCT(--((({ticks}=TRUE)+({ticks}=1)+({ticks}="x")+({ticks}="✓")+({ticks}="{TICKED_BOX}"))>0))'
        self.xl.write_formula(
            row,
            STATUS,
            f'=IF({ticked}=1,"{DONE}",IF({ticked}=0,"{TO_DO}","{ONLY_ONE}"))',
            self.book.cell_format(bold=True, align="center", **look),
            self._standing(line.question),
        )
        for text, fill, colour in (
            (DONE, theme.DONE_FILL, theme.DONE_TEXT),
            (TO_DO, theme.TODO_FILL, theme.TODO_TEXT),
            (ONLY_ONE, theme.STOP_FILL, theme.STOP_TEXT),
        ):
            self.xl.conditional_format(
                row,
                STATUS,
                row,
                STATUS,
                {
                    "type": "formula",
                    "criteria": f'=${column_name(STATUS)}${row + 1}="{text}"',
                    "format": self.book.rule_format(bg_color=fill, font_color=colour),
                },
            )
        first = f"${column_name(TICK)}{rows[0] + 1}"
        self.xl.conditional_format(
            rows[0],
            TICK,
            rows[-1],
            STATEMENT,
            {
                "type": "formula",
                "criteria": f'=OR({first}=TRUE,{first}=1,{first}="x",{first}="✓",{first}="{TICKED_BOX}")',
                "format": self.book.rule_format(bg_color=theme.TICKED),
            },
        )

    def _tick_rows(self, question: str) -> list[int]:
        return [
            row
            for row, line in enumerate(self.sheet.lines)
            if line.question == question and line.kind in (Kind.LEVEL, Kind.NOT_APPLICABLE)
        ]

    def _standing(self, question: str) -> str:
        """What the status formula gives for the entries of this form."""
        levels = range(len(self.form.questionnaire.levels) + 1)
        ticked = sum(
            self.form.entries.get(layout.level_key(question, level), False) in (True, "x", "X", "✓", TICKED_BOX)
            for level in levels
        )
        return DONE if ticked == 1 else TO_DO if ticked == 0 else ONLY_ONE

    def _done(self, sheets: Sequence[layout.Sheet]) -> int:
        return sum(self._standing(question) == DONE for sheet in sheets for question in _questions(sheet))

    def _count(self, row: int, counted: str, number: int, most: int, template: str) -> None:
        of = template.format(most=most)
        dots = "●" * number + "○" * (most - number)
        self.xl.write_formula(
            row,
            STATEMENT,
            f'={counted}&"{of}   "&REPT("●",{counted})&REPT("○",{most}-{counted})',
            self.book.cell_format(valign="vcenter"),
            f"{number}{of}   {dots}",
        )

    # -- the sheet as a whole ----------------------------------------------------------------------

    def _set_up(self) -> None:
        last = len(self.sheet.lines) - 1
        self.xl.protect("", {"format_rows": True})
        self.xl.set_portrait()
        self.xl.fit_to_pages(1, 0)
        self.xl.print_area(0, REF, last, STATUS)
        self.xl.set_footer(footer(self.form.questionnaire.title, self.sheet.name))
        if self.of_questions:
            header = next(row for row, line in enumerate(self.sheet.lines) if line.kind is Kind.HEADER)
            self.xl.freeze_panes(header + 1, 0)
            self.xl.repeat_rows(header)
            self.xl.set_tab_color(theme.BLUE)
        self.xl.set_selection(0, 0, 0, 0)


_IDENTITY = ("start.team", "start.team-id", "start.group")
_MESSAGES = {
    "team": "Your team's name, as your coordinator knows it.",
    "other-team": "Only if this form was made for another team.",
    "completed-by": "Roles are enough. You need not give names.",
    "date": "For example 23 November 2026.",
    "question": "Choose a question from the list, or type its number.",
    "by": "A date or a month.",
}


def _questions(sheet: layout.Sheet) -> list[str]:
    return [line.question for line in sheet.lines if line.kind is Kind.QUESTION]


def _done_in(sheet: layout.Sheet) -> str:
    col = column_name(STATUS)
    return f"COUNTIF('{_quoted(sheet.name)}'!${col}$1:${col}${len(sheet.lines)},\"{DONE}\")"


def _quoted(name: str) -> str:
    return name.replace("'", "''")
