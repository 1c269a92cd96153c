"""The gate: what a file is, told from its bytes, and whether it is safe to unpack.

Pure; nothing is unpacked here beyond the first bytes of a part.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

from impact_xl.findings import Finding, Where, found
from impact_xl.returns import csv_file, deflate, other_kinds, shortcuts
from impact_xl.returns.zip_directory import Entry, MoreThanListedError, directory

MIB = 1024 * 1024
MOST_FILE = 25 * MIB  # a completed form has about 50 kB; mail servers stop at about this size
MOST_CONTAINER = 200 * MIB  # a mailbox or archive of some thousand forms
# Limits that no honest workbook among 2,176 public ones came near (the largest: 1,033 entries, 60 MB unpacked).
MOST_ENTRIES = 2_000
MOST_IN_ARCHIVE = 10_000  # entries, folders counted; an archive holds returns and no parts
MOST_SHEET = 512 * MIB
MOST_PART = 64 * MIB
MOST_UNPACKED = 1024 * MIB
_PROLOGUE = 64 * 1024  # a DOCTYPE stands before the root element; nobody honest puts more than this before it
_FIRST_BYTES = 512  # the root element begins in these, as every program writes it
_ROOT_FIRST = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:<\?[^>]*\?>\s*)*<[A-Za-z_]")
_PROLOGUE_PARTS = re.compile(rb"\s+|<\?.*?\?>|<!--.*?-->", re.DOTALL)
# Parts that are XML whatever they are called, but for pictures, whose own format may ask for a DOCTYPE.
_PICTURES = ("xl/media/", "pictures/", "thumbnails/", "docprops/thumbnail")


# A part's local header is 30 bytes, the last four of them the lengths of its name and extra field (APPNOTE 4.3.7).
_LOCAL_HEADER, _LENGTHS_AT, _LENGTHS = 30, 26, struct.Struct("<HH")

WORKBOOKS = ("xlsx", "xlsm", "xls", "ods", "xlsb")
TABLE = "csv"  # a table as text, which a survey tool may have exported
# Signed data, a calendar entry, a text that a file was encoded into, an object of another program, and a document of
# Word or PowerPoint with workbooks inside it hold files, too.
CONTAINERS = ("zip", "eml", "msg", "mbox", "tnef", "p7m", "ics", "encoded", "object", "document")
TNEF = b"\x78\x9f\x3e\x22"  # how Outlook's package (winmail.dat) begins, [MS-OXTNEF] 2.1.3.2
LOCKED = "locked"  # a workbook with a password to open


@dataclass(eq=False)  # neither frozen nor with slots: Python writes into an exception that passes through a context
class FileRejected(Exception):  # noqa: N818  it is an answer, raised from deep inside the readers to the worker's loop
    """Why a file is not read: a rule and its facts."""

    rule: str
    what: str = ""
    advice: str = ""  # what the coordinator can do about a file that is no workbook

    @classmethod
    def other(cls, kind: other_kinds.Kind) -> Self:
        """The refusal of a file that is no workbook."""
        return cls("file-not-workbook", kind.name, kind.advice)

    def as_finding(self, file: str) -> Finding:
        """What is said of the file with this name."""
        advice = {"advice": self.advice or other_kinds.SEND_THE_FORM} if self.rule == "file-not-workbook" else {}
        return found(self.rule, Where(file), what=self.what, **advice)


_BLANKS = re.compile(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?[\s\0]*+")
# A mail begins with a block of header lines, a mailbox with the envelope line of its first message.
_HEADERS = re.compile(rb"(?:[!-9;-~]+:[^\n]*\n(?:[ \t][^\n]*\n)*)+")
_HEAD = re.compile(rb"^[!-9;-~]+:", re.MULTILINE)
_MAIL = re.compile(
    rb"^(?:from|received|mime-version|subject|return-path|message-id|date|to):", re.IGNORECASE | re.MULTILINE
)
# The inside of a signed message has heads about its content alone, and often a single one.
_FRAME = re.compile(
    rb"^content-type:\s*(?:multipart/|message/|application/(?:x-)?pkcs7-mime)", re.IGNORECASE | re.MULTILINE
)
_CONTENT_HEADS = re.compile(rb"^content-(?:type|transfer-encoding|disposition):", re.IGNORECASE | re.MULTILINE)
_WEB_ARCHIVE = re.compile(
    rb"^(?:x-document-type|snapshot-content-location):|^from: <saved by", re.IGNORECASE | re.MULTILINE
)
_MAILBOX = re.compile(rb"(?:From [^\n]*\n)(?:>[^\n]*\n)*[!-9;-~]+:")
_COUNTED = re.compile(rb"(\d{1,9}) *\r?\n")  # how Apple Mail begins a message that it keeps (.emlx)
_SIGNED_DATA = re.compile(
    rb"\x30(?:[\0-\x7f]|[\x80-\x84].{0,4})\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02", re.DOTALL
)
_PEM = re.compile(rb"\s*-----BEGIN (?:PKCS ?#?7|CMS|SIGNED MESSAGE)-----", re.IGNORECASE)
_CALENDAR = re.compile(rb"(?:\xef\xbb\xbf)?\s*BEGIN:VCALENDAR", re.IGNORECASE)
# How a zip package, an old Office file, Outlook's package and signed data begin in base64.
FIRST_LETTERS = rb"(?:UEsDB|0M8R4KGx|eJ8\+I|MI[A-Za-z0-9+/]{2,8}(?:YJKoZIhvcNAQcC|BgkqhkiG9w0BBwK|CSqGSIb3DQEHAg))"
# A file as it stands in a message, as letters; a few lines of words may stand before it.
_ENCODED = re.compile(
    rb"\s*+(?:[^\n\0]{0,200}\n){0,20}?"
    rb"(?:[> \t\r]*(?:data:[^,\s]{1,200},)?%s[A-Za-z0-9+/_=\s-]{200}|[> \t]*begin [0-7]{3,4} [^\n]+\n[> \t]*M|=ybegin )"
    % FIRST_LETTERS
)
_OTHER_CONTAINERS = ((_SIGNED_DATA, "p7m"), (_PEM, "p7m"), (_CALENDAR, "ics"), (_ENCODED, "encoded"))
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP, _ZIP_END, _ZIP_END_WITHIN = b"PK\x03\x04", b"PK\x05\x06", 66_000


def detect_kind(content: bytes) -> str:
    """The kind of file that these bytes are: one of `WORKBOOKS`, `CONTAINERS`, `TABLE` or `LOCKED`.

    Raises:
        FileRejected: they are none that can be read, or unpacking them is not safe.
    """
    if not content:
        raise FileRejected("file-damaged", "it is empty (0 bytes)")
    if content[:1] == b"\0" and not content.strip(b"\0"):  # a disk or sync program kept its room, and nothing more
        raise FileRejected("file-damaged", "it holds nothing but zeros, so its content was never saved")
    if _BLANKS.fullmatch(content):  # what programs for the cloud put in the place of a file that they keep
        raise FileRejected("file-damaged", "it holds nothing but blanks; a cloud may keep its content")
    kind = _kind_of(content)
    most = MOST_CONTAINER if kind in CONTAINERS else MOST_FILE
    if len(content) > most:
        raise FileRejected("file-too-big", f"it has {len(content) / MIB:,.0f} MB; at most {most // MIB} MB are read")
    return kind


def _kind_of(content: bytes) -> str:
    if content.startswith(_OLE):
        return _kind_of_ole(content)
    if content.startswith((_ZIP, _ZIP_END)):
        return _kind_of_zip(content)
    if content.startswith(TNEF):
        return "tnef"
    if _MAILBOX.match(content):
        return "mbox"
    if mail_in(content[:_PROLOGUE]):
        return "eml"
    for start, kind in _OTHER_CONTAINERS:
        if start.match(content):
            return kind
    if (place := shortcuts.place_in(content)) is not None:
        raise FileRejected("file-shortcut", place)
    other = other_kinds.kind_of(content)
    vague = other in (other_kinds.TEXT, other_kinds.UNKNOWN)
    if vague and _ZIP_END in content[-_ZIP_END_WITHIN:] and _ZIP in content[:_PROLOGUE]:
        return _kind_of_zip(content)  # with a few stray bytes before it
    if other == other_kinds.TEXT and csv_file.is_table(content):
        return TABLE
    raise FileRejected.other(other)


def mail_in(content: bytes) -> bytes:
    """A message as mail programs write it, without what others put before it; empty where the bytes are no message."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        content = content[: len(content) // 2 * 2].decode("utf-16", "replace").encode("utf-8", "replace")
    content = content.lstrip(b"\xef\xbb\xbf\r\n")
    if counted := _COUNTED.match(content):
        content = content[counted.end() :][: int(counted[1])]
    if b"\n" not in content[:_FIRST_BYTES]:
        content = content.replace(b"\r", b"\n")
    heads = _HEADERS.match(content[:_PROLOGUE])
    if not heads or not _are_of_a_mail(heads[0]):
        return b""
    if _WEB_ARCHIVE.search(heads[0]):
        raise FileRejected.other(other_kinds.WEB_ARCHIVE)
    return content


