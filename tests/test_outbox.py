"""An outbox as people and programs leave it: each message goes out once, and none without its form or its recipient."""

from __future__ import annotations

import csv
import email
import email.policy
import io
import itertools
import json
import random
import re
import shutil
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result
from test_send import LEAD, SENDER, Relay, make, served

from impact_xl import api
from impact_xl.findings import ImpactError
from impact_xl.mail import outbox, send, smtp
from impact_xl.mail.outbox import Outbox
from impact_xl.mail.send_log import SendLog

Run = Callable[..., Result]
FIRST = "001 Ward 1 – Möwe"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return make(tmp_path / "outbox", 3)


@pytest.fixture
def relay() -> Iterator[tuple[Relay, str]]:
    yield from served(Relay())


def draft(place: Path, name: str = f"{FIRST}.eml") -> Path:
    return place / "messages" / name


def sent_names(read: Outbox) -> list[str]:
    return [message.key for message in read.messages if message.key not in read.unfit]


LISTED = [f"00{number} Ward {number} – Möwe.eml" for number in (1, 2, 3)]
# How file managers, browsers, mail programs and sync programs name a copy.
NAMES = [
    f"{FIRST} (1).eml", f"{FIRST}(2).eml", f"Copy of {FIRST}.eml", f"Copy (2) of {FIRST}.eml",
    f"Copy of Copy of {FIRST}.eml", f"{FIRST} - Copy.eml", f"{FIRST} - Copy (2).eml", f"{FIRST} copy.eml",
    f"{FIRST} copy 2.eml", f"{FIRST} 2.eml", f"{FIRST}-DESKTOP-7.eml", f"{FIRST}-LAPTOP-AB12CD.eml",
    f"{FIRST}-WS0042.eml", f"{FIRST} (Jo's conflicted copy 2026-11-28).eml", f"{FIRST} - conflict 2026-11-28.eml",
    f"{FIRST}.EML", "Möwe 1.eml", "message.eml",
]  # fmt: skip
Change = Callable[[bytes], bytes]
CHANGES: dict[str, Change] = {
    "the same bytes": lambda content: content,
    "other line ends": lambda content: content.replace(b"\r\n", b"\n"),
    "a header more": lambda content: b"X-Mailer: Thunderbird\r\n" + content,
}


@pytest.mark.parametrize("original", ["there", "deleted"])
@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("name", NAMES)
def test_a_copy_that_says_the_same_is_the_same_message(place: Path, name: str, change: str, original: str):
    content = draft(place).read_bytes()
    if original == "deleted":
        draft(place).unlink()
    draft(place, name).write_bytes(CHANGES[change](content))
    read = outbox.read(place)
    assert sorted(sent_names(read)) == LISTED
    assert read.missing == []
    copies = [] if original == "deleted" or (name == f"{FIRST}.EML" and not draft(place, name).exists()) else [name]
    assert [each for each, _ in read.copies] == copies


@pytest.mark.parametrize("name", NAMES)
def test_of_copies_that_differ_none_is_sent_until_a_person_keeps_one(place: Path, name: str):
    draft(place, name).write_bytes(draft(place).read_bytes().replace(b"Dear 1", b"Dear Jo"))
    read = outbox.read(place)
    assert sent_names(read) == LISTED[1:]
    assert read.unfit[LISTED[0]].startswith(f"it differs from its copy {name}. Keep the one that is right")
    draft(place).unlink()
    assert sorted(sent_names(outbox.read(place))) == LISTED


def test_a_copy_that_differs_is_not_told_as_the_same_message(run: Run, place: Path):
    draft(place, "mine.eml").write_bytes(draft(place).read_bytes().replace(b"Dear 1", b"Dear One"))
    done = run("send", place, "--smtp", "127.0.0.1:1", "--from", SENDER)
    assert "it differs from its copy mine.eml" in done.stderr
    assert "the same message" not in done.stderr


