"""The gate: what a file is, told from its bytes, and whether it is safe to unpack.

Pure; nothing is unpacked here beyond the first bytes of a part.
"""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass

MOST_FILE = 25 * 1024 * 1024  # a completed form has about 50 kB; mail servers stop at about this size
# Limits that no honest workbook among 2,176 public ones came near (the largest: 1,033 entries, 60 MB unpacked).
MOST_ENTRIES = 2_000
MOST_SHEET = 512 * 1024 * 1024
MOST_PART = 64 * 1024 * 1024
MOST_UNPACKED = 1024 * 1024 * 1024
_PROLOGUE = 64 * 1024  # a DOCTYPE stands before the root element; nobody honest puts more than this before it


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
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def admit(content: bytes) -> str:
    """The kind of workbook that these bytes are: `xlsx` or `xlsm`.

    Raises:
        Refusal: they are none that can be read, or unpacking them is not safe.
    """
    if not content:
        raise Refusal("file-damaged", "it is empty (0 bytes)")
    if len(content) > MOST_FILE:
        raise Refusal(
            "file-too-big", f"it has {len(content) / 1048576:,.0f} MB; at most {MOST_FILE // 1048576} MB are read"
        )
    if content.startswith(_OLE):
        _refuse_ole(content)
    if not content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        raise Refusal("file-not-workbook", _other_kind(content))
    return _admit_zip(content)


def _refuse_ole(content: bytes) -> None:
    """The old container: Excel before 2007, or a workbook locked with a password."""
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise Refusal("file-password")
    if "Workbook".encode("utf-16-le") in content or "Book".encode("utf-16-le") in content:
        raise Refusal("file-not-workbook", "an old Excel workbook (.xls)")
    if "__substg1.0_".encode("utf-16-le") in content:
        raise Refusal("file-not-workbook", "an Outlook message (.msg)")
    raise Refusal("file-not-workbook", "an old Office document")


def _other_kind(content: bytes) -> str:
    for magic, name in _MAGIC:
        if content.startswith(magic):
            return name
    start = content[:2048].lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if start.startswith((b"<!doctype html", b"<html")) or b"<table" in start:
        return "a web page"
    if start.startswith(b"<?xml"):
        return "an XML file"
    if re.search(rb"(?m)^(from|received|mime-version|subject|return-path):", start):
        return "an e-mail message"
    if b"\0" not in content[:4096]:
        return "a text file"
    return "a file of an unknown kind"


def _admit_zip(content: bytes) -> str:
    try:
        package = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OverflowError, UnicodeDecodeError) as error:
        raise Refusal("file-damaged", "it is cut short, or is no whole package any more") from error
    entries = package.infolist()
    if len(entries) > MOST_ENTRIES:
        raise Refusal("file-unsafe", f"it holds {len(entries):,} parts, where a workbook has about 20")
    _refuse_unsafe(entries)
    kind = _kind_of({_plain(entry.filename) for entry in entries})
    for entry in entries:
        if _plain(entry.filename).endswith((".xml", ".rels", ".vml")):
            _refuse_doctype(package, entry)
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
            raise Refusal("file-too-big", f"a part in it unpacks to {entry.file_size / 1048576:,.0f} MB")
    if (unpacked := sum(entry.file_size for entry in entries)) > MOST_UNPACKED:
        raise Refusal("file-too-big", f"it unpacks to {unpacked / 1048576:,.0f} MB")


def _kind_of(names: set[str]) -> str:
    if "xl/workbook.xml" in names:
        return "xlsm" if "xl/vbaproject.bin" in names else "xlsx"
    if "xl/workbook.bin" in names:
        raise Refusal("file-not-workbook", "a binary Excel workbook (.xlsb)")
    if "[content_types].xml" in names:
        if any(name.startswith("word/") for name in names):
            raise Refusal("file-not-workbook", "a Word document")
        if any(name.startswith("ppt/") for name in names):
            raise Refusal("file-not-workbook", "a PowerPoint presentation")
        if any(name.startswith("xl/") for name in names):
            raise Refusal("file-damaged", "the list of its sheets is missing")
    if "content.xml" in names and "mimetype" in names:
        raise Refusal("file-not-workbook", "an OpenDocument file (.ods or .odt)")
    raise Refusal("file-not-workbook", "a zip archive without a workbook of its own")


def _refuse_doctype(package: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    """Entities are declared in a DOCTYPE, and no program that saves workbooks writes one."""
    try:
        with package.open(entry) as part:
            start = part.read(_PROLOGUE)
    except Exception as error:  # zlib, zipfile and struct raise unrelated types for what is broken
        raise Refusal("file-damaged", f"its part {entry.filename[:60]} cannot be unpacked") from error
    if b"<!DOCTYPE" in start or "<!DOCTYPE".encode("utf-16-le") in start or "<!DOCTYPE".encode("utf-16-be") in start:
        raise Refusal("file-unsafe", "it declares entities of its own (a DOCTYPE)")


def _plain(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").casefold()
