"""What became of each message, address by address: a file that outlives the run, however that ends."""

from __future__ import annotations

import contextlib
import csv
import io
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import IO, Any

from impact_xl.files.dates import typed_date
from impact_xl.findings import ImpactError
from impact_xl.mail.drafts import SENT
from impact_xl.mail.outbox import Message
from impact_xl.roster import addresses
from impact_xl.wording import reason_of

COLUMNS = ("when", "message", "to", "state", "said")
_LOCK_OFFSET = 1 << 30


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

    def unsent(self, message: Message) -> list[str]:
        """The addresses of a message that do not have it yet."""
        return [address for address in message.recipients if address.casefold() not in self.sent]


class SendLog:
    """What became of each message, a line at a time, on the disk before the next step is taken."""

    def __init__(self, outbox: Path) -> None:
        self.path = outbox / SENT
        self._file: IO[str] | None = None

    def deliveries(self) -> dict[str, DeliveryState]:
        """What is known of each message, by its name.

        Raises:
            ImpactError: the send log cannot be understood, so nobody knows what was sent.
        """
        deliveries: dict[str, DeliveryState] = defaultdict(DeliveryState)
        if not self.path.exists():
            return deliveries
        try:
            with self.path.open(encoding="utf-8-sig", newline="") as file:
                for row in csv.DictReader(file):
                    if row["state"]:  # a line that was cut off when a run ended says nothing yet
                        deliveries[row["message"]].add(addresses(row["to"]), State(row["state"]), row["when"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ImpactError(
                f"The list of what was sent cannot be read: {self.path}",
                "Nothing was sent now. Close it if it is open; if it was edited, put it back as it was.",
            ) from error
        return deliveries

    @contextlib.contextmanager
    def open(self) -> Iterator[None]:
        """Keep the send log open for one run; a second run at the same time is turned away.

        Raises:
            ImpactError: another run has it open, or it cannot be written.
        """
        try:
            with self.path.open("a+", encoding="utf-8", newline="") as self._file:
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

    def _complete_last_line(self) -> None:
        """Write the header where there is none, and end the line at which an earlier run was cut off."""
        file = self._open_file
        file.seek(0)
        text = file.read()
        if _line(COLUMNS).startswith(text):
            file.truncate(0)
            self._write(COLUMNS)
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
