"""How the sheets of the results name the states of answers, the statuses of teams, and columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from impact_xl.questionnaire import normalise
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


def unlike(heads: Iterable[str], taken: Iterable[str]) -> Iterator[str]:
    """Headers as a table can have them, which takes `status` for the same as `Status`."""
    used = {normalise(head) for head in taken}
    for head in heads:
        number, free = 1, head
        while normalise(free) in used:
            number += 1
            free = f"{head} ({number})"
        used.add(normalise(free))
        yield free
