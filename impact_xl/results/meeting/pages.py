"""The workbook for the meeting: an agenda, and for each question on it a page to be shown in the room, and printed.

No team is named. Figures are shown where the copy for board papers would show them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property, partial
from typing import Any

from impact_xl.files.dates import show_date
from impact_xl.results.edits import user_sheets
from impact_xl.results.meeting import lines
from impact_xl.results.meeting.lines import AGENDA, HEADS
from impact_xl.results.meeting.notes import Notes
from impact_xl.results.sheet_writer import LINK, QUIET, ReportWriter, span
from impact_xl.round.collation import Collation
from impact_xl.round.disclosure import Respondent, decide
from impact_xl.round.figures import Agenda, Distribution, Tally, rank
from impact_xl.round.stored_workbook import AT_MEETING, line_of
from impact_xl.wording import plural
from impact_xl.xlsx import theme
from impact_xl.xlsx.cell_values import Cell, Link
from impact_xl.xlsx.workbook_writer import DATED, footer

SUBJECT = "Self-assessment: workbook for the meeting"
WORDS = (Agenda.DISCUSS, Agenda.IMPROVE, Agenda.SHARE)
TOO_FEW = "Too few teams to show."
_OFF_AGENDA = "Not on the agenda now"
_LINES = 3  # to decide, on each page
_MOST_NOTES, _LONGEST_NOTE = 6, 230
_WIDTHS = (21.0, 78.0, 26.0, 18.0)
_TEXT_PIXELS = sum(map(theme.column_pixels, _WIDTHS[1:]))
_INDENT: dict[str, Any] = {"align": "left", "indent": 1}
_ROOM = _WIDTHS[1] - 1.5  # of a text with an indent
_BORDER = {"border": 1, "border_color": theme.LINE}

Row = Mapping[str, Any]


class MeetingWriter(ReportWriter):
    """The workbook while it is being written: values only."""

    live = False
    holds = "for the meeting"

    def __init__(self, collation: Collation, rows: Iterable[Row], minimum_group: int) -> None:
        """Choose the pages.

        Args:
            collation: the round.
            rows: the rows of Actions, of which those that began at the meeting stand on the pages.
            minimum_group: a question is shown where more teams than this answered it.
        """
        questionnaire = collation.questionnaire
        respondents = (Respondent(each.team.id, each.team.group_name, each.levels) for each in collation.answering)
        shown = decide(respondents, questionnaire.by_id, len(questionnaire.levels), minimum_group)
        self.shown: Mapping[str, Distribution] = shown.everybody
        self.typed = _typed(rows)
        tallies = {question: Tally(distribution) for question, distribution in self.shown.items()}
        agenda = rank(tallies, collation.target).agenda
        self.agenda: dict[str, Agenda] = {question: word for word in WORDS for question in agenda[word]}
        in_order = {each: place for place, each in enumerate(questionnaire.by_id)}
        others = sorted(
            self.typed.keys() - self.agenda.keys(), key=lambda each: (in_order.get(each, len(in_order)), each)
        )
        self.pages = (*self.agenda, *others)
        specs = [
            lines.agenda_spec(lambda _: _write_agenda(self)),
            *(lines.page_spec(each, partial(self._write_page, each)) for each in self.pages),
        ]
        super().__init__(collation, specs, SUBJECT)

    def _write_page(self, question: str, _: ReportWriter) -> None:
        _write_page(self, question)

    @cached_property
    def notes(self) -> Notes:
        """What teams wrote, without their names."""
        return Notes(self.collation)

    def short(self, question: str) -> str:
        """A question's short title; nothing of one that is asked no longer."""
        return self.questionnaire.by_id[question].short if question in self.questionnaire.by_id else ""

    def at_target(self, distribution: Distribution) -> str:
        """How many answers are at the target, in words."""
        return f"{distribution.at_least(self.collation.target)} of {distribution.n} at {self.target_name} or above"


def build(
    collation: Collation,
    rows: Iterable[Row],
    minimum_group: int,
    *,
    sheets: Mapping[str, Sequence[Sequence[Any]]] | None = None,
    labels: Mapping[str, str] | None = None,
) -> bytes:
    """The bytes of the workbook; what is the same gives the same.

    Args:
        collation, rows, minimum_group: as `MeetingWriter` has them.
        sheets: the sheets that people added, which stand behind ours.
        labels: the properties of a sensitivity label.
    """
    report = MeetingWriter(collation, rows, minimum_group)
    report.write_sheets()
    user_sheets.write(report, sheets or {})
    report.book.describe(report.checksums.properties())
    report.book.describe(labels or {})
    return report.book.content()


