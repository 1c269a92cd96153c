"""What a child process does with one source: bytes are gated, containers taken apart, workbooks become submissions."""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, TypeVar

from impact_xl.findings import Where, found
from impact_xl.questionnaire import Questionnaire
from impact_xl.returns import csv_file
from impact_xl.returns.file_type import CONTAINERS, LOCKED, MIB, MOST_CONTAINER, TABLE, FileRejected, detect_kind
from impact_xl.returns.formats import xlsx
from impact_xl.returns.formats.grid import Content, Grid
from impact_xl.returns.parse.submissions import Reading, submissions_in
from impact_xl.returns.passwords import opened
from impact_xl.returns.reference_property import reference_in
from impact_xl.returns.sources import FileStarted, Source
from impact_xl.returns.submission import Message, ReturnedFile
from impact_xl.wording import presentable, reason_of

if TYPE_CHECKING:
    from impact_xl.returns.mail.attachment import CarriedFile

T = TypeVar("T")

MOST_SHEET_NAME = 31  # letters of a sheet's name, as spreadsheets name that of a CSV file
TOO_MUCH_MEMORY = FileRejected("file-too-big", "reading it takes more memory than a form ever needs")


def read_source(
    source: Source, questionnaire: Questionnaire, passwords: Sequence[str] = (), skip: int = 0
) -> Iterator[FileStarted | ReturnedFile]:
    """Read one file, or everything in one container; each file is announced before it is read.

    Args:
        source: what to read.
        questionnaire: what was asked.
        passwords: what to try on locked workbooks.
        skip: how many members to pass over, where an earlier reader came so far.
    """
    content, sha256 = b"", ""
    try:
        content = bytes_of(source.path)
        sha256 = hashlib.sha256(content).hexdigest()
        kind = detect_kind(content)
    except FileRejected as rejection:
        yield _with_reference(rejected(source.file, rejection, sha256), content)
        return
    if kind not in CONTAINERS:
        yield read_content(content, source.file, questionnaire, passwords, kind, sha256)
        return
    yield from _read_members(content, kind, source.file, sha256, questionnaire, passwords, skip)


def _read_members(
    content: bytes,
    kind: str,
    file: str,
    sha256: str,
    questionnaire: Questionnaire,
    passwords: Sequence[str],
    skip: int,
) -> Iterator[FileStarted | ReturnedFile]:
    """Everything in a container; what is said of the container itself comes last."""
    from impact_xl.returns.mail.containers import carried_files  # lazy: most rounds come as workbooks alone

    own: list[CarriedFile] = []
    with_form: list[str] = []  # the members that hold a form; those that an earlier reader read may hold one
    levels = tuple(level.name for level in questionnaire.levels)
    for index, carried in enumerate(carried_files(content, kind, file, levels)):
        if carried.unless_form and any(name.startswith(f"{carried.file}!/") for name in with_form):
            continue
        if carried.finding and carried.file == file:
            own.append(carried)
        elif index < skip:
            with_form.append(carried.file)
        else:
            yield FileStarted(index, carried.file)
            read = _read_member(carried, questionnaire, passwords)
            with_form += [carried.file] if read.submissions else []
            if not carried.sent_out or any(not each.untouched for each in read.submissions):
                yield read
    if own:
        yield _of_container(file, sha256, kind, own)


def _of_container(file: str, sha256: str, kind: str, own: Sequence[CarriedFile]) -> ReturnedFile:
    """What is said of a container itself, with the message that it is, where it is one."""
    messages = {carried.message for carried in own}
    message = messages.pop() if len(messages) == 1 else None
    return ReturnedFile(file, sha256, kind, findings=tuple(c.finding for c in own if c.finding), message=message)


def _read_member(carried: CarriedFile, questionnaire: Questionnaire, passwords: Sequence[str]) -> ReturnedFile:
    if carried.finding:
        return ReturnedFile(carried.file, findings=(carried.finding,), message=carried.message)
    try:
        read = read_content(carried.content, carried.file, questionnaire, passwords)
    except Exception as error:  # noqa: BLE001  it must not take the other members with it
        read = faulty(carried.file, error)
    return _carried(read, carried.message)


