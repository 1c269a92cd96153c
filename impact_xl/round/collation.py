"""Many submissions become the round: matched to teams, copies settled, every team with its status."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

from impact_xl.findings import Finding, found, in_order
from impact_xl.questionnaire import Questionnaire, normalise
from impact_xl.returns.submission import ActionReport, ReturnedFile
from impact_xl.roster import Round, Team, TeamList
from impact_xl.round import figures, followed, packs, tables
from impact_xl.round.answers import Answer, Judged, JudgedFile, State, Status, judge_file
from impact_xl.round.closing import in_time
from impact_xl.round.decisions import Docket, decisions_of, placed_by
from impact_xl.round.figures import FEWEST_FOR_WORDS, Tally
from impact_xl.round.match_teams import key_of, match_copies
from impact_xl.round.overrides import Decision, Overrides, decide, decide_without_copy
from impact_xl.round.own_messages import without_own
from impact_xl.round.owner import Owners
from impact_xl.round.record import Carried, Meeting, Return, TeamResult
from impact_xl.round.resolve_copies import Choice, choose_copy, with_team
from impact_xl.round.round_id import set_aside, take_id, without_round
from impact_xl.round.standing import Standing
from impact_xl.wording import join_and, plural, quote

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Inputs:
    """What a round was collated from, so that it can be collated again with the decisions that a workbook keeps."""

    files: tuple[JudgedFile, ...]
    findings: tuple[Finding, ...]
    overrides: Overrides = Overrides()
    counted: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Collation:
    """All submissions of a round, matched, settled and counted."""

    questionnaire: Questionnaire
    round: Round
    results: tuple[TeamResult, ...]
    files: tuple[Return, ...]
    to_fix: tuple[Finding, ...]
    carried: Carried | None = None  # what people had typed into the workbook that is replaced
    meeting: Meeting | None = None  # and into the one for the meeting
    decisions: Overrides = Overrides()  # those that stand, with the teams' own ids and names
    inputs: Inputs | None = field(default=None, compare=False, repr=False)  # None where it was read from a workbook

    @property
    def title(self) -> str:
        """What the round is called: by its title, else by its id, else as the questionnaire."""
        return self.round.title or self.round.id or self.questionnaire.title

    @property
    def target(self) -> int:
        """The level that “at target” means, counted from 1."""
        return self.round.target or self.questionnaire.target

    @cached_property
    def statuses(self) -> dict[str, int]:
        """How many teams have each status."""
        counts = dict.fromkeys((status.value for status in Status), 0)
        for result in self.results:
            counts[result.status.value] += 1
        return counts

    @cached_property
    def states(self) -> dict[str, int]:
        """How many answers of the used copies have each state."""
        counts = dict.fromkeys((state.value for state in State), 0)
        for answer in self.all_answers():
            counts[answer.state] += 1
        return counts

    @cached_property
    def steps(self) -> tuple[packs.Step, ...]:
        """The next steps that teams typed into their packs."""
        return tuple(packs.steps((each.file for each in self.files), self.results, self.round))

    @cached_property
    def followed(self) -> Mapping[followed.Key, ActionReport]:
        """What teams said of their actions in forms about these, by the team's id and what the action is."""
        return followed.followed((each.file for each in self.files), self.results, self.round)

    @property
    def returned(self) -> int:
        """How many teams have sent a form in which something counts: complete and partial ones."""
        return sum(result.status.returned for result in self.results)

    @cached_property
    def answering(self) -> tuple[TeamResult, ...]:
        """The teams with at least one valid answer."""
        return tuple(result for result in self.results if result.levels)

    @cached_property
    def groups(self) -> tuple[str, ...]:
        """The groups' names in the order of the results; “(no group)” is one where a team has none."""
        return tuple(dict.fromkeys(result.team.group_name for result in self.results))

    @cached_property
    def date(self) -> date | None:
        """What the results are dated: the round's date, else the newest date that a return carries."""
        if self.round.date:
            return self.round.date
        submissions = (each.judged.submission for each in self.files if each.judged)
        moments = (submission.message_date or submission.modified for submission in submissions)
        days = {moment.date() for moment in moments if moment}
        closed_on = self.round.closed_on
        return max((day for day in days if not closed_on or day <= closed_on), default=None)

    def all_answers(self, group: str | None = None) -> Iterator[Answer]:
        """Every answer that enters the figures, team by team; of one group where one is given."""
        for result in self.results if group is None else self.by_group.get(group, ()):
            yield from result.counted.values()

    @cached_property
    def by_group(self) -> Mapping[str, Sequence[TeamResult]]:
        """The results of each group; there may be as many groups as teams."""
        by_group: dict[str, list[TeamResult]] = {}
        for result in self.results:
            by_group.setdefault(result.team.group_name, []).append(result)
        return by_group

    @cached_property
    def _known_tallies(self) -> dict[tuple[str, str | None], dict[str, Tally]]:
        """Those that were counted already, by kind and group: every figure of a group is made from the same."""
        return {}

    def tallies(self, group: str | None = None) -> dict[str, Tally]:
        """The tally of every question, of all teams or of one group."""
        if ("questions", group) not in self._known_tallies:
            answers: dict[str, list[tuple[str, int | None]]] = {each.id: [] for each in self.questionnaire.questions}
            for answer in self.all_answers(group):
                answers[answer.question].append((answer.state, answer.level))
            levels, own = len(self.questionnaire.levels), self.questionnaire.levels_of
            self._known_tallies["questions", group] = {
                question: figures.tally(pairs, levels, own.get(question, ())) for question, pairs in answers.items()
            }
        return {**self._known_tallies["questions", group]}

    def component_tallies(self, group: str | None = None) -> dict[str, Tally]:
        """The tally of every component, pooled over its questions."""
        if ("components", group) not in self._known_tallies:
            tallies = self.tallies(group)
            pooled = self._known_tallies["components", group] = {}
            for component in self.questionnaire.components:
                first, *rest = (tallies[question.id] for question in component.questions)
                pooled[component.id] = sum(rest, first)
        return {**self._known_tallies["components", group]}

    # -- tables: rows for files, frames for people who work in Python --------------------------------

    def rows(self, table: str) -> Iterator[tables.Row]:
        """The rows of one of the tables in `tables.COLUMNS`.

        Raises:
            KeyError: there is no such table.
        """
        rows: Mapping[str, Callable[[], Iterator[tables.Row]]] = {
            "answers": lambda: tables.answer_rows(self.questionnaire, self.round, self.results),
            "teams": lambda: tables.team_rows(self.questionnaire, self.results),
            "returns": lambda: tables.return_rows(self.questionnaire, self.files),
            "priorities": lambda: tables.priority_rows(self.results),
            "last_actions": lambda: tables.last_action_rows(self.results),
            "findings": lambda: tables.finding_rows(self.to_fix),
            "questions": lambda: tables.question_rows(self.questionnaire, self.target),
            "levels": lambda: tables.level_rows(self.questionnaire),
            "snapshots": lambda: tables.snapshot_rows(self.round, self.date, self.results),
        }
        return rows[table]()

    def columns(self, table: str) -> tuple[str, ...]:
        """The columns of one of the tables; teams.csv has those that people added to the team list as well."""
        return tables.columns(table, (result.team for result in self.results))

    def _frame(self, table: str) -> pd.DataFrame:
        return tables.frame(self.columns(table), self.rows(table))

    @property
    def answers(self) -> pd.DataFrame:
        """One row per team and question of the used copies, in the columns of answers.csv."""
        return self._frame("answers")

    @property
    def teams(self) -> pd.DataFrame:
        """Everybody asked or heard of, in the columns of teams.csv."""
        return self._frame("teams")

    @property
    def returns(self) -> pd.DataFrame:
        """Every file read, in the columns of returns.csv."""
        return self._frame("returns")

    @property
    def findings(self) -> pd.DataFrame:
        """Every finding, in the columns of findings.csv."""
        return self._frame("findings")

    @property
    def priorities(self) -> pd.DataFrame:
        """What the teams mean to work on, in the columns of priorities.csv."""
        return self._frame("priorities")

    @property
    def last_actions(self) -> pd.DataFrame:
        """What has come of what the teams planned in the round before, in the columns of last_actions.csv."""
        return self._frame("last_actions")


