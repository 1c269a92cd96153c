"""The outboxes of a round: nothing that may have been sent is replaced, and nobody gets a message twice."""

from __future__ import annotations

import csv
import email
import json
import re
from collections.abc import Callable, Iterator
from datetime import date
from email.policy import SMTP
from pathlib import Path

import openpyxl
import pytest
from click.testing import Result
from test_send import Relay, served

from impact_xl import api, results
from impact_xl.form import workbook as form
from impact_xl.form.layout import level_key
from impact_xl.mail import outboxes, timing, tracking
from impact_xl.mail.send_log import DeliveryState
from impact_xl.questionnaire import load
from impact_xl.roster import Round, Team, TeamList, read_round, read_teams
from impact_xl.roster.folder import RoundFolder

Run = Callable[..., Result]
ASH, ELM, OAK = (
    Team("ash", "Ash ward", "North", "Ann", "ash@trust.example", deadline=date(2026, 12, 5)),
    Team("elm", "Elm clinic", "South", "Bob", "elm@trust.example; lead@trust.example"),
    Team("oak", "Oak unit", "South", "", "oak@trust.example"),
)
SIGNED = {"signatory": "Zoë Moss", "signatory_role": "Head of Improvement", "signatory_telephone": "0123 456789"}
QUESTIONNAIRE = load()


def settle(place: Path, *teams: Team, **settled: object) -> None:
    """Write down what is settled, as a round's folder that keeps TOML and a list has it."""
    round = Round(
        "autumn", "Autumn 2026", deadline=date(2026, 11, 30), contact="lead@trust.example", **settled  # type: ignore[arg-type]
    )  # fmt: skip
    from impact_xl.mail.invitations import list_bytes
    from impact_xl.roster import as_toml

    (place / "round.toml").write_text(as_toml(round), encoding="utf-8")
    (place / "teams.csv").write_bytes(list_bytes(teams))


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A round's folder, which the commands are started in."""
    for name in ("returns", "outbox", "results"):
        (tmp_path / name).mkdir()
    settle(tmp_path, ASH, ELM)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def relay() -> Iterator[tuple[Relay, str]]:
    yield from served(Relay())


def boxes(place: Path) -> list[Path]:
    return RoundFolder(place).outboxes()


def drafts_of(outbox: Path) -> list[str]:
    return sorted(path.stem.partition(" ")[2] for path in (outbox / "messages").iterdir())


def letter(outbox: Path, team: str) -> tuple[str, str]:
    """The subject and text of a team's draft."""
    [path] = (outbox / "messages").glob(f"* {team}.eml")
    mail = email.message_from_bytes(path.read_bytes(), policy=SMTP)
    return str(mail["Subject"]), mail.get_body(("plain",)).get_content().replace("\r\n", "\n")  # type: ignore[union-attr]


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# -- distribute --------------------------------------------------------------------------------------


def test_a_team_that_joins_gets_its_message_and_the_others_keep_theirs(run: Run, place: Path) -> None:
    done = run("distribute")
    assert done.exit_code == 0, done.output
    [first] = boxes(place)
    assert drafts_of(first) == ["Ash ward", "Elm clinic"]
    before = contents(first)
    done = run("distribute")
    assert (done.exit_code, done.stdout) == (0, "")
    assert "2 teams have their messages already" in done.stderr
    assert "There is no message to make. Nothing was written." in done.stderr
    settle(place, ASH, ELM, OAK)
    done = run("distribute", "--json")
    assert json.loads(done.stdout)["messages"] == 1
    second, again = boxes(place)
    assert (second.name, again) == (f"{first.name} 2", first)
    assert drafts_of(second) == ["Oak unit"]
    assert contents(first) == before


def test_some_teams_alone_and_one_once_more(run: Run, place: Path) -> None:
    assert run("distribute", "--only", "elm clinic").exit_code == 0
    assert drafts_of(boxes(place)[0]) == ["Elm clinic"]
    assert run("distribute", "--again", "elm").exit_code == 0
    assert drafts_of(boxes(place)[0]) == ["Elm clinic"]
    assert run("distribute").exit_code == 0
    assert drafts_of(boxes(place)[0]) == ["Ash ward"]
    done = run("distribute", "--only", "Elm clinc")
    assert done.exit_code == 2
    assert "--only: no team is called “Elm clinc”" in done.stderr
    assert "Did you mean “Elm clinic”?" in done.stderr


