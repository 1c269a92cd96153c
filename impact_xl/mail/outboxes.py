"""The outboxes of a round: which messages were made, for which team and on which day, and which of them were sent.

A message that was made is a draft. It was sent where `send` notes it, or where the team list has a day under “sent on”.
"""

from __future__ import annotations

import csv
import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any

from impact_xl.files import managed_folder
from impact_xl.findings import ImpactError
from impact_xl.mail import outbox as one_outbox
from impact_xl.mail.drafts import DISTRIBUTION, MANIFEST, MESSAGES
from impact_xl.mail.outbox import Message
from impact_xl.mail.send_log import DeliveryState, SendLog, by_message
from impact_xl.mail.spellings import alike
from impact_xl.questionnaire import normalise
from impact_xl.roster import Round, Team, TeamList, read_round

TEAMS, ROUND = "teams.csv", "round.toml"  # beside the messages that `distribute` makes
TEST = "test"  # a folder of this name, and a day, is a rehearsal
_DAY = r"\d{4}-\d{2}-\d{2}(?: \d{1,3})?"
_MOST = 999  # folders of a day


class Kind(StrEnum):
    """What the messages of an outbox are."""

    INVITATION = "invitation"
    REMINDER = "reminder"  # all that `remind` makes: reminders and requests
    FEEDBACK = "feedback"
    FOLLOW_UP = "follow-up"  # what `actions` makes

    @property
    def asks_for_form(self) -> bool:
        """Whether it asks for the round's answers, so that a later message of that sort makes it needless."""
        return self in (Kind.INVITATION, Kind.REMINDER)


@dataclass(frozen=True)
class Made:
    """One message that was made, whatever has become of its draft."""

    outbox: Path
    name: str  # of its file
    team_id: str
    team: str
    kind: Kind
    asks: str  # what it asks for, as `reminders.Kind` has it; empty where that is not known
    made_on: date
    again: bool  # made once more on purpose
    delivery: DeliveryState

    @property
    def sent_on(self) -> date | None:
        """The day on which `send` handed it over; None where it did not."""
        return self.delivery.sent_on

    def is_of(self, team: Team) -> bool:
        """Whether it is a team's: it has its id, or its name. What may be the team's is never made twice."""
        return normalise(self.team_id) == normalise(team.id) or normalise(self.team) == normalise(team.name)


@dataclass(frozen=True)
class History:
    """Everything that was made in a round, the oldest first."""

    made: tuple[Made, ...] = ()
    folders: tuple[Path, ...] = ()  # the newest first
    listed: frozenset[tuple[str, str]] = frozenset()  # the id and name of each team on the list

    @cached_property
    def _by_key(self) -> Mapping[str, Sequence[int]]:
        """Where what was made for an id, or a name, stands in the list."""
        by_key: defaultdict[str, list[int]] = defaultdict(list)
        for number, each in enumerate(self.made):
            for key in {normalise(each.team_id), normalise(each.team)}:
                by_key[key].append(number)
        return by_key

    def of(self, team: Team, *kinds: Kind) -> list[Made]:
        """What was made for a team, the oldest first; of these kinds alone where any are given."""
        numbers = {number for key in (team.id, team.name) for number in self._by_key.get(normalise(key), ())}
        made = (self.made[number] for number in sorted(numbers))
        mine = (each for each in made if each.is_of(team) and not self._is_of_namesake(each, team))
        return [each for each in mine if not kinds or each.kind in kinds]

    def _is_of_namesake(self, made: Made, team: Team) -> bool:
        """Whether it was made for another team on the list, which has the same name in another group."""
        team_id = normalise(made.team_id)
        return team_id != normalise(team.id) and (team_id, normalise(made.team)) in self.listed

    def of_id(self, team_id: str) -> list[Made]:
        """What was made for the team of an id."""
        made = (self.made[number] for number in self._by_key.get(normalise(team_id), ()))
        return [each for each in made if normalise(each.team_id) == normalise(team_id)]

    def form_drafted(self, team: Team) -> date | None:
        """The day on which the team's form was made last."""
        return max((each.made_on for each in self.of(team, Kind.INVITATION)), default=None)

    def form_sent(self, team: Team) -> date | None:
        """The day on which the team's form was sent last, by `send` or as the team list says."""
        days = [each.sent_on for each in self.of(team, Kind.INVITATION)]
        return max((day for day in (*days, team.sent_on) if day), default=None)

    def reminder_drafted(self, team: Team, asks: Collection[str] = ()) -> date | None:
        """The day of the last draft of `remind` for the team, about something of this sort where one is given."""
        of_sort = [each for each in self.of(team, Kind.REMINDER) if not asks or not each.asks or each.asks in asks]
        return max((each.made_on for each in of_sort), default=None)

    def reminded(self, team: Team, asks: Collection[str] = ()) -> date | None:
        """The day on which a message of `remind` was last sent to the team by `send`, about this sort where given."""
        of_sort = [each for each in self.of(team, Kind.REMINDER) if not asks or not each.asks or each.asks in asks]
        return max((each.sent_on for each in of_sort if each.sent_on), default=None)


