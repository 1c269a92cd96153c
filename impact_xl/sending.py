"""Send an outbox through a mail relay: each message once, whatever breaks on the way.

A ledger beside the messages says what became of each. It is written before and after a message goes out, so that a run
that was stopped, or killed, goes on where it ended. What was on its way at that moment may have arrived: it is said,
and not sent again unless a person asks for it.
"""

from __future__ import annotations

import contextlib
import csv
import email
import ipaddress
import os
import re
import smtplib
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, getaddresses, make_msgid
from enum import StrEnum
from pathlib import Path
from typing import IO, Any

from impact_xl.findings import ImpactError, plural
from impact_xl.post import MANIFEST, MESSAGES, SENT
from impact_xl.rounds import is_address

USER, PASSWORD = "IMPACT_XL_SMTP_USER", "IMPACT_XL_SMTP_PASSWORD"  # names of variables
COLUMNS = ("when", "message", "to", "state", "said")
SUBMISSION, IMPLICIT_TLS = 587, 465  # RFC 6409 and RFC 8314
_TRIES, _SECONDS = 3, 60
_SEVEN_BIT = SMTP.clone(cte_type="7bit")  # every server takes it


class State(StrEnum):
    """What became of a message."""

    SENDING = "sending"  # on its way; as the last word of a run that was stopped: nobody knows
    SENT = "sent"
    REFUSED = "refused"


@dataclass(frozen=True)
class Letter:
    """One message of the outbox, as it stands there."""

    name: str
    mail: EmailMessage

    @property
    def recipients(self) -> tuple[str, ...]:
        """Every address that it goes to."""
        fields = [str(value) for head in ("To", "Cc", "Bcc") for value in self.mail.get_all(head, [])]
        return tuple(dict.fromkeys(address for _, address in getaddresses(fields) if address))

    @property
    def subject(self) -> str:
        """Its subject."""
        return str(self.mail.get("Subject", ""))


@dataclass(frozen=True)
class Server:
    """A mail relay, and how to speak to it."""

    host: str
    port: int
    sender: str
    user: str = ""
    password: str = ""

    @property
    def is_loopback(self) -> bool:
        """Whether it is this machine itself, so that nothing that is said goes over a network."""
        with contextlib.suppress(OSError):
            found = {str(entry[4][0]) for entry in socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)}
            return bool(found) and all(ipaddress.ip_address(address.partition("%")[0]).is_loopback for address in found)
        return False


@dataclass
class Sent:
    """What a run did, by the messages' names; `refused` says why, per address."""

    sent: list[str] = field(default_factory=list)
    refused: list[tuple[str, str, str]] = field(default_factory=list)
    already: list[str] = field(default_factory=list)
    nowhere: list[str] = field(default_factory=list)  # no address
    unclear: list[str] = field(default_factory=list)


def server(address: str, sender: str, environment: Mapping[str, str]) -> Server:
    """The relay that was named, as HOST or HOST:PORT.

    Raises:
        ImpactError: the address or the sender is none, or half of the credentials is missing.
    """
    match = re.fullmatch(r"(\[[0-9a-fA-F:]+\]|[^:\s]+)(?::(\d{1,5}))?", address.strip())
    if not match or not 0 < int(match[2] or SUBMISSION) < 65_536:
        raise ImpactError(f"“{address}” is no mail server", "Give it as --smtp mail.trust.example:587, say.")
    if not is_address(sender):
        raise ImpactError(f"“{sender}” is no e-mail address to send from", "Give yours with --from.")
    user, password = environment.get(USER, ""), environment.get(PASSWORD, "")
    if bool(user) is not bool(password):
        raise ImpactError(
            f"Only one of {USER} and {PASSWORD} is set",
            "Set both in the environment, or neither for a relay that asks for none.",
        )
    return Server(match[1].strip("[]"), int(match[2] or SUBMISSION), sender, user, password)


def letters(outbox: Path) -> list[Letter]:
    """The messages of an outbox, in order, as people have left them.

    Raises:
        ImpactError: it is no outbox, or a message cannot be read.
    """
    if not (outbox / MANIFEST).is_file() or not (outbox / MESSAGES).is_dir():
        raise ImpactError(
            f"This is no outbox: {outbox}", "Give the folder that impact-xl distribute, remind or feedback wrote."
        )
    found = []
    for path in sorted((outbox / MESSAGES).glob("*.eml")):
        try:
            mail = email.message_from_bytes(path.read_bytes(), policy=SMTP)
        except OSError as error:
            raise ImpactError(
                f"A message cannot be read: {path} ({error.strerror})", "Close it and try again."
            ) from error
        found.append(Letter(path.name, mail))
    return found


def faults(found: Sequence[Letter]) -> list[str]:
    """What stands in the way of sending: addresses that are none."""
    return [
        f"{letter.name}: “{address}” is not an e-mail address"
        for letter in found
        for address in letter.recipients
        if not is_address(address)
    ]


