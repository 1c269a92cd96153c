"""Files that were built to harm the program that reads them, made here so that none lies about."""

from __future__ import annotations

import io
import re
import struct
import warnings
import zipfile
from collections.abc import Callable

from edits import Copy
from messages import mail, zipped

from impact_xl.xlsx.a1 import column_name

MIB = 1 << 20
_COLUMNS = tuple(column_name(col).encode() for col in range(16_384))


def saved(copy: Copy, **more: bytes) -> bytes:
    """A copy as bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in {**copy.parts, **more}.items():
            package.writestr(name, content)
    return out.getvalue()


def bomb(form: bytes, part: str, head: bytes, block: bytes, times: int, tail: bytes) -> bytes:
    """A workbook one of whose parts unpacks to very much; written in blocks, as it is as big for us."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in Copy(form).parts.items():
            if name != part:
                package.writestr(name, content)
        with package.open(part, "w") as opened:
            opened.write(head)
            for _ in range(times):
                opened.write(block)
            opened.write(tail)
    return out.getvalue()


def lying(form: bytes, part: str, size: int) -> bytes:
    """A part that says another size than it has."""
    content = bytearray(form)
    name = part.encode()
    at = content.index(b"PK\x03\x04")
    while at >= 0:
        if content[at + 30 : at + 30 + len(name)] == name:
            content[at + 22 : at + 26] = struct.pack("<I", size)
        at = content.find(b"PK\x03\x04", at + 4)
    at = content.find(b"PK\x01\x02")
    while at >= 0:
        if content[at + 46 : at + 46 + len(name)] == name:
            content[at + 24 : at + 28] = struct.pack("<I", size)
        at = content.find(b"PK\x01\x02", at + 4)
    return bytes(content)


def duplicate(form: bytes, part: str) -> bytes:
    out = io.BytesIO(form)
    with warnings.catch_warnings(), zipfile.ZipFile(out, "a") as package:
        warnings.simplefilter("ignore")
        package.writestr(part, b"<worksheet/>")
    return out.getvalue()


def nested(depth: int, inner: bytes) -> bytes:
    for _ in range(depth):
        inner = zipped({"inner.zip": inner})
    return inner


def deep_mail(depth: int) -> bytes:
    lines = []
    for level in range(depth):
        lines += ["MIME-Version: 1.0", f'Content-Type: multipart/mixed; boundary="b{level}"', "", f"--b{level}"]
    return "\n".join(["Subject: deep", *lines, "", "hello"]).encode()