def _typed(rows: Iterable[Row]) -> dict[str, dict[int, Row]]:
    """The rows of Actions that began at the meeting, by question and number."""
    typed: defaultdict[str, dict[int, Row]] = defaultdict(dict)
    for row in rows:
        where, _, place = line_of(row).partition(":")
        question, _, number = place.partition(":")
        if where == AT_MEETING and number.isdecimal():
            typed[question][int(number)] = row
    return dict(typed)


# -- the first sheet ---------------------------------------------------------------------------------

_AGENDA_WIDTHS = (19.0, 42.0, 24.0, 28.0, 32.0)
_HOW = (
    "Show a page for each question, or print them all. Ask its two questions. Type what you decide into the yellow",
    "lines: the next run takes them into Actions. Read the notes before you show them: names of teams are taken",
    "out, but not their short forms, misspelt names or names of people.",
)


def _write_agenda(report: MeetingWriter) -> None:
    sheet, write = report.sheets[AGENDA], partial(report.write_checked_text, report.sheets[AGENDA])
    _set_up(report, sheet, AGENDA, _AGENDA_WIDTHS)
    write(0, 0, f"{report.title}: for the meeting", **_TITLE)
    sheet.set_row(0, 30)
    for row, text in enumerate((_came(report.collation), *_HOW), 1):
        write(row, 0, text, **QUIET, text_wrap=False)
    row = 6
    for col, head in enumerate(("Page", "Question", "On the agenda", "Typical level", "At the target")):
        write(row, col, head, **_HEAD)
    sheet.set_row(row, 22)
    for question in report.pages:
        row += 1
        sheet.set_row(row, 21)
        for col, cell in enumerate(_agenda_row(report, question)):
            _write_line(report, sheet, row, col, cell)
    if not report.pages:
        row += 1
        write(row, 0, TOO_FEW if not report.shown else "No question is on the agenda.", text_wrap=False)
    if withheld := len(report.questionnaire.questions) - len(report.shown):
        row += 1
        write(row + 1, 0, _of_withheld(withheld), **QUIET, text_wrap=False)
    row += 3
    collation = report.collation
    ids = ((lines.ROUND_ID, collation.round.id), (lines.QUESTIONNAIRE_ID, collation.questionnaire.id))
    made_from = ((lines.KIND, lines.NAME), *ids)
    for place, pair in enumerate((lines.MADE_FROM, *made_from), row):
        for col, text in enumerate(pair):
            write(place, col, text, **QUIET, text_wrap=False)
    sheet.activate()
    sheet.set_first_sheet()


def _of_withheld(number: int) -> str:
    questions = plural(number, "question is", "questions are")
    return (
        f"{questions} not listed: too few teams answered to show it."
        if number == 1
        else (f"{questions} not listed: too few teams answered to show them.")
    )


def _came(collation: Collation) -> str:
    dated = f"{show_date(collation.date)}. " if collation.date else ""
    return f"{dated}{collation.returned} of {plural(len(collation.results), 'team')} returned. No team is named here."


def _agenda_row(report: MeetingWriter, question: str) -> tuple[Cell, ...]:
    distribution = report.shown.get(question)
    return (
        Link(f"'{question}'!A1", question),
        report.short(question),
        report.agenda.get(question, _OFF_AGENDA),
        report.typical(distribution.typical) if distribution else TOO_FEW,
        report.at_target(distribution) if distribution else "",
    )


def _write_line(report: MeetingWriter, sheet: Any, row: int, col: int, cell: Cell) -> None:
    look: dict[str, Any] = {"valign": "vcenter", "text_wrap": False, "bottom": 1, "bottom_color": theme.FAINT_LINE}
    if isinstance(cell, Link):
        report.checksums[AGENDA].add(report.specs[AGENDA].checksum_of(col), [cell.text])
        report.write_cell(sheet, row, col, cell, **look, **LINK)
    else:
        report.write_checked_text(sheet, row, col, cell, **look, font_size=11)


# -- a page ------------------------------------------------------------------------------------------

_TITLE = {"bold": True, "font_size": 18, "font_color": theme.DARK_BLUE, "text_wrap": False, "valign": "vcenter"}
_HEAD = {"bold": True, "font_color": theme.WHITE, "bg_color": theme.DARK_BLUE, "valign": "vcenter", **_INDENT}
_LABEL = {"bold": True, "font_size": 12, "font_color": theme.DARK_BLUE}
_BODY = {"font_size": 12, "valign": "vcenter", **_INDENT}
_ENTRY = {**_BODY, "bg_color": theme.ENTRY, **_BORDER}


