"""Mails, mailboxes and archives made as mail programs make them."""

from __future__ import annotations

import io
import mailbox
import zipfile
from collections.abc import Mapping
from email.message import EmailMessage
from pathlib import Path

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
