"""What all sheets of the consolidated workbook share: how one is declared, and how texts and tables are written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from itertools import repeat
from operator import getitem, itemgetter
from typing import Any

from impact_xl.questionnaire import Questionnaire
from impact_xl.results.cell_heights import CellHeights
from impact_xl.results.edits.checksum import OUTSIDE_TABLE, ColumnChecksums
from impact_xl.results.edits.match_rows import ListedColumns, RowKeys
from impact_xl.round.collation import Collation
from impact_xl.round.figures import Ranked, Tally, rank
from impact_xl.xlsx import theme
from impact_xl.xlsx.a1 import a1, column_name
from impact_xl.xlsx.cell_values import Cell, Formula, Link, Rows
from impact_xl.xlsx.workbook_writer import DATED, WorkbookWriter, footer

# Above so many teams the cells that look through all answers once for each team and question hold values: they would
# take Excel minutes to calculate. Links are then one for each file, as Excel allows 65,530 on a sheet.
MOST_LIVE = 300

HEADER_ROW = 3  # under the title, what the sheet holds, and a line of air
FIRST_ROW = HEADER_ROW + 1


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table: its header, its width in digits, how its cells look, and how its header stands."""

    header: str
    width: float
    look: dict[str, Any] = field(default_factory=dict)
    head: dict[str, Any] = field(default_factory=dict)

    @property
    def room(self) -> float:
        """How many digits of its width a text has."""
        return self.width if "align" in self.look else self.width - _INDENT


CENTRE = {"align": "center"}
PERCENT = {"num_format": "0%", "align": "center"}
WHOLE = {"num_format": "0", "align": "center"}
QUIET = {"font_color": theme.QUIET, "font_size": 9}
LINK = {"font_color": theme.BLUE, "underline": 1}
_EDGE = {"bottom": 1, "bottom_color": theme.FAINT_LINE, "valign": "vcenter"}
_HEAD = {"bold": True, "font_color": theme.WHITE, "bg_color": theme.DARK_BLUE, "valign": "vcenter"}
_ROW_PADDING, LEAST_ROW, _LEAST_HEADER = 5, 18.0, 22.0
_TEXT = {"align": "left", "indent": 1}  # so that a text never touches what stands before it
_INDENT = 1.4  # digits
_EMPTY = "An empty cell means that {}."
NOT_FOR_PAPER = "This sheet is a record, not for paper: set the print area to print it"


