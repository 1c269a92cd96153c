"""Which sheets of a workbook belong to one copy of the form. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from impact_xl.form.layout import Reference
from impact_xl.questionnaire import normalise
from impact_xl.returns.parse.parsed_sheet import ParsedSheet


@dataclass(frozen=True)
class SheetGroup:
    """The sheets of one copy; or sheets of several teams that cannot be told apart, with the names of these."""

    sheets: Sequence[ParsedSheet]
    claimed: tuple[str, ...] = ()


def grouped(sheets: Sequence[ParsedSheet]) -> list[SheetGroup]:
    """The sheets of each submission: by what their references say, else by the Start sheets that they follow."""
    if len({_copy_of(sheet) for sheet in sheets if sheet.reference}) > 1:
        return _by_reference(sheets)
    groups = _in_order(sheets)
    if len(groups) == 1 or _stand_apart(groups):
        return [SheetGroup(group) for group in groups]
    teams = dict.fromkeys(team for sheet in sheets if (team := _whose(sheet)))
    if len(set(map(normalise, teams))) < 2:
        return [SheetGroup(sheets)]
    return [SheetGroup(sheets, tuple(teams))]


def _by_reference(sheets: Sequence[ParsedSheet]) -> list[SheetGroup]:
    """The sheets of each copy; one without a reference belongs where the team id that was typed on it does."""
    ids = {team_id for team_id, _ in (_copy_of(sheet) for sheet in sheets if sheet.reference)}
    copies: dict[tuple[str, str], list[ParsedSheet]] = defaultdict(list)
    for sheet in sheets:
        team_id, kind = _copy_of(sheet)
        typed = normalise(sheet.texts.get("start.team-id", ""))
        copies[team_id if sheet.reference or typed not in ids else typed, kind].append(sheet)
    return [SheetGroup(copies[copy]) for copy in sorted(copies)]


def _copy_of(sheet: ParsedSheet) -> tuple[str, str]:
    """What tells the sheets of one copy from those of another: the team's id and the kind of form."""
    reference = sheet.reference or Reference()
    return normalise(reference.team_id), sheet.kind


def _in_order(sheets: Sequence[ParsedSheet]) -> list[list[ParsedSheet]]:
    groups: list[list[ParsedSheet]] = []
    for sheet in sheets:
        if not groups or (sheet.is_start and any(other.is_start for other in groups[-1])):
            groups.append([])
        groups[-1].append(sheet)
    return groups


def _stand_apart(groups: Sequence[Sequence[ParsedSheet]]) -> bool:
    """Whether groups of sheets are copies: each after its Start, with questions once that the others hold, too."""
    counts = [Counter(question for sheet in group for question in sheet.questions) for group in groups]
    return (
        all(group[0].is_start for group in groups)
        and all(each and max(each.values()) == 1 for each in counts)
        and all(one.keys() & other.keys() for one, other in combinations(counts, 2))
    )


def _whose(sheet: ParsedSheet) -> str:
    names = (sheet.texts.get(key, "") for key in ("start.other-team", "start.team", "start.team-id"))
    return next(filter(None, names), "")
