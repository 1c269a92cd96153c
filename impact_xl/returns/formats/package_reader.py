"""A workbook's zip package: parts by their plain names, unpacked within what they say they have."""

from __future__ import annotations

import codecs
import posixpath
import re
import struct
import sys
import zipfile
import zlib
from collections.abc import Iterator
from functools import lru_cache

from impact_xl.form.layout import REFERENCE_MARK
from impact_xl.returns import deflate
from impact_xl.returns.file_type import FileRejected, packed_bytes
from impact_xl.returns.zip_directory import Entry, directory

_WORKBOOK, _RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
# Where the texts, the styles and the colours usually are.
STRINGS, STYLES, THEME = "xl/sharedstrings.xml", "xl/styles.xml", "xl/theme/theme1.xml"
_USUAL_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\s[^>]*>")
_SHEET = re.compile(rb"<(?:\w+:)?sheet\s[^>]*>")
_WIDE, _WIDE_WITHOUT_MARK = (b"\xff\xfe", b"\xfe\xff"), (b"<\0", b"\0<")  # how XML in UTF-16 begins
_DECLARED = re.compile(rb"""((?:\xef\xbb\xbf)?<\?xml\s[^<>]*?)\s+encoding\s*=\s*["']([^"'<>]*)["']""")
_DECLARATION = 120  # bytes in which a declaration names its encoding
_ASCII = "".join(map(chr, range(32, 127)))
_SMALL = 64 * 1024  # bytes of parts that are worth keeping
_SMALL_PACKED = 8 * 1024  # the same, packed
_SHEETS = "/worksheets/"  # in the name of a part that is another in every copy
_REFERENCE = re.compile(REFERENCE_MARK.encode() + rb"\|[^<]*")
_ESCAPED = re.compile(r"_x(?![dD][89a-fA-F])([0-9a-fA-F]{4})_")
_REFERENCES = re.compile("&(?:(amp|lt|gt|quot|apos)|#([0-9]{1,7})|#x([0-9a-fA-F]{1,6}));")
_SPACE = re.compile(r"\r\n|[\r\n\t]")  # each is one space in the value of an attribute
_LETTERS = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_ATTRIBUTE = re.compile(rb"""([\w:]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")


class Package:
    """The parts of a workbook, by their names in lower case and with plain slashes."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self._kept: dict[str, bytes] = {}
        self.entries = {part_name(entry.filename): entry for entry in directory(content)}

    def __contains__(self, name: str) -> bool:
        return name in self.entries

    def read(self, name: str) -> bytes:
        """A part, unpacked; empty where there is none.

        Raises:
            FileRejected: it is damaged.
        """
        if (part := self._kept.get(name)) is None:
            part = self._read(name)
            if len(part) < _SMALL and _SHEETS not in name:  # those are read once, these again and again
                self._kept[name] = part
        return part

    def _read(self, name: str) -> bytes:
        entry = self.entries.get(name)
        if entry is None:
            return b""
        try:
            part, checksum = _unpacked(self.content, entry)
        except (struct.error, zlib.error) as error:
            raise FileRejected("file-damaged", f"its part {entry.filename[:60]} cannot be unpacked") from error
        if len(part) != entry.file_size or checksum != entry.CRC:
            raise FileRejected("file-damaged", f"its part {entry.filename[:60]} cannot be unpacked")
        return part

    @property
    def strings(self) -> str:
        """The part that holds the shared strings.

        Raises:
            FileRejected: the workbook names two; then nobody can tell what its cells say.
        """
        return self._only_one("/sharedStrings", STRINGS, "tables of texts, so it is not certain what its cells say")

    @property
    def styles(self) -> str:
        """The part that says how cells look.

        Raises:
            FileRejected: the workbook names two.
        """
        return self._only_one("/styles", STYLES, "lists of styles, so it is not certain how its cells look")

    @property
    def theme(self) -> str:
        """The part that holds the colours which styles count.

        Raises:
            FileRejected: the workbook names two.
        """
        return self._only_one("/theme", THEME, "lists of colours, so it is not certain how its cells look")

    def _only_one(self, kind: str, usual: str, many: str) -> str:
        """The part of a kind that the workbook names, else that in the usual place."""
        parts = [name for name in _parts_of_kind(self.read(_RELATIONS), kind) if name in self.entries]
        if len(parts) > 1:
            raise FileRejected("file-damaged", f"it has two {many}")
        return parts[0] if parts else usual

    def sheets(self) -> Iterator[str]:
        """The parts that hold sheets: those in the usual place, and those that the workbook names wherever they lie."""
        found = (*(name for name in self.entries if _USUAL_SHEET.fullmatch(name)), *self._targets().values())
        return (name for name in dict.fromkeys(found) if name in self.entries)

    def sheet_names(self) -> dict[str, str]:
        """The names of the sheets by their parts, in the order of the workbook, without sheets of other kinds."""
        return {part: name for name, part in self.listed_sheets()}

    def listed_sheets(self) -> tuple[tuple[str, str], ...]:
        """The name and part of each sheet, in the order of the workbook, without sheets of other kinds."""
        workbook, relations = _list_of_sheets(utf8(self.read(_WORKBOOK))), self.read(_RELATIONS)
        small = len(workbook) + len(relations) < _SMALL
        return (_listed_sheets if small else _listed_sheets.__wrapped__)(workbook, relations)

    def _targets(self) -> dict[str, str]:
        return _targets(self.read(_RELATIONS))


def _unpacked(content: bytes, entry: Entry) -> tuple[bytes, int]:
    """A part and its checksum; no more than it says it has and one byte, whatever is in it."""
    packed = packed_bytes(content, entry, entry.compress_size)
    if entry.compress_type == zipfile.ZIP_STORED:
        return packed, deflate.crc32(packed)
    is_shared = len(packed) < _SMALL_PACKED and entry.file_size < _SMALL and _SHEETS not in entry.filename
    return (_inflated if is_shared else _inflated.__wrapped__)(packed, entry.file_size + 1)


@lru_cache(maxsize=64)  # most parts beside sheets and texts are the same in all copies that one program saved
def _inflated(packed: bytes, most: int) -> tuple[bytes, int]:
    part = deflate.unpacked(packed, most)
    return part, deflate.crc32(part)


def _list_of_sheets(workbook: bytes) -> bytes:
    """The list alone, where it is written as usual: what stands round it is different in every copy."""
    begin, end = workbook.find(b"<sheets>"), workbook.find(b"</sheets>")
    return workbook[begin:end] if 0 <= begin < end else workbook


@lru_cache(maxsize=16)  # the same list and relations lie in all copies that one program saved
def _listed_sheets(workbook: bytes, relations: bytes) -> tuple[tuple[str, str], ...]:
    targets = _targets(relations)
    sheets = (_attributes(element) for element in _SHEET.findall(workbook))
    return tuple((each.get("name", ""), targets[each["id"]]) for each in sheets if each.get("id") in targets)


def _targets(relations: bytes, kind: str = "/worksheet") -> dict[str, str]:
    """The parts of one kind by the ids of their relations."""
    found = (_attributes(element) for element in _RELATION.findall(utf8(relations)))
    return {
        each["id"]: part_name(posixpath.join("/xl", each["target"].replace("\\", "/")))
        for each in found
        if each.get("type", "").endswith(kind) and {"id", "target"} <= each.keys()
    }


@lru_cache(maxsize=64)
def _parts_of_kind(relations: bytes, kind: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_targets(relations, kind).values()))


