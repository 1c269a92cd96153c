"""Other formats, and files that are locked: each is read rightly, or its finding says what it is."""

from __future__ import annotations

import gzip
import io
import struct
import tarfile
import zipfile
from collections.abc import Callable
from hashlib import md5
from pathlib import Path

import msoffcrypto
import olefile
import pytest
from edits import Copy, places
from hostile import saved
from messages import zipped
from msgforge._builder import _OleWriter
from msoffcrypto.method.rc4 import DocumentRC4
from msoffcrypto.method.xor_obfuscation import DocumentXOR
from rounds_in_memory import QUESTIONNAIRE

from impact_xl import returns
from impact_xl.files import xls_records
from impact_xl.findings import ImpactError
from impact_xl.form import layout
from impact_xl.form import workbook as form
from impact_xl.returns import file_type
from impact_xl.returns.formats import xls
from impact_xl.returns.read_file import read_content
from impact_xl.returns.submission import ReturnedFile
from impact_xl.round.answers import State, judge

REAL = Path(__file__).parent / "real"
PLACES = places(form.Form(QUESTIONNAIRE))
FORM = form.build(
    form.Form(QUESTIONNAIRE, entries={layout.level_key(question.id, 3): True for question in QUESTIONNAIRE.questions})
)
FIRST = layout.component_sheet_name(QUESTIONNAIRE.components[0])


def levels(file: ReturnedFile) -> dict[str, int | None]:
    assert not file.findings
    (submission,) = file.submissions
    return {question: answer.level for question, answer in judge(submission, QUESTIONNAIRE).answers.items()}


def rules(file: ReturnedFile) -> list[str]:
    return [finding.rule.id for finding in file.findings]


def locked(password: str) -> bytes:
    out = io.BytesIO()
    msoffcrypto.OfficeFile(io.BytesIO(FORM)).encrypt(password, out)
    return out.getvalue()


def read(content: bytes, *passwords: str) -> ReturnedFile:
    return read_content(content, "form.xlsx", QUESTIONNAIRE, passwords)


def changed_ods(name: str, change) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(REAL / "libreoffice typed native.ods") as old, zipfile.ZipFile(out, "w") as new:
        for entry in old.infolist():
            content = old.read(entry)
            new.writestr(entry, change(content) if entry.filename == name else content)
    return out.getvalue()


class TestLocked:
    CONTENT = locked("Sesame 1")

    def test_with_the_password_and_without(self) -> None:
        assert rules(read(self.CONTENT)) == ["file-password"]
        assert rules(read(self.CONTENT, "wrong")) == ["file-password"]
        file = read(self.CONTENT, "wrong", "Sesame 1")
        assert set(levels(file).values()) == {3}
        assert file.kind == "xlsx"

    def test_the_password_that_excel_tries_by_itself(self) -> None:
        assert set(levels(read(locked("VelvetSweatshop"))).values()) == {3}

    def test_a_sensitivity_label_is_told_apart(self) -> None:
        label = self.CONTENT + "DRMEncryptedDataSpace".encode("utf-16-le")
        assert rules(read(label, "Sesame 1")) == ["file-label"]

    def test_from_the_command_line(self, tmp_path: Path, run) -> None:
        (tmp_path / "returns").mkdir()
        (tmp_path / "returns" / "form.xlsx").write_bytes(self.CONTENT)
        words = tmp_path / "passwords.txt"
        words.write_text("wrong\nSesame 1\n")
        for more, code in (((), 3), (("--password-file", words), 0)):
            result = run("collate", tmp_path / "returns", "-o", tmp_path / "out.xlsx", *more)
            assert result.exit_code == code, result.output

    @pytest.mark.parametrize("text", [None, "", "\n".join(map(str, range(50)))])
    def test_a_bad_file_of_passwords(self, tmp_path: Path, text: str | None) -> None:
        path = tmp_path / "passwords.txt"
        if text is not None:
            path.write_text(text)
        with pytest.raises(ImpactError):
            returns.read_passwords(path)


