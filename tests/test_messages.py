"""Mails as programs and servers really write them: no form in them is lost, and no paperwork is taken for one."""

from __future__ import annotations

import base64
import binascii
import io
from pathlib import Path
from typing import Self

import msoffcrypto
import pytest
from edit_cases import FORM, TRUTH
from messages import boxed, mail, zipped
from msgforge import Message as Outlook
from rounds_in_memory import QUESTIONNAIRE
from test_containers import WHEN, read, rules, save

from impact_xl.returns import file_type
from impact_xl.returns.read_file import FileStarted, Source, read_source
from impact_xl.returns.submission import ReturnedFile
from impact_xl.round.answers import judge

LETTER = bytes(mail(files={"Ward 7.xlsx": FORM})).replace(b"\r\n", b"\n")
ENCODED = base64.encodebytes(FORM)
HEADS = (
    b"From: ward@example.org\nSubject: Ours\nDate: Mon, 02 Nov 2026 09:30:00 +0000\nMIME-Version: 1.0\n"
    b'Content-Type: multipart/mixed; boundary="b"\n\n--b\nContent-Type: text/plain\n\nhello\n'
)


def letter(*parts: tuple[bytes, bytes]) -> bytes:
    """A mail with these parts, each with its heads."""
    return HEADS + b"".join(b"--b\n%b\n\n%b\n" % part for part in parts) + b"--b--\n"


def form(kind: bytes, more: bytes = b"") -> tuple[bytes, bytes]:
    return b"Content-Type: %b\nContent-Transfer-Encoding: base64%b" % (kind, more), ENCODED


def files_in(content: bytes, tmp_path: Path) -> dict[str, ReturnedFile]:
    return read(save(tmp_path / "in", content))


def is_whole(file: ReturnedFile) -> bool:
    (submission,) = file.submissions
    return {q: answer.level for q, answer in judge(submission, QUESTIONNAIRE).answers.items()} == TRUTH


@pytest.mark.parametrize(
    "spoilt",
    [
        b"\r\n\r\n" + LETTER,
        b"\xef\xbb\xbf" + LETTER,
        b"\xef\xbb\xbf\r\n" + LETTER.replace(b"\n", b"\r\n"),
        LETTER.replace(b"\n", b"\r"),
        LETTER.decode().encode("utf-16"),
        LETTER.decode().replace("\n", "\r\n").encode("utf-16-be").join((b"\xfe\xff", b"")),
        b"%d\n%b<?xml version='1.0'?><plist/>" % (len(LETTER), LETTER),
    ],
    ids=["blank lines", "a mark", "both", "old line ends", "UTF-16", "UTF-16, big end first", "Apple's .emlx"],
)
def test_what_stands_before_the_heads(spoilt: bytes, tmp_path: Path) -> None:
    files = files_in(spoilt, tmp_path)
    assert rules(files) == {"in!/Ward 7.xlsx": []}
    file = files["in!/Ward 7.xlsx"]
    assert is_whole(file)
    assert file.message
    assert (file.message.sender, file.message.date) == ("Ward lead <ward@example.org>", WHEN)


@pytest.mark.parametrize(
    ("part", "name"),
    [
        (form(b"application/octet-stream"), "attachment 1"),
        (form(b'image/png; name="a.xlsx"', b"\nContent-ID: <x>"), "a.xlsx"),
        (form(b'text/calendar; name="a.xlsx"'), "a.xlsx"),
        (form(b"text/plain"), "attachment 1"),
        (form(b"application/x", b"\nContent-Disposition: attachment; filename*=UTF-8''W%C3%A9rd.xlsx"), "Wérd.xlsx"),
        (
            form(b"application/x", b'\nContent-Disposition: attachment; filename="=?utf-8?B?V8OpcmQueGxzeA==?="'),
            "Wérd.xlsx",
        ),
        (
            form(b"application/x", b"\nContent-Disposition: attachment;\n filename*0=Wa;\n filename*1=rd.xlsx"),
            "Ward.xlsx",
        ),
        ((b'Content-Type: application/x; name="a.xlsx"\nContent-Transfer-Encoding: binary', FORM), "a.xlsx"),
        (form(b'application/x; name="C:\\\\Users\\\\a.xlsx"'), "C:/Users/a.xlsx"),
    ],
)
def test_however_a_form_is_attached(part: tuple[bytes, bytes], name: str, tmp_path: Path) -> None:
    files = files_in(letter(part), tmp_path)
    assert rules(files) == {f"in!/{name}": []}
    assert is_whole(files[f"in!/{name}"])


