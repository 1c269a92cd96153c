"""What people typed into a consolidated workbook, carried over into the one that replaces it.

Corrections made in Answers stand against whatever the returns say now; actions, edited comments, and rows, columns
and sheets that people added go with it. What cannot be carried over becomes a finding, so that nothing that somebody
typed is lost without a word.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from impact_xl.findings import Finding, ImpactError, Where, found, in_order
from impact_xl.questionnaire import normalise
from impact_xl.results import actions, comments
from impact_xl.results.edits import corrections
from impact_xl.results.edits.detect import Edits, Loss, not_carried, rows_again
from impact_xl.results.edits.match_rows import Key, ListedColumns, StoredRow, TeamLookup, two_teams
from impact_xl.results.sheet_writer import SheetSpec, TableSpec
from impact_xl.round import decisions
from impact_xl.round.closing import date_of
from impact_xl.round.collation import Collation, collate_again
from impact_xl.round.overrides import Overrides
from impact_xl.round.record import Carried, TeamResult
from impact_xl.round.stored_workbook import Stored
from impact_xl.round.tables import free_name
from impact_xl.wording import first_few, plural
from impact_xl.xlsx.cell_values import cell_text

# What a correction puts right; the finding is then replaced by one that says who decided.
_SETTLED = ("answer-blank", "answer-multiple", "answer-unclear", "answer-by-name-only", "form-rows-missing")
_OTHER_PLACE = "Choose another place with --output, or give --overwrite to replace it without carrying anything over."
_OTHER_ROUND = (
    "Choose another place with --output, so that each round has a workbook of its own. If that workbook is this "
    "round's, say so once: impact-xl collate --same-round. Is the folder a copy of another round's? Then make a folder "
    "for this one, with impact-xl new --after."
)
_TWO_WORDS = (
    "Choose one of the two. Either choose the decision's level in the sheet Answers; for a correction that waits, "
    "clear its row in the last table of About. Or change the decision, or delete its row. Then run the command again."
)
_MOST_ROWS = 3  # rows of somebody's own columns that a finding names


def carry(collation: Collation, stored: Stored, edits: Edits, name: str, sheets: Sequence[SheetSpec]) -> Collation:
    """The collation with everything that people typed into the workbook it will replace.

    Args:
        collation: the round as the returns tell it.
        stored: the record of that workbook.
        edits: what else people typed into it.
        name: what it is called.
        sheets: the sheets that we write.
    """
    findings: list[Finding] = []
    contradictions: list[str] = []
    notes = comments.merge(stored.comments, TeamLookup(collation, stored), findings)
    collation = replace(collation, results=tuple(_with_notes(result, notes.notes) for result in collation.results))
    lookup = TeamLookup(collation, stored)
    decided, waiting = corrections.settle(collation, stored, edits.uncalculated, lookup, findings, contradictions)
    if contradictions:
        raise TwoWordsError(
            "The decisions and the levels typed into the workbook contradict each other: " + "; ".join(contradictions),
            _TWO_WORDS,
        )
    collation = replace(collation, results=tuple(_with_decided(result, decided) for result in collation.results))
    lookup = TeamLookup(collation, stored)
    plan = actions.merge(collation, stored.actions, lookup, findings)
    if plan.again:
        edits.losses.append(rows_again(actions.ACTIONS, plan.again))
    findings += (not_carried(loss, name) for loss in edits.losses)
    findings += (found("text-as-values", Where(name), what=what) for what in edits.formulas)
    open_findings = [
        finding
        for finding in collation.to_fix
        if (finding.team_id, finding.question) not in decided or finding.rule.id not in _SETTLED
    ]
    carried = Carried(
        corrections=len(decided),
        actions=plan.rows,
        statuses=plan.worked_on,
        added=plan.added,
        cleared=plan.cleared,
        waiting=tuple(waiting),
        notes=notes.marks,
        comments=tuple(notes.rows),
        sheets=edits.sheets,
        labels=edits.labels,
    )
    collation = replace(collation, to_fix=tuple(in_order([*open_findings, *findings])), carried=carried)
    clashes: list[Finding] = []
    cells, losses = _cells(collation, edits, lookup, sheets, clashes)
    columns, beside = _beside_listed(collation, edits.columns, cells, sheets)
    return replace(
        collation,
        to_fix=tuple(in_order([*collation.to_fix, *clashes, *(not_carried(loss, name) for loss in losses)])),
        carried=replace(carried, columns=columns, cells=beside, lost=len(edits.losses) + len(losses)),
    )


def check_questionnaire(collation: Collation, stored: Stored) -> None:
    """Find out whether a workbook was made from the same questionnaire as a round.

    Raises:
        ImpactError: it was not.
    """
    theirs, ours = str(stored.made_from.get("Questionnaire's id", "")), collation.questionnaire.id
    if theirs and ours and normalise(theirs) != normalise(ours):
        raise ImpactError(
            f"The workbook that is there already holds another questionnaire: “{theirs}”, not “{ours}”", _OTHER_PLACE
        )


def of_round(collation: Collation, stored: Stored, name: str, *, same_round: bool = False) -> Collation:
    """The collation, where a workbook is one of the same round; with the workbook's id where it has none itself.

    Args:
        collation: the round.
        stored: the workbook that it would replace.
        name: what it is called.
        same_round: somebody says that it belongs to this round.

    Raises:
        OtherRoundError: the workbook is of another round, or only one of the two has an id.
    """
    theirs, ours = " ".join(str(stored.made_from.get("Round's id", "")).split()), collation.round.id
    if normalise(theirs) == normalise(ours):
        return collation
    if same_round:
        return collation if ours else replace(collation, round=replace(collation.round, id=theirs))
    if theirs and ours:
        raise OtherRoundError(
            f"The workbook that is there already holds another round: “{theirs}”, not “{ours}” ({name})", _OTHER_ROUND
        )
    if ours:
        raise OtherRoundError(
            f"The workbook that is there already does not say which round it holds, and this is “{ours}”: {name}",
            _OTHER_ROUND,
        )
    raise OtherRoundError(
        f"The workbook that is there already holds the round “{theirs}”, and nothing says that this is it: {name}",
        f"Say which round this is with --round. {_OTHER_ROUND}",
    )


class OtherRoundError(ImpactError):
    """What stands at the output belongs to another round; --overwrite is no permission to replace that."""


class TwoWordsError(ImpactError):
    """A decision and a level that was typed into Answers say two things; nobody but a person can tell which holds."""


def with_counted(collation: Collation, stored: Stored) -> Collation:
    """The collation of a closed round, in which a form without a date counts where it counted in the workbook.

    Args:
        collation: the round.
        stored: the workbook that it would replace.
    """
    known = collation.round.closed_on and any(
        each.file.sha256 in stored.used and each.judged and not each.used and not date_of(each.judged.submission)
        for each in collation.files
    )
    return collate_again(collation, counted=stored.used) if known else collation


def with_decisions(collation: Collation, stored: Stored) -> tuple[Collation, list[Finding]]:
    """The collation with the decisions that a workbook keeps, where no list was read; and which have ended.

    Args:
        collation: the round.
        stored: the workbook that it would replace.
    """
    kept = decisions.kept_in(stored, collation.questionnaire)
    if collation.decisions == Overrides() and (kept.answers or kept.copies):
        collation = collate_again(collation, kept)
    now = collation.decisions if collation.decisions != Overrides() else kept
    return collation, [*decisions.ended(kept, now, stored, collation.questionnaire)]


def _with_notes(result: TeamResult, notes: Mapping[tuple[str, str], str]) -> TeamResult:
    """A team's result with the notes that people edited."""
    edited = {
        question: replace(answer, note=notes[result.team.id, question])
        for question, answer in result.answers.items()
        if (result.team.id, question) in notes
    }
    if not result.used or not edited:
        return result
    return replace(result, used=replace(result.used, answers={**result.answers, **edited}))