def _set_up(report: ReportWriter, sheet: Any, name: str, widths: Sequence[float]) -> None:
    for col, width in enumerate(widths):
        sheet.set_column(col, col, width)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.set_margins(left=0.4, right=0.4, top=0.4, bottom=0.55)
    sheet.set_footer(footer(report.title, name))
    sheet.fit_to_pages(1, 1)
    sheet.center_horizontally()
    sheet.set_selection(0, 0, 0, 0)


class _Page:
    """A page from top to bottom; `row` is where the next line goes."""

    def __init__(self, report: MeetingWriter, question: str) -> None:
        self.report, self.question, self.sheet, self.row = report, question, report.sheets[question], 0

    def write(self, col: int, value: Cell, **look: Any) -> None:
        self.report.write_checked_text(self.sheet, self.row, col, value, **look)

    def next(self, height: float) -> None:
        self.sheet.set_row(self.row, height)
        self.row += 1

    def text(self, label: str, text: str, size: int = 12, **look: Any) -> None:
        """A line of text, with a label before it; it goes on over the empty cells beside where it fits there."""
        fits = theme.text_pixels(text, size) < _TEXT_PIXELS
        self.write(0, label, **_LABEL, valign="top")
        self.write(1, text, **{"font_size": size, "text_wrap": not fits, **_INDENT, **look})
        self.next(20 if fits else theme.row_height(text, _ROOM, size, padding=5, least=20))


def _write_page(report: MeetingWriter, question: str) -> None:
    page = _Page(report, question)
    _set_up(report, page.sheet, question, _WIDTHS)
    word = report.agenda.get(question, Agenda.NONE)
    title = _title(report, question)
    page.write(0, question, **_TITLE)
    fits = theme.text_pixels(title, 16, bold=True) < _TEXT_PIXELS
    page.write(1, title, **{**_TITLE, "text_wrap": not fits, "font_size": 16, **_INDENT})
    page.next(32 if fits else theme.row_height(title, _ROOM, 16, bold=True, padding=8, least=32))
    distribution = report.shown.get(question)
    page.write(0, word or _OFF_AGENDA, bold=True, font_size=11, font_color=theme.DARK_BLUE, valign="vcenter")
    page.write(1, _figures(report, distribution), **_BODY, font_color=theme.QUIET, text_wrap=False)
    page.next(30 if len(word or _OFF_AGENDA) > 15 else 22)
    if question in report.questionnaire.by_id:
        _levels(page, distribution)
    page.next(8)
    for number, text in enumerate(_to_ask(report, question, word, distribution)):
        page.text("Ask" if not number else "", text)
    page.next(8)
    _notes(page, distribution)
    _to_decide(page)
    page.sheet.print_area(0, 0, page.row - 1, len(_WIDTHS) - 1)


def _title(report: MeetingWriter, question: str) -> str:
    known = report.questionnaire.by_id.get(question)
    return known.title if known else "This question is not asked any more."


def _figures(report: MeetingWriter, distribution: Distribution | None) -> str:
    """The question in numbers, in a line."""
    if not distribution:
        return TOO_FEW
    words = f" Teams {distribution.words}." if distribution.words else ""
    return f"Typical level: {report.typical(distribution.typical)}. {report.at_target(distribution)}.{words}"


def _levels(page: _Page, distribution: Distribution | None) -> None:
    """The statements of the levels, each with a bar and the number of teams at it."""
    report = page.report
    known = report.questionnaire.by_id[page.question]
    for col, head in enumerate(("Level", "What it looks like", "Teams", "")):
        page.write(col, head, **_HEAD)
    page.next(21)
    names = {level: report.questionnaire.level_name(level) for level in known.levels}
    high = max(_level_height(name, known.statement(level)) for level, name in names.items())
    for level, name in names.items():
        fill = report.fills[level - 1]
        look = {"bg_color": fill, "font_color": theme.text_on(fill), "bold": True, **_BODY, **_BORDER}
        page.write(0, name, **look)
        page.write(1, known.statement(level), **{**_BODY, "font_size": 11}, **_BORDER)
        page.write(2, "", **_BODY, **_BORDER)
        count = distribution.counts[level - 1] if distribution else None
        of = f'0" of {distribution.n}"' if distribution else "General"
        page.write(3, count, **{**_BODY, "font_size": 14}, **_BORDER, bold=True, num_format=of)
        page.next(high)
    if distribution:
        _bars(page, distribution, known.levels, high)


def _level_height(name: str, statement: str) -> float:
    """How high a level's row is; all of them are as high as the highest, so that each bar stands beside its own."""
    return max(
        26,
        theme.row_height(statement, _ROOM, 11, padding=6),
        theme.row_height(name, _WIDTHS[0] - 1.5, 12, bold=True, padding=6),
    )


