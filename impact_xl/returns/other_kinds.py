"""What comes in the place of a workbook: each kind by its name, with what can be done about it."""

from __future__ import annotations

import re
import zlib
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
GNUMERIC = Kind("a Gnumeric workbook", _SAVE_AS)
EXCEL_2003 = Kind("an XML spreadsheet of Excel 2003", _SAVE_AS)
FLAT_OPENDOCUMENT = Kind("a flat OpenDocument file", _SAVE_AS)
PDF = Kind("a PDF", _TYPE_IN)
RTF = Kind("a Word document (.rtf)", _TYPE_IN)
POSTSCRIPT = Kind("a PostScript document, which is a print-out", _TYPE_IN)
DISK = Kind("an image of a disk", UNPACK)
SOUND, FILM = Kind("a sound recording", _TYPE_IN), Kind("a film", _TYPE_IN)
EBOOK = Kind("an e-book (.epub)", _TYPE_IN)
EARLY_EXCEL = Kind("an Excel workbook of a very early kind (.xls)", _SAVE_AS)
LOTUS = Kind("a Lotus 1-2-3 workbook", _SAVE_AS)
WEB_PAGE = Kind("a web page", _SAVE_AS)
UNKNOWN = Kind("a file of an unknown kind", SEND_THE_FORM)
SMALL_OFFICE = Kind("an Office file without the parts of a workbook", SEND_THE_FORM)

