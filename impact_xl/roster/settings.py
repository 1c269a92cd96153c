"""What can be settled of a round: each setting with its names, its kind, and what it means.

A round file and the sheet *Round* of round.xlsx are read by it, and that sheet is written from it.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from impact_xl.files.dates import EXAMPLE, DoubtfulDateError, parse_date, show_date
from impact_xl.files.table_files import Wrong, header_key, text_of
from impact_xl.questionnaire import Questionnaire, load, normalise

Reader = Callable[[Any, Questionnaire | None], Any]

LEAST_GROUP = 2  # with one other team behind a figure, each of the two could tell what the other said
TICKBOXES = ("native", "list")
YES, NO = ("true", "yes", "y", "1", "x", "✓"), ("false", "no", "n", "0")


class Kind(StrEnum):
    """What a setting's value is."""

    TEXT = "text"
    ID = "id"
    DATE = "date"
    DATES = "dates"
    LEVEL = "level"
    YES_NO = "yes or no"
    TICKBOX = "tickbox style"
    NUMBER = "whole number"
    QUESTIONS = "questions"


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing that can be settled of a round."""

    key: str  # the field of `Round`, and the key of a round file
    label: str  # as the sheet Round has it
    means: str  # one or two sentences beside it; {target} and {title} are the questionnaire's own
    kind: Kind = Kind.TEXT
    names: tuple[str, ...] = ()  # other names that people give it


SETTINGS = (
    Setting("title", "Title", "Is on every form, message and workbook of this round.", names=("round title", "name")),
    Setting(
        "id",
        "Round ID",
        "Tells this round's forms from those of other rounds. Do not change it once a form was sent.",
        Kind.ID,
        ("round", "id of the round"),
    ),
    Setting(
        "deadline",
        "Deadline",
        "The day by which teams return their form. The sheet Teams can give a team its own.",
        Kind.DATE,
        ("by when", "due", "due date", "return by", "closing date"),
    ),
    Setting(
        "contact",
        "Contact",
        "The e-mail address that teams return forms to and ask questions.",
        names=("email", "e mail", "contact address"),
    ),
    Setting("signatory", "Signed by", "The name under every message.", names=("signatory", "signed by name", "sender")),
    Setting("signatory_role", "Signed by: role", "Such as Head of Improvement.", names=("role", "signed by role")),
    Setting(
        "signatory_telephone",
        "Signed by: telephone",
        "For teams that would rather call.",
        names=("telephone", "phone", "signed by telephone"),
    ),
    Setting(
        "sponsor", "Sponsor", "Who supports this self-assessment, such as the chief executive. The invitation says so."
    ),
    Setting(
        "about",
        "Answers are about",
        "What teams describe in their answers. It is on every form.",
        names=("answers are about", "the answers are about", "what the answers are about"),
    ),
    Setting(
        "seen_by",
        "Who sees the answers",
        "Teams read this sentence on the form and in the invitation. Make sure that it is true.",
        names=("seen by", "who sees our answers", "who sees answers"),
    ),
    Setting(
        "between_levels",
        "Between two levels",
        "A hint for teams that hesitate, such as: Take the lower one, and say why in your notes. Empty: no hint.",
        names=("between levels", "hint between levels"),
    ),
    Setting(
        "target",
        "Target level",
        "The level that “at target” means in the results. Empty: {target}.",
        Kind.LEVEL,
        ("target level",),
    ),
    Setting(
        "not_applicable",
        "Not applicable",
        "yes: every question has a box “Not applicable to us” as well.",
        Kind.YES_NO,
        ("n a", "with not applicable"),
    ),
    Setting(
        "tickbox",
        "Tickbox style",
        "native: Excel's own tickboxes. list: a drop-down, which works the same in every program. Empty: native.",
        Kind.TICKBOX,
        ("tickboxes", "tickbox"),
    ),
    Setting(
        "minimum_group",
        "Smallest group shown",
        "Board copies and packs hide figures based on fewer other teams than this. Empty: 5.",
        Kind.NUMBER,
        ("minimum group", "smallest group"),
    ),
    Setting("questionnaire", "Questionnaire", "A file with your own questions. Empty: {title}."),
    Setting(
        "questions",
        "Questions",
        "Which questions this round asks, such as Q01-Q05, Q09. Empty: all of them.",
        Kind.QUESTIONS,
        ("questions asked", "subset"),
    ),
    Setting(
        "overlay",
        "Overlay",
        "A file that words some texts otherwise, for every team. The sheet Teams can give a team its own. Empty: none.",
        names=("wording",),
    ),
    Setting(
        "remind_on",
        "Remind on",
        "The days on which you want to send reminders, such as 16 Nov 2026; 23 Nov 2026.",
        Kind.DATES,
        ("remind", "reminders", "reminders on", "remind on"),
    ),
    Setting(
        "closed_on",
        "Closed on",
        "The day on which you closed the round. Forms that come later are kept and not counted. Empty: it is open.",
        Kind.DATE,
        ("closed", "closed on"),
    ),
    Setting(
        "after",
        "Last round's folder",
        "Where the round before this one is kept. Empty: there was none.",
        names=("last round", "after", "previous round"),
    ),
    Setting(
        "date",
        "Date of the results",
        "The date that the results carry. Empty: the newest date in the returned forms.",
        Kind.DATE,
        ("dated", "results date", "date of the results"),
    ),
)
BY_KEY = {setting.key: setting for setting in SETTINGS}
_BY_NAME = {header_key(name): setting for setting in SETTINGS for name in (setting.key, setting.label, *setting.names)}


def setting_named(name: str) -> Setting | None:
    """The setting that somebody means by a name."""
    return _BY_NAME.get(header_key(name))


def alike(name: str) -> str:
    """A question that names the setting that was probably meant; the known ones where none is like it."""
    close = difflib.get_close_matches(header_key(name), _BY_NAME, n=1, cutoff=0.6)
    if close:
        return f"did you mean “{_BY_NAME[close[0]].label}”?"
    return "known are " + ", ".join(setting.label for setting in SETTINGS)


class SettingError(ValueError):
    """A value is not what its setting takes; str() goes on after “must be”."""


def settle(setting: Setting, value: Any, questionnaire: Questionnaire | None = None) -> Any:
    """A value of the kind that a setting has, however it was typed.

    Args:
        setting: the setting.
        value: a cell of a workbook, or a value of a TOML file.
        questionnaire: whose levels and questions are meant; the built-in one unless given.

    Raises:
        SettingError: it is of another kind; says what it must be.
    """
    if isinstance(value, Wrong):
        raise SettingError(f"typed in, and holds {value}")
    read: Reader = _READERS.get(setting.kind, _text)
    return read(value, questionnaire)


def _text(value: Any, _: Questionnaire | None) -> str:
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        raise SettingError("text (Excel makes a date of some texts, unless the cell is formatted as text)")
    return text_of(value)


def _id(value: Any, _: Questionnaire | None) -> str:
    text = _text(value, None)
    if "|" in text:
        raise SettingError("without a bar (|), which the form's reference has for its own")
    return text


def _date(value: Any, _: Questionnaire | None) -> date:
    try:
        return parse_date(value)
    except DoubtfulDateError as error:
        raise SettingError(f"a date such as {EXAMPLE} (“{text_of(value)}”: {error.reason})") from error


def _dates(value: Any, _: Questionnaire | None) -> tuple[date, ...]:
    if isinstance(value, list):  # of a TOML file
        return tuple(_date(each, None) for each in value)
    if not isinstance(value, str):
        return (_date(value, None),)
    parts = [part for part in re.split(r";|\n|\band\b", value) if part.strip()]
    days: list[date] = []
    for part in parts:
        try:
            days.append(parse_date(part))
        except DoubtfulDateError:  # a comma stands within a date, or between two
            days += (_date(piece, None) for piece in part.split(",") if piece.strip())
    return tuple(days)


def _level(value: Any, questionnaire: Questionnaire | None) -> int:
    content = questionnaire or load()
    number = None if isinstance(value, bool) else content.level_number(text_of(value))
    if number is None:
        known = ", ".join(f"{level.number} {level.name}" for level in content.levels)
        raise SettingError(f"a whole number or the name of a level ({known})")
    return number


def _yes_no(value: Any, _: Questionnaire | None) -> bool:
    text = normalise(text_of(value))
    if text not in (*YES, *NO):
        raise SettingError("true or false")
    return text in YES


def _tickbox(value: Any, _: Questionnaire | None) -> str:
    text = normalise(text_of(value))
    if text not in TICKBOXES:
        raise SettingError(" or ".join(TICKBOXES))
    return text


def _number(value: Any, _: Questionnaire | None) -> int:
    text = text_of(value)
    if isinstance(value, bool) or not re.fullmatch(r"\d{1,4}", text) or int(text) < LEAST_GROUP:
        raise SettingError(f"a whole number, {LEAST_GROUP} or more")
    return int(text)


def _questions(value: Any, questionnaire: Questionnaire | None) -> tuple[str, ...]:
    """The ids of questions named as `Q01-Q05, Q9`, in the order of the questionnaire."""
    content = questionnaire or load()
    whole = content.whole or content
    text = ", ".join(map(str, value)) if isinstance(value, list) else text_of(value)
    wanted: set[str] = set()
    for part in re.split(r"[,;\s]+(?![-–—]|to\b)(?<![-–—] )(?<!to )", text.strip(" ,;.")):
        span = re.fullmatch(r"(?i)(q?\d{1,3})(?:\s*(?:[-–—]|to)\s*(q?\d{1,3}))?", part)
        first, last = (whole.question_named(span[n] or span[1]) if span else None for n in (1, 2))
        between = whole.questions[whole.places[first.id] : whole.places[last.id] + 1] if first and last else ()
        if not between:
            begin, end = whole.questions[0].id, whole.questions[-1].id
            raise SettingError(f"questions such as {begin}, {end} (“{part}”: they run from {begin} to {end})")
        wanted.update(question.id for question in between)
    return tuple(question.id for question in whole.questions if question.id in wanted)


_READERS: Mapping[Kind, Reader] = {
    Kind.ID: _id,
    Kind.DATE: _date,
    Kind.DATES: _dates,
    Kind.LEVEL: _level,
    Kind.YES_NO: _yes_no,
    Kind.TICKBOX: _tickbox,
    Kind.NUMBER: _number,
    Kind.QUESTIONS: _questions,
}


def show(setting: Setting, value: Any, questionnaire: Questionnaire) -> Any:
    """A value as the sheet Round shows it, which `settle` reads back."""
    match setting.kind:
        case Kind.DATES:
            return "; ".join(map(show_date, value))
        case Kind.LEVEL:
            return questionnaire.level_name(value)
        case Kind.YES_NO:
            return "yes" if value else "no"
        case Kind.QUESTIONS:
            return ", ".join(value)
        case _:
            return value