def _are_of_a_mail(heads: bytes) -> bool:
    whole = len(_HEAD.findall(heads)) > 1 and bool(_MAIL.search(heads))
    return whole or bool(_FRAME.search(heads)) or len(_CONTENT_HEADS.findall(heads)) > 1


def _kind_of_ole(content: bytes) -> str:
    """The old container: Excel before 2007, an Outlook message, or a workbook that is locked as a whole."""
    streams = _streams(content)
    if "encryptedpackage" in streams:
        if _utf16("DRMEncrypted") in content:
            raise FileRejected("file-label")
        return LOCKED
    if "\x09drmcontent" in streams:
        raise FileRejected("file-label")
    if any(name.startswith("__substg1.0_") for name in streams):
        return "msg"
    if {"workbook", "book"} & streams:
        return "xls"
    if {"package", "\x01ole10native"} & streams:
        return "object"
    raise FileRejected.other(next((_OLD[name] for name in streams if name in _OLD), other_kinds.OLD_OFFICE))


_OLD = {
    "worddocument": other_kinds.OLD_WORD,
    "powerpoint document": other_kinds.OLD_POWERPOINT,
    "visiodocument": other_kinds.OLD_VISIO,
    "quill": other_kinds.OLD_PUBLISHER,
    "props9": other_kinds.OLD_PROJECT,
    "props12": other_kinds.OLD_PROJECT,
    "props14": other_kinds.OLD_PROJECT,
}
_KNOWN = ("EncryptedPackage", "__substg1.0_", "Workbook", "Book", "\x09DRMContent")


