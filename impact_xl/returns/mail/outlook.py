"""Outlook's own messages (.msg) taken apart, also those with messages inside."""

from __future__ import annotations

import email
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from impact_xl.returns.file_type import FileRejected
from impact_xl.returns.mail import apple_single, missing, notices, objects, signed
from impact_xl.returns.mail.attachment import MOST_DEEP, CarriedFile, Walk, rejected
from impact_xl.returns.mail.decoding import pictures_in_text
from impact_xl.returns.mail.letter import Letter
from impact_xl.returns.mail.messages import PGP_VERSION, bounce, came_back, carried_by, entity, in_utc, receipt, short
from impact_xl.returns.mail.page_text import text_of_page
from impact_xl.returns.sources import printable
from impact_xl.returns.submission import Message

# Property ids of [MS-OXPROPS].
_METHOD, _PATH, _SHORT_NAME, _CONTENT_ID, _DELIVERED, _HEADS = 0x3705, 0x370D, 0x3704, 0x3712, 0x0E06, 0x007D
# PidTagAttachMethod: no file but a place on a disk, in three ways, or a link to one in the cloud.
_BY_REFERENCE, _BY_LINK = (2, 3, 4), 7
_HIDDEN = 0x7FFE  # PidTagAttachmentHidden
_FLAGS, _UNSENT = 0x0E07, 0x08  # PidTagMessageFlags: a draft
_INNER = "__substg1.0_3701000D"  # the storage of a message or an object inside a message
_PROPERTIES = "__properties_version1.0"  # every message has these
_INNER_HEADER = 24  # where the properties of a message inside a message begin, [MS-OXMSG] 2.4.1.2


def message(content: bytes, file: str, walk: Walk) -> Iterator[CarriedFile]:
    """The attachments of a message and of the messages in it, each with the message that carried it."""
    from oxmsg import Message as Outlook  # lazy: only rounds that come as .msg pay for it

    try:
        mail = Outlook.load(content)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001  olefile and oxmsg raise many unrelated types for what is broken
        yield rejected(file, FileRejected("file-damaged", "Outlook's message cannot be taken apart"))
        return
    yield from _message(mail, file, walk, 1)


def _message(mail: Any, file: str, walk: Walk, depth: int) -> Iterator[CarriedFile]:
    kind = _text(lambda: mail.message_class).upper()
    heads = {key.lower(): str(value) for key, value in email.message_from_string(_string(mail, _HEADS)).items()}
    body, html = _text(lambda: mail.body), _text(lambda: mail.html_body)
    page = text_of_page(html)
    letter = Letter(file, _carrier(mail, kind, heads), walk, [body, page])
    for picture in pictures_in_text(html.encode("utf-8", "replace")):
        letter.take_picture("", picture)
    carrier = letter.carrier
    undelivered = notices.bounced(carrier.sender, carrier.subject, heads, (), lambda: body or page, carrier.to)
    if kind.startswith("REPORT."):
        undelivered = (_recipients(mail) or undelivered or []) if kind.endswith(".NDR") else None
    if undelivered is not None or kind.startswith("REPORT."):
        yield receipt(file, carrier) if undelivered is None else bounce(file, carrier, undelivered)
        yield from came_back(_attachments(mail, letter, depth))
        return
    yield from _attachments(mail, letter, depth)
    yield from letter.conclusions()


def _attachments(mail: Any, letter: Letter, depth: int) -> Iterator[CarriedFile]:
    attachments = _value_or_none(lambda: list(mail.attachments)) or []
    if depth == 1 and _value_or_none(lambda: mail.attachment_count <= len(attachments)) is not True:
        what = "it is incomplete, and some of its attachments are missing"
        yield rejected(letter.file, FileRejected("file-damaged", what))
        letter.others += 1
    for attachment in attachments:
        yield from _attachment(attachment, letter, depth)


def _attachment(attachment: Any, letter: Letter, depth: int) -> Iterator[CarriedFile]:
    raw, method, inside = _name(attachment), _method(attachment), _bytes_of(attachment)
    if method == _BY_LINK:
        letter.take_link(_string(attachment, _PATH) or raw)
    elif method in _BY_REFERENCE and not inside:
        place = _string(attachment, _PATH)
        letter.leave_out(raw, f"the message only says where it is, {place}" if place else "the message only names it")
    elif (inner := _inner(attachment)) is not None and depth < MOST_DEEP:
        name = letter.name(raw or f"{_subject(inner)}.msg", "message.msg")
        yield from carried_by(letter.carrier, _message(inner, name, letter.walk, depth + 1))
    elif (streams := _object(attachment)) and (embedded := objects.file_in(streams)):
        yield from letter.take(embedded[0] or raw, embedded[1])
    elif not isinstance(inside, bytes):
        letter.leave_out(raw, "the message holds nothing of it but its name")
    else:
        yield from _file(attachment, raw, inside, letter)


