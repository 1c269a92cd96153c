"""The folder of a round: made, and what a command finds in it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date as Date  # noqa: N812  as in the other rooms
from pathlib import Path
from typing import Any

from impact_xl.api.inputs import in_round, level_of, load_questionnaire, load_round, load_teams
from impact_xl.api.options import AnyPath, MailOptions, ReadOptions, WriteOptions
from impact_xl.files.dates import show_date
from impact_xl.files.places import resolved
from impact_xl.mail import outboxes
from impact_xl.questionnaire import Questionnaire
from impact_xl.roster import Round, new_round
from impact_xl.roster.conflicts import refuse_conflicts
from impact_xl.roster.folder import RoundFolder, find
from impact_xl.roster.instrument import expect_target
from impact_xl.roster.new_round import NewRound
from impact_xl.roster.settings import BY_KEY, show
from impact_xl.round.disclosure import MINIMUM_GROUP
from impact_xl.wording import plural

CONSOLIDATED, FEEDBACK = "outputs/consolidated.xlsx", "outputs/feedback"  # outside a round


@dataclass(frozen=True)
class Settings:
    """What a command works with: what the round's folder holds, and what options say in its place."""

    folder: RoundFolder | None  # None outside a round
    round: Round  # with its teams
    questionnaire: Questionnaire
    decisions: Path | None = None  # what `read_overrides` takes
    lines: tuple[str, ...] = ()  # to be said on the screen, in this order, before anything else

    def command(self, name: str) -> str:
        """The command that goes on with this round, from the folder that this one was started in."""
        at = f' --round "{self.folder.path}"' if self.folder and self.folder.path != Path() else ""
        return f"impact-xl {name}{at}"

    @property
    def minimum_group(self) -> int:
        """Figures that fewer other teams than this stand behind are withheld."""
        return self.round.minimum_group or MINIMUM_GROUP

    @property
    def tickbox(self) -> str:
        """The style of the forms' tickboxes."""
        return self.round.tickbox or "native"

    @property
    def consolidated(self) -> Path | None:
        """The round's own consolidated workbook, which need not be there; None outside a round."""
        return self.folder.consolidated if self.folder else None

    @property
    def outboxes(self) -> list[Path] | None:
        """The round's outboxes, newest first; None outside a round.

        In a folder that somebody copied for the next round, those of the last one lie there, too.
        """
        return outboxes.of_round(self.folder.outboxes(), self.round, unnamed=True) if self.folder else None

    @property
    def last_consolidated(self) -> Path | None:
        """Last round's consolidated workbook, which need not be there; None where the round names no last one."""
        last = self.folder.last_round(self.round) if self.folder else None
        return last.consolidated if last else None

    @property
    def without_last(self) -> str:
        """What to say where the round names a last one whose workbook is not there; else empty."""
        last = self.last_consolidated
        if not last or last.is_file() or not self.folder:
            return ""
        return (
            f"Nothing of last time is shown: there is no {last}. Correct “{BY_KEY['after'].label}” in "
            f"{self.folder.workbook.name}, or put the folder back."
        )


def settle(
    round: AnyPath | Round | None = None,
    start: AnyPath = ".",
    *,
    teams: AnyPath | None = None,
    questionnaire: AnyPath | None = None,
    overrides: AnyPath | None = None,
    values: Mapping[str, Any] | None = None,
    addressed: bool = False,
    today: Date | None = None,
) -> Settings:
    """What a command works with; nothing is written.

    Args:
        round: what --round gives: a round's folder, its round.xlsx, or a round file of one's own.
        start: the folder that the command is started in, which is looked at where no round is given.
        teams, questionnaire, overrides: these options. Each beats what the folder holds, and is said.
        values: what other options say, by the fields of `Round`: deadline, contact, about, target, not_applicable,
            tickbox, minimum_group, date. What is None, empty or False was not given.
        addressed: messages are to go to the teams, so addresses are checked.
        today: the day at which it is said that a deadline is over; it is not unless given.

    Raises:
        ImpactError: there is no such round, or the round or a list holds faults.
    """
    given = {key: value for key, value in (values or {}).items() if value not in (None, "", False)}
    folder = None if isinstance(round, Round) else find(Path(round) if round else None, Path(start))
    if folder is None:
        return _outside(round, teams, questionnaire, overrides, given, addressed=addressed, today=today)
    options = {"teams": teams, "questionnaire": questionnaire, "overrides": overrides}
    paths = {name: Path(path) for name, path in options.items() if path}
    return _inside(folder, paths, given, addressed=addressed, today=today)


