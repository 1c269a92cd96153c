"""Siblings: what people do to a form where words, fonts, looks and things stand in many places, in memory.

A sibling is a filled-in form with one thing changed, and what is owed for it: the state of the question, the level that
the finding offers, and the cell that has to be named. Each kind is made in every combination.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from rounds_in_memory import QUESTIONNAIRE

from impact_xl.findings import SHOWN, Finding
from impact_xl.form import layout
from impact_xl.form import workbook as form
from impact_xl.returns.formats import xlsx
from impact_xl.returns.formats.grid import ACROSS, Addition, CellError, Content, Grid, Place, Run
from impact_xl.returns.parse.submissions import submissions_in
from impact_xl.round.answers import Judged, State, judge
from impact_xl.xlsx.a1 import a1

ANSWERED, BLANK, MULTIPLE, UNCLEAR, NA = (
    *(State.ANSWERED, State.BLANK, State.MULTIPLE, State.UNCLEAR),
    State.NOT_APPLICABLE,
)
LEVELS = {level.number: level.name for level in QUESTIONNAIRE.levels}
QUESTION, TICK = QUESTIONNAIRE.questions[1], 2  # which question is changed, and the level that is ticked in each
OWN_SHEET = "Our answers"
BOX, LABEL, STATEMENT, STATUS, BEYOND = layout.TICK, layout.LEVEL, layout.STATEMENT, layout.STATUS, layout.STATUS + 1
KINDS = {"box": BOX, "label": LABEL, "statement": STATEMENT}


@cache
def _read(ticked: bool) -> Content:
    entries = {layout.level_key(question.id, TICK): True for question in QUESTIONNAIRE.questions} if ticked else {}
    made = form.Form(QUESTIONNAIRE, team_id="t1", entries={**entries, "start.team": "Alder ward"}, last=["Q01.L3"])
    return xlsx.read(form.build(made))


class Copy:
    """A form in memory, to be changed; each change returns the cell that it was made in."""

    def __init__(self, *, ticked: bool = True) -> None:
        self.content = _read(ticked)
        self.grids = {grid.name: _own(grid) for grid in self.content.grids}
        self.sheet = next(name for name, grid in self.grids.items() if QUESTION.id in grid.cells.values())

    @property
    def grid(self) -> Grid:
        return self.grids[self.sheet]

    def row(self, key: str) -> int:
        return next(row for (row, _), value in self.grid.cells.items() if value == key)

    def at(self, level: int, col: int) -> Place:
        return self.row(layout.level_key(QUESTION.id, level)), col

    def put(self, place: Place, value: object) -> str:
        self.grid.cells[place] = value  # type: ignore[index]  # a dictionary of our own
        return a1(*place)

    def tick(self, level: int, value: object = True) -> str:
        return self.put(self.at(level, BOX), value)

    def untick(self) -> Copy:
        self.tick(TICK, value=False)
        return self

    def look(self, place: Place, **changes: Any) -> str:
        look = replace(self.grid.look(place), **changes)
        if look not in self.grid.looks:
            self.change(looks=(*self.grid.looks, look))
        self.grid.styles[place] = self.grid.looks.index(look)  # type: ignore[index]
        return a1(*place)

    def run(self, place: Place, text: str, **look: Any) -> str:
        self.grid.runs[place] = (Run(text, replace(self.grid.look(place), **look)),)  # type: ignore[index]
        return self.put(place, text)

    def lay(self, what: str, place: Place | None, text: str = "") -> str:
        self.change(additions=(*self.grid.additions, Addition(what, place, text)))
        return a1(*place) if place else ""

    def insert(self, at: int) -> None:
        """A row more, above another."""
        grid = self.grid
        cells, styles, runs = (
            {(row + (row >= at), col): each for (row, col), each in places.items()}
            for places in (grid.cells, grid.styles, grid.runs)
        )
        self.change(cells=dict(sorted(cells.items())), styles=styles, runs=runs)

    def below(self) -> int:
        """A row below the form."""
        return max(row for row, _ in self.grid.cells) + 3

    def on_own_sheet(self, values: dict[Place, Any]) -> None:
        """What stands on a sheet that somebody added."""
        before = self.grids.get(OWN_SHEET, Grid(OWN_SHEET, {}))
        self.grids[OWN_SHEET] = replace(before, cells={**before.cells, **values})

    def change(self, **changes: Any) -> None:
        self.grids[self.sheet] = replace(self.grid, **changes)

    def judged(self) -> Judged:
        content = replace(self.content, grids=tuple(self.grids.values()))
        reading = submissions_in(content, QUESTIONNAIRE, "Alder ward.xlsx")
        (submission,) = reading.submissions
        return judge(replace(submission, findings=(*reading.findings, *submission.findings)), QUESTIONNAIRE)


def _own(grid: Grid) -> Grid:
    return replace(grid, cells=dict(grid.cells), styles=dict(grid.styles), runs=dict(grid.runs))


@dataclass
class Sibling:
    """A copy with one thing changed, and what is owed for it."""

    name: str
    copy: Copy
    state: State
    level: int | None = None  # the level that is counted
    offer: int | None = None  # the level that the finding offers for the decisions
    cell: str = ""  # that a finding names
    rules: set[str] = field(default_factory=set)  # that are among those reported
    without: set[str] = field(default_factory=set)  # that are not
    alone: bool = True  # whether all other questions stay as they were

    def faults(self) -> list[str]:
        """What is not as it is owed; every other question has to stay as it was."""
        judged = self.copy.judged()
        answer = judged.answers[QUESTION.id]
        rules = {finding.rule.id for finding in judged.findings}
        faults = []
        if (answer.state, answer.level) != (self.state, self.level):
            faults.append(f"{answer.state} {answer.level}")
        if self.cell and not any(_names(finding, self.cell) for finding in judged.findings):
            faults.append(f"{self.cell} is named nowhere")
        own = [finding for finding in judged.findings if finding.question == QUESTION.id]
        offers = {finding.facts[SHOWN] for finding in own if SHOWN in finding.facts}
        if offers != ({LEVELS.get(self.offer, "Not applicable")} if self.offer is not None else set()):
            faults.append(f"offers {offers}")
        if "form-untouched" in rules or not self.rules <= rules or self.without & rules:
            faults.append(f"rules {rules}")
        others = {(each.state, each.level) for question, each in judged.answers.items() if question != QUESTION.id}
        if self.alone and others != {(ANSWERED, TICK)}:
            faults.append(f"other questions: {others}")
        return [f"{self.name}: {fault}" for fault in faults]


def _names(finding: Finding, cell: str) -> bool:
    return cell in finding.where.cell.split() or cell in re.findall(r"[A-Z]+[0-9]+", finding.message)


# -- words in places --------------------------------------------------------------------------------


def spelled(level: int) -> list[str]:
    """Ways to name a level so that it is the whole text of a cell."""
    if not level:
        return ["Not applicable", "not applicable to us", "Not-applicable!"]
    name = LEVELS[level]
    return [
        name,
        name.upper(),
        f"“{name}”.",
        f" {name.lower()} ",
        f"Level {level}",
        f"level {level}: {name}",
        f"{name}\u200b",
        name.replace("and", "&"),
    ]


def places(copy: Copy) -> dict[str, Place]:
    """Where people write beside a question's boxes."""
    title, note = copy.row(QUESTION.id), copy.row(layout.note_key(QUESTION.id))
    found = {f"title {a1(0, col)[0]}": (title, col) for col in (BOX, STATEMENT, STATUS, BEYOND, BEYOND + 3)}
    found |= {f"note {a1(0, col)[0]}": (note, col) for col in (BOX, STATUS, BEYOND)}
    for level in (1, 4):
        found |= {f"level {level} {a1(0, col)[0]}": copy.at(level, col) for col in (STATUS, BEYOND, BEYOND + 2)}
    return found


