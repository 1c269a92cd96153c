"""Who is asked for what: every kind of finding in words for the team, one message a team, and who is left alone."""

from __future__ import annotations

import csv
import email
import email.policy
import io
import json
import re
import shutil
import string
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from edits import Copy, places
from messages import mail, zipped
from rounds_in_memory import QUESTIONNAIRE, returned, submission
from test_corrections import correction, full_form

from impact_xl import api
from impact_xl.findings import RULES, Finding, ImpactError, Severity, Where, found
from impact_xl.form import layout
from impact_xl.form import workbook as form
from impact_xl.form.layout import Reference, level_key
from impact_xl.form.workbook import Form
from impact_xl.mail import letters, outboxes, reminders, team_words, tracking
from impact_xl.mail.drafts import Draft, MessageTemplate
from impact_xl.mail.letter_facts import Sender
from impact_xl.mail.reminders import Kind, Plan
from impact_xl.mail.tracking import Tracking
from impact_xl.results import news
from impact_xl.results.news import snapshot
from impact_xl.returns.file_type import FileRejected
from impact_xl.returns.other_kinds import kind_of
from impact_xl.returns.read_file import read_content
from impact_xl.returns.submission import Marks, Message, ReturnedFile, Submission
from impact_xl.roster import Round, Team, TeamList
from impact_xl.round.answers import DecidedBy, State, Status
from impact_xl.round.collation import Collation, collate
from impact_xl.round.overrides import Decision, Overrides
from impact_xl.xlsx.a1 import a1

ALL = {question.id: 3 for question in QUESTIONNAIRE.questions}
TEAMS = (
    Team("t1", "Ash ward", "North", "Matron", "ash@trust.example; ash.deputy@trust.example", "head@trust.example"),
    Team("t2", "Elm clinic", "North", "", "elm@trust.example"),
    Team("t3", "Oak unit", "South", "Lead", ""),
    Team("t4", "North Oak unit", "South", "Lead", "oak@trust.example"),
)
TODAY = date(2026, 11, 20)
ROUND = Round("r1", "Autumn 2026", deadline=date(2026, 11, 30), contact="improve@trust.example", teams=TeamList(TEAMS))


def of(*submissions: Submission, files: tuple[ReturnedFile, ...] = (), round: Round = ROUND) -> Collation:
    files_of_teams = [returned(each, sha256=str(number)) for number, each in enumerate(submissions)]
    return collate([*files_of_teams, *files], QUESTIONNAIRE, round)


def broken(file: str, rule: str, sender: str = "", **facts: str) -> ReturnedFile:
    """A file that gave no form."""
    message = Message(sender) if sender else None
    return ReturnedFile(file, f"hash of {file}", "xlsx", (), (found(rule, Where(file), **facts),), message)


def request_to(collation: Collation, team: str = "Ash ward", kept: Tracking | None = None) -> reminders.Request:
    """The one request to a team."""
    made = reminders.make_plan(collation, kept, on=TODAY)
    [request] = [each for each in made.requests if each.team.name == team]
    return request


def written(collation: Collation, made: Plan | None = None, **more: Any) -> dict[str, Draft]:
    """Every message by its team."""
    made = made or reminders.make_plan(collation, on=TODAY)
    return {draft.team.name: draft for draft in reminders.make_drafts(made, collation, on=TODAY, **more)}


# -- every kind of finding ---------------------------------------------------------------------------


def test_every_error_is_the_teams_to_put_right_or_the_coordinators():
    tables = [team_words.OF_QUESTIONS, team_words.OF_FILES, team_words.OF_COPIES, reminders.OF_THE_COORDINATOR]
    named = sorted(rule for table in tables for rule in table)
    assert named == sorted(rule.id for rule in RULES.values() if rule.severity is Severity.ERROR)


# What a team reads of each kind of finding. The facts are what the reader gives; each case is a real finding.
FACTS: Mapping[str, Mapping[str, str]] = {
    "answer-blank": {"seen": "", "ask": "Which level do you choose"},
    "answer-multiple": {"what": "“Starting” and “Spreading”"},
    "answer-unclear": {"what": "the box for “Starting” holds “n/a”, which is neither a tick nor empty"},
    "form-no-ticks": {"what": "3 notes are written"},
    "form-rows-missing": {"what": "none of its rows is in this copy"},
    "file-format": {"what": "a binary workbook (.xlsb)"},
    "file-unsafe": {"what": "it unpacks to too much"},
    "file-too-big": {"what": "it has 90 MB; at most 64 MB are read"},
    "file-not-workbook": {"what": "a PDF"},
    "form-other-questionnaire": {"theirs": "staff-survey"},
    "form-other-round": {"theirs": "2025"},
    "team-mixed": {"what": "“Pine” and “Yew”"},
    "team-contested": {"count": "2", "differ": "9 answers", "files": "“a.xlsx”, “b.xlsx”"},
    "team-merged": {"others": "Elm clinic"},
    "team-group-missing": {"name": "Ward 7"},
    "team-undecided": {
        "count": "2",
        "differ": "question 1 (“Starting” or “Spreading”)",
        "files": "“a.xlsx”, “b.xlsx”",
    },
}
# What is found in a file before anything is known of a team.
OF_ANY_FILE = ("file-damaged", "file-password", "file-label", "file-format", "file-unsafe", "file-too-big",
               "file-not-workbook", "mail-link", "form-unknown", "form-other-questionnaire")  # fmt: skip
SAID = {**team_words.OF_QUESTIONS, **team_words.OF_FILES, **team_words.OF_COPIES}


@pytest.mark.parametrize("rule", SAID)
def test_each_template_needs_no_fact_that_its_finding_has_not(rule: str):
    fields = {name for _, name, _, _ in string.Formatter().parse(SAID[rule]) if name}
    assert fields - {"file"} <= FACTS.get(rule, {}).keys()
    templates = RULES[rule].message + RULES[rule].mend
    known = {name for _, name, _, _ in string.Formatter().parse(templates) if name}
    assert fields - {"file", "differ", "files"} <= known  # the coordinator is told copy by copy how they differ
    assert SAID[rule][-1] in ".?"


