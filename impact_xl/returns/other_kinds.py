"""What comes in the place of a workbook: each kind by its name, with what can be done about it."""

from __future__ import annotations

import re
from typing import NamedTuple


class Kind(NamedTuple):
    """A kind of file that is no workbook."""

    name: str  # with its article
    advice: str  # to the coordinator


SEND_THE_FORM = "Ask the sender for the Excel form itself (.xlsx)."
_TYPE_IN = (
    "If you can read its answers, enter them as decisions (a row for each question, with the level), and show them to "
    "the team. Or ask the sender for the Excel form itself (.xlsx)."
)
_SAVE_AS = "Ask the sender to open it, save it as an Excel workbook (.xlsx) and send that; or do so yourself."
UNPACK = "Unpack it, put what is in it with the other returns and run the command again."
_OPEN = (
    "Ask the sender to send it again without encryption. If you can open it, save the form from it with the other "
    "returns and run the command again."
)
_SAVE_INSIDE = (
    "Open it, save the workbook that is inside it with the other returns and run the command again. Or ask the "
    "sender for the workbook itself."
)
_SAVE_FROM = (
    "Open it in the program that made it, save the form from it with the other returns and run the command again."
)
_NOTHING = "If it should hold a form, ask the sender for the Excel form itself (.xlsx)."


def picture(name: str) -> Kind:
    """A picture of some kind: a photograph, a scan or a screenshot."""
    return Kind(f"a picture ({name})", _TYPE_IN)


WORD = Kind("a Word document", _TYPE_IN)
WORD_WITH_WORKBOOK = Kind("a Word document with a workbook inside it", _SAVE_INSIDE)
POWERPOINT = Kind("a PowerPoint presentation", _TYPE_IN)
POWERPOINT_WITH_WORKBOOK = Kind("a PowerPoint presentation with a workbook inside it", _SAVE_INSIDE)
WITH_WORKBOOK = (WORD_WITH_WORKBOOK, POWERPOINT_WITH_WORKBOOK)
OLD_WORD = Kind("a Word document (.doc)", _TYPE_IN)
OLD_POWERPOINT = Kind("a PowerPoint presentation (.ppt)", _TYPE_IN)
OLD_VISIO = Kind("a Visio drawing (.vsd)", _TYPE_IN)
OLD_PROJECT = Kind("a Project plan (.mpp)", SEND_THE_FORM)
OLD_PUBLISHER = Kind("a Publisher document (.pub)", _TYPE_IN)
OLD_OFFICE = Kind("an old Office document", _SAVE_FROM)
XPS = Kind("an XPS document, which is a print-out", _TYPE_IN)
VISIO = Kind("a Visio drawing", _TYPE_IN)
POWER_BI = Kind("a Power BI report", SEND_THE_FORM)
NUMBERS = Kind("an Apple Numbers or Pages document", _SAVE_AS)
OTHER_OPENDOCUMENT = Kind("an OpenDocument file that is no spreadsheet", _SAVE_AS)
WEB_ARCHIVE = Kind("a web page (.mht)", _SAVE_AS)
EMPTY_ARCHIVE = Kind("a zip archive with nothing in it", SEND_THE_FORM)
ENCRYPTED = Kind("an encrypted message (S/MIME), which only its readers can open", _OPEN)
SIGNATURE = Kind("a signature without its message (S/MIME)", _NOTHING)
PGP = Kind("an encrypted message or file (PGP), which only its readers can open", _OPEN)
PGP_SIGNATURE = Kind("a signature (PGP) without its file", _NOTHING)
PGP_KEY = Kind("somebody's key (PGP)", _NOTHING)
PROTECTED = Kind("a protected message (message.rpmsg), which only its readers can open", _OPEN)
TEXT = Kind("a text file (such as CSV)", _TYPE_IN)
UNKNOWN = Kind("a file of an unknown kind", SEND_THE_FORM)
SMALL_OFFICE = Kind("an Office file without the parts of a workbook", SEND_THE_FORM)