# -- the ledger ---------------------------------------------------------------------------------------


class Ledger:
    """What became of each message, a line at a time, on the disk before the next step is taken."""

    def __init__(self, outbox: Path) -> None:
        self.path = outbox / SENT
        self._file: IO[str] | None = None

    def states(self) -> dict[str, State]:
        """The last that is known of each message.

        Raises:
            ImpactError: the ledger cannot be understood, so nobody knows what was sent.
        """
        if not self.path.exists():
            return {}
        try:
            with self.path.open(encoding="utf-8", newline="") as file:
                return {row["message"]: State(row["state"]) for row in csv.DictReader(file) if row["state"]}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ImpactError(
                f"The list of what was sent cannot be read: {self.path}",
                "Nothing was sent now. Close it if it is open; if it was edited, put it back as it was.",
            ) from error

    @contextlib.contextmanager
    def open(self) -> Iterator[None]:
        """Hold the ledger for one run; a second run at the same time is turned away.

        Raises:
            ImpactError: another run holds it, or it cannot be written.
        """
        try:
            new = not self.path.exists()
            with self.path.open("a", encoding="utf-8", newline="") as self._file:
                _lock(self._file)
                if new:
                    self._write(COLUMNS)
                yield
        except OSError as error:
            raise ImpactError(
                f"The list of what was sent cannot be written: {self.path} ({error.strerror or error})",
                "Close it in Excel, or wait until the other run has ended.",
            ) from error
        finally:
            self._file = None

    def note(self, letter: Letter, state: State, said: str = "") -> None:
        """Write down what becomes of a message, and wait until it is on the disk."""
        when = datetime.now(UTC).isoformat(timespec="seconds")
        self._write((when, letter.name, "; ".join(letter.recipients), state.value, said))

    def _write(self, row: Sequence[str]) -> None:
        if self._file is None:
            raise ValueError("the ledger is not open")
        csv.writer(self._file, lineterminator="\r\n").writerow(row)
        self._file.flush()
        os.fsync(self._file.fileno())


def _lock(file: IO[str]) -> None:
    """Turn a second run away; the lock ends with the process, however that ends."""
    try:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except ImportError:  # Windows
        import msvcrt

        lock: Any = msvcrt
        lock.locking(file.fileno(), lock.LK_NBLCK, 1)


# -- sending ------------------------------------------------------------------------------------------


class _BrokenError(Exception):
    """The connection broke. `unclear` where the message had gone out and no answer came."""

    def __init__(self, unclear: bool, why: str) -> None:
        super().__init__(why)
        self.unclear = unclear


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
        states = ledger.states()
        connection = _Connection(relay)
        try:
            for number, letter in enumerate(found, 1):
                state = states.get(letter.name)
                if state is State.SENT:
                    done.already.append(letter.name)
                elif state is State.SENDING and letter.name not in again:
                    done.unclear.append(letter.name)
                elif not letter.recipients:
                    done.nowhere.append(letter.name)
                else:
                    _send(letter, connection, ledger, done)
                if progress:
                    progress(number, len(found))
        finally:
            connection.close()
    return done


def _send(letter: Letter, connection: _Connection, ledger: Ledger, done: Sent) -> None:
    """Send one message, over a new connection where the old one broke before the message went out."""
    content = _finished(letter, connection.relay)
    for attempt in range(1, _TRIES + 1):
        ledger.note(letter, State.SENDING)
        try:
            refused = connection.deliver(letter.recipients, content)
        except _BrokenError as broken:
            connection.close()
            if broken.unclear:
                done.unclear.append(letter.name)
                return
            ledger.note(letter, State.REFUSED, f"not sent: {broken}")
            if attempt == _TRIES:
                raise ImpactError(
                    f"The connection to {connection.relay.host} broke {plural(_TRIES, 'time')} ({broken}); "
                    f"{plural(len(done.sent), 'message')} of this run went out before",
                    "Run the same command again later: it goes on where it ended.",
                ) from broken
            continue
        except ImpactError as error:
            ledger.note(letter, State.REFUSED, f"not sent: {error.message}")
            raise
        done.refused += [(letter.name, address, why) for address, why in refused.items()]
        said = "; ".join(f"{address}: {why}" for address, why in refused.items())
        if len(refused) == len(letter.recipients):
            ledger.note(letter, State.REFUSED, said)
        else:
            ledger.note(letter, State.SENT, f"refused: {said}" if said else "")
            done.sent.append(letter.name)
        return


def _finished(letter: Letter, relay: Server) -> bytes:
    """The message with what a draft does not have: sender, date and id."""
    mail = email.message_from_bytes(letter.mail.as_bytes(), policy=SMTP)
    for head in ("X-Unsent", "Bcc", "Date", "Message-ID"):
        del mail[head]
    if "From" not in mail:
        mail["From"] = relay.sender
    mail["Date"] = formatdate(localtime=True)
    mail["Message-ID"] = make_msgid(domain=relay.sender.rpartition("@")[2])
    return mail.as_bytes(policy=_SEVEN_BIT)


