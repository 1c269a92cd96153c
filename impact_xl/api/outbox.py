"""Sending an outbox: what is to be sent, and how; then `plan_send` and `send`."""

from __future__ import annotations

import os
from pathlib import Path

from impact_xl.api.options import AnyPath
from impact_xl.mail import outbox, smtp
from impact_xl.mail.outbox import Outbox
from impact_xl.mail.send import make_plan as plan_send
from impact_xl.mail.send import send
from impact_xl.mail.smtp import Server

__all__ = ["open_outbox", "plan_send", "send"]


def open_outbox(folder: AnyPath, server: str, *, sender: str = "") -> tuple[Outbox, Server]:
    """Read an outbox, and find out how its messages are to be sent. The credentials are those of the environment.

    Args:
        folder: the outbox.
        server: the mail server, as HOST or HOST:PORT.
        sender: the address to send from; the user of the server, or the contact of the outbox, unless given.

    Raises:
        ImpactError: the folder is no outbox, or the server, the sender or the credentials cannot be used.
    """
    messages = outbox.read(Path(folder))
    sender = smtp.choose_sender(Path(folder), sender, os.environ)
    return messages, smtp.parse_server(server, sender, os.environ)
