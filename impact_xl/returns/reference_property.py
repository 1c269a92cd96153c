"""What a file says it was made for, where no form in it can be read.

Every form carries its reference as a document property and at the foot of every sheet. A package that is cut short has
lost its directory, so its parts are looked for by their own headers. Whatever is wrong with a file, the worst that can
come of it is that nothing is known.
"""

from __future__ import annotations

import re
import struct
import zlib
from html import unescape

from impact_xl.form.layout import REFERENCE_MARK, Reference
from impact_xl.returns import deflate

_PARTS = (b"docProps/custom.xml", b"xl/sharedStrings.xml")
_HEADER = struct.Struct("<4s5H3L2H")  # APPNOTE.TXT 4.3.7, a local file header
_SIGNATURE = b"PK\x03\x04"
_MOST = 1 << 20  # bytes of a part that are looked at
_REFERENCE = re.compile(rf"{re.escape(REFERENCE_MARK)}\|[^<]*")


def reference_in(content: bytes) -> Reference:
    """The reference that stands in a workbook; an empty one where none can be seen, or several name several teams."""
    for part in _PARTS:
        found = [Reference.parse(unescape(text)) for text in _REFERENCE.findall(_text(content, part))]
        references = {each.team_id: each for each in found if each}
        if references:
            return references.popitem()[1] if len(references) == 1 else Reference()
    return Reference()


def _text(content: bytes, part: bytes) -> str:
    """As much of a part as is there; empty where there is nothing of it."""
    name = content.find(part, _HEADER.size)
    if name < 0:
        return ""
    signature, *fields = _HEADER.unpack_from(content, name - _HEADER.size)
    start = name + sum(fields[-2:])  # the lengths of its name, and of what is added to it
    if signature != _SIGNATURE:
        return ""
    try:
        unpacked = deflate.unpacked(content[start : start + _MOST], _MOST)
    except zlib.error:
        return ""
    return unpacked.decode("utf-8", "replace")