def _with_decided(result: TeamResult, decided: corrections.Decided) -> TeamResult:
    """A team's result with the answers that people decided."""
    if not result.used or not any((result.team.id, question) in decided for question in result.answers):
        return result
    answers = {question: decided.get((result.team.id, question), answer) for question, answer in result.answers.items()}
    judged = replace(result.used, answers=answers)
    return replace(result, used=judged, status=judged.status if result.team.takes_part else result.status)


# -- columns of their own ----------------------------------------------------------------------------


def _cells(
    collation: Collation, edits: Edits, lookup: TeamLookup, sheets: Sequence[SheetSpec], findings: list[Finding]
) -> tuple[dict[str, dict[Key, StoredRow]], list[Loss]]:
    """What stands in people's own columns, by sheet and row; and what stood beside rows that are gone.

    `findings` takes what stood in rows whose id and name lead to two teams.
    """
    by_sheet: dict[str, dict[Key, StoredRow]] = {}
    losses: list[Loss] = []
    for spec in sheets:
        heads = edits.columns.get(spec.name)
        if not heads or not isinstance(spec.body, TableSpec) or not spec.body.keys:
            continue
        rows = edits.rows[spec.name]
        there = set(spec.body.keys.of_round(collation))
        cells: dict[Key, StoredRow] = {}
        gone: list[StoredRow] = []
        for key, row in zip(spec.body.keys.of_stored(rows, lookup), rows, strict=True):
            own = {head: row[head] for head in heads if cell_text(row[head])}
            if own and key in there and key not in cells:
                cells[key] = own
            elif own:
                gone.append(row)
        by_sheet[spec.name] = cells
        findings += _of_two_teams(gone, heads, lookup)
        gone = [row for row in gone if not lookup.clash_in(row)]
        if gone:
            losses.append(Loss(spec.name, _what_is_gone(gone, heads, spec.body.marker)))
    return by_sheet, losses


