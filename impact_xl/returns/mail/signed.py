"""Signed messages that hold their text within the signature (S/MIME, opaque): opened without any key.

Nothing is verified; a signature says who sent a form, and no answer is believed for that.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

# Object identifiers of RFC 5652: signed data, data, and what is compressed or encrypted.
_SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
_SEQUENCE, _SET, _OCTETS, _IDENTIFIER, _EXPLICIT = 0x30, 0x31, 0x04, 0x06, 0xA0
_CONSTRUCTED, _INDEFINITE = 0x20, 0x80
_PEM = re.compile(rb"-----BEGIN (?:PKCS ?#?7|CMS|SIGNED MESSAGE)-----(.*?)-----END", re.DOTALL | re.IGNORECASE)
# What a message begins with that was signed in clear text.
_MIME = re.compile(rb"\s*(?:mime-version|content-[a-z-]+):", re.IGNORECASE)
_MOST_NESTED = 40
_Element = tuple[int, int, int, int]  # tag, where its content begins and ends, where the next element begins


def is_signed(content: bytes) -> bool:
    """Whether these bytes are signed data, which may be opened."""
    return content[:1] == b"\x30" and _SIGNED_DATA in content[:40]


def from_pem(content: bytes) -> bytes:
    """The bytes between the lines that mark a signature in a text; nothing where there are none."""
    found = _PEM.search(content)
    try:
        return base64.b64decode(b"".join(found[1].split())) if found else b""
    except (binascii.Error, ValueError):
        return b""


def signed_content(content: bytes) -> bytes:
    """The message within signed data; nothing where it stands beside it, or the bytes are cut short.

    Source: RFC 5652, sections 3 and 5; lengths as X.690 has them, also those that are not told beforehand.
    """
    try:
        (outer, *_) = _elements(content, 0, len(content))
        kind, wrapped = list(_elements(content, outer[1], outer[2]))[:2]
        if content[kind[1] : kind[2]] != _SIGNED_DATA:
            return b""
        (data, *_) = _elements(content, wrapped[1], wrapped[2])
        inner = next(each for each in _elements(content, data[1], data[2]) if each[0] == _SEQUENCE)
        _, *rest = _elements(content, inner[1], inner[2])
        return _octets(content, rest[0], 0) if rest else b""
    except (ValueError, IndexError, StopIteration):
        return b""


def _octets(content: bytes, element: _Element, depth: int) -> bytes:
    """The octets of an element, put together where they were written in pieces."""
    tag, begin, end, _ = element
    if depth > _MOST_NESTED:
        raise ValueError("nested too deep")
    if tag & _CONSTRUCTED:
        return b"".join(_octets(content, each, depth + 1) for each in _elements(content, begin, end))
    return content[begin:end] if tag == _OCTETS else b""


def _elements(content: bytes, at: int, end: int) -> Iterator[_Element]:
    """The elements between two places."""
    while at < end:
        element = _element(content, at, 0)
        if element[0] == 0:
            return
        yield element
        at = element[3]


def _element(content: bytes, at: int, depth: int) -> _Element:
    tag, first = content[at], content[at + 1]
    begin = at + 2
    if depth > _MOST_NESTED:
        raise ValueError("nested too deep")
    if first == _INDEFINITE:
        following = begin
        while content[following : following + 2] != b"\0\0":
            following = _element(content, following, depth + 1)[3]
        return tag, begin, following, following + 2
    length = first
    if first > _INDEFINITE:
        size = first & 0x7F
        length, begin = int.from_bytes(content[begin : begin + size]), begin + size
    if begin + length > len(content):
        raise ValueError("cut short")
    return tag, begin, begin + length, begin + length


def unwrapped(content: bytes) -> bytes:
    """The message in what Outlook calls smime.p7m, in clear text or within a signature; nothing if it is encrypted."""
    if _MIME.match(content):
        return content
    return signed_content(from_pem(content) or content)
