"""Mails and mailboxes taken apart: attachments, also in forwarded mails, each with the mail that carried it."""

from __future__ import annotations

import base64
import binascii
import contextlib
import email
import email.header
import email.utils
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from email.message import Message as Mail
from html import unescape
from urllib.parse import unquote

from impact_xl.findings import Where, found
from impact_xl.returns.file_type import MIB, TNEF
from impact_xl.returns.mail import tnef
from impact_xl.returns.mail.attachment import CarriedFile, Names, Walk, printable
from impact_xl.returns.submission import Message
from impact_xl.wording import plural

# What mail programs add to a message beside its text: signatures, invitations, cards, reports, Apple's forks.
_PAPERWORK = re.compile(
    r"application/(?:(?:x-)?(?:pkcs7|pgp)-signature|ics|applefile)"
    r"|text/(?:calendar|(?:x-)?vcard|rfc822-headers)"
    r"|message/(?:delivery-status|disposition-notification|feedback-report)",
    re.IGNORECASE,
)
_FOOTER = re.compile(r"ATT\d{3,}\.(?:txt|html?)", re.IGNORECASE)  # what servers make of the text after an attachment
_UUENCODED = re.compile(r"^begin [0-7]{3,4} ([^\n]+)\n(.*?)^end\s*$", re.MULTILINE | re.DOTALL)
_ENVELOPE = re.compile(rb"(?:\A|(?<=\n\n)|(?<=\n\r\n))From [^\n]*\n(?=[!-9;-~]+:|>)")
_YEAR = re.compile(rb"\b\d{4}\b[^\n]*\n\Z")
LINK = re.compile(
    r"https?://(?:[\w-]+\.)*(?:sharepoint\.com|1drv\.ms|onedrive\.live\.com|onedrive\.com|drive\.google\.com"
    r"|docs\.google\.com|dropbox\.com|wetransfer\.com|we\.tl)/[^\s\"'<>)\]]*",
    re.IGNORECASE,
)
LOOKS_LIKE_A_FORM = (b"PK\3\4", b"\xd0\xcf\x11\xe0")


def mailbox(content: bytes, file: str, walk: Walk) -> Iterator[CarriedFile]:
    """The attachments of every message in a mailbox."""
    names, empty = Names(file), list[str]()
    starts = _starts(content)
    for number, (start, end) in enumerate(zip(starts, [*starts[1:], len(content)], strict=True), 1):
        head = content.index(b"\n", start) + 1
        message = email.message_from_bytes(re.sub(rb"(?m)^>(>*From )", rb"\1", content[head:end]))
        name = names.name(_subject_name(number, _head(message, "subject")), f"message {number}")
        for carried in mail(message, name, walk):
            if carried.file == name and carried.finding and carried.finding.rule.id == "mail-no-file":
                empty.append(_head(message, "subject"))
            else:
                yield carried
    if empty:
        what = f"{plural(len(empty), 'message')} of this mailbox, such as {_subject(empty[0])}"
        yield CarriedFile(file, finding=found("mail-no-file", Where(file), what=what))


def _starts(content: bytes) -> list[int]:
    """Where the messages of a mailbox begin: people write lines that begin with “From ”, too, but without a date."""
    envelopes = list(_ENVELOPE.finditer(content))
    dated = [each.start() for each in envelopes if _YEAR.search(each[0])]
    return dated if dated[:1] == [0] else [each.start() for each in envelopes]


def _subject(text: str) -> str:
    return f"“{text or 'no subject'}”"


def _subject_name(number: int, subject: str) -> str:
    return f"{number} {short(subject)}".strip()


def mail(message: Mail, file: str, walk: Walk) -> Iterator[CarriedFile]:
    """The attachments of a mail and of the mails forwarded in it, each with the mail that carried it."""
    carrier = Message(_head(message, "from"), _head(message, "subject"), _moment(message))
    if message.get_content_type() == "multipart/report":
        yield notice(file, carrier, list(_undelivered(message)))
        return
    names, texts, forms, others = Names(file), list[str](), 0, 0
    for part in _leaves(message):
        kind = _part_kind(part)
        if kind == "mail":
            others += 1
            for inner in _forwarded(part):
                name = names.name(_file_name(part) or f"{short(_head(inner, 'subject'))}.eml", "message.eml")
                yield from carried_by(carrier, mail(inner, name, walk))
        elif kind != "paperwork":
            if kind == "text":
                texts.append(_text(part))
            for raw, content in _uuencoded(texts[-1]) if kind == "text" else _files(part):
                others += 1
                name = names.name(raw, f"attachment {others}")
                walk.take(len(content))
                forms += content.startswith(LOOKS_LIKE_A_FORM)
                yield CarriedFile(name, content, carrier)
    yield from without_form(file, carrier, "\n".join(texts), forms, others)


def _files(part: Mail) -> list[tuple[str, bytes]]:
    """The name and content of an attachment; of each in it, where it is Outlook's own package."""
    content = _payload(part)
    if content.startswith(TNEF):
        # Where the package is cut short it is taken itself, and whoever reads it says so.
        with contextlib.suppress(ValueError):
            return tnef.files(content)
    return [(_file_name(part), content)]


def _uuencoded(text: str) -> Iterator[tuple[str, bytes]]:
    """Files that an old mail program wrote into the text."""
    for name, lines in _UUENCODED.findall(text.replace("\r\n", "\n")):
        try:
            yield name.strip(), b"".join(binascii.a2b_uu(line) for line in lines.splitlines() if line.strip("` "))
        except (binascii.Error, ValueError):
            yield name.strip(), b""


