"""Which message each team gets: a reminder where it is outstanding, a request where it has something to put right.

One message a team, never two. What a message says is rendered from the same findings as the workbook's sheet To fix,
in words for the team instead of the coordinator.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from impact_xl.files.dates import show_date
from impact_xl.findings import BY_NAME, CORRECTIONS, OWNER_BY, Finding, Severity
from impact_xl.form.layout import FORM as FORM_KIND
from impact_xl.form.personalise import FormPersonaliser
from impact_xl.form.workbook import Form
from impact_xl.mail import drafts, letters, replies
from impact_xl.mail.drafts import Attachment, Draft, FileNames, MessageTemplate
from impact_xl.mail.invitations import FORM, LastRound, for_team, personal_form
from impact_xl.mail.letter_facts import Ask, Counted, Doubt, Due, Facts, Fresh, Sender, Sent, due_on
from impact_xl.mail.letters import Letter
from impact_xl.mail.outboxes import History
from impact_xl.mail.tracking import Tracking, TrackingRow
from impact_xl.questionnaire import Questionnaire
from impact_xl.roster import Round, Team, addresses
from impact_xl.round.answers import State, Status
from impact_xl.round.collation import Collation
from impact_xl.round.record import TeamResult
from impact_xl.wording import join_and


class Kind(StrEnum):
    """What a message asks for."""

    REMINDER = "reminder"  # the form, which has not come
    AGAIN = "again"  # the form once more, as what came is of no use
    CORRECTION = "correction"  # some questions, on a correction form
    QUESTION = "question"  # a reply alone


# The sentence to a team for each kind of finding that means something is not counted. The finding's facts fill it in;
# `file` is the file's own name.
_BLANK = "no box is ticked. Which level do you choose?"
OF_QUESTIONS: Mapping[str, str] = {
    "answer-blank": "no box is ticked{seen}. {ask}?",
    "answer-multiple": "you ticked {what}. Which one do you mean?",
    "answer-unclear": "{what}. Which level do you mean?",
    "form-rows-missing": "{what}. Which level do you choose?",
    "form-sheet-missing": "its sheet was not in your copy. Which level do you choose?",
}
OF_FILES: Mapping[str, str] = {
    "file-damaged": "{file} arrived damaged, and we cannot read it. Please open your own copy, save it and send it "
    "again.",
    "file-password": "{file} asks for a password, and we cannot read it. Please save it without one and send it again.",
    "file-label": "A sensitivity label encrypts {file}, and we cannot read it. Please choose a label that does not "
    "encrypt, save it and send it again.",
    "file-format": "{file} is {what}. Please save it as an Excel workbook (.xlsx) and send it again.",
    "file-unsafe": "We did not open {file}, because {what}. Please fill in a fresh copy of the form.",
    "file-too-big": "We did not open {file}, because {what}. Please send it without pictures or other added content.",
    "file-not-workbook": "{file} is {what}, so we cannot read the ticks. Please send the Excel form. Filled in on "
    "paper? Tell us, and we will find a way.",
    "mail-link": "Your message held a link and not the form. Please attach the workbook itself.",
    "file-shortcut": "{file} is a shortcut and not the form. Please attach the workbook itself.",
    "form-unknown": "{file} holds no self-assessment form. Please send the form that you filled in.",
    "form-other-questionnaire": "{file} is the form of another questionnaire, “{theirs}”. Please fill in the one for "
    "this round.",
    "form-other-round": "{file} is the form of another round, “{theirs}”. Please fill in the form for this round.",
    "form-after-close": "{file} came after the answers were put together, so it is not in the results.",
    "form-untouched": "We found no ticks in {file}. Please look for the copy that you filled in (in Downloads, say), "
    "and send that one.",
    "form-no-ticks": "In {file}: {what}.",
    "team-merged": "Your team and {others} are one team now, and each of you sent a form. Please fill in one form "
    "together.",
    "form-correction-alone": "Your correction came ({file}), but not the form that it corrects. Please send that, too.",
}
OF_COPIES: Mapping[str, str] = {
    "team-missing": "{file} does not say which team it is from. Is it yours?",
    "team-conflict": "{file} names one team by its id and another by its name. Which team filled it in?",
    "team-group-missing": "{file} names “{name}”, and several teams have that name. Which of them filled it in?",
    "team-mixed": "{file} holds Start sheets of {what}. We cannot tell whose the other sheets are. Please send the "
    "workbook of your own team.",
    "team-contested": "{count} forms came in for your team, filled in by different people. They differ in {what}. "
    "Which one should count?",
    "team-undecided": "{count} copies of your form came in, and they differ in {differ}. Which one should count?",
}
_OTHER_ROUND = "form-other-round"  # asks for nothing where the team's form of this round came
_ANOTHER_WAY = "form-no-ticks"  # what was seen of each question stands on the correction form
# Nobody but the coordinator can do anything about these: the file lies on a disk that does not give it, say.
OF_THE_COORDINATOR = frozenset({"file-unreadable", "mail-answers", "mail-not-saved", "mail-filtered", "survey-column"})
# The team needs a blank form for these. For all others it has its own copy, and a second one would be filled in twice.
_NEED_A_FORM = frozenset({"file-unsafe", "form-other-questionnaire", _OTHER_ROUND, "team-merged"})
OF_STATES: Mapping[State, str] = {
    State.BLANK: _BLANK,
    State.MULTIPLE: "more than one box is ticked. Which one do you mean?",
    State.UNCLEAR: "we are not sure what is in its boxes. Which level do you mean?",
    State.MISSING: "it is not in your copy. Which level do you choose?",
}
# The same of several questions.
_OF_SEVERAL: Mapping[str, str] = {
    _BLANK: "no box is ticked. Which levels do you choose?",
    OF_QUESTIONS["form-sheet-missing"]: "their sheet was not in your copy. Which levels do you choose?",
    OF_STATES[State.MULTIPLE]: "more than one box is ticked. Which ones do you mean?",
    OF_STATES[State.UNCLEAR]: "we are not sure what is in their boxes. Which levels do you mean?",
    OF_STATES[State.MISSING]: "they are not in your copy. Which levels do you choose?",
}
_NOTHING_COUNTS = "We found nothing in your copy that we can count."
_LOOK_YOURSELF = "something came that only you can look at"
OPEN_FIRST = "open what came first, a link, a locked file or an archive (--ask-senders writes to the team)"
_MAY_BE_ITS = "a form came that may be its own (see To fix)"
_DEAD = "a message to its address came back: correct the address (or move the notice out of the returns)"
_MOST_POINTS, _MOST_WORDS = 5, 48
_UNFINISHED = 3  # a form of which a third or more is blank is not finished: that is no list of questions


@dataclass(frozen=True)
class Request:
    """One message to one team: what it asks for, and why."""

    team: Team
    kind: Kind
    letter: Letter = letters.REMINDER
    points: tuple[str, ...] = ()  # what was seen, a sentence or two each
    questions: tuple[tuple[str, str], ...] = ()  # the questions asked again, each with what was seen
    facts: Facts = Facts()  # those that the round gives; the day and what was sent come later
    answered: int = 0  # how many of its answers count
    extended_to: date | None = None  # what the tracking file gives it beyond its deadline


@dataclass(frozen=True)
class Plan:
    """The messages to be made, and the teams that get none, with the reason."""

    requests: tuple[Request, ...] = ()
    left_out: tuple[tuple[Team, str], ...] = ()
    unclear: tuple[tuple[Team, str, str], ...] = ()  # a column of the tracking file, and what is in it
    wrote: tuple[Team, ...] = ()  # of those that get one, the teams that wrote a message without a form

    def of(self, kind: Kind) -> tuple[Request, ...]:
        """The requests of one kind."""
        return tuple(request for request in self.requests if request.kind is kind)


def make_plan(collation: Collation, tracking: Tracking | None = None, *, on: date, ask_senders: bool = False) -> Plan:
    """Which message each team gets on a day.

    Args:
        collation: the round as it stands.
        tracking: what people noted; a team that declined, was received elsewhere, or has an extension on that day is
            left out.
        on: the day.
        ask_senders: whether senders of links, shortcuts, archives and files with a label are asked, too.
    """
    errors = _errors_by_team(collation)
    possible, dead = replies.possible_owners(collation), replies.dead_addresses(collation)
    requests, left_out, unclear = [], [], []
    for result in collation.results:
        if result.status is Status.WITHDRAWN:
            left_out.append((result.team, "not taking part"))
            continue
        of_team = errors[result.team.id]
        first = not ask_senders and any(map(replies.is_for_coordinator, of_team))
        request = _request(result, of_team, collation.questionnaire)
        if request is None:
            continue
        row = tracking.of(result.team) if tracking else TrackingRow({})
        column, text = row.unclear
        if column:
            unclear.append((result.team, column, text))
        if why := _why_not(row, request, on) or _why_not_yet(request, first=first, possible=possible, dead=dead):
            left_out.append((result.team, why))
        else:
            requests.append(replace(request, extended_to=row.extension))
    wrote = replies.teams_that_wrote(collation)
    return Plan(
        tuple(requests),
        tuple(left_out),
        tuple(unclear),
        tuple(each.team for each in requests if each.team.id in wrote),
    )


def _why_not(row: TrackingRow, request: Request, on: date) -> str:
    if why := row.why_not:
        return why
    if row.is_extended(on):
        return f"extension until {show_date(row.extension)}" if row.extension else "extension without a clear date"
    return _LOOK_YOURSELF if request.kind is Kind.QUESTION and not request.points else ""


def _why_not_yet(request: Request, *, first: bool, possible: Collection[str], dead: Collection[str]) -> str:
    """Why a message is left out until the coordinator has done something; empty where it is not."""
    if first:
        return OPEN_FIRST
    if request.kind is Kind.REMINDER and request.team.id in possible:
        return _MAY_BE_ITS
    own = {address.casefold() for address in addresses(request.team.email)}
    return _DEAD if own and own <= set(dead) else ""


def _request(result: TeamResult, errors: Sequence[Finding], questionnaire: Questionnaire) -> Request | None:
    """The message that a team is to get; None where there is nothing to ask for."""
    if not errors and result.status in (Status.COMPLETE, Status.NONE):
        return Request(result.team, Kind.REMINDER) if result.status is Status.NONE else None
    rules = {finding.rule.id for finding in errors}
    if result.used and "form-correction-alone" not in rules:
        return _about_questions(result, errors, questionnaire)
    return _about_files(result.team, errors, rules)


def _about_files(team: Team, errors: Sequence[Finding], rules: Collection[str]) -> Request:
    """The message to a team of which something came, and nothing in it counts."""
    guessed = bool(errors) and all(map(_is_guessed, errors))
    facts = Facts(
        sender=Sender.GUESSED if guessed else Sender.KNOWN,
        fresh=Fresh.ATTACHED if _NEED_A_FORM.intersection(rules) else Fresh.NONE,
    )
    points = _cut(tuple(_points(errors, guessed=guessed)), "We will name the others in our reply.")
    if rules and OF_COPIES.keys() | OF_THE_COORDINATOR >= set(rules):
        return Request(team, Kind.QUESTION, letters.REPLY, points, facts=facts)
    letter = letters.NO_TICKS if rules == {"form-untouched"} else letters.FILES
    return Request(team, Kind.AGAIN, letter, points or (_NOTHING_COUNTS,), facts=facts)


def _about_questions(result: TeamResult, errors: Sequence[Finding], questionnaire: Questionnaire) -> Request:
    """The message to a team whose form counts, in which something is open."""
    questions = tuple(_questions(result, errors, questionnaire))
    points = tuple(_points(errors, guessed=False))
    if not questions:
        return Request(result.team, Kind.QUESTION, letters.REPLY, points)
    letter = _letter_about(questions, errors, len(questionnaire.questions))
    if letter is not letters.ANOTHER_WAY:
        named = _points_of_questions(questions, questionnaire, unfinished=letter is letters.UNFINISHED)
        points = _cut((*points, *named), "The short form asks about the others, too.")
    facts = _facts_of_questions(questions, result.answered, len(questionnaire.questions))
    return Request(result.team, Kind.CORRECTION, letter, points, questions, facts, result.answered)


def _letter_about(questions: Sequence[tuple[str, str]], errors: Iterable[Finding], number: int) -> Letter:
    """Which letter asks about some questions of a form, of so many in all."""
    if any(finding.rule.id == _ANOTHER_WAY for finding in errors):
        return letters.ANOTHER_WAY
    blank = sum(seen == _BLANK for _, seen in questions)
    return letters.UNFINISHED if blank * _UNFINISHED >= number else letters.QUESTIONS


def _facts_of_questions(questions: Sequence[tuple[str, str]], answered: int, number: int) -> Facts:
    """What chooses the sentences of a letter about some questions, where so many of all are answered."""
    blank = {seen == _BLANK for _, seen in questions}
    return Facts(
        ask=Ask.ONE if len(questions) == 1 else Ask.SEVERAL,
        doubt=Doubt.BOTH if len(blank) > 1 else Doubt.BLANK if True in blank else Doubt.MARKS,
        counted=Counted.ALL if answered == number else Counted.SOME if answered else Counted.NONE,
    )


def _points_of_questions(
    questions: Iterable[tuple[str, str]], questionnaire: Questionnaire, *, unfinished: bool
) -> Iterator[str]:
    """What was seen of the questions, a point for all of which the same was seen."""
    alike: defaultdict[str, list[str]] = defaultdict(list)
    for question, seen in questions:
        alike[seen].append(question)
    for seen, same in alike.items():
        label = _label(same, questionnaire)
        if unfinished and seen == _BLANK:
            yield f"Still open: {label[:1].casefold()}{label[1:]}."
        else:
            yield f"{label}: {seen if len(same) == 1 else _OF_SEVERAL.get(seen, seen)}"


def _cut(points: Sequence[str], more: str) -> tuple[str, ...]:
    """As many points as a letter of 120 words has room for, and one at least: a longer list is not read."""
    for number in range(len(points), 1, -1):
        kept = (*points[:number], *([more] if number < len(points) else ()))
        if len(kept) <= _MOST_POINTS and len(" ".join(kept).split()) <= _MOST_WORDS:
            return kept
    return (*points[:1], *([more] if len(points) > 1 else ()))


def _questions(
    result: TeamResult, errors: Sequence[Finding], questionnaire: Questionnaire
) -> Iterator[tuple[str, str]]:
    """The questions to ask again, each with what was seen."""
    findings = {each.question: each for each in reversed(errors) if each.question and each.rule.id in OF_QUESTIONS}
    sheets = {each.facts["component"] for each in errors if each.rule.id == "form-sheet-missing"}
    clashing = {key: text for each in errors if CORRECTIONS in each.facts for key, text in each.facts.items()}
    for question, answer in result.answers.items():
        if question in clashing:
            yield question, f"the short forms that came say {clashing[question]}. Which one do you mean?"
        elif finding := findings.get(question):
            yield question, OF_QUESTIONS[finding.rule.id].format_map(_facts(finding))
        elif not answer.state.counts:
            title = f"“{questionnaire.component_by_id[answer.component].title}”"
            yield question, OF_QUESTIONS["form-sheet-missing"] if title in sheets else OF_STATES[answer.state]


def _label(questions: Sequence[str], questionnaire: Questionnaire) -> str:
    """Questions as a team knows them: one by its number and short title, several by their numbers.

    >>> from impact_xl.questionnaire import load
    >>> _label(["Q01", "Q02", "Q03", "Q07"], load())
    'Questions 1 to 3 and 7'
    """
    first = questionnaire.by_id[questions[0]]
    if len(questions) == 1:
        return f"Question {first.number}, {first.short}"
    runs: list[list[int]] = []
    for number in sorted(questionnaire.by_id[question].number for question in questions):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    parts = [part for run in runs for part in ([f"{run[0]} to {run[-1]}"] if len(run) > 2 else map(str, run))]
    return f"Questions {join_and(parts)}"


def _points(errors: Iterable[Finding], *, guessed: bool) -> Iterator[str]:
    """What was seen of a team's files and copies, each once; `guessed` where the letter says that it may be another's.

    In a letter that thanks the team, what was told from a file's name alone is said to be so.
    """
    seen: set[str] = set()
    for finding in errors:
        if CORRECTIONS in finding.facts:  # asked question by question
            continue
        if sentence := OF_FILES.get(finding.rule.id) or OF_COPIES.get(finding.rule.id):
            perhaps = "If this is yours: " if _is_guessed(finding) and not guessed else ""
            point = perhaps + _capitalise(sentence.format_map(_facts(finding)))
            if point not in seen:
                seen.add(point)
                yield point


def _is_guessed(finding: Finding) -> bool:
    return finding.facts.get(OWNER_BY) == BY_NAME


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
    history: History = History(),
    tickbox: str = "native",
    last: LastRound | None = None,
    reminder: MessageTemplate = MessageTemplate(),
    request: MessageTemplate = MessageTemplate(),
) -> Iterator[Draft]:
    """The messages of a plan, each with its form; one form is in memory at a time.

    Args:
        plan: which message each team gets.
        collation: the round that the plan was made from.
        on: the day, which decides what is said of the deadline.
        history: what was sent in the round, which decides whether a form goes out “once more”.
        tickbox: how the boxes of the forms are ticked.
        last: the answers of the last round, shown on the forms as when these were sent out.
        reminder, request: a person's own text of the reminders, and of all other messages.

    Raises:
        ImpactError: a text of a person's own has a field that is not known.
    """
    questionnaire = collation.questionnaire
    round = replace(collation.round, not_applicable=_offers_not_applicable(collation))
    names, personaliser = FileNames(result.team for result in collation.results), FormPersonaliser()
    for each in plan.requests:
        personal = _form(each, questionnaire, round, tickbox, last)
        what = "Correction" if each.questions else FORM
        attachment = Attachment(names.of(what, each.team), personaliser.build(personal)) if personal else None
        facts = replace(
            each.facts,
            due=due_on(_deadline(each, round), on),
            sent=Sent.BEFORE if history.form_sent(each.team) else Sent.UNKNOWN,
        )
        fields = _fields(each, questionnaire, round, facts, attachment.name if attachment else "")
        own = reminder if each.kind is Kind.REMINDER else request
        subject, text = letters.write(each.letter, facts, fields, own)
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


def check_template(own: MessageTemplate, round: Round) -> None:
    """Find out before the work whether a person's own text can be filled in, and teams can write to the contact.

    Raises:
        ImpactError: it has a field that is not known, or one that this round has no value for; or it is no address.
    """
    fields = _fields(Request(Team("id", "name"), Kind.REMINDER), None, round, Facts(), "")
    drafts.check_template(own, {**fields, **letters.fill_parts(letters.REMINDER, Facts(), fields)})
    drafts.check_contact(round.contact)


def _form(
    request: Request, questionnaire: Questionnaire, round: Round, tickbox: str, last: LastRound | None
) -> Form | None:
    """The team's form, or its correction form; nothing where the team has a copy of its own to send."""
    if request.questions:
        corrects = {question: _capitalise(seen) for question, seen in request.questions}
        return replace(personal_form(request.team, questionnaire, round, tickbox), corrects=corrects)
    if request.kind is Kind.REMINDER or request.facts.fresh is Fresh.ATTACHED:
        return personal_form(request.team, questionnaire, round, tickbox, last)
    return None


