"""A workbook whose XML is spelled oddly, in the spelling that every library reads alike.

A comment, an instruction, a marked section (CDATA) or a letter written as its number says nothing new in XML. But
python-calamine shows a value with one of them as empty, and texts under another part's name as somebody else's. Nobody
has to know which library stumbles over what: such a workbook is put into plain words first.
"""

from __future__ import annotations

import io
import re
import zipfile

from impact_xl.returns.formats.package_reader import STRINGS, Package, part_name, utf8

_SPOKEN_OTHERWISE = re.compile(rb"<!--(.*?)-->|<!\[CDATA\[(.*?)\]\]>|<\?(?!xml\s)(.*?)\?>", re.DOTALL)
_BEGINS_OTHERWISE = re.compile(rb"<!--|<!\[CDATA\[|<\?(?!xml\s)")
# Prefixes with other signs than letters, digits and `_`, which nobody here looks for.
_ODD_PREFIX = re.compile(rb"</?(?=[^\s<>/:!?]*[^\w\s<>/:!?][^\s<>/:]*:)([^\s<>/:!?]+):")
_TAG = re.compile(rb"<[^<>]*>")
_ENCODING = re.compile(rb"""(<\?xml[^>]*?)\s+encoding\s*=\s*(?:"[^"]*"|'[^']*')""")
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
_WHOLE = ("xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml", STRINGS)
_RELATIONS, _TYPES = "xl/_rels/workbook.xml.rels", "[content_types].xml"
_USUAL_STRINGS = "xl/sharedStrings.xml"
_TARGET = re.compile(rb"""(<(?:\w+:)?Relationship\s[^>]*?\bTarget\s*=\s*)(?:"[^"]*"|'[^']*')([^>]*>)""")
_OVERRIDE = re.compile(rb"""<(?:\w+:)?Override\s[^>]*?\bPartName\s*=\s*["']([^"']*)["'][^>]*>""")


def in_usual_xml(package: Package) -> Package:
    """The package as it is where its XML is as usual, else one that says the same in the usual way.

    Raises:
        FileRejected: a part is damaged, or there are two tables of texts.
    """
    changed: dict[str, bytes] = {}
    for name in (*_WHOLE, package.strings, *package.sheets()):
        part = package.read(name)
        if (usual := usual_xml(part)) is not part:
            changed[name] = usual
    if package.strings != STRINGS:
        changed |= _with_usual_strings(package, changed)
    return _rewritten(package, changed) if changed else package


def usual_xml(part: bytes) -> bytes:
    """XML without comments, instructions and marked sections; the very same bytes where it has none of it."""
    if not any(odd.search(part) for odd in _ODD) and part[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        return part
    plain = _ENCODING.sub(rb"\1", utf8(part)).lstrip(b"\xef\xbb\xbf")
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
        part = _TAG.sub(lambda tag, spelled=spelled, usual=usual: spelled.sub(usual, tag[0]), part)
    return part


def _escaped(text: bytes) -> bytes:
    return text.replace(b"&", b"&amp;").replace(b"<", b"&lt;").replace(b">", b"&gt;")


def _letter(number: re.Match[bytes]) -> bytes:
    """A letter that was written as its number; what XML would take for its own, or for white space, stays a number."""
    letter = chr(min(int(number[1]) if number[1] else int(number[2], 16), 0x10FFFF))
    return letter.encode() if letter.isprintable() and letter not in "&<>\"' " else number[0]


def _with_usual_strings(package: Package, changed: dict[str, bytes]) -> dict[str, bytes]:
    """The parts to change so that the table of texts has its usual name."""
    table = package.strings

    def renamed(relation: re.Match[bytes]) -> bytes:
        is_table = b"/sharedStrings" in relation[0]
        return relation[1] + b'"/' + _USUAL_STRINGS.encode() + b'"' + relation[2] if is_table else relation[0]

    def typed(override: re.Match[bytes]) -> bytes:
        name = part_name(override[1].decode("utf-8", "replace"))
        if name == table:
            return override[0].replace(override[1], f"/{_USUAL_STRINGS}".encode())
        return b"" if name == STRINGS else override[0]

    relations = changed.get(_RELATIONS) or package.read(_RELATIONS)
    return {
        STRINGS: changed.get(table) or package.read(table),
        _RELATIONS: _TARGET.sub(renamed, relations),
        _TYPES: _OVERRIDE.sub(typed, package.read(_TYPES)),
    }


def _rewritten(package: Package, changed: dict[str, bytes]) -> Package:
    out = io.BytesIO()
    names = {name: entry.filename for name, entry in package.entries.items()}
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as written:
        for name, filename in {STRINGS: _USUAL_STRINGS, **names}.items():
            if name in changed or name in names:
                written.writestr(filename, changed[name] if name in changed else package.read(name))
    return Package(out.getvalue())
