"""Containers taken apart: archives, mails and mailboxes become files, one after the other, each with its provenance.

Only bytes are looked at and nothing is written. Limits keep a container that was built to grow from growing.
"""

from __future__ import annotations

import email
import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace

from impact_xl.findings import Where, found
from impact_xl.returns.file_type import CONTAINERS, MIB, MOST_CONTAINER, FileRejected, detect_kind, mail_in
from impact_xl.returns.mail import messages, outlook, tnef
from impact_xl.returns.mail.attachment import MOST_DEEP, CarriedFile, Names, Walk, is_system_file, printable, rejected
from impact_xl.returns.submission import Message
from impact_xl.wording import first_few, plural

__all__ = ["CarriedFile", "carried_files"]


def carried_files(content: bytes, kind: str, file: str) -> Iterator[CarriedFile]:
    """Everything in a container, in a stable order and however deep; what cannot be taken out is a finding."""
    walk = Walk()
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
    match kind:
        case "zip":
            found_in = _zip(content, file, walk)
        case "mbox":
            found_in = messages.mailbox(content, file, walk)
        case "msg":
            found_in = outlook.message(content, file, walk)
        case "tnef":
            found_in = _package(content, file, walk)
        case _:
            found_in = messages.mail(email.message_from_bytes(mail_in(content)), file, walk)
    for carried in found_in:
        nested = "" if carried.finding else _container(carried.content)
        if nested:
            yield from _inside(carried.content, nested, carried.file, carried.message or message, walk, depth + 1)
        else:
            yield carried if carried.message else replace(carried, message=message)


def _container(content: bytes) -> str:
    """The kind of container that a file is; empty where it is none, or is refused (its reader will say why)."""
    try:
        kind = detect_kind(content)
    except FileRejected:
        return ""
    return kind if kind in CONTAINERS else ""


def _zip(content: bytes, file: str, walk: Walk) -> Iterator[CarriedFile]:
    package = zipfile.ZipFile(io.BytesIO(content))
    names, skipped, count = Names(file), list[str](), 0
    for entry in package.infolist():
        last = entry.filename.replace("\\", "/").rpartition("/")[2]
        if entry.is_dir() and not entry.file_size:
            continue
        if is_system_file(last):
            skipped.append(printable(last))
            continue
        count += 1
        name = names.name(entry.filename, f"file {count}")
        try:
            inside = _unpacked(package, entry)
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
        yield rejected(file, FileRejected("file-not-workbook", "a zip archive with nothing in it"))


def _package(content: bytes, file: str, walk: Walk) -> Iterator[CarriedFile]:
    """What is in Outlook's own package (winmail.dat)."""
    try:
        attached = tnef.files(content)
    except ValueError:
        yield rejected(file, FileRejected("file-damaged", "Outlook's package (winmail.dat) is cut short"))
        return
    names = Names(file)
    for number, (raw, inside) in enumerate(attached, 1):
        walk.take(len(inside))
        yield CarriedFile(names.name(raw, f"attachment {number}"), inside)
    if not attached:
        yield CarriedFile(file, finding=found("mail-no-file", Where(file), what="Outlook's package (winmail.dat)"))


def _unpacked(package: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    if entry.flag_bits & 0x1:
        raise FileRejected("file-password")
    if entry.file_size > MOST_CONTAINER:
        raise FileRejected("file-too-big", f"it unpacks to {entry.file_size / MIB:,.0f} MB")
    try:
        with package.open(entry) as part:
            return part.read(entry.file_size + 1)
    except MemoryError:
        raise
    except NotImplementedError as error:
        raise FileRejected("file-format", "packed in a way that cannot be unpacked here") from error
    except Exception as error:  # zlib, zipfile and struct raise unrelated types for what is broken
        raise FileRejected("file-damaged", "it cannot be unpacked") from error
