"""Grids become submissions: what stands on the sheets of a workbook is put together, copy by copy."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from impact_xl.findings import Finding, Where, found
from impact_xl.form import layout
from impact_xl.form.layout import Action, Reference
from impact_xl.form.plans import plan
from impact_xl.questionnaire import Questionnaire
from impact_xl.returns.formats.grid import Content, Grid
from impact_xl.returns.other_kinds import TEXT
from impact_xl.returns.parse.cell_marks import beginning
from impact_xl.returns.parse.other_versions import tell_names
from impact_xl.returns.parse.packs import is_of_pack, pack_in
from impact_xl.returns.parse.parsed_sheet import LevelRow, ParsedSheet
from impact_xl.returns.parse.repeated_rows import read_rows
from impact_xl.returns.parse.sheet import SheetParser
from impact_xl.returns.parse.sheet_groups import SheetGroup, grouped
from impact_xl.returns.parse.usual_sheet import parse_usual
from impact_xl.returns.parse.wordings import in_own_words, part_of, to_read
from impact_xl.returns.parse.words import LONGEST, level_named
from impact_xl.returns.submission import (
    ActionReport,
    Mark,
    Marks,
    Priority,
    QuestionMarks,
    Sight,
    SightKind,
    Submission,
    Tick,
    action_status,
)
from impact_xl.wording import first_few, plural, presentable, quote, visible

_MOST_EXTRAS, _MOST_SHEETS = 12, 4
_NOTES = "notes that name a level"


@dataclass(frozen=True)
class Reading:
    """The submissions in one workbook, what is wrong with the file, and whether everything a form has was there."""

    submissions: tuple[Submission, ...]
    findings: tuple[Finding, ...] = ()
    complete: bool = False


def submissions_in(content: Content, questionnaire: Questionnaire, file: str, *, fast: bool = True) -> Reading:
    """Find every submission in a workbook's grids; nothing in them can raise.

    Args:
        content: the grids.
        questionnaire: what was asked.
        file: the name that people know the workbook by.
        fast: whether sheets with nothing but ticks and notes are read the short way; it says the same.
    """
    named = replace(content, grids=tuple(map(_with_short_name, content.grids)))
    worded = in_own_words(named, questionnaire.whole or questionnaire)
    usual = _usual_sheets(worded, questionnaire) if fast else {}
    if len(usual) == len(named.grids) and not questionnaire.whole:  # as nearly always
        return _read(worded, questionnaire, file, usual)
    others = tuple(grid for grid in worded.grids if id(grid) in usual or not is_of_pack(grid))
    reading = _answers_in(replace(worded, grids=others), questionnaire, file, usual)
    if len(others) == len(named.grids):
        return reading
    pack = pack_in(named, file)
    forms = tuple(each for each in reading.submissions if each.reference.questionnaire)  # no sheet of a pack is one
    return replace(reading, submissions=(*forms, pack)) if forms else Reading((pack,), complete=True)


_Usual = Mapping[int, ParsedSheet]  # what usual sheets say, by the identity of their grids


def _usual_sheets(content: Content, questionnaire: Questionnaire) -> _Usual:
    """What the sheets say on which nobody did anything but tick and write."""
    read = ((id(grid), parse_usual(grid, questionnaire)) for grid in content.grids)
    return {grid: sheet for grid, sheet in read if sheet}


def _answers_in(content: Content, questionnaire: Questionnaire, file: str, usual: _Usual) -> Reading:
    """The forms in a workbook, or the rows of its tables of a survey tool."""
    if not usual and (tables := _surveys(content, questionnaire, file)):
        return tables
    whole = to_read(content, questionnaire)
    reading = _read(content, whole, file, usual if whole is questionnaire else {})
    return replace(reading, submissions=tuple(part_of(each, questionnaire) for each in reading.submissions))


def _read(content: Content, questionnaire: Questionnaire, file: str, usual: _Usual) -> Reading:
    where = Where(file)
    parsed = [_parsed(grid, questionnaire, usual) for grid in content.grids]
    sheets = [sheet for sheet in parsed if sheet.is_form]
    references = [sheet.reference for sheet in sheets if sheet.reference]
    of_document = Reference.parse(content.reference) or Reference()
    if theirs := _other_questionnaire(references or [of_document], questionnaire):
        other = found("form-other-questionnaire", where, theirs=theirs, ours=questionnaire.id)
        return Reading((), (other,), complete=True)
    if not _is_form(content, sheets, references):
        return Reading((), (_unknown(content, where, questionnaire),))
    otherwise = Reference() if references else of_document
    extras = tuple(_extras(content, parsed))
    submissions = tuple(
        _submission(group, content, otherwise, extras, questionnaire, file) for group in grouped(sheets)
    )
    findings = [*_mixed(submissions, where)]
    if extras:
        findings.insert(0, found("form-extra-content", where, what=first_few(extras, _MOST_EXTRAS, separator=" and ")))
    return Reading(submissions, tuple(findings), all(map(_is_complete, submissions)))


def _parsed(grid: Grid, questionnaire: Questionnaire, usual: _Usual) -> ParsedSheet:
    return usual.get(id(grid)) or SheetParser(grid, questionnaire).read()


def _is_form(content: Content, sheets: Sequence[ParsedSheet], references: Sequence[Reference]) -> bool:
    """Whether a workbook holds a form; the pages for a meeting have its statements, and no reference."""
    asks = any(sheet.levels or sheet.asks_actions for sheet in sheets)
    if references or not asks:
        return asks
    from impact_xl.returns.parse import own_tables  # lazy: most forms have a reference

    return not own_tables.is_for_meeting(content.grids)


def _surveys(content: Content, questionnaire: Questionnaire, file: str) -> Reading | None:
    """The returns in tables of a survey tool; None where the file is another. A form says that it is one."""
    from impact_xl.returns.parse import survey  # lazy: most rounds come as forms alone

    texts = (value for grid in content.grids for value in grid.cells.values() if isinstance(value, str))
    if any(layout.REFERENCE_MARK in text[:20] for text in texts):
        return None
    read = [survey.read(grid, questionnaire, file) for grid in content.grids]
    if not any(submissions for submissions, _ in read):
        return None
    submissions, findings = ([each for parts in column for each in parts] for column in zip(*read, strict=True))
    return Reading(tuple(submissions), tuple(findings), complete=True)


def _with_short_name(grid: Grid) -> Grid:
    """The sheet by a name that can stand in a message; no form has a sheet with another."""
    shown = presentable(grid.name)
    return grid if shown == grid.name else replace(grid, name=shown)


def _other_questionnaire(references: Iterable[Reference], questionnaire: Questionnaire) -> str:
    """The first other questionnaire that references name; empty where there is none."""
    ids = (reference.questionnaire for reference in references)
    return next((each for each in ids if each not in ("", questionnaire.id)), "")


def _unknown(content: Content, where: Where, questionnaire: Questionnaire) -> Finding:
    from impact_xl.returns.parse import own_tables  # lazy: as above

    kind = own_tables.kind_of(content.grids, questionnaire)
    names = _names(grid.name for grid in content.grids)
    sheets = f"its sheets are {names}" if content.grids else "it has no sheets"
    return found("form-unknown", where, what=sheets if kind is TEXT else f"it is {kind.name}; {sheets}")


def _extras(content: Content, parsed: Sequence[ParsedSheet]) -> Iterator[str]:
    """What a workbook holds beside the sheets of a form: sheets that somebody added, and what lies on these."""
    yield from content.extras
    others = [grid for grid, sheet in zip(content.grids, parsed, strict=True) if not sheet.is_form]
    yield from (each.described(grid.name) for grid in others for each in grid.additions)
    if added := [f"the sheet “{grid.name}”, which begins {beginning(grid)}" for grid in others if grid.cells]:
        yield first_few(added, _MOST_SHEETS, separator="; ", more="; and more")


def _is_complete(submission: Submission) -> bool:
    damaged = (marks.damaged for marks in submission.questions.values())
    return not submission.sheets_missing and not any(damaged)


def _mixed(submissions: Sequence[Submission], where: Where) -> Iterator[Finding]:
    """That there is more than one submission in a workbook, and whose they are."""
    whose = [each.team or each.reference.team_id or "no team named" for each in submissions if each.is_copy]
    if len(whose) > 1:
        copies = plural(len(whose), "copy", "copies")
        yield found("form-mixed", where, count=copies, what="; ".join(whose[:6]))


def _names(names: Iterable[str], most: int = 4) -> str:
    return first_few([f"“{name}”" for name in names], most)


# -- one submission ---------------------------------------------------------------------------------


def _submission(
    group: SheetGroup,
    content: Content,
    otherwise: Reference,
    extras: tuple[str, ...],
    questionnaire: Questionnaire,
    file: str,
) -> Submission:
    sheets = group.sheets
    tell_names(sheets)
    reference = _reference(sheets, otherwise)
    texts = {key: text for sheet in reversed(sheets) for key, text in sheet.texts.items() if text}
    if group.claimed:
        texts = {key: text for key, text in texts.items() if not key.startswith("start.")}
    questions = dict(_questions(sheets, questionnaire))
    missing = tuple(
        component.id
        for component in questionnaire.components
        if reference.kind == layout.FORM and not any(question.id in questions for question in component.questions)
    )
    where = Where(file)
    team = texts.get("start.team", "")
    return Submission(
        where=where,
        reference=reference,
        team=team,
        team_id=texts.get("start.team-id", ""),
        group=texts.get("start.group", ""),
        other_team=texts.get("start.other-team", ""),
        completed_by=texts.get("start.completed-by", ""),
        date=texts.get("start.date", ""),
        claimed=group.claimed,
        modified=content.modified,
        questions=questions,
        sheets_missing=missing,
        priorities=tuple(_priorities(texts, sheets)),
        actions=tuple(_actions(sheets)),
        findings=tuple(_findings(sheets, reference, questionnaire, where, team)),
        sights=tuple(_of_no_question(sheets, questions)),
        extras=extras,
    )


def _of_no_question(sheets: Sequence[ParsedSheet], questions: Container[str]) -> Iterator[Sight]:
    """What stands on a copy and belongs to no question that it carries."""
    for sheet in sheets:
        yield from (sight for question, sight in sheet.sights if question not in questions)
    yield from _differing_texts(sheets)


def _reference(sheets: Sequence[ParsedSheet], otherwise: Reference) -> Reference:
    """What the sheets say they are; where their references are gone, what the document's properties say."""
    references = [sheet.reference for sheet in sheets if sheet.reference]
    first = references[0] if references else otherwise
    reference = next((each for each in references if each.sheet == layout.START), first)
    kinds = {sheet.kind for sheet in sheets if sheet.kind != layout.FORM}
    return replace(reference, kind=kinds.pop()) if not references and len(kinds) == 1 else reference


