"""Writes round.xlsx, once, when a round begins: three tables to type into, with drop-downs, hints and empty rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

from impact_xl.files.safe_write import check_place, write_file
from impact_xl.questionnaire import Questionnaire, load
from impact_xl.roster import NO_GROUP, Round, Team
from impact_xl.roster.columns import STATUSES
from impact_xl.roster.settings import SETTINGS, TICKBOXES, Kind, show
from impact_xl.roster.workbook.sheets import (
    DECISION_HEADERS,
    DECISIONS,
    LEFT_OPEN,
    NOT_APPLICABLE,
    ROUND,
    SUBJECT,
    TEAM_HEADERS,
    TEAMS,
    DecisionRow,
)
from impact_xl.xlsx import theme
from impact_xl.xlsx.a1 import column_name
from impact_xl.xlsx.cell_values import Cell
from impact_xl.xlsx.workbook_writer import DATED, WorkbookWriter, footer

HEADER_ROW = 3  # under the title, what the sheet is for, and what an empty cell means
EMPTY_TEAMS, EMPTY_DECISIONS = 15, 25  # rows that wait to be typed into; the tables grow by themselves
_MOST_ROWS = 1000  # teams that the drop-down of Decisions finds
_MOST_CHOICES = 255  # characters of a drop-down's list, Excel's own limit
_FIRST_DAY, _LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)
_ROW_PADDING, _LEAST_ROW, _INDENT = 5, 18.0, 1.4
_HEAD = {"bold": True, "font_color": theme.WHITE, "bg_color": theme.DARK_BLUE, "valign": "vcenter"}
_CELL = {"bottom": 1, "bottom_color": theme.FAINT_LINE, "valign": "vcenter", "align": "left", "indent": 1}
_ENTRY = {**_CELL, "bg_color": theme.ENTRY, "left": 1, "left_color": theme.FAINT_LINE}
_TYPED = {**_ENTRY, "num_format": "@"}  # what is typed stays as it is typed: 7-8 is no date, 007 no number
_DAY = {**_ENTRY, **DATED}


@dataclass(frozen=True, slots=True)
class Column:
    """One column to type into: its header, its width in digits, how it looks, and the hint beside it."""

    header: str
    width: float
    look: dict[str, Any]
    hint: str = ""
    choices: Sequence[str] | str = ()  # of its drop-down: the words, or a formula that gives them


def write(path: str | Path, round: Round, questionnaire: Questionnaire, decisions: Iterable[DecisionRow] = ()) -> Path:
    """Write round.xlsx. What stands there already is never replaced by the callers.

    Raises:
        ImpactError: it cannot be written.
    """
    target = Path(path)
    check_place(target, "round's workbook")
    write_file(target, build(round, questionnaire, decisions), what="round's workbook")
    return target


def build(round: Round, questionnaire: Questionnaire | None = None, decisions: Iterable[DecisionRow] = ()) -> bytes:
    """The bytes of round.xlsx; the same round gives the same bytes.

    Args:
        round: what is settled so far, with its teams.
        questionnaire: what is asked; the built-in one unless given.
        decisions: rows for the sheet Decisions.
    """
    content = questionnaire or load()
    book = WorkbookWriter(f"{round.title}: the round", SUBJECT, content.issued)
    sheets = _Sheets(book, round.title)
    sheets.write_round(round, content)
    sheets.write_teams(round.teams.teams)
    sheets.write_decisions(tuple(decisions), content)
    return book.content()


class _Sheets:
    """The workbook while it is being written."""

    def __init__(self, book: WorkbookWriter, title: str) -> None:
        self.book, self.title = book, title
        self.sheets = {name: book.sheet(name) for name in (ROUND, TEAMS, DECISIONS)}

    def write_round(self, round: Round, questionnaire: Questionnaire) -> None:
        sheet = self._begin(
            ROUND,
            "The facts of this round. Type into the yellow column and save: every command reads them here.",
            "nothing is decided; the text next to it says what applies then",
        )
        columns = (
            Column("Setting", 23, {**_CELL, "bold": True}),
            Column("Value", 48, _TYPED),
            Column("What it means", 96, {**_CELL, "font_color": theme.QUIET}),
        )
        target = questionnaire.level_name(questionnaire.target)
        texts = [each.means.format(target=target, title=questionnaire.title) for each in SETTINGS]
        values = [getattr(round, each.key) for each in SETTINGS]
        cells = [
            (each.label, None if value in ("", None, ()) else show(each, value, questionnaire), text)
            for each, value, text in zip(SETTINGS, values, texts, strict=True)
        ]
        self._table(sheet, ROUND, columns, cells, 0)
        levels = tuple(level.name for level in questionnaire.levels)
        choices = {Kind.LEVEL: levels, Kind.YES_NO: ("yes", "no"), Kind.TICKBOX: TICKBOXES}
        for row, (setting, (_, value, _)) in enumerate(zip(SETTINGS, cells, strict=True), HEADER_ROW + 1):
            look = {Kind.DATE: _DAY, Kind.NUMBER: {**_ENTRY, "num_format": "0"}}.get(setting.kind, _TYPED)
            self._cell(sheet, row, 1, value, look)
            column = Column(setting.label, 0, look, choices=choices.get(setting.kind, ()))
            self._choose(sheet, column, row, row, 1)
        sheet.fit_to_pages(1, 1)

    def write_teams(self, teams: Sequence[Team]) -> None:
        sheet = self._begin(
            TEAMS,
            "Who takes part, one row per team. Add rows at the end, and columns of your own at the right. "
            "Do not change the ID of a team that has its form.",
            "there is nothing to say there; a row without an ID gets one from the team's name. "
            "The empty rows at the end are for teams you add",
        )
        small = {**_TYPED, "font_size": 9}
        own = list(dict.fromkeys(head for team in teams for head in team.own))
        columns = (
            Column(TEAM_HEADERS["team_id"], 17, {**small, "font_color": theme.QUIET}),
            Column(TEAM_HEADERS["team"], 26, {**_TYPED, "bold": True}),
            Column(TEAM_HEADERS["group"], 19, _TYPED),
            Column(TEAM_HEADERS["contact"], 18, _TYPED, "Who is greeted in the messages: a name or a role."),
            Column(TEAM_HEADERS["email"], 28, small, "One or more addresses, separated by semicolons."),
            Column(TEAM_HEADERS["cc"], 20, small, "Who gets a copy. One or more addresses, separated by semicolons."),
            Column(TEAM_HEADERS["deadline"], 13, _DAY, "Only where it differs from the round's, such as 30 Nov 2026."),
            Column(TEAM_HEADERS["status"], 19, _TYPED, _STATUS_HINT, STATUSES),
            Column(TEAM_HEADERS["sent_on"], 13, _DAY, "The day you sent the form yourself, such as 9 Nov 2026."),
            Column(
                TEAM_HEADERS["overlay"],
                13,
                _TYPED,
                "A file that words some texts otherwise for this team; “original” for none. Empty: what Round says.",
            ),
            Column(TEAM_HEADERS["remark"], 26, _TYPED),
            *(Column(head, 16, _ENTRY) for head in _unique(own)),
        )
        self._table(sheet, TEAMS, columns, [[*_cells(team), *map(team.own.get, own)] for team in teams], EMPTY_TEAMS)
        sheet.freeze_panes(HEADER_ROW + 1, 2)

    def write_decisions(self, decisions: Sequence[DecisionRow], questionnaire: Questionnaire) -> None:
        sheet = self._begin(
            DECISIONS,
            "What you decided about an answer, such as a level a team gave by telephone. A decision counts until you "
            "delete its row. Type a file and a team to say which of two files counts.",
            "there is nothing to say there. The empty rows are for your decisions",
        )
        team = column_name(list(TEAM_HEADERS).index("team"))
        first, last = HEADER_ROW + 2, HEADER_ROW + 1 + _MOST_ROWS
        names = f"{TEAMS}!${team}${first}:${team}${last}"
        # From the header on: a reference to the first team's own cell would be lost with its row.
        column = f"{TEAMS}!${team}${first - 1}:${team}${last}"
        teams = f"=INDEX({column},2):INDEX({column},1+MAX(1,COUNTA({names})))"
        levels = (*(level.name for level in questionnaire.levels), NOT_APPLICABLE, LEFT_OPEN)
        questions = tuple(question.id for question in questionnaire.questions)
        hints = {
            "Team": ("The team's name, or its ID.", teams),
            "Question": (f"Such as {questions[0]}.", questions),
            "Level": (f"{LEFT_OPEN}: no answer on purpose, and nobody is asked again.", levels),
            "File": ("Only to say that this file is the team's, and counts.", ()),
            "Reason": ("Such as: their e-mail of 2 December.", ()),
            "Who": ("Who decided it.", ()),
            "Date": ("Such as 2 Dec 2026.", ()),
        }
        widths = (28, 13, 18, 28, 40, 20, 14)
        columns = [
            Column(head, width, _DAY if head == "Date" else _TYPED, *hints[head])
            for head, width in zip(DECISION_HEADERS, widths, strict=True)
        ]
        self._table(sheet, DECISIONS, columns, decisions, EMPTY_DECISIONS)

    def _begin(self, name: str, purpose: str, empty: str) -> Any:
        """A sheet with its title in A1, what it is for in A2, and what an empty cell means in A3."""
        sheet = self.sheets[name]
        quiet = {"font_color": theme.QUIET, "text_wrap": False}
        heading = {"bold": True, "font_size": 16, "font_color": theme.DARK_BLUE, "text_wrap": False}
        self.book.write_text(sheet, 0, 0, f"{name}: {self.title}", **heading)
        self.book.write_text(sheet, 1, 0, purpose, **quiet)
        self.book.write_text(sheet, 2, 0, f"An empty cell means that {empty}.", **quiet, font_size=9)
        for row, height in enumerate((26, 16, 20)):
            sheet.set_row(row, height)
        sheet.set_landscape()
        sheet.set_margins(left=0.35, right=0.35, top=0.45, bottom=0.55)
        sheet.set_footer(footer(self.title, name))
        sheet.set_selection(0, 0, 0, 0)
        return sheet

    def _table(
        self, sheet: Any, name: str, columns: Sequence[Column], rows: Sequence[Sequence[Cell]], empty: int
    ) -> None:
        """A real table with its header, the rows, and some empty ones below them."""
        first, last = HEADER_ROW + 1, HEADER_ROW + len(rows) + empty
        headers = [
            {"header": column.header, "header_format": self.book.cell_format(**{**_CELL, **_HEAD})}
            for column in columns
        ]
        table = "Settings" if name == ROUND else name  # ROUND is a function of Excel
        options = {"name": table, "style": None, "columns": headers, "autofilter": name != ROUND}
        sheet.add_table(HEADER_ROW, 0, last, len(columns) - 1, options)
        sheet.set_row(HEADER_ROW, 24)
        for col, column in enumerate(columns):
            sheet.set_column(col, col, column.width)
            self._choose(sheet, column, first, last, col)
        for row in range(first, last + 1):
            cells = rows[row - first] if row - first < len(rows) else [None] * len(columns)
            for col, (column, value) in enumerate(zip(columns, cells, strict=True)):
                self._cell(sheet, row, col, value, column.look)
            sheet.set_row(row, max(map(_height, columns, cells)))
        sheet.freeze_panes(first, 0 if name == ROUND else 1)  # a file opens with its cursor in A1 without such a column
        sheet.repeat_rows(HEADER_ROW)
        sheet.fit_to_pages(1, 0)
        sheet.print_area(0, 0, last, len(columns) - 1)

    def _cell(self, sheet: Any, row: int, col: int, value: Cell, look: dict[str, Any]) -> None:
        if isinstance(value, date):
            sheet.write_datetime(row, col, value, self.book.cell_format(**{**look, **DATED}))
        elif isinstance(value, int | float):
            sheet.write_number(row, col, value, self.book.cell_format(**look))
        else:
            self.book.write_text(sheet, row, col, str(value or ""), **look)

    def _choose(self, sheet: Any, column: Column, first: int, last: int, col: int) -> None:
        """The drop-down and the hint of a column; a date that Excel would not take as one is asked about."""
        rule: dict[str, Any] = {"validate": "any"}
        source = column.choices if isinstance(column.choices, str) else list(column.choices)
        if source and (isinstance(source, str) or len(",".join(source)) <= _MOST_CHOICES):
            # A word that is not on the list is taken, too: it is understood kindly, or told when it is read.
            rule = {"validate": "list", "source": source, "show_error": False}
        elif column.look is _DAY:
            rule = {
                "validate": "date",
                "criteria": "between",
                "minimum": _FIRST_DAY,
                "maximum": _LAST_DAY,
                "error_type": "warning",
                "error_title": "Is this a date?",
                "error_message": "It is not taken as a date. Type it like 30 Nov 2026.",
            }
        if column.hint:
            rule |= {"input_title": column.header, "input_message": column.hint}
        if rule != {"validate": "any"}:
            sheet.data_validation(first, col, last, col, rule)


_STATUS_HINT = (
    "Empty: takes part. Otherwise choose one, and after “Merged into” type the other team's name in place of the dots."
)


def _unique(heads: Iterable[str]) -> list[str]:
    """The headers of people's own columns, none of them like one of ours or like another: a table refuses that."""
    taken = {header.casefold() for header in TEAM_HEADERS.values()}
    unique: list[str] = []
    for head in heads:
        name = next(
            name
            for number in count(1)
            if (name := f"{head} ({number})" if number > 1 else head).casefold() not in taken
        )
        taken.add(name.casefold())
        unique.append(name)
    return unique


def _cells(team: Team) -> list[Cell]:
    group = "" if team.group == NO_GROUP else team.group
    who = (team.id, team.name, group, team.contact, team.email, team.cc)
    return [*who, team.deadline, team.status, team.sent_on, team.overlay, team.remark]


def _height(column: Column, value: Cell) -> float:
    """How high a row is that shows a cell whole, in points."""
    if not isinstance(value, str) or not value:
        return _LEAST_ROW
    size, bold = column.look.get("font_size", 10), bool(column.look.get("bold"))
    return theme.row_height(value, column.width - _INDENT, size, bold=bold, padding=_ROW_PADDING, least=_LEAST_ROW)
