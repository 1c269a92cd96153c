"""Grids become submissions: answers found by their keys wherever people moved them, judged by the statement beside."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from impact_xl import layout
from impact_xl.findings import Finding, Where, found, plural
from impact_xl.layout import Key, Reference, a1, level_key, parse_key
from impact_xl.questionnaire import Questionnaire, normalise
from impact_xl.returns.engines import Cells, Content, Grid, Value
from impact_xl.returns.marks import text_of, tick_of
from impact_xl.returns.submission import Mark, Priority, QuestionMarks, Submission, Tick, Wording

_TICK_HEADER = normalise(layout.TICK_HEADER)
_STATEMENT_HEADER = normalise("What it looks like")
_NOT_APPLICABLE = normalise(layout.NOT_APPLICABLE)
_SHORT = 12  # a text beside a tickbox shorter than this is no edited statement
_DAMAGED_GONE = "is gone"
_KEYS_BEGIN = ("Q", "P", "s")
_LONGER_THAN_A_KEY = 40  # texts from here on are neither keys nor headers, and need no closer look


@dataclass
class _Found:
    """One level's row as found: its mark, or what is wrong with it."""

    sheet: str
    mark: Mark | None = None
    damage: str = ""


@dataclass
class _SheetRead:
    """Everything found on one sheet that belongs to a form."""

    name: str
    reference: Reference | None = None
    levels: dict[tuple[str, int], list[_Found]] = field(default_factory=lambda: defaultdict(list))
    notes: dict[str, tuple[str, str]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)  # start.team, P1.what ...
    moved: list[str] = field(default_factory=list)

    @property
    def is_form(self) -> bool:
        """Whether anything of a form is on this sheet."""
        return bool(self.levels or self.texts or self.notes or self.reference)


@dataclass(frozen=True)
class Reading:
    """The submissions in one workbook, what is wrong with the file, and whether everything a form has was there."""

    submissions: tuple[Submission, ...]
    findings: tuple[Finding, ...] = ()
    whole: bool = False


def submissions_in(content: Content, questionnaire: Questionnaire, file: str) -> Reading:
    """Find every submission in a workbook's grids; nothing in them can raise."""
    where = Where(file)
    sheets = [read for grid in content.grids if (read := _read_sheet(grid, questionnaire)).is_form]
    foreign = next(
        (s.reference for s in sheets if s.reference and s.reference.questionnaire not in ("", questionnaire.id)), None
    )
    if foreign:
        told = found("form-other-questionnaire", where, theirs=foreign.questionnaire, ours=questionnaire.id)
        return Reading((), (told,), whole=True)
    if not any(sheet.levels for sheet in sheets):
        names = ", ".join(f"“{grid.name}”" for grid in content.grids[:4]) + (
            " and more" if len(content.grids) > 4 else ""
        )
        what = f"its sheets are {names}" if content.grids else "it has no sheets"
        return Reading((), (found("form-unknown", where, what=what),))
    submissions = tuple(_submission(group, content, questionnaire, file) for group in _grouped(sheets))
    whole = all(
        not submission.sheets_missing and not any(marks.damaged for marks in submission.questions.values())
        for submission in submissions
    )
    extras = [found("form-extra-content", where, what=" and ".join(content.extras))] if content.extras else []
    if len(submissions) > 1:
        whose = [each.team or each.reference.team_id or "no team named" for each in submissions]
        copies = plural(len(submissions), "copy", "copies")
        extras.append(found("form-mixed", where, count=copies, what="; ".join(whose[:6])))
    return Reading(submissions, tuple(extras), whole)


def _grouped(sheets: Sequence[_SheetRead]) -> list[list[_SheetRead]]:
    """The sheets of each submission: by the team ids in their references, else by the Start sheets they follow."""
    ids = {sheet.reference.team_id for sheet in sheets if sheet.reference and sheet.reference.team_id}
    if len(ids) > 1:
        by_id: dict[str, list[_SheetRead]] = defaultdict(list)
        for sheet in sheets:
            by_id[sheet.reference.team_id if sheet.reference else ""].append(sheet)
        return [group for _, group in sorted(by_id.items())]
    groups: list[list[_SheetRead]] = []
    for sheet in sheets:
        starts = any(key.startswith("start.") for key in sheet.texts)
        if not groups or (starts and any(_is_start(other) for other in groups[-1])):
            groups.append([])
        groups[-1].append(sheet)
    return [group for group in groups if any(sheet.levels for sheet in group)] or groups[:1]


