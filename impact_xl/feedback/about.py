"""How to read a pack, what is left out of it and why, and what it was made from: below its figures."""

from __future__ import annotations

import textwrap

from impact_xl import __version__
from impact_xl.feedback.pack import ALL, PackWriter
from impact_xl.results.sheet_writer import QUIET
from impact_xl.roster import NO_GROUP
from impact_xl.wording import plural
from impact_xl.xlsx import theme
from impact_xl.xlsx.cell_values import Cell

_LETTERS = 165  # in a line over the width of the page


def write(pack: PackWriter, top: int) -> int:
    """Write it from a row on; gives the row behind it."""
    sheet, row = pack.sheets[ALL], top
    for title, rows in (
        ("How to read it", _reading(pack)),
        ("Small numbers", _care(pack)),
        ("Made from", _versions(pack)),
    ):
        pack.write_cell(sheet, row, 0, title, bold=True, font_size=12, font_color=theme.DARK_BLUE, text_wrap=False)
        sheet.set_row(row, 22)
        row += 1
        for label, text in rows:
            for number, line in enumerate(textwrap.wrap(str(text), _LETTERS) or [""]):
                pack.write_cell(sheet, row, 0, "" if number else label, bold=True, font_size=9, text_wrap=False)
                pack.write_cell(sheet, row, 2, line, **QUIET, text_wrap=False)
                row += 1
        row += 1
    return row


def _reading(pack: PackWriter) -> list[tuple[str, str]]:
    target = pack.questionnaire.level_name(pack.view.target)
    return [
        ("Your level", "The level that counts for your team, with any correction agreed since your form came in."),
        (
            "Typical level",
            (
                "Half the teams are at or below it (the median, as a real level). There is no average: the levels are "
                "ordered, not measured. All teams and your group include your own answer."
            ),
        ),
        (
            "Beside typical",
            "How many levels your own is below or above the typical level; “the same” if it is at it or within it.",
        ),
        ("Teams", "How many teams gave exactly one level. Every share is a share of these."),
        (
            "At target",
            f"The share of answers at {target} or above: a level chosen for this report, not an NHS England target.",
        ),
        (
            "In words",
            "Whether teams mostly agree, vary or strongly differ, by how far answers are from the typical one.",
        ),
        (
            "Draft step",
            (
                "The next level's own statement, as something to start from. Which steps to take, and whether a higher "
                "level is worth it now, is your team's to decide."
            ),
        ),
    ]


def _care(pack: PackWriter) -> list[tuple[str, str]]:
    least = pack.view.least
    whole = (
        ""
        if pack.view.group or pack.view.team.group_name == NO_GROUP or not pack.view.grouped
        else (" No question of your group can be shown, so there is no sheet Your group.")
    )
    return [
        (
            "What is hidden",
            (
                f"A figure is shown only if at least {plural(least, 'other team')} are behind it. If a group is too "
                f"small, the next smallest is hidden with it, so that nobody can find it by subtraction.{whole}"
            ),
        ),
        (
            "No names",
            "No other team is named, and nothing that another team wrote is in this workbook. Nobody is ranked.",
        ),
        (
            "What this cannot do",
            (
                "If all teams gave the same answer, each team's answer can be seen from that. Teams that put their "
                "workbooks together know one another's answers, and can subtract them from the counts. So can somebody "
                "who compares this round with one in which other teams took part."
            ),
        ),
    ]


def _versions(pack: PackWriter) -> list[tuple[str, Cell]]:
    questionnaire, view = pack.questionnaire, pack.view
    return [
        ("Team", view.team.name),
        ("Group", view.team.group_name),
        ("Round", view.title),
        ("Dated", view.dated or "not dated"),
        ("Questionnaire", questionnaire.imprint),
        ("Program", f"impact-xl {__version__}"),
    ]