@pytest.mark.parametrize("rule", [*team_words.OF_FILES, *team_words.OF_COPIES])
def test_what_is_wrong_with_a_file_or_copy_in_words_for_the_team(rule: str):
    finding = Finding(RULES[rule], Where("in/post.zip!/Elm.xlsx"), "t1", "Ash ward", facts=FACTS.get(rule, {}))
    [point] = list(reminders._points([finding], guessed=False))
    assert point[0].isupper() or point.startswith("“Elm.xlsx” ") or point[0].isdigit()
    assert all(len(part.split()) <= 20 for part in re.split(r"(?<=[.?:])\s", point))
    assert "post.zip" not in point
    assert "{" not in point
    assert "Ash ward" not in point  # it is written to them, not about them
    assert "sender" not in point.casefold()


def test_a_blank_a_double_and_an_unclear_answer():
    answers = ALL | {"Q01": "multiple", "Q07": "blank", "Q08": "unclear", "Q09": "missing"}
    request = request_to(of(submission("Ash ward", answers)))
    assert request.kind is Kind.CORRECTION
    assert dict(request.questions) == {
        "Q01": "you ticked “Starting” and “Improving and sustaining”. Which one do you mean?",
        "Q07": "no box is ticked. Which level do you choose?",
        "Q08": "the box for “Starting” holds “n/a”, which is neither a tick nor empty. Which level do you mean?",
        "Q09": "the row for “Starting” is gone. Which level do you choose?",
    }
    first = QUESTIONNAIRE.by_id["Q01"]
    assert request.points[0].startswith(f"Question 1, {first.short}: you ticked “Starting”")


def test_a_sheet_that_is_gone_is_requested_question_by_question(tmp_path: Path):
    entries = {level_key(question, 3): True for question in ALL}
    content = form.build(Form(QUESTIONNAIRE, entries={**entries, "start.team": "Ash ward"}))
    component = QUESTIONNAIRE.components[1]
    Copy(content).delete(layout.component_sheet_name(component)).save(tmp_path / "a.xlsx")
    collation = api.collate(tmp_path, TeamList(TEAMS), jobs=1)
    request = request_to(collation)
    assert [question for question, _ in request.questions] == [question.id for question in component.questions]
    assert {seen for _, seen in request.questions} == {"its sheet was not in your copy. Which level do you choose?"}


def test_one_tick_for_two_questions_is_never_lost(tmp_path: Path):
    """A form filled in by hand with two ticks, read, asked about, corrected by hand, read again."""
    boxes = places(form.Form(QUESTIONNAIRE))
    copy = Copy(
        form.build(Form(QUESTIONNAIRE, entries={level_key(q, 3): True for q in ALL} | {"start.team": "Ash ward"}))
    )
    copy.tick(*boxes["Q05.L1"])
    copy.save(tmp_path / "form.xlsx")
    before = api.collate(tmp_path, TeamList(TEAMS), jobs=1)
    draft = written(before)["Ash ward"]
    assert "you ticked “Starting” and “Progressing”. Which one do you mean?" in draft.text
    [attached] = draft.attachments
    sheet, cell = next(
        (sheet.name, a1(row, layout.TICK))
        for sheet in Form(QUESTIONNAIRE, corrects={"Q05": "You ticked two."}).plan()
        for row, line in enumerate(sheet.lines)
        if line.key == "Q05.L2"
    )
    Copy(attached.content).tick(sheet, cell).save(tmp_path / attached.name)
    after = api.collate(tmp_path, TeamList(TEAMS), jobs=1)
    assert after.results[0].answers["Q05"].level == 2
    assert reminders.make_plan(after, on=TODAY).of(Kind.CORRECTION) == ()


# -- which kind of message ----------------------------------------------------------------------------