def words() -> Iterator[Sibling]:
    for level in (0, 2, 3, 4):
        for spelling in spelled(level):
            for place in places(Copy()):
                for ticked in (True, False):
                    copy = Copy() if ticked else Copy().untick()
                    cell = copy.put(places(copy)[place], spelling)
                    yield _word(f"{spelling!r} at {place}, ticked: {ticked}", copy, level, cell, ticked=ticked)


def _word(name: str, copy: Copy, level: int, cell: str, *, ticked: bool) -> Sibling:
    if not ticked:
        return Sibling(name, copy, BLANK, None, level, cell, {"answer-blank"})
    if level == TICK:
        return Sibling(name, copy, ANSWERED, TICK, None, cell, {"form-extra-content"})
    return Sibling(name, copy, UNCLEAR, None, None, cell, {"answer-unclear"})


def inserted_rows() -> Iterator[Sibling]:
    """A level's name in a row that somebody put into a question, alone and beside a box."""
    for above in ("Q02.L1", "Q02.L3", "Q02.note"):
        for col in (BOX, LABEL, STATEMENT, STATUS, BEYOND):
            for level in (TICK, 4):
                for ticked in (True, False):
                    copy = Copy() if ticked else Copy().untick()
                    row = copy.row(above)
                    copy.insert(row)
                    if col == LABEL:
                        copy.put((row, BOX), False)
                    cell = copy.put((row, col), LEVELS[level])
                    yield _word(f"a row above {above}, {col}, ticked: {ticked}", copy, level, cell, ticked=ticked)


def signs() -> Iterator[Sibling]:
    """Empty boxes, references and “Last time” where the form has none."""
    for text in ("○", "☐", "( )", "[ ]", "Q02.L4", "Q05", "P1.what", layout.LAST):
        for place, at in {**places(Copy()), "gap": (Copy().row(QUESTION.id) - 1, STATEMENT)}.items():
            if place.startswith("note") or (text == layout.LAST and place.startswith("level") and at[1] == STATUS):
                continue
            for ticked in (True, False):
                copy = Copy() if ticked else Copy().untick()
                cell = copy.put(at, text)
                state, level, rule = (ANSWERED, TICK, "form-extra-content") if ticked else (BLANK, None, "answer-blank")
                yield Sibling(f"{text} at {place}, ticked: {ticked}", copy, state, level, None, cell, {rule})


def said_no() -> Iterator[Sibling]:
    """Words and signs in boxes that say that these are not ticked."""
    for text in ("○", "No", "n", "off", "f", "( )", "[ ]", "□"):
        copy = Copy()
        copy.tick(4, text)
        yield Sibling(f"{text} beside a tick", copy, ANSWERED, TICK)
        copy = Copy().untick()
        yield Sibling(f"{text} alone", copy, BLANK, None, None, copy.tick(4, text), {"answer-blank"})


def named_in_boxes() -> Iterator[Sibling]:
    """A level's name in another level's box, and its own name or number in its box otherwise than as a tick."""
    for level, text, offer in ((1, LEVELS[4], 4), (1, "Level 4", 4), (4, f"{LEVELS[4]}.", 4), (4, 4, 4), (1, 4, None)):
        for ticked in (True, False):
            copy = Copy() if ticked else Copy().untick()
            cell = copy.tick(level, text)
            name = f"{text!r} in the box of {level}, ticked: {ticked}"
            yield Sibling(name, copy, UNCLEAR, None, None if ticked else offer, cell, {"answer-unclear"})


def chosen_rows() -> Iterator[Sibling]:
    """A level's row once more, below the form or on a sheet of somebody's own."""
    parts = ((layout.REF, BOX, LABEL, STATEMENT), (BOX, LABEL, STATEMENT), (layout.REF, LABEL, STATEMENT), (STATEMENT,))
    for cols in parts:
        for below in (True, False):
            for level in (TICK, 4):
                for ticked in (True, False):
                    copy = Copy() if ticked else Copy().untick()
                    row, to = copy.at(level, BOX)[0], copy.below() if below else 0
                    values = {(to, col): copy.grid.cells[row, col] for col in cols}
                    if below:
                        copy.change(cells={**copy.grid.cells, **values})
                    else:
                        copy.on_own_sheet(values)
                    name = f"{cols} of level {level} once more, below: {below}, ticked: {ticked}"
                    if ticked and level == TICK and cols == parts[2]:  # the box in the copy of its row is empty
                        yield Sibling(name, copy, UNCLEAR, None, TICK, a1(row, BOX), {"answer-unclear"})
                    else:
                        cell = a1(to, BOX if len(cols) > 1 else STATEMENT)
                        yield _word(name, copy, level, cell, ticked=ticked)


def quotes() -> Iterator[Sibling]:
    """A statement in a list of somebody's own, behind a number or a word."""
    for before in (None, 1, "2.", "Q2", "Our choice"):
        for level in (TICK, 4):
            for ticked in (True, False):
                copy = Copy() if ticked else Copy().untick()
                values = {(3, 1): QUESTION.statement(level)} | ({(3, 0): before} if before else {})
                copy.on_own_sheet(values)
                yield _word(f"quoted behind {before!r}, {level}, ticked: {ticked}", copy, level, "B4", ticked=ticked)
    copy = Copy()
    copy.on_own_sheet({(row - 1, 0): QUESTION.statement(row) for row in LEVELS})
    yield Sibling("all statements quoted", copy, ANSWERED, TICK, None, "A2", {"form-extra-content"})


def over_status() -> Iterator[Sibling]:
    for text in ("N/A", "see note", "x", "✓", "disagree", "No", "?", "to be discussed", "n", True, 9):
        copy = Copy()
        cell = copy.put((copy.row(QUESTION.id), STATUS), text)
        yield Sibling(f"{text!r} over the status", copy, ANSWERED, TICK, None, cell, {"form-extra-content"})
    for number in (4, 4.0, "4", " 4.", "Level 4", "4 Spreading" if LEVELS[4] == "Spreading" else "Level 4"):
        for ticked in (True, False):
            copy = Copy() if ticked else Copy().untick()
            cell = copy.put((copy.row(QUESTION.id), STATUS), number)
            yield _word(f"{number!r} over the status, ticked: {ticked}", copy, 4, cell, ticked=ticked)
    for own in (
        *layout.spellings(*layout.STATUSES),
        "",
        0,
        0.0,
        CellError("#NAME?"),
        CellError("=IF(1,2)"),
        "=IF(1,2)",
    ):
        copy = Copy()
        copy.put((copy.row(QUESTION.id), STATUS), own)
        yield Sibling(f"the form's own {own!r}", copy, ANSWERED, TICK)


