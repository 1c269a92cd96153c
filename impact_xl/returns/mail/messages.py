"""Mails and mailboxes taken apart: attachments, also in forwarded mails, each with the mail that carried it."""

from __future__ import annotations

import contextlib
import email
import email.header
import email.utils
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from email.message import Message as Mail

from impact_xl.findings import PROGRAM, Where, found
from impact_xl.returns.file_type import MIB, TNEF
from impact_xl.returns.mail import apple_single, calendar, missing, notices, signed, tnef
from impact_xl.returns.mail.attachment import CarriedFile, Names, Walk, around
from impact_xl.returns.mail.decoding import files_in_text, in_letters, payload, pictures_in_text
from impact_xl.returns.mail.letter import LOOKS_LIKE_A_FORM, Letter, is_page, is_text_behind
from impact_xl.returns.mail.page_text import text_of_page
from impact_xl.returns.sources import printable
from impact_xl.returns.submission import Message
from impact_xl.wording import plural

# What mail programs add to a message beside its text: signatures, cards, reports, Apple's forks, PGP's version.
_PAPERWORK = re.compile(
    r"application/(?:(?:x-)?(?:pkcs7|pgp)-signature|applefile|pgp-encrypted|pgp-keys)"
    r"|text/(?:(?:x-)?vcard|(?:x-)?amp-html|rfc822-headers)"
    r"|message/(?:(?:global-)?delivery-status|(?:global-)?disposition-notification|feedback-report|(?:global-)?headers)",
    re.IGNORECASE,
)
_MAILS = ("message/rfc822", "message/global", "message/news", "message/partial")
_CALENDARS = ("text/calendar", "application/ics")
_SIGNED = re.compile(r"application/(?:x-)?pkcs7-mime", re.IGNORECASE)
_MOST_UNWRAPPED = 10  # a list signs again what was signed
_ENVELOPE = re.compile(rb"(?:\A|(?<=\n\n)|(?<=\n\r\n))From [^\n]*\n(?=[!-9;-~]+:|>)")
_YEAR = re.compile(rb"\b\d{4}\b[^\n]*\n\Z")
_PGP, PGP_VERSION = b"-----BEGIN PGP MESSAGE", b"Version: 1"  # what goes with encrypted text, RFC 3156


def mailbox(content: bytes, file: str, walk: Walk) -> Iterator[CarriedFile]:
    """The attachments of every message in a mailbox."""
    names, empty = Names(file), list[CarriedFile]()
    starts = _starts(content)
    for number, (start, end) in enumerate(zip(starts, [*starts[1:], len(content)], strict=True), 1):
        head = content.index(b"\n", start) + 1
        message = email.message_from_bytes(re.sub(rb"(?m)^>(>*From )", rb"\1", content[head:end]))
        name = names.name(_subject_name(number, _head(message, "subject")), f"message {number}")
        for carried in mail(message, name, walk):
            if carried.file == name and _says_nothing_else(carried):
                empty.append(carried)
            else:
                yield carried
    if empty:
        first = empty[0].message.subject if empty[0].message else ""
        what = f"{plural(len(empty), 'message')} of this mailbox, such as {_subject(first)}"
        people = [each for each in empty if each.finding and PROGRAM not in each.finding.facts]
        senders = "; ".join(dict.fromkeys(each.message.sender for each in people if each.message))
        yield CarriedFile(file, finding=found("mail-no-file", Where(file), what=what, sender=senders))


def _says_nothing_else(carried: CarriedFile) -> bool:
    """Whether all that is said of a message is that it carried nothing."""
    finding = carried.finding
    return bool(finding and finding.rule.id == "mail-no-file" and finding.facts["what"].endswith("”"))


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
    letter = Letter(file, _carrier(message), walk)
    parts = list(_leaves(message))
    undelivered = _undelivered(message, letter.carrier, parts)
    if undelivered is not None:
        yield bounce(file, letter.carrier, undelivered)
        yield from came_back(take_parts(parts, letter))
    elif message.get_content_type() == "multipart/report":
        yield receipt(file, letter.carrier)
        yield from came_back(take_parts(parts, letter))
    else:
        yield from take_parts(parts, letter)
        yield from letter.conclusions()


def entity(content: bytes, letter: Letter) -> Iterator[CarriedFile]:
    """The attachments in the content of a signed message, which are those of the message itself."""
    return take_parts(_leaves(email.message_from_bytes(content)), letter)


def calendar_file(content: bytes, file: str, walk: Walk) -> Iterator[CarriedFile]:
    """What is attached to the entries of a calendar file."""
    entry = calendar.entry_in(content)
    letter = Letter(file, Message(printable(entry.organizer), printable(entry.summary)), walk)
    yield from _take_entry(entry, letter)
    yield from letter.conclusions()


