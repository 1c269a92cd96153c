"""What the stored values of a workbook do not tell: its formulas, notes, drawings and properties.

Read from the parts of the package by what all programs write alike. What cannot be told is left out, never guessed.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from functools import cached_property
from html import unescape
from pathlib import Path
from typing import IO

from impact_xl.xlsx.a1 import column_number
from impact_xl.xlsx.zip_patch import AS_WRITTEN, fingerprint_of

Place = tuple[int, int]  # row and column, 0-based

# A cell's formula stands before its value, whatever program wrote it. As Excel and this program spell it, it is found
# four times faster, and then in this way alone where the beginnings of formulas are as many.
_PLAIN_FORMULA = re.compile(rb'<c r="([A-Z]{1,3})(\d{1,7})"([^<>]*)><f>[^<]*</f>(<v>[^<])?')
_FORMULA = re.compile(
    rb'<(?:\w+:)?c\b(?=[^>]*?\br="([A-Z]{1,3})(\d{1,7})")([^>]*)>\s*<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</[^>]*>)'
    rb"\s*(<(?:\w+:)?v\b[^>]*>[^<])?"
)
# A value that is the empty text has the type of a text; what was never calculated has no type.
_OF_TEXT = re.compile(rb'\bt="str"')
_NOTE = re.compile(r'<(?:\w+:)?(?:comment|threadedComment)\b[^>]*?\bref="([A-Z]{1,3}\d{1,7})"')
_ANCHOR = re.compile(r"<(?:\w+:)?(?:oneCell|twoCell|absolute)Anchor\b")
_ATTRIBUTE = re.compile(r'([\w:]+)\s*=\s*"([^"]*)"')
_PROPERTY = re.compile(r"<(?:\w+:)?property\b([^>]*)>(.*?)</(?:\w+:)?property>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")


# As Excel and this program spell a cell, and however it may be spelled.
_PLAIN_CELL_LOOK = rb'<c r="([A-Z]{1,3})(\d{1,7})"\s+(?:[\w:]+="[^"]*"\s+)*?s="(%s)"'
_CELL_LOOK = rb'<(?:\w+:)?c\b(?=[^>]*?\br="([A-Z]{1,3})(\d{1,7})")[^>]*?\bs="(%s)"'
_SOLID = re.compile(r'<(?:\w+:)?patternFill\b[^>]*patternType="solid"[^>]*>\s*<(?:\w+:)?fgColor\b([^>]*)')
_STRUCK = re.compile(r'<(?:\w+:)?strike\b(?![^>]*val="(?:0|false)")')
_LABEL = "MSIP_Label_"  # how the properties begin in which Office keeps a sensitivity label
_LABEL_PART = "docMetadata/LabelInfo.xml"  # where newer versions keep it
_LABEL_FACTS = {"enabled": "Enabled", "method": "Method", "siteId": "SiteId", "contentBits": "ContentBits"}
_ENCRYPTS = 8  # the bit of ContentBits that says so

_PIECE = 1 << 20  # bytes of a part that are looked at together
_ROW_ENDS = b"row>"


class Formulas:
    """The cells of a sheet that hold formulas; a byte a row, as there may be a million of them."""

    def __init__(self) -> None:
        self._columns: dict[int, bytearray] = {}
        self._uncalculated: set[Place] = set()

    def add(self, row: int, col: int, *, calculated: bool = True) -> None:
        """Note a cell, and whether a value is stored with its formula; an empty text is one."""
        if not calculated:
            self._uncalculated.add((row, col))
        marks = self._columns.setdefault(col, bytearray())
        if row >= len(marks):
            marks.extend(bytes(row + 1 - len(marks)))
        marks[row] = 1

    def __contains__(self, place: Place) -> bool:
        row, col = place
        return row < len(marks := self._columns.get(col, b"")) and bool(marks[row])

    def __bool__(self) -> bool:
        return bool(self._columns)

    def is_calculated(self, row: int, col: int) -> bool:
        """Whether the formula in a cell has a value."""
        return (row, col) not in self._uncalculated

    def rows(self, col: int) -> list[int]:
        """The rows in which a column holds formulas, from the top."""
        return [row for row, mark in enumerate(self._columns.get(col, b"")) if mark]

    def count(self, col: int) -> int:
        """How many formulas a column holds."""
        return sum(self._columns.get(col, b""))


class Parts:
    """The package of a workbook, opened for reading; nothing is known of one that is no such package."""

    def __init__(self, path: Path | IO[bytes]) -> None:
        self._zip: zipfile.ZipFile | None = None
        self._sheets: dict[str, str] = {}  # the part of each sheet, by the sheet's name
        self.properties: dict[str, str] = {}
        try:
            self._zip = zipfile.ZipFile(path)
        except (OSError, zipfile.BadZipFile):
            return
        targets = {each["Id"]: each["Target"] for each in self._elements("xl/_rels/workbook.xml.rels", "Relationship")}
        for sheet in self._elements("xl/workbook.xml", "sheet"):
            identity = next((value for name, value in sheet.items() if name.endswith(":id")), "")
            self._sheets[sheet["name"]] = _joined("xl", targets.get(identity, ""))
        for attributes, content in _PROPERTY.findall(self._text("docProps/custom.xml")):
            self.properties[_attributes(attributes).get("name", "")] = unescape(_TAG.sub("", content)).strip()

    @cached_property
    def is_as_written(self) -> bool:
        """Whether nothing was changed in it since this program wrote it, or only properties of the document."""
        if not self._zip or not (written := self.properties.get(AS_WRITTEN)):
            return False
        return written == fingerprint_of({each.filename: each.CRC for each in self._zip.infolist()})

    @property
    def sheet_names(self) -> set[str]:
        """Every sheet, of whatever kind."""
        return set(self._sheets)

    def size(self, sheet: str) -> int:
        """How many bytes the XML of a sheet has."""
        names = self._zip.NameToInfo if self._zip else {}
        return names[part].file_size if (part := self._sheets.get(sheet, "")) in names else 0

    def formulas(self, sheet: str) -> Formulas:
        """The cells of a sheet that hold formulas."""
        formulas, columns = Formulas(), _Columns()
        for piece in self.pieces(sheet):
            found = _PLAIN_FORMULA.findall(piece)
            if len(found) < piece.count(b"<f") or b":f" in piece:
                found = _FORMULA.findall(piece)
            for letters, row, attributes, value in found:
                calculated = bool(value) or _OF_TEXT.search(attributes) is not None
                formulas.add(int(row) - 1, columns[letters], calculated=calculated)
        return formulas

    def looks(self) -> list[tuple[str, bool]]:
        """For each format of cells its solid fill, as six digits or as Excel names it, and whether it strikes out."""
        styles = self._text("xl/styles.xml")
        struck = [_STRUCK.search(each) is not None for each in _children(styles, "fonts", "font")]
        fills = [_colour(each) for each in _children(styles, "fills", "fill")]
        looks = []
        for each in _children(styles, "cellXfs", "xf"):
            xf = _attributes(each.partition(">")[0])
            font, fill = int(xf.get("fontId", 0)), int(xf.get("fillId", 0))
            looks.append((fills[fill] if fill < len(fills) else "", font < len(struck) and struck[font]))
        return looks

    def painted(self, sheet: str) -> Iterator[tuple[Place, tuple[str, bool]]]:
        """The cells of a sheet that have a fill or are struck out, with both."""
        looks = self.looks()
        wanted = [str(number).encode() for number, look in enumerate(looks) if any(look)]
        if not wanted:
            return
        any_of, columns = b"|".join(wanted), _Columns()
        plain, pattern = re.compile(_PLAIN_CELL_LOOK % any_of), re.compile(_CELL_LOOK % any_of)
        for piece in self.pieces(sheet):
            is_plain = piece.count(b"<c") == piece.count(b'<c r="') and b":c" not in piece
            for letters, row, style in (plain if is_plain else pattern).findall(piece):
                yield (int(row) - 1, columns[letters]), looks[int(style)]

    @property
    def labels(self) -> dict[str, str]:
        """The properties of its sensitivity labels, wherever the program that saved it keeps them."""
        labels: dict[str, str] = {}
        for label in self._elements(_LABEL_PART, "label"):
            if label.get("enabled") == "1" and label.get("removed", "0") == "0" and "id" in label:
                name = f"{_LABEL}{label['id'].strip('{}')}_"
                facts = {**label, "enabled": "true", "siteId": label.get("siteId", "").strip("{}")}
                labels |= {f"{name}{_LABEL_FACTS[key]}": facts[key] for key in _LABEL_FACTS if facts.get(key)}
        return labels | {name: value for name, value in self.properties.items() if name.startswith(_LABEL)}

    @property
    def encrypts(self) -> bool:
        """Whether a sensitivity label of it encrypts what it is put on."""
        bits = (value for name, value in self.labels.items() if name.endswith("_ContentBits"))
        return any(value.isdecimal() and int(value) & _ENCRYPTS for value in bits)

    def notes(self, sheet: str) -> list[str]:
        """The cells of a sheet that notes or comments are attached to."""
        parts = [part for part in self._related(sheet) if "comments" in part.casefold()]
        return sorted({ref for part in parts for ref in _NOTE.findall(self._text(part))}, key=_place)

    def drawn(self, sheet: str) -> int:
        """How many pictures, shapes and charts stand on a sheet."""
        return sum(len(_ANCHOR.findall(self._text(part))) for part in self._related(sheet) if "/drawing" in part)

    def read(self, part: str) -> bytes:
        """A part; empty where there is none that can be read."""
        try:
            return self._zip.read(part) if self._zip and part else b""
        except (KeyError, OSError, zipfile.BadZipFile, NotImplementedError):
            return b""

    def pieces(self, sheet: str) -> Iterator[bytes]:
        """The XML of a sheet in pieces, each of whole rows: one of 10,000 teams is a third of a gigabyte."""
        part, rest = self._sheets.get(sheet, ""), b""
        try:
            with self._zip.open(part) if self._zip and part else io.BytesIO() as stream:
                while more := stream.read(_PIECE):
                    whole, end, rest = (rest + more).rpartition(_ROW_ENDS)
                    yield whole + end
                yield rest
        except (KeyError, OSError, zipfile.BadZipFile, NotImplementedError):
            return

    def _text(self, part: str) -> str:
        return self.read(part).decode("utf-8", "replace")

    def _elements(self, part: str, name: str) -> Iterator[dict[str, str]]:
        """The attributes of every element of a name."""
        for found in re.finditer(rf"<(?:\w+:)?{name}\b([^>]*)>", self._text(part)):
            yield _attributes(found[1])

    def _related(self, sheet: str) -> list[str]:
        """The parts that a sheet names."""
        folder, _, name = self._sheets.get(sheet, "").rpartition("/")
        found = self._elements(f"{folder}/_rels/{name}.rels", "Relationship")
        return [_joined(folder, each["Target"]) for each in found]


def _children(text: str, parent: str, name: str) -> list[str]:
    """The elements of a name within the first one of another."""
    whole = re.search(rf"<(?:\w+:)?{parent}\b.*?</(?:\w+:)?{parent}>", text, re.DOTALL)
    element = rf"<(?:\w+:)?{name}\b(?:[^>]*/>|.*?</(?:\w+:)?{name}>)"
    return re.findall(element, whole[0], re.DOTALL) if whole else []


def _colour(fill: str) -> str:
    """The colour of a solid fill; the theme's are named, as what matters is that there is one."""
    found = _SOLID.search(fill)
    if not found:
        return ""
    colour = _attributes(found[1])
    return colour["rgb"][-6:].upper() if "rgb" in colour else " ".join(f"{key} {colour[key]}" for key in sorted(colour))


def _attributes(text: str) -> dict[str, str]:
    return {name: unescape(value) for name, value in _ATTRIBUTE.findall(text)}


class _Columns(dict[bytes, int]):
    """The number of each column by its letters."""

    def __missing__(self, letters: bytes) -> int:
        self[letters] = column_number(letters.decode())
        return self[letters]


def _place(ref: str) -> Place:
    letters = ref.rstrip("0123456789")
    return int(ref[len(letters) :]) - 1, column_number(letters)


def _joined(folder: str, target: str) -> str:
    """The name of a part that another names from its folder."""
    if target.startswith("/"):
        return target[1:]
    parts = folder.split("/")
    for step in target.split("/"):
        if step == "..":
            parts = parts[:-1]
        else:
            parts.append(step)
    return "/".join(parts)
