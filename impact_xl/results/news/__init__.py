"""What is new in a round since the last workbook that differed: teams, answers, findings and decisions. Pure.

Both sides are told as a `Snapshot`, whether the round was collated just now or read back from its workbook.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from impact_xl.files.dates import show_date
from impact_xl.questionnaire import normalise
from impact_xl.results.edits.detect import Edits
from impact_xl.results.labels import STATUS_LABELS
from impact_xl.results.news.snapshot import (
    DecisionLine,
    FindingLine,
    Snapshot,
    TeamLine,
    of_collation,
    of_stored,
)
from impact_xl.round.answers import Status
from impact_xl.round.collation import Collation
from impact_xl.round.record import News
from impact_xl.round.stored_sheets import row_text
from impact_xl.round.stored_workbook import NEWS_COLUMNS, NEWS_SINCE, Stored
from impact_xl.wording import first_few, plural
from impact_xl.xlsx.cell_values import cell_text

MOST = 200  # rows that About holds
_MOST_NAMED = 3  # of a kind that the screen names
_MOST_LETTERS = 300  # of a message
_IN_ALL = "In all"


class Kind(StrEnum):
    """The kinds of news, in their order."""

    CAME = "Team that came"
    NEW_TEAM = "Team that is new"
    STATUS = "Team's status"
    GONE = "Team that is gone"
    UNCLEAR = "Answer newly unclear"
    ANSWER = "Answer changed"
    NEW_FINDING = "Finding that is new"
    SETTLED = "Finding that is settled"
    NEW_DECISION = "Decision that is new"
    ENDED = "Decision that has ended"

    def counted(self, number: int) -> str:
        """How many there are, as a part of a sentence."""
        return plural(number, *_COUNTED[self])


_COUNTED = {
    Kind.CAME: ("team came", "teams came"),
    Kind.NEW_TEAM: ("new team", "new teams"),
    Kind.STATUS: ("team has another status", "teams have another status"),
    Kind.GONE: ("team is gone", "teams are gone"),
    Kind.UNCLEAR: ("answer is newly unclear", "answers are newly unclear"),
    Kind.ANSWER: ("answer changed", "answers changed"),
    Kind.NEW_FINDING: ("new finding", "new findings"),
    Kind.SETTLED: ("finding is settled", "findings are settled"),
    Kind.NEW_DECISION: ("new decision", "new decisions"),
    Kind.ENDED: ("decision has ended", "decisions have ended"),
}


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that is new."""

    kind: Kind
    words: str = ""
    before: str = ""
    now: str = ""
    question: str = ""
    team: str = ""


# -- what differs ------------------------------------------------------------------------------------


def compare(before: Snapshot, after: Snapshot) -> list[Item]:
    """What is new, in the order of kinds; nothing where both stand alike."""
    pairs = _pairs(before.teams, after.teams)
    news = [
        *_of_teams(before, after, pairs),
        *_of_answers(before, after, pairs),
        *_of_findings(before, after, pairs),
        *_of_decisions(before, after, pairs),
    ]
    order = [*Kind]
    return sorted(news, key=lambda each: order.index(each.kind))


def _pairs(before: Mapping[str, TeamLine], after: Mapping[str, TeamLine]) -> dict[str, str]:
    """The team after by the team before: the same id, else the same name; none where the two lead to two teams."""
    there, back = _leads(before, after), _leads(after, before)
    return {key: other for key, other in there.items() if back.get(other) == key}


def _leads(teams: Mapping[str, TeamLine], others: Mapping[str, TeamLine]) -> dict[str, str]:
    by_name: defaultdict[str, list[str]] = defaultdict(list)
    for key, team in others.items():
        by_name[normalise(cell_text(team.name))].append(key)
    leads: dict[str, str] = {}
    for key, team in teams.items():
        named = by_name.get(normalise(cell_text(team.name)), [])
        if key in others and (not named or key in named):
            leads[key] = key
        elif key not in others and len(named) == 1:
            leads[key] = named[0]
    return leads


def _of_teams(before: Snapshot, after: Snapshot, pairs: Mapping[str, str]) -> Iterator[Item]:
    back = {now: then for then, now in pairs.items()}
    for key, team in after.teams.items():
        was = before.teams[back[key]].status if key in back else None
        if key in back and (was is None or was is team.status):
            continue
        came = team.form and team.status not in (Status.NONE, Status.WITHDRAWN) and was in (None, Status.NONE)
        kind = Kind.CAME if came else Kind.STATUS if key in back else Kind.NEW_TEAM
        yield Item(kind, "", _label(was), _label(team.status), "", team.name)
    gone = (team for key, team in before.teams.items() if key not in pairs)
    for team in sorted(gone, key=lambda each: (each.name.casefold(), each.id)):
        yield Item(Kind.GONE, "", _label(team.status), "", "", team.name)


def _label(status: Status | None) -> str:
    return STATUS_LABELS[status] if status else ""


def _of_answers(before: Snapshot, after: Snapshot, pairs: Mapping[str, str]) -> Iterator[Item]:
    """Answers that differ; those of a team that had none before come with the team."""
    back = {now: then for then, now in pairs.items()}
    for (key, question), now in after.answers.items():
        was = before.answers.get((back.get(key, ""), question))
        if was and normalise(was.text) != normalise(now.text):
            kind = Kind.ANSWER if now.counts else Kind.UNCLEAR
            yield Item(kind, now.why, was.text, now.text, question, after.teams[key].name)


