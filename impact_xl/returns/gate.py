"""The gate: what a file is, told from its bytes, and whether it is safe to unpack.

Pure; nothing is unpacked here beyond the first bytes of a part.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from dataclasses import dataclass

MIB = 1024 * 1024
MOST_FILE = 25 * MIB  # a completed form has about 50 kB; mail servers stop at about this size
MOST_CONTAINER = 200 * MIB  # a mailbox or archive of some thousand forms
# Limits that no honest workbook among 2,176 public ones came near (the largest: 1,033 entries, 60 MB unpacked).
MOST_ENTRIES = 2_000
MOST_SHEET = 512 * MIB
MOST_PART = 64 * MIB
MOST_UNPACKED = 1024 * MIB
_PROLOGUE = 64 * 1024  # a DOCTYPE stands before the root element; nobody honest puts more than this before it
_FIRST_BYTES = 512  # the root element begins in these, as every program writes it
_ROOT_FIRST = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:<\?[^>]*\?>\s*)*<[A-Za-z_]")


# A part's local header is 30 bytes, the last four of them the lengths of its name and extra field (APPNOTE 4.3.7).
_LOCAL_HEADER, _LENGTHS_AT, _LENGTHS = 30, 26, struct.Struct("<HH")

WORKBOOKS = ("xlsx", "xlsm", "xls", "ods", "xlsb")
CONTAINERS = ("zip", "eml", "msg", "mbox")
LOCKED = "locked"  # a workbook with a password to open


@dataclass(frozen=True, slots=True)
class Refusal(Exception):  # noqa: N818  it is an answer, raised from deep inside the readers to the worker's loop
    """Why a file is not read: a rule and its facts."""

    rule: str
    what: str = ""


_MAGIC = (
    (b"%PDF", "a PDF"),
    (b"{\\rtf", "a Word document (.rtf)"),
    (b"\xff\xd8\xff", "a picture"),
    (b"\x89PNG", "a picture"),
    (b"GIF8", "a picture"),
    (b"II*\0", "a picture"),
    (b"MM\0*", "a picture"),
    (b"BM", "a picture"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x78\x9f\x3e\x22", "an Outlook package (winmail.dat)"),
)
# A mail begins with a block of header lines, a mailbox with the envelope line of its first message.
_HEADERS = re.compile(rb"(?:[!-9;-~]+:[^\n]*\n(?:[ \t][^\n]*\n)*){2,}")
_MAIL = re.compile(
    rb"^(?:from|received|mime-version|subject|return-path|message-id|date|to):", re.IGNORECASE | re.MULTILINE
)
_MAILBOX = re.compile(rb"(?:From [^\n]*\n)(?:>[^\n]*\n)*[!-9;-~]+:")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def admit(content: bytes) -> str:
    """The kind of file that these bytes are: one of `WORKBOOKS`, `CONTAINERS` or `LOCKED`.

    Raises:
        Refusal: they are none that can be read, or unpacking them is not safe.
    """
    if not content:
        raise Refusal("file-damaged", "it is empty (0 bytes)")
    kind = _kind_of(content)
    most = MOST_CONTAINER if kind in CONTAINERS else MOST_FILE
    if len(content) > most:
        raise Refusal("file-too-big", f"it has {len(content) / MIB:,.0f} MB; at most {most // MIB} MB are read")
    return kind


def _kind_of(content: bytes) -> str:
    if content.startswith(_OLE):
        return _kind_of_ole(content)
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _kind_of_zip(content)
    if _MAILBOX.match(content):
        return "mbox"
    if (heads := _HEADERS.match(content[:_PROLOGUE].lstrip(b"\xef\xbb\xbf\r\n"))) and _MAIL.search(heads[0]):
        return "eml"
    raise Refusal("file-not-workbook", _other_kind(content))


def _kind_of_ole(content: bytes) -> str:
    """The old container: Excel before 2007, an Outlook message, or a workbook that is locked as a whole."""
    if _utf16("EncryptedPackage") in content:
        if _utf16("DRMEncrypted") in content:
            raise Refusal("file-label")
        return LOCKED
    if _utf16("__substg1.0_") in content:
        return "msg"
    if _utf16("Workbook") in content or _utf16("Book") in content:
        return "xls"
    raise Refusal("file-not-workbook", "an old Office document")


def _utf16(name: str) -> bytes:
    return name.encode("utf-16-le")


def _other_kind(content: bytes) -> str:
    for magic, name in _MAGIC:
        if content.startswith(magic):
            return name
    start = content[:2048].lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if start.startswith((b"<!doctype html", b"<html")) or b"<table" in start:
        return "a web page"
    if start.startswith(b"<?xml"):
        return "an XML file"
    if b"\0" not in content[:4096]:
        return "a text file"
    return "a file of an unknown kind"


def _kind_of_zip(content: bytes) -> str:
    try:
        package = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OverflowError, UnicodeDecodeError) as error:
        raise Refusal("file-damaged", "it is cut short, or is no whole package any more") from error
    entries = package.infolist()
    if len(entries) > MOST_ENTRIES:
        raise Refusal("file-unsafe", f"it holds {len(entries):,} parts, where a workbook has about 20")
    kind = _kind_of_package({_plain(entry.filename) for entry in entries})
    if kind not in CONTAINERS:
        _refuse_unsafe(entries)
        for entry in entries:
            if _plain(entry.filename).endswith((".xml", ".rels", ".vml")):
                _refuse_doctype(content, entry)
    return kind


def _refuse_unsafe(entries: list[zipfile.ZipInfo]) -> None:
    names = [_plain(entry.filename) for entry in entries]
    if len(set(names)) < len(names):
        raise Refusal("file-unsafe", "two of its parts have the same name, so it is not certain which one is meant")
    for entry, name in zip(entries, names, strict=True):
        if entry.flag_bits & 0x1:
            raise Refusal("file-password")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Refusal("file-unsafe", "a part is packed in a way that Excel does not use")
        most = MOST_SHEET if name.startswith("xl/worksheets/") else MOST_PART
        if entry.file_size > most:
            raise Refusal("file-too-big", f"a part in it unpacks to {entry.file_size / MIB:,.0f} MB")
    if (unpacked := sum(entry.file_size for entry in entries)) > MOST_UNPACKED:
        raise Refusal("file-too-big", f"it unpacks to {unpacked / MIB:,.0f} MB")


def _kind_of_package(names: set[str]) -> str:
    if "xl/workbook.xml" in names:
        return "xlsm" if "xl/vbaproject.bin" in names else "xlsx"
    if "xl/workbook.bin" in names:
        return "xlsb"
    if "[content_types].xml" in names or any(name.startswith("xl/worksheets/") for name in names):
        if any(name.startswith("word/") for name in names):
            raise Refusal("file-not-workbook", "a Word document")
        if any(name.startswith("ppt/") for name in names):
            raise Refusal("file-not-workbook", "a PowerPoint presentation")
        raise Refusal("file-damaged", "the list of its sheets is missing")
    if "content.xml" in names and "meta-inf/manifest.xml" in names:
        return "ods"
    if "index/document.iwa" in names:
        raise Refusal("file-not-workbook", "an Apple Numbers or Pages document")
    return "zip"


def _refuse_doctype(content: bytes, entry: zipfile.ZipInfo) -> None:
    """Entities are declared in a DOCTYPE, and no program that saves workbooks writes one."""
    try:
        if _ROOT_FIRST.match(_start(content, entry, _FIRST_BYTES)):
            return
        start = _start(content, entry, _PROLOGUE)
    except (zlib.error, struct.error) as error:
        raise Refusal("file-damaged", f"its part {entry.filename[:60]} cannot be unpacked") from error
    if b"<!DOCTYPE" in start or _utf16("<!DOCTYPE") in start or "<!DOCTYPE".encode("utf-16-be") in start:
        raise Refusal("file-unsafe", "it declares entities of its own (a DOCTYPE)")


def _start(content: bytes, entry: zipfile.ZipInfo, most: int) -> bytes:
    """The first bytes of a part, straight from the package: twenty parts a file are opened faster so."""
    name, extra = _LENGTHS.unpack_from(content, entry.header_offset + _LENGTHS_AT)
    begin = entry.header_offset + _LOCAL_HEADER + name + extra
    packed = content[begin : begin + min(entry.compress_size, most)]
    if entry.compress_type == zipfile.ZIP_STORED:
        return packed
    return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, most)


def _plain(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").casefold()