def _beside_listed(
    collation: Collation,
    columns: Mapping[str, tuple[str, ...]],
    cells: Mapping[str, Mapping[Key, StoredRow]],
    sheets: Iterable[SheetSpec],
) -> tuple[dict[str, tuple[str, ...]], dict[str, Mapping[Key, StoredRow]]]:
    """People's own columns with what is in them, each under a name that no column of the team list has by now."""
    heads, rows = dict(columns), dict(cells)
    for spec in sheets:
        if isinstance(spec.body, TableSpec) and spec.body.listed and spec.name in rows:
            named = _named_beside(spec.body.listed(collation), heads[spec.name], rows[spec.name])
            heads[spec.name] = tuple(named.values())
            rows[spec.name] = {
                key: {named[head]: value for head, value in row.items() if head in named}
                for key, row in rows[spec.name].items()
            }
    return heads, rows


def _named_beside(listed: ListedColumns, heads: Sequence[str], cells: Mapping[Key, StoredRow]) -> dict[str, str]:
    """What people's own columns of a sheet are called beside those that the team list gives it by now.

    One of the same name that says nothing else is left out, as the team list says it; one that does gets a number.
    """
    there = {normalise(head): of_list for head, of_list in listed.items()}
    taken = {*there, *(normalise(head) for head in heads)}
    named: dict[str, str] = {}
    for head in heads:
        of_list = there.get(normalise(head))
        typed = {key: cell_text(row[head]) for key, row in cells.items() if head in row}
        if of_list is None:
            named[head] = head
        elif any(text != cell_text(of_list.get(key)) for key, text in typed.items()):
            named[head] = free_name(head, taken)
            taken.add(normalise(named[head]))
    return named


def _of_two_teams(rows: Iterable[StoredRow], heads: Sequence[str], lookup: TeamLookup) -> Iterator[Finding]:
    """What stands in people's own columns in rows whose id and name lead to two teams."""
    for row in rows:
        if clash := lookup.clash_in(row):
            for head in filter(lambda head: cell_text(row[head]), heads):
                yield two_teams(row, head, clash, f"“{cell_text(row[head])}” in your own column {head}")


def _what_is_gone(rows: Sequence[StoredRow], heads: Sequence[str], marker: str) -> str:
    words = first_few([_in_words(row, heads, marker) for row in rows], _MOST_ROWS, separator="; ", more="; and {} more")
    beside = plural(len(rows), "row that is", "rows that are")
    return f"your own columns held something in {beside} gone: {words}"


def _in_words(row: StoredRow, heads: Sequence[str], marker: str) -> str:
    names = [cell_text(row[head]) for head in ("Team", "Ref", "Rule") if cell_text(row.get(head))]
    about = ", ".join(names) or cell_text(row.get(marker))
    return f"{about}: " + ", ".join(f"{head} “{cell_text(row[head])}”" for head in heads if cell_text(row[head]))
