"""Two rounds side by side: the same teams' answers to the same questions, then and now."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from impact_xl.comparison import moves as figures
from impact_xl.comparison.actions_then import ActionThen, actions_then
from impact_xl.comparison.moves import Balance, Move, Moves
from impact_xl.comparison.pair_questions import PairedQuestions, QuestionPair, Words, pair_questions
from impact_xl.comparison.pair_teams import NO_MAP, PairedTeams, TeamPair, TeamsMap, Unpaired, pair_teams
from impact_xl.comparison.read_round import ComparedRound
from impact_xl.findings import ImpactError
from impact_xl.questionnaire import Component, Question, Questionnaire, normalise
from impact_xl.roster import Team
from impact_xl.round.answers import Status
from impact_xl.round.figures import Distribution, distribution
from impact_xl.round.record import TeamResult
from impact_xl.wording import first_few, join_and, plural


@dataclass(frozen=True, slots=True)
class Pair:
    """A team's valid answers to a question in both rounds."""

    number: int  # of the team, counted from 1 in the order of the later round
    team: TeamPair
    question: QuestionPair
    before: int  # levels, counted from 1
    after: int

    @property
    def move(self) -> Move:
        """Which way it went."""
        return figures.move(self.before, self.after)


@dataclass(frozen=True)
class Comparison:
    """Rounds, the earliest first, and what of them can be compared; two of them, so far."""

    rounds: tuple[ComparedRound, ...]
    teams: PairedTeams
    questions: PairedQuestions
    pairs: tuple[Pair, ...]  # by team, then by question
    notes: tuple[str, ...]  # what to know before anything is compared

    @property
    def before(self) -> ComparedRound:
        """The round of then."""
        return self.rounds[0]

    @property
    def after(self) -> ComparedRound:
        """The round of now."""
        return self.rounds[-1]

    @property
    def questionnaire(self) -> Questionnaire:
        """What was asked in the later round."""
        return self.after.collation.questionnaire

    @property
    def levels(self) -> int:
        """How many levels there are."""
        return len(self.questionnaire.levels)

    @property
    def target(self) -> int:
        """The later round's target level, which is used for both."""
        return self.after.collation.target

    @cached_property
    def by_question(self) -> Mapping[str, QuestionPair]:
        """The questions that are compared, by their id in the later round."""
        return {each.after.id: each for each in self.questions.pairs}

    @cached_property
    def compared(self) -> tuple[TeamPair, ...]:
        """The teams with a valid answer to a question in both rounds, in order."""
        return tuple(dict.fromkeys(pair.team for pair in self.pairs))

    @cached_property
    def counting(self) -> int:
        """How many questions are looked at for clear moves: those whose words are the same."""
        return sum(each.counts for each in self.questions.pairs)

    @cached_property
    def moves(self) -> Mapping[str, Moves]:
        """How the teams moved on each question, by its id in the later round."""
        levels: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
        for pair in self.pairs:
            levels[pair.question.after.id].append((pair.before, pair.after))
        own = self.questionnaire.levels_of
        return {each: figures.moves(levels[each], self.levels, own.get(each, ())) for each in self.by_question}

    def clear(self, question: str) -> Move | None:
        """Which way a question clearly moved; None where chance, or other words, may have done it."""
        return self.moves[question].clear(self.counting) if self.by_question[question].counts else None

    def component_moves(self, component: Component) -> Moves:
        """How the teams moved on a component's questions, put together; those with other words are left out."""
        nothing = figures.moves((), self.levels)
        return sum((self.moves[each.id] for each in self.counted(component.questions)), nothing)

    def counted(self, questions: Iterable[Question]) -> Iterator[Question]:
        """Those of some questions that are compared and have the same words."""
        return (each for each in questions if each.id in self.by_question and self.by_question[each.id].counts)

    @cached_property
    def balances(self) -> tuple[Balance, ...]:
        """How each team moved over all questions with the same words, in the order of `compared`."""
        return tuple(self.balances_on(self.questionnaire.questions))

    def balances_on(self, questions: Iterable[Question]) -> Iterator[Balance]:
        """How each team moved over some questions, in the order of `compared`; those with other words are left out."""
        ids = {each.id for each in self.counted(questions)}
        of_team: defaultdict[int, list[Move]] = defaultdict(list)
        for pair in self.pairs:
            if pair.question.after.id in ids:
                of_team[pair.number].append(pair.move)
        return (figures.balance(of_team[number]) for number in range(1, len(self.compared) + 1))

    @cached_property
    def lead(self) -> Balance:
        """How many teams moved up on more questions than down, how many as often, how many the other way."""
        return figures.lead(self.balances)

    @cached_property
    def actions(self) -> tuple[ActionThen, ...]:
        """What the teams of the earlier round meant to work on, with what they answered then and now."""
        numbers = {normalise(team.before.id): number for number, team in enumerate(self.compared, 1)}
        questions = {each.before.id: each.after.id for each in self.questions.pairs}
        return tuple(actions_then(self.before, self.after, self.teams, numbers, questions))

    @cached_property
    def acted_on(self) -> frozenset[tuple[int, str]]:
        """The number of the team and the question of each action that names one."""
        return frozenset((each.number, each.question) for each in self.actions if each.number and each.question)

    @cached_property
    def beside(self) -> frozenset[tuple[int, str]]:
        """Teams that named no action on a question, where one that did stood at the same level then."""
        levels = {(pair.question.after.id, pair.before) for pair in self.pairs if self._key(pair) in self.acted_on}
        return frozenset(
            self._key(pair)
            for pair in self.pairs
            if (pair.question.after.id, pair.before) in levels and self._key(pair) not in self.acted_on
        )

    @staticmethod
    def _key(pair: Pair) -> tuple[int, str]:
        return pair.number, pair.question.after.id

    def everybody(self, of: ComparedRound, question: str) -> Distribution:
        """All valid answers of a round to a question, by its id in that round, whoever is compared."""
        own = of.collation.questionnaire.levels_of.get(question, ())
        return distribution((each.levels.get(question) for each in of.collation.results), self.levels, own)

    @cached_property
    def silent(self) -> tuple[Unpaired, ...]:
        """Teams that are in both rounds and are not compared, as they have no valid answers to the same questions."""
        compared = set(self.compared)
        rest = (pair for pair in self.teams.pairs if pair not in compared)
        return tuple(_silent(pair, self.before, self.after) for pair in rest)

    @property
    def not_compared(self) -> tuple[Unpaired, ...]:
        """Every team that is not compared, and why."""
        return (*self.teams.unpaired, *self.silent)


