"""A workbook whose XML is spelled oddly, in the spelling that every library reads alike.

A comment, an instruction, a marked section (CDATA) or a letter written as its number says nothing new in XML. But
python-calamine shows a value with one of them as empty, and texts under another part's name as somebody else's. Nobody
has to know which library stumbles over what: such a workbook is put into plain words first.
"""

from __future__ import annotations

import io
import re
import zipfile
from functools import partial

from impact_xl.returns.formats.package_reader import STYLES, THEME, Package, part_name, utf8

_SPOKEN_OTHERWISE = re.compile(rb"<!--(.*?)-->|<!\[CDATA\[(.*?)\]\]>|<\?(?!xml\s)(.*?)\?>", re.DOTALL)
_BEGINS_OTHERWISE = re.compile(rb"<!--|<!\[CDATA\[|<\?(?!xml\s)")
# Prefixes with other signs than letters, digits and `_`, which nobody here looks for.
_ODD_PREFIX = re.compile(rb"</?(?=[^\s<>/:!?]*[^\w\s<>/:!?][^\s<>/:]*:)([^\s<>/:!?]+):")
_TAG = re.compile(rb"<[^<>]*>")
# A letter as its number within a value, or within the tag of a cell, row, column or merged range. Texts may have them;
# all read those.
_NUMBER_IN_VALUE = re.compile(
    rb"<(?:\w+:)?v(?:\s[^<>]*)?>[^<]*&#|<(?:\w+:)?(?:row|c|f|v|is|col|mergeCell|sheetFormatPr)\s[^<>]*&#"
)
_AROUND_ROWS = re.compile(rb"<(?:\w+:)?(?:col|mergeCell|sheetFormatPr)\s[^<>]*>")  # says where, and what is hidden
# Space round the number of a shared text, which is no part of it.
_SPACED_INDEX = re.compile(
    rb"""(\bt\s*=\s*["']s["'][^<>]*(?<!/)>\s*(?:<(?:\w+:)?f\b[^<>]*(?:/>|>[^<]*</(?:\w+:)?f\s*>)\s*)?"""
    rb"<(?:\w+:)?v(?:\s[^<>]*)?(?<!/)>)(?:\s+([^<]*)|([^<\s]+)\s+)(?=<)"
)
_ODD = (_BEGINS_OTHERWISE, _NUMBER_IN_VALUE, _SPACED_INDEX, _ODD_PREFIX)
_NUMBER = re.compile(rb"&#(?:([0-9]{1,7})|x([0-9A-Fa-f]{1,6}));")
_ROWS = re.compile(rb"<(?:\w+:)?sheetData[\s>].*</(?:\w+:)?sheetData\s*>", re.DOTALL)
_WORKBOOK, _RELATIONS, _TYPES = "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "[content_types].xml"
# What the libraries look for in its usual place alone, as they spell it, by the end of the relation's kind.
_USUAL_NAMES = {"sharedStrings": "xl/sharedStrings.xml", "styles": STYLES, "theme": THEME}
_KIND = re.compile(rb"""\bType\s*=\s*["'][^"']*/(\w+)["']""")
_TARGET = re.compile(rb"""(<(?:\w+:)?Relationship\s[^>]*?\bTarget\s*=\s*)(?:"[^"]*"|'[^']*')([^>]*>)""")
_OVERRIDE = re.compile(rb"""<(?:\w+:)?Override\s[^>]*?\bPartName\s*=\s*["']([^"']*)["'][^>]*>""")


def in_usual_xml(package: Package) -> Package:
    """The package as it is where its XML is as usual, else one that says the same in the usual way.

    Raises:
        FileRejected: a part is damaged, or there are two tables of texts, or of styles.
    """
    changed: dict[str, bytes] = {}
    named = {"sharedStrings": package.strings, "styles": package.styles, "theme": package.theme}
    for name in (_WORKBOOK, _RELATIONS, *named.values(), *package.sheets()):
        part = package.read(name)
        if (usual := usual_xml(part)) is not part:
            changed[name] = usual
    if moved := {kind: name for kind, name in named.items() if name != _USUAL_NAMES[kind].casefold()}:
        changed |= _in_usual_places(package, changed, moved)
    return _rewritten(package, changed) if changed else package


