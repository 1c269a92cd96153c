"""A whole round by e-mail, 40 teams: sent out, filled in, returned in every way mail has, chased, corrected, collated,
fed back. Every team's answers land in the right place, and no message goes to a wrong address."""

from __future__ import annotations

import csv
import email
import io
import json
import random
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from click.testing import Result
from edits import Copy, places
from messages import boxed, mail, zipped
from msgforge import Message as Outlook
from rounds_in_memory import QUESTIONNAIRE
from test_send import Relay, served
from test_tracking import typed

from impact_xl import returns, roster
from impact_xl.form import layout
from impact_xl.form import workbook as form
from impact_xl.form.layout import level_key
from impact_xl.xlsx.a1 import a1, column_name

Run = Callable[..., Result]
COUNT = 40
PLACES = places(form.Form(QUESTIONNAIRE))
SENT = datetime(2026, 11, 9, 9, 0, tzinfo=UTC)

NEVER_CAME = {0, 1, 2}
WRITTEN_ON_ANOTHERS_FORM, ITS_FORM = 3, 10
LEFT_BLANK, TICKED_TWICE = 4, 5
FORWARDED, SENT_TWICE, CHANGED_ITS_MIND, RENAMED, SENT_ON_TO_OTHERS = 6, 7, 8, 9, 11
UNDER_ANOTHERS_NAME, THE_OTHER = 12, 13  # the file is called as another team's, and comes from its address
DECLINED = 1  # of those whose form never came


def name(number: int) -> str:
    return f"{('Möwe', 'Alder', 'Ward', 'Équipe')[number % 4]} {number:02d}"


def address(number: int) -> str:
    return f"team{number:02d}@trust.example"


def copied(number: int) -> str:
    """Every fifth team has a lead who gets a copy."""
    return f"lead{number:02d}@trust.example" if number % 5 == 0 else ""


def truth(number: int, question: str) -> int:
    """The level that a team means; no two teams mean the same throughout."""
    return random.Random(f"{number} {question}").randint(1, 5)


@pytest.fixture(scope="module")
def truths() -> Mapping[str, dict[str, int]]:
    return {name(number): {q.id: truth(number, q.id) for q in QUESTIONNAIRE.questions} for number in range(COUNT)}


def filled(content: bytes, number: int, by: str = "Lead", changed: Mapping[str, int] | None = None) -> Copy:
    """A form in a team's hands, every question ticked as the team means it."""
    copy = Copy(content).type(*PLACES["start.completed-by"], f"{by} {number}")
    for question in QUESTIONNAIRE.questions:
        level = (changed or {}).get(question.id, truth(number, question.id))
        copy.tick(*PLACES[level_key(question.id, level)])
    return copy


def content_of(copy: Copy, folder: Path) -> bytes:
    path = copy.save(folder / "copy.xlsx")
    content = path.read_bytes()
    path.unlink()
    return content


def on(day: int) -> str:
    return f"{SENT + timedelta(days=day):%a, %d %b %Y %H:%M:%S} +0000"


def letters(outbox: Path) -> Iterator[EmailMessage]:
    for path in sorted((outbox / "messages").iterdir()):
        yield email.message_from_bytes(path.read_bytes(), policy=SMTP)


def attachments(outbox: Path) -> dict[str, dict[str, bytes]]:
    """What each address would get: one message a team, to its own address, with a copy to its own lead alone."""
    attachments: dict[str, dict[str, bytes]] = {}
    with (outbox / "distribution.csv").open(encoding="utf-8-sig", newline="") as file:
        listed = {row["message"]: (row["to"], row["cc"]) for row in csv.DictReader(file)}
    for path, letter in zip(sorted((outbox / "messages").iterdir()), letters(outbox), strict=True):
        number = NUMBERS[letter["To"]]
        assert (letter["Cc"] or "") == copied(number)
        assert letter["Reply-To"] == CONTACT
        assert name(number) in letter["Subject"]
        assert listed.pop(f"messages/{path.name}") == (address(number), copied(number))
        assert letter["To"] not in attachments
        attachments[letter["To"]] = {part.get_filename(): part.get_content() for part in letter.iter_attachments()}
    assert not listed
    return attachments


