"""Which message each team gets: a reminder where it is outstanding, a request where it has something to put right.

One message a team, never two. What a message says is rendered from the same findings as the workbook's sheet To fix,
in words for the team instead of the coordinator.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from impact_xl.files.dates import show_date
from impact_xl.findings import BY_ID, OWNER_BY, Finding, Severity
from impact_xl.form.layout import FORM as FORM_KIND
from impact_xl.form.personalise import FormPersonaliser
from impact_xl.form.workbook import Form
from impact_xl.mail import drafts
from impact_xl.mail.drafts import Attachment, Draft, FileNames, MessageTemplate
from impact_xl.mail.invitations import FORM, LastRound, for_team, personal_form
from impact_xl.mail.tracking import Tracking, TrackingRow
from impact_xl.questionnaire import Questionnaire
from impact_xl.roster import Round, Team
from impact_xl.round.answers import State, Status
from impact_xl.round.collation import Collation
from impact_xl.round.record import TeamResult


class Kind(StrEnum):
    """What a message asks for."""

    REMINDER = "reminder"  # the form, which has not come
    AGAIN = "again"  # the form once more, as what came is of no use
    CORRECTION = "correction"  # some questions, on a correction form
    QUESTION = "question"  # a reply alone


# The sentence to a team for each kind of finding that means something is not counted. The finding's facts fill it in;
# `file` is the file's own name.
OF_QUESTIONS: Mapping[str, str] = {
    "answer-blank": "no box is ticked{seen}. {ask}?",
    "answer-multiple": "you ticked {what}. Which one do you mean?",
    "answer-unclear": "{what}. Which level do you mean?",
    "form-rows-missing": "{what}. Which level do you choose?",
    "form-sheet-missing": "its sheet was not in your copy. Which level do you choose?",
}
OF_FILES: Mapping[str, str] = {
    "file-damaged": "{file} arrived damaged, so nothing in it could be read. Please open your own copy, save it and "
    "send it again.",
    "file-password": "{file} is protected with a password, so it could not be read. Please save it without one and "
    "send it again.",
    "file-label": "{file} is encrypted by a sensitivity label of your organisation, so it could not be read. Please "
    "choose a label that does not encrypt, save it and send it again.",
    "file-format": "{file} is {what}. Please save it as an Excel workbook (.xlsx) and send it again.",
    "file-unsafe": "{file} was not read, because {what}. Please fill in a fresh copy of the form.",
    "file-too-big": "{file} was not read, because {what}. Please send it without pictures or other added content.",
    "file-not-workbook": "{file} is {what}, not an Excel workbook. Please fill in the workbook itself and send that.",
    "mail-link": "your message held a link instead of the form, and links are never followed. Please attach the "
    "workbook itself.",
    "form-unknown": "{file} holds no self-assessment form. Please send the form that you filled in.",
    "form-other-questionnaire": "{file} is the form of another questionnaire, “{theirs}”. Please fill in the one for "
    "this round.",
    "form-other-round": "{file} is the form of another round, “{theirs}”. Please fill in the form for this round.",
    "form-untouched": "{file} came back as it was sent out: nothing is filled in. The copy that you filled in was "
    "probably saved somewhere else (look in Downloads). Please send that one.",
    "form-no-ticks": "no box is ticked in {file}, but {what}. Is that your answer? Tell us, or tick one box for each "
    "question.",
    "team-merged": "your team and {others} are one team now, and a form came from each of you, so none of them is "
    "counted. Please fill in one form together.",
    "form-correction-alone": "your correction came ({file}), but not the form that it corrects. Please send that, too.",
}
OF_COPIES: Mapping[str, str] = {
    "team-missing": "{file} does not say which team it is from. Is it yours?",
    "team-conflict": "{file} names one team by its id and another by its name. Which team filled it in?",
    "team-group-missing": "{file} names “{name}”, and several teams have that name. Which of them filled it in?",
    "team-mixed": "{file} holds Start sheets of {what}, and it cannot be told whose the other sheets are. Please send "
    "the workbook of your own team.",
    "team-contested": "{count} copies came under the name of your team, were completed by different people, and differ "
    "in {what}. Which of them is yours?",
    "team-undecided": "{count} copies of your form differ in {what}, and no date tells which is the latest. Which one "
    "counts?",
}
_OTHER_ROUND = "form-other-round"  # asks for nothing where the team's form of this round came
# Nobody but the coordinator can do anything about these: the file lies on a disk that does not give it, say.
OF_THE_COORDINATOR = frozenset({"file-unreadable"})
_OF_STATES: Mapping[State, str] = {
    State.BLANK: "no box is ticked. Which level do you choose?",
    State.MULTIPLE: "more than one box is ticked. Which one do you mean?",
    State.UNCLEAR: "what stands in its boxes could not be read for certain. Which level do you mean?",
    State.MISSING: "it is not in your copy. Which level do you choose?",
}
_NOTHING_COUNTS = "nothing in the copy that came could be counted."
_LOOK_YOURSELF = "something came that only you can look at"


@dataclass(frozen=True)
class Request:
    """One message to one team: what it asks for, and why."""

    team: Team
    kind: Kind
    points: tuple[str, ...] = ()  # what was seen, a sentence or two each
    questions: tuple[tuple[str, str], ...] = ()  # the questions asked again, each with what was seen


@dataclass(frozen=True)
class Plan:
    """The messages to be made, and the teams that get none, with the reason."""

    requests: tuple[Request, ...] = ()
    left_out: tuple[tuple[Team, str], ...] = ()
    unclear: tuple[tuple[Team, str, str], ...] = ()  # a column of the tracking file, and what is in it

    def of(self, kind: Kind) -> tuple[Request, ...]:
        """The requests of one kind."""
        return tuple(request for request in self.requests if request.kind is kind)


def make_plan(collation: Collation, tracking: Tracking | None = None, *, on: date) -> Plan:
    """Which message each team gets on a day.

    Args:
        collation: the round as it stands.
        tracking: what people noted; a team that declined, was received elsewhere, or has an extension on that day is
            left out.
        on: the day.
    """
    errors = _errors_by_team(collation)
    requests, left_out, unclear = [], [], []
    for result in collation.results:
        if result.status is Status.WITHDRAWN:
            left_out.append((result.team, "not taking part"))
            continue
        request = _request(result, errors[result.team.id], collation.questionnaire)
        if request is None:
            continue
        row = tracking.of(result.team) if tracking else TrackingRow({})
        column, text = row.unclear
        if column:
            unclear.append((result.team, column, text))
        if why := _why_not(row, request, on):
            left_out.append((result.team, why))
        else:
            requests.append(request)
    return Plan(tuple(requests), tuple(left_out), tuple(unclear))


def _why_not(row: TrackingRow, request: Request, on: date) -> str:
    if why := row.why_not:
        return why
    if row.is_extended(on):
        return f"extension until {show_date(row.extension)}" if row.extension else "extension without a clear date"
    return _LOOK_YOURSELF if request.kind is Kind.QUESTION and not request.points else ""


def _request(result: TeamResult, errors: Sequence[Finding], questionnaire: Questionnaire) -> Request | None:
    """The message that a team is to get; None where there is nothing to ask for."""
    if result.status is Status.COMPLETE and not errors:
        return None
    if result.status is Status.NONE and not errors:
        return Request(result.team, Kind.REMINDER)
    rules = {finding.rule.id for finding in errors}
    if result.used and "form-correction-alone" not in rules:
        questions = tuple(_questions(result, errors, questionnaire))
        named = tuple(f"{_label(question, questionnaire)}: {seen}" for question, seen in questions)
        points = (*_points(errors), *named)
        return Request(result.team, Kind.CORRECTION if questions else Kind.QUESTION, points, questions)
    points = tuple(_points(errors))
    if rules <= {*OF_COPIES, *OF_THE_COORDINATOR} and rules:
        return Request(result.team, Kind.QUESTION, points)
    return Request(result.team, Kind.AGAIN, points or (_NOTHING_COUNTS,))


def _questions(
    result: TeamResult, errors: Sequence[Finding], questionnaire: Questionnaire
) -> Iterator[tuple[str, str]]:
    """The questions to ask again, each with what was seen."""
    findings = {each.question: each for each in reversed(errors) if each.question and each.rule.id in OF_QUESTIONS}
    sheets = {each.facts["component"] for each in errors if each.rule.id == "form-sheet-missing"}
    for question, answer in result.answers.items():
        if finding := findings.get(question):
            yield question, OF_QUESTIONS[finding.rule.id].format_map(_facts(finding))
        elif not answer.state.counts:
            title = f"“{questionnaire.component_by_id[answer.component].title}”"
            yield question, OF_QUESTIONS["form-sheet-missing"] if title in sheets else _OF_STATES[answer.state]


def _label(question: str, questionnaire: Questionnaire) -> str:
    each = questionnaire.by_id[question]
    return f"Question {each.number}, {each.short}"


def _points(errors: Iterable[Finding]) -> Iterator[str]:
    """What was seen of a team's files and copies."""
    for finding in errors:
        if sentence := OF_FILES.get(finding.rule.id) or OF_COPIES.get(finding.rule.id):
            point = sentence.format_map(_facts(finding))
            supposed = "" if finding.facts.get(OWNER_BY, BY_ID) == BY_ID else "This seems to come from you: "
            yield supposed + (point if supposed else _capitalise(point))


