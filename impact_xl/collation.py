"""Many submissions become the round: matched to teams, copies settled, every team with its status."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property, cmp_to_key
from typing import TYPE_CHECKING

from impact_xl import figures, record
from impact_xl.answers import Answer, Judged, JudgedFile, State, Status, judge, judge_file
from impact_xl.figures import FEWEST_FOR_WORDS, Tally
from impact_xl.findings import RULES, Finding, Where, found, in_order, plural
from impact_xl.layout import CORRECTION
from impact_xl.lists import typed_date
from impact_xl.overrides import Decision, Overrides, corrected, decide, in_words
from impact_xl.questionnaire import Questionnaire, normalise
from impact_xl.record import Carried, Return, TeamResult
from impact_xl.returns.submission import ReturnedFile, Submission
from impact_xl.rounds import Round, Team, TeamList, make_id

if TYPE_CHECKING:
    import pandas as pd

# More than a quarter of the answers differing, and another name under them: not a correction but another team.
FORWARDED = 4
_LIKE_ENOUGH = 0.75  # how alike a name on the list must be to be suggested; nothing is ever matched by likeness


@dataclass(frozen=True)
class Collation:
    """All submissions of a round, matched, settled and counted."""

    questionnaire: Questionnaire
    round: Round
    results: tuple[TeamResult, ...]
    files: tuple[Return, ...]
    to_fix: tuple[Finding, ...]
    carried: Carried | None = None  # what people had typed into the workbook that is replaced

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
            counts[answer.state.value] += 1
        return counts

    @property
    def returned(self) -> int:
        """How many teams have sent anything."""
        return len(self.results) - self.statuses[Status.NONE]

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
        return max((moment.date() for moment in moments if moment), default=None)

    def all_answers(self, group: str | None = None) -> Iterator[Answer]:
        """Every answer of the used copies, team by team; of one group where one is given."""
        for result in self.results:
            if group is None or result.team.group_name == group:
                yield from result.answers.values()

    def tallies(self, group: str | None = None) -> dict[str, Tally]:
        """The tally of every question, of all teams or of one group."""
        said: dict[str, list[tuple[str, int | None]]] = {each.id: [] for each in self.questionnaire.questions}
        for answer in self.all_answers(group):
            said[answer.question].append((answer.state.value, answer.level))
        return {question: figures.tally(pairs, len(self.questionnaire.levels)) for question, pairs in said.items()}

    def component_tallies(self, group: str | None = None) -> dict[str, Tally]:
        """The tally of every component, pooled over its questions."""
        tallies = self.tallies(group)
        pooled: dict[str, Tally] = {}
        for component in self.questionnaire.components:
            first, *rest = (tallies[question.id] for question in component.questions)
            pooled[component.id] = sum(rest, first)
        return pooled

    # -- tables: rows for files, frames for people who work in Python --------------------------------

    def rows(self, table: str) -> Iterator[record.Row]:
        """The rows of one of the tables in `record.COLUMNS`."""
        match table:
            case "answers":
                return record.answer_rows(self.questionnaire, self.round, self.results)
            case "teams":
                return record.team_rows(self.questionnaire, self.results)
            case "returns":
                return record.return_rows(self.questionnaire, self.files)
            case "priorities":
                return record.priority_rows(self.results)
            case "findings":
                return record.finding_rows(self.to_fix)
            case "questions":
                return record.question_rows(self.questionnaire)
        raise KeyError(table)

    @property
    def answers(self) -> pd.DataFrame:
        """One row per team and question of the used copies, in the columns of answers.csv."""
        return record.frame("answers", self.rows("answers"))

    @property
    def teams(self) -> pd.DataFrame:
        """Everybody asked or heard of, in the columns of teams.csv."""
        return record.frame("teams", self.rows("teams"))

    @property
    def returns(self) -> pd.DataFrame:
        """Every file read, in the columns of returns.csv."""
        return record.frame("returns", self.rows("returns"))

    @property
    def findings(self) -> pd.DataFrame:
        """Every finding, in the columns of findings.csv."""
        return record.frame("findings", self.rows("findings"))

    @property
    def priorities(self) -> pd.DataFrame:
        """What the teams mean to work on, in the columns of priorities.csv."""
        return record.frame("priorities", self.rows("priorities"))


def collate(
    files: Iterable[ReturnedFile | JudgedFile],
    questionnaire: Questionnaire,
    round: Round | None = None,
    findings: Iterable[Finding] = (),
    overrides: Overrides = Overrides(),
) -> Collation:
    """Match submissions to teams, settle several copies of one team, and give every team its status.

    The order of the files does not matter. Nothing is guessed: a copy whose team is not certain counts for none.

    Args:
        files: everything that was read; what is not judged yet is judged.
        questionnaire: what was asked.
        round: who was asked; without a team list, everybody heard of is a team.
        findings: what was found before reading, such as files passed over.
        overrides: what people decided; it beats every correction form, which beats the latest copy.

    Raises:
        ImpactError: the overrides name a team, file or copy that is not there.
    """
    round = round or Round()
    told = list(findings)
    faults: list[str] = []
    read = (each if isinstance(each, JudgedFile) else judge_file(each, questionnaire) for each in files)
    held = sorted(read, key=lambda each: each.file.file)
    placed = _placed(overrides, held, round.teams, faults)
    returns, copies = _identified(held, round, placed, told)
    decisions = _decisions(overrides, round.teams, copies, faults)
    results: list[TeamResult] = []
    used: set[int] = set()
    for team in {
        **{_key(team): team for team in round.teams.teams},
        **{key: held[0] for key, held in copies.items()},
    }.values():
        own = copies.get(_key(team), (team, []))[1]
        forms = [index for index in own if not _is_correction(returns[index])]
        more = [index for index in own if index not in forms]
        settled = _settle(team, [returns[index] for index in forms], placed, questionnaire, told)
        judged: Judged | None = None
        if settled is not None:
            used.add(forms[settled])
            judged, taken = _corrected(
                team, returns[forms[settled]].judged, [returns[index] for index in more], questionnaire, told
            )
            used.update(more[index] for index in taken)
        elif more and all(_untouched(returns[index]) for index in forms):
            judged, taken = _corrections_alone(team, [returns[index] for index in more], questionnaire, told)
            used.update(more[index] for index in taken)
        if decided := decisions.get(_key(team)):
            if judged:
                judged = decide(judged, decided, questionnaire)
            else:
                rows = ", ".join(str(each.row) for each in decided)
                faults.append(
                    f"row {rows}: no copy of {team.name} counts, so there is nothing to decide about; "
                    "a row with file and team says which copy counts"
                )
        if judged:
            told += (_owned(finding, team) for finding in judged.findings)
        status = judged.status if judged else Status.UNUSABLE if own else Status.NONE
        listed = not round.teams.teams or normalise(team.id) in round.teams.by_id
        results.append(TeamResult(0, team, status, listed, len(own), judged))
    overrides.fail(faults)
    results = _with_one_spelling_of_groups(results)
    results.sort(
        key=lambda result: (
            not result.team.group,
            result.team.group.casefold(),
            result.team.name.casefold(),
            result.team.id,
        )
    )
    numbered = tuple(replace(result, number=number) for number, result in enumerate(results, 1))
    told += _few(numbered, round.teams)
    shown = tuple(replace(each, used=index in used) for index, each in enumerate(returns))
    return Collation(questionnaire, round, numbered, shown, tuple(in_order(told)))


def _with_one_spelling_of_groups(results: Iterable[TeamResult]) -> list[TeamResult]:
    """Groups that differ in case or spaces alone are one; the team list's spelling counts, then the first in order."""
    held = sorted(results, key=lambda result: (not result.listed, result.team.group))
    spelling: dict[str, str] = {}
    for result in held:
        spelling.setdefault(normalise(result.team.group), result.team.group)
    return [replace(result, team=replace(result.team, group=spelling[normalise(result.team.group)])) for result in held]


