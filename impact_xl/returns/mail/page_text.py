"""The text of an HTML page as people see it: each link with its address behind it, and quotes with their mark. Pure.

The library's reader looks for the end of a tag anew at every sign that may begin one, so that a page of nothing but
such signs takes it half a minute. Here a page is gone through once, whatever is in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

_BREAKS = frozenset({"br", "p", "div", "tr", "li", "h1", "h2", "h3", "h4", "table", "blockquote", "hr", "pre"})
_HIDDEN = frozenset({"style", "script", "head", "title"})
_RAW = {name: re.compile(f"</{name}", re.IGNORECASE) for name in ("style", "script")}  # what stands in these is no HTML
_MOST_LINES, _MOST_PIECES, _MOST_LETTERS = 30, 200, 4_000  # of a cell that is looked at as a whole
_CELLS = frozenset({"td", "th"})
_BEGINS = re.compile(r"</?[a-zA-Z]|<[!?]")
# A tag from its name on. A sign of its end may stand between the quotation marks of a value.
_TAG = re.compile(r"""[^\s/>]*+(?:[^>=]++|=\s*+"[^"]*+"|=\s*+'[^']*+'|=)*+>""")
_NAME = re.compile(r"[^\s/>]*")
_ADDRESS = re.compile(r"""\shref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_SPACE = re.compile(r"\s+")
_NO_LETTER = re.compile(r"&#(?:\d{9,}|[xX][0-9a-fA-F]{9,});?")  # no letter has such a number

# A tag's name in lower case, an end's with a slash before it, and what else the tag holds; or nothing, and a text.
Piece = tuple[str, str]


def text_of_page(page: str) -> str:
    """The text of an HTML page."""
    reader = _Reader()
    for tag, inside in _pieces(page):
        reader.take(tag, inside)
    reader.close_link()
    return reader.text


class _Reader:
    """Puts the pieces of a page together, line by line."""

    def __init__(self) -> None:
        self._lines: list[list[str]] = [[]]
        self._link, self._text_from = "", 0  # the address of the link that is open, and where its text begins
        self._quoted = self._hidden = 0
        # Of each table that is open, the line in which its open cell begins, and what stood there before.
        self._cells: list[tuple[int, int] | None] = [None]

    @property
    def text(self) -> str:
        """What was read so far."""
        return "\n".join("".join(line).rstrip() for line in self._lines)

    def take(self, tag: str, inside: str) -> None:
        """Take the next piece."""
        if not tag:
            self._add("" if self._hidden else _SPACE.sub(" ", unescape(_NO_LETTER.sub("\ufffd", inside))))
        elif tag.startswith("/"):
            self._end(tag[1:])
        else:
            self._begin(tag, inside)

    def close_link(self) -> None:
        """Put the address of the link that is open behind its text, unless that says it."""
        line = self._lines[-1]
        if ":" in self._link and self._link not in "".join(line[self._text_from :]):
            self._add(f" <{self._link}> ")
        self._link = ""

    def _begin(self, tag: str, inside: str) -> None:
        self._hidden += tag in _HIDDEN
        self._quoted += tag == "blockquote"
        if tag in _CELLS or tag == "tr":  # programs leave the ends of cells and rows out
            self._close_cell()
        if tag in _BREAKS:
            self._break()
        elif tag in _CELLS:
            self._add("\t")
            self._cells[-1] = len(self._lines) - 1, len(self._lines[-1])
        elif tag == "a":
            self.close_link()
            found = _ADDRESS.search(inside)
            self._link = unescape(found[1] or found[2] or found[3] or "") if found else ""
            self._text_from = len(self._lines[-1])
        if tag == "table":
            self._cells.append(None)

    def _end(self, tag: str) -> None:
        self._hidden -= tag in _HIDDEN and self._hidden > 0
        self._quoted -= tag == "blockquote" and self._quoted > 0
        if tag in _CELLS or tag in ("tr", "table"):
            self._close_cell()
        if tag == "table" and len(self._cells) > 1:
            self._cells.pop()
        if tag in _BREAKS:
            self._break()
        elif tag == "a":
            self.close_link()

    def _close_cell(self) -> None:
        """Put a cell's only line into the row's: programs wrap what is pasted from Excel in paragraphs and tables.

        A cell with several lines keeps them: many programs lay a whole message out in one cell.
        """
        begin, self._cells[-1] = self._cells[-1], None
        if begin is None:
            return
        line, at = begin
        self.close_link()
        if len(self._lines) - line > _MOST_LINES:
            return
        pieces = [self._lines[line][at:], *self._lines[line + 1 :]]
        if sum(map(len, pieces)) > _MOST_PIECES or sum(len(text) for each in pieces for text in each) > _MOST_LETTERS:
            return
        filled = ["".join(each).removeprefix("> ").strip() for each in pieces]
        if sum(map(bool, filled)) <= 1:
            del self._lines[line + 1 :], self._lines[line][at:]
            self._add("".join(filled))

    def _add(self, text: str) -> None:
        self._lines[-1].append(text)

    def _break(self) -> None:
        self._lines.append(["> "] if self._quoted else [])
        self._text_from = 0


def _pieces(page: str) -> Iterator[Piece]:
    """The tags of a page and the texts between them; what begins like a tag and has no end is text."""
    at, ends = 0, _Ends(page)
    while begin := _BEGINS.search(page, at):
        end = ends.of_comment(begin.start()) if page.startswith("<!--", begin.start()) else ends.of_tag(begin)
        if end < 0:
            break
        yield "", page[at : begin.start()]
        at = end
        if begin[0][-1] in "!?":
            continue
        inside = page[begin.end() - 1 : end - 1]
        name = _NAME.match(inside)[0].lower()  # type: ignore[index]  # it matches everything
        yield ("/" if begin[0][1] == "/" else "") + name, inside[len(name) :]
        if name in _RAW and begin[0][1] != "/":
            at = ends.of_raw(name, end)
    yield "", page[at:]


class _Ends:
    """Where tags end. What was looked for in vain is not looked for again, so that no page takes long."""

    def __init__(self, page: str) -> None:
        self._page = page
        self._last = page.rfind(">")
        self._comments = self._quotes = True  # whether any may still be closed

    def of_tag(self, begin: re.Match[str]) -> int:
        """Where a tag ends; -1 where no tag does any more."""
        if begin.start() > self._last:
            return -1
        if self._quotes and begin[0][-1] not in "!?":
            if whole := _TAG.match(self._page, begin.end() - 1):
                return whole.end()
            self._quotes = False
        return self._page.index(">", begin.start()) + 1

    def of_comment(self, begin: int) -> int:
        """Where a comment ends; one that nobody closed ends as a tag does."""
        end = self._page.find("-->", begin + 2) if self._comments else -1
        if end >= 0:
            return end + len("-->")
        self._comments = False
        return self._page.index(">", begin) + 1 if begin <= self._last else -1

    def of_raw(self, name: str, begin: int) -> int:
        """Where the end of a style sheet or program begins; that of the page where nobody closed it."""
        end = _RAW[name].search(self._page, begin)
        return end.start() if end else len(self._page)
