"""What became of each message, address by address: a file that outlives the run, however that ends."""

from __future__ import annotations

import codecs
import contextlib
import csv
import io
import os
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import IO, Any

from impact_xl.files import table_files
from impact_xl.files.dates import typed_date
from impact_xl.findings import ImpactError
from impact_xl.mail.drafts import SENT
from impact_xl.mail.outbox import Message, original
from impact_xl.roster import addresses, is_address
from impact_xl.wording import reason_of

COLUMNS = ("when", "message", "to", "state", "said")
_ENDINGS = (".csv", ".txt", ".tsv", ".xlsx", ".xlsm", ".xls", ".ods")
_ABOVE = 20  # lines in which the header is looked for
_LOCK_OFFSET = 1 << 30
_MARK = "\ufeff"  # Excel takes a list that does not begin with it for letters of another encoding, and saves them so


class State(StrEnum):
    """What became of a message at some addresses."""

    SENDING = "sending"  # on its way; where a run was stopped after it, nobody knows
    SENT = "sent"
    REFUSED = "refused"


@dataclass
class DeliveryState:
    """What is known of one message: the addresses that have it, and those that may have it; all in lower case."""

    sent: set[str] = field(default_factory=set)
    unclear: set[str] = field(default_factory=set)
    sent_on: date | None = None  # the day of the last line that says so

    def add(self, addresses: Iterable[str], state: State, when: str = "") -> None:
        """Add a line of the send log."""
        keys = {address.casefold() for address in addresses}
        if state is State.SENDING:
            self.unclear |= keys
            return
        self.unclear -= keys  # the server has answered for these, and for no other
        if state is State.SENT:
            self.sent |= keys
            self.sent_on = _day(when) or self.sent_on

    def merge(self, other: DeliveryState | None) -> None:
        """Add what is known of another message with the same purpose."""
        if other:
            self.sent |= other.sent
            self.unclear |= other.unclear - other.sent
            self.sent_on = max(filter(None, (self.sent_on, other.sent_on)), default=None)

    def unsent(self, message: Message) -> list[str]:
        """The addresses of a message that do not have it yet."""
        return [address for address in message.recipients if address.casefold() not in self.sent]


def by_message(
    lists: Iterable[Mapping[str, DeliveryState]],
    keys_of: Callable[[str], Sequence[str]],
    recipients: Callable[[], Mapping[str, Collection[str]]],
) -> defaultdict[str, DeliveryState]:
    """What is known of each message by its key.

    A line whose file nobody knows any more still has addresses. Of the messages that are most likely meant nobody
    knows whether they have gone out to these.

    Args:
        lists: what is known, by the names of files.
        keys_of: gives the keys of the messages that a name may stand for.
        recipients: gives the addresses of each message in lower case, by its key; asked where a name stands for none.
    """
    deliveries: defaultdict[str, DeliveryState] = defaultdict(DeliveryState)
    nameless: list[set[str]] = []
    for states in lists:
        for name, state in states.items():
            keys = keys_of(name)
            for key in keys:
                deliveries[key].merge(state)
            if not keys:
                nameless.append(state.sent | state.unclear)
    for state in deliveries.values():
        state.unclear -= state.sent  # by another message with the same purpose
    to_each = recipients() if nameless else {}
    for to in nameless:
        most = max((len(to & {*each}) for each in to_each.values()), default=0)
        for key, each in to_each.items():
            if most and len(to & {*each}) == most:
                deliveries[key].unclear |= to.intersection(each) - deliveries[key].sent
    return deliveries


class SendLog:
    """What became of each message, a line at a time, on the disk before the next step is taken."""

    def __init__(self, outbox: Path) -> None:
        self.path = outbox / SENT
        self._file: IO[str] | None = None

    def deliveries(self) -> dict[str, DeliveryState]:
        """What is known of each message, by its name.

        Whoever looks at the list may save it: with semicolons, as a workbook, under another name. A sync program puts
        a copy beside it. What any of them says was sent was sent.

        Raises:
            ImpactError: one of them cannot be understood, so nobody knows what was sent.
        """
        deliveries: dict[str, DeliveryState] = defaultdict(DeliveryState)
        for path in self._lists():
            of_list: dict[str, DeliveryState] = defaultdict(DeliveryState)
            for row in _rows(path):
                of_list[row["message"]].add(addresses(row["to"]), State(row["state"]), row["when"])
            for name, state in of_list.items():
                deliveries[name].merge(state)
        for state in deliveries.values():
            state.unclear -= state.sent
        return deliveries

    def _lists(self) -> list[Path]:
        """The list itself, and what people and programs have made of it."""
        if not self.path.parent.is_dir():
            return []
        return sorted(
            each
            for each in self.path.parent.iterdir()
            if each.suffix.casefold() in _ENDINGS
            and (each.name == SENT or original(each.name, [SENT]))
            and each.is_file()
        )

    @contextlib.contextmanager
    def open(self) -> Iterator[None]:
        """Keep the send log open for one run; a second run at the same time is turned away.

        Raises:
            ImpactError: another run has it open, or it cannot be written.
        """
        try:
            self._put_aside()
            with self.path.open("a+", encoding="utf-8", errors="replace", newline="") as self._file:
                _lock(self._file)
                self._complete_last_line()
                yield
        except OSError as error:
            raise ImpactError(
                f"The list of what was sent cannot be written: {self.path} ({reason_of(error)})",
                "Close it in Excel, or wait until the other run has ended.",
            ) from error
        finally:
            self._file = None

    def _put_aside(self) -> None:
        """Rename a list that another program saved in its own way: lines of ours would make nonsense of it."""
        if not self.path.is_file() or _is_ours(self.path.read_bytes()):
            return
        names = (self.path.with_name(f"{self.path.stem} ({number}).csv") for number in range(1, 1000))
        self.path.rename(next(each for each in names if not each.exists()))

    def _complete_last_line(self) -> None:
        """Write the header where there is none, and end the line at which an earlier run was cut off."""
        file = self._open_file
        file.seek(0)
        text = file.read()
        if _line(COLUMNS).startswith(text.strip(f"{_MARK}\ufffd")):  # of the mark, too, a part may be there alone
            file.truncate(0)
            self._write((_MARK + COLUMNS[0], *COLUMNS[1:]))
        elif not text.endswith("\n"):
            file.write("\r\n")

    def add(self, message: Message, to: Iterable[str], state: State, reply: str = "") -> None:
        """Write down what becomes of a message at some addresses, and wait until it is on the disk."""
        when = datetime.now(UTC).isoformat(timespec="seconds")
        self._write((when, message.key, "; ".join(to), state.value, reply))

    def _write(self, row: Sequence[str]) -> None:
        self._open_file.write(_line(row))
        self._open_file.flush()
        os.fsync(self._open_file.fileno())

    @property
    def _open_file(self) -> IO[str]:
        if self._file is None:
            raise ValueError("the send log is not open")
        return self._file


