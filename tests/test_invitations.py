"""One form and one message for every team: each finds its way back by the id in it."""

from __future__ import annotations

import csv
import email
import io
import json
from collections.abc import Callable
from email.policy import SMTP
from pathlib import Path

import openpyxl
import pytest
from click.testing import Result
from edits import Copy, places
from rounds_in_memory import QUESTIONNAIRE, random_round

from impact_xl import api, results, roster
from impact_xl.findings import ImpactError
from impact_xl.form import layout
from impact_xl.form import workbook as form
from impact_xl.form.layout import Action
from impact_xl.mail import drafts, invitations
from impact_xl.roster import Team
from impact_xl.round.answers import Status

Run = Callable[..., Result]
PLACES = places(form.Form(QUESTIONNAIRE))
LIST = (
    "Team;Division;Contact;E-mail;CC\n"
    "Alder ward;North;Ward manager;alder@trust.example;lead@trust.example\n"
    "Équipe Möwe – 7;South;Zoë;zoe@trust.example; \n"
    "=Ash & <Elm>;;;\n"
)


@pytest.fixture
def teams(tmp_path: Path) -> Path:
    path = tmp_path / "teams.csv"
    path.write_bytes(LIST.encode("cp1252"))
    return path


@pytest.fixture
def outbox(run: Run, teams: Path, tmp_path: Path) -> Path:
    done = run(
        "distribute", teams, "-o", tmp_path / "out", "--deadline", "2026-11-30", "--contact", "improve@trust.example"
    )
    assert done.exit_code == 0, done.stderr
    assert "The list has no address for 1 team: =Ash & <Elm>." in done.stderr
    return tmp_path / "out"


def test_every_form_finds_its_team_whatever_it_is_called(outbox: Path, tmp_path: Path) -> None:
    returned = tmp_path / "returned"
    returned.mkdir()
    for number, path in enumerate(sorted((outbox / "forms").iterdir())):
        copy = Copy(path)
        for question in QUESTIONNAIRE.questions:
            copy.tick(*PLACES[layout.level_key(question.id, 1 + number)])
        copy.save(returned / f"copy ({number}).xlsx")
    collation = api.collate(returned, outbox / "teams.csv")
    assert {result.team.name: result.status for result in collation.results} == dict.fromkeys(
        ("Alder ward", "Équipe Möwe – 7", "=Ash & <Elm>"), Status.COMPLETE
    )
    assert not [finding for finding in collation.to_fix if finding.rule.id.startswith("team-")]
    for result in collation.results:
        assert result.used is not None
        assert result.used.submission.reference.team_id == result.team.id
        own = {answer.level for answer in result.answers.values()}
        assert len(own) == 1


def test_who_it_is_for_stands_fast_and_the_rest_is_open(outbox: Path) -> None:
    sheet = openpyxl.load_workbook(outbox / "forms" / "Self-assessment - Alder ward.xlsx")["Start"]
    cells = {sheet[f"A{row}"].value: sheet[f"D{row}"] for row in range(1, sheet.max_row)}
    assert [cells[key].value for key in ("start.team", "start.team-id", "start.group")] == [
        "Alder ward",
        "alder-ward",
        "North",
    ]
    assert all(cells[key].protection.locked for key in ("start.team", "start.team-id", "start.group"))
    assert not any(cells[key].protection.locked for key in ("start.other-team", "start.completed-by", "start.date"))
    assert "by 30 Nov 2026" in " ".join(str(cell.value) for row in sheet.iter_rows() for cell in row)
    ash = openpyxl.load_workbook(outbox / "forms" / "Self-assessment - =Ash & Elm.xlsx")["Start"]
    assert not next(ash[f"D{row}"] for row in range(1, 60) if ash[f"A{row}"].value == "start.group").protection.locked


def test_the_messages(outbox: Path) -> None:
    first, second, third = sorted((outbox / "messages").iterdir())
    mail = email.message_from_bytes(first.read_bytes(), policy=SMTP)
    assert (mail["To"], mail["Cc"], mail["X-Unsent"]) == ("alder@trust.example", "lead@trust.example", "1")
    body = mail.get_body(("plain",)).get_content()
    for part in (
        "Dear Ward manager",
        "by 30 Nov 2026",
        "no macros",
        "improve@trust.example",
        "22 questions",
        "asking 3 teams",
    ):
        assert part in body
    [attached] = mail.iter_attachments()
    assert attached.get_content() == (outbox / "forms" / attached.get_filename()).read_bytes()
    assert "Équipe Möwe – 7" in email.message_from_bytes(second.read_bytes(), policy=SMTP)["Subject"]
    assert email.message_from_bytes(third.read_bytes(), policy=SMTP)["To"] is None


