"""What another lead typed into a second copy of the round's workbook, put beside what stands in the one to be replaced.

Levels of Answers, rows of Actions and rows of Comments are taken; what stands in both counts once, so a copy may be
given again. Two levels for one answer stop the run. Where two leads typed different things into one row, both rows are
kept. Everything else that was typed there has its home in the one workbook alone, so it is named and not taken.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from impact_xl.files.places import resolved
from impact_xl.findings import Finding, ImpactError, Where, found
from impact_xl.questionnaire import Questionnaire, normalise
from impact_xl.results import actions, comments
from impact_xl.results.answers import ANSWERS
from impact_xl.results.edits import detect
from impact_xl.results.edits.corrections import effective, level_in_words, parse
from impact_xl.results.edits.detect import Edits, Loss
from impact_xl.results.edits.match_rows import Key, StoredRow, TeamLookup
from impact_xl.results.sheet_writer import SheetSpec, TableSpec
from impact_xl.round import stored_workbook
from impact_xl.round.collation import Collation
from impact_xl.round.stored_sheets import TableRow, place_in, row_text
from impact_xl.round.stored_workbook import AS_READ, NOTE, Stored, StoredAnswer, line_of, marks_of
from impact_xl.wording import plural, quote
from impact_xl.xlsx.cell_values import cell_text, mark

_WHAT = "second copy"
_HINT = "Give with --also a copy of this round's consolidated workbook, such as another lead has typed into."
_CHOOSE = "Choose one of the two: give the answer the same level in both workbooks. Then run the command again."
_MOST_QUOTED = 41  # characters of what was typed


class SecondCopyError(ImpactError):
    """A second copy that cannot be put together with the workbook; nothing was changed."""


@dataclass(frozen=True)
class SecondCopy:
    """A second copy as it stands."""

    name: str  # how messages call it
    stored: Stored
    edits: Edits


@dataclass
class Merged:
    """The rows of the workbook with those of its second copies."""

    stored: Stored
    findings: list[Finding] = field(default_factory=list)
    lost: int = 0  # things that were typed into the copies and not taken; each has a finding
    lines: list[str] = field(default_factory=list)  # what was taken from each


def expect_workbook(target: Path, also: Sequence[Path]) -> None:
    """Find out whether there is a workbook to which second copies can be added.

    Raises:
        SecondCopyError: there is none.
    """
    if also and not target.exists():
        raise SecondCopyError(
            f"There is no workbook at {target} yet, so {also[0]} cannot be added to it",
            "If that copy is to be the round's workbook, save it there, and run the command without --also.",
        )


def read(
    path: Path, target: Path, collation: Collation, sheets: Sequence[SheetSpec], *, same_round: bool = False
) -> SecondCopy:
    """Read a second copy; it is only read.

    Args:
        path: the copy.
        target: the workbook that is to be replaced.
        collation: the round.
        sheets: the sheets that we write.
        same_round: a copy that carries no round's id is this round's.

    Raises:
        SecondCopyError: there is none, it is no consolidated workbook, or it is another round's.
    """
    if not path.is_file():
        raise SecondCopyError(f"There is no such file: {path}", _HINT)
    if resolved(path) == resolved(target):
        raise SecondCopyError(f"This is the workbook itself, and no second copy: {path}", _HINT)
    name = path.name if path.name != target.name else str(path)
    try:
        stored = stored_workbook.read(path, _WHAT, _HINT)
        _expect_round(stored, collation, name, same_round=same_round)
        edits = detect.read(path, stored, collation.questionnaire, sheets, _WHAT)
    except ImpactError as error:
        raise SecondCopyError(error.message, error.hint) from error
    return SecondCopy(name, _named(stored, name), edits)


def _expect_round(stored: Stored, collation: Collation, name: str, *, same_round: bool) -> None:
    theirs, ours = " ".join(str(stored.made_from.get("Round's id", "")).split()), collation.round.id
    questionnaire = str(stored.made_from.get("Questionnaire's id", ""))
    if questionnaire and normalise(questionnaire) != normalise(collation.questionnaire.id):
        holds = f"the questionnaire “{questionnaire}”, not “{collation.questionnaire.id}”"
    elif normalise(theirs) == normalise(ours) or (same_round and not theirs):
        return
    elif theirs:
        holds = f"another round: “{theirs}”, not “{ours}”" if ours else f"the round “{theirs}”, and this one has no id"
    else:
        raise ImpactError(
            f"The second copy does not say which round it holds, and this is “{ours}”: {name}",
            "If it is this round's, say so once with --same-round.",
        )
    raise ImpactError(f"The second copy holds {holds} ({name})", _HINT)


def _named(stored: Stored, name: str) -> Stored:
    """The copy's rows, each of which says in which workbook it stands."""

    def rows(of: Iterable[StoredRow]) -> tuple[StoredRow, ...]:
        return tuple(row.changed({}, workbook=name) if isinstance(row, TableRow) else row for row in of)

    def answers(of: Iterable[StoredAnswer]) -> tuple[StoredAnswer, ...]:
        return tuple(replace(row, sheet=f"[{name}]{row.sheet}") for row in of)

    return replace(
        stored,
        answers=answers(stored.answers),
        waiting=answers(stored.waiting),
        actions=rows(stored.actions),
        comments=rows(stored.comments),
    )