def collate(
    files: Iterable[ReturnedFile | JudgedFile],
    questionnaire: Questionnaire,
    round: Round | None = None,
    findings: Iterable[Finding] = (),
    overrides: Overrides = Overrides(),
    counted: Collection[str] = (),
) -> Collation:
    """Match submissions to teams, settle several copies of one team, and give every team its status.

    The order of the files does not matter. Nothing is guessed: a copy whose team is not certain counts for none.

    Args:
        files: everything that was read; what is not judged yet is judged.
        questionnaire: what was asked.
        round: who was asked; without a team list, everybody heard of is a team.
        findings: what was found before reading, such as files passed over.
        overrides: what people decided; it beats every correction form, which beats the latest copy.
        counted: the SHA-256 of the files that counted before the round was closed, for forms that carry no date.

    Raises:
        ImpactError: the overrides name a team, file or copy that is not there, or contradict each other; or the round
            has no id, and the forms are of several.
    """
    inputs = Inputs(tuple(_judged(files, questionnaire)), tuple(findings), overrides, frozenset(counted))
    round, to_fix = round or Round(), list(inputs.findings)
    docket = Docket(overrides, questionnaire)
    in_order_of_name = sorted(without_own(inputs.files, round), key=lambda each: each.file.file)
    placed = placed_by(docket, in_order_of_name, round.teams)
    round = take_id(round, in_order_of_name, placed)
    returns, copies = match_copies(in_order_of_name, round, placed, to_fix)
    decisions = decisions_of(docket, round.teams, copies)
    teams = _teams(round.teams, copies)
    owners = Owners(teams.values(), in_order_of_name)
    to_fix = [owners.with_owner(finding) for finding in to_fix]
    unread, unread_of = owners.unread(to_fix), owners.of_unread(to_fix)
    standing = Standing(round.teams, copies)
    results: list[TeamResult] = []
    used: set[int] = set()
    for key, team in teams.items():
        every = copies[key][1] if key in copies else []
        places = in_time(team, every, returns, to_fix, placed=placed, round=round, counted=inputs.counted)
        own = [returns[index] for index in places]
        choice = _choose(team, own, placed, round, standing, questionnaire, decisions.get(key, ()))
        to_fix += choice.findings
        used.update(places[place] for place in choice.places)
        copy = _with_decisions(team, choice.judged, decisions.get(key, ()), docket, own)
        to_fix += (with_team(finding, team) for finding in copy.findings) if copy and team.takes_part else ()
        results.append(_result(team, copy, len(every), round.teams, unread=team.id in unread))
    docket.fail()
    to_fix += docket.findings
    numbered = _numbered(_with_one_spelling_of_groups(results))
    to_fix += _few(numbered, round.teams)
    to_fix += packs.not_taken((each.file for each in returns), numbered, round)
    to_fix += without_round((returns[index] for index in sorted(used)), placed, round)
    to_fix = in_order(owners.settled(finding, numbered) for finding in to_fix)
    files_read = _files_read(returns, used, unread_of)
    return Collation(
        questionnaire, round, numbered, files_read, tuple(to_fix), decisions=docket.standing, inputs=inputs
    )


