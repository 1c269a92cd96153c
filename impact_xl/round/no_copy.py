"""What comes back and is no copy of the self-assessment: an actions form, or a team's pack."""

from __future__ import annotations

from impact_xl.findings import Finding, found
from impact_xl.form.layout import PACK
from impact_xl.returns.submission import ActionReport, Submission
from impact_xl.wording import first_few, plural, quote

_NAMED = 4  # of the lines of a pack


def finding_of(submission: Submission) -> Finding:
    """What came in an actions form, or in a pack."""
    return _of_pack(submission) if submission.reference.kind == PACK else _of_actions(submission)


def _of_pack(submission: Submission) -> Finding:
    """What was typed into a pack."""
    typed = [quote(line.what) for line in submission.steps]
    lines = f"{plural(len(typed), 'line was', 'lines were')} typed into it: {first_few(typed, _NAMED)}"
    team_id, team = submission.team_id, submission.team or submission.team_id
    what = lines if typed else "Nothing was typed into it"
    return found("form-pack", submission.where, team_id=team_id, team=team, who=team, what=what)


def _of_actions(submission: Submission) -> Finding:
    """What came in an actions form."""
    statuses = "; ".join(map(_status_line, submission.actions))
    team_id = submission.team_id or submission.reference.team_id
    return found(
        "form-actions",
        submission.where,
        team_id=team_id,
        team=submission.team or team_id,
        count=plural(len(submission.actions), "action"),
        what=statuses,
    )


def _status_line(report: ActionReport) -> str:
    remark = f" ({quote(report.remark)})" if report.remark else ""
    return f"{quote(report.action.what) or 'no action named'}: {report.in_words or 'no status'}{remark}"
