"""Sending an outbox: what is to be sent, and how; then `plan_send` and `send`."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable
from pathlib import Path

from impact_xl.api.options import AnyPath
from impact_xl.findings import ImpactError
from impact_xl.mail import outbox, outboxes, smtp
from impact_xl.mail import send as sending
from impact_xl.mail.outbox import Outbox
from impact_xl.mail.send import SendPlan, SendReport
from impact_xl.mail.smtp import Server
from impact_xl.roster import TeamList


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


def newest_unsent(folders: Iterable[AnyPath], teams: TeamList = TeamList()) -> Path:
    """The newest outbox that holds a message to be sent, else one of which nobody knows whether it has gone out.

    Args:
        folders: the outboxes of a round, the newest first.
        teams: the team list as it stands, which says whose form was sent otherwise.

    Raises:
        ImpactError: there is none, or what was sent from one cannot be read.
    """
    boxes = [Path(folder) for folder in folders]
    unclear: list[Path] = []
    for box in filter(outboxes.is_outbox, boxes):
        plan = plan_send(outbox.read(box), teams=teams)
        if plan.due or plan.unfit:
            return box
        unclear += [box] if plan.unclear else []
    if unclear:
        return unclear[0]
    if not boxes:
        raise ImpactError("There are no messages in this round yet", "Make them with impact-xl distribute.")
    raise ImpactError(
        "Every message of this round that could be sent has been sent",
        "Give an outbox to see what happened to its messages, such as: impact-xl send "
        f'"{boxes[0]}" --smtp HOST. New ones are made by impact-xl distribute and remind.',
    )


def plan_send(outbox: Outbox, again: Collection[str] = (), *, teams: TeamList = TeamList()) -> SendPlan:
    """What `send` would do now; sends nothing.

    Args:
        outbox: the messages.
        again: as `send` has it.
        teams: as `send` has it.

    Raises:
        ImpactError: a list of what was sent cannot be read, or a message of `again` is not unclear.
    """
    return sending.make_plan(outbox, again, outboxes.sent_elsewhere(outbox.folder, outbox.messages, teams))


def send(
    outbox: Outbox,
    server: Server,
    *,
    again: Collection[str] = (),
    teams: TeamList = TeamList(),
    progress: Callable[[int, int], None] | None = None,
) -> SendReport:
    """Send what has not been sent yet, from this outbox or from another one of the round.

    Args:
        outbox: the messages.
        server: the mail server.
        again: names of messages to send although nobody knows whether they have gone out already.
        teams: the team list as it stands; whose form was sent otherwise, as it says, gets none now.
        progress: called with how many messages are done, and how many there are.

    Raises:
        ImpactError: the server cannot be reached, refuses the sender or the credentials, or offers no encryption. The
            send log says what was sent until then.
    """
    elsewhere = outboxes.sent_elsewhere(outbox.folder, outbox.messages, teams)
    return sending.send(outbox, server, again=again, elsewhere=elsewhere, progress=progress)
