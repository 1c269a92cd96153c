"""Which row of the round a row of the workbook that is replaced belongs to."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from impact_xl.findings import Finding, Where, found
from impact_xl.questionnaire import normalise
from impact_xl.round.collation import Collation
from impact_xl.round.record import Return, TeamResult
from impact_xl.round.stored_sheets import place_in, row_text
from impact_xl.round.stored_workbook import Stored
from impact_xl.xlsx.cell_values import Cell, cell_text

Key = tuple[str, ...]  # what tells a row of a sheet from the others
ListedColumns = Mapping[str, Mapping[Key, Cell]]  # columns that people added to a list: cells by header and row
StoredRow = Mapping[str, Any]  # a row as it was read back, by header


@dataclass(frozen=True)
class Clash:
    """An id and a name that stand in one row and lead to two teams."""

    team_id: str
    by_id: str  # the name of the team that has the id now
    name: str

    def __str__(self) -> str:
        return f"the id “{self.team_id}” is {self.by_id}'s now, and the name is {self.name}"


class TeamLookup:
    """The teams of the round as stored rows name them: by id and name together, else by the very file that was read.

    Where the id leads to one team and the name to another the row is nobody's. A renamed team has its id alone, and a
    team whose id changed its name.
    """

    def __init__(self, collation: Collation, stored: Stored) -> None:
        """Learn the teams of a round.

        Args:
            collation: the round as it is now.
            stored: the workbook that the rows come from.
        """
        self._by_id = {normalise(result.team.id): result for result in collation.results}
        self._by_name: defaultdict[str, list[TeamResult]] = defaultdict(list)  # two groups may have a team of one name
        for result in collation.results:
            self._by_name[normalise(result.team.name)].append(result)
        self._sha256 = stored.files
        numbers = ((row_text(row, "Team no"), row_text(row, "Team ID")) for row in stored.teams)
        self._ids = {number: team_id for number, team_id in numbers if number}
        used = [each for each in collation.files if each.used and each.team and each.file.sha256]
        self._counted = _counted(used, stored)
        alone = Counter(each.file.sha256 for each in used)
        self._by_bytes = {
            each.file.sha256: self._by_id.get(normalise(each.team.id))
            for each in used
            if each.team and alone[each.file.sha256] == 1
        }

    def of_row(self, row: StoredRow) -> TeamResult | None:
        """The team that a row of any sheet belongs to; wards of one name are told apart by their number."""
        return self.of(self._id_in(row), cell_text(row.get("Team")), cell_text(row.get("File")))

    def _id_in(self, row: StoredRow) -> str:
        return cell_text(row.get("Team ID")) or self._ids.get(cell_text(row.get("Team no")), "")

    def of(self, team_id: str, name: str, file: str = "") -> TeamResult | None:
        """The team that a stored row belongs to, or None where it is gone.

        A file of the same name is not enough, as many are called alike: its bytes must be those that were read then.
        """
        if not (team_id or name):
            return None
        if self.clash(team_id, name):
            return None
        named = self._by_name.get(normalise(name), [])
        return (
            self._by_id.get(normalise(team_id))
            or (named[0] if len(named) == 1 else None)
            or self._by_bytes.get(self._sha256.get(file, ""))
        )

    def clash(self, team_id: str, name: str) -> Clash | None:
        """The two teams that an id and a name lead to; None where they do not differ."""
        by_id, named = self._by_id.get(normalise(team_id)), self._by_name.get(normalise(name), [])
        return Clash(team_id, by_id.team.name, name) if by_id and named and by_id not in named else None

    def clash_in(self, row: StoredRow) -> Clash | None:
        """The two teams that a row's id and name lead to; None where they do not differ."""
        return self.clash(self._id_in(row), cell_text(row.get("Team")))

    def has_counted(self, team_id: str) -> bool:
        """Whether the very file that counts for a team counted in the stored workbook as well."""
        return normalise(team_id) in self._counted

    def id_of_row(self, row: StoredRow) -> str:
        """The id of the team that a row belongs to; empty where it is gone."""
        result = self.of_row(row)
        return result.team.id if result else ""


def _counted(files: Iterable[Return], stored: Stored) -> set[str]:
    """The ids of the teams whose file counted in the stored workbook as well."""
    return {normalise(each.team.id) for each in files if each.team and each.file.sha256 in stored.used}


def two_teams(row: StoredRow, header: str, clash: Clash, what: str) -> Finding:
    """What is said of something typed below a header in a row whose id and name lead to two teams."""
    sheet, cell = place_in(row, header)
    return found("text-two-teams", Where("", sheet, cell), team=clash.name, what=what, why=str(clash))


@dataclass(frozen=True)
class RowKeys:
    """What tells the rows of a sheet's table apart: those of the round, and those that were read back."""

    of_round: Callable[[Collation], Iterable[Key]]
    of_stored: Callable[[Sequence[StoredRow], TeamLookup], Iterable[Key]]  # in the order of the rows


def ref_keys(rows: Sequence[StoredRow], _: TeamLookup) -> Iterable[Key]:
    """The keys of stored rows that have the id of a question or component."""
    return ((cell_text(row.get("Ref")),) for row in rows)


def answer_keys(rows: Sequence[StoredRow], lookup: TeamLookup) -> Iterable[Key]:
    """The keys of stored rows about a team's answer to a question."""
    return ((lookup.id_of_row(row), cell_text(row.get("Ref"))) for row in rows)


BY_TEAM = RowKeys(
    lambda collation: ((result.team.id,) for result in collation.results),
    lambda rows, lookup: ((lookup.id_of_row(row),) for row in rows),
)
BY_COMPONENT = RowKeys(
    lambda collation: ((component.id,) for component in collation.questionnaire.components), ref_keys
)
BY_QUESTION = RowKeys(lambda collation: ((question.id,) for question in collation.questionnaire.questions), ref_keys)
BY_GROUP = RowKeys(
    lambda collation: ((group,) for group in collation.groups),
    lambda rows, _: ((cell_text(row.get("Group")),) for row in rows),
)
BY_ANSWER = RowKeys(
    lambda collation: ((result.team.id, question) for result in collation.results for question in result.answers),
    answer_keys,
)
BY_FILE = RowKeys(
    lambda collation: ((each.name, each.file.sha256) for each in collation.files),
    lambda rows, _: ((cell_text(row.get("File")), cell_text(row.get("SHA-256"))) for row in rows),
)
