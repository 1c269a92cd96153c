"""What people give to the page: odd files and harmful ones cost what they cost the commands, and no more."""

from __future__ import annotations

import io
import shutil
from collections.abc import Mapping
from pathlib import Path

import msoffcrypto
import openpyxl
import pytest
from messages import mail, outlook, zipped
from page_driver import CHROMIUM, FIREFOX, ROOT, Browser, command, differences, need, tree, unzipped, variant

REAL = Path(__file__).parent / "real"
ODD = (
    "libreoffice saved native.xls",
    "gnumeric saved native.ods",
    "sheetjs native.xlsb",
    "libreoffice typed list.xlsx",
)


def locked(content: bytes, password: str) -> bytes:
    out = io.BytesIO()
    msoffcrypto.OfficeFile(io.BytesIO(content)).encrypt(password, out)
    return out.getvalue()


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory, round_of_40: Path) -> Path:
    """Returns as they come: other formats, mails, archives in archives, locked and damaged ones, one name twice."""
    folder = tmp_path_factory.mktemp("odd") / "returns"
    (folder / "ward 7/again").mkdir(parents=True)
    for name in ODD:
        shutil.copy(REAL / name, folder)
    forms = sorted((round_of_40 / "returns").glob("*.xlsx"))
    one, two, three, four, five, six = (forms[at].read_bytes() for at in (0, 1, 6, 8, 14, 16))
    files = {
        "saved by a program that locks all.xlsx": locked(one, "VelvetSweatshop"),
        "locked.xlsx": locked(two, "not known here"),
        "cut short.xlsx": three[: len(three) // 2],
        "a mail.eml": mail(files={"our form.xlsx": three}).as_bytes(),
        "an outlook message.msg": outlook({"our form.xlsx": four}),
        "many.zip": zipped({"inner.zip": zipped({"deep.xlsx": five}), "notes.txt": b"nothing", "one more.xlsx": two}),
        "form.xlsx": six,
        "ward 7/form.xlsx": one,
        "ward 7/again/form.xlsx": two,
        "scan.pdf": b"%PDF-1.7\n%%EOF\n",
        "empty.xlsx": b"",
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def test_odd_files_are_read_as_the_commands_read_them(page: Path, odd: Path, round_of_40: Path, tmp_path: Path) -> None:
    shutil.copy(round_of_40 / "teams.csv", tmp_path)
    where = ("returns", "--teams", "teams.csv", "--csv", "outputs/tables", "--share", "outputs/board.xlsx")
    shutil.copytree(odd, tmp_path / "returns")
    command(page, tmp_path, "collate", *where)
    first = tree(tmp_path / "outputs")
    type_into(tmp_path / "outputs/consolidated.xlsx")
    shutil.copy(tmp_path / "outputs/consolidated.xlsx", tmp_path / "mine.xlsx")
    command(page, tmp_path, "collate", *where)
    with Browser("chromium", need(CHROMIUM, "Chromium"), tmp_path / "saved") as browser:
        browser.open(page)
        browser.give("returns-folder", odd)
        browser.give("teams", tmp_path / "teams.csv")
        browser.click("combine")
        saved = browser("download", selector="#more-saves button:last-child")
        assert differences(unzipped(Path(saved), tmp_path / "first"), first) == []
        # What a person typed into that workbook is carried over, also into a page that knows nothing of it.
        browser.open(page)
        browser.give("returns-folder", odd)
        browser.give("teams", tmp_path / "teams.csv")
        browser.give("last", tmp_path / "mine.xlsx")
        browser.click("combine")
        assert "Carried over from the last workbook: 1 correction" in browser.text("#combined-lines")
        assert browser.download("save").read_bytes() == (tmp_path / "outputs/consolidated.xlsx").read_bytes()
        # A second time in the same page it is the workbook of the first time that is carried over.
        browser.click("combine")
        assert browser.download("save").read_bytes() == (tmp_path / "outputs/consolidated.xlsx").read_bytes()


def type_into(workbook: Path) -> None:
    """Correct a level, as a person does."""
    book = openpyxl.load_workbook(workbook)
    sheet = book["Answers"]
    head = next(row for row in sheet.iter_rows(max_row=9) if "Level as read" in [each.value for each in row])
    col = next(each.column for each in head if each.value == "Level")
    cell = sheet.cell(head[0].row + 1, col)
    cell.value = "Spreading" if cell.value != "Spreading" else "Starting"
    book.save(workbook)


def test_a_file_that_cannot_be_opened_is_named_before_anything_is_read(page: Path, odd: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(odd, tmp_path / "returns")
    with Browser("chromium", need(CHROMIUM, "Chromium"), tmp_path / "saved") as browser:
        browser.open(page)
        browser.give("returns-folder", folder)
        browser.give("returns", folder / "form.xlsx")  # that one again, by itself
        browser("wait", code="() => document.getElementById('notice').textContent.includes('1 file')")
        shutil.rmtree(folder / "ward 7")
        browser.click("combine")
        failed = browser.text("#failed")
        assert "2 files cannot be opened, so nothing was read." in failed
        assert "ward 7/form.xlsx" in failed
        assert "ward 7/again/form.xlsx" in failed
        assert not browser.evaluate("() => files.unsaved")


HARM = """
    while "HANGS" in file:
        pass
    if "DIES" in file:
        import ctypes
        ctypes.string_at(0x7FFFFFF0, 10)
    if "EATS" in file:
        eaten = []
        while True:
            eaten.append(bytearray(64 << 20))
"""


WORDS = {
    "HANGS": "reading it took longer than 20 seconds",
    "DIES": "the program that reads it stopped",
    "EATS": "reading it takes more memory than a form ever needs",
}


@pytest.fixture(scope="module")
def harmful(page: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page with what harms a reader in it, and with its full time: a busy machine is no harm."""
    source = (ROOT / "impact_xl/returns/read_file.py").read_text(encoding="utf-8")
    line = "    sha256 = sha256 or hashlib.sha256(content).hexdigest()\n"
    assert source.count(line) == 1
    harmed = {"impact_xl/returns/read_file.py": source.replace(line, line + HARM)}
    return variant(page, tmp_path_factory.mktemp("harmful") / "harmful.html", files=harmed)


@pytest.fixture(scope="module")
def forms(round_of_40: Path) -> list[bytes]:
    return [path.read_bytes() for path in sorted((round_of_40 / "returns").glob("*.xlsx"))][:8]


def expect_one_finding_each(browser: Browser, files: Mapping[str, str]) -> None:
    """Each file, by its name what it does, has one finding that says why it was not read."""
    findings = [(row[5], row[3]) for row in browser.rows("fix")]
    for file, what in files.items():
        (message,) = [message for where, message in findings if where == file]
        assert WORDS[what] in message
    assert len(findings) == len(files)


def test_a_harmful_file_costs_itself_and_one_finding(harmful: Path, forms: list[bytes], tmp_path: Path) -> None:
    folder = tmp_path / "returns"
    folder.mkdir()
    good = {f"good {number}.xlsx": content for number, content in enumerate(forms[:2])}
    bad = {f"{what}.xlsx": forms[3] for what in WORDS}
    inside = {
        "first.xlsx": forms[4],
        **{f"in zip {name}": content for name, content in bad.items()},
        "last.xlsx": forms[6],
    }
    for name, content in {**good, **bad, "all.zip": zipped(inside)}.items():
        (folder / name).write_bytes(content)
    with Browser("chromium", need(CHROMIUM, "Chromium"), tmp_path / "saved") as browser:
        browser.open(harmful)
        browser.give("returns-folder", folder)
        browser.click("combine")
        assert browser.text("#tiles .tile b") == "4"  # teams that answered: two by themselves, two in the zip
        names = {f"{place}{what}.xlsx": what for what in WORDS for place in ("", "all.zip!/in zip ")}
        expect_one_finding_each(browser, names)


def test_it_costs_no_more_in_firefox(harmful: Path, forms: list[bytes], tmp_path: Path) -> None:
    """Its workers end and start otherwise, and its memory has another limit."""
    names = {f"{what}.xlsx": what for what in WORDS}
    for name, content in {"a.xlsx": forms[0], **dict.fromkeys(names, forms[3]), "Z.xlsx": forms[1]}.items():
        (tmp_path / name).write_bytes(content)
    with Browser("firefox", need(FIREFOX, "Firefox"), tmp_path / "saved") as browser:
        browser.open(harmful)
        browser.give("returns", *sorted(tmp_path.glob("*.xlsx")))
        browser.click("combine")
        assert browser.text("#tiles .tile b") == "2"
        expect_one_finding_each(browser, names)
