"""A round that was closed: what came later is listed and kept, and does not count until the date is taken away.

When a form came is told as it is told which of several is the latest: by the date of its message, else by the
workbook's own word when it was last saved, else by the date typed on the form. The file's own time says nothing: it is
that of the computer on which somebody saved it. A form without any of them counts where it counted in the workbook
from before, and not where nobody had seen it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from impact_xl.files.dates import show_date, typed_date
from impact_xl.findings import Finding, found
from impact_xl.returns.submission import Submission
from impact_xl.roster import Round, Team
from impact_xl.round.record import Return


def date_of(submission: Submission) -> date | None:
    """The day from which a form is: it was sent, last saved, or filled in by its own word; None where it says none."""
    if moment := submission.message_date or submission.modified:
        return moment.date()
    typed = typed_date(submission.date)
    return typed.date() if typed else None


def in_time(
    team: Team,
    places: Sequence[int],
    returns: Sequence[Return],
    findings: list[Finding],
    *,
    placed: Collection[str],
    round: Round,
    counted: Collection[str],
) -> Sequence[int]:
    """The places of a team's forms that did not come after the round was closed.

    Args:
        team: whose they are.
        places: the places of its forms and correction forms among all returns.
        returns: all returns.
        findings: takes what is said of each form that came later.
        placed: the names of the files that a person gave to teams; these count, whenever they came.
        round: this round.
        counted: the SHA-256 of the files that counted before, which tells of forms without a date.
    """
    if not round.closed_on:
        return places
    closed = show_date(round.closed_on)
    kept = []
    for place in places:
        each = returns[place]
        day = date_of(each.judged.submission) if each.judged else None
        known = each.file.sha256 in counted if day is None else day <= round.closed_on
        if known or not each.judged or each.name in placed:
            kept.append(place)
            continue
        what = f"is from {show_date(day)}" if day else "carries no date and did not count before"
        where, facts = each.judged.submission.where, {"who": team.name, "what": what, "closed": closed}
        findings.append(found("form-after-close", where, team_id=team.id, team=team.name, **facts))
    return kept
