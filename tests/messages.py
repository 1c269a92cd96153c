"""Mails, mailboxes and archives made as mail programs make them."""

from __future__ import annotations

import io
import mailbox
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from unittest.mock import patch

from msgforge import Message
from msgforge._builder import _Props

WHEN = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
EXCEL = ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet")


def mail(
    subject: str = "Our form",
    text: str = "Please find it attached.",
    files: Mapping[str, bytes] | None = None,
    *,
    date: str = "Mon, 02 Nov 2026 09:30:00 +0000",
    sender: str = "Ward lead <ward@example.org>",
    logo: bool = False,
) -> EmailMessage:
    """A mail with files; with a logo in its signature where asked."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = "improvement@example.org"
    message["Subject"] = subject
    message["Date"] = date
    message.set_content(text)
    if logo:
        message.add_alternative(f"<p>{text}</p><img src='cid:logo'>", subtype="html")
        message.get_payload()[1].add_related(b"\x89PNG logo", "image", "png", cid="<logo>", filename="image001.png")
    for name, content in (files or {}).items():
        message.add_attachment(content, *EXCEL, filename=name)
    return message


def zipped(files: Mapping[str, bytes]) -> bytes:
    """A zip archive."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def boxed(path: Path, messages: list[EmailMessage]) -> Path:
    """A mailbox file."""
    box = mailbox.mbox(path)
    for message in messages:
        box.add(message)
    box.close()
    return path


def outlook(
    files: Mapping[str, bytes] | None = None,
    *,
    of_class: str = "IPM.Note",
    method: int = 1,
    streams: Mapping[str, bytes] | None = None,
    place: str = "",
    subject: str = "Our form",
    sender: str = "ward@example.org",
    **more: Any,
) -> bytes:
    """A message as Outlook saves it (.msg).

    Args:
        files: what is attached.
        of_class: what Outlook calls messages of this kind.
        method: how the files are attached, PidTagAttachMethod.
        streams: what an object in rich text holds in the place of each file's content.
        place: where a file lies that is attached by reference; there is no content then.
        subject, sender, more: as msgforge has them.
    """
    message = Message(
        subject=subject, sender=(sender, sender.partition("@")[0]), to=["a@b.org"], **{"sent": WHEN, **more}
    )
    for name, content in (files or {}).items():
        message.attach_bytes(name, content)
    add_text, add_number, add_bytes = _Props.add_unicode, _Props.add_long, _Props.add_binary

    def text(self: Any, ole: Any, parent: Any, number: int, value: str) -> None:
        add_text(self, ole, parent, number, of_class if number == 0x001A else value)

    def number(self: Any, number: int, value: int) -> None:
        add_number(self, number, method if number == 0x3705 else value)

    def content(self: Any, ole: Any, parent: Any, number: int, value: bytes) -> None:
        if number != 0x3701 or (streams is None and not place):
            add_bytes(self, ole, parent, number, value)
        elif place:
            add_text(self, ole, parent, 0x370D, place)
        else:
            storage = ole.add_storage(parent, "__substg1.0_3701000D")
            for name, stream in (streams or {}).items():
                ole.add_stream(storage, name, stream)

    with (
        patch.object(_Props, "add_unicode", text),
        patch.object(_Props, "add_long", number),
        patch.object(_Props, "add_binary", content),
    ):
        return message.as_bytes()
