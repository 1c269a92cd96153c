"""How marks and statements look: crossed out, not to be seen, highlighted beside neighbours of their kind. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from impact_xl.returns.formats.grid import ACROSS, PLAIN, Grid, Look, Place, Value, is_covered
from impact_xl.returns.parse.number_formats import colour_given, may_hide, shown_instead
from impact_xl.returns.submission import CROSSED_OUT, Sight, SightKind
from impact_xl.wording import join_and
from impact_xl.xlsx import theme
from impact_xl.xlsx.a1 import a1

# Where nobody sees a mark, whatever it looks like: on a hidden sheet, in such a row, and in such a column.
_UNREAD = "hidden or too low to read"
IN_HIDING = (
    "is on a hidden sheet",
    f"is in a row that is {_UNREAD}",
    "is in a column that is hidden or too narrow to read",
)
_BLACK, _WHITE = "000000", "FFFFFF"
_NEAR = 26  # colours that differ by less are one to the eye: white letters on our entries or on Office's pale grey
_SMALLEST = 4.0  # points of letters that somebody can read
# Fills that nobody gave to a cell: none, white, and those of the form itself, such as the tint of a ticked row.
_OWN_FILLS = (theme.TICKED, theme.BAND, theme.ENTRY, theme.PALE, theme.DONE_FILL, theme.TODO_FILL, theme.STOP_FILL)
_NO_FILL = frozenset({"", _WHITE, *(colour.removeprefix("#") for colour in _OWN_FILLS)})
_OWN_LETTERS = frozenset({"", _BLACK, theme.TEXT.removeprefix("#")})
_OWN_LINES = frozenset(colour.removeprefix("#") for colour in (theme.LINE, theme.FAINT_LINE, theme.BLUE))


# -- one mark ---------------------------------------------------------------------------------------


def why_in_doubt(grid: Grid, place: Place, value: Value) -> str:
    """Why a person does not see a mark as it stands in its cell, such as “is crossed out”; empty where they do."""
    if any(map(_is_struck, _letters(grid, place))):
        return CROSSED_OUT
    return why_hidden(grid, place) or why_unseen(grid, place, value)


def why_text_in_doubt(grid: Grid, place: Place, value: Value) -> str:
    """Why a text that was typed may not be meant, or cannot be seen; empty where nothing speaks against it."""
    struck = [_is_struck(look) for look in _letters(grid, place)]
    if any(struck):
        return CROSSED_OUT if all(struck) else f"{CROSSED_OUT} in part"
    return why_hidden(grid, place) or why_unseen(grid, place, value)


def why_hidden(grid: Grid, place: Place) -> str:
    """Why nobody sees a cell, whatever stands in it; empty where its sheet, row and column are shown."""
    row, col = place
    on_sheet, in_row, in_column = IN_HIDING
    if grid.hidden:
        return on_sheet
    if row in grid.hidden_rows:
        return in_row
    return in_column if col in grid.hidden_columns else ""


def why_unseen(grid: Grid, place: Place, value: Value) -> str:
    """Why nobody sees what stands in a cell of a row and column that are shown; empty where it can be seen."""
    looks = _letters(grid, place)
    if is_covered(place, grid.merged):
        return "is hidden under merged cells"
    ground = grid.look(place).fill or _WHITE
    if all(shown_instead(look.number_format, value) == "" for look in looks):
        return "has a number format that hides it"
    colours = (colour_given(look.number_format, value) or look.colour or _BLACK for look in looks)
    if all(_alike(colour, ground) for colour in colours):
        return "has the colour of its ground"
    return "is in letters too small to read" if all(map(_is_tiny, looks)) else ""


def _is_tiny(look: Look) -> bool:
    return 0 < look.size < _SMALLEST  # 0 where nothing says how large they are


def _is_struck(look: Look) -> bool:
    return look.struck or ACROSS in look.frame


def _letters(grid: Grid, place: Place) -> list[Look]:
    """The looks of a cell's letters."""
    runs = [run.look for run in grid.runs.get(place, ()) if run.text.strip()]
    return runs or [grid.look(place)]


