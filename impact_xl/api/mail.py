"""What goes out by e-mail, and where the round stands: the calls that write outboxes and the tracking file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date as Date  # noqa: N812  `date` is the option's name
from pathlib import Path
from typing import Any

from impact_xl.api.inputs import in_round, load_questionnaire, load_round, load_teams
from impact_xl.api.options import AnyPath, FormOptions, MailOptions, ReadOptions, TeamOptions
from impact_xl.api.workbooks import Progress, carry, collate_as
from impact_xl.files.dates import show_date
from impact_xl.findings import Finding
from impact_xl.mail import drafts, invitations, naming, outboxes, reminders, timing, tracking
from impact_xl.mail.drafts import Draft, MessageTemplate
from impact_xl.mail.invitations import LastRound
from impact_xl.mail.outboxes import History, Kind
from impact_xl.mail.reminders import Plan
from impact_xl.mail.selection import Selection, find_teams, select
from impact_xl.mail.timing import Pause
from impact_xl.mail.tracking import Tracking
from impact_xl.questionnaire import Questionnaire
from impact_xl.roster import Round, TeamList
from impact_xl.round.collation import Collation


@dataclass(frozen=True)
class Invitations:
    """The round that forms and messages were made for, with its teams, and the answers of the round before."""

    round: Round
    last: LastRound | None
    paths: Sequence[Path]  # none where every team has its message
    folder: Path  # where they were written
    selection: Selection
    notes: tuple[str, ...]


@dataclass(frozen=True)
class StatusReport:
    """How the round stands, and the tracking file as it stood before it was written."""

    collation: Collation
    errors: Mapping[str, Sequence[Finding]]  # what each team has to put right, by its id
    old_tracking: Tracking | None
    paths: Sequence[Path]
    due: tuple[str, ...] = ()  # what is due today, a line each; in a round alone
    addresses: str = ""  # of the teams that are outstanding, for a mail program's field Bcc


@dataclass(frozen=True)
class Reminders:
    """How the round stands, and the messages that were made."""

    collation: Collation
    plan: Plan
    paths: Sequence[Path]
    folder: Path  # where they were written
    due: tuple[str, ...] = ()  # as `StatusReport` has it, before these messages
    addresses: str = ""  # as `StatusReport` has it
    losses: Sequence[str] = ()  # what was typed into the old tracking file and is not in the new one


def distribute(
    teams: AnyPath | TeamList,
    folder: AnyPath,
    *,
    round: AnyPath | Round | None = None,
    questionnaire: AnyPath | Questionnaire | None = None,
    title: str = "",
    form_options: FormOptions = FormOptions(),
    mail_options: MailOptions = MailOptions(),
    team_options: TeamOptions = TeamOptions(),
    before: Iterable[AnyPath] | None = None,
    on: Date | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Invitations:
    """Write an outbox with a form and a message for every team that has none yet. Nothing that is there is replaced.

    Nothing is written where no message is to be made.

    Args:
        teams: the team list, or its file.
        folder: where to; where it holds an outbox already, a dated folder beside it.
        round: the round, or its file.
        questionnaire: what to ask; the built-in one unless given.
        title: what the round is called; made from the questionnaire and the deadline's month where nobody says it.
        form_options: what the forms are like.
        mail_options: what the messages say.
        team_options: which teams get one, where it is not all that have none.
        before: the outboxes of the round, the newest first; those at `folder` and beside it unless given.
        on: the day; today unless given.
        progress: called with how many messages are done, and how many there are.

    Raises:
        ImpactError: a file cannot be used, the messages cannot be filled in, or the folder cannot be written.
    """
    on = on or Date.today()  # noqa: DTZ011  the day on the coordinator's own calendar
    round, questionnaire = _made_for(round, teams, questionnaire, form_options, mail_options)
    round = replace(round, title=title.strip() or round.title)
    place, address = Path(folder), team_options.try_address.strip()
    drafts.check_try(address)
    round, there, lines = _named(round, questionnaire, place, before, mail_options.deadline, on)
    own = drafts.read_template(mail_options.subject, _path(mail_options.body))
    invitations.check_template(own, questionnaire, round)
    named = {"only": team_options.only, "again": team_options.again}
    selection = select(round.teams, outboxes.read(there, round.teams.teams), **named, rehearsal=bool(address))
    if not address:
        selection = _unless_closed(selection, round, team_options)
    place = outboxes.rehearsal_place(place, on) if address else outboxes.new_place(place, on)
    notes = (*round.teams.notes, *lines, *selection.notes)
    if not selection.teams:
        return Invitations(round, None, (), place, selection, notes)
    drafts.check_outbox(place, invitations.WHAT)
    last = _last_round(form_options, questionnaire)
    made_for, chosen = round, selection.teams
    if address:
        own, made_for, chosen = invitations.rehearse(own, round, chosen, address)
    about = outboxes.about(Kind.INVITATION, on, made_for, selection.again, test=bool(address))
    made_from: dict[str, Any] = {"on": on, "tickbox": _tickbox(form_options, round), "last": last, "teams": chosen}
    paths = invitations.write(place, questionnaire, made_for, own, **made_from, about=about, progress=progress)
    return Invitations(round, last, paths, place, selection, notes)


def _unless_closed(selection: Selection, round: Round, team_options: TeamOptions) -> Selection:
    """Who gets a form; nobody once the round is closed, unless somebody is named."""
    if not round.closed_on or team_options.named:
        return selection
    why = (
        f"The round was closed on {show_date(round.closed_on)}, so nobody gets a form any more. To make one "
        "anyway, name the team with --only or --again; to open the round again, take the date Closed on away."
    )
    return replace(selection, teams=(), left_out=tuple((team, why) for team in selection.teams), notes=(why,))


def _plan_unless_closed(plan: Plan, round: Round, team_options: TeamOptions) -> Plan:
    """Who is asked for what; nobody once the round is closed, unless somebody is named."""
    if not round.closed_on or team_options.named:
        return plan
    why = f"the round was closed on {show_date(round.closed_on)}"
    return replace(plan, requests=(), left_out=(*plan.left_out, *((each.team, why) for each in plan.requests)))


def _named(
    round: Round,
    questionnaire: Questionnaire,
    place: Path,
    before: Iterable[AnyPath] | None,
    deadline: Date | None,
    on: Date,
) -> tuple[Round, list[Path], list[str]]:
    """The round with its id and title, its outboxes with the newest first, and what to say of that."""
    there = outboxes.beside(place)
    if before is not None:
        return naming.name(round, questionnaire, on), _all(before, there), []
    unnamed = not (round.id or round.title)
    round, lines = naming.continue_round(round, there, deadline=deadline)
    round = naming.name(round, questionnaire, on)
    return round, outboxes.of_round(there, round, unnamed=unnamed), lines


def status(
    read_options: ReadOptions,
    tracking_file: AnyPath | None = None,
    *,
    earlier: AnyPath | None = None,
    consolidated: AnyPath | None = None,
    before: Iterable[AnyPath] | None = None,
    on: Date | None = None,
    progress: Progress | None = None,
) -> StatusReport:
    """Find out how the round stands, and write the tracking file where one is wanted.

    Args:
        read_options: the returns, and the team list.
        tracking_file: where to write it.
        earlier: the folder for the dated copy of one that is there; beside it unless given.
        consolidated: the consolidated workbook, where there may be one: what was corrected in it counts.
        before: the outboxes of the round, the newest first; None outside a round.
        on: the day at which it is said what is due; today unless given.
        progress: as `collate` has it.

    Raises:
        ImpactError: as `collate`; or a workbook cannot be written, or not read back.
    """
    on = on or Date.today()  # noqa: DTZ011  the day on the coordinator's own calendar
    path = _path(tracking_file)
    if path:
        tracking.check(path)
    collation = _standing(read_options, consolidated, progress)
    old_tracking = tracking.read(path) if path and path.exists() else None
    history = None if before is None else outboxes.read(map(Path, before), collation.round.teams.teams)
    paths = tracking.write(collation, path, earlier=_path(earlier), history=history) if path else []
    waiting = timing.outstanding(collation, old_tracking)
    lines = (
        () if history is None or collation.round.closed_on else tuple(timing.due(collation.round, history, waiting, on))
    )
    errors = tracking.errors_by_team(collation)
    return StatusReport(collation, errors, old_tracking, paths, lines, timing.address_line(waiting))


def remind(
    read_options: ReadOptions,
    folder: AnyPath,
    *,
    tracking_file: AnyPath | None = None,
    form_options: FormOptions = FormOptions(),
    mail_options: MailOptions = MailOptions(),
    team_options: TeamOptions = TeamOptions(),
    within_days: int = timing.DAYS,
    consolidated: AnyPath | None = None,
    before: Iterable[AnyPath] | None = None,
    on: Date | None = None,
    progress: Progress | None = None,
) -> Reminders:
    """Write an outbox with a message for each team that is outstanding, or has something to put right.

    Nothing is written where no message is to be made, and nothing that is there is replaced.

    Args:
        read_options: the returns, and the team list with addresses.
        folder: where to; where it holds an outbox already, a dated folder beside it.
        tracking_file: the tracking file: who is left out, and where it is noted for whom a message was drafted.
        form_options: what the forms are like.
        mail_options: what the messages say.
        team_options: which teams get one, where it is not all that are due one.
        within_days: a team that was written to less than so many days before is left out.
        consolidated: the consolidated workbook, where there may be one: what was corrected in it is not asked again.
        before: the outboxes of the round, the newest first; those at `folder` and beside it unless given. Where they
            are given, a team whose form was not made is not reminded.
        on: the day of the reminders; today unless given.
        progress: as `collate` has it.

    Raises:
        ImpactError: as `collate`; the messages cannot be filled in; or something cannot be written.
    """
    on = on or Date.today()  # noqa: DTZ011  the day on the coordinator's own calendar
    given = read_options
    round, questionnaire = _made_for(given.round, given.teams, given.questionnaire, form_options, mail_options)
    made_from: dict[str, Any] = _reminder_texts(mail_options, round)
    teams = round.teams
    named = find_teams(team_options.only, teams, "--only"), find_teams(team_options.again, teams, "--again")
    path = _path(tracking_file)
    old_tracking = tracking.read_existing(path, round.id) if path else None
    made_from |= {"last": _last_round(form_options, questionnaire), "tickbox": _tickbox(form_options, round)}
    place = _place(Path(folder), address := team_options.try_address.strip(), on)
    options = replace(given, questionnaire=questionnaire, round=round, teams=None)
    collation = _standing(options, consolidated, progress)
    if path and old_tracking:  # where no round was given, the forms say which it is
        tracking.check_round(path, old_tracking, collation.round.id)
    history = _history(Path(folder), before, collation.round)
    plan = reminders.make_plan(collation, old_tracking, on=on, ask_senders=team_options.ask_senders)
    pause = Pause(history, on, within_days, old_tracking, before is not None, *named)
    plan = _plan_unless_closed(pause.apply(plan, round), round, team_options)
    made_for = replace(collation, round=invitations.rehearsed(collation.round)) if address else collation
    messages = reminders.make_drafts(plan, made_for, on=on, history=history, **made_from)
    paths = _write_reminders(messages, plan, place, made_for, path, address, on) if plan.requests else []
    waiting = timing.outstanding(collation, old_tracking)
    lines = () if before is None or round.closed_on else tuple(timing.due(round, history, waiting, on))
    losses = old_tracking.losses([result.team for result in collation.results]) if old_tracking else ()
    return Reminders(collation, plan, paths, place, lines, timing.address_line(waiting), losses)


def _place(folder: Path, address: str, on: Date) -> Path:
    """Where reminders go, or a rehearsal of them where there is an address to try with; nothing is there yet."""
    drafts.check_try(address)
    place = outboxes.rehearsal_place(folder, on) if address else outboxes.new_place(folder, on)
    drafts.check_outbox(place, "reminders")
    return place


def _reminder_texts(mail_options: MailOptions, round: Round) -> dict[str, MessageTemplate]:
    """What was given for reminders and for requests, as `reminders.make_drafts` takes it."""
    return {
        "reminder": _own_template(mail_options.subject, mail_options.body, round),
        "request": _own_template(mail_options.request_subject, mail_options.request_body, round),
    }


def _write_reminders(
    messages: Iterable[Draft],
    plan: Plan,
    place: Path,
    collation: Collation,
    tracking_file: Path | None,
    address: str,
    on: Date,
) -> list[Path]:
    """Write the messages, and note in the tracking file for whom they are; a rehearsal is noted nowhere."""
    round, tests = collation.round, drafts.as_tests(messages, address)
    about = outboxes.about(Kind.REMINDER, on, round, test=bool(address))
    paths = drafts.write(tests, place, files="forms", what="reminders", contact=round.contact, about=about)
    if tracking_file and not address:
        drafted = [each.team.id for each in plan.requests]
        paths += tracking.write(collation, tracking_file, drafted=drafted, on=on)
    return paths


def _history(place: Path, before: Iterable[AnyPath] | None, round: Round) -> History:
    """What was made in the round: where its outboxes are known, and where this run writes."""
    there = outboxes.beside(place)
    of_round = outboxes.of_round(there, round, unnamed=True) if before is None else _all(before, there)
    return outboxes.read(of_round, round.teams.teams)


def _standing(read_options: ReadOptions, consolidated: AnyPath | None, progress: Progress | None) -> Collation:
    """The round as it stands, with what people corrected in the consolidated workbook where there is one."""
    collation = collate_as(read_options, progress)
    return carry(collation, consolidated) if consolidated and Path(consolidated).exists() else collation


def _all(before: Iterable[AnyPath], there: Iterable[Path]) -> list[Path]:
    """The outboxes of a round, and those that stand elsewhere, where this run writes."""
    of_round = [*map(Path, before)]
    return [*of_round, *(path for path in there if path not in of_round)]


def _made_for(
    given: AnyPath | Round | None,
    teams: AnyPath | TeamList | None,
    questionnaire: AnyPath | Questionnaire | None,
    form_options: FormOptions,
    mail_options: MailOptions,
) -> tuple[Round, Questionnaire]:
    """The round, with what the options say in the place of what its file says, and what it asks."""
    content = load_questionnaire(questionnaire)
    round = load_round(given, content)
    round = replace(
        round,
        teams=load_teams(teams, addressed=True) if teams else round.teams,
        deadline=mail_options.deadline or round.deadline,
        contact=(mail_options.contact or round.contact).strip(),
        about=form_options.about.strip() or round.about,
        not_applicable=form_options.not_applicable or round.not_applicable,
    )
    return round, in_round(round, content, given)


def _tickbox(form_options: FormOptions, round: Round) -> str:
    return form_options.tickbox or round.tickbox or "native"


def _own_template(subject: str, body: AnyPath | None, round: Round) -> MessageTemplate:
    own = drafts.read_template(subject, _path(body))
    reminders.check_template(own, round)
    return own


def _last_round(form_options: FormOptions, questionnaire: Questionnaire) -> LastRound | None:
    return invitations.read_last(Path(form_options.prefill), questionnaire) if form_options.prefill else None


def _path(path: AnyPath | None) -> Path | None:
    return Path(path) if path else None
