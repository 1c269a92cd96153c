"""A copy for board papers: no team is named, no free text, small numbers withheld, values instead of formulas.

Who reads it may be one of the teams and know its own answers, so behind every figure stand enough teams *besides* the
reader's. What is withheld must not come out by subtraction either: where one set is withheld, the next smallest goes
with it until the withheld sets together hold enough teams. There are no formulas, so nothing behind a number can tell
more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from impact_xl.book import check_place, put, written_as
from impact_xl.cells import Cell
from impact_xl.collation import Collation
from impact_xl.figures import Distribution, Tally
from impact_xl.findings import ImpactError, plural
from impact_xl.results import components, questions, summary
from impact_xl.results.questions import Places, figure_cells, figure_columns
from impact_xl.results.report import CENTRE, COMPONENTS, FIRST_ROW, QUESTIONS, SUMMARY, WHOLE, Column, Report

MINIMUM_GROUP = 5
_SUBJECT = "Self-assessment results to share"
GROUPS = "Groups"

Teams = Mapping[str, frozenset[str]]  # who stands behind each figure: ids of teams by question, component or group


def check(path: Path, consolidated: Path) -> None:
    """Find out before the work whether the copy could be written there.

    Raises:
        ImpactError: it could not, or something stands there that is no such copy.
    """
    check_place(path, "copy to share")
    if path.absolute() == consolidated.absolute():
        raise ImpactError(f"The copy to share cannot be the consolidated workbook itself: {path}", _ELSEWHERE)
    if path.exists() and not written_as(path, _SUBJECT):
        raise ImpactError(
            f"The copy to share was not written: {path} is already there, and it is no such copy of this program",
            _ELSEWHERE,
        )


_ELSEWHERE = "Choose another place with --share."


def write(collation: Collation, path: str | Path, *, minimum_group: int = MINIMUM_GROUP) -> Path:
    """Write the copy to share.

    Args:
        minimum_group: figures that fewer teams than this stand behind, besides a reader's own, are withheld.

    Raises:
        ImpactError: the place cannot be written.
    """
    target = Path(path)
    put(target, build(collation, minimum_group=minimum_group), what="copy to share")
    return target


def build(collation: Collation, *, minimum_group: int = MINIMUM_GROUP) -> bytes:
    """The bytes of the copy to share; the same collation gives the same bytes."""
    report = _Shared(collation, minimum_group)
    components.write(report)
    questions.write(report)
    if report.groups:
        _groups(report)
    summary.write(report)
    return report.book.content()


def withheld(teams: Teams, least: int, order: Sequence[str] = ()) -> frozenset[str]:
    """What must not be shown: every set of fewer teams than `least`, and the next smallest with it.

    Goes on until more than one is withheld and the teams behind them together reach `least`, so that none comes out by
    subtraction. A set without any team has nothing to hide.

    Args:
        teams: who stands behind each set.
        least: how many teams a set that is shown has.
        order: the sets in the order in which they go with a small one; the smallest first unless given.

    >>> sizes = {"A": 12, "B": 7, "C": 3}
    >>> sorted(withheld({name: frozenset(f"{name}{n}" for n in range(size)) for name, size in sizes.items()}, 5))
    ['B', 'C']
    """
    waiting = [name for name in order or sorted(teams, key=lambda name: len(teams[name])) if teams[name]]
    hidden = [name for name in waiting if len(teams[name]) < least]
    for name in [name for name in waiting if name not in hidden] if hidden else ():
        together = frozenset[str]().union(*(teams[each] for each in hidden))
        if len(hidden) > 1 and len(together) >= least:
            break
        hidden.append(name)
    return frozenset(hidden)


class _Shared(Report):
    """The report as others may see it."""

    live = False
    nothing = "Withheld, as too few teams stand behind it."

    def __init__(self, collation: Collation, others: int) -> None:
        self.least = least = others + 1  # a reader's own team
        self._answered = {
            result.team.id: {question for question, answer in result.answers.items() if answer.level}
            for result in collation.results
        }
        self.groups = _shown_groups(collation, self._answered, least)
        super().__init__(
            collation, (SUMMARY, COMPONENTS, QUESTIONS, *([GROUPS] if self.groups else ())), subject=_SUBJECT
        )
        self.withheld = self._withheld()
        self.promise = f"Behind every figure stand {others} teams or more besides a reader's own."

    def _behind(self, asked: set[str]) -> frozenset[str]:
        """The teams that gave a valid answer to any of some questions."""
        return frozenset(team for team, answered in self._answered.items() if answered & asked)

    def teams_behind(self, asked: set[str], group: str) -> int:
        """How many teams of a group gave a valid answer to any of some questions."""
        behind = self._behind(asked)
        return sum(result.team.id in behind and result.team.group_name == group for result in self.collation.results)

    def _withheld(self) -> frozenset[str]:
        parts = self.asked.components
        hidden = set(
            withheld(
                {each.id: self._behind({question.id for question in each.questions}) for each in parts}, self.least
            )
        )
        for each in parts:
            own = {question.id: self._behind({question.id}) for question in each.questions}
            hidden |= own.keys() if each.id in hidden else withheld(own, self.least)
        return frozenset(hidden)

    @cached_property
    def tallies(self) -> dict[str, Tally]:
        """Every question's tally; nothing where it is withheld."""
        return {key: self._shown(key, tally) for key, tally in self.collation.tallies().items()}

    @cached_property
    def component_tallies(self) -> dict[str, Tally]:
        """Every component's tally; nothing where it is withheld."""
        return {key: self._shown(key, tally) for key, tally in self.collation.component_tallies().items()}

    @cached_property
    def overall(self) -> Tally:
        """All answers together, where enough teams stand behind them."""
        first, *rest = self.collation.component_tallies().values()
        everybody = self._behind({question.id for question in self.asked.questions})
        return sum(rest, first) if len(everybody) >= self.least else self._nothing

    def _shown(self, key: str, tally: Tally) -> Tally:
        return self._nothing if key in self.withheld else tally

    @property
    def _nothing(self) -> Tally:
        return Tally(Distribution((0,) * len(self.level_names)))


