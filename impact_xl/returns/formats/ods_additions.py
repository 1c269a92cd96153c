"""What lies on the sheets of an OpenDocument spreadsheet beside their cells: comments, shapes, pictures, controls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from impact_xl.returns.formats.anchors import Anchor, SheetSizes
from impact_xl.returns.formats.grid import (
    CHART,
    COMMENT,
    CONTROL,
    DRAWING,
    EMBEDDED,
    NOT_TICKED,
    OPTION,
    PICTURE,
    TEXT_BOX,
    TICKBOX,
    TICKED,
    Addition,
    Place,
)
from impact_xl.returns.formats.ods_looks import ODF, OFFICE, points_of

_TEXT, _SVG, _XLINK = f"{ODF}text:1.0 ", f"{ODF}svg-compatible:1.0 ", "http://www.w3.org/1999/xlink "
DRAW, FORM = f"{ODF}drawing:1.0 ", f"{ODF}form:1.0 "
ANNOTATION = f"{OFFICE}annotation"
_CREATOR = "http://purl.org/dc/elements/1.1/ creator"
_XML_ID = "http://www.w3.org/XML/1998/namespace id"
_WITHIN_FRAMES = {
    f"{DRAW}object": EMBEDDED,
    f"{DRAW}object-ole": EMBEDDED,
    f"{DRAW}plugin": EMBEDDED,
    f"{DRAW}image": PICTURE,
    f"{DRAW}text-box": TEXT_BOX,
}
_BOXES = {f"{FORM}checkbox": TICKBOX, f"{FORM}radio": OPTION}
_NO_CONTROLS = ("form", "properties", "property", "list-property", "list-value", "item", "option", "hidden")


def is_beside(name: str) -> bool:
    """Whether an element is no part of the cell or text it stands in."""
    return name == ANNOTATION or name.startswith(DRAW)


@dataclass
class Beside:
    """One such element, taken as a parser meets it, with everything inside."""

    name: str
    attributes: Mapping[str, str]
    place: Place | None  # the cell it stands in
    depth: int = 1
    what: str = ""
    href: str = ""
    _texts: list[str] = field(default_factory=list)
    _author: str = ""
    _names_author: bool = False
    _paragraph: int = 0  # the depth of the paragraph that is open

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """Take an element inside."""
        self.depth += 1
        self._names_author = name == _CREATOR
        if name in _WITHIN_FRAMES and not self.what:
            self.what = _WITHIN_FRAMES[name]
            self.href = attributes.get(f"{_XLINK}href", "")
        elif name in (f"{_TEXT}p", f"{_TEXT}h") and not self._paragraph:
            self._paragraph = self.depth
            self._texts.append("\n")
        elif self._paragraph and name == f"{_TEXT}s":
            self._texts.append(" ")

    def text(self, text: str) -> None:
        """Take text; only that of paragraphs can be seen."""
        if self._paragraph:
            self._texts.append(text)
        elif self._names_author:
            self._author += text

    def end(self) -> bool:
        """Take the end of an element, and say whether it was the whole."""
        self._names_author = False
        if self.depth == self._paragraph:
            self._paragraph = 0
        self.depth -= 1
        return not self.depth

    def addition(self, controls: Mapping[str, Addition], charts: Mapping[str, bool], sizes: SheetSizes) -> Addition:
        """What it is, with the cell under it.

        Args:
            controls: the controls of the document by their ids.
            charts: for each embedded object whether it is a chart.
            sizes: of the sheet's rows and columns.
        """
        text = "".join(self._texts).strip()
        if self.name == ANNOTATION:
            return Addition(COMMENT, self.place, text.removeprefix(f"{self._author}:").strip())
        place = self._place(sizes)
        if self.name == f"{DRAW}control":
            return replace(controls.get(self.attributes.get(f"{DRAW}control", ""), Addition(CONTROL)), place=place)
        what = self.what or DRAWING
        if what == EMBEDDED and charts.get(self.href.removeprefix("./").casefold()):
            return Addition(CHART, place)
        return Addition(what, place, text if what in (TEXT_BOX, DRAWING) else "")

    def _place(self, sizes: SheetSizes) -> Place | None:
        """The cell under its middle: measured from its cell, or from the first one of the sheet."""
        across, down, width, height = (
            points_of(self.attributes.get(f"{_SVG}{name}")) for name in ("x", "y", "width", "height")
        )
        if across is None or down is None:
            return self.place
        cell = self.place or (0, 0)
        return sizes.place(Anchor(cell, cell, (down, across), (down + (height or 0), across + (width or 0))))


def control_of(name: str, attributes: Mapping[str, str]) -> tuple[str, Addition] | None:
    """A control that a form of the document lists, and its id; None for other elements."""
    id = attributes.get(f"{FORM}id", attributes.get(_XML_ID, ""))
    if not id or name.removeprefix(FORM) in _NO_CONTROLS:
        return None
    what = _BOXES.get(name, CONTROL)
    state = attributes.get(f"{FORM}current-state", attributes.get(f"{FORM}state", "unchecked"))
    if what == OPTION:
        selected = attributes.get(f"{FORM}current-selected", attributes.get(f"{FORM}selected", "false"))
        state = "checked" if selected == "true" else "unchecked"
    states = {"checked": TICKED, "unchecked": NOT_TICKED}
    return id, Addition(what, None, "" if what == CONTROL else states.get(state, ""))