def notes() -> Iterator[Sibling]:
    for level in (1, 2, 4):
        for spelling in spelled(level):
            for ticked in (True, False):
                copy = Copy() if ticked else Copy().untick()
                cell = copy.put((copy.row(layout.note_key(QUESTION.id)), STATEMENT), spelling)
                name = f"the note {spelling!r}, ticked: {ticked}"
                if not ticked:
                    yield Sibling(name, copy, BLANK, None, level, cell)
                elif level == TICK:
                    yield Sibling(name, copy, ANSWERED, TICK)
                else:
                    yield Sibling(name, copy, ANSWERED, TICK, None, cell, {"answer-beside-box"})
    for sentence in ("we are progressing well", f"{LEVELS[4]} next year", "Level 4 soon", "not applicable on nights"):
        copy = Copy()
        copy.put((copy.row(layout.note_key(QUESTION.id)), STATEMENT), sentence)
        yield Sibling(f"the note {sentence!r}", copy, ANSWERED, TICK)


def elsewhere() -> Iterator[Sibling]:
    """Words and numbers that belong to no question, and what the form says only in other places."""
    for text in (LEVELS[4], "Level 4", "Not applicable to us", "ask Ann", layout.DONE):
        copy = Copy()
        cell = copy.put((max(row for row, _ in copy.grid.cells) + 3, STATEMENT), text)
        yield Sibling(f"{text!r} below the form", copy, ANSWERED, TICK, None, cell, {"form-extra-content"})
        for col in (STATEMENT, STATUS, BEYOND):
            copy = Copy()
            copy.sheet = layout.START_NAME
            cell = copy.put((max(row for row, _ in copy.grid.cells) + 2, col), text)
            copy.sheet = Copy().sheet
            yield Sibling(f"{text!r} on Start", copy, ANSWERED, TICK, None, cell, {"form-extra-content"})
    for value in (3, 2.5, "3", "we are between 3 and 4", "4 of 5", LEVELS[4], "Level 4", "x", True):
        for row in range(8):
            copy = Copy()
            copy.sheet = layout.START_NAME
            counts = [
                at for at, each in copy.grid.cells.items() if at[1] == STATEMENT and re.match(r"\d+ of ", str(each))
            ]
            if row < len(counts):
                cell = copy.put(counts[row], value)
                copy.sheet = Copy().sheet
                name = f"{value!r} over count {row} on Start"
                yield Sibling(name, copy, ANSWERED, TICK, None, cell, {"form-extra-content"})
    for value in (0, False, "No", "FALSE", "0", layout.DONE, layout.TO_DO, QUESTION.statement(4), "see note", 3):
        copy = Copy()
        cell = copy.put(copy.at(3, BEYOND), value)
        yield Sibling(f"{value!r} beside level 3", copy, ANSWERED, TICK, None, cell, {"form-extra-content"})


# -- marks ------------------------------------------------------------------------------------------

TICKED_LETTERS = {
    "Wingdings": "üþýnlx¤",
    "Wingdings 2": "PRSQT¢—˜",
    "Webdings": "agn",
    "Marlett": "abgnh",
    "Symbol": "Ö",
    "ZapfDingbats": "34ln",
}
EMPTY_LETTERS = {"Wingdings": "o¨qr¡m", "Wingdings 2": "£™š", "Webdings": "c", "ZapfDingbats": "moq"}
UNCLEAR_LETTERS = {
    "Wingdings": "ûJCF«§y1",
    "Wingdings 2": "OWj",
    "Wingdings 3": "pnxy1",
    "Webdings": "rib",
    "Marlett": "rx1",
    "Symbol": "xynt·",
    "ZapfDingbats": "678x",
}


def symbol_fonts() -> Iterator[Sibling]:
    for letters, outcome in ((TICKED_LETTERS, ANSWERED), (EMPTY_LETTERS, BLANK), (UNCLEAR_LETTERS, UNCLEAR)):
        for font, text in letters.items():
            for letter in text:
                private = chr(0xF000 + letter.encode("cp1252")[0])
                for how in ("cell", "run", "private in its font"):
                    yield from _in_font(font, private if how.startswith("private") else letter, how, outcome)
    for private, outcome in (
        ("\uf0fc", ANSWERED),
        ("\uf0fe", ANSWERED),
        ("\uf06e", ANSWERED),
        ("\uf0a8", BLANK),
        ("\uf052", ANSWERED),
        ("\uf04a", UNCLEAR),
        ("\uf0e0", UNCLEAR),
    ):
        yield from _in_font("Calibri", private, "cell", outcome)


def _in_font(font: str, letter: str, how: str, outcome: State) -> Iterator[Sibling]:
    for second in (False, True):  # beside a tick at another level
        copy = Copy() if second else Copy().untick()
        place = copy.at(4, BOX)
        if how == "run":
            cell = copy.run(place, letter, font=font)
        else:
            copy.look(place, font=font)
            cell = copy.put(place, letter)
        name = f"{letter!r} in {font} ({how}), beside a tick: {second}"
        offer = None if second or outcome is not UNCLEAR or font == "Calibri" else 4
        if not second:
            level = 4 if outcome is ANSWERED else None
            yield Sibling(name, copy, outcome, level, offer, cell if outcome is not BLANK else "")
        elif outcome is ANSWERED:
            yield Sibling(name, copy, MULTIPLE, None, None, cell, {"answer-multiple"})
        elif outcome is UNCLEAR:
            yield Sibling(name, copy, UNCLEAR, None, None, cell, {"answer-unclear"})
        else:
            yield Sibling(name, copy, ANSWERED, TICK)


def with_invisible_letters() -> Iterator[Sibling]:
    """A mark with letters round it that nobody sees, and one that is not to be seen at all."""
    for letter in "\u200b\u200d\u200e\u200f\u202a\u2066\u2069\ufe0f\ufeff\u00ad\u00a0\u2007\u3000\u061c":
        for mark in (f"x{letter}", f"{letter}✓", f"{letter}{letter}TRUE"):
            copy = Copy().untick()
            copy.tick(4, mark)
            yield Sibling(f"{mark!r} in a box", copy, ANSWERED, 4)
        copy = Copy()
        copy.tick(4, letter)
        yield Sibling(f"{letter!r} in a box", copy, ANSWERED, TICK)
    for unseen in ("\ue123", "\uf8ff", "\u0378"):
        copy = Copy().untick()
        cell = copy.tick(4, unseen)
        yield Sibling(f"{unseen!r} in a box", copy, UNCLEAR, None, None, cell, {"answer-unclear"})


def in_doubt() -> Iterator[Sibling]:
    """Ticks that are crossed out or not to be seen, alone and beside another."""
    for value in (True, "x", "✓", 1):
        for how, hide in HIDINGS.items():
            for second in (False, True):
                copy = Copy() if second else Copy().untick()
                copy.tick(4, value)
                hide(copy, copy.at(4, BOX))
                cell = a1(*copy.at(4, BOX))
                offer = None if second or how.startswith("crossed") else 4
                name = f"{value!r}, {how}, beside a tick: {second}"
                alone = how not in ("hidden column", "hidden sheet")
                yield Sibling(name, copy, MULTIPLE if second else UNCLEAR, None, offer, cell, alone=alone)


