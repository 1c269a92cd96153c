"""Tables of survey tools: a row is a return, and a column a question. Both are told by the statements in the cells.

Microsoft Forms, Google Forms, LimeSurvey and SharePoint export such tables, as CSV or XLSX. A table is one where three
columns hold statements in at least half of their cells. What a cell means is told as on a form: by the statement, whole
or, where the tool cut it short, by its beginning, if one statement of that question alone begins so. Pure.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from impact_xl.findings import Finding, Where, found
from impact_xl.form import layout
from impact_xl.questionnaire import Questionnaire, normalise
from impact_xl.returns.formats.grid import Grid, Value
from impact_xl.returns.parse.cell_marks import text_of
from impact_xl.returns.parse.survey_columns import Columns, date_of, find_columns, is_note
from impact_xl.returns.submission import Mark, Marks, QuestionMarks, Submission, Tick, Wording
from impact_xl.wording import first_few, plural, quote
from impact_xl.xlsx.a1 import a1, column_name

_LEAST_COLUMNS = 3  # with statements in half of their cells
_SHORTEST_CUT = 12  # letters of a statement that was cut short
_DOTS = re.compile(r"\s*(?:\.\.\.|…)$")
_PARTED = re.compile(r"[;\n|]")
_NOT_APPLICABLE = frozenset(map(normalise, (layout.NOT_APPLICABLE, layout.NOT_APPLICABLE_LABEL)))
_NO_COLUMN = "this table has no column for it"
_SHOWN = 6  # columns that a message names

Row = Mapping[int, Value]
At = tuple[str, int]  # a question's id and a level


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a cell says of a question: its levels, or why that cannot be told."""

    levels: tuple[int, ...] = ()
    doubt: str = ""
    by_name: bool = False  # the level's name stands there alone
    cut: bool = False


def read(grid: Grid, questionnaire: Questionnaire, file: str) -> tuple[list[Submission], list[Finding]]:
    """The return of each row of a table, and what a person should know of the table."""
    rows = _rows(grid)
    questions = _questions_of(rows, questionnaire)
    if questions is None:
        return [], []
    table = _Table(grid, rows, questions, questionnaire, file)
    submissions = [table.submission(row) for row in table.data if table.says_anything(row)]
    return submissions, list(table.findings(len(submissions)))


def _rows(grid: Grid) -> dict[int, dict[int, Value]]:
    rows: defaultdict[int, dict[int, Value]] = defaultdict(dict)
    for (row, col), value in grid.cells.items():
        rows[row][col] = value
    return dict(sorted(rows.items()))


# -- which column is which question -----------------------------------------------------------------


@dataclass(frozen=True)
class _Questions:
    """The question of each column that has one, and columns that may be one of several."""

    by_column: Mapping[int, str]
    unclear: Mapping[int, Sequence[str]]
    first: int  # the first row in which a statement stands


def _questions_of(rows: Mapping[int, Row], questionnaire: Questionnaire) -> _Questions | None:
    """The columns of questions; None where the sheet is no table of a survey tool."""
    statements = _statements(questionnaire)
    votes = _votes(rows, statements)
    if len(votes) < min(_LEAST_COLUMNS, len(questionnaire.questions)):
        return None
    begin = min(each.first for each in votes.values())
    titles = _titles(rows, begin, statements)
    by_column, unclear = dict[int, str](), dict[int, Sequence[str]]()
    for col in {*votes, *titles}:
        likely = votes[col].likely if col in votes else []
        if len(likely) == 1:
            by_column[col] = likely[0]
        elif titles.get(col) and (not likely or titles[col] in likely):
            by_column[col] = titles[col]
        elif likely:
            unclear[col] = likely
    return _Questions(by_column, unclear, begin)


@dataclass
class _Votes:
    """How many cells of a column hold a statement of each question, and the first row in which one does."""

    first: int
    of: Counter[str] = field(default_factory=Counter)

    @property
    def likely(self) -> list[str]:
        """The questions that most cells have a statement of."""
        most = max(self.of.values())
        return [question for question, number in self.of.items() if number == most]


