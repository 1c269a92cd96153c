"""What lies on the sheets of an .xlsx workbook beside their cells: comments, pictures, drawn tickboxes, charts.

Parts are followed from their sheets. What programs add by themselves (empty drawings, comments that were all deleted)
is no content; what lies in a package and belongs to no sheet is told without one.
"""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import chain

from impact_xl.returns.formats.anchors import Anchor, SheetSizes
from impact_xl.returns.formats.grid import (
    CHART,
    COMMENT,
    CONTROL,
    DRAWING,
    EMBEDDED,
    INK,
    NOT_TICKED,
    OPTION,
    PICTURE,
    PICTURE_BEHIND,
    PICTURE_IN_HEADER,
    TEXT_BOX,
    TICKBOX,
    TICKED,
    Addition,
    Place,
)
from impact_xl.returns.formats.package_reader import Package, part_name, unescape_text, utf8
from impact_xl.returns.formats.xlsx_looks import sizes_of
from impact_xl.returns.formats.xml_tree import Tree, is_true, number, tree_of, trees_of
from impact_xl.xlsx.a1 import column_number

_STATES = {
    **dict.fromkeys(("1", "true", "-1", "checked"), TICKED),
    **dict.fromkeys(("0", "false", "unchecked"), NOT_TICKED),
}
_CONTROLS = {"checkbox": TICKBOX, "radio": OPTION}
_ACTIVE_X = {"8BD21D40-EC42-11CE-9E0D-00AA006002F3": TICKBOX, "8BD21D50-EC42-11CE-9E0D-00AA006002F3": OPTION}
_NO_CONTROLS = frozenset({"note", "pict", "movie", "rect", "rectangle", "shape", "group"})  # comments, header pictures
_IN_CELLS = re.compile(r"xl/(?:richdata/|cellimages)")
# Parts of which each holds something that somebody added; and what it is where no sheet says so.
_PARTS = (
    (re.compile(r"xl/(?:.*/)?comments?\d*\.(?:xml|bin)|xl/threadedcomments/"), COMMENT),
    (re.compile(r"xl/(?:ctrlprops|activex)/"), CONTROL),
    (re.compile(r"xl/ink/"), INK),
    (re.compile(r"xl/media/"), PICTURE),
    (re.compile(r"xl/drawings/[^/]*ml"), DRAWING),
    (re.compile(r"xl/charts/"), CHART),
    (re.compile(r"xl/embeddings/"), EMBEDDED),
    (_IN_CELLS, ""),  # the cells say whether these are used
)
_RELATIONS, _OF_THE_WHOLE = "xl/_rels/workbook.xml.rels", frozenset({"_rels/.rels", "xl/_rels/workbook.xml.rels"})
# How the kinds of relations end that lead from a sheet to these parts, and from a workbook to pictures in cells.
_KINDS = frozenset(
    {"comments", "threadedcomment", "vmldrawing", "drawing", "control", "ctrlprop", "oleobject", "package", "image"}
)
_KINDS_IN_CELLS = (b"rdRichValue", b"cellImage")
# What Google Sheets writes above each comment of a thread: a number, who wrote it, and when.
_SIGNED = re.compile(r"^(?:={6}|-{6})\nID#\S+\n[^\n]*\(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\)\n?", re.MULTILINE)
_CELL = re.compile(r"\$?([A-Za-z]{1,3})\$?(\d{1,7})")
_CELLS = re.compile(rb"<(?:\w+:)?c(?=\s)")
_REFERENCE = re.compile(rb"""\br\s*=\s*["']([A-Za-z]{1,3}\d{1,7})["']""")
_RICH_VALUE = re.compile(rb"""\bvm\s*=\s*["']""")
_OBJECT_TYPE = re.compile(r"""\s+ObjectType\s*=\s*["'](\w+)["']""")
_SHAPE_ID = re.compile(r"""_s(\d+)["']""")
_VML_ANCHOR = re.compile(r"<(?:\w+:)?Anchor>([^<]*)</")
_VML_CHECKED = re.compile(r"<(?:\w+:)?Checked>\s*(\d+)\s*</")
_ANCHORS = frozenset({"twoCellAnchor", "oneCellAnchor", "absoluteAnchor"})
Found = tuple[str, Addition]  # a control, with the number of its shape
_EMU, _PIXEL = 12_700, 0.75  # of the first in a point, and points of the second