HIDINGS = {
    "crossed out": lambda copy, place: copy.look(place, struck=True),
    "crossed out in its text": lambda copy, place: copy.run(place, "x", struck=True),
    "hidden row": lambda copy, place: copy.change(hidden_rows=frozenset({place[0]})),
    "hidden column": lambda copy, place: copy.change(hidden_columns=frozenset({place[1]})),
    "hidden sheet": lambda copy, _: copy.change(hidden=True),
    "format ;;;": lambda copy, place: copy.look(place, number_format=";;;"),
    "format with nothing": lambda copy, place: copy.look(place, number_format='"";"";"";""'),
    "white on white": lambda copy, place: copy.look(place, colour="FFFFFF"),
    "nearly white on white": lambda copy, place: copy.look(place, colour="FDFDFE"),
    "black on black": lambda copy, place: copy.look(place, fill="000000", colour="000000"),
    "letters of size 1": lambda copy, place: copy.look(place, size=1.0),
    "letters of size 3": lambda copy, place: copy.look(place, size=3.0),
    "letters of no colour on black": lambda copy, place: copy.look(place, fill="000000", colour=""),
    "yellow on yellow": lambda copy, place: copy.look(place, fill="FFFF00", colour="FFFF00"),
}


def beside_in_doubt() -> Iterator[Sibling]:
    """Ticks beside their boxes that are crossed out or not to be seen: alone, beside a ticked box, beside another."""
    hidings = {**HIDINGS, "a line through the cell": lambda copy, place: copy.look(place, frame=ACROSS)}
    for value, col in (("x", BEYOND), ("✓", BEYOND), (True, BEYOND), ("x", STATUS), ("x", LABEL)):
        for how, hide in hidings.items():
            for beside in ("nothing", "a tick", "another mark"):
                if how == "crossed out in its text" and value != "x":
                    continue
                copy = Copy() if beside == "a tick" else Copy().untick()
                copy.put(copy.at(4, col), value)
                hide(copy, copy.at(4, col))
                if beside == "another mark":
                    copy.put(copy.at(3, BEYOND), "x")
                cell = a1(*copy.at(4, col))
                name = f"{value!r} in column {col}, {how}, beside {beside}"
                alone = how != "hidden sheet"  # which hides the ticks of all questions
                if beside != "a tick":
                    yield Sibling(name, copy, UNCLEAR, None, None, cell, {"answer-unclear"}, alone=alone)
                elif alone:
                    yield Sibling(name, copy, ANSWERED, TICK, None, cell, {"answer-beside-box"})


def before_words_in_doubt() -> Iterator[Sibling]:
    """Ticks before the form's own words, all of it crossed out."""
    for col in (LABEL, STATEMENT):
        copy = Copy().untick()
        place = copy.at(4, col)
        cell = copy.put(place, f"✓ {copy.grid.cells[place]}")
        copy.look(place, struck=True)
        yield Sibling(f"✓ before the words in column {col}, crossed out", copy, UNCLEAR, None, None, cell)


def names_in_doubt() -> Iterator[Sibling]:
    """Names of levels that are crossed out or not to be seen: none is offered, and none takes a tick away."""
    for place in ("title E", "title F", "title D", "note E", "level 4 E", "level 4 F"):
        for how, hide in HIDINGS.items():
            if how in ("hidden sheet", "crossed out in its text") or (how, place[:5]) == ("hidden row", "level"):
                continue
            for word in (LEVELS[4], "Level 4", 4):
                if word == 4 and place != "title E":
                    continue
                for ticked in (True, False):
                    copy = Copy() if ticked else Copy().untick()
                    at = places(copy)[place]
                    cell = copy.put(at, word)
                    hide(copy, at)
                    rules = {"form-extra-content"}
                    state, level = (ANSWERED, TICK) if ticked else (BLANK, None)
                    yield Sibling(f"{word!r} at {place}, {how}, {ticked}", copy, state, level, None, cell, rules)
    for how in ("crossed out", "hidden row", "hidden column", "format ;;;", "white on white", "yellow on yellow"):
        for ticked in (True, False):
            copy = Copy() if ticked else Copy().untick()
            note = copy.row(layout.note_key(QUESTION.id)), STATEMENT
            cell = copy.put(note, LEVELS[4])
            copy.look(note, fill="")
            HIDINGS[how](copy, note)
            state, level = (ANSWERED, TICK) if ticked else (BLANK, None)
            yield Sibling(f"the note is a name, {how}, {ticked}", copy, state, level, None, cell, {"text-in-doubt"})


ON_ENTRIES = {
    "white on the ground of entries": lambda copy, place: copy.look(place, fill="FFFBE8", colour="FFFFFF"),
    "white on pale grey": lambda copy, place: copy.look(place, fill="E7E6E6", colour="FFFFFF"),
    "pale on the ground of entries": lambda copy, place: copy.look(place, fill="FFFBE8", colour="FFF9E6"),
}


# -- looks and things -------------------------------------------------------------------------------

MARKINGS = {
    "yellow": {"fill": "FFFF00"},
    "green": {"fill": "92D050"},
    "underlined": {"underlined": True},
    "red letters": {"colour": "FF0000"},
    "bold and green": {"bold": True, "fill": "92D050"},
    "in a frame": {"frame": "000000 000000"},
}
LETTERS = {
    "bold": {"bold": True},
    "in italics": {"italic": True},
    "in another font": {"font": "Comic Sans MS"},
    "large": {"size": 18.0},
}


def looks() -> Iterator[Sibling]:
    for kinds in (["box"], ["label"], ["statement"], ["label", "statement"], [*KINDS]):
        for marking, look in MARKINGS.items():
            for level in (TICK, 4):
                for ticked in (True, False):
                    copy = Copy() if ticked else Copy().untick()
                    cells = [copy.look(copy.at(level, KINDS[kind]), **look) for kind in kinds]
                    name = f"{kinds} {marking}, level {level}, ticked: {ticked}"
                    on_tick = ticked and level == TICK
                    if on_tick and kinds == ["box"]:  # the look of a mark says nothing
                        yield Sibling(name, copy, ANSWERED, TICK)
                    else:
                        yield _word(name, copy, level, cells[-1], ticked=ticked)


def letters() -> Iterator[Sibling]:
    for how, look in LETTERS.items():
        for kind in ("statement",) if how == "bold" else ("label", "statement"):  # names are bold
            for level in (TICK, 4):
                for ticked in (True, False):
                    copy = Copy() if ticked else Copy().untick()
                    cell = copy.look(copy.at(level, KINDS[kind]), **look)
                    sibling = _told if {"font", "size"} & look.keys() else _word  # programs change these themselves
                    yield sibling(f"{kind} of level {level} {how}, ticked: {ticked}", copy, level, cell, ticked=ticked)
    for level in (TICK, 4):
        for ticked in (True, False):
            copy = Copy() if ticked else Copy().untick()
            cell = copy.run(copy.at(level, STATEMENT), QUESTION.statement(level), bold=True)
            yield _word(f"level {level} in bold as a run, ticked: {ticked}", copy, level, cell, ticked=ticked)


