"""What people typed into the workbook for the meeting, read back: the lines to decide, and whatever else they added."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from impact_xl.files.safe_write import check_place
from impact_xl.findings import Finding, ImpactError, Where, found
from impact_xl.questionnaire import Questionnaire, normalise
from impact_xl.results.edits import detect
from impact_xl.results.edits.carry_over import OtherRoundError
from impact_xl.results.edits.detect import Loss, not_carried
from impact_xl.results.sheet_writer import PageSpec, SheetSpec
from impact_xl.round.record import Meeting, MeetingLine
from impact_xl.round.stored_sheets import Sheets, sheets_of
from impact_xl.round.stored_workbook import Stored
from impact_xl.xlsx.a1 import a1
from impact_xl.xlsx.cell_values import cell_text, cell_value
from impact_xl.xlsx.package_inspect import Parts

AGENDA = "Agenda"
DECIDE, WHAT, WHO, BY_WHEN = HEADS = ("We decide", "What we will do", "Who leads", "By when")
MADE_FROM = ("What", "Which")
KIND, ROUND_ID, QUESTIONNAIRE_ID = "Made as", "Round's id", "Questionnaire's id"
COLUMNS = len(HEADS)
AGENDA_COLUMNS = 5
NAME = "workbook for the meeting"
_WHICH = "the workbook for the meeting that was replaced"
_ELSEWHERE = (
    "It was left as it is. Move it to another folder and run the command again: a new one is written, with the lines "
    "that Actions has from it."
)
_QUESTION = re.compile(r"Q\d{2,3}")


def nothing(_: Any) -> None:
    """What is only read back writes nothing."""


def page_spec(question: str, write: Any = nothing) -> SheetSpec:
    """The declaration of a question's page."""
    body = PageSpec(width=COLUMNS, ends_at=(DECIDE,), charts=lambda _: 1)
    return SheetSpec(question, "", write, headers=(question,), body=body, when=lambda _: True)


def agenda_spec(write: Any = nothing) -> SheetSpec:
    """The declaration of the first sheet."""
    body = PageSpec(width=AGENDA_COLUMNS)
    return SheetSpec(AGENDA, "", write, headers=MADE_FROM, body=body, when=lambda _: True)


def check(path: Path, *, can_lose: bool = False) -> None:
    """Find out before the work whether the workbook for the meeting could be written, and what is there read back.

    Args:
        path: where it stands.
        can_lose: what cannot be read back may be replaced.

    Raises:
        ImpactError: it could not.
    """
    check_place(path, NAME)
    if path.exists() and not can_lose:
        _pages(path, sheets_of(path, NAME, _ELSEWHERE))


def read(
    path: Path, round_id: str, questionnaire: Questionnaire, *, same_round: bool = False
) -> tuple[Meeting, list[Finding]]:
    """What people typed into the workbook for the meeting at a path, and what of it cannot be carried over.

    Args:
        path: the workbook.
        round_id: the id of the round; empty where it has none.
        questionnaire: what was asked.
        same_round: that workbook is this round's, although it carries no id or another one.

    Raises:
        OtherRoundError: it is another round's, or of another questionnaire.
        ImpactError: it cannot be read back.
    """
    sheets = sheets_of(path, NAME, _ELSEWHERE)
    pages = _pages(path, sheets)
    _expect_round(path, _made_from(sheets), round_id, questionnaire, same_round=same_round)
    specs = [agenda_spec(), *(page_spec(page.question) for page in pages)]
    edits = detect.read(path, _stored(sheets), questionnaire, specs, NAME)
    losses = [*edits.losses, *_without_value(path, pages), *(loss for page in pages for loss in page.beside())]
    findings = [not_carried(loss, path.name, _WHICH) for loss in losses]
    findings += (found("text-as-values", Where(path.name), what=what) for what in edits.formulas)
    lines = tuple(line for page in pages for line in page.lines())
    return Meeting(path.name, lines, frozenset(page.question for page in pages), edits.sheets, edits.labels), findings


def _stored(sheets: Sheets) -> Stored:
    """The sheets as the record of a workbook that has no tables."""
    return Stored((), (), (), (), (), files={}, used=frozenset(), made_from={}, sheets=sheets)


