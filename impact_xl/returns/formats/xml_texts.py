"""Texts as they stand in the XML of a workbook: shared strings, texts of cells, values.

What one of the libraries would read otherwise than the others is refused.
"""

from __future__ import annotations

import re
import sys

from impact_xl.returns.formats.package_reader import unescape_text

_TEXT = re.compile(rb'<t( xml:space="preserve")?(?:/>|>([^<]*)</t>)')
PIECES, END_OF_STRING = b"<r>", b"</si>"
_RUN = re.compile(rb'<r>(?:<rPr>(?:<[^<>&]*/>)*</rPr>|<rPr/>)?<t( xml:space="preserve")?(?:/>|>([^<]*)</t>)</r>')
_PHONETICS = re.compile(rb"(?:<rPh [^<>&]*><t[^<>&]*>[^<&]*</t></rPh>)*(?:<phoneticPr(?: [^<>&]*)?/>)?")
_UNKNOWN_ENTITY = re.compile("&(?!(?:amp|lt|gt|quot|apos|#[0-9]{1,7}|#x[0-9a-fA-F]{1,6});)")
_BY_NUMBER = re.compile("&#([0-9]+|x[0-9a-fA-F]+);")
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&"))  # the last one last
_ESCAPE = re.compile("_x[0-9a-fA-F]{4}_")
_SPACE = " \t\n\r"


class OtherwiseError(Exception):
    """Something is written otherwise than it usually is."""


def text_in(inside: bytes) -> str:
    """The text of a string or of a cell that holds its text."""
    if inside.startswith(b"<t>") and inside.find(b"<", 3) == len(inside) - 4 and inside.endswith(b"</t>"):
        return unescape_text(text_of_xml(inside[3:-4]).strip(_SPACE))  # as nearly all are
    if whole := _TEXT.match(inside):
        at, text = whole.end(), text_of_xml(whole[2] or b"")
        text = text if whole[1] else text.strip(_SPACE)
    else:
        pieces, at = [], 0
        while run := _RUN.match(inside, at):
            piece, at = text_of_xml(run[2] or b""), run.end()
            if not run[1] and piece != piece.strip(_SPACE):
                raise OtherwiseError  # the libraries disagree
            pieces.append(piece)
        text = "".join(pieces)
        if len(pieces) > 1 and _ESCAPE.search(text):
            raise OtherwiseError  # it may be cut by a run
    if not _PHONETICS.fullmatch(inside, at):
        raise OtherwiseError
    return unescape_text(text)


def text_of_xml(raw: bytes) -> str:
    """The text that a piece of XML stands for."""
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise OtherwiseError from error
    if "\r" in text:  # ends of lines as XML has them
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "&" not in text:
        return text
    if _UNKNOWN_ENTITY.search(text):
        raise OtherwiseError
    if "&#" in text:
        text = _BY_NUMBER.sub(_character, text)
    for entity, letter in _ENTITIES:
        text = text.replace(entity, letter)
    return text


def _character(match: re.Match[str]) -> str:
    number = match[1]
    code = int(number[1:], 16) if number[0] == "x" else int(number)
    if not 0 < code <= sys.maxunicode or 0xD800 <= code <= 0xDFFF or code == ord("&"):
        raise OtherwiseError
    return chr(code)
