"""The folder of a round: where everything of it is kept, and what is settled of it."""

from __future__ import annotations

import filecmp
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from impact_xl import authoring
from impact_xl.files.dates import show_date
from impact_xl.findings import ImpactError
from impact_xl.questionnaire import Questionnaire, normalise
from impact_xl.roster import Round, TeamList, read_round, read_teams, workbook
from impact_xl.roster.conflicts import refuse_conflicts
from impact_xl.roster.instrument import instrument
from impact_xl.roster.workbook.reader import read_without_ids, with_ids
from impact_xl.wording import plural

WORKBOOK, ROUND_FILE = "round.xlsx", "round.toml"
TEAM_LISTS = ("teams.csv", "teams.xlsx")  # beside round.toml
DECISION_LISTS = ("decisions.csv", "decisions.xlsx")
RETURNS, OUTBOX, RESULTS, EARLIER = "returns", "outbox", "results", "earlier"
_OUTBOX_MANIFEST = "outbox.json"  # a folder that holds it is an outbox, which has a team list and a round file as well
_DATED = re.compile(r"(\d{4}-\d{2}-\d{2})(?: (\d{1,3}))?")
_MOST_OUTBOXES = 999  # of a day


@dataclass(frozen=True)
class RoundFolder:
    """A round's folder; its paths need not exist yet."""

    path: Path

    @property
    def workbook(self) -> Path:
        """round.xlsx; round.toml for those who keep that instead."""
        book, file = self.path / WORKBOOK, self.path / ROUND_FILE
        return file if file.is_file() and not book.is_file() else book

    @property
    def team_list(self) -> Path | None:
        """The list beside round.toml; None where round.xlsx has the teams."""
        if self.workbook.name != ROUND_FILE:
            return None
        return next((path for name in TEAM_LISTS if (path := self.path / name).is_file()), self.path / TEAM_LISTS[0])

    @property
    def decisions(self) -> Path | None:
        """What `read_overrides` takes: round.xlsx, or a list beside round.toml; None where there is none."""
        if self.workbook.name != ROUND_FILE:
            return self.workbook
        return next((path for name in DECISION_LISTS if (path := self.path / name).is_file()), None)

    @property
    def returns(self) -> Path:
        """Where returned files are saved."""
        return self.path / RETURNS

    @property
    def outbox(self) -> Path:
        """Where there is a dated folder for each time messages were made."""
        return self.path / OUTBOX

    @property
    def results(self) -> Path:
        """Where the results are written."""
        return self.path / RESULTS

    @property
    def consolidated(self) -> Path:
        """The consolidated workbook."""
        return self.results / "consolidated.xlsx"

    @property
    def board(self) -> Path:
        """The copy for board papers."""
        return self.results / "board.xlsx"

    @property
    def meeting(self) -> Path:
        """The workbook for the meeting."""
        return self.results / "meeting.xlsx"

    @property
    def tracking(self) -> Path:
        """The tracking file."""
        return self.results / "tracking.xlsx"

    @property
    def packs(self) -> Path:
        """The folder of the teams' packs."""
        return self.results / "packs"

    @property
    def tables(self) -> Path:
        """The folder of the CSV files."""
        return self.results / "tables"

    @property
    def earlier(self) -> Path:
        """The folder of dated copies of what was replaced."""
        return self.results / EARLIER

    def outboxes(self) -> list[Path]:
        """The dated folders of the outbox, newest first."""
        if not self.outbox.is_dir():
            return []
        dated = [
            ((match[1], int(match[2] or 1)), path)
            for path in self.outbox.iterdir()
            if (match := _DATED.fullmatch(path.name)) and path.is_dir()
        ]
        return [path for _, path in sorted(dated, reverse=True)]

    def new_outbox(self, day: date) -> Path:
        """A dated folder that is not there yet: `2026-11-28`, then `2026-11-28 2`. It is not made here."""
        names = (f"{day.isoformat()}{f' {number}' if number > 1 else ''}" for number in range(1, _MOST_OUTBOXES + 1))
        place = next((path for name in names if not (path := self.outbox / name).exists()), None)
        if place is None:
            raise ImpactError(
                f"There are too many folders of {show_date(day)} in {self.outbox}", "Move some elsewhere."
            )
        return place

    def result_notes(self) -> Iterator[str]:
        """What a person should know of the workbooks that hold what people typed."""
        for path in (self.consolidated, self.meeting):
            yield from lock_notes(path, ". Then close it there: a new one takes its place")
        shown = f"{RESULTS}/{self.consolidated.name}"
        copies = sorted(self.earlier.glob(f"{self.consolidated.stem} *.xlsx"), key=lambda path: path.stat().st_mtime)
        if not self.consolidated.exists():
            if copies or self.meeting.exists() or self.tables.exists():
                newest = f" The newest copy in {EARLIER} is {copies[-1].name}." if copies else ""
                yield (
                    f"{shown} is not there any more, so nothing that was typed into it counts. "
                    f"If it was moved or renamed, put it back under this name and run the command again.{newest}"
                )
        elif copy := next((each for each in copies if filecmp.cmp(each, self.consolidated, shallow=False)), None):
            yield (
                f"{shown} is an older one, put back: it is the same as {EARLIER}/{copy.name}. "
                "What was typed into later ones is not in it."
            )

    def expect_consolidated(self) -> None:
        """Find out whether returns have been combined in this round.

        Raises:
            ImpactError: they have not, or the workbook is elsewhere now.
        """
        if not self.consolidated.exists():
            raise ImpactError(
                f"There is no {RESULTS}/{self.consolidated.name} in this round",
                "Combine the returns first: impact-xl collate. If the workbook was moved or renamed, put it back.",
            )

    def to_delete(self) -> list[tuple[Path, str]]:
        """What is here and may be deleted after a round is closed, each with what it holds.

        docs/information-governance.md says when, and why.
        """
        every = (
            (self.returns, "the forms and messages as they came"),
            (self.outbox, "addresses, forms and messages"),
            (self.packs, "the teams' own packs"),
            (self.tracking, "addresses, and what you noted"),
            (self.meeting, "notes of the teams, without their names; what was decided is in Actions, too"),
            (self.tables, "every answer and free text, as CSV files"),
            (self.earlier, "workbooks that were replaced"),
        )
        return [(path, holds) for path, holds in every if (path.is_dir() and any(path.iterdir())) or path.is_file()]

    def lists_sent(self) -> list[TeamList]:
        """The team lists of the outboxes, newest first: they tell the ids that were sent.

        Raises:
            ImpactError: one cannot be read.
        """
        return [read_teams(path) for box in self.outboxes() if (path := box / TEAM_LISTS[0]).is_file()]

    def resolve(self, text: str) -> Path | None:
        """A path as it is typed in round.xlsx, from the round's folder; None where none is typed."""
        # Not asked of the disk: a folder that is not made yet has no “..” there.
        return Path(os.path.normpath(self.path / text.replace("\\", "/"))) if text else None

    def last_round(self, round: Round) -> RoundFolder | None:
        """The folder of the round before this one; None where the round names none."""
        place = self.resolve(round.after)
        return RoundFolder(place) if place else None

    def read(self, questionnaire: Questionnaire | None = None, *, today: date | None = None) -> Round:
        """What is settled of the round, every team with its id; `notes` say what a person should know.

        Args:
            questionnaire: what is asked; the one that the round names unless given, else the built-in one.
            today: the day on which a deadline is looked at; none is unless given.

        Raises:
            ImpactError: nothing is settled here, it is settled in two places, or it holds faults.
        """
        self._check()
        if self.workbook.name == ROUND_FILE:
            round = self._read_files(questionnaire)
        else:
            round = read_without_ids(self.workbook, questionnaire)
        round = with_ids(round, self.lists_sent())
        return replace(round, notes=(*round.notes, *self._notes(round, today)))

    def questionnaire(self, round: Round, own: Questionnaire | None = None) -> Questionnaire:
        """What the round asks, in every wording that it has.

        Args:
            round: the round.
            own: the questionnaire; the one that the round names unless given, else the built-in one.

        Raises:
            ImpactError: it cannot be used, or an overlay cannot.
        """
        return instrument(round, own or authoring.load(self.resolve(round.questionnaire)), self.path)

    def _check(self) -> None:
        """Find out whether the round is settled in one place.

        Raises:
            ImpactError: it is settled nowhere, or in two places, or a sync program has made a second copy.
        """
        book, file = self.path / WORKBOOK, self.path / ROUND_FILE
        if not self.path.is_dir():
            raise ImpactError(f"There is no such folder: {self.path}", "Check the path given with --round.")
        refuse_conflicts(book)
        if book.is_file() and file.is_file():
            raise ImpactError(
                f"The round is settled in two places: {book} and {file}",
                "Keep the one that is right, and move the other out of the folder.",
            )
        if not book.is_file() and not file.is_file():
            raise no_round(self.path)

    def _read_files(self, questionnaire: Questionnaire | None) -> Round:
        """The round of round.toml, with the teams of the list beside it."""
        round = read_round(self.workbook, questionnaire, self.path)
        listed = self.team_list
        return replace(round, teams=read_teams(listed)) if listed and listed.is_file() else round

    def _notes(self, round: Round, today: date | None) -> Iterator[str]:
        yield from lock_notes(self.workbook)
        over = [team for team in round.teams.teams if today and team.deadline and team.deadline < today]
        if today and round.deadline and round.deadline < today:
            yield f"The deadline, {show_date(round.deadline)}, has passed. Is the year right?"
        if over:
            yield f"{plural(len(over), 'team has', 'teams have')} a deadline of their own that has passed."


