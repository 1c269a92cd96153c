# ruff: noqa: E501  a case is a line of a table
"""Messages by table: every wrapping with every encoding, every link in every place; each with what is owed.

A form that came is read, whatever carried it; where none came, the reader is told why, and nobody is told an untruth.
"""

from __future__ import annotations

import base64
import email.policy
import plistlib
import random
import struct
import textwrap
import time
from collections.abc import Callable, Iterator, Mapping
from email.message import EmailMessage
from functools import cache
from pathlib import Path
from urllib.parse import quote

import pytest
from messages import mail, outlook, zipped
from rounds_in_memory import QUESTIONNAIRE
from test_containers import EMPTY, FORM, WHEN

from impact_xl.findings import Severity
from impact_xl.returns import read_file
from impact_xl.returns.mail.links import links_in
from impact_xl.returns.mail.page_text import text_of_page
from impact_xl.returns.read_file import FileStarted, Source, read_source
from impact_xl.returns.submission import ReturnedFile
from impact_xl.round.answers import judge

ENCODED = base64.encodebytes(FORM)


@pytest.fixture(autouse=True, scope="module")
def _each_workbook_once() -> Iterator[None]:
    """What is read of the same bytes under the same name is the same: the messages round them are looked at here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(read_file, "read_content", cache(read_file.read_content))
        yield


PLACE = "https://trust.sharepoint.com/:x:/s/qi/EabcDEF123"


def read(content: bytes, tmp_path: Path, name: str = "in") -> list[ReturnedFile]:
    """What is read of a file, in this process: a child for each of hundreds of files would take minutes."""
    path = tmp_path / name
    path.write_bytes(content)
    steps = read_source(Source(path, name), QUESTIONNAIRE)
    return [step for step in steps if not isinstance(step, FileStarted)]


def outcome(files: list[ReturnedFile]) -> tuple[set[int | None], list[str]]:
    """The levels that were read, and what was found."""
    levels = {
        answer.level
        for file in files
        for each in file.submissions
        for answer in judge(each, QUESTIONNAIRE).answers.values()
    }
    return levels, sorted(finding.rule.id for file in files for finding in file.findings)


def rules(content: bytes, tmp_path: Path, name: str = "in") -> list[str]:
    return outcome(read(content, tmp_path, name))[1]


READ = ({3}, [])  # a whole form, and nothing to be said


# -- the form, as a part of a mail -------------------------------------------------------------------


def in_pieces(size: int) -> bytes:
    return b"".join(base64.b64encode(FORM[at : at + size]) + b"\n" for at in range(0, len(FORM), size))


NAMED = (
    b'Content-Type: application/octet-stream; name="form.xlsx"\nContent-Disposition: attachment; filename="form.xlsx"\n'
)
LONG = b"\n".join(ENCODED.split())
# How the encoding is announced, and what stands there.
ENCODINGS: Mapping[str, tuple[bytes, bytes]] = {
    "rightly": (b"base64", ENCODED),
    "blanks behind": (b"base64   ", ENCODED),
    "a tab behind": (b"base64\t", ENCODED),
    "folded": (b"\n base64", ENCODED),
    "folded behind": (b"base64\n ", ENCODED),
    "a comment": (b"base64 (as usual)", ENCODED),
    "a comment before": (b"(usual) base64", ENCODED),
    "a semicolon": (b"base64;", ENCODED),
    "a parameter": (b"base64; charset=utf-8", ENCODED),
    "quotes": (b'"base64"', ENCODED),
    "single quotes": (b"'base64'", ENCODED),
    "capitals": (b"BASE64", ENCODED),
    "twice": (b"base64\nContent-Transfer-Encoding: base64", ENCODED),
    "twice, differently": (b"8bit\nContent-Transfer-Encoding: base64", ENCODED),
    "as 8bit": (b"8bit", ENCODED),
    "as 7bit": (b"7bit", ENCODED),
    "as binary": (b"binary", ENCODED),
    "as quoted-printable": (b"quoted-printable", ENCODED),
    "as x-base64": (b"x-base64", ENCODED),
    "as nothing known": (b"base-64", ENCODED),
    "empty": (b"", ENCODED),
    "a scanner's line": (b"base64", ENCODED + b"\nThis message was scanned by MailGuard 4.2.\n"),
    "a scanner's word": (b"base64", ENCODED + b"Scanned\n"),
    "a scanner's lines": (b"base64", ENCODED + b"\n_____\nScanned by: https://filter.example/x?y=1\nNo virus found.\n"),
    "a scanner's line before": (b"8bit", b"Scanned by MailGuard, no virus found.\n\n" + ENCODED),
    "in pieces of 100": (b"base64", in_pieces(100)),
    "in pieces of 1000": (b"base64", in_pieces(1000)),
    "in pieces, blank lines": (b"base64", in_pieces(700).replace(b"\n", b"\n\n")),
    "in pieces, as 8bit": (b"8bit", in_pieces(100)),
    "one long line": (b"base64", b"".join(ENCODED.split())),
    "without padding": (b"base64", b"".join(ENCODED.split()).rstrip(b"=")),
    "indented": (b"base64", textwrap.indent(ENCODED.decode(), "  ").encode()),
    "encoded twice": (b"base64", base64.encodebytes(ENCODED)),
    "binary": (b"binary", FORM),
}


def part(encoding: str) -> bytes:
    announced, body = ENCODINGS[encoding]
    return NAMED + b"Content-Transfer-Encoding: " + announced + b"\n\n" + body


def part_without_announcement() -> bytes:
    return NAMED + b"\n" + ENCODED


# -- what a part is wrapped in -----------------------------------------------------------------------

HEAD = (
    b"From: Ward lead <ward@example.org>\nTo: improvement@example.org\nSubject: Our form\n"
    b"Date: Mon, 02 Nov 2026 09:30:00 +0000\nMIME-Version: 1.0\n"
)
TEXT = b"Content-Type: text/plain; charset=utf-8\n\nPlease find our form attached.\n"


def mixed(*parts: bytes, boundary: bytes = b"b", kind: bytes = b"mixed") -> bytes:
    """An entity of several parts; it begins with a single head."""
    body = b"".join(b"--%b\n%b\n" % (boundary, each) for each in parts)
    return b'Content-Type: multipart/%b;\n\tboundary="%b"\n\n%b--%b--\n' % (kind, boundary, body, boundary)


def der(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes([tag, 0x80 | len(length)]) + length + content


def endless(tag: int, content: bytes) -> bytes:
    """An element whose length is not told beforehand."""
    return bytes([tag, 0x80]) + content + b"\0\0"


DATA, SIGNED_DATA = (bytes.fromhex(f"06092a864886f70d01070{number}") for number in (1, 2))
ALGORITHMS = der(0x31, der(0x30, bytes.fromhex("0609608648016503040201")))


def signed(entity: bytes, *, indefinite: bool = False) -> bytes:
    """Signed data round a message, RFC 5652; nobody looks at the signature itself."""
    if not indefinite:
        inside = der(0x30, DATA + der(0xA0, der(0x04, entity)))
        return der(0x30, SIGNED_DATA + der(0xA0, der(0x30, b"\x02\x01\x01" + ALGORITHMS + inside + der(0x31, b""))))
    pieces = b"".join(der(0x04, entity[at : at + 1000]) for at in range(0, len(entity), 1000))
    inside = endless(0x30, DATA + endless(0xA0, endless(0x24, pieces)))
    return endless(
        0x30, SIGNED_DATA + endless(0xA0, endless(0x30, b"\x02\x01\x01" + ALGORITHMS + inside + der(0x31, b"")))
    )


P7M = b'Content-Type: application/%b; smime-type=signed-data; name="smime.p7m"\nContent-Transfer-Encoding: %b\n\n%b'
SIGNATURE = b'Content-Type: application/pkcs7-signature; name="smime.p7s"\nContent-Transfer-Encoding: base64\n\nMIIB\n'


def p7m(entity: bytes, *, indefinite: bool = False, binary: bool = False, kind: bytes = b"pkcs7-mime") -> bytes:
    content = signed(entity, indefinite=indefinite)
    return P7M % (kind, *((b"binary", content) if binary else (b"base64", base64.encodebytes(content))))


def as_attachment(content: bytes, name: str = "smime.p7m") -> bytes:
    return b'Content-Type: application/octet-stream; name="%b"\nContent-Transfer-Encoding: base64\n\n%b' % (
        name.encode(),
        base64.encodebytes(content),
    )


def entity(form: bytes) -> bytes:
    return mixed(TEXT, form)


def multipart_signed(form: bytes) -> bytes:
    return mixed(mixed(TEXT, form), SIGNATURE, boundary=b"s", kind=b"signed")


WRAPPINGS: Mapping[str, Callable[[bytes], bytes]] = {
    "a mail": lambda form: HEAD + mixed(TEXT, form),
    "nothing but the form": lambda form: HEAD + form,
    "related": lambda form: HEAD + mixed(mixed(TEXT, form, boundary=b"r", kind=b"related"), boundary=b"m"),
    "clear-signed": lambda form: HEAD + multipart_signed(form),
    "clear-signed, attached": lambda form: HEAD + mixed(TEXT, as_attachment(multipart_signed(form)), boundary=b"o"),
    "clear-signed, alone": multipart_signed,
    "clear-signed, in Outlook": lambda form: outlook({"smime.p7m": multipart_signed(form)}, of_class="IPM.Note.SMIME.MultipartSigned"),
    "opaque": lambda form: HEAD + p7m(entity(form)),
    "opaque, indefinite": lambda form: HEAD + p7m(entity(form), indefinite=True),
    "opaque, binary": lambda form: HEAD + p7m(entity(form), binary=True),
    "opaque, x-pkcs7": lambda form: HEAD + p7m(entity(form), kind=b"x-pkcs7-mime"),
    "opaque, as a part": lambda form: HEAD + mixed(p7m(entity(form)), boundary=b"o"),
    "opaque, by its name": lambda form: HEAD + mixed(TEXT, as_attachment(signed(entity(form))), boundary=b"o"),
    "opaque, in Outlook": lambda form: outlook({"smime.p7m": signed(entity(form))}, of_class="IPM.Note.SMIME"),
    "opaque, saved alone": lambda form: signed(entity(form), indefinite=True),
    "opaque round clear": lambda form: HEAD + p7m(multipart_signed(form)),
    "opaque twice": lambda form: HEAD + p7m(p7m(entity(form))),
    "opaque, as PEM": lambda form: b"-----BEGIN PKCS7-----\n%b-----END PKCS7-----\n" % base64.encodebytes(signed(entity(form))),
    "forwarded": lambda form: HEAD + mixed(TEXT, b"Content-Type: message/rfc822\n\n" + HEAD + entity(form), boundary=b"o"),
    "forwarded, global": lambda form: (
        HEAD + mixed(TEXT, b"Content-Type: message/global; name=a.u8msg\n\n" + HEAD + entity(form), boundary=b"o")
    ),
    "forwarded, global, in base64": lambda form: (
        HEAD
        + mixed(
            TEXT,
            b"Content-Type: message/global\nContent-Transfer-Encoding: base64\n\n" + base64.encodebytes(HEAD + entity(form)),
            boundary=b"o",
        )
    ),
    "whole, though called partial": lambda form: (
        HEAD + b'Content-Type: message/partial; id="x"; number=1; total=1\n\n' + HEAD + entity(form)
    ),
    "in a zip": lambda form: zipped({"mail.eml": HEAD + entity(form)}),
    "in a mailbox": lambda form: b"From ward@example.org Mon Nov 02 09:30:00 2026\n" + HEAD + entity(form),
}  # fmt: skip
HOLDS_NO_BYTES = {"one long line", "binary"}  # a program that wraps such a part breaks its lines first


@pytest.mark.parametrize("wrapping", WRAPPINGS)
def test_a_form_in_every_wrapping_with_every_encoding(wrapping: str, tmp_path: Path) -> None:
    for name in ENCODINGS:
        if wrapping == "in a mailbox" and name == "binary":
            continue  # lines of a mailbox that begin with From are marked, in binary parts as well
        assert outcome(read(WRAPPINGS[wrapping](part(name)), tmp_path)) == READ, name
    assert outcome(read(WRAPPINGS[wrapping](part_without_announcement()), tmp_path)) == READ


def test_a_signed_message_keeps_its_sender_and_date(tmp_path: Path) -> None:
    for name in ("clear-signed, in Outlook", "opaque, in Outlook", "opaque", "clear-signed, attached", "opaque twice"):
        (file,) = read(WRAPPINGS[name](part("rightly")), tmp_path)
        assert file.message, name
        assert (file.message.date, "ward@example.org" in file.message.sender) == (WHEN, True), name
        assert file.submissions[0].message_date == WHEN


@pytest.mark.parametrize("seed", range(20))
def test_wrappings_within_wrappings(seed: int, tmp_path: Path) -> None:
    dice = random.Random(seed)
    form = part(dice.choice([name for name in ENCODINGS if name != "binary"]))
    for depth in range(4):
        boundary = b"depth%d" % depth
        form = dice.choice(
            [
                lambda form, b=boundary: mixed(form, SIGNATURE, boundary=b, kind=b"signed"),
                lambda form, b=boundary: mixed(TEXT, form, boundary=b),
                p7m,
                lambda form: p7m(form, indefinite=True),
                lambda form: b"Content-Type: message/rfc822\n\n" + HEAD + form,
            ]
        )(form)
    assert outcome(read(HEAD + form, tmp_path)) == READ


def enveloped() -> bytes:
    return der(0x30, bytes.fromhex("06092a864886f70d010703") + der(0xA0, bytes(90)))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (HEAD + mixed(as_attachment(enveloped())), "an encrypted message (S/MIME)"),
        (HEAD + P7M % (b"pkcs7-mime", b"base64", base64.encodebytes(enveloped())), "an encrypted message (S/MIME)"),
        (outlook({"smime.p7m": enveloped()}, of_class="IPM.Note.SMIME"), "an encrypted message (S/MIME)"),
        (b"-----BEGIN PGP MESSAGE-----\n\nabc\n-----END PGP MESSAGE-----\n", "(PGP)"),
        (b"\x85\x02\x0c\x03" + bytes(range(200)), "(PGP)"),
        (
            HEAD
            + mixed(
                b"Content-Type: application/pgp-encrypted\n\nVersion: 1\n",
                b"Content-Type: application/octet-stream; name=encrypted.asc\n\n-----BEGIN PGP MESSAGE-----\nx\n",
                kind=b"encrypted",
            ),
            "(PGP)",
        ),
    ],
)
def test_what_is_encrypted_is_named_once(content: bytes, words: str, tmp_path: Path) -> None:
    (finding,) = [finding for file in read(content, tmp_path) for finding in file.findings]
    assert finding.rule.id == "file-not-workbook"
    assert words in finding.message
    assert "encryption" in finding.mend


# -- objects, calendar entries, pieces ----------------------------------------------------------------


def native(name: str, content: bytes) -> bytes:
    """A stream of the old packager, [MS-OLEDS] 2.3.6."""
    path = f"C:\\Temp\\{name}".encode() + b"\0"
    inside = b"\x02\0" + name.encode() + b"\0" + path + b"\0\0\x03\0" + struct.pack("<I", len(path)) + path
    inside += struct.pack("<I", len(content)) + content
    return struct.pack("<I", len(inside)) + inside


@pytest.mark.parametrize(
    "streams", [{"Package": FORM}, {"\x01Ole10Native": native("form.xlsx", FORM)}, {"CONTENTS": FORM}]
)
@pytest.mark.parametrize("more", [{}, {"\x01CompObj": b"x", "\x03ObjInfo": b"x", "\x02OlePres000": b"picture"}])
def test_a_form_inserted_as_an_object(streams: dict[str, bytes], more: dict[str, bytes], tmp_path: Path) -> None:
    assert outcome(read(outlook({"": b""}, method=6, streams={**more, **streams}), tmp_path)) == READ


def test_an_object_of_something_else_is_named(tmp_path: Path) -> None:
    drawing = outlook({"drawing": b""}, method=6, streams={"\x01Ole": b"x"})
    assert rules(drawing, tmp_path) == ["mail-not-saved"]


def calendar(attach: str, description: str = "") -> bytes:
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "METHOD:REQUEST", "BEGIN:VEVENT", "SUMMARY:Our form", f"DESCRIPTION:{description}",
        attach, "END:VEVENT", "END:VCALENDAR",
    ]  # fmt: skip
    folded = ("\r\n ".join(textwrap.wrap(line, 74, break_long_words=True)) or line for line in lines)
    return ("\r\n".join(folded) + "\r\n").encode()


BINARY = base64.b64encode(FORM).decode()
ATTACHED = (
    "ATTACH;FMTTYPE=application/vnd.ms-excel;ENCODING=BASE64;VALUE=BINARY;X-FILENAME=form.xlsx:" + BINARY,
    'ATTACH;VALUE=BINARY;ENCODING=BASE64;FILENAME="our form.xlsx":' + BINARY,
    "attach;encoding=base64;value=binary:" + BINARY,
    "ATTACH;FMTTYPE=a/b:data:application/octet-stream;base64," + BINARY,
)
CARRIED_IN: Mapping[str, Callable[[bytes], bytes]] = {
    "alone": lambda ics: ics,
    "a part": lambda ics: (
        HEAD + mixed(TEXT, b"Content-Type: text/calendar; method=REQUEST\n\n" + ics, kind=b"alternative")
    ),
    "a part in base64": lambda ics: (
        HEAD + mixed(b"Content-Type: text/calendar\nContent-Transfer-Encoding: base64\n\n" + base64.encodebytes(ics))
    ),
    "attached": lambda ics: HEAD + mixed(TEXT, as_attachment(ics, "invite.ics")),
    "attached as application/ics": lambda ics: (
        HEAD + mixed(TEXT, b"Content-Type: application/ics; name=invite.ics\n\n" + ics)
    ),
    "in Outlook": lambda ics: outlook({"invite.ics": ics}),
}


@pytest.mark.parametrize("where", CARRIED_IN)
def test_a_form_in_a_calendar_entry(where: str, tmp_path: Path) -> None:
    for attach in ATTACHED:
        assert outcome(read(CARRIED_IN[where](calendar(attach)), tmp_path)) == READ, attach[:60]
    assert rules(CARRIED_IN[where](calendar(f"ATTACH:{PLACE}")), tmp_path) == ["mail-link"]
    assert rules(CARRIED_IN[where](calendar("X-NOTHING:1", f"It is here: {PLACE}\\nBye")), tmp_path) == ["mail-link"]
    assert rules(CARRIED_IN[where](calendar("ATTACH:CID:part1@x")), tmp_path) == ["mail-no-file"]


def test_a_piece_of_a_message_is_told_as_that(tmp_path: Path) -> None:
    piece = HEAD + b'Content-Type: message/partial; id="x"; number=2; total=3\n\nUEsDB' + ENCODED[:500]
    (file,) = read(piece, tmp_path)
    assert [finding.rule.id for finding in file.findings] == ["mail-not-saved"]
    assert "number 2 of 3" in file.findings[0].message


# -- pictures and texts ------------------------------------------------------------------------------


def picture(size: int, heads: bytes) -> bytes:
    return b"Content-Type: image/jpeg; name=IMG_1.jpeg\nContent-Transfer-Encoding: base64\n%b\n\n%b" % (
        heads,
        base64.encodebytes(b"\xff\xd8\xff\xe0" + bytes(size)),
    )


@pytest.mark.parametrize(
    ("size", "heads", "beside_a_form", "owed"),
    [
        (300_000, b"Content-ID: <1>\nContent-Disposition: inline", False, ["file-not-workbook"]),
        (300_000, b"Content-ID: <1>\nContent-Disposition: attachment", False, ["file-not-workbook"]),
        (300_000, b"Content-ID: <1>\nContent-Disposition: attachment", True, ["file-not-workbook"]),
        (90_000, b"Content-ID: <1>\nContent-Disposition: inline", False, ["file-not-workbook"]),
        (90_000, b"Content-ID: <1>\nContent-Disposition: inline", True, []),
        (4_000, b"Content-ID: <1>\nContent-Disposition: attachment", False, ["mail-no-file"]),
        (4_000, b"Content-Disposition: inline", False, ["mail-no-file"]),
        (4_000, b"Content-Disposition: attachment", False, ["file-not-workbook"]),
    ],
)
def test_a_photograph_is_no_logo(size: int, heads: bytes, beside_a_form: bool, owed: list[str], tmp_path: Path) -> None:
    parts = [TEXT, picture(size, heads), *([part("rightly")] if beside_a_form else [])]
    assert rules(HEAD + mixed(*parts), tmp_path) == owed


KINDS: Mapping[str, tuple[bytes, str]] = {
    "HEIC": (b"\0\0\0\x18ftypheic" + bytes(20), "a picture (HEIC"),
    "WebP": (b"RIFF\x24\0\0\0WEBPVP8 " + bytes(20), "a picture (WebP)"),
    "AVIF": (b"\0\0\0\x18ftypavif" + bytes(20), "a picture (AVIF)"),
    "JPEG": (b"\xff\xd8\xff\xe0" + bytes(20), "a picture (JPEG)"),
    "TIFF": (b"II*\0" + bytes(20), "such as a scan"),
    "PDF": (b"%PDF-1.7\n", "a PDF"),
    "XPS": (zipped({"[Content_Types].xml": b"<x/>", "FixedDocSeq.fdseq": b"<x/>"}), "an XPS document"),
    "Visio": (zipped({"[Content_Types].xml": b"<x/>", "visio/document.xml": b"<x/>"}), "a Visio drawing"),
    "Power BI": (
        zipped({"[Content_Types].xml": b"<x/>", "DataModel": b"x", "Report/Layout": b"x"}),
        "a Power BI report",
    ),
    "OneNote": (bytes.fromhex("e4525c7b8cd8a74daeb15378d02996d3") + bytes(20), "a OneNote page"),
    "Word": (zipped({"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>"}), "a Word document,"),
    "Word with a workbook": (
        zipped({"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>", "word/embeddings/a.xlsx": b"x"}),
        "a Word document with a workbook inside it",
    ),
    "Numbers": (zipped({"Index/Document.iwa": b"x"}), "an Apple Numbers or Pages document"),
    "card": (b"BEGIN:VCARD\r\nVERSION:3.0\r\nEND:VCARD\r\n", "a contact card (.vcf)"),
    "signature": (b"-----BEGIN PGP SIGNATURE-----\nx\n", "a signature (PGP)"),
    "key": (b"-----BEGIN PGP PUBLIC KEY BLOCK-----\nx\n", "somebody's key"),
    "text": (b"We are Progressing in question 1.\n", "a text file"),
    "CSV": (b"Question,Level\r\nQ01,3\r\n", "a text file"),
    "7z": (b"7z\xbc\xaf\x27\x1c" + bytes(20), "a 7z archive"),
    "film": (b"\0\0\0\x18ftypmp42" + bytes(20), "a film"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_is_named_with_advice_that_can_be_followed(kind: str, tmp_path: Path) -> None:
    content, words = KINDS[kind]
    for shape in (content, HEAD + mixed(TEXT, as_attachment(content, "form.xlsx"))):
        (finding,) = [finding for file in read(shape, tmp_path) for finding in file.findings]
        assert finding.rule.id == "file-not-workbook"
        assert words in finding.message
        assert "whatever" not in finding.message
        assert finding.mend.endswith(".")


@pytest.mark.parametrize("folder", ["word", "ppt"])
def test_a_form_within_a_document(folder: str, tmp_path: Path) -> None:
    """A form that somebody put into a letter is read; a document with other workbooks alone is named."""
    main = {"[Content_Types].xml": b"<x/>", f"{folder}/document.xml": b"<x/>"}
    within = zipped({**main, f"{folder}/embeddings/Microsoft_Excel_Worksheet.xlsx": FORM})
    for content in (within, HEAD + mixed(TEXT, as_attachment(within, "letter.docx"))):
        (file,) = read(content, tmp_path)
        assert outcome([file]) == READ
        assert file.file.endswith("!/Microsoft_Excel_Worksheet.xlsx")
    figures = zipped({**main, f"{folder}/embeddings/a.xlsx": workbook(), f"{folder}/embeddings/b.xlsx": b"x"})
    assert rules(figures, tmp_path) == ["file-not-workbook", "form-unknown"]


def test_folders_of_an_archive_may_be_called_as_they_like(tmp_path: Path) -> None:
    folders = ("word", "visio", "report", "ppt", "Index", "Documents")
    assert outcome(read(zipped({f"{folder}/form.xlsx": FORM for folder in folders}), tmp_path)) == ({3}, [])


@pytest.mark.parametrize("name", ["base64", "lines before", "uuencode"])
def test_a_file_saved_as_it_stood_in_a_message(name: str, tmp_path: Path) -> None:
    if name == "uuencode":
        import binascii

        lines = b"".join(binascii.b2a_uu(FORM[at : at + 45]) for at in range(0, len(FORM), 45))
        text = b"begin 644 form.xlsx\n" + lines + b"`\nend\n"
    else:
        text = (b"Here it is:\n\n" if name == "lines before" else b"") + ENCODED
    assert outcome(read(text, tmp_path)) == READ
    assert outcome(read(HEAD + b"\nHello,\n\n" + text + b"\nBye\n", tmp_path)) == READ


# -- links, and where they stand ----------------------------------------------------------------------

SEALED = "https://protect-eu.mimecast.com/s/abcDEF?domain=trust.sharepoint.com"
# How filters write an address into one of their own.
WRAPPERS: Mapping[str, str] = {
    "bare": PLACE,
    "Safe Links": f"https://eur03.safelinks.protection.outlook.com/?url={quote(PLACE, safe='')}&data=05%7C02&sdata=x&reserved=0",
    "Safe Links, path": f"https://gbr01.safelinks.protection.outlook.com/ap/x-59584e83/?url={quote(PLACE, safe='')}&data=05&reserved=0",
    "Safe Links, as HTML": (
        f"https://eur03.safelinks.protection.outlook.com/?url={quote(PLACE, safe='')}&amp;data=05&amp;reserved=0"
    ),
    "Teams' Safe Links": (
        "https://statics.teams.cdn.office.net/evergreen-assets/safelinks/2/atp-safelinks.html"
        f"?url={quote(PLACE, safe='')}&locale=en-gb&dest=https%3A%2F%2Fteams.microsoft.com%2Fapi"
    ),
    "Teams": f"https://teams.microsoft.com/l/file/1?tenantId=x&fileType=xlsx&objectUrl={quote(PLACE, safe='')}&serviceName=x",
    "Proofpoint v1": f"https://urldefense.proofpoint.com/v1/url?u={quote(PLACE, safe='/')}&k=x&r=y",
    "Proofpoint v2": (
        "https://urldefense.proofpoint.com/v2/url?u=https-3A__trust.sharepoint.com_-3Ax-3A_s_qi_EabcDEF123&d=DwMFAg&c=x&e="
    ),
    "Proofpoint v3": f"https://urldefense.com/v3/__{PLACE}__;!!abc!xyz$",
    "Proofpoint v3, one slash": f"https://urldefense.com/v3/__{PLACE.replace('//', '/')}__;!!abc!xyz$",
    "Proofpoint v3, kept letters": f"https://urldefense.com/v3/__{PLACE.replace(':x:', '*x*')}__;Ojo!!abc!xyz$",
    "Proofpoint v3, a run": f"https://urldefense.com/v3/__{PLACE.replace('EabcDEF', 'E**BDEF')}__;YWJj!!abc!xyz$",
    "Barracuda": f"https://linkprotect.cudasvc.com/url?a={quote(PLACE, safe='')}&c=E,1,abc&typo=1",
    "Cisco": f"https://secure-web.cisco.com/1abcDEF/{quote(PLACE, safe='')}",
    "Sophos": (
        f"https://eu-west-1.protection.sophos.com/?d=sharepoint.com&u={base64.b64encode(PLACE.encode()).decode()}&i=abc&t=x"
    ),
    "Egress": f"https://eu.links.egress.example/redirect?target={quote(PLACE, safe='')}&sig=x",
    "FireEye": f"https://protect2.fireeye.com/v1/url?k=a-b&q=1&e=c&u={quote(PLACE, safe='')}",
    "Trellix": f"https://url.protect.trellix.example/v1/url?k=a-b&q=1&u={quote(PLACE, safe='')}",
    "Trend Micro": f"https://ctp.trendmicro.com/wis/clicktime/v1/query?url={quote(PLACE, safe='')}&umid=x&auth=y",
    "Symantec": f"https://clicktime.symantec.com/3abc?h=x&u={quote(PLACE, safe='')}",
    "Google": f"https://www.google.com/url?q={quote(PLACE, safe='')}&sa=D&source=editors",
    "one in another": (
        "https://eur03.safelinks.protection.outlook.com/?url="
        + quote(f"https://urldefense.com/v3/__{PLACE}__;!!abc!xyz$", safe="")
        + "&data=05&reserved=0"
    ),
}
OTHER_PLACES = (
    "https://www.icloud.com/attachment/?u=https%3A%2F%2Fcvws.icloud-content.com%2FB%2Fx&uk=x",
    "https://www.icloud.com/iclouddrive/0abcDEF#Alder_ward",
    "https://app.box.com/s/abcdef",
    "https://trust.ent.box.com/file/123",
    "https://switch.egress.com/ui/secure-view.aspx?id=x",
    "https://fromsmash.com/abcDEF",
    "https://workdrive.zohopublic.eu/file/abc",
    "https://excel.cloud.microsoft/open/onedrive/?docId=1&driveId=2",
    "https://www.office.com/launch/excel?auth=2&from=x",
    "https://teams.microsoft.com/l/message/19:abc@thread.v2/123?tenantId=x",
    "https://trust.example/files/Alder%20ward.xlsx?download=1",
    "https://docs.google.com/spreadsheets/d/1abc/edit?usp=sharing",
    "https://drive.google.com/file/d/1abc/view?usp=drive_web",
    "https://www.dropbox.com/scl/fi/abc/form.xlsx?rlkey=x&dl=0",
    "https://we.tl/t-abcdef",
    "https://1drv.ms/x/s!abc",
    "https://onedrive.live.com/edit.aspx?resid=1",
    "\\\\server\\share$\\QI forms\\Alder ward.xlsx",
    "\\\\server.trust.example\\share\\forms",
    "S:\\QI\\2026\\Alder ward.xlsx",
    "file://server/share/Alder%20ward.xlsx",
    "file:///S:/QI/Alder%20ward.xlsx",
)


@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_a_wrapped_link_is_shown_as_people_can_open_it(wrapper: str) -> None:
    (link,) = links_in(f"Here it is: {WRAPPERS[wrapper]}.")
    assert link.shown == PLACE


def test_a_link_whose_address_cannot_be_had_is_shown_as_it_is() -> None:
    for host in ("protect-eu.mimecast.com", "url.uk.m.mimecastprotect.com"):
        (link,) = links_in(f"Here: https://{host}/s/abcDEF?domain=trust.sharepoint.com")
        assert link.shown.startswith(f"https://{host}/s/abcDEF?domain=trust.sharepoint.com (")
        assert "trust.sharepoint.com, wrapped by a mail filter" in link.shown


def as_mail(text: str, **heads: str) -> bytes:
    message = EmailMessage(email.policy.SMTP)
    heads = {
        "From": "Ward lead <ward@example.org>",
        "To": "improvement@example.org",
        "Subject": "RE: Our form",
        **heads,
    }
    for name, value in heads.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return bytes(message)


def as_page(text: str) -> bytes:
    message = EmailMessage(email.policy.SMTP)
    message["From"], message["Subject"] = "ward@example.org", "RE: Our form"
    message.set_content(f"<html><body>{text}</body></html>", subtype="html")
    return bytes(message)


QUOTED = "> Please fill in the form.\n> {link}\n> Improvement team\n"
HEAD_LINES = (
    "From: Improvement <improvement@example.org>\nSent: 02 November 2026 09:00\nTo: Ward lead\nSubject: Our form\n\n"
)
SITE = "https://trust.sharepoint.com/sites/intranet"
# Where a link stands, and what is owed where that is a link to a document, and where it is the address of a site.
PLACES: Mapping[str, tuple[str, str, str]] = {
    "written": ("Hello,\n\nour form is here: {link}\n\nBest wishes\nJo\n", "mail-link", "mail-no-file"),
    "the only line": ("{link}\n", "mail-link", "mail-no-file"),
    "after thanks": ("Hi,\nThanks!\nYou find it here: {link}\n", "mail-link", "mail-no-file"),
    "below a closing": ("We will send it.\n\nKind regards\nJo\n\n{link}\n", "mail-link", "mail-no-file"),
    "below dashes": ("We will send it.\n\n-- \nJo\n{link}\n", "mail-no-file", "mail-no-file"),
    "quoted": ("We will send it.\n\nOn 2 Nov 2026, improvement wrote:\n" + QUOTED, "mail-no-file", "mail-no-file"),
    "in the message below": ("We will send it.\n\n" + HEAD_LINES + "{link}\n", "mail-no-file", "mail-no-file"),
    "below a line and a head": (
        "We will send it.\n\n________________________________\n" + HEAD_LINES + "{link}\n", "mail-no-file", "mail-no-file"
    ),
    "below Original Message": (
        "We will send it.\n\n-----Original Message-----\nFrom: x\n{link}\n", "mail-no-file", "mail-no-file"
    ),
    "in German": (
        "Kommt.\n\nVon: x@y.de\nGesendet: Montag\nAn: z\n\n{link}\n", "mail-no-file", "mail-no-file"
    ),
    "in French": ("Bientôt.\n\nLe lun. 2 nov. 2026, improvement a écrit :\n> {link}\n", "mail-no-file", "mail-no-file"),
    "answered below": ("> Where is it?\n\nHere: {link}\n", "mail-link", "mail-no-file"),
    "passed on": ("---------- Forwarded message ---------\nFrom: Jo\nDate: Mon\n\nhere: {link}\n", "mail-link", "mail-no-file"),
}  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
def test_a_link_counts_where_it_was_written(place: str, tmp_path: Path) -> None:
    text, of_document, of_site = PLACES[place]
    subject = "Fwd: Our form" if place == "passed on" else "RE: Our form"
    for wrapper, link in [*WRAPPERS.items(), ("site", SITE)]:
        content = as_mail(text.format(link=link), Subject=subject)
        assert rules(content, tmp_path) == [of_site if wrapper == "site" else of_document], wrapper
        away = as_mail(text.format(link=link), Subject=f"Automatic reply: {subject}", Auto_Submitted="auto-replied")
        assert rules(away, tmp_path) == ["mail-auto-reply"]
        assert rules(outlook(subject=subject, text_body=text.format(link=link)), tmp_path) == [
            of_site if wrapper == "site" else of_document
        ]


@pytest.mark.parametrize("link", OTHER_PLACES)
def test_every_place_where_a_form_may_lie(link: str, tmp_path: Path) -> None:
    (file,) = read(as_mail(f"Hello,\n\nit is here: {link}\n\nKind regards\nJo\n"), tmp_path)
    assert [finding.rule.id for finding in file.findings] == ["mail-link"]
    assert link in file.findings[0].message


@pytest.mark.parametrize(
    ("page", "owed"),
    [
        (f"<p>Here: <a href='{WRAPPERS['Safe Links']}'>our form</a></p>", "mail-link"),
        (f"<p>Soon.</p><blockquote><a href='{PLACE}'>the form</a></blockquote>", "mail-no-file"),
        (f"<p>Soon.</p><p>From: x<br>Sent: y<br>To: z</p><p><a href='{PLACE}'>the form</a></p>", "mail-no-file"),
        (f"<p>Soon.</p><p>Kind regards<br>Jo</p><p><a href='{SITE}'>Intranet</a></p>", "mail-no-file"),
        (f"<style>a {{ background: url({PLACE}) }}</style><p>Soon.</p>", "mail-no-file"),
    ],
)
def test_links_in_a_page(page: str, owed: str, tmp_path: Path) -> None:
    assert rules(as_page(page), tmp_path) == [owed]


def test_a_link_of_doubt_is_a_note_that_names_it(tmp_path: Path) -> None:
    (file,) = read(as_mail("See https://intranet.example/forms/view?id=7\n"), tmp_path)
    assert [finding.rule.id for finding in file.findings] == ["mail-no-file"]
    assert "perhaps to the form: https://intranet.example/forms/view?id=7" in file.findings[0].message


@pytest.mark.parametrize(
    "link", ["www.dropbox.com/s/abc/form.xlsx", "trust.sharepoint.com/:x:/s/qi/Eabc", "1drv.ms/x/s!abc"]
)
def test_a_link_without_its_scheme(link: str, tmp_path: Path) -> None:
    assert rules(as_mail(f"Here: {link}\n"), tmp_path) == ["mail-link"]


@pytest.mark.parametrize("name", ["smime.p7s", "signature.asc", "OpenPGP_signature.asc"])
def test_a_signature_beside_a_form_is_paperwork(name: str, tmp_path: Path) -> None:
    detached = der(0x30, SIGNED_DATA + der(0xA0, der(0x30, b"\x02\x01\x01" + ALGORITHMS + der(0x30, DATA))))
    content = detached if name == "smime.p7s" else b"-----BEGIN PGP SIGNATURE-----\nx\n"
    assert outcome(read(HEAD + mixed(TEXT, part("rightly"), as_attachment(content, name)), tmp_path)) == READ
    assert outcome(read(outlook({"form.xlsx": FORM, name: content}), tmp_path)) == READ


@pytest.mark.parametrize("word", ["docx", "pdf", "xlsx"])
def test_a_link_beside_something_else_is_mentioned(word: str, tmp_path: Path) -> None:
    other = {"docx": KINDS["Word"][0], "pdf": KINDS["PDF"][0], "xlsx": workbook()}[word]
    text = f"Content-Type: text/plain\n\nThe form is here: {PLACE}\n".encode()
    found = rules(HEAD + mixed(text, as_attachment(other, f"a.{word}")), tmp_path)
    assert "mail-link" in found
    assert len(found) == 2
    assert rules(HEAD + mixed(text, part("rightly")), tmp_path) == []


def workbook() -> bytes:
    import io

    import openpyxl

    book, stream = openpyxl.Workbook(), io.BytesIO()
    book.active["A1"] = "Budget"
    book.save(stream)
    return stream.getvalue()


# -- notices and automatic replies --------------------------------------------------------------------

DEAD = "alder@trust.example"
ABOUT = bytes(mail("Your form", files={"form.xlsx": EMPTY}, sender="Improvement <improvement@example.org>"))
BACK = b"Content-Type: message/rfc822\n\n" + ABOUT
STATUS = "Reporting-MTA: dns; mail.example\n\nFinal-Recipient: {kind}; {address}\nAction: {action}\nStatus: 5.1.1\n"
SERVER = "Mail Delivery System <mailer-daemon@mail.example>"


def status_part(kind: str = "delivery-status", action: str = "failed", address: str = DEAD) -> bytes:
    scheme = "utf-8" if "global" in kind else "rfc822"
    return f"Content-Type: message/{kind}\n\n{STATUS.format(kind=scheme, address=address, action=action)}".encode()


def notice(
    *parts: bytes, subject: str = "Undeliverable: Your form", sender: str = SERVER, kind: bytes = b"report"
) -> bytes:
    head = f"From: {sender}\nTo: improvement@example.org\nSubject: {subject}\nMIME-Version: 1.0\n".encode()
    return head + mixed(*parts, kind=kind, boundary=b"n")


def plain(text: str) -> bytes:
    return b"Content-Type: text/plain\n\n" + text.encode()


SAYS = plain("It could not be delivered.\n")
BOUNCES: Mapping[str, bytes] = {
    "usual": notice(SAYS, status_part(), BACK),
    "usual, without the message": notice(SAYS, status_part(), b"Content-Type: text/rfc822-headers\n\nSubject: x\n"),
    "global": notice(SAYS, status_part("global-delivery-status"), BACK),
    "global, in mixed": notice(SAYS, status_part("global-delivery-status"), BACK, kind=b"mixed"),
    "in mixed": notice(SAYS, status_part(), BACK, kind=b"mixed"),
    "odd subject": notice(SAYS, status_part(), BACK, subject="Your form"),
    "old Exim": notice(
        plain(
            "This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered "
            f"to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n  {DEAD}\n    "
            "Unrouteable address\n\n------ This is a copy of the message, including all the headers. ------\n\n"
            "From: x@other.example\n"
        ),
        subject="Mail delivery failed: returning message to sender",
        kind=b"mixed",
    ),
    "Exim's head": (
        f"From: {SERVER}\nX-Failed-Recipients: {DEAD}\nAuto-Submitted: auto-replied\n"
        "Subject: Mail delivery failed: returning message to sender\n\nSorry.\n"
    ).encode(),
    "qmail": (
        "From: MAILER-DAEMON@mail.example\nTo: improvement@example.org\nSubject: failure notice\n\nHi. This is the qmail-send "
        "program at mail.example.\nI'm afraid I wasn't able to deliver your message to the following addresses.\n"
        f"This is a permanent error; I've given up. Sorry it didn't work out.\n\n<{DEAD}>:\nSorry, no mailbox here by that name. "
        "(#5.1.1)\n\n--- Below this line is a copy of the message.\n\nReturn-Path: <improvement@example.org>\n"
    ).encode(),
    "Postfix as text": notice(
        plain(
            "This is the mail system at host mail.example.\n\nI'm sorry to have to inform you that your message could not\nbe "
            f"delivered to one or more recipients.\n\n<{DEAD}>: host mx.example said: 550 5.1.1 User unknown\n"
        ),
        BACK,
        subject="Undelivered Mail Returned to Sender",
        kind=b"mixed",
    ),
    "Exchange, as text": notice(
        plain(
            f"Delivery has failed to these recipients or groups:\n\nAlder lead ({DEAD})\nThe email address you entered couldn't "
            "be found.\n\nDiagnostic information for administrators:\nGenerating server: x.example\n"
        ),
        BACK,
        sender="Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@trust.example>",
        kind=b"mixed",
    ),
    "Google": notice(
        plain(f"Address not found\n\nYour message wasn't delivered to {DEAD} because the address couldn't be found.\n"),
        subject="Delivery Status Notification (Failure)",
        sender="Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
        kind=b"mixed",
    ),
    "by a postmaster": notice(
        plain(f"The following recipient failed permanently: {DEAD}\n"), subject="Your form", sender="postmaster@mail.example",
        kind=b"mixed",
    ),
    "in German": notice(plain(f"Unzustellbar: {DEAD}\n"), subject="Unzustellbar: Your form", kind=b"mixed"),
    "Outlook": outlook(
        {"form.xlsx": EMPTY}, of_class="REPORT.IPM.Note.NDR", subject="Undeliverable: Your form", text_body=f"x {DEAD}"
    ),
    "Outlook, an ordinary message": outlook(
        {"Your form.eml": ABOUT}, subject="Undeliverable: Your form", sender="postmaster@mail.example",
        text_body=f"Delivery has failed to these recipients or groups:\n\n{DEAD}\n",
    ),
}  # fmt: skip
BOUNCES_IN: Mapping[str, Callable[[bytes], bytes]] = {
    "saved": lambda content: content,
    "in a zip": lambda content: zipped({"a.eml": content}),
    "attached": lambda content: HEAD + mixed(TEXT, as_attachment(content, "a.eml"), boundary=b"o"),
}


@pytest.mark.parametrize("how", BOUNCES_IN)
@pytest.mark.parametrize("bounce", BOUNCES)
def test_a_notice_is_told_as_that_with_the_address(bounce: str, how: str, tmp_path: Path) -> None:
    files = read(BOUNCES_IN[how](BOUNCES[bounce]), tmp_path)
    (finding,) = [finding for file in files for finding in file.findings]
    assert finding.rule.id == "mail-bounced"
    assert not any(file.submissions for file in files)
    if bounce != "Outlook":  # which names its own recipients
        assert finding.facts["address"] == DEAD


def test_a_filled_form_that_comes_back_with_a_notice_is_not_lost(tmp_path: Path) -> None:
    about = bytes(mail("Our form", files={"form.xlsx": FORM}))
    content = notice(SAYS, status_part(), b"Content-Type: message/rfc822\n\n" + about)
    assert outcome(read(content, tmp_path)) == ({3}, ["mail-bounced"])


@pytest.mark.parametrize(
    "content",
    [
        notice(plain("It is late.\n"), status_part(action="delayed"), BACK, subject="Delayed: Your form"),
        notice(plain("Done.\n"), status_part(action="delivered"), BACK, subject="Delivered: Your form"),
        notice(plain("Your message is delayed; we will retry.\n"), subject="Delivery delayed", kind=b"mixed"),
        as_mail("The parcel was undeliverable, I am sorry.\n"),
        as_mail("See below.\n", Subject="Re: Undeliverable: Your form"),
        as_mail("Weekly quarantine report.\n", From="postmaster@example.org", Subject="Quarantine"),
        notice(plain("Read.\n"), b"Content-Type: message/disposition-notification\n\nDisposition: manual; displayed\n"),
        outlook({"form.xlsx": EMPTY}, of_class="REPORT.IPM.Note.IPNRN", subject="Read: Your form"),
    ],
)
def test_what_is_no_failure_is_no_bounce(content: bytes, tmp_path: Path) -> None:
    assert rules(content, tmp_path) == ["mail-no-file"]


AWAY: Mapping[str, bytes] = {
    "by its head": as_mail("Back on Monday.\n", Auto_Submitted="auto-replied (vacation)"),
    "by an older head": as_mail("Back on Monday.\n", X_Autoreply="yes"),
    "by its precedence": as_mail("Back on Monday.\n", Precedence="auto_reply"),
    **{
        subject: as_mail(f"Back on Monday. {PLACE}\n", Subject=subject)
        for subject in (
            "Automatic reply: Our form", "Out of Office: Our form", "Out of office AutoReply: Our form", "Auto-reply: Our form",
            "Automatische Antwort: Our form", "Réponse automatique : Our form", "Respuesta automática: Our form",
            "Risposta automatica: Our form", "Automatisch antwoord: Our form", "Resposta automática: Our form",
            "Automatiskt svar: Our form", "Automatisk svar: Our form", "Ateb awtomatig: Our form", "Odpowiedź automatyczna: x",
            "自動応答: x", "Abwesenheitsnotiz: x",
        )
    },
    "by Outlook's class": outlook(of_class="IPM.Note.Rules.OofTemplate.Microsoft", text_body="Back on Monday."),
    "by Outlook's older class": outlook(of_class="IPM.Note.OOF", text_body="Back on Monday."),
    "with our form quoted": HEAD.replace(b"Our form", b"Automatic reply: Our form") + TEXT,
}  # fmt: skip


@pytest.mark.parametrize("away", AWAY)
def test_an_automatic_reply(away: str, tmp_path: Path) -> None:
    (finding,) = [finding for file in read(AWAY[away], tmp_path) for finding in file.findings]
    assert (finding.rule.id, finding.severity) == ("mail-auto-reply", Severity.NOTE)


def test_a_form_counts_also_from_a_program(tmp_path: Path) -> None:
    head = HEAD + b"Auto-Submitted: auto-replied\n"
    assert outcome(read(head + mixed(TEXT, part("rightly")), tmp_path)) == READ


# -- what was never saved, and what was taken away ----------------------------------------------------

EXCEL = b'Content-Type: application/vnd.ms-excel; name="form.xlsx"\n'
NOT_SAVED: Mapping[str, bytes] = {
    "Apple's partial message": EXCEL + b"X-Apple-Content-Length: 50123\nContent-Transfer-Encoding: base64\n\n",
    "Outlook.com": EXCEL + b"X-MS-Blob-Excluded: true\n\n",
    "Outlook.com, another head": EXCEL + b"MS-Blob-Excluded: 1\n\n",
    "Thunderbird, deleted": (
        b'Content-Type: text/x-moz-deleted; name="Deleted: form.xlsx"\nX-Mozilla-Altered: AttachmentDeleted; date="x"\n\n'
        b"You deleted an attachment from this message. The original MIME headers for the attachment were:\n"
    ),
    "Thunderbird, detached": (
        EXCEL
        + b'X-Mozilla-External-Attachment-URL: file:///home/jo/form.xlsx\nX-Mozilla-Altered: AttachmentDetached; date="x"\n\n'
        b"You deleted an attachment\n"
    ),
    "external body": (
        b'Content-Type: message/external-body; access-type=URL; URL="https://x.example/f"\n\n'
        b'Content-Type: application/vnd.ms-excel; name="form.xlsx"\n\n'
    ),
    "remote": EXCEL + b"Remote-Attachment-Url: https://x.example/form.xlsx\n\n",
    "by its text": b'Content-Type: text/plain; name="form.xlsx"\n\nYou deleted an attachment from this message.\n',
}


@pytest.mark.parametrize("how", NOT_SAVED)
def test_an_attachment_that_was_not_saved(how: str, tmp_path: Path) -> None:
    (finding,) = [finding for file in read(HEAD + mixed(TEXT, NOT_SAVED[how]), tmp_path) for finding in file.findings]
    assert finding.rule.id == "mail-not-saved"
    assert "“form.xlsx”" in finding.message
    both = HEAD + mixed(TEXT, NOT_SAVED[how], part("rightly"))
    assert outcome(read(both, tmp_path)) == ({3}, ["mail-not-saved"])


@pytest.mark.parametrize("method", [2, 3, 4])
def test_an_attachment_by_reference(method: int, tmp_path: Path) -> None:
    content = outlook({"form.xlsx": b"x"}, method=method, place=r"\\server\share\form.xlsx")
    (finding,) = [finding for file in read(content, tmp_path) for finding in file.findings]
    assert finding.rule.id == "mail-not-saved"
    assert r"\\server\share\form.xlsx" in finding.message


FILTERED: Mapping[str, bytes] = {
    "Malware Alert Text.txt": b"Malware was detected in one or more attachments included with this email message.",
    "ATP Scan In Progress": b"The attachment is being scanned.",
    "Safe Attachments Scan In Progress.txt": b"x",
    "DeletedAttachment0.txt": b"This attachment was removed.",
    "form.xlsx.txt": b"The attachment form.xlsx was removed because it violates the security policy of this organisation.",
    "VirusWarning.txt": b"This is a message from the MailScanner E-Mail Virus Protection Service",
    "Attachment_Removed.html": b"<html><body>The file was blocked by the e-mail gateway.</body></html>",
    "notice.htm": b"<html><p>The attachment was quarantined by Sophos Email Security.</p></html>",
    "Mimecast Attachment Instructions.htm": b"<p>Click below to request the file.</p>",
    "warning.txt": b"An attachment named form.xlsx was removed from this document as it constituted a security hazard.",
    "Quarantined.txt": b"The file has been replaced.",
    "note.txt": b"File form.xlsx has been blocked: forbidden by the administrator.",
}


@pytest.mark.parametrize("name", FILTERED)
def test_an_attachment_that_a_filter_took_away(name: str, tmp_path: Path) -> None:
    for content in (HEAD + mixed(TEXT, as_attachment(FILTERED[name], name)), outlook({name: FILTERED[name]})):
        (finding,) = [finding for file in read(content, tmp_path) for finding in file.findings]
        assert finding.rule.id == "mail-filtered"
        assert name in finding.message


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("notes.txt", b"We removed question 7 from our plan."),
        ("answers.txt", b"Q1 Progressing\nQ2 Developing\n"),
        ("policy.txt", b"Our security policy says that files are kept for two years."),
    ],
)
def test_a_text_of_people_is_no_filters(name: str, text: bytes, tmp_path: Path) -> None:
    assert rules(HEAD + mixed(TEXT, as_attachment(text, name)), tmp_path) == ["file-not-workbook"]


# -- shortcuts ---------------------------------------------------------------------------------------


def lnk(path: str, *, wide: bool) -> bytes:
    """A shortcut of Windows, [MS-SHLLINK]: its head, then a path among other bytes."""
    text = path.encode("utf-16-le") if wide else path.encode()
    return b"\x4c\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0\0\0\0\x46" + bytes(56) + b"\x14\0\x1f" + text + b"\0\0"


XLSX = r"\\server\share\Alder ward.xlsx"
SHORTCUTS: Mapping[str, tuple[bytes, str]] = {
    ".url": (f"[InternetShortcut]\r\nURL={PLACE}\r\n".encode(), PLACE),
    ".url with more": (f"[DEFAULT]\nBASEURL={PLACE}\n[InternetShortcut]\nIconIndex=0\nURL={PLACE}\n".encode(), PLACE),
    ".url in UTF-16": (f"[InternetShortcut]\r\nURL={PLACE}\r\n".encode("utf-16"), PLACE),
    ".website": (
        f"[{{000214A0-0000-0000-C000-000000000046}}]\nProp3=19,2\n[InternetShortcut]\nURL={PLACE}\n".encode(),
        PLACE,
    ),
    ".webloc": (plistlib.dumps({"URL": PLACE}), PLACE),
    ".webloc, binary": (plistlib.dumps({"URL": PLACE}, fmt=plistlib.FMT_BINARY), PLACE),
    ".gsheet": (f'{{"url": "{PLACE}", "doc_id": "1abc", "email": "a@b.org"}}'.encode(), PLACE),
    ".gsheet, new": (
        b'{"":"WARNING!","doc_id":"1abc","resource_key":"","email":"a@b.org"}',
        "drive.google.com/open?id=1abc",
    ),
    ".desktop": (f"[Desktop Entry]\nType=Link\nName=form\nURL={PLACE}\n".encode(), PLACE),
    ".desktop, name in a language": (f"[Desktop Entry]\nType=Link\nURL[$e]={PLACE}\n".encode(), PLACE),
    ".lnk": (lnk(XLSX, wide=False), XLSX),
    ".lnk, wide": (lnk(XLSX, wide=True), XLSX),
    ".lnk to nothing": (lnk("x", wide=False), "cannot be read"),
    ".iqy": (f"WEB\r\n1\r\n{PLACE}\r\n".encode(), PLACE),
    "a page that leads on": (
        f'<html><head><meta http-equiv="refresh" content="0; url={PLACE}"></head></html>'.encode(),
        PLACE,
    ),
    "a page that leads on by script": (
        f"<html><script>window.location.href = '{PLACE}';</script></html>".encode(),
        PLACE,
    ),
    "a text with a link": (f"{PLACE}\r\n".encode(), PLACE),
    "a text with a path": (f"{XLSX}\r\n".encode(), XLSX),
    ".lnk with a name alone": (lnk("Alder ward.xlsx", wide=True), "Alder ward.xlsx"),
    "an alias of macOS": (
        b"book\0\0\0\0mark" + bytes(40) + b"/Users/jo/Alder ward.xlsx" + bytes(9),
        "/Users/jo/Alder ward.xlsx",
    ),
    "a link of macOS on a share": (b"XSym\n0011\n" + b"0" * 32 + b"\n../form.xlsx\n   ", "../form.xlsx"),
    "left by iCloud": (plistlib.dumps({"NSURLNameKey": "form.xlsx"}, fmt=plistlib.FMT_BINARY), "iCloud"),
    "left by Git LFS": (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 50123\n", "Git LFS"),
}


@pytest.mark.parametrize("kind", SHORTCUTS)
def test_a_shortcut_says_where_it_leads(kind: str, tmp_path: Path) -> None:
    content, words = SHORTCUTS[kind]
    attached = HEAD + mixed(TEXT, as_attachment(content, "Alder ward.xlsx"))
    for shape in (content, attached, zipped({"Alder ward.xlsx": content}), outlook({"Alder ward.xlsx": content})):
        (finding,) = [finding for file in read(shape, tmp_path, "Alder ward") for finding in file.findings]
        assert finding.rule.id == "file-shortcut"
        assert words in finding.message


# -- what the text of a message says ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "beside_a_form", "alone"),
    [
        ("Q7 should be Progressing, not Developing.\n", "mail-text", "mail-answers"),
        ("Please note: question 7 is level 3 now.\n", "mail-text", "mail-answers"),
        ("Question 12 we could not answer.\n", "mail-text", "mail-no-file"),
        ("We are at Spreading throughout.\n", "mail-text", "mail-no-file"),
        ("Q1 progressing\nQ2 spreading\nQ3 starting\n", "mail-text", "mail-answers"),
        ("Starting next week we will look at it.\n", "", "mail-no-file"),
        ("We are progressing well.\n", "", "mail-no-file"),
        ("Soon.\n\n> Question 3: Developing and Progressing are both ticked.\n", "", "mail-no-file"),
        ("Thanks!\nQ7 is Progressing.\nKind regards\nJo\n", "mail-text", "mail-answers"),
    ],
)
def test_a_text_that_names_questions_or_levels(text: str, beside_a_form: str, alone: str, tmp_path: Path) -> None:
    words = b"Content-Type: text/plain\n\n" + text.encode()
    assert outcome(read(HEAD + mixed(words, part("rightly")), tmp_path)) == (
        {3},
        [beside_a_form] if beside_a_form else [],
    )
    assert rules(as_mail(text), tmp_path) == [alone]
    assert rules(outlook({}, text_body=text), tmp_path) == [alone]


@pytest.mark.parametrize("shape", ["page", "text"])
def test_the_cells_of_the_form_pasted_into_a_message(shape: str, tmp_path: Path) -> None:
    rows = [("Q01.L1", "FALSE", "Starting"), ("Q01.L2", "TRUE", "Developing"), ("Q02.L3", "TRUE", "Progressing")]
    table = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    lines = "".join("\t".join(row) + "\n" for row in rows)
    content = as_page(f"<table>{table}</table>") if shape == "page" else as_mail(lines)
    (finding,) = [finding for file in read(content, tmp_path) for finding in file.findings]
    assert finding.rule.id == "mail-answers"
    assert "Q01.L2 TRUE Developing" in finding.message


def olm(*messages: tuple[str, str, bytes]) -> bytes:
    """An archive of Outlook for Mac with messages: subject, text, and the file attached to each."""
    files = {"Categories.xml": b"<categories/>"}
    folder = "Accounts/a@b.org/com.microsoft.__Messages/Inbox"
    for number, (subject, text, content) in enumerate(messages, 1):
        place = f"{folder}/com.microsoft.__Attachments/form.xlsx_{number}"
        attached = f'<messageAttachment OPFAttachmentURL="{place}" OPFAttachmentName="form.xlsx"/>' if content else ""
        files[f"{folder}/message_{number:05}.xml"] = (
            f'<?xml version="1.0"?><emails elementCount="1"><email><OPFMessageCopySubject>{subject}</OPFMessageCopySubject>'
            "<OPFMessageCopySentTime>2026-11-02T09:30:00</OPFMessageCopySentTime><OPFMessageCopyFromAddresses>"
            '<emailAddress OPFContactEmailAddressAddress="ward@example.org" OPFContactEmailAddressName="Ward lead"/>'
            f"</OPFMessageCopyFromAddresses><OPFMessageCopyBody>{text}</OPFMessageCopyBody>"
            f"<OPFMessageCopyAttachmentList>{attached}</OPFMessageCopyAttachmentList></email></emails>"
        ).encode()
        if content:
            files[place] = content
    return zipped(files)


def test_an_archive_of_outlook_for_mac(tmp_path: Path) -> None:
    archive = olm(("Ours", "Here.", FORM), ("Thank you", "Will do.", b""), ("Ours, too", f"It is here: {PLACE}", b""))
    files = read(archive, tmp_path)
    assert outcome(files) == ({3}, ["mail-link", "mail-no-file"])
    (form,) = [file for file in files if file.submissions]
    assert form.message
    assert (form.message.sender, form.message.date) == ("Ward lead <ward@example.org>", WHEN)


@pytest.mark.parametrize(
    ("text", "owed"),
    [
        ("Q1 = 3\nQ2 = 4\nQ3 = 2\n", "mail-answers"),
        ("1. Developing\n2. Progressing\n3. Spreading\n", "mail-answers"),
        ("Board development: Developing\nVision: Progressing\nCoaching: Starting\n", "mail-answers"),
        ("1. We meet on Monday.\n2. We fill it in.\n3. You get it.\n", "mail-no-file"),
        ("Please see our form: <<Alder ward.xlsx>>\n\nJo\n", "mail-not-saved"),
        ("Please see our form.\n\n<Alder ward.xlsx>\n", "mail-not-saved"),
        ("The attachment Alder ward.xlsx was removed by the security gateway.\n", "mail-filtered"),
        ("-----BEGIN PGP MESSAGE-----\n\nabc\n-----END PGP MESSAGE-----\n", "file-not-workbook"),
        ("I was away, and removed it from my list.\n", "mail-no-file"),
    ],
)
def test_what_a_text_alone_says(text: str, owed: str, tmp_path: Path) -> None:
    assert rules(as_mail(text), tmp_path) == [owed]


@pytest.mark.parametrize("name", ["securedoc_1.html", "message.html"])
def test_the_page_of_a_secure_mail(name: str, tmp_path: Path) -> None:
    page = b"<html><body>You have received a secure message. Open the attachment to read it.</body></html>"
    (finding,) = [f for file in read(HEAD + mixed(TEXT, as_attachment(page, name)), tmp_path) for f in file.findings]
    assert "a page that leads to an encrypted message" in finding.message


# -- the same message, saved by each program -----------------------------------------------------------

PDF = b"%PDF-1.7\n" + b"x" * 3_000


def an_eml(subject: str, text: str, files: Mapping[str, bytes], sender: str, heads: str) -> bytes:
    head = f"{heads}From: {sender}\nTo: improvement@example.org\nSubject: {subject}\nMIME-Version: 1.0\n".encode()
    body = b"Content-Type: text/plain; charset=utf-8\n\n" + text.encode() + b"\n"
    return head + mixed(body, *(as_attachment(content, name) for name, content in files.items()), boundary=b"eml")


def a_mailbox(subject: str, text: str, files: Mapping[str, bytes], sender: str, heads: str) -> bytes:
    return b"From ward@example.org Mon Nov 02 09:30:00 2026\n" + an_eml(subject, text, files, sender, heads) + b"\n"


def a_msg(subject: str, text: str, files: Mapping[str, bytes], sender: str, heads: str) -> bytes:
    assert not heads
    return outlook(files, subject=subject, sender=sender, text_body=text)


PROGRAMS = {"eml": an_eml, "mbox": a_mailbox, "msg": a_msg}
WARD = "ward@example.org"


def told(
    tmp_path: Path,
    program: str,
    subject: str = "Our form",
    text: str = "Here it is.",
    files: Mapping[str, bytes] | None = None,
    sender: str = WARD,
    heads: str = "",
) -> tuple[set[int | None], list[str]]:
    return outcome(read(PROGRAMS[program](subject, text, files or {}, sender, heads), tmp_path))


AS_A_SERVER = [
    "Blocked: our form", "Rejected: our plan", "Undelivered yesterday: our form", "Undeliverable - sending it again",
    "Delivery failed, trying again: our form", "Returned mail - our form", "Message not delivered - our form",
    "Address not found", "[EXTERNAL] Blocked: our form", "Non remis hier", "Unzustellbar gestern",
]  # fmt: skip


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("subject", AS_A_SERVER)
def test_what_a_person_sends_under_the_subject_of_a_notice_is_not_lost(subject: str, program: str, tmp_path: Path):
    said = "Our mail was rejected yesterday: 550 5.7.1 message too big. "
    assert told(tmp_path, program, subject, f"{said}As a PDF.", {"form.pdf": PDF}) == (set(), ["file-not-workbook"])
    assert told(tmp_path, program, subject, f"{said}Here: {PLACE}") == (set(), ["mail-link"])
    assert told(tmp_path, program, subject, f"{said}\nQ7 is Progressing\n") == (set(), ["mail-answers"])
    assert told(tmp_path, program, subject, said, {"form.xlsx": FORM}) == READ


@pytest.mark.parametrize(
    ("sender", "heads"),
    [
        ("noreply@relay.example", ""), ("Mail gateway <mailgateway@relay.example>", ""), ("bounces+x=y@relay.example", ""),
        (WARD, "Return-Path: <>\n"), (WARD, "Auto-Submitted: auto-generated\n"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("tag", ["", "[EXTERNAL] ", "***SPAM*** "])
def test_a_programs_notice_is_known_by_its_subject(tag: str, sender: str, heads: str, tmp_path: Path):
    text = f"Your message to {DEAD} could not be delivered: mailbox unavailable."
    content = an_eml(f"{tag}Message not delivered", text, {}, sender, heads)
    (finding,) = [each for file in read(content, tmp_path) for each in file.findings]
    assert (finding.rule.id, finding.facts["address"]) == ("mail-bounced", DEAD)


CANNOT = [
    "I am on leave and cannot be reached. Contact birch@trust.example.", "This mailbox is unavailable, mail birch@trust.example",
    "My old address fails; the address is unknown. Use new@trust.example", "Room 555 is closed. Call 550 1234, or birch@trust.example",
    "This email address is not found in our team any more", "See ticket 5.1.12",
    "The user is no longer here: recipient does not exist. birch@trust.example",
]  # fmt: skip


@pytest.mark.parametrize("submitted", ["auto-generated", "auto-replied", "auto-replied (vacation)", ""])
@pytest.mark.parametrize("text", CANNOT)
def test_an_automatic_reply_without_a_way_back_is_no_bounce(text: str, submitted: str, tmp_path: Path):
    heads = "Return-Path: <>\n" + (f"Auto-Submitted: {submitted}\n" if submitted else "")
    for subject in ("Automatic reply: Autumn: your form", "[EXT] Out of Office: your form"):
        assert told(tmp_path, "eml", subject, text, heads=heads) == (set(), ["mail-auto-reply"])
    if submitted.startswith("auto-replied"):
        assert told(tmp_path, "eml", "Re: your form", text, heads=heads) == (set(), ["mail-auto-reply"])


def test_a_person_whose_mail_has_no_way_back_is_read(tmp_path: Path):
    text = "We could not be reached last week, sorry."
    assert told(tmp_path, "eml", text=text, files={"f.pdf": PDF}, heads="Return-Path: <>\n")[1] == ["file-not-workbook"]
    assert told(tmp_path, "eml", text=f"{text} {PLACE}", heads="Return-Path: <>\n")[1] == ["mail-link"]


AWAY_SUBJECTS = [
    "[EXTERNAL] Automatic reply: x", "***EXTERNAL*** Automatic reply: x", "EXTERNAL: Out of Office: x", "Automatic reply - x",
    "Out of office - x", "Allan o’r swyddfa", "Neges awtomatig", "Neges awtomatig: x", "Svar automatisk: x", "[EXT] Auto-reply: x",
    "OFFICIAL: Automatic reply: x", "Automatic reply – x", "Jo O’Neil is out of the office",
]  # fmt: skip


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("subject", AWAY_SUBJECTS)
def test_an_automatic_reply_is_known_behind_tags(subject: str, program: str, tmp_path: Path):
    assert told(tmp_path, program, subject, f"I am away. Our page: {PLACE}")[1] == ["mail-auto-reply"]


@pytest.mark.parametrize("head", ["X-Auto-Reply: yes", "X-MS-Exchange-Generated-Message-Source: Mailbox Rules Agent"])
def test_an_automatic_reply_is_known_by_more_heads(head: str, tmp_path: Path):
    assert told(tmp_path, "eml", text=PLACE, heads=f"{head}\n")[1] == ["mail-auto-reply"]
    assert told(tmp_path, "eml", "FW: Our form", PLACE, heads="X-Auto-Reply: no\n")[1] == ["mail-link"]


def test_a_rule_that_passes_messages_on_answers_nobody(tmp_path: Path):
    head = "X-MS-Exchange-Generated-Message-Source: Mailbox Rules Agent\n"
    assert told(tmp_path, "eml", "FW: Our form", PLACE, heads=head)[1] == ["mail-link"]


def test_a_notice_about_a_message_that_was_passed_on_names_both_addresses(tmp_path: Path):
    status = status_part(address="new@other.example").replace(
        b"Final-", f"Original-Recipient: rfc822; {DEAD}\nFinal-".encode()
    )
    (finding,) = [each for file in read(notice(SAYS, status), tmp_path) for each in file.findings]
    assert finding.facts["address"] == f"{DEAD}; new@other.example"


# -- what is passed on ---------------------------------------------------------------------------------

PASSED_ON = {
    "Outlook": "From: Jo Smith <jo@trust.example>\nSent: 2 November 2026 09:00\nTo: Ward lead\nSubject: Our form\n\n",
    "Outlook, plain": (
        "________________________________\nFrom: Jo Smith\nSent: 2 November 2026 09:00\nTo: Ward lead\nSubject: Our form\n\n"
    ),
    "Gmail": (
        "---------- Forwarded message ---------\nFrom: Jo Smith <jo@trust.example>\nDate: Mon, 2 Nov 2026 at 09:00\n"
        "Subject: Our form\nTo: Ward lead\n\n"
    ),
    "Apple": "Begin forwarded message:\n\nFrom: Jo Smith <jo@trust.example>\nSubject: Our form\nTo: Ward lead\n\n",
    "Thunderbird": "-------- Forwarded Message --------\nSubject: \tOur form\nDate: \tMon\nFrom: \tJo Smith\n\n",
    "Apple, in German": "Anfang der weitergeleiteten Nachricht:\n\nVon: Jo\nBetreff: Form\nDatum: 2. November\n\n",
    "Gmail, in French": "---------- Message transféré ---------\nDe : Jo\nDate : lun.\n\n",
}
FORWARDS = [
    "FW: Our form", "[EXTERNAL] FW: Our form", "[EXT]FW: x", "EXTERNAL: Fwd: Our form", "***EXTERNAL*** FW: x", "RE: FW: Our form",
    "[Fwd: Our form]", "VB: x", "Doorst: x", "PD: x", "VL: x", "Ymlaen: x", "[Suspected spam] FW: x", "OFFICIAL-SENSITIVE FW: x",
    "FW - Our form", "Our form (fwd)", "Encaminhado: x", "I: x", "Fw[2]: x", "Our form (Alder)",
]  # fmt: skip


@pytest.mark.parametrize("above", ["", "FYI\n\n", "Hi all,\n\nplease see below.\n\nKind regards\nJo\n\n"])
@pytest.mark.parametrize("how", PASSED_ON)
@pytest.mark.parametrize("subject", FORWARDS)
def test_a_message_that_is_passed_on_keeps_what_it_quotes(subject: str, how: str, above: str, tmp_path: Path):
    text = f"{above}{PASSED_ON[how]}"
    assert told(tmp_path, "eml", subject, f"{text}The form is here: {PLACE}\n")[1] == ["mail-link"]
    assert told(tmp_path, "eml", subject, f"{text}Q7 is Progressing\nQ8 is Starting\n")[1] == ["mail-answers"]


@pytest.mark.parametrize("program", ["mbox", "msg"])
@pytest.mark.parametrize("how", PASSED_ON)
def test_other_programs_pass_messages_on_too(how: str, program: str, tmp_path: Path):
    subject = "[EXTERNAL] FW: Our form"
    assert told(tmp_path, program, subject, f"{PASSED_ON[how]}Here: {PLACE}\n")[1] == ["mail-link"]


INVITATION = f"Please answer question 7 and tick a level, such as Progressing.\nOur page: {PLACE}\n"
QUOTES = {
    "Outlook": PASSED_ON["Outlook"] + INVITATION,
    "Gmail": "On Mon, 2 Nov 2026 at 09:00, Improvement <i@example.org> wrote:\n> " + INVITATION.replace("\n", "\n> "),
    "Original message": "-----Original Message-----\nFrom: Improvement\nSent: Monday\n\n" + INVITATION,
}


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("how", QUOTES)
@pytest.mark.parametrize("above", ["", "Please find our form attached.\n\nMany thanks\nJo\nLevel 3, Alder House\n\n"])
@pytest.mark.parametrize(
    "subject", ["RE: Your form", "[EXTERNAL] RE: Your form", "Our form", "AW: x", "Ward 3: our form"]
)
def test_a_quoted_invitation_beside_a_form_says_nothing(
    subject: str, above: str, how: str, program: str, tmp_path: Path
):
    assert told(tmp_path, program, subject, above + QUOTES[how], {"form.xlsx": FORM}) == READ


@pytest.mark.parametrize("how", QUOTES)
@pytest.mark.parametrize("above", ["", "Thanks\n\n", "Soon.\n\n"])
def test_a_reply_does_not_pass_on_what_it_quotes(how: str, above: str, tmp_path: Path):
    for subject in ("RE: Your form", "[EXT] AW: Your form", "SV: Your form"):
        assert told(tmp_path, "eml", subject, above + QUOTES[how])[1] == ["mail-no-file"]
    assert told(tmp_path, "eml", "RE: FW: Your form", f"We send it soon.\n\n{QUOTES[how]}")[1] == ["mail-no-file"]


# -- below attachments, in cells, and in the subject ---------------------------------------------------


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("name", ["ATT00001.txt", "ATT00001.htm", "att00002.html", "ATT00001 (1).txt"])
def test_what_was_written_below_an_attachment_is_the_messages_text(name: str, program: str, tmp_path: Path):
    def page(text: str) -> bytes:
        return f"<html><body><p>{text}</p></body></html>".encode() if "htm" in name else text.encode()

    form = {"form.xlsx": FORM}
    says = {name: page("Please note that Q7 is Progressing.")}
    assert told(tmp_path, program, files={**form, name: page("Sent from my iPhone")}) == READ
    assert told(tmp_path, program, files={**form, **says}) == ({3}, ["mail-text"])
    assert told(tmp_path, program, files=says) == (set(), ["mail-answers"])
    assert told(tmp_path, program, files={name: page(f"The form: {PLACE}")}) == (set(), ["mail-link"])
    assert told(tmp_path, program, files={name: page("Sent from my iPhone")}) == (set(), ["mail-no-file"])
    assert told(tmp_path, program, files={name: b"This attachment was removed."}) == (set(), ["mail-filtered"])
    assert told(tmp_path, program, files={name: FORM}) == READ


def cell(text: str, how: str) -> str:
    return {
        "plain": "{}", "Word": "<p class=MsoNormal>{}<o:p></o:p></p>", "div": "<div>\n{}\n</div>", "break": "<br>{}<br>",
        "nested": "<table><tr><td>{}</td></tr></table>", "nested twice": "<table><tr><td><table><tr><td><p>{}</p></td></tr></table></td></tr></table>",
        "list": "<ul><li>{}</li></ul>",
    }[how].format(text)  # fmt: skip


def table(rows: list[tuple[str, ...]], how: str) -> str:
    cells = ("".join(f"<td>{cell(each, how)}</td>\n" for each in row) for row in rows)
    return f"<p>Hello,</p><table>{''.join(f'<tr>{each}</tr>' for each in cells)}</table><p>Jo</p>"


NAMES = ["Starting", "Developing", "Progressing", "Spreading"]
ROWS: Mapping[str, list[tuple[str, ...]]] = {
    "keys": [(f"Q01.L{number}", str(number == 2).upper(), name) for number, name in enumerate(NAMES, 1)],
    "signs without keys": [("☑" if number == 2 else "☐", name, "x") for number, name in enumerate(NAMES, 1)],
    "number and level": [(str(number), name) for number, name in enumerate(NAMES, 1)],
    "question and level": [(f"Q{number}", name) for number, name in enumerate(NAMES, 1)],
    "level and title": [(name, "Board development") for name in NAMES],
    "two numbers": [(str(number), str(number)) for number in range(1, 5)],
}  # fmt: skip


@pytest.mark.parametrize("program", ["eml", "msg"])
@pytest.mark.parametrize("how", ["plain", "Word", "div", "break", "nested", "nested twice", "list"])
@pytest.mark.parametrize("rows", ROWS)
def test_cells_that_were_pasted_are_answers_however_they_are_wrapped(rows: str, how: str, program: str, tmp_path: Path):
    page = table(ROWS[rows], how)
    if program == "msg":
        content = outlook(html_body=page, text_body="\n\n".join(each for row in ROWS[rows] for each in row))
    else:
        content = as_page(page)
    assert rules(content, tmp_path) == ["mail-answers"]


def test_a_message_that_is_laid_out_in_a_cell_keeps_its_lines(tmp_path: Path):
    text = f"<p>Soon.</p><p>On Mon, Jo &lt;jo@x.org&gt; wrote:</p><blockquote><p>{PLACE}</p></blockquote>"
    for page in (f"<table><tr><td>{text}</td></tr></table>", f"<table><tr><td>{text}", f"<div>{text}</div>"):
        assert rules(as_page(page), tmp_path) == ["mail-no-file"]


@pytest.mark.parametrize("tag", ["<table><tr><td>", "<td>", "<table>", "<table><td>x", "<tr><td><p>"])
def test_a_page_of_cells_takes_no_time(tag: str):
    page = tag * 40_000 + "x" * 50_000 + "</td></tr></table>" * 40_000
    begin = time.perf_counter()
    text_of_page(page)
    assert time.perf_counter() - begin < 10


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Our form: Q7 should be Progressing", "See attached."), ("[EXT] Our form - question 7 is Starting", "See attached."),
        ("RE: Your form - Q7 should be Progressing", "See attached."), ("Our form: Progressing, not Developing", "See attached."),
        ("Our form", "Progressing for all of them please, we could not tick the boxes."), ("Our form", "Starting throughout."),
        ("Our form", "Spreading please."), ("Our form", "Developing across all the others, we think, and that is it."),
    ],
)  # fmt: skip
def test_an_answer_in_the_subject_or_in_the_first_word_is_told(subject: str, text: str, program: str, tmp_path: Path):
    assert told(tmp_path, program, subject, text, {"form.xlsx": FORM}) == ({3}, ["mail-text"])
    assert told(tmp_path, program, subject, f"{text} {PLACE}", {"form.xlsx": FORM})[0] == {3}


ORDINARY = [
    (
        "Ward 7: our form",
        "Hello,\n\nplease find our form attached.\n\nKind regards\nJo Smith\nLevel 3, Alder House\nTel: 0123 456789",
    ),
    ("RE: Your self-assessment: question 7", "Starting next week we will be in the new building."),
    ("[EXTERNAL] Level 2 theatres - form", "Developing our plan took a while. Spreading the word as well."),
    ("FW: Autumn 2026", "Attached.\n\n-- \nJo\nThis e-mail is confidential."),
    ("Automatic checks: our form", "Progressing well, see attached.\n\nSent from my iPhone"),
    ("Improving together", "Best wishes\nJo\nLevel 1 Infirmary\nhttps://www.trust.example/home"),
]


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize(("subject", "text"), ORDINARY)
def test_an_ordinary_letter_beside_a_form_says_nothing(subject: str, text: str, program: str, tmp_path: Path):
    assert told(tmp_path, program, subject, text, {"form.xlsx": FORM}) == READ


# -- links that are broken, and paths ------------------------------------------------------------------

LIBRARY = "https://trust.sharepoint.com/sites/qi/Shared Documents"
WHOLE_LINKS: Mapping[str, tuple[str, str]] = {
    "broken in brackets": ("<https://trust-my.sharepoint.com/:x:/g/personal/jo/\nEabcDEF123?e=4%3aXyz>", "https://trust-my.sharepoint.com/:x:/g/personal/jo/EabcDEF123?e=4%3aXyz"),
    "broken in brackets, quoted": ("> <https://trust.sharepoint.com/:x:/s/\n> qi/\n> EabcDEF123>", "https://trust.sharepoint.com/:x:/s/qi/EabcDEF123"),
    "broken": ("It is: https://trust.sharepoint.com/:x:/g/personal/jo_smith_trust_example/\nEabcDEF123?e=4", "https://trust.sharepoint.com/:x:/g/personal/jo_smith_trust_example/EabcDEF123?e=4"),
    "a Safe Link, broken": ("Our form: https://eur03.safelinks.protection.outlook.com/?url=https%3A%2F%2Ftrust.share\npoint.com%2F%3Ax%3A%2Fs%2Fqi%2FEabcDEF123&data=05", "https://trust.sharepoint.com/:x:/s/qi/EabcDEF123"),
    "blanks": (f"It is {LIBRARY}/General/Alder and Birch ward.xlsx", f"{LIBRARY}/General/Alder and Birch ward.xlsx"),
    "a blank in the name": ("It is https://trust.sharepoint.com/sites/qi/Alder ward.xlsx.", "https://trust.sharepoint.com/sites/qi/Alder ward.xlsx"),
    "a folder": (f"It is in {LIBRARY}/General.", f"{LIBRARY}/General"),
    **{path: (f"It is {path}, thanks", path) for path in (
        "smb://server/share/QI/Alder ward.xlsx", "afp://server/share/Alder.xlsx", "//server/share/QI/Alder ward.xlsx",
        "/Volumes/share/QI/Alder ward.xlsx", "/Users/jo/Alder ward.xlsx", "~/Documents/Alder.xlsx", "S:/QI/Alder ward.xlsx",
        "S:\\QI\\Alder ward.xlsx", "S:\\QI\\Returns", "file:///S:/QI/Alder%20ward.xlsx", "\\\\server\\share\\Alder ward.xlsx",
    )},
}  # fmt: skip


@pytest.mark.parametrize("link", WHOLE_LINKS)
def test_a_link_is_shown_whole(link: str, tmp_path: Path):
    text, shown = WHOLE_LINKS[link]
    assert max(links_in(text), key=lambda each: each.sort).shown == shown
    if not text.startswith(">"):
        assert told(tmp_path, "eml", text=f"Hello,\n\n{text}\n\nJo\n")[1] == ["mail-link"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"{PLACE}\nKind regards\nJo", PLACE), (f"{PLACE}\nJo/Ann1", PLACE), (f"See {PLACE} and open the file Alder ward.xlsx", PLACE),
        (f"{PLACE}\n01234-567890", PLACE), (f"{PLACE}/\njo.smith1@trust.example", f"{PLACE}/"),
    ],
)  # fmt: skip
def test_a_link_takes_no_words_along(text: str, shown: str):
    assert links_in(text)[0].shown == shown


@pytest.mark.parametrize(
    "text",
    ["https://" * 40_000, "https://a/ " * 20_000, "<https://a\n" * 20_000, "a://b/" * 20_000,
     f"https://{'a' * 60}\n" * 5_000, f"https://{'a' * 60}\n{'/' * 200_000}\n"],
)  # fmt: skip
def test_links_take_no_time(text: str):
    begin = time.perf_counter()
    links_in(f"{text} x.xlsx")
    assert time.perf_counter() - begin < 10


# -- smaller wrappings ---------------------------------------------------------------------------------


def apple_single(content: bytes, name: bytes = b"form.xlsx") -> bytes:
    begin = 26 + 2 * 12
    entries = struct.pack(">IIIIII", 3, begin, len(name), 1, begin + len(name), len(content))
    return b"\0\5\x16\0\0\2\0\0" + bytes(16) + b"\0\2" + entries + name + content


@pytest.mark.parametrize("kind", ["application/applefile", "application/octet-stream"])
def test_a_form_in_applesingle_is_read(kind: str, tmp_path: Path):
    content = base64.encodebytes(apple_single(FORM))
    whole = f"Content-Type: {kind}\nContent-Transfer-Encoding: base64\n\n".encode() + content
    assert outcome(read(HEAD + mixed(TEXT, whole), tmp_path)) == READ
    assert outcome(read(outlook({"form.xlsx": apple_single(FORM)}), tmp_path)) == READ
    cut = apple_single(FORM)[:30]
    double = b"Content-Type: application/applefile\nContent-Transfer-Encoding: base64\n\n" + base64.encodebytes(
        b"\0\5\x16\7" + cut[4:]
    )
    assert outcome(read(HEAD + mixed(TEXT, double, part("rightly")), tmp_path)) == READ


@pytest.mark.parametrize("program", ["eml", "msg"])
@pytest.mark.parametrize(("size", "rule"), [(90_000, "file-not-workbook"), (3_000, "mail-no-file")])
def test_a_photograph_in_the_place_of_its_address(size: int, rule: str, program: str, tmp_path: Path):
    picture = base64.b64encode(b"\xff\xd8\xff\xe0\0\x10JFIF" + random.Random(1).randbytes(size)).decode()
    page = f'<p>Here.</p><img alt="x" src="data:image/jpeg;name=a;base64,{picture}">'
    content = as_page(page) if program == "eml" else outlook(html_body=page)
    assert rules(content, tmp_path) == [rule]


@pytest.mark.parametrize("charset", ['charset="utf-8\0"', "charset*=utf-8\0''x", "charset*0*=a\0'en'x"])
def test_a_charset_that_cannot_be_costs_nothing(charset: str, tmp_path: Path):
    text = f"Content-Type: text/plain; {charset}\n\nQ7 is Progressing\n".encode()
    assert outcome(read(HEAD + mixed(text, part("rightly")), tmp_path)) == ({3}, ["mail-text"])