def test_a_rehearsal_never_counts(run: Run, place: Path, relay: tuple[Relay, str]) -> None:
    done = run("distribute", "--try", "me@trust.example")
    assert done.exit_code == 0, done.output
    [tried] = (place / "outbox").iterdir()
    assert tried.name.startswith("test ")
    subject, _ = letter(tried, "Elm clinic")
    assert subject == "TEST: Autumn 2026: the form for Elm clinic, by 30 Nov 2026"
    with (tried / "distribution.csv").open(encoding="utf-8-sig") as file:
        assert {(row["to"], row["cc"]) for row in csv.DictReader(file)} == {("me@trust.example", "")}
    done = run("send", "--smtp", relay[1], "--really")
    assert (done.exit_code, relay[0].got) == (2, [])
    assert "There are no messages in this round yet" in done.stderr
    assert run("send", tried, "--smtp", relay[1], "--really").exit_code == 0
    assert relay[0].times == {"me@trust.example": 2}
    assert run("distribute").exit_code == 0
    assert drafts_of(boxes(place)[0]) == ["Ash ward", "Elm clinic"]
    # What comes back of it does not count: its forms are of another round.
    assert read_round(tried / "round.toml").id == "autumn-test"
    assert run("distribute", "--try", "me").exit_code == 2


def test_reminders_and_packs_are_rehearsed_in_the_same_way(run: Run, place: Path) -> None:
    assert run("distribute").exit_code == 0
    done = run("remind", "--try", "me@trust.example", "--only", "Elm clinic")
    assert done.exit_code == 0, done.output
    [tried] = [folder for folder in (place / "outbox").iterdir() if folder.name.startswith("test ")]
    assert "This is a rehearsal" in done.stderr
    subject, _ = letter(tried, "Elm clinic")
    assert subject.startswith("TEST: Autumn 2026: ")
    with (tried / "distribution.csv").open(encoding="utf-8-sig") as file:
        assert {(row["to"], row["cc"]) for row in csv.DictReader(file)} == {("me@trust.example", "")}
    book = openpyxl.load_workbook(tried / "forms" / "Self-assessment - Elm clinic.xlsx")
    assert "|autumn-test|" in book["Start"].cell(book["Start"].max_row, 4).value
    done = run("remind", "--only", "Elm clinic", "--json")  # the rehearsal was no message
    assert [each["to"] for each in json.loads(done.stdout)["messages"]] == [ELM.email]

    ticks = {level_key(question.id, 2): True for question in QUESTIONNAIRE.questions}
    copy = form.build(form.Form(QUESTIONNAIRE, entries={**ticks, "start.team": "Ash ward"}))
    (place / "returns" / "Ash ward.xlsx").write_bytes(copy)
    assert run("collate").exit_code == 0
    for number in ("", " 2"):
        assert run("feedback", "--few-teams", "--try", "me@trust.example").exit_code == 0
        [packs] = (place / "results").glob(f"packs test ????-??-??{number}")
        subject, _ = letter(packs, "Ash ward")
        assert subject == "TEST: Autumn 2026: your results, Ash ward"
    assert not (place / "results" / "packs").exists()
    for command in ("remind", "feedback"):
        assert run(command, "--try", "me").exit_code == 2


def test_teams_that_are_not_asked_get_none_and_that_is_said(run: Run, place: Path) -> None:
    status = ("Not taking part", "Merged into Ash ward", "Answers came another way")
    others = [Team(f"t{number}", f"Team {number}", status=each) for number, each in enumerate(status)]
    sent = Team("yew", "Yew team", sent_on=date(2026, 11, 2))
    settle(place, ASH, *others, sent)
    done = run("distribute", "--json")
    assert json.loads(done.stdout)["have_one"] == ["Yew team"]
    assert drafts_of(boxes(place)[0]) == ["Ash ward"]
    for line in (
        "Not asked, not taking part: 1 team (Team 0).",
        "Not asked, merged into another team: 1 team (Team 1).",
        "Not asked, answers came another way: 1 team (Team 2).",
    ):
        assert line in done.stderr
    left_out = json.loads(done.stdout)["left_out"]
    assert [each["why"] for each in left_out] == ["not taking part", "merged into Ash ward", "answers came another way"]