def lock_notes(path: Path, more: str = "") -> Iterator[str]:
    """That a workbook is open in another program, which keeps a small file beside it as long.

    Args:
        path: the workbook.
        more: what else to do.
    """
    program = next(
        (name for lock, name in ((f"~${path.name}", "Excel"), (f".~lock.{path.name}#", "LibreOffice"))
         if path.with_name(lock).exists()),
        "",
    )  # fmt: skip
    if program:
        yield f"{path.name} is open in {program}. What was last saved is read, so save it there first{more}."


# -- finding it ---------------------------------------------------------------------------------------


def find(given: Path | None, start: Path) -> RoundFolder | None:
    """The round's folder that a command works in.

    Args:
        given: what was given with --round: a round's folder, its round.xlsx, or a round file of one's own.
        start: the folder that the command is started in.

    Returns:
        The folder that was given, else the one that the command is started in where it is a round's. None where there
        is no round, or a round file was given, which is read as such.

    Raises:
        ImpactError: what was given is not there, or is a folder but no round's.
    """
    if given is None:
        return RoundFolder(start) if is_round(start) else None
    if given.is_dir():
        if not is_round(given):
            raise no_round(given)
        return RoundFolder(given)
    if not given.exists():
        raise ImpactError(f"There is no such round: {given}", "Check the path given with --round.")
    return RoundFolder(given.parent) if _is_workbook(given) else None