def parts() -> Iterator[Sibling]:
    """A part of a statement looks otherwise than the rest: it takes no tick away."""
    for look in ({"bold": True}, {"italic": True}, {"underlined": True}, {"colour": "FF0000"}):
        for level in (TICK, 4):
            for ticked in (True, False):
                copy = Copy() if ticked else Copy().untick()
                place, text = copy.at(level, STATEMENT), QUESTION.statement(level)
                plain = copy.grid.look(place)
                copy.change(
                    runs={**copy.grid.runs, place: (Run(text[:9], replace(plain, **look)), Run(text[9:], plain))}
                )
                yield _told(
                    f"a part of level {level}: {look}, ticked: {ticked}", copy, level, a1(*place), ticked=ticked
                )


def beside() -> Iterator[Sibling]:
    """Cells around the form's own for a level, which are coloured or framed: they take no tick away."""
    for col in (layout.REF, STATUS, BEYOND):
        for how, look in {**MARKINGS, "bold": {"bold": True}}.items():
            if col != layout.REF and how not in ("yellow", "in a frame"):
                continue  # an empty cell has no letters
            for ticked in (True, False):
                copy = Copy() if ticked else Copy().untick()
                cell = copy.look(copy.at(4, col), **look)
                yield _told(f"column {col} {how}, ticked: {ticked}", copy, 4, cell, ticked=ticked)
    for left in (TICK, 4):
        for how in ({"struck": True}, {"frame": ACROSS}):
            for ticked in (True, False):
                copy = Copy() if ticked else Copy().untick()
                cells = [copy.look(copy.at(level, layout.REF), **how) for level in LEVELS if level != left]
                yield _told(f"all references {how} but {left}, ticked: {ticked}", copy, left, cells[0], ticked=ticked)
    for ticked in (True, False):
        copy = Copy() if ticked else Copy().untick()
        for level in LEVELS:
            cell = copy.look(copy.at(level, layout.REF), struck=True)
        state, level = (ANSWERED, TICK) if ticked else (BLANK, None)
        yield Sibling(f"all references crossed out, ticked: {ticked}", copy, state, level, None, cell)


def _told(name: str, copy: Copy, level: int, cell: str, *, ticked: bool) -> Sibling:
    """What shows a level and takes no tick away."""
    if ticked:
        return Sibling(name, copy, ANSWERED, TICK, None, cell, {"form-extra-content"})
    return Sibling(name, copy, BLANK, None, level, cell)


def taken_out() -> Iterator[Sibling]:
    """Statements or names that were deleted, as people delete as appropriate."""
    for kind in ("label", "statement"):
        for left in (TICK, 4):
            for ticked in (True, False):
                copy = Copy() if ticked else Copy().untick()
                gone = [level for level in LEVELS if level != left]
                for level in gone:
                    del copy.grid.cells[copy.at(level, KINDS[kind])]  # type: ignore[attr-defined]
                cell = a1(*copy.at(next(level for level in gone if level != TICK), KINDS[kind]))
                yield _told(f"every {kind} deleted but {left}, ticked: {ticked}", copy, left, cell, ticked=ticked)


def put_to() -> Iterator[Sibling]:
    """Words that somebody put to a statement or to a level's name."""
    for kind in ("label", "statement"):
        for pattern in ("{} YES", "{} - this one", "→ {}", "{} (not yet)", "* {} *"):
            for level in (TICK, 4):
                for ticked in (True, False):
                    copy = Copy() if ticked else Copy().untick()
                    place = copy.at(level, KINDS[kind])
                    cell = copy.put(place, pattern.format(copy.grid.cells[place]))
                    name = f"{kind} of level {level} as {pattern}, ticked: {ticked}"
                    if ticked:
                        yield Sibling(name, copy, ANSWERED, TICK, None, cell, {"form-wording-changed"})
                    else:
                        yield Sibling(name, copy, BLANK, None, level, cell)


def number_formats() -> Iterator[Sibling]:
    """Formats that show something else than what a box holds."""
    for value, code, is_tick in (
        (1, '[=1]"no";General', False),
        (1, '"N/A"', False),
        (1, '[=1]"☐";[=0]"☑"', False),
        (1, '[<1]"x";""', False),
        (1, "_ ", False),
        (1, "[Color2]General", False),
        ("x", ';;;"no"', False),
        (1, '[=1]"x";General', True),
        (1, '"Yes";;"No"', True),
        ("x", '@" please"', True),
        ("x", ';;;"✓"', True),
        (1, "0.00", True),
    ):
        copy = Copy().untick()
        copy.tick(4, value)
        cell = copy.look(copy.at(4, BOX), number_format=code)
        state, level, offer = (ANSWERED, 4, None) if is_tick else (UNCLEAR, None, 4)
        yield Sibling(f"{value!r} as {code}", copy, state, level, offer, "" if is_tick else cell)
    for value, code in ((0, '[=0]"x"'), (0, '0;0;"✓"'), (0, '"Yes"'), ("no", ';;;"yes"')):
        for ticked in (True, False):
            copy = Copy() if ticked else Copy().untick()
            copy.tick(4, value)
            cell = copy.look(copy.at(4, BOX), number_format=code)
            yield Sibling(f"{value!r} as {code}, {ticked}", copy, UNCLEAR, None, None if ticked else 4, cell)
    yield from _formats_in_fonts()
    for code in (";;;", '"no"', '[=1]"☑";[=0]"☐";General'):
        copy = Copy()
        copy.tick(4, 0)
        copy.look(copy.at(4, BOX), number_format=code)
        yield Sibling(f"0 as {code}", copy, ANSWERED, TICK)


def _formats_in_fonts() -> Iterator[Sibling]:
    """The words of a format are letters of the cell's font; so are the digits of a number that is shown."""
    boxes = {"Wingdings": ("þ", "¨"), "Wingdings 2": ("R", "£"), "Webdings": ("a", "c"), "Calibri": ("☑", "☐")}
    for font, (ticked, empty) in boxes.items():
        code = f'[=1]"{ticked}";[=0]"{empty}"'
        copy = Copy()
        for level in LEVELS:
            copy.tick(level, 1 if level == TICK else 0)
            copy.look(copy.at(level, BOX), number_format=code, font=font)
        yield Sibling(f"boxes as {code} in {font}", copy, ANSWERED, TICK)
        copy = Copy().untick()
        copy.tick(4, 1)
        cell = copy.look(copy.at(4, BOX), number_format=f'"{empty}"', font=font)
        yield Sibling(f"1 shown as an empty box in {font}", copy, UNCLEAR, None, 4, cell, {"answer-unclear"})
        for second in (True, False):
            copy = Copy() if second else Copy().untick()
            copy.tick(4, 0)
            cell = copy.look(copy.at(4, BOX), number_format=f'"{ticked}"', font=font)
            yield Sibling(f"0 shown as a tick in {font}, {second}", copy, UNCLEAR, None, None if second else 4, cell)
    for code in ("0", "0.00", "#,##0", "General"):
        for font in ("Wingdings", "Webdings", "Wingdings 3"):
            copy = Copy().untick()
            copy.tick(4, 1)
            cell = copy.look(copy.at(4, BOX), number_format=code, font=font)
            yield Sibling(f"1 as {code} in {font}", copy, UNCLEAR, None, 4, cell, {"answer-unclear"})
    for code in ("**;**;**;**", ';;;"no"', '"a";"b";"c";"d"', "*-;*-;*-;*-"):
        copy = Copy().untick()
        copy.tick(4, True)
        cell = copy.look(copy.at(4, BOX), number_format=code)
        yield Sibling(f"TRUE as {code}", copy, UNCLEAR, None, 4, cell, {"answer-unclear"})
    for code in ('"no"', "0;0;0;@", '[=1]"☑";[=0]"☐";General', '[=1]"☑";[=0]"☐";General;@'):
        copy = Copy()
        copy.look(copy.at(TICK, BOX), number_format=code)
        yield Sibling(f"TRUE as {code}", copy, ANSWERED, TICK)


