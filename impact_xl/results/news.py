"""What is new in a round since the last workbook that differed: teams, answers, findings and decisions. Pure.

Both sides are told as a `Snapshot`, whether the round was collated just now or read back from its workbook.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import lru_cache

from impact_xl.files.dates import show_date
from impact_xl.findings import RULES, Finding, Severity
from impact_xl.questionnaire import Questionnaire, normalise
from impact_xl.results import to_fix
from impact_xl.results.edits.detect import Edits
from impact_xl.results.labels import NOT_COUNTED, STATE_LABELS, STATUS_LABELS
from impact_xl.round import decisions
from impact_xl.round.answers import Answer, DecidedBy, State, Status
from impact_xl.round.collation import Collation
from impact_xl.round.overrides import Overrides, level_of
from impact_xl.round.record import News
from impact_xl.round.stored_workbook import NEWS_COLUMNS, NEWS_SINCE, Row, Stored, StoredAnswer, row_text
from impact_xl.wording import first_few, plural
from impact_xl.xlsx.cell_values import cell_text

MOST = 200  # rows that About holds
_MOST_NAMED = 3  # of a kind that the screen names
_MOST_LETTERS = 300  # of a message
_IN_ALL = "In all"

# Findings of one run: about what was typed into the workbook that it replaced.
_OF_THE_RUN = ("text-not-kept", "text-as-values", "text-two-teams", "decision-ended")
_BY_HAND = ("answer-by-hand", "answer-kept")
BY_HAND = "by hand"  # what an answer was that somebody had corrected


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


# -- the two sides -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TeamLine:
    """A team; its status is None where the workbook does not say it."""

    id: str
    name: str
    status: Status | None


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """An answer in words, with the reason why it is that; an answer that does not count is unclear."""

    text: str
    counts: bool = True
    why: str = ""


@dataclass(frozen=True, slots=True)
class FindingLine:
    """A finding as To fix has it, with the digest of its row where it is known."""

    rule: str
    team: str
    question: str
    file: str
    place: str
    message: str
    digest: str = ""

    def key(self, names: Mapping[str, str]) -> tuple[str, ...]:
        """What it is about: the same question of a team, or the same place of a file."""
        name = normalise(self.team)
        place = self.message if self.team and not self.file else self.place
        return tuple(
            map(
                normalise,
                (
                    self.rule,
                    names.get(name, name),
                    self.question,
                    "" if self.question else self.file,
                    "" if self.question else place,
                ),
            )
        )


@dataclass(frozen=True, slots=True)
class DecisionLine:
    """A decision about a question or a file of a team."""

    team_id: str
    team: str
    about: str
    level: str
    words: str


@dataclass(frozen=True)
class Snapshot:
    """How a round stands: its teams by key, their answers by key and question, findings and decisions."""

    teams: Mapping[str, TeamLine]
    answers: Mapping[tuple[str, str], AnswerLine]
    findings: Sequence[FindingLine] = ()
    decisions: Sequence[DecisionLine] = ()
    digests: frozenset[str] = field(default=frozenset())  # of the rows of To fix, those that people deleted among them

    def whose(self, team_id: str, name: str) -> str:
        """The key of the team with an id, or a name that one team alone has."""
        if (key := normalise(team_id)) in self.teams:
            return key
        named = [key for key, team in self.teams.items() if normalise(team.name) == normalise(name)]
        return named[0] if len(named) == 1 else key or normalise(name)


@lru_cache(maxsize=16_384)  # each team's again for every question
def _key(team_id: str, name: str) -> str:
    return normalise(cell_text(team_id)) or normalise(cell_text(name))


def of_collation(collation: Collation) -> Snapshot:
    """How a round stands that was collated."""
    why: dict[tuple[str, str], str] = {}
    for each in collation.to_fix:
        if each.severity is Severity.ERROR:
            why.setdefault((each.team_id, each.question), each.message)
    return Snapshot(
        {
            _key(result.team.id, result.team.name): TeamLine(result.team.id, result.team.name, result.status)
            for result in collation.results
        },
        {
            (_key(result.team.id, result.team.name), question): _answer_line(
                _in_words(answer, collation.questionnaire),
                answer.state.counts,
                why.get((result.team.id, question), "") if not answer.state.counts else _WHOSE[answer.decided_by],
            )
            for result in collation.results
            for question, answer in result.answers.items()
        },
        [_finding(each) for each in collation.to_fix if _is_news(each.rule.id)],
        [*_decisions(collation.decisions, collation.questionnaire)],
        frozenset(map(to_fix.digest, collation.to_fix)),
    )


_WHOSE = {
    DecidedBy.COPY: "",
    DecidedBy.CORRECTION: "by a correction form",
    DecidedBy.OVERRIDE: "by a decision",
    DecidedBy.WORKBOOK: "by hand in the workbook",
}


def _in_words(answer: Answer, questionnaire: Questionnaire) -> str:
    return questionnaire.level_name(answer.level) or STATE_LABELS[answer.state]


def _is_news(rule: str) -> bool:
    """Whether findings of a rule are news: those that a person should look at, and that stay until they are settled."""
    return rule in RULES and RULES[rule].severity is not Severity.NOTE and rule not in _OF_THE_RUN


def _finding(each: Finding) -> FindingLine:
    return FindingLine(
        each.rule.id,
        cell_text(each.team),
        cell_text(each.question),
        cell_text(each.where.file),
        cell_text(_place(each.where.sheet, each.where.cell)),
        cell_text(each.message),
        to_fix.digest(each),
    )


def _place(sheet: str, cell: str) -> str:
    return f"{sheet}!{cell}" if sheet or cell else ""


def _decisions(standing: Overrides, questionnaire: Questionnaire) -> Iterator[DecisionLine]:
    for each in standing.answers:
        words, level = decisions.in_words(each, questionnaire), decisions.level_in_words(each, questionnaire)
        yield DecisionLine(each.team_id, each.team, each.question, cell_text(level), cell_text(words))
    for copy in standing.copies:
        words = decisions.in_words(copy, questionnaire)
        yield DecisionLine(copy.team_id, copy.team, copy.file.replace("\\", "/"), "", cell_text(words))


def of_stored(stored: Stored, edits: Edits, collation: Collation) -> Snapshot:
    """How the round stood in the workbook that is replaced.

    A level that somebody has typed since it was written is news, so what stood there before is told.

    Args:
        stored: the workbook.
        edits: what else people typed into it.
        collation: the round that replaces it, with what was carried over.
    """
    digests = edits.digests.get(to_fix.TO_FIX, frozenset())
    rows = [row for row in stored.to_fix if row_text(row, "Rule") in RULES]
    known = {
        (row_text(row, "Team"), row_text(row, "Question")) for row in rows if row_text(row, "Rule") in _BY_HAND
    } | {
        (each.team, each.question)
        for each in collation.to_fix
        if each.rule.id in _BY_HAND and to_fix.digest(each) in digests
    }
    by_hand = {(normalise(cell_text(team)), question) for team, question in known}

    def as_written(row: StoredAnswer) -> bool:
        typed = row.by_hand and (normalise(row.team), row.question) not in by_hand
        return typed or (row.team_id, row.question) in edits.uncalculated

    questionnaire = collation.questionnaire
    answers = {_about(row): _stored_answer(row, questionnaire, as_written) for row in stored.answers}
    answers |= {_about(row): AnswerLine(BY_HAND) for row in _taken_back(stored, by_hand)}
    return Snapshot(
        _stored_teams(stored),
        answers,
        sorted(filter(lambda each: _is_news(each.rule), map(_stored_finding, rows)), key=_in_order),
        [*_decisions(decisions.kept_in(stored, questionnaire), questionnaire)],
        digests,
    )


def _about(row: StoredAnswer) -> tuple[str, str]:
    return _key(row.team_id, row.team), row.question


_STATUSES = {normalise(label): status for status, label in STATUS_LABELS.items()}
_UNCLEAR = {normalise(STATE_LABELS[state]) for state in NOT_COUNTED}
_answer_line: Callable[..., AnswerLine] = lru_cache(maxsize=1024)(AnswerLine)  # most say the same


def _stored_teams(stored: Stored) -> dict[str, TeamLine]:
    """The teams of a workbook; where somebody deleted a row of Teams, its answers tell that the team was there."""
    listed = {normalise(row_text(row, "Team")) for row in stored.teams}
    rows = (row for row in stored.answers if row.team_id or normalise(row.team) not in listed)  # others were added
    teams = {_key(row.team_id, row.team): TeamLine(row.team_id, row.team, None) for row in rows}
    for row in stored.teams:
        id, name = row_text(row, "Team ID"), row_text(row, "Team")
        teams[_key(id, name)] = TeamLine(id, name, _STATUSES.get(normalise(row_text(row, "Status"))))
    return teams


def _taken_back(stored: Stored, by_hand: Collection[tuple[str, str]]) -> Iterator[StoredAnswer]:
    """The answers that To fix calls corrected by hand, and that say again what the copy said.

    To fix has no ids, so of teams of one name nothing is said.
    """
    often = Counter((normalise(row.team), row.question) for row in stored.answers)
    alone = {about for about in by_hand if often[about] == 1}
    return (row for row in stored.answers if (normalise(row.team), row.question) in alone and not row.by_hand)


def _stored_answer(
    row: StoredAnswer, questionnaire: Questionnaire, as_written: Callable[[StoredAnswer], bool]
) -> AnswerLine:
    number = level_of(row.level, questionnaire, row.question) if row.level else None
    if as_written(row) or (row.level and number is None):
        text = row.level_read or row.state_read
    elif number is None:
        text = row.state_read if normalise(row.state_read) in _UNCLEAR else STATE_LABELS[State.BLANK]
    else:
        text = questionnaire.level_name(number or None) or STATE_LABELS[State.NOT_APPLICABLE]
    return _answer_line(text, normalise(text) not in _UNCLEAR)


def _stored_finding(row: Row) -> FindingLine:
    return FindingLine(
        row_text(row, "Rule"),
        cell_text(row.get("Team")),
        cell_text(row.get("Question")),
        cell_text(row.get("File")),
        cell_text(_place(row_text(row, "Sheet"), row_text(row, "Cell"))),
        cell_text(row.get("What we saw")),
    )


def _in_order(each: FindingLine) -> tuple[str, ...]:
    return each.team.casefold(), each.file, each.question, each.rule, each.place, each.message


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
        came = team.status not in (Status.NONE, Status.WITHDRAWN) and was in (None, Status.NONE)
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
