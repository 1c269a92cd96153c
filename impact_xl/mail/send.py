"""Send an outbox through a mail server: each message once, whatever breaks on the way.

A send log beside the messages says what became of each, address by address. It is written just before a message's last
byte can leave, and after the server's answer, so that a run that was stopped, or killed, goes on where it ended. A
message that was on its way at that moment may have arrived: it is reported as unclear, and not sent again unless a
person asks for it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from impact_xl.findings import ImpactError
from impact_xl.mail.outbox import Message, Outbox, complete
from impact_xl.mail.send_log import DeliveryState, SendLog, State, by_message
from impact_xl.mail.smtp import Connection, ConnectionLostError, OfMessage, Server
from impact_xl.wording import plural

_TRIES = 3


@dataclass
class Skipped:
    """The messages that a run does not send, by name."""

    sent_before: list[str] = field(default_factory=list)
    without_address: list[str] = field(default_factory=list)
    unfit: list[tuple[str, str]] = field(default_factory=list)  # with the reason why it is not to be sent
    unclear: list[str] = field(default_factory=list)  # nobody knows whether they have gone out

    def skip(self, message: Message, delivery: DeliveryState, why_unfit: str, again: Collection[str]) -> bool:
        """Whether a message is not to be sent now; if so, its name is added. `again` holds keys of messages."""
        if message.recipients and not delivery.unsent(message):
            self.sent_before.append(message.name)
        elif why_unfit:
            self.unfit.append((message.name, why_unfit))
        elif not message.recipients:
            self.without_address.append(message.name)
        elif delivery.unclear and message.key not in again:
            self.unclear.append(message.name)
        else:
            return False
        return True


@dataclass
class SendPlan(Skipped):
    """What a run would do: the messages that are due, each with the addresses that do not have it yet."""

    due: list[tuple[Message, Sequence[str]]] = field(default_factory=list)


@dataclass(frozen=True)
class Refusal:
    """An address that the server refused, and its reply."""

    message: str  # the message's name
    address: str
    reply: str
    of_message: bool = False  # it took the address, and not what was to be sent there


@dataclass
class SendReport(Skipped):
    """What a run did: the messages sent, by name, and every address that was refused."""

    sent: list[str] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)


def make_plan(
    outbox: Outbox, again: Collection[str] = (), elsewhere: Mapping[str, DeliveryState] | None = None
) -> SendPlan:
    """What `send` would do now; sends nothing.

    Args:
        outbox: the messages.
        again: as `send` has it.
        elsewhere: as `send` has it.

    Raises:
        ImpactError: the send log cannot be read, or a message of `again` is not unclear.
    """
    deliveries = _deliveries(outbox, SendLog(outbox.folder), elsewhere)
    keys = _keys_again(outbox, again, deliveries)
    plan = SendPlan()
    for message in outbox.messages:
        delivery = deliveries.get(message.key, DeliveryState())
        if not plan.skip(message, delivery, outbox.unfit.get(message.key, ""), keys):
            plan.due.append((message, delivery.unsent(message)))
    return plan


def send(
    outbox: Outbox,
    server: Server,
    *,
    again: Collection[str] = (),
    elsewhere: Mapping[str, DeliveryState] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> SendReport:
    """Send what has not been sent yet.

    Args:
        outbox: the messages.
        server: the mail server.
        again: names of messages to send although nobody knows whether they have gone out already.
        elsewhere: which addresses have, or may have, a message with the same purpose already, by the message's name.
        progress: called with how many messages are done, and how many there are.

    Raises:
        ImpactError: the server cannot be reached, refuses the sender or the credentials, or offers no encryption. The
            send log says what was sent until then.
    """
    send_log, report = SendLog(outbox.folder), SendReport()
    if outbox.faults:
        raise ImpactError(
            "Nothing was sent:\n  " + "\n  ".join(outbox.faults), "Correct these addresses in the drafts."
        )
    with send_log.open():
        deliveries = _deliveries(outbox, send_log, elsewhere)
        keys = _keys_again(outbox, again, deliveries)
        connection = Connection(server)
        if progress:
            progress(0, len(outbox.messages))
        try:
            for number, message in enumerate(outbox.messages, 1):
                delivery = deliveries.get(message.key, DeliveryState())
                if not report.skip(message, delivery, outbox.unfit.get(message.key, ""), keys):
                    _send(message, delivery.unsent(message), connection, send_log, report)
                if progress:
                    progress(number, len(outbox.messages))
        finally:
            connection.close()
    return report


def _deliveries(
    outbox: Outbox, send_log: SendLog, elsewhere: Mapping[str, DeliveryState] | None
) -> defaultdict[str, DeliveryState]:
    """What is known of each message by its key, from the send log and from elsewhere."""
    return by_message((send_log.deliveries(), elsewhere or {}), outbox.keys_of, lambda: outbox.recipients)


def _keys_again(outbox: Outbox, again: Iterable[str], deliveries: Mapping[str, DeliveryState]) -> frozenset[str]:
    """The keys of the messages that are to be sent again, of each of which nobody knows whether it has gone out.

    Raises:
        ImpactError: it is known of one.
    """
    keys = {name: outbox.key_of(name) for name in again}
    for name, key in keys.items():
        if key not in deliveries or not deliveries[key].unclear:
            unclear = [each for each, delivery in deliveries.items() if delivery.unclear]
            raise ImpactError(
                f"It is known whether this message went out, or no message has this name: {name}",
                f"Messages of which nobody knows: {', '.join(unclear)}." if unclear else "Leave --again out.",
            )
    return frozenset(keys.values())


def _send(
    message: Message, recipients: Sequence[str], connection: Connection, send_log: SendLog, report: SendReport
) -> None:
    """Send one message, over a new connection where the old one broke before the message went out."""
    content = complete(message, connection.server.sender)
    for attempt in range(1, _TRIES + 1):
        try:
            refused = connection.deliver(
                recipients, content, lambda addresses: send_log.add(message, addresses, State.SENDING)
            )
        except ConnectionLostError as error:
            connection.close()
            if error.unclear:
                report.unclear.append(message.name)
                return
            if error.started:
                send_log.add(message, recipients, State.REFUSED, f"not sent: {error}")
            if attempt == _TRIES:
                raise ImpactError(
                    f"The connection to {connection.server.host} broke {plural(_TRIES, 'time')} ({error}); "
                    f"{plural(len(report.sent), 'message')} of this run went out before",
                    "Run the same command again later, and it continues where it stopped.",
                ) from error
            continue
        if accepted := [address for address in recipients if address not in refused]:
            send_log.add(message, accepted, State.SENT)
            report.sent.append(message.name)
        for address, reply in refused.items():
            send_log.add(message, [address], State.REFUSED, reply)
            report.refused.append(Refusal(message.name, address, reply, isinstance(reply, OfMessage)))
        return
