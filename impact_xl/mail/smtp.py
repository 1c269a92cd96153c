"""The conversation with a mail server: encrypted, and clear about what it has accepted and what it has not."""

from __future__ import annotations

import base64
import contextlib
import ipaddress
import json
import re
import smtplib
import socket
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from impact_xl.findings import ImpactError
from impact_xl.mail.drafts import MANIFEST, SENT
from impact_xl.roster import addresses, is_address

USER, PASSWORD = "IMPACT_XL_SMTP_USER", "IMPACT_XL_SMTP_PASSWORD"  # names of variables
SUBMISSION, IMPLICIT_TLS = 587, 465  # RFC 6409 and RFC 8314
_SECONDS = 60
_GOING_AWAY, _TEMPORARY, _PERMANENT = 421, 400, 500  # RFC 5321: the server leaves; try later; do not try again


@dataclass(frozen=True)
class Server:
    """A mail server that relays messages, and how to log in to it."""

    host: str
    port: int
    sender: str
    user: str = ""
    password: str = ""

    @property
    def is_loopback(self) -> bool:
        """Whether it is this machine itself, so that nothing goes over a network."""
        with contextlib.suppress(OSError):
            found = {str(entry[4][0]) for entry in socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)}
            return bool(found) and all(_is_loopback(address) for address in found)
        return False


def _is_loopback(address: str) -> bool:
    found = ipaddress.ip_address(address.partition("%")[0])
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return (mapped or found).is_loopback


def _peer_is_loopback(connection: socket.socket | None) -> bool:
    """Whether a connection really leads to this machine, whatever its name led to a moment ago."""
    return connection is not None and _is_loopback(str(connection.getpeername()[0]))


def parse_server(address: str, sender: str, environment: Mapping[str, str]) -> Server:
    """The server at an address, HOST or HOST:PORT, with the credentials of the environment.

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


def choose_sender(outbox: Path, address: str, environment: Mapping[str, str]) -> str:
    """The address to send from: `address`, else the one that the server knows the user by, else the contact.

    Raises:
        ImpactError: there is none.
    """
    user = environment.get(USER, "").strip()
    contact_entry: object = None
    with contextlib.suppress(OSError, ValueError, AttributeError):
        contact_entry = json.loads((outbox / MANIFEST).read_text(encoding="utf-8")).get("contact")
    contact = addresses(str(contact_entry or ""))
    sender = address or (user if is_address(user) else "") or (contact[0] if len(contact) == 1 else "")
    if not sender:
        raise ImpactError(
            "Nobody is named to send from: these messages have no contact",
            "Give your address with --from, such as --from improvement@trust.example.",
        )
    return sender


class OfMessage(str):
    """A server's reply that refuses what the message holds, and none of its addresses."""

    __slots__ = ()


class ConnectionLostError(Exception):
    """The connection broke.

    `started` where the message was on its way by then, and `unclear` where all of it had gone out and no answer came.
    """

    def __init__(self, why: str, *, started: bool = False, unclear: bool = False) -> None:
        super().__init__(why)
        self.started, self.unclear = started, unclear


