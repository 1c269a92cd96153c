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


def came_late(
    team: Team, returns: Sequence[Return], placed: Collection[str], round: Round, counted: Collection[str]
) -> tuple[set[int], list[Finding]]:
    """The places of a team's forms that came after the round was closed, and what is said of each.

    Args:
        team: whose copies they are.
        returns: its forms and correction forms.
        placed: the names of the files that a person gave to teams; these count, whenever they came.
        round: this round.
        counted: the SHA-256 of the files that counted before, which tells of forms without a date.
    """
    late: set[int] = set()
    findings: list[Finding] = []
    for place, each in enumerate(returns):
        if not round.closed_on or not each.judged or each.name in placed:
            continue
        day = date_of(each.judged.submission)
        if day is None and each.file.sha256 in counted:
            continue
        if day is None or day > round.closed_on:
            late.add(place)
            what = f"is from {show_date(day)}" if day else "carries no date and did not count before"
            facts = {"who": team.name, "what": what, "closed": show_date(round.closed_on)}
            where = each.judged.submission.where
            findings.append(found("form-after-close", where, team_id=team.id, team=team.name, **facts))
    return late, findings
