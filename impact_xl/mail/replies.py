"""What came back beside forms, and what it means for the messages that are made now."""

from __future__ import annotations

from impact_xl.findings import OWNER_BY, PROGRAM, Finding
from impact_xl.questionnaire import normalise
from impact_xl.returns.other_kinds import UNPACK
from impact_xl.roster import addresses
from impact_xl.round.collation import Collation
from impact_xl.round.owner import Owners

# The coordinator may well be able to open these. The sender is asked only where a person says so.
_COORDINATOR_FIRST = frozenset({"mail-link", "file-shortcut", "file-label"})


def is_for_coordinator(finding: Finding) -> bool:
    """Whether the coordinator can probably mend this without the team."""
    return finding.rule.id in _COORDINATOR_FIRST or finding.facts.get("advice") == UNPACK


def teams_that_wrote(collation: Collation) -> frozenset[str]:
    """The ids of the teams of which a person wrote a message without a form.

    A letter may have promised them something for it: no more reminders, another date.
    """
    owners = Owners([result.team for result in collation.results], ())
    senders = (
        finding.facts.get("sender") or (each.file.message.sender if each.file.message else "")
        for each in collation.files
        for finding in each.file.findings
        if finding.rule.id == "mail-no-file" and PROGRAM not in finding.facts
    )
    teams = (owners.of_sender(sender) for text in senders for sender in text.split(";"))
    return frozenset(team.id for team in teams if team)


def possible_owners(collation: Collation) -> frozenset[str]:
    """The ids of the teams named in a copy that counts for nobody, as it names several; its sender tells none."""
    of_known_sender = {finding.where.file for finding in collation.to_fix if OWNER_BY in finding.facts}
    copies = [each.judged.submission for each in collation.files if each.judged and not each.team]
    named = {
        normalise(text)
        for copy in copies
        if copy.where.file not in of_known_sender
        for text in (copy.team_id, copy.reference.team_id, copy.team, copy.other_team, *copy.claimed)
        if text
    }
    teams = (result.team for result in collation.results)
    return frozenset(team.id for team in teams if named & {normalise(team.id), normalise(team.name)})


def dead_addresses(collation: Collation) -> frozenset[str]:
    """The addresses that a mail server could not deliver to, in lower case."""
    bounced = (finding for finding in collation.to_fix if finding.rule.id == "mail-bounced")
    return frozenset(
        address.casefold() for finding in bounced for address in addresses(finding.facts.get("address", ""))
    )