_MAGIC = (
    (b"%PDF", Kind("a PDF", _TYPE_IN)),
    (b"{\\rtf", Kind("a Word document (.rtf)", _TYPE_IN)),
    (b"\xff\xd8\xff", picture("JPEG")),
    (b"\x89PNG", picture("PNG")),
    (b"GIF8", picture("GIF")),
    (b"II*\0", picture("TIFF, such as a scan")),
    (b"MM\0*", picture("TIFF, such as a scan")),
    (b"BM", picture("BMP")),
    (b"\0\0\0\x0cjP  ", picture("JPEG 2000")),
    (b"\xff\x0a", picture("JPEG XL")),
    (b"\xd7\xcd\xc6\x9a", picture("WMF")),
    (b"AT&TFORM", picture("DjVu, such as a scan")),
    (b"\xc5\xd0\xd3\xc6", Kind("a PostScript document, which is a print-out", _TYPE_IN)),
    (b"%!PS", Kind("a PostScript document, which is a print-out", _TYPE_IN)),
    (b"7z\xbc\xaf", Kind("a 7z archive", UNPACK)),
    (b"Rar!", Kind("a RAR archive", UNPACK)),
    (b"\x1f\x8b", Kind("a gzip archive", UNPACK)),
    (b"BZh", Kind("a bzip2 archive", UNPACK)),
    (b"\xfd7zXZ", Kind("an xz archive", UNPACK)),
    (b"MSCF", Kind("a cabinet archive, perhaps of OneNote", UNPACK)),
    (b"!BDN", Kind("an Outlook data file (.pst)", _SAVE_FROM)),
    (b"\x76\xe8\x04\x60\xc4\x11\xe3\x86", PROTECTED),
    (b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96\xd3", Kind("a OneNote page", _TYPE_IN)),
    (b"SQLite format 3\0", Kind("a database (SQLite)", SEND_THE_FORM)),
    (b"\0\x01\0\0Standard", Kind("an Access database", SEND_THE_FORM)),
    (b"ID3", Kind("a sound recording", _TYPE_IN)),
    (b"OggS", Kind("a sound recording", _TYPE_IN)),
    (b"\x1a\x45\xdf\xa3", Kind("a film", _TYPE_IN)),
    (b"MZ", Kind("a program", "Do not open it. Ask the sender for the Excel form itself (.xlsx).")),
)
_BRANDS = {
    **dict.fromkeys(
        (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"), picture("HEIC, as iPhones take")
    ),
    **dict.fromkeys((b"avif", b"avis"), picture("AVIF")),
    **dict.fromkeys((b"M4A ", b"M4B "), Kind("a sound recording", _TYPE_IN)),
}
_RIFF = {b"WEBP": picture("WebP"), b"WAVE": Kind("a sound recording", _TYPE_IN), b"AVI ": Kind("a film", _TYPE_IN)}
_FILM = Kind("a film", _TYPE_IN)
_CMS = re.compile(
    rb"\x30(?:[\0-\x7f]|[\x80-\x84].{0,4})\x06(?:\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07|\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01)",
    re.DOTALL,
)
_CMS_SIGNED = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"
# How packets of OpenPGP begin that hold a session key for a reader: RFC 9580, 4.2 and 5.1; old and new form.
_PGP_PACKET = re.compile(rb"(?:\x84.|\x85..|\xc1[\x00-\xbf]|\xc1[\xc0-\xdf].)[\x03\x06]", re.DOTALL)
_PGP_PASSWORD = re.compile(rb"(?:\x8c.|\xc3.)[\x04\x06][\x01-\x0d]", re.DOTALL)
_TEXTS = (
    (re.compile(rb"-----BEGIN PGP SIGNATURE", re.IGNORECASE), PGP_SIGNATURE),
    (re.compile(rb"-----BEGIN PGP (?:PUBLIC|PRIVATE) KEY", re.IGNORECASE), PGP_KEY),
    (re.compile(rb"-----BEGIN PGP (?:MESSAGE|SIGNED)", re.IGNORECASE), PGP),
    (re.compile(rb"-----BEGIN (?:PKCS7|CMS)", re.IGNORECASE), ENCRYPTED),
    (re.compile(rb"BEGIN:VCARD", re.IGNORECASE), Kind("a contact card (.vcf)", _NOTHING)),
    (re.compile(rb"<svg|<\?xml[^>]*>\s*(?:<!--.*?-->\s*)*<svg", re.DOTALL), picture("SVG")),
)


_TAR_BLOCK = 512
_DISK_MARK_AT, _DISK_MARKS = 32_769, (b"CD001", b"BEA01", b"NSR02", b"NSR03")  # ECMA-119 and ECMA-167
_DISK_END = 512  # how long the end of an image for macOS is, which begins with its mark


# The pages that secure mail sends in the place of a message: Microsoft, Cisco, Proofpoint, Zix, Egress.
_SECURE_PAGE = re.compile(
    rb"securedoc|secure ?message|secure e-?mail|(?:encrypted|protected) (?:e-?mail|message)|message encryption"
    rb"|zixmessage",
    re.IGNORECASE,
)


def kind_of(content: bytes) -> Kind:
    """What these bytes are, as they are neither a workbook nor hold one that can be taken out."""
    if _is_tar(content):  # first of all, as it begins with the name of a file, which may be anything
        return Kind("a tar archive", UNPACK)
    for magic, kind in _MAGIC:
        if content.startswith(magic):
            return kind
    if content.startswith(_DISK_MARKS, _DISK_MARK_AT) or content[-_DISK_END:].startswith(b"koly"):
        return Kind("an image of a disk", UNPACK)
    if content[4:8] == b"ftyp":
        return _BRANDS.get(content[8:12], _FILM)
    if content.startswith(b"RIFF"):
        return _RIFF.get(content[8:12], UNKNOWN)
    if _CMS.match(content):
        return SIGNATURE if _CMS_SIGNED in content[:40] else ENCRYPTED
    if _PGP_PACKET.match(content) or _PGP_PASSWORD.match(content):
        return PGP
    return _kind_of_text(content)


def _is_tar(content: bytes) -> bool:
    """Whether a tar archive begins here: of whatever kind, its first block holds the sum of its own bytes (POSIX)."""
    block = content[:_TAR_BLOCK]
    head, total, rest = block[:148], block[148:156].strip(b" \0"), block[156:]
    if len(block) < _TAR_BLOCK or not total or total.strip(b"01234567"):
        return False
    return int(total, 8) == sum(head) + 8 * ord(" ") + sum(rest)


def _kind_of_text(content: bytes) -> Kind:
    start = content[:2048].lstrip(b"\xef\xbb\xbf \r\n\t")
    for pattern, kind in _TEXTS:
        if pattern.match(start):
            return kind
    low = start.lower()
    if low.startswith((b"<!doctype html", b"<html")) or b"<table" in low:
        if _SECURE_PAGE.search(content[:200_000]):
            return Kind("a page that leads to an encrypted message", _OPEN)
        return Kind("a web page", _SAVE_AS)
    if low.startswith(b"<?xml"):
        if b"excel.sheet" in low or b"schemas-microsoft-com:office:spreadsheet" in low:
            return Kind("an XML spreadsheet of Excel 2003", _SAVE_AS)
        flat = b"opendocument" in low and b"office:document" in low
        return Kind("a flat OpenDocument file", _SAVE_AS) if flat else Kind("an XML file", SEND_THE_FORM)
    if b"\0" not in content[:4096] or content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return TEXT
    return UNKNOWN


def kind_of_package(names: set[str]) -> Kind | None:
    """What a package is that holds no workbook, by the names of its parts; None where that cannot be told."""
    if names & {"index/document.iwa", "index.zip", "index.apxl"}:
        return NUMBERS
    if "[content_types].xml" not in names:  # an archive, whose folders may have any name
        return None
    embedded = any(map(is_embedded, names))
    for folder, (bare, with_workbook) in _PACKAGES.items():
        if any(name.startswith(folder) for name in names):
            return with_workbook if embedded else bare
    if any(name.endswith((".fdseq", ".fdoc", ".fpage")) for name in names):
        return XPS
    return POWER_BI if names & {"datamodel", "datamashup", "report/layout"} else None


def is_embedded(name: str) -> bool:
    """Whether a part of a document, by its name in lower case, may be a workbook that was put into it."""
    return "/embeddings/" in name and name.endswith(_WORKBOOK_ENDINGS)


_WORKBOOK_ENDINGS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".bin")
_PACKAGES = {
    "word/": (WORD, WORD_WITH_WORKBOOK),
    "ppt/": (POWERPOINT, POWERPOINT_WITH_WORKBOOK),
    "visio/": (VISIO, VISIO),
}