def _streams(content: bytes) -> set[str]:
    """The names at the top of an old container, in lower case; what lies in files within it does not count."""
    import olefile  # lazy: only old workbooks, locked ones and Outlook's messages need it

    try:
        with olefile.OleFileIO(io.BytesIO(content)) as ole:
            names = {path[0].lower() for path in ole.listdir(storages=True)}
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001  olefile raises many unrelated types
        names = set()
    # Where the list of names is cut off, those that stand anywhere have to do; whoever reads the file says the rest.
    whole = any(name.startswith(tuple(each.lower() for each in _KNOWN)) or name in _OLD for name in names)
    return names if whole else {name.lower() for name in _KNOWN if _utf16(name) in content}


def _utf16(name: str) -> bytes:
    return name.encode("utf-16-le")


def _kind_of_zip(content: bytes) -> str:
    try:
        entries = directory(content)
    except MoreThanListedError as error:
        raise FileRejected("file-damaged", "it is incomplete, or files were joined into one") from error
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OverflowError, UnicodeDecodeError) as error:
        raise FileRejected("file-damaged", "it is incomplete") from error
    if len(entries) > MOST_IN_ARCHIVE:
        raise FileRejected("file-unsafe", f"it holds {len(entries):,} parts, where a workbook has about 20")
    names = {_part_name(entry.filename): entry for entry in entries}
    if _TYPES in names and "xl/workbook.xml" not in names and "xl/workbook.bin" not in names:
        _refuse_other_list(content, names)
    kind = _kind_of_package(set(names))
    if kind not in CONTAINERS:
        if len(entries) > MOST_ENTRIES:
            raise FileRejected("file-unsafe", f"it holds {len(entries):,} parts, where a workbook has about 20")
        _refuse_unsafe(entries)
        for entry in entries:
            if not _part_name(entry.filename).startswith(_PICTURES):
                _refuse_doctype(content, entry)
    return kind