def merge(
    collation: Collation,
    stored: Stored,
    edits: Edits,
    name: str,
    copies: Iterable[SecondCopy],
    sheets: Sequence[SheetSpec],
) -> Merged:
    """The workbook's rows with what was typed into its second copies.

    Args:
        collation: the round.
        stored: the workbook.
        edits: what else was typed into it.
        name: what it is called.
        copies: the second copies.
        sheets: the sheets that we write.

    Raises:
        SecondCopyError: two of them give one answer two levels.
    """
    merged = Merged(stored)
    contradictions: list[str] = []
    for copy in copies:
        one = _Merge(collation, merged.stored, edits, name, copy)
        levels = one.levels(contradictions)
        rows = one.actions()
        notes = one.comments()
        losses = [*copy.edits.losses, *one.losses, *one.own_columns(sheets), *one.own_sheets()]
        merged.stored = replace(
            merged.stored, waiting=(*merged.stored.waiting, *levels), actions=tuple(rows), comments=tuple(notes)
        )
        merged.findings += [*one.findings, *(detect.not_carried(loss, copy.name, "that copy") for loss in losses)]
        merged.findings += one.formulas()
        merged.lost += len(losses)
        taken = ((len(levels), "level"), (one.taken[actions.ACTIONS], "row of Actions", "rows of Actions"),
                 (one.taken[comments.COMMENTS], "row of Comments", "rows of Comments"))  # fmt: skip
        what = ", ".join(plural(*each) for each in taken if each[0]) or "nothing that was not there already"
        merged.lines.append(f"Taken from {copy.name}: {what}.")
    if contradictions:
        raise SecondCopyError("Two copies of the workbook contradict each other: " + "; ".join(contradictions), _CHOOSE)
    return merged