def locked_xls(content: bytes, password: str, *, xor: bool) -> bytes:
    """An old workbook locked as Excel does, [MS-XLS] 2.2.10 and 2.4.117: by RC4, or by XOR."""
    with olefile.OleFileIO(io.BytesIO(content)) as ole:
        stream = ole.openstream("Workbook").read()
    salt, verifier = bytes(range(16)), bytes(range(16, 32))

    def rc4(data: bytes) -> bytes:
        return DocumentRC4.decrypt(password, salt, io.BytesIO(data), blocksize=1024).read()

    key = DocumentXOR.create_xor_key_method1(password)
    check = next(number for number in range(1 << 16) if DocumentXOR.verifypw(password, number)) if xor else 0
    inside = struct.pack("<HHH", 0, key, check) if xor else struct.pack("<HHH", 1, 1, 1) + salt
    inside += b"" if xor else rc4(verifier + md5(verifier).digest())
    file_pass = struct.pack("<HH", 0x2F, len(inside)) + inside
    plain, secret, at = (
        bytearray(),
        list[tuple[int, int, int]](),
        0,
    )  # where a record is, how many bytes stay readable, and its size
    while at + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, at)
        body = stream[at + 4 : at + 4 + size]
        if kind == 0x85:  # where a sheet begins moves by what is put in, and stays readable
            body = struct.pack("<I", struct.unpack_from("<I", body)[0] + len(file_pass)) + body[4:]
        begin = len(plain) + 4
        open_letters = size if kind in (0x809, 0xE1) else 4 if kind == 0x85 else 0
        secret.append((begin, open_letters, size))
        plain += struct.pack("<HH", kind, size) + body
        plain += file_pass if at == 0 else b""
        at += 4 + size
    made, whole = bytearray(plain), rc4(bytes(plain))
    array = DocumentXOR.create_xor_array_method1(password)
    for begin, open_letters, size in secret:
        for place in range(begin + open_letters, begin + size):
            turned = DocumentXOR.rol(plain[place], 5, 8)
            made[place] = turned ^ array[(size + place) % 16] if xor else whole[place]
    writer = _OleWriter()
    writer.add_stream(writer.root, "Workbook", bytes(made))
    return writer.build()


@pytest.mark.parametrize("xor", [False, True], ids=["RC4", "XOR"])
@pytest.mark.parametrize("name", ["libreoffice saved native.xls", "sheetjs native.xls"])
def test_a_locked_old_workbook(name: str, xor: bool) -> None:
    content = (REAL / name).read_bytes()
    asked_for = locked_xls(content, "Sesame 1", xor=xor)
    assert rules(read(asked_for)) == ["file-password"]
    truth = levels(read(content))
    assert truth
    assert levels(read(asked_for, "Sesame 1")) == truth
    assert levels(read(locked_xls(content, "VelvetSweatshop", xor=xor))) == truth