@lru_cache(maxsize=256)
def _alike(one: str, other: str) -> bool:
    try:
        channels = zip(bytes.fromhex(one), bytes.fromhex(other), strict=True)
        return all(abs(a - b) < _NEAR for a, b in channels)
    except ValueError:
        return False


# -- the cells of a question ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LevelCells:
    """Where a level's box, name and statement stand; None for what does not stand there."""

    level: int
    name: str
    row: int
    box: int | None
    label: int | None
    statement: int | None
    key: int | None = None
    gone: Sequence[str] = ()  # the kinds of cells that were emptied
    is_damaged: bool = False  # told by itself


# Each kind of cell, by one, by several, and by what many are called.
_KINDS = {
    "box": ("the box of {}", "the boxes of {}", "boxes"),
    "label": ("the name {}", "the names {}", "level names"),
    "statement": ("the statement of {}", "the statements of {}", "statements"),
    "key": ("the reference of {}", "the references of {}", "references"),
    "beside": ("the cell at the right of {}", "the cells at the right of {}", "cells at the right of the statements"),
    "beyond": (
        "the second cell at the right of {}",
        "the second cells at the right of {}",
        "second cells at the right of the statements",
    ),
}
_OUTSIDE = frozenset(("key", "beside", "beyond"))  # what they look like is told, and takes no tick away
_RIGHT = {"beside": 1, "beyond": 2}  # columns from the statement
# What is seen of a cell in which nothing stands; and what is not seen of boxes and references, which are no words.
_OF_CELLS, _NOT_OF_BOXES = ("fill", "frame"), ("font", "size", "italic")
_STRUCK = "struck"
_MOST_COLOURS = 3  # where fewer levels have a colour each, these may be answers
_WORDS = {
    "fill": "highlighted",
    "frame": "in a frame",
    "bold": "in bold",
    "italic": "in italics",
    "underlined": "underlined",
    "colour": "in another colour",
    "font": "in another font",
    "size": "in letters of another size",
    _STRUCK: "crossed out",
}
_COLOURED = ("fill", "frame", "colour")  # where nothing of the kind is as usual as can be
_BY_PROGRAMS = frozenset((_WORDS["font"], _WORDS["size"]))  # what programs change in a piece of text as they save it
_IN_PART = ("bold", "italic", "underlined", "colour", _STRUCK)  # how a part of a text may look


def unlike_neighbours(grid: Grid, cells: Sequence[LevelCells]) -> Iterator[Sight]:
    """What a person sees of a question where some of its levels look different from the others.

    Boxes are compared with boxes, names with names, statements with statements. What is crossed out shows the levels
    that are not; everything else shows the levels that it marks.
    """
    marked: dict[tuple[frozenset[int], bool], _Marked] = defaultdict(_Marked)
    for kind in _KINDS:
        places = dict(_places(grid, cells, kind))
        for feature, differing in _differences(grid, places, kind):
            found = marked[differing, feature == _STRUCK]
            found.kinds.add(kind)
            found.words[_WORDS[feature]] = None
            found.places |= {places[level] for level in differing}
    names = {each.level: f"“{each.name}”" for each in cells}
    for (differing, struck), found in marked.items():
        whose = [names[level] for level in sorted(differing)]
        shown = frozenset(names.keys() - differing) if struck else differing
        # Where most levels are marked, nobody can tell whether these are meant or the others.
        is_certain = struck or 2 * len(differing) <= len(names)
        yield found.sight(grid.name, whose, shown if is_certain else None)
    for each in cells:
        yield from _looks_of_parts(grid, each)
    yield from _taken_out(grid, cells, names)
    yield from _hidden(grid, cells, names)


def _places(grid: Grid, cells: Sequence[LevelCells], kind: str) -> Iterator[tuple[int, Place]]:
    """The cells of one kind, by their levels; of those at the right the empty ones."""
    for each in cells:
        if kind in _RIGHT:
            if each.statement is not None and (place := (each.row, each.statement + _RIGHT[kind])) not in grid.cells:
                yield each.level, place
        elif (col := getattr(each, kind)) is not None:
            yield each.level, (each.row, col)