@pytest.mark.parametrize("seed", range(6))
def test_copies_of_every_kind_at_once(place: Path, seed: int):
    dice = random.Random(seed)
    content = draft(place).read_bytes()
    for name in dice.sample(NAMES, 6):
        draft(place, name).write_bytes(CHANGES[dice.choice(list(CHANGES))](content))
    assert sorted(sent_names(outbox.read(place))) == LISTED


def test_a_message_of_ones_own_is_no_copy_and_its_copy_is(place: Path):
    own = b"To: mine@trust.example\r\nMessage-ID: <1@x>\r\nSubject: Mine\r\n\r\nMine\r\n"
    for name in ("006 Mine.eml", "006 Mine copy.eml", "006 Mine copy 2.eml", "Sent.eml"):
        draft(place, name).write_bytes(own)
    read = outbox.read(place)
    assert len(sent_names(read)) == 4
    assert len(read.copies) == 3


def test_teams_whose_names_look_like_copies_each_have_a_message(tmp_path: Path):
    from impact_xl.mail import drafts
    from impact_xl.mail.drafts import Attachment, Draft
    from impact_xl.roster import Team

    names = ["Ward", "Ward (1)", "Ward - Copy", "Copy of Ward", "Ward 2"]
    messages = (
        Draft(Team(name, name, email="one@trust.example"), "Form", "Dear", (Attachment(f"{name}.xlsx", b"x"),))
        for name in names
    )
    drafts.write(messages, tmp_path / "box", files="forms", what="outbox")
    read = outbox.read(tmp_path / "box")
    assert (len(sent_names(read)), read.copies, read.unfit) == (5, (), {})


def lose(content: bytes, what: str) -> bytes:
    """A draft that lost something while somebody edited it."""
    if what == "form":
        boundary = re.search(rb'boundary="(=_[0-9a-f]+)"', content)
        assert boundary
        parts = content.split(b"--" + boundary[1])
        return (b"--" + boundary[1]).join([*parts[:-2], parts[-1]])
    return re.sub({"To": rb"To: .*\r\n", "Cc": rb"Cc: .*\r\n"}[what], b"", content)


@pytest.mark.parametrize(
    ("lost", "why"),
    [
        (["form"], "its file is gone (Form 1.xlsx). Attach it again"),
        (["To"], "its To is empty, and it would go to those in copy alone"),
        (["Cc"], ""),
        (["To", "form"], "its To is empty"),
        (["To", "Cc"], f"its To is empty, and it was made for {LEAD} and ward1@trust.example"),
    ],
)
def test_a_draft_that_lost_its_form_or_its_recipient_is_not_sent(
    run: Run, place: Path, relay: tuple[Relay, str], lost: list[str], why: str
):
    handler, address = relay
    content = draft(place).read_bytes()
    for what in lost:
        content = lose(content, what)
    draft(place).write_bytes(content)
    args = ("send", place, "--smtp", address, "--from", SENDER)
    for more in ((), ("--really",)):
        done = run(*args, *more)
        assert (f"not sent: {FIRST}.eml: {why}" in done.stderr) is bool(why)
        assert f"1 message was changed since the outbox was made: {FIRST}.eml." in done.stderr
    assert done.exit_code == (2 if why else 0)
    assert ("ward1@trust.example" in handler.times) is not bool(why)
    assert LEAD not in handler.times or not lost
    assert json.loads(run(*args, "--json").stdout)["edited"] == [f"{FIRST}.eml"]


def test_a_message_that_never_had_a_to_goes_to_those_in_copy(tmp_path: Path):
    """The team list may have an address for copies alone; a mail of one's own may be to Bcc alone."""
    from impact_xl.mail import drafts
    from impact_xl.mail.drafts import Draft
    from impact_xl.roster import Team

    drafts.write([Draft(Team("a", "Ash", cc=LEAD), "Form", "Dear")], tmp_path / "box", files="forms", what="outbox")
    draft(tmp_path / "box", "own.eml").write_bytes(b"Bcc: all@trust.example\r\nSubject: Mine\r\n\r\nMine\r\n")
    assert outbox.read(tmp_path / "box").unfit == {}


