"""Our own messages among the returns: nobody's return while nothing is filled in, never in the way of one that is."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace

import pytest
from rounds_in_memory import QUESTIONNAIRE
from test_containers import EMPTY, FORM

from impact_xl.findings import Where
from impact_xl.form import workbook as form
from impact_xl.returns.read_file import read_content
from impact_xl.returns.submission import Message, ReturnedFile
from impact_xl.roster import Round, Team, TeamList
from impact_xl.round.answers import judge_file
from impact_xl.round.collation import Collation, collate

US, TEAM, OTHER = "improvement@example.org", "ward7@example.org", "ward8@example.org"
TEAMS = TeamList((Team("ward-7", "Ward 7", email=TEAM), Team("ward-8", "Ward 8", email=OTHER)))
PERSONAL = form.build(form.Form(QUESTIONNAIRE, entries={"start.team": "Ward 7"}, team_id="ward-7"))


def came(content: bytes, message: Message, file: str = "a.eml!/form.xlsx") -> ReturnedFile:
    """A file as it came in a message."""
    read = read_content(content, file, QUESTIONNAIRE)
    return ReturnedFile(file, read.sha256, read.kind, read.submissions, read.findings, message)


def combined(*files: ReturnedFile, contact: str = US) -> Collation:
    return collate(files, QUESTIONNAIRE, Round(teams=TEAMS, contact=contact))


def rules(collation: Collation) -> set[str]:
    return {finding.rule.id for finding in collation.to_fix} - {"round-few-returns", "form-no-round"}


def statuses(collation: Collation) -> Mapping[str, str]:
    return {result.team.name: result.status.value for result in collation.results}


OURS = {
    "from the contact": Message(f"Improvement <{US}>", to=TEAM),
    "to the team": Message("a.colleague@example.org", to=f"Ward lead <{TEAM}>"),
    "a draft": Message("", to="", unsent=True),
    "an automatic reply": Message(TEAM, to=US, automatic=True),
}


@pytest.mark.parametrize("how", OURS)
def test_an_untouched_form_in_our_own_message_is_nobodys_return(how: str):
    collation = combined(came(PERSONAL, OURS[how]))
    assert rules(collation) == {"mail-own-invitation"}
    assert statuses(collation) == {"Ward 7": "none", "Ward 8": "none"}


@pytest.mark.parametrize("how", OURS)
def test_a_filled_form_counts_whoever_sent_it(how: str):
    collation = combined(came(FORM, OURS[how]))
    assert rules(collation) == set()
    assert statuses(collation)["Ward 7"] == "complete"


@pytest.mark.parametrize(
    "message",
    [Message(TEAM, to=US), Message(TEAM), Message(OTHER, to=US), Message(f"{US}.au", to=US), Message("us", to="us")],
)
def test_an_untouched_form_that_a_team_sent_is_a_return(message: Message):
    collation = combined(came(PERSONAL, message))
    assert rules(collation) == {"form-untouched"}
    assert statuses(collation)["Ward 7"] == "unusable"


@pytest.mark.parametrize("to", [f"{US}, {TEAM}", TEAM, f"Ward 8 <{OTHER}>, {TEAM}"])
@pytest.mark.parametrize("sender", [TEAM, f"Ward 7 <{TEAM.upper()}>", OTHER])
def test_an_untouched_form_that_a_team_sent_with_itself_in_copy_is_a_return(sender: str, to: str):
    collation = combined(came(PERSONAL, Message(sender, to=to)))
    assert rules(collation) == {"form-untouched"}


def test_who_is_in_copy_for_several_teams_is_none_of_them():
    lead = "lead@example.org"
    teams = TeamList(tuple(replace(team, cc=lead) for team in TEAMS.teams))
    collation = collate([came(PERSONAL, Message(lead, to=TEAM))], QUESTIONNAIRE, Round(teams=teams, contact=US))
    assert rules(collation) == {"mail-own-invitation"}


def test_without_a_contact_the_address_that_most_messages_were_sent_to_is_ours():
    files = [
        came(PERSONAL, Message(US, to=TEAM.replace("7", "9")), "1.eml!/form.xlsx"),
        came(FORM, Message(OTHER, "one", to=US), "2.eml!/form.xlsx"),
        came(FORM, Message(OTHER, "two", to=f"{US}, someone@example.org"), "3.eml!/form.xlsx"),
    ]
    random.Random(1).shuffle(files)
    assert "mail-own-invitation" in rules(combined(*files, contact=""))
    alone = combined(came(EMPTY, Message(TEAM, to=US)), contact="")
    assert "form-untouched" in rules(alone)


def test_what_our_own_letter_says_is_no_answer():
    from impact_xl.findings import found

    finding = found("mail-answers", Where("a.eml"), what="the message “Our form”", answers="“Question 3: Developing”")
    file = ReturnedFile("a.eml", "1", "eml", findings=(finding,), message=Message(US, "Our form", to=TEAM))
    assert rules(combined(file)) == {"mail-no-file"}
    theirs = ReturnedFile("a.eml", "1", "eml", findings=(finding,), message=Message(TEAM, "Our form", to=US))
    collation = combined(theirs)
    assert rules(collation) == {"mail-answers"}
    assert statuses(collation)["Ward 7"] == "unreadable"
    assert judge_file(theirs, QUESTIONNAIRE).judged == ()