NUMBERS = {address(number): number for number in range(COUNT)}
CONTACT = "improve@trust.example"


def for_whom(content: bytes, folder: Path) -> tuple[str, str]:
    """The team id and kind that a form carries in the last row of its sheets."""
    (folder / "form.xlsx").write_bytes(content)
    [file] = returns.read(returns.find([folder / "form.xlsx"])[0], QUESTIONNAIRE)
    [submission] = file.submissions
    return submission.reference.team_id, submission.reference.kind


def test_a_round_of_forty_teams(  # noqa: PLR0915  a story, told from its beginning to its end
    run: Run, tmp_path: Path, truths: Mapping[str, dict[str, int]]
) -> None:
    given = tmp_path / "list.csv"
    rows = [f"{name(n)};Division {n % 4};Lead {n};{address(n)};{copied(n)}" for n in range(COUNT)]
    given.write_bytes("\n".join(["Team;Division;Contact;E-mail;CC", *rows]).encode("cp1252"))

    # -- sent out
    _round_file(tmp_path / "round.xlsx")
    outbox = tmp_path / "outbox"
    assert run("distribute", given, "-o", outbox, "--round", tmp_path / "round.xlsx").exit_code == 0
    teams = outbox / "teams.csv"
    settled = ("--round", outbox / "round.toml")
    ids = {team.id: team.name for team in roster.read_teams(teams).teams}
    sent = attachments(outbox)
    assert set(sent) == set(NUMBERS)
    forms: dict[int, bytes] = {}
    for to, files in sent.items():
        [forms[NUMBERS[to]]] = files.values()
        assert ids[for_whom(forms[NUMBERS[to]], tmp_path)[0]] == name(NUMBERS[to])
    _sent_through_a_relay(run, outbox, forms)

    # -- returned, under names and from senders that say nothing
    came = tmp_path / "returns"
    came.mkdir()
    _return(forms, came, tmp_path)
    printed = json.loads(
        run("status", came, "--teams", teams, *settled, "-o", tmp_path / "tracking.xlsx", "--json").stdout
    )
    assert {each["team"] for each in printed["outstanding"]} == {name(n) for n in NEVER_CAME}
    expected = {"complete": COUNT - 6, "partial": 2, "unusable": 1, "unreadable": 0, "withdrawn": 0, "none": 3}
    assert printed["teams"] == expected

    typed(tmp_path / "tracking.xlsx", {name(DECLINED): {"Declined": "yes"}})

    # -- reminded and asked, each at its own address
    asking = tmp_path / "reminders"
    chased = run(
        "remind", came, "--teams", teams, *settled, "--tracking", tmp_path / "tracking.xlsx", "-o", asking,
        "--date", "2026-11-25",
    )  # fmt: skip
    assert chased.exit_code == 0, chased.stderr
    requests = attachments(asking)
    assert {NUMBERS[to] for to in requests} == {*NEVER_CAME, LEFT_BLANK, TICKED_TWICE, SENT_ON_TO_OTHERS} - {DECLINED}
    for to, files in requests.items():
        for content in files.values():
            team_id, kind = for_whom(content, tmp_path)
            assert ids[team_id] == name(NUMBERS[to])
            assert kind == ("correction" if NUMBERS[to] in (LEFT_BLANK, TICKED_TWICE) else "form")
    assert requests[address(SENT_ON_TO_OTHERS)] == {}

    # -- corrected: by the short forms, and by a person where no file can tell
    for number, question in ((LEFT_BLANK, "Q05"), (TICKED_TWICE, "Q07")):
        [content] = requests[address(number)].values()
        copy = Copy(content)
        sheet, cell = _place(content, level_key(question, truth(number, question)))
        fixed = content_of(copy.tick(sheet, cell), tmp_path)
        if number == LEFT_BLANK:
            reply = mail("RE: a question", files={"Mappe1.xlsx": fixed}, date=on(18))
            (came / "re.eml").write_bytes(bytes(reply))
        else:
            (came / "re.msg").write_bytes(outlooks("RE: a question", "Mappe2.xlsx", fixed, 18))
    decided = tmp_path / "decided.csv"
    decided.write_text(f"file,team\nsent on 1.eml!/form.xlsx,{name(SENT_ON_TO_OTHERS)}\n", encoding="utf-8")

    again = run(
        "remind", came, "--teams", teams, *settled, "--tracking", tmp_path / "tracking.xlsx", "-o", tmp_path / "again",
        "--date", "2026-12-02", "--overrides", decided, "--json",
    )  # fmt: skip
    assert {NUMBERS[each["to"]]: each["kind"] for each in json.loads(again.stdout)["messages"]} == dict.fromkeys(
        NEVER_CAME - {DECLINED}, "reminder"
    )

    # -- combined
    results, tables = tmp_path / "results.xlsx", tmp_path / "tables"
    done = run("collate", came, "--teams", teams, *settled, "-o", results, "--csv", tables, "--overrides", decided)
    assert done.exit_code == 0, done.stderr
    with (tables / "answers.csv").open(encoding="utf-8", newline="") as file:
        answers = list(csv.DictReader(file))
    levels: dict[str, dict[str, int]] = {}
    for row in answers:
        assert row["state"] == "answered", row
        levels.setdefault(row["team"], {})[row["question"]] = int(row["level"])
    assert levels == {team: truth for team, truth in truths.items() if team not in {name(n) for n in NEVER_CAME}}
    corrected = {(row["team"], row["question"]) for row in answers if row["decided_by"] == "correction"}
    assert corrected == {(name(LEFT_BLANK), "Q05"), (name(TICKED_TWICE), "Q07")}

    # -- fed back, each team its own
    packs = tmp_path / "feedback"
    assert run("feedback", results, "--teams", teams, "-o", packs, "--contact", CONTACT).exit_code == 0
    given = attachments(packs)
    assert {NUMBERS[to] for to in given} == set(range(COUNT)) - NEVER_CAME
    for to, files in given.items():
        [content] = files.values()
        texts = _texts(content)
        assert name(NUMBERS[to]) in texts
        assert not [other for other in truths if other != name(NUMBERS[to]) and other in texts]