def _votes(rows: Mapping[int, Row], statements: _Statements) -> dict[int, _Votes]:
    """The columns in which at least half of the cells hold statements of one question."""
    votes: dict[int, _Votes] = {}
    for row, cells in rows.items():
        for col, value in cells.items():
            if isinstance(value, str) and (owners := statements.owners(value)):
                votes.setdefault(col, _Votes(row)).of.update(owners)
    below = {col: sum(row >= each.first and col in cells for row, cells in rows.items()) for col, each in votes.items()}
    return {col: each for col, each in votes.items() if 2 * max(each.of.values()) >= below[col]}


def _titles(rows: Mapping[int, Row], begin: int, statements: _Statements) -> dict[int, str]:
    """The question that is named above a column, in a row before the first answer."""
    heads = ((col, text_of(value)) for row, cells in rows.items() if row < begin for col, value in cells.items())
    titles = ((col, statements.of_title(text)) for col, text in heads if not statements.asks_note(text))
    return {col: question for col, question in titles if question}


class _Statements:
    """The statements of a questionnaire in each of its wordings, as cells of a table may hold them."""

    def __init__(self, questionnaire: Questionnaire) -> None:
        self.questionnaire = questionnaire
        self.by_question: dict[str, dict[str, int]] = {question.id: {} for question in questionnaire.questions}
        self.names = {normalise(level.name): level.number for level in questionnaire.levels}
        self._titles: dict[str, str] = {}
        for worded in (questionnaire, *questionnaire.overlays):
            for question in worded.questions:
                self._titles[normalise(question.title).rstrip(" :?.")] = question.id
                texts = {normalise(question.statement(level)): level for level in question.levels}
                self.by_question[question.id] |= texts
        names = "|".join(map(re.escape, sorted(self.names, key=len, reverse=True)))
        # What tools and people put before a statement: “Starting:”, “1.”, “Level 1 -”, “(1) Starting –”.
        self._lead = re.compile(
            rf"(?:level\s*)?\(?(?P<number>[1-9])?\)?[\s.:)–—-]*(?P<name>{names})?[\s.:)–—-]*(?=\S)", re.IGNORECASE
        )
        every = (statement for statements in self.by_question.values() for statement in statements)
        self._beginnings = frozenset(statement[:_SHORTEST_CUT] for statement in every)
        self._owners: dict[str, tuple[str, ...]] = {}
        self._answers: dict[At | tuple[str, str], _Answer] = {}

    def owners(self, text: str) -> tuple[str, ...]:
        """The questions that have a statement which a cell holds."""
        if text not in self._owners:
            compared = normalise(text)
            # Most texts of a large workbook begin as no statement does, and need no closer look.
            begins = any(body[:_SHORTEST_CUT] in self._beginnings for body, _ in self._bodies(compared))
            of = self.by_question if begins else ()
            self._owners[text] = tuple(question for question in of if self._one(question, compared)[0])
        return self._owners[text]

    def of_title(self, text: str) -> str:
        """The question whose title a header holds: the longest that stands in it; empty where there is none."""
        header = normalise(text).rstrip(" :?.")
        inside = [
            title for title in self._titles if title == header or (len(title) > _SHORTEST_CUT and title in header)
        ]
        return self._titles[max(inside, key=len)] if inside else ""

    def asks_note(self, text: str) -> bool:
        """Whether a header asks for notes; a title of a question in it says nothing of that."""
        header = normalise(text)
        return is_note(header.replace(max((each for each in self._titles if each in header), key=len, default=""), ""))

    def answer(self, question: str, text: str) -> _Answer:
        """What a cell in a question's column says."""
        key = question, text
        if key not in self._answers:
            self._answers[key] = self._answer(question, normalise(text), text)
        return self._answers[key]

    def _answer(self, question: str, text: str, shown: str) -> _Answer:
        text = text.strip(" ;")
        levels, cut = self._one(question, text)
        if len(levels) == 1:
            return _Answer(tuple(levels), cut=cut)
        if len(levels) > 1:
            return _Answer(doubt=f"{quote(shown)} is how several of its statements begin")
        if text in _NOT_APPLICABLE:
            return _Answer((0,))
        if (named := self.names.get(text)) and named in self.questionnaire.by_id[question].levels:
            return _Answer((named,), by_name=True)
        parts = [part.strip() for part in _PARTED.split(text) if part.strip()]
        several = [self._one(question, part)[0] for part in parts] if len(parts) > 1 else []
        if several and all(len(each) == 1 for each in several):
            return _Answer(tuple(dict.fromkeys(level for each in several for level in each)))
        return _Answer(doubt=f"the cell holds {quote(shown)}, which is not one of its statements")

    def _one(self, question: str, text: str) -> tuple[list[int], bool]:
        """The levels of a question that a text may mean as one statement, and whether it is cut short."""
        own, bodies = self.by_question[question], self._bodies(text)
        for body, level in bodies:
            if body in own and level in (0, own[body]):
                return [own[body]], False
        for body, level in bodies:
            start = _DOTS.sub("", body)
            if len(start) >= _SHORTEST_CUT and level >= 0:
                begun = {each for statement, each in own.items() if statement.startswith(start)}
                if begun := begun & {level} if level else begun:
                    return sorted(begun), True
        return [], False

    def _bodies(self, text: str) -> list[tuple[str, int]]:
        """A text as it stands, and without the level that may stand before a statement; 0 where none does."""
        lead = self._lead.match(text)
        if lead and lead.end() and (lead["number"] or lead["name"]):
            return [(text, 0), (text[lead.end() :], self._led(lead))]
        return [(text, 0)]

    def _led(self, lead: re.Match[str]) -> int:
        """The level that stands before a statement; -1 where name and number are of two."""
        by_name, by_number = self.names.get(lead["name"] or "", 0), int(lead["number"] or 0)
        return -1 if by_name and by_number and by_name != by_number else by_name or by_number