def _facts(finding: Finding) -> Mapping[str, str]:
    return {**finding.facts, "file": f"“{_file_name(finding.where.file)}”"}


def _file_name(file: str) -> str:
    """A file's own name, without the containers and folders it came in."""
    return file.rpartition("!/")[2].rpartition("/")[2]


def _capitalise(text: str) -> str:
    return text[:1].upper() + text[1:]


def _errors_by_team(collation: Collation) -> Mapping[str, list[Finding]]:
    """The findings of severity error that each team is asked about, by its id.

    Whoever has sent a form that counts is not asked about another file that nobody could read.
    """
    counts = {result.team.id for result in collation.results if result.status.returned}
    findings: defaultdict[str, list[Finding]] = defaultdict(list)
    for finding in collation.to_fix:
        settled = finding.team_id in counts and (OWNER_BY in finding.facts or finding.rule.id == _OTHER_ROUND)
        if finding.severity is Severity.ERROR and finding.team_id and not settled:
            findings[finding.team_id].append(finding)
    return findings


# -- the messages -------------------------------------------------------------------------------------


def make_drafts(
    plan: Plan,
    collation: Collation,
    *,
    on: date,
    tickbox: str = "native",
    last: LastRound | None = None,
    reminder: MessageTemplate | None = None,
    request: MessageTemplate | None = None,
) -> Iterator[Draft]:
    """The messages of a plan, each with its form; one form is in memory at a time.

    Args:
        plan: which message each team gets.
        collation: the round that the plan was made from.
        on: the day, which decides what is said of the deadline.
        tickbox: how the boxes of the forms are ticked.
        last: the answers of the last round, shown on the forms as when these were sent out.
        reminder, request: the template of the reminders, and of all other messages; ours unless given.

    Raises:
        ImpactError: a template has a field that is not known.
    """
    questionnaire = collation.questionnaire
    round = replace(collation.round, not_applicable=_offers_not_applicable(collation))
    reminder = reminder or drafts.load_template("reminder")
    request = request or drafts.load_template("correction")
    names, personaliser = FileNames(), FormPersonaliser()
    for each in plan.requests:
        template = reminder if each.kind is Kind.REMINDER else request
        personal = _form(each, questionnaire, round, tickbox, last)
        what = "Correction" if each.questions else FORM
        attachment = Attachment(names.of(what, each.team), personaliser.build(personal)) if personal else None
        file = attachment.name if attachment else ""
        subject, text = drafts.render(template, _fields(each, questionnaire, round, on, file))
        yield Draft(each.team, subject, text, (attachment,) if attachment else (), round.contact, each.kind.value)


