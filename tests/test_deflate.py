"""What was packed is unpacked as zlib does it, whole or damaged, also where zlib-ng cannot be loaded."""

from __future__ import annotations

import subprocess
import sys
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impact_xl.returns import deflate

TEXT = b"".join(b'<c r="B%d" t="b"><v>%d</v></c>' % (row, row % 7 == 0) for row in range(3_000))


def packed(content: bytes, level: int = 6) -> bytes:
    packer = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(content) + packer.flush()


def by_zlib(content: bytes, most: int) -> bytes | None:
    try:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(content, most)
    except zlib.error:
        return None


def by_us(content: bytes, most: int) -> bytes | None:
    try:
        return deflate.unpacked(content, most)
    except zlib.error:
        return None


@pytest.mark.parametrize("level", range(10))
@pytest.mark.parametrize("most", [1, 100, len(TEXT), len(TEXT) + 1])
def test_whole(level: int, most: int):
    assert deflate.unpacked(packed(TEXT, level), most) == TEXT[:most]
    assert deflate.crc32(TEXT) == zlib.crc32(TEXT)


@given(
    st.integers(0, len(packed(TEXT))), st.lists(st.tuples(st.integers(0, len(packed(TEXT)) - 1), st.integers(0, 255)))
)
def test_cut_off_and_damaged(end: int, changes: list[tuple[int, int]]):
    """A bomb, too, gives no more than it may; and where one of the two libraries refuses, the other does."""
    content = bytearray(packed(TEXT))
    for at, byte in changes:
        content[at] = byte
    given = bytes(content[:end])
    theirs, ours = by_zlib(given, len(TEXT) + 1), by_us(given, len(TEXT) + 1)
    assert (ours is None) == (theirs is None)
    assert ours is None or len(ours) <= len(TEXT) + 1
    if not changes:
        assert ours == theirs


def test_without_zlib_ng():
    code = (
        "import sys, zlib; sys.modules['zlib_ng'] = None\n"
        "from impact_xl.returns import deflate\n"
        "assert deflate.crc32 is zlib.crc32\n"
        "assert deflate.unpacked(b'K\\x04\\x00', 9) == b'a'\n"
        "try: deflate.unpacked(b'\\xff\\xff', 9)\n"
        "except zlib.error: print('refused')\n"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "refused\n"
    )