def files(form: bytes, sheet: str) -> dict[str, bytes]:
    """Every hostile file, by name; `sheet` is the name of a sheet with answers."""
    first = Copy(form)._part(sheet)

    def changed(how: Callable[[str], str]) -> bytes:
        return saved(Copy(form).change(sheet, how))

    def before_end(xml: str) -> bytes:
        return changed(lambda content: content.replace("</sheetData>", f"{xml}</sheetData>"))

    def prologue(xml: str) -> bytes:
        return changed(lambda content: content.replace("<worksheet", f"{xml}<worksheet", 1))

    lol = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    head, _, tail = Copy(form).parts[first].partition(b"</sheetData>")
    strings = Copy(form).parts["xl/sharedStrings.xml"]
    xml = Copy(form).parts[first].decode()
    named = Copy(form)
    book = "xl/workbook.xml"
    names = b"".join(b'<definedName name="n%d">$A$1</definedName>' % n for n in range(50_000))
    named.parts[book] = re.sub(
        b"(<definedNames>|(?=<calcPr))",
        lambda found: (found[1] or b"<definedNames>") + names + (b"" if found[1] else b"</definedNames>"),
        named.parts[book],
        count=1,
    )
    many = Copy(form)
    for number in range(900):
        many.add_sheet(f"Sheet {number}", "x")
    wide = b"".join(
        b'<row r="%d">%b</row>' % (n, b"".join(b'<c r="%b%d" s="1"/>' % (c, n) for c in _COLUMNS))
        for n in range(40_000, 40_100)
    )
    blank_rows = b"".join(b'<row r="%d" s="1" customFormat="1"/>' % n for n in range(40_000, 41_000))
    return {
        "bomb sheet.xlsx": bomb(form, first, head, b" " * MIB, 600, b"</sheetData>" + tail),
        "bomb under the limit.xlsx": bomb(form, first, head, b" " * MIB, 400, b"</sheetData>" + tail),
        "bomb media.xlsx": bomb(form, "xl/media/image1.png", b"", bytes(MIB), 100, b""),
        "bomb string.xlsx": bomb(
            form, "xl/sharedStrings.xml", strings.replace(b"</sst>", b"<si><t>"), b"x" * MIB, 60, b"</t></si></sst>"
        ),
        "bomb attribute.xlsx": bomb(form, first, head + b'<row r="900" x="', b"y" * MIB, 60, b'"/></sheetData>' + tail),
        "bomb nested.zip": nested(5, zipped({"a.xlsx": bytes(300 * MIB)})),
        "deep.zip": nested(30, form),
        "many members.zip": zipped({f"{n}.txt": b"" for n in range(1_900)}),
        "lying small.xlsx": lying(form, first, 10),
        "lying big.xlsx": lying(form, first, 500 * MIB),
        "lying strings.xlsx": lying(form, "xl/sharedStrings.xml", 10),
        "70,000 entries.xlsx": zipped({**Copy(form).parts, **{f"x/{n}": b"" for n in range(70_000)}}),
        "duplicate part.xlsx": duplicate(form, first),
        "duplicate part by case.xlsx": saved(Copy(form), **{first.upper(): b"<worksheet/>"}),
        "entities.xlsx": prologue(f'<!DOCTYPE x [<!ENTITY l0 "lol">{lol}]>'),
        "entities utf-16.xlsx": saved(
            Copy(form),
            **{first: f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "lol">{lol}]><worksheet/>'.encode("utf-16")},
        ),
        "external entity.xlsx": prologue('<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>'),
        "external dtd.xlsx": prologue('<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">'),
        "far cell.xlsx": before_end('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'),
        "far column.xlsx": before_end('<row r="900"><c r="XFD900"><v>1</v></c></row>'),
        "far row.xlsx": before_end('<row r="1048576"><c r="A1048576"><v>1</v></c></row>'),
        "impossible reference.xlsx": before_end('<row r="99999999999"><c r="ABCDEFGHI99999999999"><v>1</v></c></row>'),
        "formatted rows.xlsx": bomb(form, first, head, blank_rows, 1000, b"</sheetData>" + tail),
        "giant merge.xlsx": changed(
            lambda xml: xml.replace(
                "</sheetData>", '</sheetData><mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>'
            )
        ),
        "lying count.xlsx": saved(
            Copy(form),
            **{"xl/sharedStrings.xml": strings.replace(b'uniqueCount="', b'uniqueCount="4294967295" x="', 1)},
        ),
        "entities late.xlsx": prologue(f"<!--{'x' * 70_000}--><!DOCTYPE x [{lol}]>"),
        "entities elsewhere.xlsx": saved(
            Copy(form), **{"xl/odd.dat": f'<?xml version="1.0"?><!DOCTYPE x [{lol}]><x/>'.encode()}
        ),
        "entities utf-16, no mark.xlsx": saved(
            Copy(form),
            **{first: f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "lol">{lol}]><worksheet/>'.encode("utf-16-le")},
        ),
        "entities late.ods": zipped(
            {
                "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
                "META-INF/manifest.xml": b"<x/>",
                "content.xml": f"<?xml version='1.0'?>{' ' * 70_000}<!DOCTYPE x [{lol}]><x/>".encode(),
            }
        ),
        "far cell, other quotes.xlsx": before_end("<row r='1048576'><c r='XFD1048576'><v>1</v></c></row>"),
        "far cell, counted.xlsx": before_end('<row r="4000000000"><c><v>1</v></c></row>'),
        "cell twice.xlsx": changed(lambda xml: xml.replace("<c ", '<c r="A1" t="s"><v>1</v></c><c ', 1)),
        "row twice.xlsx": changed(lambda xml: re.sub(r'(<row r="9".*?</row>)', r"\1\1", xml, count=1, flags=re.DOTALL)),
        "text that is not there.xlsx": before_end('<row r="900"><c r="A900" t="s"><v>-1</v></c></row>'),
        "sheet name twice.xlsx": saved(Copy(form).rename("Start", "Priorities")),
        "giant link.xlsx": changed(
            lambda xml: xml.replace(
                "</sheetData>", '</sheetData><hyperlinks><hyperlink ref="A1:XFD1048576"/></hyperlinks>'
            )
        ),
        "giant validation.xlsx": changed(
            lambda xml: re.sub(r'(<dataValidation [^>]*sqref=")[^"]*', r"\1A1:XFD1048576", xml, count=1)
        ),
        "giant condition.xlsx": changed(
            lambda xml: re.sub(r'(<conditionalFormatting sqref=")[^"]*', r"\1A1:XFD1048576", xml, count=1)
        ),
        "100,000 merges.xlsx": changed(
            lambda xml: xml.replace(
                "</sheetData>",
                "</sheetData><mergeCells>"
                + "".join(f'<mergeCell ref="F{n}:G{n + 1}"/>' for n in range(1, 200_000, 2))
                + "</mergeCells>",
            )
        ),
        "900 sheets.xlsx": saved(many),
        "50,000 names.xlsx": saved(named),
        "60,000 styles.xlsx": saved(
            Copy(form),
            **{
                "xl/styles.xml": Copy(form)
                .parts["xl/styles.xml"]
                .replace(
                    b"</cellXfs>",
                    b'<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>' * 60_000 + b"</cellXfs>",
                )
            },
        ),
        "formatted to the edge.xlsx": saved(
            Copy(form), **{first: xml.encode().replace(b"</sheetData>", wide + b"</sheetData>")}
        ),
        "wrong dimension.xlsx": changed(
            lambda xml: xml.replace("<dimension ref=", '<dimension ref="XFD1048576:A1" x=')
        ),
        "truncated.xlsx": form[: len(form) // 2],
        "no directory.xlsx": form[:-22],
        "ole.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "Workbook".encode("utf-16-le") + b"\xff" * 4096,
        "ole.msg": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "__substg1.0_".encode("utf-16-le") + b"\xff" * 4096,
        "locked.xlsx": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le") + bytes(4096),
        "deep.eml": deep_mail(3_000),
        "many heads.eml": b"Subject: x\nFrom: y\n" + b"X: y\n" * 200_000 + b"\nhello",
        "many messages.mbox": b"From a\nSubject: x\n\nhi\n" * 20_000,
        "many names.eml": b"From: a\nSubject: x\nContent-Type: x/y; "
        + b"; ".join(b"a%d=b" % n for n in range(50_000))
        + b"\n\nx",
        "winmail.dat": b"\x78\x9f\x3e\x22\1\0" + (b"\2" + struct.pack("<II", 0x0006800F, 0xFFFFFFFF)) * 2,
        "broken base64.eml": bytes(mail(files={"a.xlsx": form})).replace(b"UEsDB", b"=====", 1),
        "name\u202excod.xlsx": b"",
        "\n=1+1.xlsx": b"not a workbook",
        "-rf.xlsx": b"%PDF",
    }