class TestKinds:
    def test_who_sent_nothing_is_reminded_and_who_is_complete_left_alone(self):
        made = reminders.make_plan(of(submission("Ash ward", ALL)), on=TODAY)
        assert [(each.team.id, each.kind) for each in made.requests] == [
            ("t2", Kind.REMINDER), ("t4", Kind.REMINDER), ("t3", Kind.REMINDER),
        ]  # fmt: skip
        assert made.left_out == ()

    def test_one_message_a_team_whatever_is_wrong(self):
        twice = submission(
            "Ash ward", ALL | {"Q01": "blank"}, file="a.xlsx", modified=datetime(2026, 11, 1, tzinfo=UTC)
        )
        again = submission(
            "Ash ward", ALL | {"Q02": "blank"}, file="b.xlsx", modified=datetime(2026, 11, 2, tzinfo=UTC)
        )
        files = (broken("Ash ward.pdf", "file-not-workbook", "ash@trust.example", what="a PDF"),)
        made = reminders.make_plan(of(twice, again, files=files), on=TODAY)
        assert len({each.team.id for each in made.requests}) == len(made.requests)
        assert dict(request_to(of(twice, again, files=files)).questions).keys() == {"Q02"}

    def test_warnings_and_notes_ask_for_nothing(self):
        other = submission("Ash ward", ALL, reference=Reference(questionnaire=QUESTIONNAIRE.id))
        collation = of(other)
        assert "form-no-round" in [each.rule.id for each in collation.to_fix]
        assert "Ash ward" not in written(collation)

    def test_returned_as_sent_asks_for_the_whole_form(self):
        request = request_to(of(submission("Ash ward", {}, file="in/Ash.xlsx")))
        assert (request.kind, request.letter) == (Kind.AGAIN, letters.NO_TICKS)
        draft = written(of(submission("Ash ward", {}, file="in/Ash.xlsx")))["Ash ward"]
        assert "We found no ticks in it. Please look for the copy that you filled in" in draft.text
        assert "Ash.xlsx" not in draft.text
        assert draft.attachments == ()  # the team has its form, and a second one would be filled in twice

    def test_notes_without_a_tick_get_a_correction_form_so_that_they_are_not_lost(self):
        request = request_to(of(submission("Ash ward", {}, notes={"Q03": "We tried."})))
        assert (request.kind, len(request.questions)) == (Kind.CORRECTION, 22)

    def test_answers_in_words_are_never_called_empty_and_stand_on_the_correction_form(self, tmp_path: Path):
        boxes = places(form.Form(QUESTIONNAIRE))
        copy = Copy(form.build(Form(QUESTIONNAIRE, entries={"start.team": "Ash ward"})))
        for question in list(ALL)[:20]:
            sheet, cell = boxes[level_key(question, 1)]
            copy.type(sheet, f"E{int(cell[1:]) - 1}", "Progressing")  # over the status
        copy.save(tmp_path / "form.xlsx")
        collation = api.collate(tmp_path, TeamList(TEAMS), jobs=1)
        request = request_to(collation)
        assert (request.kind, request.letter, len(request.questions)) == (Kind.CORRECTION, letters.ANOTHER_WAY, 22)
        assert dict(request.questions)["Q01"].endswith("Is “Progressing” your answer?")
        draft = written(collation)["Ash ward"]
        assert "No box is ticked, so we cannot count it yet. Please check what we saw instead:\n" in draft.text
        assert "- In “form.xlsx”: “Progressing” is in E14" in draft.text
        assert "no ticks" not in draft.text
        assert [each.name for each in draft.attachments] == ["Correction - Ash ward.xlsx"]

    def test_contested_copies_are_a_question(self):
        two = [
            submission("Ash ward", dict.fromkeys(ALL, day), file=f"{day}.xlsx", team_id="t1", completed_by=who,
                       modified=datetime(2026, 11, day, tzinfo=UTC))
            for day, who in ((1, "Matron"), (2, "Lead"))
        ]  # fmt: skip
        request = request_to(of(*two))
        assert request.kind is Kind.QUESTION
        assert request.points[0].startswith("2 forms came in for your team, filled in by different people: “1.xlsx”, ")
        assert "They differ in 22 answers." in request.points[0]
        assert request.points[0].endswith("Which one should count?")
        assert written(of(*two))["Ash ward"].attachments == ()

    def test_copies_that_disagree_are_a_question(self):
        two = [submission("Ash ward", ALL | {"Q01": level}, file=f"{level}.xlsx") for level in (1, 2)]
        request, changed = request_to(of(*two)), "question 1 (“Starting” or “Developing”)"
        assert (request.kind, request.points) == (
            Kind.QUESTION,
            (f"2 copies of your form came in: “1.xlsx”, “2.xlsx”. They differ in {changed}. Which one should count?",),
        )

    def test_a_correction_without_its_form_asks_for_the_form(self):
        request = request_to(of(correction({"Q01": 5}, 2)))
        assert request.kind is Kind.AGAIN
        assert request.points == (
            "Your correction came (“correction 2.xlsx”), but not the form that it corrects. Please send that, too.",
        )
        text = written(of(correction({"Q01": 5}, 2)))["Ash ward"].text
        assert "Thank you for your message. We have 1 of 22 answers of Ash ward." in text
        assert "cannot count" not in text
        assert "Ash ward" not in written(of(correction(ALL, 2)))  # every answer is there

    def test_a_correction_that_came_back_empty_is_requested_again(self):
        collation = of(submission("Ash ward", ALL | {"Q01": "blank"}), correction({"Q01": "blank"}, 2))
        request = request_to(collation)
        assert request.kind is Kind.CORRECTION
        assert dict(request.questions) == {"Q01": "no box is ticked. Which level do you choose?"}
        assert request.points[0].startswith("We found no ticks in “correction 2.xlsx”.")

    def test_a_correction_that_is_unclear_is_requested_although_the_copy_counts(self):
        request = request_to(of(submission("Ash ward", ALL), correction({"Q01": "multiple"}, 2)))
        assert (request.kind, dict(request.questions).keys()) == (Kind.CORRECTION, {"Q01"})

    def test_a_team_that_is_not_on_the_list_gets_a_request_without_an_address(self):
        collation = of(submission("Pine team", ALL | {"Q01": "blank"}))
        assert request_to(collation, "Pine team").kind is Kind.CORRECTION
        assert request_to(collation, "Pine team").team.email == ""

    @pytest.mark.parametrize("state", [each for each in State if not each.counts])
    def test_a_state_that_no_finding_speaks_of_is_in_the_request_all_the_same(self, state: State):
        collation = of(submission("Ash ward", ALL | {"Q01": state.value}))
        unsaid = Collation(QUESTIONNAIRE, ROUND, collation.results, collation.files, ())
        [(question, seen)] = request_to(unsaid).questions
        assert question == "Q01"
        assert seen.endswith("?")


def decided(*submissions: Submission, level: int | None = None, questions: Sequence[str] = ("Q03",)) -> Collation:
    """The round with decisions for Ash ward; without a level, the questions are left open on purpose."""
    made = tuple(Decision("t1", question, level, "", row, level is None) for row, question in enumerate(questions, 2))
    files = [returned(each, sha256=str(number)) for number, each in enumerate(submissions)]
    return collate(files, QUESTIONNAIRE, ROUND, overrides=Overrides("o.csv", made))


class TestWhatAPersonDecided:
    @pytest.mark.parametrize("was", ["blank", "multiple", "unclear", 3])
    def test_nobody_is_asked_again_about_what_was_left_open_on_purpose(self, was: str | int):
        collation = decided(submission("Ash ward", ALL | {"Q03": was}))
        assert collation.results[0].answers["Q03"].state is State.BLANK
        assert "Ash ward" not in written(collation)

    def test_the_other_questions_are_asked(self):
        collation = decided(submission("Ash ward", ALL | {"Q03": "blank", "Q05": "blank"}))
        assert dict(request_to(collation).questions).keys() == {"Q05"}
        assert written(collation)["Ash ward"].subject.endswith("1 question still open, Ash ward")

    def test_nor_about_a_level_that_was_emptied_in_the_workbook(self):
        collation = of(submission("Ash ward", ALL))
        ash = collation.results[0]
        emptied = replace(ash.answers["Q03"], state=State.BLANK, level=None, decided_by=DecidedBy.WORKBOOK)
        used = replace(ash.used, answers={**ash.answers, "Q03": emptied})
        results = (replace(ash, used=used, status=Status.PARTIAL), *collation.results[1:])
        assert "Ash ward" not in written(replace(collation, results=results))

    @pytest.mark.parametrize("level", [None, 2])
    def test_short_forms_that_disagree_are_settled_by_a_decision(self, level: int | None):
        forms = [correction({"Q03": each}, file=f"{each}.xlsx") for each in (3, 4)]
        collation = decided(submission("Ash ward", ALL | {"Q03": "blank"}), *forms, level=level)
        assert "team-undecided" not in [each.rule.id for each in collation.to_fix]
        assert collation.results[0].answers["Q03"].level == level
        assert "Ash ward" not in written(collation)

    def test_a_short_form_that_came_back_empty_asks_for_nothing_more(self):
        empty = correction({"Q03": "blank"}, 2)
        collation = decided(submission("Ash ward", ALL | {"Q03": "blank"}), empty, level=2)
        assert "form-untouched" not in [each.rule.id for each in collation.to_fix]
        assert "Ash ward" not in written(collation)

    @pytest.mark.parametrize("files", [(), (submission("Ash ward", {}, file="blank.xlsx"),)], ids=["none", "untouched"])
    def test_answers_given_another_way_are_no_form_that_came(self, files: tuple[Submission, ...]):
        """A correction form of all other questions would correct nothing: the whole form is still to come."""
        draft = written(decided(*files, level=2))["Ash ward"]
        assert [each.name for each in draft.attachments] == ([] if files else ["Self-assessment - Ash ward.xlsx"])
        assert "for the form of" not in draft.text
        assert "Ash ward" not in written(decided(*files, level=2, questions=tuple(ALL)))

    def test_in_the_news_no_team_came_by_a_decision(self):
        item = news.compare(snapshot.of_collation(of()), snapshot.of_collation(decided(level=2)))[0]
        assert (item.kind, item.team, item.now) == (news.Kind.STATUS, "Ash ward", "Partial")


