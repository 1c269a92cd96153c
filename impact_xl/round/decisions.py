"""What people decided, applied to the round: whose each decision is, which file it names, and what becomes of the rest.

Names and files are resolved first, and only then is it seen whether two decisions contradict each other: a team may be
named by its id and by its name, and a file in several ways. What is wrong with a list that was given stops the run. A
decision that the workbook keeps waits there where it cannot be applied, as a list is not at hand to be put right.
"""

from __future__ import annotations

import difflib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from impact_xl.findings import Finding, Where, found
from impact_xl.form.layout import NOT_APPLICABLE
from impact_xl.questionnaire import Questionnaire, normalise
from impact_xl.roster import Team, TeamList, make_id
from impact_xl.roster.workbook import sheets as round_sheets
from impact_xl.roster.workbook.sheets import DecisionRow
from impact_xl.round.answers import DecidedBy, JudgedFile, State
from impact_xl.round.match_teams import key_of
from impact_xl.round.overrides import Decision, Overrides, Placing, both_places, level_of, places
from impact_xl.round.record import TeamResult
from impact_xl.round.stored_sheets import Row, place_in, row_text
from impact_xl.round.stored_workbook import DECISION_COLUMNS, LEFT_OPEN, Stored
from impact_xl.wording import plural
from impact_xl.xlsx.cell_values import Cell

_ALIKE = 0.6  # how alike a name must be to be suggested; nothing is ever matched by likeness


@dataclass
class Docket:
    """The decisions of a run while they are applied: those that stand, and what was wrong with the others."""

    overrides: Overrides
    questionnaire: Questionnaire
    faults: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    answers: list[Decision] = field(default_factory=list)  # those that stand, with the team's own id and name
    copies: list[Placing] = field(default_factory=list)  # the same, with the file's own name

    def fail(self) -> None:
        """Report all problems of a list at once.

        Raises:
            ImpactError: there are any.
        """
        self.overrides.fail(self.faults)

    @property
    def standing(self) -> Overrides:
        """The decisions that stand, those that wait among them."""
        return replace(self.overrides, answers=tuple(self.answers), copies=tuple(self.copies))

    def reject(self, each: Decision | Placing, why: str) -> None:
        """Note a decision that cannot be applied: a fault of a list; one that the workbook keeps waits there."""
        if not self.overrides.kept:
            self.faults.append(f"{places([each])}: {why}")
            return
        self.wait(each, why)
        if isinstance(each, Decision):
            self.answers.append(each)
        else:
            self.copies.append(each)

    def wait(self, each: Decision | Placing, why: str, team: Team | None = None) -> None:
        """Say of a decision that it cannot be applied now; with its team where that is known."""
        sheet, _, cell = each.cell.rpartition("!")
        what = in_words(each, self.questionnaire)
        source = "The workbook keeps" if self.overrides.kept else "The list of decisions holds"
        place = "the table of decisions on About" if self.overrides.kept else "the list of decisions"
        facts = {"source": source, "what": what, "why": why, "place": place}
        name = team.name if team else each.team
        self.findings.append(found("decision-waits", Where("", sheet, cell), team=name, **facts))


def in_words(each: Decision | Placing, questionnaire: Questionnaire) -> str:
    """What was decided, as a part of a sentence: `Q07 of Ash ward is “Spreading” (by telephone)`."""
    reason = f" ({each.reason})" if each.reason else ""
    if isinstance(each, Placing):
        return f"{each.file} is the copy of {each.team}{reason}"
    return f"{each.question} of {each.team} is {level_in_words(each, questionnaire)}{reason}"


def level_in_words(each: Decision, questionnaire: Questionnaire) -> str:
    """The level of a decision, in quotation marks."""
    if each.left_open:
        return "left open on purpose"
    return f"“{each.typed or questionnaire.level_name(each.level) or NOT_APPLICABLE}”"


# -- files --------------------------------------------------------------------------------------------


def placed_by(docket: Docket, files: Sequence[JudgedFile], listed: TeamList) -> dict[str, Team]:
    """The team that each file named in a decision was given to, by the file's display name."""
    placed: dict[str, Team] = {}
    first: dict[str, Placing] = {}
    for each in docket.overrides.copies:
        team, why = _listed(each, listed)
        if why:
            docket.reject(each, why)
            continue
        if not team and listed.teams:
            docket.reject(each, f"“{each.team}” is not on the team list{_meant(each.team, _names(listed.teams))}")
            continue
        named = _files_called(each.file, files)
        if len(named) != 1:
            what = f"{len(named)} files are" if named else "no file that was read is"
            hint = "" if named else _meant_file(each.file, files)
            docket.reject(each, f"{what} called “{each.file}”{hint}")
            continue
        name, team = named[0].file.file, team or Team(each.team_id or make_id(each.team), each.team)
        if len(named[0].judged) != 1:
            docket.reject(each, f"{each.file} holds {plural(len(named[0].judged), 'form')}, not one")
        elif name not in placed:
            placed[name], first[name] = team, each
            docket.copies.append(replace(each, file=name, team=team.name, team_id=team.id))
        elif key_of(placed[name]) != key_of(team):
            both = both_places(first[name], each)
            docket.faults.append(f"{both}: {name} is given to two teams, {placed[name].name} and {team.name}")
    return placed


