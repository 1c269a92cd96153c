"""How the cells of an .xls workbook look: its fonts, formats, colours and styles ([MS-XLS] 2.4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from impact_xl.files.xls_records import CONTINUE, RECORD, Strings, short, text_of
from impact_xl.returns.formats.anchors import LOWEST, NARROWEST
from impact_xl.returns.formats.grid import ACROSS, MOST_COLS, MOST_ROWS, PLAIN, Look, Place, Run
from impact_xl.returns.formats.style_numbers import NUMBER_FORMATS, PALETTE, mixed, number_format

_FONT, _FORMAT, _XF, _PALETTE, _STRINGS = 0x0031, 0x041E, 0x00E0, 0x0092, 0x00FC
_ROW, _COLUMNS, _BLANK, _BLANKS, _RKS, _SHARED = 0x0208, 0x007D, 0x0201, 0x00BE, 0x00BD, 0x00FD
# Cells that hold one value: their rows, columns and styles come first.
_CELLS = frozenset({_BLANK, _SHARED, 0x0006, 0x0203, 0x0204, 0x0205, 0x027E, 0x00D6})
_ITALIC, _STRUCK, _BOLD, _MISSING_FONT = 0x0002, 0x0008, 600, 4  # no font has the number 4
# How much of a cell a pattern covers ([MS-XLS] 2.5.119); of the others about half.
_COVERED = {1: 1.0, 3: 0.75, 4: 0.25, 17: 0.125, 18: 0.0625}
_TWIPS, _LETTER = 20, 5.25  # of the first in a point; points that a letter takes


@dataclass
class Styles:
    """The styles of a workbook, taken from the records that speak of all of it."""

    _fonts: list[bytes] = field(default_factory=list)
    _formats: dict[int, str] = field(default_factory=dict)
    _xfs: list[bytes] = field(default_factory=list)
    _palette: list[str] = field(default_factory=lambda: list(PALETTE))
    _strings: list[bytes] = field(default_factory=list)
    _last: int = 0

    def take(self, kind: int, data: bytes) -> None:
        """Take a record."""
        if kind == _FONT:
            self._fonts.append(data)
        elif kind == _XF:
            self._xfs.append(data)
        elif kind == _FORMAT and len(data) > 5:
            self._formats[short(data, 0)] = text_of(data, 5, short(data, 2), wide=bool(data[4] & 1))
        elif kind == _PALETTE:
            colours = (data[at : at + 3].hex().upper() for at in range(2, len(data) - 3, 4))
            self._palette[8:] = [*colours, *PALETTE][: len(PALETTE) - 8]
        elif kind == _STRINGS or (kind == CONTINUE and self._last == _STRINGS):
            self._strings.append(data)
        self._last = self._last if kind == CONTINUE else kind

    def looks(self) -> tuple[Look, ...]:
        """The look of each style number."""
        fonts = [self._font(data) for data in self._fonts]
        return tuple(self._look(data, fonts) for data in self._xfs)

    def runs(self) -> dict[int, list[tuple[str, Look | None]]]:
        """The shared strings that have runs: each run's text and font; None for the cell's own."""
        fonts = [self._font(data) for data in self._fonts]
        runs = {}
        for number, (text, begins) in Strings(self._strings).rich().items():
            ends = [begin for begin, _ in begins[1:]] + [len(text)]
            pieces: list[tuple[str, Look | None]] = [(text[: begins[0][0]], None)]
            for (begin, font), end in zip(begins, ends, strict=True):
                pieces.append((text[begin:end], _font_at(fonts, font)))
            runs[number] = [piece for piece in pieces if piece[0]]
        return runs

    def _font(self, data: bytes) -> Look:
        name = text_of(data, 16, data[14], wide=bool(data[15] & 1)) if len(data) > 16 else ""
        return Look(
            font=name,
            size=short(data, 0) / _TWIPS,
            bold=short(data, 6) >= _BOLD,
            italic=bool(short(data, 2) & _ITALIC),
            underlined=data[10:11] not in (b"", b"\0"),
            struck=bool(short(data, 2) & _STRUCK),
            colour=self._colour(short(data, 4)),
        )

    def _look(self, data: bytes, fonts: Sequence[Look]) -> Look:
        number = short(data, 2)
        code = self._formats.get(number, NUMBER_FORMATS.get(number, ""))
        pattern = int.from_bytes(data[14:18], "little") >> 26
        colours = short(data, 18)
        ink, ground = self._colour(colours & 0x7F) or "000000", self._colour(colours >> 7 & 0x7F) or "FFFFFF"
        return replace(
            _font_at(fonts, short(data, 0)),
            fill=mixed(ink, ground, _COVERED.get(pattern, 0.5)) if pattern else "",
            number_format=number_format(code),
            frame=self._frame(data),
        )

    def _frame(self, data: bytes) -> str:
        """The lines beside a cell and through it."""
        kinds, colours, more = short(data, 10), short(data, 12), int.from_bytes(data[14:18], "little")
        sides = ((kinds & 0xF, colours & 0x7F), (kinds >> 4 & 0xF, colours >> 7 & 0x7F))
        lines = [self._colour(colour) or "000000" for kind, colour in sides if kind]
        return " ".join([*lines, *([ACROSS] if colours >> 14 and more >> 21 & 0xF else [])])

    def _colour(self, number: int) -> str:
        return self._palette[number] if number < len(self._palette) else ""


def _font_at(fonts: Sequence[Look], number: int) -> Look:
    place = number - (number > _MISSING_FONT)
    return fonts[place] if place < len(fonts) else PLAIN


@dataclass
class SheetLooks:
    """How a sheet looks, taken from its records: the style numbers of its cells, and what is hidden."""

    styles: dict[Place, int] = field(default_factory=dict)
    strings: dict[Place, int] = field(default_factory=dict)  # the numbers of shared strings
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    heights: dict[int, float] = field(default_factory=dict)
    widths: dict[int, float] = field(default_factory=dict)

    def take(self, kind: int, data: bytes) -> None:
        """Take a record."""
        if len(data) < 6:  # shorter than any that is looked at
            return
        row, col = RECORD.unpack_from(data)
        if kind in _CELLS:
            self._add(row, col, short(data, 4))
            if kind == _SHARED:
                self.strings[row, col] = int.from_bytes(data[6:10], "little")
        elif kind == _BLANKS:
            for at in range(4, len(data) - 2, 2):
                self._add(row, col + (at - 4) // 2, short(data, at))
        elif kind == _RKS:
            for at in range(4, len(data) - 6, 6):
                self._add(row, col + (at - 4) // 6, short(data, at))
        elif kind == _ROW and len(data) >= 16:
            self._row(row, (short(data, 6) & 0x7FFF) / _TWIPS, hidden=bool(data[12] & 0x20))
        elif kind == _COLUMNS and len(data) >= 10:
            self._columns(range(row, min(col + 1, MOST_COLS)), short(data, 4) / 256 * _LETTER, hidden=bool(data[8] & 1))

    def _add(self, row: int, col: int, style: int) -> None:
        if row < MOST_ROWS and col < MOST_COLS:
            self.styles[row, col] = style

    def _row(self, row: int, height: float, *, hidden: bool) -> None:
        if row < MOST_ROWS:
            self.heights[row] = 0.0 if hidden else height
            if hidden or height < LOWEST:
                self.hidden_rows.add(row)

    def _columns(self, columns: range, width: float, *, hidden: bool) -> None:
        self.widths.update(dict.fromkeys(columns, 0.0 if hidden else width))
        if hidden or width < NARROWEST:
            self.hidden_columns.update(columns)


def runs_of(
    sheet: SheetLooks, looks: Sequence[Look], strings: Mapping[int, Sequence[tuple[str, Look | None]]]
) -> dict[Place, tuple[Run, ...]]:
    """The runs of a sheet's cells, where one of them looks otherwise than its cell."""
    known = dict[tuple[int, int], tuple[Run, ...]]()
    runs = {}
    for place, number in sheet.strings.items():
        if number in strings:
            style = sheet.styles.get(place, 0)
            if (number, style) not in known:
                known[number, style] = _runs(strings[number], looks[style] if style < len(looks) else PLAIN)
            runs[place] = known[number, style]
    return {place: found for place, found in runs.items() if found}


def _runs(pieces: Sequence[tuple[str, Look | None]], base: Look) -> tuple[Run, ...]:
    fonts = ((text, base if font is None else font) for text, font in pieces)
    runs = tuple(
        Run(text, replace(font, fill=base.fill, frame=base.frame, number_format=base.number_format))
        for text, font in fonts
    )
    return runs if any(run.look != base for run in runs) else ()