class TestAfterTheRoundWasClosed:
    LATE = submission("Ash ward", ALL, file="late.xlsx", modified=datetime(2026, 12, 9, tzinfo=UTC))
    EARLY = submission("Ash ward", ALL, file="early.xlsx", modified=datetime(2026, 11, 9, tzinfo=UTC))
    CLOSED = replace(ROUND, closed_on=date(2026, 12, 1))

    @pytest.mark.parametrize("before", [(), (EARLY,)], ids=["late alone", "one counts"])
    def test_nobody_is_asked_to_send_a_late_form_again(self, before: tuple[Submission, ...]):
        collation = of(*before, self.LATE, round=self.CLOSED)
        assert request_to(collation).letter is letters.LATE
        draft = written(collation)["Ash ward"]
        assert draft.attachments == ()
        assert "It came after the answers were put together, so it is not in the results." in draft.text
        assert ("What you sent before stays in the results." in draft.text) is bool(before)
        assert not re.search("Please send|cannot count|Before we can count", draft.text)

    def test_it_is_no_question_beside_what_is_asked(self):
        questions = self.EARLY.questions
        blank = replace(questions["Q05"], marks=Marks())
        open_one = replace(self.EARLY, questions={**questions, "Q05": blank})
        collation = of(open_one, self.LATE, round=self.CLOSED)
        assert request_to(collation).kind is Kind.CORRECTION