def test_a_teams_own_deadline_and_who_signs_stand_in_letter_and_form(run: Run, place: Path) -> None:
    settle(place, ASH, ELM, **SIGNED, seen_by="Only we see your answers.")
    assert run("distribute").exit_code == 0
    _, own = letter(boxes(place)[0], "Ash ward")
    _, other = letter(boxes(place)[0], "Elm clinic")
    assert "by 5 Dec 2026." in own
    assert "by 30 Nov 2026." in other
    assert "Only we see your answers." in own
    assert own.endswith("With thanks\nZoë Moss\nHead of Improvement\n0123 456789\n")
    book = openpyxl.load_workbook(boxes(place)[0] / "forms" / "Self-assessment - Ash ward.xlsx")
    assert "5 Dec" in " ".join(str(cell.value) for row in book["Start"].iter_rows() for cell in row)


def test_ids_that_changed_hands_are_told(run: Run, place: Path) -> None:
    assert run("distribute").exit_code == 0
    settle(place, Team("ash", "Elm clinic"), Team("new", "Ash ward"))
    done = run("distribute")
    assert "There is no message to make." in done.stderr
    assert "Ash ward has the id new, and its form was made with the id ash." in done.stderr


class TestOutsideARound:
    @pytest.fixture
    def teams(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.chdir(tmp_path)
        Path("teams.csv").write_text("team,email\nAsh ward,ash@trust.example\n")
        return Path("teams.csv")

    def test_id_and_title_are_made_and_stamped(self, run: Run, teams: Path) -> None:
        assert run("distribute", teams, "--deadline", "30/11/2026", "-o", "out").exit_code == 0
        round = read_round("out/round.toml")
        assert round.title == "NHS IMPACT self-assessment, November 2026"
        assert round.id.startswith("nhs-impact-self-assessment-november-2026")
        assert "NHS IMPACT self-assessment, November 2026" in letter(Path("out"), "Ash ward")[0]
        collation = api.collate("out/forms")
        [read] = [each.judged for each in collation.files if each.judged]
        assert read.submission.reference.round == round.id
        assert run("distribute", teams, "--title", "Spring", "-o", "other").exit_code == 0
        assert (read_round("other/round.toml").title, read_round("other/round.toml").id) == ("Spring", "spring")

    def test_new_messages_go_beside_and_the_round_goes_on(self, run: Run, teams: Path) -> None:
        first = ("distribute", teams, "--deadline", "2026-11-30", "--contact", "lead@trust.example")
        assert run(*first).exit_code == 0
        before = contents(Path("outputs/outbox"))
        with teams.open("a") as file:
            file.write("Elm clinic,elm@trust.example\n")
        # By now the deadline is another one, and nobody gives the contact again.
        done = run("distribute", teams, "--deadline", "2026-12-07")
        assert done.exit_code == 0, done.output
        [beside] = [path for path in Path("outputs").iterdir() if path.name != "outbox"]
        assert beside.name == f"outbox {date.today().isoformat()}"  # noqa: DTZ011
        assert drafts_of(beside) == ["Elm clinic"]
        old, new = read_round("outputs/outbox/round.toml"), read_round(beside / "round.toml")
        assert (new.id, new.title, new.contact, new.deadline) == (
            old.id, old.title, "lead@trust.example", date(2026, 12, 7),
        )  # fmt: skip
        assert [team.name for team in read_teams(beside / "teams.csv").teams] == ["Ash ward", "Elm clinic"]
        assert contents(Path("outputs/outbox")) == before

    def test_another_title_is_another_round(self, run: Run, teams: Path) -> None:
        assert run("distribute", teams, "--title", "Autumn", "-o", "out").exit_code == 0
        done = run("distribute", teams, "--title", "Spring", "-o", "out", "--json")
        assert json.loads(done.stdout)["messages"] == 1

    def test_whether_it_is_an_old_round_without_id_is_asked(self, run: Run, teams: Path) -> None:
        assert run("distribute", teams, "--deadline", "2026-11-30", "-o", "out").exit_code == 0
        Path("out/round.toml").write_text("deadline = 2026-11-30\n")  # as version 0.1 wrote it
        manifest = json.loads(Path("out/outbox.json").read_text(encoding="utf-8"))
        for key in ("kind", "made", "round", "messages"):
            del manifest[key]
        Path("out/outbox.json").write_text(json.dumps(manifest), encoding="utf-8")
        done = run("distribute", teams, "--deadline", "2027-05-31", "-o", "out")
        assert done.exit_code == 2
        assert "a round without an id, due on 30 Nov 2026" in done.stderr
        done = run("distribute", teams, "--deadline", "2026-11-30", "-o", "out")
        assert "There is no message to make." in done.stderr

    def test_our_own_columns_and_peoples_are_kept_in_its_list(self, run: Run, teams: Path) -> None:
        teams.write_text("team,email,Deadline,Bleep\nAsh ward,ash@trust.example,5/12/2026,4711\n")
        assert run("distribute", teams, "-o", "out").exit_code == 0
        [team] = read_teams("out/teams.csv").teams
        assert (team.deadline, dict(team.own)) == (date(2026, 12, 5), {"Bleep": "4711"})


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("consolidated.xlsx", "a consolidated workbook"),
        ("board.xlsx", "a copy for the board"),
        ("tracking.xlsx", "a tracking file"),
        ("form.xlsx", "a form"),
        ("pack.xlsx", "a team's pack"),
    ],
)
def test_our_own_workbooks_are_no_team_lists(run: Run, tmp_path: Path, name: str, what: str) -> None:
    from rounds_in_memory import random_round

    from impact_xl import feedback

    collation = random_round(seed=3, teams=12, defects=0.1)
    path = tmp_path / name
    if name == "consolidated.xlsx":
        results.write(collation, path)
    elif name == "board.xlsx":
        results.share.write(collation, path)
    elif name == "tracking.xlsx":
        tracking.write(collation, path)
    elif name == "form.xlsx":
        form.write(form.Form(QUESTIONNAIRE), path)
    else:
        path.write_bytes(next(iter(feedback.packs(collation))).content)
    before = contents(tmp_path)
    done = run("distribute", path, "-o", tmp_path / "out")
    assert done.exit_code == 2
    assert f"This is {what}, not a team list: {path}" in done.stderr
    assert contents(tmp_path) == before


