"""A copy for board papers: no team is named, no free text, small numbers withheld, values instead of formulas.

What may be shown is decided as for the teams' own packs, so that both together tell no more than each: totals are made
of the questions that are shown. There are no formulas, so nothing behind a number can tell more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

from impact_xl.files.safe_write import check_place, write_file
from impact_xl.findings import ImpactError
from impact_xl.results import components, how_done, level_key, questions, summary
from impact_xl.results.questions import UPRIGHT, Places, figure_cells, figure_columns
from impact_xl.results.sheet_writer import CENTRE, FIRST_ROW, WHOLE, Column, ReportWriter
from impact_xl.round.collation import Collation
from impact_xl.round.disclosure import MINIMUM_GROUP, Respondent, Shown, decide
from impact_xl.round.figures import Distribution, Tally
from impact_xl.wording import plural
from impact_xl.xlsx import theme
from impact_xl.xlsx.cell_values import Cell
from impact_xl.xlsx.package_inspect import Parts
from impact_xl.xlsx.workbook_writer import written_as

_SUBJECT = "Self-assessment results to share"
# Properties of the document: which copy it is, and digits of what stands in it. They are made of what is shown alone.
_NUMBER, _CONTENT, _LETTERS = "Copy", "Content", 16
GROUPS = "Groups"
TOO_FEW = "Too few teams to show."


def check(path: Path, consolidated: Path) -> None:
    """Find out before the work whether the copy could be written there.

    Raises:
        ImpactError: it could not, or something stands there that is no such copy.
    """
    check_place(path, "board copy")
    if path.absolute() == consolidated.absolute():
        raise ImpactError(f"The board copy cannot be the consolidated workbook itself: {path}", _ELSEWHERE)
    if path.exists() and not written_as(path, _SUBJECT):
        raise ImpactError(
            f"The board copy was not written: {path} is already there, and it is not a board copy of this program",
            _ELSEWHERE,
        )


_ELSEWHERE = "Choose another place with --share."


def anything_to_show(collation: Collation, minimum_group: int = MINIMUM_GROUP) -> bool:
    """Whether enough teams answered for any figure to stand in the copy."""
    return bool(_decide(collation, minimum_group).everybody)


def _decide(collation: Collation, least: int) -> Shown:
    """What may be shown of a round."""
    questionnaire = collation.questionnaire
    levels, own = len(questionnaire.levels), questionnaire.levels_of
    return decide(_respondents(collation), questionnaire.by_id, levels, least, own)


def write(collation: Collation, path: str | Path, *, minimum_group: int = MINIMUM_GROUP) -> Path:
    """Write the copy to share.

    Args:
        minimum_group: figures that fewer other teams than this stand behind are withheld.

    Raises:
        ImpactError: the place cannot be written.
    """
    target = Path(path)
    write_file(target, renew(collation, target, minimum_group=minimum_group), what="board copy")
    return target


def renew(collation: Collation, path: Path, *, minimum_group: int = MINIMUM_GROUP) -> bytes:
    """The bytes of the copy to share that replaces the one at a path, if there is one.

    It keeps that one's sensitivity label. Its number is the next one where its content differs, else the same.
    """
    package = Parts(path)
    content = sha256(build(collation, minimum_group=minimum_group)).hexdigest()[:_LETTERS]
    before = package.properties.get(_NUMBER, "")
    number = int(before) if before.isdecimal() else 1
    if path.exists() and package.properties.get(_CONTENT) != content:
        number += 1
    kept = {**package.labels, _NUMBER: str(number), _CONTENT: content}
    return build(collation, minimum_group=minimum_group, labels=kept, number=number)


def build(
    collation: Collation,
    *,
    minimum_group: int = MINIMUM_GROUP,
    labels: Mapping[str, str] | None = None,
    number: int = 0,
) -> bytes:
    """The bytes of the copy to share; what is the same gives the same.

    Args:
        collation: the round.
        minimum_group: figures that fewer other teams than this stand behind are withheld.
        labels: properties of the document, such as those of a sensitivity label.
        number: which copy it says that it is; none where 0.
    """
    report = _Shared(collation, minimum_group)
    report.number = f" Copy {number}." if number else ""
    report.write_sheets()
    report.book.describe(labels or {})
    return report.book.content()


class _Shared(ReportWriter):
    """The report as others may see it."""

    live = False
    nothing = TOO_FEW

    def __init__(self, collation: Collation, least: int) -> None:
        self.shown = _decide(collation, least)
        self.groups = _shown_groups(collation, self.shown)
        parts = replace(components.SHEET, write=lambda _: _write_components(self))
        sheets = (summary.SHEET, parts, questions.SHEET, how_done.SHEET)
        super().__init__(collation, sheets, subject=_SUBJECT)
        self.withheld = self._withheld()
        self.promise = f"Figures from fewer than {least + 1} teams are hidden, and are in no total."

    def _withheld(self) -> frozenset[str]:
        """The questions of which somebody said something that cannot be shown, and components without any other."""
        tallies = self.collation.tallies()
        hidden = {
            each
            for each in self.questionnaire.by_id
            if tallies[each].distribution.n and each not in self.shown.everybody
        }
        return frozenset(hidden) | {
            component.id
            for component in self.questionnaire.components
            if hidden.issuperset(question.id for question in component.questions)
        }

    @cached_property
    def tallies(self) -> dict[str, Tally]:
        """Every question's tally; nothing where it is withheld."""
        tallies = self.collation.tallies()
        return {key: self.none_at_all if key in self.withheld else tally for key, tally in tallies.items()}

    @cached_property
    def component_tallies(self) -> dict[str, Tally]:
        """Every component's tally, pooled over the questions that are shown."""
        return {
            component.id: sum((self.tallies[question.id] for question in component.questions), self.none_at_all)
            for component in self.questionnaire.components
        }

    @property
    def none_at_all(self) -> Tally:
        """The tally of no answer at all."""
        return Tally(Distribution((0,) * len(self.level_names)))


