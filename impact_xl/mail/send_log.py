"""What became of each message, address by address: a file that outlives the run, however that ends."""

from __future__ import annotations

import contextlib
import csv
import io
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import IO, Any

from impact_xl.findings import ImpactError
from impact_xl.mail.drafts import SENT
from impact_xl.mail.outbox import Letter
from impact_xl.roster import addresses

COLUMNS = ("when", "message", "to", "state", "said")
_FAR_BEHIND = 1 << 30


class State(StrEnum):
    """What became of a message at some addresses."""

    SENDING = "sending"  # on its way; as the last word of a run that was stopped: nobody knows
    SENT = "sent"
    REFUSED = "refused"


@dataclass
class DeliveryState:
    """What is known of one message: the addresses, in lower case, that have it, and those that may have it."""

    sent: set[str] = field(default_factory=set)
    on_its_way: set[str] = field(default_factory=set)

    def learn(self, addresses: Iterable[str], state: State) -> None:
        """Take in a line of the ledger."""
        if state is State.SENDING:
            self.on_its_way |= {address.casefold() for address in addresses}
            return
        self.on_its_way.clear()  # the server has answered
        if state is State.SENT:
            self.sent |= {address.casefold() for address in addresses}

    def waiting(self, letter: Letter) -> list[str]:
        """The addresses of a message that do not have it yet."""
        return [address for address in letter.recipients if address.casefold() not in self.sent]


class Ledger:
    """What became of each message, a line at a time, on the disk before the next step is taken."""

    def __init__(self, outbox: Path) -> None:
        self.path = outbox / SENT
        self._file: IO[str] | None = None

    def fates(self) -> dict[str, DeliveryState]:
        """What is known of each message, by its name.

        Raises:
            ImpactError: the ledger cannot be understood, so nobody knows what was sent.
        """
        known: dict[str, DeliveryState] = defaultdict(DeliveryState)
        if not self.path.exists():
            return known
        try:
            with self.path.open(encoding="utf-8-sig", newline="") as file:
                for row in csv.DictReader(file):
                    if row["state"]:  # a line that was cut off when a run ended says nothing yet
                        known[row["message"]].learn(addresses(row["to"]), State(row["state"]))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ImpactError(
                f"The list of what was sent cannot be read: {self.path}",
                "Nothing was sent now. Close it if it is open; if it was edited, put it back as it was.",
            ) from error
        return known

    @contextlib.contextmanager
    def open(self) -> Iterator[None]:
        """Hold the ledger for one run; a second run at the same time is turned away.

        Raises:
            ImpactError: another run holds it, or it cannot be written.
        """
        try:
            with self.path.open("a+", encoding="utf-8", newline="") as self._file:
                _lock(self._file)
                self._mend()
                yield
        except OSError as error:
            raise ImpactError(
                f"The list of what was sent cannot be written: {self.path} ({error.strerror or error})",
                "Close it in Excel, or wait until the other run has ended.",
            ) from error
        finally:
            self._file = None

    def _mend(self) -> None:
        """Write the header where there is none, and end the line at which an earlier run was cut off."""
        file = self._held
        file.seek(0)
        text = file.read()
        if _line(COLUMNS).startswith(text):
            file.truncate(0)
            self._write(COLUMNS)
        elif not text.endswith("\n"):
            file.write("\r\n")

    def note(self, letter: Letter, to: Iterable[str], state: State, said: str = "") -> None:
        """Write down what becomes of a message at some addresses, and wait until it is on the disk."""
        when = datetime.now(UTC).isoformat(timespec="seconds")
        self._write((when, letter.name, "; ".join(to), state.value, said))

    def _write(self, row: Sequence[str]) -> None:
        self._held.write(_line(row))
        self._held.flush()
        os.fsync(self._held.fileno())

    @property
    def _held(self) -> IO[str]:
        if self._file is None:
            raise ValueError("the ledger is not open")
        return self._file


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
        # One byte far behind the end: the same for every run however long the ledger has grown, and no reader's.
        os.lseek(file.fileno(), _FAR_BEHIND, os.SEEK_SET)
        lock.locking(file.fileno(), lock.LK_NBLCK, 1)
        os.lseek(file.fileno(), 0, os.SEEK_END)