def additions_in(package: Package) -> tuple[Mapping[str, tuple[Addition, ...]], tuple[str, ...]]:
    """What lies on each sheet, by the sheet's part; and in words what the package holds beside, on no sheet.

    Raises:
        FileRejected: a part is damaged.
    """
    parts = dict(_added_parts(package))
    if not parts and not _is_elsewhere(package):
        return {}, ()
    on_sheets, reached = {}, set[str]()
    for sheet in package.sheets():
        relations = _relations(package, sheet)
        on_sheets[sheet] = tuple(_on_sheet(package, sheet, relations))
        reached |= _reach(package, relations.values())
    has_pictures = any(each.what == PICTURE for found in on_sheets.values() for each in found)
    elsewhere = [
        each
        for name, what in parts.items()
        if name not in reached and not (has_pictures and what == PICTURE)
        for each in _on_no_sheet(package, name, what)
    ]
    return on_sheets, tuple(dict.fromkeys(each.described() for each in elsewhere))


def _added_parts(package: Package) -> Iterator[tuple[str, str]]:
    """The parts that hold something that somebody added, and what it is."""
    for name in package.entries:
        what = _kind_of_part(name)
        if what is not None and not (what == DRAWING and _is_empty(package.read(name))):
            yield name, what


@lru_cache(maxsize=1024)  # the parts of most workbooks have the same names
def _kind_of_part(name: str) -> str | None:
    """What a part holds that somebody added; None where it holds nothing of the kind."""
    kinds = [what for pattern, what in _PARTS if pattern.match(name)]
    return kinds[-1] if kinds else None


def _is_elsewhere(package: Package) -> bool:
    """Whether what somebody added may lie in parts of other names: what counts is the relation that leads to a part."""
    if _has_pictures_in_cells(package):
        return True
    lists = _lists_of_relations(tuple(package.entries))
    return any(target in package for name in lists for target in _unusual_targets(name, package.read(name)))


@lru_cache(maxsize=64)  # the parts of most workbooks have the same names
def _lists_of_relations(names: tuple[str, ...]) -> Sequence[str]:
    """The parts that say where the sheets of a workbook lead, and what these lead to."""
    return [name for name in names if name.endswith(".rels") and name not in _OF_THE_WHOLE]


def _has_pictures_in_cells(package: Package) -> bool:
    """Whether the workbook says that there are values which may be pictures."""
    relations = package.read(_RELATIONS)
    return any(kind in relations for kind in _KINDS_IN_CELLS)


@lru_cache(maxsize=256)  # Excel writes one for each sheet, as it keeps the settings of a printer
def _unusual_targets(name: str, relations: bytes) -> tuple[str, ...]:
    """Where a part's relations lead that are those of additions, and whose targets have other names than usual."""
    folder, of_part = posixpath.split(name)
    found = _listed(relations, posixpath.join(posixpath.dirname(folder), of_part))
    return tuple(target for (kind, _), target in found.items() if kind in _KINDS and _kind_of_part(target) is None)


@lru_cache(maxsize=16)  # Google puts one on every sheet
def _is_empty(drawing: bytes) -> bool:
    """Whether a drawing holds nothing."""
    root = tree_of(drawing)
    return root is not None and not len(root) and not (root.text or "").strip()


def _on_no_sheet(package: Package, name: str, what: str) -> Iterator[Addition]:
    """What a part holds that no sheet points to."""
    if name.endswith(".rels") or (name.endswith(".bin") and what == CONTROL):  # these only go with other parts
        return
    if what == COMMENT:
        yield from _comments(package, [name])
    elif name.endswith(".vml"):
        yield from (replace(each, place=None) for _, each in _vml_controls(package.read(name), SheetSizes()))
    elif what == DRAWING:
        yield from (replace(each, place=None) for each in _drawn(package.read(name), SheetSizes(), ()))
    elif what:
        yield Addition(what)