def _is_start(sheet: _SheetRead) -> bool:
    return any(key.startswith("start.") for key in sheet.texts)


# -- one sheet --------------------------------------------------------------------------------------


def _read_sheet(grid: Grid, questionnaire: Questionnaire) -> _SheetRead:
    read = _SheetRead(grid.name)
    rows: dict[int, dict[int, Value]] = defaultdict(dict)
    for (row, col), value in grid.cells.items():
        rows[row][col] = value
        if isinstance(value, str) and value.lstrip().startswith(layout.REFERENCE_MARK):
            read.reference = Reference.parse(value) or read.reference
    keys = _keys(grid.cells, questionnaire)
    key_col = Counter(col for _, col in keys).most_common(1)[0][0] if keys else None
    heads = _headers(grid.cells)
    keyed: list[tuple[int, Key]] = []
    for row in sorted(rows):
        key = keys.get((row, key_col)) if key_col is not None else None
        if key is not None and key_col is not None:
            keyed.append((row, key))
            _read_keyed(read, questionnaire, row, rows[row], key, key_col, heads)
        else:
            _read_unkeyed(read, questionnaire, row, rows[row], heads)
    # A correction form's questions stand closer together than the form's, as all the others are left out.
    if keyed and key_col is not None and not (read.reference and read.reference.kind == layout.CORRECTION):
        read.moved += _moved(grid.name, questionnaire, keyed, key_col)
    return read


def _keys(cells: Cells, questionnaire: Questionnaire) -> dict[tuple[int, int], Key]:
    keys = {}
    for place, value in cells.items():
        if not isinstance(value, str) or len(value) >= _LONGER_THAN_A_KEY or value.lstrip()[:1] not in _KEYS_BEGIN:
            continue
        key = parse_key(value)
        if key and (not key.owner.startswith("Q") or key.owner in questionnaire.by_id):
            keys[place] = key
    return keys


def _headers(cells: Cells) -> dict[str, int]:
    """The columns of the headers that reading uses, by normalised header; the topmost wins."""
    heads: dict[str, tuple[int, int]] = {}
    for (row, col), value in cells.items():
        name = normalise(value) if isinstance(value, str) and len(value) < _LONGER_THAN_A_KEY else ""
        if name in (_TICK_HEADER, _STATEMENT_HEADER) and (name not in heads or row < heads[name][0]):
            heads[name] = (row, col)
    return {name: col for name, (_, col) in heads.items()}


def _read_keyed(
    read: _SheetRead,
    questionnaire: Questionnaire,
    row: int,
    cells: Mapping[int, Value],
    key: Key,
    key_col: int,
    heads: Mapping[str, int],
) -> None:
    if key.field in ("L", "NA"):
        level = key.level
        if level <= len(questionnaire.levels):
            tick_col = heads.get(_TICK_HEADER, key_col + 1)
            read.levels[key.owner, level].append(
                _level(read.name, questionnaire, row, cells, key.owner, level, key_col, tick_col)
            )
    elif key.field == "note":
        if note := _text_entry(cells, key_col, heads.get(_STATEMENT_HEADER), normalise("Evidence or notes")):
            read.notes[key.owner] = note[0], a1(row, note[1])
        else:
            read.notes.setdefault(key.owner, ("", ""))
    elif key.field:
        name = f"{key.owner}.{key.field}"
        if label := _LABELS.get(name):
            entry = _text_entry(cells, key_col, None, normalise(label))
            read.texts[name] = entry[0] if entry else read.texts.get(name, "")


_LABELS = {
    **dict(layout.START_FIELDS),
    **{
        layout.priority_key(number, name): label
        for number in range(1, layout.PRIORITIES + 1)
        for name, label in layout.PRIORITY_FIELDS
    },
}


def _text_entry(cells: Mapping[int, Value], key_col: int, col: int | None, label: str) -> tuple[str, int] | None:
    """What was typed into a row's text cell, and its column: under its header, else the first right of the label."""
    if col is not None and (text := text_of(cells.get(col))):
        return text, col
    after = next((c for c, value in cells.items() if isinstance(value, str) and normalise(value) == label), key_col)
    for c in sorted(cells):
        if c > after and (text := text_of(cells[c])) and normalise(text) != label:
            return text, c
    return None


