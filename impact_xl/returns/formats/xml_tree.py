"""Small parts of a package as trees without namespaces, as every program chooses its own prefixes."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from impact_xl.returns.file_type import MIB
from impact_xl.returns.formats.package_reader import utf8

Tree = ET.Element
_PREFIXES = re.compile(rb"(</?|\s)\w+:(?=\w+[\s=/>])")
MOST = 16 * MIB  # a form's styles have 8 kB, a public workbook's with ten thousand styles 5 MB


def tree_of(part: bytes) -> Tree | None:
    """A part of XML; None where it is damaged, or larger than what anybody needs.

    Of what is there once for new programs and once for old ones, only the new one is given.
    """
    if not part or len(part) > MOST or b"<!DOCTYPE" in part or b"<!ENTITY" in part:
        return None
    try:
        root = ET.fromstring(utf8(part))  # noqa: S314  without entities of its own there is nothing to unfold
    except (ET.ParseError, ValueError, LookupError):  # of an encoding that Python does not know
        return None
    for element in root.iter():
        element.tag = _local(element.tag)
        if any("}" in name for name in element.attrib):
            element.attrib = {_local(name): value for name, value in element.attrib.items()}
    for choice in root.iter("AlternateContent"):
        if choice.find("Choice") is not None:
            for fallback in choice.findall("Fallback"):
                choice.remove(fallback)
    return root


def trees_of(part: bytes, name: bytes) -> list[Tree]:
    """Every element of a name in a part that is too large to be read as a whole, as `tree_of` gives them."""
    opening, closing = (re.compile(rb"<%s(?:\w+:)?%s(?=[\s/>])" % (slash, name)) for slash in (b"", b"/"))
    found, at = [], 0
    while begin := opening.search(part, at):
        end = closing.search(part, begin.end())
        if not end:
            break
        at = end.end()
        tree = tree_of(_PREFIXES.sub(rb"\1", part[begin.start() : at]) + b">")
        found += [] if tree is None else [tree]
    return found


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def number(text: str | None, otherwise: int = 0) -> int:
    """A whole number of an attribute or element, below a thousand million."""
    text = (text or "").strip()
    return int(text) if text.removeprefix("-").isdecimal() and text.isascii() and len(text) < 10 else otherwise


def is_true(text: str | None) -> bool:
    """Whether an attribute says yes."""
    return (text or "").strip().lower() in ("1", "true", "on")