# -- how parts hang together ------------------------------------------------------------------------


def _relations(package: Package, part: str) -> dict[tuple[str, str], str]:
    """The parts that a part points to, by the last word of their kind and by their ids."""
    folder, name = posixpath.split(part)
    return _listed(package.read(f"{folder}/_rels/{name}.rels"), part)


def _listed(list_of_relations: bytes, part: str) -> dict[tuple[str, str], str]:
    """The same from the list itself."""
    folder = posixpath.dirname(part)
    root = tree_of(list_of_relations)
    relations = {}
    for each in () if root is None else root.iterfind("Relationship"):
        if each.get("TargetMode", "").lower() != "external":
            kind = each.get("Type", "").rpartition("/")[2].lower()
            target = posixpath.join("/", folder, each.get("Target", "").replace("\\", "/"))
            relations[kind, each.get("Id", "")] = part_name(target)
    return relations


def _reach(package: Package, parts: Iterable[str]) -> set[str]:
    """Those parts and every part that they point to, however far."""
    reached, waiting = set[str](), list(parts)
    while waiting:
        part = waiting.pop()
        if part not in reached and part in package:
            reached.add(part)
            waiting += _relations(package, part).values()
    return reached


def _of_kind(relations: Mapping[tuple[str, str], str], *kinds: str) -> list[str]:
    return [target for (kind, _), target in relations.items() if kind in kinds]


# -- one sheet --------------------------------------------------------------------------------------


def _on_sheet(package: Package, sheet: str, relations: Mapping[tuple[str, str], str]) -> Iterator[Addition]:
    yield from _comments(package, _of_kind(relations, "comments", "threadedcomment"))
    xml = utf8(package.read(sheet))
    if any(map(_IN_CELLS.match, package.entries)) or _has_pictures_in_cells(package):
        yield from _pictures_in_cells(xml, package)
    if not relations:
        return
    sizes = sizes_of(xml)
    shapes = list[tuple[str, Addition]]()
    for part in _of_kind(relations, "vmldrawing"):
        vml = package.read(part)
        shapes += _vml_controls(vml, sizes)
        if b"ClientData" not in vml and _of_kind(_relations(package, part), "image"):
            yield Addition(PICTURE_IN_HEADER)
    listed = [*_controls(xml, package, relations, sizes), *_embedded(xml, sizes)]
    yield from _each_once(shapes, listed)
    if not listed:  # a program left the list out
        yield from dict.fromkeys(Addition(EMBEDDED) for _ in _of_kind(relations, "oleobject", "package"))
    if not listed and not shapes:
        yield from dict.fromkeys(Addition(CONTROL) for _ in _of_kind(relations, "ctrlprop", "control"))
    numbers = {number for number, _ in listed}
    for part in _of_kind(relations, "drawing"):
        yield from _drawn(package.read(part), sizes, numbers)
    if _of_kind(relations, "image"):
        yield Addition(PICTURE_BEHIND)


def _comments(package: Package, parts: Iterable[str]) -> Iterator[Addition]:
    """The comments of a sheet; where a thread stands over a cell, what Excel writes for older programs is left out."""
    threads, notes = defaultdict[Place | None, list[str]](list), dict[Place | None, str]()
    for part in parts:
        root = tree_of(package.read(part))
        if root is None:  # damaged, or binary
            notes |= {None: ""} if package.read(part) else {}
            continue
        for each in root.iterfind("threadedComment"):
            threads[_place(each.get("ref"))].append(_string(each))
        authors = [each.text or "" for each in root.iterfind("authors/author")]
        for each in root.iterfind("commentList/comment"):
            author = number(each.get("authorId"), -1)
            text = _string(each).removeprefix(f"{authors[author]}:" if 0 <= author < len(authors) else "").strip()
            place = _place(each.get("ref"))
            notes[place] = _SIGNED.sub("", text).strip()
    for place, texts in threads.items():
        yield Addition(COMMENT, place, "\n".join(filter(None, texts)))
    for place, text in notes.items():
        if place not in threads:
            yield Addition(COMMENT, place, text)