def _bars(page: _Page, distribution: Distribution, levels: Sequence[int], high: float) -> None:
    """A bar for each level, in the rows of the levels, which were written last."""
    report, first, last = page.report, page.row - len(levels), page.row - 1
    chart = report.book.chart(type="bar")
    outline = {"color": theme.QUIET, "width": 0.5}
    chart.add_series(
        {
            "categories": f"={span(first, 0, last, sheet=page.question)}",
            "values": f"={span(first, 3, last, sheet=page.question)}",
            "points": [{"fill": {"color": report.fills[level - 1]}, "border": outline} for level in levels],
            "gap": 60,
        }
    )
    chart.set_y_axis({"reverse": True, "visible": False})
    gridlines = {"major_gridlines": {"visible": False}}
    chart.set_x_axis({"visible": False, "min": 0, "max": max(distribution.counts), **gridlines})
    chart.set_legend({"none": True})
    chart.set_title({"none": True})
    chart.set_plotarea({"fill": {"none": True}, "layout": {"x": 0.01, "y": 0, "width": 0.98, "height": 1}})
    chart.set_chartarea({"border": {"none": True}, "fill": {"none": True}})
    height = len(levels) * high / theme.POINTS_PER_PIXEL
    chart.set_size({"width": theme.column_pixels(_WIDTHS[2]) - 4, "height": height})
    counts = ((report.questionnaire.level_name(level), distribution.counts[level - 1]) for level in levels)
    words = "; ".join(f"{name}: {count}" for name, count in counts)
    description = f"Bars: how many of {plural(distribution.n, 'team')} chose each level. {words}."
    place = {"description": description, "object_position": 1, "x_offset": 2}
    page.sheet.insert_chart(first, 2, chart, place)


def _to_ask(report: MeetingWriter, question: str, word: Agenda, distribution: Distribution | None) -> tuple[str, str]:
    """Two questions for the room."""
    if not distribution or word not in WORDS:
        return "Is what we decided still right?", "What is left to do, and who does it?"
    named = [level.name for level, count in zip(report.questionnaire.levels, distribution.counts, strict=True) if count]
    if word is Agenda.DISCUSS:
        return (
            f"What does a usual week look like in a team at {named[0]}, and in a team at {named[-1]}?",
            "Do we work differently, or did we read the question differently?",
        )
    if word is Agenda.IMPROVE:
        known, (_, high) = report.questionnaire.by_id[question], distribution.typical or (1, 1)
        return (
            f"What keeps us from {report.questionnaire.level_name(known.next_level(high))}?",
            "What is the smallest step that we can take in the next three months?",
        )
    return (
        f"What do teams at {named[-1]} do that others could take over?",
        "Who shows it to whom, and when?",
    )


def _notes(page: _Page, distribution: Distribution | None) -> None:
    """What teams wrote: the longest notes, in the order of the alphabet."""
    notes = page.report.notes.of(page.question) if distribution else []
    longest = sorted(notes, key=lambda note: (-len(note), note))[:_MOST_NOTES]
    shown = [note for note in notes if note in longest]
    for number, note in enumerate(shown):
        text = note if len(note) <= _LONGEST_NOTE else note[: _LONGEST_NOTE - 1].rstrip() + "…"
        page.text("Teams wrote" if not number else "", f"•  {text}", 11)
    if more := len(notes) - len(shown):
        page.text(
            "",
            f"And {plural(more, 'more note')}: see Comments in the consolidated workbook.",
            10,
            font_color=theme.QUIET,
        )
    if shown:
        page.next(8)


def _to_decide(page: _Page) -> None:
    """The lines that people type into; what they typed before stands there."""
    for col, head in enumerate(HEADS):  # from here on people type, so nothing enters the checksums
        page.report.write_cell(page.sheet, page.row, col, head, **_HEAD, font_size=11)
    page.next(22)
    typed = page.report.typed.get(page.question, {})
    for number in range(1, max(_LINES, *typed, 0) + 1):
        row = typed.get(number, {})
        cells = (row.get("What"), row.get("Lead"), row.get("By when"))
        page.report.write_cell(page.sheet, page.row, 0, number, **{**_LABEL, "align": "right"}, valign="vcenter")
        for col, cell in enumerate(cells, 1):
            look = {**_ENTRY, **DATED} if col == len(cells) else _ENTRY
            page.report.write_cell(page.sheet, page.row, col, cell, **look)
        texts = zip(map(str, (cell or "" for cell in cells)), _WIDTHS[1:], strict=True)
        page.next(max(30, *(theme.row_height(text, width - 1.5, 12, padding=6) for text, width in texts)))