def _key(team: Team) -> str:
    return normalise(team.id)


def _owned(finding: Finding, team: Team) -> Finding:
    """A copy's finding under the name that the team has in the round."""
    facts = {**finding.facts, "who": team.name} if "who" in finding.facts else finding.facts
    return replace(finding, team_id=team.id, team=team.name, facts=facts)


# -- whose is it ------------------------------------------------------------------------------------


def _identified(
    files: Sequence[JudgedFile],
    round: Round,
    placed: Mapping[str, Team],
    told: list[Finding],
) -> tuple[list[Return], dict[str, tuple[Team, list[int]]]]:
    """Every submission as a return, and for each team the indices of its copies."""
    returns: list[Return] = []
    copies: dict[str, tuple[Team, list[int]]] = {}
    seen: dict[str, str] = {}
    sent = _last_sent(files)
    ids_by_name = _ids_by_name(judged.submission for each in files for judged in each.judged)
    for each in files:
        file, given = each.file, placed.get(each.file.file)
        told += file.findings
        if file.sha256 and file.sha256 in seen and not given:
            told.append(found("file-duplicate", Where(file.file), other=seen[file.sha256]))
            returns.append(Return(file))
            continue
        seen[file.sha256] = file.file
        if not each.judged:
            returns.append(Return(file))
        for judged in _sent_last(each, sent):
            team, finding = (given, None) if given else team_of(judged.submission, round.teams, ids_by_name)
            if finding:
                told.append(finding)
            told += _of_another_round(judged.submission, team, round)
            if team:
                copies.setdefault(_key(team), (team, []))[1].append(len(returns))
            returns.append(Return(file, judged, team))
    return returns, copies