def test_the_list_has_its_ids_and_can_be_read_again(outbox: Path) -> None:
    again = roster.read_teams(outbox / "teams.csv", addressed=True)
    assert [(team.id, team.name) for team in again.teams] == [
        ("alder-ward", "Alder ward"), (again.teams[1].id, "Équipe Möwe – 7"), (again.teams[2].id, "=Ash & <Elm>"),
    ]  # fmt: skip
    with (outbox / "distribution.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [row["to"] for row in csv.DictReader(file)] == ["alder@trust.example", "zoe@trust.example", ""]


def test_the_same_list_gives_the_same_bytes(run: Run, outbox: Path, teams: Path, tmp_path: Path) -> None:
    run("distribute", teams, "-o", tmp_path / "two", "--deadline", "2026-11-30", "--contact", "improve@trust.example")
    for path in (path for path in outbox.rglob("*") if path.is_file()):
        assert (tmp_path / "two" / path.relative_to(outbox)).read_bytes() == path.read_bytes()


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("name;mail\nx;y\n", []),  # “name” is a column “team”, “mail” one “email”
        ("a,b\n1,2\n", ["no column “team”"]),
        ("team\n", ["there are no teams under the header row"]),
        ("team,email\nAsh,ash@trust\nElm,elm trust.example\nOak,o@x.example;p@\n,a@b.example\n", [
            "row 2: “ash@trust” in the column email is not an e-mail address",
            "row 3: “elm trust.example”",
            "row 4: “p@”",
            "row 5: the team's name is empty",
        ]),
        ("team,team_id\nAsh,1\nash ,2\nElm,1\n", ["name “ash” is there twice", "id “1” is there twice"]),
        ("team,team_id\nAsh,a|b\n", ["the id “a|b” holds a bar"]),
    ],
)  # fmt: skip
def test_all_problems_of_a_list_are_reported_at_once(run: Run, tmp_path: Path, text: str, parts: list[str]) -> None:
    (tmp_path / "teams.csv").write_text(text, encoding="utf-16")
    done = run("distribute", tmp_path / "teams.csv", "-o", tmp_path / "out")
    if not parts:
        assert "“y” in the column email" in done.stderr
    assert done.exit_code == 2
    assert all(part in done.stderr for part in parts), done.stderr
    assert not (tmp_path / "out").exists()


def test_names_alike_on_windows_get_files_of_their_own() -> None:
    names = drafts.FileNames()
    given = [names.of("Form", team) for team in (Team("a", "Ward 7/8"), Team("b", "Ward 7:8"), Team("c", "WARD 7 8"))]
    assert given == ["Form - Ward 7 8.xlsx", "Form - Ward 7 8 (b).xlsx", "Form - WARD 7 8 (c).xlsx"]


def test_own_words(run: Run, teams: Path, tmp_path: Path) -> None:
    (tmp_path / "body.txt").write_text("Hello {team} of {group}.\n\nBy {deadline}.", encoding="utf-8-sig")
    words = ("--subject", "For {team}", "--body", tmp_path / "body.txt")
    refused = run("distribute", teams, "-o", tmp_path / "out", *words)
    assert (refused.exit_code, "has no value" in refused.stderr) == (2, True)
    (tmp_path / "round.toml").write_text('id = "2026"\ntitle = "Autumn"\ndeadline = 2026-11-30\n')
    assert run("distribute", teams, "-o", tmp_path / "out", *words, "--round", tmp_path / "round.toml").exit_code == 0
    mail = email.message_from_bytes(
        next(iter(sorted((tmp_path / "out" / "messages").iterdir()))).read_bytes(), policy=SMTP
    )
    assert mail["Subject"] == "For Alder ward"
    text = " ".join(mail.get_body(("plain",)).get_content().split())
    assert text == "Hello Alder ward of North. By 30 Nov 2026."
    (tmp_path / "body.txt").write_text("{tema}")
    assert "{tema} in" in run("distribute", teams, "-o", tmp_path / "out", *words).stderr


