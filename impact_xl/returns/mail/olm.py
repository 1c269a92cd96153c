"""Archives of Outlook for Mac (.olm): each message is an XML file, and what was attached stands beside it."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from html import unescape

from impact_xl.findings import Where, found
from impact_xl.returns.file_type import FileRejected
from impact_xl.returns.mail.attachment import CarriedFile, Names, Walk, rejected, unpacked
from impact_xl.returns.mail.letter import Letter
from impact_xl.returns.mail.messages import short
from impact_xl.returns.mail.notices import is_automatic
from impact_xl.returns.mail.page_text import text_of_page
from impact_xl.returns.sources import printable
from impact_xl.returns.submission import Message
from impact_xl.wording import plural

_MESSAGES = "com.microsoft.__messages/"
_ATTACHED = re.compile(r"<messageAttachment\b([^>]*)>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"\b(OPFAttachment\w+)\s*=\s*\"([^\"]*)\"", re.IGNORECASE)
_ADDRESS = re.compile(r"<emailAddress\b([^>]*)>", re.IGNORECASE)
_CONTACT = re.compile(r"\b(OPFContactEmailAddress\w+)\s*=\s*\"([^\"]*)\"", re.IGNORECASE)


def is_archive(names: Sequence[str]) -> bool:
    """Whether a zip archive with these names is one."""
    return any(_MESSAGES in name.replace("\\", "/").casefold() and name.casefold().endswith(".xml") for name in names)


def messages(package: zipfile.ZipFile, file: str, walk: Walk) -> Iterator[CarriedFile]:
    """The attachments of every message in the archive; its other files are no returns."""
    entries = {entry.filename.replace("\\", "/"): entry for entry in package.infolist()}
    names, number, empty = Names(file), 0, list[Message]()
    for path, entry in entries.items():
        if _MESSAGES not in path.casefold() or not path.casefold().endswith(".xml"):
            continue
        try:
            text = unpacked(package, entry).decode("utf-8", "replace")
        except FileRejected as rejection:
            yield rejected(names.name(path, path), rejection)
            continue
        for mail in re.split(r"(?i)<email>", text)[1:]:
            number += 1
            carrier = _carrier(mail)
            letter = Letter(names.name(f"{number} {short(carrier.subject)}", f"message {number}"), carrier, walk)
            for carried in _message(mail, letter, package, entries):
                if carried.finding and carried.finding.rule.id == "mail-no-file":
                    empty.append(carrier)
                else:
                    yield carried
    if empty:
        what = f"{plural(len(empty), 'message')} of this archive, such as “{empty[0].subject or 'no subject'}”"
        senders = "; ".join(dict.fromkeys(each.sender for each in empty))
        yield CarriedFile(file, finding=found("mail-no-file", Where(file), what=what, sender=senders))


def _message(
    mail: str, letter: Letter, package: zipfile.ZipFile, entries: dict[str, zipfile.ZipInfo]
) -> Iterator[CarriedFile]:
    for attached in _ATTACHED.findall(mail):
        facts = {key.lower(): unescape(value) for key, value in _ATTRIBUTE.findall(attached)}
        name = facts.get("opfattachmentname", "")
        entry = entries.get(facts.get("opfattachmenturl", "").replace("\\", "/"))
        if entry is None:
            letter.leave_out(name, "its content is not in the archive")
            continue
        try:
            content = unpacked(package, entry)
        except FileRejected as rejection:
            yield rejected(letter.name(name), rejection)
            continue
        if facts.get("opfattachmentcontentid"):
            letter.take_picture(name, content)
        else:
            yield from letter.take(name, content)
    body = _field(mail, "OPFMessageCopyHTMLBody") or _field(mail, "OPFMessageCopyBody")
    letter.texts.append(text_of_page(body) if "<" in body else body)
    yield from letter.conclusions()


def _carrier(mail: str) -> Message:
    subject = printable(_field(mail, "OPFMessageCopySubject"))
    sender = printable(_people(mail, "OPFMessageCopyFromAddresses") or _people(mail, "OPFMessageCopySenderAddress"))
    to = printable(_people(mail, "OPFMessageCopyToAddresses"))
    return Message(sender, subject, _moment(_field(mail, "OPFMessageCopySentTime")), to, is_automatic(subject, {}))


def _field(mail: str, name: str) -> str:
    found_in = re.search(rf"<{name}\b[^>]*>(.*?)</{name}>", mail, re.IGNORECASE | re.DOTALL)
    return unescape(found_in[1]).strip() if found_in else ""


def _people(mail: str, name: str) -> str:
    """The people in a field, as in a mail's head."""
    found_in = re.search(rf"<{name}\b[^>]*>(.*?)</{name}>", mail, re.IGNORECASE | re.DOTALL)
    people = []
    for each in _ADDRESS.findall(found_in[1] if found_in else ""):
        facts = {key.lower(): unescape(value) for key, value in _CONTACT.findall(each)}
        address, called = facts.get("opfcontactemailaddressaddress", ""), facts.get("opfcontactemailaddressname", "")
        people.append(f"{called} <{address}>" if called and called != address else address)
    return ", ".join(people)


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