# -- a page ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Page:
    """A question's page as it stands in the workbook."""

    question: str
    sheet: str
    rows: Sequence[Sequence[Any]]
    top: int  # the row with the heads of the lines
    columns: Mapping[str, int]  # of the heads

    def _below(self) -> Iterator[tuple[int, Sequence[Any]]]:
        return enumerate(self.rows[self.top + 1 :], self.top + 1)

    def _value(self, cells: Sequence[Any], head: str) -> Any:
        col = self.columns[head]
        return cell_value(cells[col]) if col < len(cells) else ""

    def lines(self) -> Iterator[MeetingLine]:
        """The lines that say anything, with those that people added below ours."""
        for row, cells in self._below():
            what, lead, by = (self._value(cells, head) for head in (WHAT, WHO, BY_WHEN))
            if any(map(cell_text, (what, lead, by))):
                cell = a1(row, self.columns[WHAT])
                yield MeetingLine(self.question, row - self.top, what, lead, by, self.sheet, cell)

    def beside(self) -> Iterator[Loss]:
        """What stands beside the lines."""
        ours = {self.columns[head] for head in (WHAT, WHO, BY_WHEN)}
        number = self.columns[DECIDE]
        typed = {
            (row, col): text
            for row, cells in self._below()
            for col, cell in enumerate(cells)
            if col not in ours and (text := cell_text(cell)) and not (col == number and text == str(row - self.top))
        }
        if typed:
            first, more = next(iter(typed.values())), len(typed) - 1
            what = f"something was typed next to the lines to decide: “{first}”{f' and {more} more' if more else ''}"
            yield Loss(self.sheet, what, tuple(a1(*place) for place in typed))


def _pages(path: Path, sheets: Sheets) -> list[_Page]:
    """The pages of a workbook for the meeting, in their order.

    Raises:
        ImpactError: it is none, a page has lost the heads of its lines, or a question has two pages.
    """
    pages: dict[str, _Page] = {}
    for name, rows in sheets.items():
        top = next((row for row, cells in enumerate(rows) if _heads(cells)), None)
        question = _question(name, rows[:top])
        if top is None and question and name != AGENDA:
            raise _not_read_back(path, f"the sheet “{name}” has lost the row “{', '.join(HEADS)}”")
        if top is None:
            continue
        if not question:
            raise _not_read_back(path, f"the sheet “{name}” does not say which question it is about")
        if question in pages:
            raise _not_read_back(path, f"the sheets “{pages[question].sheet}” and “{name}” are both about {question}")
        pages[question] = _Page(question, name, rows, top, _heads(rows[top]))
    if not pages and normalise(_made_from(sheets).get(KIND, "")) != NAME:
        raise _not_read_back(path, f"it is no {NAME} of this program")
    return [*pages.values()]


def _heads(cells: Sequence[Any]) -> dict[str, int]:
    """The columns of the lines' heads, where this row has all of them."""
    texts = [normalise(cell_text(cell)) for cell in cells]
    columns = {head: texts.index(normalise(head)) for head in HEADS if normalise(head) in texts}
    return columns if len(columns) == len(HEADS) else {}


def _question(name: str, above: Sequence[Sequence[Any]]) -> str:
    """The question that a page is about: its first row names it, and so does the sheet unless it was renamed."""
    texts = (cell_text(cell) for cells in above[:1] for cell in cells)
    return next((text for text in (*texts, name) if _QUESTION.fullmatch(text)), "")


def _without_value(path: Path, pages: Sequence[_Page]) -> Iterator[Loss]:
    """Formulas in the lines that were never calculated: what they come to is not known."""
    package = Parts(path)
    for page in pages:
        formulas = package.formulas(page.sheet)
        cols = (page.columns[head] for head in (WHAT, WHO, BY_WHEN))
        places = [(row, col) for col in cols for row in formulas.rows(col) if row > page.top]
        if empty := [a1(*place) for place in places if not formulas.is_calculated(*place)]:
            yield Loss(page.sheet, "formulas in the lines to decide have no value", tuple(empty))


# -- whose it is -------------------------------------------------------------------------------------


def _made_from(sheets: Sheets) -> dict[str, str]:
    """What a workbook says it was made from."""
    for rows in sheets.values():
        for top, cells in enumerate(rows):
            if tuple(map(cell_text, cells[:2])) == MADE_FROM:
                return {cell_text(row[0]): cell_text(row[1]) for row in rows[top + 1 :] if len(row) > 1}
    return {}


def _expect_round(
    path: Path, made_from: Mapping[str, str], ours: str, questionnaire: Questionnaire, *, same_round: bool
) -> None:
    theirs, asks = made_from.get(ROUND_ID, ""), made_from.get(QUESTIONNAIRE_ID, "")
    there = f"The {NAME} that is there already holds"
    if asks and normalise(asks) != normalise(questionnaire.id):
        raise OtherRoundError(f"{there} the questionnaire “{asks}”, not “{questionnaire.id}”: {path}", _ELSEWHERE)
    if normalise(theirs) == normalise(ours) or same_round:
        return
    what = f"another round: “{theirs}”, not “{ours}”" if theirs else f"no round's id, and this is “{ours}”"
    raise OtherRoundError(
        f"{there} {what}: {path}", f"{_ELSEWHERE} If it is this round's, say so once with --same-round."
    )


def _not_read_back(path: Path, why: str) -> ImpactError:
    return ImpactError(f"The {NAME} that is there already cannot be read back: {path} ({why})", _ELSEWHERE)