def test_json(run: Run, teams: Path, tmp_path: Path) -> None:
    object = json.loads(run("distribute", teams, "-o", tmp_path / "out", "--json").stdout)
    assert (object["command"], object["teams"]["none"], object["without_address"]) == (
        "distribute",
        3,
        ["=Ash & <Elm>"],
    )
    assert all(Path(path).is_file() for path in object["written"])


def test_what_was_settled_is_kept_for_the_commands_that_come_later(run: Run, teams: Path, tmp_path: Path) -> None:
    """The reminder's form says the same as the one that was sent out, whether it came from options or a round file."""
    (tmp_path / "round.toml").write_text('id = "2026"\ntitle = "Autumn"\ntarget = "Spreading"\n', encoding="utf-8")
    options = ("--round", tmp_path / "round.toml", "--about", "the organisation as we see it", "--not-applicable",
               "--deadline", "2026-11-30", "--contact", "improve@trust.example")  # fmt: skip
    assert run("distribute", teams, "-o", tmp_path / "out", *options).exit_code == 0
    kept = roster.read_round(tmp_path / "out" / "round.toml")
    assert (kept.id, kept.title, kept.target, kept.about, kept.not_applicable) == (
        "2026", "Autumn", 4, "the organisation as we see it", True,
    )  # fmt: skip
    (tmp_path / "in").mkdir()
    given = ("--teams", tmp_path / "out" / "teams.csv", "--round", tmp_path / "out" / "round.toml")
    assert run("status", tmp_path / "in", *given).exit_code == 0
    assert run("remind", tmp_path / "in", *given, "-o", tmp_path / "re", "--date", "2026-11-25").exit_code == 0
    for path in (tmp_path / "out" / "forms").iterdir():
        assert (tmp_path / "re" / "forms" / path.name).read_bytes() == path.read_bytes()


def test_answers_go_to_the_contact_and_every_sentence_says_so(outbox: Path) -> None:
    mail = email.message_from_bytes(next(iter(sorted((outbox / "messages").iterdir()))).read_bytes(), policy=SMTP)
    assert mail["Reply-To"] == "improve@trust.example"
    text = mail.get_body(("plain",)).get_content()
    assert "send it to improve@trust.example." in text
    assert "as a reply" not in text
    html = mail.get_body(("html",)).get_content()
    assert '<a href="mailto:improve@trust.example">improve@trust.example</a>' in html
    form_of = openpyxl.load_workbook(outbox / "forms" / "Self-assessment - Alder ward.xlsx")["Start"]
    text = " ".join(str(cell.value) for row in form_of.iter_rows() for cell in row)
    assert "Please return by 30 Nov 2026 to improve@trust.example." in text


@pytest.mark.parametrize(
    "contact", ["improvement team", "improve@trust", "a@b.example\nBcc: x@y.example", "a@b.example; c"]
)
@pytest.mark.parametrize("command", ["distribute", "remind"])
def test_a_contact_that_nobody_can_write_to(run: Run, teams: Path, tmp_path: Path, contact: str, command: str) -> None:
    (tmp_path / "in").mkdir()
    args = (teams,) if command == "distribute" else (tmp_path / "in", "--teams", teams)
    done = run(command, *args, "-o", tmp_path / "out", "--contact", contact)
    assert (done.exit_code, "The contact is not an e-mail address" in done.stderr) == (2, True)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("command", ["remind", "feedback"])
def test_bad_addresses_are_reported_by_every_command_that_writes_messages(
    run: Run, tmp_path: Path, command: str
) -> None:
    (tmp_path / "teams.csv").write_text("team,email\nAsh,ash at trust.example\nElm,elm@trust\n", encoding="utf-8")
    (tmp_path / "in").mkdir()
    results.write(random_round(seed=3, teams=6), tmp_path / "last.xlsx")
    what = tmp_path / "in" if command == "remind" else tmp_path / "last.xlsx"
    done = run(command, what, "--teams", tmp_path / "teams.csv", "-o", tmp_path / "out")
    assert done.exit_code == 2
    assert "row 2: “ash at trust.example”" in done.stderr
    assert "row 3: “elm@trust”" in done.stderr
    assert not (tmp_path / "out").exists()