# -- where they are ---------------------------------------------------------------------------------


def is_outbox(folder: Path) -> bool:
    """Whether a folder holds messages that this program made."""
    return (folder / MANIFEST).is_file() or (folder / DISTRIBUTION).is_file()


def beside(folder: Path) -> list[Path]:
    """The outboxes of one place: the folder itself, and the dated ones beside it; the newest first."""
    name = re.sub(rf" {_DAY}$", "", folder.name)
    if not folder.parent.is_dir():
        return []
    dated = [path for path in folder.parent.iterdir() if re.fullmatch(rf"{re.escape(name)} {_DAY}", path.name)]
    first = folder.with_name(name)
    return [path for path in (*sorted(dated, key=_number, reverse=True), first) if is_outbox(path)]


def _number(path: Path) -> tuple[str, int]:
    match = re.search(r"(\d{4}-\d{2}-\d{2})(?: (\d{1,3}))?$", path.name)
    return (match[1], int(match[2] or 1)) if match else ("", 0)


def family(outbox: Path) -> list[Path]:
    """The outbox and those of the same round that lie with it, the newest first; a rehearsal is alone."""
    if is_rehearsal(outbox):
        return [outbox]
    outbox = outbox.absolute()
    if _in_round(outbox):
        dated = (path for path in outbox.parent.iterdir() if _in_round(path) and is_outbox(path))
        in_order = sorted(dated, key=_number, reverse=True)
        return [path for path in in_order if round_id(path) in ("", round_id(outbox))]
    return [path for path in beside(outbox) if round_id(path) == round_id(outbox)]


def new_place(folder: Path, day: date) -> Path:
    """Where new messages go: the folder where it holds none, else a dated one beside it that is not there yet.

    Raises:
        ImpactError: there are too many of this day.
    """
    return folder if not is_outbox(folder) else _dated(folder.with_name(f"{folder.name} {day.isoformat()}"))


def rehearsal_place(folder: Path, day: date) -> Path:
    """Where a rehearsal of these messages goes: a folder that `send` takes only by its name, and that never counts."""
    before = "" if _in_round(folder) else f"{folder.name} "
    return _dated(folder.with_name(f"{before}{TEST} {day.isoformat()}"))


def _in_round(folder: Path) -> bool:
    return bool(re.fullmatch(_DAY, folder.name))


def _dated(first: Path) -> Path:
    names = (f"{first.name}{f' {number}' if number > 1 else ''}" for number in range(1, _MOST + 1))
    place = next((path for name in names if not (path := first.with_name(name)).exists()), None)
    if place is None:
        raise ImpactError(f"There are too many folders like {first}", "Move some elsewhere.")
    return place


def is_rehearsal(outbox: Path) -> bool:
    """Whether an outbox was made to be tried out."""
    return bool(_about(outbox).get(TEST))


def round_id(outbox: Path) -> str:
    """The id of the round that an outbox was made for, normalised; empty where it says none."""
    return normalise(str(_about(outbox).get("round", "") or round_of(outbox).id))


def of_round(folders: Iterable[Path], round: Round, *, unnamed: bool) -> list[Path]:
    """Those outboxes that are of a round; with `unnamed` also those that say no round, as version 0.1 wrote them."""
    return [path for path in folders if round_id(path) in (normalise(round.id), *([""] if unnamed else []))]


def round_of(outbox: Path) -> Round:
    """The round of an outbox, as its round file has it; one with nothing in it where there is none to be read."""
    try:
        return read_round(outbox / ROUND) if (outbox / ROUND).is_file() else Round()
    except ImpactError:  # people may have worked on it; it is only asked what the round is called
        return Round()


