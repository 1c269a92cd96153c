"""The command `send`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from impact_xl.cli.base import command, counting_progress, print_json, talk, totals
from impact_xl.cli.usage import FAILED, INTERRUPTED
from impact_xl.wording import plural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from impact_xl.cli.base import Say
    from impact_xl.mail.send import Letter, Sent, Server

_MOST_LISTED = 20


@command()
@click.argument("outbox", type=click.Path(path_type=Path), metavar="OUTBOX")
@click.option("--smtp", required=True, metavar="HOST[:PORT]", help="Your mail relay. Default port: 587.")
@click.option(
    "--from",
    "sender",
    default="",
    metavar="ADDRESS",
    help="The address to send from. Default: the user of the relay, else the contact that the messages name.",
)
@click.option("--really", is_flag=True, help="Send. Without it the messages are only listed.")
@click.option(
    "--again",
    multiple=True,
    metavar="MESSAGE",
    help="Send this message although nobody knows whether it has gone out; may be given more than once.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
@click.option("-q", "--quiet", is_flag=True, help="No talk and no progress; errors are still said.")
def send(
    outbox: Path, smtp: str, sender: str, really: bool, again: tuple[str, ...], as_json: bool, quiet: bool
) -> None:
    """Send the messages of an outbox through a mail relay. Lists them only, unless --really is given.

    \b
    Examples:
      impact-xl send outputs/outbox --smtp mail.trust.example
      impact-xl send outputs/outbox --smtp mail.trust.example:587 --from lead@trust.example --really

    For those who have a relay; everybody else opens the drafts and sends them. The connection is encrypted,
    unless the server is this machine itself. Credentials come from the environment alone:
    IMPACT_XL_SMTP_USER and IMPACT_XL_SMTP_PASSWORD. The file sent.csv in the outbox says what became of each
    message. A run that was stopped is gone on with by the same command: no address is sent a message twice.
    """
    from impact_xl.mail import send

    found = send.letters(outbox)
    relay = send.server(smtp, send.sender_of(outbox, sender, os.environ), os.environ)
    say = talk(quiet)
    for name in send.passed_over(outbox):
        say(f"Not a message that can be sent, so passed over: {name}. Save it as .eml.")
    if not really:
        _list(outbox, found, relay, again, say, as_json=as_json)
        return
    try:
        with counting_progress(quiet, "Sending") as progress:
            done = send.send(outbox, relay, again=again, progress=progress)
    except KeyboardInterrupt:
        say(f"\nStopped. {outbox / 'sent.csv'} says what went out; the same command goes on from there.")
        click.get_current_context().exit(INTERRUPTED)
    if as_json:
        print_json(
            {
                **totals("send", len(found), {}, {}, [], [outbox / "sent.csv"]),
                "sent": len(done.sent),
                "sent_before": len(done.already),
                "without_address": done.nowhere,
                "refused": [
                    {"message": name, "address": address, "said": said} for name, address, said in done.refused
                ],
                "unclear": done.unclear,
            }
        )
    _tell(done, outbox, say)
    if done.refused or done.unclear:
        click.get_current_context().exit(FAILED)


def _list(
    outbox: Path, found: Sequence[Letter], relay: Server, again: Sequence[str], say: Say, *, as_json: bool
) -> None:
    """What would be sent to whom; leaves with exit code 2 where something stands in the way."""
    from impact_xl.mail import send

    fates = send.Ledger(outbox).fates()
    send.check_again(again, fates)
    known = {letter.name: fates.get(letter.name, send.DeliveryState()) for letter in found}
    unclear = [name for name, delivery in known.items() if delivery.on_its_way and name not in again]
    due = [
        (letter, waiting)
        for letter in found
        if letter.name not in unclear and (waiting := known[letter.name].waiting(letter))
    ]
    nowhere = [letter.name for letter in found if not letter.recipients]
    before = len(found) - len(due) - len(nowhere) - len(unclear)
    faults = send.faults(found)
    if as_json:
        object = {
            "sent": 0, "would_send": len(due), "sent_before": before, "without_address": nowhere, "unclear": unclear,
            "faults": faults,
        }  # fmt: skip
        print_json({**totals("send", len(found), {}, {}, [], []), **object})
    for letter, waiting in due if not as_json else ():
        click.echo(f"{letter.name}: to {', '.join(waiting)}: {letter.subject}")
    for name in nowhere[:_MOST_LISTED]:
        say(f"  no address: {name}")
    for name in unclear[:_MOST_LISTED]:
        say(f"  may or may not have gone out: {name}")
    for fault in faults:
        say(f"  {fault}")
    if before:
        say(f"  {plural(before, 'message')} had gone out before")
    say(
        f"\nFrom {relay.sender} through {relay.host}, port {relay.port}: {plural(len(due), 'message')} would be sent. "
        "Nothing was sent: add --really to send them."
    )
    if faults:
        say("Next: put these addresses right in the drafts first.")
        click.get_current_context().exit(FAILED)


def _tell(done: Sent, outbox: Path, say: Say) -> None:
    from impact_xl.mail import send

    before = f" {plural(len(done.already), 'message')} had gone out before." if done.already else ""
    say(f"Sent {plural(len(done.sent), 'message')}.{before}")
    for name in done.nowhere[:_MOST_LISTED]:
        say(f"  no address, not sent: {name}")
    for name, address, said in done.refused[:_MOST_LISTED]:
        say(f"  refused: {address} in {name}: {said}")
    if len(done.refused) > _MOST_LISTED:
        say(f"  and {len(done.refused) - _MOST_LISTED} more")
    for name in done.unclear[:_MOST_LISTED]:
        say(f'  may or may not have gone out: {name}. Ask the team; to send it (again), add --again "{name}"')
    say(f"What became of each message stands in {outbox / 'sent.csv'}.")
    later = sum(send.is_for_now(said) for _, _, said in done.refused)
    if later:
        say(f"Next: the server takes {plural(later, 'address', 'addresses')} later. Run the same command again then.")
    if later < len(done.refused):
        say("Next: put the refused addresses right in the drafts, and run the command again. It sends to them alone.")
    if not done.refused and not done.unclear:
        say("Next: save what comes back in one folder, and run impact-xl status with it.")
