"""Containers taken apart: archives, mails and mailboxes become files, one after the other, each with its provenance.

Only bytes are looked at and nothing is written. Limits keep a container that was built to grow from growing.
"""

from __future__ import annotations

import email
import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from impact_xl.findings import Where, found
from impact_xl.returns import other_kinds
from impact_xl.returns.file_type import CONTAINERS, LOCKED, WORKBOOKS, FileRejected, detect_kind, mail_in
from impact_xl.returns.mail import decoding, messages, objects, olm, outlook, signed, tnef
from impact_xl.returns.mail.attachment import MOST_DEEP, CarriedFile, Names, Walk, around, rejected, unpacked
from impact_xl.returns.sources import is_system_file, printable
from impact_xl.returns.submission import Message
from impact_xl.wording import first_few, plural

__all__ = ["CarriedFile", "carried_files"]

# A part by which a folder is known as one document of Numbers, Pages or Keynote.
_IN_BUNDLE = re.compile(
    r"((?:.*/)?[^/]+\.(?:numbers|pages|key)/)"
    r"(?:index\.zip|index/document\.iwa|index\.(?:xml|apxl)(?:\.gz)?|buildversionhistory\.plist)",
    re.IGNORECASE,
)


def carried_files(content: bytes, kind: str, file: str, levels: Sequence[str] = ()) -> Iterator[CarriedFile]:
    """Everything in a container, in a stable order and however deep; what cannot be taken out is a finding.

    Args:
        content: its bytes.
        kind: what the gate said of it.
        file: the name that people know it by.
        levels: the names of the questionnaire's levels, which a message's text may hold.
    """
    walk = Walk(levels)
    try:
        yield from _inside(content, kind, file, None, walk, 1)
    except FileRejected as rejection:
        yield rejected(file, rejection)
    except RecursionError:
        yield rejected(
            file, FileRejected("file-unsafe", "its parts are nested deeper than any mail program nests them")
        )


def _inside(
    content: bytes, kind: str, file: str, message: Message | None, walk: Walk, depth: int
) -> Iterator[CarriedFile]:
    if depth > MOST_DEEP:
        yield rejected(file, FileRejected("file-unsafe", f"it is packed more than {MOST_DEEP} containers deep"))
        return
    for carried in _TAKEN_APART[kind](content, file, walk):
        nested = "" if carried.finding else _container(carried.content)
        speaks = around(carried.message, message)
        if nested:
            for inner in _inside(carried.content, nested, carried.file, speaks, walk, depth + 1):
                yield replace(inner, sent_out=inner.sent_out or carried.sent_out)
        else:
            yield replace(carried, message=speaks)


def _container(content: bytes) -> str:
    """The kind of container that a file is; empty where it is none, or is refused (its reader will say why)."""
    try:
        kind = detect_kind(content)
    except FileRejected:
        return ""
    return kind if kind in CONTAINERS else ""


def _zip(content: bytes, file: str, walk: Walk) -> Iterator[CarriedFile]:
    package = zipfile.ZipFile(io.BytesIO(content))
    if olm.is_archive(package.namelist()):
        yield from olm.messages(package, file, walk)
        return
    names, skipped, count = Names(file), list[str](), 0
    bundles = _bundles(package.namelist())
    for bundle in bundles:
        count += 1
        walk.take(0)
        yield rejected(names.name(bundle, "document"), FileRejected.other(other_kinds.NUMBERS))
    for entry in package.infolist():
        if entry.filename.replace("\\", "/").startswith(bundles):
            continue
        last = entry.filename.replace("\\", "/").rpartition("/")[2]
        if entry.is_dir() and not entry.file_size:
            continue
        if is_system_file(last):
            skipped.append(printable(last))
            continue
        count += 1
        name = names.name(entry.filename, f"file {count}")
        try:
            inside = unpacked(package, entry)
        except FileRejected as rejection:
            walk.take(0)
            yield rejected(name, rejection)
        else:
            walk.take(len(inside))
            yield CarriedFile(name, inside)
    if skipped:
        shown = first_few(skipped, 4)
        passed = plural(len(skipped), "file was", "files were")
        yield CarriedFile(file, finding=found("file-skipped", Where(file), count=passed, what=shown))
    if not count and not skipped:
        yield rejected(file, FileRejected.other(other_kinds.EMPTY_ARCHIVE))