def merged() -> Iterator[Sibling]:
    """Ticks and notes under the cell that they are merged with."""
    row = Copy().at(TICK, BOX)[0]
    for left, right in ((layout.REF, BOX), (layout.REF, STATEMENT)):
        copy = Copy()
        copy.change(merged=((row, left, row, right),))
        yield Sibling(f"a tick under {left}", copy, UNCLEAR, None, TICK, a1(row, BOX), {"answer-unclear"})
    copy = Copy()
    copy.change(merged=((row, BOX, row, LABEL),))
    yield Sibling("a tick over its level's name", copy, ANSWERED, TICK)
    copy = Copy()
    note = copy.row(layout.note_key(QUESTION.id)), STATEMENT
    copy.change(merged=((note[0], LABEL, note[0], STATEMENT),))
    yield Sibling("a note under its label", copy, ANSWERED, TICK, None, copy.put(note, "We try"), {"text-in-doubt"})


def texts_in_doubt() -> Iterator[Sibling]:
    for how in ("crossed out", "hidden row", "format ;;;", "yellow on yellow"):
        copy = Copy()
        note = copy.row(layout.note_key(QUESTION.id)), STATEMENT
        cell = copy.put(note, "We try")
        HIDINGS[how](copy, note)
        yield Sibling(f"a note, {how}", copy, ANSWERED, TICK, None, cell, {"text-in-doubt"})
    for how in ("hidden sheet", "hidden column"):  # hides who the team is, which is ours, and what it typed
        copy = Copy()
        sheet, copy.sheet = copy.sheet, layout.START_NAME
        name, by = ((copy.row(f"start.{field}"), STATEMENT) for field in ("team", "completed-by"))
        HIDINGS[how](copy, name)
        copy.sheet = sheet
        yield Sibling(f"whose the form is, {how}", copy, ANSWERED, TICK, without={"text-in-doubt"})
        copy.sheet = layout.START_NAME
        cell = copy.put(by, "Ann")
        copy.sheet = sheet
        yield Sibling(f"who filled it in, {how}", copy, ANSWERED, TICK, None, cell, {"text-in-doubt"})
    for how in ("hidden column", "white on the ground of entries"):
        copy = Copy()
        note = copy.row(layout.note_key(QUESTION.id)), STATEMENT
        cell = copy.put(note, "We try")
        {**HIDINGS, **ON_ENTRIES}[how](copy, note)
        yield Sibling(f"a note, {how}", copy, ANSWERED, TICK, None, cell, {"text-in-doubt"})
    for how, hide in {**HIDINGS, **ON_ENTRIES}.items():
        if how in ("crossed out in its text", "white on white", "nearly white on white"):
            continue  # an entry has a ground of its own
        for key in (layout.priority_key(1, "what"), layout.priority_key(3, "measure")):
            copy = Copy()
            copy.sheet = layout.PRIORITIES_NAME
            entry = copy.row(key), STATEMENT
            cell = copy.put(entry, "Huddles")
            hide(copy, entry)
            copy.sheet = Copy().sheet
            yield Sibling(f"{key}, {how}", copy, ANSWERED, TICK, None, cell, {"text-in-doubt"})


def crossed_out() -> Iterator[Sibling]:
    """All statements but one crossed out, the ticked one alone, and another one alone."""
    for kind in ("label", "statement"):
        for left in (TICK, 4):
            for ticked in (True, False):
                copy = Copy() if ticked else Copy().untick()
                cells = [copy.look(copy.at(level, KINDS[kind]), struck=True) for level in LEVELS if level != left]
                yield _word(f"all {kind}s crossed out but {left}, {ticked}", copy, left, cells[0], ticked=ticked)
        copy = Copy()
        cell = copy.look(copy.at(TICK, KINDS[kind]), struck=True)
        yield Sibling(f"the ticked {kind} crossed out", copy, UNCLEAR, None, None, cell, {"answer-unclear"})
        copy = Copy()
        cell = copy.look(copy.at(4, KINDS[kind]), struck=True)
        yield Sibling(f"another {kind} crossed out", copy, ANSWERED, TICK, None, cell, {"form-extra-content"})


def all_crossed_out() -> Iterator[Sibling]:
    """A whole question crossed out, with its tick."""
    for kind, col in KINDS.items():
        copy = Copy()
        cells = [copy.look(copy.at(level, col), struck=True) for level in LEVELS]
        yield Sibling(f"each {kind} crossed out", copy, UNCLEAR, None, None, cells[TICK - 1], {"answer-unclear"})


def alike() -> Iterator[Sibling]:
    """Looks that all cells of a kind share, and the form's own, say nothing."""
    for kind in KINDS.values():
        for look in (*MARKINGS.values(), {"bold": True}, {"colour": "212B32"}, {"fill": "FFFFFF"}):
            copy = Copy()
            for level in LEVELS:
                copy.look(copy.at(level, kind), **look)
            yield Sibling(f"all alike {kind} {look}", copy, ANSWERED, TICK)
    copy = Copy()
    for level, fill in enumerate(("FF0000", "FFC000", "FFFF00", "92D050", "00B050"), 1):
        copy.look(copy.at(level, STATEMENT), fill=fill)
    yield Sibling("a colour for each level", copy, ANSWERED, TICK)
    for fill in ("D6E8F7", "FFFFFF", "E8EDEE"):
        copy = Copy()
        for kind in KINDS.values():
            copy.look(copy.at(TICK, kind), fill=fill)
        yield Sibling(f"the form's own tint {fill}", copy, ANSWERED, TICK)


