"""Sending, against a real SMTP server on this machine: each message once, whatever breaks on the way."""

from __future__ import annotations

import csv
import email
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from email.policy import SMTP
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP as Protocol  # noqa: N811  the server's side
from aiosmtpd.smtp import AuthResult, Envelope, Session
from click.testing import Result

import impact_xl
from impact_xl import post, sending
from impact_xl.findings import ImpactError
from impact_xl.post import Attachment, Draft
from impact_xl.rounds import Team

Run = Callable[..., Result]
SENDER, LEAD = "improvement@trust.example", "lead@trust.example"


class Relay:
    """What the server got, and what it does to some of it."""

    def __init__(self) -> None:
        self.got: list[tuple[str, tuple[str, ...], bytes]] = []
        self.refuse: set[str] = set()
        self.break_at: dict[str, str] = {}  # at which address the connection breaks: before the data, or after it
        self.delay = 0.0

    async def handle_RCPT(self, server: Any, session: Session, envelope: Envelope, address: str, _: Any) -> str:  # noqa: N802
        if address in self.refuse:
            return "550 5.1.1 No such mailbox here"
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
    drafts = (
        Draft(
            Team(f"t{number}", f"Ward {number} – Möwe", "", "", f"ward{number}@trust.example", LEAD * (number == 1)),
            f"Ward {number} – Möwe",
            f"Dear {number},\n\n.A line that begins with a dot\n",
            (Attachment(f"Form {number}.xlsx", bytes([number]) * 3_000),),
        )
        for number in range(1, count + 1)
    )  # fmt: skip
    post.write(drafts, folder, files="forms", what="outbox")
    return folder


@pytest.fixture
def outbox(tmp_path: Path) -> Path:
    return make(tmp_path / "outbox")


def ledger(outbox: Path) -> list[tuple[str, str]]:
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
    sending.send(outbox, sending.server(address, SENDER, {}))
    _, to, content = handler.got[0]
    assert to == ("other@trust.example", "lead@trust.example", "blind@trust.example")
    assert b"blind@" not in content


def test_refused_addresses_are_told_and_the_rest_is_sent(run: Run, outbox: Path, relay: tuple[Relay, str]) -> None:
    handler, address = relay
    handler.refuse = {"ward2@trust.example", "lead@trust.example"}
    done = run("send", outbox, "--smtp", address, "--from", SENDER, "--really")
    assert done.exit_code == 2
    assert "Sent 4 messages." in done.stderr
    assert "refused: ward2@trust.example in 002 Ward 2 – Möwe.eml: 550 5.1.1 No such mailbox here" in done.stderr
    assert "refused: lead@trust.example in 001" in done.stderr
    assert handler.times == {f"ward{n}@trust.example": 1 for n in (1, 3, 4, 5)}
    handler.refuse.clear()
    assert run("send", outbox, "--smtp", address, "--from", SENDER, "--really").exit_code == 0
    assert handler.times == {f"ward{n}@trust.example": 1 for n in range(1, 6)}


def test_a_connection_that_breaks_before_the_message_is_opened_again(outbox: Path, relay: tuple[Relay, str]) -> None:
    handler, address = relay
    handler.break_at = {"ward3@trust.example": "before"}
    done = sending.send(outbox, sending.server(address, SENDER, {}))
    assert (len(done.sent), done.unclear) == (5, [])
    assert set(handler.times.values()) == {1}