# -- send --------------------------------------------------------------------------------------------


def test_send_takes_the_newest_folder_and_nobody_gets_a_form_twice(
    run: Run, place: Path, relay: tuple[Relay, str]
) -> None:
    server, address = relay
    assert run("distribute").exit_code == 0
    done = run("send", "--smtp", address, "--really")
    assert done.exit_code == 0, done.output
    once = {"ash@trust.example": 1, "elm@trust.example": 1, "lead@trust.example": 1}
    assert server.times == once
    # A copy of the outbox, as a person who restores a folder makes it, without what was sent from it.
    first = boxes(place)[0]
    copy = first.with_name(f"{first.name} 2")
    copy.mkdir()
    for path in (path for path in first.rglob("*") if path.is_file() and path.name != "sent.csv"):
        (copy / path.relative_to(first)).parent.mkdir(exist_ok=True)
        (copy / path.relative_to(first)).write_bytes(path.read_bytes())
    assert run("send", copy, "--smtp", address, "--really").exit_code == 0
    done = run("send", "--smtp", address, "--really")
    assert done.exit_code == 2
    assert "Every message of this round that could be sent has been sent" in done.stderr
    assert server.times == once
    assert run("distribute", "--again", "Ash ward").exit_code == 0
    done = run("send", "--smtp", address, "--really")
    assert "The newest folder with messages to send is" in done.stderr
    assert server.times == {**once, "ash@trust.example": 2}


def _draft(outbox: Path, team: str) -> Path:
    return next(path for path in (outbox / "messages").iterdir() if team in path.name)


def _edited(content: bytes) -> bytes:
    return re.sub(rb"\r\nSubject: [^\r]*", b"\r\nSubject: Once more", content)


