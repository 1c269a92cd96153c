"""Returns inside archives, mails and mailboxes: each is found, and each says where it came from."""

from __future__ import annotations

import zipfile
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from messages import boxed, mail, zipped
from msgforge import Message as Outlook
from rounds_in_memory import QUESTIONNAIRE

from impact_xl import returns
from impact_xl.form import layout
from impact_xl.form import workbook as form
from impact_xl.returns import file_type
from impact_xl.returns.mail import attachment
from impact_xl.returns.mail.containers import carried_files
from impact_xl.returns.submission import ReturnedFile
from impact_xl.round.answers import judge
from impact_xl.round.collation import collate

WHEN = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)


def filled(level: int, team: str = "Ward 7") -> bytes:
    entries = {layout.level_key(question.id, level): True for question in QUESTIONNAIRE.questions}
    return form.build(form.Form(QUESTIONNAIRE, entries={**entries, "start.team": team}))


FORM, OTHER = filled(3), filled(4, "Ward 8")
EMPTY = form.build(form.Form(QUESTIONNAIRE, entries={"start.team": "Ward 7"}))


def read(*paths: Path) -> dict[str, ReturnedFile]:
    sources, _ = returns.find(paths)
    files = returns.read(sources, QUESTIONNAIRE)
    by_name = {file.file: file for file in files}
    assert len(by_name) == len(files)
    return by_name


def levels(file: ReturnedFile) -> set[int | None]:
    (submission,) = file.submissions
    return {answer.level for answer in judge(submission, QUESTIONNAIRE).answers.values()}


def rules(files: dict[str, ReturnedFile]) -> dict[str, list[str]]:
    return {name: [finding.rule.id for finding in file.findings] for name, file in files.items()}


def save(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    "parts",
    [
        ("Index/Document.iwa", "Metadata/Properties.plist", "preview.jpg"),
        ("Index.zip", "preview.jpg", "Data/picture.png"),
        ("index.xml", "buildVersionHistory.plist", "QuickLook/Thumbnail.jpg"),
    ],
)
@pytest.mark.parametrize("folder", ["Form.numbers", "round/Ward 7.pages", "back\\Form.NUMBERS"])
def test_a_document_that_is_a_folder_is_told_once(folder: str, parts: tuple[str, ...]) -> None:
    content = zipped({"a.xlsx": FORM, **{f"{folder}/{part}": b"x" for part in parts}, "b.numbers/c.xlsx": FORM})
    files = [*carried_files(content, "zip", "in.zip")]
    told = [each for each in files if each.finding]
    assert [each.file for each in told] == [f"in.zip!/{folder.replace(chr(92), '/')}"]
    assert "Apple Numbers" in told[0].finding.message
    assert [each.file for each in files if not each.finding] == ["in.zip!/a.xlsx", "in.zip!/b.numbers/c.xlsx"]


def test_a_zip_in_a_zip(tmp_path: Path) -> None:
    inner = zipped({"Ward 8.xlsx": OTHER, "~$Ward 8.xlsx": b"lock", "scan.pdf": b"%PDF-1.7"})
    files = read(
        save(tmp_path / "all.zip", zipped({"north/Ward 7.xlsx": FORM, "south.zip": inner, "__MACOSX/._a": b"x"}))
    )
    assert rules(files) == {
        "all.zip!/north/Ward 7.xlsx": [],
        "all.zip!/south.zip!/Ward 8.xlsx": [],
        "all.zip!/south.zip!/scan.pdf": ["file-not-workbook"],
        "all.zip!/south.zip": ["file-skipped"],
        "all.zip": ["file-skipped"],
    }
    assert levels(files["all.zip!/north/Ward 7.xlsx"]) == {3}
    assert levels(files["all.zip!/south.zip!/Ward 8.xlsx"]) == {4}