def test_a_picture_in_a_signature_is_no_form(place: Path):
    picture = b"Content-Type: image/png\r\nContent-Disposition: inline; filename=logo.png\r\n\r\nx\r\n"
    content = re.sub(rb"Content-Type: application/vnd[^\0]+?(?=--=_)", picture, draft(place).read_bytes())
    draft(place).write_bytes(content)
    assert outbox.read(place).unfit[LISTED[0]].startswith("its file is gone")


@pytest.mark.parametrize("list_is", ["there", "saved by Excel", "gone"])
def test_what_the_outbox_lists_and_lacks_is_told(run: Run, place: Path, list_is: str):
    listing = place / "distribution.csv"
    if list_is == "saved by Excel":
        listing.write_bytes(listing.read_bytes().decode("utf-8-sig").replace(",", ";").encode("cp1252"))
    if list_is == "gone":
        listing.unlink()
    draft(place).unlink()
    (place / "forms" / "Form 2.xlsx").unlink()
    done = run("send", place, "--smtp", "127.0.0.1:1", "--from", SENDER)
    assert f"3 messages are listed in outbox.json, 1 is not there: {FIRST}.eml." in done.stderr
    assert "listed and not there: " in done.stderr
    assert "forms/Form 2.xlsx" in done.stderr
    assert "2 messages would be sent" in done.stderr


@pytest.mark.parametrize("dies_at", range(1, 8))
def test_copies_and_a_run_that_dies_anywhere_deliver_nothing_twice(
    place: Path, relay: tuple[Relay, str], monkeypatch: pytest.MonkeyPatch, dies_at: int
):
    """One address refused, copies of two kinds, the original taken away in between: everybody has it once at most."""
    handler, address = relay
    handler.refuse = {LEAD}
    server = smtp.parse_server(address, SENDER, {})
    content = draft(place).read_bytes()
    draft(place, f"{FIRST} (1).eml").write_bytes(content)
    draft(place, "message.eml").write_bytes(content)
    add, lines = SendLog.add, itertools.count(1)

    def add_and_die(self: SendLog, *line: object) -> None:
        if next(lines) == dies_at:
            raise KeyboardInterrupt
        add(self, *line)

    monkeypatch.setattr(SendLog, "add", add_and_die)
    with pytest.raises(KeyboardInterrupt):
        send.send(outbox.read(place), server)
    monkeypatch.setattr(SendLog, "add", add)
    draft(place).unlink()  # a person tidies up, and keeps a copy
    send.send(outbox.read(place), server)
    draft(place, f"{FIRST} (1).eml").unlink()
    send.send(outbox.read(place), server)
    assert max(handler.times.values()) == 1


def test_a_copy_of_the_whole_folder_knows_what_was_sent(place: Path, relay: tuple[Relay, str]):
    handler, address = relay
    shutil.copytree(place, place.with_name("outbox - Copy"))
    server = smtp.parse_server(address, SENDER, {})
    for folder in (place, place.with_name("outbox - Copy")):
        api.send(outbox.read(folder), server)
    assert set(handler.times.values()) == {1}


def test_an_address_that_stands_in_to_and_in_cc_gets_one_message(place: Path):
    draft(place).write_bytes(draft(place).read_bytes().replace(LEAD.encode(), b"WARD1@Trust.example"))
    [first, *_] = outbox.read(place).messages
    assert first.recipients == ("ward1@trust.example",)


def test_what_an_older_run_sent_from_a_copy_is_not_sent_again(place: Path, relay: tuple[Relay, str]):
    """Version 0.1 sent copies as messages of their own, and its log has their names."""
    handler, address = relay
    lines = (
        "when,message,to,state,said",
        f"2026-11-02T10:00:00+00:00,{FIRST} (1).eml,ward1@trust.example; {LEAD},sending,",
        f"2026-11-02T10:00:01+00:00,{FIRST} (1).eml,ward1@trust.example; {LEAD},sent,",
    )
    (place / "sent.csv").write_bytes("".join(f"{line}\r\n" for line in lines).encode())
    report = send.send(outbox.read(place), smtp.parse_server(address, SENDER, {}))
    assert report.sent_before == [LISTED[0]]
    assert set(handler.times) == {"ward2@trust.example", "ward3@trust.example"}