def _files_read(returns: Sequence[Return], used: Collection[int], unread_of: Mapping[str, Team]) -> tuple[Return, ...]:
    """The files with what became of each; one of which nothing can be read has the team that it is told to be of."""
    return tuple(
        replace(each, used=index in used, team=each.team or unread_of.get(each.name))
        for index, each in enumerate(returns)
    )


def _choose(
    team: Team,
    own: Sequence[Return],
    placed: Mapping[str, Team],
    round: Round,
    standing: Standing,
    questionnaire: Questionnaire,
    decisions: Sequence[Decision],
) -> Choice:
    """What counts for a team of all that came from it; the places are those among its own returns."""
    aside, why_aside = set_aside(team, own, placed, round)
    counting = [place for place in range(len(own)) if place not in aside]
    returns = [own[place] for place in counting]
    chosen = choose_copy(team, returns, placed, questionnaire, [each.question for each in decisions])
    choice = standing.applied(team, chosen, returns, placed)
    places = tuple(counting[place] for place in choice.places)
    if places == choice.places and not why_aside:
        return choice
    return replace(choice, places=places, findings=(*choice.findings, *why_aside))


def _judged(files: Iterable[ReturnedFile | JudgedFile], questionnaire: Questionnaire) -> Iterator[JudgedFile]:
    for each in files:
        yield each if isinstance(each, JudgedFile) else judge_file(each, questionnaire)


