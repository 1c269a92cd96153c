"""The messages of an outbox as people have left them, and what each still needs before it can be sent."""

from __future__ import annotations

import email
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, getaddresses, make_msgid
from pathlib import Path

from impact_xl.findings import ImpactError
from impact_xl.mail.drafts import MANIFEST, MESSAGES
from impact_xl.roster import is_address

_SEVEN_BIT = SMTP.clone(cte_type="7bit")  # every server takes it


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
    for path in sorted((outbox / MESSAGES).iterdir()):
        if path.suffix.casefold() != ".eml" or not path.is_file():
            continue
        try:
            mail = email.message_from_bytes(path.read_bytes(), policy=SMTP)
        except OSError as error:
            raise ImpactError(
                f"A message cannot be read: {path} ({error.strerror})", "Close it and try again."
            ) from error
        found.append(Letter(path.name, mail))
    return found


def passed_over(outbox: Path) -> list[str]:
    """Files among the messages that are none that can be sent, such as what Outlook saves as .msg."""
    return sorted(
        path.name
        for path in (outbox / MESSAGES).iterdir()
        if path.suffix.casefold() != ".eml" and not path.name.startswith((".", "~"))
    )


def faults(found: Sequence[Letter]) -> list[str]:
    """What stands in the way of sending: addresses that are none."""
    return [
        f"{letter.name}: “{address}” is not an e-mail address"
        for letter in found
        for address in letter.recipients
        if not is_address(address)
    ]


def finished(letter: Letter, sender: str) -> bytes:
    """The message with what a draft does not have: sender, date and id."""
    mail = email.message_from_bytes(letter.mail.as_bytes(), policy=SMTP)
    for head in ("X-Unsent", "Bcc", "Date", "Message-ID"):
        del mail[head]
    if "From" not in mail:
        mail["From"] = sender
    mail["Date"] = formatdate(localtime=True)
    mail["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    return mail.as_bytes(policy=_SEVEN_BIT)
