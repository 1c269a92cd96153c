"""A workbook as text, sheet by sheet: each cell and how it looks, validations, conditions, tables, charts.

Made for reading differences: a golden file changes where, and only where, something that people see or use has changed.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree as ET

import openpyxl

_CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing}"


def dump(content: bytes) -> dict[str, str]:
    """Each sheet's text, by the sheet's name."""
    live, stored = (openpyxl.load_workbook(io.BytesIO(content), data_only=values) for values in (False, True))
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        return {
            sheet.title: "\n".join([*_set_up(sheet), *_charts(package, number), *_cells(sheet, stored[sheet.title])])
            + "\n"
            for number, sheet in enumerate(live, 1)
        }


def _set_up(sheet: Any) -> Iterator[str]:
    widths = (f"{name} {column.width:g}" for name, column in sheet.column_dimensions.items())
    yield f"columns: {', '.join(widths)}"
    page = sheet.page_setup
    yield (
        f"page: {page.orientation or 'portrait'}, paper {page.paperSize}, scale {page.scale}, "
        f"fit {page.fitToWidth}x{page.fitToHeight}, "
        f"rows {sheet.print_title_rows or '-'}, area {sheet.print_area or '-'}"
    )
    breaks = ", ".join(str(each.id) for each in sheet.row_breaks.brk)
    yield f"breaks: {breaks or '-'}; frozen: {sheet.freeze_panes or '-'}"
    yield f"footer: {sheet.oddFooter.left.text} / {sheet.oddFooter.center.text} / {sheet.oddFooter.right.text}"
    for table in sheet.tables.values():
        yield f"table {table.name}: {table.ref}, filter {table.autoFilter.ref if table.autoFilter else '-'}"
    for rule in sheet.data_validations.dataValidation:
        yield f"validation {rule.sqref}: {rule.type} {rule.formula1}; {rule.promptTitle or ''}: {rule.prompt or ''}"
    for place in sheet.conditional_formatting:
        for rule in place.rules:
            fill = rule.dxf.fill.bgColor.rgb if rule.dxf and rule.dxf.fill else "-"
            yield f"condition {place.sqref}: {rule.type} {rule.operator or ''} {' '.join(rule.formula)}: fill {fill}"


def _charts(package: zipfile.ZipFile, sheet: int) -> Iterator[str]:
    try:
        rels = package.read(f"xl/worksheets/_rels/sheet{sheet}.xml.rels").decode()
    except KeyError:
        return
    for drawing in re.findall(r"drawings/(drawing\d+)\.xml", rels):
        root = ET.fromstring(package.read(f"xl/drawings/{drawing}.xml"))
        texts = [each.get("descr") for each in root.iter(f"{_DRAWING}cNvPr")]
        links = package.read(f"xl/drawings/_rels/{drawing}.xml.rels").decode()
        for text, chart in zip(texts, re.findall(r"charts/(chart\d+)\.xml", links), strict=True):
            yield f"chart: {text}"
            plot = ET.fromstring(package.read(f"xl/charts/{chart}.xml"))
            for series in plot.iter(f"{_CHART}ser"):
                yield f"  series: {', '.join(part.text or '' for part in series.iter(f'{_CHART}f'))}"


def _cells(live: Any, stored: Any) -> Iterator[str]:
    for row in live.iter_rows():
        height = live.row_dimensions[row[0].row].height
        if any(cell.value is not None for cell in row):
            yield f"row {row[0].row}" + (f" ({height:g})" if height else "")
        for cell in row:
            if cell.value is None:
                continue
            shown = stored[cell.coordinate].value
            value = f"{cell.value}  ->  {shown!r}" if cell.data_type == "f" else repr(cell.value)
            link = f" -> {cell.hyperlink.location}" if cell.hyperlink else ""
            yield f"  {cell.coordinate} [{_look(cell)}] {value}{link}"


def _look(cell: Any) -> str:
    font, fill = cell.font, cell.fill.fgColor.rgb if cell.fill.fill_type else ""
    parts = (
        f"{font.sz:g}{'b' if font.b else ''}{'i' if font.i else ''}{'u' if font.u else ''}",
        str(font.color.rgb)[2:] if font.color and isinstance(font.color.rgb, str) else "",
        f"on {str(fill)[2:]}" if fill else "",
        cell.number_format if cell.number_format != "General" else "",
        cell.alignment.horizontal or "",
        "" if cell.protection.locked else "open",
    )
    return " ".join(part for part in parts if part)