class TestOds:
    def test_a_merged_box_is_unclear(self) -> None:
        ticked = b'office:value-type="float" office:value="1"'

        def put(xml: bytes) -> bytes:
            assert ticked in xml
            return xml.replace(ticked, b'table:number-rows-spanned="3" table:number-columns-spanned="1" ' + ticked, 1)

        judged = judge(read(changed_ods("content.xml", put)).submissions[0], QUESTIONNAIRE)
        assert [answer.state for answer in judged.answers.values()].count(State.UNCLEAR) == 1
        (finding,) = [finding for finding in judged.findings if finding.rule.id == "answer-unclear"]
        assert "merged over B" in finding.message

    def test_what_is_drawn_into_a_cell_is_not_its_text(self) -> None:
        drawn = b"<draw:frame><draw:text-box><text:p>hm</text:p></draw:text-box></draw:frame>"
        note = b"<text:p>Two lines</text:p>"

        def put(xml: bytes) -> bytes:
            assert note in xml
            return xml.replace(note, drawn + note, 1)

        file = read(changed_ods("content.xml", put))
        assert file.submissions[0].questions["Q01"].note == "Two lines\nof evidence"
        (finding,) = judge(file.submissions[0], QUESTIONNAIRE).findings
        assert (finding.rule.id, finding.where.cell) == ("form-extra-content", "D20")
        assert "a text box on D20: “hm” in “1 Shared purpose and vision”" in finding.message

    @pytest.mark.parametrize(
        "far",
        [
            b'<table:table-row table:number-rows-repeated="1040000"/><table:table-row>%b',
            b'<table:table-row><table:table-cell table:number-columns-repeated="16000"/>%b',
        ],
        ids=["below", "beside"],
    )
    def test_what_stands_far_away_costs_nothing_and_is_said(self, far: bytes) -> None:
        cell = b'<table:table-cell office:value-type="string"><text:p>x</text:p></table:table-cell></table:table-row>'
        end = b"</table:table>"
        file = read(changed_ods("content.xml", lambda xml: xml.replace(end, far % cell + end, 1)))
        assert rules(file) == ["form-extra-content"]
        assert len(file.submissions[0].questions) == len(QUESTIONNAIRE.questions)

    @pytest.mark.parametrize("broken", [lambda xml: xml[:-400], lambda _: b"", lambda xml: xml.replace(b">", b"", 1)])
    def test_damaged(self, broken) -> None:
        assert rules(read(changed_ods("content.xml", broken))) == ["file-damaged"]

    def test_a_doctype_is_refused(self) -> None:
        content = changed_ods("content.xml", lambda xml: xml.replace(b"?>", b'?><!DOCTYPE x [<!ENTITY a "aaaa">]>', 1))
        assert rules(read(content)) == ["file-unsafe"]

    def test_repeats_to_the_end_of_the_earth_cost_nothing(self) -> None:
        cell = b'<table:table-cell table:number-columns-repeated="16384" office:value-type="string"><text:p>x</text:p>'
        row = b'<table:table-row table:number-rows-repeated="1048576">%b</table:table-cell></table:table-row>' % cell
        content = changed_ods(
            "content.xml", lambda xml: xml.replace(b"<table:table-row ", row + b"<table:table-row ", 1)
        )
        assert rules(read(content)) == ["file-too-big"]

    def test_an_error_is_never_blank(self) -> None:
        box = b'office:value-type="float" office:value="1" calcext:value-type="float"'
        error = b'table:formula="of:=NA()" office:value-type="string" office:string-value="" calcext:value-type="error"'

        def put(xml: bytes) -> bytes:
            assert box in xml
            return xml.replace(box, error, 1)

        (submission,) = read(changed_ods("content.xml", put)).submissions
        states = [answer.state for answer in judge(submission, QUESTIONNAIRE).answers.values()]
        assert states.count(State.UNCLEAR) == 1

    def test_a_text_document_is_no_spreadsheet(self) -> None:
        content = changed_ods("mimetype", lambda _: b"application/vnd.oasis.opendocument.text")
        assert rules(read(content)) == ["file-not-workbook"]


def test_an_error_in_an_xls_is_never_blank() -> None:
    """The engine shows it as empty; a record in the file says what it is."""
    content = bytearray((REAL / "gnumeric saved native.xls").read_bytes())
    before = read(bytes(content))
    # A ticked box is the record BOOLERR (5, 2), 8 bytes long, that ends with 1 (TRUE) and 0 (no error).
    at = next(
        at
        for at in range(len(content) - 12)
        if content[at : at + 4] == b"\x05\x02\x08\x00" and content[at + 10 : at + 12] == b"\x01\x00"
    )
    content[at + 10 : at + 12] = b"\x17\x01"
    assert State.UNCLEAR not in {a.state for a in judge(before.submissions[0], QUESTIONNAIRE).answers.values()}
    after = judge(read(bytes(content)).submissions[0], QUESTIONNAIRE)
    assert [answer.state for answer in after.answers.values()].count(State.UNCLEAR) == 1
    (finding,) = [finding for finding in after.findings if finding.rule.id == "answer-unclear"]
    assert "#REF!" in finding.message


def records(content: bytes, kind: int) -> list[int]:
    """Where the records of a kind begin in an old workbook whose stream lies in one piece."""
    with olefile.OleFileIO(io.BytesIO(content)) as ole:
        stream = ole.openstream("Workbook").read()
    begin = content.index(stream)
    return [begin + at for at, found, _ in xls_records.records(stream) if found == kind]


