"""How this was done: what a closed round asked, who answered, by which rules, and what people decided."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from impact_xl.files.dates import show_date
from impact_xl.findings import Finding, Severity
from impact_xl.results.labels import STATE_LABELS, STATUS_LABELS
from impact_xl.results.sections import BOLD, SectionPage
from impact_xl.results.sheet_writer import WHOLE, PageSpec, ReportWriter, SheetSpec
from impact_xl.round import decisions
from impact_xl.round.answers import DecidedBy, State, Status
from impact_xl.round.closing import date_of
from impact_xl.round.collation import Collation
from impact_xl.round.overrides import in_words
from impact_xl.wording import first_few, plural
from impact_xl.xlsx.cell_values import Cell, cell_text

HOW_DONE = "How this was done"
_STEPS = ("Step", "How it was done")
_WIDTHS = (34.0, 66.0, 14.0)
_SCALE = 80  # percent, with which these fit A4 portrait, also in LibreOffice, whose columns are wider
_MOST_NAMED = 12  # teams or files that a line names
_NUMBER = {**WHOLE, "num_format": "#,##0"}
_LATER = ("form-after-close", "form-other-round", "form-set-aside", "team-withdrawn")  # beside what is an error


def write(report: ReportWriter) -> None:
    """Write the sheet. In a copy to share it names no team and repeats nothing that somebody typed."""
    sheet = report.write_title(
        HOW_DONE,
        HOW_DONE,
        "What was asked, who answered, by which rules the answers were put together, and what was left out.",
        empty="no date was noted, or that it is about no team" if report.live else "",
        landscape=False,
    )
    page = SectionPage(report, HOW_DONE, sheet, _WIDTHS)
    collation = report.collation
    page.section("What was asked, and when")
    page.table("Steps", _STEPS, [*_steps(collation, named=report.live)], BOLD)
    page.section("Who answered")
    page.table("Answering", ("Teams", "What that means", "How many"), [*_teams(collation)], _COUNTED)
    page.table("Counted", ("Answers", "What that means", "How many"), [*_answers(collation)], _COUNTED)
    sheet.set_h_pagebreaks([page.row])
    page.section("By which rules")
    page.table("Rules", ("Rule", "In words"), [*_rules(report)], BOLD)
    page.section("What people decided")
    if report.live:
        heads = ("Team", "What was decided, and why", "On")
        page.table("Decided", heads, [*_decided(collation)] or [_NOTHING], BOLD)
    else:
        page.table("Decided", ("What", "In words"), [("Decisions", _decided_in_all(collation))], BOLD)
    page.section("What was not counted")
    left_out = _left_out(collation)
    if report.live:
        rows = [(title, which, number) for title, which, number in left_out] or [("Nothing", "", 0)]
        page.table("LeftOut", ("What", "Which", "How many"), rows, _COUNTED)
    else:
        counts = [(title, f"{number:,}") for title, _, number in left_out] or [("Nothing", "0")]
        page.table("LeftOut", ("What", "How many"), counts, BOLD)
    sheet.set_print_scale(_SCALE)


_COUNTED: Sequence[dict[str, Any]] = ({"bold": True}, {}, _NUMBER)
_NOTHING: Sequence[Cell] = ("Nothing", "Every answer is as its team gave it.", "")


def _steps(collation: Collation, *, named: bool) -> Iterator[tuple[Cell, ...]]:
    questionnaire, round = collation.questionnaire, collation.round
    components = plural(len(questionnaire.components), "component")
    yield "Questionnaire", questionnaire.imprint
    yield "Questions", f"{plural(len(questionnaire.questions), 'question')} under {components}, each with a level."
    if round.about:
        yield "What answers are about", round.about
    teams = plural(len(collation.results), "team")
    how = "" if round.teams.teams else ", as no list says who was asked"
    groups = f" in {plural(len(collation.groups), 'group')}" if len(collation.groups) > 1 else ""
    yield "Teams asked", f"{teams}{groups}{how}."
    yield from _dates(collation)
    if named and round.contact:
        yield "Contact", round.contact


def _dates(collation: Collation) -> Iterator[tuple[Cell, ...]]:
    round = collation.round
    if round.deadline:
        own = sum(team.deadline not in (None, round.deadline) for team in round.teams.teams)
        more = f"; {plural(own, 'team')} had a date of {'its' if own == 1 else 'their'} own" if own else ""
        yield "Forms to be returned by", f"{show_date(round.deadline)}{more}."
    days = sorted(
        day for each in collation.files if each.used and each.judged and (day := date_of(each.judged.submission))
    )
    if days:
        yield "Forms that count are from", " to ".join(dict.fromkeys(show_date(day) for day in (days[0], days[-1])))
    if round.closed_on:
        yield "Round closed on", f"{show_date(round.closed_on)}. What came later was not counted."
    if collation.date:
        yield "Results dated", show_date(collation.date)


_MEANS = {
    Status.COMPLETE: "Every question is answered, or does not apply.",
    Status.PARTIAL: "Some questions are answered.",
    Status.UNUSABLE: "A copy came, and nothing in it counts.",
    Status.UNREADABLE: "Something came, and nothing of it could be read.",
    Status.WITHDRAWN: "The list says that the team does not take part, or is a part of another now.",
    Status.NONE: "Nothing came.",
}
_STATES = {
    State.ANSWERED: "Exactly one level is ticked. Every share is a share of these.",
    State.NOT_APPLICABLE: "The team says that the question does not apply to it. It enters no share.",
    State.BLANK: "No box is ticked.",
    State.MULTIPLE: "More than one box is ticked. Two ticks are never turned into one.",
    State.UNCLEAR: "A mark that could mean anything. It is not guessed.",
    State.MISSING: "The rows of the question are gone.",
}


def _teams(collation: Collation) -> Iterator[tuple[Cell, ...]]:
    yield "Teams", "Everybody on the list, and everybody who sent a form.", len(collation.results)
    for status, means in _MEANS.items():
        yield STATUS_LABELS[status], means, collation.statuses[status]


def _answers(collation: Collation) -> Iterator[tuple[Cell, ...]]:
    for state, means in _STATES.items():
        yield STATE_LABELS[state], means, collation.states[state]


def _rules(report: ReportWriter) -> Iterator[tuple[Cell, ...]]:
    yield (
        "One form for each team",
        (
            "Of several forms of one team the latest counts, by the date of its message, else by the date on which it "
            "was last saved. If no date decides, none counts until a person does."
        ),
    )
    yield "Nothing is guessed", "A blank, two ticks and an unclear mark do not count until the team fixes them."
    yield (
        "What counts first",
        (
            "What a person decided counts before a correction form, and a correction form before the form. The "
            "consolidated workbook keeps what the form said."
        ),
    )
    yield "Other rounds", "A form of another round, and a form that came after the closing date, do not count."
    yield (
        "Typical level",
        "Half the teams are at or below it (the median). There is no average and no ranking of teams.",
    )
    yield "Target", f"{report.target_name}: a level chosen for this report, not an NHS England target."
    yield (
        "Small numbers",
        (
            "Figures from too few teams are hidden in what leaves the coordinator: the board copy and the teams' own "
            "packs."
        ),
    )


def _decided(collation: Collation) -> Iterator[tuple[Cell, ...]]:
    """What people decided, a row each: by decisions, then by levels typed into Answers."""
    questionnaire = collation.questionnaire
    for each in collation.decisions.answers:
        what = f"{each.question} is {decisions.level_in_words(each, questionnaire)}"
        yield each.team, _with_reason(what, each.reason, each.who), each.date or ""
    for copy in collation.decisions.copies:
        yield copy.team, _with_reason(f"{copy.file} is the copy that counts", copy.reason, copy.who), copy.date or ""
    for team, what in _by_hand(collation):
        yield team, _with_reason(what, "typed into the sheet Answers", ""), ""


def _with_reason(what: str, *why: str) -> str:
    reasons = "; ".join(filter(None, why))
    return f"{what} ({reasons})" if reasons else what


def _by_hand(collation: Collation) -> Iterator[tuple[str, str]]:
    """The answers that somebody typed into the workbook: the team, and what was typed."""
    questionnaire = collation.questionnaire
    for result in collation.results:
        for answer in result.answers.values():
            if answer.decided_by is DecidedBy.WORKBOOK:
                read = questionnaire.level_name(answer.level_read) or STATE_LABELS[answer.state_read or answer.state]
                yield result.team.name, f"{answer.question} is {in_words(answer, questionnaire)}, and was “{read}”"


def _decided_in_all(collation: Collation) -> str:
    by_hand = sum(1 for _ in _by_hand(collation))
    answers, files = len(collation.decisions.answers) + by_hand, len(collation.decisions.copies)
    if not answers and not files:
        return "Every answer is as its team gave it."
    parts = (plural(answers, "answer"), plural(files, "file"))
    counted = " and ".join(part for part, number in zip(parts, (answers, files), strict=True) if number)
    return f"People decided about {counted}. The coordinator has each with its reason."


def _left_out(collation: Collation) -> list[tuple[str, str, int]]:
    """What was not counted: each kind with the teams or files, and how often."""
    kinds: defaultdict[str, list[Finding]] = defaultdict(list)
    for each in collation.to_fix:
        if each.severity is Severity.ERROR or each.rule.id in _LATER:
            kinds[each.rule.title].append(each)
    return [(title, _which(found), len(found)) for title, found in kinds.items()]


def _which(findings: Sequence[Finding]) -> str:
    names = dict.fromkeys(cell_text(each.team or each.where.file) for each in findings)
    return first_few([name for name in names if name], _MOST_NAMED, more=" and {} more")


def _is_closed(collation: Collation) -> bool:
    return collation.round.closed_on is not None


SHEET = SheetSpec(
    HOW_DONE,
    "When the round is closed: what was asked, who answered, the rules, what people decided, what was left out.",
    write,
    headers=_STEPS,
    body=PageSpec(),
    when=_is_closed,
)
