"""Comments: what teams wrote beside their answers, word for word, unless somebody edited it here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from impact_xl.findings import Finding, found
from impact_xl.results.edits.match_rows import TeamLookup
from impact_xl.results.report import CENTRE, COMMENTS, QUIET, Column, ReportWriter
from impact_xl.round.answers import Answer
from impact_xl.round.record import TeamResult
from impact_xl.round.stored_workbook import AS_READ
from impact_xl.xlsx.cell_values import Cell, Formula, Rows, mark

NOTE = "Note"
COLUMNS = (
    Column("Team", 28, {"bold": True}),
    Column("Group", 20),
    Column("Ref", 7, CENTRE),
    Column("Question", 36),
    Column("Level", 24),
    Column(NOTE, 82),
    Column("File", 28, QUIET),
    Column("Sheet", 30, QUIET),
    Column("Team no", 9, {**QUIET, **CENTRE}),
    Column(AS_READ, 10, QUIET),
)
HEADERS = tuple(column.header for column in COLUMNS)
_PRINTED = HEADERS.index(NOTE) + 1

Said = tuple[TeamResult, Answer] | Mapping[str, Any]  # a team's note, or a row that somebody added, by header


def write(report: ReportWriter) -> None:
    """Write the sheet."""
    carried = report.collation.carried
    edited = carried.notes if carried else {}
    noted: list[Said] = [
        (result, answer)
        for result in report.collation.results
        for answer in result.answers.values()
        if answer.note or (result.team.id, answer.question) in edited
    ]
    noted += carried.comments if carried else ()
    sheet = report.write_title(
        COMMENTS,
        "Comments",
        "What teams wrote beside their answers, word for word. Filter by question or group to prepare a discussion. "
        "What you edit or add here is carried over when returns are combined again."
        if noted
        else "No team wrote anything beside its answers.",
        empty="no level counts for that question, or that nothing was typed there",
    )

    def row(said: Said) -> Sequence[Cell]:
        if isinstance(said, Mapping):
            return [said.get(head) for head in (*HEADERS, *(column.header for column in more))]
        key = said[0].team.id, said[1].question
        read = edited.get(key) or mark(said[1].note)
        return [*_row(report, *said), read, *report.added_cells(COMMENTS, key)]

    more = report.added(COMMENTS)
    _, last = report.table(sheet, "Comments", [*COLUMNS, *more], Rows(noted, row))
    says = [_sealed(report, said) for said in noted if not isinstance(said, Mapping) or said.get(AS_READ)]
    report.seal(COMMENTS, says, {head: itemgetter(place) for place, head in enumerate(_SEALED)})
    sheet.print_area(0, 0, last, _PRINTED - 1)
    report.freeze_header(sheet, 1)


_SEALED = ("Team", "Group", "Ref", "Question")


def _sealed(report: ReportWriter, said: Said) -> Sequence[Any]:
    """What a row says in the columns that nobody is meant to type into."""
    if isinstance(said, Mapping):
        return [said.get(head) for head in _SEALED]
    result, answer = said
    return result.team.name, result.team.group_name, answer.question, report.questionnaire.by_id[answer.question].short


def _row(report: ReportWriter, result: TeamResult, answer: Answer) -> Sequence[Cell]:
    return (
        result.team.name,
        result.team.group_name,
        answer.question,
        report.questionnaire.by_id[answer.question].short,
        Formula(_LEVEL, report.questionnaire.level_name(answer.level)),
        answer.note,
        answer.where.file,
        answer.where.sheet,
        result.number,
    )


_THIS = "Comments[[#This Row],[{}]]"
_LEVEL_NUMBER = (
    f"SUMIFS(Answers[Level no],Answers[Team no],{_THIS.format('Team no')},Answers[Ref],{_THIS.format('Ref')})"
)
_LEVEL = f'IF({_LEVEL_NUMBER}=0,"",INDEX(LevelNames,{_LEVEL_NUMBER}))'


# -- carried over ------------------------------------------------------------------------------------


@dataclass
class MergedComments:
    """What people typed into Comments."""

    notes: dict[tuple[str, str], str] = field(default_factory=dict)  # the edited ones, by team id and question
    marks: dict[tuple[str, str], str] = field(default_factory=dict)  # of what the copies say there
    rows: list[Mapping[str, Any]] = field(default_factory=list)  # what is no team's note in this round, by header


def kept(stored: Iterable[Mapping[str, Any]], owners: TeamLookup, told: list[Finding]) -> MergedComments:
    """What people typed into the sheet that is replaced: notes that they edited, and rows that they added.

    Args:
        stored: its rows, by header.
        owners: whose they are now.
        told: takes what a person should know.
    """
    held = MergedComments()
    for row in stored:
        read, note = str(row.get(AS_READ, "")).strip(), str(row.get(NOTE, ""))
        if not read:
            if AS_READ in row:  # an older workbook has no marks, so there nothing can be told
                held.rows.append(row)
        elif mark(note) != read:
            _edited(row, read, note, owners, held, told)
    return held


def _edited(
    row: Mapping[str, Any], read: str, note: str, owners: TeamLookup, held: MergedComments, told: list[Finding]
) -> None:
    owner = owners.of_row(row)
    ref = str(row.get("Ref", ""))
    answer = owner.answers.get(ref) if owner else None
    if owner is None or answer is None:
        held.rows.append(row)  # with its mark: the team's copy may come back
        return
    now = mark(answer.note)
    if now == mark(note):
        return  # the copy says the same by now
    held.notes[owner.team.id, ref], held.marks[owner.team.id, ref] = note, now
    facts = {"team_id": owner.team.id, "team": owner.team.name, "question": ref}
    if now == read:
        told.append(found("text-edited", answer.where, **facts))
    else:
        what, copy = f"the note on {ref}", _short(answer.note)
        told.append(found("text-kept", answer.where, **facts, column="The text", what=what, copy=copy, place=COMMENTS))


def _short(text: str) -> str:
    said = " ".join(text.split())
    return said if len(said) <= _MOST_SAID else f"{said[:_MOST_SAID]}…"


_MOST_SAID = 120  # characters of a note that a finding repeats
