"""How the cells of an OpenDocument spreadsheet look: styles with their parents, and formats of numbers as codes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeGuard

from impact_xl.returns.formats.grid import ACROSS, PLAIN, Look

ODF = "urn:oasis:names:tc:opendocument:xmlns:"
STYLE, NUMBER, OFFICE, TABLE = (f"{ODF}{name}:1.0 " for name in ("style", "datastyle", "office", "table"))
_FO, _SVG = f"{ODF}xsl-fo-compatible:1.0 ", f"{ODF}svg-compatible:1.0 "
CELL, SPAN, PARAGRAPH, ROW, COLUMN, SHEET = "table-cell", "text", "paragraph", "table-row", "table-column", "table"
_MOST_PARENTS = 20
_BOLD = re.compile(r"bold|[6-9]00")
_NO_LINES = frozenset(("none", "hidden"))
_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")
_LENGTH = re.compile(r"(-?[0-9.]{1,12})(in|cm|mm|pt|pc|px)")
_POINTS = {"in": 72.0, "cm": 28.346, "mm": 2.8346, "pt": 1.0, "pc": 12.0, "px": 0.75}
_KINDS = frozenset(
    f"{NUMBER}{kind}-style" for kind in ("number", "currency", "percentage", "date", "time", "boolean", "text")
)
# What each element of a format shows, about as a code has it.
_SHOWN = {
    "number": "0", "scientific-number": "0E+00", "fraction": "# ?/?", "text-content": "@", "boolean": "General",
    "day": "d", "month": "m", "year": "yy", "hours": "h", "minutes": "mm", "seconds": "ss", "am-pm": " AM/PM",
    "currency-symbol": "¤", "day-of-week": "ddd", "era": "e", "quarter": "q", "week-of-year": "w",
}  # fmt: skip
_SIGNS = ("[>0]", "[<0]", "[=0]")  # the conditions of a code's first three sections, which stand in no code


@dataclass
class _Style:
    parent: str
    properties: dict[str, str] = field(default_factory=dict)


@dataclass
class _Format:
    shown: list[str] = field(default_factory=list)
    cases: list[tuple[str, str]] = field(default_factory=list)  # the condition, and the format that holds then


class Styles:
    """The styles of a document, taken from the elements of its parts as a parser meets them."""

    def __init__(self) -> None:
        self.looks: list[Look] = []
        self._styles: dict[tuple[str, str], _Style] = {}
        self._formats: dict[str, _Format] = {}
        self._fonts: dict[str, str] = {}
        self._numbers: dict[Look, int] = {}
        self._known: dict[str, int] = {}
        self._style = _Style("")
        self._format: _Format | None = None
        self._in_text = False

    # -- what the parser calls --

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """Take an element, which may be part of a style."""
        if self._format is not None:
            self._part_of_format(self._format, name, attributes)
        elif name in (f"{STYLE}style", f"{STYLE}default-style"):
            family, own = attributes.get(f"{STYLE}family", ""), attributes.get(f"{STYLE}name", "")
            self._style = _Style(attributes.get(f"{STYLE}parent-style-name", ""), dict(attributes))
            self._styles[family, own if name.endswith(" style") else ""] = self._style
        elif name == f"{STYLE}font-face":
            family = attributes.get(f"{_SVG}font-family", "")
            self._fonts[attributes.get(f"{STYLE}name", "")] = family.strip("'\"")
        elif name in _KINDS:
            self._format = self._formats[attributes.get(f"{STYLE}name", "")] = _Format()
        elif name.startswith(STYLE) and name.endswith("-properties"):
            font = attributes.get(f"{_FO}font-family")
            named = {f"{STYLE}font-name": font.strip("'\"")} if font else {}
            self._style.properties |= {**named, **attributes}

    def _part_of_format(self, form: _Format, name: str, attributes: Mapping[str, str]) -> None:
        part = name.removeprefix(NUMBER)
        self._in_text = part == "text"
        if name == f"{STYLE}map":
            condition = attributes.get(f"{STYLE}condition", "").replace("value()", "").replace("!=", "<>")
            form.cases.append((f"[{condition}]", attributes.get(f"{STYLE}apply-style-name", "")))
        elif part in _SHOWN:
            is_plain = set(attributes) <= {f"{NUMBER}min-integer-digits"}
            form.shown.append("General" if part == "number" and is_plain else _SHOWN[part])

    def text(self, text: str) -> None:
        """Take the text of an element; only formats have any."""
        if self._format is not None and self._in_text and text:
            self._format.shown.append(f'"{text}"')

    def end(self, name: str) -> None:
        """Take the end of an element."""
        self._in_text = False
        if name in _KINDS:
            self._format = None

    # -- what styles mean --

    def number(self, name: str) -> int:
        """The number of the look that a style of cells has."""
        if name not in self._known:
            look = self._look(self._properties(CELL, name), PLAIN)
            self._known[name] = self._numbers.setdefault(look, len(self.looks))
            if self._known[name] == len(self.looks):
                self.looks.append(look)
        return self._known[name]

    def over(self, look: Look, family: str, name: str) -> Look:
        """A look with what a style of texts or paragraphs changes in it."""
        return self._look(self._own(family, name), look)

    def points(self, family: str, name: str, what: str) -> float | None:
        """How high or wide a style makes a row or column; None where it does not say."""
        return points_of(self._properties(family, name).get(f"{STYLE}{what}"))

    def is_shown(self, sheet_style: str) -> bool:
        """Whether sheets of a style are shown."""
        return self._properties(SHEET, sheet_style).get(f"{TABLE}display", "true") != "false"

    def _own(self, family: str, name: str) -> dict[str, str]:
        """What a style and its parents say, without the default of all."""
        properties = dict[str, str]()
        for _ in range(_MOST_PARENTS):
            style = self._styles.get((family, name)) if name else None
            if style is None:
                break
            properties = style.properties | properties
            name = style.parent
        return properties

    def _properties(self, family: str, name: str) -> dict[str, str]:
        default = self._styles.get((family, ""))
        return (default.properties if default else {}) | self._own(family, name)

    def _look(self, properties: Mapping[str, str], base: Look) -> Look:
        font = properties.get(f"{STYLE}font-name")
        weight, underline = properties.get(f"{_FO}font-weight"), properties.get(f"{STYLE}text-underline-style")
        strike = properties.get(f"{STYLE}text-line-through-style", properties.get(f"{STYLE}text-line-through-type"))
        by_program = properties.get(f"{STYLE}use-window-font-color") == "true"
        slant, frame = properties.get(f"{_FO}font-style"), _frame(properties)
        ground, code = properties.get(f"{_FO}background-color"), properties.get(f"{STYLE}data-style-name")
        return Look(
            font=self._fonts.get(font, font) if font else base.font,
            size=points_of(properties.get(f"{_FO}font-size")) or base.size,
            bold=bool(_BOLD.match(weight)) if weight else base.bold,
            italic=slant in ("italic", "oblique") if slant else base.italic,
            underlined=underline != "none" if underline else base.underlined,
            struck=strike != "none" if strike else base.struck,
            colour="" if by_program else _colour(properties.get(f"{_FO}color"), base.colour),
            fill=_colour(ground, base.fill) if ground != "transparent" else "",
            number_format=self._code(code) if code else base.number_format,
            frame=base.frame if frame is None else frame,
        )

    def _code(self, name: str) -> str:
        """A format as a code of Excel's; empty for General."""
        form = self._formats.get(name)
        if form is None:
            return ""
        sections = [(condition, self._section(other)) for condition, other in form.cases]
        conditions = tuple(condition for condition, _ in sections)
        is_by_sign = conditions in (_SIGNS, ("[>=0]",), _SIGNS[:2])
        shown = [text if is_by_sign else f"{condition}{text}" for condition, text in sections]
        code = ";".join((*shown, self._section(name)))
        return "" if code == "General" else code or ";;;"

    def _section(self, name: str) -> str:
        form = self._formats.get(name)
        return "".join(form.shown) if form else "General"


