"""What a team may be shown of the others: which figures stand, and which are withheld.

It is decided once for a round and is the same in every team's pack, so that two packs side by side say no more than
one. Every reader knows their own answer, so a set is shown only where enough *other* teams stand behind it. Whatever
a pack says is worked out from the counts that are shown here and from the reader's own answers, nothing else: a total
over several questions cannot tell what was withheld in one of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from impact_xl.figures import Distribution
from impact_xl.outcome import Outcome
from impact_xl.results.share import withheld
from impact_xl.rounds import NO_GROUP


@dataclass(frozen=True)
class Peers:
    """The counts that may be shown, by question; a question or group that is not in them is withheld."""

    least: int  # how many other teams at least stand behind a figure
    everybody: Mapping[str, Distribution]
    groups: Mapping[tuple[str, str], Distribution]  # by group and question

    def group(self, name: str) -> dict[str, Distribution]:
        """What may be shown of a group, by question; nothing of the teams without one."""
        return {question: held for (group, question), held in self.groups.items() if group == name}


def peers(outcome: Outcome, least: int) -> Peers:
    """Decide what may be shown.

    Args:
        outcome: the round.
        least: how many other teams have to stand behind a figure.
    """
    everybody: dict[str, Distribution] = {}
    groups: dict[tuple[str, str], Distribution] = {}
    sizes = Counter(reply.group for reply in outcome.answering)
    # One order for all questions: the same group goes with a small one everywhere, not now this and now that.
    order = sorted(outcome.groups, key=lambda name: sizes[name])
    for question in outcome.asked.by_id:
        valid = [reply for reply in outcome.answering if question in reply.levels]
        if len(valid) <= least:
            continue
        everybody[question] = outcome.distribution(question, valid)
        parts = {name: [reply for reply in valid if reply.group == name] for name in outcome.groups}
        keys = {name: frozenset(reply.key for reply in part) for name, part in parts.items()}
        # The teams without a group are a part like any other: all less every named group would show them.
        hidden = withheld(keys, least + 1, order)
        if sum(bool(part) for part in parts.values()) > 1:
            groups |= {
                (name, question): outcome.distribution(question, part)
                for name, part in parts.items()
                if part and name not in hidden and name != NO_GROUP
            }
    return Peers(least, everybody, groups)