def with_sign(text: str, sign: str) -> str:
    rows = io.StringIO(newline="")
    csv.writer(rows, delimiter=sign).writerows(csv.reader(io.StringIO(text, newline="")))
    return rows.getvalue()


def misread(text: str, encoding: str = "cp1252") -> str:
    """What a program makes of the list that takes its letters for those of another encoding."""
    return text.encode().decode(encoding, "replace")


def as_workbook(text: str) -> bytes:
    import openpyxl

    book, content = openpyxl.Workbook(), io.BytesIO()
    for row in csv.reader(io.StringIO(text, newline="")):
        book.active.append(row)
    book.save(content)
    return content.getvalue()


# How people and programs leave the list of what was sent: its name, and how its text is written.
SAVED: dict[str, tuple[str, Callable[[str], bytes]]] = {
    "with semicolons": ("sent.csv", lambda text: with_sign(text, ";").encode("cp1252")),
    "with tabs, as Unicode text": ("sent.csv", lambda text: with_sign(text, "\t").encode("utf-16")),
    "sorted": ("sent.csv", lambda text: "\r\n".join([(lines := text.split("\r\n"))[0], *sorted(lines[1:])]).encode()),
    "with a title and in capitals": ("sent.csv", lambda text: f"Sent\r\n\r\n{text.replace('sent', 'Sent')}".encode()),
    "a sync program's copy": ("sent-DESKTOP-7.csv", str.encode),
    "a copy": ("Copy of sent.csv", str.encode),
    "a workbook": ("sent.xlsx", as_workbook),
    "by Excel, as letters of another encoding": ("sent.csv", lambda text: misread(text).encode("utf-8-sig")),
    "by Excel, in its own encoding": ("sent.csv", lambda text: misread(text).encode("cp1252", "replace")),
    "a workbook of letters of another encoding": ("sent.xlsx", lambda text: as_workbook(misread(text))),
    **{
        f"read as {encoding}": ("sent.csv", lambda text, encoding=encoding: misread(text, encoding).encode())
        for encoding in ("cp1250", "cp1251", "cp437", "cp850", "mac_roman", "latin-1", "shift_jis")
    },
    "with question marks": ("sent.csv", lambda text: text.encode("ascii", "replace")),
    "without accents": ("sent.csv", lambda text: text.replace("ö", "o").replace("–", "-").encode()),
    "with a plain dash": ("sent.csv", lambda text: text.replace("–", "-").encode()),
    "accents apart": ("sent.csv", lambda text: unicodedata.normalize("NFD", text).encode()),
    "cut off within a letter": ("sent.csv", lambda text: text.encode() + "x,003 Ward 3 – M\u00f6".encode()[:-1]),
}  # fmt: skip


@pytest.mark.parametrize("saved", SAVED)
def test_a_list_of_what_was_sent_that_somebody_saved_still_says_so(place: Path, relay: tuple[Relay, str], saved: str):
    """Half of the messages have gone out; then the list is saved in another way, and two runs follow."""
    handler, address = relay
    server = smtp.parse_server(address, SENDER, {})
    handler.refuse = {"ward2@trust.example"}
    send.send(outbox.read(place), server)
    handler.refuse = set()
    name, written = SAVED[saved]
    text = (place / "sent.csv").read_bytes().decode("utf-8-sig")
    (place / "sent.csv").unlink()
    (place / name).write_bytes(written(text))
    for _ in range(2):
        send.send(outbox.read(place), server)
    assert handler.times == {"ward1@trust.example": 1, LEAD: 1, "ward2@trust.example": 1, "ward3@trust.example": 1}
    assert SendLog(place).path.read_bytes().startswith((b"\xef\xbb\xbfwhen,message,to,state,said\r\n", b"when,"))