def test_a_form_that_is_the_whole_mail_or_is_written_into_its_text(tmp_path: Path) -> None:
    lines = b"".join(binascii.b2a_uu(FORM[at : at + 45]) for at in range(0, len(FORM), 45))
    for content in (
        b"From: a@b.org\nSubject: x\nMIME-Version: 1.0\nContent-Type: application/x; name=a.xlsx\n"
        b"Content-Transfer-Encoding: base64\n\n" + ENCODED,
        b"From: a@b.org\nSubject: x\n\nHere it is.\n\nbegin 644 a.xlsx\n" + lines + b"`\nend\n",
    ):
        files = files_in(content, tmp_path)
        assert rules(files) == {"in!/a.xlsx": []}
        assert is_whole(files["in!/a.xlsx"])


def test_a_forwarded_mail_that_was_encoded(tmp_path: Path) -> None:
    part = b"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64", base64.encodebytes(LETTER)
    files = files_in(letter(part), tmp_path)
    assert rules(files) == {"in!/Our form.eml!/Ward 7.xlsx": []}
    assert is_whole(files["in!/Our form.eml!/Ward 7.xlsx"])


PAPERWORK = (
    (b"Content-Type: application/pkcs7-signature; name=smime.p7s\nContent-Transfer-Encoding: base64", b"MIIB"),
    (b"Content-Type: text/calendar; name=invite.ics", b"BEGIN:VCALENDAR"),
    (b"Content-Type: application/ics; name=invite.ics\nContent-Disposition: attachment", b"BEGIN:VCALENDAR"),
    (b"Content-Type: text/x-vcard; name=me.vcf\nContent-Disposition: attachment", b"BEGIN:VCARD"),
    (b"Content-Type: application/applefile; name=a.xlsx\nContent-Transfer-Encoding: base64", b"AAUWBwACAAA="),
    (b"Content-Type: text/plain; name=ATT00001.txt\nContent-Disposition: attachment", b"sent from a list"),
    (b"Content-Type: image/png; name=logo.png\nContent-ID: <l>\nContent-Disposition: attachment", b"\x89PNG"),
)


@pytest.mark.parametrize("paper", PAPERWORK)
def test_paperwork_is_no_return(paper: tuple[bytes, bytes], tmp_path: Path) -> None:
    files = files_in(letter(paper, form(b'application/x; name="a.xlsx"')), tmp_path)
    assert rules(files) == {"in!/a.xlsx": []}
    assert rules(files_in(letter(paper), tmp_path)) == {"in": ["mail-no-file"]}


def test_a_notice_that_a_message_was_not_delivered(tmp_path: Path) -> None:
    notice = (
        b'From: MAILER\nSubject: Undelivered\nMIME-Version: 1.0\nContent-Type: multipart/report; boundary="b"\n\n'
        b"--b\nContent-Type: text/plain\n\nIt bounced.\n--b\nContent-Type: message/delivery-status\n\n"
        b"Reporting-MTA: dns; x\n\nAction: failed\n--b\nContent-Type: text/rfc822-headers\n\nSubject: x\n--b--\n"
    )
    assert rules(files_in(notice, tmp_path)) == {"in": ["mail-bounced"]}


def test_a_signed_mail_and_one_that_hides_what_it_holds(tmp_path: Path) -> None:
    inner = letter(form(b'application/x; name="a.xlsx"')).partition(b"MIME-Version: 1.0\n")[2]
    signed = (
        b'From: a@b.org\nSubject: x\nMIME-Version: 1.0\nContent-Type: multipart/signed; boundary="s"\n\n--s\n'
        + inner
        + b"\n--s\nContent-Type: application/pkcs7-signature; name=smime.p7s\n\nMIIB\n--s--\n"
    )
    assert rules(files_in(signed, tmp_path)) == {"in!/a.xlsx": []}
    sealed = base64.encodebytes(b"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03" + bytes(90))
    kind = b"Content-Type: application/pkcs7-mime; name=smime.p7m\nContent-Transfer-Encoding: base64"
    files = files_in(letter((kind, sealed)), tmp_path)
    assert rules(files) == {"in!/smime.p7m": ["file-not-workbook"]}
    assert "an encrypted message (S/MIME)" in files["in!/smime.p7m"].findings[0].message