def test_a_mail_with_a_logo_in_its_signature(tmp_path: Path) -> None:
    message = mail("Our=form", files={"Ward 7.xlsx": FORM, "Notes – é.xlsx": OTHER}, logo=True)
    files = read(save(tmp_path / "mail.eml", bytes(message)))
    assert rules(files) == {"mail.eml!/Ward 7.xlsx": [], "mail.eml!/Notes – é.xlsx": []}
    file = files["mail.eml!/Ward 7.xlsx"]
    assert levels(file) == {3}
    assert file.submissions[0].message_date == WHEN
    assert file.message
    assert (file.message.sender, file.message.subject) == ("Ward lead <ward@example.org>", "Our=form")


def test_a_mail_forwarded_as_an_attachment_keeps_its_own_date(tmp_path: Path) -> None:
    outer = mail("Fwd: returns", date="Fri, 20 Nov 2026 10:00:00 +0000")
    outer.add_attachment(mail("Ours", files={"Ward 7.xlsx": FORM}))
    undated = mail("No date", files={"Ward 8.xlsx": OTHER})
    del undated["Date"]
    outer.add_attachment(undated)
    files = read(save(tmp_path / "mail.eml", bytes(outer)))
    assert rules(files) == {"mail.eml!/Ours.eml!/Ward 7.xlsx": [], "mail.eml!/No date.eml!/Ward 8.xlsx": []}
    dates = [file.submissions[0].message_date for file in files.values()]
    assert dates == [WHEN, datetime(2026, 11, 20, 10, 0, tzinfo=UTC)]


def test_a_mailbox(tmp_path: Path) -> None:
    box = boxed(
        tmp_path / "inbox",
        [
            mail("Ours", "From here on it is ours\n\nFrom us", files={"form.xlsx": FORM}),
            mail("Thank you", "Will do"),
            mail("A question", "Back on Monday"),
            mail("Ours, too", files={"form.xlsx": OTHER}),
        ],
    )
    files = read(box)
    assert rules(files) == {
        "inbox!/1 Ours!/form.xlsx": [],
        "inbox": ["mail-no-file"],
        "inbox!/4 Ours, too!/form.xlsx": [],
    }
    assert levels(files["inbox!/4 Ours, too!/form.xlsx"]) == {4}
    assert "2 messages of this mailbox, such as “Thank you”" in files["inbox"].findings[0].message


def report(kind: str, action: str, about: EmailMessage) -> bytes:
    """What a mail server writes about a message, RFC 3462 and 3464."""
    group = f"Final-Recipient: rfc822; ward7@trust.example\nAction: {action}\nStatus: 5.1.1\n"
    parts = [
        "Content-Type: text/plain\n\nIt went wrong.\n",
        f"Content-Type: message/{kind}\n\nReporting-MTA: dns; mail.trust.example\n\n{group}\n",
        f"Content-Type: message/rfc822\n\n{about.as_string()}\n",
    ]
    head = (
        "From: postmaster@trust.example\nSubject: Undeliverable: our form\nDate: Mon, 02 Nov 2026 09:30:00 +0000\n"
        f'MIME-Version: 1.0\nContent-Type: multipart/report; report-type={kind}; boundary="b"\n\n'
    )
    return (head + "".join(f"--b\n{part}" for part in parts) + "--b--\n").encode()


@pytest.mark.parametrize(
    ("kind", "action", "rule"),
    [
        ("delivery-status", "failed", "mail-bounced"),
        ("delivery-status", "delayed", "mail-no-file"),
        ("disposition-notification", "displayed", "mail-no-file"),
    ],
)
def test_a_notice_carries_the_form_that_was_sent_out_and_nobodys_return(
    tmp_path: Path, kind: str, action: str, rule: str
) -> None:
    sent = mail(
        "Your form", files={"form.xlsx": form.build(form.Form(QUESTIONNAIRE, entries={"start.team": "Ward 7"}))}
    )
    files = read(save(tmp_path / "notice.eml", report(kind, action, sent)))
    assert rules(files) == {"notice.eml": [rule]}
    if rule == "mail-bounced":
        assert "could not be delivered to ward7@trust.example." in files["notice.eml"].findings[0].message