@pytest.mark.parametrize("change", [bytes, _edited], ids=["as it was", "edited"])
@pytest.mark.parametrize("name", ["", "mine.eml", "Copy of {}"])
@pytest.mark.parametrize("sent_first", [True, False])
def test_a_draft_that_was_copied_into_another_outbox_goes_out_once(
    run: Run,
    place: Path,
    relay: tuple[Relay, str],
    sent_first: bool,
    name: str,
    change: Callable[[bytes], bytes],
) -> None:
    server, address = relay
    assert run("distribute").exit_code == 0
    if sent_first:
        assert run("send", "--smtp", address, "--really").exit_code == 0
    settle(place, ASH, ELM, OAK)
    assert run("distribute").exit_code == 0
    newer, older = boxes(place)
    draft = _draft(older, "Ash")
    copy = newer / "messages" / (name.format(draft.name) or draft.name)
    copy.write_bytes(change(draft.read_bytes()))
    done = run("send", newer, "--smtp", address, "--really")
    assert done.exit_code == 0, done.output
    assert ("1 message had gone out before" in done.stderr) == sent_first
    run("send", older, "--smtp", address, "--really")
    assert {server.times[f"{team}@trust.example"] for team in ("ash", "elm", "oak")} == {1}


def test_what_was_sent_is_known_in_the_round_whatever_became_of_the_letters_of_the_list(
    run: Run, place: Path, relay: tuple[Relay, str]
) -> None:
    _, address = relay
    settle(place, Team("ty", "T\u0177 Gwyn", email="ty@trust.example"), ELM)
    assert run("distribute").exit_code == 0
    assert run("send", "--smtp", address, "--really").exit_code == 0
    (box,) = boxes(place)
    log = box / "sent.csv"
    log.write_bytes(log.read_bytes().decode("cp1252", "replace").encode("utf-8-sig"))
    history = outboxes.read([box])
    assert [each.delivery.sent for each in history.made] == [
        {"ty@trust.example"},
        {"elm@trust.example", "lead@trust.example"},
    ]
    log.write_bytes(log.read_text(encoding="utf-8-sig").replace("001", "one").encode())
    assert [bool(each.delivery.unclear) for each in outboxes.read([box]).made] == [True, False]


def test_a_form_that_was_sent_by_hand_is_not_sent_again(run: Run, place: Path, relay: tuple[Relay, str]) -> None:
    server, address = relay
    assert run("distribute").exit_code == 0
    settle(place, ASH, Team("elm", "Elm clinic", email="elm@trust.example", sent_on=date(2026, 11, 2)))
    assert run("send", "--smtp", address, "--really").exit_code == 0
    assert server.times == {"ash@trust.example": 1}


def test_an_older_reminder_is_not_sent_after_a_newer_one(run: Run, place: Path, relay: tuple[Relay, str]) -> None:
    server, address = relay
    settle(place, OAK)
    for command in (["distribute"], ["remind"], ["remind", "--again", "oak"]):
        assert run(*command).exit_code == 0
    for exit_code in (0, 2):
        assert run("send", "--smtp", address, "--really").exit_code == exit_code
    assert server.times == {"oak@trust.example": 1}  # the form goes with the reminder
    assert [(box / "sent.csv").exists() for box in boxes(place)] == [True, False, False]


# -- remind and status -------------------------------------------------------------------------------


def test_nobody_is_reminded_before_its_form_was_made_nor_twice_in_five_days(run: Run, place: Path) -> None:
    settle(place, ASH, ELM, Team("yew", "Yew team", email="yew@trust.example", sent_on=date(2026, 11, 2)))
    assert run("distribute", "--only", "ash").exit_code == 0
    done = run("remind", "--date", "2026-12-06", "--json")
    assert [each["team"] for each in json.loads(done.stdout)["messages"]] == ["Ash ward", "Yew team"]
    assert json.loads(done.stdout)["left_out"] == [
        {"team_id": "elm", "team": "Elm clinic", "why": "no form was made for it yet"}
    ]
    done = run("remind", "--date", "2026-12-10")
    assert "Left out, a message drafted on 6 Dec 2026, less than 5 days before: 2 teams" in done.stderr
    assert "Nothing was written." in done.stderr
    for more in (("--date", "2026-12-11"), ("--date", "2026-12-13", "--within-days", 2)):
        done = run("remind", *more, "--json")
        assert [each["team"] for each in json.loads(done.stdout)["messages"]] == ["Ash ward", "Yew team"]
    done = run("remind", "--date", "2026-12-13", "--again", "yew", "--json")
    assert [each["team"] for each in json.loads(done.stdout)["messages"]] == ["Yew team"]


