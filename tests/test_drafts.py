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
import unicodedata
from email.policy import SMTP
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impact_xl.findings import ImpactError
from impact_xl.mail import drafts
from impact_xl.mail.drafts import Attachment, Draft
from impact_xl.roster import Team

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
    drafts.write([DRAFT], tmp_path / "out", files="forms", what="outbox")
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


def test_debians_mime_tools_read_the_draft(tmp_path: Path) -> None:
    """Perl's MIME::Parser, of the package libmime-tools-perl."""
    if not os.environ.get("CI") and not (shutil.which("perl") and _has_mime_parser()):
        pytest.skip("Perl's MIME::Parser is not installed (libmime-tools-perl)")
    drafts.write([DRAFT], tmp_path / "out", files="forms", what="outbox")
    [path] = (tmp_path / "out" / "messages").iterdir()
    done = subprocess.run(["perl", HERE / "mails.pl", path, tmp_path], check=True, capture_output=True)
    read = dict(line.split("\t", 1) for line in done.stdout.decode().splitlines())
    assert read["subject"] == DRAFT.subject.strip()
    assert read["text"].replace("\\n", "\n").strip() == TEXT.strip()
    assert "<li>one &amp; two</li>" in read["html"]
    assert read["name"] == "Form – Möwe.xlsx"
    assert Path(read["file"]).read_bytes() == CONTENT


def _has_mime_parser() -> bool:
    return subprocess.run(["perl", "-MMIME::Parser", "-e1"], check=False, capture_output=True).returncode == 0


@pytest.mark.skipif(not shutil.which("munpack") and not os.environ.get("CI"), reason="munpack (mpack) is not installed")
def test_debians_munpack_finds_the_form(tmp_path: Path) -> None:
    """An old and simple program, which knows plain names alone: most teams' are."""
    plain = Draft(TEAM, "A form", TEXT, (Attachment("Self-assessment - Ward 7.xlsx", CONTENT),))
    (tmp_path / "draft.eml").write_bytes(drafts.compose(plain).as_bytes())
    subprocess.run(["munpack", "-q", "draft.eml"], cwd=tmp_path, check=True, capture_output=True)
    [path] = tmp_path.glob("*.xlsx")  # it writes X for whatever a shell might mistake
    assert (path.name, path.read_bytes() == CONTENT) == ("Self-assessmentX-XWardX7.xlsx", True)


