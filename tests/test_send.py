"""Sending, against a real SMTP server on this machine: each message once, whatever breaks on the way."""

from __future__ import annotations

import contextlib
import csv
import email
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP as Protocol  # noqa: N811  the server's side
from aiosmtpd.smtp import AuthResult, Envelope, Session
from click.testing import Result
from terminal import command, environment, shown

from impact_xl.findings import ImpactError
from impact_xl.mail import drafts, send, smtp
from impact_xl.mail.drafts import Attachment, Draft
from impact_xl.mail.outbox import read as outbox_of
from impact_xl.mail.send_log import SendLog
from impact_xl.roster import Team

Run = Callable[..., Result]
SENDER, LEAD = "improvement@trust.example", "lead@trust.example"


class Relay:
    """What the server got, and what it does to some of it."""

    def __init__(self) -> None:
        self.got: list[tuple[str, tuple[str, ...], bytes]] = []
        self.refuse: set[str] = set()
        self.break_at: dict[str, str] = {}  # at which address the connection breaks: before the data, or after it
        self.delay = 0.0
        self.answer = "550 5.1.1 No such mailbox here"
        self.sender_answers: list[str] = []  # what it says to the next senders

    async def handle_MAIL(  # noqa: N802
        self, server: Any, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.sender_answers and not (reply := self.sender_answers.pop(0)).startswith("250"):
            if reply.startswith("421"):
                server.transport.close()
            return reply
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server: Any, session: Session, envelope: Envelope, address: str, _: Any) -> str:  # noqa: N802
        if address in self.refuse:
            return self.answer
        if self.break_at.get(address) == "before":
            del self.break_at[address]
            server.transport.close()
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:  # noqa: N802
        import asyncio

        await asyncio.sleep(self.delay)
        self.got.append((envelope.mail_from or "", tuple(envelope.rcpt_tos), bytes(envelope.content or b"")))
        if any(self.break_at.get(address) == "after" for address in envelope.rcpt_tos):
            server.transport.close()
        return "250 OK"

    @property
    def times(self) -> Counter[str]:
        """How often each address got something."""
        return Counter(address for _, to, _ in self.got for address in to)


@pytest.fixture
def relay() -> Iterator[tuple[Relay, str]]:
    yield from served(Relay())