def _offers_not_applicable(collation: Collation) -> bool:
    """Whether the round's forms have a row “Not applicable to us”: the round says so, or a copy that came has one."""
    return collation.round.not_applicable or any(
        mark.level == 0
        for each in collation.files
        if each.judged and each.judged.submission.reference.kind == FORM_KIND
        for marks in each.judged.submission.questions.values()
        for mark in marks.marks
    )


def check_template(template: MessageTemplate, round: Round) -> None:
    """Find out before the work whether a template can be filled in, and teams can write to the contact.

    Raises:
        ImpactError: it has a field that is not known, or one that this round has no value for; or it is no address.
    """
    drafts.check_template(template, _fields(Request(Team("id", "name"), Kind.REMINDER), None, round, date.min, ""))
    drafts.check_contact(round.contact)


def _form(
    request: Request, questionnaire: Questionnaire, round: Round, tickbox: str, last: LastRound | None
) -> Form | None:
    """The team's form once more, or its correction form; nothing where a reply is enough."""
    if request.kind is Kind.QUESTION:
        return None
    if not request.questions:
        return personal_form(request.team, questionnaire, round, tickbox, last)
    corrects = {question: _capitalise(seen) for question, seen in request.questions}
    return replace(personal_form(request.team, questionnaire, round, tickbox), corrects=corrects)


