"""What stands on each sheet of a form, line by line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from impact_xl.form import layout
from impact_xl.form.layout import (
    Action,
    Kind,
    Line,
    Sheet,
    action_key,
    component_sheet_name,
    level_key,
    note_key,
    priority_key,
)
from impact_xl.questionnaire import Component, Question, Questionnaire
from impact_xl.wording import plural
from impact_xl.xlsx import theme

COMPONENT_WIDTHS = (7.0, 6.0, 15.0, 85.0, 16.5)  # of the columns of a component's sheet, in digits
TITLE_SIZE = 11  # points of a question's title


@dataclass(frozen=True, slots=True)
class StartTexts:
    """What the sheet Start says of a round and how to fill the form in; no reader goes by it."""

    subtitle: str = ""  # before what the workbook holds
    main: Sequence[str] = ()  # for whom the form is, and when and where it goes back
    how_to: Sequence[tuple[str, str]] = ()  # paragraphs, each with what stands beside it
    good_to_know: Sequence[tuple[str, str]] = ()


NO_TEXTS = StartTexts()


@lru_cache(maxsize=1024)
def title_column(title: str) -> int:
    """Where a question's title stands: over the level column on; one too long for a line wraps in the statement's."""
    room = sum(map(theme.column_pixels, COMPONENT_WIDTHS[layout.LEVEL : layout.STATUS]))
    fits = theme.text_pixels(title, TITLE_SIZE, bold=True) <= room
    return layout.LEVEL if fits else layout.STATEMENT


def plan(
    questionnaire: Questionnaire,
    *,
    not_applicable: bool = False,
    start: StartTexts = NO_TEXTS,
    last_priorities: Sequence[Action] = (),
) -> tuple[Sheet, ...]:
    """Every sheet of a form, line by line.

    Args:
        not_applicable: give every question a row “Not applicable to us”.
        start: what the sheet Start says of the round.
        last_priorities: what the team meant to work on in the last round, each with a status to choose.
    """
    components = [_component(questionnaire, component, not_applicable) for component in questionnaire.components]
    priorities = _priorities(questionnaire, last_priorities)
    about = _about(questionnaire)
    progress = [*map(_progress, components), Line(Kind.TOTAL, label=layout.TOTAL_LABEL), _progress(priorities)]
    more = [(layout.PROGRESS, progress), (layout.ABOUT, _introduction(questionnaire))]
    return (_start(questionnaire.title, about, start, more), *components, priorities)


def _about(questionnaire: Questionnaire) -> str:
    """What the workbook holds."""
    counts = {"questions": len(questionnaire.questions), "components": len(questionnaire.components)}
    if questionnaire.whole:
        return layout.START_ABOUT_PART.format(**counts, whole=len(questionnaire.whole.questions))
    return layout.START_ABOUT.format(**counts)


def _introduction(questionnaire: Questionnaire) -> list[Line]:
    first, *others = questionnaire.introduction
    return [
        Line(Kind.TEXT, label=questionnaire.publisher, text=first),
        *(Line(Kind.TEXT, text=paragraph) for paragraph in others),
    ]


def _start(
    title: str,
    about: str,
    texts: StartTexts,
    more: Sequence[tuple[str, Sequence[Line]]],
    fields: Sequence[tuple[str, str]] = (),
) -> Sheet:
    """The first sheet of a form or a correction form; `more` is what stands below: headings with their lines."""
    lines = _opening(title, about, texts, fields)
    for heading, block in more:
        lines += [_header(heading), *block, Line(Kind.GAP)]
    return Sheet(layout.START, layout.START_NAME, (*lines, Line(Kind.REFERENCE)))


def _opening(title: str, about: str, texts: StartTexts, fields: Sequence[tuple[str, str]] = ()) -> list[Line]:
    """What every form begins with: for whom it is, by when and to whom it goes back, who you are, how to fill it in."""
    blocks = (
        (layout.YOU, [Line(Kind.ENTRY, key=key, label=label) for key, label in fields or layout.START_FIELDS]),
        (layout.HOW_TO, [Line(Kind.TEXT, label=label, text=text) for label, text in texts.how_to]),
        (layout.GOOD_TO_KNOW, [Line(Kind.TEXT, label=label, text=text) for label, text in texts.good_to_know]),
    )
    lines = [
        Line(Kind.TITLE, text=title),
        Line(Kind.ABOUT, text=f"{texts.subtitle}. {about}" if texts.subtitle else about),
        *(Line(Kind.MAIN, text=text) for text in texts.main),
        Line(Kind.GAP),
    ]
    for heading, block in blocks:
        lines += [_header(heading), *block, Line(Kind.GAP)]
    return lines


def _header(label: str, text: str = "") -> Line:
    return Line(Kind.HEADER, label=label, text=text)


def _progress(sheet: Sheet) -> Line:
    return Line(Kind.PROGRESS, label=sheet.name, text=sheet.kind)


def _component(questionnaire: Questionnaire, component: Component, not_applicable: bool) -> Sheet:
    lines = [
        Line(Kind.TITLE, text=component.title),
        Line(
            Kind.ABOUT,
            text=layout.COMPONENT_ABOUT.format(
                number=component.number,
                components=len((questionnaire.whole or questionnaire).components),
                rule=questionnaire.rule,
            ),
        ),
        _header(layout.LEVEL_HEADER, layout.STATEMENT_HEADER),
    ]
    if component.intro:
        lines.append(Line(Kind.HELP, text=component.intro))
    if component.in_practice:
        lines.append(Line(Kind.HEADING, text=layout.IN_PRACTICE))
        lines += [Line(Kind.POINT, text=point) for point in component.in_practice]
    section = ""
    for question in component.questions:
        lines.append(Line(Kind.GAP))
        if question.section and question.section != section:
            lines.append(Line(Kind.SECTION, text=question.section))
        section = question.section or section
        lines += _question(questionnaire, question, not_applicable)
    lines += [Line(Kind.GAP), Line(Kind.REFERENCE)]
    return Sheet(component.id, component_sheet_name(component), tuple(lines))


def _question(questionnaire: Questionnaire, question: Question, not_applicable: bool) -> Iterator[Line]:
    """The lines of a question: its title, what helps to answer it, its levels, and room for notes."""
    yield Line(Kind.QUESTION, key=question.id, text=f"{question.number}. {question.title}", question=question.id)
    if question.help:
        yield Line(Kind.HELP, text=question.help, question=question.id)
    for level in question.levels:
        yield Line(
            Kind.LEVEL,
            key=level_key(question.id, level),
            label=questionnaire.level_name(level),
            text=question.statement(level),
            question=question.id,
            level=level,
        )
    if question.offers_not_applicable(not_applicable):
        yield Line(
            Kind.NOT_APPLICABLE,
            key=level_key(question.id, 0),
            label=layout.NOT_APPLICABLE_LABEL,
            text=layout.NOT_APPLICABLE,
            question=question.id,
        )
    yield Line(Kind.NOTE, key=note_key(question.id), label=layout.NOTE_LABEL, question=question.id)


def _priorities(questionnaire: Questionnaire, last: Sequence[Action]) -> Sheet:
    lines = [
        Line(Kind.TITLE, text=layout.PRIORITIES_TITLE),
        Line(Kind.ABOUT, text=layout.PRIORITIES_ABOUT),
    ]
    if last:
        lines.append(_header(*layout.LAST_PRIORITIES))
        for number, action in enumerate(last, 1):
            lines += [*_planned(number, action), _entry_of(number, "status"), Line(Kind.GAP)]
    for number in range(1, layout.PRIORITIES + 1):
        lines += [
            _header(layout.PRIORITY_HEADER.format(number=number), layout.PRIORITY_ANSWER),
            *(
                Line(Kind.ENTRY, key=priority_key(number, field), label=label)
                for field, label in layout.PRIORITY_FIELDS
            ),
            Line(Kind.GAP),
        ]
    lines += [
        _header(*layout.CHOICES),
        *(
            Line(Kind.CHOICE, label=question.id, text=f"{question.id} {question.short}")
            for question in questionnaire.questions
        ),
        Line(Kind.GAP),
        Line(Kind.REFERENCE),
    ]
    return Sheet(layout.PRIORITIES_SHEET, layout.PRIORITIES_NAME, tuple(lines))


def _planned(number: int, action: Action) -> Iterator[Line]:
    """What is known of an action, a line each; its keys tell whose the status below is."""
    for field in ("what", "question", "lead", "by"):
        if text := getattr(action, field):
            yield Line(Kind.PLANNED, key=action_key(number, field), label=_action_label(field), text=text)


def _action_label(field: str) -> str:
    return dict(layout.ACTION_FIELDS)[field]


def _entry_of(number: int, field: str) -> Line:
    return Line(Kind.ENTRY, key=action_key(number, field), label=_action_label(field))


# -- a correction form: the sheets of the form, with nothing on them but what is to be put right --------------------


def plan_correction(
    questionnaire: Questionnaire,
    seen: Mapping[str, str],
    *,
    not_applicable: bool = False,
    start: StartTexts = NO_TEXTS,
) -> tuple[Sheet, ...]:
    """Every sheet of a correction form, line by line: names, keys and columns are those of the form.

    Args:
        seen: for each question that is asked again, what was seen in the team's copy.
        not_applicable: give every question a row “Not applicable to us”.
        start: what the sheet Start says of the round.
    """
    lines = _by_question(questionnaire, not_applicable)
    again = [
        (component, [question.id for question in component.questions if question.id in seen])
        for component in questionnaire.components
    ]
    sheets = [_corrected(component, questions, seen, lines) for component, questions in again if questions]
    about = layout.CORRECTION_ABOUT.format(questions=plural(len(seen), "question"), sheets=plural(len(sheets), "sheet"))
    progress = [*map(_progress, sheets), Line(Kind.TOTAL, label=layout.TOTAL_LABEL)]
    title = layout.CORRECTION_TITLE.format(title=questionnaire.title)
    return (_start(title, about, start, [(layout.PROGRESS, progress)]), *sheets)


def _by_question(questionnaire: Questionnaire, not_applicable: bool) -> dict[str, list[Line]]:
    """The lines of each question as the form has them."""
    lines: dict[str, list[Line]] = {question.id: [] for question in questionnaire.questions}
    for component in questionnaire.components:
        for line in _component(questionnaire, component, not_applicable).lines:
            if line.question:
                lines[line.question].append(line)
    return lines


def _corrected(
    component: Component, questions: Sequence[str], seen: Mapping[str, str], lines_of: Mapping[str, Sequence[Line]]
) -> Sheet:
    lines = [
        Line(Kind.TITLE, text=component.title),
        Line(Kind.ABOUT, text=layout.TO_PUT_RIGHT.format(questions=plural(len(questions), "question"))),
        _header(layout.LEVEL_HEADER, layout.STATEMENT_HEADER),
    ]
    for question in questions:
        title, *rest = lines_of[question]
        lines += [Line(Kind.GAP), title]
        if seen[question]:
            lines.append(Line(Kind.SEEN, label=layout.SEEN, text=seen[question], question=question))
        lines += rest
    lines += [Line(Kind.GAP), Line(Kind.REFERENCE)]
    return Sheet(component.id, component_sheet_name(component), tuple(lines))


# -- the form on paper: the sheets of the form, with lines to write on and nothing live ------------------------------

_ON_PAPER = ("start.team", "start.group", "start.completed-by", "start.date")
_RULES = 2  # below the first line for notes


def plan_paper(
    questionnaire: Questionnaire, *, not_applicable: bool = False, start: StartTexts = NO_TEXTS
) -> tuple[Sheet, ...]:
    """Every sheet of a form to be printed, line by line: texts, keys and columns are those of the form.

    Args:
        not_applicable: give every question a row “Not applicable to us”.
        start: what the sheet Start says of the round.
    """
    _, *others = plan(questionnaire, not_applicable=not_applicable)
    fields = [(key, label) for key, label in layout.START_FIELDS if key in _ON_PAPER]
    about = _about(questionnaire)
    more = [(layout.ABOUT, _introduction(questionnaire))]
    return (_start(questionnaire.title, about, start, more, fields), *map(_with_rules, others))


def _with_rules(sheet: Sheet) -> Sheet:
    """A sheet with lines for notes; the list of questions is left out, as their numbers stand on the pages."""
    lines: list[Line] = []
    for line in sheet.lines:
        if line.kind is Kind.HEADER and line.label == layout.CHOICES[0]:
            return Sheet(sheet.kind, sheet.name, (*lines, sheet.lines[-1]))
        lines.append(line)
        if line.kind is Kind.NOTE:
            lines += [Line(Kind.RULE, question=line.question)] * _RULES
    return Sheet(sheet.kind, sheet.name, tuple(lines))


def whole_plans(questionnaire: Questionnaire) -> Iterator[tuple[Sheet, ...]]:
    """The plans of the forms that ask every question: on the screen and on paper, with “Not applicable” and without."""
    for not_applicable in (False, True):
        yield plan(questionnaire, not_applicable=not_applicable)
        yield plan_paper(questionnaire, not_applicable=not_applicable)


# -- an actions form: one sheet, which asks what has come of a team's actions ----------------------------------------

# Who it is from; the others of the form's fields are not asked.
_FROM = ("start.team", "start.team-id", "start.completed-by", "start.date")


def plan_actions(actions: Sequence[Action], *, start: StartTexts = NO_TEXTS) -> tuple[Sheet, ...]:
    """The sheet of an actions form, line by line: it asks no question, and is never counted as a return.

    Args:
        actions: what the team meant to do.
        start: what the sheet says of the round.
    """
    about = layout.ACTIONS_ABOUT.format(actions=plural(len(actions), "action"))
    fields = [(key, label) for key, label in layout.START_FIELDS if key in _FROM]
    lines = _opening(layout.ACTIONS_TITLE, about, start, fields)
    for number, action in enumerate(actions, 1):
        lines += [
            _header(layout.ACTION_HEADER.format(number=number), layout.ACTION_ANSWER),
            *_planned(number, action),
            _entry_of(number, "status"),
            _entry_of(number, "remark"),
            Line(Kind.GAP),
        ]
    return (Sheet(layout.ACTIONS_SHEET, layout.ACTIONS_NAME, (*lines, Line(Kind.REFERENCE))),)
