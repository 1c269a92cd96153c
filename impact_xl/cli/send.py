"""The command `send`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from impact_xl.cli.base import FAILED, command, counting_progress, print_json, talk
from impact_xl.findings import plural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from impact_xl.cli.base import Say
    from impact_xl.sending import Letter, Sent

_MOST_LISTED = 20


@command()
@click.argument("outbox", type=click.Path(path_type=Path), metavar="OUTBOX")
@click.option("--smtp", required=True, metavar="HOST[:PORT]", help="Your mail relay. Default port: 587.")
@click.option("--from", "sender", required=True, metavar="ADDRESS", help="The address to send from.")
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
      impact-xl send outputs/outbox --smtp mail.trust.example --from lead@trust.example
      impact-xl send outputs/outbox --smtp mail.trust.example --from lead@trust.example --really

    For those who have a relay; everybody else opens the drafts and sends them. The connection is encrypted,
    unless the server is this machine itself. Credentials come from the environment alone:
    IMPACT_XL_SMTP_USER and IMPACT_XL_SMTP_PASSWORD. The file sent.csv in the outbox says what became of each
    message. A run that was stopped is gone on with by the same command, and no message is sent twice.
    """
    from impact_xl import __version__, sending

    relay = sending.server(smtp, sender, os.environ)
    found = sending.letters(outbox)
    say = talk(quiet)
    if not really:
        _list(found, say)
        if as_json:
            print_json({"command": "send", "version": __version__, "sent": 0, "would_send": len(_sendable(found))})
        return
    with counting_progress(quiet, "Sending") as progress:
        done = sending.send(outbox, relay, again=again, progress=progress)
    if as_json:
        print_json(
            {
                "command": "send",
                "version": __version__,
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


def _sendable(found: Sequence[Letter]) -> list[Letter]:
    return [letter for letter in found if letter.recipients]


def _list(found: Sequence[Letter], say: Say) -> None:
    from impact_xl import sending

    for letter in _sendable(found):
        click.echo(f"{letter.name}: to {', '.join(letter.recipients)}: {letter.subject}")
    for fault in sending.faults(found):
        say(f"Not an address: {fault}")
    without = [letter.name for letter in found if not letter.recipients]
    for name in without[:_MOST_LISTED]:
        say(f"No address: {name}")
    say(f"\n{plural(len(_sendable(found)), 'message')} would be sent. Nothing was sent: add --really to send them.")


def _tell(done: Sent, outbox: Path, say: Say) -> None:
    before = f" {plural(len(done.already), 'message')} had gone out before." if done.already else ""
    say(f"Sent {plural(len(done.sent), 'message')}.{before}")
    for name in done.nowhere[:_MOST_LISTED]:
        say(f"  no address, not sent: {name}")
    for name, address, said in done.refused[:_MOST_LISTED]:
        say(f"  refused: {address} in {name}: {said}")
    for name in done.unclear[:_MOST_LISTED]:
        say(f'  may or may not have gone out: {name}. Ask the team; to send it (again), add --again "{name}"')
    if done.refused:
        say("Put the refused addresses right in the drafts, and run the same command again.")
    say(f"What became of each message stands in {outbox / 'sent.csv'}.")