def things() -> Iterator[Sibling]:
    for what, text, against in (
        ("a comment", "Please read this as Spreading", False),
        ("a comment", "", False),
        ("a picture", "", True),
        ("a drawing", "", True),
        ("a drawn tickbox", "ticked", True),
        ("a drawn option button", "ticked", True),
        ("a drawn tickbox", "not ticked", None),
    ):
        for level in (TICK, 4):
            for col in (BOX, STATEMENT):
                for ticked in (True, False):
                    copy = Copy() if ticked else Copy().untick()
                    cell = copy.lay(what, copy.at(level, col), text)
                    name = f"{what} {text!r} on level {level}, ticked: {ticked}"
                    if against or not ticked:
                        sibling = _word(name, copy, level, cell, ticked=ticked)
                        yield replace(sibling, offer=None) if against is None else sibling
                    else:
                        yield Sibling(name, copy, ANSWERED, TICK, None, cell, {"form-extra-content"})
    for text in ("Spreading", "We said Spreading"):
        copy = Copy().untick()
        cell = copy.lay("a comment", (copy.row(QUESTION.id), STATEMENT), text)
        offer = 4 if text == LEVELS[4] else None
        yield Sibling(f"the comment {text!r} on the question", copy, BLANK, None, offer, cell)


def copied_rows() -> Iterator[Sibling]:
    """The rows of the question once more below the form; damaged, and ticked or not."""
    for ticked in (True, False):
        copy = Copy()
        below = max(row for row, _ in copy.grid.cells) + 4
        top = copy.row(layout.level_key(QUESTION.id, 1))
        rows = {place: value for place, value in copy.grid.cells.items() if top <= place[0] < top + len(LEVELS)}
        for (row, col), value in rows.items():
            copy.put((row - top + below, col), False if col == BOX else value)
        if ticked:
            copy.put((below + TICK - 1, BOX), True)
            copy.put((below + TICK - 1, STATEMENT), QUESTION.statement(4))
        else:
            copy.put((below + 3, STATEMENT), QUESTION.statement(1))
            copy.put((below + TICK - 1, BOX), True)
        cell = a1(below + (TICK - 1 if ticked else 3), BOX)
        name = f"a damaged copy of the rows, ticked: {ticked}"
        if ticked:
            yield Sibling(name, copy, UNCLEAR, None, None, cell, {"answer-unclear"})
        else:
            yield Sibling(name, copy, ANSWERED, TICK, None, cell, {"form-extra-content"})


def several_colours() -> Iterator[Sibling]:
    """Some levels in colours that differ, the others plain or alike: it is told, whatever each of them means."""
    colours = ("FF0000", "FFC000", "FFFF00", "BFBFBF")
    for way, kinds in (("fill", KINDS.values()), ("colour", (LABEL, STATEMENT)), ("frame", KINDS.values())):
        for kind in kinds:
            for levels in ((1, 2, 3), (1, 3, 4), (1, 3, 4, 5), (3, 4, 5)):
                for ticked in (True, False):
                    if ticked and kind == BOX and len(levels) == len(LEVELS) - 1:
                        continue  # each empty box has a colour of its own then
                    copy = Copy() if ticked else Copy().untick()
                    cells = [
                        copy.look(copy.at(level, kind), **{way: colour})
                        for level, colour in zip(levels, colours, strict=False)
                    ]
                    name = f"{way} of column {kind} at {levels}, ticked: {ticked}"
                    state, level = (ANSWERED, TICK) if ticked else (BLANK, None)
                    if ticked and levels == (1, 2, 3) and kind == BOX:  # the look of a mark says nothing
                        state, level = UNCLEAR, None
                    rules = {"form-extra-content"} if state is ANSWERED else set()
                    yield Sibling(name, copy, state, level, None, cells[0], rules)


def whole_copies() -> Iterator[Sibling]:
    """All rows of the question once more, whole, below the form; one of the two ticks is unseen or crossed out."""
    for how in ("crossed out", "format ;;;", "white on white", "hidden row"):
        for first in (True, False):
            copy = Copy()
            top, below = copy.row(layout.level_key(QUESTION.id, 1)), copy.below()
            rows = [place for place in copy.grid.cells if top <= place[0] < top + len(LEVELS)]
            for row, col in rows:
                copy.put((row - top + below, col), copy.grid.cells[row, col])
            place = (top if first else below) + TICK - 1, BOX
            HIDINGS[how](copy, place)
            if how == "hidden row":  # both say the same, and one of them can be seen
                yield Sibling(f"whole rows, {how}: {first}", copy, ANSWERED, TICK, None, "", {"form-moved"})
                continue
            cell = a1(below + TICK - 1, BOX)
            yield Sibling(f"whole rows, {how}: {first}", copy, UNCLEAR, None, None, cell, {"answer-unclear"})


def on_other_sheets() -> Iterator[Sibling]:
    """What stands on sheets without questions where the form says nothing, or always the same."""
    for text in ("Q1 to Q22: Spreading", "4"):
        start, priorities = Copy().grids[layout.START_NAME], Copy().grids[layout.PRIORITIES_NAME]
        rows = {value: row for (row, col), value in start.cells.items() if col == LABEL}
        headings = (layout.YOU, layout.HOW_TO, layout.GOOD_TO_KNOW, layout.PROGRESS, layout.ABOUT)
        places = [(rows[heading], STATEMENT) for heading in headings]
        places += [(rows[heading] - 1, STATEMENT) for heading in (*headings, layout.REFERENCE_LABEL)]
        places += [(row, layout.REF) for row in (1, 2, 3, 4)]
        last = max(row for row, _ in priorities.cells)
        of_priorities = [(0, layout.REF), (1, layout.REF), (2, STATUS), (last - 1, STATEMENT)]
        for sheet, each in ((layout.START_NAME, places), (layout.PRIORITIES_NAME, of_priorities)):
            for place in each:
                copy = Copy()
                copy.sheet = sheet
                cell = copy.put(place, text)
                copy.sheet = Copy().sheet
                yield Sibling(f"{text} on {sheet} {cell}", copy, ANSWERED, TICK, None, cell, {"form-extra-content"})


def most_marked() -> Iterator[Sibling]:
    """Where most levels are highlighted, or a part of one is crossed out, it is told, and the tick counts."""
    for left in (1, TICK, 5):
        copy = Copy()
        cells = [copy.look(copy.at(level, STATEMENT), fill="D9D9D9") for level in LEVELS if level != left]
        yield Sibling(f"all highlighted but {left}", copy, ANSWERED, TICK, None, cells[0], {"form-extra-content"})
    copy = Copy()
    statement = QUESTION.statement(TICK)
    place = copy.at(TICK, STATEMENT)
    cell = copy.run(place, statement)
    plain = copy.grid.look(place)
    runs = (Run(statement[:10], replace(plain, struck=True)), Run(statement[10:], plain))
    copy.change(runs={**copy.grid.runs, place: runs})
    yield Sibling("a part crossed out", copy, ANSWERED, TICK, None, cell, {"form-extra-content"})


GENERATORS = (
    inserted_rows,
    signs,
    said_no,
    named_in_boxes,
    chosen_rows,
    quotes,
    whole_copies,
    on_other_sheets,
    most_marked,
    several_colours,
    words,
    over_status,
    notes,
    elsewhere,
    symbol_fonts,
    with_invisible_letters,
    in_doubt,
    beside_in_doubt,
    before_words_in_doubt,
    names_in_doubt,
    looks,
    letters,
    parts,
    beside,
    taken_out,
    put_to,
    number_formats,
    merged,
    texts_in_doubt,
    crossed_out,
    all_crossed_out,
    alike,
    things,
    copied_rows,
)


