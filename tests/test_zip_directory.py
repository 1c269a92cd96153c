"""The list of a package's parts is read as the library reads it, or left to the library."""

from __future__ import annotations

import io
import random
import struct
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from impact_xl.returns import zip_directory
from impact_xl.returns.file_type import FileRejected, detect_kind
from impact_xl.returns.zip_directory import PlainEntry, directory

FACTS = PlainEntry._fields


def package(*, comment: bytes = b"", extra: bytes = b"", names: tuple[str, ...] = ("a.xml", "xl/b.xml")) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            info = zipfile.ZipInfo(name)
            info.extra = extra
            archive.writestr(info, b"<x/>" * 50, zipfile.ZIP_DEFLATED)
        archive.comment = comment
    return out.getvalue()


def facts(content: bytes) -> list[tuple]:
    return [tuple(getattr(entry, name) for name in FACTS) for entry in directory(content)]


def by_library(content: bytes) -> list[tuple] | str:
    try:
        entries = zipfile.ZipFile(io.BytesIO(content)).infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error) as error:
        return str(error)
    return [tuple(getattr(entry, name) for name in FACTS) for entry in entries]


def test_a_plain_list_is_read_here() -> None:
    content = package()
    assert all(isinstance(entry, PlainEntry) for entry in directory(content))
    assert facts(content) == by_library(content)


@pytest.mark.parametrize(
    "content",
    [
        package(comment=b"made by hand"),
        package(extra=struct.pack("<HHL", 0x5455, 4, 0)),
        package(names=("ä.xml", "b.xml")),
        b"stray bytes" + package(),
        package()[:-22] + b"PK\6\7" + bytes(16) + package()[-22:],
    ],
    ids=["a comment", "extra fields", "other letters", "bytes before it", "a far end"],
)
def test_whatever_is_odd_is_for_the_library(content: bytes) -> None:
    expected = by_library(content)
    if isinstance(expected, str):
        with pytest.raises(zipfile.BadZipFile):
            directory(content)
    else:
        assert not any(isinstance(entry, PlainEntry) for entry in directory(content))
        assert facts(content) == expected


def test_no_bytes_at_all() -> None:
    with pytest.raises(zipfile.BadZipFile):
        directory(b"")


def test_random_changes_are_read_alike() -> None:
    dice, whole = random.Random(14), package()
    begin = whole.index(b"PK\1\2")
    read_here = 0
    for _ in range(3_000):
        content = bytearray(whole)
        for _ in range(dice.randint(1, 2)):
            content[dice.randrange(begin, len(content))] = dice.choice((0, 1, 2, 20, 46, 64, 255))
        expected = by_library(bytes(content))
        try:
            entries = list(zip_directory._plain_entries(bytes(content)))
        except (zip_directory._OddError, struct.error, UnicodeDecodeError):
            continue
        read_here += 1
        assert [tuple(entry) for entry in entries] == expected
    assert read_here > 100


def test_a_refusal_passes_through_a_context() -> None:
    """Python writes into an exception on its way; the message is no other then."""

    @contextmanager
    def around() -> Iterator[None]:
        yield

    with pytest.raises(FileRejected) as raised, around():
        raise FileRejected("file-damaged", "it is empty")
    assert (raised.value.rule, raised.value.what) == ("file-damaged", "it is empty")


def test_a_list_is_kept_for_the_same_package_alone():
    """It is kept for the bytes that were looked at last; others of the same length have a list of their own."""
    one, other = package(names=("a.xml",)), package(names=("b.xml",))
    assert len(one) == len(other)
    for content in (one, one, other, bytes(bytearray(one)), other):
        assert facts(content) == by_library(content)
    entries = directory(one)
    entries.clear()  # what a caller does with it is the caller's
    assert facts(one) == by_library(one)


STORED = io.BytesIO()
with zipfile.ZipFile(STORED, "w", zipfile.ZIP_STORED) as archive_of_packages:
    for each in ("a.xlsx", "b.xlsx", "c.xlsx"):
        archive_of_packages.writestr(each, package())
WHOLE, ONE = STORED.getvalue(), package()
PARTLY = {
    "cut in the last file": WHOLE[: 3 * len(ONE)],
    "cut behind the first file": WHOLE[: len(ONE) + 60],
    "cut in the list": WHOLE[:-30],
    "two packages": ONE + package(comment=b"other"),
    "two packages with bytes between": ONE + bytes(100) + ONE,
    "a package and half of one": ONE + ONE[:100],
    "bytes, a package and half of one": b"stray" + ONE + ONE[:100],
    "a package with a comment and half of one": package(comment=b"x") + ONE[:100],
    "a package behind half of one": ONE[:100] + ONE,
}


@pytest.mark.parametrize("how", PARTLY)
def test_files_that_are_not_in_the_list_are_not_passed_over(how: str) -> None:
    with pytest.raises(zip_directory.MoreThanListedError):
        directory(PARTLY[how])
    with pytest.raises(FileRejected, match="incomplete, or files were joined"):
        detect_kind(PARTLY[how])


def test_a_list_whose_places_count_the_bytes_before_it() -> None:
    """What `zip -A` makes of two files that were joined: its places are right, and the first package is not listed."""
    ahead = bytearray(ONE)
    at, size = ONE.index(b"PK\1\2"), len(ONE)
    while at >= 0:
        (offset,) = struct.unpack_from("<L", ONE, at + 42)
        struct.pack_into("<L", ahead, at + 42, offset + size)
        at = ONE.find(b"PK\1\2", at + 1)
    (begin,) = struct.unpack_from("<L", ONE, size - 6)
    struct.pack_into("<L", ahead, size - 6, begin + size)
    assert len(directory(bytes(size) + bytes(ahead))) == 2
    with pytest.raises(zip_directory.MoreThanListedError):
        directory(ONE + bytes(ahead))


def test_stray_bytes_and_comments_are_no_files() -> None:
    for content in (b"HTTP/1.1 200 OK\r\n\r\n" + ONE, ONE + bytes(100), package(comment=b"made PK by hand"), WHOLE):
        assert directory(content)
