"""What people decided: a file in which somebody typed which answer, or which copy, counts.

Two kinds of row, in CSV, in the first sheet of a workbook or in the sheet *Decisions* of round.xlsx: team, question,
level and reason; or file and team.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date as Day  # noqa: N812  a decision's own date hides the type's name
from functools import partial
from pathlib import Path

from impact_xl.files import table_files
from impact_xl.files.dates import DoubtfulDateError, parse_date
from impact_xl.files.table_files import Row, Table
from impact_xl.findings import Finding, ImpactError, Where, found
from impact_xl.form.layout import NOT_APPLICABLE
from impact_xl.questionnaire import Questionnaire, normalise
from impact_xl.returns.submission import Submission
from impact_xl.roster import Team
from impact_xl.roster.workbook import sheets as round_sheets
from impact_xl.round.answers import ANOTHER_WAY, Answer, DecidedBy, Judged, State
from impact_xl.wording import first_few, plural

# The columns, each with the header names that people give it (compared in normalised form).
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "team": ("team name", "team id", "team_id", "name", "service", "ward", "department", "unit"),
    "question": ("q", "question number", "question id", "number"),
    "level": ("answer", "decided level", "decision", "answer level"),
    "reason": ("why", "comment", "note", "notes", "decided by", "source"),
    "file": ("copy", "file name", "filename", "return"),
    "who": ("by", "by whom", "who decided", "decided by whom", "person", "initials"),
    "date": ("when", "on", "date decided", "decided on"),
}
_OPEN = ("left open", "leave open", "open", "blank on purpose")
_HINT = (
    "Each row holds team, question, level (a name, a number, or “not applicable”) and reason; "
    "or a file and the team whose copy it is. Correct what is listed."
)


@dataclass(frozen=True, slots=True)
class Decision:
    """One answer that a person decided; `level` is None for “not applicable”, and where it is left open on purpose."""

    team: str  # as typed: an id or a name
    question: str
    level: int | None
    reason: str
    row: int
    left_open: bool = False
    who: str = ""
    date: Day | None = None
    cell: str = ""  # in a workbook: sheet and cell
    team_id: str = ""  # where `team` is a name; the two have to lead to one team
    typed: str = ""  # a level that the workbook keeps, and this questionnaire has not


@dataclass(frozen=True, slots=True)
class Placing:
    """A file that a person gave to a team, as the copy that counts."""

    file: str
    team: str
    row: int
    reason: str = ""
    who: str = ""
    date: Day | None = None
    cell: str = ""
    team_id: str = ""  # where `team` is a name; the two have to lead to one team


@dataclass(frozen=True)
class Overrides:
    """Everything in an override file, or what the consolidated workbook keeps of one."""

    source: str = ""
    answers: tuple[Decision, ...] = ()
    copies: tuple[Placing, ...] = field(default=())
    kept: bool = False  # in the workbook: nobody gave a list in this run
    notes: tuple[str, ...] = field(default=(), compare=False)  # what whoever gave the list should know

    def fail(self, faults: Iterable[str]) -> None:
        """Report all problems of the file at once.

        Raises:
            ImpactError: there are any.
        """
        table_files.check(self.source, "The list of decisions", list(faults), _HINT)


def places(of: Sequence[Decision | Placing]) -> str:
    """Where decisions stand, for a message: `row 3, 5`, or `Decisions!A3, Decisions!A5` in round.xlsx."""
    cells = [each.cell for each in of]
    return ", ".join(cells) if all(cells) else "row " + ", ".join(str(each.row) for each in of)


def read_overrides(path: str | Path, questionnaire: Questionnaire) -> Overrides:
    """Read an override file, CSV or XLSX, or the sheet Decisions of round.xlsx; header names are matched kindly.

    Raises:
        ImpactError: the file cannot be read, or its rows hold problems; all of them are named at once.
    """
    source = Path(path)
    table, of_round = _table(source)
    faults = [table.fault] if table.fault else []
    read: list[Decision | Placing] = []
    faults += _renamed(table, of_round=of_round)
    for row in filter(lambda row: row.filled, table.rows if not faults else ()):
        settled, wrong = _settled(row, partial(_place, table, row, of_round), of_round, questionnaire)
        faults += wrong
        read += [settled] if settled else []
    answers = tuple(each for each in read if isinstance(each, Decision))
    copies = tuple(each for each in read if isinstance(each, Placing))
    faults += _twice(answers, copies)
    if not (read or faults or of_round):
        faults.append("there are no decisions under the header row")
    overrides = Overrides(str(source), answers, copies, notes=tuple(_crossed_out(table, of_round=of_round)))
    overrides.fail(faults)
    return overrides


def _settled(
    row: Row, place: Callable[[str], str], of_round: bool, questionnaire: Questionnaire
) -> tuple[Decision | Placing | None, list[str]]:
    """What a row settles, and what is wrong with it; `place` tells where a column's cell is."""
    faults = [f"{place(column)}: {doubt}" for column, doubt in row.doubts] if of_round else list(row.faults)
    day = _date(row, place if of_round else None, faults)
    values = {column: row.text(column) for column in COLUMNS}
    who, cell = values["who"], place("team") if of_round else ""
    if values["file"] and not values["question"]:
        if values["team"]:
            return Placing(values["file"], values["team"], row.number, values["reason"], who, day, cell), faults
        return None, [*faults, f"{place('file')}: it names a file, but not the team whose copy it is"]
    decision, wrong = _decision(values, row.number, place, questionnaire)
    return replace(decision, who=who, date=day, cell=cell) if decision else None, [*faults, *wrong]


