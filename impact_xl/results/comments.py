"""Comments: what teams wrote beside their answers, word for word, unless somebody edited it here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import methodcaller
from typing import Any

from impact_xl.findings import Finding, found
from impact_xl.results import paper
from impact_xl.results.edits.match_rows import Key, RowKeys, StoredRow, TeamLookup, answer_keys, two_teams
from impact_xl.results.sheet_writer import CENTRE, QUIET, Column, ReportWriter, RowHeights, SheetSpec, TableSpec
from impact_xl.round.answers import Answer
from impact_xl.round.collation import Collation
from impact_xl.round.record import TeamResult
from impact_xl.round.stored_workbook import AS_READ
from impact_xl.xlsx.cell_values import Cell, Formula, Rows, mark

COMMENTS = "Comments"
NOTE = "Note"
COLUMNS = (
    Column("Team", 26, {"bold": True, "font_size": 9}),
    Column("Ref", 6, CENTRE),
    Column("Question", 30, {"font_size": 9}),
    Column("Level", 14, {"font_size": 9}),
    Column(NOTE, 74, {"font_size": 9}),
    Column("Group", 20),
    Column("File", 40, QUIET),
    Column("Sheet", 30, QUIET),
    Column("Team no", 9, {**QUIET, **CENTRE}),
    Column(AS_READ, 10, {**QUIET, "text_wrap": False}),
)
HEADERS = tuple(column.header for column in COLUMNS)
_LEAST_ROW = 15.75  # points
_PRINTED = HEADERS.index(NOTE) + 1

Note = tuple[TeamResult, Answer]


def write(report: ReportWriter) -> None:
    """Write the sheet: the teams' notes, then the rows that people added."""
    carried = report.collation.carried
    of_teams, added = [*_notes(report.collation)], carried.comments if carried else ()
    notes: list[Note | StoredRow] = [*of_teams, *added]
    sheet = report.write_title(
        COMMENTS,
        "Comments",
        "What teams wrote about their answers, word for word. Filter by question or group to prepare a discussion. "
        "What you edit or add here is carried over when returns are combined again."
        if notes
        else "No team wrote anything about its answers.",
        empty="no level counts for that question, or that nothing was typed there",
    )
    columns = [*COLUMNS, *report.user_columns(COMMENTS)]
    rows = Rows(notes, _row(report, [column.header for column in columns]))
    height = RowHeights(columns, _LEAST_ROW)
    height.measure_ahead(HEADERS.index(NOTE), [answer.note for _, answer in of_teams])
    _, last = report.table(sheet, "Comments", columns, rows, row_height=height)
    report.add_checksums(COMMENTS, of_teams, _checked(report))
    kept = [row for row in added if row.get(AS_READ)]
    report.add_checksums(COMMENTS, kept, {head: methodcaller("get", head) for head in _checked(report)})
    sheet.print_area(0, 0, last, _PRINTED - 1)
    report.freeze_header(sheet, 1)
    paper.fit(sheet, COLUMNS[:_PRINTED], map(height, rows))


def _notes(collation: Collation) -> Iterator[Note]:
    """The answers that a team wrote something beside, or whose note somebody edited."""
    edited = collation.carried.notes if collation.carried else {}
    for result in collation.results:
        for answer in result.answers.values():
            if answer.note or (result.team.id, answer.question) in edited:
                yield result, answer


def _keys(collation: Collation) -> Iterator[Key]:
    return ((result.team.id, answer.question) for result, answer in _notes(collation))


def _row(report: ReportWriter, heads: Sequence[str]) -> Callable[[Note | StoredRow], Sequence[Cell]]:
    """What makes the cells of a row: of a team's note, or of a row that somebody added."""
    carried, more = report.collation.carried, heads[len(HEADERS) :]
    edited = carried.notes if carried else {}
    titles = {question.id: question.short for question in report.questionnaire.questions}
    levels = [Formula(_LEVEL, name) for name in ("", *report.level_names)]

    def row(note: Note | StoredRow) -> Sequence[Cell]:
        if isinstance(note, Mapping):
            return [note.get(head) for head in heads]
        result, answer = note
        team, question = result.team, answer.question
        where = result.place_of_note(answer)
        return [
            team.name,
            question,
            titles[question],
            levels[answer.level or 0],
            answer.note,
            team.group_name,
            where.file,
            where.sheet,
            result.number,
            (edited and edited.get((team.id, question))) or mark(answer.note),
            *(report.user_cells(COMMENTS, (team.id, question)) if more else ()),
        ]

    return row


def _checked(report: ReportWriter) -> Mapping[str, Callable[[Note], Any]]:
    """What a team's note has in the columns that nobody is meant to type into."""
    titles = {question.id: question.short for question in report.questionnaire.questions}
    return {
        "Team": lambda note: note[0].team.name,
        "Group": lambda note: note[0].team.group_name,
        "Ref": lambda note: note[1].question,
        "Question": lambda note: titles[note[1].question],
    }


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
    rows: list[StoredRow] = field(default_factory=list)  # what is no team's note in this round, by header


def merge(stored: Iterable[StoredRow], lookup: TeamLookup, findings: list[Finding]) -> MergedComments:
    """What people typed into the sheet that is replaced: notes that they edited, and rows that they added.

    Args:
        stored: its rows, by header.
        lookup: whose they are now.
        findings: takes what a person should know.
    """
    merged = MergedComments()
    for row in stored:
        read, note = str(row.get(AS_READ, "")).strip(), str(row.get(NOTE, ""))
        if not read:
            if AS_READ in row:  # an older workbook has no marks, so there nothing can be told
                merged.rows.append(row)
        elif mark(note) != read:
            _merge_edited(row, read, note, lookup, merged, findings)
    return merged


def _merge_edited(
    row: StoredRow, read: str, note: str, lookup: TeamLookup, merged: MergedComments, findings: list[Finding]
) -> None:
    result = lookup.of_row(row)
    ref = str(row.get("Ref", ""))
    answer = result.answers.get(ref) if result else None
    if clash := lookup.clash_in(row):
        merged.rows.append({**row, "Team no": "", AS_READ: ""})
        findings.append(two_teams(row, NOTE, clash, f"the edited note on {ref}, “{_short(note)}”,"))
        return
    if result is None or answer is None:
        # With its mark, as the team's copy may come back; without its number, which is another team's by then.
        merged.rows.append({**row, "Team no": ""})
        return
    now = mark(answer.note)
    if now == mark(note):
        return  # the copy says the same by now
    merged.notes[result.team.id, ref], merged.marks[result.team.id, ref] = note, now
    facts = {"team_id": result.team.id, "team": result.team.name, "question": ref}
    if now == read:
        findings.append(found("text-edited", answer.where, **facts))
    else:
        what, copy = f"the note on {ref}", _short(answer.note)
        findings.append(
            found("text-kept", answer.where, **facts, column="The text", what=what, copy=copy, place=COMMENTS)
        )


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _MOST_REPEATED else f"{line[:_MOST_REPEATED]}…"


_MOST_REPEATED = 120  # characters of a note that a finding repeats


SHEET = SheetSpec(
    COMMENTS,
    "What teams wrote about their answers.",
    write,
    headers=("Team", "Ref", NOTE),
    body=TableSpec(
        lambda _: COLUMNS,
        marker=AS_READ,
        keys=RowKeys(_keys, answer_keys),
        entries=(NOTE, AS_READ),
        takes_rows=True,
    ),
    turn=1,  # its notes are measured while the others are written
)