@pytest.mark.parametrize("head", [b"X-Document-Type: Workbook\n", b"Snapshot-Content-Location: x\n"])
def test_a_form_saved_as_a_web_page_is_no_mail_without_an_attachment(head: bytes, tmp_path: Path) -> None:
    page = b'MIME-Version: 1.0\n%bContent-Type: multipart/related; boundary="b"\n\n--b\nContent-Type: text/html\n\nx'
    files = files_in(page % head, tmp_path)
    assert rules(files) == {"in": ["file-not-workbook"]}
    assert "a web page (.mht)" in files["in"].findings[0].message


@pytest.mark.parametrize("ends", [b"\n", b"\r\n"])
def test_a_mailbox_in_whose_texts_lines_begin_with_from(ends: bytes, tmp_path: Path) -> None:
    letter = LETTER.replace(b"Please find it attached.", b"Hello\n\nFrom the ward\nNote: we did it\n\nFrom us: bye")
    box = (
        b"From - Mon Nov 02 09:30:00 2026\n"
        + letter
        + b"\n\nFrom - Mon Nov 02 09:31:00 2026\nSubject: x\nFrom: b\n\nthanks\n"
    )
    files = files_in(box.replace(b"\n", ends), tmp_path)
    assert rules(files) == {"in!/1 Our form!/Ward 7.xlsx": [], "in": ["mail-no-file"]}
    assert is_whole(files["in!/1 Our form!/Ward 7.xlsx"])


def test_everything_in_everything(tmp_path: Path) -> None:
    outlook = Outlook(subject="Fwd", sender=("a@b.org", "A"), to=["b@b.org"], sent=WHEN)
    outlook.attach_bytes("fwd.eml", bytes(mail("Inner", files={"z.zip": zipped({"deep/form.xlsx": FORM})})))
    boxed(tmp_path / "box", [mail("Outer", files={"m.msg": outlook.as_bytes()})])
    content = zipped({"box": (tmp_path / "box").read_bytes()})
    files = files_in(content, tmp_path)
    name = "in!/box!/1 Outer!/m.msg!/fwd.eml!/z.zip!/deep/form.xlsx"
    assert files.keys() == {name}
    assert files[name].message
    assert files[name].message.subject == "Inner"
    assert is_whole(files[name])


def test_a_locked_workbook_in_outlooks_message_is_not_the_message(tmp_path: Path) -> None:
    """Both are containers of the old kind; the names in the inner one say nothing of the outer."""
    out = io.BytesIO()
    msoffcrypto.OfficeFile(io.BytesIO(FORM)).encrypt("secret", out)
    outlook = Outlook(subject="Two", sender=("a@b.org", "A"), to=["b@b.org"], sent=WHEN)
    outlook.attach_bytes("locked.xlsx", out.getvalue())
    outlook.attach_bytes("open.xlsx", FORM)
    files = files_in(outlook.as_bytes(), tmp_path)
    assert rules(files) == {"in!/locked.xlsx": ["file-password"], "in!/open.xlsx": []}
    found = [
        step
        for step in read_source(Source(tmp_path / "in", "in"), QUESTIONNAIRE, ("secret",))
        if not isinstance(step, FileStarted)
    ]
    assert all(is_whole(file) for file in found)


@pytest.mark.parametrize(
    ("stream", "rule", "what"),
    [
        ("WordDocument", "file-not-workbook", "a Word document (.doc)"),
        ("PowerPoint Document", "file-not-workbook", "a PowerPoint presentation (.ppt)"),
        ("\x09DRMContent", "file-label", ""),
        ("Other", "file-not-workbook", "an old Office document"),
    ],
)
def test_old_containers_are_told_by_their_own_streams(
    stream: str, rule: str, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Ole:
        def __init__(self, _: object) -> None: ...

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None: ...

        def listdir(self, *, storages: bool) -> list[list[str]]:
            return [[stream], ["Embedded", "Workbook"]]

    import olefile

    monkeypatch.setattr(olefile, "OleFileIO", Ole)
    with pytest.raises(file_type.FileRejected) as caught:
        file_type.detect_kind(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100))
    assert (caught.value.rule, caught.value.what) == (rule, what)