def _string(element: Tree) -> str:
    """The text of a comment, with or without runs."""
    text = element.find("text")
    if text is None:
        return ""
    pieces = chain(text.iterfind("t"), text.iterfind("r/t")) if len(text) else (text,)
    return unescape_text("".join(each.text or "" for each in pieces)).strip()


def _place(reference: str | None) -> Place | None:
    found = _CELL.match(reference or "")
    return (max(int(found[2]) - 1, 0), column_number(found[1])) if found else None


def _pictures_in_cells(xml: bytes, package: Package) -> Iterator[Addition]:
    """Pictures that Excel or WPS has put into cells."""
    structures = package.read("xl/richdata/rdrichvaluestructure.xml").lower()
    may_be = not structures or b"image" in structures  # else they are stocks, places or kinds of errors
    for piece in _CELLS.split(xml)[1:]:
        head, _, rest = piece.partition(b">")
        if (may_be and _RICH_VALUE.search(head) and b"#VALUE!" in rest) or b"DISPIMG(" in rest:
            reference = _REFERENCE.search(head)
            yield Addition(PICTURE, _place(reference[1].decode()) if reference else None)


# -- controls and embedded files --------------------------------------------------------------------


def _each_once(shapes: Iterable[Found], listed: Iterable[Found]) -> Iterator[Addition]:
    """The controls of a sheet, which are kept for old programs (as shapes) and for new ones (in a list).

    The list knows best what is ticked. Some programs put no numbers on the shapes, or no places into the list.
    """
    left = list(listed)
    for id, shape in shapes:
        same = [each for each in left if each[0] == id] or [each for each in left if each[1].what == shape.what]
        if not same:
            yield shape
            continue
        left.remove(same[0])
        found = same[0][1]
        yield replace(found, place=found.place or shape.place, text=found.text or shape.text)
    yield from (found for _, found in left)


def _vml_controls(vml: bytes, sizes: SheetSizes) -> Iterator[Found]:
    """The controls that a drawing of the old kind holds, by the numbers of their shapes; it need not be sound XML."""
    before, *pieces = re.split(r"<(?:\w+:)?ClientData(?=\s)", utf8(vml).decode("utf-8", "replace"))
    for at, piece in enumerate(pieces):
        kind = _OBJECT_TYPE.match(piece)
        ids = _SHAPE_ID.findall(before)
        before = piece
        if not kind or kind[1].lower() in _NO_CONTROLS:
            continue
        what = _CONTROLS.get(kind[1].lower(), CONTROL)
        anchor = _VML_ANCHOR.search(piece)
        place = sizes.place(_vml_anchor(anchor[1])) if anchor else None
        checked = _VML_CHECKED.search(piece)
        state = "" if what == CONTROL else _STATES.get(checked[1] if checked else "0", "")
        yield (ids[-1] if ids else f"without a number {at}"), Addition(what, place, state)


def _vml_anchor(text: str) -> Anchor:
    left, dx, top, dy, right, dx_last, bottom, dy_last = (
        max(number(each), 0) for each in (text.split(",") + [""] * 8)[:8]
    )
    return Anchor((top, left), (bottom, right), (dy * _PIXEL, dx * _PIXEL), (dy_last * _PIXEL, dx_last * _PIXEL))


def _controls(
    xml: bytes, package: Package, relations: Mapping[tuple[str, str], str], sizes: SheetSizes
) -> Iterator[Found]:
    """The controls that a sheet's XML lists, by the numbers of their shapes: form controls and ActiveX."""
    by_id = {id: part for (_, id), part in relations.items()}
    for tree in trees_of(xml, b"controls"):
        for control in tree.iter("control"):
            properties = tree_of(package.read(by_id.get(control.get("id", ""), "")))
            what, state = (CONTROL, "") if properties is None else _control(properties)
            yield control.get("shapeId", ""), Addition(what, _place_under(control, sizes), state)