class TestFilesThatNobodyCouldRead:
    @pytest.mark.parametrize(
        ("file", "sender", "whose"),
        [
            ("scan.pdf", "Ash <ASH@trust.example>", "Ash ward"),
            ("scan.pdf", "ash.deputy@trust.example", "Ash ward"),
            ("scan.pdf", "head@trust.example", "Ash ward"),  # in copy of one team alone
            ("scan.pdf", "nobody@trust.example", None),
            ("in/Elm clinic (1).pdf", "", "Elm clinic"),
            ("returns.zip!/Self-assessment - Elm Clinic.xlsx", "", "Elm clinic"),
            ("Elm clinical.pdf", "", None),
            ("Oak unit.pdf", "", "Oak unit"),
            ("North Oak unit.pdf", "", "North Oak unit"),  # the longer name of two, one within the other
            ("Elm clinic and Ash ward.pdf", "", None),
        ],
    )
    def test_who_probably_sent_it_does_not_read_that_nothing_came(self, file: str, sender: str, whose: str | None):
        made = reminders.make_plan(of(files=(broken(file, "file-not-workbook", sender, what="a PDF"),)), on=TODAY)
        again = [each.team.name for each in made.of(Kind.AGAIN)]
        assert again == ([whose] if whose else [])
        assert len(made.of(Kind.REMINDER)) == 4 - len(again)
        for request in made.of(Kind.AGAIN):
            [point] = request.points
            assert point.startswith("“")
            assert request.facts.sender is (Sender.KNOWN if sender else Sender.GUESSED)

    @pytest.mark.parametrize("sender", ["ash@trust.example", ""])
    @pytest.mark.parametrize("rule", [rule for rule in team_words.OF_FILES if rule in OF_ANY_FILE])
    def test_whatever_is_wrong_with_it_a_guess_is_never_thanked_for(self, rule: str, sender: str):
        """Told from the sender's address it is the team's; told from the name of the file alone it may be another's."""
        collation = of(files=(broken("Ash ward.xlsx", rule, sender, **FACTS.get(rule, {})),))
        made = reminders.make_plan(collation, on=TODAY, ask_senders=True)
        draft = written(collation, made)["Ash ward"]
        assert ("Thank you" in draft.text) is bool(sender)
        assert ("think that it is from Ash ward" in draft.text) is not bool(sender)
        assert ("Is it not yours?" in draft.text) is ("may be yours" in draft.subject) is not bool(sender)
        assert "once more" not in draft.text
        assert bool(draft.attachments) is ("A blank form is attached" in draft.text)
        assert len(draft.text.split()) <= 120

    def test_an_address_of_two_teams_tells_nothing(self):
        shared = Round(teams=TeamList((Team("a", "A", email="x@t.example"), Team("b", "B", email="x@t.example"))))
        made = reminders.make_plan(of(files=(broken("s.pdf", "file-damaged", "x@t.example"),), round=shared), on=TODAY)
        assert made.of(Kind.AGAIN) == ()

    @pytest.mark.parametrize(
        ("rule", "says"), [("mail-link", "Please attach the workbook itself."), ("file-label", "a label that does not")]
    )
    def test_links_and_labels_are_the_coordinators_first(self, rule: str, says: str):
        finding = found(
            rule, Where("mail.eml"), what="https://x.sharepoint.com/y", sender="Ash ward <ash@trust.example>"
        )
        collation = of(files=(ReturnedFile("mail.eml", "1", "mail", (), (finding,)),))
        made = reminders.make_plan(collation, on=TODAY)
        assert [(team.name, why) for team, why in made.left_out] == [("Ash ward", reminders.OPEN_FIRST)]
        assert "Ash ward" not in [each.team.name for each in made.requests]
        made = reminders.make_plan(collation, on=TODAY, ask_senders=True)
        draft = written(collation, made)["Ash ward"]
        assert says in draft.text
        assert draft.attachments == ()  # never a second form to be filled in

    @pytest.mark.parametrize(
        ("changed", "says"),
        [
            ({"Q01": 4}, "They differ in question 1 (“Progressing” or “Spreading”)."),
            (
                {"Q01": 4, "Q03": "multiple"},
                "question 1 (“Progressing” or “Spreading”) and question 3 (“Progressing” or more than one box ticked).",
            ),
            ({f"Q0{number}": 4 for number in range(1, 6)}, "They differ in 5 answers."),
        ],
    )
    def test_how_copies_differ_is_said_so_that_a_reply_can_settle_it(self, changed: dict[str, int | str], says: str):
        copies = (submission("Ash ward", ALL, file="a.xlsx"), submission("Ash ward", ALL | changed, file="b.xlsx"))
        collation = of(*copies)
        assert says in written(collation)["Ash ward"].text

    @pytest.mark.parametrize("form", [ALL, ALL | {"Q05": "blank"}, ALL | {"Q05": "multiple"}])
    def test_short_forms_that_disagree_are_asked_about_by_what_they_say(self, form: dict[str, int | str]):
        """Neither “no box is ticked” of the first form is true then, nor that copies of it came."""
        collation = of(
            submission("Ash ward", form, file="a.xlsx"),
            correction({"Q05": 3}, file="b.xlsx"),
            correction({"Q05": 4}, file="c.xlsx"),
        )
        draft = written(collation)["Ash ward"]
        assert "the short forms that came say “Progressing” or “Spreading”. Which one do you mean?" in draft.text
        assert draft.subject.endswith("1 question to check, Ash ward")
        assert not re.search("no box is ticked|you ticked|copies of your form|Before we can count", draft.text)
        assert draft.text.count("\n- ") == 1

    def test_what_short_forms_agree_on_counts_while_they_disagree_on_something_else(self):
        collation = of(
            submission("Ash ward", ALL | {"Q03": "blank", "Q04": "blank", "Q05": "blank"}, file="a.xlsx"),
            correction({"Q03": 2, "Q04": 2, "Q05": 3}, file="b.xlsx"),
            correction({"Q03": 2, "Q04": "blank", "Q05": 4}, file="c.xlsx"),
        )
        answers = collation.results[0].answers
        assert [answers[question].level for question in ("Q03", "Q04", "Q05")] == [2, 2, None]
        assert dict(request_to(collation).questions).keys() == {"Q05"}
        [finding] = [each for each in collation.to_fix if each.rule.id == "team-undecided"]
        assert "2 copies of this team disagree in 1 answer (Q05)" in finding.message
        assert "none of these answers is counted" in finding.message
        assert finding.mend.startswith("Ask Ash ward which level counts")

    def test_an_archive_is_the_coordinators_to_unpack_first(self):
        finding = FileRejected.other(kind_of(b"Rar!\x1a\x07")).as_finding("form.rar")
        file = ReturnedFile("form.rar", "1", "", (), (finding,), message=Message("ash@trust.example"))
        made = reminders.make_plan(of(files=(file,)), on=TODAY)
        assert [(team.name, why) for team, why in made.left_out] == [("Ash ward", reminders.OPEN_FIRST)]
        [again] = reminders.make_plan(of(files=(file,)), on=TODAY, ask_senders=True).of(Kind.AGAIN)
        assert again.team.name == "Ash ward"

    @pytest.mark.parametrize(
        ("finding", "told"),
        [
            (found("mail-no-file", Where("a.eml"), what="the message “Not this time”"), True),
            (found("mail-no-file", Where("a.eml"), what="the message “Read: form”", program="yes"), False),
            (found("mail-auto-reply", Where("a.eml"), what="the message “Away”"), False),
            (found("mail-no-file", Where("box"), what="2 messages", sender="x@trust.example; ash@trust.example"), True),
        ],
    )
    def test_who_wrote_without_a_form_is_told_before_it_is_reminded(self, finding: Finding, told: bool):
        """Letters promise something for a line of answer: no more reminders, another date."""
        message = None if "sender" in finding.facts else Message("Ash <ash@trust.example>")
        made = reminders.make_plan(
            of(files=(ReturnedFile("a.eml", "1", "", (), (finding,), message=message),)), on=TODAY
        )
        assert [team.name for team in made.wrote] == (["Ash ward"] if told else [])
        assert "Ash ward" in [each.team.name for each in made.of(Kind.REMINDER)]

    def test_a_form_that_names_two_teams_keeps_both_from_a_reminder(self):
        """Its sender is not known, so either may have filled it in; with the sender known that one is asked."""
        copy = submission("Elm clinic", ALL, file="form.xlsx", team_id="t1")
        made = reminders.make_plan(of(copy), on=TODAY)
        assert {(team.name, why) for team, why in made.left_out} == {
            ("Ash ward", "a form came that may be its own (see To fix)"),
            ("Elm clinic", "a form came that may be its own (see To fix)"),
        }
        told = ReturnedFile("form.xlsx", "1", "xlsx", (copy,), (), Message("elm@trust.example"))
        made = reminders.make_plan(of(files=(told,)), on=TODAY)
        assert made.left_out == ()
        assert {each.team.name: each.kind for each in made.requests} == {
            "Ash ward": Kind.REMINDER, "Elm clinic": Kind.QUESTION, "Oak unit": Kind.REMINDER,
            "North Oak unit": Kind.REMINDER,
        }  # fmt: skip

    @pytest.mark.parametrize(("address", "left_out"), [("ELM@trust.example", True), ("ash@trust.example", False)])
    def test_a_dead_address_is_not_written_to(self, address: str, left_out: bool):
        notice = ReturnedFile(
            "n.eml", "1", "mail", (), (found("mail-bounced", Where("n.eml"), what="", address=address),)
        )
        made = reminders.make_plan(of(files=(notice,)), on=TODAY)
        assert ("Elm clinic" in [team.name for team, _ in made.left_out]) is left_out
        assert "Ash ward" in [each.team.name for each in made.requests]  # it has a second address

    def test_whoever_has_sent_a_form_gets_no_request_about_another_file(self):
        files = (broken("Ash ward.pdf", "file-not-workbook", "ash@trust.example", what="a PDF"),)
        assert "Ash ward" not in written(of(submission("Ash ward", ALL), files=files))

    def test_what_only_the_coordinator_can_look_at_chases_nobody(self):
        made = reminders.make_plan(of(files=(broken("Ash ward.xlsx", "file-unreadable", what="denied"),)), on=TODAY)
        assert [(team.name, why) for team, why in made.left_out] == [
            ("Ash ward", "something came that only you can look at")
        ]
        assert "Ash ward" not in [each.team.name for each in made.requests]

    def test_a_form_without_a_name_from_a_known_address_is_a_question(self):
        nameless = submission("", ALL, file="form.xlsx")
        file = ReturnedFile("form.xlsx", "1", "xlsx", (nameless,), (), Message("elm@trust.example"))
        request = request_to(of(files=(file,)), "Elm clinic")
        assert request.kind is Kind.QUESTION
        assert request.points[0].endswith("“form.xlsx” does not say which team it is from. Is it yours?")