def _of_another_round(submission: Submission, team: Team | None, round: Round) -> Iterator[Finding]:
    theirs = submission.reference.round
    if theirs and round.id and normalise(theirs) != normalise(round.id):
        named = {"team_id": team.id, "team": team.name} if team else {}
        yield found("form-other-round", submission.where, **named, theirs=theirs, ours=round.id)


def _last_sent(files: Iterable[JudgedFile]) -> dict[str, datetime]:
    """When each file's bytes were last sent: who sends the first copy again means that one."""
    sent: dict[str, datetime] = {}
    for each in files:
        for judged in each.judged:
            if moment := judged.submission.message_date:
                sent[each.file.sha256] = max(moment, sent.get(each.file.sha256, moment))
    return sent


def _sent_last(each: JudgedFile, sent: Mapping[str, datetime]) -> Iterator[Judged]:
    last = sent.get(each.file.sha256)
    for judged in each.judged:
        if last and judged.submission.message_date != last:
            yield replace(judged, submission=replace(judged.submission, message_date=last))
        else:
            yield judged


def _ids_by_name(submissions: Iterable[Submission]) -> dict[str, str]:
    """The id that copies of one name carry, where they carry one and the same."""
    ids: defaultdict[str, set[str]] = defaultdict(set)
    for submission in submissions:
        if submission.team and not submission.other_team and (identity := _id_of(submission)):
            ids[normalise(submission.team)].add(identity)
    return {name: next(iter(held)) for name, held in ids.items() if len(held) == 1}


def _id_of(submission: Submission) -> str:
    return submission.team_id or submission.reference.team_id


def team_of(
    submission: Submission, listed: TeamList, ids_by_name: dict[str, str]
) -> tuple[Team | None, Finding | None]:
    """The team a submission belongs to, by id, then by name; and what has to be said about it."""
    name = submission.other_team or submission.team
    identity = "" if submission.other_team else _id_of(submission)
    where = submission.where
    stamped = "" if submission.other_team else submission.reference.team_id
    by_id = listed.by_id.get(normalise(identity)) if identity else None
    by_name = listed.by_name.get(normalise(name)) if name else None
    if stamped and identity and normalise(stamped) != normalise(identity):
        return None, found(
            "team-conflict", where, team=name, by_id=f"“{identity}” and “{stamped}”", by_name=f"“{name}”"
        )
    if by_id and by_name and by_id != by_name:
        return None, found("team-conflict", where, team=name, by_id=f"“{by_id.name}”", by_name=f"“{by_name.name}”")
    if known := by_id or by_name:
        return known, None
    if not name and not identity:
        return None, found("team-missing", where)
    shown = name or identity
    team = Team(
        id=identity or ids_by_name.get(normalise(name)) or make_id(name),
        name=shown,
        group="" if submission.other_team else submission.group,
    )
    if not listed.teams:
        return team, None
    return team, found("team-unknown", where, team_id=team.id, team=shown, name=shown, hint=_hint(shown, listed))


def _hint(name: str, listed: TeamList) -> str:
    alike = difflib.get_close_matches(normalise(name), listed.by_name, n=2, cutoff=_LIKE_ENOUGH)
    names = " or ".join(f"“{listed.by_name[key].name}”" for key in alike)
    return f" Did they mean {names}?" if names else ""


# -- what people decided ----------------------------------------------------------------------------