class TestHeaders:
    """As they stand in the file: programs differ in what they make of what the standard allows."""

    @pytest.mark.parametrize(
        "subject",
        [
            "NHS IMPACT self-assessment: a question about the form of Aspen theatre and its neighbours",
            "Möwe " * 40,
            "A" * 200,
            "=?utf-8?q?not_encoded?=",
            "word " * 60,
            "Équipe",
        ],
    )
    def test_a_subject_never_begins_with_an_empty_line(self, subject: str) -> None:
        content = drafts.compose(Draft(TEAM, subject, TEXT)).as_bytes()
        line = next(line for line in content.split(b"\r\n") if line.startswith(b"Subject:"))
        assert line.startswith(b"Subject: ")
        assert line.strip() != b"Subject:"
        read = email.message_from_bytes(content, policy=SMTP)
        assert str(read["Subject"]) == " ".join(subject.split())
        assert all(len(line) <= 78 for line in content.split(b"\r\n") if b"AAAA" not in line)

    def test_a_name_with_accents_is_given_as_the_standard_and_as_outlook_have_it(self) -> None:
        content = drafts.compose(DRAFT).as_bytes().decode("ascii")
        assert "filename*=utf-8''Form%20%E2%80%93%20M%C3%B6we.xlsx" in content
        assert 'name="=?utf-8?' in content
        plain = (
            drafts.compose(Draft(TEAM, "S", TEXT, (Attachment("Form - Ward 7.xlsx", b"x"),))).as_bytes().decode("ascii")
        )
        assert 'name="Form - Ward 7.xlsx"' in plain
        assert 'filename="Form - Ward 7.xlsx"' in plain

    def test_seven_bits_and_lines_that_every_server_takes(self) -> None:
        text = "Möwe " * 500 + "\n" + "x" * 3_000 + "\n"
        content = drafts.compose(Draft(TEAM, "S", text, (Attachment("Form – Möwe.xlsx", CONTENT),))).as_bytes()
        assert content.isascii()
        assert max(map(len, content.split(b"\r\n"))) <= 998
        read = email.message_from_bytes(content, policy=SMTP)
        assert read.get_body(("plain",)).get_content().replace("\r\n", "\n") == text

    def test_answers_go_to_the_contact(self) -> None:
        content = drafts.compose(Draft(TEAM, "S", TEXT, (), "improve@trust.example")).as_bytes()
        assert b"\r\nReply-To: improve@trust.example\r\n" in content
        assert b"Reply-To" not in drafts.compose(DRAFT).as_bytes()

    def test_addresses_with_names_and_many_of_them(self) -> None:
        team = Team("t", "Ash", email='"Smith, Jo" <jo@x.example>; ' + "; ".join(f"a{n}@x.example" for n in range(40)))
        read = email.message_from_bytes(drafts.compose(Draft(team, "S", TEXT)).as_bytes(), policy=SMTP)
        assert [each.addr_spec for each in read["To"].addresses] == [
            "jo@x.example",
            *(f"a{n}@x.example" for n in range(40)),
        ]

    @given(st.text(alphabet='a@b.example \r\n;,<>:\0"Bc', max_size=60))
    def test_no_address_begins_a_header(self, text: str) -> None:
        team = Team("t", "Ash", email=text, cc=text)
        read = email.message_from_bytes(drafts.compose(Draft(team, "S", TEXT, (), text)).as_bytes(), policy=SMTP)
        assert set(read.keys()) <= {"To", "Cc", "Reply-To", "Subject", "X-Unsent", "MIME-Version", "Content-Type"}


class TestFileNames:
    @pytest.mark.parametrize("character", ["W", "ö", "部", "🏥"])
    def test_very_long_names_that_begin_alike_stay_apart_and_fit_everywhere(self, character: str) -> None:
        names = drafts.FileNames()
        given = [names.of("Self-assessment", Team(f"team-{n}", character * 120 + f" {n}")) for n in range(30)]
        assert len({name.casefold() for name in given}) == 30
        assert all(len(name) <= 106 and len(name.encode()) <= 206 for name in given)
        assert all(f"(team-{n})" in name for n, name in enumerate(given) if n)

    def test_both_of_two_namesakes_carry_their_ids(self) -> None:
        teams = [Team("hazel", "Hazel"), Team("hazel-north", "Hazel"), Team("elm", "Elm")]
        names = drafts.FileNames(teams)
        assert [names.of("Form", team) for team in reversed(teams)] == [
            "Form - Elm.xlsx",
            "Form - Hazel (hazel-north).xlsx",
            "Form - Hazel (hazel).xlsx",
        ]

    def test_ids_that_are_of_no_help(self) -> None:
        names = drafts.FileNames()
        given = [
            names.of("F", Team(identity, "A")) for identity in ("x" * 300, "x" * 300 + "y", "a/b", "a:b", "🏥" * 50)
        ]
        assert len(set(given)) == 5
        assert all(len(name) <= 106 for name in given)

    @given(st.lists(st.tuples(st.text(max_size=150), st.text(max_size=60)), max_size=12))
    def test_any_names(self, teams: list[tuple[str, str]]) -> None:
        names = drafts.FileNames()
        given = [names.of("Form", Team(identity, name)) for identity, name in teams]
        assert len({unicodedata.normalize("NFC", name).casefold() for name in given}) == len(teams)
        assert all(len(name.encode()) <= 206 for name in given)


