"""Outlook's own messages (.msg) taken apart, also those with messages inside."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from impact_xl.returns.file_type import FileRejected
from impact_xl.returns.mail.attachment import MOST_DEEP, CarriedFile, Names, Walk, printable, rejected
from impact_xl.returns.mail.messages import LOOKS_LIKE_A_FORM, carried_by, in_utc, notice, short, without_form
from impact_xl.returns.submission import Message

# Property ids of [MS-OXPROPS].
_METHOD, _URL, _SHORT_NAME, _CONTENT_ID, _DELIVERED = 0x3705, 0x370D, 0x3704, 0x3712, 0x0E06
_BY_LINK = 7  # PidTagAttachMethod: no file but a link to one in the cloud
_INNER = "__substg1.0_3701000D"  # the storage of a message inside a message
_INNER_HEADER = 24  # where its properties begin, [MS-OXMSG] 2.4.1.2


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
    carrier = Message(printable(_text(lambda: mail.sender)), printable(_text(lambda: mail.subject)), _moment(mail))
    kind = _text(lambda: mail.message_class).upper()
    if kind.startswith("REPORT."):
        yield notice(file, carrier, _recipients(mail) if kind.endswith(".NDR") else [])
        return
    names, forms, others, links = Names(file), 0, 0, list[str]()
    attachments = _value_or_none(lambda: list(mail.attachments)) or []
    if depth == 1 and _value_or_none(lambda: mail.attachment_count <= len(attachments)) is not True:
        yield rejected(file, FileRejected("file-damaged", "it is cut short, and not all of its attachments are there"))
        others += 1
    for attachment in attachments:
        raw = _name(attachment)
        if _method(attachment) == _BY_LINK:
            links.append(_string(attachment, _URL) or raw)
            continue
        if _is_picture_of_the_text(attachment):
            continue
        others += 1
        inner = _inner(attachment)
        if inner is not None and depth < MOST_DEEP:
            name = names.name(raw or f"{_subject(inner)}.msg", "message.msg")
            yield from carried_by(carrier, _message(inner, name, walk, depth + 1))
            continue
        name = names.name(raw, f"attachment {others}")
        inside = _bytes_of(attachment)
        if not isinstance(inside, bytes):
            walk.take(0)
            what = "the attachment cannot be taken out of Outlook's message"
            yield rejected(name, FileRejected("file-damaged", what))
            continue
        walk.take(len(inside))
        forms += inside.startswith(LOOKS_LIKE_A_FORM)
        yield CarriedFile(name, inside, carrier)
    text = "\n".join((_text(lambda: mail.body), _text(lambda: mail.html_body)))
    yield from without_form(file, carrier, text, forms, others, links)


def _recipients(mail: Any) -> list[str]:
    """Whom a message is about."""

    def address(recipient: Any) -> str:
        return _text(lambda: recipient.email_address) or "somebody"

    return [address(each) for each in _value_or_none(lambda: list(mail.recipients)) or ()] or ["somebody"]


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


def _string(attachment: Any, property_id: int) -> str:
    return _text(lambda: attachment.properties.str_prop_value(property_id))


def _method(attachment: Any) -> Any:
    return _value_or_none(lambda: attachment.properties.int_prop_value(_METHOD))


def _bytes_of(attachment: Any) -> Any:
    return _value_or_none(lambda: attachment.file_bytes)


def _subject(mail: Any) -> str:
    return short(_text(lambda: mail.subject))


def _name(attachment: Any) -> str:
    return (_text(lambda: attachment.file_name) or _string(attachment, _SHORT_NAME)).replace("/", "-")


def _is_picture_of_the_text(attachment: Any) -> bool:
    """Whether an attachment is a picture that the text shows, such as the logo of a signature."""
    picture = _text(lambda: attachment.mime_type).startswith("image/")
    return picture and bool(_string(attachment, _CONTENT_ID))


def _inner(attachment: Any) -> Any:
    """The message inside an attachment, or None."""
    from oxmsg import Message as Outlook
    from oxmsg.properties import Properties

    storage = next((each for each in attachment._storage.storages if each.name == _INNER), None)  # noqa: SLF001
    if storage is None:
        return None
    inner = Outlook(storage)
    # The library takes every message for a whole file, whose properties begin elsewhere.
    inner.__dict__["_properties"] = Properties(storage, properties_header_offset=_INNER_HEADER)
    return inner


def _moment(mail: Any) -> datetime | None:
    moment = _value_or_none(lambda: mail.sent_date) or _value_or_none(
        lambda: mail.properties.date_prop_value(_DELIVERED)
    )
    return in_utc(moment) if isinstance(moment, datetime) else None
