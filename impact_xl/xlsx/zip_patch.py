"""A workbook's package changed part by part: what is not changed keeps its compressed bytes.

A workbook is a zip of XML parts. Building one with all its styles and sheets takes a hundred times longer than putting
other texts into two of its parts. Only packages that were built here are changed here; nobody else's.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import struct
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

# Where a zip holds what is needed here: APPNOTE.TXT 4.3.7 (local header), 4.3.12 (directory), 4.3.16 (end).
_LOCAL_SIZE, _LOCAL_SUMS, _LOCAL_LENGTHS = 30, 14, 26
_RECORD_SIZE, _RECORD_METHOD, _RECORD_SUMS, _RECORD_LENGTHS, _RECORD_OFFSET = 46, 10, 16, 28, 42
_RECORD_SYSTEM, _UNIX = 5, 3  # 4.4.2: which system's attributes its files have
_END_SIZE, _END_COUNT, _END_DIRECTORY = 22, 10, 12
_SUMS, _OFFSET, _DIRECTORY = struct.Struct("<3L"), struct.Struct("<L"), struct.Struct("<2L")
_LEVEL = 6  # zlib's own default, and the one that xlsxwriter packs with

THREADS = sys.platform not in ("emscripten", "wasi")  # a browser's Python cannot start one

Chunks = Iterable[bytes]
AS_WRITTEN = "Seal"  # the document's property with `fingerprint_of` its parts


@dataclass(frozen=True, slots=True)
class _Entry:
    """One part as it stands in the zip."""

    head: bytes  # its local header with its name
    packed: bytes
    record: bytes  # its record in the directory

    def __post_init__(self) -> None:
        if self.record[_RECORD_METHOD] != zlib.DEFLATED:
            raise ValueError("a part of our own packages is not deflated")


class Package:
    """A workbook that was built here, ready to be given other parts any number of times."""

    def __init__(self, content: bytes) -> None:
        self._entries: dict[str, _Entry] = {}
        self._written: dict[str, int] = {}  # the checksums of parts that `with_parts` has written by now
        end = len(content) - _END_SIZE
        (count,) = struct.unpack_from("<H", content, end + _END_COUNT)
        _, at = _DIRECTORY.unpack_from(content, end + _END_DIRECTORY)
        self._end = content[end:]
        for _ in range(count):
            name, extra, comment = struct.unpack_from("<3H", content, at + _RECORD_LENGTHS)
            record = content[at : at + _RECORD_SIZE + name + extra + comment]
            at += len(record)
            _, packed, _ = _SUMS.unpack_from(record, _RECORD_SUMS)
            (begin,) = _OFFSET.unpack_from(record, _RECORD_OFFSET)
            start = begin + _LOCAL_SIZE + sum(struct.unpack_from("<2H", content, begin + _LOCAL_LENGTHS))
            self._entries[record[_RECORD_SIZE : _RECORD_SIZE + name].decode()] = _Entry(
                content[begin:start], content[start : start + packed], record
            )

    def names(self, folder: str) -> list[str]:
        """The names of the parts in a folder, in the order of the package."""
        return [name for name in self._entries if name.startswith(folder)]

    def part(self, name: str) -> bytes:
        """The content of a part.

        Raises:
            KeyError: there is none of this name.
        """
        return zlib.decompress(self._entries[name].packed, -zlib.MAX_WBITS)

    def fingerprint(self) -> str:
        """The fingerprint of the parts as they are, or as `with_parts` has written them by now."""
        checksums = {name: _SUMS.unpack_from(entry.record, _RECORD_SUMS)[0] for name, entry in self._entries.items()}
        return fingerprint_of(checksums | self._written)

    def with_parts(self, changed: Mapping[str, Callable[[], Chunks]], level: int = _LEVEL) -> bytes:
        """The package with other content in some parts; the same parts give the same bytes.

        Args:
            changed: for each part's name what gives its new content, asked in the order of the package, so that a
                later part may depend on what went into an earlier one.
            level: how hard zlib tries to make it small, 1 to 9.

        Raises:
            KeyError: a part is not in the package.
        """
        if unknown := changed.keys() - self._entries.keys():
            raise KeyError(*unknown)
        self._written.clear()
        out, directory = io.BytesIO(), []
        for name, entry in self._entries.items():
            record, begin = bytearray(entry.record), out.tell()
            _OFFSET.pack_into(record, _RECORD_OFFSET, begin)
            if name in changed:
                out.write(entry.head)
                sums = _deflated(changed[name](), out, level)
                self._written[name] = sums[0]
                _SUMS.pack_into(record, _RECORD_SUMS, *sums)
                after = out.tell()
                out.seek(begin + _LOCAL_SUMS)
                out.write(_SUMS.pack(*sums))
                out.seek(after)
            else:
                out.write(entry.head)
                out.write(entry.packed)
            directory.append(record)
        begin = out.tell()
        out.write(b"".join(directory))
        end = bytearray(self._end)
        _DIRECTORY.pack_into(end, _END_DIRECTORY, out.tell() - begin, begin)
        out.write(end)
        return out.getvalue()


def fingerprint_of(checksums: Mapping[str, int]) -> str:
    """Digits that tell whether a workbook's sheets, texts and looks are as they were written.

    Args:
        checksums: the CRC-32 of each part, by its name. The document's properties do not count: they hold the digits.
    """
    parts = sorted((name, checksum) for name, checksum in checksums.items() if name.startswith("xl/"))
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]


def alike_on_every_system(content: bytes) -> bytes:
    """A zip that does not say on which system it was made: Python notes at each part whether that was Windows."""
    made = bytearray(content)
    (count,) = struct.unpack_from("<H", made, len(made) - _END_SIZE + _END_COUNT)
    _, at = _DIRECTORY.unpack_from(made, len(made) - _END_SIZE + _END_DIRECTORY)
    for _ in range(count):
        made[at + _RECORD_SYSTEM] = _UNIX
        at += _RECORD_SIZE + sum(struct.unpack_from("<3H", made, at + _RECORD_LENGTHS))
    return bytes(made)


class _Packing:
    """A part while it is packed into a zip."""

    def __init__(self, out: io.BytesIO, level: int) -> None:
        self._out, self._begin = out, out.tell()
        self._packer = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
        self._crc = self._size = 0

    def take(self, chunk: bytes) -> None:
        """Pack the next piece."""
        self._crc, self._size = zlib.crc32(chunk, self._crc), self._size + len(chunk)
        self._out.write(self._packer.compress(chunk))

    def sums(self) -> tuple[int, int, int]:
        """End it; gives its checksum, its packed size and its size."""
        self._out.write(self._packer.flush())
        return self._crc, self._out.tell() - self._begin, self._size


def _deflated(chunks: Chunks, out: io.BytesIO, level: int) -> tuple[int, int, int]:
    """Pack content into a zip; while one chunk is packed, which needs no interpreter, the next is made."""
    packing, pieces = _Packing(out, level), iter(chunks)
    packing.take(next(pieces, b""))
    if not THREADS:
        for chunk in pieces:
            packing.take(chunk)
        return packing.sums()
    with contextlib.ExitStack() as stack:
        pool: ThreadPoolExecutor | None = None  # most parts are one chunk, which is not worth a thread
        busy: Future[None] | None = None
        for chunk in pieces:
            if busy:
                busy.result()
            if not pool:
                stack.enter_context(_short_turns())
                pool = stack.enter_context(ThreadPoolExecutor(1))
            busy = pool.submit(packing.take, chunk)
        if busy:
            busy.result()
    return packing.sums()


_TURN = 0.0002  # seconds


@contextlib.contextmanager
def _short_turns() -> Iterator[None]:
    """Let threads take turns quickly: a packer that waits its usual 5 ms for each turn would be waited for itself."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(_TURN)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)