class SheetWriter:
    """A workbook in the house's look while it is being written: its sheets, and how a table is written into one.

    `live` is False where values stand alone, without formulas.
    """

    live = True

    def __init__(self, questionnaire: Questionnaire, title: str, book: WorkbookWriter, names: Sequence[str]) -> None:
        self.questionnaire, self.title, self.book = questionnaire, title, book
        self.sheets = {name: book.sheet(name) for name in names}
        self.level_names = [level.name for level in questionnaire.levels]
        self.fills = theme.level_fills(len(self.level_names))
        self._headers: dict[tuple[str, int], float] = {}  # heights by sheet and row

    def typical(self, levels: tuple[int, int] | None) -> str:
        """A typical level in words."""
        if not levels:
            return ""
        low, high = (self.questionnaire.level_name(level) for level in levels)
        return low if low == high else f"{low} to {high}"

    def label(self, question: str) -> str:
        """A question as charts and lists show it: `Q07 Coaching style of leadership`."""
        return f"{question} {self.questionnaire.by_id[question].short}"

    def write_title(
        self, name: str, title: str, holds: str, *, empty: str = "", landscape: bool = True, paper: int = 9
    ) -> Any:
        """Title in A1, what the sheet holds in A2, what an empty cell means in A3, and the page set up.

        Gives the worksheet.
        """
        sheet = self.sheets[name]
        self.book.write_text(sheet, 0, 0, title, bold=True, font_size=16, font_color=theme.DARK_BLUE, text_wrap=False)
        self.book.write_text(sheet, 1, 0, holds, font_color=theme.QUIET, text_wrap=False)
        if empty:
            self.book.write_text(sheet, 2, 0, _EMPTY.format(empty), **QUIET, text_wrap=False, valign="top")
            sheet.set_row(2, 17)
        sheet.set_row(0, 26)
        sheet.set_row(1, 16)
        sheet.set_paper(paper)
        if landscape:
            sheet.set_landscape()
        sheet.set_margins(left=0.35, right=0.35, top=0.45, bottom=0.55)
        sheet.set_footer(footer(self.title, name))
        sheet.set_selection(0, 0, 0, 0)
        return sheet

    def write_cell(self, sheet: Any, row: int, col: int, value: Cell, **look: Any) -> None:
        """Write one cell of any kind; None and empty text give a blank cell with its look."""
        match value:
            case Formula(_, result) if not self.live:
                self.write_cell(sheet, row, col, result, **look)
            case Formula(text, result):
                sheet.write_formula(row, col, f"={text}", self.book.cell_format(**look), result)
            case Link(place, text):
                style = self.book.cell_format(**{**look, **LINK})
                sheet.write_url(row, col, f"internal:{place}", style, text)
            case date():
                sheet.write_datetime(row, col, value, self.book.cell_format(**{**DATED, **look}))
            case int() | float():
                sheet.write_number(row, col, value, self.book.cell_format(**look))
            case _:
                self.book.write_text(sheet, row, col, value or "", **look)

    def table(
        self,
        sheet: Any,
        name: str,
        columns: Sequence[Column],
        rows: Iterable[Sequence[Cell]],
        *,
        top: int = HEADER_ROW,
        left: int = 0,
        filters: bool = True,
        row_height: float | Sequence[float] | Callable[[Sequence[Cell]], float] | None = None,
        header_height: float | None = None,
    ) -> tuple[int, int]:
        """Write a real Excel table and give its first and last row (0-based, without the header).

        A table without rows gets one empty row, as Excel has no table without. Rows are as high as their
        longest text needs unless `row_height` says otherwise: for all of them, for each, or for the cells of each.
        """
        records = (rows if isinstance(rows, Rows) else [list(row) for row in rows]) or [[None] * len(columns)]
        for col, column in enumerate(columns, left):
            sheet.set_column(col, col, column.width)
        first, last = top + 1, top + len(records)
        sheet.add_table(
            top,
            left,
            first if isinstance(records, Rows) else last,
            left + len(columns) - 1,
            {
                "name": name,
                "style": None,
                "autofilter": filters,
                "columns": [
                    {
                        "header": column.header,
                        "header_format": self.book.cell_format(**{**_HEAD, **_aligned(column), **column.head}),
                    }
                    for column in columns
                ],
            },
        )
        self.book.leave_unmarked(sheet, first, left, last, left + len(columns) - 1)
        high = (_header_height(column, filters=filters) for column in columns)
        beside = self._headers.get((sheet.get_name(), top), 0)  # two tables may share the row
        self._headers[sheet.get_name(), top] = height = header_height or max(_LEAST_HEADER, beside, *high)
        sheet.set_row(top, height)
        looks = [{**_EDGE, **_aligned(column), **column.look} for column in columns]
        heights = row_height if callable(row_height) else _heights(row_height, columns)
        if isinstance(records, Rows):
            self.book.stream(sheet, name, (top, left), looks, records, heights)
            return first, last
        for row, cells in enumerate(records, first):
            for col, (look, value) in enumerate(zip(looks, cells, strict=True), left):
                self.write_cell(sheet, row, col, value, **look)
            sheet.set_row(row, heights(cells))
        return first, last

    def freeze_header(self, sheet: Any, columns: int = 1, *, top: int = HEADER_ROW) -> None:
        """Freeze the header row and some columns, and repeat the header row on every printed page."""
        sheet.freeze_panes(top + 1, columns)
        sheet.repeat_rows(top)
        sheet.fit_to_pages(1, 0)

    def print_title_only(self, sheet: Any, columns: int) -> None:
        """Print nothing but the title and what the sheet holds, which run over some columns."""
        sheet.print_area(0, 0, HEADER_ROW - 1, columns - 1)

    def block_typing(
        self,
        sheet: Any,
        first_row: int,
        first_col: int,
        last_row: int,
        last_col: int,
        message: str,
        title: str = "Calculated",
    ) -> None:
        """Refuse typing over what follows something else, and say where to type instead."""
        if self.live:
            sheet.data_validation(
                first_row,
                first_col,
                last_row,
                last_col,
                {"validate": "custom", "value": "=FALSE", "error_title": title, "error_message": message},
            )

    def colour_levels(self, sheet: Any, first_row: int, first_col: int, last_row: int, last_col: int) -> None:
        """Colour cells that hold a level's number; the number stays in the cell."""
        for level, fill in enumerate(self.fills, 1):
            sheet.conditional_format(
                first_row,
                first_col,
                last_row,
                last_col,
                {
                    "type": "cell",
                    "criteria": "==",
                    "value": level,
                    "format": self.book.rule_format(bg_color=fill, font_color=theme.text_on(fill)),
                },
            )


