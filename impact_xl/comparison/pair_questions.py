"""Which question of one round is which of another: by their words, never by likeness.

A question whose words changed is compared and flagged: a move on it may come from the words. Its id tells it only
where its title or short title is the same; an id that is used for something else by now tells nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from impact_xl.questionnaire import normalise


class Words(StrEnum):
    """How the words of a question compare with those of then."""

    SAME = "same"
    CHANGED = "changed"
    UNKNOWN = "not known"  # the workbook of then does not hold them


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """One question as it was asked in a round; title and fingerprint are empty where the workbook has none."""

    id: str
    short: str
    title: str = ""
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class QuestionPair:
    """One question in both rounds."""

    before: AskedQuestion
    after: AskedQuestion
    words: Words

    @property
    def moved(self) -> bool:
        """Whether it had another id then."""
        return self.before.id != self.after.id

    @property
    def counts(self) -> bool:
        """Whether a move on it is taken for one; not where other words may have made it."""
        return self.words is not Words.CHANGED

    @property
    def remark(self) -> str:
        """What to know before comparing; empty where nothing is."""
        words = {Words.CHANGED: "Words changed", Words.UNKNOWN: "Words of then not known"}.get(self.words, "")
        return "; ".join(filter(None, (words, f"asked as {self.before.id} then" if self.moved else "")))


@dataclass(frozen=True)
class PairedQuestions:
    """Every question of both rounds: paired, or of one of them alone."""

    pairs: tuple[QuestionPair, ...]  # in the order of the later round
    dropped: tuple[AskedQuestion, ...]
    new: tuple[AskedQuestion, ...]

    @property
    def reused(self) -> frozenset[str]:
        """The ids that stand for another question by now."""
        return frozenset(each.id for each in self.dropped) & frozenset(each.id for each in self.new)


def pair_questions(before: Sequence[AskedQuestion], after: Sequence[AskedQuestion]) -> PairedQuestions:
    """Pair the questions of two rounds: by all their words and the id, by all their words, by id and title, by title.

    Args:
        before, after: the questions of each round, in order.
    """
    then, now = list(before), list(after)
    found: dict[str, QuestionPair] = {}
    for same, words in _RULES:
        for one, other in [*_matches(then, now, same)]:
            found[other.id] = QuestionPair(one, other, words)
            then.remove(one)
            now.remove(other)
    pairs = tuple(found[each.id] for each in after if each.id in found)
    return PairedQuestions(pairs, tuple(then), tuple(now))


Same = Callable[[AskedQuestion, AskedQuestion], bool]


def _matches(
    then: Sequence[AskedQuestion], now: Sequence[AskedQuestion], same: Same
) -> Iterator[tuple[AskedQuestion, AskedQuestion]]:
    """The questions of which each is the only one that is the same as the other."""
    pairs = [(one, other) for one in then for other in now if same(one, other)]
    ones, others = Counter(one for one, _ in pairs), Counter(other for _, other in pairs)
    return ((one, other) for one, other in pairs if ones[one] == others[other] == 1)


def _same_id(one: AskedQuestion, other: AskedQuestion) -> bool:
    return normalise(one.id) == normalise(other.id)


def _same_words(one: AskedQuestion, other: AskedQuestion) -> bool:
    return bool(one.fingerprint) and one.fingerprint == other.fingerprint


def _same_title(one: AskedQuestion, other: AskedQuestion) -> bool:
    return bool(one.title) and normalise(one.title) == normalise(other.title)


def _same_short(one: AskedQuestion, other: AskedQuestion) -> bool:
    return bool(one.short) and normalise(one.short) == normalise(other.short)


def _words_known(one: AskedQuestion, other: AskedQuestion) -> bool:
    return bool(one.fingerprint and other.fingerprint)


_RULES: Sequence[tuple[Same, Words]] = (
    (lambda one, other: _same_id(one, other) and _same_words(one, other), Words.SAME),
    (_same_words, Words.SAME),
    (
        lambda one, other: (
            _words_known(one, other) and _same_id(one, other) and (_same_title(one, other) or _same_short(one, other))
        ),
        Words.CHANGED,
    ),
    (lambda one, other: _words_known(one, other) and _same_title(one, other), Words.CHANGED),
    (
        lambda one, other: not _words_known(one, other) and _same_id(one, other) and _same_short(one, other),
        Words.UNKNOWN,
    ),
    (lambda one, other: not _words_known(one, other) and _same_short(one, other), Words.UNKNOWN),
)