def test_two_files_of_one_name_never_take_each_others_place(tmp_path: Path) -> None:
    two = [DRAFT, Draft(Team("t2", "Other"), "S", TEXT, (Attachment("Form – Möwe.xlsx", b"other"),))]
    with pytest.raises(ValueError, match="two files are called"):
        drafts.write(two, tmp_path / "out", files="forms", what="outbox")
    assert not list(tmp_path.iterdir())


def test_the_same_draft_gives_the_same_bytes() -> None:
    assert drafts.compose(DRAFT).as_bytes() == drafts.compose(DRAFT).as_bytes()


@given(st.text(), st.text())
def test_no_name_begins_a_header_or_leaves_the_folder(name: str, subject: str) -> None:
    draft = Draft(
        Team("t", name, email="a@b.example"), subject, "Hello\n", (Attachment(f"{drafts.safe_name(name)}.xlsx", b"x"),)
    )
    read = email.message_from_bytes(drafts.compose(draft).as_bytes(), policy=SMTP)
    assert set(read.keys()) == {"To", "Subject", "X-Unsent", "MIME-Version", "Content-Type"}
    assert str(read["To"]) == "a@b.example"
    assert len(list(read.iter_attachments())) == 1
    safe = drafts.safe_name(name)
    assert safe
    assert len(safe) <= 101
    assert not set('<>:"/\\|?*\0\n\r\t') & set(safe)
    assert safe == safe.strip(" .")


@pytest.mark.parametrize(
    ("text", "name"),
    [("CON", "CON_"), ("nul.txt", "nul.txt_"), ("..", "_"), ("a\u202eb", "a b"), ("Ward 7/8", "Ward 7 8")],
)
def test_names_that_windows_keeps_for_itself(text: str, name: str) -> None:
    assert drafts.safe_name(text) == name


def test_the_list_for_a_mail_merge(tmp_path: Path) -> None:
    nobody = Draft(Team("t2", "=HYPERLINK(1)"), "S", "T\n", (Attachment("b.xlsx", b"b"),))
    drafts.write([DRAFT, nobody], tmp_path / "out", files="forms", what="outbox")
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
        drafts.write([DRAFT], tmp_path / "out", files="forms", what="outbox")
        return tmp_path / "out"

    def test_it_is_made_again_whole(self, outbox: Path) -> None:
        (outbox / "mine.txt").write_text("mine")
        other = Draft(Team("t2", "Ward 2"), "S", "T\n", (Attachment("b.xlsx", b"b"),))
        drafts.write([other], outbox, files="forms", what="outbox")
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
            lambda: drafts.check_outbox(outbox, "outbox"),
            lambda: drafts.write([DRAFT], outbox, files="forms", what="outbox"),
        ):
            with pytest.raises(ImpactError, match="outbox") as error:
                work()
            assert "--output" in error.value.hint
        assert {path: path.read_bytes() for path in (outbox, *outbox.rglob("*")) if path.is_file()} == before

    def test_a_fault_midway_leaves_the_old_one(self, outbox: Path) -> None:
        def failing():
            yield DRAFT
            raise ImpactError("no more", "stop")

        before = {path: path.read_bytes() for path in outbox.rglob("*") if path.is_file()}
        with pytest.raises(ImpactError, match="no more"):
            drafts.write(failing(), outbox, files="forms", what="outbox")
        assert {path: path.read_bytes() for path in outbox.rglob("*") if path.is_file()} == before
        assert not list(outbox.parent.glob(".*"))


def test_fields() -> None:
    assert drafts.fill("{a} {b } {} {{a}}", {"a": "1"}, "x") == "1 {b } {} {1}"
    with pytest.raises(ImpactError, match=r"The field \{taem\} in mine\.txt is not known"):
        drafts.fill("Dear {taem}", {"team": "x"}, "mine.txt")


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"])
def test_a_text_that_cannot_be_read(tmp_path: Path, content: bytes | None) -> None:
    if content:
        (tmp_path / "body.txt").write_bytes(content)
    with pytest.raises(ImpactError, match="The message's text"):
        drafts.read_template(body=tmp_path / "body.txt")