def test_a_far_cell_of_an_xls_costs_nothing_and_is_said() -> None:
    """The fast engine would make sixteen million cells of it."""
    content = bytearray((REAL / "gnumeric saved native.xls").read_bytes())
    at = records(bytes(content), xls._TEXT)[0]
    content[at + 4 : at + 8] = struct.pack("<HH", 65_535, 255)
    file = read(bytes(content))
    assert rules(file) == ["form-extra-content"]
    assert {answer.state for answer in judge(file.submissions[0], QUESTIONNAIRE).answers.values()} == {State.ANSWERED}


def test_a_merged_box_of_an_xls_is_unclear() -> None:
    """A record that says what is merged takes the place of one that says how wide a column is."""
    content = bytearray((REAL / "gnumeric saved native.xls").read_bytes())
    ticked = [at for at in records(bytes(content), xls._BOOLERR) if content[at + 10 : at + 12] == b"\x01\x00"]
    row, col = struct.unpack_from("<HH", content, ticked[0] + 4)
    widths = [at for at in records(bytes(content), 0x7D) if at < ticked[0]][-1]
    size = struct.unpack_from("<H", content, widths + 2)[0]
    record = struct.pack("<HHHHH", 1, row, row + 4, col, col)
    struct.pack_into("<HH", content, widths, xls._MERGED, size)
    content[widths + 4 : widths + 4 + size] = record.ljust(size, b"\0")[:size]
    judged = judge(read(bytes(content)).submissions[0], QUESTIONNAIRE)
    assert [answer.state for answer in judged.answers.values()].count(State.UNCLEAR) == 1


STRICT = {
    b"http://schemas.openxmlformats.org/spreadsheetml/2006/main": b"http://purl.oclc.org/ooxml/spreadsheetml/main",
    b"http://schemas.openxmlformats.org/officeDocument/2006/": b"http://purl.oclc.org/ooxml/officeDocument/",
}


def strict() -> Copy:
    copy = Copy(FORM)
    for name, content in copy.parts.items():
        for old, new in STRICT.items():
            content = content.replace(old, new)  # noqa: PLW2901
        copy.parts[name] = content
    return copy


def test_iso_strict(tmp_path: Path) -> None:
    path = strict().save(tmp_path / "form.xlsx")
    assert set(levels(read(path.read_bytes())).values()) == {3}


def test_iso_strict_with_an_error_in_a_box(tmp_path: Path) -> None:
    sheet, cell = PLACES["Q01.L1"]
    path = strict().set(sheet, cell, "<v>#REF!</v>", "e").save(tmp_path / "form.xlsx")
    (submission,) = read(path.read_bytes()).submissions
    assert judge(submission, QUESTIONNAIRE).answers["Q01"].state is State.UNCLEAR


@pytest.mark.parametrize(
    ("name", "spelling"),
    [
        ("xl/workbook2.xml", bytes),
        ("workbook.xml", bytes),
        ("xl/Books/one.xml", lambda types: types.replace(b'"', b"'").replace(b"<Override ", b"<Override\n")),
        ("xl/workbook2.xml", lambda types: types.replace(b"Override", b"x:Override").replace(b" xmlns=", b" xmlns:x=")),
        ("xl/workbook2.xml", lambda types: types.replace(b"UTF-8", b"UTF-16").decode().encode("utf-16")),
    ],
)
def test_a_list_of_sheets_under_an_unusual_name_is_called_so(name: str, spelling: Callable[[bytes], bytes]) -> None:
    copy, types = Copy(FORM), "[Content_Types].xml"
    copy.parts[name] = copy.parts.pop("xl/workbook.xml")
    relations = f"{name.rpartition('/')[0]}/_rels/{name.rpartition('/')[2]}.rels".lstrip("/")
    copy.parts[relations] = copy.parts.pop("xl/_rels/workbook.xml.rels")
    copy.parts["_rels/.rels"] = copy.parts["_rels/.rels"].replace(b"xl/workbook.xml", name.encode())
    copy.parts[types] = spelling(copy.parts[types].replace(b"/xl/workbook.xml", f"/{name}".encode()))
    (finding,) = read(saved(copy)).findings
    assert finding.rule.id == "file-format"
    assert "the list of its sheets under an unusual name" in finding.message


