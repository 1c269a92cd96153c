"""The conversation with a mail relay: encrypted, and clear about what the server has taken and what it has not."""

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
_GOING_AWAY, _FOR_NOW, _FOR_GOOD = 421, 400, 500  # RFC 5321: the server leaves; try later; do not try again


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
            return bool(found) and all(_is_loopback(address) for address in found)
        return False


def _is_loopback(address: str) -> bool:
    found = ipaddress.ip_address(address.partition("%")[0])
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return (mapped or found).is_loopback


def _stays_here(connection: socket.socket | None) -> bool:
    """Whether a connection really leads to this machine, whatever its name led to a moment ago."""
    return connection is not None and _is_loopback(str(connection.getpeername()[0]))


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


def sender_of(outbox: Path, given: str, environment: Mapping[str, str]) -> str:
    """The address to send from: the one given, else the one that the relay knows the user by, else the contact.

    Raises:
        ImpactError: there is none.
    """
    user = environment.get(USER, "").strip()
    held: object = None
    with contextlib.suppress(OSError, ValueError, AttributeError):
        held = json.loads((outbox / MANIFEST).read_text(encoding="utf-8")).get("contact")
    contact = addresses(str(held or ""))
    sender = given or (user if is_address(user) else "") or (contact[0] if len(contact) == 1 else "")
    if not sender:
        raise ImpactError(
            "Nobody is named to send from: these messages have no contact",
            "Give your address with --from, such as --from improvement@trust.example.",
        )
    return sender


class BrokenError(Exception):
    """The connection broke.

    `began` where the message was on its way by then, and `unclear` where all of it had gone out and no answer came.
    """

    def __init__(self, why: str, *, began: bool = False, unclear: bool = False) -> None:
        super().__init__(why)
        self.began, self.unclear = began, unclear


class Connection:
    """The conversation with the relay, begun when it is first needed and again after it broke."""

    def __init__(self, relay: Server) -> None:
        self.relay = relay
        self._smtp: smtplib.SMTP | None = None

    def deliver(
        self, recipients: Sequence[str], content: bytes, going: Callable[[Sequence[str]], None]
    ) -> dict[str, str]:
        """Hand over one message; gives the addresses that were refused, each with what the server said.

        Args:
            recipients: whom to.
            content: the message.
            going: called with the addresses that will have it, before the first byte of the message leaves.

        Raises:
            BrokenError: the connection broke.
            ImpactError: the server cannot be reached, or takes nothing from this sender.
        """
        began = False
        try:
            smtp = self._open()
            most = int(smtp.esmtp_features.get("size") or 0)
            if most and len(content) > most:
                return dict.fromkeys(recipients, f"552 it has {len(content):,} bytes, the server takes {most:,}")
            self._begin(smtp)
            refused = {address: why for address in recipients if (why := _refusal(*smtp.rcpt(address), 250, 251))}
            taken = [address for address in recipients if address not in refused]
            if not taken:
                smtp.rset()
                return refused
            smtp.putcmd("data")
            if why := _refusal(*smtp.getreply(), 354):
                smtp.rset()
                return {**dict.fromkeys(taken, why), **refused}
            going(taken)
            began = True
            # The message is complete with its last line, so until that has left nothing can have been taken.
            smtp.send(re.sub(rb"(?m)^\.", b"..", content.rstrip(b"\r\n")) + b"\r\n.\r\n")
        except (smtplib.SMTPException, OSError) as error:
            raise BrokenError(_why(error), began=began) from error
        try:
            why = _refusal(*smtp.getreply(), 250)
        except (smtplib.SMTPException, OSError) as error:
            raise BrokenError(_why(error), began=True, unclear=True) from error
        return {**dict.fromkeys(taken, why), **refused} if why else refused

    def _begin(self, smtp: smtplib.SMTP) -> None:
        """Name the sender.

        Raises:
            BrokenError: the server ends the conversation, as some do after a number of messages.
            ImpactError: it takes nothing from this sender, or nothing now.
        """
        code, said = smtp.mail(self.relay.sender)
        if code == _GOING_AWAY:
            raise BrokenError(_text(said))
        if _FOR_NOW <= code < _FOR_GOOD:
            raise ImpactError(
                f"The mail server takes nothing for now: {code} {_text(said)}",
                f"Wait, and run the same command again: it goes on where it ended. {SENT} says what went out.",
            )
        if code != 250:
            raise ImpactError(
                f"The mail server takes nothing from {self.relay.sender}: {code} {_text(said)}",
                "Give the address that the relay knows you by with --from.",
            )

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
    if relay.port != IMPLICIT_TLS and not (relay.is_loopback and _stays_here(smtp.sock)):
        if not smtp.has_extn("starttls"):
            raise ImpactError(
                f"The mail server {where} offers no encryption, so nothing was sent",
                "Ask your IT department for the relay's port with TLS; it is 587 or 465 as a rule.",
            )
        smtp.starttls(context=context)
        smtp.ehlo()
    if not relay.user:
        return
    if (relay.user + relay.password).isascii():
        smtp.login(relay.user, relay.password)
        return
    # The library knows ASCII alone; RFC 4616 has UTF-8, and a password may well hold a pound sign.
    given = base64.b64encode(f"\0{relay.user}\0{relay.password}".encode()).decode()
    code, said = smtp.docmd("AUTH", f"PLAIN {given}")
    if code != 235:
        raise smtplib.SMTPAuthenticationError(code, said)


def _refusal(code: int, said: bytes, *good: int) -> str:
    """What the server said where it did not agree; empty where it did."""
    return "" if code in good else f"{code} {_text(said)}"


def is_for_now(said: str) -> bool:
    """Whether what a server said is a matter of trying again later."""
    return said.startswith("4")


def _why(error: Exception) -> str:
    return _text(getattr(error, "strerror", None) or str(error) or type(error).__name__)


def _text(said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