def _files_called(name: str, files: Sequence[JudgedFile]) -> list[JudgedFile]:
    """The files that somebody means: by the whole name, else by its last part, however slashes and case are written."""
    wanted = _path(name)
    for fits in (
        lambda file: file == name,
        lambda file: _path(file) == wanted,
        lambda file: _path(file).endswith(f"/{wanted}") or wanted.endswith(f"/{_path(file)}"),
    ):
        if matching := [each for each in files if fits(each.file.file)]:
            return matching
    return []


def _path(name: str) -> str:
    return normalise(name.replace("\\", "/").removeprefix("./"))


# -- answers ------------------------------------------------------------------------------------------


def decisions_of(
    docket: Docket, listed: TeamList, copies: Mapping[str, tuple[Team, list[int]]]
) -> dict[str, list[Decision]]:
    """The decided answers of each team, by the team's key; two that contradict each other are a fault."""
    heard_of = TeamList(tuple(team for team, _ in copies.values()))
    decisions: defaultdict[str, dict[str, Decision]] = defaultdict(dict)
    for each in docket.overrides.answers:
        team, why = _whose(each, listed, heard_of)
        why = why or _out_of_use(each, docket.questionnaire)
        if why or not team:
            docket.reject(each, why)
            continue
        before = decisions[key_of(team)].setdefault(each.question, each)
        if (before.level, before.left_open) != (each.level, each.left_open):
            levels = " and ".join(level_in_words(one, docket.questionnaire) for one in (before, each))
            docket.faults.append(f"{both_places(before, each)}: {each.question} of {team.name} is both {levels}")
        elif before is each:
            docket.answers.append(replace(each, team=team.name, team_id=team.id))
    return {key: list(by_question.values()) for key, by_question in decisions.items()}


def _whose(each: Decision, listed: TeamList, heard_of: TeamList) -> tuple[Team | None, str]:
    """The team of the list, else of the returns, that a decision names; and why there is none."""
    for teams in (listed, heard_of):
        team, why = _listed(each, teams)
        if team or why:
            return team, why
    known = _names((*listed.teams, *heard_of.teams))
    return None, f"no team is called “{each.team}”{_meant(each.team, known)}"


def _out_of_use(each: Decision, questionnaire: Questionnaire) -> str:
    """Why the question or the level of a decision is none of this questionnaire; empty where both are."""
    if each.typed:
        return f"there is no level “{each.typed}”"
    return "" if each.question in questionnaire.by_id else f"{each.question} is asked no longer"


def _listed(each: Decision | Placing, listed: TeamList) -> tuple[Team | None, str]:
    """The team that a decision names, by id and name where it has both, else by either; and why it is none."""
    key = normalise(each.team)
    by_id, by_name = listed.by_id.get(normalise(each.team_id or each.team)), listed.by_name.get(key)
    if by_id and by_name and by_id != by_name:
        id = each.team_id or each.team
        return None, f"the id “{id}” is {by_id.name}'s, and the name “{each.team}” is that of another team"
    unknown = not (by_id or by_name)
    if same := listed.sharing(each.team) if unknown or not each.team_id else []:
        ids = ", ".join(f"{team.id} ({team.group_name})" for team in same)
        return None, f"“{each.team}” is the name of {len(same)} teams; give the id of one of them: {ids}"
    return by_id or by_name, ""


def _names(teams: Iterable[Team]) -> list[str]:
    return [name for team in teams for name in (team.name, team.id)]


def _meant(name: str, known: Iterable[str]) -> str:
    """A question that suggests the names most like one that nobody has."""
    by_key = {_plain(each): each for each in known}
    alike = difflib.get_close_matches(_plain(name), by_key, n=2, cutoff=_ALIKE)
    return _question([by_key[key] for key in alike])


def _question(names: Sequence[str]) -> str:
    return f" (did you mean {' or '.join(f'“{name}”' for name in names)}?)" if names else ""


def _meant_file(name: str, files: Iterable[JudgedFile]) -> str:
    by_stem = {_stem(each.file.file): each.file.file for each in files}
    alike = difflib.get_close_matches(_stem(name), by_stem, n=2, cutoff=_ALIKE)
    return _question([by_stem[key] for key in alike])


def _stem(file: str) -> str:
    last = file.replace("\\", "/").rpartition("/")[2]
    return _plain(last.rpartition(".")[0] or last)