def _round_file(path: Path) -> None:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for row, pair in enumerate([("id", "2026"), ("Title", "Autumn 2026"), ("Contact", CONTACT)]):
            sheet.write_row(row, 0, pair)
        sheet.write(3, 0, "Deadline")
        sheet.write_datetime(3, 1, datetime(2026, 11, 30), book.add_format({"num_format": "d mmm yyyy"}))


def _sent_through_a_relay(run: Run, outbox: Path, forms: Mapping[int, bytes]) -> None:
    """What a real mail server gets: each team's form at its own addresses, and nowhere else."""
    for relay, address_of_relay in served(Relay()):
        done = run("send", outbox, "--smtp", address_of_relay, "--really")
        assert done.exit_code == 0, done.stderr
        assert len(relay.got) == COUNT
        for sender, to, content in relay.got:
            letter = email.message_from_bytes(content, policy=SMTP)
            number = NUMBERS[letter["To"]]
            assert (sender, letter["From"]) == (CONTACT, CONTACT)
            assert to == tuple(each for each in (address(number), copied(number)) if each)
            assert [part.get_content() for part in letter.iter_attachments()] == [forms[number]]


def outlooks(subject: str, called: str, content: bytes, day: int) -> bytes:
    """A message as Outlook saves it."""
    mail = Outlook(subject=subject, html_body="<p>Hello</p>", sender=("x@y.example", "X"), to=["a@b.example"],
                   sent=SENT + timedelta(days=day))  # fmt: skip
    mail.attach_bytes(called, content)
    return mail.as_bytes()