class Connection:
    """The conversation with the server, opened when it is first needed and again after it broke."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._smtp: smtplib.SMTP | None = None
        self._within = False  # a message has been begun, and the server's answer to all of it has not come

    def deliver(
        self, recipients: Sequence[str], content: bytes, before_data: Callable[[Sequence[str]], None]
    ) -> dict[str, str]:
        """Hand over one message; gives the addresses that were refused, each with the server's reply.

        Args:
            recipients: whom to.
            content: the message.
            before_data: called with the addresses that will have it, before the first byte of the message leaves.

        Raises:
            BrokenError: the connection broke.
            ImpactError: the server cannot be reached, or takes nothing from this sender.
        """
        started = False
        try:
            smtp = self._open()
            largest = int(smtp.esmtp_features.get("size") or 0)
            if largest and len(content) > largest:
                too_big = f"552 it has {len(content):,} bytes, the server takes {largest:,}"
                return _of_message(recipients, too_big)
            self._name_sender(smtp)
            refused = {address: why for address in recipients if (why := _refusal(*smtp.rcpt(address), 250, 251))}
            accepted = [address for address in recipients if address not in refused]
            if not accepted:
                smtp.rset()
                return refused
            self._within = True
            smtp.putcmd("data")
            if why := _refusal(*smtp.getreply(), 354):
                self._within = False
                smtp.rset()
                return {**_of_message(accepted, why), **refused}
            before_data(accepted)
            started = True
            # The message is complete with its last line, so until that has left nothing can have been taken.
            smtp.send(re.sub(rb"(?m)^\.", b"..", content.rstrip(b"\r\n")) + b"\r\n.\r\n")
        except (smtplib.SMTPException, OSError) as error:
            raise ConnectionLostError(_why(error), started=started) from error
        try:
            why = _refusal(*smtp.getreply(), 250)
        except (smtplib.SMTPException, OSError) as error:
            raise ConnectionLostError(_why(error), started=True, unclear=True) from error
        self._within = False
        return {**_of_message(accepted, why), **refused} if why else refused

    def _name_sender(self, smtp: smtplib.SMTP) -> None:
        """Name the sender.

        Raises:
            BrokenError: the server ends the conversation, as some do after a number of messages.
            ImpactError: it takes nothing from this sender, or nothing now.
        """
        code, reply = smtp.mail(self.server.sender)
        if code == _GOING_AWAY:
            raise ConnectionLostError(_one_line(reply))
        if _TEMPORARY <= code < _PERMANENT:
            raise ImpactError(
                f"The mail server takes nothing for now: {code} {_one_line(reply)}",
                f"Wait, and run the same command again: it continues where it stopped. {SENT} says what went out.",
            )
        if code != 250:
            raise ImpactError(
                f"The mail server takes nothing from {self.server.sender}: {code} {_one_line(reply)}",
                "Give the address that the relay knows you by with --from.",
            )

    def _open(self) -> smtplib.SMTP:
        if self._smtp is None:
            self._smtp = _connect(self.server)
        return self._smtp

    def close(self) -> None:
        """End the conversation."""
        smtp, self._smtp = self._smtp, None
        within, self._within = self._within, False
        if smtp:
            if not within:  # else the server would take the word for a line of the message, and wait for the next
                with contextlib.suppress(smtplib.SMTPException, OSError):
                    smtp.quit()
            smtp.close()


def _connect(server: Server) -> smtplib.SMTP:
    """A connection that is encrypted, unless it stays on this machine.

    Raises:
        ImpactError: there is none to be had, or the credentials are not taken.
    """
    context = ssl.create_default_context()
    where = f"{server.host}:{server.port}"
    try:
        if server.port == IMPLICIT_TLS:
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=_SECONDS, context=context)
        else:
            smtp = smtplib.SMTP(server.host, server.port, timeout=_SECONDS)
        with contextlib.ExitStack() as otherwise:
            otherwise.callback(smtp.close)
            _log_in(smtp, server, context, where)
            otherwise.pop_all()
    except smtplib.SMTPAuthenticationError as error:
        raise ImpactError(
            f"The mail server {where} does not take the credentials: {_one_line(error.smtp_error)}",
            f"Check {USER} and {PASSWORD} in the environment.",
        ) from error
    except ssl.SSLError as error:
        raise ImpactError(
            f"The mail server {where} could not prove who it is: {error.reason or error}",
            "Use the name in its certificate, or ask your IT department.",
        ) from error
    except smtplib.SMTPNotSupportedError as error:
        raise ImpactError(
            f"The mail server {where} asks for no credentials: {error}", f"Unset {USER} and {PASSWORD}."
        ) from error
    except (smtplib.SMTPException, OSError) as error:
        raise ImpactError(
            f"The mail server cannot be reached: {where} ({getattr(error, 'strerror', None) or error})",
            "Check its name and port, and whether you are on the trust's network. What went out before is in "
            f"{SENT}. To continue, run the same command again.",
        ) from error
    return smtp


def _log_in(smtp: smtplib.SMTP, server: Server, context: ssl.SSLContext, where: str) -> None:
    """Agree on encryption, and log in where there are credentials."""
    smtp.ehlo()
    if server.port != IMPLICIT_TLS and not (server.is_loopback and _peer_is_loopback(smtp.sock)):
        if not smtp.has_extn("starttls"):
            raise ImpactError(
                f"The mail server {where} offers no encryption, so nothing was sent",
                "Ask your IT department for the relay's port with TLS; it is 587 or 465 as a rule.",
            )
        smtp.starttls(context=context)
        smtp.ehlo()
    if not server.user:
        return
    if (server.user + server.password).isascii():
        smtp.login(server.user, server.password)
        return
    # The library knows ASCII alone; RFC 4616 has UTF-8, and a password may well hold a pound sign.
    credentials = base64.b64encode(f"\0{server.user}\0{server.password}".encode()).decode()
    code, reply = smtp.docmd("AUTH", f"PLAIN {credentials}")
    if code != 235:
        raise smtplib.SMTPAuthenticationError(code, reply)


def _of_message(accepted: Sequence[str], why: str) -> dict[str, str]:
    """The reply that refuses a message, for each address that was accepted."""
    return {address: OfMessage(why) for address in accepted}


def _refusal(code: int, reply: bytes, *good: int) -> str:
    """The server's reply where it did not agree; empty where it did."""
    return "" if code in good else f"{code} {_one_line(reply)}"


def is_temporary(reply: str) -> bool:
    """Whether a server's reply means: try again later."""
    return reply.startswith("4")


def _why(error: Exception) -> str:
    return _one_line(getattr(error, "strerror", None) or str(error) or type(error).__name__)


def _one_line(reply: bytes | str) -> str:
    text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
