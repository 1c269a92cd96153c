"""What a person sees on a form beside its marks: what stands against a tick, and which level it shows. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce

from impact_xl.form.layout import NOT_APPLICABLE
from impact_xl.questionnaire import Questionnaire
from impact_xl.returns.submission import Mark, QuestionMarks, Sight, SightKind, Submission, Tick
from impact_xl.wording import first_few, join_and, plural, quote, visible

_SHOWN, _CELLS = 8, 40  # of sights, and of the cells of the others
_CLAUSES = 6  # about one question
_TOGETHER = 2  # of one kind that are put into words one by one


def label(questionnaire: Questionnaire, level: int) -> str:
    """A level's name in quotation marks; 0 is “Not applicable to us”."""
    return f"“{questionnaire.level_name(level) or NOT_APPLICABLE}”"


def against_tick(marks: QuestionMarks) -> list[Sight]:
    """What stands against the one tick of a question: a word, look or picture that shows another level alone."""
    if not marks.sights or len(marks.ticked) != 1:
        return []
    level = marks.ticked[0].level
    return [each for each in marks.sights if each.against and each.levels is not None and level not in each.levels]


def shown_level(marks: QuestionMarks) -> int | None:
    """The one level that a question shows where none is ticked; None where it shows none, or several."""
    if marks.ticked and not all(mark.doubt for mark in marks.ticked):
        return None
    shown = [each.levels for each in marks.sights if each.levels is not None]
    shown += [frozenset({mark.level}) for mark in marks.marks if _shows_level(mark)]
    shown += [frozenset({mark.names}) for mark in marks.marks if mark.names is not None]
    if not shown:
        return None
    common = reduce(frozenset.intersection, shown) - {mark.level for mark in marks.ticked if mark.is_crossed_out}
    return next(iter(common)) if len(common) == 1 else None


def _shows_level(mark: Mark) -> bool:
    """Whether a box shows its level without counting: by a sign of some font or format, or a tick that is in doubt."""
    if mark.tick is Tick.UNCLEAR:
        return bool(mark.raw and (mark.font or mark.doubt))
    return mark.tick is Tick.TICKED and not mark.is_crossed_out


def in_boxes(marks: QuestionMarks) -> Iterable[Sight]:
    """What was typed into boxes that are not ticked, each text once."""
    cells: dict[str, list[str]] = {}
    for mark in marks.marks:
        if mark.is_denied:
            cells.setdefault(f"{quote(visible(mark.raw))}{mark.font}", []).append(mark.cell)
    for what, places in cells.items():
        yield Sight(SightKind.TEXT, what, marks.sheet, " ".join(places), group=f"{what} in boxes")


def in_clauses(sights: Iterable[Sight], sheet: str) -> str:
    """Sights of one question, which stands on a sheet, as a part of a sentence; empty where there are none."""
    clauses = list(dict.fromkeys(each.clause_from(sheet) for each in sights))
    if len(clauses) > _CLAUSES:
        return first_few(clauses, _CLAUSES, more=" and {} more")
    return join_and(clauses) if clauses else ""


def in_list(sights: Sequence[Sight]) -> str:
    """Sights of a whole copy, each with sheet and cell; of a long list the last ones with their cells alone."""
    shown = ", ".join(map(_in_place, sights[:_SHOWN]))
    if not (others := sights[_SHOWN:]):
        return shown
    cells = first_few([_place(each) for each in others if each.cell], _CELLS)
    return f"{shown} and {len(others)} more{cells and f' ({cells})'}"


def _in_place(sight: Sight) -> str:
    if sight.kind in (SightKind.COMMENT, SightKind.DRAWING):
        return f"{sight.what} in “{sight.sheet}”" if sight.sheet else sight.what
    return f"{sight.what} in {_place(sight)}" if sight.cell else sight.what


def _place(sight: Sight) -> str:
    return f"“{sight.sheet}”!{sight.cell.replace(' ', ', ')}"


def in_short(submission: Submission) -> str:
    """What stands on a copy in which no box is ticked."""
    written = sum(bool(marks.note) for marks in submission.questions.values())
    named = sum(each.filled for each in submission.priorities)
    parts = [
        f"{plural(number, one, many)} {'is' if number == 1 else 'are'} {done}"
        for number, one, many, done in (
            (written, "note", "notes", "written"),
            (named, "priority", "priorities", "named"),
        )
        if number
    ]
    if submission.completed_by or submission.date or submission.other_team:
        parts.append("the Start sheet says who filled it in")
    groups: dict[str, list[Sight]] = {}
    of_questions = (each for marks in submission.questions.values() for each in (*marks.sights, *in_boxes(marks)))
    for sight in (*of_questions, *submission.sights):
        groups.setdefault(sight.group or sight.what, []).append(sight)
    parts += (_together(group, sights) for group, sights in groups.items())
    return "; ".join([*parts, *(f"there is {each}" for each in submission.extras)])


def _together(group: str, sights: Sequence[Sight]) -> str:
    if len(sights) <= _TOGETHER or any(each.kind is SightKind.COMMENT for each in sights):
        clauses = [f"{each.clause} on “{each.sheet}”" if each.sheet else each.clause for each in sights]
        return first_few(clauses, _SHOWN, more=" and {} more")
    if len({each.what for each in sights}) > 1:
        return f"there are {group} in {_cells(sights)}"
    is_text = sights[0].kind in (SightKind.WORD, SightKind.TEXT)
    return f"{sights[0].what}{' is' if is_text else ''} in {_cells(sights)}"


def _cells(sights: Sequence[Sight]) -> str:
    """The cells of some sights, sheet by sheet: `E14, E22 on “1 Purpose” and 20 more`."""
    by_sheet: dict[str, list[str]] = {}
    for sight in sights[:_SHOWN]:
        by_sheet.setdefault(sight.sheet, []).extend(sight.cell.split())
    shown = ", ".join(f"{', '.join(cells)} on “{sheet}”" for sheet, cells in by_sheet.items())
    return shown + (f" and {len(sights) - _SHOWN} more" if len(sights) > _SHOWN else "")