@lru_cache(maxsize=4)
def _statements(questionnaire: Questionnaire) -> _Statements:
    return _Statements(questionnaire)


# -- row by row -------------------------------------------------------------------------------------


class _Table:
    """A table whose columns are told."""

    def __init__(
        self, grid: Grid, rows: Mapping[int, Row], questions: _Questions, questionnaire: Questionnaire, file: str
    ) -> None:
        self.grid, self.rows, self.questions, self.questionnaire, self.file = grid, rows, questions, questionnaire, file
        self.statements = _statements(questionnaire)
        self.header = self._header_row()
        self.data = [row for row in rows if row > self.header]
        heads = {col: text_of(value) for col, value in rows.get(self.header, {}).items()}
        free = {col: head for col, head in heads.items() if col not in {*questions.by_column, *questions.unclear}}
        self.columns: Columns = find_columns(free)
        of_title = self.statements.of_title
        asking = {col: head for col, head in free.items() if self.statements.asks_note(head)}
        self.notes = {col: of_title(head) or questions.by_column.get(col - 1, "") for col, head in asking.items()}
        self.month_first = self.columns.month_first(rows, self.data)
        self.heads, self.cut = heads, 0
        self.of: defaultdict[str, list[int]] = defaultdict(list)
        for col, question in sorted(questions.by_column.items()):
            self.of[question].append(col)

    def _header_row(self) -> int:
        """The row that heads the table: the one that says most, of equals the topmost with a text over an answer."""
        best, most = -1, -1
        for row in (row for row in self.rows if row < self.questions.first):
            cells = {col: text_of(value) for col, value in self.rows[row].items()}
            if not self.questions.by_column.keys() & cells.keys():
                continue
            titles = sum(bool(self.statements.of_title(text)) for text in cells.values())
            says = titles + bool(find_columns(cells).team is not None)
            if says > most:
                best, most = row, says
        return best

    def says_anything(self, row: int) -> bool:
        """Whether a row is somebody's: it has an answer, or names a team."""
        cells = self.rows[row]
        return any(text_of(cells.get(col)) for col in (*self.questions.by_column, *self.columns.who))

    def submission(self, row: int) -> Submission:
        """The return that a row is."""
        cells, columns = self.rows[row], self.columns

        def text(col: int | None) -> str:
            return " ".join(text_of(cells.get(col)).split()) if col is not None else ""

        return Submission(
            Where(self.file, self.grid.name, a1(row, columns.team or 0)),
            team=text(columns.team),
            team_id=text(columns.team_id),
            group=text(columns.group),
            completed_by=text(columns.completed_by),
            modified=None if columns.date is None else date_of(cells.get(columns.date), self.month_first),
            questions={each.id: self._marks(row, each.id) for each in self.questionnaire.questions},
        )

    def _marks(self, row: int, question: str) -> QuestionMarks:
        sheet, cells = self.grid.name, self.rows[row]
        note, note_cell = self._note(row, question)
        if not (columns := self.of.get(question)):
            return QuestionMarks(
                question, sheet, note=note, note_cell=note_cell, lost="this table has no column for it"
            )
        first = self.questionnaire.by_id[question].levels[0]
        marks: list[Mark] = []
        doubts: list[str] = []
        for col in columns:
            text, cell = text_of(cells.get(col)), a1(row, col)
            if not text:
                continue
            answer = self.statements.answer(question, text)
            self.cut += answer.cut
            wording = Wording.GONE if answer.by_name else Wording.WHOLE
            marks += (Mark(level, Tick.TICKED, cell, text, wording=wording) for level in answer.levels)
            if answer.doubt:
                doubts.append(answer.doubt)
                marks.append(Mark(first, Tick.UNCLEAR, cell, text))
        one_each = {mark.level: mark for mark in reversed(marks) if mark.tick is Tick.TICKED}
        kept = [mark for mark in marks if mark.tick is not Tick.TICKED or one_each[mark.level] is mark]
        kept = kept or [Mark(first, Tick.EMPTY, a1(row, columns[0]))]
        return QuestionMarks(question, sheet, Marks(kept), note=note, note_cell=note_cell, doubt="; ".join(doubts))

    def _note(self, row: int, question: str) -> tuple[str, str]:
        own = [col for col, of in self.notes.items() if of == question and text_of(self.rows[row].get(col))]
        return "\n".join(text_of(self.rows[row][col]) for col in own), a1(row, own[0]) if own else ""

    def findings(self, count: int) -> Iterator[Finding]:
        """What a person should know of the table."""
        where = Where(self.file, self.grid.name)
        for col, likely in sorted(self.questions.unclear.items()):
            head = self.heads.get(col, "")
            facts = {"what": f"column {column_name(col)} ({quote(head)})", "which": " or ".join(likely)}
            yield found("survey-column", Where(self.file, self.grid.name, a1(max(self.header, 0), col)), **facts)
        used = {*self.questions.by_column, *self.questions.unclear, *self.columns.all}
        used |= {col for col, question in self.notes.items() if question}
        free = ((col, head) for col, head in sorted(self.heads.items()) if col not in used and head)
        others = [f"{column_name(col)} {quote(head)}" for col, head in free]
        columns = plural(len(self.questions.by_column), "column")
        parts = [f"{plural(count, 'row')} of answers, a return each; {columns} of questions"]
        if self.columns.team is None:
            parts.append("no column names the team")
        if self.cut:
            parts.append(f"{plural(self.cut, 'statement')} cut short and known by its beginning")
        if others:
            parts.append(f"not read: {first_few(others, _SHOWN)}")
        yield found("form-survey", where, what=". ".join(part[:1].upper() + part[1:] for part in parts))


def unlike(grids: Iterable[Grid], questionnaire: Questionnaire) -> str:
    """What a table is that holds titles of questions and no returns, a row for each; empty for any other."""
    statements = _statements(questionnaire)
    least = min(_LEAST_COLUMNS, len(questionnaire.questions))
    for grid in grids:
        texts = [(row, value) for (row, _), value in grid.cells.items() if isinstance(value, str)]
        titles = {question: row for row, value in texts if (question := statements.of_title(value))}
        if len(titles) < least:
            continue
        where = "as headers" if len(set(titles.values())) == 1 else "below each other"
        quoted = sum(normalise(value) in questionnaire.statements for _, value in texts)
        if not quoted:
            return f"a table with the questions {where}, and without any of their statements"
        what = f"the questions {where} and {plural(quoted, 'statement')}"
        return f"a table with {what}, and without a row for each return"
    return ""
