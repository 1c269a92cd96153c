"""How to read a pack, what is left out of it and why, and what it was made from."""

from __future__ import annotations

from impact_xl import __version__
from impact_xl.feedback.pack import ABOUT, PackWriter
from impact_xl.results.sheet_writer import HEADER_ROW, Column
from impact_xl.roster import NO_GROUP
from impact_xl.wording import plural
from impact_xl.xlsx.cell_values import Cell


def write(pack: PackWriter) -> None:
    """Write the sheet About."""
    sheet = pack.write_title(
        ABOUT,
        "About",
        "How to read this workbook, what is left out of it and why, and what it was made from.",
        landscape=False,
    )
    row = HEADER_ROW
    for name, heads, rows in (
        ("Figures", ("Figure", "What it says"), _reading(pack)),
        ("Small numbers", ("Small numbers", "What is done about them"), _care(pack)),
        ("Made from", ("What", "Which"), _versions(pack)),
    ):
        columns = [Column(heads[0], 30, {"bold": True}), Column(heads[1], 105)]
        _, last = pack.table(sheet, name.replace(" ", ""), columns, rows, top=row, filters=False)
        row = last + 3
    sheet.fit_to_pages(1, 0)


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