def need(given: Path | None, start: Path) -> RoundFolder:
    """As `find`, for what cannot be done without a round's folder.

    Raises:
        ImpactError: there is none; says where it was looked for.
    """
    found = find(given, start)
    if found is None:
        raise no_round(start if given is None else given)
    return found


def is_round(folder: Path) -> bool:
    """Whether a folder is a round's: it has round.xlsx, or round.toml with a team list, and is not an outbox."""
    if (folder / _OUTBOX_MANIFEST).exists():
        return False
    book = folder / WORKBOOK
    if book.is_file():
        # A small round file of one's own may have that name, too.
        return (folder / OUTBOX).is_dir() or (folder / RESULTS).is_dir() or workbook.is_one(book)
    return (folder / ROUND_FILE).is_file() and any((folder / name).is_file() for name in TEAM_LISTS)


def _is_workbook(path: Path) -> bool:
    return normalise(path.name) == WORKBOOK and is_round(path.parent)


def no_round(looked_in: Path) -> ImpactError:
    """That there is no round where it was looked for, and what is nearest to one."""
    above = looked_in.absolute().parent
    renamed = sorted(path.name for path in looked_in.glob("*.xlsx") if normalise(path.stem).startswith("round"))
    if is_round(above):
        hint = f"The folder above is one: give --round {above}"
    elif renamed:
        hint = f"There is {renamed[0]}: if that is the round's workbook, name it {WORKBOOK}."
    else:
        hint = 'Give --round FOLDER, or make a round: impact-xl new "Autumn 2026" --teams teams.csv'
    return ImpactError(
        f"This is not a round's folder: {looked_in} (it has no {WORKBOOK}, and no {ROUND_FILE} with a team list)", hint
    )