class ReportWriter(SheetWriter):
    """The consolidated workbook while it is being written: every sheet's module gets this.

    `withheld` names what must not be shown.
    """

    holds = "consolidated results"  # what the workbook's own title says
    withheld: frozenset[str] = frozenset()
    promise = ""  # what a copy to share says about small numbers
    number = ""  # and which copy it is
    nothing = "No valid answer to show yet."  # in the place of a chart
    follows = "This follows the sheet Answers. Correct the level there, and it changes by itself."

    def __init__(
        self,
        collation: Collation,
        sheets: Sequence[SheetSpec],
        subject: str = "Consolidated self-assessment results",
    ) -> None:
        self.collation = collation
        self.specs = {spec.name: spec for spec in sheets if spec.when(collation)}
        self.checksums = ColumnChecksums()
        questionnaire = collation.questionnaire
        title = collation.round.title or questionnaire.title
        super().__init__(
            questionnaire,
            title,
            WorkbookWriter(f"{title}: {self.holds}", subject, collation.date or questionnaire.issued),
            [*self.specs],
        )

    def write_sheets(self) -> None:
        """Write every sheet, those first that others refer to."""
        for spec in sorted(self.specs.values(), key=lambda spec: spec.turn):
            spec.write(self)

    def write_title(
        self, name: str, title: str, holds: str, *, empty: str = "", landscape: bool = True, paper: int = 9
    ) -> Any:
        """As every sheet's head; its texts enter the checksums."""
        texts = (title, holds, _EMPTY.format(empty) if empty else "")
        self.checksums[name].add(self.specs[name].checksum_of(0), texts)
        return super().write_title(name, title, holds, empty=empty, landscape=landscape, paper=paper)

    def write_checked_text(self, sheet: Any, row: int, col: int, value: Cell, **look: Any) -> None:
        """Write a cell outside of a table; its text enters the checksums, unless it is a formula."""
        if not isinstance(value, Formula):
            name = sheet.get_name()
            self.checksums[name].add(self.specs[name].checksum_of(col), [value])
        self.write_cell(sheet, row, col, value, **look)

    def add_checksums(self, sheet: str, rows: Sequence[Any], texts: Mapping[str, Callable[[Any], Any]]) -> None:
        """Take the columns of a sheet's table that nobody is meant to type into into its checksums.

        Args:
            sheet: the sheet.
            rows: what its rows are about.
            texts: for each column's header, what gives its text from one of them.
        """
        of_sheet = self.checksums[sheet]
        of_sheet.rows += len(rows)
        for column, text in texts.items():
            of_sheet.add(column, map(text, rows))
        for row in rows if of_sheet.has_digests else ():
            of_sheet.add_row(text(row) for text in texts.values())

    def user_columns(self, sheet: str) -> list[Column]:
        """The columns that people added to a sheet's table, in the workbook that is replaced."""
        carried = self.collation.carried
        heads = carried.columns.get(sheet, ()) if carried and self.live else ()
        return [Column(head, 20) for head in heads]

    def user_cells(self, sheet: str, key: Sequence[str]) -> list[Cell]:
        """What people typed into their columns beside a row."""
        carried = self.collation.carried
        if not carried or not self.live:
            return []
        cells = carried.cells.get(sheet, {}).get(tuple(key), {})
        return [cells.get(head) for head in carried.columns.get(sheet, ())]

    def content(self) -> bytes:
        """Close the workbook, with its checksums and the label of the one before, and give its bytes."""
        self.book.describe(self.checksums.properties())
        self.book.describe(self.collation.carried.labels if self.collation.carried else {})
        return self.book.content(sealed=True)

    @property
    def no_question(self) -> str:
        """What a list of questions says that has none; never that there is none where some are withheld."""
        return self.nothing if self.withheld else "No question at present."

    @property
    def teams_live(self) -> bool:
        """Whether there are few enough teams for every cell about one of them to be a formula."""
        return len(self.collation.results) <= MOST_LIVE

    def if_few(self, cell: Formula) -> Cell:
        """A formula about one team, or its value alone where there are too many teams."""
        return cell if self.teams_live else cell.value

    @cached_property
    def tallies(self) -> dict[str, Tally]:
        """Every question's tally over all teams: what the workbook shows when it is opened."""
        return self.collation.tallies()

    @cached_property
    def component_tallies(self) -> dict[str, Tally]:
        """Every component's tally over all teams, pooled over its questions."""
        return self.collation.component_tallies()

    @cached_property
    def overall(self) -> Tally:
        """All answers of all teams together."""
        first, *rest = self.component_tallies.values()
        return sum(rest, first)

    @cached_property
    def ranked(self) -> Ranked:
        """The orders of the questions over all teams."""
        return rank(self.tallies, self.collation.target)

    @property
    def target_name(self) -> str:
        """The name of the target level."""
        return self.questionnaire.level_name(self.collation.target)