# -- who is left alone --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ({}, None),
        ({"Declined": "yes"}, "declined"),
        ({"Received elsewhere": "yes"}, "received elsewhere"),
        ({"Extension until": date(2026, 11, 20)}, "extension until 20 Nov 2026"),
        ({"Extension until": date(2026, 11, 19)}, None),
        ({"Extension until": "soon"}, "extension without a clear date"),
        ({"Declined": "no"}, None),
    ],
)
@pytest.mark.parametrize("team", ["t1", "t2"])  # one with something to fix, one that sent nothing
def test_what_the_tracking_file_says(typed: Mapping[str, Any], why: str | None, team: str):
    collation = of(submission("Ash ward", ALL | {"Q01": "blank"}))
    row = {"Team": "whatever it is called now", "Team ID": team.upper(), **typed}
    made = reminders.make_plan(collation, Tracking((row,)), on=TODAY)
    assert [(each.id, reason) for each, reason in made.left_out] == ([(team, why)] if why else [])
    assert (team in [each.team.id for each in made.requests]) is not bool(why)
    assert [column for _, column, _ in made.unclear] == (["Extension until"] if why and "clear" in why else [])


# -- the messages --------------------------------------------------------------------------------------


class TestMessages:
    def test_a_reminder(self):
        draft = written(of())["Ash ward"]
        assert draft.subject == "Autumn 2026: due 30 Nov 2026, Ash ward"
        assert draft.text.startswith(
            "Dear Matron,\n\nA short reminder: please send us the form for Ash ward by 30 Nov 2026. It is attached.\n"
        )
        assert "Write to improve@trust.example." in draft.text
        [attached] = draft.attachments
        assert attached.name == "Self-assessment - Ash ward.xlsx"
        read = read_content(attached.content, "x", QUESTIONNAIRE).submissions[0]
        assert (read.team, read.team_id, read.group, read.untouched) == ("Ash ward", "t1", "North", True)
        assert (read.reference.kind, read.reference.round, read.reference.team_id) == ("form", "r1", "t1")

    def test_a_request_attaches_a_form_of_just_those_questions(self):
        draft = written(of(submission("Ash ward", ALL | {"Q01": "multiple", "Q22": "blank"})))["Ash ward"]
        assert draft.subject == "Autumn 2026: 2 questions to check, Ash ward"
        assert "We have 20 of 22 answers." in draft.text
        assert "\n- Question 1, " in draft.text
        assert "\n- Question 22, " in draft.text
        [attached] = draft.attachments
        read = read_content(attached.content, "x", QUESTIONNAIRE).submissions[0]
        assert (read.reference.kind, list(read.questions)) == ("correction", ["Q01", "Q22"])
        assert read.untouched  # nothing is ticked for them
        book = openpyxl.load_workbook(io.BytesIO(attached.content))
        texts = [cell.value for sheet in book for row in sheet.iter_rows() for cell in row]
        assert "You ticked “Starting” and “Improving and sustaining”. Which one do you mean?" in texts

    def test_no_message_has_a_gap_or_a_field_left_open(self):
        collation = of(
            submission("Ash ward", ALL | {"Q01": "blank"}),
            submission("Elm clinic", {}),
            *[submission("Oak unit", ALL | {"Q01": level}, file=f"{level}.xlsx") for level in (1, 2)],
            round=Round(teams=TeamList(TEAMS)),
        )
        drafts = written(collation)
        assert len(drafts) == 4
        for draft in drafts.values():
            assert "\n\n\n" not in draft.text
            assert "{" not in draft.text + draft.subject
            assert draft.text.endswith("With thanks\n")
            assert "  " not in draft.text
            assert all(line == line.strip() for line in draft.text.splitlines())

    @pytest.mark.parametrize(
        ("deadline", "sentence"),
        [
            (None, "please send us the form for Ash ward. It is attached.\n"),
            (date(2026, 11, 20), "please send us the form for Ash ward by 20 Nov 2026."),
            (date(2026, 11, 19), "The date was 19 Nov 2026, and we have not found a form from Ash ward."),
        ],
    )
    def test_a_deadline_that_is_over_is_named_as_such(self, deadline: date | None, sentence: str):
        assert sentence in written(of(round=Round(deadline=deadline, teams=TeamList(TEAMS))))["Ash ward"].text

    def test_a_form_goes_out_once_more_only_where_it_was_sent(self):
        sent = replace(TEAMS[0], sent_on=date(2026, 11, 2))
        round = replace(ROUND, teams=TeamList((sent, *TEAMS[1:])))
        drafts = written(of(round=round), history=outboxes.History())
        assert "It is attached once more." in drafts["Ash ward"].text
        assert "once more" not in drafts["Elm clinic"].text

    def test_a_third_of_the_questions_blank_is_a_form_that_is_not_finished(self):
        blank = dict.fromkeys(list(ALL)[:7], "blank")
        draft = written(of(submission("Ash ward", ALL | blank)))["Ash ward"]
        assert "- Questions 1 to 7: no box is ticked. Which levels do you choose?" in draft.text
        blank = dict.fromkeys(list(ALL)[:8], "blank")
        draft = written(of(submission("Ash ward", ALL | blank | {"Q20": "multiple", "Q22": "blank"})))["Ash ward"]
        assert draft.subject == "Autumn 2026: 10 questions still open, Ash ward"
        assert "It is not finished yet: we have 12 of 22 answers. Please send us the rest by 30 Nov" in draft.text
        assert "- Still open: questions 1 to 8 and 22.\n- Question 20, " in draft.text
        assert draft.attachments[0].name.startswith("Correction")

    def test_never_more_than_five_points(self):
        files = [broken(f"{n}.pdf", "file-not-workbook", "ash@trust.example", what="a PDF") for n in range(7)]
        draft = written(of(files=tuple(files)))["Ash ward"]
        assert draft.text.count("\n- ") == 2
        assert "- We will name the others in our reply." in draft.text

    def test_a_letter_with_points_has_at_most_120_words(self):
        states = ("multiple", "unclear", "blank", "multiple", "unclear", "blank", "missing", "missing")
        answers = {f"Q{number:02d}": state for number, state in enumerate(states, 1)}
        rest = {f"Q{number:02d}": 2 for number in range(len(states) + 1, 23)}
        for asked in range(1, len(states) + 1):
            some = {question: state for number, (question, state) in enumerate(answers.items()) if number < asked}
            draft = written(of(submission("Ash ward", {**dict.fromkeys(answers, 2), **some, **rest})))["Ash ward"]
            points = [line for line in draft.text.splitlines() if line.startswith("- ")]
            assert 1 <= len(points) <= 5
            assert len(draft.text.partition("With thanks")[0].split()) <= 120

    def test_the_date_of_an_extension_is_the_date(self):
        row = {"Team": "Ash ward", "Team ID": "t1", "Extension until": date(2026, 12, 5)}
        day = date(2026, 12, 6)
        made = reminders.make_plan(of(), Tracking((row,)), on=day)
        drafts = {draft.team.name: draft.text for draft in reminders.make_drafts(made, of(), on=day)}
        assert "The date was 5 Dec 2026, and" in drafts["Ash ward"]
        assert "The date was 30 Nov 2026, and" in drafts["Elm clinic"]

    def test_the_round_decides_about_not_applicable_and_the_option_about_the_boxes(self):
        draft = written(of(round=Round(not_applicable=True, teams=TeamList(TEAMS))), tickbox="list")["Ash ward"]
        sheet = openpyxl.load_workbook(io.BytesIO(draft.attachments[0].content)).worksheets[1]
        rows = {row[0].value: row[1].value for row in sheet.iter_rows()}
        assert rows["Q01.NA"] == "☐"

    def test_names_that_give_one_file_name_stay_apart(self):
        teams = TeamList((Team("a1", "A/B ward"), Team("b2", "A\\B Ward")))
        names = [draft.attachments[0].name for draft in written(of(round=Round(teams=teams))).values()]
        assert names == ["Self-assessment - A B ward (a1).xlsx", "Self-assessment - A B Ward (b2).xlsx"]

    def test_the_same_round_gives_the_same_messages(self):
        collation = of(submission("Ash ward", ALL | {"Q01": "blank"}))
        assert written(collation) == written(collation)

    def test_words_of_ones_own(self):
        own = MessageTemplate("For {team}", "Hello {name}, {group}: {to_fix}{when}", "own.txt")
        drafts = written(of(submission("Ash ward", ALL | {"Q01": "blank"})), reminder=own, request=own)
        assert drafts["Elm clinic"].text == "Hello colleagues, North: Please send it back by 30 Nov 2026.\n"
        assert drafts["Ash ward"].subject == "For Ash ward"
        assert "- Question 1, " in drafts["Ash ward"].text

    @pytest.mark.parametrize(
        ("body", "message"),
        [("{who}", "{who}"), ("by {deadline}", "has no value"), ("ask {contact}", "has no value")],
    )
    def test_a_field_that_is_not_known_or_has_no_value(self, body: str, message: str):
        with pytest.raises(ImpactError, match=message):
            reminders.check_template(MessageTemplate("s", body, "own.txt"), Round())
        reminders.check_template(MessageTemplate("{deadline}", "{contact} {team}", "own.txt"), ROUND)


