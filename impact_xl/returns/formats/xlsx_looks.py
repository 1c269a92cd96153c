"""How the cells of an .xlsx workbook look: what their style numbers mean, runs of their texts, what is hidden.

A style number's look is what its own entry says, as Excel shows it: the flags `applyFont` and the like only tell what a
change of the named style may replace. All of it is told from the bytes of single parts, so it may be kept by them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TypeVar

from impact_xl.returns.file_type import MIB, FileRejected
from impact_xl.returns.formats.anchors import LOWEST, NARROWEST, SheetSizes
from impact_xl.returns.formats.grid import ACROSS, MOST_COLS, MOST_ROWS, PLAIN, Look, Place, Run
from impact_xl.returns.formats.package_reader import Package, unescape_text, utf8
from impact_xl.returns.formats.style_numbers import NUMBER_FORMATS, PALETTE, mixed, number_format, tinted
from impact_xl.returns.formats.xml_tree import MOST, Tree, is_true, number, tree_of
from impact_xl.xlsx.a1 import column_number

WORKBOOK, STRINGS = "xl/workbook.xml", "xl/sharedstrings.xml"
_THEME_ORDER = ("lt1", "dk1", "lt2", "dk2", *(f"accent{number}" for number in range(1, 7)), "hlink", "folHlink")
# What programs show where a workbook has no colours of its own: those of Office 2007.
_USUAL_COLOURS = (
    *("FFFFFF", "000000", "EEECE1", "1F497D", "4F81BD", "C0504D", "9BBB59", "8064A2", "4BACC6", "F79646"),
    *("0000FF", "800080"),
)
# How much of a cell a pattern covers (ECMA-376 18.18.55); of the others about half.
_COVERED = {"solid": 1.0, "darkGray": 0.75, "lightGray": 0.25, "gray125": 0.125, "gray0625": 0.0625}
_SMALL = 256 * 1024  # bytes of parts whose looks are kept
# Of a sheet's rows (bytes); a form's have 20,000. People give a look to whole columns, and the form's rows come first.
_MOST_READ = 8 * MIB
_MOST_PLACES = 50_000
_LETTER = 5.25  # points that a letter of the usual font takes

_RGB = re.compile(r"[0-9A-F]{6}")
_HEAD = re.compile(rb'<c r="([^<>]*)>')
_USUAL_HEAD = re.compile(rb'([A-Z]{1,3}[0-9]{1,7})"(?: s="([0-9]{1,6})")?(?: t="[A-Za-z]+")?(?: [cv]m="[0-9]+")*/?')
_ELEMENT = re.compile(rb"<(?:\w+:)?(row|c)(\s[^<>]*|/)?>")
_PLACE = re.compile(rb"""\sr\s*=\s*["']\s*([A-Za-z]{0,3})([0-9]{1,7})\s*["']""")
_STYLE = re.compile(rb"""\ss\s*=\s*["']\s*([0-9]{1,6})\s*["']""")
_HIDDEN = re.compile(rb"""\shidden\s*=\s*["']\s*(?:1|true|on)\s*["']""")
_HEIGHT = re.compile(rb"""\sht\s*=\s*["']\s*([0-9.]{1,24})\s*["']""")
_WIDTH = re.compile(rb"""\swidth\s*=\s*["']\s*([0-9.]{1,24})\s*["']""")
_ENDS = re.compile(rb"""\s(min|max)\s*=\s*["']\s*([0-9]{1,7})\s*["']""")
_ROW = re.compile(rb"<(?:\w+:)?row(?=[\s/>])[^<>]*>")
_USUAL_HEIGHT = re.compile(rb"""\sdefaultRowHeight\s*=\s*["']([0-9.]{1,24})["']""")
_USUAL_WIDTH = re.compile(rb"""\sdefaultColWidth\s*=\s*["']([0-9.]{1,24})["']""")
_LOW = re.compile(rb"""\sht\s*=\s*["']\s*(?:0*[0-5])?(?:\.[0-9]*)?\s*["']""")  # lower than `LOWEST`
_COLUMN = re.compile(rb"<(?:\w+:)?col\s[^<>]*>")
_PREFIX = re.compile(rb"<(/?)\w+:")
_RICH = re.compile(rb"<(?:\w+:)?r(?:\s[^<>]*)?>")
_STRINGS = re.compile(rb"<(?:\w+:)?si(?=[\s/>])")
_CELLS = re.compile(rb"<(?:\w+:)?c(?=[\s/>])")
_VALUE = re.compile(rb"<(?:\w+:)?v(?:\s[^<>]*)?>\s*([0-9]{1,9})\s*<")
_INLINE_STRING = re.compile(rb"<(?:\w+:)?is(?=[\s>])")
_END_OF_STRING = re.compile(rb"</(?:\w+:)?(?:si|is)\s*>")
_SHARED, _INLINE = re.compile(rb"""\st\s*=\s*["']s["']"""), re.compile(rb"""\st\s*=\s*["']inlineStr["']""")

Thing = TypeVar("Thing")


@dataclass(frozen=True, slots=True)
class Styles:
    """What style numbers mean in a workbook, and the colours that it counts."""

    looks: tuple[Look, ...] = ()
    theme: tuple[str, ...] = ()
    palette: tuple[str, ...] = PALETTE

    def runs(self, string: bytes, style: int) -> tuple[Run, ...]:
        """The runs of a text, where one of them looks otherwise than its cell.

        Args:
            string: the XML inside of `<si>` or `<is>`.
            style: the cell's style number.
        """
        root = tree_of(b"<si>" + _PREFIX.sub(rb"<\1", string) + b"</si>") if _RICH.search(string) else None
        if root is None:
            return ()
        base = self.looks[style] if 0 <= style < len(self.looks) else PLAIN
        runs = tuple(self._run(run, base) for run in root.iterfind("r"))
        return runs if any(run.look != base for run in runs) else ()

    def _run(self, run: Tree, base: Look) -> Run:
        text = unescape_text("".join(each.text or "" for each in run.iterfind("t")))
        font = run.find("rPr")
        if font is None:
            return Run(text, base)
        own = self.font(font)
        shown = replace(own, fill=base.fill, frame=base.frame, number_format=base.number_format)
        size, colour = own.size or base.size, own.colour or base.colour
        return Run(text, replace(shown, font=own.font or base.font, size=size, colour=colour))

    def font(self, font: Tree) -> Look:
        """How letters look: `<font>` of styles.xml, or `<rPr>` of a run."""
        name = font.find("name") if font.find("name") is not None else font.find("rFont")
        underline = font.find("u")
        return Look(
            font="" if name is None else name.get("val", ""),
            size=_decimal(size.get("val")) if (size := font.find("sz")) is not None else 0.0,
            bold=_is_on(font, "b"),
            italic=_is_on(font, "i"),
            underlined=underline is not None and underline.get("val", "single") != "none",
            struck=_is_on(font, "strike"),
            colour=self.colour(font.find("color")),
        )

    def colour(self, colour: Tree | None) -> str:
        """A colour as six digits; empty where the program chooses it, or where nobody can tell."""
        if colour is None or is_true(colour.get("auto")):
            return ""
        found = colour.get("rgb", "").strip().upper()[-6:]
        if not found:
            numbered, at = (self.theme, "theme") if colour.get("theme") else (self.palette, "indexed")
            place = number(colour.get(at), -1)
            found = numbered[place] if 0 <= place < len(numbered) else ""
        tint = _decimal(colour.get("tint"))
        if not _RGB.fullmatch(found):
            return ""
        return tinted(found, tint) if tint else found

    def frame(self, border: Tree) -> str:
        """The lines beside a cell and through it; those above and below are its neighbours' as well."""
        sides = (border.find(name) for name in ("left", "start", "right", "end"))
        lines = [self.colour(side.find("color")) or "000000" for side in sides if side is not None and _is_drawn(side)]
        crossed = is_true(border.get("diagonalUp")) or is_true(border.get("diagonalDown"))
        return " ".join([*lines, *([ACROSS] if crossed and _is_drawn(border.find("diagonal")) else [])])

    def fill(self, fill: Tree) -> str:
        """The colour of the ground; of a pattern or gradient, what it looks like from afar."""
        if stops := fill.findall("gradientFill/stop/color"):
            return self._gradient(stops)
        pattern = fill.find("patternFill")
        kind = "none" if pattern is None else pattern.get("patternType", "none")
        if pattern is None or kind == "none":
            return ""
        ink = self.colour(pattern.find("fgColor")) or "000000"
        ground = self.colour(pattern.find("bgColor")) or "FFFFFF"
        return mixed(ink, ground, _COVERED.get(kind, 0.5))

    def _gradient(self, stops: Sequence[Tree]) -> str:
        """All colours of a gradient in one: many begin or end in white."""
        whole = ""
        for at, colour in enumerate(filter(None, map(self.colour, stops)), 1):
            whole = mixed(colour, whole, 1 / at) if whole else colour
        return whole


@dataclass(frozen=True, slots=True)
class SheetLooks:
    """The style numbers of a sheet's cells, its rich texts by their cells (the XML of each), and what is hidden."""

    styles: Mapping[Place, int] = field(default_factory=dict)
    rich: Mapping[Place, bytes] = field(default_factory=dict)
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()


# -- styles.xml and the theme -----------------------------------------------------------------------


def styles_in(package: Package) -> Styles:
    """What the style numbers of a workbook mean; nothing where it has no styles.

    Raises:
        FileRejected: they are damaged or too large, so nobody can tell which mark is crossed out or cannot be seen.
    """
    return styles_of(package.read(package.styles), package.read(package.theme))


def styles_of(styles: bytes, theme: bytes) -> Styles:
    """The same from the two parts, remembered by their bytes."""
    small = len(styles) + len(theme) < _SMALL
    return (_styles if small else _styles.__wrapped__)(styles, theme)


@lru_cache(maxsize=32)  # the copies that one program saved have the same
def _styles(styles: bytes, theme: bytes) -> Styles:
    if not styles:
        return Styles()
    root = _whole(styles, "styles")
    own = tuple(each.get("rgb", "").upper()[-6:] for each in root.iterfind("colors/indexedColors/rgbColor"))
    book = Styles((), _theme(theme), (*own[:64], *PALETTE[len(own) :]))
    fonts = [book.font(each) for each in root.iterfind("fonts/font")]
    fills = [book.fill(each) for each in root.iterfind("fills/fill")]
    frames = [book.frame(each) for each in root.iterfind("borders/border")]
    codes = {number(each.get("numFmtId"), -1): each.get("formatCode", "") for each in root.iterfind("numFmts/numFmt")}
    named = root.findall("cellStyleXfs/xf")
    looks = []
    for own_xf in root.iterfind("cellXfs/xf"):
        style = _at(named, number(own_xf.get("xfId"), -1))
        xf = {**({} if style is None else style.attrib), **own_xf.attrib}
        code = number(xf.get("numFmtId"))
        looks.append(
            replace(
                _at(fonts, number(xf.get("fontId"))) or PLAIN,
                fill=_at(fills, number(xf.get("fillId"))) or "",
                frame=_at(frames, number(xf.get("borderId"))) or "",
                number_format=number_format(codes.get(code, NUMBER_FORMATS.get(code, ""))),
            )
        )
    return replace(book, looks=tuple(looks))


def _whole(part: bytes, what: str) -> Tree:
    """A part as a tree.

    Raises:
        FileRejected: it cannot be read.
    """
    if len(part) > MOST:
        raise FileRejected("file-too-big", f"the list of its {what} unpacks to {len(part) / MIB:,.0f} MB")
    root = tree_of(part)
    if root is None:
        raise FileRejected("file-damaged", f"the list of its {what} cannot be read")
    return root


def _theme(part: bytes) -> tuple[str, ...]:
    """The colours of a theme in the order in which styles count them."""
    scheme = _whole(part, "colours").find(".//clrScheme") if part else None
    if scheme is None:
        return _USUAL_COLOURS
    by_name = {each.tag: each[0] for each in scheme if len(each)}
    colours = (by_name.get(name) for name in _THEME_ORDER)
    return tuple("" if each is None else each.get("lastClr", each.get("val", "")).upper() for each in colours)


def _at(things: Sequence[Thing], place: int) -> Thing | None:
    return things[place] if 0 <= place < len(things) else None


def _is_on(font: Tree, name: str) -> bool:
    found = font.find(name)
    return found is not None and is_true(found.get("val", "1"))


def _is_drawn(line: Tree | None) -> bool:
    return line is not None and line.get("style", "none") != "none"


def _decimal(text: str | None) -> float:
    try:
        return float(text or 0)
    except ValueError:
        return 0.0


# -- sheets -----------------------------------------------------------------------------------------


def hidden_sheets(workbook: bytes) -> frozenset[str]:
    """The names of the sheets that nobody sees, from the part that lists them."""
    if b"hidden" not in workbook.lower():
        return frozenset()
    root = tree_of(workbook)
    sheets = () if root is None else root.iterfind("sheets/sheet")
    return frozenset(each.get("name", "") for each in sheets if "hidden" in each.get("state", "").lower())


def runs_of(sheet: SheetLooks, styles: Styles) -> dict[Place, tuple[Run, ...]]:
    """The runs of a sheet's cells, where one of them looks otherwise than its cell."""
    if not sheet.rich:
        return {}
    rich = {place: (string, sheet.styles.get(place, 0)) for place, string in sheet.rich.items()}
    runs = {each: styles.runs(*each) for each in set(rich.values())}
    return {place: runs[each] for place, each in rich.items() if runs[each]}


def rich_strings(package: Package) -> Mapping[int, bytes]:
    """The shared strings that have runs: the XML inside of each, by its number."""
    part = utf8(package.read(STRINGS))
    if not _RICH.search(part):
        return {}
    pieces = enumerate(_STRINGS.split(part)[1:])
    return {at: _inside(piece) for at, piece in pieces if _RICH.search(piece)}


def _inside(piece: bytes) -> bytes:
    """What stands between the head of a text's element, whose name is cut off, and its end."""
    body = piece.partition(b">")[2]
    end = _END_OF_STRING.search(body)
    return body[: end.start()] if end else b""


def sheet_looks(part: bytes, rich: Mapping[int, bytes]) -> SheetLooks:
    """What the XML of a sheet says of how it looks.

    Args:
        part: the XML.
        rich: the shared strings that have runs, by their numbers.
    """
    part = utf8(part)
    end = max(part.rfind(b"sheetData>"), 0)
    begin = max(part.find(b"sheetData"), 0)
    return SheetLooks(
        _cell_styles(part, begin, end),
        dict(_rich_cells(part[begin:end], rich)),
        frozenset(hidden_rows(part)),
        frozenset(hidden_columns(part[:begin])),
    )


class _Places(dict[bytes, Place]):
    """The place of each A1 reference; there are few of them in all copies."""

    def __missing__(self, reference: bytes) -> Place:
        letters = reference.rstrip(b"0123456789")
        place = int(reference[len(letters) :]) - 1, column_number(letters.decode())
        if len(self) < _MOST_PLACES:
            self[reference] = place
        return place


class _Heads(dict[bytes, tuple[Place, int] | None]):
    """The place and style number of each usual head of a cell, such as `B7" s="3" t="s"`; None for other heads."""

    def __missing__(self, head: bytes) -> tuple[Place, int] | None:
        found = _USUAL_HEAD.fullmatch(head)
        known = (_PLACES[found[1]], int(found[2] or 0)) if found else None
        if known and len(self) < _MOST_PLACES:
            self[head] = known
        return known


_PLACES, _HEADS = _Places(), _Heads()


def _cell_styles(part: bytes, begin: int, end: int) -> dict[Place, int]:
    """The style number of each cell within a form's box."""
    rows = part[begin : min(end, begin + _MOST_READ)]
    found = [_HEADS[head] for head in _HEAD.findall(rows)]
    if len(found) != rows.count(b"<c") or None in found or b":row" in rows:  # some are written otherwise
        return dict(_counted_styles(rows))
    return dict(each for each in found if each)


def _counted_styles(rows: bytes) -> Iterator[tuple[Place, int]]:
    """The same in unusual XML: prefixes, other quotes, cells whose places have to be counted."""
    row = col = -1
    for element in _ELEMENT.finditer(rows):
        attributes = element[2] or b""
        at, style = _PLACE.search(attributes), _STYLE.search(attributes)
        if element[1] == b"row":
            row, col = (int(at[2]) - 1 if at else row + 1), -1
            continue
        col = column_number(at[1].decode()) if at and at[1] else col + 1
        cell_row = int(at[2]) - 1 if at and at[1] else row
        if cell_row < MOST_ROWS and col < MOST_COLS:
            yield (cell_row, col), int(style[1]) if style else 0


def hidden_rows(part: bytes) -> Iterator[int]:
    """The rows that nobody sees, in the XML of a sheet or of a single row."""
    if b"hidden" not in part and not _LOW.search(part):
        return
    row = -1
    for found in _ROW.findall(part[:_MOST_READ]):
        at = _PLACE.search(found)
        row = int(at[2]) - 1 if at else row + 1
        if row < MOST_ROWS and (_HIDDEN.search(found) or _is_less(_HEIGHT.search(found), LOWEST)):
            yield row


def hidden_columns(head: bytes) -> Iterator[int]:
    """The columns that nobody sees, in what stands before the rows."""
    for element in _COLUMN.findall(head):
        if _HIDDEN.search(element) or _is_less(_WIDTH.search(element), NARROWEST / _LETTER):
            yield from _columns(element)


def _columns(element: bytes) -> range:
    """The columns, within a form's box, of which an element speaks."""
    ends = {name: int(value) for name, value in _ENDS.findall(element)}
    return range(ends.get(b"min", 1) - 1, min(ends.get(b"max", 0), MOST_COLS))


def _is_less(found: re.Match[bytes] | None, limit: float) -> bool:
    return found is not None and _decimal(found[1].decode()) < limit


def _rich_cells(rows: bytes, rich: Mapping[int, bytes]) -> Iterator[tuple[Place, bytes]]:
    """The cells whose text has runs, with its XML."""
    if not rich and not (b"inlineStr" in rows and _RICH.search(rows)):
        return
    for piece in _CELLS.split(rows[:_MOST_READ])[1:]:
        head, _, rest = piece.partition(b">")
        at = _PLACE.search(head)
        string = b""
        if _SHARED.search(head) and (value := _VALUE.search(rest)):
            string = rich.get(int(value[1]), b"")
        elif _INLINE.search(head) and (begin := _INLINE_STRING.search(rest)) and _RICH.search(rest):
            string = _inside(rest[begin.end() :])
        if string and at and at[1]:
            yield _PLACES[at[1].upper() + at[2]], string


def sizes_of(part: bytes) -> SheetSizes:
    """How high the rows and how wide the columns of a sheet are, as its XML has it."""
    part = utf8(part)
    head = part[: max(part.find(b"sheetData"), 0)]
    heights: dict[int, float | None] = {}
    row = -1
    for element in _ROW.findall(part[:_MOST_READ]):
        at = _PLACE.search(element)
        row = int(at[2]) - 1 if at else row + 1
        heights[row] = _size(element, _HEIGHT, 1.0)
    widths: dict[int, float | None] = {}
    for element in _COLUMN.findall(head):
        widths.update(dict.fromkeys(_columns(element), _size(element, _WIDTH, _LETTER)))
    return SheetSizes(
        {row: height for row, height in heights.items() if height is not None},
        {col: width for col, width in widths.items() if width is not None},
        _measure(head, _USUAL_HEIGHT, 1.0) or SheetSizes().usual_height,
        _measure(head, _USUAL_WIDTH, _LETTER) or SheetSizes().usual_width,
    )


def _size(element: bytes, what: re.Pattern[bytes], unit: float) -> float | None:
    """How high a row or wide a column is, in points: nothing where it is hidden; None where it does not say."""
    return 0.0 if _HIDDEN.search(element) else _measure(element, what, unit)


def _measure(element: bytes, what: re.Pattern[bytes], unit: float) -> float | None:
    found = what.search(element)
    return _decimal(found[1].decode()) * unit if found else None
