"""Writes the authoring workbook: a questionnaire to be edited in Excel, row 1 of each sheet its header."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from impact_xl.authoring import sheets
from impact_xl.authoring.sheets import Column, Sheet
from impact_xl.questionnaire import Questionnaire
from impact_xl.questionnaire.checks import SHORT_COMPONENT, SHORT_QUESTION
from impact_xl.xlsx import theme
from impact_xl.xlsx.a1 import a1
from impact_xl.xlsx.cell_values import Cell, Formula
from impact_xl.xlsx.workbook_writer import WorkbookWriter, footer

_EMPTY_ROW, _HEADER_HEIGHT, _PADDING, _INDENT = 20.0, 32.0, 6.0, 1.4
_LAST_ROW = 500  # down to which a drop-down and a title beside an id look for components
_HEAD = {"indent": 1, "bold": True, "font_color": theme.WHITE, "bg_color": theme.DARK_BLUE, "valign": "vcenter"}
_CELL = {"bottom": 1, "bottom_color": theme.FAINT_LINE, "align": "left", "indent": 1, "valign": "vcenter"}
_TYPED = {**_CELL, "bg_color": theme.ENTRY, "num_format": "@", "left": 1, "left_color": theme.FAINT_LINE}
_MADE = {**_CELL, "font_color": theme.QUIET, "font_size": 9}
_FITS = {sheets.COMPONENTS: SHORT_COMPONENT, sheets.QUESTIONS: SHORT_QUESTION}
_IDS, _TITLES = (f"{sheets.COMPONENTS}!${letter}$2:${letter}${_LAST_ROW}" for letter in "AB")


def build(questionnaire: Questionnaire, notes: Iterable[str] = sheets.MANUAL) -> bytes:
    """The bytes of the authoring workbook; the same questionnaire gives the same bytes."""
    book = WorkbookWriter(f"{questionnaire.title}: to be edited", sheets.SUBJECT, questionnaire.issued)
    rows = _rows(questionnaire, notes)
    titles = {each.id: each.title for each in questionnaire.components}
    for sheet in sheets.SHEETS:
        if sheet is sheets.QUESTION_LIST:
            sheet = replace(sheet, columns=(*sheet.columns, *_levels(questionnaire)))  # noqa: PLW2901
        _write(book, sheet, rows[sheet.name], questionnaire.title, titles)
    return book.content()


def _levels(questionnaire: Questionnaire) -> Iterable[Column]:
    for level in questionnaire.levels:
        header = sheets.level_header(level.number, level.name)
        yield Column(f"level{level.number}", header, sheets.STATEMENT_WIDTH, sheets.STATEMENT_HINT)


def _rows(questionnaire: Questionnaire, notes: Iterable[str]) -> dict[str, list[list[Cell]]]:
    """The rows of each sheet, without what a formula makes."""
    facts: list[list[Cell]] = [
        [name, str(getattr(questionnaire, key) or "")]
        for key, (name, _) in sheets.FACT_NAMES.items()
        if key != "introduction"
    ]
    name, _ = sheets.FACT_NAMES["introduction"]
    facts += ([name, text] for text in questionnaire.introduction)
    every = questionnaire.components
    return {
        sheets.QUESTIONNAIRE: facts,
        sheets.LEVELS: [[str(level.number), level.name, level.means] for level in questionnaire.levels],
        sheets.COMPONENTS: [[each.id, each.title, each.short, None, each.intro] for each in every],
        sheets.POINTS: [[each.id, None, point] for each in every for point in each.in_practice],
        sheets.QUESTIONS: [
            [
                *(question.id, component.id, None, question.section, question.title, question.short, None),
                question.help,
                {True: "yes", False: "no", None: ""}[question.not_applicable],
                question.act,
                *(question.statement(level.number) for level in questionnaire.levels),
            ]
            for component in every
            for question in component.questions
        ],
        sheets.NOTES: [[note] for note in notes],
    }


def _write(
    book: WorkbookWriter, spec: Sheet, rows: Sequence[list[Cell]], title: str, titles: Mapping[str, str]
) -> None:
    sheet, last = book.sheet(spec.name), len(rows) + spec.empty
    heads = [{"header": each.header, "header_format": book.cell_format(**_HEAD)} for each in spec.columns]
    sheet.add_table(0, 0, last, len(heads) - 1, {"name": spec.table, "style": None, "columns": heads})
    sheet.set_row(0, _HEADER_HEIGHT)
    for col, column in enumerate(spec.columns):
        sheet.set_column(col, col, column.width)
        _help(sheet, spec, column, col, last)
    for row in range(1, last + 1):
        cells = rows[row - 1] if row <= len(rows) else [None] * len(heads)
        shown = list[Cell](cells)
        for col, (column, value) in enumerate(zip(spec.columns, cells, strict=True)):
            if column.made:
                formula = _made(spec, column, row, rows, titles)
                look = book.cell_format(**_MADE)
                sheet.write_formula(row, col, f"={formula.text}", look, formula.value)
                shown[col] = formula.value
            else:
                look_of = {**_TYPED, "bold": True} if column.key in ("id", "what") else _TYPED
                book.write_text(sheet, row, col, str(value or ""), **look_of)
        sheet.set_row(row, max(_EMPTY_ROW, *map(_height, spec.columns, shown)))
    _set_up(book, sheet, spec, last, title)


def _set_up(book: WorkbookWriter, sheet: Any, spec: Sheet, last: int, title: str) -> None:
    """How the sheet scrolls and prints."""
    keys = [column.key for column in spec.columns]
    frozen = keys.index("title") + 1 if "title" in keys else 0
    # What is typed stays as it is typed, so a level's number is text; Excel need not mark it.
    book.leave_unmarked(sheet, 0, 0, last, len(keys) - 1)
    sheet.freeze_panes(1, frozen)
    sheet.set_selection(0, 0, 0, 0)
    sheet.set_landscape()
    if spec.name == sheets.QUESTIONS:
        sheet.set_paper(8)  # A3
    sheet.set_footer(footer(title, spec.name))
    sheet.repeat_rows(0)
    sheet.fit_to_pages(1, 0)
    sheet.print_area(0, 0, last, len(spec.columns) - 1)


def _help(sheet: Any, spec: Sheet, column: Column, col: int, last: int) -> None:
    """The drop-down and the hint of a column; the sheet Questionnaire has a hint a row."""
    if spec is sheets.FACTS and column.key == "value":
        for row, (name, hint) in enumerate(sheets.FACT_NAMES.values(), 1):
            until = last if name == "Introduction" else row
            sheet.data_validation(row, col, until, col, {"validate": "any", "input_title": name, "input_message": hint})
        return
    rule: dict[str, Any] = {"validate": "any"}
    if column.key == "component":
        rule = {"validate": "list", "source": f"={_IDS}", "show_error": False}
    elif column.choices:
        rule = {"validate": "list", "source": list(column.choices), "show_error": False}
    if column.hint:
        rule |= {"input_title": column.header[:32], "input_message": column.hint}
    if rule != {"validate": "any"}:
        sheet.data_validation(1, col, last, col, rule)


def _made(spec: Sheet, column: Column, row: int, rows: Sequence[list[Cell]], titles: Mapping[str, str]) -> Formula:
    """What stands beside a cell: whether a short title fits, or the title of a component."""
    keys = [each.key for each in spec.columns]
    cells = rows[row - 1] if row <= len(rows) else [None] * len(keys)
    at = keys.index("short" if column.key == "fits" else "component")
    text = str(cells[at] or "")
    if column.key == "fits":
        return fits(a1(row, at), text, _FITS[spec.name])
    formula = f'IFERROR(INDEX({_TITLES},MATCH({a1(row, at)},{_IDS},0)),"")'
    return Formula(formula, titles.get(text, ""))


def fits(cell: str, text: str, most: int) -> Formula:
    """Whether a text fits, or by how many characters it is too long, as Excel counts them."""
    length = len(text.encode("utf-16-le")) // 2
    formula = f'IF(LEN({cell})=0,"",IF(LEN({cell})<={most},"fits","too long by "&(LEN({cell})-{most})))'
    return Formula(formula, "" if not length else "fits" if length <= most else f"too long by {length - most}")


def _height(column: Column, value: Cell) -> float:
    return theme.row_height(str(value or ""), column.width - _INDENT, 10, bold=column.key == "id", padding=_PADDING)