@dataclass
class _Marked:
    """Some levels of a question that look alike, and different from the others."""

    kinds: set[str] = field(default_factory=set)
    words: dict[str, None] = field(default_factory=dict)
    places: set[Place] = field(default_factory=set)

    def sight(self, sheet: str, whose: Sequence[str], shown: frozenset[int] | None) -> Sight:
        of_what, many, is_one = join_and(whose), "levels", len(whose) == 1
        if len(self.kinds) == 1:
            one, several, many = _KINDS[next(iter(self.kinds))]
            of_what = (one if is_one else several).format(of_what)
        how = join_and(self.words)
        what = f"{of_what} {'is' if is_one else 'are'} {how}"
        cells = " ".join(a1(*place) for place in sorted(self.places))
        against = not (self.kinds <= _OUTSIDE or self.words.keys() <= _BY_PROGRAMS)
        return Sight(SightKind.LOOK, what, sheet, cells, shown, against=against, group=f"{many} {how}")


def _looks_of_parts(grid: Grid, cells: LevelCells) -> Iterator[Sight]:
    """What a part of a statement looks like, where the rest of it looks otherwise."""
    place = cells.row, cells.statement or 0
    if cells.statement is None or place not in grid.runs:
        return
    letters = [replace(look, colour=_colour(look)) for look in _letters(grid, place)]
    for feature in _IN_PART:
        if len({getattr(look, feature) for look in letters}) > 1:
            what = f"a part of the statement of “{cells.name}” is {_WORDS[feature]}"
            levels = None if feature == _STRUCK else frozenset({cells.level})
            group = f"statements of which a part is {_WORDS[feature]}"
            yield Sight(SightKind.LOOK, what, grid.name, a1(*place), levels, against=False, group=group)


def _taken_out(grid: Grid, cells: Sequence[LevelCells], names: Mapping[int, str]) -> Iterator[Sight]:
    """Names or statements that somebody deleted, which shows the levels that keep theirs."""
    for kind in ("label", "statement"):
        # A ticked box is told with its own statement.
        gone = {each.level: each.row for each in cells if kind in each.gone and each.box is not None}
        columns = [col for each in cells if (col := getattr(each, kind)) is not None]
        if not (gone and columns) or any(each.is_damaged for each in cells):
            continue
        one, several, many = _KINDS[kind]
        whose = join_and(names[level] for level in sorted(gone))
        what = f"{one.format(whose)} is gone" if len(gone) == 1 else f"{several.format(whose)} are gone"
        places = " ".join(a1(row, columns[0]) for row in sorted(gone.values()))
        shown = frozenset(names.keys() - gone.keys())
        yield Sight(SightKind.LOOK, what, grid.name, places, shown, against=False, group=f"{many} that are gone")


def _hidden(grid: Grid, cells: Sequence[LevelCells], names: Mapping[int, str]) -> Iterator[Sight]:
    hidden = [each for each in cells if each.row in grid.hidden_rows]
    gone = {each.level: each.row for each in hidden}
    if gone and len(gone) < len(names) and all(each.box is not None for each in hidden):
        rows = join_and(names[level] for level in sorted(gone))
        what = f"the {'row' if len(gone) == 1 else 'rows'} of {rows} {'is' if len(gone) == 1 else 'are'} {_UNREAD}"
        where = " ".join(a1(row, 0) for row in sorted(gone.values()))
        shown = frozenset(names.keys() - gone.keys())
        yield Sight(SightKind.LOOK, what, grid.name, where, shown, against=False, group=f"rows that are {_UNREAD}")


def _differences(grid: Grid, places: Mapping[int, Place], kind: str) -> Iterator[tuple[str, frozenset[int]]]:
    """For each way to look, the levels that do so while the others do not."""
    is_alike = len({grid.styles.get(place) for place in places.values()}) < 2
    if is_alike and not any(place in grid.runs or _is_struck(grid.look(place)) for place in places.values()):
        return
    looks = {level: _as_seen(grid, place) for level, place in places.items()}
    # An empty cell has no letters that could look in a way.
    filled = {level: looks[level] for level, place in places.items() if place in grid.cells}
    for feature in _features(kind):
        shown = looks if feature in _OF_CELLS else filled
        if differing := _differing(feature, {level: getattr(look, feature) for level, look in shown.items()}):
            yield feature, differing


