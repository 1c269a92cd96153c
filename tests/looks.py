"""A workbook in which every kind of look and addition stands once, for the tests of the readers."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable
from functools import cache

import xlsxwriter

TICK_FORMAT = '[=1]"☑";[=0]"☐";General'
# What each cell of column A holds, how it is formatted for xlsxwriter, and the facts of its look that this shows in.
CELLS = (
    ("plain", {}, {}),
    ("þ", {"font_name": "Wingdings"}, {"font": "Wingdings"}),
    ("x", {"font_strikeout": True}, {"struck": True}),
    ("bold", {"bold": True}, {"bold": True}),
    ("line", {"underline": 1}, {"underlined": True}),
    ("small slant", {"italic": True, "font_size": 8}, {"italic": True, "size": 8}),
    ("frame", {"border": 5}, {"frame": "000000 000000"}),
    ("frame", {"left": 1, "left_color": "#FF0000"}, {"frame": "FF0000"}),
    ("under", {"bottom": 1}, {}),
    ("cross", {"diag_type": 3, "diag_border": 1}, {"frame": "across"}),
    ("red", {"font_color": "#FF0000"}, {"colour": "FF0000"}),
    ("white", {"font_color": "#FFFFFF"}, {"colour": "FFFFFF"}),
    ("yellow", {"bg_color": "#FFFF00"}, {"fill": "FFFF00"}),
    (None, {"bg_color": "#92D050"}, {"fill": "92D050"}),
    (1, {"num_format": ";;;"}, {"number_format": ";;;"}),
    (True, {"num_format": TICK_FORMAT}, {"number_format": TICK_FORMAT}),
)
RICH, HIDDEN_ROW, LOW_ROW, HIDDEN_COLUMN = len(CELLS), len(CELLS) + 1, len(CELLS) + 2, 3
VML, SHEET = "xl/drawings/vmlDrawing1.vml", "xl/worksheets/sheet1.xml"
# Boxes as Excel 2007 keeps them: over B31, ticked; over B33, not ticked.
BOXES = (
    '<v:shape id="_x0000_s1099" type="#_x0000_t201" style="position:absolute;width:20pt;height:15pt">'
    '<x:ClientData ObjectType="Checkbox"><x:Anchor>1,2,30,2,2,2,31,0</x:Anchor><x:Checked>1</x:Checked>'
    '</x:ClientData></v:shape><v:shape id="_x0000_s1100" type="#_x0000_t201" style="width:20pt;height:15pt">'
    '<x:ClientData ObjectType="Radio"><x:Anchor>1,2,32,2,2,2,33,0</x:Anchor></x:ClientData></v:shape></xml>'
)


@cache
def workbook() -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet, other = book.add_worksheet("Looks"), book.add_worksheet("Out of sight")
        other.write(0, 0, "nobody sees this")
        other.hide()
        for row, (value, look, _) in enumerate(CELLS):
            sheet.write(row, 0, value, book.add_format(look) if look else None)
        struck, tick = book.add_format({"font_strikeout": True}), book.add_format({"font_name": "Wingdings"})
        sheet.write_rich_string(RICH, 0, "no ", struck, "yes", tick, "þ")
        sheet.set_row(HIDDEN_ROW, None, None, {"hidden": True})
        sheet.set_row(LOW_ROW, 4)
        sheet.set_column(HIDDEN_COLUMN, HIDDEN_COLUMN, 8, None, {"hidden": True})
        sheet.write_comment("B2", "Please read as Spreading", {"author": "Me"})
        sheet.insert_image("C17", "tick.png", {"image_data": io.BytesIO(_png()), "x_scale": 20, "y_scale": 15})
        sheet.insert_textbox("C20", "Look here", {"width": 60, "height": 18})
        sheet.insert_button("C25", {"caption": "Press", "width": 60, "height": 18})
        chart = book.add_chart({"type": "column"})
        chart.add_series({"values": "=Looks!$A$10:$A$10"})
        sheet.insert_chart("F2", chart)
    return changed(out.getvalue(), {VML: lambda vml: vml.replace(b"</xml>", BOXES.encode())})


def changed(content: bytes, parts: dict[str, bytes | Callable[[bytes], bytes]], *, without: str = "$^") -> bytes:
    """A workbook with some parts changed or added, and those left out whose names fit a pattern."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            if not re.search(without, entry.filename) and not isinstance(parts.get(entry.filename), bytes):
                change = parts.get(entry.filename, lambda part: part)
                new.writestr(entry, change(old.read(entry)))
        for name, part in parts.items():
            if isinstance(part, bytes):
                new.writestr(name, part)
    return out.getvalue()


def relations(*targets: tuple[str, str]) -> bytes:
    """A part of relations: the last word of each one's kind, and what it points to; ids count from rId1."""
    kinds = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
    inside = "".join(
        f'<Relationship Id="rId{at}" Type="{kinds}{kind}" Target="{target}"/>'
        for at, (kind, target) in enumerate(targets, 1)
    )
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    return f'<Relationships xmlns="{package}">{inside}</Relationships>'.encode()


def _png() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    pixel = chunk(b"IDAT", zlib.compress(b"\0\xff\0\0"))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + pixel + chunk(b"IEND", b"")