def _bundles(names: Sequence[str]) -> tuple[str, ...]:
    """The folders in an archive that Apple's programs show as one document."""
    found = (_IN_BUNDLE.fullmatch(name.replace("\\", "/")) for name in names)
    return tuple(dict.fromkeys(each[1] for each in found if each))


def _document(content: bytes, file: str, walk: Walk) -> Iterator[CarriedFile]:
    """The workbooks within a document of Word or PowerPoint; where none of them is a form, the document is named."""
    package, names = zipfile.ZipFile(io.BytesIO(content)), Names(file)
    for entry in package.infolist():
        name = entry.filename.replace("\\", "/")
        if not other_kinds.is_embedded(name.casefold()):
            continue
        try:
            inside = unpacked(package, entry)
            kind = detect_kind(inside)
        except FileRejected:  # the document as a whole is named
            continue
        if kind in (*WORKBOOKS, LOCKED, "object"):
            walk.take(len(inside))
            yield CarriedFile(names.name(name.rpartition("/")[2], "workbook"), inside)
    other = other_kinds.kind_of_package({entry.filename.replace("\\", "/").casefold() for entry in package.infolist()})
    named = FileRejected.other(other or other_kinds.WORD_WITH_WORKBOOK).as_finding(file)
    yield CarriedFile(file, finding=named, unless_form=True)


def _package(content: bytes, file: str, walk: Walk) -> Iterator[CarriedFile]:
    """What is in Outlook's own package (winmail.dat)."""
    try:
        attached = tnef.files(content)
    except ValueError:
        yield rejected(file, FileRejected("file-damaged", "Outlook's package (winmail.dat) is incomplete"))
        return
    if not attached:
        yield CarriedFile(file, finding=found("mail-no-file", Where(file), what="Outlook's package (winmail.dat)"))
    yield from _each(attached, file, walk)


def _each(files: Iterable[tuple[str, bytes]], file: str, walk: Walk) -> Iterator[CarriedFile]:
    names = Names(file)
    for number, (raw, inside) in enumerate(files, 1):
        walk.take(len(inside))
        yield CarriedFile(names.name(raw, f"attachment {number}"), inside)


def _mail(content: bytes, file: str, walk: Walk) -> Iterator[CarriedFile]:
    return messages.mail(email.message_from_bytes(mail_in(content)), file, walk)


def _signed(content: bytes, file: str, walk: Walk) -> Iterator[CarriedFile]:
    """The message within signed data."""
    inside = signed.signed_content(signed.from_pem(content) or content)
    if inside:
        yield from messages.mail(email.message_from_bytes(inside), file, walk)
    else:
        yield rejected(file, FileRejected.other(other_kinds.SIGNATURE))


def _text(content: bytes, file: str, walk: Walk) -> Iterator[CarriedFile]:
    """The file that somebody saved as it stood in a message: as letters."""
    _, files = decoding.files_in_text(content)
    return _each(files or [("", decoding.base64_file(content, decoding.MOST_BEFORE))], file, walk)


def _object(content: bytes, file: str, walk: Walk) -> Iterator[CarriedFile]:
    """The file within an object of another program."""
    inside = objects.file_in(objects.streams_of(content))
    if inside:
        yield from _each([inside], file, walk)
    else:
        yield rejected(file, FileRejected.other(other_kinds.OLD_OFFICE))


_TAKEN_APART: Mapping[str, Callable[[bytes, str, Walk], Iterator[CarriedFile]]] = {
    "zip": _zip,
    "eml": _mail,
    "mbox": messages.mailbox,
    "msg": outlook.message,
    "tnef": _package,
    "p7m": _signed,
    "ics": messages.calendar_file,
    "encoded": _text,
    "object": _object,
    "document": _document,
}
