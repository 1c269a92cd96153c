"""Attachments that a message names and does not hold: never saved with it, or taken away by a mail filter."""

from __future__ import annotations

import re
from email.message import Message as Mail

from impact_xl.returns.mail.phrases import any_of

_MOST_WORDS = 400
_LARGEST_REPLACEMENT = 64 * 1024  # what a filter puts in the place of a file is a page of text

# What filters call the text that they put in the place of a file: Microsoft, Mimecast, Proofpoint, MailScanner, Trend
# Micro, Symantec, Sophos, Barracuda, Cisco, Trellix and others.
_FILTER_NAME = any_of(
    r"""
    malware alert text
    (?:safe attachments?|atp) scan in progress
    .*\bscan in progress
    (?:deleted ?attachment|deleted)\d*
    (?:.*[-_ ])?attachment[-_ ]?(?:removed|deleted|blocked|stripped|quarantined?|warning|alert|replaced)\d*
    (?:removed|blocked|deleted|stripped|quarantined)[-_ ]?(?:attachments?|file|mail|message)?\d*
    (?:suspicious|unsafe|infected)[-_ ]?(?:attachments?|file|mail|message)?\d*
    (?:.*[-_ ])?(?:virus|malware|threat|security)[-_ ]?(?:warning|alert|notice|notification|report|detected|removed)\d*
    attachment (?:instructions|details|removed)
    mimecast (?:attachment )?(?:protection )?instructions
    secure attachments?
    replaced\d*
    (?:block|removal|replacement|quarantine)[-_ ]?(?:notice|notification|warning|message|text)
    .*\.(?:xlsx|xlsm|xls|ods|zip)[._ -](?:blocked|removed|deleted|quarantined?|stripped|warning)
    """,
    before=r"^",
    behind=r"(?:\.(?:txt|html?|eml|msg|rtf))?$",
)
_TAKEN = any_of(
    r"""
    removed
    deleted
    blocked
    quarantined
    stripped
    replaced
    withheld
    detached
    held back
    disarmed
    scan(?:ning)? in progress
    being scanned
    in (?:the )?quarantine
    entfernt
    gelöscht
    gesperrt
    supprimée?s?
    bloquée?s?
    retirée?s?
    eliminado
    rimosso
    verwijderd
    """,
    before=r"\b",
    behind=r"\b",
)
_BY_FILTER = any_of(
    r"""
    (?:anti-?)?virus
    malware
    malicious
    mail ?scanner
    security
    policy
    filter(?:ed|ing)?
    gateway
    threat
    suspicious
    infected
    quarantined?
    quarantäne
    quarantaine
    unsafe
    dangerous
    safe ?attachments?
    administrator
    forbidden
    not (?:allowed|permitted)
    sandbox
    blocked
    scan(?:ned|ning)?
    mimecast
    proofpoint
    sophos
    barracuda
    symantec
    trend micro
    sicherheits?\w*
    richtlinien?
    filtr\w+
    sécurité
    """,
    before=r"\b",
    behind=r"\b",
)
_ONLY_THAT = re.compile(r"(?:this|the|an|your) (?:attachment|file) (?:was|has been|is) \w+\W*$", re.IGNORECASE)
_ABOUT_A_FILE = re.compile(
    r"\b(?:attachments?|files?|anhänge?|anhang|pièces? jointes?|adjunto|allegato|bijlage|documents?|workbook)\b",
    re.IGNORECASE,
)
_BY_PEOPLE = re.compile(
    r"\b(?:I|we|us|me|can you|could you|your (?:e-?mail|message|file|form|attachment)|our (?:\w+ )?manager)\b",
    re.IGNORECASE,
)
_OF_THIS_MESSAGE = re.compile(r"\bthis (?:message|e-?mail|mail)\b", re.IGNORECASE)
_NOT_KEPT_TEXT = any_of(
    r"""
    you deleted an attachment
    you (?:have )?(?:detached|removed)
    this attachment (?:was|has been) (?:removed|deleted|detached) (?:by|from) (?:you|your mailbox|the sender)
    \[?attachments? (?:removed|archived|detached|stripped)\]?\s*$
    attachment .{0,80} (?:was not|could not be) (?:saved|downloaded)
    the original (?:mime headers|attachment) .{0,60}(?:archive|vault)
    """,
    before=r"^\W*",
)
# What programs leave in a text where an attachment was: Outlook's and Apple's marks.
_MARK = re.compile(r"<{1,2}\s*(?:file:\s*)?([^<>\n/:]{1,200}\.(?:xlsx|xlsm|xlsb|xls|ods|zip))\s*>{1,2}", re.IGNORECASE)
_ALTERED = re.compile(r"attachment(?:deleted|detached)", re.IGNORECASE)
_REMOTE_HEADS = (
    "x-mozilla-external-attachment-url",
    "remote-attachment-url",
    "x-remote-attachment-url",
    "x-attachment-url",
)


