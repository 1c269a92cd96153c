"""Our own messages among the returns: a form that we sent out, and that nobody filled in, is nobody's return.

People save whole conversations, and drag messages out of the wrong folder. A form that nothing is filled in of is ours
where the message that carries it is a draft or an automatic reply, comes from the round's contact, or was sent to the
team that the form was made for by anybody but a team. One that is filled in counts, whoever sent it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from impact_xl.findings import Finding, found
from impact_xl.questionnaire import normalise
from impact_xl.returns.submission import Message
from impact_xl.roster import Round, addresses, is_address
from impact_xl.round.answers import Judged, JudgedFile


def without_own(files: Iterable[JudgedFile], round: Round) -> Iterator[JudgedFile]:
    """The files; in the place of each copy that we sent out ourselves stands a finding that says so."""
    files = tuple(files)
    ours = _addresses(round.contact) or _mailbox(files)
    of_teams = {
        normalise(team.id): _addresses(f"{team.email}; {team.cc}; {team.contact}") for team in round.teams.teams
    }
    for each in files:
        if each.file.message is None:
            yield each
        elif shown := _without_own(each, each.file.message, ours, of_teams):
            yield shown


def _without_own(
    file: JudgedFile, message: Message, ours: set[str], of_teams: Mapping[str, set[str]]
) -> JudgedFile | None:
    """A file that came in a message; None where all that was said of it was about the text of our own message."""
    from_us = message.unsent or bool(_addresses(message.sender) & ours)
    theirs, own = list[Judged](), list[Judged]()
    for judged in file.judged:
        team = of_teams.get(normalise(judged.submission.reference.team_id), set())
        to_team = bool(_addresses(message.to) & team) and not _is_by_a_team(message, of_teams)
        came_back = from_us or message.automatic or to_team
        (own if judged.untouched and came_back else theirs).append(judged)
    findings = [*(_of_our_text(file.file.findings, message) if from_us else file.file.findings)]
    if own:
        findings.append(found("mail-own-invitation", own[0].submission.where, what=_named(message)))
    if file.file.findings and not (findings or theirs):
        return None
    return replace(file, file=replace(file.file, findings=tuple(findings)), judged=tuple(theirs))


def _is_by_a_team(message: Message, of_teams: Mapping[str, set[str]]) -> bool:
    """Whether a team sent a message: people put themselves in copy. An address of several teams tells none of them."""
    sender = _addresses(message.sender)
    return sum(bool(sender & team) for team in of_teams.values()) == 1


def _mailbox(files: Iterable[JudgedFile]) -> set[str]:
    """The address that most of the messages were sent to: ours, where the round names no contact."""
    messages = {each.file.message for each in files if each.file.message}
    counts = Counter(address for message in messages for address in _addresses(message.to))
    most = counts.most_common(2)
    return {most[0][0]} if most and (len(most) == 1 or most[0][1] > most[1][1]) else set()


def _of_our_text(findings: Iterable[Finding], message: Message) -> Iterator[Finding]:
    """What is said of our own message: what its text names is no answer, beside a form or alone."""
    for finding in findings:
        if finding.rule.id == "mail-answers":
            yield found("mail-no-file", finding.where, what=_named(message))
        elif finding.rule.id != "mail-text":
            yield finding


def _named(message: Message) -> str:
    return f"the message “{message.subject or 'no subject'}”"


def _addresses(text: str) -> set[str]:
    return {address.casefold() for address in addresses(text) if is_address(address)}