def _return(forms: Mapping[int, bytes], came: Path, tmp_path: Path) -> None:  # noqa: C901, PLR0912  as many ways as mail has
    """Every team's copy, in every way that mail has."""
    archived: dict[str, bytes] = {}
    letters = []
    for number, form_sent in forms.items():
        if number in NEVER_CAME or number == WRITTEN_ON_ANOTHERS_FORM:
            continue
        copy = filled(form_sent, number)
        if number == LEFT_BLANK:
            copy.clear(*PLACES[level_key("Q05", truth(number, "Q05"))])
        if number == TICKED_TWICE:
            copy.tick(*PLACES[level_key("Q07", truth(number, "Q07") % 5 + 1)])
        content = content_of(copy, tmp_path)
        message = mail("RE: form", files={"form.xlsx": content}, date=on(3))
        if number == FORWARDED:
            carrier = mail("FW: form", date=on(5))
            carrier.add_attachment(message)
            (came / "fw.eml").write_bytes(bytes(carrier))
        elif number == SENT_TWICE:
            for again in (3, 6):
                (came / f"twice {again}.eml").write_bytes(bytes(mail(files={"form.xlsx": content}, date=on(again))))
        elif number == CHANGED_ITS_MIND:
            first = content_of(filled(form_sent, number, changed={"Q01": truth(number, "Q01") % 5 + 1}), tmp_path)
            (came / "second thoughts.eml").write_bytes(bytes(mail(files={"form.xlsx": content}, date=on(8))))
            (came / "first thoughts.eml").write_bytes(bytes(mail(files={"form.xlsx": first}, date=on(2))))
        elif number == SENT_ON_TO_OTHERS:
            other = filled(
                form_sent, number, by="Somebody else", changed={q.id: 1 + q.number % 5 for q in QUESTIONNAIRE.questions}
            )
            (came / "sent on 1.eml").write_bytes(bytes(message))
            (came / "sent on 2.eml").write_bytes(
                bytes(mail(files={"form.xlsx": content_of(other, tmp_path)}, date=on(4)))
            )
        elif number == UNDER_ANOTHERS_NAME:
            files = {f"Self-assessment - {name(THE_OTHER)}.xlsx": content}
            message = mail(f"Form of {name(THE_OTHER)}", files=files, date=on(3), sender=address(THE_OTHER))
            (came / f"{name(THE_OTHER)}.eml").write_bytes(bytes(message))
        elif number == RENAMED:
            (came / "Book1 (2).xlsx").write_bytes(content)
        elif number % 4 == 0:
            (came / f"{number}.eml").write_bytes(bytes(message))
        elif number % 4 == 1:
            (came / f"message {number}.msg").write_bytes(outlooks("form", f"Copy of form ({number}).xlsx", content, 3))
        elif number % 4 == 2:
            archived[f"{number}/form.xlsx"] = content
        else:
            letters.append(message)
    on_anothers = filled(forms[ITS_FORM], WRITTEN_ON_ANOTHERS_FORM).type(
        *PLACES["start.other-team"], name(WRITTEN_ON_ANOTHERS_FORM)
    )
    letters.append(mail("Our form", files={"form.xlsx": content_of(on_anothers, tmp_path)}, date=on(4)))
    (came / "all.zip").write_bytes(zipped(archived))
    boxed(came / "inbox", letters)


def _place(content: bytes, key: str) -> tuple[str, str]:
    """Where a correction form takes an answer: beside its key."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    [(sheet, row)] = [
        (sheet.title, row[0].row) for sheet in book for row in sheet.iter_rows() if row[layout.REF].value == key
    ]
    return sheet, f"{column_name(layout.TICK)}{row}"


def _texts(content: bytes) -> str:
    book = openpyxl.load_workbook(io.BytesIO(content))
    return "\n".join(str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value)


def test_the_forms_of_the_test_are_those_that_are_sent() -> None:
    """`places` supposes a form with a deadline and no more; if that changes, this says so before the round does."""
    made = form.Form(QUESTIONNAIRE, round=roster.Round("2026", "Autumn 2026"))
    rows = {line.key: row for sheet in made.plan() for row, line in enumerate(sheet.lines) if line.key}
    assert PLACES["start.completed-by"][1] == a1(rows["start.completed-by"], layout.STATEMENT)
