"""Calendar entries taken apart: what is attached to a meeting, and what its description says."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field

_LINE = re.compile(r"^([A-Za-z-]+)((?:;[^:;=]+=(?:\"[^\"]*\"|[^\":;]*))*):(.*)$", re.DOTALL)
_PARAMETER = re.compile(r";([^:;=]+)=(\"[^\"]*\"|[^\":;]*)")
_NAMES = ("X-FILENAME", "FILENAME", "X-APPLE-FILENAME", "X-ORACLE-FILENAME", "X-EVOLUTION-FILENAME", "X-LABEL")
_BASE64 = re.compile(r"[A-Za-z0-9+/]{400}")  # no address has so many letters and nothing else
_ESCAPED = re.compile(r"\\([nN,;\\])")


@dataclass
class Entry:
    """What a calendar file holds, of all its entries together."""

    summary: str = ""
    description: str = ""
    organizer: str = ""
    files: list[tuple[str, bytes]] = field(default_factory=list)
    links: list[str] = field(default_factory=list)


def is_calendar(content: bytes) -> bool:
    """Whether these bytes are a calendar file."""
    return content[:200].lstrip(b"\xef\xbb\xbf \r\n\t").upper().startswith(b"BEGIN:VCALENDAR")


def entry_in(content: bytes) -> Entry:
    """What a calendar file holds (RFC 5545); lines that cannot be told are passed over."""
    text = content.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n")
    entry = Entry()
    for line in re.sub(r"\n[ \t]", "", text).split("\n"):
        if not (found := _LINE.match(line)):
            continue
        name, value = found[1].upper(), found[3]
        parameters = {key.upper(): plain.strip('"') for key, plain in _PARAMETER.findall(found[2])}
        if name == "ATTACH":
            _attach(entry, value.strip(), parameters)
        elif name == "SUMMARY":
            entry.summary = entry.summary or _plain(value)
        elif name == "DESCRIPTION":
            entry.description = "\n".join(filter(None, (entry.description, _plain(value))))
        elif name == "ORGANIZER":
            entry.organizer = entry.organizer or re.sub(r"(?i)^mailto:", "", value).strip()
    return entry


def _attach(entry: Entry, value: str, parameters: dict[str, str]) -> None:
    name = next((parameters[key] for key in _NAMES if parameters.get(key)), "")
    announced = parameters.get("ENCODING", "").upper() == "BASE64" or parameters.get("VALUE", "").upper() == "BINARY"
    if announced or _BASE64.match(value):
        entry.files.append((name, _decoded(value)))
    elif value.lower().startswith("data:") and ";base64," in value[:200]:
        entry.files.append((name, _decoded(value.partition(",")[2])))
    elif value and not value.lower().startswith("cid:"):  # a part of the same message, which is looked at there
        entry.links.append(value)


def _decoded(value: str) -> bytes:
    letters = re.sub(r"[^A-Za-z0-9+/]", "", value)
    letters = letters[: len(letters) - (len(letters) % 4 == 1)]
    try:
        return base64.b64decode(letters + "=" * (-len(letters) % 4))
    except (binascii.Error, ValueError):
        return b""


def _plain(value: str) -> str:
    return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], value)