# -- what was made, and sent ------------------------------------------------------------------------


def about(kind: Kind, made_on: date, round: Round, again: Iterable[Team] = (), *, test: bool = False) -> dict[str, Any]:
    """What the manifest of an outbox says of all its messages."""
    marks = {"again": [team.id for team in again], TEST: test}
    return {
        "kind": kind.value,
        "made": made_on.isoformat(),
        "round": round.id,
        **{key: value for key, value in marks.items() if value},
    }


def read(folders: Iterable[Path], teams: Iterable[Team] = ()) -> History:
    """Everything that was made in some outboxes, and sent from them.

    Args:
        folders: the outboxes, the newest first.
        teams: the team list, by which teams of one name are told apart.

    Raises:
        ImpactError: the list of an outbox, or of what was sent from it, cannot be read: nobody knows who has what.
    """
    boxes = [folder for folder in folders if is_outbox(folder) and not is_rehearsal(folder)]
    made = [each for folder in reversed(boxes) for each in _made(folder)]
    listed = frozenset((normalise(team.id), normalise(team.name)) for team in teams)
    return History(tuple(made), tuple(boxes), listed)


def _made(outbox: Path) -> Iterator[Made]:
    content = _about(outbox)
    listed = dict(_listed(outbox, content))
    deliveries = _deliveries(outbox, listed)
    kind, made_on = _kind(outbox, content), _made_on(outbox, content)
    again = {normalise(str(team)) for team in content.get("again", ())}
    for name, row in listed.items():
        delivery = deliveries.get(name, DeliveryState())
        once_more = normalise(row["team_id"]) in again
        yield Made(outbox, name, row["team_id"], row["team"], kind, row["asks"], made_on, once_more, delivery)


def _deliveries(outbox: Path, listed: Collection[str]) -> Mapping[str, DeliveryState]:
    """What is known of each message that was made, whatever became of the letters of its name in the list."""
    folder = outbox / MESSAGES
    there = {path.name for path in folder.iterdir()} if folder.is_dir() else set()

    def keys_of(name: str) -> Sequence[str]:
        if name in listed:
            return (name,)
        copy_of = one_outbox.original(name, listed)
        return (copy_of,) if copy_of else alike(name, listed) or [name] * (name in there)

    def recipients() -> Mapping[str, frozenset[str]]:
        return {name: made.to for name, made in _made_files(outbox).items()}

    return by_message((SendLog(outbox).deliveries(),), keys_of, recipients)


def _made_files(outbox: Path) -> Mapping[str, one_outbox.Made]:
    """What the lists of an outbox say of each message that was made."""
    return one_outbox.made_in(outbox, managed_folder.digests(outbox, MANIFEST))


def _about(outbox: Path) -> Mapping[str, Any]:
    """What the manifest says; nothing where it is gone or was broken."""
    try:
        content = json.loads((outbox / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _kind(outbox: Path, content: Mapping[str, Any]) -> Kind:
    """What the messages are; version 0.1 did not say, but its invitations alone lie beside a team list."""
    if content.get("kind") in list(Kind):
        return Kind(content["kind"])
    if (outbox / TEAMS).exists():
        return Kind.INVITATION
    return Kind.REMINDER if (outbox / "forms").exists() else Kind.FEEDBACK


def _made_on(outbox: Path, content: Mapping[str, Any]) -> date:
    try:
        return date.fromisoformat(str(content.get("made", "")))
    except ValueError:
        stamp = (outbox / (MANIFEST if content else DISTRIBUTION)).stat().st_mtime  # version 0.1 did not say
        return datetime.fromtimestamp(stamp, UTC).astimezone().date()


def _listed(outbox: Path, content: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, str]]]:
    """The file of each message that was made, with its team's id and name, and what it asks for."""
    if isinstance(content.get("messages"), dict):
        for name, row in content["messages"].items():
            yield name, {key: str(row.get(key, "")) for key in ("team_id", "team", "asks")}
        return
    path = outbox / DISTRIBUTION  # version 0.1 had the list for mail merges alone
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                name = row["message"].replace("\\", "/").removeprefix(f"{MESSAGES}/")
                yield name, {"team_id": _unescaped(row["team_id"]), "team": _unescaped(row["team"]), "asks": ""}
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise ImpactError(
            f"The list of the messages that were made cannot be read: {path}",
            "It tells who has a message already. Close it if it is open; if it was edited, put it back as it was.",
        ) from error