def compare(before: ComparedRound, after: ComparedRound, known: TeamsMap = NO_MAP) -> Comparison:
    """Compare two rounds.

    Args:
        before, after: the rounds, as they were given: a later one may come first, and that is noted.
        known: what somebody wrote down about teams.

    Raises:
        ImpactError: the rounds have different numbers of levels, or no team or no question is in both.
    """
    _expect_same_levels(before, after)
    questions = pair_questions(before.questions, after.questions)
    teams = pair_teams(teams_of(before), teams_of(after), known)
    pairs = tuple(_pairs(before, after, teams, questions))
    if not pairs:
        what = "question" if not questions.pairs else "team with valid answers"
        raise ImpactError(
            f"Nothing can be compared: no {what} is in both rounds ({before.path} and {after.path})",
            "Check that these are two rounds of the same self-assessment. Where teams were renamed, give a list with "
            "--teams-map FILE: before, after, relation.",
        )
    notes = (*_notes(before, after), *teams.notes, *_notes_on_questions(questions))
    return Comparison((before, after), teams, questions, pairs, notes)


def teams_of(round: ComparedRound) -> list[Team]:
    """Everybody who was asked, or heard of, in a round."""
    return [each.team for each in round.collation.results]


def _expect_same_levels(before: ComparedRound, after: ComparedRound) -> None:
    then, now = before.level_names, after.level_names
    if len(then) != len(now):
        raise ImpactError(
            f"These rounds have different levels, so no level can be compared: {len(then)} in {before.path} "
            f"({', '.join(then)}) and {len(now)} in {after.path} ({', '.join(now)})",
            "Compare two rounds with the same number of levels.",
        )