def _undelivered(report: Mail) -> Iterator[str]:
    """The addresses that a mail server says it could not deliver to (RFC 3464); a receipt names none."""
    for part in _leaves(report):
        groups = part.get_payload() if part.get_content_type() == "message/delivery-status" else ()
        for group in groups if isinstance(groups, list) else ():
            if isinstance(group, Mail) and _head(group, "action").casefold() == "failed":
                yield _head(group, "final-recipient").rpartition(";")[2].strip() or "somebody"


def notice(file: str, carrier: Message, undelivered: Sequence[str]) -> CarriedFile:
    """The finding about a notice that a program wrote: the form in it is the one that was sent out."""
    if undelivered:
        finding = found(
            "mail-bounced", Where(file), what=f" to {', '.join(undelivered)}", address="; ".join(undelivered)
        )
    else:
        finding = found("mail-no-file", Where(file), what=f"the message {_subject(carrier.subject)}")
    return CarriedFile(file, message=carrier, finding=finding)


def carried_by(carrier: Message, inner: Iterator[CarriedFile]) -> Iterator[CarriedFile]:
    """What a forwarded message carried; where that one has no date, the message around it speaks for it."""
    for carried in inner:
        yield carried if carried.message and carried.message.date else replace(carried, message=carrier)


def short(subject: str) -> str:
    """A subject as part of a name."""
    return subject.replace("/", "-")[:60].strip()


def _leaves(mail: Mail) -> Iterator[Mail]:
    """The parts of a mail that are no frames round other parts; a forwarded mail is one part."""
    stack = [mail]
    while stack:
        part = stack.pop()
        inner = part.get_payload()
        if isinstance(inner, list) and part.get_content_maintype() != "message":
            stack += [each for each in reversed(inner) if isinstance(each, Mail)]
        else:
            yield part


def _forwarded(part: Mail) -> list[Mail]:
    inner = part.get_payload()
    if not isinstance(inner, list):
        return [email.message_from_bytes(_payload(part))]
    mails = [each for each in inner if isinstance(each, Mail)]
    # A forwarded mail must not be encoded, so it is parsed as it stands; some programs encode it all the same.
    if len(mails) == 1 and not mails[0].keys() and part.get("content-transfer-encoding", "").lower() == "base64":
        try:
            return [email.message_from_bytes(base64.b64decode(str(mails[0].get_payload())))]
        except (binascii.Error, ValueError):
            return mails
    return mails


def _part_kind(part: Mail) -> str:
    """Whether a part is a `file`, a forwarded `mail`, the mail's own `text`, or `paperwork` such as a logo."""
    attached = part.get_content_disposition() == "attachment"
    kind = part.get_content_type()
    if kind == "message/rfc822":
        return "mail"
    declared = _declared_kind(part, kind, attached)
    # What is called a text or a picture may still be a workbook.
    return "file" if declared != "file" and _payload(part).startswith(LOOKS_LIKE_A_FORM) else declared


def _declared_kind(part: Mail, kind: str, attached: bool) -> str:
    """What a part says of itself that it is."""
    name, family = _file_name(part), part.get_content_maintype()
    if _PAPERWORK.fullmatch(kind) or _FOOTER.fullmatch(name):
        return "paperwork"
    if family == "image" and (not attached or part.get("Content-ID")):
        return "paperwork"
    if kind in ("text/plain", "text/html") and not attached and not name:
        return "text"
    return "file" if attached or name or family != "text" else "text"


def _payload(part: Mail) -> bytes:
    try:
        content = part.get_payload(decode=True)
    except Exception:  # noqa: BLE001  the decoders of the standard library raise what they like
        content = None
    return content if isinstance(content, bytes) else b""


def _text(part: Mail) -> str:
    try:
        return _payload(part)[:MIB].decode(part.get_content_charset() or "utf-8", "replace")
    except (LookupError, ValueError):
        return _payload(part)[:MIB].decode("latin-1")


def _file_name(part: Mail) -> str:
    try:
        return _words(part.get_filename() or "")
    except Exception:  # noqa: BLE001  a broken name is no reason to lose the file
        return ""


def _head(mail: Mail, name: str) -> str:
    return _words(str(mail.get(name) or ""))


def _words(raw: str) -> str:
    """A header's text, decoded; as it stands where it cannot be."""
    try:
        text = str(email.header.make_header(email.header.decode_header(raw)))
    except Exception:  # noqa: BLE001  as above
        text = raw
    return printable(" ".join(text.split()))


def _moment(mail: Mail) -> datetime | None:
    try:
        moment = email.utils.parsedate_to_datetime(str(mail.get("date") or ""))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return in_utc(moment)


def in_utc(moment: datetime) -> datetime | None:
    """A moment in UTC; one without a zone is taken for UTC."""
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def without_form(
    file: str, carrier: Message, text: str, forms: int, others: int, links: Sequence[str] = ()
) -> Iterator[CarriedFile]:
    """The finding about a mail that carries no form: a link stands for it, or there is nothing at all.

    Args:
        forms: how many of its attachments may be forms.
        others: how many attachments it has.
        links: links that stand in the place of attachments.
    """
    if forms:
        return
    found_links = [*links, *LINK.findall(unquote(unescape(text)))]
    if found_links:
        sender = carrier.sender or "the sender"
        finding = found("mail-link", Where(file), what=_shown_link(found_links[0]), sender=sender)
    elif not others:
        finding = found("mail-no-file", Where(file), what=f"the message {_subject(carrier.subject)}")
    else:
        return
    yield CarriedFile(file, message=carrier, finding=finding)


def _shown_link(link: str, most: int = 120) -> str:
    shown = printable(link.partition("?")[0])
    return shown if len(shown) <= most else shown[:most] + "…"
