"""AppleSingle: one file in which Macs keep a document with what belongs to it, as some mail programs send it."""

from __future__ import annotations

import struct

MAGIC = b"\x00\x05\x16\x00"  # RFC 1740; 0x00051607, AppleDouble, holds no document
_COUNT_AT, _ENTRY = 24, struct.Struct(">III")  # each entry: what it is, where it begins, how long it is
_DOCUMENT, _NAME = 1, 3


def file_in(content: bytes) -> tuple[str, bytes] | None:
    """The name and content of the document within; None where there is none."""
    if not content.startswith(MAGIC) or len(content) < _COUNT_AT + 2:
        return None
    (count,) = struct.unpack_from(">H", content, _COUNT_AT)
    found: dict[int, bytes] = {}
    for number in range(count):
        at = _COUNT_AT + 2 + number * _ENTRY.size
        if at + _ENTRY.size > len(content):
            break
        kind, begin, length = _ENTRY.unpack_from(content, at)
        if kind in (_DOCUMENT, _NAME):
            found[kind] = content[begin : begin + length]
    if not found.get(_DOCUMENT):
        return None
    return found.get(_NAME, b"").decode("utf-8", "replace"), found[_DOCUMENT]