def settle_reading(
    options: ReadOptions, start: AnyPath = ".", *, values: Mapping[str, Any] | None = None, addressed: bool = False
) -> tuple[Settings, ReadOptions]:
    """What a command that reads returns works with, and its options with what the round's folder holds.

    The returns stay empty where none were given and there is no round's folder.

    Args:
        options: what was given; its round is a path.
        start, values, addressed: as `settle` has them.

    Raises:
        ImpactError: as `settle`; or a sync program has made second copies of the results.
    """
    settings = settle(
        _path(options.round),
        start,
        teams=_path(options.teams),
        questionnaire=_path(options.questionnaire),
        overrides=_path(options.overrides),
        values={"target": options.target, "date": options.date, **(values or {})},
        addressed=addressed,
    )
    if settings.folder:
        check_results(settings.folder)
        settings = replace(settings, lines=(*settings.lines, *settings.folder.result_notes()))
    return settings, replace(
        options,
        returns=options.returns or ((settings.folder.returns,) if settings.folder else ()),
        teams=None,
        round=settings.round,
        questionnaire=settings.questionnaire,
        target=None,
        date=None,
        overrides=settings.decisions,
    )


def settle_writing(settings: Settings, output: AnyPath | None, options: WriteOptions) -> tuple[Path, WriteOptions]:
    """Where the consolidated workbook is written, and what is written beside it.

    In a round the tables and the board copy go with its own workbook alone: one that is written elsewhere carries over
    nothing that was typed into the round's own, so what is made of it would not agree with that.
    """
    options = replace(options, minimum_group=settings.minimum_group)
    folder = settings.folder
    if folder is None or not is_place(output, folder.consolidated):
        return Path(output or CONSOLIDATED), options
    return folder.consolidated, replace(
        options,
        csv=options.csv or folder.tables,
        share=options.share or folder.board,
        share_when_enough=is_place(options.share, folder.board),
        meeting=folder.meeting,
        earlier=folder.earlier,
    )


def settle_packs(
    settings: Settings, consolidated: AnyPath | None, output: AnyPath | None, options: MailOptions
) -> tuple[Path | None, Path, MailOptions]:
    """Which workbook packs are made of, where to, and what their messages say; no workbook where none is known.

    Raises:
        ImpactError: a sync program has made second copies of the results, or there are none in the round.
    """
    folder, contact = settings.folder, options.contact
    if folder:
        check_results(folder)
        if not consolidated:
            folder.expect_consolidated()
    if settings.round.teams.teams:
        contact = settings.round.contact  # what the option says is in it
    source = consolidated or (folder.consolidated if folder else None)
    place = output or (folder.packs if folder else FEEDBACK)
    return Path(source) if source else None, Path(place), replace(options, contact=contact)


def is_place(given: AnyPath | None, own: Path) -> bool:
    """Whether a place is the round's own, which it is where none was given."""
    return not given or resolved(Path(given)) == resolved(own)


def _path(value: object) -> AnyPath | None:
    """What was given for a file; values that are loaded already are not for a command."""
    if value is None or isinstance(value, str | os.PathLike):
        return value
    raise TypeError(f"a path is wanted, and not {value!r}")


def check_results(folder: RoundFolder) -> None:
    """Stop where a sync program has made second copies of the results.

    Raises:
        ImpactError: it has; nothing was changed.
    """
    for path in (folder.consolidated, folder.board, folder.meeting, folder.tracking):
        refuse_conflicts(path)


def _inside(
    folder: RoundFolder, paths: Mapping[str, Path], given: Mapping[str, Any], *, addressed: bool, today: Date | None
) -> Settings:
    """What a command works with in a round's folder."""
    own = load_questionnaire(paths["questionnaire"]) if "questionnaire" in paths else None
    settled = folder.read(own, today=today)
    lines = [_using(folder, settled), *settled.notes, *_in_place_of_files(folder, settled, paths)]
    lines += _of_other_rounds(folder, settled)
    listed = paths.get("teams") or (folder.team_list if addressed else None)
    if "teams" in paths or (listed and listed.is_file()):
        settled = replace(settled, teams=load_teams(listed, addressed=addressed))
    content = folder.questionnaire(settled, own)
    settled, open_still = _not_closed_yet(settled, today)
    lines += open_still
    changed = _with_values(settled, content, given)
    lines += (*settled.teams.notes, *_in_place_of_values(folder, settled, changed, content, given))
    return Settings(folder, changed, content, paths.get("overrides") or folder.decisions, tuple(lines))


