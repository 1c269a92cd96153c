"""Send an outbox through a mail relay: each message once, whatever breaks on the way.

A ledger beside the messages says what became of each, address by address. It is written just before a message's last
byte can leave, and after the server's answer, so that a run that was stopped, or killed, goes on where it ended. What
was on its way at that moment may have arrived: it is said, and not sent again unless a person asks for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from impact_xl.findings import ImpactError
from impact_xl.mail.outbox import Letter, faults, finished, letters, passed_over
from impact_xl.mail.send_log import DeliveryState, Ledger, State
from impact_xl.mail.smtp import PASSWORD, USER, BrokenError, Connection, Server, is_for_now, sender_of, server
from impact_xl.wording import plural

__all__ = [
    "PASSWORD", "USER", "DeliveryState", "Ledger", "Letter", "Sent", "Server", "check_again", "faults", "is_for_now",
    "letters", "passed_over", "send", "sender_of", "server",
]  # fmt: skip

_TRIES = 3


@dataclass
class Sent:
    """What a run did, by the messages' names; `refused` says why, per address."""

    sent: list[str] = field(default_factory=list)
    refused: list[tuple[str, str, str]] = field(default_factory=list)
    already: list[str] = field(default_factory=list)
    nowhere: list[str] = field(default_factory=list)  # no address
    unclear: list[str] = field(default_factory=list)


def send(
    outbox: Path,
    relay: Server,
    *,
    again: Sequence[str] = (),
    progress: Callable[[int, int], None] | None = None,
) -> Sent:
    """Send what has not been sent yet.

    Args:
        outbox: the folder.
        relay: the mail relay.
        again: names of messages to send although nobody knows whether they have gone out already.
        progress: told how many messages are done, and of how many.

    Raises:
        ImpactError: the server cannot be reached, refuses the sender or the credentials, or offers no encryption. The
            ledger says what was sent until then.
    """
    found, ledger, done = letters(outbox), Ledger(outbox), Sent()
    if bad := faults(found):
        raise ImpactError("Nothing was sent:\n  " + "\n  ".join(bad), "Put these addresses right in the drafts.")
    with ledger.open():
        fates = ledger.fates()
        check_again(again, fates)
        connection = Connection(relay)
        try:
            for number, letter in enumerate(found, 1):
                delivery = fates.get(letter.name, DeliveryState())
                if not letter.recipients:
                    done.nowhere.append(letter.name)
                elif not (waiting := delivery.waiting(letter)):
                    done.already.append(letter.name)
                elif delivery.on_its_way and letter.name not in again:
                    done.unclear.append(letter.name)
                else:
                    _send(letter, waiting, connection, ledger, done)
                if progress:
                    progress(number, len(found))
        finally:
            connection.close()
    return done


def check_again(again: Iterable[str], fates: Mapping[str, DeliveryState]) -> None:
    """Find out whether every message that is to be sent again is one of which nobody knows.

    Raises:
        ImpactError: one is not.
    """
    for name in again:
        if name not in fates or not fates[name].on_its_way:
            unclear = [each for each, delivery in fates.items() if delivery.on_its_way]
            raise ImpactError(
                f"It is known whether this message went out, or there is none of this name: {name}",
                f"Messages of which nobody knows: {', '.join(unclear)}." if unclear else "Leave --again out.",
            )


def _send(letter: Letter, to: Sequence[str], connection: Connection, ledger: Ledger, done: Sent) -> None:
    """Send one message, over a new connection where the old one broke before the message went out."""
    content = finished(letter, connection.relay.sender)
    for attempt in range(1, _TRIES + 1):
        try:
            refused = connection.deliver(to, content, lambda some: ledger.note(letter, some, State.SENDING))
        except BrokenError as broken:
            connection.close()
            if broken.unclear:
                done.unclear.append(letter.name)
                return
            if broken.began:
                ledger.note(letter, to, State.REFUSED, f"not sent: {broken}")
            if attempt == _TRIES:
                raise ImpactError(
                    f"The connection to {connection.relay.host} broke {plural(_TRIES, 'time')} ({broken}); "
                    f"{plural(len(done.sent), 'message')} of this run went out before",
                    "Run the same command again later: it goes on where it ended.",
                ) from broken
            continue
        for address, why in refused.items():
            ledger.note(letter, [address], State.REFUSED, why)
            done.refused.append((letter.name, address, why))
        if taken := [address for address in to if address not in refused]:
            ledger.note(letter, taken, State.SENT)
            done.sent.append(letter.name)
        return