def _unescaped(text: str) -> str:
    return text[1:] if re.match(r"'[=+\-@]", text) else text


# -- what goes out once -----------------------------------------------------------------------------


def sent_elsewhere(outbox: Path, messages: Iterable[Message], teams: TeamList) -> dict[str, DeliveryState]:
    """Which addresses need a message no more, or may not: by the message's key.

    An address gets a team's invitation once in a round, unless it was made again on purpose. A message is also settled
    for an address that a later one of its kind, or a later reminder, which carries the form as well, was sent to.

    Args:
        outbox: the one to be sent.
        messages: its messages.
        teams: the team list as it stands; whom it has a day under “sent on” for has the invitation.

    Raises:
        ImpactError: as `read`.
    """
    if is_rehearsal(outbox):
        return {}
    history = read(family(outbox))
    order = {folder: number for number, folder in enumerate(reversed(history.folders))}
    settled = _sent_from_copies(outbox)
    for name, state in _sent_as_own(outbox, history.folders).items():
        settled[name].merge(state)
    for message, made in _pairs(outbox.absolute(), messages, history):
        state = settled[message.key]
        if made.outbox != outbox.absolute():
            state.merge(made.delivery)
        for other in history.of_id(made.team_id):
            if other.outbox != made.outbox and _settles(other, made, order):
                state.merge(other.delivery)
        if made.kind is Kind.INVITATION and not made.again and _sent_by_hand(made, teams):
            state.sent |= {address.casefold() for address in message.recipients}
    return settled


def _pairs(outbox: Path, messages: Iterable[Message], history: History) -> Iterator[tuple[Message, Made]]:
    """Each message with what it was made as; drafts of another outbox of the round, which lie in this one, too."""
    made = {(each.outbox, each.name): each for each in history.made}
    others: Mapping[Path, Mapping[str, one_outbox.Made]] | None = None
    for message in messages:
        if own := made.get((outbox, message.key)):
            yield message, own
            continue
        if others is None:
            others = {folder: _made_files(folder) for folder in history.folders if folder != outbox}
        whole = [
            (folder, name)
            for folder, files in others.items()
            for name, each in files.items()
            if each.digest == message.digest
        ]
        alike_ones = [(folder, one_outbox.made_as(message, files)) for folder, files in others.items()]
        yield from ((message, made[key]) for key in whole or alike_ones if key in made)


def _sent_as_own(outbox: Path, folders: Iterable[Path]) -> Mapping[str, DeliveryState]:
    """What was sent from the round's other outboxes as a message of their own, and is a draft of this one."""
    sent: defaultdict[str, DeliveryState] = defaultdict(DeliveryState)
    files = _made_files(outbox)
    for folder in folders:
        if folder == outbox.absolute():
            continue
        deliveries = SendLog(folder).deliveries()
        if not set(deliveries) - set(_made_files(folder)):  # so that no message is read for nothing
            continue
        for message in one_outbox.read(folder).messages:
            if message.key in deliveries and (name := one_outbox.made_as(message, files)):
                sent[name].merge(deliveries[message.key])
    return sent


def _sent_from_copies(outbox: Path) -> defaultdict[str, DeliveryState]:
    """What was sent from the folders beside an outbox that are copies of it, as somebody copied the whole folder."""
    sent: defaultdict[str, DeliveryState] = defaultdict(DeliveryState)
    own = (outbox / MANIFEST).read_bytes()
    for path in sorted(outbox.absolute().parent.iterdir()):
        manifest = path / MANIFEST
        if path.name != outbox.absolute().name and manifest.is_file() and manifest.read_bytes() == own:
            for name, state in SendLog(path).deliveries().items():
                sent[name].merge(state)
    return sent


def _settles(other: Made, made: Made, order: Mapping[Path, int]) -> bool:
    """Whether one message, where it was sent, makes another one of the same team needless."""
    later = order[other.outbox] > order[made.outbox]
    if other.kind is not made.kind and not (other.kind.asks_for_form and made.kind.asks_for_form):
        return False
    if made.kind is Kind.INVITATION and other.kind is Kind.INVITATION:
        return later or not made.again
    return later


def _sent_by_hand(made: Made, teams: TeamList) -> bool:
    team = teams.by_id.get(normalise(made.team_id))
    return bool(team and team.sent_on)