def _file(attachment: Any, raw: str, inside: bytes, letter: Letter) -> Iterator[CarriedFile]:
    """What is taken of an attachment whose content is there."""
    if inside.strip() == PGP_VERSION:
        return
    if missing.says_not_kept(inside):
        letter.leave_out(raw, "it was removed in the mail program")
    elif _is_signed_content(attachment, raw) and (content := signed.unwrapped(inside)):
        yield from entity(content, letter)
    elif _is_picture_of_the_text(attachment):
        letter.take_picture(raw, inside)
    elif within := apple_single.file_in(inside):
        yield from letter.take(raw or within[0], within[1])
    else:
        yield from letter.take(raw, inside)


def _carrier(mail: Any, kind: str, heads: dict[str, str]) -> Message:
    subject = printable(_text(lambda: mail.subject))
    to = ", ".join(filter(None, _recipients(mail)))
    return Message(
        printable(_text(lambda: mail.sender)),
        subject,
        _moment(mail),
        printable(to),
        notices.is_automatic(subject, heads, kind),
        bool((_value_or_none(lambda: mail.properties.int_prop_value(_FLAGS)) or 0) & _UNSENT),
    )


def _recipients(mail: Any) -> list[str]:
    """Whom a message is about, or was sent to."""
    recipients = _value_or_none(lambda: list(mail.recipients)) or ()
    return [address for each in recipients if (address := _text(lambda each=each: each.email_address))]  # type: ignore[misc]


def _value_or_none(ask: Callable[[], Any]) -> Any:
    """What a message says; None where it does not, or where that cannot be read."""
    try:
        return ask()
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001  as above
        return None


def _text(ask: Callable[[], Any]) -> str:
    return str(_value_or_none(ask) or "")


def _string(thing: Any, property_id: int) -> str:
    return _text(lambda: thing.properties.str_prop_value(property_id))


def _method(attachment: Any) -> Any:
    return _value_or_none(lambda: attachment.properties.int_prop_value(_METHOD))


def _bytes_of(attachment: Any) -> Any:
    return _value_or_none(lambda: attachment.file_bytes)


def _subject(mail: Any) -> str:
    return short(_text(lambda: mail.subject))


def _name(attachment: Any) -> str:
    return (_text(lambda: attachment.file_name) or _string(attachment, _SHORT_NAME)).replace("/", "-")


def _is_signed_content(attachment: Any, name: str) -> bool:
    kind = _text(lambda: attachment.mime_type).lower()
    return name.lower().endswith((".p7m", ".p7z")) or "pkcs7-mime" in kind or kind == "multipart/signed"


def _is_picture_of_the_text(attachment: Any) -> bool:
    """Whether an attachment is a picture that the text shows, such as the logo of a signature."""
    picture = _text(lambda: attachment.mime_type).startswith("image/")
    return picture and (bool(_string(attachment, _CONTENT_ID)) or _is_hidden(attachment))


def _is_hidden(attachment: Any) -> bool:
    return bool(_value_or_none(lambda: attachment.properties.int_prop_value(_HIDDEN)))


def _storage(attachment: Any) -> Any:
    return next((each for each in attachment._storage.storages if each.name == _INNER), None)  # noqa: SLF001


def _inner(attachment: Any) -> Any:
    """The message inside an attachment, or None."""
    from oxmsg import Message as Outlook
    from oxmsg.properties import Properties

    storage = _storage(attachment)
    if storage is None or not any(stream.name == _PROPERTIES for stream in storage.streams):
        return None
    inner = Outlook(storage)
    # The library takes every message for a whole file, whose properties begin elsewhere.
    inner.__dict__["_properties"] = Properties(storage, properties_header_offset=_INNER_HEADER)
    return inner


def _object(attachment: Any) -> dict[str, bytes]:
    """The streams of an object of another program, inserted into rich text."""
    storage = _storage(attachment)
    return {stream.name.lower(): stream.bytes_ for stream in storage.streams} if storage is not None else {}


def _moment(mail: Any) -> datetime | None:
    moment = _value_or_none(lambda: mail.sent_date) or _value_or_none(
        lambda: mail.properties.date_prop_value(_DELIVERED)
    )
    return in_utc(moment) if isinstance(moment, datetime) else None
