"""Whose a file is that could not be read, or a copy that is nobody's: one rule for all who speak of it.

The first that holds:

1. The id inside the file, where it can be seen: the team's.
2. The sender's address, where it stands beside one team alone in the team list.
3. The file's name, where one team's name stands in it: probably. A copy that names several teams is told by its sender
   alone.

A finding without a team gets the team that is told so, and the fact by what it was told. The file counts for nobody by
that: answers are matched by what stands inside a copy, never by its sender or name.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from impact_xl.findings import BY_ID, BY_NAME, BY_SENDER, OWNER_BY, Finding, Severity, Where, found
from impact_xl.questionnaire import normalise
from impact_xl.roster import Team, addresses, is_address
from impact_xl.round.answers import JudgedFile
from impact_xl.round.record import TeamResult

# What says that nothing of a file can be read; a form that counts answers all of it.
_UNREAD = (
    *("file-damaged", "file-password", "file-label", "file-format", "file-unsafe", "file-too-big"),
    *("file-not-workbook", "file-unreadable", "mail-link", "form-unknown"),
)


class Owners:
    """The teams, as files tell them."""

    def __init__(self, teams: Collection[Team], files: Sequence[JudgedFile]) -> None:
        """Make them of everybody asked or heard of, and of what was read."""
        self._by_id = {normalise(team.id): team for team in teams}
        self._by_address = _by_address(teams)
        self._teams = [(_words(team.name), team) for team in teams]
        self._files = {each.file.file: each for each in files}

    def with_owner(self, finding: Finding) -> Finding:
        """An error in a file or copy that is no team's yet, with the team that it is of; any other as it is."""
        if finding.team_id or finding.severity is not Severity.ERROR or not finding.where.file:
            return finding
        team, by = self._owner(finding)
        if not team:
            return finding
        return replace(finding, team_id=team.id, team=team.name, facts={**finding.facts, OWNER_BY: by})

    def unread(self, findings: Iterable[Finding]) -> frozenset[str]:
        """The ids of the teams that sent a file of which nothing can be read."""
        return frozenset(
            finding.team_id for finding in findings if OWNER_BY in finding.facts and self._is_unread(finding.where.file)
        )

    def of_unread(self, findings: Iterable[Finding]) -> dict[str, Team]:
        """The team that each file of which nothing can be read is told to be of, by the file's name."""
        return {
            each.where.file: self._by_id[normalise(each.team_id)]
            for each in findings
            if OWNER_BY in each.facts and self._is_unread(each.where.file)
        }

    def settled(self, finding: Finding, results: Iterable[TeamResult]) -> Finding:
        """What is said of a file of which nothing can be read, where a form of its team counts; else the finding.

        It stays open where it is known to have come later than that form: it may hold what the team says now.
        """
        if OWNER_BY not in finding.facts or finding.rule.id not in _UNREAD or not self._is_unread(finding.where.file):
            return finding
        file = self._files.get(finding.where.file)
        came = file.file.message.date if file and file.file.message else None
        for result in results:
            form = result.submission
            if result.team.id == finding.team_id and result.status.returned and form and not result.by_decisions:
                counted = form.message_date or form.modified
                if came and counted and came > counted:
                    return finding
                facts = {"who": result.team.name, "why": _lower(finding.rule.title), OWNER_BY: finding.facts[OWNER_BY]}
                return found("file-settled", finding.where, team_id=finding.team_id, team=finding.team, **facts)
        return finding

    def _is_unread(self, name: str) -> bool:
        file = self._files.get(name)
        return not (file and file.judged)

    def _owner(self, finding: Finding) -> tuple[Team | None, str]:
        file = self._files.get(finding.where.file)
        if file and not file.judged and (team := self._by_id.get(normalise(file.file.reference.team_id))):
            return team, BY_ID
        message = file.file.message if file else None
        sender = finding.facts.get("sender") or (message.sender if message else "")
        if team := self.of_sender(sender):
            return team, BY_SENDER
        says_another = (
            file and file.judged and finding.rule.id != "team-missing"
        )  # a form sent on keeps its file's name
        return (None if says_another else self._of_name(finding.where.file)), BY_NAME

    def of_sender(self, sender: str) -> Team | None:
        """The team with an address that a message came from, where no other team has it."""
        teams = {self._by_address.get(address) for address in _addresses(sender)}
        return teams.pop() if len(teams) == 1 else None

    def _of_name(self, file: str) -> Team | None:
        """The one team whose whole name stands in a file's name; of two, one within the other, the longer."""
        own_name = Where(file).own_name
        words = f" {_words(own_name.rpartition('.')[0] or own_name)} "
        named = [(name, team) for name, team in self._teams if name and f" {name} " in words]
        longest = [team for name, team in named if not any(name != other and name in other for other, _ in named)]
        return longest[0] if len(longest) == 1 else None


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _by_address(teams: Iterable[Team]) -> Mapping[str, Team | None]:
    """Whose each address is; None for one that several teams have."""
    by_address: dict[str, Team | None] = {}
    for team in teams:
        for address in _addresses(f"{team.contact}; {team.email}; {team.cc}"):
            by_address[address] = None if address in by_address else team
    return by_address


def _addresses(text: str) -> set[str]:
    return {address.casefold() for address in addresses(text) if is_address(address)}


def _words(text: str) -> str:
    return " ".join(re.findall(r"\w+", normalise(text)))