@pytest.mark.parametrize(
    ("of_class", "rule"), [("REPORT.IPM.Note.NDR", "mail-bounced"), ("REPORT.IPM.Note.IPNRN", "mail-no-file")]
)
def test_a_notice_as_outlook_saves_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, of_class: str, rule: str
) -> None:
    from msgforge._builder import _Props as Properties

    write = Properties.add_unicode

    def add(self: Properties, ole: object, where: object, property_id: int, text: str) -> object:
        return write(self, ole, where, property_id, of_class if property_id == 0x001A else text)

    monkeypatch.setattr(Properties, "add_unicode", add)
    outlook = Outlook(subject="Undeliverable: our form", text_body="It went wrong.", to=["ward7@trust.example"])
    outlook.attach_bytes("form.xlsx", EMPTY)
    files = read(save(tmp_path / "notice.msg", outlook.as_bytes()))
    assert rules(files) == {"notice.msg": [rule]}
    if rule == "mail-bounced":
        assert "could not be delivered to ward7@trust.example." in files["notice.msg"].findings[0].message


@pytest.mark.parametrize(
    "text",
    [
        "I have shared it: https://trust-my.sharepoint.com/:x:/g/personal/form.xlsx?e=abc",
        "https://1drv.ms/x/s!abc",
        "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Ftrust.sharepoint.com%2Fform.xlsx&data=05",
    ],
)
def test_a_link_instead_of_an_attachment(tmp_path: Path, text: str) -> None:
    files = read(save(tmp_path / "mail.eml", bytes(mail(text=text, logo=True))))
    assert rules(files) == {"mail.eml": ["mail-link"]}
    (finding,) = files["mail.eml"].findings
    assert "Ward lead" in finding.message
    assert "sharepoint" in finding.message or "1drv" in finding.message
    attached = mail(text=text, files={"form.xlsx": FORM})
    assert rules(read(save(tmp_path / "with.eml", bytes(attached)))) == {"with.eml!/form.xlsx": []}


def test_outlooks_own_messages(tmp_path: Path) -> None:
    message = Outlook(
        subject="Our form",
        html_body="<p>Hello</p>",
        sender=("ward@example.org", "Ward lead"),
        sent=WHEN,
        to=["a@b.org"],
    )
    message.attach_bytes("Ward 7.xlsx", FORM)
    message.attach_bytes("logo.png", b"\x89PNG logo", mime_type="image/png", content_id="logo")
    files = read(save(tmp_path / "mail.msg", message.as_bytes()))
    assert rules(files) == {"mail.msg!/Ward 7.xlsx": []}
    file = files["mail.msg!/Ward 7.xlsx"]
    assert levels(file) == {3}
    assert file.submissions[0].message_date == WHEN
    assert file.message
    assert file.message.subject == "Our form"
    assert "ward@example.org" in file.message.sender
    link = Outlook(
        subject="Shared", html_body="<a href='https://trust.sharepoint.com/form.xlsx'>form</a>", to=["a@b.org"]
    )
    assert rules(read(save(tmp_path / "link.msg", link.as_bytes()))) == {"link.msg": ["mail-link"]}
    assert rules(read(save(tmp_path / "cut.msg", message.as_bytes()[:3000]))) == {"cut.msg": ["file-damaged"]}


def test_the_kind_is_told_from_the_content(tmp_path: Path) -> None:
    files = read(
        save(tmp_path / "a.xlsx", bytes(mail(files={"x.bin": zipped({"y.txt": FORM})}))),
        save(tmp_path / "b.eml", FORM),
        save(tmp_path / "c.txt", zipped({})),
    )
    assert rules(files) == {"a.xlsx!/x.bin!/y.txt": [], "b.eml": [], "c.txt": ["file-not-workbook"]}