def test_what_a_person_should_look_at_is_reported(run: Run, tmp_path: Path) -> None:
    (tmp_path / "teams.csv").write_text("Service,E-mail\nAsh,ash@trust.example\n", encoding="utf-8")
    done = run("distribute", tmp_path / "teams.csv", "-o", tmp_path / "out", "--deadline", "2006-11-30")
    assert done.exit_code == 0
    assert "Read from the team list: team from “Service”." in done.stderr
    assert "The deadline, 30 Nov 2006, is over already: is the year right?" in done.stderr
    assert "No --contact was given" in done.stderr
    assert run("distribute", tmp_path / "teams.csv", "-o", tmp_path / "out", "-q").stderr == ""


def test_very_long_names_that_begin_alike_keep_their_own_forms(run: Run, tmp_path: Path) -> None:
    names = [f"{'Community neuro-rehabilitation and early supported discharge team, ' * 2}{n}" for n in range(40)]
    rows = "\n".join(f'"{name}",t{n}@trust.example' for n, name in enumerate(names))
    (tmp_path / "teams.csv").write_text(f"team,email\n{rows}\n", encoding="utf-8")
    assert run("distribute", tmp_path / "teams.csv", "-o", tmp_path / "out").exit_code == 0
    for number, path in enumerate(sorted((tmp_path / "out" / "messages").iterdir())):
        mail = email.message_from_bytes(path.read_bytes(), policy=SMTP)
        [attached] = mail.iter_attachments()
        book = openpyxl.load_workbook(io.BytesIO(attached.get_content()), read_only=True)
        cells = [cell.value for row in book["Start"].iter_rows() for cell in row]
        assert names[number] in cells
        assert mail["To"] == f"t{number}@trust.example"
        assert attached.get_content() == (tmp_path / "out" / "forms" / attached.get_filename()).read_bytes()


