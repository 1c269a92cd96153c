"""Outlook's package (winmail.dat), as Exchange writes it: header, attributes, properties of attachments."""

from __future__ import annotations

import base64
import struct
from pathlib import Path

import pytest
from edit_cases import FORM
from hypothesis import given
from hypothesis import strategies as st
from test_containers import read, rules, save
from test_messages import is_whole, letter

from impact_xl.returns.mail import tnef


def attribute(level: int, number: int, data: bytes) -> bytes:
    return struct.pack("<BII", level, number, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def prop(kind: int, number: int, value: bytes) -> bytes:
    head = struct.pack("<HH", kind, number)
    if kind in (0x1E, 0x1F, 0x102, 0x0D):
        return head + struct.pack("<II", 1, len(value)) + value + b"\0" * (-len(value) % 4)
    return head + value


def named(kind: int, number: int, name: str, value: bytes) -> bytes:
    """A property with a name of its own, before those that are looked for."""
    text = name.encode("utf-16-le")
    padded = text + b"\0" * (-len(text) % 4)
    return struct.pack("<HH", kind, number) + bytes(16) + struct.pack("<II", 1, len(text)) + padded + value


def package(*files: tuple[str, bytes], inner: bytes = b"") -> bytes:
    content = b"\x78\x9f\x3e\x22\x01\x00" + attribute(1, 0x00089006, struct.pack("<I", 0x10000))
    content += attribute(1, 0x00018004, b"Our form\0")
    for name, data in files:
        props = [
            prop(0x0003, 0x0E21, struct.pack("<I", 1)),
            named(0x0003, 0x8001, "odd", struct.pack("<I", 7)),
            struct.pack("<HHI", 0x1003, 0x0E22, 2) + struct.pack("<II", 1, 2),  # several values
            prop(0x000B, 0x7FFE, bytes(4)),
            prop(0x0040, 0x3007, bytes(8)),
            prop(0x001F, 0x3707, name.encode("utf-16-le") + b"\0\0"),
        ]
        content += attribute(2, 0x00069002, bytes(14)) + attribute(2, 0x00018010, b"SHORT~1.XLS\0")
        content += attribute(2, 0x0006800F, data)
        content += attribute(2, 0x00069005, struct.pack("<I", len(props)) + b"".join(props))
    if inner:
        content += attribute(2, 0x00069002, bytes(14)) + attribute(2, 0x00018010, b"Inner message\0")
        content += attribute(2, 0x00069005, struct.pack("<I", 1) + prop(0x000D, 0x3701, bytes(16) + inner))
    return content


WHOLE = package(("Ward 7 – form.xlsx", FORM), ("notes.txt", b"hello"))


def test_by_itself_in_a_mail_and_in_another(tmp_path: Path) -> None:
    files = read(save(tmp_path / "winmail.dat", WHOLE))
    assert rules(files) == {"winmail.dat!/Ward 7 – form.xlsx": [], "winmail.dat!/notes.txt": ["file-not-workbook"]}
    assert is_whole(files["winmail.dat!/Ward 7 – form.xlsx"])
    head = b"Content-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64"
    files = read(save(tmp_path / "mail", letter((head, base64.encodebytes(package(("a.xlsx", FORM)))))))
    assert rules(files) == {"mail!/a.xlsx": []}
    files = read(save(tmp_path / "outer", package(inner=package(("a.xlsx", FORM)))))
    assert rules(files) == {"outer!/Inner message!/a.xlsx": []}


@pytest.mark.parametrize("behind", [b"\r\n", b"\n", b"\0\0", b"\r\n\r\n"])
def test_what_stands_behind_the_package_costs_nothing(tmp_path: Path, behind: bytes) -> None:
    files = read(save(tmp_path / "winmail.dat", package(("a.xlsx", FORM)) + behind))
    assert rules(files) == {"winmail.dat!/a.xlsx": []}


def test_what_was_lost_on_the_way_is_said(tmp_path: Path) -> None:
    assert rules(read(save(tmp_path / "a", package(("a.xlsx", b""))))) == {"a!/a.xlsx": ["file-damaged"]}


def test_with_nothing_attached(tmp_path: Path) -> None:
    assert rules(read(save(tmp_path / "a", package()))) == {"a": ["mail-no-file"]}
    head = b"Content-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64"
    content = letter((head, base64.encodebytes(package())))
    assert rules(read(save(tmp_path / "b", content))) == {"b": ["mail-no-file"]}
    linked = content.replace(b"hello", b"https://trust.sharepoint.com/form.xlsx")
    assert rules(read(save(tmp_path / "c", linked))) == {"c": ["mail-link"]}


@pytest.mark.parametrize("length", [5, 20, len(WHOLE) // 2, len(WHOLE) - 30])
def test_cut_short(tmp_path: Path, length: int) -> None:
    assert rules(read(save(tmp_path / "a", WHOLE[:length]))) == {"a": ["file-damaged"]}
    head = b"Content-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64"
    if length > 10:
        files = read(save(tmp_path / "b", letter((head, base64.encodebytes(WHOLE[:length])))))
        assert set(map(tuple, rules(files).values())) == {("file-damaged",)}


@given(st.data())
def test_any_bytes_give_files_or_a_word(data: st.DataObject) -> None:
    content = bytearray(package(("a.xlsx", b"PK" + bytes(50))))
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        files = tnef.files(bytes(content[: data.draw(st.integers(0, len(content)))]))
    except ValueError:
        return
    assert all(isinstance(name, str) and isinstance(content, bytes) for name, content in files)