def _control(properties: Tree) -> tuple[str, str]:
    """What a control is, and whether it is ticked, by its own part."""
    what = _CONTROLS.get(properties.get("objectType", "").lower(), CONTROL)
    if what != CONTROL:
        return what, _STATES.get(properties.get("checked", "unchecked").lower(), "")
    what = _ACTIVE_X.get(properties.get("classid", "").strip("{}").upper(), CONTROL)
    values = [each.get("value", "") for each in properties.iter("ocxPr") if each.get("name", "").lower() == "value"]
    return what, _STATES.get(values[0].strip().lower(), "") if what != CONTROL and values else ""


def _embedded(xml: bytes, sizes: SheetSizes) -> Iterator[Found]:
    for tree in trees_of(xml, b"oleObjects"):
        for each in tree.iter("oleObject"):
            yield each.get("shapeId", ""), Addition(EMBEDDED, _place_under(each, sizes))


# -- drawings ---------------------------------------------------------------------------------------


def _drawn(drawing: bytes, sizes: SheetSizes, controls: Collection[str]) -> Iterator[Addition]:
    """The pictures, shapes, charts and strokes of a drawing; controls (their numbers) are only shadows in it."""
    root = tree_of(drawing)
    if root is None:
        if drawing.strip():
            yield Addition(DRAWING)
        return
    for anchor in root.iter():
        if anchor.tag in _ANCHORS and not _is_shadow(anchor, controls):
            yield Addition(_kind_of(anchor), _place_under(anchor, sizes), _text_in(anchor))


def _is_shadow(anchor: Tree, controls: Collection[str]) -> bool:
    """Whether nobody sees a shape: it stands for a control, is hidden, or has no size."""
    properties = anchor.find(".//cNvPr")
    if properties is not None and (is_true(properties.get("hidden")) or properties.get("id") in controls):
        return True
    return anchor.find(".//compatExt") is not None or _has_no_size(anchor)


def _has_no_size(frame: Tree) -> bool:
    first, last = frame.find(".//from"), frame.find(".//to")
    return first is not None and last is not None and _corner(first) == _corner(last)


def _kind_of(anchor: Tree) -> str:
    if anchor.find(".//contentPart") is not None:
        return INK
    if anchor.find(".//sp") is None and anchor.find(".//pic") is not None:
        return PICTURE
    if any("chart" in each.get("uri", "") for each in anchor.iter("graphicData")):
        return CHART
    return TEXT_BOX if any(is_true(each.get("txBox")) for each in anchor.iter("cNvSpPr")) else DRAWING


def _text_in(anchor: Tree) -> str:
    paragraphs = ("".join(each.text or "" for each in p.iter("t")) for p in anchor.iter("p"))
    return "\n".join(filter(None, map(str.strip, paragraphs)))


def _place_under(frame: Tree, sizes: SheetSizes) -> Place | None:
    """The cell under a frame: that of an anchor or of the `<anchor>` in a control."""
    if _has_no_size(frame):
        return None
    first, last = frame.find(".//from"), frame.find(".//to")
    size, position = frame.find("ext"), frame.find("pos")
    if first is not None:
        begin, offset = _corner(first)
    elif position is not None:
        begin, offset = (0, 0), (_points(position.get("y")), _points(position.get("x")))
    else:
        return None
    if last is not None:
        return sizes.place(Anchor(begin, _corner(last)[0], offset, _corner(last)[1]))
    down, right = (0.0, 0.0) if size is None else (_points(size.get("cy")), _points(size.get("cx")))
    return sizes.place(Anchor(begin, begin, offset, (offset[0] + down, offset[1] + right)))


def _corner(corner: Tree) -> tuple[Place, tuple[float, float]]:
    row, col, down, right = (corner.findtext(name) for name in ("row", "col", "rowOff", "colOff"))
    return (max(number(row), 0), max(number(col), 0)), (_points(down), _points(right))


def _points(emu: str | None) -> float:
    return number(emu) / _EMU