def _fields(
    request: Request, questionnaire: Questionnaire | None, round: Round, on: date, file: str
) -> Mapping[str, str]:
    """The fields that the templates may name, with their values for a team."""
    team, due = request.team, for_team(round, request.team).deadline
    return {
        "team": team.name,
        "group": team.group_name,
        "name": team.contact or "colleagues",
        "title": round.title or (questionnaire.title if questionnaire else ""),
        "deadline": show_date(due) if due else "",
        "contact": round.contact,
        "when": _when(due, on, request.kind),
        "opening": _OPENINGS[request.kind],
        "to_fix": "\n".join(f"- {point}" for point in request.points),
        "please": _PLEASE[request.kind].format(file=f"“{file}”", where=drafts.where_to(round.contact)),
        "where": drafts.where_to(round.contact),
        "closing": drafts.closing(round),
    }


_OPENINGS: Mapping[Kind, str] = {
    Kind.REMINDER: "",
    Kind.AGAIN: "Thank you for your reply. Unfortunately we could not use what came:",
    Kind.CORRECTION: "Thank you for your self-assessment. We could not tell everything in it for certain, and we would "
    "rather ask than guess:",
    Kind.QUESTION: "Thank you for your reply. Before we can count your answers we have to ask you something:",
}
_PLEASE: Mapping[Kind, str] = {
    Kind.REMINDER: "",
    Kind.AGAIN: "The form is attached once more, in case you need it ({file}). Choose Enable Editing if Excel asks, "
    "fill it in, save it and send it back {where}.",
    Kind.CORRECTION: "The attached workbook ({file}) asks for just that. Choose Enable Editing if Excel asks, tick one "
    "box for each question, save it and send it back {where}. All your other answers stand as you sent them.",
    Kind.QUESTION: "A reply to this e-mail is enough.",
}


def _when(deadline: date | None, on: date, kind: Kind) -> str:
    """When it is wanted. A deadline that is over is named only where the form itself was due on it."""
    if deadline and on <= deadline:
        return f"Please send it back by {show_date(deadline)}." if kind is not Kind.QUESTION else ""
    late = f"It was due on {show_date(deadline)}. " if deadline and kind is Kind.REMINDER else ""
    return f"{late}Please send it back as soon as you can." if kind is not Kind.QUESTION else ""