# -- how a sheet declares itself ---------------------------------------------------------------------


@dataclass(frozen=True)
class TableSpec:
    """A sheet that is one table."""

    columns: Callable[[Questionnaire], Sequence[Column]]
    marker: str  # the column in which every row of ours holds something
    # What tells the rows apart, so that columns which people add stay beside theirs. None where the sheet's own module
    # carries its rows over, with whatever stands in them.
    keys: RowKeys | None
    entries: tuple[str, ...] = ()  # the columns that people are meant to type into
    takes_rows: bool = False  # rows that people add are carried over, by the sheet's own module
    added: str = ""  # how the marker begins in those, where it says anything
    rows_may_go: bool = False  # people work it off by deleting rows
    beside: Callable[[Questionnaire], Sequence[str]] = lambda _: ()  # headers of other tables of ours on the sheet
    charts: Callable[[Questionnaire], int] = lambda _: 0  # how many charts of ours stand on it
    not_always: Callable[[Questionnaire], Sequence[str]] = lambda _: ()  # headers that only some versions write
    listed: Callable[[Collation], ListedColumns] | None = None  # columns that people added to the team list
    figures: range = range(0)  # the rows above the table that hold formulas
    below: str = ""  # how the first of our own lines below the table begins; they end at an empty row


@dataclass(frozen=True)
class PageSpec:
    """A sheet of texts, figures and several tables."""

    # Of a page with so many columns each has a checksum, and what stands right of them is somebody's own.
    width: int | None = None
    calculated: bool = False  # its figures are formulas, and follow the group that is chosen on it
    charts: Callable[[Questionnaire], int] = lambda _: 0  # how many charts of ours stand on it
    ends_at: tuple[str, ...] = ()  # the texts in its first column from the first of which on people may type


def always(_: Collation) -> bool:
    """That every round has a sheet."""
    return True


