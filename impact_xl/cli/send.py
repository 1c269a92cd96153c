"""The command `send`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from impact_xl.cli import options
from impact_xl.cli.base import Say, command, counting_progress, few_names, needed, print_json, talk, totals
from impact_xl.cli.usage import FAILED, INTERRUPTED
from impact_xl.wording import plural

if TYPE_CHECKING:
    from impact_xl.mail.outbox import Outbox
    from impact_xl.mail.send import SendPlan, SendReport, Skipped
    from impact_xl.roster import TeamList

_MOST_LISTED = 20
_SENT, _LIST = "sent.csv", "outbox.json"


@command()
@click.argument("folder", required=False, type=options.FILE, metavar="[OUTBOX]")
@options.round_file
@click.option("--smtp", required=True, metavar="HOST[:PORT]", help="Your mail relay. Default port: 587.")
@options.source(
    "sender",
    "The address to send from. Default: the user of the relay, else the contact that the messages name.",
    "ADDRESS",
)
@click.option("--really", is_flag=True, help="Send. Without it the messages are only listed.")
@options.again(
    "Send this message although nobody knows whether it has gone out; may be given more than once.", "MESSAGE"
)
@options.as_json
@options.quiet
def send(
    folder: Path | None,
    round: Path | None,
    smtp: str,
    sender: str,
    really: bool,
    again: tuple[str, ...],
    as_json: bool,
    quiet: bool,
) -> None:
    """Send the messages of an outbox through a mail relay. Lists them only, unless --really is given.

    \b
    Examples:
      impact-xl send --smtp mail.trust.example
      impact-xl send outputs/outbox --smtp mail.trust.example
      impact-xl send outputs/outbox --smtp mail.trust.example:587 --from lead@trust.example --really

    In a round OUTBOX may be left out: it is the newest folder of outbox/ with a message that is still to be sent.
    For those who have a relay; everybody else opens the drafts and sends them. The connection is encrypted,
    unless the server is this machine itself. User and password come from the environment alone:
    IMPACT_XL_SMTP_USER and IMPACT_XL_SMTP_PASSWORD. The file sent.csv in the outbox says what happened to each
    message.

    If a run stops, run the same command again to continue. No address gets a message twice, even if copies of a
    draft are in the outbox. A team that has the message from another outbox of the round,
    or a day under “sent on” in Teams, does not get it again. A draft that lost its form or its To is not sent, and the
    screen names it.
    """
    from impact_xl import api
    from impact_xl.roster import TeamList
    from impact_xl.roster.folder import find

    say = talk(quiet)
    teams, folder = _settled(round, folder, say) if find(round, Path()) else (TeamList(), folder)
    folder = needed(folder, "argument 'OUTBOX'")
    outbox, server = api.open_outbox(folder, smtp, sender=sender)
    for name in outbox.other_files:
        say(f"Not a message that can be sent, so passed over: {name}. Save it as .eml.")
    _say_state(outbox, say)
    if not really:
        plan = api.plan_send(outbox, again=again, teams=teams)
        if as_json:
            print_json(_plan_object(outbox, plan))
        _say_plan(outbox, plan, say, as_json=as_json)
        say(
            f"\nFrom {server.sender} through {server.host}, port {server.port}: {plural(len(plan.due), 'message')} "
            "would be sent. Nothing was sent: add --really to send them."
        )
        if outbox.faults:
            say("Next: correct these addresses in the drafts first.")
            click.get_current_context().exit(FAILED)
        return
    try:
        with counting_progress(quiet, "Sending") as progress:
            report = api.send(outbox, server, again=again, teams=teams, progress=progress)
    except KeyboardInterrupt:
        say(f"\nStopped. {outbox.folder / _SENT} says what went out. To continue, run the same command again.")
        click.get_current_context().exit(INTERRUPTED)
    if as_json:
        print_json(_report_object(outbox, report))
    _say_report(outbox, report, say)
    if report.refused or report.unclear or report.unfit:
        click.get_current_context().exit(FAILED)


def _settled(round: Path | None, folder: Path | None, say: Say) -> tuple[TeamList, Path]:
    """The teams of the round, which say whose form was sent by hand, and its newest outbox where none was given."""
    from impact_xl.api import newest_unsent
    from impact_xl.api.rounds import settle  # heavy: nobody outside a round waits for it

    settings = settle(round)
    for line in settings.lines:
        say(line)
    if folder is None:
        folder = newest_unsent(settings.outboxes or (), settings.round.teams)
        say(f"The newest folder with messages to send is {folder}.")
    return settings.round.teams, folder


def _say_state(outbox: Outbox, say: Say) -> None:
    """What people, and programs, have done to the outbox since it was made."""
    if outbox.missing:
        listed = plural(len(outbox.listed), "message is", "messages are")
        absent = plural(len(outbox.missing), "is", "are")
        names = few_names(outbox.missing)
        say(f"{listed} listed in {_LIST}, {absent} not there: {names}. What is not there is not sent.")
    if outbox.files_missing:
        gone = plural(len(outbox.files_missing), "file is", "files are")
        say(
            f"{gone} listed and not there: {few_names(outbox.files_missing)}. A message that carries its file is whole."
        )
    copies = [(name, of) for name, of in outbox.copies if outbox.key_of(of) not in outbox.unfit]  # those are told there
    for name, of in copies[:_MOST_LISTED]:
        say(f"A copy, and not sent: {name}. It is the same message as {of}.")
    if len(copies) > _MOST_LISTED:
        say(f"And {len(copies) - _MOST_LISTED} more copies.")
    if outbox.edited:
        edited = plural(len(outbox.edited), "message was", "messages were")
        say(f"{edited} changed since the outbox was made: {few_names(outbox.edited)}. What it says now counts.")


def _say_unfit(unfit: Sequence[tuple[str, str]], say: Say) -> None:
    for name, why in unfit[:_MOST_LISTED]:
        say(f"  not sent: {name}: {why}.")
    if len(unfit) > _MOST_LISTED:
        say(f"  and {len(unfit) - _MOST_LISTED} more")


def _plan_object(outbox: Outbox, plan: SendPlan) -> dict[str, object]:
    return {
        **totals("send", len(outbox.messages), {}, {}, [], []),
        "sent": 0,
        "would_send": len(plan.due),
        "sent_before": len(plan.sent_before),
        "without_address": plan.without_address,
        "unclear": plan.unclear,
        "faults": outbox.faults,
        **_state_object(outbox, plan),
    }


def _say_plan(outbox: Outbox, plan: SendPlan, say: Say, *, as_json: bool) -> None:
    """What would be sent to whom, and what stands in the way."""
    for message, addresses in plan.due if not as_json else ():
        click.echo(f"{message.name}: to {', '.join(addresses)}: {message.subject}")
    for name in plan.without_address[:_MOST_LISTED]:
        say(f"  no address: {name}")
    _say_unfit(plan.unfit, say)
    for name in plan.unclear[:_MOST_LISTED]:
        say(f"  may or may not have gone out: {name}")
    for fault in outbox.faults:
        say(f"  {fault}")
    if plan.sent_before:
        say(f"  {plural(len(plan.sent_before), 'message')} had gone out before")


def _report_object(outbox: Outbox, report: SendReport) -> dict[str, object]:
    return {
        **totals("send", len(outbox.messages), {}, {}, [], [outbox.folder / _SENT]),
        "sent": len(report.sent),
        "sent_before": len(report.sent_before),
        "without_address": report.without_address,
        "refused": [{"message": each.message, "address": each.address, "said": each.reply} for each in report.refused],
        "unclear": report.unclear,
        **_state_object(outbox, report),
    }


def _state_object(outbox: Outbox, skipped: Skipped) -> dict[str, object]:
    return {
        "missing": outbox.missing,
        "files_missing": outbox.files_missing,
        "copies": [{"message": name, "of": of} for name, of in outbox.copies],
        "edited": outbox.edited,
        "not_sent": [{"message": name, "why": why} for name, why in skipped.unfit],
    }


def _say_report(outbox: Outbox, report: SendReport, say: Say) -> None:
    """What was sent, what was not and why, and what comes next."""
    before = f" {plural(len(report.sent_before), 'message')} had gone out before." if report.sent_before else ""
    say(f"Sent {plural(len(report.sent), 'message')}.{before}")
    for name in report.without_address[:_MOST_LISTED]:
        say(f"  no address, not sent: {name}")
    if len(report.without_address) > _MOST_LISTED:
        say(f"  and {len(report.without_address) - _MOST_LISTED} more")
    _say_unfit(report.unfit, say)
    for each in report.refused[:_MOST_LISTED]:
        say(f"  refused: {each.address} in {each.message}: {each.reply}")
    if len(report.refused) > _MOST_LISTED:
        say(f"  and {len(report.refused) - _MOST_LISTED} more")
    for name in report.unclear[:_MOST_LISTED]:
        say(f'  may or may not have gone out: {name}. Ask the team; to send it (again), add --again "{name}"')
    say(f"{outbox.folder / _SENT} says what happened to each message.")
    for line in _next_steps(report):
        say(f"Next: {line}")


def _next_steps(report: SendReport) -> Iterator[str]:
    from impact_xl.mail.smtp import is_temporary

    later = sum(is_temporary(each.reply) for each in report.refused)
    for_good = {each.of_message for each in report.refused if not is_temporary(each.reply)}
    if later:
        yield f"the server takes {plural(later, 'address', 'addresses')} later. Run the same command again then."
    if False in for_good:
        yield "correct the refused addresses in the drafts, and run the command again. It sends to them alone."
    if True in for_good:
        yield "the server refused the message and not the address. Show its words to whoever looks after it."
    if report.unfit:
        yield "correct these drafts, and run the command again. It sends what has not gone out."
    if report.without_address:
        yield "type an address into the drafts without one, and run the command again. Or reach them otherwise."
    if not report.refused and not report.unclear and not report.unfit:
        yield "save what comes back in one folder, and run impact-xl status with it."