def test_a_workbook_without_a_list_of_sheets_is_damaged() -> None:
    copy = Copy(FORM)
    del copy.parts["xl/workbook.xml"]
    assert rules(read(saved(copy))) == ["file-damaged"]


def test_a_workbook_with_macros_is_read_and_its_macros_are_not(tmp_path: Path) -> None:
    copy = Copy(FORM)
    copy.parts["xl/vbaProject.bin"] = b"\xd0\xcf\x11\xe0 no real macros"
    file = read(copy.save(tmp_path / "form.xlsm").read_bytes())
    assert file.kind == "xlsm"
    assert set(levels(file).values()) == {3}


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"From a@b Mon Jan  1 00:00:00 2026\nSubject: x\n\nhello\n", "mbox"),
        (b"Received: by x\nSubject: y\n\nhello", "eml"),
        (b"\xef\xbb\xbfMIME-Version: 1.0\r\nSubject: y\r\n folded\r\n\r\nhello", "eml"),
    ],
)
def test_mails_are_told_by_their_heads(content: bytes, kind: str) -> None:
    assert file_type.detect_kind(content) == kind


def tar_of(name: str, kind: int) -> bytes:
    """A tar archive with a form."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=kind) as archive:
        entry = tarfile.TarInfo(name)
        entry.size = len(FORM)
        archive.addfile(entry, io.BytesIO(FORM))
    return out.getvalue()


def of_the_seventies(tar: bytes) -> bytes:
    """The same as tar wrote it before it had a mark of its own."""
    head = tar[:148] + b" " * 8 + tar[156:257] + bytes(255)
    return head[:148] + b"%06o\0 " % sum(head) + head[156:] + tar[512:]


def in_zip(*names: str) -> bytes:
    return zipped(dict.fromkeys(names, b"<x/>"))


def wide(text: str) -> bytes:
    return text.encode("utf-16")


PLIST = '<?xml version="1.0"?>\n<!DOCTYPE plist PUBLIC "x" "x">\n<plist><dict><key>{}</key></dict></plist>'
SHEET_OF_2003 = '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>'
OF_2003 = f'<?mso-application progid="Excel.Sheet"?>\n{SHEET_OF_2003}'
LINES = "<!-- a --><!-- b -->" * 60  # to try each way to part these would take for ever
OTHER_KINDS: dict[str, list[bytes]] = {
    "a tar archive": [
        tar_of("a.xlsx", tarfile.USTAR_FORMAT),
        tar_of("BM first.xlsx", tarfile.GNU_FORMAT),
        tar_of("é" * 90, tarfile.PAX_FORMAT),
        of_the_seventies(tar_of("%PDF.xlsx", tarfile.USTAR_FORMAT)),
    ],
    "an image of a disk": [bytes(32_768) + b"\1CD001" + bytes(2_000) + FORM, b"x" * 900 + b"koly" + bytes(508)],
    "a Gnumeric workbook": [
        gzip.compress(b'<?xml version="1.0"?><gnm:Workbook xmlns:gnm="http://www.gnumeric.org/v10.dtd"/>'),
        b'<?xml version="1.0"?><gnm:Workbook xmlns:gnm="http://www.gnumeric.org/v10.dtd"/>',
    ],
    "a gzip archive": [gzip.compress(FORM), b"\x1f\x8b broken"],
    "a web page": [
        b'<meta http-equiv="Content-Type" content="text/html"><style>.ritz {}</style>',
        b"<!-- saved from url=(0014)about:internet -->\r\n<html>",
        b'<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "x"><html/>',
        b"\xef\xbb\xbf\r\n<!DOCTYPE HTML>",
        wide("<html><body>"),
        "<html><body>".encode("utf-16-le"),
        f"{LINES}<body>".encode(),
    ],
    "an XML spreadsheet of Excel 2003": [
        OF_2003.encode(),
        SHEET_OF_2003.encode(),
        f'<?xml version="1.0"?>{OF_2003}'.encode(),
        wide(f'<?xml version="1.0" encoding="UTF-16"?>{OF_2003}'),
        f'<?xml version="1.0" encoding="UTF-16"?>{OF_2003}'.encode("utf-16-be"),
        f"\r\n<!-- x -->{SHEET_OF_2003}".encode(),
    ],
    "a Word document (.xml)": [
        b'<?xml version="1.0"?><?mso-application progid="Word.Document"?><w:wordDocument/>',
        b'<w:wordDocument xmlns:w="http://schemas.microsoft.com/office/word/2003/wordml"/>',
    ],
    "an Office document as XML": [b'<pkg:package xmlns:pkg="http://schemas.microsoft.com/office/2006/xmlPackage"/>'],
    "a photograph (.aae)": [PLIST.format("adjustmentBaseVersion").encode()],
    "an XML file": [PLIST.format("x").encode(), f'<?xml version="1.0"?>{LINES}<a/>'.encode()],
    "a PDF": [b"\xef\xbb\xbf%PDF-1.7\n", b"\r\n\r\n%PDF-1.7\n", b"%PDF-1.4"],
    "a Word document (.rtf)": [b"  {\\rtf1"],
    "a mark that Windows puts": [b"[ZoneTransfer]\r\nZoneId=3\r\n", wide("[ZoneTransfer]\r\nZoneId=3")],
    "a table as text (.slk)": [b"ID;PWXL;N;E\r\nP;PGeneral\r\nC;Y1;X1;K1\r\nC;Y2;X1;K1\r\n"],
    "an Excel workbook of a very early kind": [b"\x09\0\x04\0\x02\0", b"\x09\x04\x06\0\0\0", b"\x09\x08\x08\0\0\5"],
    "a Lotus 1-2-3 workbook": [b"\0\0\x02\0\x06\x04" + bytes(9), b"\0\0\x1a\0\x02\x10"],
    "a picture": [
        b"II+\0\x08\0\0\0",
        b"\1\0\0\0" + bytes(36) + b" EMF",
        b"8BPS\0\1",
        b"\0\0\0\x18ftypcrx ",
        b"<?xml version='1.0'?><!-- x --><svg>",
    ],
    "a sound recording": [b"\xff\xfb\x90\x64", b"#!AMR\n<", b"\xff\xf1\x50", b"\x30\x26\xb2\x75\x8e\x66\xcf\x11"],
    "archive": [b"\x28\xb5\x2f\xfd1", b"\x1f\x9d\x90", b"\x04\x22\x4d\x18", bytes(7) + b"**ACE**", b"xx-lh5-"],
    "an Apple Numbers or Pages document": [in_zip("index.xml", "buildVersionHistory.plist", "QuickLook/Preview.pdf")],
    "an e-book (.epub)": [in_zip("mimetype", "META-INF/container.xml", "OEBPS/content.opf")],
}


@pytest.mark.parametrize("content", [b" ", b"\n", b" \r\n\t ", b"\xef\xbb\xbf", b"\xff\xfe \0\n\0", b" \0 "])
def test_a_file_of_nothing_but_blanks(content: bytes) -> None:
    (finding,) = read(content).findings
    assert finding.rule.id == "file-damaged"
    assert "nothing but blanks" in finding.message


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"name,level\nfrom: here,2\n", "a text file"),
        (b"a: 1\nb: 2\n", "a text file"),
        (b"<html><body>", "a web page"),
        (b"\0\1\xfe\xff" * 25, "unknown kind"),
        *(
            pytest.param(content, what, id=f"{what}, {number}")  # the bytes have the time in them
            for what, contents in OTHER_KINDS.items()
            for number, content in enumerate(contents, 1)
        ),
    ],
)
def test_what_is_no_return_is_called_by_its_name(content: bytes, what: str) -> None:
    (finding,) = read(content).findings
    assert finding.rule.id == "file-not-workbook"
    assert what in finding.message
