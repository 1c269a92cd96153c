"""What mail programs, filters and people do to a message on its way: the file is found, or what became of it is told.

Every case is made here by its own means. The programs' own habits are those of public reports, not of recordings.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import os
import time
import zlib
from collections.abc import Callable
from email.message import EmailMessage
from itertools import product
from urllib.parse import quote

import pytest

from impact_xl.returns.file_type import FileRejected, detect_kind
from impact_xl.returns.mail import links
from impact_xl.returns.mail.containers import CarriedFile, carried_files
from impact_xl.returns.mail.decoding import base64_file, files_in_text, in_letters
from impact_xl.returns.mail.missing import filters_words_in, taken_by_filter
from impact_xl.returns.mail.notices import is_automatic
from impact_xl.returns.mail.own_words import answers_in

LEVELS = ("Starting", "Developing", "Progressing", "Spreading", "Improving & Sustaining")
FORM = b"PK\3\4" + bytes(os.urandom(6_000)) + b"\0\0\xff\xfe=\r\n.\r\n"
WINMAIL = b"\x78\x9f\x3e\x22" + FORM
SIGNED = bytes.fromhex("308209ff06092a864886f70d010702a08209f0") + FORM
PHOTOGRAPH = b"\xff\xd8\xff\xe0\0\x10JFIF" + FORM


def base64_of(content: bytes) -> str:
    return base64.encodebytes(content).decode()


def uuencoded(content: bytes, name: str = "form.xlsx") -> str:
    pieces = (content[at : at + 45] for at in range(0, len(content), 45))
    return f"begin 644 {name}\n{''.join(binascii.b2a_uu(piece, backtick=True).decode() for piece in pieces)}`\nend\n"


def yencoded(content: bytes) -> bytes:
    letters = b"".join(
        bytes([61, (moved + 64) % 256]) if (moved := (byte + 42) % 256) in (0, 10, 13, 61) else bytes([moved])
        for byte in content
    )
    return b"=ybegin line=128 size=9 name=form.xlsx\r\n" + letters + b"\r\n=yend size=9\r\n"


def message(body: bytes, *heads: str, subject: str = "Our form") -> bytes:
    first = ("From: Ash <ash@trust.example>", f"Subject: {subject}", "MIME-Version: 1.0", *heads)
    return "".join(f"{head}\r\n" for head in first).encode() + b"\r\n" + body


def carried(content: bytes) -> list[CarriedFile]:
    return list(carried_files(content, detect_kind(content), "message", LEVELS))


TEXTS = {
    "uuencode": uuencoded(FORM).encode(),
    "uuencode, cut short": uuencoded(FORM).encode().removesuffix(b"`\nend\n"),
    "uuencode, quoted": "".join(f"> {line}\n" for line in uuencoded(FORM).splitlines()).encode(),
    "uuencode, quoted twice": "".join(f">> {line}\n" for line in uuencoded(FORM).splitlines()).encode(),
    "yEnc": yencoded(FORM),
    "yEnc, cut short": yencoded(FORM).partition(b"\r\n=yend")[0] + b"\r\n",
    "an address that holds it": f'<a href="data:application/x;base64,{base64_of(FORM)}">form</a>'.encode(),
}


@pytest.mark.parametrize("kind", ["plain", "html"])
@pytest.mark.parametrize("text", TEXTS)
def test_a_file_in_a_text_is_found(text: str, kind: str) -> None:
    body = b"Hello\r\n\r\n" + TEXTS[text]
    found = carried(message(body, f"Content-Type: text/{kind}; charset=iso-8859-1", "Content-Transfer-Encoding: 8bit"))
    assert [each.content[: len(FORM)] for each in found if not each.finding] == [FORM]
    assert not any(each.finding for each in found)


def test_a_line_that_only_begins_like_a_file_is_a_line() -> None:
    body = b"We will\nbegin 644 things\nnext week. Q3: Spreading\n"
    [only] = carried(message(body, "Content-Type: text/plain"))
    assert only.finding
    assert only.finding.rule.id == "mail-answers"


ENCODINGS: dict[str, Callable[[bytes], str]] = {
    "as it is": base64_of,
    "for addresses": lambda content: base64.urlsafe_b64encode(content).decode(),
    "within an address": lambda content: f"data:application/x;base64,{base64_of(content)}",
}


CONTENTS = {"form": FORM, "winmail": WINMAIL, "signed": SIGNED, "photo": PHOTOGRAPH}
UNTOLD = ("photo", "for addresses")  # nothing tells such a photograph from a text


@pytest.mark.parametrize("announced", ["base64", "7bit", "8bit", "binary", "none"])
@pytest.mark.parametrize(("what", "encoding"), sorted({*product(CONTENTS, ENCODINGS)} - {UNTOLD}))
def test_what_is_announced_badly_is_decoded(what: str, encoding: str, announced: str) -> None:
    content = CONTENTS[what]
    if content == SIGNED:
        with pytest.raises(FileRejected):
            detect_kind(b"MIIno" + content[:9])  # that it is signed has to stand in it
    heads = ["Content-Type: application/x; name=file.bin", "Content-Disposition: attachment; filename=file.bin"]
    heads += [] if announced == "none" else [f"Content-Transfer-Encoding: {announced}"]
    part = message(ENCODINGS[encoding](content).encode(), *heads)
    [only, *_] = carried(part)
    if content in (FORM, PHOTOGRAPH):
        assert only.content[: len(content)] == content
    else:  # the package and the signature are opened; what is in them is made up here
        assert only.finding is None or only.finding.rule.id != "file-not-workbook" or "text" not in only.finding.message


@pytest.mark.parametrize("content", [WINMAIL, SIGNED], ids=["winmail", "signed"])
def test_what_was_saved_as_letters_is_no_text(content: bytes) -> None:
    assert detect_kind(base64_of(content).encode()) == "encoded"


@pytest.mark.parametrize("announced", ["ENCODING=8BIT", "X-FILENAME=form.xlsx", "FMTTYPE=application/x;ENCODING=7BIT"])
def test_an_attachment_of_a_calendar_entry_that_is_announced_badly(announced: str) -> None:
    lines = base64.b64encode(FORM).decode()
    entry = f"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nATTACH;{announced}:{lines}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    assert [each.content for each in carried(entry.encode())] == [FORM]


@pytest.mark.parametrize("size", [1, 4_096, 3_000_000])
def test_a_file_of_zeros_was_never_saved(size: int) -> None:
    with pytest.raises(FileRejected, match="never saved"):
        detect_kind(bytes(size))
    with pytest.raises(FileRejected, match="unknown"):
        detect_kind(bytes(size) + b"\1\2")


@pytest.mark.parametrize(
    "line", [b"\n", b">\n", b"> ", b"begin 644 x\nM\n", b"=ybegin name=\n", b"data:,", b"UEsDB\n", b"eJ8+I"]
)
def test_a_text_of_nothing_but_beginnings_takes_no_time(line: bytes) -> None:
    text, start = line * (300_000 // len(line)), time.perf_counter()
    with contextlib.suppress(FileRejected):
        detect_kind(text)
    files_in_text(text)
    base64_file(text, 2_000)
    assert time.perf_counter() - start < 5


# -- texts -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("charset", ["utf-16", "utf-16le", "UTF-32", "us-ascii", "iso-8859-1", "x-unknown", ""])
def test_a_text_is_read_whatever_its_charset_is_called(charset: str) -> None:
    for text in ("Q1: Progressing", "Frage 1: Progressing – schön"):
        assert in_letters(text.encode(), charset) == text


@pytest.mark.parametrize("charset", ["utf-16", "iso-2022-jp", "koi8-r", "cp1252"])
def test_a_charset_that_is_announced_rightly_counts(charset: str) -> None:
    text = {"iso-2022-jp": "自動応答", "koi8-r": "Автоответ"}.get(charset, "Schön")
    assert in_letters(text.encode(charset), charset) == text


@pytest.mark.parametrize(
    ("lines", "answers"),
    [
        (["1 - 3", "2 - 4", "3 - 2"], 3),
        (["1. 3", "2. 4", "3. 2", "Thanks"], 3),
        (["1: 3", "2: 4"], 0),
        (["3 - 1", "2 - 4", "1 - 2"], 0),
        (["1 - 30", "2 - 40", "3 - 20"], 0),
        (["01622 - 3", "2 beds - 4", "3"], 0),
    ],
)
def test_a_list_of_numbers_alone_answers_questions(lines: list[str], answers: int) -> None:
    assert len(answers_in("\n".join(lines), LEVELS)) == answers


PROGRAMS = [
    "Automatische Antwort: x", "Réponse automatique : x", "Αυτόματη απάντηση: x", "Автоматична відповідь: x",
    "Automatická odpoveď: x", "Automatická odpověď: x", "رد تلقائي: x", "תשובה אוטומטית: x", "Freagra uathoibríoch: x",
    "Automātiska atbilde: x", "Automatinis atsakymas: x", "Automaatvastus: x", "Trả lời tự động: x",
    "การตอบกลับอัตโนมัติ: x", "Automatski odgovor: x", "Автоматичен отговор: x", "Resposta automàtica: x",
    "Automatisk svar: x", "AUTO: Jo is out of the office (returning 07/12/2026)", "Out of office", "OOO Re: x",
    "Annual leave Re: x", "Out of Office AutoReply: x", "Jo Smith is out of the office",
]  # fmt: skip
PEOPLE = [
    "On leave last week, sorry", "RE: Automatic reply: x", "Out of office hours: how do we reach you?",
    "Automatic doors on Ward 7", "Leave", "OOO", "Autumn 2026: the form", "Auto-enrolment and our form",
]  # fmt: skip


@pytest.mark.parametrize("subject", [*PROGRAMS, *PEOPLE])
def test_an_automatic_reply_is_known_by_its_subject(subject: str) -> None:
    assert is_automatic(subject, {}) is (subject in PROGRAMS)


# -- filters -----------------------------------------------------------------------------------------

REPLACEMENTS = {
    "Entfernter Anhang.txt": "Der Anhang form.xlsx wurde aus Sicherheitsgründen entfernt.",
    "alerte.txt": "La pièce jointe form.xlsx a été supprimée par le filtre antivirus.",
    "form_xlsx.txt": "Your attachment form.xlsx is held in quarantine. To release it, contact the service desk.",
    "ATT00001.txt": "This attachment was removed.",
    "Mimecast Attachment Protection Instructions.txt": "This file is safe. Request the original file.",
}


@pytest.mark.parametrize("name", REPLACEMENTS)
def test_what_a_filter_put_in_the_place_of_a_file_is_told_as_that(name: str) -> None:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "ash@trust.example", "Our form"
    mail.set_content("Please find it attached.")
    mail.add_attachment(REPLACEMENTS[name], filename=name)
    assert [each.finding.rule.id for each in carried(mail.as_bytes()) if each.finding] == ["mail-filtered"]


@pytest.mark.parametrize("text", ["Notes of our meeting on Monday.", "This attachment was made by the ward clerk."])
def test_a_text_of_a_team_is_none_of_a_filter(text: str) -> None:
    assert not taken_by_filter("notes.txt", text.encode())
    assert not taken_by_filter("ATT00001.txt", b"Sent from my iPhone")


@pytest.mark.parametrize(
    ("text", "by_filter"),
    [
        ("Hi, our firewall blocked the attachment so we could not open your form. Please send again.", False),
        ("Sorry, your file was blocked by our security policy - can you send it to my nhs.net address?", False),
        ("The attachment in your e-mail was quarantined by our filter.", False),
        ("Our mail security removed an attachment from this message: form.xlsx", True),
        ("The attachment was removed because it may be malicious. If you trust the sender, tell the desk.", True),
    ],
)
def test_people_write_of_filters_too(text: str, by_filter: bool) -> None:
    assert bool(filters_words_in(text)) is by_filter


# -- links -------------------------------------------------------------------------------------------

PLACE = "https://trust-my.sharepoint.com/:x:/g/personal/lead_trust/EabcDEF123?e=4%3aXyz"
WRAPPED = {
    "Check Point": f"https://protect.checkpoint.com/v2/___{PLACE}___.YXAzOnRy",
    "Check Point, newer": f"https://protect.checkpoint.com/v2/r06/___{PLACE}___.YXAzOnRy",
    "Avanan": f"https://url.avanan.click/v2/___{PLACE}___.YXAz",
    "Egress": f"https://defend.egress.com/safe-link/?url={quote(PLACE, safe='')}&sig=1",
    "Egress, compressed": "https://uk.defend.egress.com/Warning?crId=6&Domain=trust.example&Base64Url="
    + quote(base64.urlsafe_b64encode(zlib.compress(PLACE.encode(), 9)).decode()),
    "Proofpoint v1": f"https://urldefense.proofpoint.com/v1/url?u={quote(PLACE, safe='')}&k=x",
}


@pytest.mark.parametrize("wrapper", WRAPPED)
def test_a_link_is_shown_as_it_was_before_a_filter_wrapped_it(wrapper: str) -> None:
    [link] = links.links_in(f"Our form: {WRAPPED[wrapper]}")
    assert (link.shown, link.sort) == (PLACE, links.Sort.DOCUMENT)


@pytest.mark.parametrize(
    "address",
    [
        "https://protect.checkpoint.com/v2/r06/___mYYux://ywzxy___.YXAz",
        "https://uk.defend.egress.com/Warning?Base64Url=eNxx",
    ],
)
def test_a_link_that_a_filter_keeps_to_itself_is_told_as_that(address: str) -> None:
    [link] = links.links_in(address)
    assert link.shown == f"{address} (wrapped by a mail filter)"


def test_egress_names_the_host_of_what_it_hides() -> None:
    [link] = links.links_in("https://uk.defend.egress.com/Warning?crId=6&@OriginalLink=trust-my.sharepoint.com&Lang=en")
    assert (link.sort, "a link to trust-my.sharepoint.com" in link.shown) == (links.Sort.PLACE, True)