def test_a_team_with_a_later_deadline_is_not_reminded_before_it(run: Run, place: Path) -> None:
    assert run("distribute").exit_code == 0
    done = run("remind", "--date", "2026-12-04")
    assert "Left out, its own deadline is 5 Dec 2026: 1 team (Ash ward)." in done.stderr
    assert drafts_of(boxes(place)[0]) == ["Elm clinic"]


def test_the_outstanding_addresses_are_one_line_for_the_field_bcc(run: Run, place: Path) -> None:
    settle(place, ASH, ELM, Team("fir", "Fir", email="fir@trust.example", status="Not taking part"))
    line = "ash@trust.example; elm@trust.example; lead@trust.example\n"
    assert run("status", "--addresses", "-q", "-o", place / "t.xlsx").stdout.startswith(line)
    assert run("distribute").exit_code == 0
    assert run("remind", "--addresses", "-q").stdout.startswith(line)


def test_what_is_due_today() -> None:
    teams = TeamList((ASH, ELM, OAK))
    round = Round("r", deadline=date(2026, 11, 30), teams=teams, remind_on=(date(2026, 11, 16), date(2026, 11, 23)))

    def due(day: int, *made: outboxes.Made, waiting: tuple[Team, ...] = (ASH, ELM), month: int = 11) -> list[str]:
        return list(timing.due(round, outboxes.History(made), waiting, date(2026, month, day)))

    def made(kind: outboxes.Kind, team: Team, day: int, *, sent: bool = False) -> outboxes.Made:
        delivery = DeliveryState(sent_on=date(2026, 11, day) if sent else None)
        return outboxes.Made(Path("box"), "1.eml", team.id, team.name, kind, "", date(2026, 11, day), False, delivery)

    forms = [made(outboxes.Kind.INVITATION, team, 2, sent=team != OAK) for team in teams.teams]
    reminder = made(outboxes.Kind.REMINDER, ELM, 16)
    assert due(3)[0] == "2 teams have no form yet: Ash ward, Elm clinic. impact-xl distribute makes it."
    everybody = due(3, *forms, waiting=teams.teams)
    assert everybody[0].startswith("1 form is drafted and not known to be sent: Oak unit.")
    assert due(3, *forms)[:2] == [
        "The next reminders are due on 16 Nov 2026.", "The deadline is in 27 days, on 30 Nov 2026.",
    ]  # fmt: skip
    assert due(3, *forms)[2] == "Ash ward has a deadline of its own, 5 Dec 2026, which is to come."
    assert "Reminders are due today." in due(16, *forms)
    assert "Reminders were due on 16 Nov 2026." in due(18, *forms)
    assert "The next reminders are due on 23 Nov 2026." in due(18, *forms, reminder)
    assert "The deadline is today." in due(30, *forms)
    over = due(6, *forms, month=12)
    assert "The deadline, 30 Nov 2026, has passed, and 2 teams have sent nothing." in over
    assert "Ash ward has a deadline of its own, 5 Dec 2026, which has passed." in over
    assert due(16, waiting=()) == []  # all have returned, so no form is missing


