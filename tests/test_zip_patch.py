"""Packages changed part by part."""

from __future__ import annotations

import io
import sys
import zipfile
from datetime import date

import pytest

from impact_xl.xlsx.workbook_writer import WorkbookWriter
from impact_xl.xlsx.zip_patch import Package, fingerprint_of


@pytest.fixture(scope="module")
def content() -> bytes:
    book = WorkbookWriter("Title", "Subject", date(2026, 1, 1))
    book.write_text(book.sheet("A"), 0, 0, "text")
    return book.content()


def test_nothing_changed_gives_the_same_bytes(content: bytes):
    assert Package(content).with_parts({}) == content


def test_other_parts_keep_their_packed_bytes(content: bytes):
    changed = Package(content).with_parts({"docProps/core.xml": lambda: [b"<one/>" * 1000, b"", b"<two/>"]})
    with zipfile.ZipFile(io.BytesIO(changed)) as after, zipfile.ZipFile(io.BytesIO(content)) as before:
        assert after.testzip() is None
        assert after.namelist() == before.namelist()
        assert after.read("docProps/core.xml") == b"<one/>" * 1000 + b"<two/>"
        for was, now in zip(before.infolist(), after.infolist(), strict=True):
            assert (now.date_time, now.external_attr, now.create_system) == (
                was.date_time,
                was.external_attr,
                was.create_system,
            )
            if was.filename != "docProps/core.xml":
                assert _packed(content, was) == _packed(changed, now)


def test_the_same_parts_give_the_same_bytes_whatever_was_asked_before(content: bytes):
    package = Package(content)
    first = package.with_parts({"docProps/app.xml": lambda: [b"<a/>"]})
    package.with_parts({"docProps/core.xml": lambda: [b"<b/>"]})
    assert package.with_parts({"docProps/app.xml": lambda: [b"<a/>"]}) == first


def test_a_part_may_depend_on_an_earlier_one(content: bytes):
    seen: list[str] = []

    def sheet() -> list[bytes]:
        seen.append("sheet")
        return [b"<sheet/>"]

    changed = Package(content).with_parts(
        {"xl/sharedStrings.xml": lambda: [",".join(seen).encode()], "xl/worksheets/sheet1.xml": sheet}
    )
    assert Package(changed).part("xl/sharedStrings.xml") == b"sheet"


def test_a_part_may_hold_the_fingerprint_of_those_before_it(content: bytes):
    turn = sys.getswitchinterval()
    package = Package(content)
    package.with_parts({"xl/worksheets/sheet1.xml": lambda: [b"<other/>"]})
    changed = package.with_parts(
        {
            "xl/worksheets/sheet1.xml": lambda: [b"<sheet>", *[b"<row/>"] * 50, b"</sheet>"],
            "docProps/app.xml": lambda: [package.fingerprint().encode()],
        }
    )
    with zipfile.ZipFile(io.BytesIO(changed)) as after:
        found = fingerprint_of({each.filename: each.CRC for each in after.infolist()})
        assert after.read("docProps/app.xml") == found.encode()
    assert sys.getswitchinterval() == turn


def test_a_part_that_is_not_there_is_a_bug_of_ours(content: bytes):
    with pytest.raises(KeyError, match=r"xl/nothing\.xml"):
        Package(content).with_parts({"xl/nothing.xml": lambda: [b""]})
    with pytest.raises(KeyError):
        Package(content).part("xl/nothing.xml")


def test_only_packages_as_we_build_them_are_taken():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as package:
        package.writestr("a.xml", "<a/>")
    with pytest.raises(ValueError, match="not deflated"):
        Package(out.getvalue())


def _packed(content: bytes, entry: zipfile.ZipInfo) -> bytes:
    begin = entry.header_offset + 30 + len(entry.filename.encode()) + len(entry.extra)
    return content[begin : begin + entry.compress_size]