def _respondents(collation: Collation) -> Iterator[Respondent]:
    for result in collation.answering:
        yield Respondent(result.team.id, result.team.group_name, result.levels)


def _shown_groups(collation: Collation, shown: Shown) -> list[str]:
    """The groups of which something may be shown in every component that has anything to show."""
    components = [
        questions
        for component in collation.questionnaire.components
        if (questions := {question.id for question in component.questions} & shown.everybody.keys())
    ]
    return [
        group
        for group in collation.groups
        if components and all(questions & shown.group(group).keys() for questions in components)
    ]


def _write_components(report: _Shared) -> None:
    """The components; below them the same in each group, and what the levels mean: one page to lay beside Summary."""
    components.write(report)
    sheet = report.sheets[components.COMPONENTS]
    printed = components.columns(report.questionnaire)[: components.label_column(report.questionnaire)]
    row = FIRST_ROW + len(report.questionnaire.components) + 1
    if len(report.collation.groups) > 1:
        row = _write_groups(report, sheet, row)
    last = _write_levels(report, sheet, row, sum(theme.column_pixels(column.width) for column in printed[3:]))
    sheet.set_column(_GROUP, _GROUP, _GROUP_WIDTH)
    sheet.print_area(0, 0, last, len(printed) - 1)
    sheet.fit_to_pages(1, 1 if last - FIRST_ROW <= _MOST_ROWS else 0)


_GROUP, _GROUP_WIDTH = 2, 27.0  # the column with the groups' names
_MOST_ROWS = 60  # on one page
_TITLE = {"bold": True, "font_size": 13, "font_color": theme.DARK_BLUE, "text_wrap": False, "valign": "vcenter"}


def _heading(report: _Shared, sheet: Any, row: int, title: str, under: str) -> int:
    """A heading with a line under it; gives the next row."""
    report.write_cell(sheet, row, 0, title, **_TITLE)
    sheet.set_row(row, 22)
    report.write_cell(sheet, row + 1, 0, under, font_size=9, font_color=theme.QUIET, text_wrap=False)
    return row + 2


def _write_groups(report: _Shared, sheet: Any, row: int) -> int:
    """One row per component and group, in the columns of Components; groups that are withheld are not named."""
    left = len(report.collation.groups) - len(report.groups)
    under = f"{TOO_FEW} {plural(left, 'group')} cannot be shown, so that no team can be recognised." if left else ""
    over = "Over the questions that are shown of each group." if report.groups else ""
    top = _heading(report, sheet, row, GROUPS, " ".join(filter(None, (over, under))))
    if not report.groups:
        return top + 1
    columns = [
        Column("Ref", 6, CENTRE),
        Column("Component", 29, {"bold": True}),
        Column("Group", _GROUP_WIDTH, {"bold": True}),
        *figure_columns(report.questionnaire),
        Column("Teams", 5.6, WHOLE, UPRIGHT),
    ]
    places = Places(len(report.level_names), components.BEFORE)
    rows = (list(each) for each in _group_rows(report, places))
    _, last = report.table(sheet, GROUPS, columns, rows, top=top, filters=False)
    return last + 2


def _write_levels(report: _Shared, sheet: Any, row: int, pixels: float) -> int:
    """What each level means, in lines beside its name; gives the last row."""
    row = _heading(report, sheet, row, "Levels", level_key.note(report))
    look = {"text_wrap": False, "valign": "vcenter"}
    for name, fill, meaning in zip(report.level_names, report.fills, level_key.meanings(report), strict=True):
        ink = theme.text_on(fill)
        report.write_cell(sheet, row, 1, name, bold=True, bg_color=fill, font_color=ink, indent=1, **look)
        for line in theme.wrapped(meaning, pixels, _FONT):
            report.write_cell(sheet, row, _GROUP, line, font_size=_FONT, indent=1, **look)
            sheet.set_row(row, 13)
            row += 1
    return row - 1


_FONT = 9  # points


def _group_rows(report: _Shared, places: Places) -> Iterator[Iterator[Cell]]:
    shown = {group: report.shown.group(group) for group in report.groups}
    tallies = {group: report.collation.tallies(group) for group in report.groups}
    for component in report.questionnaire.components:
        for group in report.groups if component.id not in report.withheld else ():
            questions = [question.id for question in component.questions if question.id in shown[group]]
            pooled = sum((tallies[group][question] for question in questions), report.none_at_all)
            figures = figure_cells(report, places, FIRST_ROW, lambda _: "", pooled, "", "")
            yield iter((component.id, component.short, group, *figures, _teams_behind(report, questions, group)))


def _teams_behind(report: _Shared, questions: Sequence[str], group: str) -> int:
    """How many teams of a group gave a valid answer to any of some questions."""
    return sum(
        each.group == group and any(question in each.levels for question in questions)
        for each in _respondents(report.collation)
    )
