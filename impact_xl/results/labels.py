"""How the sheets of the results name the states of answers and the statuses of teams."""

from __future__ import annotations

from impact_xl.round.answers import State, Status

STATE_LABELS = {
    State.ANSWERED: "Answered",
    State.NOT_APPLICABLE: "Not applicable",
    State.BLANK: "Blank",
    State.MULTIPLE: "Multiple",
    State.UNCLEAR: "Unclear",
    State.MISSING: "Missing",
}
NOT_COUNTED = (State.BLANK, State.MULTIPLE, State.UNCLEAR, State.MISSING)
STATUS_LABELS = {
    Status.COMPLETE: "Complete",
    Status.PARTIAL: "Partial",
    Status.UNUSABLE: "Unusable",
    Status.UNREADABLE: "Came, not readable",
    Status.WITHDRAWN: "Not taking part",
    Status.NONE: "Not returned",
}
