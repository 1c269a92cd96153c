"""The sheets of the authoring workbook, and what stands in their columns: one declaration for writing and reading."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from impact_xl.questionnaire.content import ACTORS

SUBJECT = "Questionnaire to be edited"
QUESTIONNAIRE, LEVELS, COMPONENTS = "Questionnaire", "Levels", "Components"
POINTS, QUESTIONS, NOTES = "Practice points", "Questions", "Notes"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its header, its width in digits, what a person should know of it, and other names that people give."""

    key: str
    header: str
    width: float
    hint: str = ""
    names: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    made: bool = False  # a formula beside what is typed: never read


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet: its name, the name of its table, its columns, and how many empty rows wait at its end."""

    name: str
    table: str
    columns: tuple[Column, ...]
    empty: int
    needed: tuple[str, ...]  # keys of the columns without which nothing can be read


FACTS = Sheet(
    QUESTIONNAIRE,
    "Facts",
    (
        Column("what", "What", 20, names=("key", "setting")),
        Column("value", "Value", 90, names=("text",)),
    ),
    5,
    ("what", "value"),
)
# What the sheet Questionnaire says, by the keys of the TOML file; each with a hint.
FACT_NAMES: Mapping[str, tuple[str, str]] = {
    "id": ("Id", "Names this questionnaire for ever: lower case, digits and hyphens, such as ward-handover."),
    "version": ("Version", "Give it a new one whenever a title, statement or level changes."),
    "issued": ("Issued", "The day of this version, such as 2026-11-30."),
    "title": ("Title", "At most 80 characters. It is on every form and workbook."),
    "publisher": ("Publisher", "Who answers for its words."),
    "source": ("Source", "Where the words come from."),
    "licence": ("Licence", "What others may do with it."),
    "target": ("Target", "The number of the level that the results count up to."),
    "answering_rule": ("Answering rule", "Words of the introduction that say how to choose. It may stay empty."),
    "introduction": ("Introduction", "What teams read first. Give each paragraph a row of its own."),
}
LEVEL_LIST = Sheet(
    LEVELS,
    "LevelList",
    (
        Column("number", "Number", 10, "From 1 for the lowest, without a gap."),
        Column("name", "Name", 30, "A word or two. It is next to every statement.", ("level",)),
        Column("means", "What it means", 80, "For whoever reads the results. It may stay empty.", ("meaning",)),
    ),
    2,
    ("number", "name"),
)
COMPONENT_LIST = Sheet(
    COMPONENTS,
    "ComponentList",
    (
        Column("id", "Id", 8, "Leave it empty in a new row: import gives it one. Never change it."),
        Column("title", "Title", 48),
        Column("short", "Short", 32, "At most 28 characters: it becomes the name of a sheet.", ("short title",)),
        Column("fits", "Fits", 16, made=True),
        Column("intro", "Intro", 60, "A line below the title, on the form. It may stay empty.", ("introduction",)),
    ),
    5,
    ("id", "title", "short"),
)
POINT_LIST = Sheet(
    POINTS,
    "PointList",
    (
        Column("component", "Component", 13, "The id of the component."),
        Column("of", "Component title", 36, made=True),
        Column("text", "Text", 90, "What good practice looks like, a row for each point.", ("point", "practice point")),
    ),
    5,
    ("component", "text"),
)
QUESTION_LIST = Sheet(
    QUESTIONS,
    "QuestionList",
    (
        Column("id", "Id", 7, "Leave it empty in a new row: import gives it one. Never change it."),
        Column("component", "Component", 12, "The id of the component, from the list."),
        Column("of", "Component title", 20, made=True),
        Column("section", "Section", 17, "A heading on the form. It may stay empty."),
        Column("title", "Title", 34, "The question itself.", ("question",)),
        Column("short", "Short", 24, "At most 34 characters, for the bars of charts.", ("short title",)),
        Column("fits", "Fits", 13, made=True),
        Column("help", "Help", 30, "A line below the question, on the form. It may stay empty.", ("hint",)),
        Column(
            "not_applicable",
            "Not applicable",
            13,
            "yes or no: whether a team may say that it does not apply. Empty: as the round says.",
            choices=("yes", "no"),
        ),
        Column(
            "act",
            "Who can act",
            12,
            "team, division or board: who can change what the question asks about. It may stay empty.",
            ("act",),
            choices=ACTORS,
        ),
    ),
    10,
    ("id", "component", "title", "short"),
)
STATEMENT_WIDTH = 45.0
STATEMENT_HINT = "The statement of this level. Leave it empty where the question has none."
NOTE_LIST = Sheet(NOTES, "NoteList", (Column("note", "Notes", 110),), 8, ())
SHEETS: Sequence[Sheet] = (FACTS, LEVEL_LIST, COMPONENT_LIST, POINT_LIST, QUESTION_LIST, NOTE_LIST)
MANUAL = (
    "Write what you like on this sheet: it is never read.",
    "An empty cell means that there is nothing to say there.",
    "Ids are for ever. Move and delete rows as you like, and leave the id of a new row empty.",
    "“impact-xl questionnaire import THIS.xlsx NEW.xlsx” gives new rows their ids.",
    "“impact-xl questionnaire check THIS.xlsx” names everything that is to fix, with its sheet and cell.",
)


def level_header(number: int, name: str) -> str:
    """The header of a level's column: `1 Starting`."""
    return f"{number} {name}"