@dataclass(frozen=True)
class SheetSpec:
    """All that is known about a sheet of the consolidated workbook; whoever deals with sheets loops over these.

    Writing, About's list, checksums, finding and carrying over what people typed: all work from it.
    """

    name: str
    contents: str  # what About says it holds; a sheet without is not listed there
    write: Callable[[ReportWriter], None]
    headers: tuple[str, ...]  # texts that stand in one row of it, and tell it whatever it is called by now
    body: TableSpec | PageSpec
    when: Callable[[Collation], bool] = always  # whether a round has this sheet
    newer: bool = False  # workbooks of earlier versions do not have it
    # Sheets are written in the order of their turns, and of the tabs: first what others refer to, and what takes long.
    turn: int = 2

    @property
    def optional(self) -> bool:
        """Whether there are workbooks without it."""
        return self.newer or self.when is not always

    def checksum_of(self, col: int) -> str:
        """The name of the checksum that a text outside of tables enters."""
        return column_name(col) if isinstance(self.body, PageSpec) and self.body.width else OUTSIDE_TABLE


# -- references and heights --------------------------------------------------------------------------


def span(first_row: int, col: int, last_row: int, *, sheet: str = "") -> str:
    """An absolute reference to part of a column: `=Questions!$B$5:$B$26`, without the `=`."""
    name = column_name(col)
    place = f"'{sheet}'!" if sheet else ""
    return f"{place}${name}${first_row + 1}:${name}${last_row + 1}"


def cell(row: int, col: int, *, sheet: str = "") -> str:
    """An A1 reference with an absolute column: `$B5`, or on another sheet `'To fix'!$B5`."""
    return (f"'{sheet}'!" if sheet else "") + "$" + a1(row, col)


def _aligned(column: Column) -> dict[str, Any]:
    return {"align": column.look["align"]} if "align" in column.look else _TEXT


def _header_height(column: Column, *, filters: bool) -> float:
    """How high a header is that shows its text whole; the filter's button covers the end of one that is not upright."""
    size = column.head.get("font_size", 10)
    if column.head.get("rotation"):
        lines = theme.column_pixels(column.width) // 20 if column.head.get("text_wrap", True) else 1
        return theme.narrowest(column.header, lines, size, bold=True) * theme.POINTS_PER_PIXEL + 12
    return theme.row_height(column.header, column.room - 3.0 * filters, size, bold=True, padding=8)


def _heights(given: float | Sequence[float] | None, columns: Sequence[Column]) -> Callable[[Sequence[Cell]], float]:
    """What gives the height of one row after the other."""
    if given is None:
        return RowHeights(columns)
    each = iter(given) if isinstance(given, Sequence) else repeat(given)
    return lambda _: next(each)


def row_height_of(columns: Sequence[Column], cells: Sequence[Cell], least: float = LEAST_ROW) -> float:
    """How high a row is that shows every wrapped text in it whole, in points."""
    return RowHeights(columns, least)(cells)


class RowHeights:
    """Gives the height of one row after the other, in points."""

    def __init__(self, columns: Sequence[Column], least: float = LEAST_ROW) -> None:
        self._places = places = [at for at, column in enumerate(columns) if column.look.get("text_wrap", True)]
        self._least = least
        self._columns = [_cell_heights(columns[at]) for at in places]
        # Of one place `itemgetter` gives no tuple, and of none it gives nothing: so one is there twice.
        self._cells = itemgetter(*places, *(places[:1] or [0, 0]))

    def measure_ahead(self, col: int, texts: Sequence[str]) -> None:
        """Have the heights of many texts of a column found while something else is done."""
        self._columns[self._places.index(col)].measure_ahead(texts)

    def __call__(self, cells: Sequence[Cell]) -> float:
        """How high a row is that shows every wrapped text in it whole."""
        return max(self._least, 0, *map(getitem, self._columns, self._cells(cells)))


def _cell_heights(column: Column) -> CellHeights:
    look = column.look
    return CellHeights(column.room, look.get("font_size", 10), bold=look.get("bold", False), padding=_ROW_PADDING)
