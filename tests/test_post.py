"""Drafts: what another mail library makes of them, and that nothing in a name can break out of its place."""

from __future__ import annotations

import base64
import csv
import email
import io
import json
import os
import shutil
import subprocess
from email.policy import SMTP
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impact_xl import post
from impact_xl.findings import ImpactError
from impact_xl.post import Attachment, Draft
from impact_xl.rounds import Team

HERE = Path(__file__).parent
TEXT = "Dear Zoë,\n\nPlease look:\n\n- one & two\n- <three>\n\nA line\nand another — with a dash.\n"
CONTENT = bytes(range(256)) * 500
TEAM = Team(
    "t1", "Équipe “Möwe”, Sjögren’s – 7", "Nord", "Zoë", "zoe@trust.example; b@trust.example", "lead@trust.example"
)
DRAFT = Draft(
    TEAM, "Selbsteinschätzung – Équipe “Möwe” " + "long " * 30, TEXT, (Attachment("Form – Möwe.xlsx", CONTENT),)
)


def parsed_elsewhere(path: Path) -> dict[str, object]:
    """What the npm package mailparser makes of a message."""
    if not os.environ.get("CI") and not (os.environ.get("NODE_PATH") and shutil.which("node")):
        pytest.skip("Node.js with the package mailparser is not installed (NODE_PATH)")
    done = subprocess.run(["node", HERE / "mails.js", path], check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def test_another_mail_library_reads_the_draft(tmp_path: Path) -> None:
    post.write([DRAFT], tmp_path / "out", files="forms", what="outbox")
    [path] = (tmp_path / "out" / "messages").iterdir()
    assert path.name == "001 Équipe “Möwe”, Sjögren’s – 7.eml"
    read = parsed_elsewhere(path)
    assert read["subject"] == DRAFT.subject.strip()
    assert (read["to"], read["cc"]) == (["zoe@trust.example", "b@trust.example"], ["lead@trust.example"])
    assert str(read["text"]).replace("\r\n", "\n").strip() == TEXT.strip()
    assert "<ul><li>one &amp; two</li><li>&lt;three&gt;</li></ul>" in str(read["html"])
    [[name, kind, content]] = read["attachments"]
    assert (name, base64.b64decode(content)) == ("Form – Möwe.xlsx", CONTENT)
    assert kind == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    assert read["unsent"] == "1"
    assert not {"from", "date", "message-id"} & set(read["heads"])
    assert (tmp_path / "out" / "forms" / "Form – Möwe.xlsx").read_bytes() == CONTENT


def test_the_same_draft_gives_the_same_bytes() -> None:
    assert post.message(DRAFT).as_bytes() == post.message(DRAFT).as_bytes()


@given(st.text(), st.text())
def test_no_name_begins_a_header_or_leaves_the_folder(name: str, subject: str) -> None:
    draft = Draft(
        Team("t", name, email="a@b.example"), subject, "Hello\n", (Attachment(f"{post.safe_name(name)}.xlsx", b"x"),)
    )
    read = email.message_from_bytes(post.message(draft).as_bytes(), policy=SMTP)
    assert set(read.keys()) == {"To", "Subject", "X-Unsent", "MIME-Version", "Content-Type"}
    assert str(read["To"]) == "a@b.example"
    safe = post.safe_name(name)
    assert safe
    assert len(safe) <= 101
    assert not set('<>:"/\\|?*\0\n\r\t') & set(safe)
    assert safe == safe.strip(" .")


@pytest.mark.parametrize(
    ("text", "name"),
    [("CON", "CON_"), ("nul.txt", "nul.txt_"), ("..", "_"), ("a\u202eb", "a b"), ("Ward 7/8", "Ward 7 8")],
)
def test_names_that_windows_keeps_for_itself(text: str, name: str) -> None:
    assert post.safe_name(text) == name


def test_the_list_for_a_mail_merge(tmp_path: Path) -> None:
    nobody = Draft(Team("t2", "=HYPERLINK(1)"), "S", "T\n", (Attachment("b.xlsx", b"b"),))
    post.write([DRAFT, nobody], tmp_path / "out", files="forms", what="outbox")
    text = (tmp_path / "out" / "distribution.csv").read_bytes()
    assert text.startswith(b"\xef\xbb\xbf")
    first, second = csv.DictReader(io.StringIO(text.decode("utf-8-sig"), newline=""))
    assert first["to"] == "zoe@trust.example; b@trust.example"
    assert first["file"] == "forms/Form – Möwe.xlsx"
    assert (tmp_path / "out" / first["message"]).is_file()
    assert (second["team"], second["to"]) == ("'=HYPERLINK(1)", "")


class TestOutbox:
    @pytest.fixture
    def outbox(self, tmp_path: Path) -> Path:
        post.write([DRAFT], tmp_path / "out", files="forms", what="outbox")
        return tmp_path / "out"

    def test_it_is_made_again_whole(self, outbox: Path) -> None:
        (outbox / "mine.txt").write_text("mine")
        other = Draft(Team("t2", "Ward 2"), "S", "T\n", (Attachment("b.xlsx", b"b"),))
        post.write([other], outbox, files="forms", what="outbox")
        assert {path.name for path in outbox.rglob("*") if path.is_file()} == {
            "001 Ward 2.eml", "b.xlsx", "distribution.csv", "outbox.json", "mine.txt",
        }  # fmt: skip
        assert not list(outbox.parent.glob(".*"))

    @pytest.mark.parametrize("change", ["edit", "foreign", "sent", "file"])
    def test_what_people_did_there_is_left_alone(self, outbox: Path, change: str) -> None:
        if change == "edit":
            next((outbox / "messages").iterdir()).write_text("edited")
        elif change == "foreign":
            (outbox / "outbox.json").write_text("{}")
        elif change == "sent":
            (outbox / "sent.csv").write_text("when,message\nnow,001\n")
        else:
            shutil.rmtree(outbox)
            outbox.write_text("a file")
        before = {path: path.read_bytes() for path in (outbox, *outbox.rglob("*")) if path.is_file()}
        for work in (
            lambda: post.check_outbox(outbox, "outbox"),
            lambda: post.write([DRAFT], outbox, files="forms", what="outbox"),
        ):
            with pytest.raises(ImpactError, match="outbox") as told:
                work()
            assert "--output" in told.value.hint
        assert {path: path.read_bytes() for path in (outbox, *outbox.rglob("*")) if path.is_file()} == before

    def test_a_fault_midway_leaves_the_old_one(self, outbox: Path) -> None:
        def drafts():
            yield DRAFT
            raise ImpactError("no more", "stop")

        before = {path: path.read_bytes() for path in outbox.rglob("*") if path.is_file()}
        with pytest.raises(ImpactError, match="no more"):
            post.write(drafts(), outbox, files="forms", what="outbox")
        assert {path: path.read_bytes() for path in outbox.rglob("*") if path.is_file()} == before
        assert not list(outbox.parent.glob(".*"))


def test_fields() -> None:
    assert post.fill("{a} {b } {} {{a}}", {"a": "1"}, "x") == "1 {b } {} {1}"
    with pytest.raises(ImpactError, match=r"The field \{taem\} in mine\.txt is not known"):
        post.fill("Dear {taem}", {"team": "x"}, "mine.txt")


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"])
def test_a_text_that_cannot_be_read(tmp_path: Path, content: bytes | None) -> None:
    if content:
        (tmp_path / "body.txt").write_bytes(content)
    with pytest.raises(ImpactError, match="The message's text"):
        post.wording("invitation", body=tmp_path / "body.txt")