def _placed(overrides: Overrides, files: Sequence[JudgedFile], listed: TeamList, faults: list[str]) -> dict[str, Team]:
    """The team that each file named in the overrides was given to, by the file's display name."""
    placed: dict[str, Team] = {}
    for each in overrides.copies:
        team = _listed(each.team, listed)
        if not team and listed.teams:
            faults.append(f"row {each.row}: “{each.team}” is not on the team list")
            continue
        named = [held for held in files if held.file.file == each.file] or [
            held for held in files if held.file.file.endswith(f"/{each.file}")
        ]
        if len(named) != 1:
            what = f"{len(named)} files are" if named else "no file that was read is"
            faults.append(f"row {each.row}: {what} called “{each.file}”")
        elif len(named[0].judged) != 1:
            faults.append(f"row {each.row}: {each.file} holds {plural(len(named[0].judged), 'form')}, not one")
        else:
            placed[named[0].file.file] = team or Team(make_id(each.team), each.team)
    return placed


def _decisions(
    overrides: Overrides, listed: TeamList, copies: Mapping[str, tuple[Team, list[int]]], faults: list[str]
) -> dict[str, list[Decision]]:
    """The decided answers of each team, by the team's key."""
    heard_of = {normalise(team.name): team for team, _ in copies.values()}
    decisions: defaultdict[str, list[Decision]] = defaultdict(list)
    for each in overrides.answers:
        known = copies.get(normalise(each.team))
        team = _listed(each.team, listed) or (known[0] if known else heard_of.get(normalise(each.team)))
        if team:
            decisions[_key(team)].append(each)
        else:
            faults.append(f"row {each.row}: no team is called “{each.team}”")
    return decisions


def _listed(said: str, listed: TeamList) -> Team | None:
    return listed.by_id.get(normalise(said)) or listed.by_name.get(normalise(said))


def _is_correction(each: Return) -> bool:
    return each.judged is not None and each.judged.submission.reference.kind == CORRECTION


def _untouched(each: Return) -> bool:
    return each.judged is not None and each.judged.untouched


def _corrections_alone(
    team: Team, corrections: Sequence[Return], questionnaire: Questionnaire, told: list[Finding]
) -> tuple[Judged | None, list[int]]:
    """What correction forms say where there is no form that they could correct; None where they say nothing."""
    first = next(each.judged.submission for each in corrections if each.judged)
    nothing = replace(judge(first, questionnaire), findings=())  # its marks are gone, so it answers nothing
    judged, taken = _corrected(team, nothing, corrections, questionnaire, told)
    said = [each for each in judged.findings if each.rule.id != "answer-corrected"]
    if not judged.answered:
        told += (_owned(finding, team) for finding in said)
        return None, []
    answers = plural(judged.answered, "answer was", "answers were")
    told.append(
        found("form-correction-alone", first.where, team_id=team.id, team=team.name, count=answers, who=team.name)
    )
    return replace(judged, findings=tuple(said)), taken


def _corrected(
    team: Team, base: Judged | None, corrections: Sequence[Return], questionnaire: Questionnaire, told: list[Finding]
) -> tuple[Judged, list[int]]:
    """The copy with its correction forms applied, the latest last, and which of them were."""
    if base is None:
        raise TypeError("a file without a form is nobody's copy")
    held = [(index, each.judged) for index, each in enumerate(corrections) if each.judged]
    clashing = sorted(
        {
            question
            for at, (_, one) in enumerate(held)
            for _, other in held[at + 1 :]
            if not _newer(one.submission, other.submission)
            for question in differences(one, other)
            if one.answers[question].state.counts and other.answers[question].state.counts
        }
    )
    if clashing:
        where, what = held[0][1].submission.where, _questions(clashing)
        facts = {"count": str(len(held)), "what": what, "who": team.name}
        told.append(found("team-undecided", where, team_id=team.id, team=team.name, **facts))
        return base, []

    def by_date(one: tuple[int, Judged], other: tuple[int, Judged]) -> int:
        return _newer(one[1].submission, other[1].submission)

    latest_last = [judged for _, judged in sorted(held, key=cmp_to_key(by_date))]
    settled = corrected(base, latest_last, questionnaire)
    by_file = {judged.submission.where.file: judged.submission for judged in latest_last}
    findings = tuple(_against_newer(each, base, by_file) for each in settled.findings)
    return replace(settled, findings=findings), [index for index, _ in held]


def _against_newer(finding: Finding, base: Judged, corrections: Mapping[str, Submission]) -> Finding:
    """What a correction form put right, said more loudly where the copy is newer and says something else."""
    if finding.rule.id != "answer-corrected" or finding.facts["now"] == finding.facts["was"]:
        return finding
    newer = _newer(base.submission, corrections[finding.where.file]) > 0
    if not newer or not base.answers[finding.question].state.counts:
        return finding
    return replace(finding, rule=RULES["answer-correction-older"])