def _of_findings(before: Snapshot, after: Snapshot, pairs: Mapping[str, str]) -> Iterator[Item]:
    names = {}
    seen = Counter(normalise(team.name) for team in before.teams.values())
    for then, now in pairs.items():
        name = normalise(before.teams[then].name)
        if seen[name] == 1:
            names[name] = normalise(cell_text(after.teams[now].name))
    was, now_ = _by_key(before.findings, names), _by_key(after.findings, {})
    for key, each in now_.items():
        if key not in was and not (each.digest and each.digest in before.digests):
            yield Item(Kind.NEW_FINDING, each.message, question=each.question, team=each.team)
    for key, each in was.items():
        if key not in now_:
            yield Item(Kind.SETTLED, each.message, question=each.question, team=each.team)


def _by_key(findings: Iterable[FindingLine], names: Mapping[str, str]) -> dict[tuple[str, ...], FindingLine]:
    """Findings by what they are about; those that are alike are counted."""
    seen: Counter[tuple[str, ...]] = Counter()
    by_key: dict[tuple[str, ...], FindingLine] = {}
    for each in findings:
        key = each.key(names)
        seen[key] += 1
        by_key[*key, str(seen[key])] = each
    return by_key


def _of_decisions(before: Snapshot, after: Snapshot, pairs: Mapping[str, str]) -> Iterator[Item]:
    was: dict[tuple[str, str, str], DecisionLine] = {}
    for each in before.decisions:
        key = before.whose(each.team_id, each.team)
        was[pairs.get(key, key), normalise(each.about), normalise(each.level)] = each
    now = {
        (after.whose(each.team_id, each.team), normalise(each.about), normalise(each.level)): each
        for each in after.decisions
    }
    for kind, some, others in ((Kind.NEW_DECISION, now, was), (Kind.ENDED, was, now)):
        for about in sorted(some.keys() - others.keys()):
            each = some[about]
            yield Item(kind, each.words, team=each.team, question=each.about if each.level else "")


# -- the news ----------------------------------------------------------------------------------------


def since(stored: Stored, edits: Edits, collation: Collation) -> News | None:
    """What is new since the workbook that is replaced; where nothing is, what was new in it. None where that is none.

    Args:
        stored: the workbook.
        edits: what else people typed into it.
        collation: the round that replaces it, with what was carried over.
    """
    items = compare(of_stored(stored, edits, collation), of_collation(collation))
    if items:
        dated = stored.made_from.get("Dated")
        return News(show_date(dated) if isinstance(dated, date) else "", tuple(rows(items)))
    kept = tuple(tuple(row_text(row, head) for head in NEWS_COLUMNS) for row in stored.news)
    then = stored.made_from.get(NEWS_SINCE, "")
    shown = show_date(then) if isinstance(then, date) else " ".join(str(then).split())
    return News(shown, kept, fresh=False) if kept else None


def rows(items: Sequence[Item]) -> Iterator[tuple[str, ...]]:
    """The rows on About, in `NEWS_COLUMNS`: how many of each kind, then the first of each."""
    counts = Counter(each.kind for each in items)
    yield _row(_IN_ALL, ", ".join(kind.counted(counts[kind]) for kind in Kind if counts[kind]))
    fits = (most for most in range(MOST, 0, -1) if sum(min(each, most) for each in counts.values()) <= MOST)
    most = next(fits)
    for kind in Kind:
        of_kind = [each for each in items if each.kind is kind]
        for each in of_kind[:most]:
            yield _row(kind, each.words, each.before, each.now, each.question, each.team)
        if len(of_kind) > most:
            yield _row(kind, f"and {len(of_kind) - most:,} more")


def _row(*texts: str) -> tuple[str, ...]:
    """The cells of a row: the texts as they are read back, so that a row that is carried over stays the same."""
    cells = [" ".join(cell_text(text).split()) for text in texts]
    cut = [text if len(text) <= _MOST_LETTERS else text[: _MOST_LETTERS - 1].rstrip() + "…" for text in cells]
    return (*cut, *("" for _ in NEWS_COLUMNS[len(cut) :]))


def lines(news: News) -> Iterator[str]:
    """The news in short lines: how many of each kind, and the first few."""
    since_then = f"the workbook of {news.since}" if news.since else "the workbook before, which has no date"
    in_all = next((words for kind, words, *_ in news.rows if kind == _IN_ALL), "")
    if not news.fresh:
        yield f"Nothing has changed since the last run. What was new in it, counted from {since_then}: {in_all}."
        return
    yield f"New since {since_then}: {in_all}. About has the list."
    for kind in Kind:
        named = [_named(row) for row in news.rows if row[0] == kind and row[5]]
        if named and kind is not Kind.SETTLED:
            yield f"  {kind}: {first_few(named, _MOST_NAMED, separator='; ', more='; and more')}"


def _named(row: Sequence[str]) -> str:
    """A row of the news in a few words."""
    _, _, before, now, question, team = row
    changed = f" ({before or 'none'} -> {now or 'none'})" if question and (before or now) else ""
    return f"{team}{f' {question}' if question else ''}{changed}"
