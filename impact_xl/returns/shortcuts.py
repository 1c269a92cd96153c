"""Shortcuts: small files that only say where another file lies. Whoever sends one sends no form."""

from __future__ import annotations

import json
import re

_LARGEST = 64 * 1024  # a shortcut is far smaller, its icon included
_INTERNET = re.compile(r"^\[(?:InternetShortcut|DEFAULT)\]", re.IGNORECASE | re.MULTILINE)
_DESKTOP = re.compile(r"^\[Desktop Entry\]", re.IGNORECASE | re.MULTILINE)
_URL_LINE = re.compile(r"^(?:BASE)?URL(?:\[[^\]]*\])?\s*=\s*(\S[^\r\n]*)", re.IGNORECASE | re.MULTILINE)
_EXEC_LINE = re.compile(r"^Exec=.*?(\w+://\S+)", re.IGNORECASE | re.MULTILINE)
_QUERY = re.compile(r"\AWEB\r?\n\d+\r?\n(\S+)", re.IGNORECASE)  # Excel's web query, .iqy
_REFRESH = re.compile(r"<meta[^>]*http-equiv\s*=\s*[\"']?refresh[^>]*?url\s*=\s*[\"']?([^\"'>\s]+)", re.IGNORECASE)
_SCRIPT = re.compile(
    r"(?:window|document|top|self)?\.?location(?:\.href)?\s*(?:=|\.(?:replace|assign)\()\s*[\"']([^\"']+)[\"']",
    re.IGNORECASE,
)
_CONNECTION = re.compile(r"<odc:(?:ConnectionString|SourceFile)[^>]*>([^<]+)<", re.IGNORECASE)
_POINTER = re.compile(r"\Aversion https://git-lfs\.github\.com/spec/")
_MAC_LINK = re.compile(r"\AXSym\n\d+\n[0-9a-f]{32}\n([^\n]+)")
_ONLY_AN_ADDRESS = re.compile(
    r"\A\s*<?((?:https?|file|ftp)://\S+?|\\\\[\w.$-]+\\[^\r\n\"<>|*?]+?)>?\s*\Z", re.IGNORECASE
)
_WINDOWS = b"\x4c\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0\0\0\0\x46"  # [MS-SHLLINK] 2.1
_ALIAS = b"book\0\0\0\0mark"
_NAME_IN_BYTES = re.compile(rb"\w[\w .,()&'-]{0,120}\.(?:xlsx|xlsm|xlsb|xls|ods)", re.IGNORECASE)
_PATH_IN_BYTES = re.compile(rb"(?:[A-Za-z]:\\|\\\\|https?://|/Users/|/Volumes/)[ -~]{3,250}")

_LONGEST_SHOWN = 400
_NOT_HERE = "the content of the file"
_NOWHERE = "the link cannot be read"


def place_in(content: bytes) -> str | None:
    """What a shortcut says, in words: where it leads; None where these bytes are no shortcut."""
    if len(content) > _LARGEST:
        return None
    place = _place_in(content)
    if place is None or not place.strip():
        return None if place is None else _NOWHERE
    plain = "".join(letter for letter in place.strip() if letter.isprintable())[:_LONGEST_SHOWN]
    return plain if place.startswith(_NOT_HERE) else f"it leads to {plain}"


def _place_in(content: bytes) -> str | None:
    if content.startswith((_WINDOWS, _ALIAS)):
        return _in_bytes(content)
    if content.startswith(b"bplist00"):
        return _in_property_list(content)
    text = _text(content)
    if "\0" in text:
        return None
    if text.lstrip().startswith(("<?xml", "<plist", "<!DOCTYPE plist")) and "<plist" in text[:500]:
        return _in_property_list(text.encode())
    if text.lstrip().startswith("{"):
        return _in_json(text)
    return _in_text(text)


def _in_text(text: str) -> str | None:
    if _INTERNET.search(text) or _DESKTOP.search(text):
        found = _URL_LINE.search(text) or _EXEC_LINE.search(text)
        return found[1].strip() if found else "" if _INTERNET.search(text) else None
    if _POINTER.match(text):
        return f"{_NOT_HERE} is kept by Git LFS, and was not downloaded"
    for pattern in (_QUERY, _MAC_LINK, _ONLY_AN_ADDRESS):
        if found := pattern.search(text):
            return found[1].strip()
    if "<html" in text.lower() or "<meta" in text.lower() or "<script" in text.lower():
        for pattern in (_REFRESH, _SCRIPT, _CONNECTION):
            if found := pattern.search(text):
                return found[1].strip()
    return None


def _text(content: bytes) -> str:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16", "replace")
    return content.decode("utf-8-sig", "replace")


def _in_property_list(content: bytes) -> str | None:
    """A link kept by macOS (.webloc), or what iCloud leaves in the place of a file that is not on the computer."""
    import plistlib  # lazy: hardly a return is one

    try:
        kept = plistlib.loads(content)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001  plistlib raises many unrelated types for what is broken
        return None
    if not isinstance(kept, dict):
        return None
    if isinstance(address := kept.get("URL"), str):
        return address
    if "NSURLNameKey" in kept:
        return f"{_NOT_HERE} is kept in iCloud, and was not downloaded"
    return None


def _in_json(text: str) -> str | None:
    """What Google Drive leaves on a computer for a document that is on the web alone (.gsheet, .gdoc)."""
    try:
        kept = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(kept, dict):
        return None
    if isinstance(address := kept.get("url"), str) and "://" in address:
        return address
    if isinstance(document := kept.get("doc_id"), str) and document:
        return f"https://drive.google.com/open?id={document}"  # right for each kind of document
    return None


def _in_bytes(content: bytes) -> str:
    """The longest path or address that stands in a shortcut of Windows or macOS, in either of its alphabets."""
    wide = content.decode("utf-16-le", "ignore").encode("ascii", "ignore")
    shifted = content[1:].decode("utf-16-le", "ignore").encode("ascii", "ignore")
    for pattern in (_PATH_IN_BYTES, _NAME_IN_BYTES):
        found: list[bytes] = [each for alphabet in (content, wide, shifted) for each in pattern.findall(alphabet)]
        if found:
            return max(found, key=len).decode("ascii").strip()
    return ""