class TestPrefill:
    """Last round's answers are a reminder beside the statements, and no tick."""

    @pytest.fixture
    def last(self, tmp_path: Path) -> Path:
        results.write(random_round(seed=3, teams=6, defects=0.1), tmp_path / "last.xlsx")
        return tmp_path / "last.xlsx"

    def test_each_level_of_last_time_is_marked_and_nothing_is_ticked(
        self, run: Run, last: Path, tmp_path: Path
    ) -> None:
        before = random_round(seed=3, teams=6, defects=0.1)
        listed = "\n".join(["team_id,team", *(f"{result.team.id},{result.team.name}" for result in before.results)])
        (tmp_path / "teams.csv").write_text(f"{listed}\nnew,New team\n")
        assert run("distribute", tmp_path / "teams.csv", "-o", tmp_path / "out", "--prefill", last).exit_code == 0
        for result in before.results:
            book = openpyxl.load_workbook(tmp_path / "out" / "forms" / f"Self-assessment - {result.team.name}.xlsx")
            marked = {
                row[0].value
                for sheet in book
                for row in sheet.iter_rows()
                if len(row) > layout.STATUS and row[layout.STATUS].value == layout.LAST
            }
            assert marked == {
                layout.level_key(answer.question, answer.level or 0)
                for answer in result.answers.values()
                if answer.state.value == "answered"
            }
            texts = [cell.value for row in book["Priorities"].iter_rows() for cell in row]
            wished = result.submission is not None and any(each.filled for each in result.submission.priorities)
            assert ("Start huddles" in texts) is wished
        collation = api.collate(tmp_path / "out" / "forms")
        assert {finding.rule.id for finding in collation.to_fix} <= {"form-untouched", "round-few-returns"}
        assert not collation.states["answered"]

    def test_for_whom_there_is_something_to_show_is_reported(self, run: Run, last: Path, tmp_path: Path) -> None:
        before = [result.team for result in random_round(seed=3, teams=6, defects=0.1).results if result.answered]
        kept, renamed, first, second, third = before[:5]
        listed = [
            f"{kept.id},{kept.name}", f"{renamed.id},A new name", f"{first.id},{second.name}", "new,New team",
            f"{third.id},Another new name", f"other,{third.name}",
        ]  # fmt: skip
        (tmp_path / "teams.csv").write_text("\n".join(["team_id,team", *listed]))
        done = run("distribute", tmp_path / "teams.csv", "-o", tmp_path / "out", "--prefill", last)
        assert done.exit_code == 0, done.stderr
        assert "Last time's answers are shown to 3 of 6 teams; the last round has nothing of New team." in done.stderr
        assert f"A new name was called {renamed.name} last time (it has the same id)" in done.stderr
        assert f"{second.name} has the id that {first.name} had last time, so its form shows nothing" in done.stderr
        assert f"Another new name has the id that {third.name} had last time, so its form shows nothing" in done.stderr
        for name, shown in ((second.name, False), ("Another new name", False), (third.name, True)):
            book = openpyxl.load_workbook(tmp_path / "out" / "forms" / f"Self-assessment - {name}.xlsx")
            marks = [1 for sheet in book for row in sheet.iter_rows() for cell in row if cell.value == layout.LAST]
            assert bool(marks) is shown, name

    def test_a_reminders_form_shows_it_too(self, run: Run, last: Path, tmp_path: Path) -> None:
        team = next(each.team for each in random_round(seed=3, teams=6, defects=0.1).results if each.answered)
        (tmp_path / "teams.csv").write_text(f"team_id,team\n{team.id},{team.name}\n")
        (tmp_path / "in").mkdir()
        run("distribute", tmp_path / "teams.csv", "-o", tmp_path / "out", "--prefill", last)
        of_round = ("--round", tmp_path / "out" / "round.toml")
        args = ("--teams", tmp_path / "teams.csv", *of_round, "-o", tmp_path / "re", "--prefill", last)
        assert run("remind", tmp_path / "in", *args).exit_code == 0
        [sent], [again] = ((tmp_path / folder / "forms").iterdir() for folder in ("out", "re"))
        assert sent.read_bytes() == again.read_bytes()

    def test_a_marked_form_is_read_as_any_other(self, tmp_path: Path) -> None:
        last = frozenset({"Q01.L2", "Q02.L5"})
        ticked = form.Form(
            QUESTIONNAIRE, entries={"start.team": "Ash", "Q01.L3": True}, last=last, last_priorities=[Action("Huddles")]
        )
        form.write(ticked, tmp_path / "in" / "ash.xlsx")
        [result] = api.collate(tmp_path / "in").results
        assert {q: answer.level for q, answer in result.answers.items() if answer.level} == {"Q01": 3}
        assert result.used is not None
        assert "form-moved" not in {finding.rule.id for finding in result.used.findings}

    def test_what_is_no_consolidated_workbook(self, run: Run, tmp_path: Path) -> None:
        (tmp_path / "teams.csv").write_text("team\nAsh\n")
        form.write(form.Form(QUESTIONNAIRE), tmp_path / "form.xlsx")
        for path in (tmp_path / "form.xlsx", tmp_path / "none.xlsx", tmp_path / "teams.csv"):
            done = run("distribute", tmp_path / "teams.csv", "-o", tmp_path / "out", "--prefill", path)
            assert done.exit_code == 2, path
            assert not (tmp_path / "out").exists()

    def test_another_questionnaire(self, last: Path) -> None:
        from rounds_in_memory import SMALL

        with pytest.raises(ImpactError, match="another questionnaire"):
            invitations.read_last(last, SMALL)


def test_an_outbox_is_left_alone_and_a_new_team_gets_its_message_beside_it(run: Run, outbox: Path, teams: Path) -> None:
    (outbox / "sent.csv").write_text("when,message,to,state,said\nnow,001 Alder ward.eml,a@b.example,sent,\n")
    before = {path: path.read_bytes() for path in outbox.rglob("*") if path.is_file()}
    done = run("distribute", teams, "-o", outbox)
    assert (done.exit_code, done.stdout) == (0, "")
    assert "There is no message to make. Nothing was written." in done.stderr
    assert [path.name for path in outbox.parent.iterdir() if path.name.startswith("out")] == ["out"]
    with teams.open("a", encoding="utf-8") as file:
        file.write("New team;;;;\n")
    done = run("distribute", teams, "-o", outbox)
    assert done.exit_code == 0, done.output
    [beside] = [path for path in outbox.parent.iterdir() if path.name.startswith("out ")]
    assert [path.name for path in (beside / "messages").iterdir()] == ["001 New team.eml"]
    assert before == {path: path.read_bytes() for path in outbox.rglob("*") if path.is_file()}