def _questions(sheets: Sequence[ParsedSheet], questionnaire: Questionnaire) -> Iterator[tuple[str, QuestionMarks]]:
    on_sheets = [(sheet, sheet.questions | sheet.notes.keys()) for sheet in sheets]
    seen: dict[str, list[Sight]] = defaultdict(list)  # also on sheets that do not ask the question, such as Start
    for sheet in sheets:
        for owner, sight in sheet.sights:
            seen[owner].append(sight)
    for question in questionnaire.questions:
        if here := [sheet for sheet, questions in on_sheets if question.id in questions]:
            usual = None if question.id in seen else _usual_marks(question.id, here, questionnaire)
            yield question.id, usual or _question_marks(question.id, here, seen.get(question.id, ()), questionnaire)


def _question_marks(
    question: str, sheets: Sequence[ParsedSheet], seen: Sequence[Sight], questionnaire: Questionnaire
) -> QuestionMarks:
    """All that the sheets with a question say about it, and what is seen of it anywhere."""
    levels = (0, *questionnaire.by_id[question].levels)
    read = read_rows({level: _rows(sheets, (question, level)) for level in levels}, questionnaire)
    note, note_cell = _note([sheet.notes[question] for sheet in sheets if question in sheet.notes])
    on_sheet = next((sheet.name for sheet in sheets if sheet.notes.get(question, ("",))[0]), "")
    return QuestionMarks(
        question,
        sheets[0].name,
        Marks(_apply_outside_ticks(read.marks)),
        read.damaged,
        note,
        note_cell,
        (*seen, *read.sights, *_of_note(note, on_sheet, note_cell, questionnaire, seen)),
        lost_boxes=read.lost_boxes,
    )