# -- the command ---------------------------------------------------------------------------------------


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A round half come in: Ash ward with something to fix, Elm clinic complete in a mail, two outstanding."""
    full_form(tmp_path / "in" / "Ash ward.xlsx")
    complete = form.build(
        Form(QUESTIONNAIRE, entries={level_key(q, 2): True for q in ALL} | {"start.team": "Elm clinic"})
    )
    post = mail(files={"form.xlsx": complete}).as_bytes()
    (tmp_path / "in" / "post.zip").write_bytes(zipped({"elm.eml": post}))
    with (tmp_path / "teams.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["team_id", "team", "group", "contact", "email", "cc"])
        rows.writerows([team.id, team.name, team.group, team.contact, team.email, team.cc] for team in TEAMS)
    return tmp_path


def ran(run: Any, place: Path, *more: Any) -> Any:
    return run(
        "remind", place / "in", "--teams", place / "teams.csv", "-o", place / "out", "--date", "2026-11-20", *more
    )


def messages(place: Path) -> dict[str, EmailMessage]:
    read = {
        path.name: email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        for path in sorted((place / "out" / "messages").iterdir())
    }
    return {name[4:].removesuffix(".eml"): message for name, message in read.items()}


class TestCommand:
    def test_one_draft_a_team_and_what_comes_next(self, place: Path, run):
        done = ran(run, place, "--deadline", "2026-11-30", "--contact", "improve@trust.example")
        assert done.exit_code == 0, done.output
        drafts = messages(place)
        assert list(drafts) == ["Ash ward", "North Oak unit", "Oak unit"]
        ash = drafts["Ash ward"]
        assert ash["To"] == "ash@trust.example, ash.deputy@trust.example"
        assert ash["Cc"] == "head@trust.example"
        assert ash["X-Unsent"] == "1"
        assert drafts["Oak unit"]["To"] is None
        attached = [part.get_filename() for part in ash.iter_attachments()]
        assert attached == ["Correction - Ash ward.xlsx"]
        assert (place / "out" / "forms" / attached[0]).read_bytes() == next(ash.iter_attachments()).get_content()
        assert "3 messages: 2 reminders, 1 request with a correction form." in done.stderr
        assert "1 message has no address: Oak unit." in done.stderr
        assert done.stdout == f"{place / 'out'}\n"
        rows = list(csv.DictReader((place / "out" / "distribution.csv").read_text(encoding="utf-8-sig").splitlines()))
        assert {row["team"]: bool(row["to"]) for row in rows} == {
            "Ash ward": True, "North Oak unit": True, "Oak unit": False,
        }  # fmt: skip

    def test_the_whole_way_round(self, place: Path, run):
        """Asked, corrected by hand, put among the returns: nobody is asked for it again."""
        ran(run, place, "--not-applicable")
        made = Form(QUESTIONNAIRE, round=Round(not_applicable=True), corrects={"Q01": "a", "Q07": "b", "Q08": "c"})
        copy = Copy(place / "out" / "forms" / "Correction - Ash ward.xlsx")
        for key in ("Q01.L4", "Q07.NA", "Q08.L1"):
            copy.tick(*places(made)[key])
        copy.save(place / "in" / "Correction - Ash ward.xlsx")
        done = run("collate", place / "in", "--teams", place / "teams.csv", "-o", place / "results.xlsx")
        assert "2 of 4 teams returned: 2 complete; 2 teams sent nothing." in done.stderr
        assert "3 with no action" in done.stderr
        again = ran(run, place, "--json", "--within-days", 0)
        printed = json.loads(again.stdout)
        assert {each["team"]: each["kind"] for each in printed["messages"]} == {
            "North Oak unit": "reminder", "Oak unit": "reminder",
        }  # fmt: skip

    def test_the_tracking_file_says_who_is_left_out_and_for_whom_a_message_was_drafted(self, place: Path, run):
        path = place / "tracking.xlsx"
        run("status", place / "in", "--teams", place / "teams.csv", "-o", path)
        book = openpyxl.load_workbook(path)
        xl = book.worksheets[0]
        at = {row[0].value: row[0].row for row in xl.iter_rows(min_row=5)}
        heads = [cell.value for cell in xl[4]]
        xl.cell(at["Oak unit"], heads.index("Declined") + 1).value = "yes"
        xl.cell(at["North Oak unit"], heads.index("Extension until") + 1).value = "when they can"
        book.save(path)
        done = ran(run, place, "--tracking", path)
        assert done.exit_code == 0, done.output
        assert list(messages(place)) == ["Ash ward"]
        assert "Left out, declined: 1 team (Oak unit)." in done.stderr
        assert "Left out, extension without a clear date: 1 team (North Oak unit)." in done.stderr
        assert "Please look at North Oak unit in the tracking file: “when they can” in Extension until" in done.stderr
        drafted = {row["Team"]: (row["Drafted"], row["Last drafted"]) for row in tracking.read(path).rows}
        assert drafted == {
            "Ash ward": (1, date(2026, 11, 20)),
            **dict.fromkeys(("Elm clinic", "Oak unit", "North Oak unit"), ("", "")),
        }
        assert len(list(place.glob("tracking 20*.xlsx"))) == 1
        done = ran(run, place, "--tracking", path)  # the same day again
        assert "Left out, a message drafted on 20 Nov 2026, less than 5 days before: 1 team (Ash ward)." in done.stderr
        assert tracking.read(path).of(TEAMS[0]).row["Drafted"] == 1

    def test_the_same_inputs_give_the_same_bytes(self, place: Path, run):
        def made() -> dict[str, bytes]:
            return {str(p.relative_to(place)): p.read_bytes() for p in (place / "out").rglob("*") if p.is_file()}

        ran(run, place)
        first = made()
        shutil.rmtree(place / "out")
        ran(run, place)
        assert made() == first
        assert len(first) == 3 + 3 + 2

    def test_nobody_to_ask(self, place: Path, run):
        (place / "teams.csv").write_text("team\nElm clinic\n")
        (place / "in" / "Ash ward.xlsx").unlink()
        done = ran(run, place)
        assert done.exit_code == 0
        assert "Everything is in: nobody is to be asked for anything. Nothing was written." in done.stderr
        assert not (place / "out").exists()

    def test_with_nothing_returned_yet(self, place: Path, run):
        (place / "empty").mkdir()
        done = run("remind", place / "empty", "--teams", place / "teams.csv", "-o", place / "out")
        assert done.exit_code == 0, done.output
        assert len(messages(place)) == 4

    def test_words_of_ones_own_from_files(self, place: Path, run):
        (place / "r.txt").write_text("Hello {name} of {team}.", encoding="utf-8")
        (place / "c.txt").write_text("See:\n\n{to_fix}", encoding="utf-8")
        own = ["--subject", "For {team}", "--body", place / "r.txt", "--request-body", place / "c.txt"]
        assert ran(run, place, *own).exit_code == 0
        drafts = messages(place)
        assert drafts["Oak unit"]["Subject"] == "For Oak unit"
        assert drafts["Oak unit"].get_body(("plain",)).get_content().strip() == "Hello Lead of Oak unit."
        assert drafts["Ash ward"].get_body(("plain",)).get_content().startswith("See:\r\n\r\n- Question 1, ")

    @pytest.mark.parametrize(
        ("more", "message"),
        [
            (["--tracking", "none.xlsx"], "There is no such tracking file"),
            (["--tracking", "teams.csv"], "does not end in .xlsx"),
            (["--body", "none.txt"], "cannot be read"),
            (["--body", "unknown.txt"], "{who}"),
            (["--request-body", "needs.txt"], "has no value"),
            (["--round", "none.toml"], "There is no such round: none.toml"),
            (["--output", "teams.csv"], "is a file, not a folder"),
            (["--output", "in"], "already holds files of something else"),
        ],
    )
    def test_what_cannot_be_done_is_reported_before_anything_is_written(
        self, place: Path, run, monkeypatch, more, message
    ):
        monkeypatch.chdir(place)
        (place / "unknown.txt").write_text("{who}")
        (place / "needs.txt").write_text("by {deadline}")
        before = {path: path.read_bytes() for path in place.rglob("*") if path.is_file()}
        done = ran(run, place, *more)
        assert done.exit_code == 2
        assert message in done.stderr
        assert "Hint: " in done.stderr
        assert {path: path.read_bytes() for path in place.rglob("*") if path.is_file()} == before

    def test_a_draft_that_somebody_changed_is_never_replaced(self, place: Path, run):
        ran(run, place)
        draft = next((place / "out" / "messages").iterdir())
        draft.write_bytes(draft.read_bytes() + b"edited")
        done = ran(run, place, "--within-days", 0)
        assert done.exit_code == 0
        assert (place / "out 2026-11-20" / "messages" / draft.name).is_file()
        assert draft.read_bytes().endswith(b"edited")
