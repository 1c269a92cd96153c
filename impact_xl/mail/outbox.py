"""The messages of an outbox as people have left them, and what each still needs before it can be sent."""

from __future__ import annotations

import email
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, getaddresses, make_msgid
from pathlib import Path

from impact_xl.files import managed_folder
from impact_xl.findings import ImpactError
from impact_xl.mail.drafts import MANIFEST, MESSAGES
from impact_xl.roster import is_address
from impact_xl.wording import plural

_SEVEN_BIT = SMTP.clone(cte_type="7bit")  # every server takes it
_PREFIX = f"{MESSAGES}/"


@dataclass(frozen=True)
class Message:
    """One message of the outbox, as it stands there."""

    name: str  # of its file
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
class Outbox:
    """A folder of messages that can be sent."""

    folder: Path
    messages: tuple[Message, ...]  # by the names of their files
    other_files: tuple[str, ...] = ()  # among the messages, and none that can be sent: what Outlook saves as .msg
    listed: tuple[str, ...] = ()  # the names of the messages that were written into it

    @property
    def missing(self) -> list[str]:
        """Messages that were written into it and are not there: whoever does not want one sent deletes it."""
        return [name for name in self.listed if not (self.folder / MESSAGES / name).is_file()]

    @property
    def faults(self) -> list[str]:
        """What stands in the way of sending: addresses that are none."""
        return [
            f"{message.name}: “{address}” is not an e-mail address"
            for message in self.messages
            for address in message.recipients
            if not is_address(address)
        ]


def read(folder: Path) -> Outbox:
    """Read the messages of an outbox.

    Raises:
        ImpactError: the folder is no outbox, a message cannot be read, or none of those that were written is there.
    """
    if not (folder / MANIFEST).is_file() or not (folder / MESSAGES).is_dir():
        raise ImpactError(
            f"This is no outbox: {folder}", "Give the folder that impact-xl distribute, remind or feedback wrote."
        )
    paths = sorted((folder / MESSAGES).iterdir())
    names = managed_folder.names(folder, MANIFEST)
    listed = (name.removeprefix(_PREFIX) for name in names if name.startswith(_PREFIX))
    outbox = Outbox(
        folder, tuple(_messages(paths)), tuple(path.name for path in paths if _is_other(path)), tuple(listed)
    )
    if outbox.missing and not outbox.messages:
        number = plural(len(outbox.listed), "message is", "messages are")
        raise ImpactError(
            f"{number} listed in {folder / MANIFEST}, and none is there",
            "Put them back, or make the outbox again with another --output. Nothing was sent now.",
        )
    return outbox


def _is_other(path: Path) -> bool:
    return path.suffix.casefold() != ".eml" and not path.name.startswith((".", "~"))


def _messages(paths: list[Path]) -> Iterator[Message]:
    for path in paths:
        if path.suffix.casefold() != ".eml" or not path.is_file():
            continue
        try:
            yield Message(path.name, email.message_from_bytes(path.read_bytes(), policy=SMTP))
        except OSError as error:
            raise ImpactError(
                f"A message cannot be read: {path} ({error.strerror})", "Close it and try again."
            ) from error


def complete(message: Message, sender: str) -> bytes:
    """The message with what a draft does not have: sender, date and id."""
    mail = email.message_from_bytes(message.mail.as_bytes(), policy=SMTP)
    for head in ("X-Unsent", "Bcc", "Date", "Message-ID"):
        del mail[head]
    if "From" not in mail:
        mail["From"] = sender
    mail["Date"] = formatdate(localtime=True)
    mail["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    return mail.as_bytes(policy=_SEVEN_BIT)
