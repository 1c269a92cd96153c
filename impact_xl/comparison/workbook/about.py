"""About: what is where, how to read each figure, when a move is called clear, and what this was made from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from impact_xl import __version__
from impact_xl.comparison.moves import table_of_clear_moves
from impact_xl.comparison.workbook.writer import ABOUT, ComparisonWriter, Stack
from impact_xl.results.sheet_writer import span
from impact_xl.xlsx import theme
from impact_xl.xlsx.cell_values import Cell, Link

_WIDTHS = (34.0, 92.0, 66.0)
_BOLD: Sequence[dict[str, Any]] = ({"bold": True},)
_NUMBER: dict[str, Any] = {"align": "left", "indent": 1}


def write(writer: ComparisonWriter, contents: Sequence[tuple[str, str]]) -> None:
    """Write the sheet, and the name that formulas elsewhere use for its list of levels.

    Args:
        writer: the workbook.
        contents: the name of each sheet, and what it holds.
    """
    sheet = writer.write_title(
        ABOUT, "About", "What is in this workbook, how to read it, and what it was made from.",
        empty="there is nothing to say",
    )  # fmt: skip
    page = Stack(writer, sheet, _WIDTHS)
    page.heading("What is where")
    links: list[list[Cell]] = [[Link(f"'{_quoted(name)}'!A1", name), text] for name, text in contents]
    page.table("Contents", ("Sheet", "What it holds"), links)
    page.heading("Levels")
    levels: list[list[Cell]] = [[level.name, level.number] for level in writer.questionnaire.levels]
    first, last = page.table("LevelKey", ("Level", "Number"), levels, ({"bold": True}, _NUMBER))
    for row, (name, fill) in enumerate(zip(writer.level_names, writer.fills, strict=True), first):
        look = {"bold": True, "bg_color": fill, "font_color": theme.text_on(fill)}
        writer.write_cell(sheet, row, 0, name, **look, valign="vcenter", align="left", indent=1)
    writer.book.define("LevelNames", f"={span(first, 0, last, sheet=ABOUT)}")
    page.heading("How to read the figures")
    page.table("Figures", ("Figure", "What it says"), [list(row) for row in _figures(writer)], _BOLD)
    if writer.live:
        _write_clear_moves(page)
    page.heading("Made from")
    page.table("MadeFrom", ("What", "Then", "Now"), [*_made_from(writer)], _BOLD)
    if notes := writer.notes:
        page.heading("To know before comparing")
        page.table("Notes", ("Number", "Note"), [[number, note] for number, note in enumerate(notes, 1)],
                   ({"align": "left", "indent": 1},))  # fmt: skip
    sheet.fit_to_pages(1, 0)


def _quoted(name: str) -> str:
    return name.replace("'", "''")


def _write_clear_moves(page: Stack) -> None:
    """The table of whole numbers that the column Clear move looks into."""
    comparison = page.writer.comparison
    page.heading(f"When a move is called clear, with {comparison.counting} questions looked at together")
    rows = table_of_clear_moves(len(comparison.compared), comparison.counting)
    looks = ({"align": "left", "indent": 1, "bold": True}, {"align": "left", "indent": 1})
    page.table("ClearMoves", ("Teams that moved", "The same way"), [list(row) for row in rows], looks)


def _figures(writer: ComparisonWriter) -> list[tuple[str, str]]:
    """What each figure says, with this comparison's own words in the place of the fields."""
    names = writer.level_names
    fields = {
        "at_target": writer.at_target,
        "target": writer.target_name,
        "questions": str(writer.comparison.counting),
        "highest": names[-1],
        "lowest": names[0],
    }
    return [(figure, text.format_map(fields)) for figure, text in _FIGURES.items()]


_FIGURES = {
    "Pairs": "Teams with a valid answer to the question in both rounds. Only they are compared, and every "
    "figure shows their number.",
    "Up, same, down": "How many of these teams chose a higher level than then, the same, or a lower one. By how many "
    "levels does not matter: the levels are ordered, not measured.",
    "Net": "Up less down, of all pairs: +1 where all went up, -1 where all went down.",
    "Clear move": "So many teams moved the same way that chance alone would hardly do it. If nothing had changed, a "
    "team that answers differently would go up or down with equal chance. The test is the exact sign test, with 5% "
    "shared between {questions} questions. So chance alone shows a clear move in at most 1 round of 20. Without a "
    "clear move something may still have changed: few teams can hardly show it.",
    "Typical level": "Half of these teams are at or below it.",
    "At target": "The share of these teams {at_target}. {target} is a level chosen for this report, not an NHS England "
    "target. The later round's target is used for both.",
    "Reached, fell": "Teams that came to the target level from below, and teams that fell below it.",
    "Agreement": "1 means that these teams chose the same level, 0 that half are at each end.",
    "Remark": "Where the words of a question changed, a move may come from the words. It is shown, and enters no sum, "
    "component or clear move.",
    "Why the same teams": "If weak teams do not answer, the rest looks better although nobody moved.",
    "When levels fell": "A lower level may also mean a stricter eye: people who learn more judge more strictly.",
    "When the lowest rose": "What was lowest rises, and what was highest falls, by chance alone. So the actions are "
    "compared with teams that were at the same level and named no action.",
    "The ends": "Teams at {highest} then could not rise, and teams at {lowest} could not fall.",
    "Last time's answer": "Where forms showed the answer of last time, people lean towards it. Compare with care.",
}


def _made_from(writer: ComparisonWriter) -> Sequence[Sequence[Cell]]:
    comparison = writer.comparison
    sides = comparison.before, comparison.after
    files = ("Workbook", *(side.path.name for side in sides)), ("Its SHA-256", *(side.sha256 for side in sides))

    def row(head: str, *cells: Cell) -> Sequence[Cell]:
        return head, *cells

    return [
        row("Round", *(side.title for side in sides)),
        row("Dated", *(side.dated for side in sides)),
        *(files if writer.live else ()),
        row("Teams", *(len(side.collation.results) for side in sides)),
        row("Teams that answered", *(len(side.collation.answering) for side in sides)),
        row("Levels changed by hand", *(side.corrections for side in sides)),
        row("Questions", *(len(side.questions) for side in sides)),
        row("Program", f"impact-xl {__version__}", ""),
    ]