def taken_by_filter(name: str, content: bytes) -> bool:
    """Whether an attachment is what a mail filter put in the place of another."""
    if len(content) > _LARGEST_REPLACEMENT or content.startswith(
        (b"PK", b"\xd0\xcf", b"%PDF", b"\x89PNG", b"\xff\xd8")
    ):
        return False
    if _FILTER_NAME.match(name.strip()):
        return True
    text = content.decode("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8", "replace")
    says = re.sub(r"<[^>]*>", " ", text)
    return "\0" not in says and bool(_ONLY_THAT.match(says.strip()) or filters_words(says))


def filters_words(text: str) -> str:
    """The words with which a filter says that it took a file away; nothing where a text says no such thing."""
    says = " ".join(text[:4000].split())
    if len(says.split()) > _MOST_WORDS or not (_BY_FILTER.search(says) and _ABOUT_A_FILE.search(says)):
        return ""
    taken = _TAKEN.search(says)
    return says[max(0, taken.start() - 80) : taken.end() + 80].strip() if taken else ""


def filters_words_in(text: str) -> str:
    """The same in what a message says: people write of their own filters, too, and these took nothing from it."""
    sentences = (each for each in re.split(r"(?<=[.!?])\s+|\n+", text) if _TAKEN.search(each))
    by_people = all(_BY_PEOPLE.search(each) and not _OF_THIS_MESSAGE.search(each) for each in sentences)
    return "" if by_people else filters_words(text)


def marks_in(text: str) -> list[str]:
    """The names of workbooks that a text shows in the places where they were attached."""
    return [found.strip() for found in _MARK.findall(text)]


def not_saved(part: Mail, name: str, content: bytes) -> str:
    """Why the content of an attachment is not in the message; empty where it is, or the part is no attachment.

    Args:
        part: the part, with its heads.
        name: its file name.
        content: what it holds.
    """
    kind = part.get_content_type()
    heads = {key.lower(): str(value) for key, value in part.items()}
    if _ALTERED.search(heads.get("x-mozilla-altered", "")) or kind in ("text/x-moz-deleted", "text/x-moz-detached"):
        return "it was deleted or detached in the mail program"
    if kind == "message/external-body" or any(name in heads for name in _REMOTE_HEADS):
        return "it is kept somewhere else, and the message only says where"
    if any("blob-excluded" in key for key in heads):
        return "the mail program left it out"
    if not content.strip() and ("x-apple-content-length" in heads or "x-apple-mail-remote-attachments" in heads):
        return "the mail program had not downloaded it"
    if kind == "message/partial":
        return _piece(part)
    return "it was removed in the mail program" if says_not_kept(content) and name else ""


def says_not_kept(content: bytes) -> bool:
    """Whether the text that stands in the place of an attachment says that it was not kept."""
    return len(content) < _LARGEST_REPLACEMENT and bool(_NOT_KEPT_TEXT.match(content[:500].decode("utf-8", "replace")))


def _piece(part: Mail) -> str:
    number, total = (str(part.get_param(name) or "?") for name in ("number", "total"))
    return "" if total == "1" else f"the message was sent in pieces, and this is number {number} of {total}"