def served(handler: Relay, **options: Any) -> Iterator[tuple[Relay, str]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield handler, f"127.0.0.1:{port}"
    finally:
        controller.stop()


def make(folder: Path, count: int = 5) -> Path:
    messages = (
        Draft(
            Team(f"t{number}", f"Ward {number} – Möwe", "", "", f"ward{number}@trust.example", LEAD * (number == 1)),
            f"Ward {number} – Möwe",
            f"Dear {number},\n\n.A line that begins with a dot\n",
            (Attachment(f"Form {number}.xlsx", bytes([number]) * 3_000),),
        )
        for number in range(1, count + 1)
    )  # fmt: skip
    drafts.write(messages, folder, files="forms", what="outbox")
    return folder


@pytest.fixture
def outbox(tmp_path: Path) -> Path:
    return make(tmp_path / "outbox")


def logged_states(outbox: Path) -> list[tuple[str, str]]:
    with (outbox / "sent.csv").open(encoding="utf-8", newline="") as file:
        return [(row["message"][:3], row["state"]) for row in csv.DictReader(file)]


def test_nothing_is_sent_without_really(run: Run, outbox: Path, relay: tuple[Relay, str]) -> None:
    handler, address = relay
    done = run("send", outbox, "--smtp", address, "--from", SENDER)
    assert done.exit_code == 0
    assert "001 Ward 1 – Möwe.eml: to ward1@trust.example, lead@trust.example: Ward 1 – Möwe" in done.stdout
    assert "5 messages would be sent. Nothing was sent: add --really" in done.stderr
    assert handler.got == []
    assert not (outbox / "sent.csv").exists()


def test_every_message_goes_out_once_and_whole(run: Run, outbox: Path, relay: tuple[Relay, str]) -> None:
    handler, address = relay
    done = run("send", outbox, "--smtp", address, "--from", SENDER, "--really", "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["sent"] == 5
    assert handler.times == {**{f"ward{n}@trust.example": 1 for n in range(1, 6)}, "lead@trust.example": 1}
    sender, _, content = handler.got[0]
    mail = email.message_from_bytes(content, policy=SMTP)
    assert (sender, mail["From"], mail["X-Unsent"]) == (SENDER, SENDER, None)
    assert mail["Message-ID"].endswith("@trust.example>")
    assert mail["Date"].datetime
    assert mail["Subject"] == "Ward 1 – Möwe"
    assert (
        mail.get_body(("plain",)).get_content().replace("\r\n", "\n") == "Dear 1,\n\n.A line that begins with a dot\n"
    )
    [attached] = mail.iter_attachments()
    assert (attached.get_filename(), attached.get_content()) == ("Form 1.xlsx", b"\x01" * 3_000)
    assert content.isascii()
    again = run("send", outbox, "--smtp", address, "--from", SENDER, "--really")
    assert "Sent 0 messages. 5 messages had gone out before." in again.stderr
    assert len(handler.got) == 5


def test_what_people_edited_is_what_goes_out(outbox: Path, relay: tuple[Relay, str]) -> None:
    handler, address = relay
    path = outbox / "messages" / "001 Ward 1 – Möwe.eml"
    path.write_bytes(
        path.read_bytes().replace(b"ward1@trust.example", b"other@trust.example\r\nBcc: blind@trust.example")
    )
    send.send(outbox_of(outbox), smtp.parse_server(address, SENDER, {}))
    _, to, content = handler.got[0]
    assert to == ("other@trust.example", "lead@trust.example", "blind@trust.example")
    assert b"blind@" not in content


def test_refused_addresses_are_reported_and_the_rest_is_sent(run: Run, outbox: Path, relay: tuple[Relay, str]) -> None:
    handler, address = relay
    handler.refuse = {"ward2@trust.example", "lead@trust.example"}
    done = run("send", outbox, "--smtp", address, "--from", SENDER, "--really")
    assert done.exit_code == 2
    assert "Sent 4 messages." in done.stderr
    assert "refused: ward2@trust.example in 002 Ward 2 – Möwe.eml: 550 5.1.1 No such mailbox here" in done.stderr
    assert "refused: lead@trust.example in 001" in done.stderr
    assert "Next: correct the refused addresses in the drafts" in done.stderr
    assert handler.times == {f"ward{n}@trust.example": 1 for n in (1, 3, 4, 5)}
    handler.refuse.clear()
    path = outbox / "messages" / "001 Ward 1 – Möwe.eml"
    path.write_bytes(path.read_bytes().replace(b"lead@trust.example", b"new.lead@trust.example"))
    assert run("send", outbox, "--smtp", address, "--from", SENDER, "--really").exit_code == 0
    assert handler.times == {**{f"ward{n}@trust.example": 1 for n in range(1, 6)}, "new.lead@trust.example": 1}
    done = run("send", outbox, "--smtp", address, "--from", SENDER, "--really")
    assert "Sent 0 messages. 5 messages had gone out before." in done.stderr


@pytest.mark.parametrize("answer", ["450 4.2.0 Greylisted", "452 4.5.3 Too many recipients"])
def test_what_is_refused_for_now_is_tried_again_by_the_same_command(
    run: Run, outbox: Path, relay: tuple[Relay, str], answer: str
) -> None:
    handler, address = relay
    handler.refuse, handler.answer = {"ward2@trust.example"}, answer
    done = run("send", outbox, "--smtp", address, "--from", SENDER, "--really")
    assert done.exit_code == 2
    assert "the server takes 1 address later. Run the same command again" in done.stderr
    assert "correct the refused" not in done.stderr
    handler.refuse.clear()
    assert run("send", outbox, "--smtp", address, "--from", SENDER, "--really").exit_code == 0
    assert set(handler.times.values()) == {1}


def test_a_connection_that_breaks_before_the_message_is_opened_again(outbox: Path, relay: tuple[Relay, str]) -> None:
    handler, address = relay
    handler.break_at = {"ward3@trust.example": "before"}
    done = send.send(outbox_of(outbox), smtp.parse_server(address, SENDER, {}))
    assert (len(done.sent), done.unclear) == (5, [])
    assert set(handler.times.values()) == {1}


def test_what_may_have_arrived_is_reported_and_not_sent_again(run: Run, outbox: Path, relay: tuple[Relay, str]) -> None:
    handler, address = relay
    handler.break_at = {"ward3@trust.example": "after"}
    args = ("send", outbox, "--smtp", address, "--from", SENDER, "--really")
    done = run(*args)
    assert done.exit_code == 2
    assert "may or may not have gone out: 003 Ward 3 – Möwe.eml" in done.stderr
    assert dict(logged_states(outbox))["003"] == "sending"
    assert run(*args).exit_code == 2
    assert handler.times["ward3@trust.example"] == 1
    handler.break_at.clear()
    assert run(*args, "--again", "003 Ward 3 – Möwe.eml").exit_code == 0
    assert handler.times == {
        **{f"ward{n}@trust.example": 1 for n in (1, 2, 4, 5)},
        "lead@trust.example": 1,
        "ward3@trust.example": 2,
    }


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_killed_run_is_gone_on_with_and_nothing_arrives_twice(tmp_path: Path) -> None:
    handler = Relay()
    handler.delay = 0.05
    for server, address in served(handler):
        outbox = make(tmp_path / "outbox", 30)
        args = command("send", outbox, "--smtp", address, "--from", SENDER, "--really")
        killed = 0
        for stop_after in (3, 11, 18):
            child = subprocess.Popen(args, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            for _ in range(2_000):
                if len(server.got) >= stop_after or child.poll() is not None:
                    break
                time.sleep(0.01)
            killed += child.poll() is None
            child.send_signal(signal.SIGKILL)
            child.wait()
        done = subprocess.run(args, env=environment(), capture_output=True, text=True, check=False)
        unclear = {name for name, state in dict(logged_states(outbox)).items() if state == "sending"}
        assert killed == 3
        assert len(unclear) <= 3
        assert done.stderr.count("may or may not have gone out") == len(unclear)
        assert done.returncode == (2 if unclear else 0)
        assert max(server.times.values()) == 1
        assert len(server.got) >= 30 - len(unclear)
        again = [part for name in unclear for part in ("--again", _whole_name(outbox, name))]
        assert subprocess.run([*args, *again], env=environment(), capture_output=True, check=False).returncode == 0
        assert set(server.times) == {LEAD, *(f"ward{n}@trust.example" for n in range(1, 31))}
        twice = {address for address, times in server.times.items() if times > 1}
        assert len(twice) <= len(unclear) + (LEAD in twice)


@pytest.mark.parametrize("answer", ["before the answers", "between the answers"])
def test_a_run_that_is_killed_between_two_answers_delivers_nothing_twice(
    outbox: Path, relay: tuple[Relay, str], monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    """Two addresses, one of which is refused: whichever line is on the disk last, the other one has it once."""
    handler, address = relay
    handler.refuse = {LEAD}
    server = smtp.parse_server(address, SENDER, {})
    add, lines = SendLog.add, 0

    def add_and_die(self: SendLog, *line: Any) -> None:
        nonlocal lines
        lines += 1
        if lines == {"before the answers": 2, "between the answers": 3}[answer]:
            raise KeyboardInterrupt
        add(self, *line)

    monkeypatch.setattr(SendLog, "add", add_and_die)
    with pytest.raises(KeyboardInterrupt):
        send.send(outbox_of(outbox), server)
    monkeypatch.setattr(SendLog, "add", add)
    send.send(outbox_of(outbox), server)
    assert set(handler.times.values()) == {1}


def test_an_answer_for_one_address_says_nothing_of_another(outbox: Path, relay: tuple[Relay, str]) -> None:
    """The list as version 0.1 left it when it was killed: one address on its way, the other one refused."""
    handler, address = relay
    name = _whole_name(outbox, "001")
    lines = (
        "when,message,to,state,said",
        f"2026-11-02T10:00:00+00:00,{name},ward1@trust.example,sending,",
        f"2026-11-02T10:00:01+00:00,{name},{LEAD},refused,550 No such mailbox",
    )
    (outbox / "sent.csv").write_bytes("".join(f"{line}\r\n" for line in lines).encode())
    report = send.send(outbox_of(outbox), smtp.parse_server(address, SENDER, {}))
    assert report.unclear == [name]
    assert handler.times["ward1@trust.example"] == 0


def _whole_name(outbox: Path, number: str) -> str:
    [path] = (outbox / "messages").glob(f"{number} *.eml")
    return path.name


class Script(threading.Thread):
    """A server that keeps to the letter of the protocol, and breaks the first connection at a place of its script."""

    def __init__(self, place: str) -> None:
        super().__init__(daemon=True)
        self.place, self.got, self.socket = place, Counter[str](), socket.create_server(("127.0.0.1", 0))
        self.connections = 0

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.socket.getsockname()[1]}"

    def run(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.connections += 1
            place = self.place if self.connections == 1 else ""
            threading.Thread(target=self._serve, args=(connection, place), daemon=True).start()

    def _serve(self, connection: socket.socket, place: str) -> None:
        with contextlib.suppress(OSError), connection, connection.makefile("rwb") as wire:
            self._talk(wire, place)

    def _talk(self, wire: Any, place: str) -> None:
        def say(text: str) -> None:
            wire.write(text.encode() + b"\r\n")
            wire.flush()

        to: list[str] = []
        if place == "greeting":
            return
        say("220 here")
        while line := wire.readline().decode():
            verb = line.split()[0].casefold().rstrip(":")
            if verb == place:
                return
            if verb == "data":
                say("354 go on")
                if self._takes_all(wire, place):
                    if place == "answer":
                        self.got.update(to)
                        return
                    if place == "silence":
                        time.sleep(5)
                        return
                    if place == "refused":
                        say("554 5.7.1 This smells of spam")
                        continue
                    self.got.update(to)
                    say("250 taken")
                else:
                    return
            elif verb == "rcpt":
                to.append(line.partition("<")[2].partition(">")[0])
                say("250 fine")
            elif verb == "quit":
                say("221 bye")
                return
            else:
                to.clear()
                say("250 fine")

    def _takes_all(self, wire: Any, place: str) -> bool:
        for number, line in enumerate(wire):
            if place == "middle" and number == 5:
                return False
            if line == b".\r\n":
                return True
        return False


@pytest.fixture
def script(request: pytest.FixtureRequest) -> Iterator[Script]:
    server = Script(request.param)
    server.start()
    yield server
    server.socket.close()


@pytest.mark.parametrize("script", ["mail", "rcpt", "data"], indirect=True)
def test_a_connection_that_breaks_before_all_has_gone_out_costs_nothing(outbox: Path, script: Script) -> None:
    done = send.send(outbox_of(outbox), smtp.parse_server(script.address, SENDER, {}))
    assert (len(done.sent), done.unclear, done.refused) == (5, [], [])
    assert script.got == {**{f"ward{n}@trust.example": 1 for n in range(1, 6)}, LEAD: 1}
    assert script.connections == 2


@pytest.mark.parametrize("script", ["middle", "answer", "silence"], indirect=True)
def test_a_connection_that_breaks_after_it_leaves_one_message_unclear(
    outbox: Path, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("impact_xl.mail.smtp._SECONDS", 1)
    done = send.send(outbox_of(outbox), smtp.parse_server(script.address, SENDER, {}))
    assert (len(done.sent), done.unclear) == (4, ["001 Ward 1 – Möwe.eml"])
    assert max(script.got.values()) == 1
    again = send.send(outbox_of(outbox), smtp.parse_server(script.address, SENDER, {}))
    assert (again.sent, len(again.sent_before), again.unclear) == ([], 4, done.unclear)


@pytest.mark.parametrize("script", ["greeting", "ehlo"], indirect=True)
def test_a_server_that_does_not_talk_is_reported_and_the_outbox_is_as_it_was(
    run: Run, outbox: Path, script: Script
) -> None:
    done = run("send", outbox, "--smtp", script.address, "--from", SENDER, "--really")
    assert done.exit_code == 2
    assert "The mail server cannot be reached" in done.stderr
    drafts.check_outbox(outbox, "outbox")  # nothing was sent, so it may be made anew
    assert run("send", outbox, "--smtp", script.address, "--from", SENDER, "--really").exit_code == 0
    assert set(script.got.values()) == {1}


@pytest.mark.parametrize("script", ["refused"], indirect=True)
def test_a_message_that_is_refused_whole_does_not_stop_the_next(run: Run, outbox: Path, script: Script) -> None:
    done = run("send", outbox, "--smtp", script.address, "--from", SENDER, "--really", "--json")
    object = json.loads(done.stdout)
    assert (done.exit_code, object["sent"], len(object["refused"])) == (2, 0, 6)  # the one connection refuses them all
    assert {each["said"] for each in object["refused"]} == {"554 5.7.1 This smells of spam"}
    assert "the server refused the message and not the address" in done.stderr
    assert "correct the refused addresses" not in done.stderr


@pytest.mark.parametrize(
    ("answers", "code", "message"),
    [
        (["250", "250", "421 4.7.0 Too many messages in this connection"], 0, "Sent 5 messages."),
        (["250", "451 4.3.0 Try later"], 2, "takes nothing for now: 451 4.3.0 Try later"),
        (["250", "553 5.7.1 Who are you"], 2, f"takes nothing from {SENDER}: 553 5.7.1 Who are you"),
    ],
)
def test_what_the_server_says_to_the_sender(
    run: Run, outbox: Path, relay: tuple[Relay, str], answers: list[str], code: int, message: str
) -> None:
    handler, address = relay
    handler.sender_answers = answers
    done = run("send", outbox, "--smtp", address, "--from", SENDER, "--really")
    assert done.exit_code == code
    assert message in done.stderr
    assert run("send", outbox, "--smtp", address, "--from", SENDER, "--really").exit_code == 0
    assert handler.times == {**{f"ward{n}@trust.example": 1 for n in range(1, 6)}, LEAD: 1}


def test_a_message_larger_than_the_server_takes_is_not_begun(run: Run, outbox: Path) -> None:
    path = outbox / "messages" / "002 Ward 2 – Möwe.eml"
    path.write_bytes(path.read_bytes() + b"x" * 30_000)
    for handler, address in served(Relay(), data_size_limit=20_000):
        done = run("send", outbox, "--smtp", address, "--from", SENDER, "--really")
        assert done.exit_code == 2
        assert re.search(
            r"ward2@trust.example in 002 .*: 552 it has 3\d,\d{3} bytes, the server takes 20,000", done.stderr
        )
        assert len(handler.got) == 4


def test_a_server_that_knows_seven_bits_alone_gets_seven_bits(outbox: Path) -> None:
    """Also of a draft that Outlook saved again: with a sender, other boundaries, eight bits, people's names."""
    mine = EmailMessage(policy=SMTP.clone(cte_type="8bit"))
    mine["From"] = "Improvement team <team@trust.example>"
    mine["To"] = '"Möwe, Zoë" <ward1@trust.example>, ward9@trust.example'
    mine["Subject"], mine["X-Unsent"], mine["Thread-Index"] = "Önly ours", "1", "AQHb"
    mine.set_content("Grüße – von uns\n", cte="8bit")
    mine.add_alternative("<p>Grüße – von uns</p>", subtype="html", cte="8bit")
    mine.add_attachment(bytes(range(256)), "application", "octet-stream", filename="Förm.xlsx")
    path = outbox / "messages" / "001 Ward 1 – Möwe.eml"
    path.write_bytes(bytes(mine).replace(b"\r\n", b"\n"))
    for handler, address in served(Relay(), enable_SMTPUTF8=False, decode_data=False):
        send.send(outbox_of(outbox), smtp.parse_server(address, SENDER, {}))
        assert all(content.isascii() for _, _, content in handler.got)
        sender, to, content = handler.got[0]
        mail = email.message_from_bytes(content, policy=SMTP)
        assert (sender, to) == (SENDER, ("ward1@trust.example", "ward9@trust.example"))
        assert mail["From"].addresses[0].addr_spec == "team@trust.example"
        assert (mail["Subject"], mail["X-Unsent"]) == ("Önly ours", None)
        assert mail.get_body(("plain",)).get_content().strip() == "Grüße – von uns"
        assert next(mail.iter_attachments()).get_content() == bytes(range(256))


def test_messages_that_were_deleted_or_saved_otherwise(run: Run, outbox: Path, relay: tuple[Relay, str]) -> None:
    handler, address = relay
    messages = outbox / "messages"
    (messages / "002 Ward 2 – Möwe.eml").unlink()
    (messages / "003 Ward 3 – Möwe.eml").rename(messages / "003 Ward 3 – Möwe.msg")
    (messages / "004 Ward 4 – Möwe.eml").rename(messages / "004 Ward 4 – Möwe.EML")
    path = messages / "005 Ward 5 – Möwe.eml"
    path.write_bytes(path.read_bytes().replace(b"To: ward5@trust.example\r\n", b""))
    done = run("send", outbox, "--smtp", address, "--from", SENDER, "--really")
    assert done.exit_code == 2
    assert "passed over: 003 Ward 3 – Möwe.msg" in done.stderr
    assert "not sent: 005 Ward 5 – Möwe.eml: its To is empty, and it was made for ward5@trust.example." in done.stderr
    assert handler.times == {"ward1@trust.example": 1, LEAD: 1, "ward4@trust.example": 1}


def test_messages_that_are_listed_and_not_there_are_told(run: Run, outbox: Path, relay: tuple[Relay, str]) -> None:
    handler, address = relay
    args = ("send", outbox, "--smtp", address, "--from", SENDER)
    whole = run(*args)
    assert "not there" not in whole.stderr
    for number in (2, 5):
        (outbox / "messages" / f"00{number} Ward {number} – Möwe.eml").unlink()
    (outbox / "messages" / "006 Mine.eml").write_bytes(b"To: mine@trust.example\r\nSubject: Mine\r\n\r\nMine\r\n")
    gone = ["002 Ward 2 – Möwe.eml", "005 Ward 5 – Möwe.eml"]
    line = f"5 messages are listed in outbox.json, 2 are not there: {', '.join(gone)}. What is not there is not sent."
    for more in ((), ("--really",)):
        done = run(*args, *more)
        assert (done.exit_code, line in done.stderr) == (0, True)
        assert json.loads(run(*args, *more, "--json").stdout)["missing"] == gone
    assert set(handler.times) == {"ward1@trust.example", LEAD, "ward3@trust.example", "ward4@trust.example",
                                  "mine@trust.example"}  # fmt: skip


@pytest.mark.parametrize("really", [(), ("--really",)])
def test_an_outbox_of_which_no_message_is_there_is_an_error(run: Run, outbox: Path, really: tuple[str, ...]) -> None:
    for path in (outbox / "messages").iterdir():
        path.unlink()
    done = run("send", outbox, "--smtp", "127.0.0.1:1", "--from", SENDER, *really)
    assert done.exit_code == 2
    assert f"Error: 5 messages are listed in {outbox / 'outbox.json'}, and none is there" in done.stderr
    assert not (outbox / "sent.csv").exists()


@pytest.mark.parametrize("manifest", [b"", b'{"files": 3}'])
def test_an_outbox_whose_list_cannot_be_read_is_sent_as_it_stands(run: Run, outbox: Path, manifest: bytes) -> None:
    (outbox / "outbox.json").write_bytes(manifest)
    done = run("send", outbox, "--smtp", "127.0.0.1:1", "--from", SENDER)
    assert done.exit_code == 0, done.output
    assert "5 messages would be sent" in done.stderr


class TestSender:
    """Without --from: whom the relay knows, else whom the messages name as their contact."""

    @pytest.mark.parametrize(
        ("contact", "user", "sender"),
        [
            ("improve@trust.example", "", "improve@trust.example"),
            ("improve@trust.example", "me@trust.example", "me@trust.example"),
            ("improve@trust.example", "TRUST\\me", "improve@trust.example"),
        ],
    )
    def test_who_it_is(self, run: Run, tmp_path: Path, contact: str, user: str, sender: str) -> None:
        (tmp_path / "teams.csv").write_text("team,email\nAsh,ash@trust.example\n")
        run("distribute", tmp_path / "teams.csv", "-o", tmp_path / "out", "--contact", contact)
        assert smtp.choose_sender(tmp_path / "out", "", {smtp.USER: user}) == sender
        assert smtp.choose_sender(tmp_path / "out", "x@y.example", {smtp.USER: user}) == "x@y.example"

    def test_nobody(self, run: Run, outbox: Path) -> None:
        done = run("send", outbox, "--smtp", "127.0.0.1")
        assert (done.exit_code, "Nobody is named to send from" in done.stderr) == (2, True)


def test_a_dry_run_says_what_is_still_to_be_done(run: Run, outbox: Path, relay: tuple[Relay, str]) -> None:
    handler, address = relay
    handler.break_at = {"ward2@trust.example": "after"}
    handler.refuse = {"ward3@trust.example"}
    args = ("send", outbox, "--smtp", address, "--from", SENDER)
    assert json.loads(run(*args, "--json").stdout)["would_send"] == 5
    run(*args, "--really")
    printed = json.loads(run(*args, "--json").stdout)
    assert (printed["would_send"], printed["sent_before"], printed["unclear"]) == (1, 3, ["002 Ward 2 – Möwe.eml"])
    assert printed["written"] == []
    assert run(*args).stdout == "003 Ward 3 – Möwe.eml: to ward3@trust.example: Ward 3 – Möwe\n"
    again = run(*args, "--again", "001 Ward 1 – Möwe.eml")
    assert (again.exit_code, "002 Ward 2 – Möwe.eml" in again.stderr) == (2, True)


@pytest.mark.parametrize("cut", range(1, 80, 6))
def test_a_send_log_that_was_cut_off_as_the_power_went_is_gone_on_with(
    outbox: Path, relay: tuple[Relay, str], cut: int
) -> None:
    handler, address = relay
    send.send(outbox_of(outbox), smtp.parse_server(address, SENDER, {}))
    path = outbox / "sent.csv"
    path.write_bytes(path.read_bytes()[:-cut])
    done = send.send(outbox_of(outbox), smtp.parse_server(address, SENDER, {}))
    assert max(handler.times.values()) == 1
    assert len(done.sent_before) + len(done.unclear) == 5
    assert len(done.unclear) <= 1
    assert SendLog(outbox).deliveries()


@pytest.mark.parametrize("cut", range(2, 10))
def test_a_word_that_was_cut_off_in_the_send_log_stops_nothing(
    outbox: Path, relay: tuple[Relay, str], cut: int
) -> None:
    handler, address = relay
    server = smtp.parse_server(address, SENDER, {})
    send.send(outbox_of(outbox), server)
    path = outbox / "sent.csv"
    path.write_bytes(path.read_bytes()[:-cut])
    for _ in range(2):
        assert len(send.send(outbox_of(outbox), server).unclear) == (cut > 3)
    assert max(handler.times.values()) == 1


def test_a_reply_that_was_cut_off_in_the_send_log_hides_no_line_after_it(
    outbox: Path, relay: tuple[Relay, str]
) -> None:
    """Its quotation mark is open, and would take in all that later runs write."""
    handler, address = relay
    server = smtp.parse_server(address, SENDER, {})
    (outbox / "sent.csv").write_bytes(
        b'when,message,to,state,said\r\n2026-11-29T10:00:00+00:00,own.eml,x@trust.example,refused,"550 no, su'
    )
    for _ in range(2):
        send.send(outbox_of(outbox), server)
    assert set(handler.times.values()) == {1}


@pytest.mark.parametrize("begun", [b"", b"when,mess", b"when,message,to,state,said\r\n"])
def test_a_send_log_that_holds_nothing_yet(outbox: Path, relay: tuple[Relay, str], begun: bytes) -> None:
    _, address = relay
    (outbox / "sent.csv").write_bytes(begun)
    assert len(send.send(outbox_of(outbox), smtp.parse_server(address, SENDER, {})).sent) == 5
    assert (outbox / "sent.csv").read_bytes().count(b"when,") == 1
    assert len(send.send(outbox_of(outbox), smtp.parse_server(address, SENDER, {})).sent_before) == 5


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
class TestAtTheScreen:
    def test_ctrl_c_stops_it_and_the_same_command_goes_on(self, tmp_path: Path) -> None:
        handler = Relay()
        handler.delay = 0.05
        for server, address in served(handler):
            outbox = make(tmp_path / "outbox", 20)
            args = command("send", outbox, "--smtp", address, "--from", SENDER, "--really")
            child = subprocess.Popen(args, stderr=subprocess.PIPE, text=True, env=environment())
            while len(server.got) < 3:
                time.sleep(0.01)
            child.send_signal(signal.SIGINT)
            output = child.communicate()[1]
            assert (child.returncode, "sent.csv says what went out" in output) == (130, True)
            assert "Traceback" not in output
            done = subprocess.run(args, capture_output=True, text=True, check=False, env=environment())
            unclear = done.stderr.count("may or may not have gone out")
            assert (done.returncode, unclear) in ((0, 0), (2, 1))
            assert max(server.times.values()) == 1
            assert len(server.got) >= 20 - unclear

    def test_two_runs_at_once(self, tmp_path: Path) -> None:
        handler = Relay()
        handler.delay = 0.2
        for server, address in served(handler):
            args = command("send", make(tmp_path / "outbox", 20), "--smtp", address, "--from", SENDER, "--really")
            first = subprocess.Popen(args, stderr=subprocess.PIPE, text=True, env=environment())
            while len(server.got) < 2:
                time.sleep(0.01)
            second = subprocess.run(args, capture_output=True, text=True, check=False, env=environment())
            assert (second.returncode, "wait until the other run has ended" in second.stderr) == (2, True)
            assert (first.communicate()[1].count("Sent 20 messages."), first.returncode) == (1, 0)
            assert max(server.times.values()) == 1

    def test_a_progress_bar_on_a_terminal(self, outbox: Path, relay: tuple[Relay, str]) -> None:
        _, address = relay
        screen = shown(command("send", outbox, "--smtp", address, "--from", SENDER, "--really"))
        assert b"Sending" in screen
        assert b"5/5" in screen


def test_a_second_run_at_the_same_time_is_turned_away(outbox: Path, relay: tuple[Relay, str]) -> None:
    handler, address = relay
    with SendLog(outbox).open(), pytest.raises(ImpactError, match=r"sent\.csv"):
        send.send(outbox_of(outbox), smtp.parse_server(address, SENDER, {}))
    assert handler.got == []


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")  # which is what is wanted on loopback
class TestCredentials:
    @pytest.fixture
    def guarded(self) -> Iterator[tuple[Relay, str]]:
        def check(_: Protocol, __: Session, ___: Envelope, ____: str, given: Any) -> AuthResult:
            # With handled=True, its own default, the server would answer a wrong password with silence.
            return AuthResult(success=(given.login, given.password) == (b"me", b"secret"), handled=False)

        yield from served(Relay(), authenticator=check, auth_required=True, auth_require_tls=False)

    def test_they_come_from_the_environment_alone(
        self, run: Run, outbox: Path, guarded: tuple[Relay, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        handler, address = guarded
        args = ("send", outbox, "--smtp", address, "--from", SENDER, "--really")
        refused = run(*args)
        assert (refused.exit_code, "takes nothing from" in refused.stderr) == (2, True)
        monkeypatch.setenv(smtp.USER, "me")
        assert "Only one of" in run(*args).stderr
        monkeypatch.setenv(smtp.PASSWORD, "wrong")
        wrong = run(*args)
        assert (wrong.exit_code, "does not take the credentials" in wrong.stderr) == (2, True)
        assert "wrong" not in (outbox / "sent.csv").read_text()
        assert handler.got == []
        monkeypatch.setenv(smtp.PASSWORD, "secret")
        assert run(*args).exit_code == 0
        assert set(handler.times.values()) == {1}

    def test_a_password_that_is_not_ascii(self, run: Run, outbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def check(_: Protocol, __: Session, ___: Envelope, ____: str, given: Any) -> AuthResult:
            return AuthResult(success=(given.login, given.password) == (b"me", "10£ für Möwe".encode()), handled=False)

        for handler, address in served(Relay(), authenticator=check, auth_required=True, auth_require_tls=False):
            monkeypatch.setenv(smtp.USER, "me")
            args = ("send", outbox, "--smtp", address, "--from", SENDER, "--really")
            monkeypatch.setenv(smtp.PASSWORD, "£")
            assert "does not take the credentials" in run(*args).stderr
            monkeypatch.setenv(smtp.PASSWORD, "10£ für Möwe")
            assert run(*args).exit_code == 0
            assert set(handler.times.values()) == {1}


class TestEncryption:
    @pytest.mark.parametrize("implicit", [False, True], ids=["STARTTLS", "TLS from the beginning"])
    def test_a_server_that_proves_who_it_is_gets_everything_encrypted(
        self, run: Run, outbox: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, implicit: bool
    ) -> None:
        context, certificate = self.certified(tmp_path, "-addext", "subjectAltName=IP:127.0.0.1")
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        monkeypatch.setattr(smtp.Server, "is_loopback", False)
        options = {"ssl_context": context} if implicit else {"tls_context": context, "require_starttls": True}
        for handler, address in served(Relay(), **options):
            if implicit:
                monkeypatch.setattr("impact_xl.mail.smtp.IMPLICIT_TLS", int(address.rpartition(":")[2]))
            done = run("send", outbox, "--smtp", address, "--from", SENDER, "--really")
            assert done.exit_code == 0, done.stderr
            assert set(handler.times.values()) == {1}

    def test_a_name_that_leads_elsewhere_by_now_is_not_this_machine(
        self, run: Run, outbox: Path, relay: tuple[Relay, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        handler, address = relay
        monkeypatch.setattr("impact_xl.mail.smtp._peer_is_loopback", lambda _: False)
        done = run("send", outbox, "--smtp", address, "--from", SENDER, "--really")
        assert (done.exit_code, "offers no encryption" in done.stderr, handler.got) == (2, True, [])

    @staticmethod
    def certified(folder: Path, *more: str) -> tuple[ssl.SSLContext, Path]:
        key, certificate = folder / "key.pem", folder / "certificate.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
             "-subj", "/CN=mail.trust.example", *more, "-keyout", key, "-out", certificate],
            check=True, capture_output=True,
        )  # fmt: skip
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate, key)
        return context, certificate

    def test_a_server_elsewhere_without_it_gets_nothing(
        self, run: Run, outbox: Path, relay: tuple[Relay, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        handler, address = relay
        monkeypatch.setattr(smtp.Server, "is_loopback", False)
        done = run("send", outbox, "--smtp", address, "--from", SENDER, "--really")
        assert (done.exit_code, "offers no encryption" in done.stderr, handler.got) == (2, True, [])

    def test_a_certificate_that_proves_nothing_is_not_believed(
        self, run: Run, outbox: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        context, _ = self.certified(tmp_path)
        monkeypatch.setattr(smtp.Server, "is_loopback", False)
        for handler, address in served(Relay(), tls_context=context, require_starttls=True):
            done = run("send", outbox, "--smtp", address, "--from", SENDER, "--really")
            assert (done.exit_code, handler.got) == (2, [])
            assert "could not prove who it is" in done.stderr


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("none", "--smtp", "127.0.0.1:1", "--from", SENDER), "This is no outbox: none"),
        (("outbox", "--smtp", "", "--from", SENDER), "“” is no mail server"),
        (("outbox", "--smtp", "host:99999", "--from", SENDER), "is no mail server"),
        (("outbox", "--smtp", "127.0.0.1:1", "--from", "me"), "“me” is no e-mail address"),
        (
            ("outbox", "--smtp", "127.0.0.1:1", "--from", SENDER, "--really"),
            "The mail server cannot be reached: 127.0.0.1:1",
        ),
        (
            ("outbox", "--smtp", "none.invalid", "--from", SENDER, "--really"),
            "The mail server cannot be reached: none.invalid:587",
        ),
    ],
)
def test_what_cannot_be_done(
    run: Run, outbox: Path, monkeypatch: pytest.MonkeyPatch, args: tuple[str, ...], message: str
) -> None:
    monkeypatch.chdir(outbox.parent)
    done = run("send", *args)
    assert (done.exit_code, message in done.stderr) == (2, True), done.stderr
    assert "Hint:" in done.stderr


def test_a_bad_address_stops_everything_before_it_begins(run: Run, outbox: Path, relay: tuple[Relay, str]) -> None:
    handler, address = relay
    path = outbox / "messages" / "004 Ward 4 – Möwe.eml"
    path.write_bytes(path.read_bytes().replace(b"To: ward4@trust.example", b"To: ward4 at trust"))
    done = run("send", outbox, "--smtp", address, "--from", SENDER, "--really")
    assert (done.exit_code, handler.got) == (2, [])
    assert "004 Ward 4 – Möwe.eml" in done.stderr


def test_a_send_log_that_cannot_be_understood_stops_everything(outbox: Path, relay: tuple[Relay, str]) -> None:
    handler, address = relay
    (outbox / "sent.csv").write_text("when,message,to,state,said\nx,y,z,maybe,\n")
    with pytest.raises(ImpactError, match="cannot be read"):
        send.send(outbox_of(outbox), smtp.parse_server(address, SENDER, {}))
    assert handler.got == []


def test_an_address_that_is_refused_is_to_be_corrected(run: Run, outbox: Path, relay: tuple[Relay, str]) -> None:
    handler, address = relay
    handler.refuse = {"ward1@trust.example"}
    done = run("send", outbox, "--smtp", address, "--from", SENDER, "--really")
    assert "correct the refused addresses" in done.stderr
    assert "the server refused the message" not in done.stderr