def _usual_marks(question: str, sheets: Sequence[ParsedSheet], questionnaire: Questionnaire) -> QuestionMarks | None:
    """As `_question_marks`, of one usual sheet; None of any other."""
    marks = sheets[0].usual.get(question) if len(sheets) == 1 else None
    note, cell = sheets[0].notes.get(question, ("", "")) if marks else ("", "")
    if not marks or not note:
        return marks
    sights = tuple(_of_note(note, marks.sheet, cell, questionnaire))
    return QuestionMarks(marks.question, marks.sheet, marks.marks, marks.damaged, note, cell, sights)


def _rows(sheets: Sequence[ParsedSheet], key: tuple[str, int]) -> Sequence[LevelRow]:
    if len(sheets) == 1:  # as nearly always
        return sheets[0].levels.get(key, ())
    return [row for sheet in sheets for row in sheet.levels.get(key, ())]


def _of_note(
    note: str, sheet: str, cell: str, questionnaire: Questionnaire, seen: Sequence[Sight] = ()
) -> Iterator[Sight]:
    """A note that is nothing but a level's name; one that is crossed out or that nobody can see names none."""
    if any(each.kind is SightKind.TYPED for each in seen):
        return
    if len(note) <= LONGEST and (level := level_named(note, questionnaire)) is not None:
        levels = frozenset({level})
        yield Sight(SightKind.NOTE, f"the note is {quote(note)}", sheet, cell, levels, against=False, group=_NOTES)