def points_of(length: str | None) -> float | None:
    """A length such as `2.5cm` in points; None where it is none."""
    found = _LENGTH.fullmatch(length or "")
    try:
        return float(found[1]) * _POINTS[found[2]] if found else None
    except ValueError:
        return None


def _frame(properties: Mapping[str, str]) -> str | None:
    """The lines beside a cell and through it; None where its style says nothing of them."""
    around = properties.get(f"{_FO}border")
    sides = [properties.get(f"{_FO}border-{side}", around) for side in ("left", "right")]
    through = [properties.get(f"{STYLE}diagonal-{way}") for way in ("bl-tr", "tl-br")]
    if all(line is None for line in (*sides, *through)):
        return None
    lines = [_colour(line.split()[-1], "000000") for line in sides if _is_drawn(line)]
    return " ".join([*lines, *([ACROSS] if any(map(_is_drawn, through)) else [])])


def _is_drawn(line: str | None) -> TypeGuard[str]:
    """Whether a line is to be seen; Gnumeric writes `0.000cm none #c7c7c7` for one that is not."""
    return bool(line) and not _NO_LINES & set(str(line).split())


def _colour(text: str | None, otherwise: str) -> str:
    return text[1:].upper() if text and _COLOUR.fullmatch(text) else otherwise
