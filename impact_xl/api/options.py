"""What people can choose in the calls of `api`, one value for each kind of choice; the commands fill them by name.

Nothing heavy is imported here: `--help` reads these fields.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date as Date  # noqa: N812  `date` is the option
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from impact_xl.questionnaire import Questionnaire
    from impact_xl.roster import Round, TeamList
    from impact_xl.round.overrides import Overrides

AnyPath = str | os.PathLike[str]


@dataclass(frozen=True)
class ReadOptions:
    """Which returns are read, and what decides how they count; each field as `api.collate` has it."""

    returns: AnyPath | Iterable[AnyPath]
    teams: AnyPath | TeamList | None = None
    round: AnyPath | Round | None = None
    questionnaire: AnyPath | Questionnaire | None = None
    target: int | str | None = None
    date: Date | None = None
    overrides: AnyPath | Overrides | None = None
    password_file: AnyPath | None = None
    jobs: int | None = None


@dataclass(frozen=True)
class WriteOptions:
    """What is written beside the consolidated workbook; each field as `api.write` has it."""

    minimum_group: int | None = None  # None is the program's own
    csv: AnyPath | None = None
    parquet: AnyPath | None = None
    share: AnyPath | None = None
    share_when_enough: bool = False  # the copy to share only where enough teams answered
    meeting: AnyPath | None = None  # the workbook for the meeting, which is read before it is written anew
    earlier: AnyPath | None = None  # the folder for dated copies of what is replaced; beside it unless given
    overwrite: bool = False  # keep no copy of the workbook that is replaced, even where it cannot be read back
    same_round: bool = False  # the workbook that is replaced is this round's, although it carries no id or another one
    also: tuple[AnyPath, ...] = ()  # second copies of that workbook, which other people typed into


@dataclass(frozen=True)
class FormOptions:
    """What the forms are like."""

    tickbox: str | None = None  # `native` or `list`, a drop-down; None is the round's own, else native
    not_applicable: bool = False  # every question has a row “Not applicable to us”; also where the round says so
    about: str = ""  # what the answers are about, in place of what the round says
    prefill: AnyPath | None = None  # last round's consolidated workbook: each form shows its team's answers of then


@dataclass(frozen=True)
class TeamOptions:
    """Which teams get a message, by their ids or names; every team that is due one where none is named."""

    only: tuple[str, ...] = ()
    again: tuple[str, ...] = ()  # although they have one
    try_address: str = ""  # where all messages go, as a rehearsal that never counts
    ask_senders: bool = False  # senders of links and locked files get a message, too

    @property
    def named(self) -> bool:
        """Whether teams were named."""
        return bool(self.only or self.again)


@dataclass(frozen=True)
class MailOptions:
    """What the messages say. A field that is empty leaves the round's own deadline or contact, and our own texts."""

    deadline: Date | None = None
    contact: str = ""
    subject: str = ""
    body: AnyPath | None = None
    request_subject: str = ""  # of the requests to teams that have something to put right
    request_body: AnyPath | None = None