def _features(kind: str) -> Iterable[str]:
    """The ways to look by which cells of a kind are compared."""
    if kind in _RIGHT:
        return _OF_CELLS
    return (each for each in _WORDS if each not in _NOT_OF_BOXES) if kind in ("box", "key") else _WORDS


def _differing(feature: str, values: Mapping[int, str | bool | float]) -> frozenset[int]:
    """The levels that look otherwise than most; none where there is a colour for each level, which is a legend."""
    colours = set(values.values())
    is_legend = len(values) > _MOST_COLOURS and len(colours) == len(values) and getattr(PLAIN, feature) not in colours
    if not values or is_legend:
        return frozenset()
    usual = _usual(feature, values.values())
    return frozenset(level for level, value in values.items() if value != usual)


def is_last_box_gone(grid: Grid, boxes: Sequence[Place]) -> bool:
    """Whether the last of a sheet's boxes is empty and without the frame that all others have.

    Nobody empties a box and takes its frame away; a cell from below it, which moved up, has neither. Where a program
    left no frames at all, boxes that all hold something down to a row, and nothing from there on, say the same.
    """
    in_order = sorted(boxes)
    filled = [grid.cells.get(place) is not None for place in in_order]
    if not any(filled) or filled[-1] or grid.look(in_order[-1]).frame:
        return False
    if any(grid.look(place).frame for place in in_order):
        return all(grid.look(place).frame for place, is_filled in zip(in_order, filled, strict=True) if is_filled)
    return all(filled[: sum(filled)])


def is_unmarked(look: Look) -> bool:
    """Whether nobody gave a cell a ground or lines of its own."""
    return look.fill in _NO_FILL and not _frame(look)


def letters_of_key(look: Look) -> tuple[str, bool, bool, bool]:
    """What people see of the letters of a reference; those of one question are compared."""
    return _colour(look), look.bold, look.underlined, _is_struck(look)


def is_plainly_seen(look: Look) -> bool:
    """Whether a look neither crosses out nor hides what stands in its cell, whatever that is."""
    is_hidden = may_hide(look.number_format) or _alike(look.colour or _BLACK, look.fill or _WHITE)
    return not _is_struck(look) and not is_hidden and not _is_tiny(look)


def _as_seen(grid: Grid, place: Place) -> Look:
    """A cell's look; a text in several pieces looks in a way only where all of them do."""
    letters, cell = _letters(grid, place), grid.look(place)
    colours = {_colour(look) for look in letters}
    return Look(
        font=letters[0].font if len({look.font for look in letters}) == 1 else cell.font,
        size=round(letters[0].size if len({look.size for look in letters}) == 1 else cell.size),
        fill="" if cell.fill in _NO_FILL else cell.fill,
        bold=all(look.bold for look in letters),
        italic=all(look.italic for look in letters),
        underlined=all(look.underlined for look in letters),
        struck=all(map(_is_struck, letters)),
        colour=colours.pop() if len(colours) == 1 else "",
        frame=_frame(cell),
    )


def _colour(look: Look) -> str:
    return "" if look.colour in _OWN_LETTERS else look.colour


def _frame(look: Look) -> str:
    """The lines at the sides of a cell that the form did not draw."""
    return " ".join(line for line in look.frame.split() if line not in _OWN_LINES and line != ACROSS)


def _usual(feature: str, values: Iterable[str | bool | float]) -> str | bool | float:
    """How cells of one kind look where nobody marked them: as most do; and never crossed out."""
    counts = Counter(values)
    if feature == _STRUCK:
        return False
    plain: str | bool | float = getattr(PLAIN, feature)
    if plain in counts and feature in _COLOURED:
        return plain
    return max(counts, key=lambda value: (counts[value], value == plain))