def _renamed(table: Table, *, of_round: bool) -> Iterator[str]:
    """Which columns of the sheet have another name now, so that nobody knows what was typed into them."""
    for column in ("question", "level") if of_round and any(row.filled for row in table.rows) else ():
        if column not in table.places and table.own:
            others = first_few([f"“{head}”" for head in table.own], 3)
            yield f"{table.sheet}: there is no column “{column.capitalize()}”, and there is {others}; correct it"


def _table(source: Path) -> tuple[Table, bool]:
    """The table of decisions, and whether it is that of round.xlsx, which is read where it is hidden, too."""
    sheets = table_files.read(source, "The list of decisions", "--overrides", hidden=True)
    decisions = round_sheets.named(sheets, round_sheets.DECISIONS)
    own = decisions if decisions and round_sheets.named(sheets, round_sheets.TEAMS) else None
    table = table_files.find(
        [own] if own else [sheet for sheet in sheets if not sheet.is_hidden],
        COLUMNS,
        lambda columns: "team" in columns and ({"question", "level"} <= set(columns) or "file" in columns),
        ("date",),
    )
    if table is None:
        raise ImpactError(
            f"The list of decisions has no header row with team, question and level, or with file and team: {source}",
            _HINT,
        )
    return table, own is not None


def _place(table: Table, row: Row, of_round: bool, column: str) -> str:
    return f"{table.sheet}!{table.cell(row.number, column)}" if of_round else f"row {row.number}"


def _crossed_out(table: Table, *, of_round: bool) -> Iterator[str]:
    """What to say of decisions that are crossed out. Nothing is guessed from a line through letters."""
    for row in table.rows:
        if row.struck and row.filled:
            place = _place(table, row, of_round, next(iter(row.struck)))
            about = ", ".join(filter(None, (row.text("team"), row.text("question") or row.text("file"))))
            yield f"{place}, {about}: the decision is crossed out, and still counts. To take it back, delete its row."


def _date(row: Row, place: Callable[[str], str] | None, faults: list[str]) -> Day | None:
    """When it was decided. In a list of one's own the column may mean anything, so a doubtful date is none there."""
    if not row.text("date"):
        return None
    try:
        return parse_date(row.cells["date"])
    except DoubtfulDateError as error:
        faults += [f"{place('date')}: {error}"] if place else []
        return None


def _decision(
    values: Mapping[str, str], number: int, place: Callable[[str], str], questionnaire: Questionnaire
) -> tuple[Decision | None, list[str]]:
    faults = []
    question = _question(values["question"], questionnaire)
    left_open = normalise(values["level"]) in _OPEN
    level = 0 if left_open else level_of(values["level"], questionnaire, question)
    if not values["team"]:
        faults.append(f"{place('team')}: the team is empty")
    if not values["question"]:
        faults.append(f"{place('question')}: the question is empty; type its number, such as Q07")
    elif not question:
        known = "they are Q01, Q02 and so on"
        faults.append(f"{place('question')}: there is no question “{values['question']}”; {known}")
    if not values["level"]:
        faults.append(f"{place('level')}: the level is empty; for a blank on purpose type “left open”")
    elif level is None:
        own = questionnaire.levels_of.get(question, ())
        names = ", ".join(each.name for each in questionnaire.levels if each.number in (own or (each.number,)))
        of = f"{question} has no" if own else "there is no"
        faults.append(
            f"{place('level')}: {of} level “{values['level']}”; they are {names}, not applicable, or left open"
        )
    if faults or level is None:
        return None, faults
    return Decision(values["team"], question, level or None, values["reason"], number, left_open), []