class _Merge:
    """One second copy beside the rows that stand so far."""

    def __init__(self, collation: Collation, stored: Stored, edits: Edits, name: str, copy: SecondCopy) -> None:
        self._questionnaire: Questionnaire = collation.questionnaire
        self._stored, self._edits, self._name, self._copy = stored, edits, name, copy
        self._here, self._there = TeamLookup(collation, stored), TeamLookup(collation, copy.stored)
        self.findings: list[Finding] = []
        self.losses: list[Loss] = []
        self.taken: dict[str, int] = {actions.ACTIONS: 0, comments.COMMENTS: 0}

    def levels(self, contradictions: list[str]) -> list[StoredAnswer]:
        """The levels that were typed there and not here; `contradictions` takes those that differ."""
        here = effective(self._stored, self._edits.uncalculated, self._here)
        fresh: list[StoredAnswer] = []
        for about, rows in effective(self._copy.stored, self._copy.edits.uncalculated, self._there).items():
            if about not in here:
                fresh += rows
                continue
            words = {self._level(each) for each in (*here[about], *rows)}
            if len(words) > 1:
                one, other = here[about][0], rows[0]
                contradictions.append(
                    f"{self._cell(one.place)} says {level_in_words(one)}, and {self._cell(other.place)} says "
                    f"{level_in_words(other)} ({one.question} of {one.team})"
                )
        return fresh

    def _level(self, row: StoredAnswer) -> Any:
        return parse(row, self._questionnaire) or normalise(row.level)

    def _cell(self, place: tuple[str, str]) -> str:
        """A cell with its sheet and workbook, as Excel writes it."""
        sheet, cell = place
        return f"{sheet}!{cell}" if sheet.startswith("[") else f"[{self._name}]{sheet}!{cell}"

    # -- rows ----------------------------------------------------------------------------------------

    def actions(self) -> list[StoredRow]:
        """The rows of Actions here, with what was typed into them there, and those that were added there."""
        rows = list(self._stored.actions)
        for row in self._copy.stored.actions:
            typed = actions.typed_in(row, self._questionnaire)
            if typed:
                self._merge_action(rows, row, typed)
        return rows

    def _merge_action(self, rows: list[StoredRow], row: StoredRow, typed: Mapping[str, Any]) -> None:
        alike = [place for place, each in enumerate(rows) if self._is_same_action(each, row)]
        fits = next((place for place in alike if not self._against(rows[place], typed)), None)
        if fits is None:
            if alike:
                head = self._against(rows[alike[0]], typed)[0]
                self._two_words(rows[alike[0]], row, head, f"The action “{row_text(row, 'What')}”")
                row = _changed(row, {AS_READ: ""})
            rows.append(row)
            self.taken[actions.ACTIONS] += 1
            return
        new = {head: value for head, value in typed.items() if cell_text(rows[fits].get(head)) != cell_text(value)}
        if new:
            rows[fits] = _changed(rows[fits], new)
            self.taken[actions.ACTIONS] += 1

    def _is_same_action(self, here: StoredRow, there: StoredRow) -> bool:
        """Whether two rows are about one action: the same priority of a team, else the same words."""
        if self._team(here, self._here) != self._team(there, self._there):
            return False
        own, theirs = marks_of(here), marks_of(there)
        if own and theirs:
            return own[0] == theirs[0] and line_of(here) == line_of(there)
        return not own and normalise(row_text(here, "What")) == normalise(row_text(there, "What"))

    def _against(self, here: StoredRow, typed: Mapping[str, Any]) -> list[str]:
        """The columns in which something else was typed here than there."""
        own = actions.typed_in(here, self._questionnaire)
        return [head for head, value in typed.items() if head in own and cell_text(own[head]) != cell_text(value)]

    def comments(self) -> list[StoredRow]:
        """The rows of Comments here, with the notes that were edited there, and the rows that were added there."""
        rows = list(self._stored.comments)
        for row in self._copy.stored.comments:
            number = {"Team ID": self._there.id_of_row(row)}  # the teams may have other numbers here
            if _is_edited(row) or not row_text(row, AS_READ):
                self._merge_comment(rows, _changed(row, number))
        return rows

    def _merge_comment(self, rows: list[StoredRow], row: StoredRow) -> None:
        note = cell_text(row.get(NOTE))
        about = self._team(row, self._there), row_text(row, "Ref")
        alike = [
            place for place, each in enumerate(rows) if (self._team(each, self._here), row_text(each, "Ref")) == about
        ]
        if any(_is_edited(rows[place]) is not False and cell_text(rows[place].get(NOTE)) == note for place in alike):
            return
        self.taken[comments.COMMENTS] += 1
        of_team = next((place for place in alike if row_text(rows[place], AS_READ)), None)
        if not row_text(row, AS_READ) or of_team is None:
            rows.append(row)
        elif _is_edited(rows[of_team]):
            self._two_words(rows[of_team], row, NOTE, f"The note on {about[1]}")
            rows.append(_changed(row, {AS_READ: ""}))
        else:
            rows[of_team] = _changed(rows[of_team], {NOTE: row[NOTE], AS_READ: row[AS_READ]})

    def _team(self, row: StoredRow, lookup: TeamLookup) -> str:
        return lookup.id_of_row(row) or normalise(row_text(row, "Team"))

    def _two_words(self, here: StoredRow, there: StoredRow, head: str, what: str) -> None:
        result = self._there.of_row(there)
        team = {"team_id": result.team.id, "team": result.team.name} if result else {"team": row_text(there, "Team")}
        sheet, cell = place_in(there, head)
        one = self._cell(place_in(here, head))
        where = Where(self._copy.name, sheet.rpartition("]")[2], cell)
        facts = {"what": what, "one": one, "own": _in_quotes(here.get(head))}
        facts |= {"other": self._cell((sheet, cell)), "theirs": _in_quotes(there.get(head))}
        self.findings.append(found("text-two-leads", where, **team, **facts))

    # -- what is not taken ---------------------------------------------------------------------------

    def own_columns(self, sheets: Sequence[SheetSpec]) -> Iterator[Loss]:
        """What was typed there into columns of one's own, and does not stand here as well."""
        for spec in sheets:
            table = spec.body
            if not isinstance(table, TableSpec) or not table.keys or spec.name not in self._copy.edits.columns:
                continue
            here: dict[Key, StoredRow] = {}
            if spec.name in self._edits.rows:
                rows = self._edits.rows[spec.name]
                here = dict(zip(table.keys.of_stored(rows, self._here), rows, strict=True))
            cells: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
            rows = self._copy.edits.rows[spec.name]
            for key, row in zip(table.keys.of_stored(rows, self._there), rows, strict=True):
                for head in self._copy.edits.columns[spec.name]:
                    if (text := cell_text(row[head])) and text != cell_text(here.get(key, {}).get(head)):
                        cells[head].append((text, place_in(row, head)[1]))
            for head, typed in cells.items():
                first, more = quote(typed[0][0], _MOST_QUOTED), len(typed) - 1
                what = f"a column of your own, {head}, holds {first}{f' and {more} more' if more else ''}"
                yield Loss(spec.name, what, tuple(cell for _, cell in typed))

    def own_sheets(self) -> Iterator[Loss]:
        """The sheets that somebody added there, where they do not stand here as well."""
        for name, rows in self._copy.edits.sheets.items():
            if _texts(rows) != _texts(self._edits.sheets.get(name, ())):
                yield Loss(name, "a sheet of your own was added")

    def formulas(self) -> Iterator[Finding]:
        """The formulas that became values in what was taken."""
        for what in self._copy.edits.formulas:
            if what.endswith((f"sheet {ANSWERS}", f"sheet {actions.ACTIONS}", f"sheet {comments.COMMENTS}")):
                yield found("text-as-values", Where(self._copy.name), what=what)


def _is_edited(row: StoredRow) -> bool | None:
    """Whether somebody edited a team's note; None of a row that somebody added."""
    read = row_text(row, AS_READ)
    return mark(str(row.get(NOTE, ""))) != read if read else None


def _in_quotes(value: Any) -> str:
    text = cell_text(value)
    return quote(text, _MOST_QUOTED) if text else "nothing"


def _changed(row: StoredRow, values: Mapping[str, Any]) -> StoredRow:
    return row.changed(values) if isinstance(row, TableRow) else {**row, **values}


def _texts(rows: Sequence[Sequence[Any]]) -> list[list[str]]:
    """What stands on a sheet, without the empty cells at the ends of its rows, and empty rows at its end."""
    texts = [[cell_text(cell) for cell in cells] for cells in rows]
    return [cells for cells in texts if any(cells)]
