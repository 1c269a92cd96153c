"""How marks and statements look: crossed out, not to be seen, highlighted beside neighbours of their kind. Pure."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from impact_xl.returns.formats.grid import PLAIN, Grid, Look, Place, Value
from impact_xl.returns.submission import CROSSED_OUT, Sight, SightKind
from impact_xl.wording import join_and
from impact_xl.xlsx import theme
from impact_xl.xlsx.a1 import a1

_BLACK, _WHITE, _NEAR = "000000", "FFFFFF", 16
# Fills that nobody gave to a cell: none, white, and those of the form itself, such as the tint of a ticked row.
_OWN_FILLS = (theme.TICKED, theme.BAND, theme.ENTRY, theme.PALE, theme.DONE_FILL, theme.TODO_FILL, theme.STOP_FILL)
_NO_FILL = frozenset({"", _WHITE, *(colour.removeprefix("#") for colour in _OWN_FILLS)})
_OWN_LETTERS = frozenset({"", _BLACK, theme.TEXT.removeprefix("#")})
_UNCOLOURED = re.compile(r"\[(?!white\])[^\]]*\]|\s")
_NOTHING = re.compile(r'(?:"\s*"|\\\s|_.)*')


# -- one mark ---------------------------------------------------------------------------------------


def why_in_doubt(grid: Grid, place: Place, value: Value) -> str:
    """Why a person does not see a mark as it stands in its cell, such as “is crossed out”; empty where they do."""
    row, col = place
    looks = _letters(grid, place)
    if any(look.struck for look in looks):
        return CROSSED_OUT
    if grid.hidden:
        return "is on a hidden sheet"
    if row in grid.hidden_rows:
        return "is in a hidden row"
    if col in grid.hidden_columns:
        return "is in a hidden column"
    ground = grid.look(place).fill or _WHITE
    if all(_is_blank(look.number_format, value, ground) for look in looks):
        return "has a number format that hides it"
    if all(_alike(look.colour or _BLACK, ground) for look in looks):
        return "has the colour of its ground"
    return ""


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


def _is_blank(number_format: str, value: Value, ground: str) -> bool:
    """Whether a number format shows nothing of a value, as `;;;` does, or shows it in white on white."""
    if not number_format:
        return False
    sections = _sections(number_format)
    if isinstance(value, bool | str):
        shown = sections[3:4] or (() if isinstance(value, str) or any(sections) else sections[:1])
    else:
        shown = sections[:1]
    return any(_shows_nothing(section, ground) for section in shown)


def _shows_nothing(section: str, ground: str) -> bool:
    return (section.startswith("[white]") and _alike(_WHITE, ground)) or bool(_NOTHING.fullmatch(section))


@lru_cache(maxsize=64)
def _sections(number_format: str) -> tuple[str, ...]:
    """The sections of a number format, without colours and blanks; a semicolon in quotation marks parts nothing."""
    sections = []
    for section, end in re.findall(r'((?:"[^"]*"|\\.|[^;"\\])*)(;|$)', number_format.casefold()):
        sections.append(_UNCOLOURED.sub("", section))
        if not end:
            break
    return tuple(sections)


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


# Each kind of cell, by one and by many.
_KINDS = {
    "box": ("the box of {}", "boxes"),
    "label": ("the name {}", "level names"),
    "statement": ("the statement of {}", "statements"),
}
_STRUCK = "struck"
_MOST_COLOURS = 3  # of one question's cells of a kind
_WORDS = {
    "fill": "highlighted",
    "bold": "in bold",
    "underlined": "underlined",
    "colour": "in another colour",
    _STRUCK: "crossed out",
}


def unlike_neighbours(grid: Grid, cells: Sequence[LevelCells]) -> Iterator[Sight]:
    """What a person sees of a question where some of its levels look different from the others.

    Boxes are compared with boxes, names with names, statements with statements. What is crossed out shows the levels
    that are not; everything else shows the levels that it marks.
    """
    marked: dict[tuple[frozenset[int], bool], _Marked] = defaultdict(_Marked)
    for kind in _KINDS:
        places = {each.level: (each.row, col) for each in cells if (col := getattr(each, kind)) is not None}
        for feature, differing in _differences(grid, places):
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
    yield from _crossed_out_in_part(grid, cells, names)
    yield from _hidden(grid, cells, names)


@dataclass
class _Marked:
    """Some levels of a question that look alike, and different from the others."""

    kinds: set[str] = field(default_factory=set)
    words: dict[str, None] = field(default_factory=dict)
    places: set[Place] = field(default_factory=set)

    def sight(self, sheet: str, whose: Sequence[str], shown: frozenset[int] | None) -> Sight:
        of_what, many = join_and(whose), "levels"
        if len(self.kinds) == 1:
            one, many = _KINDS[next(iter(self.kinds))]
            of_what = one.format(of_what)
        how = join_and(self.words)
        what = f"{of_what} {'is' if len(whose) == 1 else 'are'} {how}"
        cells = " ".join(a1(*place) for place in sorted(self.places))
        return Sight(SightKind.LOOK, what, sheet, cells, shown, group=f"{many} {how}")


def _crossed_out_in_part(grid: Grid, cells: Sequence[LevelCells], names: Mapping[int, str]) -> Iterator[Sight]:
    for each in cells:
        if each.statement is not None and (each.row, each.statement) in grid.runs:
            place = each.row, each.statement
            if len({look.struck for look in _letters(grid, place)}) > 1:
                what = f"a part of the statement of {names[each.level]} is crossed out"
                yield Sight(SightKind.LOOK, what, grid.name, a1(*place), group="statements crossed out in part")


def _hidden(grid: Grid, cells: Sequence[LevelCells], names: Mapping[int, str]) -> Iterator[Sight]:
    hidden = [each for each in cells if each.row in grid.hidden_rows]
    gone = {each.level: each.row for each in hidden}
    if gone and len(gone) < len(names) and all(each.box is not None for each in hidden):
        rows = join_and(names[level] for level in sorted(gone))
        what = f"the {'row' if len(gone) == 1 else 'rows'} of {rows} {'is' if len(gone) == 1 else 'are'} hidden"
        where = " ".join(a1(row, 0) for row in sorted(gone.values()))
        shown = frozenset(names.keys() - gone.keys())
        yield Sight(SightKind.LOOK, what, grid.name, where, shown, against=False, group="hidden rows")


def _differences(grid: Grid, places: Mapping[int, Place]) -> Iterator[tuple[str, frozenset[int]]]:
    """For each way to look, the levels that do so while the others do not."""
    is_alike = len({grid.styles.get(place) for place in places.values()}) < 2
    if is_alike and not any(place in grid.runs or grid.look(place).struck for place in places.values()):
        return
    looks = {level: _as_seen(grid, place) for level, place in places.items()}
    for feature in _WORDS:
        values = {level: getattr(look, feature) for level, look in looks.items()}
        if len(set(values.values())) > _MOST_COLOURS:
            continue  # a colour for each level is a legend
        usual = _usual(feature, values.values())
        if differing := frozenset(level for level, value in values.items() if value != usual):
            yield feature, differing


def _as_seen(grid: Grid, place: Place) -> Look:
    """A cell's look; a text in several pieces looks in a way only where all of them do."""
    letters, cell = _letters(grid, place), grid.look(place)
    first = letters[0]
    return Look(
        fill="" if cell.fill in _NO_FILL else cell.fill,
        bold=all(look.bold for look in letters),
        underlined=all(look.underlined for look in letters),
        struck=all(look.struck for look in letters),
        colour=_colour(first) if all(_colour(look) == _colour(first) for look in letters) else "",
    )


def _colour(look: Look) -> str:
    return "" if look.colour in _OWN_LETTERS else look.colour


def _usual(feature: str, values: Iterable[str | bool]) -> str | bool:
    """How cells of one kind look where nobody marked them: as most do; and never crossed out."""
    counts = Counter(values)
    if feature == _STRUCK:
        return False
    plain = getattr(PLAIN, feature)
    if plain in counts and isinstance(plain, str):
        return plain
    return max(counts, key=lambda value: (counts[value], value == plain))
