"""The bytes of a part of a mail, however badly its encoding is announced.

The standard library takes the announcement by the letter and stops at the first padding. Mail programs, gateways and
scanners write blanks, comments and quotes into it, announce something else, add lines of their own, or encode a file
piece by piece; every one of them leaves a file that people can open.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import copy
import quopri
import re
from email.message import Message as Mail
from urllib.parse import unquote_to_bytes

from impact_xl.returns.file_type import FIRST_LETTERS

# A picture may be announced badly, too; a file may stand in an address that holds it whole.
_ANNOUNCED = rb"(?:data:[^,\s]{1,200},)?"
_ADDRESS_HEAD = re.compile(rb"\A\s*data:[^,\s]{1,200},")
_KNOWN_START = re.compile(
    rb"^[> \t\r]*%s(?=%s|JVBERi0|iVBORw0KGgo|/9j/[A-Za-z0-9+/]{30})" % (_ANNOUNCED, FIRST_LETTERS), re.MULTILINE
)
_KNOWN = re.compile(
    rb"PK\x03\x04|\xd0\xcf\x11\xe0|%PDF|\x78\x9f\x3e\x22|\x89PNG|\xff\xd8\xff"
    rb"|\x30[\x80-\x84].{0,4}\x06\x09\x2a\x86\x48\x86\xf7",
    re.DOTALL,
)
# What holds a file in base64 and is more than that: a message, a calendar entry, anything that is no text.
_NO_LINES_BEFORE = re.compile(
    rb"[\0-\x08\x0e-\x1f]|^(?:content-[a-z-]+|mime-version|begin):", re.IGNORECASE | re.MULTILINE
)
MOST_BEFORE = 2_000  # a scanner's lines before the base64 of an attachment
_WHOLE = re.compile(rb"[A-Za-z0-9+/\s]*={0,2}\s*")
_PIECE = re.compile(rb"([A-Za-z0-9+/]+)=*")
_FOREIGN = re.compile(rb"[^A-Za-z0-9+/=]")
_MOST_FOREIGN = 0.05  # of a line of base64; a line of words has blanks besides
_SHORTEST_WORD = 16  # pieces of base64 between blanks; words of people are shorter
_LEAST_IN_TEXT = 400  # letters of base64 that stand in a text by no chance
_MOST_TIMES = 3  # a file was encoded again by the next program on its way
_IN_TEXT = re.compile(
    rb"(?:^[> \t\r]*|data:[^,\s\"']{1,200};base64,)((?:UEsDB|0M8R4KGx)[A-Za-z0-9+/_=\s>-]{%d,})" % _LEAST_IN_TEXT,
    re.MULTILINE,
)
_PICTURE_IN_TEXT = re.compile(
    rb"data:image/[\w.+-]{1,40}(?:;[^,;\s\"']{0,80}){0,3};base64,((?:[A-Za-z0-9+/=]|%%2[BbFf]|%%3[Dd]|\s){%d,})"
    % _LEAST_IN_TEXT,
    re.IGNORECASE,
)
_FOR_ADDRESSES = re.compile(rb"[A-Za-z0-9_\s-]*={0,2}\s*")  # base64 with the two signs that addresses may hold
_COMMENT = re.compile(r"\([^()]*\)")
# Its end may be lost where the message was cut short; a first line that is full tells it from words of people.
_UUENCODED = re.compile(
    rb"^([> ]*)begin [0-7]{3,4} ([^\n]+)\n(?=[> ]*M)(.*?)(?:^[> ]*end\s*$|\Z)", re.MULTILINE | re.DOTALL
)
_YENCODED = re.compile(
    rb"^=ybegin [^\n]*?name=([^\n]*)\n(?:=ypart [^\n]*\n)?(.*?)(?:^=yend[^\n]*$|\Z)", re.MULTILINE | re.DOTALL
)
_ESCAPED = re.compile(rb"=(.)", re.DOTALL)


def payload(part: Mail) -> bytes:
    """What a part holds, decoded; nothing where it is a frame round other parts."""
    raw, encoding = _raw(part), _announced(part)
    before = MOST_BEFORE if part.get_content_disposition() == "attachment" or part.get_param("name") else 0
    content = b"" if encoding == "base64" else base64_file(raw, before)  # before anything spoils it as announced
    content = content or _decoded(raw, encoding)
    for _ in range(_MOST_TIMES):
        inner = base64_file(content, before)
        if not inner:
            break
        content = inner
    return content


def base64_file(content: bytes, most_before: int = 0) -> bytes:
    """The file that a text in base64 holds; nothing where that is of no kind that can be told.

    Args:
        content: the text.
        most_before: how many letters of other lines may stand before it.
    """
    start = _KNOWN_START.search(content[: most_before + 200])
    if not start or start.start() > most_before or _NO_LINES_BEFORE.search(content[: start.start()]):
        return b""
    file = from_base64(content[start.end() :])
    return file if _KNOWN.match(file) else b""


def files_in_text(text: bytes) -> tuple[bytes, list[tuple[str, bytes]]]:
    """A text without the files that old programs wrote into it, and these files, each with its name."""
    plain = text.replace(b"\r\n", b"\n")
    files = [(_name(each[2]), _from_uuencode(each[1], each[3])) for each in _UUENCODED.finditer(plain)]
    plain = _UUENCODED.sub(b"", plain)
    files += [(_name(each[1]), _from_yencode(each[2])) for each in _YENCODED.finditer(plain)]
    plain = _YENCODED.sub(b"", plain)
    files += [("", from_base64(each[1])) for each in _IN_TEXT.finditer(plain)]
    return _IN_TEXT.sub(b"", plain), files


def pictures_in_text(text: bytes) -> list[bytes]:
    """The pictures that a page holds in the place of their addresses."""
    return [from_base64(unquote_to_bytes(each[1].decode("ascii"))) for each in _PICTURE_IN_TEXT.finditer(text)]


def in_letters(content: bytes, charset: str) -> str:
    """A text in letters, also where its charset is announced wrongly: what reads as UTF-8 beyond ASCII is that.

    Args:
        content: the text.
        charset: what it is announced as; empty where it is not.
    """
    wide = re.match(r"utf-?(?:16|32)|ucs-?[24]", charset, re.IGNORECASE)
    if not charset or not content.isascii() or (wide and b"\0" not in content):
        with contextlib.suppress(UnicodeDecodeError):
            return content.decode("utf-8-sig")
    if not charset or (wide and b"\0" not in content):
        charset = "cp1252"
    try:
        return content.decode(charset, "replace")
    except (LookupError, ValueError):
        return content.decode("cp1252", "replace")


def _name(raw: bytes) -> str:
    return raw.decode("utf-8", "replace").strip()


def from_base64(text: bytes) -> bytes:
    """Base64 in one piece or in several that are each padded, without the lines that other programs put round it."""
    text = _ADDRESS_HEAD.sub(b"", text)
    if _FOR_ADDRESSES.fullmatch(text):
        text = text.translate(bytes.maketrans(b"-_", b"+/"))
    if _WHOLE.fullmatch(text):
        return _from_piece(b"".join(text.split()).rstrip(b"="))
    lines = [line for raw in text.splitlines() if (line := _base64_in(raw))]
    return b"".join(_from_piece(piece[1]) for piece in _PIECE.finditer(b"".join(lines)))


def _base64_in(line: bytes) -> bytes:
    """What is base64 in a line; nothing where it is a line of words."""
    words = line.strip(b"> \t\r").split()
    if len(words) > 1 and min(map(len, words)) < _SHORTEST_WORD:
        return b""
    joined = b"".join(words)
    clean = _FOREIGN.sub(b"", joined)
    return clean if len(joined) - len(clean) <= _MOST_FOREIGN * len(joined) else b""


def _from_piece(letters: bytes) -> bytes:
    whole = letters[: len(letters) - (len(letters) % 4 == 1)]
    return base64.b64decode(whole + b"=" * (-len(whole) % 4))


def _from_uuencode(quoted: bytes, lines: bytes) -> bytes:
    """The file that some lines hold, each with what marks it as quoted before it; as far as they can be told."""
    content = bytearray()
    for raw in lines.splitlines():
        line = raw.removeprefix(quoted)
        if not line.strip(b"` "):
            continue
        try:
            content += binascii.a2b_uu(line)
        except (binascii.Error, ValueError):
            break
    return bytes(content)


def _from_yencode(lines: bytes) -> bytes:
    """The file that lines in yEnc hold: each letter is its byte moved up by 42, and by 64 more behind `=`."""
    letters = _ESCAPED.sub(lambda found: bytes([(found[1][0] - 64) % 256]), lines.replace(b"\n", b""))
    return letters.translate(bytes((number - 42) % 256 for number in range(256)))


def _raw(part: Mail) -> bytes:
    """What a part holds as it stands: decoded by the standard library as if no encoding were announced."""
    bare = copy.copy(part)
    del bare["content-transfer-encoding"]
    try:
        content = bare.get_payload(decode=True)
    except Exception:  # noqa: BLE001  the decoders of the standard library raise what they like
        return b""
    return content if isinstance(content, bytes) else b""


def _announced(part: Mail) -> str:
    """The encoding that a part announces, bare of what does not belong there; the first that is known counts."""
    for head in part.get_all("content-transfer-encoding", []):
        bare = _COMMENT.sub(" ", str(head)).partition(";")[0].strip(" \t\r\n\"'<>").lower().removeprefix("x-")
        if bare in ("base64", "quoted-printable", "uuencode", "uue"):
            return bare
    return ""


def _decoded(raw: bytes, encoding: str) -> bytes:
    match encoding:
        case "base64":
            return from_base64(raw)
        case "quoted-printable":
            return quopri.decodestring(raw)
        case "uuencode" | "uue":
            return next((content for _, content in files_in_text(raw)[1]), raw)
        case _:
            return raw