_GZIP = b"\x1f\x8b"
_MAGIC = (
    (b"%PDF", PDF),
    (b"{\\rtf", RTF),
    (b"\xff\xd8\xff", picture("JPEG")),
    (b"\x89PNG", picture("PNG")),
    (b"GIF8", picture("GIF")),
    (b"II*\0", picture("TIFF, such as a scan")),
    (b"MM\0*", picture("TIFF, such as a scan")),
    (b"II+\0", picture("TIFF, such as a scan")),
    (b"MM\0+", picture("TIFF, such as a scan")),
    (b"8BPS", picture("Photoshop")),
    (b"\0\0\1\0", picture("icon")),
    (b"BM", picture("BMP")),
    (b"\0\0\0\x0cjP  ", picture("JPEG 2000")),
    (b"\xff\x0a", picture("JPEG XL")),
    (b"\xd7\xcd\xc6\x9a", picture("WMF")),
    (b"AT&TFORM", picture("DjVu, such as a scan")),
    (b"\xc5\xd0\xd3\xc6", POSTSCRIPT),
    (b"%!PS", POSTSCRIPT),
    (b"7z\xbc\xaf", Kind("a 7z archive", UNPACK)),
    (b"Rar!", Kind("a RAR archive", UNPACK)),
    (_GZIP, Kind("a gzip archive", UNPACK)),
    (b"BZh", Kind("a bzip2 archive", UNPACK)),
    (b"\xfd7zXZ", Kind("an xz archive", UNPACK)),
    (b"\x1f\x9d", Kind("a compress archive (.Z)", UNPACK)),
    (b"\x28\xb5\x2f\xfd", Kind("a zstd archive", UNPACK)),
    (b"\x04\x22\x4d\x18", Kind("an lz4 archive", UNPACK)),
    (b"LZIP", Kind("an lzip archive", UNPACK)),
    (b"\x60\xea", Kind("an ARJ archive", UNPACK)),
    # The first record of a workbook that is no container yet: [MS-XLS] 2.4.21, and BIFF2 to 4 as Excel 2 to 4 wrote it.
    *((bytes((9, version, 4 + 2 * (version > 0), 0)), EARLY_EXCEL) for version in (0, 2, 4)),
    *((b"\x09\x08" + size, EARLY_EXCEL) for size in (b"\x06\0", b"\x08\0", b"\x10\0")),
    *((b"\0\0\x02\0" + version + b"\x04", LOTUS) for version in (b"\x04", b"\x05", b"\x06")),
    (b"\0\0\x1a\0", LOTUS),
    (b"\xffWPC", Kind("a WordPerfect document", _TYPE_IN)),
    (b"\xa1\x2f\xff\x43\xd9\xef\x76\x4c\x9e\xe2\x10\xea\x57\x22\x76\x5f", Kind("a OneNote notebook", _TYPE_IN)),
    (b"MSCF", Kind("a cabinet archive, perhaps of OneNote", UNPACK)),
    (b"!BDN", Kind("an Outlook data file (.pst)", _SAVE_FROM)),
    (b"\x76\xe8\x04\x60\xc4\x11\xe3\x86", PROTECTED),
    (b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96\xd3", Kind("a OneNote page", _TYPE_IN)),
    (b"SQLite format 3\0", Kind("a database (SQLite)", SEND_THE_FORM)),
    (b"\0\x01\0\0Standard", Kind("an Access database", SEND_THE_FORM)),
    *((magic, SOUND) for magic in (b"ID3", b"OggS", b"fLaC", b"#!AMR", b"\xff\xf1", b"\xff\xf9")),
    *((magic, SOUND) for magic in (b"\xff\xfb", b"\xff\xfa", b"\xff\xf3", b"\xff\xf2")),  # MP3 without a title
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", Kind("a sound recording or film (Windows Media)", _TYPE_IN)),
    (b"\x1a\x45\xdf\xa3", FILM),
    (b"MZ", Kind("a program", "Do not open it. Ask the sender for the Excel form itself (.xlsx).")),
)
_BRANDS = {
    **dict.fromkeys(
        (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"), picture("HEIC, as iPhones take")
    ),
    **dict.fromkeys((b"avif", b"avis"), picture("AVIF")),
    **dict.fromkeys((b"M4A ", b"M4B "), SOUND),
    b"crx ": picture("CR3, as Canon cameras take"),
}
_RIFF = {b"WEBP": picture("WebP"), b"WAVE": SOUND, b"AVI ": FILM}
_FURTHER_ON = (
    (2, b"-lh", Kind("an LZH archive", UNPACK)),
    (7, b"**ACE**", Kind("an ACE archive", UNPACK)),
    (40, b" EMF", picture("EMF")),
    *((32_769, mark, DISK) for mark in (b"CD001", b"BEA01", b"NSR02", b"NSR03")),  # ECMA-119 and ECMA-167
)
_CMS = re.compile(
    rb"\x30(?:[\0-\x7f]|[\x80-\x84].{0,4})\x06(?:\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07|\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01)",
    re.DOTALL,
)
_CMS_SIGNED = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"
# How packets of OpenPGP begin that hold a session key for a reader: RFC 9580, 4.2 and 5.1; old and new form.
_PGP_PACKET = re.compile(rb"(?:\x84.|\x85..|\xc1[\x00-\xbf]|\xc1[\xc0-\xdf].)[\x03\x06]", re.DOTALL)
_PGP_PASSWORD = re.compile(rb"(?:\x8c.|\xc3.)[\x04\x06][\x01-\x0d]", re.DOTALL)
# What a text begins with, in small letters; comments and declarations may stand before it.
_BEFORE = rb"(?:\s|<!--.*?-->|<\?.*?\?>)*+"  # one reading alone, as there are many ways to part comments
_PROGRAM = rb"<\?mso-application\s+progid\s*=\s*[\"']%s"
_TEXTS = tuple(
    (re.compile(pattern, re.DOTALL), kind)
    for pattern, kind in (
        (rb"-----begin pgp signature", PGP_SIGNATURE),
        (rb"-----begin pgp (?:public|private) key", PGP_KEY),
        (rb"-----begin pgp (?:message|signed)", PGP),
        (rb"-----begin (?:pkcs7|cms)", ENCRYPTED),
        (rb"begin:vcard", Kind("a contact card (.vcf)", _NOTHING)),
        (rb"%pdf", PDF),
        (rb"{\\rtf", RTF),
        (rb"%!ps", POSTSCRIPT),
        (rb"\[zonetransfer\]", Kind("a mark that Windows puts on files from the internet", _NOTHING)),
        (rb"id;p", Kind("a table as text (.slk)", _SAVE_AS)),
        (rb"table\r?\n0,1\r?\n", Kind("a table as text (.dif)", _SAVE_AS)),
        (_BEFORE + rb"(?:<!doctype svg.*)?<svg", picture("SVG")),
        (_BEFORE + rb"<(?:!doctype html|html|head|meta|body|title|style|link|script|table|div)\b", WEB_PAGE),
        (rb".*" + _PROGRAM % rb"excel|" + _BEFORE + rb"<.*schemas-microsoft-com:office:spreadsheet", EXCEL_2003),
        (
            rb".*" + _PROGRAM % rb"word|<.*microsoft\.com/office/word/2003/wordml",
            Kind("a Word document (.xml)", _TYPE_IN),
        ),
        (rb".*" + _PROGRAM % rb"powerpoint", Kind("a PowerPoint presentation (.xml)", _TYPE_IN)),
        (rb"<.*microsoft\.com/office/2006/xmlpackage", Kind("an Office document as XML", _SAVE_FROM)),
        (_BEFORE + rb"<(?:\w+:)?workbook\b[^>]*gnumeric", GNUMERIC),
        (
            rb"<.*adjustment(?:baseversion|formatidentifier)",
            Kind("what a phone notes about a photograph (.aae)", _NOTHING),
        ),
        (rb"<\?xml.*opendocument.*office:document|<\?xml.*office:document.*opendocument", FLAT_OPENDOCUMENT),
        (rb".*<table", WEB_PAGE),
        (rb"<\?xml", Kind("an XML file", SEND_THE_FORM)),
    )
)
_LOOKED_AT = 4096  # bytes of a text


_TAR_BLOCK = 512
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
    return _by_signs(content) or _by_structure(content) or _kind_of_text(content)


def _by_signs(content: bytes) -> Kind | None:
    """What begins with signs of its own, or has them at a certain place."""
    if content.startswith(_GZIP) and b"gnumeric" in _unzipped(content):
        return GNUMERIC
    for magic, kind in _MAGIC:
        if content.startswith(magic):
            return kind
    for at, magic, kind in _FURTHER_ON:
        if content.startswith(magic, at):
            return kind
    return None


def _by_structure(content: bytes) -> Kind | None:
    """What has its kind in a field of its own."""
    if content[4:8] == b"ftyp":
        return _BRANDS.get(content[8:12], FILM)
    if content.startswith(b"RIFF"):
        return _RIFF.get(content[8:12], UNKNOWN)
    if content[-_DISK_END:].startswith(b"koly"):
        return DISK
    if _CMS.match(content):
        return SIGNATURE if _CMS_SIGNED in content[:40] else ENCRYPTED
    return PGP if _PGP_PACKET.match(content) or _PGP_PASSWORD.match(content) else None


def _unzipped(content: bytes) -> bytes:
    """How the content of a gzip archive begins, in small letters."""
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(content[:_LOOKED_AT], _LOOKED_AT).lower()
    except zlib.error:
        return b""


def _is_tar(content: bytes) -> bool:
    """Whether a tar archive begins here: of whatever kind, its first block holds the sum of its own bytes (POSIX)."""
    block = content[:_TAR_BLOCK]
    head, total, rest = block[:148], block[148:156].strip(b" \0"), block[156:]
    if len(block) < _TAR_BLOCK or not total or total.strip(b"01234567"):
        return False
    return int(total, 8) == sum(head) + 8 * ord(" ") + sum(rest)


def _kind_of_text(content: bytes) -> Kind:
    start = _start_of_text(content)
    for pattern, kind in _TEXTS:
        if pattern.match(start):
            is_secure = kind is WEB_PAGE and _SECURE_PAGE.search(content[:200_000])
            return Kind("a page that leads to an encrypted message", _OPEN) if is_secure else kind
    if b"\0" not in content[:4096] or content[:2] in _WIDE:
        return TEXT
    return UNKNOWN


def _start_of_text(content: bytes) -> bytes:
    """How a text begins: in UTF-8 and small letters, without marks and blanks before it."""
    start = content[:_LOOKED_AT]
    if start[:2] in _WIDE:
        start = start.decode("utf-16", "replace").encode()
    elif start[:2] in (b"<\0", b"\0<"):
        start = start.decode("utf-16-le" if start[1] == 0 else "utf-16-be", "replace").encode()
    return start.lstrip(b"\xef\xbb\xbf \r\n\t\f").lower()


_WIDE = (b"\xff\xfe", b"\xfe\xff")


def kind_of_package(names: set[str]) -> Kind | None:
    """What a package is that holds no workbook, by the names of its parts; None where that cannot be told."""
    if names & {"index/document.iwa", "index.zip", "index.apxl"}:
        return NUMBERS
    if {"index.xml", "buildversionhistory.plist"} <= names or {"index.xml.gz", "buildversionhistory.plist"} <= names:
        return NUMBERS
    if {"mimetype", "meta-inf/container.xml"} <= names:
        return EBOOK
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