def _is_ours(content: bytes) -> bool:
    """Whether a list is as this program writes it, or is only begun."""
    if codecs.BOM_UTF8.startswith(content):
        return True
    try:
        lines = content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        return False
    return not lines or (len(lines) == 1 and _line(COLUMNS).startswith(lines[0])) or lines[0] == ",".join(COLUMNS)


def _rows(path: Path) -> Iterator[Mapping[str, str]]:
    """The rows of a list of what was sent, in whatever way it was saved.

    Raises:
        ImpactError: it cannot be understood.
    """
    for row in _rows_as_typed(path):
        state = row["state"].casefold()
        if not state:  # a line that was cut off before it says nothing yet
            continue
        if state not in list(State):
            if not any(each.startswith(state) for each in State):
                raise _not_understood(path, f"“{row['state']}” is not one of {', '.join(State)}")
            state = State.SENDING  # cut off within the word: it may have gone out
        if state != State.REFUSED and not _names_anybody(row["to"]):
            raise _not_understood(path, f"of {row['message'] or 'a message'} it does not say to whom it went")
        yield {**row, "state": state}


def _rows_as_typed(path: Path) -> list[dict[str, str]]:
    try:
        content = path.read_bytes()
        if table_files.is_workbook(content):
            table = table_files.find(
                table_files.read(path, "The list of what was sent", "OUTBOX"),
                dict.fromkeys(COLUMNS, ()),
                lambda found: {"message", "to", "state"} <= set(found),
                ("when",),
            )
            rows = [{column: row.text(column) for column in COLUMNS} for row in table.rows] if table else None
        else:
            rows = [] if codecs.BOM_UTF8.startswith(content) else _rows_of_text(table_files.decoded(content))
    except OSError as error:
        raise _not_understood(path, reason_of(error)) from error
    if rows is None:
        raise _not_understood(path, "it has no columns message, to and state")
    return rows


def _names_anybody(to: str) -> bool:
    return any(map(is_address, addresses(to)))


def _rows_of_text(text: str) -> list[dict[str, str]] | None:
    """The rows of a list in letters; each stands in a line, so that one that was cut off spoils no other."""
    lines = [line for line in text.splitlines() if line.strip()]
    for number, line in enumerate(lines[:_ABOVE]):
        for sign in table_files.SIGNS:
            header = [table_files.header_key(cell) for cell in _cells(line, sign)]
            if {"message", "to", "state"} <= set(header):
                return [_row(header, each, sign) for each in lines[number + 1 :]]
    # One that is only begun holds nothing yet.
    return [] if not lines or (len(lines) == 1 and _line(COLUMNS).startswith(lines[0])) else None


def _row(header: Sequence[str], line: str, sign: str) -> dict[str, str]:
    """A line by the columns; one of ours under a header of another program is parted by its own sign."""
    cells = _cells(line, sign)
    if len(cells) < len(COLUMNS) - 1 and len(own := _cells(line, ",")) >= len(COLUMNS) - 1:
        cells = own
    found = dict(zip(header, cells, strict=False))
    return {column: found.get(column, "").strip() for column in COLUMNS}


def _cells(line: str, sign: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=sign), [])
    except csv.Error:
        return []


def _not_understood(path: Path, why: str) -> ImpactError:
    return ImpactError(
        f"The list of what was sent cannot be read: {path} ({why})",
        "Nothing was sent now. Close it if it is open; if it was edited, put it back as it was.",
    )


def _day(when: str) -> date | None:
    """The day of a line on the clock of this computer."""
    try:
        return datetime.fromisoformat(when).astimezone().date()
    except ValueError:  # people have opened the list in Excel and saved it
        typed = typed_date(when.partition(" ")[0])
        return typed.date() if typed else None


def _line(row: Sequence[str]) -> str:
    line = io.StringIO(newline="")
    csv.writer(line, lineterminator="\r\n").writerow(row)
    return line.getvalue()


def _lock(file: IO[str]) -> None:
    """Turn a second run away; the lock ends with the process, however that ends."""
    try:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except ImportError:  # Windows
        import msvcrt

        lock: Any = msvcrt
        # One byte far behind the end: the same for every run however long the send log has grown, and no reader's.
        os.lseek(file.fileno(), _LOCK_OFFSET, os.SEEK_SET)
        lock.locking(file.fileno(), lock.LK_NBLCK, 1)
        os.lseek(file.fileno(), 0, os.SEEK_END)