def _note(notes: Sequence[tuple[str, str]]) -> tuple[str, str]:
    """A question's note; where it stands in a workbook several times, each that differs."""
    if len(notes) == 1:
        return notes[0]
    texts = dict.fromkeys(text for text, _ in notes if text)
    return "\n".join(texts), next((cell for text, cell in notes if text), "")


def _apply_outside_ticks(marks: Sequence[Mark]) -> Sequence[Mark]:
    """A question's marks where ticks stand beside boxes: one counts where no box is ticked, and it is the only one.

    One that is crossed out or cannot be seen is no tick, wherever it stands.
    """
    outside = len([mark for mark in marks if mark.tick_outside_box])
    if not outside or any(mark.tick is not Tick.EMPTY for mark in marks):
        return marks
    return [_with_outside_tick(mark, is_only=outside == 1) if mark.tick_outside_box else mark for mark in marks]


def _with_outside_tick(mark: Mark, *, is_only: bool) -> Mark:
    if is_only and not mark.aside_doubt:
        return replace(mark, tick=Tick.TICKED, cell=mark.tick_outside_box)
    why = f", which {mark.aside_doubt}" if mark.aside_doubt else ""
    doubt = f"has {quote(visible(mark.aside_raw), LONGEST)} next to it{why}"
    return replace(mark, tick=Tick.UNCLEAR, cell=mark.tick_outside_box, raw="", doubt=doubt)


def _priorities(texts: Mapping[str, str], sheets: Sequence[ParsedSheet]) -> Iterator[Priority]:
    sheet = next((each.name for each in sheets if any(key.startswith("P") for key in each.texts)), "")
    cells = {key: cell for each in reversed(sheets) for key, cell in each.text_cells.items() if cell}
    for number, keys in _PRIORITY_KEYS.items():
        cell = next((cells[key] for key in keys.values() if key in cells), "")
        yield Priority(number, **{name: texts.get(key, "") for name, key in keys.items()}, sheet=sheet, cell=cell)


_PRIORITY_KEYS = {
    number: {name: layout.priority_key(number, name) for name, _ in layout.PRIORITY_FIELDS}
    for number in range(1, layout.PRIORITIES + 1)
}