def test_odd_names_are_shown_safely_and_stay_apart(tmp_path: Path) -> None:
    names = {"../../etc/pass\u202ewd.xlsx": FORM, "a\nb.xlsx": OTHER}
    path = save(tmp_path / "odd.zip", zipped(names))
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(path, "a") as archive:
        archive.writestr("a\nb.xlsx", FORM)
    files = read(path)
    assert list(files) == ["odd.zip!/../../etc/pass?wd.xlsx", "odd.zip!/a?b.xlsx", "odd.zip!/a?b.xlsx (2)"]
    assert [levels(file) for file in files.values()] == [{3}, {4}, {3}]


def test_containers_have_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    deep = zipped({"form.xlsx": FORM})
    for _ in range(attachment.MOST_DEEP):
        deep = zipped({"inner.zip": deep})
    *_, last = carried_files(deep, "zip", "deep.zip")
    assert last.finding
    assert last.finding.rule.id == "file-unsafe"
    monkeypatch.setattr(attachment, "MOST_CARRIED", 2)
    carried = list(carried_files(zipped({f"{n}.txt": b"x" for n in range(4)}), "zip", "many.zip"))
    assert [each.file for each in carried] == ["many.zip!/0.txt", "many.zip!/1.txt", "many.zip"]
    assert carried[-1].finding
    monkeypatch.setattr(attachment, "MOST_INSIDE", 10)
    carried = list(carried_files(zipped({"a.txt": b"x" * 20}), "zip", "big.zip"))
    assert [each.finding.rule.id for each in carried if each.finding] == ["file-too-big"]


def test_a_locked_or_damaged_entry_costs_itself() -> None:
    content = bytearray(zipped({"a.txt": b"first" * 100, "b.txt": b"second" * 100}))
    content[content.index(b"a.txt") + 12] ^= 0xFF
    carried = list(carried_files(bytes(content), "zip", "a.zip"))
    assert [(each.file, bool(each.finding)) for each in carried] == [("a.zip!/a.txt", True), ("a.zip!/b.txt", False)]
    assert file_type.detect_kind(bytes(content)) == "zip"


def test_an_archive_may_hold_thousands_of_files() -> None:
    content = zipped({**{f"{n}.txt": b"" for n in range(3_000)}, "form.xlsx": FORM})
    assert file_type.detect_kind(content) == "zip"
    assert sum(1 for _ in carried_files(content, "zip", "a.zip")) == 3_001
    with pytest.raises(file_type.FileRejected):
        file_type.detect_kind(zipped({f"{n}.txt": b"" for n in range(file_type.MOST_IN_ARCHIVE + 1)}))


def patched(content: bytes, at_local: int, at_central: int, value: bytes) -> bytes:
    """An archive of one file with some bytes of both its headers changed."""
    changed, central = bytearray(content), content.index(b"PK\x01\x02")
    changed[at_local : at_local + len(value)] = value
    changed[central + at_central : central + at_central + len(value)] = value
    return bytes(changed)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            patched(zipped({"a.xlsx": FORM}), 8, 10, b"\x09\x00"),
            ["file-format"],
        ),  # Deflate64, as Windows packs big files
        (patched(zipped({"a.xlsx": FORM}), 6, 8, b"\x01\x00"), ["file-password"]),
        (zipped({"a.xlsx": FORM}) + b"trailing", []),
        (b"leading" + zipped({"a.xlsx": FORM}), []),
        (zipped({"a.xlsx/": FORM}), []),  # what calls itself a folder and is none
        (zipped({"/abs/../a.xlsx": FORM}), []),
        (zipped({"C:\\Users\\a.xlsx": FORM}), []),
    ],
    ids=["Deflate64", "locked", "trailing bytes", "leading bytes", "folder", "absolute", "Windows"],
)
def test_odd_archives(content: bytes, expected: list[str], tmp_path: Path) -> None:
    (file,) = read(save(tmp_path / "a.zip", content)).values()
    assert [finding.rule.id for finding in file.findings] == expected
    assert bool(file.submissions) is not bool(expected)
    assert ".." not in file.file or file.file == "a.zip!/abs/../a.xlsx"


