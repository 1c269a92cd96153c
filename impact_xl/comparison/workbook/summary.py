"""Summary: one page that says who is compared, which way teams moved, and what moved clearly."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from impact_xl.comparison.moves import Move, table_of_clear_moves
from impact_xl.comparison.workbook import actions
from impact_xl.comparison.workbook.questions import (
    CLEAR_NO,
    LABEL,
    SAME_WORDS,
    TABLE,
    Bars,
    height_of,
    pairs_of_bars,
    shown_components,
)
from impact_xl.comparison.workbook.teams import FIRST_COMPONENT, count_of
from impact_xl.comparison.workbook.writer import CLEAR, FOLLOWS, SUMMARY, TEAMS, ComparisonWriter
from impact_xl.results import formulas
from impact_xl.results.expressions import choose, compare, every, join, plural_of
from impact_xl.results.sheet_writer import FIRST_ROW, PERCENT, WHOLE, Column, span
from impact_xl.round.figures import FEWEST_FOR_WORDS
from impact_xl.wording import plural
from impact_xl.xlsx import theme
from impact_xl.xlsx.cell_values import Cell, Formula
from impact_xl.xlsx.workbook_writer import clean

_WIDTHS = (36.0, *[9.5] * 8)
_LAST_COL = len(_WIDTHS) - 1
_LEAST_CLEAR, _MOST_CLEAR, _MOST_NOTES = 2, 8, 6
_PIXELS = sum(map(theme.column_pixels, _WIDTHS))
_EMPTY = "An empty cell means that too few teams are compared."
_TITLES = (18, 16, 14, 12)  # points; the largest in which the title fits


_NO_WORDS = "No question has the words of then, so nothing is added up over the questions."


class _Page:
    """The sheet from top to bottom; `row` is where the next line goes."""

    def __init__(self, writer: ComparisonWriter, sheet: Any) -> None:
        self.writer, self.sheet, self.row = writer, sheet, 2

    def line(self, value: Cell, height: float = 18, **look: Any) -> None:
        """One text over the width of the page."""
        self.writer.write_cell(self.sheet, self.row, 0, value, **{"text_wrap": False, "valign": "vcenter", **look})
        self.next(height)

    def band(self, text: str, size: float = 10, **look: Any) -> None:
        """A text that wraps over the whole width, in lines of their own."""
        for line in _wrapped(text, size):
            for col in range(1, _LAST_COL + 1):
                self.writer.write_cell(self.sheet, self.row, col, "", **look)
            self.line(line, size * 1.5, font_size=size, **look)

    def heading(self, text: str) -> None:
        """A heading with a blue line under it."""
        for col in range(_LAST_COL + 1):
            look = {"bottom": 2, "bottom_color": theme.BLUE, "bold": True, "font_size": 12}
            self.writer.write_cell(self.sheet, self.row, col, "" if col else text, **look, text_wrap=False,
                                   font_color=theme.DARK_BLUE, valign="vcenter")  # fmt: skip
        self.next(22)

    def next(self, height: float) -> None:
        self.sheet.set_row(self.row, height)
        self.row += 1


def write(writer: ComparisonWriter) -> None:
    """Write the sheet."""
    sheet = writer.sheets[SUMMARY]
    for col, width in enumerate(_WIDTHS):
        sheet.set_column(col, col, width)
    title, size = _title(writer)
    writer.write_title(SUMMARY, title, _holds(writer), landscape=False)
    writer.write_cell(sheet, 0, 0, title, bold=True, font_size=size, font_color=theme.DARK_BLUE, text_wrap=False)
    page = _Page(writer, sheet)
    for note in _banner(writer):
        page.band(note, 9, bg_color=theme.PALE)
    page.next(6)
    for sentence in _headline(writer):
        page.line(sentence, 24, bold=True, font_size=13)
    page.next(6)
    _write_clear_moves(page)
    page.next(8)
    _write_components(page)
    page.next(8)
    _write_actions(page)
    _write_chart(page)
    writer.block_typing(sheet, 2, 0, page.row - 1, _LAST_COL, FOLLOWS)
    sheet.print_area(0, 0, page.row, _LAST_COL)
    sheet.fit_to_pages(1, 0)
    sheet.set_first_sheet()
    sheet.activate()


def _title(writer: ComparisonWriter) -> tuple[str, int]:
    before, after = writer.comparison.before, writer.comparison.after
    title = f"{before.title} and {after.title}: the same teams, then and now"
    sizes = (size for size in _TITLES if theme.text_pixels(title, size, bold=True) <= _PIXELS)
    return next(((title, size) for size in sizes), ("The same teams, then and now", _TITLES[0]))  # the names are below


def _holds(writer: ComparisonWriter) -> str:
    names = _names(writer)
    what = " ".join(names) if _fit(names) else "Two rounds side by side."  # then the banner has the names
    return f"{what} {_EMPTY}"


def _names(writer: ComparisonWriter) -> tuple[str, str]:
    before, after = writer.comparison.before, writer.comparison.after
    return f"Then: {before.name}.", f"Now: {after.name}."


def _fit(names: tuple[str, str]) -> bool:
    return theme.text_pixels(" ".join((*names, _EMPTY)), 10) <= _PIXELS


def _banner(writer: ComparisonWriter) -> Iterator[str]:
    """What is compared, before any figure."""
    if not _fit(names := _names(writer)):
        yield from names
    comparison = writer.comparison
    teams, of_then, of_now = (
        len(comparison.compared), len(comparison.before.collation.answering), len(comparison.after.collation.answering)
    )  # fmt: skip
    questions = len(comparison.questions.pairs)
    left = len(comparison.not_compared)
    more = f" {plural(left, 'team is', 'teams are')} not: see Not compared." if left else ""
    yield (
        f"Compared: {plural(teams, 'team')}, of {of_then} that answered then and {of_now} now, on "
        f"{plural(questions, 'question')}.{more}"
    )
    yield from comparison.notes[:_MOST_NOTES]
    if len(comparison.notes) > _MOST_NOTES:
        yield f"And {len(comparison.notes) - _MOST_NOTES} more to know: see About."


def _wrapped(text: str, size: float) -> Iterator[str]:
    """A text in lines as wide as the page."""
    line = ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if line and theme.text_pixels(longer, size) > _PIXELS - 10:
            yield line
            longer = word
        line = longer
    yield line


def _headline(writer: ComparisonWriter) -> Iterator[Formula]:
    """Which way the teams went, and on how many questions clearly."""
    if not writer.comparison.counting:
        yield Formula(formulas.text(_NO_WORDS), _NO_WORDS)
        return
    lead = writer.comparison.lead
    up, same, down = (count_of(move, getattr(lead, move.value)) for move in (Move.UP, Move.SAME, Move.DOWN))
    yield join(up, plural_of(up, " team"), " moved up on more questions than down, ", down, " the other way, ", same,
               " equally.")  # fmt: skip
    clear = [writer.comparison.clear(pair.after.id) for pair in writer.comparison.questions.pairs]
    ups, downs = (
        Formula(f'COUNTIF({TABLE}[Clear move],"{CLEAR[move]}")', clear.count(move)) for move in (Move.UP, Move.DOWN)
    )
    yield choose(
        (every(compare(ups, "=", 0), compare(downs, "=", 0)),
         "On no question did teams clearly move one way."),
        otherwise=join("Clear moves: ", ups, plural_of(ups, " question"), " up, ", downs, " down."),
    )  # fmt: skip


def _write_clear_moves(page: _Page) -> None:
    writer = page.writer
    comparison = writer.comparison
    if not comparison.counting:
        return
    page.heading("Clear moves")
    page.band(_chance(writer), 9, font_color=theme.QUIET)
    clear = [pair.after.id for pair in comparison.questions.pairs if comparison.clear(pair.after.id)]
    least, _ = table_of_clear_moves(0, comparison.counting)[0]
    lines = min(len(comparison.questions.pairs), max(_LEAST_CLEAR, min(_MOST_CLEAR, len(clear))))
    for place in range(1, lines + 1) if len(comparison.compared) >= least else ():
        page.line(_clear_line(writer, place, clear), 17)
    rest = Formula(f"(MAX(0,COUNT({TABLE}[{CLEAR_NO}])-{lines}))", max(0, len(clear) - lines))
    page.line(choose((compare(rest, ">", 0), join("And ", rest, " more: see Questions.")), otherwise=""), 17)


def _chance(writer: ComparisonWriter) -> str:
    """The one line on chance."""
    comparison = writer.comparison
    teams = len(comparison.compared)
    (least, same_way), *_ = table_of_clear_moves(teams, comparison.counting)
    if teams < least:
        return (
            f"With {plural(teams, 'team')} no move can be more than chance: at least {least} would have to move, "
            f"{same_way} of them the same way."
        )
    return (
        "Chance alone shows a clear move in at most 1 round of 20. A clear move needs at least "
        f"{least} teams that moved, {same_way} of them the same way (table on About)."
    )


def _clear_line(writer: ComparisonWriter, place: int, clear: Sequence[str]) -> Formula:
    """The clear move of this place in question order; nothing where there are fewer."""
    comparison = writer.comparison
    question = clear[place - 1] if place <= len(clear) else ""
    moves = comparison.moves[question] if question else None
    found = f"MATCH({place},{TABLE}[{CLEAR_NO}],0)"

    def of(head: str, value: Any) -> Formula:
        return Formula(f"INDEX({TABLE}[{head}],{found})", value)

    words = CLEAR[comparison.clear(question)] if question else ""
    line = join(
        of("Clear move", words),
        ": ",
        of(LABEL, clean(writer.label(question)) if question else ""),
        ", ",
        of("Up", moves.up if moves else 0),
        " up and ",
        of("Down", moves.down if moves else 0),
        " down, of ",
        of("Pairs", moves.pairs if moves else 0),
        " teams",
    )
    return Formula(f'IFERROR({line.text},"")', line.value if question else "")


def _write_components(page: _Page) -> None:
    """How the teams moved on each component, and all its pairs together."""
    writer = page.writer
    page.heading("By component")
    heads = ("Component", "Teams more up", "Equally", "Teams more down", "Pairs up", "Same", "Down",
             "At target then", "At target now")  # fmt: skip
    looks: list[dict[str, Any]] = [{"bold": True}, *[WHOLE] * 6, PERCENT, PERCENT]
    columns = [
        Column(head, width, look, {"font_size": 9}) for head, width, look in zip(heads, _WIDTHS, looks, strict=True)
    ]
    rows = [[*_component(writer, place)] for place in range(len(shown_components(writer)))]
    _, last = writer.table(page.sheet, "Components", columns, rows, top=page.row, filters=False, header_height=30)
    page.row = last + 1


def _component(writer: ComparisonWriter, place: int) -> Iterator[Cell]:
    comparison = writer.comparison
    component = shown_components(writer)[place]
    lead = [each.more for each in comparison.balances_on(component.questions)]
    moves = comparison.component_moves(component)
    balances = span(FIRST_ROW, FIRST_COMPONENT + place, FIRST_ROW + len(comparison.compared) - 1, sheet=TEAMS)
    of = f"Pairs[Component],{formulas.text(component.id)},Pairs[Words],{SAME_WORDS}"
    yield component.short
    for sign, move in ((">", Move.UP), ("=", Move.SAME), ("<", Move.DOWN)):
        yield Formula(f'COUNTIF({balances},"{sign}0")', lead.count(move))
    for move in Move:
        yield Formula(f'COUNTIFS({of},Pairs[Moved],"{move}")', getattr(moves, move.value))
    pairs = f'COUNTIFS({of},Pairs[Then],">0",Pairs[Now],">0")'
    for column, other, distribution in (("Then", "Now", moves.before), ("Now", "Then", moves.after)):
        reached = f'COUNTIFS({of},Pairs[{column}],">={comparison.target}",Pairs[{other}],">0")'
        share = distribution.share_at_least(comparison.target)
        is_shown = share is not None and moves.pairs >= FEWEST_FOR_WORDS
        yield Formula(
            f'IF({pairs}<{FEWEST_FOR_WORDS},"",{reached}/{pairs})', share if is_shown and share is not None else ""
        )


def _write_actions(page: _Page) -> None:
    sentences = actions.sentences(page.writer.comparison)
    if not sentences:
        return
    page.heading("Last round's actions")
    for sentence in sentences:
        page.line(sentence)
    page.line("What was lowest rises by chance alone, so read these numbers together.", 16, font_size=9,
              font_color=theme.QUIET)  # fmt: skip
    page.next(8)


def _write_chart(page: _Page) -> None:
    """A pair of bars for each component."""
    writer = page.writer
    parts = shown_components(writer)
    if not parts:
        return
    page.heading("The same teams' answers, now above then")
    chart = pairs_of_bars(writer, Bars(writer).components, len(parts), 10)
    height = height_of(len(parts), 62)
    chart.set_size({"width": _PIXELS, "height": height - 6})
    moved = "; ".join(
        f"{part.short}: {moves.up} up, {moves.down} down of {moves.pairs}"
        for part, moves in ((part, writer.comparison.component_moves(part)) for part in parts)
    )
    description = (
        "Pairs of 100% stacked bars: the share of the same teams' answers at each level, now above then, for each "
        f"component. {moved}. The numbers are on the sheet Questions."
    )
    page.sheet.insert_chart(page.row, 0, chart,
                            {"description": clean(description), "object_position": 1, "y_offset": 3})  # fmt: skip
    for _ in range(round(height / 20)):
        page.next(height * theme.POINTS_PER_PIXEL / round(height / 20))