def _question(text: str, questionnaire: Questionnaire) -> str:
    """The id of a question that somebody typed as `Q7`, `7`, `Question 7` or its title; empty where there is none."""
    title = normalise(text)
    titled = (each for each in questionnaire.questions if title in (normalise(each.title), normalise(each.short)))
    question = questionnaire.question_named(text) or next(titled, None)
    return question.id if question else ""


def level_of(text: str, questionnaire: Questionnaire, question: str = "") -> int | None:
    """The number of a level that somebody typed by name or number, 0 for “not applicable”; None where it is neither.

    Where a question is given by its id, a level that it does not have is none.
    """
    if normalise(text) in {normalise(name) for name in (NOT_APPLICABLE, "not applicable", "n/a", "na")}:
        return 0
    number = questionnaire.level_number(text)
    return number if number in questionnaire.levels_of.get(question, (number,)) else None


def _twice(answers: Sequence[Decision], copies: Sequence[Placing]) -> Iterator[str]:
    seen: dict[tuple[str, str], Decision] = {}
    for each in answers:
        before = seen.setdefault((normalise(each.team), each.question), each)
        if (before.level, before.left_open) != (each.level, each.left_open):
            yield f"{both_places(before, each)}: {each.team} has two different levels for {each.question}"
    placed: dict[str, Placing] = {}
    for placing in copies:
        first = placed.setdefault(placing.file, placing)
        if normalise(first.team) != normalise(placing.team):
            yield f"{both_places(first, placing)}: {placing.file} is given to two teams"


def both_places(one: Decision | Placing, other: Decision | Placing) -> str:
    """Where two decisions stand, for a message."""
    return f"{one.cell} and {other.cell}" if one.cell and other.cell else f"rows {one.row} and {other.row}"


# -- a decision beats a correction form, and this beats the copy --------------------------------------


@dataclass(frozen=True, slots=True)
class _Correction:
    """What the correction forms of a team answer to one question."""

    judged: Judged  # the latest form that answers it
    answer: Answer
    earlier: tuple[Answer, ...]  # of the forms before it


def _correction_of(question: str, corrections: Sequence[Judged]) -> _Correction | None:
    answering = [each for each in corrections if each.answers[question].state.counts]
    if not answering:
        return None
    *earlier, latest = answering
    return _Correction(latest, latest.answers[question], tuple(each.answers[question] for each in earlier))


def correct(
    base: Judged,
    corrections: Sequence[Judged],
    questionnaire: Questionnaire,
    *,
    clashing: Collection[str] = (),
    decided: Collection[str] = (),
) -> Judged:
    """A copy with the answers of its correction forms in the place of its own; what they do not carry stays.

    Args:
        base: the copy that counts.
        corrections: the team's correction forms, the latest last: its word counts where several answer a question.
        questionnaire: what was asked.
        clashing: the questions on which the forms disagree and nobody knows which is the latest; they stay as they are.
        decided: the questions that a person decided, for which no form is wanted any more.
    """
    base = _with_notes(base, corrections)
    latest = {
        question: each
        for question in base.answers
        if question not in clashing and (each := _correction_of(question, corrections))
    }
    answers = {question: _corrected(base.answers[question], each.answer) for question, each in latest.items()}
    findings = [
        found(
            "answer-corrected",
            each.answer.where,
            team=base.submission.team,
            question=question,
            now=in_words(each.answer, questionnaire),
            was=_before(base.answers[question], each, questionnaire),
            who=base.submission.team or "the sender",
        )
        for question, each in latest.items()
    ]
    answered_in = {question: each.judged for question, each in latest.items()}
    wanted = {question for question, answer in base.answers.items() if not answer.state.counts}
    wanted -= {*latest, *decided}
    troubles = [
        finding for each in corrections for finding in each.findings if _still_open(finding, each, answered_in, wanted)
    ]
    return _with(base, answers, (*findings, *troubles), {each.question for each in troubles if each.question})


def _with_notes(base: Judged, corrections: Iterable[Judged]) -> Judged:
    """A copy with the notes written into its correction forms, also beside a box that was left empty."""
    notes = {question: answer for each in corrections for question, answer in each.answers.items() if answer.note}
    answers = {
        question: replace(answer, note=note.note) if (note := notes.get(question)) else answer
        for question, answer in base.answers.items()
    }
    # The answers may be replaced by those of the forms, so the places of the copy's own notes are told as well.
    own = {question: answer.where for question, answer in base.answers.items() if answer.note}
    places = own | {question: note.where for question, note in notes.items()}
    return replace(base, answers=answers, places_of_notes=places)