class _Connection:
    """The conversation with the relay, begun when it is first needed and again after it broke."""

    def __init__(self, relay: Server) -> None:
        self.relay = relay
        self._smtp: smtplib.SMTP | None = None

    def deliver(self, recipients: Sequence[str], content: bytes) -> dict[str, str]:
        """Hand over one message; gives the addresses that were refused, each with what the server said.

        Raises:
            _BrokenError: the connection broke.
            ImpactError: the server cannot be reached, or takes nothing from this sender.
        """
        try:
            smtp = self._open()
            code, said = smtp.mail(self.relay.sender)
            if code != 250:
                raise ImpactError(
                    f"The mail server takes nothing from {self.relay.sender}: {_text(said)}",
                    "Give the address that the relay knows you by with --from.",
                )
            refused = {}
            for address in recipients:
                code, said = smtp.rcpt(address)
                if code not in (250, 251):
                    refused[address] = f"{code} {_text(said)}"
            if len(refused) == len(recipients):
                smtp.rset()
                return refused
            smtp.putcmd("data")
            code, said = smtp.getreply()
            if code != 354:
                smtp.rset()
                return dict.fromkeys(recipients, f"{code} {_text(said)}")
            # The message is complete with its last line, so until that has left nothing can have been taken.
            smtp.send(re.sub(rb"(?m)^\.", b"..", content.rstrip(b"\r\n")) + b"\r\n.\r\n")
        except smtplib.SMTPServerDisconnected as error:
            raise _BrokenError(unclear=False, why=str(error)) from error
        except smtplib.SMTPException as error:
            raise _BrokenError(unclear=False, why=str(error)) from error
        except OSError as error:
            raise _BrokenError(unclear=False, why=error.strerror or str(error)) from error
        try:
            code, said = smtp.getreply()
        except (smtplib.SMTPException, OSError) as error:
            raise _BrokenError(unclear=True, why=str(error)) from error
        return refused if code == 250 else dict.fromkeys(recipients, f"{code} {_text(said)}")

    def _open(self) -> smtplib.SMTP:
        if self._smtp is None:
            self._smtp = _connected(self.relay)
        return self._smtp

    def close(self) -> None:
        """End the conversation."""
        smtp, self._smtp = self._smtp, None
        if smtp:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                smtp.quit()
            smtp.close()


def _connected(relay: Server) -> smtplib.SMTP:
    """A connection that is encrypted, unless it stays on this machine.

    Raises:
        ImpactError: there is none to be had, or the credentials are not taken.
    """
    context = ssl.create_default_context()
    where = f"{relay.host}:{relay.port}"
    try:
        if relay.port == IMPLICIT_TLS:
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(relay.host, relay.port, timeout=_SECONDS, context=context)
        else:
            smtp = smtplib.SMTP(relay.host, relay.port, timeout=_SECONDS)
        with contextlib.ExitStack() as otherwise:
            otherwise.callback(smtp.close)
            _introduced(smtp, relay, context, where)
            otherwise.pop_all()
    except smtplib.SMTPAuthenticationError as error:
        raise ImpactError(
            f"The mail server {where} does not take the credentials: {_text(error.smtp_error)}",
            f"Check {USER} and {PASSWORD} in the environment.",
        ) from error
    except ssl.SSLError as error:
        raise ImpactError(
            f"The mail server {where} could not prove who it is: {error.reason or error}",
            "Use the name that stands in its certificate, or ask your IT department.",
        ) from error
    except smtplib.SMTPNotSupportedError as error:
        raise ImpactError(
            f"The mail server {where} asks for no credentials: {error}", f"Unset {USER} and {PASSWORD}."
        ) from error
    except (smtplib.SMTPException, OSError) as error:
        raise ImpactError(
            f"The mail server cannot be reached: {where} ({getattr(error, 'strerror', None) or error})",
            "Check its name and port, and whether you are on the trust's network. What went out before is in "
            f"{SENT}; the same command goes on from there.",
        ) from error
    return smtp


def _introduced(smtp: smtplib.SMTP, relay: Server, context: ssl.SSLContext, where: str) -> None:
    """Agree on encryption, and say who we are where we are asked."""
    smtp.ehlo()
    if relay.port != IMPLICIT_TLS and not relay.is_loopback:
        if not smtp.has_extn("starttls"):
            raise ImpactError(
                f"The mail server {where} offers no encryption, so nothing was sent",
                "Ask your IT department for the relay's port with TLS; it is 587 or 465 as a rule.",
            )
        smtp.starttls(context=context)
        smtp.ehlo()
    if relay.user:
        smtp.login(relay.user, relay.password)


def _text(said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