def collate_again(
    collation: Collation, overrides: Overrides | None = None, counted: Collection[str] | None = None
) -> Collation:
    """The same round from the same files; as it is where it was read from a workbook.

    Args:
        collation: the round.
        overrides: what people decided, in the place of what was given.
        counted: as `collate` has it, in the place of what was given.

    Raises:
        ImpactError: as `collate`.
    """
    if not collation.inputs:
        return collation
    files, findings = collation.inputs.files, collation.inputs.findings
    decisions = collation.inputs.overrides if overrides is None else overrides
    before = collation.inputs.counted if counted is None else counted
    return collate(files, collation.questionnaire, collation.round, findings, decisions, before)


def _teams(listed: TeamList, copies: Mapping[str, tuple[Team, list[int]]]) -> dict[str, Team]:
    """Everybody on the list, then everybody heard of, by the key that copies are gathered under."""
    return {
        **{key_of(team): team for team in listed.teams},
        **{key_of(team): team for team, _ in copies.values()},
    }


def _with_decisions(
    team: Team,
    copy: Judged | None,
    decisions: Sequence[Decision],
    docket: Docket,
    returns: Sequence[Return],
) -> Judged | None:
    """The copy that counts with what a person decided, or the decisions alone.

    Where returns were filled in, and none counts, the decisions wait until a person says which does. A new return can
    bring that about any day, so it is no fault of the list.
    """
    if copy and decisions:
        return decide(copy, decisions, docket.questionnaire)
    if not decisions or all(each.judged.untouched for each in returns if each.judged):
        return decide_without_copy(team, decisions, docket.questionnaire) if decisions else copy
    for each in decisions:
        docket.wait(
            each,
            f"{_which_files(returns)} came from {team.name}, and none counts yet; "
            "a row with file and team says which copy counts",
            team,
        )
    return copy


def _which_files(returns: Sequence[Return]) -> str:
    return join_and([quote(each.name) for each in returns if each.judged and not each.judged.untouched])


def _result(team: Team, copy: Judged | None, copies: int, listed: TeamList, *, unread: bool) -> TeamResult:
    """A team's result, still without its number."""
    nothing_read = Status.UNREADABLE if unread else Status.NONE
    status = copy.status if copy else Status.UNUSABLE if copies else nothing_read
    status = status if team.takes_part else Status.WITHDRAWN
    on_the_list = not listed.teams or normalise(team.id) in listed.by_id
    return TeamResult(0, team, status, on_the_list, copies, copy)


def _with_one_spelling_of_groups(results: Iterable[TeamResult]) -> Iterator[TeamResult]:
    """Groups that differ in case or spaces alone are one; the team list's spelling counts, then the first in order."""
    by_spelling = sorted(results, key=lambda result: (not result.listed, result.team.group))
    spelling: dict[str, str] = {}
    for result in by_spelling:
        own = result.team.group
        group = spelling.setdefault(normalise(own), own)
        yield result if group == own else replace(result, team=replace(result.team, group=group))


def _numbered(results: Iterable[TeamResult]) -> tuple[TeamResult, ...]:
    """The results by group and name, those without a group last, counted from 1."""

    def place(result: TeamResult) -> tuple[bool, str, str, str]:
        team = result.team
        return not team.group, team.group.casefold(), team.name.casefold(), team.id

    return tuple(replace(result, number=number) for number, result in enumerate(sorted(results, key=place), 1))


def _few(results: Sequence[TeamResult], listed: TeamList) -> Iterator[Finding]:
    """A finding where so few forms count that words about agreement would be chance."""
    counted = sum(result.status.returned for result in results)
    if counted >= FEWEST_FOR_WORDS:
        return
    if not counted:
        forms = "No form that counts has"
    else:
        forms = f"Only {plural(counted, 'form')} that {'counts has' if counted == 1 else 'count have'}"
    expected = f" from {plural(len(listed.teams), 'team')}" if listed.teams else ""
    yield found("round-few-returns", what=f"{forms} come back{expected}")