def _corrected(was: Answer, correction: Answer) -> Answer:
    """The answer of a correction form, with the note of the copy and how the copy had it."""
    return replace(
        correction,
        level_read=was.level_read,
        state_read=was.state_read or was.state,
        decided_by=DecidedBy.CORRECTION,
        note=was.note,
    )


def _before(was: Answer, correction: _Correction, questionnaire: Questionnaire) -> str:
    """What the copy answered, and what earlier correction forms answered otherwise than the latest."""
    now = in_words(correction.answer, questionnaire)
    words = dict.fromkeys(in_words(answer, questionnaire) for answer in correction.earlier)
    earlier = (f", and an earlier correction form {word}" for word in words if word != now)
    return in_words(was, questionnaire) + "".join(earlier)


def _still_open(
    finding: Finding, correction: Judged, answered_in: Mapping[str, Judged], wanted: Collection[str]
) -> bool:
    """Whether what was found in a correction form still matters beside what came of all of them."""
    if finding.rule.id == "answer-blank":
        return False  # where the answer is still wanted, the copy's own finding says so
    if finding.rule.id in ("form-untouched", "form-no-ticks"):
        return any(correction.carries(question) for question in wanted)
    return answered_in.get(finding.question, correction) is correction


def decide(base: Judged, decisions: Iterable[Decision], questionnaire: Questionnaire) -> Judged:
    """A copy with a person's decisions in the place of its own answers; how it had them stays beside them."""
    answers: dict[str, Answer] = {}
    findings: list[Finding] = []
    for each in decisions:
        was = base.answers[each.question]
        now = replace(
            was,
            state=State.BLANK if each.left_open else State.ANSWERED if each.level else State.NOT_APPLICABLE,
            level=each.level,
            state_read=was.state_read or was.state,
            decided_by=DecidedBy.OVERRIDE,
        )
        answers[each.question] = now
        findings.append(
            found(
                "answer-decided",
                was.where,
                team=base.submission.team,
                question=each.question,
                now="left open on purpose" if each.left_open else in_words(now, questionnaire),
                was="nothing, as none counts" if base.by_decisions else in_words(was, questionnaire),
                reason=f" ({each.reason})" if each.reason else "",
                source="the correction form" if was.decided_by is DecidedBy.CORRECTION else "the copy",
            )
        )
    return _with(base, answers, findings)


def decide_without_copy(team: Team, decisions: Sequence[Decision], questionnaire: Questionnaire) -> Judged:
    """What a person decided for a team of whom no copy counts: all that is known of it."""
    where = Where(ANOTHER_WAY)
    answers = {each.id: Answer(each.id, each.component, State.BLANK, where=where) for each in questionnaire.questions}
    base = Judged(Submission(where, team=team.name, team_id=team.id, group=team.group), answers, ())
    decided = decide(base, decisions, questionnaire)
    still_open = len(answers) - len({each.question for each in decisions})
    alone = found(
        "team-another-way",
        where,
        team_id=team.id,
        team=team.name,
        who=team.name,
        count=plural(len(answers) - still_open, "answer was", "answers were"),
        open=f"{plural(still_open, 'question is', 'questions are')} still open" if still_open else "none is open",
    )
    return replace(decided, findings=(alone, *decided.findings))


def _with(
    base: Judged,
    answers: Mapping[str, Answer],
    findings: Iterable[Finding],
    questions: Collection[str] = frozenset(),
) -> Judged:
    """A copy with other answers and findings.

    What was wrong with an answer that is replaced needs no mending any more: the new findings say what it was.

    Args:
        base: the copy.
        answers: what takes the place of its answers, by question.
        findings: what is added.
        questions: further questions whose own findings are replaced by those that are added.
    """
    own = (each for each in base.findings if each.question not in answers and each.question not in questions)
    return replace(base, answers={**base.answers, **answers}, findings=(*own, *findings))


def in_words(answer: Answer, questionnaire: Questionnaire) -> str:
    """An answer as people say it: the level's name, or how the question stood."""
    if answer.level:
        return f"“{questionnaire.level_name(answer.level)}”"
    return {
        State.NOT_APPLICABLE: "“Not applicable to us”",
        State.BLANK: "no box ticked",
        State.MULTIPLE: "more than one box ticked",
        State.UNCLEAR: "an unclear mark",
        State.MISSING: "missing",
        State.ANSWERED: "answered",
    }[answer.state]