def test_every_way_of_packing_that_python_knows(tmp_path: Path) -> None:
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        with zipfile.ZipFile(tmp_path / "a.zip", "w", method) as archive:
            archive.writestr("a.xlsx", FORM)
        assert rules(read(tmp_path / "a.zip")) == {"a.zip!/a.xlsx": []}


@pytest.mark.parametrize("harm", ["os.abort()", "1 / 0"])
def test_a_reader_that_fails_inside_a_container_costs_one_member(
    harm: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from impact_xl.returns import child_processes

    poison = (
        "import os; read_file.read_content = "
        f"lambda c, f, *a, r=read_file.read_content: {harm} if 'bad' in f else r(c, f, *a)"
    )
    boot = child_processes._READER.replace(
        "from impact_xl.returns.worker_pool",
        f"from impact_xl.returns import read_file; {poison}; from impact_xl.returns.worker_pool",
    )
    monkeypatch.setattr(child_processes, "_READER", boot)
    files = read(save(tmp_path / "a.zip", zipped({"1.xlsx": FORM, "2 bad.xlsx": FORM, "3.xlsx": OTHER, "4 bad": FORM})))
    assert rules(files) == {
        "a.zip!/1.xlsx": [],
        "a.zip!/2 bad.xlsx": ["file-unreadable"],
        "a.zip!/3.xlsx": [],
        "a.zip!/4 bad": ["file-unreadable"],
    }


@pytest.mark.parametrize(
    ("fault", "bad", "read_in_all"), [("os.abort()", 8, True), ("time.sleep(9)", 8, False), ("time.sleep(9)", 3, True)]
)
def test_readers_that_die_again_and_again(
    fault: str, bad: int, read_in_all: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that die at once cost next to nothing; those that hang cost the others' time, and so there is an end."""
    from impact_xl.returns import child_processes, worker_pool

    poison = (
        "import os, time; "
        f"read_file.read_content = lambda c, f, *a, r=read_file.read_content: {fault} if 'bad' in f else r(c, f, *a)"
    )
    boot = child_processes._READER.replace(
        "from impact_xl.returns.worker_pool",
        f"from impact_xl.returns import read_file; {poison}; from impact_xl.returns.worker_pool",
    )
    monkeypatch.setattr(child_processes, "_READER", boot)
    names = [f"{number} bad.xlsx" for number in range(bad)]
    path = save(tmp_path / "a.zip", zipped({**dict.fromkeys(names, b"PK"), "z.xlsx": FORM}))
    seconds = 1.5 if "sleep" in fault else worker_pool.SECONDS  # the start of a child counts, on a busy machine too
    files = returns.read(returns.find([path])[0], QUESTIONNAIRE, seconds=seconds)
    assert ("a.zip!/z.xlsx" in {file.file for file in files}) is read_in_all
    if not read_in_all:
        assert "the rest was left out" in files[-1].findings[0].message
        assert files[-1].file == "a.zip"


def test_the_same_bytes_sent_again_later_are_the_latest(tmp_path: Path) -> None:
    """A team that sends its first copy again means that one, although its bytes came before."""
    early, late = "Mon, 02 Nov 2026 09:30:00 +0000", "Fri, 06 Nov 2026 09:30:00 +0000"
    between = filled(4)
    for name, content, date in (
        ("1.eml", FORM, early),
        ("2.eml", between, "Wed, 04 Nov 2026 09:30:00 +0000"),
        ("3.eml", FORM, late),
    ):
        save(tmp_path / name, bytes(mail(files={"form.xlsx": content}, date=date)))
    sources, findings = returns.find([tmp_path])
    collation = collate(returns.read(sources, QUESTIONNAIRE), QUESTIONNAIRE, findings=findings)
    (result,) = collation.results
    assert {answer.level for answer in result.answers.values()} == {3}
    assert {"file-duplicate", "team-twice"} <= {finding.rule.id for finding in collation.to_fix}