def test_what_may_have_arrived_is_told_and_not_sent_again(run: Run, outbox: Path, relay: tuple[Relay, str]) -> None:
    handler, address = relay
    handler.break_at = {"ward3@trust.example": "after"}
    args = ("send", outbox, "--smtp", address, "--from", SENDER, "--really")
    done = run(*args)
    assert done.exit_code == 2
    assert "may or may not have gone out: 003 Ward 3 – Möwe.eml" in done.stderr
    assert dict(ledger(outbox))["003"] == "sending"
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
    for held, address in served(handler):
        outbox = make(tmp_path / "outbox", 30)
        command = [sys.executable, "-m", "impact_xl", "send", outbox, "--smtp", address, "--from", SENDER, "--really"]
        environment = {**os.environ, "PYTHONPATH": str(Path(impact_xl.__file__).parent.parent)}
        killed = 0
        for stop_after in (3, 11, 18):
            child = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            for _ in range(2_000):
                if len(held.got) >= stop_after or child.poll() is not None:
                    break
                time.sleep(0.01)
            killed += child.poll() is None
            child.send_signal(signal.SIGKILL)
            child.wait()
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        unclear = {name for name, state in dict(ledger(outbox)).items() if state == "sending"}
        assert killed == 3
        assert len(unclear) <= 3
        assert done.stderr.count("may or may not have gone out") == len(unclear)
        assert done.returncode == (2 if unclear else 0)
        assert max(held.times.values()) == 1
        assert len(held.got) >= 30 - len(unclear)


def test_a_second_run_at_the_same_time_is_turned_away(outbox: Path, relay: tuple[Relay, str]) -> None:
    handler, address = relay
    with sending.Ledger(outbox).open(), pytest.raises(ImpactError, match=r"sent\.csv"):
        sending.send(outbox, sending.server(address, SENDER, {}))
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
        monkeypatch.setenv(sending.USER, "me")
        assert "Only one of" in run(*args).stderr
        monkeypatch.setenv(sending.PASSWORD, "wrong")
        wrong = run(*args)
        assert (wrong.exit_code, "does not take the credentials" in wrong.stderr) == (2, True)
        assert "wrong" not in (outbox / "sent.csv").read_text()
        assert handler.got == []
        monkeypatch.setenv(sending.PASSWORD, "secret")
        assert run(*args).exit_code == 0
        assert set(handler.times.values()) == {1}


class TestEncryption:
    def test_a_server_elsewhere_without_it_gets_nothing(
        self, run: Run, outbox: Path, relay: tuple[Relay, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        handler, address = relay
        monkeypatch.setattr(sending.Server, "is_loopback", False)
        done = run("send", outbox, "--smtp", address, "--from", SENDER, "--really")
        assert (done.exit_code, "offers no encryption" in done.stderr, handler.got) == (2, True, [])

    def test_a_certificate_that_proves_nothing_is_not_believed(
        self, run: Run, outbox: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
             "-subj", "/CN=mail.trust.example", "-keyout", key, "-out", certificate],
            check=True, capture_output=True,
        )  # fmt: skip
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate, key)
        monkeypatch.setattr(sending.Server, "is_loopback", False)
        for handler, address in served(Relay(), tls_context=context, require_starttls=True):
            done = run("send", outbox, "--smtp", address, "--from", SENDER, "--really")
            assert (done.exit_code, handler.got) == (2, [])
            assert "could not prove who it is" in done.stderr


@pytest.mark.parametrize(
    ("args", "said"),
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
    run: Run, outbox: Path, monkeypatch: pytest.MonkeyPatch, args: tuple[str, ...], said: str
) -> None:
    monkeypatch.chdir(outbox.parent)
    done = run("send", *args)
    assert (done.exit_code, said in done.stderr) == (2, True), done.stderr
    assert "Hint:" in done.stderr


def test_a_bad_address_stops_everything_before_it_begins(run: Run, outbox: Path, relay: tuple[Relay, str]) -> None:
    handler, address = relay
    path = outbox / "messages" / "004 Ward 4 – Möwe.eml"
    path.write_bytes(path.read_bytes().replace(b"To: ward4@trust.example", b"To: ward4 at trust"))
    done = run("send", outbox, "--smtp", address, "--from", SENDER, "--really")
    assert (done.exit_code, handler.got) == (2, [])
    assert "004 Ward 4 – Möwe.eml" in done.stderr


def test_a_ledger_that_cannot_be_understood_stops_everything(outbox: Path, relay: tuple[Relay, str]) -> None:
    handler, address = relay
    (outbox / "sent.csv").write_text("when,message,to,state,said\nx,y,z,maybe,\n")
    with pytest.raises(ImpactError, match="cannot be read"):
        sending.send(outbox, sending.server(address, SENDER, {}))
    assert handler.got == []