def _carrier(message: Mail) -> Message:
    subject = _head(message, "subject")
    return Message(
        _head(message, "from"),
        subject,
        _moment(message),
        ", ".join(filter(None, (_head(message, "to"), _head(message, "cc")))),
        notices.is_automatic(subject, _heads(message)),
        _head(message, "x-unsent") == "1",
    )


def take_parts(parts: Iterator[Mail] | list[Mail], letter: Letter) -> Iterator[CarriedFile]:
    """What the parts of a message carry; what they say is put into the letter."""
    for part in parts:
        content, name = payload(part), _file_name(part)
        if why := missing.not_saved(part, name, content):
            letter.leave_out(re.sub(r"^(?:Deleted|Detached): ", "", name) or _declared_name(part), why)
            continue
        match _part_kind(part, content, name):
            case "mail" if missing.taken_by_filter(name, content):
                yield from letter.take(name, content)
            case "mail":
                for inner in _forwarded(part, content):
                    inside = letter.name(name or f"{short(_head(inner, 'subject'))}.eml", "message.eml")
                    yield from carried_by(letter.carrier, mail(inner, inside, letter.walk))
            case "calendar":
                yield from _take_entry(calendar.entry_in(content), letter)
            case "picture":
                letter.take_picture(name, content)
            case "text":
                yield from _take_text(part, content, letter)
            case "file":
                for raw, file in _files(name, content):
                    yield from letter.take(raw, file)


def _take_text(part: Mail, content: bytes, letter: Letter) -> Iterator[CarriedFile]:
    rest, files = files_in_text(content)
    letter.texts.append(_plain(part, rest))
    for picture in pictures_in_text(rest):
        letter.take_picture("", picture)
    for raw, file in files:
        yield from letter.take(raw, file)


def _take_entry(entry: calendar.Entry, letter: Letter) -> Iterator[CarriedFile]:
    letter.texts.append(entry.description)
    for address in entry.links:
        letter.take_link(address)
    for raw, content in entry.files:
        yield from letter.take(raw, content)


def _files(name: str, content: bytes) -> list[tuple[str, bytes]]:
    """The name and content of an attachment; of each in it, where it is Outlook's own package."""
    if content.startswith(TNEF):
        # Where the package is cut short it is taken itself, and whoever reads it says so.
        with contextlib.suppress(ValueError):
            return tnef.files(content)
    if within := apple_single.file_in(content):
        return [(name or within[0], within[1])]
    return [(name, content)]


def _undelivered(message: Mail, carrier: Message, parts: list[Mail]) -> list[str] | None:
    """The addresses that a notice says a message could not be delivered to; None where it is no such notice."""
    if any(part.get_content_type() in notices.RECEIPT_PARTS for part in parts):
        return None
    statuses = [_status_text(part) for part in parts if part.get_content_type() in notices.STATUS_PARTS]

    def text() -> str:
        texts = [part for part in parts if part.get_content_type() in ("text/plain", "text/html")]
        return "\n".join(_plain(part, payload(part)) for part in texts[:2])

    return notices.bounced(carrier.sender, carrier.subject, _heads(message), statuses, text, carrier.to)


def _status_text(part: Mail) -> str:
    """What a server says became of a message; the parser takes its groups of lines for messages."""
    groups = part.get_payload()
    if not isinstance(groups, list):
        return payload(part).decode("utf-8", "replace")
    return "\n\n".join(
        "\n".join(f"{key}: {value}" for key, value in group.items()) + f"\n\n{_payload_text(group)}"
        for group in groups
        if isinstance(group, Mail)
    )


def _payload_text(part: Mail) -> str:
    return payload(part).decode("utf-8", "replace")


def bounce(file: str, carrier: Message, undelivered: list[str]) -> CarriedFile:
    """The finding about a notice that a message could not be delivered."""
    named = [each for each in undelivered if each]
    what = f" to {', '.join(named)}" if named else ""
    finding = found("mail-bounced", Where(file), what=what, address="; ".join(named))
    return CarriedFile(file, message=carrier, finding=finding)


def receipt(file: str, carrier: Message) -> CarriedFile:
    """The finding about any other notice that a program wrote, such as a receipt."""
    what = f"the message {_subject(carrier.subject)}"
    finding = found("mail-no-file", Where(file), what=what, **{PROGRAM: "yes"})
    return CarriedFile(file, message=carrier, finding=finding)


def came_back(carried: Iterator[CarriedFile]) -> Iterator[CarriedFile]:
    """What a notice brought back: the form that was sent out, of which nothing is said; or one that was filled in."""
    for each in carried:
        if not each.finding:
            yield replace(each, sent_out=True)