def _plain(name: str) -> str:
    """A name as it is compared for likeness: dashes of every length are one."""
    return normalise(name).translate({ord(dash): "-" for dash in "‐‑‒–—−"})


def of_typed_levels(results_of_teams: Iterable[TeamResult], questionnaire: Questionnaire) -> Iterator[DecisionRow]:
    """The levels that people typed into Answers, as rows of the sheet Decisions of round.xlsx.

    Args:
        results_of_teams: the teams' results.
        questionnaire: what was asked.
    """
    results = [*results_of_teams]
    names = Counter(normalise(result.team.name) for result in results)
    for result in results:
        team = result.team.name if names[normalise(result.team.name)] == 1 else result.team.id
        for answer in result.answers.values():
            if answer.decided_by is DecidedBy.WORKBOOK:
                level = questionnaire.level_name(answer.level)
                level = level or (
                    round_sheets.LEFT_OPEN if answer.state is State.BLANK else round_sheets.NOT_APPLICABLE
                )
                yield DecisionRow(team, answer.question, level, reason="typed into Answers")


# -- kept in the workbook -----------------------------------------------------------------------------


def rows(standing: Overrides, questionnaire: Questionnaire) -> Iterator[tuple[Cell, ...]]:
    """The decisions that stand, in the columns of `DECISION_COLUMNS`."""
    every: tuple[Decision | Placing, ...] = (*standing.answers, *standing.copies)
    for each in every:
        level, question, file = "", "", ""
        if isinstance(each, Placing):
            file = each.file
        else:
            question = each.question
            level = each.typed or questionnaire.level_name(each.level) or (LEFT_OPEN if each.left_open else _NA)
        yield each.team, each.reason, level, each.date or "", question, file, each.team_id, each.who


_NA = "Not applicable"


def kept_in(stored: Stored, questionnaire: Questionnaire) -> Overrides:
    """The decisions that a consolidated workbook keeps; those of an older one are told from its sheet Answers."""
    if stored.decisions is None:
        made = tuple(each for each in _of_answers(stored, questionnaire))
        return Overrides("", made, kept=True)
    read = [_stored(row, questionnaire) for row in stored.decisions]
    answers = tuple(each for each in read if isinstance(each, Decision))
    return Overrides("", answers, tuple(each for each in read if isinstance(each, Placing)), kept=True)


def _stored(row: Row, questionnaire: Questionnaire) -> Decision | Placing:
    team, reason, level, _, question, file, team_id, who = (row_text(row, head) for head in DECISION_COLUMNS)
    day, cell = row.get(DECISION_COLUMNS[3]), "!".join(place_in(row, DECISION_COLUMNS[0]))
    when = day if day and not isinstance(day, str) else None
    if file and not question:
        return Placing(file, team, 0, reason, who, when, cell, team_id)
    left_open = normalise(level) == normalise(LEFT_OPEN)
    number = 0 if left_open else level_of(level, questionnaire, question)
    typed = "" if number is not None else level or "(none)"
    return Decision(team, question, number or None, reason, 0, left_open, who, when, cell, team_id, typed)


def _of_answers(stored: Stored, questionnaire: Questionnaire) -> Iterator[Decision]:
    for row in stored.answers:
        if normalise(row.decided_by) == "override" and not row.by_hand:
            number = level_of(row.level, questionnaire, row.question) if row.level else 0
            cell, left_open = "!".join(row.place), not row.level
            yield Decision(row.team, row.question, number or None, "", 0, left_open, cell=cell, team_id=row.team_id)


def ended(before: Overrides, now: Overrides, stored: Stored, questionnaire: Questionnaire) -> Iterator[Finding]:
    """A finding for each decision that the workbook kept and that stands no more.

    Args:
        before: what the workbook kept.
        now: the decisions that stand in this run.
        stored: the workbook.
        questionnaire: what was asked.
    """
    files = {_path(each.file) for each in now.copies}
    gone: list[Decision | Placing] = [*_without(before.answers, now.answers)]
    gone += [each for each in before.copies if _path(each.file) not in files]
    where_not = "in the list of decisions"
    if now.kept:
        where_not = "on About of the workbook that was replaced"
        gone += _without(_of_answers(stored, questionnaire), before.answers)
    for each in gone:
        what, team = in_words(each, questionnaire), each.team
        question = each.question if isinstance(each, Decision) else ""
        yield found(
            "decision-ended", team=team, team_id=each.team_id, question=question, what=what, where_not=where_not
        )


def _without(decisions: Iterable[Decision], others: Iterable[Decision]) -> Iterator[Decision]:
    """The decisions about an answer that none of the others is about."""
    about = {(key, each.question) for each in others for key in _keys(each)}
    return (each for each in decisions if not about & {(key, each.question) for key in _keys(each)})


def _keys(each: Decision) -> set[str]:
    return {normalise(text) for text in (each.team_id, each.team) if text}