def usual_xml(part: bytes) -> bytes:
    """XML in UTF-8 without comments, instructions and marked sections; the very same bytes where it is so already."""
    plain = utf8(part)
    if plain is part and not any(odd.search(part) for odd in _ODD):
        return part
    plain = plain.lstrip(b"\xef\xbb\xbf")
    plain = _SPOKEN_OTHERWISE.sub(lambda found: _escaped(found[2] or b""), plain)
    plain = _with_usual_prefixes(plain)
    for piece in (_ROWS, _AROUND_ROWS):
        plain = piece.sub(lambda found: _NUMBER.sub(_letter, found[0]), plain)
    return _SPACED_INDEX.sub(lambda found: found[1] + (found[2] or found[3] or b"").strip(), plain)


def _with_usual_prefixes(part: bytes) -> bytes:
    for number, prefix in enumerate(sorted(set(_ODD_PREFIX.findall(part)))):
        name = re.escape(prefix)
        spelled = re.compile(rb"(?<=<)(/?)%b(?=:)|(\s)%b(?=:[^\s<>=]+\s*=)|(\sxmlns:)%b(?=\s*=)" % (name, name, name))
        usual = rb"\1\2\3odd%d" % number
        part = _TAG.sub(partial(_respelled, spelled, usual), part)
    return part


def _respelled(spelled: re.Pattern[bytes], usual: bytes, tag: re.Match[bytes]) -> bytes:
    return spelled.sub(usual, tag[0])


def _escaped(text: bytes) -> bytes:
    return text.replace(b"&", b"&amp;").replace(b"<", b"&lt;").replace(b">", b"&gt;")


def _letter(number: re.Match[bytes]) -> bytes:
    """A letter that was written as its number; what XML would take for its own, or for white space, stays a number."""
    letter = chr(min(int(number[1]) if number[1] else int(number[2], 16), 0x10FFFF))
    return letter.encode() if letter.isprintable() and letter not in "&<>\"' " else number[0]


def _in_usual_places(package: Package, changed: dict[str, bytes], moved: dict[str, str]) -> dict[str, bytes]:
    """The parts to change so that each kind of part has its usual name.

    Args:
        package: the workbook.
        changed: its parts that are already put into usual XML.
        moved: the names of the parts with other names, by the kinds of their relations.
    """
    usual = {name: _USUAL_NAMES[kind] for kind, name in moved.items()}
    replaced = {name.casefold() for name in usual.values()}

    def renamed(relation: re.Match[bytes]) -> bytes:
        kind = _KIND.search(relation[0])
        name = kind[1].decode() if kind else ""
        return b'%b"/%b"%b' % (relation[1], _USUAL_NAMES[name].encode(), relation[2]) if name in moved else relation[0]

    def typed(override: re.Match[bytes]) -> bytes:
        name = part_name(override[1].decode("utf-8", "replace"))
        if name in usual:
            return override[0].replace(override[1], f"/{usual[name]}".encode())
        return b"" if name in replaced else override[0]

    relations = changed.get(_RELATIONS) or package.read(_RELATIONS)
    return {
        **{new.casefold(): changed.get(name) or package.read(name) for name, new in usual.items()},
        _RELATIONS: _TARGET.sub(renamed, relations),
        _TYPES: _OVERRIDE.sub(typed, package.read(_TYPES)),
    }


def _rewritten(package: Package, changed: dict[str, bytes]) -> Package:
    out = io.BytesIO()
    names = {name: entry.filename for name, entry in package.entries.items()}
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as written:
        for name, filename in {**{usual.casefold(): usual for usual in _USUAL_NAMES.values()}, **names}.items():
            if name in changed or name in names:
                written.writestr(filename, changed[name] if name in changed else package.read(name))
    return Package(out.getvalue())