def carried_by(carrier: Message, inner: Iterator[CarriedFile]) -> Iterator[CarriedFile]:
    """What a forwarded message carried; where that one has no date, the message around it speaks for it."""
    for carried in inner:
        yield replace(carried, message=around(carried.message, carrier))


def short(subject: str) -> str:
    """A subject as part of a name."""
    return subject.replace("/", "-")[:60].strip()


def _leaves(mail: Mail) -> Iterator[Mail]:
    """The parts of a mail that are no frames round other parts; a forwarded mail is one part.

    What is signed with its text inside the signature is opened: it is the mail's own content.
    """
    stack, unwrapped = [mail], 0
    while stack:
        part = stack.pop()
        inner = part.get_payload()
        if isinstance(inner, list) and part.get_content_maintype() != "message":
            stack += [each for each in reversed(inner) if isinstance(each, Mail)]
        elif unwrapped < _MOST_UNWRAPPED and (content := content_of_signed(part)):
            stack.append(email.message_from_bytes(content))
            unwrapped += 1
        else:
            yield part


def content_of_signed(part: Mail) -> bytes:
    """The message within a part that a program signed as a whole; nothing where it is none, or is encrypted."""
    if not (_SIGNED.fullmatch(part.get_content_type()) or _file_name(part).lower().endswith((".p7m", ".p7z"))):
        return b""
    return signed.unwrapped(payload(part))


def _forwarded(part: Mail, content: bytes) -> list[Mail]:
    inner = part.get_payload()
    if not isinstance(inner, list):
        return [email.message_from_bytes(content)]
    mails = [each for each in inner if isinstance(each, Mail)]
    # A forwarded mail must not be encoded, so it is parsed as it stands; some programs encode it all the same.
    if len(mails) == 1 and not mails[0].keys():
        encoded = Mail()
        for head in part.get_all("content-transfer-encoding", []):
            encoded["content-transfer-encoding"] = head
        encoded.set_payload(mails[0].get_payload())
        return [email.message_from_bytes(payload(encoded))]
    return mails


def _part_kind(part: Mail, content: bytes, name: str) -> str:
    """What a part is: a `file`, a forwarded `mail`, a `calendar` entry, the mail's own `text`, a `picture`; or nothing.

    Signatures, cards and reports are nothing: the paperwork of mail programs.
    """
    kind, family = part.get_content_type(), part.get_content_maintype()
    if kind in _MAILS:
        return "mail"
    # What is called a text or a picture may still be a workbook; and a text that is encrypted is none.
    if content.startswith((*LOOKS_LIKE_A_FORM, apple_single.MAGIC)) or content.lstrip().startswith(_PGP):
        return "file"
    if content.strip() == PGP_VERSION:
        return "paperwork"
    if kind in _CALENDARS or calendar.is_calendar(content):
        return "calendar"
    if _PAPERWORK.fullmatch(kind):
        return "paperwork"
    if is_text_behind(name, content):
        return "text"
    attached = part.get_content_disposition() == "attachment"
    if family == "image":
        return "file" if attached and not part.get("Content-ID") else "picture"
    return "text" if family == "text" and not attached and not name else "file"


def _plain(part: Mail, content: bytes) -> str:
    """What a part of text says, as people see it."""
    text = in_letters(content[:MIB], _charset(part))
    as_page = part.get_content_subtype() == "html" or ((name := _file_name(part)) and is_page(name, content))
    return text_of_page(text) if as_page else text


def _charset(part: Mail) -> str:
    try:
        return part.get_content_charset() or ""
    except ValueError:  # a name that no charset can have
        return ""


def _file_name(part: Mail) -> str:
    try:
        return _words(part.get_filename() or "")
    except Exception:  # noqa: BLE001  a broken name is no reason to lose the file
        return ""


def _declared_name(part: Mail) -> str:
    """The file name that stands in the heads kept inside a part whose content lies elsewhere."""
    inner = part.get_payload()
    return (
        next((name for each in inner if isinstance(each, Mail) and (name := _file_name(each))), "")
        if isinstance(inner, list)
        else ""
    )


def _heads(mail: Mail) -> Mapping[str, str]:
    return {key.lower(): str(value) for key, value in reversed(mail.items())}


def _head(mail: Mail, name: str) -> str:
    """A header's text; also where its letters stand there as they are, which the library gives up."""
    raw = next((str(value) for key, value in mail.raw_items() if key.lower() == name), "")
    with contextlib.suppress(UnicodeError):
        raw = raw.encode("ascii", "surrogateescape").decode()
    return _words(raw)


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