# -- which copy counts ------------------------------------------------------------------------------


def _settle(
    team: Team, copies: Sequence[Return], placed: Collection[str], questionnaire: Questionnaire, told: list[Finding]
) -> int | None:
    """The index of the copy that counts, or None; what a person should know is told.

    A copy that came back untouched never replaces one that was filled in. Where a person gave copies to the
    team, one of these counts.
    """
    judged = [each.judged for each in copies if each.judged]
    given = [index for index, each in enumerate(copies) if each.name in placed]
    filled = given or [index for index, each in enumerate(judged) if not each.untouched]
    if not filled:
        told += (_owned(finding, team) for each in judged[:1] for finding in each.findings)
        return None
    differing = sorted({q for a in filled for b in filled if a < b for q in differences(judged[a], judged[b])})
    everywhere = Where(judged[filled[0]].submission.where.file)

    def tell(rule: str, **facts: str) -> None:
        told.append(
            found(
                rule,
                everywhere,
                team_id=team.id,
                team=team.name,
                count=str(len(filled)),
                what=_questions(differing),
                who=team.name,
                **facts,
            )
        )

    if not given and any(_forwarded(judged[a], judged[b]) for a in filled for b in filled if a < b):
        tell("team-contested")
        return None
    latest = [a for a in filled if all(_newer(judged[a].submission, judged[b].submission) >= 0 for b in filled)]
    if not latest or any(differences(judged[latest[0]], judged[other]) for other in latest[1:]):
        tell("team-undecided")
        return None
    chosen = latest[-1]
    if differing:
        used = judged[chosen]
        earlier = [judged[index] for index in filled if index != chosen]
        tell("team-twice", used=used.submission.where.file, changes=_changes(used, earlier, questionnaire))
    return chosen


def differences(one: Judged, other: Judged) -> list[str]:
    """The ids of the questions that two copies answer differently."""
    return [
        question
        for question, answer in one.answers.items()
        if (answer.state, answer.level) != (other.answers[question].state, other.answers[question].level)
    ]


def _changes(used: Judged, others: Sequence[Judged], questionnaire: Questionnaire) -> str:
    """What the copy that counts says otherwise than each of the others, answer by answer."""
    parts = []
    for other in others:
        if changed := differences(used, other):
            said = "; ".join(
                f"{question} {in_words(other.answers[question], questionnaire)}, "
                f"now {in_words(used.answers[question], questionnaire)}"
                for question in changed
            )
            parts.append(f"{other.submission.where.file} said {said}")
    return ". ".join(parts)


def _questions(ids: Sequence[str], most: int = 6) -> str:
    shown = ", ".join(ids[:most]) + (" and more" if len(ids) > most else "")
    return f"{plural(len(ids), 'answer')} ({shown})" if ids else "no answer"


def _forwarded(one: Judged, other: Judged) -> bool:
    """Whether two copies under one id look like one form sent on to another team."""
    a, b = one.submission, other.submission
    by_id = bool(_id_of(a)) and normalise(_id_of(a)) == normalise(_id_of(b)) and not (a.other_team or b.other_team)
    people = {normalise(a.completed_by), normalise(b.completed_by)}
    return (
        by_id and len(people) == 2 and "" not in people and FORWARDED * len(differences(one, other)) > len(one.answers)
    )


def _newer(one: Submission, other: Submission) -> int:
    """1, 0 or -1 by the first date that both copies have; never by the file's own time."""
    for a, b in (
        (one.message_date, other.message_date),
        (one.modified, other.modified),
        (typed_date(one.date), typed_date(other.date)),
    ):
        if a and b and a != b:
            return 1 if a > b else -1
    return 0


def _few(results: Sequence[TeamResult], listed: TeamList) -> Iterator[Finding]:
    counted = sum(result.status in (Status.COMPLETE, Status.PARTIAL) for result in results)
    if counted < FEWEST_FOR_WORDS:
        asked = f" of {plural(len(listed.teams), 'team')}" if listed.teams else ""
        forms = (
            "No form that counts has"
            if not counted
            else f"Only {plural(counted, 'form')} that count{'s' * (counted == 1)} {'has' if counted == 1 else 'have'}"
        )
        yield found("round-few-returns", what=f"{forms} come back{asked and ' from' + asked.removeprefix(' of')}")