def _actions(sheets: Sequence[ParsedSheet]) -> Iterator[ActionReport]:
    """What is said of each action; where several sheets hold one, the first that says anything."""
    reports: dict[int, ActionReport] = {}
    for sheet in sheets:
        numbers = {layout.action_number(key.partition(".")[0]) for key in sheet.texts}
        for number in sorted(filter(None, numbers)):
            report = _action(number, sheet)
            if number not in reports or not reports[number].typed:
                reports[number] = report
    return (reports[number] for number in sorted(reports))


def _action(number: int, sheet: ParsedSheet) -> ActionReport:
    what, question, lead, by, typed, remark = (
        sheet.texts.get(layout.action_key(number, field), "") for field, _ in layout.ACTION_FIELDS
    )
    return ActionReport(
        number,
        Action(what, question, lead, by),
        action_status(typed),
        typed,
        remark,
        sheet.name,
        sheet.text_cells.get(layout.action_key(number, "status"), ""),
    )


# -- what a person should know ----------------------------------------------------------------------


def _findings(
    sheets: Sequence[ParsedSheet],
    reference: Reference,
    questionnaire: Questionnaire,
    where: Where,
    team: str,
) -> Iterator[Finding]:
    if reference.version and (reference.version_alone, reference.fingerprint) != (
        questionnaire.version,
        questionnaire.fingerprints.get(reference.overlay),
    ):
        theirs = reference.version
        if reference.version_alone == questionnaire.version:
            theirs += f" with the fingerprint {reference.fingerprint}"
        yield found("form-other-version", where, team=team, theirs=theirs, ours=questionnaire.version)
    moved = [what for sheet in sheets for what in sheet.moved]
    moved += _renamed(sheets, questionnaire)
    moved += _twice(sheets)
    if moved:
        yield found("form-moved", where, team=team, what=_sentence(moved))


def _differing_texts(sheets: Sequence[ParsedSheet]) -> Iterator[Sight]:
    """Texts of a copied sheet that say something else than the first does, which is the one that counts."""
    first: dict[str, str] = {}
    for sheet in sheets:
        for key, text in sheet.texts.items():
            if text and first.setdefault(key, text) != text:
                yield Sight(SightKind.TEXT, f"{quote(text, 60)} is on “{sheet.name}”", sheet.name, "")


def _renamed(sheets: Sequence[ParsedSheet], questionnaire: Questionnaire) -> Iterator[str]:
    places = _sheet_places(questionnaire)
    names = [sheet.name for sheet in sheets]
    own = frozenset(question for sheet in sheets if sheet.name in places for question in sheet.questions)
    # A sheet beside the one that it was copied from is told as its copy.
    strange = [
        each.name for each in sheets if each.name not in places and not (each.questions and each.questions <= own)
    ]
    if strange:
        yield f"sheets were renamed: {', '.join(f'“{name}”' for name in strange[:3])}"
    known = [places[name] for name in names if name in places]
    if known != sorted(known):
        yield "sheets were put in another order"


def _twice(sheets: Sequence[ParsedSheet]) -> Iterator[str]:
    """Which sheets hold the same questions."""
    sheets_of: dict[str, list[str]] = defaultdict(list)
    for sheet in sheets:
        for question in sheet.questions:
            sheets_of[question].append(sheet.name)
    for names in sorted({tuple(names) for names in sheets_of.values() if len(names) > 1}):
        yield f"{_names(names)} hold the same questions"


def _sentence(parts: Iterable[str], most: int = 4) -> str:
    text = first_few(list(parts), most, separator="; ", more="; and more")
    return text[:1].upper() + text[1:]


@lru_cache(maxsize=4)
def _sheet_places(questionnaire: Questionnaire) -> Mapping[str, int]:
    """The place of each sheet of a form, by its name."""
    sheets = enumerate(plan(questionnaire))
    places = {name: place for place, sheet in sheets for name in layout.spellings(sheet.name)}
    return {**places, **dict.fromkeys(layout.spellings(layout.ACTIONS_NAME), len(places))}