@lru_cache(maxsize=1024)  # the parts of most workbooks have the same names
def part_name(name: str) -> str:
    """A part's name as programs mean it, whatever its case and slashes."""
    return posixpath.normpath(name.replace("\\", "/")).lstrip("/").casefold()


def utf8(part: bytes) -> bytes:
    """A part of XML in UTF-8, whatever encoding it is in; the very same bytes where it is in UTF-8."""
    if part[:2] in _WIDE:
        return _DECLARED.sub(rb"\1", part.decode("utf-16", "replace").encode(), count=1)
    if part[:2] in _WIDE_WITHOUT_MARK:
        wide = part.decode("utf-16-le" if part[1] == 0 else "utf-16-be", "replace")
        return _DECLARED.sub(rb"\1", wide.encode(), count=1)
    begin = part[:_DECLARATION]
    if b"encoding" not in begin or b'"UTF-8"' in begin or not (declared := _DECLARED.match(begin)):
        return part
    encoding = declared[2].decode("ascii", "replace")
    if encoding.lower() == "utf-8":
        return part
    if _is_known(encoding):
        return _DECLARED.sub(rb"\1", part.decode(encoding, "replace").encode(), count=1)
    return _DECLARED.sub(rb"\1", part, count=1) if part.isascii() else part


@lru_cache(maxsize=16)
def _is_known(encoding: str) -> bool:
    """Whether Python knows an encoding in which XML can begin as it does in ASCII."""
    try:
        is_of_texts = "escape" not in codecs.lookup(encoding).name  # Python has some of its own for its programs
        return is_of_texts and _ASCII.encode().decode(encoding) == _ASCII
    except (LookupError, ValueError):  # one that is none, or no encoding of texts
        return False


def unescape_text(text: str) -> str:
    """A text of a cell as somebody typed it: a file holds some characters in the way of `_x000D_` (ST_Xstring).

    A half of a surrogate pair is left as it stands, as it is no character; python-calamine leaves it, too.
    """
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text


def reference_in(properties: bytes) -> str:
    """The reference that the properties of a document hold; empty where there is none."""
    found = _REFERENCE.search(properties)
    return plain_text(found[0].decode("utf-8", "replace")) if found else ""


def _attributes(element: bytes) -> dict[str, str]:
    """The attributes of an element, by their names without prefixes and in lower case."""
    return {
        name.decode("utf-8", "replace").rpartition(":")[2].lower(): plain_text(
            (one or other).decode("utf-8", "replace")
        )
        for name, one, other in _ATTRIBUTE.findall(element)
    }


def plain_text(value: str) -> str:
    """The text that some XML stands for. HTML knows more entities, and takes 128 to 159 for other letters."""
    return _REFERENCES.sub(_letter, value) if "&" in value else value


def _letter(found: re.Match[str]) -> str:
    name, decimal, hexadecimal = found.groups()
    if name:
        return _LETTERS[name]
    code = int(decimal) if decimal else int(hexadecimal, 16)
    return chr(code) if 0 < code <= sys.maxunicode and not 0xD800 <= code <= 0xDFFF else found[0]


def reason_of(error: BaseException) -> str:
    """What a library says of a damaged file, short enough for one line."""
    first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return f"the reader says “{first[:90]}”"