def _level(
    sheet: str,
    questionnaire: Questionnaire,
    row: int,
    cells: Mapping[int, Value],
    question: str,
    level: int,
    key_col: int,
    tick_col: int,
) -> _Found:
    """A level's row: its mark where its own statement (or, failing that, its name) stands there."""
    texts = {
        normalise(value): value
        for col, value in cells.items()
        if isinstance(value, str) and col not in (key_col, tick_col)
    }
    name = questionnaire.level_name(level) or "Not applicable"
    statement = normalise(questionnaire.by_id[question].statement(level)) if level else _NOT_APPLICABLE
    tick, raw, odd = tick_of(cells.get(tick_col), name)
    wording = Wording.WHOLE
    if statement not in texts:
        other = next((at for text in texts if (at := questionnaire.by_statement.get(text))), None)
        if other:
            theirs = f"{other[0]} {questionnaire.level_name(other[1])}"
            return _Found(sheet, damage=f"holds the statement of {theirs}")
        if normalise(name) not in texts:
            return _Found(sheet, damage="has lost its statement")
        rest = [text for text in texts if text != normalise(name) and len(text) >= _SHORT]
        wording = Wording.EDITED if rest else Wording.GONE
    return _Found(sheet, Mark(level, tick, a1(row, tick_col), raw, odd, wording))


def _read_unkeyed(
    read: _SheetRead, questionnaire: Questionnaire, row: int, cells: Mapping[int, Value], heads: Mapping[str, int]
) -> None:
    """A row whose key is gone: it still counts by its full statement."""
    for col, value in cells.items():
        if not isinstance(value, str) or len(value) < _SHORT:
            continue
        if at := _by_statement(questionnaire, value):
            question, level = at
            name = questionnaire.level_name(level)
            tick_col = heads.get(_TICK_HEADER)
            if tick_col is None:
                tick_col = _tick_beside(cells, col, name)
            if tick_col is None:
                mark = Mark(level, Tick.UNCLEAR, a1(row, col), "no tickbox beside the statement")
            else:
                tick, raw, odd = tick_of(cells.get(tick_col), name)
                mark = Mark(level, tick, a1(row, tick_col), raw, odd)
            read.levels[question, level].append(_Found(read.name, mark))
            if (gone := f"keys are gone on “{read.name}”") not in read.moved:
                read.moved.append(gone)


def _by_statement(questionnaire: Questionnaire, text: str) -> tuple[str, int] | None:
    return questionnaire.by_statement.get(normalise(text))


def _tick_beside(cells: Mapping[int, Value], statement: int, name: str) -> int | None:
    """The column of the tickbox left of a statement where no header names it: the one cell beside the level's name."""
    left = [
        col
        for col, value in cells.items()
        if col < statement and not (isinstance(value, str) and normalise(value) == normalise(name))
    ]
    return left[0] if len(left) == 1 else None


# -- one submission ---------------------------------------------------------------------------------


def _submission(sheets: Sequence[_SheetRead], content: Content, questionnaire: Questionnaire, file: str) -> Submission:
    references = [sheet.reference for sheet in sheets if sheet.reference]
    reference = next(
        (each for each in references if each.sheet == layout.START),
        references[0] if references else Reference(_kind_by_sight(content)),
    )
    texts = {key: text for sheet in reversed(sheets) for key, text in sheet.texts.items() if text}
    questions = dict(_questions(sheets, questionnaire))
    missing = tuple(
        component.id
        for component in questionnaire.components
        if reference.kind != layout.CORRECTION and not any(question.id in questions for question in component.questions)
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
        modified=content.modified,
        questions=questions,
        sheets_missing=missing,
        priorities=tuple(
            _priorities(texts, next((s.name for s in sheets if any(k.startswith("P") for k in s.texts)), ""))
        ),
        findings=tuple(_findings(sheets, reference, questionnaire, where, team)),
    )


def _kind_by_sight(content: Content) -> str:
    """The kind of a form whose references are all gone: a correction form still says what it is.

    Taken for a whole form, it would stand against every answer that it does not ask for.
    """
    texts = (value for grid in content.grids for value in grid.cells.values() if isinstance(value, str))
    said = any(text == layout.SEEN or text.startswith(layout.CORRECTION_TITLE) for text in texts)
    return layout.CORRECTION if said else layout.FORM