@pytest.mark.parametrize(
    ("named", "to", "unclear"),
    [
        ("Alder’s form", "WARD1@trust.example", LISTED[:1]),
        ("", f"ward1@trust.example; {LEAD}", LISTED[:1]),
        ("a.msg", "ward1@trust.example; someone@trust.example", LISTED[:1]),
        ("a.eml", "ward1@trust.example; ward3@trust.example", [LISTED[0], LISTED[2]]),
        ("a.eml", "someone@trust.example", []),
    ],
)
@pytest.mark.parametrize("state", ["sent", "sending"])
def test_a_line_that_names_no_message_counts_by_its_address(
    place: Path, relay: tuple[Relay, str], named: str, to: str, unclear: list[str], state: str
):
    handler, address = relay
    server = smtp.parse_server(address, SENDER, {})
    (place / "sent.csv").write_text(f"when,message,to,state,said\nx,{named},{to},{state},\n")
    for _ in range(2):
        assert send.send(outbox.read(place), server).unclear == unclear
    for name in unclear:
        send.send(outbox.read(place), server, again=[name])
    assert handler.times == {"ward1@trust.example": 1, LEAD: 1, "ward2@trust.example": 1, "ward3@trust.example": 1}


def test_a_line_about_a_message_of_ones_own_says_nothing_of_the_others(place: Path, relay: tuple[Relay, str]):
    handler, address = relay
    server = smtp.parse_server(address, SENDER, {})
    draft(place, "mine.eml").write_bytes(f"To: {LEAD}, ward2@trust.example\nSubject: Lunch\n\nAt noon?\n".encode())
    lines = f"x,mine.eml,{LEAD}; ward2@trust.example,sent,\n"
    (place / "sent.csv").write_text(f"when,message,to,state,said\n{lines}")
    assert send.send(outbox.read(place), server).unclear == []
    assert set(handler.times.values()) == {1}


@pytest.mark.parametrize("to", ["", "Ward 1", "ward1"])
def test_a_line_that_says_of_nobody_that_a_message_was_sent_stops_everything(place: Path, to: str):
    (place / "sent.csv").write_text(f"when,message,to,state,said\nx,{LISTED[0]},{to},sent,\n")
    with pytest.raises(ImpactError, match="does not say to whom"):
        send.make_plan(outbox.read(place))


# -- to whom -----------------------------------------------------------------------------------------

TWO, NINE = "ward2@trust.example", "ward9@trust.example"
BOTH = [
    f"{TWO}; {NINE}", f"{TWO};{NINE};", f"Ward Two <{TWO}>; Ward Nine <{NINE}>", f"{TWO} {NINE}", f"{TWO} / {NINE}",
    f"{TWO} and {NINE}", f"{TWO} & {NINE}", f"{TWO}|{NINE}", f"Ward Two <{TWO}> Ward Nine <{NINE}>",
    f"<{TWO}><{NINE}>", f"<{TWO}> and <{NINE}>", f"Two, Ward <{TWO}>, Nine, Ward <{NINE}>", f"Wards: {TWO}, {NINE};",
    f"{TWO},\r\n {NINE}", f"'{TWO}'; mailto:{NINE}", f"{TWO} (Ward; Two), [EXT] Ward Nine <{NINE}>",
    f"Möwe <{TWO}>; Zoë <{NINE}>",
    f'"x@trust.example" <{TWO}>; jo@home <{NINE}>', f"=?utf-8?q?M=C3=B6we?= <{TWO}>; {NINE}",
]  # fmt: skip