def _shown_groups(collation: Collation, answered: Mapping[str, set[str]], least: int) -> list[str]:
    """The groups whose figures may be shown in every component."""
    hidden: set[str] = set()
    for component in collation.questionnaire.components:
        asked = {question.id for question in component.questions}
        behind = {
            group: frozenset(
                result.team.id
                for result in collation.results
                if result.team.group_name == group and answered[result.team.id] & asked
            )
            for group in collation.groups
        }
        hidden |= withheld(behind, least) | {group for group, teams in behind.items() if not teams}
    return [group for group in collation.groups if group not in hidden] if len(collation.groups) > 1 else []


def _groups(report: _Shared) -> None:
    """One row per group and component, in the columns of Components; groups that are withheld are not named."""
    left = len(report.collation.groups) - len(report.groups)
    sheet = report.head(
        GROUPS,
        GROUPS,
        "The components in each group that is large enough to be shown."
        + (f" {plural(left, 'group')} cannot be shown, so that no team can be recognised." if left else ""),
    )
    columns = [
        Column("Ref", 7, CENTRE),
        Column("Component", 27, {"bold": True}),
        Column("Group", 27, {"bold": True}),
        Column("Teams", 10, WHOLE),
        *figure_columns(report.asked),
    ]
    places = Places(len(report.level_names), before=4)
    report.table(sheet, "Groups", columns, (list(row) for row in _group_rows(report, places)), header_height=48)
    report.frozen(sheet, 3)


def _group_rows(report: _Shared, places: Places) -> Iterator[Iterator[Cell]]:
    tallies = {group: report.collation.component_tallies(group) for group in report.groups}
    for component in report.asked.components:
        asked = {question.id for question in component.questions}
        for group in report.groups if component.id not in report.withheld else ():
            figures = figure_cells(report, places, FIRST_ROW, ("", ""), tallies[group][component.id], "", "")
            yield iter((component.id, component.short, group, report.teams_behind(asked, group), *figures))