def _pairs(
    before: ComparedRound, after: ComparedRound, teams: PairedTeams, questions: PairedQuestions
) -> Iterator[Pair]:
    then, now = (
        {normalise(each.team.id): each.levels for each in round.collation.results} for round in (before, after)
    )
    number = 0
    for team in teams.pairs:
        levels = then[normalise(team.before.id)], now[normalise(team.after.id)]
        both = [each for each in questions.pairs if each.before.id in levels[0] and each.after.id in levels[1]]
        number += bool(both)
        for question in both:
            yield Pair(number, team, question, levels[0][question.before.id], levels[1][question.after.id])


def _silent(pair: TeamPair, before: ComparedRound, after: ComparedRound) -> Unpaired:
    """Why a team that is in both rounds is not compared."""
    for round, team, now in ((before, pair.before, False), (after, pair.after, True)):
        result = next(each for each in round.collation.results if each.team == team)
        if not result.levels:
            return Unpaired(pair.after, now=now, why=f"{_absence(result)} in {round.title}.")
    return Unpaired(pair.after, now=True, why="It has no valid answer to the same question in both rounds.")


def _absence(result: TeamResult) -> str:
    if result.status is Status.WITHDRAWN:
        return "It did not take part"
    return "It did not answer" if result.status is Status.NONE else "It has no valid answer"


def _notes(before: ComparedRound, after: ComparedRound) -> Iterator[str]:
    """What is odd about two rounds."""
    then, now = before.collation, after.collation
    if before.sha256 == after.sha256:
        yield "The same workbook was given twice, so nothing can have moved."
    elif then.round.id and then.round.id == now.round.id:
        yield f"Both workbooks are of the same round ({then.round.id}). They show what was changed in it."
    if then.date and now.date and then.date > now.date:
        yield (
            f"The rounds seem to be the wrong way round: the first is dated {before.dated}, the second {after.dated}. "
            "“Then” is the one that was given first."
        )
    if then.target != now.target:
        names = [round.level_names[round.collation.target - 1] for round in (before, after)]
        yield f"The target was {names[0]} then and is {names[1]} now. {names[1]} is used for both."
    if list(map(normalise, before.level_names)) != list(map(normalise, after.level_names)):
        yield (
            f"The levels had other names then: {', '.join(before.level_names)}. They are compared by their place: "
            f"{', '.join(after.level_names)}."
        )
    for round, when in ((before, "then"), (after, "now")):
        if round.corrections:
            answers = plural(round.corrections, f"answer of {when} was", f"answers of {when} were")
            yield f"{answers} changed by hand in the workbook, and {'counts' if round.corrections == 1 else 'count'}."


def _notes_on_questions(questions: PairedQuestions) -> Iterator[str]:
    by_words = Counter(each.words for each in questions.pairs)
    changed = [each.after.id for each in questions.pairs if each.words is Words.CHANGED]
    if changed:
        yield (
            f"The words of {plural(len(changed), 'question')} changed ({_some(changed)}): a move there may come from "
            "the words, so it is shown and not counted."
        )
    if number := by_words[Words.UNKNOWN]:
        yield (
            f"The workbook of then does not hold the words of {plural(number, 'question')}. They are compared by "
            "number and short title."
        )
    if moved := [f"{each.after.id} (was {each.before.id})" for each in questions.pairs if each.moved]:
        yield f"Asked under another number then: {_some(moved)}."
    if reused := sorted(questions.reused):
        yield f"Another question has this number now, so nothing of then is compared with it: {join_and(reused)}."


def _some(names: Sequence[str]) -> str:
    return first_few(names, 6, more=" and {} more")