@pytest.mark.parametrize("to", BOTH)
@pytest.mark.parametrize("head", ["To", "Cc", "Bcc"])
def test_a_message_goes_to_every_address_however_they_are_parted(
    place: Path, relay: tuple[Relay, str], head: str, to: str
):
    handler, address = relay
    name = LISTED[1]
    line = f"To: {to}" if head == "To" else f"To: {LEAD}\r\n{head}: {to}"
    draft(place, name).write_bytes(draft(place, name).read_bytes().replace(f"To: {TWO}".encode(), line.encode()))
    send.send(outbox.read(place), smtp.parse_server(address, SENDER, {}))
    assert (handler.times[TWO], handler.times[NINE]) == (1, 1)
    got = next(content for _, to, content in handler.got if TWO in to)
    heads = email.message_from_bytes(got, policy=email.policy.default).get_all(head, [])
    assert {each.addr_spec for line in heads for each in line.addresses} == ({TWO, NINE} if head != "Bcc" else set())


@pytest.mark.parametrize("to", ["Jo <jo+qi@trust.example>", "jo+qi@trust.example", "Jo <x/jo+qi@trust.example>"])
def test_signs_within_an_address_part_nothing(place: Path, to: str):
    draft(place).write_bytes(draft(place).read_bytes().replace(b"To: ward1@trust.example", f"To: {to}".encode()))
    first = outbox.read(place).messages[0]
    assert first.recipients[0] == to.removeprefix("Jo <").removesuffix(">")
    assert outbox.read(place).faults == []


@pytest.mark.parametrize(
    "wrong",
    ["ward9@", "ward9@[1.2", "ward9@trüst.example",
     "Ward Nine", "ward2@@trust.example", "ward9@trust", "ward2@trust.example.", "<ward9@>",
     "ward9 @trust.example", "(ward9@trust.example", "ward9@trust..example", f"{NINE} <ward8@trust.example>"],
)  # fmt: skip
@pytest.mark.parametrize("line", ["To: {}", "To: {}; ward7@trust.example", f"To: {LEAD}\r\nCc: {LEAD}, {{}}"])
def test_what_is_no_address_is_reported_and_nothing_is_sent(run: Run, place: Path, line: str, wrong: str):
    head = line.format(wrong).encode()
    draft(place).write_bytes(draft(place).read_bytes().replace(b"To: ward1@trust.example", head))
    done = run("send", place, "--smtp", "127.0.0.1:1", "--from", SENDER, "--really")
    assert (done.exit_code, "Nothing was sent" in done.stderr) == (2, True)
    assert f"{FIRST}.eml: “" in done.stderr
    assert "is not an e-mail address" in done.stderr
    assert "its To is empty" not in done.stderr


def test_a_draft_renamed_in_all_it_says_is_known_by_its_form(place: Path, relay: tuple[Relay, str]):
    """Another file name, another subject, another name of the form: the form itself is the same."""
    handler, address = relay
    server = smtp.parse_server(address, SENDER, {})
    send.send(outbox.read(place), server)
    changed = re.sub(rb"Subject: .*", b"Subject: Once more", draft(place).read_bytes()).replace(
        b"Form 1.xlsx", b"x.xlsx"
    )
    draft(place, "new.eml").write_bytes(changed)
    draft(place).unlink()
    assert {each.key for each in outbox.read(place).messages} == set(LISTED)
    send.send(outbox.read(place), server)
    assert set(handler.times.values()) == {1}


def test_a_draft_that_was_saved_over_another_goes_out_once_and_the_other_is_told(run: Run, place: Path):
    draft(place).write_bytes(draft(place, LISTED[1]).read_bytes())
    done = run("send", place, "--smtp", "127.0.0.1:1", "--from", SENDER)
    assert f"1 is not there: {FIRST}.eml" in done.stderr
    assert "2 messages would be sent" in done.stderr


def test_in_a_round_a_message_of_which_nobody_knows_is_never_passed_over(place: Path):
    lines = [f"x,{name},ward{number}@trust.example; {LEAD},sent," for number, name in enumerate(LISTED, 1)]
    lines[-1] = lines[-1].replace("sent", "sending")
    (place / "sent.csv").write_text("\n".join(["when,message,to,state,said", *lines, ""]))
    assert api.newest_unsent([place]) == place