def _carried(file: ReturnedFile, message: Message | None) -> ReturnedFile:
    """The file with the mail that carried it, and its submissions with that mail's date."""
    date = message.date if message else None
    submissions = tuple(replace(submission, message_date=date) for submission in file.submissions)
    return replace(file, message=message, submissions=submissions)


def read_content(
    content: bytes,
    file: str,
    questionnaire: Questionnaire,
    passwords: Sequence[str] = (),
    kind: str = "",
    sha256: str = "",
    *,
    fast: bool = True,
) -> ReturnedFile:
    """Read one workbook, whatever is in it; what is wrong becomes findings.

    Args:
        content: its bytes.
        file: the name that people know it by.
        questionnaire: what was asked.
        passwords: what to try where it is locked.
        kind: what the gate said of it, where it was asked already.
        sha256: its hash, where it is known already.
        fast: as `xlsx.read` has it.
    """
    sha256 = sha256 or hashlib.sha256(content).hexdigest()
    try:
        kind = kind or detect_kind(content)
        if kind == LOCKED:
            content = opened(content, passwords)
            kind = detect_kind(content)
        reading = _reading(content, kind, questionnaire, file, passwords, fast=fast)
    except FileRejected as rejection:
        return _with_reference(rejected(file, rejection, sha256, kind), content)
    except MemoryError:
        return rejected(file, TOO_MUCH_MEMORY, sha256, kind)
    read = ReturnedFile(file, sha256, kind, reading.submissions, reading.findings)
    return read if read.submissions else _with_reference(read, content)


def _with_reference(file: ReturnedFile, content: bytes) -> ReturnedFile:
    """A file in which no form could be read, with what its properties say it was made for."""
    return replace(file, reference=reference_in(content))


def rejected(file: str, rejection: FileRejected, sha256: str = "", kind: str = "") -> ReturnedFile:
    """The returned file that a refusal makes."""
    return ReturnedFile(file, sha256, kind, findings=(rejection.as_finding(file),))


def _reading(
    content: bytes, kind: str, questionnaire: Questionnaire, file: str, passwords: Sequence[str], *, fast: bool
) -> Reading:
    """Read; and read again with openpyxl where the first reader gave up, or something was not found."""
    if kind == TABLE:
        return _table(content, questionnaire, file)
    if kind not in ("xlsx", "xlsm"):
        return _other_format(content, kind, questionnaire, file, passwords)
    try:
        first = xlsx.read(content, fast=fast)
    except FileRejected as rejection:
        if rejection.rule != "file-damaged":
            raise
        return _second_opinion(content, questionnaire, file, rejection)
    reading = submissions_in(first, questionnaire, file, fast=fast)
    if reading.complete or first.exhaustive:
        return reading
    try:
        again = submissions_in(xlsx.read_carefully(content), questionnaire, file)
    except FileRejected:
        return reading
    return again if again.complete else reading  # it is only worth something if it found what the first did not


def _second_opinion(content: bytes, questionnaire: Questionnaire, file: str, rejection: FileRejected) -> Reading:
    """What openpyxl makes of a workbook that the first reader gave up on, such as one with an error new in Excel.

    Raises:
        FileRejected: no form with all its parts; then what the first reader raised stands.
    """
    try:
        reading = submissions_in(xlsx.read_carefully(content), questionnaire, file)
    except FileRejected:
        raise rejection from None
    if not reading.complete:
        raise rejection
    return reading


def unread(file: str, what: str) -> ReturnedFile:
    """The returned file that nothing is known of, as its reading ended."""
    return ReturnedFile(file, findings=(found("file-unreadable", Where(file), what=what),))