def _refuse_other_list(content: bytes, names: Mapping[str, Entry]) -> None:
    """A workbook may give the list of its sheets another name; Excel follows it, and hardly any other reader does."""
    try:
        types = _start(content, names[_TYPES], _PROLOGUE)
    except (zlib.error, struct.error):  # the package has no list that anybody could find
        return
    if types[:2] in (b"\xff\xfe", b"\xfe\xff"):
        types = types[: len(types) // 2 * 2].decode("utf-16", "replace").encode()
    for element in _OVERRIDE.findall(types):
        named = _NAME_OF_PART.search(element)
        if named and _LIST_OF_SHEETS.search(element) and _part_name(named[1].decode("utf-8", "replace")) in names:
            raise FileRejected("file-format", "a workbook that keeps the list of its sheets under an unusual name")


_TYPES = "[content_types].xml"
_OVERRIDE = re.compile(rb"<(?:[^\s<>/:]+:)?Override\s[^<>]*>")
_NAME_OF_PART = re.compile(rb"""\bPartName\s*=\s*["']\s*([^"']*?)\s*["']""")
# ECMA-376 part 1, 12.3.24, and what Excel has for macros, templates, add-ins and binary workbooks.
_LIST_OF_SHEETS = re.compile(rb"(?:spreadsheetml|ms-excel)\.[\w.]*\bmain\b")


def _refuse_unsafe(entries: list[Entry]) -> None:
    names = [_part_name(entry.filename) for entry in entries]
    if len(set(names)) < len(names):
        raise FileRejected(
            "file-unsafe", "two of its parts have the same name, so it is not certain which one is meant"
        )
    for entry, name in zip(entries, names, strict=True):
        if entry.flag_bits & 0x1:
            raise FileRejected("file-password")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise FileRejected("file-unsafe", "a part is packed in a way that Excel does not use")
        most = MOST_SHEET if name.startswith("xl/worksheets/") else MOST_PART
        if entry.file_size > most:
            raise FileRejected("file-too-big", f"a part in it unpacks to {entry.file_size / MIB:,.0f} MB")
    if (unpacked := sum(entry.file_size for entry in entries)) > MOST_UNPACKED:
        raise FileRejected("file-too-big", f"it unpacks to {unpacked / MIB:,.0f} MB")


def _kind_of_package(names: set[str]) -> str:
    if "xl/workbook.xml" in names:
        return "xlsm" if "xl/vbaproject.bin" in names else "xlsx"
    if "xl/workbook.bin" in names:
        return "xlsb"
    if other := other_kinds.kind_of_package(names):
        if other in other_kinds.WITH_WORKBOOK:
            return "document"
        raise FileRejected.other(other)
    if any(name.startswith("xl/") for name in names):
        raise FileRejected("file-damaged", "the list of its sheets is missing")
    if "content.xml" in names and "meta-inf/manifest.xml" in names:
        return "ods"
    if "[content_types].xml" in names:
        raise FileRejected("file-damaged", "it is an Office package, and the parts of a workbook are missing")
    return "zip"


def _refuse_doctype(content: bytes, entry: Entry) -> None:
    """Entities are declared in a DOCTYPE, and no program that saves workbooks writes one."""
    try:
        if _begins_with_root(packed_bytes(content, entry, _FIRST_BYTES), entry.compress_type):
            return
        start = _start(content, entry, _PROLOGUE)
    except (zlib.error, struct.error) as error:
        raise FileRejected("file-damaged", f"its part {entry.filename[:60]} cannot be unpacked") from error
    if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        start = start[: len(start) // 2 * 2].decode("utf-16", "replace").encode()
    at = len(b"\xef\xbb\xbf") if start.startswith(b"\xef\xbb\xbf") else 0
    while passed := _PROLOGUE_PARTS.match(start, at):
        at = passed.end()
    wide = _utf16("<!DOCTYPE") in start or "<!DOCTYPE".encode("utf-16-be") in start
    if wide or start.startswith(b"<!DOCTYPE", at):
        raise FileRejected("file-unsafe", "it declares entities of its own (a DOCTYPE)")
    if at and len(start) >= _PROLOGUE and start[at : at + 4] in (b"", b"<!--"):
        raise FileRejected("file-unsafe", "one of its parts begins with far more than any program writes there")


@lru_cache(maxsize=512)  # most parts begin alike in all copies that one program saved
def _begins_with_root(packed: bytes, compress_type: int) -> bool:
    """Whether the first bytes of a part, as they are packed, hold the beginning of its root element."""
    return _ROOT_FIRST.match(_unpacked(packed, compress_type, _FIRST_BYTES)) is not None


def _start(content: bytes, entry: Entry, most: int) -> bytes:
    """The first bytes of a part."""
    return _unpacked(packed_bytes(content, entry, most), entry.compress_type, most)


def _unpacked(packed: bytes, compress_type: int, most: int) -> bytes:
    if compress_type == zipfile.ZIP_STORED:
        return packed
    return deflate.unpacked(packed, most)


def packed_bytes(content: bytes, entry: Entry, most: int) -> bytes:
    """What a part is in the package, straight from its bytes: twenty parts a file are opened much faster so.

    Args:
        content: the package.
        entry: the part.
        most: how many bytes at the most.

    Raises:
        struct.error: the package ends before the part begins.
    """
    name, extra = _LENGTHS.unpack_from(content, entry.header_offset + _LENGTHS_AT)
    begin = entry.header_offset + _LOCAL_HEADER + name + extra
    return content[begin : begin + min(entry.compress_size, most)]


@lru_cache(maxsize=1024)  # the parts of most workbooks have the same names
def _part_name(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").casefold()