def _fields(
    request: Request, questionnaire: Questionnaire | None, round: Round, facts: Facts, file: str
) -> dict[str, str]:
    """The fields that the texts may name, with their values for a team."""
    team, due = request.team, _deadline(request, round)
    return {
        "team": team.name,
        "group": team.group_name,
        "name": team.contact or "colleagues",
        "title": round.title or (questionnaire.title if questionnaire else ""),
        "deadline": show_date(due) if due else "",
        "contact": round.contact,
        "file": file,
        "open": str(len(request.questions)),
        "answered": str(request.answered),
        "questions": str(len(questionnaire.questions)) if questionnaire else "",
        "when": _when(due, facts.due, request.kind),
        "to_fix": "\n".join(f"- {point}" for point in request.points),
        "where": drafts.where_to(round.contact),
        "closing": drafts.closing(round),
    }


def _deadline(request: Request, round: Round) -> date | None:
    """The day by which a team's form is due, its extension taken in."""
    days = (for_team(round, request.team).deadline, request.extended_to)
    return max((day for day in days if day), default=None)


def _when(deadline: date | None, due: Due, kind: Kind) -> str:
    """When it is wanted. A deadline that is over is named only where the form itself was due on it."""
    if kind is Kind.QUESTION:
        return ""
    if deadline and due is Due.AHEAD:
        return f"Please send it back by {show_date(deadline)}."
    late = f"It was due on {show_date(deadline)}. " if deadline and kind is Kind.REMINDER else ""
    return f"{late}Please send it back as soon as you can."