def _questions(sheets: Sequence[_SheetRead], questionnaire: Questionnaire) -> Iterator[tuple[str, QuestionMarks]]:
    carried = {sheet.name: {question for question, _ in sheet.levels} | set(sheet.notes) for sheet in sheets}
    for question in questionnaire.questions:
        here = [name for name, questions in carried.items() if question.id in questions]
        if not here:
            continue
        levels = {
            level: [each for sheet in sheets for each in sheet.levels.get((question.id, level), ())]
            for level in range(len(questionnaire.levels) + 1)
        }
        note = next((sheet.notes[question.id] for sheet in sheets if sheet.notes.get(question.id, ("",))[0]), ("", ""))
        marks, damaged = [], {}
        for level, seen in levels.items():
            if not seen and level:
                damaged[level] = _DAMAGED_GONE
            elif seen and (whole := [each.mark for each in seen if each.mark]):
                marks.append(_one(whole))
            elif seen:
                damaged[level] = seen[0].damage
        yield question.id, QuestionMarks(question.id, here[0], tuple(marks), damaged, *note)


def _one(marks: Sequence[Mark]) -> Mark:
    """One mark of a row that may stand there twice; where the two differ, which one is meant cannot be told."""
    if len({mark.tick for mark in marks}) == 1:
        return marks[0]
    cells = " ".join(dict.fromkeys(mark.cell for mark in marks))
    return Mark(marks[0].level, Tick.UNCLEAR, cells, "two rows for this level with different marks")


def _priorities(texts: Mapping[str, str], sheet: str) -> Iterator[Priority]:
    for number in range(1, layout.PRIORITIES + 1):
        said = {name: texts.get(layout.priority_key(number, name), "") for name, _ in layout.PRIORITY_FIELDS}
        yield Priority(number, **said, sheet=sheet)


def _findings(
    sheets: Sequence[_SheetRead],
    reference: Reference,
    questionnaire: Questionnaire,
    where: Where,
    team: str,
) -> Iterator[Finding]:
    if reference.version and (reference.version, reference.fingerprint) != (
        questionnaire.version,
        questionnaire.fingerprint,
    ):
        theirs = reference.version
        if theirs == questionnaire.version:
            theirs += f" with the fingerprint {reference.fingerprint}"
        yield found("form-other-version", where, team=team, theirs=theirs, ours=questionnaire.version)
    moved = [what for sheet in sheets for what in sheet.moved]
    moved += _renamed(sheets, questionnaire)
    if moved:
        yield found("form-moved", where, team=team, what=_sentence(moved))


def _renamed(sheets: Sequence[_SheetRead], questionnaire: Questionnaire) -> Iterator[str]:
    expected = _sheet_names(questionnaire)
    names = [sheet.name for sheet in sheets]
    if strange := [name for name in names if name not in expected]:
        yield f"sheets were renamed: {', '.join(f'“{name}”' for name in strange[:3])}"
    known = [name for name in names if name in expected]
    if known != sorted(known, key=expected.index):
        yield "sheets were put in another order"


def _sentence(parts: Iterable[str], most: int = 4) -> str:
    held = list(parts)
    text = "; ".join(held[:most]) + ("; and more" if len(held) > most else "")
    return text[:1].upper() + text[1:]


def _moved(name: str, questionnaire: Questionnaire, keyed: Sequence[tuple[int, Key]], key_col: int) -> Iterator[str]:
    """What was moved on one sheet, told by the steps between its keys."""
    if key_col != layout.REF:
        yield f"columns were inserted on “{name}”"
    levels = [
        (row, level_key(key.owner, key.level) if key.field in ("L", "NA") else key.owner)
        for row, key in keyed
        if key.owner in questionnaire.by_id and key.field in ("L", "NA")
    ]
    if not levels:
        return
    names = [key for _, key in levels]
    for rows in _expected(questionnaire):
        held = {key: row for key, row in rows.items() if key in names}
        if [key for key, _ in sorted(held.items(), key=lambda pair: pair[1])] == names:
            shift = {row - held[key] for row, key in levels}
            if len(shift) == 1:
                return
    yield f"rows were inserted, deleted or sorted on “{name}”"


@lru_cache(maxsize=4)
def _sheet_names(questionnaire: Questionnaire) -> list[str]:
    return [sheet.name for sheet in layout.plan(questionnaire)]


@lru_cache(maxsize=4)
def _rows(questionnaire: Questionnaire, not_applicable: bool) -> dict[str, int]:
    plan = layout.plan(questionnaire, not_applicable=not_applicable)
    return {line.key: row for sheet in plan for row, line in enumerate(sheet.lines) if line.key and line.question}


def _expected(questionnaire: Questionnaire) -> Iterator[dict[str, int]]:
    for not_applicable in (False, True):
        yield _rows(questionnaire, not_applicable)
