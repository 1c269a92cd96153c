"""What was found on one sheet that belongs to a form."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property

from impact_xl.form import layout
from impact_xl.form.layout import Reference
from impact_xl.returns.submission import Mark, QuestionMarks, Sight, Tick

IDENTITY = frozenset(key for key, _ in layout.START_FIELDS)  # what says whose a form is


@dataclass
class LevelRow:
    """One level's row as found: its mark, or what is wrong with it."""

    sheet: str
    mark: Mark | None = None
    damage: str = ""
    box: Mark | None = None  # what stands in the box of a row that cannot be used
    quote: str = ""  # the cell of a statement that stands there alone

    @property
    def is_empty(self) -> bool:
        """Whether it can be used, and its box holds no mark."""
        return self.mark is not None and self.mark.tick is Tick.EMPTY


@dataclass(frozen=True)
class OtherName:
    """What stands in place of a level's name in the form of another version; all its questions have names of theirs."""

    question: str
    level: int
    name: str  # as it is compared
    sight: Sight  # how it is told


@dataclass
class ParsedSheet:
    """Everything found on one sheet that belongs to a form, and what stands there beside it."""

    name: str
    reference: Reference | None = None
    levels: dict[tuple[str, int], list[LevelRow]] = field(default_factory=lambda: defaultdict(list))
    notes: dict[str, tuple[str, str]] = field(default_factory=dict)  # text and cell
    texts: dict[str, str] = field(default_factory=dict)  # start.team, P1.what ...
    text_cells: dict[str, str] = field(default_factory=dict)  # where they stand
    moved: list[str] = field(default_factory=list)
    sights: list[tuple[str, Sight]] = field(default_factory=list)  # the question, if any, and what is seen of it
    other_names: list[OtherName] = field(default_factory=list)
    corrects: bool = False  # it belongs to a correction form, by its reference or, failing that, by what it says
    usual: dict[str, QuestionMarks] = field(default_factory=dict, compare=False)  # without notes, from `usual_sheet`

    @cached_property
    def questions(self) -> frozenset[str]:
        """The questions of which levels were found, once all were read."""
        return frozenset(self.usual or [question for question, _ in self.levels])

    @property
    def is_form(self) -> bool:
        """Whether anything of a form is on this sheet."""
        return bool(self.levels or self.texts or self.notes or self.reference)

    @property
    def asks_actions(self) -> bool:
        """Whether it belongs to an actions form, by its reference or, failing that, as it asks for nothing else."""
        if self.reference:
            return self.reference.kind == layout.ACTIONS
        owners = {key.partition(".")[0] for key in self.texts} - {layout.START}
        return bool(owners) and not self.levels and all(layout.action_number(owner) for owner in owners)

    @property
    def kind(self) -> str:
        """The kind of form that it belongs to."""
        if self.asks_actions:
            return layout.ACTIONS
        return layout.CORRECTION if self.corrects else self.reference.kind if self.reference else layout.FORM

    @property
    def is_start(self) -> bool:
        """Whether this is the sheet that says whose the form is."""
        return any(key in IDENTITY for key in self.texts)