# -- what else was done to the sheets -----------------------------------------------------------------


def without_keys(copy: Copy) -> None:
    """The form's references in column A deleted."""
    for grid in (grid for grid in copy.grids.values() if grid.name != OWN_SHEET):
        for place, value in list(grid.cells.items()):
            if place[1] == layout.REF and isinstance(value, str) and layout.parse_key(value):
                del grid.cells[place]  # type: ignore[attr-defined]


def without_headers(copy: Copy) -> None:
    for place in [place for place, value in copy.grid.cells.items() if value in layout.HEADERS]:
        del copy.grid.cells[place]  # type: ignore[attr-defined]


def of_another_version(copy: Copy) -> None:
    for grid in copy.grids.values():
        for place, value in list(grid.cells.items()):
            if isinstance(value, str) and (reference := layout.Reference.parse(value)):
                theirs = str(replace(reference, version="0.9", fingerprint="another"))
                grid.cells[place] = theirs  # type: ignore[index]


NEED_KEYS = (
    copied_rows,
    taken_out,
    put_to,
    beside,
    signs,
    before_words_in_doubt,
)  # without their references such rows cannot be told from others
MOVES = (without_keys, without_headers, of_another_version)


# -- whole forms ------------------------------------------------------------------------------------


def _marked_columns() -> Iterator[tuple[str, int, dict[str, Any]]]:
    """What is done to cells of one level: how, in which column, and the look."""
    for name, look in {**MARKINGS, **LETTERS}.items():
        yield name, STATEMENT, look
        if name in MARKINGS:
            yield name, BOX, look
        if {"fill", "frame"} & look.keys():
            yield from ((name, col, look) for col in (layout.REF, BEYOND))


def _row(copy: Copy, question: str, level: int) -> int:
    return copy.row(layout.level_key(question, level))


def _strike(copy: Copy, question: str, level: int) -> None:
    for other in LEVELS.keys() - {level}:
        copy.look((_row(copy, question, other), STATEMENT), struck=True)


def _delete(copy: Copy, question: str, level: int) -> None:
    for other in LEVELS.keys() - {level}:
        del copy.grid.cells[_row(copy, question, other), STATEMENT]  # type: ignore[attr-defined]


def _put_words(copy: Copy, question: str, level: int) -> None:
    place = _row(copy, question, level), STATEMENT
    copy.put(place, f"{copy.grid.cells[place]} YES")


def _zero(copy: Copy, question: str, level: int) -> None:
    place = _row(copy, question, level), BOX
    copy.put(place, 0)
    copy.look(place, number_format='[=0]"x"')


WHOLE = {
    "crossed out as appropriate": _strike,
    "deleted as appropriate": _delete,
    "words after a statement": _put_words,
    "zeros that are shown as x": _zero,
}


def _in_words(each: Any) -> Iterator[tuple[str, Copy, bool]]:
    """Whole forms answered in signs, numbers and names where nothing is asked."""

    def no_to_others(copy: Copy, question: str, level: int) -> None:
        for other in LEVELS.keys() - {level}:
            copy.put((_row(copy, question, other), BOX), "No")

    def name_below(copy: Copy, question: str, level: int) -> None:
        row = copy.row(question) + 1
        copy.insert(row)
        copy.put((row, LABEL), LEVELS[level])

    def chosen(copy: Copy, question: str, level: int) -> None:
        row, to = _row(copy, question, level), QUESTIONNAIRE.by_id[question].number
        copy.on_own_sheet({(to, col): copy.grid.cells[row, col] for col in (layout.REF, BOX, LABEL, STATEMENT)})

    yield "circles in boxes", each(lambda c, q, n: c.put((_row(c, q, n), BOX), "○")), False
    yield "no in the other boxes", each(no_to_others), False
    yield "circles beside", each(lambda c, q, n: c.put((_row(c, q, n), BEYOND), "○")), False
    yield "references beside", each(lambda c, q, n: c.put((_row(c, q, n), BEYOND), layout.level_key(q, n))), False
    yield "names in rows put in", each(name_below), True
    yield "rows on a sheet", each(chosen), True
    yield "numbers beside the title", each(lambda c, q, n: c.put((c.row(q), STATEMENT), n)), True
    yield "names in the first box", each(lambda c, q, n: c.put((_row(c, q, 1), BOX), f"{LEVELS[n]}.")), True
    yield "another word for the name", each(lambda c, q, n: c.put((_row(c, q, n), LABEL), "this is us")), False
    yield "words to the name", each(lambda c, q, n: c.put((_row(c, q, n), LABEL), f"{LEVELS[n].lower()} <-- us")), True


def whole_forms(seed: int = 14) -> Iterator[tuple[str, Copy, bool]]:
    """Forms answered without a single tick: how, the copy, and whether each question shows one level."""
    random_levels = random.Random(seed)

    def each(change: Any) -> Copy:
        copy = Copy(ticked=False)
        for component in QUESTIONNAIRE.components:
            copy.sheet = layout.component_sheet_name(component)
            for question in component.questions:
                change(copy, question.id, random_levels.choice(list(LEVELS)))
        return copy

    def row(copy: Copy, question: str, level: int = 0) -> int:
        return copy.row(layout.level_key(question, level) if level else question)

    for col in (BOX, STATEMENT, STATUS, BEYOND):
        yield (
            f"names on the question's row, {col}",
            each(lambda c, q, n, col=col: c.put((row(c, q), col), LEVELS[n])),
            True,
        )
    for col in (STATUS, BEYOND):
        yield (
            f"names in the level's row, {col}",
            each(lambda c, q, n, col=col: c.put((row(c, q, n), col), LEVELS[n])),
            True,
        )
    yield "numbers over the status", each(lambda c, q, n: c.put((row(c, q), STATUS), n)), True
    yield "numbers in the question's row", each(lambda c, q, n: c.put((row(c, q), BOX), n)), True
    yield "names as notes", each(lambda c, q, n: c.put((c.row(layout.note_key(q)), STATEMENT), LEVELS[n])), True
    for name, col, look in _marked_columns():
        marked = each(lambda c, q, n, col=col, look=look: c.look((row(c, q, n), col), **look))
        yield f"{name} in column {col}", marked, True

    for name, change in WHOLE.items():
        yield name, each(change), True
    yield from _in_words(each)
    yield "comments on boxes", each(lambda c, q, n: c.lay("a comment", (row(c, q, n), BOX), "here")), True
    yield (
        "comments on questions",
        each(lambda c, q, _: c.lay("a comment", (row(c, q), STATEMENT), "We are so far")),
        False,
    )
    yield "pictures over boxes", each(lambda c, q, n: c.lay("a picture", (row(c, q, n), BOX))), True
    yield "drawn tickboxes", each(lambda c, q, n: c.lay("a drawn tickbox", (row(c, q, n), BOX), "ticked")), True

    def thumb(copy: Copy, question: str, level: int) -> None:
        copy.look((row(copy, question, level), BOX), font="Wingdings")
        copy.put((row(copy, question, level), BOX), "C")

    yield "thumbs in Wingdings", each(thumb), True