def _outside(
    round: AnyPath | Round | None,
    teams: AnyPath | None,
    questionnaire: AnyPath | None,
    overrides: AnyPath | None,
    given: Mapping[str, Any],
    *,
    addressed: bool,
    today: Date | None,
) -> Settings:
    """What a command works with where there is no round's folder: what its options say."""
    content = load_questionnaire(questionnaire)
    settled = load_round(round, content)
    if teams:
        settled = replace(settled, teams=load_teams(teams, addressed=addressed))
    content = in_round(settled, content, _path(round) if not isinstance(round, Round) else None)
    settled, lines = _not_closed_yet(settled, today)
    changed = _with_values(settled, content, given)
    return Settings(None, changed, content, Path(overrides) if overrides else None, tuple(lines))


def _not_closed_yet(round: Round, today: Date | None) -> tuple[Round, list[str]]:
    """The round, which is open still where its closing date is to come; and what to say of that."""
    closed_on = round.closed_on
    if not closed_on or closed_on <= (today or Date.today()):  # noqa: DTZ011  the coordinator's own calendar
        return round, []
    label = BY_KEY["closed_on"].label
    line = f"{label} is {show_date(closed_on)}, and that day has not come. Until then the round is open."
    return replace(round, closed_on=None), [line]


def _with_values(round: Round, questionnaire: Questionnaire, given: Mapping[str, Any]) -> Round:
    """The round, with what options say in the place of what is settled."""
    values: dict[str, Any] = {key: value.strip() if isinstance(value, str) else value for key, value in given.items()}
    if "target" in values:
        values["target"] = level_of(values["target"], questionnaire)
        expect_target(values["target"], questionnaire)
    return replace(round, **values)


def _using(folder: RoundFolder, round: Round) -> str:
    name = folder.path if folder.path.name else folder.path.absolute().name
    return f"Using the round in {name}: {round.title or round.id}, {plural(len(round.teams.teams), 'team')}."


def _of_other_rounds(folder: RoundFolder, round: Round) -> Iterator[str]:
    """That messages of another round lie here: somebody copied its folder, or typed another id."""
    own = outboxes.of_round(there := folder.outboxes(), round, unnamed=True)
    if others := sorted({outboxes.round_id(path) for path in there if path not in own and outboxes.is_outbox(path)}):
        ids = ", ".join(f"“{each}”" for each in others)
        yield (
            f"{folder.outbox.name} has messages of another round: {ids}, not “{round.id}”. They do not count here, and "
            "a form with that id does not count either."
        )


_IN_FOLDER = {"teams": "the sheet Teams", "overrides": "the sheet Decisions", "questionnaire": "the questionnaire"}


def _in_place_of_files(folder: RoundFolder, round: Round, given: Mapping[str, Path]) -> Iterator[str]:
    """Which files are used in this run in the place of what the folder holds."""
    book = folder.workbook
    there = {
        "teams": folder.team_list or book,
        "overrides": folder.decisions,
        "questionnaire": folder.resolve(round.questionnaire),
    }
    for option, path in given.items():
        own = there[option]
        if own and own.exists() and path.exists() and own.samefile(path):
            continue
        what = own if own and own != book else f"{_IN_FOLDER[option]} of {book.name}"
        yield f"For this run --{option} {path} is used, and not {what}."


def _in_place_of_values(
    folder: RoundFolder, before: Round, after: Round, questionnaire: Questionnaire, given: Mapping[str, Any]
) -> Iterator[str]:
    """Which values count in this run in the place of those that the folder holds."""
    for key in given:
        old, new = getattr(before, key), getattr(after, key)
        if old == new or (key == "tickbox" and not old and new == "native"):
            continue
        setting = BY_KEY[key]
        shown = show(setting, new, questionnaire)
        was = show(setting, old, questionnaire) if old not in (None, "", ()) else "nothing"
        yield f"For this run {setting.label} is {_day(shown)}; {folder.workbook.name} says {_day(was)}."


def _day(value: Any) -> Any:
    return show_date(value) if isinstance(value, Date) else value


def new(
    title: str,
    *,
    teams: AnyPath | None = None,
    deadline: Date | None = None,
    contact: str = "",
    after: AnyPath | None = None,
    output: AnyPath | None = None,
    questionnaire: AnyPath | None = None,
) -> NewRound:
    """Make the folder of a round: round.xlsx with what is known so far, and folders for what comes.

    Args:
        title: what the round is called; its id is made from it.
        teams: the team list.
        deadline: the day by which forms are to be returned.
        contact: the e-mail address that forms and questions go to.
        after: the last round's folder, whose teams (with their ids) and settings are taken along.
        output: the folder to make; the title in lower case, with hyphens, unless given.
        questionnaire: a file of one's own questions.

    Raises:
        ImpactError: something given cannot be used, or the folder is there and not empty; nothing was changed.
    """
    paths = {"teams": teams, "after": after, "output": output, "questionnaire": questionnaire}
    given = {name: Path(path) for name, path in paths.items() if path}
    return new_round.create(title, deadline=deadline, contact=contact, **given)