def test_what_was_corrected_or_decided_is_not_asked_again(run: Run, place: Path) -> None:
    """One question is left blank; somebody types its level into Answers, or into the list of decisions."""
    questions = QUESTIONNAIRE.questions
    ticks = {level_key(question.id, 3): True for question in questions[1:]}
    filled = form.Form(
        QUESTIONNAIRE, entries={"start.team": ELM.name, "start.team-id": ELM.id, **ticks}, team_id=ELM.id,
        round=Round("autumn", "Autumn 2026"),
    )  # fmt: skip
    form.write(filled, place / "returns" / "elm.xlsx")
    settle(place, ELM)
    assert run("distribute").exit_code == 0

    def asked() -> list[str]:
        done = run("remind", "--json", "--within-days", 0)
        assert done.exit_code == 0, done.output
        return [question for each in json.loads(done.stdout)["messages"] for question in each["questions"]]

    assert asked() == [questions[0].id]
    (place / "decisions.csv").write_text(f"team,question,level,reason\nelm,{questions[0].id},3,by telephone\n")
    assert asked() == []
    (place / "decisions.csv").unlink()
    assert asked() == [questions[0].id]
    assert run("collate").exit_code == 0
    path = place / "results" / "consolidated.xlsx"
    book = openpyxl.load_workbook(path)
    sheet = book["Answers"]
    header = next(row for row in sheet.iter_rows() if {"Team", "Ref", "Level"} <= {cell.value for cell in row})
    cols = {cell.value: cell.column for cell in header}
    [row] = [
        row[0].row for row in sheet.iter_rows(min_row=header[0].row + 1)
        if row[cols["Ref"] - 1].value == questions[0].id
    ]  # fmt: skip
    sheet.cell(row, cols["Level"]).value = QUESTIONNAIRE.levels[2].name
    book.save(path)
    assert asked() == []
    done = run("status", "--json")
    [standing] = json.loads(done.stdout)["by_team"]
    assert (standing["status"], standing["to_fix"]) == ("complete", 0)


# -- tracking ----------------------------------------------------------------------------------------


def test_in_a_round_tracking_says_what_was_drafted_sent_and_reminded(
    run: Run, place: Path, relay: tuple[Relay, str]
) -> None:
    settle(place, ASH, ELM, Team("yew", "Yew team", sent_on=date(2026, 11, 2), remark="rings back"))
    assert run("distribute").exit_code == 0
    assert run("send", "--smtp", relay[1], "--really").exit_code == 0
    assert run("remind", "--only", "elm").exit_code == 0
    for _ in range(2):
        assert run("status").exit_code == 0
    today = date.today()  # noqa: DTZ011
    rows = {row["Team"]: row for row in tracking.read(place / "results" / "tracking.xlsx").rows}
    heads = ("Form drafted", "Form sent", "Reminder drafted", "Reminded", "Deadline", "Remark")
    made = {team: tuple(cell or None for cell in map(row.get, heads)) for team, row in rows.items()}
    assert made == {
        "Ash ward": (today, today, None, None, ASH.deadline, None),
        "Elm clinic": (today, today, today, None, None, None),
        "Yew team": (None, date(2026, 11, 2), None, None, None, "rings back"),
    }
    assert not {"Declined", "Extension until"} & set(rows["Ash ward"])


def test_a_team_of_the_same_name_in_another_group_gets_its_own_form(run: Run, place: Path) -> None:
    """What was made for its namesake is not its own, and nobody is told to give it that one's id."""
    ash_south = Team("ash-south", "Ash ward", "South", "Eve", "eve@trust.example")
    assert run("distribute").exit_code == 0
    settle(place, ASH, ELM, ash_south)
    added = run("distribute")
    assert "1 team, a form and a message each." in added.stderr
    assert "as its id" not in added.stderr
    letter = next((boxes(place)[0] / "messages").iterdir())
    assert email.message_from_bytes(letter.read_bytes(), policy=SMTP)["To"] == "eve@trust.example"
    again = run("distribute")
    assert "Nothing was written." in again.stderr
    assert "as its id" not in again.stderr


def test_a_name_that_is_new_while_another_has_gone_is_told_with_the_id_to_type(run: Run, place: Path) -> None:
    assert run("distribute").exit_code == 0
    settle(place, ASH, Team("oak", "Oak unit", "South", "", "elm@trust.example"))
    line = (
        "Elm clinic has a form and is not on the team list any more. If it is called otherwise now (Oak unit), type elm"
    )
    assert line in run("distribute").stderr
    settle(place, ASH)  # it left, and nobody is new
    assert "Elm clinic" not in run("distribute").stderr
    settle(place, ASH, Team("elm", "Oak unit", "South", "", "elm@trust.example"))  # the id was typed
    assert "not on the team list" not in run("distribute").stderr
