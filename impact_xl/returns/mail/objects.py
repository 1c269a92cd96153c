"""Files inserted into a message or document as objects (OLE), and not attached."""

from __future__ import annotations

import io
import struct
from collections.abc import Mapping

_PACKAGE, _NATIVE, _CONTENTS = "package", "\x01ole10native", "contents"
_FLAGS, _LONGEST_NAME = 2, 1_024


def streams_of(content: bytes) -> dict[str, bytes]:
    """The streams at the top of an old container, by their names in lower case; none where it cannot be taken apart."""
    import olefile  # lazy: only objects need it here

    try:
        with olefile.OleFileIO(io.BytesIO(content)) as ole:
            return {path[0].lower(): ole.openstream(path).read() for path in ole.listdir() if len(path) == 1}
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001  olefile raises many unrelated types for what is broken
        return {}


def file_in(streams: Mapping[str, bytes]) -> tuple[str, bytes] | None:
    """The name and content of the file that an object holds: a workbook as a package, or any file behind its icon."""
    if content := streams.get(_PACKAGE) or streams.get(_CONTENTS):
        return "", content
    if native := streams.get(_NATIVE):
        return _from_native(native)
    return None


def _from_native(native: bytes) -> tuple[str, bytes]:
    """The file in a stream of the old packager: size, flags, label, its path twice, size, content.

    Source: [MS-OLEDS] 2.3.6, and what programs write there.
    """
    try:
        at = 4 + _FLAGS
        label, at = _text(native, at)
        _, at = _text(native, at)
        at += 4  # kinds of link
        length = struct.unpack_from("<I", native, at)[0]
        at += 4 + length
        size = struct.unpack_from("<I", native, at)[0]
        content = native[at + 4 : at + 4 + size]
    except (struct.error, ValueError):
        return "", _from_known_start(native)
    return label.replace("\\", "/").rpartition("/")[2], content or _from_known_start(native)


def _text(native: bytes, at: int) -> tuple[str, int]:
    end = native.index(b"\0", at, at + _LONGEST_NAME)
    return native[at:end].decode("cp1252", "replace"), end + 1


def _from_known_start(native: bytes) -> bytes:
    """The file from where it is seen to begin; all of it where it is not."""
    places = [place for start in (b"PK\3\4", b"\xd0\xcf\x11\xe0") if (place := native.find(start)) >= 0]
    return native[min(places) :] if places else native[4:]
