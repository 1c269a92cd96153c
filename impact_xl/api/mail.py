"""What goes out by e-mail, and where the round stands: the calls that write outboxes and the tracking file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date as Date  # noqa: N812  `date` is the option's name
from pathlib import Path

from impact_xl.api.options import AnyPath, FormOptions, MailOptions, ReadOptions
from impact_xl.api.workbooks import Progress, collate_as, load_questionnaire, load_round, load_teams
from impact_xl.findings import Finding
from impact_xl.mail import drafts, invitations, reminders, tracking
from impact_xl.mail.drafts import MessageTemplate
from impact_xl.mail.invitations import LastRound
from impact_xl.mail.reminders import Plan
from impact_xl.mail.tracking import Tracking
from impact_xl.questionnaire import Questionnaire
from impact_xl.roster import Round, TeamList
from impact_xl.round.collation import Collation


@dataclass(frozen=True)
class Invitations:
    """The round that forms and messages were made for, with its teams, and the answers of the round before."""

    round: Round
    last: LastRound | None
    paths: Sequence[Path]


@dataclass(frozen=True)
class StatusReport:
    """How the round stands, and the tracking file as it stood before it was written."""

    collation: Collation
    errors: Mapping[str, Sequence[Finding]]  # what each team has to put right, by its id
    old_tracking: Tracking | None
    paths: Sequence[Path]


@dataclass(frozen=True)
class Reminders:
    """How the round stands, and the messages that were made."""

    collation: Collation
    plan: Plan
    paths: Sequence[Path]


def distribute(
    teams: AnyPath | TeamList,
    folder: AnyPath,
    *,
    round: AnyPath | Round | None = None,
    questionnaire: AnyPath | Questionnaire | None = None,
    form_options: FormOptions = FormOptions(),
    mail_options: MailOptions = MailOptions(),
    progress: Callable[[int, int], None] | None = None,
) -> Invitations:
    """Write an outbox with a form and a message for every team.

    Args:
        teams: the team list, or its file.
        folder: where to.
        round: the round, or its file.
        questionnaire: what to ask; the built-in one unless given.
        form_options: what the forms are like.
        mail_options: what the messages say.
        progress: called with how many teams are done, and how many there are.

    Raises:
        ImpactError: a file cannot be used, the messages cannot be filled in, or the folder cannot be written.
    """
    questionnaire = load_questionnaire(questionnaire)
    round = _round_with(load_round(round, questionnaire), form_options, mail_options)
    template = drafts.load_template("invitation", subject=mail_options.subject, body=_path(mail_options.body))
    invitations.check_template(template, questionnaire, round)
    round = replace(round, teams=load_teams(teams, addressed=True))
    drafts.check_outbox(Path(folder), invitations.WHAT)
    last = _last_round(form_options, questionnaire)
    paths = invitations.write(
        Path(folder), questionnaire, round, template, tickbox=form_options.tickbox, last=last, progress=progress
    )
    return Invitations(round, last, paths)


def status(
    read_options: ReadOptions, tracking_file: AnyPath | None = None, *, progress: Progress | None = None
) -> StatusReport:
    """Find out how the round stands, and write the tracking file where one is wanted.

    Raises:
        ImpactError: as `collate`; or the tracking file cannot be written, or not read back.
    """
    path = _path(tracking_file)
    if path:
        tracking.check(path)
    collation = collate_as(read_options, progress)
    old_tracking = tracking.read(path) if path and path.exists() else None
    paths = tracking.write(collation, path) if path else []
    return StatusReport(collation, tracking.errors_by_team(collation), old_tracking, paths)


def remind(
    read_options: ReadOptions,
    folder: AnyPath,
    *,
    tracking_file: AnyPath | None = None,
    form_options: FormOptions = FormOptions(),
    mail_options: MailOptions = MailOptions(),
    on: Date | None = None,
    progress: Progress | None = None,
) -> Reminders:
    """Write an outbox with a message for each team that is outstanding, or has something to put right.

    Nothing is written where no message is to be made.

    Args:
        read_options: the returns, and the team list with addresses.
        folder: where to.
        tracking_file: the tracking file: who is left out, and where it is noted who was chased.
        form_options: what the forms are like.
        mail_options: what the messages say.
        on: the day of the reminders; today unless given.
        progress: as `collate` has it.

    Raises:
        ImpactError: as `collate`; the messages cannot be filled in; or something cannot be written.
    """
    on = on or Date.today()  # noqa: DTZ011  the day on the coordinator's own calendar
    questionnaire = load_questionnaire(read_options.questionnaire)
    round = _round_with(load_round(read_options.round, questionnaire), form_options, mail_options)
    reminder = _reminder_template("reminder", mail_options.subject, mail_options.body, round)
    request = _reminder_template("correction", mail_options.request_subject, mail_options.request_body, round)
    teams = load_teams(read_options.teams, addressed=True)
    path = _path(tracking_file)
    old_tracking = tracking.read_existing(path, round.id) if path else None
    last = _last_round(form_options, questionnaire)
    drafts.check_outbox(Path(folder), "reminders")
    collation = collate_as(replace(read_options, questionnaire=questionnaire, round=round, teams=teams), progress)
    plan = reminders.make_plan(collation, old_tracking, on=on)
    messages = reminders.make_drafts(
        plan, collation, on=on, tickbox=form_options.tickbox, last=last, reminder=reminder, request=request
    )
    paths: list[Path] = []
    if plan.requests:
        paths += drafts.write(messages, Path(folder), files="forms", what="reminders", contact=round.contact)
        if path:
            chased = [each.team.id for each in plan.requests]
            paths += tracking.write(collation, path, chased=chased, on=on)
    return Reminders(collation, plan, paths)


def _round_with(round: Round, form_options: FormOptions, mail_options: MailOptions) -> Round:
    """The round, with what the options say in the place of what its file says."""
    return replace(
        round,
        deadline=mail_options.deadline or round.deadline,
        contact=(mail_options.contact or round.contact).strip(),
        about=form_options.about.strip() or round.about,
        not_applicable=form_options.not_applicable or round.not_applicable,
    )


def _reminder_template(name: str, subject: str, body: AnyPath | None, round: Round) -> MessageTemplate:
    template = drafts.load_template(name, subject=subject, body=_path(body))
    reminders.check_template(template, round)
    return template


def _last_round(form_options: FormOptions, questionnaire: Questionnaire) -> LastRound | None:
    return invitations.read_last(Path(form_options.prefill), questionnaire) if form_options.prefill else None


def _path(path: AnyPath | None) -> Path | None:
    return Path(path) if path else None