def faulty(file: str, error: Exception) -> ReturnedFile:
    """The returned file over which the reader itself failed, or for which the memory was not enough."""
    if isinstance(error, MemoryError):
        return rejected(file, TOO_MUCH_MEMORY)
    return unread(file, f"an unexpected fault in the reader ({type(error).__name__})")


def made_of(
    transform: Callable[[ReturnedFile, Questionnaire], T], file: ReturnedFile, questionnaire: Questionnaire
) -> T:
    """What is made of a file; a fault over it costs this file alone."""
    try:
        return transform(file, questionnaire)
    except Exception as error:  # noqa: BLE001  it must not take the other files with it
        return transform(faulty(file.file, error), questionnaire)


def _table(content: bytes, questionnaire: Questionnaire, file: str) -> Reading:
    """The returns in a table of a survey tool, as text.

    Raises:
        FileRejected: it is none, and what it is; or it is broken.
    """
    from impact_xl.returns.parse import own_tables  # lazy: most returns are workbooks

    sheet = csv_file.rows_of(content)
    name = presentable(PurePosixPath(file).stem)[:MOST_SHEET_NAME]
    cells = {(row, col): text for row, texts in enumerate(sheet.rows) for col, text in enumerate(texts) if text.strip()}
    grid = Grid(name, cells)
    reading = submissions_in(Content((grid,)), questionnaire, file)
    if not reading.submissions:
        raise FileRejected.other(own_tables.kind_of([grid], questionnaire))
    if sheet.fault:
        raise FileRejected("file-damaged", f"it is a table as text, and {sheet.fault}")
    return reading


def _other_format(
    content: bytes, kind: str, questionnaire: Questionnaire, file: str, passwords: Sequence[str]
) -> Reading:
    from impact_xl.returns.formats import ods, xls  # lazy: few copies are of these kinds

    readers = {"ods": ods.read, "xls": xls.read, "xlsb": xlsx.read_binary}
    try:
        read = readers[kind](content)
    except FileRejected as rejection:
        if rejection.rule != "file-password" or kind != "xls":
            raise
        read = xls.read(opened(content, passwords))
    reading = submissions_in(read, questionnaire, file)
    boxes = [m for each in reading.submissions for marks in each.questions.values() for m in marks.marks]
    # In a form every box holds something. Some programs' .xlsb gives its texts and loses what stands in the boxes.
    if kind == "xlsb" and (any(not mark.raw for mark in boxes) or not reading.complete):
        raise FileRejected("file-format", "a binary Excel workbook (.xlsb) whose answers cannot be read with certainty")
    return reading


_TRIES, _PAUSE = 3, 0.2  # seconds; synchronising programs hold a file for a moment


def bytes_of(path: Path) -> bytes:
    """The file's bytes, read once; nothing but a regular file is opened, as a pipe would block for ever.

    Raises:
        FileRejected: it cannot be read in three tries, or is too big.
    """
    for left in reversed(range(_TRIES)):
        try:
            return _bytes_of(path)
        except OSError as error:
            if not left or isinstance(error, FileNotFoundError):
                raise FileRejected("file-unreadable", reason_of(error)) from error
        except _ChangedError:
            if not left:
                raise FileRejected("file-unreadable", "it changed while it was being read") from None
        time.sleep(_PAUSE)
    raise AssertionError("the last try returns or raises")


class _ChangedError(Exception):
    """A file is not the same after it was read."""


def _bytes_of(path: Path) -> bytes:
    before = path.stat()
    if not stat.S_ISREG(before.st_mode):
        raise FileRejected("file-unreadable", "it is not an ordinary file")
    if before.st_size > MOST_CONTAINER:
        raise FileRejected(
            "file-too-big", f"it has {before.st_size / MIB:,.0f} MB; at most {MOST_CONTAINER // MIB} MB are read"
        )
    with path.open("rb") as file:
        content = file.read(before.st_size + 1)
        after = os.fstat(file.fileno())
    if len(content) != before.st_size or after.st_mtime_ns != before.st_mtime_ns:
        raise _ChangedError
    return content
